//! `testdata/attacks/index.toml` and the documents beside it: written on demand, else compared.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::signed::{folder, reading, writing};
use super::{Attack, attacks};

const HEAD: &str = "# The corpus of hostile documents, made by tests/attacks (see README.md here). One of `expected` must come.\n";

fn index(attacks: &[Attack]) -> String {
    let mut text = HEAD.to_owned();
    for attack in attacks {
        let mut line =
            |key: &str, value: &dyn std::fmt::Debug| writeln!(text, "{key} = {value:?}").expect("memory");
        line("\n[[attack]]\nclass", &attack.class);
        line("name", &attack.name);
        line("tries", &attack.tries);
        match attack.file() {
            Some(file) => line("file", &file),
            None => line("made_when_judged", &true),
        }
        if attack.policy != "kz" {
            line("policy", &attack.policy);
        }
        if !attack.id_attributes.is_empty() {
            line("id_attributes", &attack.id_attributes);
        }
        line("expected", &attack.expected);
        let statuses: BTreeSet<u8> = attack.expected.iter().map(|outcome| exit_status(outcome)).collect();
        line("exit_status", &statuses.into_iter().collect::<Vec<_>>());
        if !attack.covered.is_empty() {
            line("covered", &attack.covered);
        }
        if !attack.uncovered.is_empty() {
            line("uncovered", &attack.uncovered);
        }
        if let Some(sha256) = &attack.octets_sha256 {
            line("octets_sha256", sha256);
        }
    }
    text
}

/// The exit status of `qoltanba verify` for an outcome.
pub(super) fn exit_status(outcome: &str) -> u8 {
    match outcome.split('/').next() {
        Some("TOTAL-PASSED") => 0,
        Some("TOTAL-FAILED") => 1,
        Some("refused") => 2,
        _ => 3,
    }
}

/// Every file of the classes, by its path below the corpus.
fn committed(folder: &Path) -> BTreeSet<String> {
    let folders = fs::read_dir(folder).expect("the corpus").flatten().filter(|entry| entry.path().is_dir());
    folders
        .flat_map(|class| fs::read_dir(class.path()).expect("a class").flatten())
        .map(|file| {
            let path = file.path();
            let path = path.strip_prefix(folder).expect("a path below the corpus");
            path.to_str().expect("a name").to_owned()
        })
        .collect()
}

#[test]
fn what_is_committed_is_what_is_made() {
    let attacks = attacks();
    let folder = folder();
    let names: BTreeSet<(&str, &str)> = attacks.iter().map(|attack| (attack.class, &*attack.name)).collect();
    assert_eq!(names.len(), attacks.len(), "each has a name of its own");
    assert!(attacks.iter().filter(|attack| attack.class != "control").count() >= 120);
    let files: Vec<(String, Vec<u8>)> =
        attacks.iter().filter_map(|attack| Some((attack.file()?, attack.document()))).collect();
    let index = index(&attacks);
    if std::env::var_os("QOLTANBA_WRITE_ATTACKS").is_some() {
        let _alone = writing();
        for file in committed(&folder) {
            fs::remove_file(folder.join(file)).expect("removed");
        }
        for (file, document) in &files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().expect("a class")).expect("a folder");
            fs::write(path, document).expect("written");
        }
        fs::write(folder.join("index.toml"), &index).expect("written");
    }
    let _unchanged = reading();
    let made: BTreeSet<String> = files.iter().map(|(file, _)| file.clone()).collect();
    assert_eq!(committed(&folder), made);
    for (file, document) in &files {
        assert!(fs::read(folder.join(file)).expect("a file") == *document, "{file} is not what is made");
    }
    assert_eq!(fs::read_to_string(folder.join("index.toml")).expect("the index"), index);
}

#[test]
fn the_index_is_toml_and_names_every_class() {
    let _unchanged = reading();
    let text = fs::read_to_string(folder().join("index.toml")).expect("the index");
    let table: toml::Table = text.parse().expect("TOML");
    let entries = table["attack"].as_array().expect("entries");
    let classes: BTreeSet<&str> =
        entries.iter().map(|entry| entry["class"].as_str().expect("a class")).collect();
    let expected = [
        "algorithms",
        "canonicalization",
        "control",
        "exhaustion",
        "identifiers",
        "parser",
        "structure",
        "transforms",
        "wrapping",
    ];
    assert_eq!(classes.into_iter().collect::<Vec<_>>(), expected);
    for class in expected {
        let count = entries.iter().filter(|entry| entry["class"].as_str() == Some(class)).count();
        println!("{class}: {count}");
    }
}
