//! Encodings: each that is taken gives the same document, and each contradiction is refused.

use qoltanba::xml::c14n::{Apex, Canonicalization, canonicalize};
use qoltanba::xml::{Document, ErrorKind, Limits};

/// The canonical form of a document in octets.
fn canonical(octets: &[u8]) -> Result<String, ErrorKind> {
    let document = Document::read(octets, &Limits::default(), &[]).map_err(|error| error.kind)?;
    let mut out = Vec::new();
    canonicalize(&document, Apex::Document, &[], &Canonicalization::inclusive(), &mut out).expect("octets");
    Ok(String::from_utf8(out).expect("text"))
}

fn declared(encoding: &str, content: &[u8]) -> Vec<u8> {
    [format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?><a>").as_bytes(), content, b"</a>"].concat()
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    format!("\u{FEFF}{text}")
        .encode_utf16()
        .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
        .collect()
}

const MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

fn is_encoding(result: &Result<String, ErrorKind>) -> bool {
    matches!(result, Err(ErrorKind::Encoding(_) | ErrorKind::EncodingContradicted(_)))
}

#[test]
fn contradictory_and_unknown_declarations_are_refused() {
    let marked = |encoding: &str| [MARK, &declared(encoding, b"x")].concat();
    for octets in [
        marked("windows-1251"),
        marked("UTF-16"),
        marked("US-ASCII"),
        declared("UTF-16", b"x"),
        declared("UTF-16LE", b"x"),
        declared("UTF-32", b"x"),
        declared("UTF-7", b"+AGE-"),
        declared("IBM037", b"x"),
        declared("windows-1252", b"x"),
        declared("EBCDIC-CP-US", b"x"),
        declared("", b"x"),
        utf16("<?xml version='1.0' encoding='UTF-8'?><a/>", true),
        utf16("<?xml version='1.0' encoding='UTF-16BE'?><a/>", true),
        utf16("<?xml version='1.0' encoding='UTF-16LE'?><a/>", false),
        utf16("<?xml version='1.0' encoding='koi8-r'?><a/>", false),
    ] {
        let result = canonical(&octets);
        assert!(is_encoding(&result), "{}: {result:?}", String::from_utf8_lossy(&octets));
    }
    // UTF-16 and UTF-32 without the mark of UTF-16 are no document at all.
    assert!(canonical(&utf16("<a/>", true)[2..]).is_err());
    assert!(canonical(&utf16("<a/>", false)[2..]).is_err());
    let utf32: Vec<u8> = "\u{FEFF}<a/>".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    assert!(canonical(&utf32).is_err());
}

#[test]
fn octets_that_are_not_of_the_encoding_are_refused() {
    for octets in [
        b"<a>\xD2</a>".to_vec(),
        b"<a>\xC0\xAF</a>".to_vec(),
        b"<a>\xED\xA0\x80</a>".to_vec(),
        declared("UTF-8", b"\xE2\x82"),
        // Half a pair, and half a unit.
        [utf16("<a>", true), vec![0x00, 0xD8], utf16("</a>", true)[2..].to_vec()].concat(),
        [utf16("<a/>", true), vec![0x20]].concat(),
        // Not assigned in windows-1251.
        declared("windows-1251", b"\x98"),
        // A control character of ISO 8859-1 that XML 1.0 allows only above 7F.
        declared("ISO-8859-1", b"\x07"),
    ] {
        assert!(
            matches!(canonical(&octets), Err(ErrorKind::Malformed(_))),
            "{octets:x?}: {:?}",
            canonical(&octets)
        );
    }
}

#[test]
fn every_encoding_gives_the_same_canonical_form() {
    let text = "Қазақ \u{1F600}";
    let expected = format!("<a>{text}</a>");
    let plain = format!("<a>{text}</a>");
    for octets in [
        plain.clone().into_bytes(),
        [MARK, plain.as_bytes()].concat(),
        [MARK, &declared("UTF-8", text.as_bytes())].concat(),
        declared("utf-8", text.as_bytes()),
        utf16(&plain, true),
        utf16(&plain, false),
        utf16(&format!("<?xml version='1.0' encoding='UTF-16'?>{plain}"), true),
        utf16(&format!("<?xml version='1.0' encoding='utf-16'?>{plain}"), false),
        utf16(&format!("<?xml version='1.0' encoding='UTF-16LE'?>{plain}"), true),
        utf16(&format!("<?xml version='1.0' encoding='UTF-16BE'?>{plain}"), false),
    ] {
        assert_eq!(canonical(&octets).as_deref(), Ok(&*expected), "{octets:x?}");
    }
    for (encoding, octets) in [
        ("windows-1251", b"\xDE\xF0\xE8\xB2" as &[u8]),
        ("WINDOWS-1251", b"\xDE\xF0\xE8\xB2"),
        ("ISO-8859-5", b"\xCE\xE0\xD8\xA6"),
        ("KOI8-R", b"\xE0\xD2\xC9&#x406;"),
    ] {
        assert_eq!(canonical(&declared(encoding, octets)).as_deref(), Ok("<a>ЮриІ</a>"), "{encoding}");
    }
    // ISO 8859-1 proper: 80 to 9F are control characters, not the letters of windows-1252.
    assert_eq!(canonical(&declared("ISO-8859-1", b"\xE9\x85")).as_deref(), Ok("<a>\u{E9}\u{85}</a>"));
    assert_eq!(canonical(&declared("US-ASCII", b"e")).as_deref(), Ok("<a>e</a>"));
}
