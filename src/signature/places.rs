//! The places that parts of a signature have in its Objects (XML Signature 4.5, 5; EN 319 132-1, 4.3). Whoever reads a
//! document looks for them there, so that a signed part that stands elsewhere while another is in its place is not what
//! will be read.

use std::collections::{HashMap, HashSet};

use super::coverage::Described;
use super::xades;
use crate::xml::tree::{self, Node};
use crate::xml::{DSIG, Element, XADES};

/// Of what kind a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Manifest,
    SignatureProperties,
    SignatureProperty,
    QualifyingProperties,
    SignedProperties,
}

/// A part in its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) kind: Kind,
    pub(super) element: Element,
}

/// What stands in the Objects of a signature.
#[derive(Debug, Default)]
pub(super) struct InPlace {
    pub(super) parts: Vec<Placed>,
    /// Offsets of the Objects with text or instructions beside child elements.
    mixed: HashSet<usize>,
}

impl Kind {
    /// The kind with this name.
    pub(super) fn of(namespace: &str, local: &str) -> Option<Self> {
        match local {
            "Manifest" if namespace == DSIG => Some(Self::Manifest),
            "SignatureProperties" if namespace == DSIG => Some(Self::SignatureProperties),
            "SignatureProperty" if namespace == DSIG => Some(Self::SignatureProperty),
            "QualifyingProperties" if XADES.contains(&namespace) => Some(Self::QualifyingProperties),
            "SignedProperties" if XADES.contains(&namespace) => Some(Self::SignedProperties),
            _ => None,
        }
    }

    /// What the Type of a reference says that it is to (XML Signature 5.1; EN 319 132-1, 4.3.1).
    pub(super) fn of_type(uri: &str) -> Option<Self> {
        match uri.strip_prefix(DSIG) {
            Some("Manifest") => Some(Self::Manifest),
            _ => xades::is_signed_properties(uri).then_some(Self::SignedProperties),
        }
    }
}

/// What is in its place in a signature.
pub(super) fn of(signature: Node<'_>) -> InPlace {
    let mut found = InPlace::default();
    for object in signature.elements().filter(|child| child.is(DSIG, "Object")) {
        let is_instruction = |child: Node<'_>| child.kind() == tree::Kind::ProcessingInstruction;
        if object.loose_text() > 0 || object.children().any(is_instruction) {
            found.mixed.insert(object.span().start);
        }
        for part in object.elements() {
            let inner = match kind_of(part) {
                Some(Kind::Manifest) => None,
                Some(Kind::QualifyingProperties) => Some(Kind::SignedProperties),
                Some(Kind::SignatureProperties) => Some(Kind::SignatureProperty),
                _ => continue,
            };
            let inside = part.elements().filter(|node| inner.is_some() && kind_of(*node) == inner);
            found.parts.extend(std::iter::once(part).chain(inside).filter_map(|node| {
                let span = node.span();
                Some(Placed { kind: kind_of(node)?, element: Element::at(span.start, span.end) })
            }));
        }
    }
    found
}

fn kind_of(node: Node<'_>) -> Option<Kind> {
    Kind::of(node.namespace(), node.local())
}

/// What stands in its place in a signature which does not sign it, and would be taken for a signed one of its kind.
pub(super) struct Rivals {
    /// Whether an Object holds something else than properties.
    pub(super) objects: bool,
    /// Of each kind the first two.
    parts: HashMap<Kind, Vec<usize>>,
    /// Offsets of all parts.
    placed: HashSet<usize>,
}

impl Rivals {
    /// Of a signature, by whether it covers the whole of an element in it.
    pub(super) fn of(described: &Described, is_covered: impl Fn(&Element) -> bool) -> Self {
        let mut parts: HashMap<Kind, Vec<usize>> = HashMap::new();
        let in_place = &described.in_place;
        for placed in in_place.parts.iter().filter(|placed| !is_covered(&placed.element)) {
            let of_kind = parts.entry(placed.kind).or_default();
            if of_kind.len() < 2 {
                of_kind.push(placed.element.start);
            }
        }
        // What is not signed of the properties is what others add.
        let properties = in_place.parts.iter().filter(|placed| placed.kind == Kind::QualifyingProperties);
        let properties: HashSet<usize> = properties.map(|placed| placed.element.start).collect();
        let is_no_content = |child: &Element| properties.contains(&child.start) || is_covered(child);
        let mut objects = described.objects.iter();
        let objects = objects.any(|(object, children)| {
            let is_bare = !children.is_empty() && !in_place.mixed.contains(&object.start);
            !(is_covered(object) || is_bare && children.iter().all(is_no_content))
        });
        Self { objects, parts, placed: in_place.parts.iter().map(|placed| placed.element.start).collect() }
    }

    /// Whether there is one for a signed `element`. Of properties it is the signed ones that are looked for. A signature
    /// may have properties of the other kind that are signed and some that are not, beside one another.
    pub(super) fn has(&self, kind: Kind, element: &Element) -> bool {
        let is_other = |start: &usize| *start != element.start;
        let has = |kind| self.parts.get(&kind).is_some_and(|starts| starts.iter().any(is_other));
        match kind {
            Kind::Manifest => has(kind),
            Kind::QualifyingProperties | Kind::SignedProperties => has(Kind::SignedProperties),
            Kind::SignatureProperties | Kind::SignatureProperty => {
                !self.placed.contains(&element.start) && has(kind)
            }
        }
    }

    /// Whether there is any of a kind.
    pub(super) fn has_any(&self, kind: Kind) -> bool {
        self.parts.contains_key(&kind)
    }
}
