//! The fetching for one judgement: it goes where the certificates point, tries each need once, asks the
//! responder before it loads a whole list, and stops when its time or its number of places is up. What could
//! not be had is told with the need.

use std::sync::Arc;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use super::cache::Key;
use super::fetch::{Ask, Checked, Fetched, Online, Time};
use super::ocsp::About;
use super::{Failure, Kind, Outcome};
use crate::pkix::timestamp::Request;
use crate::pkix::{
    Certificate, Crl, CrlError, DistributionPoint, Name, UnverifiedCrl, UnverifiedOcsp, UnverifiedTimestamp,
    certificates_in,
};
use crate::validation::Need;

/// Addresses of one certificate for one thing that are tried.
const MAX_URLS: usize = 4;
/// How long a certificate of an issuer is used without asking.
const ISSUER_FRESH: SignedDuration = SignedDuration::from_hours(24);

/// What was fetched for one judgement so far is not here, only what may still be.
#[derive(Debug)]
pub struct Errand<'a> {
    online: &'a Online,
    time: Time,
    left: usize,
    tried: Vec<Need>,
}

/// Who issues a list: names that count, and certificates among which the signer's may be.
#[derive(Clone, Copy)]
struct By<'a> {
    names: &'a [Name],
    signers: &'a [Arc<Certificate>],
}

/// What a round of fetching brought: evidence that nobody has judged, and what could not be had.
#[derive(Debug, Default)]
pub struct Found {
    /// Certificates.
    pub certificates: Vec<Arc<Certificate>>,
    /// Revocation lists.
    pub lists: Vec<UnverifiedCrl>,
    /// Answers of OCSP responders.
    pub answers: Vec<UnverifiedOcsp>,
    /// What could not be had.
    pub failures: Vec<(Need, Failure)>,
}

impl Found {
    /// Whether there is nothing new to judge by.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.lists.is_empty() && self.answers.is_empty()
    }
}

impl<'a> Errand<'a> {
    /// A new one that begins now.
    pub fn new(online: &'a Online, now: Timestamp) -> Self {
        let settings = online.settings();
        let time = Time { now, until: Instant::now() + settings.judgement_within };
        let left = settings.fetches;
        Self { online, time, left, tried: Vec::new() }
    }

    /// Fetches what is needed and was not tried before. `known` are certificates among which signers of lists
    /// and answers may be.
    pub fn satisfy(&mut self, needs: &[Need], known: &[Arc<Certificate>]) -> Found {
        let mut found = Found::default();
        let mut answered: Vec<&Arc<Certificate>> = Vec::new();
        for need in needs {
            // An answer may be all that is needed; if not, the list is asked for in the next round.
            let may_wait = matches!(need, Need::Crl { .. }) && answered.contains(&need.of());
            if may_wait || self.tried.contains(need) {
                continue;
            }
            self.tried.push(need.clone());
            let failures = match need {
                Need::Issuer { of } => self.issuers(of, &mut found),
                Need::Crl { of, issuer } => self.lists(of, issuer, known, &mut found),
                Need::Ocsp { of, issuer } => {
                    let failures = self.answers(About { of, issuer, known }, &mut found);
                    if failures.is_empty() {
                        answered.push(of);
                    }
                    failures
                }
            };
            found.failures.extend(failures.into_iter().map(|failure| (need.clone(), failure)));
        }
        found
    }

    fn issuers(&mut self, of: &Certificate, found: &mut Found) -> Vec<Failure> {
        let urls = of.ca_issuer_urls().to_vec();
        let (value, failures) = self.first(&urls, |online, url, time| online.issuers(of, url, time));
        found.certificates.extend(value.unwrap_or_default());
        failures
    }

    fn answers(&mut self, about: About<'_>, found: &mut Found) -> Vec<Failure> {
        let urls = about.of.ocsp_urls().to_vec();
        let (value, failures) = self.first(&urls, |online, url, time| online.answer(about, url, time));
        found.answers.extend(value);
        failures
    }

    fn lists(
        &mut self,
        of: &Certificate,
        issuer: &Arc<Certificate>,
        known: &[Arc<Certificate>],
        found: &mut Found,
    ) -> Vec<Failure> {
        let signers: Vec<_> = std::iter::once(issuer).chain(known).cloned().collect();
        let mut failures = Vec::new();
        // The addresses of one point are for the same list; each point has its own.
        let mut load = |this: &mut Self, point: &DistributionPoint| {
            let urls: Vec<String> = point.uris().collect();
            let own = std::slice::from_ref(of.issuer());
            let by = By { names: point.crl_issuer().unwrap_or(own), signers: &signers };
            let (value, failed) = this.first(&urls, |online, url, time| online.list(by, url, time));
            let is_there = value.is_some();
            found.lists.extend(value);
            failures.extend(failed);
            is_there
        };
        let mut is_any = false;
        for point in of.distribution_points().iter().take(MAX_URLS) {
            is_any |= load(self, point);
        }
        // A delta alone clears nobody.
        if is_any {
            for point in of.freshest_crl().iter().take(MAX_URLS) {
                load(self, point);
            }
        }
        failures
    }

    /// The first of the addresses that gives it. If none does, what was at hand of the first that had it,
    /// and why each failed.
    fn first<T>(
        &mut self,
        urls: &[String],
        fetch: impl Fn(&Online, &str, Time) -> Fetched<T>,
    ) -> (Option<T>, Vec<Failure>) {
        let mut failures = Vec::new();
        let mut at_hand = None;
        let mut seen: Vec<&str> = Vec::new();
        for url in urls {
            let url = url.trim();
            if seen.contains(&url) || seen.len() == MAX_URLS {
                continue;
            }
            seen.push(url);
            let fetched = match self.left.checked_sub(1) {
                Some(left) if Instant::now() < self.time.until => {
                    self.left = left;
                    fetch(self.online, url, self.time)
                }
                _ => Fetched { value: None, outcome: Outcome::Spent, attempts: Vec::new() },
            };
            if matches!(fetched.outcome, Outcome::Fetched | Outcome::Unchanged) {
                return (fetched.value, Vec::new());
            }
            let Fetched { value, outcome, attempts } = fetched;
            failures.push(Failure { url: url.to_owned(), outcome, attempts });
            at_hand = at_hand.or(value);
        }
        (at_hand, failures)
    }
}

impl Online {
    /// Certificates from where a certificate says that its issuer's is.
    fn issuers(&self, of: &Certificate, url: &str, time: Time) -> Fetched<Vec<Arc<Certificate>>> {
        let check = |octets: &[u8]| {
            let read = Certificate::from_pem_or_der(octets).or_else(|_| certificates_in(octets));
            let all = read.map_err(|_| Outcome::NotOfItsKind)?;
            let is_issuer = |candidate: &Certificate| {
                of.issuer().matches(candidate.subject())
                    && candidate.public_key().is_ok_and(|key| of.verify_issued_by(key).is_ok())
            };
            let value = issuers_above(all, is_issuer);
            if value.is_empty() {
                return Err(Outcome::NotGenuine);
            }
            Ok(Checked { value, made: Timestamp::MIN, fresh_until: time.now.checked_add(ISSUER_FRESH).ok() })
        };
        self.get(Kind::Issuer, url, time, &check)
    }

    /// A list, checked with the key of its signer where that is known.
    fn list(&self, by: By<'_>, url: &str, time: Time) -> Fetched<UnverifiedCrl> {
        let key = self.place(url).ok().map(|place| Key::new(Kind::List.name(), place.url(), &[]));
        let known = key.as_ref().and_then(|key| self.remembered_list(key, by.signers, time.now));
        if let Some(list) = known {
            return Fetched { value: Some(list), outcome: Outcome::Fetched, attempts: Vec::new() };
        }
        let check = |octets: &[u8]| {
            let read = UnverifiedCrl::from_pem_or_der(octets).map_err(|_| Outcome::NotOfItsKind)?;
            let list = read.into_iter().next().ok_or(Outcome::NotOfItsKind)?;
            let (made, next_update) = list.claimed_times();
            if !by.names.iter().any(|name| list.issuer().matches(name)) {
                return Err(Outcome::NotGenuine);
            }
            let signer = match signer_of(&list, by.signers) {
                Signer::None => return Err(Outcome::NotGenuine),
                Signer::Known(signer) => Some(signer),
                Signer::Untold => None,
            };
            // Without a time it is asked for each time, and may be unchanged.
            let fresh_until = signer.map(|_| next_update.unwrap_or(time.now));
            Ok(Checked { value: (list, signer.zip(fresh_until)), made, fresh_until })
        };
        let fetched = self.get(Kind::List, url, time, &check);
        if let (Some((list, Some((signer, fresh_until)))), Some(key)) = (&fetched.value, &key) {
            self.remember_list(key, list, *signer, *fresh_until);
        }
        Fetched {
            value: fetched.value.map(|(list, _)| list),
            outcome: fetched.outcome,
            attempts: fetched.attempts,
        }
    }

    fn get<T>(&self, kind: Kind, url: &str, time: Time, check: &super::fetch::Check<'_, T>) -> Fetched<T> {
        match self.place(url) {
            Ok(place) => {
                let key = Some(Key::new(kind.name(), place.url(), &[]));
                self.fetch(&Ask { kind, url, place, body: None, key }, time, check)
            }
            Err(outcome) => Fetched { value: None, outcome, attempts: Vec::new() },
        }
    }

    /// Asks an authority for a timestamp and gives the TimeStampToken (RFC 3161 3.4), which answers the
    /// question and was signed by an authority for timestamps. Whether that one is trusted is not judged.
    ///
    /// # Errors
    /// Why there is none.
    pub fn timestamp(&self, url: &str, request: &Request, now: Timestamp) -> Result<Vec<u8>, Failure> {
        let failed = |outcome, attempts| Failure { url: url.to_owned(), outcome, attempts };
        let place = self.place(url).map_err(|outcome| failed(outcome, Vec::new()))?;
        let check = |octets: &[u8]| {
            use crate::pkix::TimestampError as E;
            let token = UnverifiedTimestamp::token_in(octets).map_err(|error| match error {
                E::Refused { status, .. } => Outcome::Refused(status),
                _ => Outcome::NotOfItsKind,
            })?;
            let unverified = UnverifiedTimestamp::from_token(token).map_err(|_| Outcome::NotOfItsKind)?;
            let timestamp = unverified.verify(&[]).map_err(|_| Outcome::NotGenuine)?;
            timestamp.answers(request).map_err(|_| Outcome::NotGenuine)?;
            Ok(Checked { value: token.to_vec(), made: now, fresh_until: None })
        };
        let body = Some(("application/timestamp-query", request.to_der()));
        let until = Instant::now() + Kind::Timestamp.within(&self.settings);
        let ask = Ask { kind: Kind::Timestamp, url, place, body, key: None };
        let fetched = self.fetch(&ask, Time { now, until }, &check);
        fetched.value.ok_or_else(|| failed(fetched.outcome, fetched.attempts))
    }

    /// What a state database answers to a question, an XML document, as it came. Whose it is, and whether it
    /// answers the question, is for the judgement.
    ///
    /// # Errors
    /// With what was tried, when there is no answer.
    pub fn state_record(&self, url: &str, question: &str, now: Timestamp) -> Result<Vec<u8>, Failure> {
        let failed = |outcome, attempts| Failure { url: url.to_owned(), outcome, attempts };
        let place = self.place(url).map_err(|outcome| failed(outcome, Vec::new()))?;
        let check = |octets: &[u8]| Ok(Checked { value: octets.to_vec(), made: now, fresh_until: None });
        let body = Some(("application/xml", question.as_bytes().to_vec()));
        let until = Instant::now() + Kind::StateRecord.within(&self.settings);
        let ask = Ask { kind: Kind::StateRecord, url, place, body, key: None };
        let fetched = self.fetch(&ask, Time { now, until }, &check);
        fetched.value.ok_or_else(|| failed(fetched.outcome, fetched.attempts))
    }
}

/// Certificates of a bundle that are taken for authorities.
const MAX_ABOVE: usize = 8;

/// Of a bundle, those that issued the certificate, and those that issued these. The rest is whatever somebody put
/// there.
fn issuers_above(
    bundle: Vec<Certificate>,
    is_issuer: impl Fn(&Certificate) -> bool,
) -> Vec<Arc<Certificate>> {
    let (first, mut rest): (Vec<_>, Vec<_>) = bundle.into_iter().partition(is_issuer);
    let mut kept: Vec<Arc<Certificate>> = first.into_iter().take(MAX_ABOVE).map(Arc::new).collect();
    let mut at = 0;
    while let Some(below) = kept.get(at).cloned() {
        let issued_it = |candidate: &Certificate| {
            below.issuer().matches(candidate.subject())
                && candidate.public_key().is_ok_and(|key| below.verify_issued_by(key).is_ok())
        };
        let (above, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(issued_it);
        let room = MAX_ABOVE.saturating_sub(kept.len());
        kept.extend(above.into_iter().take(room).map(Arc::new));
        rest = others;
        at += 1;
    }
    kept
}

/// Whose key signed a list.
enum Signer {
    /// The certificate's with this SHA-256.
    Known([u8; 32]),
    /// None of those that have the name of its issuer.
    None,
    /// Nobody has the name, or it cannot be told.
    Untold,
}

fn signer_of(list: &UnverifiedCrl, signers: &[Arc<Certificate>]) -> Signer {
    let mut found = Signer::Untold;
    for signer in signers.iter().filter(|signer| list.issuer().matches(signer.subject())) {
        match Crl::verify(list, signer) {
            Err(CrlError::Signature(crate::pkix::SignatureError::Unsupported(_)) | CrlError::IssuerKey) => {}
            Err(CrlError::Signature(_)) => found = Signer::None,
            // What else is wrong with it, whoever judges says.
            _ => return Signer::Known(signer.sha256()),
        }
    }
    found
}
