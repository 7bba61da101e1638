//! What a judgement may rest on: trust anchors, further certificates, revocation lists. It is given
//! by the caller and never fetched here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use crate::pkix::{Certificate, Crl, Path, TrustAnchors, UnverifiedCrl};

/// What is asked of revocation evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevocationMode {
    /// No evidence means INDETERMINATE.
    #[default]
    Required,
    /// Judge by what is given.
    Available,
    /// Do not look.
    Off,
}

/// The evidence for judgements. It remembers chains and lists that it has already judged; what it
/// remembers follows from the evidence alone, so a judgement stays a pure function.
#[derive(Debug)]
pub struct Evidence {
    pub(super) anchors: TrustAnchors,
    pub(super) certificates: Vec<Arc<Certificate>>,
    pub(super) crls: Vec<UnverifiedCrl>,
    pub(super) revocation: RevocationMode,
    paths: Mutex<HashMap<[u8; 32], Arc<Path>>>,
    lists: Mutex<HashMap<(usize, [u8; 32]), CheckedList>>,
}

pub(super) type CheckedList = Result<Arc<Crl>, crate::pkix::CrlError>;

/// Judged chains remembered at most.
const REMEMBERED_PATHS: usize = 4096;

impl Evidence {
    /// Evidence made of trust anchors, further certificates and CRLs.
    pub fn new(
        anchors: TrustAnchors,
        certificates: Vec<Arc<Certificate>>,
        crls: Vec<UnverifiedCrl>,
        revocation: RevocationMode,
    ) -> Self {
        Self { anchors, certificates, crls, revocation, paths: Mutex::default(), lists: Mutex::default() }
    }

    /// The trust anchors.
    pub fn anchors(&self) -> &TrustAnchors {
        &self.anchors
    }

    /// Every certificate given: anchors and others.
    pub fn known_certificates(&self) -> Arc<[Arc<Certificate>]> {
        self.anchors.certificates().iter().chain(&self.certificates).cloned().collect()
    }

    /// A chain of this certificate that was found before and holds at `at`. More certificates could
    /// not make it wrong, so the certificate alone is the key.
    pub(super) fn remembered_path(&self, leaf: &Certificate, at: Timestamp) -> Option<Arc<Path>> {
        let paths = self.paths.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        paths.get(&leaf.sha256()).filter(|path| path.not_before <= at && at <= path.not_after).map(Arc::clone)
    }

    pub(super) fn remember_path(&self, leaf: &Certificate, path: &Arc<Path>) {
        let mut paths = self.paths.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if paths.len() >= REMEMBERED_PATHS {
            paths.clear();
        }
        paths.insert(leaf.sha256(), Arc::clone(path));
    }

    /// The list at `index`, checked with the key of `issuer`.
    pub(super) fn checked_list(&self, index: usize, issuer: &Certificate) -> Option<CheckedList> {
        let key = (index, issuer.sha256());
        let lock = || self.lists.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = lock().get(&key) {
            return Some(known.clone());
        }
        let checked = Crl::verify(self.crls.get(index)?, issuer).map(Arc::new);
        lock().insert(key, checked.clone());
        Some(checked)
    }
}
