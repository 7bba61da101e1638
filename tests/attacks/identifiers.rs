//! Identifier tricks: two readers of one identifier that find two elements, and references that say
//! something else than they seem to.

use super::signed::*;
use super::wrapping::{FORGED, ITEM, WSU};
use super::{Attack, FORMAT, LIMIT, MISSING, TWIN, UNSUPPORTED};

pub(super) fn attacks() -> Vec<Attack> {
    let mut attacks = Vec::new();
    let signature = sign(reference("#a", ITEM));
    let mut add = |name: &str, tries: &str, expected: &[&'static str], document: String| {
        attacks.push(Attack::new("identifiers", name, tries, document).expect(expected));
    };
    for (name, other) in [
        ("upper_case", "<other ID=\"a\"><sum>999</sum></other>".to_owned()),
        ("lower_case", "<other id=\"a\"><sum>999</sum></other>".to_owned()),
        ("same_attribute", "<other Id=\"a\"><sum>999</sum></other>".to_owned()),
        ("xml_id", "<other xml:id=\"a\"><sum>999</sum></other>".to_owned()),
        ("xml_id_with_spaces", "<other xml:id=\" a \"><sum>999</sum></other>".to_owned()),
        ("wsu_id", format!("<other xmlns:u=\"{WSU}\" u:Id=\"a\"><sum>999</sum></other>")),
        ("wsu_id_same_prefix_as_another", format!("<other xmlns:ds=\"{WSU}\" ds:Id=\"a\"/>")),
        ("decimal_reference", "<other Id=\"&#97;\"/>".to_owned()),
        ("hexadecimal_reference", "<other Id='&#x61;'/>".to_owned()),
        ("reference_with_zeros", "<other Id='&#x000000061;'/>".to_owned()),
        ("empty_element", "<other Id='a'/>".to_owned()),
        ("nested_in_the_twin", format!("<w Id='a'>{FORGED}</w>")),
        (
            "saml_attribute",
            "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"a\"/>".to_owned(),
        ),
    ] {
        add(
            &format!("duplicate_{name}_before"),
            "Another element before the signed one bears its identifier.",
            &[FORMAT],
            format!("<doc>{other}{ITEM}{signature}</doc>"),
        );
        add(
            &format!("duplicate_{name}_after"),
            "Another element after the signature bears the identifier.",
            &[FORMAT],
            format!("<doc>{ITEM}{signature}{other}</doc>"),
        );
    }
    add(
        "duplicate_on_the_root",
        "The root bears the identifier of the signed element.",
        &[FORMAT],
        format!("<doc Id=\"a\">{ITEM}{signature}</doc>"),
    );
    add(
        "duplicate_on_the_signature",
        "The Signature bears the identifier of the signed element.",
        &[FORMAT],
        format!(
            "<doc>{ITEM}{}</doc>",
            Signed { attributes: " Id=\"a\"", ..Signed::new(reference("#a", ITEM)) }.xml()
        ),
    );
    add(
        "duplicate_in_object",
        "An element in the signature's Object bears the identifier.",
        &[FORMAT],
        format!(
            "<doc>{ITEM}{}</doc>",
            signature.replace("</ds:Signature>", "<ds:Object><other Id=\"a\"/></ds:Object></ds:Signature>")
        ),
    );
    add(
        "duplicate_on_the_object",
        "The signature's Object bears the identifier.",
        &[FORMAT],
        format!(
            "<doc>{ITEM}{}</doc>",
            signature
                .replace("</ds:Signature>", "<ds:Object Id=\"a\"><sum>999</sum></ds:Object></ds:Signature>")
        ),
    );
    add(
        "duplicate_on_key_info",
        "KeyInfo bears the identifier.",
        &[FORMAT],
        format!("<doc>{ITEM}{}</doc>", signature.replace("<ds:KeyInfo>", "<ds:KeyInfo Id=\"a\">")),
    );
    add(
        "duplicate_on_the_value",
        "SignatureValue bears the identifier.",
        &[FORMAT],
        format!(
            "<doc>{ITEM}{}</doc>",
            signature.replace("<ds:SignatureValue>", "<ds:SignatureValue Id=\"a\">")
        ),
    );
    let twice = "<item Id=\"a\" ID=\"a\"><sum>100</sum></item>";
    let twice_canonical = "<item ID=\"a\" Id=\"a\"><sum>100</sum></item>";
    attacks.push(
        Attack::new(
            "identifiers",
            "two_attributes_of_one_element",
            "The signed element bears the identifier in two attributes.",
            format!("<doc>{twice}{}</doc>", sign(reference("#a", twice_canonical))),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(twice_canonical)
        .or(&[FORMAT]),
    );
    let crossed = "<item ID=\"b\" Id=\"a\"><sum>100</sum></item>";
    attacks.push(
        Attack::new(
            "identifiers",
            "crossed_attributes",
            "Two elements bear the identifiers of each other in attributes of other case.",
            format!("<doc>{crossed}<other ID=\"a\" Id=\"b\"/>{}</doc>", sign(reference("#a", crossed))),
        )
        .expect(&[FORMAT]),
    );
    attacks.push({
        let mut attack = Attack::new(
            "identifiers",
            "named_attribute",
            "An element bears the identifier in an attribute that the caller named.",
            format!("<doc>{ITEM}<other ref=\"a\"/>{signature}</doc>"),
        )
        .expect(&[FORMAT]);
        attack.id_attributes = vec!["ref"];
        attack
    });
    for (name, tries, other) in [
        (
            "foreign_attribute",
            "An attribute Id of a foreign namespace is no identifier.",
            "<other xmlns:x=\"urn:x\" x:Id=\"a\"/>",
        ),
        ("unknown_attribute", "An attribute of another case is no identifier.", "<other iD=\"a\"/>"),
        ("other_case_of_the_value", "An identifier of another case is another.", "<other Id=\"A\"/>"),
        ("empty_identifier", "Two elements have an empty identifier.", "<other Id=\"\"/><other Id=\"\"/>"),
        (
            "other_duplicates",
            "Two other elements bear an identifier that no reference names.",
            "<other Id=\"c\"/><other Id=\"c\"/>",
        ),
        (
            "fullwidth",
            "An identifier that looks the same is another.",
            "<other Id=\"\u{FF41}\"/><other Id=\"\u{430}\"/>",
        ),
    ] {
        attacks.push(
            Attack::new("identifiers", name, tries, format!("<doc>{ITEM}{other}{signature}</doc>"))
                .passes(&["/doc/item[1]"], &["/doc/other[1]"])
                .octets(ITEM),
        );
    }
    for (name, other) in [("leading_space", "<other Id=\" a\"/>"), ("line_feed", "<other Id=\"a&#10;\"/>")] {
        attacks.push(
            Attack::new(
                "identifiers",
                &format!("decoy_{name}"),
                "An identifier that a reader may trim to that of the signed element.",
                format!("<doc>{other}{ITEM}{signature}</doc>"),
            )
            .passes(&["/doc/item[1]"], &["/doc/other[1]"])
            .octets(ITEM)
            .or(&[FORMAT]),
        );
    }
    // References.
    let refers = |uri: &str| format!("<doc>{ITEM}{}</doc>", sign(reference(uri, ITEM)));
    for (name, tries, expected, uri) in [
        ("other_case", "The reference differs from the identifier in case.", &[MISSING][..], "#A"),
        ("nobody", "The reference names nothing.", &[MISSING], "#nobody"),
        ("empty_fragment", "The fragment is empty.", &[MISSING, UNSUPPORTED, FORMAT], "#"),
        ("leading_space", "A space stands before the identifier.", &[MISSING, UNSUPPORTED, FORMAT], "# a"),
        ("trailing_space", "A space stands behind the identifier.", &[MISSING, UNSUPPORTED, FORMAT], "#a "),
        ("percent_encoded", "The identifier is percent-encoded.", &[MISSING, UNSUPPORTED, FORMAT], "#%61"),
        ("two_fragments", "The fragment holds another fragment.", &[MISSING, UNSUPPORTED, FORMAT], "##a"),
        ("xpointer_path", "An XPointer selects by a path.", &[UNSUPPORTED], "#xpointer(//item)"),
        (
            "xpointer_child",
            "An XPointer selects by a path below an identifier.",
            &[UNSUPPORTED],
            "#xpointer(id('a')/sum)",
        ),
        (
            "xpointer_union",
            "An XPointer selects two identifiers.",
            &[UNSUPPORTED, MISSING],
            "#xpointer(id('a')|id('b'))",
        ),
        (
            "xpointer_two_identifiers",
            "An XPointer names two identifiers in one string.",
            &[UNSUPPORTED, MISSING, FORMAT],
            "#xpointer(id('a b'))",
        ),
        (
            "xpointer_no_quotes",
            "An XPointer names an identifier without quotes.",
            &[UNSUPPORTED, FORMAT, MISSING],
            "#xpointer(id(a))",
        ),
        (
            "xpointer_element_scheme",
            "The element() scheme selects by position.",
            &[UNSUPPORTED, MISSING],
            "#element(/1/1)",
        ),
        (
            "xpointer_xmlns_scheme",
            "The xmlns() scheme binds a prefix for an XPointer.",
            &[UNSUPPORTED, MISSING],
            "#xmlns(x=urn:x)xpointer(//x:item)",
        ),
        (
            "xpointer_fallback",
            "A second XPointer stands behind one that finds nothing.",
            &[UNSUPPORTED, MISSING, FORMAT],
            "#xpointer(id('nobody'))xpointer(id('a'))",
        ),
        ("xpointer_nobody", "An XPointer names nothing.", &[MISSING], "#xpointer(id('nobody'))"),
        ("http", "The reference is an address in the network.", &[MISSING], "http://localhost:9/item.xml"),
        (
            "https_with_fragment",
            "The reference is an address in the network with a fragment of this document.",
            &[MISSING],
            "https://localhost:9/item.xml#a",
        ),
        ("file", "The reference is a local file.", &[MISSING], "file:///etc/passwd"),
        ("relative", "The reference is a relative path.", &[MISSING], "item.xml"),
        (
            "relative_with_fragment",
            "The reference is a relative path with a fragment.",
            &[MISSING],
            "item.xml#a",
        ),
        ("query", "The reference is a query with a fragment.", &[MISSING], "?#a"),
        ("dot", "The reference is the current folder.", &[MISSING], "."),
        (
            "attachment",
            "The reference is an attachment that did not come.",
            &[MISSING],
            "cid:item@qoltanba.test",
        ),
        ("data", "The reference bears its own octets.", &[MISSING, UNSUPPORTED], "data:text/xml,%3Citem/%3E"),
        ("space", "The reference is a space.", &[MISSING, UNSUPPORTED, FORMAT], " "),
    ] {
        attacks
            .push(Attack::new("identifiers", &format!("refer_{name}"), tries, refers(uri)).expect(expected));
    }
    let without_uri = reference("#a", ITEM).replace(" URI=\"#a\"", "");
    attacks.push(
        Attack::new(
            "identifiers",
            "refer_without_uri",
            "The reference has no URI.",
            format!("<doc>{ITEM}{}</doc>", sign(without_uri)),
        )
        .expect(&[MISSING, FORMAT]),
    );
    attacks.push(
        Attack::new(
            "identifiers",
            "refer_xpointer_duplicate",
            "An XPointer names an identifier that two elements bear.",
            format!("<doc>{ITEM}<other Id=\"a\"/>{}</doc>", sign(reference("#xpointer(id('a'))", ITEM))),
        )
        .expect(&[FORMAT]),
    );
    attacks.push(
        Attack::new(
            "identifiers",
            "refer_xpointer_twin",
            "An XPointer names an element that has a forged twin.",
            format!("<doc>{ITEM}{FORGED}{}</doc>", sign(reference("#xpointer(id('a'))", ITEM))),
        )
        .expect(&[TWIN]),
    );
    // The Signature itself.
    let own = Signed { attributes: " Id=\"s\"", ..Signed::new(enveloped("#s", "")) };
    attacks.push(
        Attack::new(
            "identifiers",
            "signature_of_itself",
            "The reference names the Signature, which the transform takes out: nothing is signed.",
            format!("<doc>{ITEM}{}</doc>", own.xml()),
        )
        .expect(&[FORMAT, TWIN, UNSUPPORTED]),
    );
    let signed_info = Signed::new(enveloped("#i", ""));
    attacks.push(
        Attack::new(
            "identifiers",
            "reference_to_signed_info",
            "The reference names the SignedInfo that holds it.",
            format!(
                "<doc>{ITEM}{}</doc>",
                signed_info.xml().replace("<ds:SignedInfo", "<ds:SignedInfo Id=\"i\"")
            ),
        )
        .expect(&[FORMAT, super::HASH, super::VALUE]),
    );
    let key_info = x509_data(&[&APPLICANT.certificate_der]);
    let canonical = format!("<ds:KeyInfo xmlns:ds=\"{DSIG}\" Id=\"k\">{key_info}</ds:KeyInfo>");
    attacks.push(
        Attack::new(
            "identifiers",
            "only_key_info_signed",
            "The only reference names KeyInfo, so that no content is signed.",
            format!(
                "<doc>{ITEM}{}</doc>",
                sign(reference("#k", &canonical)).replace("<ds:KeyInfo>", "<ds:KeyInfo Id=\"k\">")
            ),
        )
        .passes(&[], &["/doc/item[1]"])
        .or(&[FORMAT, TWIN, LIMIT]),
    );
    attacks
}
