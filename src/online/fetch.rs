//! One thing fetched, from the cache or over the network: asked again with growing, spread pauses when that
//! may help, and put into the cache when it is what it should be.
//!
//! What a host does not answer it is not asked for again at once: after a fetch that failed by its fault the
//! host rests.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::cache::{Cache, Entry, Key};
use super::http::{self, Bounds, NoAnswer, Question, Validators};
use super::place::Place;
use super::{Attempt, Kind, Outcome, Settings};
use crate::crypto;
use crate::pkix::{Certificate, UnverifiedCrl};

/// The longest pause between two tries, and the longest for which a server may ask.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Octets of lists that are kept in memory, read.
const REMEMBERED_LISTS: usize = 256 << 20;

/// What fetches. It may be shared by threads; processes share its cache.
pub struct Online {
    pub(super) settings: Settings,
    cache: Option<Cache>,
    /// Hosts that failed, or what was asked of them, and until when they rest. There are no more than allowed
    /// hosts times kinds.
    resting: Mutex<HashMap<String, Instant>>,
    lists: Mutex<HashMap<Key, Remembered>>,
    told: Option<Told>,
}

/// Who is told the name of a host.
type Told = Box<dyn Fn(&str) + Send + Sync>;

/// A list that was read and checked with the key of its signer.
#[derive(Clone)]
struct Remembered {
    list: UnverifiedCrl,
    /// The SHA-256 of its signer's certificate.
    signer: [u8; 32],
    fresh_until: Timestamp,
}

/// Something to be fetched.
pub(super) struct Ask<'a> {
    pub(super) kind: Kind,
    /// As it is told.
    pub(super) url: &'a str,
    pub(super) place: Place,
    /// The body of a POST and its media type.
    pub(super) body: Option<(&'static str, Vec<u8>)>,
    /// What it is kept under; `None` if it is not.
    pub(super) key: Option<Key>,
}

/// What was read from octets that came.
pub(super) struct Checked<T> {
    pub(super) value: T,
    /// When it was made, as it says.
    pub(super) made: Timestamp,
    /// Until when it is used without asking; `None`: it is not kept.
    pub(super) fresh_until: Option<Timestamp>,
}

/// Reads octets as what they should be.
pub(super) type Check<'a, T> = dyn Fn(&[u8]) -> Result<Checked<T>, Outcome> + 'a;

/// What came of it.
pub(super) struct Fetched<T> {
    /// With a failure it is what was at hand, if there was anything.
    pub(super) value: Option<T>,
    pub(super) outcome: Outcome,
    pub(super) attempts: Vec<Attempt>,
}

/// The time: on the calendar, and when it is up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    pub(super) now: Timestamp,
    pub(super) until: Instant,
}

struct Had<T> {
    checked: Checked<T>,
    entry: Entry,
}

enum News<T> {
    Unchanged(Validators),
    Came(Checked<T>, Vec<u8>, Validators),
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Online {
    /// By these settings.
    ///
    /// # Errors
    /// When the folder of the cache cannot be made or written to.
    pub fn new(settings: Settings) -> io::Result<Self> {
        let cache =
            settings.cache.as_ref().map(|folder| Cache::open(folder, settings.cache_bytes)).transpose()?;
        Ok(Self { settings, cache, resting: Mutex::default(), lists: Mutex::default(), told: None })
    }

    /// The same, telling the name of each host before it is asked.
    #[must_use]
    pub fn telling(self, told: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { told: Some(Box::new(told)), ..self }
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn place(&self, url: &str) -> Result<Place, Outcome> {
        Place::new(url, &self.settings.hosts)
    }

    /// A list that was read before, is still fresh, and was signed by one of these.
    pub(super) fn remembered_list(
        &self,
        key: &Key,
        signers: &[Arc<Certificate>],
        now: Timestamp,
    ) -> Option<UnverifiedCrl> {
        let lists = lock(&self.lists);
        let known = lists.get(key).filter(|known| now < known.fresh_until)?;
        signers.iter().any(|signer| signer.sha256() == known.signer).then(|| known.list.clone())
    }

    pub(super) fn remember_list(
        &self,
        key: &Key,
        list: &UnverifiedCrl,
        signer: [u8; 32],
        fresh_until: Timestamp,
    ) {
        let mut lists = lock(&self.lists);
        let sum: usize = lists.values().map(|known| known.list.der().len()).sum();
        if sum + list.der().len() > REMEMBERED_LISTS {
            lists.clear();
        }
        lists.insert(key.clone(), Remembered { list: list.clone(), signer, fresh_until });
    }

    /// Fetches one thing.
    pub(super) fn fetch<T>(&self, ask: &Ask<'_>, time: Time, check: &Check<'_, T>) -> Fetched<T> {
        let until = time.until.min(Instant::now() + ask.kind.within(&self.settings));
        let time = Time { until, ..time };
        let fresh = |had: Had<T>| Fetched {
            value: Some(had.checked.value),
            outcome: Outcome::Fetched,
            attempts: Vec::new(),
        };
        let had = match self.had(ask, check) {
            Some(had) if time.now < had.entry.record.fresh_until => return fresh(had),
            had => had,
        };
        // Who waits for another to fetch the same may find it in the cache then.
        let kept = self.cache.as_ref().zip(ask.key.as_ref());
        let held = kept.and_then(|(cache, key)| cache.lock(key, until));
        let had = match held.as_ref().and_then(|_| self.had(ask, check)).or(had) {
            Some(had) if time.now < had.entry.record.fresh_until => return fresh(had),
            had => had,
        };
        self.fetch_anew(ask, time, check, had)
    }

    /// What the cache has, if it still checks.
    fn had<T>(&self, ask: &Ask<'_>, check: &Check<'_, T>) -> Option<Had<T>> {
        let entry = self.cache.as_ref()?.get(ask.key.as_ref()?)?;
        let checked = check(&entry.octets).ok()?;
        Some(Had { checked, entry })
    }

    fn fetch_anew<T>(
        &self,
        ask: &Ask<'_>,
        time: Time,
        check: &Check<'_, T>,
        had: Option<Had<T>>,
    ) -> Fetched<T> {
        let mut attempts = Vec::new();
        let host = ask.place.authority();
        let validators = had.as_ref().map(|had| &had.entry.record.validators);
        let service = format!("{host} {}", ask.kind.name());
        let rests = self.rests(&host) || self.rests(&service);
        let news = if rests { Err(Outcome::Resting) } else { Ok(()) };
        let news = news.and_then(|()| {
            if let Some(told) = &self.told {
                told(ask.place.host());
            }
            let question = Question { body: ask.body.clone(), known: validators };
            in_time(self.ask_until_answered(ask, &question, time.until, check, &mut attempts))
        });
        if let Err(outcome) = &news
            && outcome.may_pass()
        {
            // Where somebody answers, other things may be had all the same.
            let failed = if outcome.is_of_host() { host } else { service };
            lock(&self.resting).insert(failed, Instant::now() + self.settings.rest);
        }
        let old = |had: Option<Had<T>>| had.map(|had| had.checked.value);
        let (value, outcome) = match (news, had) {
            (Err(outcome), had) => (old(had), outcome),
            (Ok(News::Came(checked, octets, validators)), had) => {
                if had.as_ref().is_some_and(|had| had.checked.made > checked.made) {
                    (old(had), Outcome::Older)
                } else {
                    self.keep(ask, &octets, checked.fresh_until, validators);
                    (Some(checked.value), Outcome::Fetched)
                }
            }
            (Ok(News::Unchanged(_)), None) => (None, Outcome::Broken),
            (Ok(News::Unchanged(validators)), Some(had)) => {
                // Asking has made a certificate fresh again; a list past its time stays past it.
                let Entry { octets, record } = &had.entry;
                if had.checked.fresh_until > Some(record.fresh_until) {
                    let validators = validators.or(&record.validators);
                    self.keep(ask, octets, had.checked.fresh_until, validators);
                }
                (Some(had.checked.value), Outcome::Unchanged)
            }
        };
        Fetched { value, outcome, attempts }
    }

    fn rests(&self, failed: &str) -> bool {
        lock(&self.resting).get(failed).is_some_and(|until| Instant::now() < *until)
    }

    fn keep(&self, ask: &Ask<'_>, octets: &[u8], fresh_until: Option<Timestamp>, validators: Validators) {
        let (Some(cache), Some(key), Some(fresh_until)) = (&self.cache, &ask.key, fresh_until) else {
            return;
        };
        if let Err(error) = cache.put(key, octets, fresh_until, validators) {
            tracing::warn!(kind = ask.kind.name(), %error, "what was fetched could not be kept");
        }
    }

    async fn ask_until_answered<T>(
        &self,
        ask: &Ask<'_>,
        question: &Question<'_>,
        until: Instant,
        check: &Check<'_, T>,
        attempts: &mut Vec<Attempt>,
    ) -> Result<News<T>, Outcome> {
        let bounds = Bounds {
            connect: self.settings.connect,
            until: until.into(),
            body: ask.kind.most(&self.settings),
        };
        let mut number = 0;
        loop {
            let started = Instant::now();
            let news = http::ask(&ask.place, question, bounds).await.and_then(|answer| match answer.body {
                None => Ok(News::Unchanged(answer.validators)),
                Some(body) => Ok(News::Came(check(&body)?, body, answer.validators)),
            });
            let outcome = match &news {
                Ok(News::Unchanged(_)) => Outcome::Unchanged,
                Ok(News::Came(..)) => Outcome::Fetched,
                Err(no_answer) => no_answer.outcome,
            };
            let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::info!(
                host = ask.place.host(),
                kind = ask.kind.name(),
                %outcome,
                milliseconds,
                "asked"
            );
            attempts.push(Attempt { url: ask.url.to_owned(), outcome, milliseconds });
            number += 1;
            let no_answer = match news {
                Ok(news) => return Ok(news),
                Err(no_answer) => no_answer,
            };
            let pause = self.pause(number, no_answer);
            let is_last = number >= self.settings.tries || Instant::now() + pause >= until;
            if is_last || !no_answer.outcome.may_pass() {
                return Err(no_answer.outcome);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// How long to wait after that many tries: twice as long each time, spread from half to one and a half,
    /// and not shorter than the server asks for, up to a limit.
    fn pause(&self, tries: u32, no_answer: NoAnswer) -> Duration {
        let doubled = self.settings.pause.saturating_mul(1 << tries.saturating_sub(1).min(16));
        let spread = u32::from(u16::from_be_bytes(crypto::random().unwrap_or([128, 0])));
        let spread = doubled.min(LONGEST_PAUSE).saturating_mul(spread + (1 << 15)) / (1 << 16);
        spread.max(no_answer.retry_after.unwrap_or_default()).min(LONGEST_PAUSE)
    }
}

/// Runs an exchange to its end on this thread, which may wait.
fn in_time<T>(exchange: impl Future<Output = Result<T, Outcome>>) -> Result<T, Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|_| Outcome::Unreachable)?;
    let outcome = runtime.block_on(exchange);
    // A look-up of a name that nobody answers goes on for longer than anybody waits for it.
    runtime.shutdown_background();
    outcome
}

impl std::fmt::Debug for Online {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Online").field("settings", &self.settings).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_spread_and_end() {
        let online = Online::new(Settings::default()).expect("ready");
        let asked = |tries, seconds: Option<u64>| {
            let retry_after = seconds.map(Duration::from_secs);
            online.pause(tries, NoAnswer { outcome: Outcome::Status(503), retry_after })
        };
        for (tries, least, most) in [(1, 150, 450), (2, 300, 900), (3, 600, 1800), (40, 2500, 5000)] {
            let pauses: Vec<_> = (0..50).map(|_| asked(tries, None)).collect();
            let within = Duration::from_millis(least)..=Duration::from_millis(most);
            assert!(pauses.iter().all(|pause| within.contains(pause)), "{tries}: {pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{tries}: {pauses:?}");
        }
        // What a server asks for counts, but nobody waits for an hour.
        assert_eq!(asked(1, Some(2)), Duration::from_secs(2));
        assert_eq!(asked(1, Some(3600)), LONGEST_PAUSE);
        assert!(asked(1, Some(0)) >= Duration::from_millis(150));
    }
}
