//! The trust store through the command line: what is in it, what is trusted by it and how far, and how it is
//! brought up to date.

mod limits;
mod store;
mod update;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use qoltanba::pkix::Certificate;
use serde_json::Value;

use crate::common::{FOREIGN, PASSWORD, Pki, RSA};

/// A store in a folder of its own.
struct Store {
    root: tempfile::TempDir,
}

impl Store {
    fn new() -> Self {
        Self { root: tempfile::tempdir().expect("a folder") }
    }

    fn folder(&self) -> PathBuf {
        self.root.path().join("store")
    }

    /// A file beside the store.
    fn write(&self, name: &str, octets: &[u8]) -> PathBuf {
        let path = self.root.path().join(name);
        std::fs::write(&path, octets).expect("written");
        path
    }

    /// A file in the store.
    fn put(&self, name: &str, octets: &[u8]) -> PathBuf {
        std::fs::create_dir_all(self.folder()).expect("a folder");
        let path = self.folder().join(name);
        std::fs::write(&path, octets).expect("written");
        path
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
        if !words.contains(&"--lang") {
            command.args(["--lang", "en"]);
        }
        command.args(words).env("QOLTANBA_TRUST", self.folder());
        command
    }

    /// Status, standard output, standard error.
    fn run(&self, words: &[&str]) -> (i32, String, String) {
        said(&self.command(words).output().expect("the binary runs"))
    }

    /// The same where it must go well.
    fn well(&self, words: &[&str]) -> (String, String) {
        let (status, output, errors) = self.run(words);
        assert_eq!(status, 0, "{words:?}: {errors}");
        (output, errors)
    }

    /// What an update, an addition or a removal is refused with; the store is as it was, octet for octet.
    fn refused(&self, words: &[&str]) -> String {
        let before = self.contents();
        let (status, _, errors) = self.run(words);
        assert_eq!(status, 2, "{words:?}: {errors}");
        assert_eq!(before, self.contents(), "{words:?} changed the store: {errors}");
        errors
    }

    fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        let Ok(entries) = std::fs::read_dir(self.folder()) else { return BTreeMap::new() };
        let files = entries.flatten().filter(|entry| entry.path().is_file());
        files
            .map(|entry| (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path())))
            .filter(|(name, _)| name != ".lock" && name != ".listed")
            .map(|(name, octets)| (name, octets.expect("octets")))
            .collect()
    }

    fn list(&self) -> String {
        std::fs::read_to_string(self.folder().join("trust.toml")).expect("a list")
    }

    /// The status and the report of `cert check` of the applicant, at a time and with further options, by what
    /// is in the store.
    fn check(&self, at: &str, more: &[&str]) -> (i32, Value, String) {
        let (certificate, authority) = (file(&RSA, "applicant.cer"), file(&RSA, "ca.cer"));
        let words = ["cert", "check", &certificate, "--certs", &authority, "--revocation", "off", "--at", at];
        let (status, output, errors) = self.run(&[&words[..], &["--format", "json"], more].concat());
        (status, serde_json::from_str(&output).unwrap_or_default(), errors)
    }

    fn trusts(&self) -> bool {
        let (status, report, errors) = self.check(NOW, &[]);
        let is_unknown = report["sub_indication"] == "NO_CERTIFICATE_CHAIN_FOUND";
        assert!(status == 0 || (status == 3 && is_unknown), "{status} {report} {errors}");
        status == 0
    }
}

const NOW: &str = "2026-06-01T10:00:00Z";

fn said(output: &Output) -> (i32, String, String) {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    (output.status.code().expect("a status"), text(&output.stdout), text(&output.stderr))
}

fn file(pki: &Pki, name: &str) -> String {
    pki.path(name).display().to_string()
}

fn octets(pki: &Pki, name: &str) -> Vec<u8> {
    std::fs::read(pki.path(name)).expect("a file")
}

fn fingerprint(path: &Path) -> String {
    let octets = std::fs::read(path).expect("a file");
    let certificate = &Certificate::from_pem_or_der(&octets).expect("a certificate")[0];
    certificate.sha256().iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The codes that fail.
fn codes(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().into_iter().flatten();
    let failed = findings.filter(|finding| finding["level"] == "fail");
    failed.filter_map(|finding| finding["code"].as_str()).collect()
}
