//! The lists over HTTP and on the command line: what is asked wrongly, whom a family's conflicts are shown to, who may
//! see an inventory, and a refusal that names a person's own case to that person.

use qoltanba::crypto::sha256;
use qoltanba::housing::inventory;
use qoltanba::service::verify::{open_identity, sign_xml};
use qoltanba::signature::sign::Profile;
use qoltanba::xml::Limits;
use serde_json::{Value, json};

use crate::setting::{FILE, Service, Setting, client, form, post};

crate::also_over_postgresql!(lists_conflicts_and_the_inventory);

const TOKEN: &str = "a token of the office";

/// A setting in which one official is the head and may read.
fn with_official() -> Setting {
    let setting = Setting::new();
    let head = std::fs::read(setting.folder.path().join("pki/official.cer")).expect("a certificate");
    let head = qoltanba::pkix::Certificate::from_der(&head).expect("parsed");
    let iin = head.subject().iin().expect("an IIN").to_owned();
    let token: String = sha256(TOKEN.as_bytes()).iter().map(|octet| format!("{octet:02x}")).collect();
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let official = format!("[[officials]]\niin = \"{iin}\"\nrole = \"head\"\ntoken_sha256 = \"{token}\"\n");
    let text = format!("allow_test_identities = true\n{text}{official}");
    std::fs::write(&setting.config, text).expect("written");
    setting
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_conflicts_and_the_inventory() {
    let setting = with_official();
    let service = Service::start(&setting.config);
    let client = client();
    let get = async |path: &str, bearer: Option<&str>| -> (u16, Value) {
        let mut request = client.get(format!("{}/api/v1/{path}", service.base));
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON"))
    };
    let file = async |person: u32, family: &[u32]| {
        let document = setting.application_with(person, family);
        post(&service.base, form(document, "income.pdf", FILE)).await.expect("an answer")
    };

    // The second of a family is registered; only the office sees what that conflicts with.
    let (status, first) = file(0, &[1]).await;
    assert_eq!(status, 201, "{first}");
    let (status, second) = file(1, &[]).await;
    assert_eq!(status, 201, "{second}");
    let path = format!("applications/{}", second["number"].as_str().expect("a number"));
    let (_, own) = get(&path, second["access_key"].as_str()).await;
    assert!(own.get("conflicts").is_none(), "{own}");
    let (_, seen) = get(&path, Some(TOKEN)).await;
    assert_eq!(seen["conflicts"], json!([{ "application": first["number"], "resolved": false }]));

    // The same person again in the same list: refused, and told which case it is about.
    let (status, again) = file(0, &[]).await;
    assert_eq!((status, &again["code"]), (409, &json!("OPEN_APPLICATION")));
    let number = first["number"].as_str().expect("a number");
    assert!(again["detail"].as_str().is_some_and(|said| said.contains(number)), "{again}");

    let (status, list) = get("queue?category=vulnerable&at=2026-01-01", None).await;
    assert_eq!((status, &list["rule"], &list["entries"]), (200, &json!("order-1"), &json!([])));
    assert!(list["at"].as_str().is_some_and(|at| at.starts_with("2026-01-01T18:59:59")), "{list}");
    for (query, status, code) in [
        ("category=vulnerable&at=2999-01-01", 422, "FUTURE_DATE"),
        ("category=vulnerable&at=yesterday", 400, "FIELD_INVALID"),
        ("category=poor", 400, "FIELD_INVALID"),
        ("category=vulnerable&page=1", 400, "UNKNOWN_FIELD"),
        ("number=ALA-2026-999999", 404, "APPLICATION_NOT_FOUND"),
        // Registered, but without a place.
        (&format!("number={number}"), 404, "APPLICATION_NOT_FOUND"),
    ] {
        let (found, body) = get(&format!("queue?{query}"), None).await;
        assert_eq!((found, &body["code"]), (status, &json!(code)), "{query}: {body}");
    }
    let (placed, said) = setting.run(&["queue", "position", number]);
    assert!(!placed && said.contains("no place"), "{said}");
    let (counted, said) = setting.run(&["queue", "recount"]);
    assert!(counted && said.contains("places counted: 0"), "{said}");

    let year =
        jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::get("Asia/Almaty").expect("a zone")).year();
    let begin = async |signer: &str, year| {
        let key = std::fs::read(setting.folder.path().join(format!("pki/{signer}.p12"))).expect("a key");
        let key = open_identity(&key, "qoltanba").expect("an identity");
        let act = inventory::to_xml(year, "order 5");
        let act = sign_xml(act.as_bytes(), &key, &Profile::default(), &Limits::default()).expect("signed");
        let answer = client.post(format!("{}/api/v1/inventories", service.base)).body(act).send();
        let answer = answer.await.expect("an answer");
        let status = answer.status().as_u16();
        let body: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
        (status, body)
    };
    let (status, body) = begin("executor", year).await;
    assert_eq!((status, &body["code"]), (422, &json!("SIGNER_NOT_OFFICIAL")), "{body}");
    let (status, body) = begin("official", year - 1).await;
    assert_eq!((status, &body["code"]), (422, &json!("INVENTORY_YEAR")), "{body}");
    let (status, body) = begin("official", year).await;
    assert_eq!((status, &body["places"], &body["open"]), (201, &json!(0), &json!(0)), "{body}");
    let (status, body) = begin("official", year).await;
    assert_eq!((status, &body["code"]), (409, &json!("INVENTORY_BEGUN")), "{body}");
    let path = format!("inventories/{year}");
    assert_eq!(get(&path, second["access_key"].as_str()).await.0, 401);
    assert_eq!(get(&path, None).await.0, 401);
    assert_eq!(get("inventories/1999", Some(TOKEN)).await.0, 404);
    let (status, body) = get(&path, Some(TOKEN)).await;
    assert_eq!((status, &body["needs_documents"]), (200, &json!(0)), "{body}");
}
