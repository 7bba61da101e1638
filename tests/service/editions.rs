//! Editions of the rules: the day of filing chooses, a change of law is a file, and what a file says wrongly stops the
//! start of the service.

use std::process::Command;

use jiff::{ToSpan, Zoned};
use serde_json::Value;

use super::setting::{FILE, Service, Setting, client, form, post};

fn with_editions(setting: &Setting, names: &str) {
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let text: Vec<&str> = text.lines().filter(|line| !line.starts_with("editions")).collect();
    std::fs::write(&setting.config, format!("editions = [{names}]\n{}", text.join("\n"))).expect("written");
}

fn program(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_qoltanba")).arg("rules").args(arguments).output();
    let output = output.expect("the program runs");
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_is_kept_by_the_rules_of_its_day() {
    let setting = Setting::new();
    let (shown, law) = program(&["show", "2025-05-24"]);
    assert!(shown);
    // Another law, of tomorrow and of today, which has no list of the vulnerable.
    let today = Zoned::now().date();
    let other = |since: jiff::civil::Date| {
        let (start, rest) = law.split_once("[[category]]\ncode = \"vulnerable\"").expect("the list");
        let (_, rest) = rest.split_once("[[category]]").expect("the next");
        let text = format!("{start}[[category]]{rest}").replace("2025-05-24\"", &format!("of {since}\""));
        let text = text.replace("since = 2025-05-24", &format!("since = {since}"));
        let file = setting.folder.path().join(format!("{since}.toml"));
        std::fs::write(&file, text).expect("written");
        file.display().to_string()
    };
    let (past, future) = (other(today - 2.days()), other(today + 2.days()));
    let file = async |person, names: &str| {
        with_editions(&setting, names);
        let service = Service::start(&setting.config);
        let (status, answer) =
            post(&service.base, form(setting.application(person, FILE), "income.pdf", FILE))
                .await
                .expect("an answer");
        if status != 201 {
            return (status, answer);
        }
        let url =
            format!("{}/api/v1/applications/{}", service.base, answer["number"].as_str().expect("a number"));
        let key = answer["access_key"].as_str().expect("a key").to_owned();
        let case = client().get(url).bearer_auth(&key).send().await.expect("a case");
        let mut case = case.json::<Value>().await.expect("JSON");
        case["key"] = key.into();
        (status, case)
    };
    let codes = |case: &Value| -> String {
        let needed = case["documents_needed"].as_array().expect("documents");
        needed.iter().map(|one| one["code"].as_str().expect("a code")).collect::<Vec<_>>().join(" ")
    };
    let (_, case) = file(0, &format!("\"2014-05-11\", \"{future}\"")).await;
    assert_eq!(case["edition"]["name"], "2014-05-11", "{case}");
    assert_eq!(codes(&case), "D1 D2 D4 D5 D7 D9 D11 D12");
    let (_, case) = file(1, "\"2014-05-11\", \"2025-05-24\"").await;
    assert_eq!(case["edition"]["name"], "2025-05-24", "{case}");
    assert_eq!(codes(&case), "D1 D11 D12");
    let whole = |case: &Value| {
        let clocks = case["clocks"].as_array().expect("clocks");
        clocks.iter().find(|one| one["limit"] == "case").cloned().expect("that of the whole case")
    };
    let due = whole(&case);
    assert_eq!(due["source"], "Law, article 71(1); decision G4");
    assert_eq!(due["last_day"]["moved"], case["due_date"]);
    // Another text by the name of the edition that it was filed by is not what it was filed by.
    let changed = setting.folder.path().join("changed.toml");
    std::fs::write(&changed, format!("{law}\n# changed\n")).expect("written");
    with_editions(&setting, &format!("\"2014-05-11\", \"{}\"", changed.display()));
    let service = Service::start(&setting.config);
    let url = format!("{}/api/v1/applications/{}", service.base, case["number"].as_str().expect("a number"));
    let key = case["key"].as_str().expect("a key");
    let again = client().get(url).bearer_auth(key).send().await.expect("a case");
    let again = again.json::<Value>().await.expect("JSON");
    assert_eq!(again["edition"], case["edition"], "{again}");
    assert!(again["documents_needed"].is_null(), "{again}");
    assert_eq!(whole(&again)["due"], due["due"], "its limits are its own");
    drop(service);
    let (status, answer) = file(2, &format!("\"2014-05-11\", \"{past}\"")).await;
    assert_eq!(
        (status, answer["errors"][0]["code"].as_str()),
        (422, Some("CATEGORY_NOT_IN_EDITION")),
        "{answer}"
    );
    // A day without rules has no applications.
    let (status, answer) = file(3, &format!("\"{future}\"")).await;
    assert_eq!((status, answer["errors"][0]["code"].as_str()), (422, Some("NO_EDITION")), "{answer}");
}

#[test]
fn editions_are_checked_and_told_by_day() {
    let (passed, said) = program(&["check", "2025-05-24", "2014-05-11"]);
    let lines: Vec<&str> = said.lines().map(|line| &line[..10]).collect();
    assert!(passed && lines == ["2014-05-11", "2025-05-24"], "{said}");
    let (passed, said) = program(&["check", "2014-05-11", "2025-05-24", "--on", "2025-05-23"]);
    assert!(passed && said.lines().count() == 1 && said.starts_with("2014-05-11"), "{said}");
    for wrong in [
        &["check", "2014-05-11", "2014-05-11"][..],
        &["check", "/nowhere"],
        &["check", "2014-05-11", "--on", "2014-05-10"],
    ] {
        let (passed, said) = program(wrong);
        assert!(!passed && !said.is_empty(), "{wrong:?}");
    }
    let (passed, said) = program(&["list", "2025-05-24"]);
    for row in [
        "limit  case  15 working days  (Law, article 71(1); decision G4)",
        "limit  execution  25 days  (decision G1; not by a text of that time)",
        "refusal  owned-housing  owns",
        "removal  dead  ",
        "signatories  head, deputy  ",
        "quorum  more than 1/2  ",
    ] {
        assert!(passed && said.contains(row), "{row}: {said}");
    }
    let setting = Setting::new();
    // A file of before limits were in files.
    let (_, law) = program(&["show", "2014-05-11"]);
    let (without, _) = law.split_once("[[limit]]").expect("limits");
    let old = setting.folder.path().join("old.toml");
    std::fs::write(&old, without).expect("written");
    let (passed, said) = program(&["check", &old.display().to_string()]);
    assert!(!passed && said.contains("the limit registration is missing"), "{said}");
    with_editions(&setting, "\"/nowhere.toml\"");
    let (passed, said) = setting.run(&["serve"]);
    assert!(!passed && said.contains("/nowhere.toml"), "{said}");
}
