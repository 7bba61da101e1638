//! XAdES properties: what they bind the signature to, and what they say only when they are signed.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qoltanba::asn1::write;
use qoltanba::crypto::{Curve, DigestAlgorithm, Identity, PrivateKey, digest, sha256};
use qoltanba::pkix::{Certificate, TrustAnchors, issue};
use qoltanba::service::verify::{Checker, sign_xml};
use qoltanba::signature::sign::Profile;
use qoltanba::validation::{Evidence, Indication, Policy, RevocationMode, SubIndication};
use qoltanba::xml::Limits;
use qoltanba::xml::c14n::Canonicalization;

use crate::common::{ECDSA, FOREIGN, now, outcome};
use crate::hostile::{
    DSIG, ECDSA_SHA256, EXCLUSIVE, SHA256, reference, reference_with, signature, signature_of,
};
use crate::key_info::{parsed, warned};
use crate::xmldsig::{XPATH, fails, passes, verify, with_checker, with_object};

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
    fails(&other_target, SubIndication::SigConstraintsFailure, "PROPERTIES_TARGET_MISMATCH");
    let interop = with_checker(|checker| checker.policy = Policy::interop());
    let report = verify(&interop, &other_target);
    assert_eq!(outcome(&report), (None, vec![]));
    assert_eq!(warned(&report, "PROPERTIES_TARGET_MISMATCH").len(), 1);
    // Properties beside a signature that does not refer to them prove nothing.
    let object = &signed
        [signed.find("<ds:Object>").expect("an Object")..signed.find("</ds:Signature>").expect("an end")];
    let report = passes(&format!(
        "<doc><a Id=\"x\"></a>{}</doc>",
        with_object(&signature(&reference("#x", "<a Id=\"x\"></a>")), object)
    ));
    assert_eq!((report.signatures[0].format, &report.signatures[0].claimed_signing_time), ("XMLDSig", &None));
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
fn decoys_before_the_signed_properties_do_not_loose_the_certificate() {
    // The properties name the applicant's certificate; KeyInfo carries another one of the same key.
    let signed = signed_with_properties();
    let decoy = "<ds:Object><x:QualifyingProperties xmlns:x=\"http://uri.etsi.org/01903/v1.3.2#\"><x:SignedProperties/></x:QualifyingProperties></ds:Object><ds:Object><xades:Q";
    let decoyed = signed.replacen("<ds:Object><xades:Q", decoy, 1);
    // Others would take the decoy for the properties.
    fails(&decoyed, SubIndication::FormatFailure, "SIGNATURE_WRAPPED");
    let judged = &verify(&ECDSA.checker(), &decoyed).signatures[0];
    assert_eq!(judged.claimed_signing_time.as_deref(), Some("2026-06-01T10:00:00Z"));
    assert_eq!(judged.format, "XAdES-B-B");
    assert_eq!(judged.unsigned_content.len(), 1);
    // Properties without signed ones are none that could be taken for them.
    let bare = decoyed.replacen("<x:SignedProperties/>", "", 1);
    assert_eq!(passes(&bare).signatures[0].format, "XAdES-B-B");
    let inside = signed.replacen(
        "<xades:SignedProperties",
        "<xades:SignedProperties Id=\"d\"/><xades:SignedProperties",
        1,
    );
    fails(&inside, SubIndication::FormatFailure, "PROPERTY_MALFORMED");
    let judged = &verify(&ECDSA.checker(), &inside).signatures[0];
    assert_eq!(judged.claimed_signing_time.as_deref(), Some("2026-06-01T10:00:00Z"));
}

#[test]
fn a_comment_in_a_property_is_no_part_of_its_value() {
    let signed = signed_with_properties();
    let commented = signed.replacen("<xades:SigningTime>2026", "<xades:SigningTime>20<!--c--><?i d?>26", 1);
    fails(&commented, SubIndication::HashFailure, "DIGEST_MISMATCH");
    let commented = signed.replacen("<xades:SigningTime>2026", "<xades:SigningTime>20<!--c-->26", 1);
    let report = passes(&commented);
    let judged = &report.signatures[0];
    assert_eq!(judged.format, "XAdES-B-B");
    assert_eq!(judged.claimed_signing_time.as_deref(), Some("2026-06-01T10:00:00Z"));
}

#[test]
fn a_signature_policy_is_named_with_its_digest() {
    let own = cert(SHA256, &sha256(&ECDSA.identity("applicant").certificate_der), "");
    let named = format!("<xades:SigningCertificate>{own}</xades:SigningCertificate>");
    let identifier =
        "<xades:SigPolicyId><xades:Identifier>urn:oid:1.2.3</xades:Identifier></xades:SigPolicyId>";
    let hash = |inside: &str| format!("<xades:SigPolicyHash>{inside}</xades:SigPolicyHash>");
    let method = format!("<ds:DigestMethod xmlns:ds=\"{DSIG}\" Algorithm=\"{SHA256}\"></ds:DigestMethod>");
    let value = |text: &str| format!("<ds:DigestValue xmlns:ds=\"{DSIG}\">{text}</ds:DigestValue>");
    let with = |inside: &str| {
        let policy = "xades:SignaturePolicyIdentifier";
        with_signature_properties(&format!("{named}<{policy}>{inside}</{policy}>"), true)
    };
    let whole = |inside: &str| with(&format!("<xades:SignaturePolicyId>{inside}</xades:SignaturePolicyId>"));
    let digest = hash(&format!("{method}{}", value("AAAA")));
    passes(&whole(&format!("{identifier}{digest}")));
    passes(&with("<xades:SignaturePolicyImplied></xades:SignaturePolicyImplied>"));
    for inside in [
        identifier.to_owned(),
        digest.clone(),
        format!("{identifier}{}", hash("")),
        format!("{identifier}{}", hash(&method)),
        format!("{identifier}{}", hash(&value("AAAA"))),
        format!("{identifier}{}", hash(&format!("{method}{}", value("")))),
        format!("{identifier}{}", hash(&format!("{method}{}", value("?")))),
        format!("<xades:SigPolicyId></xades:SigPolicyId>{digest}"),
    ] {
        fails(&whole(&inside), SubIndication::SigConstraintsFailure, "PROPERTY_MALFORMED");
    }
    // Of two there is no telling which is meant.
    let implied = "<xades:SignaturePolicyImplied></xades:SignaturePolicyImplied>";
    let policy =
        |inside: &str| format!("<xades:SignaturePolicyIdentifier>{inside}</xades:SignaturePolicyIdentifier>");
    let explicit = format!("<xades:SignaturePolicyId>{identifier}{digest}</xades:SignaturePolicyId>");
    let twice = identifier.replace(
        "</xades:Identifier>",
        "</xades:Identifier><xades:Identifier>urn:oid:1.2.4</xades:Identifier>",
    );
    for properties in [
        policy(&format!("{explicit}{implied}")),
        policy(&explicit) + &policy(implied),
        policy(&explicit.replace(identifier, &twice)),
    ] {
        let document = with_signature_properties(&format!("{named}{properties}"), true);
        fails(&document, SubIndication::SigConstraintsFailure, "PROPERTY_MALFORMED");
    }
}

#[test]
fn properties_of_an_unknown_version_are_not_called_forged() {
    let namespace = "http://uri.etsi.org/01903/v9.9.9#";
    let properties = |declared: &str| {
        format!(
            "<x:SignedProperties{declared} Id=\"p\"><x:SigningTime>1</x:SigningTime></x:SignedProperties>"
        )
    };
    let signed = reference("#p", &properties(&format!(" xmlns:x=\"{namespace}\"")));
    let kind = "<ds:Reference Type=\"http://uri.etsi.org/01903#SignedProperties\" ";
    let signed = reference("#x", "<a Id=\"x\">1</a>") + &signed.replacen("<ds:Reference ", kind, 1);
    let object = format!(
        "<ds:Object><x:QualifyingProperties xmlns:x=\"{namespace}\">{}</x:QualifyingProperties></ds:Object>",
        properties("")
    );
    let document = format!("<doc><a Id=\"x\">1</a>{}</doc>", with_object(&signature(&signed), &object));
    fails(&document, SubIndication::SigConstraintsFailure, "PROPERTY_MALFORMED");
}

#[test]
fn a_claimed_time_that_is_none_is_told() {
    let own = cert(SHA256, &sha256(&ECDSA.identity("applicant").certificate_der), "");
    let named = format!("<xades:SigningCertificate>{own}</xades:SigningCertificate>");
    let time = |text: &str| format!("<xades:SigningTime>{text}</xades:SigningTime>");
    let with = |times: &str| with_signature_properties(&format!("{times}{named}"), true);
    let good = "2026-06-01T10:00:00.5+05:00";
    assert_eq!(passes(&with(&time(good))).signatures[0].claimed_signing_time.as_deref(), Some(good));
    for bad in [time("yesterday"), time(""), time("2026-06-31T10:00:00Z"), time(good) + &time(good)] {
        let report = passes(&with(&bad));
        let judged = &report.signatures[0];
        assert_eq!((judged.format, judged.claimed_signing_time.as_deref()), ("XAdES", None));
        assert_eq!(warned(&report, "PROPERTY_MALFORMED").len(), 1, "{judged:?}");
    }
}

#[test]
fn a_claimed_time_that_cannot_be_is_told() {
    let own = cert(SHA256, &sha256(&ECDSA.identity("applicant").certificate_der), "");
    let told = |time: &str| {
        let properties = format!(
            "<xades:SigningTime>{time}</xades:SigningTime><xades:SigningCertificate>{own}</xades:SigningCertificate>"
        );
        let report = passes(&with_signature_properties(&properties, true));
        let found =
            report.signatures[0].findings.iter().find(|found| found.code == "SIGNING_TIME_IMPLAUSIBLE");
        found.map(|found| found.params.last().expect("a reason").1.clone())
    };
    // It is checked at 10:00 on the 1st of June, with certificates from the 1st of January on.
    for (time, reason) in [
        ("2026-06-01T10:10:00Z", None),
        ("2026-06-01T10:10:01Z", Some("late")),
        ("2026-06-01T15:05:00+05:00", None),
        ("2026-06-01T15:05:00Z", Some("late")),
        // Nobody knows where.
        ("2026-06-01T23:00:00", None),
        ("2025-12-31T23:50:00Z", None),
        ("2025-12-31T23:49:59Z", Some("early")),
        ("1970-01-01T00:00:00Z", Some("early")),
    ] {
        assert_eq!(told(time).as_deref(), reason, "{time}");
    }
}

#[test]
fn a_signature_policy_that_is_named_was_not_applied() {
    let own = cert(SHA256, &sha256(&ECDSA.identity("applicant").certificate_der), "");
    let told = |policy: &str| {
        let policy = format!("<xades:SignaturePolicyIdentifier>{policy}</xades:SignaturePolicyIdentifier>");
        let properties = format!("<xades:SigningCertificate>{own}</xades:SigningCertificate>{policy}");
        let report = passes(&with_signature_properties(&properties, true));
        let found = report.signatures[0].findings.iter();
        let found = found.filter(|found| found.code == "SIGNATURE_POLICY_NOT_APPLIED");
        found.map(|found| found.params[0].1.clone()).collect::<Vec<_>>()
    };
    let digest = format!(
        "<ds:DigestMethod{{ds}} Algorithm=\"{SHA256}\"></ds:DigestMethod><ds:DigestValue{{ds}}>AAAA</ds:DigestValue>"
    );
    let explicit = format!(
        "<xades:SignaturePolicyId><xades:SigPolicyId><xades:Identifier>urn:oid:1.2.3</xades:Identifier></xades:SigPolicyId>\
         <xades:SigPolicyHash>{digest}</xades:SigPolicyHash></xades:SignaturePolicyId>"
    );
    assert_eq!(told(&explicit), ["urn:oid:1.2.3"]);
    assert!(told("<xades:SignaturePolicyImplied></xades:SignaturePolicyImplied>").is_empty());
}

#[test]
fn an_object_reference_to_no_reference_is_told() {
    let own = cert(SHA256, &sha256(&ECDSA.identity("applicant").certificate_der), "");
    let named = format!("<xades:SigningCertificate>{own}</xades:SigningCertificate>");
    let with = |properties: &str| with_signature_properties(&format!("{named}{properties}"), true);
    let format = |reference: &str| {
        format!(
            "<xades:DataObjectFormat ObjectReference=\"{reference}\"><xades:MimeType>text/xml</xades:MimeType>\
             </xades:DataObjectFormat>"
        )
    };
    let commitment = |inside: &str| {
        format!(
            "<xades:CommitmentTypeIndication><xades:CommitmentTypeId><xades:Identifier>urn:c</xades:Identifier>\
             </xades:CommitmentTypeId>{inside}</xades:CommitmentTypeIndication>"
        )
    };
    let object = |reference: &str| format!("<xades:ObjectReference>{reference}</xades:ObjectReference>");
    let told = |properties: &str| {
        let report = passes(&with(properties));
        warned(&report, "OBJECT_REFERENCE_UNMATCHED")
    };
    let none: [String; 0] = [];
    // The content itself, the signature, nothing at all, another document: none is a Reference.
    for bad in ["#x", "#s", "#p", "#nowhere", "r", "", "urn:other#r"] {
        assert_eq!(told(&format(bad)), ["DataObjectFormat"], "{bad}");
        assert_eq!(told(&commitment(&object(bad))), ["CommitmentTypeIndication"], "{bad}");
    }
    let two = commitment(&(object("#r") + &object("#x")));
    assert_eq!(told(&(format("#x") + &format("#x") + &two)).len(), 2);
    let many: String = (0..1000).map(|at| format(&format!("#none{at}"))).collect();
    assert_eq!(told(&many).len(), 32);
    for good in [
        format("#r"),
        format(" #r "),
        commitment(&object(" #r\n")),
        commitment("<xades:AllSignedDataObjects></xades:AllSignedDataObjects>"),
        commitment(""),
    ] {
        assert_eq!(told(&good), none, "{good}");
    }
    assert_eq!(warned(&passes(&signed_with_properties()), "OBJECT_REFERENCE_UNMATCHED"), none);
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

/// A Cert of SigningCertificate with this digest and whatever stands beside it; `ds` declares its prefix.
pub(crate) fn cert(method: &str, value: &[u8], beside: &str) -> String {
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
    // Unless they have times of their own.
    let time = match properties.contains("SigningTime") {
        true => "",
        false => "<xades:SigningTime>2026-06-01T10:00:00Z</xades:SigningTime>",
    };
    let part = |ds: &str| {
        format!(
            "<xades:SignedProperties xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\" Id=\"p\">\
             <xades:SignedSignatureProperties>{time}{properties}</xades:SignedSignatureProperties></xades:SignedProperties>"
        )
        .replace("{ds}", ds)
    };
    let content = "<a Id=\"x\">1</a>";
    let content_reference = if signs_content { reference("#x", content) } else { String::new() };
    let content_reference = content_reference.replacen("<ds:Reference ", "<ds:Reference Id=\"r\" ", 1);
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
pub(crate) fn with_certs(certs: &str) -> String {
    with_signature_properties(&format!("<xades:SigningCertificate>{certs}</xades:SigningCertificate>"), true)
}

/// A document whose signature covers properties that name the certificate by this digest.
pub(crate) fn with_certificate_digest(method: &str, value: &[u8], signs_content: bool) -> String {
    let certs = cert(method, value, "");
    with_signature_properties(
        &format!("<xades:SigningCertificate>{certs}</xades:SigningCertificate>"),
        signs_content,
    )
}

/// The DER of a certificate of the PKI.
pub(crate) fn authority(name: &str) -> Vec<u8> {
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

/// A certificate of a subject, an authority's or one to sign documents with, from a year on, by an issuer.
fn issued(
    subject: &str,
    key: &PrivateKey,
    year: i16,
    is_authority: bool,
    by: (&str, &PrivateKey),
) -> Vec<u8> {
    let extensions = match is_authority {
        true => vec![issue::Extension::authority(None), issue::Extension::key_usage(&[5, 6])],
        false => vec![issue::Extension::key_usage(&[0, 1])],
    };
    certificate(subject, key, year, extensions, by)
}

/// The same, with any extensions.
pub(crate) fn certificate(
    subject: &str,
    key: &PrivateKey,
    year: i16,
    extensions: Vec<issue::Extension>,
    by: (&str, &PrivateKey),
) -> Vec<u8> {
    let name = |text: &str| issue::name(&[("2.5.4.3", text)]);
    let profile = issue::Profile {
        subject: name(subject),
        public_key: key.public_key(),
        not_before: format!("{year}-01-01T00:00:00Z").parse().expect("a time"),
        not_after: "2036-01-01T00:00:00Z".parse().expect("a time"),
        extensions,
    };
    let issuer = issue::Issuer { name: &name(by.0), key: by.1, digest: DigestAlgorithm::Sha256 };
    issue::certificate(&profile, issuer).expect("a certificate")
}

#[test]
fn of_several_paths_the_one_that_the_signer_named_is_meant() {
    let key = || PrivateKey::generate_ec(Curve::P256).expect("a key");
    let (root_key, authority_key, own_key) = (key(), key(), key());
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
        let above = report.signatures[0].chain.get(1).map(|link| link.certificate.sha256());
        (outcome(&report).1, above)
    };
    let [old, new] = &authorities;
    for known in [[&old[..], new], [&new[..], old]] {
        for named in [old, new] {
            assert_eq!(judge(&[&own, named], &known), (vec![], Some(sha256(named))));
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
    let root = issued("Root", &root_key, 2025, true, ("Root", &root_key));
    let second = issued("Root 2", &second_key, 2025, true, ("Root 2", &second_key));
    let middle = issued("Middle", &middle_key, 2025, true, ("Root 2", &second_key));
    let direct = issued("CA", &authority_key, 2025, true, ("Root", &root_key));
    let cross = issued("CA", &authority_key, 2025, true, ("Middle", &middle_key));
    let own = issued("Own", &own_key, 2025, false, ("CA", &authority_key));
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
    let by = ("CA", &authority_key);
    let authority = issued("CA", &authority_key, 2025, true, by);
    // Somebody had the signer's key certified under another name.
    let (own, other) = (issued("Own", &key, 2025, false, by), issued("Other", &key, 2025, false, by));
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

/// They may have stood anywhere in it, and have moved into the signature.
#[test]
fn properties_that_an_xpath_keeps_of_what_is_around_the_signature_are_not_its_own() {
    let object = "<ds:Object><x:QualifyingProperties xmlns:x=\"http://uri.etsi.org/01903/v1.3.2#\" Target=\"#s\">\
                  <x:SignedProperties><x:SignedSignatureProperties><x:SigningTime>2026-01-01T00:00:00Z</x:SigningTime>\
                  </x:SignedSignatureProperties></x:SignedProperties></x:QualifyingProperties></ds:Object>";
    let octets = format!("<part Id=\"d\"><ds:Signature xmlns:ds=\"{DSIG}\">{object}</ds:Signature></part>");
    let but = ["SignedInfo", "SignatureValue", "KeyInfo"].map(|part| format!("ancestor-or-self::ds:{part}"));
    let references = reference_with("#d", &[XPATH, EXCLUSIVE], SHA256, &sha256(octets.as_bytes())).replacen(
        &format!("\"{XPATH}\">"),
        &format!("\"{XPATH}\"><ds:XPath>not({})</ds:XPath>", but.join(" or ")),
        1,
    );
    let signed = with_object(&signature(&references), object);
    let report = passes(&format!("<doc>1<part Id=\"d\">{signed}</part></doc>"));
    assert_eq!(report.signatures[0].claimed_signing_time, None);
    assert!(report.signatures[0].findings.iter().any(|found| found.code == "PROPERTIES_NOT_SIGNED"));
}
