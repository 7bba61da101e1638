//! Keys out of passwords, and what they encrypt and authenticate: the schemes of PKCS#12 (RFC 7292
//! appendices B and C) and of PKCS#5 (RFC 8018: PBES2, PBKDF2, and PBMAC1 by RFC 9579).
//!
//! How often a password is hashed stands in the file, and a file can ask for hours. Every derivation is
//! therefore charged to a `Work` before it begins. RC2 is the `rc2` crate's, as OpenSSL has it in a provider
//! that is often not installed; the rest is OpenSSL's.

use openssl::{hash::MessageDigest, memcmp, pkcs5::pbkdf2_hmac, pkey::PKey, sign::Signer, symm};
use rc2::{
    Rc2,
    cipher::{Block, BlockCipherDecrypt as _, BlockCipherEncrypt as _},
};
use zeroize::Zeroizing;

use super::super::{Digest, DigestAlgorithm, IdentityError, random};
use crate::asn1::{Tlv, oid, tag, write};

/// Iterations for one container, over all its keys and blocks. One costs 0.1 to 0.4 µs, depending on the
/// hash, so that all take some seconds. Common tools write 1,000 to 1,000,000 for a key. A fuzzer has no
/// time for them.
const MAX_ITERATIONS: u64 = if cfg!(fuzzing) { 10_000 } else { 10_000_000 };

/// What a container may still cost.
pub(super) struct Work(u64);

impl Work {
    pub(super) fn new() -> Self {
        Self(MAX_ITERATIONS)
    }

    /// Takes what a key of `length` octets costs, made in blocks of `block` octets.
    fn spend(&mut self, iterations: u32, length: usize, block: usize) -> Result<(), IdentityError> {
        let blocks = u64::try_from(length.div_ceil(block.max(1))).unwrap_or(u64::MAX);
        let left = self.0.checked_sub(u64::from(iterations).saturating_mul(blocks));
        self.0 = left.ok_or(IdentityError::Limit("pkcs12_iterations"))?;
        Ok(())
    }
}

/// A password as the two standards write it.
pub(super) struct Password<'a> {
    /// UTF-8, for PBKDF2.
    text: &'a str,
    /// BMPString with two zero octets at its end, for PKCS#12 (RFC 7292 B.1).
    wide: Zeroizing<Vec<u8>>,
}

impl<'a> Password<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut wide = Zeroizing::new(Vec::with_capacity(text.len().saturating_mul(2).saturating_add(2)));
        wide.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        wide.extend([0, 0]);
        Self { text, wide }
    }

    /// The forms in which programs take `text`: an empty password is to some no octets at all.
    pub(super) fn forms(text: &'a str) -> Vec<Self> {
        let mut forms = vec![Self::new(text)];
        if text.is_empty() {
            forms.push(Self { text, wide: Zeroizing::default() });
        }
        forms
    }
}

/// How often, and with what salt, a password is hashed.
struct Derivation {
    hash: DigestAlgorithm,
    salt: Vec<u8>,
    iterations: u32,
}

/// What PKCS#12 derives, by the octet that it begins with (RFC 7292 B.3).
#[derive(Clone, Copy)]
enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

impl Derivation {
    /// RFC 7292 B.2.
    fn pkcs12(
        &self,
        password: &Password<'_>,
        purpose: Purpose,
        length: usize,
        work: &mut Work,
    ) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
        let size = self.hash.output_len();
        work.spend(self.iterations, length, size)?;
        let v = match self.hash {
            DigestAlgorithm::Sha384 | DigestAlgorithm::Sha512 => 128,
            _ => 64,
        };
        let filled =
            |octets: &[u8], to: usize| -> Vec<u8> { octets.iter().copied().cycle().take(to).collect() };
        let salt = filled(&self.salt, self.salt.len().next_multiple_of(v));
        let mut input = Zeroizing::new(Vec::with_capacity(salt.len() + password.wide.len() + v));
        input.extend_from_slice(&salt);
        input.extend(password.wide.iter().copied().cycle().take(password.wide.len().next_multiple_of(v)));
        let diversifier = vec![purpose as u8; v];
        let mut key = Zeroizing::new(Vec::with_capacity(length + size));
        loop {
            let mut state = Digest::new(self.hash);
            state.update(&diversifier);
            state.update(&input);
            let mut block = state.finish();
            for _ in 1..self.iterations {
                block = super::super::digest(self.hash, &block);
            }
            key.extend_from_slice(&block);
            if key.len() >= length || block.is_empty() {
                break;
            }
            let addend = Zeroizing::new(filled(&block, v));
            for part in input.chunks_mut(v) {
                // part + addend + 1, modulo 2 to the 8v.
                let mut carry = 1u16;
                for (octet, add) in part.iter_mut().zip(addend.iter()).rev() {
                    let sum = u16::from(*octet) + u16::from(*add) + carry;
                    *octet = sum.to_le_bytes()[0];
                    carry = sum >> 8;
                }
            }
        }
        key.truncate(length);
        Ok(key)
    }

    /// RFC 8018 5.2.
    fn pbkdf2(
        &self,
        password: &Password<'_>,
        length: usize,
        work: &mut Work,
    ) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
        work.spend(self.iterations, length, self.hash.output_len())?;
        let iterations = usize::try_from(self.iterations).map_err(|_| IdentityError::Library)?;
        let mut key = Zeroizing::new(vec![0; length]);
        pbkdf2_hmac(password.text.as_bytes(), &self.salt, iterations, library(self.hash)?, &mut key)
            .map_err(|_| IdentityError::Library)?;
        Ok(key)
    }

    /// PBKDF2 with the length of the key if that is named (RFC 8018 A.2).
    fn from_pbkdf2(algorithm: Tlv<'_>) -> Result<(Self, Option<u32>), IdentityError> {
        let (name, parameters) = identifier(algorithm)?;
        if name != oid::PBKDF2 {
            return Err(IdentityError::UnsupportedProtection(name));
        }
        let mut fields = parameters.ok_or(IdentityError::Damaged)?.expect(tag::SEQUENCE)?.reader();
        // The other choice, an algorithm that makes the salt, nobody has defined.
        let salt = fields.take(tag::OCTET_STRING)?.content.to_vec();
        let iterations = positive(fields.next()?)?;
        let length = fields.optional(tag::INTEGER)?.map(positive).transpose()?;
        let hash = match fields.optional(tag::SEQUENCE)? {
            None => DigestAlgorithm::Sha1,
            Some(prf) => hmac_hash(prf)?,
        };
        fields.finish()?;
        Ok((Self { hash, salt, iterations }, length))
    }

    fn to_pbkdf2(&self) -> Vec<u8> {
        write::sequence(&[
            write::oid(oid::PBKDF2),
            write::sequence(&[
                write::octet_string(&self.salt),
                write::integer(self.iterations),
                write::sequence(&[write::oid(oid::HMAC_SHA256), write::null()]),
            ]),
        ])
    }
}

/// Name and parameters of an AlgorithmIdentifier (RFC 5280 4.1.1.2).
fn identifier(algorithm: Tlv<'_>) -> Result<(String, Option<Tlv<'_>>), IdentityError> {
    let mut fields = algorithm.expect(tag::SEQUENCE)?.reader();
    let name = fields.take(tag::OID)?.oid()?;
    let parameters = if fields.is_empty() { None } else { Some(fields.next()?) };
    fields.finish()?;
    Ok((name, parameters))
}

/// A count: not 0, and not above what memory could be asked for.
fn positive(value: Tlv<'_>) -> Result<u32, IdentityError> {
    let magnitude = value.unsigned()?;
    if magnitude.len() > 4 {
        return Err(IdentityError::Limit("pkcs12_iterations"));
    }
    match magnitude.iter().fold(0, |sum, &octet| (sum << 8) | u32::from(octet)) {
        0 => Err(IdentityError::Damaged),
        value => Ok(value),
    }
}

fn null_or_absent(parameters: Option<Tlv<'_>>) -> Result<(), IdentityError> {
    let is_null = |parameters: Tlv<'_>| parameters.tag == tag::NULL && parameters.content.is_empty();
    if parameters.is_none_or(is_null) { Ok(()) } else { Err(IdentityError::Damaged) }
}

fn hmac_hash(prf: Tlv<'_>) -> Result<DigestAlgorithm, IdentityError> {
    let (name, parameters) = identifier(prf)?;
    null_or_absent(parameters)?;
    match name.as_str() {
        oid::HMAC_SHA1 => Ok(DigestAlgorithm::Sha1),
        oid::HMAC_SHA224 => Ok(DigestAlgorithm::Sha224),
        oid::HMAC_SHA256 => Ok(DigestAlgorithm::Sha256),
        oid::HMAC_SHA384 => Ok(DigestAlgorithm::Sha384),
        oid::HMAC_SHA512 => Ok(DigestAlgorithm::Sha512),
        _ => Err(IdentityError::UnsupportedProtection(name)),
    }
}

fn library(hash: DigestAlgorithm) -> Result<MessageDigest, IdentityError> {
    match hash {
        DigestAlgorithm::Sha1 => Ok(MessageDigest::sha1()),
        DigestAlgorithm::Sha224 => Ok(MessageDigest::sha224()),
        DigestAlgorithm::Sha256 => Ok(MessageDigest::sha256()),
        DigestAlgorithm::Sha384 => Ok(MessageDigest::sha384()),
        DigestAlgorithm::Sha512 => Ok(MessageDigest::sha512()),
        other => Err(IdentityError::UnsupportedProtection(other.oid().to_owned())),
    }
}

/// A block cipher in CBC mode with the padding of RFC 8018 6.1.1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cipher {
    /// All octets of the key are effective.
    Rc2,
    TripleDes,
    Aes,
}

/// Ciphers by name, with the octets of their keys: what PKCS#12 derives with SHA-1 (RFC 7292 C), and what
/// PBES2 takes (RFC 8018 B.2).
type Ciphers = [(&'static str, Cipher, usize); 4];
const PKCS12: Ciphers = [
    (oid::PBE_SHA1_3KEY_3DES, Cipher::TripleDes, 24),
    (oid::PBE_SHA1_2KEY_3DES, Cipher::TripleDes, 16),
    (oid::PBE_SHA1_RC2_128, Cipher::Rc2, 16),
    (oid::PBE_SHA1_RC2_40, Cipher::Rc2, 5),
];
const PBES2: Ciphers = [
    (oid::AES256_CBC, Cipher::Aes, 32),
    (oid::AES192_CBC, Cipher::Aes, 24),
    (oid::AES128_CBC, Cipher::Aes, 16),
    (oid::DES_EDE3_CBC, Cipher::TripleDes, 24),
];

/// How something is encrypted by a password.
pub(super) struct Encryption {
    derivation: Derivation,
    name: &'static str,
    cipher: Cipher,
    key_len: usize,
    /// Of PBES2; PKCS#12 derives it as it does the key.
    iv: Option<Vec<u8>>,
}

impl Encryption {
    /// From an AlgorithmIdentifier.
    ///
    /// # Errors
    /// `UnsupportedProtection` with the identifier, `Damaged`, `Limit`.
    pub(super) fn from_der(algorithm: Tlv<'_>) -> Result<Self, IdentityError> {
        let (scheme, parameters) = identifier(algorithm)?;
        let known = |table: &Ciphers, name: &str| {
            let row = table.iter().find(|row| row.0 == name);
            row.copied().ok_or_else(|| IdentityError::UnsupportedProtection(name.to_owned()))
        };
        if scheme != oid::PBES2 {
            let (name, cipher, key_len) = known(&PKCS12, &scheme)?;
            let mut fields = parameters.ok_or(IdentityError::Damaged)?.expect(tag::SEQUENCE)?.reader();
            let salt = fields.take(tag::OCTET_STRING)?.content.to_vec();
            let iterations = positive(fields.next()?)?;
            fields.finish()?;
            let derivation = Derivation { hash: DigestAlgorithm::Sha1, salt, iterations };
            return Ok(Self { derivation, name, cipher, key_len, iv: None });
        }
        let mut fields = parameters.ok_or(IdentityError::Damaged)?.expect(tag::SEQUENCE)?.reader();
        let (derivation, length) = Derivation::from_pbkdf2(fields.next()?)?;
        let (cipher, iv) = identifier(fields.next()?)?;
        fields.finish()?;
        let (name, cipher, key_len) = known(&PBES2, &cipher)?;
        let iv = iv.ok_or(IdentityError::Damaged)?.expect(tag::OCTET_STRING)?.content.to_vec();
        let fits = length.is_none_or(|length| usize::try_from(length) == Ok(key_len));
        if !fits || iv.len() != cipher.block_len() {
            return Err(IdentityError::Damaged);
        }
        Ok(Self { derivation, name, cipher, key_len, iv: Some(iv) })
    }

    /// PBES2 with AES-256 and HMAC-SHA-256.
    pub(super) fn modern(iterations: u32) -> Result<Self, IdentityError> {
        let derivation =
            Derivation { hash: DigestAlgorithm::Sha256, salt: random::<16>()?.to_vec(), iterations };
        let iv = Some(random::<16>()?.to_vec());
        Ok(Self { derivation, name: oid::AES256_CBC, cipher: Cipher::Aes, key_len: 32, iv })
    }

    /// Of PKCS#12: 3DES with three keys.
    pub(super) fn triple_des(iterations: u32) -> Result<Self, IdentityError> {
        Self::pkcs12(&PKCS12[0], iterations)
    }

    /// Of PKCS#12: RC2 with a key of 40 bits. Good for nothing but being read by what expects it.
    pub(super) fn rc2_40(iterations: u32) -> Result<Self, IdentityError> {
        Self::pkcs12(&PKCS12[3], iterations)
    }

    fn pkcs12(row: &(&'static str, Cipher, usize), iterations: u32) -> Result<Self, IdentityError> {
        let (name, cipher, key_len) = *row;
        let derivation =
            Derivation { hash: DigestAlgorithm::Sha1, salt: random::<20>()?.to_vec(), iterations };
        Ok(Self { derivation, name, cipher, key_len, iv: None })
    }

    /// The AlgorithmIdentifier of what is written here.
    pub(super) fn to_der(&self) -> Vec<u8> {
        let Some(iv) = &self.iv else {
            let salt = write::octet_string(&self.derivation.salt);
            let parameters = write::sequence(&[salt, write::integer(self.derivation.iterations)]);
            return write::sequence(&[write::oid(self.name), parameters]);
        };
        let cipher = write::sequence(&[write::oid(self.name), write::octet_string(iv)]);
        let parameters = write::sequence(&[self.derivation.to_pbkdf2(), cipher]);
        write::sequence(&[write::oid(oid::PBES2), parameters])
    }

    /// The plain text. That it is one the padding tells, which one in 256 wrong passwords passes.
    ///
    /// # Errors
    /// `WrongPassword`; `Damaged` when no password gives a plain text; `Limit`.
    pub(super) fn decrypt(
        &self,
        octets: &[u8],
        password: &Password<'_>,
        work: &mut Work,
    ) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
        if octets.is_empty() || !octets.len().is_multiple_of(self.cipher.block_len()) {
            return Err(IdentityError::Damaged);
        }
        let (key, iv) = self.key_and_iv(password, work)?;
        let Some(cipher) = self.cipher.library(key.len()) else {
            return rc2_decrypt(&key, &iv, octets).ok_or(IdentityError::WrongPassword);
        };
        symm::decrypt(cipher, &key, Some(&iv), octets)
            .map(Zeroizing::new)
            .map_err(|_| IdentityError::WrongPassword)
    }

    /// The ciphertext.
    ///
    /// # Errors
    /// `Library`.
    pub(super) fn encrypt(&self, plain: &[u8], password: &Password<'_>) -> Result<Vec<u8>, IdentityError> {
        let (key, iv) = self.key_and_iv(password, &mut Work::new())?;
        match self.cipher.library(key.len()) {
            None => Ok(rc2_encrypt(&key, &iv, plain)),
            Some(cipher) => symm::encrypt(cipher, &key, Some(&iv), plain).map_err(|_| IdentityError::Library),
        }
    }

    fn key_and_iv(
        &self,
        password: &Password<'_>,
        work: &mut Work,
    ) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), IdentityError> {
        if let Some(iv) = &self.iv {
            return Ok((self.derivation.pbkdf2(password, self.key_len, work)?, iv.clone()));
        }
        let mut key = self.derivation.pkcs12(password, Purpose::Key, self.key_len, work)?;
        let iv = self.derivation.pkcs12(password, Purpose::Iv, self.cipher.block_len(), work)?.to_vec();
        if self.cipher == Cipher::TripleDes && key.len() == 16 {
            // Two keys are K1, K2, K1.
            key.extend_from_within(..8);
        }
        Ok((key, iv))
    }
}

impl Cipher {
    fn block_len(self) -> usize {
        if self == Self::Aes { 16 } else { 8 }
    }

    fn library(self, key_len: usize) -> Option<symm::Cipher> {
        match (self, key_len) {
            (Self::Rc2, _) => None,
            (Self::TripleDes, _) => Some(symm::Cipher::des_ede3_cbc()),
            (Self::Aes, 16) => Some(symm::Cipher::aes_128_cbc()),
            (Self::Aes, 24) => Some(symm::Cipher::aes_192_cbc()),
            (Self::Aes, _) => Some(symm::Cipher::aes_256_cbc()),
        }
    }
}

/// `None`: the padding is none.
fn rc2_decrypt(key: &[u8], iv: &[u8], octets: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = Rc2::new_with_eff_key_len(key, key.len() * 8);
    let mut plain = Zeroizing::new(Vec::with_capacity(octets.len()));
    let mut before = iv;
    for chunk in octets.chunks_exact(8) {
        let mut block = Block::<Rc2>::try_from(chunk).ok()?;
        cipher.decrypt_block(&mut block);
        plain.extend(block.iter().zip(before).map(|(octet, mask)| octet ^ mask));
        before = chunk;
    }
    let padding = *plain.last()?;
    let kept = plain.len().checked_sub(usize::from(padding))?;
    let is_padding = (1..=8).contains(&padding) && plain.get(kept..)?.iter().all(|octet| *octet == padding);
    plain.truncate(kept);
    is_padding.then_some(plain)
}

fn rc2_encrypt(key: &[u8], iv: &[u8], plain: &[u8]) -> Vec<u8> {
    let cipher = Rc2::new_with_eff_key_len(key, key.len() * 8);
    let padding = 8 - plain.len() % 8;
    let mut padded = Zeroizing::new(Vec::with_capacity(plain.len() + padding));
    padded.extend_from_slice(plain);
    padded.extend(std::iter::repeat_n(padding.to_le_bytes()[0], padding));
    let mut out = Vec::with_capacity(padded.len());
    let mut before: Block<Rc2> = iv.iter().copied().collect();
    for chunk in padded.chunks_exact(8) {
        let mut block: Block<Rc2> = before.iter().zip(chunk).map(|(mask, octet)| mask ^ octet).collect();
        cipher.encrypt_block(&mut block);
        out.extend_from_slice(&block);
        before = block;
    }
    out
}

/// The code that authenticates a container (RFC 7292 4, MacData; RFC 9579 2).
pub(super) struct Mac {
    derivation: Derivation,
    /// Of HMAC.
    hash: DigestAlgorithm,
    /// Octets of the key with PBMAC1; PKCS#12 derives as many as the hash has.
    pbmac1: Option<usize>,
    value: Vec<u8>,
}

/// PBMAC1 names a length; longer than a block of any hash it would only be hashed again.
const MAX_MAC_KEY: u32 = 1024;

impl Mac {
    /// From a MacData.
    ///
    /// # Errors
    /// As [`Encryption::from_der`].
    pub(super) fn from_der(data: Tlv<'_>) -> Result<Self, IdentityError> {
        let mut fields = data.expect(tag::SEQUENCE)?.reader();
        let mut info = fields.take(tag::SEQUENCE)?.reader();
        let (name, parameters) = identifier(info.next()?)?;
        let value = info.take(tag::OCTET_STRING)?.content.to_vec();
        info.finish()?;
        let salt = fields.take(tag::OCTET_STRING)?.content.to_vec();
        let iterations = fields.optional(tag::INTEGER)?.map_or(Ok(1), positive)?;
        fields.finish()?;
        if name != oid::PBMAC1 {
            let hash = DigestAlgorithm::from_oid(&name).ok_or(IdentityError::UnsupportedProtection(name))?;
            library(hash)?;
            null_or_absent(parameters)?;
            return Ok(Self { derivation: Derivation { hash, salt, iterations }, hash, pbmac1: None, value });
        }
        // Salt and iterations besides are of no account (RFC 9579 4).
        let mut fields = parameters.ok_or(IdentityError::Damaged)?.expect(tag::SEQUENCE)?.reader();
        let (derivation, length) = Derivation::from_pbkdf2(fields.next()?)?;
        let hash = hmac_hash(fields.next()?)?;
        fields.finish()?;
        let length = length.filter(|length| *length <= MAX_MAC_KEY).ok_or(IdentityError::Damaged)?;
        Ok(Self { derivation, hash, pbmac1: usize::try_from(length).ok(), value })
    }

    /// The DER of a MacData over `content`, with a key as PKCS#12 derives it.
    pub(super) fn make(
        hash: DigestAlgorithm,
        iterations: u32,
        content: &[u8],
        password: &Password<'_>,
    ) -> Result<Vec<u8>, IdentityError> {
        let derivation = Derivation { hash, salt: random::<20>()?.to_vec(), iterations };
        let mac = Self { derivation, hash, pbmac1: None, value: Vec::new() };
        let value = mac.compute(content, password, &mut Work::new())?;
        let algorithm = write::sequence(&[write::oid(hash.oid()), write::null()]);
        Ok(write::sequence(&[
            write::sequence(&[algorithm, write::octet_string(&value)]),
            write::octet_string(&mac.derivation.salt),
            write::integer(iterations),
        ]))
    }

    /// Whether it is that of `content`.
    ///
    /// # Errors
    /// `Limit`, `Library`.
    pub(super) fn matches(
        &self,
        content: &[u8],
        password: &Password<'_>,
        work: &mut Work,
    ) -> Result<bool, IdentityError> {
        let computed = self.compute(content, password, work)?;
        Ok(computed.len() == self.value.len() && memcmp::eq(&computed, &self.value))
    }

    fn compute(
        &self,
        content: &[u8],
        password: &Password<'_>,
        work: &mut Work,
    ) -> Result<Vec<u8>, IdentityError> {
        let key = match self.pbmac1 {
            Some(length) => self.derivation.pbkdf2(password, length, work)?,
            None => self.derivation.pkcs12(password, Purpose::Mac, self.hash.output_len(), work)?,
        };
        let hash = library(self.hash)?;
        PKey::hmac(&key)
            .and_then(|key| Signer::new(hash, &key)?.sign_oneshot_to_vec(content))
            .map_err(|_| IdentityError::Library)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::Reader;

    fn hex(octets: &[u8]) -> String {
        octets.iter().map(|octet| format!("{octet:02X}")).collect()
    }

    /// `openssl kdf ... PKCS12KDF`.
    #[test]
    fn keys_of_pkcs12_are_those_of_openssl() {
        use DigestAlgorithm::*;
        let long: Vec<u8> = (1..=0x42).collect();
        for (hash, password, salt, iterations, purpose, expected) in [
            (
                Sha1,
                "smeg",
                &[0x0a, 0x58, 0xcf, 0x64, 0x53, 0x0d, 0x82, 0x3f][..],
                1,
                Purpose::Key,
                "8AAAE6297B6CB04642AB5B077851284EB7128F1A2A7FBCA3",
            ),
            (
                Sha1,
                "smeg",
                &[0x0a, 0x58, 0xcf, 0x64, 0x53, 0x0d, 0x82, 0x3f],
                1,
                Purpose::Iv,
                "79993DFE048D3B76",
            ),
            (
                Sha1,
                "queeg",
                &[0x05, 0xde, 0xc9, 0x59, 0xac, 0xff, 0x72, 0xf7],
                1000,
                Purpose::Key,
                "ED2034E36328830FF09DF1E1A07DD357185DAC0D4F9EB3D4",
            ),
            (
                Sha1,
                "queeg",
                &[0x05, 0xde, 0xc9, 0x59, 0xac, 0xff, 0x72, 0xf7],
                1000,
                Purpose::Mac,
                "8E6F200E446345E726B49EF9C7899EDD9C498401",
            ),
            (
                Sha1,
                "",
                &[1, 2, 3, 4, 5, 6, 7, 8],
                3,
                Purpose::Key,
                "C3CBF6220D52E0173DB485A193F6EA56442CD05873509168",
            ),
            (
                Sha224,
                "Құпия 🔑",
                &[1, 2, 3, 4, 5],
                7,
                Purpose::Iv,
                "1E6EF5357AB89E76D1BB50C4C69AF08EAB600FBD2F7B6BDD2C10C770DA6B8AC47C8D9526F6720B14",
            ),
            (
                Sha256,
                "Құпия 🔑",
                &long,
                7,
                Purpose::Key,
                "3632296F603204D37B9118B7C67318CE92798E785513A15AFCB413BB5CD455951B0561DD696D06D05B6717FA3CD39C\
                 BB16C81FB4B876285C728D214E2EA4FD471965B07FE06EABA4D416088BD1970FAA7772557B479FAC0ABA1E6D60886C16\
                 F1133EF217",
            ),
            (
                Sha384,
                "Құпия 🔑",
                &[1, 2, 3, 4, 5],
                7,
                Purpose::Iv,
                "D30F8D8CB157B11798D11D0134961813247B3479D55C218F92ACB9D5CF4E5667C3BAD8A0F87A2FA7851FCB81A8742D\
                 6929605C791253E50F440BE77CFAABE8A20940D28148F9B0DDC9C6772A020F5319B84E286207CEBE38B10FAA4A267416\
                 C3E5429574",
            ),
            (
                Sha512,
                "Құпия 🔑",
                &[1, 2, 3, 4, 5],
                7,
                Purpose::Mac,
                "064CB35526EE8F06705C8157CB61E5EE24EFE331DF17852787079E0CDB223878E736DC8F5041A456275FE9249B7F53\
                 1A7D724D3EBE81B4B129B8769DE8FCB4C4F6AABA3065B1CE3083FCF8BA90CE0FD9C266565F597A1D01A2AB14BB7C53B8\
                 AE8DD61E87",
            ),
        ] {
            let derivation = Derivation { hash, salt: salt.to_vec(), iterations };
            let length = expected.len() / 2;
            let key = derivation.pkcs12(&Password::new(password), purpose, length, &mut Work::new());
            assert_eq!(hex(&key.expect("a key")), expected, "{hash:?} {password}");
        }
    }

    /// `openssl enc -rc2-40-cbc` and `-rc2-cbc`.
    #[test]
    fn rc2_is_that_of_openssl() {
        let iv: Vec<u8> = (0..8).collect();
        let short: Vec<u8> = (1..=5).collect();
        let long: Vec<u8> = (1..=16).collect();
        for (key, plain, expected) in [
            (&short, &b"thirteen here"[..], "07250EC34EED1EE03F72D776A7228D59"),
            (&short, b"sixteen octets!!", "99BDC3904178DDB01ECE40BCF0C891A3D2294993E5532C33"),
            (&long, b"thirteen here", "3FCAD0F6A7C86F9BBD48E9203BDEA93F"),
            (&long, b"sixteen octets!!", "8CF468A8D1F453778D015623E1136C50227E7F018CB1D08A"),
        ] {
            let octets = rc2_encrypt(key, &iv, plain);
            assert_eq!(hex(&octets), expected);
            assert_eq!(rc2_decrypt(key, &iv, &octets).as_deref().map(Vec::as_slice), Some(plain));
            assert_eq!(rc2_decrypt(key, &iv, &octets[..8]), None, "no padding");
        }
    }

    #[test]
    fn work_is_counted_over_blocks_and_keys() {
        let password = Password::new("word");
        let derive = |iterations, length, work: &mut Work| {
            let derivation = Derivation { hash: DigestAlgorithm::Sha256, salt: vec![1], iterations };
            derivation.pbkdf2(&password, length, work)
        };
        let mut work = Work(30);
        assert!(derive(10, 32, &mut work).is_ok());
        let limit = IdentityError::Limit("pkcs12_iterations");
        assert_eq!(derive(10, 65, &mut work), Err(limit.clone()));
        assert!(derive(10, 64, &mut work).is_ok());
        assert_eq!(derive(1, 1, &mut work), Err(limit));
    }

    #[test]
    fn every_scheme_decrypts_what_it_encrypted_and_nothing_else() {
        let password = Password::new("word");
        let salt = write::octet_string(&[7; 20]);
        let pkcs12 = PKCS12.map(|(name, ..)| {
            write::sequence(&[write::oid(name), write::sequence(&[salt.clone(), write::integer(3)])])
        });
        let hmacs = [oid::HMAC_SHA1, oid::HMAC_SHA224, oid::HMAC_SHA256, oid::HMAC_SHA384, oid::HMAC_SHA512];
        let pbes2 = |(name, cipher, _): (&str, Cipher, usize), prf: Option<&str>, length: Option<u32>| {
            let mut fields = vec![salt.clone(), write::integer(3)];
            fields.extend(length.map(write::integer));
            fields.extend(prf.map(|prf| write::sequence(&[write::oid(prf), write::null()])));
            let derivation = write::sequence(&[write::oid(oid::PBKDF2), write::sequence(&fields)]);
            let iv = write::octet_string(&vec![9; cipher.block_len()]);
            let cipher = write::sequence(&[write::oid(name), iv]);
            write::sequence(&[write::oid(oid::PBES2), write::sequence(&[derivation, cipher])])
        };
        let mut schemes: Vec<Vec<u8>> = pkcs12.into();
        for row in PBES2 {
            let length = u32::try_from(row.2).expect("a length");
            schemes.extend(hmacs.map(|prf| pbes2(row, Some(prf), Some(length))));
        }
        let mut seen = Vec::new();
        for der in &schemes {
            let algorithm = Reader::single(der).expect("DER");
            let encryption = Encryption::from_der(algorithm).expect("a scheme");
            let octets = encryption.encrypt(b"the plain text", &password).expect("encrypted");
            assert!(!seen.contains(&octets));
            let decrypt = |octets: &[u8], word| {
                encryption.decrypt(octets, &Password::new(word), &mut Work::new()).map(|plain| plain.to_vec())
            };
            assert_eq!(decrypt(&octets, "word").as_deref(), Ok(&b"the plain text"[..]));
            // One wrong password in 256 gives a padding.
            assert_ne!(decrypt(&octets, "world").as_deref(), Ok(&b"the plain text"[..]));
            assert_eq!(decrypt(&octets[1..], "word"), Err(IdentityError::Damaged));
            assert_eq!(decrypt(&[], "word"), Err(IdentityError::Damaged));
            seen.push(octets);
        }
        // Without a name the hash is SHA-1.
        let [named, unnamed] = [Some(oid::HMAC_SHA1), None].map(|prf| {
            let der = pbes2(PBES2[0], prf, None);
            let encryption = Encryption::from_der(Reader::single(&der).expect("DER")).expect("a scheme");
            encryption.encrypt(b"the plain text", &password).expect("encrypted")
        });
        assert_eq!(named, unnamed);
        // A length of the key that the cipher does not have, an IV of another length.
        for der in
            [pbes2(PBES2[0], None, Some(16)), pbes2((oid::AES256_CBC, Cipher::TripleDes, 32), None, None)]
        {
            let algorithm = Reader::single(&der).expect("DER");
            assert_eq!(Encryption::from_der(algorithm).map(drop), Err(IdentityError::Damaged));
        }
    }
}
