//! Applications that are filed while nobody can be asked about revocation: the moment counts, the case waits, and what
//! the list says once it is there decides, as of the moment of filing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::Path;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use qoltanba::crypto::{DigestAlgorithm, sha256};
use qoltanba::pkix::issue::{self, Extension, Issuer};
use serde_json::Value;

use crate::setting::{FILE, Service, Setting, client, form, iin, post};

/// How long answers may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);
const TOKEN: &str = "of an official";

/// Lists by name; what is not there is answered with 503.
type Lists = Arc<Mutex<HashMap<String, Vec<u8>>>>;

/// A site of lists that is away until lists are put there.
async fn site() -> (Lists, u16) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let lists = Lists::default();
    let own = Arc::clone(&lists);
    let serve = move |Path(name): Path<String>| {
        let list = own.lock().expect("lists").get(&name).cloned();
        std::future::ready(list.ok_or(StatusCode::SERVICE_UNAVAILABLE))
    };
    let site = axum::Router::new().route("/{name}", axum::routing::get(serve));
    tokio::spawn(async move { axum::serve(listener, site).await });
    (lists, port)
}

fn list(setting: &Setting, this: Timestamp, revoked: Option<(Vec<u8>, Timestamp)>) -> Vec<u8> {
    let (name, key) = &setting.authority;
    let issuer = Issuer { name, key, digest: DigestAlgorithm::Sha256 };
    let line = |(serial, at)| issue::Revocation { serial, at, reason: Some(1), more: Vec::new() };
    let revoked: Vec<_> = revoked.into_iter().map(line).collect();
    issue::crl(issuer, this, Some(this + SignedDuration::from_hours(1)), 1, &revoked, &[]).expect("a list")
}

async fn get(service: &Service, path: &str) -> Vec<u8> {
    let url = format!("{}/api/v1/applications/{path}", service.base);
    let answer = client().get(url).bearer_auth(TOKEN).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    answer.bytes().await.expect("a body").to_vec()
}

async fn case(service: &Service, number: &str) -> Value {
    serde_json::from_slice(&get(service, number).await).expect("JSON")
}

/// The documents of a case of one kind, as they are kept.
async fn kept(service: &Service, case: &Value, kind: &str) -> Vec<Vec<u8>> {
    let number = case["number"].as_str().expect("a number");
    let mut found = Vec::new();
    for one in case["documents"].as_array().expect("documents").iter().filter(|one| one["kind"] == kind) {
        let id = one["id"].as_str().expect("an id");
        found.push(get(service, &format!("{number}/documents/{id}")).await);
    }
    found
}

fn jobs(setting: &Setting) -> Vec<Value> {
    let (_, said) = setting.run(&["jobs", "list", "--json"]);
    said.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{said}"))).collect()
}

crate::also_over_postgresql!(what_nobody_could_tell_at_filing_is_told_later);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_could_tell_at_filing_is_told_later() {
    let setting = Setting::new();
    // What never comes is elsewhere: a host that fails is left alone for a while, with all that it has.
    let ((lists, port), (lost, lost_port)) = (site().await, site().await);
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let text = text.replace("\"available\"", "\"required\"");
    let digest: String = sha256(TOKEN.as_bytes()).iter().map(|octet| format!("{octet:02x}")).collect();
    let more = format!(
        "[online]\nenabled = true\nprivate_hosts = [\"127.0.0.1:{port}\", \"127.0.0.1:{lost_port}\"]\ntries = 1\n\
         [jobs]\npoll_seconds = 1\nretry_seconds = 1\nattempts = 7\n\
         [[officials]]\niin = \"790512300125\"\nrole = \"head\"\ntoken_sha256 = \"{digest}\"\n"
    );
    // The refusal is sealed, by the same standard.
    let pki = setting.folder.path().join("pki");
    let crls = ["root.crl", "ca.crl"].map(|list| format!("\"{}\"", pki.join(list).display())).join(", ");
    std::fs::write(&setting.config, format!("crls = [{crls}]\n{text}{more}")).expect("written");
    let service = Service::start(&setting.config);
    let point = |name: &str| {
        let port = if name == "never" { lost_port } else { port };
        Extension::crl_distribution_point(&format!("http://127.0.0.1:{port}/{name}"))
    };
    let names = ["good", "before", "after", "never"];
    let filings: Vec<_> = (0..4)
        .zip(names)
        .map(|(person, name)| setting.application_by(person, FILE, &[point(name)]))
        .collect();

    // Only the outage makes a document wait: neither another fault nor a place that nobody may ask.
    let changed = String::from_utf8(filings[0].0.clone()).expect("UTF-8").replace("МЫСАЛ<", "ДРУГОЙ<");
    let elsewhere = Extension::crl_distribution_point("http://127.0.0.2:9/list");
    let (forbidden, _) = setting.application_by(4, FILE, &[elsewhere]);
    let (nowhere, _) = setting.application_by(5, FILE, &[]);
    for (document, code) in [
        (changed.into_bytes(), "DIGEST_MISMATCH"),
        (forbidden, "REVOCATION_UNKNOWN"),
        (nowhere, "REVOCATION_UNKNOWN"),
    ] {
        let (status, body) =
            post(&service.base, form(document, "income.pdf", FILE)).await.expect("an answer");
        assert!(status == 422 && body.to_string().contains(code), "{code} {body}");
    }

    let mut filed = Vec::new();
    for (document, _) in &filings {
        let (status, body) =
            post(&service.base, form(document.clone(), "income.pdf", FILE)).await.expect("an answer");
        assert_eq!((status, &body["status"]), (201, &"awaiting-evidence".into()), "{body}");
        let case = case(&service, body["number"].as_str().expect("a number")).await;
        assert_eq!(case["status"], "awaiting-evidence", "{case}");
        assert_eq!(case["next_steps"], serde_json::json!(["complete-evidence"]));
        filed.push(case);
    }
    // Nobody is asked in vain and nothing is decided meanwhile.
    assert!(jobs(&setting).iter().all(|job| job["kind"] == "evidence" && job["state"] == "waiting"));
    assert_eq!(jobs(&setting).len(), 4);

    tokio::time::sleep(Duration::from_secs(2)).await;
    let now = Timestamp::now();
    let old = now - SignedDuration::from_mins(10);
    let served = [
        list(&setting, now - SignedDuration::from_mins(5), None),
        list(&setting, old, Some((filings[1].1.clone(), old))),
        list(&setting, now, Some((filings[2].1.clone(), now))),
    ];
    for (name, served) in names.iter().zip(&served) {
        lists.lock().expect("lists").insert((*name).to_owned(), served.clone());
    }
    let began = Instant::now();
    let number = |at: usize| filed[at]["number"].as_str().expect("a number");
    let ended = loop {
        let waiting = jobs(&setting).into_iter().filter(|job| job["state"] == "waiting").count();
        if waiting == 0 {
            let mut ended = Vec::new();
            for at in 0..4 {
                ended.push(case(&service, number(at)).await);
            }
            break ended;
        }
        assert!(began.elapsed() < PATIENCE, "{:?}", jobs(&setting));
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    let states: Vec<&Value> = ended.iter().map(|case| &case["status"]).collect();
    let expected = ["registered", "refused", "registered", "awaiting-evidence"];
    assert_eq!(states, expected, "{:?}", jobs(&setting));
    for (case, before) in ended.iter().zip(&filed) {
        for kept in ["number", "filed_at", "due_date"] {
            assert_eq!(case[kept], before[kept], "{kept}");
        }
    }
    for (at, case) in ended.iter().enumerate().take(3) {
        // The very list that decided, and the report that says why.
        assert_eq!(kept(&service, case, "evidence-revocation").await, [served[at].clone()], "{at}");
        let reports = kept(&service, case, "evidence-report").await;
        let report: Value = serde_json::from_slice(&reports[0]).expect("JSON");
        let passed = report["signatures"][0]["indication"] == "TOTAL-PASSED";
        assert_eq!(passed, at != 1, "{report}");
        let time = report["signatures"][0]["best_signature_time"].as_str().expect("a time").to_owned();
        assert_eq!(time.get(..19), case["filed_at"].as_str().and_then(|filed| filed.get(..19)));
    }
    let notice = String::from_utf8(kept(&service, &ended[1], "refusal").await.concat()).expect("UTF-8");
    assert!(notice.contains("отозван до подачи") || notice.contains("кері қайтарып алынған"), "{notice}");
    // What never came back is a dead letter that says so, without anything of the person.
    let left = jobs(&setting);
    assert_eq!((left.len(), &left[0]["application"]), (1, &number(3).into()));
    assert!(left[0]["state"] == "dead" && left[0]["attempts"] == 7, "{left:?}");
    let why = left[0]["last_error"].as_str().expect("a reason");
    assert!(why.contains("EVIDENCE_MISSING") && why.contains("REVOCATION_UNKNOWN"), "{why}");
    assert!(!why.contains(&iin(3)), "{why}");
    // Asked again by the operator, it is completed after all.
    lost.lock().expect("lists").insert("never".to_owned(), served[0].clone());
    let (tried, said) = setting.run(&["jobs", "retry", "--all"]);
    assert!(tried, "{said}");
    while case(&service, number(3)).await["status"] != "registered" {
        assert!(began.elapsed() < PATIENCE, "{:?}", jobs(&setting));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let (sound, said) = setting.run(&["log", "verify"]);
    assert!(sound, "{said}");
    // Four applications with their receipts, and the refusal.
    let backup = setting.folder.path().join("backup").display().to_string();
    let (made, said) = setting.run(&["backup", &backup]);
    assert!(made, "{said}");
    let config = crate::backup::empty_register(&setting, "restored", None);
    let (restored, said) = crate::backup::run(&config, &["restore", &backup]);
    assert!(restored && said.contains("that verify: 9, not proven: 0"), "{said}");
}
