//! The reader: no octets make it panic, what it accepts libxml2 accepts too, and what it accepts has a
//! canonical form that is read again and is its own canonical form. What is canonicalised on the way, as a
//! document in memory is read, is what comes of the document seen through a window of a file.

#![no_main]

use qoltanba::xml::c14n::{Apex, Canonicalization, canonical_octets, canonicalize};
use qoltanba::xml::{DSIG, Document, Limits, tree};

#[path = "file.rs"]
mod file;
#[path = "libxml2.rs"]
mod libxml2;

/// The canonical forms that a verification asks for: of the document without its signatures, and of each
/// SignedInfo.
fn asked_for(document: &Document<'_>, method: &Canonicalization) -> Vec<Option<Vec<u8>>> {
    let spans: Vec<_> = document.signatures().iter().map(|signature| signature.span()).collect();
    let mut whole = Vec::new();
    let is_whole = canonicalize(document, Apex::Document, &spans, method, &mut whole).is_ok();
    let mut forms = vec![is_whole.then_some(whole)];
    for signature in document.signatures().iter().take(4) {
        let rule = |_: bool, _: &str, local: &str| match local {
            "Signature" => tree::Descend::Elements,
            _ => tree::Descend::Nothing,
        };
        let Ok(tree) = tree::read_signature(document, signature, &Limits::default(), rule) else { continue };
        for part in tree.element().elements().filter(|part| part.is(DSIG, "SignedInfo")).take(4) {
            let span = part.span();
            let element = document.child_element(span.start, span.end, signature).expect("a child");
            let octets = canonical_octets(document, element, method, span.len());
            forms.push(octets.ok().map(|octets| octets.into_owned()));
        }
    }
    forms
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let Ok(document) = Document::read(bytes, &limits, &[]) else {
        assert!(tree::parse(bytes, &limits).is_err(), "the tree is of what the index refuses");
        return;
    };
    assert!(libxml2::Parsed::of(bytes).is_some(), "libxml2 refuses it");
    for method in [Canonicalization::exclusive(), Canonicalization::inclusive()] {
        let file = file::File(bytes);
        let along = Document::read_for(bytes, &limits, &method).expect("what was read before");
        if let Ok(windowed) = Document::open(&file, &limits, &[]) {
            assert_eq!(asked_for(&along, &method), asked_for(&windowed, &method));
        }
        let mut written = Vec::new();
        let read = Document::read_writing(bytes, &limits, &method, &mut written);
        let (document, is_written) = read.expect("what was read before");
        let mut whole = Vec::new();
        let has_form = canonicalize(&document, Apex::Document, &[], &method, &mut whole).is_ok();
        assert_eq!(is_written, has_form && document.signatures().is_empty());
        assert!(!is_written || written == whole);
    }
    let covered: Vec<_> = document.signatures().iter().map(|signature| signature.span()).collect();
    let cover = qoltanba::xml::cover::Cover::new(covered, []);
    let (parts, _) = document.uncovered(&cover, 100).expect("memory");
    let uncovered: Vec<_> = parts.iter().map(|part| part.element).collect();
    assert_eq!(document.xpaths(&uncovered).expect("memory").len(), uncovered.len());
    let method = Canonicalization::inclusive();
    let form = |document: &Document<'_>| {
        let mut octets = Vec::new();
        match canonicalize(document, Apex::Document, &[], &method, &mut octets) {
            Ok(()) => Some(octets),
            // A relative namespace has no canonical form, and declarations are bounded.
            Err(error) => {
                let kind = error.kind.to_string();
                assert!(kind.contains("relative namespace") || kind.contains("canonical_bytes"), "{kind}");
                None
            }
        }
    };
    let Some(once) = form(&document) else { return };
    // A canonical form may be longer than the document, so that a limit is reached.
    if let Ok(again) = Document::read(&once, &limits, &[]) {
        let twice = form(&again).expect("a canonical form has one");
        assert_eq!(String::from_utf8_lossy(&twice), String::from_utf8_lossy(&once));
    } else {
        assert!(once.len() > 1 << 20 || document.root().start == document.root().end, "not read again");
    }
});
