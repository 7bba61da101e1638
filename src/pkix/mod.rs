//! Certificates, chains and revocation lists: the meaning of RFC 5280.
//!
//! Nothing here reads a clock, a disk or the network: the moment of interest, the trust anchors
//! and the pool of other certificates are arguments. The one idea to know: signatures are checked
//! over the bytes as they came, names are compared as names, and key identifiers only decide which
//! candidate is tried first. A CRL whose signature has not been checked has no way to be asked.

mod cert_status;
mod certificate;
mod crl;
mod der;
mod extensions;
mod general_name;
pub mod issue;
mod name;
pub mod national;
pub mod ocsp;
pub mod path;
pub mod second_reader;
mod signed_data;
pub mod timestamp;

pub use cert_status::CertStatus;
pub use certificate::{Certificate, Error, KeyUse, SignatureError};
pub use crl::{
    Answer, Crl, CrlError, Defect, DistributionPoint, HEADER_OCTETS, Number, Reasons, RevokedEntry, Scope,
    SharedOctets, Stale, Unused, UnverifiedCrl, status,
};
pub use extensions::{BasicConstraints, KeyUsage, PolicyConstraints, PolicyInformation, PolicyQualifier};
pub use general_name::{GeneralName, NameConstraints, NoSubtree};
pub use name::Name;
pub use ocsp::{Ocsp, OcspError, OcspReadError, UnverifiedOcsp};
pub use path::{Path, PathError, PathFault, TrustAnchors, ValidPolicy};
pub use signed_data::certificates_in;
pub use timestamp::{Timestamp, TimestampError, UnverifiedTimestamp};

#[cfg(test)]
mod tests;
