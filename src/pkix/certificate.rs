//! A certificate, parsed once and kept with its bytes.
//!
//! Extensions are read leniently where national authorities have erred and strictly where leniency would
//! widen what a key may do. A key
//! of an unknown algorithm does not make the certificate unreadable, only its key.

use std::{
    borrow::Cow,
    collections::HashSet,
    fmt,
    hash::{Hash, Hasher},
    ops::Range,
    sync::OnceLock,
};

use jiff::Timestamp;

use super::{
    BasicConstraints, DistributionPoint, GeneralName, KeyUsage, Name, NameConstraints, PolicyConstraints,
    PolicyInformation,
    extensions::Extensions,
    national::{self, Meaning},
};
use crate::{
    asn1::{self, Reader, Tlv, oid, pem, tag},
    crypto::{
        self, AlgorithmError, DigestOnce, EcdsaForm, KeyError, PublicKey, SignatureAlgorithm, VerifyError,
    },
};

/// The tag of extensions in a TBSCertificate.
const EXTENSIONS: u8 = tag::context_constructed(3);
/// Certificates that are issued have a dozen; so many are compared one by one.
const FEW_EXTENSIONS: usize = 16;

/// Why bytes are no certificate or CRL.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not the structure of RFC 5280 4.1 or 5.1.
    #[error("malformed certificate or CRL")]
    Malformed,
    /// Bytes after the structure.
    #[error("trailing bytes")]
    Trailing,
    /// Not DER in itself.
    #[error(transparent)]
    Asn1(#[from] asn1::Error),
    /// Neither PEM nor base64 nor DER.
    #[error("nothing readable inside")]
    Empty,
    /// An indirect CRL about certificates of more issuers than are kept.
    #[error("too many issuers in one CRL")]
    TooManyIssuers,
}

/// Why the signature on a certificate or a CRL does not hold.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SignatureError {
    /// Not made by that key over those bytes.
    #[error("signature does not verify")]
    Invalid(#[from] VerifyError),
    /// An algorithm this build does not have; its dotted OID.
    #[error("unsupported signature algorithm {0}")]
    Unsupported(String),
    /// The signed and the unsigned AlgorithmIdentifier differ (RFC 5280 4.1.1.2).
    #[error("inner and outer signature algorithms differ")]
    AlgorithmMismatch,
}

/// What a national key is for, by keyUsage and extKeyUsage; [`national`] has the rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyUse {
    /// Signing documents, and logging in too where there is a single key for both.
    Sign,
    /// Logging in only.
    Auth,
    /// Neither, or no keyUsage.
    Unknown,
}

/// A certificate (RFC 5280 4.1) with its original bytes.
pub struct Certificate {
    der: Vec<u8>,
    sha256: OnceLock<[u8; 32]>,
    tbs: Range<usize>,
    signature: Range<usize>,
    serial: Vec<u8>,
    v3: bool,
    subject: Name,
    issuer: Name,
    not_before: Timestamp,
    not_after: Timestamp,
    spki: Range<usize>,
    key: OnceLock<Result<PublicKey, KeyError>>,
    /// Of the signed part, for all the keys that may have signed it.
    tbs_digest: DigestOnce,
    /// The key that the signature was verified with, so that an authority's is not verified with every
    /// certificate below it.
    signed_with: OnceLock<PublicKey>,
    signature_algorithm_oid: Cow<'static, str>,
    signature_algorithm: Result<SignatureAlgorithm, AlgorithmError>,
    algorithms_agree: bool,
    extensions: Extensions,
}

impl Certificate {
    /// From DER; the certificate must fill `der`.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut outer = Reader::new(der);
        outer.take(tag::SEQUENCE).map_err(|_| Error::Malformed)?;
        if !outer.is_empty() {
            return Err(Error::Trailing);
        }
        Self::read(der).map_err(|error| match error {
            Error::Asn1(_) => Error::Malformed,
            other => other,
        })
    }

    fn read(der: &[u8]) -> Result<Self, Error> {
        let signed = Signed::read(der)?;
        let mut fields = Reader::single(der.get(signed.tbs.clone()).unwrap_or_default())?.reader();
        let version = match fields.optional(tag::context_constructed(0))? {
            Some(version) => Reader::single(version.content)?.expect(tag::INTEGER)?.content,
            None => &[0],
        };
        let serial = fields.next()?.integer()?;
        let inner_algorithm = fields.take(tag::SEQUENCE)?.raw;
        let issuer = Name::from_der(fields.take(tag::SEQUENCE)?.raw)?;
        let mut validity = fields.take(tag::SEQUENCE)?.reader();
        let (not_before, not_after) = (validity.next()?.time()?, validity.next()?.time()?);
        validity.finish()?;
        let subject = Name::from_der(fields.take(tag::SEQUENCE)?.raw)?;
        let spki = fields.take(tag::SEQUENCE)?;
        // issuerUniqueID and subjectUniqueID
        fields.optional(tag::context(1))?;
        fields.optional(tag::context(2))?;

        let mut extensions = Extensions::default();
        let v3 = version == [2];
        if let Some(all) = fields.optional(EXTENSIONS)? {
            let mut list = Reader::single(all.content)?.expect(tag::SEQUENCE)?.reader();
            let mut seen: Vec<&[u8]> = Vec::with_capacity(FEW_EXTENSIONS);
            let mut more: HashSet<&[u8]> = HashSet::new();
            while !list.is_empty() {
                let (name, critical, value) = extension(&mut list)?;
                extensions.add(&name.oid_text()?, critical, value);
                // RFC 5280 4.2: at most one instance of each, and in version 3 alone.
                if !v3 || seen.contains(&name.content) || more.contains(&name.content) {
                    return Err(Error::Malformed);
                }
                if seen.len() < FEW_EXTENSIONS {
                    seen.push(name.content);
                } else {
                    more.insert(name.content);
                }
            }
        }
        fields.finish()?;
        Ok(Self {
            sha256: OnceLock::new(),
            serial: serial.to_vec(),
            v3,
            subject,
            issuer,
            not_before,
            not_after,
            spki: range(der, spki.raw),
            key: OnceLock::new(),
            tbs_digest: DigestOnce::default(),
            signed_with: OnceLock::new(),
            signature_algorithm: SignatureAlgorithm::from_der(signed.algorithm_raw),
            signature_algorithm_oid: signed.algorithm,
            algorithms_agree: inner_algorithm == signed.algorithm_raw,
            tbs: signed.tbs,
            signature: signed.signature,
            extensions,
            der: der.to_vec(),
        })
    }

    /// From a PEM bundle, from DER, or from the base64 of DER.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Vec<Self>, Error> {
        decode(bytes, "CERTIFICATE")?.iter().map(|der| Self::from_der(der)).collect()
    }

    /// The whole certificate.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The signed part.
    pub fn tbs(&self) -> &[u8] {
        self.der.get(self.tbs.clone()).unwrap_or_default()
    }

    /// The octets of the signature, without their frame.
    pub(super) fn signature_value(&self) -> &[u8] {
        self.der.get(self.signature.clone()).unwrap_or_default()
    }

    /// All extensions in their order: identifier, flag, value. They are read anew.
    pub(super) fn extensions(&self) -> Result<Vec<Extension<'_>>, asn1::Error> {
        let mut fields = Reader::single(self.tbs())?.reader();
        while !matches!(fields.peek(), None | Some(EXTENSIONS)) {
            fields.next()?;
        }
        let Some(all) = fields.optional(EXTENSIONS)? else { return Ok(Vec::new()) };
        let mut list = Reader::single(all.content)?.expect(tag::SEQUENCE)?.reader();
        let mut found = Vec::new();
        while !list.is_empty() {
            let (name, critical, value) = extension(&mut list)?;
            found.push((name.content, critical, value));
        }
        Ok(found)
    }

    /// SHA-256 of the whole certificate, computed at the first call.
    pub fn sha256(&self) -> [u8; 32] {
        *self.sha256.get_or_init(|| crypto::sha256(&self.der))
    }

    /// Content octets of the serial number's INTEGER; negative and long ones exist.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The serial number in lower-case hexadecimal.
    pub fn serial_hex(&self) -> String {
        let digits = self.serial.iter().flat_map(|octet| [octet >> 4, octet & 15]);
        digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
    }

    /// Subject.
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// Issuer.
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// First instant of validity.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// Last instant of validity.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The subject's key, parsed at the first call.
    pub fn public_key(&self) -> Result<&PublicKey, &KeyError> {
        self.key
            .get_or_init(|| PublicKey::from_spki(self.der.get(self.spki.clone()).unwrap_or_default()))
            .as_ref()
    }

    /// DER of the SubjectPublicKeyInfo.
    pub fn spki(&self) -> &[u8] {
        self.der.get(self.spki.clone()).unwrap_or_default()
    }

    /// Dotted OID of the algorithm the certificate is signed with.
    pub fn signature_algorithm_oid(&self) -> &str {
        &self.signature_algorithm_oid
    }

    /// The algorithm the certificate is signed with, parameters included.
    ///
    /// # Errors
    /// When it is not supported or its parameters are not what the algorithm has.
    pub fn signature_algorithm(&self) -> Result<&SignatureAlgorithm, &AlgorithmError> {
        self.signature_algorithm.as_ref()
    }

    /// Whether the version is 3, so that extensions can be there.
    pub fn is_v3(&self) -> bool {
        self.v3
    }

    /// basicConstraints (RFC 5280 4.2.1.9).
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.extensions.basic_constraints
    }

    /// keyUsage (RFC 5280 4.2.1.3).
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.extensions.key_usage
    }

    /// extKeyUsage, dotted OIDs (RFC 5280 4.2.1.12).
    pub fn extended_key_usage(&self) -> Option<&[String]> {
        self.extensions.extended_key_usage.as_deref()
    }

    /// Whether the key is for timestamps and nothing else (RFC 3161 2.3): extKeyUsage is critical and has
    /// this purpose alone; keyUsage, where present, is for signing.
    pub fn is_for_timestamps(&self) -> bool {
        self.extensions.extended_key_usage_critical
            && self.extended_key_usage().is_some_and(|purposes| purposes == [oid::TIME_STAMPING])
            && self.key_usage().is_none_or(|usage| usage.digital_signature || usage.content_commitment)
    }

    /// certificatePolicies, dotted OIDs (RFC 5280 4.2.1.4).
    pub fn policies(&self) -> &[String] {
        &self.extensions.policies
    }

    /// certificatePolicies with their qualifiers; none without the extension (RFC 5280 4.2.1.4).
    pub fn policy_information(&self) -> &[PolicyInformation] {
        &self.extensions.policy_information
    }

    /// policyMappings, dotted OIDs: the issuer's policy and the subject's that counts as it
    /// (RFC 5280 4.2.1.5).
    pub fn policy_mappings(&self) -> &[(String, String)] {
        &self.extensions.policy_mappings
    }

    /// policyConstraints (RFC 5280 4.2.1.11).
    pub fn policy_constraints(&self) -> PolicyConstraints {
        self.extensions.policy_constraints
    }

    /// inhibitAnyPolicy (RFC 5280 4.2.1.14).
    pub fn inhibit_any_policy(&self) -> Option<u32> {
        self.extensions.inhibit_any_policy
    }

    /// nameConstraints (RFC 5280 4.2.1.10).
    pub fn name_constraints(&self) -> Option<&NameConstraints> {
        self.extensions.name_constraints.as_ref()
    }

    /// subjectAltName (RFC 5280 4.2.1.6). Names that cannot be read are one
    /// [`GeneralName::Unreadable`].
    pub fn alternative_names(&self) -> &[GeneralName] {
        &self.extensions.alternative_names
    }

    /// subjectKeyIdentifier (RFC 5280 4.2.1.2).
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.extensions.subject_key_id.as_deref()
    }

    /// keyIdentifier of authorityKeyIdentifier (RFC 5280 4.2.1.1).
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.extensions.authority_key_id.as_deref()
    }

    /// URLs of cRLDistributionPoints (RFC 5280 4.2.1.13).
    pub fn crl_distribution_points(&self) -> &[String] {
        &self.extensions.crl_distribution_points
    }

    /// cRLDistributionPoints whole; none when it cannot be read (RFC 5280 4.2.1.13).
    pub fn distribution_points(&self) -> &[DistributionPoint] {
        &self.extensions.distribution_points
    }

    /// freshestCRL: where the deltas are (RFC 5280 4.2.1.15).
    pub fn freshest_crl(&self) -> &[DistributionPoint] {
        &self.extensions.freshest_crl
    }

    /// URLs of OCSP responders (RFC 5280 4.2.2.1).
    pub fn ocsp_urls(&self) -> &[String] {
        &self.extensions.ocsp_urls
    }

    /// URLs of the issuer's certificate (RFC 5280 4.2.2.1).
    pub fn ca_issuer_urls(&self) -> &[String] {
        &self.extensions.ca_issuer_urls
    }

    /// Whether the authority vouches for this responder as long as its certificate is valid
    /// (id-pkix-ocsp-nocheck, RFC 6960 4.2.2.2.1).
    pub fn has_no_check(&self) -> bool {
        self.extensions.no_check
    }

    /// Dotted OIDs of critical extensions that are not processed here, and of those that limit a key or
    /// a path and cannot be read, critical or not.
    pub fn unknown_critical(&self) -> &[String] {
        &self.extensions.unknown_critical
    }

    /// Whether subject and issuer are the same name (RFC 5280 6.1).
    pub fn is_self_issued(&self) -> bool {
        self.subject.matches(&self.issuer)
    }

    /// Whether `issuer_key` signed this certificate (RFC 5280 6.1.3 (a)(1)).
    pub fn verify_issued_by(&self, issuer_key: &PublicKey) -> Result<(), SignatureError> {
        if !self.algorithms_agree {
            return Err(SignatureError::AlgorithmMismatch);
        }
        if self.signed_with.get().is_some_and(|known| known.is(issuer_key)) {
            return Ok(());
        }
        let signature = self.signature_value();
        verify_signed(&self.tbs_digest, &self.signature_algorithm, issuer_key, self.tbs(), signature)?;
        self.signed_with.get_or_init(|| issuer_key.clone());
        Ok(())
    }

    /// What the private key was made in, by the national extension; dotted OIDs.
    pub fn key_storage(&self) -> &[String] {
        &self.extensions.key_storage
    }

    /// Roles of the holder by the national extended key usages, as codes of [`national::TABLE`].
    pub fn roles(&self) -> Vec<&'static str> {
        let purposes = self.extensions.extended_key_usage.iter().flatten();
        purposes.filter_map(|purpose| national::code(Meaning::Role, purpose)).collect()
    }

    /// Whether the key is for signing or for logging in. One for both is for signing.
    pub fn key_use(&self) -> KeyUse {
        if self.may_sign() {
            KeyUse::Sign
        } else if self.may_authenticate() {
            KeyUse::Auth
        } else {
            KeyUse::Unknown
        }
    }

    /// [`national::may_sign`] of this key.
    pub fn may_sign(&self) -> bool {
        national::may_sign(self.key_usage(), self.extended_key_usage())
    }

    /// [`national::may_authenticate`] of this key.
    pub fn may_authenticate(&self) -> bool {
        national::may_authenticate(self.key_usage(), self.extended_key_usage())
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.der == other.der
    }
}

impl Eq for Certificate {}

/// By the end of the signature value, which no two certificates of an authority share; certificates that a
/// stranger made alike there cost comparisons, so only what has a path belongs in a table by this.
impl Hash for Certificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let from = self.der.len().saturating_sub(16);
        state.write(self.der.get(from..).unwrap_or_default());
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({:?}, serial {})", self.subject.to_rfc4514(), self.serial_hex())
    }
}

/// An extension (RFC 5280 4.1): the octets of its identifier, its flag, its value.
pub(super) type Extension<'a> = (&'a [u8], bool, &'a [u8]);

/// The frame common to certificates and CRLs: signed part, algorithm, signature.
pub(super) struct Signed<'a> {
    pub(super) tbs: Range<usize>,
    pub(super) algorithm: Cow<'static, str>,
    pub(super) algorithm_raw: &'a [u8],
    pub(super) signature: Range<usize>,
}

impl<'a> Signed<'a> {
    pub(super) fn read(der: &'a [u8]) -> Result<Self, Error> {
        let mut outer = Reader::single(der)?.expect(tag::SEQUENCE)?.reader();
        let tbs = outer.take(tag::SEQUENCE)?;
        let algorithm = outer.take(tag::SEQUENCE)?;
        let signature = outer.next()?.bit_string()?;
        outer.finish()?;
        Ok(Self {
            tbs: range(der, tbs.raw),
            algorithm: algorithm.reader().next()?.oid_text()?,
            algorithm_raw: algorithm.raw,
            signature: range(der, signature),
        })
    }
}

/// The contents of the BIT STRING in a SubjectPublicKeyInfo, of which identifiers of keys are digests
/// (RFC 5280 4.2.1.2, RFC 6960 4.1.1).
pub(super) fn key_bits(spki: &[u8]) -> Option<&[u8]> {
    let mut fields = Reader::single(spki).ok()?.reader();
    fields.take(tag::SEQUENCE).ok()?;
    fields.take(tag::BIT_STRING).ok()?.bit_string().ok()
}

pub(super) fn verify_signed(
    hashed: &DigestOnce,
    algorithm: &Result<SignatureAlgorithm, AlgorithmError>,
    key: &PublicKey,
    tbs: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let algorithm = algorithm.as_ref().map_err(|error| match error {
        AlgorithmError::Unsupported { oid } => SignatureError::Unsupported(oid.clone()),
        AlgorithmError::Malformed => SignatureError::Invalid(VerifyError::Malformed),
    })?;
    crypto::verify_once(hashed, algorithm, EcdsaForm::Der, key, tbs, signature)?;
    Ok(())
}

/// Where `part`, a slice of `whole`, lies in it.
pub(super) fn range(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    start..start.saturating_add(part.len())
}

/// PEM blocks of `label`, or the bytes themselves, or what their base64 decodes to.
pub(super) fn decode(bytes: &[u8], label: &str) -> Result<Vec<Vec<u8>>, Error> {
    if bytes.first() == Some(&tag::SEQUENCE) && std::str::from_utf8(bytes).is_err() {
        return Ok(vec![bytes.to_vec()]);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return Err(Error::Malformed) };
    let text = text.trim_start_matches('\u{feff}');
    let blocks = pem::blocks(text, label);
    if !blocks.is_empty() {
        return Ok(blocks);
    }
    match pem::base64(text) {
        Some(der) => Ok(vec![der]),
        None => Err(Error::Empty),
    }
}

/// The next extension: its identifier, its flag, its value (RFC 5280 4.1).
pub(super) fn extension<'a>(list: &mut Reader<'a>) -> Result<(Tlv<'a>, bool, &'a [u8]), asn1::Error> {
    let mut fields = list.take(tag::SEQUENCE)?.reader();
    let name = fields.take(tag::OID)?;
    let critical = fields.optional(tag::BOOLEAN)?.is_some_and(|b| b.content != [0]);
    let value = fields.take(tag::OCTET_STRING)?.content;
    fields.finish()?;
    Ok((name, critical, value))
}
