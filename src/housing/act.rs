//! Officials' acts: short signed documents, each moving one case by one step (item 9).

use super::form::{Form, Refusal};
use super::workflow::{Decision, Memo};
use super::{Iin, Rules};
use crate::validation::VerifiedDocument;
use crate::xml::write::Xml;
use crate::xml::{Limits, tree};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Namespace of acts.
pub const NAMESPACE: &str = "urn:qoltanba:housing:act:1";

/// A step of the portal channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    AssignExecutor,
    Memo,
    CommissionDecision,
    SignNotice,
}

impl Step {
    pub const ALL: [Self; 4] = [Self::AssignExecutor, Self::Memo, Self::CommissionDecision, Self::SignNotice];

    pub fn code(self) -> &'static str {
        match self {
            Self::AssignExecutor => "assign-executor",
            Self::Memo => "memo",
            Self::CommissionDecision => "commission-decision",
            Self::SignNotice => "sign-notice",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.code() == code)
    }
}

/// What an act says. Plain data; [`Act`] is what the workflow takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    AssignExecutor { executor: String },
    Memo(Memo),
    CommissionDecision(Decision),
    SignNotice,
}

impl Content {
    pub fn step(&self) -> Step {
        match self {
            Self::AssignExecutor { .. } => Step::AssignExecutor,
            Self::Memo(_) => Step::Memo,
            Self::CommissionDecision(_) => Step::CommissionDecision,
            Self::SignNotice => Step::SignNotice,
        }
    }

    /// The act as XML, ready to sign.
    pub fn to_xml(&self, application: &str) -> String {
        let mut xml = Xml::default();
        let attributes = [("xmlns", NAMESPACE), ("application", application), ("step", self.step().code())];
        xml.open("act", &attributes);
        match self {
            Self::AssignExecutor { executor } => {
                xml.leaf("executor", executor);
            }
            Self::Memo(Memo::Complete { register, ground }) => {
                xml.leaf("recommendation", verb(*register)).leaf_if("ground", ground.as_deref());
            }
            Self::Memo(Memo::Incomplete { missing }) => {
                xml.open("incomplete", &[]);
                for code in missing {
                    xml.leaf("documentCode", code);
                }
                xml.close("incomplete");
            }
            Self::CommissionDecision(decision) => {
                xml.leaf("decision", verb(decision.reason.is_none()))
                    .leaf_if("reason", decision.reason.as_deref())
                    .leaf("date", &decision.date.to_string())
                    .leaf("minutesNumber", &decision.minutes_number);
            }
            Self::SignNotice => {}
        }
        xml.close("act").finish()
    }
}

fn verb(register: bool) -> &'static str {
    if register { "register" } else { "refuse" }
}

/// An act that its official signed. Private fields: it comes only from a verified document.
#[derive(Clone, Debug)]
pub struct Act {
    application: String,
    content: Content,
    signer_iin: String,
    certificate_sha256: [u8; 32],
}

impl Act {
    /// Registration number of the case.
    pub fn application(&self) -> &str {
        &self.application
    }

    pub fn content(&self) -> &Content {
        &self.content
    }

    pub fn signer_iin(&self) -> &str {
        &self.signer_iin
    }

    pub fn certificate_sha256(&self) -> [u8; 32] {
        self.certificate_sha256
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
        let step = f.choice(root.attribute("step"), "@step".into(), Step::from_code);
        let names: &[&str] = match step {
            Some(Step::AssignExecutor) => &["executor"],
            Some(Step::Memo) => &["recommendation", "ground", "incomplete"],
            Some(Step::CommissionDecision) => &["decision", "reason", "date", "minutesNumber"],
            Some(Step::SignNotice) | None => &[],
        };
        if step.is_some() {
            f.shape(root, "", &["application", "step"], names, &[]);
        }
        let content = step.and_then(|step| content(f, root, step, rules));
        let signer = document.signer();
        if signer.iin.is_none() {
            f.refuse("SIGNER_WITHOUT_IIN", "");
        }
        match (content, &signer.iin) {
            (Some(content), Some(iin)) if form.refusals.is_empty() => Ok(Self {
                application,
                content,
                signer_iin: iin.clone(),
                certificate_sha256: signer.certificate_sha256,
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

fn content(f: &mut Form, root: tree::Node<'_>, step: Step, rules: &Rules) -> Option<Content> {
    match step {
        Step::AssignExecutor => {
            let executor = f.required(root, "", "executor", 12);
            if let Err(error) = Iin::parse(&executor, rules.test_identities) {
                f.refuse(error.code(), "executor");
            }
            Some(Content::AssignExecutor { executor })
        }
        Step::Memo => {
            let Some(list) = root.child(NAMESPACE, "incomplete") else {
                let register = register_or_refuse(f, root, "recommendation")?;
                let ground = reason(f, root, "ground", register);
                return Some(Content::Memo(Memo::Complete { register, ground }));
            };
            if root.child(NAMESPACE, "recommendation").is_some() || root.child(NAMESPACE, "ground").is_some()
            {
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
            Some(Content::Memo(Memo::Incomplete { missing }))
        }
        Step::CommissionDecision => {
            let register = register_or_refuse(f, root, "decision")?;
            let reason = reason(f, root, "reason", register);
            let date = f.required(root, "", "date", 10).parse::<Date>();
            let minutes_number = f.required(root, "", "minutesNumber", 40);
            let Ok(date) = date else {
                f.refuse("DATE_FORM", "date");
                return None;
            };
            Some(Content::CommissionDecision(Decision { reason, date, minutes_number }))
        }
        Step::SignNotice => Some(Content::SignNotice),
    }
}
