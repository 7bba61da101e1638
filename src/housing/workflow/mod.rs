//! The process of the regulation (items 8, 9, 16 and 3(3)): which step may be taken, by whom, from where, and what
//! it makes of a case. [`table`] has the steps row by row, [`case`] what is gathered, [`commission`] how votes
//! become a decision, [`diagram`] writes the whole down for people.
//!
//! [`decide`] is the only way by which a case moves: it takes an act that its official signed and answers with
//! the event, or with the reason why not and what is next. It is a pure function of its arguments.

pub mod case;
pub mod commission;
pub mod diagram;
pub mod filing;
pub mod table;

pub use case::{
    Ballot, Case, Change, Decision, Event, Inventoried, Judgement, KeptEdition, Memo, Move, MoveKind,
    Outcome, Place, Resolution, Sitting, State,
};
pub use commission::Quorum;
pub use table::{Makes, Row, SIGNATORY, Step};

use jiff::{SignedDuration, Timestamp, civil::Date};

use super::Official;
use super::act::{Act, Content};
use super::clock::{self, Channel, LimitName, Milestone, SittingError};
use super::edition::{Edition, Ground};
use super::granting::{Offer, Standing};
use super::inventory::Finding;
use super::permission::{Actor, Role};
use crate::calendar;
use crate::validation::report::hex;

/// Why a step is not taken, with what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    pub code: &'static str,
    /// The steps that the case waits for, and who takes each.
    pub next: Vec<(Step, Vec<Role>)>,
    pub detail: String,
}

/// What a decision on an act depends on besides the case and the act.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Registration number of the case.
    pub number: &'a str,
    pub filed: Timestamp,
    pub now: Timestamp,
    pub officials: &'a [Official],
    /// The roles that sign notices and letters for the office.
    pub signatories: &'a [Role],
    /// Of the commission.
    pub quorum: Quorum,
    /// The edition that the case is kept by; none for a case from before cases had one, or where the office has it no
    /// more.
    pub edition: Option<&'a Edition>,
    /// How many places come before this one for the dwelling that is offered ([`super::granting`]), if it has one.
    pub ahead: Option<u64>,
    /// Whether the person to whom a place is to pass is named in the application.
    pub is_of_family: bool,
    /// Whether whoever acts is named in the application, as applicant or family.
    pub is_own_case: bool,
    /// When that was done which the step answers ([`answered_by`]), last.
    pub answered: Option<Timestamp>,
    /// The year of the inventory that was begun last.
    pub inventory: Option<i16>,
}

/// By how much the clocks of officials and of the register may differ.
const CLOCKS: SignedDuration = SignedDuration::from_mins(5);

/// The steps that a case waits for: those that move it on.
pub fn expected(case: &Case) -> Vec<&'static Row> {
    let of_channel = |row: &&Row| row.channel.is_none_or(|only| only == case.channel);
    let moves = |row: &&Row| {
        matches!(row.from, table::From::States(states) if states.contains(&case.state))
            && row.to.iter().any(|to| *to != case.state)
            && !(row.step == Step::AssignExecutor && case.executor.is_some())
    };
    table::TABLE.iter().filter(of_channel).filter(moves).collect()
}

/// Decides on an act.
///
/// # Errors
/// `WRONG_CASE`, `WRONG_CHANNEL`, `CASE_CLOSED`, `WRONG_TURN`, `WRONG_ROLE`, `WRONG_CENTRE`, and those of the step:
/// `NOT_AN_EXECUTOR`, `WRONG_EXECUTOR`, `SITTING_DATE`, `SITTING_TOO_LATE`, `NOT_A_MEMBER`, `ALREADY_VOTED`,
/// `DECISION_DATE`, `NO_QUORUM`, `VOTES_SAY_OTHERWISE`, `STORAGE_NOT_OVER`, `NO_SUCH_COMPLAINT`, `NO_PLACE`,
/// `NOT_FIRST_IN_LIST`, `OFFER_OPEN`, `NO_OFFER`, `ANSWER_TOO_LATE`, `OFFER_NOT_ACCEPTED`, `NOTHING_PROPOSED`,
/// `NOTHING_TO_CONFIRM`, `GRANT_DATE`, `COMPLAINT_OPEN`, `PAPER_REQUIRED`, `PAPER_UNEXPECTED`, `OWN_CASE`, `ACT_REPEATED`, `ACT_TOO_OLD`, `SAME_OFFICIAL`, `MOVE_IMPOSSIBLE`, `NOT_OF_THE_FAMILY`, `JUDGEMENT_DATE`, `CONFLICT_UNANSWERED`,
/// `NO_SUCH_CONFLICT`, `NO_INVENTORY`, `GROUND_REQUIRED`, `NO_SUCH_GROUND`, `GROUND_UNEXPLAINED`.
pub fn decide(case: &Case, act: &Act, actor: &Actor, of: Circumstances<'_>) -> Result<Event, Denied> {
    let deny = |code, detail: &str| Denied {
        code,
        next: expected(case).iter().map(|row| (row.step, row.roles_in(of.signatories).to_vec())).collect(),
        detail: detail.into(),
    };
    let step = act.content().step();
    if act.application() != of.number {
        return Err(deny("WRONG_CASE", "sign an act that names this application"));
    }
    let Some(row) = step.row(case.channel) else {
        return Err(deny("WRONG_CHANNEL", "the step belongs to the other channel"));
    };
    let roles = row.roles_in(of.signatories);
    let acting = actor.acts_as(roles, case.centre.as_deref(), of.is_own_case);
    let acting = acting.map_err(|code| match code {
        "WRONG_CENTRE" => deny(code, "the step is taken at the centre where the application was filed"),
        "OWN_CASE" => deny(code, "another official takes it: whoever acts is named in the application"),
        _ => {
            let codes: Vec<&str> = roles.iter().map(|role| role.code()).collect();
            deny(code, &format!("the step is taken by: {}", codes.join(", ")))
        }
    })?;
    if !row.is_from(case.state, case.has_place()) {
        return Err(match row.from {
            table::From::Place => deny("NO_PLACE", "the case has no place in a list"),
            _ if case.state.is_closed() => deny("CASE_CLOSED", "the case is closed; file a new application"),
            _ => deny("WRONG_TURN", "first take the step that the case waits for"),
        });
    }
    let is_taken_down = roles.contains(&Role::Applicant) && acting != Role::Applicant;
    match act.paper() {
        None if is_taken_down => {
            return Err(deny("PAPER_REQUIRED", "name the scan of what the applicant has signed on paper"));
        }
        Some(_) if !is_taken_down => {
            return Err(deny("PAPER_UNEXPECTED", "whoever signs for themselves needs no paper"));
        }
        _ => {}
    }
    let change = change(case, act.content(), actor, of).map_err(|(code, detail)| deny(code, &detail))?;
    let signing = act.signing();
    if case.signings.contains(&hex(&signing.identity)) {
        return Err(deny("ACT_REPEATED", "sign a new act, with the time of signing"));
    }
    if signing.at.zip(of.answered).is_some_and(|(signed, answered)| signed < answered - CLOCKS) {
        return Err(deny("ACT_TOO_OLD", "the act was signed before there was what it answers"));
    }
    let to = match (&change, row.to) {
        (_, []) => case.state,
        (Change::Memo(Memo::Incomplete { .. }), _) => State::FoundIncomplete,
        (_, [to, ..]) => *to,
    };
    Ok(Event { identity: Some(signing.identity), by: acting, step, to, change })
}

/// The steps that a step answers: an act that was signed before the last of them is not about it.
pub fn answered_by(step: Step) -> &'static [Step] {
    match step {
        Step::Vote | Step::CommissionDecision => &[Step::PutOnAgenda],
        Step::DraftNotice => &[Step::CommissionDecision, Step::Memo],
        Step::SignNotice => &[Step::DraftNotice],
        Step::DraftLetter => &[Step::Memo],
        Step::SignLetter => &[Step::DraftLetter],
        Step::ConfirmOffer | Step::WithdrawOffer => &[Step::Offer],
        Step::AnswerOffer => &[Step::Offer, Step::ConfirmOffer],
        Step::Grant => &[Step::AnswerOffer],
        Step::ConfirmMove => &[Step::ProposeMove, Step::TakeInventory],
        Step::AnswerComplaint => &[Step::Complain],
        _ => &[],
    }
}

/// What the evidence that came makes of a case that was accepted provisionally: it goes on where it would have begun,
/// or is refused with the reason given. Nothing where the case waits for none.
pub fn complete_evidence(case: &Case, refused: Option<String>) -> Option<Event> {
    let is_waiting = case.state == State::AwaitingEvidence;
    let (to, change) = match refused {
        None => (State::first(case.channel), Change::Nothing),
        Some(reason) => (
            State::Refused,
            Change::Answer(Some(Outcome::Refused { grounds: Vec::new(), reason: Some(reason) })),
        ),
    };
    is_waiting.then_some(Event {
        identity: None,
        by: Role::Service,
        step: Step::CompleteEvidence,
        to,
        change,
    })
}

type Fault = (&'static str, String);

/// What the act changes, if its own conditions hold.
fn change(case: &Case, content: &Content, actor: &Actor, of: Circumstances<'_>) -> Result<Change, Fault> {
    let fault = |code, detail: &str| Err((code, detail.to_owned()));
    let is_one = |iin: &str| of.officials.iter().any(|one| one.iin == iin && one.role == Role::Executor);
    // Whoever is not in office any more does not keep the case: another executor goes on.
    let is_executor = || {
        let named = case.executor.as_deref();
        named == Some(actor.iin.as_str()) || named.is_some_and(|named| !is_one(named) && is_one(&actor.iin))
    };
    Ok(match content {
        Content::Number { number, .. } => Change::Number(number.clone()),
        Content::Plain(Step::DraftNotice | Step::DraftLetter) if !is_executor() => {
            return fault("WRONG_EXECUTOR", "it is drafted by the executor named in the case");
        }
        Content::Plain(Step::SignNotice) => Change::Answer(refusal(case)?),
        Content::Plain(Step::SignLetter) => match &case.memo {
            Some(Memo::Incomplete { missing }) => {
                Change::Answer(Some(Outcome::Returned { missing: missing.clone() }))
            }
            _ => return fault("WRONG_TURN", "no document was found missing"),
        },
        Content::Plain(Step::ConfirmMove) => match &case.proposed {
            None => return fault("NOTHING_PROPOSED", "no change of the place was proposed"),
            Some(proposed) if proposed.proposed_by == actor.iin => {
                return fault("SAME_OFFICIAL", "another official confirms what was proposed");
            }
            Some(proposed) if !is_possible(case, &proposed.kind) => {
                return fault(
                    "MOVE_IMPOSSIBLE",
                    "the place does not stand any more so that this can be done",
                );
            }
            Some(_) => Change::Confirmed,
        },
        Content::Plain(Step::ConfirmOffer) => match case.open_offer() {
            Some(offer) if offer.standing() != Standing::Unconfirmed => {
                return fault("NOTHING_TO_CONFIRM", "the offer needs no second official");
            }
            Some(offer) if offer.offered_by == actor.iin => {
                return fault("SAME_OFFICIAL", "another official confirms what is offered out of turn");
            }
            Some(_) => Change::OfferConfirmed,
            None => return fault("NO_OFFER", "no offer waits to be confirmed"),
        },
        Content::Plain(Step::Withdraw) => Change::Withdrawal,
        Content::Plain(_) => Change::Nothing,
        Content::Unclaimed { number } => {
            if !is_over(case, LimitName::Storage, of.now) {
                return fault("STORAGE_NOT_OVER", "the month of storage is not over");
            }
            Change::Number(number.clone())
        }
        Content::AssignExecutor { executor } => {
            if !is_one(executor) {
                return fault("NOT_AN_EXECUTOR", "name an official who is an executor");
            }
            Change::Executor(executor.clone())
        }
        Content::Memo(memo) => {
            if !is_executor() {
                return fault("WRONG_EXECUTOR", "the memo is signed by the executor named in the case");
            }
            check_conflicts(case, memo)?;
            Change::Memo(memo.clone())
        }
        Content::PutOnAgenda(sitting) => Change::Sitting(check_sitting(case, sitting, of)?),
        Content::Vote { ballot } => vote(case, *ballot, actor, of)?,
        Content::CommissionDecision(decision) => decided(case, decision, actor, of)?,
        Content::Complain { .. } => {
            // One at a time: a case cannot be held up by complaining without end.
            if case.complaints.iter().any(|complaint| complaint.answered.is_none()) {
                return fault("COMPLAINT_OPEN", "the complaint before has no answer yet");
            }
            Change::Complaint
        }
        Content::AnswerComplaint { complaint, .. } => {
            let at = complaint.saturating_sub(1);
            if case.complaints.get(at).is_none_or(|complaint| complaint.answered.is_some()) {
                return fault("NO_SUCH_COMPLAINT", "there is no such complaint, or it has its answer");
            }
            Change::ComplaintAnswered(at)
        }
        Content::Offer { dwelling, out_of_turn } => {
            // Whoever does not answer in time keeps nobody else waiting.
            let is_silent = is_over(case, LimitName::OfferAnswer, of.now);
            if case.open_offer().is_some_and(|offer| offer.standing() != Standing::Open || !is_silent) {
                return fault("OFFER_OPEN", "an offer waits for its answer or decision");
            }
            if of.ahead != Some(0) && out_of_turn.is_none() {
                return fault("NOT_FIRST_IN_LIST", "housing is granted in the order of the list");
            }
            let judgement = out_of_turn.as_ref().and_then(|why| why.judgement.as_ref());
            if judgement.is_some_and(|judged| day(of.now).is_none_or(|today| today < judged.date)) {
                return fault("JUDGEMENT_DATE", "the judgement is of today or before");
            }
            Change::Offer(Offer {
                dwelling: dwelling.clone(),
                offered_by: actor.iin.clone(),
                out_of_turn: out_of_turn.clone(),
                ..Offer::default()
            })
        }
        Content::WithdrawOffer { reason } => match case.open_offer() {
            Some(_) => Change::OfferWithdrawn(reason.clone()),
            None => return fault("NO_OFFER", "no offer stands that could be taken back"),
        },
        Content::AnswerOffer { agrees, .. } => {
            if case.open_offer().is_none_or(|offer| offer.standing() != Standing::Open) {
                return fault("NO_OFFER", "no offer waits for an answer");
            }
            if is_over(case, LimitName::OfferAnswer, of.now) {
                return fault("ANSWER_TOO_LATE", "the time for the answer is over");
            }
            Change::OfferAnswered(*agrees)
        }
        Content::Grant { date, .. } => {
            let agreed = case.open_offer().filter(|offer| offer.standing() == Standing::Agreed);
            let Some(offer) = agreed else {
                return fault("OFFER_NOT_ACCEPTED", "the applicant has not agreed to an offer");
            };
            if offer.offered_by == actor.iin {
                return fault("SAME_OFFICIAL", "another official decides than who offered");
            }
            let answered = case.moments.get(&Milestone::OfferAnswered).and_then(|at| day(*at));
            let is_between = |today: Date| *date <= today && answered.is_none_or(|since| since <= *date);
            if !day(of.now).is_some_and(is_between) {
                return fault("GRANT_DATE", "the decision is of a day from the answer to today");
            }
            Change::Granted
        }
        Content::ProposeMove { kind, ground_codes, basis, judgement } => {
            if !is_possible(case, kind) {
                return fault("MOVE_IMPOSSIBLE", "the place does not stand so that this can be done with it");
            }
            if matches!(kind, MoveKind::Transfer { .. }) && !of.is_of_family {
                return fault(
                    "NOT_OF_THE_FAMILY",
                    "a place passes to a person who is named in its application",
                );
            }
            let is_to_come = |judged: &Judgement| day(of.now).is_none_or(|today| today < judged.date);
            if judgement.as_ref().is_some_and(is_to_come) {
                return fault("JUDGEMENT_DATE", "the judgement is of today or before");
            }
            let grounds = match kind {
                MoveKind::Remove => removal_grounds(ground_codes, of)?,
                _ => Vec::new(),
            };
            Change::Proposed(Move {
                kind: kind.clone(),
                grounds,
                basis: basis.clone(),
                judgement: judgement.clone(),
                proposed_by: actor.iin.clone(),
            })
        }
        Content::TakeInventory { year, finding, ground_codes, grounds } => {
            if of.inventory != Some(*year) {
                return fault("NO_INVENTORY", "no inventory of that year is being taken");
            }
            let removal = match finding {
                Finding::Removal => Some(Move {
                    kind: MoveKind::Remove,
                    grounds: removal_grounds(ground_codes, of)?,
                    basis: grounds.clone().unwrap_or_default(),
                    judgement: None,
                    proposed_by: actor.iin.clone(),
                }),
                _ => None,
            };
            Change::Inventoried(Inventoried { year: *year, finding: *finding }, removal)
        }
    })
}

/// The grounds that an act names, of those that the edition of the case has. Where it has none, because the sources are
/// silent or the office does not have the edition any more, words alone are the reason.
fn cited(known: &[Ground], codes: &[String], is_explained: bool) -> Result<Vec<Ground>, Fault> {
    let all = || match known {
        [] => "the rules of the case state no grounds by code: give the reason in words".to_owned(),
        _ => {
            let codes: Vec<&str> = known.iter().map(|one| one.code.as_str()).collect();
            format!("those of the rules of the case: {}", codes.join(", "))
        }
    };
    let mut cited = Vec::with_capacity(codes.len());
    for code in codes {
        match known.iter().find(|one| one.code == *code) {
            None => return Err(("NO_SUCH_GROUND", all())),
            Some(one) if one.explained && !is_explained => {
                return Err(("GROUND_UNEXPLAINED", format!("say in words what it is: {code}")));
            }
            Some(one) => cited.push(one.clone()),
        }
    }
    if cited.is_empty() && !known.is_empty() {
        return Err(("GROUND_REQUIRED", all()));
    }
    Ok(cited)
}

/// A removal always says its basis in words.
fn removal_grounds(codes: &[String], of: Circumstances<'_>) -> Result<Vec<Ground>, Fault> {
    cited(of.edition.map_or(&[], |edition| &edition.removals), codes, true)
}

/// Whether the place stands so that it can be moved in this way.
fn is_possible(case: &Case, kind: &MoveKind) -> bool {
    match kind {
        MoveKind::Restore => case.place == Some(Place::Removed),
        _ => case.has_place(),
    }
}

/// Whether a memo says of every conflict how it was resolved, and of nothing else (decision "Duplicates": never by
/// the machine alone). Where documents are missing, nothing is registered, so there is nothing to resolve.
fn check_conflicts(case: &Case, memo: &Memo) -> Result<(), Fault> {
    let Memo::Complete { resolved, .. } = memo else { return Ok(()) };
    let is_resolved = |other: &&String| resolved.iter().any(|one| one.other == **other);
    let open: Vec<&str> =
        case.conflicts.iter().filter(|other| !is_resolved(other)).map(String::as_str).collect();
    if !open.is_empty() {
        return Err(("CONFLICT_UNANSWERED", open.join(", ")));
    }
    match resolved.iter().find(|one| !case.conflicts.contains(&one.other)) {
        None => Ok(()),
        Some(one) => Err(("NO_SUCH_CONFLICT", one.other.clone())),
    }
}

/// Whether a limit of the case has begun and ended.
fn is_over(case: &Case, what: LimitName, now: Timestamp) -> bool {
    // The calendar fails in the year 9999 alone: then no limit ends.
    let clocks = case.clocks().unwrap_or_default();
    clocks.iter().any(|clock| clock.limit.what == what && !clock.limit.holds_at(now))
}

/// What the notice says, by memo and decision; nothing where it registers.
fn refusal(case: &Case) -> Result<Option<Outcome>, Fault> {
    match (&case.memo, &case.decision) {
        (Some(Memo::Incomplete { missing }), _) => {
            Ok(Some(Outcome::RefusedIncomplete { missing: missing.clone() }))
        }
        (_, Some(decision)) if decision.registers() => Ok(None),
        (_, Some(decision)) => {
            Ok(Some(Outcome::Refused { grounds: case.grounds.clone(), reason: decision.reason.clone() }))
        }
        (_, None) => Err(("WRONG_TURN", "the commission has not decided".to_owned())),
    }
}

/// The civil date in Almaty.
fn day(at: Timestamp) -> Option<Date> {
    calendar::local_date(at).ok()
}

/// A sitting that leaves time for the signature and the dispatch (decision G1). Where none does any more, one that
/// says why it is so late.
fn check_sitting(case: &Case, sitting: &Sitting, of: Circumstances<'_>) -> Result<Sitting, Fault> {
    let is_same = |known: &Sitting| known.number == sitting.number && known.date == sitting.date;
    if !case.votes.is_empty() && case.sitting.as_ref().is_some_and(is_same) {
        return Err((
            "ALREADY_VOTED",
            "votes were cast at this sitting; put the case on a new one".to_owned(),
        ));
    }
    if day(of.now).is_none_or(|today| sitting.date < today) {
        return Err(("SITTING_DATE", "the sitting is today or later".to_owned()));
    }
    match clock::check_sitting(&case.limits, case.channel, of.filed, sitting.date) {
        Ok(()) => Ok(sitting.clone()),
        Err(SittingError::TooLate { latest })
            if sitting.delay.is_some() && day(of.now).is_some_and(|today| latest < today) =>
        {
            Ok(sitting.clone())
        }
        Err(SittingError::TooLate { latest }) => {
            Err(("SITTING_TOO_LATE", format!("the latest possible date is {latest}")))
        }
        Err(error) => Err(("SITTING_DATE", error.to_string())),
    }
}

fn vote(case: &Case, ballot: Ballot, actor: &Actor, of: Circumstances<'_>) -> Result<Change, Fault> {
    if !commission::members(of.officials).contains(&actor.iin.as_str()) {
        return Err(("NOT_A_MEMBER", "only members of the commission vote".to_owned()));
    }
    if case.votes.iter().any(|vote| vote.member == actor.iin) {
        return Err(("ALREADY_VOTED", "each member votes once at a sitting".to_owned()));
    }
    let sits =
        case.sitting.as_ref().is_some_and(|sitting| day(of.now).is_some_and(|now| sitting.date <= now));
    if !sits {
        return Err(("SITTING_DATE", "members vote from the day of the sitting on".to_owned()));
    }
    Ok(Change::Vote(case::Vote { member: actor.iin.clone(), ballot }))
}

fn decided(case: &Case, decision: &Decision, actor: &Actor, of: Circumstances<'_>) -> Result<Change, Fault> {
    let is_of_sitting = case.sitting.as_ref().is_some_and(|sitting| sitting.date == decision.date);
    if !is_of_sitting || day(of.now).is_none_or(|today| decision.date > today) {
        return Err(("DECISION_DATE", "the decision has the date of the sitting, which has been".to_owned()));
    }
    // Where there is one who presides, nobody else signs the minutes.
    let presides = of.officials.iter().any(|one| one.role == Role::Chair);
    if presides && !actor.has(Role::Chair) {
        return Err(("WRONG_ROLE", "the minutes are signed by whoever presides".to_owned()));
    }
    let said = if decision.registers() { Ballot::Register } else { Ballot::Refuse };
    let grounds = match said {
        Ballot::Refuse => {
            let known = of.edition.map_or(&[][..], |edition| &edition.refusals);
            cited(known, &decision.ground_codes, decision.reason.is_some())?
        }
        _ => Vec::new(),
    };
    match (commission::count(&case.votes, &actor.iin, said, (of.officials, of.quorum)), said) {
        (commission::Tally::NoQuorum { needed }, _) => {
            Err(("NO_QUORUM", format!("so many members must have voted: {needed}")))
        }
        (commission::Tally::Register, Ballot::Register) | (commission::Tally::Refuse, Ballot::Refuse) => {
            Ok(Change::Decision(decision.clone(), grounds))
        }
        _ => Err(("VOTES_SAY_OTHERWISE", "the minutes say what the votes say".to_owned())),
    }
}

#[cfg(test)]
mod tests;
