//! What a signature does not cover: of the document when it covers a part of it, of its own Objects, and of what stands
//! in it that is no part of one. Each source has a walk or a list of its own; [`Left`] bounds what is taken of all of
//! them.

use std::ops::Range;

use super::Covers;
use super::coverage::{Described, covers_whole, leaves_nothing};
use super::places::Kind;
use super::reference::Covered;
use super::strangers::{Loose, instructions_of_object};
use super::work::Work;
use crate::xml::cover::{self, Cover, Part, PartKind};
use crate::xml::{self, Document, Element, Limits};

/// At most this many uncovered parts are listed for a signature.
const MOST_UNCOVERED: usize = 100;

/// What a signature does not cover, and whether that is more than is listed.
#[derive(Default)]
pub(super) struct Left {
    pub(super) parts: Vec<Part>,
    pub(super) more: bool,
    /// Of the parts those that are elements.
    elements: usize,
}

impl Left {
    /// Whether no further element is taken. Each is compared with those before.
    fn is_full(&self) -> bool {
        self.elements >= MOST_UNCOVERED
    }

    fn push(&mut self, part: Part) {
        let is_element = part.kind.is_element();
        let others = self.parts.len() - self.elements;
        if (if is_element { self.elements } else { others }) >= MOST_UNCOVERED {
            self.more = true;
            return;
        }
        self.elements += usize::from(is_element);
        self.parts.push(part);
    }

    fn extend(&mut self, parts: impl IntoIterator<Item = Part>) {
        parts.into_iter().for_each(|part| self.push(part));
    }

    /// Takes in a walk over the document or over an element.
    fn walk(&mut self, (parts, more): (Vec<Part>, bool)) {
        self.more |= more;
        self.extend(parts);
    }
}

/// What the signature at a place in the document leaves uncovered.
///
/// # Errors
/// When the document's file cannot be read.
pub(super) fn uncovered(
    document: &Document<'_>,
    at: usize,
    signatures: &[Described],
    work: &mut Work,
    limits: &Limits,
) -> Result<Left, xml::Error> {
    let mut left = Left::default();
    let Some(described) = signatures.get(at).filter(|described| !described.covered.is_empty()) else {
        return Ok(left);
    };
    let spans: Vec<Range<usize>> =
        described.covered.iter().flat_map(|covered| covered.spans.iter().cloned()).collect();
    let whole = |element: &Element| Part {
        element: *element,
        kind: PartKind::Element,
        bytes: element.end - element.start,
    };
    let own = document.signatures().get(at);
    if !covers_whole(&described.covered) {
        let in_part = described.covered.iter().flat_map(Covered::in_tags);
        let cover = Cover::new(spans.iter().cloned().chain(own.map(Element::span)), in_part);
        left.walk(document.uncovered(&cover, MOST_UNCOVERED)?);
    } else if let Some(own) = own.filter(|_| !leaves_nothing(&described.covered)) {
        uncovered_of_others(document, own, &described.covered, &mut left)?;
    }
    // A span around the signature leaves the signature out.
    let own_start = own.map_or(0, |own| own.start);
    let within = Within::new(spans.into_iter().filter(|span| own_start <= span.start), &described.covered);
    let mut in_objects: Vec<Part> = Vec::new();
    for (object, children) in &described.objects {
        if left.is_full() {
            left.more = true;
            break;
        }
        if within.holds_covered(object) {
            // A part of it is signed, as XAdES properties are: the other parts are not.
            left.extend(
                children
                    .iter()
                    .filter(|child| !within.is_covered(child) && !within.holds_covered(child))
                    .map(whole),
            );
            if !within.is_covered(object) && !within.has_tag(object) {
                in_objects.extend(instructions_of_object(document, object, children, work, limits)?);
            }
        } else if !within.is_covered(object) {
            left.push(whole(object));
        }
    }
    // In document order, so that an element comes before what is in it.
    let mut foreign = described.foreign.iter().peekable();
    let mut loose = described.loose.iter().peekable();
    let strangers = std::iter::from_fn(|| {
        let foreign = foreign.next_if(|span| loose.peek().is_none_or(|loose| span.start < loose.start));
        match foreign {
            Some(span) => Some(whole(&Element::at(span.start, span.end))),
            None => loose.next().map(Loose::part),
        }
    });
    let mut in_nested = Left::default();
    let is_in_part = |other: &Element| within.holds_covered(other) && !within.is_covered(other);
    for other in nested(document, own, described).filter(is_in_part) {
        in_nested.walk(document.uncovered_in(Some(&other), &within.cover, MOST_UNCOVERED)?);
    }
    left.more |= in_nested.more;
    for part in strangers.chain(in_objects).chain(in_nested.parts) {
        let is_listed =
            |listed: &Part| listed.kind == PartKind::Element && listed.element.contains(&part.element);
        let is_signed = within.is_covered(&part.element)
            || described.signed_info.contains(&part.element.start)
            || (part.kind != PartKind::Element && within.cover.own(part.element.start).has(part.kind));
        if !is_signed && !left.parts.iter().any(is_listed) {
            left.push(part);
        }
    }
    left.more |= cover::cut(&mut left.parts, MOST_UNCOVERED);
    Ok(left)
}

/// The outermost signatures that are content in the Objects of one, where none but its own report looks: a
/// counter-signature has its place among the properties.
fn nested<'s>(
    document: &'s Document<'_>,
    own: Option<&'s Element>,
    described: &'s Described,
) -> impl Iterator<Item = Element> {
    let properties: Vec<Element> = described.in_place.of_kind(Kind::QualifyingProperties).collect();
    let inside = document.signatures().iter().copied().filter(move |other| {
        own.is_some_and(|own| other.start != own.start && own.contains(other))
            && !properties.iter().any(|properties| properties.contains(other))
    });
    let mut end = 0;
    // In document order, so that one comes before what is in it.
    inside.filter(move |other| {
        let is_outermost = other.start >= end;
        end = end.max(other.end);
        is_outermost
    })
}

/// What is in other signatures that no reference takes in, of a document that is covered otherwise.
fn uncovered_of_others(
    document: &Document<'_>,
    own: &Element,
    covered: &[Covered],
    left: &mut Left,
) -> Result<(), xml::Error> {
    let is_part = |covered: &&Covered| covered.content.covers != Covers::WholeDocument;
    let parts = || covered.iter().filter(is_part);
    let others = || covered.iter().filter_map(|covered| covered.of_others.as_ref());
    let spans = parts().flat_map(|part| &part.spans).chain(others().flat_map(|others| &others.spans));
    let of_others = others().flat_map(|others| others.own.iter().map(|(start, own)| (*start, own.in_tags())));
    let in_part = parts().flat_map(Covered::in_tags).chain(of_others);
    let cover = Cover::new(spans.cloned().chain([own.span()]), in_part);
    for other in super::reference::others(document, own) {
        if left.is_full() {
            left.more = true;
            break;
        }
        if !cover.covers(other.start) {
            left.walk(document.uncovered_in(Some(&other), &cover, MOST_UNCOVERED)?);
        }
    }
    Ok(())
}

/// What a signature covers in itself, for very many questions.
struct Within {
    /// Starts of what is covered in order, each with the furthest end so far.
    spans: Vec<(usize, usize)>,
    cover: Cover,
}

impl Within {
    fn new(spans: impl Iterator<Item = Range<usize>>, covered: &[Covered]) -> Self {
        let spans: Vec<Range<usize>> = spans.collect();
        let cover = Cover::new(spans.iter().cloned(), covered.iter().flat_map(Covered::in_tags));
        let mut spans: Vec<(usize, usize)> = spans.into_iter().map(|span| (span.start, span.end)).collect();
        spans.sort_unstable();
        let mut furthest = 0;
        for (_, end) in &mut spans {
            furthest = furthest.max(*end);
            *end = furthest;
        }
        Self { spans, cover }
    }

    fn is_covered(&self, element: &Element) -> bool {
        let after = self.spans.partition_point(|(start, _)| *start <= element.start);
        after.checked_sub(1).and_then(|at| self.spans.get(at)).is_some_and(|(_, end)| element.end <= *end)
    }

    /// Whether anything covered is in the element or is it. Of elements one holds the other or none of it.
    fn holds_covered(&self, element: &Element) -> bool {
        let first = self.spans.partition_point(|(start, _)| *start < element.start);
        self.spans.get(first).is_some_and(|(start, _)| *start < element.end)
    }

    /// Whether the element's own text, attributes and instructions are covered.
    fn has_tag(&self, element: &Element) -> bool {
        self.cover.own(element.start).is_all()
    }
}
