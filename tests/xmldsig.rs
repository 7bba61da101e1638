//! Every form of reference, transform and algorithm that an XML signature may have, and beside each the
//! document that must not pass.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qoltanba::crypto::{
    self, DigestAlgorithm, EcdsaForm, Identity, PssParameters, SignatureAlgorithm, sha256,
};
use qoltanba::service::reading::Source;
use qoltanba::service::verify::Checker;
use qoltanba::signature::{DetachedContent, Octets, Problem, xmldsig};
use qoltanba::validation::policy::settings::Scheme;
use qoltanba::validation::{Indication, Policy, Report, SubIndication};
use qoltanba::xml::c14n::{Apex, Canonicalization, canonicalize};
use qoltanba::xml::{Document, Limits, ReadAt};

use crate::common::{ECDSA, RSA, now, outcome};
use crate::hostile::{DSIG, EXCLUSIVE, SHA256, reference, reference_with, signature};
use crate::key_info::warned;

const INCLUSIVE_WITH_COMMENTS: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments";

pub(crate) const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";

pub(crate) const FILTER2: &str = "http://www.w3.org/2002/06/xmldsig-filter2";

pub(crate) fn verify(checker: &Checker, document: &str) -> Report {
    checker
        .verify(document.as_bytes(), now())
        .unwrap_or_else(|refusal| panic!("{}: {document}", refusal.code))
}

pub(crate) fn passes(document: &str) -> Report {
    let report = verify(&ECDSA.checker(), document);
    assert_eq!(outcome(&report), (None, vec![]), "{document}");
    report
}

pub(crate) fn fails(document: &str, sub_indication: SubIndication, code: &str) {
    let report = verify(&ECDSA.checker(), document);
    let (found, codes) = outcome(&report);
    assert_eq!(found, Some(sub_indication), "{codes:?} {document}");
    assert!(codes.contains(&code), "{code} expected, {codes:?} found");
}

pub(crate) fn with_checker(change: impl FnOnce(&mut Checker)) -> Checker {
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
    assert_eq!((content.covers, content.xpath.as_ref()), ("element", "/ds:Signature/ds:Object[1]"));
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
fn what_is_left_out_of_detached_octets_is_told() {
    let given = |content: &str| {
        with_checker(|checker| {
            let content = DetachedContent { uri: None, octets: content.as_bytes().to_vec() };
            checker.reading.detached.push(content);
        })
    };
    let by = |expression: &str, octets: &str| {
        signature(&xpath(expression, octets).replacen("URI=\"\"", "URI=\"t.xml\"", 1))
    };
    let pay = by("ancestor-or-self::pay", "<pay>100</pay>");
    let report = verify(&given("<t><pay>100</pay><to>Bob</to></t>"), &pay);
    assert_eq!(outcome(&report), (None, vec![]));
    let left = &report.signatures[0].unsigned_content;
    assert_eq!(
        left.iter().map(|part| (part.xpath.as_str(), part.bytes)).collect::<Vec<_>>(),
        [("t.xml", 12)]
    );
    let but_text = by("not(self::text()[parent::to])", "<t><pay>100</pay><to x=\"1\"></to></t>");
    let report = verify(&given("<t><pay>100</pay><to x=\"1\">Bob</to></t>"), &but_text);
    assert_eq!(outcome(&report), (None, vec![]));
    // The attribute beside the text is signed.
    assert_eq!(report.signatures[0].unsigned_content[0].bytes, 3);
    let all = by("true()", "<t><pay>100</pay></t>");
    let report = verify(&given("<t><pay>100</pay></t>"), &all);
    assert!(report.signatures[0].unsigned_content.is_empty(), "{report:?}");
    // A namesake that is not signed.
    let one = by("ancestor-or-self::pay[@Id='a']", "<pay Id=\"a\">100</pay>");
    let twin = verify(&given("<t><pay>999</pay><pay Id='a'>100</pay></t>"), &one);
    assert_eq!(outcome(&twin), (Some(SubIndication::SigConstraintsFailure), vec!["UNSIGNED_TWIN"]));
    // Nothing is chosen, so that the content may be anything.
    let nothing = verify(&given("<t><pay>999</pay></t>"), &by("self::nobody", ""));
    assert_eq!(outcome(&nothing).1, vec!["REFERENCE_EMPTY"]);
    // Content that is empty itself is signed as that.
    let bare = reference_with("t.xml", &[], SHA256, &sha256(b""));
    let bare = signature(&bare.replace("<ds:Transforms></ds:Transforms>", ""));
    assert_eq!(outcome(&verify(&given(""), &bare)), (None, vec![]));
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
    let around =
        reference_with("#o", &[&format!("{DSIG}enveloped-signature"), &base64], SHA256, &sha256(b"hello"));
    passes(&format!("<doc><o Id=\"o\">aGVsbG8={}</o></doc>", signature(&around)));
    fails(&object("aGVsbG9="), SubIndication::FormatFailure, "SIGNATURE_MALFORMED");
    fails(&object("aGVsbG8=="), SubIndication::FormatFailure, "SIGNATURE_MALFORMED");
    fails(&object("aGVsbG9v"), SubIndication::HashFailure, "DIGEST_MISMATCH");
}

/// A reference to the whole document by an XPath filter.
pub(crate) fn by_xpath(transform: &str, body: &str, octets: &str) -> String {
    let reference = reference_with("", &[transform, EXCLUSIVE], SHA256, &sha256(octets.as_bytes()));
    reference.replacen(
        &format!("Algorithm=\"{transform}\"></ds:Transform>"),
        &format!("Algorithm=\"{transform}\">{body}</ds:Transform>"),
        1,
    )
}

pub(crate) fn xpath(expression: &str, octets: &str) -> String {
    by_xpath(XPATH, &format!("<ds:XPath>{expression}</ds:XPath>"), octets)
}

fn exclusive(document: &str) -> String {
    let document = Document::read(document.as_bytes(), &Limits::default(), &[]).expect("a document");
    let mut out = Vec::new();
    canonicalize(&document, Apex::Document, &[], &Canonicalization::exclusive(), &mut out).expect("octets");
    String::from_utf8(out).expect("text")
}

/// What is listed of the second signature, which passes, as not covered.
fn left_of_second(document: &str) -> Vec<String> {
    let report = verify(&ECDSA.checker(), document);
    assert_eq!(report.signatures[1].indication, Indication::TotalPassed, "{report:?}");
    report.signatures[1].unsigned_content.iter().map(|part| part.xpath.clone()).collect()
}

#[test]
fn an_xpath_chooses_what_is_signed() {
    let all = xpath("not(ancestor-or-self::ds:Signature)", "<doc><a>1</a><b>2</b></doc>");
    let report = passes(&format!("<doc><a>1</a><b>2</b>{}</doc>", signature(&all)));
    assert_eq!(report.signatures[0].signed_content[0].covers, "whole-document");
    assert!(report.signatures[0].unsigned_content.is_empty());
    // Other signatures that it leaves out are not covered either, and what these hold anybody may have written.
    let other =
        with_object(&signature(&reference("#x", "<c Id=\"x\"></c>")), "<ds:Object><b>9</b></ds:Object>");
    let both = xpath("not(ancestor-or-self::ds:Signature)", "<doc><a>1</a><b>2</b><c Id=\"x\"></c></doc>");
    let document = format!("<doc><a>1</a><b>2</b><c Id=\"x\"/>{other}{}</doc>", signature(&both));
    let report = verify(&ECDSA.checker(), &document);
    assert_eq!(report.indication, Indication::TotalPassed);
    let left = &report.signatures[1].unsigned_content;
    assert_eq!(left.iter().map(|part| part.xpath.as_str()).collect::<Vec<_>>(), ["/doc/ds:Signature[1]"]);
    // So is what of them is left out alone.
    let bare = signature(&reference("#x", "<c Id=\"x\"></c>"));
    let forged = with_object(&bare, "<ds:Object><b>9</b></ds:Object>");
    let enveloped = format!("<ds:Transform Algorithm=\"{DSIG}enveloped-signature\"></ds:Transform>");
    let all_but = |what: &str, octets: &str| {
        xpath(&format!("not(ancestor-or-self::{what})"), octets).replacen(
            "<ds:Transforms>",
            &format!("<ds:Transforms>{enveloped}"),
            1,
        )
    };
    let covered = exclusive(&format!("<doc><c Id=\"x\"/>{bare}</doc>"));
    let signed = signature(&all_but("ds:Object", &covered));
    let document = format!("<doc><c Id=\"x\"/>{forged}{signed}</doc>");
    assert_eq!(left_of_second(&document), ["/doc/ds:Signature[1]/ds:Object[1]"]);
    // And so is what is no element.
    let signed = signature(
        &by_xpath(
            XPATH,
            "<ds:XPath>not(self::text()[ancestor::ds:Object])</ds:XPath>",
            &covered.replace("</ds:Signature>", "<ds:Object><b></b></ds:Object></ds:Signature>"),
        )
        .replacen("<ds:Transforms>", &format!("<ds:Transforms>{enveloped}"), 1),
    );
    for text in ["", "<b>100</b>", "<b>999</b>"] {
        let other = with_object(
            &bare,
            &format!("<ds:Object>{}</ds:Object>", if text.is_empty() { "<b/>" } else { text }),
        );
        let left: &[&str] =
            if text.is_empty() { &[] } else { &["/doc/ds:Signature[1]/ds:Object[1]/b[1]/text()"] };
        assert_eq!(left_of_second(&format!("<doc><c Id=\"x\"/>{other}{signed}</doc>")), left, "{text}");
    }
    // A name too.
    let named = covered.replace("</ds:Signature>", "<ds:Object>100</ds:Object></ds:Signature>");
    let signed = by_xpath(XPATH, "<ds:XPath>not(self::*[parent::ds:Object])</ds:XPath>", &named);
    let signed = signed.replacen("<ds:Transforms>", &format!("<ds:Transforms>{enveloped}"), 1);
    for name in ["pay", "take"] {
        let other = with_object(&bare, &format!("<ds:Object><{name}>100</{name}></ds:Object>"));
        let document = format!("<doc><c Id=\"x\"/>{other}{}</doc>", signature(&signed));
        let path = format!("/doc/ds:Signature[1]/ds:Object[1]/{name}[1]");
        assert_eq!(left_of_second(&document), [format!("{path}/self::*"), format!("{path}/text()")]);
    }
    let inside = "<ds:Object><pay><keep>7</keep></pay></ds:Object>";
    let kept = covered.replace("</ds:Signature>", "<ds:Object><keep>7</keep></ds:Object></ds:Signature>");
    let signed = by_xpath(XPATH, "<ds:XPath>not(self::pay)</ds:XPath>", &kept);
    let signed = signed.replacen("<ds:Transforms>", &format!("<ds:Transforms>{enveloped}"), 1);
    let document = format!("<doc><c Id=\"x\"/>{}{}</doc>", with_object(&bare, inside), signature(&signed));
    assert_eq!(left_of_second(&document), ["/doc/ds:Signature[1]/ds:Object[1]/pay[1]/self::*"]);
    // Of what another reference signs nothing is left out.
    let first = bare.replacen("<ds:Signature", "<ds:Signature Id=\"s1\"", 1);
    let both = all_but("ds:Signature", "<doc><c Id=\"x\"></c></doc>") + &reference("#s1", &exclusive(&first));
    let document = format!("<doc><c Id=\"x\"/>{first}{}</doc>", signature(&both));
    assert_eq!(left_of_second(&document), [""; 0]);
    // What one reference leaves out and another leaves out in part is left out in that part.
    let outer = with_object(&bare, &format!("<ds:Object>{bare}</ds:Object>"));
    let inner_out = exclusive(&format!("<doc><c Id=\"x\"/>{}</doc>", with_object(&bare, "<ds:Object/>")));
    let both = all_but("ds:Signature", "<doc><c Id=\"x\"></c></doc>")
        + &all_but("ds:Signature[ancestor::ds:Object]", &inner_out);
    let document = format!("<doc><c Id=\"x\"/>{outer}{}</doc>", signature(&both));
    let report = verify(&ECDSA.checker(), &document);
    let left: Vec<_> = report.signatures[2].unsigned_content.iter().map(|part| part.xpath.as_str()).collect();
    assert_eq!(left, ["/doc/ds:Signature[1]/ds:Object[1]/ds:Signature[1]"]);

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
fn extracted_octets_are_those_that_were_digested() {
    let document =
        format!("<doc><a Id=\"x\"  b='1'/>{}</doc>", signature(&reference("#x", "<a Id=\"x\" b=\"1\"></a>")));
    let facts = ECDSA.checker().facts(document.as_bytes(), Octets::Keep).expect("facts");
    let octets = facts.signatures[0].contents[0].octets.as_deref();
    assert_eq!(octets, Some(b"<a Id=\"x\" b=\"1\"></a>".as_slice()));
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
            checker.policy = Policy::generic().with(|settings| {
                let uses = settings.algorithms.signature[&Scheme::Rsa];
                settings.algorithms.signature.insert(Scheme::Hmac, uses);
            });
        });
        let report = verify(&checker, &document);
        let finding = report.signatures[0].findings.iter().find(|finding| finding.sub_indication.is_some());
        let finding = finding.expect("a finding");
        assert_eq!(finding.sub_indication, Some(SubIndication::SigCryptoFailure));
        (finding.code.name(), finding.params.first().map(|(_, fault)| fault.clone()).unwrap_or_default())
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
fn an_ecdsa_value_of_another_length_is_borne_and_told() {
    let identity = ECDSA.identity("applicant");
    let algorithm = identity.key.signature_algorithm(DigestAlgorithm::Sha256);
    let uri = algorithm.uri().expect("a name");
    let document = signed_with(&identity, algorithm, uri, "", EcdsaForm::Concatenated);
    let (head, rest) = document.split_once("<ds:SignatureValue>").expect("a value");
    let (value, tail) = rest.split_once("</ds:SignatureValue>").expect("a value");
    let value = STANDARD.decode(value).expect("base64");
    let (r, s) = value.split_at(32);
    let with = |parts: &[&[u8]]| {
        let value = STANDARD.encode(parts.concat());
        format!("{head}<ds:SignatureValue>{value}</ds:SignatureValue>{tail}")
    };
    // As numbers with a sign.
    let padded = with(&[&[0], r, &[0], s]);
    let report = verify(&ECDSA.checker(), &padded);
    assert_eq!(outcome(&report), (None, vec![]));
    assert_eq!(warned(&report, "ECDSA_VALUE_LENGTH").len(), 1);
    for wrong in [
        with(&[&[1], r, &[0], s]),
        with(&[&[0, 0], r, &[0, 0], s]),
        with(&[&[0], s, &[0], r]),
        with(&[&[0], r, s]),
        with(&[&r[1..], &s[1..]]),
        with(&[r]),
        with(&[]),
    ] {
        let report = verify(&ECDSA.checker(), &wrong);
        assert_ne!(report.indication, Indication::TotalPassed, "{wrong}");
    }
    // Without leading zeros, where both have some: of one length less.
    let key = identity.key.public_key();
    let cut = [[7; 31], [9; 31]].concat();
    let whole = crypto::of_length(&key, &cut).expect("a value");
    assert_eq!(whole, [&[0][..], &[7; 31], &[0], &[9; 31]].concat());
    for length in [0, 1, 60, 61, 63, 64, 65, 67, 68] {
        assert_eq!(crypto::of_length(&key, &vec![0; length]), None, "{length}");
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
fn an_identifier_of_several_elements_chooses_none_of_them() {
    let two = "<a Id=\"x\">1</a><a ID=\"x\">2</a>";
    for filter in ["subtract", "intersect", "union"] {
        let filter = format!("<f:XPath xmlns:f=\"{FILTER2}\" Filter=\"{filter}\">id('x')</f:XPath>");
        let signature = signature(&by_xpath(FILTER2, &filter, &format!("<doc>{two}</doc>")));
        fails(&format!("<doc>{two}{signature}</doc>"), SubIndication::FormatFailure, "DUPLICATE_IDENTIFIER");
    }
    let counted = signature(&xpath("count(id('x')) = 0", &format!("<doc>{two}</doc>")));
    fails(&format!("<doc>{two}{counted}</doc>"), SubIndication::FormatFailure, "DUPLICATE_IDENTIFIER");
}

#[test]
fn an_xpath_chooses_in_a_document_of_many_nodes() {
    let many = "<i>1</i>".repeat(40_000);
    let doc = format!("<doc>{many}</doc>");
    let signature = signature(&xpath("not(ancestor-or-self::ds:Signature)", &doc));
    passes(&format!("<doc>{many}{signature}</doc>"));
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
