//! A small owned tree for documents of known, modest size: forms, acts, the Signature element.
//! It is built by the same checked reader; text is joined across CDATA and references.

use super::index::Document;
use super::namespace::Namespaces;
use super::read::{
    Error, ErrorKind, Limits, Reader, Token, attribute_value, line_ends, malformed, split_name,
};

/// An attribute that is not a namespace declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    pub namespace: Option<String>,
    pub local: String,
    /// The normalised value.
    pub value: String,
}

/// A node below an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Element(Element),
    Text(String),
    Comment,
    ProcessingInstruction,
}

/// An element with everything in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    pub namespace: Option<String>,
    pub local: String,
    pub attributes: Vec<Attribute>,
    pub children: Vec<Node>,
    /// Offset of `<` in the document.
    pub offset: usize,
    /// Offset after the last `>`.
    pub end: usize,
}

impl Element {
    /// The value of an attribute without a namespace.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.namespace.is_none() && attribute.local == local)
            .map(|attribute| attribute.value.as_str())
    }

    /// The child elements, in order.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            _ => None,
        })
    }

    /// Whether the element has this expanded name.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.local == local && self.namespace.as_deref().unwrap_or_default() == namespace
    }

    /// The first child with this expanded name.
    pub fn child(&self, namespace: &str, local: &str) -> Option<&Element> {
        self.elements().find(|element| element.is(namespace, local))
    }

    /// The text, if there is nothing but text: `None` with a child element, comment or instruction.
    pub fn text(&self) -> Option<String> {
        let mut text = String::new();
        for node in &self.children {
            match node {
                Node::Text(piece) => text.push_str(piece),
                _ => return None,
            }
        }
        Some(text)
    }

    /// Whether there is a comment or a processing instruction anywhere inside.
    pub fn has_comment_or_instruction(&self) -> bool {
        self.children.iter().any(|node| match node {
            Node::Comment | Node::ProcessingInstruction => true,
            Node::Element(element) => element.has_comment_or_instruction(),
            Node::Text(_) => false,
        })
    }
}

/// Reads a whole document as a tree.
///
/// # Errors
/// As [`Document::read`], and when it has more than `limits.tree_nodes` nodes.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Element, Error> {
    let document = Document::read(bytes, limits, &[])?;
    let root = document.root();
    read(&document, &root, limits, |_, _| true)
}

/// Reads the subtree of `element`; where `descend` answers false for the namespace and local name of
/// an element, its content is passed over.
///
/// # Errors
/// When the subtree has more than `limits.tree_nodes` nodes.
pub fn read(
    document: &Document<'_>,
    element: &super::Element,
    limits: &Limits,
    descend: impl Fn(&str, &str) -> bool,
) -> Result<Element, Error> {
    let mut reader = Reader::span(document.text(), element.start, element.end);
    let mut namespaces = Namespaces::default();
    namespaces.enter();
    for (prefix, uri) in document.inherited_namespaces(element) {
        namespaces.declare(prefix, uri);
    }
    let mut scratch = Vec::new();
    let mut open: Vec<Element> = Vec::new();
    let mut passed_over = 0_usize;
    let mut nodes = 0_usize;
    while let Some(token) = reader.next_token_at_depth(open.len() + passed_over)? {
        let at = reader.token_start();
        if passed_over > 0 {
            match token {
                Token::Start { empty: false, .. } => passed_over += 1,
                Token::End { .. } => passed_over -= 1,
                _ => {}
            }
            if passed_over > 0 {
                continue;
            }
        }
        nodes += 1;
        if nodes > limits.tree_nodes {
            return Err(reader.error(ErrorKind::Limit("tree_nodes"), at));
        }
        let node = match token {
            Token::Start { name, attributes, empty } => {
                namespaces
                    .enter_checked(name, attributes, limits, &mut scratch)
                    .map_err(|kind| reader.error(kind, at))?;
                let mut element = Element {
                    namespace: expanded(&namespaces, split_name(name).0),
                    local: split_name(name).1.to_owned(),
                    attributes: Vec::with_capacity(scratch.len()),
                    children: Vec::new(),
                    offset: at,
                    end: reader.token_end(),
                };
                for attribute in &scratch {
                    let (prefix, local) = split_name(attribute.name);
                    element.attributes.push(Attribute {
                        namespace: match prefix {
                            "" => None,
                            _ => expanded(&namespaces, prefix),
                        },
                        local: local.to_owned(),
                        value: attribute_value(attribute.raw)
                            .map_err(|kind| reader.error(kind, at))?
                            .into_owned(),
                    });
                }
                if !empty {
                    if !descend(element.namespace.as_deref().unwrap_or_default(), &element.local) {
                        passed_over = 1;
                    }
                    open.push(element);
                    continue;
                }
                namespaces.leave();
                Node::Element(element)
            }
            Token::End { .. } => {
                namespaces.leave();
                let Some(mut element) = open.pop() else { break };
                element.end = reader.token_end();
                Node::Element(element)
            }
            Token::Text(raw) => Node::Text(line_ends(raw).into_owned()),
            Token::CData(data) => Node::Text(line_ends(data).into_owned()),
            Token::Char(character) => Node::Text(character.to_string()),
            Token::Comment(_) => Node::Comment,
            Token::ProcessingInstruction { .. } => Node::ProcessingInstruction,
        };
        match (open.last_mut(), node) {
            (None, Node::Element(root)) => return Ok(root),
            (None, _) => {}
            (Some(parent), Node::Text(piece)) => match parent.children.last_mut() {
                Some(Node::Text(text)) => text.push_str(&piece),
                _ => parent.children.push(Node::Text(piece)),
            },
            (Some(parent), node) => parent.children.push(node),
        }
    }
    Err(reader.error(malformed("an element is not closed"), element.start))
}

fn expanded(namespaces: &Namespaces<'_>, prefix: &str) -> Option<String> {
    namespaces.resolve(prefix).filter(|uri| !uri.is_empty()).map(str::to_owned)
}
