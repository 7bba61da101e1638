//! A second reader of the corpus: what is read here, libxml2 reads too, and has the same canonical forms of.

use std::path::PathBuf;
use std::process::Command;

use qoltanba::xml::c14n::{Apex, Canonicalization, Comments, Method, canonicalize};
use qoltanba::xml::{Document, Limits};

use super::attacks;
use super::signed::{folder, reading};
use crate::common::has_tool;

/// What `xmllint` has no canonical form of, or another, with the reason.
const ELSEWHERE: [(&str, &str); 1] =
    [("relative_namespace", "there is no canonical form of a relative namespace (Canonical XML 1.0, 1.3)")];

#[test]
fn canonical_forms_are_those_of_libxml2() {
    if !has_tool("xmllint") {
        return;
    }
    let documents: Vec<(PathBuf, Vec<u8>)> = attacks()
        .iter()
        .filter(|attack| !ELSEWHERE.iter().any(|(name, _)| *name == attack.name))
        .filter_map(|attack| Some((folder().join(attack.file()?), attack.document())))
        .filter(|(_, document)| Document::read(document, &Limits::default(), &[]).is_ok())
        .collect();
    let _unchanged = reading();
    assert!(documents.len() > 300, "{} documents are read", documents.len());
    for (option, method) in
        [("--c14n", Method::Inclusive), ("--c14n11", Method::Inclusive11), ("--exc-c14n", Method::Exclusive)]
    {
        // xmllint keeps comments.
        let method = Canonicalization { method, comments: Comments::Kept, ..Canonicalization::inclusive() };
        let output = Command::new("xmllint")
            .args(["--nonet", option])
            .args(documents.iter().map(|(path, _)| path))
            .output()
            .expect("xmllint");
        let mut rest = &output.stdout[..];
        for (path, document) in &documents {
            let document = Document::read(document, &Limits::default(), &[]).expect("a document");
            let mut form = Vec::new();
            canonicalize(&document, Apex::Document, &[], &method, &mut form).expect("memory");
            let Some(after) = rest.strip_prefix(&form[..]) else {
                let theirs = &rest[..rest.len().min(form.len())];
                let (ours, theirs) = (String::from_utf8_lossy(&form), String::from_utf8_lossy(theirs));
                panic!("{option} {}:\nours:    {ours}\nlibxml2: {theirs}", path.display());
            };
            rest = after;
        }
        assert!(rest.is_empty(), "{option}: {}", String::from_utf8_lossy(rest));
        println!("{option}: {} documents", documents.len());
    }
}
