//! Judgements of certificates, remembered: who asks again gets the same report at once.
//!
//! A report follows from the certificate, its usage, the evidence, the policy and the time. The memory is the
//! evidence's own and goes when the evidence is changed; the rest is the key. Of the time what counts is on
//! which side it lies of every moment that a judgement could compare it with: the limits of all certificates,
//! the dates of the anchors, the times of all lists, when the policy finds them too old, the dates in their lines about those
//! certificates, and the days on which the policy changes what it accepts. Between two such moments the report
//! is the same but for its own time, and at one of them it is for that very moment. Answers of responders say
//! more about time than is worth following: with any, a report is for its very moment alone. What documents
//! carry along is never in it: remembered are certificates by themselves, and signers whose document brings nothing that
//! could count.
//!
//! It is bounded, and dropping it changes speed, never a verdict.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use jiff::Timestamp;

use super::evidence::lock;
use super::report::CertificateReport;
use super::{Evidence, Policy, Usage};
use crate::pkix::Certificate;
use crate::pkix::path::Purpose;

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
    purpose: Option<Purpose>,
    /// SHA-256 over the settings of the policy.
    policy: [u8; 32],
    at: Timestamp,
    /// The moments before and after `at` at which something changes; both `at` when it is one itself.
    between: OnceLock<(Timestamp, Timestamp)>,
    report: Arc<CertificateReport>,
}

impl Evidence {
    /// The report on a certificate that is asked to be good for `usage` below an anchor that is trusted for
    /// `purpose`, judged by `judge` unless it is remembered; then its time may be another at which it would be the
    /// same.
    pub(super) fn judged(
        &self,
        certificate: &Certificate,
        (usage, purpose): (Usage, Option<Purpose>),
        policy: &Policy,
        at: Timestamp,
        judge: impl FnOnce() -> CertificateReport,
    ) -> Arc<CertificateReport> {
        let (key, demands) = (certificate.sha256(), policy.sha256());
        let holds = |judged: &&Arc<Judged>| {
            judged.usage == usage
                && judged.purpose == purpose
                && judged.policy == demands
                && (judged.at == at || self.is_same_time(certificate, policy, judged, at))
        };
        let known = lock(&self.memory.judged).get(&key).and_then(|all| all.iter().find(holds)).cloned();
        if let Some(known) = known {
            return Arc::clone(&known.report);
        }
        let report = Arc::new(judge());
        let between = OnceLock::new();
        let judged = Judged { usage, purpose, policy: demands, at, between, report: Arc::clone(&report) };
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
    fn is_same_time(
        &self,
        certificate: &Certificate,
        policy: &Policy,
        judged: &Judged,
        at: Timestamp,
    ) -> bool {
        if !self.ocsp.is_empty() {
            return false;
        }
        let neighbours = || self.neighbours(certificate, policy, judged.at);
        let (before, after) = *judged.between.get_or_init(neighbours);
        before < at && at < after
    }

    /// The last moment up to `at` at which something changes, and the first after it; both `at` if it is one.
    fn neighbours(
        &self,
        certificate: &Certificate,
        policy: &Policy,
        at: Timestamp,
    ) -> (Timestamp, Timestamp) {
        let common = self.memory.turns.get_or_init(|| {
            let known = self.anchors.certificates().chain(&self.certificates);
            let mut turns: Vec<Timestamp> =
                known.flat_map(|certificate| self.turns_of(certificate)).collect();
            turns.extend(self.anchors.turns());
            turns.sort_unstable();
            turns
        });
        let next = common.partition_point(|turn| *turn <= at);
        let last = next.checked_sub(1).and_then(|last| common.get(last)).copied();
        let mut before = last.unwrap_or(Timestamp::MIN);
        let mut after = common.get(next).copied().unwrap_or(Timestamp::MAX);
        let of_lists = self.crls.iter().filter_map(|list| policy.too_old_after(list.claimed_times().0));
        let own = self.turns_of(certificate).into_iter().chain(of_lists).chain(policy.changes());
        for turn in own {
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::asn1::oid;
    use crate::crypto::{Curve, DigestAlgorithm, PrivateKey};
    use crate::pkix::issue::{self, Extension, Issuer, Profile, Revocation};
    use crate::pkix::path::{AnchorDates, Inputs, TrustAnchor};
    use crate::pkix::{TrustAnchors, UnverifiedCrl, UnverifiedOcsp};
    use crate::validation::policy::settings::*;
    use crate::validation::{Code, Indication, RevocationMode, check_certificate};

    fn day(number: u8) -> Timestamp {
        format!("2026-06-{number:02}T12:00:00Z").parse().expect("a time")
    }

    struct Key(Vec<u8>, PrivateKey);

    impl Key {
        fn new(name: &str) -> Self {
            let key = PrivateKey::generate_ec(Curve::P256).expect("a key");
            Self(issue::name(&[(oid::COMMON_NAME, name)]), key)
        }

        fn issuer(&self) -> Issuer<'_> {
            Issuer { name: &self.0, key: &self.1, digest: DigestAlgorithm::Sha256 }
        }

        fn certify(&self, subject: &Self, days: (u8, u8), extensions: Vec<Extension>) -> Arc<Certificate> {
            let profile = Profile {
                subject: subject.0.clone(),
                public_key: subject.1.public_key(),
                not_before: day(days.0),
                not_after: day(days.1),
                extensions,
            };
            let der = issue::certificate(&profile, self.issuer()).expect("issued");
            Arc::new(Certificate::from_der(&der).expect("parsed"))
        }
    }

    struct World {
        ca: Key,
        anchor: Arc<Certificate>,
        leaf: Arc<Certificate>,
    }

    impl World {
        fn new() -> Self {
            let ca = Key::new("CA");
            let authority = vec![Extension::authority(None), Extension::key_usage(&[5, 6])];
            let anchor = ca.certify(&ca, (1, 30), authority);
            let leaf = ca.certify(&Key::new("Leaf"), (2, 29), vec![Extension::key_usage(&[0, 1])]);
            Self { ca, anchor, leaf }
        }

        /// Made and ended on these days, the leaf revoked on the third.
        fn list(&self, days: (u8, u8), revoked: Option<u8>) -> UnverifiedCrl {
            let line = |on: u8| Revocation {
                serial: self.leaf.serial().to_vec(),
                at: day(on),
                reason: Some(1),
                more: Vec::new(),
            };
            let lines: Vec<_> = revoked.map(line).into_iter().collect();
            let der = issue::crl(self.ca.issuer(), day(days.0), Some(day(days.1)), 1, &lines, &[]);
            UnverifiedCrl::from_der(&der.expect("a list")).expect("parsed")
        }

        fn evidence(&self, lists: Vec<UnverifiedCrl>, mode: RevocationMode) -> Evidence {
            Evidence::new(TrustAnchors::new(vec![Arc::clone(&self.anchor)]), Vec::new(), lists, mode)
        }
    }

    /// An answer about nobody, signed by nobody.
    fn answer() -> UnverifiedOcsp {
        use crate::asn1::{tag, write};
        let by_key = write::context(2, &[write::octet_string(&[7; 20])]);
        let produced = write::tlv(tag::GENERALIZED_TIME, &[b"20260610120000Z"]);
        let data = write::sequence(&[by_key, produced, write::sequence::<Vec<u8>>(&[])]);
        let algorithm = write::sequence(&[write::oid("1.2.840.10045.4.3.2")]);
        let basic = write::sequence(&[data, algorithm, write::bit_string(&[1])]);
        let bytes = write::sequence(&[write::oid(oid::OCSP_BASIC), write::octet_string(&basic)]);
        let whole = write::sequence(&[write::enumerated(0), write::context(0, &[bytes])]);
        UnverifiedOcsp::from_der(&whole).expect("an answer")
    }

    /// Whether the judgement is made, and not remembered.
    fn misses(evidence: &Evidence, leaf: &Certificate, usage: Usage, policy: &Policy, at: Timestamp) -> bool {
        let asked = Cell::new(false);
        let report = check_certificate(
            &Arc::new(Certificate::from_der(leaf.der()).expect("parsed")),
            usage,
            &Evidence::new(TrustAnchors::default(), Vec::new(), Vec::new(), RevocationMode::Off),
            policy,
            at,
        );
        evidence.judged(leaf, (usage, usage.purpose()), policy, at, || {
            asked.set(true);
            (*report).clone()
        });
        asked.get()
    }

    #[test]
    fn a_report_is_had_again_only_for_all_that_it_depends_on() {
        let w = World::new();
        let list = w.list((4, 26), None);
        let evidence = || w.evidence(vec![list.clone()], RevocationMode::Required);
        let (usage, policy, at) = (Usage::Sign, Policy::generic(), day(10));
        let known = evidence();
        assert!(misses(&known, &w.leaf, usage, &policy, at), "the first time");
        assert!(!misses(&known, &w.leaf, usage, &policy, at));
        let again = Certificate::from_der(w.leaf.der()).expect("parsed");
        assert!(!misses(&known, &again, usage, &policy, at), "the same octets");
        // The certificate, the usage.
        assert!(misses(&known, &w.anchor, usage, &policy, at));
        assert!(misses(&known, &w.leaf, Usage::Any, &policy, at));
        // Every setting of the policy: without a new one this does not compile. The description is for people
        // and in no report.
        let Settings { name, description: _, algorithms, keys, freshness, usages, roles, levels } =
            policy.settings();
        let other = |change: &dyn Fn(&mut Settings)| policy.with(change);
        let Algorithms { digest: _, signature: _ } = algorithms;
        let Keys { rsa: _, ec: _, dsa: _, dsa_subgroup: _ } = keys;
        let Freshness { max_age_hours: _, answer_hours: _ } = freshness;
        let Usages {
            key_usage: _,
            extended_key_usage: _,
            national_roles: _,
            forbidden_policies: _,
            required_policies: _,
            identity_numbers: _,
        } = usages;
        assert!(name != "other" && roles.required.is_empty() && levels.0.is_empty());
        let changes: [&dyn Fn(&mut Settings); 17] = [
            &|settings| settings.name = "other".into(),
            &|settings| {
                settings.algorithms.digest.pop_first();
            },
            &|settings| {
                settings.algorithms.signature.pop_first();
            },
            &|settings| settings.keys.rsa = Minimum::of(3072),
            &|settings| settings.keys.ec = Minimum::of(384),
            &|settings| settings.keys.dsa = Minimum::of(3072),
            &|settings| settings.keys.dsa_subgroup = Minimum::of(224),
            &|settings| settings.freshness.max_age_hours = Age::Hours(24 * 365),
            &|settings| settings.freshness.answer_hours += 1,
            &|settings| settings.usages.key_usage.push(Bit::KeyAgreement),
            &|settings| settings.usages.extended_key_usage = Purposes::OneOf(vec!["1.2.3".into()]),
            &|settings| settings.usages.national_roles ^= true,
            &|settings| settings.usages.forbidden_policies.push("1.2.3".into()),
            &|settings| settings.usages.required_policies.push("1.2.3".into()),
            &|settings| settings.usages.identity_numbers ^= true,
            &|settings| settings.roles.required.push(Role("ceo")),
            &|settings| {
                let code = Open::new(Code::CRL_STALE).expect("open");
                settings.levels.0.insert(code, Weight::Warn);
            },
        ];
        for (at_place, change) in changes.into_iter().enumerate() {
            let known = evidence();
            assert!(misses(&known, &w.leaf, usage, &policy, at));
            assert!(misses(&known, &w.leaf, usage, &other(change), at), "setting {at_place}");
            assert!(!misses(&known, &w.leaf, usage, &policy, at));
        }
        // Every part of the evidence.
        let changed: [fn(Evidence) -> Evidence; 5] = [
            |evidence| evidence.with_ocsp(Vec::new()),
            |evidence| evidence.without_given(),
            |evidence| evidence.with_crls(Vec::new()),
            |evidence| evidence.with_inputs(Inputs { require_explicit_policy: true, ..Inputs::default() }),
            |evidence| evidence.extended(&[], &[], &[]),
        ];
        for (place, change) in changed.into_iter().enumerate() {
            let known = evidence();
            assert!(misses(&known, &w.leaf, usage, &policy, at));
            assert!(misses(&change(known), &w.leaf, usage, &policy, at), "part {place}");
        }
    }

    #[test]
    fn a_report_holds_between_the_moments_at_which_something_changes() {
        let w = World::new();
        let lists = || vec![w.list((4, 26), None), w.list((6, 24), Some(15))];
        // The leaf's days, the anchor's, the lists', and the line's.
        let turns = [1, 2, 4, 6, 15, 24, 26, 29, 30].map(day);
        let (usage, policy) = (Usage::Sign, Policy::generic());
        let hour = jiff::SignedDuration::from_hours(1);
        let mut moments: Vec<Timestamp> =
            turns.iter().flat_map(|turn| [*turn - hour, *turn, *turn + hour]).collect();
        moments.sort_unstable();
        let known = w.evidence(lists(), RevocationMode::Required);
        for first in &moments {
            for second in &moments {
                let known = w.evidence(lists(), RevocationMode::Required);
                misses(&known, &w.leaf, usage, &policy, *first);
                let apart = first != second
                    && turns.iter().any(|turn| first.min(second) <= turn && turn <= first.max(second));
                assert_eq!(misses(&known, &w.leaf, usage, &policy, *second), apart, "{first} {second}");
            }
        }
        // What is remembered is what is judged: in this order and the other, at once and with a fresh memory.
        let said = |evidence: &Evidence, at| {
            let report = check_certificate(&w.leaf, usage, evidence, &policy, at);
            format!("{report:?}")
        };
        let mut kinds = std::collections::HashSet::new();
        for at in moments.iter().chain(moments.iter().rev()) {
            let fresh = said(&w.evidence(lists(), RevocationMode::Required), *at);
            assert_eq!(said(&known, *at), fresh, "{at}");
            kinds.insert(fresh);
        }
        assert!(kinds.len() >= 4, "{}", kinds.len());
    }

    /// With the dates and ages of a policy, what is remembered is what a fresh memory finds, whatever was asked
    /// before.
    #[test]
    fn a_policy_has_moments_of_its_own() {
        let w = World::new();
        let lists = || vec![w.list((4, 26), None)];
        let old = Policy::generic().with(|settings| settings.freshness.max_age_hours = Age::Hours(24 * 5));
        let ended = Policy::generic().with(|settings| {
            let until = Until::Date("2026-06-16".parse().expect("a date"));
            settings.algorithms.digest.values_mut().for_each(|uses| *uses = Uses::all(until));
        });
        let grown = Policy::from_toml(&include_str!("policies/generic.toml").replace(
            "\nec = 256",
            "\nec = [{ from = \"2020-01-01\", bits = 256 }, { from = \"2026-06-19\", bits = 384 }]",
        ))
        .expect("a policy");
        let noon = |number| day(number) - jiff::SignedDuration::from_hours(12);
        for (policy, turn) in [(old, day(9)), (ended, noon(17)), (grown, noon(19))] {
            let usage = Usage::Sign;
            let said = |evidence: &Evidence, at| {
                let report = check_certificate(&w.leaf, usage, evidence, &policy, at);
                (report.indication, format!("{report:?}"))
            };
            let second = jiff::SignedDuration::from_secs(1);
            let moments = [turn - second, turn, turn + second, turn + second * 2];
            let fresh = moments.map(|at| said(&w.evidence(lists(), RevocationMode::Required), at));
            assert_ne!(fresh[0].0, fresh[2].0, "{turn} is one");
            for first in moments {
                for (at, expected) in moments.into_iter().zip(&fresh) {
                    let known = w.evidence(lists(), RevocationMode::Required);
                    said(&known, first);
                    assert_eq!(&said(&known, at), expected, "{first} {at}");
                    let apart = first != at && first.min(at) <= turn && turn <= first.max(at);
                    let known = w.evidence(lists(), RevocationMode::Required);
                    misses(&known, &w.leaf, usage, &policy, first);
                    assert_eq!(misses(&known, &w.leaf, usage, &policy, at), apart, "{first} {at}");
                }
            }
        }
    }

    /// Each of what evidence is made of, changed alone, is another memory; with answers of responders only the
    /// very moment is the same.
    #[test]
    fn evidence_of_other_parts_remembers_nothing() {
        let w = World::new();
        let (usage, policy, at) = (Usage::Sign, Policy::generic(), day(10));
        let other = World::new();
        let anchors = || TrustAnchors::new(vec![Arc::clone(&w.anchor)]);
        let list = || w.list((4, 26), None);
        let known = w.evidence(vec![list()], RevocationMode::Required);
        assert!(misses(&known, &w.leaf, usage, &policy, at));
        let two = TrustAnchors::new(vec![Arc::clone(&w.anchor), Arc::clone(&other.anchor)]);
        let more = vec![Arc::clone(&other.anchor)];
        for changed in [
            Evidence::new(two, Vec::new(), vec![list()], RevocationMode::Required),
            Evidence::new(anchors(), more, vec![list()], RevocationMode::Required),
            w.evidence(vec![w.list((4, 25), None)], RevocationMode::Required),
            w.evidence(vec![list(), list()], RevocationMode::Required),
            w.evidence(vec![list()], RevocationMode::Available),
        ] {
            assert!(misses(&changed, &w.leaf, usage, &policy, at));
        }
        // The list that revokes it is heard though it was good before.
        let known = w.evidence(vec![list()], RevocationMode::Required);
        let good = check_certificate(&w.leaf, usage, &known, &policy, at);
        assert_eq!(good.indication, Indication::TotalPassed);
        let revoking = known.with_crls(vec![w.list((5, 26), Some(8))]);
        let revoked = check_certificate(&w.leaf, usage, &revoking, &policy, at);
        assert_ne!(good.indication, revoked.indication);
        assert!(revoked.findings.iter().any(|finding| finding.code == Code::CERTIFICATE_REVOKED));
        // At another moment nothing is said but the time.
        let later = check_certificate(&w.leaf, usage, &revoking, &policy, day(11));
        assert_eq!(later.validation_time, day(11));
        let answered = revoking.with_ocsp(vec![answer()]);
        assert!(misses(&answered, &w.leaf, usage, &policy, at));
        assert!(!misses(&answered, &w.leaf, usage, &policy, at));
        let second = jiff::SignedDuration::from_secs(1);
        assert!(misses(&answered, &w.leaf, usage, &policy, at + second));
    }

    #[test]
    fn it_is_bounded() {
        let w = World::new();
        let evidence = w.evidence(Vec::new(), RevocationMode::Off);
        for second in 0..i64::try_from(MAX_JUDGEMENTS).expect("small") * 3 {
            // Each at a turning point of its own would be; usages and policies stand for it.
            let policy = Policy::generic().with(|settings| settings.name = second.to_string());
            misses(&evidence, &w.leaf, Usage::Any, &policy, day(10));
            assert!(lock(&evidence.memory.judged).values().all(|all| all.len() <= MAX_JUDGEMENTS));
        }
        let mut all = lock(&evidence.memory.judged);
        all.extend(
            (0..MAX_CERTIFICATES as u64).map(|at| (crate::crypto::sha256(&at.to_be_bytes()), Vec::new())),
        );
        drop(all);
        misses(&evidence, &w.leaf, Usage::Any, &Policy::kz(), day(10));
        assert_eq!(lock(&evidence.memory.judged).len(), 1);
    }

    #[test]
    fn the_dates_of_an_anchor_are_moments_too() {
        let w = World::new();
        let dates = AnchorDates { not_before: None, not_after: Some(day(12)) };
        let anchor = TrustAnchor { dates, ..TrustAnchor::from(Arc::clone(&w.anchor)) };
        let known =
            Evidence::new(TrustAnchors::new(vec![anchor]), Vec::new(), Vec::new(), RevocationMode::Off);
        let (usage, policy) = (Usage::Any, Policy::generic());
        assert!(misses(&known, &w.leaf, usage, &policy, day(10)));
        assert!(!misses(&known, &w.leaf, usage, &policy, day(11)), "before its last date");
        assert!(misses(&known, &w.leaf, usage, &policy, day(13)), "after it");
    }
}
