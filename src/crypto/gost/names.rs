//! The national authority's names for its algorithms, in X.509 and in XML: the one table of them. Those of
//! keys are read from here; those of signatures and hash functions are rows of the tables in
//! `crypto::algorithm`, which takes them from here.

use crate::{
    asn1::{Tlv, oid, tag, write},
    crypto::{AlgorithmError, DigestAlgorithm},
};

/// One of the national signature algorithms: a curve, a hash function, and names for them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, serde::Serialize, serde::Deserialize)]
pub enum ParameterSet {
    /// GOST 34.10-2015, 512 bits (the curve id-tc26-gost-3410-2012-512-paramSetA of RFC 7836).
    Gost2015With512,
    /// GOST 34.10-2015, 256 bits (the curve id-tc26-gost-3410-2012-256-paramSetA of RFC 7836).
    Gost2015With256,
    /// GOST 34.310-2004 (the curve id-GostR3410-2001-CryptoPro-A-ParamSet of RFC 4357).
    Gost2004,
}

/// A row of the table of signature algorithms.
pub(in crate::crypto) struct Names {
    /// As the standard is called.
    name: &'static str,
    /// Of a key, in SubjectPublicKeyInfo and PKCS #8. Some software writes it for a signature too.
    pub(in crate::crypto) key: &'static str,
    /// First of the parameters of a key.
    pub(in crate::crypto) curve: &'static str,
    /// Second of the parameters of a key: the hash function, or for the older one its substitution boxes.
    pub(in crate::crypto) hash: &'static str,
    /// Of a signature, in X.509 and CMS.
    pub(in crate::crypto) signature: &'static str,
    /// Of a signature, in XML.
    pub(in crate::crypto) uri: &'static str,
    pub(in crate::crypto) digest: DigestAlgorithm,
}

/// A row of the table of hash functions.
pub(in crate::crypto) struct HashNames {
    pub(in crate::crypto) name: &'static str,
    pub(in crate::crypto) oid: &'static str,
    pub(in crate::crypto) uri: &'static str,
}

pub(in crate::crypto) const STREEBOG_512: HashNames = HashNames {
    name: "GOST 34.11-2015 (512)",
    oid: oid::STREEBOG_512,
    uri: "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34112015-512",
};

pub(in crate::crypto) const STREEBOG_256: HashNames = HashNames {
    name: "GOST 34.11-2015 (256)",
    oid: oid::STREEBOG_256,
    uri: "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34112015-256",
};

pub(in crate::crypto) const GOST_34311: HashNames = HashNames {
    name: "GOST 34.311-95",
    oid: oid::GOST_34311,
    uri: "http://www.w3.org/2001/04/xmldsig-more#gost34311",
};

pub(in crate::crypto) const GOST_2015_512: Names = Names {
    name: "GOST 34.10-2015",
    key: oid::GOST_2015_512,
    curve: oid::GOST_2015_512_CURVE,
    hash: oid::STREEBOG_512,
    signature: oid::GOST_2015_512_SIGNATURE,
    uri: "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34102015-gostr34112015-512",
    digest: DigestAlgorithm::Streebog512,
};

pub(in crate::crypto) const GOST_2015_256: Names = Names {
    name: "GOST 34.10-2015",
    key: oid::GOST_2015_256,
    curve: oid::GOST_2015_256_CURVE,
    hash: oid::STREEBOG_256,
    signature: oid::GOST_2015_256_SIGNATURE,
    uri: "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34102015-gostr34112015-256",
    digest: DigestAlgorithm::Streebog256,
};

pub(in crate::crypto) const GOST_2004: Names = Names {
    name: "GOST 34.310-2004",
    key: oid::GOST_2004,
    curve: oid::GOST_2004_CURVE,
    hash: oid::GOST_2004_BOXES,
    signature: oid::GOST_2004_SIGNATURE,
    uri: "http://www.w3.org/2001/04/xmldsig-more#gost34310-gost34311",
    digest: DigestAlgorithm::Gost34311,
};

impl ParameterSet {
    /// All of them, the one in use first.
    pub const ALL: [Self; 3] = [Self::Gost2015With512, Self::Gost2015With256, Self::Gost2004];

    pub(in crate::crypto) fn names(self) -> &'static Names {
        match self {
            Self::Gost2015With512 => &GOST_2015_512,
            Self::Gost2015With256 => &GOST_2015_256,
            Self::Gost2004 => &GOST_2004,
        }
    }

    /// The one whose keys have this dotted OID.
    pub(in crate::crypto) fn of_key(oid: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.names().key == oid)
    }

    /// The one whose hash function this is.
    pub(in crate::crypto) fn of_digest(digest: DigestAlgorithm) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.names().digest == digest)
    }

    /// Holds the parameters of a key's AlgorithmIdentifier to be those of this set.
    ///
    /// # Errors
    /// `Unsupported` with the identifier that is another one; `Malformed`.
    pub(in crate::crypto) fn check_parameters(self, parameters: Tlv<'_>) -> Result<(), AlgorithmError> {
        let mut fields = parameters.expect(tag::SEQUENCE)?.reader();
        for expected in [self.names().curve, self.names().hash] {
            let oid = fields.take(tag::OID)?.oid()?;
            if oid != expected {
                return Err(AlgorithmError::Unsupported { oid });
            }
        }
        Ok(fields.finish()?)
    }

    /// The fields of a key's AlgorithmIdentifier.
    pub(in crate::crypto) fn key_identifier(self) -> [Vec<u8>; 2] {
        let names = self.names();
        let parameters = write::sequence(&[write::oid(names.curve), write::oid(names.hash)]);
        [write::oid(names.key), parameters]
    }

    /// As the standard is called; the size is told by [`ParameterSet::bits`].
    pub fn name(self) -> &'static str {
        self.names().name
    }

    /// The hash function that belongs to it.
    pub fn digest(self) -> DigestAlgorithm {
        self.names().digest
    }

    /// Bits of a coordinate.
    pub fn bits(self) -> u32 {
        match self {
            Self::Gost2015With512 => 512,
            Self::Gost2015With256 | Self::Gost2004 => 256,
        }
    }

    /// Octets of a coordinate, and of r or s alone.
    pub fn octets(self) -> usize {
        match self {
            Self::Gost2015With512 => 64,
            Self::Gost2015With256 | Self::Gost2004 => 32,
        }
    }
}
