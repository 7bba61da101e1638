//! What goes into the register and what comes out, as plain values.

use crate::housing::workflow::Inventoried;
use crate::housing::{Case, Category, Language};
use jiff::{Timestamp, civil::Date};

/// Makes a sealed XML document once its number is known; quick, because a transaction waits for it.
pub type Seal<'a> = dyn Fn(&str) -> anyhow::Result<Vec<u8>> + Send + Sync + 'a;

/// Makes the sealed receipt of an application once its number and the moment of filing are known; as quick.
pub type MakeReceipt<'a> = dyn Fn(&str, Timestamp) -> anyhow::Result<Vec<u8>> + Send + Sync + 'a;

/// Who caused an event.
#[derive(Clone, Debug)]
pub struct EventActor {
    pub role: &'static str,
    pub certificate_sha256: [u8; 32],
}

/// An event to append. The body holds no personal data.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub kind: &'static str,
    pub actor: EventActor,
    pub body: serde_json::Value,
}

/// A document whose file is already kept.
#[derive(Clone, Debug)]
pub struct NewDocument {
    pub kind: &'static str,
    pub file_name: String,
    pub media_type: String,
    pub size: u64,
    pub sha256: [u8; 32],
}

/// A stored document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub id: String,
    /// `application`, `attachment`, `receipt`, `act`, `notice`, and of state databases `state-questions`,
    /// `state-record`, `state-comparison`; of what was accepted provisionally `evidence-report`, `evidence-revocation` and
    /// `refusal`.
    pub kind: String,
    pub file_name: String,
    pub media_type: String,
    pub size: u64,
    pub sha256: [u8; 32],
}

/// An application to register.
#[derive(Clone, Debug)]
pub struct NewApplication {
    pub office: String,
    pub iin: String,
    /// The name of the person whose case it is; what it is found by.
    pub name: String,
    /// IINs of the family.
    pub family: Vec<String>,
    /// IIN of who acts for the applicant, and the last day of the power of attorney.
    pub representative: Option<(String, Date)>,
    pub category: Category,
    /// The case that begins.
    pub case: Case,
    pub language: Language,
    /// When it came; what is registered is not before the last event of the log.
    pub filed: Timestamp,
    pub due: Date,
    pub document_sha256: [u8; 32],
    pub documents: Vec<NewDocument>,
    pub event: NewEvent,
    pub idempotency: Option<(String, [u8; 32])>,
    /// Identifiers of the questions to state databases that it raises.
    pub questions: Vec<String>,
    /// Where the applicant wants to be told by mail.
    pub contact: Option<String>,
}

/// A registered application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    pub number: String,
    /// 64 hexadecimal digits; only its digest is stored.
    pub access_key: String,
    pub receipt: Document,
    pub due: Date,
    /// An earlier answer to the same request.
    pub repeated: bool,
}

/// A case as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredApplication {
    pub number: String,
    pub case: Case,
    pub category: Category,
    pub language: Language,
    pub filed: Timestamp,
    pub due: Date,
}

/// An event as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    pub seq: i64,
    pub at: Timestamp,
    pub kind: String,
    pub actor_role: String,
    pub body: String,
}

/// A line of the public list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueEntry {
    pub position: u64,
    pub number: String,
    pub filed: Timestamp,
}

/// A place in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuePlace {
    pub category: Category,
    pub position: u64,
    pub filed: Timestamp,
}

/// What a step does to the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueChange {
    Unchanged,
    /// The place that a registration takes.
    Enter,
    Leave,
    /// It is there again, at its old moment.
    Restore,
    /// Another list, at the old moment.
    Move(Category),
    /// Whose it is, by IIN.
    Transfer(String),
}

/// Makes the sealed document of a step from the case with its final outcome.
pub type MakeDocument<'a> = dyn Fn(&Case) -> anyhow::Result<Vec<u8>> + Send + Sync + 'a;

/// A step that was appended.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The case with its outcome.
    pub case: Case,
    /// The sealed document, if the step makes one.
    pub sealed: Option<Document>,
    /// The new key to the case, if the step gives one.
    pub access_key: Option<String>,
}

/// A step to append.
pub struct NewStep<'a> {
    pub number: &'a str,
    /// The case on which the step was decided.
    pub expected: &'a Case,
    pub case: Case,
    pub at: Timestamp,
    pub events: Vec<NewEvent>,
    pub documents: Vec<NewDocument>,
    pub queue: QueueChange,
    /// What an inventory found of the place.
    pub finding: Option<Inventoried>,
    /// The last moment for the answer to the last offer, if one is open.
    pub answer_until: Option<Timestamp>,
    /// The sealed document that it makes, by its kind.
    pub sealed: Option<(&'static str, &'a MakeDocument<'a>)>,
}
