//! Dwellings that are offered: who holds which, and who comes before whom for one. What an offer says stands in the
//! case; here is of all cases at once what the rules of granting ask ([`crate::housing::granting`]), kept in the
//! transaction of the step that changes it, so that two steps cannot promise the same.
//!
//! A dwelling is looked for as its number was written, too: so it stands in rows from before.

use super::Store;
use super::database::{Tx, sql};
use super::error::{Conflict, Result, StoreError};
use super::queue::position_in;
use crate::housing::granting::{Offer, Standing, same_dwelling};
use jiff::Timestamp;

/// An offer that waits for its answer until a moment, or stands without an end.
const STANDS: &str = "(offers.standing = 'agreed' OR (offers.standing = 'open' AND offers.until_us >= $1))";

impl Store {
    /// How many places of its list come before that of a case for a dwelling: those whose holder has neither had it
    /// offered nor holds another offer. Nothing for a case without a place.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn places_ahead(
        &self,
        number: &str,
        cadastral_number: &str,
        at: Timestamp,
    ) -> Result<Option<u64>> {
        ahead_in(&mut self.database.read().await?, number, cadastral_number, at).await
    }
}

async fn ahead_in(tx: &mut Tx, number: &str, cadastral_number: &str, at: Timestamp) -> Result<Option<u64>> {
    let place = sql("SELECT category, filed_us FROM places WHERE application = $1 AND ended = 0")
        .bind(number)
        .optional(&mut *tx)
        .await?;
    let Some(place) = place else { return Ok(None) };
    let (category, filed) = (place.text("category")?, place.number("filed_us")?);
    let ahead = position_in(tx, &category, (filed, number)).await?.saturating_sub(1);
    let passed = sql(sqlx::AssertSqlSafe(format!(
        "SELECT count(DISTINCT offers.application) AS passed FROM offers \
         JOIN places ON places.application = offers.application AND places.ended = 0 \
         WHERE places.category = $2 AND (places.filed_us, places.application) < ($3, $4) \
         AND ({STANDS} OR (offers.cadastral_number IN ($5, $6) AND offers.standing IN ('open', 'refused')))"
    )))
    .bind(at)
    .bind(category)
    .bind(filed)
    .bind(number)
    .bind(cadastral_number)
    .bind(same_dwelling(cadastral_number))
    .one(tx)
    .await?
    .number("passed")?;
    Ok(Some(ahead.saturating_sub(passed.unsigned_abs())))
}

/// Keeps what a step has changed of the offers of a case. `until` is the last moment for the answer to the last.
///
/// # Errors
/// `Conflict` where the dwelling is another's, or where meanwhile somebody else would have to be offered it first.
pub(super) async fn keep_offers(
    tx: &mut Tx,
    number: &str,
    (before, after): (&[Offer], &[Offer]),
    until: Option<Timestamp>,
    at: Timestamp,
) -> Result<()> {
    for (index, offer) in after.iter().enumerate() {
        let was = before.get(index);
        if was == Some(offer) {
            continue;
        }
        if offer.stands() {
            refuse_taken(tx, number, &offer.dwelling.cadastral_number, at).await?;
            refuse_housed(tx, number).await?;
        }
        if was.is_none() && offer.out_of_turn.is_none() {
            let ahead = ahead_in(tx, number, &offer.dwelling.cadastral_number, at).await?;
            if ahead != Some(0) {
                return Err(StoreError::Conflict(Conflict::StateChanged));
            }
        }
        let until = match offer.standing() {
            Standing::Open => until.ok_or_else(|| StoreError::Row("until_us".into()))?.as_microsecond(),
            _ => 0,
        };
        sql("INSERT INTO offers (application, ordinal, cadastral_number, standing, until_us) \
             VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (application, ordinal) DO UPDATE SET standing = excluded.standing, \
             until_us = excluded.until_us")
        .bind(number)
        .bind(i64::try_from(index).unwrap_or(i64::MAX))
        .bind(same_dwelling(&offer.dwelling.cadastral_number))
        .bind(offer.standing().code())
        .bind(until)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// One person, one dwelling: whoever has agreed to one in another list, or was granted it, is offered none here.
async fn refuse_housed(tx: &mut Tx, number: &str) -> Result<()> {
    let other =
        sql("SELECT offers.application FROM offers JOIN applications ON number = offers.application \
                     WHERE offers.standing = 'agreed' AND offers.application <> $1 \
                     AND person_key = (SELECT person_key FROM applications WHERE number = $1) LIMIT 1")
        .bind(number)
        .optional(tx)
        .await?;
    match other {
        None => Ok(()),
        Some(_) => Err(StoreError::Conflict(Conflict::PersonHoused)),
    }
}

/// One dwelling, one offer: whoever has agreed to it, or has time to, keeps it from others, and so does an offer out of
/// turn that waits for its second official.
async fn refuse_taken(tx: &mut Tx, number: &str, cadastral_number: &str, at: Timestamp) -> Result<()> {
    // Offers from before dwellings had a number: which dwelling it is nobody can tell by it.
    if cadastral_number.is_empty() {
        return Ok(());
    }
    let other = sql(sqlx::AssertSqlSafe(format!(
        "SELECT application FROM offers WHERE cadastral_number IN ($2, $4) AND application <> $3 \
         AND ({STANDS} OR offers.standing = 'unconfirmed') LIMIT 1"
    )))
    .bind(at)
    .bind(cadastral_number)
    .bind(number)
    .bind(same_dwelling(cadastral_number))
    .optional(tx)
    .await?;
    match other {
        None => Ok(()),
        Some(_) => Err(StoreError::Conflict(Conflict::DwellingTaken)),
    }
}
