//! The evidence that was missing when an application was filed.
//!
//! Where nobody could be asked whether the signer's certificate is revoked, the application is accepted provisionally:
//! with its moment and number, but nothing is done with it. A job judges it again at growing pauses, by what can be had
//! now, as of the moment of filing: whoever was revoked later was good then. What cleared or condemned the certificate
//! becomes documents of the case, together with the report, in the transaction of the step that ends the job. An outage
//! decides nothing: the case waits, and a job that is given up is a dead letter that the operator sees.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::app::evidence::Completed;
use super::app::{App, AppError};
use super::papers::as_filed;
use super::seal::Sealing;
use super::state_data::{self, Raised, Unanswered, keep};
use crate::housing::{self, Case, Role, document, hex, workflow};
use crate::signature::extend::Values;
use crate::store::{
    Conflict, EventActor, Job, NewDocument, NewEvent, NewStep, QueueChange, Store, StoreError,
    StoredApplication,
};
use crate::validation::{Completion, Report, VerifiedDocument};

/// The sealed refusal.
pub(super) const REFUSAL: &str = "refusal";
/// The report of the judgement that decided.
const REPORT: &str = "evidence-report";
/// A revocation list or an answer of a responder by which it was judged.
const DATA: &str = "evidence-revocation";

/// Tries to complete the case of a job. `None` if the case waits for nothing any more; otherwise whether the outcome was
/// written down under the lease.
pub(super) async fn complete(app: &App, store: &Store, job: &Job) -> Result<Option<bool>, Unanswered> {
    let stored = store.application(&job.application).await?;
    if stored.case.state != housing::State::AwaitingEvidence {
        return Ok(None);
    }
    let documents = store.documents(&job.application).await?;
    let filed = documents.iter().find(|one| one.kind == "application");
    let filed = filed.ok_or(Unanswered::Never("no application in it"))?;
    let octets = Arc::new(store.blobs().read(&filed.sha256).await?);
    let judged = app.completed(&octets, stored.filed).await.map_err(not_judged)?;
    let Completed { report, completion, values } = judged;
    let now = app.clock().now();
    let now = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
    let (refused, raised) = match &completion {
        Completion::Unknown(_) => return Err(unknown(&report)),
        Completion::Verified(verified) => (None, questions(app, store, (verified, &stored), now).await?),
        Completion::Revoked(at) => {
            (Some(document::revoked_before_filing(stored.language, *at)), Raised::default())
        }
    };
    let Some(event) = workflow::complete_evidence(&stored.case, refused) else { return Ok(None) };
    let case = stored.case.clone().apply(&event, now);
    let mut kept = kept(store, &report, values).await?;
    let digests: Vec<String> = kept.iter().map(|one| hex(&one.sha256)).collect();
    let report_sha256 = kept.first().map(|one| one.sha256).unwrap_or_default();
    kept.extend(raised.document);
    let sealing = app.sealing().await.map_err(not_judged)?;
    let make = |case: &Case| notice((app, &sealing), &stored, case, now, report_sha256);
    let is_refused = case.state == housing::State::Refused;
    let step = NewStep {
        number: &job.application,
        expected: &stored.case,
        case,
        at: now,
        events: vec![NewEvent {
            kind: event.kind(),
            actor: EventActor { role: Role::Service.code(), certificate_sha256: [0; 32] },
            body: json!({
                "step": event.step.code(),
                "result": if is_refused { "refused" } else { "good" },
                "evidence": digests,
            }),
        }],
        documents: kept,
        queue: QueueChange::Unchanged,
        finding: None,
        answer_until: None,
        sealed: is_refused.then_some((REFUSAL, &make as &crate::store::MakeDocument<'_>)),
    };
    match store.finish_job_by_step(job, step, &raised.ids).await {
        // The applicant did something meanwhile; the next try sees it.
        Err(StoreError::Conflict(Conflict::StateChanged)) => {
            Err(Unanswered::Later("STATE_CHANGED", String::new()))
        }
        // Without a seal that passes nothing is sealed: an outage there, too, decides nothing.
        Err(StoreError::Seal(_)) => Err(Unanswered::Later("NOT_SEALED", String::new())),
        ended => Ok(Some(ended?)),
    }
}

/// The questions to state databases that filing did not put.
async fn questions(
    app: &App,
    store: &Store,
    (verified, stored): (&VerifiedDocument, &StoredApplication),
    now: Timestamp,
) -> Result<Raised, Unanswered> {
    // Whoever is no official any more was one then.
    let filed = housing::Application::read(verified, &as_filed(verified, stored))
        .map_err(|_| Unanswered::Never("the form cannot be read any more"))?;
    state_data::questions(store, &filed, app.rules(), now)
        .await
        .map_err(|_| Unanswered::Later("QUESTIONS_NOT_KEPT", String::new()))
}

/// The report and the revocation data by which it was judged, as documents; the report comes first.
async fn kept(store: &Store, report: &Report, values: Values) -> Result<Vec<NewDocument>, StoreError> {
    let text = serde_json::to_vec(report).map_err(|_| StoreError::Row(REPORT.to_owned()))?;
    let mut kept = vec![keep(store, REPORT, format!("{REPORT}.json"), "application/json", &text).await?];
    for (at, list) in values.lists.iter().enumerate() {
        let name = format!("{DATA}-{}.crl", at.saturating_add(1));
        kept.push(keep(store, DATA, name, "application/pkix-crl", list.der()).await?);
    }
    for (at, answer) in values.responses.iter().enumerate() {
        let name = format!("{DATA}-{}.ors", at.saturating_add(1));
        kept.push(keep(store, DATA, name, "application/ocsp-response", answer.der()).await?);
    }
    Ok(kept)
}

/// The sealed refusal; where a signed act would stand, the digest of the report does.
fn notice(
    (app, sealing): (&App, &Sealing),
    stored: &StoredApplication,
    case: &Case,
    now: Timestamp,
    report_sha256: [u8; 32],
) -> anyhow::Result<Vec<u8>> {
    let outcome = case.outcome.as_ref().ok_or_else(|| anyhow::anyhow!("a notice without an outcome"))?;
    let notice = document::Notice {
        number: &stored.number,
        language: stored.language,
        category: stored.category,
        filed_at: stored.filed,
        signed_at: now,
        outcome,
        act_sha256: report_sha256,
    };
    sealing.seal(&document::notice(&notice, app.rules()))
}

/// The codes of what is still missing.
fn unknown(report: &Report) -> Unanswered {
    let findings = report.signatures.iter().flat_map(|signature| &signature.findings);
    let codes: Vec<&str> = findings
        .filter(|finding| finding.sub_indication.is_some())
        .map(|finding| finding.code.name())
        .collect();
    Unanswered::Later("EVIDENCE_MISSING", codes.join(" "))
}

fn not_judged(_error: AppError) -> Unanswered {
    Unanswered::Later("EVIDENCE_NOT_JUDGED", String::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::housing::act::Content;
    use crate::housing::application::tests::sample;
    use crate::housing::{State, Step};
    use crate::service::application::tests::{IINS, act, now, rules, store};
    use crate::service::application::{ServiceError, Submission, submit, submit_provisionally};
    use crate::validation::ProvisionalDocument;

    crate::store::test_database::also_over_postgresql!(what_waits_for_evidence_is_not_acted_upon);

    /// Moment and number count; nothing but the evidence, or the applicant, moves the case.
    #[tokio::test]
    async fn what_waits_for_evidence_is_not_acted_upon() {
        let (_dir, store) = store().await;
        let xml = sample(IINS[3]).to_xml();
        let waits = ProvisionalDocument::for_test(&xml, IINS[3], now());
        let document = store.blobs().stage(xml.as_bytes()).await.unwrap();
        let submission = Submission { verified: &waits, document, uploads: vec![], idempotency: None };
        let seal = |xml: &str| Ok(xml.as_bytes().to_vec());
        let filed = submit_provisionally(&store, &rules(), submission, now(), &seal).await.unwrap();
        assert_eq!((filed.state, filed.number.as_str()), (State::AwaitingEvidence, "ALA-2026-000001"));
        let number = filed.number.as_str();
        let assign = Content::AssignExecutor { executor: IINS[1].into() };
        let denied = act(&store, number, IINS[0], assign.clone()).await;
        assert!(matches!(denied, Err(ServiceError::Denied(denied)) if denied.code == "WRONG_TURN"));
        // An inspector who took it down need not be one any more when the evidence comes.
        let mut taken_down = sample(IINS[5]);
        taken_down.centre = Some("almaly".into());
        let signed = VerifiedDocument::for_test(&taken_down.to_xml(), IINS[2], None, now());
        let mut stored = store.application(number).await.unwrap();
        stored.case.centre = Some("almaly".into());
        assert!(housing::Application::read(&signed, &housing::Rules::default()).is_err());
        assert!(housing::Application::read(&signed, &as_filed(&signed, &stored)).is_ok());
        // Nobody signs the service's step.
        let signed = act(&store, number, IINS[0], Content::Plain(Step::CompleteEvidence)).await;
        assert!(matches!(signed, Err(ServiceError::Invalid { .. })), "{signed:?}");
        let mut other = sample(IINS[3]);
        other.phone = "2".into();
        let xml = other.to_xml();
        let again = VerifiedDocument::for_test(&xml, IINS[3], None, now());
        let again = async || {
            let document = store.blobs().stage(xml.as_bytes()).await.unwrap();
            let submission = Submission { verified: &again, document, uploads: vec![], idempotency: None };
            submit(&store, &rules(), submission, now(), &seal).await
        };
        assert!(matches!(again().await, Err(ServiceError::Conflict { code: "OPEN_APPLICATION", .. })));

        let later = now() + jiff::SignedDuration::from_mins(1);
        let claim = async |until| store.claim_job(crate::store::EVIDENCE, later, until, 5).await.unwrap();
        let lost = claim(later).await.unwrap();
        let job = claim(later + jiff::SignedDuration::from_mins(1)).await.unwrap();
        let waiting = store.application(number).await.unwrap().case;
        let event = workflow::complete_evidence(&waiting, Some("revoked".into())).unwrap();
        let case = waiting.clone().apply(&event, later);
        assert_eq!(workflow::complete_evidence(&case, None), None, "there is nothing to complete any more");
        let step = || NewStep {
            number,
            expected: &waiting,
            case: case.clone(),
            at: later,
            events: vec![],
            documents: vec![],
            queue: QueueChange::Unchanged,
            finding: None,
            answer_until: None,
            sealed: None,
        };
        assert!(!store.finish_job_by_step(&lost, step(), &[]).await.unwrap(), "the lease was lost");
        assert_eq!(store.application(number).await.unwrap().case, waiting);
        assert!(store.finish_job_by_step(&job, step(), &["q".into()]).await.unwrap());
        let ended = store.application(number).await.unwrap();
        assert_eq!((ended.case.state, ended.filed), (State::Refused, now()));
        assert_eq!(ended.case.place, None);
        let kinds: Vec<String> = store.jobs().await.unwrap().into_iter().map(|job| job.kind).collect();
        assert_eq!(kinds, ["state-data"]);
        let denied = act(&store, number, IINS[0], assign).await;
        assert!(matches!(denied, Err(ServiceError::Denied(denied)) if denied.code == "CASE_CLOSED"));
        // Whoever was refused so may file again, and is no conflict of anybody's.
        let next = again().await.unwrap().number;
        assert!(store.application(&next).await.unwrap().case.conflicts.is_empty());
        assert_eq!(store.verify_chain().await.unwrap(), None);
    }
}
