//! How the housing commission decides (items 8.8 and 9.11). Its rules of procedure were not found in the sources: an
//! office sets the quorum, by default more than half of the members; a majority of those who vote for or against is the
//! rule here, and on a tie the vote of whoever presides decides.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use super::case::{Ballot, Vote};
use crate::housing::{Official, Role};

/// How many members must have voted for the commission to decide: `more than 1/2`, `at least 2/3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[allow(missing_docs)]
pub enum Quorum {
    MoreThan { part: u8, of: u8 },
    AtLeast { part: u8, of: u8 },
}

impl Default for Quorum {
    fn default() -> Self {
        Self::MoreThan { part: 1, of: 2 }
    }
}

/// Why a text is no quorum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a quorum is `more than 1/2` or `at least 2/3`: of a part of the members that can come together")]
pub struct NoQuorum;

impl fmt::Display for Quorum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MoreThan { part, of } => write!(f, "more than {part}/{of}"),
            Self::AtLeast { part, of } => write!(f, "at least {part}/{of}"),
        }
    }
}

impl FromStr for Quorum {
    type Err = NoQuorum;

    fn from_str(text: &str) -> Result<Self, NoQuorum> {
        let (more, fraction) = match (text.strip_prefix("more than "), text.strip_prefix("at least ")) {
            (Some(fraction), _) => (true, fraction),
            (_, Some(fraction)) => (false, fraction),
            _ => return Err(NoQuorum),
        };
        let (part, of) = fraction.split_once('/').ok_or(NoQuorum)?;
        let whole = |text: &str| match text.bytes().all(|octet| octet.is_ascii_digit()) {
            true => text.parse::<u8>().map_err(|_| NoQuorum),
            false => Err(NoQuorum),
        };
        let (part, of) = (whole(part)?, whole(of)?);
        match more {
            true if part < of => Ok(Self::MoreThan { part, of }),
            false if (1..=of).contains(&part) => Ok(Self::AtLeast { part, of }),
            _ => Err(NoQuorum),
        }
    }
}

impl TryFrom<String> for Quorum {
    type Error = NoQuorum;

    fn try_from(text: String) -> Result<Self, NoQuorum> {
        text.parse()
    }
}

impl Quorum {
    /// How many of so many members; never nobody.
    pub fn of(self, members: usize) -> usize {
        let needed = match self {
            Self::MoreThan { part, of } => members * usize::from(part) / usize::from(of).max(1) + 1,
            Self::AtLeast { part, of } => (members * usize::from(part)).div_ceil(usize::from(of).max(1)),
        };
        needed.max(1)
    }
}

/// Members of the commission, by IIN, each once.
pub fn members(officials: &[Official]) -> Vec<&str> {
    let mut members: Vec<&str> = officials
        .iter()
        .filter(|one| matches!(one.role, Role::Commission | Role::Chair))
        .map(|one| one.iin.as_str())
        .collect();
    members.sort_unstable();
    members.dedup();
    members
}

/// What the votes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tally {
    /// Fewer than the quorum have voted.
    NoQuorum {
        /// How many must.
        needed: usize,
    },
    Register,
    Refuse,
}

/// Counts the votes of members at a sitting over which `presiding` presides, whose signed decision counts as a
/// vote for `decision` where there is none.
pub fn count(
    votes: &[Vote],
    presiding: &str,
    decision: Ballot,
    (officials, quorum): (&[Official], Quorum),
) -> Tally {
    let members = members(officials);
    let own = votes.iter().find(|vote| vote.member == presiding).map_or(decision, |vote| vote.ballot);
    let others = votes
        .iter()
        .filter(|vote| vote.member != presiding && members.contains(&vote.member.as_str()))
        .map(|vote| vote.ballot);
    let all: Vec<Ballot> = others.chain([own]).collect();
    let needed = quorum.of(members.len());
    if all.len() < needed {
        return Tally::NoQuorum { needed };
    }
    let of = |ballot| all.iter().filter(|one| **one == ballot).count();
    match of(Ballot::Register).cmp(&of(Ballot::Refuse)) {
        std::cmp::Ordering::Greater => Tally::Register,
        std::cmp::Ordering::Less => Tally::Refuse,
        std::cmp::Ordering::Equal if own == Ballot::Register => Tally::Register,
        std::cmp::Ordering::Equal => Tally::Refuse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quorum_majority_and_the_presiding_vote() {
        let official = |iin: &str, role| Official { iin: iin.into(), role, centre: None };
        let officials = [
            official("1", Role::Chair),
            official("2", Role::Commission),
            official("3", Role::Commission),
            official("4", Role::Commission),
            official("5", Role::Head),
        ];
        let votes = |ballots: &[(&str, Ballot)]| -> Vec<Vote> {
            ballots
                .iter()
                .map(|(member, ballot)| Vote { member: (*member).into(), ballot: *ballot })
                .collect()
        };
        use Ballot::{Abstain, Refuse, Register};
        let counted = |ballots: &[(&str, Ballot)], decision, quorum: Quorum| {
            count(&votes(ballots), "1", decision, (&officials, quorum))
        };
        let count = |ballots: &[(&str, Ballot)], decision| counted(ballots, decision, Quorum::default());
        assert_eq!(count(&[("2", Register)], Register), Tally::NoQuorum { needed: 3 });
        // A stranger's vote is none.
        assert_eq!(count(&[("2", Register), ("5", Register)], Register), Tally::NoQuorum { needed: 3 });
        assert_eq!(count(&[("2", Register), ("3", Register)], Register), Tally::Register);
        assert_eq!(count(&[("2", Refuse), ("3", Refuse)], Register), Tally::Refuse);
        assert_eq!(count(&[("2", Refuse), ("3", Abstain)], Register), Tally::Register);
        assert_eq!(count(&[("2", Register), ("3", Abstain)], Refuse), Tally::Refuse);
        assert_eq!(count(&[("2", Abstain), ("3", Abstain), ("1", Abstain)], Register), Tally::Refuse);
        let all = "at least 1/1".parse().unwrap();
        let three = [("2", Register), ("3", Register)];
        assert_eq!(counted(&three, Register, all), Tally::NoQuorum { needed: 4 });
        assert_eq!(counted(&[("2", Register)], Register, "more than 1/4".parse().unwrap()), Tally::Register);
    }

    #[test]
    fn quorums() {
        let of = |text: &str, members| text.parse::<Quorum>().map(|quorum| quorum.of(members));
        assert_eq!([1, 2, 3, 4, 7].map(|members| Quorum::default().of(members)), [1, 2, 2, 3, 4]);
        for text in ["more than 1/2", "at least 2/3"] {
            assert_eq!(text.parse::<Quorum>().map(|quorum| quorum.to_string()).as_deref(), Ok(text));
        }
        assert_eq!(Quorum::default().to_string(), "more than 1/2");
        assert_eq!([3, 4, 6].map(|members| of("at least 2/3", members)), [Ok(2), Ok(3), Ok(4)]);
        assert_eq!(
            (of("more than 2/3", 6), of("at least 1/2", 0), of("more than 0/1", 5)),
            (Ok(5), Ok(1), Ok(1))
        );
        for bad in [
            "",
            "half",
            "1/2",
            "more than 1",
            "more than 1/1",
            "more than 3/2",
            "at least 0/2",
            "at least 3/2",
            "at least 1/0",
            "more than 0/0",
            "at least -1/2",
            "at least +1/2",
            "at least 1/256",
            "at least /",
        ] {
            assert_eq!(bad.parse::<Quorum>(), Err(NoQuorum), "{bad}");
        }
    }
}
