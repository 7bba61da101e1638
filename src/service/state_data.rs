//! What the state databases say of an application: questions at filing, answers by jobs, and what officials see.
//!
//! Filing waits for nobody. The questions are a document of the case, written with it, and each is a job of the same
//! transaction. A job asks, judges the answer as any other document, reads it only if it is verified and answers the
//! question, and compares it with the claims; e-document, comparison and event are one transaction that ends the job.
//! Whatever else comes, silence, an error, a wrong signature, leaves the question open: it is asked again, and given
//! up visibly in the end. Reasons are codes, so that nothing of a person gets into logs or the table of jobs.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::app::{App, AppError};
use super::application::ServiceError;
use crate::calendar;
use crate::config;
use crate::crypto::random;
use crate::housing::application::FiledApplication;
use crate::housing::state_data::{Comparison, Question, StateRecord, compare};
use crate::housing::{Role, Rules, hex};
use crate::registries::{Bounds, OverHttp, Registries};
use crate::store::{
    Document, EventActor, Job, NewDocument, NewEvent, STATE_DATA, Store, StoreError, StoredEvent,
};
use crate::validation::report::rfc3339;

/// The document with the questions of a case.
const QUESTIONS: &str = "state-questions";
/// An e-document of a database.
const RECORD: &str = "state-record";
/// A claim beside a record.
const COMPARISON: &str = "state-comparison";
/// That a database answered.
const ANSWERED: &str = "state-data";

/// Whether a document is about state data, which officials see.
pub(super) fn is_state_data(document: &Document) -> bool {
    [QUESTIONS, RECORD, COMPARISON].contains(&document.kind.as_str())
}

/// The questions of an application, written down.
#[derive(Default)]
pub(super) struct Raised {
    pub(super) ids: Vec<String>,
    pub(super) document: Option<NewDocument>,
}

async fn keep(
    store: &Store,
    kind: &'static str,
    file_name: String,
    media_type: &str,
    bytes: &[u8],
) -> Result<NewDocument, StoreError> {
    let (sha256, size) = store.blobs().stage(bytes).await?.persist().await?;
    Ok(NewDocument { kind, file_name, media_type: media_type.to_owned(), size, sha256 })
}

/// Writes down what state databases are to be asked about an application.
pub(super) async fn questions(
    store: &Store,
    filed: &FiledApplication,
    rules: &Rules,
    now: Timestamp,
) -> Result<Raised, ServiceError> {
    let id = || random::<16>().map(|octets| hex(&octets));
    let raised = Question::of(filed, rules, now, calendar::local_date(now)?, id)
        .map_err(|error| ServiceError::Internal(error.into()))?;
    if raised.is_empty() {
        return Ok(Raised::default());
    }
    let text = serde_json::to_vec(&raised).map_err(|error| ServiceError::Internal(error.into()))?;
    let document = keep(store, QUESTIONS, format!("{QUESTIONS}.json"), "application/json", &text).await?;
    let ids = raised.into_iter().map(|question| question.id).collect();
    Ok(Raised { ids, document: Some(document) })
}

/// The questions of a case as they were written down.
async fn asked(store: &Store, documents: &[Document]) -> Result<Vec<Question>, StoreError> {
    let Some(document) = documents.iter().find(|document| document.kind == QUESTIONS) else {
        return Ok(Vec::new());
    };
    let bytes = store.blobs().read(&document.sha256).await?;
    serde_json::from_slice(&bytes).map_err(|_| StoreError::Row(QUESTIONS.to_owned()))
}

/// Who asks, if the settings name anybody to ask.
///
/// # Errors
/// Names the database that cannot be asked.
pub(super) fn registries(settings: &config::Registries) -> anyhow::Result<Option<Arc<dyn Registries>>> {
    if settings.databases.is_empty() {
        return Ok(None);
    }
    let mut places = Vec::new();
    for one in &settings.databases {
        anyhow::ensure!(
            !places.iter().any(|(database, _)| *database == one.database),
            "registries.databases: {} stands there twice",
            one.database.code()
        );
        places.push((one.database, one.url.clone()));
    }
    let bounds = Bounds {
        within: std::time::Duration::from_secs(settings.seconds.clamp(1, 300)),
        bytes: settings.bytes,
        tries: settings.tries,
    };
    let opened = OverHttp::new(places, bounds, settings.beyond_loopback).map_err(|(database, why)| {
        anyhow::anyhow!("registries.databases: the url of {}: {why}", database.code())
    })?;
    Ok(Some(Arc::new(opened)))
}

/// What a database said, ready to be kept.
pub(super) struct Answer {
    pub(super) at: Timestamp,
    pub(super) documents: Vec<NewDocument>,
    pub(super) event: NewEvent,
}

/// Why there is no answer that counts.
pub(super) enum Unanswered {
    /// A code, and the words of what it was.
    Later(&'static str, String),
    /// It never will be asked again.
    Never(&'static str),
    Store(StoreError),
}

impl From<StoreError> for Unanswered {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Asks the question of a job and compares the answer.
pub(super) async fn ask(
    app: &App,
    store: &Store,
    registries: &Arc<dyn Registries>,
    job: &Job,
) -> Result<Answer, Unanswered> {
    let documents = store.documents(&job.application).await?;
    let id = question_id(&job.payload).ok_or(Unanswered::Never("no question in it"))?;
    let question = asked(store, &documents).await?.into_iter().find(|question| question.id == id);
    let question = question.ok_or(Unanswered::Never("no such question"))?;
    let (asking, to_ask) = (Arc::clone(registries), question.clone());
    let octets = tokio::task::spawn_blocking(move || asking.ask(&to_ask, Timestamp::now())).await;
    let octets = octets
        .map_err(|_| Unanswered::Later("STATE_DATABASE_SILENT", "broken".to_owned()))?
        .map_err(|silence| Unanswered::Later("STATE_DATABASE_SILENT", silence.to_string()))?;
    let at = Timestamp::now();
    let octets = Arc::new(octets);
    let verified = app.verified(&octets, at).await.map_err(|error| refused(&error))?;
    let record = StateRecord::read(&verified, &question, app.rules()).map_err(|refusals| {
        let codes: Vec<&str> = refusals.iter().map(|refusal| refusal.code).collect();
        Unanswered::Later("STATE_RECORD_REFUSED", codes.join(" "))
    })?;
    let comparison = compare(&question, &record);
    let text = json!({ "question": question.id, "comparison": comparison }).to_string();
    let name = format!("{}-{}", question.database.code(), question.person);
    let kept = keep(store, RECORD, format!("{name}.xml"), "application/xml", &octets).await?;
    let compared =
        keep(store, COMPARISON, format!("{name}.json"), "application/json", text.as_bytes()).await?;
    let event = NewEvent {
        kind: ANSWERED,
        actor: EventActor { role: Role::Service.code(), certificate_sha256: record.certificate_sha256() },
        body: json!({
            "question": question.id,
            "database": question.database.code(),
            "result": comparison.code(),
            "fields": comparison.fields(),
            "record": hex(&kept.sha256),
            "comparison": hex(&compared.sha256),
        }),
    };
    // The database keeps microseconds.
    let at = Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at);
    Ok(Answer { at, documents: vec![kept, compared], event })
}

fn question_id(payload: &str) -> Option<String> {
    let payload: Value = serde_json::from_str(payload).ok()?;
    payload.get("question")?.as_str().map(str::to_owned)
}

fn refused(error: &AppError) -> Unanswered {
    let codes = match error {
        AppError::Invalid(reasons) => {
            reasons.iter().map(|reason| reason.code.as_str()).collect::<Vec<_>>().join(" ")
        }
        AppError::NotJudgeable(refusal) => refusal.code.to_owned(),
        // Nothing was judged, so nothing is said of the answer.
        _ => return Unanswered::Later("STATE_RECORD_NOT_JUDGED", String::new()),
    };
    Unanswered::Later("STATE_RECORD_REFUSED", codes)
}

/// What officials see of a case: each question, and what came of it. Nothing where nobody was asked.
pub(super) async fn view(
    store: &Store,
    number: &str,
    documents: &[Document],
    events: &[StoredEvent],
) -> Result<Vec<Value>, StoreError> {
    let questions = asked(store, documents).await?;
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let open = store.jobs_of(number, STATE_DATA).await?;
    let mut seen = Vec::with_capacity(questions.len());
    for question in questions {
        let answer = events.iter().filter(|event| event.kind == ANSWERED).find_map(|event| {
            let body: Value = serde_json::from_str(&event.body).ok()?;
            (body["question"] == question.id.as_str()).then_some((event, body))
        });
        let mut shown = json!({
            "database": question.database.code(),
            "person": question.person,
            "asked_at": rfc3339(question.asked),
        });
        match answer {
            Some((event, body)) => {
                let of_digest = |name: &str| {
                    documents.iter().find(|document| body[name] == hex(&document.sha256).as_str())
                };
                let differences = match of_digest("comparison") {
                    Some(kept) => differences(&store.blobs().read(&kept.sha256).await?)?,
                    None => return Err(StoreError::Row(COMPARISON.to_owned())),
                };
                shown["status"] = "answered".into();
                shown["result"] = body["result"].clone();
                shown["differences"] = differences;
                shown["answered_at"] = rfc3339(event.at).into();
                shown["document"] = of_digest("record").map(|kept| kept.id.clone()).into();
            }
            None => {
                let job =
                    open.iter().find(|(payload, _)| question_id(payload).as_ref() == Some(&question.id));
                let is_waiting = job.is_some_and(|(_, job)| job.state == "waiting");
                shown["status"] = if is_waiting { "waiting" } else { "unavailable" }.into();
                shown["tries"] = job.map_or(0, |(_, job)| job.attempts).into();
                shown["reason"] = job.and_then(|(_, job)| job.last_error.clone()).into();
            }
        }
        seen.push(shown);
    }
    Ok(seen)
}

fn differences(kept: &[u8]) -> Result<Value, StoreError> {
    #[derive(serde::Deserialize)]
    struct Kept {
        comparison: Comparison,
    }
    let kept: Kept = serde_json::from_slice(kept).map_err(|_| StoreError::Row(COMPARISON.to_owned()))?;
    Ok(match kept.comparison {
        Comparison::Contradict { differences } => json!(differences),
        Comparison::Agree | Comparison::NoData => json!([]),
    })
}
