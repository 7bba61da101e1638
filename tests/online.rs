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
use qoltanba::asn1::{oid, pem, write};
use qoltanba::crypto::{Curve, DigestAlgorithm, PrivateKey};
use qoltanba::online::{AllowedHost, Online, Settings};
use qoltanba::pkix::issue::{self, Extension, Issuer, Profile};
use qoltanba::pkix::{Certificate, TrustAnchors};
use qoltanba::service::extend::{Level, extend};
use qoltanba::service::online::timestamp;
use qoltanba::service::verify::{Checker, Refusal};
use qoltanba::signature::{Octets, sign};
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

    /// A list made so many hours ago, for a week.
    fn list(&self, hours: i64, revoked: &[&Certificate]) -> Vec<u8> {
        self.list_for(hours, 24 * 7, revoked)
    }

    /// A list made so many hours ago, for so many hours.
    fn list_for(&self, hours: i64, validity: i64, revoked: &[&Certificate]) -> Vec<u8> {
        let this = Timestamp::now() - SignedDuration::from_hours(hours);
        let line = |certificate: &&Certificate| issue::Revocation {
            serial: certificate.serial().to_vec(),
            at: this,
            reason: Some(1),
            more: Vec::new(),
        };
        let lines: Vec<_> = revoked.iter().map(line).collect();
        let next = Some(this + SignedDuration::from_hours(validity));
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
            hosts: self.hosts("127.0.0.1", true),
            // What answers is a program that is started first, on a machine that may be busy.
            answer_within: Duration::from_secs(30),
            ..Settings::default()
        }
    }

    /// The site, by one of its names.
    fn hosts(&self, name: &str, private: bool) -> Vec<AllowedHost> {
        vec![AllowedHost::new(&format!("{name}:{}", self.site.port), private).expect("a host")]
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
    let stranger = w.check(Settings { hosts: Settings::default().hosts, ..w.settings() });
    assert_eq!(
        (stranger.indication, reasons(&stranger)),
        (Indication::Indeterminate, vec!["host".to_owned()])
    );
    let inside = w.check(Settings { hosts: w.hosts("127.0.0.1", false), ..w.settings() });
    assert_eq!(
        (inside.indication, reasons(&inside)),
        (Indication::Indeterminate, vec!["private".to_owned()])
    );
    assert_eq!(w.site.routes.asked.lock().expect("no panic").len(), asked);

    // By name, or in another spelling: what it leads to counts.
    for host in [
        "localhost",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "017700000001",
        "0177.0.0.1",
        "127.1",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::1]",
        "[::127.0.0.1]",
    ] {
        let url = format!("http://{host}:{}/ca.cer", w.site.port);
        let named = w.ca.certify(&Key::new("Named"), vec![Extension::authority_info_access(&url, None)]);
        let tried = |hosts| {
            let online = Online::new(Settings { hosts, ..w.settings() }).expect("ready");
            reasons(&w.checker().judge_certificate(&named, Usage::Any, Timestamp::now(), Some(&online)))
        };
        assert_eq!(tried(w.hosts(host, false)), ["private"], "{host}");
        assert_eq!(tried(Settings::default().hosts), ["host"], "{host}");
    }
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
    assert_eq!(tried(Arc::new(|_, _, _| status(500)), settings()), nothing, "but for the status");
    let elsewhere = w.site.url("root.crl");
    let redirect: Answer = Arc::new(move |_, _, _| {
        Response::builder()
            .status(302)
            .header("location", &elsewhere)
            .body(Body::empty())
            .expect("a response")
    });
    let before = w.site.asked("root.crl");
    assert_eq!(tried(redirect, settings()), ["redirect"]);
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
    assert_eq!(tried(slow, Settings { list_within: Duration::from_secs(2), ..settings() }), ["timeout"]);
    // A good list, packed: nothing is unpacked.
    let packed = packed(&w.ca.list(1, &[]));
    let gzip: Answer = Arc::new(move |_, _, _| {
        let response = Response::builder().header("content-encoding", "gzip");
        response.body(Body::from(packed.clone())).expect("a response")
    });
    assert_eq!(tried(gzip, settings()), ["content"]);
    // A list of another authority, of its own key under the right name, and of the right key under another.
    let (stranger, impostor) = (Key::new("Stranger"), Key::new("CA"));
    for other in [&stranger, &impostor] {
        let list = other.list(1, &[]);
        assert_eq!(
            tried(Arc::new(move |_, _, _| Response::new(Body::from(list.clone()))), settings()),
            ["foreign"]
        );
    }
}

/// Stored, not compressed (RFC 1951 3.2.4), in the frame of gzip.
fn packed(octets: &[u8]) -> Vec<u8> {
    let length = u16::try_from(octets.len()).expect("a short text");
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    [&head[..], &length.to_le_bytes(), &(!length).to_le_bytes(), octets, &[0; 8]].concat()
}

/// A server that answers every question with the same octets, whatever HTTP says, from now or later on.
fn raw(octets: Vec<u8>, listener: std::net::TcpListener) {
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            use std::io::{Read as _, Write as _};
            let mut stream = stream;
            let mut read = [0; 4096];
            let _ = stream.read(&mut read);
            let _ = stream.write_all(&octets);
        }
    });
}

#[test]
fn what_is_no_http_is_no_answer() {
    let w = World::new();
    let list = w.ca.list(1, &[]);
    let with = |head: String, body: &[u8]| [head.as_bytes(), body].concat();
    let head = |length: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
    for (octets, reason) in [
        // More is announced than comes, less, far too much; no head, a head without end, two lengths.
        (with(head(list.len() + 1), &list), "broken"),
        (with(head(list.len() - 1), &list), "content"),
        (with(head(1 << 40), &list), "size"),
        (with("ICY 200 OK\r\n\r\n".into(), &list), "broken"),
        (with(format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1 << 20)), &list), "broken"),
        (with("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n".into(), &list), "broken"),
        (Vec::new(), "broken"),
    ] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        raw(octets, listener);
        let points = Extension::crl_distribution_point(&format!("http://127.0.0.1:{port}/a.crl"));
        let access = Extension::authority_info_access(&w.site.url("ca.cer"), None);
        let leaf = w.ca.certify(&Key::new("Leaf"), vec![access, points]);
        let mut settings = w.settings();
        settings.hosts.push(AllowedHost::new(&format!("127.0.0.1:{port}"), true).expect("a host"));
        let online = Online::new(settings).expect("ready");
        let report = w.checker().judge_certificate(&leaf, Usage::Any, Timestamp::now(), Some(&online));
        assert_eq!(reasons(&report), [reason], "{:?}", report.findings);
        assert_eq!(report.indication, Indication::Indeterminate);
    }
}

#[test]
fn a_server_that_comes_up_is_waited_for() {
    let w = World::new();
    let list = w.ca.list(1, &[]);
    let octets =
        [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", list.len()).as_bytes(), &list].concat();
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let points = Extension::crl_distribution_point(&format!("http://127.0.0.1:{port}/a.crl"));
    let access = Extension::authority_info_access(&w.site.url("ca.cer"), None);
    let leaf = w.ca.certify(&Key::new("Leaf"), vec![access, points]);
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(250));
        raw(octets, std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port"));
    });
    let mut settings = Settings { tries: 6, list_within: Duration::from_secs(10), ..w.settings() };
    settings.hosts.push(AllowedHost::new(&format!("127.0.0.1:{port}"), true).expect("a host"));
    let online = Online::new(settings).expect("ready");
    let report = w.checker().judge_certificate(&leaf, Usage::Any, Timestamp::now(), Some(&online));
    assert!(passed(&report), "{:?}", report.findings);
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
    let hosts = vec![AllowedHost::new(&format!("127.0.0.1:{port}"), true).expect("a host")];
    let online = Online::new(Settings { hosts, ..w.settings() }).expect("ready");
    let ask = || w.checker().judge_certificate(&lost, Usage::Any, Timestamp::now(), Some(&online));
    assert_eq!(reasons(&ask()), ["connection"]);
    assert_eq!(reasons(&ask()), ["resting"]);
    // Not for long.
    let hosts = vec![AllowedHost::new(&format!("127.0.0.1:{port}"), true).expect("a host")];
    let settings = Settings { hosts, rest: Duration::from_millis(1), ..w.settings() };
    let online = Online::new(settings).expect("ready");
    let ask = || w.checker().judge_certificate(&lost, Usage::Any, Timestamp::now(), Some(&online));
    assert_eq!(reasons(&ask()), ["connection"]);
    std::thread::sleep(Duration::from_millis(5));
    assert_eq!(reasons(&ask()), ["connection"]);
    // A responder that fails says nothing of the lists on the same host.
    w.site.answer("ocsp", |_, _, _| status(500));
    assert!(passed(&w.check(w.settings())));
}

#[test]
fn paths_are_fetched_link_by_link_and_lists_with_their_deltas() {
    let w = World::new();
    let authority = || vec![Extension::authority(None), Extension::key_usage(&[5, 6])];
    let access = |file: &str| Extension::authority_info_access(&w.site.url(file), None);
    let points = |list: &str| Extension::crl_distribution_point(&w.site.url(list));
    let (sub, subsub) = (Key::new("Sub"), Key::new("Subsub"));
    let first = w.ca.certify(&sub, [authority(), vec![access("ca.cer"), points("ca.crl")]].concat());
    let second = sub.certify(&subsub, [authority(), vec![access("sub.cer"), points("sub.crl")]].concat());
    let delta = Extension::freshest_crl(&w.site.url("delta.crl"));
    let leaf = subsub.certify(&Key::new("Leaf"), vec![access("subsub.cer"), points("subsub.crl"), delta]);
    w.site.put("sub.cer", first.der());
    w.site.put("subsub.cer", second.der());
    w.site.put("sub.crl", &sub.list(1, &[]));
    w.site.put("subsub.crl", &subsub.list(2, &[]));
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
    let list = |hours, revoked: &[&Certificate]| w.ca.list_for(hours, 24, revoked);
    w.site.put("root.crl", &w.root.list(36, &[]));
    w.site.put("ca.crl", &list(48, &[]));
    assert!(passed(&check()));
    // Another process: the folder has it.
    assert!(passed(&check()));
    assert_eq!((w.site.asked("ca.crl"), w.site.asked("root.crl"), w.site.asked("ca.cer")), (2, 1, 1));
    // A page, nothing, a list that is broken off, an older one, one of somebody else.
    let forged = Key::new("CA").list_for(36, 24, &[&w.leaf]);
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
    let list = w.ca.list_for(48, 24, &[]);
    w.site.put("root.crl", &w.root.list(36, &[]));
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

/// The command on the leaf of a world, ready to be run.
fn command(w: &World, folder: &std::path::Path, more: &[&str]) -> Command {
    let path = |name: &str| folder.join(name).display().to_string();
    std::fs::write(path("root.cer"), w.anchor.der()).expect("written");
    std::fs::write(path("leaf.cer"), w.leaf.der()).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
    command.args(["cert", "check", &path("leaf.cer"), "--trust", &path("root.cer"), "--policy", "generic"]);
    command.args(["--format", "json", "--cache", &path("cache")]).args(more);
    command
}

#[test]
fn processes_that_fetch_the_same_do_so_once() {
    let w = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let list = w.ca.list(1, &[]);
    w.site.answer("ca.crl", move |_, _, _| {
        std::thread::sleep(Duration::from_millis(400));
        Response::new(Body::from(list.clone()))
    });
    let host = format!("127.0.0.1:{}", w.site.port);
    let commands: Vec<_> =
        (0..4).map(|_| command(&w, folder.path(), &["--online", "--allow-private-host", &host])).collect();
    let children: Vec<_> = commands
        .into_iter()
        .map(|mut command| command.stdout(std::process::Stdio::null()).spawn().expect("it runs"))
        .collect();
    for mut child in children {
        assert_eq!(child.wait().expect("it ends").code(), Some(0));
    }
    assert_eq!((w.site.asked("ca.crl"), w.site.asked("root.crl"), w.site.asked("ca.cer")), (1, 1, 1));
}

#[test]
fn the_command_says_what_was_tried() {
    let w = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let run = |more: &[&str]| {
        let output = command(&w, folder.path(), more).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), said, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let host = format!("127.0.0.1:{}", w.site.port);
    assert_eq!(run(&["--online", "--allow-private-host", &host]).0, Some(0));
    assert!(w.site.routes.asked.lock().expect("no panic").len() > 2);
    std::fs::remove_dir_all(folder.path().join("cache")).expect("removed");
    for (more, reason, was_asked) in [
        (vec!["--online"], "is not among those that may be asked", false),
        (vec!["--online", "--allow-host", &host], "not of the open network", true),
    ] {
        let asked = w.site.routes.asked.lock().expect("no panic").len();
        let (code, said, _) = run(&more);
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains("FETCH_FAILED") && said.contains(reason), "{said}");
        assert!(said.contains(&w.site.url("ca.cer")) && said.contains("Attempts: 1") == was_asked, "{said}");
        assert_eq!(w.site.routes.asked.lock().expect("no panic").len(), asked);
    }
    // Off unless asked for.
    let (code, said, _) = run(&["--allow-private-host", &host]);
    assert!(code == Some(3) && !said.contains("FETCH_FAILED"), "{said}");
    w.site.answer("ca.crl", |_, _, _| status(503));
    let (code, said, _) = run(&["--online", "--allow-private-host", &host]);
    assert!(code == Some(3) && said.contains("TRY_LATER"), "{said}");
    assert!(said.contains("with status 503") && said.contains("Attempts: 3, "), "{said}");
    // No host, no folder.
    assert_eq!(run(&["--online", "--allow-host", "http://pki.gov.kz/"]).0, Some(2));
    std::fs::write(folder.path().join("file"), b"").expect("written");
    let cache = folder.path().join("file").display().to_string();
    let mut again = command(&w, folder.path(), &["--online"]);
    let output = again.args(["--cache", &cache]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
}

/// On a terminal it is told who is asked; in a file it is not.
#[test]
fn a_person_sees_who_is_asked() {
    if !has_tool("script") {
        return;
    }
    let w = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let host = format!("127.0.0.1:{}", w.site.port);
    let mut plain = command(&w, folder.path(), &["--online", "--allow-private-host", &host]);
    let words: Vec<_> = std::iter::once(plain.get_program())
        .chain(plain.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let output = Command::new("script").args(["-qec", &words.join(" "), "/dev/null"]).output();
    let output = output.expect("it runs");
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("asking: 127.0.0.1"));
    std::fs::remove_dir_all(folder.path().join("cache")).expect("removed");
    let output = plain.output().expect("it runs");
    assert!(output.status.success() && output.stderr.is_empty());
}

/// `openssl s_server` over a folder, on loopback; ended with the value.
struct Secure(std::process::Child);

impl Drop for Secure {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_secure_server_must_be_whom_it_says() {
    if !has_tool("openssl") {
        return;
    }
    let w = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, octets: &[u8]| std::fs::write(folder.path().join(name), octets).expect("written");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    // A certificate of the web for localhost, and a leaf whose list is there.
    let web = Key::new("Web");
    let names = write::sequence(&[write::tlv(0x82, &[&b"localhost"[..]])]);
    let server = w.root.certify(&web, vec![Extension::new("2.5.29.17", names), Extension::key_usage(&[0])]);
    put("server.pem", pem::encode("CERTIFICATE", server.der()).as_bytes());
    put("server.key", &web.key.to_pkcs8_pem().expect("PEM"));
    put("root.pem", pem::encode("CERTIFICATE", w.anchor.der()).as_bytes());
    put("root.cer", w.anchor.der());
    put("ca.crl", &w.ca.list(1, &[]));
    let list = Extension::crl_distribution_point(&format!("https://localhost:{port}/ca.crl"));
    let access = Extension::authority_info_access(&w.site.url("ca.cer"), None);
    put("leaf.cer", w.ca.certify(&Key::new("Leaf"), vec![access, list]).der());
    let accept = format!("127.0.0.1:{port}");
    let mut openssl = Command::new("openssl");
    openssl.current_dir(folder.path()).args(["s_server", "-accept", &accept, "-WWW", "-quiet"]);
    openssl.args(["-cert", "server.pem", "-key", "server.key"]);
    openssl.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    let _server = Secure(openssl.stderr(std::process::Stdio::null()).spawn().expect("openssl runs"));
    for _ in 0..100 {
        if std::net::TcpStream::connect(&accept).is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let run = |trusted: &str| {
        let (site, secure) = (format!("127.0.0.1:{}", w.site.port), format!("localhost:{port}"));
        let path = |name: &str| folder.path().join(name).display().to_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
        command.args([
            "cert",
            "check",
            &path("leaf.cer"),
            "--trust",
            &path("root.cer"),
            "--policy",
            "generic",
        ]);
        command.args(["--online", "--allow-private-host", &site, "--allow-private-host", &secure]);
        command.args(["--format", "json"]);
        command.env("SSL_CERT_FILE", path(trusted)).env("SSL_CERT_DIR", folder.path().join("none"));
        command.arg("--cache").arg(folder.path().join(format!("cache of {trusted}")));
        let output = command.output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (status, said) = run("root.pem");
    assert_eq!(status, Some(0), "{said}");
    let (status, said) = run("server.pem");
    assert!(status == Some(3) && said.contains("no secure connection"), "{said}");
}

/// The service fetches when its settings say so.
#[test]
fn the_service_fetches_when_told_to() {
    use std::io::BufRead as _;
    let w = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("root.cer"), w.anchor.der()).expect("written");
    let profile = sign::Profile { properties: Some(Timestamp::now()), ..sign::Profile::default() };
    let signed =
        sign::sign(b"<a/>", &w.leaf_key.key, w.leaf.der(), &profile, &Limits::default()).expect("signed");
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let ask = |online: &str, times: usize| {
        let data = path(if online.is_empty() { "offline" } else { "online" });
        let text = format!(
            "data_dir = \"{data}\"\ntrust = [\"{}\"]\npolicy = \"generic\"\n{online}",
            path("root.cer")
        );
        std::fs::write(path("qoltanba.toml"), text).expect("written");
        let mut process = Command::new(env!("CARGO_BIN_EXE_qoltanba"))
            .args(["serve", "--json-logs", "--listen", "127.0.0.1:0", "--config", &path("qoltanba.toml")])
            .env("QOLTANBA_LOG", "info")
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the service starts");
        let mut lines = std::io::BufReader::new(process.stderr.take().expect("its messages")).lines();
        let address = loop {
            let line = lines.next().expect("the service says where it listens").expect("a line");
            if let Some(rest) = line.strip_prefix("listening on http://") {
                break rest.split_whitespace().next().expect("an address").to_owned();
            }
        };
        let log = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>().join("\n"));
        let verify = async || {
            let url = format!("http://{address}/api/v1/verifications");
            let response = reqwest::Client::new().post(url).body(signed.clone()).send().await;
            response.expect("an answer").json::<serde_json::Value>().await.expect("JSON")
        };
        let reports: Vec<_> = (0..times).map(|_| client.block_on(verify())).collect();
        process.kill().expect("killed");
        process.wait().expect("ended");
        (reports, log.join().expect("a log"))
    };
    let (reports, _) = ask("", 1);
    assert_eq!(reports[0]["indication"], "INDETERMINATE");
    assert!(w.site.routes.asked.lock().expect("no panic").is_empty());
    let online = format!("[online]\nenabled = true\nprivate_hosts = [\"127.0.0.1:{}\"]\n", w.site.port);
    let (reports, log) = ask(&online, 2);
    for report in &reports {
        assert_eq!(report["indication"], "TOTAL-PASSED", "{report:#}");
    }
    assert_eq!((w.site.asked("ca.crl"), w.site.asked("ca.cer")), (1, 1));
    // The log has hosts and outcomes; the path of a question would name the certificate.
    assert!(log.contains("\"host\":\"127.0.0.1\"") && log.contains("\"kind\":\"crl\""), "{log}");
    assert!(!log.contains("/ocsp") && !log.contains("ca.crl"), "{log}");
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
        let mut source = |hash, digest: &[u8]| timestamp(&online, &url, hash, digest);
        extend(&signed, level, &w.checker(), &mut source, &now, Some(&online))
    };
    let t = extended(Level::T).expect("extended");
    // The offline checker has no lists.
    assert_eq!(formats(&t), (Indication::Indeterminate, "XAdES-B-T".to_owned()));
    let lt = extended(Level::LT).expect("extended");
    assert_eq!(formats(&lt), (Indication::TotalPassed, "XAdES-B-LT".to_owned()));
    let lta = extended(Level::LTA).expect("extended");
    assert_eq!(formats(&lta), (Indication::TotalPassed, "XAdES-B-LTA".to_owned()));

    // What the document carries is fresh still; whoever can ask learns what has happened since.
    w.site.put("ca.crl", &w.ca.list(1, &[&w.leaf]));
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
    let network = ["--online", "--allow-private-host", &host, "--cache", &cache];
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
