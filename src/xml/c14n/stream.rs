//! Canonicalisation of a subtree straight from the document's octets.
//!
//! The node-set is one subtree, or the whole document, less some whole elements. Canonical XML makes
//! the apex carry every namespace in scope and `xml:` attributes of its ancestors; Exclusive Canonical
//! XML renders a namespace where it is visibly used.
//!
//! Most octets of most documents are canonical as they stand. A pass therefore keeps a run of octets
//! that are to be copied, and ends it only where the canonical form differs from what is written.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use smallvec::SmallVec;

use super::{Canonicalization, Comments, Method, Output, Sink};
use crate::xml::index::{Document, Element, Pass};
use crate::xml::input::Input;
use crate::xml::namespace::{Declared, Namespaces};
use crate::xml::read::{Error, ErrorKind, line_ends, normalized_value};
use crate::xml::scan::{Attribute, Extent, Scanner, Span, Token};

/// What is canonicalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apex {
    /// The document with the comments and processing instructions around its root.
    Document,
    /// One element.
    Element(Element),
}

/// Octets of namespace declarations that may always be written, beside four times the document: 16 MiB.
const DECLARATIONS: usize = 16 << 20;

/// Writes the canonical form of `apex`, less the elements at `excluded` (spans of whole elements).
///
/// # Errors
/// When the document's file cannot be read or has changed; for a relative namespace URI; past a bound on
/// the octets of namespace declarations.
pub fn canonicalize(
    document: &Document<'_>,
    apex: Apex,
    excluded: &[Range<usize>],
    method: &Canonicalization,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    if apex == Apex::Document
        && let Some(octets) = document.canonical_ahead(method, excluded)
    {
        sink.write(octets);
        return Ok(());
    }
    walk(document, apex, excluded, method, Output::new(sink)).map(|_| ())
}

/// The canonical form of an element that is written in so many octets.
///
/// # Errors
/// As [`canonicalize`].
pub fn canonical_octets<'d>(
    document: &'d Document<'_>,
    element: Element,
    method: &Canonicalization,
    octets: usize,
) -> Result<Cow<'d, [u8]>, Error> {
    if let Some(octets) = document.signed_info_ahead(method, &element) {
        return Ok(Cow::Borrowed(octets));
    }
    walk(document, Apex::Element(element), &[], method, Output::kept(octets)).map(Cow::Owned)
}

/// The start tag of an element that is to be put into a document.
#[derive(Clone, Copy, Debug)]
pub struct StartTag<'a> {
    pub name: &'a str,
    /// Prefixes and URIs that it declares itself, or that what will be around it does. For the exclusive method these
    /// are the ones that it uses visibly.
    pub declarations: &'a [(&'a str, &'a str)],
    /// Names without a prefix, in order, and values.
    pub attributes: &'a [(&'a str, &'a str)],
}

impl StartTag<'_> {
    /// Its canonical form at an apex in `parent`, which must be the root, a signature or an identified element: with
    /// what the method has an apex take of what is in scope there. The exclusive method is without a list of prefixes.
    ///
    /// # Errors
    /// For a relative namespace URI.
    pub fn canonical(
        &self,
        document: &Document<'_>,
        parent: &Element,
        method: Method,
    ) -> Result<Vec<u8>, Error> {
        let child = document.last_child(parent);
        let mut namespaces = self.declarations.to_vec();
        if method != Method::Exclusive {
            let is_own = |prefix: &str| self.declarations.iter().any(|(own, _)| *own == prefix);
            let around = document.inherited_namespaces(&child).into_iter();
            namespaces.extend(around.filter(|(prefix, _)| !is_own(prefix)));
        }
        namespaces.sort_unstable();
        let mut inherited = inherited_attributes(document, &child, method);
        fix_up_base(&mut inherited, None, method);
        inherited.sort_unstable();
        let mut output = Output::kept(1 << 8);
        output.put(b"<");
        output.put(self.name.as_bytes());
        for (prefix, uri) in namespaces {
            output
                .namespace(Declared::Pair(prefix.as_bytes(), uri.as_bytes()), usize::MAX)
                .map_err(|kind| Error::new(document.text().unwrap_or_default(), kind, parent.start))?;
        }
        let mut attribute = |prefix: &str, local: &str, value: &str| {
            [" ", prefix, local, "="].iter().for_each(|part| output.put(part.as_bytes()));
            output.value(value.as_bytes());
        };
        self.attributes.iter().for_each(|(name, value)| attribute("", name, value));
        inherited.iter().for_each(|(local, value)| attribute("xml:", local, value));
        output.put(b">");
        Ok(output.finish())
    }
}

/// Canonicalises into an output, and gives what that kept.
fn walk(
    document: &Document<'_>,
    apex: Apex,
    excluded: &[Range<usize>],
    method: &Canonicalization,
    output: Output<'_>,
) -> Result<Vec<u8>, Error> {
    let mut scope = Namespaces::default();
    scope.enter();
    let mut pass = Subtree::document(method, document.size(), output);
    pass.root_start = document.root().start;
    let element = match &apex {
        Apex::Document => None,
        Apex::Element(element) => {
            for (prefix, uri) in document.inherited_namespaces(element) {
                scope.declare(prefix.as_bytes(), uri.as_bytes());
            }
            pass.inherited = inherited_attributes(document, element, method.method);
            Some(element)
        }
    };
    pass.excluded.extend_from_slice(excluded);
    pass.excluded.sort_unstable_by_key(|span| span.start);
    document.pass(element, Walk { subtree: pass, scope })
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

/// Puts one `xml:base` in place of those that Canonical XML 1.1 joins, with the apex's own. Whether there was any
/// to join is told.
fn fix_up_base(inherited: &mut Vec<(String, String)>, own: Option<&str>, method: Method) -> bool {
    if method != Method::Inclusive11 {
        return false;
    }
    let omitted = inherited.iter().filter(|(local, _)| local == "base").map(|(_, value)| &**value);
    let Some(base) = super::base::fixed_up(own, omitted) else { return false };
    inherited.retain(|(local, _)| local != "base");
    if !base.is_empty() {
        inherited.push(("base".to_owned(), base));
    }
    true
}

/// A run of octets goes out at the latest when it is so long.
const LONGEST_RUN: usize = 32 << 10;

pub(super) struct Subtree<'a, 'sink> {
    root_start: usize,
    method: &'a Canonicalization,
    /// In document order.
    excluded: Vec<Range<usize>>,
    /// How many of `excluded` lie behind.
    passed: usize,
    /// `xml:` attributes for the apex.
    inherited: Vec<(String, String)>,
    at_apex: bool,
    output: Output<'sink>,
    /// Octets of namespace declarations at most.
    most: usize,
    /// Prefixes that the exclusive method treats as the inclusive one does.
    inclusive: HashSet<&'a [u8]>,
    /// Octets to copy as they are.
    run: Span,
    /// Whether some of them were not at hand when they were to be copied.
    lost: bool,
    /// Places of the declarations that the element at hand must carry.
    chosen: SmallVec<[usize; 4]>,
}

/// A pass of its own over a subtree.
struct Walk<'a, 'sink> {
    subtree: Subtree<'a, 'sink>,
    /// What the document declares, and what of it the output has.
    scope: Namespaces,
}

impl Pass for Walk<'_, '_> {
    type Outcome = Vec<u8>;

    fn run<I: Input>(self, mut scanner: Scanner<I>) -> Result<Vec<u8>, Error> {
        let Self { mut subtree, mut scope } = self;
        scanner.take_leaves();
        while let Some(token) = scanner.next()? {
            if let Token::Start(extent) = token {
                if let Some(end) = subtree.exclusion(scanner.token_start()) {
                    subtree.text_before(&scanner);
                    // What was held back for copying may be out of reach behind the element.
                    subtree.end_run(&scanner);
                    scanner.skip_element(end, extent)?;
                    continue;
                }
                scope.enter_again(&scanner).map_err(|kind| scanner.error(kind))?;
            }
            subtree.token(&mut scope, &scanner, token).map_err(|kind| scanner.error(kind))?;
            if token.ends_element() {
                scope.leave();
            }
        }
        subtree.end(&scanner)
    }
}

impl<'a, 'sink> Subtree<'a, 'sink> {
    /// Over a whole document of `size` octets, nothing left out, with a root that is not seen yet.
    pub(super) fn document(method: &'a Canonicalization, size: usize, output: Output<'sink>) -> Self {
        Self {
            root_start: usize::MAX,
            method,
            excluded: Vec::new(),
            passed: 0,
            inherited: Vec::new(),
            at_apex: true,
            output,
            most: size.saturating_mul(4).saturating_add(DECLARATIONS),
            inclusive: method.inclusive_prefixes.iter().map(String::as_bytes).collect(),
            run: Span::default(),
            lost: false,
            chosen: SmallVec::new(),
        }
    }

    /// The root is the first element that is seen.
    pub(super) fn note_root(&mut self, start: usize) {
        self.root_start = self.root_start.min(start);
    }

    /// Writes what is left, and gives what was kept.
    ///
    /// # Errors
    /// When octets that belong to the canonical form are not in it.
    pub(super) fn end<I: Input>(&mut self, scanner: &Scanner<I>) -> Result<Vec<u8>, Error> {
        self.end_run(scanner);
        let kept = self.output.finish();
        if self.lost {
            return Err(scanner.error(ErrorKind::Unreadable("octets passed out of reach".to_owned())));
        }
        Ok(kept)
    }
}

impl Subtree<'_, '_> {
    /// Takes the text that came with a token, but not the token.
    pub(super) fn text_before<I: Input>(&mut self, scanner: &Scanner<I>) {
        self.copy(scanner, Span { start: scanner.text_start(), end: scanner.token_start() });
    }

    /// Takes a token and the text that came with it. What a start tag declares is in `scope` already, what an end
    /// tag closes still.
    #[inline(always)]
    pub(super) fn token<I: Input>(
        &mut self,
        scope: &mut Namespaces,
        scanner: &Scanner<I>,
        token: Token,
    ) -> Result<(), ErrorKind> {
        // Most tokens of most documents.
        let is_plain = match token {
            Token::Start(extent) => {
                scanner.is_plain_tag()
                    && extent != Extent::Empty
                    && !scanner.seen().declares()
                    && !self.at_apex
                    && Self::is_simple(scope, scanner)
            }
            Token::End => scanner.is_plain_tag(),
            Token::Text => scanner.is_plain_text(),
            _ => false,
        };
        if is_plain {
            self.copy(scanner, Span { start: scanner.text_start(), end: scanner.token_end() });
            return Ok(());
        }
        self.text_before(scanner);
        self.token_alone(scope, scanner, token)
    }

    /// Whether a start tag that declares nothing needs no declaration and has its attributes in order, as far as
    /// that was seen when it was scanned: without prefixes, by their first octets.
    #[inline(always)]
    fn is_simple<I: Input>(scope: &Namespaces, scanner: &Scanner<I>) -> bool {
        let seen = scanner.seen();
        seen.is_simple() && scope.element_place().is_none_or(|place| scope.is_rendered(place))
    }

    /// Takes a token without the text that came with it.
    #[inline(never)]
    pub(super) fn token_alone<I: Input>(
        &mut self,
        scope: &mut Namespaces,
        scanner: &Scanner<I>,
        token: Token,
    ) -> Result<(), ErrorKind> {
        let whole = Span { start: scanner.token_start(), end: scanner.token_end() };
        match token {
            Token::Start(extent) => self.start(scope, scanner, extent)?,
            Token::End => {
                self.put(scanner, b"</");
                self.copy(scanner, scanner.name().span());
                self.put(scanner, b">");
            }
            Token::Text | Token::CData => self.text(scanner, scanner.data()),
            Token::Char => {
                let character = scanner.character();
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
            Token::Comment => {
                self.end_run(scanner);
                if self.method.comments == Comments::Kept {
                    let data = line_ends(scanner.slice(scanner.data()));
                    self.around(scanner.depth(), whole.start, &[b"<!--", &data, b"-->"]);
                }
            }
            Token::ProcessingInstruction => {
                self.end_run(scanner);
                let target = scanner.slice(scanner.name().span());
                let data = line_ends(scanner.slice(scanner.data()));
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
    #[inline(always)]
    fn copy<I: Input>(&mut self, scanner: &Scanner<I>, span: Span) {
        if self.run.end == span.start && self.run.start < self.run.end {
            self.run.end = span.end;
            if self.run.end - self.run.start >= LONGEST_RUN {
                self.end_run(scanner);
            }
        } else if span.start < span.end {
            self.begin_run(scanner, span);
        }
    }

    #[inline(never)]
    fn begin_run<I: Input>(&mut self, scanner: &Scanner<I>, span: Span) {
        self.end_run(scanner);
        self.run = span;
        scanner.hold(span.start);
        if span.end - span.start >= LONGEST_RUN {
            self.end_run(scanner);
        }
    }

    #[inline(always)]
    fn end_run<I: Input>(&mut self, scanner: &Scanner<I>) {
        if self.run.start < self.run.end {
            self.write_run(scanner);
        }
    }

    #[inline(never)]
    fn write_run<I: Input>(&mut self, scanner: &Scanner<I>) {
        match scanner.held(self.run) {
            Some(octets) => self.output.put(octets),
            None => self.lost = true,
        }
        self.run = Span::default();
        scanner.release();
    }

    /// Writes octets that do not stand so in the document.
    fn put<I: Input>(&mut self, scanner: &Scanner<I>, octets: &[u8]) {
        self.end_run(scanner);
        self.output.put(octets);
    }

    /// Text or the inside of a CDATA section (Canonical XML 2.3, XML 1.0 2.11).
    fn text<I: Input>(&mut self, scanner: &Scanner<I>, span: Span) {
        let octets = scanner.slice(span);
        let mut done = 0;
        while let Some(length) = octets
            .get(done..)
            .and_then(|rest| rest.iter().position(|octet| matches!(octet, b'>' | b'\r' | b'&' | b'<')))
        {
            let at = done + length;
            self.copy(scanner, Span { start: span.start + done, end: span.start + at });
            match octets.get(at) {
                Some(b'>') => self.put(scanner, b"&gt;"),
                Some(b'&') => self.put(scanner, b"&amp;"),
                Some(b'<') => self.put(scanner, b"&lt;"),
                _ if octets.get(at + 1) == Some(&b'\n') => {}
                _ => self.put(scanner, b"\n"),
            }
            done = at + 1;
        }
        self.copy(scanner, Span { start: span.start + done, end: span.end });
    }

    fn start<I: Input>(
        &mut self,
        scope: &mut Namespaces,
        scanner: &Scanner<I>,
        extent: Extent,
    ) -> Result<(), ErrorKind> {
        let (name, attributes) = (scanner.name(), scanner.attributes());
        let at_apex = std::mem::take(&mut self.at_apex);
        let seen = scanner.seen();
        let declares = seen.declares();
        self.choose(scope, scanner, at_apex, declares);
        let in_order = seen.is_simple()
            || attributes.len() <= 1
            || attributes.is_sorted_by(|a, b| scope.order(scanner, a, b).is_le());
        let (start, end) = (scanner.token_start(), scanner.tag_end());
        let is_as_written = scanner.is_plain_tag() && in_order && !declares && self.inherited.is_empty();
        // Without the `>` or `/>` that ends the tag.
        let inside = if extent == Extent::Empty { end - 2 } else { end - 1 };
        self.copy(scanner, Span { start, end: name.end });
        if !(is_as_written && self.chosen.is_empty()) {
            self.end_run(scanner);
            if !self.chosen.is_empty() {
                self.write_namespaces(scope)?;
            }
        }
        if is_as_written {
            self.copy(scanner, Span { start: name.end, end: inside });
        } else if !self.inherited.is_empty() {
            self.write_with_inherited(scope, scanner)?;
        } else if in_order {
            self.attributes(scanner, attributes.iter())?;
        } else if attributes.len() == 2 {
            self.attributes(scanner, attributes.iter().rev())?;
        } else {
            let order = scope.sorted(scanner, attributes);
            self.attributes(scanner, order.iter().filter_map(|at| attributes.get(*at)))?;
        }
        if extent == Extent::Empty {
            self.end_run(scanner);
            self.output.put(b"></");
            self.output.put_first(scanner.rest(name.start), name.end - name.start);
            self.output.put(b">");
        } else {
            // And, of a leaf, its text and end tag.
            self.copy(scanner, Span { start: end - 1, end: scanner.token_end() });
        }
        Ok(())
    }

    /// Finds the declarations that the element must carry.
    fn choose<I: Input>(&mut self, scope: &Namespaces, scanner: &Scanner<I>, at_apex: bool, declares: bool) {
        let Self { chosen, inclusive, method, .. } = self;
        chosen.clear();
        let is_exclusive = method.method == Method::Exclusive;
        if is_exclusive {
            let mut used = |place: Option<usize>| match place {
                Some(place) if !scope.is_rendered(place) => chosen.push(place),
                _ => {}
            };
            used(scope.element_place());
            let attributes = if scanner.seen().is_prefixed() { scanner.attributes() } else { &[] };
            for attribute in attributes {
                if attribute.name.has_prefix() && !attribute.declares() {
                    used(scope.place_of(scanner, attribute.name));
                }
            }
        }
        if (at_apex || declares) && !(is_exclusive && inclusive.is_empty()) {
            let listed = |place: &usize| {
                !scope.is_rendered(*place) && (!is_exclusive || inclusive.contains(scope.at_place(*place).0))
            };
            // Below the apex only what an element declares itself can differ from what the output has.
            if at_apex {
                chosen.extend((0..scope.places()).filter(listed));
            } else {
                chosen.extend(scope.local_places().filter(listed));
            }
        }
        if chosen.len() > 1 {
            chosen.sort_unstable_by_key(|place| scope.at_place(*place).0);
            chosen.dedup();
        }
    }

    fn write_namespaces(&mut self, scope: &mut Namespaces) -> Result<(), ErrorKind> {
        for place in &self.chosen {
            self.output.namespace(scope.declared(*place), self.most)?;
            scope.render(*place);
        }
        Ok(())
    }

    /// Writes attributes that are in order, when no run is open.
    fn attributes<'s, I: Input>(
        &mut self,
        scanner: &'s Scanner<I>,
        attributes: impl Iterator<Item = &'s Attribute>,
    ) -> Result<(), ErrorKind> {
        for attribute in attributes.filter(|attribute| !attribute.declares()) {
            self.attribute(scanner, attribute)?;
        }
        Ok(())
    }

    #[inline(always)]
    fn attribute<I: Input>(&mut self, scanner: &Scanner<I>, attribute: &Attribute) -> Result<(), ErrorKind> {
        let Attribute { name, value, .. } = *attribute;
        // With the space before it.
        let written = scanner.rest(name.start - 1);
        // Between them is nothing but `=` and a quote.
        let is_tight = value.start - name.end == 2 && written.first() == Some(&b' ');
        if !(is_tight && attribute.is_plain()) {
            return self.other_attribute(scanner, attribute);
        }
        self.output.attribute(written, value.end + 2 - name.start, name.end + 1 - name.start);
        Ok(())
    }

    #[inline(never)]
    fn other_attribute<I: Input>(
        &mut self,
        scanner: &Scanner<I>,
        attribute: &Attribute,
    ) -> Result<(), ErrorKind> {
        self.output.put(b" ");
        self.output.put(scanner.slice(attribute.name.span()));
        self.output.put(b"=");
        let raw = scanner.slice(attribute.value);
        match attribute.is_plain() {
            true => self.output.plain_value(raw),
            false => self.output.value(&normalized_value(raw)?),
        }
        Ok(())
    }

    /// Writes attributes at an apex that takes `xml:` attributes from its ancestors.
    fn write_with_inherited<I: Input>(
        &mut self,
        scope: &Namespaces,
        scanner: &Scanner<I>,
    ) -> Result<(), ErrorKind> {
        let mut inherited = std::mem::take(&mut self.inherited);
        let mut written: Vec<Written<'_>> = Vec::new();
        let mut own_base = None;
        for attribute in scanner.attributes().iter().filter(|attribute| !attribute.declares()) {
            let uri: &[u8] = match attribute.name.has_prefix() {
                true => scope.resolve(scanner.slice(attribute.name.prefix())).unwrap_or_default(),
                false => b"",
            };
            let local = scanner.slice(attribute.name.local());
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
        if fix_up_base(&mut inherited, own_base.as_deref(), self.method.method) {
            written.retain(|(uri, local, ..)| *uri != crate::xml::XML.as_bytes() || local != b"base");
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
