//! What of the document each signature covers: XPaths of that and of what it does not (`uncovered`), and the check that
//! no unsigned element looks like a signed one, and that signed parts stand in their signature. Each needs a walk over
//! the document, made only where a signature covers less than the whole.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;

use super::places::{InPlace, Misplaced, Role, misplaced};
use super::reference::{Covered, Meant};
use super::strangers::Loose;
use super::uncovered::{Left, uncovered};
use super::work::Work;
use super::{Covers, Problem, SignatureFacts, SignedContent, Uncovered};
use crate::xml::cover::{Cover, Part, PartKind};
use crate::xml::survey::{Signed, Twin, Twins};
use crate::xml::{self, Document, Element, Limits};

/// At most this many elements that an XPath chose are described by their paths.
const MOST_CHOSEN: usize = 100;
/// At most this many elements are described by a path for one document.
const MOST_PATHS: usize = 10_000;
/// About so many octets of paths are written for one document; of those after them the last steps are.
const MOST_PATH_OCTETS: usize = 4 << 20;
/// So many octets of a path that is cut short, or one step.
const SHORT_PATH: usize = 60;

/// A signature with what its references cover and the spans of its own Objects.
pub(super) struct Described {
    pub(super) facts: SignatureFacts,
    pub(super) covered: Vec<Covered>,
    /// What Manifests in other signatures name around these.
    pub(super) around: Vec<Around>,
    /// Whether its value is right, by whatever key: digests alone anybody writes.
    pub(super) is_verified: bool,
    /// The Objects in the signature, each with its child elements.
    pub(super) objects: Vec<(Element, Vec<Element>)>,
    /// What in them is in its place.
    pub(super) in_place: InPlace,
    /// Elements in the signature that are no part of one, by offsets.
    pub(super) foreign: Vec<Range<usize>>,
    /// What else stands in the signature and is no part of one.
    pub(super) loose: Vec<Loose>,
    /// What the signature value is over.
    pub(super) signed_info: Range<usize>,
    /// SHA-256 of what of it is signed, where there are other signatures.
    pub(super) signed_sha256: Option<[u8; 32]>,
}

/// What a Manifest in another signature names around that one, where everybody counts on other things to be left out.
pub(super) struct Around {
    pub(super) uri: String,
    /// The signature that holds the Manifest.
    pub(super) holder: Element,
    /// Whether its Type says that it is to signed properties, which say who signed.
    pub(super) is_of_properties: bool,
}

impl Described {
    /// Whether it covers the document as a whole and nothing else is in it, so that nothing need be looked for.
    fn is_plain(&self) -> bool {
        let is_whole = |covered: &Covered| {
            covered.content.covers == Covers::WholeDocument
                && covered.element.is_none()
                && covered.of_others.is_none()
        };
        self.covered.iter().all(is_whole)
            && self.covered.iter().all(|covered| covered.kind.is_none())
            && self.objects.is_empty()
            && self.foreign.is_empty()
            && self.loose.is_empty()
            && self.around.is_empty()
    }
}

/// What walks over the document have found, of each signature in order.
#[derive(Default)]
struct Seen {
    left: Vec<Left>,
    mistaken: Vec<Vec<(Element, (bool, Twin))>>,
    misplaced: Vec<Misplaced>,
    /// By the offsets of elements.
    paths: HashMap<usize, String>,
    /// Whether some paths are missing.
    too_many: bool,
}

fn look(
    document: &Document<'_>,
    signatures: &mut [Described],
    work: &mut Work,
    limits: &Limits,
) -> Result<Seen, xml::Error> {
    bound(signatures, work);
    // What Objects need beside these walks has what is left then, and takes none away.
    let mut is_walked = Vec::with_capacity(signatures.len());
    for described in signatures.iter_mut() {
        let needs_walk = !described.covered.is_empty() && !leaves_nothing(&described.covered);
        is_walked.push(!needs_walk || work.walk(document.size()));
        if is_walked.last() == Some(&false) {
            described.facts.problems.push(Problem::Limit("coverage"));
        }
    }
    let mut left: Vec<Left> = Vec::with_capacity(signatures.len());
    for (at, is_walked) in is_walked.into_iter().enumerate() {
        left.push(if is_walked {
            uncovered(document, at, signatures, work, limits)?
        } else {
            Left::default()
        });
    }
    let shown = signatures.iter().flat_map(|described| &described.covered);
    let mut wanted: Vec<Element> =
        shown.flat_map(|covered| elements(covered).into_iter().take(MOST_CHOSEN)).collect();
    let twins = twins(document, signatures)?;
    let misplaced = misplaced(document, signatures, MOST_CHOSEN)?;
    wanted.extend(misplaced.iter().flat_map(|found| found.elements.iter().chain(&found.unverified)).copied());
    let root = document.root();
    let mistaken: Vec<_> =
        signatures.iter().zip(&twins).map(|(described, twins)| mistaken(described, twins, &root)).collect();
    wanted.extend(mistaken.iter().flatten().map(|(element, _)| *element));
    let is_inside = |part: &&Part| part.kind != PartKind::OuterInstructions;
    let parts = left.iter().flat_map(|left| &left.parts);
    wanted.extend(parts.filter(is_inside).map(|part| part.element));
    wanted.sort_unstable_by_key(|element| element.start);
    wanted.dedup_by_key(|element| element.start);
    let too_many = wanted.len() > MOST_PATHS;
    wanted.truncate(MOST_PATHS);
    let paths = paths(document, &wanted)?;
    Ok(Seen { left, mistaken, misplaced, paths, too_many })
}

/// Fills in XPaths and what is not covered.
pub(super) fn describe(
    document: &Document<'_>,
    mut signatures: Vec<Described>,
    mut work: Work,
    limits: &Limits,
) -> Result<Vec<SignatureFacts>, xml::Error> {
    let seen = match signatures.iter().all(Described::is_plain) {
        true => Seen::default(),
        false => look(document, &mut signatures, &mut work, limits)?,
    };
    let paths = Paths { known: seen.paths, left: Cell::new(MOST_PATH_OCTETS) };
    let path_of = |element: &Element| paths.of(element);
    for (at, described) in signatures.iter_mut().enumerate() {
        let Described { facts: own, covered, objects, .. } = described;
        if own.id.is_empty() {
            own.id = match at {
                0 => Cow::Borrowed("signature-1"),
                _ => Cow::Owned(format!("signature-{}", at + 1)),
            };
        }
        if seen.too_many && !covers_whole(covered) {
            // Without its path it is not known where a signed element stands.
            own.problems.push(Problem::Limit("coverage"));
        }
        own.later_signatures = covered.iter().map(|covered| covered.later_signatures).max().unwrap_or(0);
        let left = seen.left.get(at);
        own.more_uncovered = left.is_some_and(|left| left.more);
        own.uncovered.extend(left.into_iter().flat_map(|left| &left.parts).map(|part| {
            let step = part.kind.step();
            let xpath = match part.kind {
                PartKind::OuterInstructions => step.to_owned(),
                _ => match path_of(&part.element) {
                    path if path.is_empty() => path,
                    path => path + step,
                },
            };
            Uncovered { xpath, bytes: part.bytes }
        }));
        let left_of_files = covered.iter().filter_map(|covered| {
            Some(Uncovered { xpath: covered.content.uri.clone(), bytes: covered.left_of_file? })
        });
        own.uncovered.extend(left_of_files);
        for (element, (is_named, twin)) in seen.mistaken.get(at).into_iter().flatten() {
            let path = path_of(element);
            match twin {
                Twin::Unsigned if *is_named && in_signature(document, element) => {
                    own.problems.push(Problem::Wrapped(path));
                }
                Twin::Unsigned => own.problems.push(Problem::UnsignedTwin(path)),
                Twin::SignedByOthers => own.twins_of_others.push(path),
            }
        }
        if let Some(found) = seen.misplaced.get(at) {
            own.problems.extend(found.elements.iter().map(|element| Problem::Wrapped(path_of(element))));
            let unverified = found.unverified.iter().map(path_of);
            own.problems.extend(unverified.map(Problem::CarrierUnverified));
            own.problems.extend(found.references.iter().cloned().map(Problem::Wrapped));
            own.problems.extend(found.is_ambiguous.then_some(Problem::SigningCertificateAmbiguous));
            let unread = found.unread.iter().map(|namespace| format!("SignedProperties ({namespace})"));
            own.problems.extend(unread.map(Problem::PropertyMalformed));
            // Whoever made no signature has only taken the Manifest in.
            own.problems.extend(found.around.iter().cloned().map(|(uri, is_known)| match is_known {
                true => Problem::ManifestAround(uri),
                false => Problem::CarrierUnverified(uri),
            }));
        }
        let own_element = document.signatures().get(at);
        let mut known = HashMap::new();
        let mut is_empty = true;
        for covered in &*covered {
            let is_file = covered.content.covers == Covers::File;
            is_empty = is_empty
                && !is_file
                && (covered.content.bytes == 0
                    || covered.has_no_element()
                    || says_nothing(document, own_element, objects, covered, &mut known)?);
        }
        // Where a reference has failed, what it was to cover is not known, and that is told.
        let is_open = own.problems.iter().any(Problem::leaves_open);
        let covers_nothing = !is_open && is_empty;
        if let Some(first) = covered.first().filter(|_| covers_nothing) {
            own.problems.push(Problem::CoversNothing(first.content.uri.clone()));
        }
        own.contents.reserve_exact(covered.len());
        own.contents.extend(std::mem::take(covered).into_iter().map(|covered| SignedContent {
            xpath: match covered.content.covers {
                Covers::File => Cow::default(),
                Covers::WholeDocument if covered.element.is_none() => Cow::Borrowed("/"),
                _ => Cow::Owned(paths.union(&elements(&covered))),
            },
            ..covered.content
        }));
    }
    let mut facts = Vec::with_capacity(signatures.len());
    facts.extend(signatures.into_iter().map(|described| described.facts));
    Ok(facts)
}

/// The elements that a reference covers: the one that it names, or those that its XPath chose, in this
/// one or anywhere.
fn elements(covered: &Covered) -> Vec<Element> {
    let is_named = |element: &Element| {
        covered.spans.is_empty() || covered.has_tag(element) || covered.wholly().is_some()
    };
    match (covered.content.covers, covered.element.filter(is_named)) {
        (_, Some(element)) => vec![element],
        (Covers::Element, None) if covered.spans.is_empty() => covered.elements_meant().copied().collect(),
        (Covers::Element, None) => {
            covered.spans.iter().map(|span| Element::at(span.start, span.end)).collect()
        }
        (_, None) => Vec::new(),
    }
}

/// Sees that what is done for each element that an XPath chose, beside each signature and each element
/// in these, stays within the work for one document.
fn bound(signatures: &mut [Described], work: &mut Work) {
    let foreign: usize = signatures.iter().map(|described| described.foreign.len()).sum();
    let places = foreign.saturating_add(signatures.len());
    for described in signatures {
        let chosen =
            described.covered.iter().map(|covered| covered.meant.len().saturating_sub(1)).sum::<usize>();
        if !work.walk(chosen.saturating_mul(places)) {
            described.facts.problems.push(Problem::Limit("coverage"));
            described.covered.iter_mut().for_each(|covered| covered.meant.clear());
        }
    }
}

/// The signed elements of a signature that another may be taken for, with whether that bears their name:
/// those of which an unsigned one is, and those of which only others' are, at most so many of each.
fn mistaken(described: &Described, twins: &Twins, root: &Element) -> Vec<(Element, (bool, Twin))> {
    if covers_root(&described.covered, root) {
        return Vec::new();
    }
    let twin_of = |element: &Element| {
        let (named, copied) = (twins.named.get(&element.start), twins.copied.get(&element.start));
        let twin = named.max(copied)?;
        Some((*element, (named == Some(&Twin::Unsigned), *twin)))
    };
    let all = || described.covered.iter().flat_map(Covered::elements_meant).filter_map(twin_of);
    let of = |wanted: Twin| all().filter(move |(_, (_, twin))| *twin == wanted).take(MOST_CHOSEN);
    of(Twin::Unsigned).chain(of(Twin::SignedByOthers)).collect()
}

/// Paths of elements as a report has them, each as often as it needs it.
struct Paths {
    /// By the offsets of elements.
    known: HashMap<usize, String>,
    /// Octets that may still be written.
    left: Cell<usize>,
}

impl Paths {
    fn of(&self, element: &Element) -> String {
        self.path(element).0
    }

    /// With it whether only its last steps are given.
    fn path(&self, element: &Element) -> (String, bool) {
        let path = self.known.get(&element.start).map(String::as_str).unwrap_or_default();
        if let Some(left) = self.left.get().checked_sub(path.len()) {
            self.left.set(left);
            return (path.to_owned(), false);
        }
        let from = path.ceil_char_boundary(path.len().saturating_sub(SHORT_PATH));
        let step = path.get(from..).and_then(|end| end.find('/')).map(|slash| from + slash);
        let step = step.or_else(|| path.rfind('/'));
        (format!("…{}", step.and_then(|step| path.get(step..)).unwrap_or(path)), true)
    }

    /// As one XPath, which is empty when nothing was chosen; where there are more than are shown, "…" is the last.
    fn union(&self, elements: &[Element]) -> String {
        let mut shown: Vec<String> = Vec::new();
        for element in elements.iter().take(MOST_CHOSEN) {
            let (path, is_cut) = self.path(element);
            if !path.is_empty() {
                shown.push(path);
            }
            if is_cut && shown.len() > 1 {
                break;
            }
        }
        if !shown.is_empty() && shown.len() < elements.len() {
            shown.push("…".to_owned());
        }
        shown.join(" | ")
    }
}

/// Whether what is covered is nothing but what the signature says about itself: its KeyInfo and its
/// properties. A signature over no more signs no content.
fn says_nothing(
    document: &Document<'_>,
    own: Option<&Element>,
    objects: &[(Element, Vec<Element>)],
    covered: &Covered,
    known: &mut HashMap<usize, bool>,
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
    if let Some(known) = known.get(&element.start) {
        return Ok(*known);
    }
    let is_silent = match objects.iter().find(|(object, _)| object.start == element.start) {
        Some((_, children)) => {
            children.iter().try_fold(!children.is_empty(), |all, child| Ok(all && is_property(child)?))?
        }
        None => is_property(&element)?,
    };
    known.insert(element.start, is_silent);
    Ok(is_silent)
}

/// Whether all of the document is covered, other signatures included.
pub(super) fn leaves_nothing(covered: &[Covered]) -> bool {
    let mut whole = covered.iter().filter(|covered| covered.content.covers == Covers::WholeDocument);
    whole.any(|covered| covered.of_others.is_none())
}

/// Whether it is covered but for signatures.
pub(super) fn covers_whole(covered: &[Covered]) -> bool {
    covered.iter().any(|covered| covered.content.covers == Covers::WholeDocument)
}

/// Whether every element of the document is covered, if not what stands beside the root.
fn covers_root(covered: &[Covered], root: &Element) -> bool {
    covers_whole(covered) || covered.iter().any(|covered| covered.spans.contains(&root.span()))
}

fn paths(document: &Document<'_>, wanted: &[Element]) -> Result<HashMap<usize, String>, xml::Error> {
    let found = document.xpaths(wanted)?;
    Ok(wanted.iter().map(|element| element.start).zip(found).collect())
}

/// Of each signature the signed elements that another may be taken for. Parts of signatures are no
/// content that could be mistaken.
fn twins(document: &Document<'_>, signatures: &[Described]) -> Result<Vec<Twins>, xml::Error> {
    let root = document.root();
    let mut signed = Vec::with_capacity(signatures.len());
    for (described, signature) in signatures.iter().zip(document.signatures()) {
        let covered = &described.covered;
        let mut elements = HashMap::new();
        let partial = covered.iter().filter(|_| !covers_root(covered, &root));
        let meant = partial.flat_map(|covered| &covered.meant);
        for meant in meant.filter(|meant| meant.element.start != root.start) {
            if elements.contains_key(&meant.element.start) {
                continue;
            }
            let is_content = !is_part_of_signature(document, signatures, meant)?;
            let name = is_content.then(|| meant.local_name(document)).transpose()?;
            elements.insert(meant.element.start, name);
        }
        let starts = |covered: &Covered| covered.element.map(|element| element.start);
        let decoded = || covered.iter().filter(|covered| covered.is_decoded);
        signed.push(Signed {
            signature: signature.start,
            cover: Cover::new(
                covered.iter().flat_map(|covered| covered.spans.iter().cloned()),
                covered.iter().flat_map(|covered| &covered.own).filter(|(_, own)| own.itself).copied(),
            ),
            elements,
            in_part: covered
                .iter()
                .flat_map(|covered| covered.in_part.iter().copied())
                .chain(decoded().filter_map(starts))
                .collect(),
            decoded: decoded().filter_map(starts).collect(),
        });
    }
    // In a root that is a signature, parts of it have no twins.
    let root_is_signature = document.signatures().iter().any(|signature| signature.start == root.start);
    let has_none = |own: &Signed| own.elements.values().all(|name| name.is_none() && root_is_signature);
    if signed.iter().all(has_none) {
        return Ok(vec![Twins::default(); signatures.len()]);
    }
    document.twins(&signed, &parts_of_signatures(document, signatures))
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

/// Whether a signed element in a signature is a part of it rather than content that stands there.
fn is_part_of_signature(
    document: &Document<'_>,
    signatures: &[Described],
    meant: &Meant,
) -> Result<bool, xml::Error> {
    let element = &meant.element;
    if !in_signature(document, element) {
        return Ok(false);
    }
    if meant.is_chosen() {
        let mut foreign = signatures.iter().flat_map(|described| &described.foreign);
        return Ok(!foreign.any(|span| span.start <= element.start && element.end <= span.end));
    }
    Ok(meant.role(document)? != Role::Content)
}
