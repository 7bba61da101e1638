//! Peers, where they are installed: libxmlsec1 and OpenSSL's engine for the national algorithms in process
//! through small programs of our own (`benches/peer`), its checking of certificate paths, the command `xmlsec1`,
//! and `openssl speed`. What is missing is named and left out.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::measure::{Contestant, is_quick};
use crate::report::folder;

pub(crate) struct Peer(PathBuf);

impl Peer {
    /// Compiles the program, if the libraries are there.
    pub(crate) fn build() -> Option<Self> {
        compile("libxmlsec1", "verify.c", &["xmlsec1-openssl", "libxml-2.0"]).map(Self)
    }

    /// Verifies or signs files in turns.
    pub(crate) fn run<'a>(
        &'a self,
        what: &'a str,
        key: &'a Path,
        password: &'a str,
        files: &'a [PathBuf],
    ) -> Contestant<'a> {
        Box::new(move |seconds| {
            let mut command = Command::new(&self.0);
            seconds_of(command.args([what, &seconds.to_string()]).arg(key).arg(password).args(files))
        })
    }
}

/// gost-engine.
pub(crate) struct Engine(PathBuf);

impl Engine {
    /// Compiles the program, if the library is there, and sees that the engine is.
    pub(crate) fn build() -> Option<Self> {
        let engine = compile("gost-engine", "gost.c", &["libcrypto"]).map(Self)?;
        let output = Command::new(&engine.0).args(["parse", "0", "gost2012_512", "A"]).output().ok()?;
        if !output.status.success() {
            println!("left out: gost-engine ({})", String::from_utf8_lossy(&output.stderr).trim());
            return None;
        }
        Some(engine)
    }

    pub(crate) fn run<'a>(&'a self, what: &'a str, parameters: [&'a str; 2]) -> Contestant<'a> {
        Box::new(move |seconds| {
            seconds_of(Command::new(&self.0).args([what, &seconds.to_string()]).args(parameters))
        })
    }
}

/// OpenSSL's checking of certificate paths.
pub(crate) struct Chain(PathBuf);

impl Chain {
    /// Compiles the program, if the library is there.
    pub(crate) fn build() -> Option<Self> {
        compile("X509_verify_cert", "chain.c", &["libcrypto"]).map(Self)
    }

    pub(crate) fn run<'a>(&'a self, what: &'a str, folder: &'a Path, leaves: usize) -> Contestant<'a> {
        Box::new(move |seconds| {
            let mut command = Command::new(&self.0);
            seconds_of(command.args([what, &seconds.to_string()]).arg(folder).arg(leaves.to_string()))
        })
    }
}

/// Compiles a program of `benches/peer`, if pkg-config knows the packages.
fn compile(name: &str, source: &str, packages: &[&str]) -> Option<PathBuf> {
    let flags = Command::new("pkg-config").args(["--cflags", "--libs"]).args(packages).output().ok();
    let Some(flags) = flags.filter(|output| output.status.success()) else {
        println!("left out: {name} in process (pkg-config knows not all of {})", packages.join(" "));
        return None;
    };
    // Debian quotes XMLSEC_CRYPTO for a shell.
    let flags = String::from_utf8_lossy(&flags.stdout).replace('\\', "");
    let program = folder().join(name);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peer").join(source);
    let made = Command::new("cc")
        .args(["-O2", "-o"])
        .arg(&program)
        .arg(source)
        .args(flags.split_whitespace())
        .status();
    if made.is_ok_and(|status| status.success()) {
        return Some(program);
    }
    println!("left out: {name} in process (cc failed)");
    None
}

/// What a program of ours says that one operation takes.
fn seconds_of(command: &mut Command) -> f64 {
    let output = command.output().expect("the peer runs");
    assert!(
        output.status.success(),
        "{:?}: {}",
        command.get_program(),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("seconds per operation")
}

/// Verifications per second of processor time through the command, which starts anew for each; the
/// cost of starting alone is in it.
pub(crate) fn command(certificate: &Path, file: &Path) -> Option<f64> {
    let count = if is_quick() { 5 } else { 40 };
    let before = children_seconds();
    for _ in 0..count {
        let output = Command::new("xmlsec1")
            .args(["--verify", "--pubkey-cert-der"])
            .arg(certificate)
            .arg(file)
            .output()
            .ok()?;
        if !output.status.success() {
            println!("left out: xmlsec1 ({})", String::from_utf8_lossy(&output.stderr).trim());
            return None;
        }
    }
    Some(f64::from(count) / (children_seconds() - before))
}

/// Processor time of children that have ended.
fn children_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    // Fields 16 and 17 of proc(5), in ticks of 1/100 s.
    let ticks: f64 =
        fields.split_whitespace().skip(13).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// What `openssl speed` says of the operations that are bare here.
pub(crate) fn openssl_speed() -> Vec<(String, String)> {
    let seconds = if is_quick() { "1" } else { "2" };
    let mut found = Vec::new();
    for (name, arguments) in [
        ("RSA-2048", ["rsa2048"].as_slice()),
        ("P-256", ["ecdsap256"].as_slice()),
        ("SHA-256", ["-bytes", "16384", "-evp", "sha256"].as_slice()),
    ] {
        let output = Command::new("openssl").args(["speed", "-seconds", seconds]).args(arguments).output();
        let Ok(output) = output else {
            println!("left out: openssl speed (no openssl)");
            return found;
        };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if let Some(last) = text.lines().last() {
            found.push((name.to_owned(), last.split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    }
    found
}
