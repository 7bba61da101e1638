//! The texts of papers hold together: the same keys and parameters in three languages, each key used, each
//! identifier in the source known.

use super::words::{KAZAKH_TEXTS, RUSSIAN_TEXTS};
use fluent_bundle::FluentResource;
use std::collections::{BTreeMap, BTreeSet};

const ENGLISH_TEXTS: &str = include_str!("../locales/paper.en.ftl");
/// Has names of elements too: only what it says counts, and what it calls who signed.
const ORIGINAL: &str = include_str!("original.rs");
const SOURCES: [&str; 10] = [
    include_str!("words.rs"),
    include_str!("layout.rs"),
    include_str!("forms/mod.rs"),
    include_str!("forms/receipt.rs"),
    include_str!("forms/letter.rs"),
    include_str!("forms/memo.rs"),
    include_str!("forms/commission.rs"),
    include_str!("forms/notice.rs"),
    include_str!("forms/list.rs"),
    include_str!("forms/granting.rs"),
];

/// Each key with the parameters of its text.
fn texts(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    assert!(FluentResource::try_new(source.to_owned()).is_ok());
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, text)) = line.split_once(" = ").filter(|_| !line.starts_with(' ')) {
            assert!(!text.trim().is_empty(), "{name} is empty");
            key = name.to_owned();
            assert!(texts.insert(key.clone(), BTreeSet::new()).is_none(), "{key} is there twice");
        }
        let parameters = line.split('$').skip(1);
        let names = parameters.map(|rest| rest.split([' ', '}']).next().unwrap_or_default().to_owned());
        texts.entry(key.clone()).or_default().extend(names);
    }
    texts.remove("");
    texts
}

#[test]
fn every_language_has_every_text_with_its_parameters() {
    let [kazakh, russian, english] = [KAZAKH_TEXTS, RUSSIAN_TEXTS, ENGLISH_TEXTS].map(texts);
    assert_eq!(kazakh, english);
    assert_eq!(russian, english);
    assert!(english.len() > 100);
}

#[test]
fn a_text_that_is_missing_is_found() {
    let without = KAZAKH_TEXTS.replacen("appeal = ", "appeals = ", 1);
    assert_ne!(texts(&without), texts(ENGLISH_TEXTS));
    let other_parameter = KAZAKH_TEXTS.replacen("{ $ground }", "{ $reason }", 1);
    assert_ne!(texts(&other_parameter), texts(ENGLISH_TEXTS));
}

/// The texts that the source can ask for: literals, and those made of a number or of a kind.
fn asked() -> BTreeSet<String> {
    let mut asked: BTreeSet<String> = BTreeSet::new();
    let is_key = |text: &&str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b"-0123456789".contains(&b))
    };
    for source in SOURCES {
        asked.extend(source.split('"').skip(1).step_by(2).filter(is_key).map(str::to_owned));
    }
    let said = ORIGINAL.split("say(language, \"").skip(1).filter_map(|rest| rest.split('"').next());
    asked.extend(said.map(str::to_owned));
    let named =
        ORIGINAL.split('"').filter(|text| ["signer-", "title-"].iter().any(|of| text.starts_with(of)));
    asked.extend(named.filter(is_key).map(str::to_owned));
    asked.extend((1..=12).flat_map(|number| [format!("month-{number}"), format!("document-{number}")]));
    asked.extend(super::Kind::ALL.map(|kind| format!("title-{}", kind.code())));
    asked
}

#[test]
fn every_text_is_asked_for() {
    let asked = asked();
    let unused: Vec<_> = texts(ENGLISH_TEXTS).into_keys().filter(|key| !asked.contains(key)).collect();
    assert_eq!(unused, Vec::<String>::new());
}

#[test]
fn every_text_that_is_asked_for_is_there() {
    let texts = texts(ENGLISH_TEXTS);
    let known: BTreeSet<&String> = texts.keys().chain(texts.values().flatten()).collect();
    let asked = asked();
    let unknown: Vec<_> = asked.iter().filter(|text| !known.contains(text)).collect();
    // The tags of languages are no texts.
    assert_eq!(unknown, ["kk", "ru"]);
}

#[test]
fn kazakh_is_not_russian() {
    let value = |source: &str, key: &str| {
        source.lines().find_map(|line| line.strip_prefix(&format!("{key} = ")).map(str::to_owned))
    };
    // Words that both languages write alike.
    let shared = ["courier"];
    for key in texts(ENGLISH_TEXTS).keys().filter(|key| !shared.contains(&key.as_str())) {
        assert_ne!(value(KAZAKH_TEXTS, key), value(RUSSIAN_TEXTS, key), "{key}");
        assert_ne!(value(RUSSIAN_TEXTS, key), value(ENGLISH_TEXTS, key), "{key}");
    }
}
