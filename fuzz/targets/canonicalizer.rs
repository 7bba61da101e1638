//! The canonicaliser against libxml2's, over documents that the input's octets direct the making of:
//! each octet is a choice, so that a mutation makes another document and not a broken one.

#![no_main]

use qoltanba::xml::c14n::{Apex, Canonicalization, Comments, Method, canonicalize};
use qoltanba::xml::{Document, Identified, Limits};

#[path = "libxml2.rs"]
mod libxml2;

const PREFIXES: [&str; 5] = ["", "p", "q", "a", "xml"];
/// Absolute, because Canonical XML is not defined for relative ones. None has an ampersand, of which
/// libxml2 2.9 makes `&#38;`.
const URIS: [&str; 5] = ["urn:a", "urn:b", "urn:&gt;c", "http://x.test/&#65;", ""];
const NAMES: [&str; 5] = ["e", "f", "G", "ә", "a-b.c"];
const TEXTS: [&str; 14] =
    ["t", " ", "\n", "\r\n", "\r", "\t", "&amp;", "&lt;", "&gt;", "&#13;", "&#9;", "&#xA;", "ұ🦀", "&quot;'"];
const COMMENTS: [&str; 3] = ["<!---->", "<!-- c - <x> &amp; -->", "<!--\r\n-->"];
const INSTRUCTIONS: [&str; 3] = ["<?pi?>", "<?pi  a?b\r\n ?>", "<?p-i <e/> ?>"];
const SECTIONS: [&str; 4] =
    ["<![CDATA[]]>", "<![CDATA[<&>]]>", "<![CDATA[]]]]><![CDATA[>]]>", "<![CDATA[\r\n]]>"];
const SPACES: [&str; 4] = [" ", "\n", "\r\n\t", "  "];
const XML_ATTRIBUTES: [&str; 6] = [
    "xml:lang='kk'",
    "xml:space='preserve'",
    "xml:id='i'",
    "xml:base='http://x.test/a/'",
    "xml:lang=''",
    "xml:x='1'",
];

/// Choices from octets; when they are over, every choice is the first.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn below(&mut self, bound: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % bound
    }

    fn of<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list[self.below(list.len())]
    }

    fn over(&self) -> bool {
        self.0.is_empty()
    }
}

struct Writer<'a> {
    choices: Choices<'a>,
    out: String,
    apex: bool,
}

impl Writer<'_> {
    fn misc(&mut self) {
        match self.choices.below(6) {
            1 => self.out.push_str(self.choices.of(&COMMENTS)),
            2 => self.out.push_str(self.choices.of(&INSTRUCTIONS)),
            3 => self.out.push_str(self.choices.of(&SPACES)),
            _ => {}
        }
    }

    fn element(&mut self, depth: usize) {
        let prefix = PREFIXES[self.choices.below(4)];
        let name = self.choices.of(&NAMES);
        let name = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}:{name}") };
        self.out.push('<');
        self.out.push_str(&name);
        if !self.apex && (depth > 3 || self.choices.below(3) == 1) {
            self.apex = true;
            self.out.push_str(" Id='apex'");
        }
        let mut written: Vec<String> = Vec::new();
        for _ in 0..self.choices.below(5) {
            let (key, attribute) = match self.choices.below(4) {
                0 => {
                    let prefix = PREFIXES[self.choices.below(4)];
                    let uri = URIS[self.choices.below(if prefix.is_empty() { 5 } else { 4 })];
                    let key = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
                    (key.clone(), format!("{key}=\"{uri}\""))
                }
                1 => {
                    let attribute = self.choices.of(&XML_ATTRIBUTES);
                    (attribute.split('=').next().unwrap_or_default().to_owned(), attribute.to_owned())
                }
                _ => {
                    let prefix = PREFIXES[self.choices.below(4)];
                    let local = self.choices.of(&NAMES);
                    let key = if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") };
                    let mut value = String::new();
                    for _ in 0..self.choices.below(4) {
                        value.push_str(self.choices.of(&TEXTS));
                    }
                    // Both kinds of quotes, and a text that holds one of them.
                    let quote = if value.contains('\'') || self.choices.below(2) == 0 { '"' } else { '\'' };
                    (key.clone(), format!("{key}={quote}{value}{quote}"))
                }
            };
            if !written.contains(&key) {
                written.push(key);
                self.out.push_str(self.choices.of(&SPACES));
                self.out.push_str(&attribute);
            }
        }
        if self.choices.over() && self.apex {
            self.out.push_str("/>");
            return;
        }
        self.out.push('>');
        for _ in 0..self.choices.below(6) {
            match self.choices.below(8) {
                0..=2 if depth < 12 => self.element(depth + 1),
                3 => self.out.push_str(self.choices.of(&COMMENTS)),
                4 => self.out.push_str(self.choices.of(&INSTRUCTIONS)),
                5 => self.out.push_str(self.choices.of(&SECTIONS)),
                _ => self.out.push_str(self.choices.of(&TEXTS)),
            }
        }
        self.out.push_str("</");
        self.out.push_str(&name);
        self.out.push_str(if self.choices.below(8) == 1 { "\r\n>" } else { ">" });
    }
}

fn document(choices: Choices<'_>) -> (String, Vec<String>) {
    let mut writer = Writer { choices, out: String::new(), apex: false };
    let prefixes: Vec<String> =
        (0..writer.choices.below(3)).map(|_| PREFIXES[1 + writer.choices.below(4)].to_owned()).collect();
    writer.misc();
    writer.misc();
    // Most documents bind every prefix at the root; in the others many a prefix is unbound.
    let bound = writer.choices.below(8) != 1;
    if bound {
        writer.out.push_str("<root xmlns:p='urn:p' xmlns:q='urn:q' xmlns:a='urn:p'>");
    }
    writer.element(0);
    if bound {
        writer.element(0);
        writer.out.push_str("</root>");
    }
    writer.misc();
    writer.misc();
    (writer.out, prefixes)
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (text, prefixes) = document(Choices(bytes));
    let Ok(ours) = Document::read(text.as_bytes(), &Limits::default(), &[]) else { return };
    let theirs = libxml2::Parsed::of(text.as_bytes()).expect("libxml2 refuses what is read here");
    let apex = match ours.identified("apex") {
        Identified::One(element) => Some(element),
        _ => None,
    };
    for (mode, method) in [(0, Method::Inclusive), (1, Method::Exclusive), (2, Method::Inclusive11)] {
        for comments in [Comments::Dropped, Comments::Kept] {
            for apex in [None, apex] {
                let inclusive_prefixes =
                    if method == Method::Exclusive { prefixes.clone() } else { Vec::new() };
                let with = comments == Comments::Kept;
                let Some(expected) = theirs.canonical(apex.map(|_| "Id"), mode, &inclusive_prefixes, with)
                else {
                    continue;
                };
                let how = Canonicalization { method, comments, inclusive_prefixes };
                let apex = apex.map_or(Apex::Document, Apex::Element);
                let mut octets = Vec::new();
                canonicalize(&ours, apex, &[], &how, &mut octets).expect("memory");
                assert!(
                    octets == expected,
                    "{how:?} {apex:?}\ndocument: {text:?}\nours:     {:?}\nlibxml2:  {:?}",
                    String::from_utf8_lossy(&octets),
                    String::from_utf8_lossy(&expected)
                );
            }
        }
    }
});
