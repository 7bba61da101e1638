//! What timestamps are over that cover more than a signature value. An archive timestamp is over all there is
//! (EN 319 132-1, 5.5.2.2): what the references of the signature name, as
//! it was digested; SignedInfo, SignatureValue and KeyInfo; the unsigned properties before it; and all
//! Objects but the one that holds the properties. Each part is canonicalised by itself, in its place in the
//! document, and all are hashed as one. Other timestamps are over some of these parts.

use std::collections::HashSet;
use std::ops::Range;

use super::Problem;
use super::reference::{Reference, Surroundings};
use super::transform::unread;
use super::work::Work;
use super::xmldsig::{Parts, write_child};
use crate::xml::c14n::{Apex, Canonicalization, Sink, canonicalize};
use crate::xml::write::escape_attribute;
use crate::xml::{self, DSIG, Document, tree};

/// Writes all of it. `later` tells of each reference how many later signatures what it names is without;
/// `properties` are the unsigned ones to be covered, and the Object that is not.
pub(super) fn write(
    around: &Surroundings<'_, '_>,
    (signature, parts): (tree::Node<'_>, &Parts<'_>),
    later: &[usize],
    (properties, own): (&[tree::Node<'_>], &Range<usize>),
    method: &Canonicalization,
    work: &mut Work,
    sink: &mut dyn Sink,
) -> Result<(), Problem> {
    write_contents(around, parts, later, &|_| true, method, work, sink)?;
    let of_signature = [Some(parts.signed_info), Some(parts.value), parts.key_info];
    for part in of_signature.into_iter().flatten() {
        write_child(around, part.span(), method, work, sink)?;
    }
    write_properties(around, properties, method, work, sink)?;
    for object in signature.elements().filter(|child| child.is(DSIG, "Object")) {
        if object.span() != *own {
            write_child(around, object.span(), method, work, sink)?;
        }
    }
    Ok(())
}

/// Writes what the references name that are chosen, one after the other, as it was digested.
pub(super) fn write_contents(
    around: &Surroundings<'_, '_>,
    parts: &Parts<'_>,
    later: &[usize],
    is_chosen: &dyn Fn(tree::Node<'_>) -> bool,
    method: &Canonicalization,
    work: &mut Work,
    sink: &mut dyn Sink,
) -> Result<(), Problem> {
    let references = parts.signed_info.elements().filter(|child| child.is(DSIG, "Reference"));
    for (at, reference) in references.enumerate().filter(|(_, reference)| is_chosen(*reference)) {
        let later = later.get(at).copied().unwrap_or_default();
        Reference::read(reference)?.write_content(around, later, method, work, sink)?;
    }
    Ok(())
}

/// Writes unsigned properties, which all have one parent, each canonicalised by itself in a small document that
/// declares what is in scope where they stand.
pub(super) fn write_properties(
    around: &Surroundings<'_, '_>,
    properties: &[tree::Node<'_>],
    method: &Canonicalization,
    work: &mut Work,
    sink: &mut dyn Sink,
) -> Result<(), Problem> {
    let Some(first) = properties.first() else { return Ok(()) };
    let mut small = context(first.parent()).into_bytes();
    let declared = small.len();
    let mut places = Vec::with_capacity(properties.len());
    for property in properties {
        // What is in scope may be written with each of them.
        work.spend(declared.saturating_add(property.span().len()))?;
        let start = small.len();
        small.extend_from_slice(&around.document.octets(property.span()).map_err(unread)?);
        places.push(start..small.len());
    }
    small.extend_from_slice(b"</context>");
    let small = Document::read(&small, around.context.limits, &[]).map_err(unread)?;
    for place in places {
        let element = small
            .child_element(place.start, place.end, &small.root())
            .ok_or_else(|| Problem::Malformed("a part of the signature was not found again".into()))?;
        canonicalize(&small, Apex::Element(element), &[], method, sink).map_err(unread)?;
    }
    Ok(())
}

/// The start tag of an element that declares what is in scope in `parent`.
fn context(parent: Option<tree::Node<'_>>) -> String {
    let (mut prefixes, mut names) = (HashSet::new(), HashSet::new());
    let mut namespaces: Vec<(&str, &str)> = Vec::new();
    let mut attributes: Vec<(&str, &str)> = Vec::new();
    let mut next = parent;
    while let Some(node) = next {
        // The innermost counts.
        namespaces.extend(node.declarations().filter(|(prefix, _)| prefixes.insert(*prefix)));
        let of_xml = node.attributes().filter(|attribute| attribute.namespace() == xml::XML);
        let of_xml = of_xml.filter(|attribute| names.insert(attribute.local()));
        attributes.extend(of_xml.map(|attribute| (attribute.local(), attribute.value())));
        next = node.parent();
    }
    let mut tag = "<context".to_owned();
    for (prefix, uri) in namespaces.into_iter().filter(|(prefix, uri)| *prefix != "xml" && !uri.is_empty()) {
        let colon = if prefix.is_empty() { "" } else { ":" };
        tag.push_str(&format!(" xmlns{colon}{prefix}=\"{}\"", escape_attribute(uri)));
    }
    for (local, value) in attributes {
        tag.push_str(&format!(" xml:{local}=\"{}\"", escape_attribute(value)));
    }
    tag.push('>');
    tag
}
