//! Every form of reference, transform, key and property that an XML signature may have, and beside each
//! the document that must not pass.

use std::io::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qoltanba::asn1::{oid, write};
use qoltanba::crypto::{
    Curve, DigestAlgorithm, EcdsaForm, Identity, PrivateKey, PssParameters, SignatureAlgorithm, digest,
    sha256,
};
use qoltanba::pkix::{Certificate, TrustAnchors, issue};
use qoltanba::service::reading::Source;
use qoltanba::service::verify::{Checker, sign_xml};
use qoltanba::signature::sign::Profile;
use qoltanba::signature::{DetachedContent, Octets, Problem, xmldsig};
use qoltanba::validation::{Evidence, Indication, Level, Policy, Report, RevocationMode, SubIndication};
use qoltanba::xml::c14n::Canonicalization;
use qoltanba::xml::{Limits, ReadAt};

use crate::common::{ECDSA, FOREIGN, RSA, now, outcome};
use crate::hostile::{
    DSIG, ECDSA_SHA256, EXCLUSIVE, SHA256, reference, reference_with, signature, signature_of,
};

const INCLUSIVE_WITH_COMMENTS: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments";
const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
const FILTER2: &str = "http://www.w3.org/2002/06/xmldsig-filter2";

fn verify(checker: &Checker, document: &str) -> Report {
    checker
        .verify(document.as_bytes(), now())
        .unwrap_or_else(|refusal| panic!("{}: {document}", refusal.code))
}

fn passes(document: &str) -> Report {
    let report = verify(&ECDSA.checker(), document);
    assert_eq!(outcome(&report), (None, vec![]), "{document}");
    report
}

fn fails(document: &str, sub_indication: SubIndication, code: &str) {
    let report = verify(&ECDSA.checker(), document);
    let (found, codes) = outcome(&report);
    assert_eq!(found, Some(sub_indication), "{codes:?} {document}");
    assert!(codes.contains(&code), "{code} expected, {codes:?} found");
}

fn with_checker(change: impl FnOnce(&mut Checker)) -> Checker {
    let mut checker = ECDSA.checker();
    change(&mut checker);
    checker
}

/// A signature with something after its KeyInfo.
pub(crate) fn with_object(signature: &str, object: &str) -> String {
    signature.replace("</ds:Signature>", &format!("{object}</ds:Signature>"))
}

#[test]
fn comments_are_covered_by_the_rule_of_the_reference() {
    let element = "<a Id=\"x\">1<!--c-->2</a>";
    let plain = "<a Id=\"x\">12</a>";
    let by = |uri: &str, canonical: &str| {
        let reference =
            reference_with(uri, &[INCLUSIVE_WITH_COMMENTS], SHA256, &sha256(canonical.as_bytes()));
        format!("<doc>{element}{}</doc>", signature(&reference))
    };
    passes(&by("#x", plain));
    passes(&by("#xpointer(id('x'))", element));
    fails(&by("#x", element), SubIndication::HashFailure, "DIGEST_MISMATCH");
    fails(&by("#xpointer(id('x'))", plain), SubIndication::HashFailure, "DIGEST_MISMATCH");
    fails(&by("#xpointer(id('y'))", plain), SubIndication::SignedDataNotFound, "REFERENCE_NOT_FOUND");
}

#[test]
fn detached_octets_are_the_callers() {
    let octets = b"a,b\r\n1,2\r\n".to_vec();
    let bare = reference_with("table.csv", &[], SHA256, &sha256(&octets));
    let document = signature(&bare.replace("<ds:Transforms></ds:Transforms>", ""));
    fails(&document, SubIndication::SignedDataNotFound, "REFERENCE_EXTERNAL");
    let given = |uri: Option<&str>, octets: &[u8]| {
        with_checker(|checker| {
            let content = DetachedContent { uri: uri.map(str::to_owned), octets: octets.to_vec() };
            checker.reading.detached.push(content);
        })
    };
    for uri in [Some("table.csv"), None] {
        let report = verify(&given(uri, &octets), &document);
        assert_eq!(outcome(&report), (None, vec![]));
        let content = &report.signatures[0].signed_content[0];
        assert_eq!((content.covers, content.bytes), ("file", octets.len()));
    }
    let changed = verify(&given(Some("table.csv"), b"a,b\r\n1,3\r\n"), &document);
    assert_eq!(outcome(&changed), (Some(SubIndication::HashFailure), vec!["DIGEST_MISMATCH"]));
    let other = verify(&given(Some("other.csv"), &octets), &document);
    assert_eq!(outcome(&other), (Some(SubIndication::SignedDataNotFound), vec!["REFERENCE_EXTERNAL"]));
    // XML beside the document is read by the same reader, and canonicalised.
    let document = signature(&reference("table.xml", "<t><r a=\"1\"></r></t>"));
    let report = verify(&given(Some("table.xml"), b"<?xml version='1.0'?><t><r  a='1'/></t>"), &document);
    assert_eq!(outcome(&report), (None, vec![]));
    let doctype = verify(&given(Some("table.xml"), b"<!DOCTYPE t><t><r a='1'/></t>"), &document);
    assert_eq!(outcome(&doctype).1, vec!["SIGNATURE_MALFORMED"]);
}

#[test]
fn an_object_may_be_what_is_signed() {
    let canonical = format!("<ds:Object xmlns:ds=\"{DSIG}\" Id=\"o\">hello</ds:Object>");
    let signature = signature(&reference("#o", &canonical));
    let report = passes(&with_object(&signature, "<ds:Object Id=\"o\">hello</ds:Object>"));
    let content = &report.signatures[0].signed_content[0];
    assert_eq!((content.covers, content.xpath.as_str()), ("element", "/ds:Signature/ds:Object[1]"));
    assert!(report.signatures[0].unsigned_content.is_empty());
    fails(
        &with_object(&signature, "<ds:Object Id=\"o\">hell0</ds:Object>"),
        SubIndication::HashFailure,
        "DIGEST_MISMATCH",
    );
    // Another Object beside it is not covered, and said to be so.
    let more = with_object(&signature, "<ds:Object Id=\"o\">hello</ds:Object><ds:Object>more</ds:Object>");
    let report = passes(&more);
    assert_eq!(report.signatures[0].unsigned_content[0].xpath, "/ds:Signature/ds:Object[2]");
}

#[test]
fn of_an_object_that_is_signed_in_part_the_rest_is_listed() {
    let part = signature(&reference("#x", "<a Id=\"x\">1</a>"));
    let report = passes(&with_object(&part, "<ds:Object><b>2</b><a Id=\"x\">1</a><c/></ds:Object>"));
    let left: Vec<_> = report.signatures[0].unsigned_content.iter().map(|part| part.xpath.as_str()).collect();
    assert_eq!(left, ["/ds:Signature/ds:Object[1]/b[1]", "/ds:Signature/ds:Object[1]/c[1]"]);
}

/// What is listed as covered as a whole, and what as not covered.
fn left_of(report: &Report) -> Vec<String> {
    report.signatures[0].unsigned_content.iter().map(|part| part.xpath.clone()).collect()
}

#[test]
fn what_later_transforms_leave_out_is_not_covered() {
    let expression = "<ds:XPath>ancestor-or-self::pay</ds:XPath>";
    let chained = |transforms: &[&str]| {
        let octets = sha256(b"<pay>100</pay>");
        reference_with("", transforms, SHA256, &octets).replacen(
            &format!("\"{XPATH}\">"),
            &format!("\"{XPATH}\">{expression}"),
            1,
        )
    };
    for transforms in
        [vec![EXCLUSIVE, XPATH], vec![EXCLUSIVE, XPATH, EXCLUSIVE], vec![XPATH, EXCLUSIVE, EXCLUSIVE]]
    {
        let document = format!("<app><pay>100</pay><to>Alice</to>{}</app>", signature(&chained(&transforms)));
        let report = passes(&document);
        assert_eq!(report.signatures[0].signed_content[0].covers, "element", "{transforms:?}");
        let left = left_of(&report);
        assert!(left.iter().any(|path| path == "/app/to[1]" || path == "/app"), "{transforms:?} {left:?}");
    }
    // Text says nothing of attributes.
    let base64 = format!("{DSIG}base64");
    let decoded = signature(&reference_with("#d", &[&base64], SHA256, &sha256(b"ABC")));
    let report = passes(&format!("<r><doc Id=\"d\" to=\"Mallory\">QUJD</doc>{decoded}</r>"));
    assert_eq!(left_of(&report), ["/r/doc[1]"]);
}

#[test]
fn content_inside_a_signature_is_neither_hidden_nor_mistaken() {
    let pay = "<pay Id=\"d\">100</pay>";
    let own = signature(&reference("#d", pay));
    let forged = "<pay>999</pay>";
    let in_key_info = own.replacen("</ds:KeyInfo>", &format!("{forged}</ds:KeyInfo>"), 1);
    fails(&format!("<app>{in_key_info}{pay}</app>"), SubIndication::SigConstraintsFailure, "UNSIGNED_TWIN");
    let in_object = with_object(&own, &format!("<ds:Object>{forged}</ds:Object>"));
    fails(&format!("<app>{in_object}{pay}</app>"), SubIndication::SigConstraintsFailure, "UNSIGNED_TWIN");
    // Under a signature over the whole it is listed.
    let bare = Profile { canonicalization: Canonicalization::exclusive(), ..Profile::default() };
    let signed =
        sign_xml(b"<app><pay>100</pay></app>", &ECDSA.identity("applicant"), &bare, &Limits::default());
    let signed = String::from_utf8(signed.expect("signed")).expect("UTF-8");
    assert!(left_of(&passes(&signed)).is_empty());
    let report = passes(&signed.replacen("</ds:KeyInfo>", &format!("{forged}</ds:KeyInfo>"), 1));
    assert_eq!(left_of(&report), ["/app/ds:Signature[1]/ds:KeyInfo[1]/pay[1]"]);
}

#[test]
fn where_a_signed_element_stands_is_known_or_nothing_passes() {
    let pay = "<pay Id=\"d\">100</pay>";
    let junk = |number: usize| format!("<j Id=\"j{number}\"/>");
    let many: String = (0..2100).map(junk).collect();
    let junk_signatures: String = (0..21)
        .map(|signature_at| {
            let references: String =
                (0..100).map(|at| reference(&format!("#j{}", signature_at * 100 + at), "<j></j>")).collect();
            signature(&references)
        })
        .collect();
    let document = format!(
        "<app>{many}{junk_signatures}<w><app>{pay}{}</app></w></app>",
        signature(&reference("#d", pay))
    );
    let report = verify(&ECDSA.checker(), &document);
    let victim = report.signatures.last().expect("a signature");
    assert_ne!(victim.indication, Indication::TotalPassed, "{victim:?}");
}

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
fn the_certificate_carried_is_the_signers() {
    let signed = sign_xml(b"<doc/>", &RSA.identity("applicant"), &Profile::default(), &Limits::default())
        .expect("signed");
    let mut checker = RSA.checker();
    let own = &RSA.identity("applicant").certificate_der;
    // Another certificate of the same key is given, under another name.
    let other = other_certificate_of_the_same_key();
    assert_ne!(&other, own);
    let other = qoltanba::pkix::Certificate::from_der(&other).expect("a certificate");
    checker.reading.known = [std::sync::Arc::new(other)].into();
    let report = checker.verify(&signed, now()).expect("a report");
    assert_eq!(outcome(&report), (None, vec![]));
    let subject = &report.signatures[0].signer.as_ref().expect("a signer").subject;
    assert!(!subject.contains("OTHER"), "{subject}");
}

fn other_certificate_of_the_same_key() -> Vec<u8> {
    let identity = RSA.identity("applicant");
    let name = issue::name(&[(oid::COMMON_NAME, "OTHER")]);
    let profile = issue::Profile {
        subject: name.clone(),
        public_key: identity.key.public_key(),
        not_before: "2026-01-01T00:00:00Z".parse().expect("a time"),
        not_after: "2027-01-01T00:00:00Z".parse().expect("a time"),
        extensions: Vec::new(),
    };
    issue::certificate(
        &profile,
        issue::Issuer { name: &name, key: &identity.key, digest: DigestAlgorithm::Sha256 },
    )
    .expect("a certificate")
}

#[test]
fn base64_covers_what_was_encoded() {
    let base64 = format!("{DSIG}base64");
    let reference = reference_with("#o", &[&base64], SHA256, &sha256(b"hello"));
    let object =
        |text: &str| with_object(&signature(&reference), &format!("<ds:Object Id=\"o\">{text}</ds:Object>"));
    passes(&object("aGVs\n bG8="));
    passes(&object("aGVs<!--c-->bG8="));
    passes(&object("aGV<b>sbG</b>8="));
    fails(&object("aGVsbG9="), SubIndication::FormatFailure, "SIGNATURE_MALFORMED");
    fails(&object("aGVsbG8=="), SubIndication::FormatFailure, "SIGNATURE_MALFORMED");
    fails(&object("aGVsbG9v"), SubIndication::HashFailure, "DIGEST_MISMATCH");
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
    fails(&document(&good, "<part Id=\"p\">2</part>"), SubIndication::HashFailure, "DIGEST_MISMATCH");
    // What is not at hand is a note, and is not listed as covered.
    let report = passes(&document(&reference("http://localhost/x", part), part));
    let finding =
        report.signatures[0].findings.iter().find(|finding| finding.code == "MANIFEST_REFERENCE_UNCHECKED");
    assert_eq!(finding.map(|finding| finding.level), Some(Level::Warn));
    assert_eq!(report.signatures[0].signed_content.len(), 1);
}

/// A reference to the whole document by an XPath filter.
fn by_xpath(transform: &str, body: &str, octets: &str) -> String {
    let reference = reference_with("", &[transform, EXCLUSIVE], SHA256, &sha256(octets.as_bytes()));
    reference.replacen(
        &format!("Algorithm=\"{transform}\"></ds:Transform>"),
        &format!("Algorithm=\"{transform}\">{body}</ds:Transform>"),
        1,
    )
}

fn xpath(expression: &str, octets: &str) -> String {
    by_xpath(XPATH, &format!("<ds:XPath>{expression}</ds:XPath>"), octets)
}

#[test]
fn an_xpath_chooses_what_is_signed() {
    let all = xpath("not(ancestor-or-self::ds:Signature)", "<doc><a>1</a><b>2</b></doc>");
    let report = passes(&format!("<doc><a>1</a><b>2</b>{}</doc>", signature(&all)));
    assert_eq!(report.signatures[0].signed_content[0].covers, "whole-document");
    assert!(report.signatures[0].unsigned_content.is_empty());

    let some = xpath("ancestor-or-self::a", "<a>1</a>");
    let document = format!("<doc><a>1</a><b>2</b>{}</doc>", signature(&some));
    let report = passes(&document);
    assert_eq!(report.signatures[0].signed_content[0].covers, "element");
    let left: Vec<_> = report.signatures[0].unsigned_content.iter().map(|part| part.xpath.as_str()).collect();
    assert_eq!(left, ["/doc/b[1]"]);
    // The part that is left out may say anything; the part that is chosen may not.
    passes(&document.replace("<b>2", "<b>3"));
    fails(&document.replace("<a>1", "<a>3"), SubIndication::HashFailure, "DIGEST_MISMATCH");

    let here = xpath(
        "count(ancestor-or-self::ds:Signature | here()/ancestor::ds:Signature[1]) &gt; count(ancestor-or-self::ds:Signature)",
        "<doc><a>1</a></doc>",
    );
    passes(&format!("<doc><a>1</a>{}</doc>", signature(&here)));

    let nothing = xpath("self::nothing", "");
    fails(
        &format!("<doc><a>1</a>{}</doc>", signature(&nothing)),
        SubIndication::FormatFailure,
        "REFERENCE_EMPTY",
    );
    let unknown = xpath("document('x')", "");
    fails(&format!("<doc>{}</doc>", signature(&unknown)), SubIndication::Generic, "TRANSFORM_UNSUPPORTED");
    let broken = xpath("self::[", "");
    fails(&format!("<doc>{}</doc>", signature(&broken)), SubIndication::FormatFailure, "SIGNATURE_MALFORMED");
}

#[test]
fn xpath_filter_2_adds_and_takes_away() {
    let body = format!(
        "<f:XPath xmlns:f=\"{FILTER2}\" Filter=\"intersect\">//a</f:XPath>\
         <f:XPath xmlns:f=\"{FILTER2}\" Filter=\"subtract\">//c</f:XPath>"
    );
    let reference = by_xpath(FILTER2, &body, "<a>1</a>");
    let document = format!("<doc><a>1<c>x</c></a><b>2</b>{}</doc>", signature(&reference));
    passes(&document);
    passes(&document.replace("<c>x", "<c>y"));
    fails(&document.replace("<a>1", "<a>2"), SubIndication::HashFailure, "DIGEST_MISMATCH");
}

#[test]
fn a_bare_key_proves_no_signer() {
    let signed = String::from_utf8(
        sign_xml(b"<doc/>", &RSA.identity("applicant"), &Profile::default(), &Limits::default())
            .expect("signed"),
    )
    .expect("UTF-8");
    let key = RSA.identity("applicant").key.public_key();
    let bare = |spki: &[u8]| {
        let start = signed.find("<ds:X509Data>").expect("X509Data");
        let end = signed.find("</ds:X509Data>").expect("X509Data") + "</ds:X509Data>".len();
        format!(
            "{}<d:DEREncodedKeyValue xmlns:d=\"http://www.w3.org/2009/xmldsig11#\">{}</d:DEREncodedKeyValue>{}",
            &signed[..start],
            STANDARD.encode(spki),
            &signed[end..]
        )
    };
    let document = bare(key.spki());
    let mut checker = RSA.checker();
    let report = verify(&checker, &document);
    assert_eq!(
        outcome(&report),
        (Some(SubIndication::NoSigningCertificateFound), vec!["SIGNING_CERTIFICATE_NOT_FOUND"])
    );
    assert!(report.signatures[0].findings.iter().any(|finding| finding.code == "KEY_VALUE_VERIFIED"));
    // A key that does not fit is a broken signature, not merely an unknown signer.
    let other = RSA.identity("official").key.public_key();
    let report = verify(&checker, &bare(other.spki()));
    assert_eq!(outcome(&report).0, Some(SubIndication::SigCryptoFailure));
    // The certificate of the same key makes the signer known.
    let certificate = qoltanba::pkix::Certificate::from_der(&RSA.identity("applicant").certificate_der)
        .expect("a certificate");
    checker.reading.known = [std::sync::Arc::new(certificate)].into();
    assert_eq!(outcome(&verify(&checker, &document)), (None, vec![]));
    let mut by_key = RSA.checker();
    by_key.reading.key = Some(key);
    assert_eq!(outcome(&verify(&by_key, &document)), (None, vec![]));
}

fn signed_with_properties() -> String {
    let profile = Profile {
        properties: Some(now()),
        canonicalization: Canonicalization::exclusive(),
        ..Profile::default()
    };
    let document = b"<doc xml:lang=\"kk\" xmlns=\"urn:d\" xmlns:u=\"urn:u\"><a>1</a></doc>";
    let signed =
        sign_xml(document, &ECDSA.identity("applicant"), &profile, &Limits::default()).expect("signed");
    String::from_utf8(signed).expect("UTF-8")
}

#[test]
fn signed_properties_bind_the_certificate() {
    let signed = signed_with_properties();
    let report = passes(&signed);
    let judged = &report.signatures[0];
    assert_eq!(judged.format, "XAdES-B-B");
    assert_eq!(judged.claimed_signing_time.as_deref(), Some("2026-06-01T10:00:00Z"));
    assert_eq!(judged.signed_content.len(), 2);
    let later = signed.replace("2026-06-01T10:00:00Z", "2026-05-01T10:00:00Z");
    fails(&later, SubIndication::HashFailure, "DIGEST_MISMATCH");
    let other_target = signed.replace("Target=\"#signature-", "Target=\"#other-");
    fails(&other_target, SubIndication::SigConstraintsFailure, "PROPERTY_MALFORMED");
    // Properties beside a signature that does not refer to them count for nothing.
    let object = &signed
        [signed.find("<ds:Object>").expect("an Object")..signed.find("</ds:Signature>").expect("an end")];
    let report = passes(&format!(
        "<doc><a Id=\"x\"></a>{}</doc>",
        with_object(&signature(&reference("#x", "<a Id=\"x\"></a>")), object)
    ));
    assert_eq!(
        (report.signatures[0].format.as_str(), &report.signatures[0].claimed_signing_time),
        ("XMLDSig", &None)
    );
    assert!(report.signatures[0].findings.iter().any(|finding| finding.code == "PROPERTIES_NOT_SIGNED"));
}

#[test]
fn properties_are_made_in_every_canonical_form() {
    for method in [Canonicalization::inclusive(), Canonicalization::exclusive()] {
        for id in [None, Some("part".to_owned())] {
            let profile = Profile {
                properties: Some(now()),
                canonicalization: method.clone(),
                reference_id: id,
                ..Profile::default()
            };
            let document = "<d:doc xmlns:d=\"urn:d\" xml:lang=\"kk\" xml:space=\"preserve\"><x xmlns=\"urn:x\" Id=\"part\" xmlns:q=\"urn:q\">ә</x></d:doc>";
            let mut signed = document.as_bytes().to_vec();
            for add in [false, true] {
                let profile = Profile { add, ..profile.clone() };
                let before = signed.clone();
                signed = sign_xml(&signed, &ECDSA.identity("applicant"), &profile, &Limits::default())
                    .expect("signed");
                // Not a byte of what was there is changed.
                let common = before.iter().zip(&signed).take_while(|(a, b)| a == b).count();
                assert!(signed.ends_with(&before[common..]), "{}", String::from_utf8_lossy(&signed));
            }
            let report = ECDSA.checker().verify(&signed, now()).expect("a report");
            assert_eq!(report.indication, Indication::TotalPassed, "{report:?}");
            assert_eq!(report.signatures.len(), 2);
        }
    }
}

#[test]
fn extracted_octets_are_those_that_were_digested() {
    let document =
        format!("<doc><a Id=\"x\"  b='1'/>{}</doc>", signature(&reference("#x", "<a Id=\"x\" b=\"1\"></a>")));
    let facts = ECDSA.checker().facts(document.as_bytes(), Octets::Keep).expect("facts");
    let octets = facts.signatures[0].contents[0].octets.as_deref();
    assert_eq!(octets, Some(b"<a Id=\"x\" b=\"1\"></a>".as_slice()));
}

#[test]
fn decoys_before_the_signed_properties_do_not_loose_the_certificate() {
    // The properties name the applicant's certificate; KeyInfo carries another one of the same key.
    let signed = signed_with_properties();
    let decoy = "<ds:Object><x:QualifyingProperties xmlns:x=\"http://uri.etsi.org/01903/v1.3.2#\"><x:SignedProperties/></x:QualifyingProperties></ds:Object><ds:Object><xades:Q";
    let decoyed = signed.replacen("<ds:Object><xades:Q", decoy, 1);
    let report = passes(&decoyed);
    assert_eq!(report.signatures[0].format, "XAdES-B-B");
    assert_eq!(report.signatures[0].unsigned_content.len(), 1);
    let inside = signed.replacen(
        "<xades:SignedProperties",
        "<xades:SignedProperties Id=\"d\"/><xades:SignedProperties",
        1,
    );
    assert_eq!(passes(&inside).signatures[0].claimed_signing_time.as_deref(), Some("2026-06-01T10:00:00Z"));
}

#[test]
fn properties_in_an_enveloped_signature_are_not_signed_by_it() {
    let bare = Profile { canonicalization: Canonicalization::exclusive(), ..Profile::default() };
    let signed =
        sign_xml(b"<doc/>", &ECDSA.identity("applicant"), &bare, &Limits::default()).expect("signed");
    let signed =
        String::from_utf8(signed).expect("UTF-8").replacen("<ds:Signature ", "<ds:Signature Id=\"s\" ", 1);
    passes(&signed);
    let forged = "<ds:Object><x:QualifyingProperties xmlns:x=\"http://uri.etsi.org/01903/v1.3.2#\" Target=\"#s\"><x:SignedProperties><x:SignedSignatureProperties><x:SigningTime>2020-01-01T00:00:00Z</x:SigningTime></x:SignedSignatureProperties></x:SignedProperties></x:QualifyingProperties></ds:Object>";
    let report = passes(&with_object(&signed, forged));
    assert_eq!(report.signatures[0].claimed_signing_time, None);
    assert!(report.signatures[0].findings.iter().any(|finding| finding.code == "PROPERTIES_NOT_SIGNED"));
    assert_eq!(report.signatures[0].unsigned_content[0].xpath, "/doc/ds:Signature[1]/ds:Object[1]");
}

#[test]
fn what_key_info_asks_for_is_bounded() {
    let signed = signature(&reference("#x", "<a Id=\"x\"></a>"));
    let document = |more: &str| {
        format!(
            "<doc><a Id=\"x\"></a>{}</doc>",
            signed.replacen("</ds:KeyInfo>", &format!("{more}</ds:KeyInfo>"), 1)
        )
    };
    passes(&document(&"<ds:RetrievalMethod URI=\"#x\"/>".repeat(8)));
    let bounded = |more: &str, limit: &str| {
        let report = verify(&ECDSA.checker(), &document(more));
        let finding = report.signatures[0].findings.iter().find(|finding| finding.code == "XML_LIMIT");
        assert_eq!(finding.map(|finding| finding.params[0].1.as_str()), Some(limit));
    };
    bounded(&"<ds:RetrievalMethod URI=\"#x\"/>".repeat(9), "retrievals");
    passes(&document(&"<ds:KeyName>n</ds:KeyName>".repeat(100)));
    bounded(&"<ds:KeyName>n</ds:KeyName>".repeat(101), "hints");
    let key = |at: u8| {
        let modulus = STANDARD.encode([&[0xC0; 254][..], &[at, 1]].concat());
        format!(
            "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{modulus}</ds:Modulus><ds:Exponent>AQAB</ds:Exponent>\
             </ds:RSAKeyValue></ds:KeyValue>"
        )
    };
    passes(&document(&(0..100).map(key).collect::<String>()));
    bounded(&(0..101).map(key).collect::<String>(), "keys");
    bounded(&"<ds:X509Certificate>A</ds:X509Certificate>".repeat(101), "certificates");
    let large = document("<ds:RetrievalMethod URI=\"#y\"/>").replacen(
        "</a>",
        &format!("</a><b Id=\"y\">{}</b>", " ".repeat(1 << 20)),
        1,
    );
    fails(&large, SubIndication::Generic, "XML_LIMIT");
}

/// A signed document with something more in its KeyInfo, before the certificate or after it.
fn with_more_in_key_info(more: &str, is_before: bool) -> String {
    let signed = signature(&reference("#x", "<a Id=\"x\"></a>"));
    let (from, to) = match is_before {
        true => ("<ds:KeyInfo>", format!("<ds:KeyInfo>{more}")),
        false => ("</ds:KeyInfo>", format!("{more}</ds:KeyInfo>")),
    };
    format!("<doc><a Id=\"x\"></a>{}</doc>", signed.replacen(from, &to, 1))
}

/// The details of the warnings of a code.
fn warned(report: &Report, code: &str) -> Vec<String> {
    let findings = report.signatures[0].findings.iter();
    findings
        .filter(|finding| finding.code == code && finding.level == Level::Warn)
        .map(|finding| finding.params.first().map(|(_, value)| value.clone()).unwrap_or_default())
        .collect()
}

const EC_KEY_VALUE: &str = "<d:ECKeyValue xmlns:d=\"http://www.w3.org/2009/xmldsig11#\">";
const PKI_PATH: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509PKIPathv1";
const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

fn pki_path(octets: &[u8]) -> String {
    format!(
        "<w:BinarySecurityToken xmlns:w=\"{WSSE}\" ValueType=\"{PKI_PATH}\">{}</w:BinarySecurityToken>",
        STANDARD.encode(octets)
    )
}

#[test]
fn what_cannot_be_read_in_key_info_is_told_beside_a_certificate_that_verifies() {
    let value = |inside: &str| format!("<ds:KeyValue>{inside}</ds:KeyValue>");
    let rfc4050 = |curve: &str| {
        value(&format!(
            "<e:ECDSAKeyValue xmlns:e=\"http://www.w3.org/2001/04/xmldsig-more#\"><e:DomainParameters>{curve}\
             </e:DomainParameters><e:PublicKey><e:X Value=\"1\"/><e:Y Value=\"2\"/></e:PublicKey></e:ECDSAKeyValue>"
        ))
    };
    let unreadable = [
        ("<ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>".to_owned(), "malformed"),
        (pki_path(b"\x02\x01\x01"), "unexpected tag"),
        (
            value(&format!(
                "{EC_KEY_VALUE}<d:ECParameters><d:FieldID/></d:ECParameters><d:PublicKey>BAAA</d:PublicKey>\
                 </d:ECKeyValue>"
            )),
            "the parameters of the curve are written out",
        ),
        (rfc4050("<e:ExplicitParams/>"), "the parameters of the curve are written out"),
        (rfc4050("<e:NamedCurve URN=\"urn:oid:1.2.3\"/>"), "unsupported key algorithm 1.2.3"),
        (
            value(&format!(
                "{EC_KEY_VALUE}<d:NamedCurve URI=\"urn:oid:1.2.398.3.10\"/><d:PublicKey>BAAA</d:PublicKey>\
                 </d:ECKeyValue>"
            )),
            "unsupported key algorithm 1.2.398.3.10",
        ),
        (value("<ds:DSAKeyValue><ds:Y>AQAB</ds:Y></ds:DSAKeyValue>"), "a DSA key without its group"),
        (
            value("<ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus></ds:RSAKeyValue>"),
            "a part of the key is missing",
        ),
        (
            value(
                "<ds:RSAKeyValue><ds:Modulus>?</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue>",
            ),
            "not base64",
        ),
    ];
    for (more, detail) in &unreadable {
        for is_before in [true, false] {
            let report = passes(&with_more_in_key_info(more, is_before));
            let told = warned(&report, "KEY_INFO_ITEM_UNREADABLE");
            assert!(told.len() == 1 && told[0].contains(detail), "{detail}: {told:?}");
        }
        // Where no certificate verifies, it may be what the value was to be checked with.
        let document = with_more_in_key_info(more, true);
        let (from, to) =
            (document.find("<ds:X509Data><ds:X509Certificate>M"), document.find("</ds:KeyInfo>"));
        let mut alone = document.clone();
        alone.replace_range(from.expect("a certificate")..to.expect("an end"), "");
        let (indication, codes) = outcome(&verify(&ECDSA.checker(), &alone));
        assert_eq!(indication.map(SubIndication::indication), Some(Indication::Indeterminate), "{codes:?}");
        let expected = ["KEY_ALGORITHM_UNSUPPORTED", "CERTIFICATE_MALFORMED"];
        assert!(codes.iter().any(|code| expected.contains(code)), "{detail}: {codes:?}");
        // Nor does it spare a value that was changed.
        fails(&with_changed_value(&document), SubIndication::SigCryptoFailure, "SIGNATURE_MISMATCH");
    }
    // That something is told does not hide that nothing is signed.
    let own = ECDSA.identity("applicant").certificate_der;
    let nothing = with_certificate_digest(SHA256, &sha256(&own), false);
    let more = nothing.replacen("</ds:KeyInfo>", &format!("{}</ds:KeyInfo>", unreadable[0].0), 1);
    fails(&more, SubIndication::FormatFailure, "REFERENCE_EMPTY");
}

#[test]
fn what_key_info_refers_to_is_read_or_told() {
    let own = STANDARD.encode(&ECDSA.identity("applicant").certificate_der);
    let plain = format!("<doc><a Id=\"x\"></a>{}</doc>", signature(&reference("#x", "<a Id=\"x\"></a>")));
    let data = format!("<ds:X509Data><ds:X509Certificate>{own}</ds:X509Certificate></ds:X509Data>");
    let plain = plain.replacen(&data, "", 1);
    let by = |uri: &str, kind: &str, transforms: &str, object: &str| {
        let method = format!(
            "<ds:RetrievalMethod URI=\"{uri}\" Type=\"{DSIG}{kind}\">{transforms}</ds:RetrievalMethod>"
        );
        let document = plain.replacen("</ds:KeyInfo>", &format!("{method}</ds:KeyInfo>"), 1);
        with_object(&document, object)
    };
    let transform = |algorithm: &str, inside: &str| {
        format!(
            "<ds:Transforms><ds:Transform Algorithm=\"{algorithm}\">{inside}</ds:Transform></ds:Transforms>"
        )
    };
    let choosing =
        |name: &str| transform(XPATH, &format!("<ds:XPath>ancestor-or-self::ds:{name}</ds:XPath>"));
    let base64 = transform(&format!("{DSIG}base64"), "");
    let named = format!("<ds:Object>{}</ds:Object>", data.replacen("Data>", "Data Id=\"kd\">", 1));
    let raw = format!("<ds:Object Id=\"kc\">{own}</ds:Object>");
    let deep = format!("<ds:Object Id=\"o\"><w><w>{data}</w></w></ds:Object>");
    let found = [
        by("#kd", "X509Data", "", &named),
        by("#xpointer(id('kd'))", "X509Data", "", &named),
        by("", "X509Data", &choosing("X509Data"), &named),
        by("#xpointer(/)", "X509Data", &choosing("X509Data"), &named),
        by("", "X509Data", &choosing("X509Data"), &format!("{named}<ds:Object>{data}</ds:Object>")),
        by("#o", "X509Data", &choosing("X509Data"), &deep),
        by("#kc", "rawX509Certificate", &base64, &raw),
        by("#xpointer(id('kc'))", "rawX509Certificate", &base64, &raw),
    ];
    for document in &found {
        let report = passes(document);
        assert!(warned(&report, "KEY_INFO_REFERENCE_UNREADABLE").is_empty(), "{document}");
        let changed = document.replacen("<a Id=\"x\">", "<a Id=\"x\">!", 1);
        fails(&changed, SubIndication::HashFailure, "DIGEST_MISMATCH");
    }
    // A key may be named as well: it is another's here, so it is no certificate, and no silence either.
    let key =
        "<ds:Object><ds:RSAKeyValue Id=\"k\"><ds:Modulus>AQAB</ds:Modulus></ds:RSAKeyValue></ds:Object>";
    for document in [by("#k", "RSAKeyValue", "", key), by("", "RSAKeyValue", &choosing("RSAKeyValue"), key)] {
        fails(&document, SubIndication::Generic, "KEY_ALGORITHM_UNSUPPORTED");
    }
    let told = [
        by("#missing", "X509Data", "", &named),
        by("#xpointer(id('missing'))", "X509Data", "", &named),
        by("", "X509Data", "", &named),
        by("", "X509Data", &choosing("KeyName"), &named),
        by("", "X509Data", &transform("urn:unknown", ""), &named),
        by("#kc", "rawX509Certificate", "", &raw),
        by("http://localhost/c.cer", "rawX509Certificate", "", &raw),
    ];
    for document in &told {
        let report = verify(&ECDSA.checker(), document);
        let missing = (Some(SubIndication::NoSigningCertificateFound), vec!["SIGNING_CERTIFICATE_NOT_FOUND"]);
        assert_eq!(outcome(&report), missing, "{document}");
        assert_eq!(warned(&report, "KEY_INFO_REFERENCE_UNREADABLE").len(), 1, "{document}");
        // A warning, where the certificate is known from elsewhere.
        let signer = parsed(&ECDSA.identity("applicant").certificate_der);
        let report = verify(&knowing(&[&signer]), document);
        assert_eq!(outcome(&report), (None, vec![]), "{document}");
        assert_eq!(warned(&report, "KEY_INFO_REFERENCE_UNREADABLE").len(), 1, "{document}");
    }
    // What is not certificate octets is no certificate.
    let junk = by("#kc", "rawX509Certificate", &base64, "<ds:Object Id=\"kc\">AAAA</ds:Object>");
    fails(&junk, SubIndication::NoSigningCertificateFound, "CERTIFICATE_MALFORMED");
}

#[test]
fn what_is_wrong_with_the_length_of_an_hmac_is_said() {
    let judge = |bits: u32| {
        let method = format!("<ds:HMACOutputLength>{bits}</ds:HMACOutputLength>");
        let document = signed_with(
            &ECDSA.identity("applicant"),
            SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256),
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            &method,
            EcdsaForm::Concatenated,
        );
        let checker = with_checker(|checker| {
            checker.reading.secret = Some(b"secret".to_vec().into());
            checker.policy = Policy { hmac: true, ..Policy::generic() };
        });
        let report = verify(&checker, &document);
        let finding = report.signatures[0].findings.iter().find(|finding| finding.sub_indication.is_some());
        let finding = finding.expect("a finding");
        assert_eq!(finding.sub_indication, Some(SubIndication::SigCryptoFailure));
        (finding.code, finding.params.first().map(|(_, fault)| fault.clone()).unwrap_or_default())
    };
    for bits in [0, 8, 80, 120] {
        assert_eq!(judge(bits), ("HMAC_TOO_SHORT", String::new()), "{bits}");
    }
    for (bits, fault) in
        [(132, "octets"), (7, "octets"), (257, "octets"), (264, "longer"), (1 << 31, "longer")]
    {
        assert_eq!(judge(bits), ("HMAC_LENGTH_INVALID", fault.to_owned()), "{bits}");
    }
    assert_eq!(judge(256).0, "SIGNATURE_MISMATCH");
}

#[test]
fn a_timestamp_that_cannot_be_read_is_told() {
    let own = ECDSA.identity("applicant").certificate_der;
    let document = with_certs(&cert(SHA256, &sha256(&own), ""));
    let stamped = |token: &str| {
        document.replacen(
            "</xades:QualifyingProperties>",
            &format!(
                "<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:SignatureTimeStamp>\
                 <xades:EncapsulatedTimeStamp>{token}</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>\
                 </xades:UnsignedSignatureProperties></xades:UnsignedProperties></xades:QualifyingProperties>"
            ),
            1,
        )
    };
    for token in ["AAAA", "?"] {
        let report = passes(&stamped(token));
        assert_eq!(warned(&report, "TIMESTAMP_UNREADABLE"), ["signature"]);
    }
    assert!(warned(&passes(&document), "TIMESTAMP_UNREADABLE").is_empty());
}

#[test]
fn a_path_in_key_info_holds_the_signers_certificate() {
    let own = ECDSA.identity("applicant").certificate_der;
    let path = write::sequence(&[authority("ca.cer"), own]);
    let document = with_more_in_key_info(&pki_path(&path), true);
    let (from, to) = (document.find("<ds:X509Data>"), document.find("</ds:KeyInfo>"));
    let mut alone = document.clone();
    alone.replace_range(from.expect("a certificate")..to.expect("an end"), "");
    passes(&alone);
    let only_above =
        alone.replacen(&STANDARD.encode(&path), &STANDARD.encode(write::sequence(&[authority("ca.cer")])), 1);
    let report = verify(&ECDSA.checker(), &only_above);
    assert_ne!(outcome(&report), (None, vec![]));
}

/// A certificate of the key of another, under this name and with these extensions.
fn certified(name: &str, key: &PrivateKey, extensions: Vec<issue::Extension>) -> Arc<Certificate> {
    let issuer_key = PrivateKey::generate_ec(Curve::P256).expect("a key");
    let profile = issue::Profile {
        subject: issue::name(&[("2.5.4.3", name)]),
        public_key: key.public_key(),
        not_before: "2025-01-01T00:00:00Z".parse().expect("a time"),
        not_after: "2036-01-01T00:00:00Z".parse().expect("a time"),
        extensions,
    };
    let issuer = issue::name(&[("2.5.4.3", "Somebody")]);
    let issuer = issue::Issuer { name: &issuer, key: &issuer_key, digest: DigestAlgorithm::Sha256 };
    let der = issue::certificate(&profile, issuer).expect("a certificate");
    Arc::new(Certificate::from_der(&der).expect("a certificate"))
}

/// The same document with these certificates in KeyInfo, and no other.
fn carrying(document: &str, certificates: &[&[u8]]) -> String {
    let (from, to) = (document.find("<ds:KeyInfo>"), document.find("</ds:KeyInfo>"));
    let data: String = certificates
        .iter()
        .map(|der| format!("<ds:X509Certificate>{}</ds:X509Certificate>", STANDARD.encode(der)))
        .collect();
    let mut changed = document.to_owned();
    changed.replace_range(
        from.expect("a KeyInfo")..to.expect("its end"),
        &format!("<ds:KeyInfo><ds:KeyName>nobody</ds:KeyName><ds:X509Data>{data}</ds:X509Data>"),
    );
    changed
}

/// The same document with another signature value of the same length.
fn with_changed_value(document: &str) -> String {
    let start = document.find("<ds:SignatureValue>").expect("a value") + "<ds:SignatureValue>".len();
    let other = if document.as_bytes()[start + 4] == b'A' { "B" } else { "A" };
    let mut changed = document.to_owned();
    changed.replace_range(start + 4..start + 5, other);
    changed
}

fn knowing(certificates: &[&Arc<Certificate>]) -> Checker {
    with_checker(|checker| {
        checker.reading.known = certificates.iter().map(|certificate| Arc::clone(certificate)).collect();
    })
}

fn parsed(der: &[u8]) -> Arc<Certificate> {
    Arc::new(Certificate::from_der(der).expect("a certificate"))
}

#[test]
fn an_authoritys_certificate_in_key_info_does_not_hide_the_signers() {
    let own = ECDSA.identity("applicant").certificate_der;
    let (signer, ca) = (parsed(&own), authority("ca.cer"));
    let other = parsed(&ECDSA.identity("official").certificate_der);
    let plain = format!("<doc><a Id=\"x\"></a>{}</doc>", signature(&reference("#x", "<a Id=\"x\"></a>")));
    let with_properties = with_certs(&cert(SHA256, &sha256(&own), ""));
    let rsa = std::fs::read(RSA.path("ca.cer")).expect("a certificate");
    let rsa = Certificate::from_pem_or_der(&rsa).expect("a certificate")[0].der().to_vec();
    for document in [&plain, &with_properties] {
        for above in [&ca[..], &rsa, &authority("root.cer")] {
            let document = carrying(document, &[above]);
            for known in [vec![&signer], vec![&other, &signer]] {
                let report = verify(&knowing(&known), &document);
                assert_eq!(outcome(&report), (None, vec![]));
                let found = report.signatures[0].certificate.as_ref().expect("a certificate");
                assert_eq!(found.sha256, qoltanba::validation::report::hex(&sha256(&own)));
            }
            // Nobody's, rather than the authority's.
            for (known, document) in [
                (vec![], document.clone()),
                (vec![&other], document.clone()),
                (vec![&signer, &other], with_changed_value(&document)),
            ] {
                let report = verify(&knowing(&known), &document);
                let (found, codes) = outcome(&report);
                let is_named = document.contains("SigningCertificate") && known.len() == 2;
                let expected = match is_named {
                    // The signer's is known by what the properties name.
                    true => (Some(SubIndication::SigCryptoFailure), vec!["SIGNATURE_MISMATCH"]),
                    false => (
                        Some(SubIndication::NoSigningCertificateFound),
                        vec!["SIGNING_CERTIFICATE_NOT_FOUND"],
                    ),
                };
                assert_eq!((found, codes), expected);
                assert_eq!(report.signatures[0].signer.is_none(), !is_named);
            }
        }
        // A changed value is a broken signature where the signer's certificate is carried.
        for carried in [vec![&own[..]], vec![&ca[..], &own], vec![&own[..], &ca]] {
            let changed = with_changed_value(&carrying(document, &carried));
            for known in [vec![], vec![&signer, &other]] {
                let report = verify(&knowing(&known), &changed);
                assert_eq!(
                    outcome(&report),
                    (Some(SubIndication::SigCryptoFailure), vec!["SIGNATURE_MISMATCH"])
                );
                let found = report.signatures[0].certificate.as_ref().expect("a certificate");
                assert_eq!(found.sha256, qoltanba::validation::report::hex(&sha256(&own)));
            }
        }
    }
    // Also where it says that it is an authority's, but may be meant for signing.
    let key = ECDSA.identity("applicant").key;
    let above = || vec![issue::Extension::authority(None)];
    let signing = || vec![issue::Extension::authority(None), issue::Extension::key_usage(&[0, 5])];
    for extensions in [above(), signing()] {
        let certificate = certified("Both", &key, extensions);
        let changed = with_changed_value(&carrying(&plain, &[certificate.der()]));
        let report = verify(&knowing(&[]), &changed);
        assert_eq!(outcome(&report).0, Some(SubIndication::SigCryptoFailure));
    }
}

#[test]
fn the_signers_certificate_is_found_among_very_many_or_the_limit_is_told() {
    let own = ECDSA.identity("applicant").certificate_der;
    let signer = parsed(&own);
    let plain = format!("<doc><a Id=\"x\"></a>{}</doc>", signature(&reference("#x", "<a Id=\"x\"></a>")));
    let plain = carrying(&plain, &[]);
    let many = |count: usize, key: &dyn Fn() -> PrivateKey| -> Vec<Arc<Certificate>> {
        (0..count).map(|at| certified(&format!("A{at}"), &key(), Vec::new())).collect()
    };
    let judge = |others: &[Arc<Certificate>], document: &str| {
        let known: Vec<_> = others.iter().chain([&signer]).collect();
        outcome(&verify(&knowing(&known), document))
    };
    let alike = many(40, &|| PrivateKey::generate_ec(Curve::P256).expect("a key"));
    let limit = (Some(SubIndication::NoSigningCertificateFound), vec!["SIGNING_CERTIFICATE_SEARCH_LIMIT"]);
    assert_eq!(judge(&alike, &plain), limit);
    assert_eq!(judge(&alike[..31], &plain), (None, vec![]));
    // What cannot have made the value is not tried; what the signer named is tried first.
    let unlike = many(40, &|| PrivateKey::generate_ec(Curve::P384).expect("a key"));
    assert_eq!(judge(&unlike, &plain), (None, vec![]));
    let named = carrying(&with_certs(&cert(SHA256, &sha256(&own), "")), &[]);
    assert_eq!(judge(&alike, &named), (None, vec![]));
    // A broken value is broken, however many others there are.
    let changed = with_changed_value(&carrying(&plain, &[&own]));
    let broken = (Some(SubIndication::SigCryptoFailure), vec!["SIGNATURE_MISMATCH"]);
    assert_eq!(judge(&alike, &changed), broken);
}

/// A signature over `#x` by any algorithm: `method` is the inside of SignatureMethod.
fn signed_with(
    identity: &Identity,
    algorithm: SignatureAlgorithm,
    uri: &str,
    method: &str,
    form: EcdsaForm,
) -> String {
    let signed_info = format!(
        "<ds:SignedInfo xmlns:ds=\"{DSIG}\"><ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"{uri}\">{method}</ds:SignatureMethod>{}</ds:SignedInfo>",
        reference("#x", "<a Id=\"x\"></a>")
    );
    let value = identity.key.sign(&algorithm, form, signed_info.as_bytes()).expect("a value");
    format!(
        "<doc><a Id=\"x\"></a><ds:Signature xmlns:ds=\"{DSIG}\">{signed_info}<ds:SignatureValue>{}</ds:SignatureValue><ds:KeyInfo>\
         <ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature></doc>",
        STANDARD.encode(value),
        STANDARD.encode(&identity.certificate_der)
    )
}

#[test]
fn rsa_pss_is_named_in_two_ways() {
    const MORE: &str = "http://www.w3.org/2007/05/xmldsig-more#";
    let identity = RSA.identity("applicant");
    let judge = |parameters: PssParameters, uri: &str, method: &str| {
        let document = signed_with(
            &identity,
            SignatureAlgorithm::RsaPss(parameters),
            &format!("{MORE}{uri}"),
            method,
            EcdsaForm::Concatenated,
        );
        outcome(&verify(&RSA.checker(), &document))
    };
    let sha256 = PssParameters::of(DigestAlgorithm::Sha256);
    assert_eq!(judge(sha256, "sha256-rsa-MGF1", ""), (None, vec![]));
    assert_eq!(judge(sha256, "rsa-pss", ""), (None, vec![]));
    let given = |digest: &str, salt: u32| {
        format!(
            "<p:RSAPSSParams xmlns:p=\"{MORE}\"><ds:DigestMethod Algorithm=\"{digest}\"></ds:DigestMethod>\
             <p:SaltLength>{salt}</p:SaltLength></p:RSAPSSParams>"
        )
    };
    let sha512 = PssParameters::of(DigestAlgorithm::Sha512);
    const SHA512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";
    assert_eq!(judge(sha512, "rsa-pss", &given(SHA512, 64)), (None, vec![]));
    // Another salt length or hash than the value was made with is no match.
    let wrong = (Some(SubIndication::SigCryptoFailure), vec!["SIGNATURE_MISMATCH"]);
    assert_eq!(judge(sha512, "rsa-pss", &given(SHA512, 32)), wrong);
    assert_eq!(judge(sha512, "rsa-pss", &given(SHA256, 32)), wrong);
    assert_eq!(judge(sha512, "rsa-pss", ""), wrong);
    let malformed = judge(sha256, "sha256-rsa-MGF1", &given(SHA256, 32));
    assert_eq!((malformed.0, malformed.1[0]), (Some(SubIndication::FormatFailure), "SIGNATURE_MALFORMED"));
    assert_eq!(judge(sha256, "sha256-rsa-mgf1", "").1, vec!["SIGNATURE_ALGORITHM_UNSUPPORTED"]);
}

#[test]
fn parameters_of_rsa_pss_are_those_of_the_schema_and_each_once() {
    const MORE: &str = "http://www.w3.org/2007/05/xmldsig-more#";
    const SHA512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";
    let identity = RSA.identity("applicant");
    let judge = |made_with: PssParameters, method: &str| {
        let algorithm = SignatureAlgorithm::RsaPss(made_with);
        let uri = format!("{MORE}rsa-pss");
        outcome(&verify(
            &RSA.checker(),
            &signed_with(&identity, algorithm, &uri, method, EcdsaForm::Concatenated),
        ))
    };
    let around = |inside: &str| format!("<p:RSAPSSParams xmlns:p=\"{MORE}\">{inside}</p:RSAPSSParams>");
    let digest = |name: &str, uri: &str| format!("<{name} Algorithm=\"{uri}\"></{name}>");
    let salt = |length: u32| format!("<p:SaltLength>{length}</p:SaltLength>");
    let mask = |algorithm: &str, inside: &str| {
        format!("<p:MaskGenerationFunction{algorithm}>{inside}</p:MaskGenerationFunction>")
    };
    let (sha256, sha512) =
        (PssParameters::of(DigestAlgorithm::Sha256), PssParameters::of(DigestAlgorithm::Sha512));
    let mixed = PssParameters { mgf_digest: DigestAlgorithm::Sha256, salt_length: 20, ..sha512 };
    let by_mgf1 = format!(" Algorithm=\"{MORE}MGF1\"");
    let ds512 = digest("ds:DigestMethod", SHA512);
    let trailer = "<p:TrailerField>1</p:TrailerField>";
    // What is absent has its default, the algorithm of the mask generation function too; some write the
    // salt length before that function.
    for (made_with, inside) in [
        (sha256, String::new()),
        (sha512, ds512.clone()),
        (sha512, format!("{ds512}{}{}{trailer}", mask(&by_mgf1, &ds512), salt(64))),
        (mixed, format!("{ds512}{}{}", mask("", &digest("ds:DigestMethod", SHA256)), salt(20))),
        (mixed, format!("{ds512}{}{}", salt(20), mask(&by_mgf1, &digest("ds:DigestMethod", SHA256)))),
        (sha512, format!("{ds512}{}", mask("", ""))),
    ] {
        assert_eq!(judge(made_with, &around(&inside)), (None, vec![]), "{inside}");
    }
    // Each of these would verify if the last, or a name without its namespace, counted.
    let params512 = around(&ds512);
    for (made_with, method) in [
        (sha512, around(&format!("{}{ds512}", digest("ds:DigestMethod", SHA256)))),
        (sha256, around(&format!("{}{}", salt(20), salt(32)))),
        (sha512, around(&format!("{ds512}{}{}", mask(&by_mgf1, ""), mask(&by_mgf1, "")))),
        (sha256, around(&trailer.repeat(2))),
        (sha512, around(&digest("p:DigestMethod", SHA512))),
        (
            sha512,
            around(&format!("<DigestMethod xmlns=\"urn:other\" Algorithm=\"{SHA512}\"></DigestMethod>")),
        ),
        (sha256, around("<ds:SaltLength>32</ds:SaltLength>")),
        (sha256, around("<p:Other></p:Other>")),
        (sha256, around(&mask(" Algorithm=\"urn:other\"", ""))),
        (sha512, around(&format!("{ds512}{}", mask(&by_mgf1, &digest("p:DigestMethod", SHA512))))),
        (sha512, around(&format!("{ds512}{}", mask(&by_mgf1, &format!("{ds512}{ds512}"))))),
        (sha256, around("<p:TrailerField>2</p:TrailerField>")),
        (sha512, params512.repeat(2)),
        (sha256, around("") + &params512),
        (sha512, format!("<ds:RSAPSSParams>{ds512}</ds:RSAPSSParams>")),
        (sha256, format!("<q:RSAPSSParams xmlns:q=\"urn:other\">{ds512}</q:RSAPSSParams>")),
        (sha256, "<ds:Other></ds:Other>".to_owned()),
    ] {
        let expected = (Some(SubIndication::Generic), vec!["SIGNATURE_ALGORITHM_UNSUPPORTED"]);
        assert_eq!(judge(made_with, &method), expected, "{method}");
    }
    // A number that is none, and a digest without its name, are no parameters at all.
    for inside in [
        "<p:SaltLength>-1</p:SaltLength>",
        "<p:SaltLength></p:SaltLength>",
        "<ds:DigestMethod></ds:DigestMethod>",
    ] {
        let (found, codes) = judge(sha256, &around(inside));
        assert_eq!(
            (found, codes[0]),
            (Some(SubIndication::FormatFailure), "SIGNATURE_MALFORMED"),
            "{inside}"
        );
    }
}

#[test]
fn an_ecdsa_value_in_der_is_borne_and_told() {
    let identity = ECDSA.identity("applicant");
    let algorithm = identity.key.signature_algorithm(DigestAlgorithm::Sha256);
    let uri = algorithm.uri().expect("a name");
    let report = verify(&ECDSA.checker(), &signed_with(&identity, algorithm, uri, "", EcdsaForm::Der));
    assert_eq!(outcome(&report), (None, vec![]));
    assert!(report.signatures[0].findings.iter().any(|finding| finding.code == "ECDSA_VALUE_DER"));
    let usual =
        verify(&ECDSA.checker(), &signed_with(&identity, algorithm, uri, "", EcdsaForm::Concatenated));
    assert!(usual.signatures[0].findings.iter().all(|finding| finding.code != "ECDSA_VALUE_DER"));
}

#[test]
fn a_signature_that_is_left_out_may_lie_anywhere_in_a_file() {
    let enveloped = format!("{DSIG}enveloped-signature");
    let judge = |body: &str, signature: &str| {
        let document = format!("{body}{signature}<c>1</c></doc>");
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(document.as_bytes()).expect("written");
        let reading = &ECDSA.checker().reading;
        let sources = [Source::File(file.path()), Source::Memory(document.as_bytes())];
        sources
            .map(|source| reading.facts(source, Octets::Drop).expect("facts").signatures.remove(0).problems)
    };
    // Windows over a file end at multiples of 256 KiB; the signature lies before, across and after an end.
    const END: usize = 20 << 18;
    for (length, inside) in [(END - 5000, 0), (END - 1000, 0), (END - 10, 0), (END, 0), (END - 5000, 1 << 20)]
    {
        let body = format!("<doc><b>{}</b>", "x".repeat(length - 12));
        let canonical = format!("{body}<c>1</c></doc>");
        let digest = sha256(canonical.as_bytes());
        let signature = signature(&reference_with("", &[&enveloped, EXCLUSIVE], SHA256, &digest));
        let signature = with_object(&signature, &format!("<ds:Object>{}</ds:Object>", " ".repeat(inside)));
        assert_eq!(judge(&body, &signature), [vec![], vec![]], "{length} {inside}");
        // What stands right before it is covered.
        let more = judge(&format!("{body}<!--c--><sum>9</sum>"), &signature);
        assert!(
            more.iter().all(|problems| problems == &[Problem::DigestMismatch(String::new())]),
            "{more:?}"
        );
    }
}

#[test]
fn identifiers_mean_the_same_in_a_document_with_very_many() {
    let many: String = (0..10_001).map(|at| format!("<i Id=\"i{at}\"/>")).collect();
    let a = "<a Id=\"x\">1</a>";
    let twice = "<a ID=\"x\" Id=\"x\">1</a>";
    let long = format!("<i Id=\"{}\"/>", "x".repeat(1 << 20));
    for many in ["", &many, &long] {
        let document = |a: &str, uri: &str| format!("<doc>{a}{many}{}</doc>", signature(&reference(uri, a)));
        passes(&document(a, "#x"));
        passes(&document(a, "#xpointer(id('x'))"));
        passes(&document(twice, "#x"));
        // Two attributes of one element are one, those of another element are two.
        let other = document(twice, "#x").replacen("</a>", "</a><b Id=\"x\"/>", 1);
        fails(&other, SubIndication::FormatFailure, "DUPLICATE_IDENTIFIER");
    }
}

/// A Cert of SigningCertificate with this digest and whatever stands beside it; `ds` declares its prefix.
fn cert(method: &str, value: &[u8], beside: &str) -> String {
    format!(
        "<xades:Cert><xades:CertDigest><ds:DigestMethod{{ds}} Algorithm=\"{method}\"></ds:DigestMethod>\
         <ds:DigestValue{{ds}}>{}</ds:DigestValue></xades:CertDigest>{beside}</xades:Cert>",
        STANDARD.encode(value)
    )
}

/// A document whose signature covers these properties of the signature; `{ds}` in them declares its
/// prefix.
fn with_signature_properties(properties: &str, signs_content: bool) -> String {
    with_properties_of(&ECDSA.identity("applicant"), properties, signs_content)
}

/// The same by any ECDSA key.
fn with_properties_of(identity: &Identity, properties: &str, signs_content: bool) -> String {
    let part = |ds: &str| {
        format!(
            "<xades:SignedProperties xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\" Id=\"p\">\
             <xades:SignedSignatureProperties><xades:SigningTime>2026-06-01T10:00:00Z</xades:SigningTime>\
             {properties}</xades:SignedSignatureProperties></xades:SignedProperties>"
        )
        .replace("{ds}", ds)
    };
    let content = "<a Id=\"x\">1</a>";
    let content_reference = if signs_content { reference("#x", content) } else { String::new() };
    let references = content_reference + &reference("#p", &part(&format!(" xmlns:ds=\"{DSIG}\"")));
    let signature = signature_of(identity, EXCLUSIVE, ECDSA_SHA256, &references);
    let signature = signature.replacen("<ds:Signature ", "<ds:Signature Id=\"s\" ", 1);
    let object = format!(
        "<ds:Object><xades:QualifyingProperties xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\" \
         Target=\"#s\">{}</xades:QualifyingProperties></ds:Object>",
        part("")
    );
    format!("<doc>{content}{}</doc>", with_object(&signature, &object))
}

/// A document whose signature covers a SigningCertificate with these Certs.
fn with_certs(certs: &str) -> String {
    with_signature_properties(&format!("<xades:SigningCertificate>{certs}</xades:SigningCertificate>"), true)
}

/// A document whose signature covers properties that name the certificate by this digest.
fn with_certificate_digest(method: &str, value: &[u8], signs_content: bool) -> String {
    let certs = cert(method, value, "");
    with_signature_properties(
        &format!("<xades:SigningCertificate>{certs}</xades:SigningCertificate>"),
        signs_content,
    )
}

/// The DER of a certificate of the PKI.
fn authority(name: &str) -> Vec<u8> {
    let bytes = std::fs::read(ECDSA.path(name)).expect("a certificate");
    Certificate::from_pem_or_der(&bytes).expect("a certificate")[0].der().to_vec()
}

#[test]
fn the_signers_certificate_may_be_named_after_those_above_it() {
    let own = ECDSA.identity("applicant").certificate_der;
    let name = |der: &[u8]| cert(SHA256, &sha256(der), "");
    let (ca, root) = (authority("ca.cer"), authority("root.cer"));
    for named in [[&own, &ca, &root], [&ca, &own, &root], [&root, &ca, &own], [&ca, &ca, &own]] {
        let certs: String = named.iter().map(|der| name(der)).collect();
        let report = passes(&with_certs(&certs));
        assert_eq!(report.signatures[0].format, "XAdES-B-B");
    }
    // Two properties, of the first version and the second, name it as one would.
    let both = format!(
        "<xades:SigningCertificate>{}</xades:SigningCertificate>\
         <xades:SigningCertificateV2>{}</xades:SigningCertificateV2>",
        name(&own),
        name(&ca)
    );
    passes(&with_signature_properties(&both, true));
}

#[test]
fn a_signers_certificate_that_is_not_named_is_not_the_signers() {
    let name = |der: &[u8]| cert(SHA256, &sha256(der), "");
    let other = ECDSA.identity("official").certificate_der;
    for certs in [
        name(&authority("ca.cer")),
        name(&authority("ca.cer")) + &name(&authority("root.cer")),
        name(&other) + &name(&authority("ca.cer")),
    ] {
        fails(&with_certs(&certs), SubIndication::NoSigningCertificateFound, "SIGNING_CERTIFICATE_MISMATCH");
    }
    let empty = with_certs("");
    fails(&empty, SubIndication::SigConstraintsFailure, "PROPERTY_MALFORMED");
}

#[test]
fn certificates_named_besides_the_signers_are_in_its_path() {
    let own = ECDSA.identity("applicant").certificate_der;
    let name = |der: &[u8]| cert(SHA256, &sha256(der), "");
    let others = [
        ECDSA.identity("official").certificate_der,
        std::fs::read(FOREIGN.path("ca.cer")).expect("a certificate"),
    ];
    for other in others {
        for certs in [name(&own) + &name(&other), name(&other) + &name(&own)] {
            fails(&with_certs(&certs), SubIndication::SigConstraintsFailure, "NAMED_CERTIFICATE_NOT_IN_PATH");
        }
    }
    // As in one property, so in two.
    let both = format!(
        "<xades:SigningCertificate>{}</xades:SigningCertificate>\
         <xades:SigningCertificateV2>{}</xades:SigningCertificateV2>",
        name(&ECDSA.identity("official").certificate_der),
        name(&own)
    );
    fails(
        &with_signature_properties(&both, true),
        SubIndication::SigConstraintsFailure,
        "NAMED_CERTIFICATE_NOT_IN_PATH",
    );
    // Whether one of an unknown digest is in the path is not known.
    let unknown = cert("urn:unknown", &[1; 32], "");
    for certs in [name(&own) + &unknown, unknown.clone() + &name(&own), unknown.clone()] {
        fails(&with_certs(&certs), SubIndication::Generic, "DIGEST_ALGORITHM_UNSUPPORTED");
    }
}

#[test]
fn of_several_paths_the_one_that_the_signer_named_is_meant() {
    let key = || PrivateKey::generate_ec(Curve::P256).expect("a key");
    let (root_key, authority_key, own_key) = (key(), key(), key());
    let name = |text: &str| issue::name(&[("2.5.4.3", text)]);
    let issued = |subject: &str, key: &PrivateKey, year: i16, is_authority: bool, by: (&str, &PrivateKey)| {
        let extensions = match is_authority {
            true => vec![issue::Extension::authority(None), issue::Extension::key_usage(&[5, 6])],
            false => vec![issue::Extension::key_usage(&[0, 1])],
        };
        let profile = issue::Profile {
            subject: name(subject),
            public_key: key.public_key(),
            not_before: format!("{year}-01-01T00:00:00Z").parse().expect("a time"),
            not_after: "2036-01-01T00:00:00Z".parse().expect("a time"),
            extensions,
        };
        let issuer = issue::Issuer { name: &name(by.0), key: by.1, digest: DigestAlgorithm::Sha256 };
        issue::certificate(&profile, issuer).expect("a certificate")
    };
    let parsed = |der: &[u8]| Arc::new(Certificate::from_der(der).expect("a certificate"));
    let root = issued("Root", &root_key, 2020, true, ("Root", &root_key));
    // The authority's certificate was renewed: the same key and name.
    let authorities = [2020, 2024].map(|year| issued("CA", &authority_key, year, true, ("Root", &root_key)));
    let own = issued("Own", &own_key, 2025, false, ("CA", &authority_key));
    let identity = Identity { key: own_key, certificate_der: own.clone(), chain_der: Vec::new() };
    let judge = |named: &[&[u8]], known: &[&[u8]]| {
        let certs: String = named.iter().map(|der| cert(SHA256, &sha256(der), "")).collect();
        let property = format!("<xades:SigningCertificate>{certs}</xades:SigningCertificate>");
        let known = known.iter().map(|der| parsed(der)).collect();
        let anchors = TrustAnchors::new(vec![parsed(&root)]);
        let evidence = Evidence::new(anchors, known, Vec::new(), RevocationMode::Off);
        let checker = Checker::new(evidence, Policy::generic());
        // The second time the path is remembered.
        let document = with_properties_of(&identity, &property, true);
        let report = verify(&checker, &document);
        assert_eq!(outcome(&report), outcome(&verify(&checker, &document)));
        let above = report.signatures[0].chain.get(1).map(|link| link.sha256.clone());
        (outcome(&report).1, above)
    };
    let [old, new] = &authorities;
    let hex = |der: &[u8]| qoltanba::validation::report::hex(&sha256(der));
    for known in [[&old[..], new], [&new[..], old]] {
        for named in [old, new] {
            assert_eq!(judge(&[&own, named], &known), (vec![], Some(hex(named))));
        }
        assert_eq!(judge(&[&own, old, new], &known).0, ["NAMED_CERTIFICATE_NOT_IN_PATH"]);
        assert_eq!(judge(&[&own], &known).0, Vec::<&str>::new());
    }
    assert_eq!(judge(&[&own, old], &[new]).0, ["NAMED_CERTIFICATE_NOT_IN_PATH"]);
    assert_eq!(judge(&[&own, new, &root], &[new]).0, Vec::<&str>::new());
}

#[test]
fn of_a_path_that_is_certified_crosswise_a_part_may_be_named() {
    let key = || PrivateKey::generate_ec(Curve::P256).expect("a key");
    let (root_key, second_key, middle_key, authority_key, own_key) = (key(), key(), key(), key(), key());
    let issued = |subject: &str, key: &PrivateKey, is_authority: bool, by: (&str, &PrivateKey)| {
        let name = |text: &str| issue::name(&[("2.5.4.3", text)]);
        let extensions = match is_authority {
            true => vec![issue::Extension::authority(None), issue::Extension::key_usage(&[5, 6])],
            false => vec![issue::Extension::key_usage(&[0, 1])],
        };
        let profile = issue::Profile {
            subject: name(subject),
            public_key: key.public_key(),
            not_before: "2025-01-01T00:00:00Z".parse().expect("a time"),
            not_after: "2036-01-01T00:00:00Z".parse().expect("a time"),
            extensions,
        };
        let issuer = issue::Issuer { name: &name(by.0), key: by.1, digest: DigestAlgorithm::Sha256 };
        issue::certificate(&profile, issuer).expect("a certificate")
    };
    let root = issued("Root", &root_key, true, ("Root", &root_key));
    let second = issued("Root 2", &second_key, true, ("Root 2", &second_key));
    let middle = issued("Middle", &middle_key, true, ("Root 2", &second_key));
    let direct = issued("CA", &authority_key, true, ("Root", &root_key));
    let cross = issued("CA", &authority_key, true, ("Middle", &middle_key));
    let own = issued("Own", &own_key, false, ("CA", &authority_key));
    let identity = Identity { key: own_key, certificate_der: own.clone(), chain_der: Vec::new() };
    let judge = |named: &[&[u8]], anchors: &[&[u8]], known: &[&[u8]]| {
        let certs: String = named.iter().map(|der| cert(SHA256, &sha256(der), "")).collect();
        let property = format!("<xades:SigningCertificate>{certs}</xades:SigningCertificate>");
        let all = |ders: &[&[u8]]| ders.iter().map(|der| parsed(der)).collect::<Vec<_>>();
        let anchors = TrustAnchors::new(all(anchors));
        let evidence = Evidence::new(anchors, all(known), Vec::new(), RevocationMode::Off);
        let checker = Checker::new(evidence, Policy::generic());
        let report = verify(&checker, &with_properties_of(&identity, &property, true));
        (outcome(&report).1, report.signatures[0].chain.len())
    };
    let (direct_way, cross_way) = ((vec![], 3), (vec![], 4));
    for known in [[&direct[..], &cross, &middle], [&middle[..], &cross, &direct]] {
        let both: [&[u8]; 2] = [&root, &second];
        for named in [&cross, &second, &middle] {
            assert_eq!(judge(&[&own, named], &both, &known), cross_way);
            assert_eq!(judge(&[named, &own], &both, &known), cross_way);
        }
        assert_eq!(judge(&[&own, &cross, &second], &both, &known), cross_way);
        for named in [&direct, &root] {
            assert_eq!(judge(&[&own, named], &both, &known), direct_way);
        }
        assert_eq!(judge(&[&own], &both, &known).0, Vec::<&str>::new());
        // No one path holds both, or one that is not to be trusted.
        for named in [[&own[..], &direct, &cross], [&own[..], &direct, &second], [&own[..], &root, &middle]] {
            assert_eq!(judge(&named, &both, &known).0, ["NAMED_CERTIFICATE_NOT_IN_PATH"]);
        }
        for named in [&cross, &second] {
            assert_eq!(judge(&[&own, named], &[&root], &known).0, ["NAMED_CERTIFICATE_NOT_IN_PATH"]);
        }
    }
    assert_eq!(
        judge(&[&own, &cross], &[&root, &second], &[&direct, &cross]).0,
        ["NAMED_CERTIFICATE_NOT_IN_PATH"]
    );
}

#[test]
fn of_certificates_of_one_key_only_the_one_named_is_the_signers() {
    let (authority_key, key) = (
        PrivateKey::generate_ec(Curve::P256).expect("a key"),
        PrivateKey::generate_ec(Curve::P256).expect("a key"),
    );
    let issued = |subject: &str, key: &PrivateKey, extensions: Vec<issue::Extension>| {
        let name = |text: &str| issue::name(&[("2.5.4.3", text)]);
        let profile = issue::Profile {
            subject: name(subject),
            public_key: key.public_key(),
            not_before: "2025-01-01T00:00:00Z".parse().expect("a time"),
            not_after: "2036-01-01T00:00:00Z".parse().expect("a time"),
            extensions,
        };
        let issuer =
            issue::Issuer { name: &name("CA"), key: &authority_key, digest: DigestAlgorithm::Sha256 };
        issue::certificate(&profile, issuer).expect("a certificate")
    };
    let above = vec![issue::Extension::authority(None), issue::Extension::key_usage(&[5, 6])];
    let authority = issued("CA", &authority_key, above);
    let signing = || vec![issue::Extension::key_usage(&[0, 1])];
    // Somebody had the signer's key certified under another name.
    let (own, other) = (issued("Own", &key, signing()), issued("Other", &key, signing()));
    let anchor = Arc::new(Certificate::from_der(&authority).expect("a certificate"));
    let judge = |named: &[&[u8]], carried: &[&[u8]]| {
        let certs: String = named.iter().map(|der| cert(SHA256, &sha256(der), "")).collect();
        let property = format!("<xades:SigningCertificate>{certs}</xades:SigningCertificate>");
        let identity = Identity {
            key: PrivateKey::from_pem(&key.to_pkcs8_pem().expect("a key")).expect("a key"),
            certificate_der: carried[0].to_vec(),
            chain_der: Vec::new(),
        };
        let more: String = carried[1..]
            .iter()
            .map(|der| format!("<ds:X509Certificate>{}</ds:X509Certificate>", STANDARD.encode(der)))
            .collect();
        let document = with_properties_of(&identity, &property, true).replacen(
            "</ds:X509Data>",
            &format!("{more}</ds:X509Data>"),
            1,
        );
        let anchors = TrustAnchors::new(vec![Arc::clone(&anchor)]);
        let evidence = Evidence::new(anchors, Vec::new(), Vec::new(), RevocationMode::Off);
        let report = verify(&Checker::new(evidence, Policy::generic()), &document);
        let signer = report.signatures[0].signer.as_ref().and_then(|signer| signer.common_name.clone());
        (outcome(&report).1, signer.unwrap_or_default())
    };
    let passed = |signer: &str| (Vec::<&str>::new(), signer.to_owned());
    for named in [[&authority[..], &own], [&own[..], &authority]] {
        assert_eq!(judge(&named, &[&own]), passed("Own"));
        assert_eq!(judge(&named, &[&other, &own]), passed("Own"));
        assert_eq!(judge(&named, &[&own, &other]), passed("Own"));
        assert_eq!(judge(&named, &[&other]).0, ["SIGNING_CERTIFICATE_MISMATCH"]);
        assert_eq!(judge(&named, &[&other, &authority]).0, ["SIGNING_CERTIFICATE_MISMATCH"]);
    }
    // With both named neither is the one meant.
    for carried in [[&own[..], &other], [&other[..], &own]] {
        assert_eq!(judge(&[&own, &other], &carried).0, ["NAMED_CERTIFICATE_NOT_IN_PATH"]);
    }
}

#[test]
fn every_digest_that_names_a_certificate_is_put_to_the_policy() {
    let own = ECDSA.identity("applicant").certificate_der;
    let weak = |der: &[u8]| cert(&format!("{DSIG}sha1"), &digest(DigestAlgorithm::Sha1, der), "");
    let strong = |der: &[u8]| cert(SHA256, &sha256(der), "");
    let ca = authority("ca.cer");
    for certs in [strong(&own) + &weak(&ca), weak(&own) + &strong(&own), weak(&ca) + &strong(&own)] {
        fails(&with_certs(&certs), SubIndication::CryptoConstraintsFailureNoPoe, "ALGORITHM_WEAK");
    }
}

#[test]
fn the_number_of_certificates_named_is_bounded() {
    let own = ECDSA.identity("applicant").certificate_der;
    let named = cert(SHA256, &sha256(&own), "");
    passes(&with_certs(&named.repeat(32)));
    fails(&with_certs(&named.repeat(33)), SubIndication::Generic, "XML_LIMIT");
}

#[test]
fn an_issuer_and_serial_number_that_contradict_the_digest_are_told() {
    let der = ECDSA.identity("applicant").certificate_der;
    let own = Certificate::from_der(&der).expect("a certificate");
    let told = |property: &str, beside: &str| {
        let certs = cert(SHA256, &sha256(&der), beside);
        let report = passes(&with_signature_properties(
            &format!("<xades:{property}>{certs}</xades:{property}>"),
            true,
        ));
        report.signatures[0].findings.iter().any(|finding| finding.code == "ISSUER_SERIAL_MISMATCH")
    };
    // The first version: a name in text and a decimal number.
    let number = openssl::bn::BigNum::from_slice(own.serial()).expect("a number");
    let number = number.to_dec_str().expect("digits").to_string();
    let first = |issuer: &str, number: &str| {
        let beside = format!(
            "<xades:IssuerSerial><ds:X509IssuerName{{ds}}>{issuer}</ds:X509IssuerName>\
             <ds:X509SerialNumber{{ds}}>{number}</ds:X509SerialNumber></xades:IssuerSerial>"
        );
        told("SigningCertificate", &beside)
    };
    let issuer = own.issuer().to_rfc4514();
    assert!(!first(&issuer, &number), "{issuer} {number}");
    assert!(!first(&issuer.replace(',', ", "), &format!(" 00{number}\n")));
    assert!(first(&issuer, &format!("{number}1")));
    assert!(first(&own.subject().to_rfc4514(), &number));
    assert!(first(&issuer, "-"));
    // The second: IssuerSerial of RFC 5035 in DER and base64.
    let second = |name: &[u8], serial: &[u8]| {
        let names = write::sequence(&[write::context(4, &[name])]);
        let der = write::sequence(&[names, write::unsigned(serial)]);
        let beside = format!("<xades:IssuerSerialV2>{}</xades:IssuerSerialV2>", STANDARD.encode(der));
        told("SigningCertificateV2", &beside)
    };
    assert!(!second(own.issuer().der(), own.serial()));
    assert!(second(own.subject().der(), own.serial()));
    assert!(second(own.issuer().der(), &[1]));
    assert!(told("SigningCertificateV2", "<xades:IssuerSerialV2>AAAA</xades:IssuerSerialV2>"));
}

#[test]
fn the_digest_of_a_certificate_is_put_to_the_policy() {
    let der = ECDSA.identity("applicant").certificate_der;
    let report = passes(&with_certificate_digest(SHA256, &sha256(&der), true));
    assert_eq!(report.signatures[0].format, "XAdES-B-B");
    let weak = digest(DigestAlgorithm::Sha1, &der);
    fails(
        &with_certificate_digest(&format!("{DSIG}sha1"), &weak, true),
        SubIndication::CryptoConstraintsFailureNoPoe,
        "ALGORITHM_WEAK",
    );
}

#[test]
fn what_others_signed_is_as_good_as_they_are() {
    let (own, forged) = ("<pay Id=\"a\">100</pay>", "<pay Id=\"b\">999</pay>");
    let victim = signature(&reference("#a", own));
    let other = signature(&reference("#b", forged));
    let report = verify(&ECDSA.checker(), &format!("<doc>{forged}{own}{other}{victim}</doc>"));
    assert_eq!(report.indication, Indication::TotalPassed);
    let bogus = other.replacen("<ds:SignatureValue>", "<ds:SignatureValue>AAAA", 1);
    let report = verify(&ECDSA.checker(), &format!("<doc>{forged}{own}{bogus}{victim}</doc>"));
    let judged = &report.signatures[1];
    assert_eq!(judged.indication, Indication::Indeterminate);
    assert!(judged.findings.iter().any(|finding| finding.code == "UNSIGNED_TWIN"), "{judged:?}");
}

#[test]
fn what_an_xpath_chose_has_no_unsigned_twin_either() {
    let signature = signature(&xpath("ancestor-or-self::pay[@Id='a']", "<pay Id=\"a\">100</pay>"));
    let pay = "<pay Id=\"a\">100</pay>";
    let report = passes(&format!("<doc>{pay}{signature}</doc>"));
    assert_eq!(report.signatures[0].signed_content[0].xpath, "/doc/pay[1]");
    fails(
        &format!("<doc><pay>999</pay><w>{pay}</w>{signature}</doc>"),
        SubIndication::SigConstraintsFailure,
        "UNSIGNED_TWIN",
    );
    fails(
        &format!("<doc><w><doc>{pay}</doc></w>{signature}</doc>"),
        SubIndication::SigConstraintsFailure,
        "UNSIGNED_TWIN",
    );
}

#[test]
fn a_container_of_nothing_but_the_signed_element_is_no_twin_of_it() {
    let list = "<list Id=\"x\"><sum>1</sum></list>";
    let own = signature(&reference("#x", list));
    for document in [
        format!("<doc><w><list>{list}</list></w>{own}</doc>"),
        format!("<doc><list xmlns:a='urn:a'>\n<!-- c --><w>&#32;<![CDATA[ ]]>{list}\n</w></list>{own}</doc>"),
    ] {
        passes(&document);
    }
    // Nor is a copy of the root, when the signature lies within what is signed.
    let enveloped = format!("{DSIG}enveloped-signature");
    let within = signature(&reference_with("#x", &[&enveloped, EXCLUSIVE], SHA256, &sha256(list.as_bytes())));
    let signed = list.replace("</list>", &format!("{within}</list>"));
    passes(&format!("<doc><doc>{signed}</doc></doc>"));
    fails(&format!("<doc><doc>{signed}2</doc></doc>"), SubIndication::SigConstraintsFailure, "UNSIGNED_TWIN");
    // Of two elements it would make one.
    let other = "<list Id=\"y\"><sum>2</sum></list>";
    let of_both = signature(&(reference("#x", list) + &reference("#y", other)));
    passes(&format!("<doc><p>{list}</p><q>{other}</q>{of_both}</doc>"));
    fails(
        &format!("<doc><p><list>{list}{other}</list></p>{of_both}</doc>"),
        SubIndication::SigConstraintsFailure,
        "UNSIGNED_TWIN",
    );
    // Whatever nobody signed in it may be read in place of what was signed, in the signature as well.
    let in_object = with_object(&own, "<ds:Object><sum>2</sum></ds:Object>");
    let in_key_info = own.replace("</ds:KeyInfo>", "<ds:sum>2</ds:sum></ds:KeyInfo>");
    assert_ne!(in_key_info, own);
    for document in [
        format!("<doc><list>{list}{in_key_info}</list></doc>"),
        format!("<doc><list>{list}{own}</list></doc>"),
        format!("<list><doc>{list}</doc>{own}</list>"),
        format!("<list>{list}{own}</list>"),
        format!("<doc><doc>{list}{own}</doc></doc>"),
        format!("<doc><w><doc><v>{list}</v>{own}</doc></w></doc>"),
        format!("<doc><w><list sum='2'>{list}</list></w>{own}</doc>"),
        format!("<doc><w><list>2{list}</list></w>{own}</doc>"),
        format!("<doc><w><list>{list}<x/></list></w>{own}</doc>"),
        format!("<doc><w><list><v sum='2'>{list}</v></list></w>{own}</doc>"),
        format!("<list sum='2'><doc>{list}</doc>{own}</list>"),
        format!("<list xml:id='y'><doc>{list}</doc>{own}</list>"),
        format!("<list><doc sum='2'>{list}</doc>{own}</list>"),
        format!("<list><doc>{list}</doc>{own}2</list>"),
        format!("<list>{own}<doc>{list}&#50;</doc></list>"),
        format!("<list><doc><![CDATA[2]]>{list}</doc>{own}</list>"),
        format!("<list><doc>the text that stands here is a long one{list}</doc>{own}</list>"),
        format!("<list><doc>{list}<x/></doc>{own}</list>"),
        format!("<list><sum>2</sum><doc>{list}</doc>{own}</list>"),
        format!("<list><doc>{list}</doc><list/>{own}</list>"),
        format!("<list><doc>{list}</doc>{in_object}</list>"),
        format!("<list><doc>{list}{own}</doc><doc><list><sum>2</sum></list></doc></list>"),
        format!("<doc><list>{own}</list>{list}</doc>"),
        format!("<doc><list/>{list}{own}</doc>"),
        format!("<doc sum='2'><doc>{list}{own}</doc></doc>"),
        format!("<doc><sum>2</sum><doc>{list}{own}</doc></doc>"),
        format!("<doc><doc>2{list}{own}</doc></doc>"),
        format!("<doc><w><doc>{list}</doc></w>{own}</doc>"),
        format!("<doc><doc>{own}</doc><doc>{list}</doc></doc>"),
        format!("<list><doc><list>{own}<list>{list}</list></list></doc></list>"),
    ] {
        fails(&document, SubIndication::SigConstraintsFailure, "UNSIGNED_TWIN");
    }
    // A container that holds something else that was signed is not around the signed element.
    let note = "<note Id=\"n\"><sum>3</sum></note>";
    let both = signature(&(reference("#x", list) + &reference("#n", note)));
    passes(&format!("<doc><w>{note}</w>{list}{both}</doc>"));
    fails(
        &format!("<doc><list>{note}</list><w>{list}</w>{both}</doc>"),
        SubIndication::SigConstraintsFailure,
        "UNSIGNED_TWIN",
    );
    // Signed properties in the signature are not the signed element either.
    let der = ECDSA.identity("applicant").certificate_der;
    let with_properties = with_certificate_digest(SHA256, &sha256(&der), true);
    let content = "<a Id=\"x\">1</a>";
    let signature_alone = with_properties.replace("<doc>", "").replace("</doc>", "").replace(content, "");
    passes(&format!("<doc>{signature_alone}<w><a>{content}</a></w></doc>"));
    passes(&with_properties);
    fails(
        &format!("<doc><a>{signature_alone}</a><w>{content}</w></doc>"),
        SubIndication::SigConstraintsFailure,
        "UNSIGNED_TWIN",
    );
}

/// A reference to `#x` of which an XPath chooses a part.
fn part_of_x(expression: &str, octets: &str) -> String {
    signature(&xpath(expression, octets).replacen("URI=\"\"", "URI=\"#x\"", 1))
}

#[test]
fn what_is_signed_in_part_is_no_twin_of_itself() {
    let document = |a: &str, signature: &str| format!("<doc>{a}{signature}</doc>");
    let a = "<a Id=\"x\" k=\"1\">t<b>1</b><c>2</c></a>";
    let without_c = part_of_x("not(ancestor-or-self::c)", "<a Id=\"x\" k=\"1\">t<b>1</b></a>");
    let report = passes(&document(a, &without_c));
    assert_eq!(report.signatures[0].signed_content[0].xpath, "/doc/a[1]");
    assert_eq!(left_of(&report), ["/doc/a[1]/c[1]"]);
    passes(&document(&a.replace("<c>2", "<c>3"), &without_c));
    fails(
        &document(&a.replace("k=\"1\"", "k=\"2\""), &without_c),
        SubIndication::HashFailure,
        "DIGEST_MISMATCH",
    );
    let b_alone = part_of_x("ancestor-or-self::b[parent::a]", "<b>1</b>");
    let report = passes(&document(a, &b_alone));
    assert_eq!(report.signatures[0].signed_content[0].xpath, "/doc/a[1]/b[1]");
    assert_eq!(left_of(&report), ["/doc/a[1]/@*", "/doc/a[1]/text()", "/doc/a[1]/c[1]"]);
    // An enveloped signature in other words: all else is covered.
    let enveloped = part_of_x("not(ancestor-or-self::ds:Signature)", "<a Id=\"x\" k=\"1\">t<b>1</b></a>");
    let report = passes(&format!("<doc><a Id=\"x\" k=\"1\">t<b>1</b>{enveloped}</a></doc>"));
    assert!(left_of(&report).is_empty(), "{report:?}");
    for twin in [
        document(&format!("<a>9</a>{a}"), &without_c),
        document(&a.replace("<c>2", "<c><a>9</a>"), &without_c),
        format!("<a>{}</a>", document(a, &without_c)),
        document(&a.replace("<c>2", "<c><b>9</b>"), &b_alone),
    ] {
        fails(&twin, SubIndication::SigConstraintsFailure, "UNSIGNED_TWIN");
    }
}

#[test]
fn each_of_several_elements_that_an_xpath_chose_has_its_place() {
    let twin = |document: &str| fails(document, SubIndication::SigConstraintsFailure, "UNSIGNED_TWIN");
    let (a, b) = ("<a Id=\"x\">10</a>", "<b Id=\"y\">me</b>");
    let filter = |expression: &str| {
        let body = format!("<f:XPath xmlns:f=\"{FILTER2}\" Filter=\"intersect\">{expression}</f:XPath>");
        by_xpath(FILTER2, &body, &format!("{a}{b}"))
    };
    for reference in [
        xpath("ancestor-or-self::*[@Id='x' or @Id='y']", &format!("{a}{b}")),
        filter("id('x') | id('y')"),
        filter("//*[@Id]"),
    ] {
        let signature = signature(&reference);
        let report = passes(&format!("<r>{a}{b}{signature}</r>"));
        assert_eq!(report.signatures[0].signed_content[0].xpath, "/r/a[1] | /r/b[1]");
        twin(&format!("<r><a>9999</a><b>mallory</b><junk>{a}{b}</junk>{signature}</r>"));
        twin(&format!("<r><a>9999</a>{a}{b}{signature}</r>"));
    }
    // Elements that were chosen together are no twins of one another.
    let two = xpath("ancestor-or-self::v[@k]", "<v k=\"1\">1</v><v k=\"2\">2</v>");
    passes(&format!("<r><v k=\"1\">1</v><w><v k=\"2\">2</v></w>{}</r>", signature(&two)));
    // Nor does the element that is named hide what was chosen in it.
    let within = |expression: &str, inner: &str, octets: &str| {
        let part = xpath(expression, octets).replacen("URI=\"\"", "URI=\"#e\"", 1);
        format!("<r><e Id=\"e\">{inner}</e>{}</r>", signature(&part))
    };
    let both = "ancestor-or-self::*[@Id='x' or @Id='y']";
    let octets = format!("{a}{b}");
    passes(&within(both, &octets, &octets));
    twin(&within(both, &format!("<a>9</a><b>mallory</b><junk>{a}{b}</junk>"), &octets));
    // What is chosen in an element that is not, in one that is, has its place too.
    let nested = xpath("self::r or ancestor-or-self::a[@Id='x']", &format!("<r>{a}</r>"));
    passes(&format!("<r>{a}{}</r>", signature(&nested)));
    twin(&format!("<r><a>9</a><junk>{a}</junk>{}</r>", signature(&nested)));
    let soap = "http://schemas.xmlsoap.org/soap/envelope/";
    let body = |sum: &str| format!("<s:Body Id=\"B\"><m>{sum}</m></s:Body>");
    let time = "<t Id=\"T\">2026</t>";
    let octets = format!("{time}{}", body("10").replacen(" Id", &format!(" xmlns:s=\"{soap}\" Id"), 1));
    let signed = signature(&xpath("ancestor-or-self::*[@Id='B' or @Id='T']", &octets));
    let envelope = |inner: &str| {
        format!("<s:Envelope xmlns:s=\"{soap}\"><s:Header>{time}{signed}</s:Header>{inner}</s:Envelope>")
    };
    passes(&envelope(&body("10")));
    for forged in ["", "<s:Body><m>9999</m></s:Body>"] {
        let moved = format!("<x>{}</x>{forged}", body("10"));
        fails(&envelope(&moved), SubIndication::FormatFailure, "SIGNATURE_WRAPPED");
    }
}

/// A reference with transforms, some with what is in them.
fn chain(uri: &str, transforms: &[(&str, &str)], octets: &str) -> String {
    let names: Vec<_> = transforms.iter().map(|(name, _)| *name).collect();
    transforms.iter().fold(
        reference_with(uri, &names, SHA256, &sha256(octets.as_bytes())),
        |reference, (name, body)| {
            let empty = format!("Algorithm=\"{name}\"></ds:Transform>");
            reference.replacen(&empty, &format!("Algorithm=\"{name}\">{body}</ds:Transform>"), 1)
        },
    )
}

#[test]
fn what_is_chosen_in_part_or_by_way_of_octets_has_no_unsigned_twin() {
    let base64 = &*format!("{DSIG}base64");
    let enveloped = &*format!("{DSIG}enveloped-signature");
    let of_x = "<ds:XPath>ancestor-or-self::*[@Id='x']</ds:XPath>";
    let text = "<ds:XPath>self::text()[parent::a[@Id='x']]</ds:XPath>";
    let no_attribute = "<ds:XPath>self::a[@Id='x'] or self::text()[parent::a[@Id='x']]</ds:XPath>";
    let filter = format!("<f:XPath xmlns:f=\"{FILTER2}\" Filter=\"intersect\">//*[@Id='x']</f:XPath>");
    let (a, forged) = ("<a Id=\"x\">aGVsbG8=</a>", "<a>ZXZpbA==</a>");
    for (transforms, octets) in [
        (vec![(enveloped, ""), (EXCLUSIVE, ""), (XPATH, of_x)], a),
        (vec![(enveloped, ""), (EXCLUSIVE, ""), (XPATH, of_x), (EXCLUSIVE, "")], a),
        (vec![(XPATH, "<ds:XPath>ancestor-or-self::r</ds:XPath>"), (EXCLUSIVE, ""), (XPATH, of_x)], a),
        (vec![(XPATH, text)], "aGVsbG8="),
        (vec![(XPATH, no_attribute)], "<a>aGVsbG8=</a>"),
        (vec![(FILTER2, &*filter), (base64, "")], "hello"),
        (vec![(XPATH, text), (EXCLUSIVE, ""), (base64, "")], "hello"),
    ] {
        let signature = signature(&chain("", &transforms, octets));
        let report = passes(&format!("<r>{a}{signature}</r>"));
        assert_eq!(report.signatures[0].signed_content[0].xpath, "/r/a[1]", "{transforms:?}");
        fails(
            &format!("<r>{forged}<junk>{a}</junk>{signature}</r>"),
            SubIndication::SigConstraintsFailure,
            "UNSIGNED_TWIN",
        );
    }
    // The same in the element that is named, which is no twin of itself.
    let e = "<e Id=\"e\"><a Id=\"x\">1</a></e>";
    let within = signature(&chain("#e", &[(EXCLUSIVE, ""), (XPATH, of_x)], "<a Id=\"x\">1</a>"));
    passes(&format!("<r>{e}{within}</r>"));
    fails(
        &format!("<r>{}{within}</r>", e.replace("<a Id=\"x\">1</a>", "<a>9</a><w><a Id=\"x\">1</a></w>")),
        SubIndication::SigConstraintsFailure,
        "UNSIGNED_TWIN",
    );
    // What is chosen of octets that no element shows in its own words is not traced.
    let decoded = "<a Id=\"x\">PHI+PGIgSWQ9InkiPjE8L2I+PC9yPg==</a>";
    let of_y = "<ds:XPath>ancestor-or-self::*[@Id='y']</ds:XPath>";
    let untraced = signature(&chain("#x", &[(base64, ""), (XPATH, of_y)], "<b Id=\"y\">1</b>"));
    fails(&format!("<r>{decoded}{untraced}</r>"), SubIndication::Generic, "TRANSFORM_UNSUPPORTED");
}

#[test]
fn an_element_is_no_twin_of_itself_whatever_is_chosen_of_it() {
    let base64 = &*format!("{DSIG}base64");
    let inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    let text = "<ds:XPath>self::text()</ds:XPath>";
    let all_but_c = "<ds:XPath>not(ancestor-or-self::c)</ds:XPath>";
    let encoded = "<a Id=\"x\">PGE+PGI+PC9iPjwvYT4=</a>";
    for (a, transforms, octets) in [
        (encoded, vec![(base64, ""), (inclusive, "")], "<a><b></b></a>"),
        (encoded, vec![(XPATH, text), (base64, "")], "<a><b></b></a>"),
        (
            "<a Id=\"x\">1<b>2</b><c>3</c></a>",
            vec![(EXCLUSIVE, ""), (XPATH, all_but_c)],
            "<a Id=\"x\">1<b>2</b></a>",
        ),
    ] {
        let signature = signature(&chain("#x", &transforms, octets));
        passes(&format!("<r>{a}{signature}</r>"));
        fails(
            &format!("<r><a>9</a><w>{a}</w>{signature}</r>"),
            SubIndication::SigConstraintsFailure,
            "UNSIGNED_TWIN",
        );
    }
    // Of text alone it is not known what it says: its element may bear any name.
    let renamed = signature(&chain("#x", &[(XPATH, text)], "1"));
    fails(
        &format!("<r><a Id=\"x\">1</a>{renamed}</r>"),
        SubIndication::SigConstraintsFailure,
        "UNSIGNED_TWIN",
    );
    // A form of which an XPath leaves one of many out, however many are left.
    let filter = |operation: &str, expression: &str| {
        format!("<f:XPath xmlns:f=\"{FILTER2}\" Filter=\"{operation}\">{expression}</f:XPath>")
    };
    let first = filter("subtract", "//v[1]");
    let own = filter("subtract", "here()/ancestor::ds:Signature[1]");
    for values in ["<v>2</v>", "<v>2</v><v>3</v>"] {
        let form = format!("<f>t<v>1</v>{values}</f>");
        let octets = format!("<r><f>t{values}</f></r>");
        let reference = chain("", &[(FILTER2, &format!("{first}{own}"))], &octets);
        let report = passes(&format!("<r>{form}{}</r>", signature(&reference)));
        assert_eq!(left_of(&report), ["/r/f[1]/v[1]"]);
        let octets = format!("<f>t{values}</f>");
        let reference = chain("", &[(FILTER2, &filter("intersect", "//f")), (FILTER2, &first)], &octets);
        let report = passes(&format!("<r>{form}<free/>{}</r>", signature(&reference)));
        assert_eq!(left_of(&report), ["/r/f[1]/v[1]", "/r/free[1]"]);
    }
}

#[test]
fn attributes_and_text_around_what_is_covered_are_listed() {
    let own = signature(&reference("#x", "<a Id=\"x\">1</a>"));
    let a = "<a Id=\"x\">1</a>";
    let left = |document: &str| {
        // The same from memory and through a window.
        let report = passes(document);
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(document.as_bytes()).expect("written");
        let facts = ECDSA.checker().reading.facts(Source::File(file.path()), Octets::Drop).expect("facts");
        let parts = &report.signatures[0].unsigned_content;
        let listed: Vec<_> = parts.iter().map(|part| (part.xpath.clone(), part.bytes)).collect();
        let uncovered = &facts.signatures[0].uncovered;
        let read: Vec<_> = uncovered.iter().map(|part| (part.xpath.clone(), part.bytes)).collect();
        assert_eq!(listed, read, "{document}");
        let warned = report.signatures[0].findings.iter().any(|finding| finding.code == "UNSIGNED_CONTENT");
        assert_eq!(warned, !listed.is_empty());
        listed
    };
    let listed = |xpath: &str, bytes: usize| (xpath.to_owned(), bytes);
    let nothing =
        format!("<doc xmlns:q='urn:q' xmlns='urn:d'>\n<w> <!--c-->&#32;<![CDATA[\t]]>{a}</w>\n{own}</doc>")
            .replace(a, "<a xmlns='' Id=\"x\">1</a>");
    assert_eq!(left(&nothing), []);
    assert_eq!(left(&format!("<doc sum='9' q=\"1\">{a}{own}</doc>")), [listed("/doc/@*", 12)]);
    assert_eq!(left(&format!("<doc xmlns:q='urn:q' q:x='9'>{a}{own}</doc>")), [listed("/doc/@*", 7)]);
    assert_eq!(left(&format!("<doc>{a}9{own}</doc>")), [listed("/doc/text()", 1)]);
    assert_eq!(left(&format!("<doc>{a}{own} 9</doc>")), [listed("/doc/text()", 2)]);
    assert_eq!(left(&format!("<doc>{a}&#57;{own}</doc>")), [listed("/doc/text()", 5)]);
    assert_eq!(left(&format!("<doc><![CDATA[9]]>{a}{own}</doc>")), [listed("/doc/text()", 1)]);
    let long = "word ".repeat(100);
    assert_eq!(left(&format!("<doc>{long}{a}{long}{own}</doc>")), [listed("/doc/text()", 1000)]);
    assert_eq!(
        left(&format!("<doc v='1'><x>8</x><w v='2'>7{a}<y/></w>{own}</doc>")),
        [
            listed("/doc/@*", 5),
            listed("/doc/x[1]", 8),
            listed("/doc/w[1]/@*", 5),
            listed("/doc/w[1]/text()", 1),
            listed("/doc/w[1]/y[1]", 4)
        ]
    );
    // Those of the root come first, however much there is besides.
    let many = left(&format!("<doc v='1'>{a}{own}{}</doc>", "<x/>".repeat(1000)));
    assert_eq!((many.len(), &many[0]), (100, &listed("/doc/@*", 5)));
    let deep = format!("<doc v='1'>{}{a}{}{own}</doc>", "<w v='2'>".repeat(150), "</w>".repeat(150));
    let deep = left(&deep);
    assert_eq!((deep.len(), &deep[0]), (100, &listed("/doc/@*", 5)));
    assert!(deep.iter().all(|(path, _)| path.ends_with("/@*")));
    // What surrounds a signature over the whole is covered by it.
    let bare = Profile { canonicalization: Canonicalization::exclusive(), ..Profile::default() };
    let signed = sign_xml(b"<doc v='1'>9<a/></doc>", &ECDSA.identity("applicant"), &bare, &Limits::default());
    assert_eq!(left(&String::from_utf8(signed.expect("signed")).expect("UTF-8")), []);
}

#[test]
fn a_signed_object_stands_in_its_own_signature() {
    let canonical = |id: &str| format!("<ds:Object xmlns:ds=\"{DSIG}\" Id=\"{id}\">100</ds:Object>");
    let object = |id: &str| format!("<ds:Object Id=\"{id}\">100</ds:Object>");
    let forged = "<ds:Object>999</ds:Object>";
    let victim = signature(&reference("#o", &canonical("o")));
    let item = "<item Id=\"i\"></item>";
    let other = signature(&reference("#i", item));
    let judged = |document: &str| {
        let report = verify(&ECDSA.checker(), document);
        let judged = report
            .signatures
            .into_iter()
            .find(|signature| signature.signed_content.first().is_none_or(|content| content.uri == "#o"));
        let codes = judged.expect("the victim").findings.into_iter();
        codes.filter(|finding| finding.level == Level::Fail).map(|finding| finding.code).collect::<Vec<_>>()
    };
    let honest = format!("<doc>{item}{other}{}</doc>", with_object(&victim, &object("o")));
    assert_eq!(judged(&honest), [""; 0]);
    for own in [victim.clone(), with_object(&victim, forged)] {
        let moved = format!("<doc>{item}{}{own}</doc>", with_object(&other, &object("o")));
        assert_eq!(judged(&moved), ["SIGNATURE_WRAPPED"], "{moved}");
        let moved = format!("<doc>{item}{own}{}</doc>", with_object(&other, &object("o")));
        assert_eq!(judged(&moved), ["SIGNATURE_WRAPPED"], "{moved}");
    }
    // One around which all is signed does not sign what stands in itself.
    let enveloped = format!("{DSIG}enveloped-signature");
    let over_all = reference_with("", &[&enveloped, EXCLUSIVE], SHA256, &sha256(b"<doc></doc>"));
    let moved = format!("<doc>{}{victim}</doc>", with_object(&signature(&over_all), &object("o")));
    let report = verify(&ECDSA.checker(), &moved);
    assert_eq!(report.signatures[0].indication, Indication::TotalPassed, "{report:?}");
    assert_eq!(judged(&moved), ["SIGNATURE_WRAPPED"]);
    // Nor may an XPath choose what is there.
    let pay = "<q:pay xmlns:q=\"urn:q\">1</q:pay>";
    let chosen = signature(&xpath("ancestor-or-self::*[local-name()='pay']", pay));
    let in_other = with_object(&other, "<ds:Object xmlns:q=\"urn:q\"><q:pay>1</q:pay></ds:Object>");
    let report = verify(&ECDSA.checker(), &format!("<doc>{item}{in_other}{chosen}</doc>"));
    let codes: Vec<_> = report.signatures[1].findings.iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&"SIGNATURE_WRAPPED"), "{report:?}");
    // The other signature may sign it too: it is a part of that one then.
    let both = signature(&reference("#o", &canonical("o")));
    let document = format!("<doc>{}{victim}</doc>", with_object(&both, &object("o")));
    assert_eq!(verify(&ECDSA.checker(), &document).indication, Indication::TotalPassed);
    // Whatever else the other has in Objects of its own.
    let remark = with_object(&victim, "<ds:Object>a remark</ds:Object>");
    let document = format!("<doc>{}{remark}</doc>", with_object(&both, &object("o")));
    assert_eq!(verify(&ECDSA.checker(), &document).indication, Indication::TotalPassed);
    // An Object in no signature, with or without another in its place; or within another Object.
    let properties = "<ds:Object><ds:SignatureProperties/><pay>999</pay></ds:Object>";
    for own in [victim.clone(), with_object(&victim, forged), with_object(&victim, properties)] {
        assert_eq!(judged(&format!("<doc><w>{}</w>{own}</doc>", canonical("o"))), ["SIGNATURE_WRAPPED"]);
    }
    let nested = with_object(&victim, &format!("<ds:Object>999{}</ds:Object>", object("o")));
    assert_eq!(judged(&format!("<doc>{nested}</doc>")), ["SIGNATURE_WRAPPED"]);
    // One that is larger than is read carries what it holds like any other.
    let padding = "<ds:q></ds:q>".repeat(25_000);
    let padded = other.replace("</ds:KeyInfo>", &format!("{padding}</ds:KeyInfo>"));
    let moved = format!("<doc>{item}{victim}{}</doc>", with_object(&padded, &object("o")));
    assert_eq!(judged(&moved), ["SIGNATURE_WRAPPED"]);
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

#[test]
fn an_xpath_finds_its_identifiers_among_very_many() {
    let many: String = (0..10_001).map(|at| format!("<i Id=\"i{at}\"/>")).collect();
    let a = "<a Id=\"x\">1</a><b Id=\"y\">2</b>";
    for many in ["", &many] {
        let document = |signature: &str| format!("<doc>{a}{many}{signature}</doc>");
        let limits = |checker: &mut Checker| checker.reading.limits.tree_nodes = 1 << 20;
        let judge = |signature: &str| outcome(&verify(&with_checker(limits), &document(signature)));
        let filter = format!("<f:XPath xmlns:f=\"{FILTER2}\" Filter=\"intersect\">id( \"x\" )</f:XPath>");
        assert_eq!(judge(&signature(&by_xpath(FILTER2, &filter, "<a Id=\"x\">1</a>"))), (None, vec![]));
        let two = format!("<f:XPath xmlns:f=\"{FILTER2}\" Filter=\"intersect\">id('y x')</f:XPath>");
        let both = by_xpath(FILTER2, &two, "<a Id=\"x\">1</a><b Id=\"y\">2</b>");
        assert_eq!(judge(&signature(&both)), (None, vec![]));
        let counted =
            xpath("count(ancestor-or-self::* | id('x')) = count(ancestor-or-self::*)", "<a Id=\"x\">1</a>");
        assert_eq!(judge(&signature(&counted)), (None, vec![]));
        // What is not written out is not known beforehand: nothing is said of it then.
        let computed =
            format!("<f:XPath xmlns:f=\"{FILTER2}\" Filter=\"intersect\">id(concat('x', ''))</f:XPath>");
        let judged = judge(&signature(&by_xpath(FILTER2, &computed, "<a Id=\"x\">1</a>")));
        let expected =
            if many.is_empty() { (None, vec![]) } else { (Some(SubIndication::Generic), vec!["XML_LIMIT"]) };
        assert_eq!(judged, expected);
    }
}

#[test]
fn a_signature_over_its_own_properties_alone_signs_nothing() {
    let der = ECDSA.identity("applicant").certificate_der;
    fails(
        &with_certificate_digest(SHA256, &sha256(&der), false),
        SubIndication::FormatFailure,
        "REFERENCE_EMPTY",
    );
}

#[test]
fn a_signature_that_is_the_root_is_not_the_document_around_it() {
    let enveloped = format!("{DSIG}enveloped-signature");
    let by_transform = reference_with("", &[&enveloped, EXCLUSIVE], SHA256, &sha256(b"<?p?>\n"));
    for reference in [by_transform, xpath("not(ancestor-or-self::ds:Signature)", "<?p?>\n")] {
        let object = "<ds:Object><sum>9</sum></ds:Object>";
        let document = format!("<?p?>{}", with_object(&signature(&reference), object));
        // Nothing is signed but the instruction beside it.
        fails(&document, SubIndication::FormatFailure, "REFERENCE_EMPTY");
        let report = verify(&ECDSA.checker(), &document);
        assert_eq!(report.signatures[0].unsigned_content[0].xpath, "/ds:Signature/ds:Object[1]");
    }
}

#[test]
fn a_given_key_is_judged_by_its_size() {
    let generated = openssl::rsa::Rsa::generate(1024).and_then(openssl::pkey::PKey::from_rsa);
    let short = generated.expect("a key").public_key_to_der().expect("a key");
    let document = signature(&reference("#x", "<a Id=\"x\"></a>"));
    let checker = with_checker(|checker| {
        let key = qoltanba::crypto::PublicKey::from_spki(&short);
        checker.reading.key = Some(key.expect("a key"));
    });
    let codes = outcome(&verify(&checker, &format!("<doc><a Id=\"x\"></a>{document}</doc>"))).1;
    assert!(codes.contains(&"KEY_TOO_SHORT"), "{codes:?}");
}

/// A document whose storage fails after so many reads.
#[derive(Debug)]
struct Failing<'d> {
    document: &'d [u8],
    reads: std::sync::atomic::AtomicUsize,
}

impl ReadAt for Failing<'_> {
    fn size(&self) -> std::io::Result<u64> {
        Ok(self.document.len() as u64)
    }

    fn read_at(&self, octets: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let left = self.reads.load(std::sync::atomic::Ordering::Relaxed);
        let left = left.checked_sub(1).ok_or_else(|| std::io::Error::other("the disk is gone"))?;
        self.reads.store(left, std::sync::atomic::Ordering::Relaxed);
        let rest = usize::try_from(offset).ok().and_then(|offset| self.document.get(offset..));
        let rest = rest.unwrap_or_default();
        let length = rest.len().min(octets.len());
        octets[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

#[test]
fn storage_that_fails_at_any_read_fails_no_signature_and_passes_none() {
    let pay = "<pay Id=\"d\">100</pay>";
    let document = format!("<app>{pay}{}{}</app>", " ".repeat(1 << 20), signature(&reference("#d", pay)));
    let checker = ECDSA.checker();
    let certificates = qoltanba::signature::CertificateCache::default();
    let limits = Limits::default();
    let options = xmldsig::Options::new(&limits, &certificates);
    let mut passed = false;
    for reads in 0..200 {
        let file = Failing { document: document.as_bytes(), reads: reads.into() };
        let Ok(facts) = xmldsig::open(&file, &options) else { continue };
        let report = qoltanba::validation::validate(&facts, &checker.evidence, &checker.policy, now());
        let judged = &report.signatures[0];
        let is_at_rest = file.reads.load(std::sync::atomic::Ordering::Relaxed) > 0;
        if is_at_rest {
            passed = judged.indication == Indication::TotalPassed;
            break;
        }
        if judged.indication != Indication::TotalPassed {
            assert_eq!(judged.indication, Indication::Indeterminate, "{reads}: {judged:?}");
        }
    }
    assert!(passed, "with enough reads it passes");
}
