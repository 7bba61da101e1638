//! What a timestamp token says (RFC 3161 2.4.2): its time and the imprint of what it is over. Whether
//! the token's signature and its authority are to be believed is not looked at here, so that a time
//! read here proves nothing.

use jiff::Timestamp;

use crate::asn1::{self, Reader, oid, tag};
use crate::crypto::{DigestAlgorithm, digest};

/// What a timestamp is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampKind {
    /// The signed content, before it was signed.
    Content,
    /// The signature value.
    Signature,
    /// References to certificates and revocation data, with or without the signature.
    Reference,
    /// The signature with all its properties.
    Archive,
}

impl TimestampKind {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Signature => "signature",
            Self::Reference => "reference",
            Self::Archive => "archive",
        }
    }
}

/// A timestamp that a signature carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampFacts {
    pub kind: TimestampKind,
    /// The time in the token; `None` when the token cannot be read.
    pub time: Option<Timestamp>,
    /// Whether the imprint is that of what the token should be over; `None` when that was not computed.
    pub imprint_matches: Option<bool>,
}

/// The part of a TSTInfo that is looked at.
#[derive(Debug)]
pub(super) struct Token<'t> {
    pub(super) time: Timestamp,
    algorithm: Option<DigestAlgorithm>,
    imprint: &'t [u8],
}

impl<'t> Token<'t> {
    /// Reads a token: a ContentInfo of SignedData around a TSTInfo (RFC 3161 2.4.2, RFC 5652 3, 5.1).
    pub(super) fn read(der: &'t [u8]) -> Result<Self, asn1::Error> {
        let mut content_info = Reader::single(der)?.expect(tag::SEQUENCE)?.reader();
        content_info.take(tag::OID)?;
        let mut signed_data =
            content_info.take(tag::context_constructed(0))?.reader().take(tag::SEQUENCE)?.reader();
        signed_data.take(tag::INTEGER)?;
        signed_data.take(tag::SET)?;
        let mut encapsulated = signed_data.take(tag::SEQUENCE)?.reader();
        let content_type = encapsulated.take(tag::OID)?;
        if content_type.oid()? != oid::TST_INFO {
            return Err(asn1::Error::Value { offset: content_type.offset });
        }
        let octets = encapsulated.take(tag::context_constructed(0))?.reader().take(tag::OCTET_STRING)?;
        let mut info = Reader::single(octets.content)?.expect(tag::SEQUENCE)?.reader();
        info.take(tag::INTEGER)?;
        info.take(tag::OID)?;
        let mut imprint = info.take(tag::SEQUENCE)?.reader();
        let algorithm = imprint.take(tag::SEQUENCE)?.reader().take(tag::OID)?.oid()?;
        let value = imprint.take(tag::OCTET_STRING)?.content;
        info.take(tag::INTEGER)?;
        Ok(Self {
            time: info.take(tag::GENERALIZED_TIME)?.time()?,
            algorithm: DigestAlgorithm::from_oid(&algorithm),
            imprint: value,
        })
    }

    /// Whether the imprint is that of `octets`; `None` when its digest is not known here.
    pub(super) fn is_over(&self, octets: &[u8]) -> Option<bool> {
        Some(digest(self.algorithm?, octets).as_ref() == self.imprint)
    }
}
