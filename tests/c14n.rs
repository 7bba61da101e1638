//! Canonicalisation against others: the vectors of the shared folder octet for octet, libxml2 over
//! generated documents, and the two canonicalisers here against one another.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use qoltanba::xml::c14n::{Apex, Canonicalization, Comments, NodeSet, canonicalize, canonicalize_nodes};
use qoltanba::xml::tree::{self, Kind};
use qoltanba::xml::xpath::{self, Budget, Expression};
use qoltanba::xml::{Document, Limits};

use crate::common::{has_tool, shared};

const DOCTYPE: &str = "the document has a DOCTYPE, which is refused: such a document is not read at all";

/// Cases of `c14n-core` that cannot pass and why. A case that is here and passes fails the test, and so
/// does one that is not here and does not pass.
const EXPECTED_FAILURES: &[(&str, &str)] = &[
    ("libxml2-without-comments-example-1", DOCTYPE),
    ("libxml2-without-comments-example-3", DOCTYPE),
    ("libxml2-without-comments-example-4", DOCTYPE),
    ("libxml2-without-comments-example-5", DOCTYPE),
    ("libxml2-without-comments-example-7", DOCTYPE),
    ("libxml2-without-comments-test-0", DOCTYPE),
    ("libxml2-without-comments-test-1", DOCTYPE),
    ("libxml2-without-comments-test-3", DOCTYPE),
    ("libxml2-with-comments-example-1", DOCTYPE),
    ("libxml2-with-comments-example-3", DOCTYPE),
    ("libxml2-with-comments-example-4", DOCTYPE),
    ("libxml2-with-comments-example-5", DOCTYPE),
    ("libxml2-with-comments-example-7", DOCTYPE),
    ("libxml2-exc-without-comments-test-0", DOCTYPE),
    ("libxml2-exc-without-comments-test-1", DOCTYPE),
    ("libxml2-1-1-without-comments-example-1", DOCTYPE),
    ("libxml2-1-1-without-comments-example-3", DOCTYPE),
    ("libxml2-1-1-without-comments-example-4", DOCTYPE),
    ("libxml2-1-1-without-comments-example-5", DOCTYPE),
    ("libxml2-1-1-without-comments-example-7", DOCTYPE),
    ("libxml2-1-1-without-comments-example-8", DOCTYPE),
    ("santuario-31_c14n", DOCTYPE),
    ("santuario-31_c14n-comments", DOCTYPE),
    ("santuario-33_c14n", DOCTYPE),
    ("santuario-34_c14n", DOCTYPE),
    ("santuario-35_c14n", DOCTYPE),
    ("santuario-37_c14n", DOCTYPE),
    ("santuario-38_c14n", DOCTYPE),
];

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

/// Documents with nested `xml:` attributes and namespaces, by a fixed sequence of pseudo-random numbers
/// (xorshift). Every element has an `Id`.
struct Generator {
    state: u64,
    next: usize,
}

impl Generator {
    fn new(seed: u64) -> Self {
        Self { state: 0x9E37_79B9_7F4A_7C15 ^ seed.wrapping_mul(0x5851_F42D_4C95_7F2D), next: 0 }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from((self.state >> 33) % bound as u64).unwrap_or_default()
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }

    fn document(&mut self) -> String {
        let mut out = String::new();
        self.next = 0;
        out.push_str(self.pick(&["", "<?xml version='1.0'?>\r\n", "<!--a--><?p  q ?>\n"]));
        self.element(&mut out, 0, &[]);
        out.push_str(self.pick(&["", "\n", "\n<!--z--><?z?>\n"]));
        out
    }

    fn element(&mut self, out: &mut String, depth: usize, prefixes: &[&'static str]) {
        let mut prefixes = prefixes.to_vec();
        let mut attributes = vec![format!("Id='e{}'", self.next)];
        self.next += 1;
        if self.below(4) == 0 {
            attributes.push(format!("xmlns='{}'", self.pick(&["", "urn:d", "urn:e"])));
        }
        for prefix in ["p", "q", "r"] {
            if self.below(5) == 0 {
                attributes
                    .push(format!("xmlns:{prefix}='{}{prefix}'", self.pick(&["urn:1", "urn:2", "urn:3"])));
                prefixes.push(prefix);
            }
        }
        let bases = [
            "a/b",
            "../c",
            "..",
            "/d/e/",
            "f/../../g/",
            "h?i",
            "k/",
            "./l",
            "http://x.kz/m/n",
            "//y.kz/o",
            "a",
        ];
        for (local, values) in
            [("base", &bases[..]), ("lang", &["kk", "ru", ""]), ("space", &["preserve", "default"])]
        {
            if self.below(4) == 0 {
                attributes.push(format!("xml:{local}='{}'", self.pick(values)));
            }
        }
        for local in ["b", "a"] {
            if self.below(3) == 0 {
                let prefix = match prefixes.len() {
                    count if count > 0 && self.below(2) == 0 => format!("{}:", prefixes[self.below(count)]),
                    _ => String::new(),
                };
                let value = self.pick(&["", " x\r\n\ty ", "&#13;&#10;&#9;", "&lt;>&amp;\"&apos;", "Қ"]);
                attributes.push(format!("{prefix}{local}='{value}'"));
            }
        }
        let name = match prefixes.len() {
            count if count > 0 && self.below(2) == 0 => format!("{}:n", prefixes[self.below(count)]),
            _ => self.pick(&["n", "x"]).to_owned(),
        };
        let _ = write!(out, "<{name} {}>", attributes.join(self.pick(&[" ", "\n  "])));
        for _ in 0..self.below(5) {
            if depth < 5 && self.below(3) > 0 {
                self.element(out, depth + 1, &prefixes);
            } else {
                out.push_str(self.pick(&[
                    "text ",
                    "\r\n",
                    "\r",
                    "&#13;&gt;",
                    "<![CDATA[<&>\r\n]]>",
                    "<!--c\r-->",
                    "<?i  j ?>",
                    "&#1179;\"'",
                ]));
            }
        }
        let _ = write!(out, "</{name} >");
    }
}

fn methods() -> Vec<Canonicalization> {
    let mut methods = Vec::new();
    for method in [
        Canonicalization::inclusive(),
        Canonicalization::from_uri("http://www.w3.org/2006/12/xml-c14n11").expect("1.1"),
        Canonicalization::exclusive(),
        Canonicalization {
            inclusive_prefixes: vec![String::new(), "p".to_owned()],
            ..Canonicalization::exclusive()
        },
    ] {
        methods.push(Canonicalization { comments: Comments::Kept, ..method.clone() });
        methods.push(method);
    }
    methods
}

/// Two ways to the same octets: straight from the document, and by a node-set over its tree.
#[test]
fn the_stream_and_the_node_set_agree_on_subtrees_less_elements() {
    let limits = Limits::default();
    let mut compared = 0;
    for seed in 0..150 {
        let mut generator = Generator::new(seed);
        let text = generator.document();
        let document =
            Document::read(text.as_bytes(), &limits, &[]).unwrap_or_else(|e| panic!("{text}: {e}"));
        let tree = tree::parse(text.as_bytes(), &limits).expect("a tree");
        let count = generator.next;
        for apex in [None, Some(0), Some(generator.below(count)), Some(generator.below(count))] {
            let element = |at: usize| match document.identified(&format!("e{at}")) {
                qoltanba::xml::Identified::One(element) => element,
                other => panic!("{other:?}"),
            };
            let top = apex.map(element);
            let mut set = match top {
                None => NodeSet::document(&tree, true),
                Some(top) => NodeSet::subtree(&tree, tree.at_offset(top.start).expect("a node"), true),
            };
            let mut excluded = Vec::new();
            for _ in 0..generator.below(4) {
                let left_out = element(generator.below(count));
                if top.is_none_or(|top| top.contains(&left_out) && top != left_out) {
                    excluded.push(left_out.span());
                    set.remove_subtree(tree.at_offset(left_out.start).expect("a node"));
                }
            }
            for method in methods() {
                let mut stream = Vec::new();
                let apex = top.map_or(Apex::Document, Apex::Element);
                // Without its document element a document is of no use to the stream.
                if excluded.contains(&document.root().span()) {
                    continue;
                }
                canonicalize(&document, apex, &excluded, &method, &mut stream).expect("octets");
                compared += 1;
                assert_eq!(
                    String::from_utf8_lossy(&stream),
                    String::from_utf8_lossy(&octets(&set, &method)),
                    "{method:?} of {apex:?} less {excluded:?} in {text:?}"
                );
            }
        }
    }
    assert!(compared > 3000, "{compared}");
}

#[test]
fn generated_documents_are_canonical_as_libxml2_has_them() {
    if !has_tool("xmllint") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.xml");
    for seed in 1000..1040 {
        let text = Generator::new(seed).document();
        std::fs::write(&file, &text).expect("written");
        let document = Document::read(text.as_bytes(), &Limits::default(), &[]).expect("a document");
        let tree = tree::parse(text.as_bytes(), &Limits::default()).expect("a tree");
        for (option, method) in ["--c14n", "--c14n11", "--exc-c14n"].iter().zip(methods().chunks(2)) {
            let output =
                Command::new("xmllint").args(["--nonet", option]).arg(&file).output().expect("xmllint runs");
            assert!(output.status.success(), "{text}: {}", String::from_utf8_lossy(&output.stderr));
            let expected = String::from_utf8_lossy(&output.stdout);
            let stream = streamed(&document, Apex::Document, &method[0]);
            assert_eq!(String::from_utf8_lossy(&stream), expected, "{option} of {text:?}");
            let set = octets(&NodeSet::document(&tree, true), &method[0]);
            assert_eq!(String::from_utf8_lossy(&set), expected, "{option} of {text:?}");
        }
    }
}

/// The references of one document whose digests are right, and the ones whose digests are not, by the
/// transforms that choose nodes. What signs the references is not looked at.
fn references(bytes: &[u8]) -> (usize, Vec<String>) {
    const DS: &str = qoltanba::xml::DSIG;
    let limits = Limits { tree_nodes: 200_000, ..Limits::default() };
    let tree = tree::parse(bytes, &limits).expect("a tree");
    let (mut right, mut wrong) = (0, Vec::new());
    for at in 0..tree.len() {
        let reference = tree.node(at).expect("a node");
        if !reference.is(DS, "Reference") || reference.attribute("URI") != Some("") {
            continue;
        }
        let ancestors = |node| std::iter::successors(Some(node), |node: &tree::Node<'_>| node.parent());
        let mut set = NodeSet::document(&tree, false);
        let mut method = Canonicalization::inclusive();
        let transforms = reference.child(DS, "Transforms");
        for transform in transforms.iter().flat_map(|all| all.elements()) {
            let algorithm = transform.attribute("Algorithm").expect("an algorithm");
            let parsed: Vec<_> = transform
                .elements()
                .filter(|element| element.local() == "XPath")
                .map(|element| {
                    let text: String = element
                        .children()
                        .filter(|child| child.kind() == Kind::Text)
                        .map(tree::Node::value)
                        .collect();
                    let namespace = |prefix: &str| {
                        let mut found = ancestors(element).flat_map(tree::Node::declarations);
                        found.find(|(known, _)| *known == prefix).map(|(_, uri)| uri.to_owned())
                    };
                    let expression = Expression::parse(&text, &namespace, &Budget::default());
                    let expression = expression.unwrap_or_else(|error| panic!("{text}: {error}"));
                    (element, expression)
                })
                .collect();
            let mut budget = Budget::default();
            if algorithm.ends_with("#enveloped-signature") {
                let own = ancestors(reference).find(|node| node.is(DS, "Signature")).expect("a signature");
                set.remove_subtree(own);
            } else if algorithm.ends_with("/xmldsig-filter2") {
                let operations: Vec<_> = parsed
                    .iter()
                    .map(|(element, expression)| {
                        let name = element.attribute("Filter").expect("a filter");
                        (xpath::Operation::from_name(name).expect("an operation"), expression, Some(*element))
                    })
                    .collect();
                set = xpath::filter2(set, &operations, &|_| None, &mut budget).expect("a set");
            } else if algorithm.ends_with("REC-xpath-19991116") {
                let [(element, expression)] = &parsed[..] else { panic!("one XPath") };
                set = xpath::filter(set, expression, Some(*element), &|_| None, &mut budget).expect("a set");
            } else {
                method = Canonicalization::from_uri(algorithm).expect("a canonicalisation");
                let listed = transform.elements().find_map(|element| element.attribute("PrefixList"));
                let listed = listed.unwrap_or_default().split_ascii_whitespace();
                method.inclusive_prefixes = listed.map(|prefix| prefix.replace("#default", "")).collect();
            }
        }
        let digest = openssl::hash::hash(openssl::hash::MessageDigest::sha1(), &octets(&set, &method));
        let digest = openssl::base64::encode_block(&digest.expect("a digest"));
        let expected = reference.child(DS, "DigestValue").and_then(tree::Node::text).expect("a digest");
        if digest == expected.trim() {
            right += 1;
        } else {
            wrong.push(format!("reference at {:?}", reference.span()));
        }
    }
    (right, wrong)
}

#[test]
fn references_by_xpath_have_the_digests_that_others_gave_them() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("corpora/xmlsec-merlin");
    for (file, count) in [
        ("merlin-c14n-three/signature.xml", 27),
        ("merlin-xpath-filter2-three/sign-xfdl.xml", 1),
        ("merlin-xpath-filter2-three/sign-spec.xml", 1),
    ] {
        let (right, wrong) = references(&std::fs::read(folder.join(file)).expect("a document"));
        assert_eq!((right, wrong), (count, Vec::new()), "{file}");
    }
}
