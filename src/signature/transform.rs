//! Transforms (XML Signature 6.6): from what a reference names to the octets that are digested.
//!
//! Between transforms the data is either nodes of a document or octets. Nodes are a subtree less
//! some whole elements, which needs no tree, until an XPath chooses among them. Octets that a
//! transform wants as nodes are read by the same reader as the document. XSLT is never run.

use std::ops::Range;
use std::rc::Rc;

use super::Problem;
use super::reference::{Work, algorithm, decode_base64};
use crate::xml::c14n::nodeset::{NodeSet, canonicalize_nodes};
use crate::xml::c14n::{Apex, Canonicalization, Comments, Sink, canonicalize};
use crate::xml::xpath::{self, Expression, Operation};
use crate::xml::{self, DSIG, Document, Element, Identified, Limits, tree};

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const BASE64: &str = "http://www.w3.org/2000/09/xmldsig#base64";
const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
const FILTER2: &str = "http://www.w3.org/2002/06/xmldsig-filter2";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// Transforms of one reference, and filters of one XPath Filter 2.0 transform.
const MOST_TRANSFORMS: usize = 10;

/// One transform.
#[derive(Debug)]
pub(super) enum Transform {
    Enveloped,
    Canonicalization(Canonicalization),
    Base64,
    /// The expression and the offset of the XPath element, which is what `here()` means.
    XPath(Expression, usize),
    Filter2(Vec<(Operation, Expression)>, usize),
    Unsupported(String),
}

/// The parameters of a canonicalisation.
pub(super) fn canonicalization(element: tree::Node<'_>) -> Result<Canonicalization, Problem> {
    let uri = algorithm(element)?;
    let mut method = Canonicalization::from_uri(uri)
        .ok_or_else(|| Problem::CanonicalizationUnsupported(uri.to_owned()))?;
    let mut children = element.elements();
    if let Some(child) = children.next() {
        if !child.is(EXCLUSIVE, "InclusiveNamespaces") || children.next().is_some() {
            return Err(Problem::Malformed(format!("{} in a canonicalization", child.local())));
        }
        let list = child.attribute("PrefixList").unwrap_or_default();
        method.inclusive_prefixes = list
            .split_ascii_whitespace()
            .map(|prefix| if prefix == "#default" { String::new() } else { prefix.to_owned() })
            .collect();
    }
    Ok(method)
}

/// Reads the Transforms element.
pub(super) fn read(transforms: tree::Node<'_>) -> Result<Vec<Transform>, Problem> {
    let mut found = Vec::new();
    for transform in transforms.elements() {
        if !transform.is(DSIG, "Transform") {
            return Err(Problem::Malformed(format!("{} in Transforms", transform.local())));
        }
        if found.len() >= MOST_TRANSFORMS {
            return Err(Problem::Limit("transforms"));
        }
        found.push(read_one(transform)?);
    }
    Ok(found)
}

fn read_one(transform: tree::Node<'_>) -> Result<Transform, Problem> {
    let uri = algorithm(transform)?;
    let plain = |made: Transform| match transform.elements().next() {
        None => Ok(made),
        Some(child) => {
            Err(Problem::Malformed(format!("{} in a transform without parameters", child.local())))
        }
    };
    match uri {
        ENVELOPED => plain(Transform::Enveloped),
        BASE64 => plain(Transform::Base64),
        XPATH => {
            let mut children = transform.elements();
            let only = children.next().filter(|child| child.is(DSIG, "XPath"));
            let (Some(element), None) = (only, children.next()) else {
                return Err(Problem::Malformed("not exactly one XPath in an XPath transform".into()));
            };
            Ok(match expression(element)? {
                Some(expression) => Transform::XPath(expression, element.span().start),
                None => Transform::Unsupported(uri.to_owned()),
            })
        }
        FILTER2 => read_filter2(transform, uri),
        _ if Canonicalization::from_uri(uri).is_some() => {
            canonicalization(transform).map(Transform::Canonicalization)
        }
        _ => Ok(Transform::Unsupported(uri.to_owned())),
    }
}

fn read_filter2(transform: tree::Node<'_>, uri: &str) -> Result<Transform, Problem> {
    let mut operations = Vec::new();
    let mut here = 0;
    for element in transform.elements() {
        let operation = match element.attribute("Filter") {
            _ if !element.is(FILTER2, "XPath") => None,
            Some("intersect") => Some(Operation::Intersect),
            Some("subtract") => Some(Operation::Subtract),
            Some("union") => Some(Operation::Union),
            _ => None,
        };
        let Some(operation) = operation else {
            return Err(Problem::Malformed("an XPath Filter 2.0 transform that is not well-formed".into()));
        };
        if operations.len() >= MOST_TRANSFORMS {
            return Err(Problem::Limit("transforms"));
        }
        if operations.is_empty() {
            here = element.span().start;
        }
        match expression(element)? {
            Some(expression) => operations.push((operation, expression)),
            None => return Ok(Transform::Unsupported(uri.to_owned())),
        }
    }
    if operations.is_empty() {
        return Err(Problem::Malformed("an XPath Filter 2.0 transform without an XPath".into()));
    }
    Ok(Transform::Filter2(operations, here))
}

/// The expression in an element; `None` when it goes beyond the subset that is evaluated.
fn expression(element: tree::Node<'_>) -> Result<Option<Expression>, Problem> {
    let text = element.text().ok_or(Problem::Comment)?;
    let namespaces = |prefix: &str| element.namespace_of_prefix(prefix).map(str::to_owned);
    match Expression::parse(text, &namespaces) {
        Ok(expression) => Ok(Some(expression)),
        Err(error) => refuse(error),
    }
}

fn refuse<T>(error: xpath::Error) -> Result<Option<T>, Problem> {
    match error {
        xpath::Error::Unsupported(_) => Ok(None),
        xpath::Error::Limit(_) => Err(Problem::Limit("xpath")),
        other => Err(Problem::Malformed(format!("an XPath expression: {other}"))),
    }
}

/// Nodes of a document.
pub(super) struct Nodes<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) apex: Apex,
    pub(super) comments: Comments,
    /// Whole elements that are left out.
    pub(super) excluded: Vec<Range<usize>>,
    /// What an XPath chose, with the tree of the whole document that it chose from.
    pub(super) chosen: Option<(Rc<tree::Tree>, NodeSet)>,
}

/// What became of the nodes that a reference names.
pub(super) enum End<'d> {
    /// They were canonicalised, these and no others.
    Canonical(Nodes<'d>),
    /// Something else was made of them.
    Derived,
}

/// What transforms depend on besides their input.
pub(super) struct Context<'s> {
    /// The Signature element that holds the reference.
    pub(super) signature: Element,
    pub(super) limits: &'s Limits,
    /// The tree of the document of the signature, once something needed it.
    pub(super) tree: &'s std::cell::OnceCell<Rc<tree::Tree>>,
}

impl Context<'_> {
    /// Applies transforms to nodes of the signature's document.
    pub(super) fn apply<'d>(
        &self,
        nodes: Nodes<'d>,
        transforms: &[Transform],
        work: &mut Work,
        sink: &mut dyn Sink,
    ) -> Result<End<'d>, Problem> {
        self.nodes(nodes, transforms, work, sink, true)
    }

    fn nodes<'d>(
        &self,
        mut nodes: Nodes<'d>,
        transforms: &[Transform],
        work: &mut Work,
        sink: &mut dyn Sink,
        own: bool,
    ) -> Result<End<'d>, Problem> {
        for (at, transform) in transforms.iter().enumerate() {
            let rest = transforms.get(at + 1..).unwrap_or_default();
            match transform {
                Transform::Enveloped if own => nodes.leave_out(&self.signature),
                Transform::Enveloped => return Err(Problem::TransformUnsupported(ENVELOPED.to_owned())),
                Transform::Canonicalization(method) if rest.is_empty() => {
                    nodes.canonicalize(method, work, sink)?;
                    return Ok(End::Canonical(nodes));
                }
                Transform::Canonicalization(method) => {
                    let mut octets = Vec::new();
                    nodes.canonicalize(method, work, &mut octets)?;
                    self.octets(&octets, rest, work, sink)?;
                    return Ok(End::Derived);
                }
                Transform::Base64 => {
                    let text = nodes.text(self, work)?;
                    let octets = decode_base64(&text)
                        .ok_or_else(|| Problem::Malformed("content that is not base64".into()))?;
                    self.octets(&octets, rest, work, sink)?;
                    return Ok(End::Derived);
                }
                Transform::XPath(expression, here) => {
                    nodes.choose(self, own, *here, work, |tree, set, here, ids, budget| {
                        xpath::filter(tree, set, expression, here, ids, budget)
                    })?;
                }
                Transform::Filter2(operations, here) => {
                    nodes.choose(self, own, *here, work, |tree, set, here, ids, budget| {
                        xpath::filter2(tree, set, operations, here, ids, budget)
                    })?;
                }
                Transform::Unsupported(uri) => return Err(Problem::TransformUnsupported(uri.clone())),
            }
        }
        nodes.canonicalize(&Canonicalization::inclusive(), work, sink)?;
        Ok(End::Canonical(nodes))
    }

    /// Applies transforms to octets.
    pub(super) fn octets(
        &self,
        octets: &[u8],
        transforms: &[Transform],
        work: &mut Work,
        sink: &mut dyn Sink,
    ) -> Result<(), Problem> {
        work.spend(octets.len())?;
        let Some((first, rest)) = transforms.split_first() else {
            sink.write(octets);
            return Ok(());
        };
        match first {
            Transform::Base64 => {
                let text = std::str::from_utf8(octets).ok().and_then(decode_base64);
                let decoded = text.ok_or_else(|| Problem::Malformed("content that is not base64".into()))?;
                self.octets(&decoded, rest, work, sink)
            }
            Transform::Enveloped => Err(Problem::TransformUnsupported(ENVELOPED.to_owned())),
            Transform::Unsupported(uri) => Err(Problem::TransformUnsupported(uri.clone())),
            _ => {
                let document = Document::read(octets, self.limits, &[]).map_err(unread)?;
                let nodes = Nodes {
                    document: &document,
                    apex: Apex::Document,
                    comments: Comments::Kept,
                    excluded: Vec::new(),
                    chosen: None,
                };
                self.nodes(nodes, transforms, work, sink, false).map(|_| ())
            }
        }
    }
}

/// The problem that octets, or the tree of a document, could not be read.
pub(super) fn unread(error: xml::Error) -> Problem {
    match error.kind {
        xml::ErrorKind::Limit(limit) => Problem::Limit(limit),
        other => Problem::Malformed(format!("content that cannot be read: {other}")),
    }
}

impl Nodes<'_> {
    /// Octets of the document that lie between the ends of the apex.
    fn extent(&self) -> usize {
        match self.apex {
            Apex::Document => self.document.size(),
            Apex::Element(element) => element.end - element.start,
        }
    }

    fn leave_out(&mut self, element: &Element) {
        if let Some((tree, set)) = &mut self.chosen
            && let Some(node) = tree.at_offset(element.start)
        {
            set.remove_subtree(node);
        }
        self.excluded.push(element.span());
    }

    fn canonicalize(
        &self,
        method: &Canonicalization,
        work: &mut Work,
        sink: &mut dyn Sink,
    ) -> Result<(), Problem> {
        work.spend(self.extent())?;
        match &self.chosen {
            // What has no comments gets none, whatever the method would keep.
            None if self.comments == Comments::Dropped && method.comments == Comments::Kept => {
                let method = Canonicalization { comments: Comments::Dropped, ..method.clone() };
                canonicalize(self.document, self.apex, &self.excluded, &method, sink).map_err(unread)
            }
            None => canonicalize(self.document, self.apex, &self.excluded, method, sink).map_err(unread),
            Some((tree, set)) => {
                canonicalize_nodes(tree, set, method, sink);
                Ok(())
            }
        }
    }

    /// The tree of the whole document and the nodes of it that are meant.
    fn in_tree(&self, context: &Context<'_>, own: bool) -> Result<(Rc<tree::Tree>, NodeSet), Problem> {
        if let Some((tree, set)) = &self.chosen {
            return Ok((Rc::clone(tree), set.clone()));
        }
        let read = || tree::read(self.document, None, context.limits, |_, _| tree::Descend::Whole);
        let tree = match context.tree.get() {
            Some(tree) if own => Rc::clone(tree),
            _ => {
                let tree = Rc::new(read().map_err(unread)?);
                if own {
                    let _ = context.tree.set(Rc::clone(&tree));
                }
                tree
            }
        };
        let mut set = match self.apex {
            Apex::Document => NodeSet::document(&tree, self.comments),
            Apex::Element(element) => {
                let node = tree
                    .at_offset(element.start)
                    .ok_or_else(|| Problem::Malformed("an element that was not found again".into()))?;
                NodeSet::subtree(&tree, node, self.comments)
            }
        };
        for span in &self.excluded {
            if let Some(node) = tree.at_offset(span.start) {
                set.remove_subtree(node);
            }
        }
        Ok((tree, set))
    }

    /// Chooses among the nodes by XPath.
    fn choose(
        &mut self,
        context: &Context<'_>,
        own: bool,
        here: usize,
        work: &mut Work,
        filter: impl FnOnce(
            &tree::Tree,
            NodeSet,
            Option<tree::Node<'_>>,
            &dyn Fn(&str) -> Option<usize>,
            &mut xpath::Budget,
        ) -> Result<NodeSet, xpath::Error>,
    ) -> Result<(), Problem> {
        let (tree, set) = self.in_tree(context, own)?;
        work.spend(self.document.size())?;
        let here = if own { tree.at_offset(here) } else { None };
        let ids = |id: &str| match self.document.identified(id) {
            Identified::One(element) => tree.at_offset(element.start).map(tree::Node::index),
            _ => None,
        };
        match filter(&tree, set, here, &ids, &mut work.xpath) {
            Ok(set) => {
                self.chosen = Some((tree, set));
                Ok(())
            }
            Err(error) => match refuse::<()>(error)? {
                _ => Err(Problem::TransformUnsupported(XPATH.to_owned())),
            },
        }
    }

    /// The text of the nodes, without markup (XML Signature 6.6.2).
    fn text(&self, context: &Context<'_>, work: &mut Work) -> Result<String, Problem> {
        work.spend(self.extent())?;
        let (tree, set) = match (&self.chosen, self.apex) {
            (None, Apex::Element(element)) if self.excluded.is_empty() => {
                let tree =
                    tree::read(self.document, Some(&element), context.limits, |_, _| tree::Descend::Whole)
                        .map_err(unread)?;
                let set = NodeSet::document(&tree, self.comments);
                (Rc::new(tree), set)
            }
            _ => self.in_tree(context, false)?,
        };
        let mut text = String::new();
        for node in (0..tree.len()).filter_map(|at| tree.node(at)) {
            if node.kind() == tree::Kind::Text && set.contains(node) {
                text.push_str(node.value());
            }
        }
        Ok(text)
    }
}
