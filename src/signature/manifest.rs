//! Manifests (XML Signature 5.1): lists of references that a signature covers as content. Its value does not depend on
//! what they name, so that this is checked besides, and covered as if SignedInfo named it: the digests are signed
//! wherever the Manifest stands. That decides one thing alone, which signature an entry takes away (6.6.4).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;

use super::coverage::{Around, Described};
use super::places::{self, Role, spans_inside};
use super::reference::{Covered, Reference, Surroundings};
use super::transform::unread;
use super::work::{NODE, Work};
use super::xmldsig::read_tree;
use super::{Covers, Problem};
use crate::xml::{DSIG, Element, tree};

/// The Manifest that a reference names and covers as a whole: of another any reference may have been put in.
fn named(covered: &Covered, around: &Surroundings<'_, '_>) -> Result<Option<Element>, Problem> {
    let Some(named) = covered.wholly() else { return Ok(None) };
    let is_manifest = around.document.is_named(&named, DSIG, "Manifest").map_err(unread)?;
    Ok(is_manifest.then_some(named))
}

/// The tree of an element, the making of which is counted: very many may lie within one another.
fn tree_of<'d>(
    element: &Element,
    around: &Surroundings<'_, 'd>,
    work: &mut Work,
) -> Result<Cow<'d, tree::Tree>, Problem> {
    work.spend(element.end - element.start)?;
    let tree = read_tree(around.document, element, around.context.limits).map_err(unread)?;
    work.spend(tree.len().saturating_mul(NODE))?;
    Ok(tree)
}

fn has_comment(element: tree::Node<'_>) -> bool {
    let mut inside = (element.index()..element.end()).filter_map(|at| element.tree().node(at));
    inside.any(|node| node.kind() == tree::Kind::Comment)
}

/// The signature in which a Manifest stands, if that is another than the one that covers it.
fn holder(manifest: &Element, around: &Surroundings<'_, '_>) -> Option<Element> {
    let signatures = around.document.signatures().iter();
    let innermost =
        signatures.filter(|signature| signature.contains(manifest)).max_by_key(|found| found.start);
    innermost.filter(|holder| **holder != around.signature).copied()
}

/// Whether what an entry of a Manifest covers is known exactly though another signature holds the Manifest. Of what is
/// around that one, it is what is taken away, where everybody else counts on it to be the own.
fn is_exact(covered: &Covered, holder: &Element) -> bool {
    let is_around = |span: &Range<usize>| span.start < holder.start && holder.end <= span.end;
    covered.content.covers != Covers::WholeDocument && !covered.spans.iter().any(is_around)
}

/// The Manifests of one signature, each of which is followed once.
pub(super) struct Manifests {
    /// Where those stand that were followed.
    known: HashSet<usize>,
    /// Those that are held, each with the reference that covers it. They come last: of one that is named too, less
    /// would be asked if what holds it came first. Those in other signatures come after the rest, so that whoever
    /// co-signs many still has room for the own.
    held: VecDeque<Held>,
    held_by_others: VecDeque<Held>,
    /// Where these stand, and the Objects outside of the signature that were looked into.
    met: HashSet<usize>,
    /// Of each reference how many entries of its Manifests were met.
    entries: HashMap<usize, usize>,
    /// Entries of those held that may be followed, and those outside of the signature that may be read; and how many of
    /// either were not.
    left: usize,
    left_outside: usize,
    passed_over: usize,
}

/// A Manifest that no reference of SignedInfo names.
struct Held {
    /// The reference that covers it.
    at: usize,
    manifest: Element,
    /// The signature in which it stands, if that is another: what it says of the signature that holds it is said of that
    /// one (XML Signature 6.6.4).
    holder: Option<Element>,
}

impl Manifests {
    /// None yet, and so many entries that are followed of those that no reference names.
    pub(super) fn new(entries: usize) -> Self {
        Self {
            known: HashSet::new(),
            held: VecDeque::new(),
            held_by_others: VecDeque::new(),
            met: HashSet::new(),
            entries: HashMap::new(),
            left: entries,
            left_outside: entries,
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
        match self.note(covered, None, around, work, described)? {
            Some(manifest) if self.known.insert(manifest.start) => {
                let named = Held { at, manifest, holder: holder(&manifest, around) };
                self.check((&named, true), signature, around, work, described)
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
        while let Some(held) = self.held.pop_front().or_else(|| self.held_by_others.pop_front()) {
            if self.known.insert(held.manifest.start) {
                self.check((&held, false), signature, around, work, described)?;
            }
        }
        if self.passed_over > 0 {
            described.facts.problems.push(Problem::ManifestLimit(self.passed_over));
        }
        Ok(())
    }

    /// Takes note of what is covered, if need be by a Manifest, and gives the Manifest that is named.
    fn note(
        &mut self,
        covered: Covered,
        by: Option<&Held>,
        around: &Surroundings<'_, '_>,
        work: &mut Work,
        described: &mut Described,
    ) -> Result<Option<Element>, Problem> {
        if covered.content.covers == Covers::File && covered.kind == Some(places::Kind::Manifest) {
            let uri = covered.content.uri.clone();
            described.facts.problems.push(Problem::ManifestElsewhere(uri));
        }
        if let Some(holder) = by.and_then(|by| by.holder).filter(|holder| !is_exact(&covered, holder)) {
            let is_of_properties = covered.kind == Some(places::Kind::SignedProperties);
            described.around.push(Around { uri: covered.content.uri, holder, is_of_properties });
            return Ok(None);
        }
        let named = named(&covered, around)?;
        if named.is_none()
            && let Err(problem) = self.hold(&covered, around, work, described)
        {
            described.facts.problems.push(problem);
        }
        let is_of_other =
            by.is_some_and(|by| by.holder.is_some() || !around.signature.contains(&by.manifest));
        described.covered.push(Covered { is_of_other, ..covered });
        Ok(named)
    }

    /// Takes note of the Manifests that a reference covers as a whole and does not name: those that its XPath chose,
    /// those in the signature's Objects, and those in an Object that is signed and stands elsewhere.
    fn hold(
        &mut self,
        covered: &Covered,
        around: &Surroundings<'_, '_>,
        work: &mut Work,
        described: &Described,
    ) -> Result<(), Problem> {
        let (at, own, document) = (covered.content.place.0, &around.signature, around.document);
        let chosen = |role| covered.meant.iter().filter(move |meant| meant.is_wholly_chosen(role));
        for manifest in chosen(Role::MANIFEST) {
            self.queue(at, manifest.element, around);
        }
        let mut placed = described.in_place.of_kind(places::Kind::Manifest).peekable();
        if placed.peek().is_some() {
            let inside = spans_inside(std::iter::once(covered), own);
            let placed = placed.filter(|element| inside.covers(element.start));
            placed.for_each(|manifest| self.queue(at, manifest, around));
        }
        // What its own Objects hold is in place.
        let is_own =
            |start| described.objects.binary_search_by_key(&start, |(object, _)| object.start).is_ok();
        let mut objects: Vec<(Element, bool)> =
            chosen(Role::Object).map(|meant| (meant.element, true)).collect();
        if let Some(named) = covered.wholly().filter(|named| !is_own(named.start))
            && document.is_named(&named, DSIG, "Object").map_err(unread)?
        {
            objects.push((named, false));
        }
        for (object, is_chosen) in objects {
            if is_own(object.start) || !self.met.insert(object.start) {
                continue;
            }
            let read;
            let node = if is_chosen {
                around.context.tree(document)?.at_offset(object.start)
            } else {
                work.spend(object.end - object.start)?;
                let is_manifest = |namespace: &str, local: &str| namespace == DSIG && local == "Manifest";
                if !document.has_child(&object, is_manifest).map_err(unread)? {
                    continue;
                }
                read = tree_of(&object, around, work)?;
                Some(read.element())
            };
            let children = node.into_iter().flat_map(tree::Node::elements);
            let mut manifests = children.filter(|child| child.is(DSIG, "Manifest")).peekable();
            if manifests.peek().is_none() {
                continue;
            }
            let spans = manifests.map(tree::Node::span);
            spans
                .filter_map(|span| document.child_element(span.start, span.end, &object))
                .for_each(|manifest| self.queue(at, manifest, around));
        }
        Ok(())
    }

    fn queue(&mut self, at: usize, manifest: Element, around: &Surroundings<'_, '_>) {
        if self.met.insert(manifest.start) {
            let holder = holder(&manifest, around);
            let held = if holder.is_some() { &mut self.held_by_others } else { &mut self.held };
            held.push_back(Held { at, manifest, holder });
        }
    }

    /// Checks the entries of a Manifest (XML Signature 5.1). The signature itself does not depend on them; a content
    /// that was changed is a fault unless the policy says otherwise, one that is not at hand is a note. Of a Manifest
    /// that no reference of SignedInfo names, entries that were signed as none, are not there or are too many are a note
    /// too: the signature is then over a thing that holds one. What comments bring about, which are not signed, is
    /// none, and neither is an entry whose Type says that it is to signed properties, which say who signed, or to a
    /// Manifest that is gone, which may have named them: whoever took them away would choose. Those that it names in
    /// turn come last.
    fn check(
        &mut self,
        (held, is_named): (&Held, bool),
        signature: tree::Node<'_>,
        around: &Surroundings<'_, '_>,
        work: &mut Work,
        described: &mut Described,
    ) -> Result<(), Problem> {
        let (at, manifest) = (held.at, &held.manifest);
        let read;
        // What an XPath chose stands in the tree of the document.
        let chosen = around.context.tree.get().and_then(|tree| tree.as_ref().ok()?.at_offset(manifest.start));
        let node = match signature.tree().at_offset(manifest.start).or(chosen) {
            Some(node) => node,
            // Each is read anew.
            None if !is_named && self.left_outside == 0 => {
                self.passed_over += 1;
                return Ok(());
            }
            None => match tree_of(manifest, around, work) {
                Ok(tree) => {
                    self.left_outside = self.left_outside.saturating_sub(1);
                    read = tree;
                    read.element()
                }
                Err(Problem::Malformed(_)) if !is_named => {
                    described.facts.problems.push(Problem::ManifestEntryUnread("Manifest".to_owned()));
                    return Ok(());
                }
                Err(problem) => return Err(problem),
            },
        };
        let within = held.holder.map(|holder| around.within(holder));
        for element in node.elements() {
            let kind = element.attribute("Type").and_then(places::Kind::of_type);
            let is_of_properties = kind == Some(places::Kind::SignedProperties);
            if !is_named && self.left == 0 {
                self.passed_over += 1;
                if is_of_properties {
                    return Err(Problem::Limit("references"));
                }
                continue;
            }
            let is_asked = is_named || is_of_properties;
            let place = self.entries.entry(at).or_default();
            // What is none is counted too: each may be told.
            let place = (at, Some(std::mem::replace(place, *place + 1)));
            let uri = element.attribute("URI");
            let untold = || uri.filter(|uri| !uri.is_empty()).unwrap_or(element.local()).to_owned();
            let reference = match self.read(element, is_named, work) {
                Ok(reference) => reference,
                Err(problem @ (Problem::Malformed(_) | Problem::Comment)) if !is_asked => {
                    let is_brought = problem == Problem::Comment && has_comment(element);
                    let unread = || Problem::ManifestEntryUnread(untold());
                    described.facts.problems.push(if is_brought { problem } else { unread() });
                    continue;
                }
                Err(problem) => return Err(problem),
            };
            let checked = reference.check(place, within.as_ref().unwrap_or(around), work);
            described.facts.digest_algorithms.push(reference.digest_uri);
            let problem = match checked {
                Ok(covered) => {
                    if let Some(manifest) = self.note(covered, Some(held), around, work, described)? {
                        self.queue(at, manifest, around);
                    }
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
                ) if !is_of_properties => uri.map_or_else(
                    || Problem::ManifestEntryUnread(untold()),
                    |uri| Problem::ManifestReferenceUnchecked(uri.to_owned()),
                ),
                (Problem::ReferenceNotFound(uri), _) if !is_named && kind.is_none() => {
                    Problem::ManifestReferenceMissing(uri)
                }
                // What its transforms cannot be applied to is not what was signed.
                (Problem::DigestMismatch(_) | Problem::Malformed(_), uri) => {
                    Problem::ManifestReferenceMismatch(uri.unwrap_or(element.local()).to_owned())
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
