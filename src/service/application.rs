//! Use cases of the register: filing an application, refusing one at a counter, beginning an inventory. Each is one
//! transaction and takes only verified documents; steps of a case are `step.rs`'s.

use super::state_data::{self, Raised};
use crate::calendar;
use crate::housing::inventory::Beginning;
use crate::housing::{
    Application, Case, Channel, Denied, FiledApplication, IntakeRefusal, Refusal, Role, Rules, State,
    attachment, document, hex,
};
use crate::store::{
    Conflict, Document, EventActor, IntakeRefused, NewApplication, NewDocument, NewEvent, Staged, Store,
    StoreError,
};
use crate::validation::{ProvisionalDocument, VerifiedDocument};
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
    Conflict {
        code: &'static str,
        /// The person's other case; told to that person only.
        number: Option<String>,
    },
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
            StoreError::Conflict(Conflict::OpenApplication(number)) => {
                Self::Conflict { code: "OPEN_APPLICATION", number: Some(number) }
            }
            StoreError::Conflict(conflict) => Self::Conflict {
                code: match conflict {
                    Conflict::SameDocument => "SAME_DOCUMENT",
                    Conflict::OpenApplication(_) => "OPEN_APPLICATION",
                    Conflict::StateChanged => "STATE_CHANGED",
                    Conflict::IdempotencyKey => "IDEMPOTENCY_KEY",
                    Conflict::PlaceTaken => "PLACE_TAKEN",
                    Conflict::DwellingTaken => "DWELLING_TAKEN",
                    Conflict::PersonHoused => "PERSON_HOUSED",
                    Conflict::InventoryBegun => "INVENTORY_BEGUN",
                    Conflict::SlotTaken => "SLOT_TAKEN",
                    Conflict::BookingOpen => "BOOKING_OPEN",
                    Conflict::BookingsOfDay => "BOOKINGS_OF_DAY",
                    Conflict::TicketMoved => "TICKET_MOVED",
                    Conflict::SearchAnswered => "SEARCH_ANSWERED",
                },
                number: None,
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
pub struct Submission<'a, D = VerifiedDocument> {
    pub verified: &'a D,
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
    /// Where the case stands.
    pub state: State,
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
    same_octets(submission.verified.document_sha256(), &submission.document)?;
    let filed = Application::read(submission.verified, rules).map_err(invalid)?;
    check_attachments(&filed, &submission.uploads)?;
    // The database keeps microseconds; everything that is sealed says the same moment.
    let now = Timestamp::from_microsecond(now.as_microsecond())?;
    let questions = state_data::questions(store, &filed, rules, now);
    let parcel = parcel(submission);
    register(store, rules, (&filed, Case::begun, questions), parcel, now, seal).await
}

/// Files an application provisionally: nobody could be asked whether the certificate of its signer is revoked. The
/// moment of filing, the number and the time limit are kept; the case waits, and no state database is asked before
/// the evidence is there.
///
/// # Errors
/// As [`submit`].
pub async fn submit_provisionally(
    store: &Store,
    rules: &Rules,
    submission: Submission<'_, ProvisionalDocument>,
    now: Timestamp,
    seal: &Seal<'_>,
) -> Result<Submitted, ServiceError> {
    same_octets(submission.verified.document_sha256(), &submission.document)?;
    let filed = Application::read_provisionally(submission.verified, rules).map_err(invalid)?;
    check_attachments(&filed, &submission.uploads)?;
    let now = Timestamp::from_microsecond(now.as_microsecond())?;
    let parcel = parcel(submission);
    let nothing = std::future::ready(Ok(Raised::default()));
    register(store, rules, (&filed, Case::awaiting_evidence, nothing), parcel, now, seal).await
}

/// What came must be what the form lists.
fn check_attachments<Standing>(
    filed: &FiledApplication<Standing>,
    uploads: &[Upload],
) -> Result<(), ServiceError> {
    let files: Vec<attachment::Uploaded> = uploads
        .iter()
        .map(|one| attachment::Uploaded {
            file_name: one.file_name.clone(),
            size: one.file.size,
            sha256: one.file.sha256,
        })
        .collect();
    let refusals = attachment::check(&filed.application().attachments, &files);
    if refusals.is_empty() { Ok(()) } else { Err(invalid(refusals)) }
}

fn invalid(refusals: Vec<Refusal>) -> ServiceError {
    ServiceError::Invalid { refusals }
}

/// How a case begins.
type Begin = fn(Channel, Option<String>, Timestamp) -> Case;

/// What comes with the form.
type Parcel = (Staged, Vec<Upload>, Option<(String, [u8; 32])>);

fn parcel<D>(submission: Submission<'_, D>) -> Parcel {
    (submission.document, submission.uploads, submission.idempotency)
}

async fn register<Standing: Sync>(
    store: &Store,
    rules: &Rules,
    (filed, begin, questions): (
        &FiledApplication<Standing>,
        Begin,
        impl Future<Output = Result<Raised, ServiceError>> + Send,
    ),
    (document, uploads, idempotency): Parcel,
    now: Timestamp,
    seal: &Seal<'_>,
) -> Result<Submitted, ServiceError> {
    let data = filed.application();
    let (edition, limits) = super::edition::of_filing(rules, data.category, now)?;
    let term = limits.term(now)?;
    let is_own = filed.by() == Role::Applicant;
    let conflict = |error: StoreError| match error.into() {
        // An inspector learns that there is one, not which.
        ServiceError::Conflict { code, .. } if !is_own => ServiceError::Conflict { code, number: None },
        error => error,
    };
    let iin = filed.iin().as_str();
    let check = store.check_filing(document.sha256, iin, data.category, idempotency.as_ref());
    check.await.map_err(conflict)?;
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
    let questions = questions.await?;
    documents.extend(questions.document);
    let new = NewApplication {
        office: rules.office.clone(),
        iin: filed.iin().as_str().into(),
        name: data.applicant.full_name(),
        family: data.family.iter().map(|(member, _)| member.iin.clone()).collect(),
        representative: data.representative.as_ref().map(|one| (one.person.iin.clone(), one.until)),
        category: data.category,
        language: data.language,
        case: Case {
            edition: Some(edition.clone()),
            limits: limits.clone(),
            ..begin(filed.channel(), data.centre.clone(), now)
        },
        filed: now,
        due: term.due,
        document_sha256,
        event: NewEvent {
            kind: "registered",
            actor: EventActor { role: filed.by().code(), certificate_sha256: filed.certificate_sha256() },
            body: json!({
                "category": data.category.code(),
                "edition": { "name": edition.name, "sha256": edition.sha256 },
                "documents": documents.iter().map(|one| hex(&one.sha256)).collect::<Vec<_>>(),
                "due": term.due.to_string(),
            }),
        },
        documents,
        idempotency,
        questions: questions.ids,
        contact: data.notification_email.clone(),
    };
    let receipt =
        |number: &str, at: Timestamp| seal(&document::receipt(number, at, &limits.term(at)?, filed, rules));
    let registered = store.register_application(new, &receipt).await.map_err(conflict)?;
    let stored = store.application(&registered.number).await?;
    Ok(Submitted {
        number: registered.number,
        state: stored.case.state,
        access_key: registered.access_key,
        due: stored.due,
        receipt_document: registered.receipt,
    })
}

/// What is kept must be what was verified.
pub(super) fn same_octets(verified: [u8; 32], document: &Staged) -> Result<(), ServiceError> {
    if verified == document.sha256 {
        return Ok(());
    }
    Err(ServiceError::Internal(anyhow::anyhow!("the document to keep is not the verified one")))
}

/// Enters a refusal at a counter in its journal, with a sealed receipt.
///
/// # Errors
/// `Invalid` for a faulty act or one of somebody who is no inspector there, `Conflict` for one that is entered.
pub async fn refuse_intake(
    store: &Store,
    rules: &Rules,
    verified: &VerifiedDocument,
    document: Staged,
    now: Timestamp,
    seal: &Seal<'_>,
) -> Result<IntakeRefused, ServiceError> {
    same_octets(verified.document_sha256(), &document)?;
    let refusal =
        IntakeRefusal::read(verified, rules).map_err(|refusals| ServiceError::Invalid { refusals })?;
    let now = Timestamp::from_microsecond(now.as_microsecond())?;
    let (act_sha256, _) = document.persist().await?;
    let receipt = |number: &str| seal(&document::refusal_receipt(number, now, &refusal, rules));
    let centre = &refusal.intake().centre;
    Ok(store.refuse_intake(&rules.office, centre, act_sha256, now, &receipt).await?)
}

/// Begins the inventory of this year.
///
/// # Errors
/// `Invalid` for a faulty act or another year's, `Conflict` where it was begun.
pub async fn begin_inventory(
    store: &Store,
    rules: &Rules,
    verified: &VerifiedDocument,
    document: &[u8],
    now: Timestamp,
) -> Result<i16, ServiceError> {
    let begun = Beginning::read(verified, rules).map_err(|refusals| ServiceError::Invalid { refusals })?;
    if calendar::local_date(now)?.year() != begun.year() {
        let refusals = vec![Refusal { code: "INVENTORY_YEAR", field: "year".into(), params: Vec::new() }];
        return Err(ServiceError::Invalid { refusals });
    }
    let actor = EventActor { role: begun.role().code(), certificate_sha256: begun.certificate_sha256() };
    store.begin_inventory(begun.year(), now, &actor, document).await?;
    Ok(begun.year())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::housing::act::Content;
    use crate::housing::application::tests::sample;
    use crate::housing::workflow::{self, MoveKind};
    use crate::housing::workflow::{Decision, Memo, Sitting};
    use crate::housing::{Category, Official, Step};
    use crate::service::step::{Taking, stated_queue_number, take_step};
    use crate::store::{NewStep, QueueChange, Taken};

    pub(in crate::service) const IINS: [&str; 6] =
        ["061211600012", "251112401047", "700911204362", "850315300128", "850101300603", "850101300615"];

    crate::store::test_database::also_over_postgresql!(
        gapless_numbers,
        duplicates_and_repetition,
        conflicts_of_a_family,
        an_inventory_of_the_lists,
        whole_case,
        no_vote_is_lost,
        whose_a_place_is,
        seal_failure_registers_nothing,
    );

    pub(in crate::service) fn now() -> Timestamp {
        "2026-11-24T06:00:00Z".parse().unwrap()
    }

    pub(in crate::service) async fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::test_database::open(dir.path()).await;
        store.health().await.unwrap();
        (dir, store)
    }

    pub(in crate::service) fn rules() -> Rules {
        let officials = [
            (IINS[0], Role::Head),
            (IINS[1], Role::Executor),
            (IINS[2], Role::Commission),
            (IINS[0], Role::Akimat),
            (IINS[1], Role::Akimat),
        ];
        let mut officials =
            officials.map(|(iin, role)| Official { iin: iin.into(), role, centre: None }).to_vec();
        officials.push(Official {
            iin: IINS[2].into(),
            role: Role::Inspector,
            centre: Some("almaly".into()),
        });
        Rules { officials, ..Rules::default() }
    }

    pub(in crate::service) async fn file(
        store: &Store,
        iin: &str,
        category: Category,
        key: Option<&str>,
    ) -> Result<Submitted, ServiceError> {
        file_with(store, iin, category, &[], key).await
    }

    pub(in crate::service) async fn file_with(
        store: &Store,
        iin: &str,
        category: Category,
        family: &[&str],
        key: Option<&str>,
    ) -> Result<Submitted, ServiceError> {
        let mut data = sample(iin);
        data.category = category;
        for member in family {
            let person =
                crate::housing::application::Person { iin: (*member).into(), ..data.applicant.clone() };
            data.family.push((person, "child".into()));
        }
        let xml = data.to_xml();
        let verified = VerifiedDocument::for_test(&xml, iin, None, now());
        let document = store.blobs().stage(xml.as_bytes()).await.unwrap();
        let idempotency = key.map(|key| (key.to_owned(), document.sha256));
        let submission = Submission { verified: &verified, document, uploads: vec![], idempotency };
        submit(store, &rules(), submission, now(), &|xml| Ok(xml.as_bytes().to_vec())).await
    }

    pub(in crate::service) async fn act(
        store: &Store,
        number: &str,
        iin: &str,
        content: Content,
    ) -> Result<Taken, ServiceError> {
        let xml = content.to_xml(number);
        let verified = VerifiedDocument::for_test(&xml, iin, Some("140540000015"), now());
        let document = store.blobs().stage(xml.as_bytes()).await.unwrap();
        // A web handler's future must be able to move between threads.
        let movable: std::pin::Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async {
            let mut holder = None;
            for iin in IINS {
                if store.is_applicant(number, iin).await.unwrap() {
                    holder = Some(sample(iin).applicant);
                }
            }
            let taking = Taking { number, verified: &verified, document, paper: None, holder };
            take_step(store, &rules(), taking, now(), &|xml| Ok(xml.as_bytes().to_vec())).await
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
        let (dir, store) = store().await;
        let first = file(&store, IINS[3], Category::Orphan, Some("k")).await.unwrap();
        let again = file(&store, IINS[3], Category::Orphan, Some("k")).await.unwrap();
        assert_eq!((&first.number, &first.access_key), (&again.number, &again.access_key));
        assert!(store.access_allowed(&first.number, &first.access_key).await.unwrap());
        assert!(!store.access_allowed(&first.number, "0").await.unwrap());
        let code = |result: Result<Submitted, ServiceError>| match result {
            Err(ServiceError::Conflict { code, .. }) => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(code(file(&store, IINS[3], Category::Orphan, None).await), "SAME_DOCUMENT");
        assert_eq!(code(file(&store, IINS[4], Category::Orphan, Some("k")).await), "IDEMPOTENCY_KEY");
        fn files(folder: &std::path::Path) -> usize {
            let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
        }
        let before = files(&dir.path().join("blobs"));
        let mut data = sample(IINS[3]);
        data.category = Category::Orphan;
        data.phone = "2".into();
        let xml = data.to_xml();
        let verified = VerifiedDocument::for_test(&xml, IINS[3], None, now());
        let document = store.blobs().stage(xml.as_bytes()).await.unwrap();
        let submission = Submission { verified: &verified, document, uploads: vec![], idempotency: None };
        let result = submit(&store, &rules(), submission, now(), &|_| anyhow::bail!("not reached")).await;
        assert!(
            matches!(&result, Err(ServiceError::Conflict { number: Some(own), .. }) if *own == first.number)
        );
        assert_eq!(code(result), "OPEN_APPLICATION");
        assert_eq!(files(&dir.path().join("blobs")), before, "what is refused leaves no file");
    }

    /// Another case of the person or the family is no refusal: it stops at the executor, who answers for it.
    #[tokio::test]
    async fn conflicts_of_a_family() {
        let (_dir, store) = store().await;
        let (first, _) = registered(&store).await;
        let conflicts = async |number: &str| store.application(number).await.unwrap().case.conflicts;
        assert!(conflicts(&first).await.is_empty());
        let filed = async |iin, category, family: &[&str]| {
            file_with(&store, iin, category, family, None).await.unwrap().number
        };
        // The member who was named there applies; the applicant of there is named; the same person, another list.
        let member = filed(IINS[4], Category::Orphan, &[]).await;
        assert_eq!(conflicts(&member).await, std::slice::from_ref(&first));
        let named = filed(IINS[5], Category::Orphan, &[IINS[3]]).await;
        assert_eq!(conflicts(&named).await, std::slice::from_ref(&first));
        let again = filed(IINS[3], Category::Vulnerable, &[]).await;
        assert_eq!(conflicts(&again).await, [first.clone(), named.clone()]);
        assert!(conflicts(&filed(IINS[2], Category::Orphan, &[]).await).await.is_empty(), "a stranger");
        // The executor answers for it by a signed act.
        act(&store, &member, IINS[0], Content::AssignExecutor { executor: IINS[1].into() }).await.unwrap();
        let memo = |resolved| Content::Memo(Memo::Complete { register: true, ground: None, resolved });
        let denied = act(&store, &member, IINS[1], memo(vec![])).await;
        assert!(matches!(denied, Err(ServiceError::Denied(denied))
            if denied.code == "CONFLICT_UNANSWERED" && denied.detail == first));
        let resolution = workflow::Resolution { other: first.clone(), how: "a household of its own".into() };
        act(&store, &member, IINS[1], memo(vec![resolution])).await.unwrap();
        // What was withdrawn is no conflict any more.
        act(&store, &named, IINS[5], Content::Plain(Step::Withdraw)).await.unwrap();
        assert_eq!(conflicts(&filed(IINS[5], Category::Veteran, &[]).await).await, Vec::<String>::new());
        // No IIN stands in what is kept of it.
        for event in store.events(&member).await.unwrap() {
            assert!(IINS.iter().all(|iin| !event.body.contains(iin)), "{}", event.body);
        }
    }

    /// An inspector learns that there is an open case, not which.
    #[tokio::test]
    async fn whose_case_it_is_is_told_to_them_alone() {
        let (_dir, store) = store().await;
        file(&store, IINS[3], Category::Orphan, None).await.unwrap();
        let mut rules = rules();
        rules.officials.push(Official {
            iin: IINS[5].into(),
            role: Role::Inspector,
            centre: Some("almaly".into()),
        });
        let mut data = sample(IINS[3]);
        (data.category, data.centre) = (Category::Orphan, Some("almaly".into()));
        let xml = data.to_xml();
        let verified = VerifiedDocument::for_test(&xml, IINS[5], Some("140540000015"), now());
        let document = store.blobs().stage(xml.as_bytes()).await.unwrap();
        let submission = Submission { verified: &verified, document, uploads: vec![], idempotency: None };
        let result = submit(&store, &rules, submission, now(), &|_| anyhow::bail!("not reached")).await;
        assert!(matches!(result, Err(ServiceError::Conflict { code: "OPEN_APPLICATION", number: None })));
    }

    #[tokio::test]
    async fn an_inventory_of_the_lists() {
        use crate::housing::inventory::{Finding, to_xml};
        let (_dir, store) = store().await;
        let (number, _) = registered(&store).await;
        let find = |finding: Finding, grounds: Option<&str>| Content::TakeInventory {
            year: 2026,
            ground_codes: if finding == Finding::Removal { vec!["moved".into()] } else { vec![] },
            finding,
            grounds: grounds.map(Into::into),
        };
        let denied = act(&store, &number, IINS[1], find(Finding::Confirmed, None)).await;
        assert!(matches!(denied, Err(ServiceError::Denied(denied)) if denied.code == "NO_INVENTORY"));
        let begin = async |year, iin| {
            let xml = to_xml(year, "order 5");
            let verified = VerifiedDocument::for_test(&xml, iin, Some("140540000015"), now());
            begin_inventory(&store, &rules(), &verified, xml.as_bytes(), now()).await
        };
        for (year, iin, code) in [(2025, IINS[0], "INVENTORY_YEAR"), (2026, IINS[1], "SIGNER_NOT_OFFICIAL")] {
            let Err(ServiceError::Invalid { refusals }) = begin(year, iin).await else { panic!("{code}") };
            assert_eq!(refusals[0].code, code);
        }
        assert_eq!(begin(2026, IINS[0]).await.unwrap(), 2026);
        let again = begin(2026, IINS[0]).await;
        assert!(matches!(again, Err(ServiceError::Conflict { code: "INVENTORY_BEGUN", .. })));
        let state = async || {
            let state = store.inventory(2026).await.unwrap();
            (state.places, state.open(), state.found.iter().map(|(_, count)| *count).collect::<Vec<_>>())
        };
        assert_eq!(state().await, (1, 1, vec![0, 0, 0]));
        act(&store, &number, IINS[1], find(Finding::NeedsDocuments, Some("income"))).await.unwrap();
        assert_eq!(state().await, (1, 0, vec![0, 1, 0]));
        act(&store, &number, IINS[1], find(Finding::Removal, Some("Law 73(1)"))).await.unwrap();
        assert_eq!(state().await, (1, 0, vec![0, 0, 1]));
        assert_eq!(store.queue_position(&number).await.unwrap(), Some(1), "an inventory removes nobody");
        act(&store, &number, IINS[0], Content::Plain(Step::ConfirmMove)).await.unwrap();
        assert_eq!(state().await, (0, 0, vec![0, 0, 0]));
        assert_eq!(store.queue_position(&number).await.unwrap(), None);
        assert_eq!(store.verify_places().await.unwrap(), None);
        assert_eq!(store.verify_states().await.unwrap(), None);
    }

    /// On the agenda of a sitting of this day.
    async fn on_agenda(store: &Store) -> String {
        on_agenda_for(store, IINS[3], &[IINS[4]]).await
    }

    async fn on_agenda_for(store: &Store, iin: &str, family: &[&str]) -> String {
        on_agenda_in(store, iin, Category::Veteran, family).await
    }

    /// Where there are other cases of the family, they are said to be resolved.
    async fn on_agenda_in(store: &Store, iin: &str, category: Category, family: &[&str]) -> String {
        let number = file_with(store, iin, category, family, None).await.unwrap().number;
        let assign = Content::AssignExecutor { executor: IINS[1].into() };
        let denied = act(store, &number, IINS[1], assign.clone()).await;
        assert!(matches!(denied, Err(ServiceError::Denied(denied)) if denied.code == "WRONG_ROLE"));
        act(store, &number, IINS[0], assign).await.unwrap();
        let others = store.application(&number).await.unwrap().case.conflicts;
        let resolved = others
            .into_iter()
            .map(|other| workflow::Resolution { other, how: "another list".into() })
            .collect();
        let memo = Content::Memo(Memo::Complete { register: true, ground: None, resolved });
        act(store, &number, IINS[1], memo).await.unwrap();
        let sitting = Sitting { date: today(), number: "1".into(), delay: None };
        act(store, &number, IINS[1], Content::PutOnAgenda(sitting)).await.unwrap();
        number
    }

    fn today() -> Date {
        "2026-11-24".parse().unwrap()
    }

    pub(in crate::service) async fn registered(store: &Store) -> (String, Taken) {
        registered_for(store, IINS[3], &[IINS[4]]).await
    }

    pub(in crate::service) async fn registered_for(
        store: &Store,
        iin: &str,
        family: &[&str],
    ) -> (String, Taken) {
        registered_in(store, iin, Category::Veteran, family).await
    }

    pub(in crate::service) async fn registered_in(
        store: &Store,
        iin: &str,
        category: Category,
        family: &[&str],
    ) -> (String, Taken) {
        let number = on_agenda_in(store, iin, category, family).await;
        let decision =
            Decision { ground_codes: vec![], reason: None, date: today(), minutes_number: "1".into() };
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
        let notice = store.blobs().read(&taken.sealed.unwrap().sha256).await.unwrap();
        assert!(String::from_utf8(notice).unwrap().contains("<queueNumber>1</queueNumber>"));
        assert_eq!(store.queue_position(&number).await.unwrap(), Some(1));
        assert_eq!(store.queue_list(Category::Veteran, 0, 10, None).await.unwrap().len(), 1);
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
        let again = |at: usize| {
            Content::PutOnAgenda(Sitting { date: today(), number: format!("1-{at}"), delay: None })
        };
        act(&store, &number, IINS[3], complaint("slow")).await.unwrap();
        let step = |case| NewStep {
            number: &number,
            expected: case,
            case: case.clone(),
            at: now(),
            events: vec![],
            documents: vec![],
            queue: QueueChange::Unchanged,
            finding: None,
            answer_until: None,
            sealed: None,
        };
        let late = store.append_step(step(&stale)).await;
        assert!(matches!(late, Err(StoreError::Conflict(Conflict::StateChanged))), "{late:?}");
        let mut tasks = tokio::task::JoinSet::new();
        for at in 0..4 {
            let (store, number) = (store.clone(), number.clone());
            tasks.spawn(async move { act(&store, &number, IINS[1], again(at)).await.is_ok() });
        }
        let taken = tasks.join_all().await.into_iter().filter(|taken| *taken).count();
        let events = store.events(&number).await.unwrap();
        assert!(taken >= 1);
        let there = events.iter().filter(|event| event.kind == "put-on-agenda").count();
        assert_eq!(there, 1 + taken, "as many as were answered for");
        let case = store.application(&number).await.unwrap().case;
        assert_eq!(case.complaints.len(), 1);
    }

    /// A place that passes to another person is that one's (Law on housing relations 73(2)).
    #[tokio::test]
    async fn whose_a_place_is() {
        let (_dir, store) = store().await;
        let (number, _) = registered(&store).await;
        let is = async |iin| store.is_applicant(&number, iin).await.unwrap();
        assert!(is(IINS[3]).await && !is(IINS[4]).await);
        let kind = MoveKind::Transfer { holder: IINS[4].into() };
        let propose = |kind| Content::ProposeMove {
            kind,
            ground_codes: vec![],
            basis: "Law 73(2)".into(),
            judgement: None,
        };
        let stranger = propose(MoveKind::Transfer { holder: IINS[5].into() });
        let denied = act(&store, &number, IINS[1], stranger).await;
        assert!(matches!(denied, Err(ServiceError::Denied(denied)) if denied.code == "NOT_OF_THE_FAMILY"));
        act(&store, &number, IINS[1], propose(kind)).await.unwrap();
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
