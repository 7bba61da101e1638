//! `qoltanba journal`: which officials looked at the data of an applicant, when and why. For an auditor on the machine
//! of the register; officials stand in it by IIN.

use std::process::ExitCode;

use clap::Args;

use super::Outcome;
use super::serve::{Register, runtime};
use crate::service::journal;

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  qoltanba journal ALA-2026-000001 --config qoltanba.toml\n  qoltanba journal --searches --json"
)]
pub(super) struct Journal {
    /// Registration number, or the number of a refusal at a counter
    #[arg(required_unless_present = "searches", conflicts_with = "searches")]
    number: Option<String>,
    /// All cases of the person whose case it is
    #[arg(long, requires = "number")]
    all_cases: bool,
    /// What is of no case: searches themselves, and questions to state databases before filing
    #[arg(long)]
    searches: bool,
    /// As JSON lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    register: Register,
}

impl Journal {
    pub(super) fn run(&self) -> Outcome {
        let settings = self.register.settings()?;
        let number = self.number.as_deref().unwrap_or_default();
        let rows = runtime()?.block_on(journal::accesses(&settings, number, self.all_cases))?;
        for row in rows {
            if self.json {
                println!("{}", serde_json::to_string(&row).map_err(anyhow::Error::from)?);
                continue;
            }
            let or_dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
            println!(
                "{} {} {} {} {} {} {} {} {}",
                row.seq,
                row.at,
                or_dash(&row.application),
                row.what,
                or_dash(&row.detail),
                row.official,
                row.role,
                or_dash(&row.centre),
                or_dash(&row.why)
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
