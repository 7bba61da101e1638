//! The judgement, after ETSI EN 319 102-1: facts, evidence, policy and a time go in, a report comes
//! out. Nothing here reads the clock, the network or the disk, so a judgement can be repeated.
//!
//! Verdicts come from this module alone. Each check names a code; level and sub-indication follow from
//! the code in one table ([`TABLE`]), and the indication from the sub-indication.

mod chain;
mod checks;
mod data;
mod evidence;
mod memory;
mod need;
mod past;
pub mod policy;
pub mod report;
mod revocation;
mod table;
mod time;
mod values;
mod verified;

pub use evidence::{Evidence, RevocationMode};
pub use need::Need;
pub use policy::{Policy, PolicyError};
pub use report::{Finding, Indication, Level, Report, SubIndication};
pub use table::{Block, Code, Row, TABLE};
pub use values::validation_values;
pub use verified::{
    Acceptance, Completion, NotVerified, ProvisionalDocument, SignerIdentity, VerifiedDocument,
};

use jiff::Timestamp;

use crate::pkix::Certificate;
use crate::pkix::path::Purpose;
use crate::signature::{Facts, Problem};

/// What a certificate is asked to be good for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Usage {
    #[default]
    Any,
    Sign,
    Auth,
    Crl,
    Ocsp,
    Tsa,
}

impl Usage {
    /// What the anchor must be trusted for. Authorities sign lists below whatever anchor they have.
    fn purpose(self) -> Option<Purpose> {
        match self {
            Self::Any | Self::Crl => None,
            Self::Sign => Some(Purpose::Signing),
            Self::Auth => Some(Purpose::Authentication),
            Self::Ocsp => Some(Purpose::Ocsp),
            Self::Tsa => Some(Purpose::Timestamping),
        }
    }
}

/// The code of what is wrong with a signature, as its finding has it.
pub fn code_of(problem: &Problem) -> Code {
    checks::problem(problem).code
}

/// Judges every signature of a document at a time.
pub fn validate(facts: &Facts, evidence: &Evidence, policy: &Policy, at: Timestamp) -> Report {
    let mut signatures: Vec<_> = facts
        .signatures
        .iter()
        .map(|signature| checks::judge_signature(signature, evidence, policy, at))
        .collect();
    checks::judge_twins(&facts.signatures, &mut signatures, policy);
    Report {
        document: report::Document {
            name: None,
            sha256: String::new(),
            size: facts.document.size,
            media_type: facts.document.media_type,
        },
        validation_time: at,
        policy: evidence.policy_name(policy),
        indication: report::worst(signatures.iter().map(|signature| signature.indication)),
        signatures,
    }
}

/// Judges a certificate by itself: its path, its usage and its revocation status at a time.
pub fn judge_certificate(
    certificate: &std::sync::Arc<Certificate>,
    usage: Usage,
    evidence: &Evidence,
    policy: &Policy,
    at: Timestamp,
) -> report::CertificateReport {
    checks::report_alone(certificate, (usage, usage.purpose()), evidence, policy, at)
}

/// As [`judge_certificate`], for whoever may ask the same again: the report is remembered with the evidence, and
/// given again without a judgement.
pub fn check_certificate(
    certificate: &std::sync::Arc<Certificate>,
    usage: Usage,
    evidence: &Evidence,
    policy: &Policy,
    at: Timestamp,
) -> std::sync::Arc<report::CertificateReport> {
    let report = evidence.judged(certificate, (usage, usage.purpose()), policy, at, || {
        judge_certificate(certificate, usage, evidence, policy, at)
    });
    if report.validation_time == at {
        return report;
    }
    std::sync::Arc::new(report::CertificateReport { validation_time: at, ..(*report).clone() })
}

/// The verified content of a document that bears exactly one signature, TOTAL-PASSED, over the whole
/// of it. The facts must have been read with the octets kept; the digest is of the document as it came.
///
/// # Errors
/// Says why the document cannot be acted upon.
pub fn accept(
    facts: Facts,
    document_sha256: [u8; 32],
    evidence: &Evidence,
    policy: &Policy,
    at: Timestamp,
) -> (Report, Result<VerifiedDocument, NotVerified>) {
    let report = validate(&facts, evidence, policy, at);
    let verified = verified::take(facts, document_sha256, &report);
    (report, verified)
}

/// As [`accept`], where sources of revocation data could not be reached: a document of which nothing else is wrong is
/// accepted provisionally.
///
/// # Errors
/// Says why the document can neither be acted upon nor wait.
pub fn accept_or_wait(
    facts: Facts,
    document_sha256: [u8; 32],
    evidence: &Evidence,
    policy: &Policy,
    at: Timestamp,
) -> (Report, Result<Acceptance, NotVerified>) {
    let report = validate(&facts, evidence, policy, at);
    let accepted = verified::take_or_wait(facts, document_sha256, &report);
    (report, accepted)
}

/// Judges a document anew that was accepted provisionally: what its signature was worth at that moment, by what is
/// known `now`. The evidence is for what existed then ([`Evidence::of_existing_since`]).
pub fn complete(
    facts: Facts,
    document_sha256: [u8; 32],
    evidence: &Evidence,
    policy: &Policy,
    (accepted, now): (Timestamp, Timestamp),
) -> (Report, Completion) {
    let report = validate(&facts, evidence, policy, now);
    let completion = verified::complete(facts, document_sha256, &report, accepted);
    (report, completion)
}
