//! How the housing commission decides (items 8.8 and 9.11). Its rules of procedure were not found in the sources:
//! a quorum of more than half of the members and a majority of those who vote for or against are the rule here,
//! and on a tie the vote of whoever presides decides.

use super::case::{Ballot, Vote};
use crate::housing::{Official, Role};

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
pub fn count(votes: &[Vote], presiding: &str, decision: Ballot, officials: &[Official]) -> Tally {
    let members = members(officials);
    let own = votes.iter().find(|vote| vote.member == presiding).map_or(decision, |vote| vote.ballot);
    let others = votes
        .iter()
        .filter(|vote| vote.member != presiding && members.contains(&vote.member.as_str()))
        .map(|vote| vote.ballot);
    let all: Vec<Ballot> = others.chain([own]).collect();
    let needed = members.len() / 2 + 1;
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
        let count = |ballots: &[(&str, Ballot)], decision| count(&votes(ballots), "1", decision, &officials);
        assert_eq!(count(&[("2", Register)], Register), Tally::NoQuorum { needed: 3 });
        // A stranger's vote is none.
        assert_eq!(count(&[("2", Register), ("5", Register)], Register), Tally::NoQuorum { needed: 3 });
        assert_eq!(count(&[("2", Register), ("3", Register)], Register), Tally::Register);
        assert_eq!(count(&[("2", Refuse), ("3", Refuse)], Register), Tally::Refuse);
        assert_eq!(count(&[("2", Refuse), ("3", Abstain)], Register), Tally::Register);
        assert_eq!(count(&[("2", Register), ("3", Abstain)], Refuse), Tally::Refuse);
        assert_eq!(count(&[("2", Abstain), ("3", Abstain), ("1", Abstain)], Register), Tally::Refuse);
    }
}
