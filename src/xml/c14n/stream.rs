//! Canonicalisation of a subtree straight from the document's octets.
//!
//! The node-set is one subtree, or the whole document, less some whole elements. Canonical XML makes
//! the apex carry every namespace in scope and `xml:` attributes of its ancestors; Exclusive Canonical
//! XML renders a namespace where it is visibly used.
//!
//! Most octets of most documents are canonical as they stand. A pass therefore keeps a run of octets
//! that are to be copied, and ends it only where the canonical form differs from what is written.

use std::collections::HashSet;
use std::ops::Range;

use super::{Canonicalization, Comments, Method, Output, Sink};
use crate::xml::index::{Document, Element, Pass};
use crate::xml::input::Input;
use crate::xml::namespace::{Namespaces, declared_prefix, is_declaration};
use crate::xml::read::{Error, ErrorKind, line_ends, normalized_value};
use crate::xml::scan::{Attribute, Name, Scanner, Span, Token};

/// What is canonicalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apex {
    /// The document with the comments and processing instructions around its root.
    Document,
    /// One element.
    Element(Element),
}

/// Writes the canonical form of `apex`, less the elements at `excluded` (spans of whole elements).
///
/// # Errors
/// When the document's file cannot be read or has changed.
pub fn canonicalize(
    document: &Document<'_>,
    apex: Apex,
    excluded: &[Range<usize>],
    method: &Canonicalization,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    let mut scope = Namespaces::default();
    scope.enter();
    let mut inherited = Vec::new();
    let element = match &apex {
        Apex::Document => None,
        Apex::Element(element) => {
            for (prefix, uri) in document.inherited_namespaces(element) {
                scope.declare(prefix.as_bytes(), uri.as_bytes());
            }
            inherited = inherited_attributes(document, element, method.method);
            Some(element)
        }
    };
    let mut excluded = excluded.to_vec();
    excluded.sort_unstable_by_key(|span| span.start);
    let pass = Subtree {
        root_start: document.root().start,
        method,
        excluded,
        passed: 0,
        inherited,
        at_apex: true,
        scope,
        rendered: Namespaces::default(),
        output: Output::new(sink),
        inclusive: method.inclusive_prefixes.iter().map(String::as_bytes).collect(),
        in_force: InForce::default(),
        run: Span::default(),
    };
    document.pass(element, pass)
}

/// The `xml:` attributes that the apex takes from its ancestors, the innermost first: the nearest of
/// each name in 1.0; `xml:lang` and `xml:space` and every `xml:base`, which are to be joined, in 1.1; none
/// in the exclusive method.
fn inherited_attributes(document: &Document<'_>, element: &Element, method: Method) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    if method == Method::Exclusive {
        return found;
    }
    let mut known = HashSet::new();
    for (local, value) in document.inherited_xml_attributes(element) {
        let wanted = match (method, local) {
            (Method::Inclusive11, "base") => true,
            (Method::Inclusive11, "lang" | "space") | (Method::Inclusive, _) => known.insert(local),
            _ => false,
        };
        if wanted {
            found.push((local.to_owned(), value.to_owned()));
        }
    }
    found
}

/// Prefixes whose declaration is known to be in force in the output, until a declaration changes.
#[derive(Default)]
struct InForce {
    version: (u64, u64),
    prefixes: [([u8; 8], usize); 4],
    next: usize,
}

impl InForce {
    fn holds(&self, version: (u64, u64), prefix: &[u8]) -> bool {
        self.version == version
            && self.prefixes.iter().any(|(known, length)| {
                *length == prefix.len() + 1 && known.get(..prefix.len()) == Some(prefix)
            })
    }

    fn add(&mut self, version: (u64, u64), prefix: &[u8]) {
        if self.version != version {
            *self = Self { version, ..Self::default() };
        }
        let slot = self.next % self.prefixes.len();
        if let Some((known, length)) = self.prefixes.get_mut(slot)
            && let Some(room) = known.get_mut(..prefix.len())
        {
            room.copy_from_slice(prefix);
            *length = prefix.len() + 1;
            self.next += 1;
        }
    }
}

/// A run of octets goes out at the latest when it is so long.
const LONGEST_RUN: usize = 32 << 10;

struct Subtree<'a, 'sink> {
    root_start: usize,
    method: &'a Canonicalization,
    /// In document order.
    excluded: Vec<Range<usize>>,
    /// How many of `excluded` lie behind.
    passed: usize,
    /// `xml:` attributes for the apex.
    inherited: Vec<(String, String)>,
    at_apex: bool,
    /// What the document declares.
    scope: Namespaces,
    /// What the output has declared.
    rendered: Namespaces,
    output: Output<'sink>,
    /// Prefixes that the exclusive method treats as the inclusive one does.
    inclusive: HashSet<&'a [u8]>,
    in_force: InForce,
    /// Octets to copy as they are.
    run: Span,
}

impl Pass for Subtree<'_, '_> {
    type Outcome = ();

    fn run<I: Input>(mut self, mut scanner: Scanner<I>) -> Result<(), Error> {
        while let Some(token) = scanner.next()? {
            self.token(&mut scanner, token)?;
        }
        self.end_run(&mut scanner);
        self.output.flush();
        Ok(())
    }
}

impl Subtree<'_, '_> {
    fn token<I: Input>(&mut self, scanner: &mut Scanner<I>, token: Token) -> Result<(), Error> {
        let whole = Span { start: scanner.token_start(), end: scanner.token_end() };
        match token {
            Token::Start { name, empty, plain } => {
                if let Some(end) = self.exclusion(whole.start) {
                    return scanner.skip_element(end, empty);
                }
                self.start(scanner, name, plain).map_err(|kind| scanner.error(kind))?;
                if empty {
                    self.end_run(scanner);
                    self.end_tag(scanner, name.span());
                    self.leave();
                }
            }
            Token::End { name, plain } => {
                if plain {
                    self.copy(scanner, whole);
                } else {
                    self.end_run(scanner);
                    self.end_tag(scanner, name);
                }
                self.leave();
            }
            Token::Text(span) => {
                let text = scanner.slice(span);
                let is_plain = if scanner.input().may_hold_carriage_return() {
                    memchr::memchr2(b'\r', b'>', text).is_none()
                } else {
                    memchr::memchr(b'>', text).is_none()
                };
                if is_plain {
                    self.copy(scanner, span);
                } else {
                    self.end_run(scanner);
                    self.output.text(&line_ends(scanner.slice(span)));
                }
            }
            Token::CData(span) => {
                self.end_run(scanner);
                self.output.text(&line_ends(scanner.slice(span)));
            }
            Token::Char(character) => {
                let written = scanner.slice(whole);
                if matches!(
                    (character, written),
                    ('&', b"&amp;") | ('<', b"&lt;") | ('>', b"&gt;") | ('\r', b"&#xD;")
                ) {
                    self.copy(scanner, whole);
                } else {
                    self.end_run(scanner);
                    self.output.text(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            Token::Comment(span) => {
                self.end_run(scanner);
                if self.method.comments == Comments::Kept {
                    let data = line_ends(scanner.slice(span));
                    self.around(scanner.depth(), whole.start, &[b"<!--", &data, b"-->"]);
                }
            }
            Token::ProcessingInstruction { target, data } => {
                self.end_run(scanner);
                let target = scanner.slice(target);
                let data = line_ends(scanner.slice(data));
                let space: &[u8] = if data.is_empty() { b"" } else { b" " };
                self.around(scanner.depth(), whole.start, &[b"<?", target, space, &data, b"?>"]);
            }
        }
        Ok(())
    }

    /// The end of the excluded element that begins at `start`.
    fn exclusion(&mut self, start: usize) -> Option<usize> {
        let next = self.excluded.get(self.passed)?;
        if next.start != start {
            return None;
        }
        let end = next.end;
        while self.excluded.get(self.passed).is_some_and(|span| span.start < end) {
            self.passed += 1;
        }
        Some(end)
    }

    /// Writes a comment or instruction; outside the root with a line feed towards it.
    fn around(&mut self, depth: usize, start: usize, pieces: &[&[u8]]) {
        if depth == 0 && start > self.root_start {
            self.output.put(b"\n");
        }
        for piece in pieces {
            self.output.put(piece);
        }
        if depth == 0 && start < self.root_start {
            self.output.put(b"\n");
        }
    }

    /// Passes octets on as they are.
    fn copy<I: Input>(&mut self, scanner: &mut Scanner<I>, span: Span) {
        if self.run.end == span.start && self.run.start < self.run.end {
            self.run.end = span.end;
        } else {
            self.end_run(scanner);
            self.run = span;
            scanner.hold(span.start);
        }
        if self.run.end - self.run.start >= LONGEST_RUN {
            self.end_run(scanner);
        }
    }

    fn end_run<I: Input>(&mut self, scanner: &mut Scanner<I>) {
        if self.run.start < self.run.end {
            self.output.put(scanner.slice(self.run));
            self.run = Span::default();
            scanner.release();
        }
    }

    fn end_tag<I: Input>(&mut self, scanner: &Scanner<I>, name: Span) {
        self.output.put(b"</");
        self.output.put(scanner.slice(name));
        self.output.put(b">");
    }

    fn leave(&mut self) {
        self.scope.leave();
        self.rendered.leave();
    }

    fn start<I: Input>(
        &mut self,
        scanner: &mut Scanner<I>,
        name: Name,
        plain: bool,
    ) -> Result<(), ErrorKind> {
        self.scope.enter();
        self.rendered.enter();
        let mut declares = false;
        for attribute in scanner.attributes() {
            if is_declaration(scanner, attribute.name) {
                declares = true;
                let prefix = declared_prefix(scanner.slice(attribute.name.span())).unwrap_or_default();
                if prefix != b"xml" {
                    let uri = normalized_value(scanner.slice(attribute.value))?;
                    self.scope.declare(prefix, &uri);
                }
            }
        }
        let at_apex = std::mem::take(&mut self.at_apex);
        let as_written =
            plain && !declares && !at_apex && self.adds_no_namespace(scanner, name) && in_order(scanner);
        if as_written {
            let whole = Span { start: scanner.token_start(), end: scanner.token_end() };
            self.copy(scanner, whole);
            return Ok(());
        }
        self.end_run(scanner);
        self.output.put(b"<");
        self.output.put(scanner.slice(name.span()));
        self.write_namespaces(scanner, name, at_apex);
        self.write_attributes(scanner, at_apex)?;
        self.output.put(b">");
        Ok(())
    }

    /// Whether an element that declares nothing needs no declaration in the output.
    fn adds_no_namespace<I: Input>(&mut self, scanner: &Scanner<I>, name: Name) -> bool {
        if self.method.method != Method::Exclusive {
            return true;
        }
        self.is_in_force(scanner.slice(name.prefix()))
            && scanner.attributes().iter().all(|attribute| {
                attribute.name.local == attribute.name.start
                    || self.is_in_force(scanner.slice(attribute.name.prefix()))
            })
    }

    /// Whether the output has the prefix bound as the document has.
    fn is_in_force(&mut self, prefix: &[u8]) -> bool {
        let version = (self.scope.version(), self.rendered.version());
        if prefix == b"xml" || self.in_force.holds(version, prefix) {
            return true;
        }
        let holds = self.scope.resolve(prefix).unwrap_or_default()
            == self.rendered.resolve(prefix).unwrap_or_default();
        if holds {
            self.in_force.add(version, prefix);
        }
        holds
    }

    /// Writes the declarations that the element must carry.
    fn write_namespaces<I: Input>(&mut self, scanner: &Scanner<I>, name: Name, at_apex: bool) {
        let (scope, rendered) = (&self.scope, &mut self.rendered);
        let mut chosen: Vec<(&[u8], &[u8])> = Vec::new();
        let candidates = |at_apex: bool| -> Vec<(&[u8], &[u8])> {
            // Below the apex only what an element declares itself can differ from what is in force.
            if at_apex { scope.in_scope() } else { scope.local().collect() }
        };
        if self.method.method == Method::Exclusive {
            let mut used = |prefix| {
                if prefix != b"xml" {
                    chosen.push((prefix, scope.resolve(prefix).unwrap_or_default()));
                }
            };
            used(scanner.slice(name.prefix()));
            for attribute in scanner.attributes() {
                if attribute.name.local != attribute.name.start && !is_declaration(scanner, attribute.name) {
                    used(scanner.slice(attribute.name.prefix()));
                }
            }
            if !self.inclusive.is_empty() {
                let listed = candidates(at_apex);
                chosen.extend(listed.into_iter().filter(|(prefix, _)| self.inclusive.contains(prefix)));
            }
        } else {
            chosen = candidates(at_apex);
        }
        chosen.retain(|(prefix, uri)| rendered.resolve(prefix).unwrap_or_default() != *uri);
        chosen.sort_unstable();
        chosen.dedup();
        for (prefix, uri) in chosen {
            self.output.namespace(prefix, uri);
            rendered.declare(prefix, uri);
        }
    }

    fn write_attributes<I: Input>(&mut self, scanner: &Scanner<I>, at_apex: bool) -> Result<(), ErrorKind> {
        let mut inherited = if at_apex { std::mem::take(&mut self.inherited) } else { Vec::new() };
        let scope = &self.scope;
        let key = |attribute: &Attribute| -> (&[u8], &[u8]) {
            let local = scanner.slice(attribute.name.local());
            match attribute.name.local == attribute.name.start {
                true => (b"", local),
                false => (scope.resolve(scanner.slice(attribute.name.prefix())).unwrap_or_default(), local),
            }
        };
        let mut own: Vec<&Attribute> =
            scanner.attributes().iter().filter(|a| !is_declaration(scanner, a.name)).collect();
        if own.len() > 1 {
            own.sort_by_cached_key(|attribute| key(attribute));
        }
        if inherited.is_empty() {
            for attribute in own {
                write_attribute(&mut self.output, scanner, attribute)?;
            }
            return Ok(());
        }
        // Rare: written with their keys, then put in order.
        let mut written: Vec<Written<'_>> = Vec::new();
        let mut own_base = None;
        for attribute in own {
            let (uri, local) = key(attribute);
            let name = scanner.slice(attribute.name.span()).to_vec();
            let value = normalized_value(scanner.slice(attribute.value))?.into_owned();
            if uri == crate::xml::XML.as_bytes() {
                if local == b"base" && self.method.method == Method::Inclusive11 {
                    own_base = Some(String::from_utf8_lossy(&value).into_owned());
                } else {
                    inherited.retain(|(known, _)| known.as_bytes() != local);
                }
            }
            written.push((uri, local.to_vec(), name, value));
        }
        if self.method.method == Method::Inclusive11 {
            let omitted = inherited.iter().filter(|(local, _)| local == "base").map(|(_, value)| &**value);
            if let Some(base) = super::base::fixed_up(own_base.as_deref(), omitted) {
                written.retain(|(uri, local, ..)| *uri != crate::xml::XML.as_bytes() || local != b"base");
                inherited.retain(|(local, _)| local != "base");
                if !base.is_empty() {
                    inherited.push(("base".to_owned(), base));
                }
            }
        }
        for (local, value) in inherited {
            let name = format!("xml:{local}").into_bytes();
            written.push((crate::xml::XML.as_bytes(), local.into_bytes(), name, value.into_bytes()));
        }
        written.sort_unstable();
        for (_, _, name, value) in written {
            self.output.put(b" ");
            self.output.put(&name);
            self.output.put(b"=");
            self.output.value(&value);
        }
        Ok(())
    }
}

/// Namespace URI, local name, qualified name and value of an attribute.
type Written<'s> = (&'s [u8], Vec<u8>, Vec<u8>, Vec<u8>);

fn write_attribute<I: Input>(
    output: &mut Output<'_>,
    scanner: &Scanner<I>,
    attribute: &Attribute,
) -> Result<(), ErrorKind> {
    output.put(b" ");
    output.put(scanner.slice(attribute.name.span()));
    output.put(b"=");
    let raw = scanner.slice(attribute.value);
    if attribute.plain && memchr::memchr(b'"', raw).is_none() {
        output.put(b"\"");
        output.put(raw);
        output.put(b"\"");
    } else {
        output.value(&normalized_value(raw)?);
    }
    Ok(())
}

/// Whether attributes without prefixes, and no declarations, stand in canonical order. Attributes with
/// prefixes are left to be put in order unless there is but one attribute.
fn in_order<I: Input>(scanner: &Scanner<I>) -> bool {
    let attributes = scanner.attributes();
    attributes.len() <= 1
        || (attributes.iter().all(|attribute| attribute.name.local == attribute.name.start)
            && attributes.is_sorted_by(|a, b| scanner.slice(a.name.span()) <= scanner.slice(b.name.span())))
}
