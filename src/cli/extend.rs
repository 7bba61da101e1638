//! `qoltanba extend`, and the levels above B of `qoltanba sign`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::{Judging, Outcome, read_file, unwritable};
use crate::messages::Language;
use crate::service::verify::Refusal;
use crate::service::{extend, online};

/// Make the signatures of an XML document last
///
/// Adds a timestamp to the signature (level T), the certificates and revocation data by which it is judged
/// (LT), and an archive timestamp over all of it (LTA), so that it can be judged when everything in it has
/// expired. A document at level LTA gets a further archive timestamp. Not a byte that is there is changed.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  qoltanba extend signed.xml --level LTA --online --out archived.xml\n  \
                        qoltanba extend signed.xml --level LT --trust root.cer --certs ca.cer --crl root.crl \\\n    \
                        --crl ca.crl --tsa http://tsp.pki.gov.kz --out long-term.xml")]
pub(super) struct Extend {
    /// The signed document
    file: PathBuf,
    /// How far
    #[arg(long, value_enum, ignore_case = true)]
    level: Level,
    /// Where to write the document
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    judging: Judging,
}

/// Where timestamps come from.
#[derive(Args, Clone, Debug)]
pub(super) struct Source {
    /// Timestamp authority (RFC 3161 over HTTP); naming it allows its host
    #[arg(long, value_name = "URL", default_value = "http://tsp.pki.gov.kz")]
    tsa: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    #[value(name = "T")]
    T,
    #[value(name = "LT")]
    Lt,
    #[value(name = "LTA")]
    Lta,
}

impl Extend {
    pub(super) fn run(&self, language: Language) -> Outcome {
        let level = match self.level {
            Level::T => extend::Level::T,
            Level::Lt => extend::Level::LT,
            Level::Lta => extend::Level::LTA,
        };
        let extended = extended(&read_file(&self.file)?, level, &self.source, &self.judging, language)?;
        write(&self.out, &extended)?;
        eprintln!("extended: {}", self.out.display());
        Ok(ExitCode::SUCCESS)
    }
}

/// The document extended to a level, with what the options allow to be fetched.
pub(super) fn extended(
    document: &[u8],
    level: extend::Level,
    source: &Source,
    judging: &Judging,
    language: Language,
) -> Result<Vec<u8>, Refusal> {
    let checker = judging.checker(language)?;
    let network = judging.network.online(&[&source.tsa])?;
    let mut timestamp = |hash, digest: &[u8]| online::timestamp(&network, &source.tsa, hash, digest);
    let fetching = judging.online.then_some(&network);
    extend::extend(document, level, &checker, &mut timestamp, &Timestamp::now, fetching)
}

fn write(file: &Path, octets: &[u8]) -> Result<(), Refusal> {
    std::fs::write(file, octets).map_err(|error| unwritable(file, &error))
}
