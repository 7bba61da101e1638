//! The clock of the service: the system's, and in development one that a file moves, so that a month can pass in a
//! demonstration or an hour be taken back in a test.
//!
//! What the register writes down never goes back in time. The log of events says how late it was already; a clock that
//! is a little behind it is held at that moment, and one that is far behind is believed no more: nothing is registered
//! until it is set right, because terms would be counted from a moment that nobody knows.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use crate::config::Settings;
use crate::store::{Store, StoreError};

/// Behind the log by less than this, nothing is said: replicas have clocks of their own.
const UNREMARKABLE: SignedDuration = SignedDuration::from_secs(1);

/// Where the time comes from.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    held: SignedDuration,
    shift: Option<Shift>,
}

/// What moves the clock: a file with a number of seconds, and the last number that was read from it.
#[derive(Clone, Debug)]
struct Shift {
    file: PathBuf,
    seconds: Arc<AtomicI64>,
}

/// What the clock says beside the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// The moment that counts: the clock's, or the log's last one.
    Known(Timestamp),
    /// The clock is behind the log by this.
    Behind(SignedDuration),
}

impl Clock {
    /// # Errors
    /// When a file moves the clock of a service that is not for tests, or has no number in it.
    pub(super) fn open(settings: &Settings) -> anyhow::Result<Self> {
        let held = SignedDuration::from_secs(settings.clock_held_seconds.into());
        let Some(file) = settings.test_clock()? else { return Ok(Self { held, shift: None }) };
        let shift = Shift { file: file.to_owned(), seconds: Arc::default() };
        anyhow::ensure!(shift.read().is_some(), "{}: no number of seconds", file.display());
        Ok(Self { held, shift: Some(shift) })
    }

    /// The time.
    pub(super) fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        let Some(shift) = &self.shift else { return now };
        // What cannot be read (it is just being written) changes nothing.
        let seconds = shift.read().unwrap_or_else(|| shift.seconds.load(Ordering::SeqCst));
        shift.seconds.store(seconds, Ordering::SeqCst);
        now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now)
    }

    /// The time at which something can be written down.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub(super) async fn moment(&self, store: &Store) -> Result<Moment, StoreError> {
        let (now, last) = (self.now(), store.last_moment().await?);
        let moment = beside(now, last, self.held);
        match (moment, last) {
            (Moment::Behind(by), _) => {
                tracing::error!(seconds = by.as_secs(), "the clock is behind the log: nothing is registered");
            }
            (Moment::Known(_), Some(last)) if last.duration_since(now) > UNREMARKABLE => {
                let seconds = last.duration_since(now).as_secs();
                tracing::warn!(seconds, "the clock is behind the log: the moment of its last event counts");
            }
            _ => {}
        }
        Ok(moment)
    }
}

fn beside(now: Timestamp, last: Option<Timestamp>, held: SignedDuration) -> Moment {
    let Some(last) = last else { return Moment::Known(now) };
    let by = last.duration_since(now);
    if by > held { Moment::Behind(by) } else { Moment::Known(now.max(last)) }
}

impl Shift {
    fn read(&self) -> Option<i64> {
        std::fs::read_to_string(&self.file).ok()?.trim().parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_a_little_behind_is_held_and_one_far_behind_is_not_believed() {
        let last: Timestamp = "2026-11-24T06:00:00Z".parse().unwrap();
        let held = SignedDuration::from_secs(60);
        let at = |seconds: i64| beside(last + SignedDuration::from_secs(seconds), Some(last), held);
        assert_eq!(at(5), Moment::Known(last + SignedDuration::from_secs(5)));
        for seconds in [0, -1, -60] {
            assert_eq!(at(seconds), Moment::Known(last), "{seconds}");
        }
        assert_eq!(at(-61), Moment::Behind(SignedDuration::from_secs(61)));
        assert_eq!(beside(last, None, held), Moment::Known(last));
    }

    #[test]
    fn only_a_service_for_tests_has_a_clock_that_a_file_moves() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("clock");
        let settings = |allowed| Settings {
            clock_file: Some(file.clone()),
            allow_test_identities: allowed,
            ..Settings::default()
        };
        std::fs::write(&file, "3600\n").unwrap();
        assert!(Clock::open(&settings(false)).is_err());
        let clock = Clock::open(&settings(true)).unwrap();
        let ahead = |seconds| Timestamp::now() + SignedDuration::from_secs(seconds);
        assert!(clock.now() > ahead(3500));
        std::fs::write(&file, "").unwrap();
        assert!(clock.now() > ahead(3500), "the last number stays");
        assert!(Clock::open(&settings(true)).is_err());
        std::fs::write(&file, "-3600").unwrap();
        assert!(clock.now() < ahead(-3500));
    }
}
