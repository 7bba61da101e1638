//! Public conformance suites, asked through the command line: exit status and JSON are what integrators
//! see. Every case comes out as its suite has it or stands in the one table of [`exceptions`] with the
//! reason; the test fails as soon as the table and the binary disagree, in either direction.
//!
//! The suites lie in the shared folder and nowhere else. The test prints a line per suite, and with
//! `QOLTANBA_CONFORMANCE=all` a line per case.

mod case;
mod exceptions;
mod verdict;

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use self::case::{Case, Run};
use self::exceptions::EXCEPTIONS;
use self::verdict::{LIMIT, Outcome};
use crate::common::shared;

/// Runs the binary once, without an installed trust store.
fn ask(document: &Path, run: &Run, no_trust: &Path) -> Outcome {
    let mut output = tempfile::tempfile().expect("a temporary file");
    let mut child = Command::new(env!("CARGO_BIN_EXE_qoltanba"))
        .arg("verify")
        .arg(document)
        .args(["--format", "json", "--jobs", "1"])
        .args(&run.options)
        .env("QOLTANBA_TRUST", no_trust)
        .env("QOLTANBA_LANG", "en")
        .stdin(Stdio::null())
        .stdout(output.try_clone().expect("a handle"))
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status.code();
        }
        if start.elapsed() >= LIMIT {
            child.kill().expect("a child of ours");
            child.wait().expect("a child");
            break None;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let took = start.elapsed();
    let mut text = String::new();
    output.seek(SeekFrom::Start(0)).expect("a file");
    output.read_to_string(&mut text).expect("UTF-8");
    Outcome { status, report: serde_json::from_str(&text).unwrap_or_default(), took }
}

/// What became of a case: why it is wrong, if it is, and the outcomes in brief.
struct Judged {
    fault: Option<String>,
    brief: String,
}

fn judge(case: &Case, no_trust: &Path) -> Judged {
    let mut judged = Judged { fault: None, brief: String::new() };
    for run in &case.runs {
        let outcome = ask(&case.document, run, no_trust);
        let brief = format!("{:?}: {}", run.reading, outcome.brief());
        if let Err(why) = verdict::judge(case, run.reading, &outcome) {
            judged.fault.get_or_insert(format!("{why} ({brief})"));
        }
        judged.brief = if judged.brief.is_empty() { brief } else { format!("{}; {brief}", judged.brief) };
    }
    judged
}

fn judge_all(cases: &[Case]) -> Vec<Judged> {
    let folder = tempfile::tempdir().expect("a folder");
    let no_trust = folder.path().join("none");
    let next = AtomicUsize::new(0);
    let results = Mutex::new(BTreeMap::new());
    let workers = std::thread::available_parallelism().map_or(2, usize::from).max(2);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(at) else { break };
                    let judged = judge(case, &no_trust);
                    results.lock().expect("no panic in a worker").insert(at, judged);
                }
            });
        }
    });
    results.into_inner().expect("no panic in a worker").into_values().collect()
}

/// Prints past the capture of passing tests.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[derive(Default)]
struct Count {
    passed: usize,
    listed: usize,
    failed: usize,
}

#[test]
fn every_case_comes_out_as_its_suite_has_it_or_is_listed_with_the_reason() {
    let Some(shared) = shared() else { return };
    let corpora = shared.join("corpora");
    let mode = std::env::var("QOLTANBA_CONFORMANCE").unwrap_or_default();
    let cases = case::all(&corpora);
    let judged = judge_all(&cases);
    assert_eq!(cases.len(), judged.len());

    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    let mut faults = Vec::new();
    for (case, judged) in cases.iter().zip(&judged) {
        let count = counts.entry(case.suite).or_default();
        let reason = EXCEPTIONS
            .iter()
            .find(|(suite, id, _)| *suite == case.suite && *id == case.id)
            .map(|(_, _, reason)| *reason);
        let name = format!("{} {}", case.suite, case.id);
        if mode == "all" {
            let verdict = judged.fault.as_deref().unwrap_or("as expected");
            say(&format!("{name}: {:?}: {}: {verdict}", case.expected, judged.brief));
        }
        match (&judged.fault, reason) {
            (None, None) => count.passed += 1,
            (Some(_), Some(_)) => count.listed += 1,
            (Some(fault), None) => {
                count.failed += 1;
                faults.push(format!("{name}: {:?}: {fault}", case.expected));
            }
            (None, Some(reason)) => {
                count.failed += 1;
                faults.push(format!("{name} comes out right but is listed: {reason}"));
            }
        }
    }
    for (suite, count) in &counts {
        say(&format!(
            "conformance {suite}: {} passed, {} listed, {} failed",
            count.passed, count.listed, count.failed
        ));
    }
    for (suite, id, _) in EXCEPTIONS {
        if !cases.iter().any(|case| case.suite == *suite && case.id == *id) {
            faults.push(format!("{suite} {id} is listed but not a case"));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
