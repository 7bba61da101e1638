//! The clocks of a case: what is due when, from whom, and who is late.
//!
//! The one idea to know: a clock runs between two milestones of a case. [`LimitName::rule`] is the table
//! of all limits: from which milestone to which, by whose working calendar, and who answers for it; how long
//! it is and where that is written, the edition of the rules says that the case is kept by ([`Limits`]).
//! Everything else follows: [`clocks`] sets the clocks of a case from the moments at which its milestones
//! came, [`Clock::read`] reads one at a moment, [`Counting`] sums up many.
//!
//! Nothing here reads or writes the state of a case, and nothing is refused here but a sitting of the
//! commission that comes too late ([`check_sitting`]). Whom a warning reaches, and how, is for the shell.

mod limits;

pub use limits::{Length, Limits, Stated};

use crate::calendar::{self, Body, LastDay, Term};
use jiff::civil::Date;
use jiff::{Error, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod warning;

pub use warning::{Told, next_warning, warnings};

/// How an application came, which decides how its result leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// Item 9: the result is in the personal account once it is signed.
    #[default]
    Portal,
    /// Item 8: the result is delivered to the centre and issued there.
    Centre,
}

impl Channel {
    pub const ALL: [Self; 2] = [Self::Centre, Self::Portal];

    pub fn code(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Centre => "centre",
        }
    }
}

/// What happens in a case and has its moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Milestone {
    /// The application was filed, on the portal or at the centre.
    Filed,
    /// The package came to the provider; on the portal when it was filed.
    Received,
    /// The chancellery registered the package.
    Registered,
    /// The specialist has the package.
    HandedOver,
    /// The official named the executor.
    ExecutorNamed,
    /// What the head is to sign is ready: the commission decided, or documents were found missing.
    Decided,
    /// The notice or letter was signed.
    Signed,
    /// The centre has the result.
    Delivered,
    /// The centre offers the result for issue.
    Ready,
    /// The applicant has the result, or it went back to the provider with the register.
    Issued,
    /// The applicant withdrew the application, or it was refused for its signature; what was running stops.
    Withdrawn,
    /// A complaint was registered.
    Complained,
    /// The complaint was answered.
    ComplaintAnswered,
    /// A dwelling was offered.
    Offered,
    /// The applicant answered the offer.
    OfferAnswered,
}

/// Who answers for a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    Chancellery,
    Head,
    Executor,
    /// The documentary-support section, which sends results out.
    DocumentarySupport,
    Centre,
    Applicant,
}

impl Owner {
    /// As [`super::Role::code`] where there is such a role.
    pub fn code(self) -> &'static str {
        match self {
            Self::Chancellery => "chancellery",
            Self::Head => "head",
            Self::Executor => "executor",
            Self::DocumentarySupport => "documentary-support",
            Self::Centre => "centre",
            Self::Applicant => "applicant",
        }
    }
}

/// The limits that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitName {
    /// The chancellery registers the package.
    Registration,
    /// The package is handed to the specialist.
    HandOver,
    /// The official names the executor.
    Resolution,
    /// The executor brings the case to a decision.
    Execution,
    /// The head signs.
    Signature,
    /// The result goes to the centre.
    Dispatch,
    /// The centre makes it ready for issue.
    Issue,
    /// The whole case.
    Case,
    /// The result is at the centre one day before the end.
    Delivery,
    /// The centre keeps a result that nobody fetches.
    Storage,
    /// A complaint is answered.
    Complaint,
    /// The applicant answers an offer.
    OfferAnswer,
}

/// When on its last day a limit in days ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// When the body closes: what is done in it must be done by then (Civil Code 176).
    Closing,
    /// With the day.
    Midnight,
}

/// A row of the table of limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule<'a> {
    pub what: LimitName,
    pub owner: Owner,
    /// What sets the clock going.
    pub from: Milestone,
    /// What stops it. The whole case on the portal stops at [`Milestone::Signed`].
    pub until: Milestone,
    pub length: Length,
    /// By whose calendar it is counted.
    pub body: Body,
    pub ends: Ends,
    /// Where its length is written.
    pub source: &'a str,
}

impl LimitName {
    pub const ALL: [Self; 12] = [
        Self::Registration,
        Self::HandOver,
        Self::Resolution,
        Self::Execution,
        Self::Signature,
        Self::Dispatch,
        Self::Issue,
        Self::Case,
        Self::Delivery,
        Self::Storage,
        Self::Complaint,
        Self::OfferAnswer,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::HandOver => "hand-over",
            Self::Resolution => "resolution",
            Self::Execution => "execution",
            Self::Signature => "signature",
            Self::Dispatch => "dispatch",
            Self::Issue => "issue",
            Self::Case => "case",
            Self::Delivery => "delivery",
            Self::Storage => "storage",
            Self::Complaint => "complaint",
            Self::OfferAnswer => "offer-answer",
        }
    }

    /// The table: the limit of a length.
    pub const fn rule(self, length: Length, source: &str) -> Rule<'_> {
        use Milestone as M;
        use Owner as O;
        let (owner, from, until) = match self {
            Self::Registration => (O::Chancellery, M::Received, M::Registered),
            Self::HandOver => (O::Chancellery, M::Registered, M::HandedOver),
            Self::Resolution => (O::Head, M::HandedOver, M::ExecutorNamed),
            Self::Execution => (O::Executor, M::ExecutorNamed, M::Decided),
            Self::Signature => (O::Head, M::Decided, M::Signed),
            Self::Dispatch => (O::DocumentarySupport, M::Signed, M::Delivered),
            Self::Issue => (O::Centre, M::Delivered, M::Ready),
            Self::Case => (O::Head, M::Filed, M::Ready),
            Self::Delivery => (O::DocumentarySupport, M::Filed, M::Delivered),
            Self::Storage => (O::Centre, M::Ready, M::Issued),
            Self::Complaint => (O::Head, M::Complained, M::ComplaintAnswered),
            Self::OfferAnswer => (O::Applicant, M::Offered, M::OfferAnswered),
        };
        let (body, ends) = match self {
            Self::Issue | Self::Storage => (Body::Centre, Ends::Closing),
            Self::OfferAnswer => (Body::Provider, Ends::Midnight),
            _ => (Body::Provider, Ends::Closing),
        };
        Rule { what: self, owner, from, until, length, body, ends, source }
    }
}

/// When a limit is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The last moment that is in time.
    pub at: Timestamp,
    /// Of a limit in days the last day, plain and moved. Of [`Length::UntilHandOver`] the plain one is
    /// the day before the last of the term, and the moved one lies before it.
    pub last_day: Option<LastDay>,
}

/// A limit that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit<'a> {
    pub what: LimitName,
    pub owner: Owner,
    pub starts: Timestamp,
    pub due: Due,
    /// Where its length is written.
    pub source: &'a str,
    length: Length,
    body: Body,
}

impl<'a> Rule<'a> {
    /// What stops the clock in a channel: on the portal the result is there once it is signed.
    pub fn until_in(&self, channel: Channel) -> Milestone {
        match (self.what, channel) {
            (LimitName::Case, Channel::Portal) => Milestone::Signed,
            _ => self.until,
        }
    }

    /// The limit that starts at a moment; `limits` has the term of the case, on which the hand-over hangs.
    ///
    /// # Errors
    /// If it would end after the calendar does, in the year 9999.
    pub fn start(&self, limits: &Limits, starts: Timestamp) -> Result<Limit<'a>, Error> {
        let schedule = self.body.schedule();
        let day = calendar::local_date(starts)?;
        let last_day = match self.length {
            Length::WorkingMinutes(_) => None,
            Length::Days(days) => Some(schedule.after_days(day, days.into())?),
            Length::WorkingDays(days) => Some(schedule.after_working_days(day, days)?),
            Length::Months(months) => Some(schedule.after_months(day, months.into())?),
            Length::UntilHandOver => {
                let Term { plain, hand_over, certain, .. } = limits.term(starts)?;
                Some(LastDay { plain: plain.yesterday()?, moved: hand_over, certain })
            }
        };
        let at = match (self.length, last_day, self.ends) {
            (Length::WorkingMinutes(minutes), ..) => {
                schedule.after_working_time(starts, SignedDuration::from_mins(minutes.into()))?
            }
            (_, Some(last), Ends::Closing) => schedule.closing(last.moved)?,
            (_, Some(last), Ends::Midnight) => calendar::end_of_day(last.moved)?,
            (_, None, _) => starts,
        };
        let Self { what, owner, source, length, body, .. } = *self;
        Ok(Limit { what, owner, starts, due: Due { at, last_day }, source, length, body })
    }
}

/// How much of a limit is used, as far as anybody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// 50 % are used.
    Half,
    /// 80 % are used.
    Most,
    /// All is used.
    All,
}

impl Warning {
    fn at(percent: u64) -> Option<Self> {
        match percent {
            0..50 => None,
            50..80 => Some(Self::Half),
            80..100 => Some(Self::Most),
            _ => Some(Self::All),
        }
    }

    pub fn percent(self) -> u8 {
        match self {
            Self::Half => 50,
            Self::Most => 80,
            Self::All => 100,
        }
    }
}

/// By how much a limit is exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Late {
    /// Of a limit in minutes: working time since.
    WorkingTime(SignedDuration),
    /// Of others: calendar days after the last; 0 on the last day after closing.
    Days(i32),
}

/// A limit read at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Share of what is allowed that is used, in percent, rounded down: of working time for minutes and
    /// working days, else of time. Above 100 if late.
    pub percent: u64,
    pub warning: Option<Warning>,
    pub late: Option<Late>,
    /// Who is told that it is late: the head, unless it is the applicant who is.
    pub escalated_to: Option<Owner>,
}

impl Limit<'_> {
    /// The limit as far as it lies within another: it ends no later, unless it begins after its end.
    #[must_use]
    pub fn within(mut self, outer: Due) -> Self {
        if outer.at < self.due.at && self.starts <= outer.at {
            self.due = outer;
        }
        self
    }

    /// Whether a moment is in time.
    pub fn holds_at(&self, at: Timestamp) -> bool {
        at <= self.due.at
    }

    /// The limit at a moment; before it starts nothing is used.
    ///
    /// # Errors
    /// At the end of the calendar, the year 9999.
    pub fn read(&self, at: Timestamp) -> Result<Reading, Error> {
        let percent = self.percent(at)?;
        let late = if self.holds_at(at) { None } else { Some(self.late(at)?) };
        let escalated = late.is_some() && self.owner != Owner::Applicant;
        Ok(Reading {
            percent,
            warning: Warning::at(percent),
            late,
            escalated_to: escalated.then_some(Owner::Head),
        })
    }

    fn percent(&self, at: Timestamp) -> Result<u64, Error> {
        let time = |to: Timestamp| match self.length {
            Length::WorkingMinutes(_) | Length::WorkingDays(_) => {
                self.body.schedule().working_time(self.starts, to)
            }
            _ => Ok(self.starts.duration_until(to).max(SignedDuration::ZERO)),
        };
        let (used, allowed) = (time(at)?.as_nanos(), time(self.due.at)?.as_nanos());
        let percent = (used * 100).checked_div(allowed).unwrap_or(100);
        let percent = u64::try_from(percent).unwrap_or(u64::MAX);
        // Between the end and the next opening no working time goes by, and a part of a percent is lost
        // in rounding; but all is used at the end and not before.
        Ok(if at < self.due.at { percent.min(99) } else { percent.max(100) })
    }

    fn late(&self, at: Timestamp) -> Result<Late, Error> {
        if matches!(self.length, Length::WorkingMinutes(_)) {
            return Ok(Late::WorkingTime(self.body.schedule().working_time(self.due.at, at)?));
        }
        let (last, today) = (calendar::local_date(self.due.at)?, calendar::local_date(at)?);
        Ok(Late::Days(last.until(today)?.get_days()))
    }
}

/// A limit of a case, and when it was met, if it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock<'a> {
    pub limit: Limit<'a>,
    /// When what was due was done, or fell away.
    pub done: Option<Timestamp>,
}

impl Clock<'_> {
    /// The clock at a moment: as it stopped, if it has by then.
    ///
    /// # Errors
    /// At the end of the calendar.
    pub fn read(&self, now: Timestamp) -> Result<Reading, Error> {
        self.limit.read(self.stopped(now).unwrap_or(now))
    }

    /// When it stopped, if it has by this moment.
    fn stopped(&self, now: Timestamp) -> Option<Timestamp> {
        self.done.filter(|done| *done <= now)
    }
}

/// What bounds the targets inside a case.
struct Bounds {
    /// The last date of a sitting, at closing.
    sitting: Due,
    /// The result is at the centre.
    delivery: Due,
    case: Due,
}

impl Bounds {
    fn new(limits: &Limits, channel: Channel, filed: Timestamp) -> Result<Self, Error> {
        let due = |what| limits.rule(what).start(limits, filed).map(|limit| limit.due);
        let (delivery, case) = (due(LimitName::Delivery)?, due(LimitName::Case)?);
        let latest = latest_sitting(limits, channel, filed)?;
        let certain = case.last_day.is_some_and(|last| last.certain);
        let last_day = Some(LastDay { plain: latest, moved: latest, certain });
        let at = Body::Provider.schedule().closing(latest)?;
        Ok(Self { sitting: Due { at, last_day }, delivery, case })
    }

    fn apply<'a>(&self, channel: Channel, limit: Limit<'a>) -> Limit<'a> {
        let out = match channel {
            Channel::Portal => self.case,
            Channel::Centre => self.delivery,
        };
        match limit.what {
            LimitName::Execution => limit.within(self.sitting).within(out),
            LimitName::Signature | LimitName::Dispatch => limit.within(out),
            LimitName::Issue => limit.within(self.case),
            _ => limit,
        }
    }
}

/// Whether there is such a limit in a channel: nothing of the portal goes to a centre.
pub(super) fn is_of(what: LimitName, channel: Channel) -> bool {
    use LimitName as L;
    channel == Channel::Centre || !matches!(what, L::Dispatch | L::Issue | L::Delivery | L::Storage)
}

/// Whether a limit goes on when the application is withdrawn.
pub(super) fn outlasts_withdrawal(what: LimitName) -> bool {
    matches!(what, LimitName::Complaint | LimitName::OfferAnswer)
}

/// The clocks of a case with these limits whose milestones came at these moments, those due first in front.
///
/// No target inside the case lies beyond its end, those before the delivery to the centre not beyond
/// that, and the executor's not beyond the last date of a sitting (decision G1). The month of storage
/// begins with the end of the case if the result was there before: only then does the applicant fail to
/// come in time. A withdrawal stops all but complaints and offers.
///
/// # Errors
/// At the end of the calendar.
pub fn clocks<'a>(
    limits: &'a Limits,
    channel: Channel,
    moments: &BTreeMap<Milestone, Timestamp>,
) -> Result<Vec<Clock<'a>>, Error> {
    let moment = |milestone| moments.get(&milestone).copied();
    let filed = moment(Milestone::Filed);
    let bounds = filed.map(|filed| Bounds::new(limits, channel, filed)).transpose()?;
    let mut found = Vec::new();
    for what in LimitName::ALL.into_iter().filter(|what| is_of(*what, channel)) {
        let rule = limits.rule(what);
        let from = match channel {
            Channel::Portal if what == LimitName::Registration => moment(rule.from).or(filed),
            _ => moment(rule.from),
        };
        let Some(mut starts) = from else { continue };
        if let (LimitName::Storage, Some(bounds)) = (what, &bounds) {
            starts = starts.max(bounds.case.at);
        }
        let limit = rule.start(limits, starts)?;
        let limit = bounds.as_ref().map_or(limit, |bounds| bounds.apply(channel, limit));
        let fell_away = moment(Milestone::Withdrawn).filter(|_| !outlasts_withdrawal(what));
        let done = moment(rule.until_in(channel)).into_iter().chain(fell_away).min();
        found.push(Clock { limit, done });
    }
    found.sort_by_key(|clock| clock.limit.due.at);
    Ok(found)
}

/// Why a sitting cannot be on a date.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SittingError {
    #[error("the latest possible date is {latest}")]
    TooLate { latest: Date },
    #[error("the application was filed on {filed}")]
    BeforeFiling { filed: Date },
    #[error(transparent)]
    Calendar(#[from] Error),
}

/// The last working day on which the commission can sit so that the notice can still be signed and sent
/// in its time (decision G1): a day for the signature, for the centre a day for the dispatch, and the
/// result there one day before the end. Of the two last days of a term the plain one counts.
///
/// # Errors
/// At the end of the calendar.
pub fn latest_sitting(limits: &Limits, channel: Channel, filed: Timestamp) -> Result<Date, Error> {
    let provider = Body::Provider.schedule();
    let term = limits.term(filed)?;
    let signed = match channel {
        Channel::Centre => provider.last_working_day(term.hand_over.yesterday()?)?,
        Channel::Portal => provider.last_working_day(term.plain)?,
    };
    provider.last_working_day(signed.yesterday()?)
}

/// Whether the commission can sit on a date.
///
/// # Errors
/// If the notice could not be signed and sent in its time, with the latest date; if the application was
/// filed after the date; at the end of the calendar.
pub fn check_sitting(
    limits: &Limits,
    channel: Channel,
    filed: Timestamp,
    date: Date,
) -> Result<(), SittingError> {
    let latest = latest_sitting(limits, channel, filed)?;
    if date > latest {
        return Err(SittingError::TooLate { latest });
    }
    let filed = calendar::local_date(filed)?;
    if date < filed {
        return Err(SittingError::BeforeFiling { filed });
    }
    Ok(())
}

/// Figures over many clocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Done in time.
    pub in_time: usize,
    /// Done late, or not done and late by now.
    pub late: usize,
    /// Not done, and there is time left. They are in no other figure.
    pub running: usize,
    /// Share of what was allowed that was used, in percent: of the one in the middle, of two in the
    /// middle their mean rounded down; nothing if all are running.
    pub median_percent: Option<u64>,
    /// The greatest share.
    pub worst_percent: Option<u64>,
}

/// What [`Counting`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    pub all: Figures,
    pub by_owner: BTreeMap<Owner, Figures>,
    pub by_limit: BTreeMap<(Owner, LimitName), Figures>,
}

#[derive(Default)]
struct Tally {
    figures: Figures,
    percents: Vec<u64>,
}

impl Tally {
    fn add(&mut self, reading: &Reading, done: bool) {
        match (done, reading.late.is_some()) {
            (_, true) => self.figures.late += 1,
            (true, false) => self.figures.in_time += 1,
            (false, false) => {
                self.figures.running += 1;
                return;
            }
        }
        self.percents.push(reading.percent);
    }

    fn finish(mut self) -> Figures {
        self.percents.sort_unstable();
        let middle = self.percents.len() / 2;
        let upper = self.percents.get(middle).copied();
        let lower = if self.percents.len().is_multiple_of(2) {
            middle.checked_sub(1).and_then(|index| self.percents.get(index)).copied()
        } else {
            upper
        };
        let median = lower.zip(upper).map(|(lower, upper)| lower.midpoint(upper));
        let worst = self.percents.last().copied();
        Figures { median_percent: median, worst_percent: worst, ..self.figures }
    }
}

/// Counts limits that were kept and that were not.
#[derive(Default)]
pub struct Counting {
    all: Tally,
    by_owner: BTreeMap<Owner, Tally>,
    by_limit: BTreeMap<(Owner, LimitName), Tally>,
}

impl Counting {
    /// Counts a clock as of a moment, and tells how it stands then.
    ///
    /// # Errors
    /// At the end of the calendar.
    pub fn add(&mut self, clock: &Clock<'_>, now: Timestamp) -> Result<Reading, Error> {
        let (reading, done) = (clock.read(now)?, clock.stopped(now).is_some());
        let Limit { owner, what, .. } = clock.limit;
        for tally in [
            &mut self.all,
            self.by_owner.entry(owner).or_default(),
            self.by_limit.entry((owner, what)).or_default(),
        ] {
            tally.add(&reading, done);
        }
        Ok(reading)
    }

    /// The figures in all, by who answers for them, and by limit.
    pub fn finish(self) -> Statistics {
        Statistics {
            all: self.all.finish(),
            by_owner: self.by_owner.into_iter().map(|(key, tally)| (key, tally.finish())).collect(),
            by_limit: self.by_limit.into_iter().map(|(key, tally)| (key, tally.finish())).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
