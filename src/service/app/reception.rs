//! The electronic queues of the centres: booking a slot by IIN without a signature, tickets given at the centre, calls
//! to the desks, and the board.
//!
//! Whoever books proves nothing: an IIN is no secret. So a booking gives nothing but a place in a day's queue; a person
//! has one open booking at all centres and makes a few a day, and of the IIN only its keyed digest is kept, until the
//! day of the slot is over. Whoever finds that somebody else booked by their IIN gets a ticket at the centre, or has the
//! booking cancelled there.

use super::*;
use crate::calendar::{Body, ZONE, covers};
use crate::housing::Iin;
use crate::housing::permission::Part;
use crate::housing::reception::{NoSlot, Reception, Slot};
use crate::store::{Conflict, NewTicket, NotedTicket};

impl From<NoSlot> for AppError {
    fn from(why: NoSlot) -> Self {
        let field = Some("start".to_owned());
        Self::Invalid(vec![Reason { code: why.code().to_owned(), field, params: Vec::new() }])
    }
}

/// The electronic queue of a centre, by the calendar of the centres.
fn reception(centre: &config::Centre) -> Reception<'static> {
    Reception {
        schedule: Body::Centre.schedule(),
        desks: centre.desks,
        slot_minutes: centre.slot_minutes,
        horizon_days: centre.horizon_days,
    }
}

/// A moment as the clocks of Almaty show it, to the second, with their offset.
fn local(at: Timestamp) -> String {
    let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
    at.display_with_offset(ZONE.to_offset(at)).to_string()
}

fn shown(ticket: &NotedTicket) -> Value {
    json!({
        "id": ticket.id,
        "centre": ticket.centre,
        "ticket": ticket.name(),
        "kind": ticket.kind.code(),
        "status": ticket.stage.code(),
        "date": ticket.day.to_string(),
        "start": local(ticket.start),
        "arrived_at": ticket.arrived.map(local),
        "called_at": ticket.called.map(|(at, _)| local(at)),
        "desk": ticket.called.map(|(_, desk)| desk).filter(|desk| *desk > 0),
    })
}

/// Whether one of these parts is played at a centre.
fn plays_at(parts: &[Part], centre: &str) -> bool {
    let is_here = |part: &Part| part.centre.as_deref() == Some(centre);
    parts.iter().any(|part| part.role.body() == housing::permission::Body::Centre && is_here(part))
}

impl App {
    fn centre(&self, code: &str) -> Result<config::Centre, AppError> {
        self.settings.centre(code).ok_or(AppError::Missing("CENTRE_UNKNOWN"))
    }

    /// Whether a bearer key is that of an official of a centre.
    fn is_official_of(&self, bearer: &str, centre: &str) -> bool {
        self.official_by(bearer).is_some_and(|(_, parts)| plays_at(&parts, centre))
    }

    /// A centre, for one of its officials.
    fn own_centre(&self, code: &str, bearer: Option<&str>) -> Result<config::Centre, AppError> {
        let (_, parts) = bearer.and_then(|bearer| self.official_by(bearer)).ok_or(AppError::Unauthorized)?;
        let centre = self.centre(code)?;
        if plays_at(&parts, code) { Ok(centre) } else { Err(AppError::Denied("NOT_OF_CENTRE", Vec::new())) }
    }

    /// The free slots of a centre on a date.
    ///
    /// # Errors
    /// `Missing` for an unknown centre, `Invalid` for a date for which one cannot book.
    pub async fn slots(&self, centre: &str, date: &str) -> Result<Value, AppError> {
        let centre = self.centre(centre)?;
        let date: Date = date.parse().map_err(|_| AppError::Option("date"))?;
        let reception = reception(&centre);
        let open = reception.open_slots(date, self.clock.now())?;
        let end = open.last().map_or(Timestamp::MIN, |slot| slot.end);
        let from = open.first().map_or(Timestamp::MIN, |slot| slot.start);
        let taken = self.store.places_taken(&centre.code, from, end).await?;
        let free = open.iter().filter_map(|slot| {
            let left = centre.desks.saturating_sub(taken.get(&slot.start).copied().unwrap_or_default());
            (left > 0).then(|| json!({"start": local(slot.start), "end": local(slot.end), "free": left}))
        });
        Ok(json!({
            "centre": centre.code,
            "date": date.to_string(),
            "slot_minutes": centre.slot_minutes,
            // Of a year that the calendar does not know yet, a day off may be missing.
            "calendar_certain": covers(date.year()),
            "slots": free.collect::<Vec<_>>(),
        }))
    }

    /// Books a slot for a person.
    ///
    /// # Errors
    /// `Missing` for an unknown centre, `Invalid` for an IIN or a slot that is none, `Conflict` where the slot is
    /// taken or the person may not book another.
    pub async fn book(&self, centre: &str, iin: &str, start: &str) -> Result<Value, AppError> {
        let centre = self.centre(centre)?;
        let now = self.moment().await?;
        let iin_fault = |fault: housing::IinError| {
            let field = Some("iin".to_owned());
            AppError::Invalid(vec![Reason { code: fault.code().to_owned(), field, params: Vec::new() }])
        };
        let iin = Iin::parse(iin, self.rules.test_identities).map_err(iin_fault)?;
        let start: Timestamp = start.parse().map_err(|_| AppError::Option("start"))?;
        let slot = reception(&centre).slot_at(start, now)?;
        let holder = Some((iin.as_str(), self.settings.limits.bookings_per_day));
        let (ticket, key) = self.give(&centre, &[slot], holder, now).await?;
        let mut answer = shown(&ticket);
        answer["key"] = key.into();
        Ok(answer)
    }

    async fn give(
        &self,
        centre: &config::Centre,
        slots: &[Slot],
        holder: Option<(&str, u32)>,
        at: Timestamp,
    ) -> Result<(NotedTicket, Option<String>), StoreError> {
        let new = NewTicket { centre: &centre.code, slots, desks: centre.desks, holder, at };
        self.store.give_ticket(new).await
    }

    /// Gives a ticket to somebody who came without a booking: of the next slot of today in which there is a place.
    ///
    /// # Errors
    /// `Unauthorized`, or `Denied` to whoever is no official of the centre; `Invalid` on a day off, `Conflict` where
    /// no place is left today.
    pub async fn walk_in(&self, centre: &str, bearer: Option<&str>) -> Result<Value, AppError> {
        let centre = self.own_centre(centre, bearer)?;
        let now = self.moment().await?;
        let today = local_date(now).map_err(|error| AppError::Internal(error.into()))?;
        let slots = reception(&centre).open_slots(today, now)?;
        match self.give(&centre, &slots, None, now).await {
            Ok((ticket, _)) => Ok(shown(&ticket)),
            Err(StoreError::Conflict(Conflict::SlotTaken)) => Err(AppError::Conflict("NO_SLOT_LEFT", None)),
            Err(error) => Err(error.into()),
        }
    }

    /// A ticket, for whoever has its key or is an official of its centre.
    async fn opened(&self, id: &str, bearer: Option<&str>) -> Result<NotedTicket, AppError> {
        let bearer = bearer.ok_or(AppError::Unauthorized)?;
        let missing = AppError::Missing("BOOKING_NOT_FOUND");
        let ticket = match self.store.ticket(id).await {
            Ok(ticket) => ticket,
            Err(StoreError::NotFound) => return Err(missing),
            Err(error) => return Err(error.into()),
        };
        let may = self.is_official_of(bearer, &ticket.centre)
            || self.store.key_opens_booking(id, bearer, self.clock.now()).await?;
        if may { Ok(ticket) } else { Err(missing) }
    }

    /// A booking.
    ///
    /// # Errors
    /// `Unauthorized` without a key, `Missing` with one that does not open it.
    pub async fn booking(&self, id: &str, bearer: Option<&str>) -> Result<Value, AppError> {
        Ok(shown(&self.opened(id, bearer).await?))
    }

    /// Says that whoever booked is there, so that waiting for a desk makes nobody late.
    ///
    /// # Errors
    /// As [`App::booking`]; `Conflict` where it is not for today, called or over.
    pub async fn arrive(&self, id: &str, bearer: Option<&str>) -> Result<Value, AppError> {
        let ticket = self.opened(id, bearer).await?;
        let now = self.moment().await?;
        Ok(shown(&self.store.note_arrival(&ticket.id, now).await?))
    }

    /// Gives a booking up.
    ///
    /// # Errors
    /// As [`App::booking`]; `Conflict` where it is called or over.
    pub async fn cancel_booking(&self, id: &str, bearer: Option<&str>) -> Result<Value, AppError> {
        let ticket = self.opened(id, bearer).await?;
        let now = self.moment().await?;
        Ok(shown(&self.store.cancel_ticket(&ticket.id, now).await?))
    }

    /// Calls the next ticket of a centre to a desk.
    ///
    /// # Errors
    /// `Unauthorized`, or `Denied` to whoever is no official of the centre; `Conflict` where it is nobody's turn.
    pub async fn call_next(&self, centre: &str, desk: u32, bearer: Option<&str>) -> Result<Value, AppError> {
        let centre = self.own_centre(centre, bearer)?;
        if desk > centre.desks {
            return Err(AppError::Option("desk"));
        }
        let now = self.moment().await?;
        let called = self.store.call_next(&centre.code, desk, now).await?;
        called.map(|ticket| shown(&ticket)).ok_or(AppError::Conflict("NOBODY_WAITS", None))
    }

    /// Says what came of a call.
    ///
    /// # Errors
    /// As [`App::call_next`]; `Missing` where the centre has no such ticket, `Conflict` where it is not called.
    pub async fn close_call(
        &self,
        centre: &str,
        id: &str,
        served: bool,
        bearer: Option<&str>,
    ) -> Result<Value, AppError> {
        let centre = self.own_centre(centre, bearer)?;
        let ticket = self.opened(id, bearer).await?;
        if ticket.centre != centre.code {
            return Err(AppError::Missing("BOOKING_NOT_FOUND"));
        }
        let now = self.moment().await?;
        Ok(shown(&self.store.close_ticket(&ticket.id, served, now).await?))
    }

    /// What the board of a centre shows: the tickets that are called, and to which desk. No person, no identifier.
    ///
    /// # Errors
    /// `Missing` for an unknown centre.
    pub async fn board(&self, centre: &str) -> Result<Value, AppError> {
        let (centre, now) = (self.centre(centre)?, self.clock.now());
        let called = self.store.called_tickets(&centre.code, now).await?;
        let lines = called.iter().filter_map(|ticket| {
            let (at, desk) = ticket.called?;
            let desk = Some(desk).filter(|desk| *desk > 0);
            Some(json!({"ticket": ticket.name(), "desk": desk, "called_at": local(at)}))
        });
        Ok(json!({"centre": centre.code, "at": local(now), "called": lines.collect::<Vec<_>>()}))
    }
}
