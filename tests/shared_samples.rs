//! Verdicts on documents signed by the national tools, with the national test CA. The mathematics of these
//! and of all other objects is in `national_objects`.

use qoltanba::service::verify::{Checker, evidence_from_files};
use qoltanba::validation::{Policy, RevocationMode, SubIndication};

use crate::common::shared;

/// File, time inside the certificate's validity, and what each signature must come to under the
/// policy without national rules (some samples are signed with authentication keys).
const SAMPLES: &[(&str, &str, &[Option<SubIndication>])] = &[
    ("1b05f9b6dd08.xml", "2020-09-01T00:00:00Z", &[None]),
    // Signed with RSA in one year and with GOST 34.10-2015 in the next.
    ("654213a73594.xml", "2021-09-01T00:00:00Z", &[None, Some(SubIndication::NotYetValid)]),
    ("654213a73594.xml", "2022-09-01T00:00:00Z", &[Some(SubIndication::OutOfBoundsNoPoe), None]),
    ("87f4a10090b2.xml", "2021-09-01T00:00:00Z", &[None]),
    ("8c71cae6e862.xml", "2020-09-01T00:00:00Z", &[None]),
    ("8cabfb4e7984.xml", "2021-09-01T00:00:00Z", &[None]),
    ("a213f782a77f.xml", "2020-09-01T00:00:00Z", &[None]),
    ("cb1ca0b944b3.xml", "2025-01-01T00:00:00Z", &[None]),
    ("d09c564f37e7.xml", "2024-01-01T00:00:00Z", &[None]),
    ("dc3019ad5423.xml", "2021-09-01T00:00:00Z", &[Some(SubIndication::HashFailure)]),
    ("e08a433dda34.xml", "2020-09-01T00:00:00Z", &[None]),
];

fn checker(policy: Policy) -> Option<Checker> {
    let ca = shared()?.join("kz-pki").join("ca");
    let evidence = evidence_from_files(
        &["test_root_rsa_2018.cer", "test_root_gost_2018.cer", "test_root_gost_2022.cer"]
            .map(|file| ca.join(file)),
        &["test_nca_rsa_2019.cer", "test_nca_gost_2019.cer", "test_nca_gost_2022.cer"]
            .map(|file| ca.join(file)),
        &[],
        RevocationMode::Available,
    )
    .expect("evidence");
    Some(Checker::new(evidence, policy))
}

#[test]
fn national_samples_come_to_their_known_outcome() {
    let Some(checker) = checker(Policy::generic()) else { return };
    let folder = shared().expect("checked above").join("kz-pki").join("xml");
    for (file, at, expected) in SAMPLES {
        let bytes = std::fs::read(folder.join(file)).expect("a sample");
        let report = checker.verify(&bytes, at.parse().expect("a time")).expect("a report");
        let found: Vec<_> = report.signatures.iter().map(|signature| signature.sub_indication).collect();
        assert_eq!(found, *expected, "{file}");
    }
}

#[test]
fn an_authentication_key_does_not_sign_under_the_national_policy() {
    let Some(checker) = checker(Policy::kz()) else { return };
    let file = shared().expect("checked above").join("kz-pki").join("xml").join("a213f782a77f.xml");
    let report = checker
        .verify(&std::fs::read(file).expect("a sample"), "2020-09-01T00:00:00Z".parse().expect("a time"))
        .expect("a report");
    assert_eq!(report.signatures[0].sub_indication, Some(SubIndication::ChainConstraintsFailure));
}
