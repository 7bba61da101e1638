//! An authority for timestamps that says what it is told to.

use std::sync::Arc;

use jiff::Timestamp;
use qoltanba::asn1::{oid, tag, write};
use qoltanba::crypto::{DigestAlgorithm, EcdsaForm, PrivateKey, digest};
use qoltanba::pkix::Certificate;

/// A token signed by hand, since no tool makes bad ones, or ones of years ago.
pub(crate) struct Forge {
    pub(crate) key: PrivateKey,
    pub(crate) certificate: Arc<Certificate>,
}

impl Forge {
    /// TSTInfo over `octets`.
    pub(crate) fn info(version: u32, time: &str, rest: &[Vec<u8>], imprint: &[u8]) -> Vec<u8> {
        let hash = DigestAlgorithm::Sha256;
        let algorithm = write::sequence(&[write::oid(hash.oid()), write::null()]);
        let imprint = write::sequence(&[algorithm, write::octet_string(imprint)]);
        let serial = write::tlv(tag::INTEGER, &[&[0xf0u8, 1, 2][..]]);
        let time = write::tlv(tag::GENERALIZED_TIME, &[time]);
        let fixed = [write::integer(version), write::oid("1.2.3.4"), imprint, serial, time];
        write::sequence(&[&fixed[..], rest].concat())
    }

    pub(crate) fn attribute(name: &str, values: &[Vec<u8>]) -> Vec<u8> {
        write::sequence(&[write::oid(name), write::tlv(tag::SET, values)])
    }

    pub(crate) fn attributes(&self, info: &[u8]) -> Vec<Vec<u8>> {
        let named = write::octet_string(&digest(DigestAlgorithm::Sha256, self.certificate.der()));
        let signing = write::sequence(&[write::sequence(&[write::sequence(&[named])])]);
        vec![
            Self::attribute(oid::CONTENT_TYPE, &[write::oid(oid::TST_INFO)]),
            Self::attribute(
                oid::MESSAGE_DIGEST,
                &[write::octet_string(&digest(DigestAlgorithm::Sha256, info))],
            ),
            Self::attribute(oid::SIGNING_CERTIFICATE_V2, &[signing]),
        ]
    }

    pub(crate) fn token(
        &self,
        content_type: &str,
        info: &[u8],
        attributes: &[Vec<u8>],
        signers: usize,
    ) -> Vec<u8> {
        let signed = write::tlv(tag::SET, attributes);
        let algorithm = self.key.signature_algorithm(DigestAlgorithm::Sha256);
        let form = EcdsaForm::Der;
        let value = self.key.sign(&algorithm, form, &signed).expect("signed");
        let hash = write::sequence(&[write::oid(DigestAlgorithm::Sha256.oid()), write::null()]);
        let serial = write::tlv(tag::INTEGER, &[self.certificate.serial()]);
        let signer = write::sequence(&[
            write::integer(1),
            write::sequence(&[self.certificate.issuer().der().to_vec(), serial]),
            hash.clone(),
            write::context(0, attributes),
            // The key's own name: CMS allows it for RSA.
            write::sequence(&[write::oid(oid::RSA_ENCRYPTION), write::null()]),
            write::octet_string(&value),
        ]);
        let content = write::context(0, &[write::octet_string(info)]);
        let data = write::sequence(&[
            write::integer(3),
            write::tlv(tag::SET, &[hash]),
            write::sequence(&[write::oid(content_type), content]),
            write::context(0, &[self.certificate.der()]),
            write::tlv(tag::SET, &vec![signer; signers]),
        ]);
        write::sequence(&[write::oid(oid::SIGNED_DATA), write::context(0, &[data])])
    }

    /// A good token over this SHA-256 digest.
    pub(crate) fn stamp(&self, imprint: &[u8], time: Timestamp) -> Vec<u8> {
        let time = time.strftime("%Y%m%d%H%M%SZ").to_string();
        let info = Self::info(1, &time, &[], imprint);
        self.token(oid::TST_INFO, &info, &self.attributes(&info), 1)
    }
}
