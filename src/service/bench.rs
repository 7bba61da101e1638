//! The work that is measured: documents of 2 KB and 20 KB, signed with RSA-2048, ECDSA P-256 and GOST
//! 34.10-2015 with 512 bits, all by one key, checked against a chain that was judged before. Each step takes
//! the next of many different documents, since one document over and over would flatter caches and branch
//! predictors.

pub mod documents;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};

use super::development_pki::{self, KeyAlgorithm, Options};
use super::verify::{Checker, Refusal, evidence_from_files, open_identity, sign_xml};
use crate::crypto::{self, DigestAlgorithm, EcdsaForm, Identity};
use crate::signature::sign::Profile;
use crate::validation::{Indication, Policy, RevocationMode};
use crate::xml::Limits;
use crate::xml::c14n::Canonicalization;

/// The password of the keys that are made for measuring.
pub const PASSWORD: &str = "qoltanba";

/// An operation to repeat.
pub type Operation = Box<dyn Fn() + Send + Sync>;

/// One size of documents and one key: the bare operations and the whole ones.
pub struct Workload {
    pub name: String,
    pub bare_verify: Operation,
    pub bare_sign: Operation,
    pub verify: Operation,
    pub sign: Operation,
    /// The documents, signed.
    pub signed: Arc<Vec<Vec<u8>>>,
}

/// Seconds of processor time that this thread has used.
pub fn processor_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    #[expect(clippy::cast_precision_loss, reason = "seconds of a measurement are few")]
    let seconds = time.tv_sec as f64;
    #[expect(clippy::cast_precision_loss, reason = "below 10^9")]
    let rest = time.tv_nsec as f64;
    seconds + rest / 1e9
}

fn said(refusal: Refusal) -> anyhow::Error {
    anyhow::anyhow!("{} {:?}", refusal.code, refusal.params)
}

/// A development PKI, its checker, and the key of an applicant.
pub struct Keys {
    pub checker: Arc<Checker>,
    pub identity: Arc<Identity>,
}

impl Keys {
    /// Makes a PKI, valid at `at`, in a folder.
    ///
    /// # Errors
    /// When the keys cannot be made or written.
    pub fn make(folder: &Path, algorithm: KeyAlgorithm, at: Timestamp) -> anyhow::Result<()> {
        let not_before = at - SignedDuration::from_hours(1);
        development_pki::init(
            folder,
            &Options { algorithm, not_before, years: 1, password: PASSWORD.into() },
        )?;
        Ok(())
    }

    /// Opens what [`Keys::make`] made.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let evidence = evidence_from_files(
            &[folder.join("root.cer")],
            &[folder.join("ca.cer")],
            &[folder.join("root.crl"), folder.join("ca.crl")],
            RevocationMode::Required,
        )
        .map_err(said)?;
        let p12 = std::fs::read(folder.join("applicant.p12"))?;
        Ok(Self {
            checker: Arc::new(Checker::new(evidence, Policy::kz())),
            identity: Arc::new(open_identity(&p12, PASSWORD).map_err(said)?),
        })
    }
}

/// Signs as is measured: enveloped, exclusive canonicalisation, the hash that goes with the key.
///
/// # Errors
/// When the document cannot be signed.
pub fn sign(document: &[u8], identity: &Identity, limits: &Limits) -> anyhow::Result<Vec<u8>> {
    let profile = Profile { canonicalization: Canonicalization::exclusive(), ..Profile::default() };
    sign_xml(document, identity, &profile, limits).map_err(said)
}

/// The next of `all`.
fn next<'a>(all: &'a [Vec<u8>], turn: &AtomicUsize) -> &'a [u8] {
    let at = turn.fetch_add(1, Ordering::Relaxed) % all.len().max(1);
    all.get(at).map_or(&[], Vec::as_slice)
}

/// What is measured of `count` different documents of about `octets` octets each.
///
/// # Errors
/// When a document cannot be signed or does not verify.
pub fn workload(
    name: &str,
    keys: &Keys,
    octets: usize,
    count: usize,
    at: Timestamp,
) -> anyhow::Result<Workload> {
    let documents: Vec<Vec<u8>> =
        (0..count).map(|seed| documents::application(seed as u64, octets).into_bytes()).collect();
    let (checker, identity) = (Arc::clone(&keys.checker), Arc::clone(&keys.identity));
    let mut signed = Vec::with_capacity(count);
    for document in &documents {
        let document = sign(document, &identity, &Limits::default())?;
        let report = checker.verify(&document, at).map_err(said)?;
        anyhow::ensure!(report.indication == Indication::TotalPassed, "{report:?}");
        signed.push(document);
    }
    let signed = Arc::new(signed);
    let algorithm = identity.key.signature_algorithm(DigestAlgorithm::Sha256);
    let digest = crypto::digest(algorithm.digest().unwrap_or(DigestAlgorithm::Sha256), name.as_bytes());
    let value =
        identity.key.sign_digest(&algorithm, EcdsaForm::Concatenated, &digest).context("a bare signature")?;
    let public = identity.key.public_key();
    let (signer, whole_signer) = (Arc::clone(&identity), identity);
    let (to_verify, turns, sign_turns) = (Arc::clone(&signed), AtomicUsize::new(0), AtomicUsize::new(0));
    Ok(Workload {
        name: name.to_owned(),
        bare_verify: Box::new(move || {
            let outcome =
                crypto::verify_digest(&algorithm, EcdsaForm::Concatenated, &public, &digest, &value);
            assert!(outcome.is_ok());
        }),
        bare_sign: Box::new(move || {
            assert!(signer.key.sign_digest(&algorithm, EcdsaForm::Concatenated, &digest).is_ok());
        }),
        verify: Box::new(move || {
            let report = checker.verify(next(&to_verify, &turns), at);
            assert!(report.is_ok_and(|report| report.indication == Indication::TotalPassed));
        }),
        sign: Box::new(move || {
            assert!(sign(next(&documents, &sign_turns), &whole_signer, &Limits::default()).is_ok());
        }),
        signed,
    })
}

/// Sizes of the small documents.
pub const SIZES: [(&str, usize); 2] = [("2 KB", 2_100), ("20 KB", 20_500)];
/// Kinds of keys.
pub const KEYS: [(&str, KeyAlgorithm); 3] =
    [("RSA-2048", KeyAlgorithm::Rsa), ("P-256", KeyAlgorithm::Ecdsa), ("GOST-512", KeyAlgorithm::Gost2015)];

/// Every workload of small documents.
///
/// # Errors
/// When the keys cannot be made or a document does not verify.
pub fn workloads(at: Timestamp) -> anyhow::Result<Vec<Workload>> {
    let mut found = Vec::new();
    for (key_name, algorithm) in KEYS {
        let folder = tempfile::tempdir()?;
        Keys::make(folder.path(), algorithm, at)?;
        let keys = Keys::open(folder.path())?;
        for (size, octets) in SIZES {
            found.push(workload(&format!("{size} {key_name}"), &keys, octets, 256, at)?);
        }
    }
    Ok(found)
}
