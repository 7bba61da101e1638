//! From a manifest to one judgement: what a case of a suite gives, in the words of this program.
//!
//! | the case gives | the judgement gets |
//! |---|---|
//! | revocation lists | `required`; without them `off` |
//! | `policy` | the inputs of RFC 5280 6.1.1 |
//! | `digest_policy` STRONG, any of bettertls | a policy without SHA-1; for the others `interop` |
//! | `key_purpose`, `purpose` | a usage where there is one (`CLIENT_AUTH`, `timestampsign`), else any |
//!
//! A file that cannot be read is an outcome too: the certificate is not accepted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use qoltanba::pkix::path::Inputs;
use qoltanba::service::verify::{Checker, certificates_in, evidence_from_files};
use qoltanba::validation::policy::settings::Minimum;
use qoltanba::validation::report::CertificateReport;
use qoltanba::validation::{Indication, Policy, RevocationMode, Usage};
use serde_json::Value;

pub(super) const SUITES: &[&str] = &["pkits", "bettertls", "bssl-chains", "openssl-verify", "x509-limbo"];

/// For cases whose time is "now": within the years of their certificates.
const NOW: &str = "2025-06-01T00:00:00Z";

#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) suite: &'static str,
    pub(super) id: String,
    pub(super) valid: bool,
    pub(super) certificate: PathBuf,
    pub(super) trust: Vec<PathBuf>,
    pub(super) untrusted: Vec<PathBuf>,
    pub(super) crls: Vec<PathBuf>,
    pub(super) at: Timestamp,
    pub(super) inputs: Inputs,
    /// user-constrained-policy-set, where the suite tells it.
    pub(super) policies: Option<Vec<String>>,
    pub(super) policy: Policy,
    pub(super) usage: Usage,
}

/// The hard cases of all suites: those whose outcome independent tools confirmed.
pub(super) fn all(corpora: &Path) -> Vec<Case> {
    SUITES.iter().flat_map(|suite| of_suite(corpora, suite)).collect()
}

fn of_suite(corpora: &Path, suite: &'static str) -> Vec<Case> {
    let folder = corpora.join(suite);
    let file = folder.join("manifest.json");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let manifest: Value = serde_json::from_str(&text).expect("a manifest is JSON");
    let cases = manifest["cases"].as_array().expect("a manifest has cases");
    cases.iter().filter(|case| case["hard"] == true).map(|case| read(&folder, suite, case)).collect()
}

fn read(folder: &Path, suite: &'static str, case: &Value) -> Case {
    let text = |name: &str| case[name].as_str().unwrap_or_default();
    let paths = |name: &str| -> Vec<PathBuf> {
        let names = case[name].as_array().into_iter().flatten();
        names.map(|name| folder.join(name.as_str().expect("a path"))).collect()
    };
    let flag = |name: &str| case["policy"][name] == true;
    let oids = |value: &Value| -> Option<Vec<String>> {
        Some(value.as_array()?.iter().filter_map(|oid| oid.as_str().map(Into::into)).collect())
    };
    let mut inputs = Inputs {
        require_explicit_policy: flag("initial_explicit_policy"),
        inhibit_policy_mapping: flag("initial_policy_mapping_inhibit"),
        inhibit_any_policy: flag("initial_inhibit_any_policy"),
        ..Inputs::default()
    };
    if let Some(policies) = oids(&case["policy"]["initial_policy_set"]) {
        inputs.policies = policies;
    }
    let policies = oids(&case["policy"]["user_constrained_policy_set"])
        .or_else(|| case["user_constrained_policy_set"].as_str().map(|oid| vec![oid.to_owned()]));
    Case {
        suite,
        id: text("id").to_owned(),
        valid: match text("expected") {
            "valid" => true,
            "invalid" => false,
            other => panic!("{suite}: unknown outcome {other}"),
        },
        certificate: folder.join(text("file")),
        trust: paths("trust"),
        untrusted: paths("untrusted"),
        crls: paths("crls"),
        at: text("at").parse().unwrap_or_else(|_| NOW.parse().expect("a time")),
        inputs,
        policies,
        policy: match (suite, text("digest_policy")) {
            (_, "STRONG") => Policy::generic().with(|settings| settings.keys.rsa = Minimum::of(1024)),
            // DEPRECATED_CRYPTO of its cases is SHA-1.
            ("bettertls", _) => Policy::generic(),
            ("bssl-chains", _) => Policy::interop().with(|settings| settings.keys.rsa = Minimum::of(1024)),
            _ => Policy::interop(),
        },
        usage: match [text("key_purpose"), text("purpose")] {
            [purpose, _] if purpose.starts_with("CLIENT_AUTH") => Usage::Auth,
            [_, "timestampsign"] => Usage::Tsa,
            _ => Usage::Any,
        },
    }
}

/// What was said of a case.
pub(super) struct Outcome {
    pub(super) passed: bool,
    pub(super) policies: Vec<String>,
    pub(super) brief: String,
}

/// Judges as `cert check` does.
pub(super) fn judge(case: &Case) -> Outcome {
    let revocation = if case.crls.is_empty() { RevocationMode::Off } else { RevocationMode::Required };
    let report: Result<Arc<CertificateReport>, _> =
        evidence_from_files(&case.trust, &case.untrusted, &case.crls, revocation).and_then(|evidence| {
            let checker = Checker::new(evidence.with_inputs(case.inputs.clone()), case.policy.clone());
            let certificates = certificates_in(std::slice::from_ref(&case.certificate))?;
            let certificate = certificates.first().expect("a certificate");
            Ok(checker.check_certificate(&Arc::clone(certificate), case.usage, case.at))
        });
    match report {
        Ok(report) => Outcome {
            passed: report.indication == Indication::TotalPassed,
            brief: format!(
                "{} {:?}",
                report.indication.name(),
                report
                    .findings
                    .iter()
                    .map(|finding| (finding.code.name(), &finding.params))
                    .collect::<Vec<_>>()
            ),
            policies: report.valid_policies.clone(),
        },
        Err(refusal) => Outcome {
            passed: false,
            policies: Vec::new(),
            brief: format!("{} {:?}", refusal.code, refusal.params),
        },
    }
}
