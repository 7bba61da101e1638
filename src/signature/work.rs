//! How much work one document may make, whatever its references ask for.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::Problem;
use super::reference::Digested;
use crate::crypto::DigestAlgorithm;
use crate::xml::xpath;

/// How many octets may be digested in the time in which a node is read into a tree.
pub(super) const NODE: usize = 64;
/// At most this many elements that XPaths chose for one document are compared with others.
const MOST_CHOSEN: usize = 500_000;

/// How much may be digested, kept and evaluated for one document, whatever its references ask for.
/// Digests are computed before anything is known to be authentic.
#[derive(Debug)]
pub(super) struct Work {
    digest: usize,
    walk: usize,
    keep: usize,
    /// Of one signature.
    references: usize,
    chosen: usize,
    pub(super) xpath: xpath::Budget,
    /// Digests of plain subtrees, by what they were computed over.
    pub(super) known: HashMap<Subtree, Digested>,
    /// Names of elements that XPaths chose, each once.
    names: HashSet<Rc<str>>,
}

/// A subtree less some elements, a canonicalisation and a digest.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Subtree {
    pub(super) apex: Option<usize>,
    pub(super) excluded: Vec<(usize, usize)>,
    pub(super) method: &'static str,
    pub(super) comments: bool,
    pub(super) prefixes: Vec<String>,
    pub(super) digest: DigestAlgorithm,
}

impl Work {
    /// Twenty times the document, once more for each signature as far as that is less than 2 GiB, and
    /// 64 MiB to digest; as much again to walk over; four times the document to keep.
    pub(super) fn for_document(octets: usize, signatures: usize) -> Self {
        let once_each = octets.saturating_mul(signatures).min(2 << 30);
        let octets_in_all = octets.saturating_mul(20).saturating_add(once_each).saturating_add(64 << 20);
        Self {
            digest: octets_in_all,
            walk: octets_in_all,
            keep: octets.saturating_mul(4),
            references: 0,
            chosen: MOST_CHOSEN,
            xpath: xpath::Budget::default(),
            known: HashMap::new(),
            names: HashSet::new(),
        }
    }

    pub(super) fn spend(&mut self, octets: usize) -> Result<(), Problem> {
        match self.digest.checked_sub(octets) {
            Some(left) => {
                self.digest = left;
                Ok(())
            }
            None => Err(Problem::Limit("digested octets")),
        }
    }

    /// Takes note of a walk over so many octets; whether it may be made.
    pub(super) fn walk(&mut self, octets: usize) -> bool {
        let left = self.walk.checked_sub(octets);
        self.walk = left.unwrap_or(self.walk);
        left.is_some()
    }

    /// Octets that may still be digested.
    pub(super) fn left(&self) -> usize {
        self.digest
    }

    /// Allows so many references for another signature.
    pub(super) fn allow(&mut self, references: usize) {
        self.references = references;
    }

    /// Takes note of another reference.
    pub(super) fn reference(&mut self) -> Result<(), Problem> {
        match self.references.checked_sub(1) {
            Some(left) => {
                self.references = left;
                Ok(())
            }
            None => Err(Problem::Limit("references")),
        }
    }

    /// Takes note of so many elements that an XPath chose.
    pub(super) fn choose(&mut self, elements: usize) -> Result<(), Problem> {
        self.chosen = self.chosen.checked_sub(elements).ok_or(Problem::Limit("coverage"))?;
        Ok(())
    }

    pub(super) fn name(&mut self, local: &str) -> Rc<str> {
        if let Some(known) = self.names.get(local) {
            return Rc::clone(known);
        }
        let name: Rc<str> = local.into();
        self.names.insert(Rc::clone(&name));
        name
    }

    pub(super) fn keep(&mut self, octets: usize) -> bool {
        let left = self.keep.checked_sub(octets);
        self.keep = left.unwrap_or(self.keep);
        left.is_some()
    }
}
