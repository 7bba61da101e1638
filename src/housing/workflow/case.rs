//! What a case has gathered, and what a step adds to it. The officials that acted are in it by their IIN, as the acts
//! that they signed name them; the applicant is not, but whom a place is to pass to is until that is confirmed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::table::{Makes, Step, reached_by_filing};
use crate::housing::clock::{self, Channel, Limits, Milestone};
use crate::housing::edition::Ground;
use crate::housing::granting::{Ended, Offer, Standing};
use crate::housing::inventory::Finding;
use crate::housing::{Category, Role};
use crate::validation::report::hex;

/// Where a case stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum State {
    /// Accepted provisionally: nobody could be asked whether the certificate of the signature is revoked.
    AwaitingEvidence,
    Accepted,
    SentToProvider,
    AtProvider,
    #[default]
    Registered,
    BeforeOfficial,
    ExecutorNamed,
    WithExecutor,
    MemoPrepared,
    OnAgenda,
    Decided,
    NoticeDrafted,
    NoticeSigned,
    FoundIncomplete,
    LetterDrafted,
    LetterSigned,
    SentToCentre,
    AtCentre,
    Unclaimed,
    /// The result is in the applicant's hands (centre).
    Issued,
    /// The result is in the personal account (portal).
    Notified,
    Withdrawn,
    /// The certificate of the signature had been revoked before the application was filed.
    Refused,
}

impl State {
    pub const ALL: [Self; 23] = [
        Self::AwaitingEvidence,
        Self::Accepted,
        Self::SentToProvider,
        Self::AtProvider,
        Self::Registered,
        Self::BeforeOfficial,
        Self::ExecutorNamed,
        Self::WithExecutor,
        Self::MemoPrepared,
        Self::OnAgenda,
        Self::Decided,
        Self::NoticeDrafted,
        Self::NoticeSigned,
        Self::FoundIncomplete,
        Self::LetterDrafted,
        Self::LetterSigned,
        Self::SentToCentre,
        Self::AtCentre,
        Self::Unclaimed,
        Self::Issued,
        Self::Notified,
        Self::Withdrawn,
        Self::Refused,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::AwaitingEvidence => "awaiting-evidence",
            Self::Accepted => "accepted",
            Self::SentToProvider => "sent-to-provider",
            Self::AtProvider => "at-provider",
            Self::Registered => "registered",
            Self::BeforeOfficial => "before-official",
            Self::ExecutorNamed => "executor-named",
            Self::WithExecutor => "with-executor",
            Self::MemoPrepared => "memo-prepared",
            Self::OnAgenda => "on-agenda",
            Self::Decided => "decided",
            Self::NoticeDrafted => "notice-drafted",
            Self::NoticeSigned => "notice-signed",
            Self::FoundIncomplete => "found-incomplete",
            Self::LetterDrafted => "letter-drafted",
            Self::LetterSigned => "letter-signed",
            Self::SentToCentre => "sent-to-centre",
            Self::AtCentre => "at-centre",
            Self::Unclaimed => "unclaimed",
            Self::Issued => "issued",
            Self::Notified => "notified",
            Self::Withdrawn => "withdrawn",
            Self::Refused => "refused",
        }
    }

    /// The first state of a case.
    pub fn first(channel: Channel) -> Self {
        match channel {
            Channel::Centre => Self::Accepted,
            Channel::Portal => Self::Registered,
        }
    }

    /// Whether notice or letter has been signed, so that the answer stands.
    pub fn is_signed(self) -> bool {
        matches!(
            self,
            Self::NoticeSigned
                | Self::LetterSigned
                | Self::SentToCentre
                | Self::AtCentre
                | Self::Unclaimed
                | Self::Issued
                | Self::Notified
        )
    }

    /// Whether no step is expected any more.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Issued | Self::Notified | Self::Withdrawn | Self::Refused)
    }
}

/// The executor's memo (items 8.5 to 8.7 and 9.8 to 9.10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Memo {
    Complete {
        register: bool,
        ground: Option<String>,
        /// How each conflict of the case was resolved.
        #[serde(default)]
        resolved: Vec<Resolution>,
    },
    Incomplete {
        missing: Vec<String>,
    },
}

/// What the executor found of another case or place of the same person or family (decision "Duplicates").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// Number of the other case.
    pub other: String,
    /// How it was resolved, in words.
    pub how: String,
}

/// A sitting of the commission on whose agenda a case stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Sitting {
    pub date: Date,
    pub number: String,
    /// Why it is later than the time limit allows, where nothing earlier is possible any more.
    pub delay: Option<String>,
}

/// How a member votes on registering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Ballot {
    Register,
    Refuse,
    Abstain,
}

/// A member's vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Vote {
    pub member: String,
    pub ballot: Ballot,
}

/// The commission's decision (items 8.8 and 9.11): to register, or to refuse on grounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Decision {
    /// By code of the edition of the case. Decisions of before grounds had codes have a reason alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ground_codes: Vec<String>,
    /// In words, beside the grounds or where the edition knows none.
    pub reason: Option<String>,
    pub date: Date,
    pub minutes_number: String,
}

impl Decision {
    /// Whether it is to register: it refuses with a ground or a reason.
    pub fn registers(&self) -> bool {
        self.ground_codes.is_empty() && self.reason.is_none()
    }
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The queue number on the date of the notice.
    Registered {
        #[allow(missing_docs)]
        queue_number: u64,
    },
    #[allow(missing_docs)]
    Refused {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        grounds: Vec<Ground>,
        reason: Option<String>,
    },
    /// Documents missing, by code: the portal refuses (decision G2).
    #[allow(missing_docs)]
    RefusedIncomplete { missing: Vec<String> },
    /// Documents missing, by code: the centre's documents go back (decision G2).
    #[allow(missing_docs)]
    Returned { missing: Vec<String> },
    /// The applicant withdrew.
    Withdrawn,
}

/// A complaint (decision G8); what it says stands in its act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Complaint {
    pub made: Timestamp,
    pub answered: Option<Timestamp>,
}

/// What becomes of a place other than by its order (Law on housing relations 73).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MoveKind {
    /// The remaining family keeps it (73(2)); the new holder by IIN.
    #[allow(missing_docs)]
    Transfer { holder: String },
    /// Another list.
    #[allow(missing_docs)]
    Category { category: Category },
    /// It is removed (73(1)).
    Remove,
    /// A court restores it.
    Restore,
}

/// A change of a place that one official proposes and another confirms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Move {
    pub kind: MoveKind,
    /// Those of the edition of the case on which it is removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grounds: Vec<Ground>,
    /// Article of the law, or the judgement.
    pub basis: String,
    /// The judgement that restores it.
    #[serde(default)]
    pub judgement: Option<Judgement>,
    pub proposed_by: String,
}

/// A decision of a court.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Judgement {
    pub number: String,
    pub date: Date,
}

/// What an inventory found of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Inventoried {
    pub year: i16,
    pub finding: Finding,
}

/// How a place stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Place {
    Waiting,
    Granted,
    Removed,
}

/// The edition of the rules that a case is kept by ([`crate::housing::edition`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptEdition {
    pub name: String,
    /// SHA-256 of its file, in hexadecimal.
    pub sha256: String,
}

/// Everything a case has gathered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Case {
    pub channel: Channel,
    /// The rules of its day of filing; none for a case from before cases had one.
    pub edition: Option<KeptEdition>,
    /// The limits of those rules where they are not as at first: an office that has the edition no more, or another file
    /// by its name, changes nothing of them.
    #[serde(skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    /// The centre's code.
    pub centre: Option<String>,
    pub state: State,
    pub executor: Option<String>,
    /// Numbers of other cases, open or with a place, in which the applicant or one of the family was named when the
    /// application was filed (decision "Duplicates").
    pub conflicts: Vec<String>,
    pub memo: Option<Memo>,
    pub sitting: Option<Sitting>,
    pub votes: Vec<Vote>,
    pub decision: Option<Decision>,
    /// The grounds that the decision names, as the edition of the case words them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grounds: Vec<Ground>,
    pub outcome: Option<Outcome>,
    /// Numbers given on the way: incoming, outgoing, of courier lists and registers, by the step that gave them.
    pub numbers: BTreeMap<Step, String>,
    pub complaints: Vec<Complaint>,
    pub place: Option<Place>,
    pub offers: Vec<Offer>,
    pub proposed: Option<Move>,
    /// What the last inventory found.
    pub inventory: Option<Inventoried>,
    /// The signings that steps were taken by, in hexadecimal: none counts twice.
    pub signings: BTreeSet<String>,
    /// When its milestones came, for its clocks.
    pub moments: BTreeMap<Milestone, Timestamp>,
}

/// What a step adds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Change {
    Nothing,
    Number(String),
    Executor(String),
    Memo(Memo),
    Sitting(Sitting),
    Vote(Vote),
    Decision(Decision, Vec<Ground>),
    /// The answer is signed. A registration has its outcome once the place is taken.
    Answer(Option<Outcome>),
    Withdrawal,
    Complaint,
    ComplaintAnswered(usize),
    Offer(Offer),
    OfferConfirmed,
    /// It was taken back, for this reason.
    OfferWithdrawn(String),
    OfferAnswered(bool),
    Granted,
    Proposed(Move),
    Confirmed,
    /// What an inventory found; a removal is proposed with it.
    Inventoried(Inventoried, Option<Move>),
}

/// A step taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Event {
    /// Of the signing that it rests on; none where the register itself takes the step.
    pub identity: Option<[u8; 32]>,
    /// The part in which it was taken.
    pub by: Role,
    pub step: Step,
    pub to: State,
    pub change: Change,
}

impl Event {
    /// What the log of events calls it.
    pub fn kind(&self) -> &'static str {
        self.step.code()
    }

    /// What it makes of a case: the row says, but for an offer before it is the applicant's to answer, and for moves of
    /// a place other than its removal.
    pub fn makes(&self, before: &Case) -> Option<Makes> {
        let made = self.step.row(before.channel).and_then(|row| row.makes);
        made.filter(|_| match &self.change {
            Change::Offer(offer) => offer.standing() == Standing::Open,
            Change::Confirmed => before.proposed.as_ref().is_some_and(|one| one.kind == MoveKind::Remove),
            _ => true,
        })
    }

    /// Whether somebody takes a place in the list by it.
    pub fn registers(&self) -> bool {
        self.change == Change::Answer(None)
    }
}

impl Case {
    /// A case that begins.
    pub fn begun(channel: Channel, centre: Option<String>, filed: Timestamp) -> Self {
        let moments = reached_by_filing(channel).iter().map(|milestone| (*milestone, filed)).collect();
        Self { channel, centre, state: State::first(channel), moments, ..Self::default() }
    }

    /// A case that begins with an application of which it is not known whether the certificate of its signature is
    /// revoked. Its clocks run as those of any other.
    pub fn awaiting_evidence(channel: Channel, centre: Option<String>, filed: Timestamp) -> Self {
        Self { state: State::AwaitingEvidence, ..Self::begun(channel, centre, filed) }
    }

    /// Whether the case has a place in a list.
    pub fn has_place(&self) -> bool {
        self.place == Some(Place::Waiting)
    }

    /// The last offer, if it was not refused and has not ended; whether its time has run out is the clock's.
    pub fn open_offer(&self) -> Option<&Offer> {
        self.offers.last().filter(|offer| offer.stands())
    }

    fn change_offer(&mut self, change: impl FnOnce(&mut Offer)) {
        if let Some(offer) = self.offers.last_mut().filter(|offer| offer.stands()) {
            change(offer);
        }
    }

    /// An offer that ends is not waited for any more.
    fn end_offer(&mut self, ended: Ended, at: Timestamp) {
        if self.open_offer().is_some_and(|offer| offer.standing() == Standing::Open) {
            self.moments.insert(Milestone::OfferAnswered, at);
        }
        self.change_offer(|offer| offer.ended = Some(ended));
    }

    /// What is due when, by the limits that the case is kept by, those due first in front.
    ///
    /// # Errors
    /// At the end of the calendar.
    pub fn clocks(&self) -> Result<Vec<clock::Clock<'_>>, jiff::Error> {
        clock::clocks(&self.limits, self.channel, &self.moments)
    }

    /// The case after an event.
    #[must_use]
    pub fn apply(mut self, event: &Event, at: Timestamp) -> Self {
        self.state = event.to;
        self.signings.extend(event.identity.map(|identity| hex(&identity)));
        match &event.change {
            Change::Nothing | Change::Confirmed => {}
            Change::Number(number) => {
                self.numbers.insert(event.step, number.clone());
            }
            Change::Executor(executor) => self.executor = Some(executor.clone()),
            Change::Memo(memo) => self.memo = Some(memo.clone()),
            Change::Sitting(sitting) => {
                self.sitting = Some(sitting.clone());
                self.votes.clear();
            }
            Change::Vote(vote) => self.votes.push(vote.clone()),
            Change::Decision(decision, grounds) => {
                self.decision = Some(decision.clone());
                self.grounds.clone_from(grounds);
            }
            Change::Answer(outcome) => {
                self.outcome.clone_from(outcome);
                self.place = outcome.is_none().then_some(Place::Waiting);
            }
            Change::Withdrawal => self.outcome = Some(Outcome::Withdrawn),
            Change::Complaint => self.complaints.push(Complaint { made: at, answered: None }),
            Change::ComplaintAnswered(place) => {
                if let Some(complaint) = self.complaints.get_mut(*place) {
                    complaint.answered = Some(at);
                }
            }
            Change::Offer(offer) => self.offers.push(offer.clone()),
            Change::OfferConfirmed => self.change_offer(|offer| offer.confirmed = true),
            Change::OfferWithdrawn(reason) => {
                self.end_offer(Ended::Withdrawn { reason: reason.clone() }, at);
            }
            Change::OfferAnswered(agrees) => self.change_offer(|offer| offer.answer = Some(*agrees)),
            Change::Granted => {
                self.place = Some(Place::Granted);
                self.proposed = None;
            }
            Change::Proposed(proposed) => self.proposed = Some(proposed.clone()),
            Change::Inventoried(found, removal) => {
                self.inventory = Some(*found);
                let is_removal = self.proposed.as_ref().is_some_and(|one| one.kind == MoveKind::Remove);
                // Whoever is found again is not to be removed any more.
                if removal.is_some() || is_removal {
                    self.proposed.clone_from(removal);
                }
            }
        }
        if event.change == Change::Confirmed
            && let Some(confirmed) = self.proposed.take()
        {
            match confirmed.kind {
                MoveKind::Remove => self.place = Some(Place::Removed),
                MoveKind::Restore => self.place = Some(Place::Waiting),
                MoveKind::Transfer { .. } | MoveKind::Category { .. } => {}
            }
            // It was made to this person, in this list.
            self.end_offer(Ended::PlaceMoved, at);
        }
        self.reach(event, at);
        self
    }

    /// Takes note of the milestones that a step reaches. The first time counts: another executor has no more time
    /// than the first. A second offer is to be answered anew, and of complaints the oldest that has no answer.
    fn reach(&mut self, event: &Event, at: Timestamp) {
        let of_row = event.step.row(self.channel).map_or(&[][..], |row| row.reaches);
        let found_incomplete = matches!(event.change, Change::Memo(Memo::Incomplete { .. }));
        let decided = found_incomplete.then_some(Milestone::Decided);
        if event.to == State::Refused {
            // What was running stops.
            self.moments.entry(Milestone::Withdrawn).or_insert(at);
        }
        let is_unconfirmed = self.open_offer().is_some_and(|offer| offer.standing() == Standing::Unconfirmed);
        for milestone in of_row.iter().copied().chain(decided) {
            match milestone {
                // Not the applicant's to answer yet.
                Milestone::Offered if is_unconfirmed => {}
                Milestone::Complained | Milestone::ComplaintAnswered => self.reach_complaints(),
                Milestone::Offered => {
                    self.moments.insert(milestone, at);
                    self.moments.remove(&Milestone::OfferAnswered);
                }
                _ => {
                    self.moments.entry(milestone).or_insert(at);
                }
            }
        }
    }

    fn reach_complaints(&mut self) {
        let open = self.complaints.iter().find(|complaint| complaint.answered.is_none());
        let Some(shown) = open.or(self.complaints.last()) else { return };
        self.moments.insert(Milestone::Complained, shown.made);
        match shown.answered {
            Some(answered) => self.moments.insert(Milestone::ComplaintAnswered, answered),
            None => self.moments.remove(&Milestone::ComplaintAnswered),
        };
    }
}
