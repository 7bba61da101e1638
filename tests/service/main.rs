//! The service as a process of its own: what it answered with 201 survives kill -9, every refusal has its status and
//! code, replicas share a PostgreSQL, and what the register owes others is done by jobs.

mod backup;
mod bucket;
mod demo;
mod editions;
mod jobs;
mod kept_lists;
mod lists;
mod load;
mod mail;
mod papers;
#[path = "../common/postgres.rs"]
mod postgres;
mod provisional;
mod reception;
mod replicas;
mod searches;
mod setting;
mod state_data;
#[path = "../common/tools.rs"]
mod tools;
mod trouble;

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use qoltanba::crypto::{DigestAlgorithm, EcdsaForm, sha256};
use qoltanba::pkix::issue::{self, Extension, Issuer};
use qoltanba::service::verify::{open_identity, sign_xml};
use qoltanba::signature::sign;
use qoltanba::xml::Limits;
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use setting::{FILE, Service, Setting, client, form, post, until};

/// Runs tests of a module once more over PostgreSQL.
macro_rules! also_over_postgresql {
    ($($test:ident),* $(,)?) => {
        mod over_postgresql {
            $(#[test] fn $test() { $crate::postgres::with_postgresql(super::$test); })*
        }
    };
}

pub(crate) use also_over_postgresql;

also_over_postgresql!(
    what_was_answered_201_survives_kill,
    sigterm_ends_the_service_with_status_0,
    refusals_have_their_status_and_code_and_register_nothing,
    the_register_fetches_what_it_needs,
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_201_survives_kill() {
    const PERSONS: usize = 200;
    let setting = Setting::new();
    let documents = Arc::new(setting.applications(PERSONS));
    let next = Arc::new(AtomicUsize::new(0));
    let mut answered: Vec<(usize, Value)> = Vec::new();
    let mut kills = 0;
    while next.load(Ordering::SeqCst) < PERSONS {
        let service = Service::start(&setting.config);
        let accepted = Arc::new(AtomicUsize::new(0));
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let (documents, next, accepted) =
                (Arc::clone(&documents), Arc::clone(&next), Arc::clone(&accepted));
            let base = service.base.clone();
            clients.spawn(async move {
                let mut found = Vec::new();
                loop {
                    let person = next.fetch_add(1, Ordering::SeqCst);
                    let Some(document) = documents.get(person) else { return found };
                    match post(&base, form(document.clone(), "income.pdf", FILE)).await {
                        Ok((201, body)) => {
                            accepted.fetch_add(1, Ordering::SeqCst);
                            found.push((person, body));
                        }
                        Ok((status, body)) => panic!("{status} {body}"),
                        Err(_) => return found,
                    }
                }
            });
        }
        // The third life is let run to its end.
        if kills < 2 {
            until("40 are filed", || accepted.load(Ordering::SeqCst) >= 40).await;
            service.kill();
            kills += 1;
            answered.extend(clients.join_all().await.into_iter().flatten());
        } else {
            answered.extend(clients.join_all().await.into_iter().flatten());
            drop(service);
        }
    }
    assert_eq!(kills, 2);
    assert!(answered.len() >= PERSONS - 8, "only requests under way at a kill are unanswered");

    let service = Service::start(&setting.config);
    let client = client();
    let mut numbers = Vec::new();
    for (person, body) in &answered {
        let number = body["number"].as_str().expect("a number");
        let key = body["access_key"].as_str().expect("a key");
        let url = format!("{}/api/v1/applications/{number}", service.base);
        let case: Value = {
            let answer = client.get(&url).bearer_auth(key).send().await.expect("an answer");
            assert_eq!(answer.status().as_u16(), 200, "{number}");
            serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON")
        };
        for (kind, expected) in [("application", documents[*person].as_slice()), ("attachment", FILE)] {
            let id = case["documents"]
                .as_array()
                .and_then(|documents| documents.iter().find(|document| document["kind"] == kind))
                .and_then(|document| document["id"].as_str())
                .expect("the document");
            let bytes =
                client.get(format!("{url}/documents/{id}")).bearer_auth(key).send().await.expect("an answer");
            assert_eq!(bytes.bytes().await.expect("the document").as_ref(), expected, "{number} {kind}");
        }
        let receipt = client.get(format!("{url}/receipt")).bearer_auth(key).send().await.expect("an answer");
        assert_eq!(receipt.text().await.expect("a receipt"), body["receipt"].as_str().expect("a receipt"));
        numbers.push(number.to_owned());
    }
    drop(service);
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), answered.len(), "no number was given twice");
    let (whole, said) = setting.run(&["log", "verify"]);
    assert!(whole, "the chain of events is whole: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_ends_the_service_with_status_0() {
    let setting = Setting::new();
    let mut service = Service::start(&setting.config);
    let document = setting.application(0, FILE);
    let (status, _) = post(&service.base, form(document, "income.pdf", FILE)).await.expect("an answer");
    assert_eq!(status, 201);
    let told = Command::new("kill").args(["-TERM", &service.process.id().to_string()]).status();
    assert!(told.expect("kill runs").success());
    let ended = service.process.wait().expect("it ends");
    assert_eq!(ended.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verifications_answer_the_report_over_http() {
    let setting = Setting::new();
    let service = Service::start(&setting.config);
    let document = setting.application(0, FILE);
    let client = client();
    let url = format!("{}/api/v1/verifications", service.base);
    let verify = |bytes: Vec<u8>, language: &'static str| {
        client
            .post(&url)
            .header("content-type", "application/xml")
            .header("accept-language", language)
            .body(bytes)
            .send()
    };
    let answer = verify(document.clone(), "en").await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    let report: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
    assert_eq!(report["indication"], "TOTAL-PASSED", "{report}");
    let changed = String::from_utf8(document).expect("UTF-8").replace("МЫСАЛ<", "ДРУГОЙ<").into_bytes();
    let answer = verify(changed, "ru").await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    let report: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
    assert_eq!(report["signatures"][0]["sub_indication"], "HASH_FAILURE");
    let message = report["signatures"][0]["findings"][0]["message"].as_str().expect("a message");
    assert!(message.chars().any(|letter| ('а'..='я').contains(&letter)), "{message}");
    for (bytes, code) in [
        (&b"<a/>"[..], "NO_SIGNATURE"),
        (b"<!DOCTYPE a><a/>", "XML_DOCTYPE"),
        (b"%PDF", "FORMAT_UNSUPPORTED"),
    ] {
        let answer = verify(bytes.to_vec(), "en").await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 422);
        assert!(answer.text().await.expect("a body").contains(code));
    }
}

/// Anchors are read as on the command line: what a store lists, as far as it says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_trusts_by_the_list_of_a_store() {
    let setting = Setting::new();
    let document = setting.application(0, FILE);
    let path = |name: &str| setting.folder.path().join(name).display().to_string();
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let text = text.replace(&path("load.cer"), &path("store"));
    std::fs::write(&setting.config, text).expect("written");
    for (limits, expected) in [
        (["--purpose", "timestamping"], "ANCHOR_CONSTRAINED"),
        (["--not-after", "2026-01-01T00:00:00Z"], "ANCHOR_NO_LONGER_TRUSTED"),
        (["--purpose", "signing"], "TOTAL-PASSED"),
        (["remove", "it"], "CHAIN_NOT_FOUND"),
    ] {
        let (file, folder) = (path("load.cer"), path("store"));
        let words = ["trust", "add", &file, "--not-national"];
        let words = if limits == ["remove", "it"] {
            vec!["trust", "remove", &file]
        } else {
            [&words[..], &limits].concat()
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
        assert!(command.args(words).env("QOLTANBA_TRUST", &folder).status().expect("it runs").success());
        // The file alone says nothing.
        std::fs::copy(&file, setting.folder.path().join("store/left-behind.cer")).expect("copied");
        let service = Service::start(&setting.config);
        let url = format!("{}/api/v1/verifications", service.base);
        let asked = client().post(&url).header("content-type", "application/xml");
        let answer =
            asked.body(document.clone()).send().await.expect("an answer").text().await.expect("a body");
        assert!(answer.contains(expected), "{expected}: {answer}");
        assert_eq!(expected == "TOTAL-PASSED", answer.contains("TOTAL-PASSED"), "{answer}");
    }
    std::fs::write(setting.folder.path().join("store/trust.toml"), "[[anchor").expect("written");
    let mut refused = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
    let refused =
        refused.args(["serve", "--listen", "127.0.0.1:0", "--config"]).arg(&setting.config).output();
    let refused = refused.expect("it runs");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("TRUST_LIST_MALFORMED"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_request_is_said_in_the_readers_language() {
    let setting = Setting::new();
    let service = Service::start(&setting.config);
    let url = format!("{}/api/v1/verifications", service.base);
    let ask = async |kind: &str, body: String, language: &str| {
        let sent = client().post(&url).header("content-type", kind);
        let answer = sent.header("accept-language", language).body(body).send().await.expect("an answer");
        let body: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
        (
            body["code"].as_str().unwrap_or_default().to_owned(),
            body["detail"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let options = |options: &str| {
        let document =
            "--x\r\ncontent-disposition: form-data; name=\"document\"; filename=\"a.xml\"\r\n\r\n<a/>\r\n";
        format!(
            "{document}--x\r\ncontent-disposition: form-data; name=\"options\"\r\n\r\n{options}\r\n--x--\r\n"
        )
    };
    let multipart = "multipart/form-data; boundary=x";
    for (kind, body, code) in [
        ("application/xml", "<a".to_owned(), "XML_MALFORMED"),
        ("application/xml", "<a></b>".to_owned(), "XML_MALFORMED"),
        (multipart, options("{"), "ARGUMENT_INVALID"),
        (multipart, options("{\"at\": 7}"), "ARGUMENT_INVALID"),
        (multipart, "--x\r\n\r\n".to_owned(), "ARGUMENT_INVALID"),
        ("multipart/form-data", String::new(), "ARGUMENT_INVALID"),
    ] {
        for language in ["ru", "kk"] {
            let (found, detail) = ask(kind, body.clone(), language).await;
            assert_eq!(found, code, "{body}");
            let (_, english) = ask(kind, body.clone(), "en").await;
            assert!(english.is_ascii() && detail != english, "{english} {detail}");
            // No word of English, but for names.
            let words = detail.split(|c: char| !c.is_alphanumeric());
            let foreign: Vec<_> =
                words.filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic())).collect();
            let names = ["XML", "JSON", "multipart"];
            assert!(foreign.iter().all(|word| names.contains(word)), "{language} {detail}");
        }
    }
}

/// A signature of the applicant over detached contents: URIs and octets.
fn detached_signature(setting: &Setting, contents: &[(&str, &[u8])]) -> String {
    const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
    let key = std::fs::read(setting.folder.path().join("pki/applicant.p12")).expect("a key");
    let identity = open_identity(&key, "qoltanba").expect("an identity");
    let references: String = contents
        .iter()
        .map(|(uri, octets)| {
            format!(
                "<Reference URI=\"{uri}\"><DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\">\
                 </DigestMethod><DigestValue>{}</DigestValue></Reference>",
                STANDARD.encode(sha256(octets))
            )
        })
        .collect();
    let algorithm = identity.key.signature_algorithm(DigestAlgorithm::Sha256);
    let method = algorithm.uri().expect("a name");
    let signed_info = format!(
        "<SignedInfo xmlns=\"{DSIG}\"><CanonicalizationMethod \
         Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></CanonicalizationMethod>\
         <SignatureMethod Algorithm=\"{method}\"></SignatureMethod>{references}</SignedInfo>"
    );
    let value =
        identity.key.sign(&algorithm, EcdsaForm::Concatenated, signed_info.as_bytes()).expect("a value");
    format!(
        "<Signature xmlns=\"{DSIG}\">{signed_info}<SignatureValue>{}</SignatureValue><KeyInfo><X509Data>\
         <X509Certificate>{}</X509Certificate></X509Data></KeyInfo></Signature>",
        STANDARD.encode(value),
        STANDARD.encode(&identity.certificate_der)
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contents_outside_the_document_come_as_parts() {
    let setting = Setting::new();
    let service = Service::start(&setting.config);
    let url = format!("{}/api/v1/verifications", service.base);
    let send = async |document: &str, options: &'static str, contents: &[(&'static str, &'static [u8])]| {
        let mut form = Form::new().text("document", document.to_owned()).text("options", options);
        for (name, octets) in contents {
            form = form.part("content", Part::bytes(*octets).file_name(*name));
        }
        let answer = client().post(&url).multipart(form).send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str::<Value>(&text).expect("JSON"))
    };
    let one = detached_signature(&setting, &[("urn:x:1", b"one")]);
    let two = detached_signature(&setting, &[("a.bin", b"one"), ("dir/b.bin", b"two")]);
    for (document, contents, verdict) in [
        (&one, &[][..], "SIGNED_DATA_NOT_FOUND"),
        (&one, &[("urn:x:1", &b"one"[..])], ""),
        (&one, &[("any.name", b"one")], ""),
        (&one, &[("urn:x:1", b"One")], "HASH_FAILURE"),
        (&one, &[("a", b"one"), ("b", b"one")], "SIGNED_DATA_NOT_FOUND"),
        (&two, &[("a.bin", b"one"), ("dir/b.bin", b"two")], ""),
        (&two, &[("dir/b.bin", b"two"), ("a.bin", b"one")], ""),
        (&two, &[("a.bin", b"two"), ("dir/b.bin", b"one")], "HASH_FAILURE"),
        (&two, &[("a.bin", b"one"), ("c.bin", b"two")], "SIGNED_DATA_NOT_FOUND"),
    ] {
        let (status, report) = send(document, "{}", contents).await;
        assert_eq!(status, 200, "{report}");
        let signature = &report["signatures"][0];
        assert_eq!(
            signature["sub_indication"].as_str().unwrap_or_default(),
            verdict,
            "{contents:?} {report}"
        );
        let passed = signature["indication"] == "TOTAL-PASSED";
        assert_eq!(passed, verdict.is_empty(), "{contents:?} {report}");
    }
    for options in ["[]", "[\"kz\"]", "null", "1", "{\"no\":1}", "{\"policy\":1}", "{"] {
        let (status, problem) = send(&one, options, &[]).await;
        assert_eq!(status, 400, "{options} {problem}");
    }
    let many = vec![("a", &b"one"[..]); 51];
    let (status, problem) = send(&one, "{}", &many).await;
    assert_eq!((status, problem["code"].as_str()), (400, Some("FIELD_INVALID")), "{problem}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_have_their_status_and_code_and_register_nothing() {
    let setting = Setting::new();
    let service = Service::start(&setting.config);
    let document = setting.application(0, FILE);
    let base = &service.base;
    let changed = String::from_utf8(document.clone()).expect("UTF-8").replace("МЫСАЛ<", "ДРУГОЙ<");
    let unsigned = b"<application xmlns=\"urn:qoltanba:housing:application:1\"/>".to_vec();
    let cases: Vec<(&str, Form, u16, &str)> = vec![
        ("changed", form(changed.into_bytes(), "income.pdf", FILE), 422, "DIGEST_MISMATCH"),
        ("unsigned", form(unsigned, "income.pdf", FILE), 422, "NO_SIGNATURE"),
        ("other file", form(document.clone(), "income.pdf", b"other"), 422, "ATTACHMENT_SIZE_MISMATCH"),
        ("unlisted", form(document.clone(), "other.pdf", FILE), 422, "ATTACHMENT_UNLISTED"),
        ("no application", Form::new().text("x", "y"), 400, "FIELD_MISSING"),
        ("not XML", form(b"<a>".to_vec(), "income.pdf", FILE), 422, "XML_MALFORMED"),
    ];
    for (what, form, status, code) in cases {
        let (found, body) = post(base, form).await.expect("an answer");
        assert_eq!(found, status, "{what}: {body}");
        assert!(body.to_string().contains(code), "{what}: {code} in {body}");
    }
    let (status, body) = post(base, form(document, "income.pdf", FILE)).await.expect("an answer");
    assert_eq!((status, body["number"].as_str().map(|number| number.ends_with("000001"))), (201, Some(true)));

    let client = client();
    let number = body["number"].as_str().expect("a number");
    let get = |path: String| client.get(format!("{base}{path}")).send();
    for (path, status) in [
        (format!("/api/v1/applications/{number}"), 401),
        ("/nowhere".to_owned(), 404),
        ("/livez".to_owned(), 200),
        ("/readyz".to_owned(), 200),
        ("/version".to_owned(), 200),
        ("/openapi.json".to_owned(), 200),
        ("/docs/".to_owned(), 200),
    ] {
        assert_eq!(get(path.clone()).await.expect("an answer").status().as_u16(), status, "{path}");
    }
    let problem = get("/nowhere".to_owned()).await.expect("an answer");
    assert_eq!(problem.headers()["content-type"], "application/problem+json");
    let page = get("/docs/".to_owned()).await.expect("an answer").text().await.expect("a page");
    assert!(!page.contains("https://") && !page.contains("http://"), "the page needs no other host");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_document_waits_in_a_file_and_is_judged_from_there() {
    let setting = Setting::new();
    let service = Service::start(&setting.config);
    let text = format!("<doc>{}</doc>", "<record n=\"1\">text</record>\n".repeat(1 << 20));
    let key = std::fs::read(setting.folder.path().join("pki/applicant.p12")).expect("a key");
    let identity = open_identity(&key, "qoltanba").expect("an identity");
    let signed =
        sign_xml(text.as_bytes(), &identity, &sign::Profile::default(), &Limits::default()).expect("signed");
    let client = client();
    let url = format!("{}/api/v1/verifications", service.base);
    let peak = || {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", service.process.id())).expect("a status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak").to_owned();
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number")
    };
    let before = peak();
    let part = Part::bytes(signed.clone()).file_name("large.xml");
    let form = Form::new().part("document", part).text("options", "{}");
    for request in [client.post(&url).body(signed.clone()), client.post(&url).multipart(form)] {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200);
        let report: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
        assert_eq!(report["indication"], "TOTAL-PASSED", "{report}");
        assert_eq!(report["document"]["size"], signed.len());
    }
    // 29 MB came twice; the register's own memory at its start is in the figure.
    assert!(peak() < before + (16 << 10), "{} KiB before, {} KiB after", before, peak());
    let spool = setting.folder.path().join("data/spool");
    let mut left = Vec::new();
    for process in std::fs::read_dir(spool).expect("the spool folder") {
        let process = process.expect("an entry").path();
        let files = std::fs::read_dir(process).into_iter().flatten();
        left.extend(files.map(|file| file.expect("a file").file_name()).filter(|name| name != "lock"));
    }
    assert!(left.is_empty(), "files are taken away: {left:?}");
}

/// The register takes what passes with what is fetched; an outage is no reason to condemn, and what it lets wait is
/// not taken yet (`provisional`).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_register_fetches_what_it_needs() {
    let setting = Setting::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let point = |list: &str| Extension::crl_distribution_point(&format!("http://127.0.0.1:{port}/{list}"));
    let (good, _) = setting.application_by(0, FILE, &[point("good.crl")]);
    let (condemned, serial) = setting.application_by(1, FILE, &[point("revoked.crl")]);
    let (lost, _) = setting.application_by(2, FILE, &[point("lost.crl")]);
    let list = |revoked: &[issue::Revocation]| {
        let (name, key) = &setting.authority;
        let this = Timestamp::now() - SignedDuration::from_mins(5);
        let next = Some(this + SignedDuration::from_hours(1));
        let issuer = Issuer { name, key, digest: DigestAlgorithm::Sha256 };
        issue::crl(issuer, this, next, 1, revoked, &[]).expect("a list")
    };
    let at = Timestamp::now() - SignedDuration::from_mins(10);
    let (clean, full) =
        (list(&[]), list(&[issue::Revocation { serial, at, reason: Some(1), more: Vec::new() }]));
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let clean = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        std::future::ready(clean.clone())
    };
    let site = axum::Router::new()
        .route("/good.crl", axum::routing::get(clean))
        .route("/revoked.crl", axum::routing::get(move || std::future::ready(full.clone())));
    tokio::spawn(async move { axum::serve(listener, site).await });

    let text =
        std::fs::read_to_string(&setting.config).expect("settings").replace("\"available\"", "\"required\"");
    std::fs::write(&setting.config, &text).expect("written");
    let service = Service::start(&setting.config);
    let (status, body) =
        post(&service.base, form(good.clone(), "income.pdf", FILE)).await.expect("an answer");
    assert_eq!(status, 422, "{body}");
    assert!(body.to_string().contains("REVOCATION_UNKNOWN") && asked.load(Ordering::SeqCst) == 0, "{body}");
    drop(service);

    let online = format!("[online]\nenabled = true\nprivate_hosts = [\"127.0.0.1:{port}\"]\ntries = 1\n");
    std::fs::write(&setting.config, text + &online).expect("written");
    let service = Service::start(&setting.config);
    let answer = async |document: &[u8]| {
        post(&service.base, form(document.to_vec(), "income.pdf", FILE)).await.expect("an answer")
    };
    let (status, body) = answer(&good).await;
    assert_eq!((status, asked.load(Ordering::SeqCst)), (201, 1), "{body}");
    let (status, body) = answer(&condemned).await;
    assert!(status == 422 && body.to_string().contains("CERTIFICATE_REVOKED"), "{body}");
    let (status, body) = answer(&lost).await;
    assert_eq!((status, &body["status"]), (201, &"awaiting-evidence".into()), "{body}");
}
