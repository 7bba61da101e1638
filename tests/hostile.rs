//! Documents made to deceive or to exhaust: none passes, each has its own reason, and none takes long.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qoltanba::crypto::{DigestAlgorithm, EcdsaForm, Identity, sha256};
use qoltanba::service::verify::sign_xml;
use qoltanba::signature::sign::Profile;
use qoltanba::validation::Indication;
use qoltanba::xml::{Document, Limits};

use crate::common::{ECDSA, RSA, now};
use crate::xmldsig::by_xpath;

pub(crate) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(crate) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub(crate) const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
/// Without its last part, the namespaces of SAML 1.x.
const SAML: &str = "urn:oasis:names:tc:SAML:1.0:";
/// For hostile inputs of 8 MB in a build without optimisation, on a busy machine.
const BOUND: Duration = Duration::from_secs(60);

pub(crate) fn reference_with(uri: &str, transforms: &[&str], digest_method: &str, digest: &[u8]) -> String {
    let transforms: String = transforms
        .iter()
        .map(|transform| format!("<ds:Transform Algorithm=\"{transform}\"></ds:Transform>"))
        .collect();
    format!(
        "<ds:Reference URI=\"{uri}\"><ds:Transforms>{transforms}</ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{digest_method}\"></ds:DigestMethod>\
         <ds:DigestValue>{}</ds:DigestValue></ds:Reference>",
        STANDARD.encode(digest)
    )
}

pub(crate) fn reference(uri: &str, canonical: &str) -> String {
    reference_with(uri, &[EXCLUSIVE], SHA256, &sha256(canonical.as_bytes()))
}

/// A signature whose value is right for whatever SignedInfo holds; SignedInfo is written canonically.
fn signature_by(canonicalization: &str, algorithm: &str, references: &str) -> String {
    signature_of(&ECDSA.identity("applicant"), canonicalization, algorithm, references)
}

/// The same by any ECDSA key.
pub(crate) fn signature_of(
    identity: &Identity,
    canonicalization: &str,
    algorithm: &str,
    references: &str,
) -> String {
    let signed_info = format!(
        "<ds:SignedInfo xmlns:ds=\"{DSIG}\"><ds:CanonicalizationMethod Algorithm=\"{canonicalization}\">\
         </ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"{algorithm}\"></ds:SignatureMethod>\
         {references}</ds:SignedInfo>"
    );
    let value = identity
        .key
        .sign(
            &identity.key.signature_algorithm(DigestAlgorithm::Sha256),
            EcdsaForm::Concatenated,
            signed_info.as_bytes(),
        )
        .expect("a value");
    format!(
        "<ds:Signature xmlns:ds=\"{DSIG}\">{signed_info}<ds:SignatureValue>{}</ds:SignatureValue><ds:KeyInfo>\
         <ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>",
        STANDARD.encode(value),
        STANDARD.encode(&identity.certificate_der)
    )
}

pub(crate) fn signature(references: &str) -> String {
    signature_by(EXCLUSIVE, ECDSA_SHA256, references)
}

#[test]
fn a_signature_within_the_object_of_another_has_its_own_verdict() {
    let object =
        |id: &str, content: &str| format!("<ds:Object xmlns:ds=\"{DSIG}\" Id=\"{id}\">{content}</ds:Object>");
    let enveloping = |id: &str, content: &str| {
        let object = object(id, content);
        let signature = signature(&reference(&format!("#{id}"), &object));
        signature.replace("</ds:Signature>", &format!("{object}</ds:Signature>"))
    };
    let inner = enveloping("inner", "<x></x>");
    // Canonical form: the namespace is declared on the outer Object already.
    let canonical = inner.replace(&format!(" xmlns:ds=\"{DSIG}\""), "");
    let outer = signature(&reference("#outer", &object("outer", &canonical)));
    let document = outer.replace("</ds:Signature>", &format!("{}</ds:Signature>", object("outer", &inner)));
    assert_eq!(judge(document.as_bytes()), (Some(Indication::TotalPassed), vec![]));
    let changed = document.replace("<x></x>", "<y></y>");
    assert_eq!(judge(changed.as_bytes()).0, Some(Indication::TotalFailed));
    // The outer one may not carry what the inner one signs somewhere else.
    let moved = document.replace("<x></x>", "").replace("Id=\"outer\">", "Id=\"outer\"><x></x>");
    assert_eq!(judge(moved.as_bytes()).0, Some(Indication::TotalFailed));
}

/// The indication and every code that speaks against the document.
fn judge(document: &[u8]) -> (Option<Indication>, Vec<&'static str>) {
    match ECDSA.checker().verify(document, now()) {
        Err(refusal) => (None, vec![refusal.code]),
        Ok(report) => (
            Some(report.indication),
            report
                .signatures
                .iter()
                .flat_map(|signature| &signature.findings)
                .filter(|finding| finding.sub_indication.is_some())
                .map(|finding| finding.code.name())
                .collect(),
        ),
    }
}

fn assert_passes(document: &str) {
    assert_eq!(judge(document.as_bytes()), (Some(Indication::TotalPassed), vec![]), "{document}");
}

fn assert_refused(document: impl AsRef<[u8]>, code: &str) {
    let (indication, codes) = judge(document.as_ref());
    let text = String::from_utf8_lossy(document.as_ref());
    let text: String = text.chars().take(3000).collect();
    assert_ne!(indication, Some(Indication::TotalPassed), "{text}");
    assert!(codes.contains(&code), "{code} expected, {codes:?} found: {text}");
}

const ITEM: &str = "<item Id=\"a\"><sum>100</sum></item>";

#[test]
fn a_signed_element_moved_away_does_not_pass_for_the_one_in_its_place() {
    let signature = signature(&reference("#a", ITEM));
    assert_passes(&format!("<doc>{ITEM}{signature}</doc>"));
    let forged = "<item Id=\"b\"><sum>999</sum></item>";
    let object = |inner: &str| {
        signature.replace("</ds:Signature>", &format!("<ds:Object>{inner}</ds:Object></ds:Signature>"))
    };
    let unsigned_signature =
        format!("<ds:Signature xmlns:ds=\"{DSIG}\"><ds:Object>{ITEM}</ds:Object></ds:Signature>");
    for (document, code) in [
        (format!("<doc><w>{ITEM}</w>{forged}{signature}</doc>"), "UNSIGNED_TWIN"),
        (format!("<doc>{forged}{signature}<w>{ITEM}</w></doc>"), "UNSIGNED_TWIN"),
        (format!("<doc>{forged}{}</doc>", object(ITEM)), "SIGNATURE_WRAPPED"),
        (format!("<doc>{forged}{}</doc>", object(&format!("<w>{ITEM}</w>"))), "SIGNATURE_WRAPPED"),
        (format!("<doc>{forged}{signature}{unsigned_signature}</doc>"), "SIGNATURE_WRAPPED"),
        (format!("<item Id=\"b\"><sum>999</sum>{ITEM}{signature}</item>"), "UNSIGNED_TWIN"),
        (format!("<doc>{ITEM}<x:item xmlns:x=\"urn:x\" Id=\"b\"/>{signature}</doc>"), "UNSIGNED_TWIN"),
        (format!("<doc>{}{signature}</doc>", ITEM.replace("100", "999")), "DIGEST_MISMATCH"),
        (format!("<doc>{forged}{signature}</doc>"), "REFERENCE_NOT_FOUND"),
    ] {
        assert_refused(document, code);
    }
}

#[test]
fn an_enveloped_signature_stands_in_what_it_signs_or_beside_it() {
    let transforms = [&*format!("{DSIG}enveloped-signature"), EXCLUSIVE];
    let signature = signature(&reference_with("#a", &transforms, SHA256, &sha256(ITEM.as_bytes())));
    assert_passes(&format!("<doc>{}</doc>", ITEM.replace("</item>", &format!("{signature}</item>"))));
    // National invoices have it beside what it signs, where the transform takes nothing away.
    assert_passes(&format!("<doc>{ITEM}{signature}</doc>"));
    assert_passes(&format!("<doc>{signature}{ITEM}</doc>"));
    let report = ECDSA.checker().verify(format!("<doc>{ITEM}{signature}{signature}</doc>").as_bytes(), now());
    let report = report.expect("a report");
    assert_eq!(report.indication, Indication::TotalPassed);
    let left_out = |code: &str| code == "LATER_SIGNATURES_EXCLUDED";
    assert!(
        report.signatures.iter().flat_map(|own| &own.findings).all(|finding| !left_out(finding.code.name()))
    );
    let forged = "<item><sum>999</sum></item>";
    assert_refused(format!("<doc>{forged}<w>{ITEM}</w>{signature}</doc>"), "UNSIGNED_TWIN");
    assert_refused(format!("<doc>{forged}{signature}<w>{ITEM}</w></doc>"), "UNSIGNED_TWIN");
    assert_refused(format!("<item>{ITEM}{signature}<sum>999</sum></item>"), "UNSIGNED_TWIN");
    // In the signature nothing would be left of it.
    let object = format!("<ds:Object>{ITEM}</ds:Object></ds:Signature>");
    let within = signature.replace("</ds:Signature>", &object);
    assert_refused(format!("<doc>{within}</doc>"), "SIGNATURE_WRAPPED");
    let elsewhere = format!("<ds:Signature xmlns:ds=\"{DSIG}\"><ds:Object>{ITEM}</ds:Object></ds:Signature>");
    assert_refused(format!("<doc>{elsewhere}{signature}</doc>"), "SIGNATURE_WRAPPED");
}

#[test]
fn an_identifier_is_unique_whatever_attribute_it_is_in() {
    let signature = signature(&reference("#a", ITEM));
    for twin in [
        "<other Id=\"a\"/>".to_owned(),
        "<other ID=\"a\"/>".to_owned(),
        "<other id='a'></other>".to_owned(),
        "<other xml:id=\"a\"/>".to_owned(),
        "<other xml:id=\" a \"/>".to_owned(),
        "<other xml:id=\"\ta&#32;\"/>".to_owned(),
        "<other Id=\"&#97;\"/>".to_owned(),
        format!("<other xmlns:u=\"{WSU}\" u:Id=\"a\"/>"),
        format!("<s:Assertion xmlns:s=\"{SAML}assertion\" AssertionID=\"a\"/>"),
        format!("<s:Request xmlns:s=\"{SAML}protocol\" RequestID=\"a\"/>"),
        format!("<Response xmlns=\"{SAML}protocol\" ResponseID=\"a\"/>"),
    ] {
        assert_refused(format!("<doc>{twin}{ITEM}{signature}</doc>"), "DUPLICATE_IDENTIFIER");
        assert_refused(format!("<doc>{ITEM}{signature}{twin}</doc>"), "DUPLICATE_IDENTIFIER");
    }
    assert_passes(&format!("<doc>{ITEM}<other Ident=\"a\" u:Id=\"a\" xmlns:u=\"urn:u\"/>{signature}</doc>"));
    // These name nothing but what SAML 1.x has.
    for other in [
        "<Assertion AssertionID=\"a\"/>".to_owned(),
        "<Assertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\" AssertionID=\"a\"/>".to_owned(),
        format!("<s:Response xmlns:s=\"{SAML}protocol\" s:ResponseID=\"a\" InResponseTo=\"a\"/>"),
    ] {
        assert_passes(&format!("<doc>{ITEM}{other}{signature}</doc>"));
    }
}

#[test]
fn an_assertion_and_a_message_of_saml_1_are_signed_by_their_identifiers() {
    for (kind, name, attribute) in [
        ("assertion", "Assertion", "AssertionID"),
        ("protocol", "Request", "RequestID"),
        ("protocol", "Response", "ResponseID"),
    ] {
        let part = |text: &str| {
            format!("<s:{name} xmlns:s=\"{SAML}{kind}\" {attribute}=\"_1\"><s:x>{text}</s:x></s:{name}>")
        };
        let signature = signature(&reference("#_1", &part("1")));
        assert_passes(&format!("<doc>{}{signature}</doc>", part("1")));
        assert_refused(format!("<doc>{}{signature}</doc>", part("2")), "DIGEST_MISMATCH");
        assert_refused(format!("<doc>{}{}{signature}</doc>", part("1"), part("1")), "DUPLICATE_IDENTIFIER");
    }
}

#[test]
fn the_body_of_an_envelope_is_where_soap_has_it() {
    let body = "<e:Body Id=\"body\"><sum>100</sum></e:Body>";
    let canonical = format!("<e:Body xmlns:e=\"{SOAP}\" Id=\"body\"><sum>100</sum></e:Body>");
    let signature = signature(&reference("#body", &canonical));
    let envelope = |header: &str, body: &str| {
        format!("<e:Envelope xmlns:e=\"{SOAP}\"><e:Header>{header}</e:Header>{body}</e:Envelope>")
    };
    assert_passes(&envelope(&signature, body));
    let forged = "<e:Body Id=\"x\"><sum>999</sum></e:Body>";
    assert_refused(envelope(&format!("{signature}{body}"), forged), "SIGNATURE_WRAPPED");
    assert_refused(envelope(&format!("{signature}<w>{body}</w>"), forged), "SIGNATURE_WRAPPED");
    assert_refused(envelope(&signature, &format!("<w>{body}</w>{forged}")), "SIGNATURE_WRAPPED");
    assert_refused(envelope(&signature, &format!("{forged}{body}")), "UNSIGNED_TWIN");
    assert_refused(envelope(&signature, &format!("{body}{body}")), "DUPLICATE_IDENTIFIER");
}

#[test]
fn a_reference_leads_nowhere_but_into_the_document() {
    let digest = sha256(ITEM.as_bytes());
    let with = |uri: &str, transforms: &[&str], method: &str| {
        format!("<doc>{ITEM}{}</doc>", signature(&reference_with(uri, transforms, method, &digest)))
    };
    let enveloped = format!("{DSIG}enveloped-signature");
    for (document, code) in [
        (with("http://localhost/item.xml", &[EXCLUSIVE], SHA256), "REFERENCE_EXTERNAL"),
        (with("file:///etc/passwd", &[EXCLUSIVE], SHA256), "REFERENCE_EXTERNAL"),
        (with("item.xml#a", &[EXCLUSIVE], SHA256), "REFERENCE_EXTERNAL"),
        (with("cid:item", &[EXCLUSIVE], SHA256), "REFERENCE_EXTERNAL"),
        (with("#xpointer(/)", &[EXCLUSIVE], SHA256), "DIGEST_MISMATCH"),
        (with("#xpointer(id('b'))", &[EXCLUSIVE], SHA256), "REFERENCE_NOT_FOUND"),
        (with("#xpointer(id(a))", &[EXCLUSIVE], SHA256), "TRANSFORM_UNSUPPORTED"),
        (with("#xpointer(//item)", &[EXCLUSIVE], SHA256), "TRANSFORM_UNSUPPORTED"),
        (with("#", &[EXCLUSIVE], SHA256), "TRANSFORM_UNSUPPORTED"),
        (with("#a", &["http://www.w3.org/TR/1999/REC-xslt-19991116"], SHA256), "TRANSFORM_UNSUPPORTED"),
        (with("#a", &["http://www.w3.org/TR/1999/REC-xpath-19991116"], SHA256), "SIGNATURE_MALFORMED"),
        (with("#a", &["http://www.w3.org/2002/06/xmldsig-filter2"], SHA256), "SIGNATURE_MALFORMED"),
        (with("#a", &[&format!("{DSIG}base64")], SHA256), "SIGNATURE_MALFORMED"),
        (with("#a", &[EXCLUSIVE, &enveloped], SHA256), "TRANSFORM_UNSUPPORTED"),
        (with("#a", &[&format!(" {EXCLUSIVE}")], SHA256), "TRANSFORM_UNSUPPORTED"),
        (with("#a", &[&EXCLUSIVE.to_uppercase()], SHA256), "TRANSFORM_UNSUPPORTED"),
        (with("#a", &[EXCLUSIVE], &format!("{SHA256} ")), "DIGEST_ALGORITHM_UNSUPPORTED"),
        (with("#a", &[EXCLUSIVE], &SHA256.replace("sha", "SHA")), "DIGEST_ALGORITHM_UNSUPPORTED"),
        (
            with("#a", &[EXCLUSIVE], "http://www.w3.org/2007/05/xmldsig-more#whirlpool"),
            "DIGEST_ALGORITHM_UNSUPPORTED",
        ),
        (with("#a", &[EXCLUSIVE], "http://www.w3.org/2001/04/xmldsig-more#md5"), "ALGORITHM_WEAK"),
        (with("#A", &[EXCLUSIVE], SHA256), "REFERENCE_NOT_FOUND"),
    ] {
        assert_refused(document, code);
    }
    let right = reference("#a", ITEM);
    assert_refused(
        format!("<doc>{ITEM}{}</doc>", signature(&right.replace(" URI=\"#a\"", ""))),
        "REFERENCE_EXTERNAL",
    );
    assert_refused(format!("<doc>{ITEM}{}</doc>", signature("")), "REFERENCE_MISSING");
    assert_refused(format!("<doc>{ITEM}{}</doc>", signature(&right.repeat(101))), "XML_LIMIT");
    assert_passes(&format!("<doc>{ITEM}{}</doc>", signature(&right.repeat(100))));
}

#[test]
fn an_algorithm_is_named_exactly() {
    let right = reference("#a", ITEM);
    let ecdsa = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    for (canonicalization, algorithm, code) in [
        (EXCLUSIVE, &*format!(" {ecdsa}"), "SIGNATURE_ALGORITHM_UNSUPPORTED"),
        (EXCLUSIVE, &format!("{ecdsa} "), "SIGNATURE_ALGORITHM_UNSUPPORTED"),
        (EXCLUSIVE, &ecdsa.to_uppercase(), "SIGNATURE_ALGORITHM_UNSUPPORTED"),
        (EXCLUSIVE, "", "SIGNATURE_ALGORITHM_UNSUPPORTED"),
        // No certificate's key is the secret of an HMAC.
        (EXCLUSIVE, "http://www.w3.org/2000/09/xmldsig#hmac-sha1", "HMAC_KEY_MISSING"),
        (EXCLUSIVE, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "KEY_TYPE_MISMATCH"),
        ("http://www.w3.org/2001/10/XML-exc-c14n#", ecdsa, "CANONICALIZATION_UNSUPPORTED"),
        ("http://www.w3.org/2001/10/xml-exc-c14n# ", ecdsa, "CANONICALIZATION_UNSUPPORTED"),
        ("http://www.w3.org/2001/10/xml-exc-c14n", ecdsa, "CANONICALIZATION_UNSUPPORTED"),
        ("", ecdsa, "CANONICALIZATION_UNSUPPORTED"),
    ] {
        assert_refused(
            format!("<doc>{ITEM}{}</doc>", signature_by(canonicalization, algorithm, &right)),
            code,
        );
    }
}

#[test]
fn a_signature_has_one_of_everything_and_no_comments() {
    let right = signature(&reference("#a", ITEM));
    let document = |from: &str, to: &str| {
        assert!(right.contains(from), "{from}");
        format!("<doc>{ITEM}{}</doc>", right.replacen(from, to, 1))
    };
    let part = |name: &str| {
        let start = right.find(&format!("<ds:{name}")).expect("the part");
        let end = right.find(&format!("</ds:{name}>")).expect("the part") + name.len() + 6;
        right[start..end].to_owned()
    };
    let (info, value) = (part("SignedInfo"), part("SignatureValue"));
    for (document, code) in [
        (document(&info, &info.repeat(2)), "SIGNED_INFO_NOT_UNIQUE"),
        (document(&info, ""), "SIGNED_INFO_NOT_UNIQUE"),
        (document(&value, &value.repeat(2)), "SIGNATURE_MALFORMED"),
        (document(&value, ""), "SIGNATURE_MALFORMED"),
        (document(&format!("{info}{value}"), &format!("{value}{info}")), "SIGNATURE_MALFORMED"),
        (document(&info, &format!("<x/>{info}")), "SIGNATURE_MALFORMED"),
        (document(&part("KeyInfo"), ""), "SIGNING_CERTIFICATE_NOT_FOUND"),
        (document("<ds:DigestValue>", "<ds:DigestValue><!-- -->"), "COMMENT_IN_SIGNATURE"),
        (document("<ds:DigestValue>", "<ds:DigestValue><?pi?>"), "COMMENT_IN_SIGNATURE"),
        (document("<ds:SignatureValue>", "<ds:SignatureValue><!-- -->"), "COMMENT_IN_SIGNATURE"),
        (document("<ds:Reference", "<!-- --><ds:Reference"), "COMMENT_IN_SIGNATURE"),
        (document("<ds:SignatureValue>", "<ds:SignatureValue>*"), "SIGNATURE_MALFORMED"),
        (document("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"), "SIGNATURE_MISMATCH"),
        (document("<ds:DigestValue>", "<ds:DigestValue>AAAA"), "DIGEST_MISMATCH"),
        (document(&part("DigestValue"), ""), "SIGNATURE_MALFORMED"),
    ] {
        assert_refused(document, code);
    }
    assert_refused(format!("<doc>{ITEM}{}</doc>", right.repeat(101)), "XML_LIMIT");
    assert_passes(&format!("<doc>{ITEM}{}</doc>", right.repeat(100)));
}

#[test]
fn what_is_not_well_formed_is_not_judged() {
    let body = format!("{ITEM}{}", signature(&reference("#a", ITEM)));
    let document = format!("<doc>{body}</doc>");
    let nested =
        |depth: usize| format!("<doc>{}{}{body}</doc>", "<n>".repeat(depth - 1), "</n>".repeat(depth - 1));
    let attributes = |count: usize| {
        let list: String = (0..count).map(|at| format!(" a{at}=''")).collect();
        format!("<doc{list}>{body}</doc>")
    };
    let namespaces = |count: usize| {
        let list: String = (0..count).map(|at| format!(" xmlns:p{at}='urn:{at}'")).collect();
        format!("<doc{list}>{body}</doc>")
    };
    assert_passes(&nested(256));
    assert_passes(&attributes(1000));
    assert_passes(&namespaces(250));
    let inside = |text: &str| format!("<doc>{text}{body}</doc>");
    for (document, code) in [
        (String::new(), "FORMAT_UNSUPPORTED"),
        ("   ".to_owned(), "FORMAT_UNSUPPORTED"),
        ("text".to_owned(), "FORMAT_UNSUPPORTED"),
        ("<doc/>".to_owned(), "NO_SIGNATURE"),
        (format!("<!DOCTYPE doc>{document}"), "XML_DOCTYPE"),
        (format!("<!DOCTYPE doc [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>{document}"), "XML_DOCTYPE"),
        (format!("<!DOCTYPE doc [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]>{document}"), "XML_DOCTYPE"),
        (inside("<!DOCTYPE doc>"), "XML_DOCTYPE"),
        (inside("&nbsp;"), "XML_ENTITY"),
        (inside("<a b='&x;'/>"), "XML_ENTITY"),
        (nested(257), "XML_LIMIT"),
        (attributes(1001), "XML_LIMIT"),
        (namespaces(300), "XML_LIMIT"),
        (format!("<doc>{body}"), "XML_MALFORMED"),
        (format!("<doc>{body}</dok>"), "XML_MALFORMED"),
        (format!("{document}<doc/>"), "XML_MALFORMED"),
        (format!("{document}{document}"), "XML_MALFORMED"),
        (format!("{document}text"), "XML_MALFORMED"),
        (format!("{document}&amp;"), "XML_MALFORMED"),
        (format!("{document}<![CDATA[]]>"), "XML_MALFORMED"),
        (format!("{document}</doc>"), "XML_MALFORMED"),
        (format!("<?xml version='1.0'?>text{document}"), "XML_MALFORMED"),
        (format!(" <?xml version='1.0'?>{document}"), "XML_MALFORMED"),
        (format!("<!-- --><?xml version='1.0'?>{document}"), "XML_MALFORMED"),
        (format!("<?xml version='1.1'?>{document}"), "XML_MALFORMED"),
        (format!("<?xml encoding='UTF-8'?>{document}"), "XML_MALFORMED"),
        (format!("<?xml encoding='UTF-8' version='1.0'?>{document}"), "XML_MALFORMED"),
        (format!("<?xml?>{document}"), "XML_MALFORMED"),
        (format!("<?xml version='1.0' encoding='UTF-16'?>{document}"), "XML_ENCODING"),
        (format!("<?xml version='1.0' encoding='windows-1252'?>{document}"), "XML_ENCODING"),
        (inside("<?xml version='1.0'?>"), "XML_MALFORMED"),
        (inside("<?XML a?>"), "XML_MALFORMED"),
        (inside("<??>"), "XML_MALFORMED"),
        (inside("<p:a/>"), "XML_MALFORMED"),
        (inside("<a p:b=''/>"), "XML_MALFORMED"),
        (inside("<a xmlns:p=''/>"), "XML_MALFORMED"),
        (inside("<a xmlns:xmlns='urn:x'/>"), "XML_MALFORMED"),
        (inside("<a xmlns:xml='urn:x'/>"), "XML_MALFORMED"),
        (inside("<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>"), "XML_MALFORMED"),
        (inside("<a b='1' b='2'/>"), "XML_MALFORMED"),
        (inside("<a xmlns:p='urn:x' xmlns:q='urn:x' p:b='1' q:b='2'/>"), "XML_MALFORMED"),
        (inside("<a xmlns='urn:x' xmlns='urn:y'/>"), "XML_MALFORMED"),
        (inside("<a b='1'c='2'/>"), "XML_MALFORMED"),
        (inside("<a b=1/>"), "XML_MALFORMED"),
        (inside("<a b/>"), "XML_MALFORMED"),
        (inside("<a b='<'/>"), "XML_MALFORMED"),
        (inside("<a b='&amp'/>"), "XML_MALFORMED"),
        (inside("<a/ >"), "XML_MALFORMED"),
        (inside("< a/>"), "XML_MALFORMED"),
        (inside("<a></a b=''>"), "XML_MALFORMED"),
        (inside("<a></ a>"), "XML_MALFORMED"),
        (inside("<1/>"), "XML_MALFORMED"),
        (inside("<a:b:c/>"), "XML_MALFORMED"),
        (inside("<:a/>"), "XML_MALFORMED"),
        (inside("\u{1}"), "XML_MALFORMED"),
        (inside("\u{0}"), "XML_MALFORMED"),
        (inside("\u{FFFE}"), "XML_MALFORMED"),
        (inside("<a b='\u{B}'/>"), "XML_MALFORMED"),
        (inside("<!--\u{8}-->"), "XML_MALFORMED"),
        (inside("<?a \u{8}?>"), "XML_MALFORMED"),
        (inside("<![CDATA[\u{8}]]>"), "XML_MALFORMED"),
        (inside("&#0;"), "XML_MALFORMED"),
        (inside("&#xD800;"), "XML_MALFORMED"),
        (inside("&#x110000;"), "XML_MALFORMED"),
        (inside("&#X41;"), "XML_MALFORMED"),
        (inside("&#;"), "XML_MALFORMED"),
        (inside("& "), "XML_MALFORMED"),
        (inside("]]>"), "XML_MALFORMED"),
        (inside("]]]>"), "XML_MALFORMED"),
        (inside("<!-- -- -->"), "XML_MALFORMED"),
        (inside("<!-- --->"), "XML_MALFORMED"),
        (inside("<!-->"), "XML_MALFORMED"),
        (inside("<![CDATA["), "XML_MALFORMED"),
        (inside("<!ELEMENT a ANY>"), "XML_MALFORMED"),
        (inside("<"), "XML_MALFORMED"),
        (inside("<>"), "XML_MALFORMED"),
    ] {
        assert_refused(document, code);
    }
    let utf16 = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(0xFEFF).chain(document.encode_utf16()).flat_map(order).collect()
    };
    assert_eq!(judge(&utf16(u16::to_le_bytes)), (Some(Indication::TotalPassed), vec![]));
    assert_eq!(judge(&utf16(u16::to_be_bytes)), (Some(Indication::TotalPassed), vec![]));
    for octets in [&[0xFF_u8][..], &[0xC0, 0x80], &[0xED, 0xA0, 0x80], &[0xD3]] {
        let document = [b"<doc>", octets, body.as_bytes(), b"</doc>"].concat();
        assert_refused(document, "XML_MALFORMED");
    }
}

#[test]
fn no_flipped_bit_passes_unless_what_is_signed_stays_the_same() {
    let source = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c --><өтініш xmlns=\"urn:test\" xmlns:p=\"urn:p\" \
         Id=\"doc\">\r\n<аты p:b='2' a=\" x\ty \">Әсет &amp; &lt;Ғани&gt; &#13;</аты><b/><![CDATA[<1>]]><?pi \
         data?></өтініш>\n";
    for (pki, step) in [(&*ECDSA, 1), (&*RSA, 2)] {
        let profile = Profile { reference_id: Some("doc".to_owned()), ..Profile::default() };
        let signed = sign_xml(source.as_bytes(), &pki.identity("applicant"), &profile, &Limits::default())
            .expect("signed");
        let checker = pki.checker();
        let report = checker.verify(&signed, now()).expect("a report");
        assert_eq!(report.indication, Indication::TotalPassed);
        let digest = &report.signatures[0].signed_content[0].sha256;
        let text = String::from_utf8(signed.clone()).expect("UTF-8");
        let span = |from: &str, to: &str| {
            let start = text.find(from).expect("the start") + from.len();
            start..start + text[start..].find(to).expect("the end")
        };
        // Octets of which each counts, whatever becomes of it.
        let counting = [
            span("<ds:DigestValue>", "</"),
            span("<ds:SignatureValue>", "</"),
            span("<аты p:b='2' a=\"", "\""),
            span("y \">", " &amp"),
            span("<![CDATA[", "]]"),
            span("<?pi ", "?>"),
            span("xmlns:p=\"", "\""),
        ];
        let mut passed = 0_usize;
        for at in (0..signed.len()).step_by(step) {
            let mut mutated = signed.clone();
            mutated[at] ^= 1 << (at * 7 % 8);
            let Ok(report) = checker.verify(&mutated, now()) else { continue };
            if report.indication != Indication::TotalPassed {
                continue;
            }
            passed += 1;
            let context = || format!("octet {at}: {}", String::from_utf8_lossy(&mutated));
            let content = &report.signatures[0].signed_content;
            assert_eq!(content.len(), 1, "{}", context());
            assert_eq!(&content[0].sha256, digest, "{}", context());
            let white = |octet: u8| matches!(octet, b' ' | b'\t' | b'\r' | b'\n');
            let was_space = white(signed[at]) && white(mutated[at]);
            assert!(was_space || !counting.iter().any(|span| span.contains(&at)), "{}", context());
        }
        assert!(passed < signed.len() / step / 10, "{passed} of {} passed", signed.len() / step);
    }
}

/// Judges a large document and holds the time against the bound.
fn timed(what: &str, document: &str) -> (Option<Indication>, Vec<&'static str>) {
    let start = Instant::now();
    let judged = judge(document.as_bytes());
    let took = start.elapsed();
    println!("{what}: {} octets, {took:?}, {:?}", document.len(), judged.0);
    assert!(took < BOUND, "{what} took {took:?}");
    judged
}

const LARGE: usize = 8 << 20;

#[test]
fn large_inputs_do_not_take_long_to_read() {
    let right = format!("{ITEM}{}", signature(&reference("#a", ITEM)));
    let passes = |what: &str, document: &str| {
        assert_eq!(timed(what, document), (Some(Indication::TotalPassed), vec![]), "{what}");
    };
    passes("one attribute", &format!("<doc><b c='{}'/>{right}</doc>", "x".repeat(LARGE)));
    passes("attribute of references", &format!("<doc><b c='{}'/>{right}</doc>", "&#9;".repeat(LARGE / 4)));
    passes("text", &format!("<doc>{}{right}</doc>", "мәтін ".repeat(LARGE / 11)));
    passes("text of references", &format!("<doc>{}{right}</doc>", "&amp;".repeat(LARGE / 5)));
    let identified: String = (0..60_000).map(|at| format!("<i Id='i{at}'/>")).collect();
    passes("identified elements", &format!("<doc>{identified}{right}</doc>"));
    let declarations: String = (0..250).map(|at| format!(" xmlns:p{at}='urn:{at}'")).collect();
    passes("namespaces", &format!("<doc{declarations}>{}{right}</doc>", "<a/>".repeat(200_000)));
    let deep = format!("{}{}", "<n>".repeat(250), "</n>".repeat(250));
    passes("nesting", &format!("<doc>{}{right}</doc>", deep.repeat(LARGE / 8 / deep.len())));
}

#[test]
fn names_do_not_multiply_the_time() {
    let right = format!("{ITEM}{}", signature(&reference("#a", ITEM)));
    let names: String = (0..100_000).map(|at| format!("<n{at}/>")).collect();
    timed("distinct names", &format!("<doc>{names}{right}</doc>"));
    let long = "n".repeat(500_000);
    timed("a long name", &format!("<doc><{long}>{}</{long}>{right}</doc>", "<a/>".repeat(60_000)));
    let same = "<i Id='a'/>".repeat(60_000);
    assert!(
        timed("one identifier", &format!("<doc>{same}{right}</doc>")).1.contains(&"DUPLICATE_IDENTIFIER")
    );
}

#[test]
fn an_unclosed_document_is_refused_in_time() {
    for (what, piece) in [
        ("tags", "<a>"),
        ("comments", "<!--"),
        ("instructions", "<?"),
        ("sections", "<![CDATA["),
        ("signs", "<"),
        ("references", "&"),
    ] {
        let document = format!("<doc>{}", piece.repeat(LARGE / piece.len()));
        assert_eq!(timed(what, &document).0, None, "{what}");
    }
}

#[test]
fn a_list_of_prefixes_does_not_multiply_the_time() {
    let declarations: String = (0..250).map(|at| format!(" xmlns:p{at}='urn:{at}'")).collect();
    let prefixes: String = (0..50_000).map(|at| format!("q{at} ")).collect();
    let transform = format!(
        "<ds:Transform Algorithm=\"{EXCLUSIVE}\"><InclusiveNamespaces xmlns=\"{EXCLUSIVE}\" PrefixList=\"{prefixes}\"/>\
         </ds:Transform>"
    );
    let reference = reference("", "").replace(
        &format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\"></ds:Transform>"),
        &format!("<ds:Transform Algorithm=\"{DSIG}enveloped-signature\"/>{transform}"),
    );
    let document = format!("<doc{declarations}>{}{}</doc>", "<a/>".repeat(50_000), signature(&reference));
    assert!(timed("prefixes", &document).1.contains(&"DIGEST_MISMATCH"));
}

#[test]
fn many_signatures_of_a_large_content_do_not_take_long() {
    let content = format!("<item Id=\"a\">{}</item>", "мәтін <b>1</b> ".replace(' ', "").repeat(6_000));
    let signature = signature(&reference("#a", &content));
    let document = format!("<doc>{content}{}</doc>", signature.repeat(100));
    assert_eq!(timed("signatures", &document), (Some(Indication::TotalPassed), vec![]));
}

#[test]
fn elements_within_elements_of_one_name_do_not_take_long() {
    let chosen = "<a></a>".repeat(40_000);
    let filter = "http://www.w3.org/2002/06/xmldsig-filter2";
    let choice = format!("<f:XPath xmlns:f=\"{filter}\" Filter=\"intersect\">//b/a</f:XPath>");
    let signatures = signature(&by_xpath(filter, &choice, &chosen)).repeat(5);
    let around = |name: &str| {
        let (before, after) = (format!("<{name}>").repeat(200), format!("</{name}>").repeat(200));
        format!("<{name}>{before}<b>{chosen}</b>{after}{signatures}</{name}>")
    };
    // Of their own name, and of that of the root.
    for name in ["a", "doc"] {
        let (indication, codes) = timed(name, &around(name));
        assert_ne!(indication, Some(Indication::TotalPassed));
        assert!(codes.contains(&"UNSIGNED_TWIN"), "{codes:?}");
    }
}

#[test]
fn references_may_not_ask_for_unbounded_digests() {
    let content = format!("<item Id=\"a\">{}</item>", "x".repeat(1 << 20));
    let signature = signature(&reference("#a", &content).repeat(100));
    let (indication, codes) = timed("references", &format!("<doc>{content}{signature}</doc>"));
    // What was not computed is unknown, not wrong.
    assert_eq!(indication, Some(Indication::Indeterminate));
    assert!(codes.iter().all(|code| *code == "XML_LIMIT") && !codes.is_empty(), "{codes:?}");
}

#[test]
fn an_object_in_the_signature_is_listed_as_not_covered() {
    let signature = signature(&reference("#a", ITEM))
        .replace("</ds:Signature>", "<ds:Object><forged/></ds:Object></ds:Signature>");
    assert!(signature.contains("forged"));
    let document = format!("<doc>{ITEM}{signature}</doc>");
    let report = ECDSA.checker().verify(document.as_bytes(), now()).expect("a report");
    let paths: Vec<_> =
        report.signatures[0].unsigned_content.iter().map(|part| part.xpath.as_str()).collect();
    assert_eq!(paths, ["/doc/ds:Signature[1]/ds:Object[1]"]);
}

#[test]
fn what_is_not_covered_is_listed_after_what_is() {
    let signature = signature(&reference("#a", ITEM));
    let document = format!("<doc><x/>{ITEM}&amp;<y>&#65;</y>{signature}&lt;<z/></doc>");
    let report = ECDSA.checker().verify(document.as_bytes(), now()).expect("a report");
    assert_eq!(report.indication, Indication::TotalPassed);
    let paths: Vec<_> =
        report.signatures[0].unsigned_content.iter().map(|part| part.xpath.as_str()).collect();
    assert_eq!(paths, ["/doc/text()", "/doc/x[1]", "/doc/y[1]", "/doc/z[1]"]);
}

#[test]
fn a_reader_finds_what_stands_where_it_stands() {
    for text in [
        "<a><b\n Id='x'\n/></a>",
        "<a><b Id='x' c='>' d=\"/>\"/></a>",
        "<a><b Id='x'></b\r\n ></a>",
        "<a><?pi >?> x?><b Id='x'><!-- <b> --><![CDATA[</b>]]></b></a>",
        "\u{FEFF}<?xml version='1.0'?>\n<a>Ғ<b Id='x' xmlns='urn:x'/>Ә</a>",
        "<a>&amp;&#10;<b Id='x'>&lt;</b>&gt;</a>",
    ] {
        let document = Document::read(text.as_bytes(), &Limits::default(), &[]).expect("a document");
        let qoltanba::xml::Identified::One(element) = document.identified("x") else { panic!("{text}") };
        let element = &element;
        let span = &document.text().expect("text")[element.start..element.end];
        assert!(span.starts_with("<b") && span.ends_with('>'), "{span}");
        let rest = &document.text().expect("text")[element.end..];
        assert!(!rest.contains("</b"), "{rest}");
    }
}
