//! The settings of the service.
//!
//! Three layers, the later one wins: a TOML file, `QOLTANBA_*` variables for the simple values,
//! and the command line, which sets the public fields after [`Settings::load`]. An unknown key in
//! the file is an error, so that a slip of the pen never silently keeps a default.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

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

/// What an official may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Head of the office.
    Head,
    /// The executor an application is assigned to.
    Executor,
    /// Member of the housing commission.
    Commission,
}

/// One official who may act on applications.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Official {
    /// Individual identification number, 12 digits.
    pub iin: String,
    /// What this person may do.
    pub role: Role,
    /// Business identification number of the office. Default: none, any.
    #[serde(default)]
    pub bin: Option<String>,
    /// SHA-256 of the bearer token in hex. Default: none, no token works.
    #[serde(default)]
    pub token_sha256: Option<String>,
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
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            document_bytes: 64 << 20,
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

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Address to listen on. Default `127.0.0.1:14500`.
    pub listen: SocketAddr,
    /// Folder of the register and its documents. Default `data`.
    pub data_dir: PathBuf,
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
    /// The key that signs receipts. Default none.
    pub provider_key: Option<ProviderKey>,
    /// Who may act on applications. Default nobody.
    pub officials: Vec<Official>,
    /// Bounds on requests.
    pub limits: Limits,
    /// What may be fetched.
    pub online: Online,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 14500)),
            data_dir: PathBuf::from("data"),
            trust: Vec::new(),
            certs: Vec::new(),
            crls: Vec::new(),
            revocation: Revocation::Required,
            policy: "kz".to_owned(),
            office: "ALA".to_owned(),
            allow_test_identities: false,
            provider_key: None,
            officials: Vec::new(),
            limits: Limits::default(),
            online: Online::default(),
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
        set(&mut settings.policy, "QOLTANBA_POLICY", &var)?;
        set(&mut settings.office, "QOLTANBA_OFFICE", &var)?;
        set(&mut settings.revocation, "QOLTANBA_REVOCATION", &var)?;
        set(&mut settings.allow_test_identities, "QOLTANBA_ALLOW_TEST_IDENTITIES", &var)?;
        Ok(settings)
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
    fn unknown_keys_are_refused() {
        assert!(toml::from_str::<Settings>("listne = '127.0.0.1:1'").is_err());
        assert!(toml::from_str::<Settings>("[limits]\nnesting = 3").is_ok());
        assert!(toml::from_str::<Settings>("[online]\nhost = ['pki.gov.kz']").is_err());
        let settings = toml::from_str::<Settings>("[online]\nenabled = true");
        assert!(settings.is_ok_and(|settings| settings.online.enabled && settings.online.hosts.is_none()));
        assert!(!Settings::default().online.enabled);
    }
}
