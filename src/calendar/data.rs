//! The table of holidays, swaps and schedules, read once from `kazakhstan.toml`, which is a part of the
//! program. A test reads it; if it could not be read, every day would be worked.

use super::schedule::Schedule;
use jiff::civil::Date;
use serde::Deserialize;
use std::sync::LazyLock;

static TABLES: LazyLock<Tables> =
    LazyLock::new(|| Tables::from_toml(TEXT).unwrap_or_else(|_| Tables::nothing()));

pub(super) const TEXT: &str = include_str!("kazakhstan.toml");

pub(super) fn tables() -> &'static Tables {
    &TABLES
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Tables {
    /// Whose swaps and Kurban-ait are known.
    pub(super) years: Years,
    pub(super) provider: Schedule,
    pub(super) centre: Schedule,
    /// Where one meets a day off, the day off is moved.
    #[serde(rename = "holiday")]
    pub(super) holidays: Vec<Fixed>,
    /// Nothing is moved where one meets a day off.
    pub(super) religious: Vec<Fixed>,
    pub(super) kurban_ait: KurbanAit,
    #[serde(rename = "swap")]
    pub(super) swaps: Vec<Swap>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Years {
    pub(super) first: i16,
    pub(super) last: i16,
}

impl Years {
    pub(super) fn contain(self, year: i16) -> bool {
        (self.first..=self.last).contains(&year)
    }
}

/// Days of every year in which they held.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fixed {
    pub(super) name: String,
    month: i8,
    days: Vec<i8>,
    #[serde(default = "always_was")]
    first: i16,
    #[serde(default = "ever_will_be")]
    last: i16,
    pub(super) source: String,
}

fn always_was() -> i16 {
    i16::MIN
}

fn ever_will_be() -> i16 {
    i16::MAX
}

impl Fixed {
    pub(super) fn is(&self, date: Date) -> bool {
        self.month == date.month()
            && self.days.contains(&date.day())
            && (self.first..=self.last).contains(&date.year())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KurbanAit {
    pub(super) source: String,
    /// Known from the announcement.
    pub(super) announced: Vec<Date>,
    /// Known from the moon alone.
    pub(super) reckoned: Vec<Date>,
}

impl KurbanAit {
    pub(super) fn is(&self, date: Date) -> bool {
        self.announced.contains(&date) || self.reckoned.contains(&date)
    }
}

/// A day of rest moved from `worked` to `off`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Swap {
    pub(super) off: Date,
    pub(super) worked: Date,
    pub(super) source: String,
}

impl Tables {
    pub(super) fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    fn nothing() -> Self {
        Self {
            years: Years { first: 1, last: 0 },
            provider: Schedule::always(),
            centre: Schedule::always(),
            holidays: Vec::new(),
            religious: Vec::new(),
            kurban_ait: KurbanAit { source: String::new(), announced: Vec::new(), reckoned: Vec::new() },
            swaps: Vec::new(),
        }
    }
}
