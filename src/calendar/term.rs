//! Terms in days and months.
//!
//! A term begins the day after what started it (Civil Code 173; item 10; decision G4 for both channels),
//! counts days off like any other unless it is in working days, and ends, if its last day is a day off,
//! on the next working day (175). The regulation says nothing of that move, so both days are kept: the
//! plain one and the moved one.

use super::schedule::{Body, Schedule};
use super::{covers, local_date};
use jiff::civil::Date;
use jiff::{Error, Timestamp, ToSpan};

/// How a term in days is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Days {
    /// Days off count like any other; the last is moved off one.
    Calendar(u16),
    /// Only days on which the provider works.
    Working(u16),
}

/// The last day of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastDay {
    /// As it is counted.
    pub plain: Date,
    /// The next working day if that is a day off (Civil Code 175).
    pub moved: Date,
    /// Whether all years of the term are in the table.
    pub certain: bool,
}

impl LastDay {
    /// Whether the two differ.
    pub fn is_moved(&self) -> bool {
        self.plain != self.moved
    }

    fn new(start: Date, plain: Date, moved: Date) -> Self {
        Self { plain, moved, certain: is_certain(start, moved) }
    }
}

fn is_certain(from: Date, to: Date) -> bool {
    (from.year()..=to.year()).all(covers)
}

impl Schedule {
    /// The last of so many calendar days after a date.
    ///
    /// # Errors
    /// At the end of the calendar.
    pub fn after_days(&self, start: Date, days: i32) -> Result<LastDay, Error> {
        let plain = start.checked_add(days.days())?;
        Ok(LastDay::new(start, plain, self.next_working_day(plain)?))
    }

    /// The end of so many months after a date: the same day of the month, or its last day where it has no
    /// such day (Civil Code 174).
    ///
    /// # Errors
    /// At the end of the calendar.
    pub fn after_months(&self, start: Date, months: i32) -> Result<LastDay, Error> {
        let plain = start.checked_add(months.months())?;
        Ok(LastDay::new(start, plain, self.next_working_day(plain)?))
    }

    /// The last of so many working days after a date, which itself is not counted.
    ///
    /// # Errors
    /// At the end of the calendar.
    pub fn after_working_days(&self, start: Date, days: u16) -> Result<LastDay, Error> {
        let mut last = start;
        for _ in 0..days {
            last = self.next_working_day(last.tomorrow()?)?;
        }
        Ok(LastDay::new(start, last, self.next_working_day(last)?))
    }
}

/// The term of a case: both the plain and the moved last day, and when the result leaves the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// The civil date of filing in Almaty.
    pub filed: Date,
    /// The last day as it is counted, the day after filing being day 1.
    pub plain: Date,
    /// The last day, moved to the provider's next working day if it is a day off (Civil Code 175).
    pub due: Date,
    /// By when a result goes to the centre (see [`hand_over`]).
    pub hand_over: Date,
    /// Whether all years of the term are in the table.
    pub certain: bool,
}

/// The term of a case filed at a moment, the day of filing not counted (item 10; decision G4 for both channels), moved
/// by Civil Code 175.
///
/// # Errors
/// At the end of the calendar.
pub fn due_date(filed: Timestamp, days: Days) -> Result<Term, Error> {
    let (filed, provider) = (local_date(filed)?, Body::Provider.schedule());
    let LastDay { plain, moved, certain } = match days {
        Days::Calendar(days) => provider.after_days(filed, days.into())?,
        Days::Working(days) => provider.after_working_days(filed, days)?,
    };
    Ok(Term { filed, plain, due: moved, hand_over: hand_over(plain)?, certain })
}

/// The day on which the provider delivers the result to the centre, "one day before the end" (item 10):
/// the last day before the last of the term on which both work. It is reckoned from the plain last day, because a
/// day before the moved one may be too late for who does not hold with the move.
///
/// # Errors
/// At the beginning of the calendar.
pub fn hand_over(last: Date) -> Result<Date, Error> {
    let mut date = last.yesterday()?;
    while Body::ALL.iter().any(|body| body.schedule().is_day_off(date)) {
        date = date.yesterday()?;
    }
    Ok(date)
}
