//! The process written down from its table: diagrams (Mermaid) of both channels in place of the missing annexes 4
//! and 5, and the sequence of actions in place of the empty annex 3. `docs/process.md` is this text, and a test
//! sees that it is up to date.

use std::fmt::Write as _;

use super::State;
use super::table::{From, Row, TABLE};
use crate::housing::clock::{Channel, LimitName, Limits};

/// The document.
pub fn document() -> String {
    let mut text = String::from(
        "# The process\n\nWritten from `src/housing/workflow/table.rs` and `src/housing/clock`; do not edit. Items are those of the regulation (decree 2/341 of 11 May 2014), G1 to G10 the decisions where it is silent.\n",
    );
    for (channel, title) in [
        (Channel::Centre, "Through a public service centre (annex 4, item 8)"),
        (Channel::Portal, "Through the portal (annex 5, item 9)"),
    ] {
        let rows: Vec<&Row> =
            TABLE.iter().filter(|row| row.channel.is_none_or(|only| only == channel)).collect();
        let _ = write!(text, "\n## {title}\n\n```mermaid\nstateDiagram-v2\n");
        for first in [State::first(channel), State::AwaitingEvidence] {
            let _ = writeln!(text, "    [*] --> {}", name(first));
        }
        for row in &rows {
            if let From::States(states) = row.from {
                for (from, to) in states.iter().flat_map(|from| row.to.iter().map(move |to| (from, to))) {
                    let _ = writeln!(text, "    {} --> {}: {}", name(*from), name(*to), row.step.code());
                }
            }
        }
        let ends = State::ALL.into_iter().filter(|state| state.is_closed());
        let is_drawn = |row: &&Row, end: &State| matches!(row.from, From::States(_)) && row.to.contains(end);
        for end in ends.filter(|end| rows.iter().any(|row| is_drawn(row, end))) {
            let _ = writeln!(text, "    {} --> [*]", name(end));
        }
        text.push_str("```\n\n| Step | Item | Who | From | To | What is done |\n|---|---|---|---|---|---|\n");
        for row in rows {
            let who: Vec<&str> = row.roles.iter().map(|role| role.code()).collect();
            let from = match row.from {
                From::States(states) => codes(states),
                From::Unsigned => "before notice or letter is signed".to_owned(),
                From::Any => "any time".to_owned(),
                From::Place => "with a place in a list".to_owned(),
            };
            let (step, source, action) = (row.step.code(), row.source, row.action);
            let _ = writeln!(
                text,
                "| `{step}` | {source} | {} | {from} | {} | {action} |",
                who.join(", "),
                codes(row.to)
            );
        }
    }
    text.push_str("\n## Time limits (annex 3)\n\nHow long they are is said by the edition of the rules by which a case is kept (`qoltanba rules list`); this is that of the regulation, `2014-05-11`.\n\n| Limit | Who | From | Until | Length | Source |\n|---|---|---|---|---|---|\n");
    let limits = Limits::default();
    for limit in LimitName::ALL {
        let rule = limits.rule(limit);
        let _ = writeln!(
            text,
            "| `{}` | {} | {:?} | {:?} | {} | {} |",
            limit.code(),
            rule.owner.code(),
            rule.from,
            rule.until,
            rule.length,
            rule.source
        );
    }
    text
}

fn name(state: State) -> String {
    state.code().replace('-', "_")
}

fn codes(states: &[State]) -> String {
    let codes: Vec<&str> = states.iter().map(|state| state.code()).collect();
    codes.join(", ")
}
