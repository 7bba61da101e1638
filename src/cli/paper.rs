//! `qoltanba paper`: the paper of a document in the register, as PDF.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::serve::{Register, runtime};
use super::{Outcome, unwritable};
use crate::service::papers::Papers;

/// Make the paper of a document in a register, as PDF/A
///
/// The original is verified with the trust anchors of the settings, at the time at which the register took it.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  qoltanba paper --application ALA-2026-000001 --document 0199… -o notice.pdf --config qoltanba.toml"
)]
pub(super) struct Paper {
    /// Number of the case; or of a refusal at a counter, which needs no document
    #[arg(long, value_name = "NUMBER")]
    application: String,
    /// The document, as the case lists it; default: the newest notice or letter
    #[arg(long, value_name = "ID")]
    document: Option<String>,
    /// The file
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    register: Register,
}

impl Paper {
    pub(super) fn run(&self) -> Outcome {
        let settings = self.register.settings()?;
        let made = runtime()?.block_on(async {
            let papers = Papers::open(&settings).await?;
            papers.named(&self.application, self.document.as_deref()).await
        });
        let bytes = made.with_context(|| self.application.clone())?;
        std::fs::write(&self.output, bytes).map_err(|error| unwritable(&self.output, &error))?;
        Ok(ExitCode::SUCCESS)
    }
}
