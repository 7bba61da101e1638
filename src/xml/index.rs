//! The index of a document: one checked pass that finds the root, every signature, the identifiers
//! and the namespace context at each of them.
//!
//! A document is its octets plus this index; there is no tree of it. What the index holds does not
//! grow with the document: past a bound on their number or octets, identifiers are no longer kept but
//! looked for when a reference names one.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use self::kept::{Index, Scope};
use super::c14n::Canonicalization;
use super::c14n::ahead::{self, Ahead, Made};
use super::encoding::{self, Charset};
use super::input::{self, Input, Memory, ReadAt, Window, has_carriage_return};
use super::namespace::{Namespaces, text_of, value_of};
use super::read::{Error, ErrorKind, Limits, Position, malformed, tokenized};
use super::scan::{Attribute, Extent, Scanner, Seen, Span, Token};
use super::tree::{Rule, Tree};
use super::{DSIG, WSU};

mod kept;

/// The namespaces of SAML 1.x, whose identifiers have names of their own.
const SAML: [&[u8]; 2] = [b"urn:oasis:names:tc:SAML:1.0:assertion", b"urn:oasis:names:tc:SAML:1.0:protocol"];

/// The lengths, as bits, of the names of identifier attributes that need not be asked for: two letters, or those
/// of SAML nine to eleven.
const IDENTIFIER_LENGTHS: u32 = 1 << 2 | 1 << 9 | 1 << 10 | 1 << 11;

/// So many identifiers are kept; a document with more is walked again for those that are referred to.
const IDENTIFIERS: usize = 10_000;

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

/// What is in scope at a place, the innermost of each name.
#[derive(Clone, Debug)]
pub struct InScope<'d> {
    /// Prefixes, empty for the default, and URIs.
    pub namespaces: Vec<(&'d str, &'d str)>,
    /// Local names of `xml:` attributes, and values.
    pub xml_attributes: Vec<(&'d str, &'d str)>,
}

#[derive(Clone, Debug)]
enum Content<'doc> {
    /// Whether it holds a carriage return is told beside it.
    Memory(Cow<'doc, str>, bool),
    File {
        file: &'doc dyn ReadAt,
        origin: usize,
        size: usize,
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
            Content::File { file, origin, .. } => {
                let start = $start.unwrap_or(0);
                let input = Window::new(*file, *origin, start, $document.limits.token_bytes);
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
    /// With the octets of its attributes as written, namespace declarations aside.
    Start {
        start: usize,
        end: usize,
        name: &'a str,
        empty: bool,
        attributes: usize,
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
        Self::from_bytes(bytes, limits, identifier_attributes, None, None)
    }

    /// As [`Document::read`], of a document that will be canonicalised by this method: as a whole without its
    /// signature, and the SignedInfo of that.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn read_for(bytes: &'doc [u8], limits: &Limits, method: &Canonicalization) -> Result<Self, Error> {
        Self::from_bytes(bytes, limits, &[], Some(method.clone()), None)
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
        Self::from_bytes(bytes, limits, identifier_attributes, None, Some(rule))
    }

    fn from_bytes(
        bytes: &'doc [u8],
        limits: &Limits,
        identifier_attributes: &'doc [String],
        method: Option<Canonicalization>,
        rule: Option<Rule>,
    ) -> Result<Self, Error> {
        if bytes.len() > limits.document_bytes {
            let position = Position { line: 1, column: 1 };
            return Err(Error { kind: ErrorKind::Limit("document_bytes"), offset: 0, position });
        }
        let text = encoding::decode(bytes)?;
        let carriage_return = has_carriage_return(text.as_bytes())
            .map_err(|at| Error::new(&text, malformed("a character that XML does not allow"), at))?;
        Self::index(Content::Memory(text, carriage_return), limits, identifier_attributes, method, rule)
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
        let count = file.read_at(&mut head, 0).map_err(|error| input::unreadable(&error))?;
        let origin = match encoding::detect(head.get(..count).unwrap_or_default())? {
            Charset::Utf8(mark) => mark,
            _ => return Err(Error { kind: ErrorKind::NotUtf8, offset: 0, position: first }),
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX).saturating_sub(origin);
        Self::index(Content::File { file, origin, size }, limits, identifier_attributes, None, None)
    }

    fn index(
        content: Content<'doc>,
        limits: &Limits,
        identifier_attributes: &'doc [String],
        method: Option<Canonicalization>,
        rule: Option<Rule>,
    ) -> Result<Self, Error> {
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
        let mut along = method.as_ref().map(|method| Ahead::new(method, empty.size(), rule, signed_info));
        let mut indexing = Indexing::new(limits, identifier_attributes, None);
        let made = with_scanner!(empty, None::<usize>, |scanner| {
            indexing.run(&mut scanner, along.as_mut())?;
            along.map(|along| along.finish(&scanner)).unwrap_or_default()
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
    pub fn inherited_namespaces(&self, element: &Element) -> Vec<(&str, &str)> {
        self.index.inherited_namespaces(element)
    }

    /// `xml:` attributes of the ancestors of `element`, the innermost first: local names and values.
    pub fn inherited_xml_attributes(&self, element: &Element) -> Vec<(&str, &str)> {
        self.index.scopes_of(element).flat_map(|scope| self.index.pairs(&scope.xml_attributes)).collect()
    }

    /// What is in scope for a child of `parent`, which must be the root, a signature or an identified
    /// element.
    pub fn scope_within(&self, parent: &Element) -> InScope<'_> {
        let own = self.index.scope_of(parent);
        let child = Element { scope: own.or(parent.scope), parent: Some(parent.start), ..*parent };
        let mut attributes: Vec<(&str, &str)> = Vec::new();
        for (local, value) in self.inherited_xml_attributes(&child) {
            if !attributes.iter().any(|(known, _)| *known == local) {
                attributes.push((local, value));
            }
        }
        InScope { namespaces: self.inherited_namespaces(&child), xml_attributes: attributes }
    }

    /// The element at `start..end`, which must be a child of `parent`, a signature or an identified
    /// element.
    pub fn child_element(&self, start: usize, end: usize, parent: &Element) -> Option<Element> {
        if !(parent.start < start && end <= parent.end && start < end) {
            return None;
        }
        // An element without declarations and xml: attributes has no scope of its own.
        let own = self.index.scope_of(parent);
        Some(Element { start, end, parent: Some(parent.start), scope: own.or(parent.scope) })
    }

    /// Runs a pass over the whole document, or over one element.
    pub(super) fn pass<P: Pass>(&self, element: Option<&Element>, pass: P) -> Result<P::Outcome, Error> {
        with_scanner!(self, element.map(|element| element.start), |scanner| pass.run(scanner))
    }

    /// Goes over the elements and the text of the document in order. What a visit of text answers is
    /// not asked.
    pub(super) fn walk(&self, mut visit: impl FnMut(Step<'_>) -> Walk) -> Result<(), Error> {
        let is_blank =
            |octets: &[u8]| octets.iter().all(|octet| matches!(octet, b' ' | b'\t' | b'\r' | b'\n'));
        with_scanner!(self, None::<usize>, |scanner| {
            scanner.pass_text();
            while let Some(token) = scanner.next()? {
                let (start, end) = (scanner.token_start(), scanner.token_end());
                let before = Span { start: scanner.text_start(), end: start };
                if before.start < before.end {
                    let blank = is_blank(scanner.slice(before));
                    visit(Step::Text { octets: before.end - before.start, blank });
                }
                let (next, skips) = match token {
                    Token::Start { extent, .. } => {
                        let name = text_of(&scanner, scanner.name().span());
                        let attributes =
                            scanner.attributes().iter().filter(|attribute| !attribute.declares());
                        // With both quotes.
                        let octets = |attribute: &Attribute| attribute.value.end + 1 - attribute.name.start;
                        let attributes = attributes.map(octets).sum();
                        let empty = extent == Extent::Empty;
                        (visit(Step::Start { start, end, name: &name, empty, attributes }), Some(extent))
                    }
                    Token::End { .. } => (visit(Step::End { end }), None),
                    Token::Text | Token::CData => {
                        let data = scanner.data();
                        let blank = is_blank(scanner.slice(data));
                        visit(Step::Text { octets: data.end - data.start, blank });
                        continue;
                    }
                    Token::Char(char) => {
                        let blank = matches!(char, ' ' | '\t' | '\r' | '\n');
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
            Some(Token::Start { .. }) => Ok(text_of(&scanner, scanner.name().local()).into_owned()),
            _ => Ok(String::new()),
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

    /// The namespace URI (empty for none) and the local name of an element.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn name(&self, element: &Element) -> Result<(String, String), Error> {
        let inherited = self.inherited_namespaces(element);
        with_scanner!(self, Some(element.start), |scanner| {
            let Some(Token::Start { declares, .. }) = scanner.next()? else {
                return Ok(Default::default());
            };
            let name = scanner.name();
            let mut namespaces = Namespaces::default();
            namespaces.enter();
            for (prefix, uri) in &inherited {
                namespaces.declare(prefix.as_bytes(), uri.as_bytes());
            }
            namespaces.enter_checked(&scanner, declares, &self.limits).map_err(|kind| scanner.error(kind))?;
            let uri = namespaces.resolve(scanner.slice(name.prefix())).unwrap_or_default();
            let uri = String::from_utf8_lossy(uri).into_owned();
            Ok((uri, text_of(&scanner, name.local()).into_owned()))
        })
    }
}

/// The value of an identifier attribute: that of `xml:id` is of type ID (xml:id 1.0, 4), others are of no type.
fn identifier<'s, I: Input>(
    scanner: &'s Scanner<I>,
    attribute: &Attribute,
) -> Result<Cow<'s, [u8]>, ErrorKind> {
    let name = attribute.name;
    let value = value_of(scanner, attribute)?;
    let is_xml =
        name.has_prefix() && scanner.slice(name.prefix()) == b"xml" && scanner.slice(name.local()) == b"id";
    Ok(if is_xml { tokenized(value) } else { value })
}

struct Open {
    start: usize,
    /// Whether the last of `declaring` belongs to this element.
    declares: bool,
    /// Whether the last of `indexed` does.
    is_indexed: bool,
}

/// What is to be noted at a start tag.
struct Noted {
    /// Namespaces, or `xml:` attributes, which are these of those that are open.
    declares: bool,
    xml_attributes: Range<usize>,
    identifies: bool,
    is_signature: bool,
}

/// What the index has of an open element: its end is still to come.
struct Indexed {
    signature: Option<usize>,
    identified: Range<usize>,
}

/// An open element with namespace declarations or `xml:` attributes.
struct Declaring {
    start: usize,
    depth: usize,
    xml_attributes: Range<usize>,
    scope: Option<usize>,
}

/// How many elements carry a wanted identifier, and where the last of them begins.
#[derive(Default)]
struct Found {
    elements: u8,
    last: Option<usize>,
}

/// The pass that makes the index.
struct Indexing<'a> {
    index: Index,
    limits: &'a Limits,
    identifier_attributes: &'a [String],
    /// Only these identifiers, if given.
    wanted: Option<HashMap<Vec<u8>, Found>>,
    namespaces: Namespaces,
    open: Vec<Open>,
    indexed: Vec<Indexed>,
    declaring: Vec<Declaring>,
    xml_attributes: Vec<(String, String)>,
    /// Octets of the `xml:` attributes of open elements, and of what the index holds.
    open_octets: usize,
    kept_octets: usize,
}

impl<'a> Indexing<'a> {
    fn new(
        limits: &'a Limits,
        identifier_attributes: &'a [String],
        wanted: Option<HashMap<Vec<u8>, Found>>,
    ) -> Self {
        Self {
            index: Index::new(),
            limits,
            identifier_attributes,
            wanted,
            namespaces: Namespaces::default(),
            open: Vec::with_capacity(16),
            indexed: Vec::new(),
            declaring: Vec::new(),
            xml_attributes: Vec::new(),
            open_octets: 0,
            kept_octets: 0,
        }
    }

    /// With a canonicalisation that goes along.
    fn run<I: Input>(
        &mut self,
        scanner: &mut Scanner<I>,
        mut along: Option<&mut Ahead<'_>>,
    ) -> Result<(), Error> {
        let limits = self.limits;
        scanner.take_leaves();
        while let Some(token) = scanner.next()? {
            let mut is_signature = false;
            if let Token::Start { extent, declares, .. } = token {
                self.namespaces
                    .enter_checked(scanner, declares, limits)
                    .map_err(|kind| scanner.error(kind))?;
                is_signature = self.start(scanner, extent).map_err(|kind| scanner.error(kind))?;
            }
            if let Some(along) = &mut along {
                if is_signature && let Some(element) = self.index.signatures.last() {
                    let inherited = self.index.inherited_namespaces(element);
                    along.signature(element.start, &inherited, !self.xml_attributes.is_empty());
                }
                along.token(&mut self.namespaces, scanner, token, is_signature);
            }
            match token {
                Token::Start { extent: Extent::Open, .. } => {}
                Token::Start { .. } if self.is_unnoted(scanner.token_start()) => self.namespaces.leave(),
                Token::Start { .. } | Token::End { .. } => self.end(scanner.token_end()),
                Token::ProcessingInstruction => self.index.has_outer_instructions |= self.open.is_empty(),
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes a start tag, whose declarations are in scope by now, and tells whether it begins a signature.
    #[inline(always)]
    fn start<I: Input>(&mut self, scanner: &Scanner<I>, extent: Extent) -> Result<bool, ErrorKind> {
        let seen = scanner.seen();
        let first_xml = self.xml_attributes.len();
        let mut declares = seen.declares();
        let mut identifies = false;
        // Of most tags nothing is to be noted, and that is seen at once.
        let to_look_at = match seen.is_prefixed() || self.may_identify(seen) {
            true => scanner.attributes(),
            false => &[],
        };
        for attribute in to_look_at {
            if attribute.declares() {
                continue;
            }
            if attribute.name.has_prefix() && scanner.slice(attribute.name.prefix()) == b"xml" {
                let local = text_of(scanner, attribute.name.local()).into_owned();
                let value = value_of(scanner, attribute)?;
                self.open_octets += local.len() + value.len();
                if self.open_octets > self.limits.index_bytes {
                    return Err(ErrorKind::Limit("index_bytes"));
                }
                self.xml_attributes.push((local, String::from_utf8_lossy(&value).into_owned()));
                declares = true;
            }
            identifies |= self.is_identifier(scanner, attribute);
        }
        let identifies = identifies && self.is_wanted(scanner);
        let is_signature = scanner.slice(scanner.name().local()) == b"Signature"
            && self.namespaces.element_uri(scanner) == DSIG.as_bytes();
        if declares || identifies || is_signature || self.open.is_empty() {
            let xml_attributes = first_xml..self.xml_attributes.len();
            self.note(scanner, Noted { declares, identifies, is_signature, xml_attributes })?;
        } else if extent == Extent::Open {
            self.open.push(Open { start: scanner.token_start(), declares: false, is_indexed: false });
        }
        Ok(is_signature)
    }

    /// Whether nothing was noted of the element that began at an offset, and is whole.
    #[inline(always)]
    fn is_unnoted(&self, start: usize) -> bool {
        self.open.last().is_some_and(|open| open.start != start)
    }

    /// Notes what is to be noted at a start tag, or that it is the root's.
    #[inline(never)]
    fn note<I: Input>(&mut self, scanner: &Scanner<I>, noted: Noted) -> Result<(), ErrorKind> {
        let Noted { declares, identifies, is_signature, xml_attributes } = noted;
        let start = scanner.token_start();
        let first_identifier = self.index.identifiers.len();
        let mut element =
            Element { start, end: start, parent: self.open.last().map(|parent| parent.start), scope: None };
        if identifies || is_signature {
            element.scope = self.scope();
        }
        if self.open.is_empty() {
            self.index.root = element;
            self.index.root_name = text_of(scanner, scanner.name().local()).into_owned();
        }
        if declares {
            self.declaring.push(Declaring { start, depth: self.open.len() + 1, xml_attributes, scope: None });
        }
        if declares && (self.open.is_empty() || identifies || is_signature) {
            // A signature may become a child of the root; a child of an identified element may be looked at by
            // itself, as a Manifest's are.
            self.scope();
        }
        if identifies {
            for attribute in scanner.attributes() {
                if self.is_identifier(scanner, attribute) {
                    self.identify(&identifier(scanner, attribute)?, element);
                }
            }
            self.bound_identifiers();
        }
        if is_signature {
            self.index.signatures.push(element);
            if self.index.signatures.len() > self.limits.signatures {
                return Err(ErrorKind::Limit("signatures"));
            }
        }
        // What signatures and wanted identifiers need beside what was kept until it was too much.
        if self.kept_octets > self.limits.index_bytes.saturating_mul(2) {
            return Err(ErrorKind::Limit("index_bytes"));
        }
        let is_indexed = is_signature || identifies;
        if is_indexed {
            self.indexed.push(Indexed {
                signature: is_signature.then(|| self.index.signatures.len() - 1),
                identified: first_identifier..self.index.identifiers.len(),
            });
        }
        self.open.push(Open { start, declares, is_indexed });
        Ok(())
    }

    fn end(&mut self, end: usize) {
        self.namespaces.leave();
        let Some(closed) = self.open.pop() else { return };
        if closed.declares
            && let Some(declaring) = self.declaring.pop()
        {
            for (local, value) in self.xml_attributes.drain(declaring.xml_attributes.start..) {
                self.open_octets -= local.len() + value.len();
            }
        }
        if self.open.is_empty() {
            self.index.root.end = end;
        }
        if closed.is_indexed
            && let Some(indexed) = self.indexed.pop()
        {
            if let Some(signature) = indexed.signature.and_then(|at| self.index.signatures.get_mut(at)) {
                signature.end = end;
            }
            for (_, element) in self.index.identifiers.get_mut(indexed.identified).unwrap_or_default() {
                element.end = end;
            }
        }
    }

    /// Whether a tag may have an identifier attribute.
    #[inline(always)]
    fn may_identify(&self, seen: &Seen) -> bool {
        seen.has_lengths(IDENTIFIER_LENGTHS) || !self.identifier_attributes.is_empty()
    }

    #[inline]
    fn is_identifier<I: Input>(&self, scanner: &Scanner<I>, attribute: &Attribute) -> bool {
        let length = attribute.name.end - attribute.name.local;
        let may_be =
            (length < 32 && IDENTIFIER_LENGTHS & 1 << length != 0) || !self.identifier_attributes.is_empty();
        may_be && self.names_identifier(scanner, attribute)
    }

    fn names_identifier<I: Input>(&self, scanner: &Scanner<I>, attribute: &Attribute) -> bool {
        let name = attribute.name;
        let local = scanner.slice(name.local());
        let prefixed = name.has_prefix();
        let known = match (prefixed, local) {
            (false, b"Id" | b"ID" | b"id") => true,
            (true, b"id") => scanner.slice(name.prefix()) == b"xml",
            // SAML 1.1, 5.4.2: of assertions and protocol messages only.
            (false, b"AssertionID" | b"RequestID" | b"ResponseID") => {
                SAML.contains(&self.namespaces.element_uri(scanner))
            }
            (true, b"Id") => self.namespaces.resolve(scanner.slice(name.prefix())) == Some(WSU.as_bytes()),
            _ => false,
        };
        known
            || self.identifier_attributes.iter().any(|wanted| match wanted.rsplit_once('#') {
                None => !prefixed && wanted.as_bytes() == local,
                Some((namespace, wanted)) => {
                    prefixed
                        && wanted.as_bytes() == local
                        && self.namespaces.resolve(scanner.slice(name.prefix())) == Some(namespace.as_bytes())
                }
            })
    }

    /// Whether an element with identifiers is to be kept.
    fn is_wanted<I: Input>(&self, scanner: &Scanner<I>) -> bool {
        let Some(wanted) = &self.wanted else { return !self.index.too_many_identifiers };
        scanner.attributes().iter().any(|attribute| {
            self.is_identifier(scanner, attribute)
                && identifier(scanner, attribute)
                    .is_ok_and(|value| wanted.get(value.as_ref()).is_some_and(|found| found.elements < 2))
        })
    }

    fn identify(&mut self, value: &[u8], element: Element) {
        if let Some(wanted) = &mut self.wanted {
            // Two elements are enough to know that none is meant; two attributes of one are no second.
            match wanted.get_mut(value) {
                Some(found) if found.elements < 2 && found.last != Some(element.start) => {
                    *found = Found { elements: found.elements + 1, last: Some(element.start) };
                }
                _ => return,
            }
        }
        let index = &mut self.index;
        let start = index.values.len();
        index.values.extend_from_slice(value);
        self.kept_octets += value.len();
        index.identifiers.push((start..index.values.len(), element));
    }

    /// Gives identifiers up that have become too many to keep.
    fn bound_identifiers(&mut self) {
        let index = &mut self.index;
        let is_too_much = index.identifiers.len() > IDENTIFIERS || self.kept_octets > self.limits.index_bytes;
        if is_too_much && self.wanted.is_none() {
            index.too_many_identifiers = true;
            index.identifiers = Vec::new();
            self.kept_octets -= index.values.len().min(self.kept_octets);
            index.values = Vec::new();
        }
    }

    /// The scope of what the open elements declare, made now that something needs it.
    fn scope(&mut self) -> Option<usize> {
        let mut parent = None;
        for declaring in &mut self.declaring {
            if declaring.scope.is_none() {
                let index = &mut self.index;
                let first = index.pairs.len();
                for pair in self.namespaces.declared_at(declaring.depth) {
                    self.kept_octets += index.note(pair);
                }
                let middle = index.pairs.len();
                let own = self.xml_attributes.get(declaring.xml_attributes.clone()).unwrap_or_default();
                for (local, value) in own {
                    self.kept_octets += index.note((local.as_bytes(), value.as_bytes()));
                }
                let scope = Scope {
                    owner: declaring.start,
                    parent,
                    declarations: first..middle,
                    xml_attributes: middle..index.pairs.len(),
                };
                self.index.scopes.push(scope);
                declaring.scope = Some(self.index.scopes.len() - 1);
            }
            parent = declaring.scope;
        }
        parent
    }
}
