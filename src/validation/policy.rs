//! What a judgement demands beyond the mathematics: which algorithms and key lengths are trusted, and
//! the national rules on usages and names. A policy is data; three are built in.

use serde::Deserialize;

use crate::crypto::{self, DigestAlgorithm};

/// A validation policy. Every field of a policy file is required, so that none is assumed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub name: String,
    /// Least bits of an RSA key.
    pub rsa_bits: u32,
    /// Least bits of the order of an elliptic curve.
    pub ec_bits: u32,
    /// Whether SHA-1 may be used, in signatures and certificates.
    pub sha1: bool,
    /// Whether the national rules apply: signing certificates need digitalSignature with
    /// nonRepudiation, and an extended key usage, where present, must allow signing documents.
    pub national_rules: bool,
}

/// A policy that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("the policy file is not valid: {0}")]
    Malformed(#[from] toml::de::Error),
}

impl Policy {
    /// Kazakhstan's rules; the default.
    pub fn kz() -> Self {
        Self { name: "kz".into(), rsa_bits: 2048, ec_bits: 256, sha1: false, national_rules: true }
    }

    /// No rules of one country.
    pub fn generic() -> Self {
        Self { name: "generic".into(), national_rules: false, ..Self::kz() }
    }

    /// For conformance suites: SHA-1 and short keys too.
    pub fn interop() -> Self {
        Self { name: "interop".into(), rsa_bits: 512, ec_bits: 160, sha1: true, national_rules: false }
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
            "{}\n{}\n{}\n{}\n{}\n",
            self.name, self.rsa_bits, self.ec_bits, self.sha1, self.national_rules
        );
        crypto::sha256(settings.as_bytes())
    }

    pub(super) fn trusts_digest(&self, digest: DigestAlgorithm) -> bool {
        self.sha1 || digest != DigestAlgorithm::Sha1
    }
}
