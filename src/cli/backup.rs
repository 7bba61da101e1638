//! `qoltanba backup`, `restore` and `export`.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::serve::{Register, runtime};
use super::{Outcome, unwritable};
use crate::service::{backup, export, register};

/// Write a backup of a register into a new folder
///
/// The service may run meanwhile. The folder has everything in it, the index key and the applicants' documents too:
/// keep it as safe as the register itself. The service's own key is not in it.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  qoltanba backup /backups/2026-11-28 --config qoltanba.toml")]
pub(super) struct Backup {
    /// The new folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    register: Register,
}

/// Bring a backup back into an empty register
///
/// Checks the digest of every file, the chain of events, and the signatures of every signed document at the time at
/// which the register took it. The database may be another kind than the one that the backup was made of.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  qoltanba restore /backups/2026-11-28 --config qoltanba.toml")]
pub(super) struct Restore {
    /// The folder that `qoltanba backup` wrote
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    register: Register,
    /// Also take documents whose signers the settings' trust anchors do not prove; broken ones never
    #[arg(long)]
    allow_unproven: bool,
}

/// Write the cases of a register for others
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  qoltanba export --format open-data --output queue.csv --config qoltanba.toml"
)]
pub(super) struct Export {
    /// csv and json are for the office; open-data names no case
    #[arg(long, value_enum)]
    format: Format,
    /// The new file; default: standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    register: Register,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A table, a line a case
    Csv,
    /// JSON, a line a case, with its steps
    Json,
    /// A table without anything that tells which case a line is
    OpenData,
}

impl Backup {
    pub(super) fn run(&self) -> Outcome {
        let settings = self.register.settings()?;
        let summary = runtime()?.block_on(backup::backup(&settings, &self.folder))?;
        eprintln!("cases: {}, events: {}, documents: {}", summary.cases, summary.events, summary.documents);
        Ok(ExitCode::SUCCESS)
    }
}

impl Restore {
    pub(super) fn run(&self) -> Outcome {
        let settings = self.register.settings()?;
        let restored = backup::restore(&settings, &self.folder, self.allow_unproven);
        let summary = runtime()?.block_on(restored)?;
        eprintln!(
            "cases: {}, events: {}, the chain is whole; signed documents that verify: {}, not proven: {}",
            summary.cases, summary.events, summary.verified, summary.unproven
        );
        Ok(ExitCode::SUCCESS)
    }
}

impl Export {
    pub(super) fn run(&self) -> Outcome {
        let settings = self.register.settings()?;
        let format = match self.format {
            Format::Csv => export::Format::Csv,
            Format::Json => export::Format::Json,
            Format::OpenData => export::Format::OpenData,
        };
        let mut out: Box<dyn Write + Send> = match &self.output {
            None => Box::new(std::io::stdout()),
            Some(path) => {
                let file = OpenOptions::new().write(true).create_new(true).open(path);
                Box::new(BufWriter::new(file.map_err(|error| unwritable(path, &error))?))
            }
        };
        let count = runtime()?.block_on(async {
            let store = register::open(&settings).await?;
            export::export(&store, format, &mut *out).await
        })?;
        eprintln!("cases: {count}");
        Ok(ExitCode::SUCCESS)
    }
}
