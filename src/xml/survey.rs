//! Walks over the elements of a document that a report is made of: paths, and whether an element may be taken for
//! another. Each is one pass, whatever the number of elements asked for.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher as _;
use std::ops::Range;
use std::rc::Rc;

use super::cover::{Cover, lies_in, merged};
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
            all: Cover::of_all(signed.iter().map(|signed| &signed.cover)),
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
