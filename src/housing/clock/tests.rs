//! Clocks of whole cases, limits at their edges, and sittings against the slow calendar.

use super::*;
use crate::calendar::ZONE;
use crate::calendar::tests::slow::{self, Numbers, Slow};
use crate::housing::edition::{BUILT_IN, Edition};
use Milestone as M;
use jiff::civil::date;
use std::sync::LazyLock;

fn statistics(clocks: &[Clock<'_>], now: Timestamp) -> Result<Statistics, Error> {
    let mut counting = Counting::default();
    for clock in clocks {
        counting.add(clock, now)?;
    }
    Ok(counting.finish())
}

/// A moment on the clocks of Almaty.
fn local(text: &str) -> Timestamp {
    ZONE.to_timestamp(text.parse().unwrap()).unwrap()
}

fn shown(at: Timestamp) -> String {
    ZONE.to_datetime(at).to_string()
}

/// The limits that were there before editions stated any, and those of an edition.
fn at_first() -> &'static Limits {
    static AT_FIRST: LazyLock<Limits> = LazyLock::new(Limits::default);
    &AT_FIRST
}

fn of_edition(at: usize) -> Limits {
    Edition::from_toml(BUILT_IN[at].1).unwrap().limits().clone()
}

fn limit(what: LimitName, starts: &str) -> Limit<'static> {
    at_first().rule(what).start(at_first(), local(starts)).unwrap()
}

fn clocks(channel: Channel, moments: &BTreeMap<Milestone, Timestamp>) -> Result<Vec<Clock<'static>>, Error> {
    super::clocks(at_first(), channel, moments)
}

fn latest_sitting(channel: Channel, filed: Timestamp) -> Result<Date, Error> {
    super::latest_sitting(at_first(), channel, filed)
}

fn check_sitting(channel: Channel, filed: Timestamp, date: Date) -> Result<(), SittingError> {
    super::check_sitting(at_first(), channel, filed, date)
}

fn due(what: LimitName, starts: &str) -> String {
    shown(limit(what, starts).due.at)
}

fn moments(given: &[(Milestone, &str)]) -> BTreeMap<Milestone, Timestamp> {
    given.iter().map(|(milestone, at)| (*milestone, local(at))).collect()
}

fn of<'a>(clocks: &[Clock<'a>], what: LimitName) -> Option<Clock<'a>> {
    clocks.iter().find(|clock| clock.limit.what == what).copied()
}

#[test]
fn the_table_is_whole() {
    for (index, what) in LimitName::ALL.into_iter().enumerate() {
        let rule = at_first().rule(what);
        assert_eq!(rule.what, what);
        assert!(rule.source.starts_with("item") || rule.source.starts_with("decision G"));
        assert!(rule.from < rule.until);
        assert!(LimitName::ALL.iter().skip(index + 1).all(|other| other.code() != what.code()));
    }
    // The sister regulation's days of both channels are one less than the whole.
    use LimitName as L;
    let days =
        [L::Resolution, L::Execution, L::Signature, L::Dispatch, L::Issue].map(|what| {
            match at_first().rule(what).length {
                Length::Days(days) => days,
                _ => 0,
            }
        });
    assert_eq!(days.iter().sum::<u16>(), 30 - 1);
}

/// What stands in the file of the regulation is what cases had before there were limits in files, so they keep
/// nothing; those of today keep what is theirs.
#[test]
fn a_case_keeps_what_its_edition_has_otherwise() {
    assert!(of_edition(0).is_empty() && *at_first() == of_edition(0));
    let today = of_edition(1);
    assert_eq!(today.rule(LimitName::Case).length, Length::WorkingDays(15));
    assert_eq!(today.rule(LimitName::Execution), at_first().rule(LimitName::Execution));
    let json = serde_json::to_string(&today).unwrap();
    assert!(json.contains(r#""case":{"length":{"working-days":15},"source":"Law, article 71(1)"#), "{json}");
    assert!(!json.contains("execution"), "{json}");
    assert_eq!(serde_json::from_str::<Limits>(&json).unwrap(), today);
    assert_eq!(serde_json::from_str::<Limits>("{}").unwrap(), *at_first());
}

#[test]
fn the_limits_of_today_end_by_working_days() {
    let today = of_edition(1);
    // Filed on Tuesday 24 November 2026; 16 December is a holiday.
    let filed = local("2026-11-24T10:00");
    let due = |what: LimitName| shown(today.rule(what).start(&today, filed).unwrap().due.at);
    assert_eq!(due(LimitName::Case), "2026-12-15T18:00:00");
    assert_eq!(due(LimitName::Delivery), "2026-12-14T18:00:00");
    let sitting = |channel| super::latest_sitting(&today, channel, filed).unwrap();
    assert_eq!(
        (sitting(Channel::Centre), sitting(Channel::Portal)),
        (date(2026, 12, 10), date(2026, 12, 14))
    );
    let check = |day| super::check_sitting(&today, Channel::Portal, filed, date(2026, 12, day));
    assert!(check(14).is_ok());
    assert_eq!(check(15).unwrap_err().to_string(), "the latest possible date is 2026-12-14");
    // Of the 25 days of the executor no more than are left.
    let moments = moments(&[(M::Filed, "2026-11-24T10:00"), (M::ExecutorNamed, "2026-11-25T10:00")]);
    let clocks = super::clocks(&today, Channel::Portal, &moments).unwrap();
    let execution = of(&clocks, LimitName::Execution).unwrap().limit;
    assert_eq!((shown(execution.due.at).as_str(), execution.source), ("2026-12-14T18:00:00", "decision G1"));
}

#[test]
fn each_limit_ends_where_its_source_has_it() {
    use LimitName as L;
    // Wednesday 14 May 2014.
    assert_eq!(due(L::Registration, "2014-05-14T17:50"), "2014-05-15T09:05:00");
    assert_eq!(due(L::HandOver, "2014-05-14T12:50"), "2014-05-14T14:05:00");
    assert_eq!(due(L::Resolution, "2014-05-14T10:00"), "2014-05-15T18:00:00");
    assert_eq!(due(L::Execution, "2014-05-15T10:00"), "2014-06-09T18:00:00");
    // A Friday: the day is Saturday, so Monday.
    assert_eq!(due(L::Signature, "2014-06-06T10:00"), "2014-06-09T18:00:00");
    assert_eq!(due(L::Dispatch, "2014-06-06T10:00"), "2014-06-09T18:00:00");
    // The centre works on Saturdays, until eight.
    assert_eq!(due(L::Issue, "2014-06-06T10:00"), "2014-06-07T20:00:00");
    assert_eq!(due(L::Case, "2014-05-14T10:00"), "2014-06-13T18:00:00");
    assert_eq!(due(L::Delivery, "2014-05-14T10:00"), "2014-06-12T18:00:00");
    assert_eq!(due(L::Storage, "2014-06-13T10:00"), "2014-07-14T20:00:00");
    assert_eq!(due(L::Storage, "2026-01-31T10:00"), "2026-02-28T20:00:00");
    assert_eq!(due(L::Complaint, "2014-05-14T10:00"), "2014-06-04T18:00:00");
    assert_eq!(due(L::OfferAnswer, "2014-05-14T10:00"), "2014-05-21T23:59:59.999999999");

    let case = limit(L::Case, "2014-08-01T23:59:59").due.last_day.unwrap();
    assert_eq!((case.plain, case.moved, case.certain), (date(2014, 8, 31), date(2014, 9, 2), true));
    let delivery = limit(L::Delivery, "2014-08-01T10:00").due.last_day.unwrap();
    assert_eq!((delivery.plain, delivery.moved), (date(2014, 8, 30), date(2014, 8, 29)));
    assert!(!limit(L::Case, "2030-08-01T10:00").due.last_day.unwrap().certain);
    assert_eq!(limit(L::Registration, "2014-05-14T10:00").due.last_day, None);
}

#[test]
fn warnings_come_at_50_80_and_100_percent() {
    let limit = limit(LimitName::Registration, "2014-05-14T17:50");
    let read = |at: &str| {
        let Reading { percent, warning, late, escalated_to } = limit.read(local(at)).unwrap();
        assert_eq!(escalated_to, late.map(|_| Owner::Head));
        (percent, warning.map(Warning::percent), late)
    };
    let minutes = |count| Some(Late::WorkingTime(SignedDuration::from_mins(count)));
    assert_eq!(read("2014-05-14T10:00"), (0, None, None));
    assert_eq!(read("2014-05-14T17:57"), (46, None, None));
    assert_eq!(read("2014-05-14T17:57:30"), (50, Some(50), None));
    // At night nothing goes by.
    assert_eq!(read("2014-05-14T18:00"), (66, Some(50), None));
    assert_eq!(read("2014-05-15T09:00"), (66, Some(50), None));
    assert_eq!(read("2014-05-15T09:02"), (80, Some(80), None));
    assert_eq!(read("2014-05-15T09:04:59.999"), (99, Some(80), None));
    assert_eq!(read("2014-05-15T09:05"), (100, Some(100), None));
    assert_eq!(
        read("2014-05-15T09:05:00.000000001"),
        (100, Some(100), Some(Late::WorkingTime(SignedDuration::from_nanos(1))))
    );
    assert_eq!(read("2014-05-15T14:05"), (1700, Some(100), minutes(240)));
}

#[test]
fn days_are_late_by_the_calendar() {
    let case = limit(LimitName::Case, "2014-05-14T18:00");
    let late = |at: &str| case.read(local(at)).unwrap().late;
    assert_eq!(case.read(local("2014-05-29T18:00")).unwrap().warning, Some(Warning::Half));
    assert_eq!(case.read(local("2014-05-29T17:59")).unwrap().warning, None);
    assert_eq!(case.read(local("2014-06-07T18:00")).unwrap().warning, Some(Warning::Most));
    assert_eq!(late("2014-06-13T18:00"), None);
    assert_eq!(late("2014-06-13T18:00:01"), Some(Late::Days(0)));
    assert_eq!(late("2014-06-14T00:00"), Some(Late::Days(1)));
    assert_eq!(late("2014-08-13T10:00"), Some(Late::Days(61)));
    // Of an applicant who does not answer the head is not told.
    let answer = limit(LimitName::OfferAnswer, "2014-05-14T10:00");
    assert!(answer.holds_at(local("2014-05-21T23:59:59")));
    // After closing no working time is left, but the day is.
    let reading = answer.read(local("2014-05-21T20:00")).unwrap();
    assert_eq!((reading.percent, reading.warning, reading.late), (99, Some(Warning::Most), None));
    let reading = answer.read(local("2014-05-22T00:00")).unwrap();
    assert_eq!((reading.late, reading.escalated_to), (Some(Late::Days(1)), None));
    // Working days use no weekend.
    let complaint = limit(LimitName::Complaint, "2014-05-16T18:00");
    let percent = |at: &str| complaint.read(local(at)).unwrap().percent;
    assert_eq!((percent("2014-05-18T12:00"), percent("2014-05-19T18:00")), (0, 6));
}

const STORY: [(Milestone, &str); 10] = [
    (M::Filed, "2014-05-14T10:00"),
    (M::Received, "2014-05-14T15:00"),
    (M::Registered, "2014-05-14T15:10"),
    (M::HandedOver, "2014-05-14T15:40"),
    (M::ExecutorNamed, "2014-05-15T12:00"),
    (M::Decided, "2014-06-09T12:00"),
    (M::Signed, "2014-06-11T12:00"),
    (M::Delivered, "2014-06-12T12:00"),
    (M::Ready, "2014-06-12T15:00"),
    (M::Issued, "2014-06-13T11:00"),
];

#[test]
fn a_case_at_the_centre_shows_who_is_late() {
    let clocks = clocks(Channel::Centre, &moments(&STORY)).unwrap();
    assert_eq!(clocks.len(), 10);
    assert!(clocks.is_sorted_by_key(|clock| clock.limit.due.at));
    let now = local("2014-06-20T10:00");
    let late: Vec<_> = clocks
        .iter()
        .filter(|clock| clock.read(now).unwrap().late.is_some())
        .map(|clock| (clock.limit.what.code(), clock.limit.owner.code()))
        .collect();
    assert_eq!(late, [("hand-over", "chancellery"), ("signature", "head")]);
    // Storage counts from the end of the term.
    assert_eq!(shown(of(&clocks, LimitName::Storage).unwrap().limit.starts), "2014-06-13T18:00:00");

    // Half way: what is done later is not known yet.
    let then = local("2014-06-10T10:00");
    let signature = of(&clocks, LimitName::Signature).unwrap();
    assert_eq!(signature.read(then).unwrap().late, None);
    let open = super::clocks(at_first(), Channel::Centre, &moments(&STORY[..6])).unwrap();
    let overdue = of(&open, LimitName::Signature).unwrap();
    assert_eq!(overdue.read(local("2014-06-12T10:00")).unwrap().late, Some(Late::Days(2)));
    assert!(of(&open, LimitName::Dispatch).is_none());
}

#[test]
fn the_portal_has_no_centre_and_ends_with_the_signature() {
    let clocks = clocks(Channel::Portal, &moments(&STORY[..7])).unwrap();
    let has = |what| of(&clocks, what).is_some();
    assert!(!has(LimitName::Dispatch) && !has(LimitName::Delivery) && !has(LimitName::Storage));
    assert_eq!(of(&clocks, LimitName::Case).unwrap().done, Some(local("2014-06-11T12:00")));
    // The package is there when it is filed; at the centre it is on its way.
    let filed = moments(&STORY[..1]);
    let registration =
        |channel| of(&super::clocks(at_first(), channel, &filed).unwrap(), LimitName::Registration);
    assert_eq!(registration(Channel::Portal).unwrap().limit.starts, local("2014-05-14T10:00"));
    assert_eq!(registration(Channel::Centre), None);
}

#[test]
fn no_target_lies_beyond_the_case() {
    // The executor was named ten days late: the 25 days would end on 19 June.
    let late = moments(&[(M::Filed, "2014-05-14T10:00"), (M::ExecutorNamed, "2014-05-25T10:00")]);
    let due = |channel| {
        let clocks = clocks(channel, &late).unwrap();
        shown(of(&clocks, LimitName::Execution).unwrap().limit.due.at)
    };
    // No later than the commission can sit.
    assert_eq!(due(Channel::Portal), "2014-06-12T18:00:00");
    assert_eq!(due(Channel::Centre), "2014-06-10T18:00:00");
    let due = |milestone, at, what| {
        let late = moments(&[(M::Filed, "2014-05-14T10:00"), (milestone, at)]);
        shown(of(&clocks(Channel::Centre, &late).unwrap(), what).unwrap().limit.due.at)
    };
    assert_eq!(due(M::ExecutorNamed, "2014-06-11T10:00", LimitName::Execution), "2014-06-12T18:00:00");
    assert_eq!(due(M::Decided, "2014-06-12T10:00", LimitName::Signature), "2014-06-12T18:00:00");
    assert_eq!(due(M::Signed, "2014-06-12T10:00", LimitName::Dispatch), "2014-06-12T18:00:00");
    assert_eq!(due(M::Delivered, "2014-06-12T10:00", LimitName::Issue), "2014-06-13T18:00:00");
    // What begins after the end of the case has its own time.
    let late = moments(&[(M::Filed, "2014-05-14T10:00"), (M::Decided, "2014-07-01T10:00")]);
    let clocks = clocks(Channel::Portal, &late).unwrap();
    assert_eq!(shown(of(&clocks, LimitName::Signature).unwrap().limit.due.at), "2014-07-02T18:00:00");
}

#[test]
fn a_withdrawal_stops_what_runs_but_no_complaint() {
    let mut story = STORY[..5].to_vec();
    story.extend([(M::Withdrawn, "2014-05-20T10:00"), (M::Complained, "2014-05-19T10:00")]);
    let clocks = clocks(Channel::Portal, &moments(&story)).unwrap();
    let much_later = local("2015-05-20T10:00");
    assert_eq!(of(&clocks, LimitName::Case).unwrap().read(much_later).unwrap().late, None);
    assert!(of(&clocks, LimitName::Complaint).unwrap().read(much_later).unwrap().late.is_some());
}

#[test]
fn figures() {
    let rule = at_first().rule(LimitName::Signature);
    // 32 hours each: from 10:00 to 18:00 of the next day.
    let clock = |hours: Option<i64>| {
        let limit = rule.start(at_first(), local("2014-06-10T10:00")).unwrap();
        Clock { limit, done: hours.map(|hours| limit.starts + SignedDuration::from_hours(hours)) }
    };
    let complaint = Clock { limit: limit(LimitName::Complaint, "2014-06-10T10:00"), done: None };
    let clocks = [clock(Some(8)), clock(Some(16)), clock(Some(32)), clock(Some(64)), clock(None), complaint];

    let early = statistics(&clocks, local("2014-06-11T10:00")).unwrap();
    let expected =
        Figures { in_time: 2, late: 0, running: 4, median_percent: Some(37), worst_percent: Some(50) };
    assert_eq!(early.all, expected);

    let found = statistics(&clocks, local("2014-06-14T10:00")).unwrap();
    // 25, 50, 100, 200 and, still open, 300 percent.
    let signed =
        Figures { in_time: 3, late: 2, running: 0, median_percent: Some(100), worst_percent: Some(300) };
    assert_eq!(found.all, Figures { running: 1, ..signed.clone() });
    let head = &found.by_owner[&Owner::Head];
    assert_eq!(*head, found.all);
    assert_eq!(found.by_limit[&(Owner::Head, LimitName::Signature)], signed);
    assert_eq!(
        found.by_limit[&(Owner::Head, LimitName::Complaint)],
        Figures { running: 1, ..Figures::default() }
    );
    assert_eq!(statistics(&[], local("2014-06-14T10:00")).unwrap(), Statistics::default());
}

#[test]
fn a_sitting_leaves_time_to_sign_and_send() {
    let filed = local("2014-05-14T10:00");
    // To the centre on Thursday the 12th, signed on the 11th, decided on the 10th.
    assert_eq!(latest_sitting(Channel::Centre, filed).unwrap(), date(2014, 6, 10));
    assert_eq!(latest_sitting(Channel::Portal, filed).unwrap(), date(2014, 6, 12));
    assert!(check_sitting(Channel::Centre, filed, date(2014, 6, 10)).is_ok());
    let refused = check_sitting(Channel::Centre, filed, date(2014, 6, 11)).unwrap_err();
    assert!(matches!(&refused, SittingError::TooLate { latest } if *latest == date(2014, 6, 10)));
    assert_eq!(refused.to_string(), "the latest possible date is 2014-06-10");
    let early = check_sitting(Channel::Centre, filed, date(2014, 5, 13)).unwrap_err();
    assert!(matches!(early, SittingError::BeforeFiling { .. }));
    assert!(check_sitting(Channel::Centre, filed, date(2014, 5, 14)).is_ok());
    assert!(matches!(
        check_sitting(Channel::Centre, Timestamp::MAX, date(2014, 5, 14)),
        Err(SittingError::Calendar(_))
    ));
}

#[test]
fn the_latest_sitting_is_in_time_and_the_next_is_not() {
    let (provider, centre) = (Slow::provider(), Slow::centre());
    let mut numbers = Numbers::new(0x2545_f491);
    let (first, last) = (slow::day(2014, 1, 1), slow::day(2027, 12, 1));
    let today = of_edition(1);
    for _ in 0..5000 {
        let second = first * 86_400 + numbers.below((last - first) * 86_400);
        let filed = Timestamp::from_second(second).unwrap();
        let start = slow::local(second).div_euclid(86_400);
        let last_days = [(at_first(), start + 30), (&today, provider.working_days_after(start, 15))];
        // Forwards: a day to sign, and to the centre a day to send.
        let signed = |sitting| provider.on_or_after(sitting + 1);
        let sent = |sitting| provider.on_or_after(signed(sitting) + 1);
        let channels = [Channel::Portal, Channel::Centre];
        for ((limits, last), channel) in
            last_days.into_iter().flat_map(|one| channels.map(|channel| (one, channel)))
        {
            let is_in_time = |sitting: slow::Day| match channel {
                Channel::Portal => signed(sitting) <= last,
                Channel::Centre => sent(sitting) < last && !centre.is_off(sent(sitting)),
            };
            let mut expected = last;
            while provider.is_off(expected) || !is_in_time(expected) {
                expected -= 1;
            }
            let found = super::latest_sitting(limits, channel, filed).unwrap();
            assert_eq!(found.to_string(), slow::text(expected), "{channel:?} {filed}");
            let check = |date| super::check_sitting(limits, channel, filed, date);
            assert!(check(found).is_ok() && check(found.tomorrow().unwrap()).is_err());
        }
    }
}

#[test]
fn the_ends_of_time_are_errors() {
    for what in LimitName::ALL {
        assert!(at_first().rule(what).start(at_first(), Timestamp::MAX).is_err(), "{what:?}");
        let limit = limit(what, "2027-05-14T10:00");
        assert_eq!(limit.read(Timestamp::MIN).unwrap().percent, 0);
    }
    assert!(limit(LimitName::Case, "2014-05-14T10:00").read(Timestamp::MAX).unwrap().late.is_some());
    assert!(limit(LimitName::Registration, "9990-05-14T10:00").read(Timestamp::MAX).is_err());
    for milestone in [M::Filed, M::Received, M::Decided] {
        assert!(clocks(Channel::Centre, &[(milestone, Timestamp::MAX)].into()).is_err());
    }
}
