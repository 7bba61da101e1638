//! Editions of the rules by name or from a file, and which of them a case is kept by.

use std::fmt::Display;

use anyhow::Context as _;
use jiff::Timestamp;

use super::application::ServiceError;
use crate::calendar;
use crate::crypto;
use crate::housing::clock::Limits;
use crate::housing::edition::{BUILT_IN, Edition, Editions, FORMER};
use crate::housing::workflow::KeptEdition;
use crate::housing::{Category, Rules, hex};

/// An edition that is built in, by its name, or one in a file.
///
/// # Errors
/// When the file cannot be read or is none.
pub fn edition(name: &str) -> anyhow::Result<Edition> {
    let built_in = BUILT_IN.iter().find(|(known, _)| *known == name);
    let text = match built_in {
        Some((_, text)) => (*text).to_owned(),
        None => std::fs::read_to_string(name).with_context(|| format!("the edition {name}"))?,
    };
    Edition::from_toml(&text).with_context(|| format!("the edition {name}"))
}

/// The editions that the settings name.
///
/// # Errors
/// When one of them is none, or two do not go together.
pub fn editions(names: &[String]) -> anyhow::Result<Editions> {
    let editions = names.iter().map(|name| edition(name)).collect::<anyhow::Result<Vec<_>>>()?;
    Editions::new(editions).context("editions")
}

/// SHA-256 of the file of an edition.
pub fn digest(edition: &Edition) -> [u8; 32] {
    crypto::sha256(edition.text().as_bytes())
}

/// What an edition states, a row for each thing, with its source.
pub fn rows(edition: &Edition) -> Vec<String> {
    let row = |kind: &str, code: &str, what: &dyn Display, source: &str| {
        format!("{kind}  {code}  {what}  ({source})")
    };
    let dated = |source: &str, certain: bool| match certain {
        true => source.to_owned(),
        false => format!("{source}; not by a text of that time"),
    };
    let Edition { name, since, residence, norm, .. } = edition;
    let mut rows = vec![format!("{name}  since {since}  ({})", edition.source)];
    let lists = edition.categories.iter();
    rows.extend(
        lists.map(|one| row("list", one.category.code(), &one.who, &dated(&one.source, one.certain))),
    );
    rows.extend(edition.documents.iter().map(|one| row("document", &one.code, &one.what, &one.source)));
    rows.extend(edition.refusals.iter().map(|one| row("refusal", &one.code, &one.what, &one.source)));
    rows.extend(edition.removals.iter().map(|one| row("removal", &one.code, &one.what, &one.source)));
    rows.push(row("residence", &format!("{} years", residence.years), &residence.what, &residence.source));
    let income = edition.income.iter();
    rows.extend(income.map(|one| row("income", &format!("{} months", one.months), &one.what, &one.source)));
    rows.push(row("norm", &format!("{} to {}", norm.least, norm.most), &norm.what, &norm.source));
    let limits = edition.time_limits.iter();
    rows.extend(
        limits.map(|one| row("limit", one.name.code(), &one.length, &dated(&one.source, one.certain))),
    );
    rows.extend(edition.silent.iter().map(|one| format!("silent  {}", one.what)));
    rows
}

/// The edition that a case is kept by; none if the office has it no more, or has another text by that name.
pub(super) fn kept<'a>(rules: &'a Rules, kept: &KeptEdition) -> Option<&'a Edition> {
    let is_built_in = |one: &Edition| BUILT_IN.contains(&(one.name.as_str(), one.text()));
    let is_former = FORMER.contains(&(kept.name.as_str(), kept.sha256.as_str()));
    rules.editions.all().find(|one| {
        one.name == kept.name && (hex(&digest(one)) == kept.sha256 || is_former && is_built_in(one))
    })
}

/// The edition of an application for a list that is filed now, and its limits.
pub(super) fn of_filing(
    rules: &Rules,
    category: Category,
    now: Timestamp,
) -> Result<(KeptEdition, Limits), ServiceError> {
    let day = calendar::local_date(now)?;
    let edition = rules
        .editions
        .of_filing(category, day)
        .map_err(|refusal| ServiceError::Invalid { refusals: vec![refusal] })?;
    let kept = KeptEdition { name: edition.name.clone(), sha256: hex(&digest(edition)) };
    Ok((kept, edition.limits().clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases that keep a file of before limits and grounds were in it have what they had.
    #[test]
    fn a_former_file_is_that_of_today() {
        let all = || BUILT_IN.map(|(name, _)| edition(name).unwrap());
        let rules = |editions| Rules { editions: Editions::new(editions).unwrap(), ..Rules::default() };
        let office = rules(all().into());
        for ((name, _), (former, sha256)) in BUILT_IN.iter().zip(FORMER) {
            let case = |sha256: &str| KeptEdition { name: former.into(), sha256: sha256.into() };
            assert_eq!(kept(&office, &case(sha256)).map(|one| one.name.as_str()), Some(*name));
            assert!(kept(&office, &case(&"0".repeat(64))).is_none());
            // Not another text by that name.
            let changed = all().map(|one| Edition::from_toml(&format!("{}\n# changed", one.text())).unwrap());
            assert!(kept(&rules(changed.into()), &case(sha256)).is_none());
        }
    }

    #[test]
    fn an_application_keeps_the_limits_of_its_day() {
        let all = BUILT_IN.map(|(name, _)| edition(name).unwrap());
        let rules = Rules { editions: Editions::new(all.into()).unwrap(), ..Rules::default() };
        let due = |at: &str| {
            let filed: Timestamp = at.parse().unwrap();
            let (_, limits) = of_filing(&rules, Category::Orphan, filed).unwrap();
            limits.term(filed).unwrap().due.to_string()
        };
        // The last minute of the old law in Almaty, and the first of the new one.
        assert_eq!(due("2025-05-23T18:59:00Z"), "2025-06-23");
        // Kurban-ait was on Friday 6 June.
        assert_eq!(due("2025-05-23T19:00:00Z"), "2025-06-16");
        // A case from before cases kept limits.
        let old: crate::housing::Case =
            serde_json::from_str(r#"{"edition":{"name":"2025-05-24","sha256":"3f"}}"#).unwrap();
        assert_eq!(old.limits, Limits::default());
        assert!(!serde_json::to_string(&old).unwrap().contains("limits"));
    }
}
