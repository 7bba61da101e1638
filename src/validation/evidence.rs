//! What a judgement may rest on: trust anchors, further certificates, revocation lists. It is given
//! by the caller and never fetched here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use super::Policy;
use super::memory::Memory;
use super::policy::Strength;
use super::report::{CertificateSummary, ChainLink, PolicyName, Signer, hex};
use crate::pkix::path::{Inputs, Purpose};
use crate::pkix::{Certificate, Crl, Ocsp, OcspError, Path, TrustAnchors, UnverifiedCrl, UnverifiedOcsp};

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
    pub(super) ocsp: Vec<UnverifiedOcsp>,
    pub(super) revocation: RevocationMode,
    pub(super) inputs: Inputs,
    /// By when all that is judged is known to have existed, by a proof from outside (EN 319 102-1 5.6.2.3).
    pub(super) existed_by: Option<Timestamp>,
    paths: Mutex<HashMap<PathKey, Remembered>>,
    described: Mutex<HashMap<[u8; 32], Described>>,
    policy: Mutex<Option<([u8; 32], Arc<PolicyName>)>>,
    lists: Mutex<HashMap<(usize, [u8; 32]), CheckedList>>,
    responses: Mutex<HashMap<(usize, [u8; 32]), CheckedResponse>>,
    pub(super) memory: Memory,
}

/// What a chain is remembered by: its leaf, what the policy asks of algorithms, what anchors are asked for.
type PathKey = (Arc<Certificate>, Strength, Option<Purpose>);

pub(super) type CheckedList = Result<Arc<Crl>, crate::pkix::CrlError>;
pub(super) type CheckedResponse = Result<Arc<Ocsp>, OcspError>;

/// Judged chains remembered at most.
const REMEMBERED_PATHS: usize = 4096;

/// Outcomes of checking a list remembered at most: lists times certificates of their issuer's name, of
/// which documents can bring new ones as parts of their chains.
const REMEMBERED_LISTS: usize = 16_384;

/// A chain that was judged, and how a report shows it.
#[derive(Clone, Debug)]
pub(super) struct Remembered {
    pub(super) path: Arc<Path>,
    pub(super) links: Arc<[ChainLink]>,
}

/// A certificate and its subject as a report shows them.
#[derive(Clone, Debug)]
pub(super) struct Described {
    pub(super) signer: Arc<Signer>,
    pub(super) certificate: Arc<CertificateSummary>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Evidence {
    /// Evidence made of trust anchors, further certificates and CRLs.
    pub fn new(
        anchors: TrustAnchors,
        certificates: Vec<Arc<Certificate>>,
        crls: Vec<UnverifiedCrl>,
        revocation: RevocationMode,
    ) -> Self {
        Self {
            anchors,
            certificates,
            crls,
            ocsp: Vec::new(),
            revocation,
            inputs: Inputs::default(),
            existed_by: None,
            paths: Mutex::default(),
            described: Mutex::default(),
            policy: Mutex::default(),
            lists: Mutex::default(),
            responses: Mutex::default(),
            memory: Memory::default(),
        }
    }

    /// The same with further answers of OCSP responders.
    #[must_use]
    pub fn with_ocsp(mut self, responses: Vec<UnverifiedOcsp>) -> Self {
        self.ocsp.extend(responses);
        Self { memory: Memory::default(), ..self }
    }

    /// The same with further revocation lists.
    #[must_use]
    pub fn with_crls(mut self, crls: Vec<UnverifiedCrl>) -> Self {
        self.crls.extend(crls);
        Self { memory: Memory::default(), ..self }
    }

    /// The same with what is demanded of paths. It comes before any judgement, so what is remembered was
    /// judged by it.
    #[must_use]
    pub fn with_inputs(self, inputs: Inputs) -> Self {
        Self { inputs, paths: Mutex::default(), memory: Memory::default(), ..self }
    }

    /// The same with more, for one judgement: what is remembered of others stays with the first.
    #[must_use]
    pub fn extended(
        &self,
        certificates: &[Arc<Certificate>],
        crls: &[UnverifiedCrl],
        ocsp: &[UnverifiedOcsp],
    ) -> Self {
        let crls = [&self.crls, crls].concat();
        let certificates = [&self.certificates, certificates].concat();
        Self::new(self.anchors.clone(), certificates, crls, self.revocation)
            .with_ocsp([&self.ocsp, ocsp].concat())
            .with_inputs(self.inputs.clone())
            .with_existence(self.existed_by)
    }

    fn with_existence(self, existed_by: Option<Timestamp>) -> Self {
        Self { existed_by, ..self }
    }

    /// The same for what is known to have existed by a moment, by a proof of existence from outside the document
    /// (EN 319 102-1 5.6.2.3): a register that took it then, for instance.
    #[must_use]
    pub fn of_existing_since(&self, moment: Timestamp) -> Self {
        self.extended(&[], &[], &[]).with_existence(Some(moment))
    }

    /// The same trust anchors and inputs, and nothing else.
    #[must_use]
    pub fn without_given(&self) -> Self {
        Self::new(self.anchors.clone(), Vec::new(), Vec::new(), self.revocation)
            .with_inputs(self.inputs.clone())
    }

    /// The same, asked about revocation in another way.
    #[must_use]
    pub fn asking(&self, revocation: RevocationMode) -> Self {
        Self { revocation, ..self.extended(&[], &[], &[]) }
    }

    /// What is asked about revocation.
    pub fn revocation(&self) -> RevocationMode {
        self.revocation
    }

    /// The trust anchors.
    pub fn anchors(&self) -> &TrustAnchors {
        &self.anchors
    }

    /// Every certificate given: anchors and others.
    pub fn known_certificates(&self) -> Arc<[Arc<Certificate>]> {
        self.anchors.certificates().chain(&self.certificates).cloned().collect()
    }

    /// A chain of this certificate that was found before for the same purpose under the same policy and holds at `at`. More
    /// certificates could not make it wrong, so they are no part of the key.
    pub(super) fn remembered_path(
        &self,
        leaf: &Arc<Certificate>,
        policy: &Policy,
        purpose: Option<Purpose>,
        at: Timestamp,
    ) -> Option<Remembered> {
        let key = (Arc::clone(leaf), policy.strength(at), purpose);
        let paths = lock(&self.paths);
        let holds = |path: &Path| path.not_before <= at && at <= path.not_after;
        paths.get(&key).filter(|remembered| holds(&remembered.path)).cloned()
    }

    /// Remembers a chain that the policy prefers at `at`.
    pub(super) fn remember_path(
        &self,
        leaf: &Arc<Certificate>,
        policy: &Policy,
        purpose: Option<Purpose>,
        at: Timestamp,
        remembered: &Remembered,
    ) {
        let mut paths = lock(&self.paths);
        if paths.len() >= REMEMBERED_PATHS {
            paths.clear();
        }
        paths.insert((Arc::clone(leaf), policy.strength(at), purpose), remembered.clone());
    }

    /// What a report says of a certificate, made by `describe` once.
    pub(super) fn described(
        &self,
        certificate: &Certificate,
        describe: impl FnOnce(&Certificate) -> Described,
    ) -> Described {
        if let Some(known) = lock(&self.described).get(&certificate.sha256()) {
            return known.clone();
        }
        let described = describe(certificate);
        let mut all = lock(&self.described);
        if all.len() >= REMEMBERED_PATHS {
            all.clear();
        }
        all.insert(certificate.sha256(), described.clone());
        described
    }

    /// The name and digest of a policy, made once for judgements by the same one.
    pub(super) fn policy_name(&self, policy: &Policy) -> Arc<PolicyName> {
        let mut known = lock(&self.policy);
        if let Some((_, name)) = known.as_ref().filter(|(known, _)| *known == policy.sha256()) {
            return Arc::clone(name);
        }
        let name = Arc::new(PolicyName { name: policy.name().to_owned(), sha256: hex(&policy.sha256()) });
        *known = Some((policy.sha256(), Arc::clone(&name)));
        name
    }

    /// The list at `index`, checked with the key of `signer`.
    pub(super) fn checked_list(&self, index: usize, signer: &Certificate) -> Option<CheckedList> {
        let list = self.crls.get(index)?;
        if list.is_signed_with_key_of(signer) {
            return Some(Crl::verify(list, signer).map(Arc::new));
        }
        let key = (index, signer.sha256());
        if let Some(known) = lock(&self.lists).get(&key) {
            return Some(known.clone());
        }
        let checked = Crl::verify(list, signer).map(Arc::new);
        let mut all = lock(&self.lists);
        if all.len() >= REMEMBERED_LISTS {
            all.clear();
        }
        all.insert(key, checked.clone());
        Some(checked)
    }

    /// The answer at `index`, checked as one for the authority `issuer`.
    pub(super) fn checked_response(
        &self,
        index: usize,
        issuer: &Arc<Certificate>,
    ) -> Option<CheckedResponse> {
        let key = (index, issuer.sha256());
        if let Some(known) = lock(&self.responses).get(&key) {
            return Some(known.clone());
        }
        let checked = Ocsp::verify(self.ocsp.get(index)?, issuer, &self.certificates).map(Arc::new);
        let mut all = lock(&self.responses);
        if all.len() >= REMEMBERED_LISTS {
            all.clear();
        }
        all.insert(key, checked.clone());
        Some(checked)
    }
}
