//! Facts written out and judged again: the same report octet for octet, and another one by another policy or
//! at another time.

use jiff::Timestamp;
use qoltanba::signature::facts_file::{FactsFile, FactsFileError, VERSION};
use qoltanba::signature::{Facts, Octets, sign};
use qoltanba::validation::{Policy, RevocationMode, validate};
use qoltanba::xml::Limits;

use crate::common::{ECDSA, GOST_2015, Pki, RSA, shared};

fn again(facts: &Facts) -> Facts {
    let file = FactsFile {
        qoltanba_facts: VERSION,
        name: Some("a.xml".into()),
        sha256: "00".repeat(32),
        facts: facts.clone(),
    };
    let json = file.to_json().expect("JSON");
    let read = FactsFile::from_json(&json).expect("facts");
    assert_eq!((read.name, read.sha256), (file.name, file.sha256));
    assert_eq!(
        FactsFile {
            facts: read.facts.clone(),
            name: Some("a.xml".into()),
            sha256: "00".repeat(32),
            qoltanba_facts: VERSION
        }
        .to_json()
        .expect("JSON"),
        json
    );
    read.facts
}

fn signed(pki: &Pki, name: &str, document: &[u8]) -> Vec<u8> {
    let identity = pki.identity(name);
    let profile = sign::Profile { properties: Some(Timestamp::now()), ..sign::Profile::default() };
    sign::sign(document, &identity.key, &identity.certificate_der, &profile, &Limits::default())
        .expect("signed")
}

#[test]
fn the_same_report_octet_for_octet() {
    let at: Timestamp = "2026-11-20T00:00:00Z".parse().expect("a time");
    let document = "<заявка><имя>Әлия</имя></заявка>".as_bytes();
    for pki in [&*RSA, &*ECDSA, &*GOST_2015] {
        let good = signed(pki, "applicant", document);
        let changed = String::from_utf8(good.clone()).expect("text").replace("Әлия", "Болат").into_bytes();
        for bytes in [good, changed] {
            let checker = pki.checker();
            let facts = checker.facts(&bytes, Octets::Drop).expect("facts");
            let read = again(&facts);
            for policy in [Policy::kz(), Policy::generic(), Policy::interop()] {
                for at in [at, "2040-01-01T00:00:00Z".parse().expect("a time")] {
                    let judge = |facts| {
                        let mut report = validate(facts, &checker.evidence, &policy, at);
                        report.localize(|code, _| (code.to_owned(), String::new()));
                        serde_json::to_string(&report).expect("JSON")
                    };
                    assert_eq!(judge(&facts), judge(&read));
                }
            }
        }
    }
}

#[test]
fn facts_of_public_documents_survive() {
    let Some(shared) = shared() else { return };
    let checker = RSA.checker_with(RevocationMode::Off, Policy::interop());
    let at: Timestamp = "2026-11-20T00:00:00Z".parse().expect("a time");
    let (mut count, mut problems) = (0, 0);
    for suite in ["signxml-xades", "mutants-xml/signxml-xades"] {
        for entry in std::fs::read_dir(shared.join("corpora").join(suite)).expect("a folder").flatten() {
            let path = entry.path();
            if path.extension().is_none_or(|extension| extension != "xml") {
                continue;
            }
            let bytes = std::fs::read(&path).expect("a file");
            let Ok(facts) = checker.facts(&bytes, Octets::Drop) else { continue };
            let report = |facts| {
                serde_json::to_string(&validate(facts, &checker.evidence, &checker.policy, at)).expect("JSON")
            };
            assert_eq!(report(&facts), report(&again(&facts)), "{}", path.display());
            count += 1;
            problems += facts.signatures.iter().filter(|signature| !signature.problems.is_empty()).count();
        }
    }
    assert!(count > 20 && problems > 10, "{count} {problems}");
}

#[test]
fn files_that_hold_no_facts() {
    let facts = RSA.checker().facts(&signed(&RSA, "applicant", b"<a/>"), Octets::Drop).expect("facts");
    let file = FactsFile { qoltanba_facts: VERSION, name: None, sha256: String::new(), facts };
    let json = String::from_utf8(file.to_json().expect("JSON")).expect("text");
    let broken = |changed: String| {
        assert_ne!(changed, json);
        FactsFile::from_json(changed.as_bytes()).map(drop)
    };
    let other = broken(json.replace("{\"qoltanba_facts\":1", "{\"qoltanba_facts\":2"));
    assert!(matches!(other, Err(FactsFileError::Version(2))), "{other:?}");
    for changed in [
        json[..json.len() - 1].to_owned(),
        json.replace("\"sha256\":\"\"", "\"sha256\":\"\",\"more\":1"),
        json.replace("XAdES-B-B", &"X".repeat(100)),
        json.replace("\"MII", "\"AII"),
        json.replacen("\"bytes\":", "\"octets\":", 1),
    ] {
        let outcome = broken(changed);
        assert!(matches!(outcome, Err(FactsFileError::Malformed(_))), "{outcome:?}");
    }
}

/// What a stranger hands in as a document is never believed to be facts; they are judged where they are asked for.
#[test]
fn facts_are_no_document() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a.xml"), signed(&RSA, "applicant", b"<a/>")).expect("written");
    let run = |arguments: &[&std::ffi::OsStr]| {
        let trust = ["root.cer", "ca.cer", "root.crl", "ca.crl"].map(|name| RSA.path(name));
        std::process::Command::new(env!("CARGO_BIN_EXE_qoltanba"))
            .arg("verify")
            .args(arguments)
            .arg("--trust")
            .arg(&trust[0])
            .arg("--certs")
            .arg(&trust[1])
            .arg("--crl")
            .arg(&trust[2])
            .arg("--crl")
            .arg(&trust[3])
            .args(["--at", "2026-11-20T00:00:00Z", "--format", "json"])
            .output()
            .expect("the program runs")
    };
    let (document, facts) = (path("a.xml"), path("facts.xml"));
    let first = run(&[document.as_os_str(), "--facts".as_ref(), facts.as_os_str()]);
    assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
    let as_document = run(&[facts.as_os_str()]);
    assert_eq!(as_document.status.code(), Some(2), "{}", String::from_utf8_lossy(&as_document.stdout));
    let again = run(&["--from-facts".as_ref(), facts.as_os_str()]);
    assert_eq!((again.status.code(), &again.stdout), (Some(0), &first.stdout));
    assert!(!again.stderr.is_empty(), "that nothing was checked is said");
    let both = run(&[document.as_os_str(), "--from-facts".as_ref(), facts.as_os_str()]);
    assert_eq!(both.status.code(), Some(2));
}
