//! What the index of a document holds: its signatures, the elements with identifiers, and what is in scope at
//! each of these. Texts lie one after another in pools, so that very many cost no allocation each.

use std::ops::Range;

use smallvec::SmallVec;

use super::{Element, Identified};

/// Namespace declarations and `xml:` attributes that an element adds to what it inherits.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// Offset of the element that the scope belongs to.
    pub(super) owner: usize,
    pub(super) parent: Option<usize>,
    /// Among the pairs of the index: prefixes and URIs.
    pub(super) declarations: Range<usize>,
    /// Local names and normalised values.
    pub(super) xml_attributes: Range<usize>,
}

/// Two texts in a pool, one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) start: usize,
    pub(super) middle: usize,
    pub(super) end: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) root: Element,
    pub(super) root_name: String,
    pub(super) has_outer_instructions: bool,
    pub(super) signatures: SmallVec<[Element; 1]>,
    /// Values lie one after another in `values`.
    pub(super) identifiers: Vec<(Range<usize>, Element)>,
    pub(super) values: SmallVec<[u8; 32]>,
    pub(super) too_many_identifiers: bool,
    pub(super) scopes: Vec<Scope>,
    /// What scopes hold; its text lies in `pool`.
    pub(super) pairs: Vec<Pair>,
    pub(super) pool: String,
}

impl Index {
    pub(super) fn new() -> Self {
        Self {
            root: Element { start: 0, end: 0, parent: None, scope: None },
            root_name: String::new(),
            has_outer_instructions: false,
            signatures: SmallVec::new(),
            identifiers: Vec::new(),
            values: SmallVec::new(),
            too_many_identifiers: false,
            scopes: Vec::new(),
            pairs: Vec::new(),
            pool: String::new(),
        }
    }

    /// With room for what most documents declare.
    pub(super) fn with_room() -> Self {
        Self {
            identifiers: Vec::with_capacity(4),
            scopes: Vec::with_capacity(4),
            pairs: Vec::with_capacity(16),
            pool: String::with_capacity(512),
            ..Self::new()
        }
    }

    /// Takes note of a pair, and gives how many octets it has.
    pub(super) fn note(&mut self, (first, second): (&[u8], &[u8])) -> usize {
        // A document's octets are UTF-8.
        let text = |octets| std::str::from_utf8(octets).unwrap_or_default();
        let start = self.pool.len();
        self.pool.push_str(text(first));
        let middle = self.pool.len();
        self.pool.push_str(text(second));
        let end = self.pool.len();
        self.pairs.push(Pair { start, middle, end });
        end - start
    }

    pub(super) fn pairs(&self, range: &Range<usize>) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.pairs.get(range.clone()).unwrap_or_default().iter();
        pairs.filter_map(|pair| {
            Some((self.pool.get(pair.start..pair.middle)?, self.pool.get(pair.middle..pair.end)?))
        })
    }

    /// The scope that belongs to an element. Scopes lie in the order of their elements.
    pub(super) fn scope_of(&self, element: &Element) -> Option<usize> {
        self.scopes.binary_search_by_key(&element.start, |scope| scope.owner).ok()
    }

    /// Namespaces in scope at the parent of `element`, the innermost of each prefix.
    pub(super) fn inherited_namespaces(&self, element: &Element) -> SmallVec<[(&str, &str); 4]> {
        let mut found = SmallVec::<[(&str, &str); 4]>::new();
        for scope in self.scopes_of(element) {
            for (prefix, uri) in self.pairs(&scope.declarations) {
                if !found.iter().any(|(known, _)| *known == prefix) {
                    found.push((prefix, uri));
                }
            }
        }
        found.retain(|&mut (_, uri)| !uri.is_empty());
        found
    }

    pub(super) fn scopes_of(&self, element: &Element) -> impl Iterator<Item = &Scope> {
        let mut next = element.scope;
        std::iter::from_fn(move || {
            let scope = self.scopes.get(next?)?;
            next = scope.parent;
            Some(scope)
        })
    }

    pub(super) fn find(&self, id: &str) -> Identified {
        let mut found = Identified::Nothing;
        for (value, element) in &self.identifiers {
            if self.values.get(value.clone()) != Some(id.as_bytes()) {
                continue;
            }
            match found {
                Identified::Nothing => found = Identified::One(*element),
                // Two attributes of one element.
                Identified::One(known) if known.start == element.start => {}
                _ => return Identified::Several,
            }
        }
        found
    }
}
