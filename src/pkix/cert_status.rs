//! What is known of the revocation of a certificate at a moment, whoever says it: good, revoked and unknown
//! are three (RFC 6960 2.2), and what more there is tells which kind of good or unknown it is.

use jiff::Timestamp;

/// What lists or an answer say of a certificate at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CertStatus {
    /// Not revoked.
    Good,
    /// Revoked at or before the moment.
    Revoked {
        /// revocationDate, revocationTime
        at: Timestamp,
        /// reasonCode by its name in RFC 5280 5.3.1
        reason: Option<&'static str>,
    },
    /// Good at the moment, and revoked after it.
    RevokedLater {
        /// revocationDate, revocationTime
        at: Timestamp,
    },
    /// The authority says that it never issued the certificate (RFC 6960 2.2 and 4.4.8): revoked since
    /// 1970 and on hold. Not a revocation.
    NeverIssued,
    /// What would tell ended before the moment, and has nothing against the certificate.
    Stale,
    /// Nothing tells.
    Unknown,
}
