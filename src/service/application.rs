//! Use cases of the register: filing an application and taking a step. Each is one transaction; both
//! take only verified documents.

use super::state_data;
use crate::calendar;
use crate::housing::{
    Act, Actor, Application, Case, Denied, Outcome, Refusal, Role, Rules, attachment, document, hex, workflow,
};
use crate::store::{
    Conflict, Document, EventActor, MakeDocument, NewApplication, NewDocument, NewEvent, NewStep,
    QueueChange, Staged, Store, StoreError,
};
use crate::validation::VerifiedDocument;
use jiff::{Timestamp, civil::Date};
use serde_json::json;

/// Signs an XML document with the service's key.
pub type Seal<'a> = dyn Fn(&str) -> anyhow::Result<Vec<u8>> + Send + Sync + 'a;

/// Why a use case did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// `SAME_DOCUMENT`, `OPEN_APPLICATION`, `STATE_CHANGED`, `IDEMPOTENCY_KEY`.
    #[error("conflict: {code}")]
    Conflict { code: &'static str },
    /// The step is not this actor's or not now; says what is next.
    #[error("denied: {}", .0.code)]
    Denied(Denied),
    #[error("the document has faults")]
    Invalid { refusals: Vec<Refusal> },
    #[error("not found")]
    NotFound,
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Conflict(conflict) => Self::Conflict {
                code: match conflict {
                    Conflict::SameDocument => "SAME_DOCUMENT",
                    Conflict::OpenApplication => "OPEN_APPLICATION",
                    Conflict::StateChanged => "STATE_CHANGED",
                    Conflict::IdempotencyKey => "IDEMPOTENCY_KEY",
                },
            },
            other => Self::Internal(other.into()),
        }
    }
}

impl From<jiff::Error> for ServiceError {
    fn from(error: jiff::Error) -> Self {
        Self::Internal(error.into())
    }
}

/// An attachment as it came, already staged.
#[derive(Debug)]
pub struct Upload {
    pub file_name: String,
    pub file: Staged,
}

/// What an applicant sends.
#[derive(Debug)]
pub struct Submission<'a> {
    pub verified: &'a VerifiedDocument,
    /// The signed document as it came: the octets that `verified` was made from.
    pub document: Staged,
    pub uploads: Vec<Upload>,
    /// Idempotency key and the digest of the request.
    pub idempotency: Option<(String, [u8; 32])>,
}

/// The answer to a filed application (item 9: the status "request accepted" and the date).
#[derive(Clone, Debug)]
pub struct Submitted {
    pub number: String,
    /// Bearer key with which the applicant sees the case.
    pub access_key: String,
    pub due: Date,
    pub receipt_document: Document,
}

/// Files an application.
///
/// # Errors
/// `Invalid` with every fault, `Conflict` for a duplicate; nothing is registered then.
pub async fn submit(
    store: &Store,
    rules: &Rules,
    submission: Submission<'_>,
    now: Timestamp,
    seal: &Seal<'_>,
) -> Result<Submitted, ServiceError> {
    let Submission { verified, document, uploads, idempotency } = submission;
    same_octets(verified, &document)?;
    let filed = Application::read(verified, rules).map_err(|refusals| ServiceError::Invalid { refusals })?;
    let data = filed.application();
    let files: Vec<attachment::Uploaded> = uploads
        .iter()
        .map(|one| attachment::Uploaded {
            file_name: one.file_name.clone(),
            size: one.file.size,
            sha256: one.file.sha256,
        })
        .collect();
    let refusals = attachment::check(&data.attachments, &files);
    if !refusals.is_empty() {
        return Err(ServiceError::Invalid { refusals });
    }
    // The database keeps microseconds; everything that is sealed says the same moment.
    let now = Timestamp::from_microsecond(now.as_microsecond())?;
    let term = calendar::due_date(now)?;
    let (document_sha256, size) = document.persist().await?;
    let mut documents = vec![NewDocument {
        kind: "application",
        file_name: "application.xml".into(),
        media_type: "application/xml".into(),
        size,
        sha256: document_sha256,
    }];
    for one in uploads {
        let media_type = data.attachments.iter().find(|listed| listed.file_name == one.file_name);
        let media_type = media_type.map(|listed| listed.media_type.clone()).unwrap_or_default();
        let (sha256, size) = one.file.persist().await?;
        documents.push(NewDocument {
            kind: "attachment",
            file_name: one.file_name,
            media_type,
            size,
            sha256,
        });
    }
    let questions = state_data::questions(store, &filed, rules, now).await?;
    documents.extend(questions.document);
    let new = NewApplication {
        office: rules.office.clone(),
        iin: filed.iin().as_str().into(),
        category: data.category,
        language: data.language,
        case: Case::begun(filed.channel(), data.centre.clone(), now),
        filed: now,
        due: term.due,
        document_sha256,
        event: NewEvent {
            kind: "registered",
            actor: EventActor { role: filed.by().code(), certificate_sha256: filed.certificate_sha256() },
            body: json!({
                "category": data.category.code(),
                "documents": documents.iter().map(|one| hex(&one.sha256)).collect::<Vec<_>>(),
                "due": term.due.to_string(),
            }),
        },
        documents,
        idempotency,
        questions: questions.ids,
        contact: data.notification_email.clone(),
    };
    let receipt = |number: &str| seal(&document::receipt(number, now, &term, &filed, rules));
    let registered = store.register_application(new, &receipt).await?;
    let due = if registered.repeated { store.application(&registered.number).await?.due } else { term.due };
    Ok(Submitted {
        number: registered.number,
        access_key: registered.access_key,
        due,
        receipt_document: registered.receipt,
    })
}

/// What is kept must be what was verified.
fn same_octets(verified: &VerifiedDocument, document: &Staged) -> Result<(), ServiceError> {
    if verified.document_sha256() == document.sha256 {
        return Ok(());
    }
    Err(ServiceError::Internal(anyhow::anyhow!("the document to keep is not the verified one")))
}

/// The answer to a step.
#[derive(Clone, Debug)]
pub struct StepTaken {
    pub case: Case,
    /// The sealed notice, when the step was its signing.
    pub notice: Option<Document>,
}

/// Takes an official's step: the act is kept, the case moves, the events are appended, and with
/// `sign-notice` the place is taken and the notice sealed.
///
/// # Errors
/// `Invalid` for a faulty act, `Denied` for a wrong actor or turn, `Conflict` when the case moved.
pub async fn take_step(
    store: &Store,
    rules: &Rules,
    number: &str,
    verified: &VerifiedDocument,
    document: Staged,
    now: Timestamp,
    seal: &Seal<'_>,
) -> Result<StepTaken, ServiceError> {
    same_octets(verified, &document)?;
    let act = Act::read(verified, rules).map_err(|refusals| ServiceError::Invalid { refusals })?;
    let now = Timestamp::from_microsecond(now.as_microsecond())?;
    let stored = store.application(number).await?;
    let own = || rules.officials.iter().filter(|one| one.iin == act.signer_iin());
    let mut roles: Vec<Role> = own().map(|one| one.role).collect();
    if store.is_applicant(number, act.signer_iin()).await? {
        roles.push(Role::Applicant);
    }
    let actor = Actor {
        iin: act.signer_iin().into(),
        roles,
        centres: own().filter_map(|one| one.centre.clone()).collect(),
        certificate_sha256: act.certificate_sha256(),
    };
    let circumstances = workflow::Circumstances {
        number,
        filed: stored.filed,
        now,
        officials: &rules.officials,
        position: store.queue_position(number).await?,
    };
    let event = workflow::decide(&stored.case, &act, &actor, circumstances).map_err(ServiceError::Denied)?;
    let queue = queue_change(&stored.case, &event);
    let case = stored.case.clone().apply(&event, now);
    let (act_sha256, size) = document.persist().await?;
    let make = |case: &Case| {
        let outcome = case.outcome.as_ref().ok_or_else(|| anyhow::anyhow!("a notice without an outcome"))?;
        let notice = document::Notice {
            number,
            language: stored.language,
            category: stored.category,
            filed_at: stored.filed,
            signed_at: now,
            outcome,
            act_sha256,
        };
        seal(&document::notice(&notice, rules))
    };
    let row = event.step.row(stored.case.channel);
    let role = row.and_then(|row| row.roles.iter().find(|role| actor.roles.contains(role)));
    let new = NewStep {
        number,
        expected: &stored.case,
        case,
        at: now,
        events: vec![NewEvent {
            kind: event.kind(),
            actor: EventActor {
                role: role.map_or(Role::Service, |role| *role).code(),
                certificate_sha256: actor.certificate_sha256,
            },
            body: json!({ "step": event.step.code(), "act": hex(&act_sha256) }),
        }],
        documents: vec![NewDocument {
            kind: "act",
            file_name: format!("{}.xml", event.step.code()),
            media_type: "application/xml".into(),
            size,
            sha256: act_sha256,
        }],
        queue,
        sealed: row.and_then(|row| row.makes).map(|makes| (makes.kind(), &make as &MakeDocument<'_>)),
    };
    let (case, notice) = store.append_step(new).await?;
    Ok(StepTaken { case, notice })
}

/// What an event does to the list.
fn queue_change(before: &Case, event: &workflow::Event) -> QueueChange {
    use workflow::{Change, MoveKind};
    match (&event.change, &before.proposed) {
        _ if event.registers() => QueueChange::Enter,
        (Change::Granted, _) => QueueChange::Leave,
        (Change::Confirmed, Some(confirmed)) => match &confirmed.kind {
            MoveKind::Remove => QueueChange::Leave,
            MoveKind::Restore => QueueChange::Restore,
            MoveKind::Category { category } => QueueChange::Move(*category),
            MoveKind::Transfer { holder } => QueueChange::Transfer(holder.clone()),
        },
        _ => QueueChange::Unchanged,
    }
}

/// The queue number that the notice stated, if the case was registered.
pub fn stated_queue_number(case: &Case) -> Option<u64> {
    match case.outcome {
        Some(Outcome::Registered { queue_number }) => Some(queue_number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::housing::act::Content;
    use crate::housing::application::tests::sample;
    use crate::housing::workflow::{Decision, Memo, MoveKind, Sitting};
    use crate::housing::{Category, Official, Step};

    const IINS: [&str; 6] =
        ["061211600012", "251112401047", "700911204362", "850315300128", "850101300603", "850101300615"];

    crate::store::test_database::also_over_postgresql!(
        gapless_numbers,
        duplicates_and_repetition,
        whole_case,
        no_vote_is_lost,
        whose_a_place_is,
        seal_failure_registers_nothing,
    );

    fn now() -> Timestamp {
        "2026-11-24T06:00:00Z".parse().unwrap()
    }

    async fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::test_database::open(dir.path()).await;
        store.health().await.unwrap();
        (dir, store)
    }

    fn rules() -> Rules {
        let officials = [(IINS[0], Role::Head), (IINS[1], Role::Executor), (IINS[2], Role::Commission)];
        let officials = officials.map(|(iin, role)| Official { iin: iin.into(), role, centre: None }).into();
        Rules { officials, ..Rules::default() }
    }

    async fn file(
        store: &Store,
        iin: &str,
        category: Category,
        key: Option<&str>,
    ) -> Result<Submitted, ServiceError> {
        let mut data = sample(iin);
        data.category = category;
        let xml = data.to_xml();
        let verified = VerifiedDocument::for_test(&xml, iin, None, now());
        let document = store.blobs().stage(xml.as_bytes()).await.unwrap();
        let idempotency = key.map(|key| (key.to_owned(), document.sha256));
        let submission = Submission { verified: &verified, document, uploads: vec![], idempotency };
        submit(store, &rules(), submission, now(), &|xml| Ok(xml.as_bytes().to_vec())).await
    }

    async fn act(
        store: &Store,
        number: &str,
        iin: &str,
        content: Content,
    ) -> Result<StepTaken, ServiceError> {
        let xml = content.to_xml(number);
        let verified = VerifiedDocument::for_test(&xml, iin, Some("140540000015"), now());
        let document = store.blobs().stage(xml.as_bytes()).await.unwrap();
        // A web handler's future must be able to move between threads.
        let movable: std::pin::Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async {
            take_step(store, &rules(), number, &verified, document, now(), &|xml| Ok(xml.as_bytes().to_vec()))
                .await
        });
        movable.await
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn gapless_numbers() {
        let (_dir, store) = store().await;
        let mut tasks = tokio::task::JoinSet::new();
        for i in 0..8 {
            let store = store.clone();
            tasks.spawn(async move {
                file(&store, IINS[i % 4], Category::ALL[i / 4], None).await.unwrap().number
            });
        }
        let mut numbers = tasks.join_all().await;
        numbers.sort();
        let expected: Vec<String> = (1..=8).map(|i| format!("ALA-2026-{i:06}")).collect();
        assert_eq!(numbers, expected);
        assert_eq!(store.verify_chain().await.unwrap(), None);
    }

    #[tokio::test]
    async fn duplicates_and_repetition() {
        let (_dir, store) = store().await;
        let first = file(&store, IINS[3], Category::Orphan, Some("k")).await.unwrap();
        let again = file(&store, IINS[3], Category::Orphan, Some("k")).await.unwrap();
        assert_eq!((&first.number, &first.access_key), (&again.number, &again.access_key));
        assert!(store.access_allowed(&first.number, &first.access_key).await.unwrap());
        assert!(!store.access_allowed(&first.number, "0").await.unwrap());
        let code = |result: Result<Submitted, ServiceError>| match result {
            Err(ServiceError::Conflict { code }) => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(code(file(&store, IINS[3], Category::Orphan, None).await), "SAME_DOCUMENT");
        assert_eq!(code(file(&store, IINS[4], Category::Orphan, Some("k")).await), "IDEMPOTENCY_KEY");
        let mut data = sample(IINS[3]);
        data.category = Category::Orphan;
        data.phone = "2".into();
        let xml = data.to_xml();
        let verified = VerifiedDocument::for_test(&xml, IINS[3], None, now());
        let document = store.blobs().stage(xml.as_bytes()).await.unwrap();
        let submission = Submission { verified: &verified, document, uploads: vec![], idempotency: None };
        let result = submit(&store, &rules(), submission, now(), &|_| anyhow::bail!("not reached")).await;
        assert_eq!(code(result), "OPEN_APPLICATION");
    }

    /// On the agenda of a sitting of this day.
    async fn on_agenda(store: &Store) -> String {
        let number = file(store, IINS[3], Category::Veteran, None).await.unwrap().number;
        let assign = Content::AssignExecutor { executor: IINS[1].into() };
        let denied = act(store, &number, IINS[1], assign.clone()).await;
        assert!(matches!(denied, Err(ServiceError::Denied(denied)) if denied.code == "WRONG_ROLE"));
        act(store, &number, IINS[0], assign).await.unwrap();
        let memo = Content::Memo(Memo::Complete { register: true, ground: None });
        act(store, &number, IINS[1], memo).await.unwrap();
        let sitting = Sitting { date: today(), number: "1".into(), delay: None };
        act(store, &number, IINS[1], Content::PutOnAgenda(sitting)).await.unwrap();
        number
    }

    fn today() -> Date {
        "2026-11-24".parse().unwrap()
    }

    async fn registered(store: &Store) -> (String, StepTaken) {
        let number = on_agenda(store).await;
        let decision = Decision { reason: None, date: today(), minutes_number: "1".into() };
        act(store, &number, IINS[2], Content::CommissionDecision(decision)).await.unwrap();
        act(store, &number, IINS[1], Content::Plain(Step::DraftNotice)).await.unwrap();
        let taken = act(store, &number, IINS[0], Content::Plain(Step::SignNotice)).await.unwrap();
        (number, taken)
    }

    #[tokio::test]
    async fn whole_case() {
        let (_dir, store) = store().await;
        let (number, taken) = registered(&store).await;
        assert_eq!(stated_queue_number(&taken.case), Some(1));
        let notice = store.blobs().read(&taken.notice.unwrap().sha256).await.unwrap();
        assert!(String::from_utf8(notice).unwrap().contains("<queueNumber>1</queueNumber>"));
        assert_eq!(store.queue_position(&number).await.unwrap(), Some(1));
        assert_eq!(store.queue_list(Category::Veteran, 0, 10).await.unwrap().len(), 1);
        assert_eq!(store.documents(&number).await.unwrap().len(), 9);
        assert_eq!(store.events(&number).await.unwrap().len(), 7);
        assert_eq!(store.verify_chain().await.unwrap(), None);
    }

    /// Steps that leave the state as it is are decided on the case as it is, too.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_vote_is_lost() {
        let (_dir, store) = store().await;
        let number = on_agenda(&store).await;
        let stale = store.application(&number).await.unwrap().case;
        let complaint = |text: &str| Content::Complain { text: text.into() };
        act(&store, &number, IINS[3], complaint("slow")).await.unwrap();
        let step = |case| NewStep {
            number: &number,
            expected: case,
            case: case.clone(),
            at: now(),
            events: vec![],
            documents: vec![],
            queue: QueueChange::Unchanged,
            sealed: None,
        };
        let late = store.append_step(step(&stale)).await;
        assert!(matches!(late, Err(StoreError::Conflict(Conflict::StateChanged))), "{late:?}");
        let mut tasks = tokio::task::JoinSet::new();
        for at in 0..4 {
            let (store, number) = (store.clone(), number.clone());
            tasks.spawn(
                async move { act(&store, &number, IINS[3], complaint(&format!("{at}"))).await.is_ok() },
            );
        }
        let taken = tasks.join_all().await.into_iter().filter(|taken| *taken).count();
        let case = store.application(&number).await.unwrap().case;
        assert!(taken >= 1);
        assert_eq!(case.complaints.len(), 1 + taken, "as many as were answered for");
    }

    /// A place that passes to another person is that one's (Law on housing relations 73(2)).
    #[tokio::test]
    async fn whose_a_place_is() {
        let (_dir, store) = store().await;
        let (number, _) = registered(&store).await;
        let is = async |iin| store.is_applicant(&number, iin).await.unwrap();
        assert!(is(IINS[3]).await && !is(IINS[4]).await);
        let kind = MoveKind::Transfer { holder: IINS[4].into() };
        let propose = Content::ProposeMove { kind, basis: "Law 73(2)".into() };
        act(&store, &number, IINS[1], propose).await.unwrap();
        assert!(is(IINS[3]).await, "not before it is confirmed");
        act(&store, &number, IINS[0], Content::Plain(Step::ConfirmMove)).await.unwrap();
        assert!(is(IINS[4]).await && !is(IINS[3]).await);
        assert_eq!(store.queue_position(&number).await.unwrap(), Some(1));
        let case = store.application(&number).await.unwrap().case;
        assert!(!serde_json::to_string(&case).unwrap().contains(IINS[4]));
    }

    #[tokio::test]
    async fn seal_failure_registers_nothing() {
        let (_dir, store) = store().await;
        let xml = sample(IINS[3]).to_xml();
        let verified = VerifiedDocument::for_test(&xml, IINS[3], None, now());
        let document = store.blobs().stage(xml.as_bytes()).await.unwrap();
        let submission = Submission { verified: &verified, document, uploads: vec![], idempotency: None };
        assert!(submit(&store, &rules(), submission, now(), &|_| anyhow::bail!("no key")).await.is_err());
        assert_eq!(
            file(&store, IINS[3], Category::Vulnerable, None).await.unwrap().number,
            "ALA-2026-000001"
        );
    }
}
