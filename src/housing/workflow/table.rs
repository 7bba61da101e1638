//! The table of steps: who takes a step, when, what it makes, which milestones it reaches, and where
//! the regulation says so. All that can be told of the process without the content of an act stands here, so
//! that a reader of the regulation can go through it row by row; the document of the process is written from
//! it ([`super::diagram`]).

use super::{Channel, State};
use crate::housing::Role;
use crate::housing::clock::Milestone;
use serde::{Deserialize, Serialize};

/// A step of a case, taken by an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Step {
    CompleteEvidence,
    SendToProvider,
    ReceivePackage,
    RegisterIncoming,
    PutBeforeOfficial,
    AssignExecutor,
    Forward,
    Memo,
    PutOnAgenda,
    Vote,
    CommissionDecision,
    DraftNotice,
    SignNotice,
    DraftLetter,
    SignLetter,
    RegisterOutgoing,
    ReceiveResult,
    Issue,
    SendUnclaimed,
    IssueUnclaimed,
    Withdraw,
    Complain,
    AnswerComplaint,
    RequestAccess,
    Offer,
    ConfirmOffer,
    WithdrawOffer,
    AnswerOffer,
    Grant,
    ProposeMove,
    ConfirmMove,
    TakeInventory,
}

/// What a step makes beside the act itself, sealed by the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Makes {
    Notice,
    ReturnLetter,
    GrantingOffer,
    GrantingDecision,
    RemovalNotice,
}

impl Makes {
    /// The kind of the document among those of the case.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::ReturnLetter => "return-letter",
            Self::GrantingOffer => "granting-offer",
            Self::GrantingDecision => "granting-decision",
            Self::RemovalNotice => "removal-notice",
        }
    }
}

/// From where a step is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// One of these states.
    States(&'static [State]),
    /// Any state in which nothing has been signed that ends the case.
    Unsigned,
    /// Any state.
    Any,
    /// Any state in which the case has a place in a list.
    Place,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub step: Step,
    /// Item of the regulation, or the decision.
    pub source: &'static str,
    /// The channel; both where none is named.
    pub channel: Option<Channel>,
    pub from: From,
    /// The roles, any of which takes the step.
    pub roles: &'static [Role],
    /// States after it; which of several, the act tells. None where the state stays.
    pub to: &'static [State],
    /// Milestones that it reaches, by which the clocks of a case run ([`crate::housing::clock`]).
    pub reaches: &'static [Milestone],
    pub makes: Option<Makes>,
    /// What is done, in words.
    pub action: &'static str,
    /// What the act says and what must hold besides turn and role, with the codes of the refusals.
    pub needs: &'static str,
}

const CENTRE: Option<Channel> = Some(Channel::Centre);
const PORTAL: Option<Channel> = Some(Channel::Portal);
const OFFICIAL: &[Role] = &[Role::Head, Role::Deputy];
/// Who signs notices and letters (decision G6). An office may name others: see [`Row::roles_in`].
pub const SIGNATORY: &[Role] = OFFICIAL;
/// The applicant, or for one without an EDS whoever at a centre takes down what the applicant has signed on paper.
const APPLICANT: &[Role] = &[Role::Applicant, Role::Inspector, Role::CentreEmployee];

/// A row of which the rest is to be filled in.
const fn row(step: Step, source: &'static str, channel: Option<Channel>, from: From) -> Row {
    Row { step, source, channel, from, roles: &[], to: &[], reaches: &[], makes: None, action: "", needs: "" }
}

/// Milestones that a case has reached when it begins. What comes through the portal is at the provider at once,
/// registered and before the official.
pub fn reached_by_filing(channel: Channel) -> &'static [Milestone] {
    match channel {
        Channel::Centre => &[Milestone::Filed],
        Channel::Portal => {
            &[Milestone::Filed, Milestone::Received, Milestone::Registered, Milestone::HandedOver]
        }
    }
}

use State::{
    Accepted, AtCentre, AtProvider, AwaitingEvidence, BeforeOfficial, Decided, ExecutorNamed,
    FoundIncomplete, Issued, LetterDrafted, LetterSigned, MemoPrepared, NoticeDrafted, NoticeSigned,
    Notified, OnAgenda, Refused, Registered, SentToCentre, SentToProvider, Unclaimed, WithExecutor,
    Withdrawn,
};

/// The process.
pub const TABLE: &[Row] = &[
    Row {
        roles: &[Role::Service],
        to: &[Accepted, Refused],
        action: "has the revocation status that nobody could tell when the application was filed: it goes on as filed then, or is refused because the certificate was revoked before",
        needs: "revocation data that tell of the moment of filing; no act: the service does it",
        ..row(Step::CompleteEvidence, "provisional acceptance", CENTRE, From::States(&[AwaitingEvidence]))
    },
    Row {
        roles: &[Role::Service],
        to: &[Registered, Refused],
        action: "has the revocation status that nobody could tell when the application was filed: it goes on as filed then, or is refused because the certificate was revoked before",
        needs: "revocation data that tell of the moment of filing; no act: the service does it",
        ..row(Step::CompleteEvidence, "provisional acceptance", PORTAL, From::States(&[AwaitingEvidence]))
    },
    Row {
        roles: &[Role::Dispatcher],
        to: &[SentToProvider],
        action: "sends application and documents to the provider with the courier, on a courier list",
        needs: "the courier list, `LIST_DATE`",
        ..row(Step::SendToProvider, "8.1", CENTRE, From::States(&[Accepted]))
    },
    Row {
        roles: &[Role::Chancellery],
        to: &[AtProvider],
        reaches: &[Milestone::Received],
        action: "takes application and documents over from the courier",
        needs: "the list over against which it is taken over, `NOT_ON_LIST`",
        ..row(Step::ReceivePackage, "8.2", CENTRE, From::States(&[SentToProvider]))
    },
    Row {
        roles: &[Role::Chancellery],
        to: &[Registered],
        reaches: &[Milestone::Registered],
        action: "enters the application in the base of incoming mail, with number and date",
        needs: "the incoming number",
        ..row(Step::RegisterIncoming, "8.2, 6, 7", CENTRE, From::States(&[AtProvider]))
    },
    Row {
        roles: &[Role::Chancellery, Role::Executor],
        to: &[BeforeOfficial],
        reaches: &[Milestone::HandedOver],
        action: "looks the documents through and puts them before the official",
        ..row(Step::PutBeforeOfficial, "8.2, 6, 7", CENTRE, From::States(&[Registered]))
    },
    Row {
        roles: OFFICIAL,
        to: &[ExecutorNamed],
        reaches: &[Milestone::ExecutorNamed],
        action: "names the responsible executor, or another one in place of the first",
        needs: "an official who is an executor, `NOT_AN_EXECUTOR`",
        ..row(
            Step::AssignExecutor,
            "8.3",
            CENTRE,
            From::States(&[BeforeOfficial, ExecutorNamed, WithExecutor]),
        )
    },
    Row {
        roles: OFFICIAL,
        to: &[ExecutorNamed],
        reaches: &[Milestone::ExecutorNamed],
        action: "names the responsible executor, or another one in place of the first",
        needs: "an official who is an executor, `NOT_AN_EXECUTOR`",
        ..row(Step::AssignExecutor, "9.7", PORTAL, From::States(&[Registered, ExecutorNamed]))
    },
    Row {
        roles: &[Role::DocumentarySupport],
        to: &[WithExecutor],
        action: "hands application and documents to the executor",
        ..row(Step::Forward, "8.4", CENTRE, From::States(&[ExecutorNamed]))
    },
    Row {
        roles: &[Role::Executor],
        to: &[MemoPrepared, FoundIncomplete],
        action: "examines completeness (conditions 1 and 2); where all is there, prepares the memo to register or to refuse",
        needs: "the executor of the case, `WRONG_EXECUTOR`; the missing documents, or of every conflict how it was resolved, `CONFLICT_UNANSWERED`, `NO_SUCH_CONFLICT`",
        ..row(Step::Memo, "8.5-8.7, 8.13", CENTRE, From::States(&[WithExecutor]))
    },
    Row {
        roles: &[Role::Executor],
        to: &[MemoPrepared, FoundIncomplete],
        action: "checks data and scans (condition 2); where all is there, prepares the memo to register or to refuse",
        needs: "the executor of the case, `WRONG_EXECUTOR`; the missing documents, or of every conflict how it was resolved, `CONFLICT_UNANSWERED`, `NO_SUCH_CONFLICT`",
        ..row(Step::Memo, "9.8, 9.10", PORTAL, From::States(&[ExecutorNamed]))
    },
    Row {
        roles: &[Role::Secretary, Role::Executor],
        to: &[OnAgenda],
        action: "puts the case on the agenda of a sitting of the housing commission that leaves time for the rest",
        needs: "a sitting of today or later that leaves time, `SITTING_DATE`, `SITTING_TOO_LATE`; a new one once votes were cast, `ALREADY_VOTED`",
        ..row(Step::PutOnAgenda, "8.8, 9.11, G1", None, From::States(&[MemoPrepared, OnAgenda]))
    },
    Row {
        roles: &[Role::Commission, Role::Chair],
        action: "votes at the sitting",
        needs: "a member, `NOT_A_MEMBER`, once, `ALREADY_VOTED`, not before the sitting, `SITTING_DATE`",
        ..row(Step::Vote, "8.8, 9.11", None, From::States(&[OnAgenda]))
    },
    Row {
        roles: &[Role::Chair, Role::Commission],
        to: &[Decided],
        reaches: &[Milestone::Decided],
        action: "signs the minutes of the decision, which the votes of a quorum bear",
        needs: "whoever presides, where somebody does; the date of the sitting, `DECISION_DATE`; a quorum, `NO_QUORUM`; what the votes say, `VOTES_SAY_OTHERWISE`; of a refusal the grounds, `GROUND_REQUIRED`, `NO_SUCH_GROUND`, `GROUND_UNEXPLAINED`",
        ..row(Step::CommissionDecision, "8.8, 9.11", None, From::States(&[OnAgenda]))
    },
    Row {
        roles: &[Role::Executor],
        to: &[NoticeDrafted],
        action: "prepares the notice of registration or of refusal and gives it for signature",
        needs: "the executor of the case, `WRONG_EXECUTOR`",
        ..row(Step::DraftNotice, "8.9", CENTRE, From::States(&[Decided]))
    },
    Row {
        roles: &[Role::Executor],
        to: &[NoticeDrafted],
        action: "prepares the notice of registration or of refusal, or of refusal for incompleteness",
        needs: "the executor of the case, `WRONG_EXECUTOR`",
        ..row(Step::DraftNotice, "9.9, 9.12", PORTAL, From::States(&[Decided, FoundIncomplete]))
    },
    Row {
        roles: SIGNATORY,
        to: &[NoticeSigned],
        reaches: &[Milestone::Signed],
        makes: Some(Makes::Notice),
        action: "signs the notice; whoever is registered takes the place in the list",
        needs: "memo and, but for incompleteness, decision; the notice passes the service's own verifier before it leaves",
        ..row(Step::SignNotice, "8.10, G6", CENTRE, From::States(&[NoticeDrafted]))
    },
    Row {
        roles: SIGNATORY,
        to: &[Notified],
        reaches: &[Milestone::Signed],
        makes: Some(Makes::Notice),
        action: "signs the notice, which goes to the personal account and, if asked, by e-mail",
        needs: "memo and, but for incompleteness, decision; the notice passes the service's own verifier before it leaves",
        ..row(Step::SignNotice, "9.12, 3(2), G6", PORTAL, From::States(&[NoticeDrafted]))
    },
    Row {
        roles: &[Role::Executor],
        to: &[LetterDrafted],
        action: "prepares the letter that returns the documents as incomplete",
        needs: "the executor of the case, `WRONG_EXECUTOR`",
        ..row(Step::DraftLetter, "8.14", CENTRE, From::States(&[FoundIncomplete]))
    },
    Row {
        roles: SIGNATORY,
        to: &[LetterSigned],
        reaches: &[Milestone::Signed],
        makes: Some(Makes::ReturnLetter),
        action: "signs the letter, which names every missing document",
        needs: "the missing documents of the memo; the letter passes the service's own verifier before it leaves",
        ..row(Step::SignLetter, "8.15, G2", CENTRE, From::States(&[LetterDrafted]))
    },
    Row {
        roles: &[Role::DocumentarySupport],
        to: &[SentToCentre],
        action: "registers notice or letter and gives it to the courier of the centre, on a courier list",
        needs: "the outgoing number, the courier list, `LIST_DATE`",
        ..row(Step::RegisterOutgoing, "8.11, 8.16", CENTRE, From::States(&[NoticeSigned, LetterSigned]))
    },
    Row {
        roles: &[Role::Dispatcher, Role::CentreEmployee],
        to: &[AtCentre],
        reaches: &[Milestone::Delivered, Milestone::Ready],
        action: "takes the result in at the centre, ready for the applicant",
        needs: "the list over against which it is taken over, `NOT_ON_LIST`",
        ..row(Step::ReceiveResult, "8.12, 8.17, 10", CENTRE, From::States(&[SentToCentre]))
    },
    Row {
        roles: &[Role::CentreEmployee],
        to: &[Issued],
        reaches: &[Milestone::Issued],
        action: "gives notice or letter to the applicant or the representative, against signature",
        ..row(Step::Issue, "8.12, 8.17", CENTRE, From::States(&[AtCentre]))
    },
    Row {
        roles: &[Role::Dispatcher],
        to: &[Unclaimed],
        reaches: &[Milestone::Issued],
        action: "after the month of storage sends what was not fetched to the provider, on the register of unclaimed results",
        needs: "the month of storage is over, `STORAGE_NOT_OVER`; the register, with its number",
        ..row(Step::SendUnclaimed, "16", CENTRE, From::States(&[AtCentre]))
    },
    Row {
        roles: &[Role::Chancellery],
        to: &[Issued],
        action: "gives a stored result to the applicant who comes later",
        ..row(Step::IssueUnclaimed, "16", CENTRE, From::States(&[Unclaimed]))
    },
    Row {
        roles: APPLICANT,
        to: &[Withdrawn],
        reaches: &[Milestone::Withdrawn],
        action: "withdraws the application before notice or letter is signed",
        needs: "without an EDS the scan of the signed request, `PAPER_REQUIRED`",
        ..row(Step::Withdraw, "G8", None, From::Unsigned)
    },
    Row {
        roles: APPLICANT,
        reaches: &[Milestone::Complained],
        action: "complains; the case goes on",
        needs: "the text; no complaint that waits for its answer, `COMPLAINT_OPEN`",
        ..row(Step::Complain, "G8", None, From::Any)
    },
    Row {
        roles: APPLICANT,
        action: "asks for a new key to the case; the former one opens it no more",
        needs: "without an EDS the scan of the signed request, `PAPER_REQUIRED`",
        ..row(Step::RequestAccess, "Law 73(2)", None, From::Any)
    },
    Row {
        roles: OFFICIAL,
        reaches: &[Milestone::ComplaintAnswered],
        action: "answers a complaint",
        needs: "the answer, to a complaint that has none, `NO_SUCH_COMPLAINT`",
        ..row(Step::AnswerComplaint, "G8", None, From::Any)
    },
    Row {
        roles: &[Role::Akimat],
        reaches: &[Milestone::Offered],
        makes: Some(Makes::GrantingOffer),
        action: "offers a dwelling to whoever is first in the list, or out of turn with a basis of the law",
        needs: "the dwelling; nobody ahead in the list, `NOT_FIRST_IN_LIST`, or the basis out of turn; no other offer of it, of the case or to the person, `DWELLING_TAKEN`, `OFFER_OPEN`, `PERSON_HOUSED`",
        ..row(Step::Offer, "3(3), G8, Law 74", None, From::Place)
    },
    Row {
        roles: &[Role::Akimat],
        reaches: &[Milestone::Offered],
        makes: Some(Makes::GrantingOffer),
        action: "confirms an offer out of turn as a second official; only then is it the applicant's to answer",
        needs: "another official than who offers, `SAME_OFFICIAL`, `NOTHING_TO_CONFIRM`",
        ..row(Step::ConfirmOffer, "3(3), Law 74", None, From::Place)
    },
    Row {
        roles: &[Role::Akimat],
        action: "takes an offer back that has not been decided upon, with a reason",
        needs: "the reason; an offer that stands, `NO_OFFER`",
        ..row(Step::WithdrawOffer, "3(3), G8", None, From::Place)
    },
    Row {
        roles: APPLICANT,
        reaches: &[Milestone::OfferAnswered],
        action: "agrees to the dwelling or refuses it with a reason",
        needs: "an offer that is open and within its time, `NO_OFFER`, `ANSWER_TOO_LATE`; of a refusal the reason",
        ..row(Step::AnswerOffer, "3(3), G8", None, From::Place)
    },
    Row {
        roles: &[Role::Akimat],
        makes: Some(Makes::GrantingDecision),
        action: "decides, as another official than who offered, to grant the dwelling; the place leaves the list",
        needs: "consent, `OFFER_NOT_ACCEPTED`; another official than who offered, `SAME_OFFICIAL`; number and date, `GRANT_DATE`",
        ..row(Step::Grant, "3(3)", None, From::Place)
    },
    Row {
        roles: &[Role::Executor],
        action: "proposes to pass on, move, remove or restore a place, with the legal basis",
        needs: "the basis; a place that can be moved so, `MOVE_IMPOSSIBLE`; to whom it passes, `NOT_OF_THE_FAMILY`; of a restoration the judgement, `JUDGEMENT_DATE`; of a removal the grounds, `GROUND_REQUIRED`",
        ..row(Step::ProposeMove, "G8, Law 73", None, From::Any)
    },
    Row {
        roles: OFFICIAL,
        makes: Some(Makes::RemovalNotice),
        action: "confirms it as a second official; the list changes, and whoever is removed is told with the grounds",
        needs: "a proposal, `NOTHING_PROPOSED`, of another official, `SAME_OFFICIAL`",
        ..row(Step::ConfirmMove, "G8, Law 73", None, From::Any)
    },
    Row {
        roles: &[Role::Executor],
        action: "finds in the yearly inventory that a place stands, needs documents, or is to be removed, with grounds",
        needs: "an inventory that was begun, `NO_INVENTORY`; of a removal the grounds, `GROUND_REQUIRED`",
        ..row(Step::TakeInventory, "Law 71, 73", None, From::Place)
    },
];

impl Step {
    pub const ALL: [Self; 32] = [
        Self::CompleteEvidence,
        Self::SendToProvider,
        Self::ReceivePackage,
        Self::RegisterIncoming,
        Self::PutBeforeOfficial,
        Self::AssignExecutor,
        Self::Forward,
        Self::Memo,
        Self::PutOnAgenda,
        Self::Vote,
        Self::CommissionDecision,
        Self::DraftNotice,
        Self::SignNotice,
        Self::DraftLetter,
        Self::SignLetter,
        Self::RegisterOutgoing,
        Self::ReceiveResult,
        Self::Issue,
        Self::SendUnclaimed,
        Self::IssueUnclaimed,
        Self::Withdraw,
        Self::Complain,
        Self::AnswerComplaint,
        Self::RequestAccess,
        Self::Offer,
        Self::ConfirmOffer,
        Self::WithdrawOffer,
        Self::AnswerOffer,
        Self::Grant,
        Self::ProposeMove,
        Self::ConfirmMove,
        Self::TakeInventory,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::CompleteEvidence => "complete-evidence",
            Self::SendToProvider => "send-to-provider",
            Self::ReceivePackage => "receive-package",
            Self::RegisterIncoming => "register-incoming",
            Self::PutBeforeOfficial => "put-before-official",
            Self::AssignExecutor => "assign-executor",
            Self::Forward => "forward",
            Self::Memo => "memo",
            Self::PutOnAgenda => "put-on-agenda",
            Self::Vote => "vote",
            Self::CommissionDecision => "commission-decision",
            Self::DraftNotice => "draft-notice",
            Self::SignNotice => "sign-notice",
            Self::DraftLetter => "draft-letter",
            Self::SignLetter => "sign-letter",
            Self::RegisterOutgoing => "register-outgoing",
            Self::ReceiveResult => "receive-result",
            Self::Issue => "issue",
            Self::SendUnclaimed => "send-unclaimed",
            Self::IssueUnclaimed => "issue-unclaimed",
            Self::Withdraw => "withdraw",
            Self::Complain => "complain",
            Self::AnswerComplaint => "answer-complaint",
            Self::RequestAccess => "request-access",
            Self::Offer => "offer",
            Self::ConfirmOffer => "confirm-offer",
            Self::WithdrawOffer => "withdraw-offer",
            Self::AnswerOffer => "answer-offer",
            Self::Grant => "grant",
            Self::ProposeMove => "propose-move",
            Self::ConfirmMove => "confirm-move",
            Self::TakeInventory => "take-inventory",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.code() == code)
    }

    /// The row of the step in a channel.
    pub fn row(self, channel: Channel) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.step == self && row.channel.is_none_or(|only| only == channel))
    }
}

/// The states in which a case can be after a step, of those in which it can have been before.
pub fn states_after(before: &[State], step: Step, channel: Channel) -> Vec<State> {
    let Some(row) = step.row(channel) else { return Vec::new() };
    let mut after = Vec::new();
    for state in before.iter().filter(|state| row.is_from(**state, true)) {
        match row.to {
            [] => after.push(*state),
            to => after.extend(to),
        }
    }
    after.sort_unstable();
    after.dedup();
    after
}

impl Row {
    /// The roles, any of which takes the step, where an office has `signatories` sign its notices and letters.
    pub fn roles_in<'a>(&self, signatories: &'a [Role]) -> &'a [Role] {
        match self.step {
            Step::SignNotice | Step::SignLetter => signatories,
            _ => self.roles,
        }
    }

    /// Whether the step is taken from a state.
    pub fn is_from(&self, state: State, has_place: bool) -> bool {
        match self.from {
            From::States(states) => states.contains(&state),
            From::Unsigned => !state.is_signed() && !state.is_closed(),
            From::Any => true,
            From::Place => has_place,
        }
    }
}
