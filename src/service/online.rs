//! The loop of judging and fetching: a judgement says what it needs, `online` gets it from where the
//! certificates say, and the judgement is made again with more evidence, until nothing is needed that was not
//! tried, or a limit is reached. The verdict is always the judgement's; what could not be fetched is told
//! beside it, so that an outage is neither "valid" nor "invalid".

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::verify::Refusal;
use crate::config;
use crate::crypto::{DigestAlgorithm, random};
use crate::online::{AllowedHost, Errand, Failure, Found, NATIONAL_HOSTS, Online, Settings};
use crate::pkix::timestamp::Request;
use crate::validation::report::CertificateReport;
use crate::validation::{Code, Evidence, Finding, Need, Report};

/// A judgement, made of one part or several, each with its needs and findings.
pub trait Judgement {
    /// What each part needs.
    fn needs(&self) -> Vec<&[Need]>;
    /// The findings of each part.
    fn findings(&mut self) -> Vec<&mut Vec<Finding>>;
}

impl Judgement for Report {
    fn needs(&self) -> Vec<&[Need]> {
        self.signatures.iter().map(|signature| signature.needs.as_slice()).collect()
    }

    fn findings(&mut self) -> Vec<&mut Vec<Finding>> {
        self.signatures.iter_mut().map(|signature| &mut signature.findings).collect()
    }
}

impl Judgement for CertificateReport {
    fn needs(&self) -> Vec<&[Need]> {
        vec![&self.needs]
    }

    fn findings(&mut self) -> Vec<&mut Vec<Finding>> {
        vec![&mut self.findings]
    }
}

/// Judges, fetches what would help, and judges again. The evidence comes back where something was added.
pub fn gather<J: Judgement>(
    online: Option<&Online>,
    evidence: &Evidence,
    judge: impl Fn(&Evidence) -> J,
) -> (J, Option<Evidence>) {
    let first = judge(evidence);
    match online {
        Some(online) if first.needs().iter().any(|needs| !needs.is_empty()) => {
            fetch(online, evidence, first, judge)
        }
        _ => (first, None),
    }
}

/// As [`gather`], with the judgement by the evidence as it is already made.
pub fn fetch<J: Judgement>(
    online: &Online,
    evidence: &Evidence,
    first: J,
    judge: impl Fn(&Evidence) -> J,
) -> (J, Option<Evidence>) {
    let mut errand = Errand::new(online, Timestamp::now());
    let mut gathered = Gathered::default();
    let (mut judgement, mut more) = (first, None::<Evidence>);
    for _ in 0..online.settings().rounds {
        gathered.note(&judgement);
        let known = more.as_ref().unwrap_or(evidence).known_certificates();
        let needs: Vec<Need> = judgement.needs().concat();
        if !gathered.add(errand.satisfy(&needs, &known)) {
            break;
        }
        let found = &gathered.found;
        let extended = evidence.extended(&found.certificates, &found.lists, &found.answers);
        judgement = judge(&extended);
        more = Some(extended);
    }
    gathered.tell(&mut judgement);
    (judgement, more)
}

/// What was fetched so far, and what each part of the judgement has needed.
#[derive(Default)]
struct Gathered {
    found: Found,
    needed: Vec<Vec<Need>>,
}

impl Gathered {
    fn note(&mut self, judgement: &impl Judgement) {
        let needs = judgement.needs();
        self.needed.resize(needs.len().max(self.needed.len()), Vec::new());
        for (needed, needs) in self.needed.iter_mut().zip(needs) {
            needed.extend(needs.iter().filter(|need| !needed.contains(need)).cloned().collect::<Vec<_>>());
        }
    }

    /// Whether there is something new to judge by.
    fn add(&mut self, found: Found) -> bool {
        let is_new = !found.is_empty();
        self.found.certificates.extend(found.certificates);
        self.found.lists.extend(found.lists);
        self.found.answers.extend(found.answers);
        self.found.failures.extend(found.failures);
        is_new
    }

    fn tell(&self, judgement: &mut impl Judgement) {
        for (needed, findings) in self.needed.iter().zip(judgement.findings()) {
            let failures = self.found.failures.iter().filter(|(need, _)| needed.contains(need));
            for finding in failures.map(|(_, failure)| finding(failure)) {
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
        }
    }
}

fn finding(failure: &Failure) -> Finding {
    let attempts = &failure.attempts;
    let milliseconds: u64 = attempts.iter().map(|attempt| attempt.milliseconds).sum();
    Finding::new(
        Code::FETCH_FAILED,
        vec![
            ("url", failure.url.clone()),
            ("reason", failure.outcome.code().to_owned()),
            ("status", failure.outcome.status()),
            ("tried", if attempts.is_empty() { "no" } else { "yes" }.to_owned()),
            ("attempts", attempts.len().to_string()),
            ("milliseconds", milliseconds.to_string()),
        ],
    )
}

/// A timestamp over a digest (RFC 3161), which answers the question: by imprint and nonce. Whether its
/// authority is to be believed is for the judgement.
///
/// # Errors
/// `TIMESTAMP_NOT_MADE` with what happened.
pub fn timestamp(
    online: &Online,
    url: &str,
    hash: DigestAlgorithm,
    imprint: &[u8],
) -> Result<Vec<u8>, Refusal> {
    let failed = |detail: String| Refusal::new("TIMESTAMP_NOT_MADE", vec![("detail", detail)]);
    let nonce: [u8; 16] = random().map_err(|error| failed(error.to_string()))?;
    let request = Request { hash, imprint: imprint.to_vec(), policy: None, nonce: Some(nonce.to_vec()) };
    online
        .timestamp(url, &request, Timestamp::now())
        .map_err(|failure| failed(format!("{}: {}", failure.url, failure.outcome)))
}

/// Who fetches for the service, if the settings say that anybody does. What is fetched is kept in the data
/// folder unless they name another.
///
/// # Errors
/// Names the host or the folder that cannot be used.
pub fn of_service(settings: &config::Online, data_dir: &Path) -> anyhow::Result<Option<Arc<Online>>> {
    if !settings.enabled {
        return Ok(None);
    }
    let cache = settings.cache.clone().unwrap_or_else(|| data_dir.join("fetched"));
    let given = Settings {
        hosts: hosts(settings.hosts.as_deref(), &settings.private_hosts)?,
        cache: Some(cache.clone()),
        cache_bytes: settings.cache_bytes,
        list_bytes: settings.list_bytes,
        judgement_within: Duration::from_secs(settings.seconds),
        tries: settings.tries,
        rounds: settings.rounds,
        fetches: settings.fetches,
        nonce: settings.nonce,
        ..Settings::default()
    };
    let online = Online::new(given).map_err(|error| anyhow::anyhow!("{}: {error}", cache.display()))?;
    Ok(Some(Arc::new(online)))
}

/// The allow-list: these hosts, the national ones by default, and those that may have private addresses.
fn hosts(named: Option<&[String]>, private: &[String]) -> anyhow::Result<Vec<AllowedHost>> {
    let open: Vec<&str> = match named {
        Some(named) => named.iter().map(String::as_str).collect(),
        None => NATIONAL_HOSTS.to_vec(),
    };
    let open = open.into_iter().map(|host| (host, false));
    let private = private.iter().map(|host| (host.as_str(), true));
    let entry = |(host, private)| {
        AllowedHost::new(host, private).map_err(|error| anyhow::anyhow!("[online] {host}: {error}"))
    };
    open.chain(private).map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Language, text};
    use crate::online::{Attempt, Outcome};

    #[test]
    fn every_reason_is_said_in_every_language() {
        let reasons = [
            Outcome::BadUrl,
            Outcome::HostNotAllowed,
            Outcome::AddressNotAllowed,
            Outcome::NoAddress,
            Outcome::Unreachable,
            Outcome::NotSecure,
            Outcome::Broken,
            Outcome::TimedOut,
            Outcome::TooLarge,
            Outcome::Status(503),
            Outcome::Redirect,
            Outcome::Resting,
            Outcome::Spent,
            Outcome::NotOfItsKind,
            Outcome::NotGenuine,
            Outcome::Older,
            Outcome::Refused("tryLater"),
        ];
        for language in [Language::Kk, Language::Ru, Language::En] {
            let mut said: Vec<String> = Vec::new();
            for outcome in reasons {
                let url = "http://ocsp.pki.gov.kz".to_owned();
                let attempt = Attempt { url: url.clone(), outcome, milliseconds: 700 };
                let failure = Failure { url, outcome, attempts: vec![attempt.clone(), attempt] };
                let finding = finding(&failure);
                let params: Vec<_> =
                    finding.params.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let message = text(language, finding.code.name(), &params).message;
                assert!(message.contains("http://ocsp.pki.gov.kz") && message.contains("1400"), "{message}");
                assert!(message.contains(&outcome.status()) && !message.contains('$'), "{message}");
                assert!(!said.contains(&message), "{message}");
                said.push(message);
            }
        }
    }

    #[test]
    fn the_service_asks_nobody_by_default_and_then_the_national_hosts() {
        let folder = tempfile::tempdir().expect("a folder");
        let off = of_service(&config::Online::default(), folder.path()).expect("settings");
        assert!(off.is_none() && !folder.path().join("fetched").exists());
        let on = config::Online { enabled: true, ..config::Online::default() };
        let online = of_service(&on, folder.path()).expect("settings").expect("somebody fetches");
        assert_eq!(online.settings().hosts, Settings::default().hosts);
        // What is written there is what is the default here.
        let (given, default) = (online.settings(), Settings::default());
        assert_eq!(
            (given.cache_bytes, given.list_bytes, given.judgement_within, given.tries),
            (default.cache_bytes, default.list_bytes, default.judgement_within, default.tries)
        );
        assert_eq!(
            (given.rounds, given.fetches, given.nonce),
            (default.rounds, default.fetches, default.nonce)
        );
        let wrong = config::Online { private_hosts: vec!["http://localhost/".to_owned()], ..on };
        let error = of_service(&wrong, folder.path()).expect_err("no host").to_string();
        assert!(error.contains("http://localhost/"), "{error}");
    }
}
