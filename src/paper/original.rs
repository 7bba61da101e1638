//! From a signed original to its paper: a pure function of the original and of what the register knows of its case.
//!
//! What is read here was verified before: an [`Original`] holds the octets that a passed signature covers. The name
//! and address of the applicant come from the signed application, who sat and voted from the signed acts, the rest
//! from the original itself. What cannot be read makes no paper.

use super::forms::{
    AcceptanceReceipt, Agenda, AgendaItem, Applicant, AttachedDocument, Conclusion, CourierItem, CourierList,
    FamilyMember, Granting, Issue, Member, Memo, Minutes, MinutesItem, MissingDocument, QueueExtract,
    Reference, Refusal, RefusalGround, RefusalReceipt, RegistrationNotice, RemovalNotice, ReturnLetter,
    UnclaimedItem, UnclaimedRegister, Votes, acceptance_receipt, agenda, courier_list, granting_decision,
    granting_offer, memo, minutes, queue_extract, refusal, refusal_receipt, registration_notice,
    removal_notice, return_letter, unclaimed_register,
};
use super::words::say;
use super::{Paper, SignatureLine, Signed};
use crate::calendar;
use crate::housing::act::Content;
use crate::housing::granting::{Basis, Dwelling};
use crate::housing::list::{Item, Listing};
use crate::housing::workflow::{Ballot, Memo as Found, Step};
use crate::housing::{
    Act, Application, Case, Category, Language, List, Role, Rules, TestIdentities, clock::Milestone,
    document, hex,
};
use crate::validation::VerifiedDocument;
use crate::xml::{Limits, tree};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

/// A verified original, with what its verification said of the signer.
#[derive(Clone, Debug)]
pub struct Original {
    /// Its kind among the documents of a case.
    pub kind: String,
    pub document: VerifiedDocument,
    /// Serial number of the signer's certificate, in hexadecimal.
    pub certificate: String,
    /// The part in which the signer acted.
    pub role: Role,
    /// When the register took or made it.
    pub taken_at: Timestamp,
}

/// What the register knows of a case, from verified documents.
#[derive(Clone, Debug)]
pub struct Dossier {
    pub number: String,
    pub filed: Timestamp,
    pub category: Category,
    pub case: Case,
    pub application: Application,
    /// The signed acts of the case, oldest first.
    pub acts: Vec<Original>,
}

/// Why an original has no paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPaper {
    /// A document of this kind is shown as it is.
    #[error("documents of this kind have no paper")]
    Kind,
    #[error("the original does not say what its paper needs: {0}")]
    Unreadable(&'static str),
}

/// The name of what a document of a case is as a paper, by its kind and file name; none for one that has no paper.
/// Of a notice it is the same whether it registers or refuses.
pub fn paper_of(kind: &str, file_name: &str) -> Option<&'static str> {
    match (kind, file_name) {
        ("receipt", _) => Some("receipt"),
        ("refusal-receipt", _) => Some("refusal-receipt"),
        ("return-letter", _) => Some("return-letter"),
        ("notice", _) => Some("notice"),
        ("queue-extract", _) => Some("queue-extract"),
        ("granting-offer", _) => Some("granting-offer"),
        ("granting-decision", _) => Some("granting-decision"),
        ("removal-notice", _) => Some("removal-notice"),
        ("courier-list" | "courier-list-taken", _) => Some("courier-list"),
        ("unclaimed-register", _) | ("act", "send-unclaimed.xml") => Some("unclaimed-register"),
        ("agenda", _) | ("act", "put-on-agenda.xml") => Some("agenda"),
        ("act", "memo.xml") => Some("memo"),
        ("act", "commission-decision.xml") => Some("minutes"),
        _ => None,
    }
}

/// The paper of an original. The first of `files` is the case through which it is asked for; of a list there are the
/// others on it too, of a refusal at a counter none. `place` is the address where it is checked.
///
/// # Errors
/// Where there is no such paper.
pub fn paper(original: &Original, files: &[Dossier], rules: &Rules, place: &str) -> Result<Paper, NoPaper> {
    let of = Reading { original, files, rules, place };
    match original.kind.as_str() {
        "receipt" => of.receipt(),
        "refusal-receipt" => of.refusal_receipt(),
        "notice" | "return-letter" => of.notice(),
        "queue-extract" => of.queue_extract(),
        "granting-offer" => of.granting_offer(),
        "granting-decision" => of.granting_decision(),
        "removal-notice" => of.removal_notice(),
        "act" => of.act(),
        _ => of.list(),
    }
}

struct Reading<'a> {
    original: &'a Original,
    files: &'a [Dossier],
    rules: &'a Rules,
    place: &'a str,
}

/// The leaves of a sealed document.
struct Leaves<'a> {
    root: tree::Node<'a>,
}

impl<'a> Leaves<'a> {
    fn text(&self, name: &'static str) -> Result<String, NoPaper> {
        text(self.root, name)
    }

    fn date(&self, name: &'static str) -> Result<Date, NoPaper> {
        self.text(name)?.parse().map_err(|_| NoPaper::Unreadable(name))
    }

    fn moment(&self, name: &'static str) -> Result<DateTime, NoPaper> {
        Ok(local(self.text(name)?.parse().map_err(|_| NoPaper::Unreadable(name))?))
    }

    fn number(&self, name: &'static str) -> Result<u64, NoPaper> {
        self.text(name)?.parse().map_err(|_| NoPaper::Unreadable(name))
    }

    fn all(&self, name: &str) -> Vec<String> {
        let named = self.root.elements().filter(|element| element.local() == name);
        named.filter_map(|element| element.text().map(str::to_owned)).collect()
    }

    fn language(&self) -> Result<Language, NoPaper> {
        let code = self.root.attribute("language").unwrap_or_default();
        Language::from_code(code).ok_or(NoPaper::Unreadable("language"))
    }
}

fn text(node: tree::Node<'_>, name: &'static str) -> Result<String, NoPaper> {
    let leaf = node.elements().find(|element| element.local() == name);
    leaf.and_then(|leaf| leaf.text()).map(str::to_owned).ok_or(NoPaper::Unreadable(name))
}

fn local(at: Timestamp) -> DateTime {
    calendar::ZONE.to_datetime(at)
}

fn day(at: Timestamp) -> Date {
    local(at).date()
}

fn missing(codes: &[String]) -> Vec<MissingDocument> {
    codes.iter().map(|code| MissingDocument { code: code.clone(), note: None }).collect()
}

fn name_of(original: &Original) -> String {
    original.document.signer().common_name.clone().unwrap_or_default()
}

impl Dossier {
    fn applicant(&self) -> Applicant {
        let data = &self.application;
        Applicant {
            name: data.applicant.full_name(),
            address: data.address.clone(),
            phone: data.phone.clone(),
            email: data.email.clone(),
        }
    }

    fn reference(&self) -> Reference {
        Reference { number: self.number.clone(), date: day(self.filed) }
    }

    /// The commission's decision by number and date.
    fn minutes(&self) -> Result<Reference, NoPaper> {
        let decision = self.case.decision.as_ref().ok_or(NoPaper::Unreadable("decision"))?;
        Ok(Reference { number: decision.minutes_number.clone(), date: decision.date })
    }

    /// What was answered, as papers call it.
    fn answer(&self, language: Language) -> String {
        use crate::housing::Outcome;
        let title = match self.case.outcome {
            Some(Outcome::Registered { .. }) => "title-registration-notice",
            Some(Outcome::Returned { .. }) => "title-return-letter",
            _ => "title-refusal",
        };
        say(language, title, &[])
    }
}

impl Reading<'_> {
    fn dossier(&self) -> Result<&Dossier, NoPaper> {
        self.files.first().ok_or(NoPaper::Unreadable("case"))
    }

    fn with<T>(
        &self,
        namespace: &str,
        read: impl FnOnce(Leaves<'_>) -> Result<T, NoPaper>,
    ) -> Result<T, NoPaper> {
        let octets = self.original.document.octets();
        let tree = tree::parse(octets, &Limits::default()).map_err(|_| NoPaper::Unreadable("XML"))?;
        let root = tree.element();
        if root.namespace() != namespace {
            return Err(NoPaper::Unreadable("namespace"));
        }
        read(Leaves { root })
    }

    /// What every paper has. Paper that goes to an applicant through a centre has a line for the hand of the employee
    /// who certifies the print (decision G7).
    fn issue(
        &self,
        language: Language,
        number: &str,
        date: Date,
        signatures: Vec<SignatureLine>,
        for_applicant: bool,
    ) -> Issue {
        let at_centre = self.files.first().is_none_or(|one| one.case.centre.is_some());
        let by_hand = (for_applicant && at_centre).then(|| SignatureLine {
            position: say(language, "signer-print", &[]),
            name: String::new(),
            signed: Signed::ByHand,
        });
        Issue {
            language,
            office: document::office(self.rules, language).to_owned(),
            number: number.to_owned(),
            date,
            signatures: signatures.into_iter().chain(by_hand).collect(),
            phones: for_applicant
                .then(|| [self.rules.office_phone.clone(), self.rules.section_phones.clone()]),
            verification_url: self.place.to_owned(),
            document_sha256: self.original.document.document_sha256(),
        }
    }

    fn line(&self, language: Language, of: &Original) -> SignatureLine {
        let position = match of.role {
            Role::Service => "signer-service",
            Role::Head => "signer-head",
            Role::Deputy => "signer-deputy",
            Role::Executor => "signer-executor",
            Role::Chair => "signer-chair",
            Role::Commission => "signer-member",
            Role::Secretary => "signer-secretary",
            Role::Inspector => "signer-inspector",
            Role::Dispatcher => "signer-dispatcher",
            Role::DocumentarySupport => "signer-support",
            Role::Chancellery => "signer-chancellery",
            Role::Akimat => "signer-akimat",
            Role::CentreEmployee | Role::Applicant => "signer-employee",
        };
        SignatureLine {
            position: say(language, position, &[]),
            name: name_of(of),
            signed: Signed::Electronically { at: local(of.taken_at), certificate: of.certificate.clone() },
        }
    }

    /// Whoever signed the act that a sealed document names, and the seal.
    fn act_and_seal(&self, language: Language, act: &str) -> Result<Vec<SignatureLine>, NoPaper> {
        let acts = self.files.iter().flat_map(|dossier| &dossier.acts);
        let mut named = acts.filter(|one| hex(&one.document.document_sha256()) == act);
        let act = named.next().ok_or(NoPaper::Unreadable("act"))?;
        Ok(vec![self.line(language, act), self.line(language, self.original)])
    }

    fn receipt(&self) -> Result<Paper, NoPaper> {
        let dossier = self.dossier()?;
        self.with(document::RECEIPT_NAMESPACE, |leaves| {
            let language = leaves.language()?;
            let accepted_at = leaves.moment("acceptedAt")?;
            let list = leaves.root.elements().find(|element| element.local() == "attachments");
            let attached = list.into_iter().flat_map(tree::Node::elements).map(|element| {
                let code = element.attribute("documentCode").unwrap_or_default().to_owned();
                Ok(AttachedDocument { code, file_name: text(element, "fileName")? })
            });
            let of = leaves.root.elements().find(|element| element.local() == "applicant");
            let of = of.ok_or(NoPaper::Unreadable("applicant"))?;
            let receipt = AcceptanceReceipt {
                accepted_at,
                attached: attached.collect::<Result<_, NoPaper>>()?,
                result_on: leaves.date("dueDate")?,
                result_place: leaves.text("place")?,
                accepted_by: leaves.text("acceptedBy")?,
                applicant: Applicant {
                    name: text(of, "name")?,
                    address: text(of, "address")?,
                    phone: text(of, "phone")?,
                    email: text(of, "email").ok(),
                },
            };
            let number = leaves.text("number")?;
            if number != dossier.number {
                return Err(NoPaper::Unreadable("number"));
            }
            let signatures = vec![self.line(language, self.original)];
            let issue = self.issue(language, &number, accepted_at.date(), signatures, true);
            Ok(acceptance_receipt(issue, &receipt))
        })
    }

    fn refusal_receipt(&self) -> Result<Paper, NoPaper> {
        self.with(document::REFUSAL_RECEIPT_NAMESPACE, |leaves| {
            let language = leaves.language()?;
            let receipt = RefusalReceipt {
                office_address: leaves.text("address")?,
                applicant: Applicant { name: leaves.text("applicant")?, ..Applicant::default() },
                missing: missing(&leaves.all("missing")),
                executor_phone: leaves.text("phone")?,
            };
            let on = leaves.moment("refusedAt")?.date();
            let inspector = SignatureLine {
                position: say(language, "signer-inspector", &[]),
                name: leaves.text("refusedBy")?,
                signed: Signed::ByHand,
            };
            let signatures = vec![inspector, self.line(language, self.original)];
            let mut issue = self.issue(language, &leaves.text("number")?, on, signatures, true);
            // The inspector's is the hand that certifies.
            issue.signatures.pop();
            Ok(refusal_receipt(issue, &receipt))
        })
    }

    fn notice(&self) -> Result<Paper, NoPaper> {
        let dossier = self.dossier()?;
        self.with(document::NOTICE_NAMESPACE, |leaves| {
            let language = leaves.language()?;
            let (number, date) = (leaves.text("number")?, leaves.date("date")?);
            if number != dossier.number {
                return Err(NoPaper::Unreadable("number"));
            }
            let signatures = self.act_and_seal(language, &leaves.text("actSha256")?)?;
            let category = Self::category(&leaves)?;
            let issue = self.issue(language, &number, date, signatures, true);
            let (applicant, application) = (dossier.applicant(), dossier.reference());
            let ground = match leaves.text("outcome")?.as_str() {
                "registered" => {
                    let notice = RegistrationNotice {
                        applicant,
                        application,
                        registration: Reference { number, date },
                        category,
                        queue_number: leaves.number("queueNumber")?,
                        queue_on: date,
                        minutes: dossier.minutes()?,
                    };
                    return Ok(registration_notice(issue, &notice));
                }
                "returned" => {
                    let missing = missing(&leaves.all("missing"));
                    let file_at = say(language, "file-again-places", &[]);
                    return Ok(return_letter(
                        issue,
                        &ReturnLetter { applicant, application, missing, file_at },
                    ));
                }
                "refused" => {
                    let (grounds, reason) = (leaves.all("ground"), leaves.text("reason").ok());
                    if grounds.is_empty() && reason.is_none() {
                        return Err(NoPaper::Unreadable("reason"));
                    }
                    RefusalGround::Decided { grounds, reason, minutes: dossier.minutes()? }
                }
                "refused-incomplete" => {
                    RefusalGround::Incomplete { missing: missing(&leaves.all("missing")) }
                }
                _ => return Err(NoPaper::Kind),
            };
            Ok(refusal(issue, &Refusal { applicant, application, category, ground }))
        })
    }

    fn queue_extract(&self) -> Result<Paper, NoPaper> {
        self.with(document::EXTRACT_NAMESPACE, |leaves| {
            let language = leaves.language()?;
            let (number, date) = (leaves.text("number")?, leaves.date("date")?);
            let extract = QueueExtract {
                applicant: leaves.text("applicant")?,
                registration: Reference { number: number.clone(), date: leaves.date("registeredOn")? },
                category: Self::category(&leaves)?,
                queue_number: leaves.number("queueNumber")?,
                queue_on: date,
                places: leaves.number("places")?,
            };
            let signatures = vec![self.line(language, self.original)];
            Ok(queue_extract(self.issue(language, &number, date, signatures, true), &extract))
        })
    }

    fn category(leaves: &Leaves<'_>) -> Result<Category, NoPaper> {
        let category = leaves.root.elements().find(|element| element.local() == "category");
        let code = category.and_then(|element| element.attribute("code"));
        code.and_then(Category::from_code).ok_or(NoPaper::Unreadable("category"))
    }

    /// Whom a letter is to, at the address of the application: the applicant, or whoever of the family has the place.
    fn holder(&self, leaves: &Leaves<'_>) -> Result<Applicant, NoPaper> {
        Ok(Applicant { name: leaves.text("applicant")?, ..self.dossier()?.applicant() })
    }

    /// Number and date of registration.
    fn registration(&self) -> Result<Reference, NoPaper> {
        let dossier = self.dossier()?;
        let signed = dossier.case.moments.get(&Milestone::Signed);
        let signed = *signed.ok_or(NoPaper::Unreadable("registration"))?;
        Ok(Reference { number: dossier.number.clone(), date: day(signed) })
    }

    fn letter<T>(
        &self,
        namespace: &str,
        write: impl FnOnce(&Leaves<'_>, Issue) -> Result<T, NoPaper>,
    ) -> Result<T, NoPaper> {
        let dossier = self.dossier()?;
        self.with(namespace, |leaves| {
            let (language, number) = (leaves.language()?, leaves.text("number")?);
            if number != dossier.number {
                return Err(NoPaper::Unreadable("number"));
            }
            let signatures = self.act_and_seal(language, &leaves.text("actSha256")?)?;
            let issue = self.issue(language, &number, leaves.date("date")?, signatures, true);
            write(&leaves, issue)
        })
    }

    fn granting(&self, leaves: &Leaves<'_>) -> Result<Granting, NoPaper> {
        let dwelling = leaves.root.elements().find(|element| element.local() == "dwelling");
        let dwelling = dwelling.ok_or(NoPaper::Unreadable("dwelling"))?;
        let whole = |name| text(dwelling, name)?.parse().map_err(|_| NoPaper::Unreadable(name));
        let basis = leaves.text("outOfTurn").ok();
        let basis = basis.map(|code| Basis::from_code(&code).ok_or(NoPaper::Unreadable("outOfTurn")));
        Ok(Granting {
            applicant: self.holder(leaves)?,
            registration: self.registration()?,
            category: Self::category(leaves)?,
            dwelling: Dwelling {
                cadastral_number: text(dwelling, "cadastralNumber")?,
                address: text(dwelling, "address")?,
                rooms: whole("rooms")?,
                area: text(dwelling, "area")?,
                floor: text(dwelling, "floor").is_ok().then(|| whole("floor")).transpose()?,
            },
            out_of_turn: basis.transpose()?.map(|basis| Ok((basis, leaves.text("grounds")?))).transpose()?,
        })
    }

    fn granting_offer(&self) -> Result<Paper, NoPaper> {
        self.letter(document::GRANTING_OFFER_NAMESPACE, |leaves, issue| {
            Ok(granting_offer(issue, &self.granting(leaves)?, leaves.date("answerBy")?))
        })
    }

    fn granting_decision(&self) -> Result<Paper, NoPaper> {
        self.letter(document::GRANTING_DECISION_NAMESPACE, |leaves, issue| {
            let dossier = self.dossier()?;
            let (number, date) = (leaves.text("decisionNumber")?, leaves.date("decisionDate")?);
            let family_size = dossier.application.family.len() + 1;
            let issue = Issue { number, date, ..issue };
            Ok(granting_decision(issue, &self.granting(leaves)?, family_size, &dossier.minutes()?))
        })
    }

    fn removal_notice(&self) -> Result<Paper, NoPaper> {
        self.letter(document::REMOVAL_NOTICE_NAMESPACE, |leaves, issue| {
            let notice = RemovalNotice {
                applicant: self.holder(leaves)?,
                registration: self.registration()?,
                category: Self::category(leaves)?,
                grounds: leaves.all("ground"),
                basis: leaves.text("grounds")?,
            };
            Ok(removal_notice(issue, &notice))
        })
    }

    /// Acts that are the original of a paper themselves (decision G6): the executor's memo, the minutes that whoever
    /// presides signs, and what puts one case on an agenda or a register.
    fn act(&self) -> Result<Paper, NoPaper> {
        let dossier = self.dossier()?;
        let act = read_act(self.original).ok_or(NoPaper::Unreadable("act"))?;
        let language = dossier.application.language;
        let signatures = vec![self.line(language, self.original)];
        let on = day(self.original.taken_at);
        let listing = |step, number: &str, date| Listing {
            step,
            number: number.to_owned(),
            date,
            language,
            courier: None,
            against: None,
            items: vec![Item { application: dossier.number.clone(), ..Item::default() }],
        };
        match act.content() {
            Content::Memo(found) => {
                let conclusion = match found {
                    Found::Complete { register: true, .. } => Conclusion::Register,
                    Found::Complete { ground, .. } => {
                        Conclusion::Refuse { ground: ground.clone().unwrap_or_default() }
                    }
                    Found::Incomplete { missing: codes } => {
                        Conclusion::Incomplete { missing: missing(codes) }
                    }
                };
                let data = &dossier.application;
                let family = data.family.iter().map(|(who, relation)| FamilyMember {
                    name: who.full_name(),
                    relation: relation.clone(),
                });
                let content = Memo {
                    application: dossier.reference(),
                    applicant: data.applicant.full_name(),
                    iin: data.applicant.iin.clone(),
                    category: dossier.category,
                    family: family.collect(),
                    documents: data.attachments.iter().map(|one| one.document_code.clone()).collect(),
                    conclusion,
                };
                Ok(memo(self.issue(language, &dossier.number, on, signatures, false), &content))
            }
            Content::CommissionDecision(decision) => {
                // Whoever signs the minutes presided.
                let chair = say(language, "signer-chair", &[]);
                let signatures =
                    signatures.into_iter().map(|line| SignatureLine { position: chair.clone(), ..line });
                let signatures = signatures.collect();
                let issue = self.issue(language, &decision.minutes_number, decision.date, signatures, false);
                let content = Minutes {
                    sitting: decision.date,
                    place: String::new(),
                    present: self.present(dossier, &act, language),
                    absent: Vec::new(),
                    items: vec![MinutesItem {
                        application: dossier.reference(),
                        applicant: dossier.application.applicant.full_name(),
                        category: dossier.category,
                        votes: votes(dossier, &act, decision.registers()),
                        refused: (!decision.registers()).then(|| {
                            let reason = decision.reason.as_deref();
                            document::in_words(&dossier.case.grounds, reason, language)
                        }),
                    }],
                    opinions: Vec::new(),
                };
                Ok(minutes(issue, &content))
            }
            Content::PutOnAgenda(sitting) => {
                self.listed(&listing(Step::PutOnAgenda, &sitting.number, sitting.date))
            }
            Content::Unclaimed { number } => self.listed(&listing(Step::SendUnclaimed, number, on)),
            _ => Err(NoPaper::Kind),
        }
    }

    /// Who voted, by the names in their certificates, and whoever presided.
    fn present(&self, dossier: &Dossier, decision: &Act, language: Language) -> Vec<Member> {
        let voted = |one: &&Original| {
            let Some(iin) = one.document.signer().iin.as_deref() else { return false };
            let is_vote = read_act(one).is_some_and(|act| act.content().step() == Step::Vote);
            is_vote
                && iin != decision.signer_iin()
                && dossier.case.votes.iter().any(|vote| vote.member == iin)
        };
        let presides = Member { name: name_of(self.original), position: say(language, "signer-chair", &[]) };
        let mut members = vec![presides];
        for one in dossier.acts.iter().filter(voted) {
            let name = name_of(one);
            if !members.iter().any(|member| member.name == name) {
                members.push(Member { name, position: say(language, "signer-member", &[]) });
            }
        }
        members
    }

    fn list(&self) -> Result<Paper, NoPaper> {
        let list = List::read(&self.original.document).map_err(|_| NoPaper::Unreadable("list"))?;
        self.listed(list.listing())
    }

    fn listed(&self, listing: &Listing) -> Result<Paper, NoPaper> {
        let language = listing.language;
        let signatures = vec![self.line(language, self.original)];
        let issue = self.issue(language, &listing.number, listing.date, signatures, false);
        let lines = listing.items.iter().map(|item| {
            let dossier = self.files.iter().find(|one| one.number == item.application);
            Ok((item, dossier.ok_or(NoPaper::Unreadable("case"))?))
        });
        let lines = lines.collect::<Result<Vec<_>, NoPaper>>()?;
        let office = document::office(self.rules, language).to_owned();
        let centre = self.dossier()?.case.centre.clone().unwrap_or_default();
        let centre = say(language, "centre", &[("name", centre.as_str().into())]);
        match listing.step {
            Step::PutOnAgenda => {
                let items = lines.iter().map(|(_, one)| AgendaItem {
                    application: one.reference(),
                    applicant: one.application.applicant.full_name(),
                    category: one.category,
                    to_register: matches!(one.case.memo, Some(Found::Complete { register: true, .. })),
                });
                let items = items.collect();
                let content =
                    Agenda { sitting: listing.date, place: String::new(), members: Vec::new(), items };
                Ok(agenda(issue, &content))
            }
            Step::SendUnclaimed => {
                let items = lines.iter().map(|(_, one)| {
                    let ready = one.case.moments.get(&Milestone::Ready).copied();
                    Ok(UnclaimedItem {
                        receipt: one.reference(),
                        applicant: one.application.applicant.full_name(),
                        iin: one.application.applicant.iin.clone(),
                        document: one.answer(language),
                        result_on: day(ready.ok_or(NoPaper::Unreadable("result"))?),
                        sent_on: listing.date,
                        sent_by: name_of(self.original),
                        received_by: String::new(),
                    })
                });
                let items = items.collect::<Result<_, NoPaper>>()?;
                Ok(unclaimed_register(issue, &UnclaimedRegister { from: centre, to: office, items }))
            }
            step => {
                let to_provider = matches!(step, Step::SendToProvider | Step::ReceivePackage);
                let items = lines.iter().map(|(item, one)| {
                    let outgoing = item.outgoing.clone().map(|number| (number, listing.date));
                    let recorded = one.case.numbers.get(&Step::RegisterOutgoing).cloned();
                    let signed = one.case.moments.get(&Milestone::Signed).copied();
                    let answered =
                        outgoing.or(recorded.map(|number| (number, signed.map_or(listing.date, day))));
                    let (what, document) = match answered.filter(|_| !to_provider) {
                        Some((number, date)) => (one.answer(language), Reference { number, date }),
                        None => (say(language, "application-with-documents", &[]), one.reference()),
                    };
                    let addressee = one.application.applicant.full_name();
                    CourierItem { document, what, addressee, sheets: item.sheets }
                });
                let items = items.collect();
                let (from, to) = if to_provider { (centre, office) } else { (office, centre) };
                let courier = listing.courier.clone().unwrap_or_default();
                let is_taken = matches!(step, Step::ReceivePackage | Step::ReceiveResult);
                let taken_by = is_taken.then(|| name_of(self.original));
                Ok(courier_list(issue, &CourierList { from, to, courier, taken_by, items }))
            }
        }
    }
}

/// The act of an original. Who may be named in one was looked at when it came.
fn read_act(original: &Original) -> Option<Act> {
    let rules = Rules { test_identities: TestIdentities::Allowed, ..Rules::default() };
    Act::read(&original.document, &rules).ok()
}

/// The votes that were counted; that of whoever presides is in the decision where it was not given before.
fn votes(dossier: &Dossier, decision: &Act, registers: bool) -> Votes {
    let given = dossier.case.votes.iter().map(|vote| vote.ballot);
    let has_voted = dossier.case.votes.iter().any(|vote| vote.member == decision.signer_iin());
    let own = if registers { Ballot::Register } else { Ballot::Refuse };
    let all: Vec<Ballot> = given.chain((!has_voted).then_some(own)).collect();
    let count = |ballot| u16::try_from(all.iter().filter(|one| **one == ballot).count()).unwrap_or(u16::MAX);
    Votes {
        in_favour: count(Ballot::Register),
        against: count(Ballot::Refuse),
        abstained: count(Ballot::Abstain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::housing::application::tests::{IIN, sample};
    use crate::housing::{Channel, Outcome};
    use crate::paper::{Block, Kind};

    const DISPATCHER: &str = "061211600012";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn original(kind: &str, xml: &str) -> Original {
        let taken_at = at("2026-12-30T06:00:00Z");
        Original {
            kind: kind.into(),
            document: VerifiedDocument::for_test(xml, DISPATCHER, None, taken_at),
            certificate: "3f9a".into(),
            role: Role::Dispatcher,
            taken_at,
        }
    }

    fn dossier(number: &str, language: Language) -> Dossier {
        let filed = at("2026-10-01T06:00:00Z");
        let mut case = Case::begun(Channel::Centre, Some("almaly".into()), filed);
        case.outcome = Some(Outcome::Registered { queue_number: 5 });
        case.moments.insert(Milestone::Ready, at("2026-11-02T06:00:00Z"));
        Dossier {
            number: number.into(),
            filed,
            category: Category::Vulnerable,
            case,
            application: Application { language, ..sample(IIN) },
            acts: Vec::new(),
        }
    }

    fn shown(paper: &Paper) -> String {
        let text = |block: &Block| match block {
            Block::Heading(text) | Block::Paragraph(text) => text.clone(),
            Block::Rows(rows) => rows.iter().map(|(name, value)| format!("{name} {value} ")).collect(),
            Block::Table { head, rows } => {
                [head].into_iter().chain(rows).flatten().cloned().collect::<Vec<_>>().join(" ")
            }
            Block::List(items) => items.join(" "),
        };
        paper.blocks.iter().map(text).collect::<Vec<_>>().join("\n")
    }

    /// Item 16: results that nobody fetched go to the provider on one register, each with receipt and dates.
    #[test]
    fn unclaimed_results_are_on_one_register() {
        for language in [Language::Kk, Language::Ru] {
            let files = ["ALA-2026-000001", "ALA-2026-000002"].map(|number| dossier(number, language));
            let item = |file: &Dossier| Item { application: file.number.clone(), ..Item::default() };
            let listing = Listing {
                step: Step::SendUnclaimed,
                number: "Р-3".into(),
                date: "2026-12-30".parse().unwrap(),
                language,
                courier: None,
                against: None,
                items: files.iter().map(item).collect(),
            };
            let register = original("unclaimed-register", &listing.to_xml());
            let made = paper(&register, &files, &Rules::default(), "https://a.example/check/1/2").unwrap();
            assert_eq!((made.kind, made.number.as_str()), (Kind::UnclaimedRegister, "Р-3"));
            let text = shown(&made);
            for wanted in
                ["ALA-2026-000001", "ALA-2026-000002", "01.10.2026", "02.11.2026", "30.12.2026", IIN, "Әлиев"]
            {
                assert!(text.contains(wanted), "{wanted}: {text}");
            }
            assert!(made.to_pdf().unwrap().starts_with(b"%PDF"));
            // A case that is not known makes no line up.
            let none = paper(&register, &files[..1], &Rules::default(), "https://a.example/");
            assert_eq!(none.unwrap_err(), NoPaper::Unreadable("case"));
            // The act of one case is a register of one.
            let act = Content::Unclaimed { number: "Р-3".into() }.to_xml("ALA-2026-000001");
            let made =
                paper(&original("act", &act), &files, &Rules::default(), "https://a.example/").unwrap();
            assert!(made.kind == Kind::UnclaimedRegister && !shown(&made).contains("000002"));
        }
    }

    #[test]
    fn what_says_too_little_has_no_paper() {
        let files = [dossier("ALA-2026-000001", Language::Ru)];
        let of = |kind: &str, xml: &str| {
            paper(&original(kind, xml), &files, &Rules::default(), "https://a.example/").unwrap_err()
        };
        let act = |content: Content| content.to_xml("ALA-2026-000001");
        assert_eq!(of("act", &act(Content::Plain(Step::Forward))), NoPaper::Kind);
        assert_eq!(of("receipt", "<receipt/>"), NoPaper::Unreadable("namespace"));
        let notice = |text: &str| {
            format!("<notice xmlns=\"{}\" language=\"ru\">{text}</notice>", document::NOTICE_NAMESPACE)
        };
        assert_eq!(of("notice", &notice("")), NoPaper::Unreadable("number"));
        let other = "<number>ALA-2026-000002</number><date>2026-11-24</date>";
        assert_eq!(of("notice", &notice(other)), NoPaper::Unreadable("number"));
        let unsigned = "<number>ALA-2026-000001</number><date>2026-11-24</date><actSha256>00</actSha256>";
        assert_eq!(of("notice", &notice(unsigned)), NoPaper::Unreadable("act"));
        assert_eq!(of("courier-list", "<list/>"), NoPaper::Unreadable("list"));
    }
}
