//! A private key together with its certificate, from PKCS#12 and PEM, and into PKCS#12. Every refusal has a
//! name an operator can act on, because "cannot open file" is where most key trouble begins.

use std::fmt;

use openssl::pkey::PKey;
use zeroize::Zeroizing;

use super::{
    NoRandomness, ParameterSet, PrivateKey, PrivateKeyError, PublicKey,
    pkcs12::{self, Protection},
};
use crate::asn1::{self, Reader, pem, tag};

/// Why a container gives no identity.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IdentityError {
    /// The integrity check or the decryption fails: most likely the password.
    #[error("wrong password")]
    WrongPassword,
    /// Not such a container, or cut, or altered.
    #[error("damaged container")]
    Damaged,
    /// No private key inside.
    #[error("no private key")]
    NoKey,
    /// More than one private key inside; their names, and numbers for those that have none.
    #[error("several private keys: {0}")]
    SeveralKeys(Names),
    /// No certificate inside.
    #[error("no certificate")]
    NoCertificate,
    /// The key belongs to none of the certificates.
    #[error("the key does not fit the certificate")]
    KeyMismatch,
    /// Encrypted or authenticated with an algorithm that is not supported: its dotted object identifier.
    #[error("unsupported encryption {0}")]
    UnsupportedProtection(String),
    /// A key algorithm this build does not have.
    #[error("unsupported key algorithm")]
    Unsupported,
    /// Larger, deeper or dearer than is allowed; the limit's name.
    #[error("limit exceeded: {0}")]
    Limit(&'static str),
    /// The library failed when writing.
    #[error("the cryptographic library failed")]
    Library,
}

/// Names of keys, in the order of the container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Names(Vec<String>);

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl From<asn1::Error> for IdentityError {
    fn from(_: asn1::Error) -> Self {
        Self::Damaged
    }
}

impl From<NoRandomness> for IdentityError {
    fn from(_: NoRandomness) -> Self {
        Self::Library
    }
}

impl From<PrivateKeyError> for IdentityError {
    fn from(error: PrivateKeyError) -> Self {
        match error {
            PrivateKeyError::Unreadable => Self::Damaged,
            PrivateKeyError::Unsupported => Self::Unsupported,
            PrivateKeyError::Library => Self::Library,
        }
    }
}

/// A private key with its certificate and the certificates above it.
#[derive(Debug)]
pub struct Identity {
    /// The private key.
    pub key: PrivateKey,
    /// DER of the certificate for `key`.
    pub certificate_der: Vec<u8>,
    /// DER of the other certificates of the container.
    pub chain_der: Vec<Vec<u8>>,
}

impl Identity {
    /// From a PKCS#12 container (RFC 7292), in BER or DER.
    ///
    /// # Errors
    /// [`IdentityError`]: each but `Library`.
    pub fn from_pkcs12(bytes: &[u8], password: &str) -> Result<Self, IdentityError> {
        let contents = pkcs12::open(bytes, password)?;
        if contents.keys.len() > 1 {
            let names = contents.keys.into_iter().map(|key| key.name);
            return Err(several(names));
        }
        let key = contents.keys.first().ok_or(IdentityError::NoKey)?;
        Self::join(from_pkcs8_der(&key.pkcs8)?, contents.certificates)
    }

    /// From one PEM file with the key and one or more certificates. The key is in PKCS#8, encrypted or not
    /// (RFC 7468 10, 11), or as OpenSSL wrote it before (PKCS#1, SEC 1).
    ///
    /// # Errors
    /// [`IdentityError`]: each but `Library`.
    pub fn from_pem(bytes: &[u8], password: Option<&str>) -> Result<Self, IdentityError> {
        let text = std::str::from_utf8(bytes).map_err(|_| IdentityError::Damaged)?;
        let is_key = |line: &&str| line.starts_with("-----BEGIN ") && line.ends_with("PRIVATE KEY-----");
        match text.lines().map(str::trim_end).filter(is_key).count() {
            0 => return Err(IdentityError::NoKey),
            1 => {}
            count => return Err(several((0..count).map(|_| None))),
        }
        let password = password.unwrap_or_default();
        let block = |label| pem::blocks(text, label).into_iter().next().map(Zeroizing::new);
        let key = if let Some(der) = block("PRIVATE KEY") {
            from_pkcs8_der(&der)?
        } else if let Some(der) = block("ENCRYPTED PRIVATE KEY") {
            from_pkcs8_der(&pkcs12::decrypt_key(&der, password)?)?
        } else {
            traditional(bytes, password)?
        };
        Self::join(key, pem::blocks(text, "CERTIFICATE"))
    }

    /// Pairs a key with its certificate, by the public key.
    fn join(key: PrivateKey, mut certificates: Vec<Vec<u8>>) -> Result<Self, IdentityError> {
        if certificates.is_empty() {
            return Err(IdentityError::NoCertificate);
        }
        let public = key.public_key();
        let own = certificates.iter().position(|der| fits(&public, der)).ok_or(IdentityError::KeyMismatch)?;
        let certificate_der = certificates.remove(own);
        Ok(Self { key, certificate_der, chain_der: certificates })
    }

    /// A PKCS#12 container; `name` is what programs call the key.
    ///
    /// # Errors
    /// As [`Identity::pack`].
    pub fn to_pkcs12(
        &self,
        name: &str,
        password: &str,
        protection: Protection,
    ) -> Result<Vec<u8>, IdentityError> {
        Self::pack(&self.key, &self.certificate_der, &self.chain_der, name, password, protection)
    }

    /// The same from parts.
    ///
    /// # Errors
    /// `KeyMismatch` when the certificate is not for the key; `Library`.
    pub fn pack(
        key: &PrivateKey,
        certificate_der: &[u8],
        chain_der: &[Vec<u8>],
        name: &str,
        password: &str,
        protection: Protection,
    ) -> Result<Vec<u8>, IdentityError> {
        if !fits(&key.public_key(), certificate_der) {
            return Err(IdentityError::KeyMismatch);
        }
        let entry = pkcs12::Entry {
            pkcs8: &key.to_pkcs8_der()?,
            certificate: certificate_der,
            spki: spki(certificate_der)?,
            chain: chain_der,
            name,
        };
        pkcs12::write(&entry, password, protection)
    }
}

/// Names of keys that are told.
const MOST_NAMES: usize = 10;

fn several(names: impl Iterator<Item = Option<String>>) -> IdentityError {
    let names = names.enumerate().map(|(at, name)| {
        let name = name.filter(|name| !name.trim().is_empty());
        name.unwrap_or_else(|| format!("#{}", at + 1))
    });
    let mut names: Vec<String> = names.collect();
    if names.len() > MOST_NAMES {
        names.truncate(MOST_NAMES);
        names.push("…".to_owned());
    }
    IdentityError::SeveralKeys(Names(names))
}

/// Whether a certificate is for a key.
fn fits(key: &PublicKey, certificate: &[u8]) -> bool {
    spki(certificate).is_ok_and(|spki| PublicKey::from_spki(spki).as_ref() == Ok(key))
}

/// DER of the SubjectPublicKeyInfo in a certificate (RFC 5280 4.1). Nothing else of it is looked at.
fn spki(certificate: &[u8]) -> Result<&[u8], asn1::Error> {
    let mut fields = Reader::single(certificate)?.expect(tag::SEQUENCE)?.reader();
    let mut fields = fields.take(tag::SEQUENCE)?.reader();
    fields.optional(tag::context_constructed(0))?;
    fields.take(tag::INTEGER)?;
    // Signature algorithm, issuer, validity, subject.
    for _ in 0..4 {
        fields.take(tag::SEQUENCE)?;
    }
    fields.take(tag::SEQUENCE).map(|spki| spki.raw)
}

/// What is DER and yet no key to the library, is a key of an algorithm that it does not know; but of a
/// national algorithm it is a damaged one.
fn from_pkcs8_der(der: &[u8]) -> Result<PrivateKey, IdentityError> {
    let is_national = || {
        let mut fields = Reader::single(der)?.expect(tag::SEQUENCE)?.reader();
        fields.take(tag::INTEGER)?;
        let name = fields.take(tag::SEQUENCE)?.reader().take(tag::OID)?.oid()?;
        Ok::<_, asn1::Error>(ParameterSet::of_key(&name).is_some())
    };
    PrivateKey::from_pkcs8_der(der).map_err(|error| match error {
        PrivateKeyError::Unreadable if is_national() == Ok(false) => IdentityError::Unsupported,
        other => other.into(),
    })
}

/// A key in PKCS#1 or SEC 1, perhaps encrypted as RFC 1421 has it.
fn traditional(pem: &[u8], password: &str) -> Result<PrivateKey, IdentityError> {
    let is_encrypted = pem.windows(10).any(|word| word == b",ENCRYPTED");
    let pkey = PKey::private_key_from_pem_callback(pem, |buffer| {
        let word = password.as_bytes();
        let to = buffer.get_mut(..word.len()).unwrap_or_default();
        to.copy_from_slice(word.get(..to.len()).unwrap_or_default());
        Ok(to.len())
    })
    .map_err(|_| if is_encrypted { IdentityError::WrongPassword } else { IdentityError::Damaged })?;
    Ok(PrivateKey::from_pkey(pkey)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        asn1::{oid, write},
        crypto::{Curve, DigestAlgorithm},
        pkix::issue::{self, Issuer, Profile},
    };

    fn certificate(key: &PrivateKey) -> Vec<u8> {
        let name = issue::name(&[("2.5.4.3", "Тест")]);
        let profile = Profile {
            subject: name.clone(),
            public_key: key.public_key(),
            not_before: "2026-01-01T00:00:00Z".parse().expect("instant"),
            not_after: "2027-01-01T00:00:00Z".parse().expect("instant"),
            extensions: Vec::new(),
        };
        issue::certificate(&profile, Issuer { name: &name, key, digest: DigestAlgorithm::Sha256 })
            .expect("certificate")
    }

    #[test]
    fn pkcs12_round_trip_and_refusals() {
        let key = PrivateKey::generate_ec(Curve::P256).expect("key");
        let certificate_der = certificate(&key);
        let other = PrivateKey::generate_ec(Curve::P256).expect("key");
        let chain_der = vec![certificate(&other)];
        let public = key.public_key();
        let identity = Identity { key, certificate_der, chain_der };
        let bytes = identity.to_pkcs12("тест", "құпия", Protection::Modern).expect("container");

        let back = Identity::from_pkcs12(&bytes, "құпия").expect("opened");
        assert_eq!(back.certificate_der, identity.certificate_der);
        assert_eq!(back.chain_der, identity.chain_der);
        assert_eq!(back.key.public_key(), public);

        let error = |bytes: &[u8], password| Identity::from_pkcs12(bytes, password).map(drop).err();
        assert_eq!(error(&bytes, "wrong"), Some(IdentityError::WrongPassword));
        assert_eq!(error(&bytes, ""), Some(IdentityError::WrongPassword));
        assert_eq!(
            error(bytes.get(..bytes.len() / 2).unwrap_or_default(), "құпия"),
            Some(IdentityError::Damaged)
        );
        assert_eq!(error(b"nothing", "құпия"), Some(IdentityError::Damaged));
        assert_eq!(error(b"", "құпия"), Some(IdentityError::Damaged));
    }

    #[test]
    fn an_edwards_key_in_both_containers() {
        let key = PrivateKey::generate_ed25519().expect("key");
        let public = key.public_key();
        let certificate_der = certificate(&key);
        let secret = String::from_utf8(key.to_pkcs8_pem().expect("pem").to_vec()).expect("text");
        let pem = format!("{secret}{}", pem::encode("CERTIFICATE", &certificate_der));
        let identity = Identity { key, certificate_der, chain_der: Vec::new() };
        let packed = identity.to_pkcs12("test", "word", Protection::Modern).expect("container");
        for opened in [Identity::from_pkcs12(&packed, "word"), Identity::from_pem(pem.as_bytes(), None)] {
            let opened = opened.expect("opened");
            assert_eq!(opened.key.public_key(), public);
            let algorithm = opened.key.signature_algorithm(DigestAlgorithm::Sha256);
            let value = opened.key.sign(&algorithm, crate::crypto::EcdsaForm::Concatenated, b"message");
            let value = value.expect("signature");
            let form = crate::crypto::EcdsaForm::Concatenated;
            assert!(crate::crypto::verify(&algorithm, form, &public, b"message", &value).is_ok());
        }
        assert_eq!(
            Identity::from_pkcs12(&packed, "wrong").map(drop).err(),
            Some(IdentityError::WrongPassword)
        );
    }

    #[test]
    fn pem_with_key_and_certificates() {
        let key = PrivateKey::generate_ec(Curve::P384).expect("key");
        let other = PrivateKey::generate_ec(Curve::P256).expect("key");
        let own = pem::encode("CERTIFICATE", &certificate(&key));
        let foreign = pem::encode("CERTIFICATE", &certificate(&other));
        let secret = String::from_utf8(key.to_pkcs8_pem().expect("pem").to_vec()).expect("text");

        let both = Identity::from_pem(format!("{secret}{foreign}{own}").as_bytes(), None).expect("identity");
        assert_eq!(both.key.public_key(), key.public_key());
        assert_eq!(both.chain_der.len(), 1);
        let error = |text: String| Identity::from_pem(text.as_bytes(), None).map(drop).err();
        assert_eq!(error(format!("{secret}{foreign}")), Some(IdentityError::KeyMismatch));
        assert_eq!(error(secret), Some(IdentityError::NoCertificate));
        assert_eq!(error(own), Some(IdentityError::NoKey));
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        assert_eq!(error(format!("{encrypted}{foreign}")), Some(IdentityError::Damaged));
    }

    /// A container as others could put it together: no MAC, nothing encrypted.
    fn plain(keys: &[(&PrivateKey, &str)], certificates: &[Vec<u8>]) -> Vec<u8> {
        let bag = |kind, value: Vec<u8>, name: &str| {
            let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
            let value_of = write::tlv(tag::SET, &[write::tlv(tag::BMP_STRING, &[name])]);
            let named = write::sequence(&[write::oid(oid::FRIENDLY_NAME), value_of]);
            write::sequence(&[write::oid(kind), write::context(0, &[value]), write::tlv(tag::SET, &[named])])
        };
        let data = |content: &[u8]| {
            write::sequence(&[write::oid(oid::DATA), write::context(0, &[write::octet_string(content)])])
        };
        let mut bags: Vec<Vec<u8>> = Vec::new();
        for (key, name) in keys {
            bags.push(bag(oid::KEY_BAG, key.to_pkcs8_der().expect("a key").to_vec(), name));
        }
        for der in certificates {
            let value = [write::oid(oid::X509_CERTIFICATE), write::context(0, &[write::octet_string(der)])];
            bags.push(bag(oid::CERTIFICATE_BAG, write::sequence(&value), ""));
        }
        let safe = data(&write::sequence(&bags));
        write::sequence(&[write::integer(3), data(&write::sequence(&[safe]))])
    }

    #[test]
    fn key_and_certificate_are_one_pair() {
        let key = PrivateKey::generate_ec(Curve::P256).expect("key");
        let other = PrivateKey::generate_rsa(1024).expect("key");
        let (own, foreign) = (certificate(&key), certificate(&other));
        let error = |container: &[u8]| Identity::from_pkcs12(container, "").map(drop).err();
        let opened = Identity::from_pkcs12(&plain(&[(&key, "a")], &[foreign.clone(), own.clone()]), "");
        let opened = opened.expect("opened");
        assert_eq!((opened.certificate_der, opened.chain_der), (own.clone(), vec![foreign.clone()]));
        assert_eq!(error(&plain(&[], std::slice::from_ref(&own))), Some(IdentityError::NoKey));
        assert_eq!(error(&plain(&[(&key, "a")], &[])), Some(IdentityError::NoCertificate));
        assert_eq!(
            error(&plain(&[(&key, "a")], std::slice::from_ref(&foreign))),
            Some(IdentityError::KeyMismatch)
        );
        let broken = own.get(..own.len() / 2).unwrap_or_default().to_vec();
        assert_eq!(error(&plain(&[(&key, "a")], &[broken])), Some(IdentityError::KeyMismatch));
        let three = [(&key, "AUTH_RSA256_0a"), (&other, " "), (&key, "кілт")];
        let several = error(&plain(&three, &[own.clone(), foreign.clone()])).expect("refused");
        assert!(matches!(several, IdentityError::SeveralKeys(_)));
        assert_eq!(several.to_string(), "several private keys: AUTH_RSA256_0a, #2, кілт");
        for protection in [Protection::Modern, Protection::National] {
            let packed = Identity::pack(&key, &foreign, &[], "a", "b", protection);
            assert_eq!(packed, Err(IdentityError::KeyMismatch));
            let packed = Identity::pack(&other, &foreign, std::slice::from_ref(&own), "a", "b", protection)
                .expect("packed");
            let opened = Identity::from_pkcs12(&packed, "b").expect("opened");
            assert_eq!(opened.key.public_key(), other.public_key());
            assert_eq!((opened.certificate_der, opened.chain_der), (foreign.clone(), vec![own.clone()]));
        }
    }

    #[test]
    fn pem_with_several_keys_or_an_encrypted_one() {
        let key = PrivateKey::generate_rsa(1024).expect("key");
        let own = pem::encode("CERTIFICATE", &certificate(&key));
        let open = |secret: &[u8], password: Option<&str>| {
            let text = [secret, own.as_bytes()].concat();
            Identity::from_pem(&text, password).map(|identity| identity.key.public_key())
        };
        let plain = key.to_pkcs8_pem().expect("PEM");
        assert_eq!(open(&plain, Some("of no account")), Ok(key.public_key()));
        let several = open(&[&plain[..], &plain].concat(), None).expect_err("refused");
        assert_eq!(several.to_string(), "several private keys: #1, #2");
        let aes = openssl::symm::Cipher::aes_256_cbc();
        let pkey = PKey::private_key_from_pem(&plain).expect("a key");
        let rsa = pkey.rsa().expect("RSA");
        let pkcs8 = pkey.private_key_to_pem_pkcs8_passphrase(aes, "құпия".as_bytes()).expect("PEM");
        let pkcs1 = rsa.private_key_to_pem_passphrase(aes, "құпия".as_bytes()).expect("PEM");
        for encrypted in [pkcs8, pkcs1] {
            assert_eq!(open(&encrypted, Some("құпия")), Ok(key.public_key()));
            assert_eq!(open(&encrypted, Some("wrong")), Err(IdentityError::WrongPassword));
            assert_eq!(open(&encrypted, None), Err(IdentityError::WrongPassword));
        }
        assert_eq!(open(&rsa.private_key_to_pem().expect("PEM"), None), Ok(key.public_key()));
        let cut = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
        assert_eq!(open(cut.as_bytes(), None), Err(IdentityError::Damaged));
        let unfinished = "-----BEGIN PRIVATE KEY-----\nMIIB\n";
        assert_eq!(open(unfinished.as_bytes(), None), Err(IdentityError::Damaged));
    }

    /// What opening gives, as far as tests compare it.
    fn outcome(bytes: &[u8], password: &str) -> Result<(PublicKey, Vec<u8>), IdentityError> {
        Identity::from_pkcs12(bytes, password).map(|found| (found.key.public_key(), found.certificate_der))
    }

    /// A container of a national test key.
    struct National {
        file: String,
        bytes: Vec<u8>,
        password: String,
        algorithm: String,
    }

    fn national() -> Option<Vec<National>> {
        let root = std::env::var_os("QOLTANBA_SHARED").unwrap_or_else(|| "../shared".into());
        let folder = std::path::Path::new(&root).join("kz-pki");
        let Ok(manifest) = std::fs::read(folder.join("manifest.json")) else {
            // Past the capture of passing tests, so that the skip is seen and counted.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), b"SKIPPED: shared folder not found\n");
            return None;
        };
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
        let items = manifest["items"].as_array().expect("a list");
        let text = |item: &serde_json::Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let files = items.iter().filter(|item| item["kind"] == "pkcs12").map(|item| {
            let file = text(item, "file");
            let bytes = std::fs::read(folder.join(&file)).expect("a container");
            let (password, algorithm) = (text(item, "password"), text(item, "key_algorithm"));
            National { file, bytes, password, algorithm }
        });
        Some(files.collect())
    }

    #[test]
    fn national_containers_open_or_say_why() {
        let Some(files) = national() else { return };
        assert!(files.len() >= 40, "{}", files.len());
        for National { file, bytes, password, algorithm } in &files {
            let opened = outcome(bytes, password).map(|(key, _)| key.bits());
            let expected = match algorithm.as_str() {
                "RSA" => Ok(2048),
                "GOST2004" => Ok(256),
                _ => Ok(512),
            };
            assert_eq!(opened, expected, "{file} {algorithm}");
            for wrong in ["", "wrong", &password.to_lowercase()] {
                assert_eq!(outcome(bytes, wrong), Err(IdentityError::WrongPassword), "{file}");
            }
        }
    }

    #[test]
    fn a_national_container_that_is_cut_or_changed_is_refused() {
        let Some(files) = national() else { return };
        for wanted in ["RSA", "GOST2015-512"] {
            let found = files.iter().find(|file| file.algorithm == wanted).expect("a container");
            let National { bytes, password, .. } = found;
            let whole = outcome(bytes, password);
            for cut in (0..bytes.len()).step_by(7) {
                let part = bytes.get(..cut).unwrap_or_default();
                assert_eq!(outcome(part, password), Err(IdentityError::Damaged), "{wanted} {cut}");
            }
            let mut blamed = 0;
            for at in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << (at % 8);
                let found = outcome(&changed, password);
                let refused = matches!(
                    found,
                    Err(IdentityError::WrongPassword
                        | IdentityError::Damaged
                        | IdentityError::UnsupportedProtection(_)
                        | IdentityError::Limit(_))
                );
                // What nothing depends on may change, such as a length that is written otherwise.
                assert!(refused || found == whole, "{wanted} {at}: {found:?}");
                blamed += usize::from(found == Err(IdentityError::WrongPassword));
            }
            // Where the other part of the container decrypts, the password was right and is not blamed. What is
            // left are octets that are neither, those that a key is derived from for both parts.
            assert!(blamed * 50 < bytes.len(), "{wanted}: {blamed} of {}", bytes.len());
        }
    }
}
