//! The calendar against the examples of the law's readers, against every day off of its years, and
//! against a slow second one.

pub(crate) mod slow;

use super::*;
use jiff::civil::{Weekday, date, time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use slow::{Numbers, Slow};

fn pairs() -> [(Body, Slow); 2] {
    [(Body::Provider, Slow::provider()), (Body::Centre, Slow::centre())]
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A moment on the clocks of Almaty.
fn local(text: &str) -> Timestamp {
    ZONE.to_timestamp(text.parse().unwrap()).unwrap()
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

fn due(at: &str) -> [String; 3] {
    let term = due_date(at.parse().unwrap(), Days::Calendar(30)).unwrap();
    [term.plain, term.due, term.hand_over].map(|date| date.to_string())
}

#[test]
fn terms() {
    assert_eq!(due("2014-05-14T06:00:00Z"), ["2014-06-13", "2014-06-13", "2014-06-12"]);
    // 30 August is a Saturday, so Monday 1 September is off; the result leaves on Friday the 29th.
    assert_eq!(due("2014-08-01T06:00:00Z"), ["2014-08-31", "2014-09-02", "2014-08-29"]);
    // 24 November 2026, 00:30 in Almaty is still 23 November in UTC.
    assert_eq!(due("2026-11-23T19:30:00Z"), ["2026-12-24", "2026-12-24", "2026-12-23"]);
    // Day 30 is Sunday 25 October 2026, Republic Day; Monday 26 October is its moved day off.
    assert_eq!(due("2026-09-25T06:00:00Z"), ["2026-10-25", "2026-10-27", "2026-10-23"]);
}

#[test]
fn a_day_is_filed_on_until_its_last_second() {
    assert_eq!(due("2014-05-14T17:59:59Z")[0], "2014-06-13");
    assert_eq!(due("2014-05-14T18:00:00Z")[0], "2014-06-14");
    // The last night at UTC+6 had 23:30 twice, and both are 29 February.
    assert_eq!(due("2024-02-29T17:30:00Z")[0], "2024-03-30");
    assert_eq!(due("2024-02-29T18:30:00Z")[0], "2024-03-30");
    assert_eq!(due("2024-02-29T19:00:00Z")[0], "2024-03-31");
    assert_eq!(due("2024-03-01T18:59:59Z")[0], "2024-03-31");
}

#[test]
fn the_zone_has_its_history() {
    let offset = |text| ZONE.to_offset(at(text)).seconds() / 3600;
    assert_eq!(offset("2014-05-11T00:00:00Z"), 6);
    assert_eq!(offset("2024-02-29T17:59:59Z"), 6);
    assert_eq!(offset("2024-02-29T18:00:00Z"), 5);
    assert_eq!(offset("2027-07-01T00:00:00Z"), 5);
}

/// Days off that are not Sundays, and for five days no Saturdays either, by months and days; and days
/// worked in a swap.
fn list(body: Body, year: i16) -> (String, String) {
    let schedule = body.schedule();
    let days: Vec<_> = date(year, 1, 1).series(1.day()).take_while(|day| day.year() == year).collect();
    let text = |days: Vec<Date>| {
        let days: Vec<String> = days.iter().map(|day| day.strftime("%m-%d").to_string()).collect();
        days.join(" ")
    };
    let (own, other): (Vec<_>, Vec<_>) = days.into_iter().partition(|day| schedule.works_on(day.weekday()));
    (
        text(own.into_iter().filter(|day| schedule.is_day_off(*day)).collect()),
        text(other.into_iter().filter(|day| !schedule.is_day_off(*day)).collect()),
    )
}

#[test]
fn each_year_has_its_days() {
    for (body, expected) in [(Body::Provider, FIVE_DAYS), (Body::Centre, SIX_DAYS)] {
        for (year, off, worked) in expected {
            assert_eq!(list(body, year), (off.into(), worked.into()), "{} {year}", body.code());
            assert!(covers(year));
        }
    }
    assert!(!covers(2013) && !covers(2028));
}

/// Days off from Monday to Friday, and days worked in a swap. The package `holidays` for Python, 0.109, has
/// the same.
#[rustfmt::skip]
const FIVE_DAYS: [(i16, &str, &str); 14] = [
    (2014, "01-01 01-02 01-03 01-07 03-10 03-21 03-24 03-25 05-01 05-02 05-07 05-08 05-09 07-07 09-01 12-01 12-16 12-17", "05-04 05-11"),
    (2015, "01-01 01-02 01-07 03-09 03-23 03-24 03-25 05-01 05-07 05-11 07-06 08-31 09-24 12-01 12-16 12-17", ""),
    (2016, "01-01 01-04 01-07 03-07 03-08 03-21 03-22 03-23 05-02 05-09 05-10 07-06 08-30 09-12 12-01 12-16 12-19", "03-05"),
    (2017, "01-02 01-03 03-08 03-20 03-21 03-22 03-23 05-01 05-08 05-09 07-06 07-07 08-30 09-01 12-01 12-18 12-19", "03-18 07-01"),
    (2018, "01-01 01-02 03-08 03-09 03-21 03-22 03-23 04-30 05-01 05-07 05-08 05-09 07-06 08-21 08-30 08-31 12-03 12-17 12-18 12-31", "03-03 04-28 05-05 08-25 12-29"),
    (2019, "01-01 01-02 01-07 03-08 03-21 03-22 03-25 05-01 05-07 05-09 05-10 07-08 08-30 12-02 12-16 12-17", "05-04"),
    (2020, "01-01 01-02 01-03 01-07 03-09 03-23 03-24 03-25 05-01 05-07 05-08 07-06 07-31 08-31 12-01 12-16 12-17 12-18", "01-05 12-20"),
    (2021, "01-01 01-04 01-07 03-08 03-22 03-23 03-24 05-03 05-07 05-10 07-05 07-06 07-20 08-30 12-01 12-16 12-17", "07-03"),
    (2022, "01-03 01-04 01-07 03-07 03-08 03-21 03-22 03-23 05-02 05-09 05-10 07-06 08-29 08-30 10-24 10-25 12-16", "03-05 08-27 10-22"),
    (2023, "01-02 01-03 03-08 03-21 03-22 03-23 05-01 05-08 05-09 06-28 07-06 07-07 08-30 10-25 12-18", "07-01"),
    (2024, "01-01 01-02 03-08 03-21 03-22 03-25 05-01 05-07 05-08 05-09 07-08 08-30 10-25 12-16", "05-04"),
    (2025, "01-01 01-02 01-03 01-07 03-10 03-21 03-24 03-25 05-01 05-07 05-09 06-06 07-07 09-01 10-27 12-16", "01-05"),
    (2026, "01-01 01-02 01-07 03-09 03-23 03-24 03-25 05-01 05-07 05-11 05-27 07-06 10-26 12-16", ""),
    (2027, "01-01 01-04 01-07 03-08 03-15 03-22 03-23 03-24 05-03 05-07 05-10 07-06 10-25 12-16", ""),
];

/// Days off from Monday to Saturday, and Sundays worked in a swap.
#[rustfmt::skip]
const SIX_DAYS: [(i16, &str, &str); 14] = [
    (2014, "01-01 01-02 01-07 03-08 03-21 03-22 03-24 05-01 05-02 05-07 05-08 05-09 07-07 08-30 10-04 12-01 12-16 12-17", "05-04 05-11"),
    (2015, "01-01 01-02 01-07 03-09 03-21 03-23 03-24 05-01 05-07 05-09 07-06 08-31 09-24 12-01 12-16 12-17", ""),
    (2016, "01-01 01-02 01-07 03-08 03-21 03-22 03-23 05-02 05-07 05-09 07-06 08-30 09-12 12-01 12-16 12-17", ""),
    (2017, "01-02 01-03 01-07 03-08 03-21 03-22 03-23 05-01 05-08 05-09 07-06 08-30 09-01 12-01 12-16 12-18", ""),
    (2018, "01-01 01-02 03-08 03-21 03-22 03-23 05-01 05-07 05-09 07-06 08-21 08-30 12-01 12-17 12-18", ""),
    (2019, "01-01 01-02 01-07 03-08 03-21 03-22 03-23 05-01 05-07 05-09 07-06 08-30 12-02 12-16 12-17", ""),
    (2020, "01-01 01-02 01-03 01-07 03-09 03-21 03-23 03-24 05-01 05-07 05-09 07-06 07-31 08-31 12-01 12-16 12-17 12-18", "01-05 12-20"),
    (2021, "01-01 01-02 01-07 03-08 03-22 03-23 03-24 05-01 05-07 05-10 07-06 07-20 08-30 12-01 12-16 12-17", ""),
    (2022, "01-01 01-03 01-07 03-08 03-21 03-22 03-23 05-02 05-07 05-09 07-06 07-09 08-30 10-25 12-16", ""),
    (2023, "01-02 01-03 01-07 03-08 03-21 03-22 03-23 05-01 05-08 05-09 06-28 07-06 08-30 10-25 12-16", ""),
    (2024, "01-01 01-02 03-08 03-21 03-22 03-23 05-01 05-07 05-09 07-06 08-30 10-25 12-16", ""),
    (2025, "01-01 01-02 01-03 01-07 03-08 03-21 03-22 03-24 05-01 05-07 05-09 06-06 07-07 08-30 10-25 12-16", "01-05"),
    (2026, "01-01 01-02 01-07 03-09 03-21 03-23 03-24 05-01 05-07 05-09 05-27 07-06 10-26 12-16", ""),
    (2027, "01-01 01-02 01-07 03-08 03-15 03-22 03-23 03-24 05-01 05-07 05-10 07-06 10-25 12-16", ""),
];

#[test]
fn the_table_is_read_and_says_where_it_is_from() {
    let tables = data::Tables::from_toml(data::TEXT).unwrap();
    assert!(tables.holidays.iter().chain(&tables.religious).all(|one| !one.name.is_empty()));
    let fixed = tables.holidays.iter().chain(&tables.religious).map(|one| &one.source);
    let sources = fixed.chain(tables.swaps.iter().map(|one| &one.source)).chain([&tables.kurban_ait.source]);
    for source in sources {
        let (kind, number) = source.split_at(1);
        assert!(
            ["P", "G", "Z"].contains(&kind) && number.starts_with(|digit: char| digit.is_ascii_digit()),
            "{source}"
        );
    }
    for year in 2014..=2027 {
        let kurban_ait = tables.kurban_ait.announced.iter().chain(&tables.kurban_ait.reckoned);
        assert_eq!(kurban_ait.filter(|day| day.year() == year).count(), 1, "{year}");
    }
    // What is swapped is a day of rest for a working day.
    let provider = Body::Provider.schedule();
    for swap in &tables.swaps {
        assert!(
            matches!(provider.day_off(swap.off), Some(DayOff::Swapped { worked, .. }) if worked == swap.worked)
        );
        assert_eq!(provider.day_off(swap.worked), None, "{}", swap.worked);
    }
    let broken = data::TEXT.replacen("month = 1\n", "mouth = 1\n", 1);
    assert!(data::Tables::from_toml(&broken).is_err());
    let broken = data::TEXT.replacen("closes = \"18:00\"", "closes = \"08:00\"", 1);
    assert!(data::Tables::from_toml(&broken).is_err());
}

#[test]
fn a_day_off_says_why() {
    let why = |body: Body, month, day| body.schedule().day_off(date(2014, month, day));
    assert!(matches!(
        why(Body::Provider, 3, 8),
        Some(DayOff::Holiday { name: "International Women's Day", .. })
    ));
    assert_eq!(why(Body::Provider, 3, 9), Some(DayOff::Weekly));
    assert_eq!(why(Body::Provider, 3, 10), Some(DayOff::Moved));
    assert_eq!(why(Body::Centre, 3, 10), None);
    assert!(matches!(why(Body::Centre, 10, 4), Some(DayOff::Religious { name: "Kurban-ait", .. })));
    assert_eq!(why(Body::Provider, 10, 6), None);
    let swapped = DayOff::Swapped { worked: date(2014, 5, 4), source: "P1400000365" };
    assert_eq!(why(Body::Centre, 5, 2), Some(swapped));
    // Who works on Saturdays had no Saturday to swap for 3 January.
    assert_eq!(why(Body::Centre, 1, 3), None);
    assert!(why(Body::Provider, 1, 3).is_some());
}

#[test]
fn a_schedule_has_days_and_hours_in_order() {
    let hour = |hour| time(hour, 0, 0, 0);
    let days: Vec<Weekday> = Weekday::Friday.cycle_forward().take(5).collect();
    let pause = |from, to| Some(Pause { from: hour(from), to: hour(to) });
    let faults = [
        Schedule::new(&days[..4], hour(9), hour(18), None),
        Schedule::new(&[Weekday::Monday; 5], hour(9), hour(18), None),
        Schedule::new(&days, hour(9), hour(9), None),
        Schedule::new(&days, hour(9), hour(18), pause(8, 10)),
        Schedule::new(&days, hour(9), hour(18), pause(14, 13)),
        Schedule::new(&days, hour(9), hour(18), pause(17, 18)),
    ];
    use ScheduleFault as F;
    assert_eq!(faults.map(Result::unwrap_err), [F::Days, F::Days, F::Hours, F::Pause, F::Pause, F::Pause]);
    // Who rests on Wednesday and Thursday rests on Saturday 2 September 2017 for Wednesday 30 August:
    // Friday is Kurban-ait.
    let schedule = Schedule::new(&days, hour(9), hour(18), pause(13, 14)).unwrap();
    let why = |month, day| schedule.day_off(date(2017, month, day));
    assert!(matches!(why(8, 30), Some(DayOff::Holiday { .. })));
    assert_eq!(why(8, 31), Some(DayOff::Weekly));
    assert!(matches!(why(9, 1), Some(DayOff::Religious { .. })));
    assert_eq!((why(9, 2), why(9, 3)), (Some(DayOff::Moved), None));
    assert_eq!(schedule.next_working_day(date(2017, 8, 30)).unwrap(), date(2017, 9, 3));
}

#[test]
fn minutes_count_while_the_body_works() {
    let provider = Body::Provider.schedule();
    let quarter = |from: &str| {
        let end = provider.after_working_time(local(from), minutes(15)).unwrap();
        ZONE.to_datetime(end).to_string()
    };
    assert_eq!(quarter("2014-05-14T10:00"), "2014-05-14T10:15:00");
    assert_eq!(quarter("2014-05-14T12:45"), "2014-05-14T13:00:00");
    assert_eq!(quarter("2014-05-14T12:50"), "2014-05-14T14:05:00");
    assert_eq!(quarter("2014-05-14T13:30"), "2014-05-14T14:15:00");
    assert_eq!(quarter("2014-05-14T17:45"), "2014-05-14T18:00:00");
    assert_eq!(quarter("2014-05-14T17:45:00.5"), "2014-05-15T09:00:00.5");
    assert_eq!(quarter("2014-05-14T23:59:59"), "2014-05-15T09:15:00");
    // Friday 29 August 2014; Saturday is a holiday, Monday its moved day off.
    assert_eq!(quarter("2014-08-29T17:50"), "2014-09-02T09:05:00");
    // Sunday 11 May 2014 was worked.
    assert_eq!(quarter("2014-05-10T12:00"), "2014-05-11T09:15:00");
    // The night in which the clocks went back.
    assert_eq!(quarter("2024-02-29T17:50"), "2024-03-01T09:05:00");
    let night = local("2024-02-29T18:00").duration_until(local("2024-03-01T09:00"));
    assert_eq!(night, SignedDuration::from_hours(16));

    let from = local("2024-02-29T17:50");
    assert_eq!(provider.working_time(from, local("2024-03-01T09:05")).unwrap(), minutes(15));
    assert_eq!(provider.working_time(from, from).unwrap(), SignedDuration::ZERO);
    assert_eq!(provider.working_time(local("2024-03-01T09:05"), from).unwrap(), SignedDuration::ZERO);
    assert_eq!(provider.after_working_time(from, SignedDuration::ZERO).unwrap(), from);
    assert_eq!(provider.next_opening(local("2024-03-01T13:00")).unwrap(), local("2024-03-01T14:00"));
    assert_eq!(provider.next_opening(local("2024-03-01T12:59")).unwrap(), local("2024-03-01T12:59"));
    // A Saturday.
    let saturday = local("2024-03-02T10:00");
    assert_eq!(provider.next_opening(saturday).unwrap(), local("2024-03-04T09:00"));
    assert_eq!(Body::Centre.schedule().next_opening(saturday).unwrap(), saturday);
}

#[test]
fn months_and_working_days() {
    let centre = Body::Centre.schedule();
    let month = |year, month, day| centre.after_months(date(year, month, day), 1).unwrap();
    assert_eq!(month(2026, 1, 31).plain, date(2026, 2, 28));
    assert_eq!(month(2024, 1, 31).plain, date(2024, 2, 29));
    assert_eq!(month(2024, 2, 29).plain, date(2024, 3, 29));
    assert_eq!(month(2014, 6, 12).plain, date(2014, 7, 12));
    let moved = month(2015, 7, 30);
    assert_eq!((moved.plain, moved.moved, moved.is_moved()), (date(2015, 8, 30), date(2015, 9, 1), true));

    let provider = Body::Provider.schedule();
    let five = provider.after_working_days(date(2014, 5, 1), 5).unwrap();
    // 4, 5, 6, 11 and 12 May: two Sundays were worked.
    assert_eq!((five.plain, five.is_moved()), (date(2014, 5, 12), false));
    assert_eq!(provider.after_working_days(date(2026, 11, 27), 15).unwrap().plain, date(2026, 12, 21));
}

#[test]
fn outside_the_table_the_fixed_rules_answer_and_say_so() {
    let certain = |text| due_date(at(text), Days::Calendar(30)).unwrap().certain;
    assert!(certain("2014-01-01T00:00:00Z") && certain("2027-11-30T00:00:00Z"));
    assert!(!certain("2013-12-31T06:00:00Z") && !certain("2027-12-02T06:00:00Z"));
    let provider = Body::Provider.schedule();
    assert!(!provider.after_working_days(date(2027, 12, 20), 15).unwrap().certain);
    // Saturday 1 and Sunday 2 January 2028, Friday 17 December 2032.
    assert!(provider.is_day_off(date(2028, 1, 3)) && provider.is_day_off(date(2028, 1, 4)));
    assert!(!provider.is_day_off(date(2032, 12, 17)) && provider.is_day_off(date(2009, 12, 17)));
}

#[test]
fn the_ends_of_time_are_errors() {
    for body in Body::ALL {
        let schedule = body.schedule();
        assert!(schedule.after_working_time(Timestamp::MAX, minutes(15)).is_err());
        assert!(schedule.next_opening(Timestamp::MAX).is_err());
        assert!(schedule.after_days(Date::MAX, 30).is_err());
        assert!(schedule.after_months(Date::MAX, 1).is_err());
        assert!(schedule.after_working_days(Date::MAX, 15).is_err());
        assert!(schedule.after_working_days(Date::MIN, 15).is_ok());
        assert!(schedule.last_working_day(Date::MIN).is_ok() || schedule.is_day_off(Date::MIN));
        assert!(schedule.working_time(Timestamp::MIN, Timestamp::MIN).is_ok());
        assert!(schedule.working_time(Timestamp::MAX, Timestamp::MAX).is_err());
        assert!(schedule.closing(Date::MAX).is_err());
    }
    for days in [Days::Calendar(30), Days::Working(15)] {
        assert!(due_date(Timestamp::MAX, days).is_err() && due_date(Timestamp::MIN, days).is_ok());
    }
    assert!(end_of_day(Date::MAX).is_err() && hand_over(Date::MIN).is_err());
    // A Friday.
    assert_eq!(Body::Provider.schedule().day_off(Date::MAX), None);
}

fn text(date: Date) -> String {
    date.to_string()
}

#[test]
fn every_day_is_off_where_the_slow_model_has_it() {
    for (body, slow) in pairs() {
        let schedule = body.schedule();
        for (index, today) in
            (slow::day(2014, 1, 1)..).zip(date(2014, 1, 1).series(1.day()).take(14 * 365 + 3))
        {
            assert_eq!(text(today), slow::text(index));
            assert_eq!(schedule.is_day_off(today), slow.is_off(index), "{} {today}", body.code());
        }
    }
    // So the day on which the provider hands over is one of the centre too.
    let (provider, centre) = (Slow::provider(), Slow::centre());
    assert!(
        (slow::day(2014, 1, 1)..slow::day(2028, 1, 1)).all(|day| !centre.is_off(day) || provider.is_off(day))
    );
}

#[test]
fn terms_are_those_of_the_slow_model() {
    let (provider, centre) = (Slow::provider(), Slow::centre());
    let mut numbers = Numbers::new(0x5bd1_e995);
    let (first, last) = (slow::day(2014, 1, 1), slow::day(2027, 12, 1));
    for _ in 0..10_000 {
        let second = first * 86_400 + numbers.below((last - first) * 86_400);
        let filed = Timestamp::from_second(second).unwrap();
        let start = slow::local(second).div_euclid(86_400);
        let term = due_date(filed, Days::Calendar(30)).unwrap();
        let mut thirty = start;
        for _ in 0..30 {
            thirty += 1;
        }
        let expected = [start, thirty, provider.on_or_after(thirty), provider.on_or_before(thirty - 1)];
        let found = [term.filed, term.plain, term.due, term.hand_over].map(text);
        assert_eq!(found, expected.map(slow::text), "{filed}");
        assert!(term.hand_over < term.plain && term.plain <= term.due);

        let days = u16::try_from(numbers.below(40)).unwrap();
        let working = due_date(filed, Days::Working(days)).unwrap();
        let last = provider.working_days_after(start, days);
        let expected = [start, last, provider.on_or_after(last), provider.on_or_before(last - 1)];
        let found = [working.filed, working.plain, working.due, working.hand_over].map(text);
        assert_eq!(found, expected.map(slow::text), "{filed} and {days} working days");
        for (body, slow) in pairs() {
            let end = body.schedule().after_working_days(term.filed, days).unwrap();
            let expected = slow.working_days_after(start, days);
            assert_eq!(text(end.plain), slow::text(expected), "{filed} and {days} working days");
            assert_eq!(text(end.moved), slow::text(slow.on_or_after(expected)));
        }

        let month = month_after(start);
        let end = Body::Centre.schedule().after_months(term.filed, 1).unwrap();
        assert_eq!(text(end.plain), slow::text(month), "{filed} and a month");
        assert_eq!(text(end.moved), slow::text(centre.on_or_after(month)));
    }
}

/// A month later: the first day that is not within the month, less what does not exist.
fn month_after(start: slow::Day) -> slow::Day {
    let (year, month, of_month) = slow::date(start);
    let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    (1..=of_month)
        .rev()
        .map(|of_month| (slow::day(year, month, of_month), of_month))
        .find(|(day, of_month)| slow::date(*day) == (year, month, *of_month))
        .unwrap()
        .0
}

#[test]
fn working_time_is_that_of_the_slow_model() {
    let mut numbers = Numbers::new(0x9e37_79b9);
    let (first, last) = (slow::day(2014, 1, 1) * 1440, slow::day(2027, 12, 1) * 1440);
    let change = 1_709_229_600 / 60;
    for round in 0..3000 {
        // Each third near the change of the zone.
        let minute = if round % 3 == 0 {
            change - 6000 + numbers.below(7000)
        } else {
            first + numbers.below(last - first)
        };
        let from = minute * 60;
        let start = Timestamp::from_second(from).unwrap();
        let count = u32::try_from(numbers.below(1500)).unwrap();
        for (body, slow) in pairs() {
            let schedule = body.schedule();
            let end = schedule.after_working_time(start, minutes(count.into())).unwrap();
            assert_eq!(end.as_second(), slow.after_minutes(from, count), "{} {start} + {count}", body.code());
            assert_eq!(schedule.working_time(start, end).unwrap(), minutes(count.into()), "{start} to {end}");
            let later = from + 60 * numbers.below(8000);
            let found = schedule.working_time(start, Timestamp::from_second(later).unwrap()).unwrap();
            assert_eq!(found, minutes(slow.minutes(from, later)), "{} {start} to {later}", body.code());
            let opening = schedule.next_opening(start).unwrap();
            assert!(opening >= start && slow.is_working(opening.as_second()));
            assert_eq!(schedule.working_time(start, opening).unwrap(), SignedDuration::ZERO);
        }
    }
}
