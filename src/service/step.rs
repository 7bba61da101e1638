//! Taking a step of a case, alone or with others on a list: the act is decided upon, what it makes is written and
//! sealed, and all of it is one transaction of the store.

use super::application::{Seal, ServiceError, same_octets};
use crate::calendar;
use crate::housing::act::Content;
use crate::housing::application::Person;
use crate::housing::granting::Standing;
use crate::housing::list::{KINDS, Listing};
use crate::housing::permission::Part;
use crate::housing::workflow::{Makes, MoveKind};
use crate::housing::{
    Act, Actor, Case, Denied, List, Outcome, Refusal, Role, Rules, Step, clock, document, hex, workflow,
};
use crate::store::{
    Conflict, EventActor, MakeDocument, NewDocument, NewEvent, NewStep, QueueChange, Staged, Store,
    StoreError, StoredApplication, Taken,
};
use crate::validation::VerifiedDocument;
use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::json;

/// What comes with a step.
#[derive(Debug)]
pub struct Taking<'a> {
    pub number: &'a str,
    pub verified: &'a VerifiedDocument,
    /// The signed act, staged.
    pub document: Staged,
    /// The scan of what the applicant has signed on paper, where an official takes that down.
    pub paper: Option<Scan>,
    /// Whose place it is, for what is written to them.
    pub holder: Option<Person>,
}

/// The scan of a paper as it came, already staged.
#[derive(Debug)]
pub struct Scan {
    pub file_name: String,
    pub media_type: String,
    pub file: Staged,
}

/// How often a step is decided anew because its case moved meanwhile.
const TRIES: usize = 3;

/// Takes a step: the act is kept, the case moves, the events are appended, and what the step makes is sealed; with
/// `sign-notice` the place is taken. Where the case moved while it was decided upon, it is decided upon anew.
///
/// # Errors
/// `Invalid` for a faulty act, `Denied` for a wrong actor or turn, `Conflict` when the case keeps moving.
pub async fn take_step(
    store: &Store,
    rules: &Rules,
    taking: Taking<'_>,
    now: Timestamp,
    seal: &Seal<'_>,
) -> Result<Taken, ServiceError> {
    let Taking { number, verified, document, paper, holder } = taking;
    same_octets(verified.document_sha256(), &document)?;
    let act = Act::read(verified, rules).map_err(|refusals| ServiceError::Invalid { refusals })?;
    let now = Timestamp::from_microsecond(now.as_microsecond())?;
    let mut decided = Decided::of(store, rules, number, &act, now).await?;
    let (sha256, size) = document.persist().await?;
    let mut documents = vec![decided.document("act", sha256, size)];
    if let Some(scan) = same_paper(act.paper(), paper)? {
        let (sha256, size) = scan.file.persist().await?;
        let (kind, media_type) = ("paper", scan.media_type);
        documents.push(NewDocument { kind, file_name: scan.file_name, media_type, size, sha256 });
    }
    let mut tries = 1;
    loop {
        let makes = decided.event.makes(&decided.stored.case);
        // Of the case as it was decided upon: a place that passes to another later than this makes the case another.
        if let Some(holder) = &holder
            && makes.is_some()
            && !store.is_applicant(number, &holder.iin).await?
        {
            return Err(StoreError::Conflict(Conflict::StateChanged).into());
        }
        let letters = Letters { act: &act, act_sha256: sha256, holder: holder.as_ref(), now, rules, seal };
        let make = |case: &Case| letters.seal(&decided, case);
        let sealed = makes.map(|makes| (makes.kind(), &make as &MakeDocument<'_>));
        let step = decided.step(sha256, documents.clone(), now, sealed)?;
        match store.append_step(step).await {
            Err(StoreError::Conflict(Conflict::StateChanged)) if tries < TRIES => tries += 1,
            taken => return Ok(taken?),
        }
        decided = Decided::of(store, rules, number, &act, now).await?;
    }
}

/// The scan that an act names, which has to come with it.
fn same_paper(named: Option<[u8; 32]>, came: Option<Scan>) -> Result<Option<Scan>, ServiceError> {
    let code = match (named, &came) {
        (None, None) => return Ok(None),
        (None, Some(_)) => "ATTACHMENT_UNLISTED",
        (Some(_), None) => "ATTACHMENT_MISSING",
        (Some(named), Some(scan)) if named != scan.file.sha256 => "ATTACHMENT_DIGEST_MISMATCH",
        (Some(_), Some(scan)) if !SCANS.contains(&scan.media_type.as_str()) => "UNKNOWN_VALUE",
        _ => return Ok(came),
    };
    let params = named.map(|named| ("sha256", hex(&named))).into_iter().collect();
    Err(ServiceError::Invalid { refusals: vec![Refusal { code, field: "paper".into(), params }] })
}

/// Media types of scans.
const SCANS: [&str; 3] = ["application/pdf", "image/jpeg", "image/png"];

/// What the service writes and seals with a step.
struct Letters<'a> {
    act: &'a Act,
    act_sha256: [u8; 32],
    holder: Option<&'a Person>,
    now: Timestamp,
    rules: &'a Rules,
    seal: &'a Seal<'a>,
}

impl Letters<'_> {
    fn seal(&self, decided: &Decided, case: &Case) -> anyhow::Result<Vec<u8>> {
        let stored = &decided.stored;
        let makes = decided.event.makes(&stored.case).context("a step that makes nothing")?;
        let holder = self.holder.map(Person::full_name);
        let letter = || {
            anyhow::Ok(document::Letter {
                number: &stored.number,
                language: stored.language,
                category: stored.category,
                holder: holder.as_deref().context("a letter to nobody")?,
                signed_at: self.now,
                act_sha256: self.act_sha256,
            })
        };
        let offer = || case.offers.last().context("no offer");
        let xml = match makes {
            Makes::Notice | Makes::ReturnLetter => {
                let notice = document::Notice {
                    number: &stored.number,
                    language: stored.language,
                    category: stored.category,
                    filed_at: stored.filed,
                    signed_at: self.now,
                    outcome: case.outcome.as_ref().context("a notice without an outcome")?,
                    act_sha256: self.act_sha256,
                };
                document::notice(&notice, self.rules)
            }
            Makes::GrantingOffer => {
                let until = answer_until(case)?.context("an offer that nobody can answer")?;
                let answer_by = calendar::local_date(until)?;
                document::granting_offer(&letter()?, offer()?, answer_by, self.rules)
            }
            Makes::GrantingDecision => {
                let Content::Grant { number, date } = self.act.content() else { anyhow::bail!("no grant") };
                document::granting_decision(&letter()?, offer()?, (number, *date), self.rules)
            }
            Makes::RemovalNotice => {
                let removal = stored.case.proposed.as_ref().context("nothing was proposed")?;
                document::removal_notice(&letter()?, removal, self.rules)
            }
        };
        (self.seal)(&xml)
    }
}

/// The last moment for the answer to an offer that is open.
fn answer_until(case: &Case) -> Result<Option<Timestamp>, ServiceError> {
    if case.open_offer().is_none_or(|offer| offer.standing() != Standing::Open) {
        return Ok(None);
    }
    let clocks = case.clocks()?;
    let answer = clocks.iter().find(|clock| clock.limit.what == clock::LimitName::OfferAnswer);
    Ok(answer.map(|clock| clock.limit.due.at))
}

/// Takes the same step in every case of a list, which is kept in each: all of them or none.
///
/// # Errors
/// As [`take_step`]; `Invalid` also for a list of another day, and for a case that is not on the list over against
/// which it is taken over.
pub async fn take_list(
    store: &Store,
    rules: &Rules,
    verified: &VerifiedDocument,
    document: Staged,
    now: Timestamp,
) -> Result<Vec<(String, Case)>, ServiceError> {
    same_octets(verified.document_sha256(), &document)?;
    let list = List::read(verified).map_err(|refusals| ServiceError::Invalid { refusals })?;
    let now = Timestamp::from_microsecond(now.as_microsecond())?;
    let listing = list.listing();
    let mut refusals = Vec::new();
    if listing.step != Step::PutOnAgenda && listing.date != calendar::local_date(now)? {
        refusals.push(Refusal { code: "LIST_DATE", field: "date".into(), params: Vec::new() });
    }
    if let Some(against) = listing.against {
        for (index, item) in listing.items.iter().enumerate() {
            let documents = store.documents(&item.application).await?;
            let is_on = documents.iter().any(|one| one.kind == KINDS[0] && one.sha256 == against);
            if !is_on {
                let field = format!("case[{}]/application", index + 1);
                refusals.push(Refusal { code: "NOT_ON_LIST", field, params: Vec::new() });
            }
        }
    }
    if !refusals.is_empty() {
        return Err(ServiceError::Invalid { refusals });
    }
    let mut decided = Vec::with_capacity(list.acts().len());
    for act in list.acts() {
        let one = Decided::of(store, rules, act.application(), act, now).await;
        decided.push(one.map_err(|error| match error {
            ServiceError::Denied(denied) => {
                let detail = format!("{}: {}", act.application(), denied.detail);
                ServiceError::Denied(Denied { detail, ..denied })
            }
            other => other,
        })?);
    }
    let (sha256, size) = document.persist().await?;
    let kind = Listing::kind(listing.step).unwrap_or("act");
    let steps = decided.iter().map(|one| one.step(sha256, vec![one.document(kind, sha256, size)], now, None));
    let taken = store.append_steps(steps.collect::<Result<_, _>>()?).await?;
    let numbers = decided.iter().map(|one| one.stored.number.clone());
    Ok(numbers.zip(taken).map(|(number, taken)| (number, taken.case)).collect())
}

/// An act that was decided on.
struct Decided {
    stored: StoredApplication,
    event: workflow::Event,
    actor: EventActor,
    case: Case,
    /// Whether it was signed by who acts for the applicant.
    acts_for: bool,
}

impl Decided {
    async fn of(
        store: &Store,
        rules: &Rules,
        number: &str,
        act: &Act,
        now: Timestamp,
    ) -> Result<Self, ServiceError> {
        let stored = store.application(number).await?;
        let own = rules.officials.iter().filter(|one| one.iin == act.signer_iin());
        let mut parts: Vec<Part> =
            own.map(|one| Part { role: one.role, centre: one.centre.clone() }).collect();
        // Who acts for the applicant may do what the applicant may, while the power of attorney lasts (decision G8).
        let representation = store.representation(number, act.signer_iin()).await?;
        let is_over =
            representation.is_some_and(|until| calendar::local_date(now).is_ok_and(|today| until < today));
        let acts_for = representation.is_some() && !is_over;
        if acts_for || store.is_applicant(number, act.signer_iin()).await? {
            parts.push(Part { role: Role::Applicant, centre: None });
        }
        let actor =
            Actor { iin: act.signer_iin().into(), parts, certificate_sha256: act.certificate_sha256() };
        let answers = workflow::answered_by(act.content().step());
        let answered = match answers {
            [] => None,
            _ => {
                let events = store.events(number).await?;
                let is_one = |kind: &str| answers.iter().any(|step| step.code() == kind);
                events.iter().rev().find(|event| is_one(&event.kind)).map(|event| event.at)
            }
        };
        let circumstances = workflow::Circumstances {
            is_own_case: store.is_own_case(number, act.signer_iin()).await?,
            answered,
            number,
            filed: stored.filed,
            now,
            officials: &rules.officials,
            signatories: &rules.notice_signatories,
            quorum: rules.quorum,
            edition: stored.case.edition.as_ref().and_then(|kept| super::edition::kept(rules, kept)),
            ahead: match act.content() {
                Content::Offer { dwelling, .. } => {
                    store.places_ahead(number, &dwelling.cadastral_number, now).await?
                }
                _ => None,
            },
            is_of_family: match act.content() {
                Content::ProposeMove { kind: MoveKind::Transfer { holder }, .. } => {
                    store.is_named_in(number, holder).await?
                }
                _ => false,
            },
            inventory: match act.content() {
                Content::TakeInventory { .. } => store.last_inventory().await?,
                _ => None,
            },
        };
        let denied = |denied: Denied| match denied.code {
            "WRONG_ROLE" if is_over => {
                let detail =
                    "the power of attorney has ended; the applicant signs, or gives another".to_owned();
                ServiceError::Denied(Denied { code: "REPRESENTATION_OVER", detail, ..denied })
            }
            _ => ServiceError::Denied(denied),
        };
        let decided = workflow::decide(&stored.case, act, &actor, circumstances);
        let event = decided.map_err(|why| match actor.parts.as_slice() {
            // Where a case stands is not for whoever has no part in it.
            [] => denied(Denied { next: Vec::new(), ..why }),
            _ => denied(why),
        })?;
        let case = stored.case.clone().apply(&event, now);
        let actor = EventActor { role: event.by.code(), certificate_sha256: actor.certificate_sha256 };
        Ok(Self { stored, event, actor, case, acts_for })
    }

    /// The signed document that the step rests on.
    fn document(&self, kind: &'static str, sha256: [u8; 32], size: u64) -> NewDocument {
        let file_name = format!("{}.xml", self.event.step.code());
        NewDocument { kind, file_name, media_type: "application/xml".into(), size, sha256 }
    }

    /// The step to append, with the documents that it brings; the first of them is what it rests on, by its digest.
    fn step<'a>(
        &'a self,
        sha256: [u8; 32],
        documents: Vec<NewDocument>,
        now: Timestamp,
        sealed: Option<(&'static str, &'a MakeDocument<'a>)>,
    ) -> Result<NewStep<'a>, ServiceError> {
        let step = self.event.step.code();
        let finding = match &self.event.change {
            workflow::Change::Inventoried(found, _) => Some(*found),
            _ => None,
        };
        let by_representative = self.acts_for && self.event.by == Role::Applicant;
        let more = [
            finding.map(|found| ("inventory", json!(found))),
            by_representative.then(|| ("by_representative", true.into())),
        ];
        let body = [("step", step.into()), ("act", hex(&sha256).into())]
            .into_iter()
            .chain(more.into_iter().flatten());
        let body =
            body.map(|(name, value)| (name.to_owned(), value)).collect::<serde_json::Map<_, _>>().into();
        Ok(NewStep {
            number: &self.stored.number,
            expected: &self.stored.case,
            case: self.case.clone(),
            at: now,
            events: vec![NewEvent { kind: self.event.kind(), actor: self.actor.clone(), body }],
            documents,
            queue: queue_change(&self.stored.case, &self.event),
            finding,
            answer_until: answer_until(&self.case)?,
            sealed,
        })
    }
}

/// What an event does to the list.
fn queue_change(before: &Case, event: &workflow::Event) -> QueueChange {
    use workflow::Change;
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
    use crate::housing::application::tests::sample;
    use crate::housing::application::{Attachment, Representative};
    use crate::housing::granting::{Basis, Dwelling, OutOfTurn};
    use crate::housing::{Category, Official};
    use crate::service::application::tests::{
        IINS, act, now, registered, registered_for, registered_in, rules, store,
    };
    use crate::service::application::{Submission, Upload, submit};

    crate::store::test_database::also_over_postgresql!(
        a_dwelling_goes_down_the_list,
        a_person_is_housed_once,
        an_offer_is_decided_on_the_list_as_it_is,
        a_new_key_and_another_holder,
        who_acts_for_the_applicant,
        what_was_signed_on_paper,
    );

    /// The akimat's two officials, and the inspector.
    const AKIMAT: [&str; 2] = [IINS[0], IINS[1]];
    const INSPECTOR: &str = IINS[2];

    fn code<T: std::fmt::Debug>(result: Result<T, ServiceError>) -> &'static str {
        match result {
            Err(ServiceError::Denied(denied)) => denied.code,
            Err(ServiceError::Conflict { code, .. }) => code,
            Err(ServiceError::Invalid { refusals }) => refusals[0].code,
            other => panic!("{other:?}"),
        }
    }

    fn offer(flat: u32, out_of_turn: Option<OutOfTurn>) -> Content {
        let dwelling = Dwelling {
            cadastral_number: format!("20:311:004:102:2:{flat}"),
            address: "Мысал көшесі, 2-үй".into(),
            rooms: 1,
            area: "30".into(),
            floor: None,
        };
        Content::Offer { dwelling, out_of_turn }
    }

    fn answer(agrees: bool) -> Content {
        Content::AnswerOffer { agrees, reason: (!agrees).then(|| "far".into()) }
    }

    /// Law 74: whoever is first is offered it first, and one dwelling is nobody's twice.
    #[tokio::test]
    async fn a_dwelling_goes_down_the_list() {
        let (_dir, store) = store().await;
        let (first, _) = registered(&store).await;
        let (second, _) = registered_for(&store, IINS[5], &[]).await;
        let make = async |number: &str, content| act(&store, number, AKIMAT[0], content).await;
        assert_eq!(code(make(&second, offer(1, None)).await), "NOT_FIRST_IN_LIST");
        make(&first, offer(1, None)).await.unwrap();
        assert_eq!(code(make(&second, offer(1, None)).await), "DWELLING_TAKEN");
        let Content::Offer { mut dwelling, .. } = offer(1, None) else { unreachable!() };
        dwelling.cadastral_number = "20:311:4:102:2/1".into();
        let other_words = Content::Offer { dwelling, out_of_turn: None };
        assert_eq!(code(make(&second, other_words).await), "DWELLING_TAKEN", "however it is written");
        // Who is first has an offer of their own.
        make(&second, offer(2, None)).await.unwrap();
        act(&store, &first, IINS[3], answer(false)).await.unwrap();
        let back = Content::WithdrawOffer { reason: "a mistake".into() };
        make(&second, back).await.unwrap();
        assert_eq!(code(make(&second, offer(3, None)).await), "NOT_FIRST_IN_LIST");
        // It was refused by the first.
        make(&second, offer(1, None)).await.unwrap();
        act(&store, &second, IINS[5], answer(true)).await.unwrap();
        let why = OutOfTurn { basis: Basis::KilledOnDuty, grounds: "5".into(), judgement: None };
        assert_eq!(code(make(&first, offer(1, Some(why.clone()))).await), "DWELLING_TAKEN");
        let grant = Content::Grant { number: "5".into(), date: "2026-11-24".parse().unwrap() };
        act(&store, &second, AKIMAT[1], grant).await.unwrap();
        assert_eq!(code(make(&first, offer(1, Some(why.clone()))).await), "DWELLING_TAKEN");
        // What waits for a second official is kept for whom it is meant, too.
        make(&first, offer(4, Some(why))).await.unwrap();
        let kinds = async |number: &str| {
            let documents = store.documents(number).await.unwrap();
            documents
                .into_iter()
                .map(|document| document.kind)
                .filter(|kind| kind.starts_with("granting"))
                .collect::<Vec<_>>()
        };
        assert_eq!(kinds(&second).await, ["granting-offer", "granting-offer", "granting-decision"]);
        assert_eq!(kinds(&first).await, ["granting-offer"], "nothing is written of what is not confirmed");
        act(&store, &first, AKIMAT[1], Content::Plain(Step::ConfirmOffer)).await.unwrap();
        assert_eq!(kinds(&first).await.len(), 2);
        assert_eq!(store.verify_chain().await.unwrap(), None);
        assert_eq!(store.verify_places().await.unwrap(), None);
    }

    /// One person, one dwelling, however many lists they are in.
    #[tokio::test]
    async fn a_person_is_housed_once() {
        let (_dir, store) = store().await;
        let (first, _) = registered(&store).await;
        let (second, _) = registered_in(&store, IINS[3], Category::Orphan, &[]).await;
        let make = async |number: &str, content| act(&store, number, AKIMAT[0], content).await;
        make(&first, offer(1, None)).await.unwrap();
        // What is not agreed to keeps nothing else away.
        make(&second, offer(2, None)).await.unwrap();
        act(&store, &first, IINS[3], answer(true)).await.unwrap();
        assert_eq!(code(act(&store, &second, IINS[3], answer(true)).await), "PERSON_HOUSED");
        let back = || Content::WithdrawOffer { reason: "housed".into() };
        make(&second, back()).await.unwrap();
        assert_eq!(code(make(&second, offer(3, None)).await), "PERSON_HOUSED");
        make(&first, back()).await.unwrap();
        make(&second, offer(3, None)).await.unwrap();
    }

    /// What the list was when it was decided is looked at once more, under the writers' lock.
    #[tokio::test]
    async fn an_offer_is_decided_on_the_list_as_it_is() {
        let (_dir, store) = store().await;
        let (first, _) = registered(&store).await;
        let (second, _) = registered_for(&store, IINS[5], &[]).await;
        act(&store, &first, AKIMAT[0], offer(1, None)).await.unwrap();
        let xml = offer(2, None).to_xml(&second);
        let verified = VerifiedDocument::for_test(&xml, AKIMAT[0], Some("140540000015"), now());
        let signed = Act::read(&verified, &rules()).unwrap();
        let decided = Decided::of(&store, &rules(), &second, &signed, now()).await.unwrap();
        act(&store, &first, IINS[3], answer(false)).await.unwrap();
        let step = decided.step([0; 32], Vec::new(), now(), None).unwrap();
        let taken = store.append_step(step).await;
        assert!(matches!(taken, Err(StoreError::Conflict(Conflict::StateChanged))), "{taken:?}");
    }

    /// Law 73(2): with the place goes who may look into the case.
    #[tokio::test]
    async fn a_new_key_and_another_holder() {
        let (_dir, store) = store().await;
        let (number, _) = registered(&store).await;
        let request = async |iin| act(&store, &number, iin, Content::Plain(Step::RequestAccess)).await;
        let opens = async |key: &str| store.access_allowed(&number, key).await.unwrap();
        assert_eq!(code(request(IINS[4]).await), "WRONG_ROLE");
        let before = store.registered(&number).await.unwrap().access_key;
        let key = request(IINS[3]).await.unwrap().access_key.unwrap();
        assert!(opens(&key).await && !opens(&before).await);
        let kind = MoveKind::Transfer { holder: IINS[4].into() };
        let propose =
            Content::ProposeMove { kind, ground_codes: vec![], basis: "Law 73(2)".into(), judgement: None };
        act(&store, &number, IINS[1], propose).await.unwrap();
        act(&store, &number, IINS[0], Content::Plain(Step::ConfirmMove)).await.unwrap();
        assert!(!opens(&key).await, "whose place it was");
        assert_eq!(code(request(IINS[3]).await), "WRONG_ROLE");
        let key = request(IINS[4]).await.unwrap().access_key.unwrap();
        assert!(opens(&key).await);
        // Whose place it was when the step began.
        let xml = offer(1, None).to_xml(&number);
        let verified = VerifiedDocument::for_test(&xml, AKIMAT[0], Some("140540000015"), now());
        let document = store.blobs().stage(xml.as_bytes()).await.unwrap();
        let holder = Some(Person { iin: IINS[3].into(), ..sample(IINS[3]).applicant });
        let taking = Taking { number: &number, verified: &verified, document, paper: None, holder };
        let late = take_step(&store, &rules(), taking, now(), &|xml| Ok(xml.as_bytes().to_vec())).await;
        assert_eq!(code(late), "STATE_CHANGED", "no letter to another");
    }

    /// Decision G8: a representative does what the applicant may, until the last day of the power of attorney.
    #[tokio::test]
    async fn who_acts_for_the_applicant() {
        let (_dir, store) = store().await;
        let mut data = sample(IINS[3]);
        data.representative = Some(Representative {
            person: Person { iin: IINS[4].into(), ..data.applicant.clone() },
            number: "77".into(),
            given: "2026-11-01".parse().unwrap(),
            until: "2026-11-30".parse().unwrap(),
        });
        data.attachments = vec![Attachment {
            document_code: "D11".into(),
            file_name: "power.pdf".into(),
            media_type: "application/pdf".into(),
            size: 5,
            sha256: crate::crypto::sha256(b"%PDF-"),
        }];
        let xml = data.to_xml();
        let verified = VerifiedDocument::for_test(&xml, IINS[4], None, now());
        let staged = async |octets: &[u8]| store.blobs().stage(octets).await.unwrap();
        let uploads = vec![Upload { file_name: "power.pdf".into(), file: staged(b"%PDF-").await }];
        let document = staged(xml.as_bytes()).await;
        let submission = Submission { verified: &verified, document, uploads, idempotency: None };
        let filed = submit(&store, &rules(), submission, now(), &|xml| Ok(xml.as_bytes().to_vec())).await;
        let number = filed.unwrap().number;
        let days = jiff::SignedDuration::from_hours(24);
        let complain = async |iin: &str, text: &str, at: Timestamp| {
            let xml = Content::Complain { text: text.into() }.to_xml(&number);
            let verified = VerifiedDocument::for_test(&xml, iin, None, at);
            let document = staged(xml.as_bytes()).await;
            let taking = Taking { number: &number, verified: &verified, document, paper: None, holder: None };
            take_step(&store, &rules(), taking, at, &|_| anyhow::bail!("seals nothing")).await
        };
        let stranger = complain(IINS[5], "slow", now()).await;
        assert!(
            matches!(&stranger, Err(ServiceError::Denied(denied)) if denied.next.is_empty()),
            "where the case stands is not told: {stranger:?}"
        );
        assert_eq!(code(stranger), "WRONG_ROLE");
        // 30 November in Almaty, and the day after.
        let last: Timestamp = "2026-11-30T18:59:59Z".parse().unwrap();
        let over = complain(IINS[4], "slow", last + jiff::SignedDuration::from_secs(1)).await;
        assert_eq!(code(over), "REPRESENTATION_OVER");
        complain(IINS[4], "slow", last).await.unwrap();
        let event = store.events(&number).await.unwrap().pop().unwrap();
        assert!(event.body.contains("\"by_representative\":true"), "{}", event.body);
        // Whoever acts for the applicant is no official of the case, not even later.
        let official = Official { iin: IINS[4].into(), role: Role::Head, centre: None };
        let mut officials = rules();
        officials.officials.push(official);
        let act = Content::AssignExecutor { executor: IINS[1].into() };
        let xml = act.to_xml(&number);
        let verified = VerifiedDocument::for_test(&xml, IINS[4], Some("140540000015"), last + days);
        let document = staged(xml.as_bytes()).await;
        let taking = Taking { number: &number, verified: &verified, document, paper: None, holder: None };
        let named =
            take_step(&store, &officials, taking, last + days, &|_| anyhow::bail!("seals nothing")).await;
        assert_eq!(code(named), "OWN_CASE");
    }

    #[tokio::test]
    async fn what_was_signed_on_paper() {
        let (_dir, store) = store().await;
        let (number, _) = registered(&store).await;
        let scan = b"%PDF-1.4 made up";
        let digest = crate::crypto::sha256(scan);
        let take = async |named: [u8; 32], scan: Option<(&str, &[u8])>| {
            let xml = Content::Complain { text: "slow".into() }.to_xml_on_paper(&number, named);
            let verified = VerifiedDocument::for_test(&xml, INSPECTOR, Some("140540000015"), now());
            let document = store.blobs().stage(xml.as_bytes()).await.unwrap();
            let paper = match scan {
                None => None,
                Some((media_type, octets)) => {
                    let file = store.blobs().stage(octets).await.unwrap();
                    Some(Scan { file_name: "scan".into(), media_type: media_type.into(), file })
                }
            };
            let taking = Taking { number: &number, verified: &verified, document, paper, holder: None };
            take_step(&store, &rules(), taking, now(), &|_| anyhow::bail!("seals nothing")).await
        };
        assert_eq!(code(take(digest, None).await), "ATTACHMENT_MISSING");
        assert_eq!(code(take([7; 32], Some(("application/pdf", scan))).await), "ATTACHMENT_DIGEST_MISMATCH");
        assert_eq!(code(take(digest, Some(("text/html", scan))).await), "UNKNOWN_VALUE");
        take(digest, Some(("application/pdf", scan))).await.unwrap();
        let documents = store.documents(&number).await.unwrap();
        let kept = documents.iter().find(|document| document.kind == "paper").unwrap();
        assert_eq!(store.blobs().read(&kept.sha256).await.unwrap(), scan);
        let event = store.events(&number).await.unwrap().pop().unwrap();
        assert_eq!((event.kind.as_str(), event.actor_role.as_str()), ("complain", "inspector"));
    }
}
