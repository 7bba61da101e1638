//! `qoltanba sign`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::{Outcome, argument, read_file, unwritable};
use crate::messages::Language;
use crate::service::extend;
use crate::service::verify::{Refusal, check_signed, open_identity, sign_xml};
use crate::signature::sign::Profile;
use crate::xml::Limits;
use crate::xml::c14n::Canonicalization;

/// Sign an XML document, enveloped
///
/// The signature becomes the last child of the root, in the document's own encoding, and no other byte is changed
/// but the `/>` of a root that is empty.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  QOLTANBA_PASSWORD=… qoltanba sign application.xml --key applicant.p12 \
                        --password-env QOLTANBA_PASSWORD --out signed.xml")]
pub(super) struct Sign {
    /// The document
    file: PathBuf,
    /// PKCS#12 file, or PEM file with key and certificate
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
    /// Environment variable that holds the password
    #[arg(long, value_name = "VAR", conflicts_with = "password_file")]
    password_env: Option<String>,
    /// File that holds the password
    #[arg(long, value_name = "F")]
    password_file: Option<PathBuf>,
    /// Where to write the signed document
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Form of the signature
    #[arg(long, value_enum, default_value = "xml")]
    format: Format,
    /// Canonicalization
    #[arg(long, value_enum, default_value = "inclusive")]
    canonicalization: Method,
    /// B: with XAdES properties that name the time and the certificate; T, LT, LTA: extended at once, see
    /// `qoltanba extend --help`; none: a bare XML Signature, as the national tools make it
    #[arg(long, value_enum, default_value = "B", ignore_case = true)]
    level: Level,
    /// Sign the element with this identifier instead of the whole document
    #[arg(long, value_name = "ID")]
    reference_id: Option<String>,
    /// Add a further signature to a document that is signed already
    #[arg(long)]
    add: bool,
    #[command(flatten)]
    source: super::extend::Source,
    #[command(flatten)]
    judging: super::Judging,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Xml,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    None,
    #[value(name = "B")]
    B,
    #[value(name = "T")]
    T,
    #[value(name = "LT")]
    Lt,
    #[value(name = "LTA")]
    Lta,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Method {
    Inclusive,
    Exclusive,
}

impl Sign {
    pub(super) fn run(&self, language: Language) -> Outcome {
        let Format::Xml = self.format;
        let password = match (&self.password_env, &self.password_file) {
            (Some(variable), _) => std::env::var(variable)
                .map_err(|_| argument(&format!("the environment variable is not set: {variable}")))?,
            (None, Some(file)) => {
                let text = String::from_utf8(read_file(file)?)
                    .map_err(|_| argument("the password file is not UTF-8"))?;
                text.trim_end_matches(['\r', '\n']).to_owned()
            }
            (None, None) => String::new(),
        };
        let password = zeroize::Zeroizing::new(password);
        let is_given = self.password_env.is_some() || self.password_file.is_some();
        let identity = open_identity(&read_file(&self.key)?, &password).map_err(|refusal| {
            // Without one the empty password was tried.
            match refusal.code {
                "KEY_PASSWORD_WRONG" if !is_given => Refusal::new("KEY_PASSWORD_MISSING", Vec::new()),
                _ => refusal,
            }
        })?;
        let profile = Profile {
            canonicalization: match self.canonicalization {
                Method::Inclusive => Canonicalization::inclusive(),
                Method::Exclusive => Canonicalization::exclusive(),
            },
            reference_id: self.reference_id.clone(),
            add: self.add,
            properties: match self.level {
                Level::None => None,
                Level::B | Level::T | Level::Lt | Level::Lta => Some(Timestamp::now()),
            },
            ..Profile::default()
        };
        let limits = Limits::default();
        let signed = sign_xml(&read_file(&self.file)?, &identity, &profile, &limits)?;
        check_signed(&signed, &identity, &limits)?;
        let level = match self.level {
            Level::None | Level::B => None,
            Level::T => Some(extend::Level::T),
            Level::Lt => Some(extend::Level::LT),
            Level::Lta => Some(extend::Level::LTA),
        };
        let signed = match level {
            Some(level) => super::extend::extended(&signed, level, &self.source, &self.judging, language)?,
            None => signed,
        };
        std::fs::write(&self.out, signed).map_err(|error| unwritable(&self.out, &error))?;
        eprintln!("signed: {}", self.out.display());
        Ok(ExitCode::SUCCESS)
    }
}
