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
