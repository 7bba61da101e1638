//! Manifests: what they list is checked and covered like what SignedInfo names, wherever they stand.

use qoltanba::crypto::sha256;
use qoltanba::signature::DetachedContent;
use qoltanba::validation::{Indication, Policy, Report, SubIndication};

use crate::common::{ECDSA, outcome};
use crate::hostile::{DSIG, EXCLUSIVE, SHA256, reference, reference_with, signature};
use crate::key_info::warned;
use crate::xmldsig::{XPATH, fails, passes, verify, with_checker, with_object};

#[test]
fn a_manifest_that_is_not_covered_as_a_whole_is_not_followed() {
    let pay = |id: &str, sum: &str| format!("<pay Id=\"{id}\">{sum}</pay>");
    let manifest = |more: &str| {
        format!(
            "<ds:Manifest xmlns:ds=\"{DSIG}\" Id=\"m\">{}{more}</ds:Manifest>",
            reference("#p1", &pay("p1", "1"))
        )
    };
    let expression = "not(ancestor-or-self::ds:Reference[@URI!='#p1'])";
    let octets = manifest("");
    let part = reference_with("#m", &[XPATH, EXCLUSIVE], SHA256, &sha256(octets.as_bytes())).replacen(
        &format!("\"{XPATH}\">"),
        &format!("\"{XPATH}\"><ds:XPath>{expression}</ds:XPath>"),
        1,
    );
    let forged = manifest(&reference("#p2", &pay("p2", "999")));
    let signed = with_object(&signature(&part), &format!("<ds:Object>{forged}</ds:Object>"));
    let report =
        verify(&ECDSA.checker(), &format!("<app>{}{}{signed}</app>", pay("p2", "999"), pay("p1", "1")));
    assert!(report.signatures[0].signed_content.iter().all(|content| content.uri != "#p2"), "{report:?}");
}

#[test]
fn the_contents_of_a_manifest_are_told_apart() {
    let part = "<part Id=\"p\">1</part>";
    let manifest =
        |references: &str| format!("<ds:Manifest xmlns:ds=\"{DSIG}\" Id=\"m\">{references}</ds:Manifest>");
    let document = |inner: &str, part: &str| {
        let manifest = manifest(inner);
        let signature = with_object(
            &signature(&reference("#m", &manifest)),
            &format!("<ds:Object>{manifest}</ds:Object>"),
        );
        format!("<doc>{part}{signature}</doc>")
    };
    let good = reference("#p", part);
    let report = passes(&document(&good, part));
    let covered: Vec<_> =
        report.signatures[0].signed_content.iter().map(|content| content.uri.as_str()).collect();
    assert_eq!(covered, ["#m", "#p"]);
    let changed = document(&good, "<part Id=\"p\">2</part>");
    fails(&changed, SubIndication::HashFailure, "MANIFEST_REFERENCE_MISMATCH");
    // The value of the signature does not depend on it, which is all that conformance suites ask.
    let interop = with_checker(|checker| checker.policy = Policy::interop());
    let report = verify(&interop, &changed);
    assert_eq!(outcome(&report), (None, vec![]));
    assert_eq!(warned(&report, "MANIFEST_REFERENCE_MISMATCH").len(), 1);
    assert_eq!(report.signatures[0].signed_content.len(), 1);
    // What is not at hand is a note, and is not listed as covered; nor is what is made of it in a way that is not known.
    let unknown = reference_with("#p", &["urn:transform"], SHA256, &sha256(part.as_bytes()));
    for (inner, name) in [(reference("http://localhost/x", part), "http://localhost/x"), (unknown, "#p")] {
        let report = passes(&document(&inner, part));
        let told = warned(&report, "MANIFEST_REFERENCE_UNCHECKED");
        assert_eq!(told, [name]);
        assert_eq!(report.signatures[0].signed_content.len(), 1);
    }
    // In an Object that is signed as a whole it may be anything, and what it is not is no fault of the signature.
    let odd = "<ds:Manifest><other></other></ds:Manifest>".to_owned();
    let missing = format!("<ds:Manifest>{}</ds:Manifest>", reference("#nobody", part));
    let very_many = format!("<ds:Manifest>{}</ds:Manifest>", reference("file", part).repeat(110));
    // Entries beyond those that are followed are counted.
    for (manifest, told, count) in [(odd, "other", 1), (missing, "#nobody", 1), (very_many, "file", 101)] {
        let object = format!("<ds:Object xmlns:ds=\"{DSIG}\" Id=\"o\">{manifest}</ds:Object>");
        let own = format!("<ds:Object Id=\"o\">{manifest}</ds:Object>");
        let report = passes(&with_object(&signature(&reference("#o", &object)), &own));
        let warned = warned(&report, "MANIFEST_REFERENCE_UNCHECKED");
        assert_eq!(warned.len(), count);
        assert!(warned.iter().take(100).all(|name| name == told), "{report:?}");
        assert!(count == 1 || warned.last().is_some_and(|left| left == "10"), "{report:?}");
    }
    // One that was given from outside is told.
    let octets = format!("<ds:Manifest xmlns:ds=\"{DSIG}\"></ds:Manifest>");
    let outside = reference_with("m.xml", &[EXCLUSIVE], SHA256, &sha256(octets.as_bytes()));
    let outside = typed(&format!("{DSIG}Manifest"), &outside);
    let given = with_checker(|checker| {
        let content = DetachedContent { uri: Some("m.xml".into()), octets: octets.into_bytes() };
        checker.reading.detached.push(content);
    });
    let report = verify(&given, &signature(&outside));
    assert_eq!(outcome(&report), (None, vec![]));
    let told: Vec<_> = report.signatures[0]
        .findings
        .iter()
        .filter_map(|found| Some(found.params.last()?.1.as_str()))
        .collect();
    assert_eq!(told, ["elsewhere"]);
    // But not where a reference names it too, in whatever order.
    let missing = format!("<ds:Manifest Id=\"m\">{}</ds:Manifest>", reference("#nobody", part));
    let object = format!("<ds:Object xmlns:ds=\"{DSIG}\" Id=\"o\">{missing}</ds:Object>");
    let own = missing.replacen("<ds:Manifest ", &format!("<ds:Manifest xmlns:ds=\"{DSIG}\" "), 1);
    let (of_object, of_own) = (reference("#o", &object), reference("#m", &own));
    for references in [of_object.clone() + &of_own, of_own + &of_object] {
        let signature =
            with_object(&signature(&references), &format!("<ds:Object Id=\"o\">{missing}</ds:Object>"));
        fails(&signature, SubIndication::SignedDataNotFound, "REFERENCE_NOT_FOUND");
    }
    // It is followed as well, and once.
    let manifest = format!("<ds:Manifest Id=\"m\">{good}</ds:Manifest>");
    let object = format!("<ds:Object xmlns:ds=\"{DSIG}\" Id=\"o\">{manifest}</ds:Object>");
    let own = manifest.replacen("<ds:Manifest ", &format!("<ds:Manifest xmlns:ds=\"{DSIG}\" "), 1);
    for references in [reference("#o", &object), reference("#o", &object) + &reference("#m", &own)] {
        let signature =
            with_object(&signature(&references), &format!("<ds:Object Id=\"o\">{manifest}</ds:Object>"));
        let report = passes(&format!("<doc>{part}{signature}</doc>"));
        let parts = report.signatures[0].signed_content.iter().filter(|content| content.uri == "#p");
        assert_eq!(parts.count(), 1, "{report:?}");
        let changed = format!("<doc>{}{signature}</doc>", part.replace('1', "2"));
        fails(&changed, SubIndication::HashFailure, "MANIFEST_REFERENCE_MISMATCH");
    }
}

/// As in national containers of documents: the Objects stand beside the signature, whose Manifests name them.
#[test]
fn objects_that_manifests_name_may_stand_elsewhere() {
    let object =
        |id: &str, text: &str| format!("<ds:Object xmlns:ds=\"{DSIG}\" Id=\"{id}\">{text}</ds:Object>");
    let manifest = format!(
        "<ds:Manifest xmlns:ds=\"{DSIG}\" Id=\"m\">{}{}</ds:Manifest>",
        reference("#o1", &object("o1", "1")),
        reference("#o2", &object("o2", "2"))
    );
    let own = format!("<ds:Object>{manifest}</ds:Object>");
    let document = |objects: &str| {
        let signature = with_object(&signature(&reference("#m", &manifest)), objects);
        format!("<envelope>{}{}{signature}</envelope>", object("o1", "1"), object("o2", "2"))
    };
    assert_eq!(passes(&document(&own)).signatures[0].signed_content.len(), 3);
    let wrapped = |document: &str| fails(document, SubIndication::FormatFailure, "SIGNATURE_WRAPPED");
    // Not while another is where the signature's own would be.
    wrapped(&document(&format!("{own}<ds:Object Id=\"o3\">3</ds:Object>")));
    wrapped(&document(&format!("{own}<ds:Object Id=\"o3\"><p>3</p></ds:Object>")));
    wrapped(&document(&own.replace("<ds:Object>", "<ds:Object><p>3</p>")));
    // Nor where SignedInfo names it itself.
    let direct = signature(&reference("#o1", &object("o1", "1")));
    wrapped(&format!("<envelope>{}{direct}</envelope>", object("o1", "1")));
}

#[test]
fn a_manifest_anywhere_finds_its_identifiers_among_very_many() {
    let part = "<part Id=\"p\">1</part>";
    let manifest = |ds: &str, id: &str| {
        format!("<ds:Manifest{ds} Id=\"m\">{}</ds:Manifest>", reference(&format!("#{id}"), part))
    };
    let declared = format!(" xmlns:ds=\"{DSIG}\"");
    let many: String = (0..10_001).map(|at| format!("<i Id=\"i{at}\"/>")).collect();
    let own = signature(&reference("#m", &manifest(&declared, "p")));
    for many in ["", &many] {
        let report = passes(&format!("<doc>{part}{many}<w>{}</w>{own}</doc>", manifest(&declared, "p")));
        let covered: Vec<_> =
            report.signatures[0].signed_content.iter().map(|content| content.uri.as_str()).collect();
        assert_eq!(covered, ["#m", "#p"]);
        // In an Object below an element of somebody else's.
        let object = format!("<ds:Object><w>{}</w></ds:Object>", manifest("", "p"));
        passes(&format!("<doc>{part}{many}{}</doc>", with_object(&own, &object)));
        let twice = format!("<doc>{part}{part}{many}<w>{}</w>{own}</doc>", manifest(&declared, "p"));
        fails(&twice, SubIndication::FormatFailure, "DUPLICATE_IDENTIFIER");
        let nobody = signature(&reference("#m", &manifest(&declared, "nobody")));
        fails(
            &format!("<doc>{part}{many}<w>{}</w>{nobody}</doc>", manifest(&declared, "nobody")),
            SubIndication::SignedDataNotFound,
            "REFERENCE_NOT_FOUND",
        );
    }
}

/// An Object as it is written in a signature, and as it is signed.
fn object(id: &str, content: &str) -> (String, String) {
    let own = format!("<ds:Object Id=\"{id}\">{content}</ds:Object>");
    let canonical = own.replacen(" Id=", &format!(" xmlns:ds=\"{DSIG}\" Id="), 1);
    (own, canonical)
}

/// A reference with a Type.
fn typed(kind: &str, reference: &str) -> String {
    reference.replacen("<ds:Reference ", &format!("<ds:Reference Type=\"{kind}\" "), 1)
}

fn covered(report: &Report, at: usize) -> Vec<&str> {
    report.signatures[at].signed_content.iter().map(|content| content.uri.as_str()).collect()
}

/// Reasons why something in a Manifest was not checked.
fn unchecked(report: &Report, at: usize) -> Vec<&str> {
    let findings = report.signatures[at].findings.iter();
    let of_manifests = findings.filter(|found| found.code == "MANIFEST_REFERENCE_UNCHECKED");
    of_manifests.filter_map(|found| Some(found.params.last()?.1.as_str())).collect()
}

fn both_pass(document: &str) -> Report {
    let report = verify(&ECDSA.checker(), document);
    let passed = report.signatures.iter().filter(|signature| signature.indication == Indication::TotalPassed);
    assert_eq!(passed.count(), 2, "{report:?}");
    report
}

#[test]
fn a_co_signer_covers_what_the_manifest_of_another_names() {
    let part = "<part Id=\"p\">1</part>";
    let (held, _) = object("h", "<c Id=\"c\">1</c>");
    let manifest = format!(
        "<ds:Manifest Id=\"m\">{}{}</ds:Manifest>",
        reference("#p", part),
        reference("#c", "<c Id=\"c\">1</c>")
    );
    let canonical_manifest = manifest.replacen(" Id=", &format!(" xmlns:ds=\"{DSIG}\" Id="), 1);
    let (own, canonical) = object("o", &manifest);
    let first = with_object(&signature(&reference("#m", &canonical_manifest)), &format!("{own}{held}"));
    let chosen = reference_with("", &[XPATH, EXCLUSIVE], SHA256, &sha256(canonical_manifest.as_bytes()))
        .replacen(
            &format!("\"{XPATH}\">"),
            &format!("\"{XPATH}\"><ds:XPath>ancestor-or-self::ds:Manifest</ds:XPath>"),
            1,
        );
    for (by, references) in
        [("#o", reference("#o", &canonical)), ("#m", reference("#m", &canonical_manifest)), ("", chosen)]
    {
        let document = |part: &str| format!("<doc>{part}{first}{}</doc>", signature(&references));
        let report = both_pass(&document(part));
        assert_eq!((covered(&report, 1), unchecked(&report, 1)), (vec![by, "#p", "#c"], vec![]));
        let report = verify(&ECDSA.checker(), &document(&part.replace('1', "2")));
        for signature in &report.signatures {
            assert_eq!(signature.indication, Indication::TotalFailed, "{by}");
        }
    }
}

/// A signature without its KeyInfo, of which nobody knows whose it is.
fn nameless(signature: &str) -> String {
    let at = |part: &str| signature.find(part).expect("a part");
    [&signature[..at("<ds:KeyInfo>")], &signature[at("<ds:Object")..]].concat()
}

/// Nobody knows then whether there was such a signature, or what it was over.
#[test]
fn what_stands_in_a_signature_that_cannot_be_checked_is_not_known_to_be_in_its_place() {
    let content = "<c Id=\"c\">1</c>";
    let enveloped = [&*format!("{DSIG}enveloped-signature"), EXCLUSIVE];
    let whole = reference_with("", &enveloped, SHA256, &sha256(b"<doc></doc>"));
    for entry in [reference("#c", content), whole] {
        let (held, _) = object("h", content);
        let (own, canonical) = object("o", &format!("<ds:Manifest>{entry}</ds:Manifest>"));
        let first = with_object(&signature(&reference("#o", &canonical)), &format!("{own}{held}"));
        let second = signature(&reference("#o", &canonical));
        both_pass(&format!("<doc>{first}{second}</doc>"));
        let at = |part: &str| first.find(part).expect("a part");
        let wrong = [
            &first[..at("<ds:SignatureValue>")],
            "<ds:SignatureValue>AAAA",
            &first[at("</ds:SignatureValue>")..],
        ]
        .concat();
        let unknown = first.replacen(SHA256, "urn:example:digest", 1);
        for first in [nameless(&first), wrong, unknown] {
            let report = verify(&ECDSA.checker(), &format!("<doc>{first}{second}</doc>"));
            let judged = &report.signatures[1];
            assert_eq!(judged.sub_indication, Some(SubIndication::SigConstraintsFailure), "{judged:?}");
            assert!(judged.findings.iter().any(|finding| finding.code == "CARRIER_UNVERIFIED"));
        }
    }
}

#[test]
fn whoever_signs_all_of_a_signature_signs_where_things_stand_in_it() {
    let content = "<c Id=\"c\">1</c>";
    let (held, _) = object("h", content);
    let (own, canonical) = object("o", &format!("<ds:Manifest>{}</ds:Manifest>", reference("#c", content)));
    let first = nameless(&with_object(&signature(&reference("#o", &canonical)), &format!("{own}{held}")));
    let (all, _) = object("all", &first);
    // As canonical form has it, where the namespace is declared once.
    let bare = first.replace(&format!(" xmlns:ds=\"{DSIG}\""), "");
    let (_, canonical_all) = object("all", &bare);
    let over_all = reference("#all", &canonical_all);
    let document = |references: &str| format!("<doc>{}</doc>", with_object(&signature(references), &all));
    let outer = |references: &str| verify(&ECDSA.checker(), &document(references)).signatures[0].indication;
    assert_eq!(outer(&over_all), Indication::TotalPassed);
    assert_eq!(outer(&(over_all.clone() + &reference("#o", &canonical))), Indication::TotalPassed);
    // Beside one another.
    let enveloped = [&*format!("{DSIG}enveloped-signature"), EXCLUSIVE];
    let declared = bare.replacen("<ds:Signature", &format!("<ds:Signature xmlns:ds=\"{DSIG}\""), 1);
    let octets = format!("<doc>{declared}</doc>");
    let whole = reference_with("", &enveloped, SHA256, &sha256(octets.as_bytes()));
    let second = signature(&(whole + &reference("#o", &canonical)));
    let report = verify(&ECDSA.checker(), &format!("<doc>{first}{second}</doc>"));
    assert_eq!(report.signatures[1].indication, Indication::TotalPassed, "{report:?}");
}

/// XML Signature 6.6.4: what is taken away is the signature that holds the transform.
#[test]
fn a_co_signer_is_told_what_is_around_the_other_signature() {
    let enveloped = [&*format!("{DSIG}enveloped-signature"), EXCLUSIVE];
    let whole = reference_with("", &enveloped, SHA256, &sha256(b"<doc></doc>"));
    let (own, canonical) = object("o", &format!("<ds:Manifest>{whole}</ds:Manifest>"));
    let first = with_object(&signature(&reference("#o", &canonical)), &own);
    let second = signature(&reference("#o", &canonical));
    let report = both_pass(&format!("<doc>{first}{second}</doc>"));
    assert_eq!((unchecked(&report, 0), unchecked(&report, 1)), (vec![], vec!["around"]));
    assert_eq!((covered(&report, 0), covered(&report, 1)), (vec!["#o", ""], vec!["#o"]));
    // It is compared nevertheless.
    let report = verify(&ECDSA.checker(), &format!("<doc>2{first}{second}</doc>"));
    assert!(report.signatures.iter().all(|signature| signature.indication == Indication::TotalFailed));
}

/// There nobody can tell what is meant, and signed properties say who signed.
#[test]
fn what_is_around_the_other_signature_is_not_taken_for_properties() {
    let enveloped = [&*format!("{DSIG}enveloped-signature"), EXCLUSIVE];
    let whole = reference_with("", &enveloped, SHA256, &sha256(b"<doc></doc>"));
    let entry = typed("http://uri.etsi.org/01903#SignedProperties", &whole);
    let (own, canonical) = object("o", &format!("<ds:Manifest>{entry}</ds:Manifest>"));
    let first = with_object(&signature(&reference("#o", &canonical)), &own);
    let second = signature(&reference("#o", &canonical));
    let report = verify(&ECDSA.checker(), &format!("<doc>{first}{second}</doc>"));
    let has = |at: usize, code| report.signatures[at].findings.iter().any(|found| found.code == code);
    assert!(has(0, "SIGNATURE_WRAPPED") && has(1, "CARRIER_UNVERIFIED"), "{report:?}");
    assert_eq!(report.signatures[1].indication, Indication::Indeterminate);
}

#[test]
fn what_a_type_calls_a_manifest_must_be_there() {
    let manifest = &format!("{DSIG}Manifest");
    let part = "<part Id=\"p\">1</part>";
    let document = |entry: &str| {
        let (own, canonical) = object("o", &format!("<ds:Manifest>{entry}</ds:Manifest>"));
        format!("<doc>{}</doc>", with_object(&signature(&reference("#o", &canonical)), &own))
    };
    let gone = typed(manifest, &reference("#gone", part));
    fails(&document(&gone), SubIndication::SignedDataNotFound, "REFERENCE_NOT_FOUND");
    // One that is nowhere in the document anyway is not at hand.
    let report = passes(&document(&typed(manifest, &reference("http://localhost/m", part))));
    assert_eq!(warned(&report, "MANIFEST_REFERENCE_UNCHECKED"), ["http://localhost/m"]);
}

#[test]
fn the_manifests_of_others_take_no_room_from_the_own() {
    let part = "<part Id=\"p\">1</part>";
    let many = format!("<ds:Manifest>{}</ds:Manifest>", reference("#p", part).repeat(100));
    let (theirs, canonical_theirs) = object("t", &many);
    let other = "<other Id=\"q\">1</other>";
    let (own, canonical_own) = object("o", &format!("<ds:Manifest>{}</ds:Manifest>", reference("#q", other)));
    let first = with_object(&signature(&reference("#t", &canonical_theirs)), &theirs);
    let references = reference("#t", &canonical_theirs) + &reference("#o", &canonical_own);
    let second = with_object(&signature(&references), &own);
    let document = |other: &str| format!("<doc>{part}{other}{first}{second}</doc>");
    let report = both_pass(&document(other));
    assert_eq!(covered(&report, 1).iter().filter(|uri| **uri == "#q").count(), 1);
    assert_eq!(unchecked(&report, 1), ["limit"]);
    let report = verify(&ECDSA.checker(), &document(&other.replace('1', "2")));
    let [_, second] = &report.signatures[..] else { panic!("{report:?}") };
    assert_eq!(second.sub_indication, Some(SubIndication::HashFailure));
}
