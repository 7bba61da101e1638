//! The report: its JSON shape is a contract with integrators, names and meanings included.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use smallvec::SmallVec;

use super::{Code, Need};
pub use crate::crypto::hex;
use crate::pkix::{Certificate, KeyUse};
use crate::signature::Identifier;

/// The main indication (EN 319 102-1, 5.1.3). The order is from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Indication {
    #[serde(rename = "TOTAL-PASSED")]
    TotalPassed,
    #[serde(rename = "INDETERMINATE")]
    Indeterminate,
    #[serde(rename = "TOTAL-FAILED")]
    TotalFailed,
}

impl Indication {
    /// The name as the standard writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::TotalPassed => "TOTAL-PASSED",
            Self::Indeterminate => "INDETERMINATE",
            Self::TotalFailed => "TOTAL-FAILED",
        }
    }
}

/// Sub-indications (EN 319 102-1, tables 5 and 6) that this version gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum SubIndication {
    FormatFailure,
    HashFailure,
    SigCryptoFailure,
    NotYetValid,
    SigConstraintsFailure,
    ChainConstraintsFailure,
    CertificateChainGeneralFailure,
    CryptoConstraintsFailureNoPoe,
    RevokedNoPoe,
    RevokedCaNoPoe,
    OutOfBoundsNoPoe,
    NoSigningCertificateFound,
    NoCertificateChainFound,
    NoCertificateChainFoundNoPoe,
    SignedDataNotFound,
    TimestampOrderFailure,
    TryLater,
    Generic,
}

impl SubIndication {
    /// The indication that the sub-indication belongs to.
    pub fn indication(self) -> Indication {
        match self {
            Self::FormatFailure | Self::HashFailure | Self::SigCryptoFailure | Self::NotYetValid => {
                Indication::TotalFailed
            }
            _ => Indication::Indeterminate,
        }
    }
}

/// How a finding bears on the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Info,
    Warn,
    Fail,
}

/// One thing found. The message and remedy are put in at the edge, in the reader's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub code: Code,
    pub level: Level,
    pub message: String,
    pub remedy: String,
    /// The values that the message names.
    #[serde(skip)]
    pub params: Vec<(&'static str, String)>,
    #[serde(skip)]
    pub sub_indication: Option<SubIndication>,
}

/// The report on a document.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub document: Document,
    #[serde(serialize_with = "seconds")]
    pub validation_time: Timestamp,
    pub policy: Arc<PolicyName>,
    pub indication: Indication,
    pub signatures: Vec<Signature>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Document {
    pub name: Option<String>,
    /// Put in at the edge, like the name: a judgement does not depend on it.
    pub sha256: String,
    pub size: usize,
    pub media_type: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyName {
    pub name: String,
    pub sha256: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Signature {
    pub id: Cow<'static, str>,
    pub format: &'static str,
    pub indication: Indication,
    pub sub_indication: Option<SubIndication>,
    #[serde(serialize_with = "seconds")]
    pub best_signature_time: Timestamp,
    pub claimed_signing_time: Option<String>,
    pub algorithms: Algorithms,
    pub signer: Option<Arc<Signer>>,
    pub certificate: Option<Arc<CertificateSummary>>,
    /// The certificate that `signer` and `certificate` tell of.
    #[serde(skip)]
    pub signing_certificate: Option<Arc<Certificate>>,
    pub chain: Arc<[ChainLink]>,
    pub revocation: Arc<[Revocation]>,
    pub timestamps: Vec<TimestampReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<PropertiesReport>,
    pub signed_content: Vec<SignedContent>,
    pub unsigned_content: Vec<UnsignedContent>,
    pub findings: Vec<Finding>,
    /// What would help to judge better; for whoever can fetch it.
    #[serde(skip)]
    pub needs: Vec<Need>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Algorithms {
    pub signature: Identifier,
    pub digest: SmallVec<[Identifier; 1]>,
    pub canonicalization: Identifier,
    pub key_bits: Option<u32>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Signer {
    pub subject: String,
    pub common_name: Option<String>,
    pub iin: Option<String>,
    pub bin: Option<String>,
    pub organization: Option<String>,
    pub roles: Vec<&'static str>,
    pub key_use: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub struct CertificateSummary {
    pub serial: String,
    pub sha256: String,
    pub issuer: String,
    #[serde(serialize_with = "seconds")]
    pub not_before: Timestamp,
    #[serde(serialize_with = "seconds")]
    pub not_after: Timestamp,
}

#[derive(Clone, Debug, Serialize)]
pub struct ChainLink {
    #[serde(flatten, serialize_with = "named")]
    pub certificate: Arc<Certificate>,
    pub trust_anchor: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct Revocation {
    /// Whom it is about, by its fingerprint.
    #[serde(serialize_with = "fingerprint")]
    pub certificate: Arc<Certificate>,
    pub status: &'static str,
    pub source: Option<&'static str>,
    #[serde(serialize_with = "optional_seconds")]
    pub produced_at: Option<Timestamp>,
    pub reason: Option<String>,
    #[serde(serialize_with = "optional_seconds")]
    pub revoked_at: Option<Timestamp>,
}

/// A timestamp on the signature.
#[derive(Clone, Debug, Serialize)]
pub struct TimestampReport {
    /// `signature`, `archive`, `content` or `reference`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(serialize_with = "optional_seconds")]
    pub time: Option<Timestamp>,
    pub indication: &'static str,
    pub tsa: Option<String>,
}

/// What signed XAdES properties say besides the time (EN 319 132-1, 5.2).
#[derive(Clone, Debug, Serialize)]
pub struct PropertiesReport {
    pub policy: Option<String>,
    pub commitments: Vec<String>,
    pub claimed_roles: Vec<String>,
    pub production_place: Option<String>,
    pub media_types: Vec<String>,
    pub counter_signatures: usize,
}

#[derive(Clone, Debug, Serialize)]
pub struct SignedContent {
    pub uri: String,
    pub sha256: String,
    pub bytes: usize,
    pub covers: &'static str,
    /// By names as written and positions among siblings of that name: a name without a prefix is in the default
    /// namespace that is in scope there, if there is one. Empty for content from outside, and where nothing is chosen;
    /// `…` at its end stands for further ones.
    pub xpath: Cow<'static, str>,
}

/// What a signature does not cover.
#[derive(Clone, Debug, Serialize)]
pub struct UnsignedContent {
    /// Of an element, or of the attributes (`/a/@*`) or the text (`/a/text()`) of one around what is
    /// covered; of content from outside the document its URI.
    pub xpath: String,
    /// Octets of it, as written.
    pub bytes: usize,
}

/// The report on a certificate checked by itself.
#[derive(Clone, Debug, Serialize)]
pub struct CertificateReport {
    #[serde(serialize_with = "seconds")]
    pub validation_time: Timestamp,
    pub policy: Arc<PolicyName>,
    /// The certificate itself: `holder` as a [`Signer`] and `certificate` as a [`CertificateSummary`].
    #[serde(flatten, serialize_with = "leaf")]
    pub certificate: Arc<Certificate>,
    pub indication: Indication,
    pub sub_indication: Option<SubIndication>,
    pub findings: Vec<Finding>,
    pub chain: Arc<[ChainLink]>,
    /// For which certificate policies the path is valid, dotted OIDs (RFC 9618 5.5).
    pub valid_policies: Vec<String>,
    /// What the authorities say about those of them that have qualifiers.
    pub policy_qualifiers: Vec<QualifiedPolicy>,
    pub revocation: Arc<[Revocation]>,
    /// What would help to judge better; for whoever can fetch it.
    #[serde(skip)]
    pub needs: Vec<Need>,
}

/// What the authorities along a path say about a policy (RFC 5280 4.2.1.4).
#[derive(Clone, Debug, Serialize)]
pub struct QualifiedPolicy {
    pub policy: String,
    /// Addresses of practice statements.
    pub statements: Vec<String>,
    /// Texts to be shown.
    pub notices: Vec<String>,
}

/// The worst of several indications. None at all is no pass.
pub fn worst(indications: impl Iterator<Item = Indication>) -> Indication {
    indications.max().unwrap_or(Indication::Indeterminate)
}

impl Signer {
    /// The subject of a certificate.
    pub fn of(certificate: &Certificate) -> Self {
        let subject = certificate.subject();
        Self {
            subject: subject.to_rfc4514(),
            common_name: subject.common_name().map(Into::into),
            iin: subject.iin().map(Into::into),
            bin: subject.bin().map(Into::into),
            organization: subject.organization().map(Into::into),
            roles: certificate.roles(),
            key_use: match certificate.key_use() {
                KeyUse::Sign => "sign",
                KeyUse::Auth => "auth",
                KeyUse::Unknown => "unknown",
            },
        }
    }
}

impl CertificateSummary {
    /// What a report tells of a certificate besides its subject.
    pub fn of(certificate: &Certificate) -> Self {
        Self {
            serial: certificate.serial_hex(),
            sha256: hex(&certificate.sha256()),
            issuer: certificate.issuer().to_rfc4514(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
        }
    }
}

fn leaf<S: Serializer>(certificate: &Certificate, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(2))?;
    map.serialize_entry("holder", &Signer::of(certificate))?;
    map.serialize_entry("certificate", &CertificateSummary::of(certificate))?;
    map.end()
}

/// Most reports are read for their verdict, so names and digests of a chain are made when it is written.
fn named<S: Serializer>(certificate: &Certificate, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(2))?;
    map.serialize_entry("subject", &certificate.subject().to_rfc4514())?;
    map.serialize_entry("sha256", &hex(&certificate.sha256()))?;
    map.end()
}

fn fingerprint<S: Serializer>(certificate: &Certificate, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex(&certificate.sha256()))
}

fn seconds<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&rfc3339(*time))
}

fn optional_seconds<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => seconds(time, serializer),
        None => serializer.serialize_none(),
    }
}

/// RFC 3339 in UTC with whole seconds.
pub fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Report {
    /// Puts texts into every finding: `text` gives message and remedy for a code and its values.
    pub fn localize(&mut self, text: impl Fn(&str, &[(&'static str, String)]) -> (String, String)) {
        for signature in &mut self.signatures {
            localize(&mut signature.findings, &text);
        }
    }
}

impl CertificateReport {
    /// As [`Report::localize`].
    pub fn localize(&mut self, text: impl Fn(&str, &[(&'static str, String)]) -> (String, String)) {
        localize(&mut self.findings, &text);
    }
}

fn localize(findings: &mut [Finding], text: &impl Fn(&str, &[(&'static str, String)]) -> (String, String)) {
    for finding in findings {
        (finding.message, finding.remedy) = text(finding.code.name(), &finding.params);
    }
}
