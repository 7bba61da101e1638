//! The lists: one for each category, in the order of [`RULE`]. A place is a stretch of time ([`Stretch`]): from the
//! event by which somebody came into a list to the one by which that ended. What an event says of a place is a
//! [`Listing`], written into the event itself, so that all places, now and on any past day, follow from the log of
//! events and from nothing else.
//!
//! A position is never kept: it is the count of those before. How the register counts a million of them quickly is its
//! own affair (`store/queue.rs`).

use super::Category;
use super::form::sha256_from_hex;
use crate::validation::report::hex;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The rule by which a list is ordered: the moment of filing with all necessary documents, to the microsecond, then
/// the registration number by its octets (Law on housing relations 74; decision "Order"). Every answer names it;
/// another order would be another rule with a name of its own.
pub const RULE: &str = "order-1";

/// What stands where in a list by [`RULE`]: the microsecond of filing, the registration number.
pub type Key<'a> = (i64, &'a str);

/// Keyed digest of an IIN.
pub type Holder = [u8; 32];

/// What an event does to a place, as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Listing {
    /// It begins, with the registration.
    Entered {
        /// [`RULE`].
        rule: String,
        /// Whose list.
        category: Category,
        /// Whose place.
        #[serde(with = "hexadecimal")]
        holder: Holder,
    },
    /// It ends: housing is granted, or it is removed (Law 73(1)).
    Left,
    /// It is there again, at its old moment.
    Restored,
    /// It goes to another list, with its old moment.
    Moved {
        /// Which.
        category: Category,
    },
    /// It passes to another member of the family (Law 73(2)).
    Passed {
        /// To whom.
        #[serde(with = "hexadecimal")]
        holder: Holder,
    },
}

/// Digests in JSON.
mod hexadecimal {
    use super::{Holder, hex, sha256_from_hex};
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(holder: &Holder, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex(holder))
    }

    pub(super) fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Holder, D::Error> {
        sha256_from_hex(&String::deserialize(from)?).ok_or_else(|| D::Error::custom("no digest"))
    }
}

/// A stretch of time in which a case has a place of one holder in one list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Whose list.
    pub category: Category,
    /// Whose place.
    pub holder: Holder,
    /// The moment by which it is ordered.
    pub filed: Timestamp,
    /// When it began; this moment is in it.
    pub entered: Timestamp,
    /// The event by which it began, by number in the log.
    pub began: i64,
    /// When it ended, which is not in it any more, and by which event.
    pub end: Option<(Timestamp, i64)>,
}

impl Stretch {
    /// Whether it lasts at a moment.
    pub fn lasts_at(&self, at: Timestamp) -> bool {
        self.entered <= at && self.end.is_none_or(|(left, _)| at < left)
    }
}

/// An event that says something of a place.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// What it says.
    pub listing: &'a Listing,
    /// When it happened.
    pub at: Timestamp,
    /// Its number in the log.
    pub sequence: i64,
}

/// Adds to the stretches of a case, oldest first, what an event says. `filed` is the moment of filing of the case.
/// `None` if that cannot be said of such a place; nothing is changed then.
///
/// Clocks of replicas may differ: no stretch ends before it began, or begins before the last has ended.
#[must_use]
pub fn follow(stretches: &mut Vec<Stretch>, told: Told<'_>, filed: Timestamp) -> Option<()> {
    let Told { listing, at, sequence } = told;
    let last = stretches.last().cloned();
    let at = last.as_ref().map_or(at, |last| at.max(last.end.map_or(last.entered, |(left, _)| left)));
    let begins = |category, holder, filed| Stretch {
        category,
        holder,
        filed,
        entered: at,
        began: sequence,
        end: None,
    };
    let next = match (listing, &last) {
        (Listing::Entered { category, holder, .. }, None) => Some(begins(*category, *holder, filed)),
        (Listing::Restored, Some(last)) if last.end.is_some() => {
            Some(begins(last.category, last.holder, last.filed))
        }
        (Listing::Left, Some(last)) if last.end.is_none() => None,
        (Listing::Moved { category }, Some(last)) if last.end.is_none() => {
            Some(begins(*category, last.holder, last.filed))
        }
        (Listing::Passed { holder }, Some(last)) if last.end.is_none() => {
            Some(begins(last.category, *holder, last.filed))
        }
        _ => return None,
    };
    if let Some(open) = stretches.last_mut().filter(|last| last.end.is_none()) {
        open.end = Some((at, sequence));
    }
    stretches.extend(next);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(us: i64) -> Timestamp {
        Timestamp::from_microsecond(us).unwrap()
    }

    fn told(stretches: &mut Vec<Stretch>, listing: &Listing, us: i64, sequence: i64) -> Option<()> {
        follow(stretches, Told { listing, at: at(us), sequence }, at(1))
    }

    fn entered(category: Category) -> Listing {
        Listing::Entered { rule: RULE.into(), category, holder: [1; 32] }
    }

    #[test]
    fn a_place_through_its_moves() {
        let mut all = Vec::new();
        for (listing, us) in [
            (entered(Category::Orphan), 10),
            (Listing::Moved { category: Category::Veteran }, 20),
            (Listing::Passed { holder: [2; 32] }, 30),
            (Listing::Left, 40),
            (Listing::Restored, 50),
        ] {
            told(&mut all, &listing, us, us).unwrap();
        }
        let seen: Vec<_> = all
            .iter()
            .map(|one| (one.category, one.holder[0], one.entered, one.end.map(|end| end.0)))
            .collect();
        use Category::{Orphan, Veteran};
        assert_eq!(
            seen,
            [
                (Orphan, 1, at(10), Some(at(20))),
                (Veteran, 1, at(20), Some(at(30))),
                (Veteran, 2, at(30), Some(at(40))),
                (Veteran, 2, at(50), None),
            ]
        );
        assert!(all.iter().all(|one| one.filed == at(1)), "the moment stays");
        let lasting = |us| all.iter().filter(|one| one.lasts_at(at(us))).count();
        assert_eq!([9, 10, 19, 20, 39, 40, 49, 50].map(lasting), [0, 1, 1, 1, 1, 0, 0, 1]);
    }

    #[test]
    fn what_cannot_be_said_of_a_place_is_refused() {
        let mut all = Vec::new();
        let moved = Listing::Moved { category: Category::Veteran };
        let passed = Listing::Passed { holder: [2; 32] };
        for listing in [&Listing::Left, &Listing::Restored, &moved, &passed] {
            assert_eq!(told(&mut all, listing, 1, 1), None, "{listing:?} without a place");
        }
        told(&mut all, &entered(Category::Orphan), 10, 1).unwrap();
        assert_eq!(told(&mut all, &entered(Category::Orphan), 11, 2), None, "a second place");
        assert_eq!(told(&mut all, &Listing::Restored, 11, 2), None, "it is there");
        told(&mut all, &Listing::Left, 12, 2).unwrap();
        for listing in [&Listing::Left, &moved, &passed, &entered(Category::Orphan)] {
            assert_eq!(told(&mut all, listing, 13, 3), None, "{listing:?} of a place that was left");
        }
        assert_eq!(all.len(), 1);
    }

    /// A replica whose clock is behind turns no time around.
    #[test]
    fn time_goes_on() {
        let mut all = Vec::new();
        told(&mut all, &entered(Category::Orphan), 10, 1).unwrap();
        told(&mut all, &Listing::Left, 5, 2).unwrap();
        told(&mut all, &Listing::Restored, 7, 3).unwrap();
        assert_eq!(all[0].end, Some((at(10), 2)));
        assert_eq!(all[1].entered, at(10));
    }

    #[test]
    fn what_the_log_keeps() {
        let text = serde_json::to_string(&entered(Category::Orphan)).unwrap();
        assert!(text.contains(r#""is":"entered","rule":"order-1","category":"orphan""#), "{text}");
        assert_eq!(serde_json::from_str::<Listing>(&text).unwrap(), entered(Category::Orphan));
        assert!(serde_json::from_str::<Listing>(r#"{"is":"passed","holder":"00"}"#).is_err());
    }
}
