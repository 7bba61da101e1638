//! Letters to applicants, given to a real mail server: they arrive, they wait for a server that is away, and those that
//! it does not want are seen.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use qoltanba::housing::Step;
use qoltanba::housing::act::Content;
use qoltanba::housing::clock::{self, Channel, Limit, LimitName, Milestone, Warning};
use serde_json::Value;

use crate::papers::{Office, TOKEN, iin_of};
use crate::setting::{FILE, Service, Setting, form, post};
use crate::tools::Stranger;

/// How long a letter may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A mail server; it ends with the pipe to it.
struct Postmaster {
    process: Child,
    port: u16,
    letters: Receiver<Value>,
}

impl Postmaster {
    /// Starts it on a port, 0 for any.
    fn start(port: u16, certificate: Option<&str>) -> Option<Self> {
        let mut command = Stranger::install("service/postmaster")?.command();
        command.arg(port.to_string());
        if let Some(certificate) = certificate {
            command.args([format!("{certificate}.pem"), format!("{certificate}.key")]);
        }
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3 runs");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let mut next = move || {
            let line = lines.next()?.expect("a line");
            Some(serde_json::from_str::<Value>(&line).expect("JSON"))
        };
        let port = next().expect("it says its port")["port"].as_u64().expect("a port");
        let (send, letters) = channel();
        std::thread::spawn(move || {
            while let Some(letter) = next() {
                let _ = send.send(letter);
            }
        });
        Some(Self { process, port: u16::try_from(port).expect("a port"), letters })
    }

    fn letter(&self) -> Value {
        self.letters.recv_timeout(PATIENCE).expect("a letter arrives")
    }
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Adds to the settings how letters go.
fn with_mail(setting: &Setting, port: u16, more: &str) {
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let mail = format!(
        "[mail]\nserver = \"localhost:{port}\"\nfrom = \"Тізілім <register@example.kz>\"\n{more}\n\
         [jobs]\npoll_seconds = 1\nretry_seconds = 1\n"
    );
    std::fs::write(&setting.config, text + &mail).expect("written");
}

/// Files an application and returns its number.
pub(crate) async fn file(setting: &Setting, service: &Service, person: u32, address: &str) -> String {
    let document = setting.application_told(person, address);
    let (status, body) = post(&service.base, form(document, "income.pdf", FILE)).await.expect("an answer");
    assert_eq!(status, 201, "{body}");
    body["number"].as_str().expect("a number").to_owned()
}

pub(crate) fn jobs(setting: &Setting) -> Vec<Value> {
    let (_, said) = setting.run(&["jobs", "list", "--json"]);
    said.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{said}"))).collect()
}

/// Waits until the jobs are as they should be.
pub(crate) fn until(setting: &Setting, are_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let jobs = jobs(setting);
        if are_so(&jobs) {
            return jobs;
        }
        assert!(began.elapsed() < PATIENCE, "{jobs:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

crate::also_over_postgresql!(
    letters_arrive_wait_or_are_seen_as_dead,
    two_services_send_each_letter_once,
    whoever_answers_for_a_limit_is_warned
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_arrive_wait_or_are_seen_as_dead() {
    let setting = Setting::new();
    let Some(server) = Postmaster::start(0, None) else { return };
    let port = server.port;
    with_mail(&setting, port, "tls = \"none\"");
    let service = Service::start(&setting.config);
    let number = file(&setting, &service, 0, "applicant@example.kz").await;
    let letter = server.letter();
    assert_eq!(letter["to"], serde_json::json!(["applicant@example.kz"]), "{letter}");
    assert_eq!(
        (&letter["sender"], &letter["automatic"]),
        (&"register@example.kz".into(), &"auto-generated".into())
    );
    assert_eq!(letter["subject"], format!("Заявление {number} зарегистрировано"));
    let text = letter["text"].as_str().expect("a text");
    // What a letter says anybody on its way can read: there is no name and no number of a person in it.
    assert!(text.contains(&number) && !text.contains("МЫСАЛ") && !text.contains("850101"), "{text}");
    assert_eq!(letter["files"], serde_json::json!([]));
    until(&setting, <[Value]>::is_empty);

    // Nobody wants to be told, nothing is owed.
    let silent = setting.application(1, FILE);
    let (status, _) = post(&service.base, form(silent, "income.pdf", FILE)).await.expect("an answer");
    assert_eq!(status, 201);
    assert!(jobs(&setting).is_empty());

    // Busy twice, then taken.
    let number = file(&setting, &service, 2, "later@example.kz").await;
    let letter = server.letter();
    assert!(letter["text"].as_str().is_some_and(|text| text.contains(&number)), "{letter}");

    // Refused for good.
    let number = file(&setting, &service, 3, "nobody@example.kz").await;
    let dead = until(&setting, |jobs| jobs.iter().any(|job| job["state"] == "dead"));
    assert_eq!((dead.len(), &dead[0]["application"], &dead[0]["attempts"]), (1, &number.into(), &1.into()));
    let error = dead[0]["last_error"].as_str().expect("a reason");
    assert!(error.contains("5.1.1") && !error.contains("nobody"), "{error}");
    let (listed_none_dead, _) = setting.run(&["jobs", "list"]);
    assert!(!listed_none_dead, "a dead letter is a status");
    let (known, _) = setting.run(&["jobs", "retry", "00000000-0000-0000-0000-000000000000"]);
    assert!(!known);
    let (retried, said) = setting.run(&["jobs", "retry", dead[0]["id"].as_str().expect("an id")]);
    assert!(retried && said.contains('1'), "{said}");
    until(&setting, |jobs| jobs.len() == 1 && jobs[0]["state"] == "dead" && jobs[0]["attempts"] == 1);

    // A server that is away holds nobody up.
    drop(server);
    let number = file(&setting, &service, 4, "patient@example.kz").await;
    let waiting = |jobs: &[Value]| {
        jobs.iter().any(|job| job["application"] == number.as_str() && !job["last_error"].is_null())
    };
    until(&setting, waiting);
    let server = Postmaster::start(port, None).expect("it started before");
    assert_eq!(server.letter()["to"], serde_json::json!(["patient@example.kz"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_services_send_each_letter_once() {
    const LETTERS: u32 = 12;
    let setting = Setting::new();
    let Some(server) = Postmaster::start(0, None) else { return };
    with_mail(&setting, server.port, "tls = \"none\"");
    let services = [Service::start(&setting.config), Service::start(&setting.config)];
    for person in 0..LETTERS {
        file(&setting, &services[person as usize % 2], person, &format!("applicant{person}@example.kz"))
            .await;
    }
    let mut told: Vec<String> = (0..LETTERS).map(|_| server.letter()["to"][0].to_string()).collect();
    until(&setting, <[Value]>::is_empty);
    assert!(server.letters.try_recv().is_err(), "no letter came twice");
    told.sort();
    told.dedup();
    assert_eq!(told.len(), LETTERS as usize);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_be_proven_gets_no_letter() {
    let setting = Setting::new();
    let Some(certificate) = setting.server_certificate("mail") else { return };
    let Some(server) = Postmaster::start(0, Some(&certificate)) else { return };
    let password = setting.folder.path().join("mail-password");
    std::fs::write(&password, "pass wörd\n").expect("written");
    let before = std::fs::read_to_string(&setting.config).expect("settings");
    let login = format!("user = \"clerk\"\npassword_file = \"{}\"", password.display());
    with_mail(&setting, server.port, &login);
    let service = Service::start(&setting.config);
    file(&setting, &service, 0, "applicant@example.kz").await;
    let said = until(&setting, |jobs| jobs.iter().any(|job| !job["last_error"].is_null()));
    assert!(said[0]["last_error"].to_string().contains("certificate"), "{said:?}");
    assert!(server.letters.try_recv().is_err());
    service.stop();

    std::fs::write(&setting.config, &before).expect("written");
    with_mail(&setting, server.port, &format!("{login}\nca = \"{certificate}.pem\""));
    let service = Service::start(&setting.config);
    let letter = server.letter();
    assert_eq!(letter["protected"], true, "{letter}");
    service.stop();

    // No password goes without TLS.
    std::fs::write(&setting.config, &before).expect("written");
    with_mail(&setting, server.port, &format!("{login}\ntls = \"none\""));
    let (started, said) = setting.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(!started && said.contains("not sent without TLS"), "{said}");
}

/// The answer itself goes to whoever asked for it by mail (item 3(2)): the signed original and its paper.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_comes_with_its_letter() {
    use base64::Engine as _;
    let setting = Setting::new();
    let Some(server) = Postmaster::start(0, None) else { return };
    with_mail(&setting, server.port, "tls = \"none\"");
    let office = Office::open(setting);
    let number = file(&office.setting, &office.service, 0, "applicant@example.kz").await;
    assert_eq!(server.letter()["files"], serde_json::json!([]), "a receipt is fetched");
    office.decide(&number).await;
    office.take(&number, Content::Plain(Step::SignNotice), "official").await;
    let letter = server.letter();
    assert_eq!(letter["subject"], format!("Заявление {number}: уведомление готово"));
    let file = |index: usize| {
        let file = &letter["files"][index];
        let octets = base64::engine::general_purpose::STANDARD.decode(file[2].as_str().expect("octets"));
        (file[0].as_str().expect("a name").to_owned(), file[1].clone(), octets.expect("base64"))
    };
    let (pdf, xml) = (file(0), file(1));
    assert_eq!((pdf.0, pdf.1), (format!("{number}-notice.pdf"), "application/pdf".into()));
    assert!(pdf.2.starts_with(b"%PDF"));
    assert_eq!((xml.0, xml.1), (format!("{number}-notice.xml"), "application/xml".into()));
    let path = office.setting.folder.path().join("notice.xml");
    std::fs::write(&path, xml.2).expect("written");
    let text = |name: &str| office.setting.folder.path().join(name).display().to_string();
    let verified = Command::new(env!("CARGO_BIN_EXE_qoltanba"))
        .args([
            "verify",
            &text("notice.xml"),
            "--trust",
            &text("pki/root.cer"),
            "--certs",
            &text("pki/ca.cer"),
        ])
        .args(["--revocation", "available"])
        .output()
        .expect("it runs");
    assert_eq!(verified.status.code(), Some(0), "what arrives passes: {verified:?}");
}

/// At 50 and 80 % and at the end whoever answers for a limit is told, and at the end the head too; each once, of two
/// services.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_answers_for_a_limit_is_warned() {
    let setting = Setting::new();
    let Some(server) = Postmaster::start(0, None) else { return };
    with_mail(&setting, server.port, "tls = \"none\"");
    let clock = setting.folder.path().join("clock");
    std::fs::write(&clock, "0").expect("written");
    let office = Office::open_with(setting, &format!("clock_file = \"{}\"\n", clock.display()));
    let _second = Service::start(&office.setting.config);
    let number = file(&office.setting, &office.service, 0, "applicant@example.kz").await;
    server.letter();
    let to = |at: Timestamp| {
        let seconds = at.duration_since(Timestamp::now()).as_secs() + 1;
        std::fs::write(&clock, seconds.to_string()).expect("written");
    };
    let said = |letter: &Value| {
        let text = letter["text"].as_str().expect("a text");
        assert!(!text.contains("МЫСАЛ") && !text.contains("850101"), "{text}");
        format!(
            "{} {}",
            letter["to"][0].as_str().expect("an address"),
            letter["subject"].as_str().expect("one")
        )
    };

    let resolution = limit(&office, &number, LimitName::Resolution).await;
    for (warning, subject) in [
        (Warning::Half, "использовано 50 % срока (резолюция должностного лица)"),
        (Warning::Most, "использовано 80 % срока (резолюция должностного лица)"),
        (Warning::All, "срок истёк (резолюция должностного лица)"),
    ] {
        to(resolution.reaches(warning).expect("a moment"));
        assert_eq!(said(&server.letter()), format!("official@example.kz Дело {number}: {subject}"));
        // Whoever sent it says so first: by a clock that has gone on for days its claim would have ended.
        until(&office.setting, <[Value]>::is_empty);
    }

    let executor = iin_of(&office.setting, "executor");
    office.take(&number, Content::AssignExecutor { executor }, "official").await;
    to(limit(&office, &number, LimitName::Execution).await.reaches(Warning::All).expect("a moment"));
    let mut letters = vec![server.letter(), server.letter(), server.letter()];
    until(&office.setting, <[Value]>::is_empty);
    // By now somebody would have sent a fourth.
    while let Ok(letter) = server.letters.recv_timeout(Duration::from_secs(3)) {
        letters.push(letter);
    }
    let mut found: Vec<String> = letters.iter().map(said).collect();
    found.sort();
    assert_eq!(
        found,
        [
            format!("executor@example.kz Дело {number}: срок истёк (рассмотрение до решения)"),
            format!("official@example.kz Дело {number} просрочено: рассмотрение до решения"),
            format!("official@example.kz Дело {number}: использовано 80 % срока (всё дело)"),
        ]
    );
}

/// A limit of a case, from the moments that its steps tell.
pub(crate) async fn limit(office: &Office, number: &str, what: LimitName) -> Limit<'static> {
    let case = office.case(number, TOKEN).await;
    let clocks = case["clocks"].as_array().expect("clocks");
    let moment = |name: &str| -> Option<Timestamp> {
        let clock = clocks.iter().find(|clock| clock["limit"] == name)?;
        clock["starts"].as_str()?.parse().ok()
    };
    let filed = moment("case").expect("filed");
    let named = moment("execution").map(|at| (Milestone::ExecutorNamed, at));
    let moments =
        [(Milestone::Filed, filed), (Milestone::HandedOver, filed)].into_iter().chain(named).collect();
    static LIMITS: std::sync::LazyLock<clock::Limits> = std::sync::LazyLock::new(clock::Limits::default);
    let clocks = clock::clocks(&LIMITS, Channel::Portal, &moments).expect("clocks");
    clocks.into_iter().find(|clock| clock.limit.what == what).expect("it runs").limit
}
