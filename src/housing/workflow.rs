//! The case as a table of steps: the portal channel of item 9, from registration to the notice.
//!
//! ```text
//! Registered --assign-executor--> ExecutorNamed --memo--> MemoPrepared --commission-decision--> Decided
//!                                        \--memo with missing documents (9.9, G2)------------------^
//! Decided --sign-notice--> Notified
//! ```

use super::act::{Act, Content, Step};
use super::permission::{Actor, Role, role_for};
use crate::calendar;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// Where a case stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    #[default]
    Registered,
    ExecutorNamed,
    MemoPrepared,
    Decided,
    Notified,
}

impl State {
    pub fn code(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::ExecutorNamed => "executor-named",
            Self::MemoPrepared => "memo-prepared",
            Self::Decided => "decided",
            Self::Notified => "notified",
        }
    }

    /// The step that the case waits for.
    pub fn next(self) -> Option<Step> {
        match self {
            Self::Registered => Some(Step::AssignExecutor),
            Self::ExecutorNamed => Some(Step::Memo),
            Self::MemoPrepared => Some(Step::CommissionDecision),
            Self::Decided => Some(Step::SignNotice),
            Self::Notified => None,
        }
    }
}

/// The executor's memo (items 9.8 to 9.10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Memo {
    Complete { register: bool, ground: Option<String> },
    Incomplete { missing: Vec<String> },
}

/// The commission's decision (item 9.11): to register, or to refuse with a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub reason: Option<String>,
    pub date: Date,
    pub minutes_number: String,
}

/// What the notice says (item 9.12).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The queue number on the date of the notice.
    Registered {
        queue_number: u64,
    },
    Refused {
        reason: String,
    },
    /// Documents missing by code.
    RefusedIncomplete {
        missing: Vec<String>,
    },
}

/// Everything a case has gathered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub state: State,
    pub executor: Option<String>,
    pub memo: Option<Memo>,
    pub decision: Option<Decision>,
    pub outcome: Option<Outcome>,
}

/// What a step makes true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    ExecutorNamed {
        executor: String,
    },
    MemoPrepared(Memo),
    Decided(Decision),
    /// Refusal for incompleteness needs no commission (item 9.9).
    RefusedIncomplete,
    /// `None`: to be registered; the queue number is known when the place is taken.
    Notified {
        refusal: Option<Outcome>,
    },
}

impl Event {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ExecutorNamed { .. } => "executor-named",
            Self::MemoPrepared(_) => "memo-prepared",
            Self::Decided(_) => "decided",
            Self::RefusedIncomplete => "refused-incomplete",
            Self::Notified { .. } => "notified",
        }
    }
}

/// Why a step is not taken, with what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    pub code: &'static str,
    /// The step that the case waits for, and whose turn it is.
    pub next: Option<(Step, Role)>,
    pub detail: String,
}

/// Decides on an act.
///
/// # Errors
/// `WRONG_CASE`, `CASE_CLOSED`, `WRONG_TURN`, `WRONG_ROLE`, `WRONG_EXECUTOR`, `NOT_AN_EXECUTOR`,
/// `DECISION_DATE`.
pub fn decide(
    number: &str,
    case: &Case,
    filed: Timestamp,
    act: &Act,
    actor: &Actor,
    officials: &[super::Official],
    now: Timestamp,
) -> Result<Vec<Event>, Denied> {
    let expected = case.state.next();
    let deny = |code, detail: &str| Denied {
        code,
        next: expected.map(|step| (step, role_for(step))),
        detail: detail.into(),
    };
    let step = act.content().step();
    if act.application() != number {
        return Err(deny("WRONG_CASE", "sign an act that names this application"));
    }
    let Some(expected_step) = expected else {
        return Err(deny("CASE_CLOSED", "the notice has been signed; file a new application"));
    };
    if step != expected_step {
        return Err(deny("WRONG_TURN", &format!("first take the step {}", expected_step.code())));
    }
    let role = role_for(step);
    if !actor.roles.contains(&role) {
        return Err(deny("WRONG_ROLE", &format!("the step is taken by the {}", role.code())));
    }
    match act.content() {
        Content::AssignExecutor { executor } => {
            if !officials.iter().any(|one| one.iin == *executor && one.role == Role::Executor) {
                return Err(deny("NOT_AN_EXECUTOR", "name an official who is an executor"));
            }
            Ok(vec![Event::ExecutorNamed { executor: executor.clone() }])
        }
        Content::Memo(memo) => {
            if case.executor.as_deref() != Some(actor.iin.as_str()) {
                return Err(deny("WRONG_EXECUTOR", "the memo is signed by the executor named in the case"));
            }
            let mut events = vec![Event::MemoPrepared(memo.clone())];
            if matches!(memo, Memo::Incomplete { .. }) {
                events.push(Event::RefusedIncomplete);
            }
            Ok(events)
        }
        Content::CommissionDecision(decision) => {
            let day = |at| calendar::local_date(at).ok();
            if day(filed).is_none_or(|filed| decision.date < filed)
                || day(now).is_none_or(|today| decision.date > today)
            {
                return Err(deny("DECISION_DATE", "the sitting is between filing and today"));
            }
            Ok(vec![Event::Decided(decision.clone())])
        }
        Content::SignNotice => {
            let refusal = match (&case.memo, &case.decision) {
                (Some(Memo::Incomplete { missing }), _) => {
                    Some(Outcome::RefusedIncomplete { missing: missing.clone() })
                }
                (_, Some(Decision { reason: Some(reason), .. })) => {
                    Some(Outcome::Refused { reason: reason.clone() })
                }
                (_, Some(_)) => None,
                (_, None) => return Err(deny("WRONG_TURN", "the commission has not decided")),
            };
            Ok(vec![Event::Notified { refusal }])
        }
    }
}

impl Case {
    /// The case after an event. The outcome of a registration is set with its queue number.
    #[must_use]
    pub fn apply(mut self, event: &Event) -> Self {
        match event {
            Event::ExecutorNamed { executor } => {
                self.executor = Some(executor.clone());
                self.state = State::ExecutorNamed;
            }
            Event::MemoPrepared(memo) => {
                self.memo = Some(memo.clone());
                self.state = State::MemoPrepared;
            }
            Event::Decided(decision) => {
                self.decision = Some(decision.clone());
                self.state = State::Decided;
            }
            Event::RefusedIncomplete => self.state = State::Decided,
            Event::Notified { refusal } => {
                self.outcome.clone_from(refusal);
                self.state = State::Notified;
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::housing::{Official, Rules, TestIdentities};
    use crate::validation::VerifiedDocument;

    const HEAD: &str = "061211600012";
    const EXECUTOR: &str = "850315300128";
    const OTHER: &str = "850101300603";
    const COMMISSION: &str = "700911204362";

    fn step(case: &Case, content: &Content, iin: &str) -> Result<Case, &'static str> {
        let officials: Vec<Official> = [
            (HEAD, Role::Head),
            (EXECUTOR, Role::Executor),
            (OTHER, Role::Executor),
            (COMMISSION, Role::Commission),
        ]
        .map(|(iin, role)| Official { iin: iin.into(), role })
        .into();
        let rules = Rules { test_identities: TestIdentities::Allowed, ..Rules::default() };
        let now: Timestamp = "2026-11-24T06:00:00Z".parse().unwrap();
        let document = VerifiedDocument::for_test(&content.to_xml("N"), iin, Some("140540000015"), now);
        let act = Act::read(&document, &rules).map_err(|refusals| refusals[0].code)?;
        let roles = officials.iter().filter(|one| one.iin == iin).map(|one| one.role).collect();
        let actor = Actor { iin: iin.into(), roles, certificate_sha256: [0; 32] };
        let events = decide("N", case, now, &act, &actor, &officials, now).map_err(|denied| denied.code)?;
        Ok(events.iter().fold(case.clone(), Case::apply))
    }

    fn decision(date: &str, reason: Option<&str>) -> Content {
        Content::CommissionDecision(Decision {
            reason: reason.map(Into::into),
            date: date.parse().unwrap(),
            minutes_number: "7".into(),
        })
    }

    #[test]
    fn paths_and_denials() {
        let case = Case::default();
        let assign = Content::AssignExecutor { executor: EXECUTOR.into() };
        let memo = Content::Memo(Memo::Complete { register: true, ground: None });
        assert_eq!(step(&case, &memo, EXECUTOR), Err("WRONG_TURN"));
        assert_eq!(step(&case, &assign, EXECUTOR), Err("WRONG_ROLE"));
        let stranger = Content::AssignExecutor { executor: COMMISSION.into() };
        assert_eq!(step(&case, &stranger, HEAD), Err("NOT_AN_EXECUTOR"));
        let case = step(&case, &assign, HEAD).unwrap();
        assert_eq!(step(&case, &memo, OTHER), Err("WRONG_EXECUTOR"));
        let no_ground = Content::Memo(Memo::Complete { register: false, ground: None });
        assert_eq!(step(&case, &no_ground, EXECUTOR), Err("REASON_REQUIRED"));

        let incomplete = Content::Memo(Memo::Incomplete { missing: vec!["D7".into()] });
        let refused = step(&case, &incomplete, EXECUTOR).unwrap();
        assert_eq!(refused.state, State::Decided);
        let refused = step(&refused, &Content::SignNotice, HEAD).unwrap();
        assert_eq!(refused.outcome, Some(Outcome::RefusedIncomplete { missing: vec!["D7".into()] }));
        assert_eq!(step(&refused, &Content::SignNotice, HEAD), Err("CASE_CLOSED"));

        let case = step(&case, &memo, EXECUTOR).unwrap();
        assert_eq!(step(&case, &decision("2026-11-25", None), COMMISSION), Err("DECISION_DATE"));
        assert_eq!(step(&case, &decision("2026-11-23", None), COMMISSION), Err("DECISION_DATE"));
        let refused = step(&case, &decision("2026-11-24", Some("r")), COMMISSION).unwrap();
        let refused = step(&refused, &Content::SignNotice, HEAD).unwrap();
        assert_eq!(refused.outcome, Some(Outcome::Refused { reason: "r".into() }));
        let case = step(&case, &decision("2026-11-24", None), COMMISSION).unwrap();
        let case = step(&case, &Content::SignNotice, HEAD).unwrap();
        assert_eq!((case.state, case.outcome), (State::Notified, None));
    }
}
