//! Places in the lists, as events move them, and the proof that they follow from the log of events.

use super::Store;
use super::database::{Row, Tx, sql};
use super::error::{Conflict, Result, StoreError};
use super::past::{change, is_past_wrong};
use super::queue::{BEGINNING, BLOCK, block_of};
use super::record::QueueChange;
use crate::housing::Category;
use crate::housing::queue::{Holder, Listing, RULE, Stretch, Told, follow};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The member of an event's body that says what becomes of a place.
pub(super) const MEMBER: &str = "place";
/// The event that gives a place or none, and says which.
pub(super) const SIGNED: &str = "sign-notice";
/// While a place lasts.
const FOR_EVER: i64 = i64::MAX;
/// Cases whose places are compared with the log at once.
const PAGE: i64 = 500;
/// The columns of a stretch.
const COLUMNS: &str = "application, began, category, holder, filed_us, entered_us, left_us, ended";

fn stretch(row: &Row) -> Result<Stretch> {
    let category = Category::from_code(&row.text("category")?);
    let ended = row.number("ended")?;
    Ok(Stretch {
        category: category.ok_or_else(|| StoreError::Row("category".into()))?,
        holder: row.octets32("holder")?,
        filed: row.time("filed_us")?,
        entered: row.time("entered_us")?,
        began: row.number("began")?,
        end: if ended == 0 { None } else { Some((row.time("left_us")?, ended)) },
    })
}

/// Does to a place what an event says, and to the counts of its list.
pub(super) async fn move_place(tx: &mut Tx, number: &str, filed: Timestamp, told: Told<'_>) -> Result<()> {
    let rows = sql(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM places WHERE application = $1 ORDER BY began"
    )))
    .bind(number)
    .all(&mut *tx)
    .await?;
    let mut stretches = rows.iter().map(stretch).collect::<Result<Vec<_>>>()?;
    let before = stretches.len();
    let was = stretches.last().filter(|last| last.end.is_none()).cloned();
    follow(&mut stretches, told, filed).ok_or_else(|| StoreError::Row("places".into()))?;
    if let Some(was) = was {
        let end = stretches.get(before - 1).and_then(|ended| ended.end);
        let (left, by) = end.ok_or_else(|| StoreError::Row("places".into()))?;
        sql("UPDATE places SET left_us = $2, ended = $3 WHERE application = $1 AND ended = 0")
            .bind(number)
            .bind(left)
            .bind(by)
            .execute(&mut *tx)
            .await?;
        count(tx, was.category, was.filed, number, -1).await?;
        change(tx, was.category, was.filed, left, -1).await?;
    }
    for new in stretches.iter().skip(before) {
        // One dwelling, one place (Law 70): of two in one list only one could ever be granted.
        let other = sql("SELECT application FROM places \
                         WHERE category = $1 AND holder = $2 AND ended = 0 AND application <> $3 LIMIT 1")
        .bind(new.category.code())
        .bind(new.holder)
        .bind(number)
        .optional(&mut *tx)
        .await?;
        if other.is_some() {
            return Err(StoreError::Conflict(Conflict::PlaceTaken));
        }
        sql(
            "INSERT INTO places (application, began, category, holder, filed_us, entered_us, left_us, ended) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0)",
        )
        .bind(number)
        .bind(new.began)
        .bind(new.category.code())
        .bind(new.holder)
        .bind(new.filed)
        .bind(new.entered)
        .bind(FOR_EVER)
        .execute(&mut *tx)
        .await?;
        count(tx, new.category, new.filed, number, 1).await?;
        change(tx, new.category, new.filed, new.entered, 1).await?;
    }
    Ok(())
}

/// Counts one more or one less in the block of a place, and cuts a block that has grown.
async fn count(tx: &mut Tx, category: Category, filed: Timestamp, number: &str, more: i64) -> Result<()> {
    let block = block_of(tx, category.code(), (filed.as_microsecond(), number)).await?;
    let Some((from_us, from_number, waiting)) = block else {
        return add_block(tx, category, BEGINNING, "", more).await;
    };
    let now = waiting + more;
    if now < 2 * BLOCK {
        return set_block(tx, category, from_us, &from_number, now).await;
    }
    let middle = sql("SELECT filed_us, application FROM places \
                      WHERE category = $1 AND ended = 0 AND filed_us >= $2 AND (filed_us, application) >= ($2, $3) \
                      ORDER BY filed_us, application LIMIT 1 OFFSET $4")
    .bind(category.code())
    .bind(from_us)
    .bind(&from_number)
    .bind(BLOCK)
    .one(&mut *tx)
    .await?;
    set_block(tx, category, from_us, &from_number, BLOCK).await?;
    add_block(tx, category, middle.number("filed_us")?, &middle.text("application")?, now - BLOCK).await
}

async fn add_block(tx: &mut Tx, category: Category, from_us: i64, number: &str, waiting: i64) -> Result<()> {
    sql("INSERT INTO place_blocks (category, from_us, from_number, waiting) VALUES ($1, $2, $3, $4)")
        .bind(category.code())
        .bind(from_us)
        .bind(number)
        .bind(waiting)
        .execute(tx)
        .await?;
    Ok(())
}

async fn set_block(tx: &mut Tx, category: Category, from_us: i64, number: &str, waiting: i64) -> Result<()> {
    sql("UPDATE place_blocks SET waiting = $4 WHERE category = $1 AND from_us = $2 AND from_number = $3")
        .bind(category.code())
        .bind(from_us)
        .bind(number)
        .bind(waiting)
        .execute(tx)
        .await?;
    Ok(())
}

impl Store {
    /// Derives all places from the log of events again, and counts the lists. Says what does not follow.
    ///
    /// Of a place that was taken before the log said so, which then names no holder, it is only looked at that it
    /// began with the signing of a notice.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_places(&self) -> Result<Option<String>> {
        first_unfounded(&mut self.database.read().await?).await
    }
}

/// What the log says of one case.
#[derive(Default)]
struct Log {
    filed: Option<Timestamp>,
    /// Notices that were signed before the log said what became of the place, by number of the event.
    signed: Vec<i64>,
    told: Vec<(Listing, Timestamp, i64)>,
}

pub(super) async fn first_unfounded(tx: &mut Tx) -> Result<Option<String>> {
    let mut after = String::new();
    loop {
        let numbers = sql("SELECT number FROM applications WHERE number > $1 ORDER BY number LIMIT $2")
            .bind(&after)
            .bind(PAGE)
            .all(&mut *tx)
            .await?;
        let Some(last) = numbers.last() else { break };
        let last = last.text("number")?;
        let mut logs = logs(tx, &after, &last).await?;
        let mut places = places(tx, &after, &last).await?;
        for row in &numbers {
            let number = row.text("number")?;
            let log = logs.remove(&number).unwrap_or_default();
            let there = places.remove(&number).unwrap_or_default();
            if !is_founded(&log, &there) {
                return Ok(Some(format!("the place of {number} does not follow from the log of events")));
            }
        }
        after = last;
    }
    if is_past_wrong(tx).await? {
        return Ok(Some("past days of the lists are counted wrongly".to_owned()));
    }
    wrong_count(tx).await
}

fn is_founded(log: &Log, there: &[Stretch]) -> bool {
    let Some(filed) = log.filed else { return there.is_empty() };
    if !log.signed.is_empty() {
        // Such a place, if the notice gave one, is as it was found when the log began to speak of places.
        return there.first().is_none_or(|first| log.signed.contains(&first.began) && first.filed == filed);
    }
    let mut derived = Vec::new();
    let follows = log.told.iter().all(|(listing, at, sequence)| {
        follow(&mut derived, Told { listing, at: *at, sequence: *sequence }, filed).is_some()
    });
    follows && derived == there
}

async fn logs(tx: &mut Tx, after: &str, last: &str) -> Result<BTreeMap<String, Log>> {
    let rows = sql("SELECT number, seq, at_us, kind, body FROM events \
                    JOIN applications ON applications.number = events.application \
                    WHERE number > $1 AND number <= $2 ORDER BY seq")
    .bind(after)
    .bind(last)
    .all(tx)
    .await?;
    let mut logs = BTreeMap::<String, Log>::new();
    for row in &rows {
        let log = logs.entry(row.text("number")?).or_default();
        let (at, sequence) = (row.time("at_us")?, row.number("seq")?);
        let kind = row.text("kind")?;
        if kind == "registered" {
            log.filed = Some(at);
        }
        let bad = || StoreError::Row(format!("event {sequence}"));
        let body: serde_json::Value = serde_json::from_str(&row.text("body")?).map_err(|_| bad())?;
        match body.get(MEMBER) {
            None if kind == SIGNED => log.signed.push(sequence),
            None | Some(serde_json::Value::Null) => {}
            Some(told) => {
                let listing = serde_json::from_value(told.clone()).map_err(|_| bad())?;
                log.told.push((listing, at, sequence));
            }
        }
    }
    Ok(logs)
}

async fn places(tx: &mut Tx, after: &str, last: &str) -> Result<BTreeMap<String, Vec<Stretch>>> {
    let text = format!(
        "SELECT {COLUMNS} FROM places WHERE application > $1 AND application <= $2 ORDER BY application, began"
    );
    let rows = sql(sqlx::AssertSqlSafe(text)).bind(after).bind(last).all(tx).await?;
    let mut places = BTreeMap::<String, Vec<Stretch>>::new();
    for row in &rows {
        places.entry(row.text("application")?).or_default().push(stretch(row)?);
    }
    Ok(places)
}

/// A block that counts other than its list.
async fn wrong_count(tx: &mut Tx) -> Result<Option<String>> {
    for category in Category::ALL {
        let blocks = sql("SELECT from_us, from_number, waiting FROM place_blocks WHERE category = $1 \
                          ORDER BY from_us DESC, from_number DESC")
        .bind(category.code())
        .all(&mut *tx)
        .await?;
        let (mut until, mut counted) = (None::<(i64, String)>, 0);
        for block in &blocks {
            let from = (block.number("from_us")?, block.text("from_number")?);
            let (until_us, until_number) = until.take().unwrap_or((i64::MAX, String::new()));
            let row = sql("SELECT count(*) AS counted FROM places WHERE category = $1 AND ended = 0 \
                           AND (filed_us, application) >= ($2, $3) AND (filed_us, application) < ($4, $5)")
            .bind(category.code())
            .bind(from.0)
            .bind(&from.1)
            .bind(until_us)
            .bind(until_number)
            .one(&mut *tx)
            .await?;
            if row.number("counted")? != block.number("waiting")? {
                return Ok(Some(format!("the list {} is counted wrongly", category.code())));
            }
            counted += row.number("counted")?;
            until = Some(from);
        }
        let all = sql("SELECT count(*) AS counted FROM places WHERE category = $1 AND ended = 0");
        if all.bind(category.code()).one(&mut *tx).await?.number("counted")? != counted {
            return Ok(Some(format!("the list {} is counted wrongly", category.code())));
        }
    }
    Ok(None)
}

/// What the log keeps of a change: keyed digests in place of persons.
pub(super) fn listing(change: &QueueChange, category: Category, holder: Holder) -> Option<Listing> {
    Some(match change {
        QueueChange::Unchanged => return None,
        QueueChange::Enter => Listing::Entered { rule: RULE.to_owned(), category, holder },
        QueueChange::Leave => Listing::Left,
        QueueChange::Restore => Listing::Restored,
        QueueChange::Move(category) => Listing::Moved { category: *category },
        QueueChange::Transfer(_) => Listing::Passed { holder },
    })
}
