//! What of a document is covered, and the list of what is not. An element is covered as a whole or by kinds, as XPaths
//! choose them: its tags, attributes, namespaces, text and processing instructions. Nothing is kept of what is
//! neither, so that a document that is signed as a whole costs one span.

use std::ops::Range;

use smallvec::SmallVec;

use super::index::{Document, Element, Step, Walk};
use super::read::Error;

/// A part of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub element: Element,
    pub kind: PartKind,
    /// Its octets as written.
    pub bytes: usize,
}

/// Which part of an element, in the order in which they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartKind {
    /// All of it.
    Element,
    /// Its tags, and so its name; the octets are those of the start tag without attributes and declarations.
    Tags,
    /// Its attributes, namespace declarations aside.
    Attributes,
    /// What its prefixes mean, and the want of one; the octets are those of its declarations.
    Namespaces,
    /// Its own text.
    Text,
    /// Processing instructions right below it.
    Instructions,
    /// Those beside the root; it is no element's.
    OuterInstructions,
}

impl PartKind {
    /// Whether it is as a whole what it is a part of: an element, or the instructions beside the root.
    pub fn is_element(self) -> bool {
        matches!(self, Self::Element | Self::OuterInstructions)
    }

    /// Whether it is of what XPaths leave out in very many elements: tags and namespaces.
    pub fn is_markup(self) -> bool {
        matches!(self, Self::Tags | Self::Namespaces)
    }

    /// What leads from the XPath of the element to the part.
    pub fn step(self) -> &'static str {
        match self {
            Self::Element => "",
            Self::Tags => "/self::*",
            Self::Attributes => "/@*",
            Self::Namespaces => "/namespace::*",
            Self::Text => "/text()",
            Self::Instructions | Self::OuterInstructions => "/processing-instruction()",
        }
    }
}

/// What is covered of an element but for the elements in it, each of these as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// Its tags, and so its name.
    pub itself: bool,
    pub attributes: bool,
    /// Its namespace nodes.
    pub namespaces: bool,
    pub text: bool,
    pub instructions: bool,
}

impl Own {
    /// Whether all that stands in it is, whatever its prefixes mean.
    pub fn is_all(self) -> bool {
        self.itself && self.attributes && self.text && self.instructions
    }

    /// Whether a part of it is; of all of it, the elements in it included, only its tags are known.
    pub fn has(self, kind: PartKind) -> bool {
        match kind {
            PartKind::Element | PartKind::Tags => self.itself,
            PartKind::Attributes => self.attributes,
            PartKind::Namespaces => self.namespaces,
            PartKind::Text => self.text,
            PartKind::Instructions => self.instructions,
            PartKind::OuterInstructions => false,
        }
    }

    /// The same as far as it is known where it stands: text and attributes that are covered without the tags of their
    /// element may be another's.
    #[must_use]
    pub fn in_tags(self) -> Self {
        if self.itself { self } else { Self::default() }
    }

    /// What is covered by both, or by one of them, as the operation has it.
    pub fn with(self, other: Self, operation: impl Fn(bool, bool) -> bool) -> Self {
        Self {
            itself: operation(self.itself, other.itself),
            attributes: operation(self.attributes, other.attributes),
            namespaces: operation(self.namespaces, other.namespaces),
            text: operation(self.text, other.text),
            instructions: operation(self.instructions, other.instructions),
        }
    }
}

/// Offsets of whole elements: mostly of one.
pub type Spans = SmallVec<[Range<usize>; 1]>;

/// What is covered of a document.
#[derive(Clone, Debug, Default)]
pub struct Cover {
    /// Whole elements.
    spans: Vec<Range<usize>>,
    /// The octets in the spans up to each one's end.
    octets: Vec<usize>,
    /// Of elements of which something of their own is covered the offsets, in order, and what.
    own: Vec<(usize, Own)>,
}

impl Cover {
    /// By the spans of whole elements, and by the offsets of elements of which something of their own is
    /// covered besides.
    pub fn new(
        spans: impl IntoIterator<Item = Range<usize>>,
        own: impl IntoIterator<Item = (usize, Own)>,
    ) -> Self {
        let spans = merged(&spans.into_iter().collect::<Vec<_>>());
        let mut sum = 0;
        let octets = spans.iter().map(|span| {
            sum += span.len();
            sum
        });
        let octets = octets.collect();
        let mut own: Vec<(usize, Own)> = own.into_iter().collect();
        own.sort_unstable_by_key(|(start, _)| *start);
        own.dedup_by(|(start, other), (kept, all)| {
            let is_same = start == kept;
            if is_same {
                *all = all.with(*other, |one, other| one || other);
            }
            is_same
        });
        Self { spans, octets, own }
    }

    /// What any of several covers.
    pub(super) fn of_all<'c>(covers: impl Iterator<Item = &'c Self> + Clone) -> Self {
        let spans = covers.clone().flat_map(|cover| cover.spans.iter().cloned());
        Self::new(spans, covers.flat_map(|cover| cover.own.iter().copied()))
    }

    /// Whether the element that begins there is covered as a whole.
    pub fn covers(&self, start: usize) -> bool {
        lies_in(&self.spans, start)
    }

    /// What is covered of the element that begins there.
    pub fn own(&self, start: usize) -> Own {
        self.known(start).unwrap_or_default()
    }

    fn known(&self, start: usize) -> Option<Own> {
        let found = self.own.binary_search_by_key(&start, |(start, _)| *start).ok();
        found.and_then(|at| self.own.get(at)).map(|(_, own)| *own)
    }

    /// The end of the span that begins there.
    fn end_of(&self, start: usize) -> Option<usize> {
        let found = self.spans.binary_search_by_key(&start, |span| span.start).ok()?;
        self.spans.get(found).map(|span| span.end)
    }

    /// Whether anything of an element that is not covered as a whole is.
    fn reaches_into(&self, element: &Range<usize>) -> bool {
        let span = self.spans.partition_point(|span| span.start < element.start);
        let own = self.own.partition_point(|(start, _)| *start < element.start);
        self.spans.get(span).is_some_and(|span| span.start < element.end)
            || self.own.get(own).is_some_and(|(start, _)| *start < element.end)
    }

    /// Whether anything of an element is covered, or all of it.
    pub fn touches(&self, element: &Range<usize>) -> bool {
        self.covers(element.start) || self.reaches_into(element)
    }

    /// Octets of the whole elements in an element.
    pub(super) fn octets_in(&self, element: &Range<usize>) -> usize {
        let up_to = |offset: usize| {
            let count = self.spans.partition_point(|span| span.start < offset);
            count.checked_sub(1).and_then(|last| self.octets.get(last)).copied().unwrap_or(0)
        };
        up_to(element.end) - up_to(element.start)
    }
}

impl Document<'_> {
    /// What is not covered, in document order, at most `most` parts, and whether there are more: the largest elements in
    /// which nothing is, and the instructions beside the root; of the elements around what is covered the attributes, the
    /// text and the processing instructions, unless these are covered too; the tags of elements of which only something
    /// else is covered, and the namespaces of elements that are covered without them, if they have declarations; of
    /// those that have none the outermost, and of those side by side the first. [`cut`] says which of more are left out.
    ///
    /// # Errors
    /// When the document's file cannot be read.
    pub fn uncovered(&self, cover: &Cover, most: usize) -> Result<(Vec<Part>, bool), Error> {
        self.uncovered_in(None, cover, most)
    }

    /// As [`Document::uncovered`], within one element.
    ///
    /// # Errors
    /// When the document's file cannot be read.
    pub fn uncovered_in(
        &self,
        element: Option<&Element>,
        cover: &Cover,
        most: usize,
    ) -> Result<(Vec<Part>, bool), Error> {
        let mut listing = Listing::new(cover, most);
        self.walk_in(element, |step| listing.step(&step))?;
        Ok(listing.finish())
    }
}

/// An open element with the octets of what is its own.
struct Open {
    start: usize,
    /// What of it is covered, if anything is.
    covered: Option<Own>,
    tag: usize,
    attributes: usize,
    declarations: usize,
    /// Whether its namespaces are not covered, though it is.
    is_loose: bool,
    /// Whether those of an element right below it are not.
    holds_loose: bool,
    text: usize,
    is_blank: bool,
    instructions: usize,
}

/// The list of what is not covered, while it is made.
struct Listing<'c> {
    cover: &'c Cover,
    most: usize,
    open: Vec<Open>,
    /// Whole elements. An element's end is known only when it closes: those that close uncovered are kept, and replaced
    /// by their parent if that closes uncovered too.
    elements: Vec<Part>,
    /// Attributes, text and processing instructions of elements around what is covered.
    around: Vec<Part>,
    /// Tags and namespaces.
    markup: Vec<Part>,
    /// Octets of the instructions beside the root.
    outside: usize,
    /// Where the first of the elements stands that were left out, unless it is in one that is listed.
    left_out: Option<usize>,
    /// Whether something was left out.
    more: bool,
}

impl<'c> Listing<'c> {
    fn new(cover: &'c Cover, most: usize) -> Self {
        Self {
            cover,
            most,
            open: Vec::new(),
            elements: Vec::new(),
            around: Vec::new(),
            markup: Vec::new(),
            outside: 0,
            left_out: None,
            more: false,
        }
    }

    fn step(&mut self, step: &Step<'_>) -> Walk {
        match *step {
            Step::Text { octets, blank } => {
                if let Some(last) = self.open.last_mut() {
                    last.text += octets;
                    last.is_blank &= blank;
                }
            }
            Step::Instruction { octets } => {
                *self.open.last_mut().map_or(&mut self.outside, |last| &mut last.instructions) += octets;
            }
            Step::Start { start, end, empty, attributes, declarations, .. } => {
                // What is covered is passed over whole.
                if let Some(inside) = self.cover.end_of(start) {
                    return Walk::Behind(inside);
                }
                let covered = self.cover.known(start);
                self.open.push(Open {
                    start,
                    covered,
                    tag: (end - start).saturating_sub(attributes + declarations),
                    attributes,
                    declarations,
                    is_loose: covered.is_some_and(|covered| covered.itself && !covered.namespaces),
                    holds_loose: false,
                    text: 0,
                    is_blank: true,
                    instructions: 0,
                });
                if empty {
                    self.end(end);
                }
            }
            Step::End { end } => self.end(end),
        }
        Walk::On
    }

    fn end(&mut self, end: usize) {
        let Some(own) = self.open.pop() else { return };
        let element = Element::at(own.start, end);
        if self.cover.reaches_into(&element.span()) {
            return self.list_own(element, &own);
        }
        while self.elements.last().is_some_and(|last| element.contains(&last.element)) {
            self.elements.pop();
        }
        self.left_out = self.left_out.filter(|start| *start < element.start);
        // Inside an element that stays uncovered as a whole there may be any number: all but so many wait for it.
        if self.elements.len() > self.most.saturating_mul(4) {
            let last = self.elements.pop();
            self.left_out = self.left_out.or(last.map(|last| last.element.start));
        }
        self.elements.push(Part { element, kind: PartKind::Element, bytes: end - own.start });
    }

    /// Lists what is left of an element of which something is covered, or of what it holds.
    fn list_own(&mut self, element: Element, own: &Open) {
        let Own { itself, attributes, text, instructions, .. } = own.covered.unwrap_or_default();
        // Whoever declares a prefix anew changes what its element means, and all that are in it.
        let is_first = self.open.last().is_none_or(|around| !around.is_loose && !around.holds_loose);
        if let Some(around) = self.open.last_mut() {
            around.holds_loose |= own.is_loose && own.declarations == 0;
        }
        let loose = own.is_loose && (is_first || own.declarations > 0);
        for (kind, is_left, bytes) in [
            (PartKind::Tags, !itself && own.covered.is_some(), own.tag),
            (PartKind::Attributes, !attributes && own.attributes > 0, own.attributes),
            (PartKind::Namespaces, loose, own.declarations),
            (PartKind::Text, !text && !own.is_blank, own.text),
            (PartKind::Instructions, !instructions && own.instructions > 0, own.instructions),
        ] {
            if !is_left {
                continue;
            }
            let parts = if kind.is_markup() { &mut self.markup } else { &mut self.around };
            // Those of the outermost elements, which close last, say the most.
            if parts.len() >= self.most {
                parts.remove(0);
                self.more = true;
            }
            parts.push(Part { element, kind, bytes });
        }
    }

    /// The list in document order, and whether there is more.
    fn finish(mut self) -> (Vec<Part>, bool) {
        let mut parts = self.elements;
        if self.outside > 0 {
            let (element, kind) = (Element::at(0, 0), PartKind::OuterInstructions);
            parts.push(Part { element, kind, bytes: self.outside });
        }
        parts.append(&mut self.around);
        parts.append(&mut self.markup);
        // Attributes come before the text of their element.
        parts.sort_by_key(|part| (part.element.start, part.kind));
        let is_cut = cut(&mut parts, self.most);
        (parts, self.more || self.left_out.is_some() || is_cut)
    }
}

/// Leaves at most `most` parts of a list in document order, and says whether there were more. XPaths leave out attributes
/// and text of many elements, and tags and namespaces of very many; what may have been added must not be lost among
/// these, nor they among what was added: a fifth of the room is kept for them, and the rest for elements. Tags and
/// namespaces have what attributes and text leave.
pub fn cut(parts: &mut Vec<Part>, most: usize) -> bool {
    let count = |is: fn(PartKind) -> bool| parts.iter().filter(|part| is(part.kind)).count();
    let (elements, markup) = (count(PartKind::is_element), count(PartKind::is_markup));
    let around = parts.len() - elements - markup;
    let for_elements = elements.min(most - (around + markup).min(most / 5));
    let for_around = around.min(most - for_elements);
    let mut rooms = [for_elements, for_around, most - for_elements - for_around];
    let before = parts.len();
    parts.retain(|part| {
        let [elements, around, markup] = &mut rooms;
        let room = match part.kind {
            kind if kind.is_element() => elements,
            kind if kind.is_markup() => markup,
            _ => around,
        };
        let fits = *room > 0;
        *room = room.saturating_sub(1);
        fits
    });
    parts.len() < before
}

/// The spans in order, those that overlap or touch as one.
pub(super) fn merged(spans: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut sorted = spans.to_vec();
    sorted.sort_unstable_by_key(|span| span.start);
    let mut out: Vec<Range<usize>> = Vec::new();
    for span in sorted {
        match out.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => out.push(span),
        }
    }
    out
}

pub(super) fn lies_in(merged: &[Range<usize>], at: usize) -> bool {
    let after = merged.partition_point(|span| span.start <= at);
    after.checked_sub(1).and_then(|last| merged.get(last)).is_some_and(|span| span.contains(&at))
}
