//! Upkeep of a register from the command line.

use std::path::Path;

use anyhow::Context as _;

use jiff::Timestamp;

use crate::bucket::{Bucket, BucketSettings};
use crate::config::{self, Settings};
use crate::store::{JobSummary, Place, Store};

/// The variable that holds the password of the database.
const PASSWORD: &str = "QOLTANBA_DATABASE_PASSWORD";

/// Opens the register that the settings name.
///
/// # Errors
/// When folder, password or database cannot be read.
pub async fn open(settings: &Settings) -> anyhow::Result<Store> {
    let folder = &settings.data_dir;
    let store = Store::open_at(folder, &place(settings)?)
        .await
        .with_context(|| format!("the register in {}", folder.display()))?;
    Ok(match &settings.bucket {
        None => store,
        Some(one) => store.with_bucket(bucket(one, most(settings))?),
    })
}

/// Octets of an answer: what is put there can be had again, also the lists by which a provisional acceptance ended.
fn most(settings: &Settings) -> usize {
    let config::Limits { attachment_bytes, document_bytes, .. } = settings.limits;
    let list_bytes = u64::try_from(settings.online.list_bytes).unwrap_or(u64::MAX);
    let most = attachment_bytes.max(document_bytes).max(list_bytes).saturating_add(1 << 20);
    usize::try_from(most).unwrap_or(usize::MAX)
}

fn bucket(settings: &config::Bucket, most: usize) -> anyhow::Result<Bucket> {
    let read = |file: &Path| std::fs::read(file).with_context(|| format!("bucket: {}", file.display()));
    let secret = zeroize::Zeroizing::new(read(&settings.secret_access_key_file)?);
    let secret = std::str::from_utf8(&secret).context("bucket.secret_access_key_file")?.trim();
    Bucket::open(BucketSettings {
        endpoint: settings.endpoint.clone(),
        region: settings.region.clone(),
        name: settings.name.clone(),
        access_key_id: settings.access_key_id.clone(),
        secret_access_key: secret.to_owned().into(),
        authority: settings.ca.as_deref().map(read).transpose()?,
        most,
    })
}

fn place(settings: &Settings) -> anyhow::Result<Place> {
    let Some(database) = &settings.database else {
        return Ok(Place::File(settings.data_dir.join("register.sqlite")));
    };
    if database.starts_with("postgresql://") || database.starts_with("postgres://") {
        let password = match (std::env::var(PASSWORD), &settings.database_password_file) {
            (Ok(password), _) => Some(password),
            (Err(_), Some(file)) => Some(
                std::fs::read_to_string(file)
                    .with_context(|| format!("database_password_file {}", file.display()))?
                    .trim_end_matches(['\r', '\n'])
                    .to_owned(),
            ),
            (Err(_), None) => None,
        };
        let password = password.map(zeroize::Zeroizing::new);
        return Ok(Place::Postgres { url: database.clone(), password });
    }
    anyhow::ensure!(!database.contains("://"), "the setting database: neither a file nor postgresql://");
    Ok(Place::File(database.into()))
}

/// Brings the database up to date.
///
/// # Errors
/// When the register cannot be opened or a migration fails.
pub async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    Ok(open(settings).await?.migrate().await?)
}

/// The first event whose hash does not follow from the one before it.
///
/// # Errors
/// When the register cannot be read.
pub async fn first_broken_event(settings: &Settings) -> anyhow::Result<Option<i64>> {
    Ok(open(settings).await?.verify_chain().await?)
}

/// The first row of the journal of accesses whose hash does not follow from the one before it.
///
/// # Errors
/// When the register cannot be read.
pub async fn first_broken_access(settings: &Settings) -> anyhow::Result<Option<i64>> {
    Ok(open(settings).await?.verify_accesses().await?)
}

/// The first case whose state the log of events does not lead to.
///
/// # Errors
/// When the register cannot be read.
pub async fn first_unreached_state(settings: &Settings) -> anyhow::Result<Option<String>> {
    Ok(open(settings).await?.verify_states().await?)
}

/// What does not follow from the log of events: a place in a list, or the count of one.
///
/// # Errors
/// When the register cannot be read.
pub async fn first_unfounded_place(settings: &Settings) -> anyhow::Result<Option<String>> {
    Ok(open(settings).await?.verify_places().await?)
}

/// Counts all lists anew. Returns how many places are in them.
///
/// # Errors
/// When the register cannot be written.
pub async fn recount(settings: &Settings) -> anyhow::Result<u64> {
    let store = open(settings).await?;
    store.recount_past().await?;
    Ok(store.recount().await?)
}

/// What the register owes others and has not done yet, dead letters among it.
///
/// # Errors
/// When the register cannot be read.
pub async fn jobs(settings: &Settings) -> anyhow::Result<Vec<JobSummary>> {
    Ok(open(settings).await?.jobs().await?)
}

/// Lets dead letters be tried again: one, or all. Returns how many.
///
/// # Errors
/// When the register cannot be written.
pub async fn retry_jobs(settings: &Settings, id: Option<&str>) -> anyhow::Result<u64> {
    Ok(open(settings).await?.retry_jobs(id, Timestamp::now()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_kept_in_a_bucket_can_be_had_again() {
        let mut settings = Settings::default();
        settings.online.list_bytes = 200 << 20;
        assert!(most(&settings) >= 200 << 20);
        settings.limits.attachment_bytes = 300 << 20;
        assert!(most(&settings) >= 300 << 20);
    }
}
