//! Papers of what is in the register: from a signed original, verified once more, to its PDF. A PDF is made when it
//! is asked for and never kept.

use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::presentation::check::encoded;
use super::reading::{Reading, Source};
use super::register;
use super::trust::anchors_in;
use super::verify::{Refusal, evidence_below, policy};
use crate::config::Settings;
use crate::crypto;
use crate::housing::application::Person;
use crate::housing::list::KINDS;
use crate::housing::{Application, List, Official, Role, Rules, State, TestIdentities};
use crate::paper::original::{self, Dossier, NoPaper, Original};
use crate::signature::Octets;
use crate::store::{Document, IntakeRefused, Store, StoreError, StoredApplication, taken_at};
use crate::validation::report::hex;
use crate::validation::{Evidence, Policy, RevocationMode, VerifiedDocument, accept};

/// What makes papers.
#[derive(Clone)]
pub struct Papers {
    pub(super) store: Store,
    /// Without revocation: each document is judged at the time at which the register took it, and was judged with
    /// revocation then.
    pub(super) evidence: Arc<Evidence>,
    pub(super) policy: Policy,
    pub(super) reading: Reading,
    pub(super) rules: Rules,
    /// Where originals are checked, without the `/` at the end.
    pub(super) public_url: String,
    pub(super) workers: Arc<Semaphore>,
}

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    #[error(transparent)]
    None(#[from] NoPaper),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

/// A document as the register has it, not looked at yet.
struct Raw {
    kind: String,
    role: Role,
    taken_at: Timestamp,
    bytes: Vec<u8>,
}

/// A case with its documents, not looked at yet.
struct RawCase {
    stored: StoredApplication,
    application: Raw,
    acts: Vec<Raw>,
}

impl Papers {
    /// Opens the register of the settings for making papers from the command line.
    ///
    /// # Errors
    /// Says what cannot be used.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let said = |refusal: Refusal| anyhow::anyhow!("{} {:?}", refusal.code, refusal.params);
        let anchors = anchors_in(&settings.trust).map_err(said)?;
        let evidence = evidence_below(anchors.trusted, &settings.certs, &settings.crls, RevocationMode::Off);
        let evidence = Arc::new(evidence.map_err(said)?);
        Ok(Self {
            store: register::open(settings).await?,
            policy: policy(&settings.policy).map_err(said)?,
            reading: Reading { known: evidence.known_certificates(), ..Reading::default() },
            evidence,
            rules: super::app::rules(settings)?,
            public_url: settings.public_url(),
            workers: Arc::new(Semaphore::new(1)),
        })
    }

    /// The paper of a document of a case, as PDF.
    ///
    /// # Errors
    /// [`PaperError::None`] where it has none.
    pub async fn of_case(&self, number: &str, document: &Document) -> Result<Vec<u8>, PaperError> {
        if original::paper_of(&document.kind, &document.file_name).is_none() {
            return Err(NoPaper::Kind.into());
        }
        let raw = self.raw(number, document).await?;
        let mut cases = vec![self.case(number, acts_for(document)).await?];
        let (this, original) = (self.clone(), self.work(move |this| this.verified(raw)).await?);
        if KINDS.contains(&document.kind.as_str()) {
            let list = List::read(&original.document).map_err(|_| NoPaper::Unreadable("list"))?;
            let others = list.listing().items.iter().filter(|item| item.application != number);
            for item in others {
                cases.push(this.case(&item.application, &[]).await?);
            }
        }
        let place = self.place(number, &document.sha256);
        self.work(move |this| this.made(&original, cases, &place)).await
    }

    /// The receipt of a refusal at a counter, as PDF.
    ///
    /// # Errors
    /// As [`Papers::of_case`].
    pub async fn of_refusal(&self, refused: &IntakeRefused) -> Result<Vec<u8>, PaperError> {
        let raw = Raw {
            kind: "refusal-receipt".to_owned(),
            role: Role::Service,
            taken_at: taken_at(&refused.id)?,
            bytes: self.store.blobs().read(&refused.receipt_sha256).await?,
        };
        let place = self.place(&refused.number, &refused.receipt_sha256);
        self.work(move |this| {
            let original = this.verified(raw)?;
            this.made(&original, Vec::new(), &place)
        })
        .await
    }

    /// The paper of a document by its identifier, of the newest answer where none is named, or of a refusal at a
    /// counter.
    ///
    /// # Errors
    /// Says what is not there.
    pub async fn named(&self, number: &str, id: Option<&str>) -> anyhow::Result<Vec<u8>> {
        let Some(id) = id else {
            return match self.store.intake_refused(number).await {
                Ok(refused) => Ok(self.of_refusal(&refused).await?),
                Err(StoreError::NotFound) => {
                    Ok(self.answer(number).await?.context("there is no notice or letter")?.2)
                }
                Err(error) => Err(error.into()),
            };
        };
        let documents = self.store.documents(number).await?;
        let document = documents.iter().find(|one| one.id == id).context("the case has no such document")?;
        Ok(self.of_case(number, document).await?)
    }

    /// Whose a case is: the applicant, or whoever of the family its place passed to. Nobody who is named in the
    /// application where it is another's.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn holder(&self, number: &str) -> Result<Option<Person>, PaperError> {
        let case = self.case(number, &[]).await?;
        if is_unproven(&case.stored) {
            return Err(NoPaper::Kind.into());
        }
        for person in self.persons(number).await? {
            if self.store.is_applicant(number, &person.iin).await? {
                return Ok(Some(person));
            }
        }
        Ok(None)
    }

    /// Who is named in an application, also in one that waits for evidence: the applicant, then the family.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn persons(&self, number: &str) -> Result<Vec<Person>, PaperError> {
        let case = self.case(number, &[]).await?;
        let read = move |this: &Self| this.application(&case.stored, &this.verified(case.application)?);
        let application = self.work(read).await?;
        let family = application.family.into_iter().map(|(person, _)| person);
        Ok(std::iter::once(application.applicant).chain(family).collect())
    }

    /// The newest answer to an application: notice or letter, with its octets and its paper.
    ///
    /// # Errors
    /// As [`Papers::of_case`].
    pub async fn answer(&self, number: &str) -> Result<Option<(Document, Vec<u8>, Vec<u8>)>, PaperError> {
        self.newest(number, &["notice", "return-letter"]).await
    }

    /// The newest document of a case of these kinds, with its octets and its paper.
    ///
    /// # Errors
    /// As [`Papers::of_case`].
    pub async fn newest(
        &self,
        number: &str,
        kinds: &[&str],
    ) -> Result<Option<(Document, Vec<u8>, Vec<u8>)>, PaperError> {
        let documents = self.store.documents(number).await?;
        let is_one = |one: &Document| kinds.contains(&one.kind.as_str());
        let Some(document) = documents.into_iter().rev().find(is_one) else { return Ok(None) };
        let bytes = self.store.blobs().read(&document.sha256).await?;
        let paper = self.of_case(number, &document).await?;
        Ok(Some((document, bytes, paper)))
    }

    /// Where an original is checked.
    fn place(&self, number: &str, sha256: &[u8; 32]) -> String {
        format!("{}/check/{}/{}", self.public_url, encoded(number), hex(sha256))
    }

    /// Off the threads that serve connections, as many at once as there are workers.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, PaperError> + Send + 'static,
    ) -> Result<T, PaperError> {
        let permit = Arc::clone(&self.workers).acquire_owned().await.map_err(anyhow::Error::from)?;
        let this = self.clone();
        let work = move || {
            let _permit = permit;
            work(&this)
        };
        tokio::task::spawn_blocking(work).await.map_err(anyhow::Error::from)?
    }

    async fn raw(&self, number: &str, document: &Document) -> Result<Raw, PaperError> {
        // An act was signed by whom its event names; what the service sealed has no event of its own.
        let is_signed_by_hand = document.kind == "act" || KINDS.contains(&document.kind.as_str());
        let role = if is_signed_by_hand {
            let sha256 = hex(&document.sha256);
            let events = self.store.events(number).await?;
            let named = events.iter().find(|event| event.body.contains(&sha256));
            named.and_then(|event| Role::from_code(&event.actor_role)).unwrap_or(Role::Executor)
        } else {
            Role::Service
        };
        Ok(Raw {
            kind: document.kind.clone(),
            role,
            taken_at: taken_at(&document.id)?,
            bytes: self.store.blobs().read(&document.sha256).await?,
        })
    }

    /// A case, with its acts of these file names.
    async fn case(&self, number: &str, acts: &[&str]) -> Result<RawCase, PaperError> {
        let stored = self.store.application(number).await?;
        let (mut application, mut raw) = (None, Vec::new());
        for document in self.store.documents(number).await? {
            if document.kind == "application" {
                application = Some(self.raw(number, &document).await?);
            } else if document.kind == "act" && acts.contains(&document.file_name.as_str()) {
                raw.push(self.raw(number, &document).await?);
            }
        }
        let application = application.ok_or(StoreError::NotFound)?;
        Ok(RawCase { stored, application, acts: raw })
    }

    /// What is in the register was verified when it came, and is once more before it is shown.
    fn verified(&self, raw: Raw) -> Result<Original, PaperError> {
        let Raw { kind, role, taken_at, bytes } = raw;
        let said = |refusal: Refusal| anyhow::anyhow!("{} {:?}", refusal.code, refusal.params);
        let facts = self.reading.facts(Source::Memory(&bytes), Octets::Keep).map_err(said)?;
        let (report, verified) =
            accept(facts, crypto::sha256(&bytes), &self.evidence, &self.policy, taken_at);
        let document = verified
            .map_err(|reason| anyhow::anyhow!("{reason:?}"))
            .with_context(|| format!("a document of kind {kind} in the register"))?;
        let certificate = report.signatures.first().and_then(|signature| signature.certificate.as_ref());
        let certificate = certificate.map(|certificate| certificate.serial.clone()).unwrap_or_default();
        Ok(Original { kind, document, certificate, role, taken_at })
    }

    /// What an application says.
    fn application(
        &self,
        stored: &StoredApplication,
        original: &Original,
    ) -> Result<Application, PaperError> {
        let filed = Application::read(&original.document, &as_filed(&original.document, stored))
            .map_err(|refusals| anyhow::anyhow!("the application of {}: {refusals:?}", stored.number))?;
        Ok(filed.application().clone())
    }

    fn dossier(&self, raw: RawCase) -> Result<Dossier, PaperError> {
        let RawCase { stored, application, acts } = raw;
        if is_unproven(&stored) {
            return Err(NoPaper::Kind.into());
        }
        let application = self.application(&stored, &self.verified(application)?)?;
        Ok(Dossier {
            number: stored.number,
            filed: stored.filed,
            category: stored.category,
            case: stored.case,
            application,
            acts: acts.into_iter().map(|act| self.verified(act)).collect::<Result<_, _>>()?,
        })
    }

    fn made(&self, original: &Original, cases: Vec<RawCase>, place: &str) -> Result<Vec<u8>, PaperError> {
        let files = cases.into_iter().map(|case| self.dossier(case));
        let files = files.collect::<Result<Vec<_>, PaperError>>()?;
        let paper = original::paper(original, &files, &self.rules, place)?;
        Ok(paper.to_pdf().map_err(anyhow::Error::from)?)
    }
}

/// The rules by which an application is read again: whether this signer might file was decided when it was filed, by
/// the officials and settings of that day.
pub(super) fn as_filed(document: &VerifiedDocument, stored: &StoredApplication) -> Rules {
    let inspector = Official {
        iin: document.signer().iin.clone().unwrap_or_default(),
        role: Role::Inspector,
        centre: stored.case.centre.clone(),
    };
    Rules {
        officials: vec![inspector],
        test_identities: TestIdentities::Allowed,
        attachment_limit: u64::MAX,
        ..Rules::default()
    }
}

/// Of what waits for evidence, or was refused by it, nobody says that it is verified.
fn is_unproven(stored: &StoredApplication) -> bool {
    matches!(stored.case.state, State::AwaitingEvidence | State::Refused)
}

/// File names of the acts that a paper speaks of.
fn acts_for(document: &Document) -> &'static [&'static str] {
    match (document.kind.as_str(), document.file_name.as_str()) {
        ("notice" | "return-letter", _) => &["sign-notice.xml", "sign-letter.xml"],
        ("granting-offer", _) => &["offer.xml", "confirm-offer.xml"],
        ("granting-decision", _) => &["grant.xml"],
        ("removal-notice", _) => &["confirm-move.xml"],
        ("act", "commission-decision.xml") => &["vote.xml"],
        _ => &[],
    }
}
