//! Hashing, streaming or in one go. SHA-2 is the `sha2` crate's, which needs no provider lookup per
//! value; SHA-1 comes from OpenSSL.

use std::{fmt, ops::Deref};

use sha2::Digest as _;

use super::DigestAlgorithm;

/// A hash in the making.
#[derive(Clone)]
pub struct Digest(State);

#[derive(Clone)]
enum State {
    Sha1(Box<openssl::sha::Sha1>),
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
}

impl Digest {
    /// Of nothing yet.
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        Self(match algorithm {
            DigestAlgorithm::Sha1 => State::Sha1(Box::new(openssl::sha::Sha1::new())),
            DigestAlgorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            DigestAlgorithm::Sha384 => State::Sha384(sha2::Sha384::new()),
            DigestAlgorithm::Sha512 => State::Sha512(sha2::Sha512::new()),
        })
    }

    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha1(state) => state.update(bytes),
            State::Sha256(state) => state.update(bytes),
            State::Sha384(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
        }
    }

    /// The value.
    pub fn finish(self) -> DigestOutput {
        match self.0 {
            State::Sha1(state) => DigestOutput::from(&state.finish()),
            State::Sha256(state) => DigestOutput::from(state.finalize().as_slice()),
            State::Sha384(state) => DigestOutput::from(state.finalize().as_slice()),
            State::Sha512(state) => DigestOutput::from(state.finalize().as_slice()),
        }
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")
    }
}

/// A hash value of at most 64 octets, kept in place.
#[derive(Clone, Copy)]
pub struct DigestOutput {
    bytes: [u8; 64],
    len: usize,
}

impl DigestOutput {
    fn from(value: &[u8]) -> Self {
        let mut bytes = [0u8; 64];
        for (to, from) in bytes.iter_mut().zip(value) {
            *to = *from;
        }
        Self { bytes, len: value.len().min(64) }
    }
}

impl Deref for DigestOutput {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&self.bytes)
    }
}

impl AsRef<[u8]> for DigestOutput {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl PartialEq for DigestOutput {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for DigestOutput {}

impl fmt::Debug for DigestOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

/// Hash of `bytes` in one go.
pub fn digest(algorithm: DigestAlgorithm, bytes: &[u8]) -> DigestOutput {
    let mut state = Digest::new(algorithm);
    state.update(bytes);
    state.finish()
}

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_of_abc() {
        let hex = |a| format!("{:?}", digest(a, b"abc"));
        assert_eq!(hex(DigestAlgorithm::Sha1), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            hex(DigestAlgorithm::Sha256),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(hex(DigestAlgorithm::Sha384).starts_with("cb00753f45a35e8b"));
        assert!(hex(DigestAlgorithm::Sha512).starts_with("ddaf35a193617aba"));
        for a in
            [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512]
        {
            assert_eq!(digest(a, b"").len(), a.output_len());
            assert_eq!(DigestAlgorithm::from_uri(a.uri()), Some(a));
        }
    }
}
