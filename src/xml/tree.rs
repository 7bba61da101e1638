//! A tree for documents and parts of known, modest size: forms, acts, the Signature element, and what
//! an XPath expression looks at. It is built by the one scanner and the one set of namespace rules.
//!
//! Nodes lie in document order in one vector, each with the index after its last descendant, so that
//! children, siblings and ancestry are arithmetic; all text lies in one string. A [`Node`] is a cursor.
//! The model is that of XPath 1.0 (5): one root, elements, text joined across CDATA sections and
//! references, comments, processing instructions, attributes, namespace declarations.

use std::borrow::Cow;
use std::ops::Range;

use smallvec::SmallVec;

pub(super) use self::growth::Growth;
use self::growth::Walk;
use super::index::Document;
use super::namespace::Namespaces;
use super::read::{Error, ErrorKind, Limits};

mod growth;

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

/// What of an element becomes part of a tree, by whether it is the outermost, its namespace and its local
/// name.
pub type Rule = fn(bool, &str, &str) -> Descend;

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
    /// Of an element whose text is not read: octets of it, unless all is white space.
    unread: usize,
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
    declarations: SmallVec<[Declaration; 4]>,
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
    unread: 0,
};

fn index(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

impl Tree {
    fn slice(&self, place: &Place) -> &str {
        self.pool.get(index(place.start)..index(place.end)).unwrap_or_default()
    }

    /// Whether a local name and the URI of a namespace are these. Octets are compared: that they are characters
    /// need not be seen again.
    #[inline]
    fn is_named(&self, local: Place, namespace: &Place, expected: (&str, &str)) -> bool {
        let octets = |place: &Place| self.pool.as_bytes().get(index(place.start)..index(place.end));
        octets(&local) == Some(expected.1.as_bytes()) && octets(namespace) == Some(expected.0.as_bytes())
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
    #[inline]
    pub fn is(self, namespace: &str, local: &str) -> bool {
        let entry = self.entry();
        entry.kind == Kind::Element
            && self.tree.is_named(entry.local..entry.name.end, &entry.namespace, (namespace, local))
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
        self.attributes().find(|attribute| attribute.is(namespace, local)).map(Attribute::value)
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

    /// The text without the comments and instructions between its parts, which are no part of a value (XPath 1.0,
    /// 5.2; XML Schema 1, 3.1.4); `None` with a child element.
    pub fn value_text(self) -> Option<Cow<'t, str>> {
        let mut value = Cow::Borrowed("");
        for child in self.children() {
            match child.kind() {
                Kind::Element | Kind::Root => return None,
                Kind::Text if value.is_empty() => value = Cow::Borrowed(child.value()),
                Kind::Text => value.to_mut().push_str(child.value()),
                Kind::Comment | Kind::ProcessingInstruction => {}
            }
        }
        Some(value)
    }

    /// Octets of text right below an element that has child elements too, read or not, white space alone aside.
    pub fn loose_text(self) -> usize {
        // One child, as most have whose value is text, or none.
        if self.end() <= self.index() + 2 {
            return self.entry().unread;
        }
        if self.elements().next().is_none() {
            return 0;
        }
        let texts = self.children().filter(|child| child.kind() == Kind::Text).map(Node::value);
        let read: usize = texts.filter(|text| !text.trim().is_empty()).map(str::len).sum();
        read + self.entry().unread
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

    /// Whether it has the expanded name.
    #[inline]
    pub fn is(self, namespace: &str, local: &str) -> bool {
        self.entry().is_some_and(|entry| {
            self.tree.is_named(entry.local..entry.name.end, &entry.namespace, (namespace, local))
        })
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
    read(&document, None, limits, |_, _, _| Descend::Whole)
}

/// The tree of a signature by the rule that the document was read with ([`Document::read_signed`]), made on
/// the way for the first of them.
///
/// # Errors
/// As [`read_signature`].
pub fn of_signature<'d>(
    document: &'d Document<'_>,
    element: &super::Element,
    limits: &Limits,
    rule: Rule,
) -> Result<Cow<'d, Tree>, Error> {
    match document.tree_ahead(element, rule) {
        Some(tree) => Ok(Cow::Borrowed(tree)),
        None => read_signature(document, element, limits, rule).map(Cow::Owned),
    }
}

/// What of limits a part of a signature has.
pub(super) fn signature_limits(limits: &Limits) -> Limits {
    Limits { tree_bytes: limits.signature_bytes.min(limits.tree_bytes), ..limits.clone() }
}

/// Reads the tree of a part of a signature.
///
/// # Errors
/// As [`read`], and when it is more than `limits.signature_bytes`.
pub fn read_signature(
    document: &Document<'_>,
    element: &super::Element,
    limits: &Limits,
    descend: impl Fn(bool, &str, &str) -> Descend,
) -> Result<Tree, Error> {
    read(document, Some(element), &signature_limits(limits), descend).map_err(|error| match error.kind {
        ErrorKind::Limit("tree_bytes") => Error { kind: ErrorKind::Limit("signature_bytes"), ..error },
        _ => error,
    })
}

/// Reads the whole document, or the subtree of `element`; `descend` says how much of the content of an
/// element is read, by whether it is the outermost, its namespace and its local name.
///
/// # Errors
/// When it is more than `limits.tree_nodes` or `limits.tree_bytes`.
pub fn read(
    document: &Document<'_>,
    element: Option<&super::Element>,
    limits: &Limits,
    descend: impl Fn(bool, &str, &str) -> Descend,
) -> Result<Tree, Error> {
    let inherited = element.map(|element| document.inherited_namespaces(element)).unwrap_or_default();
    let size = element.map_or(document.size(), |element| element.end - element.start);
    let start = element.map_or(0, |element| element.start);
    let growth = Growth::new(start, size, document.size(), &inherited, limits, descend);
    let mut scope = Namespaces::default();
    scope.enter();
    for (prefix, uri) in &inherited {
        scope.declare(prefix.as_bytes(), uri.as_bytes());
    }
    document.pass(element, Walk { growth, scope })
}

#[cfg(test)]
mod tests {
    use super::growth::TOLD_APART;
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
        let tree = read(&document, Some(&element), &limits, |_, _, local| {
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
            let own = |_: bool, namespace: &str, local: &str| match (namespace, local) {
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
