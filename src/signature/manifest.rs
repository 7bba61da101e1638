//! Manifests (XML Signature 5.1): lists of references that a signature covers as content. Its value does not depend on
//! what they name, so that this is checked besides.

use super::Problem;
use super::coverage::Described;
use super::places::{self, spans_inside};
use super::reference::{Covered, Reference, Surroundings, Work};
use super::transform::unread;
use super::xmldsig::read_tree;
use crate::xml::{DSIG, Element, tree};

/// The Manifest that a reference names and covers as a whole: of another any reference may have been put in.
pub(super) fn named(covered: &Covered, around: &Surroundings<'_, '_>) -> Result<Option<Element>, Problem> {
    let Some(named) = covered.wholly() else { return Ok(None) };
    let is_manifest = around.document.is_named(&named, DSIG, "Manifest").map_err(unread)?;
    Ok(is_manifest.then_some(named))
}

/// The Manifests that a reference covers as a whole and does not name: those that its XPath chose, and those in the
/// signature's Objects.
pub(super) fn held(covered: &Covered, described: &Described, own: &Element) -> Vec<Element> {
    let chosen = covered.meant.iter().filter(|meant| meant.is_chosen_manifest());
    let mut found: Vec<Element> = chosen.map(|meant| meant.element).collect();
    let mut placed = described.in_place.of_kind(places::Kind::Manifest).peekable();
    if placed.peek().is_some() {
        let inside = spans_inside(std::iter::once(covered), own);
        found.extend(placed.filter(|element| inside.covers(element.start)));
    }
    found
}

/// Checks the references of a Manifest (XML Signature 5.1). The signature itself does not depend on
/// them; a content that was changed is a fault unless the policy says otherwise, one that is not at hand is a note.
/// Of a Manifest that no reference names, what cannot be read or is beyond a limit is a note too: the signature is
/// then over a thing that holds one.
pub(super) fn check(
    (manifest, is_named): (&Element, bool),
    (place, count): &mut (usize, usize),
    signature: tree::Node<'_>,
    around: &Surroundings<'_, '_>,
    work: &mut Work,
    described: &mut Described,
) -> Result<(), Problem> {
    let own = signature.tree().at_offset(manifest.start);
    let read;
    let node = match own {
        Some(node) => node,
        None => {
            read = read_tree(around.document, manifest, around.context.limits).map_err(unread)?;
            read.element()
        }
    };
    for element in node.elements() {
        let at = std::mem::replace(count, *count + 1);
        // What is none is counted too: each may be told.
        let read = work.reference().and_then(|()| match element.is(DSIG, "Reference") {
            true => Reference::read(element),
            false => Err(Problem::Malformed(format!("{} in a Manifest", element.local()))),
        });
        let reference = match read {
            Ok(reference) => reference,
            Err(problem) if is_named => return Err(problem),
            Err(problem) => {
                let uri = element.attribute("URI").unwrap_or(element.local()).to_owned();
                described.facts.problems.push(Problem::ManifestReferenceUnchecked(uri));
                match problem {
                    Problem::Limit(_) => return Ok(()),
                    _ => continue,
                }
            }
        };
        described.facts.digest_algorithms.push(reference.digest_uri.clone());
        match reference.check((*place, Some(at)), around, work) {
            Ok(covered) => described.covered.push(covered),
            Err(
                Problem::ReferenceExternal(_)
                | Problem::TransformUnsupported(_)
                | Problem::DigestUnsupported(_),
            ) => {
                let uri = reference.uri.unwrap_or_default();
                described.facts.problems.push(Problem::ManifestReferenceUnchecked(uri));
            }
            Err(Problem::ReferenceNotFound(uri)) if !is_named => {
                described.facts.problems.push(Problem::ManifestReferenceUnchecked(uri));
            }
            Err(Problem::DigestMismatch(uri)) => {
                described.facts.problems.push(Problem::ManifestReferenceMismatch(uri));
            }
            Err(problem) => described.facts.problems.push(problem),
        }
    }
    Ok(())
}
