//! Public cases of revocation lists: single lists as BoringSSL tests them, and the sections of NIST's
//! PKITS that turn on lists. Each must come out as its suite says; where we judge otherwise on purpose
//! the reason stands in a table, and a case in it that comes out right fails the test too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use qoltanba::pkix::{self, CertStatus, Certificate, Crl, UnverifiedCrl};
use qoltanba::service::verify::{Checker, evidence_from_files};
use qoltanba::validation::{Indication, Policy, RevocationMode, Usage};
use serde_json::Value;

use crate::common::{shared, skipped};

/// Cases that come out otherwise on purpose, and why.
const EXCEPTIONS: [(&str, &str); 1] = [(
    "bssl-crl/bad_idp_indirectcrl",
    "the suite's reader knows no indirect lists; one of the certificate's own issuer covers its own \
     certificates too (RFC 5280 6.3.3 (b), PKITS 4.14.22)",
)];

/// The sections of PKITS in which lists decide.
const SECTIONS: [&str; 4] = ["4.4.", "4.5.", "4.14.", "4.15."];

struct Suite {
    name: &'static str,
    folder: PathBuf,
    cases: Vec<Value>,
}

impl Suite {
    fn load(name: &'static str) -> Option<Self> {
        let folder = shared()?.join("corpora").join(name);
        let Ok(manifest) = std::fs::read(folder.join("manifest.json")) else {
            skipped(&format!("no suite {name} in the shared folder"));
            return None;
        };
        let manifest: Value = serde_json::from_slice(&manifest).expect("a manifest");
        let cases = manifest["cases"].as_array().expect("cases").clone();
        Some(Self { name, folder, cases })
    }

    fn path(&self, value: &Value) -> PathBuf {
        self.folder.join(value.as_str().expect("a path"))
    }

    fn paths(&self, value: &Value) -> Vec<PathBuf> {
        value.as_array().into_iter().flatten().map(|path| self.path(path)).collect()
    }
}

/// Compares outcomes with what the suite expects and with the table.
fn settle(suite: &Suite, outcomes: &BTreeMap<String, (String, String)>, at_least: usize) {
    assert!(outcomes.len() >= at_least, "{} cases of {}", outcomes.len(), suite.name);
    let mut faults = Vec::new();
    for (id, (expected, found)) in outcomes {
        let name = format!("{}/{id}", suite.name);
        let exception = EXCEPTIONS.iter().find(|(listed, _)| *listed == name);
        match (found.split_whitespace().next() == Some(expected), exception) {
            (true, None) | (false, Some(_)) => {}
            (false, None) => faults.push(format!("{name}: {expected} expected, {found}")),
            (true, Some(_)) => faults.push(format!("{name} comes out right: take it off the table")),
        }
    }
    for (listed, _) in EXCEPTIONS {
        let own = listed.split_once('/').filter(|(name, _)| *name == suite.name);
        assert!(own.is_none_or(|(_, id)| outcomes.contains_key(id)), "{listed} is no case");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn certificate(path: &Path) -> Arc<Certificate> {
    let bytes = std::fs::read(path).expect("a file");
    Arc::new(Certificate::from_pem_or_der(&bytes).expect("a certificate").remove(0))
}

/// The status by one list, which one of the issuers must have signed.
fn single(suite: &Suite, case: &Value) -> String {
    let at: Timestamp = case["at"].as_str().expect("a time").parse().expect("a time");
    let bytes = std::fs::read(suite.path(&case["file"])).expect("a list");
    let list = match UnverifiedCrl::from_pem_or_der(&bytes) {
        Ok(mut lists) => lists.remove(0),
        Err(error) => return format!("unknown ({error})"),
    };
    let issuers = ["issuer", "issuer2"].into_iter().filter(|name| !case[name].is_null());
    let mut why = String::new();
    for issuer in issuers {
        match Crl::verify(&list, &certificate(&suite.path(&case[issuer]))) {
            Ok(list) => {
                let answer = pkix::status(&certificate(&suite.path(&case["cert"])), &[&list], at);
                let status = match answer.status {
                    CertStatus::Good | CertStatus::RevokedLater { .. } => "good",
                    CertStatus::Revoked { .. } => "revoked",
                    CertStatus::NeverIssued | CertStatus::Stale | CertStatus::Unknown => "unknown",
                };
                return format!("{status} ({:?})", answer.unused);
            }
            Err(error) => why = error.to_string(),
        }
    }
    format!("unknown ({why})")
}

#[test]
fn single_lists_of_boringssl() {
    let Some(suite) = Suite::load("bssl-crl") else { return };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let outcomes = suite
        .cases
        .iter()
        .map(|case| (text(&case["id"]), (text(&case["expected"]), single(&suite, case))))
        .collect();
    settle(&suite, &outcomes, 33);
}

#[test]
fn pkits_sections_of_lists() {
    let Some(suite) = Suite::load("pkits") else { return };
    let policy = Policy::generic();
    let mut outcomes = BTreeMap::new();
    for case in &suite.cases {
        let id = case["id"].as_str().expect("an identifier");
        if !SECTIONS.iter().any(|section| id.starts_with(section)) {
            continue;
        }
        let evidence = evidence_from_files(
            &suite.paths(&case["trust"]),
            &suite.paths(&case["untrusted"]),
            &suite.paths(&case["crls"]),
            RevocationMode::Required,
        )
        .expect("evidence");
        let at: Timestamp = case["at"].as_str().expect("a time").parse().expect("a time");
        let report = Checker::new(evidence, policy.clone()).check_certificate(
            &certificate(&suite.path(&case["file"])),
            Usage::Any,
            at,
        );
        let found = if report.indication == Indication::TotalPassed { "valid" } else { "invalid" };
        let codes: Vec<_> = report.findings.iter().map(|finding| finding.code.name()).collect();
        let expected = case["expected"].as_str().unwrap_or_default().to_owned();
        outcomes.insert(id.to_owned(), (expected, format!("{found} {codes:?}")));
    }
    for (id, (expected, found)) in &outcomes {
        println!("{id}: {expected}, {found}");
    }
    settle(&suite, &outcomes, 38);
}
