//! Offers, answers and grants, and what an applicant without an EDS has taken down at a centre.

use super::*;
use crate::housing::granting::{Basis, Dwelling, Ended, OutOfTurn};

fn flat() -> Dwelling {
    Dwelling {
        cadastral_number: "20:311:004:102:2:15".into(),
        address: "Мысал көшесі, 2-үй, 15-пәтер".into(),
        rooms: 2,
        area: "54.3".into(),
        floor: Some(3),
    }
}

fn offer() -> Content {
    Content::Offer { dwelling: flat(), out_of_turn: None }
}

fn out_of_turn(basis: Basis) -> Content {
    let judgement = (basis == Basis::Judgement)
        .then(|| Judgement { number: "2-17".into(), date: "2026-10-01".parse().expect("a date") });
    let why = OutOfTurn { basis, grounds: "certificate 5".into(), judgement };
    Content::Offer { dwelling: flat(), out_of_turn: Some(why) }
}

fn answer(agrees: bool) -> Content {
    Content::AnswerOffer { agrees, reason: (!agrees).then(|| "far".into()) }
}

fn grant(date: &str) -> Content {
    Content::Grant { number: "5".into(), date: date.parse().expect("a date") }
}

fn withdraw() -> Content {
    Content::WithdrawOffer { reason: "the house is not finished".into() }
}

/// 3(3): offers by the order of the list, consent, refusal, grant.
#[test]
fn granting() {
    let mut story = Story::registered(Channel::Portal);
    let today = story.now.to_string()[..10].to_owned();
    for ahead in [None, Some(1), Some(7)] {
        story.ahead = ahead;
        assert_eq!(story.as_(Role::Akimat, &offer()), Err("NOT_FIRST_IN_LIST"));
    }
    story.ahead = Some(0);
    assert_eq!(story.take(OTHER_AKIMAT, &grant(&today)), Err("OFFER_NOT_ACCEPTED"));
    story.as_(Role::Akimat, &offer()).expect("an offer");
    assert_eq!(story.as_(Role::Akimat, &offer()), Err("OFFER_OPEN"));
    assert_eq!(story.take(OTHER_AKIMAT, &grant(&today)), Err("OFFER_NOT_ACCEPTED"));
    story.take(APPLICANT, &answer(false)).expect("a refusal");
    assert!(story.case.has_place());
    assert_eq!(story.take(APPLICANT, &answer(true)), Err("NO_OFFER"));
    assert_eq!(story.take(OTHER_AKIMAT, &grant(&today)), Err("OFFER_NOT_ACCEPTED"));
    story.later("2026-11-10T07:00:00Z");
    story.as_(Role::Akimat, &offer()).expect("another offer");
    let mut late = story.clone();
    late.later("2026-12-10T06:00:00Z");
    assert_eq!(late.take(APPLICANT, &answer(true)), Err("ANSWER_TOO_LATE"));
    // Whoever does not answer in time keeps nobody else waiting.
    late.as_(Role::Akimat, &offer()).expect("a new offer");
    assert_eq!(late.as_(Role::Akimat, &offer()), Err("OFFER_OPEN"));
    story.later("2026-11-11T07:00:00Z");
    story.take(APPLICANT, &answer(true)).expect("consent");
    story.later("2026-11-12T07:00:00Z");
    for date in ["1999-01-01", "2026-11-10", "2026-11-13"] {
        assert_eq!(story.take(OTHER_AKIMAT, &grant(date)), Err("GRANT_DATE"), "{date}");
    }
    assert_eq!(story.as_(Role::Akimat, &grant("2026-11-12")), Err("SAME_OFFICIAL"));
    story.take(OTHER_AKIMAT, &grant("2026-11-11")).expect("granted");
    assert_eq!(story.case.place, Some(Place::Granted));
    assert_eq!(story.as_(Role::Akimat, &offer()), Err("NO_PLACE"));
}

/// Law 74: out of turn only by a basis of the law and a second official, and not the applicant's to answer before.
#[test]
fn out_of_turn_needs_two() {
    for basis in Basis::ALL {
        let mut story = Story::registered(Channel::Portal);
        story.ahead = Some(7);
        story.as_(Role::Akimat, &out_of_turn(basis)).expect("an offer");
        assert!(!story.case.moments.contains_key(&Milestone::Offered), "no time runs yet");
        assert_eq!(story.take(APPLICANT, &answer(true)), Err("NO_OFFER"));
        assert_eq!(story.as_(Role::Akimat, &out_of_turn(basis)), Err("OFFER_OPEN"));
        let confirm = Content::Plain(Step::ConfirmOffer);
        assert_eq!(story.as_(Role::Akimat, &confirm), Err("SAME_OFFICIAL"));
        assert_eq!(story.as_(Role::Executor, &confirm), Err("WRONG_ROLE"));
        story.later("2026-11-20T07:00:00Z");
        story.take(OTHER_AKIMAT, &confirm).expect("confirmed");
        assert_eq!(story.case.moments.get(&Milestone::Offered), Some(&story.now));
        story.later("2026-11-20T07:01:00Z");
        assert_eq!(story.take(OTHER_AKIMAT, &confirm), Err("NOTHING_TO_CONFIRM"));
        story.take(APPLICANT, &answer(true)).expect("consent");
    }
    let mut story = Story::registered(Channel::Portal);
    assert_eq!(story.take(OTHER_AKIMAT, &Content::Plain(Step::ConfirmOffer)), Err("NO_OFFER"));
    let judged = |number: Option<&str>, basis| {
        let judgement = number
            .map(|number| Judgement { number: number.into(), date: "2027-01-01".parse().expect("a date") });
        let why = OutOfTurn { basis, grounds: "so".into(), judgement };
        Content::Offer { dwelling: flat(), out_of_turn: Some(why) }
    };
    assert_eq!(story.as_(Role::Akimat, &judged(None, Basis::Judgement)), Err("JUDGEMENT_REQUIRED"));
    assert_eq!(story.as_(Role::Akimat, &judged(Some("1"), Basis::KilledOnDuty)), Err("JUDGEMENT_UNEXPECTED"));
    assert_eq!(story.as_(Role::Akimat, &judged(Some("1"), Basis::Judgement)), Err("JUDGEMENT_DATE"));
}

#[test]
fn an_offer_is_taken_back_or_ends_with_the_place() {
    let mut story = Story::registered(Channel::Portal);
    assert_eq!(story.as_(Role::Akimat, &withdraw()), Err("NO_OFFER"));
    story.as_(Role::Akimat, &offer()).expect("an offer");
    let mut moved = story.clone();
    story.as_(Role::Akimat, &withdraw()).expect("taken back");
    assert_eq!(story.take(APPLICANT, &answer(true)), Err("NO_OFFER"));
    assert_eq!(story.as_(Role::Akimat, &withdraw()), Err("NO_OFFER"));
    let reason = "the house is not finished".to_owned();
    assert_eq!(story.case.offers[0].ended, Some(Ended::Withdrawn { reason }));

    moved.take(APPLICANT, &answer(true)).expect("consent");
    moved.is_of_family = true;
    let holder = "850101300615".to_owned();
    moved.as_(Role::Executor, &propose(MoveKind::Transfer { holder })).expect("proposed");
    moved.as_(Role::Head, &Content::Plain(Step::ConfirmMove)).expect("confirmed");
    assert_eq!(moved.case.offers[0].ended, Some(Ended::PlaceMoved));
    let today = moved.now.to_string()[..10].to_owned();
    assert_eq!(moved.take(OTHER_AKIMAT, &grant(&today)), Err("OFFER_NOT_ACCEPTED"));
}

#[test]
fn what_was_proposed_ends_with_the_grant() {
    let mut story = Story::registered(Channel::Portal);
    story.as_(Role::Executor, &propose(MoveKind::Remove)).expect("proposed");
    story.as_(Role::Akimat, &offer()).expect("an offer");
    story.as_(Role::Applicant, &answer(true)).expect("an answer");
    let today = story.now.to_string()[..10].to_owned();
    story.take(OTHER_AKIMAT, &grant(&today)).expect("granted");
    assert!(story.case.proposed.is_none());
    assert_eq!(story.as_(Role::Head, &Content::Plain(Step::ConfirmMove)), Err("NOTHING_PROPOSED"));
    assert_eq!(story.case.place, Some(Place::Granted));
}

#[test]
fn what_a_dwelling_must_have() {
    let mut story = Story::registered(Channel::Portal);
    let with = |change: fn(&mut Dwelling)| {
        let mut dwelling = flat();
        change(&mut dwelling);
        Content::Offer { dwelling, out_of_turn: None }
    };
    for (bad, code) in [
        (with(|flat| flat.cadastral_number = "flat 15".into()), "CADASTRAL_NUMBER_FORM"),
        (with(|flat| flat.cadastral_number.clear()), "EMPTY"),
        (with(|flat| flat.address.clear()), "EMPTY"),
        (with(|flat| flat.area = "54,3".into()), "AREA_FORM"),
        (with(|flat| flat.rooms = 0), "UNKNOWN_VALUE"),
        (with(|flat| flat.floor = Some(200)), "UNKNOWN_VALUE"),
    ] {
        assert_eq!(story.as_(Role::Akimat, &bad), Err(code), "{bad:?}");
    }
    let document = VerifiedDocument::for_test(&offer().to_xml("N"), who(Role::Akimat), None, story.now);
    let read = Act::read(&document, &Rules::default()).expect("an act");
    assert_eq!(*read.content(), offer());
}

/// Domain 1: the centre is there for those who have no EDS.
#[test]
fn at_a_centre_an_applicant_needs_no_eds() {
    let inspector = who(Role::Inspector);
    let mut story = Story::registered(Channel::Centre);
    story.as_(Role::Akimat, &offer()).expect("an offer");
    assert_eq!(story.take(inspector, &answer(true)), Err("PAPER_REQUIRED"));
    assert_eq!(story.on_paper(APPLICANT, &answer(true)), Err("PAPER_UNEXPECTED"));
    assert_eq!(story.on_paper(who(Role::Head), &answer(true)), Err("WRONG_ROLE"));
    // In no other step a paper is named.
    assert_eq!(story.on_paper(who(Role::Akimat), &withdraw()), Err("UNKNOWN_ELEMENT"));
    let mut elsewhere = story.clone();
    elsewhere.case.centre = Some("medeu".into());
    assert_eq!(elsewhere.on_paper(inspector, &answer(true)), Err("WRONG_CENTRE"));
    let mut own = story.clone();
    own.own_case = true;
    assert_eq!(own.on_paper(inspector, &answer(true)), Err("OWN_CASE"));
    story.on_paper(inspector, &answer(true)).expect("taken down");
    let complaint = Content::Complain { text: "slow".into() };
    story.on_paper(who(Role::CentreEmployee), &complaint).expect("taken down");
    story.on_paper(inspector, &Content::Plain(Step::RequestAccess)).expect("taken down");
    let mut begun = Story::new(Channel::Centre);
    begun.on_paper(inspector, &Content::Plain(Step::Withdraw)).expect("taken down");
    assert_eq!(begun.case.state, State::Withdrawn);
}

/// A part at one centre is none at another, whatever else somebody is.
#[test]
fn a_part_is_of_its_centre() {
    let centres = |role, centre: &str| Part { role, centre: Some(centre.into()) };
    let parts = vec![centres(Role::Inspector, "medeu"), centres(Role::Dispatcher, "almaly")];
    let actor = Actor { iin: APPLICANT.into(), parts, certificate_sha256: [0; 32] };
    let acts = |role, centre| actor.acts_as(&[role], Some(centre), false);
    assert_eq!(acts(Role::Dispatcher, "almaly"), Ok(Role::Dispatcher));
    assert_eq!(acts(Role::Dispatcher, "medeu"), Err("WRONG_CENTRE"));
    assert_eq!(acts(Role::Head, "medeu"), Err("WRONG_ROLE"));
    assert_eq!(actor.acts_as(&[Role::Inspector], None, false), Ok(Role::Inspector));
    assert_eq!(actor.acts_as(&[Role::Inspector], Some("medeu"), true), Err("OWN_CASE"));
}
