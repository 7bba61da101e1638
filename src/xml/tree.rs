//! A tree for documents and parts of known, modest size: forms, acts, the Signature element, and what
//! an XPath expression looks at. It is built by the one scanner and the one set of namespace rules.
//!
//! Nodes lie in document order in one vector, each with the index after its last descendant, so that
//! children, siblings and ancestry are arithmetic; all text lies in one string. A [`Node`] is a cursor.
//! The model is that of XPath 1.0 (5): one root, elements, text joined across CDATA sections and
//! references, comments, processing instructions, attributes, namespace declarations.

use std::borrow::Cow;
use std::ops::Range;

use super::index::{Document, Pass};
use super::input::Input;
use super::namespace::{Namespaces, declared_prefix, value_of};
use super::read::{Error, ErrorKind, Limits, line_ends, malformed};
use super::scan::{Name, Scanner, Token};

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Above the document element, with the comments and instructions beside it.
    Root,
    Element,
    Text,
    Comment,
    ProcessingInstruction,
}

/// How much of an element's content becomes part of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Descend {
    Whole,
    /// Child elements, without text, comments and instructions between them.
    Elements,
    Nothing,
    /// Nothing, and of very many such siblings one after another the later ones become one node: it has
    /// the name of the first of them and the span of all.
    Together,
}

/// So many siblings of which nothing is read are told apart.
const TOLD_APART: usize = 1000;

type Place = Range<u32>;

#[derive(Clone, Debug)]
struct Entry {
    kind: Kind,
    parent: u32,
    /// Index after the last descendant.
    end: u32,
    /// The qualified name, or the target of an instruction.
    name: Place,
    /// Where the local part begins.
    local: u32,
    namespace: Place,
    /// Text, or the data of a comment or instruction.
    value: Place,
    attributes: Place,
    declarations: Place,
    span: (usize, usize),
    /// Of text: whether all of it is written as such, without references (but to white space, as of
    /// line ends that were kept) and CDATA sections.
    literal: bool,
}

#[derive(Clone, Debug)]
struct AttributeEntry {
    owner: u32,
    name: Place,
    local: u32,
    namespace: Place,
    value: Place,
}

#[derive(Clone, Debug)]
struct Declaration {
    prefix: Place,
    uri: Place,
}

/// A tree.
#[derive(Clone, Debug)]
pub struct Tree {
    pool: String,
    nodes: Vec<Entry>,
    attributes: Vec<AttributeEntry>,
    declarations: Vec<Declaration>,
}

/// A node of a tree.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    at: u32,
}

/// An attribute that is not a namespace declaration.
#[derive(Clone, Copy)]
pub struct Attribute<'t> {
    tree: &'t Tree,
    at: u32,
}

static NOTHING: Entry = Entry {
    kind: Kind::Text,
    parent: 0,
    end: 0,
    name: 0..0,
    local: 0,
    namespace: 0..0,
    value: 0..0,
    attributes: 0..0,
    declarations: 0..0,
    span: (0, 0),
    literal: true,
};

fn index(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

impl Tree {
    fn slice(&self, place: &Place) -> &str {
        self.pool.get(index(place.start)..index(place.end)).unwrap_or_default()
    }

    fn entry(&self, at: u32) -> &Entry {
        self.nodes.get(index(at)).unwrap_or(&NOTHING)
    }

    /// The node above the outermost element.
    pub fn root(&self) -> Node<'_> {
        Node { tree: self, at: 0 }
    }

    /// The outermost element.
    pub fn element(&self) -> Node<'_> {
        self.root().elements().next().unwrap_or(self.root())
    }

    /// Nodes, without attributes and namespaces.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is nothing but the root.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() <= 1
    }

    /// The node with an index, if there is one: 0 is the root, and all follow in document order.
    pub fn node(&self, at: usize) -> Option<Node<'_>> {
        let at = u32::try_from(at).ok()?;
        self.nodes.get(index(at)).map(|_| Node { tree: self, at })
    }

    /// The attribute with an index (see [`Attribute::index`]), if there is one.
    pub fn attribute(&self, at: usize) -> Option<Attribute<'_>> {
        let at = u32::try_from(at).ok()?;
        self.attributes.get(index(at)).map(|_| Attribute { tree: self, at })
    }

    /// The element that begins at an offset of the document.
    pub fn at_offset(&self, offset: usize) -> Option<Node<'_>> {
        // The root's own span begins where its first child may.
        let nodes = self.nodes.get(1..)?;
        let first = nodes.partition_point(|entry| entry.span.0 < offset);
        let found = nodes.get(first).filter(|entry| entry.span.0 == offset && entry.kind == Kind::Element);
        found.and_then(|_| self.node(first + 1))
    }
}

impl<'t> Node<'t> {
    fn entry(self) -> &'t Entry {
        self.tree.entry(self.at)
    }

    /// Place in document order: 0 for the root.
    pub fn index(self) -> usize {
        index(self.at)
    }

    /// The index after the last descendant.
    pub fn end(self) -> usize {
        index(self.entry().end)
    }

    pub fn kind(self) -> Kind {
        self.entry().kind
    }

    /// The qualified name of an element, or the target of an instruction.
    pub fn name(self) -> &'t str {
        self.tree.slice(&self.entry().name)
    }

    /// The name without its prefix.
    pub fn local(self) -> &'t str {
        self.tree.slice(&(self.entry().local..self.entry().name.end))
    }

    /// The prefix of the name, empty when there is none.
    pub fn prefix(self) -> &'t str {
        self.name().split_once(':').map_or("", |(prefix, _)| prefix)
    }

    /// The URI of an element's namespace, empty for none.
    pub fn namespace(self) -> &'t str {
        self.tree.slice(&self.entry().namespace)
    }

    /// Whether this is an element with the expanded name.
    pub fn is(self, namespace: &str, local: &str) -> bool {
        self.kind() == Kind::Element && self.local() == local && self.namespace() == namespace
    }

    /// The text of a text node, the data of a comment or instruction.
    pub fn value(self) -> &'t str {
        self.tree.slice(&self.entry().value)
    }

    /// Offsets in the document.
    pub fn span(self) -> Range<usize> {
        self.entry().span.0..self.entry().span.1
    }

    /// The parent; none for the root.
    pub fn parent(self) -> Option<Node<'t>> {
        (self.at > 0).then(|| Node { tree: self.tree, at: self.entry().parent })
    }

    /// The children in order.
    pub fn children(self) -> impl Iterator<Item = Node<'t>> + Clone {
        let end = match self.kind() {
            Kind::Root | Kind::Element => self.entry().end,
            _ => 0,
        };
        let mut next = self.at + 1;
        let tree = self.tree;
        std::iter::from_fn(move || {
            if next >= end {
                return None;
            }
            let node = Node { tree, at: next };
            next = node.entry().end.max(next + 1);
            Some(node)
        })
    }

    /// The child elements in order.
    pub fn elements(self) -> impl Iterator<Item = Node<'t>> + Clone {
        self.children().filter(|child| child.kind() == Kind::Element)
    }

    /// The first child element with the expanded name.
    pub fn child(self, namespace: &str, local: &str) -> Option<Node<'t>> {
        self.elements().find(|child| child.is(namespace, local))
    }

    /// The attributes, as written.
    pub fn attributes(self) -> impl Iterator<Item = Attribute<'t>> + Clone {
        let tree = self.tree;
        self.entry().attributes.clone().map(move |at| Attribute { tree, at })
    }

    /// The value of an attribute without a namespace.
    pub fn attribute(self, local: &str) -> Option<&'t str> {
        self.attribute_ns("", local)
    }

    /// The value of an attribute.
    pub fn attribute_ns(self, namespace: &str, local: &str) -> Option<&'t str> {
        self.attributes()
            .find(|attribute| attribute.local() == local && attribute.namespace() == namespace)
            .map(Attribute::value)
    }

    /// Namespace declarations of the element itself: prefixes and URIs. Of the root: what a part of a
    /// document inherits.
    pub fn declarations(self) -> impl Iterator<Item = (&'t str, &'t str)> + Clone {
        let tree = self.tree;
        let entries = self.entry().declarations.clone();
        entries
            .filter_map(move |at| tree.declarations.get(index(at)))
            .map(move |declaration| (tree.slice(&declaration.prefix), tree.slice(&declaration.uri)))
    }

    /// The URI that a prefix, or the empty one, is bound to here; `None` when it is not.
    pub fn namespace_of_prefix(self, prefix: &str) -> Option<&'t str> {
        if prefix == "xml" {
            return Some(super::XML);
        }
        let mut node = Some(self);
        while let Some(at) = node {
            if let Some((_, uri)) = at.declarations().find(|(known, _)| *known == prefix) {
                return Some(uri).filter(|uri| !uri.is_empty());
            }
            node = at.parent();
        }
        None
    }

    /// The tree that the node belongs to.
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    /// The text, if there is nothing but text: `None` with a child element, comment or instruction.
    pub fn text(self) -> Option<&'t str> {
        let mut children = self.children();
        match (children.next(), children.next()) {
            (None, _) => Some(""),
            (Some(only), None) if only.kind() == Kind::Text => Some(only.value()),
            _ => None,
        }
    }

    /// Whether there is a comment or a processing instruction anywhere inside.
    pub fn has_comment_or_instruction(self) -> bool {
        let inside = self.tree.nodes.get(self.index()..self.end()).unwrap_or_default();
        inside.iter().any(|entry| matches!(entry.kind, Kind::Comment | Kind::ProcessingInstruction))
    }

    /// Whether a text anywhere inside, but not right below an element that `except` names, is written
    /// with references or CDATA sections.
    pub fn has_unliteral_text(self, except: impl Fn(Node<'t>) -> bool) -> bool {
        (self.index()..self.end())
            .filter_map(|at| self.tree.node(at))
            .any(|node| !node.entry().literal && !node.parent().is_some_and(&except))
    }

    /// Whether `other` is this node or lies inside it.
    pub fn contains(self, other: Node<'_>) -> bool {
        (self.index()..self.end()).contains(&other.index())
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.at == other.at
    }
}

impl Eq for Node<'_> {}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {} #{}", self.kind(), self.name(), self.at)
    }
}

impl<'t> Attribute<'t> {
    fn entry(self) -> Option<&'t AttributeEntry> {
        self.tree.attributes.get(index(self.at))
    }

    /// Place among all attributes of the tree.
    pub fn index(self) -> usize {
        index(self.at)
    }

    /// The qualified name.
    pub fn name(self) -> &'t str {
        self.entry().map_or("", |entry| self.tree.slice(&entry.name))
    }

    /// The name without its prefix.
    pub fn local(self) -> &'t str {
        self.entry().map_or("", |entry| self.tree.slice(&(entry.local..entry.name.end)))
    }

    /// The URI of the namespace, empty for none.
    pub fn namespace(self) -> &'t str {
        self.entry().map_or("", |entry| self.tree.slice(&entry.namespace))
    }

    /// The normalised value.
    pub fn value(self) -> &'t str {
        self.entry().map_or("", |entry| self.tree.slice(&entry.value))
    }

    /// The element that carries it.
    pub fn owner(self) -> Node<'t> {
        Node { tree: self.tree, at: self.entry().map_or(0, |entry| entry.owner) }
    }
}

/// Reads a whole document as a tree.
///
/// # Errors
/// As [`Document::read`], and when it is more than `limits.tree_nodes` or `limits.tree_bytes`.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Tree, Error> {
    let document = Document::read(bytes, limits, &[])?;
    read(&document, None, limits, |_, _| Descend::Whole)
}

/// Reads the tree of a part of a signature.
///
/// # Errors
/// As [`read`], and when it is more than `limits.signature_bytes`.
pub fn read_signature(
    document: &Document<'_>,
    element: &super::Element,
    limits: &Limits,
    descend: impl Fn(&str, &str) -> Descend,
) -> Result<Tree, Error> {
    let limits = Limits { tree_bytes: limits.signature_bytes.min(limits.tree_bytes), ..limits.clone() };
    read(document, Some(element), &limits, descend).map_err(|error| match error.kind {
        ErrorKind::Limit("tree_bytes") => Error { kind: ErrorKind::Limit("signature_bytes"), ..error },
        _ => error,
    })
}

/// Reads the whole document, or the subtree of `element`; `descend` says by the namespace and local
/// name of an element how much of its content is read.
///
/// # Errors
/// When it is more than `limits.tree_nodes` or `limits.tree_bytes`.
pub fn read(
    document: &Document<'_>,
    element: Option<&super::Element>,
    limits: &Limits,
    descend: impl Fn(&str, &str) -> Descend,
) -> Result<Tree, Error> {
    // A modest guess: what is passed over makes it too large.
    let room = element.map_or(document.size(), |element| element.end - element.start).min(8 << 10);
    let mut growth = Growth {
        tree: Tree {
            pool: String::with_capacity(room),
            nodes: Vec::with_capacity(64.min(room / 8)),
            attributes: Vec::with_capacity(16),
            declarations: Vec::new(),
        },
        limits,
        descend,
        namespaces: Namespaces::default(),
        uris: Vec::new(),
        open: vec![(0, true)],
        passed_over: 0,
        together: (0, 0),
    };
    let first = growth.entry(Kind::Root, 0, (element.map_or(0, |element| element.start), document.size()));
    growth.tree.nodes.push(first);
    growth.namespaces.enter();
    if let Some(element) = element {
        for (prefix, uri) in document.inherited_namespaces(element) {
            growth.namespaces.declare(prefix.as_bytes(), uri.as_bytes());
            growth.declare(prefix, uri);
        }
        growth
            .tree
            .nodes
            .iter_mut()
            .for_each(|root| root.declarations = 0..growth.tree.declarations.len() as u32);
    }
    document.pass(element, growth)
}

struct Growth<'l, F> {
    tree: Tree,
    limits: &'l Limits,
    descend: F,
    namespaces: Namespaces,
    /// URIs that are in the pool already, the last first in mind.
    uris: Vec<Place>,
    /// Open elements, and whether their text is wanted.
    open: Vec<(u32, bool)>,
    /// Open elements below one whose content is not wanted.
    passed_over: usize,
    /// The last node of which nothing is read, and how many siblings it is the last of.
    together: (u32, usize),
}

impl<F: Fn(&str, &str) -> Descend> Pass for Growth<'_, F> {
    type Outcome = Tree;

    fn run<I: Input>(mut self, mut scanner: Scanner<I>) -> Result<Tree, Error> {
        while let Some(token) = scanner.next()? {
            if self.passed_over > 0 {
                match token {
                    Token::Start { empty: false, .. } => self.passed_over += 1,
                    Token::End { .. } => self.passed_over -= 1,
                    _ => {}
                }
                if self.passed_over > 0 {
                    continue;
                }
            }
            self.token(&scanner, token).map_err(|kind| scanner.error(kind))?;
        }
        let end = self.count();
        for (open, _) in self.open {
            if let Some(entry) = self.tree.nodes.get_mut(index(open)) {
                entry.end = end;
            }
        }
        Ok(self.tree)
    }
}

impl<F: Fn(&str, &str) -> Descend> Growth<'_, F> {
    fn count(&self) -> u32 {
        u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX)
    }

    fn entry(&self, kind: Kind, parent: u32, span: (usize, usize)) -> Entry {
        Entry { kind, parent, end: self.count() + 1, span, ..NOTHING.clone() }
    }

    /// Puts octets of the document into the pool.
    fn put(&mut self, octets: &[u8]) -> Result<Place, ErrorKind> {
        let text = std::str::from_utf8(octets).map_err(|_| malformed("octets that are not UTF-8"))?;
        self.put_text(text)
    }

    fn put_text(&mut self, text: &str) -> Result<Place, ErrorKind> {
        if self.tree.pool.len().saturating_add(text.len()) > self.limits.tree_bytes {
            return Err(ErrorKind::Limit("tree_bytes"));
        }
        let start = u32::try_from(self.tree.pool.len()).map_err(|_| ErrorKind::Limit("tree_bytes"))?;
        self.tree.pool.push_str(text);
        let end = u32::try_from(self.tree.pool.len()).map_err(|_| ErrorKind::Limit("tree_bytes"))?;
        Ok(start..end)
    }

    fn declare(&mut self, prefix: &str, uri: &str) {
        if let (Ok(prefix), Ok(uri)) = (self.put_text(prefix), self.put_text(uri)) {
            self.tree.declarations.push(Declaration { prefix, uri });
        }
    }

    /// The place of a namespace URI in the pool.
    fn uri(&mut self, prefix: &[u8]) -> Result<Place, ErrorKind> {
        let uri = self.namespaces.resolve(prefix).unwrap_or_default();
        if uri.is_empty() {
            return Ok(0..0);
        }
        let known =
            self.uris.iter().rev().take(8).find(|place| self.tree.slice(place).as_bytes() == uri).cloned();
        if let Some(place) = known {
            return Ok(place);
        }
        let uri = uri.to_vec();
        let place = self.put(&uri)?;
        self.uris.push(place.clone());
        Ok(place)
    }

    fn token<I: Input>(&mut self, scanner: &Scanner<I>, token: Token) -> Result<(), ErrorKind> {
        let span = (scanner.token_start(), scanner.token_end());
        match token {
            Token::Start { empty, declares, .. } => self.start(scanner, empty, declares, span),
            Token::End { .. } => {
                self.end(span.1);
                Ok(())
            }
            Token::Text => match line_ends(scanner.slice(scanner.data())) {
                Cow::Borrowed(_) => self.text(scanner.text_at(scanner.data()), span, true),
                Cow::Owned(octets) => self.text(&String::from_utf8_lossy(&octets), span, true),
            },
            Token::CData => {
                let octets = line_ends(scanner.slice(scanner.data()));
                self.text(&String::from_utf8_lossy(&octets), span, false)
            }
            Token::Char(character) => {
                let literal = super::read::is_space(character);
                self.text(character.encode_utf8(&mut [0; 4]), span, literal)
            }
            Token::Comment => self.leaf(scanner, Kind::Comment, span),
            Token::ProcessingInstruction => self.leaf(scanner, Kind::ProcessingInstruction, span),
        }
    }

    fn add(&mut self, entry: Entry) -> Result<(), ErrorKind> {
        if self.tree.nodes.len() >= self.limits.tree_nodes {
            return Err(ErrorKind::Limit("tree_nodes"));
        }
        self.tree.nodes.push(entry);
        Ok(())
    }

    fn parent(&self) -> u32 {
        self.open.last().map_or(0, |(at, _)| *at)
    }

    fn start<I: Input>(
        &mut self,
        scanner: &Scanner<I>,
        empty: bool,
        declares: bool,
        span: (usize, usize),
    ) -> Result<(), ErrorKind> {
        self.namespaces.enter_checked(scanner, declares, self.limits)?;
        let name = scanner.name();
        let at = self.count();
        let pool = self.tree.pool.len();
        let mut entry = self.entry(Kind::Element, self.parent(), span);
        entry.name = self.put_text(scanner.text_at(name.span()))?;
        entry.local = entry.name.start + offset(name);
        entry.namespace = self.uri(scanner.slice(name.prefix()))?;
        let (first_attribute, first_declaration) = (self.tree.attributes.len(), self.tree.declarations.len());
        for attribute in scanner.attributes() {
            let value = value_of(scanner, attribute)?;
            if attribute.declares {
                let prefix = declared_prefix(scanner.slice(attribute.name.span())).unwrap_or_default();
                if prefix != b"xml" {
                    let prefix = self.put(prefix)?;
                    let uri = self.put(&value)?;
                    self.tree.declarations.push(Declaration { prefix, uri });
                }
                continue;
            }
            let name = self.put_text(scanner.text_at(attribute.name.span()))?;
            let prefix = scanner.slice(attribute.name.prefix());
            let namespace = if prefix.is_empty() { 0..0 } else { self.uri(prefix)? };
            let local = name.start + offset(attribute.name);
            let value = match &value {
                Cow::Borrowed(_) => self.put_text(scanner.text_at(attribute.value))?,
                Cow::Owned(value) => self.put(value)?,
            };
            self.tree.attributes.push(AttributeEntry { owner: at, name, local, namespace, value });
        }
        entry.attributes = range(first_attribute, self.tree.attributes.len());
        entry.declarations = range(first_declaration, self.tree.declarations.len());
        let wanted = (self.descend)(
            self.tree.slice(&entry.namespace),
            self.tree.slice(&(entry.local..entry.name.end)),
        );
        let at = match wanted == Descend::Together && self.is_one_of_many(&entry) {
            true => {
                self.tree.pool.truncate(pool);
                self.tree.attributes.truncate(first_attribute);
                self.tree.declarations.truncate(first_declaration);
                self.uris.retain(|place| index(place.end) <= pool);
                at - 1
            }
            false => {
                self.add(entry)?;
                at
            }
        };
        self.open.push((at, wanted == Descend::Whole));
        if empty {
            self.end(span.1);
        } else if matches!(wanted, Descend::Nothing | Descend::Together) {
            self.passed_over = 1;
        }
        Ok(())
    }

    /// Counts a sibling of which nothing is read. Whether it becomes part of the node before it.
    fn is_one_of_many(&mut self, entry: &Entry) -> bool {
        let (last, count) = self.together;
        let follows = last > 0
            && last + 1 == self.count()
            && self.tree.entry(last).parent == entry.parent
            && self.tree.entry(last).kind == Kind::Element;
        match follows {
            true if count >= TOLD_APART => return true,
            true => self.together = (self.count(), count + 1),
            false => self.together = (self.count(), 1),
        }
        false
    }

    fn end(&mut self, offset: usize) {
        self.namespaces.leave();
        let end = self.count();
        if let Some(entry) = self.open.pop().and_then(|(at, _)| self.tree.nodes.get_mut(index(at))) {
            entry.end = end;
            entry.span.1 = offset;
        }
    }

    /// Adds to the text before it, if there is one.
    fn text(&mut self, text: &str, span: (usize, usize), literal: bool) -> Result<(), ErrorKind> {
        if self.open.last().is_some_and(|(_, wants_text)| !wants_text) {
            return Ok(());
        }
        let parent = self.parent();
        let place = self.put_text(text)?;
        if let Some(last) = self.tree.nodes.last_mut()
            && last.kind == Kind::Text
            && last.parent == parent
            && last.value.end == place.start
        {
            last.value.end = place.end;
            last.span.1 = span.1;
            last.literal &= literal;
            return Ok(());
        }
        let entry = Entry { value: place, literal, ..self.entry(Kind::Text, parent, span) };
        self.add(entry)
    }

    fn leaf<I: Input>(
        &mut self,
        scanner: &Scanner<I>,
        kind: Kind,
        span: (usize, usize),
    ) -> Result<(), ErrorKind> {
        if self.open.last().is_some_and(|(_, wants_text)| !wants_text) {
            return Ok(());
        }
        let name = match kind {
            Kind::ProcessingInstruction => self.put(scanner.slice(scanner.name().span()))?,
            _ => 0..0,
        };
        let value = self.put(&line_ends(scanner.slice(scanner.data())))?;
        let entry = Entry { local: name.start, name, value, ..self.entry(kind, self.parent(), span) };
        self.add(entry)
    }
}

fn range(start: usize, end: usize) -> Place {
    u32::try_from(start).unwrap_or(0)..u32::try_from(end).unwrap_or(0)
}

/// Octets before the local part of a name.
fn offset(name: Name) -> u32 {
    u32::try_from(name.local - name.start).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Tree {
        parse(text.as_bytes(), &Limits::default()).expect("a tree")
    }

    #[test]
    fn names_text_and_structure() {
        let tree = tree(
            "<?t d?><a xmlns='u' xmlns:p='v' p:x='1' y='&amp;2'>b<![CDATA[c]]>&#100;<p:e/><!--n-->z</a><!--o-->",
        );
        let a = tree.element();
        assert!(a.is("u", "a"));
        assert_eq!((a.attribute_ns("v", "x"), a.attribute("y")), (Some("1"), Some("&2")));
        let kinds: Vec<_> = a.children().map(|child| (child.kind(), child.value())).collect();
        assert_eq!(
            kinds,
            [(Kind::Text, "bcd"), (Kind::Element, ""), (Kind::Comment, "n"), (Kind::Text, "z")]
        );
        assert_eq!(a.child("v", "e").map(Node::local), Some("e"));
        assert_eq!(a.text(), None);
        assert!(a.has_comment_or_instruction());
        assert_eq!(tree.root().children().count(), 3);
        assert_eq!(a.declarations().collect::<Vec<_>>(), [("", "u"), ("p", "v")]);
        assert_eq!(tree.at_offset(7), Some(a));
    }

    #[test]
    fn a_part_inherits_and_may_be_left_out() {
        let limits = Limits::default();
        let document =
            Document::read(b"<r xmlns:p='v'><p:s Id='x'><p:o><p:deep/></p:o>t</p:s></r>", &limits, &[])
                .expect("a document");
        let crate::xml::Identified::One(element) = document.identified("x") else { panic!("one element") };
        let tree = read(&document, Some(&element), &limits, |_, local| {
            if local == "o" { Descend::Nothing } else { Descend::Whole }
        })
        .expect("a tree");
        let s = tree.element();
        assert!(s.is("v", "s"));
        let o = s.child("v", "o").expect("o");
        assert_eq!(o.children().count(), 0);
        assert_eq!(o.span(), 27..47);
        assert_eq!(tree.root().declarations().collect::<Vec<_>>(), [("p", "v")]);
    }

    #[test]
    fn of_very_many_siblings_that_are_not_read_the_later_are_one_node() {
        let read = |inside: &str, limits: &Limits| {
            let text = format!("<s xmlns='v'><o>{inside}</o><p>t</p></s>");
            let document = Document::read(text.as_bytes(), limits, &[]).expect("a document");
            let own = |namespace: &str, local: &str| match (namespace, local) {
                ("v", "o") => Descend::Elements,
                ("v", _) => Descend::Whole,
                _ => Descend::Together,
            };
            let tree = super::read(&document, Some(&document.root()), limits, own)?;
            let s = tree.element();
            assert_eq!(s.child("v", "p").and_then(Node::text), Some("t"));
            let o = s.child("v", "o").expect("o");
            let children: Vec<_> =
                o.elements().map(|child| (child.local().to_owned(), child.span())).collect();
            Ok::<_, Error>((children, tree.pool.len(), tree.attributes.len()))
        };
        let limits = Limits { tree_nodes: 2000, ..Limits::default() };
        let child = "<r xmlns='' a='b'><t/></r>";
        let (children, ..) = read(&child.repeat(TOLD_APART), &limits).expect("a tree");
        assert_eq!(children.len(), TOLD_APART);
        let begin = "<s xmlns='v'><o>".len();
        let (children, pool, attributes) =
            read(&format!("{} {}", child.repeat(TOLD_APART), child.repeat(5000)), &limits).expect("a tree");
        assert_eq!((children.len(), attributes), (TOLD_APART, TOLD_APART));
        let last = children.last().cloned().expect("a child");
        assert_eq!(
            last,
            (
                "r".into(),
                begin + child.len() * (TOLD_APART - 1)..begin + child.len() * (TOLD_APART + 5000) + 1
            )
        );
        // Whatever comes after is read, and does not end up in the pool twice.
        let (_, more, _) = read(&child.repeat(20_000), &limits).expect("a tree");
        assert_eq!(pool, more);
        // What is read in between begins another row; comments and text between are nothing.
        let mixed = format!("{}<q>u</q>{}", child.repeat(500), child.repeat(500));
        assert_eq!(read(&mixed, &limits).expect("a tree").0.len(), 1001);
        let spread = format!("{child}<!--c--><?i d?>text").repeat(5000);
        assert_eq!(read(&spread, &limits).expect("a tree").0.len(), TOLD_APART);
        let error = read(&format!("{child}<q/>").repeat(1001), &limits).expect_err("too many");
        assert_eq!(error.kind, ErrorKind::Limit("tree_nodes"));
    }

    #[test]
    fn the_number_of_nodes_is_bounded() {
        let limits = Limits { tree_nodes: 3, ..Limits::default() };
        assert!(parse(b"<a>t</a>", &limits).is_ok());
        let error = parse(b"<a>t<b/></a>", &limits).expect_err("too many");
        assert_eq!(error.kind, ErrorKind::Limit("tree_nodes"));
    }
}
