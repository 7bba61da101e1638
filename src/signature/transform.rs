//! Transforms (XML Signature 6.6): from what a reference names to the octets that are digested.
//!
//! Between transforms the data is either nodes of a document or octets. Nodes are a subtree less
//! some whole elements, which needs no tree, until an XPath chooses among them. Octets that a
//! transform wants as nodes are read by the same reader as the document. XSLT is never run.

use std::cell::{Cell, OnceCell};
use std::collections::HashSet;

use super::Problem;
use super::reference::{algorithm, decode_base64};
use super::work::Work;
use crate::xml::c14n::{Apex, Canonicalization, Comments, NodeSet, Sink, canonicalize, canonicalize_nodes};
use crate::xml::cover::{Cover, Own, Spans};
use crate::xml::xpath::{self, Expression, Operation};
use crate::xml::{self, DSIG, Document, Element, Identified, Limits, tree};

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const BASE64: &str = "http://www.w3.org/2000/09/xmldsig#base64";
pub(super) const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
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
    /// Each filter with its expression and the offset of its element.
    Filter2(Vec<(Operation, Expression, usize)>),
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
    let mut found = Vec::with_capacity(2);
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
                Ok(expression) => Transform::XPath(expression, element.span().start),
                Err(beyond) => Transform::Unsupported(format!("{uri} ({beyond})")),
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
    let malformed = || Problem::Malformed("an XPath Filter 2.0 transform that is not well-formed".into());
    let mut operations = Vec::new();
    for element in transform.elements() {
        let operation = element.attribute("Filter").and_then(Operation::from_name);
        let operation = operation.filter(|_| element.is(FILTER2, "XPath")).ok_or_else(malformed)?;
        if operations.len() >= MOST_TRANSFORMS {
            return Err(Problem::Limit("transforms"));
        }
        match expression(element)? {
            Ok(expression) => operations.push((operation, expression, element.span().start)),
            Err(beyond) => return Ok(Transform::Unsupported(format!("{uri} ({beyond})"))),
        }
    }
    if operations.is_empty() { Err(malformed()) } else { Ok(Transform::Filter2(operations)) }
}

/// The identifiers that the expression in an XPath element of either transform names literally.
pub(super) fn identifiers(element: tree::Node<'_>) -> Vec<String> {
    match expression(element) {
        Ok(Ok(expression)) => expression.identifiers().map(str::to_owned).collect(),
        // It will be a problem when it is needed.
        _ => Vec::new(),
    }
}

/// Whether an element holds an expression.
pub(super) fn is_expression(element: tree::Node<'_>) -> bool {
    element.is(DSIG, "XPath") || element.is(FILTER2, "XPath")
}

/// The expression in an element, or what of it goes beyond the subset that is evaluated.
fn expression(element: tree::Node<'_>) -> Result<Result<Expression, String>, Problem> {
    let text = element.text().ok_or(Problem::Comment)?;
    let namespaces = |prefix: &str| element.namespace_of_prefix(prefix).map(str::to_owned);
    match Expression::parse(text, &namespaces, &xpath::Budget::default()) {
        Ok(expression) => Ok(Ok(expression)),
        Err(xpath::Error::Unsupported(what)) => Ok(Err(what)),
        Err(error) => Err(unevaluated(error)),
    }
}

/// The problem that an expression has no result.
fn unevaluated(error: xpath::Error) -> Problem {
    match error {
        xpath::Error::Unsupported(what) => Problem::TransformUnsupported(format!("{XPATH} ({what})")),
        xpath::Error::Budget(limit) => Problem::Limit(limit),
        other => Problem::Malformed(other.to_string()),
    }
}

/// Nodes of a document.
pub(super) struct Nodes<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) apex: Apex,
    pub(super) comments: Comments,
    /// Whole elements that are left out.
    pub(super) excluded: Spans,
    /// What an XPath chose of the tree of the whole document.
    pub(super) chosen: Option<NodeSet<'d>>,
}

impl<'d> Nodes<'d> {
    /// All of the document or of an element, but for comments.
    pub(super) fn whole(document: &'d Document<'d>, apex: Apex) -> Self {
        Self { document, apex, comments: Comments::Dropped, excluded: Spans::new(), chosen: None }
    }
}

/// What became of the nodes that a reference names.
pub(super) enum End<'d> {
    /// They were canonicalised, these and no others.
    Canonical(Nodes<'d>),
    /// Of the elements of the document's tree these parts are shown.
    Parts(Vec<Part>),
    /// All of their text is shown, neither markup nor attributes.
    Text,
    /// Something was chosen of octets that were made of them, which cannot be traced back.
    Unknown,
}

/// What is shown of an element.
#[derive(Clone, Copy)]
pub(super) struct Part {
    /// The element, by its place in the tree.
    pub(super) node: usize,
    /// All of it, comments aside.
    pub(super) whole: bool,
    /// What is its own.
    pub(super) own: Own,
    /// Its own tags, or an attribute or text of it.
    pub(super) some: bool,
    /// Something of it or of the elements in it.
    pub(super) any: bool,
}

impl Part {
    /// What is shown of what is left of it.
    fn and(self, other: Self) -> Self {
        Self {
            node: self.node,
            whole: self.whole && other.whole,
            own: self.own.with(other.own, |one, other| one && other),
            some: self.some && other.some,
            any: self.any && other.any,
        }
    }
}

/// What a set has of each element of its tree, in document order. Linear in the tree.
pub(super) fn parts(set: &NodeSet<'_>) -> Vec<Part> {
    let mut whole = set.whole_elements().into_iter().peekable();
    let mut end_of_whole = 0;
    let nodes = (1..set.tree().len()).filter_map(|at| set.tree().node(at));
    let part = |node: tree::Node<'_>| {
        if whole.next_if(|whole| whole.index() == node.index()).is_some() {
            end_of_whole = node.end();
        }
        let texts = || node.children().filter(|child| child.kind() == tree::Kind::Text);
        let has_attribute = |attribute| set.contains_attribute(attribute);
        let has_text = |text| set.contains(text);
        // Of an element with an instruction that is not chosen, not all is covered but elements.
        let mut instructions =
            node.children().filter(|child| child.kind() == tree::Kind::ProcessingInstruction);
        let own = Own {
            itself: set.contains(node),
            attributes: node.attributes().all(has_attribute),
            namespaces: set.contains_namespaces(node),
            text: texts().all(has_text),
            instructions: instructions.all(|instruction| set.contains(instruction)),
        };
        let some = own.itself || node.attributes().any(has_attribute) || texts().any(has_text);
        Part { node: node.index(), whole: node.index() < end_of_whole, own, some, any: some }
    };
    let mut parts: Vec<Part> = nodes.filter(|node| node.kind() == tree::Kind::Element).map(part).collect();
    let mut next = usize::MAX;
    for part in parts.iter_mut().rev() {
        part.any |= set.tree().node(part.node).is_some_and(|node| next < node.end());
        next = if part.any { part.node } else { next };
    }
    parts
}

/// Whether an element of which nothing is chosen bears the name of one that is, or of which something is, but not with
/// its parent.
fn has_twin(tree: &tree::Tree, parts: &[Part]) -> bool {
    let node = |part: &Part| tree.node(part.node);
    let is_chosen = |node: tree::Node<'_>| {
        let at = parts.binary_search_by_key(&node.index(), |part| part.node).ok();
        at.and_then(|at| parts.get(at)).is_some_and(|part| part.own.itself)
    };
    let is_meant = |node: &tree::Node<'_>| {
        node.parent().is_some_and(|above| above.kind() == tree::Kind::Element && !is_chosen(above))
    };
    let meant = parts.iter().filter(|part| part.some).filter_map(node).filter(is_meant);
    let names: HashSet<&str> = meant.map(tree::Node::local).collect();
    parts.iter().filter(|part| !part.some).filter_map(node).any(|node| names.contains(node.local()))
}

/// How much of octets is shown by what transforms made of them.
pub(super) enum Shown {
    All,
    /// These parts of the elements of the document that was read from them.
    Parts {
        parts: Vec<Part>,
        /// Whether an element of which nothing is shown bears the name of one that is.
        has_twin: bool,
        /// Octets of what is not shown, as written.
        left_out: usize,
    },
    Unknown,
}

/// What transforms of one document depend on besides their input.
#[derive(Clone, Copy)]
pub(super) struct Context<'d> {
    /// The Signature element that holds the reference; `None` in a document that is not the
    /// signature's.
    pub(super) signature: Option<Element>,
    pub(super) limits: &'d Limits,
    /// The tree of the document, once something needed it.
    pub(super) tree: &'d OnceCell<Result<tree::Tree, Problem>>,
}

impl<'d> Context<'d> {
    /// Applies transforms to nodes of the document.
    pub(super) fn apply(
        &self,
        mut nodes: Nodes<'d>,
        transforms: &[Transform],
        work: &mut Work,
        sink: &mut dyn Sink,
    ) -> Result<End<'d>, Problem> {
        for (at, transform) in transforms.iter().enumerate() {
            let rest = transforms.get(at + 1..).unwrap_or_default();
            match (transform, self.signature) {
                (Transform::Enveloped, Some(signature)) => nodes.leave_out(&signature),
                (Transform::Enveloped, None) => {
                    return Err(Problem::TransformUnsupported(ENVELOPED.to_owned()));
                }
                (Transform::Canonicalization(method), _) if rest.is_empty() => {
                    nodes.canonicalize(method, work, sink)?;
                    return Ok(End::Canonical(nodes));
                }
                (Transform::Canonicalization(method), _) => {
                    let mut octets = Bounded { octets: Vec::new(), left: self.limits.document_bytes };
                    nodes.canonicalize(method, work, &mut octets)?;
                    return match apply_to_octets(octets.all()?, rest, self.limits, work, sink)? {
                        Shown::All => Ok(End::Canonical(nodes)),
                        Shown::Parts { parts, .. } => nodes.narrowed(self, parts),
                        Shown::Unknown => Ok(End::Unknown),
                    };
                }
                (Transform::Base64, _) => {
                    let text = nodes.text(self, work)?;
                    let octets = decode_base64(&text)
                        .ok_or_else(|| Problem::Malformed("content that is not base64".into()))?;
                    return Ok(match apply_to_octets(&octets, rest, self.limits, work, sink)? {
                        Shown::All => nodes.shown_as_text(),
                        Shown::Parts { .. } | Shown::Unknown => End::Unknown,
                    });
                }
                (Transform::XPath(expression, here), _) => {
                    nodes.choose(self, work, |set, find, ids, budget| {
                        xpath::filter(set, expression, find(*here), ids, budget)
                    })?;
                }
                (Transform::Filter2(operations), _) => {
                    nodes.choose(self, work, |set, find, ids, budget| {
                        let operations: Vec<_> = operations
                            .iter()
                            .map(|(operation, expression, here)| (*operation, expression, find(*here)))
                            .collect();
                        xpath::filter2(set, &operations, ids, budget)
                    })?;
                }
                (Transform::Unsupported(uri), _) => return Err(Problem::TransformUnsupported(uri.clone())),
            }
        }
        nodes.canonicalize(&Canonicalization::inclusive(), work, sink)?;
        Ok(End::Canonical(nodes))
    }

    /// The tree of the whole document.
    pub(super) fn tree(&self, document: &Document<'_>) -> Result<&'d tree::Tree, Problem> {
        let whole = |_: bool, _: &str, _: &str| tree::Descend::Whole;
        let read = || tree::read(document, None, self.limits, whole).map_err(unread);
        // That there is none is kept too: very many references may ask.
        self.tree.get_or_init(read).as_ref().map_err(Clone::clone)
    }
}

/// Octets that are read again, of which there may be so many.
pub(super) struct Bounded {
    pub(super) octets: Vec<u8>,
    /// Nothing is taken any more once it is 0.
    pub(super) left: usize,
}

impl Bounded {
    fn all(&self) -> Result<&[u8], Problem> {
        if self.left == 0 { Err(Problem::Limit("document_bytes")) } else { Ok(&self.octets) }
    }
}

impl Sink for Bounded {
    fn write(&mut self, octets: &[u8]) {
        self.left = self.left.saturating_sub(octets.len());
        if self.left > 0 {
            self.octets.extend_from_slice(octets);
        }
    }
}

/// Applies transforms to octets. What wants nodes gets those of a document read from them.
pub(super) fn apply_to_octets(
    octets: &[u8],
    transforms: &[Transform],
    limits: &Limits,
    work: &mut Work,
    sink: &mut dyn Sink,
) -> Result<Shown, Problem> {
    work.spend(octets.len())?;
    let Some((first, rest)) = transforms.split_first() else {
        sink.write(octets);
        return Ok(Shown::All);
    };
    match first {
        Transform::Base64 => {
            let text = std::str::from_utf8(octets).ok().and_then(decode_base64);
            let decoded = text.ok_or_else(|| Problem::Malformed("content that is not base64".into()))?;
            Ok(match apply_to_octets(&decoded, rest, limits, work, sink)? {
                Shown::All => Shown::All,
                Shown::Parts { .. } | Shown::Unknown => Shown::Unknown,
            })
        }
        Transform::Enveloped => Err(Problem::TransformUnsupported(ENVELOPED.to_owned())),
        Transform::Unsupported(uri) => Err(Problem::TransformUnsupported(uri.clone())),
        _ => {
            let document = Document::read(octets, limits, &[]).map_err(unread)?;
            let tree = OnceCell::new();
            let context = Context { signature: None, limits, tree: &tree };
            let nodes = Nodes {
                document: &document,
                apex: Apex::Document,
                comments: Comments::Kept,
                excluded: Spans::new(),
                chosen: None,
            };
            Ok(match context.apply(nodes, transforms, work, sink)? {
                End::Canonical(Nodes { chosen: Some(set), .. }) if !set.omits_only(&|_| false) => {
                    shown(&document, set.tree(), parts(&set))?
                }
                End::Canonical(_) => Shown::All,
                End::Parts(parts) => shown(&document, context.tree(&document)?, parts)?,
                End::Text | End::Unknown => Shown::Unknown,
            })
        }
    }
}

/// What is shown of a document whose parts these are.
fn shown(document: &Document<'_>, tree: &tree::Tree, parts: Vec<Part>) -> Result<Shown, Problem> {
    let some = || {
        let some = parts.iter().filter(|part| part.some);
        some.filter_map(|part| Some((part, tree.node(part.node)?.span())))
    };
    let spans = some().filter(|(part, _)| part.whole).map(|(_, span)| span);
    let cover = Cover::new(spans, some().map(|(part, span)| (span.start, part.own.in_tags())));
    let (left, _none_more) = document.uncovered(&cover, usize::MAX).map_err(unread)?;
    let left_out = left.iter().map(|part| part.bytes).sum();
    Ok(Shown::Parts { has_twin: has_twin(tree, &parts), parts, left_out })
}

/// The problem that octets, or the tree of a document, could not be read.
pub(super) fn unread(error: xml::Error) -> Problem {
    unreadable(error.kind)
}

fn unreadable(kind: xml::ErrorKind) -> Problem {
    match kind {
        xml::ErrorKind::Limit(limit) => Problem::Limit(limit),
        xml::ErrorKind::Unreadable(detail) => Problem::Unreadable(detail),
        other => Problem::Malformed(format!("content that cannot be read: {other}")),
    }
}

/// Finds the element that begins at an offset.
type Find<'f, 'd> = dyn Fn(usize) -> Option<tree::Node<'d>> + 'f;

impl<'d> Nodes<'d> {
    /// Octets of the document that lie between the ends of the apex.
    fn extent(&self) -> usize {
        match self.apex {
            Apex::Document => self.document.size(),
            Apex::Element(element) => element.end - element.start,
        }
    }

    /// Whether what is left out holds all of it: an enveloped signature around its own content.
    pub(super) fn is_left_out(&self) -> bool {
        let Apex::Element(apex) = self.apex else { return false };
        self.excluded.iter().any(|span| span.start <= apex.start && apex.end <= span.end)
    }

    fn leave_out(&mut self, element: &Element) {
        if let Some(set) = &mut self.chosen
            && let Some(node) = set.tree().at_offset(element.start)
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
            None if self.is_left_out() => Ok(()),
            // What has no comments gets none, whatever the method would keep.
            None if self.comments == Comments::Dropped && method.comments == Comments::Kept => {
                let method = Canonicalization { comments: Comments::Dropped, ..method.clone() };
                canonicalize(self.document, self.apex, &self.excluded, &method, sink).map_err(unread)
            }
            None => canonicalize(self.document, self.apex, &self.excluded, method, sink).map_err(unread),
            Some(set) => canonicalize_nodes(set, method, work.left(), sink).map_err(unreadable),
        }
    }

    /// The nodes as a set of nodes of the tree.
    fn set(&self, context: &Context<'d>) -> Result<NodeSet<'d>, Problem> {
        if let Some(set) = &self.chosen {
            return Ok(set.clone());
        }
        let tree = context.tree(self.document)?;
        let comments = self.comments == Comments::Kept;
        let mut set = match self.apex {
            Apex::Document => NodeSet::document(tree, comments),
            Apex::Element(element) => {
                let node = tree
                    .at_offset(element.start)
                    .ok_or_else(|| Problem::Malformed("an element that was not found again".into()))?;
                NodeSet::subtree(tree, node, comments)
            }
        };
        for span in &self.excluded {
            if let Some(node) = tree.at_offset(span.start) {
                set.remove_subtree(node);
            }
        }
        Ok(set)
    }

    /// Chooses among the nodes by XPath. An identifier that several elements carry means none of them, as in a
    /// URI. One that an expression computes may not be known in a document with very many; what is chosen by
    /// it is not known either then.
    fn choose(
        &mut self,
        context: &Context<'d>,
        work: &mut Work,
        filter: impl FnOnce(
            NodeSet<'d>,
            &Find<'_, 'd>,
            &xpath::Ids<'_, 'd>,
            &mut xpath::Budget,
        ) -> Result<NodeSet<'d>, xpath::Error>,
    ) -> Result<(), Problem> {
        let set = self.set(context)?;
        work.spend(self.document.size())?;
        let tree = set.tree();
        // The expression stands in the signature's document; elsewhere `here()` means nothing.
        let find = |offset: usize| context.signature.and_then(|_| tree.at_offset(offset));
        let unknown = Cell::new(false);
        let several = OnceCell::new();
        let ids = |id: &str| match self.document.identified(id) {
            Identified::One(element) => tree.at_offset(element.start),
            Identified::Several => {
                several.get_or_init(|| id.to_owned());
                None
            }
            Identified::Nothing => {
                unknown.set(unknown.get() || !self.document.knows(id));
                None
            }
        };
        let chosen = filter(set, &find, &ids, &mut work.xpath).map_err(unevaluated)?;
        if let Some(id) = several.into_inner() {
            return Err(Problem::DuplicateIdentifier(id));
        }
        if unknown.get() {
            return Err(Problem::Limit("identifiers"));
        }
        self.chosen = Some(chosen);
        Ok(())
    }

    /// What is shown of the nodes when of their canonical octets, read again, these parts are: elements
    /// are written in document order (Canonical XML 2.2), so that each is found again by its place.
    fn narrowed(&self, context: &Context<'d>, shown: Vec<Part>) -> Result<End<'d>, Problem> {
        let mut parts = parts(&self.set(context)?);
        let written = parts.iter().filter(|part| part.own.itself).count();
        // What is written of an element without its tags is read again as another's.
        if written != shown.len() || parts.iter().any(|part| part.some && !part.own.itself) {
            return Ok(End::Unknown);
        }
        for (part, shown) in parts.iter_mut().filter(|part| part.own.itself).zip(shown) {
            *part = part.and(shown);
        }
        Ok(End::Parts(parts))
    }

    /// What is shown of the nodes by their text.
    fn shown_as_text(&self) -> End<'d> {
        let Some(set) = &self.chosen else { return End::Text };
        let nodes = (1..set.tree().len()).filter_map(|at| set.tree().node(at));
        let elements = nodes.filter(|node| node.kind() == tree::Kind::Element);
        let is_text = |child: &tree::Node<'_>| child.kind() == tree::Kind::Text && set.contains(*child);
        let is_any_text = |child: tree::Node<'_>| child.kind() == tree::Kind::Text;
        let part = |node: tree::Node<'_>| Part {
            node: node.index(),
            whole: false,
            own: Own {
                text: node.children().all(|child| !is_any_text(child) || is_text(&child)),
                ..Own::default()
            },
            some: node.children().any(|child| is_text(&child)),
            any: false,
        };
        End::Parts(elements.map(part).collect())
    }

    /// The text of the nodes, without markup (XML Signature 6.6.2).
    fn text(&self, context: &Context<'d>, work: &mut Work) -> Result<String, Problem> {
        work.spend(self.extent())?;
        if let (None, Apex::Element(element), []) = (&self.chosen, self.apex, self.excluded.as_slice()) {
            let read = |_: bool, _: &str, _: &str| tree::Descend::Whole;
            let tree = tree::read(self.document, Some(&element), context.limits, read).map_err(unread)?;
            return Ok(text_of(&tree, |_| true));
        }
        let set = self.set(context)?;
        Ok(text_of(set.tree(), |node| set.contains(node)))
    }
}

fn text_of(tree: &tree::Tree, wanted: impl Fn(tree::Node<'_>) -> bool) -> String {
    let nodes = (0..tree.len()).filter_map(|at| tree.node(at));
    nodes.filter(|node| node.kind() == tree::Kind::Text && wanted(*node)).map(tree::Node::value).collect()
}
