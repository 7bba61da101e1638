//! Revocation lists.
//!
//! The national list has over four hundred thousand lines, so it is parsed once into a table sorted
//! by serial number that points into the original bytes. Only complete lists of one authority are
//! taken; deltas and partial lists are refused by name rather than misread as complete.

use std::{fmt, ops::Range, sync::Arc};

use jiff::Timestamp;

use super::{
    Certificate, Error, Name, SignatureError,
    certificate::{Signed, decode, range, verify_signed},
};
use crate::{
    asn1::{Reader, oid, tag},
    crypto::{AlgorithmError, DigestOnce, SignatureAlgorithm},
};

/// A CRL (RFC 5280 5.1) whose signature nobody has checked: it can be shown to an issuer's
/// certificate and nothing else.
#[derive(Clone)]
pub struct UnverifiedCrl(Arc<Parsed>);

/// A complete CRL of one issuer, signature checked, indexed by serial number.
#[derive(Clone)]
pub struct Crl(Arc<Parsed>);

struct Parsed {
    der: Vec<u8>,
    tbs: Range<usize>,
    signature: Range<usize>,
    algorithm: Result<SignatureAlgorithm, AlgorithmError>,
    algorithms_agree: bool,
    issuer: Name,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    /// Sorted by serial number.
    entries: Vec<RevokedEntry>,
    /// A critical extension, of the list or of an entry, that narrows or widens the scope.
    foreign_scope: Option<String>,
}

/// One line of a CRL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedEntry {
    /// revocationDate
    pub revoked_at: Timestamp,
    /// reasonCode by its name in RFC 5280 5.3.1, for example `keyCompromise`.
    pub reason: Option<&'static str>,
    serial: Range<usize>,
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
    /// The issuer's keyUsage lacks cRLSign (RFC 5280 6.3.3 (f)).
    #[error("the issuer's key may not sign CRLs")]
    KeyUsage,
    /// A delta, partial or indirect CRL, or an unknown critical extension; its dotted OID.
    #[error("unsupported scope, extension {0}")]
    UnsupportedScope(String),
    /// The issuer's key is of an algorithm this build does not have, or malformed.
    #[error("the issuer's key cannot be used")]
    IssuerKey,
}

/// What a CRL says of a certificate at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CrlStatus {
    /// Not revoked.
    Good,
    /// Revoked at or before the moment.
    Revoked {
        /// revocationDate
        at: Timestamp,
        /// reasonCode
        reason: Option<&'static str>,
    },
    /// Revoked, but after the moment.
    RevokedLater {
        /// revocationDate
        at: Timestamp,
    },
    /// The CRL ended before the moment and does not list the certificate.
    Stale,
    /// The CRL cannot tell: another issuer's certificate, or one it may have dropped on expiry.
    Unknown,
}

impl UnverifiedCrl {
    /// From DER.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let signed = Signed::read(der)?;
        let tbs = der.get(signed.tbs.clone()).unwrap_or_default();
        let mut fields = Reader::single(tbs)?.reader();
        // Version 1 has neither the field nor extensions.
        if fields.optional(tag::INTEGER)?.is_some_and(|v| v.content != [1]) {
            return Err(Error::Malformed);
        }
        let inner_algorithm = fields.take(tag::SEQUENCE)?.raw;
        let issuer = Name::from_der(fields.take(tag::SEQUENCE)?.raw)?;
        let this_update = fields.next()?.time()?;
        let next_update = match fields.peek() {
            Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => Some(fields.next()?.time()?),
            _ => None,
        };
        let mut entries = Vec::new();
        let mut foreign_scope = None;
        if let Some(list) = fields.optional(tag::SEQUENCE)? {
            let mut items = list.reader();
            while !items.is_empty() {
                let mut item = items.take(tag::SEQUENCE)?.reader();
                let serial = range(der, item.take(tag::INTEGER)?.content);
                let revoked_at = item.next()?.time()?;
                let mut reason = None;
                if let Some(extensions) = item.optional(tag::SEQUENCE)? {
                    each_extension(extensions.reader(), |name, critical, value| match name {
                        oid::REASON_CODE => reason = self::reason(value),
                        oid::INVALIDITY_DATE => {}
                        _ if critical => foreign_scope = Some(name.to_owned()),
                        _ => {}
                    })?;
                }
                item.finish()?;
                // A full CRL has nothing to be removed from (RFC 5280 5.3.1).
                if reason != Some("removeFromCRL") {
                    entries.push(RevokedEntry { revoked_at, reason, serial });
                }
            }
        }
        if let Some(extensions) = fields.optional(tag::context_constructed(0))? {
            let mut outer = extensions.reader();
            each_extension(outer.take(tag::SEQUENCE)?.reader(), |name, critical, _| {
                // These two narrow the scope whatever their flag says.
                let scope = name == oid::DELTA_CRL_INDICATOR || name == oid::ISSUING_DISTRIBUTION_POINT;
                if scope || (critical && name != oid::CRL_NUMBER && name != oid::AUTHORITY_KEY_ID) {
                    foreign_scope = Some(name.to_owned());
                }
            })?;
            outer.finish()?;
        }
        fields.finish()?;
        let serial_of = |entry: &RevokedEntry| der.get(entry.serial.clone()).unwrap_or_default();
        entries.sort_by(|a, b| serial_of(a).cmp(serial_of(b)).then(a.revoked_at.cmp(&b.revoked_at)));
        // A serial listed twice counts as revoked at the earlier time.
        entries.dedup_by(|later, earlier| serial_of(later) == serial_of(earlier));
        Ok(Self(Arc::new(Parsed {
            algorithms_agree: inner_algorithm == signed.algorithm_raw,
            tbs: signed.tbs,
            signature: signed.signature,
            algorithm: SignatureAlgorithm::from_der(signed.algorithm_raw),
            issuer,
            this_update,
            next_update,
            entries,
            foreign_scope,
            der: der.to_vec(),
        })))
    }

    /// From PEM (the first block), DER, or the base64 of DER.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, Error> {
        let blocks = decode(bytes, "X509 CRL")?;
        Self::from_der(blocks.first().ok_or(Error::Empty)?)
    }

    /// The issuer's name, to find its certificate by.
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }
}

impl Crl {
    /// Checks that `issuer` made the CRL and that it covers all of its certificates
    /// (RFC 5280 6.3.3).
    pub fn verify(crl: &UnverifiedCrl, issuer: &Certificate) -> Result<Self, CrlError> {
        let parsed = &crl.0;
        if !parsed.issuer.matches(issuer.subject()) {
            return Err(CrlError::WrongIssuer);
        }
        if !parsed.algorithms_agree {
            return Err(SignatureError::AlgorithmMismatch.into());
        }
        let key = issuer.public_key().map_err(|_| CrlError::IssuerKey)?;
        let part = |range: &Range<usize>| parsed.der.get(range.clone()).unwrap_or_default();
        let hashed = DigestOnce::default();
        verify_signed(&hashed, &parsed.algorithm, key, part(&parsed.tbs), part(&parsed.signature))?;
        if issuer.key_usage().is_some_and(|usage| !usage.crl_sign) {
            return Err(CrlError::KeyUsage);
        }
        if let Some(name) = &parsed.foreign_scope {
            return Err(CrlError::UnsupportedScope(name.clone()));
        }
        Ok(Self(Arc::clone(parsed)))
    }

    /// The issuer's name.
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// The original bytes.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// When it was made.
    pub fn this_update(&self) -> Timestamp {
        self.0.this_update
    }

    /// Until when the next one is out.
    pub fn next_update(&self) -> Option<Timestamp> {
        self.0.next_update
    }

    /// How many certificates it lists.
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Whether it lists none.
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// The line for a serial number, given as the content octets of its INTEGER.
    pub fn entry(&self, serial: &[u8]) -> Option<&RevokedEntry> {
        let entries = &self.0.entries;
        let serial_of = |entry: &RevokedEntry| self.0.der.get(entry.serial.clone()).unwrap_or_default();
        let found = entries.binary_search_by(|entry| serial_of(entry).cmp(serial)).ok()?;
        entries.get(found)
    }

    /// What the CRL says of `certificate` at `at`.
    pub fn status(&self, certificate: &Certificate, at: Timestamp) -> CrlStatus {
        if !certificate.issuer().matches(&self.0.issuer) {
            return CrlStatus::Unknown;
        }
        if let Some(entry) = self.entry(certificate.serial()) {
            return if entry.revoked_at <= at {
                CrlStatus::Revoked { at: entry.revoked_at, reason: entry.reason }
            } else {
                CrlStatus::RevokedLater { at: entry.revoked_at }
            };
        }
        if certificate.not_after() < self.0.this_update {
            // Entries may go once the certificate has expired (RFC 5280 3.3).
            return CrlStatus::Unknown;
        }
        match self.0.next_update {
            _ if at <= self.0.this_update => CrlStatus::Good,
            Some(next) if next < at => CrlStatus::Stale,
            Some(_) => CrlStatus::Good,
            // Without nextUpdate nothing vouches for the time after thisUpdate.
            None => CrlStatus::Unknown,
        }
    }
}

impl fmt::Debug for UnverifiedCrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnverifiedCrl({:?})", self.0.issuer)
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({:?}, {}, {} entries)", self.0.issuer, self.0.this_update, self.len())
    }
}

fn each_extension(mut list: Reader<'_>, mut take: impl FnMut(&str, bool, &[u8])) -> Result<(), Error> {
    while !list.is_empty() {
        let mut fields = list.take(tag::SEQUENCE)?.reader();
        let name = fields.next()?.oid()?;
        let critical = fields.optional(tag::BOOLEAN)?.is_some_and(|b| b.content != [0]);
        take(&name, critical, fields.take(tag::OCTET_STRING)?.content);
        fields.finish()?;
    }
    Ok(())
}

pub(super) fn reason(value: &[u8]) -> Option<&'static str> {
    let code = Reader::single(value).ok()?.expect(tag::ENUMERATED).ok()?;
    match code.content {
        [0] => Some("unspecified"),
        [1] => Some("keyCompromise"),
        [2] => Some("cACompromise"),
        [3] => Some("affiliationChanged"),
        [4] => Some("superseded"),
        [5] => Some("cessationOfOperation"),
        [6] => Some("certificateHold"),
        [8] => Some("removeFromCRL"),
        [9] => Some("privilegeWithdrawn"),
        [10] => Some("aACompromise"),
        _ => None,
    }
}
