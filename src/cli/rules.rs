//! `qoltanba rules`: the editions of the rules of the law that are built in, to read and to begin from, what they state
//! row by row, the check of a file, and which edition a day has.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use jiff::civil::Date;

use super::serve::load;
use super::{Outcome, argument};
use crate::service::edition::{digest, edition, editions, rows};
use crate::validation::report::hex;

#[derive(Debug, Subcommand)]
pub(super) enum Editions {
    /// Print the file of an edition
    #[command(after_help = "Example:\n  qoltanba rules show 2014-05-11 > rules-2027.toml")]
    Show {
        /// Name of an edition that is built in, or a file
        #[arg(value_name = "NAME|FILE")]
        edition: String,
    },
    /// List what editions state, a row each with its source: lists, documents, grounds, limits, and what the sources are
    /// silent on; then who signs for the office
    #[command(after_help = "Example:\n  qoltanba rules list 2014-05-11\n  \
                            qoltanba rules list --config qoltanba.toml")]
    List {
        /// Names of editions that are built in, or files; by default those of the settings
        #[arg(value_name = "NAME|FILE")]
        editions: Vec<String>,
        /// The settings of the service
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Check editions that a register is to be kept by; prints since when each holds and its digest
    #[command(after_help = "Example:\n  qoltanba rules check 2014-05-11 2025-05-24 rules-2027.toml\n  \
                            qoltanba rules check 2014-05-11 2025-05-24 --on 2026-01-31")]
    Check {
        /// Names of editions that are built in, or files
        #[arg(required = true, value_name = "NAME|FILE")]
        editions: Vec<String>,
        /// Print only the edition of an application that is filed on this day
        #[arg(long, value_name = "DATE")]
        on: Option<Date>,
    },
}

impl Editions {
    pub(super) fn run(&self) -> Outcome {
        let mut out = std::io::stdout().lock();
        match self {
            Self::Show { edition: name } => {
                out.write_all(edition(name)?.text().as_bytes())?;
            }
            Self::List { editions: names, config } => {
                let settings = load(config.as_deref())?;
                let names = if names.is_empty() { &settings.editions } else { names };
                for one in editions(names)?.all() {
                    for row in rows(one) {
                        writeln!(out, "{row}")?;
                    }
                }
                let roles: Vec<&str> = settings.notice_signatories.iter().map(|role| role.code()).collect();
                writeln!(out, "signatories  {}  (settings; decision G6)", roles.join(", "))?;
                writeln!(out, "quorum  {}  (settings)", settings.commission_quorum)?;
            }
            Self::Check { editions: names, on } => {
                let all = editions(names)?;
                let of_day = match on {
                    Some(day) => Some(all.on(*day).ok_or_else(|| argument("no edition begins by this day"))?),
                    None => None,
                };
                for one in all.all().filter(|one| of_day.is_none_or(|of_day| of_day.name == one.name)) {
                    writeln!(out, "{}  {}  {}", one.since, one.name, hex(&digest(one)))?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
