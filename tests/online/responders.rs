//! OCSP responders (`openssl ocsp` behind the site).

use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Response;
use jiff::Timestamp;
use qoltanba::asn1::pem;
use qoltanba::online::{Online, Settings};
use qoltanba::pkix::Certificate;
use qoltanba::pkix::issue::Extension;
use qoltanba::validation::{Indication, Usage};

use crate::common::authority::Key;
use crate::common::has_tool;

use super::site::{World, certify, passed, reasons, status};

/// `openssl ocsp` behind the site (by itself it listens to the whole network), with these certificates known.
fn responding(w: &World, path: &str, good: &Certificate) {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let put = |name: &str, octets: &[u8]| std::fs::write(folder.path().join(name), octets).expect("written");
    let line = format!("V\t360101000000Z\t\t{}\tunknown\t/CN=a\n", good.serial_hex().to_uppercase());
    put("index.txt", line.as_bytes());
    put("ca.pem", pem::encode("CERTIFICATE", w.authority.der()).as_bytes());
    put("ca.key", &w.ca.key.to_pkcs8_pem().expect("PEM"));
    w.site.answer(path, move |_, _, request| {
        std::fs::write(folder.path().join("request.der"), request).expect("written");
        let arguments = "ocsp -index index.txt -CA ca.pem -rsigner ca.pem -rkey ca.key -nmin 5 \
                         -reqin request.der -respout response.der";
        let mut command = Command::new("openssl");
        command.current_dir(folder.path()).args(arguments.split_whitespace());
        assert!(command.output().expect("openssl runs").status.success());
        Response::new(Body::from(std::fs::read(folder.path().join("response.der")).expect("a response")))
    });
}

#[test]
fn a_responder_is_asked_with_a_nonce() {
    if !has_tool("openssl") {
        return;
    }
    let w = World::new();
    w.site.answer("ca.crl", |_, _, _| status(404));
    let path = "ocsp";
    let access = Extension::authority_info_access(&w.site.url("ca.cer"), Some(&w.site.url(path)));
    let extensions = || vec![Extension::key_usage(&[0, 1]), access.clone()];
    let leaf = certify(&w.ca, &Key::new("Asked"), extensions());
    let check = |leaf: &Arc<Certificate>| {
        let online = Online::new(w.settings()).expect("ready");
        w.checker().judge_certificate(leaf, Usage::Any, Timestamp::now(), Some(&online))
    };
    responding(&w, path, &leaf);
    let report = check(&leaf);
    assert!(passed(&report), "{:?}", report.findings);
    assert_eq!(report.revocation[0].source, Some("ocsp"));
    // A GET has the request in its path.
    assert_eq!(w.site.asked(path), 0);
    let unknown = certify(&w.ca, &Key::new("Unknown"), extensions());
    let report = check(&unknown);
    assert_eq!(report.indication, Indication::Indeterminate);
    assert!(report.findings.iter().any(|finding| finding.code == "OCSP_UNKNOWN"));
    // It does not take GETs: then by POST.
    let taken = w.site.routes.answers.lock().expect("no panic").remove(&format!("/{path}")).expect("there");
    w.site.answer(path, move |before, headers, body| match headers.get("content-type") {
        Some(_) => taken(before, headers, body),
        None => status(405),
    });
    assert!(passed(&check(&leaf)));
    // An answer of before, to another nonce.
    let kept: Arc<Mutex<Option<Vec<u8>>>> = Arc::default();
    responding(&w, "answer-of-before", &leaf);
    let answer = w.site.routes.answers.lock().expect("no panic").get("/answer-of-before").cloned();
    let (keep, answer) = (Arc::clone(&kept), answer.expect("there"));
    w.site.answer(path, move |before, headers, body| {
        let first = keep.lock().expect("no panic").get_or_insert_with(|| body.to_vec()).clone();
        answer(before, headers, &first)
    });
    assert!(passed(&check(&leaf)));
    let report = check(&leaf);
    assert_eq!((report.indication, reasons(&report)), (Indication::Indeterminate, vec!["foreign".into()]));
    // It is gone: nobody is judged invalid.
    w.site.answer(path, |_, _, _| status(500));
    let report = check(&leaf);
    assert_eq!((report.indication, reasons(&report)), (Indication::Indeterminate, vec!["status".into()]));
}

#[test]
fn responders_that_give_no_answer_are_told() {
    let w = World::new();
    w.site.answer("ca.crl", |_, _, _| status(404));
    for (code, name) in [(1, "malformedRequest"), (2, "internalError"), (3, "tryLater"), (6, "unauthorized")]
    {
        w.site.put("ocsp", &[0x30, 3, 0x0a, 1, code]);
        let report = w.check(w.settings());
        assert_eq!(report.indication, Indication::Indeterminate);
        assert!(reasons(&report).iter().any(|reason| reason == "no-answer"), "{name}");
    }
    w.site.put("ocsp", b"no answer at all");
    assert!(reasons(&w.check(w.settings())).iter().any(|reason| reason == "content"));
}

#[test]
fn an_answer_is_kept_when_no_nonce_is_asked() {
    if !has_tool("openssl") {
        return;
    }
    let w = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let asked =
        || w.site.routes.asked.lock().expect("no panic").iter().filter(|path| path.contains("/ocsp")).count();
    responding(&w, "ocsp", &w.leaf);
    let check = |nonce| w.check(Settings { nonce, cache: Some(folder.path().to_owned()), ..w.settings() });
    assert!(passed(&check(false)));
    assert_eq!(asked(), 1);
    assert!(passed(&check(false)));
    assert_eq!(asked(), 1, "it is kept");
    // With an answer no list is loaded.
    assert_eq!(w.site.asked("ca.crl"), 0);
    assert!(passed(&check(true)));
    assert!(passed(&check(true)));
    assert_eq!(asked(), 3, "a nonce is never answered from a folder");
    // A responder that takes no GET.
    let folder = tempfile::tempdir().expect("a folder");
    let taken = w.site.routes.answers.lock().expect("no panic").remove("/ocsp").expect("there");
    w.site.answer("ocsp", move |before, headers, body| match headers.get("content-type") {
        Some(media_type) if media_type == "application/ocsp-request" => taken(before, headers, body),
        _ => status(405),
    });
    let settings = || Settings { nonce: false, cache: Some(folder.path().to_owned()), ..w.settings() };
    let report = w.check(settings());
    assert!(passed(&report), "{:?}", report.findings);
    assert_eq!(report.revocation[0].source, Some("ocsp"));
    assert_eq!(w.site.asked("ocsp"), 1, "by POST");
    assert!(passed(&w.check(settings())) && w.site.asked("ocsp") == 1);
}
