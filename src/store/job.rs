//! The outbox: what the register owes others because of an event.
//!
//! A job is written in the transaction of the event that caused it, so there is none without its event and no event
//! without its job. Whoever works on one has a lease: a time until which nobody else takes it, and a word without
//! which the outcome is not written down. A process that dies lets its lease run out, and the job is done again:
//! jobs happen at least once. A try counts from its beginning, so that a job that brings processes down is given up
//! too. What is given up stays, as a dead letter, until somebody asks for it to be tried again.

use super::Store;
use super::database::{Database, Row, Tx, sql};
use super::document::insert_document;
use super::error::Result;
use super::event::append_event;
use super::record::{NewDocument, NewEvent};
use jiff::Timestamp;

/// What tells an applicant of the case by mail.
pub const MAIL: &str = "mail";
/// What asks a state database.
pub const STATE_DATA: &str = "state-data";

/// What gets the evidence that was missing when an application was filed.
pub const EVIDENCE: &str = "evidence";
/// What publishes the lists of a month.
pub const EXPORT: &str = "export";

/// The last month whose export was owed.
const EXPORTED: &str = "exported";

/// Why a job without an outcome is given up.
const NO_OUTCOME: &str = "the process that worked on it ended, each time";

/// A job to do, with its lease.
#[derive(Clone, Debug)]
pub struct Job {
    pub id: String,
    /// The number of the case; empty for the register as a whole.
    pub application: String,
    /// JSON, without personal data.
    pub payload: String,
    /// Tries begun, with this one.
    pub attempts: u32,
    lease: String,
}

/// A job as the operator sees it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct JobSummary {
    pub id: String,
    pub kind: String,
    pub application: String,
    /// `waiting` or `dead`.
    pub state: String,
    pub attempts: i64,
    pub not_before: Timestamp,
    pub last_error: Option<String>,
}

/// The next due job of a kind. On PostgreSQL those that others are just taking are passed over.
macro_rules! due {
    ($more:literal) => {
        concat!(
            "SELECT id, coalesce(application, '') AS application, payload, attempts FROM jobs WHERE kind = $1 AND state = 'waiting' \
             AND not_before_us <= $2 AND lease_until_us <= $2 ORDER BY not_before_us, id LIMIT 1",
            $more
        )
    };
}

impl Store {
    /// Takes the next due job of a kind until `lease_until`. One that was begun `attempts` times without an
    /// outcome is given up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_job(
        &self,
        kind: &str,
        now: Timestamp,
        lease_until: Timestamp,
        attempts: u32,
    ) -> Result<Option<Job>> {
        loop {
            // Mostly there is nothing, and asking that locks nothing.
            let asked = sql(due!("")).bind(kind).bind(now).optional(&self.database).await?;
            if asked.is_none() {
                return Ok(None);
            }
            let mut tx = self.database.claim().await?;
            let text = match &self.database {
                Database::Sqlite(_) => due!(""),
                Database::Postgres(_) => due!(" FOR UPDATE SKIP LOCKED"),
            };
            let Some(row) = sql(text).bind(kind).bind(now).optional(&mut tx).await? else { return Ok(None) };
            let job = Job {
                id: row.text("id")?,
                application: row.text("application")?,
                payload: row.text("payload")?,
                attempts: u32::try_from(row.number("attempts")?).unwrap_or(u32::MAX).saturating_add(1),
                lease: uuid::Uuid::now_v7().to_string(),
            };
            if job.attempts > attempts {
                sql("UPDATE jobs SET state = 'dead', lease = NULL, last_error = coalesce(last_error, $1) \
                     WHERE id = $2")
                .bind(NO_OUTCOME)
                .bind(&job.id)
                .execute(&mut tx)
                .await?;
                tx.commit().await?;
                continue;
            }
            sql("UPDATE jobs SET lease = $1, lease_until_us = $2, attempts = $3 WHERE id = $4")
                .bind(&job.lease)
                .bind(lease_until)
                .bind(i64::from(job.attempts))
                .bind(&job.id)
                .execute(&mut tx)
                .await?;
            tx.commit().await?;
            return Ok(Some(job));
        }
    }

    /// The job is done. `false` if the lease was lost meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish_job(&self, job: &Job) -> Result<bool> {
        let done = sql("DELETE FROM jobs WHERE id = $1 AND lease = $2").bind(&job.id).bind(&job.lease);
        Ok(done.execute(&self.database).await? == 1)
    }

    /// The job did not succeed: again at `not_before`, or never if there is none. `false` if the lease was lost.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fail_job(&self, job: &Job, not_before: Option<Timestamp>, error: &str) -> Result<bool> {
        let state = if not_before.is_some() { "waiting" } else { "dead" };
        let changed = sql("UPDATE jobs SET state = $1, not_before_us = coalesce($2, not_before_us), \
                           last_error = $3, lease = NULL, lease_until_us = 0 WHERE id = $4 AND lease = $5")
        .bind(state)
        .bind(not_before.map(|time| time.as_microsecond()))
        .bind(error.replace('\0', " "))
        .bind(&job.id)
        .bind(&job.lease)
        .execute(&self.database)
        .await?;
        Ok(changed == 1)
    }

    /// All jobs that are not done, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn jobs(&self) -> Result<Vec<JobSummary>> {
        let rows = sql("SELECT id, kind, coalesce(application, '') AS application, state, attempts, not_before_us, last_error FROM jobs \
                        ORDER BY id")
        .all(&self.database)
        .await?;
        rows.iter().map(summary).collect()
    }

    /// The jobs of a kind that a case waits for, or that were given up, with their payloads.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn jobs_of(&self, number: &str, of_kind: &str) -> Result<Vec<(String, JobSummary)>> {
        let rows = sql("SELECT id, kind, application, state, attempts, not_before_us, last_error, payload \
                        FROM jobs WHERE application = $1 AND kind = $2 ORDER BY id")
        .bind(number)
        .bind(of_kind)
        .all(&self.database)
        .await?;
        rows.iter().map(|row| Ok((row.text("payload")?, summary(row)?))).collect()
    }

    /// Owes the export of a month, `2026-11`, unless that or a later one was owed before. Returns whether it did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn owe_export(&self, month: &str, now: Timestamp) -> Result<bool> {
        let mark = "SELECT value FROM marks WHERE name = $1 AND value >= $2";
        let known = sql(mark).bind(EXPORTED).bind(month.as_bytes().to_vec());
        if known.optional(&self.database).await?.is_some() {
            return Ok(false);
        }
        let mut tx = self.database.write().await?;
        let is_new = sql("INSERT INTO marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE \
                          SET value = excluded.value WHERE marks.value < excluded.value")
        .bind(EXPORTED)
        .bind(month.as_bytes().to_vec())
        .execute(&mut tx)
        .await?;
        if is_new == 1 {
            owe_of(&mut tx, EXPORT, None, &serde_json::json!({ "month": month }), now).await?;
        }
        tx.commit().await?;
        Ok(is_new == 1)
    }

    /// The job is done, and what came of it belongs to the case: documents and an event, all or nothing. `false` if
    /// the lease was lost meanwhile; nothing happened then.
    ///
    /// # Errors
    /// When the database fails; nothing happened then.
    pub async fn finish_job_with(
        &self,
        job: &Job,
        at: Timestamp,
        documents: &[NewDocument],
        event: &NewEvent,
    ) -> Result<bool> {
        let mut tx = self.database.write().await?;
        if !end_job(&mut tx, job).await? {
            return Ok(false);
        }
        for one in documents {
            insert_document(&mut tx, &job.application, one).await?;
        }
        append_event(&mut tx, at, &job.application, event).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Lets dead letters be tried again: this one, or all. Returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retry_jobs(&self, id: Option<&str>, now: Timestamp) -> Result<u64> {
        sql("UPDATE jobs SET state = 'waiting', attempts = 0, not_before_us = $1, lease_until_us = 0 \
             WHERE state = 'dead' AND id = coalesce($2, id)")
        .bind(now)
        .bind(id.map(str::to_owned))
        .execute(&self.database)
        .await
    }

    /// The address at which the applicant of a case wants to be told, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contact(&self, number: &str) -> Result<Option<String>> {
        let row = sql("SELECT email FROM contacts WHERE application = $1").bind(number);
        row.optional(&self.database).await?.map(|row| row.text("email")).transpose()
    }
}

fn summary(row: &Row) -> Result<JobSummary> {
    Ok(JobSummary {
        id: row.text("id")?,
        kind: row.text("kind")?,
        application: row.text("application")?,
        state: row.text("state")?,
        attempts: row.number("attempts")?,
        not_before: row.time("not_before_us")?,
        last_error: row.get("last_error")?,
    })
}

/// Takes a job away that is done, in the transaction of what came of it. `false` if the lease was lost.
pub(super) async fn end_job(tx: &mut Tx, job: &Job) -> Result<bool> {
    let done = sql("DELETE FROM jobs WHERE id = $1 AND lease = $2").bind(&job.id).bind(&job.lease);
    Ok(done.execute(tx).await? == 1)
}

/// Owes the applicant a letter about what happened, if there is an address.
pub(super) async fn owe_mail(tx: &mut Tx, number: &str, about: &str, at: Timestamp) -> Result<()> {
    let contact = sql("SELECT application FROM contacts WHERE application = $1").bind(number);
    if contact.optional(&mut *tx).await?.is_none() {
        return Ok(());
    }
    owe(tx, MAIL, number, &serde_json::json!({ "about": about }), at).await
}

/// Owes something about a case.
pub(super) async fn owe(
    tx: &mut Tx,
    kind: &str,
    number: &str,
    payload: &serde_json::Value,
    at: Timestamp,
) -> Result<()> {
    owe_of(tx, kind, Some(number), payload, at).await
}

async fn owe_of(
    tx: &mut Tx,
    kind: &str,
    number: Option<&str>,
    payload: &serde_json::Value,
    at: Timestamp,
) -> Result<()> {
    sql("INSERT INTO jobs (id, kind, application, payload, state, not_before_us, attempts, lease_until_us) \
         VALUES ($1, $2, $3, $4, 'waiting', $5, 0, 0)")
    .bind(uuid::Uuid::now_v7().to_string())
    .bind(kind)
    .bind(number.map(str::to_owned))
    .bind(payload.to_string())
    .bind(at)
    .execute(tx)
    .await?;
    Ok(())
}
