//! What a certificate says, put together for showing: names, numbers, roles, usages and algorithms by
//! their codes. Nothing is judged, no path is built and no revocation looked up; sex and date of birth,
//! which an IIN holds, are not told.

use jiff::{Timestamp, Zoned};
use serde::Serialize;

use crate::calendar;
use crate::crypto::{Curve, KeyError, KeyKind, SignatureAlgorithm};
use crate::identity_number::{Bin, Iin};
use crate::pkix::national::{self, Meaning};
use crate::pkix::{Certificate, KeyUsage, KeyUse};
use crate::validation::report::{hex, rfc3339};

/// A certificate in words and codes. The names of the fields are a contract; more may be added.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Description {
    pub subject: String,
    pub common_name: Option<String>,
    pub surname: Option<String>,
    /// In national certificates the patronymic.
    pub given_name: Option<String>,
    pub email: Option<String>,
    pub iin: Option<String>,
    /// A code of [`crate::identity_number::Standing`]; `None` where no IIN is claimed.
    pub iin_status: Option<&'static str>,
    pub organization: Option<String>,
    pub bin: Option<String>,
    pub bin_status: Option<&'static str>,
    /// Codes of [`national::TABLE`].
    pub roles: Vec<&'static str>,
    /// Whether it is a certification authority's.
    pub authority: bool,
    /// `sign`, `auth` or `unknown`: the first of `key_uses`.
    pub key_use: &'static str,
    /// `sign` and `auth`, both for a single key.
    pub key_uses: Vec<&'static str>,
    /// The bits of keyUsage by the names of RFC 5280 in snake case, but `content_commitment` for the
    /// second one.
    pub key_usage: Vec<&'static str>,
    /// Dotted OIDs; `None` without the extension.
    pub extended_key_usage: Option<Vec<String>>,
    /// Those of `extended_key_usage` that are usages, by code.
    pub usages: Vec<&'static str>,
    /// Dotted OIDs.
    pub policies: Vec<String>,
    /// Those of `policies` that are known, by code.
    pub policy_codes: Vec<&'static str>,
    /// Code, or the dotted OID of a kind that is not known.
    pub key_storage: Vec<String>,
    /// As the program writes kinds of keys; kept for those who read it. `key_algorithm` says more.
    pub key: String,
    pub key_algorithm: KeyName,
    /// Dotted OID.
    pub signature_algorithm: String,
    /// `None` for an algorithm without a name here.
    pub signature_algorithm_name: Option<String>,
    pub issuer: String,
    pub serial: String,
    pub sha256: String,
    pub not_before: String,
    pub not_after: String,
    /// `valid`, `expired` or `not_yet_valid` at the time of the call, by its dates alone.
    pub validity: &'static str,
    pub ocsp: Vec<String>,
    pub ca_issuers: Vec<String>,
    pub crl: Vec<String>,
}

/// The algorithm of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyName {
    /// The name in use, or the dotted OID of an algorithm that has none here.
    pub name: String,
    /// Its size; `None` when it cannot be told.
    pub bits: Option<u32>,
}

/// What the certificate says; `at` is the time of the question.
pub fn describe(certificate: &Certificate, at: Timestamp) -> Description {
    let subject = certificate.subject();
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let codes = |meaning, oids: &[String]| -> Vec<&'static str> {
        oids.iter().filter_map(|oid| national::code(meaning, oid)).collect()
    };
    let uses = [(certificate.may_sign(), "sign"), (certificate.may_authenticate(), "auth")];
    let extended = certificate.extended_key_usage();
    Description {
        subject: subject.to_rfc4514(),
        common_name: owned(subject.common_name()),
        surname: owned(subject.surname()),
        given_name: owned(subject.given_name()),
        email: owned(subject.email()),
        iin: owned(subject.iin()),
        iin_status: subject.iin().or(subject.iin_claims().next()).map(|text| Iin::standing(text).code()),
        organization: owned(subject.organization()),
        bin: owned(subject.bin()),
        bin_status: subject.bin().or(subject.bin_claims().next()).map(|text| Bin::standing(text).code()),
        roles: certificate.roles(),
        authority: certificate.basic_constraints().is_some_and(|constraints| constraints.ca),
        key_use: match certificate.key_use() {
            KeyUse::Sign => "sign",
            KeyUse::Auth => "auth",
            KeyUse::Unknown => "unknown",
        },
        key_uses: uses.into_iter().filter(|(may, _)| *may).map(|(_, name)| name).collect(),
        key_usage: certificate.key_usage().map(bits).unwrap_or_default(),
        extended_key_usage: extended.map(<[String]>::to_vec),
        usages: codes(Meaning::Usage, extended.unwrap_or_default()),
        policies: certificate.policies().to_vec(),
        policy_codes: codes(Meaning::Policy, certificate.policies()),
        key_storage: certificate.key_storage().iter().map(|oid| storage(oid)).collect(),
        key: match certificate.public_key() {
            Ok(key) => format!("{:?}", key.kind()),
            Err(error) => error.to_string(),
        },
        key_algorithm: key_name(certificate),
        signature_algorithm: certificate.signature_algorithm_oid().to_owned(),
        signature_algorithm_name: signature_name(certificate),
        issuer: certificate.issuer().to_rfc4514(),
        serial: certificate.serial_hex(),
        sha256: hex(&certificate.sha256()),
        not_before: rfc3339(certificate.not_before()),
        not_after: rfc3339(certificate.not_after()),
        validity: match at {
            at if at < certificate.not_before() => "not_yet_valid",
            at if at > certificate.not_after() => "expired",
            _ => "valid",
        },
        ocsp: certificate.ocsp_urls().to_vec(),
        ca_issuers: certificate.ca_issuer_urls().to_vec(),
        crl: certificate.crl_distribution_points().to_vec(),
    }
}

/// A moment on the clocks of Almaty.
pub fn local(at: Timestamp) -> Zoned {
    at.to_zoned(calendar::ZONE.clone())
}

fn storage(oid: &str) -> String {
    national::code(Meaning::KeyStorage, oid).unwrap_or(oid).to_owned()
}

fn bits(usage: KeyUsage) -> Vec<&'static str> {
    let all = [
        (usage.digital_signature, "digital_signature"),
        (usage.content_commitment, "content_commitment"),
        (usage.key_encipherment, "key_encipherment"),
        (usage.data_encipherment, "data_encipherment"),
        (usage.key_agreement, "key_agreement"),
        (usage.key_cert_sign, "key_cert_sign"),
        (usage.crl_sign, "crl_sign"),
        (usage.encipher_only, "encipher_only"),
        (usage.decipher_only, "decipher_only"),
    ];
    all.into_iter().filter(|(set, _)| *set).map(|(_, name)| name).collect()
}

fn key_name(certificate: &Certificate) -> KeyName {
    match certificate.public_key() {
        Ok(key) => KeyName { name: kind_name(key.kind()).to_owned(), bits: Some(key.bits()) },
        Err(KeyError::Unsupported { algorithm }) => KeyName { name: algorithm.clone(), bits: None },
        Err(error @ KeyError::Malformed) => KeyName { name: error.to_string(), bits: None },
    }
}

/// The name of a kind of key, its size apart.
fn kind_name(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Rsa { .. } => "RSA",
        KeyKind::Dsa { .. } => "DSA",
        KeyKind::Ed25519 => "Ed25519",
        KeyKind::Ed448 => "Ed448",
        KeyKind::Gost(set) => set.name(),
        KeyKind::GostR(one) => one.name(),
        KeyKind::Ec { curve } => match curve {
            Curve::P192 => "EC P-192",
            Curve::P224 => "EC P-224",
            Curve::P256 => "EC P-256",
            Curve::P384 => "EC P-384",
            Curve::P521 => "EC P-521",
            Curve::Secp256k1 => "EC secp256k1",
            Curve::BrainpoolP256r1 => "EC brainpoolP256r1",
            Curve::BrainpoolP384r1 => "EC brainpoolP384r1",
            Curve::BrainpoolP512r1 => "EC brainpoolP512r1",
        },
    }
}

fn signature_name(certificate: &Certificate) -> Option<String> {
    Some(match certificate.signature_algorithm().ok()? {
        SignatureAlgorithm::RsaPkcs1(digest) => format!("RSA, {}", digest.name()),
        SignatureAlgorithm::RsaPss(parameters) => format!("RSA-PSS, {}", parameters.digest.name()),
        SignatureAlgorithm::Ecdsa(digest) => format!("ECDSA, {}", digest.name()),
        SignatureAlgorithm::Dsa(digest) => format!("DSA, {}", digest.name()),
        SignatureAlgorithm::Gost(set) => format!("{}, {}", set.name(), set.digest().name()),
        SignatureAlgorithm::GostR(one) => format!("{}, {}", one.name(), one.digest().name()),
        SignatureAlgorithm::Hmac(digest) => format!("HMAC, {}", digest.name()),
        SignatureAlgorithm::Ed25519 => "Ed25519".to_owned(),
        SignatureAlgorithm::Ed448 => "Ed448".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_on_the_clocks_of_almaty() {
        let shown = |at: &str| local(at.parse().expect("a time")).strftime("%F %T %:z").to_string();
        assert_eq!(shown("2026-05-08T06:45:13Z"), "2026-05-08 11:45:13 +05:00");
        // Until the end of February 2024 it was an hour more.
        assert_eq!(shown("2023-05-08T06:45:13Z"), "2023-05-08 12:45:13 +06:00");
        // No end (RFC 5280 4.1.2.5).
        assert_eq!(local(Timestamp::MAX).timestamp(), Timestamp::MAX);
    }
}
