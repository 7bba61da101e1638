//! The process written down from its tables: diagrams (Mermaid) of both channels in place of the missing annexes 4
//! and 5, the sequence of actions in place of the empty annex 3, and handbooks in place of the missing annexes 6 and 7.
//! `docs/process.md` is this text, and a test sees that it is up to date.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::State;
use super::filing::FILING;
use super::table::{From, Row, TABLE, reached_by_filing};
use crate::housing::clock::{self, Channel, LimitName, Limits, Milestone};
use crate::housing::permission::Role;

const BEGINNING: &str = "# The process\n\nWritten from `src/housing/workflow` and `src/housing/clock`; do not edit. Items are those of the regulation (decree 2/341 of 11 May 2014), G1 to G10 the decisions where it is silent.\n\nEvery step is an act, a document of its own that whoever takes the step signs; the column *Who* says who may. What a step makes the service seals. A step that is not the case's turn is refused with `WRONG_TURN`, by another role with `WRONG_ROLE`, at another centre with `WRONG_CENTRE`, by somebody named in the application with `OWN_CASE`, an act that was taken before with `ACT_REPEATED`, and one from before what it answers with `ACT_TOO_OLD`.\n";

const UNITS: &str = "\n## Structural and functional units (item 13)\n\n| Unit | What stands for it |\n|---|---|\n| provider | the roles chancellery, head, deputy, documentary-support, executor, secretary |\n| inspector of a centre | the roles inspector, dispatcher (accumulation section), centre-employee |\n| portal | sends what the applicant has signed (`POST /applications`), shows the case by its key |\n| gateways and their workstation | what is sent and asked goes over HTTP in a form of this service; the gateways' own messages are not spoken yet |\n| workstation of a centre | whatever signs the inspector's acts and sends them |\n| state database of natural persons | one of the databases of the settings (`registries`) |\n| housing commission | the roles commission and chair |\n| akimat | the role akimat |\n";

/// The document.
pub fn document() -> String {
    let mut text = BEGINNING.to_owned();
    let titles = [
        (Channel::Centre, "Through a public service centre", "annex 4, item 8", "annex 6"),
        (Channel::Portal, "Through the portal", "annex 5, item 9", "annex 7"),
    ];
    for (channel, title, annex, _) in titles {
        let _ = write!(text, "\n## {title} ({annex})\n");
        states(&mut text, channel);
        filing(&mut text, channel);
        steps(&mut text, channel);
    }
    limits(&mut text);
    text.push_str(UNITS);
    for (channel, title, _, annex) in titles {
        let _ = write!(text, "\n## Handbook: {} ({annex})\n", title.to_lowercase());
        handbook(&mut text, channel);
    }
    text
}

fn rows(channel: Channel) -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(move |row| row.channel.is_none_or(|only| only == channel))
}

/// The states that a step leads from; none for one that leaves the state as it is.
fn from(row: &Row) -> &'static [State] {
    match row.from {
        From::States(states) => states,
        _ => &[],
    }
}

fn states(text: &mut String, channel: Channel) {
    text.push_str("\n```mermaid\nstateDiagram-v2\n");
    for first in [State::first(channel), State::AwaitingEvidence] {
        let _ = writeln!(text, "    [*] --> {}", name(first));
    }
    for row in rows(channel) {
        for (from, to) in from(row).iter().flat_map(|from| row.to.iter().map(move |to| (from, to))) {
            let _ = writeln!(text, "    {} --> {}: {}", name(*from), name(*to), row.step.code());
        }
    }
    for end in ends(channel) {
        let _ = writeln!(text, "    {} --> [*]", name(end));
    }
    text.push_str("```\n");
}

/// The closed states to which drawn steps lead.
fn ends(channel: Channel) -> impl Iterator<Item = State> {
    let is_reached =
        move |end: &State| rows(channel).any(|row| !from(row).is_empty() && row.to.contains(end));
    State::ALL.into_iter().filter(|state| state.is_closed()).filter(is_reached)
}

fn filing(text: &mut String, channel: Channel) {
    text.push_str("\n### Filing\n\n| Item | Who | What is done | What is needed | What it makes |\n|---|---|---|---|---|\n");
    for one in FILING.iter().filter(|one| one.channel == channel) {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            one.source, one.who, one.action, one.needs, one.makes
        );
    }
    let _ = writeln!(text, "\nClocks: {}.", clocks(reached_by_filing(channel), channel));
}

fn steps(text: &mut String, channel: Channel) {
    text.push_str("\n### Steps\n\n| Step | Item | Who | From | To | What is done | What is needed | Makes | Clocks |\n|---|---|---|---|---|---|---|---|---|\n");
    for row in rows(channel) {
        let who: Vec<&str> = row.roles.iter().map(|role| role.code()).collect();
        let from = match row.from {
            From::States(states) => codes(states),
            From::Unsigned => "before notice or letter is signed".to_owned(),
            From::Any => "any time".to_owned(),
            From::Place => "with a place in a list".to_owned(),
        };
        let makes = row.makes.map_or("", super::table::Makes::kind);
        let (step, source, action, needs) = (row.step.code(), row.source, row.action, row.needs);
        let _ = writeln!(
            text,
            "| `{step}` | {source} | {} | {from} | {} | {action} | {needs} | {makes} | {} |",
            who.join(", "),
            codes(row.to),
            told(row, channel)
        );
    }
}

/// The clocks that a step stops and starts.
fn told(row: &Row, channel: Channel) -> String {
    if row.to.contains(&State::FoundIncomplete) {
        // The case is decided with it, too (Case::apply).
        return format!("incomplete: {}", clocks(&[Milestone::Decided], channel));
    }
    clocks(row.reaches, channel)
}

/// The clocks that milestones stop and start.
fn clocks(reached: &[Milestone], channel: Channel) -> String {
    let limits = Limits::default();
    let all = || LimitName::ALL.into_iter().filter(|what| clock::is_of(*what, channel));
    let named = |is_so: &dyn Fn(LimitName) -> bool| {
        let found: Vec<String> =
            all().filter(|what| is_so(*what)).map(|what| format!("`{}`", what.code())).collect();
        found.join(", ")
    };
    let stopped = |what: LimitName| {
        let is_withdrawn = reached.contains(&Milestone::Withdrawn);
        reached.contains(&limits.rule(what).until_in(channel))
            || (is_withdrawn && !clock::outlasts_withdrawal(what))
    };
    let starts = named(&|what| reached.contains(&limits.rule(what).from) && !stopped(what));
    let stops = named(&|what| stopped(what) && !reached.contains(&limits.rule(what).from));
    let both = [("stops", stops), ("starts", starts)];
    let said: Vec<String> = both
        .into_iter()
        .filter(|(_, which)| !which.is_empty())
        .map(|(verb, which)| format!("{verb} {which}"))
        .collect();
    said.join("; ")
}

fn limits(text: &mut String) {
    text.push_str("\n## Time limits (annex 3)\n\nHow long they are is said by the edition of the rules by which a case is kept (`qoltanba rules list`); this is that of the regulation, `2014-05-11`. Whoever answers for a limit is warned when 50 and 80 % of it are used and when it is over, the head too then.\n\n| Limit | Who | From | Until | Length | Source |\n|---|---|---|---|---|---|\n");
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
}

/// Who gives the case to whom: a lane for each role, its steps in it, and the clocks that run until a step is taken.
fn handbook(text: &mut String, channel: Channel) {
    text.push_str("\n```mermaid\nflowchart TB\n");
    let drawn: Vec<&Row> = rows(channel).filter(|row| !from(row).is_empty()).collect();
    let mut lanes: BTreeMap<usize, Vec<&Row>> = BTreeMap::new();
    for row in &drawn {
        let lane = row.roles.first().and_then(|first| Role::ALL.iter().position(|role| role == first));
        lanes.entry(lane.unwrap_or_default()).or_default().push(row);
    }
    for rows in lanes.values() {
        let roles = rows.first().map(|row| row.roles).unwrap_or_default();
        let Some(lane) = roles.first() else { continue };
        let _ = writeln!(text, "    subgraph {}", node(lane.code()));
        for row in rows {
            let stopped = Some(told(row, channel)).filter(|said| !said.is_empty());
            let stopped = stopped.map(|said| format!("<br/>{}", said.replace('`', ""))).unwrap_or_default();
            let _ = writeln!(text, "        {}[\"{}{stopped}\"]", node(row.step.code()), row.step.code());
        }
        text.push_str("    end\n");
    }
    for first in drawn.iter().filter(|row| from(row).contains(&State::first(channel))) {
        let _ = writeln!(text, "    filed([filed]) --> {}", node(first.step.code()));
    }
    for row in &drawn {
        for state in row.to {
            // A step that may be taken again (another executor, another sitting) is entered by its first way in alone.
            let is_again = |next: &Row| from(next).iter().any(|one| next.to.contains(one));
            let leads = |next: &&&Row| {
                let is_way_in = match is_again(next) {
                    true => from(next).first() == Some(state),
                    false => from(next).contains(state),
                };
                is_way_in && next.step != row.step
            };
            for next in drawn.iter().filter(leads) {
                let (step, next) = (node(row.step.code()), node(next.step.code()));
                let _ = writeln!(text, "    {step} -- {} --> {next}", state.code());
            }
            if state.is_closed() {
                let _ =
                    writeln!(text, "    {} --> {}([{}])", node(row.step.code()), name(*state), state.code());
            }
        }
    }
    text.push_str("```\n");
}

fn node(code: &str) -> String {
    code.replace('-', "_")
}

fn name(state: State) -> String {
    node(state.code())
}

fn codes(states: &[State]) -> String {
    let codes: Vec<&str> = states.iter().map(|state| state.code()).collect();
    codes.join(", ")
}
