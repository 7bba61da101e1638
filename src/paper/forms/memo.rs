//! The executor's memo to the housing commission (items 8.7 and 9.10).

use super::{Block, Issue, Kind, MissingDocument, Paper, Reference, numbered};
use crate::housing::Category;

/// A member of the applicant's family.
#[derive(Clone, Debug)]
pub struct FamilyMember {
    pub name: String,
    pub relation: String,
}

/// What the executor recommends.
#[derive(Clone, Debug)]
pub enum Conclusion {
    Register,
    /// With the ground (Standard, item 10).
    Refuse {
        ground: String,
    },
    /// The package is not complete (items 8.13 and 9.9).
    Incomplete {
        missing: Vec<MissingDocument>,
    },
}

/// What the memo states.
#[derive(Clone, Debug)]
pub struct Memo {
    pub application: Reference,
    pub applicant: String,
    pub iin: String,
    pub category: Category,
    pub family: Vec<FamilyMember>,
    /// Codes of the documents in the case.
    pub documents: Vec<String>,
    pub conclusion: Conclusion,
}

/// The memo: to register, to refuse with the ground, or what is missing.
pub fn memo(issue: Issue, memo: &Memo) -> Paper {
    let mut blocks = vec![Block::Rows(vec![
        issue.row("application", issue.reference(&memo.application)),
        issue.row("applicant", memo.applicant.as_str()),
        issue.row("iin", memo.iin.as_str()),
        issue.row("category", memo.category.name(issue.language)),
    ])];
    if !memo.family.is_empty() {
        blocks.push(issue.heading("family"));
        let family = memo.family.iter().map(|one| vec![one.name.clone(), one.relation.clone()]);
        blocks.push(Block::Table {
            head: issue.head(["ordinal", "full-name", "relation"]),
            rows: numbered(family),
        });
    }
    blocks.push(issue.heading("documents-in-case"));
    blocks.push(Block::List(memo.documents.iter().map(|code| issue.document(code)).collect()));
    blocks.push(issue.heading("conclusion"));
    match &memo.conclusion {
        Conclusion::Register => blocks.push(issue.paragraph("memo-register")),
        Conclusion::Refuse { ground } => {
            blocks.push(issue.paragraph("memo-refuse"));
            blocks.push(Block::Rows(vec![issue.row("ground", ground.as_str())]));
        }
        Conclusion::Incomplete { missing } => {
            blocks.push(issue.paragraph("memo-incomplete"));
            blocks.push(issue.missing(missing));
        }
    }
    let addressee = vec![issue.say("to-commission")];
    issue.paper(Kind::Memo, addressee, blocks)
}
