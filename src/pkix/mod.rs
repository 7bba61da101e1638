//! Certificates, chains and revocation lists: the meaning of RFC 5280.
//!
//! Nothing here reads a clock, a disk or the network: the moment of interest, the trust anchors
//! and the pool of other certificates are arguments. The one idea to know: signatures are checked
//! over the bytes as they came, names are compared as names, and key identifiers only decide which
//! candidate is tried first. A CRL whose signature has not been checked has no way to be asked.

mod certificate;
mod crl;
mod extensions;
pub mod issue;
mod name;
pub mod national;
pub mod path;

pub use certificate::{Certificate, Error, KeyUse, SignatureError};
pub use crl::{
    Answer, Crl, CrlError, CrlStatus, Defect, DistributionPoint, Number, Reasons, RevokedEntry, Scope,
    Unused, UnverifiedCrl, status,
};
pub use extensions::{BasicConstraints, KeyUsage};
pub use name::Name;
pub use path::{Path, PathError, PathFault, TrustAnchors};

#[cfg(test)]
mod tests;
