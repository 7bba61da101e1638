//! State databases: a simulator as a process of its own answers rightly, slowly, wrongly or not at all, and each case
//! shows to officials what became of its questions, and nothing more.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use qoltanba::crypto::sha256;
use qoltanba::housing::act::{Content, Step};
use qoltanba::housing::application::{Attachment, Representative};
use qoltanba::service::verify::{open_identity, sign_xml};
use qoltanba::signature::sign::Profile;
use qoltanba::xml::Limits;
use reqwest::multipart::Part;
use serde_json::Value;

use crate::setting::{FILE, Service, Setting, client, data, form, iin, post};

/// How long answers may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// The head in the development PKI, who also signs for the databases here.
const OFFICIAL: &str = "790512300125";
const TOKEN: &str = "of an official";

/// State databases; killed when dropped.
struct Simulator {
    process: Child,
    address: String,
}

impl Simulator {
    fn start(setting: &Setting, listen: &str, key: &str, data: &str, more: &[&str]) -> Self {
        let folder = setting.folder.path();
        std::fs::write(folder.join("simulate.toml"), data).expect("written");
        let mut process = Command::new(env!("CARGO_BIN_EXE_qoltanba"))
            .args(["simulate", "--listen", listen, "--key"])
            .arg(folder.join("pki").join(key))
            .arg("--data")
            .arg(folder.join("simulate.toml"))
            .args(more)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the simulator starts");
        let mut lines = BufReader::new(process.stderr.take().expect("its messages")).lines();
        let line = lines.next().expect("it says where it listens").expect("a line");
        let address = line.strip_prefix("listening on http://").expect("an address");
        let address = address.split('/').next().expect("an address").to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the databases know of a person who told the truth, and how they answer.
fn known(person: u32, fault: Option<&str>) -> String {
    let fault = fault.map(|fault| format!("fault = \"{fault}\"\n")).unwrap_or_default();
    format!(
        "[[person]]\niin = \"{}\"\nsurname = \"Мысалов\"\ngiven_name = \"Мысал\"\nbirth_date = \"1985-01-01\"\n\
         {fault}[[person.residence]]\naddress = \"Алматы, ул. Примерная 1\"\nsince = \"2010-01-01\"\n",
        iin(person)
    )
}

/// Adds to the settings who is asked where, and an official who may look and act.
fn with_registries(setting: &Setting, places: &[(&str, &str, &str)], jobs: &str) {
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let digest: String = sha256(TOKEN.as_bytes()).iter().map(|octet| format!("{octet:02x}")).collect();
    let official =
        format!("[[officials]]\niin = \"{OFFICIAL}\"\nrole = \"head\"\ntoken_sha256 = \"{digest}\"\n");
    let executor = "[[officials]]\niin = \"911102300770\"\nrole = \"executor\"\n";
    let places: String = places
        .iter()
        .map(|(database, address, iin)| {
            let url = format!("http://{address}/state");
            format!("[[registries.databases]]\ndatabase = \"{database}\"\nurl = \"{url}\"\niin = \"{iin}\"\n")
        })
        .collect();
    let bounds = "[registries]\nseconds = 1\ntries = 1\n";
    let text = format!("{text}{official}{executor}{bounds}{places}[jobs]\npoll_seconds = 1\n{jobs}\n");
    std::fs::write(&setting.config, text).expect("written");
}

async fn file(service: &Service, document: Vec<u8>) -> (String, String) {
    let (status, body) = post(&service.base, form(document, "income.pdf", FILE)).await.expect("an answer");
    assert_eq!(status, 201, "{body}");
    let text = |name: &str| body[name].as_str().expect(name).to_owned();
    (text("number"), text("access_key"))
}

async fn case(service: &Service, number: &str, bearer: &str) -> Value {
    let url = format!("{}/api/v1/applications/{number}", service.base);
    let asked = client().get(url).header("accept-language", "ru").bearer_auth(bearer);
    let answer = asked.send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200, "{number}");
    serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON")
}

/// The questions of a case once they are as they should be.
async fn until(service: &Service, number: &str, are_so: impl Fn(&Value) -> bool) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let case = case(service, number, TOKEN).await;
        let questions = case["state_data"].as_array().expect("what was asked").clone();
        if questions.iter().all(&are_so) {
            return questions;
        }
        assert!(began.elapsed() < PATIENCE, "{questions:?}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

fn kinds(case: &Value, kind: &str) -> usize {
    let documents = case["documents"].as_array().expect("documents");
    documents.iter().filter(|document| document["kind"] == kind).count()
}

crate::also_over_postgresql!(each_answer_is_taken_for_what_it_is, a_database_that_is_away_holds_nobody_up);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_answer_is_taken_for_what_it_is() {
    // A person each: what the databases do, and what becomes of it.
    let cases: [(Option<&str>, &str, &str, &str); 13] = [
        (None, "answered", "agree", ""),
        (Some("contradict"), "answered", "contradict", ""),
        // Nobody knows the third.
        (None, "answered", "no-data", ""),
        (Some("wrong-key"), "unavailable", "STATE_RECORD_REFUSED", "CHAIN_NOT_FOUND"),
        (Some("altered"), "unavailable", "STATE_RECORD_REFUSED", "DIGEST_MISMATCH"),
        (Some("other-question"), "unavailable", "STATE_RECORD_REFUSED", "STATE_RECORD_OTHER"),
        (Some("other-person"), "unavailable", "STATE_RECORD_REFUSED", "STATE_RECORD_OTHER"),
        (Some("other-database"), "unavailable", "STATE_RECORD_REFUSED", "STATE_RECORD_OTHER"),
        (Some("stale"), "unavailable", "STATE_RECORD_REFUSED", "STATE_RECORD_TIME"),
        (Some("garbage"), "unavailable", "STATE_RECORD_REFUSED", ""),
        (Some("oversized"), "unavailable", "STATE_DATABASE_SILENT", "size"),
        (Some("error"), "unavailable", "STATE_DATABASE_SILENT", "status 500"),
        (Some("slow"), "unavailable", "STATE_DATABASE_SILENT", "timeout"),
    ];
    let setting = Setting::new();
    let persons = |at: usize| u32::try_from(at).expect("few");
    let everybody: Vec<_> = cases.iter().enumerate().filter(|(at, _)| *at != 2).collect();
    let text: String = everybody.iter().map(|(at, (fault, ..))| known(persons(*at), *fault)).collect();
    let simulator = Simulator::start(&setting, "127.0.0.1:0", "official.p12", &text, &[]);
    let databases = ["natural-persons", "residence", "property"];
    let places = databases.map(|database| (database, simulator.address.as_str(), OFFICIAL));
    with_registries(&setting, &places, "attempts = 2\nretry_seconds = 0");
    let service = Service::start_logging(&setting.config, "debug");
    let mut filed = Vec::new();
    for at in 0..cases.len() {
        filed.push(file(&service, setting.application(persons(at), FILE)).await);
    }
    for ((number, key), (fault, status, result, detail)) in filed.iter().zip(cases) {
        let questions = until(&service, number, |one| one["status"] != "waiting").await;
        assert_eq!(questions.iter().map(|one| &one["database"]).collect::<Vec<_>>(), databases);
        for one in &questions {
            assert_eq!(
                (&one["status"], &one["person"]),
                (&status.into(), &"applicant".into()),
                "{fault:?} {one}"
            );
            if status == "answered" {
                assert_eq!(one["result"], result, "{one}");
            } else {
                let reason = &one["reason"];
                assert_eq!((&reason["code"], &one["tries"]), (&result.into(), &2.into()), "{fault:?} {one}");
                assert!(reason["detail"].as_str().expect("a detail").contains(detail), "{fault:?} {one}");
                let message = reason["message"].as_str().expect("a message");
                assert!(message.contains("ни за, ни против"), "{message}");
                assert!(!detail.starts_with("status") || message.contains("кодом 500."), "{message}");
            }
        }
        let seen = case(&service, number, TOKEN).await;
        let kept = if status == "answered" { databases.len() } else { 0 };
        assert_eq!(
            (kinds(&seen, "state-record"), kinds(&seen, "state-comparison")),
            (kept, kept),
            "{fault:?}"
        );
        // Nothing moved the case but its filing.
        assert_eq!(seen["status"], "registered");
        // What databases say of a family is not for whoever has the applicant's key.
        let seen = case(&service, number, key).await;
        assert!(seen.get("state_data").is_none() && kinds(&seen, "state-questions") == 0, "{seen}");
    }
    contradictions_are_shown_with_both_values(&service, &filed[1].0).await;
    let (number, _) = &filed[12];
    let act = Content::AssignExecutor { executor: "911102300770".to_owned() }.to_xml(number);
    let key = std::fs::read(setting.folder.path().join("pki/official.p12")).expect("a key");
    let identity = open_identity(&key, "qoltanba").expect("an identity");
    let act = sign_xml(act.as_bytes(), &identity, &Profile::default(), &Limits::default()).expect("signed");
    let url = format!("{}/api/v1/applications/{number}/steps/assign-executor", service.base);
    let taken = client().post(url).body(act).send().await.expect("an answer");
    assert_eq!(taken.status().as_u16(), 200, "a case goes on, whatever databases do");

    let log = service.log.lock().expect("the log").clone();
    let (_, jobs) = setting.run(&["jobs", "list", "--json"]);
    drop(service);
    assert!(log.contains("asked") && jobs.contains("STATE_RECORD_REFUSED"), "{log} {jobs}");
    for at in 0..cases.len() {
        let iin = iin(persons(at));
        assert!(!log.contains(&iin) && !jobs.contains(&iin), "the number of a person is in a log");
    }
    assert!(!log.contains("МЫСАЛ") && !log.contains("Мысал") && !jobs.contains("МЫСАЛ"));
    let (whole, said) = setting.run(&["log", "verify"]);
    assert!(whole, "{said}");
}

async fn contradictions_are_shown_with_both_values(service: &Service, number: &str) {
    let questions = until(service, number, |one| one["status"] == "answered").await;
    let values = |at: usize, name: &str| {
        let differences = questions[at]["differences"].as_array().expect("differences");
        differences.iter().map(|one| one[name].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let all = |at| (values(at, "field"), values(at, "claimed"), values(at, "recorded"));
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(all(0), (texts(&["surname"]), texts(&["МЫСАЛОВ"]), texts(&["БАСҚА"])));
    let (claimed, recorded) = ("Алматы, ул. Примерная, 1", "Астана, ул. Иная, 2");
    assert_eq!(all(1), (texts(&["address"]), texts(&[claimed]), texts(&[recorded])));
    assert_eq!(values(2, "field"), ["dwelling", "dwelling"]);
    assert!(values(2, "recorded")[1].contains("Талгар"));
    // The e-document is kept as it came, and verifies by itself.
    let id = questions[0]["document"].as_str().expect("a document");
    let url = format!("{}/api/v1/applications/{number}/documents/{id}", service.base);
    let client = client();
    let kept = client.get(url).bearer_auth(TOKEN).send().await.expect("an answer");
    let kept = kept.bytes().await.expect("the document");
    let url = format!("{}/api/v1/verifications", service.base);
    let report = client.post(url).header("content-type", "application/xml").body(kept).send().await;
    let report = report.expect("an answer").text().await.expect("a report");
    assert!(report.contains("\"TOTAL-PASSED\"") && report.contains(OFFICIAL), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_holds_nobody_up() {
    let setting = Setting::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = free.local_addr().expect("an address").to_string();
    drop(free);
    let databases = ["natural-persons", "powers-of-attorney", "residence", "property"];
    let places = databases.map(|database| (database, address.as_str(), OFFICIAL));
    with_registries(&setting, &places, "attempts = 20\nretry_seconds = 1");
    let service = Service::start(&setting.config);
    // The second acts for the first.
    let today = qoltanba::calendar::local_date(Timestamp::now()).expect("a date");
    let day = SignedDuration::from_hours(24);
    let (given, until_day) = (today - day, today + day);
    let mut represented = data(0, FILE);
    represented.representative = Some(Representative {
        person: data(1, FILE).applicant,
        number: "7-12".to_owned(),
        given,
        until: until_day,
    });
    let power = b"%PDF-1.4 a made-up power of attorney".to_vec();
    represented.attachments.push(Attachment {
        document_code: "D11".to_owned(),
        file_name: "power.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: power.len() as u64,
        sha256: sha256(&power),
    });
    let forms = |signer| {
        let part = Part::bytes(power.clone()).file_name("power.pdf");
        let part = part.mime_str("application/pdf").expect("a type");
        form(setting.sign_as(signer, &represented.to_xml()), "income.pdf", FILE).part("power", part)
    };
    let (status, body) = post(&service.base, forms(0)).await.expect("an answer");
    assert!(status == 422 && body.to_string().contains("SIGNER_NOT_REPRESENTATIVE"), "{body}");
    let (status, body) = post(&service.base, forms(1)).await.expect("an answer");
    assert_eq!(status, 201, "{body}");
    let number = body["number"].as_str().expect("a number");
    let questions = until(&service, number, |one| {
        one["status"] == "waiting" && one["reason"]["code"] == "STATE_DATABASE_SILENT"
    })
    .await;
    let asked: Vec<String> = questions
        .iter()
        .map(|one| [&one["database"], &one["person"]].map(|text| text.as_str().expect("a text")).join(" "))
        .collect();
    assert_eq!(
        asked,
        [
            "natural-persons applicant",
            "residence applicant",
            "property applicant",
            "natural-persons representative",
            "powers-of-attorney applicant"
        ]
    );
    assert!(questions.iter().all(|one| one["reason"]["detail"] == "connection"), "{questions:?}");
    // What is over is not asked any more.
    let (withdrawn, _) = file(&service, setting.application(2, FILE)).await;
    let act = setting.sign_as(2, &Content::Plain(Step::Withdraw).to_xml(&withdrawn));
    let url = format!("{}/api/v1/applications/{withdrawn}/steps/withdraw", service.base);
    let taken = client().post(url).body(act).send().await.expect("an answer");
    assert_eq!(taken.status().as_u16(), 200, "{}", taken.text().await.expect("a body"));
    until(&service, &withdrawn, |one| one["status"] == "dropped").await;
    let text = format!(
        "{}{}[[power_of_attorney]]\nnumber = \"7-12\"\nnotary = \"МЫСАЛ НОТАРИУС\"\nprincipal = \"{}\"\n\
         representative = \"{}\"\ndate = \"{given}\"\nuntil = \"{until_day}\"\n",
        known(0, None),
        known(1, None),
        iin(0),
        iin(1)
    );
    let more = ["--delay", "100", "--fault", "powers-of-attorney=contradict"];
    let _simulator = Simulator::start(&setting, &address, "official.p12", &text, &more);
    let questions = until(&service, number, |one| one["status"] == "answered").await;
    let results: Vec<&Value> = questions.iter().map(|one| &one["result"]).collect();
    assert_eq!(results, ["agree", "agree", "agree", "agree", "contradict"]);
    assert_eq!(questions[4]["differences"][0]["field"], "revoked");
    // What databases said comes back from a backup, verified on the way.
    let backup = setting.folder.path().join("backup").display().to_string();
    let (made, said) = setting.run(&["backup", &backup]);
    assert!(made, "{said}");
    let config = crate::backup::empty_register(&setting, "restored", None);
    let (restored, said) = crate::backup::run(&config, &["restore", &backup]);
    // Two applications with their receipts, a withdrawal and five e-documents.
    assert!(restored && said.contains("that verify: 10, not proven: 0"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_signatory_with_a_good_certificate_speaks_for_a_database() {
    let setting = Setting::new();
    let simulators = ["executor.p12", "expired.p12", "revoked.p12"]
        .map(|key| Simulator::start(&setting, "127.0.0.1:0", key, &known(0, None), &[]));
    let [executor, expired, revoked] = &simulators;
    let crl = setting.folder.path().join("pki/ca.crl").display().to_string();
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    std::fs::write(&setting.config, format!("crls = [\"{crl}\"]\n{text}")).expect("written");
    let places = [
        ("natural-persons", executor.address.as_str(), OFFICIAL),
        ("residence", expired.address.as_str(), "740228300330"),
        ("property", revoked.address.as_str(), "950917400613"),
    ];
    with_registries(&setting, &places, "attempts = 1");
    let service = Service::start(&setting.config);
    let (number, _) = file(&service, setting.application(0, FILE)).await;
    let questions = until(&service, &number, |one| one["status"] == "unavailable").await;
    for (one, code) in questions.iter().zip(["STATE_RECORD_SIGNER", "EXPIRED", "REVOKED"]) {
        let detail = one["reason"]["detail"].as_str().expect("a detail");
        assert!(detail.contains(code), "{code}: {one}");
    }
}

fn hex(document: &[u8]) -> String {
    qoltanba::crypto::sha256(document).iter().map(|octet| format!("{octet:02x}")).collect()
}

/// At a counter the inspector asks before filing; nobody else may.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inspector_asks_before_filing() {
    let setting = Setting::new();
    let more = ["--fault", "property=altered", "--fault", "residence=contradict"];
    let simulator = Simulator::start(&setting, "127.0.0.1:0", "official.p12", &known(0, None), &more);
    let places = ["natural-persons", "residence", "property"]
        .map(|database| (database, simulator.address.as_str(), OFFICIAL));
    with_registries(&setting, &places, "attempts = 1");
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let inspector = format!(
        "[[officials]]\niin = \"790512300125\"\nrole = \"inspector\"\ncentre = \"almaly\"\ntoken_sha256 = \"{}\"\n\
         [[officials]]\niin = \"{}\"\nrole = \"inspector\"\ncentre = \"medeu\"\ntoken_sha256 = \"{}\"\n",
        hex(b"a token"),
        iin(9),
        hex(b"another's")
    );
    std::fs::write(&setting.config, text + &inspector).expect("written");
    let service = Service::start(&setting.config);
    let check_by = async |document: Vec<u8>, token: &str| {
        let url = format!("{}/api/v1/applications/checks", service.base);
        let request = client().post(url).body(document);
        let request = if token.is_empty() { request } else { request.bearer_auth(token) };
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str::<Value>(&text).expect("JSON"))
    };
    let check = async |document: Vec<u8>| check_by(document, "a token").await;
    let (status, body) = check(setting.application(0, FILE)).await;
    assert_eq!((status, &body["code"]), (403, &"NOT_AN_OFFICIAL".into()), "{body}");
    let mut taken_down = data(0, FILE);
    taken_down.centre = Some("almaly".to_owned());
    let (status, body) = check(setting.sign_as(0, &taken_down.to_xml())).await;
    assert!(status == 422 && body.to_string().contains("SIGNER_NOT_INSPECTOR"), "{body}");
    let key = std::fs::read(setting.folder.path().join("pki/official.p12")).expect("a key");
    let identity = open_identity(&key, "qoltanba").expect("an identity");
    let signed = sign_xml(taken_down.to_xml().as_bytes(), &identity, &Profile::default(), &Limits::default());
    let signed = signed.expect("signed");
    let (status, body) = check(signed.clone()).await;
    assert_eq!(status, 200, "{body}");
    let (told_of, said) = setting.run(&["journal", "--searches"]);
    let row = format!("state-data {} 790512300125 inspector almaly before-filing", hex(&signed));
    assert!(told_of && said.lines().count() == 1 && said.contains(&row), "{said}");
    let told = &body["state_data"];
    assert_eq!((&told[0]["status"], &told[0]["result"]), (&"answered".into(), &"agree".into()), "{body}");
    assert_eq!(
        (&told[1]["result"], &told[1]["differences"][0]["field"]),
        (&"contradict".into(), &"address".into())
    );
    let (property, reason) = (&told[2], &told[2]["reason"]);
    assert_eq!(
        (&property["status"], &reason["code"]),
        (&"unavailable".into(), &"STATE_RECORD_REFUSED".into())
    );
    assert!(property.get("result").is_none() && reason["detail"].to_string().contains("DIGEST_MISMATCH"));
    let (_, said) = setting.run(&["jobs", "list"]);
    assert!(said.is_empty(), "nothing was registered: {said}");
    // Once it is filed the applicant has it too, and is not to see what databases say of the family.
    let (_, key) = file(&service, signed.clone()).await;
    for (token, status, code) in [
        ("", 401, "UNAUTHORIZED"),
        ("no token", 401, "UNAUTHORIZED"),
        (key.as_str(), 401, "UNAUTHORIZED"),
        ("another's", 403, "NOT_AN_OFFICIAL"),
    ] {
        let (found, body) = check_by(signed.clone(), token).await;
        assert_eq!((found, &body["code"]), (status, &code.into()), "{token} {body}");
    }
}

#[test]
fn a_simulator_stays_on_its_machine_and_a_database_too() {
    let setting = Setting::new();
    let said = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_qoltanba")).args(arguments).output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let key = setting.folder.path().join("pki/official.p12").display().to_string();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/simulate.toml").display().to_string();
    let simulate = ["simulate", "--key", &key, "--data", &sample];
    let (status, text) = said(&[&simulate[..], &["--listen", "0.0.0.0:0"]].concat());
    assert!(status == Some(2) && text.contains("loopback"), "{text}");
    let (status, text) = said(&[&simulate[..], &["--fault", "property=late"]].concat());
    assert!(status == Some(2) && text.contains("late"), "{text}");
    with_registries(&setting, &[("residence", "localhost:1", OFFICIAL)], "");
    let config = setting.config.display().to_string();
    let (status, text) = said(&["serve", "--listen", "127.0.0.1:0", "--config", &config]);
    assert!(status == Some(2) && text.contains("residence") && text.contains("loopback"), "{text}");
}
