//! `qoltanba clocks`: how the limits of the regulation are kept.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Outcome;
use super::serve::{Register, runtime};
use crate::service::certificate::local;
use crate::service::clocks::{Figures, Late, Overdue, Owner, Statistics, count};
use crate::service::register;
use crate::validation::report::rfc3339;

/// Tell who is late, and how many limits were kept
///
/// Status 1 if a limit of a case is over and not met. The share is that of the time allowed: 100 is its end.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  qoltanba clocks --config qoltanba.toml\n  qoltanba clocks --json | jq .by_owner"
)]
pub(super) struct Clocks {
    #[command(flatten)]
    register: Register,
    /// As of this moment (RFC 3339); default: now
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Clocks {
    pub(super) fn run(&self) -> Outcome {
        let settings = self.register.settings()?;
        let now = self.at.unwrap_or_else(Timestamp::now);
        let mut late = Vec::new();
        let statistics = runtime()?.block_on(async {
            count(&register::open(&settings).await?, now, &mut |overdue| late.push(overdue)).await
        })?;
        late.sort_by(|one, other| (one.due, &one.number).cmp(&(other.due, &other.number)));
        if self.json {
            println!("{}", json_of(&statistics, &late));
        } else {
            print(&statistics, &late);
        }
        Ok(ExitCode::from(u8::from(!late.is_empty())))
    }
}

fn print(statistics: &Statistics, late: &[Overdue]) {
    for one in late {
        let due = local(one.due).strftime("%F %H:%M");
        let (limit, owner) = (one.what.code(), one.owner.code());
        println!("late: {} {limit}, {owner}, since {due}, {} %", one.number, one.reading.percent);
    }
    if !late.is_empty() {
        println!();
    }
    println!(
        "{:<20} {:<14} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "who", "limit", "in time", "late", "running", "median %", "worst %"
    );
    let row = |who: &str, limit: &str, figures: &Figures| {
        let share =
            |percent: Option<u64>| percent.map_or_else(|| "-".to_owned(), |percent| percent.to_string());
        println!(
            "{who:<20} {limit:<14} {:>8} {:>8} {:>8} {:>8} {:>8}",
            figures.in_time,
            figures.late,
            figures.running,
            share(figures.median_percent),
            share(figures.worst_percent)
        );
    };
    for (owner, figures) in &statistics.by_owner {
        for ((_, limit), figures) in statistics.by_limit.iter().filter(|((of, _), _)| of == owner) {
            row(owner.code(), limit.code(), figures);
        }
        row(owner.code(), "all", figures);
    }
    row("all", "all", &statistics.all);
}

fn json_of(statistics: &Statistics, late: &[Overdue]) -> Value {
    let figures = |one: &Figures| {
        json!({
            "in_time": one.in_time, "late": one.late, "running": one.running,
            "median_percent": one.median_percent, "worst_percent": one.worst_percent,
        })
    };
    let late: Vec<Value> = late
        .iter()
        .map(|one| {
            json!({
                "number": one.number,
                "limit": one.what.code(),
                "owner": one.owner.code(),
                "due": rfc3339(one.due),
                "percent": one.reading.percent,
                "late_days": match one.reading.late { Some(Late::Days(days)) => Some(days), _ => None },
                "late_minutes": match one.reading.late {
                    Some(Late::WorkingTime(time)) => Some(time.as_mins()),
                    _ => None,
                },
                "escalated_to": one.reading.escalated_to.map(Owner::code),
            })
        })
        .collect();
    let by_owner: BTreeMap<&str, Value> =
        statistics.by_owner.iter().map(|(owner, one)| (owner.code(), figures(one))).collect();
    let by_limit: BTreeMap<&str, Value> =
        statistics.by_limit.iter().map(|((_, limit), one)| (limit.code(), figures(one))).collect();
    json!({ "all": figures(&statistics.all), "by_owner": by_owner, "by_limit": by_limit, "late": late })
}
