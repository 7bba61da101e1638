//! The register on disk: a database, SQLite or PostgreSQL, and a folder of files by digest.
//!
//! The one idea to know: a step is one transaction. The number, the case, its documents, its events
//! and the sealed receipt or notice come into being together or not at all; files are on the disk
//! before the rows that name them. Events are append-only and chained by hash.
//!
//! Several processes may share a register: those on one machine a data folder with SQLite in it, replicas on
//! several machines one PostgreSQL and a shared data folder. What two writers must not do at once goes through one
//! lock (`database.rs`); callers see no type of the database driver.

mod access;
mod application;
mod blob;
mod booking;
mod bulk;
mod database;
mod document;
mod error;
mod event;
mod inventory;
mod job;
mod key;
mod offer;
mod paper;
mod past;
mod place;
mod queue;
mod record;
mod reminder;
mod replay;
mod schema;
mod scratch;
mod search;
mod snapshot;
mod step;

pub use access::{Access, Looking, Seen, Signing};
pub use blob::{BlobStore, BlobWriter, Staged};
pub use booking::{NewTicket, NotedTicket};
pub use database::Place;
pub use error::{Conflict, StoreError};
pub use inventory::InventoryState;
pub use job::{EVIDENCE, EXPORT, Job, JobSummary, MAIL, STATE_DATA};
pub use paper::{IntakeRefused, Kept, MakeExtract, PlaceNow, taken_at};
pub use record::{
    Document, EventActor, MakeDocument, MakeReceipt, NewApplication, NewDocument, NewEvent, NewStep,
    QueueChange, QueueEntry, QueuePlace, Registered, Seal, StoredApplication, StoredEvent, Taken,
};
pub use reminder::{Look, Looked};
pub use scratch::Scratch;
pub use search::{Behind, Found, NAMES, Wanted};
pub use snapshot::{Filling, Snapshot, of_hex, tables};

use crate::bucket::Bucket;
use database::{Database, sql};
use error::Result;
use key::IndexKey;
use std::path::{Path, PathBuf};

pub(crate) use crate::housing::hex;

/// The register.
#[derive(Clone)]
pub struct Store {
    database: Database,
    blobs: BlobStore,
    key: IndexKey,
    /// Processes that share the folder open and migrate a file one after another.
    lock: PathBuf,
}

impl Store {
    /// Opens the data folder with SQLite in it, creating what is missing. Run [`Store::migrate`] before use.
    ///
    /// # Errors
    /// When folder or database cannot be used.
    pub async fn open(dir: &Path) -> Result<Self> {
        Self::open_at(dir, &Place::File(dir.join("register.sqlite"))).await
    }

    /// Opens the data folder with a database elsewhere.
    ///
    /// # Errors
    /// When folder or database cannot be used.
    pub async fn open_at(dir: &Path, place: &Place) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        let lock = dir.join("lock");
        let alone = alone(&lock).await?;
        let database = Database::open(place).await?;
        drop(alone);
        Ok(Self {
            database,
            blobs: BlobStore::open(dir)?,
            key: IndexKey::open(&dir.join("index.key"))?,
            lock,
        })
    }

    /// The same register with its files in a bucket.
    #[must_use]
    pub fn with_bucket(mut self, bucket: Bucket) -> Self {
        self.blobs.set_bucket(bucket);
        self
    }

    pub fn blobs(&self) -> &BlobStore {
        &self.blobs
    }

    /// Brings the database to this version's shape, and sees that the data folder belongs to it.
    ///
    /// # Errors
    /// When a migration fails, or with [`StoreError::IndexKey`].
    pub async fn migrate(&self) -> Result<()> {
        let _alone = alone(&self.lock).await?;
        schema::migrate(&self.database, i64::MAX).await?;
        let own = self.mark();
        sql("INSERT INTO marks (name, value) VALUES ('index-key', $1) ON CONFLICT (name) DO NOTHING")
            .bind(own)
            .execute(&self.database)
            .await?;
        let kept = sql("SELECT value FROM marks WHERE name = 'index-key'").one(&self.database).await?;
        if kept.octets32("value")? == own { Ok(()) } else { Err(StoreError::IndexKey) }
    }

    /// The keyed digest by which a person is found.
    fn person(&self, iin: &str) -> [u8; 32] {
        self.key.mac("person", iin.as_bytes())
    }

    /// What tells a database which index key belongs to it.
    fn mark(&self) -> [u8; 32] {
        self.key.mac("mark", &[])
    }

    /// Whether the database answers and has its tables, and the bucket, if there is one.
    ///
    /// # Errors
    /// When it does not.
    pub async fn health(&self) -> Result<()> {
        sql("SELECT count(*) FROM counters").one(&self.database).await?;
        self.blobs.health().await
    }
}

async fn alone(lock: &Path) -> Result<std::fs::File> {
    let lock = lock.to_owned();
    let locked = tokio::task::spawn_blocking(move || scratch::lock(&lock)).await;
    Ok(locked.map_err(std::io::Error::other)??)
}

#[cfg(test)]
pub(crate) mod test_database;
#[cfg(test)]
mod tests;
