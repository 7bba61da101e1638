//! KeyInfo in every layout, as the hint that it is: which certificate counts, and what is said of the
//! rest.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use qoltanba::asn1::{oid, write};
use qoltanba::crypto::{Curve, Identity, PrivateKey, sha256};
use qoltanba::pkix::{Certificate, TrustAnchors, UnverifiedCrl, issue};
use qoltanba::service::verify::{Checker, sign_xml};
use qoltanba::signature::Octets;
use qoltanba::signature::sign::Profile;
use qoltanba::validation::{
    Evidence, Indication, Level, Policy, Report, RevocationMode, SubIndication, accept,
};
use qoltanba::xml::Limits;

use crate::common::authority::Key;
use crate::common::{ECDSA, RSA, now, outcome};
use crate::hostile::{DSIG, SHA256, reference, signature};
use crate::xades::{authority, cert, certificate, with_certificate_digest, with_certs};
use crate::xmldsig::{XPATH, fails, passes, verify, with_checker, with_object};

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
    let key = RSA.identity("applicant").key;
    certificate("OTHER", &key, 2026, Vec::new(), ("OTHER", &key))
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
pub(crate) fn warned(report: &Report, code: &str) -> Vec<String> {
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
    parsed(&certificate(name, key, 2025, extensions, ("Somebody", &issuer_key)))
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

pub(crate) fn parsed(der: &[u8]) -> Arc<Certificate> {
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

#[test]
fn a_comment_in_a_certificate_is_no_part_of_it() {
    let signed = sign_xml(b"<doc/>", &ECDSA.identity("applicant"), &Profile::default(), &Limits::default());
    let signed = String::from_utf8(signed.expect("signed")).expect("UTF-8");
    for inside in ["<!-- c -->M", "<?i d?>M", "<![CDATA[M]]>"] {
        passes(&signed.replacen("<ds:X509Certificate>M", &format!("<ds:X509Certificate>{inside}"), 1));
    }
}

#[test]
fn beside_a_certificate_that_cannot_be_read_another_is_not_the_signers() {
    let profile = Profile::default();
    let signed = sign_xml(b"<doc/>", &ECDSA.identity("applicant"), &profile, &Limits::default());
    let signed = String::from_utf8(signed.expect("signed")).expect("UTF-8");
    // An authority's that may sign documents too.
    let key = PrivateKey::generate_ec(Curve::P256).expect("a key");
    let usages = vec![issue::Extension::authority(None), issue::Extension::key_usage(&[0, 5])];
    let other = STANDARD.encode(certificate("CA", &key, 2026, usages, ("CA", &key)));
    let beside = format!("<ds:X509Certificate>{other}</ds:X509Certificate><ds:X509Certificate>M");
    // The one that verifies is found beside another.
    passes(&signed.replacen("<ds:X509Certificate>M", &beside, 1));
    let unread = signed.replacen("<ds:X509Certificate>M", &format!("{beside}<a/>"), 1);
    let report = verify(&ECDSA.checker(), &unread);
    let judged = &report.signatures[0];
    assert_eq!(judged.sub_indication, Some(SubIndication::NoSigningCertificateFound), "{judged:?}");
    assert!(judged.findings.iter().any(|finding| finding.code == "CERTIFICATE_MALFORMED"));
    assert!(judged.certificate.is_none());
}

#[test]
fn of_certificates_of_one_key_the_one_that_holds_up_is_the_signers() {
    let time = |text: &str| -> Timestamp { text.parse().expect("a time") };
    let (root, second_root, stranger) =
        (Key::new("Root"), Key::new("Second root"), Key::new("Nobody's root"));
    let own = Key::new("Own");
    // The same key once more, under another name or for whoever takes it.
    let again = |name: &str| Key {
        name: issue::name(&[(oid::COMMON_NAME, name)]),
        key: PrivateKey::from_pem(&own.key.to_pkcs8_pem().expect("a key")).expect("a key"),
    };
    let renamed = again("Own, renamed");
    let always = (time("2020-01-01T00:00:00Z"), time("2036-01-01T00:00:00Z"));
    let early = (time("2020-01-01T00:00:00Z"), time("2022-01-01T00:00:00Z"));
    let late = (time("2030-01-01T00:00:00Z"), time("2036-01-01T00:00:00Z"));
    let authority = || vec![issue::Extension::authority(None), issue::Extension::key_usage(&[5, 6])];
    let signs = || vec![issue::Extension::key_usage(&[0, 1])];
    let anchors = [&root, &second_root].map(|root| root.certify(root, always, authority()));
    let good = root.certify(&own, always, signs());
    let list = |revoked: &[(&Certificate, Timestamp)]| {
        let update = (time("2026-01-01T00:00:00Z"), time("2036-01-01T00:00:00Z"));
        let made = [root.list(update, revoked), second_root.list(update, &[])];
        made.map(|list| UnverifiedCrl::from_der(&list).expect("a list")).to_vec()
    };
    let signed = {
        let certificate_der = good.der().to_vec();
        let identity = Identity { key: again("Own").key, certificate_der, chain_der: Vec::new() };
        let signed = sign_xml(b"<doc/>", &identity, &Profile::default(), &Limits::default());
        String::from_utf8(signed.expect("signed")).expect("UTF-8")
    };
    let judge = |carried: &[&Arc<Certificate>], lists: Vec<UnverifiedCrl>| {
        let anchors = TrustAnchors::new(anchors.to_vec());
        let evidence = Evidence::new(anchors, Vec::new(), lists, RevocationMode::Required);
        let checker = Checker::new(evidence, Policy::generic());
        let carried: Vec<&[u8]> = carried.iter().map(|certificate| certificate.der()).collect();
        let facts = checker.facts(carrying(&signed, &carried).as_bytes(), Octets::Keep).expect("facts");
        let (report, verified) = accept(facts, [0; 32], &checker.evidence, &checker.policy, now());
        let told = report.signatures[0].certificate.as_ref().map(|told| told.sha256.clone());
        let taken = verified.ok().map(|verified| verified.signer().certificate_sha256);
        (outcome(&report).1, told, taken)
    };
    let passed = |certificate: &Arc<Certificate>| {
        let id = certificate.sha256();
        (Vec::<&str>::new(), Some(qoltanba::crypto::hex(&id)), Some(id))
    };
    // The holder's own from before an authority's, one before a renewal, one after, a stranger's.
    let others = [
        own.certify(&own, always, signs()),
        root.certify(&own, early, signs()),
        root.certify(&own, late, signs()),
        stranger.certify(&own, always, signs()),
    ];
    for other in &others {
        assert_eq!(judge(&[other, &good], list(&[])), passed(&good));
        assert_eq!(judge(&[&good, other], list(&[])), passed(&good));
        assert_ne!(judge(&[other], list(&[])).0, Vec::<&str>::new());
    }
    let all: Vec<_> = others.iter().chain([&good]).collect();
    assert_eq!(judge(&all, list(&[])), passed(&good));
    // Of several that hold up the first.
    let second = second_root.certify(&renamed, always, signs());
    assert_eq!(judge(&[&good, &second], list(&[])), passed(&good));
    assert_eq!(judge(&[&second, &good], list(&[])), passed(&second));
    // None holds up: the first is spoken of.
    let (codes, told, taken) = judge(&[&others[1], &others[3]], list(&[]));
    assert_eq!((codes, taken), (vec!["CERTIFICATE_EXPIRED"], None));
    assert_eq!(told, Some(qoltanba::crypto::hex(&others[1].sha256())));
    // A key whose certificate was revoked may be in other hands.
    let revoked = [(&*good, time("2026-02-01T00:00:00Z"))];
    assert_eq!(judge(&[&good, &second], list(&revoked)).0, ["CERTIFICATE_REVOKED"]);
    assert_eq!(judge(&[&second, &good], list(&revoked)), passed(&second));
    // Each is judged by a path of its own, so they are few.
    let strangers: Vec<_> = (0..8).map(|_| stranger.certify(&own, always, signs())).collect();
    let within: Vec<_> = strangers[..7].iter().chain([&good]).collect();
    assert_eq!(judge(&within, list(&[])), passed(&good));
    let beyond: Vec<_> = strangers.iter().chain([&good]).collect();
    assert_eq!(judge(&beyond, list(&[])).0, ["CHAIN_NOT_FOUND"]);
}

#[test]
fn of_certificates_of_one_key_of_which_some_are_signed_none_counts_unless_all_are_signed_together() {
    let applicant = ECDSA.identity("applicant");
    let other_root = Key::new("Other root");
    let renamed = Key { name: issue::name(&[(oid::COMMON_NAME, "Renamed")]), key: applicant.key };
    let time = |text: &str| -> Timestamp { text.parse().expect("a time") };
    let always = (time("2020-01-01T00:00:00Z"), time("2036-01-01T00:00:00Z"));
    let authority_of = || vec![issue::Extension::authority(None), issue::Extension::key_usage(&[5, 6])];
    let anchor = other_root.certify(&other_root, always, authority_of());
    let other = other_root.certify(&renamed, always, vec![issue::Extension::key_usage(&[0, 1])]);
    let data = |attributes: &str, der: &[u8]| {
        let certificate = format!("<ds:X509Certificate>{}</ds:X509Certificate>", STANDARD.encode(der));
        format!("<ds:X509Data{attributes}>{certificate}</ds:X509Data>")
    };
    let own = applicant.certificate_der;
    let canonical = |element: &str| element.replacen(" Id=", &format!(" xmlns:ds=\"{DSIG}\" Id="), 1);
    let document_of = |key_info: &str, references: &str| {
        let signature = signature(&(reference("#x", "<a Id=\"x\"></a>") + references));
        let start = signature.find("<ds:KeyInfo>").expect("a KeyInfo");
        let end = signature.find("</ds:KeyInfo>").expect("its end");
        let signature = format!("{}<ds:KeyInfo>{key_info}{}", &signature[..start], &signature[end..]);
        format!("<doc><a Id=\"x\"></a>{signature}</doc>")
    };
    let document = |key_info: &str, signed: &str| document_of(key_info, &reference("#d", &canonical(signed)));
    let parsed_file = |name: &str| parsed(&authority(name));
    // The other authority is trusted alone, or beside the signer's.
    let checker_of = |anchors: &[Arc<Certificate>]| {
        let anchors = TrustAnchors::new(anchors.to_vec());
        let evidence = Evidence::new(anchors, vec![parsed_file("ca.cer")], Vec::new(), RevocationMode::Off);
        Checker::new(evidence, Policy::generic())
    };
    let judge = |key_info: &str, signed: &str, anchors: &[Arc<Certificate>]| {
        let report = verify(&checker_of(anchors), &document(key_info, signed));
        let told = report.signatures[0].certificate.as_ref().map(|told| told.sha256.clone());
        (outcome(&report).1, told.unwrap_or_default())
    };
    let own_id = qoltanba::crypto::hex(&sha256(&own));
    let other_id = qoltanba::crypto::hex(&other.sha256());
    let both = [parsed_file("root.cer"), Arc::clone(&anchor)];
    let (signed, unsigned) = (data(" Id=\"d\"", &own), data("", other.der()));
    for key_info in [format!("{unsigned}{signed}"), format!("{signed}{unsigned}")] {
        assert_eq!(judge(&key_info, &signed, &both).0, ["SIGNING_CERTIFICATE_AMBIGUOUS"]);
        let codes = judge(&key_info, &signed, &both[1..]).0;
        assert!(codes.contains(&"SIGNING_CERTIFICATE_AMBIGUOUS"), "{codes:?}");
    }
    // The same certificate twice is one.
    let twice = format!("{}{signed}", data("", &own));
    assert_eq!(judge(&twice, &signed, &both), (vec![], own_id.clone()));
    // What is signed together keeps its order.
    let inside = |first: &[u8], second: &[u8]| {
        let (first, second) = (data("", first), data("", second));
        let first = first.replacen("<ds:X509Data>", "<ds:X509Data Id=\"d\">", 1);
        first.replace("</ds:X509Data>", "") + &second.replacen("<ds:X509Data>", "", 1)
    };
    let (own_first, other_first) = (inside(&own, other.der()), inside(other.der(), &own));
    assert_eq!(judge(&own_first, &own_first, &both), (vec![], own_id.clone()));
    assert_eq!(judge(&other_first, &other_first, &both), (vec![], other_id));
    assert_eq!(judge(&other_first, &other_first, &both[..1]), (vec![], own_id.clone()));
    // Nor is that of what is signed in two elements changed by moving these.
    let in_order = format!("{own_first}{}", other_first.replacen("\"d\"", "\"e\"", 1));
    let swapped = format!("{}{own_first}", other_first.replacen("\"d\"", "\"e\"", 1));
    let over_both = |key_info: &str| {
        let second = other_first.replacen("\"d\"", "\"e\"", 1);
        let more = reference("#e", &canonical(&second));
        document_of(key_info, &(reference("#d", &canonical(&own_first)) + &more))
    };
    for key_info in [&in_order, &swapped] {
        let report = verify(&checker_of(&both), &over_both(key_info));
        let told = report.signatures[0].certificate.as_ref().map(|told| told.sha256.clone());
        assert_eq!((outcome(&report).1, told), (vec![], Some(own_id.clone())));
    }
    // KeyInfo is no more that which is signed, but holds nothing else.
    let moved = format!("{}{own_first}", data("", other.der()));
    assert_eq!(judge(&moved, &own_first, &both), (vec![], own_id));
}
