//! Which days a body rests.
//!
//! Four kinds: the days of the week that are not its own; holidays; a working day after the holiday for
//! each such day that meets one (Law on holidays, article 5); and what was swapped by decree. A body that
//! works on Saturdays loses no day off to a holiday on Saturday, so none is moved; and it rests on no
//! Saturday that could be swapped.
//!
//! It does not know of a body's own exceptional days.

use super::data::tables;
use super::schedule::Schedule;
use jiff::Error;
use jiff::civil::Date;

/// So many days before a date are looked at for a holiday whose day off may have moved there. With
/// five or six days a week, runs of holidays and days off are shorter; a test counts on without end.
const LONGEST_RUN: usize = 10;

/// Whether swaps and Kurban-ait of this year are in the table.
pub fn covers(year: i16) -> bool {
    tables().years.contain(year)
}

/// Why a body rests on a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayOff {
    /// The weekday is not one of its days.
    Weekly,
    /// A national or state holiday.
    Holiday { name: &'static str, source: &'static str },
    /// Off for all, but nothing is moved where it meets a day off.
    Religious { name: &'static str, source: &'static str },
    /// A day off that met a holiday was moved here.
    Moved,
    /// Free in place of another date by decree.
    Swapped { worked: Date, source: &'static str },
}

fn holiday(date: Date) -> Option<DayOff> {
    let one = tables().holidays.iter().find(|one| one.is(date))?;
    Some(DayOff::Holiday { name: &one.name, source: &one.source })
}

fn religious(date: Date) -> Option<DayOff> {
    let kurban_ait = &tables().kurban_ait;
    if kurban_ait.is(date) {
        return Some(DayOff::Religious { name: "Kurban-ait", source: &kurban_ait.source });
    }
    let one = tables().religious.iter().find(|one| one.is(date))?;
    Some(DayOff::Religious { name: &one.name, source: &one.source })
}

impl Schedule {
    /// Whether the body does not work on this date.
    pub fn is_day_off(&self, date: Date) -> bool {
        self.day_off(date).is_some()
    }

    /// Why the body does not work on this date; nothing if it does.
    pub fn day_off(&self, date: Date) -> Option<DayOff> {
        for swap in &tables().swaps {
            if swap.off == date && self.rests(swap.worked) {
                return Some(DayOff::Swapped { worked: swap.worked, source: &swap.source });
            }
            if swap.worked == date {
                return None;
            }
        }
        self.rest(date)
    }

    fn rests(&self, date: Date) -> bool {
        self.rest(date).is_some()
    }

    /// As [`Schedule::day_off`], before anything is swapped by decree.
    fn rest(&self, date: Date) -> Option<DayOff> {
        let weekly = (!self.works_on(date.weekday())).then_some(DayOff::Weekly);
        let moved = || self.is_moved_to(date).then_some(DayOff::Moved);
        holiday(date).or_else(|| religious(date)).or(weekly).or_else(moved)
    }

    /// Whether a day off that met a holiday was moved to this date: each goes to the first day after that
    /// would be worked and to which none has gone before.
    fn is_moved_to(&self, date: Date) -> bool {
        let mut first = date;
        for _ in 0..LONGEST_RUN {
            first = first.yesterday().unwrap_or(first);
        }
        let mut owed = 0_u8;
        for day in first.series(jiff::Span::new().days(1)).take_while(|day| *day <= date) {
            if !self.works_on(day.weekday()) {
                owed += u8::from(holiday(day).is_some());
            } else if owed > 0 && holiday(day).is_none() && religious(day).is_none() {
                if day == date {
                    return true;
                }
                owed -= 1;
            }
        }
        false
    }

    /// The date itself if it is worked, else the next working day (Civil Code 175).
    ///
    /// # Errors
    /// At the end of the calendar, the year 9999.
    pub fn next_working_day(&self, mut date: Date) -> Result<Date, Error> {
        while self.is_day_off(date) {
            date = date.tomorrow()?;
        }
        Ok(date)
    }

    /// The date itself if it is worked, else the last working day before it.
    ///
    /// # Errors
    /// At the beginning of the calendar.
    pub fn last_working_day(&self, mut date: Date) -> Result<Date, Error> {
        while self.is_day_off(date) {
            date = date.yesterday()?;
        }
        Ok(date)
    }
}
