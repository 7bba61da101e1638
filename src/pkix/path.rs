//! Building a path from a certificate up to a trust anchor, and checking it (RFC 5280 6.1).
//!
//! The search goes upwards, issuer by name, and is bounded by a budget, because certificates from
//! strangers can form graphs that take forever. Failed candidates are remembered, and of all their
//! faults the most telling is reported: an expired chain to a known root says more than a
//! dead end beside it.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Certificate, SignatureError};
use crate::crypto::KeyError;

const MAX_SIGNATURES: u32 = 100;
const MAX_STEPS: u32 = 10_000;
const MAX_LENGTH: usize = 16;

/// The certificates trust begins with.
#[derive(Clone, Debug, Default)]
pub struct TrustAnchors {
    certificates: Vec<Arc<Certificate>>,
}

impl TrustAnchors {
    /// From certificates; doubles are left out.
    pub fn new(certificates: Vec<Arc<Certificate>>) -> Self {
        let mut unique: Vec<Arc<Certificate>> = Vec::with_capacity(certificates.len());
        for certificate in certificates {
            if !unique.contains(&certificate) {
                unique.push(certificate);
            }
        }
        Self { certificates: unique }
    }

    /// All of them.
    pub fn certificates(&self) -> &[Arc<Certificate>] {
        &self.certificates
    }

    /// Whether this very certificate is an anchor.
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.certificates.iter().any(|a| **a == *certificate)
    }
}

/// A path that holds.
#[derive(Clone, Debug)]
pub struct Path {
    /// The leaf first, the anchor last.
    pub certificates: Vec<Arc<Certificate>>,
    /// First instant at which all of them are valid.
    pub not_before: Timestamp,
    /// Last instant at which all of them are valid.
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
    #[error("the search was given up")]
    BudgetExceeded,
}

impl PathFault {
    /// Later is more telling. Faults of complete paths outrank dead ends; among them those that no
    /// other moment would heal come first.
    fn rank(&self) -> u8 {
        match self {
            Self::NoChain => 0,
            Self::SignatureInvalid => 1,
            Self::UnsupportedAlgorithm(_) => 2,
            Self::NotCa => 3,
            Self::IssuerKeyUsage => 4,
            Self::PathLengthExceeded => 5,
            Self::UnknownCriticalExtension(_) => 6,
            Self::CaNotYetValid => 7,
            Self::CaExpired => 8,
            Self::NotYetValid => 9,
            Self::Expired => 10,
            Self::BudgetExceeded => 11,
        }
    }
}

/// Finds a path from `leaf` to one of `anchors` that holds at `at`, through `pool`.
pub fn build(
    leaf: &Arc<Certificate>,
    anchors: &TrustAnchors,
    pool: &[Arc<Certificate>],
    at: Timestamp,
) -> Result<Path, PathError> {
    build_through(leaf, anchors, pool, &[], at)
}

/// The same, a path in which all of `through` are. The search goes to these before others, within the same
/// budget.
pub fn build_through(
    leaf: &Arc<Certificate>,
    anchors: &TrustAnchors,
    pool: &[Arc<Certificate>],
    through: &[Arc<Certificate>],
    at: Timestamp,
) -> Result<Path, PathError> {
    let mut search = Search {
        anchors,
        pool,
        through,
        at,
        signatures: 0,
        steps: 0,
        worst: PathError {
            fault: PathFault::NoChain,
            certificate: Some(Arc::clone(leaf)),
            chain: vec![Arc::clone(leaf)],
        },
    };
    let mut chain = vec![Arc::clone(leaf)];
    match search.extend(&mut chain) {
        Some(path) => Ok(path),
        None => Err(search.worst),
    }
}

struct Search<'a> {
    anchors: &'a TrustAnchors,
    pool: &'a [Arc<Certificate>],
    /// Certificates that must be in the path.
    through: &'a [Arc<Certificate>],
    at: Timestamp,
    signatures: u32,
    steps: u32,
    worst: PathError,
}

impl Search<'_> {
    fn extend(&mut self, chain: &mut Vec<Arc<Certificate>>) -> Option<Path> {
        let current = Arc::clone(chain.last()?);
        if self.anchors.contains(&current) && self.through.iter().all(|wanted| chain.contains(wanted)) {
            match check(chain, self.at) {
                Ok(path) => return Some(path),
                Err((fault, at)) => self.note(fault, at, chain),
            }
        }
        if chain.len() >= MAX_LENGTH {
            return None;
        }
        for issuer in self.candidates(&current) {
            if self.worst.fault == PathFault::BudgetExceeded {
                return None;
            }
            if chain.contains(&issuer) {
                continue;
            }
            let key = match issuer.public_key() {
                Ok(key) => key,
                Err(KeyError::Unsupported { algorithm }) => {
                    self.note(PathFault::UnsupportedAlgorithm(algorithm.clone()), issuer, chain);
                    continue;
                }
                Err(KeyError::Malformed) => {
                    self.note(PathFault::SignatureInvalid, issuer, chain);
                    continue;
                }
            };
            self.signatures += 1;
            if self.signatures > MAX_SIGNATURES {
                self.note(PathFault::BudgetExceeded, issuer, chain);
                return None;
            }
            match current.verify_issued_by(key) {
                Ok(()) => {}
                Err(SignatureError::Unsupported(algorithm)) => {
                    self.note(PathFault::UnsupportedAlgorithm(algorithm), Arc::clone(&current), chain);
                    continue;
                }
                Err(_) => {
                    // Another authority of the same name is a dead end, not a forged signature.
                    if !foreign(&current, &issuer) {
                        self.note(PathFault::SignatureInvalid, Arc::clone(&current), chain);
                    }
                    continue;
                }
            }
            chain.push(issuer);
            let found = self.extend(chain);
            if found.is_some() {
                return found;
            }
            chain.pop();
        }
        None
    }

    /// Possible issuers by name, those first that must be in the path, then those with the right key
    /// identifier, anchors before others.
    fn candidates(&mut self, current: &Arc<Certificate>) -> Vec<Arc<Certificate>> {
        let mut found: Vec<(u8, Arc<Certificate>)> = Vec::new();
        let all = self.anchors.certificates.iter().map(|c| (0, c)).chain(self.pool.iter().map(|c| (1, c)));
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
            let chain = [Arc::clone(current)];
            self.note(PathFault::BudgetExceeded, Arc::clone(current), &chain);
            return Vec::new();
        }
        found.sort_by_key(|(order, certificate)| (!self.through.contains(certificate), *order));
        found.into_iter().map(|(_, certificate)| certificate).collect()
    }

    fn note(&mut self, fault: PathFault, certificate: Arc<Certificate>, chain: &[Arc<Certificate>]) {
        if fault.rank() > self.worst.fault.rank() {
            self.worst = PathError { fault, certificate: Some(certificate), chain: chain.to_vec() };
        }
    }
}

fn foreign(subject: &Certificate, issuer: &Certificate) -> bool {
    matches!(
        (subject.authority_key_id(), issuer.subject_key_id()),
        (Some(wanted), Some(own)) if wanted != own
    )
}

/// RFC 5280 6.1.3 (a)(2), 6.1.4 (k) to (o), 6.1.5 (e) on a chain whose signatures and names hold.
fn check(chain: &[Arc<Certificate>], at: Timestamp) -> Result<Path, (PathFault, Arc<Certificate>)> {
    // Authorities below the current one that are not self-issued.
    let mut authorities_below: u32 = 0;
    let mut worst: Option<(PathFault, Arc<Certificate>)> = None;
    let mut note = |fault: PathFault, certificate: &Arc<Certificate>| {
        if worst.as_ref().is_none_or(|(w, _)| fault.rank() > w.rank()) {
            worst = Some((fault, Arc::clone(certificate)));
        }
    };
    let mut not_before = Timestamp::MIN;
    let mut not_after = Timestamp::MAX;
    for (index, certificate) in chain.iter().enumerate() {
        let leaf = index == 0;
        not_before = not_before.max(certificate.not_before());
        not_after = not_after.min(certificate.not_after());
        if at < certificate.not_before() {
            note(if leaf { PathFault::NotYetValid } else { PathFault::CaNotYetValid }, certificate);
        }
        if at > certificate.not_after() {
            note(if leaf { PathFault::Expired } else { PathFault::CaExpired }, certificate);
        }
        if let Some(name) = certificate.unknown_critical().first() {
            note(PathFault::UnknownCriticalExtension(name.clone()), certificate);
        }
        if leaf {
            continue;
        }
        let anchor = index + 1 == chain.len();
        match certificate.basic_constraints() {
            Some(constraints) => {
                if !constraints.ca {
                    note(PathFault::NotCa, certificate);
                }
                if constraints.path_len.is_some_and(|limit| authorities_below > limit) {
                    note(PathFault::PathLengthExceeded, certificate);
                }
            }
            // A version 1 root is an authority because it was configured as one.
            None if anchor && !certificate.is_v3() => {}
            None => note(PathFault::NotCa, certificate),
        }
        if certificate.key_usage().is_some_and(|usage| !usage.key_cert_sign) {
            note(PathFault::IssuerKeyUsage, certificate);
        }
        if !certificate.is_self_issued() {
            authorities_below = authorities_below.saturating_add(1);
        }
    }
    match worst {
        Some(fault) => Err(fault),
        None => Ok(Path { certificates: chain.to_vec(), not_before, not_after }),
    }
}
