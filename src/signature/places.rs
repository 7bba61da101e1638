//! The places that parts of a signature have in its Objects (XML Signature 4.5, 5; EN 319 132-1, 4.3). Whoever reads a
//! document looks for them there, so that a signed part that stands elsewhere while another is in its place is not what
//! will be read.

use crate::xml::tree::Node;
use crate::xml::{DSIG, Element, XADES};

/// Of what kind a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Manifest,
    SignatureProperties,
    QualifyingProperties,
    SignedProperties,
}

/// A part in its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) kind: Kind,
    pub(super) element: Element,
}

impl Kind {
    /// The kind with this name.
    pub(super) fn of(namespace: &str, local: &str) -> Option<Self> {
        match local {
            "Manifest" if namespace == DSIG => Some(Self::Manifest),
            "SignatureProperties" if namespace == DSIG => Some(Self::SignatureProperties),
            "QualifyingProperties" if XADES.contains(&namespace) => Some(Self::QualifyingProperties),
            "SignedProperties" if XADES.contains(&namespace) => Some(Self::SignedProperties),
            _ => None,
        }
    }
}

/// All that are in their places in a signature.
pub(super) fn of(signature: Node<'_>) -> Vec<Placed> {
    let mut found = Vec::new();
    let mut note = |node: Node<'_>, kinds: &[Kind]| {
        let kind = Kind::of(node.namespace(), node.local()).filter(|kind| kinds.contains(kind))?;
        let span = node.span();
        found.push(Placed { kind, element: Element::at(span.start, span.end) });
        Some(kind)
    };
    let objects = signature.elements().filter(|child| child.is(DSIG, "Object"));
    for part in objects.flat_map(Node::elements) {
        let kinds = [Kind::Manifest, Kind::SignatureProperties, Kind::QualifyingProperties];
        if note(part, &kinds) == Some(Kind::QualifyingProperties) {
            part.elements().for_each(|inner| {
                note(inner, &[Kind::SignedProperties]);
            });
        }
    }
    found
}
