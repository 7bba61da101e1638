//! Searching among cases: what is found in the order of filing, less what the official may not see, page by page; the
//! journal has the search and every case that it found before the answer leaves.

use super::*;
use crate::calendar::{end_of_day, start_of_day};
use crate::housing::permission::Part;
use crate::housing::right;
use crate::housing::search::{Query, Search};
use crate::store::{Behind, Wanted};

/// Seconds for which a signed search is good at the most.
const LASTS: u32 = 3600;
/// Cases of a page at the most.
const MOST: u32 = 200;
/// Cases that are looked at together where the official may not see some.
const BATCH: u32 = 500;
/// Cases that are looked at for one page; with more the page may be short, and the next one goes on.
const EXAMINED: usize = 5000;

impl App {
    /// Answers a signed search.
    ///
    /// # Errors
    /// With every fault; `Conflict` where this signing was answered before.
    pub async fn search(&self, body: Vec<u8>) -> Result<Value, AppError> {
        let now = self.moment().await?;
        let body = Arc::new(body);
        let verified = self.verified(&body, now).await?;
        self.is_of_office(&verified)?;
        let lasts =
            jiff::SignedDuration::from_secs(i64::from(self.settings.limits.search_seconds.min(LASTS)));
        let search = Search::read(&verified, &self.rules, now, lasts)
            .map_err(|refusals| AppError::from(ServiceError::Invalid { refusals }))?;
        let about = about(&search);
        let query = search.query();
        let behind = match &query.cursor {
            None => None,
            Some(cursor) => {
                let fault = || Reason {
                    code: "SEARCH_PAGE".to_owned(),
                    field: Some("cursor".to_owned()),
                    params: Vec::new(),
                };
                let opened = self.store.open_cursor(&about, cursor);
                Some(opened.ok_or_else(|| AppError::Invalid(vec![fault()]))?)
            }
        };
        let limit = query.limit.unwrap_or(self.settings.limits.search_page).clamp(1, MOST);
        let (found, next) = self.page(&search, behind, limit).await?;
        let looking = |part: &'_ Part| (part.role.code(), part.centre.clone());
        let parts: Vec<_> = found.iter().map(|(case, part)| (case.number.as_str(), looking(part))).collect();
        let first = search.parts().first().map(looking).unwrap_or_default();
        fn seen<'a>(search: &'a Search, part: &'a (&'static str, Option<String>)) -> Looking<'a> {
            let (role, centre) = part;
            Looking {
                official: search.official(),
                role,
                centre: centre.as_deref(),
                why: &search.query().reason,
            }
        }
        let rows: Vec<_> = parts.iter().map(|(number, part)| (*number, seen(&search, part))).collect();
        let signing = (search.identity(), search.certificate_sha256());
        let criteria = query.criteria().join(", ");
        self.store.note_search(&criteria, &seen(&search, &first), signing, &rows, now).await?;
        Ok(json!({
            "cases": found.iter().map(|(case, _)| json!({
                "number": case.number,
                "status": case.case.state.code(),
                "category": case.category.code(),
                "centre": case.case.centre,
                "filed_at": rfc3339(case.filed),
                "due_date": case.due.to_string(),
            })).collect::<Vec<_>>(),
            "next": next.map(|behind| self.store.seal_cursor(&about, &behind)),
        }))
    }

    /// A page of what the official may see, each case with the part in which it is seen, and behind which case the
    /// next page begins, if there may be one.
    async fn page(
        &self,
        search: &Search,
        mut behind: Option<Behind>,
        limit: u32,
    ) -> Result<(Vec<(StoredApplication, Part)>, Option<Behind>), AppError> {
        let wanted = wanted(search)?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut seen, mut examined, mut batch) = (Vec::new(), 0, limit.saturating_add(1));
        loop {
            let found = self.store.search(&wanted, search.official(), behind.as_ref(), batch).await?;
            let is_last = found.len() < usize::try_from(batch).unwrap_or(usize::MAX);
            for one in found {
                let part = right::sees(search.parts(), &one.case.case, one.is_own);
                // Only what the official may see makes another page: else an empty one would tell of the rest.
                if part.is_some() && seen.len() == most {
                    return Ok((seen, behind));
                }
                behind = Some((one.case.filed, one.case.number.clone()));
                examined += 1;
                if let Some(part) = part {
                    seen.push((one.case, part.clone()));
                }
            }
            if is_last {
                return Ok((seen, None));
            }
            if examined >= EXAMINED {
                return Ok((seen, behind));
            }
            batch = BATCH;
        }
    }
}

/// What a cursor is good for: the same search of the same official.
fn about(search: &Search) -> [u8; 32] {
    let query = Query { reason: String::new(), limit: None, cursor: None, ..search.query().clone() };
    crypto::sha256(format!("{}\n{}", search.official(), query.to_xml()).as_bytes())
}

fn wanted(search: &Search) -> Result<Wanted, AppError> {
    let query = search.query();
    let day = |error: jiff::Error| AppError::Internal(error.into());
    Ok(Wanted {
        number: query.number.clone(),
        iin: query.iin.clone(),
        name: search.name().clone(),
        state: query.status,
        // Whoever sees one centre alone need not look past the others.
        centre: query.centre.clone().or_else(|| right::only_centre(search.parts()).map(str::to_owned)),
        category: query.category,
        from: query.filed_from.map(start_of_day).transpose().map_err(day)?,
        before: query.filed_until.and_then(behind),
    })
}

/// The first moment behind a day; none behind the last one of the calendar, which ends nothing.
fn behind(day: Date) -> Option<Timestamp> {
    end_of_day(day).ok()?.checked_add(jiff::SignedDuration::from_micros(1)).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_search_until_the_end_of_all_days_is_one() {
        let behind = |day: &str| super::behind(day.parse().unwrap()).map(|at| at.as_second());
        let first: jiff::Timestamp = "2026-11-24T19:00:00Z".parse().unwrap();
        assert_eq!(behind("2026-11-24"), Some(first.as_second()));
        assert_eq!(behind("9999-12-31"), None);
    }
}
