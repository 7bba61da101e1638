//! The lists by position. A position is counted, never kept: order is the filing moment, then the number
//! ([`crate::housing::queue::RULE`]).
//!
//! So that nobody counts a million, each list is cut into blocks of some thousand places, and how many stand in a
//! block is kept in the transaction that moves a place (`place.rs`). A position is the sum of the blocks before and
//! a count in one block; a page is found by adding up blocks. What stood where on a past day is `past.rs`'s.

use super::Store;
use super::database::{Row, Tx, sql};
use super::error::{Result, StoreError};
use super::past::{page_then, position_then, recount_past_in};
use super::record::{QueueEntry, QueuePlace};
use crate::housing::{Category, queue::Key};
use jiff::Timestamp;

/// Places in a block when the blocks are made anew; one with twice as many is cut in two.
pub(super) const BLOCK: i64 = if cfg!(test) { 4 } else { 1024 };
/// Before every moment of filing: where the first block of a list begins.
pub(super) const BEGINNING: i64 = -1_000_000_000_000_000_000;

/// A list at a moment, or now.
type At = Option<Timestamp>;

impl Store {
    /// So many lines of the public list of a category, after the first `offset`, now or as they stood at a moment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue_list(
        &self,
        category: Category,
        offset: u64,
        limit: u32,
        at: At,
    ) -> Result<Vec<QueueEntry>> {
        let mut tx = self.database.read().await?;
        let skipped = i64::try_from(offset).unwrap_or(i64::MAX);
        let rows = match at {
            None => page_now(&mut tx, category, skipped, limit).await?,
            Some(at) => page_then(&mut tx, category, skipped, limit, at).await?,
        };
        rows.iter()
            .zip(offset.saturating_add(1)..)
            .map(|(row, position)| {
                Ok(QueueEntry { position, number: row.text("application")?, filed: row.time("filed_us")? })
            })
            .collect()
    }

    /// The position of a registered case in its list now, from 1; `None` if it has no place.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue_position(&self, number: &str) -> Result<Option<u64>> {
        Ok(self.queue_place(number, None).await?.map(|place| place.position))
    }

    /// The place of a registered case now or at a moment; `None` if it had none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue_place(&self, number: &str, at: At) -> Result<Option<QueuePlace>> {
        let mut tx = self.database.read().await?;
        let found = match at {
            None => {
                sql("SELECT category, filed_us FROM places WHERE application = $1 AND ended = 0").bind(number)
            }
            Some(at) => sql("SELECT category, filed_us FROM places \
                             WHERE application = $1 AND entered_us <= $2 AND left_us > $2")
            .bind(number)
            .bind(at),
        };
        let Some(row) = found.optional(&mut tx).await? else { return Ok(None) };
        let category = row.text("category")?;
        let key = (row.number("filed_us")?, number);
        let position = match at {
            None => position_in(&mut tx, &category, key).await?,
            Some(at) => position_then(&mut tx, &category, key, at).await?,
        };
        let category = Category::from_code(&category).ok_or_else(|| StoreError::Row("category".into()))?;
        Ok(Some(QueuePlace { category, position, filed: row.time("filed_us")? }))
    }

    /// Makes the blocks of all lists anew from the places, for which every position is counted. Returns the count of
    /// places.
    ///
    /// # Errors
    /// When the database fails; nothing is changed then.
    pub async fn recount(&self) -> Result<u64> {
        let mut tx = self.database.write().await?;
        let counted = recount_in(&mut tx).await?;
        tx.commit().await?;
        Ok(counted)
    }

    /// The same of what past days are counted by.
    ///
    /// # Errors
    /// When the database fails; nothing is changed then.
    pub async fn recount_past(&self) -> Result<()> {
        let mut tx = self.database.write().await?;
        recount_past_in(&mut tx).await?;
        tx.commit().await
    }
}

async fn page_now(tx: &mut Tx, category: Category, mut skipped: i64, limit: u32) -> Result<Vec<Row>> {
    let blocks = sql("SELECT from_us, from_number, waiting FROM place_blocks WHERE category = $1 \
                      ORDER BY from_us, from_number")
    .bind(category.code())
    .all(&mut *tx)
    .await?;
    for block in &blocks {
        let waiting = block.number("waiting")?;
        if skipped >= waiting {
            skipped -= waiting;
            continue;
        }
        return sql("SELECT application, filed_us FROM places \
                    WHERE category = $1 AND ended = 0 AND filed_us >= $2 AND (filed_us, application) >= ($2, $3) \
                    ORDER BY filed_us, application LIMIT $4 OFFSET $5")
        .bind(category.code())
        .bind(block.number("from_us")?)
        .bind(block.text("from_number")?)
        .bind(i64::from(limit))
        .bind(skipped)
        .all(tx)
        .await;
    }
    Ok(Vec::new())
}

/// Where the block begins in which a key stands.
pub(super) async fn block_of(
    tx: &mut Tx,
    category: &str,
    key: Key<'_>,
) -> Result<Option<(i64, String, i64)>> {
    let row = sql("SELECT from_us, from_number, waiting FROM place_blocks \
                   WHERE category = $1 AND (from_us, from_number) <= ($2, $3) \
                   ORDER BY from_us DESC, from_number DESC LIMIT 1")
    .bind(category)
    .bind(key.0)
    .bind(key.1)
    .optional(tx)
    .await?;
    row.map(|row| Ok((row.number("from_us")?, row.text("from_number")?, row.number("waiting")?))).transpose()
}

/// The position that a key has in a list, or would have. The bounds on the moment alone say nothing new; by them
/// PostgreSQL sees that a part of the index is enough, which it does not of pairs.
pub(super) async fn position_in(tx: &mut Tx, category: &str, key: Key<'_>) -> Result<u64> {
    let Some((from_us, from_number, _)) = block_of(tx, category, key).await? else { return Ok(1) };
    let row = sql("SELECT CAST((SELECT COALESCE(sum(waiting), 0) FROM place_blocks \
                     WHERE category = $1 AND (from_us, from_number) < ($2, $3)) \
                   + (SELECT count(*) FROM places WHERE category = $1 AND ended = 0 \
                     AND filed_us >= $2 AND filed_us <= $4 \
                     AND (filed_us, application) >= ($2, $3) AND (filed_us, application) < ($4, $5)) \
                   AS BIGINT) AS ahead")
    .bind(category)
    .bind(from_us)
    .bind(from_number)
    .bind(key.0)
    .bind(key.1)
    .one(tx)
    .await?;
    Ok(row.number("ahead")?.unsigned_abs() + 1)
}

pub(super) async fn recount_in(tx: &mut Tx) -> Result<u64> {
    sql("DELETE FROM place_blocks").execute(&mut *tx).await?;
    sql("INSERT INTO place_blocks (category, from_us, from_number, waiting) \
         SELECT category, CASE WHEN place = 1 THEN $1 ELSE filed_us END, \
           CASE WHEN place = 1 THEN '' ELSE application END, \
           CASE WHEN total - place < $2 THEN total - place + 1 ELSE $2 END \
         FROM (SELECT category, filed_us, application, \
             row_number() OVER (PARTITION BY category ORDER BY filed_us, application) AS place, \
             count(*) OVER (PARTITION BY category) AS total \
           FROM places WHERE ended = 0) AS listed \
         WHERE (place - 1) % $2 = 0")
    .bind(BEGINNING)
    .bind(BLOCK)
    .execute(&mut *tx)
    .await?;
    let row =
        sql("SELECT CAST(COALESCE(sum(waiting), 0) AS BIGINT) AS counted FROM place_blocks").one(tx).await?;
    Ok(row.number("counted")?.unsigned_abs())
}

#[cfg(test)]
mod tests;
