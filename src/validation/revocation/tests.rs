//! Who may sign lists, and what is told of lists that are not used.

use super::*;
use crate::asn1::oid;
use crate::crypto::{Curve, DigestAlgorithm, PrivateKey};
use crate::messages::{Language, text};
use crate::pkix::TrustAnchors;
use crate::pkix::UnverifiedCrl;
use crate::pkix::issue::{self, Extension, Issuer, Point, Profile};
use crate::validation::Evidence;
use crate::validation::{Indication, Policy, Usage, check_certificate};

fn month(number: u8) -> Timestamp {
    format!("2026-{number:02}-01T00:00:00Z").parse().expect("a time")
}

/// When the tests judge.
const NOW: u8 = 6;

struct Key {
    name: Vec<u8>,
    key: PrivateKey,
}

impl Key {
    fn new(name: &str) -> Self {
        let key = PrivateKey::generate_ec(Curve::P256).expect("a key");
        Self { name: issue::name(&[(oid::COMMON_NAME, name), (oid::COUNTRY, "KZ")]), key }
    }

    fn issuer(&self) -> Issuer<'_> {
        Issuer { name: &self.name, key: &self.key, digest: DigestAlgorithm::Sha256 }
    }

    fn key_id(&self) -> Extension {
        Extension::subject_key_id(&issue::key_id(&self.key.public_key()))
    }

    /// A certificate of `subject`, valid between two months.
    fn certify(&self, subject: &Self, months: (u8, u8), extensions: Vec<Extension>) -> Arc<Certificate> {
        let profile = Profile {
            subject: subject.name.clone(),
            public_key: subject.key.public_key(),
            not_before: month(months.0),
            not_after: month(months.1),
            extensions: [extensions, vec![subject.key_id()]].concat(),
        };
        let der = issue::certificate(&profile, self.issuer()).expect("issued");
        Arc::new(Certificate::from_der(&der).expect("parsed"))
    }

    fn list(&self, months: (u8, u8), revoked: &[&Arc<Certificate>], more: &[Extension]) -> UnverifiedCrl {
        let line = |certificate: &&Arc<Certificate>| issue::Revocation {
            serial: certificate.serial().to_vec(),
            at: month(2),
            reason: Some(1),
            more: Vec::new(),
        };
        let lines: Vec<_> = revoked.iter().map(line).collect();
        let (this, next) = (month(months.0), Some(month(months.1)));
        let der = issue::crl(self.issuer(), this, next, 9, &lines, more).expect("a list");
        UnverifiedCrl::from_der(&der).expect("parsed")
    }
}

fn authority() -> Vec<Extension> {
    vec![Extension::authority(None), Extension::key_usage(&[5, 6])]
}

fn list_signer() -> Vec<Extension> {
    vec![Extension::key_usage(&[6])]
}

const ALL_YEAR: (u8, u8) = (1, 12);
const CURRENT: (u8, u8) = (5, 7);

/// A root, an authority, a leaf; who signs the authority's lists is what the tests are about.
struct World {
    root: Key,
    ca: Key,
    anchor: Arc<Certificate>,
    authority: Arc<Certificate>,
    leaf: Arc<Certificate>,
}

impl World {
    fn new() -> Self {
        Self::with_leaf(Vec::new())
    }

    fn with_leaf(extensions: Vec<Extension>) -> Self {
        let (root, ca) = (Key::new("Root"), Key::new("CA"));
        let anchor = root.certify(&root, ALL_YEAR, authority());
        let certificate = root.certify(&ca, ALL_YEAR, authority());
        let usage = vec![Extension::key_usage(&[0, 1])];
        let leaf = ca.certify(&Key::new("Leaf"), ALL_YEAR, [usage, extensions].concat());
        Self { root, ca, anchor, authority: certificate, leaf }
    }

    fn judge(
        &self,
        mode: RevocationMode,
        certificates: &[&Arc<Certificate>],
        lists: &[&UnverifiedCrl],
        at: Timestamp,
    ) -> (bool, Vec<&'static str>) {
        let given = certificates.iter().map(|certificate| Arc::clone(certificate));
        let evidence = Evidence::new(
            TrustAnchors::new(vec![Arc::clone(&self.anchor)]),
            given.chain([Arc::clone(&self.authority)]).collect(),
            lists.iter().map(|list| (*list).clone()).collect(),
            mode,
        );
        let report = check_certificate(&self.leaf, Usage::Any, &evidence, &Policy::generic(), at);
        for finding in &report.findings {
            let params: Vec<_> = finding.params.iter().map(|(name, value)| (*name, value.as_str())).collect();
            for language in [Language::Kk, Language::Ru, Language::En] {
                let said = text(language, finding.code.name(), &params);
                assert!(!said.message.contains(['{', '}']), "{language:?}: {}", said.message);
            }
        }
        let codes = report.findings.iter().map(|finding| finding.code.name()).collect();
        (report.indication == Indication::TotalPassed, codes)
    }

    /// With what the root says, evidence required, now.
    fn required(
        &self,
        certificates: &[&Arc<Certificate>],
        lists: &[&UnverifiedCrl],
    ) -> (bool, Vec<&'static str>) {
        let of_root = self.root.list(CURRENT, &[], &[]);
        self.judge(RevocationMode::Required, certificates, &[&[&of_root], lists].concat(), month(NOW))
    }
}

fn unused(code: &'static str) -> (bool, Vec<&'static str>) {
    (false, vec![code, "REVOCATION_UNKNOWN"])
}

fn passed() -> (bool, Vec<&'static str>) {
    (true, Vec::new())
}

#[test]
fn another_key_of_the_authority_signs_lists_if_its_certificate_allows_it() {
    let w = World::new();
    let other = Key::new("CA");
    let list = other.list(CURRENT, &[], &[]);
    let condemning = other.list(CURRENT, &[&w.leaf], &[]);
    let signer = w.root.certify(&other, ALL_YEAR, list_signer());
    assert_eq!(w.required(&[&signer], &[&list]), passed());
    assert_eq!(w.required(&[&signer], &[&condemning]), (false, vec!["CERTIFICATE_REVOKED"]));

    assert_eq!(w.required(&[], &[&list]), unused("CRL_SIGNER_NOT_FOUND"));
    let mute = w.root.certify(&other, ALL_YEAR, vec![Extension::key_usage(&[0])]);
    assert_eq!(w.required(&[&mute], &[&list]), unused("CRL_SIGNER_USAGE"));
    let elsewhere = Key::new("Root");
    let stranger = elsewhere.certify(&other, ALL_YEAR, list_signer());
    assert_eq!(w.required(&[&stranger], &[&list]), unused("CRL_SIGNER_UNTRUSTED"));
    // What a stranger's list says is not heard, neither for nor against.
    assert_eq!(w.required(&[&stranger], &[&condemning]), unused("CRL_SIGNER_UNTRUSTED"));
    let own = w.ca.list(CURRENT, &[], &[]);
    assert_eq!(w.required(&[&stranger], &[&condemning, &own]), passed());
}

#[test]
fn a_signer_of_lists_who_is_revoked_or_unclear_is_not_believed() {
    let w = World::new();
    let other = Key::new("CA");
    let list = other.list(CURRENT, &[], &[]);
    let signer = w.root.certify(&other, ALL_YEAR, list_signer());
    let of_root = w.root.list(CURRENT, &[&signer], &[]);
    let judged = |mode, lists: &[&UnverifiedCrl], signer| w.judge(mode, &[signer], lists, month(NOW));
    assert_eq!(judged(RevocationMode::Required, &[&of_root, &list], &signer), unused("CRL_SIGNER_UNTRUSTED"));
    let (good, codes) = judged(RevocationMode::Available, &[&of_root, &list], &signer);
    assert!(good && codes.contains(&"CRL_SIGNER_UNTRUSTED"), "{codes:?}");

    // One certified by the authority itself: only its own list could clear it, and does not.
    let of_root = w.root.list(CURRENT, &[], &[]);
    let signer = w.ca.certify(&other, ALL_YEAR, list_signer());
    assert_eq!(judged(RevocationMode::Required, &[&of_root, &list], &signer), unused("CRL_SIGNER_UNTRUSTED"));
    assert_eq!(judged(RevocationMode::Available, &[&of_root, &list], &signer), passed());
    // The authority's own list clears it.
    let partial = Point { reasons: vec![1], ..Point::default() };
    let partial = w.ca.list(CURRENT, &[], &[Extension::issuing_distribution_point(&partial, &[])]);
    assert_eq!(judged(RevocationMode::Required, &[&of_root, &list, &partial], &signer).1.len(), 3);
    let own = w.ca.list(CURRENT, &[], &[]);
    assert_eq!(judged(RevocationMode::Required, &[&of_root, &list, &own], &signer), passed());

    // Two that would clear each other.
    let third = Key::new("CA");
    let signers = [&signer, &w.ca.certify(&third, ALL_YEAR, list_signer())];
    let lists = [&of_root, &list, &third.list(CURRENT, &[], &[])];
    let found = w.judge(RevocationMode::Required, &signers, &lists, month(NOW));
    assert_eq!(found, unused("CRL_SIGNER_UNTRUSTED"));
}

#[test]
fn a_signer_has_a_path_when_its_list_is_used() {
    let w = World::new();
    let other = Key::new("CA");
    let retired = w.root.certify(&other, (1, 5), list_signer());
    // An expired key could have written any date.
    let early = other.list((4, 8), &[], &[]);
    assert_eq!(w.required(&[&retired], &[&early]), unused("CRL_SIGNER_UNTRUSTED"));
    // A later list by a key that there was not yet: it tells of what was before.
    let of_root = w.root.list((5, 9), &[], &[]);
    let next = w.root.certify(&other, (7, 12), list_signer());
    let late = other.list((8, 9), &[], &[]);
    let at =
        |lists: &[&UnverifiedCrl], signer| w.judge(RevocationMode::Required, &[signer], lists, month(NOW));
    assert_eq!(at(&[&of_root, &late], &next), passed());
    assert_eq!(at(&[&of_root, &late], &retired), unused("CRL_SIGNER_UNTRUSTED"));
}

#[test]
fn an_issuer_of_indirect_lists_needs_the_certificates_word_and_a_path() {
    let lists = Key::new("Lists");
    let point = Extension::crl_distribution_points(&[(Point::default(), Some(lists.name.clone()))]);
    let w = World::with_leaf(vec![point]);
    let indirect = Extension::issuing_distribution_point(&Point::default(), &[4]);
    let list = lists.list(CURRENT, &[], std::slice::from_ref(&indirect));
    let signer = w.root.certify(&lists, ALL_YEAR, list_signer());
    assert_eq!(w.required(&[&signer], &[&list]), passed());
    let stranger = Key::new("Root").certify(&lists, ALL_YEAR, list_signer());
    assert_eq!(w.required(&[&stranger], &[&list]), unused("CRL_SIGNER_UNTRUSTED"));
    assert_eq!(w.required(&[&signer], &[&lists.list(CURRENT, &[], &[])]), unused("CRL_OUT_OF_SCOPE"));
    // A list of somebody whom the certificate does not name is not even looked at.
    assert_eq!(World::new().required(&[&signer], &[&list]), (false, vec!["REVOCATION_UNKNOWN"]));
}

#[test]
fn what_of_a_list_is_not_enough_is_told() {
    let w = World::new();
    let part = |point: &Point, flags: &[u8]| {
        let part = Extension::issuing_distribution_point(point, flags);
        w.required(&[], &[&w.ca.list(CURRENT, &[], &[part])])
    };
    assert_eq!(part(&Point::default(), &[1]), passed());
    assert_eq!(part(&Point::default(), &[2]), unused("CRL_OUT_OF_SCOPE"));
    let reasons = Point { reasons: vec![1, 2, 3], ..Point::default() };
    assert_eq!(part(&reasons, &[]), unused("CRL_REASONS_INCOMPLETE"));
    let with = |months, more: &[Extension]| w.required(&[], &[&w.ca.list(months, &[], more)]);
    assert_eq!(with((2, 4), &[]), unused("CRL_STALE"));
    let delta = Extension::delta_crl_indicator(5);
    assert_eq!(with(CURRENT, &[delta]), unused("CRL_DELTA_WITHOUT_BASE"));
    let unknown = Extension::new("1.2.398.99.1", vec![5, 0]).critical();
    assert_eq!(with(CURRENT, &[unknown]), unused("CRL_EXTENSION_UNSUPPORTED"));
    let open = issue::crl(w.ca.issuer(), month(5), None, 1, &[], &[]).expect("a list");
    let open = UnverifiedCrl::from_der(&open).expect("parsed");
    assert_eq!(w.required(&[], &[&open]), unused("CRL_NO_NEXT_UPDATE"));
    let stale = w.ca.list((2, 4), &[], &[]);
    assert_eq!(w.required(&[], &[&stale, &stale]), unused("CRL_STALE"), "told once");
}

#[test]
fn the_search_for_a_signer_ends() {
    let w = World::new();
    let crowd: Vec<_> = (0..20).map(|_| w.root.certify(&Key::new("CA"), ALL_YEAR, list_signer())).collect();
    let list = Key::new("CA").list(CURRENT, &[], &[]);
    assert_eq!(w.required(&crowd.iter().collect::<Vec<_>>(), &[&list]), unused("CRL_SEARCH_LIMIT"));
    // The right key is found in any crowd by its identifier.
    let other = Key::new("CA");
    let signer = w.root.certify(&other, ALL_YEAR, list_signer());
    let all: Vec<_> = crowd.iter().chain([&signer]).collect();
    assert_eq!(w.required(&all, &[&other.list(CURRENT, &[], &[])]), passed());
}

#[test]
fn a_delta_and_its_base_are_one_list_in_the_report() {
    let w = World::new();
    let of_root = w.root.list(CURRENT, &[], &[]);
    let base = issue::crl(w.ca.issuer(), month(2), Some(month(3)), 7, &[], &[]).expect("a list");
    let base = UnverifiedCrl::from_der(&base).expect("parsed");
    let delta =
        |revoked: &[&Arc<Certificate>]| w.ca.list(CURRENT, revoked, &[Extension::delta_crl_indicator(7)]);
    let report = |delta: UnverifiedCrl| {
        let evidence = Evidence::new(
            TrustAnchors::new(vec![Arc::clone(&w.anchor)]),
            vec![Arc::clone(&w.authority)],
            vec![of_root.clone(), delta, base.clone()],
            RevocationMode::Required,
        );
        check_certificate(&w.leaf, Usage::Any, &evidence, &Policy::generic(), month(NOW))
    };
    let good = report(delta(&[]));
    assert_eq!(good.indication, Indication::TotalPassed, "{:?}", good.findings);
    let first = good.revocation.first().expect("the leaf's");
    assert_eq!((first.status, first.source, first.produced_at), ("good", Some("crl"), Some(month(5))));
    let bad = report(delta(&[&w.leaf]));
    let first = bad.revocation.first().expect("the leaf's");
    assert_eq!((first.status, first.revoked_at), ("revoked", Some(month(2))));
    assert_eq!(first.reason.as_deref(), Some("keyCompromise"));
}
