//! Certificates read once more, by a reader that is not ours.
//!
//! [`Certificate`] judges: it is read thousands of times a second, by a reader of our own. Where a certificate
//! becomes something to be relied upon for years, as a trust anchor or as what an authority issues, one reader
//! is not enough: a slip in it would show in every judgement and be noticed in none. There `x509-parser` reads
//! the same octets, and what the two do not read alike is not used. It judges nothing, and nothing of what it
//! reads is kept.

use jiff::Timestamp;
use x509_parser::prelude::{FromDer as _, X509Certificate, X509Version};

use super::{BasicConstraints, Certificate, Error, KeyUsage};
use crate::asn1::write;

/// What the readers do not read alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Difference {
    /// The other one reads no certificate here, or does not take all octets for it.
    #[error("certificate")]
    Certificate,
    /// The signed part, and with it the version.
    #[error("tbs-certificate")]
    TbsCertificate,
    /// serialNumber
    #[error("serial-number")]
    SerialNumber,
    /// issuer
    #[error("issuer")]
    Issuer,
    /// subject
    #[error("subject")]
    Subject,
    /// notBefore or notAfter, to the second.
    #[error("validity")]
    Validity,
    /// subjectPublicKeyInfo
    #[error("subject-public-key-info")]
    SubjectPublicKeyInfo,
    /// Which extensions there are, in their order: identifier, flag, value.
    #[error("extensions")]
    Extensions,
    /// What basicConstraints says.
    #[error("basic-constraints")]
    BasicConstraints,
    /// What keyUsage says.
    #[error("key-usage")]
    KeyUsage,
    /// signatureAlgorithm or signatureValue
    #[error("signature")]
    Signature,
}

/// Why octets that were issued are not used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReadBackError {
    /// We do not read them ourselves.
    #[error(transparent)]
    Unreadable(#[from] Error),
    /// The readers differ.
    #[error("two readers of certificates differ: {0}")]
    Differently(#[from] Difference),
}

/// What was issued, read by both readers.
///
/// # Errors
/// When one does not read it, or both do and not alike.
pub fn read_back(der: &[u8]) -> Result<Certificate, ReadBackError> {
    let certificate = Certificate::from_der(der)?;
    agrees(&certificate)?;
    Ok(certificate)
}

/// Whether the other reader reads the certificate as it was read.
///
/// # Errors
/// The first part that differs.
pub fn agrees(certificate: &Certificate) -> Result<(), Difference> {
    match X509Certificate::from_der(certificate.der()) {
        Ok(([], other)) => compare(certificate, &other),
        Ok(_) | Err(_) => Err(Difference::Certificate),
    }
}

fn compare(own: &Certificate, other: &X509Certificate<'_>) -> Result<(), Difference> {
    let alike = |is_alike: bool, part| if is_alike { Ok(()) } else { Err(part) };
    // Some write a date to mean never that is beyond what we count to.
    let dates = [other.validity().not_before, other.validity().not_after];
    let validity = dates.map(|date| Timestamp::from_second(date.timestamp()).unwrap_or(Timestamp::MAX));
    let own_validity = [own.not_before(), own.not_after()];
    alike(own.serial() == other.tbs_certificate.raw_serial(), Difference::SerialNumber)?;
    alike(own.issuer().der() == other.issuer().as_raw(), Difference::Issuer)?;
    alike(own.subject().der() == other.subject().as_raw(), Difference::Subject)?;
    alike(own_validity == validity, Difference::Validity)?;
    alike(own.spki() == other.public_key().raw, Difference::SubjectPublicKeyInfo)?;
    let extensions = other.extensions().iter();
    let extensions =
        extensions.map(|extension| (extension.oid.as_bytes(), extension.critical, extension.value));
    alike(own.extensions().is_ok_and(|own| own.into_iter().eq(extensions)), Difference::Extensions)?;
    let constraints = other.basic_constraints().map_err(|_| Difference::BasicConstraints)?;
    let constraints = constraints
        .map(|found| BasicConstraints { ca: found.value.ca, path_len: found.value.path_len_constraint });
    alike(own.basic_constraints() == constraints, Difference::BasicConstraints)?;
    let usage = other.key_usage().map_err(|_| Difference::KeyUsage)?.map(|found| KeyUsage {
        digital_signature: found.value.digital_signature(),
        content_commitment: found.value.non_repudiation(),
        key_encipherment: found.value.key_encipherment(),
        data_encipherment: found.value.data_encipherment(),
        key_agreement: found.value.key_agreement(),
        key_cert_sign: found.value.key_cert_sign(),
        crl_sign: found.value.crl_sign(),
        encipher_only: found.value.encipher_only(),
        decipher_only: found.value.decipher_only(),
    });
    alike(own.key_usage() == usage, Difference::KeyUsage)?;
    let algorithm = write::oid(own.signature_algorithm_oid());
    let is_signed_alike = algorithm.get(2..) == Some(other.signature_algorithm.algorithm.as_bytes())
        && own.signature_value() == other.signature_value.data.as_ref();
    alike(is_signed_alike, Difference::Signature)?;
    let is_v3 = other.version() == X509Version::V3;
    alike(own.tbs() == other.tbs_certificate.as_ref() && own.is_v3() == is_v3, Difference::TbsCertificate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::oid;
    use crate::crypto::{Curve, DigestAlgorithm, PrivateKey};
    use crate::pkix::issue::{self, Extension, Issuer, Profile};

    fn issue(extensions: Vec<Extension>) -> Vec<u8> {
        let key = PrivateKey::generate_ec(Curve::P256).expect("a key");
        let name = issue::name(&[(oid::COMMON_NAME, "Root")]);
        let profile = Profile {
            subject: issue::name(&[(oid::COMMON_NAME, "Authority")]),
            public_key: key.public_key(),
            not_before: "2026-06-01T00:00:00Z".parse().expect("a time"),
            not_after: "2027-06-01T00:00:00Z".parse().expect("a time"),
            extensions,
        };
        let issuer = Issuer { name: &name, key: &key, digest: DigestAlgorithm::Sha256 };
        issue::certificate(&profile, issuer).expect("issued")
    }

    /// The same with the first octet of a part changed.
    fn changed(der: &[u8], part: &[u8], by: u8) -> Vec<u8> {
        let at = der.windows(part.len()).position(|octets| octets == part).expect("the part");
        let mut changed = der.to_vec();
        changed[at] ^= by;
        changed
    }

    #[test]
    fn every_part_is_compared() {
        let der = issue(vec![Extension::authority(Some(1)), Extension::key_usage(&[5, 6])]);
        let own = Certificate::from_der(&der).expect("parsed");
        let said = |other: &[u8]| {
            let (_, other) = X509Certificate::from_der(other).expect("read");
            compare(&own, &other)
        };
        assert_eq!(said(&der), Ok(()));
        let key = own.spki().rchunks(8).next().expect("octets");
        let critical = [0x55, 0x1d, 0x0f, 0x01, 0x01, 0xff];
        for (part, by, difference) in [
            (own.serial(), 1, Difference::SerialNumber),
            (b"Root", 1, Difference::Issuer),
            (b"Authority", 1, Difference::Subject),
            (b"260601000000Z", 1, Difference::Validity),
            (b"270601000000Z", 1, Difference::Validity),
            (key, 1, Difference::SubjectPublicKeyInfo),
            (&critical, 1, Difference::Extensions),
            (own.signature_value().rchunks(8).next().expect("octets"), 1, Difference::Signature),
        ] {
            assert_eq!(said(&changed(&der, part, by)), Err(difference));
        }
        // The flag and the value of an extension.
        for (part, by) in
            [(&[0xff, 0x04, 0x04, 0x03, 0x02, 0x01, 0x06][..], 0xff), (&[0x03, 0x02, 0x01, 0x06], 0x07)]
        {
            let found = said(&changed(&der, part, by));
            assert_eq!(found, Err(Difference::Extensions), "{part:x?}");
        }
    }

    #[test]
    fn what_only_we_read_and_what_we_read_otherwise_is_no_anchor() {
        // basicConstraints with something after it, keyUsage that is no BIT STRING.
        let odd =
            |identifier, value: &[u8]| issue(vec![Extension::new(identifier, value.to_vec()).critical()]);
        let said = |der: &[u8]| agrees(&Certificate::from_der(der).expect("we read it"));
        assert_eq!(said(&odd(oid::BASIC_CONSTRAINTS, &[0x30, 3, 1, 1, 0xff])), Ok(()));
        assert_eq!(
            said(&odd(oid::BASIC_CONSTRAINTS, &[0x30, 3, 1, 1, 0xff, 5, 0])),
            Err(Difference::BasicConstraints)
        );
        assert_eq!(said(&odd(oid::KEY_USAGE, &[3, 2, 1, 6])), Ok(()));
        assert_eq!(said(&odd(oid::KEY_USAGE, &[4, 2, 1, 6])), Err(Difference::KeyUsage));
        let der = issue(Vec::new());
        let own = Certificate::from_der(&der).expect("parsed");
        let other = X509Certificate::from_der(&der).expect("read").1;
        assert_eq!(compare(&own, &other), Ok(()));
        assert!(matches!(read_back(&der), Ok(read) if read == own));
        assert_eq!(read_back(&der[..der.len() - 1]), Err(ReadBackError::Unreadable(Error::Malformed)));
        assert_eq!(
            read_back(&odd(oid::KEY_USAGE, &[4, 2, 1, 6])),
            Err(ReadBackError::Differently(Difference::KeyUsage))
        );
    }
}
