//! Tickets of the centres' electronic queues, and who booked them.
//!
//! A place of a slot is taken under the writers' lock (`database.rs`), and a unique index has the last word: of two who
//! want the last one at the same instant, on whichever replicas, one gets it. The same holds for a person's one open
//! booking, and for a ticket that two desks would call.
//!
//! Whose a booking is stands in a table of its own, whose rows go with the day of the slot ([`Store::end_days`]). What
//! stays says how many came and how long they waited, and names nobody.

use super::database::{Row, Tx, sql};
use super::error::{Conflict, Result, StoreError};
use super::{Store, hex, key};
use crate::calendar::{local_date, start_of_day};
use crate::housing::reception::{self, Kind, Slot, Stage, Waiting};
use jiff::{Timestamp, civil::Date};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The columns of a ticket.
macro_rules! ticket {
    ($rest:literal) => {
        concat!("SELECT id, centre, day, kind, number, slot_us, state, arrived_us, called_us, desk FROM bookings ", $rest)
    };
}

/// A ticket to be given.
pub struct NewTicket<'a> {
    /// Code of the centre.
    pub centre: &'a str,
    /// The slots that will do, of one day; the first in which there is a place is taken.
    pub slots: &'a [Slot],
    /// How many places a slot has.
    pub desks: u32,
    /// The IIN of whoever books, and how many bookings a person may make in a day; `None` for one who came without.
    pub holder: Option<(&'a str, u32)>,
    /// Now.
    pub at: Timestamp,
}

/// A ticket as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedTicket {
    pub id: String,
    pub centre: String,
    /// The date in Almaty.
    pub day: Date,
    pub kind: Kind,
    /// Among the tickets of its kind on that day.
    pub number: u32,
    /// The beginning of its slot.
    pub start: Timestamp,
    pub stage: Stage,
    /// When its holder was there, if that was said.
    pub arrived: Option<Timestamp>,
    /// When and to which desk it was called last; desk 0 where none was named.
    pub called: Option<(Timestamp, u32)>,
}

impl NotedTicket {
    /// As it is called.
    pub fn name(&self) -> String {
        self.kind.ticket(self.number)
    }
}

fn noted(row: &Row) -> Result<NotedTicket> {
    let bad = |column: &str| StoreError::Row(column.into());
    let small = |column: &str| u32::try_from(row.number(column)?).map_err(|_| bad(column));
    let (has_arrived, is_called) = (row.number("arrived_us")? > 0, row.number("called_us")? > 0);
    Ok(NotedTicket {
        id: row.text("id")?,
        centre: row.text("centre")?,
        day: row.text("day")?.parse().map_err(|_| bad("day"))?,
        kind: Kind::from_code(&row.text("kind")?).ok_or_else(|| bad("kind"))?,
        number: small("number")?,
        start: row.time("slot_us")?,
        stage: Stage::from_code(&row.text("state")?).ok_or_else(|| bad("state"))?,
        arrived: if has_arrived { Some(row.time("arrived_us")?) } else { None },
        called: if is_called { Some((row.time("called_us")?, small("desk")?)) } else { None },
    })
}

/// The first moment of the day in Almaty in which a moment lies.
fn day_of(at: Timestamp) -> Result<(Date, Timestamp)> {
    let date = local_date(at).map_err(|_| StoreError::Row("slot".into()))?;
    Ok((date, start_of_day(date).map_err(|_| StoreError::Row("slot".into()))?))
}

impl Store {
    /// How many places are taken in the slots of a centre that begin in a stretch of time, its end not in it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn places_taken(
        &self,
        centre: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<BTreeMap<Timestamp, u32>> {
        let rows = sql("SELECT slot_us, count(*) AS taken FROM bookings \
                        WHERE centre = $1 AND slot_us >= $2 AND slot_us < $3 AND state = 'waiting' GROUP BY slot_us")
        .bind(centre)
        .bind(from)
        .bind(to)
        .all(&self.database)
        .await?;
        let count = |row: &Row| {
            let taken = u32::try_from(row.number("taken")?).unwrap_or(u32::MAX);
            Ok((row.time("slot_us")?, taken))
        };
        rows.iter().map(count).collect()
    }

    /// Gives a ticket, and to whoever books the key that opens it, which is kept nowhere.
    ///
    /// # Errors
    /// `Conflict`: no place is left in any of the slots; the person has an open booking, or made too many today.
    pub async fn give_ticket(&self, new: NewTicket<'_>) -> Result<(NotedTicket, Option<String>)> {
        let mut tx = self.database.write().await?;
        end_days_in(&mut tx, new.at).await?;
        let holder = match new.holder {
            None => None,
            Some((iin, per_day)) => {
                let person = self.person(iin);
                refuse_more(&mut tx, &person, per_day, new.at).await?;
                Some(person)
            }
        };
        let (slot, place) = free_place(&mut tx, &new).await?;
        let (day, _) = day_of(slot.start)?;
        let kind = if holder.is_some() { Kind::Booked } else { Kind::WalkIn };
        let last = sql("SELECT COALESCE(max(number), 0) AS last FROM bookings \
                        WHERE centre = $1 AND day = $2 AND kind = $3")
        .bind(new.centre)
        .bind(day.to_string())
        .bind(kind.code())
        .one(&mut tx)
        .await?
        .number("last")?;
        let id = uuid::Uuid::now_v7().to_string();
        let given = sql("INSERT INTO bookings (id, centre, day, kind, number, slot_us, place, state, made_us, \
                         arrived_us, called_us, desk, ended_us) VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, 0, 0, 0, 0) \
                         ON CONFLICT DO NOTHING")
        .bind(&id)
        .bind(new.centre)
        .bind(day.to_string())
        .bind(kind.code())
        .bind(last + 1)
        .bind(slot.start)
        .bind(i64::from(place))
        .bind(new.at)
        .execute(&mut tx)
        .await?;
        if given == 0 {
            return Err(StoreError::Conflict(Conflict::SlotTaken));
        }
        let mut opens = None;
        if let Some(person) = holder {
            let secret = hex(&key::random()?);
            let held = sql(
                "INSERT INTO booking_holders (booking, person_key, key_sha256, slot_us, made_us, is_open) \
                            VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT DO NOTHING",
            )
            .bind(&id)
            .bind(person)
            .bind(Sha256::digest(secret.as_bytes()).to_vec())
            .bind(slot.start)
            .bind(new.at)
            .execute(&mut tx)
            .await?;
            if held == 0 {
                return Err(StoreError::Conflict(Conflict::BookingOpen));
            }
            opens = Some(secret);
        }
        let ticket = sql(ticket!("WHERE id = $1")).bind(&id).one(&mut tx).await?;
        tx.commit().await?;
        Ok((noted(&ticket)?, opens))
    }

    /// A ticket.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    pub async fn ticket(&self, id: &str) -> Result<NotedTicket> {
        noted(&sql(ticket!("WHERE id = $1")).bind(id).one(&self.database).await?)
    }

    /// Whether a key opens a booking now: not after the day of its slot. Only digests are compared.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn key_opens_booking(&self, id: &str, key: &str, now: Timestamp) -> Result<bool> {
        let row = sql(
            "SELECT booking FROM booking_holders WHERE booking = $1 AND key_sha256 = $2 AND slot_us >= $3",
        )
        .bind(id)
        .bind(Sha256::digest(key.as_bytes()).to_vec())
        .bind(day_of(now)?.1)
        .optional(&self.database)
        .await?;
        Ok(row.is_some())
    }

    /// Says that the holder of a ticket is there. What was said first stands.
    ///
    /// # Errors
    /// `Conflict` where it is not waiting any more, or not for today.
    pub async fn note_arrival(&self, id: &str, now: Timestamp) -> Result<NotedTicket> {
        let mut tx = self.database.write().await?;
        let noted_now =
            sql("UPDATE bookings SET arrived_us = CASE WHEN arrived_us = 0 THEN $3 ELSE arrived_us END \
                             WHERE id = $1 AND day = $2 AND state = 'waiting'")
            .bind(id)
            .bind(day_of(now)?.0.to_string())
            .bind(now)
            .execute(&mut tx)
            .await?;
        if noted_now == 0 {
            return Err(StoreError::Conflict(Conflict::TicketMoved));
        }
        let ticket = sql(ticket!("WHERE id = $1")).bind(id).one(&mut tx).await?;
        tx.commit().await?;
        noted(&ticket)
    }

    /// Gives a ticket up; its place is free again.
    ///
    /// # Errors
    /// `Conflict` where it is not waiting any more.
    pub async fn cancel_ticket(&self, id: &str, at: Timestamp) -> Result<NotedTicket> {
        self.end_ticket(id, Stage::Waiting, Stage::Cancelled, at).await
    }

    /// Says of a ticket that was called whether it was served.
    ///
    /// # Errors
    /// `Conflict` where it is not called, or over.
    pub async fn close_ticket(&self, id: &str, served: bool, at: Timestamp) -> Result<NotedTicket> {
        let stage = if served { Stage::Served } else { Stage::NotCome };
        self.end_ticket(id, Stage::Called, stage, at).await
    }

    async fn end_ticket(&self, id: &str, from: Stage, to: Stage, at: Timestamp) -> Result<NotedTicket> {
        let mut tx = self.database.write().await?;
        end_days_in(&mut tx, at).await?;
        let ended = sql("UPDATE bookings SET state = $3, ended_us = $4 WHERE id = $1 AND state = $2")
            .bind(id)
            .bind(from.code())
            .bind(to.code())
            .bind(at)
            .execute(&mut tx)
            .await?;
        if ended == 0 {
            return Err(StoreError::Conflict(Conflict::TicketMoved));
        }
        let closed = sql("UPDATE booking_holders SET is_open = 0 WHERE booking = $1");
        closed.bind(id).execute(&mut tx).await?;
        let ticket = sql(ticket!("WHERE id = $1")).bind(id).one(&mut tx).await?;
        tx.commit().await?;
        noted(&ticket)
    }

    /// Calls the ticket of a centre whose turn it is ([`reception::next`]) to a desk; `None` if it is nobody's.
    ///
    /// # Errors
    /// When the database fails; nobody is called then.
    pub async fn call_next(&self, centre: &str, desk: u32, now: Timestamp) -> Result<Option<NotedTicket>> {
        let mut tx = self.database.write().await?;
        let (day, _) = day_of(now)?;
        let rows = sql(ticket!("WHERE centre = $1 AND day = $2 AND state = 'waiting'"))
            .bind(centre)
            .bind(day.to_string())
            .all(&mut tx)
            .await?;
        let tickets = rows.iter().map(noted).collect::<Result<Vec<_>>>()?;
        let waiting: Vec<Waiting> = tickets
            .iter()
            .map(|one| Waiting { kind: one.kind, number: one.number, start: one.start, arrived: one.arrived })
            .collect();
        let Some(mut ticket) =
            reception::next(&waiting, now).and_then(|index| tickets.into_iter().nth(index))
        else {
            return Ok(None);
        };
        sql("UPDATE bookings SET state = 'called', called_us = $2, desk = $3 WHERE id = $1")
            .bind(&ticket.id)
            .bind(now)
            .bind(i64::from(desk))
            .execute(&mut tx)
            .await?;
        tx.commit().await?;
        (ticket.stage, ticket.called) = (Stage::Called, Some((now, desk)));
        Ok(Some(ticket))
    }

    /// The tickets of a centre that are called today and not over yet, the last called first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn called_tickets(&self, centre: &str, now: Timestamp) -> Result<Vec<NotedTicket>> {
        let rows = sql(ticket!(
            "WHERE centre = $1 AND day = $2 AND state = 'called' ORDER BY called_us DESC, kind, number"
        ))
        .bind(centre)
        .bind(day_of(now)?.0.to_string())
        .all(&self.database)
        .await?;
        rows.iter().map(noted).collect()
    }

    /// Forgets who booked for days that are over, and closes what was left open then. Returns how many tickets it were.
    ///
    /// # Errors
    /// When the database fails; nothing is changed then.
    pub async fn end_days(&self, now: Timestamp) -> Result<u64> {
        // Asked first without the writers' lock: it happens once a day.
        let over = sql("SELECT 1 AS found FROM booking_holders WHERE slot_us < $1 UNION ALL \
                        SELECT 1 FROM bookings WHERE slot_us < $1 AND state IN ('waiting', 'called') LIMIT 1");
        let over = over.bind(day_of(now)?.1);
        if over.optional(&self.database).await?.is_none() {
            return Ok(0);
        }
        let mut tx = self.database.write().await?;
        let ended = end_days_in(&mut tx, now).await?;
        tx.commit().await?;
        Ok(ended)
    }
}

async fn end_days_in(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let (_, today) = day_of(now)?;
    let forget = sql("DELETE FROM booking_holders WHERE slot_us < $1");
    let forgotten = forget.bind(today).execute(&mut *tx).await?;
    let lapse = sql("UPDATE bookings SET state = 'lapsed', ended_us = $2 \
                     WHERE slot_us < $1 AND state IN ('waiting', 'called')");
    let lapsed = lapse.bind(today).bind(now).execute(tx).await?;
    Ok(forgotten.max(lapsed))
}

async fn refuse_more(tx: &mut Tx, person: &[u8; 32], per_day: u32, at: Timestamp) -> Result<()> {
    let row = sql(
        "SELECT CAST(COALESCE(sum(is_open), 0) AS BIGINT) AS open_now, count(*) AS made FROM booking_holders \
                   WHERE person_key = $1 AND (is_open = 1 OR made_us >= $2)",
    );
    let row = row.bind(person).bind(day_of(at)?.1).one(tx).await?;
    if row.number("open_now")? > 0 {
        return Err(StoreError::Conflict(Conflict::BookingOpen));
    }
    if row.number("made")? >= i64::from(per_day) {
        return Err(StoreError::Conflict(Conflict::BookingsOfDay));
    }
    Ok(())
}

/// The first slot with a place that nobody has, and that place.
async fn free_place(tx: &mut Tx, new: &NewTicket<'_>) -> Result<(Slot, u32)> {
    let taken = || StoreError::Conflict(Conflict::SlotTaken);
    let (Some(first), Some(last)) = (new.slots.first(), new.slots.last()) else { return Err(taken()) };
    let rows = sql("SELECT slot_us, place FROM bookings \
                    WHERE centre = $1 AND slot_us >= $2 AND slot_us <= $3 AND state = 'waiting'")
    .bind(new.centre)
    .bind(first.start)
    .bind(last.start)
    .all(tx)
    .await?;
    let mut places: BTreeMap<Timestamp, Vec<i64>> = BTreeMap::new();
    for row in &rows {
        places.entry(row.time("slot_us")?).or_default().push(row.number("place")?);
    }
    let free = new.slots.iter().find_map(|slot| {
        let taken = places.get(&slot.start).map(Vec::as_slice).unwrap_or_default();
        let place = (1..=new.desks).find(|place| !taken.contains(&i64::from(*place)))?;
        Some((*slot, place))
    });
    free.ok_or_else(taken)
}

#[cfg(test)]
mod tests;
