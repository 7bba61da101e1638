//! Timestamps that a signature carries, and the values that came with them for a judgement long after: what
//! they claim, and whether they are over what they should be. Whether a token's signature and its authority
//! are to be believed is not looked at here, so that a time told here proves nothing.

use std::sync::Arc;

use crate::pkix::{Certificate, UnverifiedCrl, UnverifiedOcsp, UnverifiedTimestamp};

/// What a timestamp is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum TimestampKind {
    /// The signed content, before it was signed.
    Content,
    /// The signature value.
    Signature,
    /// The signature value, the timestamps on it, and references to certificates and revocation data.
    SignatureAndReferences,
    /// References to certificates and revocation data.
    References,
    /// The signature with all its properties.
    Archive,
}

impl TimestampKind {
    /// Whether a time told by such a timestamp is one at which the signature existed.
    pub fn is_over_signature(self) -> bool {
        matches!(self, Self::Signature | Self::SignatureAndReferences | Self::Archive)
    }

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Signature => "signature",
            Self::SignatureAndReferences | Self::References => "reference",
            Self::Archive => "archive",
        }
    }
}

/// Where among the unsigned properties of a signature something stands, counted from 1; what KeyInfo holds
/// stands at 0. An archive timestamp is over all that stands before it.
pub type Position = usize;

/// A timestamp that a signature carries.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct TimestampFacts {
    pub kind: TimestampKind,
    pub position: Position,
    /// The token; `None` when it cannot be read.
    pub token: Option<UnverifiedTimestamp>,
    /// Whether the imprint is that of what the token should be over; `None` when that was not computed.
    pub imprint_matches: Option<bool>,
}

/// Validation data that a signature carries among its unsigned properties (EN 319 132-1, 5.4 and 5.5),
/// each with its position. What cannot be read is left out.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct CarriedValues {
    pub certificates: Vec<(Position, Arc<Certificate>)>,
    pub lists: Vec<(Position, UnverifiedCrl)>,
    pub responses: Vec<(Position, UnverifiedOcsp)>,
}
