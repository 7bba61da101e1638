//! Papers that no step of a case makes: refusals at a counter and extracts from the queue; and finding an original
//! by its digest, for whoever holds a print of it.

use super::Store;
use super::application::next_number;
use super::database::{Row, sql};
use super::error::{Conflict, Result, StoreError};
use super::event::append_event;
use super::queue::position_in;
use super::record::{Document, NewEvent, Seal};
use jiff::Timestamp;

/// An application that a counter did not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntakeRefused {
    pub id: String,
    /// Number in the journal, `ALA-R-2026-000001`.
    pub number: String,
    pub centre: String,
    /// The inspector's signed act.
    pub act_sha256: [u8; 32],
    /// The sealed receipt.
    pub receipt_sha256: [u8; 32],
}

/// An original in the register, as its digest finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Number of the case, or in the journal.
    pub number: String,
    pub kind: String,
    pub file_name: String,
    /// When the register took or made it.
    pub taken_at: Timestamp,
}

/// A place in a list, for an extract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaceNow {
    /// From 1.
    pub position: u64,
    /// Places in the list.
    pub places: u64,
    pub registered: Timestamp,
}

/// Makes the sealed extract of a place.
pub type MakeExtract<'a> = dyn Fn(PlaceNow) -> anyhow::Result<Vec<u8>> + Send + Sync + 'a;

/// When the register took a document: its identifier says (UUID version 7, RFC 9562).
///
/// # Errors
/// When the identifier says no time.
pub fn taken_at(id: &str) -> Result<Timestamp> {
    let bad = || StoreError::Row("id".into());
    let time = uuid::Uuid::parse_str(id).ok().and_then(|id| id.get_timestamp()).ok_or_else(bad)?;
    let (seconds, nanos) = time.to_unix();
    let whole = (i64::try_from(seconds).ok(), i32::try_from(nanos).ok());
    let (Some(seconds), Some(nanos)) = whole else { return Err(bad()) };
    Timestamp::new(seconds, nanos).map_err(|_| bad())
}

impl Store {
    /// Enters a refusal in the journal: number, act and sealed receipt in one transaction. The act's file is kept
    /// already; `receipt` gets the number.
    ///
    /// # Errors
    /// `Conflict` for an act that is entered already; nothing is entered then, nor with any other error.
    pub async fn refuse_intake(
        &self,
        office: &str,
        centre: &str,
        act_sha256: [u8; 32],
        at: Timestamp,
        receipt: &Seal<'_>,
    ) -> Result<IntakeRefused> {
        let mut tx = self.database.write().await?;
        let same = sql("SELECT number FROM refusals WHERE act_sha256 = $1").bind(act_sha256);
        if same.optional(&mut tx).await?.is_some() {
            return Err(StoreError::Conflict(Conflict::SameDocument));
        }
        let number = next_number(&mut tx, &format!("{office}-R"), at).await?;
        let sealed = receipt(&number).map_err(StoreError::Seal)?;
        let (receipt_sha256, _) = self.blobs.stage(&sealed).await?.persist().await?;
        let id = uuid::Uuid::now_v7().to_string();
        sql("INSERT INTO refusals (id, number, centre, act_sha256, receipt_sha256) VALUES ($1, $2, $3, $4, $5)")
            .bind(&id)
            .bind(&number)
            .bind(centre)
            .bind(act_sha256)
            .bind(receipt_sha256)
            .execute(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(IntakeRefused { id, number, centre: centre.to_owned(), act_sha256, receipt_sha256 })
    }

    /// A refusal by its number in the journal.
    ///
    /// # Errors
    /// `NotFound` for a number that was not given.
    pub async fn intake_refused(&self, number: &str) -> Result<IntakeRefused> {
        let row =
            sql("SELECT id, number, centre, act_sha256, receipt_sha256 FROM refusals WHERE number = $1");
        refused(&row.bind(number).one(&self.database).await?)
    }

    /// Makes an extract of the place that a case has now, sealed by `make` for its holder, with its event. `None` where
    /// the case has no place.
    ///
    /// # Errors
    /// `Conflict` where the place is another's by now. Nothing happened then, nor with any other error.
    pub async fn add_extract(
        &self,
        (number, holder): (&str, &str),
        at: Timestamp,
        event: &NewEvent,
        make: &MakeExtract<'_>,
    ) -> Result<Option<Document>> {
        let mut tx = self.database.write().await?;
        let row = sql("SELECT category, holder, filed_us FROM places \
                       WHERE application = $1 AND ended = 0")
        .bind(number)
        .optional(&mut tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        if row.octets32("holder")? != self.person(holder) {
            return Err(StoreError::Conflict(Conflict::StateChanged));
        }
        let (category, filed) = (row.text("category")?, row.number("filed_us")?);
        let position = position_in(&mut tx, &category, (filed, number)).await?;
        let counted = sql("SELECT CAST(COALESCE(sum(waiting), 0) AS BIGINT) AS places FROM place_blocks \
                           WHERE category = $1");
        let places = counted.bind(&category).one(&mut tx).await?.number("places")?.unsigned_abs();
        let entered = sql("SELECT MIN(entered_us) AS entered_us FROM places WHERE application = $1");
        let registered = entered.bind(number).one(&mut tx).await?.time("entered_us")?;
        let place = PlaceNow { position, places, registered };
        let sealed = make(place).map_err(StoreError::Seal)?;
        let kept = self.keep_sealed(&mut tx, number, "queue-extract", &sealed).await?;
        append_event(&mut tx, at, number, event).await?;
        tx.commit().await?;
        Ok(Some(kept))
    }

    /// The documents that have a digest: more than one where several cases are on a list.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn kept(&self, sha256: [u8; 32]) -> Result<Vec<Kept>> {
        let rows =
            sql("SELECT id, application, kind, file_name FROM documents WHERE sha256 = $1 ORDER BY id")
                .bind(sha256)
                .all(&self.database)
                .await?;
        let of_case = rows.iter().map(|row| {
            Ok(Kept {
                number: row.text("application")?,
                kind: row.text("kind")?,
                file_name: row.text("file_name")?,
                taken_at: taken_at(&row.text("id")?)?,
            })
        });
        let rows = sql("SELECT id, number FROM refusals WHERE receipt_sha256 = $1")
            .bind(sha256)
            .all(&self.database)
            .await?;
        let of_counter = rows.iter().map(|row| {
            let number = row.text("number")?;
            let file_name = format!("{number}-refusal-receipt.xml");
            let taken_at = taken_at(&row.text("id")?)?;
            Ok(Kept { number, kind: "refusal-receipt".into(), file_name, taken_at })
        });
        of_case.chain(of_counter).collect()
    }
}

fn refused(row: &Row) -> Result<IntakeRefused> {
    Ok(IntakeRefused {
        id: row.text("id")?,
        number: row.text("number")?,
        centre: row.text("centre")?,
        act_sha256: row.octets32("act_sha256")?,
        receipt_sha256: row.octets32("receipt_sha256")?,
    })
}
