//! The whole verifier over mutations of signed documents: nothing makes it panic, and what passes covers
//! octets that were signed by the holders of the development PKI, which are those of the seeds.

#![no_main]

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use qoltanba::service::verify::{Checker, evidence_from_files};
use qoltanba::validation::{Indication, Policy, RevocationMode};

static SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/attacks");

static CHECKER: LazyLock<Checker> = LazyLock::new(|| {
    let certs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../certs"));
    let files = |names: &[&str]| names.iter().map(|name| certs.join(name)).collect::<Vec<PathBuf>>();
    let evidence = evidence_from_files(
        &files(&["root.cer"]),
        &files(&["ca.cer"]),
        &files(&["root.crl", "ca.crl"]),
        RevocationMode::Required,
    )
    .expect("evidence");
    Checker::new(evidence, Policy::kz())
});

/// SHA-256 of every content that a good signature of a seed covers.
static SIGNED: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut signed = HashSet::new();
    for class in std::fs::read_dir(SEEDS).expect("the seeds").flatten().filter(|entry| entry.path().is_dir())
    {
        for file in std::fs::read_dir(class.path()).expect("a folder").flatten() {
            signed.extend(passed(&std::fs::read(file.path()).expect("a file")));
        }
    }
    assert!(!signed.is_empty(), "no seed passes");
    signed
});

fn passed(bytes: &[u8]) -> Vec<String> {
    let at = "2026-06-01T10:00:00Z".parse().expect("a time");
    let Ok(report) = CHECKER.verify(bytes, at) else { return Vec::new() };
    let good = report.signatures.iter().filter(|signature| signature.indication == Indication::TotalPassed);
    good.flat_map(|signature| &signature.signed_content).map(|content| content.sha256.clone()).collect()
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for content in passed(bytes) {
        assert!(SIGNED.contains(&content), "nobody signed what passes");
    }
});
