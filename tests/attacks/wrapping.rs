//! Signature wrapping: the signed element is moved to where it is not read, and a forged one takes its
//! place. The eight classic forms (XSW 1 to 8) over a SAML-like response, a SOAP-like envelope and a plain
//! application, and what varies them.

use super::signed::*;
use super::{Attack, FORMAT, NO_CHAIN, TWIN};

pub(super) const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(super) const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub(super) const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(super) const WSSE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
pub(super) const WSU: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

pub(super) const ITEM: &str = "<item Id=\"a\"><sum>100</sum></item>";
pub(super) const FORGED: &str = "<item Id=\"b\"><sum>999</sum></item>";

const WRAPPED: [&str; 2] = [FORMAT, TWIN];

/// A message shaped like one of SAML: `outer` may hold `part`s, either may be signed, enveloped.
struct Shape {
    name: &'static str,
    outer: fn(&str, &str) -> String,
    /// By identifier, what is in front, and who it is about.
    part: fn(&str, &str, &str) -> String,
}

fn response(id: &str, inner: &str) -> String {
    format!("<samlp:Response xmlns:samlp=\"{SAMLP}\" ID=\"{id}\">{inner}</samlp:Response>")
}

fn assertion(id: &str, inner: &str, subject: &str) -> String {
    format!(
        "<saml:Assertion xmlns:saml=\"{SAML}\" ID=\"{id}\"><saml:Issuer>idp</saml:Issuer>{inner}\
         <saml:Subject><saml:NameID>{subject}</saml:NameID></saml:Subject></saml:Assertion>"
    )
}

fn application(id: &str, inner: &str) -> String {
    format!("<application xmlns=\"urn:qoltanba:application\" Id=\"{id}\">{inner}</application>")
}

fn person(id: &str, inner: &str, subject: &str) -> String {
    format!("<person xmlns=\"urn:qoltanba:person\" Id=\"{id}\">{inner}<name>{subject}</name></person>")
}

const SHAPES: [Shape; 2] = [
    Shape { name: "saml", outer: response, part: assertion },
    Shape { name: "application", outer: application, part: person },
];

fn classic(shape: &Shape, attacks: &mut Vec<Attack>) {
    let Shape { name, outer, part } = shape;
    let honest = part("a", "", "applicant");
    let forged = |inner: &str| part("evil", inner, "mallory");
    let whole = outer("r", &honest);
    let over_whole = Signed::new(enveloped("#r", &whole));
    let over_part = Signed::new(enveloped("#a", &honest));
    let with = |signature: &str| part("a", signature, "applicant");
    let holding = |signed: &Signed<'_>, inner: &str| {
        let object = Signed { objects: format!("<ds:Object>{inner}</ds:Object>"), ..signed.clone() };
        object.xml()
    };
    let inside = |signed: &Signed<'_>, inner: &str| {
        signed.xml().replace("</ds:Signature>", &format!("{inner}</ds:Signature>"))
    };
    let mut add = |form: &str, tries: &str, expected: &[&'static str], document: String| {
        attacks.push(Attack::new("wrapping", &format!("{name}_{form}"), tries, document).expect(expected));
    };
    let root = if *name == "saml" { "/samlp:Response" } else { "/application" };
    let child = if *name == "saml" { "saml:Assertion" } else { "person" };
    add(
        "xsw1",
        "The signed message is moved into its own signature, which stays in a forged message.",
        &WRAPPED,
        outer("evil", &format!("{}{}", inside(&over_whole, &whole), forged(""))),
    );
    add(
        "xsw2",
        "The signed message becomes a sibling of its signature within a forged message.",
        &WRAPPED,
        outer("evil", &format!("{whole}{}{}", over_whole.xml(), forged(""))),
    );
    add(
        "xsw3",
        "A forged part stands before the signed part.",
        &[TWIN],
        outer("r", &format!("{}{}", forged(""), with(&over_part.xml()))),
    );
    add(
        "xsw3_after",
        "A forged part stands after the signed part.",
        &[TWIN],
        outer("r", &format!("{}{}", with(&over_part.xml()), forged(""))),
    );
    add(
        "xsw4",
        "The signed part stands in a forged part.",
        &[TWIN],
        outer("r", &forged(&with(&over_part.xml()))),
    );
    add(
        "xsw5",
        "The signature moves into a forged part, the signed part to the end.",
        &WRAPPED,
        outer("r", &format!("{}{honest}", forged(&over_part.xml()))),
    );
    add(
        "xsw6",
        "The signature, with the signed part in it, moves into a forged part.",
        &WRAPPED,
        outer("r", &forged(&inside(&over_part, &honest))),
    );
    add(
        "xsw7",
        "A forged part stands in an extension before the signed part.",
        &[TWIN],
        outer(
            "r",
            &format!("<Extensions xmlns=\"urn:x\">{}</Extensions>{}", forged(""), with(&over_part.xml())),
        ),
    );
    add(
        "xsw8",
        "A forged part holds the signature, whose Object holds the signed part.",
        &WRAPPED,
        outer("r", &forged(&holding(&over_part, &honest))),
    );
    add(
        "same_identifier",
        "The forged part bears the identifier of the signed one.",
        &[FORMAT],
        outer("r", &format!("{}{}", part("a", "", "mallory"), with(&over_part.xml()))),
    );
    add(
        "same_identifier_after",
        "The forged part bears the identifier of the signed one and stands after it.",
        &[FORMAT],
        outer("r", &format!("{}{}", with(&over_part.xml()), part("a", "", "mallory"))),
    );
    add(
        "object_elsewhere",
        "The signed part moves into the Object of another, empty Signature.",
        &WRAPPED,
        outer(
            "r",
            &format!(
                "{}{}<ds:Signature xmlns:ds=\"{DSIG}\"><ds:Object>{honest}</ds:Object></ds:Signature>",
                forged(""),
                over_part.xml()
            ),
        ),
    );
    attacks.push(
        Attack::new(
            "control",
            &format!("{name}_part"),
            "Nothing: a part with its enveloped signature.",
            outer("r", &with(&over_part.xml())),
        )
        .passes(&[&format!("{root}/{child}[1]")], &[])
        .octets(&honest),
    );
    attacks.push(
        Attack::new(
            "control",
            &format!("{name}_whole"),
            "Nothing: a message with its enveloped signature.",
            outer("r", &format!("{}{honest}", over_whole.xml())),
        )
        .passes(&[root], &[])
        .octets(&whole),
    );
}

fn soap(attacks: &mut Vec<Attack>) {
    let body = |id: &str, sum: &str| format!("<e:Body wsu:Id=\"{id}\"><sum>{sum}</sum></e:Body>");
    let canonical =
        format!("<e:Body xmlns:e=\"{SOAP}\" xmlns:wsu=\"{WSU}\" wsu:Id=\"body\"><sum>100</sum></e:Body>");
    let signed = Signed::new(reference("#body", &canonical));
    let security = |inner: &str| format!("<wsse:Security xmlns:wsse=\"{WSSE}\">{inner}</wsse:Security>");
    let envelope = |header: &str, rest: &str| {
        format!(
            "<e:Envelope xmlns:e=\"{SOAP}\" xmlns:wsu=\"{WSU}\"><e:Header>{header}</e:Header>{rest}</e:Envelope>"
        )
    };
    let (honest, forged) = (body("body", "100"), body("evil", "999"));
    let signature = security(&signed.xml());
    let in_object =
        security(&Signed { objects: format!("<ds:Object>{honest}</ds:Object>"), ..signed.clone() }.xml());
    attacks.push(
        Attack::new(
            "control",
            "soap_body",
            "Nothing: an envelope with a signed Body.",
            envelope(&signature, &honest),
        )
        .passes(&["/e:Envelope/e:Body[1]"], &[])
        .octets(&canonical),
    );
    for (form, tries, expected, document) in [
        (
            "xsw1",
            "The signed Body moves into the Header, a forged one takes its place.",
            &WRAPPED[..],
            envelope(&format!("{signature}{honest}"), &forged),
        ),
        (
            "xsw2",
            "The signed Body moves into a wrapper in the Header.",
            &WRAPPED,
            envelope(&format!("{signature}<w>{honest}</w>"), &forged),
        ),
        (
            "xsw3",
            "A forged Body stands before the signed one.",
            &WRAPPED,
            envelope(&signature, &format!("{forged}{honest}")),
        ),
        (
            "xsw3_after",
            "A forged Body stands after the signed one.",
            &WRAPPED,
            envelope(&signature, &format!("{honest}{forged}")),
        ),
        (
            "xsw4",
            "The signed Body stands in a forged one.",
            &WRAPPED,
            envelope(&signature, &forged.replace("<sum>", &format!("{honest}<sum>"))),
        ),
        (
            "xsw5",
            "The signed Body moves behind the forged one, in a wrapper.",
            &WRAPPED,
            envelope(&signature, &format!("{forged}<w>{honest}</w>")),
        ),
        (
            "xsw6",
            "The signed Body moves into the Security header.",
            &WRAPPED,
            envelope(&security(&format!("{}{honest}", signed.xml())), &forged),
        ),
        (
            "xsw7",
            "The signed Body moves into an extension of the Header that need not be understood.",
            &WRAPPED,
            envelope(
                &format!(
                    "{signature}<x:Extension xmlns:x=\"urn:x\" e:mustUnderstand=\"0\">{honest}</x:Extension>"
                ),
                &forged,
            ),
        ),
        (
            "xsw8",
            "The signed Body moves into the Object of its signature.",
            &WRAPPED,
            envelope(&in_object, &forged),
        ),
        (
            "forged_without_identifier",
            "The signed Body moves into the Header; the forged one bears no identifier.",
            &WRAPPED,
            envelope(&format!("{signature}<w>{honest}</w>"), "<e:Body><sum>999</sum></e:Body>"),
        ),
        (
            "same_identifier",
            "Two Bodies bear the identifier.",
            &[FORMAT],
            envelope(&signature, &format!("{}{honest}", body("body", "999"))),
        ),
        (
            "envelope_in_envelope",
            "The signed envelope stands in the Header of a forged one.",
            &WRAPPED,
            envelope(&envelope(&signature, &honest), &forged),
        ),
        (
            "other_soap_version",
            "The forged Body is of SOAP 1.2, the signed one of SOAP 1.1.",
            &WRAPPED,
            envelope(
                &signature,
                &format!(
                    "{honest}<n:Body xmlns:n=\"http://www.w3.org/2003/05/soap-envelope\"><sum>999</sum></n:Body>"
                ),
            ),
        ),
    ] {
        attacks.push(Attack::new("wrapping", &format!("soap_{form}"), tries, document).expect(expected));
    }
    let reply =
        "<a:ReplyTo xmlns:a=\"urn:addressing\" xmlns:wsu=\"W\" wsu:Id=\"reply\">https://a.test</a:ReplyTo>"
            .replace('W', WSU);
    let both = reference("#body", &canonical) + &reference("#reply", &reply);
    attacks.push(
        Attack::new(
            "wrapping",
            "soap_optional_header",
            "A signed optional header moves to where it has no effect; where it stands is reported.",
            envelope(&format!("{}<w>{reply}</w>", security(&sign(both))), &honest),
        )
        .passes(&["/e:Envelope/e:Body[1]", "/e:Envelope/e:Header[1]/w[1]/a:ReplyTo[1]"], &[])
        .or(&WRAPPED),
    );
}

fn plain(attacks: &mut Vec<Attack>) {
    let signed = Signed::new(reference("#a", ITEM));
    let signature = signed.xml();
    let object =
        |inner: &str| Signed { objects: format!("<ds:Object>{inner}</ds:Object>"), ..signed.clone() }.xml();
    attacks.push(
        Attack::new(
            "control",
            "item",
            "Nothing: an item with a detached signature.",
            format!("<doc>{ITEM}{signature}</doc>"),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(ITEM),
    );
    for (form, tries, document) in [
        (
            "sibling_before",
            "A forged element stands before the signed one.",
            format!("<doc>{FORGED}{ITEM}{signature}</doc>"),
        ),
        (
            "sibling_after",
            "A forged element stands after signed one and signature.",
            format!("<doc>{ITEM}{signature}{FORGED}</doc>"),
        ),
        (
            "moved_aside",
            "The signed element moves into a wrapper, a forged one takes its place.",
            format!("<doc><w>{ITEM}</w>{FORGED}{signature}</doc>"),
        ),
        (
            "moved_behind",
            "The signed element moves into a wrapper behind the signature.",
            format!("<doc>{FORGED}{signature}<w>{ITEM}</w></doc>"),
        ),
        (
            "within_the_forged",
            "A forged root of the same name holds the signed element.",
            format!("<item Id=\"b\"><sum>999</sum>{ITEM}{signature}</item>"),
        ),
        (
            "deep",
            "The signed element moves twenty levels down.",
            format!("<doc>{}{ITEM}{}{FORGED}{signature}</doc>", "<w>".repeat(20), "</w>".repeat(20)),
        ),
        (
            "other_namespace",
            "The forged element has the name in another namespace.",
            format!("<doc>{ITEM}<x:item xmlns:x=\"urn:x\"><sum>999</sum></x:item>{signature}</doc>"),
        ),
        (
            "default_namespace",
            "The forged element has the name in a default namespace.",
            format!("<doc><item xmlns=\"urn:x\"><sum>999</sum></item>{ITEM}{signature}</doc>"),
        ),
        (
            "without_identifier",
            "The forged element bears no identifier.",
            format!("<doc><item><sum>999</sum></item>{ITEM}{signature}</doc>"),
        ),
        (
            "empty_twin",
            "The forged element is empty and says all in attributes.",
            format!("<doc><item sum='999'/>{ITEM}{signature}</doc>"),
        ),
        (
            "own_object",
            "The signed element moves into the Object of its signature.",
            format!("<doc>{FORGED}{}</doc>", object(ITEM)),
        ),
        (
            "own_object_deeper",
            "The signed element moves into a wrapper in the Object of its signature.",
            format!("<doc>{FORGED}{}</doc>", object(&format!("<w>{ITEM}</w>"))),
        ),
        (
            "signature_property",
            "The signed element moves into SignatureProperties.",
            format!(
                "<doc>{FORGED}{}</doc>",
                object(&format!(
                    "<ds:SignatureProperties><ds:SignatureProperty Target=\"#s\">{ITEM}</ds:SignatureProperty></ds:SignatureProperties>"
                ))
            ),
        ),
        (
            "key_info",
            "The signed element moves into KeyInfo.",
            format!(
                "<doc>{FORGED}{}</doc>",
                signature.replace("</ds:KeyInfo>", &format!("{ITEM}</ds:KeyInfo>"))
            ),
        ),
    ] {
        attacks.push(Attack::new("wrapping", &format!("item_{form}"), tries, document).expect(&WRAPPED));
    }
    attacks.push(
        Attack::new(
            "wrapping",
            "item_moved_alone",
            "The signed element moves under another parent; its place is reported.",
            format!("<doc><rejected>{ITEM}</rejected>{signature}</doc>"),
        )
        .passes(&["/doc/rejected[1]/item[1]"], &[])
        .octets(ITEM),
    );
    attacks.push(
        Attack::new(
            "wrapping",
            "item_other_case",
            "The forged element differs in case; it is reported as not covered.",
            format!("<doc>{ITEM}<Item><sum>999</sum></Item>{signature}</doc>"),
        )
        .passes(&["/doc/item[1]"], &["/doc/Item[1]"])
        .or(&[TWIN]),
    );
    attacks.push(
        Attack::new(
            "wrapping",
            "item_homoglyph",
            "The forged element's name looks the same in Cyrillic; it is reported as not covered.",
            format!("<doc>{ITEM}<\u{456}t\u{435}m><sum>999</sum></\u{456}t\u{435}m>{signature}</doc>"),
        )
        .passes(&["/doc/item[1]"], &["/doc/\u{456}t\u{435}m[1]"]),
    );
    attacks.push(
        Attack::new(
            "wrapping",
            "item_in_object_beside",
            "A forged element stands in the signature's Object; it is reported as not covered.",
            format!("<doc>{ITEM}{}</doc>", object(FORGED)),
        )
        .passes(&["/doc/item[1]"], &["/doc/ds:Signature[1]/ds:Object[1]"])
        .or(&WRAPPED),
    );
    containers(&signature, attacks);
    // Several signatures.
    let mallory = forged_certificate(&attackers_name(), &attackers_name(), &ATTACKER, false);
    let by_attacker = |references: String| Signed {
        value: Value::Rsa(&ATTACKER, Hash::Sha256),
        key_info: Some(x509_data(&[&mallory])),
        ..Signed::new(references)
    };
    let official = |references: String| Signed {
        value: Value::Rsa(&OFFICIAL, Hash::Sha256),
        key_info: Some(x509_data(&[&OFFICIAL.certificate_der])),
        ..Signed::new(references)
    };
    attacks.push(
        Attack::new(
            "control",
            "two_signers",
            "Nothing: two signers sign an element each; each list names the other's.",
            format!("<doc>{ITEM}{FORGED}{signature}{}</doc>", official(reference("#b", FORGED)).xml()),
        )
        .passes(&["/doc/item[1]", "/doc/item[2]"], &["/doc/item[1]", "/doc/item[2]"]),
    );
    attacks.push(
        Attack::new(
            "wrapping",
            "signature_of_a_stranger",
            "A stranger's signature covers the forged twin, so that it is not unsigned.",
            format!("<doc>{ITEM}{FORGED}{signature}{}</doc>", by_attacker(reference("#b", FORGED)).xml()),
        )
        .expect(&[NO_CHAIN, TWIN]),
    );
    attacks.push(
        Attack::new(
            "wrapping",
            "signature_of_a_stranger_first",
            "The stranger's signature stands first.",
            format!("<doc>{}{FORGED}{ITEM}{signature}</doc>", by_attacker(reference("#b", FORGED)).xml()),
        )
        .expect(&[NO_CHAIN, TWIN]),
    );
    let both = reference("#a", ITEM) + &reference("#b", FORGED);
    attacks.push(
        Attack::new(
            "wrapping",
            "stranger_signs_both",
            "A stranger signs the signed element along with a forged one.",
            format!("<doc>{ITEM}{FORGED}{signature}{}</doc>", by_attacker(both).xml()),
        )
        .expect(&[NO_CHAIN, TWIN]),
    );
    let nested = object(&by_attacker(reference("#b", FORGED)).xml());
    attacks.push(
        Attack::new(
            "wrapping",
            "nested_signature_in_object",
            "A stranger's signature in the Object of an honest one covers the forged twin.",
            format!("<doc>{ITEM}{FORGED}{nested}</doc>"),
        )
        .expect(&[NO_CHAIN, TWIN, FORMAT]),
    );
    attacks.push(
        Attack::new(
            "wrapping",
            "signature_in_the_signed",
            "A whole signed document stands within a forged one.",
            format!("<doc><sum>999</sum><doc>{ITEM}{signature}</doc></doc>"),
        )
        .passes(&["/doc/doc[1]/item[1]"], &["/doc/sum[1]"])
        .or(&[TWIN]),
    );
    let whole = "<doc><sum>100</sum></doc>";
    let over_whole = sign(enveloped("", whole));
    attacks.push(
        Attack::new(
            "control",
            "whole",
            "Nothing: a whole document with its enveloped signature.",
            format!("<doc><sum>100</sum>{over_whole}</doc>"),
        )
        .passes(&["/"], &[])
        .octets(whole),
    );
    attacks.push(
        Attack::new(
            "wrapping",
            "whole_within_another",
            "A signed whole document stands within a forged one.",
            format!("<doc><sum>999</sum><doc><sum>100</sum>{over_whole}</doc></doc>"),
        )
        .expect(&[super::HASH]),
    );
    attacks.push(
        Attack::new(
            "wrapping",
            "forged_beside_in_signature",
            "A forged element is put into the signature, which the transform takes out.",
            format!(
                "<doc><sum>100</sum>{}</doc>",
                over_whole.replace("</ds:Signature>", "<sum>999</sum></ds:Signature>")
            ),
        )
        .expect(&[FORMAT]),
    );
    attacks.push(
        Attack::new("wrapping", "object_in_enveloped", "A forged element is put into an Object of the signature, which the transform takes out; it is reported.", format!("<doc><sum>100</sum>{}</doc>", over_whole.replace("</ds:Signature>", "<ds:Object><sum>999</sum></ds:Object></ds:Signature>")))
            .passes(&["/"], &["/doc/ds:Signature[1]/ds:Object[1]"])
            .or(&WRAPPED),
    );
    attacks.push(
        Attack::new(
            "wrapping",
            "second_copy_of_the_signature",
            "A second copy of the signature stands after the first.",
            format!("<doc><sum>100</sum>{over_whole}{over_whole}</doc>"),
        )
        .passes(&["/"], &[])
        .or(&[super::HASH]),
    );
    attacks.push(
        Attack::new(
            "wrapping",
            "unsigned_after_the_signature",
            "A forged element follows the enveloped signature.",
            format!("<doc><sum>100</sum>{over_whole}<sum>999</sum></doc>"),
        )
        .expect(&[super::HASH]),
    );
    attacks.push(
        Attack::new(
            "wrapping",
            "later_signature_with_content",
            "What was added later hides in an element named Signature of no namespace.",
            format!("<doc><sum>100</sum>{over_whole}<Signature><sum>999</sum></Signature></doc>"),
        )
        .expect(&[super::HASH]),
    );
    attacks.push(
        Attack::new("wrapping", "later_signature_as_carrier", "What was added later hides in a Signature without a value, as if it were a later signature.", format!("<doc><sum>100</sum>{over_whole}<ds:Signature xmlns:ds=\"{DSIG}\"><ds:Object><sum>999</sum></ds:Object></ds:Signature></doc>"))
            .expect(&[FORMAT, super::HASH]),
    );
}

/// The signed element in a container of its own name, which may be honest; and what is not covered around
/// the signed element.
fn containers(signature: &str, attacks: &mut Vec<Attack>) {
    let empty_object =
        signature.replace("</ds:Signature>", "<ds:Object><sum>999</sum></ds:Object></ds:Signature>");
    let in_key_info = signature.replace("</ds:KeyInfo>", "<ds:sum>999</ds:sum></ds:KeyInfo>");
    let silent = format!("<doc><w><item>{ITEM}</item></w>{signature}</doc>");
    let tries = "Nothing: a container that has the name of what it holds, and says nothing.";
    attacks.push(
        Attack::new("control", "container_of_its_name", tries, silent)
            .passes(&["/doc/w[1]/item[1]/item[1]"], &[])
            .octets(ITEM),
    );
    for (form, tries, document) in [
        (
            "key_info",
            "A container of the signed element's name holds the signature, and in that a forged child.",
            format!("<doc><item>{in_key_info}{ITEM}</item></doc>"),
        ),
        (
            "with_the_signature",
            "A container of the signed element's name holds the signature.",
            format!("<item><w>{ITEM}</w>{signature}</item>"),
        ),
        (
            "document_in_a_document",
            "A whole signed document stands within a root of its own name.",
            format!("<doc><doc>{ITEM}{signature}</doc></doc>"),
        ),
        (
            "attribute",
            "A container of the signed element's name says something in an attribute.",
            format!("<item sum='999'><w>{ITEM}</w>{signature}</item>"),
        ),
        (
            "inner_attribute",
            "The element between container and signed element says something in an attribute.",
            format!("<item><sum of='999'>{ITEM}</sum>{signature}</item>"),
        ),
        (
            "text",
            "A container of the signed element's name says something in text.",
            format!("<item>999<w>{ITEM}</w>{signature}</item>"),
        ),
        (
            "reference",
            "A container of the signed element's name says something in references.",
            format!("<item><w>{ITEM}&#57;&#57;&#57;</w>{signature}</item>"),
        ),
        (
            "cdata",
            "A container of the signed element's name says something in a CDATA section.",
            format!("<item><w>{ITEM}<![CDATA[999]]></w>{signature}</item>"),
        ),
        (
            "element",
            "A container of the signed element's name holds a forged child.",
            format!("<item><w>{ITEM}</w><sum>999</sum>{signature}</item>"),
        ),
        (
            "empty_element",
            "A container of the signed element's name holds an empty child.",
            format!("<item><w>{ITEM}</w><paid/>{signature}</item>"),
        ),
        (
            "object",
            "A container of the signed element's name holds a forged child in the signature.",
            format!("<item><w>{ITEM}</w>{empty_object}</item>"),
        ),
        (
            "of_the_signature",
            "A forged empty element takes the place of the signed one and holds the signature.",
            format!("<doc><item>{signature}</item><w>{ITEM}</w></doc>"),
        ),
        (
            "of_the_root",
            "The signed element moves into a copy of the root, away from its signature.",
            format!("<doc><w><doc>{ITEM}</doc></w>{signature}</doc>"),
        ),
        (
            "root_attribute",
            "A whole signed document stands within a root that says something in an attribute.",
            format!("<doc sum='999'><doc>{ITEM}{signature}</doc></doc>"),
        ),
        (
            "root_text",
            "A whole signed document stands within a root that says something in text.",
            format!("<doc>999<doc>{ITEM}{signature}</doc></doc>"),
        ),
    ] {
        let name = format!("container_{form}");
        attacks.push(Attack::new("wrapping", &name, tries, document).expect(&[TWIN]));
    }
    for (form, tries, document, uncovered) in [
        (
            "attribute_of_the_root",
            "An attribute is put on the root; it is reported as not covered.",
            format!("<doc sum='999'>{ITEM}{signature}</doc>"),
            "/doc/@*",
        ),
        (
            "text_of_the_root",
            "Text is put into the root; it is reported as not covered.",
            format!("<doc>{ITEM}999{signature}</doc>"),
            "/doc/text()",
        ),
        (
            "reference_in_the_root",
            "A character reference is put into the root; it is reported as not covered.",
            format!("<doc>{ITEM}{signature}&#57;</doc>"),
            "/doc/text()",
        ),
    ] {
        attacks.push(
            Attack::new("wrapping", form, tries, document)
                .passes(&["/doc/item[1]"], &[uncovered])
                .octets(ITEM),
        );
    }
    let in_part = reference_by(
        "#a",
        &(transform(XPATH, "<ds:XPath>not(ancestor-or-self::note)</ds:XPath>") + &transform(EXCLUSIVE, "")),
        ITEM.as_bytes(),
    );
    let in_part = sign(in_part);
    let noted = |note: &str| ITEM.replace("</item>", &format!("<note>{note}</note></item>"));
    attacks.push(
        Attack::new(
            "control",
            "item_in_part",
            "Nothing: an item of which a note is not signed, and said to be so.",
            format!("<doc>{}{in_part}</doc>", noted("paid")),
        )
        .passes(&["/doc/item[1]"], &["/doc/item[1]/note[1]"])
        .octets(ITEM),
    );
    attacks.push(
        Attack::new(
            "wrapping",
            "item_in_part_twin_inside",
            "A forged element stands in what is not signed of the signed one.",
            format!("<doc>{}{in_part}</doc>", noted(FORGED)),
        )
        .expect(&[TWIN]),
    );
    // The Object of one signature in another.
    let object = "<ds:Object Id=\"o\"><sum>100</sum></ds:Object>";
    let canonical = object.replacen("<ds:Object", &format!("<ds:Object xmlns:ds=\"{DSIG}\""), 1);
    let enveloping = sign(reference("#o", &canonical));
    let with = |signature: &str, object: &str| {
        signature.replace("</ds:Signature>", &format!("{object}</ds:Signature>"))
    };
    let official = Signed {
        value: Value::Rsa(&OFFICIAL, Hash::Sha256),
        key_info: Some(x509_data(&[&OFFICIAL.certificate_der])),
        ..Signed::new(reference("#a", ITEM))
    };
    let official = official.xml();
    let forged = "<ds:Object><sum>999</sum></ds:Object>";
    attacks.push(
        Attack::new(
            "control",
            "object_beside_another_signature",
            "Nothing: a signature over its Object beside another one.",
            format!("<doc>{ITEM}{official}{}</doc>", with(&enveloping, object)),
        )
        .passes(&["/doc/item[1]"], &["/doc/ds:Signature[1]", "/doc/ds:Signature[2]"]),
    );
    for (form, tries, expected, document) in [
        (
            "object_in_another_signature",
            "The signed Object moves into another signature, a forged one takes its place.",
            &[FORMAT][..],
            format!("<doc>{ITEM}{}{}</doc>", with(&official, object), with(&enveloping, forged)),
        ),
        (
            "object_in_another_signature_alone",
            "The signed Object moves into another signature.",
            &[FORMAT],
            format!("<doc>{ITEM}{}{enveloping}</doc>", with(&official, object)),
        ),
        (
            "object_in_no_signature",
            "The signed Object moves out of all signatures, a forged one takes its place.",
            &WRAPPED,
            format!("<doc><w>{canonical}</w>{}</doc>", with(&enveloping, forged)),
        ),
    ] {
        attacks.push(Attack::new("wrapping", form, tries, document).expect(expected));
    }
}

pub(super) fn attacks() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for shape in &SHAPES {
        classic(shape, &mut attacks);
    }
    soap(&mut attacks);
    plain(&mut attacks);
    attacks
}
