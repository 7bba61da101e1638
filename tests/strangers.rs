//! What stands in a Signature and is no part of it by any schema is listed as unsigned, and what is a part of it is
//! not.

use qoltanba::crypto::sha256;
use qoltanba::validation::Indication;

use crate::common::ECDSA;
use crate::coverage::left_of;
use crate::hostile::{DSIG, SHA256, reference, reference_with, signature};
use crate::xades::with_certificate_digest;
use crate::xmldsig::{XPATH, passes, verify, with_object, xpath};

const CONTENT: &str = "<a Id=\"x\">1</a>";

/// A document with a signature over `CONTENT` and something at the end of its KeyInfo.
fn in_key_info(what: &str) -> String {
    let signed = signature(&reference("#x", CONTENT));
    format!("<doc>{CONTENT}{}</doc>", signed.replacen("</ds:KeyInfo>", &format!("{what}</ds:KeyInfo>"), 1))
}

/// Each of these, put into KeyInfo, is listed by a step below that.
fn listed_in_key_info(cases: &[(&str, &str)]) {
    for (what, step) in cases {
        let left = format!("/doc/ds:Signature[1]/ds:KeyInfo[1]/{step}");
        assert_eq!(left_of(&passes(&in_key_info(what))), [left], "{what}");
    }
}

#[test]
fn names_that_no_schema_has_are_no_part_of_key_info() {
    listed_in_key_info(&[
        ("<ds:Order>Pay 999</ds:Order>", "ds:Order[1]"),
        ("<ds:Order><ds:Text>Pay 999</ds:Text></ds:Order>", "ds:Order[1]"),
        ("<ds:X509Data><ds:Pay>999</ds:Pay></ds:X509Data>", "ds:X509Data[2]/ds:Pay[1]"),
        ("<x:Pay xmlns:x=\"http://uri.etsi.org/01903/v1.3.2#\">999</x:Pay>", "x:Pay[1]"),
        ("<x:Pay xmlns:x=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"999\"/>", "x:Pay[1]"),
        (
            "<x:Pay xmlns:x=\"http://docs.oasis-open.org/wss/2004/01/\
             oasis-200401-wss-wssecurity-secext-1.0.xsd\">999</x:Pay>",
            "x:Pay[1]",
        ),
        // Properties stand in an Object.
        (
            "<x:ExplicitText xmlns:x=\"http://uri.etsi.org/01903/v1.3.2#\">999</x:ExplicitText>",
            "x:ExplicitText[1]",
        ),
        // Parts of others.
        (
            "<ds:X509Data><ds:DigestValue>AA==</ds:DigestValue></ds:X509Data>",
            "ds:X509Data[2]/ds:DigestValue[1]",
        ),
        ("<ds:KeyName><ds:KeyName>999</ds:KeyName></ds:KeyName>", "ds:KeyName[1]/ds:KeyName[1]"),
        ("<ds:XPath>999</ds:XPath>", "ds:XPath[1]"),
        // An Object stands right in the Signature.
        ("<ds:Object><?pay 999?></ds:Object>", "ds:Object[1]"),
        ("<ds:Object>pay 999</ds:Object>", "ds:Object[1]"),
    ]);
}

#[test]
fn text_in_what_holds_elements_is_no_value() {
    listed_in_key_info(&[
        ("Pay 999", "text()"),
        ("<ds:X509Data>Pay 999</ds:X509Data>", "ds:X509Data[2]/text()"),
        ("<ds:KeyValue>Pay 999</ds:KeyValue>", "ds:KeyValue[1]/text()"),
        ("<ds:X509Data> <ds:X509SKI>AA==</ds:X509SKI>&#57;</ds:X509Data>", "ds:X509Data[2]/text()"),
        // A comment hides nothing.
        ("<ds:X509Data>Pay 999<!----></ds:X509Data>", "ds:X509Data[2]/text()"),
        ("<ds:X509Data>Pay<!-- -->999</ds:X509Data>", "ds:X509Data[2]/text()"),
        ("<ds:SPKIData><!-- -->Pay 999</ds:SPKIData>", "ds:SPKIData[1]/text()"),
    ]);
}

#[test]
fn parts_of_key_info_are_not_listed() {
    for what in [
        "<ds:KeyName>somebody</ds:KeyName>",
        "<ds:MgmtData>data</ds:MgmtData>",
        "<ds:SPKIData><!-- --><ds:SPKISexp>AA==</ds:SPKISexp></ds:SPKIData>",
        "<m:PKCS7signedData xmlns:m=\"http://www.w3.org/2001/04/xmldsig-more#\">AA==</m:PKCS7signedData>",
        "<ds:X509Data>\n <ds:X509IssuerSerial><ds:X509IssuerName>CN=A</ds:X509IssuerName>\
         <ds:X509SerialNumber>1</ds:X509SerialNumber></ds:X509IssuerSerial> <ds:X509SKI>AA==</ds:X509SKI>\
         </ds:X509Data>",
        "<e:DEREncodedKeyValue xmlns:e=\"http://www.w3.org/2009/xmldsig11#\" Id=\"k\">AA==</e:DEREncodedKeyValue>",
        // As WS-Security writes it.
        "<w:SecurityTokenReference xmlns:w=\"http://docs.oasis-open.org/wss/2004/01/\
         oasis-200401-wss-wssecurity-secext-1.0.xsd\" xmlns:u=\"http://docs.oasis-open.org/wss/2004/01/\
         oasis-200401-wss-wssecurity-utility-1.0.xsd\" u:Id=\"t\"><w:KeyIdentifier ValueType=\"v\">AA==\
         </w:KeyIdentifier></w:SecurityTokenReference>",
        "<ds:KeyName xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:type=\"t\">n</ds:KeyName>",
    ] {
        assert_eq!(left_of(&passes(&in_key_info(what))), Vec::<String>::new(), "{what}");
    }
}

#[test]
fn of_an_object_that_is_signed_in_part_what_is_deeper_is_listed_too() {
    let part = signature(&reference("#x", CONTENT));
    for (object, step) in [
        ("<ds:Object>C<ds:Object><?pay 999?></ds:Object></ds:Object>", "ds:Object[1]"),
        ("<ds:Object><ds:Object><?pay 999?>C</ds:Object></ds:Object>", "ds:Object[1]"),
        ("<ds:Object><ds:Order><ds:Text>Pay 999</ds:Text>C</ds:Order></ds:Object>", "ds:Order[1]"),
        (
            "<ds:Object><ds:SignatureProperties><?pay 999?>C</ds:SignatureProperties></ds:Object>",
            "ds:SignatureProperties[1]/processing-instruction()",
        ),
    ] {
        let document = format!("<doc>{}</doc>", with_object(&part, &object.replace('C', CONTENT)));
        let left = format!("/doc/ds:Signature[1]/ds:Object[1]/{step}");
        assert_eq!(left_of(&passes(&document)), [left], "{object}");
    }
}

#[test]
fn a_property_beside_a_signed_one_is_listed() {
    let property = |own: &str, text: &str| {
        format!("<ds:SignatureProperty{own} Target=\"#s\">{text}</ds:SignatureProperty>")
    };
    let namespace = format!(" xmlns:ds=\"{DSIG}\"");
    let signed = reference("#p", &property(&format!("{namespace} Id=\"p\""), "2026"));
    let both = signature(&(reference("#x", CONTENT) + &signed));
    let object = |other: &str| {
        let properties = property(" Id=\"p\"", "2026") + other;
        let object =
            format!("<ds:Object><ds:SignatureProperties>{properties}</ds:SignatureProperties></ds:Object>");
        format!("<doc>{CONTENT}{}</doc>", with_object(&both, &object))
    };
    assert_eq!(left_of(&passes(&object(""))), Vec::<String>::new());
    let other = "/doc/ds:Signature[1]/ds:Object[1]/ds:SignatureProperties[1]/ds:SignatureProperty[2]";
    assert_eq!(left_of(&passes(&object(&property("", "Pay 999 to Bob")))), [other]);
}

#[test]
fn of_unsigned_properties_what_is_no_property_is_listed() {
    let der = ECDSA.identity("applicant").certificate_der;
    let document = with_certificate_digest(SHA256, &sha256(&der), true);
    let unsigned = "xades:UnsignedProperties";
    let of_signature = "xades:UnsignedSignatureProperties";
    let of_content = "xades:UnsignedDataObjectProperties";
    let property = "xades:UnsignedDataObjectProperty";
    let values = "xades:CertificateValues";
    let time = "xades:SigningTime";
    for (what, step) in [
        (format!("<{unsigned}>Pay 999</{unsigned}>"), format!("{unsigned}[1]/text()")),
        ("<xades:Pay>Pay 999</xades:Pay>".to_owned(), "xades:Pay[1]".to_owned()),
        (
            format!(
                "<{unsigned}><{of_signature}><{values}>Pay 999<!-- --></{values}></{of_signature}></{unsigned}>"
            ),
            format!("{unsigned}[1]/{of_signature}[1]/{values}[1]/text()"),
        ),
        // What only a signer can say.
        (
            format!("<{unsigned}><{of_signature}><{time}>2020-01-01</{time}></{of_signature}></{unsigned}>"),
            format!("{unsigned}[1]/{of_signature}[1]/{time}[1]"),
        ),
        (
            format!("<{unsigned}><{of_signature}><{values}>Pay 999</{values}></{of_signature}></{unsigned}>"),
            format!("{unsigned}[1]/{of_signature}[1]/{values}[1]/text()"),
        ),
        (
            format!("<{unsigned}><{of_signature}><{values} URI=\"Pay 999\"/></{of_signature}></{unsigned}>"),
            format!("{unsigned}[1]/{of_signature}[1]/{values}[1]/@*"),
        ),
        // And what is a part of that, by itself.
        (
            format!(
                "<{unsigned}><{of_signature}><xades:SignaturePolicyId><xades:SigPolicyId><xades:Identifier>\
                 urn:x</xades:Identifier></xades:SigPolicyId></xades:SignaturePolicyId></{of_signature}></{unsigned}>"
            ),
            format!("{unsigned}[1]/{of_signature}[1]/xades:SignaturePolicyId[1]"),
        ),
        (
            format!(
                "<{unsigned}><{of_signature}><xades:City>Almaty</xades:City></{of_signature}></{unsigned}>"
            ),
            format!("{unsigned}[1]/{of_signature}[1]/xades:City[1]"),
        ),
        (
            format!("<{unsigned}><{of_signature}><ds:SignedInfo/></{of_signature}></{unsigned}>"),
            format!("{unsigned}[1]/{of_signature}[1]/ds:SignedInfo[1]"),
        ),
        (
            format!(
                "<{unsigned}><{of_signature}><{values}><xades:EncapsulatedX509Certificate><xades:City>\
                 Almaty</xades:City></xades:EncapsulatedX509Certificate></{values}></{of_signature}></{unsigned}>"
            ),
            format!(
                "{unsigned}[1]/{of_signature}[1]/{values}[1]/xades:EncapsulatedX509Certificate[1]/xades:City[1]"
            ),
        ),
        (
            format!("<{unsigned}><{of_content}><{property}>Pay 999</{property}></{of_content}></{unsigned}>"),
            format!("{unsigned}[1]/{of_content}[1]/{property}[1]"),
        ),
    ] {
        let end = "</xades:QualifyingProperties>";
        let left = format!("/doc/ds:Signature[1]/ds:Object[1]/xades:QualifyingProperties[1]/{step}");
        let document = document.replacen(end, &format!("{what}{end}"), 1);
        assert_eq!(left_of(&passes(&document)), [left], "{what}");
    }
}

#[test]
fn an_instruction_that_an_expression_leaves_out_is_not_covered() {
    let by = |uri: &str, expression: &str, octets: &str| {
        reference_with(uri, &[XPATH], SHA256, &sha256(octets.as_bytes())).replacen(
            &format!("\"{XPATH}\">"),
            &format!("\"{XPATH}\"><ds:XPath>{expression}</ds:XPath>"),
            1,
        )
    };
    let none = "not(self::processing-instruction())";
    for (document, left) in [
        (
            format!("<doc><a Id=\"x\">1<?pay 999?></a>{}</doc>", signature(&by("#x", none, CONTENT))),
            "/doc/a[1]/processing-instruction()",
        ),
        (
            format!(
                "<doc><a>1<?pay 999?></a>{}</doc>",
                signature(&by(
                    "",
                    &format!("{none} and not(ancestor-or-self::ds:Signature)"),
                    "<doc><a>1</a></doc>"
                ))
            ),
            "/doc/a[1]/processing-instruction()",
        ),
    ] {
        let listed = left_of(&passes(&document));
        let is_listed = listed.iter().any(|path| path == left || left.starts_with(&format!("{path}/")));
        assert!(is_listed, "{document} {listed:?}");
    }
    // One that is chosen is signed.
    let all = signature(&xpath("ancestor-or-self::a", "<a Id=\"x\">1<?pay 999?></a>"));
    let document = format!("<doc><a Id=\"x\">1<?pay 999?></a>{all}</doc>");
    assert_eq!(left_of(&passes(&document)), Vec::<String>::new());
}

#[test]
fn what_is_in_signed_info_is_signed() {
    let strange = reference("#x", CONTENT).replacen("</ds:DigestMethod>", "<b>1</b></ds:DigestMethod>", 1);
    assert!(strange.contains("<b>"), "{strange}");
    let document = format!("<doc>{CONTENT}{}</doc>", signature(&strange));
    assert_eq!(left_of(&passes(&document)), Vec::<String>::new());
}

#[test]
fn in_a_signature_within_an_object_all_is_listed_that_is_not_signed() {
    let part = "<x Id=\"x\"></x>";
    let over = || signature(&reference("#x", part));
    let outer = signature(&xpath("ancestor-or-self::x", part));
    let report = |inside: &str, text: &str| {
        let nested = with_object(&over(), &format!("{text}<ds:Object Id=\"n\">{inside}</ds:Object>"));
        let report =
            verify(&ECDSA.checker(), &with_object(&outer, &format!("<ds:Object>{nested}</ds:Object>")));
        assert_eq!(report.indication, Indication::TotalPassed);
        report
    };
    let nested = "/ds:Signature/ds:Object[1]/ds:Signature[1]";
    let parts = ["/ds:SignedInfo[1]", "/ds:SignatureValue[1]", "/ds:KeyInfo[1]"];
    let always = || parts.iter().map(|part| format!("{nested}{part}"));
    for (inside, text, left) in [
        (format!("<w>{part}<pay>999</pay></w>"), "", "/ds:Object[1]/w[1]/pay[1]"),
        (format!("<w>{part}pay 999</w>"), "", "/ds:Object[1]/w[1]/text()"),
        (format!("<w pay=\"999\">{part}</w>"), "", "/ds:Object[1]/w[1]/@*"),
        (format!("<w>{part}<?pay 999?></w>"), "", "/ds:Object[1]/w[1]/processing-instruction()"),
        (format!("{part}<pay>999</pay>"), "", "/ds:Object[1]/pay[1]"),
        (part.to_owned(), "pay 999", "/text()"),
    ] {
        let report = report(&inside, text);
        let found = left_of(&report);
        let left = format!("{nested}{left}");
        assert!(found.contains(&left), "{left} {found:?}");
        for part in always() {
            assert!(found.contains(&part), "{part} {found:?}");
        }
    }
}
