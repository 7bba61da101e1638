//! What is fetched, from whom, and what an outage is: against servers of our own on loopback, `openssl ocsp`
//! as a responder, and `openssl ts` behind a small server.

use std::collections::HashMap;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use jiff::{SignedDuration, Timestamp};
use qoltanba::asn1::{oid, pem};
use qoltanba::crypto::{Curve, DigestAlgorithm, PrivateKey};
use qoltanba::pkix::issue::{self, Extension, Issuer, Profile};
use qoltanba::pkix::{Certificate, TrustAnchors};
use qoltanba::service::extend::{Level, extend};
use qoltanba::service::online::{Online, Settings};
use qoltanba::service::verify::{Checker, Refusal};
use qoltanba::signature::sign;
use qoltanba::validation::report::CertificateReport;
use qoltanba::validation::{Evidence, Indication, Policy, RevocationMode, Usage};
use qoltanba::xml::Limits;

use crate::common::has_tool;

/// What a path of the site answers, given how often it was asked before.
type Answer = Arc<dyn Fn(usize, &HeaderMap, &[u8]) -> Response<Body> + Send + Sync>;

#[derive(Clone, Default)]
struct Routes {
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

/// A server on loopback, for as long as the value lives.
struct Site {
    port: u16,
    routes: Routes,
    _runtime: tokio::runtime::Runtime,
}

impl Site {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let routes = Routes::default();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let app = axum::Router::new().fallback(serve).with_state(routes.clone());
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { port, routes, _runtime: runtime }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    fn answer(
        &self,
        path: &str,
        answer: impl Fn(usize, &HeaderMap, &[u8]) -> Response<Body> + Send + Sync + 'static,
    ) {
        self.routes.answers.lock().expect("no panic").insert(format!("/{path}"), Arc::new(answer));
    }

    fn put(&self, path: &str, octets: &[u8]) {
        let octets = octets.to_vec();
        self.answer(path, move |_, _, _| Response::new(Body::from(octets.clone())));
    }

    fn asked(&self, path: &str) -> usize {
        let asked = self.routes.asked.lock().expect("no panic");
        asked.iter().filter(|asked| **asked == format!("/{path}")).count()
    }
}

async fn serve(State(routes): State<Routes>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let path = uri.path().to_owned();
    let before = {
        let mut asked = routes.asked.lock().expect("no panic");
        let before = asked.iter().filter(|known| **known == path).count();
        asked.push(path.clone());
        before
    };
    let answer = {
        let answers = routes.answers.lock().expect("no panic");
        // A request in the path of a GET stands behind the responder's own path.
        let prefix =
            answers.keys().filter(|known| path.starts_with(known.as_str())).max_by_key(|known| known.len());
        prefix.and_then(|known| answers.get(known).cloned())
    };
    // The request in the path of a GET (RFC 6960 A.1).
    let last = path.rsplit('/').next().unwrap_or_default();
    let encoded = last.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    let in_path = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, encoded);
    match answer {
        Some(answer) if body.is_empty() => answer(before, &headers, &in_path.unwrap_or_default()),
        Some(answer) => answer(before, &headers, &body),
        None => status(404),
    }
}

fn status(code: u16) -> Response<Body> {
    Response::builder().status(code).body(Body::empty()).expect("a response")
}

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

    fn certify(&self, subject: &Self, extensions: Vec<Extension>) -> Arc<Certificate> {
        let now = Timestamp::now();
        let profile = Profile {
            subject: subject.name.clone(),
            public_key: subject.key.public_key(),
            not_before: now - SignedDuration::from_hours(24 * 30),
            not_after: now + SignedDuration::from_hours(24 * 300),
            extensions,
        };
        let der = issue::certificate(&profile, self.issuer()).expect("issued");
        Arc::new(Certificate::from_der(&der).expect("parsed"))
    }

    /// A list made so many hours ago.
    fn list(&self, hours: i64, revoked: &[&Certificate]) -> Vec<u8> {
        let this = Timestamp::now() - SignedDuration::from_hours(hours);
        let line = |certificate: &&Certificate| issue::Revocation {
            serial: certificate.serial().to_vec(),
            at: this,
            reason: Some(1),
            more: Vec::new(),
        };
        let lines: Vec<_> = revoked.iter().map(line).collect();
        let next = Some(this + SignedDuration::from_hours(24 * 7));
        issue::crl(self.issuer(), this, next, 9, &lines, &[]).expect("a list")
    }
}

/// A root, and an authority and a leaf whose certificates name the site.
struct World {
    site: Site,
    root: Key,
    ca: Key,
    leaf_key: Key,
    anchor: Arc<Certificate>,
    authority: Arc<Certificate>,
    leaf: Arc<Certificate>,
}

impl World {
    fn new() -> Self {
        let site = Site::new();
        let (root, ca, leaf_key) = (Key::new("Root"), Key::new("CA"), Key::new("Leaf"));
        let authority = || vec![Extension::authority(None), Extension::key_usage(&[5, 6])];
        let anchor = root.certify(&root, authority());
        let points = |list: &str| Extension::crl_distribution_point(&site.url(list));
        let certificate = root.certify(&ca, [authority(), vec![points("root.crl")]].concat());
        let access = Extension::authority_info_access(&site.url("ca.cer"), Some(&site.url("ocsp")));
        let leaf = ca.certify(&leaf_key, vec![Extension::key_usage(&[0, 1]), access, points("ca.crl")]);
        site.put("ca.cer", certificate.der());
        site.put("root.crl", &root.list(1, &[]));
        site.put("ca.crl", &ca.list(1, &[]));
        Self { site, root, ca, leaf_key, anchor, authority: certificate, leaf }
    }

    fn checker(&self) -> Checker {
        let anchors = TrustAnchors::new(vec![Arc::clone(&self.anchor)]);
        Checker::new(
            Evidence::new(anchors, Vec::new(), Vec::new(), RevocationMode::Required),
            Policy::generic(),
        )
    }

    fn settings(&self) -> Settings {
        Settings {
            hosts: vec![format!("127.0.0.1:{}", self.site.port)],
            allow_private: true,
            deadline: Duration::from_secs(2),
            ..Settings::default()
        }
    }

    fn check(&self, settings: Settings) -> CertificateReport {
        self.check_by(&Online::new(settings).expect("ready"))
    }

    fn check_by(&self, online: &Online) -> CertificateReport {
        self.checker().judge_certificate(&self.leaf, Usage::Any, Timestamp::now(), Some(online))
    }
}

fn passed(report: &CertificateReport) -> bool {
    report.indication == Indication::TotalPassed
}

/// Why fetches failed.
fn reasons(report: &CertificateReport) -> Vec<String> {
    let failed = report.findings.iter().filter(|finding| finding.code == "FETCH_FAILED");
    let params = failed.flat_map(|finding| finding.params.iter());
    let mut all: Vec<String> =
        params.filter(|(name, _)| *name == "reason").map(|(_, value)| value.clone()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn issuers_and_lists_are_fetched_from_allowed_hosts_alone() {
    let w = World::new();
    let report = w.check(w.settings());
    assert!(passed(&report), "{:?}", report.findings);
    assert_eq!(report.chain.len(), 3);
    assert!(report.revocation.iter().all(|status| status.source == Some("crl")));
    // Without being told to, nothing is.
    let asked = w.site.routes.asked.lock().expect("no panic").len();
    let offline = w.checker().judge_certificate(&w.leaf, Usage::Any, Timestamp::now(), None);
    assert_eq!(offline.indication, Indication::Indeterminate);
    // A host that is not on the list is not asked, nor one with an address inside that must not be.
    let stranger = w.check(Settings { hosts: vec!["crl.pki.gov.kz".into()], ..w.settings() });
    assert_eq!(
        (stranger.indication, reasons(&stranger)),
        (Indication::Indeterminate, vec!["host".to_owned()])
    );
    let inside = w.check(Settings { allow_private: false, ..w.settings() });
    assert_eq!(
        (inside.indication, reasons(&inside)),
        (Indication::Indeterminate, vec!["private".to_owned()])
    );
    assert_eq!(w.site.routes.asked.lock().expect("no panic").len(), asked);

    // By name: what the name leads to counts.
    let named = Key::new("Named");
    let url = format!("http://localhost:{}/ca.cer", w.site.port);
    let named = w.ca.certify(&named, vec![Extension::authority_info_access(&url, None)]);
    let hosts = vec![format!("localhost:{}", w.site.port)];
    let online = Online::new(Settings { hosts, allow_private: false, ..w.settings() }).expect("ready");
    let report = w.checker().judge_certificate(&named, Usage::Any, Timestamp::now(), Some(&online));
    assert_eq!(reasons(&report), ["private"]);
    assert_eq!(w.site.routes.asked.lock().expect("no panic").len(), asked);
}

#[test]
fn an_outage_is_neither_valid_nor_invalid() {
    let w = World::new();
    let tried = |answer: Answer, settings: Settings| {
        let began = Instant::now();
        w.site.answer("ca.crl", move |before, headers, body| answer(before, headers, body));
        let report = w.check(settings);
        assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
        assert_eq!(report.indication, Indication::Indeterminate, "{:?}", report.findings);
        assert_eq!(report.sub_indication.map(|sub| format!("{sub:?}")).as_deref(), Some("TryLater"));
        // The responder of the leaf is not there at all.
        reasons(&report)
            .into_iter()
            .filter(|reason| reason != "status" && reason != "resting")
            .collect::<Vec<_>>()
    };
    let settings = || w.settings();
    let fixed = |text: &'static str| -> Answer { Arc::new(move |_, _, _| Response::new(Body::from(text))) };
    assert_eq!(tried(fixed("<html>Sign in</html>"), settings()), ["content"]);
    assert_eq!(tried(fixed(""), settings()), ["content"]);
    let nothing: Vec<&str> = Vec::new();
    assert_eq!(tried(Arc::new(|_, _, _| status(500)), settings()), nothing);
    let elsewhere = w.site.url("root.crl");
    let redirect: Answer = Arc::new(move |_, _, _| {
        Response::builder()
            .status(302)
            .header("location", &elsewhere)
            .body(Body::empty())
            .expect("a response")
    });
    let before = w.site.asked("root.crl");
    assert_eq!(tried(redirect, settings()), nothing);
    assert_eq!(w.site.asked("root.crl"), before + 1, "a redirect was followed");
    // Octets without end, and more than are said to come.
    let endless: Answer = Arc::new(|_, _, _| {
        let chunks = futures_of(vec![0x30; 1 << 16], Duration::ZERO);
        Response::new(Body::from_stream(chunks))
    });
    assert_eq!(tried(endless, Settings { list_bytes: 1 << 20, ..settings() }), ["size"]);
    // One octet after the other.
    let slow: Answer = Arc::new(|_, _, _| {
        let chunks = futures_of(vec![0x30], Duration::from_millis(50));
        Response::new(Body::from_stream(chunks))
    });
    assert_eq!(tried(slow, settings()), ["timeout"]);
}

/// The same octets again and again.
fn futures_of(
    chunk: Vec<u8>,
    pause: Duration,
) -> impl futures_core::Stream<Item = Result<Vec<u8>, std::io::Error>> {
    struct Endless(Vec<u8>, Duration, Option<std::pin::Pin<Box<tokio::time::Sleep>>>);
    impl futures_core::Stream for Endless {
        type Item = Result<Vec<u8>, std::io::Error>;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            context: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            let pause = self.1;
            let sleep = self.2.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
            if std::future::Future::poll(sleep.as_mut(), context).is_pending() {
                return std::task::Poll::Pending;
            }
            self.2 = None;
            std::task::Poll::Ready(Some(Ok(self.0.clone())))
        }
    }
    Endless(chunk, pause, None)
}

#[test]
fn what_fails_for_a_moment_is_tried_again() {
    let w = World::new();
    let list = w.ca.list(1, &[]);
    w.site.answer("ca.crl", move |before, _, _| match before {
        0 => status(503),
        1 => status(429),
        _ => Response::new(Body::from(list.clone())),
    });
    let report = w.check(w.settings());
    assert!(passed(&report), "{:?}", report.findings);
    assert_eq!(w.site.asked("ca.crl"), 3);
    // A port where nobody listens, and a second question to it at once: it is left alone for a while.
    let dead = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = dead.local_addr().expect("an address").port();
    drop(dead);
    let access = Extension::authority_info_access(&format!("http://127.0.0.1:{port}/a"), None);
    let lost = w.ca.certify(&Key::new("Lost"), vec![access]);
    let hosts = vec![format!("127.0.0.1:{port}")];
    let online = Online::new(Settings { hosts, ..w.settings() }).expect("ready");
    let ask = || w.checker().judge_certificate(&lost, Usage::Any, Timestamp::now(), Some(&online));
    assert_eq!(reasons(&ask()), ["connection"]);
    assert_eq!(reasons(&ask()), ["resting"]);
}

#[test]
fn what_was_fetched_is_kept_and_only_the_better_takes_its_place() {
    let w = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let settings = || Settings { cache: Some(folder.path().to_owned()), ..w.settings() };
    assert!(passed(&w.check(settings())));
    // Another process: the folder has it.
    assert!(passed(&w.check(settings())));
    assert_eq!((w.site.asked("ca.crl"), w.site.asked("root.crl"), w.site.asked("ca.cer")), (1, 1, 1));
    let files = || -> Vec<_> {
        let entries = std::fs::read_dir(folder.path()).expect("a folder").flatten();
        entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ext| ext == "crl"))
            .collect()
    };
    let age = |by: u64| {
        for path in files() {
            let file = std::fs::OpenOptions::new().append(true).open(path).expect("a file");
            file.set_modified(std::time::SystemTime::now() - Duration::from_secs(by)).expect("set");
        }
    };
    // Old enough to be asked for again: a page, nothing, an older list, one that is broken off, an outage.
    let older = w.ca.list(48, &[&w.leaf]);
    let half = w.ca.list(0, &[])[..60].to_vec();
    let bad: [Vec<u8>; 4] = [b"<html>".to_vec(), Vec::new(), older, half];
    for octets in bad {
        age(3600);
        w.site.put("ca.crl", &octets);
        assert!(passed(&w.check(settings())));
    }
    age(3600);
    w.site.answer("ca.crl", |_, _, _| status(500));
    assert!(passed(&w.check(settings())));
    // A newer one counts at once.
    age(3600);
    w.site.put("ca.crl", &w.ca.list(0, &[&w.leaf]));
    let report = w.check(settings());
    assert!(report.findings.iter().any(|finding| finding.code == "CERTIFICATE_REVOKED"));
    // A damaged file is fetched again.
    w.site.put("ca.crl", &w.ca.list(0, &[]));
    for path in files() {
        std::fs::write(path, b"damaged").expect("written");
    }
    assert!(passed(&w.check(settings())));
    // What the operator no longer allows is not served from the folder either.
    let report = w.check(Settings { hosts: Vec::new(), ..settings() });
    assert_eq!(reasons(&report), ["host"]);

    // What has not changed does not come again.
    let w = World::new();
    let settings = || Settings { cache: Some(folder.path().to_owned()), ..w.settings() };
    let list = w.ca.list(1, &[]);
    w.site.answer("ca.crl", move |_, headers, _| match headers.get("if-none-match") {
        Some(known) if known == "\"7\"" => status(304),
        _ => Response::builder().header("etag", "\"7\"").body(Body::from(list.clone())).expect("a response"),
    });
    assert!(passed(&w.check(settings())));
    age(3600);
    assert!(passed(&w.check(settings())) && w.site.asked("ca.crl") == 2);
    assert!(passed(&w.check(settings())) && w.site.asked("ca.crl") == 2);
    // The folder does not grow beyond its bound.
    let report = w.check(Settings { cache_bytes: 100, ..settings() });
    assert!(passed(&report));
    age(3600);
    w.site.put("ca.crl", &w.ca.list(0, &[]));
    assert!(passed(&w.check(Settings { cache_bytes: 100, ..settings() })));
    let size: u64 = std::fs::read_dir(folder.path())
        .expect("a folder")
        .flatten()
        .map(|entry| entry.metadata().expect("there").len())
        .sum();
    assert!(size <= 100, "{size}");
}

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
    let leaf = w.ca.certify(&Key::new("Asked"), extensions());
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
    let unknown = w.ca.certify(&Key::new("Unknown"), extensions());
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
    assert_eq!((report.indication, reasons(&report)), (Indication::Indeterminate, vec!["content".into()]));
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

/// `openssl ts`, asked by the site.
fn stamping(w: &World) -> Arc<Certificate> {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let key = Key::new("TSA");
    let purpose = Extension::extended_key_usage(&[oid::TIME_STAMPING]).critical();
    let points = Extension::crl_distribution_point(&w.site.url("ca.crl"));
    let certificate = w.ca.certify(&key, vec![Extension::key_usage(&[0]), purpose, points]);
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
        (report.indication, report.signatures[0].format.clone())
    };
    let extended = |level| {
        let url = w.site.url("tsa");
        let mut source = |hash, digest: &[u8]| online.timestamp(&url, hash, digest);
        extend(&signed, level, &w.checker(), &mut source, &now, Some(&online))
    };
    let t = extended(Level::T).expect("extended");
    // The offline checker has no lists.
    assert_eq!(formats(&t), (Indication::Indeterminate, "XAdES-B-T".to_owned()));
    let lt = extended(Level::LT).expect("extended");
    assert_eq!(formats(&lt), (Indication::TotalPassed, "XAdES-B-LT".to_owned()));
    let lta = extended(Level::LTA).expect("extended");
    assert_eq!(formats(&lta), (Indication::TotalPassed, "XAdES-B-LTA".to_owned()));

    // An answer to another question: the reply of before.
    let old = online.timestamp(&w.site.url("tsa"), DigestAlgorithm::Sha256, &[1; 32]).expect("a timestamp");
    assert!(!old.is_empty());
    let refused = online.timestamp(&w.site.url("elsewhere"), DigestAlgorithm::Sha256, &[1; 32]);
    assert!(matches!(refused, Err(Refusal { code: "TIMESTAMP_NOT_MADE", .. })));
    w.site.put("tsa", b"\x30\x05\x30\x03\x02\x01\x02");
    let refused = online.timestamp(&w.site.url("tsa"), DigestAlgorithm::Sha256, &[1; 32]);
    let Err(Refusal { params, .. }) = refused else { panic!("a rejection is no timestamp") };
    assert!(params.iter().any(|(_, value)| value.contains("rejection")), "{params:?}");
    let _unused = (&w.root, &w.authority);
}

/// The commands, as an operator gives them.
#[test]
fn the_commands_sign_extend_and_verify_online() {
    if !has_tool("openssl") {
        return;
    }
    let w = World::new();
    stamping(&w);
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let key = w.leaf_key.key.to_pkcs8_pem().expect("PEM");
    let with_key = [&key[..], pem::encode("CERTIFICATE", w.leaf.der()).as_bytes()].concat();
    std::fs::write(path("key.pem"), with_key).expect("written");
    std::fs::write(path("root.cer"), w.anchor.der()).expect("written");
    std::fs::write(path("a.xml"), b"<a/>").expect("written");
    let host = format!("127.0.0.1:{}", w.site.port);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
        let output = command.args(arguments).output().expect("it runs");
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    let (root, cache, tsa) = (path("root.cer"), path("cache"), w.site.url("tsa"));
    let network = ["--online", "--allow-host", &host, "--allow-private-addresses", "--cache", &cache];
    let judging = [&["--trust", &root, "--policy", "generic"][..], &network].concat();
    let (document, key, signed) = (path("a.xml"), path("key.pem"), path("t.xml"));
    let sign = ["sign", &document, "--key", &key, "--level", "T", "--tsa", &tsa, "--out", &signed];
    let (status, said) = run(&[&sign[..], &judging].concat());
    assert_eq!(status, Some(0), "{said}");
    let archived = path("lta.xml");
    let extend = ["extend", &signed, "--level", "LTA", "--tsa", &tsa, "--out", &archived];
    let (status, said) = run(&[&extend[..], &judging].concat());
    assert_eq!(status, Some(0), "{said}");
    // By what it carries alone.
    let (status, said) = run(&["verify", &archived, "--trust", &root, "--policy", "generic"]);
    assert_eq!(status, Some(0), "{said}");
    let (status, said) = run(&["verify", &signed, "--trust", &root, "--policy", "generic"]);
    assert_eq!(status, Some(3), "{said}");
    let (status, said) = run(&[&["verify", &signed][..], &judging].concat());
    assert_eq!(status, Some(0), "{said}");
    // Nobody listens at the authority: nothing is written.
    let (nowhere, nothing) = (w.site.url("nowhere"), path("nothing.xml"));
    let extend = ["extend", &signed, "--level", "LTA", "--tsa", &nowhere, "--out", &nothing];
    let (status, said) = run(&[&extend[..], &judging].concat());
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("timestamp") && !std::path::Path::new(&nothing).exists(), "{said}");
}
