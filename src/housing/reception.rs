//! The reception of applicants at a centre by its electronic queue (item 16): which slots a day has, and who is called
//! next.
//!
//! A day is cut into slots from the opening of the centre, by its working calendar; so many applicants are received in
//! a slot as there are desks. Whoever booked has a slot; whoever comes without a booking gets the next free one, so that
//! no more tickets are given than can be served. At the desks the slot counts only for those who booked ([`next`]).
//!
//! There is no expedited service (item 16): nobody comes before the rule.

use crate::calendar::{Schedule, local_date};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Whoever booked and is neither there nor called so long after the beginning of the slot is late.
pub const LATE_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// How a centre receives applicants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reception<'a> {
    /// When the centre works.
    pub schedule: &'a Schedule,
    /// How many are received at a time.
    pub desks: u32,
    /// How long one of them takes.
    pub slot_minutes: u32,
    /// How many days ahead one may book.
    pub horizon_days: u32,
}

/// A stretch of time for which one may book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// The moment at which it begins.
    pub start: Timestamp,
    /// The moment at which it ends, which is not in it any more.
    pub end: Timestamp,
}

/// Why there is no such slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSlot {
    /// It has begun, or the day is over.
    Past,
    /// The centre does not work that day.
    DayOff,
    /// The centre works that day, but not then.
    OutsideHours,
    /// Within the hours, but no slot begins then.
    NotAStart,
    /// The day is further ahead than one may book.
    BeyondHorizon,
}

impl NoSlot {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Past => "SLOT_PAST",
            Self::DayOff => "CENTRE_DAY_OFF",
            Self::OutsideHours => "OUTSIDE_HOURS",
            Self::NotAStart => "NO_SLOT_STARTS",
            Self::BeyondHorizon => "BEYOND_HORIZON",
        }
    }
}

impl Reception<'_> {
    /// All slots of a date, in order; nothing on a day off. What is left of the hours after the last whole slot is none.
    pub fn slots_of(&self, date: Date) -> Vec<Slot> {
        let length = SignedDuration::from_mins(self.slot_minutes.max(1).into());
        let hours = self.schedule.opening_hours(date).unwrap_or_default();
        hours
            .into_iter()
            .flat_map(|(opens, closes)| {
                let starts = std::iter::successors(Some(opens), move |start| start.checked_add(length).ok());
                starts.map_while(move |start| {
                    let end = start.checked_add(length).ok()?;
                    (end <= closes).then_some(Slot { start, end })
                })
            })
            .collect()
    }

    /// The slots of a date that have not begun, as long as one may book for that date.
    ///
    /// # Errors
    /// Says why one may not. A day of which all slots have begun has none, and is no error before it is over.
    pub fn open_slots(&self, date: Date, now: Timestamp) -> Result<Vec<Slot>, NoSlot> {
        let today = local_date(now).map_err(|_| NoSlot::BeyondHorizon)?;
        if date < today {
            return Err(NoSlot::Past);
        }
        let last = today.checked_add(i64::from(self.horizon_days).days());
        if last.is_ok_and(|last| date > last) {
            return Err(NoSlot::BeyondHorizon);
        }
        if self.schedule.is_day_off(date) {
            return Err(NoSlot::DayOff);
        }
        Ok(self.slots_of(date).into_iter().filter(|slot| slot.start >= now).collect())
    }

    /// The slot that begins at a moment, if one may book it.
    ///
    /// # Errors
    /// Says why one may not.
    pub fn slot_at(&self, start: Timestamp, now: Timestamp) -> Result<Slot, NoSlot> {
        if start < now {
            return Err(NoSlot::Past);
        }
        let date = local_date(start).map_err(|_| NoSlot::BeyondHorizon)?;
        let open = self.open_slots(date, now)?;
        let found = open.into_iter().find(|slot| slot.start == start);
        found.ok_or_else(|| {
            match self.slots_of(date).iter().any(|slot| slot.start < start && start < slot.end) {
                true => NoSlot::NotAStart,
                false => NoSlot::OutsideHours,
            }
        })
    }
}

/// How a ticket was got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Booked ahead.
    Booked,
    /// Given at the centre.
    WalkIn,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Booked, Self::WalkIn];

    pub fn code(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::WalkIn => "walk-in",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The ticket as it is called: `A-017` of those who booked, `B-003` of the others. A number is one ticket's on that
    /// day at that centre.
    pub fn ticket(self, number: u32) -> String {
        let letter = match self {
            Self::Booked => 'A',
            Self::WalkIn => 'B',
        };
        format!("{letter}-{number:03}")
    }
}

/// What has become of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Waiting,
    /// To a desk.
    Called,
    Served,
    /// Was called and did not come.
    NotCome,
    /// Given up by its holder, or for the holder at the centre.
    Cancelled,
    /// The day was over before anything else became of it.
    Lapsed,
}

impl Stage {
    pub const ALL: [Self; 6] =
        [Self::Waiting, Self::Called, Self::Served, Self::NotCome, Self::Cancelled, Self::Lapsed];

    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Called => "called",
            Self::Served => "served",
            Self::NotCome => "not-come",
            Self::Cancelled => "cancelled",
            Self::Lapsed => "lapsed",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.code() == code)
    }
}

/// A ticket that waits to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub kind: Kind,
    /// Among the tickets of its kind.
    pub number: u32,
    /// The beginning of its slot.
    pub start: Timestamp,
    /// When its holder was there, if that was said.
    pub arrived: Option<Timestamp>,
}

/// Where a ticket stands among those that may be called at a moment; `None` for whoever booked a slot that has not
/// begun, who need not be there yet.
///
/// Those who booked come first, by their slots; then those without a booking, as they came; then those who booked and
/// are late by more than [`LATE_AFTER`], by their slots. Whoever was there in time is not late for having to wait.
fn rank(ticket: &Waiting, now: Timestamp) -> Option<(u8, Timestamp, u32)> {
    let there = ticket.arrived.unwrap_or(now);
    match ticket.kind {
        Kind::Booked if now < ticket.start => None,
        Kind::Booked if there.duration_since(ticket.start) <= LATE_AFTER => {
            Some((0, ticket.start, ticket.number))
        }
        Kind::Booked => Some((2, ticket.start, ticket.number)),
        Kind::WalkIn => Some((1, Timestamp::MIN, ticket.number)),
    }
}

/// Which of the waiting tickets is called next; `None` if nobody's turn is it.
pub fn next(waiting: &[Waiting], now: Timestamp) -> Option<usize> {
    let ranked = waiting.iter().enumerate().filter_map(|(index, one)| Some((rank(one, now)?, index)));
    ranked.min().map(|(_, index)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Body, ZONE};
    use jiff::civil::date;

    fn centre(slot_minutes: u32) -> Reception<'static> {
        Reception { schedule: Body::Centre.schedule(), desks: 2, slot_minutes, horizon_days: 14 }
    }

    /// A moment on the clocks of Almaty.
    fn local(text: &str) -> Timestamp {
        ZONE.to_timestamp(text.parse().unwrap()).unwrap()
    }

    /// Every date of fourteen years, by the slow second calendar of the tests, which shares no code with the first.
    #[test]
    fn slots_lie_in_the_hours_of_working_days_and_never_overlap() {
        use crate::calendar::tests::slow::{Slow, day};
        let slow = Slow::centre();
        let (mut open, mut closed) = (0, 0);
        for (minutes, on) in [(15, 44), (7, 94), (60, 11), (45, 14), (480, 1)] {
            let reception = centre(minutes);
            for today in date(2014, 1, 1).series(1.day()).take_while(|day| day.year() < 2028) {
                let slots = reception.slots_of(today);
                let number = day(today.year().into(), today.month().into(), today.day().into());
                if slow.is_off(number) {
                    assert_eq!(slots, [], "{today}");
                    closed += 1;
                    continue;
                }
                open += 1;
                assert_eq!(slots.len(), on, "{today}");
                let length = SignedDuration::from_mins(minutes.into());
                assert_eq!(slots[0].start, local(&format!("{today}T09:00")));
                for slot in &slots {
                    assert_eq!(slot.start.duration_until(slot.end), length);
                    let (from, to) = (ZONE.to_datetime(slot.start), ZONE.to_datetime(slot.end));
                    assert!(from.date() == today && to.date() == today, "{today}");
                    assert!(from.hour() >= 9 && (to.hour() < 20 || (to.hour(), to.minute()) == (20, 0)));
                }
                assert!(slots.windows(2).all(|pair| pair[0].end <= pair[1].start), "{today}");
            }
        }
        assert!(open > 20_000 && closed > 3_000, "{open} {closed}");
    }

    #[test]
    fn the_pause_of_a_body_that_has_one_has_no_slots() {
        let provider = Reception { schedule: Body::Provider.schedule(), ..centre(45) };
        let slots = provider.slots_of(date(2026, 11, 30));
        let at = |slot: &Slot| ZONE.to_datetime(slot.start).time().to_string();
        let starts: Vec<_> = slots.iter().map(at).collect();
        let expected = ["09:00:00", "09:45:00", "10:30:00", "11:15:00", "12:00:00"];
        assert_eq!(starts[..5], expected);
        assert_eq!(starts[5], "14:00:00", "45 minutes from 12:45 would last into the pause");
        assert_eq!(starts.len(), 10);
    }

    /// Almaty went from UTC+6 to UTC+5 in the night to 1 March 2024.
    #[test]
    fn the_hours_are_those_of_the_clock_on_the_wall() {
        let first = |date| centre(15).slots_of(date)[0].start.to_string();
        assert_eq!(first(date(2024, 2, 29)), "2024-02-29T03:00:00Z");
        assert_eq!(first(date(2024, 3, 1)), "2024-03-01T04:00:00Z");
    }

    #[test]
    fn what_cannot_be_booked() {
        use NoSlot::{BeyondHorizon, DayOff, NotAStart, OutsideHours, Past};
        let now = local("2026-11-28T10:07");
        for (start, expected) in [
            ("2026-11-28T10:15", Ok(())),
            ("2026-11-28T10:00", Err(Past)),
            ("2026-11-27T10:15", Err(Past)),
            ("2026-11-28T19:45", Ok(())),
            ("2026-11-28T20:00", Err(OutsideHours)),
            ("2026-11-30T08:45", Err(OutsideHours)),
            ("2026-11-30T10:20", Err(NotAStart)),
            // A Sunday, and Independence Day.
            ("2026-11-29T10:15", Err(DayOff)),
            ("2026-12-12T10:15", Ok(())),
            ("2026-12-14T10:15", Err(BeyondHorizon)),
            ("9999-12-30T10:15", Err(BeyondHorizon)),
        ] {
            let found = centre(15).slot_at(local(start), now);
            assert_eq!(found.map(|slot| assert_eq!(slot.start, local(start))), expected, "{start}");
        }
        let on_the_day = local("2026-12-16T08:00");
        assert_eq!(centre(15).slot_at(local("2026-12-16T10:15"), on_the_day), Err(DayOff));
    }

    #[test]
    fn a_day_loses_its_slots_as_they_begin() {
        let count = |now: &str| centre(15).open_slots(date(2026, 11, 28), local(now)).map(|all| all.len());
        assert_eq!(count("2026-11-27T23:00"), Ok(44));
        assert_eq!(count("2026-11-28T09:00"), Ok(44));
        assert_eq!(count("2026-11-28T09:01"), Ok(43));
        assert_eq!(count("2026-11-28T19:50"), Ok(0));
        assert_eq!(count("2026-11-28T23:59"), Ok(0));
        assert_eq!(count("2026-11-29T00:00"), Err(NoSlot::Past));
    }

    #[test]
    fn who_is_called_next() {
        let ticket = |kind, number, start: &str| Waiting { kind, number, start: local(start), arrived: None };
        let mut waiting = vec![
            ticket(Kind::WalkIn, 1, "2026-11-28T10:30"),
            ticket(Kind::WalkIn, 2, "2026-11-28T10:00"),
            ticket(Kind::Booked, 5, "2026-11-28T09:45"),
            ticket(Kind::Booked, 4, "2026-11-28T10:00"),
            ticket(Kind::Booked, 3, "2026-11-28T10:00"),
            ticket(Kind::Booked, 1, "2026-11-28T10:15"),
        ];
        let now = local("2026-11-28T10:10");
        let mut called = Vec::new();
        while let Some(index) = next(&waiting, now) {
            let one = waiting.remove(index);
            called.push(one.kind.ticket(one.number));
        }
        assert_eq!(called, ["A-003", "A-004", "B-001", "B-002", "A-005"]);
        assert_eq!(waiting.len(), 1, "a slot that has not begun is not called");
        let late = |now| rank(&ticket(Kind::Booked, 1, "2026-11-28T10:00"), local(now)).map(|rank| rank.0);
        assert_eq!(late("2026-11-28T09:59:59"), None);
        assert_eq!(late("2026-11-28T10:10:00"), Some(0));
        assert_eq!(late("2026-11-28T10:10:01"), Some(2));
        assert_eq!(next(&[], now), None);
        let there = |arrived| {
            let booked = ticket(Kind::Booked, 1, "2026-11-28T10:00");
            let there = Waiting { arrived: Some(local(arrived)), ..booked };
            ["2026-11-28T09:59", "2026-11-28T11:00"].map(|now| rank(&there, local(now)).map(|rank| rank.0))
        };
        assert_eq!(there("2026-11-28T09:50"), [None, Some(0)], "nobody is late for having to wait");
        assert_eq!(there("2026-11-28T10:11"), [None, Some(2)]);
    }

    #[test]
    fn codes_are_read_back() {
        assert!(Kind::ALL.iter().all(|one| Kind::from_code(one.code()) == Some(*one)));
        assert!(Stage::ALL.iter().all(|one| Stage::from_code(one.code()) == Some(*one)));
        assert_eq!(Kind::Booked.ticket(1017), "A-1017");
    }
}
