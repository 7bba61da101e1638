//! The letter by which an incomplete package goes back (items 8.13 to 8.17; decisions G2, G3).

use super::{Applicant, Block, Issue, Kind, MissingDocument, Paper, Reference};

/// What the letter states.
#[derive(Clone, Debug)]
pub struct ReturnLetter {
    pub applicant: Applicant,
    pub application: Reference,
    pub missing: Vec<MissingDocument>,
    /// Where a new application is taken.
    pub file_at: String,
}

/// The letter of return: what is missing, and how to file again.
pub fn return_letter(issue: Issue, letter: &ReturnLetter) -> Paper {
    let application = issue.reference(&letter.application);
    let blocks = vec![
        Block::Paragraph(issue.with("return-letter-text", &[("application", application.into())])),
        issue.missing(&letter.missing),
        issue.heading("file-again-heading"),
        issue.paragraph("file-again"),
        Block::Rows(vec![issue.row("file-at", letter.file_at.as_str())]),
        issue.paragraph("return-letter-queue"),
    ];
    issue.paper(Kind::ReturnLetter, letter.applicant.addressee(), blocks)
}
