//! Digests, signatures and keys: the only module that names OpenSSL.
//!
//! It answers one question, whether a key made a signature over a digest, and makes signatures.
//! Whether an algorithm is still strong enough, and whose key it is, others decide. Keys are parsed
//! once and shared; a verification touches no global table and no provider lookup. Two kinds of
//! "no" come out of OpenSSL (a false and an error with an empty stack); both are `VerifyError`
//! here and the library's texts are never shown as a reason.

mod algorithm;
mod digest;
mod identity;
mod private;
mod public;

pub use algorithm::{Curve, DigestAlgorithm, EcdsaForm, KeyKind, SignatureAlgorithm};
pub use digest::{Digest, DigestOutput, digest, sha256};
pub use identity::{Identity, IdentityError};
pub use private::{PrivateKey, PrivateKeyError, SignError};
pub use public::{KeyError, PublicKey, VerifyError, verify};
pub struct Verified {
    pub der_encoded: bool,
}
pub enum HmacError {
    TooShort,
    Mismatch,
}
pub fn verify_hmac(
    _: DigestAlgorithm,
    _: &[u8],
    _: &[u8],
    _: &[u8],
    _: Option<u32>,
) -> Result<(), HmacError> {
    Err(HmacError::Mismatch)
}
pub fn verify2(
    a: &SignatureAlgorithm,
    form: EcdsaForm,
    key: &PublicKey,
    m: &[u8],
    s: &[u8],
) -> Result<Verified, VerifyError> {
    verify(*a, form, key, &digest(a.digest(), m), s).map(|()| Verified { der_encoded: false })
}
impl PublicKey {
    pub fn from_rsa(_: &[u8], _: &[u8]) -> Result<Self, KeyError> {
        Err(KeyError::Malformed)
    }
    pub fn from_ec(_: &str, _: &[u8]) -> Result<Self, KeyError> {
        Err(KeyError::Malformed)
    }
    pub fn from_dsa(_: &[u8], _: &[u8], _: &[u8], _: &[u8]) -> Result<Self, KeyError> {
        Err(KeyError::Malformed)
    }
}
impl DigestAlgorithm {
    pub fn from_oid(_: &str) -> Option<Self> {
        None
    }
}
