//! Tickets over both databases: one place, one holder, one call, and nobody remembered when the day is over.

use super::*;
use crate::calendar::Body;
use crate::housing::reception::Reception;
use crate::store::test_database::{self, also_over_postgresql};
use jiff::{SignedDuration, ToSpan};

also_over_postgresql!(
    of_many_at_once_one_gets_the_last_place,
    a_person_at_many_centres_at_once_has_one_booking,
    the_indexes_hold_by_themselves,
    a_day_at_a_centre,
    whoever_was_there_in_time_is_not_late,
    desks_that_call_at_once_call_different_tickets,
    who_booked_is_forgotten_with_the_day,
    a_person_makes_so_many_bookings_in_a_day,
);

const CENTRE: &str = "almaly";

/// Saturday, 09:30 in Almaty.
fn now() -> Timestamp {
    "2026-11-28T04:30:00Z".parse().unwrap()
}

fn minutes(count: i64) -> Timestamp {
    now() + SignedDuration::from_mins(count)
}

fn slots(at: Timestamp) -> Vec<Slot> {
    let reception =
        Reception { schedule: Body::Centre.schedule(), desks: 1, slot_minutes: 15, horizon_days: 14 };
    reception.open_slots(local_date(at).unwrap(), at).unwrap()
}

fn booking<'a>(iin: &'a str, slots: &'a [Slot]) -> NewTicket<'a> {
    NewTicket { centre: CENTRE, slots, desks: 1, holder: Some((iin, 3)), at: now() }
}

fn walk_in(slots: &[Slot]) -> NewTicket<'_> {
    NewTicket { holder: None, ..booking("", slots) }
}

fn conflict<T: std::fmt::Debug>(result: Result<T>) -> Conflict {
    match result {
        Err(StoreError::Conflict(conflict)) => conflict,
        other => panic!("{other:?}"),
    }
}

/// Opens the same register several times, as replicas do: each with connections of its own.
async fn replicas(folder: &std::path::Path) -> Vec<Store> {
    let mut all = Vec::new();
    for _ in 0..4 {
        all.push(test_database::open(folder).await);
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_one_gets_the_last_place() {
    let dir = tempfile::tempdir().unwrap();
    let stores = replicas(dir.path()).await;
    for (round, slot) in slots(now()).into_iter().take(6).enumerate() {
        let mut tasks = tokio::task::JoinSet::new();
        for person in 0..8 {
            let store = stores[person % stores.len()].clone();
            let iin = format!("{round}-{person}");
            tasks.spawn(async move { store.give_ticket(booking(&iin, &[slot])).await });
        }
        let results = tasks.join_all().await;
        let given = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(given, 1, "round {round}");
        for refused in results.into_iter().filter(Result::is_err) {
            assert_eq!(conflict(refused), Conflict::SlotTaken);
        }
        let taken = stores[0].places_taken(CENTRE, slot.start, slot.end).await.unwrap();
        assert_eq!(taken, [(slot.start, 1)].into());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_at_many_centres_at_once_has_one_booking() {
    let dir = tempfile::tempdir().unwrap();
    let stores = replicas(dir.path()).await;
    let all = slots(now());
    let mut tasks = tokio::task::JoinSet::new();
    for turn in 0..8 {
        let (store, slot) = (stores[turn % stores.len()].clone(), all[turn]);
        tasks.spawn(async move {
            let centre = ["almaly", "medeu"][turn % 2];
            store.give_ticket(NewTicket { centre, ..booking("1", &[slot]) }).await
        });
    }
    let results = tasks.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for refused in results.into_iter().filter(Result::is_err) {
        assert_eq!(conflict(refused), Conflict::BookingOpen);
    }
}

/// The lock is one guard; whoever would come past it meets the indexes.
#[tokio::test]
async fn the_indexes_hold_by_themselves() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let all = slots(now());
    store.give_ticket(booking("1", &all[..1])).await.unwrap();
    let copy = |number: &str, place: &str| {
        format!(
            "INSERT INTO bookings (id, centre, day, kind, number, slot_us, place, state, made_us, arrived_us, \
             called_us, desk, ended_us) SELECT 'x', centre, day, kind, {number}, slot_us, {place}, state, made_us, \
             arrived_us, called_us, desk, ended_us FROM bookings"
        )
    };
    let holder = "INSERT INTO booking_holders (booking, person_key, key_sha256, slot_us, made_us, is_open) \
                  SELECT 'x', person_key, key_sha256, slot_us, made_us, is_open FROM booking_holders";
    let run = async |text: String| {
        let done = sql(sqlx::AssertSqlSafe(text)).execute(&store.database).await;
        done.map_err(|error| format!("{error:?}").to_lowercase())
    };
    for (text, index) in [
        (copy("number + 1", "place"), "the place"),
        (copy("number", "place + 1"), "the number"),
        (copy("number + 1", "place + 1"), ""),
        (holder.to_owned(), "the open booking"),
    ] {
        match run(text).await {
            Ok(count) => assert_eq!((count, index), (1, "")),
            Err(error) => assert!(!index.is_empty() && error.contains("unique"), "{index}: {error}"),
        }
    }
}

#[tokio::test]
async fn a_day_at_a_centre() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let all = slots(now());
    // 09:30, 09:45 are booked, the first of the walk-ins gets 10:00.
    let (first, key) = store.give_ticket(booking("1", &all[..1])).await.unwrap();
    let (second, _) = store.give_ticket(booking("2", &all[1..2])).await.unwrap();
    let (third, none) = store.give_ticket(walk_in(&all)).await.unwrap();
    assert_eq!([first.name(), second.name(), third.name()], ["A-001", "A-002", "B-001"]);
    assert_eq!((third.start, none), (all[2].start, None));
    assert_eq!(store.ticket(&first.id).await.unwrap(), first);
    assert!(matches!(store.ticket("nobody").await, Err(StoreError::NotFound)));

    let key = key.unwrap();
    assert!(store.key_opens_booking(&first.id, &key, now()).await.unwrap());
    assert!(!store.key_opens_booking(&second.id, &key, now()).await.unwrap());
    assert!(!store.key_opens_booking(&first.id, "", now()).await.unwrap());

    assert_eq!(store.call_next("medeu", 1, now()).await.unwrap(), None);
    let called = store.call_next(CENTRE, 3, now()).await.unwrap().unwrap();
    assert_eq!((called.name().as_str(), called.called), ("A-001", Some((now(), 3))));
    assert_eq!(store.ticket(&first.id).await.unwrap(), called);
    assert_eq!(conflict(store.cancel_ticket(&first.id, now()).await), Conflict::TicketMoved);
    assert_eq!(conflict(store.close_ticket(&second.id, true, now()).await), Conflict::TicketMoved);
    assert_eq!(store.called_tickets(CENTRE, now()).await.unwrap(), [called]);
    assert_eq!(store.called_tickets("medeu", now()).await.unwrap(), []);

    // The slot of the second has not begun; who came without is called, and frees the slot.
    let called = store.call_next(CENTRE, 1, minutes(5)).await.unwrap().unwrap();
    assert_eq!(called.name(), "B-001");
    assert!(!store.places_taken(CENTRE, now(), minutes(600)).await.unwrap().contains_key(&all[2].start));
    assert_eq!(store.call_next(CENTRE, 1, minutes(6)).await.unwrap(), None);
    let served = store.close_ticket(&first.id, true, minutes(7)).await.unwrap();
    assert_eq!(served.stage, Stage::Served);
    assert_eq!(store.close_ticket(&third.id, false, minutes(8)).await.unwrap().stage, Stage::NotCome);
    assert_eq!(conflict(store.close_ticket(&third.id, true, minutes(8)).await), Conflict::TicketMoved);
    assert_eq!(store.called_tickets(CENTRE, minutes(8)).await.unwrap(), []);

    // Whoever was served may book again; a place that is given up is free, and no number is given twice.
    assert_eq!(conflict(store.give_ticket(booking("2", &all[3..4])).await), Conflict::BookingOpen);
    let cancelled = store.cancel_ticket(&second.id, minutes(9)).await.unwrap();
    assert_eq!(cancelled.stage, Stage::Cancelled);
    assert_eq!(conflict(store.cancel_ticket(&second.id, minutes(9)).await), Conflict::TicketMoved);
    let (again, _) = store.give_ticket(booking("1", &all[1..2])).await.unwrap();
    assert_eq!(again.name(), "A-003");
    assert_eq!(conflict(store.give_ticket(walk_in(&[])).await), Conflict::SlotTaken);
}

#[tokio::test]
async fn whoever_was_there_in_time_is_not_late() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let all = slots(now());
    let two = |iin| NewTicket { desks: 2, ..booking(iin, &all[..1]) };
    let (first, _) = store.give_ticket(two("1")).await.unwrap();
    let (second, _) = store.give_ticket(two("2")).await.unwrap();
    store.give_ticket(walk_in(&all[1..])).await.unwrap();
    assert_eq!(conflict(store.note_arrival("nobody", now()).await), Conflict::TicketMoved);
    assert_eq!(conflict(store.note_arrival(&second.id, minutes(24 * 60)).await), Conflict::TicketMoved);
    let there = store.note_arrival(&second.id, minutes(10)).await.unwrap();
    assert_eq!(there.arrived, Some(minutes(10)));
    assert_eq!(store.note_arrival(&second.id, minutes(12)).await.unwrap(), there, "the first word stands");
    let mut called = Vec::new();
    while let Some(ticket) = store.call_next(CENTRE, 0, minutes(40)).await.unwrap() {
        called.push(ticket.name());
    }
    assert_eq!(called, ["A-002", "B-001", "A-001"]);
    assert_eq!(conflict(store.note_arrival(&first.id, minutes(41)).await), Conflict::TicketMoved);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn desks_that_call_at_once_call_different_tickets() {
    let dir = tempfile::tempdir().unwrap();
    let stores = replicas(dir.path()).await;
    let all = slots(now());
    for _ in 0..6 {
        stores[0].give_ticket(walk_in(&all)).await.unwrap();
    }
    let mut tasks = tokio::task::JoinSet::new();
    for desk in 1..=8 {
        let store = stores[desk % stores.len()].clone();
        let desk = u32::try_from(desk).unwrap();
        tasks.spawn(async move { store.call_next(CENTRE, desk, now()).await.unwrap() });
    }
    let called: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    let mut names: Vec<_> = called.iter().map(NotedTicket::name).collect();
    names.sort();
    assert_eq!(names, ["B-001", "B-002", "B-003", "B-004", "B-005", "B-006"]);
}

#[tokio::test]
async fn who_booked_is_forgotten_with_the_day() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let today = slots(now());
    let monday = minutes(48 * 60);
    let later = slots(monday);
    let (first, key) = store.give_ticket(booking("1", &today[..1])).await.unwrap();
    let (second, later_key) = store.give_ticket(booking("2", &later[..1])).await.unwrap();
    store.give_ticket(walk_in(&today)).await.unwrap();
    store.call_next(CENTRE, 1, now()).await.unwrap();
    let held = async || {
        let row = sql("SELECT count(*) AS rows FROM booking_holders").one(&store.database).await.unwrap();
        row.number("rows").unwrap()
    };
    let midnight = start_of_day(local_date(now()).unwrap().checked_add(1.day()).unwrap()).unwrap();
    let last = midnight - SignedDuration::from_nanos(1000);
    assert_eq!((store.end_days(last).await.unwrap(), held().await), (0, 2));
    let (key, later_key) = (key.unwrap(), later_key.unwrap());
    assert!(store.key_opens_booking(&first.id, &key, last).await.unwrap());
    assert!(!store.key_opens_booking(&first.id, &key, midnight).await.unwrap(), "before it is forgotten too");
    assert_eq!((store.end_days(midnight).await.unwrap(), held().await), (2, 1));
    assert_eq!(store.end_days(midnight).await.unwrap(), 0);
    assert_eq!(store.ticket(&first.id).await.unwrap().stage, Stage::Lapsed);
    assert_eq!(store.ticket(&second.id).await.unwrap().stage, Stage::Waiting);
    assert!(store.key_opens_booking(&second.id, &later_key, midnight).await.unwrap());
    assert!(matches!(store.fill().await, Err(StoreError::Filled)), "tickets are something, too");
    // Without that, whoever did not come could never book again: it is done before a ticket is given, too.
    let tuesday = slots(monday + SignedDuration::from_hours(24));
    let after = NewTicket { at: monday + SignedDuration::from_hours(24), ..booking("2", &tuesday[..1]) };
    store.give_ticket(after).await.unwrap();
}

#[tokio::test]
async fn a_person_makes_so_many_bookings_in_a_day() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let all = slots(minutes(48 * 60));
    for turn in 0..3 {
        let (ticket, _) = store.give_ticket(booking("1", &all[turn..=turn])).await.unwrap();
        store.cancel_ticket(&ticket.id, now()).await.unwrap();
    }
    assert_eq!(conflict(store.give_ticket(booking("1", &all[..1])).await), Conflict::BookingsOfDay);
    store.give_ticket(booking("2", &all[..1])).await.unwrap();
    let tomorrow = NewTicket { at: minutes(24 * 60), ..booking("1", &all[1..2]) };
    store.give_ticket(tomorrow).await.unwrap();
}
