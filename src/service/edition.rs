//! Editions of the rules by name or from a file, and which of them a case is kept by.

use anyhow::Context as _;
use jiff::Timestamp;

use super::application::ServiceError;
use crate::calendar;
use crate::crypto;
use crate::housing::edition::{BUILT_IN, Edition, Editions};
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

/// The edition of an application for a list that is filed now.
pub(super) fn of_filing(
    rules: &Rules,
    category: Category,
    now: Timestamp,
) -> Result<KeptEdition, ServiceError> {
    let day = calendar::local_date(now)?;
    let edition = rules
        .editions
        .of_filing(category, day)
        .map_err(|refusal| ServiceError::Invalid { refusals: vec![refusal] })?;
    Ok(KeptEdition { name: edition.name.clone(), sha256: hex(&digest(edition)) })
}
