//! What a policy asks, one setting after another: a document that passes without it and fails with it.

use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use qoltanba::asn1::oid;
use qoltanba::crypto::DigestAlgorithm;
use qoltanba::service::verify::{Checker, evidence_from_files, sign_xml};
use qoltanba::signature::sign::Profile;
use qoltanba::validation::policy::settings::{
    Age, Bit, Digest, Minimum, Open, Purposes, Role, Scheme, Settings, Until, Uses, Weight,
};
use qoltanba::validation::{Code, Indication, Level, Policy, Report, RevocationMode};
use qoltanba::xml::Limits;

use crate::common::{ECDSA, Pki, RSA, now};

const DOCUMENT: &[u8] = b"<application xmlns=\"urn:test\"><name>A</name></application>";

fn signed(pki: &Pki, who: &str) -> Vec<u8> {
    sign_xml(DOCUMENT, &pki.identity(who), &Profile::default(), &Limits::default()).expect("signed")
}

fn judged(pki: &Pki, document: &[u8], policy: Policy, at: Timestamp) -> Report {
    pki.checker_with(RevocationMode::Required, policy).verify(document, at).expect("a report")
}

/// What a report fails for.
fn failures(report: &Report) -> Vec<&'static str> {
    let findings = report.signatures.iter().flat_map(|signature| &signature.findings);
    findings.filter(|finding| finding.level == Level::Fail).map(|finding| finding.code.name()).collect()
}

fn told(report: &Report, code: Code) -> Option<Level> {
    let mut findings = report.signatures.iter().flat_map(|signature| &signature.findings);
    findings.find(|finding| finding.code == code).map(|finding| finding.level)
}

/// Makes the applicant's document pass by `kz` and fail for these reasons when the settings are changed.
fn fails(pki: &Pki, expected: &[&str], change: impl FnOnce(&mut Settings)) {
    let document = signed(pki, "applicant");
    let before = judged(pki, &document, Policy::kz(), now());
    assert_eq!((before.indication, failures(&before)), (Indication::TotalPassed, vec![]));
    let after = judged(pki, &document, Policy::kz().with(change), now());
    assert_eq!((after.indication, failures(&after)), (Indication::Indeterminate, expected.to_vec()));
    assert_ne!(before.policy.sha256, after.policy.sha256);
}

fn until(date: &str) -> Until {
    Until::Date(date.parse().expect("a date"))
}

#[test]
fn algorithms_of_the_signature() {
    let sha256 = |settings: &mut Settings, end| {
        let uses = Uses { signature: end, ..Uses::all(Until::Always) };
        settings.algorithms.digest.insert(Digest(DigestAlgorithm::Sha256), uses);
    };
    let rsa = |settings: &mut Settings, end| {
        let uses = Uses { signature: end, ..Uses::all(Until::Always) };
        settings.algorithms.signature.insert(Scheme::Rsa, uses);
    };
    // The signature and the reference to the document.
    fails(&RSA, &["ALGORITHM_WEAK"; 2], |settings| sha256(settings, Until::Never));
    fails(&RSA, &["ALGORITHM_ENDED"; 2], |settings| sha256(settings, until("2026-05-31")));
    fails(&RSA, &["ALGORITHM_NOT_ALLOWED"], |settings| rsa(settings, Until::Never));
    fails(&RSA, &["ALGORITHM_ENDED"], |settings| rsa(settings, until("2026-05-31")));
    fails(&RSA, &["ALGORITHM_NOT_ALLOWED", "ALGORITHM_WEAK", "ALGORITHM_WEAK"], |settings| {
        // The signer's certificate and the authority's; the lists are another matter.
        let uses = Uses { signature: Until::Never, certificate: Until::Never, ..Uses::all(Until::Always) };
        settings.algorithms.signature.insert(Scheme::Rsa, uses);
    });
    // The last day counts.
    let policy = Policy::kz().with(|settings| rsa(settings, until("2026-06-01")));
    let document = signed(&RSA, "applicant");
    assert_eq!(judged(&RSA, &document, policy.clone(), now()).indication, Indication::TotalPassed);
    let day_after = now() + SignedDuration::from_hours(24);
    assert_eq!(failures(&judged(&RSA, &document, policy, day_after)), ["ALGORITHM_ENDED"]);
}

#[test]
fn algorithms_of_lists_clear_nobody_when_they_are_not_accepted() {
    fails(&RSA, &["REVOCATION_UNKNOWN"; 2], |settings| {
        let uses = Uses { revocation: Until::Never, ..Uses::all(Until::Always) };
        settings.algorithms.digest.insert(Digest(DigestAlgorithm::Sha256), uses);
    });
    let weak = Policy::kz().with(|settings| {
        let uses = Uses { revocation: Until::Never, ..Uses::all(Until::Always) };
        settings.algorithms.signature.insert(Scheme::Rsa, uses);
    });
    let report = judged(&RSA, &signed(&RSA, "applicant"), weak.clone(), now());
    assert_eq!(told(&report, Code::CRL_ALGORITHM_WEAK), Some(Level::Warn));
    // Whom they condemn, they condemn all the same, even before those who do not insist on lists.
    let report = RSA
        .checker_with(RevocationMode::Available, weak)
        .verify(&signed(&RSA, "revoked"), now())
        .expect("a report");
    assert_eq!(failures(&report), ["CERTIFICATE_REVOKED"]);
}

#[test]
fn sizes_of_keys() {
    // The signer's and the authorities'.
    fails(&RSA, &["KEY_TOO_SHORT"; 3], |settings| settings.keys.rsa = Minimum::of(8192));
    fails(&ECDSA, &["KEY_TOO_SHORT"; 3], |settings| settings.keys.ec = Minimum::of(521));
}

#[test]
fn age_of_lists() {
    let age = |hours| move |settings: &mut Settings| settings.freshness.max_age_hours = Age::Hours(hours);
    fails(&RSA, &["REVOCATION_UNKNOWN"; 2], age(24));
    let document = signed(&RSA, "applicant");
    let old = judged(&RSA, &document, Policy::kz().with(age(24)), now());
    assert_eq!(told(&old, Code::CRL_TOO_OLD), Some(Level::Warn));
    // The lists are of the first of January.
    let young = judged(&RSA, &document, Policy::kz().with(age(24 * 160)), now());
    assert_eq!(young.indication, Indication::TotalPassed);
    // However old it is, a list condemns.
    let revoked = judged(&RSA, &signed(&RSA, "revoked"), Policy::kz().with(age(1)), now());
    assert!(failures(&revoked).contains(&"CERTIFICATE_REVOKED"), "{:?}", failures(&revoked));
}

#[test]
fn what_the_certificate_says() {
    let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    fails(&RSA, &["KEY_USAGE_NOT_SIGNING"], |settings| settings.usages.key_usage.push(Bit::KeyAgreement));
    fails(&RSA, &["EXTENDED_KEY_USAGE_NOT_SIGNING"], |settings| {
        settings.usages.extended_key_usage = Purposes::OneOf(strings(&[oid::CODE_SIGNING]));
    });
    let own = RSA.identity("applicant").certificate_der;
    let own = qoltanba::pkix::Certificate::from_der(&own).expect("a certificate").policies().to_vec();
    fails(&RSA, &["CERTIFICATE_POLICY_NOT_SIGNING"], |settings| settings.usages.forbidden_policies = own);
    fails(&RSA, &["CERTIFICATE_POLICY_MISSING"], |settings| {
        settings.usages.required_policies = strings(&["1.2.3", "1.2.4"]);
    });
    fails(&RSA, &["ROLE_MISSING"], |settings| settings.roles.required = vec![Role("ceo")]);
    let policy = Policy::generic().with(|settings| settings.roles.required = vec![Role("hr"), Role("ceo")]);
    let official = judged(&RSA, &signed(&RSA, "official"), policy, now());
    assert_eq!(failures(&official), [] as [&str; 0]);
}

#[test]
fn levels_make_a_reason_of_a_note_and_a_note_of_a_reason() {
    let set = |code, weight| {
        move |settings: &mut Settings| {
            settings.levels.0.insert(Open::new(code).expect("an open row"), weight);
        }
    };
    let document = signed(&RSA, "applicant");
    let wrong = signed(&RSA, "wrong-usage");
    let code = Code::KEY_USAGE_NOT_SIGNING;
    let report = judged(&RSA, &wrong, Policy::kz(), now());
    assert!(report.indication == Indication::Indeterminate && told(&report, code) == Some(Level::Fail));
    let others = failures(&report).into_iter().filter(|other| *other != code.name()).collect::<Vec<_>>();
    for (weight, level) in
        [(Weight::Warn, Some(Level::Warn)), (Weight::Info, Some(Level::Info)), (Weight::Ignore, None)]
    {
        let report = judged(&RSA, &wrong, Policy::kz().with(set(code, weight)), now());
        assert_eq!((told(&report, code), failures(&report)), (level, others.clone()));
    }
    // A warning that becomes a reason has the sub-indication of its row. Nothing is known of revocation.
    let judge = |policy| {
        let (roots, certificates) = ([RSA.path("root.cer")], [RSA.path("ca.cer")]);
        let evidence = evidence_from_files(&roots, &certificates, &[], RevocationMode::Available);
        let checker = Checker::new(evidence.expect("evidence"), policy);
        checker.verify(&document, now()).expect("a report")
    };
    let report = judge(Policy::kz());
    assert_eq!((told(&report, Code::REVOCATION_UNKNOWN), failures(&report)), (Some(Level::Warn), vec![]));
    let report = judge(Policy::kz().with(set(Code::REVOCATION_UNKNOWN, Weight::Fail)));
    assert_eq!(report.indication, Indication::Indeterminate);
    assert_eq!(report.signatures[0].sub_indication, Some(Code::REVOCATION_UNKNOWN.row().sub_indication));
}

#[test]
fn the_command_takes_policies_as_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_qoltanba")).args(arguments).output().expect("it runs");
        let text = |octets| String::from_utf8(octets).expect("UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let file = folder.path().join("mine.toml").display().to_string();
    let (status, built_in, _) = run(&["policy", "show", "kz"]);
    assert_eq!(status, Some(0));
    std::fs::write(&file, &built_in).expect("written");
    let digest = |text: &str| text.split_whitespace().last().map(str::to_owned);
    let (_, of_file, _) = run(&["policy", "check", &file]);
    let (_, of_name, _) = run(&["policy", "check", "kz"]);
    assert_eq!(digest(&of_file), digest(&of_name));
    assert_eq!(digest(&of_file).map(|digest| digest.len()), Some(64));
    assert_eq!(run(&["policy", "show", "strict"]).0, Some(2));

    std::fs::write(&file, built_in.replace("[levels]", "[levels]\nDIGEST_MISMATCH = \"warn\""))
        .expect("written");
    for (language, line) in [("en", "line "), ("ru", "строка "), ("kk", "жол ")] {
        let (status, _, said) = run(&["policy", "check", &file, "--lang", language]);
        assert_eq!(status, Some(2));
        assert!(said.contains(line) && said.contains("DIGEST_MISMATCH"), "{said}");
    }
}
