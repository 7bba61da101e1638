//! What a judgement demands beyond the mathematics: which algorithms and key lengths are trusted and until
//! when, how fresh what tells of revocation must be, what a certificate must say whose key signs documents,
//! and how much each finding weighs. A policy is data ([`settings`]); three are built in as files.

pub mod settings;

use std::sync::{Arc, LazyLock};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::Code;
use crate::crypto::{self, Curve, DigestAlgorithm, KeyKind, SignatureAlgorithm};
use settings::{Age, Scheme, Settings, Until, Use, Weight};

/// The built-in policies by name, as their files.
pub const BUILT_IN: [(&str, &str); 3] = [
    ("kz", include_str!("../policies/kz.toml")),
    ("generic", include_str!("../policies/generic.toml")),
    ("interop", include_str!("../policies/interop.toml")),
];

/// A validation policy.
#[derive(Clone, Debug)]
pub struct Policy(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    sha256: [u8; 32],
    /// Digest of what bears on the choice of a path.
    strength: [u8; 32],
    /// Moments at which what is accepted changes, in their order.
    changes: Vec<Timestamp>,
}

/// What a policy asks of algorithms and keys at a time, all that bears on the choice of a path.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Strength {
    demands: [u8; 32],
    /// How many of the policy's dates have come.
    era: usize,
}

/// Whether something is accepted at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Acceptance {
    /// It is.
    Accepted,
    /// It was, up to this day.
    Ended(Date),
    /// It never is.
    Never,
}

impl Acceptance {
    fn of(until: Until, at: Timestamp) -> Self {
        match until {
            Until::Date(date) if !until.holds(at) => Self::Ended(date),
            Until::Never => Self::Never,
            Until::Always | Until::Date(_) => Self::Accepted,
        }
    }

    /// Whether it is accepted.
    pub fn is_accepted(self) -> bool {
        self == Self::Accepted
    }
}

/// A policy that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// What is wrong with the text.
    #[error("{0}")]
    Malformed(#[from] toml::de::Error),
}

impl PolicyError {
    /// The line of the file that is at fault, from 1; 1 too for what is missing from all of it.
    pub fn line(&self, text: &str) -> usize {
        let Self::Malformed(error) = self;
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        before.matches('\n').count() + 1
    }

    /// What is wrong, without the place. Texts that end in a value are known to `messages`.
    pub fn reason(&self) -> String {
        let Self::Malformed(error) = self;
        let message = error.message();
        let named = |before: &str| message.strip_prefix(before)?.split('`').next();
        match (named("unknown field `"), named("missing field `")) {
            (Some(key), _) => format!("unknown key: {key}"),
            (_, Some(key)) => format!("missing key: {key}"),
            _ => message.to_owned(),
        }
    }
}

static PARSED: LazyLock<[Option<Policy>; 3]> =
    LazyLock::new(|| BUILT_IN.map(|(_, text)| Policy::from_toml(text).ok()));

impl Policy {
    /// A policy of these settings.
    pub fn new(mut settings: Settings) -> Self {
        settings.normalize();
        let sha256 = digest(&settings);
        let strength = digest(&(&settings.algorithms, &settings.keys));
        let changes = settings.changes();
        Self(Arc::new(Inner { settings, sha256, strength, changes }))
    }

    /// A built-in policy.
    pub fn named(name: &str) -> Option<Self> {
        let place = BUILT_IN.iter().position(|(known, _)| *known == name)?;
        PARSED.get(place)?.clone()
    }

    /// Kazakhstan's rules; the default.
    pub fn kz() -> Self {
        Self::built_in("kz")
    }

    /// No rules of one country.
    pub fn generic() -> Self {
        Self::built_in("generic")
    }

    /// For conformance suites: SHA-1, DSA, HMAC and short keys too.
    pub fn interop() -> Self {
        Self::built_in("interop")
    }

    /// One whose file is a part of the program. A test reads all of them; without its file a policy would
    /// accept nothing.
    fn built_in(name: &str) -> Self {
        Self::named(name).unwrap_or_else(|| Self::new(Settings::nothing(name)))
    }

    /// The policy in a TOML file.
    ///
    /// # Errors
    /// When the text is not such a policy.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        Ok(Self::new(toml::from_str(text)?))
    }

    /// The same but for some settings.
    #[must_use]
    pub fn with(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.settings().clone();
        change(&mut settings);
        Self::new(settings)
    }

    /// The same, and all that `other` demands of certificates that sign documents as well; of these checks
    /// none weighs less than the table has it.
    #[must_use]
    pub fn with_signers_of(&self, other: &Self) -> Self {
        const CODES: [Code; 7] = [
            Code::KEY_USAGE_NOT_SIGNING,
            Code::EXTENDED_KEY_USAGE_NOT_SIGNING,
            Code::CERTIFICATE_POLICY_NOT_SIGNING,
            Code::CERTIFICATE_POLICY_MISSING,
            Code::ROLE_MISSING,
            Code::IIN_MALFORMED,
            Code::BIN_MALFORMED,
        ];
        self.with(|settings| {
            settings.usages.demand_too(&other.settings().usages);
            let is_kept = |open: &settings::Open, weight: &Weight| {
                *weight == Weight::Fail || !CODES.iter().any(|code| open.is(*code))
            };
            settings.levels.0.retain(|open, weight| is_kept(open, weight));
        })
    }

    /// All that it demands.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// What reports call it.
    pub fn name(&self) -> &str {
        &self.0.settings.name
    }

    /// SHA-256 over the settings in their canonical form, so that a report tells which policy was in force.
    pub fn sha256(&self) -> [u8; 32] {
        self.0.sha256
    }

    /// Whether it demands anything of certificates that sign documents.
    pub(super) fn demands_of_signers(&self) -> bool {
        self.settings().usages.demand_anything() || !self.settings().roles.required.is_empty()
    }

    /// What the policy makes of a finding; nothing where it leaves it as the table has it.
    pub(super) fn weight(&self, code: Code) -> Option<Weight> {
        self.settings().levels.of(code)
    }

    /// Moments at which what is accepted changes, in their order.
    pub(super) fn changes(&self) -> impl Iterator<Item = Timestamp> {
        self.0.changes.iter().copied()
    }

    /// After which moment something made then is too old to clear anybody; none where age does not matter.
    pub(super) fn too_old_after(&self, made: Timestamp) -> Option<Timestamp> {
        match self.settings().freshness.max_age_hours {
            Age::Any => None,
            Age::Hours(hours) => {
                let age = SignedDuration::from_hours(i64::from(hours));
                Some(made.saturating_add(age).unwrap_or(Timestamp::MAX))
            }
        }
    }

    pub(super) fn strength(&self, at: Timestamp) -> Strength {
        Strength { demands: self.0.strength, era: self.0.changes.partition_point(|change| *change <= at) }
    }

    /// Whether the hash function is accepted for a use at a time.
    pub fn digest(&self, digest: DigestAlgorithm, use_: Use, at: Timestamp) -> Acceptance {
        Acceptance::of(self.end_of_digest(digest, use_), at)
    }

    /// Whether the scheme and every hash function in it is accepted.
    pub fn signature(&self, algorithm: &SignatureAlgorithm, use_: Use, at: Timestamp) -> Acceptance {
        let digest = |digest| self.end_of_digest(digest, use_);
        let of_digests = match algorithm {
            SignatureAlgorithm::RsaPkcs1(inner)
            | SignatureAlgorithm::Ecdsa(inner)
            | SignatureAlgorithm::Dsa(inner)
            | SignatureAlgorithm::Hmac(inner) => digest(*inner),
            SignatureAlgorithm::RsaPss(parameters) => {
                digest(parameters.digest).and(digest(parameters.mgf_digest))
            }
            SignatureAlgorithm::Gost(set) => digest(set.digest()),
            SignatureAlgorithm::GostR(one) => digest(one.digest()),
            // Their hash functions are a part of them.
            SignatureAlgorithm::Ed25519 | SignatureAlgorithm::Ed448 => Until::Always,
        };
        Acceptance::of(self.end_of_scheme(algorithm, use_).and(of_digests), at)
    }

    /// Whether the scheme is accepted at any time, whatever hash function is in it.
    pub fn knows_scheme(&self, algorithm: &SignatureAlgorithm, use_: Use) -> bool {
        self.end_of_scheme(algorithm, use_) != Until::Never
    }

    fn end_of_digest(&self, digest: DigestAlgorithm, use_: Use) -> Until {
        // They lie in the order of their names, of which many would be compared.
        let mut all = self.settings().algorithms.digest.iter();
        all.find(|(known, _)| known.0 == digest).map_or(Until::Never, |(_, uses)| uses.of(use_))
    }

    fn end_of_scheme(&self, algorithm: &SignatureAlgorithm, use_: Use) -> Until {
        let uses = self.settings().algorithms.signature.get(&Scheme::of(algorithm));
        uses.map_or(Until::Never, |uses| uses.of(use_))
    }

    /// Whether a key of this kind and size may be used at a time. Kinds are refused by their scheme, in
    /// [`Policy::signature`].
    pub fn accepts_key(&self, kind: KeyKind, at: Timestamp) -> bool {
        let keys = &self.settings().keys;
        let of_curve = |bits: u32| bits >= keys.ec.at(at);
        match kind {
            KeyKind::Rsa { bits } => bits >= keys.rsa.at(at),
            KeyKind::Ec { curve } => of_curve(curve.bits()),
            // As strong as curves of 256 and 448 bits (RFC 7748 1).
            KeyKind::Ed25519 => of_curve(Curve::P256.bits()),
            KeyKind::Ed448 => of_curve(448),
            KeyKind::Gost(set) => of_curve(set.bits()),
            KeyKind::GostR(one) => of_curve(one.bits()),
            KeyKind::Dsa { bits, subgroup_bits } => {
                bits >= keys.dsa.at(at) && subgroup_bits >= keys.dsa_subgroup.at(at)
            }
        }
    }
}

/// SHA-256 over settings as JSON: fields in their order, maps in that of their names.
fn digest(settings: &impl serde::Serialize) -> [u8; 32] {
    // Nothing in them can fail to be written.
    crypto::sha256(&serde_json::to_vec(settings).unwrap_or_default())
}

#[cfg(test)]
mod tests;
