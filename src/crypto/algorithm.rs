//! Algorithms and their identifiers in XML Signature (URIs) and in X.509 (OIDs), as tables. A URI is
//! compared octet for octet: a variant in case or whitespace is another, unknown algorithm. Knowing an
//! algorithm does not mean trusting it: SHA-1 and MD5 are here so that old signatures can be named
//! and judged.

use super::{GostR, ParameterSet, PssParameters, digest, gost};
use crate::asn1::{self, Reader, oid, tag, write};

/// Hash functions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs)]
pub enum DigestAlgorithm {
    Md5,
    Ripemd160,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha3_224,
    Sha3_256,
    Sha3_384,
    Sha3_512,
    /// GOST 34.11-2015 (GOST R 34.11-2012), 256 bits: RFC 6986.
    Streebog256,
    /// GOST 34.11-2015, 512 bits.
    Streebog512,
    /// GOST 34.311-95 (GOST R 34.11-94, RFC 5831) with the substitution boxes of its standard's example.
    Gost34311,
    /// GOST R 34.11-94 (RFC 5831) with the substitution boxes id-GostR3411-94-CryptoProParamSet.
    GostR3411,
}

use DigestAlgorithm::{
    Gost34311, GostR3411, Md5, Ripemd160, Sha1, Sha3_224, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256,
    Sha384, Sha512, Streebog256, Streebog512,
};

/// A row of the table of hash functions. The first URI is the one to write.
struct DigestEntry {
    algorithm: DigestAlgorithm,
    name: &'static str,
    uris: &'static [&'static str],
    /// The first is the one to write.
    oids: &'static [&'static str],
    octets: usize,
}

/// XMLDSig 1.1 6.2, XMLEnc 1.1 5.8, RFC 9231 2.1, and the national authority's; the frequent ones first.
static DIGESTS: [DigestEntry; 15] = [
    DigestEntry {
        algorithm: Sha256,
        name: "SHA-256",
        uris: &["http://www.w3.org/2001/04/xmlenc#sha256"],
        oids: &[oid::SHA256],
        octets: 32,
    },
    DigestEntry {
        algorithm: Streebog512,
        name: gost::STREEBOG_512.name,
        uris: &[gost::STREEBOG_512.uri, "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-512"],
        oids: &[gost::STREEBOG_512.oid, oid::GOST_R_STREEBOG_512],
        octets: 64,
    },
    DigestEntry {
        algorithm: Gost34311,
        name: gost::GOST_34311.name,
        uris: &[gost::GOST_34311.uri],
        oids: &[gost::GOST_34311.oid],
        octets: 32,
    },
    DigestEntry {
        algorithm: Sha1,
        name: "SHA-1",
        // The second is no standard's name; old national documents bear it.
        uris: &["http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2001/04/xmldsig-more#sha1"],
        oids: &[oid::SHA1],
        octets: 20,
    },
    DigestEntry {
        algorithm: Sha512,
        name: "SHA-512",
        uris: &["http://www.w3.org/2001/04/xmlenc#sha512"],
        oids: &[oid::SHA512],
        octets: 64,
    },
    DigestEntry {
        algorithm: Sha384,
        name: "SHA-384",
        uris: &["http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha384"],
        oids: &[oid::SHA384],
        octets: 48,
    },
    DigestEntry {
        algorithm: Sha224,
        name: "SHA-224",
        uris: &["http://www.w3.org/2001/04/xmldsig-more#sha224", "http://www.w3.org/2001/04/xmlenc#sha224"],
        oids: &[oid::SHA224],
        octets: 28,
    },
    DigestEntry {
        algorithm: Sha3_224,
        name: "SHA3-224",
        uris: &["http://www.w3.org/2007/05/xmldsig-more#sha3-224"],
        oids: &[oid::SHA3_224],
        octets: 28,
    },
    DigestEntry {
        algorithm: Sha3_256,
        name: "SHA3-256",
        uris: &["http://www.w3.org/2007/05/xmldsig-more#sha3-256"],
        oids: &[oid::SHA3_256],
        octets: 32,
    },
    DigestEntry {
        algorithm: Sha3_384,
        name: "SHA3-384",
        uris: &["http://www.w3.org/2007/05/xmldsig-more#sha3-384"],
        oids: &[oid::SHA3_384],
        octets: 48,
    },
    DigestEntry {
        algorithm: Sha3_512,
        name: "SHA3-512",
        uris: &["http://www.w3.org/2007/05/xmldsig-more#sha3-512"],
        oids: &[oid::SHA3_512],
        octets: 64,
    },
    DigestEntry {
        algorithm: Streebog256,
        name: gost::STREEBOG_256.name,
        uris: &[gost::STREEBOG_256.uri, "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256"],
        oids: &[gost::STREEBOG_256.oid, oid::GOST_R_STREEBOG_256],
        octets: 32,
    },
    DigestEntry {
        algorithm: GostR3411,
        name: "GOST R 34.11-94",
        uris: &[
            "http://www.w3.org/2001/04/xmldsig-more#gostr3411",
            "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr3411",
        ],
        oids: &[oid::GOST_R_3411],
        octets: 32,
    },
    DigestEntry {
        algorithm: Ripemd160,
        name: "RIPEMD-160",
        uris: &["http://www.w3.org/2001/04/xmlenc#ripemd160"],
        oids: &[oid::RIPEMD160],
        octets: 20,
    },
    DigestEntry {
        algorithm: Md5,
        name: "MD5",
        uris: &["http://www.w3.org/2001/04/xmldsig-more#md5"],
        oids: &[oid::MD5],
        octets: 16,
    },
];

impl DigestAlgorithm {
    /// From an XML Signature identifier. `None` also for one that this build of OpenSSL lacks.
    pub fn from_uri(uri: &str) -> Option<Self> {
        let entry = DIGESTS.iter().find(|entry| entry.uris.contains(&uri))?;
        digest::available(entry.algorithm).then_some(entry.algorithm)
    }

    /// From the dotted OID of an AlgorithmIdentifier. `None` also for one that this build lacks.
    pub fn from_oid(dotted: &str) -> Option<Self> {
        let entry = DIGESTS.iter().find(|entry| entry.oids.contains(&dotted))?;
        digest::available(entry.algorithm).then_some(entry.algorithm)
    }

    /// The XML Signature identifier to write.
    pub fn uri(self) -> &'static str {
        self.entry().and_then(|entry| entry.uris.first()).copied().unwrap_or_default()
    }

    /// The dotted OID.
    pub fn oid(self) -> &'static str {
        self.entry().and_then(|entry| entry.oids.first()).copied().unwrap_or_default()
    }

    /// From the name in its standard, see [`DigestAlgorithm::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        DIGESTS.iter().find(|entry| entry.name == name).map(|entry| entry.algorithm)
    }

    /// The name in the standard that defines it.
    pub fn name(self) -> &'static str {
        self.entry().map(|entry| entry.name).unwrap_or_default()
    }

    /// Length of the value in octets.
    pub fn output_len(self) -> usize {
        self.entry().map(|entry| entry.octets).unwrap_or_default()
    }

    /// The row of the table; a test holds that every algorithm has one.
    fn entry(self) -> Option<&'static DigestEntry> {
        DIGESTS.iter().find(|entry| entry.algorithm == self)
    }

    /// Whether RSA signatures are made with it: the national functions go with the national algorithms only.
    pub(super) fn is_for_rsa(self) -> bool {
        self.digest_info_prefix().is_some()
    }

    /// DER of DigestInfo up to the value, parameters NULL (RFC 8017 9.2, note 1). `None` for the national
    /// hash functions, which no RSA signature is made with.
    pub(super) fn digest_info_prefix(self) -> Option<&'static [u8]> {
        /// The hash functions of NIST: OID 2.16.840.1.101.3.4.2.`last`.
        const fn nist(last: u8, len: u8) -> [u8; 19] {
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
        Some(match self {
            Self::Streebog256 | Self::Streebog512 | Self::Gost34311 | Self::GostR3411 => return None,
            Self::Md5 => &[
                0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05, 0x05,
                0x00, 0x04, 0x10,
            ],
            Self::Ripemd160 => {
                &[0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x24, 0x03, 0x02, 0x01, 0x05, 0x00, 0x04, 0x14]
            }
            Self::Sha1 => {
                &[0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14]
            }
            Self::Sha256 => const { &nist(1, 32) },
            Self::Sha384 => const { &nist(2, 48) },
            Self::Sha512 => const { &nist(3, 64) },
            Self::Sha224 => const { &nist(4, 28) },
            Self::Sha3_224 => const { &nist(7, 28) },
            Self::Sha3_256 => const { &nist(8, 32) },
            Self::Sha3_384 => const { &nist(9, 48) },
            Self::Sha3_512 => const { &nist(10, 64) },
        })
    }
}

/// Signature and authentication algorithms with all that identifies them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, serde::Serialize, serde::Deserialize)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 8.2).
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS (RFC 8017 8.1).
    RsaPss(PssParameters),
    /// ECDSA (FIPS 186-5 6).
    Ecdsa(DigestAlgorithm),
    /// Ed25519 without context or pre-hash (RFC 8032 5.1).
    Ed25519,
    /// Ed448 with an empty context (RFC 8032 5.2).
    Ed448,
    /// DSA (FIPS 186-4 4).
    Dsa(DigestAlgorithm),
    /// The national algorithms; the set has its curve and its hash.
    Gost(ParameterSet),
    /// The Russian form of them.
    GostR(GostR),
    /// HMAC (RFC 2104): an authentication code, no signature; it goes to `verify_hmac`.
    Hmac(DigestAlgorithm),
}

/// Why an AlgorithmIdentifier gives no signature algorithm.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AlgorithmError {
    /// An algorithm, hash or mask generation function this build does not have.
    #[error("unsupported algorithm {oid}")]
    Unsupported {
        /// Its dotted OID.
        oid: String,
    },
    /// Bad DER, or parameters that the algorithm does not have.
    #[error("malformed algorithm identifier")]
    Malformed,
}

impl From<asn1::Error> for AlgorithmError {
    fn from(_: asn1::Error) -> Self {
        Self::Malformed
    }
}

pub(super) fn null_or_absent(fields: &mut Reader<'_>) -> Result<(), AlgorithmError> {
    match fields.optional(tag::NULL)? {
        Some(null) if !null.content.is_empty() => Err(AlgorithmError::Malformed),
        _ => Ok(fields.finish()?),
    }
}

/// RSASSA-PSS with the parameters in a child element RSAPSSParams (RFC 9231 2.3.9).
pub const RSA_PSS_URI: &str = "http://www.w3.org/2007/05/xmldsig-more#rsa-pss";

/// A scheme before its hash is put in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    RsaPkcs1,
    RsaPss,
    Ecdsa,
    Ed25519,
    Ed448,
    Dsa,
    /// Which one, the hash says.
    Gost,
    /// The same.
    GostR,
    Hmac,
}

/// A row of the table of signature algorithms. The first URI is the one to write.
struct SignatureEntry {
    scheme: Scheme,
    /// Not used by EdDSA, which has its hash built in.
    digest: DigestAlgorithm,
    uris: &'static [&'static str],
    oid: Option<&'static str>,
}

const fn row(
    scheme: Scheme,
    digest: DigestAlgorithm,
    uris: &'static [&'static str],
    oid: Option<&'static str>,
) -> SignatureEntry {
    SignatureEntry { scheme, digest, uris, oid }
}

/// XMLDSig 1.1 6.3 and 6.4, RFC 9231 2.2 and 2.3; RFC 3279, 4055, 5758, 8410. The frequent ones first.
#[rustfmt::skip]
static SIGNATURES: [SignatureEntry; 46] = [
    row(Scheme::RsaPkcs1, Sha256, &["http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"], Some(oid::SHA256_WITH_RSA)),
    row(Scheme::Ecdsa, Sha256, &["http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"], Some(oid::ECDSA_WITH_SHA256)),
    row(Scheme::Gost, Streebog512, &[gost::GOST_2015_512.uri], Some(gost::GOST_2015_512.signature)),
    row(Scheme::Gost, Gost34311, &[gost::GOST_2004.uri], Some(gost::GOST_2004.signature)),
    row(Scheme::Gost, Streebog256, &[gost::GOST_2015_256.uri], Some(gost::GOST_2015_256.signature)),
    // The second is no standard's name; old national documents bear it.
    row(Scheme::RsaPkcs1, Sha1, &["http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha1"], Some(oid::SHA1_WITH_RSA)),
    row(Scheme::RsaPkcs1, Sha512, &["http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"], Some(oid::SHA512_WITH_RSA)),
    row(Scheme::RsaPkcs1, Sha384, &["http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"], Some(oid::SHA384_WITH_RSA)),
    row(Scheme::RsaPkcs1, Sha224, &["http://www.w3.org/2001/04/xmldsig-more#rsa-sha224"], Some(oid::SHA224_WITH_RSA)),
    row(Scheme::RsaPkcs1, Ripemd160, &["http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160"], Some(oid::RIPEMD160_WITH_RSA)),
    row(Scheme::RsaPkcs1, Md5, &["http://www.w3.org/2001/04/xmldsig-more#rsa-md5"], Some(oid::MD5_WITH_RSA)),
    // In X.509 the parameters are in the AlgorithmIdentifier; `from_der` reads them.
    row(Scheme::RsaPss, Sha256, &["http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", RSA_PSS_URI], None),
    row(Scheme::RsaPss, Sha1, &["http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1"], None),
    row(Scheme::RsaPss, Sha224, &["http://www.w3.org/2007/05/xmldsig-more#sha224-rsa-MGF1"], None),
    row(Scheme::RsaPss, Sha384, &["http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1"], None),
    row(Scheme::RsaPss, Sha512, &["http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1"], None),
    row(Scheme::RsaPss, Sha3_224, &["http://www.w3.org/2007/05/xmldsig-more#sha3-224-rsa-MGF1"], None),
    row(Scheme::RsaPss, Sha3_256, &["http://www.w3.org/2007/05/xmldsig-more#sha3-256-rsa-MGF1"], None),
    row(Scheme::RsaPss, Sha3_384, &["http://www.w3.org/2007/05/xmldsig-more#sha3-384-rsa-MGF1"], None),
    row(Scheme::RsaPss, Sha3_512, &["http://www.w3.org/2007/05/xmldsig-more#sha3-512-rsa-MGF1"], None),
    row(Scheme::RsaPss, Ripemd160, &["http://www.w3.org/2007/05/xmldsig-more#ripemd160-rsa-MGF1"], None),
    row(Scheme::RsaPss, Md5, &["http://www.w3.org/2007/05/xmldsig-more#md5-rsa-MGF1"], None),
    row(Scheme::Ecdsa, Sha1, &["http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1"], Some(oid::ECDSA_WITH_SHA1)),
    row(Scheme::Ecdsa, Sha224, &["http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha224"], Some(oid::ECDSA_WITH_SHA224)),
    row(Scheme::Ecdsa, Sha384, &["http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"], Some(oid::ECDSA_WITH_SHA384)),
    row(Scheme::Ecdsa, Sha512, &["http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"], Some(oid::ECDSA_WITH_SHA512)),
    row(Scheme::Ecdsa, Sha3_224, &["http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-224"], Some(oid::ECDSA_WITH_SHA3_224)),
    row(Scheme::Ecdsa, Sha3_256, &["http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-256"], Some(oid::ECDSA_WITH_SHA3_256)),
    row(Scheme::Ecdsa, Sha3_384, &["http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-384"], Some(oid::ECDSA_WITH_SHA3_384)),
    row(Scheme::Ecdsa, Sha3_512, &["http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-512"], Some(oid::ECDSA_WITH_SHA3_512)),
    row(Scheme::Ecdsa, Ripemd160, &["http://www.w3.org/2007/05/xmldsig-more#ecdsa-ripemd160"], None),
    row(Scheme::Ed25519, Sha512, &["http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519"], Some(oid::ED25519)),
    row(Scheme::Ed448, Sha512, &["http://www.w3.org/2021/04/xmldsig-more#eddsa-ed448"], Some(oid::ED448)),
    row(Scheme::Dsa, Sha1, &["http://www.w3.org/2000/09/xmldsig#dsa-sha1"], Some(oid::DSA_WITH_SHA1)),
    row(Scheme::Dsa, Sha256, &["http://www.w3.org/2009/xmldsig11#dsa-sha256"], Some(oid::DSA_WITH_SHA256)),
    row(Scheme::Dsa, Sha224, &[], Some(oid::DSA_WITH_SHA224)),
    row(Scheme::GostR, GostR3411, &["http://www.w3.org/2001/04/xmldsig-more#gostr34102001-gostr3411", "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102001-gostr3411"], Some(oid::GOST_R_2001_SIGNATURE)),
    row(Scheme::GostR, Streebog256, &["urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256"], Some(oid::GOST_R_2012_256_SIGNATURE)),
    row(Scheme::GostR, Streebog512, &["urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-512"], Some(oid::GOST_R_2012_512_SIGNATURE)),
    row(Scheme::Hmac, Sha1, &["http://www.w3.org/2000/09/xmldsig#hmac-sha1"], None),
    row(Scheme::Hmac, Sha224, &["http://www.w3.org/2001/04/xmldsig-more#hmac-sha224"], None),
    row(Scheme::Hmac, Sha256, &["http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"], None),
    row(Scheme::Hmac, Sha384, &["http://www.w3.org/2001/04/xmldsig-more#hmac-sha384"], None),
    row(Scheme::Hmac, Sha512, &["http://www.w3.org/2001/04/xmldsig-more#hmac-sha512"], None),
    row(Scheme::Hmac, Ripemd160, &["http://www.w3.org/2001/04/xmldsig-more#hmac-ripemd160"], None),
    row(Scheme::Hmac, Md5, &["http://www.w3.org/2001/04/xmldsig-more#hmac-md5"], None),
];

impl SignatureEntry {
    fn algorithm(&self) -> SignatureAlgorithm {
        match self.scheme {
            Scheme::RsaPkcs1 => SignatureAlgorithm::RsaPkcs1(self.digest),
            Scheme::RsaPss => SignatureAlgorithm::RsaPss(PssParameters::of(self.digest)),
            Scheme::Ecdsa => SignatureAlgorithm::Ecdsa(self.digest),
            Scheme::Ed25519 => SignatureAlgorithm::Ed25519,
            Scheme::Ed448 => SignatureAlgorithm::Ed448,
            Scheme::Dsa => SignatureAlgorithm::Dsa(self.digest),
            Scheme::Gost => {
                // A test holds that every such row has a hash that names its set.
                let set = ParameterSet::of_digest(self.digest).unwrap_or(ParameterSet::Gost2015With512);
                SignatureAlgorithm::Gost(set)
            }
            Scheme::GostR => {
                let one = GostR::of_digest(self.digest).unwrap_or(GostR::Gost2012With512);
                SignatureAlgorithm::GostR(one)
            }
            Scheme::Hmac => SignatureAlgorithm::Hmac(self.digest),
        }
    }
}

impl SignatureAlgorithm {
    /// From an XML Signature identifier. `None` also for one that this build lacks, see
    /// [`unsupported_name`]. For [`RSA_PSS_URI`] the parameters are the defaults; where the element
    /// RSAPSSParams is present, the caller puts its own in.
    pub fn from_uri(uri: &str) -> Option<Self> {
        let entry = SIGNATURES.iter().find(|entry| entry.uris.contains(&uri))?;
        digest::available(entry.digest).then(|| entry.algorithm())
    }

    /// The XML Signature identifier to write. [`RSA_PSS_URI`] demands the element RSAPSSParams; it is given
    /// where no shorter name says the same. `None` for what has no name in XML.
    pub fn uri(&self) -> Option<&'static str> {
        match (self.entry(), self) {
            (Some(entry), _) => entry.uris.first().copied(),
            (None, Self::RsaPss(_)) => Some(RSA_PSS_URI),
            (None, _) => None,
        }
    }

    fn entry(&self) -> Option<&'static SignatureEntry> {
        SIGNATURES.iter().find(|entry| entry.algorithm() == *self)
    }

    /// From the DER of an AlgorithmIdentifier with its parameters (RFC 3279 2.2, RFC 4055 3 and 5,
    /// RFC 5758 3, RFC 8410 3).
    ///
    /// # Errors
    /// [`AlgorithmError`].
    pub fn from_der(identifier: &[u8]) -> Result<Self, AlgorithmError> {
        let mut fields = Reader::single(identifier)?.expect(tag::SEQUENCE)?.reader();
        let name = fields.take(tag::OID)?.oid_text()?;
        if name == oid::RSASSA_PSS {
            // RFC 4055 3.1: in a signature the parameters must be there.
            let parameters = PssParameters::from_der(fields.next()?)?;
            fields.finish()?;
            return Ok(Self::RsaPss(parameters));
        }
        if let Some(set) = ParameterSet::of_key(&name) {
            // Some software names the key where the signature is to be named, with the key's parameters
            // or without.
            if fields.peek() == Some(tag::SEQUENCE) {
                set.check_parameters(fields.next()?)?;
                fields.finish()?;
            } else {
                null_or_absent(&mut fields)?;
            }
            return Ok(Self::Gost(set));
        }
        if let Some(one) = GostR::of_key(&name) {
            if fields.peek() == Some(tag::SEQUENCE) {
                one.curve(fields.next()?)?;
                fields.finish()?;
            } else {
                null_or_absent(&mut fields)?;
            }
            return Ok(Self::GostR(one));
        }
        let entry = SIGNATURES.iter().find(|entry| entry.oid == Some(&*name));
        let Some(entry) = entry.filter(|entry| digest::available(entry.digest)) else {
            return Err(AlgorithmError::Unsupported { oid: name.into_owned() });
        };
        match entry.scheme {
            // NULL must be written and its absence borne (RFC 4055 5); old DSA certificates have it too.
            Scheme::RsaPkcs1 | Scheme::Dsa | Scheme::Gost | Scheme::GostR => null_or_absent(&mut fields)?,
            _ => fields.finish()?,
        }
        Ok(entry.algorithm())
    }

    /// DER of the AlgorithmIdentifier; `None` for what X.509 has no name for.
    pub fn to_der(&self) -> Option<Vec<u8>> {
        if let Self::RsaPss(parameters) = self {
            return Some(write::sequence(&[write::oid(oid::RSASSA_PSS), parameters.to_der()]));
        }
        let name = write::oid(self.oid()?);
        Some(match self {
            Self::RsaPkcs1(_) | Self::Gost(_) => write::sequence(&[name, write::null()]),
            _ => write::sequence(&[name]),
        })
    }

    /// The dotted OID, if X.509 has one.
    pub fn oid(&self) -> Option<&'static str> {
        match self {
            Self::RsaPss(_) => Some(oid::RSASSA_PSS),
            _ => self.entry()?.oid,
        }
    }

    /// The hash of the message; `None` for EdDSA, which signs the message itself.
    pub fn digest(&self) -> Option<DigestAlgorithm> {
        match self {
            Self::RsaPkcs1(digest) | Self::Ecdsa(digest) | Self::Dsa(digest) | Self::Hmac(digest) => {
                Some(*digest)
            }
            Self::RsaPss(parameters) => Some(parameters.digest),
            Self::Gost(set) => Some(set.digest()),
            Self::GostR(one) => Some(one.digest()),
            Self::Ed25519 | Self::Ed448 => None,
        }
    }
}

/// Identifiers that are known by name only: no code here computes them.
static UNSUPPORTED: &[(&str, &str)] = &[
    ("http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519ctx", "Ed25519ctx"),
    ("http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519ph", "Ed25519ph"),
    ("http://www.w3.org/2021/04/xmldsig-more#eddsa-ed448ph", "Ed448ph"),
    ("http://www.w3.org/2007/05/xmldsig-more#whirlpool", "Whirlpool"),
    ("http://www.w3.org/2007/05/xmldsig-more#rsa-whirlpool", "RSA with Whirlpool"),
    ("http://www.w3.org/2007/05/xmldsig-more#ecdsa-whirlpool", "ECDSA with Whirlpool"),
    ("http://www.w3.org/2007/05/xmldsig-more#whirlpool-rsa-MGF1", "RSASSA-PSS with Whirlpool"),
    ("http://www.w3.org/2007/05/xmldsig-more#ripemd128-rsa-MGF1", "RSASSA-PSS with RIPEMD-128"),
    ("http://www.w3.org/2007/05/xmldsig-more#md2-rsa-MGF1", "RSASSA-PSS with MD2"),
];

/// The name of an algorithm that is known by its XML identifier and not supported, or that
/// this build of OpenSSL lacks. `None` for supported and for unknown identifiers.
pub fn unsupported_name(uri: &str) -> Option<&'static str> {
    if let Some((_, name)) = UNSUPPORTED.iter().find(|(known, _)| *known == uri) {
        return Some(name);
    }
    let digest = DIGESTS.iter().find(|entry| entry.uris.contains(&uri)).map(|entry| entry.algorithm);
    let signature = SIGNATURES.iter().find(|entry| entry.uris.contains(&uri)).map(|entry| entry.digest);
    digest.or(signature).filter(|digest| !digest::available(*digest)).map(DigestAlgorithm::name)
}

/// How the two numbers of an ECDSA or DSA value are written. Never guessed: the format says which.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EcdsaForm {
    /// `SEQUENCE { r, s }`: X.509 and CMS (RFC 5480 appendix A, RFC 3279 2.2.2).
    Der,
    /// r and s of equal length side by side: XML Signature (XMLDSig 1.1 6.4.1, 6.4.3).
    Concatenated,
}

/// Named curves (RFC 5480 2.1.1.1, SEC 2, RFC 5639).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs)]
pub enum Curve {
    P192,
    P224,
    P256,
    P384,
    P521,
    Secp256k1,
    BrainpoolP256r1,
    BrainpoolP384r1,
    BrainpoolP512r1,
}

impl Curve {
    pub(super) const ALL: [Self; 9] = [
        Self::P256,
        Self::P384,
        Self::P521,
        Self::P192,
        Self::P224,
        Self::Secp256k1,
        Self::BrainpoolP256r1,
        Self::BrainpoolP384r1,
        Self::BrainpoolP512r1,
    ];

    /// Bits of the group's order.
    pub fn bits(self) -> u32 {
        match self {
            Self::P192 => 192,
            Self::P224 => 224,
            Self::P256 | Self::Secp256k1 | Self::BrainpoolP256r1 => 256,
            Self::P384 | Self::BrainpoolP384r1 => 384,
            Self::BrainpoolP512r1 => 512,
            Self::P521 => 521,
        }
    }

    /// Octets of one coordinate, and of r or s alone; the field and the order are of equal length.
    pub fn octets(self) -> usize {
        match self {
            Self::P192 => 24,
            Self::P224 => 28,
            Self::P256 | Self::Secp256k1 | Self::BrainpoolP256r1 => 32,
            Self::P384 | Self::BrainpoolP384r1 => 48,
            Self::BrainpoolP512r1 => 64,
            Self::P521 => 66,
        }
    }

    /// From the dotted OID of a named curve.
    pub fn from_oid(dotted: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.oid() == dotted)
    }

    /// The dotted OID.
    pub fn oid(self) -> &'static str {
        match self {
            Self::P192 => oid::P192,
            Self::P224 => oid::P224,
            Self::P256 => oid::P256,
            Self::P384 => oid::P384,
            Self::P521 => oid::P521,
            Self::Secp256k1 => oid::SECP256K1,
            Self::BrainpoolP256r1 => oid::BRAINPOOL_P256R1,
            Self::BrainpoolP384r1 => oid::BRAINPOOL_P384R1,
            Self::BrainpoolP512r1 => oid::BRAINPOOL_P512R1,
        }
    }
}

/// What kind of key it is, and how large.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
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
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// DSA.
    Dsa {
        /// Bits of p.
        bits: u32,
        /// Bits of q.
        subgroup_bits: u32,
    },
    /// A key of the national algorithms.
    Gost(ParameterSet),
    /// A key of their Russian form.
    GostR(GostR),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_of_an_identifier_are_other_identifiers() {
        for uri in [
            "",
            " http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\n",
            "http://www.w3.org/2001/04/xmldsig-more#RSA-SHA256",
            "HTTP://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "https://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256 ",
            "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-mgf1",
        ] {
            assert_eq!(SignatureAlgorithm::from_uri(uri), None, "{uri:?}");
            assert_eq!(DigestAlgorithm::from_uri(uri), None, "{uri:?}");
            assert_eq!(unsupported_name(uri), None, "{uri:?}");
        }
        assert_eq!(DigestAlgorithm::from_uri("http://www.w3.org/2001/04/xmlenc#SHA256"), None);
    }

    #[test]
    fn no_identifier_means_two_things() {
        let mut all: Vec<&str> = DIGESTS.iter().flat_map(|entry| entry.uris).copied().collect();
        all.extend(SIGNATURES.iter().flat_map(|entry| entry.uris));
        all.extend(UNSUPPORTED.iter().map(|(uri, _)| uri));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|uri| uri.trim() == *uri && !uri.is_empty()));
    }

    #[test]
    fn identifiers_round_trip() {
        for entry in &DIGESTS {
            assert!(digest::available(entry.algorithm), "{}", entry.name);
            assert_eq!(entry.algorithm.name(), entry.name);
            for uri in entry.uris {
                assert_eq!(DigestAlgorithm::from_uri(uri), Some(entry.algorithm));
            }
            assert_eq!(DigestAlgorithm::from_uri(entry.algorithm.uri()), Some(entry.algorithm));
            for oid in entry.oids {
                assert_eq!(DigestAlgorithm::from_oid(oid), Some(entry.algorithm));
            }
            assert_eq!(DigestAlgorithm::from_oid(entry.algorithm.oid()), Some(entry.algorithm));
            if let Some(prefix) = entry.algorithm.digest_info_prefix() {
                assert_eq!(prefix.last().map(|len| usize::from(*len)), Some(entry.octets));
            }
        }
        for entry in &SIGNATURES {
            let algorithm = entry.algorithm();
            for uri in entry.uris {
                assert_eq!(SignatureAlgorithm::from_uri(uri), Some(algorithm), "{uri}");
            }
            assert_eq!(algorithm.uri(), entry.uris.first().copied());
            if entry.scheme == Scheme::Gost {
                assert_eq!(
                    ParameterSet::of_digest(entry.digest).map(SignatureAlgorithm::Gost),
                    Some(algorithm)
                );
            }
            if entry.scheme == Scheme::GostR {
                assert_eq!(GostR::of_digest(entry.digest).map(SignatureAlgorithm::GostR), Some(algorithm));
            }
            if let Some(der) = algorithm.to_der() {
                assert_eq!(SignatureAlgorithm::from_der(&der), Ok(algorithm));
            }
        }
        for (uri, name) in UNSUPPORTED {
            assert_eq!(unsupported_name(uri), Some(*name));
            assert_eq!(SignatureAlgorithm::from_uri(uri), None);
            assert_eq!(DigestAlgorithm::from_uri(uri), None);
        }
        for curve in Curve::ALL {
            assert_eq!(Curve::from_oid(curve.oid()), Some(curve));
            assert_eq!(curve.octets(), usize::try_from(curve.bits().div_ceil(8)).expect("small"));
        }
    }

    #[test]
    fn parameters_of_algorithm_identifiers() {
        let null = write::null();
        let of = |name: &str, rest: &[u8]| {
            SignatureAlgorithm::from_der(&write::sequence(&[&write::oid(name)[..], rest]))
        };
        // NULL or nothing with RSA, nothing with ECDSA and EdDSA, never anything else.
        assert!(of(oid::SHA256_WITH_RSA, &null).is_ok() && of(oid::SHA256_WITH_RSA, &[]).is_ok());
        assert_eq!(of(oid::SHA256_WITH_RSA, &write::integer(0)), Err(AlgorithmError::Malformed));
        assert_eq!(of(oid::SHA256_WITH_RSA, &[&null[..], &null].concat()), Err(AlgorithmError::Malformed));
        assert_eq!(of(oid::SHA256_WITH_RSA, &[5, 1, 0]), Err(AlgorithmError::Malformed));
        assert_eq!(of(oid::ECDSA_WITH_SHA256, &null), Err(AlgorithmError::Malformed));
        assert_eq!(of(oid::ED25519, &null), Err(AlgorithmError::Malformed));
        assert!(matches!(of("1.2.3", &null), Err(AlgorithmError::Unsupported { .. })));
        assert_eq!(SignatureAlgorithm::from_der(&[]), Err(AlgorithmError::Malformed));

        // PSS: absent parameters are no signature algorithm, an empty SEQUENCE means SHA-1.
        assert_eq!(of(oid::RSASSA_PSS, &[]), Err(AlgorithmError::Malformed));
        assert_eq!(of(oid::RSASSA_PSS, &null), Err(AlgorithmError::Malformed));
        let empty = write::sequence::<&[u8]>(&[]);
        assert_eq!(of(oid::RSASSA_PSS, &empty), Ok(SignatureAlgorithm::RsaPss(PssParameters::of(Sha1))));
        let trailer = |value| write::sequence(&[write::context(3, &[write::integer(value)])]);
        assert!(of(oid::RSASSA_PSS, &trailer(1)).is_ok());
        assert_eq!(of(oid::RSASSA_PSS, &trailer(2)), Err(AlgorithmError::Malformed));
        let huge = write::sequence(&[write::context(2, &[write::unsigned(&[1, 0, 0, 0])])]);
        assert_eq!(of(oid::RSASSA_PSS, &huge), Err(AlgorithmError::Malformed));
        let negative = write::sequence(&[write::context(2, &[vec![2, 1, 0xff]])]);
        assert_eq!(of(oid::RSASSA_PSS, &negative), Err(AlgorithmError::Malformed));
        let mask = write::sequence(&[write::context(1, &[write::sequence(&[write::oid("1.2.3")])])]);
        assert!(matches!(of(oid::RSASSA_PSS, &mask), Err(AlgorithmError::Unsupported { .. })));
        let mixed = PssParameters { digest: Sha512, mgf_digest: Sha256, salt_length: 7 };
        let der = SignatureAlgorithm::RsaPss(mixed).to_der().expect("a name");
        assert_eq!(SignatureAlgorithm::from_der(&der), Ok(SignatureAlgorithm::RsaPss(mixed)));
        assert_eq!(SignatureAlgorithm::RsaPss(mixed).uri(), Some(RSA_PSS_URI));
    }
}
