//! Acts of officials and applicants: short signed documents, each moving one case by one step (items 8, 9, 16
//! and 3(3)). What an act of each step holds stands in [`Content`]; who may sign it, when, and what it makes is
//! the workflow's ([`super::workflow::table`]).

use super::form::{Form, Refusal, sha256_from_hex};
use super::granting::{self, Basis, Dwelling, OutOfTurn};
use super::inventory::{self, Finding};
use super::workflow::{Ballot, Decision, Judgement, Memo, MoveKind, Resolution, Sitting};
use super::{Category, Iin, Rules};
use crate::validation::VerifiedDocument;
use crate::xml::write::Xml;
use crate::xml::{Limits, tree};
use jiff::Timestamp;
use jiff::civil::Date;

pub use super::workflow::Step;

/// Namespace of acts.
pub const NAMESPACE: &str = "urn:qoltanba:housing:act:1";
/// Conflicts of a memo: more people than an application may name have no more cases than this.
const LIST_LIMIT: usize = 256;
/// Grounds of one refusal or removal.
const GROUNDS_LIMIT: usize = 32;

/// What an act says. Plain data; [`Act`] is what the workflow takes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Content {
    /// Nothing besides the step.
    Plain(Step),
    /// A number given on the way: of a courier list, an incoming or outgoing number.
    Number {
        step: Step,
        number: String,
    },
    AssignExecutor {
        executor: String,
    },
    Memo(Memo),
    PutOnAgenda(Sitting),
    Vote {
        ballot: Ballot,
    },
    CommissionDecision(Decision),
    /// The number of the register of unclaimed results.
    Unclaimed {
        number: String,
    },
    Complain {
        text: String,
    },
    /// Complaints of a case are counted from 1.
    AnswerComplaint {
        complaint: usize,
        answer: String,
    },
    /// Why it is not the next in the list to whom it is offered, where the law has it so.
    Offer {
        dwelling: Dwelling,
        out_of_turn: Option<OutOfTurn>,
    },
    WithdrawOffer {
        reason: String,
    },
    AnswerOffer {
        agrees: bool,
        reason: Option<String>,
    },
    Grant {
        number: String,
        date: Date,
    },
    ProposeMove {
        kind: MoveKind,
        /// Of a removal, by code of the edition of the case.
        ground_codes: Vec<String>,
        basis: String,
        /// By which a place is restored.
        judgement: Option<Judgement>,
    },
    /// Grounds are given where the place does not simply stand.
    TakeInventory {
        year: i16,
        finding: Finding,
        /// Of a removal, by code of the edition of the case.
        ground_codes: Vec<String>,
        grounds: Option<String>,
    },
}

impl Content {
    pub fn step(&self) -> Step {
        match self {
            Self::Plain(step) | Self::Number { step, .. } => *step,
            Self::AssignExecutor { .. } => Step::AssignExecutor,
            Self::Memo(_) => Step::Memo,
            Self::PutOnAgenda(_) => Step::PutOnAgenda,
            Self::Vote { .. } => Step::Vote,
            Self::CommissionDecision(_) => Step::CommissionDecision,
            Self::Unclaimed { .. } => Step::SendUnclaimed,
            Self::Complain { .. } => Step::Complain,
            Self::AnswerComplaint { .. } => Step::AnswerComplaint,
            Self::Offer { .. } => Step::Offer,
            Self::WithdrawOffer { .. } => Step::WithdrawOffer,
            Self::AnswerOffer { .. } => Step::AnswerOffer,
            Self::Grant { .. } => Step::Grant,
            Self::ProposeMove { .. } => Step::ProposeMove,
            Self::TakeInventory { .. } => Step::TakeInventory,
        }
    }

    /// The act as XML, ready to sign.
    pub fn to_xml(&self, application: &str) -> String {
        self.xml(application, None)
    }

    /// The act of whoever at a centre takes down what the applicant has signed on paper; `paper` is the SHA-256 of its
    /// scan.
    pub fn to_xml_on_paper(&self, application: &str, paper: [u8; 32]) -> String {
        self.xml(application, Some(paper))
    }

    fn xml(&self, application: &str, paper: Option<[u8; 32]>) -> String {
        let mut xml = Xml::default();
        let attributes = [("xmlns", NAMESPACE), ("application", application), ("step", self.step().code())];
        xml.open("act", &attributes);
        match self {
            Self::Plain(_) => {}
            Self::Number { number, .. } | Self::Unclaimed { number } => {
                xml.leaf("number", number);
            }
            Self::AssignExecutor { executor } => {
                xml.leaf("executor", executor);
            }
            Self::Memo(Memo::Complete { register, ground, resolved }) => {
                xml.leaf("recommendation", verb(*register)).leaf_if("ground", ground.as_deref());
                for one in resolved {
                    xml.open("conflict", &[]);
                    xml.leaf("application", &one.other).leaf("resolution", &one.how);
                    xml.close("conflict");
                }
            }
            Self::Memo(Memo::Incomplete { missing }) => {
                xml.open("incomplete", &[]);
                for code in missing {
                    xml.leaf("documentCode", code);
                }
                xml.close("incomplete");
            }
            Self::PutOnAgenda(sitting) => {
                xml.leaf("date", &sitting.date.to_string())
                    .leaf("sittingNumber", &sitting.number)
                    .leaf_if("reasonForDelay", sitting.delay.as_deref());
            }
            Self::Vote { ballot } => {
                xml.leaf("ballot", ballot_code(*ballot));
            }
            Self::CommissionDecision(decision) => {
                xml.leaf("decision", verb(decision.registers()));
                write_codes(&mut xml, &decision.ground_codes);
                xml.leaf_if("reason", decision.reason.as_deref())
                    .leaf("date", &decision.date.to_string())
                    .leaf("minutesNumber", &decision.minutes_number);
            }
            Self::Complain { text } => {
                xml.leaf("text", text);
            }
            Self::AnswerComplaint { complaint, answer } => {
                xml.leaf("complaint", &complaint.to_string()).leaf("answer", answer);
            }
            Self::Offer { dwelling, out_of_turn } => {
                xml.open("dwelling", &[]);
                xml.leaf("cadastralNumber", &dwelling.cadastral_number).leaf("address", &dwelling.address);
                xml.leaf("rooms", &dwelling.rooms.to_string()).leaf("area", &dwelling.area);
                xml.leaf_if("floor", dwelling.floor.map(|floor| floor.to_string()).as_deref());
                xml.close("dwelling");
                if let Some(OutOfTurn { basis, grounds, judgement }) = out_of_turn {
                    xml.open("outOfTurn", &[]);
                    xml.leaf("basis", basis.code()).leaf("grounds", grounds);
                    write_judgement(&mut xml, judgement.as_ref());
                    xml.close("outOfTurn");
                }
            }
            Self::WithdrawOffer { reason } => {
                xml.leaf("reason", reason);
            }
            Self::AnswerOffer { agrees, reason } => {
                let answer = if *agrees { "agree" } else { "refuse" };
                xml.leaf("answer", answer).leaf_if("reason", reason.as_deref());
            }
            Self::Grant { number, date } => {
                xml.leaf("number", number).leaf("date", &date.to_string());
            }
            Self::ProposeMove { kind, ground_codes, basis, judgement } => {
                match kind {
                    MoveKind::Transfer { holder } => xml.leaf("transferTo", holder),
                    MoveKind::Category { category } => xml.leaf("category", category.code()),
                    MoveKind::Remove => xml.leaf("remove", "true"),
                    MoveKind::Restore => xml.leaf("restore", "true"),
                };
                write_codes(&mut xml, ground_codes);
                xml.leaf("basis", basis);
                write_judgement(&mut xml, judgement.as_ref());
            }
            Self::TakeInventory { year, finding, ground_codes, grounds } => {
                xml.leaf("year", &year.to_string()).leaf("finding", finding.code());
                write_codes(&mut xml, ground_codes);
                xml.leaf_if("grounds", grounds.as_deref());
            }
        }
        xml.leaf_if("paperSha256", paper.map(|digest| super::hex(&digest)).as_deref());
        xml.close("act").finish()
    }

    /// The elements of an act of a step.
    fn names(step: Step) -> &'static [&'static str] {
        match step {
            Step::SendToProvider | Step::RegisterIncoming | Step::RegisterOutgoing | Step::SendUnclaimed => {
                &["number"]
            }
            Step::AssignExecutor => &["executor"],
            Step::Memo => &["recommendation", "ground", "incomplete"],
            Step::PutOnAgenda => &["date", "sittingNumber", "reasonForDelay"],
            Step::Vote => &["ballot"],
            Step::CommissionDecision => &["decision", "reason", "date", "minutesNumber"],
            Step::Withdraw | Step::RequestAccess => &["paperSha256"],
            Step::Complain => &["text", "paperSha256"],
            Step::AnswerComplaint => &["complaint", "answer"],
            Step::Offer => &["dwelling", "outOfTurn"],
            Step::WithdrawOffer => &["reason"],
            Step::AnswerOffer => &["answer", "reason", "paperSha256"],
            Step::Grant => &["number", "date"],
            Step::ProposeMove => &["transferTo", "category", "remove", "restore", "basis", "judgement"],
            Step::TakeInventory => &["year", "finding", "grounds"],
            _ => &[],
        }
    }
}

fn write_codes(xml: &mut Xml, codes: &[String]) {
    for code in codes {
        xml.leaf("groundCode", code);
    }
}

fn verb(register: bool) -> &'static str {
    if register { "register" } else { "refuse" }
}

fn write_judgement(xml: &mut Xml, judgement: Option<&Judgement>) {
    if let Some(judgement) = judgement {
        xml.open("judgement", &[]);
        xml.leaf("number", &judgement.number).leaf("date", &judgement.date.to_string());
        xml.close("judgement");
    }
}

fn ballot_code(ballot: Ballot) -> &'static str {
    match ballot {
        Ballot::Register => "register",
        Ballot::Refuse => "refuse",
        Ballot::Abstain => "abstain",
    }
}

/// An act that its official signed. Private fields: it comes only from a verified document.
#[derive(Clone, Debug)]
pub struct Act {
    application: String,
    content: Content,
    paper: Option<[u8; 32]>,
    signer_iin: String,
    certificate_sha256: [u8; 32],
    signing: Signing,
}

/// One signing of an act: the same act is not taken twice, and not for what came after it was signed.
#[derive(Clone, Copy, Debug)]
pub struct Signing {
    /// [`VerifiedDocument::identity`].
    pub identity: [u8; 32],
    /// When the official says to have signed.
    pub at: Option<Timestamp>,
}

impl Signing {
    pub(super) fn of(document: &VerifiedDocument) -> Self {
        Self { identity: document.identity(), at: document.signing_time() }
    }
}

impl Act {
    /// Registration number of the case.
    pub fn application(&self) -> &str {
        &self.application
    }

    pub fn content(&self) -> &Content {
        &self.content
    }

    /// SHA-256 of the scan of what the applicant has signed on paper, where an official takes that down.
    pub fn paper(&self) -> Option<[u8; 32]> {
        self.paper
    }

    pub fn signer_iin(&self) -> &str {
        &self.signer_iin
    }

    pub fn certificate_sha256(&self) -> [u8; 32] {
        self.certificate_sha256
    }

    /// The signing that it comes from.
    pub fn signing(&self) -> Signing {
        self.signing
    }

    /// The act that a verified list is for one of its cases ([`super::list`]).
    pub(super) fn of_list(application: &str, content: Content, iin: &str, list: &VerifiedDocument) -> Self {
        Self {
            application: application.to_owned(),
            content,
            paper: None,
            signer_iin: iin.to_owned(),
            certificate_sha256: list.signer().certificate_sha256,
            signing: Signing::of(list),
        }
    }

    /// Reads the act that a verified signature covers. A certificate with BIN is accepted here.
    ///
    /// # Errors
    /// Every fault of form.
    pub fn read(document: &VerifiedDocument, rules: &Rules) -> Result<Self, Vec<Refusal>> {
        let tree = tree::parse(document.octets(), &Limits::default())
            .map_err(|error| vec![Refusal::new("NOT_XML", "").with("detail", error.kind.to_string())])?;
        let root = tree.element();
        if !root.is(NAMESPACE, "act") {
            return Err(vec![Refusal::new("WRONG_DOCUMENT", "").with("expected", NAMESPACE)]);
        }
        let mut form = Form { namespace: NAMESPACE, refusals: Vec::new() };
        let f = &mut form;
        let application = root.attribute("application").unwrap_or_default().to_owned();
        if application.is_empty() || application.len() > 40 {
            f.refuse("MISSING", "@application");
        }
        let step = f.choice(root.attribute("step"), "@step".into(), |code| {
            Step::from_code(code).filter(|step| *step != Step::CompleteEvidence)
        });
        if let Some(step) = step {
            let many: &[&str] = match step {
                Step::Memo => &["conflict"],
                Step::CommissionDecision | Step::ProposeMove | Step::TakeInventory => &["groundCode"],
                _ => &[],
            };
            f.shape(root, "", &["application", "step"], Content::names(step), many);
        }
        let content = step.and_then(|step| content(f, root, step, rules));
        let paper = f.optional(root, "", "paperSha256", 64).and_then(|text| {
            let digest = sha256_from_hex(&text);
            if digest.is_none() {
                f.refuse("DIGEST_FORM", "paperSha256");
            }
            digest
        });
        let signer = document.signer();
        if signer.iin.is_none() {
            f.refuse("SIGNER_WITHOUT_IIN", "");
        }
        match (content, &signer.iin) {
            (Some(content), Some(iin)) if form.refusals.is_empty() => Ok(Self {
                application,
                content,
                paper,
                signer_iin: iin.clone(),
                certificate_sha256: signer.certificate_sha256,
                signing: Signing::of(document),
            }),
            _ => Err(form.refusals),
        }
    }
}

fn register_or_refuse(f: &mut Form, root: tree::Node<'_>, name: &str) -> Option<bool> {
    let text = f.required(root, "", name, 10);
    f.choice(Some(&text), name.into(), |text| match text {
        "register" => Some(true),
        "refuse" => Some(false),
        _ => None,
    })
}

/// A reason is required with a refusal and has no place in a registration (item 3: "reasoned").
fn reason(f: &mut Form, root: tree::Node<'_>, name: &str, register: bool) -> Option<String> {
    let reason = f.optional(root, "", name, 2000);
    match (&reason, register) {
        (None, false) => f.refuse("REASON_REQUIRED", name),
        (Some(_), true) => f.refuse("REASON_UNEXPECTED", name),
        _ => {}
    }
    reason
}

/// The grounds of a refusal or removal by their codes, each once, which have no place in anything else. Whether the
/// edition of the case has them, the workflow sees.
fn ground_codes(f: &mut Form, root: tree::Node<'_>, refuses: bool) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for element in root.elements().filter(|one| one.is(NAMESPACE, "groundCode")) {
        if codes.len() == GROUNDS_LIMIT {
            f.refuse("TOO_MANY_ITEMS", "groundCode");
            break;
        }
        if element.attributes().next().is_some() {
            f.refuse("UNKNOWN_ATTRIBUTE", "groundCode");
        }
        let Some(code) = element.text().map(str::trim) else {
            f.refuse("NOT_PLAIN_TEXT", "groundCode");
            continue;
        };
        if code.is_empty() || code.len() > 40 || code.chars().any(char::is_control) {
            f.refuse("UNKNOWN_VALUE", "groundCode");
        } else if codes.iter().any(|other| other == code) {
            f.refuse("DUPLICATE_ELEMENT", "groundCode");
        } else {
            codes.push(code.to_owned());
        }
    }
    if !refuses && !codes.is_empty() {
        f.refuse("REASON_UNEXPECTED", "groundCode");
    }
    codes
}

fn date(f: &mut Form, root: tree::Node<'_>) -> Option<Date> {
    let date = f.required(root, "", "date", 10).parse::<Date>();
    if date.is_err() {
        f.refuse("DATE_FORM", "date");
    }
    date.ok()
}

fn iin(f: &mut Form, root: tree::Node<'_>, name: &str, rules: &Rules) -> String {
    let iin = f.required(root, "", name, 12);
    if let Err(error) = Iin::parse(&iin, rules.test_identities) {
        f.refuse(error.code(), name);
    }
    iin
}

/// How each conflict was resolved.
fn conflicts(f: &mut Form, root: tree::Node<'_>) -> Vec<Resolution> {
    let mut resolved = Vec::new();
    for element in root.elements().filter(|one| one.is(NAMESPACE, "conflict")) {
        if resolved.len() == LIST_LIMIT {
            f.refuse("TOO_MANY_ITEMS", "conflict");
            break;
        }
        f.shape(element, "conflict", &[], &["application", "resolution"], &[]);
        resolved.push(Resolution {
            other: f.required(element, "conflict", "application", 40),
            how: f.required(element, "conflict", "resolution", 2000),
        });
    }
    resolved
}

fn memo(f: &mut Form, root: tree::Node<'_>) -> Option<Memo> {
    let Some(list) = root.child(NAMESPACE, "incomplete") else {
        let register = register_or_refuse(f, root, "recommendation")?;
        let ground = reason(f, root, "ground", register);
        return Some(Memo::Complete { register, ground, resolved: conflicts(f, root) });
    };
    if ["recommendation", "ground", "conflict"].iter().any(|name| root.child(NAMESPACE, name).is_some()) {
        f.refuse("MEMO_CONTRADICTS", "incomplete");
    }
    f.shape(list, "incomplete", &[], &[], &["documentCode"]);
    let mut missing = Vec::new();
    for element in list.elements().take(12) {
        let code = element.text().unwrap_or_default().trim().to_owned();
        let number = code.strip_prefix('D').and_then(|n| n.parse::<u8>().ok());
        match number.filter(|n| (1..=12).contains(n)) {
            Some(number) => missing.push(format!("D{number}")),
            None => f.refuse("UNKNOWN_DOCUMENT_CODE", "incomplete/documentCode"),
        }
    }
    if missing.is_empty() {
        f.refuse("EMPTY", "incomplete");
    }
    Some(Memo::Incomplete { missing })
}

/// Exactly one of the changes of a place.
fn move_kind(f: &mut Form, root: tree::Node<'_>, rules: &Rules) -> Option<MoveKind> {
    let there: Vec<&str> = ["transferTo", "category", "remove", "restore"]
        .into_iter()
        .filter(|name| root.child(NAMESPACE, name).is_some())
        .collect();
    match there.as_slice() {
        ["transferTo"] => Some(MoveKind::Transfer { holder: iin(f, root, "transferTo", rules) }),
        ["category"] => {
            let code = f.required(root, "", "category", 40);
            let category = f.choice(Some(&code), "category".into(), Category::from_code)?;
            Some(MoveKind::Category { category })
        }
        ["remove"] => Some(MoveKind::Remove),
        ["restore"] => Some(MoveKind::Restore),
        _ => {
            f.refuse("MOVE_AMBIGUOUS", "");
            None
        }
    }
}

/// The decision of a court, which has to be there where it is what the act rests on, and nowhere else: a court
/// restores a place, nobody else (decision G8).
fn judgement(f: &mut Form, of: tree::Node<'_>, path: &str, is_basis: bool) -> Option<Judgement> {
    let field = super::form::join(path, "judgement");
    let element = of.child(NAMESPACE, "judgement");
    match (element, is_basis) {
        (None, true) => f.refuse("JUDGEMENT_REQUIRED", field.clone()),
        (Some(_), false) => f.refuse("JUDGEMENT_UNEXPECTED", field.clone()),
        _ => {}
    }
    let element = element?;
    f.shape(element, &field, &[], &["number", "date"], &[]);
    let number = f.required(element, &field, "number", 80);
    Some(Judgement { number, date: date(f, element)? })
}

fn dwelling(f: &mut Form, root: tree::Node<'_>) -> Option<Dwelling> {
    let (path, element) = ("dwelling", f.child(root, "", "dwelling")?);
    f.shape(element, path, &[], &["cadastralNumber", "address", "rooms", "area", "floor"], &[]);
    let cadastral_number = f.required(element, path, "cadastralNumber", granting::CADASTRAL_NUMBER);
    if !cadastral_number.is_empty() && !granting::is_cadastral_number(&cadastral_number) {
        f.refuse("CADASTRAL_NUMBER_FORM", "dwelling/cadastralNumber");
    }
    let area = f.required(element, path, "area", 10);
    if !area.is_empty() && !granting::is_area(&area) {
        f.refuse("AREA_FORM", "dwelling/area");
    }
    let address = f.required(element, path, "address", 500);
    let whole = |f: &mut Form, name: &str| {
        let text = f.optional(element, path, name, 3)?;
        let read = |text: &str| text.parse().ok().filter(|number| (1..=100).contains(number));
        f.choice(Some(&text), super::form::join(path, name), read)
    };
    f.child(element, path, "rooms");
    let (rooms, floor) = (whole(f, "rooms"), whole(f, "floor"));
    Some(Dwelling { cadastral_number, address, rooms: rooms?, area, floor })
}

fn out_of_turn(f: &mut Form, root: tree::Node<'_>) -> Option<OutOfTurn> {
    let (path, element) = ("outOfTurn", root.child(NAMESPACE, "outOfTurn")?);
    f.shape(element, path, &[], &["basis", "grounds", "judgement"], &[]);
    let code = f.required(element, path, "basis", 40);
    let basis = f.choice(Some(&code), "outOfTurn/basis".into(), Basis::from_code)?;
    let judgement = judgement(f, element, path, basis == Basis::Judgement);
    Some(OutOfTurn { basis, grounds: f.required(element, path, "grounds", 500), judgement })
}

fn content(f: &mut Form, root: tree::Node<'_>, step: Step, rules: &Rules) -> Option<Content> {
    Some(match step {
        // No act: the service takes it.
        Step::CompleteEvidence => return None,
        Step::SendUnclaimed => Content::Unclaimed { number: f.required(root, "", "number", 40) },
        Step::SendToProvider | Step::RegisterIncoming | Step::RegisterOutgoing => {
            Content::Number { step, number: f.required(root, "", "number", 40) }
        }
        Step::AssignExecutor => Content::AssignExecutor { executor: iin(f, root, "executor", rules) },
        Step::Memo => Content::Memo(memo(f, root)?),
        Step::PutOnAgenda => {
            let number = f.required(root, "", "sittingNumber", 40);
            let delay = f.optional(root, "", "reasonForDelay", 2000);
            Content::PutOnAgenda(Sitting { date: date(f, root)?, number, delay })
        }
        Step::Vote => {
            let text = f.required(root, "", "ballot", 10);
            let known = [Ballot::Register, Ballot::Refuse, Ballot::Abstain];
            let read = |text: &str| known.into_iter().find(|ballot| ballot_code(*ballot) == text);
            Content::Vote { ballot: f.choice(Some(&text), "ballot".into(), read)? }
        }
        Step::CommissionDecision => {
            let register = register_or_refuse(f, root, "decision")?;
            let ground_codes = ground_codes(f, root, !register);
            // A ground is a reason, which words may explain.
            let reason = match ground_codes.as_slice() {
                [] => reason(f, root, "reason", register),
                _ => f.optional(root, "", "reason", 2000),
            };
            let minutes_number = f.required(root, "", "minutesNumber", 40);
            Content::CommissionDecision(Decision {
                ground_codes,
                reason,
                date: date(f, root)?,
                minutes_number,
            })
        }
        Step::Complain => Content::Complain { text: f.required(root, "", "text", 4000) },
        Step::AnswerComplaint => {
            let complaint = f.required(root, "", "complaint", 4).parse().unwrap_or_default();
            Content::AnswerComplaint { complaint, answer: f.required(root, "", "answer", 4000) }
        }
        Step::Offer => Content::Offer { out_of_turn: out_of_turn(f, root), dwelling: dwelling(f, root)? },
        Step::WithdrawOffer => Content::WithdrawOffer { reason: f.required(root, "", "reason", 2000) },
        Step::AnswerOffer => {
            let text = f.required(root, "", "answer", 10);
            let agrees = f.choice(Some(&text), "answer".into(), |text| match text {
                "agree" => Some(true),
                "refuse" => Some(false),
                _ => None,
            })?;
            Content::AnswerOffer { agrees, reason: reason(f, root, "reason", agrees) }
        }
        Step::Grant => {
            let number = f.required(root, "", "number", 40);
            Content::Grant { number, date: date(f, root)? }
        }
        Step::ProposeMove => {
            let kind = move_kind(f, root, rules)?;
            let judgement = judgement(f, root, "", kind == MoveKind::Restore);
            let ground_codes = ground_codes(f, root, kind == MoveKind::Remove);
            Content::ProposeMove { kind, ground_codes, basis: f.required(root, "", "basis", 500), judgement }
        }
        Step::TakeInventory => {
            let year = inventory::year(f, root.child(NAMESPACE, "year").and_then(tree::Node::text));
            let text = f.required(root, "", "finding", 20);
            let finding = f.choice(Some(&text), "finding".into(), Finding::from_code)?;
            let ground_codes = ground_codes(f, root, finding == Finding::Removal);
            let grounds = reason(f, root, "grounds", finding == Finding::Confirmed);
            Content::TakeInventory { year: year?, finding, ground_codes, grounds }
        }
        Step::ReceivePackage
        | Step::PutBeforeOfficial
        | Step::Forward
        | Step::DraftNotice
        | Step::SignNotice
        | Step::DraftLetter
        | Step::SignLetter
        | Step::ReceiveResult
        | Step::Issue
        | Step::IssueUnclaimed
        | Step::Withdraw
        | Step::RequestAccess
        | Step::ConfirmOffer
        | Step::ConfirmMove => Content::Plain(step),
    })
}
