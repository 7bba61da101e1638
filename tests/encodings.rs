//! Encodings: each that is taken gives the same document, and each contradiction is refused. What is signed
//! keeps its encoding and its octets.

use jiff::Timestamp;
use qoltanba::service::verify::sign_xml;
use qoltanba::signature::sign::Profile;
use qoltanba::validation::Indication;
use qoltanba::xml::c14n::{Apex, Canonicalization, canonicalize};
use qoltanba::xml::{Document, ErrorKind, Limits};

use crate::common::{ECDSA, now, outcome};
use crate::hostile::EXCLUSIVE;

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
        declared("US-ASCII", "\u{49B}".as_bytes()),
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
        // Names that the registry of IANA has not, or has as aliases.
        ("cp1251", b"\xDE\xF0\xE8\xB2"),
        ("ISO_8859-5", b"\xCE\xE0\xD8\xA6"),
        ("koi8_r", b"\xE0\xD2\xC9&#x406;"),
        ("utf8", "ЮриІ".as_bytes()),
    ] {
        assert_eq!(canonical(&declared(encoding, octets)).as_deref(), Ok("<a>ЮриІ</a>"), "{encoding}");
    }
    // ISO 8859-1 proper: 80 to 9F are control characters, not the letters of windows-1252.
    assert_eq!(canonical(&declared("ISO-8859-1", b"\xE9\x85")).as_deref(), Ok("<a>\u{E9}\u{85}</a>"));
    assert_eq!(canonical(&declared("latin1", b"\xE9\x85")).as_deref(), Ok("<a>\u{E9}\u{85}</a>"));
    for other in ["windows-1252", "cp1252", "utf-8 ", "utf-7", "", "iso_8859-5:1988"] {
        assert!(canonical(&declared(other, b"e")).is_err(), "{other}");
    }
    assert_eq!(canonical(&declared("US-ASCII", b"e")).as_deref(), Ok("<a>e</a>"));
}

/// A document in every encoding, with its declaration and mark as they must be: names of the encodings, the
/// octets, and the text that it is. `write` gets the declaration, a name and letters that the encoding has.
pub(crate) fn in_every_encoding(
    write: impl Fn(&str, &str, &str) -> String,
) -> Vec<(&'static str, Vec<u8>, String)> {
    let write = |declaration: &str, letters: &str| {
        let name = letters.chars().next().expect("a letter").to_string();
        write(declaration, &name, letters)
    };
    let mut all = Vec::new();
    for (name, encoding, letters) in [
        ("windows-1251", encoding_rs::WINDOWS_1251, "\u{416}\u{456}\u{A0}"),
        ("ISO-8859-5", encoding_rs::ISO_8859_5, "\u{416}\u{456}\u{85}"),
        ("KOI8-R", encoding_rs::KOI8_R, "\u{416}\u{44F}\u{2500}"),
    ] {
        let text = write(&format!("<?xml version=\"1.0\" encoding=\"{name}\"?>"), letters);
        let (octets, _, lost) = encoding.encode(&text);
        assert!(!lost, "{name}");
        all.push((name, octets.into_owned(), text));
    }
    let text = write("<?xml version='1.0' encoding='ISO-8859-1'?>", "\u{E9}\u{DF}\u{FF}");
    all.push(("ISO-8859-1", text.chars().map(|c| u8::try_from(c).expect("Latin")).collect(), text));
    let ascii = write("<?xml version='1.0' encoding='US-ASCII'?>", "Jj");
    all.push(("US-ASCII", ascii.clone().into_bytes(), ascii));
    for declaration in ["", "<?xml version='1.0' encoding='UTF-16'?>\r\n"] {
        let text = write(declaration, "\u{49B}\u{10400}\u{4E00}");
        all.push(("UTF-16LE", utf16(&text, true), text.clone()));
        all.push(("UTF-16BE", utf16(&text, false), text));
    }
    let text = write("", "\u{49B}\u{10400}");
    all.push(("UTF-8", text.clone().into_bytes(), text.clone()));
    all.push(("UTF-8", [MARK, text.as_bytes()].concat(), text));
    all
}

fn decoded(encoding: &str, octets: &[u8]) -> String {
    match encoding_rs::Encoding::for_label(encoding.as_bytes()) {
        Some(known) if !encoding.starts_with("ISO-8859-1") && encoding != "US-ASCII" => {
            known.decode_with_bom_removal(octets).0.into_owned()
        }
        _ => octets.iter().map(|&octet| char::from(octet)).collect(),
    }
}

fn profiles() -> Vec<Profile> {
    let mut all = Vec::new();
    for properties in [None, Some("2026-05-01T10:00:00Z".parse::<Timestamp>().expect("a time"))] {
        for reference_id in [None, Some("doc".to_owned())] {
            for canonicalization in [Canonicalization::inclusive(), Canonicalization::exclusive()] {
                let reference_id = reference_id.clone();
                all.push(Profile { canonicalization, reference_id, properties, ..Profile::default() });
            }
        }
    }
    all
}

/// What was put into a document, of which nothing else may have changed.
pub(crate) fn inserted(before: &[u8], after: &[u8]) -> Vec<u8> {
    let more = after.len() - before.len();
    let same = before.iter().zip(after).take_while(|(old, new)| old == new).count();
    let tail = before.iter().rev().zip(after.iter().rev()).take_while(|(old, new)| old == new).count();
    // The signature may begin as what stands behind it does, and half a unit of UTF-16 with it.
    let unit = if matches!(before, [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..]) { 2 } else { 1 };
    let mut starts = (0..=same).rev().filter(|start| start % unit == 0);
    let start = starts.find(|&start| before.len() - start <= tail).expect("only an insertion");
    assert_eq!([&after[..start], &after[start + more..]].concat(), before);
    after[start..start + more].to_vec()
}

#[test]
fn documents_that_contradict_their_encoding_are_not_signed() {
    let identity = ECDSA.identity("applicant");
    for octets in [
        declared("windows-1251", b"\x98"),
        declared("UTF-16", b"x"),
        declared("windows-1252", b"x"),
        [MARK, &declared("koi8-r", b"x")].concat(),
        [utf16("<a/>", true), vec![0x20]].concat(),
        [utf16("<a>", true), vec![0x00, 0xD8], utf16("</a>", true)[2..].to_vec()].concat(),
    ] {
        let refused = sign_xml(&octets, &identity, &Profile::default(), &Limits::default());
        let refused = refused.map_err(|refusal| refusal.code);
        assert!(matches!(refused, Err("XML_ENCODING" | "XML_MALFORMED")), "{octets:x?}: {refused:?}");
    }
}

#[test]
fn what_is_signed_keeps_its_encoding_and_its_octets() {
    let (first, second) = (ECDSA.identity("applicant"), ECDSA.identity("official"));
    let checker = ECDSA.checker();
    let write = |declaration: &str, name: &str, letters: &str| {
        format!(
            "{declaration}<!--{letters}--><a Id=\"root\"\n t='7{letters}'>{letters}\r\n<{name} Id='doc'>{letters}\
             <b/>{letters}</{name} >{letters}</a><?{name} {letters}?>"
        )
    };
    for (encoding, document, text) in in_every_encoding(write) {
        for profile in profiles() {
            let context = || format!("{encoding} {profile:?} {text}");
            let signed = sign_xml(&document, &first, &profile, &Limits::default());
            let signed = signed.unwrap_or_else(|refusal| panic!("{}: {refusal:?}", context()));
            let new = inserted(&document, &signed);
            assert!(decoded(encoding, &new).contains("ds:SignatureValue>"), "{}", context());
            let report = checker.verify(&signed, now()).expect("a report");
            assert_eq!(outcome(&report), (None, vec![]), "{}", context());
            assert_eq!(report.indication, Indication::TotalPassed, "{}", context());
            // What is changed is no longer what was signed.
            let mut forged = signed.clone();
            let digit = forged.iter().position(|&octet| octet == b'7').expect("the digit");
            forged[digit] = b'6';
            let passes = |octets: &[u8]| {
                let report = checker.verify(octets, now());
                report.is_ok_and(|report| report.indication == Indication::TotalPassed)
            };
            assert_eq!(passes(&forged), profile.reference_id.is_some(), "{}", context());
            // And one more.
            let more = Profile { add: true, ..profile.clone() };
            let both = sign_xml(&signed, &second, &more, &Limits::default()).expect("signed");
            inserted(&signed, &both);
            let report = checker.verify(&both, now()).expect("a report");
            assert_eq!(report.signatures.len(), 2, "{}", context());
            assert_eq!(report.indication, Indication::TotalPassed, "{}", context());
        }
    }
}

#[test]
fn what_an_encoding_lacks_is_written_as_a_reference() {
    let identity = ECDSA.identity("applicant");
    let checker = ECDSA.checker();
    let id = "\u{49B}\u{98}\u{A0}\u{1F600}<\"&";
    let written: String = id.chars().map(|c| format!("&#x{:x};", u32::from(c))).collect();
    let write = |declaration: &str, name: &str, letters: &str| {
        format!("{declaration}<a>{letters}<{name} Id=\"{written}\" \n/></a>")
    };
    for (encoding, document, _) in in_every_encoding(write) {
        for properties in [None, Some(now())] {
            let profile = Profile { reference_id: Some(id.to_owned()), properties, ..Profile::default() };
            let signed = sign_xml(&document, &identity, &profile, &Limits::default()).expect("signed");
            let text = decoded(encoding, &signed);
            assert!(text.contains(" \n><ds:Signature"), "{encoding}: {text}");
            let has_all = encoding.starts_with("UTF");
            assert_eq!(text.contains("URI=\"#\u{49B}\u{98}"), has_all, "{encoding}: {text}");
            assert_eq!(text.contains("URI=\"#&#1179;"), !has_all, "{encoding}: {text}");
            if encoding == "windows-1251" {
                assert!(text.contains("URI=\"#&#1179;&#152;\u{A0}&#128512;&lt;"), "{text}");
            }
            let report = checker.verify(&signed, now()).expect("a report");
            assert_eq!(outcome(&report), (None, vec![]), "{encoding}: {text}");
        }
    }
}

#[test]
fn what_stands_in_bases_is_signed_by_every_method() {
    let identity = ECDSA.identity("applicant");
    let checker = ECDSA.checker();
    let document = "<r xml:base=\"http://e/q/\" xml:lang=\"kk\"><b xml:base=\"../p/\"><c xml:base=\"c/\" xml:lang=\"ru\">\
                    <d Id=\"doc\" xml:base=\"../d\"><e/></d></c></b></r>";
    let methods = [
        "http://www.w3.org/2006/12/xml-c14n11",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        EXCLUSIVE,
    ];
    for method in methods {
        let canonicalization = Canonicalization::from_uri(method).expect("a method");
        for properties in [None, Some(now())] {
            for reference_id in [None, Some("doc".to_owned())] {
                let canonicalization = canonicalization.clone();
                let profile = Profile { canonicalization, properties, reference_id, ..Profile::default() };
                let signed = sign_xml(document.as_bytes(), &identity, &profile, &Limits::default());
                let report = checker.verify(&signed.expect("signed"), now()).expect("a report");
                assert_eq!(outcome(&report), (None, vec![]), "{method} {properties:?}");
            }
        }
    }
}
