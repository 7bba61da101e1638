//! `qoltanba jobs`: what the register owes others, and trying again what was given up.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::serve::{Register, runtime};
use super::{Failure, Outcome};
use crate::service::register;

#[derive(Debug, Subcommand)]
pub(super) enum Jobs {
    /// List what is not done yet, the dead letters among it; status 1 if there are any
    List(List),
    /// Try again what was given up
    Retry(Retry),
}

#[derive(Args, Debug)]
pub(super) struct List {
    #[command(flatten)]
    register: Register,
    /// Only what was given up
    #[arg(long)]
    dead: bool,
    /// As JSON lines
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  qoltanba jobs retry --all --config qoltanba.toml")]
pub(super) struct Retry {
    #[command(flatten)]
    register: Register,
    /// What to try again, as `jobs list` names it
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    id: Option<String>,
    /// Everything
    #[arg(long)]
    all: bool,
}

impl Jobs {
    pub(super) fn run(&self) -> Outcome {
        match self {
            Self::List(list) => list.run(),
            Self::Retry(retry) => retry.run(),
        }
    }
}

impl List {
    fn run(&self) -> Outcome {
        let jobs = runtime()?.block_on(register::jobs(&self.register.settings()?))?;
        for job in jobs.iter().filter(|job| !self.dead || job.state == "dead") {
            if self.json {
                println!("{}", serde_json::to_string(job).map_err(anyhow::Error::from)?);
                continue;
            }
            let error = job.last_error.as_deref().unwrap_or("-");
            println!(
                "{} {} {} {} tries {} not before {} {error}",
                job.id, job.kind, job.application, job.state, job.attempts, job.not_before
            );
        }
        let dead = jobs.iter().any(|job| job.state == "dead");
        Ok(ExitCode::from(u8::from(dead)))
    }
}

impl Retry {
    fn run(&self) -> Outcome {
        let settings = self.register.settings()?;
        let count = runtime()?.block_on(register::retry_jobs(&settings, self.id.as_deref()))?;
        if count == 0 && !self.all {
            return Err(Failure::Internal(anyhow::anyhow!("no dead letter has this id")));
        }
        eprintln!("to be tried again: {count}");
        Ok(ExitCode::SUCCESS)
    }
}
