//! Timestamps on a signature, and what they prove (EN 319 102-1 5.4 and 5.5.4): since when the signature and
//! what it carries provably exist.
//!
//! A timestamp proves something only if its imprint is right, its authority signed it, and that authority's
//! certificate holds up: now, or, where a later archive timestamp covers the token, at the time of that one.
//! So the outermost are judged first, and each lends its time to what it covers. A time that is only claimed
//! counts for nothing.

use std::sync::Arc;

use jiff::Timestamp;

use super::checks::{Params, decide, judge_certificate};
use super::data::{Carried, ValidationData};
use super::report::{Finding, TimestampReport, rfc3339};
use super::table::{Code, finding};
use super::{Evidence, Need, Policy, Usage};
use crate::pkix::{self, Certificate, TimestampError};
use crate::signature::{CarriedValues, Position, SignatureFacts, TimestampFacts, TimestampKind};

/// What is known of the times of a signature.
pub(super) struct Times {
    /// The earliest moment at which the signature provably existed; now, if nothing proves more.
    pub(super) best_signature_time: Timestamp,
    /// In the order of the document.
    pub(super) timestamps: Vec<TimestampReport>,
    pub(super) findings: Vec<Finding>,
    pub(super) carried: Carried,
    pub(super) needs: Vec<Need>,
}

/// Judges the timestamps of a signature.
pub(super) fn judge(facts: &SignatureFacts, evidence: &Evidence, policy: &Policy, now: Timestamp) -> Times {
    let mut times = Times {
        best_signature_time: now,
        timestamps: Vec::new(),
        findings: Vec::new(),
        carried: Carried { certificates: facts.certificates.clone(), ..Carried::default() },
        needs: Vec::new(),
    };
    let Some(properties) = &facts.properties else { return times };
    let (stamps, values) = (&properties.timestamps, &properties.values);
    if stamps.is_empty() && values.lists.is_empty() && values.responses.is_empty() {
        return times;
    }
    let mut proofs = Proofs { now, archives: Vec::new() };
    let mut outcomes: Vec<Option<Outcome>> = stamps.iter().map(|_| None).collect();
    // Archive timestamps from the last to the first, then what they cover.
    let mut order: Vec<usize> = (0..stamps.len()).collect();
    order.sort_by_key(|at| {
        let stamp = stamps.get(*at).map(|stamp| (stamp.kind == TimestampKind::Archive, stamp.position));
        std::cmp::Reverse(stamp)
    });
    for at in order {
        let Some(stamp) = stamps.get(at) else { continue };
        let carried = carried(facts, stamps, values, &proofs);
        let data = ValidationData { evidence, carried: &carried, now };
        let outcome = judge_stamp(stamp, proofs.since(stamp.position), data, policy, &mut times);
        if let (Some(time), TimestampKind::Archive) = (outcome.passed, stamp.kind) {
            proofs.archives.push((stamp.position, time));
        }
        if let Some(slot) = outcomes.get_mut(at) {
            *slot = Some(outcome);
        }
    }
    times.carried = carried(facts, stamps, values, &proofs);
    let signature = stamps
        .iter()
        .zip(&outcomes)
        .filter(|(stamp, _)| matches!(stamp.kind, TimestampKind::Signature | TimestampKind::Archive));
    let proven = signature.filter_map(|(_, outcome)| outcome.as_ref()?.passed);
    times.best_signature_time = proven.fold(now, Timestamp::min);
    check_order(stamps, &outcomes, &mut times.findings);
    if let Some(certificate) = facts.signing_certificate.as_deref()
        && !properties.signing_certificates.is_empty()
    {
        // The signature names it by its digest, so that it is as old.
        let since = times.carried.existence.entry(certificate.sha256()).or_insert(now);
        *since = (*since).min(times.best_signature_time);
    }
    times.timestamps = outcomes.into_iter().flatten().map(|outcome| outcome.report).collect();
    times
}

/// Archive timestamps that passed, by their position.
struct Proofs {
    now: Timestamp,
    archives: Vec<(Position, Timestamp)>,
}

impl Proofs {
    /// Since when what stands at a position exists.
    fn since(&self, position: Position) -> Timestamp {
        let over = self.archives.iter().filter(|(at, _)| *at > position);
        over.map(|(_, time)| *time).fold(self.now, Timestamp::min)
    }
}

struct Outcome {
    report: TimestampReport,
    /// The time, if it counts.
    passed: Option<Timestamp>,
}

/// All that came with the signature and with its timestamps, and since when it exists.
fn carried(
    facts: &SignatureFacts,
    stamps: &[TimestampFacts],
    values: &CarriedValues,
    proofs: &Proofs,
) -> Carried {
    let mut carried = Carried::default();
    let mut add = |certificate: &Arc<Certificate>, position| {
        let since = proofs.since(position);
        let known = carried.existence.entry(certificate.sha256()).or_insert(since);
        *known = (*known).min(since);
        if !carried.certificates.contains(certificate) {
            carried.certificates.push(Arc::clone(certificate));
        }
    };
    for certificate in &facts.certificates {
        // Those of the values are among them; these have their own position below.
        let is_value = values.certificates.iter().any(|(_, value)| value == certificate);
        add(certificate, if is_value { Position::MAX } else { 0 });
    }
    for (position, certificate) in &values.certificates {
        add(certificate, *position);
    }
    for stamp in stamps {
        for certificate in stamp.token.iter().flat_map(pkix::UnverifiedTimestamp::certificates) {
            add(&certificate, stamp.position);
        }
    }
    let lists = values.lists.iter().map(|(at, list)| (list.clone(), proofs.since(*at)));
    carried.lists = lists.collect();
    let responses = values.responses.iter().map(|(at, answer)| (answer.clone(), proofs.since(*at)));
    carried.responses = responses.collect();
    carried
}

/// Judges one timestamp, which exists since `since`.
fn judge_stamp(
    stamp: &TimestampFacts,
    since: Timestamp,
    data: ValidationData<'_>,
    policy: &Policy,
    times: &mut Times,
) -> Outcome {
    let kind = || ("kind", stamp.kind.name().to_owned());
    let mut outcome = Outcome {
        report: TimestampReport {
            kind: stamp.kind.name(),
            time: stamp.token.as_ref().map(pkix::UnverifiedTimestamp::claimed_time),
            indication: "INDETERMINATE",
            tsa: None,
        },
        passed: None,
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
    let verified = match token.verify(&data.carried.certificates) {
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
    if !verified.hash().is_some_and(|hash| policy.trusts_digest(hash)) {
        tell(Code::TIMESTAMP_ALGORITHM_WEAK, Vec::new());
        return outcome;
    }
    // A clock that runs ahead of everybody's proves nothing, and a time before the authority's own
    // certificate is none that it could have told.
    if verified.time() > since.max(data.now) || verified.time() < signer.not_before() {
        tell(Code::TIMESTAMP_TIME_IMPLAUSIBLE, vec![("time", rfc3339(verified.time()))]);
        return outcome;
    }
    let mut judged = judge_certificate(signer, &[], Usage::Tsa, data, policy, since);
    decide(&mut judged.findings, policy);
    let reasons: Vec<&str> = judged
        .findings
        .iter()
        .filter(|finding| finding.sub_indication.is_some())
        .map(|finding| finding.code.name())
        .collect();
    if reasons.is_empty() {
        outcome.report.indication = "PASSED";
        outcome.passed = Some(verified.time());
    } else {
        tell(Code::TIMESTAMP_UNTRUSTED, vec![("reasons", reasons.join(", "))]);
        times.needs.extend(judged.needs);
    }
    outcome
}

/// What an archive timestamp covers was there before it (EN 319 102-1 5.5.4, step 5).
fn check_order(stamps: &[TimestampFacts], outcomes: &[Option<Outcome>], findings: &mut Vec<Finding>) {
    let passed = || {
        let all = stamps.iter().zip(outcomes);
        all.filter_map(|(stamp, outcome)| Some((stamp, outcome.as_ref()?.passed?)))
    };
    let is_disordered = passed().any(|(over, time)| {
        over.kind == TimestampKind::Archive
            && passed().any(|(under, earlier)| under.position < over.position && earlier > time)
    });
    if is_disordered {
        findings.push(finding(Code::TIMESTAMP_ORDER, Vec::new()));
    }
}
