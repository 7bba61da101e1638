//! Bad input and trouble: what comes of each, on SQLite and on PostgreSQL. Whatever it is, nothing that was
//! acknowledged is lost, numbers have no gap, and the log of events is whole.
//!
//! | Trouble | Outcome | Test |
//! |---|---|---|
//! | A half-uploaded attachment | Nothing is registered and no file stays; the next filing gets the first number | `a_half_uploaded_attachment` |
//! | A duplicate submission (same signed document) | 409 `SAME_DOCUMENT`; with the same `Idempotency-Key` the first answer again | `a_duplicate_submission`, at once on two replicas: `replicas.rs` |
//! | A second application of the same person | 409 `OPEN_APPLICATION`, to that person with the number | `a_second_application_of_a_person_or_family` |
//! | A second application of the same family | Registered; officials see the conflict, and the memo must resolve it | the same, and `lists.rs`; at once on two replicas: `replicas.rs` |
//! | A signature by someone else's key | 422 `SIGNER_NOT_APPLICANT`; under the applicant's certificate 422, the value is not of its key | `a_signature_by_someone_elses_key` |
//! | A certificate revoked between filing and examination | The case goes on: what the signature was worth at filing counts. Nothing more is filed with it: 422 `CERTIFICATE_REVOKED` | `a_certificate_revoked_between_filing_and_examination` |
//! | A revocation list that is replaced, or damaged | The new one counts within seconds, without a restart; a damaged one replaces nothing, and the log says so | `a_list_that_is_replaced` |
//! | An object store that is away | 503 `NOT_READY`, nothing is registered | `bucket.rs` |
//! | A clock set back | By up to `clock_held_seconds`: the moment of the last event counts, and a warning is logged. Further: 503 `NOT_READY` `clock`, as `/readyz` says too, until the clock is right | `a_clock_set_back`, `time_does_not_go_back_in_the_log` of `src/store/tests.rs` |
//! | A full disk | 503 `NOT_READY` `disk`; nothing is half registered, the next filing with room gets the next number | `a_full_disk` |
//! | A database that goes away in the middle | 503 `NOT_READY` `database` with `Retry-After`; the same request, with its `Idempotency-Key`, tells what came of it | `a_database_that_goes_away_in_the_middle`, `replicas.rs`. SQLite is a file of this process: it goes away with the disk or the process |
//! | A kill at any moment | What was answered is there; what was not is there whole or not at all | `a_kill_at_any_moment`, `main.rs`; a replica: `replicas.rs`; in the middle of a letter: `mail.rs` |

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use qoltanba::crypto::{DigestAlgorithm, Identity, sha256};
use qoltanba::housing::act::{Content, Step};
use qoltanba::housing::workflow::Memo;
use qoltanba::pkix::issue::{self, Issuer};
use qoltanba::service::verify::{open_identity, sign_xml};
use qoltanba::signature::sign::Profile;
use qoltanba::xml::Limits;
use reqwest::multipart::Form;
use serde_json::Value;

use crate::postgres::{self, Postgres};
use crate::setting::{FILE, Service, Setting, client, data, form, post, until};

crate::also_over_postgresql!(
    a_half_uploaded_attachment,
    a_duplicate_submission,
    a_second_application_of_a_person_or_family,
    a_signature_by_someone_elses_key,
    a_certificate_revoked_between_filing_and_examination,
    a_clock_set_back,
    a_full_disk,
    a_kill_at_any_moment,
);

const TOKEN: &str = "a token of the office";
const HEAD: &str = "790512300125";
const EXECUTOR: &str = "911102300770";

/// A setting with the two officials of the development PKI, of whom the head may read cases.
fn with_officials() -> Setting {
    let setting = Setting::new();
    let token: String = sha256(TOKEN.as_bytes()).iter().map(|octet| format!("{octet:02x}")).collect();
    change(&setting, |text| {
        format!(
            "allow_test_identities = true\n{text}\
             [[officials]]\niin = \"{HEAD}\"\nrole = \"head\"\ntoken_sha256 = \"{token}\"\n\
             [[officials]]\niin = \"{EXECUTOR}\"\nrole = \"executor\"\n"
        )
    });
    setting
}

fn change(setting: &Setting, change: impl FnOnce(String) -> String) {
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    std::fs::write(&setting.config, change(text)).expect("written");
}

fn identity(setting: &Setting, name: &str) -> Identity {
    let key = std::fs::read(setting.folder.path().join(format!("pki/{name}.p12"))).expect("a key");
    open_identity(&key, "qoltanba").expect("an identity")
}

async fn file(service: &Service, document: Vec<u8>) -> (u16, Value) {
    post(&service.base, form(document, "income.pdf", FILE)).await.expect("an answer")
}

/// Files with an idempotency key.
async fn file_keyed(base: &str, form: Form, key: &str) -> reqwest::Result<(u16, Value)> {
    let request = client().post(format!("{base}/api/v1/applications"));
    let answer = request.header("idempotency-key", key).multipart(form).send().await?;
    let status = answer.status().as_u16();
    Ok((status, serde_json::from_str(&answer.text().await?).unwrap_or_default()))
}

/// Takes a step.
async fn act(
    base: &str,
    number: &str,
    content: &Content,
    signer: &Identity,
) -> reqwest::Result<(u16, Value)> {
    let signed = sign_xml(content.to_xml(number).as_bytes(), signer, &Profile::default(), &Limits::default());
    let url = format!("{base}/api/v1/applications/{number}/steps/{}", content.step().code());
    let request = client().post(url).header("content-type", "application/xml");
    let answer = request.body(signed.expect("signed")).send().await?;
    let status = answer.status().as_u16();
    Ok((status, serde_json::from_str(&answer.text().await?).unwrap_or_default()))
}

async fn get(service: &Service, path: &str, bearer: Option<&str>) -> (u16, Value) {
    let mut request = client().get(format!("{}{path}", service.base));
    if let Some(bearer) = bearer {
        request = request.bearer_auth(bearer);
    }
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.expect("a body")).unwrap_or_default())
}

async fn case(service: &Service, number: &str) -> Value {
    let (status, case) = get(service, &format!("/api/v1/applications/{number}"), Some(TOKEN)).await;
    assert_eq!(status, 200, "{number}: {case}");
    case
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// The number was given as the so-manieth.
fn is_number(body: &Value, count: usize) -> bool {
    text(body, "number").ends_with(&format!("-{count:06}"))
}

/// Files on their way, of all processes: there are none between requests.
fn on_their_way(setting: &Setting) -> Vec<String> {
    let data = setting.folder.path().join("data");
    let mut found = Vec::new();
    for folder in [data.join("spool"), data.join("blobs/tmp")] {
        for process in std::fs::read_dir(folder).expect("a folder").flatten() {
            let files = std::fs::read_dir(process.path()).into_iter().flatten().flatten();
            found.extend(files.map(|file| file.path().display().to_string()));
        }
    }
    found.retain(|file| !file.ends_with("/lock"));
    found
}

fn log_is_whole(setting: &Setting) {
    let (whole, said) = setting.run(&["log", "verify"]);
    assert!(whole, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_uploaded_attachment() {
    let setting = Setting::new();
    let service = Service::start(&setting.config);
    let address = service.base.strip_prefix("http://").expect("an address").to_owned();
    let file: Vec<u8> = (0..400_000_u32).map(|at| (at % 251) as u8).collect();
    let document = setting.application(0, &file);
    let head = "--x\r\ncontent-disposition: form-data; name=\"application\"\r\n\r\n";
    let between = "\r\n--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"income.pdf\"\r\n\r\n";
    let whole = [head.as_bytes(), &document, between.as_bytes(), &file, b"\r\n--x--\r\n"].concat();
    // Cut off in the attachment, before its first octet, before the last line, and in the application.
    for end in [whole.len() - 200_000, whole.len() - file.len() - 9, whole.len() - 5, document.len() / 2] {
        let mut connection = std::net::TcpStream::connect(&address).expect("a connection");
        let head = format!(
            "POST /api/v1/applications HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n\
             content-type: multipart/form-data; boundary=x\r\n\r\n",
            whole.len()
        );
        connection.write_all(head.as_bytes()).expect("sent");
        connection.write_all(&whole[..end]).expect("sent");
        if end == whole.len() - 200_000 {
            until("the attachment is on its way", || !on_their_way(&setting).is_empty()).await;
        }
        drop(connection);
        until("what was on its way is gone", || on_their_way(&setting).is_empty()).await;
    }
    // A body that ends where its own length says, in the middle of the attachment.
    let cut = whole[..whole.len() - 200_000].to_vec();
    let sent = client().post(format!("{}/api/v1/applications", service.base));
    let sent = sent.header("content-type", "multipart/form-data; boundary=x").body(cut);
    assert_eq!(sent.send().await.expect("an answer").status().as_u16(), 400);

    let (status, body) = post(&service.base, form(document, "income.pdf", &file)).await.expect("an answer");
    assert!(status == 201 && is_number(&body, 1), "{status} {body}");
    assert!(on_their_way(&setting).is_empty());
    log_is_whole(&setting);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_duplicate_submission() {
    let setting = Setting::new();
    let service = Service::start(&setting.config);
    let document = setting.application(0, FILE);
    let keyed =
        |key: &'static str| file_keyed(&service.base, form(document.clone(), "income.pdf", FILE), key);
    let (status, first) = keyed("one").await.expect("an answer");
    assert!(status == 201 && is_number(&first, 1), "{first}");
    assert_eq!(keyed("one").await.expect("an answer"), (201, first), "the same answer");
    for (status, body) in [file(&service, document.clone()).await, keyed("two").await.expect("an answer")] {
        assert_eq!((status, text(&body, "code")), (409, "SAME_DOCUMENT"), "{body}");
    }
    let (status, body) =
        file_keyed(&service.base, form(setting.application(1, FILE), "income.pdf", FILE), "one")
            .await
            .expect("an answer");
    assert_eq!((status, text(&body, "code")), (409, "IDEMPOTENCY_KEY"), "another request: {body}");
    let (status, next) = file(&service, setting.application(2, FILE)).await;
    assert!(status == 201 && is_number(&next, 2), "no number was used up: {next}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_application_of_a_person_or_family() {
    let setting = with_officials();
    let service = Service::start(&setting.config);
    let (status, first) = file(&service, setting.application_with(0, &[1])).await;
    assert_eq!(status, 201, "{first}");
    let (status, body) = file(&service, setting.application(0, FILE)).await;
    assert_eq!((status, text(&body, "code")), (409, "OPEN_APPLICATION"), "{body}");
    assert!(body.to_string().contains(text(&first, "number")), "to the person: {body}");
    let (status, second) = file(&service, setting.application(1, FILE)).await;
    assert!(status == 201 && is_number(&second, 2), "{second}");
    let seen = case(&service, text(&second, "number")).await;
    assert_eq!(seen["conflicts"][0]["application"], first["number"], "{seen}");
    assert_eq!(seen["conflicts"][0]["resolved"], false);
    // Whom the memo says nothing of is not registered.
    let number = text(&second, "number");
    let (head, executor) = (identity(&setting, "official"), identity(&setting, "executor"));
    let named = Content::AssignExecutor { executor: EXECUTOR.to_owned() };
    let (status, body) = act(&service.base, number, &named, &head).await.expect("an answer");
    assert_eq!(status, 200, "{body}");
    let memo = Content::Memo(Memo::Complete { register: true, ground: None, resolved: vec![] });
    let (status, body) = act(&service.base, number, &memo, &executor).await.expect("an answer");
    assert_eq!(status, 403, "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_by_someone_elses_key() {
    let setting = Setting::new();
    let service = Service::start(&setting.config);
    let xml = data(0, FILE).to_xml();
    let (own, other) = (setting.application(0, FILE), setting.sign_as(1, &xml));
    let (status, body) = file(&service, other.clone()).await;
    assert_eq!(status, 422);
    assert!(body.to_string().contains("SIGNER_NOT_APPLICANT"), "{body}");
    // The other's signature under the applicant's certificate.
    let certificate = |document: &[u8]| {
        let text = String::from_utf8(document.to_vec()).expect("UTF-8");
        let from = text.split_once("X509Certificate>").expect("a certificate").1.to_owned();
        from.split_once("</").expect("its end").0.to_owned()
    };
    let forged = String::from_utf8(other.clone()).expect("UTF-8");
    let forged = forged.replace(&certificate(&other), &certificate(&own));
    let (status, body) = file(&service, forged.into_bytes()).await;
    assert_eq!(status, 422, "{body}");
    assert!(body["errors"][0]["code"] == "SIGNATURE_NOT_PASSED", "{body}");
    let (status, body) = file(&service, own).await;
    assert!(status == 201 && is_number(&body, 1), "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_revoked_between_filing_and_examination() {
    let setting = with_officials();
    let service = Service::start(&setting.config);
    let (document, serial) = setting.application_by(0, FILE, &[]);
    let (status, filed) = file(&service, document.clone()).await;
    assert_eq!(status, 201, "{filed}");
    let number = text(&filed, "number");
    let at_filing = text(&case(&service, number).await, "filed_at").to_owned();
    service.stop();

    tokio::time::sleep(Duration::from_millis(1500)).await;
    let list = setting.folder.path().join("load.crl");
    let (name, key) = &setting.authority;
    let now = Timestamp::now();
    let revoked = [issue::Revocation { serial, at: now, reason: Some(1), more: Vec::new() }];
    let issuer = Issuer { name, key, digest: DigestAlgorithm::Sha256 };
    let next = Some(now + SignedDuration::from_hours(1));
    std::fs::write(&list, issue::crl(issuer, now, next, 1, &revoked, &[]).expect("a list")).expect("written");
    change(&setting, |text| format!("crls = [\"{}\"]\n{text}", list.display()));

    let service = Service::start(&setting.config);
    let (head, executor) = (identity(&setting, "official"), identity(&setting, "executor"));
    let named = Content::AssignExecutor { executor: EXECUTOR.to_owned() };
    let (status, body) = act(&service.base, number, &named, &head).await.expect("an answer");
    assert_eq!(status, 200, "{body}");
    let memo = Content::Memo(Memo::Complete { register: true, ground: None, resolved: vec![] });
    let (status, body) = act(&service.base, number, &memo, &executor).await.expect("an answer");
    assert_eq!((status, text(&body, "status")), (200, "memo-prepared"), "{body}");
    let (status, body) = file(&service, document.clone()).await;
    assert_eq!(status, 422, "nothing more is filed with it");
    assert!(body.to_string().contains("CERTIFICATE_REVOKED"), "{body}");

    // Whoever examines can see both: what it was worth then, and that nothing proves it now (REVOKED_NO_POE).
    let path = setting.folder.path().join("application.xml");
    std::fs::write(&path, &document).expect("written");
    let verify = |at: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
        command.arg("verify").arg(&path).arg("--trust").arg(setting.folder.path().join("load.cer"));
        command.arg("--crl").arg(&list);
        if let Some(at) = at {
            command.args(["--at", at]);
        }
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it runs").code()
    };
    assert_eq!((verify(Some(&at_filing)), verify(None)), (Some(0), Some(3)));
}

/// Lists change every day: the service reads what was replaced, and keeps what it had where that cannot be read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_is_replaced() {
    let setting = with_officials();
    let path = setting.folder.path().join("load.crl");
    let list = |number: u32, serial: Option<Vec<u8>>| {
        let now = Timestamp::now();
        let (name, key) = &setting.authority;
        let issuer = Issuer { name, key, digest: DigestAlgorithm::Sha256 };
        let line = |serial| issue::Revocation { serial, at: now, reason: Some(1), more: Vec::new() };
        let revoked: Vec<_> = serial.into_iter().map(line).collect();
        let next = Some(now + SignedDuration::from_hours(1));
        issue::crl(issuer, now, next, number, &revoked, &[]).expect("a list")
    };
    std::fs::write(&path, list(1, None)).expect("written");
    change(&setting, |text| format!("crls = [\"{}\"]\n{text}\n[jobs]\npoll_seconds = 1\n", path.display()));
    let service = Service::start_logging(&setting.config, "info");
    let says = |what: &'static str| {
        let log = service.log.clone();
        move || log.lock().expect("the log").contains(what)
    };
    assert_eq!(file(&service, setting.application(0, FILE)).await.0, 201);
    std::fs::write(&path, b"half a list").expect("written");
    until("a damaged list is told", says("a changed file cannot be used")).await;
    assert_eq!(file(&service, setting.application(1, FILE)).await.0, 201, "what was there goes on");
    let (document, serial) = setting.application_by(2, FILE, &[]);
    std::fs::write(&path, list(2, Some(serial))).expect("written");
    until("the new list is read", says("are read anew")).await;
    let (status, body) = file(&service, document).await;
    assert!(status == 422 && body.to_string().contains("CERTIFICATE_REVOKED"), "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_set_back() {
    let setting = with_officials();
    let clock = setting.folder.path().join("clock");
    std::fs::write(&clock, "0").expect("written");
    change(&setting, |text| format!("clock_file = \"{}\"\n{text}", clock.display()));
    let service = Service::start_logging(&setting.config, "warn");
    let set = |seconds: i64| std::fs::write(&clock, seconds.to_string()).expect("written");
    let (status, first) = file(&service, setting.application(0, FILE)).await;
    assert_eq!(status, 201, "{first}");

    set(-40);
    let (status, second) = file(&service, setting.application(1, FILE)).await;
    assert_eq!(status, 201, "{second}");
    let times = (case(&service, text(&first, "number")).await, case(&service, text(&second, "number")).await);
    assert_eq!(times.0["filed_at"], times.1["filed_at"], "it is held");
    assert!(service.log.lock().expect("the log").contains("the moment of its last event counts"));
    assert_eq!(get(&service, "/readyz", None).await.0, 200);

    set(-3600);
    let refused = file(&service, setting.application(2, FILE)).await;
    let named = Content::AssignExecutor { executor: EXECUTOR.to_owned() };
    let head = identity(&setting, "official");
    let not_taken = act(&service.base, text(&first, "number"), &named, &head).await.expect("an answer");
    for (status, body) in [refused, not_taken, get(&service, "/readyz", None).await] {
        assert_eq!((status, text(&body, "code")), (503, "NOT_READY"), "{body}");
        assert!(text(&body, "detail").contains("clock"), "{body}");
    }
    assert!(service.log.lock().expect("the log").contains("nothing is registered"));
    // What was registered can be seen meanwhile.
    assert_eq!(text(&case(&service, text(&first, "number")).await, "status"), "registered");

    set(0);
    let (status, third) = file(&service, setting.application(2, FILE)).await;
    assert!(status == 201 && is_number(&third, 3), "{third}");
    let (_, body) = act(&service.base, text(&first, "number"), &named, &head).await.expect("an answer");
    assert_eq!(text(&body, "status"), "executor-named", "{body}");
    log_is_whole(&setting);
    drop(service);
    // In earnest the clock is the system's.
    change(&setting, |text| text.replace("allow_test_identities = true\n", ""));
    let (checked, said) = setting.run(&["config", "check"]);
    assert!(!checked && said.contains("clock_file"), "{said}");
}

/// The limit of a running process on the size of a file: writing past it fails as on a disk that is full.
fn limit_files(service: &Service, octets: &str) {
    let mut command = Command::new("prlimit");
    command.args(["--pid", &service.process.id().to_string(), &format!("--fsize={octets}:unlimited")]);
    assert!(command.status().expect("prlimit (util-linux) runs").success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk() {
    let setting = with_officials();
    let service = Service::start(&setting.config);
    let is_full = |(status, body): (u16, Value)| {
        assert_eq!((status, text(&body, "code")), (503, "NOT_READY"), "{body}");
        assert!(text(&body, "detail").contains("disk"), "{body}");
    };
    let large = vec![7; 300_000];
    let with_large = setting.application(0, &large);
    let file_large = async || {
        post(&service.base, form(with_large.clone(), "income.pdf", &large)).await.expect("an answer")
    };
    // While the attachment comes.
    limit_files(&service, "65536");
    is_full(file_large().await);
    assert!(on_their_way(&setting).is_empty(), "what came of it is taken away");
    // While the signed document is kept.
    limit_files(&service, "100");
    is_full(file(&service, setting.application(1, FILE)).await);
    limit_files(&service, "unlimited");
    // While the database writes.
    match postgres::url() {
        None => {
            let log = setting.folder.path().join("data/register.sqlite-wal");
            let size = std::fs::metadata(log).expect("the log of SQLite").len();
            assert!(size > 65536, "documents fit, the log cannot grow: {size}");
            limit_files(&service, &size.to_string());
            // The log may begin anew once; it cannot grow.
            is_full(until_full(&service, &setting).await);
            limit_files(&service, "unlimited");
        }
        Some(url) => {
            let server = postgres::shared().expect("a server");
            let name = postgres::name_of(&url);
            server.run(
                name,
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$; \
                 CREATE TRIGGER full_disk BEFORE INSERT ON events EXECUTE FUNCTION full_disk()",
            );
            is_full(file(&service, setting.application(1, FILE)).await);
            server.run(name, "DROP TRIGGER full_disk ON events");
        }
    }
    let (status, body) = file_large().await;
    assert_eq!(status, 201, "the refused one can be filed: {body} {}", service.log.lock().expect("the log"));
    let number = text(&body, "number").to_owned();
    let head = identity(&setting, "official");
    let named = Content::AssignExecutor { executor: EXECUTOR.to_owned() };
    // A step as well: not at all, then whole.
    limit_files(&service, "100");
    is_full(act(&service.base, &number, &named, &head).await.expect("an answer"));
    // No official sees what the journal cannot have a row of; whose it is needs none.
    let path = format!("/api/v1/applications/{number}");
    let key = text(&body, "access_key").to_owned();
    if let Some(url) = postgres::url() {
        let server = postgres::shared().expect("a server");
        let name = postgres::name_of(&url);
        server.run(name, "CREATE TRIGGER full_disk BEFORE INSERT ON accesses EXECUTE FUNCTION full_disk()");
        is_full(get(&service, &path, Some(TOKEN)).await);
        server.run(name, "DROP TRIGGER full_disk ON accesses");
    } else {
        is_full(get(&service, &path, Some(TOKEN)).await);
    }
    assert_eq!(get(&service, &path, Some(&key)).await.0, 200);
    limit_files(&service, "unlimited");
    assert_eq!(text(&case(&service, &number).await, "status"), "registered");
    assert_eq!(act(&service.base, &number, &named, &head).await.expect("an answer").0, 200);
    let (status, last) = file(&service, setting.application(250, FILE)).await;
    assert_eq!(status, 201, "{last}");
    let count = |number: &str| number.rsplit('-').next().and_then(|digits| digits.parse::<u32>().ok());
    assert_eq!(count(text(&last, "number")), count(&number).map(|before| before + 1), "no gap");
    log_is_whole(&setting);
}

/// Files until it is refused for want of room.
async fn until_full(service: &Service, setting: &Setting) -> (u16, Value) {
    for person in 1..200 {
        let (status, body) = file(service, setting.application(person, FILE)).await;
        if status != 201 {
            return (status, body);
        }
    }
    panic!("the log grew")
}

/// What clients were told, and what they have still to send.
struct Work {
    documents: Vec<Vec<u8>>,
    head: Identity,
    left: Mutex<VecDeque<usize>>,
    answered: Mutex<BTreeMap<usize, Value>>,
    /// Acknowledged steps of a number.
    steps: Mutex<BTreeMap<String, usize>>,
    random: Mutex<u64>,
}

impl Work {
    fn new(setting: &Setting, persons: usize) -> Arc<Self> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time");
        let seed = now.subsec_nanos().into();
        // Seen if the test fails.
        println!("seed {seed}");
        Arc::new(Self {
            documents: setting.applications(persons),
            head: identity(setting, "official"),
            left: Mutex::new((0..persons).collect()),
            answered: Mutex::default(),
            steps: Mutex::default(),
            random: Mutex::new(seed),
        })
    }

    fn below(&self, bound: u64) -> u64 {
        let mut state = self.random.lock().expect("a state");
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % bound
    }

    /// Files one document after another, each until it is answered; returns when the service is gone.
    async fn file(self: Arc<Self>, base: String) {
        loop {
            let Some(person) = self.left.lock().expect("a list").pop_front() else { return };
            let form = form(self.documents[person].clone(), "income.pdf", FILE);
            let answer = file_keyed(&base, form, &format!("person {person}")).await;
            if let Ok((201, body)) = answer {
                self.answered.lock().expect("a list").insert(person, body);
                continue;
            }
            self.left.lock().expect("a list").push_front(person);
            match answer {
                Err(_) => return,
                Ok((503, _)) => tokio::time::sleep(Duration::from_millis(50)).await,
                Ok((status, body)) => panic!("{status} {body}"),
            }
        }
    }

    /// Names the executor of cases again and again. It ends by `over` too: a service that is gone before it answered
    /// any filing leaves no case to ask it about.
    async fn examine(self: Arc<Self>, base: String, over: Arc<AtomicBool>) {
        let named = Content::AssignExecutor { executor: EXECUTOR.to_owned() };
        while !over.load(Ordering::SeqCst) {
            let numbers: Vec<String> = {
                let answered = self.answered.lock().expect("a list");
                answered.values().map(|body| text(body, "number").to_owned()).collect()
            };
            if numbers.is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
                continue;
            }
            let number = &numbers[usize::try_from(self.below(numbers.len() as u64)).expect("small")];
            match act(&base, number, &named, &self.head).await {
                Ok((200, _)) => *self.steps.lock().expect("a list").entry(number.clone()).or_default() += 1,
                Ok((503, _)) => tokio::time::sleep(Duration::from_millis(50)).await,
                // The same act within the second that it says it was signed in is one act.
                Ok((403, body)) if text(&body, "code") == "ACT_REPEATED" => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Ok((status, body)) => panic!("{status} {body}"),
                Err(_) => return,
            }
        }
    }

    fn start(self: &Arc<Self>, base: &str) -> Clients {
        let over = Arc::new(AtomicBool::new(false));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..3 {
            tasks.spawn(Arc::clone(self).file(base.to_owned()));
        }
        tasks.spawn(Arc::clone(self).examine(base.to_owned(), Arc::clone(&over)));
        Clients { tasks, over }
    }

    async fn all_is_filed(&self) {
        until("all is filed", || self.answered.lock().expect("a list").len() == self.documents.len()).await;
    }

    /// Everything that was acknowledged is there, whole, and nothing is missing between.
    async fn check(&self, setting: &Setting) {
        let service = Service::start(&setting.config);
        let answered = self.answered.lock().expect("a list").clone();
        assert_eq!(answered.len(), self.documents.len());
        let numbers: BTreeSet<&str> = answered.values().map(|body| text(body, "number")).collect();
        let expected: BTreeSet<String> = (1..=answered.len()).map(|count| format!("-{count:06}")).collect();
        let ends: BTreeSet<String> =
            numbers.iter().map(|number| number[number.len() - 7..].to_owned()).collect();
        assert_eq!(ends, expected, "no gap, and none twice");
        let steps = self.steps.lock().expect("a list").clone();
        assert!(steps.values().sum::<usize>() > 0, "steps were taken");
        for (person, body) in &answered {
            let (number, key) = (text(body, "number"), text(body, "access_key"));
            let case = case(&service, number).await;
            let taken = case["steps"].as_array().expect("steps");
            let taken = taken.iter().filter(|step| step["kind"] == Step::AssignExecutor.code()).count();
            assert!(taken >= steps.get(number).copied().unwrap_or_default(), "{number} {taken}");
            let documents = case["documents"].as_array().expect("documents");
            let acts = documents.iter().filter(|document| document["kind"] == "act").count();
            assert_eq!(acts, taken, "an act with every step");
            for document in documents {
                let path = format!("/api/v1/applications/{number}/documents/{}", text(document, "id"));
                let url = format!("{}{path}", service.base);
                let answer = client().get(url).bearer_auth(TOKEN).send().await;
                let octets = answer.expect("an answer").bytes().await.expect("a document");
                let digest: String = sha256(&octets).iter().map(|octet| format!("{octet:02x}")).collect();
                assert_eq!(digest, text(document, "sha256"), "{number}");
                if document["kind"] == "application" {
                    assert_eq!(octets, self.documents[*person]);
                }
            }
            let path = format!("/api/v1/applications/{number}");
            assert_eq!(get(&service, &path, Some(key)).await.0, 200, "the key opens the case");
        }
        log_is_whole(setting);
    }
}

/// The clients of one life of the service.
struct Clients {
    tasks: tokio::task::JoinSet<()>,
    over: Arc<AtomicBool>,
}

impl Clients {
    async fn end(self) {
        self.over.store(true, Ordering::SeqCst);
        self.tasks.join_all().await;
    }
}

/// A process that is killed while it starts, with the database half made.
fn start_and_kill(config: &Path, after: Duration) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_qoltanba"))
        .args(["serve", "--listen", "127.0.0.1:0", "--config"])
        .arg(config)
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    std::thread::sleep(after);
    process.kill().expect("killed");
    process.wait().expect("ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_moment() {
    const LIVES: usize = 14;
    let setting = with_officials();
    let work = Work::new(&setting, 120);
    for _ in 0..6 {
        start_and_kill(&setting.config, Duration::from_millis(work.below(120)));
    }
    for life in 0..LIVES {
        let service = Service::start(&setting.config);
        let clients = work.start(&service.base);
        // The first ends before it answered anything.
        let lived = if life == 0 { 0 } else { 20 + work.below(250) };
        tokio::time::sleep(Duration::from_millis(lived)).await;
        service.kill();
        clients.end().await;
    }
    let service = Service::start(&setting.config);
    let clients = work.start(&service.base);
    work.all_is_filed().await;
    clients.end().await;
    drop(service);
    work.check(&setting).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_in_the_middle() {
    const CRASHES: usize = 5;
    let Some(server) = Postgres::start() else { return postgres::missing() };
    let setting = with_officials();
    let url = server.database();
    change(&setting, |text| format!("database = \"{url}\"\n{text}"));
    let work = Work::new(&setting, 120);
    let service = Service::start(&setting.config);
    let clients = work.start(&service.base);
    for _ in 0..CRASHES {
        tokio::time::sleep(Duration::from_millis(20 + work.below(250))).await;
        server.crash();
        server.resume();
    }
    work.all_is_filed().await;
    clients.end().await;
    drop(service);
    work.check(&setting).await;
}
