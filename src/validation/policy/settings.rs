//! A policy as it is written: a TOML file whose every key is required, so that none is assumed. What a
//! section lists is all that it allows: an algorithm or a use that is not named is not accepted. Only
//! `description` and `levels` may be missing, which then say nothing.
//!
//! The digest of a policy is over its canonical form: the settings in the order of their names, lists sorted,
//! algorithms that are never accepted left out. Two files that demand the same have the same digest, however
//! they are written; the description is not a part of it.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::{Code, Level};
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};
use crate::pkix::KeyUsage;
use crate::pkix::national::{self, Meaning};

/// All that a policy demands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What reports call the policy.
    pub name: String,
    /// What it is for, for people.
    #[serde(default, skip_serializing)]
    pub description: Description,
    /// Algorithms that are accepted.
    pub algorithms: Algorithms,
    /// Least sizes of keys.
    pub keys: Keys,
    /// How old what tells of revocation may be.
    pub freshness: Freshness,
    /// What a certificate must be for whose key signs documents.
    pub usages: Usages,
    /// Who must hold a certificate that signs documents.
    pub roles: Roles,
    /// Levels other than the table's.
    #[serde(default)]
    pub levels: Levels,
}

/// A text in up to three languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Description {
    pub kk: Option<String>,
    pub ru: Option<String>,
    pub en: Option<String>,
}

/// Algorithms, and until when they are accepted; what is not named never is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Algorithms {
    /// Hash functions, by themselves and within signatures.
    pub digest: BTreeMap<Digest, Uses>,
    /// Signature schemes.
    pub signature: BTreeMap<Scheme, Uses>,
}

/// A hash function by the name of its standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub DigestAlgorithm);

impl Ord for Digest {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.name().cmp(other.0.name())
    }
}

impl PartialOrd for Digest {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        match DigestAlgorithm::from_name(&name) {
            // Its collisions can be made by anybody: no policy has it.
            Some(DigestAlgorithm::Md5) => Err(de::Error::custom("never accepted: MD5")),
            Some(digest) => Ok(Self(digest)),
            None => Err(de::Error::custom(format!("no hash function has this name: {name}"))),
        }
    }
}

/// Signature schemes, whatever hash function is in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 8.2).
    #[serde(rename = "RSA")]
    Rsa,
    /// RSASSA-PSS (RFC 8017 8.1).
    #[serde(rename = "RSA-PSS")]
    RsaPss,
    /// ECDSA (FIPS 186-5 6).
    #[serde(rename = "ECDSA")]
    Ecdsa,
    /// Ed25519 and Ed448 (RFC 8032).
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// GOST 34.10-2015 and GOST 34.310-2004.
    #[serde(rename = "GOST")]
    Gost,
    /// GOST R 34.10-2001 and 34.10-2012.
    #[serde(rename = "GOST-R")]
    GostR,
    /// DSA (FIPS 186-4 4).
    #[serde(rename = "DSA")]
    Dsa,
    /// HMAC (RFC 2104), which is no signature.
    #[serde(rename = "HMAC")]
    Hmac,
}

impl Scheme {
    /// The scheme of an algorithm.
    pub fn of(algorithm: &SignatureAlgorithm) -> Self {
        match algorithm {
            SignatureAlgorithm::RsaPkcs1(_) => Self::Rsa,
            SignatureAlgorithm::RsaPss(_) => Self::RsaPss,
            SignatureAlgorithm::Ecdsa(_) => Self::Ecdsa,
            SignatureAlgorithm::Ed25519 | SignatureAlgorithm::Ed448 => Self::EdDsa,
            SignatureAlgorithm::Gost(_) => Self::Gost,
            SignatureAlgorithm::GostR(_) => Self::GostR,
            SignatureAlgorithm::Dsa(_) => Self::Dsa,
            SignatureAlgorithm::Hmac(_) => Self::Hmac,
        }
    }
}

/// What an algorithm is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// The signature that is judged, with the digests in it.
    Signature,
    /// Signatures on certificates.
    Certificate,
    /// Signatures on revocation lists and on answers of responders.
    Revocation,
    /// Timestamps: their imprint and their signature.
    Timestamp,
}

/// Until when an algorithm is accepted, by use. In a file: one word for all uses, or a table of uses, of
/// which those that are not named are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Uses {
    pub signature: Until,
    pub certificate: Until,
    pub revocation: Until,
    pub timestamp: Until,
}

impl Uses {
    /// The same for every use.
    pub const fn all(until: Until) -> Self {
        Self { signature: until, certificate: until, revocation: until, timestamp: until }
    }

    /// Until when for one use.
    pub fn of(&self, use_: Use) -> Until {
        match use_ {
            Use::Signature => self.signature,
            Use::Certificate => self.certificate,
            Use::Revocation => self.revocation,
            Use::Timestamp => self.timestamp,
        }
    }

    fn ends(&self) -> impl Iterator<Item = Timestamp> {
        let all = [self.signature, self.certificate, self.revocation, self.timestamp];
        all.into_iter().filter_map(|until| match until {
            Until::Date(date) => Some(day_after(date)),
            Until::Always | Until::Never => None,
        })
    }
}

impl<'de> Deserialize<'de> for Uses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct ByUse {
            signature: Until,
            certificate: Until,
            revocation: Until,
            timestamp: Until,
        }

        impl Default for ByUse {
            fn default() -> Self {
                let Uses { signature, certificate, revocation, timestamp } = Uses::all(Until::Never);
                Self { signature, certificate, revocation, timestamp }
            }
        }

        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Uses;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("always, never, a date, or a table of uses")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Uses, E> {
                Until::read(text).map(Uses::all)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Uses, A::Error> {
                let by_use = ByUse::deserialize(de::value::MapAccessDeserializer::new(map))?;
                let ByUse { signature, certificate, revocation, timestamp } = by_use;
                Ok(Uses { signature, certificate, revocation, timestamp })
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// Until when something is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Without an end.
    Always,
    /// Up to and including this day, in UTC.
    Date(Date),
    /// Not at all.
    Never,
}

impl Until {
    fn read<E: de::Error>(text: &str) -> Result<Self, E> {
        match text {
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            date => match date.parse() {
                Ok(date) => Ok(Self::Date(date)),
                Err(_) => Err(E::custom(format!("{text} is neither always, never nor a date"))),
            },
        }
    }

    /// The earlier of two ends.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::Always, end) | (end, Self::Always) => end,
            (Self::Date(one), Self::Date(other)) => Self::Date(one.min(other)),
        }
    }

    /// Whether the moment is not after the end.
    pub fn holds(self, at: Timestamp) -> bool {
        match self {
            Self::Always => true,
            Self::Date(date) => at < day_after(date),
            Self::Never => false,
        }
    }
}

impl Serialize for Until {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Always => serializer.serialize_str("always"),
            Self::Date(date) => serializer.collect_str(date),
            Self::Never => serializer.serialize_str("never"),
        }
    }
}

impl<'de> Deserialize<'de> for Until {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(&String::deserialize(deserializer)?)
    }
}

/// The moment at which a day begins, in UTC.
fn start(date: Date) -> Timestamp {
    let zoned = date.to_zoned(jiff::tz::TimeZone::UTC);
    zoned.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

fn day_after(date: Date) -> Timestamp {
    date.tomorrow().map_or(Timestamp::MAX, start)
}

/// Least sizes of keys in bits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// Of an RSA modulus.
    pub rsa: Minimum,
    /// Of the order of an elliptic curve.
    pub ec: Minimum,
    /// Of the prime p of a DSA key.
    pub dsa: Minimum,
    /// Of the prime q of a DSA key.
    pub dsa_subgroup: Minimum,
}

/// A least size that may grow. In a file: a number, or a list of `{ from = "2031-01-01", bits = 3072 }`, of
/// which the last one that has begun counts, and before all of them the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Minimum(Vec<Step>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    from: Date,
    bits: u32,
}

impl Minimum {
    /// The same at all times.
    pub fn of(bits: u32) -> Self {
        Self(vec![Step { from: Date::ZERO, bits }])
    }

    /// The least size at a moment.
    pub fn at(&self, at: Timestamp) -> u32 {
        let begun = self.0.iter().rev().find(|step| start(step.from) <= at);
        begun.or_else(|| self.0.first()).map_or(u32::MAX, |step| step.bits)
    }
}

impl<'de> Deserialize<'de> for Minimum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Minimum;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of bits, or a list of { from, bits }")
            }

            fn visit_i64<E: de::Error>(self, bits: i64) -> Result<Minimum, E> {
                let bits = u32::try_from(bits).map_err(|_| E::custom("not a number of bits"))?;
                Ok(Minimum::of(bits))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Minimum, A::Error> {
                let mut steps: Vec<Step> = Vec::new();
                while let Some(step) = list.next_element::<Step>()? {
                    if steps.last().is_some_and(|last| step.from <= last.from) {
                        return Err(de::Error::custom("the dates must go up"));
                    }
                    steps.push(step);
                }
                if steps.is_empty() {
                    return Err(de::Error::custom("the list is empty"));
                }
                Ok(Minimum(steps))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// How old revocation lists and answers may be when they clear somebody (EN 319 102-1 5.2.5). Both rules of
/// that clause hold together: nothing clears after its nextUpdate, and nothing that is older than `max_age`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freshness {
    /// Hours since thisUpdate of a list or producedAt of an answer.
    pub max_age_hours: Age,
    /// Hours since thisUpdate of an answer that does not say until when it counts, as those of the national
    /// responders do not.
    pub answer_hours: u32,
}

/// An age in hours, or `"any"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// However old.
    Any,
    /// So many hours at most.
    Hours(u32),
}

impl Serialize for Age {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => serializer.serialize_str("any"),
            Self::Hours(hours) => serializer.serialize_u32(*hours),
        }
    }
}

impl<'de> Deserialize<'de> for Age {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Age;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of hours, or \"any\"")
            }

            fn visit_i64<E: de::Error>(self, hours: i64) -> Result<Age, E> {
                u32::try_from(hours).map(Age::Hours).map_err(|_| E::custom("not a number of hours"))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Age, E> {
                match text {
                    "any" => Ok(Age::Any),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// What a certificate must say whose key signs documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usages {
    /// Bits of keyUsage, all of which it must have.
    pub key_usage: Vec<Bit>,
    /// Purposes of extKeyUsage, dotted, of which it must have one where it has the extension; or `"any"`.
    pub extended_key_usage: Purposes,
    /// Whether a role of the national authorities in extKeyUsage stands for a purpose as well, if nothing
    /// from elsewhere is beside it (`pkix::national`).
    pub national_roles: bool,
    /// Certificate policies, dotted, which must not be all that it names.
    pub forbidden_policies: Vec<String>,
    /// Certificate policies, dotted, of which it must name one; none asks for none.
    pub required_policies: Vec<String>,
    /// Whether an IIN or BIN in its subject must be one.
    pub identity_numbers: bool,
}

impl Usages {
    /// Demands what `other` does, too.
    pub(super) fn demand_too(&mut self, other: &Self) {
        self.extended_key_usage = match (&self.extended_key_usage, &other.extended_key_usage) {
            (Purposes::Any, theirs) => {
                self.national_roles = other.national_roles;
                theirs.clone()
            }
            (own, Purposes::Any) => own.clone(),
            (Purposes::OneOf(own), Purposes::OneOf(theirs)) => {
                self.national_roles &= other.national_roles;
                Purposes::OneOf(own.iter().filter(|purpose| theirs.contains(purpose)).cloned().collect())
            }
        };
        self.key_usage.extend(&other.key_usage);
        self.forbidden_policies.extend(other.forbidden_policies.iter().cloned());
        if self.required_policies.is_empty() {
            self.required_policies.clone_from(&other.required_policies);
        }
        self.identity_numbers |= other.identity_numbers;
    }

    /// Whether anything is demanded of those who sign.
    pub fn demand_anything(&self) -> bool {
        !self.key_usage.is_empty()
            || self.extended_key_usage != Purposes::Any
            || !self.forbidden_policies.is_empty()
            || !self.required_policies.is_empty()
    }
}

/// Bits of keyUsage (RFC 5280 4.2.1.3) that a policy can demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum Bit {
    DigitalSignature,
    NonRepudiation,
    KeyEncipherment,
    DataEncipherment,
    KeyAgreement,
}

impl Bit {
    /// Whether the bit is set.
    pub fn is_in(self, usage: KeyUsage) -> bool {
        match self {
            Self::DigitalSignature => usage.digital_signature,
            Self::NonRepudiation => usage.content_commitment,
            Self::KeyEncipherment => usage.key_encipherment,
            Self::DataEncipherment => usage.data_encipherment,
            Self::KeyAgreement => usage.key_agreement,
        }
    }
}

/// Purposes, or any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purposes {
    /// Whatever it says.
    Any,
    /// One of these.
    OneOf(Vec<String>),
}

impl Serialize for Purposes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => serializer.serialize_str("any"),
            Self::OneOf(purposes) => purposes.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Purposes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Purposes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"any\" or a list of object identifiers")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Purposes, E> {
                match text {
                    "any" => Ok(Purposes::Any),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Purposes, A::Error> {
                let mut purposes = Vec::new();
                while let Some(purpose) = list.next_element()? {
                    purposes.push(purpose);
                }
                Ok(Purposes::OneOf(purposes))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// Who must hold a certificate that signs documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// Codes of roles (`pkix::national`), of which the holder must have one; none asks for none.
    pub required: Vec<Role>,
}

/// The code of a role of the national authorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Role(pub &'static str);

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known =
            national::TABLE.iter().find(|(meaning, _, code)| *meaning == Meaning::Role && *code == name);
        known
            .map(|(_, _, code)| Self(code))
            .ok_or_else(|| de::Error::custom(format!("no role has this code: {name}")))
    }
}

/// Levels by code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Levels(pub BTreeMap<Open, Weight>);

/// A code whose level a policy may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Open(Code);

impl Open {
    /// The code, unless the table holds it fixed.
    pub fn new(code: Code) -> Option<Self> {
        (!code.row().fixed).then_some(Self(code))
    }

    /// Whether it is this code.
    pub fn is(self, code: Code) -> bool {
        self.0 == code
    }
}

/// What a policy makes of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Weight {
    Fail,
    Warn,
    Info,
    /// It is left out of the report.
    Ignore,
}

impl Weight {
    /// The level; none for what is left out.
    pub fn level(self) -> Option<Level> {
        match self {
            Self::Fail => Some(Level::Fail),
            Self::Warn => Some(Level::Warn),
            Self::Info => Some(Level::Info),
            Self::Ignore => None,
        }
    }
}

impl Levels {
    /// What the policy makes of a code, if it says anything of it.
    pub fn of(&self, code: Code) -> Option<Weight> {
        self.0.get(&Open(code)).copied()
    }
}

impl<'de> Deserialize<'de> for Open {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let code =
            Code::named(&name).ok_or_else(|| de::Error::custom(format!("no check has this code: {name}")))?;
        Self::new(code)
            .ok_or_else(|| de::Error::custom(format!("fixed, no policy may change its level: {name}")))
    }
}

impl<'de> Deserialize<'de> for Levels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(Self)
    }
}

impl Settings {
    /// Settings by which nothing is accepted.
    pub(super) fn nothing(name: &str) -> Self {
        let none = || Minimum(Vec::new());
        Self {
            name: name.to_owned(),
            description: Description::default(),
            algorithms: Algorithms { digest: BTreeMap::new(), signature: BTreeMap::new() },
            keys: Keys { rsa: none(), ec: none(), dsa: none(), dsa_subgroup: none() },
            freshness: Freshness { max_age_hours: Age::Hours(0), answer_hours: 0 },
            usages: Usages {
                key_usage: Vec::new(),
                extended_key_usage: Purposes::OneOf(Vec::new()),
                national_roles: false,
                forbidden_policies: Vec::new(),
                required_policies: Vec::new(),
                identity_numbers: true,
            },
            roles: Roles { required: Vec::new() },
            levels: Levels::default(),
        }
    }

    /// Puts what can be written in several ways into one.
    pub(super) fn normalize(&mut self) {
        let is_used = |uses: &Uses| *uses != Uses::all(Until::Never);
        self.algorithms.digest.retain(|_, uses| is_used(uses));
        self.algorithms.signature.retain(|_, uses| is_used(uses));
        for minimum in
            [&mut self.keys.rsa, &mut self.keys.ec, &mut self.keys.dsa, &mut self.keys.dsa_subgroup]
        {
            minimum.0.dedup_by_key(|step| step.bits);
            if let Some(first) = minimum.0.first_mut() {
                first.from = Date::ZERO;
            }
        }
        sort(&mut self.usages.key_usage);
        sort(&mut self.usages.forbidden_policies);
        sort(&mut self.usages.required_policies);
        sort(&mut self.roles.required);
        if let Purposes::OneOf(purposes) = &mut self.usages.extended_key_usage {
            sort(purposes);
        }
    }

    /// The moments at which what is accepted changes.
    pub(super) fn changes(&self) -> Vec<Timestamp> {
        let uses = self.algorithms.digest.values().chain(self.algorithms.signature.values());
        let keys = [&self.keys.rsa, &self.keys.ec, &self.keys.dsa, &self.keys.dsa_subgroup];
        let steps = keys.into_iter().flat_map(|minimum| minimum.0.iter().skip(1));
        let mut changes: Vec<_> =
            uses.flat_map(Uses::ends).chain(steps.map(|step| start(step.from))).collect();
        sort(&mut changes);
        changes
    }
}

fn sort<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}
