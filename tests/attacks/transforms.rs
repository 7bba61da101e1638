//! Transform tricks: what is digested is not what is read.

use super::signed::*;
use super::wrapping::ITEM;
use super::{Attack, FORMAT, HASH, LIMIT, MISSING, TWIN, UNSUPPORTED, WEAK};

const REFUSED: [&str; 3] = [FORMAT, TWIN, UNSUPPORTED];

fn xpath(expression: &str) -> String {
    transform(XPATH, &format!("<ds:XPath>{expression}</ds:XPath>"))
}

fn filter2(filter: &str, expression: &str) -> String {
    transform(FILTER2, &format!("<f:XPath xmlns:f=\"{FILTER2}\" Filter=\"{filter}\">{expression}</f:XPath>"))
}

pub(super) fn attacks() -> Vec<Attack> {
    let mut attacks = Vec::new();
    let exclusive = || transform(EXCLUSIVE, "");
    let own = || transform(ENVELOPED, "");
    // The digest is what a reader gets that does all of the transforms.
    let by = |transforms: &str, octets: &str| {
        format!("<doc>{ITEM}{}</doc>", sign(reference_by("#a", transforms, octets.as_bytes())))
    };
    let mut add = |name: &str, tries: &str, expected: &[&'static str], document: String| {
        attacks.push(Attack::new("transforms", name, tries, document).expect(expected));
    };
    // Languages.
    let sheet = |template: &str| {
        transform(
            XSLT,
            &format!(
                "<x:stylesheet xmlns:x=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"><x:template match=\"/\">{template}</x:template></x:stylesheet>"
            ),
        )
    };
    add(
        "xslt",
        "A style sheet makes the digested octets.",
        &[UNSUPPORTED],
        by(&sheet("<item></item>"), "<item></item>"),
    );
    add(
        "xslt_reads_a_file",
        "A style sheet reads a file.",
        &[UNSUPPORTED],
        by(&sheet("<x:copy-of select=\"document('file:///etc/hostname')\"></x:copy-of>"), ""),
    );
    add(
        "xslt_fetches",
        "A style sheet asks the network.",
        &[UNSUPPORTED],
        by(&sheet("<x:copy-of select=\"document('http://localhost:9/')\"></x:copy-of>"), ""),
    );
    add(
        "xslt_after_canonicalization",
        "A style sheet follows the canonicalisation.",
        &[UNSUPPORTED],
        by(&(exclusive() + &sheet("")), ""),
    );
    add(
        "xslt_never_ends",
        "A style sheet calls itself without end.",
        &[UNSUPPORTED],
        by(&sheet("<x:apply-templates select=\"/\"></x:apply-templates>"), ""),
    );
    add(
        "decryption",
        "A transform decrypts.",
        &[UNSUPPORTED],
        by(&transform("http://www.w3.org/2002/07/decrypt#XML", ""), ITEM),
    );
    add(
        "security_token",
        "A transform of WS-Security dereferences a token.",
        &[UNSUPPORTED],
        by(
            &transform(
                "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform",
                "",
            ),
            ITEM,
        ),
    );
    // Names.
    add(
        "unknown",
        "The transform is known to nobody.",
        &[UNSUPPORTED],
        by(&transform("urn:x:nothing", ""), ITEM),
    );
    add("identity", "The transform's name is empty.", &[UNSUPPORTED, FORMAT], by(&transform("", ""), ITEM));
    add(
        "no_algorithm",
        "The transform has no Algorithm.",
        &[FORMAT],
        by("<ds:Transform></ds:Transform>", ITEM),
    );
    for (name, uri) in [
        ("leading_space", format!(" {EXCLUSIVE}")),
        ("trailing_space", format!("{EXCLUSIVE} ")),
        ("line_break", format!("{EXCLUSIVE}&#xA;")),
        ("upper_case", EXCLUSIVE.to_uppercase()),
        ("no_hash", EXCLUSIVE.trim_end_matches('#').to_owned()),
        ("https", EXCLUSIVE.replace("http:", "https:")),
        ("unknown_fragment", format!("{EXCLUSIVE}WithoutComments")),
    ] {
        add(
            &format!("name_{name}"),
            "The name of a known transform is varied.",
            &[UNSUPPORTED],
            by(&transform(&uri, ""), ITEM),
        );
    }
    add(
        "foreign_transform",
        "The transform is of another namespace.",
        &[FORMAT],
        by(&format!("<x:Transform xmlns:x=\"urn:x\" Algorithm=\"{EXCLUSIVE}\"></x:Transform>"), ITEM),
    );
    add(
        "foreign_algorithm",
        "Algorithm is an attribute of another namespace.",
        &[FORMAT],
        by(&format!("<ds:Transform xmlns:x=\"urn:x\" x:Algorithm=\"{EXCLUSIVE}\"></ds:Transform>"), ITEM),
    );
    let element = reference_by("#a", &exclusive(), ITEM.as_bytes());
    add(
        "twice_transforms",
        "A reference has two Transforms.",
        &[FORMAT],
        format!(
            "<doc>{ITEM}{}</doc>",
            sign(element.replace(
                "<ds:DigestMethod",
                &format!("<ds:Transforms>{}</ds:Transforms><ds:DigestMethod", own())
            ))
        ),
    );
    add(
        "transforms_last",
        "Transforms stand behind the digest.",
        &[FORMAT],
        format!(
            "<doc>{ITEM}{}</doc>",
            sign({
                let transforms = format!("<ds:Transforms>{}</ds:Transforms>", exclusive());
                element
                    .replace(&transforms, "")
                    .replace("</ds:Reference>", &format!("{transforms}</ds:Reference>"))
            })
        ),
    );
    // The enveloped signature.
    add(
        "enveloped_after_canonicalization",
        "The signature is to be taken out of octets.",
        &[FORMAT, UNSUPPORTED],
        format!(
            "<doc><sum>100</sum>{}</doc>",
            sign(reference_by("", &(exclusive() + &own()), b"<doc><sum>100</sum></doc>"))
        ),
    );
    let whole = "<doc><sum>100</sum></doc>";
    let in_doc = |signature: &str| format!("<doc><sum>100</sum>{signature}</doc>");
    add(
        "no_enveloped",
        "The signature digests itself with the transform left out.",
        &[HASH],
        in_doc(&sign(reference("", whole))),
    );
    // Filters by XPath.
    let all_but = "<item Id=\"a\"></item>";
    add(
        "xpath_selects_nothing",
        "The filter selects nothing, so nothing is signed.",
        &REFUSED,
        by(&(xpath("false()") + &exclusive()), ""),
    );
    add(
        "xpath_selects_nothing_in_effect",
        "The filter is never true.",
        &REFUSED,
        by(&(xpath("not(self::node() or self::text())") + &exclusive()), ""),
    );
    add(
        "xpath_selects_text",
        "The filter selects text, so elements may be renamed.",
        &REFUSED,
        by(&(xpath("self::text()") + &exclusive()), "100"),
    );
    add(
        "xpath_variable",
        "The filter has a variable.",
        &[UNSUPPORTED],
        by(&(xpath("$x") + &exclusive()), ITEM),
    );
    add(
        "xpath_unknown_function",
        "The filter calls an unknown function.",
        &[UNSUPPORTED],
        by(&(xpath("system('true')") + &exclusive()), ITEM),
    );
    add(
        "xpath_document",
        "The filter calls document().",
        &[UNSUPPORTED],
        by(&(xpath("document('file:///etc/hostname')") + &exclusive()), ITEM),
    );
    add(
        "xpath_unbound_prefix",
        "The filter has an unbound prefix.",
        &[UNSUPPORTED, FORMAT],
        by(&(xpath("self::nobody:sum") + &exclusive()), ITEM),
    );
    add(
        "xpath_malformed",
        "The filter is no expression.",
        &[UNSUPPORTED, FORMAT],
        by(&(xpath("not(((") + &exclusive()), ITEM),
    );
    add("xpath_empty", "The filter is empty.", &[UNSUPPORTED, FORMAT], by(&(xpath("") + &exclusive()), ITEM));
    add(
        "xpath_missing",
        "The transform has no filter.",
        &[UNSUPPORTED, FORMAT],
        by(&(transform(XPATH, "") + &exclusive()), ITEM),
    );
    add(
        "xpath_two",
        "The transform has two filters.",
        &[UNSUPPORTED, FORMAT],
        by(
            &(transform(XPATH, "<ds:XPath>true()</ds:XPath><ds:XPath>false()</ds:XPath>") + &exclusive()),
            ITEM,
        ),
    );
    add(
        "xpath_comment",
        "A comment splits the filter.",
        &[FORMAT],
        by(&(transform(XPATH, "<ds:XPath>true<!-- -->()</ds:XPath>") + &exclusive()), ITEM),
    );
    add(
        "xpath_division_by_zero",
        "The filter divides by zero.",
        &[UNSUPPORTED, FORMAT, TWIN],
        by(&(xpath("0 div 0") + &exclusive()), ""),
    );
    add(
        "xpath_deep",
        "The filter nests parentheses a thousand deep.",
        &[UNSUPPORTED, LIMIT, FORMAT],
        by(&(xpath(&format!("{}true(){}", "(".repeat(1000), ")".repeat(1000))) + &exclusive()), ITEM),
    );
    add(
        "xpath_deep_not",
        "The filter nests not() a thousand deep.",
        &[UNSUPPORTED, LIMIT, FORMAT],
        by(&(xpath(&format!("{}true(){}", "not(".repeat(1000), ")".repeat(1000))) + &exclusive()), ITEM),
    );
    add(
        "xpath_here_elsewhere",
        "The filter keeps what is around the place of the filter and takes out the signed element.",
        &REFUSED,
        by(&(xpath("count(ancestor-or-self::item | here()/ancestor::doc) = 1") + &exclusive()), ""),
    );
    add(
        "filter2_subtracts_all",
        "The filter takes out all.",
        &REFUSED,
        by(&(filter2("subtract", "//item") + &exclusive()), ""),
    );
    add(
        "filter2_intersects_nothing",
        "The filter keeps what is not there.",
        &REFUSED,
        by(&(filter2("intersect", "//nobody") + &exclusive()), ""),
    );
    add(
        "filter2_unknown",
        "The filter has an unknown operation.",
        &[UNSUPPORTED, FORMAT],
        by(&(filter2("xor", "//item") + &exclusive()), ITEM),
    );
    add(
        "filter2_no_operation",
        "The filter has no operation.",
        &[UNSUPPORTED, FORMAT],
        by(&(filter2("", "//item") + &exclusive()), ITEM),
    );
    add(
        "filter2_empty",
        "The transform has no filter.",
        &[UNSUPPORTED, FORMAT],
        by(&(transform(FILTER2, "") + &exclusive()), ITEM),
    );
    // What the filter takes out is reported, if the signature passes at all.
    for (name, tries, transforms) in [
        (
            "xpath_excludes_the_payload",
            "The filter takes out the sum, which is changed.",
            xpath("not(ancestor-or-self::sum)"),
        ),
        (
            "xpath_excludes_the_payload_and_text",
            "The filter takes out the sum and all text; the sum is changed.",
            xpath("not(ancestor-or-self::sum) and not(self::text())"),
        ),
        (
            "filter2_subtracts_the_payload",
            "The filter subtracts the sum, which is changed.",
            filter2("subtract", "//sum"),
        ),
    ] {
        let document = by(&(transforms + &exclusive()), all_but).replace("<sum>100<", "<sum>999<");
        attacks.push(
            Attack::new("transforms", name, tries, document)
                .passes(&["/doc/item[1]"], &["/doc/item[1]/sum[1]"])
                .octets(all_but)
                .or(&REFUSED),
        );
    }
    attacks.push(
        Attack::new(
            "transforms",
            "xpath_cost",
            "The filter counts all of the document at every node of it, four times nested.",
            by(
                &(xpath(
                    &"count(//node()[count(//node()[count(//node()[count(//node()) > 0]) > 0]) > 0]) > 0"
                        .replace('>', "&gt;"),
                ) + &exclusive()),
                ITEM,
            ),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(ITEM)
        .or(&[UNSUPPORTED, LIMIT, FORMAT]),
    );
    let enveloped_by_xpath = "count(ancestor-or-self::ds:Signature | here()/ancestor::ds:Signature[1]) &gt; count(ancestor-or-self::ds:Signature)";
    attacks.push(
        Attack::new(
            "transforms",
            "xpath_here_enveloped",
            "Nothing, or little: the recommendation's own filter in place of enveloped-signature.",
            in_doc(&sign(reference_by("", &(xpath(enveloped_by_xpath) + &exclusive()), whole.as_bytes()))),
        )
        .passes(&["/"], &[])
        .octets(whole)
        .or(&[UNSUPPORTED]),
    );
    attacks.push(
        Attack::new("transforms", "xpath_all_signatures", "The filter takes out every Signature, one with a forged Object too; that is reported.", {
            let signature = sign(reference_by("", &(xpath("not(ancestor-or-self::ds:Signature)") + &exclusive()), whole.as_bytes()));
            format!("<doc><sum>100</sum>{signature}<ds:Signature xmlns:ds=\"{DSIG}\"><ds:Object><sum>999</sum></ds:Object></ds:Signature></doc>")
        })
        .expect(&[FORMAT]),
    );
    // Base64.
    let b64 = |content: &str, octets: &[u8]| {
        format!(
            "<doc><item Id=\"a\">{content}</item>{}</doc>",
            sign(reference_by("#a", &transform(BASE64, ""), octets))
        )
    };
    let beside = sign(reference_by("#a", &(own() + &exclusive()), ITEM.as_bytes()));
    attacks.push(
        Attack::new(
            "control",
            "enveloped_beside",
            "Nothing: an enveloped signature beside what it signs, as invoices have it.",
            format!("<doc>{ITEM}{beside}</doc>"),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(ITEM),
    );
    attacks.push(
        Attack::new(
            "transforms",
            "enveloped_beside_moved",
            "The element beside an enveloped signature is moved and another put in its place.",
            format!("<doc><item><sum>999</sum></item>{beside}<w>{ITEM}</w></doc>"),
        )
        .expect(&[FORMAT, TWIN]),
    );
    attacks.push(
        Attack::new(
            "control",
            "base64",
            "Nothing: the octets that an element holds as base64.",
            b64("MTAw", b"100"),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets("100")
        .or(&[UNSUPPORTED]),
    );
    for (name, tries, document) in [
        (
            "base64_children",
            "Elements stand within the base64, which takes only text.",
            b64("<tax>MT</tax><sum>Aw</sum>", b"100"),
        ),
        ("base64_comment", "A comment stands within the base64.", b64("MT<!-- 999 -->Aw", b"100")),
        ("base64_junk", "Octets that are no base64 stand in it.", b64("MT*Aw", b"100")),
        ("base64_padding", "The base64 goes on behind its padding.", b64("MQ==MDA=", b"100")),
        ("base64_no_padding", "The padding is missing.", b64("MTA", b"10")),
        ("base64_spare_bits", "The last character has spare bits that are not zero.", b64("MTB=", b"10")),
        ("base64_url", "The base64 is of the alphabet for addresses.", b64("_-8=", &[0xFF, 0xEF])),
        (
            "base64_then_canonicalization",
            "Decoded octets are read as XML again.",
            format!(
                "<doc><item Id=\"a\">{}</item>{}</doc>",
                encode(ITEM),
                sign(reference_by("#a", &(transform(BASE64, "") + &exclusive()), ITEM.as_bytes()))
            ),
        ),
        (
            "base64_of_canonical",
            "Canonical octets are to be decoded.",
            by(&(exclusive() + &transform(BASE64, "")), ""),
        ),
    ] {
        let attack = Attack::new("transforms", name, tries, document);
        // Text and comments that the octets do not show are no harm; markup that they do not show is.
        let attack = match name {
            "base64_children" => attack.passes(&["/doc/item[1]"], &["/doc/item[1]"]),
            "base64_comment" => attack.passes(&["/doc/item[1]"], &[]).octets("100"),
            "base64_then_canonicalization" => attack.passes(&["/doc/item[1]"], &[]).octets(ITEM),
            _ => attack,
        };
        attacks.push(attack.or(&[FORMAT, UNSUPPORTED, TWIN, HASH]));
    }
    // Numbers and order. A signature that passes covers what it seems to.
    for (name, tries, transforms) in [
        (
            "two_canonicalizations",
            "Canonical octets are read and canonicalised again.",
            exclusive() + &exclusive(),
        ),
        (
            "two_different_canonicalizations",
            "Canonical octets are canonicalised by another method.",
            exclusive() + &transform(INCLUSIVE, ""),
        ),
        ("text_in_transforms", "Text stands among the transforms.", format!("text{}", exclusive())),
        ("xpath_true", "The filter is always true.", xpath("true()") + &exclusive()),
        (
            "filter2_intersects_the_same",
            "The filter keeps the referred element, wherever it is.",
            filter2("intersect", "//item") + &exclusive(),
        ),
    ] {
        attacks.push(
            Attack::new("transforms", name, tries, by(&transforms, ITEM))
                .passes(&["/doc/item[1]"], &[])
                .octets(ITEM)
                .or(&[UNSUPPORTED, FORMAT]),
        );
    }
    attacks.push(
        Attack::new(
            "transforms",
            "two_enveloped",
            "The signature is taken out twice.",
            in_doc(&sign(reference_by("", &(own() + &own() + &exclusive()), whole.as_bytes()))),
        )
        .passes(&["/"], &[])
        .octets(whole)
        .or(&[UNSUPPORTED, FORMAT]),
    );
    attacks.push(
        Attack::new(
            "transforms",
            "no_transform",
            "An empty list of transforms.",
            format!("<doc>{ITEM}{}</doc>", sign(reference("#a", ITEM).replace(&exclusive(), ""))),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(ITEM)
        .or(&[FORMAT]),
    );
    attacks.push(
        Attack::new(
            "transforms",
            "hundred_canonicalizations",
            "Each of a hundred transforms reads the octets of the one before.",
            by(&exclusive().repeat(100), ITEM),
        )
        .expect(&[UNSUPPORTED, LIMIT, FORMAT]),
    );
    attacks.push(
        Attack::new(
            "transforms",
            "external_with_transforms",
            "A reference into the network has harmless transforms.",
            format!(
                "<doc>{ITEM}{}</doc>",
                sign(reference_by("http://localhost:9/", &exclusive(), ITEM.as_bytes()))
            ),
        )
        .expect(&[MISSING]),
    );
    attacks.push(
        Attack::new(
            "transforms",
            "signed_info_by_xslt",
            "SignedInfo is canonicalised by a style sheet.",
            format!(
                "<doc>{ITEM}{}</doc>",
                Signed { canonicalization: XSLT, ..Signed::new(reference("#a", ITEM)) }.xml()
            ),
        )
        .expect(&[UNSUPPORTED]),
    );
    attacks.push(
        Attack::new(
            "transforms",
            "signed_info_by_base64",
            "SignedInfo is canonicalised by the base64 transform.",
            format!(
                "<doc>{ITEM}{}</doc>",
                Signed { canonicalization: BASE64, ..Signed::new(reference("#a", ITEM)) }.xml()
            ),
        )
        .expect(&[UNSUPPORTED, WEAK]),
    );
    attacks.push(
        Attack::new(
            "transforms",
            "signed_info_by_nothing",
            "SignedInfo is canonicalised by a method without a name.",
            format!(
                "<doc>{ITEM}{}</doc>",
                Signed { canonicalization: "", ..Signed::new(reference("#a", ITEM)) }.xml()
            ),
        )
        .expect(&[UNSUPPORTED, FORMAT]),
    );
    attacks
}
