//! Public conformance suites of certification paths, through the function behind `cert check`. Every hard
//! case comes out as its suite has it or stands in the table of [`exceptions`] with the reason; the test
//! fails as soon as the table and the judgement disagree, in either direction.
//!
//! The suites lie in the shared folder and nowhere else. The test prints a line per suite, and with
//! `QOLTANBA_CONFORMANCE=all` a line per case.

mod candidates;
mod case;
mod command;
mod exceptions;
mod openssl;
mod stranger;

use std::collections::BTreeMap;
use std::io::Write as _;

use self::case::Case;
use self::exceptions::EXCEPTIONS;
use crate::common::shared;

/// Prints past the capture of passing tests.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Why a case is wrong, if it is, and the outcome in brief.
fn fault(case: &Case) -> (Option<&'static str>, String) {
    let outcome = case::judge(case);
    let brief = format!("{} {:?}", outcome.brief, outcome.policies);
    let fault = match (case.valid, outcome.passed) {
        (true, false) => Some("is not accepted"),
        (false, true) => Some("is accepted"),
        (true, true) if case.policies.as_ref().is_some_and(|expected| *expected != outcome.policies) => {
            Some("is valid for other policies")
        }
        _ => None,
    };
    (fault, brief)
}

#[test]
fn every_path_comes_out_as_its_suite_has_it_or_is_listed_with_the_reason() {
    let Some(shared) = shared() else { return };
    let cases = case::all(&shared.join("corpora"));
    let all = std::env::var("QOLTANBA_CONFORMANCE").is_ok_and(|mode| mode == "all");
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let mut faults = Vec::new();
    for case in &cases {
        let (fault, brief) = fault(case);
        let name = format!("{} {}", case.suite, case.id);
        let reason = exceptions::reason(EXCEPTIONS, case.suite, &case.id);
        if all {
            say(&format!("{name}: {}: {brief}", fault.unwrap_or("as expected")));
        }
        let [passed, listed, failed] = counts.entry(case.suite).or_default();
        match (fault, reason) {
            (None, None) => *passed += 1,
            (Some(_), Some(_)) => *listed += 1,
            (Some(fault), None) => {
                *failed += 1;
                faults.push(format!("{name} {fault}: {brief}"));
            }
            (None, Some(reason)) => {
                *failed += 1;
                faults.push(format!("{name} comes out right but is listed: {reason}"));
            }
        }
    }
    for (suite, [passed, listed, failed]) in &counts {
        say(&format!("paths {suite}: {passed} passed, {listed} listed, {failed} failed"));
    }
    for (suite, id) in exceptions::listed(EXCEPTIONS) {
        if !cases.iter().any(|case| case.suite == suite && case.id == id) {
            faults.push(format!("{suite} {id} is listed but not a case"));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
