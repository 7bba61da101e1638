//! The electronic queue of a centre over HTTP: from a booking to an applicant who was served, with every refusal on the
//! way, two replicas, a backup, and the day after.

use std::collections::BTreeSet;

use jiff::Timestamp;
use qoltanba::calendar::ZONE;
use qoltanba::crypto::sha256;
use reqwest::Method;
use serde_json::{Value, json};

use crate::backup;
use crate::postgres;
use crate::setting::{Service, Setting, client, iin};

crate::also_over_postgresql!(from_a_booking_to_served);

const ALMALY: &str = "a token at Almaly";
const MEDEU: &str = "a token at Medeu";
const HEAD: &str = "a token of the office";

/// A centre with two desks, one of which nothing is said, and the office, under a clock that a test moves.
fn with_centres() -> Setting {
    let setting = Setting::new();
    std::fs::write(setting.folder.path().join("clock"), "0").expect("written");
    let official = |role: &str, centre: &str, token: &str| {
        let digest: String = sha256(token.as_bytes()).iter().map(|octet| format!("{octet:02x}")).collect();
        let centre = if centre.is_empty() { String::new() } else { format!("centre = \"{centre}\"\n") };
        format!(
            "[[officials]]\niin = \"{}\"\nrole = \"{role}\"\n{centre}token_sha256 = \"{digest}\"\n",
            iin(90)
        )
    };
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let text = format!(
        "allow_test_identities = true\nclock_file = \"{}\"\n{text}[[centres]]\ncode = \"almaly\"\ndesks = 2\n{}{}{}",
        setting.folder.path().join("clock").display(),
        official("inspector", "almaly", ALMALY),
        official("centre-employee", "medeu", MEDEU),
        official("head", "", HEAD),
    );
    std::fs::write(&setting.config, text).expect("written");
    setting
}

/// Sets the clock of the services to a time of Almaty.
fn set_clock(setting: &Setting, at: &str) {
    let there = ZONE.to_timestamp(at.parse().expect("a time")).expect("a moment");
    // Not before it: part of a second is left out.
    let seconds = there.duration_since(Timestamp::now()).as_secs() + 1;
    let (clock, new) = (setting.folder.path().join("clock"), setting.folder.path().join("clock.new"));
    std::fs::write(&new, seconds.to_string()).expect("written");
    std::fs::rename(new, clock).expect("renamed");
}

async fn ask(
    service: &Service,
    method: Method,
    path: &str,
    bearer: Option<&str>,
    body: Option<Value>,
    language: &str,
) -> (u16, Value) {
    let mut request = client().request(method, format!("{}/api/v1/{path}", service.base));
    request = request.header("accept-language", language);
    if let Some(bearer) = bearer {
        request = request.bearer_auth(bearer);
    }
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON"))
}

async fn get(service: &Service, path: &str, bearer: Option<&str>) -> (u16, Value) {
    ask(service, Method::GET, path, bearer, None, "en").await
}

async fn post(service: &Service, path: &str, bearer: Option<&str>, body: Option<Value>) -> (u16, Value) {
    ask(service, Method::POST, path, bearer, body, "en").await
}

async fn book(service: &Service, centre: &str, person: u32, start: &str) -> (u16, Value) {
    let body = json!({"iin": iin(person), "start": start});
    post(service, &format!("centres/{centre}/bookings"), None, Some(body)).await
}

/// A refusal has its status and code, and is said in three languages.
async fn refused(
    service: &Service,
    (method, path, bearer): (Method, &str, Option<&str>),
    body: Option<Value>,
    (status, code): (u16, &str),
) {
    let mut said = BTreeSet::new();
    for language in ["kk", "ru", "en"] {
        let (found, problem) = ask(service, method.clone(), path, bearer, body.clone(), language).await;
        assert_eq!((found, problem["code"].as_str()), (status, Some(code)), "{method} {path} {problem}");
        let remedy = problem["remedy"].as_str().expect("a remedy");
        assert!(!remedy.is_empty());
        said.insert(format!("{} {remedy}", problem["detail"].as_str().expect("a message")));
    }
    assert_eq!(said.len(), 3, "{said:?}");
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name}: {value}"))
}

/// How many places are free by the beginning of the slot.
async fn free(service: &Service, centre: &str, date: &str) -> Vec<(String, u64)> {
    let (status, body) = get(service, &format!("centres/{centre}/slots?date={date}"), None).await;
    assert_eq!(status, 200, "{body}");
    let slots = body["slots"].as_array().expect("slots");
    slots.iter().map(|slot| (text(slot, "start").to_owned(), slot["free"].as_u64().expect("free"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_booking_to_served() {
    let setting = with_centres();
    // A Monday; the Monday after is a holiday.
    set_clock(&setting, "2027-03-01T08:30");
    let service = Service::start(&setting.config);
    let replica = Service::start(&setting.config);
    let nine = "2027-03-01T09:00:00+05:00";
    let slots = free(&service, "almaly", "2027-03-01").await;
    assert_eq!((slots.len(), &slots[0]), (44, &(nine.to_owned(), 2)));
    assert_eq!(free(&service, "medeu", "2027-03-02").await[43].1, 1, "what nothing is said of has one desk");

    // A place, its key, and what it looks like.
    let (status, first) = book(&service, "almaly", 0, nine).await;
    assert_eq!((status, text(&first, "ticket"), text(&first, "start")), (201, "A-001", nine), "{first}");
    assert!(!first.to_string().contains(&iin(0)), "no IIN comes back");
    assert_eq!(free(&replica, "almaly", "2027-03-01").await[0].1, 1);
    let own = format!("bookings/{}", text(&first, "id"));
    let key = text(&first, "key").to_owned();
    let (status, seen) = get(&replica, &own, Some(&key)).await;
    assert_eq!((status, text(&seen, "status")), (200, "waiting"));
    assert!(seen.get("key").is_none(), "the key is shown once");
    assert_eq!(get(&service, &own, Some(ALMALY)).await.0, 200, "the centre sees it");

    // What is refused.
    let bookings = "centres/almaly/bookings";
    let wanted = |person: u32, start: &str| Some(json!({"iin": iin(person), "start": start}));
    let (later, post_to) = ("2027-03-02T09:00:00+05:00", (Method::POST, bookings, None));
    for (body, expected) in [
        (wanted(0, later), (409, "BOOKING_OPEN")),
        (wanted(1, "2027-03-01T08:15:00+05:00"), (422, "SLOT_PAST")),
        (wanted(1, "2027-02-27T09:00:00+05:00"), (422, "SLOT_PAST")),
        (wanted(1, "2027-03-01T20:00:00+05:00"), (422, "OUTSIDE_HOURS")),
        (wanted(1, "2027-03-02T08:45:00+05:00"), (422, "OUTSIDE_HOURS")),
        (wanted(1, "2027-03-02T09:05:00+05:00"), (422, "NO_SLOT_STARTS")),
        (wanted(1, "2027-03-07T09:00:00+05:00"), (422, "CENTRE_DAY_OFF")),
        (wanted(1, "2027-03-08T09:00:00+05:00"), (422, "CENTRE_DAY_OFF")),
        (wanted(1, "2027-03-16T09:00:00+05:00"), (422, "BEYOND_HORIZON")),
        (wanted(1, "tomorrow"), (400, "FIELD_INVALID")),
        (Some(json!({"iin": iin(1)})), (400, "FIELD_MISSING")),
        (Some(json!({"start": later})), (400, "FIELD_MISSING")),
        (Some(json!({"iin": "850101300001", "start": later})), (422, "IIN_CHECK_DIGIT")),
        (Some(json!({"iin": "1", "start": later})), (422, "IIN_FORM")),
        (Some(json!({"iin": iin(1), "start": later, "name": "x"})), (400, "UNKNOWN_FIELD")),
    ] {
        refused(&service, post_to.clone(), body, expected).await;
    }
    let of = |path: &'static str, bearer| (Method::GET, path, bearer);
    let to = |path: &'static str, bearer| (Method::POST, path, bearer);
    for (request, body, expected) in [
        (of("centres/nowhere/slots?date=2027-03-02", None), None, (404, "CENTRE_UNKNOWN")),
        (of("centres/nowhere/board", None), None, (404, "CENTRE_UNKNOWN")),
        (to("centres/nowhere/bookings", None), wanted(1, later), (404, "CENTRE_UNKNOWN")),
        (to("centres/nowhere/calls", Some(ALMALY)), None, (404, "CENTRE_UNKNOWN")),
        (of("centres/almaly/slots?date=2027-03-07", None), None, (422, "CENTRE_DAY_OFF")),
        (of("centres/almaly/slots?date=2027-02-27", None), None, (422, "SLOT_PAST")),
        (of("centres/almaly/slots?date=2027-03-16", None), None, (422, "BEYOND_HORIZON")),
        (of("centres/almaly/slots?date=2027-02-30", None), None, (400, "FIELD_INVALID")),
        (of("centres/almaly/slots", None), None, (400, "FIELD_MISSING")),
        (of("centres/almaly/slots?date=2027-03-02&x=1", None), None, (400, "UNKNOWN_FIELD")),
        (of("bookings/0", Some(&key)), None, (404, "BOOKING_NOT_FOUND")),
        (to("centres/almaly/calls", None), None, (401, "UNAUTHORIZED")),
        (to("centres/almaly/calls", Some(&key)), None, (401, "UNAUTHORIZED")),
        (to("centres/almaly/calls", Some(MEDEU)), None, (403, "NOT_OF_CENTRE")),
        (to("centres/almaly/calls", Some(HEAD)), None, (403, "NOT_OF_CENTRE")),
        (to("centres/almaly/tickets", Some(MEDEU)), None, (403, "NOT_OF_CENTRE")),
        (to("centres/almaly/calls", Some(ALMALY)), Some(json!({"desk": 3})), (400, "FIELD_INVALID")),
        // The slot of the one who booked has not begun.
        (to("centres/almaly/calls", Some(ALMALY)), None, (409, "NOBODY_WAITS")),
    ] {
        refused(&service, request, body, expected).await;
    }
    refused(&service, (Method::GET, &own, None), None, (401, "UNAUTHORIZED")).await;
    for stranger in ["0", MEDEU, HEAD] {
        refused(&service, (Method::GET, &own, Some(stranger)), None, (404, "BOOKING_NOT_FOUND")).await;
        refused(&service, (Method::DELETE, &own, Some(stranger)), None, (404, "BOOKING_NOT_FOUND")).await;
    }

    // Two replicas, and one place that is left at nine.
    let mut tasks = tokio::task::JoinSet::new();
    for person in 10..18 {
        let base = [&service.base, &replica.base][person as usize % 2].clone();
        tasks.spawn(async move {
            let body = json!({"iin": iin(person), "start": nine}).to_string();
            let url = format!("{base}/api/v1/centres/almaly/bookings");
            let answer = client().post(url).body(body).send().await.expect("an answer");
            let status = answer.status().as_u16();
            let body: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
            (status, body["code"].as_str().map(str::to_owned))
        });
    }
    let mut answers = tasks.join_all().await;
    answers.sort();
    assert_eq!(answers[0], (201, None));
    assert!(answers[1..].iter().all(|one| *one == (409, Some("SLOT_TAKEN".to_owned()))), "{answers:?}");
    refused(&service, post_to.clone(), wanted(2, nine), (409, "SLOT_TAKEN")).await;
    assert_eq!(free(&service, "almaly", "2027-03-01").await.len(), 43, "a full slot is not shown");

    // Given up, once; and not more than three in a day.
    for turn in 0..3 {
        let (status, given_up) = book(&service, "medeu", 3, later).await;
        assert_eq!(status, 201, "{turn} {given_up}");
        let (path, key) = (format!("bookings/{}", text(&given_up, "id")), text(&given_up, "key").to_owned());
        let (status, cancelled) = ask(&replica, Method::DELETE, &path, Some(&key), None, "en").await;
        assert_eq!((status, text(&cancelled, "status")), (200, "cancelled"));
        refused(&service, (Method::DELETE, &path, Some(&key)), None, (409, "TICKET_MOVED")).await;
    }
    refused(&service, post_to, wanted(3, later), (409, "BOOKINGS_OF_DAY")).await;

    // Whoever is there says so on the day.
    let arrival = format!("{own}/arrival");
    refused(&service, (Method::PUT, &arrival, Some(MEDEU)), None, (404, "BOOKING_NOT_FOUND")).await;
    let (status, there) = ask(&replica, Method::PUT, &arrival, Some(&key), None, "en").await;
    assert!(status == 200 && text(&there, "arrived_at").starts_with("2027-03-01T08:3"), "{there}");

    // The day: one who comes without a booking, one who is on time, one who does not come.
    let (status, walk_in) = post(&service, "centres/almaly/tickets", Some(ALMALY), None).await;
    assert_eq!((status, text(&walk_in, "ticket")), (201, "B-001"));
    assert_eq!(text(&walk_in, "start"), "2027-03-01T09:15:00+05:00");
    set_clock(&setting, "2027-03-01T09:00:30");
    let calls = "centres/almaly/calls";
    let (status, called) = post(&service, calls, Some(ALMALY), Some(json!({"desk": 2}))).await;
    assert_eq!((status, text(&called, "ticket")), (200, "A-001"), "who booked comes first");
    assert_eq!((text(&called, "id"), text(&called, "status")), (text(&first, "id"), "called"));
    let (_, board) = get(&replica, "centres/almaly/board", None).await;
    let lines = board["called"].as_array().expect("lines");
    assert_eq!((lines.len(), text(&lines[0], "ticket"), &lines[0]["desk"]), (1, "A-001", &json!(2)));
    let members: Vec<_> = lines[0].as_object().expect("a line").keys().collect();
    assert_eq!(members, ["called_at", "desk", "ticket"]);
    refused(&service, (Method::DELETE, &own, Some(&key)), None, (409, "TICKET_MOVED")).await;

    let done = format!("{calls}/{}", text(&first, "id"));
    let outcome = |what: &str| Some(json!({ "outcome": what }));
    for (bearer, body, expected) in [
        (Some(MEDEU), outcome("served"), (403, "NOT_OF_CENTRE")),
        (None, outcome("served"), (401, "UNAUTHORIZED")),
        (Some(ALMALY), outcome("gone"), (400, "FIELD_INVALID")),
        (Some(ALMALY), None, (400, "FIELD_MISSING")),
    ] {
        refused(&service, (Method::PUT, &done, bearer), body, expected).await;
    }
    let of_medeu = format!("centres/medeu/calls/{}", text(&first, "id"));
    let expected = (404, "BOOKING_NOT_FOUND");
    refused(&service, (Method::PUT, &of_medeu, Some(MEDEU)), outcome("served"), expected).await;
    let not_called = format!("{calls}/{}", text(&walk_in, "id"));
    let expected = (409, "TICKET_MOVED");
    refused(&service, (Method::PUT, &not_called, Some(ALMALY)), outcome("served"), expected).await;
    let (status, served) = ask(&replica, Method::PUT, &done, Some(ALMALY), outcome("served"), "en").await;
    assert_eq!((status, text(&served, "status")), (200, "served"));
    refused(&service, (Method::PUT, &done, Some(ALMALY)), outcome("served"), expected).await;
    assert_eq!(text(&get(&service, &own, Some(&key)).await.1, "status"), "served");

    // The other of nine o'clock is late at 09:11 and comes after who came without a booking.
    set_clock(&setting, "2027-03-01T09:11:00");
    let mut order = Vec::new();
    for _ in 0..2 {
        let (status, called) = post(&service, calls, Some(ALMALY), None).await;
        assert_eq!(status, 200, "{called}");
        order.push(text(&called, "ticket").to_owned());
        let path = format!("{calls}/{}", text(&called, "id"));
        let (_, over) = ask(&service, Method::PUT, &path, Some(ALMALY), outcome("not-come"), "en").await;
        assert_eq!(text(&over, "status"), "not-come");
    }
    assert_eq!(order, ["B-001", "A-002"]);
    let (_, board) = get(&service, "centres/almaly/board", None).await;
    assert_eq!(board["called"], json!([]));

    // Whoever was served may book again. A backup has it.
    let (status, again) = book(&service, "almaly", 0, later).await;
    assert_eq!((status, text(&again, "ticket")), (201, "A-001"), "{again}");
    let too_early = format!("bookings/{}/arrival", text(&again, "id"));
    refused(&service, (Method::PUT, &too_early, Some(ALMALY)), None, (409, "TICKET_MOVED")).await;
    let folder = setting.folder.path().join("backup").display().to_string();
    let (made, said) = setting.run(&["backup", &folder]);
    assert!(made, "{said}");
    let url = postgres::url().and_then(|_| postgres::shared().map(postgres::Postgres::database));
    let other = backup::empty_register(&setting, "restored", url.as_deref());
    let (restored, said) = backup::run(&other, &["restore", &folder]);
    assert!(restored, "{said}");
    let again_path = format!("bookings/{}", text(&again, "id"));
    {
        let restored = Service::start(&other);
        let (status, body) = get(&restored, &again_path, again["key"].as_str()).await;
        assert_eq!((status, text(&body, "ticket")), (200, "A-001"), "{body}");
        let (status, body) = book(&restored, "almaly", 0, "2027-03-03T09:00:00+05:00").await;
        assert_eq!((status, text(&body, "code")), (409, "BOOKING_OPEN"), "{body}");
    }

    // The evening, and the days after: what is over opens to nobody but the centre.
    set_clock(&setting, "2027-03-01T19:50:00");
    refused(&service, (Method::POST, "centres/almaly/tickets", Some(ALMALY)), None, (409, "NO_SLOT_LEFT"))
        .await;
    set_clock(&setting, "2027-03-02T00:00:05");
    refused(&service, (Method::GET, &own, Some(&key)), None, (404, "BOOKING_NOT_FOUND")).await;
    assert_eq!(get(&service, &own, Some(ALMALY)).await.0, 200);
    assert_eq!(get(&service, &again_path, again["key"].as_str()).await.0, 200);
    set_clock(&setting, "2027-03-07T10:00:00");
    refused(&service, (Method::POST, "centres/almaly/tickets", Some(ALMALY)), None, (422, "CENTRE_DAY_OFF"))
        .await;
    let (_, lapsed) = get(&service, &again_path, Some(ALMALY)).await;
    let began = std::time::Instant::now();
    let mut status = text(&lapsed, "status").to_owned();
    while status != "lapsed" && began.elapsed() < std::time::Duration::from_secs(30) {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        status = text(&get(&service, &again_path, Some(ALMALY)).await.1, "status").to_owned();
    }
    assert_eq!(status, "lapsed", "without a request that writes");
    for one in [service, replica] {
        assert!(!one.log.lock().expect("the log").contains(&iin(0)));
    }
}
