//! Verified content: the octets that a passed signature covers, and who signed them.
//!
//! A [`VerifiedDocument`] can be made only here, by the verdict: everything downstream that acts on
//! a document takes this type, so that unchecked bytes cannot be acted upon.
//!
//! ```compile_fail
//! // Bytes are not a verified document, and the fields are private: this does not compile.
//! let forged = qoltanba::validation::VerifiedDocument { octets: b"<application/>".to_vec() };
//! ```

use jiff::Timestamp;

use super::Code;
use super::report::{Finding, Indication, Report, Signature};
use crate::signature::{Covers, Facts};

/// Why a document cannot be acted upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotVerified {
    /// The signature, or one of them, is not TOTAL-PASSED.
    NotPassed(Indication),
    /// Not exactly one signature.
    SignatureCount(usize),
    /// The signature does not cover the whole document.
    NotCovered,
}

/// The verified content of a document with one passed signature over the whole of it.
pub(super) fn take(
    facts: Facts,
    document_sha256: [u8; 32],
    report: &Report,
) -> Result<VerifiedDocument, NotVerified> {
    let ([judged], [_]) = (report.signatures.as_slice(), facts.signatures.as_slice()) else {
        return Err(NotVerified::SignatureCount(facts.signatures.len()));
    };
    if judged.indication != Indication::TotalPassed {
        return Err(NotVerified::NotPassed(judged.indication));
    }
    covered(facts, document_sha256, judged, report.validation_time)
}

/// What the one signature covers, and who made it, whatever its verdict.
fn covered(
    facts: Facts,
    document_sha256: [u8; 32],
    judged: &Signature,
    validation_time: Timestamp,
) -> Result<VerifiedDocument, NotVerified> {
    let signature = facts.signatures.into_iter().next().ok_or(NotVerified::SignatureCount(0))?;
    let certificate = judged.signing_certificate.as_ref().ok_or(NotVerified::NotCovered)?;
    let octets = signature
        .contents
        .into_iter()
        .find(|content| content.covers == Covers::WholeDocument)
        .and_then(|content| content.octets)
        .ok_or(NotVerified::NotCovered)?;
    let subject = certificate.subject();
    let signing_time = signature.properties.and_then(|properties| properties.signing_time);
    Ok(VerifiedDocument {
        octets,
        signing_time,
        signer: SignerIdentity {
            certificate_sha256: certificate.sha256(),
            subject: subject.to_rfc4514(),
            common_name: subject.common_name().map(Into::into),
            iin: subject.iin().map(Into::into),
            bin: subject.bin().map(Into::into),
        },
        validation_time,
        document_sha256,
    })
}

/// What became of a document that may wait for revocation data.
#[derive(Clone, Debug)]
pub enum Acceptance {
    /// Its signature passed.
    Verified(VerifiedDocument),
    /// Nothing speaks against it, but nobody could be asked about revocation.
    Provisional(ProvisionalDocument),
}

/// The content of a document, or what waits until revocation data come: only where every failed check is that the
/// status of a certificate is not known, because of an outage, is it provisional.
pub(super) fn take_or_wait(
    facts: Facts,
    document_sha256: [u8; 32],
    report: &Report,
) -> Result<Acceptance, NotVerified> {
    if let [judged] = report.signatures.as_slice()
        && let missing @ 1.. = missing(&judged.findings)
    {
        let waits = covered(facts, document_sha256, judged, report.validation_time)?;
        return Ok(Acceptance::Provisional(ProvisionalDocument { waits, missing }));
    }
    take(facts, document_sha256, report).map(Acceptance::Verified)
}

/// Of how many certificates the status is not known; none where anything else is wrong, too.
fn missing(findings: &[Finding]) -> usize {
    let failed = || findings.iter().filter(|finding| finding.sub_indication.is_some());
    // A responder that does not know the certificate has answered: that is no outage (RFC 6960 2.2).
    let is_answered = findings.iter().any(|finding| finding.code == Code::OCSP_UNKNOWN);
    let is_all = failed().all(|finding| finding.code == Code::REVOCATION_UNKNOWN);
    if is_answered || !is_all { 0 } else { failed().count() }
}

/// What came of a document that was accepted provisionally, once there is more evidence.
#[derive(Clone, Debug)]
pub enum Completion {
    /// At the moment of its acceptance the signature was good.
    Verified(Box<VerifiedDocument>),
    /// A certificate of its path had been revoked by then, at this moment.
    Revoked(Timestamp),
    /// There is still no saying.
    Unknown(NotVerified),
}

/// What a report says of a document that has existed since `accepted`.
pub(super) fn complete(
    facts: Facts,
    document_sha256: [u8; 32],
    report: &Report,
    accepted: Timestamp,
) -> Completion {
    match take(facts, document_sha256, report) {
        // It counts as what it was then.
        Ok(verified) => {
            Completion::Verified(Box::new(VerifiedDocument { validation_time: accepted, ..verified }))
        }
        Err(why) => {
            let statuses = report.signatures.iter().flat_map(|judged| judged.revocation.iter());
            let revoked = statuses.filter(|status| status.status == "revoked");
            match revoked.filter_map(|status| status.revoked_at).min().filter(|at| *at <= accepted) {
                Some(at) => Completion::Revoked(at),
                None => Completion::Unknown(why),
            }
        }
    }
}

/// What a signature covers of which nothing is wrong but that the revocation status of certificates is not known.
/// It is no [`VerifiedDocument`], nor can one be had from it: what it says may be registered as waiting, and only a
/// judgement with more evidence makes more of it.
///
/// ```compile_fail
/// // Nothing acts on it: an act is read from a verified document alone.
/// fn act(waits: &qoltanba::validation::ProvisionalDocument, rules: &qoltanba::housing::Rules) {
///     let _ = qoltanba::housing::Act::read(waits, rules);
/// }
/// ```
#[derive(Clone, Debug)]
pub struct ProvisionalDocument {
    waits: VerifiedDocument,
    missing: usize,
}

impl ProvisionalDocument {
    /// The octets that the signature covers.
    pub fn octets(&self) -> &[u8] {
        &self.waits.octets
    }

    /// Who signed, if the certificate holds up.
    pub fn signer(&self) -> &SignerIdentity {
        &self.waits.signer
    }

    /// The moment of acceptance, by which the signature is to be judged.
    pub fn accepted(&self) -> Timestamp {
        self.waits.validation_time
    }

    /// SHA-256 of the document as it came, signature included.
    pub fn document_sha256(&self) -> [u8; 32] {
        self.waits.document_sha256
    }

    /// Of how many certificates of its path the revocation status is not known; at least one.
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// One without a signature behind it, for unit tests of the modules downstream.
    #[cfg(test)]
    pub(crate) fn for_test(octets: &str, iin: &str, at: Timestamp) -> Self {
        Self { waits: VerifiedDocument::for_test(octets, iin, None, at), missing: 1 }
    }
}

/// Who signed, as the signing certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerIdentity {
    /// SHA-256 of the certificate, 32 octets.
    pub certificate_sha256: [u8; 32],
    /// Subject as an RFC 4514 string.
    pub subject: String,
    pub common_name: Option<String>,
    /// Individual identification number, 12 digits, without the prefix `IIN`.
    pub iin: Option<String>,
    /// Business identification number, 12 digits, without the prefix `BIN`.
    pub bin: Option<String>,
}

/// Octets that a TOTAL-PASSED signature covers, as they were digested (canonicalised).
#[derive(Clone, Debug)]
pub struct VerifiedDocument {
    pub(super) octets: Vec<u8>,
    pub(super) signer: SignerIdentity,
    pub(super) signing_time: Option<String>,
    pub(super) validation_time: Timestamp,
    pub(super) document_sha256: [u8; 32],
}

impl VerifiedDocument {
    /// The signed octets: the canonical form of the whole document less its signatures.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The signer whose signature covers the octets.
    pub fn signer(&self) -> &SignerIdentity {
        &self.signer
    }

    /// When the signer says to have signed, by the clock of the signer; nothing where the signature does not say
    /// (signed property SigningTime, EN 319 132-1 5.2.1).
    pub fn signing_time(&self) -> Option<Timestamp> {
        self.signing_time.as_ref()?.parse().ok()
    }

    /// What tells this signing from every other: SHA-256 over what was signed, who signed and the time that the
    /// signer gave. The same signature in another wrapping has the same; the same content, signed again at another
    /// time, another. Without a time, the same content by the same certificate is the same.
    pub fn identity(&self) -> [u8; 32] {
        let iin = self.signer.iin.as_deref().unwrap_or_default();
        let time = self.signing_time.as_deref().unwrap_or_default();
        let parts = [&self.signer.certificate_sha256[..], iin.as_bytes(), time.as_bytes(), &self.octets];
        let framed = parts.iter().flat_map(|part| [&(part.len() as u64).to_be_bytes()[..], part].concat());
        crate::crypto::sha256(&framed.collect::<Vec<u8>>())
    }

    /// The time at which the signature was judged.
    pub fn validation_time(&self) -> Timestamp {
        self.validation_time
    }

    /// SHA-256 of the document as it came, signature included.
    pub fn document_sha256(&self) -> [u8; 32] {
        self.document_sha256
    }

    /// A verified document without a signature behind it, for unit tests of the modules downstream.
    #[cfg(test)]
    pub(crate) fn for_test(octets: &str, iin: &str, bin: Option<&str>, at: Timestamp) -> Self {
        Self {
            octets: octets.as_bytes().to_vec(),
            signer: SignerIdentity {
                certificate_sha256: [0; 32],
                subject: "CN=TEST".into(),
                common_name: Some("TEST".into()),
                iin: Some(iin.into()),
                bin: bin.map(Into::into),
            },
            signing_time: Some(at.to_string()),
            validation_time: at,
            document_sha256: crate::crypto::sha256(octets.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::Policy;
    use crate::validation::checks::decide;
    use crate::validation::table::finding;

    #[test]
    fn only_an_outage_makes_a_document_wait() {
        let waits = |codes: &[Code]| {
            let mut findings: Vec<Finding> = codes.iter().map(|code| finding(*code, Vec::new())).collect();
            decide(&mut findings, &Policy::kz());
            missing(&findings)
        };
        assert_eq!(waits(&[]), 0, "what passes need not wait");
        assert_eq!(waits(&[Code::REVOCATION_UNKNOWN]), 1);
        assert_eq!(waits(&[Code::REVOCATION_UNKNOWN, Code::REVOCATION_UNKNOWN]), 2, "an authority's, too");
        assert_eq!(waits(&[Code::CRL_STALE, Code::REVOCATION_UNKNOWN]), 1, "what is told only is no fault");
        for other in [
            Code::OCSP_UNKNOWN,
            Code::CERTIFICATE_REVOKED,
            Code::CA_REVOKED,
            Code::CERTIFICATE_NEVER_ISSUED,
            Code::DIGEST_MISMATCH,
            Code::ALGORITHM_WEAK,
            Code::CHAIN_NOT_FOUND,
        ] {
            assert_eq!(waits(&[Code::REVOCATION_UNKNOWN, other]), 0, "{other:?}");
            assert_eq!(waits(&[other]), 0, "{other:?}");
        }
    }
}
