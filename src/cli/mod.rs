//! The command line. Names, options and exit statuses are a contract with integrators: 0 passed,
//! 1 failed, 3 indeterminate, 2 nothing could be judged. Results go to standard output, messages to
//! standard error.

mod backup;
mod cert;
mod clocks;
mod demo;
mod extend;
mod jobs;
mod journal;
mod load;
mod paper;
mod pki;
mod policies;
mod reports;
mod rules;
mod serve;
mod show;
mod sign;
mod simulate;
mod trust;
mod verify;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::lists::Lists;
use crate::messages::{self, Language};
use crate::online::{AllowedHost, Online, Settings};
use crate::service::trust::anchors_in;
use crate::service::verify::{Checker, Refusal, argument, evidence_below, lists_in, policy, responses_in};
use crate::validation::{Indication, RevocationMode};

/// Checks electronic signatures and certificates of Kazakhstan's e-government, and keeps the housing
/// register of Almaty.
#[derive(Debug, Parser)]
#[command(name = "qoltanba", version, max_term_width = 100, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Language of messages
    #[arg(long, global = true, value_enum, default_value = "en", env = "QOLTANBA_LANG")]
    lang: Lang,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Lang {
    Kk,
    Ru,
    En,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the signatures of documents
    Verify(Box<verify::Verify>),
    /// Sign a document
    Sign(Box<sign::Sign>),
    /// Make signatures last: timestamps and validation data
    Extend(Box<extend::Extend>),
    /// Show or check certificates
    #[command(subcommand)]
    Cert(cert::Cert),
    /// Show the policies that are built in, and check one of your own
    #[command(subcommand)]
    Policy(policies::Policies),
    /// Show the editions of the rules of the law, and check those of a register
    #[command(subcommand)]
    Rules(rules::Editions),
    /// Make a development PKI
    #[command(subcommand)]
    Pki(pki::Pki),
    /// Keep the installed trust store
    #[command(subcommand)]
    Trust(trust::Trust),
    /// Play the whole story in a temporary folder: submission, check, registration, signed notice
    Demo(demo::Demo),
    /// Run the service
    Serve(serve::Serve),
    /// Play the state databases that the service asks, for development and tests
    Simulate(simulate::Simulate),
    /// Send signed applications of made-up persons to a service at a set rate
    Load(Box<load::Load>),
    /// Bring the database of a register up to date
    Migrate(serve::Migrate),
    /// Check the chain of events of a register
    #[command(subcommand)]
    Log(serve::Log),
    /// Ask for a position in the lists of a register, and count the lists anew
    #[command(subcommand)]
    Queue(serve::Queue),
    /// Write a backup of a register into a new folder
    Backup(backup::Backup),
    /// Bring a backup back into an empty register
    Restore(backup::Restore),
    /// Write the cases of a register for others
    Export(backup::Export),
    /// See what the register owes others, and try again what was given up
    #[command(subcommand)]
    Jobs(jobs::Jobs),
    /// Tell who is late, and how many limits were kept
    Clocks(clocks::Clocks),
    /// See which officials looked at the data of an applicant, when and why
    Journal(journal::Journal),
    /// Make the paper of a document in a register, as PDF/A
    Paper(paper::Paper),
    /// Show the settings in force
    #[command(subcommand)]
    Config(serve::Config),
    /// Measure verifying and signing with RSA, ECDSA and GOST, beside the bare operations
    Bench(crate::cli::bench::Bench),
}

mod bench;

/// What a judgement rests on, as options.
#[derive(Args, Clone, Debug)]
struct Judging {
    /// Trust anchors: a PEM or DER file, or a folder; repeatable. Default: the installed trust store
    #[arg(long, value_name = "PATH")]
    trust: Vec<PathBuf>,
    /// Further certificates for building paths; repeatable
    #[arg(long, value_name = "PATH")]
    certs: Vec<PathBuf>,
    /// Certificate revocation lists: a file, or a folder; repeatable. Of a large one an index is kept below the
    /// user's cache folder
    #[arg(long, value_name = "PATH")]
    crl: Vec<PathBuf>,
    /// Answers of OCSP responders (DER); repeatable
    #[arg(long, value_name = "PATH")]
    ocsp: Vec<PathBuf>,
    /// Fetch issuers, revocation lists and OCSP answers from where certificates say, of allowed hosts only
    #[arg(long)]
    online: bool,
    #[command(flatten)]
    network: Network,
    /// What to ask of revocation evidence
    #[arg(long, value_enum, default_value = "required")]
    revocation: Revocation,
    /// Validation time, RFC 3339; default now
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Validation policy: kz, generic, interop, or a policy file
    #[arg(long, default_value = "kz", value_name = "NAME|FILE")]
    policy: String,
}

/// Whom may be asked over the network.
#[derive(Args, Clone, Debug)]
struct Network {
    /// Host that may be asked besides the national ones: NAME, or NAME:PORT; repeatable
    #[arg(long, value_name = "HOST", value_parser = |host: &str| AllowedHost::new(host, false))]
    allow_host: Vec<AllowedHost>,
    /// The same of a host that may have addresses of the own machine or network; repeatable
    #[arg(long, value_name = "HOST", value_parser = |host: &str| AllowedHost::new(host, true))]
    allow_private_host: Vec<AllowedHost>,
    /// Folder for what was fetched; default: below the user's cache folder
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
}

impl Network {
    /// Besides the hosts allowed, whoever asks has named these URLs.
    fn online(&self, named: &[&str]) -> Result<Online, Refusal> {
        let mut settings = Settings::default();
        settings.hosts.extend(self.allow_host.iter().chain(&self.allow_private_host).cloned());
        settings.hosts.extend(named.iter().filter_map(|url| AllowedHost::of_url(url)));
        let online = match &self.cache {
            Some(folder) => Online::new(Settings { cache: Some(folder.clone()), ..settings })
                .map_err(|error| unwritable(folder, &error))?,
            // Nobody asked for a folder: without one all goes on, only slower.
            None => Online::new(Settings { cache: below_cache("online"), ..settings.clone() })
                .or_else(|_| Online::new(settings))
                .map_err(|error| unwritable(std::path::Path::new(""), &error))?,
        };
        if !std::io::stderr().is_terminal() {
            return Ok(online);
        }
        Ok(online.telling(|host| eprintln!("asking: {host}")))
    }
}

/// A folder below the user's cache folder.
fn below_cache(name: &str) -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or(home)?;
    Some(cache.join("qoltanba").join(name))
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Revocation {
    Required,
    Available,
    Off,
}

impl Judging {
    fn checker(&self, language: Language) -> Result<Checker, Refusal> {
        let policy = policy(&self.policy)?;
        let installed;
        let trust = if self.trust.is_empty() {
            installed = vec![trust::store_folder()];
            if installed.iter().all(|folder| folder.is_dir()) { &installed } else { &self.trust }
        } else {
            &self.trust
        };
        let revocation = match self.revocation {
            Revocation::Required => RevocationMode::Required,
            Revocation::Available => RevocationMode::Available,
            Revocation::Off => RevocationMode::Off,
        };
        let anchors = anchors_in(trust)?;
        trust::tell_untrusted(&anchors, language);
        // Nobody asked for the folder: without it large lists are read anew each time.
        let kept = below_cache("lists").and_then(|folder| Lists::open(&folder).ok());
        let evidence = evidence_below(anchors.trusted, &self.certs, &[], revocation)?
            .with_crls(lists_in(&self.crl, kept.as_ref())?)
            .with_ocsp(responses_in(&self.ocsp)?);
        Ok(Checker { kept, ..Checker::new(evidence, policy) })
    }

    /// Who fetches, if anybody may.
    fn online(&self) -> Result<Option<Online>, Refusal> {
        if self.online { self.network.online(&[]).map(Some) } else { Ok(None) }
    }

    fn time(&self) -> Timestamp {
        self.at.unwrap_or_else(Timestamp::now)
    }
}

/// How a command can fail to do its work.
enum Failure {
    Refused(Refusal),
    Internal(anyhow::Error),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Internal(error.into())
    }
}

type Outcome = Result<ExitCode, Failure>;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            if !error.use_stderr() {
                return ExitCode::SUCCESS;
            }
            // The language is not known yet, and the form only from the bare words.
            if std::env::args().any(|word| word.trim_start_matches("--format=").starts_with("json")) {
                let detail = error.to_string().lines().next().unwrap_or_default().to_owned();
                let detail = detail.trim_start_matches("error: ").trim_end_matches(':').to_owned();
                println!("{}", refusal_json(&argument(&detail), Language::En));
            }
            return ExitCode::from(2);
        }
    };
    let language = match cli.lang {
        Lang::Kk => Language::Kk,
        Lang::Ru => Language::Ru,
        Lang::En => Language::En,
    };
    let outcome = match cli.command {
        Command::Verify(command) => command.run(language),
        Command::Sign(command) => command.run(language),
        Command::Extend(command) => command.run(language),
        Command::Cert(command) => command.run(language),
        Command::Policy(command) => command.run(language),
        Command::Rules(command) => command.run(),
        Command::Pki(command) => command.run(),
        Command::Trust(command) => command.run(language),
        Command::Demo(command) => command.run(language),
        Command::Serve(command) => command.run(),
        Command::Simulate(command) => command.run(),
        Command::Load(command) => command.run(),
        Command::Migrate(command) => command.run(),
        Command::Log(command) => command.run(),
        Command::Queue(command) => command.run(),
        Command::Backup(command) => command.run(),
        Command::Restore(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Jobs(command) => command.run(),
        Command::Clocks(command) => command.run(),
        Command::Journal(command) => command.run(),
        Command::Paper(paper) => paper.run(),
        Command::Config(command) => command.run(),
        Command::Bench(command) => command.run(),
    };
    match outcome {
        Ok(status) => status,
        Err(Failure::Refused(refusal)) => {
            report_refusal(&refusal, language, None);
            ExitCode::from(2)
        }
        Err(Failure::Internal(error)) => {
            eprintln!("qoltanba: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn status_of(indication: Indication) -> ExitCode {
    ExitCode::from(match indication {
        Indication::TotalPassed => 0,
        Indication::TotalFailed => 1,
        Indication::Indeterminate => 3,
    })
}

fn text(language: Language, code: &str, params: &[(&'static str, String)]) -> (String, String) {
    let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let message = messages::text(language, code, &params);
    (message.message, message.remedy)
}

fn report_refusal(refusal: &Refusal, language: Language, name: Option<&str>) {
    let (message, remedy) = text(language, refusal.code, &refusal.params);
    let place = match (name, refusal.position) {
        (Some(name), Some(at)) => format!("{name}:{}:{}: ", at.line, at.column),
        (Some(name), None) => format!("{name}: "),
        (None, Some(at)) => format!("line {}, column {}: ", at.line, at.column),
        (None, None) => String::new(),
    };
    eprintln!("qoltanba: {place}{message} [{}]\n  {remedy}", refusal.code);
}

/// The error object of the JSON formats.
fn refusal_json(refusal: &Refusal, language: Language) -> serde_json::Value {
    let (message, remedy) = text(language, refusal.code, &refusal.params);
    serde_json::json!({"error": {
        "code": refusal.code, "message": message, "remedy": remedy,
        "line": refusal.position.map(|at| at.line), "column": refusal.position.map(|at| at.column),
    }})
}

/// Reads a file named on the command line.
fn read_file(path: &std::path::Path) -> Result<Vec<u8>, Refusal> {
    std::fs::read(path).map_err(|error| {
        Refusal::new(
            "FILE_UNREADABLE",
            vec![("file", path.display().to_string()), ("detail", error.to_string())],
        )
    })
}

/// That a file could not be written.
fn unwritable(path: &std::path::Path, error: &std::io::Error) -> Refusal {
    Refusal::new("FILE_UNWRITABLE", vec![("file", path.display().to_string()), ("detail", error.to_string())])
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
