//! `qoltanba load`: signed applications sent to a service at a set rate, to see what it bears.
//!
//! The load is open: each application has its moment, whether those before it were answered or not, and what is late
//! because all connections were busy counts from that moment. Memory does not grow with the count: a few hundred
//! documents are signed ahead, and of latencies only how many fell into which of some thousand classes is kept.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use indicatif::ProgressBar;
use jiff::Timestamp;
use reqwest::Url;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Outcome;
use super::cert::Format;
use super::pki::Algorithm;
use super::serve::runtime;
use crate::service::load::{Authority, FILE_NAME, PERSONS};

/// Documents that are signed ahead.
const AHEAD: usize = 512;
/// Later than this a document was not signed in time.
const PROMPT: Duration = Duration::from_millis(1);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Send signed applications of made-up persons to a service at a set rate
///
/// Each person has a key and a certificate of an authority that --make-pki makes; the service must trust it. The load is
/// open: an application that waits for a connection counts from the moment at which it should have been sent. For
/// development: a register that was filled so is full of persons who do not exist.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  qoltanba load --make-pki load-pki         # and let the service trust load-pki/root.cer, with load-pki/root.crl
  qoltanba load --pki load-pki --rate 20 --seconds 30
  qoltanba load --pki load-pki --rate 100 --count 5000 --connections 64 --format json

Exit status: 0 all were registered, 1 some were refused (4xx) or failed (5xx, or no answer), 2 nothing was sent.")]
pub(super) struct Load {
    /// Make the authority of the persons in a new folder, and end
    #[arg(long, value_name = "DIR", conflicts_with = "pki", required_unless_present = "pki")]
    make_pki: Option<PathBuf>,
    /// The folder with the authority of the persons
    #[arg(long, value_name = "DIR")]
    pki: Option<PathBuf>,
    /// Where the service is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:14500")]
    url: Url,
    /// A host besides the own machine to which this may be done; repeatable
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// Applications a second
    #[arg(long, default_value_t = 10.0)]
    rate: f64,
    /// For how long
    #[arg(long, default_value_t = 10.0, conflicts_with = "count")]
    seconds: f64,
    /// How many instead
    #[arg(long)]
    count: Option<u64>,
    /// Connections at most
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// Keys of the persons
    #[arg(long, value_enum, default_value = "gost2015")]
    algorithm: Algorithm,
    /// Number of the first person; default by the clock, so that runs meet other persons
    #[arg(long, value_name = "NUMBER")]
    first: Option<u64>,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// What became of the applications.
#[derive(Default)]
struct Tally {
    answered: u64,
    refused: BTreeMap<String, u64>,
    failed: BTreeMap<String, u64>,
    /// Sent late because no signed document was at hand: the fault of this program.
    unprepared: u64,
    latencies: Latencies,
}

/// How many latencies fell into which class: up to 64 µs each its own, then 64 classes for every doubling, so that
/// what is told is at most a sixty-fourth too large.
#[derive(Default)]
struct Latencies {
    classes: Vec<u64>,
    count: u64,
    most: u64,
}

/// What all connections share.
struct Run {
    client: reqwest::Client,
    url: Url,
    attachment: Vec<u8>,
    total: u64,
    /// Between two applications.
    pause: Duration,
    began: Instant,
    next: AtomicU64,
    documents: tokio::sync::Mutex<mpsc::Receiver<Vec<u8>>>,
    tally: Mutex<Tally>,
    progress: ProgressBar,
}

impl Load {
    pub(super) fn run(&self) -> Outcome {
        if let Some(folder) = &self.make_pki {
            Authority::make(folder, Timestamp::now())?;
            eprintln!("{} made; the settings of the service:", folder.display());
            eprintln!("trust = [\"{}\"]", folder.join("root.cer").display());
            eprintln!("crls = [\"{}\"]", folder.join("root.crl").display());
            return Ok(ExitCode::SUCCESS);
        }
        let host = self.url.host_str().unwrap_or_default();
        if !is_own(host) && !self.allow_host.iter().any(|allowed| allowed == host) {
            return Err(anyhow::anyhow!("--url: another machine; --allow-host allows it").into());
        }
        if !(self.rate.is_finite() && self.rate > 0.0 && self.rate <= 100_000.0) {
            return Err(anyhow::anyhow!("--rate: more than 0 and at most 100000").into());
        }
        if !(self.seconds.is_finite() && self.seconds > 0.0 && self.seconds <= 1e6) {
            return Err(anyhow::anyhow!("--seconds: more than 0 and at most 1000000").into());
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded above")]
        let total = self.count.unwrap_or((self.rate * self.seconds).ceil() as u64).max(1);
        let folder = self.pki.clone().unwrap_or_default();
        let authority = Arc::new(Authority::open(&folder, self.algorithm.kind())?);
        runtime()?.block_on(self.send(authority, total))
    }

    async fn send(&self, authority: Arc<Authority>, total: u64) -> Outcome {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .pool_max_idle_per_host(self.connections.into())
            .build()
            .context("the client")?;
        let url = |path: &str| self.url.join(path).context("--url");
        let ready = client.get(url("/readyz")?).send().await;
        if !ready.context("nobody answers at --url")?.status().is_success() {
            return Err(anyhow::anyhow!("the service is not ready: see {}", url("/readyz")?).into());
        }
        let clock = Timestamp::now().as_second().unsigned_abs();
        let first = self.first.unwrap_or(clock.wrapping_mul(997)) % PERSONS;
        let attachment = authority.attachment().to_vec();
        let documents = signers(&authority, first, total);
        // Begin with what is signed ahead.
        let ahead = usize::try_from(total).unwrap_or(AHEAD).min(AHEAD);
        while documents.len() < ahead && !documents.is_closed() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let progress = match std::io::stderr().is_terminal() {
            true => ProgressBar::new(total),
            false => ProgressBar::hidden(),
        };
        let run = Arc::new(Run {
            client,
            url: url("/api/v1/applications")?,
            attachment,
            total,
            pause: Duration::from_secs_f64(1.0 / self.rate),
            began: Instant::now(),
            next: AtomicU64::new(0),
            documents: tokio::sync::Mutex::new(documents),
            tally: Mutex::default(),
            progress,
        });
        let mut connections = tokio::task::JoinSet::new();
        for _ in 0..self.connections {
            connections.spawn(Arc::clone(&run).connection());
        }
        while let Some(ended) = connections.join_next().await {
            ended.context("a connection")?;
        }
        run.progress.finish_and_clear();
        let seconds = run.began.elapsed().as_secs_f64();
        let tally = run.tally.lock().unwrap_or_else(PoisonError::into_inner);
        self.tell(&tally, total, seconds)
    }

    fn tell(&self, tally: &Tally, total: u64, seconds: f64) -> Outcome {
        let milliseconds = |share: f64| tally.latencies.at(share) / 1000.0;
        let percentiles = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99_9", 0.999), ("max", 1.0)];
        let percentiles = percentiles.map(|(name, share)| (name, milliseconds(share)));
        let sum = |counts: &BTreeMap<String, u64>| counts.values().sum::<u64>();
        let (refused, failed) = (sum(&tally.refused), sum(&tally.failed));
        #[expect(clippy::cast_precision_loss, reason = "counts of a measurement are small")]
        let answered_per_second = tally.answered as f64 / seconds;
        match self.format {
            Format::Json => {
                let latency: serde_json::Map<String, Value> =
                    percentiles.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
                let told = json!({
                    "url": self.url.as_str(), "rate": self.rate, "connections": self.connections,
                    "planned": total, "seconds": seconds, "answered": tally.answered,
                    "answered_per_second": answered_per_second, "refused": tally.refused,
                    "failed": tally.failed, "unprepared": tally.unprepared, "latency_ms": latency,
                });
                println!("{told}");
            }
            Format::Text => {
                println!("planned   {total} at {} a second over {} connections", self.rate, self.connections);
                println!("answered  {} in {seconds:.1} s, {answered_per_second:.1} a second", tally.answered);
                println!("refused   {refused}{}", listed(&tally.refused));
                println!("failed    {failed}{}", listed(&tally.failed));
                let told = percentiles.map(|(name, value)| format!("{} {value:.1}", name.replace('_', ".")));
                println!("latency   {} (ms, of the answered)", told.join("  "));
                if tally.unprepared > 0 {
                    println!("{} were not signed in time: this machine is too slow", tally.unprepared);
                }
            }
        }
        Ok(ExitCode::from(u8::from(refused + failed > 0)))
    }
}

/// The own machine, by name or address.
fn is_own(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn listed(counts: &BTreeMap<String, u64>) -> String {
    let each: Vec<String> = counts.iter().map(|(what, count)| format!("{what} {count}")).collect();
    if each.is_empty() { String::new() } else { format!(" ({})", each.join(", ")) }
}

/// Threads that sign the documents ahead; they end with the receiver.
fn signers(authority: &Arc<Authority>, first: u64, total: u64) -> mpsc::Receiver<Vec<u8>> {
    let (sender, documents) = mpsc::channel(AHEAD);
    let persons = Arc::new(AtomicU64::new(first));
    let left = Arc::new(AtomicU64::new(total));
    for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
        let (sender, authority) = (sender.clone(), Arc::clone(authority));
        let (persons, left) = (Arc::clone(&persons), Arc::clone(&left));
        std::thread::spawn(move || {
            let one_less = |left: u64| left.checked_sub(1);
            while left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok() {
                let signed = std::iter::repeat_with(|| {
                    authority.application(persons.fetch_add(1, Ordering::SeqCst), Timestamp::now())
                });
                let Some(Ok(Some(signed))) = signed.into_iter().find(|signed| !matches!(signed, Ok(None)))
                else {
                    eprintln!("qoltanba: an application could not be signed");
                    return;
                };
                if sender.blocking_send(signed).is_err() {
                    return;
                }
            }
        });
    }
    documents
}

impl Run {
    /// Sends one application after another, each at its moment or as soon after it as this connection is free.
    async fn connection(self: Arc<Self>) {
        loop {
            let turn = self.next.fetch_add(1, Ordering::SeqCst);
            if turn >= self.total {
                return;
            }
            let due = self.began + self.pause.mul_f64(turn_of(turn));
            tokio::time::sleep_until(due).await;
            let ready = Instant::now();
            let Some(document) = self.documents.lock().await.recv().await else {
                self.count(|tally| *tally.failed.entry("not signed".to_owned()).or_default() += 1);
                continue;
            };
            let unprepared = ready.elapsed() > PROMPT;
            let outcome = self.post(document).await;
            let latency = due.elapsed();
            self.count(|tally| {
                tally.unprepared += u64::from(unprepared);
                match outcome {
                    Ok(()) => {
                        tally.answered += 1;
                        tally.latencies.add(latency);
                    }
                    Err((true, code)) => *tally.refused.entry(code).or_default() += 1,
                    Err((false, code)) => *tally.failed.entry(code).or_default() += 1,
                }
            });
            self.progress.inc(1);
        }
    }

    fn count(&self, count: impl FnOnce(&mut Tally)) {
        count(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Whether it was registered; if not, whether it was refused, and the code of the answer.
    async fn post(&self, document: Vec<u8>) -> Result<(), (bool, String)> {
        let lost = |error: reqwest::Error| {
            let what = if error.is_timeout() { "timeout" } else { "no answer" };
            (false, what.to_owned())
        };
        let part = |bytes, media_type| Part::bytes(bytes).mime_str(media_type).map_err(lost);
        let file = part(self.attachment.clone(), "application/pdf")?.file_name(FILE_NAME);
        let form = Form::new().part("application", part(document, "application/xml")?).part("file", file);
        let answer = self.client.post(self.url.clone()).multipart(form).send().await.map_err(lost)?;
        let status = answer.status();
        // The body too belongs to the answer.
        let body = answer.bytes().await.map_err(lost)?;
        if status.as_u16() == 201 {
            return Ok(());
        }
        let code = serde_json::from_slice::<Value>(&body).ok();
        let code = code.and_then(|body| body["code"].as_str().map(str::to_owned));
        let code =
            code.filter(|code| code.len() <= 64).unwrap_or_else(|| format!("HTTP {}", status.as_u16()));
        Err((status.is_client_error(), code))
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
fn turn_of(turn: u64) -> f64 {
    turn as f64
}

impl Latencies {
    fn add(&mut self, latency: Duration) {
        let microseconds = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        let class = class_of(microseconds);
        if self.classes.len() <= class {
            self.classes.resize(class + 1, 0);
        }
        if let Some(count) = self.classes.get_mut(class) {
            *count += 1;
        }
        self.count += 1;
        self.most = self.most.max(microseconds);
    }

    /// Microseconds within which this share of all lies; 0 without any.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts and microseconds of a measurement are far below 2^53"
    )]
    fn at(&self, share: f64) -> f64 {
        let wanted = ((self.count as f64) * share).ceil() as u64;
        let mut seen = 0;
        for (class, count) in self.classes.iter().enumerate() {
            seen += count;
            if seen >= wanted.max(1) {
                return end_of(class).min(self.most) as f64;
            }
        }
        0.0
    }
}

/// The class of a number of microseconds.
fn class_of(microseconds: u64) -> usize {
    let doublings = u64::from(microseconds.max(64).ilog2()) - 6;
    usize::try_from(doublings * 64 + (microseconds >> doublings)).unwrap_or(usize::MAX)
}

/// The last number of microseconds of a class.
fn end_of(class: usize) -> u64 {
    let class = class as u64;
    if class < 128 {
        return class;
    }
    let doublings = class / 64 - 1;
    ((class - doublings * 64 + 1) << doublings) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_in_order_and_narrow() {
        for class in 0..3000 {
            let end = end_of(class);
            assert_eq!((class_of(end), class_of(end + 1)), (class, class + 1), "{class}");
        }
        for microseconds in [0, 1, 63, 64, 127, 128, 1000, 999_999, 60_000_000] {
            let end = end_of(class_of(microseconds));
            assert!(end >= microseconds && end - microseconds <= microseconds / 64, "{microseconds} {end}");
        }
    }

    #[test]
    fn percentiles_are_of_what_was_added() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.at(0.5), 0.0);
        for milliseconds in 1..=1000 {
            latencies.add(Duration::from_millis(milliseconds));
        }
        let near = |share, milliseconds: f64| {
            let found = latencies.at(share) / 1000.0;
            assert!(found >= milliseconds && found <= milliseconds * 1.016, "{share}: {found}");
        };
        near(0.5, 500.0);
        near(0.99, 990.0);
        near(0.999, 999.0);
        near(1.0, 1000.0);
    }

    #[test]
    fn only_the_own_machine_is_asked() {
        for (host, own) in [
            ("127.0.0.1", true),
            ("[::1]", true),
            ("localhost", true),
            ("127.0.0.1.example.kz", false),
            ("10.0.0.1", false),
            ("", false),
        ] {
            assert_eq!(is_own(host), own, "{host}");
        }
    }
}
