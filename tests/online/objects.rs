//! Issuers and lists: found link by link, kept, and replaced only by what is better.

use std::process::Command;
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use jiff::{SignedDuration, Timestamp};
use qoltanba::asn1::pem;
use qoltanba::online::{Online, Settings};
use qoltanba::pkix::Certificate;
use qoltanba::pkix::issue::{self, Extension};
use qoltanba::validation::report::CertificateReport;
use qoltanba::validation::{Indication, Usage};

use crate::common::authority::Key;
use crate::common::has_tool;

use super::site::{World, certify, crl, crl_for, passed, reasons, status};

#[test]
fn paths_are_fetched_link_by_link_and_lists_with_their_deltas() {
    let w = World::new();
    let authority = || vec![Extension::authority(None), Extension::key_usage(&[5, 6])];
    let access = |file: &str| Extension::authority_info_access(&w.site.url(file), None);
    let points = |list: &str| Extension::crl_distribution_point(&w.site.url(list));
    let (sub, subsub) = (Key::new("Sub"), Key::new("Subsub"));
    let first = certify(&w.ca, &sub, [authority(), vec![access("ca.cer"), points("ca.crl")]].concat());
    let second = certify(&sub, &subsub, [authority(), vec![access("sub.cer"), points("sub.crl")]].concat());
    let delta = Extension::freshest_crl(&w.site.url("delta.crl"));
    let leaf = certify(&subsub, &Key::new("Leaf"), vec![access("subsub.cer"), points("subsub.crl"), delta]);
    w.site.put("sub.cer", first.der());
    w.site.put("subsub.cer", second.der());
    w.site.put("sub.crl", &crl(&sub, 1, &[]));
    w.site.put("subsub.crl", &crl(&subsub, 2, &[]));
    let check = |settings| {
        let online = Online::new(settings).expect("ready");
        w.checker().judge_certificate(&leaf, Usage::Any, Timestamp::now(), Some(&online))
    };
    // The delta is not there: the list alone tells, and that it was sought is told.
    let report = check(w.settings());
    assert!(passed(&report) && report.chain.len() == 5, "{:?}", report.findings);
    assert_eq!(reasons(&report), ["status"]);
    let revoked = issue::Revocation {
        serial: leaf.serial().to_vec(),
        at: Timestamp::now() - SignedDuration::from_mins(30),
        reason: Some(1),
        more: Vec::new(),
    };
    let this = Timestamp::now() - SignedDuration::from_mins(20);
    let next = Some(this + SignedDuration::from_hours(8));
    let of = [Extension::delta_crl_indicator(9)];
    w.site.put("delta.crl", &issue::crl(subsub.issuer(), this, next, 10, &[revoked], &of).expect("a list"));
    let report = check(w.settings());
    assert!(
        report.findings.iter().any(|finding| finding.code == "CERTIFICATE_REVOKED"),
        "{:?}",
        report.findings
    );
    assert_eq!(check(Settings { rounds: 2, ..w.settings() }).indication, Indication::Indeterminate);
}

#[test]
fn what_was_fetched_is_kept_and_only_the_better_takes_its_place() {
    let w = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let settings = || Settings { cache: Some(folder.path().to_owned()), ..w.settings() };
    // A list past its time is asked for again each time, and still tells of the time before it.
    let past = Timestamp::now() - SignedDuration::from_hours(30);
    let check = || {
        let online = Online::new(settings()).expect("ready");
        w.checker().judge_certificate(&w.leaf, Usage::Any, past, Some(&online))
    };
    let list = |hours, revoked: &[&Certificate]| crl_for(&w.ca, hours, 24, revoked);
    w.site.put("root.crl", &crl(&w.root, 36, &[]));
    w.site.put("ca.crl", &list(48, &[]));
    assert!(passed(&check()));
    // Another process: the folder has it.
    assert!(passed(&check()));
    assert_eq!((w.site.asked("ca.crl"), w.site.asked("root.crl"), w.site.asked("ca.cer")), (2, 1, 1));
    // A page, nothing, a list that is broken off, an older one, one of somebody else.
    let forged = crl_for(&Key::new("CA"), 36, 24, &[&w.leaf]);
    let bad: [(Vec<u8>, &str); 5] = [
        (b"<html>".to_vec(), "content"),
        (Vec::new(), "content"),
        (list(36, &[])[..60].to_vec(), "content"),
        (list(72, &[&w.leaf]), "older"),
        (forged, "foreign"),
    ];
    for (octets, reason) in bad {
        w.site.put("ca.crl", &octets);
        let report = check();
        assert!(passed(&report) && reasons(&report).contains(&reason.to_owned()), "{:?}", report.findings);
    }
    w.site.answer("ca.crl", |_, _, _| status(500));
    assert!(passed(&check()));
    // A newer one counts at once.
    w.site.put("ca.crl", &list(36, &[&w.leaf]));
    let is_revoked = |report: &CertificateReport| {
        report.findings.iter().any(|finding| finding.code == "CERTIFICATE_REVOKED")
    };
    assert!(is_revoked(&check()));
    // And stays when nothing is had.
    w.site.answer("ca.crl", |_, _, _| status(500));
    assert!(is_revoked(&check()));
    // A damaged file is fetched again, though what it holds can be read.
    w.site.put("ca.crl", &list(36, &[&w.leaf]));
    for entry in std::fs::read_dir(folder.path()).expect("a folder").flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "der") {
            let mut octets = std::fs::read(entry.path()).expect("a file");
            *octets.last_mut().expect("octets") ^= 1;
            std::fs::write(entry.path(), octets).expect("written");
        }
    }
    let asked = w.site.asked("root.crl");
    assert!(is_revoked(&check()));
    assert_eq!(w.site.asked("root.crl"), asked + 1);
    // What the operator no longer allows is not served from the folder either.
    let report = w.check(Settings { hosts: Vec::new(), ..settings() });
    assert_eq!(reasons(&report), ["host"]);
}

#[test]
fn what_has_not_changed_does_not_come_again() {
    let w = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let list = crl_for(&w.ca, 48, 24, &[]);
    w.site.put("root.crl", &crl(&w.root, 36, &[]));
    w.site.answer("ca.crl", move |_, headers, _| match headers.get("if-none-match") {
        Some(known) if known == "\"7\"" => status(304),
        Some(_) => status(500),
        None => {
            Response::builder().header("etag", "\"7\"").body(Body::from(list.clone())).expect("a response")
        }
    });
    for asked in 1..4 {
        let online = Online::new(Settings { cache: Some(folder.path().to_owned()), ..w.settings() });
        let past = Timestamp::now() - SignedDuration::from_hours(30);
        let online = online.expect("ready");
        let report = w.checker().judge_certificate(&w.leaf, Usage::Any, past, Some(&online));
        assert!(passed(&report), "{:?}", report.findings);
        assert_eq!(w.site.asked("ca.crl"), asked);
    }
    // Without having asked for it, nobody is told so.
    let w = World::new();
    w.site.answer("ca.crl", |_, _, _| status(304));
    assert!(reasons(&w.check(w.settings())).contains(&"redirect".to_owned()));
}

#[test]
fn a_certificate_may_come_with_others() {
    if !has_tool("openssl") {
        return;
    }
    let w = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let both = [&w.anchor, &w.authority].map(|certificate| pem::encode("CERTIFICATE", certificate.der()));
    std::fs::write(folder.path().join("both.pem"), both.concat()).expect("written");
    let arguments = ["crl2pkcs7", "-nocrl", "-certfile", "both.pem", "-outform", "DER"];
    let output =
        Command::new("openssl").current_dir(folder.path()).args(arguments).output().expect("openssl");
    w.site.put("ca.cer", &output.stdout);
    assert!(passed(&w.check(w.settings())));
    // A certificate of somebody else is none of the issuer.
    w.site.put("ca.cer", w.anchor.der());
    let report = w.check(w.settings());
    assert_eq!(
        (report.indication, reasons(&report)),
        (Indication::Indeterminate, vec!["foreign".to_owned()])
    );
}

#[test]
fn one_document_asks_for_so_much_and_no_more() {
    let w = World::new();
    let report = w.check(Settings { fetches: 2, ..w.settings() });
    assert_eq!(report.indication, Indication::Indeterminate);
    assert!(reasons(&report).contains(&"spent".to_owned()), "{:?}", report.findings);
    let report = w.check(Settings { rounds: 1, ..w.settings() });
    assert_eq!(report.indication, Indication::Indeterminate);
    let report = w.check(Settings { judgement_within: Duration::ZERO, ..w.settings() });
    assert_eq!(reasons(&report), ["spent"]);
}
