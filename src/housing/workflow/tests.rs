//! The process step by step: every row of the table, and what breaks it.

use std::collections::{BTreeSet, HashSet};

use super::table::{From, TABLE};
use super::*;
use crate::housing::clock::Milestone;
use crate::housing::edition::{BUILT_IN, Edition};
use crate::housing::permission::Part;
use crate::housing::{Rules, TestIdentities};
use crate::validation::VerifiedDocument;

mod granting;

const PEOPLE: [(&str, Role); 15] = [
    ("061211600012", Role::Head),
    ("850315300128", Role::Executor),
    ("850101300603", Role::Executor),
    ("700911204362", Role::Chair),
    ("850101300615", Role::Commission),
    ("251112401047", Role::Dispatcher),
    ("850315300129", Role::Chancellery),
    ("850315300130", Role::DocumentarySupport),
    ("850315300131", Role::CentreEmployee),
    ("850315300132", Role::Akimat),
    ("850315300133", Role::Deputy),
    ("850315300134", Role::Secretary),
    (OTHER_AKIMAT, Role::Akimat),
    ("850315300136", Role::Inspector),
    // Has a part in another body too.
    ("850315300136", Role::Secretary),
];
const OTHER_AKIMAT: &str = "850315300135";
const APPLICANT: &str = "850315300199";

fn officials() -> Vec<Official> {
    PEOPLE
        .iter()
        .map(|(iin, role)| Official {
            iin: (*iin).into(),
            role: *role,
            centre: (role.body() == crate::housing::permission::Body::Centre).then(|| "almaly".into()),
        })
        .collect()
}

fn who(role: Role) -> &'static str {
    PEOPLE.iter().find(|(_, own)| *own == role).map_or(APPLICANT, |(iin, _)| iin)
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// A case and the moment of the next act.
#[derive(Clone)]
struct Story {
    case: Case,
    filed: Timestamp,
    now: Timestamp,
    ahead: Option<u64>,
    is_of_family: bool,
    own_case: bool,
    answered: Option<Timestamp>,
    without_office: Option<&'static str>,
    edition: Option<Edition>,
    signatories: Vec<Role>,
    quorum: Quorum,
}

impl Story {
    fn new(channel: Channel) -> Self {
        // A Monday.
        let filed = time("2026-11-02T05:00:00Z");
        let centre = (channel == Channel::Centre).then(|| "almaly".to_owned());
        Self {
            case: Case::begun(channel, centre, filed),
            filed,
            now: filed,
            ahead: Some(0),
            is_of_family: false,
            own_case: false,
            answered: None,
            without_office: None,
            edition: None,
            signatories: SIGNATORY.to_vec(),
            quorum: Quorum::default(),
        }
    }

    fn take(&mut self, iin: &str, content: &Content) -> Result<(), &'static str> {
        self.signed(iin, &content.to_xml("N"))
    }

    /// What the applicant has signed on paper, taken down.
    fn on_paper(&mut self, iin: &str, content: &Content) -> Result<(), &'static str> {
        self.signed(iin, &content.to_xml_on_paper("N", [7; 32]))
    }

    fn signed(&mut self, iin: &str, xml: &str) -> Result<(), &'static str> {
        let rules = Rules { test_identities: TestIdentities::Allowed, ..Rules::default() };
        let document = VerifiedDocument::for_test(xml, iin, Some("140540000015"), self.now);
        let act = Act::read(&document, &rules).map_err(|refusals| refusals[0].code)?;
        let mut officials = officials();
        officials.retain(|one| Some(one.iin.as_str()) != self.without_office);
        let own = || officials.iter().filter(|one| one.iin == iin);
        let mut parts: Vec<Part> =
            own().map(|one| Part { role: one.role, centre: one.centre.clone() }).collect();
        if iin == APPLICANT {
            parts.push(Part { role: Role::Applicant, centre: None });
        }
        let actor = Actor { iin: iin.into(), parts, certificate_sha256: [0; 32] };
        let of = Circumstances {
            number: "N",
            filed: self.filed,
            now: self.now,
            officials: &officials,
            edition: self.edition.as_ref(),
            signatories: &self.signatories,
            quorum: self.quorum,
            ahead: self.ahead,
            is_of_family: self.is_of_family,
            is_own_case: iin == APPLICANT || self.own_case,
            answered: self.answered,
            inventory: Some(2026),
        };
        let event = decide(&self.case, &act, &actor, of).map_err(|denied| denied.code)?;
        self.case = self.case.clone().apply(&event, self.now);
        Ok(())
    }

    fn as_(&mut self, role: Role, content: &Content) -> Result<(), &'static str> {
        self.take(who(role), content)
    }

    fn plain(&mut self, role: Role, step: Step) -> Result<(), &'static str> {
        self.as_(role, &Content::Plain(step))
    }

    fn number(&mut self, role: Role, step: Step) -> Result<(), &'static str> {
        self.as_(role, &Content::Number { step, number: "7".into() })
    }

    fn later(&mut self, to: &str) {
        self.now = time(to);
    }

    /// To the executor, by the channel's way.
    fn reach_executor(&mut self) {
        if self.case.channel == Channel::Centre {
            self.number(Role::Dispatcher, Step::SendToProvider).expect("8.1");
            self.plain(Role::Chancellery, Step::ReceivePackage).expect("8.2");
            self.number(Role::Chancellery, Step::RegisterIncoming).expect("8.2");
            self.plain(Role::Chancellery, Step::PutBeforeOfficial).expect("8.2");
        }
        self.as_(Role::Head, &assign()).expect("8.3");
        if self.case.channel == Channel::Centre {
            self.plain(Role::DocumentarySupport, Step::Forward).expect("8.4");
        }
    }

    fn reach_decision(&mut self, reason: Option<&str>) {
        self.reach_executor();
        self.as_(Role::Executor, &memo()).expect("8.7");
        self.as_(Role::Secretary, &agenda("2026-11-10")).expect("8.8");
        self.later("2026-11-10T06:00:00Z");
        let ballot = if reason.is_none() { Ballot::Register } else { Ballot::Refuse };
        self.as_(Role::Commission, &Content::Vote { ballot }).expect("a vote");
        self.as_(Role::Chair, &decision("2026-11-10", reason)).expect("8.8");
    }

    fn registered(channel: Channel) -> Self {
        let mut story = Self::new(channel);
        story.reach_decision(None);
        story.plain(Role::Executor, Step::DraftNotice).expect("8.9");
        story.plain(Role::Head, Step::SignNotice).expect("8.10");
        story
    }
}

fn assign() -> Content {
    Content::AssignExecutor { executor: who(Role::Executor).into() }
}

fn memo() -> Content {
    Content::Memo(Memo::Complete { register: true, ground: None, resolved: vec![] })
}

fn incomplete() -> Content {
    Content::Memo(Memo::Incomplete { missing: vec!["D7".into()] })
}

fn agenda(date: &str) -> Content {
    Content::PutOnAgenda(Sitting { date: date.parse().expect("a date"), number: "3".into(), delay: None })
}

fn decision(date: &str, reason: Option<&str>) -> Content {
    refused_on(date, &[], reason)
}

fn refused_on(date: &str, codes: &[&str], reason: Option<&str>) -> Content {
    Content::CommissionDecision(Decision {
        ground_codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        reason: reason.map(Into::into),
        date: date.parse().expect("a date"),
        minutes_number: "3".into(),
    })
}

/// The table is whole: of each channel every state is reached, every open one is left, and no step has two rows.
#[test]
fn the_table_holds_together() {
    for channel in Channel::ALL {
        let rows: Vec<&Row> =
            TABLE.iter().filter(|row| row.channel.is_none_or(|only| only == channel)).collect();
        let steps: HashSet<Step> = rows.iter().map(|row| row.step).collect();
        assert_eq!(steps.len(), rows.len(), "a step has two rows in {channel:?}");
        let mut reached = BTreeSet::from([State::first(channel), State::AwaitingEvidence]);
        for _ in State::ALL {
            for row in &rows {
                if reached.iter().any(|state| row.is_from(*state, true)) {
                    reached.extend(row.to);
                }
            }
        }
        for state in &reached {
            let leaves = rows.iter().any(|row| {
                matches!(row.from, From::States(states) if states.contains(state)) && !row.to.is_empty()
            });
            assert_eq!(leaves, !state.is_closed(), "{channel:?} {state:?}");
        }
        for row in &rows {
            if let From::States(states) = row.from {
                assert!(states.iter().all(|state| reached.contains(state)), "{channel:?} {:?}", row.step);
            }
        }
    }
    for step in Step::ALL {
        assert!(TABLE.iter().any(|row| row.step == step), "{step:?}");
        assert_eq!(Step::from_code(step.code()), Some(step));
    }
}

/// 8.1 to 8.12: from the counter to the applicant's hands.
#[test]
fn centre_to_the_notice_of_registration() {
    let mut story = Story::registered(Channel::Centre);
    assert_eq!((story.case.state, story.case.place), (State::NoticeSigned, Some(Place::Waiting)));
    story.number(Role::DocumentarySupport, Step::RegisterOutgoing).expect("8.11");
    story.plain(Role::CentreEmployee, Step::ReceiveResult).expect("8.12");
    story.plain(Role::CentreEmployee, Step::Issue).expect("8.12");
    assert_eq!(story.case.state, State::Issued);
    assert_eq!(story.plain(Role::CentreEmployee, Step::Issue), Err("CASE_CLOSED"));
}

/// Decision G6: another office has another role sign notices and letters, and nothing else changes hands by that.
#[test]
fn an_office_names_who_signs_and_how_many_decide() {
    let mut story = Story::new(Channel::Centre);
    story.signatories = vec![Role::Executor];
    story.reach_executor();
    let mut incomplete_one = story.clone();
    incomplete_one.as_(Role::Executor, &incomplete()).expect("8.13");
    incomplete_one.plain(Role::Executor, Step::DraftLetter).expect("8.14");
    assert_eq!(incomplete_one.plain(Role::Head, Step::SignLetter), Err("WRONG_ROLE"));
    incomplete_one.plain(Role::Executor, Step::SignLetter).expect("8.15");
    story.as_(Role::Executor, &memo()).expect("8.7");
    story.as_(Role::Secretary, &agenda("2026-11-10")).expect("8.8");
    story.later("2026-11-10T06:00:00Z");
    // Of the two members one is not more than a half, but at least.
    assert_eq!(story.as_(Role::Chair, &decision("2026-11-10", None)), Err("NO_QUORUM"));
    story.quorum = "at least 1/2".parse().expect("a quorum");
    story.as_(Role::Chair, &decision("2026-11-10", None)).expect("8.8");
    story.plain(Role::Executor, Step::DraftNotice).expect("8.9");
    for role in [Role::Head, Role::Deputy, Role::Chancellery] {
        assert_eq!(story.plain(role, Step::SignNotice), Err("WRONG_ROLE"), "{role:?}");
    }
    story.plain(Role::Executor, Step::SignNotice).expect("8.10");
    assert_eq!(
        story.as_(Role::Executor, &Content::AnswerComplaint { complaint: 1, answer: "x".into() }),
        Err("WRONG_ROLE")
    );
}

/// 8.13 to 8.17: what is incomplete goes back.
#[test]
fn centre_to_the_letter_of_return() {
    let mut story = Story::new(Channel::Centre);
    story.reach_executor();
    story.as_(Role::Executor, &incomplete()).expect("8.13");
    assert_eq!(story.as_(Role::Secretary, &agenda("2026-11-10")), Err("WRONG_TURN"));
    story.plain(Role::Executor, Step::DraftLetter).expect("8.14");
    assert_eq!(story.plain(Role::Executor, Step::SignLetter), Err("WRONG_ROLE"));
    story.plain(Role::Deputy, Step::SignLetter).expect("8.15");
    assert_eq!(story.case.outcome, Some(Outcome::Returned { missing: vec!["D7".into()] }));
    assert_eq!(story.case.place, None);
    story.number(Role::DocumentarySupport, Step::RegisterOutgoing).expect("8.16");
    story.plain(Role::Dispatcher, Step::ReceiveResult).expect("8.17");
    story.plain(Role::CentreEmployee, Step::Issue).expect("8.17");
}

/// 9.7 to 9.12: the portal's way, and its refusal for incompleteness (9.9).
#[test]
fn portal_to_the_notice_and_to_the_refusals() {
    let story = Story::registered(Channel::Portal);
    assert_eq!((story.case.state, story.case.place), (State::Notified, Some(Place::Waiting)));

    let mut refused = Story::new(Channel::Portal);
    refused.reach_decision(Some("owns a dwelling"));
    refused.plain(Role::Executor, Step::DraftNotice).expect("9.12");
    refused.plain(Role::Head, Step::SignNotice).expect("9.12");
    assert_eq!(
        refused.case.outcome,
        Some(Outcome::Refused { grounds: vec![], reason: Some("owns a dwelling".into()) })
    );

    let mut incomplete_one = Story::new(Channel::Portal);
    assert_eq!(incomplete_one.number(Role::Dispatcher, Step::SendToProvider), Err("WRONG_CHANNEL"));
    incomplete_one.reach_executor();
    incomplete_one.as_(Role::Executor, &incomplete()).expect("9.8");
    assert_eq!(incomplete_one.plain(Role::Executor, Step::DraftLetter), Err("WRONG_CHANNEL"));
    incomplete_one.plain(Role::Executor, Step::DraftNotice).expect("9.9");
    incomplete_one.plain(Role::Head, Step::SignNotice).expect("9.9");
    let missing = vec!["D7".to_owned()];
    assert_eq!(incomplete_one.case.outcome, Some(Outcome::RefusedIncomplete { missing }));
}

#[test]
fn steps_out_of_turn_by_others_or_elsewhere_are_refused() {
    let mut story = Story::new(Channel::Centre);
    assert_eq!(story.as_(Role::Head, &assign()), Err("WRONG_TURN"));
    assert_eq!(story.number(Role::Chancellery, Step::SendToProvider), Err("WRONG_ROLE"));
    story.case.centre = Some("medeu".into());
    assert_eq!(story.number(Role::Dispatcher, Step::SendToProvider), Err("WRONG_CENTRE"));
    story.case.centre = Some("almaly".into());
    story.reach_executor();
    assert_eq!(story.take("850101300603", &memo()), Err("WRONG_EXECUTOR"));
    let stranger = Content::AssignExecutor { executor: who(Role::Chair).into() };
    assert_eq!(story.as_(Role::Head, &stranger), Err("NOT_AN_EXECUTOR"));
}

/// G1: a sitting leaves time for the signature and the dispatch.
#[test]
fn sittings_votes_and_minutes() {
    let mut story = Story::new(Channel::Centre);
    story.reach_executor();
    story.as_(Role::Executor, &memo()).expect("a memo");
    assert_eq!(story.as_(Role::Secretary, &agenda("2026-12-01")), Err("SITTING_TOO_LATE"));
    assert_eq!(story.as_(Role::Secretary, &agenda("2026-11-01")), Err("SITTING_DATE"));
    story.as_(Role::Secretary, &agenda("2026-11-10")).expect("an agenda");
    let register = Content::Vote { ballot: Ballot::Register };
    assert_eq!(story.as_(Role::Commission, &register), Err("SITTING_DATE"));
    story.later("2026-11-10T06:00:00Z");
    assert_eq!(story.as_(Role::Chair, &decision("2026-11-10", None)), Err("NO_QUORUM"));
    assert_eq!(story.as_(Role::Head, &register), Err("WRONG_ROLE"));
    story.as_(Role::Commission, &register).expect("a vote");
    assert_eq!(story.as_(Role::Commission, &register), Err("ALREADY_VOTED"));
    assert_eq!(story.as_(Role::Chair, &decision("2026-11-11", None)), Err("DECISION_DATE"));
    assert_eq!(story.as_(Role::Commission, &decision("2026-11-10", None)), Err("WRONG_ROLE"));
    story.as_(Role::Chair, &Content::Vote { ballot: Ballot::Refuse }).expect("a vote");
    // One against one: the vote of whoever presides decides.
    assert_eq!(story.as_(Role::Chair, &decision("2026-11-10", None)), Err("VOTES_SAY_OTHERWISE"));
    story.as_(Role::Chair, &decision("2026-11-10", Some("no ground"))).expect("a decision");

    // Where nothing earlier is possible any more, a late sitting says why.
    let mut late = Story::new(Channel::Portal);
    late.reach_executor();
    late.as_(Role::Executor, &memo()).expect("a memo");
    late.later("2026-12-20T06:00:00Z");
    assert_eq!(late.as_(Role::Secretary, &agenda("2026-12-22")), Err("SITTING_TOO_LATE"));
    let delayed = Sitting {
        date: "2026-12-22".parse().expect("a date"),
        number: "4".into(),
        delay: Some("no quorum in November".into()),
    };
    late.as_(Role::Secretary, &Content::PutOnAgenda(delayed)).expect("an agenda");
}

/// Item 16: what nobody fetches goes to the provider after a month.
#[test]
fn unclaimed_results() {
    let mut story = Story::registered(Channel::Centre);
    story.number(Role::DocumentarySupport, Step::RegisterOutgoing).expect("8.11");
    story.plain(Role::Dispatcher, Step::ReceiveResult).expect("8.12");
    let unclaimed = Content::Unclaimed { number: "1".into() };
    assert_eq!(story.as_(Role::Dispatcher, &unclaimed), Err("STORAGE_NOT_OVER"));
    story.later("2027-01-20T06:00:00Z");
    story.as_(Role::Dispatcher, &unclaimed).expect("sent");
    story.plain(Role::Chancellery, Step::IssueUnclaimed).expect("given");
    assert_eq!(story.case.state, State::Issued);
}

/// G8: withdrawal before the signature, complaints beside the case.
#[test]
fn withdrawal_and_complaints() {
    let mut story = Story::new(Channel::Portal);
    story.reach_executor();
    assert_eq!(story.plain(Role::Executor, Step::Withdraw), Err("WRONG_ROLE"));
    let complaint = Content::Complain { text: "slow".into() };
    story.take(APPLICANT, &complaint).expect("a complaint");
    let answer = |complaint| Content::AnswerComplaint { complaint, answer: "so".into() };
    assert_eq!(story.as_(Role::Head, &answer(2)), Err("NO_SUCH_COMPLAINT"));
    story.as_(Role::Head, &answer(1)).expect("an answer");
    assert_eq!(story.as_(Role::Head, &answer(1)), Err("NO_SUCH_COMPLAINT"));
    assert_eq!(story.case.state, State::ExecutorNamed);
    story.take(APPLICANT, &Content::Plain(Step::Withdraw)).expect("withdrawn");
    assert_eq!(story.as_(Role::Executor, &memo()), Err("CASE_CLOSED"));
    let mut signed = Story::registered(Channel::Portal);
    assert_eq!(signed.take(APPLICANT, &Content::Plain(Step::Withdraw)), Err("CASE_CLOSED"));
}

/// G8: one complaint at a time, each with a clock of its own.
#[test]
fn complaints_come_one_after_another() {
    let mut story = Story::new(Channel::Portal);
    let complaint = Content::Complain { text: "slow".into() };
    let answer = |complaint| Content::AnswerComplaint { complaint, answer: "so".into() };
    let moment = |story: &Story, milestone| story.case.moments.get(&milestone).copied();
    let first = story.now;
    story.take(APPLICANT, &complaint).expect("a complaint");
    story.later("2026-11-05T06:00:00Z");
    assert_eq!(story.take(APPLICANT, &complaint), Err("COMPLAINT_OPEN"));
    assert_eq!(moment(&story, Milestone::Complained), Some(first));
    story.as_(Role::Head, &answer(1)).expect("an answer");
    let second = story.now;
    story.take(APPLICANT, &complaint).expect("another");
    assert_eq!(moment(&story, Milestone::Complained), Some(second));
    assert_eq!(moment(&story, Milestone::ComplaintAnswered), None);
    story.as_(Role::Head, &answer(2)).expect("an answer");
    assert_eq!(moment(&story, Milestone::ComplaintAnswered), Some(second));
}

/// G1: another executor has no more time than the first.
#[test]
fn another_executor_starts_no_clock_anew() {
    let mut story = Story::new(Channel::Portal);
    story.reach_executor();
    let named = story.case.moments.get(&Milestone::ExecutorNamed).copied();
    story.later("2026-11-12T06:00:00Z");
    let other = Content::AssignExecutor { executor: "850101300603".into() };
    story.as_(Role::Deputy, &other).expect("another");
    assert_eq!(story.case.moments.get(&Milestone::ExecutorNamed).copied(), named);
    assert_eq!(story.as_(Role::Executor, &memo()), Err("WRONG_EXECUTOR"));
    story.take("850101300603", &memo()).expect("a memo");
}

/// Law 73: a place moves only by two officials and a legal basis, and comes back only by a court.
#[test]
fn moves_of_a_place() {
    let mut story = Story::registered(Channel::Portal);
    let judgement = |date: &str| Judgement { number: "2-17".into(), date: date.parse().expect("a date") };
    let judged = |date: &str| Content::ProposeMove {
        kind: MoveKind::Restore,
        ground_codes: vec![],
        basis: "Law 73".into(),
        judgement: Some(judgement(date)),
    };
    let confirm = Content::Plain(Step::ConfirmMove);
    assert_eq!(story.as_(Role::Head, &confirm), Err("NOTHING_PROPOSED"));
    assert_eq!(story.as_(Role::Executor, &judged("2026-11-10")), Err("MOVE_IMPOSSIBLE"));
    story.as_(Role::Executor, &propose(MoveKind::Remove)).expect("proposed");
    assert!(story.case.has_place(), "nothing changed yet");
    story.as_(Role::Head, &confirm).expect("confirmed");
    assert_eq!(story.case.place, Some(Place::Removed));
    for kind in [MoveKind::Remove, MoveKind::Category { category: crate::housing::Category::Orphan }] {
        assert_eq!(story.as_(Role::Executor, &propose(kind)), Err("MOVE_IMPOSSIBLE"), "it is not there");
    }
    assert_eq!(story.as_(Role::Executor, &propose(MoveKind::Restore)), Err("JUDGEMENT_REQUIRED"));
    assert_eq!(story.as_(Role::Executor, &judged("2026-11-11")), Err("JUDGEMENT_DATE"));
    story.as_(Role::Executor, &judged("2026-11-10")).expect("proposed");
    story.as_(Role::Deputy, &confirm).expect("confirmed");
    assert!(story.case.has_place());
}

fn propose(kind: MoveKind) -> Content {
    Content::ProposeMove { kind, ground_codes: vec![], basis: "Law 73(1)".into(), judgement: None }
}

/// A signed act is good for what it was signed for, once.
#[test]
fn an_act_counts_once_and_not_for_what_came_after_it() {
    let confirm = Content::Plain(Step::ConfirmMove);
    let mut story = Story::registered(Channel::Portal);
    story.later("2026-11-10T06:10:00Z");
    let orphans = propose(MoveKind::Category { category: crate::housing::Category::Orphan });
    story.as_(Role::Executor, &orphans).expect("proposed");
    story.as_(Role::Head, &confirm).expect("confirmed");
    // The act by which the first was confirmed, for another proposal.
    let signed = story.now;
    story.later("2026-11-10T06:20:00Z");
    story.as_(Role::Executor, &propose(MoveKind::Remove)).expect("proposed");
    let proposed = story.now;
    story.now = signed;
    assert_eq!(story.as_(Role::Head, &confirm), Err("ACT_REPEATED"));
    // Signed before, but never sent until now.
    story.answered = Some(proposed);
    story.later("2026-11-10T06:14:59Z");
    assert_eq!(story.as_(Role::Head, &confirm), Err("ACT_TOO_OLD"));
    // Clocks may differ by a little.
    story.later("2026-11-10T06:15:00Z");
    story.as_(Role::Head, &confirm).expect("confirmed");
    assert_eq!(story.case.place, Some(Place::Removed));
    // A complaint, word for word.
    let complaint = Content::Complain { text: "again".into() };
    story.as_(Role::Applicant, &complaint).expect("a complaint");
    story.as_(Role::Head, &Content::AnswerComplaint { complaint: 1, answer: "so".into() }).expect("answered");
    assert_eq!(story.as_(Role::Applicant, &complaint), Err("ACT_REPEATED"));
    story.answered = None;
    story.later("2026-11-10T06:30:00Z");
    story.as_(Role::Applicant, &complaint).expect("another complaint");
}

#[test]
fn nobody_decides_about_himself() {
    let mut story = Story::new(Channel::Portal);
    story.own_case = true;
    assert_eq!(story.as_(Role::Head, &assign()), Err("OWN_CASE"));
    story.own_case = false;
    story.reach_executor();
    story.own_case = true;
    assert_eq!(story.as_(Role::Executor, &memo()), Err("OWN_CASE"));
    // As an applicant an official may do what applicants may.
    story.take(APPLICANT, &Content::Plain(Step::Withdraw)).expect("withdrawn");
}

#[test]
fn votes_are_not_wiped_by_the_same_sitting() {
    let mut story = Story::new(Channel::Portal);
    story.reach_executor();
    story.as_(Role::Executor, &memo()).expect("8.7");
    story.as_(Role::Secretary, &agenda("2026-11-10")).expect("8.8");
    story.later("2026-11-10T06:00:00Z");
    story.as_(Role::Commission, &Content::Vote { ballot: Ballot::Register }).expect("a vote");
    story.later("2026-11-10T06:10:00Z");
    assert_eq!(story.as_(Role::Secretary, &agenda("2026-11-10")), Err("ALREADY_VOTED"));
    assert_eq!(story.case.votes.len(), 1);
    story.as_(Role::Secretary, &agenda("2026-11-11")).expect("another sitting");
    assert!(story.case.votes.is_empty());
}

#[test]
fn an_executor_who_left_does_not_keep_the_case() {
    let mut story = Story::new(Channel::Portal);
    story.reach_decision(None);
    let other = "850101300603";
    assert_eq!(story.take(other, &Content::Plain(Step::DraftNotice)), Err("WRONG_EXECUTOR"));
    story.without_office = Some(who(Role::Executor));
    story.take(other, &Content::Plain(Step::DraftNotice)).expect("another executor");
}

/// What breaks a move.
#[test]
fn bad_moves_of_a_place() {
    let mut story = Story::registered(Channel::Portal);
    let remove = propose(MoveKind::Remove);
    assert_eq!(story.as_(Role::Chancellery, &remove), Err("WRONG_ROLE"));
    let no_basis = Content::ProposeMove {
        kind: MoveKind::Remove,
        ground_codes: vec![],
        basis: String::new(),
        judgement: None,
    };
    assert_eq!(story.as_(Role::Executor, &no_basis), Err("EMPTY"));
    let other = Content::ProposeMove {
        kind: MoveKind::Remove,
        ground_codes: vec![],
        basis: "Law 73(1)".into(),
        judgement: Some(Judgement { number: "1".into(), date: "2026-11-01".parse().expect("a date") }),
    };
    assert_eq!(story.as_(Role::Executor, &other), Err("JUDGEMENT_UNEXPECTED"));
    let stranger = propose(MoveKind::Transfer { holder: "850315300128".into() });
    assert_eq!(story.as_(Role::Executor, &stranger), Err("NOT_OF_THE_FAMILY"));
    story.is_of_family = true;
    story.as_(Role::Executor, &stranger).expect("one of the family");
    // Both roles are the same person's: one official is not two.
    let confirm = Content::Plain(Step::ConfirmMove);
    assert_eq!(story.as_(Role::Executor, &confirm), Err("WRONG_ROLE"));
    if let Some(proposed) = &mut story.case.proposed {
        proposed.proposed_by = who(Role::Head).into();
    }
    assert_eq!(story.as_(Role::Head, &confirm), Err("SAME_OFFICIAL"));
    story.as_(Role::Deputy, &confirm).expect("confirmed");
    // As an act is read: no category of the rule, several moves, no basis at all.
    let good = propose(MoveKind::Category { category: crate::housing::Category::Orphan }).to_xml("N");
    for (from, to, code) in [
        (">orphan<", ">poor<", "UNKNOWN_VALUE"),
        ("<basis>Law 73(1)</basis>", "", "MISSING"),
        ("<basis>", "<remove>true</remove><basis>", "MOVE_AMBIGUOUS"),
    ] {
        assert!(good.contains(from));
        let document = VerifiedDocument::for_test(&good.replace(from, to), APPLICANT, None, story.now);
        let faults = Act::read(&document, &Rules::default()).expect_err("a fault");
        assert!(faults.iter().any(|fault| fault.code == code), "{code}: {faults:?}");
    }
}

/// Decision "Duplicates": the executor answers for each other case of the family, never the machine.
#[test]
fn conflicts_stop_at_the_executor() {
    let mut story = Story::new(Channel::Portal);
    story.case.conflicts = vec!["A".into(), "B".into()];
    story.reach_executor();
    let resolving = |others: &[&str]| {
        let how = "another household, by the court's decision".to_owned();
        let resolved = others.iter().map(|other| Resolution { other: (*other).into(), how: how.clone() });
        Content::Memo(Memo::Complete { register: true, ground: None, resolved: resolved.collect() })
    };
    assert_eq!(story.as_(Role::Executor, &memo()), Err("CONFLICT_UNANSWERED"));
    assert_eq!(story.as_(Role::Executor, &resolving(&["B"])), Err("CONFLICT_UNANSWERED"));
    assert_eq!(story.as_(Role::Executor, &resolving(&["A", "B", "C"])), Err("NO_SUCH_CONFLICT"));
    let silent = resolving(&["A"]).to_xml("N").replace("another household, by the court's decision", "");
    let document = VerifiedDocument::for_test(&silent, who(Role::Executor), None, story.now);
    assert_eq!(Act::read(&document, &Rules::default()).expect_err("a fault")[0].code, "EMPTY");
    assert_eq!(story.case.memo, None);
    // Where a document is missing nothing is registered, and nothing is to be resolved.
    story.clone().as_(Role::Executor, &incomplete()).expect("incomplete");
    story.as_(Role::Executor, &resolving(&["A", "B"])).expect("a memo");
}

/// An inventory finds; who removes are two officials.
#[test]
fn the_inventory_of_a_place() {
    let find = |year, finding, grounds: Option<&str>| Content::TakeInventory {
        year,
        finding,
        ground_codes: vec![],
        grounds: grounds.map(Into::into),
    };
    let mut waiting = Story::new(Channel::Portal);
    assert_eq!(waiting.as_(Role::Executor, &find(2026, Finding::Confirmed, None)), Err("NO_PLACE"));
    let mut story = Story::registered(Channel::Portal);
    assert_eq!(story.as_(Role::Head, &find(2026, Finding::Confirmed, None)), Err("WRONG_ROLE"));
    assert_eq!(story.as_(Role::Executor, &find(2025, Finding::Confirmed, None)), Err("NO_INVENTORY"));
    assert_eq!(story.as_(Role::Executor, &find(2026, Finding::Removal, None)), Err("REASON_REQUIRED"));
    assert_eq!(
        story.as_(Role::Executor, &find(2026, Finding::Confirmed, Some("x"))),
        Err("REASON_UNEXPECTED")
    );
    story.as_(Role::Executor, &find(2026, Finding::NeedsDocuments, Some("income"))).expect("found");
    assert_eq!(story.case.inventory, Some(Inventoried { year: 2026, finding: Finding::NeedsDocuments }));
    story.as_(Role::Executor, &find(2026, Finding::Removal, Some("Law 73(1)"))).expect("found");
    assert!(story.case.has_place(), "an inventory removes nobody");
    story.as_(Role::Executor, &find(2026, Finding::Confirmed, None)).expect("found after all");
    assert_eq!(story.as_(Role::Head, &Content::Plain(Step::ConfirmMove)), Err("NOTHING_PROPOSED"));
    story.later("2026-11-10T07:00:00Z");
    story.as_(Role::Executor, &find(2026, Finding::Removal, Some("Law 73(1)"))).expect("found");
    story.as_(Role::Head, &Content::Plain(Step::ConfirmMove)).expect("confirmed");
    assert_eq!(story.case.place, Some(Place::Removed));
}

/// G1 by the rules of another day: what a case keeps decides, not what the office has.
#[test]
fn a_sitting_leaves_time_within_the_term_of_the_case() {
    let mut old = Story::new(Channel::Portal);
    old.reach_executor();
    old.as_(Role::Executor, &memo()).expect("a memo");
    let mut new = old.clone();
    new.case.limits = built_in(1).expect("an edition").limits().clone();
    // From Monday 2 November 15 working days end on Monday the 23rd: signed then, decided on Friday.
    assert_eq!(new.as_(Role::Secretary, &agenda("2026-11-23")), Err("SITTING_TOO_LATE"));
    new.as_(Role::Secretary, &agenda("2026-11-20")).expect("in time");
    old.edition = built_in(1);
    old.as_(Role::Secretary, &agenda("2026-11-23")).expect("in time by the limits that it was filed by");
    let kept = serde_json::to_string(&new.case).expect("JSON");
    assert_eq!(serde_json::from_str::<Case>(&kept).expect("a case").limits, new.case.limits);
}

fn built_in(at: usize) -> Option<Edition> {
    Edition::from_toml(BUILT_IN[at].1).ok()
}

/// Law 72: whoever is refused learns on which ground of the rules of their day.
#[test]
fn a_refusal_names_grounds_of_its_edition() {
    let mut story = Story::new(Channel::Portal);
    story.edition = built_in(1);
    story.reach_executor();
    story.as_(Role::Executor, &memo()).expect("a memo");
    story.as_(Role::Secretary, &agenda("2026-11-10")).expect("an agenda");
    story.later("2026-11-10T06:00:00Z");
    story.as_(Role::Commission, &Content::Vote { ballot: Ballot::Refuse }).expect("a vote");
    let refuse = |codes: &[&str], reason| refused_on("2026-11-10", codes, reason);
    assert_eq!(story.as_(Role::Chair, &refuse(&[], Some("in words alone"))), Err("GROUND_REQUIRED"));
    assert_eq!(story.as_(Role::Chair, &refuse(&["owned-housing", "moved"], None)), Err("NO_SUCH_GROUND"));
    assert_eq!(story.as_(Role::Chair, &refuse(&["mortgage", "mortgage"], None)), Err("DUPLICATE_ELEMENT"));
    assert_eq!(story.as_(Role::Chair, &refuse(&["\t"], None)), Err("UNKNOWN_VALUE"));
    // Where the sources are silent, nothing has a code.
    let mut silent = story.clone();
    silent.edition = built_in(0);
    assert_eq!(silent.as_(Role::Chair, &refuse(&["owned-housing"], None)), Err("NO_SUCH_GROUND"));
    silent.as_(Role::Chair, &refuse(&[], Some("in words alone"))).expect("words are the reason");
    story.as_(Role::Chair, &refuse(&["owned-housing", "mortgage"], Some("a flat in 2023"))).expect("grounds");
    story.plain(Role::Executor, Step::DraftNotice).expect("9.12");
    story.plain(Role::Head, Step::SignNotice).expect("9.12");
    let Some(Outcome::Refused { grounds, reason }) = &story.case.outcome else { panic!("no refusal") };
    assert_eq!((grounds.len(), grounds[0].code.as_str()), (2, "owned-housing"));
    assert_eq!(reason.as_deref(), Some("a flat in 2023"));
    assert_eq!(story.case.place, None);
}

/// What a registration or an act of another step has no place for, and what the form had before grounds had codes.
#[test]
fn ground_codes_in_acts() {
    let read = |xml: &str| {
        let document = VerifiedDocument::for_test(xml, who(Role::Chair), None, time("2026-11-10T06:00:00Z"));
        Act::read(&document, &Rules::default()).map(|act| act.content().clone()).map_err(|all| all[0].code)
    };
    let refusal = refused_on("2026-11-10", &["mortgage"], None);
    assert_eq!(read(&refusal.to_xml("N")), Ok(refusal.clone()));
    let xml = refusal.to_xml("N");
    assert!(xml.contains("<decision>refuse</decision><groundCode>mortgage</groundCode><date>"), "{xml}");
    assert_eq!(read(&xml.replace(">refuse<", ">register<")), Err("REASON_UNEXPECTED"));
    assert_eq!(read(&xml.replace("<groundCode>mortgage</groundCode>", "")), Err("REASON_REQUIRED"));
    assert_eq!(read(&xml.replace("mortgage", "<b/>")), Err("NOT_PLAIN_TEXT"));
    let many: String = (0..33).map(|at| format!("<groundCode>g{at}</groundCode>")).collect();
    assert_eq!(read(&xml.replace("<groundCode>mortgage</groundCode>", &many)), Err("TOO_MANY_ITEMS"));
    let assign = assign().to_xml("N").replace("<executor>", "<groundCode>mortgage</groundCode><executor>");
    assert_eq!(read(&assign), Err("UNKNOWN_ELEMENT"));
    let moved = propose(MoveKind::Category { category: crate::housing::Category::Orphan }).to_xml("N");
    let moved = moved.replace("<basis>", "<groundCode>moved</groundCode><basis>");
    assert_eq!(read(&moved), Err("REASON_UNEXPECTED"));
    // Cases and acts of before.
    let old = decision("2026-11-10", Some("owns a dwelling"));
    let xml = old.to_xml("N");
    assert!(xml.contains("<decision>refuse</decision><reason>owns a dwelling</reason><date>"), "{xml}");
    assert_eq!(read(&xml), Ok(old));
    let case = r#"{"decision":{"reason":"x","date":"2026-11-10","minutes_number":"3"},"outcome":{"refused":{"reason":"x"}},
        "proposed":{"kind":"remove","basis":"Law 73(1)","proposed_by":"1"}}"#;
    let case: Case = serde_json::from_str(case).expect("a case");
    assert_eq!(case.outcome, Some(Outcome::Refused { grounds: vec![], reason: Some("x".into()) }));
    assert!(!case.decision.as_ref().expect("a decision").registers());
    let again = serde_json::to_string(&case).expect("JSON");
    assert!(!again.contains("ground"), "{again}");
}

/// Law 73: so does a removal, proposed by itself or by an inventory.
#[test]
fn a_removal_names_grounds_of_its_edition() {
    let mut story = Story::registered(Channel::Portal);
    story.edition = built_in(0);
    let remove = |codes: &[&str]| Content::ProposeMove {
        kind: MoveKind::Remove,
        ground_codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        basis: "moved to another city".into(),
        judgement: None,
    };
    assert_eq!(story.as_(Role::Executor, &remove(&[])), Err("GROUND_REQUIRED"));
    assert_eq!(story.as_(Role::Executor, &remove(&["dead"])), Err("NO_SUCH_GROUND"));
    let find = |finding, codes: &[&str]| Content::TakeInventory {
        year: 2026,
        finding,
        ground_codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        grounds: Some("moved to another city".into()),
    };
    assert_eq!(story.as_(Role::Executor, &find(Finding::Removal, &[])), Err("GROUND_REQUIRED"));
    assert_eq!(
        story.as_(Role::Executor, &find(Finding::NeedsDocuments, &["moved"])),
        Err("REASON_UNEXPECTED")
    );
    story.as_(Role::Executor, &find(Finding::NeedsDocuments, &[])).expect("no removal");
    story.as_(Role::Executor, &find(Finding::Removal, &["moved", "other"])).expect("found");
    let proposed = story.case.proposed.as_ref().expect("proposed");
    assert_eq!(proposed.grounds.iter().map(|one| one.code.as_str()).collect::<Vec<_>>(), ["moved", "other"]);
    story.as_(Role::Executor, &remove(&["moved"])).expect("proposed");
    story.as_(Role::Head, &Content::Plain(Step::ConfirmMove)).expect("confirmed");
    assert_eq!(story.case.place, Some(Place::Removed));
    // A ground that says nothing by itself; of an act that has no words for it.
    let edition = built_in(0).expect("an edition");
    assert_eq!(
        cited(&edition.removals, &["other".into()], false).expect_err("words").0,
        "GROUND_UNEXPLAINED"
    );
}

#[test]
fn the_document_of_the_process_is_up_to_date() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/process.md");
    if std::env::var_os("QOLTANBA_WRITE_PROCESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(&path, diagram::document()).expect("written");
    }
    assert_eq!(std::fs::read_to_string(&path).expect("docs/process.md"), diagram::document());
}

/// What the document says that a step is refused for has its text.
#[test]
fn refusals_of_the_document_are_known() {
    let texts = include_str!("../../locales/en.ftl");
    let document = diagram::document();
    let is_code = |word: &&str| {
        word.contains('_') && word.bytes().all(|octet| octet.is_ascii_uppercase() || octet == b'_')
    };
    let codes: std::collections::BTreeSet<&str> = document.split('`').filter(is_code).collect();
    assert!(codes.len() > 40, "{codes:?}");
    for code in codes {
        let id = code.to_ascii_lowercase().replace('_', "-");
        assert!(texts.lines().any(|line| line.starts_with(&format!("{id} ="))), "{code}");
    }
}
