//! How long the limits of a case are. An edition of the rules states each with its source
//! ([`crate::housing::edition`]); a case keeps those of the edition that it was filed by, for ever. What a limit runs
//! from and until, and who answers for it, is the process and not here.

use super::{LimitName, Rule};
use crate::calendar::{self, Days, Term};
use jiff::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// How long a limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Length {
    /// Minutes of working time.
    WorkingMinutes(u16),
    /// Calendar days, the first not counted, the last moved off a day off.
    Days(u16),
    /// Working days, the first not counted.
    WorkingDays(u16),
    /// Months, the last day moved off a day off.
    Months(u16),
    /// The term of a case less its last day, moved back off a day off (see [`calendar::hand_over`]).
    UntilHandOver,
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match self {
            Self::WorkingMinutes(count) => (count, "working minute"),
            Self::Days(count) => (count, "day"),
            Self::WorkingDays(count) => (count, "working day"),
            Self::Months(count) => (count, "month"),
            Self::UntilHandOver => return f.write_str("until the hand-over"),
        };
        write!(f, "{count} {unit}{}", if *count == 1 { "" } else { "s" })
    }
}

impl Length {
    /// Whether a limit can be so long: something, and no more than a year or, in minutes, a week of work. The term of a
    /// case is in days, and the delivery to the centre hangs on it.
    pub fn is_of(self, what: LimitName) -> bool {
        let (count, most) = match self {
            Self::WorkingMinutes(count) => (count, 40 * 60),
            Self::Days(count) => (count, 366),
            Self::WorkingDays(count) => (count, 250),
            Self::Months(count) => (count, 12),
            Self::UntilHandOver => (1, 1),
        };
        let is_kind = match what {
            LimitName::Delivery => self == Self::UntilHandOver,
            LimitName::Case => matches!(self, Self::Days(_) | Self::WorkingDays(_)),
            _ => self != Self::UntilHandOver,
        };
        is_kind && (1..=most).contains(&count)
    }
}

/// A length, and where it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Stated {
    pub length: Length,
    /// Item of the regulation, article of the law, or decision.
    pub source: Cow<'static, str>,
}

impl LimitName {
    /// As it was before editions stated limits. A case from then has these, whatever edition it names; so has one
    /// whose edition states the same. No change of law changes this: a change of law is an edition.
    pub const fn at_first(self) -> (Length, &'static str) {
        match self {
            Self::Registration | Self::HandOver => (Length::WorkingMinutes(15), "items 6 and 7"),
            Self::Execution => (Length::Days(25), "decision G1"),
            Self::Resolution | Self::Signature | Self::Dispatch | Self::Issue => {
                (Length::Days(1), "decision G1")
            }
            Self::Case => (Length::Days(30), "item 10; decision G4"),
            Self::Delivery => (Length::UntilHandOver, "item 10"),
            Self::Storage => (Length::Months(1), "item 16"),
            Self::Complaint => (Length::WorkingDays(15), "decision G8"),
            Self::OfferAnswer => (Length::WorkingDays(5), "decision G8"),
        }
    }
}

/// The limits of an edition: those that differ from [`LimitName::at_first`], so that a case that has none to keep
/// keeps nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Limits(BTreeMap<LimitName, Stated>);

impl Limits {
    /// These; a limit that is not among them is as at first.
    pub fn new(stated: impl IntoIterator<Item = (LimitName, Stated)>) -> Self {
        let differs =
            |(what, stated): &(LimitName, Stated)| what.at_first() != (stated.length, &*stated.source);
        Self(stated.into_iter().filter(differs).collect())
    }

    /// Whether all are as at first.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The row of a limit with its length.
    pub fn rule(&self, what: LimitName) -> Rule<'_> {
        match self.0.get(&what) {
            Some(stated) => what.rule(stated.length, &stated.source),
            None => {
                let (length, source) = what.at_first();
                what.rule(length, source)
            }
        }
    }

    /// The term of a case filed at a moment.
    ///
    /// # Errors
    /// At the end of the calendar.
    pub fn term(&self, filed: Timestamp) -> Result<Term, Error> {
        calendar::due_date(filed, self.days())
    }

    fn days(&self) -> Days {
        match self.rule(LimitName::Case).length {
            Length::WorkingDays(days) => Days::Working(days),
            Length::Days(days) => Days::Calendar(days),
            // No edition is read that has it in anything else.
            _ => Days::Calendar(30),
        }
    }
}
