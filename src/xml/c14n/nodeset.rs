//! Node-sets over a tree: which of its nodes, attributes and namespace nodes a transform has kept.
//!
//! Three bit sets, one for each sort of node. In the model of XPath 1.0 (5.4) every element has a
//! namespace node of its own for each namespace in scope, the prefix `xml` among them; [`Axes`] numbers
//! them without making them: elements that declare nothing share the list of their parent.

use std::sync::Arc;

use crate::xml::XML;
use crate::xml::tree::{Attribute, Kind, Node, Tree};

/// A set of small numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::xml) struct Bits {
    words: Vec<u64>,
    length: usize,
}

impl Bits {
    fn new(length: usize, value: bool) -> Self {
        let mut bits = Self { words: vec![0; length.div_ceil(64)], length };
        if value {
            bits.set_range(0, length, true);
        }
        bits
    }

    fn get(&self, at: usize) -> bool {
        self.words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    fn set(&mut self, at: usize, value: bool) {
        if at < self.length
            && let Some(word) = self.words.get_mut(at / 64)
        {
            let bit = 1 << (at % 64);
            if value { *word |= bit } else { *word &= !bit }
        }
    }

    fn set_range(&mut self, start: usize, end: usize, value: bool) {
        let mut at = start;
        while at < end.min(self.length) {
            // Whole words at once.
            if at.is_multiple_of(64)
                && at + 64 <= end
                && let Some(word) = self.words.get_mut(at / 64)
            {
                *word = if value { u64::MAX } else { 0 };
                at += 64;
            } else {
                self.set(at, value);
                at += 1;
            }
        }
    }

    fn has_all(&self, start: usize, end: usize) -> bool {
        (start..end).all(|at| self.get(at))
    }

    fn combine(&mut self, other: &Self, operation: impl Fn(u64, u64) -> u64) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word = operation(*word, *other);
        }
    }
}

/// The namespace nodes of a tree and the numbers of its attributes.
#[derive(Debug)]
pub(in crate::xml) struct Axes<'t> {
    /// Every declaration: prefix and URI. The first is that of `xml`.
    declarations: Vec<(&'t str, &'t str)>,
    /// Lists of namespaces in scope, as indices of declarations, by prefix.
    lists: Vec<u32>,
    /// Of each node: where its list begins and ends, its first namespace node and its first attribute.
    places: Vec<Place>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    list: (u32, u32),
    namespaces: usize,
    attributes: usize,
}

impl<'t> Axes<'t> {
    fn new(tree: &'t Tree) -> Self {
        let mut axes = Self {
            declarations: vec![("xml", XML)],
            lists: vec![0],
            places: Vec::with_capacity(tree.len() + 1),
        };
        let mut next = Place { list: (0, 1), ..Place::default() };
        for node in (0..tree.len()).filter_map(|at| tree.node(at)) {
            let inherited =
                node.parent().and_then(|parent| axes.places.get(parent.index())).map_or((0, 1), |of| of.list);
            let list =
                if node.declarations().next().is_some() { axes.declare(inherited, node) } else { inherited };
            axes.places.push(Place { list, ..next });
            if node.kind() == Kind::Element {
                next.namespaces += usize::try_from(list.1 - list.0).unwrap_or(0);
                next.attributes += node.attributes().count();
            }
        }
        axes.places.push(Place { list: (0, 0), ..next });
        axes
    }

    /// Adds the list of an element that declares something.
    fn declare(&mut self, inherited: (u32, u32), node: Node<'t>) -> (u32, u32) {
        let mut list: Vec<u32> = self.list(inherited).to_vec();
        for declaration in node.declarations() {
            let found = list.binary_search_by(|at| self.declaration(*at).0.cmp(declaration.0));
            let number = u32::try_from(self.declarations.len()).unwrap_or(u32::MAX);
            match found {
                // An empty URI undeclares the default namespace.
                Ok(at) if declaration.1.is_empty() => drop(list.remove(at)),
                Ok(at) => list.splice(at..=at, [number]).for_each(drop),
                Err(_) if declaration.1.is_empty() => {}
                Err(at) => list.insert(at, number),
            }
            self.declarations.push(declaration);
        }
        let start = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
        self.lists.extend(list);
        (start, u32::try_from(self.lists.len()).unwrap_or(u32::MAX))
    }

    fn list(&self, range: (u32, u32)) -> &[u32] {
        let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        self.lists.get(at(range.0)..at(range.1)).unwrap_or_default()
    }

    fn declaration(&self, at: u32) -> (&'t str, &'t str) {
        usize::try_from(at).ok().and_then(|at| self.declarations.get(at)).copied().unwrap_or_default()
    }

    fn place(&self, at: usize) -> Place {
        self.places.get(at).copied().unwrap_or_default()
    }

    /// The namespace nodes of an element by prefix, that of `xml` among them: their numbers, prefixes
    /// and URIs. None of any other node.
    pub(in crate::xml) fn namespaces(
        &self,
        node: Node<'t>,
    ) -> impl Iterator<Item = (usize, &'t str, &'t str)> + '_ {
        let place = self.place(node.index());
        let list = if node.kind() == Kind::Element { self.list(place.list) } else { &[] };
        list.iter().enumerate().map(move |(at, declaration)| {
            let (prefix, uri) = self.declaration(*declaration);
            (place.namespaces + at, prefix, uri)
        })
    }

    /// The namespace node of an element with a number.
    pub(in crate::xml) fn namespace(&self, node: Node<'t>, number: usize) -> (&'t str, &'t str) {
        let place = self.place(node.index());
        let at = number.checked_sub(place.namespaces).and_then(|at| self.list(place.list).get(at));
        at.map_or(("", ""), |at| self.declaration(*at))
    }

    fn last(&self) -> Place {
        self.places.last().copied().unwrap_or_default()
    }
}

/// A set of nodes of one tree.
#[derive(Clone, Debug)]
pub struct NodeSet<'t> {
    tree: &'t Tree,
    axes: Arc<Axes<'t>>,
    nodes: Bits,
    attributes: Bits,
    namespaces: Bits,
}

impl PartialEq for NodeSet<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree)
            && (&self.nodes, &self.attributes, &self.namespaces)
                == (&other.nodes, &other.attributes, &other.namespaces)
    }
}

impl Eq for NodeSet<'_> {}

impl<'t> NodeSet<'t> {
    /// The set of no nodes.
    pub fn empty(tree: &'t Tree) -> Self {
        Self::new(tree, false)
    }

    fn new(tree: &'t Tree, value: bool) -> Self {
        let axes = Axes::new(tree);
        let last = axes.last();
        Self {
            tree,
            nodes: Bits::new(tree.len(), value),
            attributes: Bits::new(last.attributes, value),
            namespaces: Bits::new(last.namespaces, value),
            axes: Arc::new(axes),
        }
    }

    /// Every node of the tree, with comments or without (XML Signature 4.4.3.3).
    pub fn document(tree: &'t Tree, comments: bool) -> Self {
        let mut set = Self::new(tree, true);
        if !comments {
            set.remove_comments();
        }
        set
    }

    /// A node with everything in it, attributes and namespace nodes included.
    pub fn subtree(tree: &'t Tree, node: Node<'_>, comments: bool) -> Self {
        let mut set = Self::new(tree, false);
        set.insert_subtree(node);
        if !comments {
            set.remove_comments();
        }
        set
    }

    /// A set of no nodes over the same tree.
    pub fn emptied(&self) -> Self {
        let last = self.axes.last();
        Self {
            tree: self.tree,
            axes: Arc::clone(&self.axes),
            nodes: Bits::new(self.tree.len(), false),
            attributes: Bits::new(last.attributes, false),
            namespaces: Bits::new(last.namespaces, false),
        }
    }

    /// The tree whose nodes these are.
    pub fn tree(&self) -> &'t Tree {
        self.tree
    }

    pub(in crate::xml) fn axes(&self) -> &Arc<Axes<'t>> {
        &self.axes
    }

    /// Takes the comments out.
    pub fn remove_comments(&mut self) {
        for node in (0..self.tree.len()).filter_map(|at| self.tree.node(at)) {
            if node.kind() == Kind::Comment {
                self.nodes.set(node.index(), false);
            }
        }
    }

    /// Puts a node in with everything in it.
    pub fn insert_subtree(&mut self, node: Node<'_>) {
        self.set_subtree(node, true);
    }

    /// Takes a node out with everything in it.
    pub fn remove_subtree(&mut self, node: Node<'_>) {
        self.set_subtree(node, false);
    }

    fn set_subtree(&mut self, node: Node<'_>, value: bool) {
        let (first, after) = (self.axes.place(node.index()), self.axes.place(node.end()));
        self.nodes.set_range(node.index(), node.end(), value);
        self.attributes.set_range(first.attributes, after.attributes, value);
        self.namespaces.set_range(first.namespaces, after.namespaces, value);
    }

    /// Puts one node in, without attributes, namespace nodes and children.
    pub fn insert(&mut self, node: Node<'_>) {
        self.nodes.set(node.index(), true);
    }

    /// Puts one attribute in.
    pub fn insert_attribute(&mut self, attribute: Attribute<'_>) {
        self.attributes.set(attribute.index(), true);
    }

    pub(in crate::xml) fn insert_namespace(&mut self, number: usize) {
        self.namespaces.set(number, true);
    }

    /// Whether a node is in the set; it says nothing of what is in it.
    pub fn contains(&self, node: Node<'_>) -> bool {
        self.nodes.get(node.index())
    }

    /// Whether an attribute is in the set.
    pub fn contains_attribute(&self, attribute: Attribute<'_>) -> bool {
        self.attributes.get(attribute.index())
    }

    /// Whether the namespace node of an element for a prefix is in the set.
    pub fn contains_namespace(&self, element: Node<'t>, prefix: &str) -> bool {
        self.axes.namespaces(element).any(|(number, known, _)| known == prefix && self.namespaces.get(number))
    }

    /// Whether all namespace nodes of an element are, that of `xml` too: what chooses none leaves that out as well
    /// where nothing is declared.
    pub fn contains_namespaces(&self, element: Node<'t>) -> bool {
        let at = |index| self.axes.place(index).namespaces;
        self.namespaces.has_all(at(element.index()), at(element.index() + 1))
    }

    pub(in crate::xml) fn has_namespace(&self, number: usize) -> bool {
        self.namespaces.get(number)
    }

    /// Whether there is no node, attribute or namespace node.
    pub fn is_empty(&self) -> bool {
        [&self.nodes, &self.attributes, &self.namespaces]
            .iter()
            .all(|bits| bits.words.iter().all(|word| *word == 0))
    }

    /// Takes out what is not in `other`, which must be of the same tree.
    pub fn intersect(&mut self, other: &Self) {
        self.combine(other, |a, b| a & b);
    }

    /// Takes out what is in `other`, which must be of the same tree.
    pub fn subtract(&mut self, other: &Self) {
        self.combine(other, |a, b| a & !b);
    }

    /// Puts in what is in `other`, which must be of the same tree.
    pub fn unite(&mut self, other: &Self) {
        self.combine(other, |a, b| a | b);
    }

    fn combine(&mut self, other: &Self, operation: impl Fn(u64, u64) -> u64) {
        self.nodes.combine(&other.nodes, &operation);
        self.attributes.combine(&other.attributes, &operation);
        self.namespaces.combine(&other.namespaces, &operation);
    }

    /// Whether nothing of the document is missing but comments and the subtrees that `may_miss` names.
    /// Linear in the tree.
    pub fn omits_only(&self, may_miss: &dyn Fn(Node<'t>) -> bool) -> bool {
        let mut at = 1;
        while let Some(node) = self.tree.node(at) {
            if node.kind() == Kind::Element && may_miss(node) {
                at = node.end();
                continue;
            }
            let (first, after) = (self.axes.place(at), self.axes.place(at + 1));
            let there = node.kind() == Kind::Comment
                || self.contains(node)
                    && self.attributes.has_all(first.attributes, after.attributes)
                    && self.contains_namespaces(node);
            if !there {
                return false;
            }
            at += 1;
        }
        true
    }

    /// The largest elements of which nothing is missing but comments, in document order: what a
    /// signature over the set covers as a whole. Linear in the tree.
    pub fn whole_elements(&self) -> Vec<Node<'t>> {
        let count = self.tree.len();
        // Of each node, from the last to the first: whether it and all in it are there.
        let mut whole = Bits::new(count, true);
        for node in (1..count).rev().filter_map(|at| self.tree.node(at)) {
            let (first, after) = (self.axes.place(node.index()), self.axes.place(node.index() + 1));
            let there = node.kind() == Kind::Comment
                || self.contains(node)
                    && self.attributes.has_all(first.attributes, after.attributes)
                    && self.contains_namespaces(node);
            if !there {
                whole.set(node.index(), false);
            }
            if !whole.get(node.index())
                && let Some(parent) = node.parent()
            {
                whole.set(parent.index(), false);
            }
        }
        let mut found = Vec::new();
        let mut at = 1;
        while let Some(node) = self.tree.node(at) {
            if node.kind() == Kind::Element && whole.get(at) {
                found.push(node);
                at = node.end();
            } else {
                at += 1;
            }
        }
        found
    }
}
