//! Time that counts only while a body works: minutes are not counted at night, in the pause and on days
//! off.
//!
//! Spans of work are taken from the local clock and counted in elapsed time, so a change of the zone
//! moves the hours and loses none of them. Of an hour that is there twice the first counts; no body
//! works at such an hour.

use super::schedule::Schedule;
use super::{ZONE, local_date};
use jiff::civil::{Date, Time};
use jiff::{Error, SignedDuration, Timestamp};

fn moment(date: Date, time: Time) -> Result<Timestamp, Error> {
    ZONE.to_ambiguous_timestamp(date.to_datetime(time)).compatible()
}

/// The first moment of a date in Almaty.
///
/// # Errors
/// At the end of the calendar.
pub fn start_of_day(date: Date) -> Result<Timestamp, Error> {
    moment(date, Time::midnight())
}

/// The last moment of a date in Almaty.
///
/// # Errors
/// At the end of the calendar.
pub fn end_of_day(date: Date) -> Result<Timestamp, Error> {
    moment(date.tomorrow()?, Time::midnight())?.checked_sub(SignedDuration::from_nanos(1))
}

impl Schedule {
    /// When the body works on a date, in order; nothing on a day off.
    fn spans(&self, date: Date) -> impl Iterator<Item = Result<(Timestamp, Timestamp), Error>> {
        let hours = (!self.is_day_off(date)).then(|| self.hours());
        hours.into_iter().flatten().map(move |(from, to)| Ok((moment(date, from)?, moment(date, to)?)))
    }

    /// From when to when the body works on a date, in order; nothing on a day off.
    ///
    /// # Errors
    /// At the end of the calendar.
    pub fn opening_hours(&self, date: Date) -> Result<Vec<(Timestamp, Timestamp)>, Error> {
        self.spans(date).collect()
    }

    /// When the body closes on a date (Civil Code 176: what is to be done in an organisation is to be
    /// done before its operations cease).
    ///
    /// # Errors
    /// At the end of the calendar.
    pub fn closing(&self, date: Date) -> Result<Timestamp, Error> {
        moment(date, self.closes())
    }

    /// The moment itself if the body works then, else when it opens next, after a pause too.
    ///
    /// # Errors
    /// At the end of the calendar.
    pub fn next_opening(&self, at: Timestamp) -> Result<Timestamp, Error> {
        let mut date = local_date(at)?;
        loop {
            for span in self.spans(date) {
                let (from, to) = span?;
                if at < to {
                    return Ok(from.max(at));
                }
            }
            date = date.tomorrow()?;
        }
    }

    /// The first moment by which so much working time has gone by. Fifteen minutes from a quarter to the
    /// end of the day end with the day, not with the next morning.
    ///
    /// # Errors
    /// At the end of the calendar.
    pub fn after_working_time(&self, from: Timestamp, time: SignedDuration) -> Result<Timestamp, Error> {
        let mut left = time;
        let mut date = local_date(from)?;
        if left <= SignedDuration::ZERO {
            return Ok(from);
        }
        loop {
            for span in self.spans(date) {
                let (start, end) = span?;
                let start = start.max(from);
                let here = start.duration_until(end);
                if left <= here {
                    return start.checked_add(left);
                }
                if here.is_positive() {
                    left -= here;
                }
            }
            date = date.tomorrow()?;
        }
    }

    /// Working time between two moments; none if the second is not after the first.
    ///
    /// # Errors
    /// At the end of the calendar.
    pub fn working_time(&self, from: Timestamp, to: Timestamp) -> Result<SignedDuration, Error> {
        let mut sum = SignedDuration::ZERO;
        let mut date = local_date(from)?;
        let last = local_date(to)?;
        while date <= last {
            for span in self.spans(date) {
                let (start, end) = span?;
                let here = start.max(from).duration_until(end.min(to));
                sum += here.max(SignedDuration::ZERO);
            }
            if date == last {
                break;
            }
            date = date.tomorrow()?;
        }
        Ok(sum)
    }
}
