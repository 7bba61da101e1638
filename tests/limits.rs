//! Every bound on what a document may contain or ask for has its own name in the refusal or finding, and
//! what lies just within it is read.

use std::io::Write as _;

use qoltanba::crypto::sha256;
use qoltanba::service::reading::Source;
use qoltanba::service::verify::Checker;
use qoltanba::signature::{Octets, Problem};
use qoltanba::validation::Indication;
use qoltanba::xml::Limits;

use crate::common::{ECDSA, now};
use crate::coverage::left_of;
use crate::hostile::{EXCLUSIVE, SHA256, reference, reference_with, signature};
use crate::xmldsig::{passes, with_object, xpath};

const A: &str = "<a Id=\"x\"></a>";

fn document(inside: &str) -> String {
    format!("<doc>{A}{inside}{}</doc>", signature(&reference("#x", A)))
}

fn checker(limits: Limits) -> Checker {
    let mut checker = ECDSA.checker();
    checker.reading.limits = limits;
    checker
}

/// The limit that a document comes up against, by refusal or by finding.
fn limit(checker: &Checker, document: &str) -> Option<String> {
    let value = |params: &[(&'static str, String)]| {
        params.iter().find(|(name, _)| *name == "limit").map(|(_, value)| value.clone())
    };
    match checker.verify(document.as_bytes(), now()) {
        Err(refusal) => value(&refusal.params),
        Ok(report) => report
            .signatures
            .iter()
            .flat_map(|signature| &signature.findings)
            .filter(|finding| finding.code == "XML_LIMIT")
            .find_map(|finding| value(&finding.params)),
    }
}

fn assert_limit(name: &str, limits: Limits, within: &str, beyond: &str) {
    let checker = checker(limits);
    assert_eq!(limit(&checker, within), None, "{name}");
    assert_eq!(limit(&checker, beyond).as_deref(), Some(name));
}

#[test]
fn what_a_document_may_contain_is_bounded() {
    let base = Limits::default;
    let size = document("").len();
    assert_limit("document_bytes", Limits { document_bytes: size, ..base() }, &document(""), &document(" "));
    assert_limit(
        "nesting",
        Limits { nesting: 6, ..base() },
        &document("<b><b/></b>"),
        &document(&"<b>".repeat(6)),
    );
    assert_limit(
        "attributes",
        Limits { attributes: 2, ..base() },
        &document("<b c='' d=''/>"),
        &document("<b c='' d='' e=''/>"),
    );
    assert_limit(
        "namespaces",
        Limits { namespaces: 2, ..base() },
        &document("<b xmlns:c='urn:c' xmlns:d='urn:d'/>"),
        &document("<b xmlns:c='urn:c' xmlns:d='urn:d' xmlns:e='urn:e'/>"),
    );
    let uri = |length: usize| document(&format!("<b xmlns='urn:{}'/>", "u".repeat(length - 4)));
    assert_limit("namespace_bytes", Limits { namespace_bytes: 100, ..base() }, &uri(100), &uri(101));
    let more = signature(&reference("#x", A));
    assert_limit(
        "signatures",
        Limits { signatures: 2, ..base() },
        &document(&more),
        &document(&more.repeat(2)),
    );
    assert_limit("tree_nodes", Limits { tree_nodes: 60, ..base() }, &document(""), &{
        let many = "<ds:KeyName>n</ds:KeyName>".repeat(60);
        document("").replacen("</ds:KeyInfo>", &format!("{many}</ds:KeyInfo>"), 1)
    });
}

#[test]
fn what_a_signature_may_ask_for_is_bounded() {
    let with = |references: &str| format!("<doc>{A}{}</doc>", signature(references));
    let one = reference("#x", A);
    assert_limit(
        "references",
        Limits { references: 3, ..Limits::default() },
        &with(&one.repeat(3)),
        &with(&one.repeat(4)),
    );
    // The Signature element is read into memory, what its Objects hold is not.
    let limits = Limits { signature_bytes: 10_000, ..Limits::default() };
    let filled = |with: &str| with_object(&signature(&one), with);
    let name = |length: usize| {
        format!("<doc>{A}{}</doc>", signature(&one)).replacen(
            "</ds:KeyInfo>",
            &format!("<ds:KeyName>{}</ds:KeyName></ds:KeyInfo>", "n".repeat(length)),
            1,
        )
    };
    assert_limit("signature_bytes", limits.clone(), &name(10), &name(10_000));
    let payload = format!("<ds:Object><b>{}</b></ds:Object>", "x".repeat(20_000));
    assert_eq!(limit(&checker(limits), &format!("<doc>{A}{}</doc>", filled(&payload))), None);
    let canonical =
        |times: usize| with(&reference_with("#x", &vec![EXCLUSIVE; times], SHA256, &sha256(A.as_bytes())));
    assert_limit("transforms", Limits::default(), &canonical(10), &canonical(11));
    let xpath = |expression: &str| {
        let transform = "http://www.w3.org/TR/1999/REC-xpath-19991116";
        let plain = reference_with("#x", &[transform], SHA256, &sha256(A.as_bytes()));
        with(&plain.replacen(
            "></ds:Transform>",
            &format!("><ds:XPath>{expression}</ds:XPath></ds:Transform>"),
            1,
        ))
    };
    let checker = checker(Limits::default());
    for (name, expression) in [
        ("xpath_length", format!("true(){}", " or true()".repeat(1000))),
        ("xpath_nesting", format!("{}true(){}", "not(".repeat(30), ")".repeat(30))),
        (
            "xpath_steps",
            "count(//node()[count(preceding::node()[count(following::node()) &gt; 1]) &gt; 1]) &gt; 1"
                .to_owned(),
        ),
    ] {
        let document = xpath(&expression).replacen("<doc>", &format!("<doc>{}", "<n/>".repeat(900)), 1);
        assert_eq!(limit(&checker, &document).as_deref(), Some(name));
    }
    // The same long namespace on each of very many siblings would be written out each time.
    let long = format!("urn:{}", "u".repeat(4000));
    let many = format!("<r xmlns:p=\"{long}\" Id=\"r\">{}</r>", "<p:e/>".repeat(20_000));
    let document = format!("<doc>{many}{}</doc>", signature(&reference("#r", "")));
    assert_eq!(limit(&checker, &document).as_deref(), Some("canonical_bytes"));
}

#[test]
fn a_signature_beyond_a_bound_leaves_the_others_judged() {
    let one = signature(&reference("#x", A));
    let nodes = Limits { tree_nodes: 200, ..Limits::default() };
    let octets = Limits { signature_bytes: 10_000, ..Limits::default() };
    let large = format!("<ds:KeyInfo><ds:KeyName>{}</ds:KeyName>", "n".repeat(20_000));
    let in_object = with_object(&one, &format!("<ds:Object>{}</ds:Object>", "<r/>".repeat(300)));
    let in_properties = with_object(
        &one,
        &format!(
            "<ds:Object><ds:SignatureProperties>{}</ds:SignatureProperties></ds:Object>",
            "<ds:SignatureProperty/>".repeat(300)
        ),
    );
    for (limits, name, beyond) in [
        (nodes.clone(), "tree_nodes", in_object),
        (nodes, "tree_nodes", in_properties),
        (octets, "signature_bytes", one.replacen("<ds:KeyInfo>", &large, 1)),
    ] {
        let beyond = beyond.replacen("<ds:Signature ", "<ds:Signature Id=\"beyond\" ", 1);
        for (own, document) in
            [(0, format!("<doc>{A}{one}{beyond}</doc>")), (1, format!("<doc>{A}{beyond}{one}</doc>"))]
        {
            let report = checker(limits.clone()).verify(document.as_bytes(), now()).expect("a report");
            let (judged, other) = (&report.signatures[own], &report.signatures[1 - own]);
            assert_eq!(judged.indication, Indication::TotalPassed, "{name}: {judged:?}");
            assert_eq!(other.indication, Indication::Indeterminate, "{name}: {other:?}");
            assert_eq!((other.id.as_ref(), other.findings.len()), ("beyond", 1), "{name}: {other:?}");
            assert_eq!(other.findings[0].params, [("limit", name.to_owned())]);
        }
    }
    // With too many identifiers to keep as well.
    let ids: String = (0..10_001).map(|at| format!("<i Id=\"i{at}\"/>")).collect();
    let many = "<ds:Manifest/>".repeat(100_001);
    let beyond = with_object(&one, &format!("<ds:Object>{many}</ds:Object>"));
    let document = format!("<doc>{A}{ids}{beyond}{one}</doc>");
    let report = checker(Limits::default()).verify(document.as_bytes(), now()).expect("a report");
    let verdicts: Vec<_> = report.signatures.iter().map(|signature| signature.indication).collect();
    assert_eq!(verdicts, [Indication::Indeterminate, Indication::TotalPassed]);
}

#[test]
fn an_object_may_hold_any_number_of_elements() {
    let rows = format!("{} ", "<r>1</r><!--c-->").repeat(20_001);
    // As a whole: signed, and not signed.
    let xmlns = "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"";
    let canonical = format!("<ds:Object {xmlns} Id=\"o\">{}</ds:Object>", rows.replace("<!--c-->", ""));
    let object = |rows: &str| format!("<ds:Object Id=\"o\">{rows}</ds:Object>");
    let signed = signature(&reference("#o", &canonical));
    let checker = checker(Limits::default());
    let judge = |document: &str| {
        let report = checker.verify(document.as_bytes(), now()).expect("a report");
        let signature = &report.signatures[0];
        let uncovered: Vec<_> = signature.unsigned_content.iter().map(|left| left.xpath.clone()).collect();
        (signature.indication, uncovered)
    };
    let passed = Indication::TotalPassed;
    assert_eq!(judge(&with_object(&signed, &object(&rows))), (passed, vec![]));
    let changed = rows.replacen("<r>1</r>", "<r>2</r>", 1);
    assert_eq!(judge(&with_object(&signed, &object(&changed))).0, Indication::TotalFailed);
    let other = format!("<doc>{A}{}</doc>", with_object(&signature(&reference("#x", A)), &object(&rows)));
    assert_eq!(judge(&other), (passed, vec!["/doc/ds:Signature[1]/ds:Object[1]".to_owned()]));
    // In part: what is not signed is listed as far as such lists go, and none of it is hidden.
    let part = |rows: &str| with_object(&signature(&reference("#x", A)), &object(&format!("{rows}{A}")));
    let (indication, uncovered) = judge(&part(&rows));
    assert_eq!((indication, uncovered.len()), (passed, 100));
    for forged in [format!("<a>2</a>{rows}"), format!("{rows}<a>2</a>")] {
        let report = checker.verify(part(&forged).as_bytes(), now()).expect("a report");
        let codes: Vec<_> = report.signatures[0].findings.iter().map(|finding| finding.code.name()).collect();
        assert!(codes.contains(&"SIGNATURE_WRAPPED"), "{codes:?}");
    }
}

#[test]
fn what_stands_in_a_signature_beyond_a_bound_is_not_hidden() {
    let own = signature(&reference("#x", "<a Id=\"x\">1</a>"));
    let filler = format!("<ds:Object>{}<a>2</a></ds:Object>", "<r/>".repeat(300));
    let document = format!("<doc>{}<a Id=\"x\">1</a>{own}</doc>", with_object(&own, &filler));
    let limits = Limits { tree_nodes: 200, ..Limits::default() };
    let report = checker(limits).verify(document.as_bytes(), now()).expect("a report");
    let judged = &report.signatures[1];
    assert_eq!(judged.indication, Indication::Indeterminate);
    assert!(judged.findings.iter().any(|finding| finding.code == "UNSIGNED_TWIN"), "{judged:?}");
}

#[test]
fn names_are_counted_up_to_a_bound() {
    let named = |count: usize| -> String { (0..count).map(|at| format!("<n{at}/>")).collect() };
    let checker = checker(Limits::default());
    let document = |count| format!("<doc>{}{A}{}</doc>", named(count), signature(&reference("#x", A)));
    assert_eq!(limit(&checker, &document(900_000)), None);
    assert_eq!(limit(&checker, &document(1_000_001)).as_deref(), Some("names"));
}

#[test]
fn what_is_kept_of_a_document_is_bounded() {
    let xpath = |text: usize| {
        let transform = "http://www.w3.org/TR/1999/REC-xpath-19991116";
        let plain = reference_with("", &[transform], SHA256, &sha256(A.as_bytes()));
        let chosen = "><ds:XPath>ancestor-or-self::a</ds:XPath></ds:Transform>";
        let reference = plain.replacen("></ds:Transform>", chosen, 1);
        format!("<doc>{A}<b>{}</b>{}</doc>", "t".repeat(text), signature(&reference))
    };
    let tree = Limits { tree_bytes: 20_000, ..Limits::default() };
    assert_limit("tree_bytes", tree, &xpath(10_000), &xpath(20_000));
    let limits = || Limits { index_bytes: 2_000, ..Limits::default() };
    let spaced = |length: usize| document(&format!("<b xml:base='{}'><b/></b>", "x".repeat(length)));
    assert_limit("index_bytes", limits(), &spaced(1_900), &spaced(2_000));
    // The signature needs what is declared around it.
    let around = |count: usize| {
        let declarations: String =
            (0..count).map(|at| format!(" xmlns:p{at}='urn:{}'", "u".repeat(90))).collect();
        format!("<doc{declarations}>{A}{}</doc>", signature(&reference("#x", A)))
    };
    assert_limit("index_bytes", limits(), &around(30), &around(50));
    // Identifiers and their scopes are not needed unless something names them.
    let inner = "<b xmlns:p='urn:p' Id='i'/>".repeat(1000);
    assert_eq!(limit(&checker(limits()), &document(&inner)), None);
    let named = document(&inner).replacen("URI=\"#x\"", "URI=\"#i\"", 1);
    let report = checker(limits()).verify(named.as_bytes(), now()).expect("a report");
    assert!(report.signatures[0].findings.iter().any(|finding| finding.code == "DUPLICATE_IDENTIFIER"));
}

#[test]
fn a_document_in_a_file_has_bounds_of_its_own() {
    let judge = |limits: Limits, document: &str| {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(document.as_bytes()).expect("written");
        match checker(limits).reading.facts(Source::File(file.path()), Octets::Drop) {
            Ok(_) => None,
            Err(refusal) => {
                refusal.params.into_iter().find(|(name, _)| *name == "limit").map(|(_, value)| value)
            }
        }
    };
    let large = document(&"<b>text</b>".repeat(500_000));
    assert!(large.len() > 5 << 20, "large enough not to be read into memory");
    assert_eq!(judge(Limits::default(), &large), None);
    let bytes = large.len() as u64;
    assert_eq!(judge(Limits { file_bytes: bytes, ..Limits::default() }, &large), None);
    let beyond = judge(Limits { file_bytes: bytes - 1, ..Limits::default() }, &large);
    assert_eq!(beyond, Some((bytes - 1).to_string()));
    let token = document(&format!("{}<b c='{}'/>", "<b>text</b>".repeat(500_000), "x".repeat(3 << 20)));
    assert_eq!(judge(Limits::default(), &token), None);
    assert_eq!(
        judge(Limits { token_bytes: 2 << 20, ..Limits::default() }, &token).as_deref(),
        Some("token_bytes")
    );
    // What is canonicalised to be read again is read into memory.
    let again = reference_with("", &[EXCLUSIVE, EXCLUSIVE], SHA256, &sha256(A.as_bytes()));
    let filler = "<b>text</b>".repeat(500_000);
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    write!(file, "<doc>{filler}{}</doc>", signature(&again)).expect("written");
    let limits = Limits { document_bytes: 5 << 20, ..Limits::default() };
    let facts = checker(limits).reading.facts(Source::File(file.path()), Octets::Drop).expect("facts");
    assert_eq!(facts.signatures[0].problems, [Problem::Limit("document_bytes")]);
}

#[test]
fn very_long_paths_are_cut_at_their_beginning() {
    let item = "<a Id=\"x\">1</a>";
    let name = |level: usize| format!("n{level:0>150}");
    let (open, close): (String, String) = (
        (0..60).map(|level| format!("<{}>", name(level))).collect(),
        (0..60).rev().map(|level| format!("</{}>", name(level))).collect(),
    );
    let document = format!("<doc>{open}{item}<left/>{close}{}</doc>", signature(&reference("#x", item)));
    let report = passes(&document);
    let path = &report.signatures[0].signed_content[0].xpath;
    assert!(path.starts_with("…/n") && path.ends_with("/a[1]"), "{path}");
    assert!(path.len() > 3_500 && path.len() < 4_100, "{}", path.len());
    let left = left_of(&report);
    assert!(left.len() == 1 && left[0].starts_with('…') && left[0].ends_with("/left[1]"), "{left:?}");
}

#[test]
fn paths_in_a_report_are_bounded_all_together() {
    let name = |level: usize| format!("n{level:0>150}");
    let (open, close): (String, String) = (
        (0..20).map(|level| format!("<{}>", name(level))).collect(),
        (0..20).rev().map(|level| format!("</{}>", name(level))).collect(),
    );
    let chosen = "<a></a>".repeat(100);
    let references = xpath("self::a", &chosen).repeat(20);
    let report = passes(&format!("<doc>{open}{chosen}{close}{}</doc>", signature(&references)));
    let contents = &report.signatures[0].signed_content;
    let length: usize = contents.iter().map(|content| content.xpath.len()).sum();
    assert!(length > 4_000_000 && length < 4_300_000, "{length}");
    assert!(!contents[0].xpath.contains('…') && contents[0].xpath.ends_with("/a[100]"));
    assert!(contents[19].xpath.starts_with('…') && contents[19].xpath.len() < 200);
    assert!(contents[19].xpath.ends_with(" | …"));
    // That there are more than are named is shown.
    let many = "<a></a>".repeat(101);
    let report = passes(&format!("<doc>{many}{}</doc>", signature(&xpath("self::a", &many))));
    assert!(report.signatures[0].signed_content[0].xpath.ends_with("/a[100] | …"));
}

#[test]
fn what_is_not_signed_is_listed_before_namespaces_that_are_not() {
    let filter =
        "not(ancestor-or-self::ds:Signature or ancestor-or-self::left) and (self::* or self::text())";
    let canonical = format!("<doc>{}</doc>", "<i></i>".repeat(150));
    let items = "<i xmlns='urn:i'/>".repeat(150);
    let document =
        |added: &str| format!("<doc>{items}{added}{}</doc>", signature(&xpath(filter, &canonical)));
    let left = left_of(&passes(&document("")));
    assert_eq!((left.len(), left[0].as_str()), (100, "/doc/namespace::*"));
    let left = left_of(&passes(&document("<left>1</left>")));
    assert_eq!((left.len(), left[99].as_str()), (100, "/doc/left[1]"));
    let named = document("").replacen("<i xmlns='urn:i'/>", "<i xmlns='urn:i' v='1'/>", 1);
    assert!(left_of(&passes(&named)).contains(&"/doc/i[1]/@*".to_owned()));
}

#[test]
fn text_that_is_signed_without_its_element_may_be_anothers() {
    let tags = xpath("not(self::text() or ancestor-or-self::ds:Signature)", "<doc><a></a><b></b></doc>");
    let texts = xpath("self::text()[not(ancestor::ds:Signature)]", "1007");
    let own = signature(&(tags + &texts));
    for (a, b) in [("100", "7"), ("10", "07")] {
        let left = left_of(&passes(&format!("<doc><a>{a}</a><b>{b}</b>{own}</doc>")));
        assert_eq!(left, ["/doc/a[1]/text()", "/doc/b[1]/text()"]);
    }
}
