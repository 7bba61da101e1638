//! The housing commission's papers: the agenda of a sitting and its minutes (items 8.8 and 9.11).

use super::{Block, Issue, Kind, Paper, Reference, numbered};
use crate::housing::Category;
use jiff::civil::Date;

/// One who sits on the commission.
#[derive(Clone, Debug)]
pub struct Member {
    pub name: String,
    /// Chair, secretary, member, and post.
    pub position: String,
}

/// A case that is to be heard.
#[derive(Clone, Debug)]
pub struct AgendaItem {
    pub application: Reference,
    pub applicant: String,
    pub category: Category,
    /// Whether the memo recommends registration.
    pub to_register: bool,
}

/// What the agenda states.
#[derive(Clone, Debug)]
pub struct Agenda {
    pub sitting: Date,
    pub place: String,
    pub members: Vec<Member>,
    pub items: Vec<AgendaItem>,
}

/// How the members voted on a case.
#[derive(Clone, Copy, Debug)]
pub struct Votes {
    pub in_favour: u16,
    pub against: u16,
    pub abstained: u16,
}

/// A case that was heard.
#[derive(Clone, Debug)]
pub struct MinutesItem {
    pub application: Reference,
    pub applicant: String,
    pub category: Category,
    pub votes: Votes,
    /// The ground of a refusal; none registers.
    pub refused: Option<String>,
}

/// What the minutes state.
#[derive(Clone, Debug)]
pub struct Minutes {
    pub sitting: Date,
    pub place: String,
    pub present: Vec<Member>,
    pub absent: Vec<Member>,
    pub items: Vec<MinutesItem>,
    /// Members' own opinions: name, and what they ask to be written down.
    pub opinions: Vec<(String, String)>,
}

fn sitting(issue: &Issue, on: Date, place: &str) -> Block {
    Block::Rows(vec![issue.row("sitting", issue.date(on)), issue.row("sitting-place", place)])
}

fn members(issue: &Issue, members: &[Member]) -> Block {
    let rows = members.iter().map(|one| vec![one.name.clone(), one.position.clone()]);
    Block::Table { head: issue.head(["ordinal", "full-name", "position"]), rows: numbered(rows) }
}

/// The agenda of a sitting.
pub fn agenda(issue: Issue, agenda: &Agenda) -> Paper {
    let items = agenda.items.iter().map(|one| {
        let proposal = if one.to_register { "proposed-register" } else { "proposed-refuse" };
        vec![
            Issue::narrow_reference(&one.application),
            one.applicant.clone(),
            one.category.name(issue.language).to_owned(),
            issue.say(proposal),
        ]
    });
    let head = issue.head(["ordinal", "application", "full-name", "category", "proposal"]);
    let mut blocks = vec![sitting(&issue, agenda.sitting, &agenda.place)];
    if !agenda.members.is_empty() {
        blocks.push(issue.heading("invited"));
        blocks.push(members(&issue, &agenda.members));
    }
    blocks.push(issue.heading("to-be-heard"));
    blocks.push(Block::Table { head, rows: numbered(items) });
    issue.paper(Kind::Agenda, Vec::new(), blocks)
}

/// The minutes of a sitting: who sat, how they voted, what was decided.
pub fn minutes(issue: Issue, minutes: &Minutes) -> Paper {
    let mut blocks = vec![
        sitting(&issue, minutes.sitting, &minutes.place),
        issue.heading("present"),
        members(&issue, &minutes.present),
    ];
    if !minutes.absent.is_empty() {
        blocks.push(issue.heading("absent"));
        blocks.push(members(&issue, &minutes.absent));
    }
    blocks.push(issue.heading("heard-and-decided"));
    let items = minutes.items.iter().map(|one| {
        let decision = match &one.refused {
            None => issue.say("decided-register"),
            Some(ground) => issue.with("decided-refuse", &[("ground", ground.as_str().into())]),
        };
        let Votes { in_favour, against, abstained } = one.votes;
        let counts = [("yes", in_favour), ("no", against), ("abstained", abstained)];
        let counts = counts.map(|(name, count)| (name, count.to_string().into()));
        vec![
            Issue::narrow_reference(&one.application),
            one.applicant.clone(),
            one.category.name(issue.language).to_owned(),
            issue.with("votes-cast", &counts),
            decision,
        ]
    });
    let head = issue.head(["ordinal", "application", "full-name", "category", "votes", "decision"]);
    let rows = numbered(items);
    blocks.push(Block::Table { head, rows });
    if !minutes.opinions.is_empty() {
        blocks.push(issue.heading("opinions"));
        blocks.push(Block::Rows(minutes.opinions.clone()));
    }
    issue.paper(Kind::Minutes, Vec::new(), blocks)
}
