//! The site that is asked, on loopback, and the certificates that name it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use jiff::{SignedDuration, Timestamp};
use qoltanba::online::{AllowedHost, Online, Settings};
use qoltanba::pkix::issue::Extension;
use qoltanba::pkix::{Certificate, TrustAnchors};
use qoltanba::service::verify::Checker;
use qoltanba::validation::report::CertificateReport;
use qoltanba::validation::{Evidence, Indication, Policy, RevocationMode, Usage};

use crate::common::authority::Key;

/// What a path of the site answers, given how often it was asked before.
pub(super) type Answer = Arc<dyn Fn(usize, &HeaderMap, &[u8]) -> Response<Body> + Send + Sync>;

#[derive(Clone, Default)]
pub(super) struct Routes {
    pub(super) answers: Arc<Mutex<HashMap<String, Answer>>>,
    pub(super) asked: Arc<Mutex<Vec<String>>>,
}

/// A server on loopback, for as long as the value lives.
pub(super) struct Site {
    pub(super) port: u16,
    pub(super) routes: Routes,
    _runtime: tokio::runtime::Runtime,
}

impl Site {
    pub(super) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let routes = Routes::default();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let app = axum::Router::new().fallback(serve).with_state(routes.clone());
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { port, routes, _runtime: runtime }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    pub(super) fn answer(
        &self,
        path: &str,
        answer: impl Fn(usize, &HeaderMap, &[u8]) -> Response<Body> + Send + Sync + 'static,
    ) {
        self.routes.answers.lock().expect("no panic").insert(format!("/{path}"), Arc::new(answer));
    }

    pub(super) fn put(&self, path: &str, octets: &[u8]) {
        let octets = octets.to_vec();
        self.answer(path, move |_, _, _| Response::new(Body::from(octets.clone())));
    }

    pub(super) fn asked(&self, path: &str) -> usize {
        let asked = self.routes.asked.lock().expect("no panic");
        asked.iter().filter(|asked| **asked == format!("/{path}")).count()
    }
}

pub(super) async fn serve(
    State(routes): State<Routes>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
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

pub(super) fn status(code: u16) -> Response<Body> {
    Response::builder().status(code).body(Body::empty()).expect("a response")
}

/// A certificate that is valid for some time from now on.
pub(super) fn certify(issuer: &Key, subject: &Key, extensions: Vec<Extension>) -> Arc<Certificate> {
    let now = Timestamp::now();
    let validity = (now - SignedDuration::from_hours(24 * 30), now + SignedDuration::from_hours(24 * 300));
    issuer.certify(subject, validity, extensions)
}

/// A list made so many hours ago, for a week.
pub(super) fn crl(issuer: &Key, hours: i64, revoked: &[&Certificate]) -> Vec<u8> {
    crl_for(issuer, hours, 24 * 7, revoked)
}

/// A list made so many hours ago, for so many hours.
pub(super) fn crl_for(issuer: &Key, hours: i64, validity: i64, revoked: &[&Certificate]) -> Vec<u8> {
    let this = Timestamp::now() - SignedDuration::from_hours(hours);
    let lines: Vec<_> = revoked.iter().map(|certificate| (*certificate, this)).collect();
    issuer.list((this, this + SignedDuration::from_hours(validity)), &lines)
}

/// A root, and an authority and a leaf whose certificates name the site.
pub(super) struct World {
    pub(super) site: Site,
    pub(super) root: Key,
    pub(super) ca: Key,
    pub(super) leaf_key: Key,
    pub(super) anchor: Arc<Certificate>,
    pub(super) authority: Arc<Certificate>,
    pub(super) leaf: Arc<Certificate>,
}

impl World {
    pub(super) fn new() -> Self {
        let site = Site::new();
        let (root, ca, leaf_key) = (Key::new("Root"), Key::new("CA"), Key::new("Leaf"));
        let authority = || vec![Extension::authority(None), Extension::key_usage(&[5, 6])];
        let anchor = certify(&root, &root, authority());
        let points = |list: &str| Extension::crl_distribution_point(&site.url(list));
        let certificate = certify(&root, &ca, [authority(), vec![points("root.crl")]].concat());
        let access = Extension::authority_info_access(&site.url("ca.cer"), Some(&site.url("ocsp")));
        let leaf = certify(&ca, &leaf_key, vec![Extension::key_usage(&[0, 1]), access, points("ca.crl")]);
        site.put("ca.cer", certificate.der());
        site.put("root.crl", &crl(&root, 1, &[]));
        site.put("ca.crl", &crl(&ca, 1, &[]));
        Self { site, root, ca, leaf_key, anchor, authority: certificate, leaf }
    }

    pub(super) fn checker(&self) -> Checker {
        let anchors = TrustAnchors::new(vec![Arc::clone(&self.anchor)]);
        Checker::new(
            Evidence::new(anchors, Vec::new(), Vec::new(), RevocationMode::Required),
            Policy::generic(),
        )
    }

    pub(super) fn settings(&self) -> Settings {
        Settings {
            hosts: self.hosts("127.0.0.1", true),
            // What answers is a program that is started first, on a machine that may be busy.
            answer_within: Duration::from_secs(30),
            ..Settings::default()
        }
    }

    /// The site, by one of its names.
    pub(super) fn hosts(&self, name: &str, private: bool) -> Vec<AllowedHost> {
        vec![AllowedHost::new(&format!("{name}:{}", self.site.port), private).expect("a host")]
    }

    pub(super) fn check(&self, settings: Settings) -> CertificateReport {
        self.check_by(&Online::new(settings).expect("ready"))
    }

    pub(super) fn check_by(&self, online: &Online) -> CertificateReport {
        self.checker().judge_certificate(&self.leaf, Usage::Any, Timestamp::now(), Some(online))
    }
}

pub(super) fn passed(report: &CertificateReport) -> bool {
    report.indication == Indication::TotalPassed
}

/// Why fetches failed.
pub(super) fn reasons(report: &CertificateReport) -> Vec<String> {
    let failed = report.findings.iter().filter(|finding| finding.code == "FETCH_FAILED");
    let params = failed.flat_map(|finding| finding.params.iter());
    let mut all: Vec<String> =
        params.filter(|(name, _)| *name == "reason").map(|(_, value)| value.clone()).collect();
    all.sort_unstable();
    all.dedup();
    all
}
