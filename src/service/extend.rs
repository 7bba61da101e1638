//! Making signatures last: a timestamp on the signature (level T), the validation data beside it (LT), an
//! archive timestamp over all of it (LTA), as EN 319 132-1 6 has them. What a level needs is put in step by
//! step; a level counts only if the document passes by what it carries.

use jiff::Timestamp;

use super::online::gather;
use super::verify::{Checker, Refusal};
use crate::crypto::DigestAlgorithm;
use crate::online::Online;
use crate::pkix::UnverifiedTimestamp;
use crate::signature::extend::{ExtendError, UnsignedProperty, add, imprint};
use crate::signature::{Facts, Octets, SignatureFacts, TimestampKind};
use crate::validation::report::{Finding, Signature};
use crate::validation::{Evidence, Indication, Report, RevocationMode, code_of, validate, validation_values};

/// How far a signature is extended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    T,
    LT,
    LTA,
}

/// Where timestamps come from: given a hash and a digest, it brings a TimeStampToken.
pub type TimestampSource<'a> = dyn FnMut(DigestAlgorithm, &[u8]) -> Result<Vec<u8>, Refusal> + 'a;

/// The hash of the imprints of timestamps.
const HASH: DigestAlgorithm = DigestAlgorithm::Sha256;

/// Extends every signature of a document that can be, the last first, and gives the document. Signatures
/// that another one covers are left as they are. Validation data are those of the checker, and what is
/// fetched where `online` is given.
///
/// # Errors
/// When the document cannot be read, no signature can be extended, no timestamp is had, or the document
/// does not pass at the level that was asked for.
pub fn extend(
    bytes: &[u8],
    level: Level,
    checker: &Checker,
    timestamp: &mut TimestampSource<'_>,
    now: &dyn Fn() -> Timestamp,
    online: Option<&Online>,
) -> Result<Vec<u8>, Refusal> {
    let count = checker.facts(bytes, Octets::Drop)?.signatures.len();
    let mut extended = bytes.to_vec();
    let mut reached = Vec::new();
    for at in (0..count).rev() {
        let mut one = One { checker, online, at, document: extended.clone() };
        match one.extend(level, timestamp, now) {
            Ok(()) => {
                extended = one.document;
                reached.push(at);
            }
            Err(Fault::Covered) => {}
            Err(Fault::Refused(refusal)) => return Err(refusal),
        }
    }
    if reached.is_empty() {
        return Err(Refusal::new("EXTEND_COVERED", Vec::new()));
    }
    see_they_last(&extended, level, &reached, (checker, online), now())?;
    Ok(extended)
}

enum Fault {
    /// Another signature covers it.
    Covered,
    Refused(Refusal),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ExtendError> for Fault {
    fn from(error: ExtendError) -> Self {
        Self::Refused(match error {
            ExtendError::Covered => return Self::Covered,
            ExtendError::Document(error) => error.into(),
            ExtendError::NoProperties => Refusal::new("EXTEND_NO_PROPERTIES", Vec::new()),
            ExtendError::Wrong(problem) => {
                Refusal::new("EXTEND_NOT_PASSED", vec![("reasons", code_of(&problem).to_string())])
            }
        })
    }
}

/// One signature of a document.
struct One<'a> {
    checker: &'a Checker,
    online: Option<&'a Online>,
    at: usize,
    document: Vec<u8>,
}

impl One<'_> {
    fn extend(
        &mut self,
        level: Level,
        timestamp: &mut TimestampSource<'_>,
        now: &dyn Fn() -> Timestamp,
    ) -> Result<(), Fault> {
        let stamps = self.facts()?.properties.map(|properties| properties.timestamps).unwrap_or_default();
        let is_stamped = stamps.iter().any(|stamp| stamp.kind == TimestampKind::Signature);
        // One that nobody trusts, which anybody could have put there, is none.
        if !(is_stamped && self.has_trusted_timestamp(now())?) {
            let token = self.stamp(false, timestamp)?;
            self.add(&UnsignedProperty::SignatureTimeStamp(&token))?;
        }
        if level >= Level::LT {
            self.embed(now())?;
        }
        if level >= Level::LTA {
            let token = self.stamp(true, timestamp)?;
            self.add(&UnsignedProperty::ArchiveTimeStamp(&token))?;
            // Its own authority may be another one than those before.
            self.embed(now())?;
        }
        Ok(())
    }

    fn has_trusted_timestamp(&self, now: Timestamp) -> Result<bool, Fault> {
        let facts = self.checker.facts(&self.document, Octets::Drop)?;
        let report = so_far(&facts, self.checker, self.online, now);
        let own = report.signatures.get(self.at);
        Ok(own.is_some_and(|signature| has_passed(signature, TimestampKind::Signature)))
    }

    /// Puts in the validation data that is not there yet.
    fn embed(&mut self, now: Timestamp) -> Result<(), Fault> {
        let Checker { evidence, policy, .. } = self.checker;
        let facts = self.checker.facts(&self.document, Octets::Drop)?;
        let judge = |evidence: &Evidence| validate(&facts, evidence, policy, now);
        let (_, fetched) = gather(self.online, evidence, judge);
        let evidence = fetched.as_ref().unwrap_or(evidence);
        let facts = self.facts()?;
        let mut values = validation_values(&facts, evidence, policy, now);
        if let Some(properties) = &facts.properties {
            values.without(&properties.values);
        }
        if values.is_empty() { Ok(()) } else { self.add(&UnsignedProperty::Values(&values)) }
    }

    fn facts(&self) -> Result<SignatureFacts, Fault> {
        let facts = self.checker.facts(&self.document, Octets::Drop)?;
        let found = facts.signatures.into_iter().nth(self.at);
        found.ok_or_else(|| Refusal::new("EXTEND_NO_PROPERTIES", Vec::new()).into())
    }

    fn stamp(&self, of_everything: bool, timestamp: &mut TimestampSource<'_>) -> Result<Vec<u8>, Fault> {
        let limits = &self.checker.reading.limits;
        let digest = imprint(&self.document, self.at, of_everything, HASH, limits)?;
        let token = timestamp(HASH, &digest)?;
        let is_over_it =
            UnverifiedTimestamp::from_token(&token).is_ok_and(|token| token.claims_imprint(&digest));
        if !is_over_it {
            return Err(Refusal::new("TIMESTAMP_NOT_MADE", vec![("detail", "imprint".to_owned())]).into());
        }
        Ok(token)
    }

    fn add(&mut self, property: &UnsignedProperty<'_>) -> Result<(), Fault> {
        self.document = add(&self.document, self.at, property, &self.checker.reading.limits)?;
        Ok(())
    }
}

/// The judgement by all that is known or can be fetched. Of whom nothing is known yet, as right after a
/// timestamp was made, may not be revoked.
fn so_far(facts: &Facts, checker: &Checker, online: Option<&Online>, now: Timestamp) -> Report {
    let mode = match checker.evidence.revocation() {
        RevocationMode::Off => RevocationMode::Off,
        RevocationMode::Available | RevocationMode::Required => RevocationMode::Available,
    };
    let judge = |evidence: &Evidence| validate(facts, evidence, &checker.policy, now);
    gather(online, &checker.evidence.asking(mode), judge).0
}

fn has_passed(signature: &Signature, kind: TimestampKind) -> bool {
    let mut of_kind = signature.timestamps.iter().filter(|stamp| stamp.kind == kind.name());
    of_kind.any(|stamp| stamp.indication == "PASSED")
}

/// These signatures of the document have what makes the level: timestamps of authorities that are trusted, and
/// from level LT on they pass by nothing but the trust anchors and what they carry.
fn see_they_last(
    document: &[u8],
    level: Level,
    places: &[usize],
    (checker, online): (&Checker, Option<&Online>),
    now: Timestamp,
) -> Result<(), Refusal> {
    let facts = checker.facts(document, Octets::Drop)?;
    let report = match level {
        Level::T => so_far(&facts, checker, online, now),
        Level::LT | Level::LTA => validate(&facts, &checker.evidence.without_given(), &checker.policy, now),
    };
    let lasts = |signature: &Signature| {
        has_passed(signature, TimestampKind::Signature)
            && (level < Level::LT || signature.indication == Indication::TotalPassed)
            && (level < Level::LTA || has_passed(signature, TimestampKind::Archive))
    };
    let short = || places.iter().filter_map(|at| report.signatures.get(*at)).filter(|one| !lasts(one));
    if short().next().is_none() {
        return Ok(());
    }
    let is_reason = |finding: &&Finding| {
        finding.sub_indication.is_some() || finding.code.name().starts_with("TIMESTAMP_")
    };
    let mut codes: Vec<&str> = Vec::new();
    for finding in short().flat_map(|signature| &signature.findings).filter(is_reason) {
        if !codes.contains(&finding.code.name()) {
            codes.push(finding.code.name());
        }
    }
    Err(Refusal::new("EXTEND_NOT_PASSED", vec![("reasons", codes.join(", "))]))
}
