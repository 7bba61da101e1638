//! Fetching what a judgement needs: certificates of issuers, revocation lists, answers of OCSP responders;
//! timestamps, for those who sign; and what state databases answer.
//!
//! Nothing here judges. What is fetched is untrusted evidence; an outage is told as what was tried and leaves
//! the verdict to whoever judges by what there is. Only hosts that the operator allowed are asked
//! ([`AllowedHost`]), at public addresses unless the operator says otherwise (`address`), once or a few times
//! with pauses (`fetch`), within limits of time and size (`http`). What checks as its kind is kept for other
//! processes (`cache`); what does not replaces nothing. [`Errand`] is the fetching for one judgement.
//!
//! Everything waits: it is not for threads that run asynchronous tasks.
//!
//! Logs have hosts and outcomes, never a URL: that of a question about a certificate would say whose it is.

mod address;
mod cache;
mod errand;
mod fetch;
mod http;
mod ocsp;
mod outcome;
mod place;

use std::path::PathBuf;
use std::time::Duration;

pub use errand::{Errand, Found};
pub use fetch::Online;
pub use outcome::{Attempt, Failure, Outcome};
pub use place::{AllowedHost, NATIONAL_HOSTS, NoHost};

/// What may be fetched, how, and how much of it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Hosts that may be asked. Default: [`NATIONAL_HOSTS`].
    pub hosts: Vec<AllowedHost>,
    /// Folder for what was fetched, shared by processes. Default: none.
    pub cache: Option<PathBuf>,
    /// Octets of that folder. Default 512 MiB.
    pub cache_bytes: u64,
    /// Octets of certificates of an issuer. Default 64 KiB.
    pub issuer_bytes: usize,
    /// Octets of the answer of an OCSP responder, an authority for timestamps or a state database. Default 256 KiB.
    pub answer_bytes: usize,
    /// Octets of a revocation list. Default 64 MiB.
    pub list_bytes: usize,
    /// For one connection. Default 5 seconds.
    pub connect: Duration,
    /// For one certificate or answer, all tries. Default 15 seconds.
    pub answer_within: Duration,
    /// For one revocation list, all tries. Default 40 seconds.
    pub list_within: Duration,
    /// For all that is fetched for one judgement. Default 50 seconds.
    pub judgement_within: Duration,
    /// How often one place is asked at most. Default 3.
    pub tries: u32,
    /// Before the second try; each further pause is twice as long. Default 300 milliseconds.
    pub pause: Duration,
    /// For how long a host that failed is left alone. Default 10 seconds.
    pub rest: Duration,
    /// Rounds of judging and fetching for one judgement. Default 6.
    pub rounds: usize,
    /// Places that are asked for one judgement. Default 32.
    pub fetches: usize,
    /// Whether questions to OCSP responders carry a nonce, so that an old answer cannot be played again; then
    /// answers are not kept. Default: they do. National responders give no time until which an answer could
    /// be kept.
    pub nonce: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let hosts = NATIONAL_HOSTS.iter().filter_map(|host| AllowedHost::new(host, false).ok());
        Self {
            hosts: hosts.collect(),
            cache: None,
            cache_bytes: 512 << 20,
            issuer_bytes: 64 << 10,
            answer_bytes: 256 << 10,
            list_bytes: 64 << 20,
            connect: Duration::from_secs(5),
            answer_within: Duration::from_secs(15),
            list_within: Duration::from_secs(40),
            judgement_within: Duration::from_secs(50),
            tries: 3,
            pause: Duration::from_millis(300),
            rest: Duration::from_secs(10),
            rounds: 6,
            fetches: 32,
            nonce: true,
        }
    }
}

/// What is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Issuer,
    List,
    Answer,
    Timestamp,
    StateRecord,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::List => "crl",
            Self::Answer => "ocsp",
            Self::Timestamp => "timestamp",
            Self::StateRecord => "state record",
        }
    }

    fn most(self, settings: &Settings) -> usize {
        match self {
            Self::Issuer => settings.issuer_bytes,
            Self::List => settings.list_bytes,
            Self::Answer | Self::Timestamp | Self::StateRecord => settings.answer_bytes,
        }
    }

    fn within(self, settings: &Settings) -> Duration {
        match self {
            Self::List => settings.list_within,
            Self::Issuer | Self::Answer | Self::Timestamp | Self::StateRecord => settings.answer_within,
        }
    }
}
