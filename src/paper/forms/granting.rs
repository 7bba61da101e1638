//! What is written to whoever has a place in a list: the offer of a dwelling and the decision to grant it (item 3(3);
//! Law 74; decision G8), and the notice of the removal from the list (Law 73(3)).

use super::{Applicant, Block, Issue, Kind, Paper, Reference};
use crate::housing::Category;
use crate::housing::granting::{Basis, Dwelling};
use jiff::civil::Date;

/// What the offer and the decision have in common.
#[derive(Clone, Debug)]
pub struct Granting {
    pub applicant: Applicant,
    /// Number and date of registration.
    pub registration: Reference,
    pub category: Category,
    pub dwelling: Dwelling,
    /// The basis and what shows it, where it is out of turn.
    pub out_of_turn: Option<(Basis, String)>,
}

impl Granting {
    fn dwelling(&self, issue: &Issue) -> Block {
        let Dwelling { cadastral_number, address, rooms, area, floor } = &self.dwelling;
        Block::Rows(vec![
            issue.row("dwelling-address", address.as_str()),
            issue.row("cadastral-number", cadastral_number.as_str()),
            issue.row("rooms", rooms.to_string()),
            issue.row("area", area.as_str()),
            issue.row("floor", floor.map(|floor| floor.to_string()).unwrap_or_default()),
        ])
    }

    /// By what it is granted out of the order of the list.
    fn basis(&self, issue: &Issue) -> Option<Block> {
        let (basis, grounds) = self.out_of_turn.as_ref()?;
        let name = match basis {
            Basis::KilledOnDuty => "basis-killed-on-duty",
            Basis::RegisteredBeforeLaw => "basis-registered-before-law",
            Basis::Judgement => "basis-judgement",
        };
        let name = issue.say(name);
        Some(Block::Rows(vec![issue.row("basis", name), issue.row("grounds", grounds.as_str())]))
    }
}

/// The offer of a dwelling, with the last day for the answer.
pub fn granting_offer(issue: Issue, offer: &Granting, answer_by: Date) -> Paper {
    let text = if offer.out_of_turn.is_some() { "granting-offer-out-of-turn" } else { "granting-offer-text" };
    let term = issue.with("granting-offer-term", &[("date", issue.date(answer_by).into())]);
    let mut blocks = vec![
        issue.paragraph(text),
        offer.dwelling(&issue),
        Block::Rows(vec![
            issue.row("registration", issue.reference(&offer.registration)),
            issue.row("category", offer.category.name(issue.language)),
        ]),
    ];
    blocks.extend(offer.basis(&issue));
    blocks.push(Block::Paragraph(term));
    issue.paper(Kind::GrantingOffer, offer.applicant.addressee(), blocks)
}

/// The decision to grant a dwelling to so many people, the applicant included, by the commission's decision.
pub fn granting_decision(
    issue: Issue,
    granting: &Granting,
    family_size: usize,
    minutes: &Reference,
) -> Paper {
    let is_out_of_turn = granting.out_of_turn.is_some();
    let text = if is_out_of_turn { "granting-decision-out-of-turn" } else { "granting-decision-text" };
    let mut blocks = vec![
        issue.paragraph(text),
        Block::Rows(vec![
            issue.row("full-name", granting.applicant.name.as_str()),
            issue.row("family-size", family_size.to_string()),
            issue.row("registration", issue.reference(&granting.registration)),
            issue.row("category", granting.category.name(issue.language)),
            issue.row("commission-decision", issue.reference(minutes)),
        ]),
    ];
    blocks.extend(granting.basis(&issue));
    blocks.extend([
        issue.heading("dwelling"),
        granting.dwelling(&issue),
        issue.paragraph("granting-decision-lease"),
    ]);
    issue.paper(Kind::GrantingDecision, granting.applicant.addressee(), blocks)
}

/// What the notice of a removal states.
#[derive(Clone, Debug)]
pub struct RemovalNotice {
    pub applicant: Applicant,
    /// Number and date of registration.
    pub registration: Reference,
    pub category: Category,
    /// In words, each with where it is written.
    pub grounds: Vec<String>,
    pub basis: String,
}

/// The notice of the removal from the list.
pub fn removal_notice(issue: Issue, notice: &RemovalNotice) -> Paper {
    let mut rows = vec![
        issue.row("registration", issue.reference(&notice.registration)),
        issue.row("category", notice.category.name(issue.language)),
    ];
    rows.extend(notice.grounds.iter().map(|one| issue.row("ground", one.as_str())));
    rows.push(issue.row("basis", notice.basis.as_str()));
    let blocks = vec![issue.paragraph("removal-notice-text"), Block::Rows(rows), issue.paragraph("appeal")];
    issue.paper(Kind::RemovalNotice, notice.applicant.addressee(), blocks)
}
