//! ASN.1 in DER: the formats' lowest layer. BER, where it must be read, is made into DER first (`ber`).
//!
//! Certificates, revocation lists with hundreds of thousands of entries, ECDSA values, and everything that is
//! *written* go through it. It knows lengths and tags and nothing of meaning. The one idea to know: a reader hands out slices of the
//! original bytes, because signatures are verified over those and never over a re-encoding.

pub mod ber;
pub mod oid;
pub mod pem;
mod read;
pub mod tag;
pub mod write;

pub use read::{Reader, Tlv, decode_oid};

/// Why bytes are not DER (X.690 clause 10).
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The value ends before its length says.
    #[error("truncated at offset {offset}")]
    Truncated { offset: usize },
    /// A length that is indefinite, not minimal, or larger than memory (X.690 10.1).
    #[error("length not in DER at offset {offset}")]
    Length { offset: usize },
    /// Another tag than the one the type asks for.
    #[error("unexpected tag {found:#04x} at offset {offset}")]
    Tag { found: u8, offset: usize },
    /// Bytes after the end.
    #[error("trailing bytes at offset {offset}")]
    Trailing { offset: usize },
    /// The content is not a value of its type.
    #[error("bad value at offset {offset}")]
    Value { offset: usize },
}

/// The magnitude, most significant octet first and without leading zeros, of a number in decimal
/// digits: serial numbers and coordinates are written so in XML. `None` for anything but digits, and
/// for more than 400 of them.
pub fn big_decimal(digits: &str) -> Option<Vec<u8>> {
    if digits.is_empty() || digits.len() > 400 {
        return None;
    }
    let mut magnitude: Vec<u8> = Vec::new();
    for digit in digits.chars() {
        let mut carry = digit.to_digit(10)?;
        for octet in &mut magnitude {
            let value = u32::from(*octet) * 10 + carry;
            *octet = u8::try_from(value & 0xFF).unwrap_or(0);
            carry = value >> 8;
        }
        if carry > 0 {
            magnitude.push(u8::try_from(carry).unwrap_or(0));
        }
    }
    magnitude.reverse();
    Some(magnitude)
}
