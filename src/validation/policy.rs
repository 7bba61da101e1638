//! What a judgement demands beyond the mathematics: which algorithms and key lengths are trusted, and
//! the national rules on usages and names. A policy is data; three are built in.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Code, Level};
use crate::crypto::{self, Curve, DigestAlgorithm, KeyKind, SignatureAlgorithm};

/// A validation policy. Every field of a policy file is required, so that none is assumed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub name: String,
    /// Least bits of an RSA modulus, and of the prime p of a DSA key.
    pub rsa_bits: u32,
    /// Least bits of the order of an elliptic curve, and of the prime q of a DSA key.
    pub ec_bits: u32,
    /// Whether SHA-1 and RIPEMD-160 may be used, in signatures and certificates.
    pub sha1: bool,
    /// Whether DSA may be used, in signatures and certificates.
    pub dsa: bool,
    /// Whether an HMAC under a shared secret may stand for a signature.
    pub hmac: bool,
    /// Whether the national rules apply: signing certificates need digitalSignature with
    /// nonRepudiation, an extended key usage, where present, must allow signing documents, a policy of
    /// authentication keys must not be their only one, and IIN and BIN of the subject must be numbers.
    pub national_rules: bool,
    /// Levels other than the table's; nothing for what is left out of the report.
    #[serde(skip)]
    pub levels: BTreeMap<Code, Option<Level>>,
}

/// What a policy asks of algorithms and keys, all that bears on the choice of a path.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Strength {
    rsa_bits: u32,
    ec_bits: u32,
    sha1: bool,
    dsa: bool,
    hmac: bool,
}

/// A policy that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("the policy file is not valid: {0}")]
    Malformed(#[from] toml::de::Error),
}

impl PolicyError {
    /// The line of the file that is at fault, from 1; 1 too for what is missing from all of it.
    pub fn line(&self, text: &str) -> usize {
        let Self::Malformed(error) = self;
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        before.matches('\n').count() + 1
    }
}

impl Policy {
    /// Kazakhstan's rules; the default.
    pub fn kz() -> Self {
        Self {
            name: "kz".into(),
            rsa_bits: 2048,
            ec_bits: 256,
            sha1: false,
            dsa: false,
            hmac: false,
            national_rules: true,
            levels: BTreeMap::new(),
        }
    }

    /// No rules of one country.
    pub fn generic() -> Self {
        Self { name: "generic".into(), national_rules: false, ..Self::kz() }
    }

    /// For conformance suites: SHA-1, DSA, HMAC and short keys too.
    pub fn interop() -> Self {
        Self {
            name: "interop".into(),
            rsa_bits: 512,
            ec_bits: 160,
            sha1: true,
            dsa: true,
            hmac: true,
            national_rules: false,
            levels: BTreeMap::new(),
        }
    }

    /// A built-in policy.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "kz" => Some(Self::kz()),
            "generic" => Some(Self::generic()),
            "interop" => Some(Self::interop()),
            _ => None,
        }
    }

    /// The policy in a TOML file.
    ///
    /// # Errors
    /// When the text is not such a policy.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        Ok(toml::from_str(text)?)
    }

    /// SHA-256 over the settings, so that a report tells which policy was in force.
    pub fn sha256(&self) -> [u8; 32] {
        let settings = format!(
            "{}\n{}\n{}\n{}\n{}\n{}\n{}\n",
            self.name, self.rsa_bits, self.ec_bits, self.sha1, self.dsa, self.hmac, self.national_rules
        );
        crypto::sha256(settings.as_bytes())
    }

    /// The level that the policy has for a code: `None` where it names none, `Some(None)` where it wants
    /// nothing said.
    pub(super) fn level(&self, code: Code) -> Option<Option<Level>> {
        self.levels.get(&code).copied()
    }

    pub(super) fn strength(&self) -> Strength {
        let Self { rsa_bits, ec_bits, sha1, dsa, hmac, .. } = *self;
        Strength { rsa_bits, ec_bits, sha1, dsa, hmac }
    }

    /// Whether the hash function resists collisions well enough: MD5 never, those of 160 bits only where
    /// `sha1` says so. SHA-224, with 112 bits of security, does.
    pub fn trusts_digest(&self, digest: DigestAlgorithm) -> bool {
        match digest {
            DigestAlgorithm::Md5 => false,
            DigestAlgorithm::Sha1 | DigestAlgorithm::Ripemd160 => self.sha1,
            DigestAlgorithm::Sha224
            | DigestAlgorithm::Sha256
            | DigestAlgorithm::Sha384
            | DigestAlgorithm::Sha512
            | DigestAlgorithm::Sha3_224
            | DigestAlgorithm::Sha3_256
            | DigestAlgorithm::Sha3_384
            | DigestAlgorithm::Sha3_512
            | DigestAlgorithm::Streebog256
            | DigestAlgorithm::Streebog512
            // Collisions of GOST 34.311-95 take 2^105 steps (Mendel et al., 2008), about those of SHA-224.
            | DigestAlgorithm::Gost34311 => true,
        }
    }

    /// Whether the algorithm may be used, with every hash in it.
    pub fn trusts_signature(&self, algorithm: &SignatureAlgorithm) -> bool {
        match algorithm {
            SignatureAlgorithm::RsaPkcs1(digest) | SignatureAlgorithm::Ecdsa(digest) => {
                self.trusts_digest(*digest)
            }
            SignatureAlgorithm::RsaPss(parameters) => {
                self.trusts_digest(parameters.digest) && self.trusts_digest(parameters.mgf_digest)
            }
            SignatureAlgorithm::Ed25519 | SignatureAlgorithm::Ed448 => true,
            SignatureAlgorithm::Gost(set) => self.trusts_digest(set.digest()),
            SignatureAlgorithm::Dsa(digest) => self.dsa && self.trusts_digest(*digest),
            SignatureAlgorithm::Hmac(digest) => self.hmac && self.trusts_digest(*digest),
        }
    }

    /// Whether a key of this kind and size may be used. DSA keys are refused by size only here, by kind
    /// in [`Policy::trusts_signature`].
    pub fn trusts_key_size(&self, kind: KeyKind) -> bool {
        match kind {
            KeyKind::Rsa { bits } => bits >= self.rsa_bits,
            KeyKind::Ec { curve } => curve.bits() >= self.ec_bits,
            // As strong as curves of 256 and 448 bits (RFC 7748 1).
            KeyKind::Ed25519 => Curve::P256.bits() >= self.ec_bits,
            KeyKind::Ed448 => 448 >= self.ec_bits,
            KeyKind::Gost(set) => set.bits() >= self.ec_bits,
            KeyKind::Dsa { bits, subgroup_bits } => bits >= self.rsa_bits && subgroup_bits >= self.ec_bits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_algorithms_only_where_the_policy_says_so() {
        use DigestAlgorithm::*;
        let (kz, generic, interop) = (Policy::kz(), Policy::generic(), Policy::interop());
        for algorithm in [
            SignatureAlgorithm::RsaPkcs1(Sha1),
            SignatureAlgorithm::RsaPkcs1(Ripemd160),
            SignatureAlgorithm::Ecdsa(Sha1),
            SignatureAlgorithm::RsaPss(crypto::PssParameters::of(Sha1)),
            SignatureAlgorithm::RsaPss(crypto::PssParameters {
                mgf_digest: Sha1,
                ..crypto::PssParameters::of(Sha256)
            }),
            SignatureAlgorithm::Dsa(Sha1),
            SignatureAlgorithm::Dsa(Sha256),
            SignatureAlgorithm::Hmac(Sha1),
            SignatureAlgorithm::Hmac(Sha512),
        ] {
            let verdicts = [&kz, &generic, &interop].map(|policy| policy.trusts_signature(&algorithm));
            assert_eq!(verdicts, [false, false, true], "{algorithm:?}");
        }
        for policy in [&kz, &generic, &interop] {
            assert!(!policy.trusts_digest(Md5));
            assert!(!policy.trusts_signature(&SignatureAlgorithm::RsaPkcs1(Md5)));
            assert!(!policy.trusts_signature(&SignatureAlgorithm::Hmac(Md5)));
            assert!(policy.trusts_digest(Sha224) && policy.trusts_digest(Sha3_224));
            assert!(policy.trusts_signature(&SignatureAlgorithm::Ed25519));
        }
    }

    #[test]
    fn sizes_of_keys() {
        let (kz, interop) = (Policy::kz(), Policy::interop());
        for (kind, strict, loose) in [
            (KeyKind::Rsa { bits: 511 }, false, false),
            (KeyKind::Rsa { bits: 2047 }, false, true),
            (KeyKind::Rsa { bits: 2048 }, true, true),
            (KeyKind::Ec { curve: Curve::P192 }, false, true),
            (KeyKind::Ec { curve: Curve::P224 }, false, true),
            (KeyKind::Ec { curve: Curve::P256 }, true, true),
            (KeyKind::Ed25519, true, true),
            (KeyKind::Ed448, true, true),
            (KeyKind::Dsa { bits: 1024, subgroup_bits: 160 }, false, true),
            (KeyKind::Dsa { bits: 2048, subgroup_bits: 224 }, false, true),
            (KeyKind::Dsa { bits: 2048, subgroup_bits: 256 }, true, true),
        ] {
            assert_eq!(
                (kz.trusts_key_size(kind), interop.trusts_key_size(kind)),
                (strict, loose),
                "{kind:?}"
            );
        }
        let demanding = Policy { ec_bits: 384, ..kz };
        assert!(!demanding.trusts_key_size(KeyKind::Ed25519) && demanding.trusts_key_size(KeyKind::Ed448));
    }

    #[test]
    fn every_setting_changes_the_digest_and_must_be_given() {
        let base = Policy::kz();
        let others = [
            Policy { name: "other".into(), ..base.clone() },
            Policy { rsa_bits: 1, ..base.clone() },
            Policy { ec_bits: 1, ..base.clone() },
            Policy { sha1: true, ..base.clone() },
            Policy { dsa: true, ..base.clone() },
            Policy { hmac: true, ..base.clone() },
            Policy { national_rules: false, ..base.clone() },
        ];
        let mut digests: Vec<_> = others.iter().map(Policy::sha256).chain([base.sha256()]).collect();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), others.len() + 1);

        let lines = [
            "name = \"a\"",
            "rsa_bits = 1",
            "ec_bits = 1",
            "sha1 = true",
            "dsa = true",
            "hmac = true",
            "national_rules = true",
        ];
        assert!(Policy::from_toml(&lines.join("\n")).is_ok());
        for missing in 0..lines.len() {
            let text: Vec<_> =
                lines.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, l)| *l).collect();
            assert!(Policy::from_toml(&text.join("\n")).is_err(), "{missing}");
        }
        let unknown = [&lines[..3], &["md5 = true"], &lines[3..]].concat().join("\n");
        assert_eq!(Policy::from_toml(&unknown).map_err(|error| error.line(&unknown)).err(), Some(4));
    }
}
