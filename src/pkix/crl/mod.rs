//! Revocation lists.
//!
//! A list is read once ([`parse`]), says what it answers for ([`scope`]), is shown to the certificate
//! of its signer, and only then can it be asked, best together with all others at hand ([`status`]):
//! deltas, lists of parts and reasons, lists of other issuers, old lists. Whether the signer may be
//! believed, which takes a path of its own to the same trust anchor (RFC 5280 6.3.3 (f)), is the
//! caller's to find out; here it only has the name, the key and the right to sign lists.

pub(super) mod parse;
mod scope;
mod status;

use std::{fmt, sync::Arc};

use jiff::Timestamp;

use super::{
    CertStatus, Certificate, Error, Name, SignatureError,
    certificate::{decode, verify_signed},
};
use crate::crypto::{self, SignatureAlgorithm};

pub use parse::Number;
use parse::Parsed;
pub use scope::{DistributionPoint, Reasons, Scope};
pub use status::{Answer, Unused, status};

/// A CRL (RFC 5280 5.1) whose signature nobody has checked: it can be shown to a signer's
/// certificate and nothing else.
#[derive(Clone)]
pub struct UnverifiedCrl(Arc<Parsed>, Name);

/// A CRL, signature checked, indexed by serial number.
#[derive(Clone)]
pub struct Crl {
    parsed: Arc<Parsed>,
    issuer: Name,
    /// SHA-256 of the SubjectPublicKeyInfo whose key signed it.
    signer_key: [u8; 32],
}

/// One line of a CRL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedEntry {
    /// revocationDate
    pub revoked_at: Timestamp,
    /// reasonCode by its name in RFC 5280 5.3.1, for example `keyCompromise`.
    pub reason: Option<&'static str>,
}

/// Why a CRL is not used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CrlError {
    /// The CRL is another authority's.
    #[error("the CRL's issuer has another name")]
    WrongIssuer,
    /// The signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The signer's keyUsage lacks cRLSign (RFC 5280 6.3.3 (f)).
    #[error("the issuer's key may not sign CRLs")]
    KeyUsage,
    /// What must be understood of it is not.
    #[error(transparent)]
    Defect(#[from] Defect),
    /// The signer's key is of an algorithm this build does not have, or malformed.
    #[error("the issuer's key cannot be used")]
    IssuerKey,
}

/// An extension for which a CRL must not be used at all (RFC 5280 5.2, 5.3): critical and unknown, one
/// of those that say what the CRL is and unreadable, or one that does not belong there. The dotted OID.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Defect {
    /// Of the list.
    #[error("extension {0} of the CRL is not understood")]
    List(String),
    /// Of one of its lines.
    #[error("extension {0} of a line of the CRL is not understood")]
    Line(String),
}

impl Defect {
    /// The dotted OID.
    pub fn oid(&self) -> &str {
        match self {
            Self::List(oid) | Self::Line(oid) => oid,
        }
    }
}

impl UnverifiedCrl {
    /// From DER.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let parsed = Parsed::read(der)?;
        let issuer = parsed.issuer().ok_or(Error::Malformed)?.clone();
        Ok(Self(Arc::new(parsed), issuer))
    }

    /// From a PEM bundle, from DER, or from the base64 of DER.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Vec<Self>, Error> {
        decode(bytes, "X509 CRL")?.iter().map(|der| Self::from_der(der)).collect()
    }

    /// The original bytes.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The issuer's name, to find its certificate by.
    pub fn issuer(&self) -> &Name {
        &self.1
    }

    /// thisUpdate and nextUpdate as the list has them, which prove nothing.
    pub fn claimed_times(&self) -> (Timestamp, Option<Timestamp>) {
        (self.0.this_update, self.0.next_update)
    }

    /// keyIdentifier of authorityKeyIdentifier (RFC 5280 5.2.1), to try the right certificate first.
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.0.authority_key_id.as_deref()
    }
}

impl Crl {
    /// Checks that the key of `signer` made the CRL and may (RFC 5280 6.3.3 (f) and (g)), and that
    /// nothing in it stands against its use. That `signer` has a path is not checked here.
    ///
    /// # Errors
    /// Says why the CRL cannot be used as one of `signer`.
    pub fn verify(crl: &UnverifiedCrl, signer: &Certificate) -> Result<Self, CrlError> {
        let parsed = &crl.0;
        if !crl.1.matches(signer.subject()) {
            return Err(CrlError::WrongIssuer);
        }
        if !parsed.algorithms_agree {
            return Err(SignatureError::AlgorithmMismatch.into());
        }
        let key = signer.public_key().map_err(|_| CrlError::IssuerKey)?;
        let part = |range: &std::ops::Range<usize>| parsed.der.get(range.clone()).unwrap_or_default();
        let (tbs, signature) = (part(&parsed.tbs), part(&parsed.signature));
        verify_signed(&parsed.tbs_digest, &parsed.algorithm, key, tbs, signature)?;
        if signer.key_usage().is_some_and(|usage| !usage.crl_sign) {
            return Err(CrlError::KeyUsage);
        }
        if let Some(defect) = &parsed.defect {
            return Err(defect.clone().into());
        }
        Ok(Self {
            parsed: Arc::clone(parsed),
            issuer: crl.1.clone(),
            signer_key: crypto::sha256(signer.spki()),
        })
    }

    /// The issuer's name.
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// The original bytes.
    pub fn der(&self) -> &[u8] {
        &self.parsed.der
    }

    /// When it was made.
    pub fn this_update(&self) -> Timestamp {
        self.parsed.this_update
    }

    /// What it is signed with.
    pub fn algorithm(&self) -> Option<&SignatureAlgorithm> {
        self.parsed.algorithm.as_ref().ok()
    }

    /// Until when the next one is out.
    pub fn next_update(&self) -> Option<Timestamp> {
        self.parsed.next_update
    }

    /// cRLNumber (RFC 5280 5.2.3).
    pub fn number(&self) -> Option<&Number> {
        self.parsed.number.as_ref()
    }

    /// BaseCRLNumber of a delta (RFC 5280 5.2.4); a complete CRL has none.
    pub fn base_number(&self) -> Option<&Number> {
        self.parsed.base.as_ref()
    }

    /// What it answers for (RFC 5280 5.2.5).
    pub fn scope(&self) -> &Scope {
        &self.parsed.scope
    }

    /// Where its deltas are (RFC 5280 5.2.6).
    pub fn freshest_crl(&self) -> &[DistributionPoint] {
        &self.parsed.freshest
    }

    /// How many lines it has.
    pub fn len(&self) -> usize {
        self.parsed.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.parsed.len() == 0
    }

    /// The line for a certificate of `issuer`, its serial number given as the content octets of its
    /// INTEGER. In a delta the reason may be `removeFromCRL`.
    pub fn entry(&self, issuer: &Name, serial: &[u8]) -> Option<RevokedEntry> {
        self.parsed.entry(issuer, serial)
    }

    /// What this CRL by itself says of `certificate` at `at`.
    pub fn status(&self, certificate: &Certificate, at: Timestamp) -> CertStatus {
        status(certificate, &[self], at).status
    }
}

impl fmt::Debug for UnverifiedCrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnverifiedCrl({:?})", self.1)
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({:?}, {}, {} entries)", self.issuer, self.parsed.this_update, self.len())
    }
}
