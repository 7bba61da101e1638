//! `qoltanba policy`: the policies that are built in, to read and to begin from, and the check of a file.

use std::io::Write;
use std::process::ExitCode;

use clap::Subcommand;

use super::{Outcome, argument};
use crate::messages::{Language, label};
use crate::service::verify::policy;
use crate::validation::policy::BUILT_IN;
use crate::validation::report::hex;

#[derive(Debug, Subcommand)]
pub(super) enum Policies {
    /// Print the file of a built-in policy: kz, generic or interop
    #[command(after_help = "Example:\n  qoltanba policy show kz > mine.toml")]
    Show {
        /// Name of the policy
        name: String,
    },
    /// Check a policy file; prints its name and the digest that reports show
    #[command(after_help = "Example:\n  qoltanba policy check mine.toml")]
    Check {
        /// Policy file, or the name of a built-in policy
        #[arg(value_name = "NAME|FILE")]
        policy: String,
    },
}

impl Policies {
    pub(super) fn run(&self, language: Language) -> Outcome {
        let mut out = std::io::stdout().lock();
        match self {
            Self::Show { name } => {
                let known = BUILT_IN.iter().find(|(known, _)| known == name);
                let (_, text) = known.ok_or_else(|| argument("no built-in policy of this name"))?;
                out.write_all(text.as_bytes())?;
            }
            Self::Check { policy: name } => {
                let policy = policy(name)?;
                let label = label(language, "label-policy-digest", &[("name", policy.name())]);
                writeln!(out, "{label} {}", hex(&policy.sha256()))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
