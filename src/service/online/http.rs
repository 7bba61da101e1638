//! Requests: no redirects, no proxies, no cookies, no decoding of contents; the body is read as it comes and
//! left when it is too long. What fails on the way is tried again, with pauses that grow and vary, until the
//! deadline; a host that failed is left alone for a while.

use std::collections::HashMap;
use std::error::Error as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{ETAG, HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RETRY_AFTER};
use reqwest::{Method, Response, Url, redirect};

use super::Settings;
use super::guard::{Guard, Inside};
use crate::crypto::random;

/// Why nothing was fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The operator does not allow the place.
    #[error("the place is not allowed")]
    NotAllowed,
    /// The host has an address inside.
    #[error("the host leads to an address that is not of the open network")]
    Private,
    /// No connection, or it broke.
    #[error("there is no connection: {0}")]
    Unreachable(String),
    /// The deadline passed.
    #[error("there was no answer in time")]
    Timeout,
    /// The host failed a moment ago, and was not asked again.
    #[error("the host failed a moment ago")]
    Resting,
    /// The server answered with this status.
    #[error("the server answers with status {0}")]
    Status(u16),
    /// More octets than may come.
    #[error("the answer is too long")]
    TooLong,
    /// The responder gives no answer now.
    #[error("{0}")]
    NoAnswer(String),
    /// Something came that is not what was asked for.
    #[error("the answer cannot be used: {0}")]
    Useless(String),
}

impl FetchError {
    /// A word for reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAllowed => "host",
            Self::Private => "private",
            Self::Unreachable(_) => "connection",
            Self::Timeout => "timeout",
            Self::Resting => "resting",
            Self::Status(_) => "status",
            Self::TooLong => "size",
            Self::NoAnswer(_) => "no-answer",
            Self::Useless(_) => "content",
        }
    }

    /// Whether the next attempt may fare better.
    fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Status(429 | 500 | 502 | 503 | 504))
    }
}

/// The host of a URL, for reports and logs: the rest may tell whose certificate it is about.
pub(super) fn host_of(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// The host of a URL as [`Settings::hosts`] lists it.
pub fn host_and_port(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// What is sent.
pub(super) enum Body {
    Ocsp(Vec<u8>),
    Timestamp(Vec<u8>),
}

impl Body {
    fn media_type(&self) -> &'static str {
        match self {
            Self::Ocsp(_) => "application/ocsp-request",
            Self::Timestamp(_) => "application/timestamp-query",
        }
    }

    fn octets(&self) -> &[u8] {
        match self {
            Self::Ocsp(octets) | Self::Timestamp(octets) => octets,
        }
    }
}

/// By what a server tells that something has not changed (RFC 9110 8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Validator {
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
}

pub(super) struct Fetched {
    pub(super) bytes: Vec<u8>,
    pub(super) validator: Option<Validator>,
}

/// How long a host that failed is left alone.
const REST: Duration = Duration::from_secs(20);
/// Octets of a request in a path (RFC 6960 A.1).
const LONGEST_GET: usize = 255;

pub(super) struct Client {
    guard: Guard,
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
    deadline: Duration,
    attempts: u32,
    resting: Mutex<HashMap<String, Instant>>,
}

impl Client {
    pub(super) fn new(settings: &Settings) -> anyhow::Result<Self> {
        let guard = Guard { hosts: settings.hosts.clone(), allow_private: settings.allow_private };
        let client = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(settings.connect)
            .dns_resolver(Arc::new(guard.clone()))
            .user_agent(concat!("qoltanba/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (deadline, attempts) = (settings.deadline, settings.attempts.max(1));
        Ok(Self { guard, client, runtime, deadline, attempts, resting: Mutex::default() })
    }

    /// Whether the operator allows the place.
    pub(super) fn may_ask(&self, url: &str) -> Result<(), FetchError> {
        self.guard.allow(url).map(drop)
    }

    /// The object at a URL; `None` when it has not changed.
    pub(super) fn get(
        &self,
        url: &str,
        known: Option<&Validator>,
        most: usize,
    ) -> Result<Option<Fetched>, FetchError> {
        let url = self.guard.allow(url)?;
        let mut headers = HeaderMap::new();
        let mut add = |name, value: Option<&String>| {
            if let Some(value) = value.and_then(|value| value.parse().ok()) {
                headers.insert(name, value);
            }
        };
        add(IF_NONE_MATCH, known.and_then(|known| known.etag.as_ref()));
        add(IF_MODIFIED_SINCE, known.and_then(|known| known.last_modified.as_ref()));
        match self.ask(&url, Method::GET, &headers, None, most) {
            Ok(fetched) => Ok(Some(fetched)),
            Err(FetchError::Status(304)) if known.is_some() => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn post(&self, url: &str, body: &Body, most: usize) -> Result<Vec<u8>, FetchError> {
        let url = self.guard.allow(url)?;
        self.ask(&url, Method::POST, &HeaderMap::new(), Some(body), most).map(|fetched| fetched.bytes)
    }

    /// By GET where the request is short, as caches can then serve it (RFC 6960 A.1), else by POST; also
    /// where the server does not take the GET.
    pub(super) fn ocsp(&self, url: &str, request: &[u8], most: usize) -> Result<Vec<u8>, FetchError> {
        let encoded = STANDARD.encode(request).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        if encoded.len() <= LONGEST_GET {
            let separator = if url.ends_with('/') { "" } else { "/" };
            match self.get(&format!("{url}{separator}{encoded}"), None, most) {
                Ok(Some(fetched)) if fetched.bytes.first() == Some(&0x30) => return Ok(fetched.bytes),
                // A page, or a status that says that this is not done here.
                Ok(_) | Err(FetchError::Status(400..=499)) => {}
                Err(error) => return Err(error),
            }
        }
        self.post(url, &Body::Ocsp(request.to_vec()), most)
    }

    fn ask(
        &self,
        url: &Url,
        method: Method,
        headers: &HeaderMap,
        body: Option<&Body>,
        most: usize,
    ) -> Result<Fetched, FetchError> {
        let host =
            format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(0));
        let resting = || self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        if resting().get(&host).is_some_and(|since| since.elapsed() < REST) {
            return Err(FetchError::Resting);
        }
        let began = Instant::now();
        let outcome = self.runtime.block_on(async {
            let all = self.attempts(url, &method, headers, body, most);
            tokio::time::timeout(self.deadline, all).await.unwrap_or(Err(FetchError::Timeout))
        });
        tracing::debug!(
            host,
            outcome = outcome.as_ref().map_or_else(FetchError::code, |_| "ok"),
            milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            "fetch"
        );
        if matches!(outcome, Err(FetchError::Unreachable(_) | FetchError::Timeout)) {
            let mut resting = resting();
            resting.retain(|_, since| since.elapsed() < REST);
            resting.insert(host, Instant::now());
        }
        outcome
    }

    async fn attempts(
        &self,
        url: &Url,
        method: &Method,
        headers: &HeaderMap,
        body: Option<&Body>,
        most: usize,
    ) -> Result<Fetched, FetchError> {
        let mut pause = Duration::from_millis(200);
        let mut attempt = 1;
        loop {
            let mut wanted = None;
            let error = match self.once(url, method, headers, body, most, &mut wanted).await {
                Err(error) if error.is_passing() && attempt < self.attempts => error,
                outcome => return outcome,
            };
            tracing::debug!(attempt, reason = error.code(), "fetch failed, trying again");
            // Half to all of the pause, so that many who failed together do not come back together.
            let jitter = random::<1>().map_or(255, |[octet]| octet);
            let varied = pause.mul_f32(0.5 + f32::from(jitter) / 512.0);
            tokio::time::sleep(wanted.unwrap_or(varied)).await;
            pause = pause.saturating_mul(2);
            attempt += 1;
        }
    }

    async fn once(
        &self,
        url: &Url,
        method: &Method,
        headers: &HeaderMap,
        body: Option<&Body>,
        most: usize,
        wait: &mut Option<Duration>,
    ) -> Result<Fetched, FetchError> {
        let mut request = self.client.request(method.clone(), url.clone()).headers(headers.clone());
        if let Some(body) = body {
            request = request.header("content-type", body.media_type()).body(body.octets().to_vec());
        }
        let response = request.send().await.map_err(|error| failure(&error))?;
        let status = response.status().as_u16();
        if status != 200 {
            let after =
                response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            *wait = after.map(Duration::from_secs);
            return Err(FetchError::Status(status));
        }
        let text = |name| response.headers().get(name)?.to_str().ok().map(str::to_owned);
        let validator = Validator { etag: text(ETAG), last_modified: text(LAST_MODIFIED) };
        let validator = Some(validator).filter(|validator| *validator != Validator::default());
        Ok(Fetched { bytes: body_of(response, most).await?, validator })
    }
}

async fn body_of(mut response: Response, most: usize) -> Result<Vec<u8>, FetchError> {
    let announced = response.content_length();
    if announced.is_some_and(|length| length > most as u64) {
        return Err(FetchError::TooLong);
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
        if bytes.len() + chunk.len() > most {
            return Err(FetchError::TooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn failure(error: &reqwest::Error) -> FetchError {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.is::<Inside>() {
            return FetchError::Private;
        }
        source = cause.source();
    }
    if error.is_timeout() { FetchError::Timeout } else { FetchError::Unreachable(error.without_url_text()) }
}

/// The text of an error without the URL, which may tell whose certificate it is about.
trait WithoutUrl {
    fn without_url_text(&self) -> String;
}

impl WithoutUrl for reqwest::Error {
    fn without_url_text(&self) -> String {
        let mut text = String::new();
        let mut source = self.source();
        while let Some(cause) = source {
            text = cause.to_string();
            source = cause.source();
        }
        text
    }
}
