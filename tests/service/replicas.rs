//! Several processes of the service on one PostgreSQL and one data folder: what one of them did, all know.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::postgres::{self, Postgres};
use crate::setting::{FILE, Service, Setting, client, form, post, until};

const REPLICAS: usize = 4;

/// A register on a new database of this server, of which a test knows the URL.
fn setting_on(server: &Postgres) -> (Setting, String) {
    let (setting, url) = (Setting::new(), server.database());
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    std::fs::write(&setting.config, format!("database = \"{url}\"\n{text}")).expect("written");
    (setting, url)
}

/// Starts replicas at the same moment: all of them find an empty database.
fn start_together(setting: &Setting) -> Vec<Service> {
    std::thread::scope(|scope| {
        let started: Vec<_> =
            (0..REPLICAS).map(|_| scope.spawn(|| Service::start(&setting.config))).collect();
        started.into_iter().map(|one| one.join().expect("a replica starts")).collect()
    })
}

/// Numbers in the database, as the register gave them.
fn numbers(server: &Postgres, url: &str) -> Vec<u64> {
    let rows = server.run(postgres::name_of(url), "SELECT number FROM applications ORDER BY number");
    let number = |row: &str| row.rsplit('-').next().and_then(|digits| digits.parse().ok()).expect("a number");
    rows.lines().map(number).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_replicas_number_without_gaps_and_a_kill_loses_nothing() {
    const PERSONS: usize = 200;
    let Some(server) = postgres::shared() else { return postgres::missing() };
    let (setting, url) = setting_on(server);
    let documents = Arc::new(setting.applications(PERSONS));
    let mut replicas = start_together(&setting);
    let bases: Arc<Vec<String>> = Arc::new(replicas.iter().map(|replica| replica.base.clone()).collect());
    let (next, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..2 * REPLICAS {
        let (documents, bases) = (Arc::clone(&documents), Arc::clone(&bases));
        let (next, done) = (Arc::clone(&next), Arc::clone(&done));
        clients.spawn(async move {
            let (mut answered, mut lost) = (Vec::new(), 0);
            loop {
                let person = next.fetch_add(1, Ordering::SeqCst);
                let Some(document) = documents.get(person) else { return (answered, lost) };
                // The replica that is killed is given up by its clients, who go on with another.
                for turn in 0.. {
                    let base = &bases[(client + turn) % REPLICAS];
                    match post(base, form(document.clone(), "income.pdf", FILE)).await {
                        Ok((201, body)) => answered.push((person, body)),
                        // It was registered, only the answer was lost.
                        Ok((409, body)) if turn > 0 && body["code"] == "SAME_DOCUMENT" => lost += 1,
                        Ok((status, body)) => panic!("{status} {body}"),
                        Err(_) if turn < REPLICAS => continue,
                        Err(error) => panic!("{error}"),
                    }
                    break;
                }
                done.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    until("a third is filed", || done.load(Ordering::SeqCst) >= PERSONS / 3).await;
    replicas.remove(0).kill();
    let (mut answered, mut lost) = (Vec::new(), 0);
    for (mine, without) in clients.join_all().await {
        answered.extend(mine);
        lost += without;
    }
    assert_eq!(answered.len() + lost, PERSONS);
    assert!(lost <= 2, "only requests under way at the kill have no answer: {lost}");
    assert_eq!(numbers(server, &url), (1..=PERSONS as u64).collect::<Vec<_>>());
    let given: BTreeSet<&str> = answered.iter().filter_map(|(_, body)| body["number"].as_str()).collect();
    assert_eq!(given.len(), answered.len(), "no number was given twice");
    let (whole, said) = setting.run(&["log", "verify"]);
    assert!(whole, "{said}");

    // No replica is bound to a case: each knows what the killed one answered.
    let client = client();
    for (turn, (person, body)) in answered.iter().enumerate() {
        let replica = &replicas[turn % replicas.len()];
        let (number, key) =
            (body["number"].as_str().expect("a number"), body["access_key"].as_str().expect("a key"));
        let case = client.get(format!("{}/api/v1/applications/{number}", replica.base)).bearer_auth(key);
        let case = case.send().await.expect("an answer");
        assert_eq!(case.status().as_u16(), 200, "{number} of person {person}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_submission_to_two_replicas_at_once_is_one_registration() {
    let Some(server) = postgres::shared() else { return postgres::missing() };
    let (setting, url) = setting_on(server);
    let replicas = start_together(&setting);
    let submit = async |replica: &Service, document: &[u8], key: Option<String>| -> (u16, Value) {
        let form = form(document.to_vec(), "income.pdf", FILE);
        let mut request = client().post(format!("{}/api/v1/applications", replica.base)).multipart(form);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON"))
    };
    for (round, document) in setting.applications(10).into_iter().enumerate() {
        let keyed = round % 2 == 0;
        let key = || keyed.then(|| format!("request-{round}"));
        let (one, other) = tokio::join!(
            submit(&replicas[round % REPLICAS], &document, key()),
            submit(&replicas[(round + 1) % REPLICAS], &document, key()),
        );
        if keyed {
            assert_eq!((one.0, other.0), (201, 201), "{one:?} {other:?}");
            assert_eq!(one.1, other.1, "the same answer");
        } else {
            let statuses = BTreeSet::from([one.0, other.0]);
            assert_eq!(statuses, BTreeSet::from([201, 409]), "{one:?} {other:?}");
        }
    }
    assert_eq!(numbers(server, &url), (1..=10).collect::<Vec<_>>());
}

/// Spouses who name each other file on two replicas at once: whoever comes second has the first as a conflict.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_family_that_files_on_two_replicas_at_once_conflicts() {
    const FAMILIES: u32 = 10;
    let Some(server) = postgres::shared() else { return postgres::missing() };
    let (setting, url) = setting_on(server);
    let replicas = start_together(&setting);
    for family in 0..FAMILIES {
        let (one, other) = (2 * family, 2 * family + 1);
        let documents = [setting.application_with(one, &[other]), setting.application_with(other, &[one])];
        let of = |at: usize| &replicas[(family as usize + at) % REPLICAS].base;
        let filed = |at: usize| post(of(at), form(documents[at].clone(), "income.pdf", FILE));
        let (first, second) = tokio::join!(filed(0), filed(1));
        for answer in [first, second] {
            let (status, body) = answer.expect("an answer");
            assert_eq!(status, 201, "{body}");
        }
    }
    assert_eq!(numbers(server, &url), (1..=2 * u64::from(FAMILIES)).collect::<Vec<_>>());
    let rows = "SELECT number || ' ' || case_json FROM applications ORDER BY number";
    let rows = server.run(postgres::name_of(&url), rows);
    let mut before = "";
    for (row, at) in rows.lines().zip(0..) {
        let (number, case) = row.split_once(' ').expect("a case");
        let case: Value = serde_json::from_str(case).expect("JSON");
        let conflicts: Vec<&str> = if at % 2 == 1 { vec![before] } else { vec![] };
        assert_eq!(case["conflicts"], serde_json::json!(conflicts), "{number}");
        before = number;
    }
    // No IIN stands in what the database knows of persons.
    let kept = server.run(postgres::name_of(&url), "SELECT (persons.*)::text FROM persons");
    assert_eq!(kept.lines().count(), 4 * FAMILIES as usize);
    let bodies = server.run(postgres::name_of(&url), "SELECT body FROM events") + &rows + &kept;
    assert!((0..2 * FAMILIES).all(|person| !bodies.contains(&crate::setting::iin(person))));
    let (whole, said) = setting.run(&["log", "verify"]);
    assert!(whole && said.contains("all places"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_database_the_service_says_503_and_recovers() {
    let Some(server) = Postgres::start() else { return postgres::missing() };
    let (setting, url) = setting_on(&server);
    let documents = setting.applications(3);
    let service = Service::start(&setting.config);
    let submit = async |document: &[u8]| {
        let form = form(document.to_vec(), "income.pdf", FILE);
        let request = client().post(format!("{}/api/v1/applications", service.base));
        request.multipart(form).send().await.expect("an answer")
    };
    assert_eq!(submit(&documents[0]).await.status().as_u16(), 201);
    server.crash();
    let began = Instant::now();
    let answer = submit(&documents[1]).await;
    assert_eq!(answer.status().as_u16(), 503);
    assert!(answer.headers().contains_key("retry-after") && began.elapsed() < Duration::from_secs(15));
    let body = answer.text().await.expect("a body");
    assert!(body.contains("NOT_READY") && !body.contains(url.as_str()), "{body}");
    let ready = client().get(format!("{}/readyz", service.base)).send().await.expect("an answer");
    assert_eq!(ready.status().as_u16(), 503);
    let alive = client().get(format!("{}/livez", service.base)).send().await.expect("an answer");
    assert_eq!(alive.status().as_u16(), 200);

    server.resume();
    assert_eq!(submit(&documents[1]).await.status().as_u16(), 201, "the refused one can be filed again");
    // The connections of a server that is gone are noticed one by one.
    server.crash();
    server.resume();
    assert_eq!(submit(&documents[2]).await.status().as_u16(), 201);
    assert_eq!(numbers(&server, &url), [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_password_comes_from_a_file_and_is_nowhere_else() {
    let Some(server) = postgres::shared() else { return postgres::missing() };
    let (setting, url) = setting_on(server);
    let name = postgres::name_of(&url);
    server.run("postgres", &format!("CREATE ROLE clerk_{name} LOGIN PASSWORD 'pa ss%wörd'"));
    server.run("postgres", &format!("ALTER DATABASE {name} OWNER TO clerk_{name}"));
    let password = setting.folder.path().join("database-password");
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let over_tcp = format!("postgresql://clerk_{name}@127.0.0.1:{}/{name}", server.port);
    let text = text.replace(&url, &over_tcp);
    std::fs::write(&setting.config, format!("database_password_file = \"{}\"\n{text}", password.display()))
        .expect("written");
    std::fs::write(&password, "wrong\n").expect("written");
    let (migrated, said) = setting.run(&["migrate"]);
    assert!(!migrated && !said.contains("wrong"), "{said}");
    std::fs::write(&password, "pa ss%wörd\n").expect("written");
    let (migrated, said) = setting.run(&["migrate"]);
    assert!(migrated, "{said}");
    let service = Service::start(&setting.config);
    let document = setting.application(0, FILE);
    let (status, body) = post(&service.base, form(document, "income.pdf", FILE)).await.expect("an answer");
    assert_eq!(status, 201, "{body}");
    let (printed, settings) = setting.run(&["config", "print"]);
    assert!(printed && settings.contains(&over_tcp) && !settings.contains("wörd"), "{settings}");
    // This server has no TLS: whoever demands it is told, and nothing is sent.
    let demanded = std::fs::read_to_string(&setting.config).expect("settings");
    let demanded = demanded.replace(&over_tcp, &format!("{over_tcp}?sslmode=require"));
    std::fs::write(&setting.config, demanded).expect("written");
    let (migrated, said) = setting.run(&["migrate"]);
    assert!(!migrated && said.to_lowercase().contains("tls"), "{said}");
}

/// What is said to a database elsewhere nobody reads on its way, and nobody else answers for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_is_asked_over_tls() {
    let Some(server) = Postgres::start() else { return postgres::missing() };
    let (setting, url) = setting_on(&server);
    let name = postgres::name_of(&url);
    let Some(certificate) = setting.server_certificate("database") else { return };
    server.serve_tls(&format!("{certificate}.pem"), &format!("{certificate}.key"));
    server.run("postgres", "CREATE ROLE clerk LOGIN PASSWORD 'secret'");
    server.run("postgres", &format!("ALTER DATABASE {name} OWNER TO clerk"));
    let password = setting.folder.path().join("database-password");
    std::fs::write(&password, "secret\n").expect("written");
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let with = |host: &str, query: &str| {
        let over_tcp = format!("postgresql://clerk@{host}:{}/{name}?{query}", server.port);
        let settings = format!("database_password_file = \"{}\"\n{text}", password.display());
        std::fs::write(&setting.config, settings.replace(&url, &over_tcp)).expect("written");
    };
    let authority = format!("sslrootcert={certificate}.pem");
    for (host, query, why) in [
        // Nobody known vouches for it.
        ("localhost", "sslmode=verify-full".to_owned(), "certificate verify failed"),
        // Somebody does, for another name.
        ("127.0.0.1", format!("sslmode=verify-full&{authority}"), "mismatch"),
    ] {
        with(host, &query);
        let (migrated, said) = setting.run(&["migrate"]);
        assert!(!migrated && said.contains(why), "{said}");
    }
    with("localhost", &format!("sslmode=verify-full&{authority}"));
    let service = Service::start(&setting.config);
    let document = setting.application(0, FILE);
    let (status, body) = post(&service.base, form(document, "income.pdf", FILE)).await.expect("an answer");
    assert_eq!(status, 201, "{body}");
    let unprotected = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                       WHERE application_name = 'qoltanba' AND NOT ssl";
    assert_eq!(server.run("postgres", unprotected), "0");
}
