//! A body's week: on which days it works, from when to when, and its pause.

use super::data;
use jiff::civil::{Time, Weekday};
use serde::Deserialize;

/// The bodies of the regulation, whose schedules are in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Body {
    /// The department that keeps the register: five days, 9 to 18 with a pause at 13 (annex 1).
    Provider,
    /// The public service centres: six days, 9 to 20 without a pause (item 16).
    Centre,
}

impl Body {
    pub const ALL: [Self; 2] = [Self::Provider, Self::Centre];

    pub fn code(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Centre => "centre",
        }
    }

    /// Its schedule in the table.
    pub fn schedule(self) -> &'static Schedule {
        match self {
            Self::Provider => &data::tables().provider,
            Self::Centre => &data::tables().centre,
        }
    }
}

/// Days of the week and hours of a body, local time.
///
/// As TOML: `days = ["monday", …]`, `opens = "09:00"`, `closes = "18:00"`, and if there is one,
/// `pause = { from = "13:00", to = "14:00" }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Schedule {
    /// By days from Monday; five or six, so that no working day is far.
    works: [bool; 7],
    opens: Time,
    closes: Time,
    pause: Option<Pause>,
}

/// A break within the hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    pub from: Time,
    pub to: Time,
}

/// Why a schedule is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleFault {
    #[error("neither five nor six days of the week are worked")]
    Days,
    #[error("it closes before it opens")]
    Hours,
    #[error("the pause is not within the hours")]
    Pause,
}

impl Schedule {
    /// A schedule of these days and hours.
    ///
    /// # Errors
    /// If the week has neither five nor six days, as the Labour Code knows them, if it closes before it opens, or if the pause is not within the hours.
    pub fn new(
        days: &[Weekday],
        opens: Time,
        closes: Time,
        pause: Option<Pause>,
    ) -> Result<Self, ScheduleFault> {
        let mut works = [false; 7];
        for (day, worked) in Weekday::Monday.cycle_forward().zip(&mut works) {
            *worked = days.contains(&day);
        }
        if !(5..=6).contains(&works.iter().filter(|worked| **worked).count()) {
            return Err(ScheduleFault::Days);
        }
        if opens >= closes {
            return Err(ScheduleFault::Hours);
        }
        if pause.is_some_and(|pause| opens >= pause.from || pause.from >= pause.to || pause.to >= closes) {
            return Err(ScheduleFault::Pause);
        }
        Ok(Self { works, opens, closes, pause })
    }

    /// Every day round the clock: what is counted by if the table could not be read.
    pub(super) const fn always() -> Self {
        Self { works: [true; 7], opens: Time::MIN, closes: Time::MAX, pause: None }
    }

    /// Whether the weekday is one of its days.
    pub fn works_on(&self, day: Weekday) -> bool {
        let index = usize::try_from(day.to_monday_zero_offset()).unwrap_or_default();
        self.works.get(index).copied().unwrap_or_default()
    }

    pub fn closes(&self) -> Time {
        self.closes
    }

    /// From when to when it works on a working day, in order.
    pub(super) fn hours(&self) -> impl Iterator<Item = (Time, Time)> {
        let (morning, afternoon) = match self.pause {
            Some(pause) => ((self.opens, pause.from), Some((pause.to, self.closes))),
            None => ((self.opens, self.closes), None),
        };
        std::iter::once(morning).chain(afternoon)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    days: Vec<Day>,
    opens: Time,
    closes: Time,
    pause: Option<Pause>,
    /// Kept for the reader of the file.
    #[serde(default, rename = "source")]
    _source: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl From<Day> for Weekday {
    fn from(day: Day) -> Self {
        match day {
            Day::Monday => Self::Monday,
            Day::Tuesday => Self::Tuesday,
            Day::Wednesday => Self::Wednesday,
            Day::Thursday => Self::Thursday,
            Day::Friday => Self::Friday,
            Day::Saturday => Self::Saturday,
            Day::Sunday => Self::Sunday,
        }
    }
}

impl TryFrom<Written> for Schedule {
    type Error = ScheduleFault;

    fn try_from(written: Written) -> Result<Self, ScheduleFault> {
        let days: Vec<Weekday> = written.days.into_iter().map(Weekday::from).collect();
        Self::new(&days, written.opens, written.closes, written.pause)
    }
}
