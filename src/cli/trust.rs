//! `qoltanba trust`: the installed trust store. The national roots are known by their published fingerprints;
//! anything else is added only when the operator says so. What becomes an anchor is read by two
//! readers, and nothing of a file is added unless they agree about all of it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Outcome, argument, cert::policy_identifier, read_file, text};
use crate::messages::Language;
use crate::pkix::path::Purpose;
use crate::pkix::{Certificate, GeneralName};
use crate::service::trust::{Anchors, Entry, Store, Taken, anchors_in, read_alike, read_list};
use crate::service::verify::Refusal;
use crate::validation::report::{hex, rfc3339};

#[derive(Debug, Subcommand)]
pub(super) enum Trust {
    /// List the trust anchors, with what limits them, and what in the store is not trusted
    #[command(
        after_help = "Examples:\n  qoltanba trust list\n  QOLTANBA_TRUST=/etc/qoltanba/trust qoltanba trust list"
    )]
    List,
    /// Add a trust anchor; says whether it is one of the national roots
    Add(Box<Add>),
    /// Take a trust anchor away
    Remove(Remove),
    /// Take a new list of trust anchors in place of the one in the store
    Update(Update),
}

/// Add a trust anchor; says whether it is one of the national roots
///
/// Two independent readers must read the certificate alike, or it is refused.
///
/// The limits say when and what for it may be relied on, whatever its certificate says. One that is there
/// already keeps its limits unless new ones are given.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  qoltanba trust add root_gost_2022.cer\n  \
    qoltanba trust add root.cer --not-national --permitted-subtree DNS:example.kz --purpose signing --purpose ocsp\n  \
    qoltanba trust add old-root.cer --not-national --not-after 2026-12-31T23:59:59Z")]
pub(super) struct Add {
    /// PEM or DER file
    file: PathBuf,
    /// Add a certificate that is not one of the national roots
    #[arg(long)]
    not_national: bool,
    /// What to call it; default: its subject, or the name of the national root
    #[arg(long)]
    name: Option<String>,
    /// First moment at which it may be relied on, RFC 3339
    #[arg(long, value_name = "TIME")]
    not_before: Option<Timestamp>,
    /// Last moment at which it may be relied on
    #[arg(long, value_name = "TIME")]
    not_after: Option<Timestamp>,
    /// Subtree that names of its kind below it must be within: DNS:DOMAIN, email:ADDRESS|HOST|.DOMAIN,
    /// URI:HOST|.DOMAIN, IP:ADDRESS/LENGTH or dirName:NAME; repeatable
    #[arg(long, value_name = "KIND:BASE", value_parser = subtree)]
    permitted_subtree: Vec<String>,
    /// Subtree that no name below it may be within; repeatable
    #[arg(long, value_name = "KIND:BASE", value_parser = subtree)]
    excluded_subtree: Vec<String>,
    /// Certificate policy that it may be relied on for; repeatable. Default: any, or none
    #[arg(long, value_name = "OID", value_parser = policy_identifier)]
    certificate_policy: Vec<String>,
    /// Purpose that it may be relied on for: signing, timestamping, authentication, ocsp; repeatable.
    /// Default: all
    #[arg(long, value_name = "PURPOSE", value_parser = purpose)]
    purpose: Vec<String>,
}

/// Take a trust anchor away
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  qoltanba trust remove root.cer\n  \
    qoltanba trust remove 9ba06354b626641715182e4d07c9dbaa1777720fa795d03174ffc68876535dcd")]
pub(super) struct Remove {
    /// SHA-256 of the certificate in hexadecimal, or a file with it
    #[arg(value_name = "FINGERPRINT|FILE")]
    anchor: String,
}

/// Take a new list of trust anchors in place of the one in the store
///
/// The list is a TOML file whose digest you give with --pin, or an XML document with that text in its root
/// <trustList xmlns="urn:qoltanba:trust-list">, signed with the certificate that the last list named as its
/// signer. Its sequence must be higher than the last one's, and its next_update not past. A list that is
/// refused changes nothing.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  qoltanba trust update list.toml --pin $(sha256sum list.toml | cut -c1-64)\n  \
    qoltanba trust update list-signed.xml\n\n\
    A list:\n  sequence = 2\n  next_update = \"2027-06-01T00:00:00Z\"\n  signer = \"SHA-256 of who signs the next list\"\n\n  \
    [[anchor]]\n  name = \"root\"\n  sha256 = \"64 hexadecimal digits\"\n  \
    certificate = \"\"\"-----BEGIN CERTIFICATE-----…\"\"\"\n  \
    not_before = \"2026-01-01T00:00:00Z\"     # this and the rest as the limits of `trust add`\n  \
    not_after = \"2030-01-01T00:00:00Z\"\n  permitted = [\"dirName:O=Example,C=KZ\"]\n  excluded = [\"DNS:example.kz\"]\n  \
    policies = [\"1.2.398.3.3.2\"]\n  purposes = [\"signing\", \"ocsp\"]"
)]
pub(super) struct Update {
    /// The list
    list: PathBuf,
    /// SHA-256 of the list, had from whom you trust
    #[arg(long, value_name = "SHA256")]
    pin: Option<String>,
}

fn subtree(text: &str) -> Result<String, String> {
    text.parse::<GeneralName>().map(|_| text.to_owned()).map_err(|error| error.to_string())
}

fn purpose(text: &str) -> Result<String, String> {
    text.parse::<Purpose>().map(|purpose| purpose.name().to_owned()).map_err(|error| error.to_string())
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

/// Says of everything in a store that is not trusted that it is not.
pub(super) fn tell_untrusted(anchors: &Anchors, language: Language) {
    for untrusted in &anchors.untrusted {
        let (code, params) = untrusted.told();
        let (message, remedy) = text(language, code, &params);
        eprintln!("qoltanba: {message} [{code}]\n  {remedy}");
    }
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
    pub(super) fn run(&self, language: Language) -> Outcome {
        match self {
            Self::List => list(language),
            Self::Add(add) => add.run(),
            Self::Remove(remove) => remove.run(),
            Self::Update(update) => update.run(),
        }
    }
}

fn list(language: Language) -> Outcome {
    let folder = store_folder();
    if folder.is_dir() {
        let list = read_list(&folder)?.unwrap_or_default();
        if let (Some(sequence), Some(next_update)) = (list.sequence, list.next_update) {
            eprintln!("list {sequence}, relied on until {}", rfc3339(next_update));
        }
        let anchors = anchors_in(&[folder])?;
        for anchor in &anchors.trusted {
            let sha256 = hex(&anchor.certificate.sha256());
            let name = national_root(&sha256).unwrap_or_else(|| "not a national root".into());
            println!(
                "{sha256}  {}  until {}  ({name})",
                anchor.certificate.subject().to_rfc4514(),
                rfc3339(anchor.certificate.not_after())
            );
            if let Some(entry) = list.anchors.iter().find(|entry| entry.sha256 == sha256) {
                limits(entry).iter().for_each(|limit| println!("    {limit}"));
            }
        }
        tell_untrusted(&anchors, language);
    }
    Ok(ExitCode::SUCCESS)
}

/// The limits of an entry, a line each.
fn limits(entry: &Entry) -> Vec<String> {
    let dates = [("not before", entry.not_before), ("not after", entry.not_after)];
    let dates = dates.into_iter().filter_map(|(what, date)| Some(format!("{what}: {}", rfc3339(date?))));
    let texts = [
        ("permitted", &entry.permitted),
        ("excluded", &entry.excluded),
        ("policies", &entry.policies),
        ("purposes", &entry.purposes),
    ];
    let texts = texts.into_iter().filter(|(_, texts)| !texts.is_empty());
    dates.chain(texts.map(|(what, texts)| format!("{what}: {}", texts.join(" | ")))).collect()
}

fn certificates_of(file: &std::path::Path) -> Result<Vec<Arc<Certificate>>, Refusal> {
    let certificates = Certificate::from_pem_or_der(&read_file(file)?).map_err(|error| {
        let params = vec![("file", file.display().to_string()), ("detail", error.to_string())];
        Refusal::new("FILE_UNREADABLE", params)
    })?;
    Ok(certificates.into_iter().map(Arc::new).collect())
}

impl Add {
    fn run(&self) -> Outcome {
        let certificates = certificates_of(&self.file)?;
        // None is added before all of them may be.
        for certificate in &certificates {
            read_alike(certificate, &self.file)?;
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
        }
        let limits = Entry {
            not_before: self.not_before,
            not_after: self.not_after,
            permitted: self.permitted_subtree.clone(),
            excluded: self.excluded_subtree.clone(),
            policies: self.certificate_policy.clone(),
            purposes: self.purpose.clone(),
            ..Entry::default()
        };
        let mut store = Store::open(&store_folder())?;
        for certificate in &certificates {
            let national = national_root(&hex(&certificate.sha256()));
            let name = self.name.clone().or(national).unwrap_or_else(|| certificate.subject().to_rfc4514());
            store.add(certificate, &name, &limits)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Remove {
    fn run(&self) -> Outcome {
        let is_fingerprint =
            self.anchor.len() == 64 && self.anchor.bytes().all(|digit| digit.is_ascii_hexdigit());
        let fingerprints = match is_fingerprint {
            true => vec![self.anchor.to_ascii_lowercase()],
            false => {
                let certificates = certificates_of(std::path::Path::new(&self.anchor))?;
                certificates.iter().map(|certificate| hex(&certificate.sha256())).collect()
            }
        };
        let folder = store_folder();
        if !folder.is_dir() {
            let sha256 = fingerprints.first().cloned().unwrap_or_default();
            return Err(Refusal::new("TRUST_ANCHOR_UNKNOWN", vec![("sha256", sha256)]).into());
        }
        let mut store = Store::open(&folder)?;
        for sha256 in &fingerprints {
            let removed = store.remove(sha256)?;
            eprintln!("removed: {sha256} ({})", removed.name);
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Update {
    fn run(&self) -> Outcome {
        let document = read_file(&self.list)?;
        let mut store = Store::open(&store_folder())?;
        match store.update(&document, self.pin.as_deref(), Timestamp::now())? {
            Taken::Already => eprintln!("this list was taken before"),
            Taken::New { added, removed } => {
                let say = |what: &str, entries: &[Entry]| {
                    entries.iter().for_each(|entry| eprintln!("{what}: {} ({})", entry.sha256, entry.name));
                };
                say("added", &added);
                say("removed", &removed);
                let list = store.list();
                let until = list.next_update.map(rfc3339).unwrap_or_default();
                eprintln!("list {}, relied on until {until}", list.sequence.unwrap_or_default());
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
