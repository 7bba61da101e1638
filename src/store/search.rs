//! Finding cases, in the order of filing: by number, by whoever is named in them, by the name of whose they are, by
//! status, centre, category and date.
//!
//! A name is found by keyed digests of the beginnings of its words ([`crate::housing::name`]): no name stands in the
//! database. Eight octets of a digest tell a hundred million beginnings apart. The digests of equal beginnings are
//! equal, so whoever has the table without the key learns how many share a name and nothing else.

use super::application::{case_of, stored};
use super::database::{Tx, Value, sql};
use super::error::Result;
use super::job::{Job, end_job};
use super::record::StoredApplication;
use super::{Store, hex};
use crate::housing::{Category, State, name};
use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use std::collections::BTreeSet;

/// Rows of one statement.
const ROWS: usize = 200;

/// What reads the name of whose a case is from its documents, for finding it.
pub const NAMES: &str = "names";

/// Owes the name of every case.
pub(super) const OWE_ALL: &str = "INSERT INTO jobs (id, kind, application, payload, state, not_before_us, attempts, \
     lease_until_us) SELECT 'names-' || number, 'names', number, '{}', 'waiting', filed_us, 0, 0 FROM applications";

/// What is looked for: all of it. `Debug` shows no personal data.
#[derive(Clone, Default)]
pub struct Wanted {
    pub number: Option<String>,
    /// Of anybody named in the application.
    pub iin: Option<String>,
    /// Beginnings of words in the name of whose case it is, folded.
    pub name: BTreeSet<String>,
    pub state: Option<State>,
    pub centre: Option<String>,
    pub category: Option<Category>,
    /// Filed at this moment or later.
    pub from: Option<Timestamp>,
    /// Filed before.
    pub before: Option<Timestamp>,
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { number, state, centre, category, from, before, .. } = self;
        let told = (number, state, centre, category, from, before, self.iin.is_some(), self.name.len());
        f.debug_tuple("Wanted").field(&told).finish()
    }
}

/// Behind which case a search goes on: its moment of filing and its number.
pub type Behind = (Timestamp, String);

/// A case that was found.
#[derive(Clone, Debug)]
pub struct Found {
    pub case: StoredApplication,
    /// Whether the person who looks is named in it or acts for its applicant.
    pub is_own: bool,
}

impl Store {
    /// The keyed digests by which a name is found.
    pub(super) fn beginnings<'a>(&self, beginnings: impl IntoIterator<Item = &'a String>) -> BTreeSet<i64> {
        let digest = |beginning: &String| {
            let mac = self.key.mac("name", beginning.as_bytes());
            let (first, _) = mac.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
            i64::from_be_bytes(*first)
        };
        beginnings.into_iter().map(digest).collect()
    }

    /// Where a page ended, for whoever asks for the next of the same search; nobody can make one up.
    pub fn seal_cursor(&self, about: &[u8; 32], behind: &Behind) -> String {
        let (filed, number) = behind;
        let text = format!("{}.{number}", filed.as_microsecond());
        format!("{}.{text}", hex(&self.key.mac("cursor", &[&about[..], text.as_bytes()].concat())))
    }

    /// What [`Store::seal_cursor`] made for this search; nothing for anything else.
    pub fn open_cursor(&self, about: &[u8; 32], cursor: &str) -> Option<Behind> {
        let (_, text) = cursor.split_once('.')?;
        let (filed, number) = text.split_once('.')?;
        let behind = (Timestamp::from_microsecond(filed.parse().ok()?).ok()?, number.to_owned());
        (self.seal_cursor(about, &behind) == cursor).then_some(behind)
    }

    /// So many of the cases that are looked for, behind one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn search(
        &self,
        wanted: &Wanted,
        official: &str,
        behind: Option<&Behind>,
        limit: u32,
    ) -> Result<Vec<Found>> {
        let mut values: Vec<Value> = vec![self.person(official).into(), i64::from(limit).into()];
        let mut bind = |value: Value| {
            values.push(value);
            format!("${}", values.len())
        };
        let names: Vec<i64> = self.beginnings(&wanted.name).into_iter().collect();
        // Of the index of names and of the cases the same order.
        let (tables, at, number) = match names.first() {
            None => ("applications AS cases", "cases.filed_us", "cases.number"),
            Some(_) => (
                "names JOIN applications AS cases ON cases.number = names.application",
                "names.filed_us",
                "names.application",
            ),
        };
        let mut conditions = Vec::new();
        for (index, beginning) in names.iter().enumerate() {
            let beginning = bind((*beginning).into());
            conditions.push(if index == 0 {
                format!("names.beginning = {beginning}")
            } else {
                format!(
                    "EXISTS (SELECT 1 FROM names AS more WHERE more.beginning = {beginning} \
                     AND more.filed_us = names.filed_us AND more.application = names.application)"
                )
            });
        }
        if let Some(wanted) = &wanted.number {
            conditions.push(format!("cases.number = {}", bind(wanted.into())));
        }
        if let Some(iin) = &wanted.iin {
            let person = bind(self.person(iin).into());
            conditions.push(format!(
                "cases.number IN (SELECT application FROM persons WHERE person_key = {person})"
            ));
        }
        if let Some(state) = wanted.state {
            conditions.push(format!("cases.state = {}", bind(state.code().into())));
        }
        if let Some(centre) = &wanted.centre {
            conditions.push(format!("cases.centre = {}", bind(centre.into())));
        }
        if let Some(category) = wanted.category {
            conditions.push(format!("cases.category = {}", bind(category.code().into())));
        }
        if let Some(from) = wanted.from {
            conditions.push(format!("{at} >= {}", bind(from.into())));
        }
        if let Some(before) = wanted.before {
            conditions.push(format!("{at} < {}", bind(before.into())));
        }
        if let Some((filed, last)) = behind {
            let (filed, last) = (bind((*filed).into()), bind(last.into()));
            // The first says nothing new: by it PostgreSQL sees that a part of the index is enough.
            conditions.push(format!("{at} >= {filed} AND ({at}, {number}) > ({filed}, {last})"));
        }
        if conditions.is_empty() {
            conditions.push("1 = 1".to_owned());
        }
        let text = format!(
            "SELECT cases.number, case_json, category, language, cases.filed_us, due, \
             CAST(CASE WHEN EXISTS (SELECT 1 FROM persons WHERE persons.application = cases.number \
             AND persons.person_key = $1) OR EXISTS (SELECT 1 FROM representatives WHERE \
             representatives.application = cases.number AND representatives.person_key = $1) \
             THEN 1 ELSE 0 END AS BIGINT) AS is_own FROM {tables} WHERE {} \
             ORDER BY {at}, {number} LIMIT $2",
            conditions.join(" AND ")
        );
        let mut statement = sql(AssertSqlSafe(text));
        for value in values {
            statement = statement.bind(value);
        }
        let rows = statement.all(&self.database).await?;
        rows.iter().map(|row| Ok(Found { case: stored(row)?, is_own: row.number("is_own")? == 1 })).collect()
    }

    /// What was owed about the name of whose a case is: it is found by this name and no other of the application.
    /// `false` if the lease was lost meanwhile; nothing happened then.
    ///
    /// # Errors
    /// When the database fails; nothing happened then.
    pub async fn finish_names(&self, job: &Job, named: &[String], holder: Option<&str>) -> Result<bool> {
        let mut tx = self.database.write().await?;
        if !end_job(&mut tx, job).await? {
            return Ok(false);
        }
        let row =
            sql("SELECT case_json, filed_us FROM applications WHERE number = $1").bind(&job.application);
        let row = row.one(&mut tx).await?;
        let case = case_of(&row)?;
        sql("UPDATE applications SET centre = $2 WHERE number = $1")
            .bind(&job.application)
            .bind(case.centre)
            .execute(&mut tx)
            .await?;
        let filed = row.time("filed_us")?;
        for one in named {
            for beginning in self.beginnings(&name::beginnings(one)) {
                sql("DELETE FROM names WHERE beginning = $1 AND filed_us = $2 AND application = $3")
                    .bind(beginning)
                    .bind(filed)
                    .bind(&job.application)
                    .execute(&mut tx)
                    .await?;
            }
        }
        if let Some(holder) = holder {
            self.name_case(&mut tx, &job.application, filed, holder).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Lets a case be found by a name.
    pub(super) async fn name_case(
        &self,
        tx: &mut Tx,
        number: &str,
        filed: Timestamp,
        of: &str,
    ) -> Result<()> {
        let beginnings: Vec<i64> = self.beginnings(&name::beginnings(of)).into_iter().collect();
        for some in beginnings.chunks(ROWS) {
            let rows: Vec<String> = (0..some.len()).map(|row| format!("(${}, $1, $2)", row + 3)).collect();
            let mut statement = sql(AssertSqlSafe(format!(
                "INSERT INTO names (beginning, filed_us, application) VALUES {} ON CONFLICT DO NOTHING",
                rows.join(", ")
            )))
            .bind(filed)
            .bind(number);
            for beginning in some {
                statement = statement.bind(*beginning);
            }
            statement.execute(&mut *tx).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
