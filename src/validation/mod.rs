//! To be written.

mod verified;

pub use verified::{SignerIdentity, VerifiedDocument};
