//! Walks over the elements of a document that a report is made of: paths, what is not covered, and
//! whether an element has a namesake elsewhere. Each is one pass, whatever the number of elements asked
//! for.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher as _;
use std::ops::Range;

use super::index::{Document, Element, Step, Walk};
use super::read::{Error, ErrorKind, Position};

impl Document<'_> {
    /// Of each group of names and spans, those names that an element outside its spans and outside
    /// `anywhere` has as its local name. One pass over the document whatever their number.
    ///
    /// # Errors
    /// When the document's file cannot be read.
    pub fn names_outside(
        &self,
        groups: &[(HashSet<String>, Vec<Range<usize>>)],
        anywhere: &[Range<usize>],
    ) -> Result<Vec<HashSet<String>>, Error> {
        let mut found = vec![HashSet::new(); groups.len()];
        let anywhere = merged(anywhere);
        let spans: Vec<_> = groups.iter().map(|(_, spans)| merged(spans)).collect();
        // Groups that a name was not found for yet.
        let mut wanted: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, (names, _)) in groups.iter().enumerate() {
            names.iter().for_each(|name| wanted.entry(name).or_default().push(at));
        }
        if wanted.is_empty() {
            return Ok(found);
        }
        self.walk(|step| {
            if let Step::Start { start, name, .. } = step
                && let local = super::read::split_name(name).1
                && let Some(open) = wanted.get_mut(local)
                && !lies_in(&anywhere, start)
            {
                open.retain(|at| {
                    let inside = spans.get(*at).is_some_and(|spans| lies_in(spans, start));
                    if !inside && let Some(found) = found.get_mut(*at) {
                        found.insert(local.to_owned());
                    }
                    inside
                });
                if open.is_empty() {
                    wanted.remove(local);
                }
            }
            if wanted.is_empty() { Walk::Stop } else { Walk::On }
        })?;
        Ok(found)
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

    /// The largest elements that lie in none of `covered` and hold none of them, at most `most`, and
    /// whether there are more.
    ///
    /// # Errors
    /// When the document's file cannot be read.
    pub fn uncovered(&self, covered: &[Range<usize>], most: usize) -> Result<(Vec<Element>, bool), Error> {
        let covered = merged(covered);
        let holds = |start: usize, end: usize| {
            let first = covered.partition_point(|span| span.start < start);
            covered.get(first).is_some_and(|span| span.start < end)
        };
        let mut found: Vec<Element> = Vec::new();
        let mut more = false;
        let mut open: Vec<usize> = Vec::new();
        // An element's end is known only when it closes: those that close uncovered are kept, and
        // replaced by their parent if that closes uncovered too.
        self.walk(|step| {
            let closed = match step {
                Step::Start { start, end, empty, .. } => {
                    let at = covered.partition_point(|span| span.start < start);
                    // What is covered is passed over whole.
                    if let Some(span) = covered.get(at).filter(|span| span.start == start) {
                        let inside = span.end;
                        return Walk::Behind(inside);
                    }
                    open.push(start);
                    empty.then_some(end)
                }
                Step::End { end } => Some(end),
            };
            if let Some(end) = closed
                && let Some(start) = open.pop()
                && !holds(start, end)
            {
                let element = Element::at(start, end);
                while found.last().is_some_and(|last| element.contains(last)) {
                    found.pop();
                }
                // Inside an element that stays uncovered as a whole there may be any number: all but
                // so many wait for it.
                if found.len() > most.saturating_mul(4) {
                    found.pop();
                    more = true;
                }
                found.push(element);
            }
            Walk::On
        })?;
        more |= found.len() > most;
        found.truncate(most);
        Ok((found, more))
    }
}

/// The longest name in an XPath, in characters.
const XPATH_NAME: usize = 200;
/// Names of siblings and of the siblings of ancestors that are counted at a time.
const MOST_NAMES: usize = 1_000_000;

fn xpath(steps: &[(String, usize)]) -> String {
    let mut path = String::new();
    for (depth, (name, position)) in steps.iter().enumerate() {
        path.push('/');
        path.push_str(name);
        if depth > 0 {
            path.push_str(&format!("[{position}]"));
        }
    }
    path
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
