//! Warnings: at which moment a limit is half used, nearly used and over, and which of these came in a span of time, so
//! that whoever answers for it is told once of each.
//!
//! A warning that was overtaken by the next one is not given any more: after a night without the service nobody reads
//! that half was used when all is.

use super::{Clock, Length, Limit, Warning};
use jiff::{Error, SignedDuration, Timestamp};

/// What is to be told of a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told<'a> {
    pub limit: Limit<'a>,
    pub warning: Warning,
}

impl Warning {
    const ALL: [Self; 3] = [Self::Half, Self::Most, Self::All];
}

impl Limit<'_> {
    /// The first moment, to the microsecond, at which the warning is due; of [`Warning::All`] the first at which it is
    /// late.
    ///
    /// # Errors
    /// At the end of the calendar.
    pub fn reaches(&self, warning: Warning) -> Result<Timestamp, Error> {
        let over = || self.due.at.checked_add(SignedDuration::from_micros(1));
        if warning == Warning::All || self.due.at <= self.starts {
            return over();
        }
        let share = |allowed: SignedDuration| {
            // Rounded up: before it the share is not used.
            let micros = (allowed.as_nanos() * i128::from(warning.percent()) + 99_999) / 100_000;
            i64::try_from(micros).map_or(SignedDuration::MAX, SignedDuration::from_micros)
        };
        let at = match self.length {
            Length::WorkingMinutes(_) | Length::WorkingDays(_) => {
                let schedule = self.body.schedule();
                let allowed = schedule.working_time(self.starts, self.due.at)?;
                schedule.after_working_time(self.starts, share(allowed))?
            }
            _ => self.starts.checked_add(share(self.starts.duration_until(self.due.at)))?,
        };
        Ok(at.min(over()?))
    }
}

/// The warnings that came after one moment and not after another, of each clock the last.
///
/// # Errors
/// At the end of the calendar.
pub fn warnings<'a>(
    clocks: &[Clock<'a>],
    after: Timestamp,
    until: Timestamp,
) -> Result<Vec<Told<'a>>, Error> {
    let mut found = Vec::new();
    for clock in clocks.iter().filter(|clock| clock.stopped(until).is_none()) {
        for warning in Warning::ALL.into_iter().rev() {
            let at = clock.limit.reaches(warning)?;
            if at <= until {
                if after < at {
                    found.push(Told { limit: clock.limit, warning });
                }
                break;
            }
        }
    }
    Ok(found)
}

/// The moment of the next warning after one, if a clock runs that has one to come.
///
/// # Errors
/// At the end of the calendar.
pub fn next_warning(clocks: &[Clock<'_>], after: Timestamp) -> Result<Option<Timestamp>, Error> {
    let mut next: Option<Timestamp> = None;
    for clock in clocks.iter().filter(|clock| clock.done.is_none()) {
        for warning in Warning::ALL {
            let at = clock.limit.reaches(warning)?;
            if after < at {
                next = Some(next.map_or(at, |next| next.min(at)));
                break;
            }
        }
    }
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::super::{Channel, LimitName, Limits, Milestone, clocks};
    use super::*;
    use std::collections::BTreeMap;
    use std::sync::LazyLock;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// A case in which everything up to the named milestone came, an hour after one another.
    fn case(filed: Timestamp, until: Milestone) -> Vec<Clock<'static>> {
        use Milestone as M;
        let order = [
            M::Filed,
            M::Received,
            M::Registered,
            M::HandedOver,
            M::ExecutorNamed,
            M::Decided,
            M::Signed,
            M::Delivered,
            M::Ready,
        ];
        let mut moments = BTreeMap::from([(M::Complained, filed), (M::Offered, filed)]);
        for (hours, milestone) in order.into_iter().enumerate() {
            moments.insert(milestone, filed + SignedDuration::from_hours(hours as i64));
            if milestone == until {
                break;
            }
        }
        static LIMITS: LazyLock<Limits> = LazyLock::new(Limits::default);
        clocks(&LIMITS, Channel::Centre, &moments).unwrap()
    }

    #[test]
    fn a_warning_comes_at_the_moment_from_which_the_reading_has_it() {
        let micro = SignedDuration::from_micros(1);
        let mut seen = 0;
        for days in 0..400 {
            let filed = at("2025-12-30T03:17:00.123457Z") + SignedDuration::from_hours(days * 29);
            for clock in case(filed, Milestone::Ready) {
                let limit = clock.limit;
                for warning in [Warning::Half, Warning::Most] {
                    let moment = limit.reaches(warning).unwrap();
                    assert!(limit.read(moment).unwrap().warning >= Some(warning), "{limit:?} {moment}");
                    // Where there is no working time at the moment before, the share was used when it ended.
                    let before = limit.read(moment - micro).unwrap();
                    assert!(
                        before.warning < Some(warning) || limit.due.at <= limit.starts,
                        "{limit:?} {moment}"
                    );
                    seen += 1;
                }
                let late = limit.reaches(Warning::All).unwrap();
                assert!(
                    limit.read(late).unwrap().late.is_some()
                        && limit.read(late - micro).unwrap().late.is_none()
                );
            }
        }
        assert!(seen > 5000, "{seen}");
    }

    #[test]
    fn each_is_told_once_and_what_was_overtaken_is_not() {
        let filed = at("2026-11-23T04:00:00Z");
        let running = case(filed, Milestone::ExecutorNamed);
        let execution = running.iter().find(|clock| clock.limit.what == LimitName::Execution).unwrap().limit;
        let [half, most, late] =
            [Warning::Half, Warning::Most, Warning::All].map(|one| execution.reaches(one).unwrap());
        let told = |after, until| -> Vec<Warning> {
            let all = warnings(&running, after, until).unwrap();
            all.into_iter()
                .filter(|told| told.limit.what == LimitName::Execution)
                .map(|told| told.warning)
                .collect()
        };
        let micro = SignedDuration::from_micros(1);
        assert_eq!(told(filed, half - micro), []);
        assert_eq!(told(filed, half), [Warning::Half]);
        assert_eq!(told(half, most - micro), []);
        assert_eq!(told(half, most), [Warning::Most]);
        assert_eq!(told(filed, late), [Warning::All]);
        assert_eq!(told(late, late + SignedDuration::from_hours(9000)), []);
        // What is done is not warned of.
        let done = case(filed, Milestone::Ready);
        let all = warnings(&done, filed, late).unwrap();
        assert!(all.iter().all(|told| told.limit.what != LimitName::Execution), "{all:?}");
    }

    #[test]
    fn the_next_moment_leads_from_warning_to_warning() {
        let filed = at("2026-11-23T04:00:00Z");
        let running = case(filed, Milestone::Registered);
        let (mut now, mut told) = (filed, Vec::new());
        while let Some(next) = next_warning(&running, now).unwrap() {
            assert!(next > now);
            let here = warnings(&running, now, next).unwrap();
            assert!(!here.is_empty(), "{next}");
            told.extend(here.into_iter().map(|told| (told.limit.what, told.warning)));
            now = next;
        }
        let open = running.iter().filter(|clock| clock.done.is_none()).count();
        assert_eq!(told.len(), 3 * open, "{told:?}");
    }
}
