//! The register on disk: one SQLite database and a folder of files by digest.
//!
//! The one idea to know: a step is one transaction. The number, the case, its documents, its events
//! and the sealed receipt or notice come into being together or not at all; files are on the disk
//! before the rows that name them. Events are append-only and chained by hash.
//!
//! Callers see no type of the database driver, and the SQL keeps to `$n`, `BIGINT` microseconds,
//! `TEXT` and `BYTEA`, so that PostgreSQL can stand beside SQLite.

mod blob;
mod key;

pub use blob::{BlobStore, BlobWriter, Staged};

use crate::housing::{Case, Category, Language, State};
use jiff::{Timestamp, civil::Date};
use key::IndexKey;
use sha2::{Digest, Sha256};
use sqlx::{
    Row, Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};
use std::{path::Path, time::Duration};

pub(crate) use crate::housing::hex;

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations");

/// What went wrong in the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    #[error("not found")]
    NotFound,
    #[error("more than {limit} octets")]
    TooLarge { limit: u64 },
    #[error("the file {0} does not match its digest")]
    Damaged(String),
    #[error("damaged row: {0}")]
    Row(String),
    #[error("the document could not be sealed")]
    Seal(#[source] anyhow::Error),
    #[error("file")]
    File(#[from] std::io::Error),
    #[error("database")]
    Database(#[source] anyhow::Error),
}

/// Why a change does not fit what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The same signed document was filed before.
    SameDocument,
    /// The person has an open application in the category (decision "Duplicates").
    OpenApplication,
    /// The case moved between reading and writing.
    StateChanged,
    /// The idempotency key was used with another request.
    IdempotencyKey,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

type Result<T> = std::result::Result<T, StoreError>;
type Tx = Transaction<'static, Sqlite>;
/// Makes a sealed XML document once its number is known; quick, because a transaction waits for it.
pub type Seal<'a> = dyn Fn(&str) -> anyhow::Result<Vec<u8>> + Send + Sync + 'a;

/// Who caused an event.
#[derive(Clone, Debug)]
pub struct EventActor {
    pub role: &'static str,
    pub certificate_sha256: [u8; 32],
}

/// An event to append. The body holds no personal data.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub kind: &'static str,
    pub actor: EventActor,
    pub body: serde_json::Value,
}

/// A document whose file is already kept.
#[derive(Clone, Debug)]
pub struct NewDocument {
    pub kind: &'static str,
    pub file_name: String,
    pub media_type: String,
    pub size: u64,
    pub sha256: [u8; 32],
}

/// A stored document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub id: String,
    /// `application`, `attachment`, `receipt`, `act`, `notice`.
    pub kind: String,
    pub file_name: String,
    pub media_type: String,
    pub size: u64,
    pub sha256: [u8; 32],
}

/// An application to register.
#[derive(Clone, Debug)]
pub struct NewApplication {
    pub office: String,
    pub iin: String,
    pub category: Category,
    pub language: Language,
    pub filed: Timestamp,
    pub due: Date,
    pub document_sha256: [u8; 32],
    pub documents: Vec<NewDocument>,
    pub event: NewEvent,
    pub idempotency: Option<(String, [u8; 32])>,
}

/// A registered application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    pub number: String,
    /// 64 hexadecimal digits; only its digest is stored.
    pub access_key: String,
    pub receipt: Document,
    /// An earlier answer to the same request.
    pub repeated: bool,
}

/// A case as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredApplication {
    pub number: String,
    pub case: Case,
    pub category: Category,
    pub language: Language,
    pub filed: Timestamp,
    pub due: Date,
}

/// An event as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    pub seq: i64,
    pub at: Timestamp,
    pub kind: String,
    pub actor_role: String,
    pub body: String,
}

/// A line of the public list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueEntry {
    pub position: u64,
    pub number: String,
    pub filed: Timestamp,
}

/// What a step does to the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueChange {
    Unchanged,
    Enter,
}

/// The sealed document that a step makes: kind, file name, and its maker from the case with its
/// final outcome.
pub type MakeDocument<'a> = dyn Fn(&Case) -> anyhow::Result<Vec<u8>> + Send + Sync + 'a;

/// A step to append.
pub struct NewStep<'a> {
    pub number: &'a str,
    pub expected: State,
    pub case: Case,
    pub at: Timestamp,
    pub events: Vec<NewEvent>,
    pub documents: Vec<NewDocument>,
    pub queue: QueueChange,
    pub notice: Option<&'a MakeDocument<'a>>,
}

/// The register.
#[derive(Clone)]
pub struct Store {
    pool: SqlitePool,
    blobs: BlobStore,
    key: IndexKey,
}

fn bytes32(row: &SqliteRow, column: &str) -> Result<[u8; 32]> {
    let bytes: Vec<u8> = row.try_get(column)?;
    bytes.try_into().map_err(|_| StoreError::Row(column.into()))
}

fn time(us: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(us).map_err(|_| StoreError::Row("time".into()))
}

fn json(case: &Case) -> Result<String> {
    serde_json::to_string(case).map_err(|error| StoreError::Database(error.into()))
}

/// The hash of an event: SHA-256 over a tag and the fields in order, each preceded by its length as
/// eight octets, most significant first. Numbers are decimal text.
fn event_hash(fields: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(b"qoltanba event 1\n");
    for field in fields {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field);
    }
    hash.finalize().into()
}

fn document(row: &SqliteRow) -> Result<Document> {
    Ok(Document {
        id: row.try_get("id")?,
        kind: row.try_get("kind")?,
        file_name: row.try_get("file_name")?,
        media_type: row.try_get("media_type")?,
        size: row.try_get::<i64, _>("size")?.unsigned_abs(),
        sha256: bytes32(row, "sha256")?,
    })
}

impl Store {
    /// Opens the data folder, creating what is missing. Run [`Store::migrate`] before use.
    pub async fn open(dir: &Path) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        let options = SqliteConnectOptions::new()
            .filename(dir.join("register.sqlite"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        let pool = SqlitePoolOptions::new().max_connections(8).connect_with(options).await?;
        Ok(Self { pool, blobs: BlobStore::open(dir)?, key: IndexKey::open(&dir.join("index.key"))? })
    }

    pub fn blobs(&self) -> &BlobStore {
        &self.blobs
    }

    /// Brings the database to this version's shape.
    pub async fn migrate(&self) -> Result<()> {
        MIGRATOR.run(&self.pool).await.map_err(|error| StoreError::Database(error.into()))
    }

    /// Whether the database answers and has its tables.
    pub async fn health(&self) -> Result<()> {
        sqlx::query("SELECT count(*) FROM counters").fetch_one(&self.pool).await?;
        Ok(())
    }

    async fn begin(&self) -> Result<Tx> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    fn access_key(&self, number: &str, salt: &[u8]) -> String {
        hex(&self.key.mac("access", &[number.as_bytes(), &[0], salt].concat()))
    }

    /// Registers an application: number, case, documents, event and sealed receipt in one transaction.
    /// `receipt` gets the number and returns the sealed receipt.
    pub async fn register_application(&self, new: NewApplication, receipt: &Seal<'_>) -> Result<Registered> {
        let mut tx = self.begin().await?;
        if let Some((key, digest)) = &new.idempotency
            && let Some(number) = idempotent_in(&mut tx, key, digest).await?
        {
            drop(tx);
            return self.registered(&number).await;
        }
        let person = self.key.mac("person", new.iin.as_bytes());
        let same = sqlx::query("SELECT 1 FROM applications WHERE document_sha256 = $1")
            .bind(new.document_sha256.to_vec())
            .fetch_optional(&mut *tx)
            .await?;
        if same.is_some() {
            return Err(StoreError::Conflict(Conflict::SameDocument));
        }
        let open = sqlx::query(
            "SELECT 1 FROM applications WHERE person_key = $1 AND category = $2 AND state <> 'notified'",
        )
        .bind(person.to_vec())
        .bind(new.category.code())
        .fetch_optional(&mut *tx)
        .await?;
        if open.is_some() {
            return Err(StoreError::Conflict(Conflict::OpenApplication));
        }
        let year =
            crate::calendar::local_date(new.filed).map_err(|_| StoreError::Row("filed".into()))?.year();
        let last: i64 = sqlx::query(
            "INSERT INTO counters (office, year, last) VALUES ($1, $2, 1) \
             ON CONFLICT (office, year) DO UPDATE SET last = counters.last + 1 RETURNING last",
        )
        .bind(&new.office)
        .bind(i64::from(year))
        .fetch_one(&mut *tx)
        .await?
        .try_get("last")?;
        let number = format!("{}-{year}-{last:06}", new.office);
        sqlx::query(
            "INSERT INTO applications (number, state, case_json, category, language, person_key, filed_us, \
             due, document_sha256) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&number)
        .bind(State::Registered.code())
        .bind(json(&Case::default())?)
        .bind(new.category.code())
        .bind(new.language.code())
        .bind(person.to_vec())
        .bind(new.filed.as_microsecond())
        .bind(new.due.to_string())
        .bind(new.document_sha256.to_vec())
        .execute(&mut *tx)
        .await?;
        for one in &new.documents {
            insert_document(&mut tx, &number, one).await?;
        }
        let sealed = receipt(&number).map_err(StoreError::Seal)?;
        let receipt = self.keep_sealed(&mut tx, &number, "receipt", &sealed).await?;
        append_event(&mut tx, new.filed, &number, &new.event).await?;
        let salt = key::random()?;
        let access_key = self.access_key(&number, &salt);
        sqlx::query("INSERT INTO access_keys (application, salt, sha256) VALUES ($1, $2, $3)")
            .bind(&number)
            .bind(salt.to_vec())
            .bind(Sha256::digest(access_key.as_bytes()).to_vec())
            .execute(&mut *tx)
            .await?;
        if let Some((key, digest)) = &new.idempotency {
            sqlx::query(
                "INSERT INTO idempotency_keys (key, request_sha256, application) VALUES ($1, $2, $3)",
            )
            .bind(key)
            .bind(digest.to_vec())
            .bind(&number)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(Registered { number, access_key, receipt, repeated: false })
    }

    async fn keep_sealed(
        &self,
        tx: &mut Tx,
        number: &str,
        kind: &'static str,
        bytes: &[u8],
    ) -> Result<Document> {
        let (sha256, size) = self.blobs.stage(bytes).await?.persist().await?;
        let new = NewDocument {
            kind,
            file_name: format!("{number}-{kind}.xml"),
            media_type: "application/xml".into(),
            size,
            sha256,
        };
        insert_document(tx, number, &new).await
    }

    /// The answer given before to the registration of a number.
    pub async fn registered(&self, number: &str) -> Result<Registered> {
        let row = sqlx::query("SELECT salt FROM access_keys WHERE application = $1")
            .bind(number)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(StoreError::NotFound)?;
        let access_key = self.access_key(number, &row.try_get::<Vec<u8>, _>("salt")?);
        let receipt = self.documents(number).await?.into_iter().find(|one| one.kind == "receipt");
        let receipt = receipt.ok_or(StoreError::NotFound)?;
        Ok(Registered { number: number.into(), access_key, receipt, repeated: true })
    }

    /// The number that an idempotency key led to, if any.
    pub async fn idempotent(&self, key: &str, request_sha256: &[u8; 32]) -> Result<Option<String>> {
        let mut tx = self.begin().await?;
        idempotent_in(&mut tx, key, request_sha256).await
    }

    /// Whether a bearer key opens an application. Only digests are compared.
    pub async fn access_allowed(&self, number: &str, access_key: &str) -> Result<bool> {
        let row = sqlx::query("SELECT 1 FROM access_keys WHERE application = $1 AND sha256 = $2")
            .bind(number)
            .bind(Sha256::digest(access_key.as_bytes()).to_vec())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// A case by its number.
    pub async fn application(&self, number: &str) -> Result<StoredApplication> {
        let row = sqlx::query("SELECT * FROM applications WHERE number = $1")
            .bind(number)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(StoreError::NotFound)?;
        let bad = |column: &str| StoreError::Row(column.into());
        Ok(StoredApplication {
            number: row.try_get("number")?,
            case: serde_json::from_str(row.try_get("case_json")?).map_err(|_| bad("case_json"))?,
            category: Category::from_code(row.try_get("category")?).ok_or_else(|| bad("category"))?,
            language: Language::from_code(row.try_get("language")?).ok_or_else(|| bad("language"))?,
            filed: time(row.try_get("filed_us")?)?,
            due: row.try_get::<String, _>("due")?.parse().map_err(|_| bad("due"))?,
        })
    }

    /// Appends a step, if the case still stands where the step was decided. Returns the case with its
    /// outcome, and the sealed notice if the step makes one.
    pub async fn append_step(&self, step: NewStep<'_>) -> Result<(Case, Option<Document>)> {
        let mut tx = self.begin().await?;
        let row = sqlx::query("SELECT state, category, filed_us FROM applications WHERE number = $1")
            .bind(step.number)
            .fetch_optional(&mut *tx)
            .await?
            .ok_or(StoreError::NotFound)?;
        if row.try_get::<String, _>("state")? != step.expected.code() {
            return Err(StoreError::Conflict(Conflict::StateChanged));
        }
        let mut case = step.case;
        if step.queue == QueueChange::Enter {
            let category: String = row.try_get("category")?;
            let filed: i64 = row.try_get("filed_us")?;
            sqlx::query(
                "INSERT INTO queue_entries (application, category, filed_us, registered_us) \
                 VALUES ($1, $2, $3, $4)",
            )
            .bind(step.number)
            .bind(&category)
            .bind(filed)
            .bind(step.at.as_microsecond())
            .execute(&mut *tx)
            .await?;
            let queue_number = position_in(&mut tx, &category, filed, step.number).await?;
            case.outcome = Some(crate::housing::Outcome::Registered { queue_number });
        }
        sqlx::query("UPDATE applications SET state = $1, case_json = $2 WHERE number = $3")
            .bind(case.state.code())
            .bind(json(&case)?)
            .bind(step.number)
            .execute(&mut *tx)
            .await?;
        for one in &step.documents {
            insert_document(&mut tx, step.number, one).await?;
        }
        let mut notice = None;
        if let Some(make) = step.notice {
            let sealed = make(&case).map_err(StoreError::Seal)?;
            notice = Some(self.keep_sealed(&mut tx, step.number, "notice", &sealed).await?);
        }
        for event in &step.events {
            append_event(&mut tx, step.at, step.number, event).await?;
        }
        tx.commit().await?;
        Ok((case, notice))
    }

    /// The documents of a case, oldest first.
    pub async fn documents(&self, number: &str) -> Result<Vec<Document>> {
        let rows = sqlx::query("SELECT * FROM documents WHERE application = $1 ORDER BY id")
            .bind(number)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(document).collect()
    }

    /// The events of a case, oldest first.
    pub async fn events(&self, number: &str) -> Result<Vec<StoredEvent>> {
        let rows = sqlx::query("SELECT * FROM events WHERE application = $1 ORDER BY seq")
            .bind(number)
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(StoredEvent {
                    seq: row.try_get("seq")?,
                    at: time(row.try_get("at_us")?)?,
                    kind: row.try_get("kind")?,
                    actor_role: row.try_get("actor_role")?,
                    body: row.try_get("body")?,
                })
            })
            .collect()
    }

    /// A page (from 0) of the public list of a category.
    pub async fn queue_list(&self, category: Category, page: u32, size: u32) -> Result<Vec<QueueEntry>> {
        let offset = u64::from(page) * u64::from(size);
        let rows = sqlx::query(
            "SELECT application, filed_us FROM queue_entries WHERE category = $1 \
             ORDER BY filed_us, application LIMIT $2 OFFSET $3",
        )
        .bind(category.code())
        .bind(i64::from(size))
        .bind(i64::try_from(offset).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .zip(offset + 1..)
            .map(|(row, position)| {
                let number = row.try_get("application")?;
                Ok(QueueEntry { position, number, filed: time(row.try_get("filed_us")?)? })
            })
            .collect()
    }

    /// The place of a registered case in its list now, from 1; `None` if it has none.
    pub async fn queue_position(&self, number: &str) -> Result<Option<u64>> {
        let mut tx = self.pool.begin().await?;
        let row = sqlx::query("SELECT category, filed_us FROM queue_entries WHERE application = $1")
            .bind(number)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let category: String = row.try_get("category")?;
        Ok(Some(position_in(&mut tx, &category, row.try_get("filed_us")?, number).await?))
    }

    /// Computes the chain of events again. `Some(seq)` is the first event that does not fit.
    pub async fn verify_chain(&self) -> Result<Option<i64>> {
        let mut prev = [0; 32];
        let mut after = 0_i64;
        loop {
            let rows = sqlx::query("SELECT * FROM events WHERE seq > $1 ORDER BY seq LIMIT 1000")
                .bind(after)
                .fetch_all(&self.pool)
                .await?;
            if rows.is_empty() {
                return Ok(None);
            }
            for row in &rows {
                let seq: i64 = row.try_get("seq")?;
                let hash = event_hash(&[
                    &prev,
                    seq.to_string().as_bytes(),
                    row.try_get::<i64, _>("at_us")?.to_string().as_bytes(),
                    row.try_get::<String, _>("application")?.as_bytes(),
                    row.try_get::<String, _>("kind")?.as_bytes(),
                    row.try_get::<String, _>("actor_role")?.as_bytes(),
                    &row.try_get::<Vec<u8>, _>("actor_certificate")?,
                    row.try_get::<String, _>("body")?.as_bytes(),
                ]);
                let stored: Vec<u8> = row.try_get("hash")?;
                let stored_prev: Vec<u8> = row.try_get("prev_hash")?;
                if seq != after + 1 || stored != hash || stored_prev != prev {
                    return Ok(Some(seq));
                }
                (prev, after) = (hash, seq);
            }
        }
    }
}

async fn idempotent_in(tx: &mut Tx, key: &str, request_sha256: &[u8; 32]) -> Result<Option<String>> {
    let row = sqlx::query("SELECT request_sha256, application FROM idempotency_keys WHERE key = $1")
        .bind(key)
        .fetch_optional(&mut **tx)
        .await?;
    match row {
        None => Ok(None),
        Some(row) if bytes32(&row, "request_sha256")? == *request_sha256 => {
            Ok(Some(row.try_get("application")?))
        }
        Some(_) => Err(StoreError::Conflict(Conflict::IdempotencyKey)),
    }
}

async fn position_in(tx: &mut Tx, category: &str, filed: i64, number: &str) -> Result<u64> {
    let row = sqlx::query(
        "SELECT count(*) AS ahead FROM queue_entries \
         WHERE category = $1 AND (filed_us < $2 OR (filed_us = $2 AND application < $3))",
    )
    .bind(category)
    .bind(filed)
    .bind(number)
    .fetch_one(&mut **tx)
    .await?;
    Ok(row.try_get::<i64, _>("ahead")?.unsigned_abs() + 1)
}

async fn insert_document(tx: &mut Tx, number: &str, new: &NewDocument) -> Result<Document> {
    let id = uuid::Uuid::now_v7().to_string();
    sqlx::query(
        "INSERT INTO documents (id, application, kind, file_name, media_type, size, sha256) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&id)
    .bind(number)
    .bind(new.kind)
    .bind(&new.file_name)
    .bind(&new.media_type)
    .bind(i64::try_from(new.size).map_err(|_| StoreError::TooLarge { limit: i64::MAX.unsigned_abs() })?)
    .bind(new.sha256.to_vec())
    .execute(&mut **tx)
    .await?;
    Ok(Document {
        id,
        kind: new.kind.into(),
        file_name: new.file_name.clone(),
        media_type: new.media_type.clone(),
        size: new.size,
        sha256: new.sha256,
    })
}

async fn append_event(tx: &mut Tx, at: Timestamp, number: &str, event: &NewEvent) -> Result<()> {
    let last = sqlx::query("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")
        .fetch_optional(&mut **tx)
        .await?;
    let (seq, prev) = match last {
        Some(row) => (row.try_get::<i64, _>("seq")? + 1, bytes32(&row, "hash")?),
        None => (1, [0; 32]),
    };
    let body = event.body.to_string();
    let hash = event_hash(&[
        &prev,
        seq.to_string().as_bytes(),
        at.as_microsecond().to_string().as_bytes(),
        number.as_bytes(),
        event.kind.as_bytes(),
        event.actor.role.as_bytes(),
        &event.actor.certificate_sha256,
        body.as_bytes(),
    ]);
    sqlx::query(
        "INSERT INTO events (seq, at_us, application, kind, actor_role, actor_certificate, body, \
         prev_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(seq)
    .bind(at.as_microsecond())
    .bind(number)
    .bind(event.kind)
    .bind(event.actor.role)
    .bind(event.actor.certificate_sha256.to_vec())
    .bind(body)
    .bind(prev.to_vec())
    .bind(hash.to_vec())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn events_are_append_only_and_tampering_shows() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        store.migrate().await.unwrap();
        let at = "2026-11-24T06:00:00Z".parse::<Timestamp>().unwrap();
        for i in 0..3 {
            let new = NewApplication {
                office: "ALA".into(),
                iin: format!("{i}"),
                category: Category::Orphan,
                language: Language::Ru,
                filed: at,
                due: "2026-12-24".parse().unwrap(),
                document_sha256: [i; 32],
                documents: vec![],
                event: NewEvent {
                    kind: "registered",
                    actor: EventActor { role: "applicant", certificate_sha256: [0; 32] },
                    body: serde_json::json!({}),
                },
                idempotency: None,
            };
            store.register_application(new, &|_| Ok(b"<r/>".to_vec())).await.unwrap();
        }
        let run = async |sql: &'static str| sqlx::query(sql).execute(&store.pool).await;
        assert!(run("UPDATE events SET body = 'x' WHERE seq = 2").await.is_err());
        assert!(run("DELETE FROM events WHERE seq = 2").await.is_err());
        assert_eq!(store.verify_chain().await.unwrap(), None);
        run("DROP TRIGGER events_no_update").await.unwrap();
        run("UPDATE events SET body = 'x' WHERE seq = 2").await.unwrap();
        assert_eq!(store.verify_chain().await.unwrap(), Some(2));
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(dir.path().join("index.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
