//! What the applicant is told at the end: the notice of registration, or the reasoned refusal (items 3,
//! 8.9 and 9.12; decisions G5, G10).

use super::{Applicant, Block, Issue, Kind, MissingDocument, Paper, Reference};
use crate::housing::{Category, document};
use jiff::civil::Date;

/// What the notice of registration states.
#[derive(Clone, Debug)]
pub struct RegistrationNotice {
    pub applicant: Applicant,
    pub application: Reference,
    /// Number and date of registration.
    pub registration: Reference,
    pub category: Category,
    /// The ordinal number in the list of the category, on `queue_on`.
    pub queue_number: u64,
    pub queue_on: Date,
    /// The commission's decision.
    pub minutes: Reference,
}

fn legal_base(issue: &Issue) -> Block {
    let acts = document::legal_base(issue.language);
    Block::Paragraph(issue.with("legal-base", &[("acts", acts.into())]))
}

/// The notice of registration (decision G5 for both channels).
pub fn registration_notice(issue: Issue, notice: &RegistrationNotice) -> Paper {
    let queue_number = issue.with("queue-number", &[("date", issue.date(notice.queue_on).into())]);
    let blocks = vec![
        issue.paragraph("registration-notice-text"),
        Block::Rows(vec![
            issue.row("registration-date", issue.date(notice.registration.date)),
            issue.row("registration-number", notice.registration.number.as_str()),
            issue.row("category", notice.category.name(issue.language)),
            (queue_number, notice.queue_number.to_string()),
            issue.row("application", issue.reference(&notice.application)),
            issue.row("commission-decision", issue.reference(&notice.minutes)),
        ]),
        issue.paragraph("queue-changes"),
        legal_base(&issue),
    ];
    issue.paper(Kind::RegistrationNotice, notice.applicant.addressee(), blocks)
}

/// Why registration was refused.
#[derive(Clone, Debug)]
pub enum RefusalGround {
    /// By the commission.
    Decided {
        /// In words, each with where it is written.
        grounds: Vec<String>,
        reason: Option<String>,
        minutes: Reference,
    },
    /// The package was not complete (item 9.9).
    Incomplete { missing: Vec<MissingDocument> },
}

/// What the refusal states.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub applicant: Applicant,
    pub application: Reference,
    pub category: Category,
    pub ground: RefusalGround,
}

/// The reasoned refusal to register.
pub fn refusal(issue: Issue, refusal: &Refusal) -> Paper {
    let mut blocks = vec![
        issue.paragraph("refusal-text"),
        Block::Rows(vec![
            issue.row("application", issue.reference(&refusal.application)),
            issue.row("category", refusal.category.name(issue.language)),
        ]),
    ];
    match &refusal.ground {
        RefusalGround::Decided { grounds, reason, minutes } => {
            let mut rows: Vec<_> = grounds.iter().map(|one| issue.row("ground", one.as_str())).collect();
            rows.extend(reason.iter().map(|reason| issue.row("reason", reason.as_str())));
            rows.push(issue.row("commission-decision", issue.reference(minutes)));
            blocks.push(Block::Rows(rows));
        }
        RefusalGround::Incomplete { missing } => {
            blocks.push(issue.paragraph("refusal-incomplete"));
            blocks.push(issue.missing(missing));
            blocks.push(issue.heading("file-again-heading"));
            blocks.push(issue.paragraph("file-again"));
        }
    }
    blocks.push(issue.paragraph("appeal"));
    blocks.push(legal_base(&issue));
    issue.paper(Kind::Refusal, refusal.applicant.addressee(), blocks)
}
