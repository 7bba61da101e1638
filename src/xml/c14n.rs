//! Canonical XML 1.0 and Exclusive Canonical XML 1.0, straight from the document's bytes into a sink.
//!
//! The node-set is always one subtree (or the whole document) less some whole elements, which is all
//! that enveloped and same-document references need; no tree is built. Canonical XML 1.0 makes the
//! apex carry every namespace in scope and the `xml:` attributes of its ancestors; Exclusive
//! Canonical XML renders a namespace where it is visibly used.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::index::{Document, Element, attributes_of, is_declaration};
use super::namespace::{Namespaces, declared_prefix};
use super::read::{Error, Reader, Token, attribute_value, line_ends, split_name};

/// A canonicalisation method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Canonical XML 1.0.
    Inclusive,
    /// Exclusive XML Canonicalization 1.0.
    Exclusive,
}

/// Whether comments are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comments {
    Kept,
    Dropped,
}

/// A method with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canonicalization {
    pub method: Method,
    pub comments: Comments,
    /// `InclusiveNamespaces PrefixList` of the exclusive method; the default namespace is "".
    pub inclusive_prefixes: Vec<String>,
}

const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

impl Canonicalization {
    /// Canonical XML 1.0 without comments, the implied one (XML Signature 4.4.3.2).
    pub fn inclusive() -> Self {
        Self { method: Method::Inclusive, comments: Comments::Dropped, inclusive_prefixes: Vec::new() }
    }

    /// Exclusive XML Canonicalization without comments.
    pub fn exclusive() -> Self {
        Self { method: Method::Exclusive, ..Self::inclusive() }
    }

    /// The method that a URI names, without parameters.
    pub fn from_uri(uri: &str) -> Option<Self> {
        let (method, rest) = match uri.strip_prefix(INCLUSIVE) {
            Some("") => (Method::Inclusive, ""),
            Some(rest) => (Method::Inclusive, rest.strip_prefix('#')?),
            None => (Method::Exclusive, uri.strip_prefix(EXCLUSIVE)?),
        };
        let comments = match rest {
            "" => Comments::Dropped,
            "WithComments" => Comments::Kept,
            _ => return None,
        };
        if uri == "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#" {
            return None;
        }
        Some(Self { method, comments, inclusive_prefixes: Vec::new() })
    }

    /// The URI of the method.
    pub fn uri(&self) -> &'static str {
        match (self.method, self.comments) {
            (Method::Inclusive, Comments::Dropped) => INCLUSIVE,
            (Method::Inclusive, Comments::Kept) => {
                "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"
            }
            (Method::Exclusive, Comments::Dropped) => EXCLUSIVE,
            (Method::Exclusive, Comments::Kept) => "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        }
    }
}

/// Where canonical octets go.
pub trait Sink {
    fn write(&mut self, octets: &[u8]);
}

impl Sink for Vec<u8> {
    fn write(&mut self, octets: &[u8]) {
        self.extend_from_slice(octets);
    }
}

/// What is canonicalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apex {
    /// The document with the comments and processing instructions around its root.
    Document,
    /// One element.
    Element(Element),
}

struct Output<'sink> {
    sink: &'sink mut dyn Sink,
    buffer: Vec<u8>,
}

const BUFFER: usize = 4096;

impl Output<'_> {
    fn put(&mut self, octets: &[u8]) {
        if self.buffer.len() + octets.len() > BUFFER {
            self.sink.write(&self.buffer);
            self.buffer.clear();
            if octets.len() >= BUFFER {
                self.sink.write(octets);
                return;
            }
        }
        self.buffer.extend_from_slice(octets);
    }

    fn flush(&mut self) {
        self.sink.write(&self.buffer);
        self.buffer.clear();
    }

    /// Text per Canonical XML 2.3: `&`, `<`, `>` and carriage returns as references.
    fn text(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        while let Some(at) = rest.iter().position(|octet| matches!(octet, b'&' | b'<' | b'>' | b'\r')) {
            let (plain, special) = rest.split_at(at);
            self.put(plain);
            self.put(match special.first() {
                Some(b'&') => b"&amp;",
                Some(b'<') => b"&lt;",
                Some(b'>') => b"&gt;",
                _ => b"&#xD;",
            });
            rest = special.get(1..).unwrap_or_default();
        }
        self.put(rest);
    }

    /// Raw text: without references, with line ends to normalise.
    fn raw_text(&mut self, raw: &str) {
        match memchr::memchr2(b'\r', b'>', raw.as_bytes()) {
            None => self.put(raw.as_bytes()),
            Some(_) => self.text(&line_ends(raw)),
        }
    }

    /// A normalised attribute value with its quotes.
    fn value(&mut self, value: &str) {
        self.put(b"\"");
        let mut rest = value.as_bytes();
        while let Some(at) =
            rest.iter().position(|octet| matches!(octet, b'&' | b'<' | b'"' | b'\t' | b'\n' | b'\r'))
        {
            let (plain, special) = rest.split_at(at);
            self.put(plain);
            self.put(match special.first() {
                Some(b'&') => b"&amp;",
                Some(b'<') => b"&lt;",
                Some(b'"') => b"&quot;",
                Some(b'\t') => b"&#x9;",
                Some(b'\n') => b"&#xA;",
                _ => b"&#xD;",
            });
            rest = special.get(1..).unwrap_or_default();
        }
        self.put(rest);
        self.put(b"\"");
    }

    fn namespace(&mut self, prefix: &str, uri: &str) {
        if prefix.is_empty() {
            self.put(b" xmlns=");
        } else {
            self.put(b" xmlns:");
            self.put(prefix.as_bytes());
            self.put(b"=");
        }
        self.value(uri);
    }
}

/// Writes the canonical form of `apex`, less the elements at `excluded` (spans of whole elements).
///
/// # Errors
/// Only if the span was not read by [`Document::read`] before.
pub fn canonicalize(
    document: &Document<'_>,
    apex: Apex,
    excluded: &[Range<usize>],
    method: &Canonicalization,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    let (start, end, inherited, inherited_xml) = match apex {
        Apex::Document => (0, document.text().len(), Vec::new(), Vec::new()),
        Apex::Element(element) => (
            element.start,
            element.end,
            document.inherited_namespaces(&element),
            match method.method {
                Method::Inclusive => document.inherited_xml_attributes(&element),
                Method::Exclusive => Vec::new(),
            },
        ),
    };
    let mut pass = Pass {
        text: document.text(),
        end,
        root_start: document.root().start,
        whole: apex == Apex::Document,
        method,
        scope: Namespaces::default(),
        rendered: Namespaces::default(),
        output: Output { sink, buffer: Vec::with_capacity(BUFFER) },
        inclusive: method.inclusive_prefixes.iter().map(String::as_str).collect(),
        depth: 0,
        attributes: Vec::new(),
        namespaces: Vec::new(),
    };
    pass.scope.enter();
    for (prefix, uri) in inherited {
        pass.scope.declare(prefix, uri);
    }
    pass.run(start, excluded, &inherited_xml)?;
    pass.output.flush();
    Ok(())
}

struct Attribute<'doc> {
    uri_key: Cow<'doc, str>,
    local: &'doc str,
    name: Cow<'doc, str>,
    raw: &'doc str,
}

struct Pass<'doc, 'sink, 'm> {
    text: &'doc str,
    end: usize,
    root_start: usize,
    whole: bool,
    method: &'m Canonicalization,
    /// What the document declares.
    scope: Namespaces<'doc>,
    /// What the output has declared.
    rendered: Namespaces<'doc>,
    output: Output<'sink>,
    /// Prefixes that the exclusive method treats as the inclusive one does.
    inclusive: HashSet<&'m str>,
    depth: usize,
    attributes: Vec<Attribute<'doc>>,
    namespaces: Vec<(&'doc str, Cow<'doc, str>)>,
}

impl<'doc> Pass<'doc, '_, '_> {
    fn run(
        &mut self,
        start: usize,
        excluded: &[Range<usize>],
        inherited_xml: &[(&'doc str, &'doc str)],
    ) -> Result<(), Error> {
        let mut reader = Reader::span(self.text, start, self.end);
        while let Some(token) = reader.next_token_at_depth(self.depth)? {
            match token {
                Token::Start { name, attributes, empty } => {
                    if let Some(range) = excluded.iter().find(|range| range.start == reader.token_start()) {
                        if self.depth == 0 && !self.whole {
                            return Ok(());
                        }
                        reader = Reader::span(self.text, range.end, self.end);
                        continue;
                    }
                    let inherited = if self.depth == 0 { inherited_xml } else { &[] };
                    self.start(name, attributes, inherited)
                        .map_err(|kind| reader.error(kind, reader.token_start()))?;
                    if empty {
                        self.finish(name);
                    }
                }
                Token::End { name } => self.finish(name),
                Token::Text(raw) => self.output.raw_text(raw),
                Token::CData(data) => self.output.text(&line_ends(data)),
                Token::Char(character) => {
                    self.output.text(character.encode_utf8(&mut [0; 4]));
                }
                Token::Comment(data) => {
                    if self.method.comments == Comments::Kept {
                        self.outside(reader.token_start(), |output| {
                            output.put(b"<!--");
                            output.put(line_ends(data).as_bytes());
                            output.put(b"-->");
                        });
                    }
                }
                Token::ProcessingInstruction { target, data } => {
                    self.outside(reader.token_start(), |output| {
                        output.put(b"<?");
                        output.put(target.as_bytes());
                        if !data.is_empty() {
                            output.put(b" ");
                            output.put(line_ends(data).as_bytes());
                        }
                        output.put(b"?>");
                    });
                }
            }
            if self.depth == 0 && !self.whole {
                break;
            }
        }
        Ok(())
    }

    /// Writes a comment or instruction; outside the root with a line feed towards it.
    fn outside(&mut self, at: usize, write: impl FnOnce(&mut Output<'_>)) {
        let is_outside = self.depth == 0;
        if is_outside && at > self.root_start {
            self.output.put(b"\n");
        }
        write(&mut self.output);
        if is_outside && at < self.root_start {
            self.output.put(b"\n");
        }
    }

    fn start(
        &mut self,
        name: &'doc str,
        raw_attributes: &'doc str,
        inherited_xml: &[(&'doc str, &'doc str)],
    ) -> Result<(), super::ErrorKind> {
        self.scope.enter();
        self.rendered.enter();
        self.attributes.clear();
        for attribute in attributes_of(raw_attributes) {
            let attribute = attribute?;
            if is_declaration(attribute.name) {
                let prefix = declared_prefix(attribute.name).unwrap_or_default();
                if prefix != "xml" {
                    self.scope.declare(prefix, attribute_value(attribute.raw)?);
                }
            } else {
                self.attributes.push(Attribute {
                    uri_key: Cow::Borrowed(""),
                    local: split_name(attribute.name).1,
                    name: Cow::Borrowed(attribute.name),
                    raw: attribute.raw,
                });
            }
        }
        for (local, raw) in inherited_xml {
            let name = format!("xml:{local}");
            if !self.attributes.iter().any(|attribute| attribute.name == name) {
                self.attributes.push(Attribute {
                    uri_key: Cow::Borrowed(""),
                    local,
                    name: Cow::Owned(name),
                    raw,
                });
            }
        }
        self.choose_namespaces(name);
        self.output.put(b"<");
        self.output.put(name.as_bytes());
        self.namespaces.sort_unstable_by(|a, b| a.0.cmp(b.0));
        for (prefix, uri) in self.namespaces.drain(..) {
            self.output.namespace(prefix, &uri);
            self.rendered.declare(prefix, uri);
        }
        if self.attributes.len() > 1 {
            for attribute in &mut self.attributes {
                if let Some((prefix, _)) = attribute.name.split_once(':') {
                    attribute.uri_key = self.scope.uri(prefix);
                }
            }
            self.attributes
                .sort_unstable_by(|a, b| (a.uri_key.as_ref(), a.local).cmp(&(b.uri_key.as_ref(), b.local)));
        }
        for attribute in &self.attributes {
            self.output.put(b" ");
            self.output.put(attribute.name.as_bytes());
            self.output.put(b"=");
            self.output.value(&attribute_value(attribute.raw)?);
        }
        self.output.put(b">");
        self.depth += 1;
        Ok(())
    }

    /// Fills `namespaces` with the declarations that this element must carry.
    fn choose_namespaces(&mut self, name: &'doc str) {
        self.namespaces.clear();
        match self.method.method {
            Method::Inclusive => {
                let mut candidates: Vec<(&'doc str, Cow<'doc, str>)> = Vec::new();
                if self.depth == 0 {
                    candidates = self.scope.in_scope();
                }
                candidates.extend(self.scope.local().map(|binding| (binding.prefix, binding.uri.clone())));
                for (prefix, uri) in candidates {
                    self.render(prefix, uri);
                }
            }
            Method::Exclusive => {
                self.render_used(split_name(name).0);
                for at in 0..self.attributes.len() {
                    let used = match self.attributes.get(at).map(|attribute| &attribute.name) {
                        Some(Cow::Borrowed(name)) => name.split_once(':').map(|(prefix, _)| prefix),
                        _ => None,
                    };
                    if let Some(prefix) = used {
                        self.render_used(prefix);
                    }
                }
                if !self.inclusive.is_empty() {
                    // Below the apex only what an element declares itself can differ from what the
                    // output has in force.
                    let candidates = if self.depth == 0 {
                        self.scope.in_scope()
                    } else {
                        self.scope.local().map(|binding| (binding.prefix, binding.uri.clone())).collect()
                    };
                    for (prefix, uri) in candidates {
                        if self.inclusive.contains(prefix) {
                            self.render(prefix, uri);
                        }
                    }
                }
            }
        }
    }

    /// Adds the declaration of a prefix that is visibly used.
    fn render_used(&mut self, prefix: &'doc str) {
        if prefix != "xml" {
            let uri = self.scope.uri(prefix);
            self.render(prefix, uri);
        }
    }

    /// Adds a declaration unless the output has it in force already.
    fn render(&mut self, prefix: &'doc str, uri: Cow<'doc, str>) {
        let in_force = self.rendered.resolve(prefix).unwrap_or_default() == uri.as_ref();
        if !in_force && !self.namespaces.iter().any(|(known, _)| *known == prefix) {
            self.namespaces.push((prefix, uri));
        }
    }

    fn finish(&mut self, name: &str) {
        self.output.put(b"</");
        self.output.put(name.as_bytes());
        self.output.put(b">");
        self.scope.leave();
        self.rendered.leave();
        self.depth = self.depth.saturating_sub(1);
    }
}
