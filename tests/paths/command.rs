//! `cert check` as integrators call it: every input of RFC 5280 by its option, the fields of the JSON, the
//! exit status.

use std::process::Command;

use serde_json::Value;

use super::case::{self, Case};
use crate::common::{RSA, shared};

fn check(arguments: &[String]) -> (i32, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_qoltanba"))
        .args(["cert", "check", "--format", "json", "--lang", "en"])
        .args(arguments)
        .output()
        .expect("the binary runs");
    let value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code().expect("a status"), value)
}

fn codes(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().into_iter().flatten();
    findings
        .filter(|finding| finding["level"] == "fail")
        .filter_map(|finding| finding["code"].as_str())
        .collect()
}

/// The command line for a case.
fn arguments(case: &Case) -> Vec<String> {
    let mut arguments = vec![case.certificate.display().to_string(), "--policy".into(), "interop".into()];
    arguments.extend(["--at".into(), case.at.to_string()]);
    for (option, files) in [("--trust", &case.trust), ("--certs", &case.untrusted), ("--crl", &case.crls)] {
        arguments.extend(files.iter().flat_map(|file| [option.to_owned(), file.display().to_string()]));
    }
    for policy in &case.inputs.policies {
        arguments.extend(["--initial-policy".into(), policy.clone()]);
    }
    let flags = [
        (case.inputs.require_explicit_policy, "--require-explicit-policy"),
        (case.inputs.inhibit_policy_mapping, "--inhibit-policy-mapping"),
        (case.inputs.inhibit_any_policy, "--inhibit-any-policy"),
    ];
    arguments.extend(flags.iter().filter(|(set, _)| *set).map(|(_, flag)| (*flag).to_owned()));
    arguments
}

#[test]
fn the_inputs_have_options() {
    let Some(shared) = shared() else { return };
    let cases = case::all(&shared.join("corpora"));
    let mut asked = 0;
    for case in cases.iter().filter(|case| case.suite == "pkits") {
        let of_policies =
            ["4.8.1-", "4.8.6-", "4.10.5-", "4.12.3-"].iter().any(|part| case.id.starts_with(part));
        if !of_policies {
            continue;
        }
        asked += 1;
        let (status, report) = check(&arguments(case));
        assert_eq!(status, if case.valid { 0 } else { 3 }, "{} {report}", case.id);
        if case.valid {
            assert_eq!(report["valid_policies"], serde_json::json!(case.policies), "{}", case.id);
        } else {
            assert_eq!(codes(&report), ["CERTIFICATE_POLICY_NOT_VALID"], "{}", case.id);
            assert_eq!(report["sub_indication"], "CHAIN_CONSTRAINTS_FAILURE");
        }
    }
    assert!(asked >= 10, "{asked}");
    let notice = cases.iter().find(|case| case.id == "4.8.17-UserNoticeQualifierTest17").expect("a case");
    let (_, report) = check(&arguments(notice));
    let text = report["policy_qualifiers"][0]["notices"][0].as_str().unwrap_or_default();
    assert!(text.contains("user notice"), "{report}");
}

#[test]
fn subtrees_are_options() {
    let file = |name: &str| RSA.path(name).display().to_string();
    let base = [
        file("applicant.cer"),
        "--trust".into(),
        file("root.cer"),
        "--certs".into(),
        file("ca.cer"),
        "--revocation".into(),
        "off".into(),
        "--at".into(),
        "2026-06-01T10:00:00Z".into(),
    ];
    let ask = |more: &[&str]| {
        let more = more.iter().map(|word| (*word).to_owned());
        check(&base.iter().cloned().chain(more).collect::<Vec<_>>())
    };
    let (status, report) = ask(&[]);
    assert_eq!(status, 0, "{report}");
    let subject = |at: usize| format!("dn:{}", report["chain"][at]["subject"].as_str().expect("a subject"));
    let (leaf, ca) = (subject(0), subject(1));
    for (options, expected) in [
        // The authority below the anchor has a name too.
        (vec!["--permitted-subtree", &leaf, "--permitted-subtree", &ca], 0),
        (vec!["--permitted-subtree", &leaf], 3),
        (vec!["--permitted-subtree", "dns:example.kz"], 0),
        (vec!["--excluded-subtree", &leaf], 3),
        (vec!["--permitted-subtree", "dn:C=XX"], 3),
    ] {
        let (status, report) = ask(&options);
        assert_eq!(status, expected, "{options:?} {report}");
        if expected == 3 {
            assert_eq!(codes(&report), ["NAME_NOT_PERMITTED"]);
        }
    }
    // A policy that nobody of the chain has is not demanded by being named.
    assert_eq!(ask(&["--initial-policy", "1.2.3.4"]).0, 0);
    assert_eq!(ask(&["--initial-policy", "1.2.3.4", "--require-explicit-policy"]).0, 3);
    for wrong in
        [["--initial-policy", "x.y"], ["--permitted-subtree", "a.kz"], ["--excluded-subtree", "ip:1/2"]]
    {
        let (status, report) = ask(&wrong);
        assert_eq!((status, report["error"]["code"].as_str()), (2, Some("ARGUMENT_INVALID")), "{wrong:?}");
    }
}
