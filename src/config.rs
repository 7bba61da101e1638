//! The settings of the service.
//!
//! Three layers, the later one wins: a TOML file, `QOLTANBA_*` variables for the simple values,
//! and the command line, which sets the public fields after [`Settings::load`]. An unknown key in
//! the file is an error, so that a slip of the pen never silently keeps a default.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::housing::Role;
use crate::housing::permission::Body;
use crate::housing::state_data::Database;
use crate::housing::workflow::{Quorum, SIGNATORY};

/// How much revocation evidence a verdict needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Revocation {
    /// No evidence makes the verdict INDETERMINATE.
    #[default]
    Required,
    /// Judge by what is given.
    Available,
    /// Do not look.
    Off,
}

/// One official who may act on applications.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Official {
    /// Individual identification number, 12 digits.
    pub iin: String,
    /// What this person may do; who has several roles stands here several times.
    pub role: Role,
    /// The code of the centre, for the roles of a centre.
    #[serde(default)]
    pub centre: Option<String>,
    /// Business identification number of the office. Default: none, any.
    #[serde(default)]
    pub bin: Option<String>,
    /// Where warnings about limits go. Default: none, nobody is written to.
    #[serde(default)]
    pub email: Option<String>,
    /// SHA-256 of the bearer token in hex. Default: none, no token works.
    #[serde(default)]
    pub token_sha256: Option<String>,
}

/// How a centre receives applicants by its electronic queue.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Centre {
    /// Its code, as officials of the centre have it.
    pub code: String,
    /// How many applicants are received at a time, 1 to 500. Default 1.
    #[serde(default = "Centre::desks")]
    pub desks: u32,
    /// Minutes of a slot, 5 to 240. Default 15.
    #[serde(default = "Centre::slot_minutes")]
    pub slot_minutes: u32,
    /// How many days ahead one may book, at most 90; with 0 only for the same day. Default 14.
    #[serde(default = "Centre::horizon_days")]
    pub horizon_days: u32,
}

impl Centre {
    fn desks() -> u32 {
        1
    }

    fn slot_minutes() -> u32 {
        15
    }

    fn horizon_days() -> u32 {
        14
    }

    /// A centre of which the settings say nothing but its name.
    pub fn named(code: &str) -> Self {
        Centre {
            code: code.to_owned(),
            desks: Self::desks(),
            slot_minutes: Self::slot_minutes(),
            horizon_days: Self::horizon_days(),
        }
    }

    /// The bound that is not kept, if any.
    fn fault(&self) -> Option<&'static str> {
        let is_code = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_';
        if self.code.is_empty() || self.code.len() > 40 || !self.code.bytes().all(is_code) {
            return Some("the code of a centre is 1 to 40 letters and digits of ASCII, - and _");
        }
        if !(1..=500).contains(&self.desks) {
            return Some("a centre has 1 to 500 desks");
        }
        if !(5..=240).contains(&self.slot_minutes) {
            return Some("a slot has 5 to 240 minutes");
        }
        (self.horizon_days > 90).then_some("one may book at most 90 days ahead")
    }
}

/// The key that signs receipts and notices.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderKey {
    /// A PKCS#12 or PEM file.
    pub file: PathBuf,
    /// The variable that holds its password. Default: none.
    #[serde(default)]
    pub password_env: Option<String>,
    /// The file that holds its password. Default: none.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
}

/// Bounds on what a request may ask for.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of one document. Default 64 MiB.
    pub document_bytes: u64,
    /// Bytes of a signed form of the register: an application without its attachments, an act, a list. Default 2 MiB.
    pub form_bytes: u64,
    /// Bytes of one document that is only checked; past a few MiB it is kept in a file meanwhile.
    /// Default 2 GiB.
    pub verification_bytes: u64,
    /// Depth of nested elements. Default 256.
    pub nesting: usize,
    /// Attributes of one element. Default 1000.
    pub attributes: usize,
    /// References of one signature. Default 100.
    pub references: usize,
    /// Signatures of one document. Default 100.
    pub signatures: usize,
    /// Bytes of one attachment. Default 64 MiB.
    pub attachment_bytes: u64,
    /// Attachments of one application. Default 50.
    pub attachments: usize,
    /// Bytes of a whole request that is no verification. Default 256 MiB.
    pub request_bytes: u64,
    /// Documents judged side by side. Default 0: one per core.
    pub workers: usize,
    /// Documents that may wait for a worker. Default 64.
    pub queue: usize,
    /// Seconds a request may take. Default 60.
    pub request_seconds: u64,
    /// Bookings that a person may make in a day at all centres, those given up included. Default 3.
    pub bookings_per_day: u32,
    /// Cases of a page of a search that says no number. Default 50; at most 200.
    pub search_page: u32,
    /// Seconds for which a signed search is good. Default 300; at most 3600.
    pub search_seconds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            document_bytes: 64 << 20,
            form_bytes: 2 << 20,
            verification_bytes: 2 << 30,
            nesting: 256,
            attributes: 1000,
            references: 100,
            signatures: 100,
            attachment_bytes: 64 << 20,
            attachments: 50,
            request_bytes: 256 << 20,
            workers: 0,
            queue: 64,
            request_seconds: 60,
            bookings_per_day: 3,
            search_page: 50,
            search_seconds: 300,
        }
    }
}

/// What the service may fetch for its judgements. Nothing by default.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Online {
    /// Whether issuers, revocation lists and OCSP answers are fetched. Default `false`.
    pub enabled: bool,
    /// Hosts that may be asked, `name` or `name:port`. Default: the national ones.
    pub hosts: Option<Vec<String>>,
    /// Further hosts, which may have addresses of the own machine or network. Default none.
    pub private_hosts: Vec<String>,
    /// Folder for what was fetched, shared by processes. Default: `fetched` in the data folder.
    pub cache: Option<PathBuf>,
    /// Bytes of that folder. Default 512 MiB.
    pub cache_bytes: u64,
    /// Bytes of one revocation list. Default 64 MiB.
    pub list_bytes: usize,
    /// Seconds for all that is fetched for one judgement. Default 50.
    pub seconds: u64,
    /// How often one place is asked at most. Default 3.
    pub tries: u32,
    /// Rounds of judging and fetching for one judgement. Default 6.
    pub rounds: usize,
    /// Places that are asked for one judgement. Default 32.
    pub fetches: usize,
    /// Whether OCSP responders are asked with a nonce; then their answers are not kept. Default `true`.
    pub nonce: bool,
    /// Judgements that may fetch at the same time. Default 16.
    pub parallel: usize,
}

impl Default for Online {
    fn default() -> Self {
        Online {
            enabled: false,
            hosts: None,
            private_hosts: Vec::new(),
            cache: None,
            cache_bytes: 512 << 20,
            list_bytes: 64 << 20,
            seconds: 50,
            tries: 3,
            rounds: 6,
            fetches: 32,
            nonce: true,
            parallel: 16,
        }
    }
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// Not at all: for a relay on this machine or in a private network.
    None,
    /// STARTTLS, demanded.
    #[default]
    Starttls,
    /// TLS from the beginning.
    Tls,
}

/// The mail server that letters to applicants are given to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// `name:port`.
    pub server: String,
    /// The sender.
    pub from: String,
    /// Default `starttls`.
    #[serde(default)]
    pub tls: MailTls,
    /// A further authority (PEM) that may have certified the server. Default: none.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// The account there. Default: none.
    #[serde(default)]
    pub user: Option<String>,
    /// The file that holds its password. Default: none.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
}

/// A bucket of an S3-compatible object store, in which documents are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// `https://` and the host; `http://` for a loopback address alone.
    pub endpoint: String,
    /// Default `us-east-1`, which stores without regions take.
    #[serde(default = "Bucket::region")]
    pub region: String,
    /// Its name.
    pub name: String,
    /// Who is asking.
    pub access_key_id: String,
    /// The file that holds the secret key.
    pub secret_access_key_file: PathBuf,
    /// A further authority (PEM) that may have certified the server. Default: none.
    #[serde(default)]
    pub ca: Option<PathBuf>,
}

impl Bucket {
    fn region() -> String {
        "us-east-1".to_owned()
    }
}

/// A state database that is asked about applications.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateDatabase {
    /// `natural-persons`, `powers-of-attorney`, `residence` or `property`.
    pub database: Database,
    /// Where questions are posted to.
    pub url: String,
    /// IIN of the official who signs its e-documents.
    pub iin: String,
    /// Business identification number of that official's body. Default: none, any.
    #[serde(default)]
    pub bin: Option<String>,
}

/// State databases that are asked about applications. None by default.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Registries {
    /// Which, where, and who signs for them. Default none: nobody is asked.
    pub databases: Vec<StateDatabase>,
    /// Whether they may be elsewhere than at loopback addresses; over https then. Default `false`.
    pub beyond_loopback: bool,
    /// Seconds for one question, at most 300. Default 10.
    pub seconds: u64,
    /// Bytes of an answer. Default 1 MiB.
    pub bytes: usize,
    /// How often a question is asked within these seconds, before it is left for later as a job. Default 2.
    pub tries: u32,
}

impl Default for Registries {
    fn default() -> Self {
        Registries { databases: Vec::new(), beyond_loopback: false, seconds: 10, bytes: 1 << 20, tries: 2 }
    }
}

/// How what the register owes others is done.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jobs {
    /// Seconds after which the database is asked again for jobs. Default 2.
    pub poll_seconds: i64,
    /// Seconds before the second try; each further pause is twice as long, up to six hours. Default 30.
    pub retry_seconds: u32,
    /// Tries before a job is given up. Default 12, some twenty hours.
    pub attempts: u32,
    /// The folder in which the lists are published each month as open data. Default: none, they are not.
    pub publication_dir: Option<PathBuf>,
}

impl Default for Jobs {
    fn default() -> Self {
        Jobs { poll_seconds: 2, retry_seconds: 30, attempts: 12, publication_dir: None }
    }
}

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Address to listen on. Default `127.0.0.1:14500`.
    pub listen: SocketAddr,
    /// Folder of the register and its documents; replicas share it. Default `data`.
    pub data_dir: PathBuf,
    /// The database: a file for SQLite, or `postgresql://USER@HOST/NAME` without a password, which goes into
    /// `database_password_file`. Default: `register.sqlite` in the data folder.
    pub database: Option<String>,
    /// The file that holds the password of the database. Default: none. `QOLTANBA_DATABASE_PASSWORD` wins.
    pub database_password_file: Option<PathBuf>,
    /// Where the service is reached from outside, as papers and their QR codes name it: `https://register.example.kz`.
    /// Default: `http://` and the address to listen on.
    pub public_url: Option<String>,
    /// Trust anchors, files or folders. Default none.
    pub trust: Vec<PathBuf>,
    /// Further certificates for path building. Default none.
    pub certs: Vec<PathBuf>,
    /// Revocation lists. Default none.
    pub crls: Vec<PathBuf>,
    /// How much revocation evidence is needed. Default `required`.
    pub revocation: Revocation,
    /// Validation policy: a built-in one by its name, or a file. Default `kz`.
    pub policy: String,
    /// Code of the office in application numbers. Default `ALA`.
    pub office: String,
    /// Whether IINs of test certificates count. Default `false`.
    pub allow_test_identities: bool,
    /// How many seconds the clock may be behind the last event of the register: that event's moment counts then. Further
    /// behind, nothing is registered. Default 60.
    pub clock_held_seconds: u32,
    /// For development: a file with a number of seconds, by which the clock of the service is moved. Only with
    /// `allow_test_identities`. Default none.
    pub clock_file: Option<PathBuf>,
    /// The key that signs receipts. Default none.
    pub provider_key: Option<ProviderKey>,
    /// The editions of the rules of the law, by name or file; of these the day of filing chooses. Default that of the
    /// regulation, `2014-05-11`.
    pub editions: Vec<String>,
    /// Who may act on applications. Default nobody.
    pub officials: Vec<Official>,
    /// The roles of the office that sign notices and letters (decision G6). Default `head` and `deputy`.
    pub notice_signatories: Vec<Role>,
    /// How many members of the housing commission must have voted: `more than 1/2`, `at least 2/3`. The rules of the
    /// commission's procedure were not found in the sources. Default `more than 1/2`.
    pub commission_quorum: Quorum,
    /// Whether an official must say why to see a case. Default `false`: the steps that the case waits for from the
    /// office are the reason where none is given.
    pub access_reason_required: bool,
    /// How centres receive applicants. A centre that an official names and that is not here has what is the default.
    pub centres: Vec<Centre>,
    /// Bounds on requests.
    pub limits: Limits,
    /// What may be fetched.
    pub online: Online,
    /// State databases that are asked.
    pub registries: Registries,
    /// Where letters go. Default none: they wait.
    pub mail: Option<Mail>,
    /// Where documents are kept. Default: in the data folder.
    pub bucket: Option<Bucket>,
    /// How jobs are done.
    pub jobs: Jobs,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 14500)),
            data_dir: PathBuf::from("data"),
            database: None,
            database_password_file: None,
            public_url: None,
            trust: Vec::new(),
            certs: Vec::new(),
            crls: Vec::new(),
            revocation: Revocation::Required,
            policy: "kz".to_owned(),
            office: "ALA".to_owned(),
            allow_test_identities: false,
            clock_held_seconds: 60,
            clock_file: None,
            provider_key: None,
            editions: vec!["2014-05-11".to_owned()],
            officials: Vec::new(),
            notice_signatories: SIGNATORY.to_vec(),
            commission_quorum: Quorum::default(),
            access_reason_required: false,
            centres: Vec::new(),
            limits: Limits::default(),
            online: Online::default(),
            registries: Registries::default(),
            mail: None,
            bucket: None,
            jobs: Jobs::default(),
        }
    }
}

/// Why the settings cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{location}: {what} ({remedy})")]
pub struct ConfigError {
    /// What is wrong.
    pub what: String,
    /// The file or variable.
    pub location: String,
    /// What to do about it.
    pub remedy: String,
}

impl Settings {
    /// Reads the file, if any, then the environment.
    pub fn load(path: Option<&Path>) -> Result<Settings, ConfigError> {
        Settings::load_with(path, |name| std::env::var(name).ok())
    }

    /// Where the service is reached from outside, without a `/` at the end.
    pub fn public_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }

    /// Papers print the address as it is, and a QR code must not grow too fine for a phone.
    fn refuse_unprintable_url(&self) -> Result<(), ConfigError> {
        let Some(url) = &self.public_url else { return Ok(()) };
        let is_address = url.starts_with("https://") || url.starts_with("http://");
        let is_plain = url.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'#' && octet != b'?');
        if is_address && is_plain && url.len() <= 120 {
            return Ok(());
        }
        Err(ConfigError {
            what: "papers cannot name this address".to_owned(),
            location: "public_url".to_owned(),
            remedy: "give https:// and a name, at most 120 letters of ASCII".to_owned(),
        })
    }

    fn load_with(path: Option<&Path>, var: impl Fn(&str) -> Option<String>) -> Result<Settings, ConfigError> {
        let mut settings = match path {
            None => Settings::default(),
            Some(path) => {
                let fail = |what: String, remedy: &str| ConfigError {
                    what,
                    location: path.display().to_string(),
                    remedy: remedy.to_owned(),
                };
                let text = std::fs::read_to_string(path)
                    .map_err(|e| fail(e.to_string(), "check the path and its permissions"))?;
                toml::from_str(&text).map_err(|e| fail(e.to_string(), "correct the named line"))?
            }
        };
        fn set<T: std::str::FromStr>(
            slot: &mut T,
            name: &str,
            var: &impl Fn(&str) -> Option<String>,
        ) -> Result<(), ConfigError> {
            if let Some(text) = var(name) {
                *slot = text.parse().map_err(|_| ConfigError {
                    what: "the value cannot be read".to_owned(),
                    location: name.to_owned(),
                    remedy: "correct or unset the variable".to_owned(),
                })?;
            }
            Ok(())
        }
        set(&mut settings.listen, "QOLTANBA_LISTEN", &var)?;
        set(&mut settings.data_dir, "QOLTANBA_DATA_DIR", &var)?;
        settings.database = var("QOLTANBA_DATABASE").or(settings.database);
        settings.refuse_password_in_url()?;
        settings.public_url = var("QOLTANBA_PUBLIC_URL").or(settings.public_url);
        settings.refuse_unprintable_url()?;
        set(&mut settings.policy, "QOLTANBA_POLICY", &var)?;
        set(&mut settings.office, "QOLTANBA_OFFICE", &var)?;
        set(&mut settings.revocation, "QOLTANBA_REVOCATION", &var)?;
        set(&mut settings.allow_test_identities, "QOLTANBA_ALLOW_TEST_IDENTITIES", &var)?;
        settings.test_clock()?;
        settings.refuse_unusable_centres()?;
        settings.refuse_unusable_signatories()?;
        settings.refuse_shared_tokens()?;
        Ok(settings)
    }

    /// A centre by its code: one that the settings describe, or at which somebody is an official.
    pub fn centre(&self, code: &str) -> Option<Centre> {
        let described = self.centres.iter().find(|centre| centre.code == code).cloned();
        let is_named = || self.officials.iter().any(|official| official.centre.as_deref() == Some(code));
        described.or_else(|| is_named().then(|| Centre::named(code)))
    }

    /// The journal says who looked, so a token is one person's. The error does not name any.
    fn refuse_shared_tokens(&self) -> Result<(), ConfigError> {
        let own = |one: &&Official| one.token_sha256.is_some();
        let shared = self.officials.iter().filter(own).any(|one| {
            let others = self.officials.iter().filter(|other| other.token_sha256 == one.token_sha256);
            others.into_iter().any(|other| other.iin != one.iin)
        });
        if !shared {
            return Ok(());
        }
        Err(ConfigError {
            what: "two officials have the same token".to_owned(),
            location: "officials".to_owned(),
            remedy: "give each a token of their own".to_owned(),
        })
    }

    fn refuse_unusable_centres(&self) -> Result<(), ConfigError> {
        let fail = |what: &str, remedy: &str| ConfigError {
            what: what.to_owned(),
            location: "centres".to_owned(),
            remedy: remedy.to_owned(),
        };
        for (index, centre) in self.centres.iter().enumerate() {
            if let Some(fault) = centre.fault() {
                return Err(fail(fault, "correct the entry"));
            }
            if self.centres.iter().take(index).any(|other| other.code == centre.code) {
                return Err(fail("a centre is there twice", "remove one of the entries"));
            }
        }
        Ok(())
    }

    /// Notices are signed by somebody, and by people of the office.
    fn refuse_unusable_signatories(&self) -> Result<(), ConfigError> {
        let all = &self.notice_signatories;
        let is_of_office = |role: &Role| role.body() == Body::Provider && *role != Role::Service;
        let is_twice =
            all.iter().enumerate().any(|(at, role)| all.iter().take(at).any(|other| other == role));
        if !all.is_empty() && all.iter().all(is_of_office) && !is_twice {
            return Ok(());
        }
        Err(ConfigError {
            what: "notices are signed by one or more roles of the office itself, each named once".to_owned(),
            location: "notice_signatories".to_owned(),
            remedy: "name head, deputy, executor, chancellery, documentary-support or secretary".to_owned(),
        })
    }

    /// The file that moves the clock, if there is one.
    ///
    /// # Errors
    /// When the service is not one for tests: its clock is the system's.
    pub fn test_clock(&self) -> Result<Option<&Path>, ConfigError> {
        if self.clock_file.is_none() || self.allow_test_identities {
            return Ok(self.clock_file.as_deref());
        }
        Err(ConfigError {
            what: "only a service that takes test identities has a clock that a file moves".to_owned(),
            location: "clock_file".to_owned(),
            remedy: "remove the setting".to_owned(),
        })
    }

    /// Settings are printed and logged, so they have no password in them. The error does not repeat it either.
    fn refuse_password_in_url(&self) -> Result<(), ConfigError> {
        let Some((_, rest)) = self.database.as_deref().and_then(|url| url.split_once("://")) else {
            return Ok(());
        };
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let account =
            place.split('/').next().and_then(|host| host.rsplit_once('@')).map(|(account, _)| account);
        let in_query = query.split('&').any(|pair| pair.starts_with("password="));
        if !in_query && account.is_none_or(|account| !account.contains(':')) {
            return Ok(());
        }
        Err(ConfigError {
            what: "there is a password in the URL".to_owned(),
            location: "database".to_owned(),
            remedy: "put it into database_password_file or QOLTANBA_DATABASE_PASSWORD".to_owned(),
        })
    }
}

impl std::str::FromStr for Revocation {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "required" => Ok(Revocation::Required),
            "available" => Ok(Revocation::Available),
            "off" => Ok(Revocation::Off),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_over_defaults_and_bad_values_are_named() {
        let got = Settings::load_with(None, |n| (n == "QOLTANBA_REVOCATION").then(|| "off".to_owned()));
        assert!(matches!(got, Ok(s) if s.revocation == Revocation::Off));
        let got = Settings::load_with(None, |n| (n == "QOLTANBA_LISTEN").then(|| "x".to_owned()));
        assert!(matches!(got, Err(e) if e.location == "QOLTANBA_LISTEN"));
    }

    #[test]
    fn a_password_in_the_url_of_the_database_is_refused_and_not_repeated() {
        let load = |url: &'static str| {
            Settings::load_with(None, move |name| (name == "QOLTANBA_DATABASE").then(|| url.to_owned()))
        };
        for url in ["postgresql://a:secret@h/db", "postgres://h/db?sslmode=disable&password=secret"] {
            let said = load(url).map_err(|error| error.to_string());
            assert!(matches!(&said, Err(said) if !said.contains("secret")), "{said:?}");
        }
        for url in ["postgresql://a@h:5432/db?host=/run/postgresql", "register.sqlite", "/var/a:b@c/d"] {
            assert_eq!(load(url).ok().and_then(|settings| settings.database).as_deref(), Some(url));
        }
    }

    #[test]
    fn who_signs_and_how_many_decide_has_bounds() {
        let read = |text: &str| {
            let settings: Settings = toml::from_str(text).map_err(|error| error.to_string())?;
            settings.refuse_unusable_signatories().map_err(|error| error.what)?;
            Ok::<_, String>(settings)
        };
        let settings = read("").unwrap_or_default();
        assert_eq!(settings.notice_signatories, [Role::Head, Role::Deputy]);
        assert_eq!(settings.commission_quorum, Quorum::default());
        let settings = read("notice_signatories = ['executor']\ncommission_quorum = 'at least 2/3'");
        let settings = settings.unwrap_or_default();
        assert_eq!(settings.notice_signatories, [Role::Executor]);
        assert_eq!(settings.commission_quorum, Quorum::AtLeast { part: 2, of: 3 });
        for bad in [
            "notice_signatories = []",
            "notice_signatories = ['head', 'head']",
            "notice_signatories = ['applicant']",
            "notice_signatories = ['head', 'service']",
            "notice_signatories = ['inspector']",
            "notice_signatories = ['chair']",
            "notice_signatories = ['director']",
            "commission_quorum = '1/2'",
            "commission_quorum = 'more than 1/1'",
            "commission_quorum = 0.5",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn centres_have_safe_defaults_and_bounds() {
        let read = |text: &str| {
            let settings: Settings = toml::from_str(text).map_err(|_| "TOML".to_owned())?;
            settings.refuse_unusable_centres().map_err(|error| error.what)?;
            Ok::<_, String>(settings)
        };
        let settings = read(
            "[[centres]]\ncode = 'almaly'\ndesks = 4\n[[officials]]\niin = '1'\nrole = 'inspector'\ncentre = 'medeu'",
        );
        let settings = settings.unwrap_or_default();
        let told = |code| settings.centre(code).map(|one| (one.desks, one.slot_minutes, one.horizon_days));
        assert_eq!(told("almaly"), Some((4, 15, 14)));
        assert_eq!(told("medeu"), Some((1, 15, 14)));
        assert_eq!(told("turksib"), None);
        for bad in [
            "desks = 0",
            "desks = 501",
            "slot_minutes = 4",
            "slot_minutes = 241",
            "horizon_days = 91",
            "desk = 1",
            "[[centres]]\ncode = 'almaly'",
            "[[centres]]\ncode = 'a/b'",
            "[[centres]]\ncode = ''",
        ] {
            assert!(read(&format!("[[centres]]\ncode = 'almaly'\n{bad}")).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_token_is_one_persons() {
        let read = |iins: [&str; 2]| {
            let [a, b] =
                iins.map(|iin| format!("[[officials]]\niin = '{iin}'\nrole = 'head'\ntoken_sha256 = 'aa'\n"));
            let settings: Settings = toml::from_str(&(a + &b)).unwrap_or_default();
            settings.refuse_shared_tokens().map_err(|error| error.to_string())
        };
        assert!(read(["1", "1"]).is_ok());
        let said = read(["751010301", "751010302"]);
        assert!(matches!(&said, Err(said) if !said.contains("7510103")), "{said:?}");
    }

    #[test]
    fn unknown_keys_are_refused() {
        assert!(toml::from_str::<Settings>("listne = '127.0.0.1:1'").is_err());
        assert!(toml::from_str::<Settings>("[limits]\nnesting = 3").is_ok());
        assert!(toml::from_str::<Settings>("[online]\nhost = ['pki.gov.kz']").is_err());
        let settings = toml::from_str::<Settings>("[online]\nenabled = true");
        assert!(settings.is_ok_and(|settings| settings.online.enabled && settings.online.hosts.is_none()));
        assert!(!Settings::default().online.enabled);
        assert!(Settings::default().registries.databases.is_empty());
        let named = |name: &str| {
            let text = format!(
                "[[registries.databases]]\ndatabase = '{name}'\nurl = 'http://127.0.0.1/'\niin = '1'"
            );
            toml::from_str::<Settings>(&text).is_ok()
        };
        assert!(named("natural-persons") && !named("persons"));
    }
}
