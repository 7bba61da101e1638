//! Writing containers, in two shapes: one for today's programs, and the one that the national authority
//! gives out, element for element, for what reads only that.

use super::{
    super::{DigestAlgorithm, IdentityError, digest},
    pbe::{Encryption, Mac, Password},
};
use crate::asn1::{Reader, oid, tag, write};

/// How a container is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protection {
    /// PBES2 with AES-256-CBC and PBKDF2-HMAC-SHA-256, MAC over SHA-256 (RFC 7292, RFC 8018).
    Modern,
    /// As the national authority protects its own: 3DES for the key, RC2 with 40 bits for the certificates,
    /// MAC over SHA-1, 1024 iterations; indefinite lengths. It resists nobody who has the file and some time.
    National,
}

/// Enough to make guesses dear, and some 0.1 s to whoever opens the container.
const MODERN_ITERATIONS: u32 = 100_000;
const NATIONAL_ITERATIONS: u32 = 1024;

/// What goes into a container.
pub(in super::super) struct Entry<'a> {
    /// PrivateKeyInfo.
    pub(in super::super) pkcs8: &'a [u8],
    /// DER of the key's certificate and of its SubjectPublicKeyInfo.
    pub(in super::super) certificate: &'a [u8],
    pub(in super::super) spki: &'a [u8],
    /// DER of those above it.
    pub(in super::super) chain: &'a [Vec<u8>],
    /// friendlyName of key and certificate.
    pub(in super::super) name: &'a str,
}

/// The DER, or with [`Protection::National`] BER, of a PFX.
///
/// # Errors
/// `Library`; `Damaged` when the SubjectPublicKeyInfo is none.
pub(in super::super) fn write(
    entry: &Entry<'_>,
    password: &str,
    protection: Protection,
) -> Result<Vec<u8>, IdentityError> {
    let password = Password::new(password);
    let (for_key, for_certificates) = match protection {
        Protection::Modern => {
            (Encryption::modern(MODERN_ITERATIONS)?, Encryption::modern(MODERN_ITERATIONS)?)
        }
        Protection::National => {
            (Encryption::triple_des(NATIONAL_ITERATIONS)?, Encryption::rc2_40(NATIONAL_ITERATIONS)?)
        }
    };
    let attributes = attributes(entry)?;
    let shrouded =
        write::sequence(&[for_key.to_der(), write::octet_string(&for_key.encrypt(entry.pkcs8, &password)?)]);
    let keys = write::sequence(&[bag(oid::SHROUDED_KEY_BAG, shrouded, Some(&attributes))]);
    let mut bags = vec![certificate_bag(entry.certificate, Some(&attributes))];
    bags.extend(entry.chain.iter().map(|der| certificate_bag(der, None)));
    let ciphertext = for_certificates.encrypt(&write::sequence(&bags), &password)?;
    let for_certificates = for_certificates.to_der();

    let (content, mac) = match protection {
        Protection::Modern => {
            let info = [write::oid(oid::DATA), for_certificates, write::context_primitive(0, &ciphertext)];
            let data = write::sequence(&[write::integer(0), write::sequence(&info)]);
            let encrypted = write::sequence(&[write::oid(oid::ENCRYPTED_DATA), write::context(0, &[data])]);
            let content = write::sequence(&[plain(&keys), encrypted]);
            let mac = Mac::make(DigestAlgorithm::Sha256, MODERN_ITERATIONS, &content, &password)?;
            (content, mac)
        }
        Protection::National => {
            let explicit = tag::context_constructed(0);
            let info = [
                write::oid(oid::DATA),
                for_certificates,
                indefinite(explicit, &[write::octet_string(&ciphertext)]),
            ];
            let data = [write::integer(0), indefinite(tag::SEQUENCE, &info)];
            let data = indefinite(explicit, &[indefinite(tag::SEQUENCE, &data)]);
            let encrypted = indefinite(tag::SEQUENCE, &[write::oid(oid::ENCRYPTED_DATA), data]);
            let keys = indefinite(explicit, &[write::octet_string(&keys)]);
            let keys = indefinite(tag::SEQUENCE, &[write::oid(oid::DATA), keys]);
            let content = indefinite(tag::SEQUENCE, &[keys, encrypted]);
            let mac = Mac::make(DigestAlgorithm::Sha1, NATIONAL_ITERATIONS, &content, &password)?;
            (content, mac)
        }
    };
    Ok(write::sequence(&[write::integer(3), plain(&content), mac]))
}

/// A ContentInfo of type data.
fn plain(content: &[u8]) -> Vec<u8> {
    write::sequence(&[write::oid(oid::DATA), write::context(0, &[write::octet_string(content)])])
}

/// A constructed element of indefinite length (X.690 8.1.3.6).
fn indefinite(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    [&[tag, 0x80][..], &parts.concat(), &[0, 0]].concat()
}

/// SafeBag (RFC 7292 4.2).
fn bag(kind: &str, value: Vec<u8>, attributes: Option<&[u8]>) -> Vec<u8> {
    let mut parts = vec![write::oid(kind), write::context(0, &[value])];
    parts.extend(attributes.map(<[u8]>::to_vec));
    write::sequence(&parts)
}

fn certificate_bag(der: &[u8], attributes: Option<&[u8]>) -> Vec<u8> {
    let value = [write::oid(oid::X509_CERTIFICATE), write::context(0, &[write::octet_string(der)])];
    bag(oid::CERTIFICATE_BAG, write::sequence(&value), attributes)
}

/// localKeyID, the SHA-1 of the public key's bits as in a subject key identifier (RFC 5280 4.2.1.2), and
/// friendlyName.
fn attributes(entry: &Entry<'_>) -> Result<Vec<u8>, IdentityError> {
    let mut fields = Reader::single(entry.spki)?.expect(tag::SEQUENCE)?.reader();
    fields.take(tag::SEQUENCE)?;
    let id = digest(DigestAlgorithm::Sha1, fields.next()?.bit_string()?);
    let name: Vec<u8> = entry.name.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let attribute = |name, value| write::sequence(&[write::oid(name), write::tlv(tag::SET, &[value])]);
    Ok(write::set_of(vec![
        attribute(oid::LOCAL_KEY_ID, write::octet_string(&id)),
        attribute(oid::FRIENDLY_NAME, write::tlv(tag::BMP_STRING, &[name])),
    ]))
}
