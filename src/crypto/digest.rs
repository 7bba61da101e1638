//! Hashing, streaming or in one go. SHA-2 is the `sha2` crate's, which needs no provider lookup per
//! value; Streebog is that of the crate of this name, GOST 34.311-95 ours; the others come from OpenSSL, and of those only SHA-1 is there in every build.

use std::{fmt, ops::Deref, sync::OnceLock};

use openssl::{hash::Hasher, hash::MessageDigest, md::MdRef, nid::Nid};
use sha2::Digest as _;

use super::{DigestAlgorithm, gost34311::Gost34311};

/// A hash in the making.
#[derive(Clone)]
pub struct Digest(State);

/// The larger states lie elsewhere, as one is moved several times.
#[derive(Clone)]
enum State {
    Sha1(Box<openssl::sha::Sha1>),
    Sha224(sha2::Sha224),
    Sha256(sha2::Sha256),
    Sha384(Box<sha2::Sha384>),
    Sha512(Box<sha2::Sha512>),
    Streebog256(Box<streebog::Streebog256>),
    Streebog512(Box<streebog::Streebog512>),
    Gost34311(Box<Gost34311>),
    /// Empty once the library has failed.
    Provided(Box<Option<Hasher>>),
}

impl Digest {
    /// Of nothing yet.
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        Self(match algorithm {
            DigestAlgorithm::Sha1 => State::Sha1(Box::new(openssl::sha::Sha1::new())),
            DigestAlgorithm::Sha224 => State::Sha224(sha2::Sha224::new()),
            DigestAlgorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            DigestAlgorithm::Sha384 => State::Sha384(Box::new(sha2::Sha384::new())),
            DigestAlgorithm::Sha512 => State::Sha512(Box::new(sha2::Sha512::new())),
            DigestAlgorithm::Streebog256 => State::Streebog256(Box::new(streebog::Streebog256::new())),
            DigestAlgorithm::Streebog512 => State::Streebog512(Box::new(streebog::Streebog512::new())),
            DigestAlgorithm::Gost34311 => State::Gost34311(Box::new(Gost34311::new())),
            DigestAlgorithm::GostR3411 => State::Gost34311(Box::new(Gost34311::with_boxes_of_cryptopro())),
            _ => State::Provided(Box::new(hasher(algorithm))),
        })
    }

    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha1(state) => state.update(bytes),
            State::Sha224(state) => state.update(bytes),
            State::Sha256(state) => state.update(bytes),
            State::Sha384(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
            State::Streebog256(state) => update_streebog(&mut **state, bytes),
            State::Streebog512(state) => update_streebog(&mut **state, bytes),
            State::Gost34311(state) => state.update(bytes),
            State::Provided(state) => {
                if state.as_mut().as_mut().is_some_and(|hasher| hasher.update(bytes).is_err()) {
                    **state = None;
                }
            }
        }
    }

    /// The value. It is empty when this build of OpenSSL lacks the algorithm, which no lookup by
    /// identifier lets happen, or when it failed; [`DigestOutput::matches`] is then false for every value.
    pub fn finish(self) -> DigestOutput {
        match self.0 {
            State::Sha1(state) => DigestOutput::from(&state.finish()),
            State::Sha224(state) => DigestOutput::from(state.finalize().as_slice()),
            State::Sha256(state) => DigestOutput::from(state.finalize().as_slice()),
            State::Sha384(state) => DigestOutput::from(state.finalize().as_slice()),
            State::Sha512(state) => DigestOutput::from(state.finalize().as_slice()),
            State::Streebog256(state) => DigestOutput::from(state.finalize().as_slice()),
            State::Streebog512(state) => DigestOutput::from(state.finalize().as_slice()),
            State::Gost34311(state) => DigestOutput::from(state.finalize().as_slice()),
            State::Provided(mut state) => {
                let value = state.as_mut().as_mut().and_then(|hasher| hasher.finish().ok());
                DigestOutput::from(value.as_deref().unwrap_or_default())
            }
        }
    }
}

/// A function of its own, so that the profile of release builds, which does not know Streebog, says
/// nothing of it: as a part of [`Digest::update`] it takes a tenth more instructions.
#[inline(never)]
fn update_streebog(state: &mut impl sha2::digest::Update, octets: &[u8]) {
    state.update(octets);
}

fn hasher(algorithm: DigestAlgorithm) -> Option<Hasher> {
    MessageDigest::from_nid(nid(algorithm)).and_then(|digest| Hasher::new(digest).ok())
}

/// What OpenSSL calls it; nothing for the national ones, which are not its own here.
fn nid(algorithm: DigestAlgorithm) -> Nid {
    match algorithm {
        DigestAlgorithm::Streebog256
        | DigestAlgorithm::Streebog512
        | DigestAlgorithm::Gost34311
        | DigestAlgorithm::GostR3411 => Nid::UNDEF,
        DigestAlgorithm::Md5 => Nid::MD5,
        DigestAlgorithm::Ripemd160 => Nid::RIPEMD160,
        DigestAlgorithm::Sha1 => Nid::SHA1,
        DigestAlgorithm::Sha224 => Nid::SHA224,
        DigestAlgorithm::Sha256 => Nid::SHA256,
        DigestAlgorithm::Sha384 => Nid::SHA384,
        DigestAlgorithm::Sha512 => Nid::SHA512,
        DigestAlgorithm::Sha3_224 => Nid::SHA3_224,
        DigestAlgorithm::Sha3_256 => Nid::SHA3_256,
        DigestAlgorithm::Sha3_384 => Nid::SHA3_384,
        DigestAlgorithm::Sha3_512 => Nid::SHA3_512,
    }
}

/// OpenSSL's name for it.
pub(super) fn library(algorithm: DigestAlgorithm) -> Option<&'static MdRef> {
    openssl::md::Md::from_nid(nid(algorithm))
}

/// Whether this build can compute it; asked of the library once.
pub(super) fn available(algorithm: DigestAlgorithm) -> bool {
    static PROVIDED: [OnceLock<bool>; 6] = [const { OnceLock::new() }; 6];
    let cell = match algorithm {
        DigestAlgorithm::Sha1
        | DigestAlgorithm::Sha224
        | DigestAlgorithm::Sha256
        | DigestAlgorithm::Sha384
        | DigestAlgorithm::Sha512
        | DigestAlgorithm::Streebog256
        | DigestAlgorithm::Streebog512
        | DigestAlgorithm::Gost34311
        | DigestAlgorithm::GostR3411 => return true,
        DigestAlgorithm::Md5 => PROVIDED.first(),
        DigestAlgorithm::Ripemd160 => PROVIDED.get(1),
        DigestAlgorithm::Sha3_224 => PROVIDED.get(2),
        DigestAlgorithm::Sha3_256 => PROVIDED.get(3),
        DigestAlgorithm::Sha3_384 => PROVIDED.get(4),
        DigestAlgorithm::Sha3_512 => PROVIDED.get(5),
    };
    cell.is_some_and(|cell| *cell.get_or_init(|| hasher(algorithm).is_some()))
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

impl Default for DigestOutput {
    /// The empty one.
    fn default() -> Self {
        Self { bytes: [0; 64], len: 0 }
    }
}

impl DigestOutput {
    fn from(value: &[u8]) -> Self {
        let mut bytes = [0u8; 64];
        for (to, from) in bytes.iter_mut().zip(value) {
            *to = *from;
        }
        Self { bytes, len: value.len().min(64) }
    }

    /// Whether this is `value`; never for an empty one.
    pub fn matches(&self, value: &[u8]) -> bool {
        !self.is_empty() && **self == *value
    }
}

impl zeroize::Zeroize for DigestOutput {
    fn zeroize(&mut self) {
        self.bytes.zeroize();
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

    /// FIPS 180-4, FIPS 202, RFC 1321, the RIPEMD-160 paper, and for GOST 34.311-95 a value printed widely.
    #[test]
    fn known_values_of_abc() {
        use DigestAlgorithm::*;
        for (algorithm, begins) in [
            (Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (Ripemd160, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
            (Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (Sha224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            (Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (Sha384, "cb00753f45a35e8b"),
            (Sha512, "ddaf35a193617aba"),
            (Sha3_224, "e642824c3f8cf24a"),
            (Sha3_256, "3a985da74fe225b2"),
            (Sha3_384, "ec01498288516fc9"),
            (Sha3_512, "b751850b1a57168a"),
            (Gost34311, "f3134348c44fb1b2a277729e2285ebb5cb5e0f29c975bc753b70497c06a4d51d"),
        ] {
            assert!(format!("{:?}", digest(algorithm, b"abc")).starts_with(begins), "{algorithm:?}");
            let empty = digest(algorithm, b"");
            assert_eq!(empty.len(), algorithm.output_len());
            assert!(empty.matches(&empty) && !empty.matches(b""));
            let mut parts = Digest::new(algorithm);
            parts.update(b"a");
            let mut copy = parts.clone();
            copy.update(b"bc");
            parts.update(b"bc");
            assert_eq!(copy.finish(), parts.finish());
        }
    }

    /// RFC 6986 10.1 and 10.2. The RFC prints its numbers from the most significant octet; octets of a message
    /// and of a value come here in their order.
    #[test]
    fn values_of_the_standard_for_streebog() {
        use DigestAlgorithm::{Streebog256, Streebog512};
        let first = b"012345678901234567890123456789012345678901234567890123456789012";
        // Windows-1251, from the Tale of Igor's Campaign.
        let (second, _, lossy) = encoding_rs::WINDOWS_1251
            .encode("Се ветри, Стрибожи внуци, веютъ с моря стрелами на храбрыя плъкы Игоревы");
        assert!(!lossy);
        for (message, long, short) in [
            (
                &first[..],
                "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa\
                 00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48",
                "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500",
            ),
            (
                &second[..],
                "1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376\
                 035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28",
                "9dd2fe4e90409e5da87f53976d7405b0c0cac628fc669a741d50063c557e8f50",
            ),
        ] {
            assert_eq!(format!("{:?}", digest(Streebog512, message)), long);
            assert_eq!(format!("{:?}", digest(Streebog256, message)), short);
        }
    }

    #[test]
    fn a_value_that_could_not_be_computed_matches_nothing() {
        let nothing = Digest(State::Provided(Box::new(None))).finish();
        assert!(nothing.is_empty() && !nothing.matches(b""));
    }
}
