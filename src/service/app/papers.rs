//! What the service does around papers: lists, refusals at a counter, extracts from the queue, PDFs, and the answer
//! to whoever asks whether a paper is one of ours.

use super::*;
use crate::housing::document;
use crate::paper::original::{NoPaper, paper_of};
use crate::service::papers::{PaperError, Papers};
use crate::service::seal::{NotPassed, Sealing};
use crate::service::step;
use crate::store::{EventActor, Kept, NewEvent};

impl From<PaperError> for AppError {
    fn from(error: PaperError) -> Self {
        match error {
            PaperError::None(NoPaper::Kind) => Self::NoPaper,
            PaperError::None(other) => Self::Internal(other.into()),
            PaperError::Store(error) => error.into(),
            PaperError::Internal(error) => Self::Internal(error),
        }
    }
}

/// A document of a case as it was asked for: media type, file name, octets.
pub type Shown = (String, String, Vec<u8>);

/// What may be told of an original to whoever has its digest: no person.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Checked {
    /// What it is: `receipt`, `notice` and so on.
    pub kind: &'static str,
    pub number: String,
    /// When it was made, in Almaty.
    pub date: Date,
}

impl App {
    /// Makes papers, with the same evidence and workers as the service.
    pub(in crate::service) fn papers(&self) -> Papers {
        let off = self.given.evidence(config::Revocation::Off);
        Papers {
            store: self.store.clone(),
            policy: self.policy.clone(),
            reading: self.reading(&off),
            evidence: off,
            rules: self.rules.clone(),
            public_url: self.settings.public_url(),
            workers: Arc::clone(&self.workers),
        }
    }

    /// What seals receipts of filing. Nobody loses the moment of filing because it is not known just now whether
    /// the seal is revoked; a seal that is known to be condemns all the same.
    pub(super) fn sealing_receipts(&self) -> Result<Sealing, AppError> {
        let least = match self.settings.revocation {
            Revocation::Off => Revocation::Off,
            Revocation::Required | Revocation::Available => Revocation::Available,
        };
        self.sealing_by(least)
    }

    fn sealing_by(&self, revocation: Revocation) -> Result<Sealing, AppError> {
        let provider = self.provider.as_ref().ok_or(AppError::NotSealed)?;
        let (evidence, policy) = self.checker(None, Some(revocation))?;
        let policy = policy.with_signers_of(&Policy::kz());
        let reading = self.reading(&evidence);
        Ok(Sealing { provider: Arc::clone(provider), reading, evidence, policy })
    }

    /// What seals everything else, with what had to be fetched to judge the seal.
    pub(in crate::service) async fn sealing(&self) -> Result<Sealing, AppError> {
        let mut sealing = self.sealing_by(self.settings.revocation)?;
        if self.online.is_some() {
            // No transaction waits for the network: what judges the seal is fetched for a seal on nothing.
            let probe = Arc::new(sealing.sign("<probe/>").map_err(AppError::Internal)?);
            let evidence = Arc::clone(&sealing.evidence);
            let gathered = self.gathered(&probe, evidence, &sealing.policy, self.clock.now()).await?;
            sealing.evidence = gathered.0;
        }
        Ok(sealing)
    }

    /// A document, or its paper.
    ///
    /// # Errors
    /// As [`App::document`]; `NoPaper` where it has none.
    pub async fn shown(
        &self,
        number: &str,
        wanted: impl Fn(&Document) -> bool,
        asking: &Asking,
        as_paper: bool,
    ) -> Result<Shown, AppError> {
        let seen = if as_paper { Seen::Paper } else { Seen::Document };
        let (document, bytes) = self.document(number, wanted, asking, seen).await?;
        if !as_paper || document.media_type == PDF {
            return Ok((document.media_type, document.file_name, bytes));
        }
        let bytes = self.papers().of_case(number, &document).await?;
        Ok((PDF.to_owned(), pdf_name(&document.file_name), bytes))
    }

    /// Takes the step of a signed list in each of its cases.
    ///
    /// # Errors
    /// With the reason; no case moved then.
    pub async fn take_list(&self, body: Vec<u8>) -> Result<Value, AppError> {
        let now = self.moment().await?;
        let body = Arc::new(body);
        let verified = self.verified(&body, now).await?;
        self.is_of_office(&verified)?;
        let staged = self.store.blobs().stage(&body).await?;
        let sha256 = hex(&staged.sha256);
        let taken = step::take_list(&self.store, &self.rules, &verified, staged, now).await?;
        let cases = taken.iter().map(|(number, case)| json!({"number": number, "status": case.state.code()}));
        Ok(json!({"sha256": sha256, "cases": cases.collect::<Vec<_>>()}))
    }

    /// Enters a refusal at a counter in its journal.
    ///
    /// # Errors
    /// With the reason; nothing was entered then.
    pub async fn refuse_intake(&self, body: Vec<u8>) -> Result<Value, AppError> {
        let now = self.moment().await?;
        let body = Arc::new(body);
        let verified = self.verified(&body, now).await?;
        self.is_of_office(&verified)?;
        let sealing = self.sealing().await?;
        let staged = self.store.blobs().stage(&body).await?;
        let seal = |xml: &str| sealing.seal(xml);
        let refused =
            application::refuse_intake(&self.store, &self.rules, &verified, staged, now, &seal).await?;
        let receipt = self.store.blobs().read(&refused.receipt_sha256).await?;
        Ok(json!({"number": refused.number, "receipt": String::from_utf8_lossy(&receipt)}))
    }

    /// The receipt of a refusal at a counter, for officials: XML, or its paper.
    ///
    /// # Errors
    /// `Unauthorized` without a key, `NotFound` for whoever is no official, `Denied` to one of another centre.
    pub async fn intake_refused(
        &self,
        number: &str,
        asking: &Asking,
        as_paper: bool,
    ) -> Result<Shown, AppError> {
        if asking.bearer.is_none() {
            return Err(AppError::Unauthorized);
        }
        let refused = self.store.intake_refused(number).await?;
        let reader = self.reader_at(&refused.centre, asking)?;
        let seen = if as_paper { Seen::Paper } else { Seen::Document };
        self.note(number, &reader, seen, "").await?;
        let name = format!("{number}-refusal-receipt.xml");
        if as_paper {
            return Ok((PDF.to_owned(), pdf_name(&name), self.papers().of_refusal(&refused).await?));
        }
        let bytes = self.store.blobs().read(&refused.receipt_sha256).await?;
        Ok(("application/xml".to_owned(), name, bytes))
    }

    /// Makes a sealed extract of the place of a case; of one day there is one, and one more where the place was moved.
    ///
    /// # Errors
    /// `Denied` where the case has no place, or the place is another person's now.
    pub async fn extract(&self, number: &str, asking: &Asking) -> Result<Value, AppError> {
        let reader = self.reader(number, asking).await?;
        self.note(number, &reader, Seen::Paper, "").await?;
        let now = Timestamp::from_microsecond(self.moment().await?.as_microsecond())
            .map_err(|error| AppError::Internal(error.into()))?;
        let stored = self.store.application(number).await?;
        if !stored.case.has_place() {
            return Err(AppError::Denied("NO_PLACE", Vec::new()));
        }
        let of_today = |one: &&Document| {
            let made = crate::store::taken_at(&one.id).ok().and_then(|at| local_date(at).ok());
            one.kind == EXTRACT && made == local_date(now).ok()
        };
        let answer = |document: &Document| json!({"document": document.id, "sha256": hex(&document.sha256)});
        // One from before a move names another list, or whose place it was.
        let events = self.store.events(number).await?;
        let moved = workflow::Step::ConfirmMove.code();
        let is_as_it_was =
            events.iter().rev().take_while(|event| event.kind != moved).any(|event| event.kind == EXTRACT);
        if is_as_it_was && let Some(made) = self.store.documents(number).await?.iter().rev().find(of_today) {
            return Ok(answer(made));
        }
        let Some(holder) = self.papers().holder(number).await? else {
            return Err(AppError::Denied("HOLDER_CHANGED", Vec::new()));
        };
        let sealing = self.sealing().await?;
        let make = |place: crate::store::PlaceNow| {
            let extract = document::Extract {
                number,
                language: stored.language,
                category: stored.category,
                applicant: &holder.full_name(),
                registered: place.registered,
                at: now,
                position: place.position,
                places: place.places,
            };
            sealing.seal(&document::queue_extract(&extract, &self.rules))
        };
        let event = NewEvent {
            kind: EXTRACT,
            actor: EventActor { role: housing::Role::Service.code(), certificate_sha256: [0; 32] },
            body: json!({}),
        };
        let made = self.store.add_extract((number, &holder.iin), now, &event, &make).await;
        let made = made.map_err(|error| AppError::from(ServiceError::from(error)))?;
        made.map(|made| answer(&made)).ok_or(AppError::Denied("NO_PLACE", Vec::new()))
    }

    /// Whether the service has an original with this number and digest that is a paper.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn check(&self, number: &str, sha256: [u8; 32]) -> Result<Option<Checked>, AppError> {
        let kept = self.store.kept(sha256).await?;
        let of_number = |one: Kept| {
            let kind = paper_of(&one.kind, &one.file_name).filter(|_| one.number == number)?;
            Some(Checked { kind, number: one.number, date: local_date(one.taken_at).ok()? })
        };
        Ok(kept.into_iter().find_map(of_number))
    }

    /// Whether a signer who is an official signed with a certificate of the office, where the settings name one.
    pub(in crate::service) fn is_of_office(&self, verified: &VerifiedDocument) -> Result<(), AppError> {
        let signer = verified.signer();
        match self.rules.is_of_office(signer.iin.as_deref(), signer.bin.as_deref()) {
            true => Ok(()),
            false => Err(AppError::Denied("NOT_AN_OFFICIAL", Vec::new())),
        }
    }
}

/// The kind of an extract, and of the event that made it.
const EXTRACT: &str = "queue-extract";
/// The media type of papers.
const PDF: &str = "application/pdf";

/// `a.xml` as `a.pdf`.
pub(in crate::service) fn pdf_name(xml: &str) -> String {
    format!("{}.pdf", xml.strip_suffix(".xml").unwrap_or(xml))
}

/// Whether a seal did not pass.
pub(super) fn is_not_passed(error: &anyhow::Error) -> bool {
    error.downcast_ref::<NotPassed>().is_some()
}
