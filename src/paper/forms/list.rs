//! Lists: what the courier carries (items 8.11, 8.16), results that nobody fetched (item 16; Standard,
//! annex 2), and what the queue says of one place.

use super::super::words::short_date;
use super::{Block, Issue, Kind, Paper, Reference, numbered};
use crate::housing::Category;
use jiff::civil::Date;

/// A paper that the courier carries.
#[derive(Clone, Debug)]
pub struct CourierItem {
    pub document: Reference,
    /// What it is, in the list's language.
    pub what: String,
    pub addressee: String,
    /// Sheets that the courier carries, where they were counted.
    pub sheets: Option<u16>,
}

/// What the courier list states.
#[derive(Clone, Debug)]
pub struct CourierList {
    pub from: String,
    pub to: String,
    pub courier: String,
    /// Who took them over, on the list that was signed then.
    pub taken_by: Option<String>,
    pub items: Vec<CourierItem>,
}

/// The list of papers that go with the courier.
pub fn courier_list(issue: Issue, list: &CourierList) -> Paper {
    let items = list.items.iter().map(|one| {
        vec![
            one.what.clone(),
            one.document.number.clone(),
            short_date(one.document.date),
            one.addressee.clone(),
            one.sheets.map(|sheets| sheets.to_string()).unwrap_or_default(),
        ]
    });
    let head = issue.head(["ordinal", "document", "number", "date-column", "addressee", "sheets"]);
    let sheets: u64 = list.items.iter().filter_map(|one| one.sheets).map(u64::from).sum();
    let mut rows = vec![
        issue.row("sender", list.from.as_str()),
        issue.row("receiver", list.to.as_str()),
        issue.row("courier", list.courier.as_str()),
    ];
    if let Some(taken_by) = &list.taken_by {
        rows.push(issue.row("taken-by", taken_by.as_str()));
    }
    let totals = [("items", list.items.len().to_string().into()), ("sheets", sheets.to_string().into())];
    let blocks = vec![
        Block::Rows(rows),
        Block::Table { head, rows: numbered(items) },
        Block::Paragraph(issue.with("courier-totals", &totals)),
    ];
    issue.paper(Kind::CourierList, Vec::new(), blocks)
}

/// A result that nobody fetched within a month.
#[derive(Clone, Debug)]
pub struct UnclaimedItem {
    pub receipt: Reference,
    pub applicant: String,
    pub iin: String,
    pub document: String,
    /// When the result was ready.
    pub result_on: Date,
    /// When it went to the provider.
    pub sent_on: Date,
    pub sent_by: String,
    pub received_by: String,
}

/// What the register of unclaimed results states.
#[derive(Clone, Debug)]
pub struct UnclaimedRegister {
    /// The department of the centre.
    pub from: String,
    pub to: String,
    pub items: Vec<UnclaimedItem>,
}

/// The register with which unclaimed results go to the provider.
pub fn unclaimed_register(issue: Issue, register: &UnclaimedRegister) -> Paper {
    let items = register.items.iter().map(|one| {
        vec![
            one.receipt.number.clone(),
            short_date(one.receipt.date),
            one.applicant.clone(),
            one.iin.clone(),
            one.document.clone(),
            short_date(one.result_on),
            short_date(one.sent_on),
            one.sent_by.clone(),
            one.received_by.clone(),
        ]
    });
    let head = issue.head([
        "ordinal",
        "receipt-number",
        "receipt-date",
        "full-name",
        "iin",
        "document",
        "result-date",
        "sent-on",
        "sent-by",
        "taken-by",
    ]);
    let blocks = vec![
        issue.paragraph("unclaimed-register-text"),
        Block::Rows(vec![
            issue.row("sender", register.from.as_str()),
            issue.row("receiver", register.to.as_str()),
        ]),
        Block::Table { head, rows: numbered(items) },
    ];
    issue.paper(Kind::UnclaimedRegister, Vec::new(), blocks)
}

/// What the extract from the queue states.
#[derive(Clone, Debug)]
pub struct QueueExtract {
    pub applicant: String,
    pub registration: Reference,
    pub category: Category,
    /// The ordinal number in the list of the category, on `queue_on`.
    pub queue_number: u64,
    pub queue_on: Date,
    /// How many places the list has on that date.
    pub places: u64,
}

/// The extract from the queue for one place.
pub fn queue_extract(issue: Issue, extract: &QueueExtract) -> Paper {
    let queue_number = issue.with("queue-number", &[("date", issue.date(extract.queue_on).into())]);
    let blocks = vec![
        issue.paragraph("queue-extract-text"),
        Block::Rows(vec![
            issue.row("full-name", extract.applicant.as_str()),
            issue.row("registration-date", issue.date(extract.registration.date)),
            issue.row("registration-number", extract.registration.number.as_str()),
            issue.row("category", extract.category.name(issue.language)),
            (queue_number, extract.queue_number.to_string()),
            issue.row("places", extract.places.to_string()),
        ]),
        issue.paragraph("queue-changes"),
    ];
    issue.paper(Kind::QueueExtract, Vec::new(), blocks)
}
