//! Receipts: of acceptance (item 16, six fields) and of refusal to accept (Standard, annex 3).

use super::super::words::date_time;
use super::{Applicant, Block, Issue, Kind, MissingDocument, Paper};
use crate::housing::document::service_name;
use jiff::civil::{Date, DateTime};

/// A document that came with the application.
#[derive(Clone, Debug)]
pub struct AttachedDocument {
    /// `D1` to `D12`.
    pub code: String,
    pub file_name: String,
}

/// What the receipt of acceptance states; its number is that of the application.
#[derive(Clone, Debug)]
pub struct AcceptanceReceipt {
    /// Local time.
    pub accepted_at: DateTime,
    pub attached: Vec<AttachedDocument>,
    pub result_on: Date,
    pub result_place: String,
    /// Surname, name, patronymic of who accepted, or the portal (decision G6).
    pub accepted_by: String,
    pub applicant: Applicant,
}

/// The receipt that documents were accepted.
pub fn acceptance_receipt(issue: Issue, receipt: &AcceptanceReceipt) -> Paper {
    let accepted = date_time(issue.language, receipt.accepted_at);
    let fields = vec![
        issue.row("accepted", format!("№ {}, {accepted}", issue.number)),
        issue.row("service", service_name(issue.language)),
        issue.row("attached-count", receipt.attached.len().to_string()),
    ];
    let attached =
        receipt.attached.iter().map(|one| format!("{} — {}", issue.document(&one.code), one.file_name));
    let more = vec![
        issue.row("result-on", issue.date(receipt.result_on)),
        issue.row("result-place", receipt.result_place.as_str()),
        issue.row("accepted-by", receipt.accepted_by.as_str()),
        issue.row("applicant", receipt.applicant.name.as_str()),
        issue.row("contacts", receipt.applicant.contacts()),
        issue.row("status", issue.say("status-accepted")),
    ];
    let blocks = vec![
        issue.paragraph("acceptance-receipt-text"),
        Block::Rows(fields),
        Block::List(attached.collect()),
        Block::Rows(more),
        issue.paragraph("acceptance-receipt-keep"),
    ];
    let addressee = receipt.applicant.addressee();
    issue.paper(Kind::AcceptanceReceipt, addressee, blocks)
}

/// What the receipt of refusal states.
#[derive(Clone, Debug)]
pub struct RefusalReceipt {
    /// Where documents were to be handed in.
    pub office_address: String,
    pub applicant: Applicant,
    pub missing: Vec<MissingDocument>,
    /// Telephone of the executor.
    pub executor_phone: String,
}

/// The receipt that documents were not accepted, in two copies, one for each party.
pub fn refusal_receipt(issue: Issue, receipt: &RefusalReceipt) -> Paper {
    let text = issue.with(
        "refusal-receipt-text",
        &[
            ("office", issue.office.as_str().into()),
            ("address", receipt.office_address.as_str().into()),
            ("service", service_name(issue.language).into()),
        ],
    );
    let blocks = vec![
        Block::Paragraph(text),
        issue.missing(&receipt.missing),
        issue.paragraph("file-again"),
        issue.paragraph("refusal-receipt-copies"),
        Block::Rows(vec![
            issue.row("executor-phone", receipt.executor_phone.as_str()),
            issue.row("received-by", receipt.applicant.name.as_str()),
            issue.row("received-signature", "____________________   «____» ____________ 20____"),
        ]),
    ];
    let addressee = receipt.applicant.addressee();
    Paper { copies: 2, ..issue.paper(Kind::RefusalReceipt, addressee, blocks) }
}
