//! Programs of the machine that tests use, and strangers written in Python.

// Each of the test binaries uses a part.
#![allow(dead_code)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

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

    /// The script as a command, with its packages.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new("python3");
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/{}.py", self.name)));
        command.env("PYTHONPATH", &self.packages);
        command
    }

    /// The answers to the questions, in their order.
    pub(crate) fn ask(&self, questions: &[Value]) -> Vec<Value> {
        let lines: Vec<String> = questions.iter().map(Value::to_string).collect();
        let folder = tempfile::tempdir().expect("a folder");
        let input = folder.path().join("questions");
        std::fs::write(&input, lines.join("\n")).expect("written");
        let output = self
            .command()
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
