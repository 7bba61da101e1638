//! The structure of a Signature: two of what there is one of, something hidden in what is decoded, decoys.

use super::signed::*;
use super::wrapping::{FORGED, ITEM};
use super::{Attack, FORMAT, HASH, LIMIT, MISSING, TWIN, UNSUPPORTED, VALUE};

pub(super) fn attacks() -> Vec<Attack> {
    let mut attacks = Vec::new();
    let base = Signed::new(reference("#a", ITEM));
    let right = base.xml();
    let (info, value, key) = (base.signed_info(), base.signature_value(), base.key_info_element());
    // What the attacker would have signed.
    let forged = Signed::new(reference("#b", FORGED));
    let document = |signature: &str| format!("<doc>{ITEM}{signature}</doc>");
    let changed = |from: &str, to: &str| {
        assert!(right.contains(from), "{from}");
        document(&right.replacen(from, to, 1))
    };
    let of = |parts: &[&str]| document(&base.around(&parts.concat()));
    let mut add = |name: &str, tries: &str, expected: &[&'static str], document: String| {
        attacks.push(Attack::new("structure", name, tries, document).expect(expected));
    };
    add(
        "two_signed_info",
        "A forged SignedInfo stands behind the signed one.",
        &[FORMAT],
        of(&[&info, &forged.signed_info(), &value, &key]),
    );
    add(
        "two_signed_info_forged_first",
        "A forged SignedInfo stands in front of the signed one.",
        &[FORMAT],
        of(&[&forged.signed_info(), &info, &value, &key]),
    );
    add("two_signed_info_equal", "SignedInfo stands twice.", &[FORMAT], of(&[&info, &info, &value, &key]));
    add(
        "signed_info_last",
        "A forged SignedInfo stands last.",
        &[FORMAT],
        of(&[&info, &value, &key, &forged.signed_info()]),
    );
    add(
        "signed_info_in_object",
        "The SignedInfo stands in an Object.",
        &[FORMAT],
        of(&[&value, &key, &format!("<ds:Object>{info}</ds:Object>")]),
    );
    add(
        "signed_info_decoy_namespace",
        "A SignedInfo of another namespace stands in front.",
        &[FORMAT],
        of(&[&info.replace(DSIG, "urn:x").replace("ds:", "x:"), &info, &value, &key])
            .replace("xmlns:ds=\"urn:x\"", "xmlns:x=\"urn:x\""),
    );
    add(
        "signed_info_decoy_nested",
        "A forged SignedInfo stands in the signed one.",
        &[FORMAT],
        of(&[
            &info.replace("</ds:SignedInfo>", &format!("{}</ds:SignedInfo>", forged.signed_info())),
            &value,
            &key,
        ]),
    );
    add(
        "signed_info_wrapped",
        "The SignedInfo stands in a wrapper.",
        &[FORMAT],
        of(&["<x>", &info, "</x>", &value, &key]),
    );
    add("no_signed_info", "There is no SignedInfo.", &[FORMAT], of(&[&value, &key]));
    add(
        "two_values",
        "A second value stands behind the first.",
        &[FORMAT],
        of(&[&info, &value, &forged.signature_value(), &key]),
    );
    add(
        "two_values_wrong_first",
        "A wrong value stands in front of the right one.",
        &[FORMAT],
        of(&[&info, &forged.signature_value(), &value, &key]),
    );
    add("no_value", "There is no value.", &[FORMAT], of(&[&info, &key]));
    add("value_first", "The value stands in front of SignedInfo.", &[FORMAT], of(&[&value, &info, &key]));
    add("empty", "The Signature is empty.", &[FORMAT], of(&[]));
    add(
        "foreign_child",
        "An element of another namespace stands in front.",
        &[FORMAT],
        of(&["<x xmlns=\"urn:x\"/>", &info, &value, &key]),
    );
    add(
        "foreign_child_last",
        "An element of another namespace stands last.",
        &[FORMAT],
        of(&[&info, &value, &key, "<x xmlns=\"urn:x\"/>"]),
    );
    add(
        "object_before_key",
        "An Object stands in front of KeyInfo.",
        &[FORMAT],
        of(&[&info, &value, "<ds:Object/>", &key]),
    );
    add(
        "signature_in_signature",
        "A Signature stands in the Signature.",
        &[FORMAT],
        of(&[&info, &value, &key, &right]),
    );
    let digest = {
        let start = info.find("<ds:DigestValue>").expect("a digest");
        let end = info.find("</ds:Reference>").expect("a digest");
        info[start..end].to_owned()
    };
    // SignedInfo as it is changed here is signed, so that its structure alone speaks against it.
    let signed = |from: &str, to: &str| {
        assert!(info.contains(from), "{from}");
        let info = info.replacen(from, to, 1);
        of(&[&info, &base.value_over(&info), &key])
    };
    add(
        "two_digests",
        "A second digest stands behind the first.",
        &[FORMAT],
        signed(&digest, &digest.repeat(2)),
    );
    add(
        "two_digests_wrong_first",
        "A wrong digest stands in front of the right one.",
        &[FORMAT],
        signed(&digest, &format!("<ds:DigestValue>{}</ds:DigestValue>{digest}", encode([0; 32]))),
    );
    add("no_digest", "There is no digest.", &[FORMAT], signed(&digest, ""));
    add(
        "digest_method_last",
        "The digest stands in front of its method.",
        &[FORMAT],
        signed(
            &format!("<ds:DigestMethod Algorithm=\"{SHA256}\"></ds:DigestMethod>{digest}"),
            &format!("{digest}<ds:DigestMethod Algorithm=\"{SHA256}\"></ds:DigestMethod>"),
        ),
    );
    add(
        "two_digest_methods",
        "There are two digest methods.",
        &[FORMAT],
        signed(
            "<ds:DigestMethod",
            &format!("<ds:DigestMethod Algorithm=\"{SHA256}\"></ds:DigestMethod><ds:DigestMethod"),
        ),
    );
    add(
        "no_digest_method",
        "There is no digest method.",
        &[FORMAT],
        signed(&format!("<ds:DigestMethod Algorithm=\"{SHA256}\"></ds:DigestMethod>"), ""),
    );
    add(
        "digest_of_no_namespace",
        "The digest is of no namespace.",
        &[FORMAT],
        signed(&digest, &digest.replace("ds:", "")),
    );
    add(
        "digest_with_child",
        "The digest has a child.",
        &[FORMAT],
        signed("<ds:DigestValue>", "<ds:DigestValue><x></x>"),
    );
    add(
        "two_canonicalization_methods",
        "There are two canonicalisation methods.",
        &[FORMAT],
        signed(
            "<ds:CanonicalizationMethod",
            &format!(
                "<ds:CanonicalizationMethod Algorithm=\"{INCLUSIVE}\"></ds:CanonicalizationMethod><ds:CanonicalizationMethod"
            ),
        ),
    );
    add(
        "two_signature_methods",
        "There are two signature methods.",
        &[FORMAT],
        signed(
            "<ds:SignatureMethod",
            "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#hmac-sha1\"></ds:SignatureMethod><ds:SignatureMethod",
        ),
    );
    add("methods_in_other_order", "The signature method stands in front.", &[FORMAT], signed(&format!("<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></ds:CanonicalizationMethod>"), "").replace("</ds:SignatureMethod>", &format!("</ds:SignatureMethod><ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></ds:CanonicalizationMethod>")));
    add(
        "reference_of_no_namespace",
        "A reference of no namespace stands among the references.",
        &[FORMAT],
        signed("<ds:Reference", "<Reference URI=\"#b\"></Reference><ds:Reference"),
    );
    add("no_reference", "There is no reference, so nothing is signed.", &[FORMAT], document(&sign("")));
    let text_in_signed_info = signed("<ds:Reference", "text<ds:Reference");
    let mut decoded = Vec::new();
    for (where_, start) in [("digest", "<ds:DigestValue>"), ("value", "<ds:SignatureValue>")] {
        for (name, tries, junk) in [
            ("comment", "A comment stands in front of the octets.", "<!-- AAAA -->"),
            ("instruction", "An instruction stands in front of the octets.", "<?x AAAA?>"),
            ("star", "A character that is no base64 stands in front.", "*"),
            ("padding", "Padding stands in front.", "="),
            ("no_break_space", "A space that is none stands in front.", "\u{A0}"),
            ("zero_width", "A character without width stands in front.", "\u{200B}"),
            ("nested", "An element stands in front.", "<x/>"),
        ] {
            add(&format!("{where_}_{name}"), tries, &[FORMAT], changed(start, &format!("{start}{junk}")));
        }
        add(&format!("{where_}_comment_inside"), "A comment splits the octets.", &[FORMAT], {
            let at = right.find(start).expect("the element") + start.len() + 8;
            document(&format!("{}<!-- -->{}", &right[..at], &right[at..]))
        });
        add(
            &format!("{where_}_other_octets_in_comment"),
            "The octets are in a comment behind others.",
            &[FORMAT],
            changed(start, &format!("{start}AAAA<!--")).replacen(
                &format!("</{}", &start[1..]),
                &format!("--></{}", &start[1..]),
                1,
            ),
        );
        decoded.push(
            Attack::new(
                "structure",
                &format!("{where_}_cdata"),
                "A CDATA section of nothing stands in front of the octets.",
                changed(start, &format!("{start}<![CDATA[]]>")),
            )
            .passes(&["/doc/item[1]"], &[])
            .octets(ITEM)
            .or(&[FORMAT]),
        );
        decoded.push(
            Attack::new(
                "structure",
                &format!("{where_}_reference"),
                "A space by reference stands in front of the octets.",
                changed(start, &format!("{start}&#32;")),
            )
            .passes(&["/doc/item[1]"], &[])
            .octets(ITEM)
            .or(&[FORMAT, VALUE]),
        );
        let add_expected = |name: &str, tries: &str, junk: &str| {
            Attack::new(
                "structure",
                &format!("{where_}_{name}"),
                tries,
                changed(start, &format!("{start}{junk}")),
            )
            .expect(&[FORMAT, HASH, VALUE])
        };
        decoded.push(add_expected("more_octets", "More octets stand in front.", "AAAA"));
        decoded.push(add_expected("letter", "A letter stands in front.", "A"));
    }
    attacks.extend(decoded);
    let mut add = |name: &str, tries: &str, expected: &[&'static str], document: String| {
        attacks.push(Attack::new("structure", name, tries, document).expect(expected));
    };
    for (name, at) in [
        ("first", "<ds:CanonicalizationMethod"),
        ("before_the_reference", "<ds:Reference"),
        ("in_the_reference", "<ds:Transforms"),
        ("in_transforms", "<ds:Transform "),
        ("before_the_digest", "<ds:DigestValue"),
    ] {
        add(
            &format!("signed_info_comment_{name}"),
            "A comment stands in SignedInfo.",
            &[FORMAT],
            changed(at, &format!("<!-- -->{at}")),
        );
        add(
            &format!("signed_info_instruction_{name}"),
            "An instruction stands in SignedInfo.",
            &[FORMAT],
            changed(at, &format!("<?x?>{at}")),
        );
    }
    add(
        "reference_attribute_uri_of_namespace",
        "URI is an attribute of a namespace, too.",
        &[VALUE, FORMAT],
        changed("<ds:Reference URI=\"#a\"", "<ds:Reference ds:URI=\"#b\" URI=\"#a\""),
    );
    add(
        "reference_redirected",
        "The reference is redirected to a forged element with its own digest.",
        &[VALUE, TWIN],
        format!(
            "<doc>{ITEM}{FORGED}{}</doc>",
            right.replace(&reference("#a", ITEM), &reference("#b", FORGED))
        ),
    );
    // Several references.
    let two =
        |second: &str, rest: &str| format!("<doc>{ITEM}{rest}{}</doc>", sign(reference("#a", ITEM) + second));
    add(
        "second_reference_wrong",
        "The second of two digests is wrong.",
        &[HASH],
        two(&reference("#b", "wrong"), FORGED),
    );
    add(
        "second_reference_nobody",
        "The second reference names nothing.",
        &[MISSING],
        two(&reference("#nobody", FORGED), ""),
    );
    add(
        "second_reference_external",
        "The second reference leads into the network.",
        &[MISSING],
        two(&reference("http://localhost:9/", FORGED), ""),
    );
    add(
        "second_reference_unsupported",
        "The second reference is transformed by a style sheet.",
        &[UNSUPPORTED],
        two(&reference_by("#b", &transform(XSLT, ""), b""), FORGED),
    );
    add(
        "first_reference_wrong",
        "The first of two digests is wrong.",
        &[HASH],
        format!("<doc>{ITEM}{FORGED}{}</doc>", sign(reference("#a", "wrong") + &reference("#b", FORGED))),
    );
    attacks.push(
        Attack::new(
            "structure",
            "same_reference_twice",
            "Two references name one element.",
            two(&reference("#a", ITEM), ""),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(ITEM),
    );
    // Manifest: its digests are the signature's only if they are checked.
    let manifest = |inner: &str| {
        let canonical = format!("<ds:Manifest xmlns:ds=\"{DSIG}\" Id=\"m\">{inner}</ds:Manifest>");
        let objects = format!("<ds:Object><ds:Manifest Id=\"m\">{inner}</ds:Manifest></ds:Object>");
        let reference = reference("#m", &canonical)
            .replace("<ds:Reference ", "<ds:Reference Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\" ");
        format!("<doc>{ITEM}{}</doc>", Signed { objects, ..Signed::new(reference) }.xml())
    };
    attacks.push(
        Attack::new(
            "control",
            "manifest",
            "Nothing: a signature over a Manifest.",
            manifest(&reference("#a", ITEM)),
        )
        .passes(&["/doc/item[1]"], &[]),
    );
    for (name, tries, expected, document) in [
        (
            "manifest_wrong_digest",
            "A digest in the Manifest is wrong.",
            &[HASH][..],
            manifest(&reference("#a", "wrong")),
        ),
        (
            "manifest_content_changed",
            "What the Manifest refers to is changed.",
            &[HASH],
            manifest(&reference("#a", ITEM)).replace("<sum>100", "<sum>999"),
        ),
        (
            "manifest_changed",
            "The Manifest is changed.",
            &[HASH],
            manifest(&reference("#a", ITEM)).replace("<ds:Manifest Id=\"m\">", "<ds:Manifest Id=\"m\"><x/>"),
        ),
        (
            "manifest_nobody",
            "The Manifest refers to nothing.",
            &[MISSING],
            manifest(&reference("#nobody", ITEM)),
        ),
        (
            "manifest_of_itself",
            "The Manifest refers to itself.",
            &[HASH, FORMAT, LIMIT, UNSUPPORTED],
            manifest(&reference("#m", ITEM)),
        ),
        (
            "manifest_wrapped",
            "The Manifest's element moves aside, a forged one takes its place.",
            &[TWIN, FORMAT],
            manifest(&reference("#a", ITEM)).replace(ITEM, &format!("<w>{ITEM}</w>{FORGED}")),
        ),
    ] {
        attacks.push(Attack::new("structure", name, tries, document).expect(expected));
    }
    let named = manifest(&reference("#a", ITEM));
    let start = named.find("<ds:Object>").expect("an Object");
    let end = named.find("</ds:Signature>").expect("a signature's end");
    let real = &named[start..end];
    let evil =
        format!("<ds:Object><ds:Manifest Id=\"e\">{}</ds:Manifest></ds:Object>", reference("#b", FORGED));
    let with = |objects: &str| {
        [&named[..start], objects, &named[end..]].concat().replace("</doc>", &format!("{FORGED}</doc>"))
    };
    let outside = real
        .replace("<ds:Object>", "")
        .replace("</ds:Object>", "")
        .replace("<ds:Manifest ", &format!("<ds:Manifest xmlns:ds=\"{DSIG}\" "));
    for (name, tries, document) in [
        (
            "manifest_in_element",
            "The signed Manifest moves into an element of an Object, another takes its place.",
            with(&format!("{evil}<ds:Object><w>{real}</w></ds:Object>")),
        ),
        (
            "manifest_in_element_before",
            "The same, the moved one first.",
            with(&format!("<ds:Object><w>{real}</w></ds:Object>{evil}")),
        ),
        (
            "manifest_beside",
            "A Manifest that is not signed stands in an Object before that of the signed one.",
            with(&format!("{evil}{real}")),
        ),
        ("manifest_beside_after", "The same, after it.", with(&format!("{real}{evil}"))),
        (
            "manifest_in_object_of_another",
            "A Manifest that is not signed stands before the signed one in its Object.",
            with(&real.replace("<ds:Object>", evil.trim_end_matches("</ds:Object>"))),
        ),
        (
            "manifest_outside",
            "The signed Manifest moves out of the signature, another takes its place.",
            with(&evil).replace("<doc>", &format!("<doc>{outside}")),
        ),
    ] {
        attacks.push(Attack::new("structure", name, tries, document).expect(&[FORMAT, TWIN]));
    }
    // The Manifest is chosen by an expression.
    let inner = reference("#a", ITEM);
    let canonical = format!("<ds:Manifest xmlns:ds=\"{DSIG}\" Id=\"m\">{inner}</ds:Manifest>");
    let by_path = transform(XPATH, "<ds:XPath>ancestor-or-self::ds:Manifest[@Id='m']</ds:XPath>");
    let by_filter = transform(
        FILTER2,
        &format!("<f:XPath xmlns:f=\"{FILTER2}\" Filter=\"intersect\">//ds:Manifest[@Id='m']</f:XPath>"),
    );
    let chosen = |expression: &str, objects: &str, beside: &str| {
        let transforms = expression.to_owned() + &transform(EXCLUSIVE, "");
        let chosen = reference_by("", &transforms, canonical.as_bytes());
        let signature = Signed { objects: objects.to_owned(), ..Signed::new(chosen) }.xml();
        format!("<doc>{ITEM}{FORGED}{beside}{signature}</doc>")
    };
    let in_element = format!("{evil}<ds:Object><w>{real}</w></ds:Object>");
    for (name, tries, document) in [
        (
            "manifest_before_chosen",
            "A Manifest that is not signed stands before the one that an XPath chooses.",
            chosen(&by_path, &format!("{evil}{real}"), ""),
        ),
        (
            "manifest_chosen_in_element",
            "The Manifest that an XPath chooses moves into an element of an Object, another takes its place.",
            chosen(&by_path, &in_element, ""),
        ),
        (
            "manifest_filtered_in_element",
            "The same with an XPath filter of the second kind.",
            chosen(&by_filter, &in_element, ""),
        ),
        (
            "manifest_chosen_outside",
            "The Manifest that an XPath chooses moves out of the signature, another takes its place.",
            chosen(&by_path, &evil, &outside),
        ),
    ] {
        attacks.push(Attack::new("structure", name, tries, document).expect(&[FORMAT, TWIN]));
    }
    // An Object is chosen by an expression.
    let object =
        |id: &str, text: &str| format!("<ds:Object xmlns:ds=\"{DSIG}\" Id=\"{id}\">{text}</ds:Object>");
    let by_path = transform(XPATH, "<ds:XPath>ancestor-or-self::ds:Object[@Id='o']</ds:XPath>");
    let chosen = reference_by("", &(by_path + &transform(EXCLUSIVE, "")), object("o", "pay 100").as_bytes());
    let signature = Signed { objects: object("e", "pay 999"), ..Signed::new(chosen) }.xml();
    attacks.push(
        Attack::new(
            "structure",
            "object_chosen_outside",
            "The Object that an XPath chooses moves out of the signature, another takes its place.",
            format!("<doc>{}{signature}</doc>", object("o", "pay 100")),
        )
        .expect(&[FORMAT, TWIN]),
    );
    // The Manifest is signed with the Object that holds it.
    let held = format!("<ds:Manifest>{}</ds:Manifest>", reference("#a", ITEM));
    let canonical = format!("<ds:Object xmlns:ds=\"{DSIG}\" Id=\"o\">{held}</ds:Object>");
    let objects = format!("<ds:Object Id=\"o\">{held}</ds:Object>");
    let of_object = |objects: String| Signed { objects, ..Signed::new(reference("#o", &canonical)) }.xml();
    for (name, tries, objects) in [
        (
            "manifest_before_signed_object",
            "A Manifest that is not signed stands before the signed Object with one.",
            format!("{evil}{objects}"),
        ),
        ("manifest_behind_signed_object", "The same, behind it.", format!("{objects}{evil}")),
    ] {
        let document = format!("<doc>{ITEM}{FORGED}{}</doc>", of_object(objects));
        attacks.push(Attack::new("structure", name, tries, document).expect(&[FORMAT, TWIN]));
    }
    let document = format!("<doc>{ITEM}{}</doc>", of_object(objects.clone()));
    attacks.push(
        Attack::new(
            "structure",
            "manifest_in_object_changed",
            "What the Manifest in the signed Object refers to is changed.",
            document.replace("<sum>100", "<sum>999"),
        )
        .expect(&[HASH]),
    );
    attacks.push(
        Attack::new(
            "control",
            "manifest_in_object",
            "Nothing: a Manifest that is signed with its Object.",
            document,
        )
        .passes(&["/doc/item[1]"], &[]),
    );
    // The Object that a Manifest names moves.
    let plain =
        |id: &str, text: &str| format!("<ds:Object xmlns:ds=\"{DSIG}\" Id=\"{id}\">{text}</ds:Object>");
    let properties = "<z></z><x:QualifyingProperties xmlns:x=\"http://uri.etsi.org/01903/v1.3.2#\" Target=\"#s\">\
                      <x:SignedProperties Id=\"p\"></x:SignedProperties></x:QualifyingProperties>";
    let naming = |content: &str| {
        let inner = reference("#o", &plain("o", content));
        let canonical = format!("<ds:Manifest xmlns:ds=\"{DSIG}\" Id=\"m\">{inner}</ds:Manifest>");
        let objects = format!("<ds:Object><ds:Manifest Id=\"m\">{inner}</ds:Manifest></ds:Object>");
        let signed = reference("#a", ITEM) + &reference("#m", &canonical);
        Signed { objects, attributes: " Id=\"s\"", ..Signed::new(signed) }.xml()
    };
    let carrier = |content: &str| {
        let objects = format!("<ds:Object><w>{}</w></ds:Object>", plain("o", content));
        Signed { objects, ..Signed::new(reference("#b", FORGED)) }.xml()
    };
    for (name, tries, document) in [
        (
            "object_with_properties_outside",
            "The Object that a Manifest names moves out of the signature, properties in it behind something else.",
            format!("<doc>{ITEM}{}{}</doc>", naming(properties), plain("o", properties)),
        ),
        (
            "object_carried_deep",
            "It moves into an element in the Object of another signature, which does not sign it.",
            format!("<doc>{ITEM}<w>{FORGED}</w>{}{}</doc>", naming("pay 100"), carrier("pay 100")),
        ),
    ] {
        attacks.push(Attack::new("structure", name, tries, document).expect(&[FORMAT]));
    }
    attacks.push(
        Attack::new(
            "structure",
            "manifest_external",
            "The Manifest refers into the network; nothing is fetched, and nothing said of that content.",
            manifest(&reference("http://localhost:9/", ITEM)),
        )
        .passes(&["/doc/ds:Signature[1]/ds:Object[1]/ds:Manifest[1]"], &["/doc/item[1]"])
        .or(&[MISSING]),
    );
    attacks.push(
        Attack::new(
            "structure",
            "text_in_signed_info",
            "Text, which is signed, stands between the elements of SignedInfo.",
            text_in_signed_info,
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(ITEM)
        .or(&[FORMAT]),
    );
    // An enveloping signature.
    let content = "<ds:Object xmlns:ds=\"D\" Id=\"o\"><sum>100</sum></ds:Object>"
        .replace("\"D\"", &format!("\"{DSIG}\""));
    let enveloping = Signed {
        objects: "<ds:Object Id=\"o\"><sum>100</sum></ds:Object>".into(),
        ..Signed::new(reference("#o", &content))
    };
    attacks.push(
        Attack::new(
            "control",
            "enveloping",
            "Nothing: a Signature with its content in an Object.",
            enveloping.xml(),
        )
        .passes(&[], &[])
        .octets(&content),
    );
    for (name, tries, expected, document) in [
        (
            "enveloping_changed",
            "The content in the Object is changed.",
            &[HASH][..],
            enveloping.xml().replace("100", "999"),
        ),
        (
            "enveloping_second_object",
            "A second Object bears the identifier.",
            &[FORMAT],
            enveloping
                .xml()
                .replace("</ds:Signature>", "<ds:Object Id=\"o\"><sum>999</sum></ds:Object></ds:Signature>"),
        ),
    ] {
        attacks.push(Attack::new("structure", name, tries, document).expect(expected));
    }
    // The signed Object lies in a copy of the signature.
    let copied = |objects: &str| {
        let whole = enveloping.xml();
        let start = whole.find("<ds:Object").expect("an Object");
        let end = whole.find("</ds:Signature>").expect("the end");
        [&whole[..start], objects, &whole[end..]].concat()
    };
    let evil = "<ds:Object><sum>999</sum></ds:Object>";
    for (name, tries, document) in [
        (
            "enveloping_around_copy",
            "The Signature moves into an Object of a copy of itself, which has another Object before.",
            copied(&format!("{evil}<ds:Object>{}</ds:Object>", enveloping.xml())),
        ),
        (
            "enveloping_beside_copy",
            "A copy of the Signature with another Object stands before it.",
            format!("<doc>{}{}</doc>", copied(evil), enveloping.xml()),
        ),
    ] {
        attacks.push(Attack::new("structure", name, tries, document).expect(&[FORMAT, TWIN]));
    }
    attacks.push(
        Attack::new(
            "structure",
            "enveloping_in_document",
            "A document holds a forged content beside the Signature; it is reported.",
            format!(
                "<doc><ds:Object xmlns:ds=\"{DSIG}\" Id=\"x\"><sum>999</sum></ds:Object>{}</doc>",
                enveloping.xml()
            ),
        )
        .passes(&[], &["/doc/ds:Object[1]"])
        .or(&[TWIN, FORMAT]),
    );
    attacks.push(
        Attack::new(
            "structure",
            "manifest_empty",
            "The Manifest is empty, so that no content is signed; that is reported.",
            manifest(""),
        )
        .passes(&[], &["/doc/item[1]"])
        .or(&[FORMAT, MISSING, TWIN, UNSUPPORTED]),
    );
    attacks.push(
        Attack::new(
            "structure",
            "enveloping_another_object",
            "An Object that is not signed is added; it is reported.",
            enveloping
                .xml()
                .replace("</ds:Signature>", "<ds:Object><sum>999</sum></ds:Object></ds:Signature>"),
        )
        .passes(&[], &["/ds:Signature/ds:Object[2]"])
        .or(&[TWIN, FORMAT]),
    );
    parts_of_nobody(&right, &mut attacks);
    attacks
}

/// What is put into a Signature where nobody signs it, and where no reader of signatures looks.
fn parts_of_nobody(right: &str, attacks: &mut Vec<Attack>) {
    let own = "/doc/ds:Signature[1]";
    for (name, tries, from, to, left) in [
        (
            "instruction_in_key_info",
            "An instruction stands in KeyInfo; it is reported.",
            "<ds:X509Data>",
            "<?pay 999?><ds:X509Data>",
            "/ds:KeyInfo[1]/processing-instruction()",
        ),
        (
            "instruction_behind_the_value",
            "An instruction stands between the value and KeyInfo; it is reported.",
            "<ds:KeyInfo>",
            "<?pay 999?><ds:KeyInfo>",
            "/processing-instruction()",
        ),
        (
            "attribute_of_the_value",
            "SignatureValue has an attribute of another namespace; it is reported.",
            "<ds:SignatureValue>",
            "<ds:SignatureValue x:pay=\"999\" xmlns:x=\"urn:x\">",
            "/ds:SignatureValue[1]/@*",
        ),
        (
            "attribute_of_xml_in_key_info",
            "X509Data has an attribute of XML itself; it is reported.",
            "<ds:X509Data>",
            "<ds:X509Data xml:base=\"http://localhost:9/\">",
            "/ds:KeyInfo[1]/ds:X509Data[1]/@*",
        ),
        (
            "name_of_no_schema_in_key_info",
            "An element in the namespace of signatures, but of a name that no schema has, stands in KeyInfo; it is \
             reported.",
            "</ds:KeyInfo>",
            "<ds:Order>Pay 999 to Mallory</ds:Order></ds:KeyInfo>",
            "/ds:KeyInfo[1]/ds:Order[1]",
        ),
        (
            "text_in_key_value",
            "Text stands where only elements may; it is reported.",
            "</ds:KeyInfo>",
            "<ds:KeyValue>Pay 999 to Mallory</ds:KeyValue></ds:KeyInfo>",
            "/ds:KeyInfo[1]/ds:KeyValue[1]/text()",
        ),
        (
            "object_in_key_info",
            "An Object with an instruction stands in KeyInfo; it is reported.",
            "</ds:KeyInfo>",
            "<ds:Object><?pay 999?></ds:Object></ds:KeyInfo>",
            "/ds:KeyInfo[1]/ds:Object[1]",
        ),
    ] {
        let document = format!("<doc>{ITEM}{}</doc>", right.replacen(from, to, 1));
        attacks.push(
            Attack::new("structure", name, tries, document)
                .passes(&["/doc/item[1]"], &[&format!("{own}{left}")])
                .octets(ITEM)
                .or(&[FORMAT]),
        );
    }
    // An Object of which an element is signed.
    for (name, tries, tag, before, left) in [
        (
            "instruction_in_object_signed_in_part",
            "An instruction stands in an Object of which an element is signed; it is reported.",
            "<ds:Object>",
            "<?pay 999?>",
            "processing-instruction()",
        ),
        (
            "attribute_of_object_signed_in_part",
            "An Object of which an element is signed has an attribute; it is reported.",
            "<ds:Object pay=\"999\">",
            "",
            "@*",
        ),
        (
            "property_beside_a_signed_element",
            "A SignatureProperty that nobody signed stands beside a signed element; it is reported.",
            "<ds:Object>",
            "<ds:SignatureProperties><ds:SignatureProperty Target=\"#s\">Pay 999</ds:SignatureProperty>\
             </ds:SignatureProperties>",
            "ds:SignatureProperties[1]",
        ),
        (
            "object_in_object_signed_in_part",
            "An Object in an Object of which an element is signed holds an instruction; it is reported.",
            "<ds:Object>",
            "<ds:Object><?pay 999?></ds:Object>",
            "ds:Object[1]",
        ),
    ] {
        let object = format!("{tag}{before}{ITEM}</ds:Object></ds:Signature>");
        attacks.push(
            Attack::new("structure", name, tries, right.replace("</ds:Signature>", &object))
                .passes(&[], &[&format!("/ds:Signature/ds:Object[1]/{left}")])
                .octets(ITEM)
                .or(&[FORMAT]),
        );
    }
}
