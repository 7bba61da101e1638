//! Upkeep of a data folder from the command line.

use std::path::Path;

use crate::store::Store;

/// Brings the database up to date.
///
/// # Errors
/// When the folder cannot be opened or a migration fails.
pub async fn migrate(folder: &Path) -> anyhow::Result<()> {
    Ok(Store::open(folder).await?.migrate().await?)
}

/// The first event whose hash does not follow from the one before it.
///
/// # Errors
/// When the folder cannot be read.
pub async fn first_broken_event(folder: &Path) -> anyhow::Result<Option<i64>> {
    Ok(Store::open(folder).await?.verify_chain().await?)
}
