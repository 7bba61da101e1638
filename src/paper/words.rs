//! The texts of papers, from `src/locales/paper.*.ftl`.
//!
//! Papers are in Kazakh or Russian; the English file says what the texts mean to who maintains them, and
//! a test holds the three to the same keys and parameters.

use crate::housing::Language;
use crate::messages;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::civil::{Date, DateTime};
use std::sync::LazyLock;

type Bundle = LazyLock<FluentBundle<FluentResource>>;

static KAZAKH: Bundle = LazyLock::new(|| messages::bundle("kk", KAZAKH_TEXTS));
static RUSSIAN: Bundle = LazyLock::new(|| messages::bundle("ru", RUSSIAN_TEXTS));

pub(super) const KAZAKH_TEXTS: &str = include_str!("../locales/paper.kk.ftl");
pub(super) const RUSSIAN_TEXTS: &str = include_str!("../locales/paper.ru.ftl");

/// A text of a paper. An identifier that is unknown is its own text; a test knows them all.
pub(super) fn say<'a>(language: Language, id: &str, values: &[(&'a str, FluentValue<'a>)]) -> String {
    let bundle = match language {
        Language::Kk => &KAZAKH,
        Language::Ru => &RUSSIAN,
    };
    let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
        return id.to_owned();
    };
    let mut arguments = FluentArgs::new();
    for (name, value) in values {
        arguments.set(*name, value.clone());
    }
    bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned()
}

/// A date in words: «2026 жылғы 24 қараша», «24 ноября 2026 года».
pub(super) fn date(language: Language, date: Date) -> String {
    let month = say(language, &format!("month-{}", date.month()), &[]);
    let (day, year) = (date.day().to_string(), date.year().to_string());
    say(language, "date", &[("day", day.into()), ("month", month.into()), ("year", year.into())])
}

/// A date in digits, for tables: 24.11.2026.
pub(super) fn short_date(date: Date) -> String {
    format!("{:02}.{:02}.{}", date.day(), date.month(), date.year())
}

/// A date in words with the time of day.
pub(super) fn date_time(language: Language, at: DateTime) -> String {
    format!("{}, {:02}:{:02}", date(language, at.date()), at.hour(), at.minute())
}
