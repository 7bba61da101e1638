//! `qoltanba pki init`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::Outcome;
use crate::pkix::second_reader::ReadBackError;
use crate::service::development_pki::{self, Error, KeyAlgorithm, Options};
use crate::service::trust::read_differently;

#[derive(Debug, Subcommand)]
pub(super) enum Pki {
    /// Make a development PKI shaped like the national one
    Init(Init),
}

/// Make a development PKI shaped like the national one: root, issuing CA, persons, PKCS#12 files, CRLs
///
/// For development and tests only: its keys have a published password.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  qoltanba pki init ./dev-pki --algorithm gost2015")]
pub(super) struct Init {
    /// A new or empty folder
    dir: PathBuf,
    /// Kind of keys
    #[arg(long, value_enum, default_value = "ecdsa")]
    algorithm: Algorithm,
    /// Years that the certificates are valid
    #[arg(long, default_value_t = 10)]
    years: u32,
    /// Password of the PKCS#12 files; they are for development, so it is no secret
    #[arg(long, env = "QOLTANBA_PKI_PASSWORD", default_value = "qoltanba")]
    test_password: String,
    /// Start of validity, RFC 3339; default an hour ago
    #[arg(long, value_name = "TIME")]
    not_before: Option<Timestamp>,
}

/// Kinds of keys.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Algorithm {
    /// GOST 34.10-2015, 512 bits: what the national authority issues today
    Gost2015,
    /// GOST 34.310-2004
    Gost2004,
    /// RSA, 2048 bits
    Rsa,
    /// ECDSA on P-256
    Ecdsa,
}

impl Algorithm {
    pub(super) fn kind(self) -> KeyAlgorithm {
        match self {
            Self::Gost2015 => KeyAlgorithm::Gost2015,
            Self::Gost2004 => KeyAlgorithm::Gost2004,
            Self::Rsa => KeyAlgorithm::Rsa,
            Self::Ecdsa => KeyAlgorithm::Ecdsa,
        }
    }
}

impl Pki {
    pub(super) fn run(&self) -> Outcome {
        let Self::Init(init) = self;
        let options = Options {
            algorithm: init.algorithm.kind(),
            not_before: init
                .not_before
                .unwrap_or_else(|| Timestamp::now() - jiff::SignedDuration::from_hours(1)),
            years: init.years,
            password: init.test_password.clone(),
        };
        match development_pki::init(&init.dir, &options) {
            Ok(_) => {}
            Err(Error::Misread { name, why: ReadBackError::Differently(difference) }) => {
                return Err(read_differently(&init.dir.join(name), difference).into());
            }
            Err(error) => return Err(anyhow::anyhow!("{error}").into()),
        }
        eprintln!("development PKI made in {}", init.dir.display());
        Ok(ExitCode::SUCCESS)
    }
}
