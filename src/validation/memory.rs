//! Judgements of certificates, remembered: who asks again gets the same report at once.
//!
//! A report follows from the certificate, its usage, the evidence, the policy and the time. The memory is the
//! evidence's own and goes when the evidence is changed; the rest is the key. Of the time what counts is on
//! which side it lies of every moment that a judgement could compare it with: the limits of all certificates,
//! the times of all lists, and the dates in their lines about those certificates. Between two such moments the
//! report is the same, and at one of them it is for that very moment. Answers of responders say more about
//! time than is worth following: with any, a report is for its very moment alone.
//!
//! It is bounded, and dropping it changes speed, never a verdict.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use jiff::Timestamp;

use super::evidence::lock;
use super::report::CertificateReport;
use super::{Evidence, Policy, Usage};
use crate::pkix::Certificate;

/// Certificates whose judgements are remembered at most.
const MAX_CERTIFICATES: usize = 4096;
/// Judgements of one certificate remembered at most.
const MAX_JUDGEMENTS: usize = 8;

/// What was judged with one evidence.
#[derive(Debug, Default)]
pub(super) struct Memory {
    judged: Mutex<HashMap<[u8; 32], Vec<Arc<Judged>>>>,
    /// Moments at which something changes for any certificate, sorted.
    turns: OnceLock<Vec<Timestamp>>,
}

#[derive(Debug)]
struct Judged {
    usage: Usage,
    policy: Policy,
    at: Timestamp,
    /// The moments before and after `at` at which something changes; both `at` when it is one itself.
    between: OnceLock<(Timestamp, Timestamp)>,
    report: Arc<CertificateReport>,
}

impl Evidence {
    /// The report on a certificate, judged by `judge` unless it is remembered.
    pub(super) fn judged(
        &self,
        certificate: &Certificate,
        usage: Usage,
        policy: &Policy,
        at: Timestamp,
        judge: impl FnOnce() -> CertificateReport,
    ) -> Arc<CertificateReport> {
        let key = certificate.sha256();
        let holds = |judged: &&Arc<Judged>| {
            judged.usage == usage
                && (judged.at == at || self.is_same_time(certificate, judged, at))
                && judged.policy == *policy
        };
        if let Some(known) = lock(&self.memory.judged).get(&key).and_then(|all| all.iter().find(holds)) {
            return Arc::clone(&known.report);
        }
        let report = Arc::new(judge());
        let between = OnceLock::new();
        let judged = Judged { usage, policy: policy.clone(), at, between, report: Arc::clone(&report) };
        let mut all = lock(&self.memory.judged);
        if all.len() >= MAX_CERTIFICATES {
            all.clear();
        }
        let same = all.entry(key).or_default();
        if same.len() >= MAX_JUDGEMENTS {
            same.clear();
        }
        same.push(Arc::new(judged));
        report
    }

    /// Whether nothing changes for the certificate between the time of a judgement and another.
    fn is_same_time(&self, certificate: &Certificate, judged: &Judged, at: Timestamp) -> bool {
        if !self.ocsp.is_empty() {
            return false;
        }
        let (before, after) = *judged.between.get_or_init(|| self.neighbours(certificate, judged.at));
        before < at && at < after
    }

    fn neighbours(&self, certificate: &Certificate, at: Timestamp) -> (Timestamp, Timestamp) {
        let common = self.memory.turns.get_or_init(|| {
            let known = self.anchors.certificates().iter().chain(&self.certificates);
            let mut turns: Vec<Timestamp> =
                known.flat_map(|certificate| self.turns_of(certificate)).collect();
            turns.sort_unstable();
            turns
        });
        let next = common.partition_point(|turn| *turn <= at);
        let last = next.checked_sub(1).and_then(|last| common.get(last)).copied();
        let mut before = last.unwrap_or(Timestamp::MIN);
        let mut after = common.get(next).copied().unwrap_or(Timestamp::MAX);
        for turn in self.turns_of(certificate) {
            if turn <= at {
                before = before.max(turn);
            } else {
                after = after.min(turn);
            }
        }
        if before == at { (at, at) } else { (before, after) }
    }

    fn turns_of(&self, certificate: &Certificate) -> Vec<Timestamp> {
        let of_lists = self.crls.iter().flat_map(|list| list.turning_points(certificate));
        [certificate.not_before(), certificate.not_after()].into_iter().chain(of_lists).collect()
    }
}
