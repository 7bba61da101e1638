//! The working calendars of Kazakhstan: which days a body works, its hours, and the terms counted by
//! them.
//!
//! The one idea to know: there is no calendar as such, only that of a body. A [`Schedule`] has days of
//! the week, hours and a pause; a holiday moves a day off only of the bodies that would have rested on
//! it, so the provider, with its five days, and the centres, with six, have different days off. All of
//! it is data, each entry with its legal source: `kazakhstan.toml`.
//!
//! - `days`: on which days a body rests and why, the next and the last working day;
//! - `working_time`: minutes that count only while the body works;
//! - `term`: terms in calendar days, working days and months (Civil Code 172 to 176).
//!
//! Everything is a function of its arguments. The time zone is compiled in with its history (Almaty was
//! at UTC+6 until 1 March 2024 and is at UTC+5 since: Government decree No. 1749 of 23 November 2000 as
//! amended by No. 20 of 19 January 2024), so an old system tells no wrong time. Years outside the table
//! are answered by the fixed holidays alone, and [`covers`], [`Term::certain`] and [`LastDay::certain`]
//! say so.
//!
//! ```
//! let filed = "2014-05-14T06:00:00Z".parse()?;
//! let term = qoltanba::calendar::due_date(filed, qoltanba::calendar::Days::Calendar(30))?;
//! assert_eq!(term.due.to_string(), "2014-06-13");
//! assert_eq!(term.hand_over.to_string(), "2014-06-12");
//! # Ok::<(), jiff::Error>(())
//! ```

mod data;
mod days;
mod schedule;
mod term;
#[cfg(test)]
pub(crate) mod tests;
mod working_time;

pub use days::{DayOff, covers};
pub use schedule::{Body, Pause, Schedule, ScheduleFault};
pub use term::{Days, LastDay, Term, due_date, hand_over};
pub use working_time::{end_of_day, start_of_day};

use jiff::{Error, Timestamp, civil::Date, tz::TimeZone};

/// The zone in which the office counts days.
pub static ZONE: TimeZone = jiff::tz::get!("Asia/Almaty");

/// The civil date of a moment in Almaty.
///
/// # Errors
/// None today: the zone is compiled in.
pub fn local_date(at: Timestamp) -> Result<Date, Error> {
    Ok(ZONE.to_datetime(at).date())
}
