//! The index of a document: one checked pass that finds the root, every signature, the identifiers
//! and the namespace context at each of them.
//!
//! A document is its octets plus this index; there is no tree of it. What the index holds does not
//! grow with the document: past a bound on their number or octets, identifiers are no longer kept but
//! looked for when a reference names one.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use smallvec::SmallVec;

use self::kept::Index;
use self::pass::{Found, Indexing};
use super::c14n::ahead::{self, Ahead, Made};
use super::c14n::{Canonicalization, Sink};
use super::encoding::{self, Charset};
use super::input::{self, Input, Memory, ReadAt, Window, has_carriage_return};
use super::namespace::{Namespaces, text_of};
use super::read::{Error, ErrorKind, Limits, Position, malformed};
use super::scan::{Extent, Scanner, Span, Token};
use super::tree::{Rule, Tree};

mod kept;
mod pass;

/// An element of the document, by its offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// Offset of `<`.
    pub start: usize,
    /// Offset after the last `>`.
    pub end: usize,
    /// Offset of the parent's `<`, or `None` for the root.
    pub parent: Option<usize>,
    scope: Option<usize>,
}

impl Element {
    /// An element of which nothing but its place is known.
    pub(crate) fn at(start: usize, end: usize) -> Self {
        Self { start, end, parent: None, scope: None }
    }

    /// Whether `other` lies inside this element or is it.
    pub fn contains(&self, other: &Element) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The offsets of the element.
    pub fn span(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// What an identifier names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identified {
    Nothing,
    One(Element),
    /// Several elements carry it: none is meant.
    Several,
}

#[derive(Clone, Debug)]
enum Content<'doc> {
    /// Whether it holds a carriage return is told beside it.
    Memory(Cow<'doc, str>, bool),
    File {
        file: &'doc dyn ReadAt,
        origin: usize,
        size: usize,
        /// Whether it is declared to have nothing but octets below 128.
        is_ascii: bool,
    },
}

/// A well-formed document and the index of it.
#[derive(Clone, Debug)]
pub struct Document<'doc> {
    content: Content<'doc>,
    limits: Limits,
    identifier_attributes: &'doc [String],
    index: Index,
    /// The identifiers that [`Document::look_for`] was asked for.
    looked_for: HashSet<String>,
    /// What was made on the way, by the method and the rule that were expected.
    made: Made,
    method: Option<Canonicalization>,
    rule: Option<Rule>,
}

/// What will be asked for, to be made on the way.
#[derive(Default)]
struct Expected<'s> {
    method: Option<Canonicalization>,
    rule: Option<Rule>,
    /// Where the canonical form of the whole goes, instead of being kept.
    sink: Option<&'s mut dyn Sink>,
}

/// Runs an expression with a scanner over the whole document or one element of it.
macro_rules! with_scanner {
    ($document:expr, $start:expr, |$scanner:ident| $body:expr) => {
        match &$document.content {
            Content::Memory(text, carriage_return) => {
                let input = Memory::new(text, *carriage_return);
                #[allow(unused_mut)]
                let mut $scanner = $crate::xml::index::scanner(input, $start, &$document.limits)?;
                $body
            }
            Content::File { file, origin, is_ascii, .. } => {
                let start = $start.unwrap_or(0);
                let mut input = Window::new(*file, *origin, start, $document.limits.token_bytes);
                input.is_ascii = *is_ascii;
                #[allow(unused_mut)]
                let mut $scanner = $crate::xml::index::scanner(input, $start, &$document.limits)?;
                $body
            }
        }
    };
}

fn scanner<I: Input>(input: I, start: Option<usize>, limits: &Limits) -> Result<Scanner<I>, Error> {
    match start {
        None => Ok(Scanner::document(input, limits)),
        Some(start) => Scanner::element(input, start, limits),
    }
}

/// A place in a walk over elements.
pub(super) enum Step<'a> {
    /// With the octets of its attributes and of its namespace declarations as written.
    Start {
        start: usize,
        end: usize,
        name: &'a str,
        empty: bool,
        attributes: usize,
        declarations: usize,
    },
    End {
        end: usize,
    },
    /// Text of so many octets as written, or a piece of it.
    Text {
        octets: usize,
        blank: bool,
    },
    /// A processing instruction of so many octets.
    Instruction {
        octets: usize,
    },
}

/// What a walk does next.
pub(super) enum Walk {
    On,
    /// Go on behind the element that began here and ends at this offset.
    Behind(usize),
    Stop,
}

/// A pass over a document that canonicalises or builds a tree, whatever its octets come from.
pub(super) trait Pass {
    type Outcome;
    fn run<I: Input>(self, scanner: Scanner<I>) -> Result<Self::Outcome, Error>;
}

impl<'doc> Document<'doc> {
    /// Reads `bytes`: checks well-formedness and the limits, and makes the index.
    /// `identifier_attributes` are further names of identifier attributes: `name` or `namespace#name`.
    ///
    /// # Errors
    /// The first rule of XML 1.0 or Namespaces in XML 1.0, or limit, that the bytes break.
    pub fn read(
        bytes: &'doc [u8],
        limits: &Limits,
        identifier_attributes: &'doc [String],
    ) -> Result<Self, Error> {
        Self::from_bytes(bytes, limits, identifier_attributes, Expected::default())
    }

    /// As [`Document::read`], of a document that will be canonicalised by this method: as a whole without its
    /// signature, and the SignedInfo of that. [`Document::read_signed`] finds the method itself; this is for comparing
    /// what is made on the way with what is made afterwards.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn read_for(bytes: &'doc [u8], limits: &Limits, method: &Canonicalization) -> Result<Self, Error> {
        let expected = Expected { method: Some(method.clone()), ..Expected::default() };
        Self::from_bytes(bytes, limits, &[], expected)
    }

    /// As [`Document::read`], of a document that is to be canonicalised as a whole. Its canonical form by this method
    /// goes to `sink` on the way; whether it does is told, and what `sink` has got is void if it does not: that of a
    /// document with signatures would not be whole.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn read_writing(
        bytes: &'doc [u8],
        limits: &Limits,
        method: &Canonicalization,
        sink: &mut dyn Sink,
    ) -> Result<(Self, bool), Error> {
        let expected = Expected { method: Some(method.clone()), rule: None, sink: Some(sink) };
        let document = Self::from_bytes(bytes, limits, &[], expected)?;
        let is_written = document.made.is_written && document.signatures().is_empty();
        Ok((document, is_written))
    }

    /// As [`Document::read`], of a document whose signatures will be read as trees by a rule
    /// ([`tree::of_signature`](super::tree::of_signature)).
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn read_signed(
        bytes: &'doc [u8],
        limits: &Limits,
        identifier_attributes: &'doc [String],
        rule: Rule,
    ) -> Result<Self, Error> {
        let expected = Expected { rule: Some(rule), ..Expected::default() };
        Self::from_bytes(bytes, limits, identifier_attributes, expected)
    }

    fn from_bytes(
        bytes: &'doc [u8],
        limits: &Limits,
        identifier_attributes: &'doc [String],
        expected: Expected<'_>,
    ) -> Result<Self, Error> {
        if bytes.len() > limits.document_bytes {
            let position = Position { line: 1, column: 1 };
            return Err(Error { kind: ErrorKind::Limit("document_bytes"), offset: 0, position });
        }
        let text = encoding::decode(bytes)?;
        let carriage_return = has_carriage_return(text.as_bytes())
            .map_err(|at| Error::new(&text, malformed("a character that XML does not allow"), at))?;
        Self::index(Content::Memory(text, carriage_return), limits, identifier_attributes, expected)
    }

    /// Reads a file through a window, so that memory does not grow with the document. The file must
    /// not change while the document is in use. It must be UTF-8.
    ///
    /// # Errors
    /// As [`Document::read`], and when the file cannot be read.
    pub fn open(
        file: &'doc dyn ReadAt,
        limits: &Limits,
        identifier_attributes: &'doc [String],
    ) -> Result<Self, Error> {
        let first = Position { line: 1, column: 1 };
        let size = file.size().map_err(|error| input::unreadable(&error))?;
        if size > limits.file_bytes {
            return Err(Error { kind: ErrorKind::Limit("document_bytes"), offset: 0, position: first });
        }
        let mut head = [0; encoding::HEAD];
        let mut count = 0;
        while let Some(rest) = head.get_mut(count..).filter(|rest| !rest.is_empty()) {
            match file.read_at(rest, count as u64).map_err(|error| input::unreadable(&error))? {
                0 => break,
                more => count += more,
            }
        }
        let (origin, is_ascii) = match encoding::detect(head.get(..count).unwrap_or_default())? {
            Charset::Utf8(mark) => (mark, false),
            Charset::Ascii => (0, true),
            _ => return Err(Error { kind: ErrorKind::NotUtf8, offset: 0, position: first }),
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX).saturating_sub(origin);
        let content = Content::File { file, origin, size, is_ascii };
        Self::index(content, limits, identifier_attributes, Expected::default())
    }

    fn index(
        content: Content<'doc>,
        limits: &Limits,
        identifier_attributes: &'doc [String],
        expected: Expected<'_>,
    ) -> Result<Self, Error> {
        let Expected { method, rule, sink } = expected;
        let signed_info = method.is_some() || rule.is_some();
        let method = match &content {
            Content::Memory(text, _) => method.or_else(|| ahead::expected(text.as_bytes())),
            Content::File { .. } => None,
        };
        let empty = Self {
            content,
            limits: limits.clone(),
            identifier_attributes,
            index: Index::new(),
            looked_for: HashSet::new(),
            made: Made::default(),
            method: None,
            rule,
        };
        let signature_limits = super::tree::signature_limits(limits);
        let rule = rule.map(|rule| (rule, &signature_limits));
        let mut along =
            method.as_ref().map(|method| Ahead::new(method, empty.size(), rule, signed_info, sink));
        let mut indexing = Indexing::new(limits, identifier_attributes, None);
        let made = with_scanner!(empty, None::<usize>, |scanner| {
            indexing.run(&mut scanner, along.as_mut())?;
            along.as_mut().map(|along| along.finish(&scanner)).unwrap_or_default()
        });
        Ok(Self { index: indexing.index, made, method, ..empty })
    }

    /// The canonical form of the document without its one signature, if it has one, when that is what is
    /// asked for and it was made on the way.
    pub(super) fn canonical_ahead(
        &self,
        method: &Canonicalization,
        excluded: &[Range<usize>],
    ) -> Option<&[u8]> {
        let octets = self.made.canonical.as_deref()?;
        let is_meant = match (self.signatures(), excluded) {
            ([], []) => true,
            ([only], [span]) => only.span() == *span,
            _ => false,
        };
        (is_meant && self.method.as_ref() == Some(method)).then_some(octets)
    }

    /// The canonical form of an element, when it is the SignedInfo of which it was made on the way.
    pub(super) fn signed_info_ahead(&self, method: &Canonicalization, element: &Element) -> Option<&[u8]> {
        let (start, octets) = self.made.signed_info.as_ref()?;
        (*start == element.start && self.method.as_ref() == Some(method)).then_some(octets)
    }

    /// The tree of a signature by a rule, if it was made on the way.
    pub(super) fn tree_ahead(&self, element: &Element, rule: Rule) -> Option<&Tree> {
        let (start, tree) = self.made.tree.as_ref()?;
        (*start == element.start && std::ptr::fn_addr_eq(self.rule?, rule)).then_some(tree)
    }

    /// The document's text, decoded; offsets count its octets. `None` for a document in a file.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Memory(text, _) => Some(text),
            Content::File { .. } => None,
        }
    }

    /// Octets of the document, decoded.
    pub fn size(&self) -> usize {
        match &self.content {
            Content::Memory(text, _) => text.len(),
            Content::File { size, .. } => *size,
        }
    }

    /// The octets of a part of it, as written; of one in another encoding, in UTF-8.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn octets(&self, span: Range<usize>) -> Result<Cow<'_, [u8]>, Error> {
        match &self.content {
            Content::Memory(text, _) => Ok(Cow::Borrowed(text.as_bytes().get(span).unwrap_or_default())),
            Content::File { file, origin, .. } => input::read_exactly(*file, *origin, span).map(Cow::Owned),
        }
    }

    /// The root element.
    pub fn root(&self) -> Element {
        self.index.root
    }

    /// The local name of the root element.
    pub fn root_name(&self) -> &str {
        &self.index.root_name
    }

    /// Whether processing instructions stand beside the root.
    pub fn has_outer_instructions(&self) -> bool {
        self.index.has_outer_instructions
    }

    /// Every `ds:Signature`, in document order.
    pub fn signatures(&self) -> &[Element] {
        &self.index.signatures
    }

    /// Whether there are so many identifiers that only those of [`Document::look_for`] are found.
    pub fn has_too_many_identifiers(&self) -> bool {
        self.index.too_many_identifiers
    }

    /// Sees that [`Document::identified`] can answer for `ids` and no others, however many identifiers
    /// there are.
    ///
    /// # Errors
    /// When the document must be walked again and its file cannot be read.
    pub fn look_for(&mut self, ids: &[&str]) -> Result<(), Error> {
        if !self.index.too_many_identifiers || ids.is_empty() {
            return Ok(());
        }
        let wanted = ids.iter().map(|id| (id.as_bytes().to_vec(), Found::default())).collect();
        let mut indexing = Indexing::new(&self.limits, self.identifier_attributes, Some(wanted));
        with_scanner!(self, None::<usize>, |scanner| indexing.run(&mut scanner, None))?;
        self.index = Index { too_many_identifiers: true, ..indexing.index };
        self.looked_for = ids.iter().map(|&id| id.to_owned()).collect();
        Ok(())
    }

    /// Whether it is known what `id` names.
    pub fn knows(&self, id: &str) -> bool {
        !self.index.too_many_identifiers || self.looked_for.contains(id)
    }

    /// What an identifier names, by whichever attribute; nothing if it is not known ([`Document::knows`]).
    pub fn identified(&self, id: &str) -> Identified {
        self.index.find(id)
    }

    /// Namespaces in scope at the parent of `element`, the innermost of each prefix.
    pub fn inherited_namespaces(&self, element: &Element) -> SmallVec<[(&str, &str); 4]> {
        self.index.inherited_namespaces(element)
    }

    /// `xml:` attributes of the ancestors of `element`, the innermost first: local names and values.
    pub fn inherited_xml_attributes(&self, element: &Element) -> Vec<(&str, &str)> {
        self.index.scopes_of(element).flat_map(|scope| self.index.pairs(&scope.xml_attributes)).collect()
    }

    /// The element at `start..end`, which must be a child of `parent`, a signature or an identified
    /// element.
    pub fn child_element(&self, start: usize, end: usize, parent: &Element) -> Option<Element> {
        let is_within = parent.start < start && end <= parent.end && start < end;
        is_within.then(|| Element { start, end, ..self.last_child(parent) })
    }

    /// What is known of a child that is yet to be put at the end of `parent`: where it will be, and what will be in
    /// scope for it.
    pub(super) fn last_child(&self, parent: &Element) -> Element {
        // An element without declarations and xml: attributes has no scope of its own.
        let own = self.index.scope_of(parent);
        let end = parent.end;
        Element { start: end, end, parent: Some(parent.start), scope: own.or(parent.scope) }
    }

    /// Runs a pass over the whole document, or over one element.
    pub(super) fn pass<P: Pass>(&self, element: Option<&Element>, pass: P) -> Result<P::Outcome, Error> {
        with_scanner!(self, element.map(|element| element.start), |scanner| pass.run(scanner))
    }

    /// Goes over the elements and the text of the document in order. What a visit of text answers is
    /// not asked.
    pub(super) fn walk(&self, visit: impl FnMut(Step<'_>) -> Walk) -> Result<(), Error> {
        self.walk_in(None, visit)
    }

    /// As [`Document::walk`], over one element.
    pub(super) fn walk_in(
        &self,
        element: Option<&Element>,
        mut visit: impl FnMut(Step<'_>) -> Walk,
    ) -> Result<(), Error> {
        let is_blank =
            |octets: &[u8]| octets.iter().all(|octet| matches!(octet, b' ' | b'\t' | b'\r' | b'\n'));
        with_scanner!(self, element.map(|element| element.start), |scanner| {
            scanner.pass_text();
            while let Some(token) = scanner.next()? {
                let (start, end) = (scanner.token_start(), scanner.token_end());
                let before = Span { start: scanner.text_start(), end: start };
                if before.start < before.end {
                    let blank = is_blank(scanner.slice(before));
                    visit(Step::Text { octets: before.end - before.start, blank });
                }
                let (next, skips) = match token {
                    Token::Start(extent) => {
                        let name = text_of(&scanner, scanner.name().span());
                        let (mut attributes, mut declarations) = (0, 0);
                        for attribute in scanner.attributes() {
                            // With both quotes.
                            let octets = attribute.value.end + 1 - attribute.name.start;
                            *if attribute.declares() { &mut declarations } else { &mut attributes } += octets;
                        }
                        let empty = extent == Extent::Empty;
                        let start = Step::Start { start, end, name: &name, empty, attributes, declarations };
                        (visit(start), Some(extent))
                    }
                    Token::End => (visit(Step::End { end }), None),
                    Token::Text | Token::CData => {
                        let data = scanner.data();
                        let blank = is_blank(scanner.slice(data));
                        visit(Step::Text { octets: data.end - data.start, blank });
                        continue;
                    }
                    Token::Char => {
                        let blank = matches!(scanner.character(), ' ' | '\t' | '\r' | '\n');
                        visit(Step::Text { octets: end - start, blank });
                        continue;
                    }
                    Token::ProcessingInstruction => {
                        visit(Step::Instruction { octets: end - start });
                        continue;
                    }
                    Token::Comment => continue,
                };
                match (next, skips) {
                    (Walk::Stop, _) => break,
                    (Walk::Behind(end), Some(extent)) => scanner.skip_element(end, extent)?,
                    _ => {}
                }
            }
            Ok(())
        })
    }

    /// The local name of an element.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn local_name(&self, element: &Element) -> Result<String, Error> {
        with_scanner!(self, Some(element.start), |scanner| match scanner.next()? {
            Some(Token::Start(_)) => Ok(text_of(&scanner, scanner.name().local()).into_owned()),
            _ => Ok(String::new()),
        })
    }

    /// Whether a child of an element has a name, of which a namespace and a local name are asked.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn has_child(
        &self,
        element: &Element,
        is_wanted: impl Fn(&str, &str) -> bool,
    ) -> Result<bool, Error> {
        with_scanner!(self, Some(element.start), |scanner| {
            let mut namespaces = self.around(element);
            let mut depth = 0_usize;
            while let Some(token) = scanner.next()? {
                match token {
                    Token::Start(extent) => {
                        if depth <= 1 {
                            namespaces.enter_again(&scanner).map_err(|kind| scanner.error(kind))?;
                        }
                        if depth == 1 {
                            let uri = String::from_utf8_lossy(namespaces.element_uri(&scanner));
                            if is_wanted(&uri, &text_of(&scanner, scanner.name().local())) {
                                return Ok(true);
                            }
                            namespaces.leave();
                        }
                        depth += usize::from(extent == Extent::Open);
                    }
                    Token::End => depth = depth.saturating_sub(1),
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
            Ok(false)
        })
    }

    /// The local name of the parent of an element; `None` for the root.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn parent_name(&self, element: &Element) -> Result<Option<String>, Error> {
        let parent = element.parent.map(|start| Element::at(start, start));
        parent.map(|parent| self.local_name(&parent)).transpose()
    }

    /// Whether an element has an expanded name. Most have not, and that is seen by the local name alone.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn is_named(&self, element: &Element, namespace: &str, local: &str) -> Result<bool, Error> {
        if element.start == self.root().start && self.root_name() != local {
            return Ok(false);
        }
        let name = self.name(element)?;
        Ok(name.0 == namespace && name.1 == local)
    }

    /// What is in scope around an element.
    fn around(&self, element: &Element) -> Namespaces {
        let mut namespaces = Namespaces::default();
        namespaces.enter();
        for (prefix, uri) in self.inherited_namespaces(element) {
            namespaces.declare(prefix.as_bytes(), uri.as_bytes());
        }
        namespaces
    }

    /// The namespace URI (empty for none) and the local name of an element.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn name(&self, element: &Element) -> Result<(String, String), Error> {
        with_scanner!(self, Some(element.start), |scanner| {
            let Some(Token::Start(_)) = scanner.next()? else {
                return Ok(Default::default());
            };
            let name = scanner.name();
            let mut namespaces = self.around(element);
            namespaces.enter_checked(&scanner, &self.limits).map_err(|kind| scanner.error(kind))?;
            let uri = namespaces.resolve(scanner.slice(name.prefix())).unwrap_or_default();
            let uri = String::from_utf8_lossy(uri).into_owned();
            Ok((uri, text_of(&scanner, name.local()).into_owned()))
        })
    }
}
