//! Signed properties (XAdES) that are not the signature's, are not signed, or do not stand where they bind. Of the class
//! of algorithm confusion: what they say of the certificate is taken for another's.

use super::algorithms::certificate;
use super::signed::*;
use super::wrapping::{FORGED, ITEM};
use super::{Attack, FORMAT, HASH, NO_CERTIFICATE, TWIN, VALUE};

/// SignedProperties with the digest of a certificate, as Exclusive Canonical XML writes it.
pub(super) fn properties(certificate: &[u8], target: &str) -> (String, String) {
    properties_with(certificate, target, "")
}

/// The same with properties of what is signed.
fn properties_with(certificate: &[u8], target: &str, of_content: &str) -> (String, String) {
    let inner = format!(
        "<xades:SignedSignatureProperties><xades:SigningTime>2026-05-01T00:00:00Z</xades:SigningTime>\
         <xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod xmlns:ds=\"{DSIG}\" \
         Algorithm=\"{SHA256}\"></ds:DigestMethod><ds:DigestValue xmlns:ds=\"{DSIG}\">{}</ds:DigestValue>\
         </xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>{of_content}",
        encode(sha256(certificate))
    );
    let canonical =
        format!("<xades:SignedProperties xmlns:xades=\"{XADES}\" Id=\"p\">{inner}</xades:SignedProperties>");
    let object = format!(
        "<ds:Object><xades:QualifyingProperties xmlns:xades=\"{XADES}\" Target=\"{target}\">\
         <xades:SignedProperties Id=\"p\">{inner}</xades:SignedProperties></xades:QualifyingProperties></ds:Object>"
    );
    (canonical, object)
}

pub(super) fn attacks() -> Vec<Attack> {
    let mut attacks = Vec::new();
    let kind = "http://uri.etsi.org/01903#SignedProperties";
    let signed = |(canonical, objects): (String, String), referenced: bool| {
        let second = if referenced {
            reference("#p", &canonical).replace("<ds:Reference ", &format!("<ds:Reference Type=\"{kind}\" "))
        } else {
            String::new()
        };
        let references = reference("#a", ITEM) + &second;
        let signed = Signed { objects, attributes: " Id=\"s\"", ..Signed::new(references) };
        format!("<doc>{ITEM}{}</doc>", signed.xml())
    };
    let with = |certificate: &[u8], target: &str, referenced: bool| {
        signed(properties(certificate, target), referenced)
    };
    let own = &APPLICANT.certificate_der;
    let other = certificate("applicant2");
    attacks.push(
        Attack::new(
            "control",
            "xades",
            "Nothing: a signature with signed properties (XAdES).",
            with(own, "#s", true),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(ITEM),
    );
    let mut add = |name: &str, tries: &str, expected: &[&'static str], document: String| {
        attacks.push(Attack::new("algorithms", name, tries, document).expect(expected));
    };
    let wrong = [FORMAT, NO_CERTIFICATE, TWIN];
    add(
        "xades_other_certificate",
        "The signed properties name another certificate than KeyInfo.",
        &[NO_CERTIFICATE],
        with(&other, "#s", true),
    );
    add("xades_other_target", "The properties are of another signature.", &wrong, with(own, "#other", true));
    add(
        "xades_no_target",
        "The properties have no target.",
        &wrong,
        with(own, "#s", true).replace(" Target=\"#s\"", ""),
    );
    add(
        "xades_changed",
        "The signed properties are changed.",
        &[HASH],
        with(own, "#s", true).replace("2026-05-01", "2020-05-01"),
    );
    // An XPath leaves out what cannot be signed of the signature itself, and keeps its Object.
    let kept = |certificate: &[u8], before: &str| {
        let (_, object) = properties(certificate, "#s");
        let object = object.replacen("<ds:Object", "<ds:Object Id=\"o\"", 1);
        let bare = object.replace(&format!(" xmlns:ds=\"{DSIG}\""), "");
        let signature = format!("<ds:Signature xmlns:ds=\"{DSIG}\" Id=\"s\">{bare}</ds:Signature>");
        let but =
            ["SignedInfo", "SignatureValue", "KeyInfo"].map(|part| format!("ancestor-or-self::ds:{part}"));
        let xpath = transform(
            XPATH,
            &format!(
                "<ds:XPath>not({} or ancestor-or-self::ds:Object[not(@Id='o')])</ds:XPath>",
                but.join(" or ")
            ),
        );
        let octets = format!("<doc>{ITEM}{signature}</doc>");
        let reference = reference_by("", &(xpath + &transform(EXCLUSIVE, "")), octets.as_bytes());
        let signed = Signed {
            objects: format!("{before}{object}"),
            attributes: " Id=\"s\"",
            ..Signed::new(reference)
        };
        format!("<doc>{ITEM}{}</doc>", signed.xml())
    };
    add(
        "xades_kept_by_xpath",
        "Properties that an XPath keeps, where it leaves out the rest of the signature, name another certificate.",
        &[NO_CERTIFICATE],
        kept(&other, ""),
    );
    let before = properties(own, "#s").1.replace("\"p\"", "\"q\"");
    add(
        "xades_kept_by_xpath_behind_others",
        "The same, and others that name the certificate in KeyInfo, which nothing signs, stand before them.",
        &[NO_CERTIFICATE],
        kept(&other, &before),
    );
    // The signed properties are referred to without a Type, and move into another signature that is valid.
    let (canonical, object) = properties(&other, "#s");
    let untyped = reference("#a", ITEM) + &reference("#p", &canonical);
    let first = |objects: &str| {
        let objects = objects.to_owned();
        Signed { objects, attributes: " Id=\"s\"", ..Signed::new(untyped.clone()) }.xml()
    };
    let second = |objects: &str| {
        let objects = objects.to_owned();
        Signed { objects, attributes: " Id=\"s2\"", ..Signed::new(reference("#b", FORGED)) }.xml()
    };
    let both = |first: String, second: String| format!("<doc>{ITEM}<w>{FORGED}</w>{first}{second}</doc>");
    add(
        "xades_untyped_other_certificate",
        "Properties that name another certificate, referred to without a Type.",
        &[NO_CERTIFICATE, TWIN],
        both(first(&object), second("")),
    );
    for (name, target) in [("xades_untyped_moved", "#s"), ("xades_untyped_moved_target", "#s2")] {
        let object = object.replace("Target=\"#s\"", &format!("Target=\"{target}\""));
        add(
            name,
            "The same moved into another signature, so that they bind the signer no more.",
            &[FORMAT],
            both(first(""), second(&object)),
        );
    }
    // The Object that holds the properties is signed, and moves.
    let (_, object) = properties(&other, "#s");
    let object = object.replacen("<ds:Object>", "<ds:Object Id=\"o\">", 1);
    let canonical = object
        .replacen("<ds:Object ", &format!("<ds:Object xmlns:ds=\"{DSIG}\" "), 1)
        .replace(&format!("<ds:DigestMethod xmlns:ds=\"{DSIG}\""), "<ds:DigestMethod")
        .replace(&format!("<ds:DigestValue xmlns:ds=\"{DSIG}\""), "<ds:DigestValue");
    let held = reference("#a", ITEM) + &reference("#o", &canonical);
    let holder = |objects: &str, id: &'static str| {
        let objects = objects.to_owned();
        Signed { objects, attributes: id, ..Signed::new(held.clone()) }.xml()
    };
    add(
        "xades_object_other_certificate",
        "The Object of properties that name another certificate is signed.",
        &[NO_CERTIFICATE, TWIN],
        both(holder(&object, " Id=\"s\""), second("")),
    );
    let time = "<xades:SigningTime>2026-05-01T00:00:00Z</xades:SigningTime>";
    let time = time.replacen('>', &format!(" xmlns:xades=\"{XADES}\">"), 1);
    let by_path = transform(XPATH, "<ds:XPath>ancestor-or-self::*[local-name()='SigningTime']</ds:XPath>");
    let touching = reference_by("", &(by_path + &transform(EXCLUSIVE, "")), time.as_bytes());
    let carrier = Signed { objects: object.clone(), attributes: " Id=\"s\"", ..Signed::new(touching) }.xml();
    add(
        "xades_object_moved",
        "It moves into another signature, which signs a part of it and bears the identifier now.",
        &[FORMAT],
        both(holder("", " Id=\"t\""), carrier),
    );
    let over_object = reference("#o", &canonical);
    let carrier =
        Signed { objects: object.clone(), attributes: " Id=\"s\"", ..Signed::new(over_object) }.xml();
    add(
        "xades_object_moved_and_signed",
        "It moves into another signature, which signs it, and is not what it says either.",
        &[FORMAT],
        both(holder("", " Id=\"t\""), carrier),
    );
    add(
        "xades_object_outside",
        "It moves beside the signature.",
        &[FORMAT],
        both(holder("", " Id=\"s\""), canonical.clone()),
    );
    // They are adopted by a signature that is wrong, or that they do not bind.
    let (mine, my_object) = properties(own, "#s");
    let nameless = |text: &str| {
        let (start, end) = ("<xades:SigningCertificateV2>", "</xades:SigningCertificateV2>");
        let (start, end) = (text.find(start).expect("a start"), text.find(end).expect("an end") + end.len());
        [&text[..start], &text[end..]].concat()
    };
    let garbage = |xml: String| {
        let start = xml.find("<ds:SignatureValue>").expect("a value") + "<ds:SignatureValue>".len();
        format!("{}AAAA{}", &xml[..start], &xml[start + 4..])
    };
    for (name, tries, canonical, object, is_made_up) in [
        (
            "xades_adopted_by_a_wrong_signature",
            "Properties without a Type move into a signature whose value is made up.",
            mine.clone(),
            my_object.clone(),
            true,
        ),
        (
            "xades_adopted_without_a_name",
            "Properties that name no certificate, without a Type, move into a signature that is right.",
            nameless(&mine),
            nameless(&my_object),
            false,
        ),
    ] {
        let over = reference("#p", &canonical);
        let victim = Signed { attributes: " Id=\"t\"", ..Signed::new(reference("#a", ITEM) + &over) };
        let adopter = reference("#b", FORGED) + &over;
        let adopter = Signed { objects: object, attributes: " Id=\"s\"", ..Signed::new(adopter) }.xml();
        let (adopter, expected) = if is_made_up { (garbage(adopter), VALUE) } else { (adopter, FORMAT) };
        add(name, tries, &[expected], both(victim.xml(), adopter));
    }
    // What is wrong with the properties of one is no fault of its co-signer, who has his own.
    let faulty = |text: &str| text.replace("2026-05-01T00:00:00Z", "yesterday");
    let typed = |id: &str, canonical: &str| {
        reference(id, canonical).replace("<ds:Reference ", &format!("<ds:Reference Type=\"{kind}\" "))
    };
    let first = reference("#a", ITEM) + &typed("#p", &faulty(&mine));
    let first = Signed { objects: faulty(&my_object), attributes: " Id=\"s\"", ..Signed::new(first) };
    let renamed = |text: &str| text.replace("Id=\"p\"", "Id=\"q\"").replace("#s\"", "#s2\"");
    let second_signs =
        reference("#a", ITEM) + &reference("#p", &faulty(&mine)) + &typed("#q", &renamed(&mine));
    let co_signer =
        Signed { objects: renamed(&my_object), attributes: " Id=\"s2\"", ..Signed::new(second_signs) };
    let co_signed = format!("<doc>{ITEM}{}{}</doc>", first.xml(), co_signer.xml());
    // Those that he signed as a co-signer take the place of his own, which move out of the signature.
    let untyped = reference("#a", ITEM) + &reference("#p", &mine) + &reference("#q", &renamed(&mine));
    let swapped = Signed { objects: my_object.clone(), attributes: " Id=\"s\"", ..Signed::new(untyped) };
    add(
        "xades_co_signed_in_place",
        "Properties signed for a co-signer take the place of the signer's own.",
        &[FORMAT],
        format!("<doc>{ITEM}{}<w>{}</w></doc>", swapped.xml(), renamed(&mine)),
    );
    // Two are signed.
    let second_id = |text: &str| text.replace("Id=\"p\"", "Id=\"q\"").replace("2026-05-01", "2020-05-01");
    let (yours, your_object) = properties(&other, "#s");
    let (yours, your_object) = (second_id(&yours), second_id(&your_object));
    let kind_of =
        |reference: String| reference.replace("<ds:Reference ", &format!("<ds:Reference Type=\"{kind}\" "));
    let references =
        reference("#a", ITEM) + &kind_of(reference("#p", &mine)) + &kind_of(reference("#q", &yours));
    for (name, objects) in [
        ("xades_two_signed", format!("{my_object}{your_object}")),
        ("xades_two_signed_other_order", format!("{your_object}{my_object}")),
    ] {
        let signed = Signed { objects, attributes: " Id=\"s\"", ..Signed::new(references.clone()) };
        add(
            name,
            "Two sets of properties are signed, which say different things; their order is not signed.",
            &wrong,
            format!("<doc>{ITEM}{}</doc>", signed.xml()),
        );
    }
    attacks.push(
        Attack::new(
            "control",
            "xades_co_signer",
            "Nothing: a co-signer signs the properties of the first, whose time cannot be read.",
            co_signed,
        )
        .passes(&["/doc/item[1]"], &[]),
    );
    let mut add = |name: &str, tries: &str, expected: &[&'static str], document: String| {
        attacks.push(Attack::new("algorithms", name, tries, document).expect(expected));
    };
    // The signed properties are not where they are looked for.
    let right = with(own, "#s", true);
    let (start, end) =
        (right.find("<ds:Object>").expect("an Object"), right.find("</ds:Signature>").expect("an end"));
    let real = &right[start..end];
    let fake = properties(&other, "#s").1.replace("Id=\"p\"", "Id=\"q\"").replace("2026-05-01", "2020-05-01");
    let moved = |objects: &str| [&right[..start], objects, &right[end..]].concat();
    let inner = real.trim_start_matches("<ds:Object>").trim_end_matches("</ds:Object>");
    let properties_start = real.find("<xades:SignedProperties").expect("properties");
    let bare = &real[properties_start..real.find("</xades:QualifyingProperties>").expect("their end")];
    let bare = bare.replacen(
        "<xades:SignedProperties",
        &format!("<xades:SignedProperties xmlns:xades=\"{XADES}\""),
        1,
    );
    for (name, tries, objects) in [
        (
            "xades_in_element",
            "They move into an element of the Object.",
            format!("<ds:Object><w>{inner}</w></ds:Object>"),
        ),
        (
            "xades_in_element_fake",
            "The same, and others take their place.",
            format!("{fake}<ds:Object><w>{inner}</w></ds:Object>"),
        ),
        ("xades_bare", "They stand in the Object by themselves.", format!("<ds:Object>{bare}</ds:Object>")),
        (
            "xades_bare_fake",
            "The same, and others take their place.",
            format!("{fake}<ds:Object>{bare}</ds:Object>"),
        ),
        (
            "xades_in_object_in_object",
            "They move into an Object in the Object.",
            format!("<ds:Object>{real}</ds:Object>"),
        ),
        ("xades_beside_fake", "Others that are not signed stand before them.", format!("{fake}{real}")),
    ] {
        add(name, tries, &[FORMAT, TWIN], moved(&objects));
    }
    // The signature that has them lies beside or within a copy of itself without them.
    let start_of_it = right.find("<ds:Signature").expect("a signature");
    let whole = &right[start_of_it..right.find("</doc>").expect("the end")];
    let bare = |objects: &str| {
        let start = whole.find("<ds:Object>").expect("an Object");
        format!("{}{objects}</ds:Signature>", &whole[..start]).replacen(" Id=\"s\"", "", 1)
    };
    for (name, tries, signatures) in [
        (
            "xades_beside_copy",
            "A copy of the signature without its properties stands before it.",
            bare("") + whole,
        ),
        (
            "xades_in_copy",
            "The signature moves into an Object of a copy of itself without its properties.",
            bare(&format!("<ds:Object>{whole}</ds:Object>")),
        ),
    ] {
        add(name, tries, &[FORMAT], format!("<doc>{ITEM}{signatures}</doc>"));
    }
    let properties_of = |text: &str| {
        text.replace(
            "</ds:Object></ds:Signature>",
            &format!(
                "</ds:Object>{}</ds:Signature>",
                properties(&other, "#s").1.replace("Id=\"p\"", "Id=\"q\"")
            ),
        )
    };
    attacks.push(
        Attack::new(
            "algorithms",
            "xades_second_properties",
            "A second QualifyingProperties, which is not signed, comes along; it is reported.",
            properties_of(&with(own, "#s", true)),
        )
        .passes(&["/doc/item[1]"], &["/doc/ds:Signature[1]/ds:Object[2]"])
        .octets(ITEM)
        .or(&[FORMAT, NO_CERTIFICATE, TWIN]),
    );
    attacks.push(
        Attack::new(
            "algorithms",
            "xades_not_referenced",
            "Properties are added that no reference leads to; they are reported and prove nothing.",
            with(own, "#s", false),
        )
        .passes(&["/doc/item[1]"], &["/doc/ds:Signature[1]/ds:Object[1]"])
        .octets(ITEM)
        .or(&wrong),
    );
    attacks.push(
        Attack::new(
            "algorithms",
            "xades_not_referenced_other",
            "Properties that no reference covers name another certificate.",
            with(&other, "#s", false),
        )
        .passes(&["/doc/item[1]"], &["/doc/ds:Signature[1]/ds:Object[1]"])
        .octets(ITEM)
        .or(&wrong),
    );
    let format = "<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference=\"#b\">\
                  <xades:MimeType>text/html</xades:MimeType></xades:DataObjectFormat>\
                  </xades:SignedDataObjectProperties>";
    attacks.push(
        Attack::new(
            "algorithms",
            "xades_object_reference_unmatched",
            "A signed DataObjectFormat says what something is that no Reference names; that is reported.",
            signed(properties_with(own, "#s", format), true).replace("</doc>", "<other Id=\"b\"/></doc>"),
        )
        .passes(&["/doc/item[1]"], &["/doc/other[1]"])
        .octets(ITEM)
        .or(&[FORMAT, TWIN]),
    );
    let unsigned =
        "/doc/ds:Signature[1]/ds:Object[1]/xades:QualifyingProperties[1]/xades:UnsignedProperties[1]";
    for (name, tries, attributes, inside, left) in [
        (
            "xades_instruction_in_unsigned_properties",
            "An instruction stands in unsigned properties; it is reported.",
            "",
            "<?pay 999?>",
            "processing-instruction()",
        ),
        (
            "xades_attribute_of_unsigned_properties",
            "Unsigned properties have attributes that they do not have; they are reported.",
            " xml:lang=\"kk\" pay=\"999\"",
            "",
            "@*",
        ),
    ] {
        let put = format!("<xades:UnsignedProperties{attributes}>{inside}</xades:UnsignedProperties>");
        let end = "</xades:QualifyingProperties>";
        attacks.push(
            Attack::new(
                "algorithms",
                name,
                tries,
                with(own, "#s", true).replacen(end, &format!("{put}{end}"), 1),
            )
            .passes(&["/doc/item[1]"], &[&format!("{unsigned}/{left}")])
            .octets(ITEM)
            .or(&[FORMAT]),
        );
    }
    attacks
}
