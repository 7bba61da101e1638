//! The graph of certificate policies along a path (RFC 9618), which replaces the tree of RFC 5280.
//!
//! In the tree a policy had a node for every way that mappings lead to it, so a short chain could make
//! it grow without end. In the graph it has one node a level, with several parents. Its size is that of
//! the extensions it is made from, and bounded besides. Nothing is pruned on the way: a node that leads
//! nowhere is left out when the outcome is read off.

use std::collections::{BTreeMap, BTreeSet};

use crate::asn1::oid::ANY_POLICY;
use crate::pkix::{PolicyInformation, PolicyQualifier};

/// Nodes and edges of one graph.
const MAX_SIZE: usize = 1000;

/// A policy for which a path is valid (user-constrained-policy-set of RFC 9618 5.5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValidPolicy {
    /// Dotted OID, in the domain of the anchor; anyPolicy when every policy is.
    pub policy: String,
    /// What the authorities along the path say about it, sorted.
    pub qualifiers: Vec<PolicyQualifier>,
}

/// More policies than the limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct TooManyPolicies;

struct Node<'a> {
    parents: Vec<&'a str>,
    expected: Vec<&'a str>,
    qualifiers: &'a [PolicyQualifier],
}

type Level<'a> = BTreeMap<&'a str, Node<'a>>;

/// valid_policy_graph of RFC 9618 5.2. Level 0 is the anchor's, each certificate adds one.
pub(super) struct Graph<'a> {
    levels: Vec<Level<'a>>,
    size: usize,
}

impl<'a> Graph<'a> {
    pub(super) fn new() -> Self {
        let any = Node { parents: Vec::new(), expected: vec![ANY_POLICY], qualifiers: &[] };
        Self { levels: vec![Level::from([(ANY_POLICY, any)])], size: 1 }
    }

    /// Whether no policy is left.
    pub(super) fn is_null(&self) -> bool {
        self.levels.last().is_none_or(Level::is_empty)
    }

    /// The level of a certificate with these policies (RFC 9618 5.3 (d), (e)). `any` says whether
    /// anyPolicy among them counts.
    pub(super) fn descend(
        &mut self,
        policies: &'a [PolicyInformation],
        any: bool,
    ) -> Result<(), TooManyPolicies> {
        let mut below = Level::new();
        if let Some(above) = self.levels.last() {
            let mut expecting: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for (policy, node) in above {
                for expected in &node.expected {
                    expecting.entry(expected).or_default().push(policy);
                }
            }
            let mut add = |policy: &'a str, parents: Vec<&'a str>, qualifiers| {
                below.insert(policy, Node { parents, expected: vec![policy], qualifiers });
            };
            for stated in policies.iter().filter(|stated| stated.policy != ANY_POLICY) {
                let policy = stated.policy.as_str();
                if let Some(parents) = expecting.remove(policy) {
                    add(policy, parents, stated.qualifiers.as_slice());
                } else if above.contains_key(ANY_POLICY) {
                    add(policy, vec![ANY_POLICY], stated.qualifiers.as_slice());
                }
            }
            // What is expected and was not stated itself is what anyPolicy stands for.
            if let Some(stated) = policies.iter().find(|stated| any && stated.policy == ANY_POLICY) {
                for (policy, parents) in expecting {
                    add(policy, parents, stated.qualifiers.as_slice());
                }
            }
        }
        self.grow(below.values().map(|node| 1 + node.parents.len()).sum())?;
        self.levels.push(below);
        Ok(())
    }

    /// Mappings of the last certificate (RFC 9618 5.4 (b)), from its issuer's policies to its
    /// subject's; where they are inhibited a mapped policy is none any more.
    pub(super) fn map(
        &mut self,
        mappings: &'a [(String, String)],
        inhibited: bool,
    ) -> Result<(), TooManyPolicies> {
        self.grow(mappings.len())?;
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        let mut targets: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (from, to) in mappings {
            let targets = targets.entry(from).or_default();
            if !targets.contains(&to.as_str()) {
                targets.push(to);
            }
        }
        for (from, expected) in targets {
            if inhibited {
                level.remove(from);
            } else if let Some(node) = level.get_mut(from) {
                node.expected = expected;
            } else if let Some(qualifiers) = level.get(ANY_POLICY).map(|any| any.qualifiers) {
                level.insert(from, Node { parents: vec![ANY_POLICY], expected, qualifiers });
            }
        }
        Ok(())
    }

    fn grow(&mut self, by: usize) -> Result<(), TooManyPolicies> {
        self.size = self.size.saturating_add(by);
        if self.size > MAX_SIZE { Err(TooManyPolicies) } else { Ok(()) }
    }

    /// The policies of the path among `wanted`, which may hold anyPolicy (RFC 9618 5.5 (g)).
    pub(super) fn outcome(&self, wanted: &[String]) -> Vec<ValidPolicy> {
        let live = self.live();
        let mut found: BTreeMap<&str, BTreeSet<&PolicyQualifier>> = BTreeMap::new();
        for (depth, (level, live_here)) in self.levels.iter().zip(&live).enumerate().skip(1) {
            for policy in live_here.iter().filter(|policy| **policy != ANY_POLICY) {
                // A policy of the anchor's domain hangs from anyPolicy alone.
                if level.get(policy).is_some_and(|node| node.parents == [ANY_POLICY]) {
                    let qualifiers = found.entry(policy).or_default();
                    qualifiers.extend(self.qualifiers_above(depth));
                    qualifiers.extend(self.qualifiers_below(depth, policy, &live));
                }
            }
        }
        let everything = wanted.iter().any(|policy| policy == ANY_POLICY);
        if !everything {
            found.retain(|policy, _| wanted.iter().any(|wanted| wanted == policy));
        }
        if self.levels.last().is_some_and(|level| level.contains_key(ANY_POLICY)) {
            let qualifiers = self.qualifiers_above(self.levels.len());
            if everything {
                found.insert(ANY_POLICY, qualifiers);
            } else {
                for policy in wanted {
                    found.entry(policy).or_insert_with(|| qualifiers.clone());
                }
            }
        }
        let valid = |(policy, qualifiers): (&str, BTreeSet<&PolicyQualifier>)| ValidPolicy {
            policy: policy.to_owned(),
            qualifiers: qualifiers.into_iter().cloned().collect(),
        };
        found.into_iter().map(valid).collect()
    }

    /// Of each level the policies from which the last one is reached.
    fn live(&self) -> Vec<BTreeSet<&'a str>> {
        let mut live = Vec::with_capacity(self.levels.len());
        let mut reached: BTreeSet<&str> =
            self.levels.last().map(|level| level.keys().copied().collect()).unwrap_or_default();
        for level in self.levels.iter().rev() {
            let nodes = reached.iter().filter_map(|policy| level.get(policy));
            let parents = nodes.flat_map(|node| node.parents.iter().copied()).collect();
            live.push(std::mem::replace(&mut reached, parents));
        }
        live.reverse();
        live
    }

    /// Qualifiers of anyPolicy on the levels before `depth`.
    fn qualifiers_above(&self, depth: usize) -> BTreeSet<&'a PolicyQualifier> {
        let any = self.levels.iter().take(depth).filter_map(|level| level.get(ANY_POLICY));
        any.flat_map(|node| node.qualifiers).collect()
    }

    /// Qualifiers of a node and of all that hangs from it.
    fn qualifiers_below(
        &self,
        depth: usize,
        policy: &'a str,
        live: &[BTreeSet<&'a str>],
    ) -> BTreeSet<&'a PolicyQualifier> {
        let own = self.levels.get(depth).and_then(|level| level.get(policy));
        let mut found: BTreeSet<_> = own.into_iter().flat_map(|node| node.qualifiers).collect();
        let mut above = BTreeSet::from([policy]);
        for (level, live) in self.levels.iter().zip(live).skip(depth + 1) {
            let nodes = live.iter().filter_map(|policy| level.get_key_value(policy));
            let children: Vec<_> =
                nodes.filter(|(_, node)| node.parents.iter().any(|parent| above.contains(parent))).collect();
            found.extend(children.iter().flat_map(|(_, node)| node.qualifiers));
            above = children.into_iter().map(|(policy, _)| *policy).collect();
        }
        found
    }
}
