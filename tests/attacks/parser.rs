//! Parser differentials: octets that one reader takes for this document and another for that one. They
//! are not judged.

use super::signed::*;
use super::wrapping::ITEM;
use super::{
    Attack, DOCTYPE, ENCODING, ENTITY, FORMAT, HASH, MALFORMED, NO_XML, READER_LIMIT, TWIN, UNSIGNED,
};

const CYRILLIC: &str = "<item Id=\"a\"><name>Әсет</name></item>";

fn octets(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(order).collect()
}

pub(super) fn attacks() -> Vec<Attack> {
    let mut attacks = Vec::new();
    let body = format!("{ITEM}{}", sign(reference("#a", ITEM)));
    let document = format!("<doc>{body}</doc>");
    let inside = |text: &str| format!("<doc>{text}{body}</doc>");
    let mut add = |name: &str, tries: &str, expected: &[&'static str], document: Vec<u8>| {
        attacks.push(Attack::new("parser", name, tries, document).expect(expected));
    };
    for (name, tries, expected, text) in [
        // Document type declarations and entities.
        ("doctype", "A document type declaration.", DOCTYPE, format!("<!DOCTYPE doc>{document}")),
        (
            "doctype_lower_case",
            "A document type declaration in lower case.",
            MALFORMED,
            format!("<!doctype doc>{document}"),
        ),
        (
            "doctype_public",
            "A document type with a public identifier.",
            DOCTYPE,
            format!(
                "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0//EN\" \"http://localhost:9/dtd\">{document}"
            ),
        ),
        (
            "doctype_external",
            "A document type in a file.",
            DOCTYPE,
            format!("<!DOCTYPE doc SYSTEM \"file:///etc/hostname\">{document}"),
        ),
        (
            "doctype_external_entity",
            "An entity in a file.",
            DOCTYPE,
            format!("<!DOCTYPE doc [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>{}", inside("&x;")),
        ),
        (
            "doctype_network_entity",
            "An entity in the network.",
            DOCTYPE,
            format!("<!DOCTYPE doc [<!ENTITY x SYSTEM \"http://localhost:9/\">]>{}", inside("&x;")),
        ),
        (
            "doctype_parameter_entity",
            "A parameter entity in the network.",
            DOCTYPE,
            format!("<!DOCTYPE doc [<!ENTITY % x SYSTEM \"http://localhost:9/\"> %x;]>{document}"),
        ),
        (
            "doctype_default_attribute",
            "An attribute by default gives another element the identifier.",
            DOCTYPE,
            format!("<!DOCTYPE doc [<!ATTLIST other Id CDATA \"a\">]>{}", inside("<other/>")),
        ),
        (
            "doctype_identifier_type",
            "An attribute is declared to be an identifier.",
            DOCTYPE,
            format!("<!DOCTYPE doc [<!ATTLIST other name ID #IMPLIED>]>{}", inside("<other name=\"a\"/>")),
        ),
        (
            "doctype_expansion",
            "Entities that double and double.",
            DOCTYPE,
            format!(
                "<!DOCTYPE doc [<!ENTITY a \"ha\">{}]>{}",
                (1..20).map(|at| format!("<!ENTITY a{at} \"&a{0};&a{0};\">", at - 1)).collect::<String>(),
                inside("&a19;")
            ),
        ),
        (
            "doctype_recursion",
            "An entity of itself.",
            DOCTYPE,
            format!("<!DOCTYPE doc [<!ENTITY a \"&a;\">]>{}", inside("&a;")),
        ),
        (
            "doctype_amp",
            "The entity amp is declared anew.",
            DOCTYPE,
            format!("<!DOCTYPE doc [<!ENTITY amp \"x\">]>{}", inside("&amp;")),
        ),
        (
            "doctype_in_comment_end",
            "A declaration behind a comment.",
            DOCTYPE,
            format!("<!-- --><!DOCTYPE doc>{document}"),
        ),
        ("doctype_inside", "A document type within the root.", DOCTYPE, inside("<!DOCTYPE doc>")),
        ("entity_html", "An entity of HTML.", ENTITY, inside("&nbsp;")),
        ("entity_in_attribute", "An unknown entity in an attribute.", ENTITY, inside("<a b='&x;'/>")),
        ("entity_upper_case", "A known entity in upper case.", ENTITY, inside("&AMP;")),
        ("conditional_section", "A conditional section.", MALFORMED, inside("<![INCLUDE[<a/>]]>")),
        (
            "element_declaration",
            "An element declaration within the root.",
            MALFORMED,
            inside("<!ELEMENT a ANY>"),
        ),
        // The declaration.
        (
            "declaration_inside",
            "An XML declaration within the root.",
            MALFORMED,
            inside("<?xml version='1.0'?>"),
        ),
        ("declaration_upper_case", "An instruction named XML.", MALFORMED, inside("<?XML a?>")),
        (
            "declaration_mixed_case",
            "An instruction named xMl.",
            MALFORMED,
            format!("<?xMl version='1.0'?>{document}"),
        ),
        (
            "declaration_second",
            "Two XML declarations.",
            MALFORMED,
            format!("<?xml version='1.0'?><?xml version='1.0'?>{document}"),
        ),
        (
            "declaration_after_space",
            "A space in front of the declaration.",
            MALFORMED,
            format!(" <?xml version='1.0'?>{document}"),
        ),
        (
            "declaration_after_comment",
            "A comment in front of the declaration.",
            MALFORMED,
            format!("<!-- --><?xml version='1.0'?>{document}"),
        ),
        (
            "version_1_1",
            "XML 1.1, which has other line ends and characters.",
            MALFORMED,
            format!("<?xml version='1.1'?>{document}"),
        ),
        (
            "version_2_0",
            "A version that is not there.",
            MALFORMED,
            format!("<?xml version='2.0'?>{document}"),
        ),
        (
            "version_missing",
            "A declaration without a version.",
            MALFORMED,
            format!("<?xml encoding='UTF-8'?>{document}"),
        ),
        (
            "version_last",
            "A declaration in another order.",
            MALFORMED,
            format!("<?xml encoding='UTF-8' version='1.0'?>{document}"),
        ),
        (
            "standalone_maybe",
            "A declaration that says neither yes nor no.",
            MALFORMED,
            format!("<?xml version='1.0' standalone='maybe'?>{document}"),
        ),
        (
            "declaration_pseudo_attribute",
            "A declaration with something more.",
            MALFORMED,
            format!("<?xml version='1.0' x='y'?>{document}"),
        ),
        (
            "declaration_unclosed",
            "A declaration that does not end.",
            MALFORMED,
            format!("<?xml version='1.0' {document}"),
        ),
        // Encodings.
        (
            "encoding_utf16_in_octets",
            "Single octets that are declared as UTF-16.",
            ENCODING,
            format!("<?xml version='1.0' encoding='UTF-16'?>{document}"),
        ),
        (
            "encoding_utf7",
            "UTF-7 is declared, in which markup hides.",
            ENCODING,
            format!("<?xml version='1.0' encoding='UTF-7'?>{}", inside("+ADw-item/+AD4-")),
        ),
        (
            "encoding_unknown",
            "An encoding that is not read is declared.",
            ENCODING,
            format!("<?xml version='1.0' encoding='windows-1252'?>{document}"),
        ),
        (
            "encoding_gbk",
            "An encoding in which a second octet may be markup is declared.",
            ENCODING,
            format!("<?xml version='1.0' encoding='GBK'?>{document}"),
        ),
        (
            "encoding_ebcdic",
            "EBCDIC is declared in ASCII.",
            ENCODING,
            format!("<?xml version='1.0' encoding='IBM037'?>{document}"),
        ),
        (
            "mark_contradicts_utf16",
            "A mark of UTF-8 and a declaration of UTF-16.",
            ENCODING,
            format!("\u{FEFF}<?xml version='1.0' encoding='UTF-16'?>{document}"),
        ),
        (
            "mark_contradicts_windows_1251",
            "A mark of UTF-8 and a declaration of windows-1251.",
            ENCODING,
            format!("\u{FEFF}<?xml version='1.0' encoding='windows-1251'?>{document}"),
        ),
        ("mark_twice", "Two byte order marks.", NO_XML, format!("\u{FEFF}\u{FEFF}{document}")),
        // Structure.
        ("second_root", "A second root.", MALFORMED, format!("{document}<doc/>")),
        ("second_document", "A second document.", MALFORMED, format!("{document}{document}")),
        (
            "first_document",
            "A forged document in front of the signed one.",
            MALFORMED,
            format!("<doc><item Id='b'/></doc>{document}"),
        ),
        ("text_behind", "Text behind the root.", MALFORMED, format!("{document}text")),
        ("text_in_front", "Text in front of the root.", MALFORMED, format!("<!-- -->text{document}")),
        ("cdata_behind", "A CDATA section behind the root.", MALFORMED, format!("{document}<![CDATA[]]>")),
        ("reference_behind", "A character reference behind the root.", MALFORMED, format!("{document}&#32;")),
        ("end_tag_behind", "One end tag too many.", MALFORMED, format!("{document}</doc>")),
        ("unclosed_root", "A root that does not end.", MALFORMED, format!("<doc>{body}")),
        ("other_end", "A root that ends by another name.", MALFORMED, format!("<doc>{body}</Doc>")),
        ("crossed", "Elements that cross.", MALFORMED, inside("<a><b></a></b>")),
        ("end_tag_attributes", "An end tag with attributes.", MALFORMED, inside("<a></a b=''>")),
        ("end_tag_space", "An end tag that begins with a space.", MALFORMED, inside("<a></ a>")),
        ("unclosed_comment", "A comment that does not end.", MALFORMED, format!("{document}<!-- ")),
        ("unclosed_instruction", "An instruction that does not end.", MALFORMED, format!("{document}<?x ")),
        ("unclosed_cdata", "A CDATA section that does not end.", MALFORMED, inside("<![CDATA[")),
        ("unclosed_attribute", "An attribute that does not end.", MALFORMED, inside("<a b='")),
        ("comment_dashes", "Two dashes in a comment.", MALFORMED, inside("<!-- -- <a/> -->")),
        ("comment_three_dashes", "A comment that ends in three dashes.", MALFORMED, inside("<!-- --->")),
        ("cdata_lower_case", "A CDATA section in lower case.", MALFORMED, inside("<![cdata[x]]>")),
        ("instruction_no_name", "An instruction without a name.", MALFORMED, inside("<??>")),
        ("instruction_colon", "An instruction with a colon in its name.", MALFORMED, inside("<?a:b c?>")),
        // Attributes.
        ("attribute_twice", "An attribute twice.", MALFORMED, inside("<a Id='c' Id='d'/>")),
        (
            "attribute_twice_by_prefixes",
            "An attribute twice by two prefixes of one namespace.",
            MALFORMED,
            inside("<a xmlns:p='urn:x' xmlns:q='urn:x' p:b='1' q:b='2'/>"),
        ),
        (
            "attribute_twice_by_reference",
            "Two prefixes of one namespace, one written by a reference.",
            MALFORMED,
            inside("<a xmlns:p='urn:x' xmlns:q='urn:&#120;' p:b='1' q:b='2'/>"),
        ),
        (
            "namespace_twice",
            "A default namespace twice.",
            MALFORMED,
            inside("<a xmlns='urn:x' xmlns='urn:y'/>"),
        ),
        ("attribute_less_than", "A sign of markup in an attribute.", MALFORMED, inside("<a b='<'/>")),
        ("attribute_ampersand", "A bare ampersand in an attribute.", MALFORMED, inside("<a b='& '/>")),
        ("attribute_no_quotes", "An attribute without quotes.", MALFORMED, inside("<a b=1/>")),
        ("attribute_no_value", "An attribute without a value.", MALFORMED, inside("<a b/>")),
        ("attribute_no_space", "Attributes without a space between.", MALFORMED, inside("<a b='1'c='2'/>")),
        ("attribute_after_slash", "An attribute behind the slash.", MALFORMED, inside("<a / b='1'>")),
        (
            "attribute_typographic_quotes",
            "An attribute in other quotes.",
            MALFORMED,
            inside("<a b=\u{201C}1\u{201D}/>"),
        ),
        // Namespaces.
        ("unbound_element", "A prefix of an element is not bound.", MALFORMED, inside("<p:a/>")),
        ("unbound_attribute", "A prefix of an attribute is not bound.", MALFORMED, inside("<a p:b=''/>")),
        (
            "unbound_out_of_scope",
            "A prefix is used behind the element that binds it.",
            MALFORMED,
            inside("<a xmlns:p='urn:p'/><p:a/>"),
        ),
        ("prefix_undone", "A prefix is bound to nothing.", MALFORMED, inside("<a xmlns:p=''/>")),
        (
            "xml_rebound",
            "The prefix xml is bound to another namespace.",
            MALFORMED,
            inside("<a xmlns:xml='urn:x'/>"),
        ),
        (
            "xml_namespace_taken",
            "Another prefix is bound to the namespace of xml.",
            MALFORMED,
            inside("<a xmlns:p='http://www.w3.org/XML/1998/namespace' p:id='a'/>"),
        ),
        (
            "xmlns_declared",
            "The prefix xmlns is declared.",
            MALFORMED,
            inside("<a xmlns:xmlns='http://www.w3.org/2000/xmlns/'/>"),
        ),
        (
            "xmlns_namespace_taken",
            "A prefix is bound to the namespace of xmlns.",
            MALFORMED,
            inside("<a xmlns:p='http://www.w3.org/2000/xmlns/'/>"),
        ),
        (
            "xmlns_namespace_default",
            "The default namespace is that of xmlns.",
            MALFORMED,
            inside("<a xmlns='http://www.w3.org/2000/xmlns/'/>"),
        ),
        ("xmlns_element", "An element has the prefix xmlns.", MALFORMED, inside("<xmlns:a/>")),
        ("two_colons", "A name with two colons.", MALFORMED, inside("<a:b:c xmlns:a='urn:a'/>")),
        ("leading_colon", "A name that begins with a colon.", MALFORMED, inside("<:a/>")),
        ("trailing_colon", "A name that ends with a colon.", MALFORMED, inside("<a: xmlns:a='urn:a'/>")),
        (
            "local_digit",
            "A local name that begins with a digit.",
            MALFORMED,
            inside("<a:1 xmlns:a='urn:a'/>"),
        ),
        // Names and characters.
        ("name_digit", "A name that begins with a digit.", MALFORMED, inside("<1a/>")),
        ("name_dash", "A name that begins with a dash.", MALFORMED, inside("<-a/>")),
        ("name_empty", "An element without a name.", MALFORMED, inside("<>")),
        ("name_space", "A space in front of a name.", MALFORMED, inside("< a/>")),
        ("name_no_break_space", "A space that is none in a name.", MALFORMED, inside("<a\u{A0}b='1'/>")),
        ("name_multiplication_sign", "A sign that is no letter in a name.", MALFORMED, inside("<a\u{D7}b/>")),
        ("text_section_end", "The end of a CDATA section in text.", MALFORMED, inside("]]>")),
        (
            "text_section_end_brackets",
            "The end of a CDATA section behind a bracket.",
            MALFORMED,
            inside("]]]>"),
        ),
        ("text_ampersand", "A bare ampersand in text.", MALFORMED, inside("a & b")),
        ("text_control", "A control character in text.", MALFORMED, inside("\u{1}")),
        ("text_escape", "An escape in text.", MALFORMED, inside("\u{1B}[2J")),
        ("text_nul", "A NUL in text.", MALFORMED, inside("\u{0}")),
        ("nul_in_name", "A NUL in a name.", MALFORMED, inside("<item\u{0}/>")),
        ("nul_in_attribute", "A NUL cuts an identifier short.", MALFORMED, inside("<other Id='a\u{0}b'/>")),
        ("nul_behind", "A NUL behind the document.", MALFORMED, format!("{document}\u{0}")),
        ("text_not_a_character", "U+FFFE in text.", MALFORMED, inside("\u{FFFE}")),
        ("comment_control", "A control character in a comment.", MALFORMED, inside("<!--\u{8}-->")),
        ("reference_nul", "A NUL by reference.", MALFORMED, inside("&#0;")),
        ("reference_control", "A control character by reference.", MALFORMED, inside("&#1;")),
        ("reference_not_a_character", "U+FFFE by reference.", MALFORMED, inside("&#xFFFE;")),
        ("reference_surrogate", "A surrogate by reference.", MALFORMED, inside("&#xD800;")),
        (
            "reference_surrogates",
            "A pair of surrogates by references.",
            MALFORMED,
            inside("&#xD83D;&#xDE00;"),
        ),
        ("reference_beyond", "A number beyond Unicode.", MALFORMED, inside("&#x110000;")),
        ("reference_overflow", "A number that overflows to a letter.", MALFORMED, inside("&#4294967393;")),
        ("reference_negative", "A negative number.", MALFORMED, inside("&#-1;")),
        ("reference_plus", "A number with a sign.", MALFORMED, inside("&#+97;")),
        ("reference_upper_x", "A reference with an upper-case x.", MALFORMED, inside("&#X41;")),
        ("reference_empty", "A reference without a number.", MALFORMED, inside("&#;")),
        ("reference_no_end", "A reference without an end.", MALFORMED, inside("&#65")),
        ("reference_space", "A reference with a space.", MALFORMED, inside("&#65 ;")),
    ] {
        // Whether a bad name of an entity is a bad name or an unknown entity is a matter of taste.
        let expected: &[&'static str] = match expected {
            MALFORMED => &[MALFORMED],
            DOCTYPE => &[DOCTYPE],
            ENTITY => &[ENTITY],
            ENCODING => &[ENCODING],
            _ => &[NO_XML, MALFORMED],
        };
        add(name, tries, expected, text.into_bytes());
    }
    let around = |octets: &[u8]| [b"<doc>", octets, body.as_bytes(), b"</doc>"].concat();
    for (name, tries, bad) in [
        ("utf8_stray", "An octet that begins no character.", &[0xFF_u8][..]),
        ("utf8_continuation", "An octet that continues no character.", &[0x80]),
        ("utf8_overlong_nul", "A NUL in two octets.", &[0xC0, 0x80]),
        ("utf8_overlong_markup", "A sign of markup in two octets.", &[0xC0, 0xBC, b'a', b'/', b'>']),
        ("utf8_overlong_three", "A sign of markup in three octets.", &[0xE0, 0x80, 0xBC, b'a', b'/', b'>']),
        (
            "utf8_overlong_four",
            "A sign of markup in four octets.",
            &[0xF0, 0x80, 0x80, 0xBC, b'a', b'/', b'>'],
        ),
        ("utf8_surrogate", "A surrogate.", &[0xED, 0xA0, 0x80]),
        (
            "utf8_surrogate_pair",
            "A character by two surrogates (CESU-8).",
            &[0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80],
        ),
        ("utf8_beyond", "A character beyond Unicode.", &[0xF4, 0x90, 0x80, 0x80]),
        ("utf8_cut", "A character that is cut.", &[0xD3]),
        ("utf8_latin", "A letter of another encoding.", &[0xE9, b' ']),
    ] {
        add(name, tries, &[MALFORMED], around(bad));
    }
    add("utf8_in_name", "A stray octet in a name.", &[MALFORMED], around(b"<a\xFFb/>"));
    add(
        "utf8_cut_at_the_end",
        "The document ends within a character.",
        &[MALFORMED],
        octets(&[document.as_bytes(), &[0xD3]]),
    );
    let refused = [ENCODING, MALFORMED, NO_XML];
    add("utf16_no_mark", "UTF-16 without a mark.", &refused, utf16(&document, u16::to_le_bytes));
    add(
        "utf16_no_mark_declared",
        "UTF-16 without a mark, declared.",
        &refused,
        utf16(&format!("<?xml version='1.0' encoding='UTF-16'?>{document}"), u16::to_be_bytes),
    );
    add(
        "utf16_declared_utf8",
        "UTF-16 that is declared as UTF-8.",
        &refused,
        octets(&[
            &[0xFF, 0xFE],
            &utf16(&format!("<?xml version='1.0' encoding='UTF-8'?>{document}"), u16::to_le_bytes),
        ]),
    );
    add(
        "utf16_odd",
        "UTF-16 with half a unit.",
        &refused,
        octets(&[&[0xFF, 0xFE], &utf16(&document, u16::to_le_bytes), &[0x20]]),
    );
    add(
        "utf16_lone_surrogate",
        "UTF-16 with half a pair.",
        &refused,
        octets(&[
            &[0xFF, 0xFE],
            &utf16("<doc>", u16::to_le_bytes),
            &[0x3D, 0xD8],
            &utf16(&format!("{body}</doc>"), u16::to_le_bytes),
        ]),
    );
    add(
        "utf16_mark_only",
        "A mark of UTF-16 in front of single octets.",
        &refused,
        octets(&[&[0xFF, 0xFE], document.as_bytes()]),
    );
    add(
        "utf32",
        "UTF-32, whose mark begins as that of UTF-16.",
        &refused,
        octets(&[
            &[0xFF, 0xFE, 0, 0],
            &document.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect::<Vec<u8>>(),
        ]),
    );
    add("ebcdic", "EBCDIC.", &refused, vec![0x4C, 0x6F, 0xA7, 0x94, 0x93]);
    add("empty", "No octets.", &[NO_XML], Vec::new());
    add("white_space", "White space alone.", &[NO_XML, MALFORMED], b" \r\n\t".to_vec());
    add("mark_alone", "A byte order mark alone.", &[NO_XML, MALFORMED], vec![0xEF, 0xBB, 0xBF]);
    add("compressed", "A compressed document.", &[NO_XML], vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0]);
    add("json", "Another format.", &[NO_XML], b"{\"Signature\": {}}".to_vec());
    add("unsigned", "No signature.", &[UNSIGNED], ITEM.as_bytes().to_vec());
    add(
        "signature_in_comment",
        "The signature is in a comment.",
        &[UNSIGNED],
        format!("<doc>{ITEM}<!--{}--></doc>", sign(reference("#a", ITEM))).into_bytes(),
    );
    add(
        "signature_in_cdata",
        "The signature is in a CDATA section.",
        &[UNSIGNED],
        format!("<doc>{ITEM}<![CDATA[{}]]></doc>", sign(reference("#a", ITEM))).into_bytes(),
    );
    add(
        "signature_of_other_namespace",
        "The signature is of another namespace.",
        &[UNSIGNED],
        document
            .replace(&format!("xmlns:ds=\"{DSIG}\""), "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig\"")
            .into_bytes(),
    );
    add(
        "signature_of_no_namespace",
        "The signature is of no namespace.",
        &[UNSIGNED],
        format!("<doc>{ITEM}<Signature><SignedInfo/></Signature></doc>").into_bytes(),
    );
    add(
        "depth",
        "Elements nested one deeper than is read.",
        &[READER_LIMIT],
        format!("<doc>{}{}{body}</doc>", "<n>".repeat(256), "</n>".repeat(256)).into_bytes(),
    );
    // One document in several encodings: the verdict is about the characters.
    let signature = sign(reference("#a", CYRILLIC));
    let cyrillic = format!("<doc>{CYRILLIC}{signature}</doc>");
    let declared = |name: &str| format!("<?xml version=\"1.0\" encoding=\"{name}\"?>{cyrillic}");
    let mut passes = |name: &str, document: Vec<u8>| {
        attacks.push(
            Attack::new("control", name, "Nothing: an encoding that is read.", document)
                .passes(&["/doc/item[1]"], &[])
                .octets(CYRILLIC),
        );
    };
    passes("utf8_mark", octets(&[&[0xEF, 0xBB, 0xBF], declared("UTF-8").as_bytes()]));
    passes("utf16_little", octets(&[&[0xFF, 0xFE], &utf16(&declared("UTF-16"), u16::to_le_bytes)]));
    passes("utf16_big", octets(&[&[0xFE, 0xFF], &utf16(&cyrillic, u16::to_be_bytes)]));
    // Wrapping in other encodings; the letters are in each.
    let item = |id: &str, name: &str| format!("<item Id=\"{id}\"><name>{name}</name></item>");
    let moved = |encoding: &str| {
        let (own, forged) = (item("a", "Асет"), item("b", "Мэлори"));
        let signature = sign(reference("#a", &own));
        format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?><doc>{forged}<w>{own}</w>{signature}</doc>")
    };
    for (encoding, document) in [
        ("windows_1251", encoding_rs::WINDOWS_1251.encode(&moved("windows-1251")).0.into_owned()),
        ("utf16", octets(&[&[0xFF, 0xFE], &utf16(&moved("UTF-16"), u16::to_le_bytes)])),
    ] {
        attacks.push(
            Attack::new(
                "wrapping",
                &format!("moved_in_{encoding}"),
                "The signed element moves into a wrapper of a document that is not UTF-8, a forged one takes its place.",
                document,
            )
            .expect(&[FORMAT, TWIN]),
        );
    }
    let plain = item("a", "Асет");
    let plain_document = format!(
        "<?xml version=\"1.0\" encoding=\"windows-1251\"?><doc>{plain}{}</doc>",
        sign(reference("#a", &plain))
    );
    attacks.push(
        Attack::new(
            "control",
            "windows_1251",
            "Nothing: an encoding that is read.",
            encoding_rs::WINDOWS_1251.encode(&plain_document).0.into_owned(),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(&plain),
    );
    attacks.push(
        Attack::new(
            "parser",
            "encoding_other",
            "UTF-8 that is declared as windows-1251 has other letters.",
            declared("windows-1251"),
        )
        .expect(&[HASH, ENCODING, MALFORMED]),
    );
    attacks.push(
        Attack::new(
            "parser",
            "encoding_other_latin",
            "UTF-8 that is declared as ISO-8859-1 has other letters.",
            declared("ISO-8859-1"),
        )
        .expect(&[HASH, ENCODING, MALFORMED]),
    );
    let spaces = " ".repeat(1000);
    attacks.push(
        Attack::new(
            "parser",
            "encoding_other_far",
            "The declaration of windows-1251 stands behind a thousand spaces.",
            format!("<?xml version=\"1.0\"{spaces}encoding=\"windows-1251\"?>{cyrillic}"),
        )
        .expect(&[HASH, ENCODING, MALFORMED]),
    );
    for (name, instruction) in [
        ("encoding_of_an_instruction", "<?xml-stylesheet encoding=\"windows-1251\"?>"),
        ("encoding_of_an_instruction_utf16", "<?xmlx encoding='UTF-16'?>"),
    ] {
        attacks.push(
            Attack::new(
                "parser",
                name,
                "An instruction whose name begins as that of the declaration says an encoding.",
                format!("{instruction}{cyrillic}"),
            )
            .passes(&["/doc/item[1]"], &[])
            .octets(CYRILLIC),
        );
    }
    attacks.push(
        Attack::new(
            "parser",
            "comment_of_html",
            "A comment that ends at once in HTML; in XML it holds the forged element.",
            inside("<!--><item Id='b'/>-->"),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(ITEM),
    );
    attacks.push(
        Attack::new(
            "parser",
            "entity_in_digest",
            "An unknown entity stands in the digest.",
            format!("<doc>{body}</doc>").replace("<ds:DigestValue>", "<ds:DigestValue>&x;"),
        )
        .expect(&[ENTITY]),
    );
    attacks.push(
        Attack::new("parser", "xinclude", "Another document is to be included; nothing is.", inside("<x:include xmlns:x=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/hostname\" parse=\"text\"/>"))
            .passes(&["/doc/item[1]"], &["/doc/x:include[1]"])
            .octets(ITEM),
    );
    attacks.push(
        Attack::new(
            "parser",
            "stylesheet",
            "A style sheet in the network is named; it is not fetched.",
            format!("<?xml-stylesheet href=\"http://localhost:9/\"?>{document}"),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(ITEM)
        .or(&[FORMAT]),
    );
    attacks.push(
        Attack::new("parser", "schema_location", "A schema in the network is named; it is not fetched.", document.replace("<doc>", "<doc xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:noNamespaceSchemaLocation=\"http://localhost:9/\">"))
            .passes(&["/doc/item[1]"], &[])
            .octets(ITEM),
    );
    attacks
}
