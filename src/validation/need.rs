//! What a judgement still needs. It fetches nothing: it says what would help, the shell gets it from where
//! the certificates say, if the operator allows the place, and asks again with more evidence.

use std::sync::Arc;

use crate::pkix::Certificate;

/// Something that would help to judge. Where it may be had stands in the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// The issuer of this certificate ([`Certificate::ca_issuer_urls`]).
    Issuer {
        /// The last of the chain so far.
        of: Arc<Certificate>,
    },
    /// A revocation list about this certificate ([`Certificate::crl_distribution_points`], and
    /// [`Certificate::freshest_crl`] for its deltas).
    Crl {
        /// The certificate whose status is not known.
        of: Arc<Certificate>,
        /// Its issuer in the path, which may have signed the list.
        issuer: Arc<Certificate>,
    },
    /// An answer about this certificate ([`Certificate::ocsp_urls`]).
    Ocsp {
        /// The certificate whose status is not known.
        of: Arc<Certificate>,
        /// Its issuer in the path, by which the question names it.
        issuer: Arc<Certificate>,
    },
}

impl Need {
    /// The certificate that something is not known about.
    pub fn of(&self) -> &Arc<Certificate> {
        match self {
            Self::Issuer { of } | Self::Crl { of, .. } | Self::Ocsp { of, .. } => of,
        }
    }

    /// What would help to know the status of a certificate.
    pub(super) fn of_status(of: &Arc<Certificate>, issuer: &Arc<Certificate>) -> Vec<Self> {
        let mut needs = Vec::new();
        if !of.ocsp_urls().is_empty() {
            needs.push(Self::Ocsp { of: Arc::clone(of), issuer: Arc::clone(issuer) });
        }
        if !of.distribution_points().is_empty() {
            needs.push(Self::Crl { of: Arc::clone(of), issuer: Arc::clone(issuer) });
        }
        needs
    }
}
