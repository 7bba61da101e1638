//! Timestamps that a signature carries, by what they claim. Whether a token's signature and its authority
//! are to be believed is not looked at here, so that a time told here proves nothing.

use jiff::Timestamp;

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
