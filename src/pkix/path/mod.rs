//! Building a path from a certificate up to a trust anchor, and checking it (RFC 5280 6.1).
//!
//! The search goes upwards, issuer by name, and is bounded by a budget, because certificates from
//! strangers can form graphs that take forever. A chain that reaches an anchor is checked as a whole
//! ([`check`]); if it fails, the search goes on with the next candidate. Of all faults the most telling
//! is reported: an expired chain to a known root says more than a dead end beside it.

mod anchor;
mod check;
mod names;
mod policy;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

pub use self::anchor::{AnchorConstraints, AnchorDates, NoPurpose, Purpose, TrustAnchor, TrustAnchors};
pub use self::policy::ValidPolicy;
use super::{Certificate, NameConstraints, SignatureError};
use crate::asn1::oid;
use crate::crypto::KeyError;

/// Signatures verified, each once.
const MAX_SIGNATURES: u32 = 100;
/// Certificates looked at as possible issuers of another.
const MAX_STEPS: u32 = 10_000;
/// Issuers put on a chain: certificates that certify each other make chains without number.
const MAX_EXTENSIONS: u32 = 2_000;
/// Chains from the leaf to an anchor that are checked.
const MAX_CHAINS: u32 = 64;
const MAX_LENGTH: usize = 16;

/// What is demanded of a path besides the anchors and the time (RFC 5280 6.1.1 (c) to (i)).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inputs {
    /// user-initial-policy-set, dotted OIDs; anyPolicy among them means all.
    pub policies: Vec<String>,
    /// initial-explicit-policy: the path must be valid for one of `policies`.
    pub require_explicit_policy: bool,
    /// initial-policy-mapping-inhibit
    pub inhibit_policy_mapping: bool,
    /// initial-any-policy-inhibit
    pub inhibit_any_policy: bool,
    /// initial-permitted-subtrees and initial-excluded-subtrees
    pub subtrees: NameConstraints,
}

impl Default for Inputs {
    /// Any policy and any name.
    fn default() -> Self {
        Self {
            policies: vec![oid::ANY_POLICY.to_owned()],
            require_explicit_policy: false,
            inhibit_policy_mapping: false,
            inhibit_any_policy: false,
            subtrees: NameConstraints::default(),
        }
    }
}

/// A path that holds.
#[derive(Clone, Debug)]
pub struct Path {
    /// The leaf first, the anchor last.
    pub certificates: Vec<Arc<Certificate>>,
    /// For which policies it is valid; none is no fault unless one is demanded.
    pub policies: Vec<ValidPolicy>,
    /// First instant at which all of them are valid and the anchor may be relied on.
    pub not_before: Timestamp,
    /// Last instant at which all of them are valid and the anchor may be relied on.
    pub not_after: Timestamp,
}

/// Why there is no path.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no certification path: {fault}")]
pub struct PathError {
    /// The most telling fault over all candidates.
    pub fault: PathFault,
    /// The certificate with the fault.
    pub certificate: Option<Arc<Certificate>>,
    /// The chain in which it was met, leaf first.
    pub chain: Vec<Arc<Certificate>>,
}

/// What is wrong with a path.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum PathFault {
    #[error("no chain to a trust anchor")]
    NoChain,
    /// Since when.
    #[error("the trust anchor may be relied on only since {0}")]
    AnchorNotYet(Timestamp),
    /// Until when.
    #[error("the trust anchor might be relied on only until {0}")]
    AnchorNoLonger(Timestamp),
    #[error("the trust anchor may not be relied on for {}", .0.name())]
    AnchorPurpose(Purpose),
    #[error("the trust anchor may not be relied on for the name {0}")]
    AnchorName(String),
    #[error("the path is valid for no certificate policy that the trust anchor may be relied on for")]
    AnchorPolicy,
    #[error("a signature in the chain does not verify")]
    SignatureInvalid,
    #[error("unsupported algorithm {0}")]
    UnsupportedAlgorithm(String),
    #[error("the certificate is not yet valid")]
    NotYetValid,
    #[error("the certificate has expired")]
    Expired,
    #[error("an authority's certificate has expired")]
    CaExpired,
    #[error("an authority's certificate is not yet valid")]
    CaNotYetValid,
    #[error("an issuer is no certification authority")]
    NotCa,
    #[error("the chain is longer than an authority allows")]
    PathLengthExceeded,
    #[error("an issuer's key may not sign certificates")]
    IssuerKeyUsage,
    #[error("unknown critical extension {0}")]
    UnknownCriticalExtension(String),
    #[error("the name {0} is outside what an authority above may certify")]
    NameNotPermitted(String),
    #[error("the name {0} cannot be compared with the name constraints above it")]
    NameIncomparable(String),
    #[error("the path is valid for no certificate policy, and one is demanded")]
    NoValidPolicy,
    #[error("anyPolicy in policyMappings")]
    AnyPolicyMapped,
    /// Its name.
    #[error("more than the limit of {0}")]
    LimitExceeded(&'static str),
    #[error("the search was given up")]
    BudgetExceeded,
}

impl PathFault {
    /// Later is more telling. Faults of complete paths outrank dead ends; among them those that no
    /// other moment would heal come first. An anchor that does not stand is little better than none.
    fn rank(&self) -> u8 {
        match self {
            Self::NoChain => 0,
            Self::SignatureInvalid => 1,
            Self::UnsupportedAlgorithm(_) => 2,
            Self::AnchorPurpose(_) => 3,
            Self::AnchorNotYet(_) => 4,
            Self::AnchorNoLonger(_) => 5,
            Self::NotCa => 6,
            Self::IssuerKeyUsage => 7,
            Self::PathLengthExceeded => 8,
            Self::UnknownCriticalExtension(_) => 9,
            Self::NoValidPolicy => 10,
            Self::AnyPolicyMapped => 11,
            Self::AnchorPolicy => 12,
            Self::NameIncomparable(_) => 13,
            Self::NameNotPermitted(_) => 14,
            Self::AnchorName(_) => 15,
            Self::CaNotYetValid => 16,
            Self::CaExpired => 17,
            Self::NotYetValid => 18,
            Self::Expired => 19,
            Self::LimitExceeded(_) => 20,
            Self::BudgetExceeded => 21,
        }
    }
}

/// Finds a path from `leaf` to one of `anchors` that holds at `at`, through `pool`. Policies and names
/// are limited only by what the certificates say.
///
/// # Errors
/// The most telling fault of all candidates.
pub fn build(
    leaf: &Arc<Certificate>,
    anchors: &TrustAnchors,
    pool: &[Arc<Certificate>],
    at: Timestamp,
) -> Result<Path, PathError> {
    let inputs = Inputs::default();
    Task { anchors, pool, through: &[], inputs: &inputs, purpose: None, prefers: &|_| true, at }.build(leaf)
}

/// What is given to a search besides the certificate that it begins at.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// Where paths may end.
    pub anchors: &'a TrustAnchors,
    /// Further certificates, of whom nothing is known.
    pub pool: &'a [Arc<Certificate>],
    /// Certificates that must be in the path. The search goes to these before others.
    pub through: &'a [Arc<Certificate>],
    /// What is demanded of the path.
    pub inputs: &'a Inputs,
    /// What the anchor must be trusted for; nothing in particular, where there is none.
    pub purpose: Option<Purpose>,
    /// Whether a path is as the caller would like it. Another that holds is taken where none is: what is
    /// wrong with it, the caller can tell.
    pub prefers: &'a dyn Fn(&Path) -> bool,
    /// The moment at which it must hold.
    pub at: Timestamp,
}

impl Task<'_> {
    /// Finds a path from `leaf` to an anchor.
    ///
    /// # Errors
    /// The most telling fault of all candidates.
    pub fn build(&self, leaf: &Arc<Certificate>) -> Result<Path, PathError> {
        let mut search = Search {
            task: self,
            signed_by: HashMap::new(),
            issuers: HashMap::new(),
            signatures: 0,
            steps: 0,
            extensions: 0,
            chains: 0,
            comparisons: names::MAX_COMPARISONS,
            second_best: None,
            worst: PathError {
                fault: PathFault::NoChain,
                certificate: Some(Arc::clone(leaf)),
                chain: vec![Arc::clone(leaf)],
            },
        };
        let mut chain = vec![Arc::clone(leaf)];
        search.extend(&mut chain).or(search.second_best).ok_or(search.worst)
    }
}

struct Search<'a> {
    task: &'a Task<'a>,
    /// By the places of certificate and issuer in memory. All are the task's, so a place is one certificate's for
    /// as long as the search goes.
    signed_by: HashMap<(usize, usize), Result<(), SignatureError>>,
    issuers: HashMap<usize, Arc<[Arc<Certificate>]>>,
    signatures: u32,
    steps: u32,
    extensions: u32,
    chains: u32,
    /// Comparisons of names that are left.
    comparisons: u32,
    /// The first path that holds without being preferred.
    second_best: Option<Path>,
    worst: PathError,
}

impl Search<'_> {
    fn extend(&mut self, chain: &mut Vec<Arc<Certificate>>) -> Option<Path> {
        let current = Arc::clone(chain.last()?);
        if let Some(anchor) = self.task.anchors.find(&current)
            && self.task.through.iter().all(|wanted| chain.contains(wanted))
        {
            self.chains += 1;
            if self.chains > MAX_CHAINS {
                self.note(PathFault::BudgetExceeded, &current, chain);
                return None;
            }
            let stands = anchor.stands(self.task.at, self.task.purpose);
            let checked = stands.map_err(|fault| (fault, Arc::clone(&current))).and_then(|()| {
                check::check(chain, anchor, self.task.inputs, self.task.at, &mut self.comparisons)
            });
            match checked {
                Ok(path) if (self.task.prefers)(&path) => return Some(path),
                Ok(path) => {
                    self.second_best.get_or_insert(path);
                }
                Err((fault, at)) => self.note(fault, &at, chain),
            }
        }
        if chain.len() >= MAX_LENGTH {
            return None;
        }
        for issuer in self.candidates(&current).iter() {
            if self.worst.fault == PathFault::BudgetExceeded {
                return None;
            }
            // The same authority a second time adds nothing but length.
            let again = |above: &Arc<Certificate>| {
                above == issuer
                    || (above.spki() == issuer.spki()
                        && above.subject().matches(issuer.subject())
                        && !self.task.through.contains(issuer))
            };
            if chain.iter().any(again) {
                continue;
            }
            match self.verify(&current, issuer, chain) {
                Some(Ok(())) => {}
                Some(Err(SignatureError::Unsupported(algorithm))) => {
                    self.note(PathFault::UnsupportedAlgorithm(algorithm), &current, chain);
                    continue;
                }
                Some(Err(_)) => {
                    // Another authority of the same name is a dead end, not a forged signature.
                    if !foreign(&current, issuer) {
                        self.note(PathFault::SignatureInvalid, &current, chain);
                    }
                    continue;
                }
                None => continue,
            }
            self.extensions += 1;
            if self.extensions > MAX_EXTENSIONS {
                self.note(PathFault::BudgetExceeded, issuer, chain);
                return None;
            }
            chain.push(Arc::clone(issuer));
            let found = self.extend(chain);
            if found.is_some() {
                return found;
            }
            chain.pop();
        }
        // Of dead ends the one farthest from the leaf tells whose issuer is missing.
        if self.worst.fault == PathFault::NoChain && chain.len() > self.worst.chain.len() {
            self.worst.certificate = Some(current);
            self.worst.chain.clone_from(chain);
        }
        None
    }

    /// Whether the issuer's key signed the certificate; nothing when that cannot be asked, which is noted.
    fn verify(
        &mut self,
        certificate: &Arc<Certificate>,
        issuer: &Arc<Certificate>,
        chain: &[Arc<Certificate>],
    ) -> Option<Result<(), SignatureError>> {
        let pair = (place(certificate), place(issuer));
        if let Some(known) = self.signed_by.get(&pair) {
            return Some(known.clone());
        }
        let key = match issuer.public_key() {
            Ok(key) => key,
            Err(KeyError::Unsupported { algorithm }) => {
                self.note(PathFault::UnsupportedAlgorithm(algorithm.clone()), issuer, chain);
                return None;
            }
            Err(KeyError::Malformed) => {
                self.note(PathFault::SignatureInvalid, issuer, chain);
                return None;
            }
        };
        self.signatures += 1;
        if self.signatures > MAX_SIGNATURES {
            self.note(PathFault::BudgetExceeded, issuer, chain);
            return None;
        }
        let signed = certificate.verify_issued_by(key);
        self.signed_by.insert(pair, signed.clone());
        Some(signed)
    }

    /// Possible issuers by name, those first that must be in the path, then those with the right key
    /// identifier, anchors before others.
    fn candidates(&mut self, current: &Arc<Certificate>) -> Arc<[Arc<Certificate>]> {
        if let Some(known) = self.issuers.get(&place(current)) {
            return Arc::clone(known);
        }
        let mut found: Vec<(u8, Arc<Certificate>)> = Vec::new();
        let all =
            self.task.anchors.certificates().map(|c| (0, c)).chain(self.task.pool.iter().map(|c| (1, c)));
        for (origin, certificate) in all {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                break;
            }
            if certificate == current || !certificate.subject().matches(current.issuer()) {
                continue;
            }
            if found.iter().any(|(_, other)| other == certificate) {
                continue;
            }
            let hint = match (current.authority_key_id(), certificate.subject_key_id()) {
                (Some(wanted), Some(own)) if wanted == own => 0,
                (Some(_), Some(_)) => 4,
                _ => 2,
            };
            found.push((hint + origin, Arc::clone(certificate)));
        }
        if self.steps > MAX_STEPS {
            self.note(PathFault::BudgetExceeded, current, &[Arc::clone(current)]);
            return Arc::new([]);
        }
        found.sort_by_key(|(order, certificate)| (!self.task.through.contains(certificate), *order));
        let found: Arc<[_]> = found.into_iter().map(|(_, certificate)| certificate).collect();
        self.issuers.insert(place(current), Arc::clone(&found));
        found
    }

    fn note(&mut self, fault: PathFault, certificate: &Arc<Certificate>, chain: &[Arc<Certificate>]) {
        if fault.rank() > self.worst.fault.rank() {
            self.worst =
                PathError { fault, certificate: Some(Arc::clone(certificate)), chain: chain.to_vec() };
        }
    }
}

fn place(certificate: &Arc<Certificate>) -> usize {
    Arc::as_ptr(certificate).addr()
}

fn foreign(subject: &Certificate, issuer: &Certificate) -> bool {
    matches!(
        (subject.authority_key_id(), issuer.subject_key_id()),
        (Some(wanted), Some(own)) if wanted != own
    )
}
