//! Which outcomes of the binary are right for a case. The rules are stricter than "not zero": an
//! invalid document must be found broken, not merely be signed by a stranger.

use std::time::Duration;

use serde_json::Value;

use super::case::{Case, Expected, Reading};

/// No case may take longer, in a debug build on a busy machine.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

/// What the binary did.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Absent when it was ended by a signal or by the limit.
    pub(super) status: Option<i32>,
    /// Standard output, null when it is not one JSON value.
    pub(super) report: Value,
    pub(super) took: Duration,
}

/// Sub-indications that say only that the signer is unknown.
const SIGNER_OPEN: &[&str] =
    &["NO_SIGNING_CERTIFICATE_FOUND", "NO_CERTIFICATE_CHAIN_FOUND", "NO_CERTIFICATE_CHAIN_FOUND_NO_POE"];

/// Findings that say only that the signer is unknown.
const SIGNER_FINDINGS: &[&str] = &["SIGNING_CERTIFICATE_NOT_FOUND", "CHAIN_NOT_FOUND"];

/// Invalid documents whose right outcome is INDETERMINATE, with the finding that must say why.
const INDETERMINATE_IS_RIGHT: &[(&str, &str, &[&str])] = &[
    // XSLT is never run, so what was signed stays unknown.
    ("santuario-misc", "santuario__signature1", &["TRANSFORM_UNSUPPORTED"]),
    ("santuario-misc", "santuario__signature2", &["TRANSFORM_UNSUPPORTED"]),
    ("santuario-misc", "santuario__signature3", &["TRANSFORM_UNSUPPORTED"]),
    // EN 319 102-1, 5.2.3.4 and 5.2.2.4: no certificate is the one that the signer named; signed data missing.
    ("signxml-xades", "xades-wrong-sign-cert-digest", &["SIGNING_CERTIFICATE_MISMATCH"]),
    ("xml-crypto", "invalid_signature_-_wsu_-_non_existing_reference", &["REFERENCE_NOT_FOUND"]),
    ("xml-crypto", "id_with_quotes", &["REFERENCE_NOT_FOUND", "REFERENCE_EXTERNAL"]),
    ("signedxml", "invalid-signature-non-existing-reference", &["REFERENCE_NOT_FOUND"]),
    // Algorithm identifiers that do not exist are not guessed at.
    (
        "saml-ruby",
        "responses__adfs_response_sha1",
        &["SIGNATURE_ALGORITHM_UNSUPPORTED", "DIGEST_ALGORITHM_UNSUPPORTED"],
    ),
];

/// A document whose second signature is a foreign one, put in as a countersignature of the first
/// though it signs something else. Only the first has to be right.
const FIRST_SIGNATURE_ONLY: &[(&str, &str)] = &[("signxml-xades", "xades-counter-signature-injected")];

impl Outcome {
    fn signatures(&self) -> &[Value] {
        self.report["signatures"].as_array().map_or(&[], Vec::as_slice)
    }

    fn error(&self) -> &str {
        self.report["error"]["code"].as_str().unwrap_or_default()
    }

    /// In one line, for messages.
    pub(super) fn brief(&self) -> String {
        let status = self.status.map_or_else(|| "ended".to_owned(), |status| status.to_string());
        if !self.error().is_empty() {
            return format!("{status} {}", self.error());
        }
        let signatures: Vec<_> = self
            .signatures()
            .iter()
            .map(|signature| {
                format!(
                    "{}/{} [{}]",
                    text(&signature["indication"]),
                    text(&signature["sub_indication"]),
                    failures(signature).join(" ")
                )
            })
            .collect();
        format!("{status} {}", signatures.join(", "))
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The codes of the findings that made a signature fail.
fn failures(signature: &Value) -> Vec<&str> {
    array(&signature["findings"])
        .iter()
        .filter(|finding| finding["level"] == "fail")
        .map(|finding| text(&finding["code"]))
        .collect()
}

fn has_finding(signature: &Value, codes: &[&str]) -> bool {
    array(&signature["findings"]).iter().any(|finding| codes.contains(&text(&finding["code"])))
}

/// Whether an outcome is right.
///
/// # Errors
/// Why it is not.
pub(super) fn judge(case: &Case, reading: Reading, outcome: &Outcome) -> Result<(), String> {
    sound(outcome)?;
    match case.expected {
        Expected::Valid => valid(case, reading, outcome),
        Expected::Invalid => invalid(case, reading, outcome),
        Expected::Wrapping if matches!(outcome.status, Some(1 | 3)) => Ok(()),
        Expected::Wrapping => Err("a wrapped signature must not pass".to_owned()),
        Expected::Unsigned if outcome.error() == "NO_SIGNATURE" => Ok(()),
        Expected::Unsigned => Err("there is no signature".to_owned()),
        Expected::Reject if outcome.status == Some(2) && outcome.error() != "NO_SIGNATURE" => Ok(()),
        Expected::Reject => Err("must be refused".to_owned()),
    }
}

/// What holds for every run: it ends in time and by itself, and status and report say the same.
fn sound(outcome: &Outcome) -> Result<(), String> {
    if outcome.took >= LIMIT {
        return Err("took too long".to_owned());
    }
    let indications: Vec<_> =
        outcome.signatures().iter().map(|signature| text(&signature["indication"])).collect();
    let status = match indications.as_slice() {
        [] if outcome.error().is_empty() => return Err("neither report nor error".to_owned()),
        [] => 2,
        some if some.contains(&"TOTAL-FAILED") => 1,
        some if some.contains(&"INDETERMINATE") => 3,
        _ => 0,
    };
    if outcome.status != Some(status) {
        return Err(format!("status does not follow from the report, which asks for {status}"));
    }
    // Faults of this test, which would look like refused documents.
    if ["ARGUMENT_INVALID", "FILE_UNREADABLE", "KEY_UNREADABLE"].contains(&outcome.error()) {
        return Err("the arguments were refused".to_owned());
    }
    Ok(())
}

fn valid(case: &Case, reading: Reading, outcome: &Outcome) -> Result<(), String> {
    let mut signatures: Vec<_> = outcome.signatures().iter().collect();
    if FIRST_SIGNATURE_ONLY.contains(&(case.suite, case.id.as_str())) {
        let (first, others) = signatures.split_first().ok_or("no signature")?;
        if others.iter().any(|signature| signature["indication"] == "TOTAL-PASSED") {
            return Err("a foreign countersignature must not pass".to_owned());
        }
        signatures = vec![first];
    }
    if reading == Reading::Mathematics {
        signatures.iter().try_for_each(|signature| intact(signature))?;
    } else if outcome.status != Some(0) {
        return Err("must pass".to_owned());
    }
    let listed: Vec<_> =
        signatures.iter().flat_map(|signature| array(&signature["signed_content"])).collect();
    if signatures.iter().any(|signature| array(&signature["signed_content"]).is_empty()) {
        return Err("a signature covers nothing".to_owned());
    }
    if let Some(missing) =
        case.references.iter().find(|uri| !listed.iter().any(|content| text(&content["uri"]) == uri.as_str()))
    {
        return Err(format!("the signed content does not list {missing:?}"));
    }
    if !FIRST_SIGNATURE_ONLY.contains(&(case.suite, case.id.as_str())) && listed.len() != case.reference_count
    {
        return Err(format!("{} of {} references are listed", listed.len(), case.reference_count));
    }
    Ok(())
}

/// The mathematics held and nothing but the signer is open.
fn intact(signature: &Value) -> Result<(), String> {
    match text(&signature["indication"]) {
        "TOTAL-PASSED" => return Ok(()),
        "INDETERMINATE" => {}
        _ => return Err("must be intact".to_owned()),
    }
    if let Some(other) = failures(signature).iter().find(|code| !SIGNER_FINDINGS.contains(code)) {
        return Err(format!("must be intact but for the signer, not {other}"));
    }
    if !SIGNER_OPEN.contains(&text(&signature["sub_indication"])) {
        return Err("only the signer may be open".to_owned());
    }
    // A certificate is in the report only if its key verifies the value.
    if signature["certificate"].is_null() && !has_finding(signature, &["KEY_VALUE_VERIFIED"]) {
        return Err("no key is said to verify the value".to_owned());
    }
    Ok(())
}

fn invalid(case: &Case, reading: Reading, outcome: &Outcome) -> Result<(), String> {
    match outcome.status {
        Some(1) => Ok(()),
        Some(2) if outcome.error() != "NO_SIGNATURE" => Ok(()),
        Some(3) => {
            let known = INDETERMINATE_IS_RIGHT
                .iter()
                .find(|(suite, id, _)| *suite == case.suite && *id == case.id)
                .map(|(_, _, codes)| *codes);
            let reason = |signature: &Value| known.is_some_and(|codes| has_finding(signature, codes));
            if outcome.signatures().iter().any(reason) {
                return Ok(());
            }
            // With one certificate trusted, a signature that a stranger made well is not a broken one.
            let stranger = reading == Reading::Chain
                && !case.mutant
                && !case.reference_broken
                && outcome
                    .signatures()
                    .iter()
                    .any(|signature| SIGNER_OPEN.contains(&text(&signature["sub_indication"])));
            if stranger { Ok(()) } else { Err("must fail, not be left open".to_owned()) }
        }
        _ => Err("must fail".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn case(expected: Expected) -> Case {
        Case {
            suite: "none",
            id: "none".to_owned(),
            document: "document.xml".into(),
            expected,
            mutant: false,
            reference_broken: false,
            references: Vec::new(),
            reference_count: 1,
            runs: Vec::new(),
        }
    }

    fn outcome(status: i32, report: Value) -> Outcome {
        Outcome { status: Some(status), report, took: Duration::ZERO }
    }

    fn open(sub_indication: &str, codes: &[&str], certificate: Value) -> Outcome {
        let findings: Vec<_> = codes.iter().map(|code| json!({"code": code, "level": "fail"})).collect();
        outcome(
            3,
            json!({"signatures": [{
                "indication": "INDETERMINATE", "sub_indication": sub_indication, "findings": findings,
                "certificate": certificate, "signed_content": [{"uri": ""}],
            }]}),
        )
    }

    #[test]
    fn a_status_that_contradicts_the_report_is_wrong() {
        let passed = json!({"signatures": [{"indication": "TOTAL-PASSED", "signed_content": [{"uri": ""}]}]});
        let valid = case(Expected::Valid);
        assert!(judge(&valid, Reading::Key, &outcome(0, passed.clone())).is_ok());
        assert!(judge(&valid, Reading::Key, &outcome(1, passed)).is_err());
        assert!(judge(&valid, Reading::Key, &outcome(0, Value::Null)).is_err());
    }

    #[test]
    fn refused_arguments_are_no_refused_document() {
        for code in ["ARGUMENT_INVALID", "FILE_UNREADABLE"] {
            let refused = outcome(2, json!({"error": {"code": code}}));
            assert!(judge(&case(Expected::Reject), Reading::Key, &refused).is_err());
            assert!(judge(&case(Expected::Invalid), Reading::Key, &refused).is_err());
        }
    }

    #[test]
    fn an_open_signer_is_intact_only_with_a_key_that_verified() {
        let valid = case(Expected::Valid);
        let known = open("NO_CERTIFICATE_CHAIN_FOUND", &["CHAIN_NOT_FOUND"], json!({}));
        assert!(judge(&valid, Reading::Mathematics, &known).is_ok());
        assert!(judge(&valid, Reading::Chain, &known).is_err());
        let unverified =
            open("NO_SIGNING_CERTIFICATE_FOUND", &["SIGNING_CERTIFICATE_NOT_FOUND"], Value::Null);
        assert!(judge(&valid, Reading::Mathematics, &unverified).is_err());
        let more =
            open("NO_CERTIFICATE_CHAIN_FOUND", &["CHAIN_NOT_FOUND", "TRANSFORM_UNSUPPORTED"], json!({}));
        assert!(judge(&valid, Reading::Mathematics, &more).is_err());
    }

    #[test]
    fn an_invalid_document_is_not_merely_a_strangers() {
        let stranger = open("NO_CERTIFICATE_CHAIN_FOUND", &["CHAIN_NOT_FOUND"], json!({}));
        let invalid = case(Expected::Invalid);
        assert!(judge(&invalid, Reading::Mathematics, &stranger).is_err());
        assert!(judge(&invalid, Reading::Chain, &stranger).is_ok());
        assert!(judge(&Case { mutant: true, ..invalid.clone() }, Reading::Chain, &stranger).is_err());
        assert!(judge(&Case { reference_broken: true, ..invalid }, Reading::Chain, &stranger).is_err());
    }

    #[test]
    fn every_reference_of_a_valid_document_is_listed() {
        let listed = json!([{"uri": ""}, {"uri": ""}]);
        let report = json!({"signatures": [{"indication": "TOTAL-PASSED", "signed_content": listed}]});
        assert!(judge(&case(Expected::Valid), Reading::Key, &outcome(0, report)).is_err());
    }
}
