//! Timestamps on a signature, and what they prove (EN 319 102-1 5.4 and 5.5.4): since when the signature and
//! what it carries provably exist.
//!
//! A timestamp proves something only if its imprint is right, its authority signed it, and that authority's
//! certificate holds up: now, or, where a later archive timestamp covers the token, at the time of that one.
//! So the outermost are judged first, and each lends its time to what it covers. A time that is only claimed
//! counts for nothing.

use jiff::{SignedDuration, Timestamp};

use super::checks::{JudgedCertificate, Params, decide, judge_certificate};
use super::data::{Carried, ValidationData};
use super::policy::settings::Use;
use super::report::{Finding, TimestampReport, rfc3339};
use super::table::{Code, finding};
use super::{Evidence, Need, Policy, Usage};
use crate::pkix::path::Purpose;
use crate::pkix::{self, TimestampError};
use crate::signature::{Position, SignatureFacts, TimestampFacts, TimestampKind};

/// What is known of the times of a signature.
pub(super) struct Times {
    /// The earliest moment at which the signature provably existed, by a timestamp or by a proof from outside; now,
    /// if nothing proves more.
    pub(super) best_signature_time: Timestamp,
    /// In the order of the document.
    pub(super) timestamps: Vec<TimestampReport>,
    pub(super) findings: Vec<Finding>,
    pub(super) carried: Carried,
    pub(super) needs: Vec<Need>,
}

/// Judges the timestamps of a signature.
pub(super) fn judge(facts: &SignatureFacts, evidence: &Evidence, policy: &Policy, now: Timestamp) -> Times {
    let known = evidence.existed_by.map_or(now, |known| known.min(now));
    let mut times = Times {
        best_signature_time: known,
        timestamps: Vec::new(),
        findings: Vec::new(),
        carried: carried(facts),
        needs: Vec::new(),
    };
    let Some(properties) = &facts.properties else { return times };
    let stamps = &properties.timestamps;
    let mut outcomes: Vec<Option<Outcome>> = stamps.iter().map(|_| None).collect();
    // Archive timestamps from the last to the first, then what they cover.
    let mut order: Vec<usize> = (0..stamps.len()).collect();
    order.sort_by_key(|at| {
        let stamp = stamps.get(*at).map(|stamp| (stamp.kind == TimestampKind::Archive, stamp.position));
        std::cmp::Reverse(stamp)
    });
    for at in order {
        let Some(stamp) = stamps.get(at) else { continue };
        let outcome = judge_stamp(stamp, evidence, policy, now, &mut times);
        if let (Some(time), TimestampKind::Archive) = (outcome.passed, stamp.kind) {
            times.carried.archives.push((stamp.position, time));
        }
        if let Some(slot) = outcomes.get_mut(at) {
            *slot = Some(outcome);
        }
    }
    let signature = stamps.iter().zip(&outcomes).filter(|(stamp, _)| stamp.kind.is_over_signature());
    let proven = signature.filter_map(|(_, outcome)| outcome.as_ref()?.passed);
    times.best_signature_time = proven.fold(known, Timestamp::min);
    check_order(stamps, &outcomes, &mut times.findings);
    if let Some(certificate) = facts.signing_certificate.as_deref()
        && !properties.signing_certificates.is_empty()
    {
        times.carried.named_since(certificate, times.best_signature_time);
    }
    times.timestamps = outcomes.into_iter().flatten().map(|outcome| outcome.report).collect();
    times
}

/// All that came with the signature and with its timestamps.
fn carried(facts: &SignatureFacts) -> Carried {
    let mut carried = Carried::default();
    let properties = facts.properties.as_ref();
    let values = properties.map(|properties| &properties.values);
    for (position, certificate) in values.iter().flat_map(|values| &values.certificates) {
        carried.add(certificate, *position);
    }
    for stamp in properties.iter().flat_map(|properties| &properties.timestamps) {
        for certificate in stamp.token.iter().flat_map(pkix::UnverifiedTimestamp::certificates) {
            carried.add(&certificate, stamp.position);
        }
    }
    for certificate in &facts.certificates {
        // Those of the values are among them, and have their position already.
        let is_value =
            values.is_some_and(|values| values.certificates.iter().any(|(_, own)| own == certificate));
        let is_elsewhere = facts.certificates_elsewhere.contains(&certificate.sha256());
        match (is_value, is_elsewhere) {
            (true, _) => {}
            (false, true) => carried.add(certificate, Position::MAX),
            (false, false) => carried.add(certificate, 0),
        }
    }
    carried.lists = values.map(|values| values.lists.clone()).unwrap_or_default();
    carried.responses = values.map(|values| values.responses.clone()).unwrap_or_default();
    carried
}

/// The accuracy of authorities that tell none: what is written in seconds is no better (RFC 3161 2.4.2).
const SECOND: SignedDuration = SignedDuration::from_secs(1);

struct Outcome {
    report: TimestampReport,
    /// The time, if it counts.
    passed: Option<Timestamp>,
    /// How much earlier the true time may be.
    spread: SignedDuration,
}

/// Judges one timestamp, by what is proven so far.
fn judge_stamp(
    stamp: &TimestampFacts,
    evidence: &Evidence,
    policy: &Policy,
    now: Timestamp,
    times: &mut Times,
) -> Outcome {
    let purpose = Some(Purpose::Timestamping);
    let data = ValidationData { evidence, carried: &times.carried, policy, purpose, now };
    let since = times.carried.since(stamp.position, now);
    let kind = || ("kind", stamp.kind.name().to_owned());
    let mut outcome = Outcome {
        report: TimestampReport {
            kind: stamp.kind.name(),
            time: stamp.token.as_ref().map(pkix::UnverifiedTimestamp::claimed_time),
            indication: "INDETERMINATE",
            tsa: None,
        },
        passed: None,
        spread: SECOND,
    };
    let mut tell = |code: Code, more: Params| {
        times.findings.push(finding(code, [vec![kind()], more].concat()));
    };
    let Some(token) = &stamp.token else {
        tell(Code::TIMESTAMP_UNREADABLE, Vec::new());
        return outcome;
    };
    match stamp.imprint_matches {
        Some(true) => {}
        Some(false) => {
            tell(Code::TIMESTAMP_IMPRINT_MISMATCH, Vec::new());
            outcome.report.indication = "FAILED";
            return outcome;
        }
        None => {
            tell(Code::TIMESTAMP_IMPRINT_UNKNOWN, Vec::new());
            return outcome;
        }
    }
    let known = [data.carried.certificates.as_slice(), &evidence.certificates].concat();
    let verified = match token.verify(&known) {
        Ok(verified) => verified,
        Err(TimestampError::NoCertificate) => {
            tell(Code::TIMESTAMP_AUTHORITY_NOT_FOUND, Vec::new());
            return outcome;
        }
        Err(TimestampError::Signature(pkix::SignatureError::Unsupported(algorithm))) => {
            tell(Code::TIMESTAMP_ALGORITHM_UNSUPPORTED, vec![("algorithm", algorithm)]);
            return outcome;
        }
        Err(_) => {
            tell(Code::TIMESTAMP_INVALID, Vec::new());
            outcome.report.indication = "FAILED";
            return outcome;
        }
    };
    let signer = verified.signer();
    outcome.report.tsa = Some(signer.subject().to_rfc4514());
    let accepts_imprint =
        verified.hash().is_some_and(|hash| policy.digest(hash, Use::Timestamp, since).is_accepted());
    let accepts_signature = verified
        .algorithm()
        .is_some_and(|algorithm| policy.signature(algorithm, Use::Timestamp, since).is_accepted());
    if !(accepts_imprint && accepts_signature) {
        tell(Code::TIMESTAMP_ALGORITHM_WEAK, Vec::new());
        return outcome;
    }
    // A clock that runs ahead of everybody's proves nothing, and a time before the authority's own
    // certificate is none that it could have told.
    if verified.time() > now || verified.time() < signer.not_before() {
        tell(Code::TIMESTAMP_TIME_IMPLAUSIBLE, vec![("time", rfc3339(verified.time()))]);
        return outcome;
    }
    let mut judged = judge_certificate(signer, &[], Usage::Tsa, data, since);
    decide(&mut judged.findings, policy);
    if ended_in_order(&judged, verified.time()) {
        judged.findings.retain(|finding| finding.code != Code::CERTIFICATE_REVOKED);
    }
    let reasons: Vec<&str> = judged
        .findings
        .iter()
        .filter(|finding| finding.sub_indication.is_some())
        .map(|finding| finding.code.name())
        .collect();
    if reasons.is_empty() {
        outcome.report.indication = "PASSED";
        // Whatever it covers existed by the latest moment that it may mean (RFC 3161 2.4.2).
        let accuracy = verified.accuracy().unwrap_or_default();
        outcome.passed = Some(verified.time().saturating_add(accuracy).unwrap_or(Timestamp::MAX).min(now));
        outcome.spread = SECOND.max(accuracy.saturating_mul(2));
    } else {
        tell(Code::TIMESTAMP_UNTRUSTED, vec![("reasons", reasons.join(", "))]);
        times.needs.extend(judged.needs);
    }
    outcome
}

/// Whether the certificate of an authority was revoked after the time of a timestamp, for a reason by which
/// nobody else had its key: its earlier timestamps stay good (RFC 3161 4 (1)). Where no reason is told, none does.
fn ended_in_order(judged: &JudgedCertificate, time: Timestamp) -> bool {
    const ORDERLY: [&str; 4] = ["unspecified", "affiliationChanged", "superseded", "cessationOfOperation"];
    judged.revocation.first().is_some_and(|leaf| {
        leaf.status == "revoked"
            && leaf.reason.as_deref().is_some_and(|reason| ORDERLY.contains(&reason))
            && leaf.revoked_at.is_some_and(|revoked_at| time < revoked_at)
    })
}

/// What an archive timestamp covers was there before it, and so was what a signature is over (EN 319 102-1
/// 5.5.4, step 5). Times that differ by no more than their accuracies tell no order (RFC 3161 2.4.2).
fn check_order(stamps: &[TimestampFacts], outcomes: &[Option<Outcome>], findings: &mut Vec<Finding>) {
    let passed = || {
        let all = stamps.iter().zip(outcomes);
        all.filter_map(|(stamp, outcome)| {
            let outcome = outcome.as_ref()?;
            let time = outcome.passed?;
            Some((stamp, (time.saturating_sub(outcome.spread).unwrap_or(Timestamp::MIN), time)))
        })
    };
    let is_disordered = passed().any(|(over, (_, latest))| {
        passed().any(|(under, (earliest, _))| {
            let is_covered = match over.kind {
                TimestampKind::Archive => under.position < over.position,
                _ => over.kind.is_over_signature() && under.kind == TimestampKind::Content,
            };
            is_covered && latest < earliest
        })
    });
    if is_disordered {
        findings.push(finding(Code::TIMESTAMP_ORDER, Vec::new()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether timestamps of these kinds, positions and times are out of order.
    fn is_disordered(stamps: &[(TimestampKind, usize, i64)]) -> bool {
        let (facts, outcomes): (Vec<_>, Vec<_>) = stamps
            .iter()
            .map(|(kind, position, second)| {
                let facts = TimestampFacts {
                    kind: *kind,
                    position: *position,
                    token: None,
                    imprint_matches: Some(true),
                };
                let report =
                    TimestampReport { kind: kind.name(), time: None, indication: "PASSED", tsa: None };
                let passed = Timestamp::from_second(*second).ok();
                (facts, Some(Outcome { report, passed, spread: SECOND }))
            })
            .unzip();
        let mut findings = Vec::new();
        check_order(&facts, &outcomes, &mut findings);
        !findings.is_empty()
    }

    #[test]
    fn what_was_signed_was_there_before_the_signature_and_that_before_what_covers_it() {
        use TimestampKind::{Archive, Content, References, Signature, SignatureAndReferences};
        assert!(!is_disordered(&[(Content, 0, 1), (Signature, 1, 1), (Archive, 2, 2)]));
        assert!(is_disordered(&[(Content, 0, 4), (Signature, 1, 1)]));
        assert!(is_disordered(&[(Content, 0, 4), (SignatureAndReferences, 1, 1)]));
        assert!(is_disordered(&[(Signature, 1, 4), (Archive, 2, 1)]));
        // Within their accuracies no order is told.
        assert!(!is_disordered(&[(Signature, 1, 2), (Archive, 2, 1)]));
        // What stands behind it is not covered, and references say nothing of the content.
        assert!(!is_disordered(&[(Archive, 1, 1), (Signature, 2, 4)]));
        assert!(!is_disordered(&[(Content, 0, 4), (References, 1, 1)]));
    }
}
