//! Walks over the elements of a document that a report is made of: paths, what is not covered, and
//! whether an element may be taken for another. Each is one pass, whatever the number of elements asked
//! for.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher as _;
use std::ops::Range;
use std::rc::Rc;

use super::index::{Document, Element, Step, Walk};
use super::read::{Error, ErrorKind, Position};

impl Document<'_> {
    /// Of each signature the signed elements that an element which it does not cover may be taken for.
    /// `parts` are the spans of what is a part of signatures, which are no content. One pass over the
    /// document whatever their number.
    ///
    /// Such an element bears the same local name and is somewhere; or it bears the name of the root and
    /// stands between root and signed element, so that one reader takes the outer one for the document
    /// and another the inner one. Where it is around the signed element, that may be wrapping or a
    /// document whose names repeat. These cannot be told apart by names and places, for the forger has
    /// all of them; but a container that says nothing misleads nobody: no attribute, no text, nothing in
    /// it but what leads to the one signed element. Anything else in it is for a reader to be taken in
    /// by, a signature too, which anybody may fill where it is not signed; so it is a twin then, honest
    /// or not. Of a copy of the root the same is asked, and that it holds the signature, which then lies
    /// within what is signed: that one stayed behind is what wrapping looks like.
    ///
    /// # Errors
    /// When the document's file cannot be read.
    pub fn twins(&self, signed: &[Signed], parts: &[Range<usize>]) -> Result<Vec<Twins>, Error> {
        let mut search = Search::new(signed, merged(parts));
        // A signature that envelops another repeats its root by design; the outer one has its own verdict.
        let root = self.root().start;
        let root_is_signature = self.signatures().iter().any(|signature| signature.start == root);
        let root_name = Some(self.root_name()).filter(|_| !root_is_signature);
        self.walk(|step| {
            match step {
                Step::Text { blank, .. } => search.text(blank),
                Step::Instruction { .. } => {}
                Step::Start { start, end, name, empty, attributes, .. } => {
                    let local = super::read::split_name(name).1;
                    search.start(start, local, Some(local) == root_name, attributes > 0);
                    if empty {
                        search.end(end);
                    }
                }
                Step::End { end } => search.end(end),
            }
            Walk::On
        })?;
        Ok(search.found)
    }

    /// Each of `elements` as an XPath by qualified names and positions, `/a/b[2]`; long names are cut
    /// short. One pass over the document whatever their number.
    ///
    /// # Errors
    /// When the document's file cannot be read, and when siblings have more than a million names.
    pub fn xpaths(&self, elements: &[Element]) -> Result<Vec<String>, Error> {
        let mut paths = vec![String::new(); elements.len()];
        let mut wanted: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, element) in elements.iter().enumerate() {
            wanted.entry(element.start).or_default().push(at);
        }
        if wanted.is_empty() {
            return Ok(paths);
        }
        let mut left = wanted.len();
        let mut steps: Vec<(String, usize)> = Vec::new();
        // Of names only a keyed hash is kept: names may be long, and siblings all of different names.
        let hashing = std::hash::RandomState::new();
        let mut counts: Vec<HashMap<u64, usize>> = vec![HashMap::new()];
        let mut names = 0_usize;
        self.walk(|step| {
            match step {
                Step::Start { start, name, empty, .. } => {
                    let Some(siblings) = counts.last_mut() else { return Walk::Stop };
                    let position = siblings.entry(hashing.hash_one(name)).or_insert(0);
                    *position += 1;
                    names += usize::from(*position == 1);
                    if names > MOST_NAMES {
                        return Walk::Stop;
                    }
                    steps.push((name.chars().take(XPATH_NAME).collect(), *position));
                    if let Some(slots) = wanted.get(&start) {
                        let path = xpath(&steps);
                        for slot in slots {
                            if let Some(slot) = paths.get_mut(*slot) {
                                slot.clone_from(&path);
                            }
                        }
                        left -= 1;
                    }
                    if empty {
                        steps.pop();
                    } else {
                        counts.push(HashMap::new());
                    }
                }
                Step::Text { .. } | Step::Instruction { .. } => {}
                Step::End { .. } => {
                    steps.pop();
                    names -= counts.pop().map_or(0, |siblings| siblings.len());
                }
            }
            if left > 0 { Walk::On } else { Walk::Stop }
        })?;
        if names > MOST_NAMES {
            let position = Position { line: 1, column: 1 };
            return Err(Error { kind: ErrorKind::Limit("names"), offset: 0, position });
        }
        Ok(paths)
    }

    /// What is not covered, in document order, at most `most` parts, and whether there are more: the
    /// largest elements in which nothing is; of the elements around what is covered the attributes, the text
    /// and the processing instructions, unless these are covered too; the tags of elements of which only
    /// something else is covered; the namespaces of elements that are
    /// covered without them, if they have declarations; of those that have none the outermost, and of those
    /// side by side the first; and the instructions beside the root.
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
        let mut outside = 0;
        let mut found: Vec<Part> = Vec::new();
        let mut around: Vec<Part> = Vec::new();
        // Where an XPath leaves these out, it does so of very many elements: they have what room is left.
        let mut markup: Vec<Part> = Vec::new();
        let mut more = false;
        let mut open: Vec<Open> = Vec::new();
        // An element's end is known only when it closes: those that close uncovered are kept, and
        // replaced by their parent if that closes uncovered too.
        self.walk_in(element, |step| {
            let closed = match step {
                Step::Text { octets, blank } => {
                    if let Some(last) = open.last_mut() {
                        last.text += octets;
                        last.is_blank &= blank;
                    }
                    None
                }
                Step::Instruction { octets } => {
                    *open.last_mut().map_or(&mut outside, |last| &mut last.instructions) += octets;
                    None
                }
                Step::Start { start, end, empty, attributes, declarations, .. } => {
                    // What is covered is passed over whole.
                    if let Some(inside) = cover.end_of(start) {
                        return Walk::Behind(inside);
                    }
                    let covered = cover.known(start);
                    open.push(Open {
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
                    empty.then_some(end)
                }
                Step::End { end } => Some(end),
            };
            let Some((end, own)) = closed.and_then(|end| Some((end, open.pop()?))) else { return Walk::On };
            let element = Element::at(own.start, end);
            if cover.reaches_into(&element.span()) {
                let Own { itself, attributes, text, instructions, .. } = own.covered.unwrap_or_default();
                // Whoever declares a prefix anew changes what its element means, and all that are in it.
                let is_first = open.last().is_none_or(|around| !around.is_loose && !around.holds_loose);
                if let Some(around) = open.last_mut() {
                    around.holds_loose |= own.is_loose && own.declarations == 0;
                }
                for (kind, is_left, bytes) in [
                    (PartKind::Tags, !itself && own.covered.is_some(), own.tag),
                    (PartKind::Attributes, !attributes && own.attributes > 0, own.attributes),
                    (
                        PartKind::Namespaces,
                        own.is_loose && (is_first || own.declarations > 0),
                        own.declarations,
                    ),
                    (PartKind::Text, !text && !own.is_blank, own.text),
                    (PartKind::Instructions, !instructions && own.instructions > 0, own.instructions),
                ] {
                    if !is_left {
                        continue;
                    }
                    let is_markup = matches!(kind, PartKind::Tags | PartKind::Namespaces);
                    let parts = if is_markup { &mut markup } else { &mut around };
                    // Those of the outermost elements, which close last, say the most.
                    if parts.len() >= most {
                        parts.remove(0);
                        more = true;
                    }
                    parts.push(Part { element, kind, bytes });
                }
                return Walk::On;
            }
            while found.last().is_some_and(|last| element.contains(&last.element)) {
                found.pop();
            }
            // Inside an element that stays uncovered as a whole there may be any number: all but
            // so many wait for it.
            if found.len() > most.saturating_mul(4) {
                found.pop();
                more = true;
            }
            found.push(Part { element, kind: PartKind::Element, bytes: end - own.start });
            Walk::On
        })?;
        if outside > 0 {
            found.push(Part {
                element: Element::at(0, 0),
                kind: PartKind::OuterInstructions,
                bytes: outside,
            });
        }
        found.append(&mut around);
        let room = most.saturating_sub(found.len());
        more |= markup.len() > room;
        found.extend(markup.into_iter().rev().take(room));
        // Attributes come before the text of their element.
        found.sort_by_key(|part| (part.element.start, part.kind));
        more |= found.len() > most;
        found.truncate(most);
        Ok((found, more))
    }
}

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
    fn octets_in(&self, element: &Range<usize>) -> usize {
        let up_to = |offset: usize| {
            let count = self.spans.partition_point(|span| span.start < offset);
            count.checked_sub(1).and_then(|last| self.octets.get(last)).copied().unwrap_or(0)
        };
        up_to(element.end) - up_to(element.start)
    }
}

/// What a signature signs, for the search for twins.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Offset of the Signature.
    pub signature: usize,
    pub cover: Cover,
    /// Offsets of signed elements. Those that are content have their local names, by which they may be
    /// mistaken; of those that are parts of a signature the place alone matters.
    pub elements: HashMap<usize, Option<Rc<str>>>,
    /// Those that are not covered as a whole, but are no twins of themselves: a part of them is signed.
    pub in_part: HashSet<usize>,
    /// Of these, those whose text alone was signed, decoded.
    pub decoded: HashSet<usize>,
}

/// Of one signature the signed elements, by offset, that may be taken for something else.
#[derive(Clone, Debug, Default)]
pub struct Twins {
    /// Those whose name another element bears.
    pub named: HashMap<usize, Twin>,
    /// Those that stand in a copy of the root.
    pub copied: HashMap<usize, Twin>,
}

/// How an element that may be taken for a signed one stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Twin {
    /// Other signatures cover it, or all that it holds: it is as good as they are.
    SignedByOthers,
    /// It holds something that no signature covers.
    Unsigned,
}

/// An element that is open in the search for twins.
struct Held<'s> {
    start: usize,
    /// The name, if signed elements bear it.
    name: Option<&'s str>,
    is_copy: bool,
    stands: Stands,
    /// Whether it holds anything that is covered.
    holds: bool,
    /// Whether it holds anything that is not.
    says: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    Covered,
    /// A part of a signature.
    Part,
    Free,
}

/// The search for twins.
struct Search<'s> {
    signed: &'s [Signed],
    parts: Vec<Range<usize>>,
    /// What all signatures cover.
    all: Cover,
    /// For each name the signatures that sign an element of it, with what was found.
    wanted: HashMap<&'s str, Vec<(usize, Option<Twin>)>>,
    /// Signed elements and their signatures, in document order.
    elements: Vec<(usize, usize)>,
    /// The same by names.
    of_name: HashMap<&'s str, Vec<(usize, usize)>>,
    /// Of these the places of those that were looked at in copies of the root, in order.
    looked_at: Vec<Range<usize>>,
    open: Vec<Held<'s>>,
    /// Signed elements with their signatures that stand in copies of the root, and whether all of these
    /// hold the signature as well.
    copied: HashMap<(usize, usize), bool>,
    /// By signatures, at the end.
    found: Vec<Twins>,
}

impl<'s> Search<'s> {
    fn new(signed: &'s [Signed], parts: Vec<Range<usize>>) -> Self {
        let spans = signed.iter().flat_map(|own| own.cover.spans.iter().cloned());
        let own = signed.iter().flat_map(|signed| signed.cover.own.iter().copied());
        let mut wanted: HashMap<&str, Vec<(usize, Option<Twin>)>> = HashMap::new();
        let mut elements = Vec::new();
        let mut of_name: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
        for (at, own) in signed.iter().enumerate() {
            for (start, name) in &own.elements {
                elements.push((*start, at));
                if let Some(name) = name {
                    of_name.entry(name).or_default().push((*start, at));
                    let known = wanted.entry(name).or_default();
                    if known.last().is_none_or(|(last, _)| *last != at) {
                        known.push((at, None));
                    }
                }
            }
        }
        elements.sort_unstable();
        of_name.values_mut().for_each(|of_name| of_name.sort_unstable());
        Self {
            signed,
            parts,
            all: Cover::new(spans, own),
            wanted,
            elements,
            of_name,
            looked_at: Vec::new(),
            open: Vec::new(),
            copied: HashMap::new(),
            found: vec![Twins::default(); signed.len()],
        }
    }

    fn text(&mut self, blank: bool) {
        if let Some(last) = self.open.last_mut().filter(|last| last.stands == Stands::Free) {
            last.says |= !blank && !self.all.own(last.start).text;
        }
    }

    fn start(&mut self, start: usize, local: &str, has_root_name: bool, has_attributes: bool) {
        let stands = if self.all.covers(start) {
            Stands::Covered
        } else if lies_in(&self.parts, start) {
            Stands::Part
        } else {
            Stands::Free
        };
        let own = self.all.own(start);
        self.open.push(Held {
            start,
            name: self.wanted.get_key_value(local).map(|(name, _)| *name),
            is_copy: has_root_name && !self.open.is_empty(),
            stands,
            holds: stands == Stands::Covered || own.itself,
            // Whatever a signature holds that nobody signed, its own parts too, anybody may have written.
            says: stands == Stands::Part || (stands == Stands::Free && has_attributes && !own.attributes),
        });
    }

    fn end(&mut self, end: usize) {
        let Some(mut closed) = self.open.pop() else { return };
        let element = closed.start..end;
        match closed.stands {
            Stands::Covered => closed.says = false,
            // What is signed in a signature makes no container of what is around that.
            Stands::Part => closed.holds = false,
            // What holds nothing that is covered is not covered itself.
            Stands::Free => closed.says |= !closed.holds,
        }
        if let Some(parent) = self.open.last_mut() {
            parent.holds |= closed.holds;
            parent.says |= closed.says;
        }
        if let Some(name) = closed.name.filter(|_| closed.stands != Stands::Part) {
            self.namesake(name, &closed, &element);
        }
        if closed.is_copy {
            self.copy(&element);
        }
        if self.open.is_empty() {
            self.finish(&closed, &element);
        }
    }

    /// Takes note of an element with the name of the root. What is in a copy within it was looked at with that: a
    /// signature which that holds is in this one too, and one that it does not hold has stayed behind already.
    fn copy(&mut self, element: &Range<usize>) {
        let at = |offset: usize| self.elements.partition_point(|(start, _)| *start < offset);
        let (own, end) = (at(element.start + 1), at(element.end));
        let mut next = own;
        let first_inside = self.looked_at.partition_point(|looked| looked.start < own);
        for looked in self.looked_at.drain(first_inside..).chain(std::iter::once(end..end)) {
            for &(start, of) in self.elements.get(next..looked.start).unwrap_or_default() {
                let is_in = self.signed.get(of).is_some_and(|own| element.contains(&own.signature));
                self.copied.insert((start, of), is_in);
            }
            next = looked.end;
        }
        self.looked_at.push(own..end);
    }

    /// Takes note of an element with the name of signed ones.
    fn namesake(&mut self, name: &str, closed: &Held<'s>, element: &Range<usize>) {
        let signed = self.signed;
        let Some(wanted) = self.wanted.get_mut(name) else { return };
        let is_covered =
            closed.stands == Stands::Covered || signed.iter().any(|own| own.decoded.contains(&closed.start));
        // The one signed element of this name in there, if there is nothing else: of two it would make one.
        let inside = self.of_name.get(name).map(|of_name| within(of_name, element)).unwrap_or_default();
        let (first, last) = (inside.first().map(|inner| inner.0), inside.last().map(|inner| inner.0));
        let holds_one = first.is_some() && first == last && !closed.says;
        let signs_it = |at: usize| holds_one && inside.iter().any(|(_, of)| *of == at);
        for (at, twin) in wanted {
            let Some(own) = signed.get(*at) else { continue };
            if *twin == Some(Twin::Unsigned)
                || own.cover.covers(closed.start)
                || own.in_part.contains(&closed.start)
            {
                continue;
            }
            let found = if is_covered {
                Some(Twin::SignedByOthers)
            } else if !holds_one {
                Some(Twin::Unsigned)
            } else if signs_it(*at) && own.cover.octets_in(element) == self.all.octets_in(element) {
                None
            } else {
                Some(Twin::SignedByOthers)
            };
            *twin = found.max(*twin);
        }
    }

    fn finish(&mut self, root: &Held<'s>, element: &Range<usize>) {
        for (at, (own, found)) in self.signed.iter().zip(&mut self.found).enumerate() {
            for (start, name) in &own.elements {
                let wanted = name.as_deref().and_then(|name| self.wanted.get(name));
                let twin = wanted.and_then(|wanted| wanted.iter().find(|(of, _)| *of == at)?.1);
                if let Some(twin) = twin {
                    found.named.insert(*start, twin);
                }
                let twin = match self.copied.get(&(*start, at)) {
                    None => continue,
                    Some(true) if root.stands == Stands::Free && !root.says => {
                        if own.cover.octets_in(element) == self.all.octets_in(element) {
                            continue;
                        }
                        Twin::SignedByOthers
                    }
                    Some(_) => Twin::Unsigned,
                };
                found.copied.insert(*start, twin);
            }
        }
    }
}

/// Of offsets in order, with what belongs to each, those in a range.
fn within<'e>(elements: &'e [(usize, usize)], range: &Range<usize>) -> &'e [(usize, usize)] {
    let first = elements.partition_point(|(start, _)| *start < range.start);
    let after = elements.partition_point(|(start, _)| *start < range.end);
    elements.get(first..after).unwrap_or_default()
}

/// The longest name in an XPath, in characters.
const XPATH_NAME: usize = 200;
/// The longest XPath, in octets: of one that would be longer the last steps are given, behind an ellipsis.
const LONGEST_XPATH: usize = 4000;
/// Names of siblings and of the siblings of ancestors that are counted at a time.
const MOST_NAMES: usize = 1_000_000;

fn xpath(steps: &[(String, usize)]) -> String {
    let step = |(depth, (name, position)): (usize, &(String, usize))| match depth {
        0 => format!("/{name}"),
        _ => format!("/{name}[{position}]"),
    };
    let mut length = 0;
    let mut shown: Vec<String> = Vec::new();
    for step in steps.iter().enumerate().rev().map(step) {
        length += step.len();
        if length > LONGEST_XPATH {
            shown.push("…".to_owned());
            break;
        }
        shown.push(step);
    }
    shown.reverse();
    shown.concat()
}

/// The spans in order, those that overlap or touch as one.
fn merged(spans: &[Range<usize>]) -> Vec<Range<usize>> {
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

fn lies_in(merged: &[Range<usize>], at: usize) -> bool {
    let after = merged.partition_point(|span| span.start <= at);
    after.checked_sub(1).and_then(|last| merged.get(last)).is_some_and(|span| span.contains(&at))
}
