//! Which of several paths is taken: one whose authorities are not revoked and whose algorithms are
//! trusted, at each time anew, however often and in whatever order it is asked.

use std::sync::Arc;

use jiff::Timestamp;
use qoltanba::asn1::oid;
use qoltanba::crypto::{Curve, DigestAlgorithm, PrivateKey};
use qoltanba::pkix::issue::{self, Extension, Issuer, Profile, Revocation};
use qoltanba::pkix::{Certificate, TrustAnchors, UnverifiedCrl};
use qoltanba::service::verify::Checker;
use qoltanba::validation::{Evidence, Indication, Policy, RevocationMode, Usage};

struct Party {
    key: PrivateKey,
    name: Vec<u8>,
}

impl Party {
    fn new(name: &str) -> Self {
        let key = PrivateKey::generate_ec(Curve::P256).expect("a key");
        Self { key, name: issue::name(&[(oid::COMMON_NAME, name)]) }
    }

    fn issuer(&self, digest: DigestAlgorithm) -> Issuer<'_> {
        Issuer { name: &self.name, key: &self.key, digest }
    }

    fn certify(&self, subject: &Party, digest: DigestAlgorithm, more: Extension) -> Arc<Certificate> {
        let profile = Profile {
            subject: subject.name.clone(),
            public_key: subject.key.public_key(),
            not_before: time("2026-01-01"),
            not_after: time("2027-01-01"),
            extensions: vec![more],
        };
        let der = issue::certificate(&profile, self.issuer(digest)).expect("issued");
        Arc::new(Certificate::from_der(&der).expect("parsed"))
    }

    fn list(&self, revoked: &[(&Certificate, &str)]) -> UnverifiedCrl {
        let line = |(certificate, at): &(&Certificate, &str)| Revocation {
            serial: certificate.serial().to_vec(),
            at: time(at),
            reason: None,
            more: Vec::new(),
        };
        let lines: Vec<_> = revoked.iter().map(line).collect();
        let issuer = self.issuer(DigestAlgorithm::Sha256);
        let der = issue::crl(issuer, time("2026-07-15"), Some(time("2026-12-01")), 1, &lines, &[]);
        UnverifiedCrl::from_der(&der.expect("made")).expect("parsed")
    }
}

fn time(day: &str) -> Timestamp {
    format!("{day}T00:00:00Z").parse().expect("a time")
}

/// An authority certified by two roots, and a certificate of its own.
struct World {
    roots: [Party; 2],
    anchors: Vec<Arc<Certificate>>,
    ca: Party,
    leaf: Arc<Certificate>,
}

impl World {
    fn new() -> Self {
        let roots = [Party::new("One"), Party::new("Two")];
        let sha256 = DigestAlgorithm::Sha256;
        let anchors = roots.iter().map(|it| it.certify(it, sha256, Extension::authority(None))).collect();
        let ca = Party::new("CA");
        let leaf = ca.certify(&Party::new("Leaf"), sha256, Extension::key_usage(&[0, 1]));
        Self { roots, anchors, ca, leaf }
    }

    fn crossed(&self, digests: [DigestAlgorithm; 2]) -> [Arc<Certificate>; 2] {
        let pairs = [(&self.roots[0], digests[0]), (&self.roots[1], digests[1])];
        pairs.map(|(root, digest)| root.certify(&self.ca, digest, Extension::authority(None)))
    }

    fn checker(
        &self,
        pool: Vec<Arc<Certificate>>,
        lists: Vec<UnverifiedCrl>,
        mode: RevocationMode,
    ) -> Checker {
        let evidence = Evidence::new(TrustAnchors::new(self.anchors.clone()), pool, lists, mode);
        Checker::new(evidence, Policy::generic())
    }

    fn ask(&self, checker: &Checker, at: &str) -> Indication {
        checker.check_certificate(&self.leaf, Usage::Any, time(at)).indication
    }
}

#[test]
fn a_path_through_a_revoked_authority_is_not_the_only_one() {
    let world = World::new();
    let [one, two] = world.crossed([DigestAlgorithm::Sha256; 2]);
    for pool in [vec![Arc::clone(&one), Arc::clone(&two)], vec![two, Arc::clone(&one)]] {
        let [first, second] = [pool[0].as_ref(), pool[1].as_ref()];
        let of = |certificate: &Certificate| if *certificate == *one { 0 } else { 1 };
        let mut lists = vec![world.ca.list(&[])];
        // The first is revoked in April, the second in July.
        lists.push(world.roots[of(first)].list(&[(first, "2026-04-01")]));
        lists.push(world.roots[of(second)].list(&[(second, "2026-07-01")]));
        let checker = world.checker(pool.clone(), lists, RevocationMode::Required);
        // What was remembered at one time does not spoil another.
        for (at, expected) in [
            ("2026-03-01", Indication::TotalPassed),
            ("2026-05-01", Indication::TotalPassed),
            ("2026-03-01", Indication::TotalPassed),
            ("2026-08-01", Indication::Indeterminate),
            ("2026-05-01", Indication::TotalPassed),
        ] {
            assert_eq!(world.ask(&checker, at), expected, "{at}");
        }
    }
}

#[test]
fn a_path_with_a_weak_algorithm_is_taken_only_where_there_is_no_other() {
    let world = World::new();
    let [weak, strong] = world.crossed([DigestAlgorithm::Sha1, DigestAlgorithm::Sha256]);
    for pool in [vec![Arc::clone(&weak), Arc::clone(&strong)], vec![strong, Arc::clone(&weak)]] {
        let checker = world.checker(pool, Vec::new(), RevocationMode::Off);
        assert_eq!(world.ask(&checker, "2026-05-01"), Indication::TotalPassed);
    }
    let mut checker = world.checker(vec![weak], Vec::new(), RevocationMode::Off);
    checker.policy = Policy::interop();
    assert_eq!(world.ask(&checker, "2026-05-01"), Indication::TotalPassed);
    // What was remembered for one policy says nothing to another.
    checker.policy = Policy::generic();
    let report = checker.check_certificate(&world.leaf, Usage::Any, time("2026-05-01"));
    let codes: Vec<_> = report.findings.iter().map(|finding| finding.code.name()).collect();
    assert_eq!(codes, ["ALGORITHM_WEAK"]);
}
