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
/// At most this many elements that an XPath chose are described by their paths.
const MOST_CHOSEN: usize = 100;
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
    let signed: Vec<Vec<Element>> =
        signatures.iter().map(|described| described.covered.iter().flat_map(elements).collect()).collect();
    let shown = signatures.iter().flat_map(|described| &described.covered);
    let mut wanted: Vec<Element> =
        shown.flat_map(|covered| elements(covered).into_iter().take(MOST_CHOSEN)).collect();
    wanted.extend(left.iter().flatten());
    wanted.sort_unstable_by_key(|element| element.start);
    wanted.dedup_by_key(|element| element.start);
    let too_many = wanted.len() > MOST_PATHS;
    wanted.truncate(MOST_PATHS);
    let paths = paths(document, &wanted)?;
    let path_of = |element: &Element| paths.get(&element.start).cloned().unwrap_or_default();
    let twins = twins(document, &signatures, &signed)?;
    // A signature that envelops another repeats its root by design; the outer one has its own verdict.
    let root_is_signature = document.signatures().iter().any(|signature| signature.start == root.start);
    let mut facts = Vec::with_capacity(signatures.len());
    for (((at, described), left), twins) in signatures.into_iter().enumerate().zip(left).zip(twins) {
        let Described { facts: mut own, covered, objects, .. } = described;
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
            for element in covered.iter().filter_map(one_element) {
                let twin = twins.get(&element.start);
                let path = path_of(&element);
                match twin {
                    Some(Twin::Unsigned) if in_signature(document, &element) => {
                        own.problems.push(Problem::Wrapped(path));
                    }
                    Some(Twin::Unsigned) => own.problems.push(Problem::UnsignedTwin(path)),
                    _ if !root_is_signature && repeats_root(&path) => {
                        own.problems.push(Problem::UnsignedTwin(path));
                    }
                    Some(Twin::SignedByOthers) => own.twins_of_others.push(path),
                    None => {}
                }
            }
        }
        let own_element = document.signatures().get(at);
        let mut is_empty = Vec::with_capacity(covered.len());
        for covered in &covered {
            let is_file = covered.content.covers == Covers::File;
            is_empty.push(
                !is_file
                    && (covered.content.bytes == 0
                        || says_nothing(document, own_element, &objects, covered)?),
            );
        }
        if let Some(first) = covered.first().filter(|_| is_empty.iter().all(|is_empty| *is_empty)) {
            own.problems.push(Problem::CoversNothing(first.content.uri.clone()));
        }
        own.contents = covered
            .into_iter()
            .map(|covered| SignedContent {
                xpath: match covered.content.covers {
                    Covers::File => String::new(),
                    Covers::WholeDocument if covered.element.is_none() => "/".to_owned(),
                    _ => union(elements(&covered).iter().map(path_of)),
                },
                ..covered.content
            })
            .collect();
        facts.push(own);
    }
    Ok(facts)
}

/// The elements that a reference covers: the one that it names, or those that its XPath chose.
fn elements(covered: &Covered) -> Vec<Element> {
    match (covered.content.covers, covered.element) {
        (_, Some(element)) => vec![element],
        (Covers::Element, None) => {
            covered.spans.iter().map(|span| Element::at(span.start, span.end)).collect()
        }
        (_, None) => Vec::new(),
    }
}

/// The one element that a reference covers. Forms sign most of many elements of one name by an XPath
/// that leaves some of them out: these are no twins, and are listed with what is not covered.
fn one_element(covered: &Covered) -> Option<Element> {
    let elements = elements(covered);
    elements.first().copied().filter(|_| elements.len() == 1)
}

/// Paths as one XPath; "/" when nothing was chosen as a whole.
fn union(paths: impl Iterator<Item = String>) -> String {
    let shown: Vec<String> = paths.take(MOST_CHOSEN).filter(|path| !path.is_empty()).collect();
    if shown.is_empty() { "/".to_owned() } else { shown.join(" | ") }
}

/// Whether what is covered is nothing but what the signature says about itself: its KeyInfo and its
/// properties. A signature over no more signs no content.
fn says_nothing(
    document: &Document<'_>,
    own: Option<&Element>,
    objects: &[(Element, Vec<Element>)],
    covered: &Covered,
) -> Result<bool, xml::Error> {
    let Some(element) = covered
        .element
        .filter(|element| own.is_some_and(|own| own.start < element.start && element.end <= own.end))
    else {
        return Ok(false);
    };
    let is_property = |element: &Element| -> Result<bool, xml::Error> {
        let (namespace, local) = document.name(element)?;
        Ok(xml::XADES.contains(&namespace.as_str())
            || (namespace == xml::DSIG
                && ["KeyInfo", "X509Data", "X509Certificate", "SignatureProperties", "SignatureProperty"]
                    .contains(&local.as_str())))
    };
    match objects.iter().find(|(object, _)| object.start == element.start) {
        Some((_, children)) => {
            for child in children {
                if !is_property(child)? {
                    return Ok(false);
                }
            }
            Ok(!children.is_empty())
        }
        None => is_property(&element),
    }
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

/// How an element of the same name as a signed one stands outside what the signature covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Twin {
    /// No signature covers it.
    Unsigned,
    /// Other signatures do: it is as good as they are.
    SignedByOthers,
}

/// Of each signature the signed elements, by offset, that have a twin. Parts of signatures are no
/// content that could be mistaken.
fn twins(
    document: &Document<'_>,
    signatures: &[Described],
    signed: &[Vec<Element>],
) -> Result<Vec<HashMap<usize, Twin>>, xml::Error> {
    let root = document.root();
    let mut all = (HashSet::new(), Vec::new());
    let mut groups: Vec<(HashSet<String>, Vec<Range<usize>>)> = Vec::with_capacity(signatures.len() + 1);
    let mut named: Vec<Vec<(usize, String)>> = Vec::with_capacity(signatures.len());
    for (described, signed) in signatures.iter().zip(signed) {
        let mut names = Vec::new();
        for element in signed.iter().filter(|element| element.start != root.start) {
            if !is_part_of_signature(document, signatures, element)? {
                names.push((element.start, document.local_name(element)?));
            }
        }
        let covered = described.covered.iter().flat_map(|covered| covered.spans.iter().cloned());
        // An element whose text was decoded is no twin of itself.
        let decoded = described.covered.iter().filter(|covered| covered.is_decoded);
        let decoded =
            decoded.filter_map(|covered| covered.element).map(|element| element.start..element.start + 1);
        let spans: Vec<Range<usize>> = covered.chain(decoded).collect();
        all.0.extend(names.iter().map(|(_, name)| name.clone()));
        all.1.extend(spans.iter().cloned());
        groups.push((names.iter().map(|(_, name)| name.clone()).collect(), spans));
        named.push(names);
    }
    if all.0.is_empty() {
        return Ok(vec![HashMap::new(); signatures.len()]);
    }
    groups.push(all);
    let mut found = document.names_outside(&groups, &parts_of_signatures(document, signatures))?;
    let unsigned = found.pop().unwrap_or_default();
    let twin = |own: &HashSet<String>, name: &String| match (unsigned.contains(name), own.contains(name)) {
        (true, _) => Some(Twin::Unsigned),
        (false, true) => Some(Twin::SignedByOthers),
        (false, false) => None,
    };
    Ok(named
        .iter()
        .zip(&found)
        .map(|(names, own)| {
            names.iter().filter_map(|(start, name)| Some((*start, twin(own, name)?))).collect()
        })
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

/// Whether an element in a signature is a part of it rather than content that stands there.
fn is_part_of_signature(
    document: &Document<'_>,
    signatures: &[Described],
    element: &Element,
) -> Result<bool, xml::Error> {
    if !in_signature(document, element) {
        return Ok(false);
    }
    if element.parent.is_none() {
        // Of what an XPath chose the place alone is known.
        let mut foreign = signatures.iter().flat_map(|described| &described.foreign);
        return Ok(!foreign.any(|span| span.start <= element.start && element.end <= span.end));
    }
    let (namespace, _) = document.name(element)?;
    Ok(namespace == xml::DSIG || xml::XADES.contains(&namespace.as_str()))
}
