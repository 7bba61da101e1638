//! The yearly inventory: who began it, and what was found of each place. The findings stand in the events and cases
//! too; here they are counted.

use super::Store;
use super::database::{Tx, sql};
use super::error::{Conflict, Result, StoreError};
use super::record::EventActor;
use crate::housing::inventory::Finding;
use crate::housing::workflow::Inventoried;
use jiff::Timestamp;

/// How far an inventory has come. Counted are places that are in a list still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryState {
    /// When it began.
    pub began: Timestamp,
    /// The signed act that began it.
    pub act: Vec<u8>,
    /// Places in all lists.
    pub places: u64,
    /// Places of which something was found, by what.
    pub found: Vec<(Finding, u64)>,
}

impl InventoryState {
    /// Places of which nothing was found yet.
    pub fn open(&self) -> u64 {
        self.places.saturating_sub(self.found.iter().map(|(_, count)| count).sum())
    }
}

impl Store {
    /// Begins the inventory of a year.
    ///
    /// # Errors
    /// `Conflict` where it was begun.
    pub async fn begin_inventory(
        &self,
        year: i16,
        at: Timestamp,
        actor: &EventActor,
        act: &[u8],
    ) -> Result<()> {
        let mut tx = self.database.write().await?;
        let new = sql("INSERT INTO inventories (year, began_us, actor_role, actor_certificate, act) \
                       VALUES ($1, $2, $3, $4, $5) ON CONFLICT (year) DO NOTHING")
        .bind(i64::from(year))
        .bind(at)
        .bind(actor.role)
        .bind(actor.certificate_sha256)
        .bind(act.to_vec())
        .execute(&mut tx)
        .await?;
        if new == 0 {
            return Err(StoreError::Conflict(Conflict::InventoryBegun));
        }
        tx.commit().await
    }

    /// The year of the inventory that was begun last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_inventory(&self) -> Result<Option<i16>> {
        let row =
            sql("SELECT year FROM inventories ORDER BY year DESC LIMIT 1").optional(&self.database).await?;
        row.map(|row| i16::try_from(row.number("year")?).map_err(|_| StoreError::Row("year".into())))
            .transpose()
    }

    /// How far the inventory of a year has come.
    ///
    /// # Errors
    /// `NotFound` where none was begun.
    pub async fn inventory(&self, year: i16) -> Result<InventoryState> {
        let mut tx = self.database.read().await?;
        let begun = sql("SELECT began_us, act FROM inventories WHERE year = $1").bind(i64::from(year));
        let begun = begun.one(&mut tx).await?;
        let places = sql("SELECT CAST(COALESCE(sum(waiting), 0) AS BIGINT) AS places FROM place_blocks");
        let places = places.one(&mut tx).await?.number("places")?.unsigned_abs();
        let rows = sql("SELECT finding, count(*) AS places FROM inventory_findings \
                        JOIN places ON places.application = inventory_findings.application AND ended = 0 \
                        WHERE year = $1 GROUP BY finding")
        .bind(i64::from(year))
        .all(&mut tx)
        .await?;
        let mut found = Vec::new();
        for finding in Finding::ALL {
            let mut count = 0;
            for row in &rows {
                if row.text("finding")? == finding.code() {
                    count = row.number("places")?.unsigned_abs();
                }
            }
            found.push((finding, count));
        }
        Ok(InventoryState { began: begun.time("began_us")?, act: begun.get("act")?, places, found })
    }
}

/// The last finding of a year counts.
pub(super) async fn keep_finding(tx: &mut Tx, number: &str, found: Inventoried) -> Result<()> {
    sql("INSERT INTO inventory_findings (year, application, finding) VALUES ($1, $2, $3) \
         ON CONFLICT (year, application) DO UPDATE SET finding = excluded.finding")
    .bind(i64::from(found.year))
    .bind(number)
    .bind(found.finding.code())
    .execute(tx)
    .await?;
    Ok(())
}
