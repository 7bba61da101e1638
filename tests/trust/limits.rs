//! Dates, names, policies and purposes of an anchor: kept and broken, now and in the past.

use std::sync::Arc;

use jiff::Timestamp;
use qoltanba::asn1::oid;
use qoltanba::crypto::{DigestAlgorithm, PrivateKey};
use qoltanba::pkix::issue::Extension;
use qoltanba::pkix::path::{AnchorDates, TrustAnchor};
use qoltanba::pkix::{TrustAnchors, UnverifiedCrl};
use qoltanba::service::extend::{Level, extend};
use qoltanba::service::verify::Checker;
use qoltanba::signature::sign;
use qoltanba::validation::{Evidence, Indication, Policy, RevocationMode, SubIndication};
use qoltanba::xml::Limits;

use super::*;
use crate::common::authority::Key;
use crate::common::tsa::Forge;

/// A store with the root of the applicant, limited so.
fn limited(limits: &[&str]) -> Store {
    let store = Store::new();
    store.well(&[&["trust", "add", &file(&RSA, "root.cer"), "--not-national"], limits].concat());
    store
}

/// Anchors that do not stand are as good as none, whatever the limit.
fn constrained(limits: &[&str], more: &[&str]) -> String {
    let store = limited(limits);
    let (status, report, errors) = store.check(NOW, more);
    assert_eq!(status, 3, "{limits:?} {report} {errors}");
    assert_eq!(report["indication"], "INDETERMINATE");
    assert_eq!(report["sub_indication"], "NO_CERTIFICATE_CHAIN_FOUND");
    assert_eq!(codes(&report), ["ANCHOR_CONSTRAINED"], "{limits:?}");
    let failed = report["findings"].as_array().and_then(|all| all.iter().find(|it| it["level"] == "fail"));
    failed.and_then(|finding| finding["message"].as_str()).expect("a message").to_owned()
}

fn kept(limits: &[&str], more: &[&str]) {
    let (status, report, errors) = limited(limits).check(NOW, more);
    assert_eq!(status, 0, "{limits:?} {report} {errors}");
}

#[test]
fn an_anchor_counts_between_its_dates() {
    let store = limited(&["--not-before", "2026-03-01T00:00:00Z", "--not-after", "2026-09-01T00:00:00Z"]);
    for at in ["2026-03-01T00:00:00Z", NOW, "2026-09-01T00:00:00Z"] {
        assert_eq!(store.check(at, &[]).0, 0, "{at}");
    }
    for (at, code, sub_indication) in [
        ("2026-02-28T23:59:59Z", "ANCHOR_NOT_YET_TRUSTED", "NO_CERTIFICATE_CHAIN_FOUND"),
        ("2026-09-01T00:00:01Z", "ANCHOR_NO_LONGER_TRUSTED", "NO_CERTIFICATE_CHAIN_FOUND_NO_POE"),
    ] {
        let (status, report, _) = store.check(at, &[]);
        assert_eq!((status, codes(&report)), (3, vec![code]), "{report}");
        assert_eq!(report["sub_indication"], sub_indication);
        for language in ["kk", "ru"] {
            let (_, report, _) = store.check(at, &["--lang", language]);
            assert_eq!(codes(&report), [code], "{language}");
        }
    }
    // One that the certificate itself is too late for is told as that.
    let (_, report, _) = limited(&["--not-after", "2099-01-01T00:00:00Z"]).check("2098-01-01T00:00:00Z", &[]);
    assert_eq!(codes(&report), ["CERTIFICATE_EXPIRED"]);
}

/// A subtree of directory names begins where the name does, which is with CN in these certificates as in
/// national ones.
#[test]
fn names_below_an_anchor_are_held_to_its_subtrees() {
    let leaf = ["--permitted-subtree", "dirName:CN=ТЕСТОВ ТЕСТ"];
    let authority = ["--permitted-subtree", "dirName:CN=ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (DEVELOPMENT)"];
    kept(&[leaf, authority].concat(), &[]);
    kept(&["--permitted-subtree", "DNS:example.kz"], &[]);
    kept(&["--excluded-subtree", "dirName:C=KZ"], &[]);
    let message = constrained(&authority, &[]);
    assert!(message.contains("the name dn:") && message.contains("ТЕСТОВ ТЕСТ"), "{message}");
    constrained(&["--permitted-subtree", "dirName:C=KZ"], &[]);
    constrained(&["--excluded-subtree", "dirName:CN=ТЕСТОВ ТЕСТ"], &[]);
    // What whoever asks limits is another fault.
    let store = limited(&[leaf, authority].concat());
    for inputs in [["--permitted-subtree", "dn:C=XX"], ["--excluded-subtree", "dn:CN=ТЕСТОВ ТЕСТ"]]
    {
        assert_eq!(codes(&store.check(NOW, &inputs).1), ["NAME_NOT_PERMITTED"]);
    }
}

#[test]
fn a_path_is_valid_for_a_policy_of_its_anchor() {
    const POLICY: &str = "1.2.398.99.1";
    let [root, signer] = ["Root", "Signer"].map(Key::new);
    let years = (time("2026-01"), time("2036-01"));
    let anchor = root.certify(&root, years, vec![Extension::authority(None), Extension::key_usage(&[5, 6])]);
    let usage = || Extension::key_usage(&[0, 1]);
    let with = root.certify(&signer, years, vec![usage(), Extension::policy(POLICY, "http://a.kz/cps")]);
    let without = root.certify(&signer, years, vec![usage()]);
    let judge = |policies: &[&str], leaf: &Certificate, more: &[&str]| {
        let store = Store::new();
        let (root, leaf) = (store.write("root.cer", anchor.der()), store.write("leaf.cer", leaf.der()));
        let limits: Vec<&str> =
            policies.iter().flat_map(|policy| ["--certificate-policy", *policy]).collect();
        let (root, leaf) = (root.display().to_string(), leaf.display().to_string());
        store.well(&[&["trust", "add", &root, "--not-national"], &limits[..]].concat());
        let words = ["cert", "check", &leaf, "--revocation", "off", "--policy", "generic", "--at", NOW];
        let (_, output, _) = store.run(&[&words[..], &["--format", "json"], more].concat());
        let report: Value = serde_json::from_str(&output).expect("JSON");
        (
            report["valid_policies"].clone(),
            codes(&report).iter().map(|code| (*code).to_owned()).collect::<Vec<_>>(),
        )
    };
    let none: [String; 0] = [];
    assert_eq!(judge(&[], &without, &[]).1, none);
    for policies in [&[POLICY][..], &["1.2.3.4", POLICY]] {
        assert_eq!(judge(policies, &with, &[]), (serde_json::json!([POLICY]), none.to_vec()));
        assert_eq!(judge(policies, &without, &[]).1, ["ANCHOR_CONSTRAINED"]);
    }
    assert_eq!(judge(&["1.2.3.4"], &with, &[]).1, ["ANCHOR_CONSTRAINED"]);
    // Whoever asks for another one gets none of them, and for the same one that.
    let demanded = ["--require-explicit-policy", "--initial-policy"];
    assert_eq!(judge(&[POLICY], &with, &["--initial-policy", "1.2.3.4"]).1, ["ANCHOR_CONSTRAINED"]);
    assert_eq!(judge(&[POLICY], &with, &[&demanded[..], &[POLICY]].concat()).1, none);
}

#[test]
fn an_anchor_counts_for_its_purposes() {
    kept(&["--purpose", "signing"], &["--usage", "sign"]);
    kept(&["--purpose", "timestamping"], &[]);
    let message = constrained(&["--purpose", "timestamping", "--purpose", "ocsp"], &["--usage", "sign"]);
    assert!(message.contains("signing"), "{message}");
    // A signature is asked for that purpose under every policy.
    let document = tempfile::tempdir().expect("a folder");
    let signed = document.path().join("signed.xml");
    let profile =
        sign::Profile { properties: Some(NOW.parse().expect("a time")), ..sign::Profile::default() };
    let identity = RSA.identity("applicant");
    let octets = sign::sign(b"<a/>", &identity.key, &identity.certificate_der, &profile, &Limits::default());
    std::fs::write(&signed, octets.expect("signed")).expect("written");
    let (signed, authority) = (signed.display().to_string(), file(&RSA, "ca.cer"));
    for policy in ["kz", "generic"] {
        let words = [
            "verify",
            "--format",
            "json",
            &signed,
            "--certs",
            &authority,
            "--revocation",
            "off",
            "--at",
            NOW,
            "--policy",
            policy,
        ];
        let (status, output, _) = limited(&["--purpose", "timestamping"]).run(&words);
        assert!(status == 3 && output.contains("ANCHOR_CONSTRAINED"), "{output}");
        assert_eq!(limited(&["--purpose", "signing"]).run(&words).0, 0);
    }
}

#[test]
fn adding_again_keeps_the_limits_unless_there_are_new_ones() {
    let store = limited(&["--not-after", "2026-02-01T00:00:00Z", "--name", "own"]);
    let root = file(&RSA, "root.cer");
    store.well(&["trust", "add", &root, "--not-national"]);
    assert!(store.list().contains("2026-02-01") && store.list().contains("name = \"own\""));
    assert_eq!(store.check(NOW, &[]).0, 3);
    let (listed, _) = store.well(&["trust", "list"]);
    assert!(listed.contains("    not after: 2026-02-01T00:00:00Z"), "{listed}");
    store.well(&["trust", "add", &root, "--not-national", "--not-after", "2027-02-01T00:00:00Z"]);
    assert_eq!(store.check(NOW, &[]).0, 0);
    for wrong in [
        ["--not-after", "tomorrow"],
        ["--purpose", "everything"],
        ["--permitted-subtree", "C=KZ"],
        ["--certificate-policy", "x"],
    ] {
        store.refused(&[&["trust", "add", &root, "--not-national"][..], &wrong].concat());
    }
}

fn time(month: &str) -> Timestamp {
    format!("{month}-01T00:00:00Z").parse().expect("a time")
}

/// A signature of June 2020 below a root that is relied on until 2022, and timestamps of another root.
#[test]
fn what_existed_before_the_sunset_of_its_anchor_stands() {
    let years = (time("2019-01"), time("2040-01"));
    let authority = || vec![Extension::authority(None), Extension::key_usage(&[5, 6])];
    let [root, other, ca, signer] = ["Root", "Other root", "CA", "Signer"].map(Key::new);
    let anchor = root.certify(&root, years, authority());
    let other_anchor = other.certify(&other, years, authority());
    let ca_certificate = root.certify(&ca, years, authority());
    let leaf = ca.certify(&signer, years, vec![Extension::key_usage(&[0, 1])]);
    let key = PrivateKey::generate_rsa(2048).expect("a key");
    let stamper = Key { key, ..Key::new("TSA") };
    let purpose = Extension::extended_key_usage(&[oid::TIME_STAMPING]).critical();
    let certificate = other.certify(&stamper, years, vec![Extension::key_usage(&[0]), purpose]);
    let tsa = Forge { key: stamper.key, certificate };

    let checker = |not_before: Option<&str>, lists: (&str, &str)| {
        let dates = AnchorDates { not_before: not_before.map(time), not_after: Some(time("2022-01")) };
        let limited = TrustAnchor { dates, ..TrustAnchor::from(Arc::clone(&anchor)) };
        let anchors = TrustAnchors::new([limited, TrustAnchor::from(Arc::clone(&other_anchor))]);
        let list = |key: &Key| {
            UnverifiedCrl::from_der(&key.list((time(lists.0), time(lists.1)), &[])).expect("a list")
        };
        let lists = [&root, &other, &ca].map(list).to_vec();
        let certificates = vec![Arc::clone(&ca_certificate)];
        Checker::new(Evidence::new(anchors, certificates, lists, RevocationMode::Required), Policy::generic())
    };
    let then = checker(None, ("2020-06", "2020-08"));
    let profile = sign::Profile { properties: Some(time("2020-06")), ..sign::Profile::default() };
    let signed = sign::sign(b"<a/>", &signer.key, leaf.der(), &profile, &Limits::default()).expect("signed");
    let extended = |level| {
        let mut source = |_: DigestAlgorithm, digest: &[u8]| Ok(tsa.stamp(digest, time("2020-07")));
        let now = || time("2020-07") + jiff::SignedDuration::from_hours(1);
        extend(&signed, level, &then, &mut source, &now, None).expect("extended")
    };
    let (stamped, archived) = (extended(Level::T), extended(Level::LTA));
    let judge = |checker: &Checker, document: &[u8], month: &str| {
        let report = checker.verify(document, time(month)).expect("a report");
        let judged = &report.signatures[0];
        let codes: Vec<_> = judged.findings.iter().map(|finding| finding.code.name()).collect();
        (judged.indication, judged.sub_indication, codes)
    };
    let later = checker(None, ("2025-01", "2025-12"));
    let (passed, unknown) = (Indication::TotalPassed, Indication::Indeterminate);
    assert_eq!(judge(&then, &archived, "2020-08").0, passed);
    let (indication, _, codes) = judge(&later, &archived, "2025-06");
    assert!(indication == passed && codes.contains(&"PAST_VALIDATION"), "{codes:?}");
    // Without proof that all of it existed before the sunset anybody with the root's key may have made it.
    for document in [&signed, &stamped] {
        let (indication, sub_indication, codes) = judge(&later, document, "2025-06");
        assert_eq!(indication, unknown, "{codes:?}");
        assert_eq!(sub_indication, Some(SubIndication::NoCertificateChainFoundNoPoe), "{codes:?}");
        assert!(codes.contains(&"ANCHOR_NO_LONGER_TRUSTED"), "{codes:?}");
    }
    // Before the anchor was relied on nothing below it is good.
    let since_2021 = checker(Some("2021-01"), ("2025-01", "2025-12"));
    let (indication, _, codes) = judge(&since_2021, &archived, "2025-06");
    assert!(indication == unknown && codes.contains(&"PAST_VALIDATION_FAILED"), "{codes:?}");
    let (_, sub_indication, codes) = judge(&since_2021, &archived, "2020-08");
    assert_eq!(sub_indication, Some(SubIndication::NoCertificateChainFound), "{codes:?}");
}
