//! Judging the corpus: by the library, each document within a time; by the program, within a memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use qoltanba::service::verify::{Checker, evidence_from_files};
use qoltanba::validation::{Indication, Policy, Report, RevocationMode};

use super::index::exit_status;
use super::signed::{certs, folder, reading};
use super::{Attack, PASSED, Source, attacks};
use crate::common::program::{self, Run};

/// For a document of some kilobytes, on a busy machine and without optimisation.
const SMALL: Duration = Duration::from_secs(5);
/// For one of megabytes.
const LARGE: Duration = Duration::from_secs(60);
/// What the program may use: so much, and so many times the document's octets.
const MEMORY_BASE: u64 = 40 << 20;
const MEMORY_FACTOR: u64 = 4;

const AT: &str = "2026-06-01T10:00:00Z";

fn checker(policy: &str) -> Checker {
    let files = |names: &[&str]| names.iter().map(|name| certs().join(name)).collect::<Vec<PathBuf>>();
    let evidence = evidence_from_files(
        &files(&["root.cer"]),
        &files(&["ca.cer"]),
        &files(&["root.crl", "ca.crl"]),
        RevocationMode::Required,
    )
    .expect("evidence");
    Checker::new(evidence, Policy::named(policy).expect("a policy"))
}

/// The outcome as the index writes it, and with it the code of a limit.
fn outcome(report: &Report) -> String {
    let worst = report.signatures.iter().find(|signature| signature.indication == report.indication);
    let Some(worst) = worst else { return report.indication.name().to_owned() };
    let mut outcome = report.indication.name().to_owned();
    if let Some(sub_indication) = worst.sub_indication {
        let name = serde_json::to_value(sub_indication).expect("JSON");
        outcome = format!("{outcome}/{}", name.as_str().expect("a name"));
        let decisive = worst.findings.iter().find(|finding| finding.sub_indication == Some(sub_indication));
        if decisive.is_some_and(|finding| finding.code == "XML_LIMIT") {
            outcome.push_str("/XML_LIMIT");
        }
    }
    outcome
}

/// What is wrong with the outcome, if anything.
fn judge(attack: &Attack, checker: &Checker, document: &[u8]) -> Result<String, String> {
    let at = AT.parse().expect("a time");
    let (found, report) = match checker.verify(document, at) {
        Err(refusal) => (format!("refused/{}", refusal.code), None),
        Ok(report) => (outcome(&report), Some(report)),
    };
    // A limit is one of the reasons for which a signature is indeterminate; where it is expected, no other is.
    let general = found.trim_end_matches("/XML_LIMIT");
    let fits = attack.expected.iter().any(|expected| *expected == found);
    let fits = fits || (found.starts_with("INDETERMINATE") && attack.expected.contains(&general));
    if !fits {
        let codes: Vec<&str> = report
            .iter()
            .flat_map(|report| &report.signatures)
            .flat_map(|signature| {
                signature.findings.iter().filter(|finding| finding.sub_indication.is_some())
            })
            .map(|finding| finding.code.name())
            .take(5)
            .collect();
        return Err(format!("{:?} expected, {found} found {codes:?}", attack.expected));
    }
    match report {
        Some(report) if found == PASSED => covers(attack, &report).map(|()| found),
        _ => Ok(found),
    }
}

/// Whether what is listed as covered and as not covered is what the attack must not get past.
fn covers(attack: &Attack, report: &Report) -> Result<(), String> {
    let good =
        || report.signatures.iter().filter(|signature| signature.indication == Indication::TotalPassed);
    let covered: Vec<&str> =
        good().flat_map(|signature| &signature.signed_content).map(|content| &*content.xpath).collect();
    let in_signature = |path: &str| path.contains("Signature");
    for path in &attack.covered {
        if !covered.contains(&&**path) {
            return Err(format!("{path} is not listed as covered: {covered:?}"));
        }
    }
    for path in &covered {
        if !in_signature(path) && !attack.covered.iter().any(|expected| expected == path) {
            return Err(format!("{path} is listed as covered"));
        }
    }
    let uncovered: Vec<String> = good()
        .flat_map(|signature| &signature.unsigned_content)
        .map(|content| content.xpath.replace("*[local-name()='Object']", "ds:Object"))
        .collect();
    for path in &attack.uncovered {
        let listed = |above: &String| {
            path.strip_prefix(&**above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if !uncovered.iter().any(listed) {
            return Err(format!("{path} is not listed as not covered: {uncovered:?}"));
        }
    }
    if let Some(expected) = &attack.octets_sha256 {
        let first = good().flat_map(|signature| &signature.signed_content).next();
        if first.map(|content| &content.sha256) != Some(expected) {
            return Err("the first content has other octets".to_owned());
        }
    }
    Ok(())
}

/// Holds what came about against what must, and against the list of what does not yet.
struct Tally {
    wrong: Vec<String>,
    right: usize,
}

impl Tally {
    fn new() -> Self {
        Self { wrong: Vec::new(), right: 0 }
    }

    fn add(&mut self, attack: &Attack, result: Result<String, String>) {
        match result {
            Ok(_) => self.right += 1,
            Err(error) => self.wrong.push(format!("{}/{}: {error}", attack.class, attack.name)),
        }
    }

    fn finish(self) {
        println!("{} right", self.right);
        assert!(self.wrong.is_empty(), "{} wrong:\n{}", self.wrong.len(), self.wrong.join("\n"));
    }
}

fn timed(attack: &Attack, checker: &Checker, bound: Duration, tally: &mut Tally) {
    let document = attack.document();
    let start = Instant::now();
    let result = judge(attack, checker, &document);
    let took = start.elapsed();
    if took > Duration::from_millis(200) {
        println!("{}/{}: {} octets, {took:?}", attack.class, attack.name, document.len());
    }
    let result = if took > bound { Err(format!("took {took:?}")) } else { result };
    tally.add(attack, result);
}

#[test]
fn every_document_gets_its_verdict_in_time() {
    let mut tally = Tally::new();
    let default = checker("kz");
    // What the caller says besides is the program's to take.
    for attack in attacks().iter().filter(|attack| attack.file().is_some() && attack.id_attributes.is_empty())
    {
        if attack.policy == "kz" {
            timed(attack, &default, SMALL, &mut tally);
        } else {
            timed(attack, &checker(attack.policy), SMALL, &mut tally);
        }
    }
    tally.finish();
}

#[test]
fn every_large_document_gets_its_verdict_in_time() {
    let mut tally = Tally::new();
    let default = checker("kz");
    for attack in attacks().iter().filter(|attack| matches!(attack.source, Source::Made(_))) {
        timed(attack, &default, LARGE, &mut tally);
    }
    tally.finish();
}

fn run(documents: &[PathBuf], policy: &str, id_attributes: &[&str]) -> Run {
    program::run(|program| {
        program
            .args(["verify", "--format", "jsonl", "--jobs", "1", "--at", AT, "--policy", policy, "--trust"])
            .arg(certs().join("root.cer"))
            .arg("--certs")
            .arg(certs().join("ca.cer"))
            .args(["--crl".as_ref(), certs().join("root.crl").as_os_str()])
            .args(["--crl".as_ref(), certs().join("ca.crl").as_os_str()])
            .args(id_attributes.iter().flat_map(|name| ["--id-attribute", name]))
            .args(documents)
    })
}

/// The outcomes that the program printed, by document.
fn outcomes(output: &str) -> BTreeMap<String, String> {
    let values = output.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    values
        .map(|value| {
            let name = value["document"]["name"].as_str().unwrap_or_default().to_owned();
            if let Some(code) = value["error"]["code"].as_str() {
                return (name, format!("refused/{code}"));
            }
            let indication = value["indication"].as_str().expect("an indication");
            let signatures = value["signatures"].as_array().expect("signatures");
            let worst = signatures.iter().find(|signature| signature["indication"] == indication);
            let sub_indication = worst.and_then(|signature| signature["sub_indication"].as_str());
            let outcome =
                sub_indication.map_or_else(|| indication.to_owned(), |sub| format!("{indication}/{sub}"));
            (name, outcome)
        })
        .collect()
}

fn without_code(outcome: &str) -> &str {
    if outcome.starts_with("refused") { outcome } else { outcome.trim_end_matches("/XML_LIMIT") }
}

#[test]
fn the_program_says_the_same_in_a_run_for_all_with_the_same_options() {
    let attacks = attacks();
    let mut by_options: BTreeMap<_, Vec<&Attack>> = BTreeMap::new();
    for attack in attacks.iter().filter(|attack| attack.file().is_some()) {
        by_options.entry((attack.policy, &attack.id_attributes)).or_default().push(attack);
    }
    assert!(by_options.len() > 2, "other policies and attributes are among them");
    let _unchanged = reading();
    let path = |attack: &Attack| folder().join(attack.file().expect("a file"));
    let mut tally = Tally::new();
    for ((policy, id_attributes), attacks) in by_options {
        let paths: Vec<PathBuf> = attacks.iter().map(|attack| path(attack)).collect();
        let run = run(&paths, policy, id_attributes);
        println!("{policy} {id_attributes:?}: {} documents, peak {:?}", paths.len(), run.peak);
        assert!(run.peak.is_none_or(|peak| peak < MEMORY_BASE), "{:?} octets", run.peak);
        let outcomes = outcomes(&run.output);
        for attack in &attacks {
            let name = if attacks.len() > 1 { path(attack).display().to_string() } else { String::new() };
            let found = outcomes.get(&name).or_else(|| outcomes.values().next()).expect("an outcome");
            let fits = attack.expected.iter().any(|expected| without_code(expected) == found);
            let result = if fits {
                Ok(found.clone())
            } else {
                Err(format!("{:?} expected, {found} found", attack.expected))
            };
            tally.add(attack, result);
        }
    }
    tally.finish();
}

#[test]
fn the_program_needs_little_memory_for_large_documents() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut tally = Tally::new();
    for attack in attacks().iter().filter(|attack| matches!(attack.source, Source::Made(_))) {
        let path = folder.path().join("document.xml");
        let document = attack.document();
        std::fs::write(&path, &document).expect("written");
        let run = run(std::slice::from_ref(&path), attack.policy, &[]);
        let took = run.took;
        let bound = MEMORY_BASE + MEMORY_FACTOR * document.len() as u64;
        let statuses: Vec<i32> = attack.expected.iter().map(|outcome| exit_status(outcome).into()).collect();
        println!(
            "{}: {} octets, {took:?}, peak {:?}, exit {:?}",
            attack.name,
            document.len(),
            run.peak,
            run.status
        );
        let result = if run.peak.is_some_and(|peak| peak > bound) {
            Err(format!("{:?} octets of memory, {bound} allowed", run.peak))
        } else if took > LARGE {
            Err(format!("took {took:?}"))
        } else if run.status.is_some_and(|status| statuses.contains(&status)) {
            Ok(format!("exit {:?}", run.status))
        } else {
            Err(format!("exit {statuses:?} expected, {:?} found", run.status))
        };
        tally.add(attack, result);
    }
    tally.finish();
    assert!(Path::new("/proc/self/status").exists() || cfg!(not(target_os = "linux")));
}
