//! The public lists. A place is counted, never stored: order is the filing moment, then the number (decision
//! "Order").

use super::Store;
use super::database::{Tx, sql};
use super::error::Result;
use super::record::QueueEntry;
use crate::housing::Category;

impl Store {
    /// A page (from 0) of the public list of a category.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue_list(&self, category: Category, page: u32, size: u32) -> Result<Vec<QueueEntry>> {
        let offset = u64::from(page) * u64::from(size);
        let rows =
            sql("SELECT application, filed_us FROM queue_entries WHERE category = $1 AND left_us = 0 \
                        ORDER BY filed_us, application LIMIT $2 OFFSET $3")
            .bind(category.code())
            .bind(i64::from(size))
            .bind(i64::try_from(offset).unwrap_or(i64::MAX))
            .all(&self.database)
            .await?;
        rows.iter()
            .zip(offset + 1..)
            .map(|(row, position)| {
                Ok(QueueEntry { position, number: row.text("application")?, filed: row.time("filed_us")? })
            })
            .collect()
    }

    /// The place of a registered case in its list now, from 1; `None` if it has none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue_position(&self, number: &str) -> Result<Option<u64>> {
        let mut tx = self.database.read().await?;
        let row = sql("SELECT category, filed_us FROM queue_entries WHERE application = $1 AND left_us = 0")
            .bind(number)
            .optional(&mut tx)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let (category, filed) = (row.text("category")?, row.number("filed_us")?);
        Ok(Some(position_in(&mut tx, &category, filed, number).await?))
    }
}

pub(super) async fn position_in(tx: &mut Tx, category: &str, filed: i64, number: &str) -> Result<u64> {
    let row = sql("SELECT count(*) AS ahead FROM queue_entries \
                   WHERE category = $1 AND left_us = 0 AND (filed_us < $2 OR (filed_us = $2 AND application < $3))")
    .bind(category)
    .bind(filed)
    .bind(number)
    .one(tx)
    .await?;
    Ok(row.number("ahead")?.unsigned_abs() + 1)
}
