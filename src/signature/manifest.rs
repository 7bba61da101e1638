//! Manifests (XML Signature 5.1): lists of references that a signature covers as content. Its value does not depend on
//! what they name, so that this is checked besides.

use std::collections::{HashMap, HashSet, VecDeque};

use super::Problem;
use super::coverage::Described;
use super::places::{self, spans_inside};
use super::reference::{Covered, Reference, Surroundings};
use super::transform::unread;
use super::work::Work;
use super::xmldsig::read_tree;
use crate::xml::{DSIG, Element, tree};

/// The Manifest that a reference names and covers as a whole: of another any reference may have been put in.
fn named(covered: &Covered, around: &Surroundings<'_, '_>) -> Result<Option<Element>, Problem> {
    let Some(named) = covered.wholly() else { return Ok(None) };
    let is_manifest = around.document.is_named(&named, DSIG, "Manifest").map_err(unread)?;
    Ok(is_manifest.then_some(named))
}

/// The Manifests that a reference covers as a whole and does not name: those that its XPath chose, and those in the
/// signature's Objects.
fn held(covered: &Covered, described: &Described, own: &Element) -> Vec<Element> {
    let chosen = covered.meant.iter().filter(|meant| meant.is_chosen_manifest());
    let mut found: Vec<Element> = chosen.map(|meant| meant.element).collect();
    let mut placed = described.in_place.of_kind(places::Kind::Manifest).peekable();
    if placed.peek().is_some() {
        let inside = spans_inside(std::iter::once(covered), own);
        found.extend(placed.filter(|element| inside.covers(element.start)));
    }
    found
}

/// The Manifests of one signature, each of which is followed once.
pub(super) struct Manifests {
    /// Where those stand that were met.
    known: HashSet<usize>,
    /// Those that are held, each with the reference that covers it. They come last: of one that is named too, less
    /// would be asked if what holds it came first.
    held: VecDeque<(usize, Element)>,
    /// Of each reference how many entries of its Manifests were met.
    entries: HashMap<usize, usize>,
    /// Entries of those held that may be followed, and how many were not.
    left: usize,
    passed_over: usize,
}

impl Manifests {
    /// None yet, and so many entries that are followed of those that no reference names.
    pub(super) fn new(entries: usize) -> Self {
        Self {
            known: HashSet::new(),
            held: VecDeque::new(),
            entries: HashMap::new(),
            left: entries,
            passed_over: 0,
        }
    }

    /// Takes note of what a reference covers, and follows the Manifest that it names, if it names one.
    pub(super) fn follow(
        &mut self,
        covered: Covered,
        signature: tree::Node<'_>,
        around: &Surroundings<'_, '_>,
        work: &mut Work,
        described: &mut Described,
    ) -> Result<(), Problem> {
        let at = covered.content.place.0;
        match self.note(covered, around, described)? {
            Some(manifest) if self.known.insert(manifest.start) => {
                self.check((at, &manifest, true), signature, around, work, described)
            }
            _ => Ok(()),
        }
    }

    /// Follows those that no reference of SignedInfo names.
    pub(super) fn follow_held(
        &mut self,
        signature: tree::Node<'_>,
        around: &Surroundings<'_, '_>,
        work: &mut Work,
        described: &mut Described,
    ) -> Result<(), Problem> {
        while let Some((at, manifest)) = self.held.pop_front() {
            if self.known.insert(manifest.start) {
                self.check((at, &manifest, false), signature, around, work, described)?;
            }
        }
        if self.passed_over > 0 {
            described.facts.problems.push(Problem::ManifestLimit(self.passed_over));
        }
        Ok(())
    }

    /// Takes note of what is covered, and gives the Manifest that is named.
    fn note(
        &mut self,
        covered: Covered,
        around: &Surroundings<'_, '_>,
        described: &mut Described,
    ) -> Result<Option<Element>, Problem> {
        let named = named(&covered, around)?;
        if named.is_none() {
            let held = held(&covered, described, &around.signature);
            self.held.extend(held.into_iter().map(|manifest| (covered.content.place.0, manifest)));
        }
        described.covered.push(covered);
        Ok(named)
    }

    /// Checks the entries of a Manifest (XML Signature 5.1). The signature itself does not depend on them; a content
    /// that was changed is a fault unless the policy says otherwise, one that is not at hand is a note. Of a Manifest
    /// that no reference of SignedInfo names, entries that are none, are not there or are too many are a note too: the
    /// signature is then over a thing that holds one. Those that it names in turn come last.
    fn check(
        &mut self,
        (at, manifest, is_named): (usize, &Element, bool),
        signature: tree::Node<'_>,
        around: &Surroundings<'_, '_>,
        work: &mut Work,
        described: &mut Described,
    ) -> Result<(), Problem> {
        let read;
        let node = match signature.tree().at_offset(manifest.start) {
            Some(node) => node,
            None => match read_tree(around.document, manifest, around.context.limits).map_err(unread) {
                Ok(tree) => {
                    read = tree;
                    read.element()
                }
                Err(problem) if is_named || matches!(problem, Problem::Unreadable(_)) => return Err(problem),
                Err(_) => {
                    described.facts.problems.push(Problem::ManifestEntryUnread("Manifest".to_owned()));
                    return Ok(());
                }
            },
        };
        for element in node.elements() {
            if !is_named && self.left == 0 {
                self.passed_over += 1;
                continue;
            }
            let place = self.entries.entry(at).or_default();
            // What is none is counted too: each may be told.
            let place = (at, Some(std::mem::replace(place, *place + 1)));
            let uri = element.attribute("URI");
            let untold = || uri.filter(|uri| !uri.is_empty()).unwrap_or(element.local()).to_owned();
            let reference = match self.read(element, is_named, work) {
                Ok(reference) => reference,
                Err(problem) if is_named => return Err(problem),
                Err(_) => {
                    described.facts.problems.push(Problem::ManifestEntryUnread(untold()));
                    continue;
                }
            };
            let checked = reference.check(place, around, work);
            described.facts.digest_algorithms.push(reference.digest_uri);
            let problem = match checked {
                Ok(covered) => {
                    let named = self.note(covered, around, described)?;
                    self.held.extend(named.map(|manifest| (at, manifest)));
                    continue;
                }
                Err(problem) => problem,
            };
            described.facts.problems.push(match (problem, uri) {
                (
                    Problem::ReferenceExternal(_)
                    | Problem::TransformUnsupported(_)
                    | Problem::DigestUnsupported(_),
                    uri,
                ) => uri.map_or_else(
                    || Problem::ManifestEntryUnread(untold()),
                    |uri| Problem::ManifestReferenceUnchecked(uri.to_owned()),
                ),
                (Problem::ReferenceNotFound(uri), _) if !is_named => Problem::ManifestReferenceUnchecked(uri),
                // What its transforms cannot be applied to is not what was signed.
                (Problem::DigestMismatch(_) | Problem::Malformed(_), uri) => {
                    Problem::ManifestReferenceMismatch(uri.unwrap_or_default().to_owned())
                }
                (problem, _) => problem,
            });
        }
        Ok(())
    }

    /// Reads an entry, which is counted.
    fn read(
        &mut self,
        element: tree::Node<'_>,
        is_named: bool,
        work: &mut Work,
    ) -> Result<Reference, Problem> {
        match is_named {
            true => work.reference()?,
            false => self.left = self.left.saturating_sub(1),
        }
        match element.is(DSIG, "Reference") {
            true => Reference::read(element),
            false => Err(Problem::Malformed(format!("{} in a Manifest", element.local()))),
        }
    }
}
