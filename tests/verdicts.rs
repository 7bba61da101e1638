//! Each way in which a signature or certificate can be wrong has its own reason.

use qoltanba::service::verify::sign_xml;
use qoltanba::signature::Octets;
use qoltanba::signature::sign::Profile;
use qoltanba::validation::{Indication, NotVerified, Policy, RevocationMode, SubIndication, accept};
use qoltanba::xml::c14n::Canonicalization;
use qoltanba::xml::{DSIG, Document, Limits};

use crate::common::{ECDSA, FOREIGN, PASSWORD, Pki, RSA, now, outcome};

const APPLICATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <өтініш xmlns=\"urn:test\" xmlns:unused=\"urn:u\" Id=\"doc\">\r\n <!-- түсініктеме -->\
    <аты b='2' a=\" x\ty \">Әсет &amp; &lt;Ғани&gt; &#13;</аты><b/></өтініш>";

fn sign(pki: &Pki, who: &str, profile: &Profile) -> Vec<u8> {
    sign_xml(APPLICATION.as_bytes(), &pki.identity(who), profile, &Limits::default()).expect("signed")
}

fn replace(document: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(document.to_vec()).expect("UTF-8");
    assert!(text.contains(from), "{from} is in the document");
    text.replacen(from, to, 1).into_bytes()
}

#[test]
fn what_we_sign_passes_in_every_profile() {
    for pki in [&*RSA, &*ECDSA] {
        for canonicalization in [Canonicalization::inclusive(), Canonicalization::exclusive()] {
            for reference_id in [None, Some("doc".to_owned())] {
                let profile = Profile {
                    canonicalization: canonicalization.clone(),
                    reference_id,
                    ..Profile::default()
                };
                let report =
                    pki.checker().verify(&sign(pki, "applicant", &profile), now()).expect("a report");
                assert_eq!(outcome(&report), (None, vec![]), "{profile:?}");
                assert_eq!(report.signatures[0].signed_content[0].covers, "whole-document");
            }
        }
    }
}

#[test]
fn a_changed_byte_is_a_hash_failure() {
    let signed = replace(&sign(&RSA, "applicant", &Profile::default()), "Әсет", "Асет");
    let report = RSA.checker().verify(&signed, now()).expect("a report");
    assert_eq!(outcome(&report), (Some(SubIndication::HashFailure), vec!["DIGEST_MISMATCH"]));
    assert_eq!(report.indication, Indication::TotalFailed);
    // The properties are as they were signed: that they alone cover nothing is no second fault.
    let profile = Profile { properties: Some(now()), ..Profile::default() };
    let signed = replace(&sign(&RSA, "applicant", &profile), "Әсет", "Асет");
    let report = RSA.checker().verify(&signed, now()).expect("a report");
    assert_eq!(outcome(&report), (Some(SubIndication::HashFailure), vec!["DIGEST_MISMATCH"]));
}

#[test]
fn a_changed_signed_info_is_a_crypto_failure() {
    let signed =
        replace(&sign(&RSA, "applicant", &Profile::default()), "<ds:SignedInfo>", "<ds:SignedInfo> ");
    let report = RSA.checker().verify(&signed, now()).expect("a report");
    assert_eq!(outcome(&report), (Some(SubIndication::SigCryptoFailure), vec!["SIGNATURE_MISMATCH"]));
}

#[test]
fn another_persons_certificate_is_a_crypto_failure() {
    let signed = String::from_utf8(sign(&RSA, "applicant", &Profile::default())).expect("UTF-8");
    let other = String::from_utf8(sign(&RSA, "official", &Profile::default())).expect("UTF-8");
    let certificate = |text: &str| {
        let start = text.find("<ds:X509Certificate>").expect("a certificate");
        let end = text.find("</ds:X509Certificate>").expect("a certificate");
        text[start..end].to_owned()
    };
    let swapped = signed.replace(&certificate(&signed), &certificate(&other));
    let report = RSA.checker().verify(swapped.as_bytes(), now()).expect("a report");
    assert_eq!(outcome(&report), (Some(SubIndication::SigCryptoFailure), vec!["SIGNATURE_MISMATCH"]));
}

#[test]
fn every_certificate_fault_has_its_own_reason() {
    let cases: &[(&str, &str, SubIndication, &str)] = &[
        ("revoked", "2026-06-01T10:00:00Z", SubIndication::RevokedNoPoe, "CERTIFICATE_REVOKED"),
        (
            "wrong-usage",
            "2026-06-01T10:00:00Z",
            SubIndication::ChainConstraintsFailure,
            "KEY_USAGE_NOT_SIGNING",
        ),
        ("applicant", "2025-06-01T10:00:00Z", SubIndication::NotYetValid, "CERTIFICATE_NOT_YET_VALID"),
        ("expired", "2026-06-01T10:00:00Z", SubIndication::OutOfBoundsNoPoe, "CERTIFICATE_EXPIRED"),
    ];
    for (who, at, sub_indication, code) in cases {
        let report = RSA
            .checker()
            .verify(&sign(&RSA, who, &Profile::default()), at.parse().expect("a time"))
            .expect("a report");
        let (found, codes) = outcome(&report);
        assert_eq!(found, Some(*sub_indication), "{who}: {codes:?}");
        assert!(codes.contains(code), "{who}: {codes:?}");
    }
}

#[test]
fn a_foreign_authority_is_no_chain() {
    let signed = sign(&FOREIGN, "applicant", &Profile::default());
    let report = ECDSA.checker().verify(&signed, now()).expect("a report");
    let (found, codes) = outcome(&report);
    assert_eq!(found, Some(SubIndication::NoCertificateChainFound), "{codes:?}");
}

#[test]
fn no_revocation_evidence_is_indeterminate_only_when_required() {
    let signed = sign(&RSA, "applicant", &Profile::default());
    let evidence = |mode| {
        qoltanba::service::verify::evidence_from_files(
            &[RSA.path("root.cer")],
            &[RSA.path("ca.cer")],
            &[],
            mode,
        )
        .expect("evidence")
    };
    for (mode, expected) in [
        (RevocationMode::Required, Some(SubIndication::TryLater)),
        (RevocationMode::Available, None),
        (RevocationMode::Off, None),
    ] {
        let checker = qoltanba::service::verify::Checker::new(evidence(mode), Policy::kz());
        assert_eq!(checker.verify(&signed, now()).expect("a report").signatures[0].sub_indication, expected);
    }
}

#[test]
fn signatures_added_one_after_another_all_pass() {
    let mut document = sign(&RSA, "applicant", &Profile::default());
    for who in ["official", "executor"] {
        let profile = Profile { add: true, ..Profile::default() };
        let added = sign_xml(&document, &RSA.identity(who), &profile, &Limits::default()).expect("signed");
        // Not a byte of what was there is changed.
        let at = added.len() - b"</\xd3\xa9\xd1\x82\xd1\x96\xd0\xbd\xd1\x96\xd1\x88>".len();
        assert!(added.starts_with(&document[..document.len() - (added.len() - at)]));
        document = added;
    }
    let report = RSA.checker().verify(&document, now()).expect("a report");
    assert_eq!(report.indication, Indication::TotalPassed, "{:?}", report.signatures);
    assert_eq!(report.signatures.len(), 3);
    // A change between the signatures breaks the ones that cover it.
    let changed = replace(&document, "Әсет", "Асет");
    let report = RSA.checker().verify(&changed, now()).expect("a report");
    assert!(report.signatures.iter().all(|signature| signature.indication == Indication::TotalFailed));
}

#[test]
fn a_signed_document_is_not_signed_again_without_saying_so() {
    let signed = sign(&RSA, "applicant", &Profile::default());
    let refusal = sign_xml(&signed, &RSA.identity("official"), &Profile::default(), &Limits::default())
        .expect_err("refused");
    assert_eq!(refusal.code, "ALREADY_SIGNED");
}

#[test]
fn verified_content_is_the_signed_octets_of_a_whole_document() {
    let checker = RSA.checker();
    let signed = sign(&RSA, "applicant", &Profile::default());
    let facts = checker.facts(&signed, Octets::Keep).expect("facts");
    let (_, verified) = accept(facts, [0; 32], &checker.evidence, &checker.policy, now());
    let verified = verified.expect("verified");
    let text = String::from_utf8(verified.octets().to_vec()).expect("UTF-8");
    assert!(text.contains("Әсет &amp; &lt;Ғани&gt; &#xD;"));
    assert!(!text.contains("Signature") && !text.contains("түсініктеме"));
    assert_eq!(verified.signer().iin.as_deref(), Some("123456789011"));

    let tampered = replace(&signed, "Әсет", "Асет");
    let facts = checker.facts(&tampered, Octets::Keep).expect("facts");
    let (_, verified) = accept(facts, [0; 32], &checker.evidence, &checker.policy, now());
    assert_eq!(verified.err(), Some(NotVerified::NotPassed(Indication::TotalFailed)));
}

#[test]
fn the_same_judgement_at_any_time_does_not_depend_on_what_was_judged_before() {
    let checker = RSA.checker();
    let signed = sign(&RSA, "applicant", &Profile::default());
    assert_eq!(checker.verify(&signed, now()).expect("a report").indication, Indication::TotalPassed);
    let early = "2025-01-01T00:00:00Z".parse().expect("a time");
    assert_eq!(
        checker.verify(&signed, early).expect("a report").signatures[0].sub_indication,
        Some(SubIndication::NotYetValid)
    );
}

#[test]
fn a_signature_over_an_element_leaves_one_over_the_whole_as_it_was() {
    let whole = Profile { canonicalization: Canonicalization::exclusive(), ..Profile::default() };
    let part = Profile { reference_id: Some("e".to_owned()), add: true, ..whole.clone() };
    let document = b"<doc><e Id=\"e\">1</e></doc>";
    let first = sign_xml(document, &ECDSA.identity("applicant"), &whole, &Limits::default()).expect("signed");
    let both = sign_xml(&first, &ECDSA.identity("official"), &part, &Limits::default()).expect("signed");
    let report = ECDSA.checker().verify(&both, now()).expect("a report");
    assert_eq!(report.indication, Indication::TotalPassed, "{report:?}");
    assert_eq!(report.signatures.len(), 2);
    // One that does not stand below the root is left alone too.
    let nested = String::from_utf8(first).expect("UTF-8");
    let (start, end) = (nested.find("<ds:Signature").expect("it"), nested.rfind("</doc>").expect("an end"));
    let nested = format!("<doc><e Id=\"e\">1{}</e></doc>", &nested[start..end]);
    let both = sign_xml(nested.as_bytes(), &ECDSA.identity("official"), &part, &Limits::default());
    let report = ECDSA.checker().verify(&both.expect("signed"), now()).expect("a report");
    assert_eq!(report.indication, Indication::TotalPassed, "{report:?}");
}

#[test]
fn a_further_signature_that_would_not_be_right_is_refused() {
    // No reference by a bare name leads to such an identifier.
    let document = b"<doc><e Id=\"e\">1</e><f Id=\"(1)\">2</f></doc>";
    let over = |id: &str| Profile { reference_id: Some(id.to_owned()), add: true, ..Profile::default() };
    let identity = ECDSA.identity("applicant");
    let first = sign_xml(document, &identity, &over("e"), &Limits::default()).expect("signed");
    let refusal = sign_xml(&first, &identity, &over("(1)"), &Limits::default());
    assert_eq!(refusal.err().map(|refusal| refusal.code), Some("SELF_CHECK_FAILED"));
    // What nobody signs may be taken for what has the same name.
    let first = sign_xml(b"<doc><e Id=\"e\">1</e></doc>", &identity, &over("e"), &Limits::default());
    let first = String::from_utf8(first.expect("signed")).expect("UTF-8");
    let twins = first.replace("</doc>", "<e Id=\"f\">2</e><e>3</e></doc>");
    let refusal = sign_xml(twins.as_bytes(), &identity, &over("f"), &Limits::default());
    assert_eq!(refusal.err().map(|refusal| refusal.code), Some("SELF_CHECK_FAILED"));
    // Or what others sign, but wrongly.
    let twin = first.replace("</doc>", "<e Id=\"f\">2</e></doc>");
    assert!(sign_xml(twin.as_bytes(), &identity, &over("f"), &Limits::default()).is_ok());
    let wrong = twin.replace(">1<", ">3<");
    let refusal = sign_xml(wrong.as_bytes(), &identity, &over("f"), &Limits::default());
    assert_eq!(refusal.err().map(|refusal| refusal.code), Some("SELF_CHECK_FAILED"));
}

#[test]
fn parts_of_a_signature_have_identifiers_that_nothing_else_has() {
    let profile =
        Profile { reference_id: Some("e".to_owned()), properties: Some(now()), ..Profile::default() };
    let sign = |document: &str| {
        let signed =
            sign_xml(document.as_bytes(), &ECDSA.identity("applicant"), &profile, &Limits::default());
        String::from_utf8(signed.expect("signed")).expect("UTF-8")
    };
    let document = "<doc><e Id=\"e\">1</e><f Id=\"x\"/></doc>";
    let first = sign(document);
    let start = first.find("\"signature-").expect("an identifier") + 1;
    let id = &first[start..start + first[start..].find('"').expect("an end")];
    for taken in [id.to_owned(), format!("{id}-properties"), format!("{id}-content")] {
        let signed = sign(&document.replace("\"x\"", &format!("\"{taken}\"")));
        assert!(signed.contains(&format!("<ds:Signature xmlns:ds=\"{DSIG}\" Id=\"{id}-2\">")), "{signed}");
        let report = ECDSA.checker().verify(signed.as_bytes(), now()).expect("a report");
        assert_eq!(report.indication, Indication::TotalPassed, "{report:?}");
    }
}

#[test]
fn identifiers_are_free_among_very_many_too() {
    let many: String = (0..20_000).map(|number| format!("<e{number} Id=\"i{number}\"/>")).collect();
    let profile = Profile {
        reference_id: Some("i5".to_owned()),
        properties: Some(now()),
        add: true,
        ..Profile::default()
    };
    let sign = |document: &str| {
        let signed =
            sign_xml(document.as_bytes(), &ECDSA.identity("applicant"), &profile, &Limits::default());
        String::from_utf8(signed.expect("signed")).expect("UTF-8")
    };
    let document = format!("<doc><x Id=\"y\"/>{many}</doc>");
    let first = sign(&document);
    let start = first.find("\"signature-").expect("an identifier") + 1;
    let id = first[start..start + first[start..].find('"').expect("an end")].to_owned();
    let has =
        |signed: &str, id: &str| signed.contains(&format!("<ds:Signature xmlns:ds=\"{DSIG}\" Id=\"{id}\">"));
    for (taken, free) in [
        (id.clone(), format!("{id}-2")),
        (format!("{id}-properties"), format!("{id}-2")),
        (format!("{id}-content"), format!("{id}-2")),
        (format!("{id}-7-content"), format!("{id}-8")),
    ] {
        let signed = sign(&document.replace("\"y\"", &format!("\"{taken}\"")));
        assert!(has(&signed, &free), "{taken}");
        let report = ECDSA.checker().verify(signed.as_bytes(), now()).expect("a report");
        assert_eq!(report.indication, Indication::TotalPassed, "{taken}");
    }
    // By the same key over the same once more.
    let second = sign(&first);
    let report = ECDSA.checker().verify(second.as_bytes(), now()).expect("a report");
    assert_eq!(report.indication, Indication::TotalPassed);
}

#[test]
fn an_element_among_very_many_with_identifiers_is_signed() {
    let many: String = (0..20_000).map(|number| format!("<e{number} Id=\"i{number}\"/>")).collect();
    let document = format!("<doc>{many}</doc>");
    let limits = Limits::default();
    let read = Document::read(document.as_bytes(), &limits, &[]).expect("a document");
    assert!(read.has_too_many_identifiers());
    for id in ["i0", "i19999"] {
        let profile = Profile { reference_id: Some(id.to_owned()), ..Profile::default() };
        let signed = sign_xml(document.as_bytes(), &ECDSA.identity("applicant"), &profile, &limits);
        let report = ECDSA.checker().verify(&signed.expect("signed"), now()).expect("a report");
        assert_eq!(report.indication, Indication::TotalPassed, "{id}");
    }
    let profile = Profile { reference_id: Some("j".to_owned()), ..Profile::default() };
    let refusal = sign_xml(document.as_bytes(), &ECDSA.identity("applicant"), &profile, &limits);
    assert_eq!(refusal.expect_err("refused").code, "REFERENCE_NOT_FOUND");
}

#[test]
fn a_further_signature_that_would_break_one_is_refused() {
    let whole = Profile { canonicalization: Canonicalization::exclusive(), ..Profile::default() };
    let document = b"<doc><e Id=\"e\">1</e></doc>";
    let first = sign_xml(document, &ECDSA.identity("applicant"), &whole, &Limits::default()).expect("signed");
    // Moved into the element it is still right, but what comes below the root is signed by it.
    let first = String::from_utf8(first).expect("UTF-8");
    let (start, end) = (first.find("<ds:Signature").expect("it"), first.rfind("</doc>").expect("an end"));
    let nested = format!("<doc><e Id=\"e\">1{}</e></doc>", &first[start..end]);
    let report = ECDSA.checker().verify(nested.as_bytes(), now()).expect("a report");
    assert_eq!(report.indication, Indication::TotalPassed, "{report:?}");
    let add = Profile { add: true, ..whole };
    let refusal = sign_xml(nested.as_bytes(), &ECDSA.identity("official"), &add, &Limits::default());
    let refusal = refusal.expect_err("refused");
    assert_eq!((refusal.code, &*refusal.params[0].1), ("SIGNATURE_WOULD_BREAK", "1"));
    // The command says so too, and writes nothing.
    assert_eq!(refused_to_sign(&nested, &["--add"]), "SIGNATURE_WOULD_BREAK");
    // One that is wrong already is in nobody's way.
    let wrong = nested.replace(">1<", ">2<");
    assert!(sign_xml(wrong.as_bytes(), &ECDSA.identity("official"), &add, &Limits::default()).is_ok());
}

#[test]
fn a_signature_that_does_not_pass_its_own_check_is_no_unreadable_key() {
    // Of two elements that look the same one is signed.
    let twins = "<doc><pay Id=\"a\">1</pay><pay>2</pay></doc>";
    assert_eq!(refused_to_sign(twins, &["--reference-id", "a"]), "SELF_CHECK_FAILED");
}

/// The code with which the command refuses to sign a document, for which nothing is written.
fn refused_to_sign(document: &str, options: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, out) = (folder.path().join("document.xml"), folder.path().join("signed.xml"));
    std::fs::write(&path, document).expect("written");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_qoltanba"))
        .args(["sign", "--canonicalization", "exclusive", "--password-env", "QOLTANBA_PASSWORD"])
        .args(options)
        .args([path.as_os_str(), "--key".as_ref(), ECDSA.path("official.p12").as_os_str()])
        .args(["--out".as_ref(), out.as_os_str()])
        .env("QOLTANBA_PASSWORD", PASSWORD)
        .output()
        .expect("the program");
    assert_eq!(output.status.code(), Some(2));
    assert!(!out.exists());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    said.split_once('[')
        .and_then(|(_, rest)| rest.split_once(']'))
        .map_or(said.clone(), |(code, _)| code.to_owned())
}
