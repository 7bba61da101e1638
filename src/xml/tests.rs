//! What the scanner takes in large steps it must take as it would octet by octet: the same document from
//! memory and through a window that is cut anywhere, names that share their ends, many prefixes.

use std::io;
use std::ops::Range;

use super::c14n::{Apex, Canonicalization, Comments, canonicalize};
use super::{Document, Element, Error, ErrorKind, Identified, Limits, ReadAt};

/// Octets that come a few at a time.
#[derive(Debug)]
struct Trickle(Vec<u8>, usize);

impl ReadAt for Trickle {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read_at(&self, octets: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = self.0.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
        let count = rest.len().min(octets.len()).min(self.1);
        octets[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

fn canonical(document: &Document<'_>, method: &Canonicalization) -> String {
    let mut octets = Vec::new();
    canonicalize(document, Apex::Document, &[], method, &mut octets).unwrap();
    String::from_utf8(octets).unwrap()
}

fn exclusive(text: &str) -> String {
    let document = Document::read(text.as_bytes(), &Limits::default(), &[]).unwrap();
    canonical(&document, &Canonicalization::exclusive())
}

fn refused(text: &str) -> ErrorKind {
    let result: Result<Document<'_>, Error> = Document::read(text.as_bytes(), &Limits::default(), &[]);
    result.unwrap_err().kind
}

#[test]
fn a_window_cuts_anywhere() {
    // Every piece meets the window's edge at another place.
    let mut text = String::from("<r xmlns:p='urn:p'>");
    let mut at = 0;
    while text.len() < 700_000 {
        text.push_str(&"x".repeat(at % 97));
        text.push_str("<p:e b=\"1\" a='ә'>a\r\nb\r<![CDATA[<]]]]>&#13;]] ></p:e><!--\r\n-->\r\n");
        text.push_str(
            "<p:e  a=\"1&#9;\"/>&lt;<long.name.of-an-element p:a='\"'>ұ🦀</long.name.of-an-element>",
        );
        at += 1;
    }
    text.push_str(&"y]\r".repeat(200_000));
    text.push_str("</r>");
    for method in [Canonicalization::exclusive(), Canonicalization::inclusive()] {
        let file = Trickle(text.clone().into_bytes(), 50_021);
        let from_file = Document::open(&file, &Limits::default(), &[]).unwrap();
        let from_memory = Document::read(text.as_bytes(), &Limits::default(), &[]).unwrap();
        assert!(canonical(&from_file, &method) == canonical(&from_memory, &method));
    }
}

/// A canonical form, or why there is none.
fn form(document: &Document<'_>, apex: Apex, without: &[Range<usize>], method: &Canonicalization) -> String {
    let mut octets = Vec::new();
    match canonicalize(document, apex, without, method, &mut octets) {
        Ok(()) => String::from_utf8(octets).unwrap(),
        Err(error) => error.kind.to_string(),
    }
}

#[test]
fn a_part_is_left_out_wherever_the_window_ends() {
    let signature = |inside: usize| {
        let value = "v".repeat(inside);
        format!("<s:Signature xmlns:s='http://www.w3.org/2000/09/xmldsig#' a='1'><s:x/>{value}</s:Signature>")
    };
    let pieces =
        ["", "\r\n", "t>", "<!--c-->", "<?p i?>", "<![CDATA[<]]>", "<e a='&#13;'/>", "<e></e>", "&amp;"];
    let mut methods = vec![Canonicalization::exclusive(), Canonicalization::inclusive()];
    methods.push(Canonicalization { comments: Comments::Kept, ..Canonicalization::inclusive() });
    for (before, after) in pieces.iter().flat_map(|before| pieces.iter().map(move |after| (before, after))) {
        for (shift, inside) in (0..66).map(|shift| (shift, shift * 7 % 200)) {
            let text = format!(
                "<r xmlns='urn:r'>{}<b Id='b'>{before}{}{after}{}</b>{before}</r>",
                "x".repeat(shift),
                signature(inside),
                signature(3)
            );
            let file = Trickle(text.clone().into_bytes(), 1 << 20);
            let from_file = Document::open(&file, &Limits::default(), &[]).unwrap();
            let from_memory = Document::read(text.as_bytes(), &Limits::default(), &[]).unwrap();
            let Identified::One(b) = from_memory.identified("b") else { panic!("an element") };
            let spans: Vec<_> = from_memory.signatures().iter().map(Element::span).collect();
            for method in &methods {
                for without in [&[][..], &spans, &spans[..1], &spans[1..]] {
                    for apex in [Apex::Document, Apex::Element(b)] {
                        let canonical = form(&from_memory, apex, without, method);
                        assert_eq!(form(&from_file, apex, without, method), canonical, "{text}");
                        // What is left out leaves no trace.
                        let mut cut = text.clone();
                        without.iter().rev().for_each(|span| cut.replace_range(span.clone(), ""));
                        let cut = Document::read(cut.as_bytes(), &Limits::default(), &[]).unwrap();
                        let apex = match (apex, cut.identified("b")) {
                            (Apex::Element(_), Identified::One(b)) => Apex::Element(b),
                            _ => Apex::Document,
                        };
                        assert_eq!(form(&cut, apex, &[], method), canonical, "{text}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_root_that_is_left_out_still_parts_what_is_before_it_from_what_is_behind() {
    const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    let signature = "<s:Signature xmlns:s='http://www.w3.org/2000/09/xmldsig#'/>";
    for method in [Canonicalization::exclusive(), Canonicalization::inclusive()] {
        // Canonicalised on the way of the index, and by a pass of its own.
        let text = format!("<?a b?>{signature}<?p {ENVELOPED} {}?><?q e?>", method.uri());
        let file = Trickle(text.clone().into_bytes(), 1 << 20);
        let from_file = Document::open(&file, &Limits::default(), &[]).unwrap();
        let from_memory = Document::read(text.as_bytes(), &Limits::default(), &[]).unwrap();
        let root = [from_memory.root().span()];
        let canonical = form(&from_memory, Apex::Document, &root, &method);
        assert_eq!(canonical, form(&from_file, Apex::Document, &root, &method));
        assert_eq!(canonical, format!("<?a b?>\n\n<?p {ENVELOPED} {}?>\n<?q e?>", method.uri()));
    }
}

#[test]
fn the_end_of_a_section_in_text_is_refused_wherever_the_window_ends() {
    for before in 262_140..262_150 {
        let text = format!("<r>{}]]>{}</r>", "z".repeat(before), "z".repeat(300_000));
        let file = Trickle(text.into_bytes(), 1 << 20);
        let error = Document::open(&file, &Limits::default(), &[]).unwrap_err();
        assert_eq!((error.kind.to_string().as_str(), error.offset), ("]]> in text", before + 3));
    }
}

#[test]
fn ascii_is_read_from_a_file_and_nothing_else_in_its_place() {
    let document = |text: &str| format!("<?xml version='1.0' encoding='US-ASCII'?><r>{text}</r>");
    let long = "z".repeat(600_000);
    let file = Trickle(document(&long).into_bytes(), 1 << 20);
    let from_file = Document::open(&file, &Limits::default(), &[]).expect("a document");
    assert_eq!(canonical(&from_file, &Canonicalization::exclusive()), format!("<r>{long}</r>"));
    for at in [0, 300_000, 600_000] {
        let text = document(&[&long[..at], "é", &long[at..]].concat());
        let offset = text.find('é').expect("the letter");
        let error = Document::open(&Trickle(text.into_bytes(), 1 << 20), &Limits::default(), &[]).map(drop);
        let error = error.expect_err("another octet");
        assert_eq!((error.kind.to_string().as_str(), error.offset), ("octets that are not US-ASCII", offset));
    }
}

#[test]
fn text_is_escaped_at_every_place_in_eight_octets() {
    for at in 0..40 {
        let (before, after) = ("t".repeat(at), "t".repeat(40 - at));
        let written = exclusive(&format!("<r>{before}>\r\n\r{after}</r>"));
        assert_eq!(written, format!("<r>{before}&gt;\n\n{after}</r>"));
        let written = exclusive(&format!("<r a='{before}\"\t{after}'/>"));
        assert_eq!(written, format!("<r a=\"{before}&quot; {after}\"></r>"));
        assert_eq!(refused(&format!("<r a=\"{before}<{after}\"/>")).to_string(), "< in an attribute value");
    }
}

#[test]
fn an_end_tag_that_shares_both_ends_with_its_start_is_refused() {
    for (start, end) in [
        ("abcdefgh-x-ijklmnop", "abcdefgh-y-ijklmnop"),
        ("abcdefghijklmnop", "abcdefghXjklmnop"),
        ("abcdefgh", "abcdefg"),
        ("abcdefg", "abcdefgh"),
        ("a", "b"),
        ("aa", "a"),
        ("abcdefghi", "abcdefghh"),
    ] {
        assert_eq!(
            refused(&format!("<r><{start}></{end}></r>")).to_string(),
            "an end tag that does not match its start",
            "{start} {end}"
        );
        assert!(Document::read(format!("<{start}></{start}>").as_bytes(), &Limits::default(), &[]).is_ok());
    }
}

#[test]
fn an_element_of_text_alone_is_what_it_is_whatever_the_length() {
    let read = |text: &str| Document::read(text.as_bytes(), &Limits::default(), &[]).map(|_| ());
    for name in ["a", "p:a", "abcdefghijklmnop", "p:abcdefghijklmnopqrst", "ә"] {
        let declares = if name.starts_with("p:") { " xmlns:p=\"urn:p\"" } else { "" };
        for length in (0..40).chain(60..70) {
            let text = "x".repeat(length);
            let root = |content: &str| format!("<r xmlns:p=\"urn:p\">{content}</r>");
            // As it stands, and where the text or the end tag is written otherwise.
            for (inside, canonical) in [
                (text.clone(), text.clone()),
                (format!("{text}>"), format!("{text}&gt;")),
                (format!("{text}&#x79;"), format!("{text}y")),
                (format!("{text}\r\n"), format!("{text}\n")),
                (format!("{text}<![CDATA[<]]>"), format!("{text}&lt;")),
                (format!("<!-- -->{text}"), text.clone()),
                (format!("{text}<b/>"), format!("{text}<b></b>")),
            ] {
                for end in ["", " ", "\n"] {
                    let written = root(&format!("<{name}>{inside}</{name}{end}>"));
                    let expected = format!("<r><{name}{declares}>{canonical}</{name}></r>");
                    assert_eq!(exclusive(&written), expected, "{written:?}");
                }
            }
            // With a tag that is not as it stands, and as the root.
            let expected = format!("<r><{name}{declares} b=\"1\">{text}</{name}></r>");
            assert_eq!(exclusive(&root(&format!("<{name} b='1'>{text}</{name}>"))), expected);
            let alone = format!("<{name}{declares}>{text}</{name}>");
            assert_eq!(exclusive(&alone), alone);
            assert_eq!(refused(&alone.repeat(2)).to_string(), "a second root element");
            for wrong in [format!("</{name}x>"), format!("</x{name}>"), "</>".to_owned(), format!("</{name}")]
            {
                assert!(read(&root(&format!("<{name}>{text}{wrong}"))).is_err(), "{wrong}");
                assert!(read(&format!("<{name}{declares}>{text}{wrong}")).is_err(), "{wrong}");
            }
        }
    }
}

#[test]
fn an_element_of_text_alone_is_found_and_leaves_nothing_behind() {
    let text = "<r xmlns='urn:r'><a Id='a'>text</a><b xmlns='urn:b' Id='b'>text</b><c Id='c'/>\
        <Signature xmlns='http://www.w3.org/2000/09/xmldsig#'>text</Signature><d Id='d'>text</d></r>";
    let document = Document::read(text.as_bytes(), &Limits::default(), &[]).unwrap();
    for (id, written) in [
        ("a", "<a Id='a'>text</a>"),
        ("b", "<b xmlns='urn:b' Id='b'>text</b>"),
        ("c", "<c Id='c'/>"),
        ("d", "<d Id='d'>text</d>"),
    ] {
        let Identified::One(element) = document.identified(id) else { panic!("{id}") };
        assert_eq!(text.get(element.span()), Some(written));
        assert_eq!(document.inherited_namespaces(&element).as_slice(), [("", "urn:r")], "{id}");
    }
    let [signature] = document.signatures() else { panic!("one signature") };
    assert!(text.get(signature.span()).is_some_and(|written| written.ends_with(">text</Signature>")));
    assert_eq!(signature.parent, Some(0));
    assert_eq!(document.root().end, text.len());
    let limits = Limits { nesting: 2, ..Limits::default() };
    let nested = |inner: &str| Document::read(format!("<r>{inner}</r>").as_bytes(), &limits, &[]).map(|_| ());
    assert!(nested("<a>text</a>").is_ok());
    assert_eq!(nested("<a><b>text</b></a>").unwrap_err().kind, ErrorKind::Limit("nesting"));
}

#[test]
fn attributes_that_share_their_first_octets_are_told_apart_and_put_in_order() {
    assert_eq!(
        exclusive("<r abcdefghz='1' abcdefgh='2' abcdefgha='3' a='4'/>"),
        "<r a=\"4\" abcdefgh=\"2\" abcdefgha=\"3\" abcdefghz=\"1\"></r>"
    );
    assert_eq!(refused("<r abcdefghz='1' b='' abcdefghz='3'/>").to_string(), "an attribute occurs twice");
    let twice = "<r xmlns:p='urn:a' xmlns:q='urn:a'><e p:abcdefghz='' q:abcdefghz=''/></r>";
    assert_eq!(refused(twice).to_string(), "an attribute occurs twice");
    assert_eq!(
        exclusive("<r xmlns:p='urn:b' xmlns:q='urn:a' p:a='' q:a='' z=''/>"),
        "<r xmlns:p=\"urn:b\" xmlns:q=\"urn:a\" z=\"\" q:a=\"\" p:a=\"\"></r>"
    );
}

#[test]
fn many_prefixes_come_and_go() {
    // More than are searched one by one, redeclared further in and back in force after that.
    let declare = |uri: &str| (0..60).map(|at| format!(" xmlns:prefix{at}='{uri}{at}'")).collect::<String>();
    let text = format!(
        "<r{}><e{}><prefix59:x/></e><prefix59:x prefix0:a=''/><prefix59:y/></r>",
        declare("urn:a"),
        declare("urn:b")
    );
    assert_eq!(
        exclusive(&text),
        "<r><e><prefix59:x xmlns:prefix59=\"urn:b59\"></prefix59:x></e><prefix59:x xmlns:prefix0=\"urn:a0\" \
         xmlns:prefix59=\"urn:a59\" prefix0:a=\"\"></prefix59:x><prefix59:y \
         xmlns:prefix59=\"urn:a59\"></prefix59:y></r>"
    );
    let gone = format!("<r><e{}/><prefix59:x/></r>", declare("urn:a"));
    assert_eq!(refused(&gone).to_string(), "an element prefix is not declared");
}

#[test]
fn a_namespace_is_declared_anew_after_it_was_overwritten() {
    assert_eq!(
        exclusive("<p:a xmlns:p='urn:1'><p:b xmlns:p='urn:2'/><p:c xmlns:p='urn:1'/><p:d/></p:a>"),
        "<p:a xmlns:p=\"urn:1\"><p:b xmlns:p=\"urn:2\"></p:b><p:c></p:c><p:d></p:d></p:a>"
    );
    assert_eq!(
        exclusive("<a xmlns='urn:1'><b xmlns=''><c xmlns='urn:1'/></b><d/></a>"),
        "<a xmlns=\"urn:1\"><b xmlns=\"\"><c xmlns=\"urn:1\"></c></b><d></d></a>"
    );
}

#[test]
fn a_namespace_has_a_bounded_length() {
    let longest = "u".repeat(Limits::default().namespace_bytes);
    let good = format!("<r xmlns='{longest}'/>");
    assert!(Document::read(good.as_bytes(), &Limits::default(), &[]).is_ok());
    assert_eq!(refused(&format!("<r xmlns:p='{longest}u'/>")), ErrorKind::Limit("namespace_bytes"));
}

/// xml:id 1.0, 4: the value is of type ID.
#[test]
fn the_value_of_xml_id_is_without_its_spaces() {
    let many: String = (0..10_001).map(|at| format!("<i Id=\"i{at}\"/>")).collect();
    for many in ["", &many] {
        let identified = |attributes: &str, id: &str| {
            let text = format!("<r><a {attributes}/>{many}<b Id='b'/></r>");
            let mut document = Document::read(text.as_bytes(), &Limits::default(), &[]).unwrap();
            document.look_for(&[id]).unwrap();
            document.identified(id)
        };
        let a = |attributes: &str, id: &str| matches!(identified(attributes, id), Identified::One(_));
        for written in [" a ", "a", "\na\t", "  &#x20;a", "&#97;&#32;"] {
            let attribute = format!("xml:id='{written}'");
            assert!(a(&attribute, "a"), "{written:?}");
            assert_eq!(identified(&attribute, " a "), Identified::Nothing);
        }
        assert_eq!(identified("xml:id=' b '", "b"), Identified::Several);
        assert!(a("xml:id=' a ' Id='a'", "a"), "two attributes of one element");
        assert!(a("xml:id=' a  \r\n a '", "a a"));
        assert!(a("xml:id='a'", "a") && a("xml:id='a&#10;'", "a\n"), "a space is U+0020");
        // Other attributes are of no type.
        assert_eq!(identified("Id=' a '", "a"), Identified::Nothing);
        assert!(a("Id=' a '", " a ") && a("Id=' b '", "b"));
        assert!(a("xml:id=''", "") && a("xml:id=' '", ""));
    }
}

#[test]
fn a_file_that_comes_octet_by_octet_is_read_as_any() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><r Id=\"x\">text</r>";
    for octets in [text.as_bytes().to_vec(), [b"\xEF\xBB\xBF", text.as_bytes()].concat()] {
        for step in 1..8 {
            let file = Trickle(octets.clone(), step);
            let document = Document::open(&file, &Limits::default(), &[]).expect("a document");
            assert_eq!(document.root().end, text.len(), "{step}");
        }
    }
}

#[test]
fn a_value_is_escaped_where_something_is_to_be() {
    use super::write::escape_attribute;
    assert_eq!(escape_attribute("a \"b\"\t<c> & 'd'\r\n"), "a &quot;b&quot;&#x9;&lt;c> &amp; 'd'&#xD;&#xA;");
    for special in ["&", "<", "\"", "\t", "\n", "\r"] {
        assert_ne!(escape_attribute(special), special, "{special:?}");
    }
    assert_eq!(escape_attribute("ҚАЗАҚ 'plain'"), "ҚАЗАҚ 'plain'");
}

#[test]
fn the_namespace_of_signatures_is_told_by_each_of_its_octets() {
    assert!(super::is_dsig(super::DSIG));
    for at in 0..super::DSIG.len() {
        let mut other = super::DSIG.as_bytes().to_vec();
        other[at] ^= 1;
        assert!(!super::is_dsig(&other), "{at}");
        other.truncate(at);
        assert!(!super::is_dsig(&other), "{at} octets");
    }
    assert!(!super::is_dsig([super::DSIG, "#"].concat()));
}
