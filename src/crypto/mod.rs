//! Digests, signatures and keys: the only module that names OpenSSL.
//!
//! It answers one question, whether a key made a signature over a message, and makes signatures.
//! Whether an algorithm is still strong enough, and whose key it is, others decide. What there is
//! stands in the tables of `algorithm`. Keys are parsed once and shared; with RSA, ECDSA and SHA-2 a
//! verification touches no global table and no provider lookup. Two kinds of "no" come out of OpenSSL
//! (a false and an error with an empty stack); both are `VerifyError` here and the library's texts are
//! never shown as a reason.

mod algorithm;
mod digest;
mod gost;
mod gost34311;
mod identity;
mod pkcs12;
mod private;
mod pss;
mod public;
mod random;
mod rsa;
/// Lower-case hexadecimal.
pub fn hex(octets: &[u8]) -> String {
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' - 10 + value };
    let mut text = vec![0; octets.len() * 2];
    for (pair, octet) in text.chunks_exact_mut(2).zip(octets) {
        pair.copy_from_slice(&[digit(octet >> 4), digit(octet & 15)]);
    }
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests;
mod verify;

pub use algorithm::{
    AlgorithmError, Curve, DigestAlgorithm, EcdsaForm, KeyKind, RSA_PSS_URI, SignatureAlgorithm,
    unsupported_name,
};
pub use digest::{Digest, DigestOutput, digest, sha256};
pub use gost::{GostR, ParameterSet};
pub use identity::{Identity, IdentityError};
pub use pkcs12::Protection;
pub use private::{PrivateKey, PrivateKeyError, SignError};
pub use pss::PssParameters;
pub use public::{KeyError, PublicKey};
pub use random::{NoRandomness, random};
pub use verify::{
    DigestOnce, Verified, VerifyError, could_verify, hmac_sha256, of_length, verify, verify_digest,
    verify_hmac, verify_once,
};
