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

use super::report::{Indication, Report};
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
    let signature = facts.signatures.into_iter().next().ok_or(NotVerified::SignatureCount(0))?;
    let certificate = signature.signing_certificate.ok_or(NotVerified::NotCovered)?;
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
        validation_time: report.validation_time,
        document_sha256,
    })
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
