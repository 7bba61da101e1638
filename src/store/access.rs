//! The journal of accesses: which official looked at whose data, when, what and why. Append-only and chained by hash as
//! the events are, in a chain of its own: reading changes no case.
//!
//! A row is there before the answer leaves. The official stands in it by IIN, as cases have officials, so that it tells
//! who it was when the settings do so no more.

use super::Store;
use super::database::{Row, Tx, sql};
use super::error::{Conflict, Result, StoreError};
use super::event::{chained, first_out_of_chain, settled};
use jiff::Timestamp;

/// What a row's hash begins with.
const TAG: &[u8] = b"qoltanba access 1\n";

/// Who looks, and why.
#[derive(Clone, Debug)]
pub struct Looking<'a> {
    /// By IIN.
    pub official: &'a str,
    pub role: &'static str,
    /// The centre's code, for a role of a centre.
    pub centre: Option<&'a str>,
    pub why: &'a str,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    Case,
    Document,
    Paper,
    /// A search itself, whatever it found.
    Search,
    /// A case that a search found.
    Found,
    /// What state databases say of an application that is not filed yet, by the digest of its document.
    StateData,
}

impl Seen {
    pub fn code(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Document => "document",
            Self::Paper => "paper",
            Self::Search => "search",
            Self::Found => "found",
            Self::StateData => "state-data",
        }
    }
}

/// The signing of a search: what tells it from others, and SHA-256 of the certificate.
pub type Signing = ([u8; 32], [u8; 32]);

/// A row of the journal.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Access {
    pub seq: i64,
    pub at: Timestamp,
    pub application: String,
    pub what: String,
    /// Identifier of the document, or the digest of one that is not filed.
    pub detail: String,
    /// By IIN.
    pub official: String,
    pub role: String,
    pub centre: String,
    pub why: String,
}

struct New<'a> {
    application: &'a str,
    what: Seen,
    detail: &'a str,
    looking: &'a Looking<'a>,
    signing: Option<Signing>,
}

impl Store {
    /// Writes down that an official looks at something of a case.
    ///
    /// # Errors
    /// When the database fails: then nothing may be shown.
    pub async fn note_access(
        &self,
        application: &str,
        (what, detail): (Seen, &str),
        looking: &Looking<'_>,
        at: Timestamp,
    ) -> Result<()> {
        let mut tx = self.database.write().await?;
        append(&mut tx, at, &New { application, what, detail, looking, signing: None }).await?;
        tx.commit().await
    }

    /// Writes down a signed search, and every case that it found. `found` has the part in which each is seen.
    ///
    /// # Errors
    /// `Conflict` where this signing was answered before. With any error nothing may be shown.
    pub async fn note_search(
        &self,
        criteria: &str,
        looking: &Looking<'_>,
        signing: Signing,
        found: &[(&str, Looking<'_>)],
        at: Timestamp,
    ) -> Result<()> {
        let mut tx = self.database.write().await?;
        let again = sql("SELECT seq FROM accesses WHERE signing = $1 AND what = 'search'").bind(signing.0);
        if again.optional(&mut tx).await?.is_some() {
            return Err(StoreError::Conflict(Conflict::SearchAnswered));
        }
        let signing = Some(signing);
        append(&mut tx, at, &New { application: "", what: Seen::Search, detail: criteria, looking, signing })
            .await?;
        for (application, looking) in found {
            append(&mut tx, at, &New { application, what: Seen::Found, detail: "", looking, signing })
                .await?;
        }
        tx.commit().await
    }

    /// So many accesses to a case, the last one first, before a row of the journal.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accesses(&self, number: &str, before: Option<i64>, limit: u32) -> Result<Vec<Access>> {
        let rows =
            sql("SELECT seq, at_us, application, what, detail, official, role, centre, why FROM accesses \
                        WHERE application = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3")
            .bind(number)
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::from(limit))
            .all(&self.database)
            .await?;
        rows.iter().map(access).collect()
    }

    /// The numbers of all cases of whose case this is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cases_of_holder(&self, number: &str) -> Result<Vec<String>> {
        let rows = sql("SELECT others.number FROM applications AS others JOIN applications AS this \
                        ON this.person_key = others.person_key WHERE this.number = $1 ORDER BY others.number")
        .bind(number)
        .all(&self.database)
        .await?;
        rows.iter().map(|row| row.text("number")).collect()
    }

    /// Computes the chain of the journal again. `Some(seq)` is the first row that does not fit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_accesses(&self) -> Result<Option<i64>> {
        first_broken_access(&mut self.database.read().await?).await
    }
}

fn access(row: &Row) -> Result<Access> {
    Ok(Access {
        seq: row.number("seq")?,
        at: row.time("at_us")?,
        application: row.text("application")?,
        what: row.text("what")?,
        detail: row.text("detail")?,
        official: row.text("official")?,
        role: row.text("role")?,
        centre: row.text("centre")?,
        why: row.text("why")?,
    })
}

/// Under the writers' lock.
async fn append(tx: &mut Tx, at: Timestamp, new: &New<'_>) -> Result<()> {
    let last =
        sql("SELECT seq, at_us, hash FROM accesses ORDER BY seq DESC LIMIT 1").optional(&mut *tx).await?;
    let at = settled(tx, at).await?;
    let (seq, at, prev) = match last {
        Some(row) => (row.number("seq")? + 1, row.time("at_us")?.max(at), row.octets32("hash")?),
        None => (1, at, [0; 32]),
    };
    let (signing, certificate) = match &new.signing {
        Some((signing, certificate)) => (signing.to_vec(), certificate.to_vec()),
        None => (Vec::new(), Vec::new()),
    };
    let Looking { official, role, centre, why } = *new.looking;
    let centre = centre.unwrap_or_default();
    let hash = chained(
        TAG,
        &[
            &prev,
            seq.to_string().as_bytes(),
            at.as_microsecond().to_string().as_bytes(),
            new.application.as_bytes(),
            new.what.code().as_bytes(),
            new.detail.as_bytes(),
            official.as_bytes(),
            role.as_bytes(),
            centre.as_bytes(),
            &certificate,
            &signing,
            why.as_bytes(),
        ],
    );
    sql("INSERT INTO accesses (seq, at_us, application, what, detail, official, role, centre, certificate, \
         signing, why, prev_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)")
    .bind(seq)
    .bind(at)
    .bind(new.application)
    .bind(new.what.code())
    .bind(new.detail)
    .bind(official)
    .bind(role)
    .bind(centre)
    .bind(certificate)
    .bind(signing)
    .bind(why)
    .bind(prev)
    .bind(hash)
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn first_broken_access(tx: &mut Tx) -> Result<Option<i64>> {
    let rows = "SELECT seq, at_us, application, what, detail, official, role, centre, certificate, signing, why, \
                prev_hash, hash FROM accesses WHERE seq > $1 ORDER BY seq LIMIT $2";
    first_out_of_chain(tx, rows, computed_hash).await
}

fn computed_hash(prev: &[u8; 32], row: &Row) -> Result<[u8; 32]> {
    let text = |column: &str| row.text(column).map(String::into_bytes);
    Ok(chained(
        TAG,
        &[
            prev,
            row.number("seq")?.to_string().as_bytes(),
            row.number("at_us")?.to_string().as_bytes(),
            &text("application")?,
            &text("what")?,
            &text("detail")?,
            &text("official")?,
            &text("role")?,
            &text("centre")?,
            &row.get::<Vec<u8>>("certificate")?,
            &row.get::<Vec<u8>>("signing")?,
            &text("why")?,
        ],
    ))
}
