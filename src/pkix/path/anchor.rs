//! Trust anchors with what they may be relied on for.
//!
//! To RFC 5280 an anchor is a name and a key. RFC 5914 lets whoever trusts it say more, and RFC 5937 how that
//! goes into the inputs of path validation: subtrees that names below it must be within, and certificate
//! policies. Besides these, whoever trusts it may say when and for which purposes it counts. None of this is
//! the anchor's own word: what its certificate limits counts as well ([`super::check`]).
//!
//! The limits are about what is below the anchor. Where a certificate is an anchor and what is judged at
//! once, its dates and purposes count, and there is nothing below.

use std::sync::Arc;

use jiff::Timestamp;

use super::PathFault;
use crate::asn1::oid::ANY_POLICY;
use crate::pkix::{Certificate, NameConstraints};

/// What a path is asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Purpose {
    /// Signatures on documents.
    Signing,
    /// Timestamps.
    Timestamping,
    /// Logging in.
    Authentication,
    /// Answers about revocation by somebody whom an authority appointed.
    Ocsp,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::Signing, Self::Timestamping, Self::Authentication, Self::Ocsp];

    /// The name in a list of trust anchors.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Timestamping => "timestamping",
            Self::Authentication => "authentication",
            Self::Ocsp => "ocsp",
        }
    }
}

/// A text names no purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a purpose is signing, timestamping, authentication or ocsp")]
pub struct NoPurpose;

impl std::str::FromStr for Purpose {
    type Err = NoPurpose;

    fn from_str(text: &str) -> Result<Self, NoPurpose> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == text).ok_or(NoPurpose)
    }
}

/// When an anchor may be relied on, whatever its certificate says of its own validity. Both ends count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AnchorDates {
    /// The first instant; since ever where there is none.
    pub not_before: Option<Timestamp>,
    /// The last instant, its sunset date; for ever where there is none.
    pub not_after: Option<Timestamp>,
}

/// What an anchor may be relied on for. By default for everything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AnchorConstraints {
    /// initial-permitted-subtrees and initial-excluded-subtrees for paths below it (RFC 5280 4.2.1.10).
    pub names: NameConstraints,
    /// Certificate policies (policySet of RFC 5914 2.2), dotted OIDs: a path must be valid for one of them.
    /// Any, or none, where the list is empty.
    pub policies: Vec<String>,
    /// Purposes. All of them where the list is empty.
    pub purposes: Vec<Purpose>,
}

/// A certificate that trust begins with, and how far trust goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrustAnchor {
    /// Whose name and key are trusted.
    pub certificate: Arc<Certificate>,
    /// When.
    pub dates: AnchorDates,
    /// What for.
    pub constraints: AnchorConstraints,
}

impl From<Arc<Certificate>> for TrustAnchor {
    /// For ever and for everything.
    fn from(certificate: Arc<Certificate>) -> Self {
        Self { certificate, dates: AnchorDates::default(), constraints: AnchorConstraints::default() }
    }
}

impl TrustAnchor {
    /// Whether it may be relied on at `at` for `purpose`.
    ///
    /// # Errors
    /// Says why not.
    pub(super) fn stands(&self, at: Timestamp, purpose: Option<Purpose>) -> Result<(), PathFault> {
        if let Some(first) = self.dates.not_before.filter(|first| at < *first) {
            return Err(PathFault::AnchorNotYet(first));
        }
        if let Some(last) = self.dates.not_after.filter(|last| at > *last) {
            return Err(PathFault::AnchorNoLonger(last));
        }
        match purpose.filter(|purpose| !self.is_for(*purpose)) {
            Some(purpose) => Err(PathFault::AnchorPurpose(purpose)),
            None => Ok(()),
        }
    }

    /// Whether it may be relied on for this purpose.
    pub fn is_for(&self, purpose: Purpose) -> bool {
        self.constraints.purposes.is_empty() || self.constraints.purposes.contains(&purpose)
    }

    /// The policies that both whoever asks and whoever trusts the anchor would have (RFC 5937 3.2).
    pub(super) fn policies_among(&self, wanted: &[String]) -> Vec<String> {
        let own = &self.constraints.policies;
        let is_any = |policies: &[String]| policies.iter().any(|policy| policy == ANY_POLICY);
        match (is_any(own), is_any(wanted)) {
            (true, _) => wanted.to_vec(),
            (false, true) => own.clone(),
            (false, false) => own.iter().filter(|policy| wanted.contains(policy)).cloned().collect(),
        }
    }
}

/// What trust begins with.
#[derive(Clone, Debug, Default)]
pub struct TrustAnchors {
    anchors: Vec<TrustAnchor>,
}

impl TrustAnchors {
    /// From anchors, or certificates that are trusted without limits. Of one certificate given twice the
    /// first counts.
    pub fn new(anchors: impl IntoIterator<Item = impl Into<TrustAnchor>>) -> Self {
        let mut unique = Self::default();
        for anchor in anchors {
            let anchor = anchor.into();
            if !unique.contains(&anchor.certificate) {
                unique.anchors.push(anchor);
            }
        }
        unique
    }

    /// Their certificates.
    pub fn certificates(&self) -> impl ExactSizeIterator<Item = &Arc<Certificate>> {
        self.anchors.iter().map(|anchor| &anchor.certificate)
    }

    /// The moments at which an anchor begins or ceases to be relied on.
    pub fn turns(&self) -> impl Iterator<Item = Timestamp> {
        self.anchors.iter().flat_map(|anchor| [anchor.dates.not_before, anchor.dates.not_after]).flatten()
    }

    /// The anchor that is this very certificate.
    pub fn find(&self, certificate: &Certificate) -> Option<&TrustAnchor> {
        self.anchors.iter().find(|anchor| *anchor.certificate == *certificate)
    }

    /// Whether this very certificate is an anchor.
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.find(certificate).is_some()
    }

    /// The one anchor that is this certificate, for those who sign lists and answers below it: its dates and
    /// names count for them; policies and purposes are about what is judged.
    #[must_use]
    pub fn only(&self, certificate: &Arc<Certificate>) -> Self {
        let found = self.find(certificate).cloned();
        let mut anchor = found.unwrap_or_else(|| TrustAnchor::from(Arc::clone(certificate)));
        anchor.constraints.policies.clear();
        anchor.constraints.purposes.clear();
        Self { anchors: vec![anchor] }
    }
}
