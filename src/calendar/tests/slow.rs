//! A second calendar for the tests, slow and simple: it counts days from 1970 by its own arithmetic,
//! keeps its own list of holidays, and walks day by day and minute by minute. It shares no code and no
//! data with the first.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A day, counted from 1 January 1970.
pub(crate) type Day = i64;

/// The week of a body, and its minutes of a day.
#[derive(Clone, Copy)]
pub(crate) struct Slow {
    six_days: bool,
    off: &'static BTreeSet<Day>,
}

static FIVE: LazyLock<BTreeSet<Day>> = LazyLock::new(|| days_off(false));
static SIX: LazyLock<BTreeSet<Day>> = LazyLock::new(|| days_off(true));

const FIRST: i64 = 2012;
const LAST: i64 = 2029;

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day of a date, by adding up years and months.
pub(crate) fn day(year: i64, month: i64, of_month: i64) -> Day {
    let years: i64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let months: i64 = (1..month).map(|month| length(year, month)).sum();
    years + months + of_month - 1
}

/// The date of a day, by taking away years and months.
pub(crate) fn date(mut left: Day) -> (i64, i64, i64) {
    let (mut year, mut month) = (1970, 1);
    loop {
        let days = if is_leap(year) { 366 } else { 365 };
        if left < days {
            break;
        }
        left -= days;
        year += 1;
    }
    while left >= length(year, month) {
        left -= length(year, month);
        month += 1;
    }
    (year, month, left + 1)
}

pub(crate) fn text(day: Day) -> String {
    let (year, month, of_month) = date(day);
    format!("{year:04}-{month:02}-{of_month:02}")
}

/// 0 is Monday; 1 January 1970 was a Thursday.
fn weekday(day: Day) -> i64 {
    (day + 3) % 7
}

fn is_weekly(day: Day, six_days: bool) -> bool {
    weekday(day) == 6 || (weekday(day) == 5 && !six_days)
}

fn holidays(year: i64) -> Vec<(i64, i64)> {
    let mut days = vec![(1, 1), (1, 2), (3, 8), (3, 21), (3, 22), (3, 23), (5, 1), (5, 7), (5, 9), (7, 6)];
    if year >= 2027 {
        days.insert(3, (3, 15));
    }
    if year <= 2025 {
        days.push((8, 30));
    }
    if year >= 2022 {
        days.extend([(10, 25), (12, 16)]);
    } else {
        days.extend([(12, 1), (12, 16), (12, 17)]);
    }
    days
}

const KURBAN_AIT: [(i64, i64, i64); 14] = [
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

/// Worked, then off: what both bodies swapped, a Sunday each time.
const SUNDAYS: [(i64, [i64; 2], [i64; 2]); 5] = [
    (2014, [5, 4], [5, 2]),
    (2014, [5, 11], [5, 8]),
    (2020, [1, 5], [1, 3]),
    (2020, [12, 20], [12, 18]),
    (2025, [1, 5], [1, 3]),
];

/// Worked, then off: what only the provider swapped.
const SATURDAYS: [(i64, [i64; 2], [i64; 2]); 16] = [
    (2016, [3, 5], [3, 7]),
    (2017, [3, 18], [3, 20]),
    (2017, [7, 1], [7, 7]),
    (2018, [3, 3], [3, 9]),
    (2018, [4, 28], [4, 30]),
    (2018, [5, 5], [5, 8]),
    (2018, [8, 25], [8, 31]),
    (2018, [12, 29], [12, 31]),
    (2019, [5, 4], [5, 10]),
    // The Monday that stood for Saturday 9 May.
    (2020, [5, 11], [5, 8]),
    (2021, [7, 3], [7, 5]),
    (2022, [3, 5], [3, 7]),
    (2022, [8, 27], [8, 29]),
    (2022, [10, 22], [10, 24]),
    (2023, [7, 1], [7, 7]),
    (2024, [5, 4], [5, 8]),
];

/// All days off: first those that are fixed, then for each clash the first day that is still worked.
fn days_off(six_days: bool) -> BTreeSet<Day> {
    let weekly = (day(FIRST, 1, 1)..day(LAST + 1, 1, 1)).filter(|day| is_weekly(*day, six_days));
    let mut off: BTreeSet<Day> = weekly.collect();
    off.extend((FIRST..=LAST).map(|year| day(year, 1, 7)));
    off.extend(KURBAN_AIT.map(|(year, month, of_month)| day(year, month, of_month)));
    let all: Vec<Day> = (FIRST..=LAST)
        .flat_map(|year| holidays(year).into_iter().map(move |(month, of_month)| day(year, month, of_month)))
        .collect();
    off.extend(&all);
    for holiday in all.into_iter().filter(|day| is_weekly(*day, six_days)) {
        let mut next = holiday + 1;
        while off.contains(&next) {
            next += 1;
        }
        off.insert(next);
    }
    let mut swapped = SUNDAYS.to_vec();
    if !six_days {
        swapped.extend(SATURDAYS);
        off.insert(day(2014, 1, 3));
        off.remove(&day(2013, 12, 28));
    }
    for (year, worked, free) in swapped {
        assert!(off.remove(&day(year, worked[0], worked[1])), "{year} {worked:?} was worked");
        assert!(off.insert(day(year, free[0], free[1])), "{year} {free:?} was off");
    }
    off
}

impl Slow {
    pub(crate) fn provider() -> Self {
        Self { six_days: false, off: &FIVE }
    }

    pub(crate) fn centre() -> Self {
        Self { six_days: true, off: &SIX }
    }

    pub(crate) fn is_off(self, day: Day) -> bool {
        self.off.contains(&day)
    }

    pub(crate) fn on_or_after(self, mut day: Day) -> Day {
        while self.is_off(day) {
            day += 1;
        }
        day
    }

    pub(crate) fn on_or_before(self, mut day: Day) -> Day {
        while self.is_off(day) {
            day -= 1;
        }
        day
    }

    pub(crate) fn working_days_after(self, mut day: Day, days: u16) -> Day {
        let mut seen = 0;
        while seen < days {
            day += 1;
            if !self.is_off(day) {
                seen += 1;
            }
        }
        day
    }

    /// Whether it works in the minute that begins at this second of 1970.
    pub(crate) fn is_working(self, second: i64) -> bool {
        let local = local(second);
        let minute = local.rem_euclid(86_400) / 60;
        let open = if self.six_days {
            (9 * 60..20 * 60).contains(&minute)
        } else {
            (9 * 60..13 * 60).contains(&minute) || (14 * 60..18 * 60).contains(&minute)
        };
        open && !self.is_off(local.div_euclid(86_400))
    }

    /// The second of 1970 by which so many minutes have been worked.
    pub(crate) fn after_minutes(self, mut second: i64, minutes: u32) -> i64 {
        let mut seen = 0;
        while seen < minutes {
            if self.is_working(second) {
                seen += 1;
            }
            second += 60;
        }
        second
    }

    pub(crate) fn minutes(self, from: i64, to: i64) -> i64 {
        let minutes = (from..to).step_by(60).filter(|second| self.is_working(*second)).count();
        i64::try_from(minutes).unwrap()
    }
}

/// The second of 1970 on the clocks of Almaty: six hours ahead until 29 February 2024, 18:00 in
/// Greenwich, five since.
pub(crate) fn local(second: i64) -> i64 {
    second + if second < 1_709_229_600 { 6 * 3600 } else { 5 * 3600 }
}

/// Numbers that look random and are the same each time (xorshift).
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, end: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }
}
