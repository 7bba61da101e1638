//! The Russian form of the same algorithms, GOST R 34.10-2001 and 34.10-2012: other identifiers, hash functions apart
//! from curves, and r and s each with its most significant octet first, s before r (RFC 4491 2.2.2, RFC 9215 2). That
//! is the national value with all its octets reversed. Such signatures are verified, where a policy has them, and never
//! made. Of the curves those are known that the national standards have too.

use super::{ParameterSet, VerifyingKey};
use crate::{
    asn1::{Tlv, oid, tag, write},
    crypto::{AlgorithmError, DigestAlgorithm},
};

/// One of the Russian signature algorithms.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, serde::Serialize, serde::Deserialize)]
pub enum GostR {
    /// GOST R 34.10-2001 with GOST R 34.11-94 (RFC 5832, RFC 4491).
    Gost2001,
    /// GOST R 34.10-2012, 256 bits, with GOST R 34.11-2012 (RFC 7091, RFC 9215).
    Gost2012With256,
    /// GOST R 34.10-2012, 512 bits, with GOST R 34.11-2012.
    Gost2012With512,
}

/// The identifiers of curves in the parameters of keys (RFC 4357 10.8, RFC 9215 B); of several for one, the first is
/// the one to write.
const CURVES: [(&str, ParameterSet); 5] = [
    (oid::CRYPTOPRO_A, ParameterSet::Gost2004),
    (oid::CRYPTOPRO_XCHA, ParameterSet::Gost2004),
    (oid::TC26_256_B, ParameterSet::Gost2004),
    (oid::TC26_256_A, ParameterSet::Gost2015With256),
    (oid::TC26_512_A, ParameterSet::Gost2015With512),
];

impl GostR {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Gost2001, Self::Gost2012With256, Self::Gost2012With512];

    /// The identifiers of a key and of the hash function in its parameters.
    fn oids(self) -> (&'static str, &'static str) {
        match self {
            Self::Gost2001 => (oid::GOST_R_2001, oid::GOST_R_3411_BOXES),
            Self::Gost2012With256 => (oid::GOST_R_2012_256, oid::GOST_R_STREEBOG_256),
            Self::Gost2012With512 => (oid::GOST_R_2012_512, oid::GOST_R_STREEBOG_512),
        }
    }

    /// The one whose keys have this dotted OID.
    pub(in crate::crypto) fn of_key(dotted: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.oids().0 == dotted)
    }

    /// The one whose hash function this is.
    pub(in crate::crypto) fn of_digest(digest: DigestAlgorithm) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.digest() == digest)
    }

    /// As the standard is called; the size is told by [`GostR::bits`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Gost2001 => "GOST R 34.10-2001",
            Self::Gost2012With256 | Self::Gost2012With512 => "GOST R 34.10-2012",
        }
    }

    /// The hash function that belongs to it.
    pub fn digest(self) -> DigestAlgorithm {
        match self {
            Self::Gost2001 => DigestAlgorithm::GostR3411,
            Self::Gost2012With256 => DigestAlgorithm::Streebog256,
            Self::Gost2012With512 => DigestAlgorithm::Streebog512,
        }
    }

    /// Bits of a coordinate.
    pub fn bits(self) -> u32 {
        match self {
            Self::Gost2001 | Self::Gost2012With256 => 256,
            Self::Gost2012With512 => 512,
        }
    }

    /// Octets of a signature.
    pub(in crate::crypto) fn signature_octets(self) -> usize {
        match self {
            Self::Gost2001 | Self::Gost2012With256 => 64,
            Self::Gost2012With512 => 128,
        }
    }

    /// The national set with the curve that the parameters of a key name (RFC 4491 2.3.2, RFC 9215 4.2): identifiers of
    /// the curve, of the hash function, which the newer algorithms may leave out, and of a cipher, which is of no
    /// account here.
    ///
    /// # Errors
    /// `Unsupported` with the identifier of another curve or hash function; `Malformed`.
    pub(in crate::crypto) fn curve(self, parameters: Tlv<'_>) -> Result<ParameterSet, AlgorithmError> {
        let mut fields = parameters.expect(tag::SEQUENCE)?.reader();
        let curve = fields.take(tag::OID)?.oid()?;
        match fields.optional(tag::OID)? {
            Some(hash) => {
                let hash = hash.oid()?;
                if hash != self.oids().1 {
                    return Err(AlgorithmError::Unsupported { oid: hash });
                }
                fields.optional(tag::OID)?.map(|cipher| cipher.oid()).transpose()?;
            }
            None if self == Self::Gost2001 => return Err(AlgorithmError::Malformed),
            None => {}
        }
        fields.finish()?;
        let of_size = CURVES.into_iter().find(|(known, set)| *known == curve && set.bits() == self.bits());
        of_size.map(|(_, set)| set).ok_or(AlgorithmError::Unsupported { oid: curve })
    }

    /// The fields of a key's AlgorithmIdentifier, with the curve of a national set.
    pub(in crate::crypto) fn key_identifier(self, curve: ParameterSet) -> [Vec<u8>; 2] {
        let (key, hash) = self.oids();
        let curve = CURVES.into_iter().find(|(_, set)| *set == curve).map_or("", |(name, _)| name);
        [write::oid(key), write::sequence(&[write::oid(curve), write::oid(hash)])]
    }

    /// Whether `key`, which is one on a curve of the size of this algorithm, made the signature over a message with this
    /// digest. Anything that is not of the right length is no signature.
    pub(in crate::crypto) fn verifies(self, key: &VerifyingKey, digest: &[u8], signature: &[u8]) -> bool {
        let national: Vec<u8> = signature.iter().rev().copied().collect();
        key.set().bits() == self.bits() && key.verifies(digest, &national)
    }
}
