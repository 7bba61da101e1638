//! Canonicalisation tricks: a change that the canonical form does not show, or that a wrong canonical form
//! does not show. Where the octets are the same the signature is good, and the report says the octets.

use super::signed::*;
use super::wrapping::ITEM;
use super::{Attack, FORMAT, HASH, UNSUPPORTED, VALUE};

const ORDER: &str = "<order xmlns=\"urn:order\" xmlns:p=\"urn:p\" Id=\"a\" p:kind=\"x y\"><name>admin.test</name>\
                     <sum p:unit=\"KZT\">100</sum></order>";

/// The order as a reader gets it after `from` was changed to `to`.
fn order(from: &str, to: &str) -> String {
    assert!(ORDER.contains(from), "{from}");
    ORDER.replacen(from, to, 1)
}

pub(super) fn attacks() -> Vec<Attack> {
    let mut attacks = Vec::new();
    // Exclusive Canonical XML declares p where it is used: at the apex.
    let exclusive = sign(reference("#a", ORDER));
    let inclusive = sign(reference_by("#a", &transform(INCLUSIVE, ""), ORDER.as_bytes()));
    attacks.push(
        Attack::new(
            "control",
            "order",
            "Nothing: an order with namespaces.",
            format!("<doc>{ORDER}{exclusive}</doc>"),
        )
        .passes(&["/doc/order[1]"], &[])
        .octets(ORDER),
    );
    for (name, tries, from, to) in [
        (
            "comment_in_text",
            "A comment splits a value; the octets that were signed have none.",
            "admin.test",
            "admin<!-- -->.test",
        ),
        ("comment_at_the_start", "A comment stands in front of a value.", ">100", "><!-- 999 -->100"),
        (
            "comment_with_markup",
            "A comment hides what was signed from a search.",
            "admin",
            "<!-- <name>mallory</name> -->admin",
        ),
        ("cdata", "A value is put into a CDATA section.", "admin.test", "<![CDATA[admin]]>.test"),
        ("empty_cdata", "An empty CDATA section splits a value.", "admin.test", "admin<![CDATA[]]>.test"),
        ("references", "A value is written by character references.", "admin", "&#97;&#x64;min"),
        (
            "superfluous_namespace",
            "A namespace is declared again as it is.",
            "<name",
            "<name xmlns=\"urn:order\"",
        ),
        ("superfluous_prefix", "A prefix is declared again as it is.", "<sum", "<sum xmlns:p=\"urn:p\""),
        (
            "unused_prefix",
            "A prefix that nothing uses is declared; exclusive.",
            "<name",
            "<name xmlns:q=\"urn:q\"",
        ),
        (
            "attributes_in_other_order",
            "Attributes change places.",
            "Id=\"a\" p:kind=\"x y\"",
            "p:kind=\"x y\" Id=\"a\"",
        ),
        ("other_quotes", "Attributes get other quotes.", "p:kind=\"x y\"", "p:kind='x y'"),
        ("line_feed_in_attribute", "A space of an attribute becomes a line feed.", "x y", "x\ny"),
        (
            "line_end_in_attribute",
            "A space of an attribute becomes a line end of two characters.",
            "x y",
            "x\r\ny",
        ),
        ("white_space_in_tags", "White space in tags.", "<name>", "<name\r\n\t>"),
        ("white_space_in_end_tags", "White space in an end tag.", "</name>", "</name\n>"),
    ] {
        attacks.push(
            Attack::new(
                "canonicalization",
                &format!("same_{name}"),
                tries,
                format!("<doc>{}{exclusive}</doc>", order(from, to)),
            )
            .passes(&["/doc/order[1]"], &[])
            .octets(ORDER),
        );
    }
    for (name, tries, from, to) in [
        (
            "instruction_in_text",
            "A processing instruction splits a value.",
            "admin.test",
            "admin<?x y?>.test",
        ),
        (
            "instruction_with_a_value",
            "A processing instruction bears another value.",
            ">100",
            "><?x 999?>100",
        ),
        (
            "other_prefix",
            "An attribute gets another prefix of the same namespace.",
            "<sum p:unit",
            "<sum xmlns:q=\"urn:p\" q:unit",
        ),
        ("other_namespace", "A prefix is bound to another namespace.", "<sum", "<sum xmlns:p=\"urn:evil\""),
        (
            "other_default",
            "An element moves to another default namespace.",
            "<name>",
            "<name xmlns=\"urn:evil\">",
        ),
        ("no_default", "An element moves to no namespace.", "<name>", "<name xmlns=\"\">"),
        ("new_attribute", "An attribute is added.", "<sum", "<sum a=\"1\""),
        ("no_prefix", "An attribute loses its prefix.", "p:unit", "unit"),
        ("xml_lang", "A language is added.", "<sum", "<sum xml:lang=\"en\""),
        ("xml_space", "White space is said to count.", "<sum", "<sum xml:space=\"preserve\""),
        ("white_space_in_text", "White space is added around a value.", ">100<", "> 100<"),
        ("line_feed_between", "White space is added between elements.", "</name>", "</name>\n"),
        ("carriage_return", "A carriage return is added by reference.", ">100<", ">100&#13;<"),
        (
            "line_feed_by_reference",
            "A space of an attribute becomes a line feed by reference.",
            "x y",
            "x&#10;y",
        ),
        ("tab_by_reference", "A space of an attribute becomes a tab by reference.", "x y", "x&#x9;y"),
        ("no_break_space", "A space of an attribute becomes another space.", "x y", "x\u{A0}y"),
        ("next_line", "A space of an attribute becomes a line end of XML 1.1.", "x y", "x\u{85}y"),
        ("line_separator", "A line separator of XML 1.1 is added.", ">100<", ">100\u{2028}<"),
        ("zero_width", "A character without width is added.", "admin", "ad\u{200B}min"),
        ("homoglyph", "A letter becomes one that looks the same.", "admin", "\u{430}dmin"),
        ("byte_order_mark", "A byte order mark is added within a value.", "admin", "\u{FEFF}admin"),
        (
            "elements_in_other_order",
            "Elements change places.",
            "<name>admin.test</name><sum p:unit=\"KZT\">100</sum>",
            "<sum p:unit=\"KZT\">100</sum><name>admin.test</name>",
        ),
        (
            "doubled",
            "An element is doubled.",
            "<sum p:unit=\"KZT\">100</sum>",
            "<sum p:unit=\"KZT\">100</sum><sum p:unit=\"KZT\">100</sum>",
        ),
    ] {
        attacks.push(
            Attack::new(
                "canonicalization",
                &format!("other_{name}"),
                tries,
                format!("<doc>{}{exclusive}</doc>", order(from, to)),
            )
            .expect(&[HASH]),
        );
    }
    let decomposed = "<item Id=\"a\"><name>\u{439}</name></item>";
    attacks.push(
        Attack::new(
            "canonicalization",
            "other_normalization",
            "A letter is written by letter and mark.",
            format!(
                "<doc>{}{}</doc>",
                decomposed.replace('\u{439}', "\u{438}\u{306}"),
                sign(reference("#a", decomposed))
            ),
        )
        .expect(&[HASH]),
    );
    // The context of the signed element.
    let context =
        |ancestor: &str, element: &str, signature: &str| format!("<doc{ancestor}>{element}{signature}</doc>");
    for (name, tries, ancestor) in [
        ("unused_prefix", "An ancestor declares a prefix that is not used.", " xmlns:q=\"urn:q\""),
        ("language", "An ancestor says another language.", " xml:lang=\"en\""),
        ("space", "An ancestor says that white space counts.", " xml:space=\"preserve\""),
        ("base", "An ancestor says another base address.", " xml:base=\"http://evil.test/\""),
    ] {
        attacks.push(
            Attack::new(
                "canonicalization",
                &format!("context_inclusive_{name}"),
                tries,
                context(ancestor, ORDER, &inclusive),
            )
            .expect(&[HASH]),
        );
        attacks.push(
            Attack::new(
                "canonicalization",
                &format!("context_exclusive_{name}"),
                tries,
                context(ancestor, ORDER, &exclusive),
            )
            .passes(&["/doc/order[1]"], &[])
            .octets(ORDER),
        );
    }
    let inclusive11 = sign(reference_by("#a", &transform(INCLUSIVE11, ""), ORDER.as_bytes()));
    attacks.push(
        Attack::new(
            "canonicalization",
            "context_inclusive11_identifier",
            "An ancestor gets an xml:id, which version 1.1 does not inherit.",
            context(" xml:id=\"root\"", ORDER, &inclusive11),
        )
        .passes(&["/doc/order[1]"], &[])
        .octets(ORDER),
    );
    attacks.push(
        Attack::new(
            "canonicalization",
            "context_inclusive_identifier",
            "An ancestor gets an xml:id, which version 1.0 inherits.",
            context(" xml:id=\"root\"", ORDER, &inclusive),
        )
        .expect(&[HASH]),
    );
    attacks.push(
        Attack::new(
            "canonicalization",
            "context_inclusive11_base",
            "An ancestor gets a base address; version 1.1.",
            context(" xml:base=\"http://evil.test/\"", ORDER, &inclusive11),
        )
        .expect(&[HASH]),
    );
    attacks.push(
        Attack::new(
            "canonicalization",
            "context_default_namespace",
            "The root gets a default namespace, which the signed element falls into.",
            context(" xmlns=\"urn:evil\"", ITEM, &sign(reference("#a", ITEM))),
        )
        .expect(&[HASH]),
    );
    attacks.push(
        Attack::new(
            "canonicalization",
            "context_default_namespace_undone",
            "The root gets a default namespace, which the signed element undoes.",
            context(
                " xmlns=\"urn:evil\"",
                &ITEM.replace("<item", "<item xmlns=\"\""),
                &sign(reference("#a", ITEM)),
            ),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(ITEM),
    );
    // Names within values.
    let typed = "<item Id=\"a\"><kind>p:card</kind></item>";
    let bound = "<item xmlns:p=\"urn:good\" Id=\"a\"><kind>p:card</kind></item>";
    let list = |prefixes: &str| {
        transform(
            EXCLUSIVE,
            &format!(
                "<i:InclusiveNamespaces xmlns:i=\"{EXCLUSIVE}\" PrefixList=\"{prefixes}\"></i:InclusiveNamespaces>"
            ),
        )
    };
    let by_list = |prefixes: &str| sign(reference_by("#a", &list(prefixes), bound.as_bytes()));
    attacks.push(
        Attack::new(
            "control",
            "prefix_list",
            "Nothing: a prefix that a value uses is listed.",
            context(" xmlns:p=\"urn:good\"", typed, &by_list("p")),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(bound),
    );
    for (name, tries, prefixes, ancestor, expected) in [
        (
            "rebound",
            "A prefix that is listed is bound to another namespace.",
            "p",
            " xmlns:p=\"urn:evil\"",
            HASH,
        ),
        ("unbound", "A prefix that is listed is not bound.", "p", "", HASH),
        ("case", "The listed prefix differs in case.", "P", " xmlns:p=\"urn:good\"", HASH),
        ("comma", "Prefixes are separated by commas.", "p,q", " xmlns:p=\"urn:good\"", HASH),
        (
            "default",
            "The default namespace is listed, which the root sets.",
            "p #default",
            " xmlns:p=\"urn:good\" xmlns=\"urn:evil\"",
            HASH,
        ),
    ] {
        attacks.push(
            Attack::new(
                "canonicalization",
                &format!("prefix_list_{name}"),
                tries,
                context(ancestor, typed, &by_list(prefixes)),
            )
            .expect(&[expected]),
        );
    }
    attacks.push(
        Attack::new("canonicalization", "prefix_list_absent", "A prefix that a value uses is not listed, so that it is bound anew; the octets do not say the namespace.", context(" xmlns:p=\"urn:evil\"", typed, &sign(reference("#a", typed))))
            .passes(&["/doc/item[1]"], &[])
            .octets(typed),
    );
    attacks.push(
        Attack::new(
            "canonicalization",
            "prefix_list_foreign",
            "The list is of another namespace.",
            context(
                " xmlns:p=\"urn:good\"",
                typed,
                &sign(reference_by(
                    "#a",
                    &transform(
                        EXCLUSIVE,
                        "<i:InclusiveNamespaces xmlns:i=\"urn:x\" PrefixList=\"p\"></i:InclusiveNamespaces>",
                    ),
                    bound.as_bytes(),
                )),
            ),
        )
        .expect(&[FORMAT, HASH, UNSUPPORTED]),
    );
    attacks.push(
        Attack::new("canonicalization", "prefix_list_twice", "There are two lists.", context(" xmlns:p=\"urn:good\"", typed, &sign(reference_by("#a", &list("p").replace("</ds:Transform>", &format!("<i:InclusiveNamespaces xmlns:i=\"{EXCLUSIVE}\" PrefixList=\"q\"></i:InclusiveNamespaces></ds:Transform>")), bound.as_bytes()))))
            .expect(&[FORMAT, HASH, UNSUPPORTED]),
    );
    attacks.push(
        Attack::new(
            "canonicalization",
            "relative_namespace",
            "A namespace is relative, for which there is no canonical form.",
            format!(
                "<doc><item xmlns=\"relative\" Id=\"a\"/>{}</doc>",
                sign(reference("#a", "<item xmlns=\"relative\" Id=\"a\"></item>"))
            ),
        )
        .expect(&[FORMAT]),
    );
    // Comments where the method keeps them.
    let commented = "<item Id=\"a\"><sum>1<!-- 0 -->00</sum></item>";
    let with_comments = |uri: &str, octets: &str| {
        format!(
            "<doc>{commented}{}</doc>",
            sign(reference_by(uri, &transform(&format!("{EXCLUSIVE}WithComments"), ""), octets.as_bytes()))
        )
    };
    attacks.push(
        Attack::new(
            "canonicalization",
            "with_comments_by_identifier",
            "The method keeps comments, which a reference by identifier has none of.",
            with_comments("#a", ITEM),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(ITEM),
    );
    attacks.push(
        Attack::new(
            "canonicalization",
            "with_comments_digested",
            "The digest is with a comment that a reference by identifier does not have.",
            with_comments("#a", commented),
        )
        .expect(&[HASH]),
    );
    let whole = |content: &str, transforms: &str, uri: &str, octets: &str| {
        format!(
            "<doc>{content}{}</doc>",
            sign(reference_by(uri, &(transform(ENVELOPED, "") + transforms), octets.as_bytes()))
        )
    };
    let keeping = transform(&format!("{INCLUSIVE}#WithComments"), "");
    attacks.push(
        Attack::new(
            "canonicalization",
            "national_profile_comment_added",
            "A comment is added to what the national profile signed; it is not in the octets.",
            whole("<sum>1<!-- -->00</sum>", &keeping, "", "<doc><sum>100</sum></doc>"),
        )
        .passes(&["/"], &[])
        .octets("<doc><sum>100</sum></doc>"),
    );
    attacks.push(
        Attack::new(
            "canonicalization",
            "national_profile_comment_digested",
            "The digest is with the comment.",
            whole("<sum>1<!-- -->00</sum>", &keeping, "", "<doc><sum>1<!-- -->00</sum></doc>"),
        )
        .expect(&[HASH]),
    );
    attacks.push(
        Attack::new(
            "canonicalization",
            "xpointer_root_comment_changed",
            "A comment that a reference to the root by XPointer keeps is changed.",
            whole(
                "<sum>1<!-- b -->00</sum>",
                &keeping,
                "#xpointer(/)",
                "<doc><sum>1<!-- a -->00</sum></doc>",
            ),
        )
        .expect(&[HASH]),
    );
    attacks.push(
        Attack::new(
            "canonicalization",
            "xpointer_identifier_comment_changed",
            "A comment that a reference to an identifier by XPointer keeps is changed.",
            format!(
                "<doc>{}{}</doc>",
                commented.replace(" 0 ", " 9 "),
                sign(reference_by(
                    "#xpointer(id('a'))",
                    &transform(&format!("{EXCLUSIVE}WithComments"), ""),
                    commented.as_bytes()
                ))
            ),
        )
        .expect(&[HASH]),
    );
    // SignedInfo.
    let plain = Signed::new(reference("#a", ITEM));
    let commenting =
        Signed { canonicalization: "http://www.w3.org/2001/10/xml-exc-c14n#WithComments", ..plain.clone() };
    let info = commenting.signed_info().replace("<ds:Reference", "<!-- --><ds:Reference");
    attacks.push(
        Attack::new(
            "canonicalization",
            "signed_info_comment_signed",
            "SignedInfo has a comment that is signed.",
            format!(
                "<doc>{ITEM}{}</doc>",
                commenting.around(&format!(
                    "{info}{}{}",
                    commenting.value_over(&info),
                    commenting.key_info_element()
                ))
            ),
        )
        .expect(&[FORMAT]),
    );
    attacks.push(
        Attack::new(
            "canonicalization",
            "signed_info_comment_unsigned",
            "SignedInfo has a comment that its canonical form has not.",
            format!("<doc>{ITEM}{}</doc>", plain.xml().replace("<ds:Reference", "<!-- --><ds:Reference")),
        )
        .expect(&[FORMAT]),
    );
    let in_scope = Signed { canonicalization: INCLUSIVE, rendered: " xmlns:p=\"urn:p\"", ..plain.clone() };
    attacks.push(
        Attack::new(
            "control",
            "signed_info_in_context",
            "Nothing: SignedInfo by the inclusive method with a namespace of the root.",
            context(" xmlns:p=\"urn:p\"", ITEM, &in_scope.xml()),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(ITEM),
    );
    for (name, tries, ancestor) in [
        (
            "unused_prefix",
            "The root declares one more prefix, which SignedInfo inherits.",
            " xmlns:p=\"urn:p\" xmlns:q=\"urn:q\"",
        ),
        (
            "language",
            "The root says a language, which SignedInfo inherits.",
            " xmlns:p=\"urn:p\" xml:lang=\"en\"",
        ),
        ("moved_out", "The signature moves out of the scope of a prefix.", ""),
    ] {
        attacks.push(
            Attack::new(
                "canonicalization",
                &format!("signed_info_{name}"),
                tries,
                context(ancestor, ITEM, &in_scope.xml()),
            )
            .expect(&[VALUE]),
        );
    }
    attacks
}
