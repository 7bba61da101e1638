//! A register that goes into a folder and comes back, on the same database or the other, and what does not come back.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::postgres;
use crate::setting::{FILE, Service, Setting, client, form, post};

/// A second register of the same service: other data, another database of the kind that is asked.
pub(crate) fn empty_register(setting: &Setting, name: &str, database: Option<&str>) -> PathBuf {
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let text: Vec<&str> = text.lines().filter(|line| !line.starts_with("database = \"postgres")).collect();
    let folder = setting.folder.path().join(name).display().to_string();
    let data = setting.folder.path().join("data").display().to_string();
    let text = text.join("\n").replace(&format!("\"{data}\""), &format!("\"{folder}\""));
    let database = database.map(|url| format!("database = \"{url}\"\n")).unwrap_or_default();
    let config = setting.folder.path().join(format!("{name}.toml"));
    std::fs::write(&config, database + &text + "\n").expect("written");
    config
}

pub(crate) fn run(config: &Path, arguments: &[&str]) -> (bool, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_qoltanba"))
        .args(arguments)
        .arg("--config")
        .arg(config)
        .output()
        .expect("the program runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

/// What the service says of a case.
async fn case(service: &Service, filed: &Value) -> (Value, String) {
    let (number, key) =
        (filed["number"].as_str().expect("a number"), filed["access_key"].as_str().expect("a key"));
    let url = format!("{}/api/v1/applications/{number}", service.base);
    let get = async |url: String| {
        let answer = client().get(url).bearer_auth(key).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200);
        answer.text().await.expect("a body")
    };
    let case = serde_json::from_str(&get(url.clone()).await).expect("JSON");
    (case, get(format!("{url}/receipt")).await)
}

/// A register with three cases, and its backup.
async fn filled(setting: &Setting) -> (Vec<Value>, Vec<(Value, String)>, PathBuf) {
    let service = Service::start(&setting.config);
    let mut filed = Vec::new();
    for document in [setting.application(0, FILE), setting.application_told(1, "a@example.kz")] {
        let (status, body) =
            post(&service.base, form(document, "income.pdf", FILE)).await.expect("an answer");
        assert_eq!(status, 201, "{body}");
        filed.push(body);
    }
    let mut cases = Vec::new();
    for one in &filed {
        cases.push(case(&service, one).await);
    }
    let backup = setting.folder.path().join("backup");
    // The service goes on meanwhile.
    let (made, said) = setting.run(&["backup", &backup.display().to_string()]);
    assert!(made && said.contains("cases: 2"), "{said}");
    let later = setting.application(2, FILE);
    let (status, _) = post(&service.base, form(later, "income.pdf", FILE)).await.expect("an answer");
    assert_eq!(status, 201);
    (filed, cases, backup)
}

crate::also_over_postgresql!(
    a_register_comes_back_on_either_database,
    what_does_not_fit_is_not_restored,
    a_backup_from_before_comes_back
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_register_comes_back_on_either_database() {
    let setting = Setting::new();
    let (filed, cases, backup) = filled(&setting).await;
    let backup = backup.display().to_string();
    let other = postgres::shared().map(postgres::Postgres::database);
    let mut places = vec![empty_register(&setting, "file", None)];
    match &other {
        Some(url) => places.push(empty_register(&setting, "server", Some(url))),
        None => postgres::missing(),
    }
    for config in places {
        let (restored, said) = run(&config, &["restore", &backup]);
        assert!(restored, "{said}");
        // Two applications and two receipts.
        assert!(said.contains("that verify: 4, not proven: 0"), "{said}");
        let (whole, said) = run(&config, &["log", "verify"]);
        assert!(whole, "{said}");
        let (_, owed) = run(&config, &["jobs", "list"]);
        assert_eq!(owed.lines().count(), 1, "what was owed is owed: {owed}");
        let service = Service::start(&config);
        for (filed, before) in filed.iter().zip(&cases) {
            assert_eq!(&case(&service, filed).await, before);
        }
        // The register goes on where it was: the same person is known, the next number follows.
        let again = setting.application(0, FILE);
        let (status, body) = post(&service.base, form(again, "income.pdf", FILE)).await.expect("an answer");
        assert_eq!((status, &body["code"]), (409, &"OPEN_APPLICATION".into()));
        let next = setting.application(3, FILE);
        let (status, body) = post(&service.base, form(next, "income.pdf", FILE)).await.expect("an answer");
        assert_eq!(status, 201);
        assert!(body["number"].as_str().is_some_and(|number| number.ends_with("000003")), "{body}");
        drop(service);
        let (restored, said) = run(&config, &["restore", &backup]);
        assert!(!restored && said.contains("there are cases"), "{said}");
    }
}

/// Tables that registers did not have at first: a backup without them comes back all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_from_before_comes_back() {
    let setting = Setting::new();
    let (_, _, backup) = filled(&setting).await;
    let text = std::fs::read_to_string(backup.join("manifest.json")).expect("a manifest");
    let mut manifest: Value = serde_json::from_str(&text).expect("JSON");
    let later = [
        "refusals",
        "offers",
        "bookings",
        "booking_holders",
        "names",
        "accesses",
        "reminders",
        "representatives",
    ];
    for table in later {
        let name = format!("{table}.jsonl");
        std::fs::remove_file(backup.join(&name)).expect("a table");
        for (part, entry) in [("files", name.as_str()), ("rows", table)] {
            let entries = manifest[part].as_object_mut().expect("entries");
            assert!(entries.remove(entry).is_some(), "{entry}");
        }
    }
    std::fs::write(backup.join("manifest.json"), manifest.to_string()).expect("written");
    let config = empty_register(&setting, "later", None);
    let (restored, said) = run(&config, &["restore", &backup.display().to_string()]);
    assert!(restored && said.contains("that verify: 4, not proven: 0"), "{said}");
    let again = setting.folder.path().join("again");
    let (made, said) = run(&config, &["backup", &again.display().to_string()]);
    assert!(made, "{said}");
    let rows = |table: &str| {
        let text = std::fs::read_to_string(again.join(format!("{table}.jsonl"))).expect("rows");
        text.lines().count()
    };
    assert_eq!(rows("reminders"), 2, "clocks are looked at");
    // A letter, and the name of each.
    assert_eq!(rows("jobs"), 3);
}

/// Changes a file of a copy of the backup, and the manifest with it where it names the file.
fn tampered(setting: &Setting, backup: &Path, name: &str, change: impl Fn(String) -> String) -> String {
    let copy = setting.folder.path().join("tampered");
    let _ = std::fs::remove_dir_all(&copy);
    let copied = std::process::Command::new("cp").arg("-r").arg(backup).arg(&copy).status();
    assert!(copied.expect("cp runs").success());
    let before = std::fs::read_to_string(copy.join(name)).expect("text");
    let after = change(before.clone());
    assert_ne!(before, after, "the change changes something");
    std::fs::write(copy.join(name), &after).expect("written");
    let digest = |text: &str| {
        let octets = qoltanba::crypto::sha256(text.as_bytes());
        octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>()
    };
    let manifest = std::fs::read_to_string(copy.join("manifest.json")).expect("a manifest");
    std::fs::write(copy.join("manifest.json"), manifest.replace(&digest(&before), &digest(&after)))
        .expect("written");
    copy.display().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_is_not_restored() {
    let setting = Setting::new();
    let (_, _, backup) = filled(&setting).await;
    let url = postgres::url().map(|_| postgres::shared().expect("it runs").database());
    let config = empty_register(&setting, "other", url.as_deref());
    let (done, said) = setting.run(&["backup", &backup.display().to_string()]);
    assert!(!done && said.contains("is not empty"), "{said}");
    let refused = |folder: &str, why: &str| {
        let (restored, said) = run(&config, &["restore", folder]);
        assert!(!restored && said.contains(why), "{why}: {said}");
    };
    let rows = |name: &str| std::fs::read_to_string(backup.join(name)).expect("rows");
    let document = |kind: &str| {
        let row = rows("documents.jsonl")
            .lines()
            .find(|row| row.contains(&format!("\"{kind}\"")))
            .map(str::to_owned);
        let row: Value = serde_json::from_str(&row.expect("a document")).expect("JSON");
        let sha256 = row["sha256"].as_str().expect("a digest").to_owned();
        (format!("blobs/{}/{}", &sha256[..2], &sha256[2..]), sha256)
    };

    let unfinished = tampered(&setting, &backup, "manifest.json", |text| text + "\n");
    std::fs::remove_file(Path::new(&unfinished).join("manifest.json")).expect("removed");
    refused(&unfinished, "no finished backup");
    let folder = tampered(&setting, &backup, "manifest.json", |text| {
        text.replace("events.jsonl\": \"", "events.jsonl\": \"0")
    });
    refused(&folder, "events.jsonl is not the file of the manifest");
    // Whoever changes the manifest too is found out by the chain, the digests and the signatures.
    let folder =
        tampered(&setting, &backup, "events.jsonl", |text| text.replacen("registered", "registerex", 1));
    refused(&folder, "the chain of events is broken");
    let (place, _) = document("application");
    let folder = tampered(&setting, &backup, &place, |text| text.replace("МЫСАЛ<", "МАСАЛ<"));
    refused(&folder, "does not match its digest");
    let folder = tampered(&setting, &backup, "jobs.jsonl", |_| String::new());
    refused(&folder, "jobs: not the rows of the manifest");

    // A forged application under its own digest, everywhere.
    let (place, sha256) = document("application");
    let forged = std::fs::read_to_string(backup.join(&place)).expect("XML").replace("МЫСАЛ<", "МАСАЛ<");
    let forged_sha256: String =
        qoltanba::crypto::sha256(forged.as_bytes()).iter().map(|octet| format!("{octet:02x}")).collect();
    let folder = tampered(&setting, &backup, "documents.jsonl", |text| text.replace(&sha256, &forged_sha256));
    let forged_place = Path::new(&folder).join("blobs").join(&forged_sha256[..2]).join(&forged_sha256[2..]);
    std::fs::create_dir_all(forged_place.parent().expect("a folder")).expect("made");
    std::fs::write(forged_place, forged).expect("written");
    refused(&folder, "TOTAL-FAILED");

    // Signers whom nobody vouches for: only if that is asked. It also tells that nothing was left of all the above.
    let text = std::fs::read_to_string(&config).expect("settings");
    let trust = text.lines().find(|line| line.starts_with("trust")).expect("anchors").to_owned();
    std::fs::write(&config, text.replace(&trust, "")).expect("written");
    refused(&backup.display().to_string(), "INDETERMINATE");
    let (restored, said) = run(&config, &["restore", "--allow-unproven", &backup.display().to_string()]);
    assert!(restored && said.contains("that verify: 0, not proven: 4"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exports_say_what_they_may() {
    let setting = Setting::new();
    let (filed, _, _) = filled(&setting).await;
    let number = filed[0]["number"].as_str().expect("a number");
    let export = |format: &str| {
        let file = setting.folder.path().join(format).display().to_string();
        let (done, said) = setting.run(&["export", "--format", format, "--output", &file]);
        assert!(done && said.contains("cases: 3"), "{said}");
        let (again, _) = setting.run(&["export", "--format", format, "--output", &file]);
        assert!(!again, "no file is overwritten");
        std::fs::read_to_string(file).expect("text")
    };
    let csv = export("csv");
    assert_eq!(csv.lines().count(), 4);
    assert!(csv.lines().nth(1).is_some_and(|line| line.starts_with(&format!("{number},"))), "{csv}");
    let json: Vec<Value> =
        export("json").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(
        (json.len(), &json[0]["number"], &json[0]["steps"][0]["kind"]),
        (3, &number.into(), &"registered".into())
    );
    let open = export("open-data");
    assert_eq!(open.lines().count(), 4);
    for secret in [number, "ALA", "850101", "МЫСАЛ", "example.kz", "income", ":"] {
        assert!(!open.contains(secret), "{secret} in {open}");
    }
}
