//! Every path of the suites is also given to OpenSSL, as far as it can be told there what is asked, and
//! every difference is explained.
//!
//! What cannot be put to OpenSSL's program: subtrees given from outside, a policy on algorithms by date, a
//! reason for each certificate. A set of policies is given by `-policy` for each; without `-policy`
//! OpenSSL takes the empty set where RFC 5280 has anyPolicy, so that is always named. Strength is asked by
//! `-auth_level`: 2 where SHA-1 is refused, else 0.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qoltanba::validation::Usage;

use super::case::{self, Case};
use super::exceptions::{self, DIFFERENCES};
use crate::common::{has_tool, shared};

/// The files in one PEM file: OpenSSL's program takes only this form of several.
fn pem(folder: &Path, name: &str, label: &str, files: &[PathBuf]) -> PathBuf {
    let mut text = String::new();
    for file in files {
        let bytes = std::fs::read(file).expect("a file of a suite");
        match std::str::from_utf8(&bytes) {
            Ok(pem) => text.push_str(pem),
            Err(_) => {
                let body = STANDARD.encode(&bytes);
                let _ = writeln!(text, "-----BEGIN {label}-----");
                for line in body.as_bytes().chunks(64) {
                    let _ = writeln!(text, "{}", std::str::from_utf8(line).expect("base64"));
                }
                let _ = writeln!(text, "-----END {label}-----");
            }
        }
        text.push('\n');
    }
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path
}

/// OpenSSL's verdict, and what it says where it is no.
fn ask(case: &Case) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, label, files: &[PathBuf]| pem(folder.path(), name, label, files);
    let mut command = Command::new("openssl");
    command.arg("verify").args(["-no-CApath", "-no-CAstore", "-attime", &case.at.as_second().to_string()]);
    command.arg("-CAfile").arg(file("trust.pem", "CERTIFICATE", &case.trust));
    if !case.untrusted.is_empty() {
        command.arg("-untrusted").arg(file("untrusted.pem", "CERTIFICATE", &case.untrusted));
    }
    if !case.crls.is_empty() {
        command.arg("-CRLfile").arg(file("crls.pem", "X509 CRL", &case.crls));
        command.args(["-crl_check_all", "-extended_crl", "-use_deltas"]);
    }
    command.args(["-auth_level", if case.policy.name() == "interop" { "0" } else { "2" }, "-policy_check"]);
    for policy in &case.inputs.policies {
        command.args(["-policy", policy]);
    }
    let flags = [
        (case.inputs.require_explicit_policy, "-explicit_policy"),
        (case.inputs.inhibit_policy_mapping, "-inhibit_map"),
        (case.inputs.inhibit_any_policy, "-inhibit_any"),
    ];
    command.args(flags.iter().filter(|(set, _)| *set).map(|(_, flag)| flag));
    match case.usage {
        Usage::Auth => drop(command.args(["-purpose", "sslclient"])),
        Usage::Tsa => drop(command.args(["-purpose", "timestampsign"])),
        _ => {}
    }
    let output = command
        .arg(file("leaf.pem", "CERTIFICATE", std::slice::from_ref(&case.certificate)))
        .output()
        .expect("OpenSSL runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let error = said.lines().find(|line| line.starts_with("error ")).unwrap_or("accepted").to_owned();
    (output.status.success(), error)
}

#[test]
fn every_difference_from_openssl_is_explained() {
    let Some(shared) = shared() else { return };
    if !has_tool("openssl") {
        return;
    }
    let mut faults = Vec::new();
    let (mut agreed, mut explained) = (0, 0);
    let cases = case::all(&shared.join("corpora"));
    for case in &cases {
        let own = case::judge(case);
        let (theirs, said) = ask(case);
        let name = format!("{} {}", case.suite, case.id);
        let reason = exceptions::reason(DIFFERENCES, case.suite, &case.id);
        match (own.passed == theirs, reason) {
            (true, None) => agreed += 1,
            (false, Some(_)) => explained += 1,
            (false, None) => faults.push(format!("{name}: {said}, here {} {}", own.passed, own.brief)),
            (true, Some(reason)) => {
                faults.push(format!("{name}: both say the same, but a difference is listed: {reason}"));
            }
        }
    }
    super::say(&format!("paths beside OpenSSL: {agreed} agree, {explained} differ with a reason"));
    for (suite, id) in exceptions::listed(DIFFERENCES) {
        if !cases.iter().any(|case| case.suite == suite && case.id == id) {
            faults.push(format!("{suite} {id} is listed but not a case"));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
