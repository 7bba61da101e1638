//! What the integration tests share: a development PKI, checkers over it, tools of the machine.

pub(crate) mod authority;
pub(crate) mod program;
pub(crate) mod tsa;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use jiff::Timestamp;
use qoltanba::crypto::Identity;
use qoltanba::service::development_pki::{self, KeyAlgorithm, Options};
use qoltanba::service::verify::{Checker, evidence_from_files, open_identity};
use qoltanba::validation::{Policy, Report, RevocationMode, SubIndication};
use serde_json::Value;

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

/// Says that a test was skipped, past the capture of passing tests, so that it is seen and counted.
pub(crate) fn skipped(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: {why}");
}

/// Whether a program of the machine is there. Under `make test` its absence fails the test.
pub(crate) fn has_tool(name: &str) -> bool {
    let found = Command::new(name).arg("--version").output().is_ok();
    if !found {
        missing_tool(name);
    }
    found
}

/// Says that something of the machine is not there. Under `make test` that fails the test.
pub(crate) fn missing_tool(name: &str) {
    assert!(
        std::env::var("QOLTANBA_TOOLS").as_deref() != Ok("required"),
        "the test needs {name}, which is not installed"
    );
    skipped(&format!("{name} is not installed"));
}

/// A stranger that is a script in Python with packages of its own: `tests/NAME.py`, and beside it the list of the
/// packages with their digests. They are installed into the folder of the build; Python and pip are the machine's.
pub(crate) struct Stranger {
    name: &'static str,
    packages: PathBuf,
}

impl Stranger {
    pub(crate) fn install(name: &'static str) -> Option<Self> {
        let list = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/{name}.txt"));
        let wanted = std::fs::read(&list).expect("a list of packages");
        let digest: String =
            qoltanba::crypto::sha256(&wanted).iter().take(8).map(|octet| format!("{octet:02x}")).collect();
        let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("packages-{digest}"));
        if packages.is_dir() {
            return Some(Self { name, packages });
        }
        let unfinished = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let installed = Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"])
            .arg("--requirement")
            .arg(&list)
            .arg("--target")
            .arg(unfinished.path())
            .output();
        if !installed.as_ref().is_ok_and(|output| output.status.success()) {
            println!("{installed:?}");
            missing_tool(&format!("what tests/{name}.txt lists (python3 -m pip install)"));
            return None;
        }
        // Another run of the tests may have been faster.
        let moved = std::fs::rename(unfinished.path(), &packages);
        assert!(moved.is_ok() || packages.is_dir(), "{moved:?}");
        Some(Self { name, packages })
    }

    /// The answers to the questions, in their order.
    pub(crate) fn ask(&self, questions: &[Value]) -> Vec<Value> {
        let lines: Vec<String> = questions.iter().map(Value::to_string).collect();
        let folder = tempfile::tempdir().expect("a folder");
        let input = folder.path().join("questions");
        std::fs::write(&input, lines.join("\n")).expect("written");
        let output = Command::new("python3")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/{}.py", self.name)))
            .env("PYTHONPATH", &self.packages)
            .stdin(std::fs::File::open(&input).expect("a file"))
            .output()
            .expect("python3 runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let answers: Vec<Value> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert_eq!(answers.len(), questions.len());
        answers
    }
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
