//! The log of events: append-only, numbered without gaps, and each with the hash of the one before it, so that
//! nobody can change, remove or put in one without all later hashes telling.

use super::Store;
use super::database::{On, Row, Tx, sql};
use super::error::Result;
use super::record::{NewEvent, StoredEvent};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// Events that are read at once.
const PAGE: i64 = 1000;

fn event_hash(fields: &[&[u8]]) -> [u8; 32] {
    chained(b"qoltanba event 1\n", fields)
}

/// The hash of a row in a chain: SHA-256 over a tag and the fields in order, each preceded by its length as
/// eight octets, most significant first. Numbers are decimal text.
pub(super) fn chained(tag: &[u8], fields: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(tag);
    for field in fields {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field);
    }
    hash.finalize().into()
}

impl Store {
    /// The events of a case, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn events(&self, number: &str) -> Result<Vec<StoredEvent>> {
        let rows = sql("SELECT seq, at_us, kind, actor_role, body FROM events \
                        WHERE application = $1 ORDER BY seq")
        .bind(number)
        .all(&self.database)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(StoredEvent {
                    seq: row.number("seq")?,
                    at: row.time("at_us")?,
                    kind: row.text("kind")?,
                    actor_role: row.text("actor_role")?,
                    body: row.text("body")?,
                })
            })
            .collect()
    }

    /// When the last thing happened that is in the log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_moment(&self) -> Result<Option<Timestamp>> {
        last_moment(&self.database).await
    }

    /// Computes the chain of events again. `Some(seq)` is the first event that does not fit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_chain(&self) -> Result<Option<i64>> {
        first_broken(&mut self.database.read().await?).await
    }
}

pub(super) async fn first_broken(tx: &mut Tx) -> Result<Option<i64>> {
    let rows = "SELECT seq, at_us, application, kind, actor_role, actor_certificate, body, prev_hash, hash \
                FROM events WHERE seq > $1 ORDER BY seq LIMIT $2";
    first_out_of_chain(tx, rows, computed_hash).await
}

/// The first row of a chain that does not fit. `rows` selects so many (`$2`) after a number (`$1`), with `seq`, `hash`
/// and `prev_hash`; `hash` computes that of a row from the one before it.
pub(super) async fn first_out_of_chain(
    tx: &mut Tx,
    rows: &'static str,
    hash: fn(&[u8; 32], &Row) -> Result<[u8; 32]>,
) -> Result<Option<i64>> {
    let (mut prev, mut after) = ([0; 32], 0_i64);
    loop {
        let found = sql(rows).bind(after).bind(PAGE).all(&mut *tx).await?;
        if found.is_empty() {
            return Ok(None);
        }
        for row in &found {
            let (seq, computed) = (row.number("seq")?, hash(&prev, row)?);
            let fits = row.get::<Vec<u8>>("hash")? == computed && row.get::<Vec<u8>>("prev_hash")? == prev;
            if seq != after + 1 || !fits {
                return Ok(Some(seq));
            }
            (prev, after) = (computed, seq);
        }
    }
}

fn computed_hash(prev: &[u8; 32], row: &Row) -> Result<[u8; 32]> {
    Ok(event_hash(&[
        prev,
        row.number("seq")?.to_string().as_bytes(),
        row.number("at_us")?.to_string().as_bytes(),
        row.text("application")?.as_bytes(),
        row.text("kind")?.as_bytes(),
        row.text("actor_role")?.as_bytes(),
        &row.get::<Vec<u8>>("actor_certificate")?,
        row.text("body")?.as_bytes(),
    ]))
}

/// The number of the event that is appended next, for whoever holds the writers' lock.
pub(super) async fn next_sequence(tx: &mut Tx) -> Result<i64> {
    let last = sql("SELECT seq FROM events ORDER BY seq DESC LIMIT 1").optional(tx).await?;
    Ok(last.map_or(Ok(0), |row| row.number("seq"))? + 1)
}

async fn last_moment(on: impl Into<On<'_>>) -> Result<Option<Timestamp>> {
    let last = sql("SELECT at_us FROM events ORDER BY seq DESC LIMIT 1").optional(on).await?;
    last.map(|row| row.time("at_us")).transpose()
}

/// The moment at which something is written down, for whoever holds the writers' lock: time does not go back in the
/// log, so who was overtaken between looking at the clock and writing, or has a clock that is behind, gets the moment
/// of the last event.
pub(super) async fn settled(tx: &mut Tx, at: Timestamp) -> Result<Timestamp> {
    Ok(last_moment(tx).await?.map_or(at, |last| last.max(at)))
}

/// Appends an event; of `at` as [`settled`] has it.
pub(super) async fn append_event(tx: &mut Tx, at: Timestamp, number: &str, event: &NewEvent) -> Result<()> {
    let last =
        sql("SELECT seq, at_us, hash FROM events ORDER BY seq DESC LIMIT 1").optional(&mut *tx).await?;
    let (seq, at, prev) = match last {
        Some(row) => (row.number("seq")? + 1, row.time("at_us")?.max(at), row.octets32("hash")?),
        None => (1, at, [0; 32]),
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
    sql("INSERT INTO events (seq, at_us, application, kind, actor_role, actor_certificate, body, \
         prev_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
    .bind(seq)
    .bind(at)
    .bind(number)
    .bind(event.kind)
    .bind(event.actor.role)
    .bind(event.actor.certificate_sha256)
    .bind(body)
    .bind(prev)
    .bind(hash)
    .execute(tx)
    .await?;
    Ok(())
}
