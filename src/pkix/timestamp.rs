//! Timestamps (RFC 3161): asking for one, reading the answer, and checking that an authority for
//! timestamps signed it over these octets. Whether that authority is trusted, its path says; the time that
//! counts for the path is the time in the token.
//!
//! What a token says before its signature was checked is told as its claim only.

use std::{fmt, sync::Arc};

use jiff::{SignedDuration, Timestamp as Instant};

use super::{Certificate, Error, SignatureError, signed_data::SignedData};
use crate::{
    asn1::{self, Reader, Tlv, oid, tag, write},
    crypto::{DigestAlgorithm, SignatureAlgorithm, digest},
};

/// A TimeStampToken that nobody has checked.
#[derive(Clone)]
pub struct UnverifiedTimestamp(Arc<Token>);

/// A timestamp whose token was signed by an authority for timestamps.
#[derive(Clone)]
pub struct Timestamp {
    token: Arc<Token>,
    signer: Arc<Certificate>,
}

#[derive(Debug)]
struct Token {
    signed: SignedData,
    policy: String,
    hash: Option<DigestAlgorithm>,
    imprint: Vec<u8>,
    /// Content octets: it may be negative and long.
    serial: Vec<u8>,
    time: Instant,
    accuracy: Option<SignedDuration>,
    ordering: bool,
    nonce: Option<Vec<u8>>,
}

/// Why a timestamp is not used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TimestampError {
    /// The authority gave no token; the status of RFC 3161 2.4.2 and its text.
    #[error("the authority answers {status}: {text}")]
    Refused {
        /// For example `rejection`.
        status: &'static str,
        /// What the authority says, at most 200 characters.
        text: String,
    },
    /// Not the structure of RFC 3161 2.4.2.
    #[error(transparent)]
    Malformed(#[from] Error),
    /// No certificate that the token names is there.
    #[error("the certificate of the authority is not there")]
    NoCertificate,
    /// The certificate is not for timestamps alone, or not critically so (RFC 3161 2.3).
    #[error("the certificate is not for timestamps alone")]
    NotForTimestamps,
    /// The signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// It answers another question: by imprint, nonce or policy.
    #[error("the timestamp is for another request")]
    OtherRequest,
}

impl From<asn1::Error> for TimestampError {
    fn from(error: asn1::Error) -> Self {
        Self::Malformed(error.into())
    }
}

impl UnverifiedTimestamp {
    /// From a TimeStampToken, BER or DER.
    ///
    /// # Errors
    /// [`TimestampError::Malformed`].
    pub fn from_token(token: &[u8]) -> Result<Self, TimestampError> {
        Ok(Self(Arc::new(Token::read(SignedData::read(token)?)?)))
    }

    /// From a TimeStampResp.
    ///
    /// # Errors
    /// [`TimestampError::Malformed`], [`TimestampError::Refused`].
    pub fn from_response(response: &[u8]) -> Result<Self, TimestampError> {
        Self::from_token(Self::token_in(response)?)
    }

    /// The TimeStampToken in a TimeStampResp, as it came.
    ///
    /// # Errors
    /// [`TimestampError::Malformed`], [`TimestampError::Refused`].
    pub fn token_in(response: &[u8]) -> Result<&[u8], TimestampError> {
        let mut fields = Reader::single(response)?.expect(tag::SEQUENCE)?.reader();
        let mut info = fields.take(tag::SEQUENCE)?.reader();
        let status = info.take(tag::INTEGER)?;
        let refused = match status.content {
            // granted, grantedWithMods
            [0 | 1] => return Ok(fields.next()?.raw),
            [2] => "rejection",
            [3] => "waiting",
            [4] => "revocationWarning",
            [5] => "revocationNotification",
            _ => return Err(Error::Malformed.into()),
        };
        let mut text = String::new();
        if let Some(list) = info.optional(tag::SEQUENCE)? {
            let mut list = list.reader();
            while !list.is_empty() {
                text.push_str(&String::from_utf8_lossy(list.next()?.content));
            }
        }
        let text = text.chars().filter(|c| !c.is_control()).take(200).collect();
        Err(TimestampError::Refused { status: refused, text })
    }

    /// genTime as the token has it, which proves nothing.
    pub fn claimed_time(&self) -> Instant {
        self.0.time
    }

    /// The DER of the token.
    pub fn der(&self) -> &[u8] {
        self.0.signed.der()
    }

    /// The hash of the imprint; `None` for one that is not known here.
    pub fn claimed_hash(&self) -> Option<DigestAlgorithm> {
        self.0.hash
    }

    /// Whether the imprint is this digest.
    pub fn claims_imprint(&self, digest: &[u8]) -> bool {
        !digest.is_empty() && self.0.imprint == digest
    }

    /// Certificates that came with the token.
    pub fn certificates(&self) -> Vec<Arc<Certificate>> {
        self.0.signed.certificates()
    }

    /// Checks that the token was signed by an authority for timestamps, whose certificate is among those in
    /// the token or among `others`: it is named by the token twice over, and is for timestamps alone.
    ///
    /// # Errors
    /// [`TimestampError`].
    pub fn verify(&self, others: &[Arc<Certificate>]) -> Result<Timestamp, TimestampError> {
        let signed = &self.0.signed;
        let mut fault = TimestampError::NoCertificate;
        for candidate in signed.certificates().into_iter().chain(others.iter().cloned()) {
            if !signed.names(&candidate) {
                continue;
            }
            match signed.verify(&candidate) {
                Ok(()) if !candidate.is_for_timestamps() => return Err(TimestampError::NotForTimestamps),
                Ok(()) => return Ok(Timestamp { token: Arc::clone(&self.0), signer: candidate }),
                Err(error) => fault = error.into(),
            }
        }
        Err(fault)
    }
}

impl Token {
    fn read(signed: SignedData) -> Result<Self, TimestampError> {
        if signed.content_type != oid::TST_INFO {
            return Err(Error::Malformed.into());
        }
        let mut info = Reader::single(signed.content())?.expect(tag::SEQUENCE)?.reader();
        if info.take(tag::INTEGER)?.content != [1] {
            return Err(Error::Malformed.into());
        }
        let policy = info.take(tag::OID)?.oid()?;
        let mut imprint = info.take(tag::SEQUENCE)?.reader();
        let hash = imprint.take(tag::SEQUENCE)?.reader().take(tag::OID)?.oid()?;
        let value = imprint.take(tag::OCTET_STRING)?.content.to_vec();
        imprint.finish()?;
        let serial = info.next()?.integer()?.to_vec();
        let time = time(info.take(tag::GENERALIZED_TIME)?)?;
        let accuracy = info.optional(tag::SEQUENCE)?.map(accuracy).transpose()?;
        let ordering = info.optional(tag::BOOLEAN)?.is_some_and(|flag| flag.content != [0]);
        let nonce =
            info.optional(tag::INTEGER)?.map(|nonce| nonce.integer()).transpose()?.map(<[u8]>::to_vec);
        info.optional(tag::context_constructed(0))?;
        // Of its extensions none is known here; a critical one could change what the token means.
        if let Some(list) = info.optional(tag::context_constructed(1))? {
            let mut list = list.reader();
            while !list.is_empty() {
                let mut fields = list.take(tag::SEQUENCE)?.reader();
                fields.take(tag::OID)?;
                if fields.optional(tag::BOOLEAN)?.is_some_and(|flag| flag.content != [0]) {
                    return Err(Error::Malformed.into());
                }
            }
        }
        info.finish()?;
        let hash = DigestAlgorithm::from_oid(&hash);
        Ok(Self { policy, hash, imprint: value, serial, time, accuracy, ordering, nonce, signed })
    }
}

impl Token {
    fn is_over(&self, octets: &[u8]) -> Option<bool> {
        Some(digest(self.hash?, octets).matches(&self.imprint))
    }
}

impl Timestamp {
    /// Whether it is over these octets: the imprint is their digest.
    pub fn is_over(&self, octets: &[u8]) -> bool {
        self.token.is_over(octets) == Some(true)
    }

    /// What the token is signed with.
    pub fn algorithm(&self) -> Option<&SignatureAlgorithm> {
        self.token.signed.algorithm()
    }

    /// Holds the timestamp to be the answer to `request`.
    ///
    /// # Errors
    /// [`TimestampError::OtherRequest`].
    pub fn answers(&self, request: &Request) -> Result<(), TimestampError> {
        let nonce = request.nonce.as_deref().map(write::unsigned);
        let nonce = nonce.as_deref().map(Reader::single).transpose()?.map(|nonce| nonce.content);
        let fits = self.token.hash == Some(request.hash)
            && self.token.imprint == request.imprint
            && self.token.nonce.as_deref() == nonce
            && request.policy.as_ref().is_none_or(|policy| *policy == self.token.policy);
        if fits { Ok(()) } else { Err(TimestampError::OtherRequest) }
    }

    /// genTime
    pub fn time(&self) -> Instant {
        self.token.time
    }

    /// How far genTime may be off, either way; `None` where the token does not say.
    pub fn accuracy(&self) -> Option<SignedDuration> {
        self.token.accuracy
    }

    /// Whether it is certain that `self` was made before `other`: by the time of both and their accuracy, or,
    /// where the one authority orders its tokens, by their time alone (RFC 3161 2.4.2).
    pub fn precedes(&self, other: &Self) -> bool {
        let (first, second) = (&self.token, &other.token);
        if first.ordering && second.ordering && self.signer == other.signer {
            return first.time < second.time;
        }
        let spread = |token: &Token| token.accuracy.unwrap_or(SignedDuration::ZERO);
        let latest = first.time.saturating_add(spread(first)).unwrap_or(Instant::MAX);
        let earliest = second.time.saturating_sub(spread(second)).unwrap_or(Instant::MIN);
        latest < earliest
    }

    /// Dotted OID of the policy under which it was made.
    pub fn policy(&self) -> &str {
        &self.token.policy
    }

    /// The hash of the imprint; `None` for one that is not known here.
    pub fn hash(&self) -> Option<DigestAlgorithm> {
        self.token.hash
    }

    /// Content octets of the serial number.
    pub fn serial(&self) -> &[u8] {
        &self.token.serial
    }

    /// The authority's certificate.
    pub fn signer(&self) -> &Arc<Certificate> {
        &self.signer
    }

    /// Certificates that came with the token.
    pub fn certificates(&self) -> Vec<Arc<Certificate>> {
        self.token.signed.certificates()
    }
}

/// A question to an authority for timestamps.
#[derive(Clone, Debug)]
pub struct Request {
    /// Hash of the imprint. National authorities choose their key by it.
    pub hash: DigestAlgorithm,
    /// The digest of what is to be stamped.
    pub imprint: Vec<u8>,
    /// Dotted OID of the policy wanted.
    pub policy: Option<String>,
    /// Octets that nobody can foresee, with the most significant first; without it an old answer cannot be
    /// told from a new one.
    pub nonce: Option<Vec<u8>>,
}

impl Request {
    /// DER of the TimeStampReq (RFC 3161 2.4.1), which asks for the certificate.
    pub fn to_der(&self) -> Vec<u8> {
        let algorithm = write::sequence(&[write::oid(self.hash.oid()), write::null()]);
        let mut fields =
            vec![write::integer(1), write::sequence(&[algorithm, write::octet_string(&self.imprint)])];
        fields.extend(self.policy.as_deref().map(write::oid));
        fields.extend(self.nonce.as_deref().map(write::unsigned));
        fields.push(write::boolean(true));
        write::sequence(&fields)
    }
}

/// GeneralizedTime with or without a fraction of a second (RFC 3161 2.4.2).
fn time(field: Tlv<'_>) -> Result<Instant, asn1::Error> {
    let bad = asn1::Error::Value { offset: field.offset };
    let text = std::str::from_utf8(field.content).map_err(|_| bad)?;
    let Some((seconds, fraction)) = text.split_once('.') else { return field.time() };
    let digits = fraction.strip_suffix('Z').ok_or(bad)?;
    // DER: at least one digit, the last of them no zero (X.690 11.7).
    if digits.is_empty()
        || digits.len() > 9
        || digits.ends_with('0')
        || !digits.bytes().all(|b| b.is_ascii_digit())
    {
        return Err(bad);
    }
    let whole = format!("{seconds}Z");
    let whole = Tlv { content: whole.as_bytes(), ..field }.time()?;
    let nanoseconds = format!("{digits:0<9}").parse().map_err(|_| bad)?;
    whole.checked_add(SignedDuration::from_nanos(nanoseconds)).map_err(|_| bad)
}

fn accuracy(sequence: Tlv<'_>) -> Result<SignedDuration, asn1::Error> {
    let bad = asn1::Error::Value { offset: sequence.offset };
    let mut fields = sequence.reader();
    let small = |content: &[u8]| {
        if content.len() > 7 || content.first().is_some_and(|first| *first >= 0x80) {
            return Err(bad);
        }
        Ok(content.iter().fold(0i64, |sum, octet| sum << 8 | i64::from(*octet)))
    };
    let seconds = fields.optional(tag::INTEGER)?.map_or(Ok(0), |field| small(field.content))?;
    let millis = fields.optional(tag::context(0))?.map_or(Ok(0), |field| small(field.content))?;
    let micros = fields.optional(tag::context(1))?.map_or(Ok(0), |field| small(field.content))?;
    fields.finish()?;
    let parts = [
        Some(SignedDuration::from_secs(seconds)),
        (0..1000).contains(&millis).then(|| SignedDuration::from_millis(millis)),
        (0..1000).contains(&micros).then(|| SignedDuration::from_micros(micros)),
    ];
    parts.into_iter().try_fold(SignedDuration::ZERO, |sum, part| sum.checked_add(part?)).ok_or(bad)
}

impl fmt::Debug for UnverifiedTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnverifiedTimestamp")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({}, policy {})", self.token.time, self.token.policy)
    }
}
