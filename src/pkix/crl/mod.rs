//! Revocation lists.
//!
//! A list is read once ([`parse`]), which gives an index of its lines that can be kept ([`index`]), says what it answers for ([`scope`]), is shown to the certificate
//! of its signer, and only then can it be asked, best together with all others at hand ([`status`]):
//! deltas, lists of parts and reasons, lists of other issuers, old lists. Whether the signer may be
//! believed, which takes a path of its own to the same trust anchor (RFC 5280 6.3.3 (f)), is the
//! caller's to find out; here it only has the name, the key and the right to sign lists.

mod index;
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

#[cfg(test)]
pub(super) use index::of_one_hash;
pub use index::{HEADER_OCTETS, SharedOctets, Stale};
pub use parse::Number;
use parse::Parsed;
pub use scope::{DistributionPoint, Reasons, Scope};
pub use status::{Answer, Unused, status};

/// A CRL (RFC 5280 5.1) whose signature nobody has checked: it can be shown to a signer's
/// certificate and nothing else.
#[derive(Clone)]
pub struct UnverifiedCrl(Arc<Parsed>);

/// A CRL, signature checked, indexed by serial number.
#[derive(Clone)]
pub struct Crl {
    parsed: Arc<Parsed>,
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
        Self::from_octets(Arc::new(der.to_vec()))
    }

    /// From DER, which is not copied and must never change.
    pub fn from_octets(der: SharedOctets) -> Result<Self, Error> {
        Ok(Self(Arc::new(Parsed::read(der)?)))
    }

    /// From DER and the index that was made of it before, as [`UnverifiedCrl::index`] gave it: no line is
    /// read, and the key with which the signature was checked then is remembered, so that
    /// [`Crl::verify`] does not check it again.
    ///
    /// Whoever calls vouches for it that nobody but itself could write where list and index come from. An
    /// index that was changed by accident is found out; one that was made to lie is not.
    ///
    /// # Errors
    /// When the index is of another form or of another list, or damaged. Then it is to be made anew.
    pub fn reopen(der: SharedOctets, index: SharedOctets) -> Result<Self, Stale> {
        Ok(Self(Arc::new(Parsed::reopen(der, index)?)))
    }

    /// The index of the lines for [`UnverifiedCrl::reopen`]: its header, and what goes after it. The header
    /// says with which key the signature was checked, if it was by now.
    pub fn index(&self) -> ([u8; HEADER_OCTETS], &[u8]) {
        self.0.index()
    }

    /// From a PEM bundle, from DER, or from the base64 of DER.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Vec<Self>, Error> {
        decode(bytes, "X509 CRL")?.iter().map(|der| Self::from_der(der)).collect()
    }

    /// The original bytes.
    pub fn der(&self) -> &[u8] {
        self.0.der()
    }

    /// The issuer's name, to find its certificate by.
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// The list with an index whose sums are right and which says what it likes, for tests.
    #[cfg(test)]
    pub(super) fn with_forged_index(der: &[u8], lines: Vec<[u8; 8]>, defect: u32) -> Result<Self, Stale> {
        let body = lines.as_flattened();
        let counts = index::Counts { lines: u32::try_from(lines.len()).unwrap_or(0), runs: 0, issuers: 0 };
        let header = index::Header { counts, defect, signed_by: None }.write(der, body);
        Self::reopen(Arc::new(der.to_vec()), Arc::new([&header[..], body].concat()))
    }

    /// The list by an index without lines that is sound but for its form, for tests.
    #[cfg(test)]
    pub(super) fn reopen_of_form(der: &[u8], form: [u8; 8]) -> Result<Self, Stale> {
        let counts = index::Counts::default();
        let header = index::Header { counts, defect: 0, signed_by: None }.of_form(form, der, &[]);
        Self::reopen(Arc::new(der.to_vec()), Arc::new(header.to_vec()))
    }

    /// SHA-256 of what lists have in common that follow one another: issuer, key, scope, and whether they are
    /// complete or deltas.
    pub fn series(&self) -> [u8; 32] {
        let Parsed { frame, .. } = &*self.0;
        let kind: &[u8] = if frame.base.is_some() { b"delta" } else { b"complete" };
        let parts =
            [self.0.issuer.der(), frame.authority_key_id.as_deref().unwrap_or_default(), frame.scope.der()];
        let with_length = |part: &&[u8]| [&(part.len() as u64).to_be_bytes()[..], *part].concat();
        crypto::sha256(&[parts.iter().flat_map(with_length).collect::<Vec<u8>>(), kind.to_vec()].concat())
    }

    /// SHA-256 of the SubjectPublicKeyInfo whose key made the signature, once that was checked.
    pub fn signed_by(&self) -> Option<[u8; 32]> {
        self.0.signed_by.get().copied()
    }

    /// thisUpdate and nextUpdate as the list has them, which prove nothing.
    pub fn claimed_times(&self) -> (Timestamp, Option<Timestamp>) {
        (self.0.frame.this_update, self.0.frame.next_update)
    }

    /// Whether the signature was checked with the very key of this certificate. Whether it may sign lists is not
    /// asked.
    pub fn is_signed_with_key_of(&self, signer: &Certificate) -> bool {
        self.0.signer_spki.get().is_some_and(|spki| **spki == *signer.spki())
    }

    /// Moments at which what the list says of a certificate may change, if it says anything: its own times,
    /// and that of a line.
    pub fn turning_points(&self, certificate: &Certificate) -> impl Iterator<Item = Timestamp> {
        let line = self.0.entry(certificate.issuer(), certificate.serial()).map(|line| line.revoked_at);
        let (this_update, next_update) = self.claimed_times();
        [Some(this_update), next_update, line].into_iter().flatten()
    }

    /// keyIdentifier of authorityKeyIdentifier (RFC 5280 5.2.1), to try the right certificate first.
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.0.frame.authority_key_id.as_deref()
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
        if !parsed.issuer.matches(signer.subject()) {
            return Err(CrlError::WrongIssuer);
        }
        if !parsed.frame.algorithms_agree {
            return Err(SignatureError::AlgorithmMismatch.into());
        }
        let signer_key = match parsed.signed_by.get() {
            Some(known) if crl.is_signed_with_key_of(signer) => *known,
            _ => crypto::sha256(signer.spki()),
        };
        if parsed.signed_by.get() != Some(&signer_key) {
            let key = signer.public_key().map_err(|_| CrlError::IssuerKey)?;
            let frame = &parsed.frame;
            let part = |range: &std::ops::Range<usize>| parsed.der().get(range.clone()).unwrap_or_default();
            let (tbs, signature) = (part(&frame.tbs), part(&frame.signature));
            verify_signed(&frame.tbs_digest, &frame.algorithm, key, tbs, signature)?;
            parsed.signed_by.get_or_init(|| signer_key);
        }
        if parsed.signed_by.get() == Some(&signer_key) {
            parsed.signer_spki.get_or_init(|| signer.spki().into());
        }
        if signer.key_usage().is_some_and(|usage| !usage.crl_sign) {
            return Err(CrlError::KeyUsage);
        }
        if let Some(defect) = &parsed.defect {
            return Err(defect.clone().into());
        }
        Ok(Self { parsed: Arc::clone(parsed), signer_key })
    }

    /// The issuer's name.
    pub fn issuer(&self) -> &Name {
        &self.parsed.issuer
    }

    /// The original bytes.
    pub fn der(&self) -> &[u8] {
        self.parsed.der()
    }

    /// When it was made.
    pub fn this_update(&self) -> Timestamp {
        self.parsed.frame.this_update
    }

    /// What it is signed with.
    pub fn algorithm(&self) -> Option<&SignatureAlgorithm> {
        self.parsed.frame.algorithm.as_ref().ok()
    }

    /// Until when the next one is out.
    pub fn next_update(&self) -> Option<Timestamp> {
        self.parsed.frame.next_update
    }

    /// cRLNumber (RFC 5280 5.2.3).
    pub fn number(&self) -> Option<&Number> {
        self.parsed.frame.number.as_ref()
    }

    /// BaseCRLNumber of a delta (RFC 5280 5.2.4); a complete CRL has none.
    pub fn base_number(&self) -> Option<&Number> {
        self.parsed.frame.base.as_ref()
    }

    /// What it answers for (RFC 5280 5.2.5).
    pub fn scope(&self) -> &Scope {
        &self.parsed.frame.scope
    }

    /// Where its deltas are (RFC 5280 5.2.6).
    pub fn freshest_crl(&self) -> &[DistributionPoint] {
        &self.parsed.frame.freshest
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
        write!(f, "UnverifiedCrl({:?})", self.0.issuer)
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({:?}, {}, {} entries)", self.parsed.issuer, self.parsed.frame.this_update, self.len())
    }
}
