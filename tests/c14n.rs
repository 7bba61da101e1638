//! Canonicalisation against others: the vectors of the shared folder octet for octet, libxml2 over
//! generated documents, and the two canonicalisers here against one another.

use std::collections::BTreeSet;
use std::path::Path;

use qoltanba::xml::c14n::{Apex, Canonicalization, Comments, NodeSet, canonicalize, canonicalize_nodes};
use qoltanba::xml::tree::{self, Kind, Tree};
use qoltanba::xml::xpath::{self, Budget, Expression};
use qoltanba::xml::{Document, Limits};

use crate::common::shared;

const DOCTYPE: &str = "the document has a DOCTYPE, which is refused: such a document is not read at all";

/// Cases of `c14n-core` that cannot pass and why. A case that is here and passes fails the test, and so
/// does one that is not here and does not pass.
const EXPECTED_FAILURES: &[(&str, &str)] = &[];

fn octets(set: &NodeSet<'_>, method: &Canonicalization) -> Vec<u8> {
    let mut out = Vec::new();
    canonicalize_nodes(set, method, 64 << 20, &mut out).expect("a canonical form");
    out
}

fn streamed(document: &Document<'_>, apex: Apex, method: &Canonicalization) -> Vec<u8> {
    let mut out = Vec::new();
    canonicalize(document, apex, &[], method, &mut out).expect("a canonical form");
    out
}

/// The expression in an XPath element and the prefixes in scope at it.
fn expression(text: &[u8]) -> Result<Expression, String> {
    let tree = tree::parse(text, &Limits::default()).map_err(|error| error.to_string())?;
    let element = tree.element();
    let text: String =
        element.children().filter(|child| child.kind() == Kind::Text).map(|child| child.value()).collect();
    let namespace = |prefix: &str| {
        element.declarations().find(|(known, _)| *known == prefix).map(|(_, uri)| uri.to_owned())
    };
    Expression::parse(&text, &namespace, &Budget::default()).map_err(|error| error.to_string())
}

fn run(folder: &Path, case: &serde_json::Value) -> Result<(), String> {
    let file = |key: &str| {
        case[key].as_str().map(|name| std::fs::read(folder.join(name)).expect("a file of the case"))
    };
    let mut method = Canonicalization::from_uri(case["algorithm"].as_str().expect("an algorithm"))
        .expect("a known algorithm");
    for prefix in case["inclusive_ns"].as_array().into_iter().flatten() {
        let prefix = prefix.as_str().expect("a prefix");
        method.inclusive_prefixes.push(if prefix == "#default" { String::new() } else { prefix.to_owned() });
    }
    let bytes = file("file").expect("a document");
    let expected = file("expected_output").expect("octets");
    let limits = Limits::default();
    let document = Document::read(&bytes, &limits, &[]).map_err(|error| error.to_string())?;
    let tree = tree::parse(&bytes, &limits).map_err(|error| error.to_string())?;
    let compare = |what: &str, ours: &[u8]| {
        (ours == expected).then_some(()).ok_or_else(|| {
            format!(
                "{what} gave\n{}\ninstead of\n{}",
                String::from_utf8_lossy(ours),
                String::from_utf8_lossy(&expected)
            )
        })
    };
    match file("xpath") {
        None => {
            compare("the stream", &streamed(&document, Apex::Document, &method))?;
            compare("the node-set", &octets(&NodeSet::document(&tree, true), &method))
        }
        Some(text) => {
            let expression = expression(&text)?;
            let set = xpath::select(&tree, &expression, None, &|_| None, &mut Budget::default())
                .map_err(|error| error.to_string())?;
            compare("the node-set", &octets(&set, &method))
        }
    }
}

#[test]
fn every_vector_of_the_shared_folder_is_met_octet_for_octet() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("corpora/c14n-core");
    let manifest = std::fs::read(folder.join("manifest.json")).expect("a manifest");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("a manifest");
    let cases = manifest["cases"].as_array().expect("cases");
    assert!(cases.len() >= 75, "cases are missing");
    let mut complaints = Vec::new();
    let mut failed = BTreeSet::new();
    for case in cases {
        let id = case["id"].as_str().expect("an id");
        let listed = EXPECTED_FAILURES.iter().find(|(known, _)| *known == id);
        match (run(&folder, case), listed) {
            (Ok(()), None) => {}
            (Ok(()), Some(_)) => complaints.push(format!("{id} is listed and passes")),
            (Err(_), Some(_)) => {
                failed.insert(id);
            }
            (Err(error), None) => complaints.push(format!("{id}: {error}")),
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert_eq!(failed.len(), EXPECTED_FAILURES.len(), "a listed case does not exist");
}
