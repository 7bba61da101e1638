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
use crate::signature::{Octets, SignatureFacts, TimestampKind};
use crate::validation::{Evidence, Indication, code_of, validate, validation_values};

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
    if level > Level::T {
        see_they_pass_alone(&extended, &reached, checker, now())?;
    }
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
            ExtendError::NotUtf8 => Refusal::new("SIGNING_NEEDS_UTF8", Vec::new()),
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
        let has_timestamp = self
            .facts()?
            .properties
            .iter()
            .flat_map(|properties| &properties.timestamps)
            .any(|stamp| stamp.kind == TimestampKind::Signature && stamp.imprint_matches == Some(true));
        if !has_timestamp {
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

/// With nothing but the trust anchors these signatures of the document pass.
fn see_they_pass_alone(
    document: &[u8],
    places: &[usize],
    checker: &Checker,
    now: Timestamp,
) -> Result<(), Refusal> {
    let facts = checker.facts(document, Octets::Drop)?;
    let alone = checker.evidence.without_given();
    let report = validate(&facts, &alone, &checker.policy, now);
    let extended = || places.iter().filter_map(|at| report.signatures.get(*at));
    if extended().all(|signature| signature.indication == Indication::TotalPassed) {
        return Ok(());
    }
    let findings = extended().flat_map(|signature| &signature.findings);
    let codes: Vec<&str> = findings
        .filter(|finding| finding.sub_indication.is_some())
        .map(|finding| finding.code.name())
        .collect();
    Err(Refusal::new("EXTEND_NOT_PASSED", vec![("reasons", codes.join(", "))]))
}
