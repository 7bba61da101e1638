//! The state machine of RFC 5280 6.1, with the policy graph of RFC 9618, over a chain whose signatures
//! and names hold.
//!
//! An anchor is a name and a key to the RFC. Here it is a certificate, and what that certificate limits
//! still counts: its dates, the use of its key, that it is an authority, the length of the path, names, and
//! a critical extension that is not understood. A limit on an anchor can only narrow what it is trusted for.
//! Its policy extensions do not count, as they speak to no one above it; they are what RFC 5280 6.1.1 takes
//! as inputs. What whoever trusts the anchor limits goes into these inputs too (RFC 5937), and a path that
//! breaks it has a fault of its own: the path would be right below another anchor.

use std::sync::Arc;

use jiff::Timestamp;

use super::names::{self, NameFault};
use super::policy::{Graph, TooManyPolicies};
use super::{Inputs, Path, PathFault, TrustAnchor};
use crate::asn1::oid::ANY_POLICY;
use crate::pkix::{Certificate, NameConstraints};

type Fault = (PathFault, Arc<Certificate>);

/// Faults met, of which the most telling is kept.
#[derive(Default)]
struct Faults(Option<Fault>);

impl Faults {
    fn note(&mut self, fault: PathFault, certificate: &Arc<Certificate>) {
        if self.0.as_ref().is_none_or(|(worst, _)| fault.rank() > worst.rank()) {
            self.0 = Some((fault, Arc::clone(certificate)));
        }
    }
}

/// How many more certificates until each begins to hold (RFC 5280 6.1.2 (d) to (f)).
struct Counters {
    explicit_policy: usize,
    inhibit_any_policy: usize,
    policy_mapping: usize,
}

fn lower(counter: &mut usize, limit: Option<u32>) {
    if let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) {
        *counter = limit.min(*counter);
    }
}

/// Checks a chain, leaf first and `anchor` last, at `at`. Comparisons of names are taken from `comparisons`.
pub(super) fn check(
    chain: &[Arc<Certificate>],
    anchor: &TrustAnchor,
    inputs: &Inputs,
    at: Timestamp,
    comparisons: &mut u32,
) -> Result<Path, Fault> {
    let mut faults = Faults::default();
    let below = chain.len().saturating_sub(1);
    let mut constraints: Vec<&NameConstraints> = Vec::new();
    constraints.extend(Some(&inputs.subtrees).filter(|subtrees| !subtrees.is_empty()));
    let of_anchor = Some(&anchor.constraints.names).filter(|subtrees| !subtrees.is_empty());
    let of_anchor: Vec<&NameConstraints> = of_anchor.into_iter().collect();
    let start = |holds: bool| if holds { 0 } else { below + 1 };
    let mut counters = Counters {
        explicit_policy: start(inputs.require_explicit_policy),
        inhibit_any_policy: start(inputs.inhibit_any_policy),
        policy_mapping: start(inputs.inhibit_policy_mapping),
    };
    let mut graph = Graph::new();
    // How many authorities that are not self-issued may still follow.
    let mut length_left = below;

    for (index, certificate) in chain.iter().enumerate().rev() {
        let (is_anchor, is_leaf) = (index == below, index == 0);
        check_dates(certificate, is_leaf, at, &mut faults);
        if let Some(name) = certificate.unknown_critical().first() {
            faults.note(PathFault::UnknownCriticalExtension(name.clone()), certificate);
        }
        let self_issued = certificate.is_self_issued();
        if !is_anchor {
            if is_leaf || !self_issued {
                let held = names::check(certificate, &constraints, comparisons);
                let trusted = names::check(certificate, &of_anchor, comparisons);
                let faults_met = [held.map_err(PathFault::from), trusted.map_err(NameFault::of_anchor)];
                for fault in faults_met.into_iter().filter_map(Result::err) {
                    faults.note(fault, certificate);
                }
            }
            let any = counters.inhibit_any_policy > 0 || (!is_leaf && self_issued);
            if graph.descend(certificate.policy_information(), any) == Err(TooManyPolicies) {
                faults.note(PathFault::LimitExceeded("policies"), certificate);
            }
            if counters.explicit_policy == 0 && graph.is_null() {
                faults.note(PathFault::NoValidPolicy, certificate);
            }
        }
        if is_leaf {
            break;
        }

        // RFC 5280 6.1.4, for the next certificate.
        if !is_anchor {
            let mappings = certificate.policy_mappings();
            if mappings.iter().any(|(from, to)| from == ANY_POLICY || to == ANY_POLICY) {
                faults.note(PathFault::AnyPolicyMapped, certificate);
            } else if graph.map(mappings, counters.policy_mapping == 0) == Err(TooManyPolicies) {
                faults.note(PathFault::LimitExceeded("policies"), certificate);
            }
            if !self_issued {
                let Counters { explicit_policy, inhibit_any_policy, policy_mapping } = &mut counters;
                for counter in [explicit_policy, inhibit_any_policy, policy_mapping] {
                    *counter = counter.saturating_sub(1);
                }
                match length_left.checked_sub(1) {
                    Some(left) => length_left = left,
                    None => faults.note(PathFault::PathLengthExceeded, certificate),
                }
            }
            let limits = certificate.policy_constraints();
            lower(&mut counters.explicit_policy, limits.require_explicit);
            lower(&mut counters.policy_mapping, limits.inhibit_mapping);
            lower(&mut counters.inhibit_any_policy, certificate.inhibit_any_policy());
        }
        check_authority(certificate, is_anchor, &mut faults);
        let limit = certificate.basic_constraints().filter(|it| it.ca).and_then(|it| it.path_len);
        lower(&mut length_left, limit);
        constraints.extend(certificate.name_constraints());
    }

    // RFC 5280 6.1.5; the leaf may ask for a policy too, but only at once.
    if let Some(leaf) = chain.first().filter(|_| below > 0) {
        let asks = leaf.policy_constraints().require_explicit == Some(0);
        counters.explicit_policy = if asks { 0 } else { counters.explicit_policy.saturating_sub(1) };
    }
    let mut policies = graph.outcome(&inputs.policies);
    if counters.explicit_policy == 0
        && policies.is_empty()
        && let Some(leaf) = chain.first()
    {
        faults.note(PathFault::NoValidPolicy, leaf);
    }
    if let Some(leaf) = chain.first().filter(|_| !anchor.constraints.policies.is_empty()) {
        policies = graph.outcome(&anchor.policies_among(&inputs.policies));
        if policies.is_empty() {
            faults.note(PathFault::AnchorPolicy, leaf);
        }
    }
    let dates = anchor.dates;
    match faults.0 {
        Some(fault) => Err(fault),
        None => Ok(Path {
            certificates: chain.to_vec(),
            policies,
            not_before: chain
                .iter()
                .map(|it| it.not_before())
                .chain(dates.not_before)
                .max()
                .unwrap_or(Timestamp::MIN),
            not_after: chain
                .iter()
                .map(|it| it.not_after())
                .chain(dates.not_after)
                .min()
                .unwrap_or(Timestamp::MAX),
        }),
    }
}

fn check_dates(certificate: &Arc<Certificate>, is_leaf: bool, at: Timestamp, faults: &mut Faults) {
    if at < certificate.not_before() {
        faults.note(if is_leaf { PathFault::NotYetValid } else { PathFault::CaNotYetValid }, certificate);
    }
    if at > certificate.not_after() {
        faults.note(if is_leaf { PathFault::Expired } else { PathFault::CaExpired }, certificate);
    }
}

/// RFC 5280 6.1.4 (k) and (n).
fn check_authority(certificate: &Arc<Certificate>, is_anchor: bool, faults: &mut Faults) {
    let may_sign = certificate.key_usage().map(|usage| usage.key_cert_sign);
    let is_authority = match certificate.basic_constraints() {
        Some(constraints) => constraints.ca,
        // One of version 1, or with a key for certificates, is an authority by having been configured.
        None => is_anchor && (!certificate.is_v3() || may_sign == Some(true)),
    };
    if !is_authority {
        faults.note(PathFault::NotCa, certificate);
    }
    if may_sign == Some(false) {
        faults.note(PathFault::IssuerKeyUsage, certificate);
    }
}
