//! The reader: no octets make it panic, what it accepts libxml2 accepts too, and what it accepts has a
//! canonical form that is read again and is its own canonical form.

#![no_main]

use qoltanba::xml::c14n::{Apex, Canonicalization, canonicalize};
use qoltanba::xml::{Document, Limits, tree};

#[path = "libxml2.rs"]
mod libxml2;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let Ok(document) = Document::read(bytes, &limits, &[]) else {
        assert!(tree::parse(bytes, &limits).is_err(), "the tree is of what the index refuses");
        return;
    };
    assert!(libxml2::Parsed::of(bytes).is_some(), "libxml2 refuses it");
    let covered: Vec<_> = document.signatures().iter().map(|signature| signature.span()).collect();
    let cover = qoltanba::xml::survey::Cover::new(covered, []);
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
