//! What the integration tests share: a development PKI, checkers over it, tools of the machine.

pub(crate) mod authority;
pub(crate) mod program;
mod tools;
pub(crate) mod tsa;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiff::Timestamp;
use qoltanba::crypto::Identity;
use qoltanba::service::development_pki::{self, KeyAlgorithm, Options};
use qoltanba::service::verify::{Checker, evidence_from_files, open_identity};
use qoltanba::validation::{Policy, Report, RevocationMode, SubIndication};

pub(crate) use tools::{Stranger, has_tool, missing_tool, skipped};

/// Password of the development PKIs of the tests.
pub(crate) const PASSWORD: &str = "qoltanba";

/// A time within the validity of the PKIs below.
pub(crate) fn now() -> Timestamp {
    "2026-06-01T10:00:00Z".parse().expect("a time")
}

/// A development PKI in a folder of its own.
pub(crate) struct Pki {
    folder: tempfile::TempDir,
}

impl Pki {
    fn new(algorithm: KeyAlgorithm) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options {
            algorithm,
            not_before: "2026-01-01T00:00:00Z".parse().expect("a time"),
            years: 10,
            password: PASSWORD.to_owned(),
        };
        development_pki::init(folder.path(), &options).expect("a PKI");
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn identity(&self, name: &str) -> Identity {
        let bytes = std::fs::read(self.path(&format!("{name}.p12"))).expect("a PKCS#12 file");
        open_identity(&bytes, PASSWORD).expect("an identity")
    }

    pub(crate) fn checker(&self) -> Checker {
        self.checker_with(RevocationMode::Required, Policy::kz())
    }

    pub(crate) fn checker_with(&self, revocation: RevocationMode, policy: Policy) -> Checker {
        let evidence = evidence_from_files(
            &[self.path("root.cer")],
            &[self.path("ca.cer")],
            &[self.path("root.crl"), self.path("ca.crl")],
            revocation,
        )
        .expect("evidence");
        Checker::new(evidence, policy)
    }
}

pub(crate) static RSA: LazyLock<Pki> = LazyLock::new(|| Pki::new(KeyAlgorithm::Rsa));
pub(crate) static ECDSA: LazyLock<Pki> = LazyLock::new(|| Pki::new(KeyAlgorithm::Ecdsa));
pub(crate) static GOST_2015: LazyLock<Pki> = LazyLock::new(|| Pki::new(KeyAlgorithm::Gost2015));
pub(crate) static GOST_2004: LazyLock<Pki> = LazyLock::new(|| Pki::new(KeyAlgorithm::Gost2004));
pub(crate) static FOREIGN: LazyLock<Pki> = LazyLock::new(|| Pki::new(KeyAlgorithm::Ecdsa));

/// The one signature's sub-indication and the codes of its failures.
pub(crate) fn outcome(report: &Report) -> (Option<SubIndication>, Vec<&'static str>) {
    assert_eq!(report.signatures.len(), 1, "one signature expected");
    let signature = &report.signatures[0];
    let codes = signature
        .findings
        .iter()
        .filter(|finding| finding.sub_indication.is_some())
        .map(|finding| finding.code.name())
        .collect();
    (signature.sub_indication, codes)
}

/// The shared folder with conformance data, if it is there.
pub(crate) fn shared() -> Option<PathBuf> {
    let folder =
        std::env::var_os("QOLTANBA_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if folder.is_dir() {
        return Some(folder);
    }
    skipped(&format!("shared folder not found at {}", folder.display()));
    None
}
