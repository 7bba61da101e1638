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
use tokio::sync::Semaphore;

use super::app::{App, AppError};
use super::application::ServiceError;
use crate::calendar;
use crate::config;
use crate::crypto::random;
use crate::housing::application::FiledApplication;
use crate::housing::state_data::{Comparison, Question, StateRecord, compare};
use crate::housing::{Role, Rules, hex};
use crate::registries::{Bounds, OverHttp, Registries, Silence};
use crate::store::{
    Document, EventActor, Job, JobSummary, NewDocument, NewEvent, STATE_DATA, Store, StoreError, StoredEvent,
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

pub(super) async fn keep(
    store: &Store,
    kind: &'static str,
    file_name: String,
    media_type: &str,
    bytes: &[u8],
) -> Result<NewDocument, StoreError> {
    let (sha256, size) = store.blobs().stage(bytes).await?.persist().await?;
    Ok(NewDocument { kind, file_name, media_type: media_type.to_owned(), size, sha256 })
}

fn raised(filed: &FiledApplication, rules: &Rules, now: Timestamp) -> Result<Vec<Question>, ServiceError> {
    let id = || random::<16>().map(|octets| hex(&octets));
    Question::of(filed, rules, now, calendar::local_date(now)?, id)
        .map_err(|error| ServiceError::Internal(error.into()))
}

/// Writes down what state databases are to be asked about an application.
pub(super) async fn questions(
    store: &Store,
    filed: &FiledApplication,
    rules: &Rules,
    now: Timestamp,
) -> Result<Raised, ServiceError> {
    let raised = raised(filed, rules, now)?;
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

/// An e-document that answers a question, beside the claim.
struct Compared {
    octets: Arc<Vec<u8>>,
    record: StateRecord,
    comparison: Comparison,
    at: Timestamp,
}

/// Judges what came and compares it.
async fn judged(
    app: &App,
    question: &Question,
    said: Result<Vec<u8>, Silence>,
) -> Result<Compared, Unanswered> {
    let octets = said.map_err(|silence| Unanswered::Later("STATE_DATABASE_SILENT", silence.to_string()))?;
    let octets = Arc::new(octets);
    // The database keeps microseconds.
    let at = app.clock().now();
    let at = Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at);
    let verified = app.verified(&octets, at).await.map_err(|error| refused(&error))?;
    let record = StateRecord::read(&verified, question, app.rules()).map_err(|refusals| {
        let codes: Vec<&str> = refusals.iter().map(|refusal| refusal.code).collect();
        Unanswered::Later("STATE_RECORD_REFUSED", codes.join(" "))
    })?;
    let comparison = compare(question, &record);
    Ok(Compared { octets, record, comparison, at })
}

/// Puts a question; whoever waits for the answer keeps no thread that serves connections.
async fn put(registries: &Arc<dyn Registries>, question: Question) -> Result<Vec<u8>, Silence> {
    let registries = Arc::clone(registries);
    let asked = tokio::task::spawn_blocking(move || registries.ask(&question, Timestamp::now())).await;
    asked.unwrap_or_else(|_| Err(Silence("broken".to_owned())))
}

/// Asks the question of a job and compares the answer. `None` if the case was over before there was one: what is
/// not needed is not asked.
pub(super) async fn ask(
    app: &App,
    store: &Store,
    registries: &Arc<dyn Registries>,
    job: &Job,
) -> Result<Option<Answer>, Unanswered> {
    if store.application(&job.application).await?.case.state.is_closed() {
        return Ok(None);
    }
    let documents = store.documents(&job.application).await?;
    let id = question_id(&job.payload).ok_or(Unanswered::Never("no question in it"))?;
    let question = asked(store, &documents).await?.into_iter().find(|question| question.id == id);
    let question = question.ok_or(Unanswered::Never("no such question"))?;
    let said = put(registries, question.clone()).await;
    let Compared { octets, record, comparison, at } = judged(app, &question, said).await?;
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
    Ok(Some(Answer { at, documents: vec![kept, compared], event }))
}

/// What the databases say of an application that an inspector has taken down and not filed yet. It is told and not
/// kept; filing asks again, on the record.
pub(super) async fn before_filing(
    app: &App,
    registries: &Arc<dyn Registries>,
    places: &Arc<Semaphore>,
    filed: &FiledApplication,
) -> Result<Vec<Value>, AppError> {
    let now = app.clock().now();
    let mut asking = tokio::task::JoinSet::new();
    for (at, question) in raised(filed, app.rules(), now)?.into_iter().enumerate() {
        let (registries, places) = (Arc::clone(registries), Arc::clone(places));
        asking.spawn(async move {
            let _place = places.acquire_owned().await;
            let said = put(&registries, question.clone()).await;
            (at, question, said)
        });
    }
    let mut answers = asking.join_all().await;
    answers.sort_by_key(|(at, ..)| *at);
    let mut told = Vec::with_capacity(answers.len());
    for (_, question, said) in answers {
        let mut shown = head(&question);
        match judged(app, &question, said).await {
            Ok(Compared { comparison, at, .. }) => {
                shown["status"] = "answered".into();
                shown["result"] = comparison.code().into();
                shown["differences"] = differences(comparison);
                shown["answered_at"] = rfc3339(at).into();
            }
            Err(Unanswered::Later(code, why)) => {
                shown["status"] = "unavailable".into();
                shown["reason"] = reason(code, &why).into();
            }
            Err(Unanswered::Never(why)) => return Err(AppError::Internal(anyhow::anyhow!("{why}"))),
            Err(Unanswered::Store(error)) => return Err(error.into()),
        }
        told.push(shown);
    }
    Ok(told)
}

/// A code and its words as they are kept with a job.
pub(super) fn reason(code: &str, why: &str) -> String {
    format!("{code} {why}").trim_end().to_owned()
}

fn head(question: &Question) -> Value {
    json!({
        "database": question.database.code(),
        "person": question.person,
        "asked_at": rfc3339(question.asked),
    })
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

/// The questions of a case that have no answer yet, with their payloads.
pub(super) async fn open(store: &Store, number: &str) -> Result<Vec<(String, JobSummary)>, StoreError> {
    store.jobs_of(number, STATE_DATA).await
}

/// What officials see of a case: each question, and what came of it, by its documents and events as they were no
/// earlier than what was [`open`]. Nothing where nobody was asked.
pub(super) async fn view(
    store: &Store,
    open: &[(String, JobSummary)],
    documents: &[Document],
    events: &[StoredEvent],
) -> Result<Vec<Value>, StoreError> {
    let questions = asked(store, documents).await?;
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let mut seen = Vec::with_capacity(questions.len());
    for question in questions {
        let answer = events.iter().filter(|event| event.kind == ANSWERED).find_map(|event| {
            let body: Value = serde_json::from_str(&event.body).ok()?;
            (body["question"] == question.id.as_str()).then_some((event, body))
        });
        let mut shown = head(&question);
        match answer {
            Some((event, body)) => {
                let of_digest = |name: &str| {
                    documents.iter().find(|document| body[name] == hex(&document.sha256).as_str())
                };
                let differences = match of_digest("comparison") {
                    Some(kept) => differences(comparison(&store.blobs().read(&kept.sha256).await?)?),
                    None => return Err(StoreError::Row(COMPARISON.to_owned())),
                };
                shown["status"] = "answered".into();
                shown["result"] = body["result"].clone();
                shown["differences"] = differences;
                shown["answered_at"] = rfc3339(event.at).into();
                shown["document"] = of_digest("record").map(|kept| kept.id.clone()).into();
            }
            None => {
                // A job went without an answer only where the case was over.
                let job =
                    open.iter().find(|(payload, _)| question_id(payload).as_ref() == Some(&question.id));
                let status = match job {
                    Some((_, job)) if job.state == "waiting" => "waiting",
                    Some(_) => "unavailable",
                    None => "dropped",
                };
                shown["status"] = status.into();
                shown["tries"] = job.map_or(0, |(_, job)| job.attempts).into();
                shown["reason"] = job.and_then(|(_, job)| job.last_error.clone()).into();
            }
        }
        seen.push(shown);
    }
    Ok(seen)
}

fn comparison(kept: &[u8]) -> Result<Comparison, StoreError> {
    #[derive(serde::Deserialize)]
    struct Kept {
        comparison: Comparison,
    }
    let kept: Kept = serde_json::from_slice(kept).map_err(|_| StoreError::Row(COMPARISON.to_owned()))?;
    Ok(kept.comparison)
}

fn differences(comparison: Comparison) -> Value {
    match comparison {
        Comparison::Contradict { differences } => json!(differences),
        Comparison::Agree | Comparison::NoData => json!([]),
    }
}
