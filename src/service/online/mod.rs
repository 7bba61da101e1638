//! Getting what a judgement still needs, over HTTP: issuers, revocation lists, answers of OCSP responders,
//! timestamps.
//!
//! Where to ask stands in certificates, which anybody can make, so nothing is asked that the operator has not
//! allowed: a host must be on the list, and its address must not lead inside ([`guard`]). Everything is
//! bounded: the time of a request and of all its attempts, octets, rounds and requests for one document.
//! What is fetched is evidence and no more: the judgement checks it like any other. What could not be
//! fetched is told beside the judgement, which stays as it is without it; an outage is never "invalid".

mod cache;
mod guard;
mod http;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::verify::Refusal;
use crate::crypto::{DigestAlgorithm, random};
use crate::pkix::timestamp::Request as TimestampRequest;
use crate::pkix::{Certificate, DistributionPoint, UnverifiedCrl, UnverifiedOcsp, UnverifiedTimestamp, ocsp};
use crate::validation::report::{Finding, Level};
use crate::validation::{Evidence, Need};
use cache::Cache;
use http::{Body, Client};
pub use http::{FetchError, host_and_port};

/// Hosts of the national infrastructure, production and test.
pub const NATIONAL_HOSTS: [&str; 7] = [
    "pki.gov.kz",
    "crl.pki.gov.kz",
    "ocsp.pki.gov.kz",
    "tsp.pki.gov.kz",
    "root.gov.kz",
    "crl.root.gov.kz",
    "test.pki.gov.kz",
];

/// What may be asked, where and for how long.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Hosts that may be asked, by their exact names; `name:port` for a port other than 80.
    pub hosts: Vec<String>,
    /// Whether these hosts may have addresses that lead inside: loopback, private, link-local. For
    /// development, and for responders in the own network.
    pub allow_private: bool,
    /// Folder of what was fetched before, shared by processes; `None` for no memory.
    pub cache: Option<PathBuf>,
    /// For one connection.
    pub connect: Duration,
    /// For one fetch with all its attempts.
    pub deadline: Duration,
    /// Attempts of one fetch.
    pub attempts: u32,
    /// How many times a document is judged anew with what was fetched.
    pub rounds: usize,
    /// Fetches for one document.
    pub fetches: usize,
    /// Octets of a revocation list.
    pub list_bytes: usize,
    /// Octets of anything else.
    pub answer_bytes: usize,
    /// Octets of the folder.
    pub cache_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hosts: NATIONAL_HOSTS.map(str::to_owned).to_vec(),
            allow_private: false,
            cache: None,
            connect: Duration::from_secs(3),
            deadline: Duration::from_secs(15),
            attempts: 3,
            rounds: 6,
            fetches: 32,
            list_bytes: 64 << 20,
            answer_bytes: 256 << 10,
            cache_bytes: 1 << 30,
        }
    }
}

/// Who fetches.
pub struct Online {
    settings: Settings,
    client: Client,
    cache: Option<Cache>,
    /// Issuers and lists of a moment ago, read already.
    recent: Mutex<HashMap<String, (Instant, Found)>>,
}

/// How long what was read stays at hand.
const RECENT: Duration = Duration::from_secs(10 * 60);
/// How many of them.
const MOST_RECENT: usize = 64;

/// Makes objects of what came, or says why it cannot.
type Reader<'a, T> = dyn Fn(&[u8]) -> Result<Vec<T>, String> + 'a;

/// Something fetched.
#[derive(Clone)]
enum Found {
    Certificates(Vec<Arc<Certificate>>),
    Lists(Vec<UnverifiedCrl>),
    Response(Box<UnverifiedOcsp>),
}

impl Online {
    /// Ready to ask, with nothing asked yet.
    ///
    /// # Errors
    /// When the folder cannot be made or the system gives no sockets.
    pub fn new(settings: Settings) -> Result<Self, Refusal> {
        let unusable = |detail: String| Refusal::new("ONLINE_UNAVAILABLE", vec![("detail", detail)]);
        let cache = match &settings.cache {
            Some(folder) => {
                let cache = Cache::open(folder, settings.cache_bytes);
                Some(cache.map_err(|error| super::verify::unreadable(folder, error))?)
            }
            None => None,
        };
        let client = Client::new(&settings).map_err(|error| unusable(error.to_string()))?;
        Ok(Self { settings, client, cache, recent: Mutex::default() })
    }

    /// Judges, fetches what would help, and judges again, until nothing more helps or the bounds are
    /// reached. The evidence comes back with what was added, and with it what could not be fetched.
    pub fn complete(
        &self,
        mut evidence: Evidence,
        mut needs: impl FnMut(&Evidence) -> Vec<Need>,
    ) -> (Evidence, Vec<Finding>) {
        let (mut asked, mut failures) = (HashSet::new(), Vec::new());
        for _ in 0..self.settings.rounds {
            let mut is_new = false;
            for need in needs(&evidence) {
                if !asked.insert(key(&need)) {
                    continue;
                }
                if asked.len() > self.settings.fetches {
                    failures.push(finding("FETCH_LIMIT", Vec::new()));
                    return (evidence, failures);
                }
                for found in self.fetch(&need, &mut failures) {
                    is_new = true;
                    evidence = match found {
                        Found::Certificates(certificates) => evidence.with_certificates(certificates),
                        Found::Lists(lists) => evidence.with_crls(lists),
                        Found::Response(response) => evidence.with_ocsp(vec![*response]),
                    };
                }
            }
            if !is_new {
                break;
            }
        }
        (evidence, failures)
    }

    fn fetch(&self, need: &Need, failures: &mut Vec<Finding>) -> Vec<Found> {
        let tell = |url: &str, error: &FetchError, failures: &mut Vec<Finding>| {
            let params = vec![("host", http::host_of(url)), ("reason", error.code().to_owned())];
            let told = finding("FETCH_FAILED", params);
            if !failures.contains(&told) {
                failures.push(told);
            }
        };
        let mut first = |urls: &[String], get: &dyn Fn(&str) -> Result<Found, FetchError>| {
            for url in urls {
                match get(url) {
                    Ok(found) => return Some(found),
                    Err(error) => tell(url, &error, failures),
                }
            }
            None
        };
        match need {
            Need::Issuer { of } => {
                let issuers = |url: &str| self.recent(url, || self.issuers(url));
                first(of.ca_issuer_urls(), &issuers).into_iter().collect()
            }
            Need::Ocsp { of, issuer } => {
                first(of.ocsp_urls(), &|url| self.response(url, of, issuer)).into_iter().collect()
            }
            Need::Crl { of } => {
                let lists = |url: &str| self.recent(url, || self.lists(url));
                let complete = first(of.crl_distribution_points(), &lists);
                let deltas: Vec<String> =
                    of.freshest_crl().iter().flat_map(DistributionPoint::uris).collect();
                let delta = if complete.is_some() { first(&deltas, &lists) } else { None };
                complete.into_iter().chain(delta).collect()
            }
        }
    }

    /// What was fetched from a URL a moment ago, or is now.
    fn recent(&self, url: &str, get: impl Fn() -> Result<Found, FetchError>) -> Result<Found, FetchError> {
        let recent = || self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = recent().get(url).filter(|(since, _)| since.elapsed() < RECENT) {
            return Ok(found.clone());
        }
        let found = get()?;
        let mut all = recent();
        if all.len() >= MOST_RECENT {
            all.clear();
        }
        all.insert(url.to_owned(), (Instant::now(), found.clone()));
        Ok(found)
    }

    /// caIssuers (RFC 5280 4.2.2.1): one certificate.
    fn issuers(&self, url: &str) -> Result<Found, FetchError> {
        let read = |bytes: &[u8]| {
            let certificates = Certificate::from_pem_or_der(bytes).map_err(|error| error.to_string())?;
            Ok(certificates.into_iter().map(Arc::new).collect())
        };
        let day = Duration::from_secs(24 * 3600);
        self.get_cached("issuer", url, self.settings.answer_bytes, day, &read, &|_, _| true)
            .map(Found::Certificates)
    }

    /// A revocation list. What was fetched before is replaced by one that can be read and is not older; it
    /// serves again where nothing newer is had.
    fn lists(&self, url: &str) -> Result<Found, FetchError> {
        let read = |bytes: &[u8]| UnverifiedCrl::from_pem_or_der(bytes).map_err(|error| error.to_string());
        let newer = |old: &Vec<UnverifiedCrl>, new: &Vec<UnverifiedCrl>| {
            let made = |lists: &[UnverifiedCrl]| lists.iter().map(UnverifiedCrl::claimed_this_update).max();
            made(old) <= made(new)
        };
        let minutes = Duration::from_secs(10 * 60);
        self.get_cached("crl", url, self.settings.list_bytes, minutes, &read, &newer).map(Found::Lists)
    }

    /// An answer about one certificate (RFC 6960), with a nonce, so that it is of now.
    fn response(&self, url: &str, of: &Certificate, issuer: &Certificate) -> Result<Found, FetchError> {
        let nonce: [u8; 16] = random().map_err(|_| FetchError::Useless("no randomness".into()))?;
        let request = ocsp::request(of, issuer, DigestAlgorithm::Sha1, Some(&nonce));
        let bytes = self.client.ocsp(url, &request, self.settings.answer_bytes)?;
        let response = UnverifiedOcsp::from_der(&bytes).map_err(|error| match error {
            crate::pkix::OcspReadError::NoAnswer(_) => FetchError::NoAnswer(error.to_string()),
            crate::pkix::OcspReadError::Malformed(_) => FetchError::Useless(error.to_string()),
        })?;
        // Responders need not know nonces; one with another nonce answers somebody else.
        if response.claimed_nonce().is_some_and(|found| !found.ends_with(&nonce)) {
            return Err(FetchError::Useless("another nonce".into()));
        }
        Ok(Found::Response(Box::new(response)))
    }

    /// A timestamp over this digest (RFC 3161), which answers the question: by imprint and nonce. Whether its
    /// authority is to be believed is for the judgement.
    ///
    /// # Errors
    /// `TIMESTAMP_NOT_MADE` with what happened.
    pub fn timestamp(&self, url: &str, hash: DigestAlgorithm, imprint: &[u8]) -> Result<Vec<u8>, Refusal> {
        let failed = |detail: String| Refusal::new("TIMESTAMP_NOT_MADE", vec![("detail", detail)]);
        let nonce: [u8; 16] = random().map_err(|_| failed("no randomness".into()))?;
        let request =
            TimestampRequest { hash, imprint: imprint.to_vec(), policy: None, nonce: Some(nonce.to_vec()) };
        let body = Body::Timestamp(request.to_der());
        let bytes = self.client.post(url, &body, self.settings.answer_bytes);
        let bytes = bytes.map_err(|error| failed(format!("{}: {}", http::host_of(url), error.code())))?;
        let token = UnverifiedTimestamp::from_response(&bytes).map_err(|error| failed(error.to_string()))?;
        let answer = token.verify(&[]).map_err(|error| failed(error.to_string()))?;
        answer.answers(&request).map_err(|error| failed(error.to_string()))?;
        Ok(token.der().to_vec())
    }

    /// The object at a URL, from the folder while it is young, else fetched; what was fetched before serves
    /// where nothing better is had.
    fn get_cached<T>(
        &self,
        kind: &'static str,
        url: &str,
        most: usize,
        young: Duration,
        read: &Reader<'_, T>,
        may_replace: &dyn Fn(&Vec<T>, &Vec<T>) -> bool,
    ) -> Result<Vec<T>, FetchError> {
        // What the operator no longer allows is not served from the folder either.
        self.client.may_ask(url)?;
        let before = self.cache.as_ref().and_then(|cache| cache.get(kind, url));
        let known = before.as_ref().and_then(|entry| read(&entry.bytes).ok());
        if let (Some(entry), Some(_)) = (&before, &known)
            && entry.age.is_some_and(|age| age < young)
        {
            return known.ok_or_else(|| FetchError::Useless(String::new()));
        }
        let validator = before.as_ref().filter(|_| known.is_some()).and_then(|entry| entry.validator.clone());
        let fetched = match self.client.get(url, validator.as_ref(), most) {
            Ok(Some(fetched)) => fetched,
            Ok(None) => {
                if let Some(cache) = &self.cache {
                    cache.touch(kind, url);
                }
                return known.ok_or_else(|| FetchError::Useless("not modified".into()));
            }
            Err(error) => return known.ok_or(error),
        };
        let new = match read(&fetched.bytes) {
            Ok(new) if !new.is_empty() => new,
            Ok(_) => return known.ok_or_else(|| FetchError::Useless("empty".into())),
            Err(detail) => return known.ok_or(FetchError::Useless(detail)),
        };
        if known.as_ref().is_some_and(|known| !may_replace(known, &new)) {
            return known.ok_or_else(|| FetchError::Useless("older".into()));
        }
        if let Some(cache) = &self.cache {
            cache.put(kind, url, &fetched);
        }
        Ok(new)
    }
}

/// What is asked once only.
fn key(need: &Need) -> (u8, [u8; 32]) {
    match need {
        Need::Issuer { of } => (0, of.sha256()),
        Need::Crl { of } => (1, of.sha256()),
        Need::Ocsp { of, .. } => (2, of.sha256()),
    }
}

fn finding(code: &'static str, params: Vec<(&'static str, String)>) -> Finding {
    Finding {
        code,
        level: Level::Warn,
        message: String::new(),
        remedy: String::new(),
        params,
        sub_indication: None,
    }
}
