//! Answers of OCSP responders (RFC 6960), and the questions they answer.
//!
//! An answer comes unverified and can then only be shown to the certificate of the authority whose
//! certificates it is about. It may be signed by that authority, or by a responder to whom the same key
//! has issued a certificate for just this; nobody else's signature counts, whatever certificates the
//! answer carries. Of the answers for many certificates only those whose CertID names the certificate in
//! question by name, key and serial number are looked at. Nothing is fetched here.

use std::{fmt, ops::Range, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::{
    CertStatus, Certificate, Error, Name, SignatureError,
    certificate::{key_bits, range, verify_signed},
    crl::parse::{reason_code, reason_name},
};
use crate::{
    asn1::{self, Reader, Tlv, oid, tag, write},
    crypto::{AlgorithmError, DigestAlgorithm, DigestOnce, DigestOutput, SignatureAlgorithm, digest},
};

/// Certificates in an answer that are looked at.
const MAX_CERTIFICATES: usize = 16;
/// Answers for single certificates in one response.
const MAX_SINGLE: usize = 1000;
/// How far the clock of a responder may be ahead.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A response (RFC 6960 4.2.1) whose signature nobody has checked.
#[derive(Clone)]
pub struct UnverifiedOcsp(Arc<Parsed>);

/// A response whose signature was made by the authority or by its responder.
#[derive(Clone)]
pub struct Ocsp {
    parsed: Arc<Parsed>,
    issuer: Arc<Certificate>,
    responder: Option<Arc<Certificate>>,
}

struct Parsed {
    der: Vec<u8>,
    tbs: Range<usize>,
    signature: Range<usize>,
    algorithm: Result<SignatureAlgorithm, AlgorithmError>,
    responder: ResponderId,
    produced_at: Timestamp,
    singles: Vec<Single>,
    certificates: Vec<Range<usize>>,
    nonce: Option<Range<usize>>,
    /// A critical extension that is not known here.
    foreign_extension: Option<String>,
}

enum ResponderId {
    /// DER of a name.
    Name(Range<usize>),
    /// SHA-1 of the contents of the key's BIT STRING.
    Key(Range<usize>),
}

/// SingleResponse (RFC 6960 4.2.1).
struct Single {
    /// `None` for a hash that is not known here.
    hash: Option<DigestAlgorithm>,
    name_hash: Range<usize>,
    key_hash: Range<usize>,
    serial: Range<usize>,
    answer: Answer,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    foreign_extension: bool,
}

#[derive(Clone, Copy)]
enum Answer {
    Good,
    Revoked { at: Timestamp, reason: Option<&'static str> },
    Unknown,
}

/// Why a response is not used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OcspError {
    /// The responder gave no answer (RFC 6960 4.2.2.3), for example `tryLater`.
    #[error("the responder answers {0}")]
    Status(&'static str),
    /// No answer in it is about a certificate of the authority.
    #[error("the response is about certificates of another authority")]
    OtherAuthority,
    /// Neither the authority nor a responder of its own signed it, by its name and its certificates.
    #[error("the response is not signed by the authority or by a responder of its own")]
    Unauthorized,
    /// The signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A critical extension that is not known here; its dotted OID.
    #[error("unknown critical extension {0}")]
    UnknownExtension(String),
}

/// Why octets are no response, or one without an answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OcspReadError {
    /// Not the structure of RFC 6960 4.2.1.
    #[error(transparent)]
    Malformed(#[from] Error),
    /// The responder gave no answer.
    #[error(transparent)]
    NoAnswer(OcspError),
}

impl From<asn1::Error> for OcspReadError {
    fn from(error: asn1::Error) -> Self {
        Self::Malformed(error.into())
    }
}

impl UnverifiedOcsp {
    /// From the DER of an OCSPResponse.
    ///
    /// # Errors
    /// When it is none, and when it has a status other than `successful`.
    pub fn from_der(der: &[u8]) -> Result<Self, OcspReadError> {
        let mut outer = Reader::single(der)?.expect(tag::SEQUENCE)?.reader();
        let status = outer.take(tag::ENUMERATED)?;
        let status = match status.content {
            [0] => None,
            [1] => Some("malformedRequest"),
            [2] => Some("internalError"),
            [3] => Some("tryLater"),
            [5] => Some("sigRequired"),
            [6] => Some("unauthorized"),
            _ => return Err(Error::Malformed.into()),
        };
        if let Some(status) = status {
            return Err(OcspReadError::NoAnswer(OcspError::Status(status)));
        }
        let mut bytes = explicit(&mut outer, 0)?.ok_or(Error::Malformed)?.expect(tag::SEQUENCE)?.reader();
        outer.finish()?;
        if bytes.take(tag::OID)?.oid()? != oid::OCSP_BASIC {
            return Err(Error::Malformed.into());
        }
        let basic = bytes.take(tag::OCTET_STRING)?.content;
        bytes.finish()?;

        let mut fields = Reader::single(basic)?.expect(tag::SEQUENCE)?.reader();
        let tbs = fields.take(tag::SEQUENCE)?;
        let algorithm = SignatureAlgorithm::from_der(fields.take(tag::SEQUENCE)?.raw);
        let signature = range(der, fields.take(tag::BIT_STRING)?.bit_string()?);
        let mut certificates = Vec::new();
        if let Some(list) = explicit(&mut fields, 0)? {
            let mut list = list.expect(tag::SEQUENCE)?.reader();
            while !list.is_empty() {
                let certificate = list.take(tag::SEQUENCE)?.raw;
                if certificates.len() < MAX_CERTIFICATES {
                    certificates.push(range(der, certificate));
                }
            }
        }
        fields.finish()?;
        let mut parsed = Parsed {
            der: der.to_vec(),
            tbs: range(der, tbs.raw),
            signature,
            algorithm,
            responder: ResponderId::Key(0..0),
            produced_at: Timestamp::MIN,
            singles: Vec::new(),
            certificates,
            nonce: None,
            foreign_extension: None,
        };
        parsed.read_data(der, tbs)?;
        Ok(Self(Arc::new(parsed)))
    }

    /// The original bytes.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// Whether some answer may be about this certificate of the authority `issuer`.
    pub fn is_about(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.0.about(certificate, issuer).next().is_some()
    }
}

impl Parsed {
    /// ResponseData.
    fn read_data(&mut self, der: &[u8], data: Tlv<'_>) -> Result<(), OcspReadError> {
        let mut fields = data.reader();
        if let Some(version) = explicit(&mut fields, 0)?
            && version.expect(tag::INTEGER)?.content != [0]
        {
            return Err(Error::Malformed.into());
        }
        let responder = fields.next()?;
        let inner = Reader::single(responder.content)?;
        self.responder = match responder.tag {
            BY_NAME => ResponderId::Name(range(der, inner.expect(tag::SEQUENCE)?.raw)),
            BY_KEY => ResponderId::Key(range(der, inner.expect(tag::OCTET_STRING)?.content)),
            _ => return Err(Error::Malformed.into()),
        };
        self.produced_at = fields.take(tag::GENERALIZED_TIME)?.time()?;
        let mut list = fields.take(tag::SEQUENCE)?.reader();
        while !list.is_empty() {
            if self.singles.len() == MAX_SINGLE {
                return Err(Error::Malformed.into());
            }
            self.singles.push(single(der, list.take(tag::SEQUENCE)?)?);
        }
        if let Some(extensions) = explicit(&mut fields, 1)? {
            let mut nonce = None;
            let mut foreign = None;
            each_extension(extensions, |name, critical, value| match name {
                oid::OCSP_NONCE => nonce = Some(range(der, value)),
                oid::OCSP_EXTENDED_REVOKE => {}
                _ if critical => foreign = Some(name.to_owned()),
                _ => {}
            })?;
            (self.nonce, self.foreign_extension) = (nonce, foreign);
        }
        Ok(fields.finish()?)
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }

    /// The answers whose CertID names the certificate.
    fn about<'a>(
        &'a self,
        certificate: &'a Certificate,
        issuer: &'a Certificate,
    ) -> impl Iterator<Item = &'a Single> {
        let serial = certificate.serial();
        let mut ids = IssuerIds::new(certificate.issuer().der(), issuer);
        self.singles
            .iter()
            .filter(move |single| self.part(&single.serial) == serial && self.is_of(single, &mut ids))
    }

    /// Whether an answer is about a certificate of the authority.
    fn is_of(&self, single: &Single, ids: &mut IssuerIds<'_>) -> bool {
        let Some(hash) = single.hash else { return false };
        let (name, key) = ids.by(hash);
        name.matches(self.part(&single.name_hash))
            && key.as_ref().is_some_and(|key| key.matches(self.part(&single.key_hash)))
    }

    /// Whether the ResponderID names the holder of this certificate.
    fn names(&self, certificate: &Certificate) -> bool {
        match &self.responder {
            ResponderId::Name(name) => {
                Name::from_der(self.part(name)).is_ok_and(|name| certificate.subject().matches(&name))
            }
            ResponderId::Key(hash) => key_bits(certificate.spki())
                .is_some_and(|bits| digest(DigestAlgorithm::Sha1, bits).matches(self.part(hash))),
        }
    }
}

/// How CertIDs name an authority, by its name in DER and its key: hashed once for each hash, however many
/// answers there are.
struct IssuerIds<'a> {
    name: &'a [u8],
    key: Option<&'a [u8]>,
    known: Vec<(DigestAlgorithm, (DigestOutput, Option<DigestOutput>))>,
}

impl<'a> IssuerIds<'a> {
    fn new(name: &'a [u8], issuer: &'a Certificate) -> Self {
        Self { name, key: key_bits(issuer.spki()), known: Vec::new() }
    }

    fn by(&mut self, hash: DigestAlgorithm) -> &(DigestOutput, Option<DigestOutput>) {
        let at = self.known.iter().position(|(known, _)| *known == hash).unwrap_or_else(|| {
            let ids = (digest(hash, self.name), self.key.map(|key| digest(hash, key)));
            self.known.push((hash, ids));
            self.known.len() - 1
        });
        &self.known[at].1
    }
}

impl Ocsp {
    /// Checks that the authority `issuer`, or a responder to which its key issued a certificate for this,
    /// signed the response (RFC 6960 4.2.2.2). The responder's certificate is among those in the response
    /// or among `others`; it is valid when the response was produced. Whether it is revoked is the
    /// caller's to ask, see [`Ocsp::responder`].
    ///
    /// # Errors
    /// [`OcspError`].
    pub fn verify(
        response: &UnverifiedOcsp,
        issuer: &Arc<Certificate>,
        others: &[Arc<Certificate>],
    ) -> Result<Self, OcspError> {
        let parsed = &response.0;
        if let Some(name) = &parsed.foreign_extension {
            return Err(OcspError::UnknownExtension(name.clone()));
        }
        // The name that is hashed is the one that the certificate in question has (4.1.1); see `about`.
        let mut ids = IssuerIds::new(issuer.subject().der(), issuer);
        let is_of_key = |single: &Single| {
            let hash = single.hash?;
            let key = ids.by(hash).1.as_ref()?;
            key.matches(parsed.part(&single.key_hash)).then_some(())
        };
        if parsed.singles.iter().find_map(is_of_key).is_none() {
            return Err(OcspError::OtherAuthority);
        }
        let hashed = DigestOnce::default();
        let holds = |signer: &Certificate| {
            let key = signer.public_key().map_err(|_| OcspError::Unauthorized)?;
            let (tbs, signature) = (parsed.part(&parsed.tbs), parsed.part(&parsed.signature));
            Ok(verify_signed(&hashed, &parsed.algorithm, key, tbs, signature)?)
        };
        let verified =
            |responder| Ok(Self { parsed: Arc::clone(parsed), issuer: Arc::clone(issuer), responder });
        let mut fault = OcspError::Unauthorized;
        if parsed.names(issuer) {
            match holds(issuer) {
                Ok(()) => return verified(None),
                Err(error) => fault = error,
            }
        }
        let carried = parsed
            .certificates
            .iter()
            .filter_map(|range| Certificate::from_der(parsed.part(range)).ok().map(Arc::new));
        for candidate in carried.chain(others.iter().cloned()) {
            if !parsed.names(&candidate) || !may_respond(&candidate, issuer, parsed.produced_at) {
                continue;
            }
            match holds(&candidate) {
                Ok(()) => return verified(Some(candidate)),
                Err(error) => fault = error,
            }
        }
        Err(fault)
    }

    /// The certificate of the responder, where the authority did not sign itself.
    pub fn responder(&self) -> Option<&Arc<Certificate>> {
        self.responder.as_ref()
    }

    /// What it is signed with.
    pub fn algorithm(&self) -> Option<&SignatureAlgorithm> {
        self.parsed.algorithm.as_ref().ok()
    }

    /// producedAt
    pub fn produced_at(&self) -> Timestamp {
        self.parsed.produced_at
    }

    /// The nonce, the contents of its extension (RFC 8954).
    pub fn nonce(&self) -> Option<&[u8]> {
        self.parsed.nonce.as_ref().map(|range| self.parsed.part(range))
    }

    /// Whether the nonce is that of a request made with `nonce`; `None` where there is none.
    pub fn answers_nonce(&self, nonce: &[u8]) -> Option<bool> {
        self.nonce().map(|found| found == write::octet_string(nonce))
    }

    /// Until when the latest answer about `certificate` counts, see [`Ocsp::status`].
    pub fn counts_until(&self, certificate: &Certificate, max_age: SignedDuration) -> Option<Timestamp> {
        let about = self.parsed.about(certificate, &self.issuer);
        about.max_by_key(|single| single.this_update).map(|single| single.until(max_age))
    }

    /// nextUpdate of the latest answer about `certificate`: until when its responder has nothing newer.
    pub fn next_update(&self, certificate: &Certificate) -> Option<Timestamp> {
        let about = self.parsed.about(certificate, &self.issuer);
        about.max_by_key(|single| single.this_update)?.next_update
    }

    /// What the response says of `certificate`, one of the authority's, at `at`. Where nextUpdate is absent
    /// (national responders write none) it counts for `max_age`.
    pub fn status(&self, certificate: &Certificate, at: Timestamp, max_age: SignedDuration) -> CertStatus {
        let produced = self.parsed.produced_at;
        // What was said before the certificate was valid may be about no certificate at all.
        if produced < certificate.not_before() {
            return CertStatus::Unknown;
        }
        // The latest counts, and of equally late ones the one that is not good.
        let about = self.parsed.about(certificate, &self.issuer);
        let latest = about.max_by_key(|single| (single.this_update, !matches!(single.answer, Answer::Good)));
        let Some(single) = latest else { return CertStatus::Unknown };
        let status = single.status(produced, at, max_age);
        let is_revoked = matches!(status, CertStatus::Revoked { .. } | CertStatus::RevokedLater { .. });
        // A responder may have forgotten whoever has expired, and a critical extension that is not understood
        // may mean anything; but whoever is said to be revoked is (RFC 6960 2.2).
        let may_mislead = single.foreign_extension || certificate.not_after() < produced;
        if may_mislead && !is_revoked { CertStatus::Unknown } else { status }
    }
}

impl Single {
    fn status(&self, produced: Timestamp, at: Timestamp, max_age: SignedDuration) -> CertStatus {
        // RFC 6960 4.2.2.1: it cannot speak of a time to come.
        if self.this_update > produced.saturating_add(CLOCK_SKEW).unwrap_or(Timestamp::MAX) {
            return CertStatus::Unknown;
        }
        match self.answer {
            Answer::Revoked { at: revoked_at, reason: Some("certificateHold") }
                if revoked_at == Timestamp::UNIX_EPOCH =>
            {
                return CertStatus::NeverIssued;
            }
            Answer::Revoked { at: revoked_at, reason } => {
                // Whoever is told to be revoked is by then, whatever a clock wrote.
                let revoked_at = revoked_at.min(produced);
                return match revoked_at <= at {
                    true => CertStatus::Revoked { at: revoked_at, reason },
                    false => CertStatus::RevokedLater { at: revoked_at },
                };
            }
            Answer::Unknown => return CertStatus::Unknown,
            Answer::Good => {}
        }
        // Good then, hence good before.
        if at <= self.this_update {
            return CertStatus::Good;
        }
        if at <= self.until(max_age) { CertStatus::Good } else { CertStatus::Stale }
    }
}

impl Single {
    fn until(&self, max_age: SignedDuration) -> Timestamp {
        let by_age = || self.this_update.saturating_add(max_age).unwrap_or(Timestamp::MAX);
        self.next_update.unwrap_or_else(by_age)
    }
}

/// RFC 6960 4.2.2.2: a certificate issued by the authority itself, by the same key, for signing answers.
fn may_respond(candidate: &Certificate, issuer: &Certificate, at: Timestamp) -> bool {
    let purposes = candidate.extended_key_usage().unwrap_or_default();
    purposes.iter().any(|purpose| purpose == oid::OCSP_SIGNING)
        && candidate.key_usage().is_none_or(|usage| usage.digital_signature || usage.content_commitment)
        && candidate.unknown_critical().is_empty()
        && candidate.not_before() <= at
        && at <= candidate.not_after()
        && candidate.issuer().matches(issuer.subject())
        && issuer.public_key().is_ok_and(|key| candidate.verify_issued_by(key).is_ok())
}

const BY_NAME: u8 = tag::context_constructed(1);
const BY_KEY: u8 = tag::context_constructed(2);
const GOOD: u8 = tag::context(0);
const REVOKED: u8 = tag::context_constructed(1);
const UNKNOWN: u8 = tag::context(2);

fn single(der: &[u8], response: Tlv<'_>) -> Result<Single, OcspReadError> {
    let mut fields = response.reader();
    let mut id = fields.take(tag::SEQUENCE)?.reader();
    let hash = id.take(tag::SEQUENCE)?.reader().take(tag::OID)?.oid()?;
    let name_hash = range(der, id.take(tag::OCTET_STRING)?.content);
    let key_hash = range(der, id.take(tag::OCTET_STRING)?.content);
    let serial = range(der, id.next()?.integer()?);
    id.finish()?;
    let status = fields.next()?;
    let answer = match status.tag {
        GOOD if status.content.is_empty() => Answer::Good,
        UNKNOWN if status.content.is_empty() => Answer::Unknown,
        REVOKED => {
            let mut info = status.reader();
            let at = info.take(tag::GENERALIZED_TIME)?.time()?;
            let reason = match explicit(&mut info, 0)? {
                Some(code) => reason_name(reason_code(code.expect(tag::ENUMERATED)?.raw)),
                None => None,
            };
            info.finish()?;
            Answer::Revoked { at, reason }
        }
        _ => return Err(Error::Malformed.into()),
    };
    let this_update = fields.take(tag::GENERALIZED_TIME)?.time()?;
    let next_update = match explicit(&mut fields, 0)? {
        Some(time) => Some(time.expect(tag::GENERALIZED_TIME)?.time()?),
        None => None,
    };
    let mut foreign_extension = false;
    if let Some(extensions) = explicit(&mut fields, 1)? {
        each_extension(extensions, |_, critical, _| foreign_extension |= critical)?;
    }
    fields.finish()?;
    let hash = DigestAlgorithm::from_oid(&hash);
    Ok(Single { hash, name_hash, key_hash, serial, answer, this_update, next_update, foreign_extension })
}

/// The one element in `[number] EXPLICIT`, if that comes next.
fn explicit<'a>(fields: &mut Reader<'a>, number: u8) -> Result<Option<Tlv<'a>>, asn1::Error> {
    match fields.optional(tag::context_constructed(number))? {
        Some(outer) => {
            let mut inner = outer.reader();
            let element = inner.next()?;
            inner.finish()?;
            Ok(Some(element))
        }
        None => Ok(None),
    }
}

fn each_extension(list: Tlv<'_>, mut take: impl FnMut(&str, bool, &[u8])) -> Result<(), asn1::Error> {
    let mut list = list.expect(tag::SEQUENCE)?.reader();
    while !list.is_empty() {
        let mut fields = list.take(tag::SEQUENCE)?.reader();
        let name = fields.next()?.oid()?;
        let critical = fields.optional(tag::BOOLEAN)?.is_some_and(|flag| flag.content != [0]);
        take(&name, critical, fields.take(tag::OCTET_STRING)?.content);
        fields.finish()?;
    }
    Ok(())
}

/// DER of an OCSPRequest for one certificate of the authority `issuer` (RFC 6960 4.1.1), its CertID with
/// `hash` (SHA-1 is understood by all, SHA-256 by the national responders), and with a nonce of 16 to 32
/// octets if one is given (RFC 8954). Not signed.
pub fn request(
    certificate: &Certificate,
    issuer: &Certificate,
    hash: DigestAlgorithm,
    nonce: Option<&[u8]>,
) -> Vec<u8> {
    let id = write::sequence(&[
        write::sequence(&[write::oid(hash.oid()), write::null()]),
        write::octet_string(&digest(hash, certificate.issuer().der())),
        write::octet_string(&digest(hash, key_bits(issuer.spki()).unwrap_or_default())),
        write::tlv(tag::INTEGER, &[certificate.serial()]),
    ]);
    let mut fields = vec![write::sequence(&[write::sequence(&[id])])];
    if let Some(nonce) = nonce {
        let value = write::octet_string(&write::octet_string(nonce));
        let extension = write::sequence(&[write::oid(oid::OCSP_NONCE), value]);
        fields.push(write::context(2, &[write::sequence(&[extension])]));
    }
    write::sequence(&[write::sequence(&fields)])
}

impl fmt::Debug for UnverifiedOcsp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnverifiedOcsp({} answers, produced {})", self.0.singles.len(), self.0.produced_at)
    }
}

impl fmt::Debug for Ocsp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ocsp({} answers, produced {})", self.parsed.singles.len(), self.parsed.produced_at)
    }
}
