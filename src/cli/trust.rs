//! `qoltanba trust`: the installed trust store, a folder of certificates. The national roots are known
//! by their published fingerprints; anything else is added only when the operator says so. What becomes an
//! anchor is read by two readers, and nothing of a file is added unless they agree about all of it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Deserialize;

use super::{Outcome, argument, read_differently, read_file};
use crate::pkix::{Certificate, second_reader};
use crate::service::verify::{Refusal, certificates_in};
use crate::validation::report::{hex, rfc3339};

#[derive(Debug, Subcommand)]
pub(super) enum Trust {
    /// List the trust anchors
    List,
    /// Add a trust anchor; says whether it is one of the national roots
    Add(Add),
}

/// Add a trust anchor; says whether it is one of the national roots
///
/// Two independent readers must read the certificate alike, or it is refused.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  qoltanba trust add root_gost_2022.cer")]
pub(super) struct Add {
    /// PEM or DER file
    file: PathBuf,
    /// Add a certificate that is not one of the national roots
    #[arg(long)]
    not_national: bool,
}

/// The folder of the installed trust store: `QOLTANBA_TRUST`, else below the user's data folder.
pub(super) fn store_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("QOLTANBA_TRUST") {
        return folder.into();
    }
    let data = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local").join("share")));
    data.unwrap_or_else(|| PathBuf::from("/var/lib")).join("qoltanba").join("trust")
}

#[derive(Deserialize)]
struct NationalRoots {
    root: Vec<NationalRoot>,
}

#[derive(Deserialize)]
struct NationalRoot {
    name: String,
    sha256: String,
}

/// The name of the national root with this fingerprint.
fn national_root(sha256: &str) -> Option<String> {
    let roots: NationalRoots = toml::from_str(include_str!("../../certs/national-roots.toml")).ok()?;
    roots.root.into_iter().find(|root| root.sha256 == sha256).map(|root| root.name)
}

impl Trust {
    pub(super) fn run(&self) -> Outcome {
        match self {
            Self::List => list(),
            Self::Add(add) => add.run(),
        }
    }
}

fn list() -> Outcome {
    let folder = store_folder();
    if folder.is_dir() {
        for certificate in certificates_in(&[folder])? {
            let sha256 = hex(&certificate.sha256());
            let name = national_root(&sha256).unwrap_or_else(|| "not a national root".into());
            println!(
                "{sha256}  {}  until {}  ({name})",
                certificate.subject().to_rfc4514(),
                rfc3339(certificate.not_after())
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Add {
    fn run(&self) -> Outcome {
        let bytes = read_file(&self.file)?;
        let certificates = Certificate::from_pem_or_der(&bytes).map_err(|error| {
            Refusal::new(
                "FILE_UNREADABLE",
                vec![("file", self.file.display().to_string()), ("detail", error.to_string())],
            )
        })?;
        for certificate in &certificates {
            second_reader::agrees(certificate)
                .map_err(|difference| read_differently(&self.file, difference))?;
        }
        for certificate in &certificates {
            let sha256 = hex(&certificate.sha256());
            match national_root(&sha256) {
                Some(name) => eprintln!("{sha256}: the national root {name}"),
                None if self.not_national => eprintln!("{sha256}: not a national root, added as asked"),
                None => {
                    return Err(argument(&format!("not one of the national roots: {sha256}")).into());
                }
            }
            let folder = store_folder();
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join(format!("{sha256}.cer")), certificate.der())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
