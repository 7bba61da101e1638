//! Timestamps (`openssl ts` behind the site), and signatures that are extended with them.

use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Response;
use jiff::{SignedDuration, Timestamp};
use qoltanba::asn1::{oid, pem};
use qoltanba::crypto::DigestAlgorithm;
use qoltanba::online::Online;
use qoltanba::pkix::Certificate;
use qoltanba::pkix::issue::Extension;
use qoltanba::service::extend::{Level, extend};
use qoltanba::service::online::timestamp;
use qoltanba::service::verify::Refusal;
use qoltanba::signature::{Octets, sign};
use qoltanba::validation::Indication;
use qoltanba::xml::Limits;

use crate::common::authority::Key;
use crate::common::has_tool;

use super::site::{World, certify, crl};

/// `openssl ts`, asked by the site.
pub(super) fn stamping(w: &World) -> Arc<Certificate> {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let key = Key::new("TSA");
    let purpose = Extension::extended_key_usage(&[oid::TIME_STAMPING]).critical();
    let points = Extension::crl_distribution_point(&w.site.url("ca.crl"));
    let certificate = certify(&w.ca, &key, vec![Extension::key_usage(&[0]), purpose, points]);
    let configuration = "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\ncrypto_device=builtin\nsigner_digest=sha256\n\
                         default_policy=1.2.3.4.1\ndigests=sha256,sha512\naccuracy=secs:1\n\
                         ess_cert_id_chain=no\ness_cert_id_alg=sha256\n";
    let put = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).expect("written");
    put("tsa.cnf", configuration.as_bytes());
    put("key.pem", &key.key.to_pkcs8_pem().expect("PEM"));
    put("cert.pem", pem::encode("CERTIFICATE", certificate.der()).as_bytes());
    put("serial", b"01\n");
    w.site.answer("tsa", move |_, headers, body| {
        assert_eq!(headers.get("content-type").expect("a type"), "application/timestamp-query");
        std::fs::write(folder.path().join("query.tsq"), body).expect("written");
        let arguments =
            "ts -reply -config tsa.cnf -queryfile query.tsq -signer cert.pem -inkey key.pem -out reply.tsr";
        let mut command = Command::new("openssl");
        let output = command.current_dir(folder.path()).args(arguments.split_whitespace()).output();
        assert!(output.expect("openssl runs").status.success());
        Response::new(Body::from(std::fs::read(folder.path().join("reply.tsr")).expect("a reply")))
    });
    certificate
}

#[test]
fn a_signature_is_extended_with_what_is_fetched() {
    if !has_tool("openssl") {
        return;
    }
    let w = World::new();
    stamping(&w);
    let profile = sign::Profile { properties: Some(Timestamp::now()), ..sign::Profile::default() };
    let limits = Limits::default();
    let signed = sign::sign(b"<a/>", &w.leaf_key.key, w.leaf.der(), &profile, &limits).expect("signed");
    let online = Online::new(w.settings()).expect("ready");
    let now = || Timestamp::now() + SignedDuration::from_secs(2);
    let formats = |document: &[u8]| {
        let report = w.checker().verify(document, now()).expect("a report");
        (report.indication, report.signatures[0].format)
    };
    let extended = |level| {
        let url = w.site.url("tsa");
        let mut source = |hash, digest: &[u8]| timestamp(&online, &url, hash, digest);
        extend(&signed, level, &w.checker(), &mut source, &now, Some(&online))
    };
    let t = extended(Level::T).expect("extended");
    // The offline checker has no lists.
    assert_eq!(formats(&t), (Indication::Indeterminate, "XAdES-B-T"));
    let lt = extended(Level::LT).expect("extended");
    assert_eq!(formats(&lt), (Indication::TotalPassed, "XAdES-B-LT"));
    let lta = extended(Level::LTA).expect("extended");
    assert_eq!(formats(&lta), (Indication::TotalPassed, "XAdES-B-LTA"));

    // What the document carries is fresh still; whoever can ask learns what has happened since.
    w.site.put("ca.crl", &crl(&w.ca, 1, &[&w.leaf]));
    let facts = w.checker().facts(&lt, Octets::Drop).expect("facts");
    let judged = |online| w.checker().judge(&facts, now(), online).signatures.remove(0);
    assert_eq!(judged(None).indication, Indication::TotalPassed);
    let anew = Online::new(w.settings()).expect("ready");
    let told = judged(Some(&anew));
    assert_eq!(told.indication, Indication::Indeterminate);
    assert!(told.findings.iter().any(|finding| finding.code == "CERTIFICATE_REVOKED"), "{:?}", told.findings);
}

#[test]
fn timestamps_that_answer_nothing_are_refused() {
    if !has_tool("openssl") {
        return;
    }
    let w = World::new();
    stamping(&w);
    let online = Online::new(w.settings()).expect("ready");
    let ask = |path: &str| timestamp(&online, &w.site.url(path), DigestAlgorithm::Sha256, &[1; 32]);
    assert!(ask("tsa").is_ok());
    // The reply of before, to another nonce.
    let answer = w.site.routes.answers.lock().expect("no panic").get("/tsa").cloned().expect("there");
    let kept: Mutex<Option<Vec<u8>>> = Mutex::default();
    w.site.answer("again", move |before, headers, body| {
        let first = kept.lock().expect("no panic").get_or_insert_with(|| body.to_vec()).clone();
        answer(before, headers, &first)
    });
    assert!(ask("again").is_ok());
    let refused = |path| match ask(path) {
        Err(Refusal { code: "TIMESTAMP_NOT_MADE", params, .. }) => params,
        other => panic!("{path}: {other:?}"),
    };
    refused("again");
    refused("elsewhere");
    w.site.put("tsa", b"\x30\x05\x30\x03\x02\x01\x02");
    let params = refused("tsa");
    assert!(params.iter().any(|(_, value)| value.contains("rejection")), "{params:?}");
}
