//! Cases whose clocks are to be looked at.
//!
//! A step makes its case due in its own transaction. Whoever looks at it, under the writers' lock, owes the letters that
//! follow as jobs and says when to look again, so that each warning is given once however many processes look.

use super::Store;
use super::application::stored;
use super::database::{Tx, sql};
use super::error::Result;
use super::job::{MAIL, owe};
use super::record::StoredApplication;
use jiff::Timestamp;

/// Cases that are looked at in one transaction.
const ROWS: i64 = 50;
/// Lets every case be looked at; nobody is told of what went by until now.
pub(super) const OWE_ALL: &str = "INSERT INTO reminders (application, at_us, told_us) \
     SELECT number, 0, (SELECT coalesce(max(at_us), 0) FROM events) FROM applications";

/// What came of looking at a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// What the letters are about: JSON, without personal data.
    pub letters: Vec<serde_json::Value>,
    /// When to look again; never, if no clock runs.
    pub next: Option<Timestamp>,
}

/// Looks at a case whose warnings were given up to the first of two moments, and gives those up to the second.
pub type Look<'a> = dyn Fn(&StoredApplication, Timestamp, Timestamp) -> Looked + Send + Sync + 'a;

impl Store {
    /// Looks at cases that are due, some at a time. Returns how many.
    ///
    /// # Errors
    /// When the database fails; nothing happened then.
    pub async fn look_at_clocks(&self, now: Timestamp, look: &Look<'_>) -> Result<usize> {
        // Mostly there is nothing, and asking that locks nothing.
        let due = sql("SELECT application FROM reminders WHERE at_us <= $1 LIMIT 1").bind(now);
        if due.optional(&self.database).await?.is_none() {
            return Ok(0);
        }
        let mut tx = self.database.write().await?;
        let rows = sql("SELECT number, case_json, category, language, filed_us, due, told_us FROM reminders \
                        JOIN applications ON number = application WHERE at_us <= $1 ORDER BY at_us, number LIMIT $2")
        .bind(now)
        .bind(ROWS)
        .all(&mut tx)
        .await?;
        for row in &rows {
            let case = stored(row)?;
            // Never back, though the clock be: what was told already would be told again.
            let told = row.time("told_us")?;
            let until = told.max(now);
            let Looked { letters, next } = look(&case, told, until);
            for letter in &letters {
                owe(&mut tx, MAIL, &case.number, letter, now).await?;
            }
            let kept = match next {
                None => sql("DELETE FROM reminders WHERE application = $1").bind(&case.number),
                Some(next) => sql("UPDATE reminders SET at_us = $2, told_us = $3 WHERE application = $1")
                    .bind(&case.number)
                    .bind(next)
                    .bind(until),
            };
            kept.execute(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(rows.len())
    }

    /// How a person stands in what is owed: by keyed digest, in hexadecimal digits.
    pub fn person_mark(&self, iin: &str) -> String {
        super::hex(&self.person(iin))
    }
}

/// Lets the clocks of a case be looked at: something happened in it.
pub(super) async fn make_due(tx: &mut Tx, number: &str, at: Timestamp) -> Result<()> {
    sql("INSERT INTO reminders (application, at_us, told_us) VALUES ($1, $2, $2) \
         ON CONFLICT (application) DO UPDATE SET at_us = excluded.at_us")
    .bind(number)
    .bind(at)
    .execute(tx)
    .await?;
    Ok(())
}
