//! The working calendar of Kazakhstan for a body with a five-day week, and the term of a case.
//!
//! The one idea to know: a term is counted in calendar days, and only its last day cares about the
//! working calendar (Civil Code 175). So the calendar answers a single question, `is_day_off`, from
//! three tables: fixed holidays with the years they held, days off that are never transferred
//! (7 January and the first day of Kurban-ait), and the Government's swaps of single days.
//!
//! It does not know the six-day week of the public service centres. Years outside 2014-2027 are
//! answered by the fixed holidays alone, and [`covers`] says so.
//!
//! ```
//! let filed = "2014-05-14T06:00:00Z".parse()?;
//! assert_eq!(qoltanba::calendar::due_date(filed)?.due.to_string(), "2014-06-13");
//! # Ok::<(), jiff::Error>(())
//! ```

use jiff::{Timestamp, civil::Date, civil::Weekday};

/// Calendar days of the whole case, both channels (item 10 of the regulation).
pub const TERM_DAYS: i32 = 30;
/// The zone in which the office counts days.
pub const ZONE: &str = "Asia/Almaty";

type MonthDay = (i8, i8);

/// (month, day, first year, last year): holidays whose clash with a day off moves the day off
/// (Law on holidays, article 5).
const HOLIDAYS: &[(i8, i8, i16, i16)] = &[
    (1, 1, 0, 9999),
    (1, 2, 0, 9999),
    (3, 8, 0, 9999),
    (3, 15, 2027, 9999),
    (3, 21, 2010, 9999),
    (3, 22, 2002, 9999),
    (3, 23, 2010, 9999),
    (5, 1, 0, 9999),
    (5, 7, 2013, 9999),
    (5, 9, 0, 9999),
    (7, 6, 2009, 9999),
    (8, 30, 1996, 2025),
    (10, 25, 2022, 9999),
    (12, 1, 2012, 2021),
    (12, 16, 0, 9999),
    (12, 17, 2002, 2021),
];

/// First day of Kurban-ait by year. 2026 and 2027 are astronomical estimates.
const KURBAN_AIT: &[(i16, i8, i8)] = &[
    (2014, 10, 4),
    (2015, 9, 24),
    (2016, 9, 12),
    (2017, 9, 1),
    (2018, 8, 21),
    (2019, 8, 11),
    (2020, 7, 31),
    (2021, 7, 20),
    (2022, 7, 9),
    (2023, 6, 28),
    (2024, 6, 16),
    (2025, 6, 6),
    (2026, 5, 27),
    (2027, 5, 16),
];

/// Swaps by Government decree: (year, day made a day off, day made a working day). The worked day of
/// 3 January 2014 lies in 2013, outside the table.
const SWAPS: &[(i16, MonthDay, Option<MonthDay>)] = &[
    (2014, (1, 3), None),
    (2014, (5, 2), Some((5, 4))),
    (2014, (5, 8), Some((5, 11))),
    (2016, (3, 7), Some((3, 5))),
    (2017, (3, 20), Some((3, 18))),
    (2017, (7, 7), Some((7, 1))),
    (2018, (3, 9), Some((3, 3))),
    (2018, (4, 30), Some((4, 28))),
    (2018, (5, 8), Some((5, 5))),
    (2018, (8, 31), Some((8, 25))),
    (2018, (12, 31), Some((12, 29))),
    (2019, (5, 10), Some((5, 4))),
    (2020, (1, 3), Some((1, 5))),
    (2020, (5, 8), Some((5, 11))),
    (2020, (12, 18), Some((12, 20))),
    (2021, (7, 5), Some((7, 3))),
    (2022, (3, 7), Some((3, 5))),
    (2022, (8, 29), Some((8, 27))),
    (2022, (10, 24), Some((10, 22))),
    (2023, (7, 7), Some((7, 1))),
    (2024, (5, 8), Some((5, 4))),
    (2025, (1, 3), Some((1, 5))),
];

/// The term of a case: both the plain and the moved last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// The civil date of filing in Almaty.
    pub filed: Date,
    /// Day 30, the day after filing being day 1.
    pub day_thirty: Date,
    /// The last day, moved to the next working day if day 30 is a day off (Civil Code 175).
    pub due: Date,
}

/// Whether swaps and Kurban-ait of this year are in the tables.
pub fn covers(year: i16) -> bool {
    KURBAN_AIT.iter().any(|&(known, ..)| known == year)
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn is_transferable_holiday(date: Date) -> bool {
    HOLIDAYS
        .iter()
        .any(|&(m, d, from, to)| (m, d) == (date.month(), date.day()) && (from..=to).contains(&date.year()))
}

fn is_fixed_day_off(date: Date) -> bool {
    (date.month(), date.day()) == (1, 7) || KURBAN_AIT.contains(&(date.year(), date.month(), date.day()))
}

/// Days off that clash with holidays move forward, one for one, over everything not worked.
fn is_transferred(date: Date) -> bool {
    // A transferred day is at most a few days after its holiday; ten days back is a safe start,
    // because each run of holidays and weekends is shorter.
    let mut owed = 0_u8;
    let mut day = (0..10).fold(date, |day, _| day.yesterday().unwrap_or(day));
    while day <= date {
        if is_weekend(day) && is_transferable_holiday(day) {
            owed += 1;
        } else if owed > 0 && !is_weekend(day) && !is_transferable_holiday(day) && !is_fixed_day_off(day) {
            if day == date {
                return true;
            }
            owed -= 1;
        }
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => break,
        }
    }
    false
}

/// Whether a five-day body does not work on this date.
pub fn is_day_off(date: Date) -> bool {
    let key = (date.month(), date.day());
    for &(year, off, worked) in SWAPS {
        if year == date.year() {
            if off == key {
                return true;
            }
            if worked == Some(key) {
                return false;
            }
        }
    }
    is_weekend(date) || is_transferable_holiday(date) || is_fixed_day_off(date) || is_transferred(date)
}

/// The date itself if it is worked, else the next working day.
pub fn next_working_day(mut date: Date) -> Result<Date, jiff::Error> {
    while is_day_off(date) {
        date = date.tomorrow()?;
    }
    Ok(date)
}

/// The civil date of a moment in Almaty.
pub fn local_date(at: Timestamp) -> Result<Date, jiff::Error> {
    Ok(at.in_tz(ZONE)?.date())
}

/// The term of a case filed at a moment: 30 calendar days, the day of filing not counted
/// (item 10; decision G4 for both channels), moved by Civil Code 175.
pub fn due_date(filed: Timestamp) -> Result<Term, jiff::Error> {
    use jiff::ToSpan;
    let filed = local_date(filed)?;
    let day_thirty = filed.checked_add(TERM_DAYS.days())?;
    Ok(Term { filed, day_thirty, due: next_working_day(day_thirty)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn due(at: &str) -> (String, String) {
        let term = due_date(at.parse().unwrap()).unwrap();
        (term.day_thirty.to_string(), term.due.to_string())
    }

    #[test]
    fn terms() {
        assert_eq!(due("2014-05-14T06:00:00Z"), ("2014-06-13".into(), "2014-06-13".into()));
        assert_eq!(due("2014-08-01T06:00:00Z"), ("2014-08-31".into(), "2014-09-02".into()));
        // 24 November 2026, 00:30 in Almaty is still 23 November in UTC.
        assert_eq!(due("2026-11-23T19:30:00Z"), ("2026-12-24".into(), "2026-12-24".into()));
        // Day 30 is Sunday 25 October 2026, Republic Day; Monday 26 October is its transferred day off.
        assert_eq!(due("2026-09-25T06:00:00Z"), ("2026-10-25".into(), "2026-10-27".into()));
    }

    #[test]
    fn year_2014() {
        for (m, d) in [
            (1, 1),
            (1, 2),
            (1, 3),
            (1, 7),
            (3, 10),
            (3, 21),
            (3, 24),
            (3, 25),
            (5, 1),
            (5, 2),
            (5, 7),
            (5, 8),
            (5, 9),
            (7, 7),
            (9, 1),
            (12, 1),
            (12, 16),
            (12, 17),
        ] {
            assert!(is_day_off(date(2014, m, d)), "{m}-{d}");
        }
        for (m, d) in [(3, 26), (5, 4), (5, 11), (7, 8), (9, 2), (10, 6)] {
            assert!(!is_day_off(date(2014, m, d)), "{m}-{d}");
        }
    }

    #[test]
    fn year_2026() {
        let off: Vec<String> = date(2026, 1, 1)
            .series(jiff::Span::new().days(1))
            .take(365)
            .filter(|&d| is_day_off(d) && !is_weekend(d))
            .map(|d| d.to_string())
            .collect();
        assert_eq!(
            off,
            [
                "2026-01-01",
                "2026-01-02",
                "2026-01-07",
                "2026-03-09",
                "2026-03-23",
                "2026-03-24",
                "2026-03-25",
                "2026-05-01",
                "2026-05-07",
                "2026-05-11",
                "2026-05-27",
                "2026-07-06",
                "2026-10-26",
                "2026-12-16",
            ]
        );
    }
}
