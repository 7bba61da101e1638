//! Algorithms and their identifiers in XML Signature (URIs) and in X.509 (OIDs). Knowing an
//! algorithm does not mean trusting it: SHA-1 is here so that old signatures can be named and judged.

use crate::asn1::oid;

/// Hash functions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs)]
pub enum DigestAlgorithm {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl DigestAlgorithm {
    /// From an XML Signature identifier (RFC 9231 2.1, XMLDSig 1.1 6.2).
    pub fn from_uri(uri: &str) -> Option<Self> {
        [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512].into_iter().find(|a| a.uri() == uri)
    }

    /// The XML Signature identifier.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
            Self::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
            Self::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
            Self::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
        }
    }

    /// Length of the value in octets.
    pub fn output_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// DER of DigestInfo up to the value, parameters NULL (RFC 8017 9.2, note 1).
    pub(super) fn digest_info_prefix(self) -> &'static [u8] {
        const SHA2: [[u8; 19]; 3] = {
            const fn prefix(last: u8, len: u8) -> [u8; 19] {
                [
                    0x30,
                    0x11 + len,
                    0x30,
                    0x0d,
                    0x06,
                    0x09,
                    0x60,
                    0x86,
                    0x48,
                    0x01,
                    0x65,
                    0x03,
                    0x04,
                    0x02,
                    last,
                    0x05,
                    0x00,
                    0x04,
                    len,
                ]
            }
            [prefix(1, 32), prefix(2, 48), prefix(3, 64)]
        };
        let [sha256, sha384, sha512] = &SHA2;
        match self {
            Self::Sha1 => {
                &[0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14]
            }
            Self::Sha256 => sha256,
            Self::Sha384 => sha384,
            Self::Sha512 => sha512,
        }
    }
}

/// Signature algorithms, with the hash they use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 8.2).
    RsaPkcs1(DigestAlgorithm),
    /// ECDSA (FIPS 186-5 6).
    Ecdsa(DigestAlgorithm),
}

impl SignatureAlgorithm {
    const ALL: [Self; 8] = [
        Self::RsaPkcs1(DigestAlgorithm::Sha1),
        Self::RsaPkcs1(DigestAlgorithm::Sha256),
        Self::RsaPkcs1(DigestAlgorithm::Sha384),
        Self::RsaPkcs1(DigestAlgorithm::Sha512),
        Self::Ecdsa(DigestAlgorithm::Sha1),
        Self::Ecdsa(DigestAlgorithm::Sha256),
        Self::Ecdsa(DigestAlgorithm::Sha384),
        Self::Ecdsa(DigestAlgorithm::Sha512),
    ];

    /// From an XML Signature identifier (RFC 9231 2.3).
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.uri() == uri)
    }

    /// The XML Signature identifier.
    pub fn uri(self) -> &'static str {
        use DigestAlgorithm::*;
        match self {
            Self::RsaPkcs1(Sha1) => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            Self::RsaPkcs1(Sha256) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::RsaPkcs1(Sha384) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            Self::RsaPkcs1(Sha512) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            Self::Ecdsa(Sha1) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
            Self::Ecdsa(Sha256) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            Self::Ecdsa(Sha384) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            Self::Ecdsa(Sha512) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
        }
    }

    /// From the dotted OID of an AlgorithmIdentifier (RFC 4055 5, RFC 5758 3.2).
    pub fn from_oid(dotted: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.oid() == dotted)
    }

    /// The dotted OID.
    pub fn oid(self) -> &'static str {
        use DigestAlgorithm::*;
        match self {
            Self::RsaPkcs1(Sha1) => oid::SHA1_WITH_RSA,
            Self::RsaPkcs1(Sha256) => oid::SHA256_WITH_RSA,
            Self::RsaPkcs1(Sha384) => oid::SHA384_WITH_RSA,
            Self::RsaPkcs1(Sha512) => oid::SHA512_WITH_RSA,
            Self::Ecdsa(Sha1) => oid::ECDSA_WITH_SHA1,
            Self::Ecdsa(Sha256) => oid::ECDSA_WITH_SHA256,
            Self::Ecdsa(Sha384) => oid::ECDSA_WITH_SHA384,
            Self::Ecdsa(Sha512) => oid::ECDSA_WITH_SHA512,
        }
    }

    /// The hash.
    pub fn digest(self) -> DigestAlgorithm {
        match self {
            Self::RsaPkcs1(digest) | Self::Ecdsa(digest) => digest,
        }
    }
}

/// How an ECDSA value is written. Never guessed: the format says which.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EcdsaForm {
    /// `SEQUENCE { r, s }`: X.509 and CMS (RFC 5480 appendix A).
    Der,
    /// r and s of equal length side by side: XML Signature (XMLDSig 1.1 6.4.3).
    Concatenated,
}

/// NIST curves (RFC 5480 2.1.1.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs)]
pub enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// Bits of the group's order.
    pub fn bits(self) -> u32 {
        match self {
            Self::P256 => 256,
            Self::P384 => 384,
            Self::P521 => 521,
        }
    }

    /// Octets of one coordinate, and of r or s alone.
    pub fn octets(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// From the dotted OID of a named curve.
    pub fn from_oid(dotted: &str) -> Option<Self> {
        match dotted {
            oid::P256 => Some(Self::P256),
            oid::P384 => Some(Self::P384),
            oid::P521 => Some(Self::P521),
            _ => None,
        }
    }
}

/// What kind of key it is, and how large.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyKind {
    /// RSA with a modulus of `bits`.
    Rsa {
        /// Bits of the modulus.
        bits: u32,
    },
    /// Elliptic curve.
    Ec {
        /// The curve.
        curve: Curve,
    },
}
