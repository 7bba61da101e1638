//! The running service: settings, evidence, the key that seals, the register. Its methods are what the
//! web asks for; each reads the clock once.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::application::{self, ServiceError, Submission, Submitted, Upload};
use super::clock::{Clock, Moment};
use super::edition;
use super::given::Given;
use super::jobs::Runner;
use super::lists;
use super::online::{self, Judgement};
use super::reading::{DetachedContent, Reading, Received, Source};
use super::register;
use super::state_data;
use super::verify::{Refusal, open_identity, policy};
use crate::calendar::local_date;
use crate::config::{self, Revocation, Settings};
use crate::crypto::{self, Identity};
use crate::housing::{self, Rules, TestIdentities, workflow};
use crate::online::Online;
use crate::pkix::Certificate;
use crate::registries::Registries;
use crate::signature::{CertificateCache, Octets};
pub use crate::store::Document;
use crate::store::{Looking, Scratch, Seen, Store, StoreError, StoredApplication};
use crate::validation::report::{hex, rfc3339};
use crate::validation::{
    Acceptance, Evidence, NotVerified, Policy, Report, Usage, VerifiedDocument, accept, check_certificate,
    validate,
};
use crate::xml::Limits;

mod access;
pub(super) mod evidence;
mod papers;
mod reception;
mod search;
mod steps;

pub use access::Asking;
use access::Reader;
pub(super) use papers::pdf_name;
pub use papers::{Checked, Shown};

/// One reason of a refusal.
#[derive(Clone, Debug)]
pub struct Reason {
    pub code: String,
    /// The field of the form, if the reason lies in one.
    pub field: Option<String>,
    /// The values that the message names.
    pub params: Vec<(String, String)>,
}

/// Why the service gave no answer.
#[derive(Debug)]
pub enum AppError {
    /// Nothing in the document could be judged.
    NotJudgeable(Refusal),
    /// An option of the request is wrong.
    Option(&'static str),
    /// Refused with reasons.
    Invalid(Vec<Reason>),
    /// With the number of the person's own case, if it is about one.
    Conflict(&'static str, Option<String>),
    Denied(&'static str, Vec<(String, String)>),
    Unauthorized,
    NotFound,
    /// No such thing, or not for whoever asks: a code of its own.
    Missing(&'static str),
    /// All workers are busy and the queue is full.
    Busy,
    /// The document has no paper.
    NoPaper,
    /// The key of the service seals nothing that passes.
    NotSealed,
    /// Something that the service needs is away, full, or not to be believed: `database`, `disk`, `clock`.
    Unavailable(&'static str),
    Internal(anyhow::Error),
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        Self::NotJudgeable(refusal)
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        ServiceError::from(error).into()
    }
}

impl From<std::io::Error> for AppError {
    fn from(error: std::io::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<ServiceError> for AppError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Conflict { code, number } => Self::Conflict(code, number),
            ServiceError::Denied(denied) => {
                let mut params = vec![("detail".to_owned(), denied.detail.clone())];
                if let Some((step, roles)) = denied.next.first() {
                    let roles: Vec<&str> = roles.iter().map(|role| role.code()).collect();
                    params.push(("step".into(), step.code().into()));
                    params.push(("role".into(), roles.join(", ")));
                }
                Self::Denied(denied.code, params)
            }
            ServiceError::Invalid { refusals } => Self::Invalid(
                refusals
                    .into_iter()
                    .map(|refusal| {
                        let params = refusal
                            .params
                            .into_iter()
                            .map(|(name, value)| (name.to_string(), value))
                            .collect();
                        Reason { code: refusal.code.to_string(), field: Some(refusal.field), params }
                    })
                    .collect(),
            ),
            ServiceError::NotFound => Self::NotFound,
            ServiceError::Internal(error) => match error.downcast_ref::<StoreError>() {
                Some(StoreError::Unavailable(source)) => {
                    tracing::warn!(error = format!("{source:#}"), "the database is away or too busy");
                    Self::Unavailable("database")
                }
                Some(full @ StoreError::Full(_)) => {
                    tracing::error!(error = format!("{full:#}"), "no room to write");
                    Self::Unavailable("disk")
                }
                Some(StoreError::Seal(sealed)) if papers::is_not_passed(sealed) => {
                    tracing::error!(error = format!("{sealed:#}"), "nothing leaves that does not pass");
                    Self::NotSealed
                }
                _ => Self::Internal(error),
            },
        }
    }
}

/// A file that came with an application, in the spool folder.
pub struct Spooled {
    pub file_name: String,
    /// As the sender names it.
    pub media_type: Option<String>,
    pub path: PathBuf,
}

/// A place in the queue before the workers; given back also when the request is dropped.
struct Waiting<'a> {
    count: &'a AtomicUsize,
    before: usize,
}

impl<'a> Waiting<'a> {
    fn enter(count: &'a AtomicUsize) -> Self {
        Self { count, before: count.fetch_add(1, Ordering::SeqCst) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The service.
pub struct App {
    settings: Settings,
    /// The one that counts where a request names none.
    policy: Policy,
    pub(super) rules: Rules,
    given: Given,
    certificates: Arc<CertificateCache>,
    limits: Limits,
    provider: Option<Arc<Identity>>,
    pub(super) store: Store,
    workers: Arc<Semaphore>,
    waiting: AtomicUsize,
    spool: Scratch,
    online: Option<Arc<Online>>,
    clock: Clock,
    registries: Option<Arc<dyn Registries>>,
    /// Judgements that fetch: each has a thread that mostly waits.
    fetching: Arc<Semaphore>,
}

impl App {
    /// Opens the service on its data folder; the database is brought up to date.
    ///
    /// # Errors
    /// Says which file or folder cannot be used.
    pub async fn open(settings: Settings) -> anyhow::Result<Self> {
        let said = |refusal: Refusal| anyhow::anyhow!("{} {:?}", refusal.code, refusal.params);
        let policy = policy(&settings.policy).map_err(said)?;
        let provider = settings.provider_key.as_ref().map(open_provider).transpose()?;
        let store = register::open(&settings).await?;
        store.migrate().await?;
        store.health().await?;
        let spool = Scratch::open(&settings.data_dir.join("spool"))?;
        let given = Given::read(&settings)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let document_bytes = usize::try_from(settings.limits.document_bytes).unwrap_or(usize::MAX);
        let limits = Limits {
            document_bytes,
            tree_bytes: document_bytes,
            nesting: settings.limits.nesting,
            attributes: settings.limits.attributes,
            references: settings.limits.references,
            signatures: settings.limits.signatures,
            file_bytes: settings.limits.verification_bytes,
            ..Limits::default()
        };
        let clock = Clock::open(&settings)?;
        let online = online::of_service(&settings.online, &settings.data_dir)?;
        let registries = state_data::registries(&settings.registries)?;
        Ok(Self {
            registries,
            fetching: Arc::new(Semaphore::new(settings.online.parallel.max(1))),
            online,
            clock,
            policy,
            rules: rules(&settings)?,
            given,
            certificates: Arc::new(CertificateCache::default()),
            limits,
            provider: provider.map(Arc::new),
            store,
            workers: Arc::new(Semaphore::new(if settings.limits.workers == 0 {
                cores
            } else {
                settings.limits.workers
            })),
            waiting: AtomicUsize::new(0),
            spool,
            settings,
        })
    }

    /// Who does what the register owes others, if anybody can.
    ///
    /// # Errors
    /// Says what in the settings cannot be used.
    pub fn runners(self: &Arc<Self>) -> anyhow::Result<Vec<Runner>> {
        Runner::all(self)
    }

    /// Who asks state databases, if anybody does.
    pub(super) fn registries(&self) -> Option<Arc<dyn Registries>> {
        self.registries.clone()
    }

    /// What the office has set.
    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The clock of the service.
    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The moment that is written down for what is done now.
    ///
    /// # Errors
    /// `Unavailable` where the clock is far behind the log, or the log cannot be read.
    pub(super) async fn moment(&self) -> Result<Timestamp, AppError> {
        match self.clock.moment(&self.store).await? {
            Moment::Known(at) => Ok(at),
            Moment::Behind(_) => Err(AppError::Unavailable("clock")),
        }
    }

    /// Folder for files on their way in.
    pub fn spool(&self) -> PathBuf {
        self.spool.path().to_owned()
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    fn checker(
        &self,
        policy: Option<&str>,
        revocation: Option<Revocation>,
    ) -> Result<(Arc<Evidence>, Policy), AppError> {
        let policy = match policy {
            None => self.policy.clone(),
            Some(name) if name == self.policy.name() => self.policy.clone(),
            Some(name) => Policy::named(name).ok_or(AppError::Option("policy"))?,
        };
        Ok((self.given.evidence(revocation.unwrap_or(self.settings.revocation)), policy))
    }

    /// Reads trust anchors, certificates and lists anew where a file changed; with an error all stays as it was.
    ///
    /// # Errors
    /// Names the file that cannot be read or used.
    pub(super) async fn refresh(self: &Arc<Self>) -> anyhow::Result<bool> {
        let app = Arc::clone(self);
        tokio::task::spawn_blocking(move || app.given.refresh(&app.settings)).await?
    }

    /// Runs work that takes processor time off the threads that serve connections.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let place = Waiting::enter(&self.waiting);
        if place.before >= self.settings.limits.queue {
            return Err(AppError::Busy);
        }
        let permit = Arc::clone(&self.workers).acquire_owned().await;
        drop(place);
        let permit = permit.map_err(|error| AppError::Internal(error.into()))?;
        // The permit goes with the work, which runs to its end even when nobody waits for it any more.
        let work = move || {
            let _permit = permit;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| AppError::Internal(error.into()))?
    }

    /// Judges again with what can be fetched, where something is needed and may be fetched. Whoever waits for
    /// an answer from elsewhere keeps no worker.
    async fn with_fetched<J: Judgement + Send + 'static>(
        &self,
        first: J,
        evidence: &Arc<Evidence>,
        judge: impl Fn(&Evidence) -> J + Send + 'static,
    ) -> Result<(J, Option<Evidence>), AppError> {
        let is_needed = first.needs().iter().any(|needs| !needs.is_empty());
        let Some(online) = self.online.clone().filter(|_| is_needed) else { return Ok((first, None)) };
        let permit = Arc::clone(&self.fetching).acquire_owned().await;
        let permit = permit.map_err(|error| AppError::Internal(error.into()))?;
        let (evidence, workers) = (Arc::clone(evidence), Arc::clone(&self.workers));
        let here = tokio::runtime::Handle::current();
        let work = move || {
            let _permit = permit;
            online::fetch(&online, &evidence, first, |evidence| {
                let _worker = here.block_on(workers.acquire());
                judge(evidence)
            })
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| AppError::Internal(error.into()))
    }

    /// Judges a document; `contents` are for its references to something outside it.
    ///
    /// # Errors
    /// When nothing could be judged, an option is wrong or the service is busy.
    pub async fn verify(
        &self,
        document: Received,
        contents: Vec<DetachedContent>,
        policy: Option<&str>,
        at: Option<&str>,
        revocation: Option<Revocation>,
    ) -> Result<Report, AppError> {
        let at = self.time(at)?;
        let (evidence, policy) = self.checker(policy, revocation)?;
        let reading = Reading { detached: contents, ..self.reading(&evidence) };
        let (first, given) = (policy.clone(), Arc::clone(&evidence));
        let (report, facts, sha256) = self
            .work(move || {
                let facts = reading.facts(document.source(), Octets::Drop)?;
                let report = validate(&facts, &given, &first, at);
                Ok((report, facts, hex(&reading.sha256(document.source())?)))
            })
            .await?;
        let judge = move |evidence: &Evidence| validate(&facts, evidence, &policy, at);
        let (mut report, _) = self.with_fetched(report, &evidence, judge).await?;
        report.document.sha256 = sha256;
        Ok(report)
    }

    /// Judges a certificate: PEM, DER or base64.
    ///
    /// # Errors
    /// When it is no certificate, an option is wrong or the service is busy.
    pub async fn check_certificate(
        &self,
        bytes: Vec<u8>,
        usage: Option<&str>,
        policy: Option<&str>,
        at: Option<&str>,
        revocation: Option<Revocation>,
    ) -> Result<crate::validation::report::CertificateReport, AppError> {
        let at = self.time(at)?;
        let usage = match usage {
            None | Some("any") => Usage::Any,
            Some("sign") => Usage::Sign,
            Some("auth") => Usage::Auth,
            Some("tsa") => Usage::Tsa,
            Some("ocsp") => Usage::Ocsp,
            Some("crl") => Usage::Crl,
            Some(_) => return Err(AppError::Option("usage")),
        };
        let (evidence, policy) = self.checker(policy, revocation)?;
        let (first, given) = (policy.clone(), Arc::clone(&evidence));
        let (report, certificate) = self
            .work(move || {
                let certificate = Certificate::from_pem_or_der(&bytes)
                    .ok()
                    .and_then(|certificates| certificates.into_iter().next())
                    .map(Arc::new)
                    .ok_or_else(|| {
                        Refusal::new("CERTIFICATE_MALFORMED", vec![("detail", "PEM, DER or base64".into())])
                    })?;
                let report = check_certificate(&certificate, usage, &given, &first, at);
                Ok((Arc::unwrap_or_clone(report), certificate))
            })
            .await?;
        let judge = move |evidence: &Evidence| {
            Arc::unwrap_or_clone(check_certificate(&certificate, usage, evidence, &policy, at))
        };
        Ok(self.with_fetched(report, &evidence, judge).await?.0)
    }

    fn time(&self, at: Option<&str>) -> Result<Timestamp, AppError> {
        match at {
            None => Ok(self.clock.now()),
            Some(at) => at.parse().map_err(|_| AppError::Option("at")),
        }
    }

    fn reading(&self, evidence: &Evidence) -> Reading {
        Reading {
            limits: self.limits.clone(),
            certificates: Arc::clone(&self.certificates),
            known: evidence.known_certificates(),
            ..Reading::default()
        }
    }

    /// The evidence, with what was fetched for this document, and whether a source that may be asked gave nothing.
    async fn gathered(
        &self,
        document: &Arc<Vec<u8>>,
        evidence: Arc<Evidence>,
        policy: &Policy,
        at: Timestamp,
    ) -> Result<(Arc<Evidence>, bool), AppError> {
        let (reading, document, given) =
            (self.reading(&evidence), Arc::clone(document), Arc::clone(&evidence));
        let (policy, first) = (policy.clone(), policy.clone());
        let (report, facts) = self
            .work(move || {
                let facts = reading.facts(Source::Memory(&document), Octets::Drop)?;
                Ok((validate(&facts, &given, &first, at), facts))
            })
            .await?;
        let judge = move |evidence: &Evidence| validate(&facts, evidence, &policy, at);
        let (report, more) = self.with_fetched(report, &evidence, judge).await?;
        Ok((more.map_or(evidence, Arc::new), evidence::has_outage(&report)))
    }

    /// How the register judges: whatever the policy for verifications, it takes signing certificates only.
    fn judges(&self) -> Result<(Arc<Evidence>, Policy), AppError> {
        let (evidence, policy) = self.checker(None, None)?;
        Ok((evidence, policy.with_signers_of(&Policy::kz())))
    }

    /// The verified content of a signed document, judged now.
    pub(super) async fn verified(
        &self,
        document: &Arc<Vec<u8>>,
        at: Timestamp,
    ) -> Result<VerifiedDocument, AppError> {
        let (evidence, policy) = self.judges()?;
        let reading = self.reading(&evidence);
        let document = Arc::clone(document);
        let evidence = match &self.online {
            Some(_) => self.gathered(&document, evidence, &policy, at).await?.0,
            None => evidence,
        };
        self.work(move || {
            let facts = reading.facts(Source::Memory(&document), Octets::Keep)?;
            let digest = crypto::sha256(&document);
            let (report, verified) = accept(facts, digest, &evidence, &policy, at);
            verified.map_err(|reason| AppError::Invalid(reasons(&report, &reason)))
        })
        .await
    }

    /// Files an application.
    ///
    /// # Errors
    /// With every reason; nothing is registered then.
    pub async fn submit(
        &self,
        document: Vec<u8>,
        files: Vec<Spooled>,
        idempotency_key: Option<String>,
    ) -> Result<(Submitted, String), AppError> {
        let now = self.moment().await?;
        let document = Arc::new(document);
        let now = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
        let accepted = self.verified_or_waiting(&document, now).await?;
        let document = self.store.blobs().stage(&document).await?;
        let mut digest = crypto::Digest::new(crypto::DigestAlgorithm::Sha256);
        digest.update(&document.sha256);
        let mut uploads = Vec::with_capacity(files.len());
        for file in files {
            let staged = self.stage(&file.path).await?;
            digest.update(file.file_name.as_bytes());
            digest.update(&staged.sha256);
            uploads.push(Upload { file_name: file.file_name, file: staged });
        }
        let request: [u8; 32] = digest.finish().to_vec().try_into().unwrap_or_default();
        let idempotency = idempotency_key.map(|key| (key, request));
        let sealing = self.sealing_receipts()?;
        let seal = |xml: &str| sealing.seal(xml);
        let submitted = match &accepted {
            Acceptance::Verified(verified) => {
                let submission = Submission { verified, document, uploads, idempotency };
                application::submit(&self.store, &self.rules, submission, now, &seal).await?
            }
            Acceptance::Provisional(verified) => {
                let submission = Submission { verified, document, uploads, idempotency };
                application::submit_provisionally(&self.store, &self.rules, submission, now, &seal).await?
            }
        };
        let receipt = self.store.blobs().read(&submitted.receipt_document.sha256).await?;
        Ok((submitted, String::from_utf8_lossy(&receipt).into_owned()))
    }

    /// What the state databases say of an application that an inspector has taken down and signed but not filed
    /// (item 16: data come from the state's systems). Nothing is registered; the journal has who asked, by the digest of
    /// what was signed.
    ///
    /// # Errors
    /// With every reason; `Unauthorized` without a token, `Denied` to whoever is not the inspector who signed. The
    /// signature alone is not enough: once it is filed the applicant has it, too.
    pub async fn ask_before_filing(&self, document: Vec<u8>, asking: &Asking) -> Result<Value, AppError> {
        let verified = self.verified(&Arc::new(document), self.clock.now()).await?;
        let filed = housing::Application::read(&verified, &self.rules)
            .map_err(|refusals| AppError::from(ServiceError::Invalid { refusals }))?;
        if filed.by() != housing::Role::Inspector {
            return Err(AppError::Denied("NOT_AN_OFFICIAL", Vec::new()));
        }
        let sha256 = filed.document_sha256();
        let (official, _) = asking
            .bearer
            .as_deref()
            .and_then(|bearer| self.official_by(bearer))
            .ok_or(AppError::Unauthorized)?;
        if verified.signer().iin.as_ref() != Some(&official) {
            return Err(AppError::Denied("NOT_AN_OFFICIAL", Vec::new()));
        }
        let why = Some(self.why(asking.why.as_deref())?).filter(|why| !why.is_empty());
        let looking = Looking {
            official: &official,
            role: filed.by().code(),
            centre: filed.application().centre.as_deref(),
            why: why.as_deref().unwrap_or("before-filing"),
        };
        self.store.note_access("", (Seen::StateData, &hex(&sha256)), &looking, self.clock.now()).await?;
        let inspector = hex(&filed.certificate_sha256());
        tracing::info!(inspector, "state databases are asked before filing");
        let told = match &self.registries {
            Some(registries) => state_data::before_filing(self, registries, &self.fetching, &filed).await?,
            None => Vec::new(),
        };
        Ok(json!({ "state_data": told }))
    }

    pub(super) async fn stage(&self, path: &std::path::Path) -> Result<crate::store::Staged, AppError> {
        use tokio::io::AsyncReadExt as _;
        let mut writer = self.store.blobs().writer(self.settings.limits.attachment_bytes).await?;
        let mut file = tokio::fs::File::open(path).await.map_err(StoreError::from)?;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = file.read(&mut buffer).await.map_err(StoreError::from)?;
            if read == 0 {
                return Ok(writer.finish().await?);
            }
            writer.write(buffer.get(..read).unwrap_or_default()).await?;
        }
    }

    /// Whether a bearer key is an official's.
    pub(super) fn is_official(&self, bearer: &str) -> bool {
        self.official_by(bearer).is_some()
    }

    /// Status, steps, documents and the due date of a case.
    ///
    /// # Errors
    /// `Unauthorized` without a key, `NotFound` with one of another case, `Denied` to an official who does not need
    /// to see it.
    pub async fn application(&self, number: &str, asking: &Asking) -> Result<Value, AppError> {
        let reader = self.reader(number, asking).await?;
        let stored = self.store.application(number).await?;
        let is_internal = reader.has(|right| right.internal);
        // A question that is answered meanwhile has left the jobs and is among the events: it is sought there after.
        let open = match is_internal {
            false => None,
            true => Some(state_data::open(&self.store, number).await?),
        };
        let events = self.store.events(number).await?;
        let documents = self.store.documents(number).await?;
        let position = self.store.queue_position(number).await?;
        let state_data = match &open {
            None => None,
            Some(open) => Some(state_data::view(&self.store, open, &documents, &events).await?),
        };
        let mut answer = json!({
            "number": stored.number,
            "status": stored.case.state.code(),
            "category": stored.category.code(),
            "filed_at": rfc3339(stored.filed),
            "due_date": stored.due.to_string(),
            "channel": stored.case.channel.code(),
            "centre": stored.case.centre,
            "edition": stored.case.edition,
            "documents_needed": self.documents_needed(&stored),
            "grounds": self.grounds(&stored),
            "next_step": next_steps(&stored.case).first(),
            "next_steps": next_steps(&stored.case),
            "numbers": stored.case.numbers,
            "clocks": clocks(&stored.case, self.clock.now()),
            "queue_number": super::step::stated_queue_number(&stored.case),
            "queue_position": position,
            "offers": steps::offers(&stored.case),
            "complaints": stored.case.complaints,
            "place": stored.case.place,
            "proposed": stored.case.proposed.as_ref().map(|proposed| json!({
                "kind": proposed.kind, "grounds": proposed.grounds, "basis": proposed.basis,
            })),
            "steps": events.iter().map(|event| json!({
                "kind": event.kind, "at": rfc3339(event.at), "by": event.actor_role,
            })).collect::<Vec<_>>(),
            "documents": documents.iter().filter(|document| visible(&reader, document)).map(|document| json!({
                "id": document.id, "kind": document.kind,
                "paper": crate::paper::original::paper_of(&document.kind, &document.file_name), "file_name": document.file_name,
                "media_type": document.media_type, "size": document.size, "sha256": hex(&document.sha256),
            })).collect::<Vec<_>>(),
        });
        if let Some(state_data) = state_data {
            answer["state_data"] = state_data.into();
        }
        // Another case of the family is not the applicant's to see.
        if is_internal {
            answer["conflicts"] = lists::conflicts(&stored.case).into();
        }
        self.note(number, &reader, Seen::Case, "").await?;
        Ok(answer)
    }

    /// What the edition of a case asks of its applicants; nothing if the office has no such edition any more, or has
    /// another text by that name: a case is never shown rules by which it was not filed.
    fn documents_needed(&self, stored: &StoredApplication) -> Option<Vec<Value>> {
        let kept = stored.case.edition.as_ref()?;
        let edition = edition::kept(&self.rules, kept)?;
        let shown = edition.documents_for(stored.category).map(|one| {
            json!({ "code": one.code, "what": one.what, "by": one.by.code(), "condition": one.condition, "source": one.source })
        });
        Some(shown.collect())
    }

    /// The grounds by code on which the edition of a case has applicants refused and places removed; empty where it
    /// knows none, nothing if the office has no such edition any more. In both cases words alone are the reason.
    fn grounds(&self, stored: &StoredApplication) -> Option<Value> {
        let edition = edition::kept(&self.rules, stored.case.edition.as_ref()?)?;
        Some(json!({ "refusal": edition.refusals, "removal": edition.removals }))
    }

    /// A stored document, byte for byte as it came, about to be shown so or as its paper.
    ///
    /// # Errors
    /// As [`App::application`].
    async fn document(
        &self,
        number: &str,
        wanted: impl Fn(&Document) -> bool,
        asking: &Asking,
        seen: Seen,
    ) -> Result<(Document, Vec<u8>), AppError> {
        let reader = self.reader(number, asking).await?;
        let documents = self.store.documents(number).await?;
        let document = documents
            .into_iter()
            .find(|document| wanted(document) && visible(&reader, document))
            .ok_or(AppError::NotFound)?;
        let bytes = self.store.blobs().read(&document.sha256).await?;
        self.note(number, &reader, seen, &document.id).await?;
        Ok((document, bytes))
    }

    /// Whether everything needed to register applications is there.
    ///
    /// # Errors
    /// Names what is not.
    pub async fn ready(&self) -> Result<(), String> {
        if self.provider.is_none() {
            return Err("provider_key".into());
        }
        if self.settings.trust.is_empty() {
            return Err("trust".into());
        }
        match self.clock.moment(&self.store).await {
            Ok(Moment::Known(_)) => self.store.blobs().health().await.map_err(|_| "documents".to_owned()),
            Ok(Moment::Behind(_)) => Err("clock".to_owned()),
            Err(_) => Err("database".to_owned()),
        }
    }
}

/// Codes of the steps that a case waits for.
fn next_steps(case: &housing::Case) -> Vec<&'static str> {
    let mut steps: Vec<&str> = workflow::expected(case).iter().map(|row| row.step.code()).collect();
    steps.dedup();
    steps
}

/// What is due when, from whom, and who is late.
fn clocks(case: &housing::Case, now: Timestamp) -> Vec<Value> {
    let all = case.clocks().unwrap_or_default();
    all.iter()
        .filter_map(|clock| {
            let reading = clock.read(now).ok()?;
            let last_day = clock.limit.due.last_day;
            Some(json!({
                "limit": clock.limit.what.code(),
                "owner": clock.limit.owner.code(),
                "source": clock.limit.source,
                "starts": rfc3339(clock.limit.starts),
                "due": rfc3339(clock.limit.due.at),
                "last_day": last_day.map(|last| json!({
                    "plain": last.plain.to_string(), "moved": last.moved.to_string(),
                })),
                "done": clock.done.map(rfc3339),
                "percent": reading.percent,
                "late": reading.late.is_some(),
                "escalated_to": reading.escalated_to.map(housing::clock::Owner::code),
            }))
        })
        .collect()
}

/// Acts of officials, lists with other cases on them and what state databases said of a family are not the
/// applicant's to see.
fn visible(reader: &Reader, document: &Document) -> bool {
    let is_internal = document.kind == "act"
        || housing::list::KINDS.contains(&document.kind.as_str())
        || state_data::is_state_data(document);
    !is_internal || reader.has(|right| right.internal)
}

pub(super) fn rules(settings: &Settings) -> anyhow::Result<Rules> {
    Ok(Rules {
        office: settings.office.clone(),
        test_identities: if settings.allow_test_identities {
            TestIdentities::Allowed
        } else {
            TestIdentities::Refused
        },
        officials: settings
            .officials
            .iter()
            .map(|official| housing::Official {
                iin: official.iin.clone(),
                role: official.role,
                centre: official.centre.clone(),
            })
            .collect(),
        signatories: settings
            .registries
            .databases
            .iter()
            .map(|one| housing::state_data::Signatory {
                database: one.database,
                iin: one.iin.clone(),
                bin: one.bin.clone(),
            })
            .collect(),
        bodies: settings
            .officials
            .iter()
            .filter_map(|official| Some((official.iin.clone(), official.bin.clone()?)))
            .collect(),
        notice_signatories: settings.notice_signatories.clone(),
        quorum: settings.commission_quorum,
        attachment_limit: settings.limits.attachment_bytes,
        editions: super::edition::editions(&settings.editions)?,
        ..Rules::default()
    })
}

fn open_provider(key: &config::ProviderKey) -> anyhow::Result<Identity> {
    use anyhow::Context as _;
    let password = match (&key.password_env, &key.password_file) {
        (Some(variable), _) => {
            std::env::var(variable).with_context(|| format!("the variable {variable} of provider_key"))?
        }
        (None, Some(file)) => std::fs::read_to_string(file)
            .with_context(|| format!("{}", file.display()))?
            .trim_end_matches(['\r', '\n'])
            .to_owned(),
        (None, None) => String::new(),
    };
    let password = zeroize::Zeroizing::new(password);
    let bytes = std::fs::read(&key.file).with_context(|| format!("{}", key.file.display()))?;
    open_identity(&bytes, &password)
        .map_err(|refusal| anyhow::anyhow!("{}: {} {:?}", key.file.display(), refusal.code, refusal.params))
}

/// The reasons of a document that cannot be acted upon: why, and every failed check.
fn reasons(report: &Report, reason: &NotVerified) -> Vec<Reason> {
    let first = match reason {
        NotVerified::NotPassed(indication) => {
            ("SIGNATURE_NOT_PASSED", vec![("indication".to_owned(), indication.name().to_owned())])
        }
        NotVerified::SignatureCount(count) => {
            ("SIGNATURE_COUNT", vec![("count".to_owned(), count.to_string())])
        }
        NotVerified::NotCovered => ("NOT_COVERED", Vec::new()),
    };
    let mut found = vec![Reason { code: first.0.to_owned(), field: None, params: first.1 }];
    for finding in report.signatures.iter().flat_map(|signature| &signature.findings) {
        if finding.sub_indication.is_some() {
            let params =
                finding.params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            found.push(Reason { code: finding.code.to_string(), field: None, params });
        }
    }
    found
}
