//! A long list without the cases that belong in it, for measuring: a million rows as fast as a database takes them. No
//! event is written, so such a register is none ([`Store::verify_places`] says so).

use super::Store;
use super::database::sql;
use super::error::{Result, StoreError};
use super::past::recount_past_in;
use super::queue::recount_in;
use crate::housing::Category;

/// Rows of one statement.
const ROWS: u64 = 1000;
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

impl Store {
    /// Puts places into the list of a category, filed one after another over twenty years up to 2026, each entered
    /// thirty days later, and every `leaving`-th left five years after that. Returns the numbers of those that wait, in
    /// the order of the list.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fill_list(&self, category: Category, count: u64, leaving: u64) -> Result<Vec<String>> {
        const FIRST: i64 = 1_136_073_600_000_000;
        let step = 20 * 365 * DAY / i64::try_from(count.max(1)).unwrap_or(i64::MAX);
        let mut tx = self.database.write().await?;
        let mut waiting = Vec::new();
        for from in (0..count).step_by(ROWS as usize) {
            let rows = ROWS.min(count - from);
            let places: Vec<String> = (0..rows)
                .map(|row| {
                    let [number, filed, key, state] = [1, 2, 3, 4].map(|column| 4 * row + column);
                    format!(
                        "(${number}, ${state}, '{{}}', '{0}', 'kk', ${key}, ${filed}, '2026-12-24', ${key})",
                        category.code()
                    )
                })
                .collect();
            let text = format!(
                "INSERT INTO applications (number, state, case_json, category, language, person_key, filed_us, due, \
                 document_sha256) VALUES {}",
                places.join(", ")
            );
            let mut statement = sql(sqlx::AssertSqlSafe(text));
            for at in from..from + rows {
                let number = format!("ALA-2026-{at:07}");
                let mut key = [0; 32];
                key[..8].copy_from_slice(&at.to_be_bytes());
                let leaves = at % leaving == leaving - 1;
                let filed = FIRST + step.saturating_mul(i64::try_from(at).unwrap_or(i64::MAX));
                statement = statement.bind(&number).bind(filed).bind(key);
                statement = statement.bind(if leaves { "issued" } else { "notified" });
                if !leaves {
                    waiting.push(number);
                }
            }
            statement.execute(&mut tx).await?;
        }
        sql(
            "INSERT INTO places (application, began, category, holder, filed_us, entered_us, left_us, ended) \
             SELECT number, 1, category, person_key, filed_us, filed_us + $1, \
               CASE WHEN state = 'issued' THEN filed_us + $2 ELSE $3 END, \
               CASE WHEN state = 'issued' THEN 2 ELSE 0 END \
             FROM applications WHERE category = $4",
        )
        .bind(30 * DAY)
        .bind(5 * 365 * DAY)
        .bind(i64::MAX)
        .bind(category.code())
        .execute(&mut tx)
        .await?;
        recount_in(&mut tx).await?;
        recount_past_in(&mut tx).await?;
        tx.commit().await?;
        sql("ANALYZE").execute(&self.database).await?;
        Ok(waiting)
    }

    /// Names every case of such a list, for measuring searches: each by its place from 0, as a person by `iin` and
    /// `name`. Returns how many beginnings there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn name_list(&self, iin: impl Fn(u64) -> String, name: impl Fn(u64) -> String) -> Result<u64> {
        let (mut numbers, mut names) = (Vec::<String>::new(), Vec::new());
        let mut last = String::new();
        loop {
            let cases =
                sql("SELECT number, filed_us FROM applications WHERE number > $1 ORDER BY number LIMIT 5000")
                    .bind(&last)
                    .all(&self.database)
                    .await?;
            let Some(end) = cases.last() else { break };
            last = end.text("number")?;
            let mut tx = self.database.write().await?;
            for case in &cases {
                let (place, filed) = (numbers.len(), case.number("filed_us")?);
                let at = place as u64;
                numbers.push(case.text("number")?);
                let found = self.beginnings(&crate::housing::name::beginnings(&name(at)));
                names.extend(found.into_iter().map(|beginning| (beginning, filed, place)));
                sql("INSERT INTO persons (application, person_key) VALUES ($1, $2)")
                    .bind(case.text("number")?)
                    .bind(self.person(&iin(at)))
                    .execute(&mut tx)
                    .await?;
            }
            tx.commit().await?;
        }
        // In the order of the index, so that a million do not take all day.
        names.sort_unstable();
        for some in names.chunks(100 * ROWS as usize) {
            let mut tx = self.database.write().await?;
            // SQLite looks for each value by its name, one after another.
            for some in some.chunks(100) {
                let rows: Vec<String> = (0..some.len())
                    .map(|row| format!("(${}, ${}, ${})", 3 * row + 1, 3 * row + 2, 3 * row + 3))
                    .collect();
                let text = format!(
                    "INSERT INTO names (beginning, filed_us, application) VALUES {}",
                    rows.join(", ")
                );
                let mut statement = sql(sqlx::AssertSqlSafe(text));
                for (beginning, filed, place) in some {
                    let number = numbers.get(*place).ok_or(StoreError::NotFound)?;
                    statement = statement.bind(*beginning).bind(*filed).bind(number);
                }
                statement.execute(&mut tx).await?;
            }
            tx.commit().await?;
        }
        let beginnings = names.len() as u64;
        sql("ANALYZE").execute(&self.database).await?;
        Ok(beginnings)
    }
}
