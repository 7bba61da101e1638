//! What the service answers about the lists: pages, positions, now and on past days, conflicts of a case, and how far
//! an inventory has come. Numbers, moments and counts only.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};
use std::sync::Arc;

use super::app::{App, AppError, Reason};
use super::{application, register};
use crate::calendar;
use crate::config::Settings;
use crate::housing::workflow::Memo;
use crate::housing::{Case, Category, queue};
use crate::store::QueuePlace;
use crate::validation::report::rfc3339;

/// A past moment, from a time (RFC 3339) or a day, which is its end in Almaty; nothing for today.
fn past(at: Option<&str>, now: Timestamp) -> Result<Option<Timestamp>, AppError> {
    let Some(at) = at else { return Ok(None) };
    let wrong = |_| AppError::Option("at");
    let moment = match at.parse::<Timestamp>() {
        Ok(moment) => moment,
        Err(_) => {
            let day: Date = at.parse().map_err(wrong)?;
            if calendar::local_date(now).map_err(wrong)? == day {
                return Ok(None);
            }
            calendar::end_of_day(day).map_err(wrong)?
        }
    };
    if moment > now {
        let reason = Reason { code: "FUTURE_DATE".into(), field: Some("at".into()), params: Vec::new() };
        return Err(AppError::Invalid(vec![reason]));
    }
    // The register keeps microseconds.
    Timestamp::from_microsecond(moment.as_microsecond()).map(Some).map_err(wrong)
}

impl App {
    /// A page of the public list of a category, now or as it stood.
    ///
    /// # Errors
    /// `Option` for an unknown category or a moment that is none, `Invalid` for one to come.
    pub async fn list(
        &self,
        category: Option<&str>,
        offset: u64,
        limit: u64,
        at: Option<&str>,
    ) -> Result<Value, AppError> {
        let category = category.and_then(Category::from_code).ok_or(AppError::Option("category"))?;
        let now = self.clock().now();
        let at = past(at, now)?;
        let size = u32::try_from(limit.clamp(1, 1000)).unwrap_or(1000);
        let entries = self.store.queue_list(category, offset, size, at).await?;
        Ok(json!({
            "category": category.code(),
            "rule": queue::RULE,
            "at": rfc3339(at.unwrap_or(now)),
            "entries": entries.iter().map(|entry| json!({
                "position": entry.position, "number": entry.number, "filed_at": rfc3339(entry.filed),
            })).collect::<Vec<_>>(),
        }))
    }

    /// The place of a number in its list, now or as it stood.
    ///
    /// # Errors
    /// As [`App::list`]; `NotFound` where it had none.
    pub async fn place(&self, number: &str, at: Option<&str>) -> Result<Value, AppError> {
        let now = self.clock().now();
        let at = past(at, now)?;
        let place = self.store.queue_place(number, at).await?.ok_or(AppError::NotFound)?;
        Ok(answer(number, &place, at.unwrap_or(now)))
    }

    /// Begins the inventory of this year.
    ///
    /// # Errors
    /// With every reason; nothing has begun then.
    pub async fn begin_inventory(&self, body: Vec<u8>) -> Result<Value, AppError> {
        let now = self.moment().await?;
        let body = Arc::new(body);
        let verified = self.verified(&body, now).await?;
        self.is_of_office(&verified)?;
        let year = application::begin_inventory(&self.store, &self.rules, &verified, &body, now).await?;
        self.inventory_state(year).await
    }

    /// How far the inventory of a year has come; for officials.
    ///
    /// # Errors
    /// `Unauthorized` for others, `NotFound` where none was begun.
    pub async fn inventory(&self, year: &str, bearer: Option<&str>) -> Result<Value, AppError> {
        if !bearer.is_some_and(|bearer| self.is_official(bearer)) {
            return Err(AppError::Unauthorized);
        }
        self.inventory_state(year.parse().map_err(|_| AppError::NotFound)?).await
    }

    async fn inventory_state(&self, year: i16) -> Result<Value, AppError> {
        let state = self.store.inventory(year).await?;
        let mut answer = json!({
            "year": year, "began_at": rfc3339(state.began), "places": state.places, "open": state.open(),
        });
        for (finding, count) in state.found {
            answer[finding.code().replace('-', "_")] = count.into();
        }
        Ok(answer)
    }
}

fn answer(number: &str, place: &QueuePlace, at: Timestamp) -> Value {
    json!({
        "number": number,
        "category": place.category.code(),
        "rule": queue::RULE,
        "at": rfc3339(at),
        "position": place.position,
        "filed_at": rfc3339(place.filed),
    })
}

/// As [`App::place`], of the register that the settings name; nothing where the number had no place.
///
/// # Errors
/// When the moment is none or is to come, or the register cannot be read.
pub async fn place_of(settings: &Settings, number: &str, at: Option<&str>) -> anyhow::Result<Option<Value>> {
    let now = Timestamp::now();
    let at = past(at, now).map_err(|_| anyhow::anyhow!("--at: a past moment (RFC 3339) or day"))?;
    let place = register::open(settings).await?.queue_place(number, at).await?;
    Ok(place.map(|place| answer(number, &place, at.unwrap_or(now))))
}

/// The conflicts of a case and which of them the memo resolves.
pub(super) fn conflicts(case: &Case) -> Vec<Value> {
    let resolved = match &case.memo {
        Some(Memo::Complete { resolved, .. }) => resolved.as_slice(),
        _ => &[],
    };
    let of = |other: &String| json!({ "application": other, "resolved": resolved.iter().any(|one| one.other == *other) });
    case.conflicts.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_days_of_the_past() {
        let now: Timestamp = "2026-11-24T06:00:00Z".parse().unwrap();
        let past = |at| past(Some(at), now);
        assert_eq!(past("2026-11-23T06:00:00Z").unwrap(), Some("2026-11-23T06:00:00Z".parse().unwrap()));
        // Almaty is five hours ahead.
        assert_eq!(past("2026-11-23").unwrap(), Some("2026-11-23T18:59:59.999999Z".parse().unwrap()));
        assert_eq!(past("2026-11-24").unwrap(), None, "today is now");
        for future in ["2026-11-25", "2026-11-24T06:00:01Z"] {
            let Err(AppError::Invalid(reasons)) = past(future) else { panic!("{future}") };
            assert_eq!(reasons[0].code, "FUTURE_DATE");
        }
        for wrong in ["", "yesterday", "2026-02-30"] {
            assert!(matches!(past(wrong), Err(AppError::Option("at"))), "{wrong}");
        }
    }
}
