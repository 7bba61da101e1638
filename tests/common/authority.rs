//! A name with a key: an authority that certifies and signs lists, or whom it certifies.

use std::sync::Arc;

use jiff::Timestamp;
use qoltanba::asn1::oid;
use qoltanba::crypto::{Curve, DigestAlgorithm, PrivateKey};
use qoltanba::pkix::Certificate;
use qoltanba::pkix::issue::{self, Extension, Issuer, Profile};

pub(crate) struct Key {
    pub(crate) name: Vec<u8>,
    pub(crate) key: PrivateKey,
}

impl Key {
    /// With a key on P-256.
    pub(crate) fn new(name: &str) -> Self {
        let key = PrivateKey::generate_ec(Curve::P256).expect("a key");
        Self { name: issue::name(&[(oid::COMMON_NAME, name), (oid::COUNTRY, "KZ")]), key }
    }

    pub(crate) fn issuer(&self) -> Issuer<'_> {
        Issuer { name: &self.name, key: &self.key, digest: DigestAlgorithm::Sha256 }
    }

    /// A certificate of `subject`, valid from and until.
    pub(crate) fn certify(
        &self,
        subject: &Self,
        validity: (Timestamp, Timestamp),
        extensions: Vec<Extension>,
    ) -> Arc<Certificate> {
        let profile = Profile {
            subject: subject.name.clone(),
            public_key: subject.key.public_key(),
            not_before: validity.0,
            not_after: validity.1,
            extensions,
        };
        let der = issue::certificate(&profile, self.issuer()).expect("issued");
        Arc::new(Certificate::from_der(&der).expect("parsed"))
    }

    /// DER of a list made at a time and to be replaced at another, of what is revoked and since when.
    pub(crate) fn list(
        &self,
        update: (Timestamp, Timestamp),
        revoked: &[(&Certificate, Timestamp)],
    ) -> Vec<u8> {
        let line = |(certificate, at): &(&Certificate, Timestamp)| issue::Revocation {
            serial: certificate.serial().to_vec(),
            at: *at,
            reason: Some(1),
            more: Vec::new(),
        };
        let lines: Vec<_> = revoked.iter().map(line).collect();
        issue::crl(self.issuer(), update.0, Some(update.1), 9, &lines, &[]).expect("a list")
    }
}
