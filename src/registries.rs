//! The state databases, asked through one interface: a question goes there, octets come back or a reason why not.
//!
//! Nothing here judges. What comes back is an unverified document like any other; what does not come says nothing
//! about anybody. The first implementation, [`OverHttp`], posts the question as XML to where the settings say and
//! takes the body of the answer for the e-document. The messages of the state's gateway will be a second one.
//!
//! A question has the number of a person in it. It travels in the body, never in a URL, and only to loopback
//! addresses unless the operator says otherwise, elsewhere over https only. Logs have the host and the outcome.

use std::time::Duration;

use jiff::Timestamp;

use crate::housing::state_data::{Database, Question};
use crate::online::{AllowedHost, Failure, Online, Settings};

/// Asks state databases. It waits: not for threads that run asynchronous tasks.
pub trait Registries: Send + Sync {
    /// What a database answers, as it came.
    ///
    /// # Errors
    /// Why there is no answer.
    fn ask(&self, question: &Question, now: Timestamp) -> Result<Vec<u8>, Silence>;
}

/// Why there is no answer: a word of the program, never of the other side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Silence(pub String);

impl From<Failure> for Silence {
    fn from(failure: Failure) -> Self {
        Self(failure.outcome.to_string())
    }
}

/// Why a database cannot be asked at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPlace {
    #[error("not a URL with a host")]
    NoHost,
    #[error("no loopback address: set beyond_loopback if the database is elsewhere")]
    NotLoopback,
    #[error("a database that is elsewhere is asked over https")]
    NotSecure,
}

/// Bounds of a question.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// For all tries together.
    pub within: Duration,
    /// Octets of an answer.
    pub bytes: usize,
    pub tries: u32,
}

/// Databases that are asked over HTTP.
#[derive(Debug)]
pub struct OverHttp {
    places: Vec<(Database, String)>,
    online: Online,
}

impl OverHttp {
    /// Databases and where each is.
    ///
    /// # Errors
    /// Which of them is not where it may be.
    pub fn new(
        places: Vec<(Database, String)>,
        bounds: Bounds,
        beyond_loopback: bool,
    ) -> Result<Self, (Database, BadPlace)> {
        let mut hosts = Vec::new();
        for (database, url) in &places {
            let host = AllowedHost::of_own_url(url).ok_or((*database, BadPlace::NoHost))?;
            if !host.is_loopback() {
                if !beyond_loopback {
                    return Err((*database, BadPlace::NotLoopback));
                }
                if !url.starts_with("https://") {
                    return Err((*database, BadPlace::NotSecure));
                }
            }
            hosts.push(host);
        }
        let settings = Settings {
            hosts,
            cache: None,
            answer_bytes: bounds.bytes,
            answer_within: bounds.within,
            tries: bounds.tries.max(1),
            // Whoever asks has pauses of its own.
            rest: Duration::ZERO,
            ..Settings::default()
        };
        // Without a folder for a cache there is nothing that could fail.
        let online = Online::new(settings).map_err(|_| (Database::NaturalPersons, BadPlace::NoHost))?;
        Ok(Self { places, online })
    }
}

impl Registries for OverHttp {
    fn ask(&self, question: &Question, now: Timestamp) -> Result<Vec<u8>, Silence> {
        let place = self.places.iter().find(|(database, _)| *database == question.database);
        let (_, url) = place.ok_or_else(|| Silence("not-asked".to_owned()))?;
        Ok(self.online.state_record(url, &question.to_xml(), now)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_at_loopback_unless_said_otherwise() {
        let bounds = Bounds { within: Duration::from_secs(1), bytes: 1, tries: 1 };
        let at = |url: &str, beyond| {
            let opened = OverHttp::new(vec![(Database::Property, url.to_owned())], bounds, beyond);
            opened.map(|_| ()).map_err(|(_, why)| why)
        };
        assert_eq!(at("http://127.0.0.1:1/", false), Ok(()));
        assert_eq!(at("http://localhost:1/", false), Err(BadPlace::NotLoopback));
        assert_eq!(at("https://shep.example.kz/", false), Err(BadPlace::NotLoopback));
        assert_eq!(at("http://shep.example.kz/", true), Err(BadPlace::NotSecure));
        assert_eq!(at("https://shep.example.kz/", true), Ok(()));
        assert_eq!(at("elsewhere", true), Err(BadPlace::NoHost));
    }
}
