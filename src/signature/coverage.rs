//! What of the document each signature covers and what it does not: XPaths of both, and the check that
//! no unsigned element looks like a signed one. Each needs a walk over the document, made only where
//! a signature covers less than the whole.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::reference::{Covered, Work};
use super::{Covers, Problem, SignatureFacts, SignedContent, Uncovered};
use crate::xml::{self, Document, Element};

/// At most this many uncovered elements are listed for a signature.
const MOST_UNCOVERED: usize = 100;
/// At most this many elements are described by a path for one document.
const MOST_PATHS: usize = 2000;

/// A signature with what its references cover and the spans of its own Objects.
pub(super) struct Described {
    pub(super) facts: SignatureFacts,
    pub(super) covered: Vec<Covered>,
    /// The Objects in the signature, each with its child elements.
    pub(super) objects: Vec<(Element, Vec<Element>)>,
    /// Elements in the signature that are no part of one, by offsets.
    pub(super) foreign: Vec<Range<usize>>,
}

/// Fills in XPaths and what is not covered.
pub(super) fn describe(
    document: &Document<'_>,
    mut signatures: Vec<Described>,
    mut work: Work,
) -> Result<Vec<SignatureFacts>, xml::Error> {
    let root = document.root();
    let mut left: Vec<Vec<Element>> = Vec::with_capacity(signatures.len());
    for (at, described) in signatures.iter_mut().enumerate() {
        let needs_walk = !described.covered.is_empty() && !covers_whole(&described.covered);
        if needs_walk && !work.walk(document.size()) {
            described.facts.problems.push(Problem::Limit("coverage"));
            left.push(Vec::new());
            continue;
        }
        left.push(uncovered(document, at, described)?);
    }
    let named = signatures
        .iter()
        .flat_map(|described| described.covered.iter().filter_map(|covered| covered.element));
    let mut wanted: Vec<Element> = named.clone().collect();
    wanted.extend(left.iter().flatten());
    wanted.sort_unstable_by_key(|element| element.start);
    wanted.dedup_by_key(|element| element.start);
    let too_many = wanted.len() > MOST_PATHS;
    wanted.truncate(MOST_PATHS);
    let paths = paths(document, &wanted)?;
    let path_of = |element: &Element| paths.get(&element.start).cloned().unwrap_or_default();
    let twins = twins(document, &signatures, named.filter(|element| element.start != root.start).collect())?;
    // A signature that envelops another repeats its root by design; the outer one has its own verdict.
    let root_is_signature = document.signatures().iter().any(|signature| signature.start == root.start);
    let mut facts = Vec::with_capacity(signatures.len());
    for ((at, described), left) in signatures.into_iter().enumerate().zip(left) {
        let Described { facts: mut own, covered, .. } = described;
        if own.id.is_empty() {
            own.id = format!("signature-{}", at + 1);
        }
        if too_many && !covers_whole(&covered) {
            // Without its path it is not known where a signed element stands.
            own.problems.push(Problem::Limit("coverage"));
        }
        own.later_signatures = covered.iter().map(|covered| covered.later_signatures).max().unwrap_or(0);
        own.uncovered.extend(
            left.iter()
                .map(|element| Uncovered { xpath: path_of(element), bytes: element.end - element.start }),
        );
        if !covers_whole(&covered) {
            for element in covered.iter().filter_map(|covered| covered.element) {
                let path = path_of(&element);
                if twins.contains(&element.start) && in_signature(document, &element) {
                    own.problems.push(Problem::Wrapped(path));
                } else if twins.contains(&element.start) || (!root_is_signature && repeats_root(&path)) {
                    own.problems.push(Problem::UnsignedTwin(path));
                }
            }
        }
        let is_empty =
            |covered: &Covered| covered.content.bytes == 0 && covered.content.covers != Covers::File;
        if let Some(first) = covered.first().filter(|_| covered.iter().all(is_empty)) {
            own.problems.push(Problem::CoversNothing(first.content.uri.clone()));
        }
        own.contents = covered
            .into_iter()
            .map(|covered| SignedContent {
                xpath: match (covered.content.covers, covered.element) {
                    (Covers::File, _) => String::new(),
                    (_, Some(element)) => path_of(&element),
                    (_, None) => "/".to_owned(),
                },
                ..covered.content
            })
            .collect();
        facts.push(own);
    }
    Ok(facts)
}

/// Whether an element stands within an unsigned copy of the root: of `/r/x/r/signed`, one reader takes
/// the outer `r` for the document and another the inner one.
fn repeats_root(path: &str) -> bool {
    let mut locals = path.split('/').skip(1).map(|step| {
        let name = step.split('[').next().unwrap_or_default();
        name.rsplit(':').next().unwrap_or_default()
    });
    let root = locals.next();
    let mut ancestors: Vec<&str> = locals.collect();
    ancestors.pop();
    ancestors.iter().any(|local| Some(*local) == root)
}

fn covers_whole(covered: &[Covered]) -> bool {
    covered.iter().any(|covered| covered.content.covers == Covers::WholeDocument)
}

/// What a signature leaves uncovered: of the document, when it covers a part of it, and of its own
/// Objects.
fn uncovered(document: &Document<'_>, at: usize, described: &Described) -> Result<Vec<Element>, xml::Error> {
    if described.covered.is_empty() {
        return Ok(Vec::new());
    }
    let spans: Vec<Range<usize>> =
        described.covered.iter().flat_map(|covered| covered.spans.iter().cloned()).collect();
    let mut left: Vec<Element> = Vec::new();
    if !covers_whole(&described.covered) {
        let own = document.signatures().get(at).map(Element::span);
        let known: Vec<Range<usize>> = spans.iter().cloned().chain(own).collect();
        left = document.uncovered(&known, MOST_UNCOVERED)?.0;
    }
    // A span around the signature leaves the signature out.
    let own_start = document.signatures().get(at).map_or(0, |own| own.start);
    let within: Vec<&Range<usize>> = spans.iter().filter(|span| own_start <= span.start).collect();
    let is_covered =
        |element: &Element| within.iter().any(|span| span.start <= element.start && element.end <= span.end);
    let holds_covered =
        |element: &Element| within.iter().any(|span| element.start <= span.start && span.end <= element.end);
    for (object, children) in &described.objects {
        if holds_covered(object) {
            // A part of it is signed, as XAdES properties are: the other parts are not.
            left.extend(children.iter().filter(|child| !is_covered(child) && !holds_covered(child)));
        } else if !is_covered(object) {
            left.push(*object);
        }
    }
    for span in &described.foreign {
        let element = Element::at(span.start, span.end);
        if !is_covered(&element) && !left.iter().any(|listed| listed.contains(&element)) {
            left.push(element);
        }
    }
    left.truncate(MOST_UNCOVERED);
    Ok(left)
}

fn paths(document: &Document<'_>, wanted: &[Element]) -> Result<HashMap<usize, String>, xml::Error> {
    let found = document.xpaths(wanted)?;
    Ok(wanted.iter().map(|element| element.start).zip(found).collect())
}

/// Signed elements, by offset, beside which an unsigned element of the same name stands. Parts of
/// signatures are no content that could be mistaken.
fn twins(
    document: &Document<'_>,
    signatures: &[Described],
    named: Vec<Element>,
) -> Result<HashSet<usize>, xml::Error> {
    let mut seen = HashSet::new();
    let mut candidates = Vec::new();
    for element in named {
        if seen.insert(element.start)
            && !(in_signature(document, &element) && is_part_of_signature(document, &element)?)
        {
            candidates.push(element);
        }
    }
    if candidates.is_empty() {
        return Ok(HashSet::new());
    }
    let spans: Vec<Range<usize>> = signatures
        .iter()
        .flat_map(|described| described.covered.iter().flat_map(|covered| covered.spans.iter().cloned()))
        .chain(parts_of_signatures(document, signatures))
        // An element whose text was decoded is no twin of itself.
        .chain(signatures.iter().flat_map(|described| {
            let decoded = described.covered.iter().filter(|covered| covered.is_decoded);
            decoded.filter_map(|covered| covered.element).map(|element| element.start..element.start + 1)
        }))
        .collect();
    let found = document.have_twins(&candidates, &spans)?;
    Ok(found
        .into_iter()
        .zip(&candidates)
        .filter_map(|(has_twin, element)| has_twin.then_some(element.start))
        .collect())
}

/// The spans of signatures less the foreign elements in them, which may be mistaken for content.
fn parts_of_signatures(document: &Document<'_>, signatures: &[Described]) -> Vec<Range<usize>> {
    let mut foreign: Vec<&Range<usize>> =
        signatures.iter().flat_map(|described| &described.foreign).collect();
    foreign.sort_unstable_by_key(|span| span.start);
    let mut parts = Vec::new();
    for signature in document.signatures() {
        let mut start = signature.start;
        let first = foreign.partition_point(|span| span.start < signature.start);
        for span in foreign.get(first..).unwrap_or_default() {
            if span.start >= signature.end {
                break;
            }
            if span.start > start {
                parts.push(start..span.start);
            }
            start = start.max(span.end);
        }
        if start < signature.end {
            parts.push(start..signature.end);
        }
    }
    parts
}

fn in_signature(document: &Document<'_>, element: &Element) -> bool {
    document.signatures().iter().any(|signature| signature.contains(element))
}

fn is_part_of_signature(document: &Document<'_>, element: &Element) -> Result<bool, xml::Error> {
    let (namespace, _) = document.name(element)?;
    Ok(namespace == xml::DSIG || xml::XADES.contains(&namespace.as_str()))
}
