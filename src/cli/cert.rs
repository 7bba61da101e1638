//! `qoltanba cert show` and `cert check`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::reports::{self, Reports};
use super::{Failure, Judging, Outcome, argument, read_file, refusal_json, show};
use crate::messages::Language;
use crate::pkix::path::Inputs;
use crate::pkix::{Certificate, GeneralName, NameConstraints};
use crate::service::certificate::describe;
use crate::service::verify::{CERTIFICATES, Refusal, files_in};
use crate::validation::Usage;

#[derive(Debug, Subcommand)]
pub(super) enum Cert {
    /// Show what a certificate says
    Show(Show),
    /// Build and validate the path of certificates
    Check(Box<Check>),
}

/// Show what a certificate says
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  qoltanba cert show applicant.cer --lang kk")]
pub(super) struct Show {
    /// PEM or DER file; PEM may hold several certificates
    file: PathBuf,
    /// Form of the result
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Build and validate the path of certificates
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  qoltanba cert check applicant.cer --trust root.cer --certs ca.cer \
                        --crl ca.crl --usage sign\n  qoltanba cert check applicant.cer --online\n  \
                        qoltanba cert check folder/ --trust root.cer --certs ca.cer --crl ca.crl")]
pub(super) struct Check {
    /// PEM or DER files; a folder means all such files in it
    #[arg(required = true, value_name = "PATH")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    judging: Judging,
    /// What the certificate must be good for
    #[arg(long, value_enum, default_value = "any")]
    usage: UsageName,
    #[command(flatten)]
    inputs: PathInputs,
    /// Form of the result
    #[arg(long, value_enum, default_value = "text")]
    format: reports::Format,
    /// Files checked side by side; default all cores
    #[arg(long, value_name = "N", default_value_t = 0)]
    jobs: usize,
}

/// The inputs of path validation besides anchors and time (RFC 5280 6.1.1).
#[derive(Args, Clone, Debug)]
struct PathInputs {
    /// Certificate policy to be valid for, as a dotted identifier; repeatable. Default: any
    #[arg(long, value_name = "OID", value_parser = policy_identifier)]
    initial_policy: Vec<String>,
    /// Demand that the path is valid for one of these policies
    #[arg(long)]
    require_explicit_policy: bool,
    /// Do not let authorities map one policy to another
    #[arg(long)]
    inhibit_policy_mapping: bool,
    /// Do not let anyPolicy in a certificate stand for other policies
    #[arg(long)]
    inhibit_any_policy: bool,
    /// Subtree that names of its kind must be within: dns:DOMAIN, email:ADDRESS|HOST|.DOMAIN,
    /// uri:HOST|.DOMAIN, ip:ADDRESS/LENGTH or dn:NAME; repeatable
    #[arg(long, value_name = "KIND:BASE")]
    permitted_subtree: Vec<GeneralName>,
    /// Subtree that no name may be within; repeatable
    #[arg(long, value_name = "KIND:BASE")]
    excluded_subtree: Vec<GeneralName>,
}

pub(super) fn policy_identifier(text: &str) -> Result<String, &'static str> {
    let is_arc = |arc: &str| !arc.is_empty() && arc.bytes().all(|digit| digit.is_ascii_digit());
    match text.contains('.') && text.split('.').all(is_arc) {
        true => Ok(text.to_owned()),
        false => Err("a dotted object identifier is expected"),
    }
}

impl PathInputs {
    fn inputs(&self) -> Inputs {
        let any = Inputs::default();
        Inputs {
            policies: if self.initial_policy.is_empty() { any.policies } else { self.initial_policy.clone() },
            require_explicit_policy: self.require_explicit_policy,
            inhibit_policy_mapping: self.inhibit_policy_mapping,
            inhibit_any_policy: self.inhibit_any_policy,
            subtrees: NameConstraints {
                permitted: self.permitted_subtree.clone(),
                excluded: self.excluded_subtree.clone(),
            },
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum UsageName {
    Sign,
    Auth,
    Tsa,
    Ocsp,
    Crl,
    Any,
}

impl Cert {
    pub(super) fn run(&self, language: Language) -> Outcome {
        match self {
            Self::Show(show) => in_form(show.format == Format::Json, language, show.run(language)),
            Self::Check(check) => in_form(check.format.is_json(), language, check.run(language)),
        }
    }
}

/// With `--format json` a refusal is a JSON value too.
fn in_form(is_json: bool, language: Language, outcome: Outcome) -> Outcome {
    if let (true, Err(Failure::Refused(refusal))) = (is_json, &outcome) {
        println!("{}", refusal_json(refusal, language));
    }
    outcome
}

fn load(file: &Path) -> Result<Vec<Arc<Certificate>>, Refusal> {
    let certificates = Certificate::from_pem_or_der(&read_file(file)?).map_err(|error| {
        Refusal::new(
            "FILE_UNREADABLE",
            vec![("file", file.display().to_string()), ("detail", error.to_string())],
        )
    })?;
    Ok(certificates.into_iter().map(Arc::new).collect())
}

impl Show {
    fn run(&self, language: Language) -> Outcome {
        let certificates = load(&self.file)?;
        let at = Timestamp::now();
        let described: Vec<_> =
            certificates.iter().map(|certificate| (&**certificate, describe(certificate, at))).collect();
        show::print(&mut std::io::stdout().lock(), &described, self.format, language)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Check {
    fn run(&self, language: Language) -> Outcome {
        let mut checker = self.judging.checker(language)?;
        checker.evidence = checker.evidence.with_inputs(self.inputs.inputs());
        let online = self.judging.online()?;
        let at = self.judging.time();
        let usage = match self.usage {
            UsageName::Sign => Usage::Sign,
            UsageName::Auth => Usage::Auth,
            UsageName::Tsa => Usage::Tsa,
            UsageName::Ocsp => Usage::Ocsp,
            UsageName::Crl => Usage::Crl,
            UsageName::Any => Usage::Any,
        };
        let files = files_in(&self.files, CERTIFICATES)?;
        if files.is_empty() {
            return Err(argument("no certificate in the folders named").into());
        }
        let status = Reports { format: self.format, language, jobs: self.jobs }.of(&files, |_, file| {
            let judge = |certificate| checker.judge_certificate(&certificate, usage, at, online.as_ref());
            Ok(load(file)?.into_iter().map(judge).collect())
        });
        checker.remember_signers();
        status
    }
}
