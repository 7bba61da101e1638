//! What stands in a Signature and is no part of it: elements of other namespaces, and within its own ones the
//! text, the attributes and the processing instructions that these do not have. Whether somebody signed it is
//! for coverage to say.

use std::ops::Range;

use super::method::RSA_PSS;
use super::reference::Work;
use crate::xml::survey::{Part, PartKind};
use crate::xml::tree::{self, Descend, Kind, Node};
use crate::xml::{self, DSIG, Document, Element, Limits, WSSE, WSU, XADES};

/// The namespace of InclusiveNamespaces.
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// Further namespaces of what KeyInfo and transforms hold.
const PARTS: [&str; 5] = [
    "http://www.w3.org/2009/xmldsig11#",
    "http://www.w3.org/2001/04/xmldsig-more#",
    "http://www.w3.org/2002/06/xmldsig-filter2",
    RSA_PSS,
    WSSE,
];
/// The namespace of TokenType (WS-Security 1.1).
const WSSE11: &str = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd";
/// The namespace of the type that coordinates of a key have (RFC 4050, 3.3).
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Whether elements of a Signature and of its properties are in this namespace.
pub(super) fn is_own(namespace: &str) -> bool {
    namespace == DSIG || XADES.contains(&namespace) || PARTS.contains(&namespace) || namespace == EXCLUSIVE
}

/// Elements of other namespaces in a Signature, by offsets; and what is loose in those of its own. SignedInfo is
/// signed as it stands, and is without comments and instructions.
pub(super) fn strangers(signature: Node<'_>) -> (Vec<Range<usize>>, Vec<Part>) {
    let (mut elements, mut loose) = (Vec::new(), Vec::new());
    let signed = signature.child(DSIG, "SignedInfo").map_or(0..0, |node| node.index()..node.end());
    for node in (signature.index()..signature.end()).filter_map(|at| signature.tree().node(at)) {
        if node.kind() != Kind::Element {
            continue;
        }
        let span = node.span();
        if !is_own(node.namespace()) {
            elements.push(span);
            continue;
        }
        if signed.contains(&node.index()) {
            continue;
        }
        for (kind, bytes) in [
            (PartKind::Attributes, attributes(node)),
            (PartKind::Text, node.loose_text()),
            (PartKind::Instructions, instructions(node)),
        ] {
            if bytes > 0 {
                loose.push(Part { element: Element::at(span.start, span.end), kind, bytes });
            }
        }
    }
    (elements, loose)
}

/// Octets of the attributes of an element that it does not have by its schema. Those of XML itself are among them:
/// no schema of XML Signature, XAdES or what KeyInfo holds names `xml:lang`, `xml:space`, `xml:base` or `xml:id`.
/// That a canonical form of SignedInfo may hold those of Signature makes them no content that was signed.
fn attributes(node: Node<'_>) -> usize {
    let others = node.attributes().filter(|attribute| {
        let local = attribute.local();
        match attribute.namespace() {
            "" => !own_attributes(node).contains(&local),
            WSU | WSSE11 | XSI if PARTS.contains(&node.namespace()) => {
                !["Id", "TokenType", "type"].contains(&local)
            }
            _ => true,
        }
    });
    // With `="` and `"`.
    others.map(|other| other.name().len() + other.value().len() + 3).sum()
}

/// Attributes without a namespace that an element has by its schema.
fn own_attributes(node: Node<'_>) -> &'static [&'static str] {
    if node.namespace() != DSIG {
        return match XADES.contains(&node.namespace()) {
            true => &["Id", "Target", "URI", "ObjectReference", "referencedData", "Encoding", "Qualifier"],
            false => &[
                "Id",
                "URI",
                "URN",
                "Algorithm",
                "Value",
                "Usage",
                "ValueType",
                "EncodingType",
                "Filter",
                "PrefixList",
            ],
        };
    }
    match node.local() {
        "Object" => &["Id", "MimeType", "Encoding"],
        "SignatureProperty" => &["Id", "Target"],
        "Reference" | "RetrievalMethod" => &["Id", "URI", "Type"],
        "CanonicalizationMethod" | "SignatureMethod" | "DigestMethod" | "Transform" => &["Algorithm"],
        "Signature" | "SignatureValue" | "KeyInfo" | "Manifest" | "SignatureProperties" => &["Id"],
        _ => &[],
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
