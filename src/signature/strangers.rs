//! What stands in a Signature and is no part of it: elements of other namespaces or of names that no schema has,
//! and within its own ones the text, the attributes and the processing instructions that these do not have. What is
//! there to hold content is among it. Whether somebody signed it is for coverage to say.

use std::ops::Range;

use super::schema::{Holds, declared, is_own, may_hold};
use super::work::Work;
use crate::xml::cover::{Part, PartKind};
use crate::xml::tree::{self, Descend, Kind, Node};
use crate::xml::{self, DSIG, Document, Element, Limits, WSU};

/// The namespace of TokenType (WS-Security 1.1).
const WSSE11: &str = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd";
/// The namespace of attributes that any element may have (XML Schema 1, 2.6).
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Something in a Signature that is no part of it: there may be very many.
pub(super) struct Loose {
    /// Offsets of the element.
    pub(super) start: usize,
    end: usize,
    kind: PartKind,
    bytes: usize,
}

impl Loose {
    fn of(node: Node<'_>, kind: PartKind, bytes: usize) -> Self {
        let Range { start, end } = node.span();
        Self { start, end, kind, bytes }
    }

    pub(super) fn part(&self) -> Part {
        Part { element: Element::at(self.start, self.end), kind: self.kind, bytes: self.bytes }
    }
}

/// Elements of other namespaces in a Signature, by offsets; and what is loose in those of its own, which may be all
/// of one: of one that no schema has, and of one that is there to hold content.
pub(super) fn strangers(signature: Node<'_>) -> (Vec<Range<usize>>, Vec<Loose>) {
    let (mut elements, mut loose) = (Vec::new(), Vec::new());
    // SignedInfo is signed as it stands, and is without comments and instructions.
    let part = |local| signature.child(DSIG, local).map_or(0..0, |node| node.index()..node.end());
    let (signed, key_info) = (part("SignedInfo"), part("KeyInfo"));
    // Most elements are in the namespace of the one before, of which a tree has one copy.
    let mut last = ("", false);
    for node in (signature.index()..signature.end()).filter_map(|at| signature.tree().node(at)) {
        if node.kind() != Kind::Element {
            continue;
        }
        let span = node.span();
        let namespace = node.namespace();
        if !std::ptr::eq(namespace, last.0) {
            last = (namespace, is_own(namespace));
        }
        if !last.1 {
            elements.push(span);
            continue;
        }
        if signed.contains(&node.index()) {
            continue;
        }
        // Properties have no place in KeyInfo.
        let is_misplaced = key_info.contains(&node.index()) && xml::XADES.contains(&namespace)
            || node.index() != signature.index()
                && node
                    .parent()
                    .is_some_and(|above| !may_hold(above.namespace(), above.local(), node.local()));
        let Some(own) = declared(namespace, node.local()).filter(|_| !is_misplaced) else {
            loose.push(Loose::of(node, PartKind::Element, span.len()));
            continue;
        };
        // What the Objects of the signature hold is asked for by themselves.
        let is_object =
            node.local() == "Object" && node.parent().is_some_and(|above| above.index() == signature.index());
        if own.holds == Holds::Content && !is_object {
            loose.push(Loose::of(node, PartKind::Element, span.len()));
            continue;
        }
        for (kind, bytes) in [
            (PartKind::Attributes, attributes(node, own.attributes)),
            (PartKind::Text, text(node, own.holds)),
            (PartKind::Instructions, instructions(node)),
        ] {
            if bytes > 0 {
                loose.push(Loose::of(node, kind, bytes));
            }
        }
    }
    (elements, loose)
}

/// Octets of the attributes of an element that it does not have by its schema. Those of XML itself are among them:
/// no schema of XML Signature, XAdES or what KeyInfo holds names `xml:lang`, `xml:space`, `xml:base` or `xml:id`.
/// That a canonical form of SignedInfo may hold those of Signature makes them no content that was signed.
fn attributes(node: Node<'_>, own: &[&str]) -> usize {
    let others = node.attributes().filter(|attribute| {
        let local = attribute.local();
        match attribute.namespace() {
            "" => !own.contains(&local),
            WSU => local != "Id",
            WSSE11 => local != "TokenType",
            XSI => !["type", "nil", "schemaLocation", "noNamespaceSchemaLocation"].contains(&local),
            _ => true,
        }
    });
    // With `="` and `"`.
    others.map(|other| other.name().len() + other.value().len() + 3).sum()
}

/// Octets of the text of an element that is none of its value, white space alone aside.
fn text(node: Node<'_>, holds: Holds) -> usize {
    match node.value_text() {
        Some(text) if holds == Holds::Elements && !text.trim().is_empty() => text.len(),
        _ => node.loose_text(),
    }
}

/// Octets of the processing instructions right below an element.
fn instructions(node: Node<'_>) -> usize {
    let below = node.children().filter(|child| child.kind() == Kind::ProcessingInstruction);
    below.map(|instruction| instruction.span().len()).sum()
}

/// The longest gap between elements in an Object that is looked at before all of it is read.
const GAP: usize = 64 << 10;

/// The instructions right below an Object, which are not read with its signature: it may hold very much. If that
/// is more than a tree may hold, or than may still be read again, all of the Object is meant.
///
/// # Errors
/// When the document's file cannot be read.
pub(super) fn instructions_of_object(
    document: &Document<'_>,
    object: &Element,
    children: &[Element],
    work: &mut Work,
    limits: &Limits,
) -> Result<Option<Part>, xml::Error> {
    let mut from = object.start;
    let mut may_hold = false;
    for child in children.iter().map(Element::span).chain(std::iter::once(object.end..object.end)) {
        let gap = from..child.start.max(from);
        may_hold |= gap.len() > GAP || memchr::memmem::find(&document.octets(gap)?, b"<?").is_some();
        from = child.end;
    }
    if !may_hold {
        return Ok(None);
    }
    let whole = (PartKind::Element, object.end - object.start);
    let rule = |is_outermost: bool, _: &str, _: &str| match is_outermost {
        true => Descend::Whole,
        false => Descend::Together,
    };
    // Objects of nested signatures are read again for each.
    let (kind, bytes) = match work.walk(object.end - object.start) {
        false => whole,
        true => match tree::read_signature(document, object, limits, rule) {
            Ok(read) => (PartKind::Instructions, instructions(read.element())),
            Err(xml::Error { kind: xml::ErrorKind::Limit(_), .. }) => whole,
            Err(error) => return Err(error),
        },
    };
    Ok((bytes > 0).then_some(Part { element: *object, kind, bytes }))
}
