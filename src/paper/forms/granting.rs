//! Granting of housing by the lists (item 3(3); decision G8): the offer, and the decision.

use super::{Applicant, Block, Issue, Kind, Paper, Reference};
use crate::housing::Category;
use jiff::civil::Date;

/// A dwelling as it is offered.
#[derive(Clone, Debug)]
pub struct Dwelling {
    pub address: String,
    pub rooms: u8,
    /// Square metres, as they are written.
    pub area: String,
    pub floor: Option<u8>,
}

/// What the offer states.
#[derive(Clone, Debug)]
pub struct GrantingOffer {
    pub applicant: Applicant,
    pub registration: Reference,
    pub category: Category,
    pub queue_number: u64,
    pub dwelling: Dwelling,
    /// Working days for the answer; the last of them.
    pub answer_days: u16,
    pub answer_by: Date,
}

fn dwelling(issue: &Issue, dwelling: &Dwelling) -> Block {
    Block::Rows(vec![
        issue.row("dwelling-address", dwelling.address.as_str()),
        issue.row("rooms", dwelling.rooms.to_string()),
        issue.row("area", dwelling.area.as_str()),
        issue.row("floor", dwelling.floor.map(|floor| floor.to_string()).unwrap_or_default()),
    ])
}

/// The offer of a dwelling.
pub fn granting_offer(issue: Issue, offer: &GrantingOffer) -> Paper {
    let term = issue.with(
        "granting-offer-term",
        &[("days", offer.answer_days.into()), ("date", issue.date(offer.answer_by).into())],
    );
    let blocks = vec![
        issue.paragraph("granting-offer-text"),
        dwelling(&issue, &offer.dwelling),
        Block::Rows(vec![
            issue.row("registration", issue.reference(&offer.registration)),
            issue.row("category", offer.category.name(issue.language)),
            issue.row("queue-number-now", offer.queue_number.to_string()),
        ]),
        Block::Paragraph(term),
    ];
    issue.paper(Kind::GrantingOffer, offer.applicant.addressee(), blocks)
}

/// What the decision to grant states.
#[derive(Clone, Debug)]
pub struct GrantingDecision {
    pub applicant: Applicant,
    /// How many people live in it, the applicant included.
    pub family_size: u16,
    pub registration: Reference,
    pub category: Category,
    pub dwelling: Dwelling,
    /// The commission's decision.
    pub minutes: Reference,
}

/// The decision to grant a dwelling.
pub fn granting_decision(issue: Issue, decision: &GrantingDecision) -> Paper {
    let blocks = vec![
        issue.paragraph("granting-decision-text"),
        Block::Rows(vec![
            issue.row("full-name", decision.applicant.name.as_str()),
            issue.row("family-size", decision.family_size.to_string()),
            issue.row("registration", issue.reference(&decision.registration)),
            issue.row("category", decision.category.name(issue.language)),
            issue.row("commission-decision", issue.reference(&decision.minutes)),
        ]),
        issue.heading("dwelling"),
        dwelling(&issue, &decision.dwelling),
        issue.paragraph("granting-decision-lease"),
    ];
    issue.paper(Kind::GrantingDecision, decision.applicant.addressee(), blocks)
}
