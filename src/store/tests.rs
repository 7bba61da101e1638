//! The register over both databases.

use super::*;
use crate::housing::{Category, Language};
use jiff::Timestamp;
use std::os::unix::fs::PermissionsExt;

fn now() -> Timestamp {
    "2026-11-24T06:00:00Z".parse().unwrap()
}

pub(in crate::store) fn new(person: u8) -> NewApplication {
    NewApplication {
        office: "ALA".into(),
        iin: person.to_string(),
        name: format!("МЫСАЛОВ {person}"),
        family: vec![],
        representative: None,
        case: crate::housing::Case::default(),
        category: Category::Orphan,
        language: Language::Ru,
        filed: now(),
        due: "2026-12-24".parse().unwrap(),
        document_sha256: [person; 32],
        documents: vec![],
        event: NewEvent {
            kind: "registered",
            actor: EventActor { role: "applicant", certificate_sha256: [0; 32] },
            body: serde_json::json!({}),
        },
        idempotency: None,
        questions: vec![],
        contact: None,
    }
}

async fn register(store: &Store, person: u8) -> String {
    store.register_application(new(person), &|_, _| Ok(b"<r/>".to_vec())).await.unwrap().number
}

test_database::also_over_postgresql!(
    events_are_append_only_and_tampering_shows,
    a_state_that_no_event_leads_to_shows,
    a_number_with_nul_is_nobodys,
    a_folder_with_another_key_is_refused,
    writers_wait_for_each_other,
    a_job_has_one_holder_at_a_time,
    a_job_ends_with_what_came_of_it_or_not_at_all,
    a_job_that_ends_its_processes_is_given_up,
    nothing_is_owed_without_an_address_or_an_event,
    backups_have_every_table_and_column,
    errors_of_the_moment_are_told_from_others,
    time_does_not_go_back_in_the_log,
    what_was_told_is_not_told_again_by_a_clock_behind,
    offers_from_before_cadastral_numbers_take_nothing_from_each_other,
);

/// Looks at all cases that are due, and returns the stretches of time for which they were looked at.
async fn looked(store: &Store, now: Timestamp, next: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let seen = std::sync::Mutex::new(Vec::new());
    let look = |_: &StoredApplication, told: Timestamp, until: Timestamp| {
        seen.lock().unwrap().push((told, until));
        Looked { letters: vec![], next: Some(next) }
    };
    store.look_at_clocks(now, &look).await.unwrap();
    seen.into_inner().unwrap()
}

fn later(seconds: i64) -> Timestamp {
    now() + jiff::SignedDuration::from_secs(seconds)
}

async fn change(store: &Store, number: &str, case: crate::housing::Case, at: Timestamp) -> Result<Taken> {
    let before = store.application(number).await.unwrap().case;
    let step = NewStep {
        number,
        expected: &before,
        case,
        at,
        events: vec![],
        documents: vec![],
        queue: QueueChange::Unchanged,
        finding: None,
        answer_until: Some(later(99)),
        sealed: None,
    };
    store.append_step(step).await
}

#[tokio::test]
async fn what_was_told_is_not_told_again_by_a_clock_behind() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let number = register(&store, 1).await;
    assert_eq!(looked(&store, later(60), later(3600)).await, [(now(), later(60))]);
    // A step by a replica whose clock is behind, and its look.
    let case = store.application(&number).await.unwrap().case;
    change(&store, &number, case, later(30)).await.unwrap();
    assert_eq!(looked(&store, later(40), later(3600)).await, [(later(60), later(60))]);
    let case = store.application(&number).await.unwrap().case;
    change(&store, &number, case, later(70)).await.unwrap();
    assert_eq!(looked(&store, later(80), later(3600)).await, [(later(60), later(80))]);
}

#[tokio::test]
async fn offers_from_before_cadastral_numbers_take_nothing_from_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    for (person, address) in [(1, "Мысал көшесі, 1"), (2, "Мысал көшесі, 2")] {
        let number = register(&store, person).await;
        let text = format!(r#"{{"place":"waiting","offers":[{{"dwelling":"{address}"}}]}}"#);
        let changed =
            sql("UPDATE applications SET case_json = $1 WHERE number = $2").bind(text).bind(&number);
        changed.execute(&store.database).await.unwrap();
        let mut case = store.application(&number).await.unwrap().case;
        case.offers[0].answer = Some(true);
        change(&store, &number, case, later(1)).await.unwrap();
    }
}

#[tokio::test]
async fn events_are_append_only_and_tampering_shows() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    for person in 0..3 {
        register(&store, person).await;
    }
    let run = async |text: &'static str| sql(text).execute(&store.database).await;
    assert!(run("UPDATE events SET body = 'x' WHERE seq = 2").await.is_err());
    assert!(run("DELETE FROM events WHERE seq = 2").await.is_err());
    assert_eq!(store.verify_chain().await.unwrap(), None);
    let disarm = if test_database::is_postgresql() {
        assert!(run("TRUNCATE events").await.is_err());
        "ALTER TABLE events DISABLE TRIGGER USER"
    } else {
        "DROP TRIGGER events_no_update"
    };
    run(disarm).await.unwrap();
    run("UPDATE events SET body = 'x' WHERE seq = 2").await.unwrap();
    assert_eq!(store.verify_chain().await.unwrap(), Some(2));
    let mode = std::fs::metadata(dir.path().join("index.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_number_with_nul_is_nobodys() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    assert!(matches!(store.application("ALA\0").await, Err(StoreError::NotFound)));
    let mut odd = new(1);
    odd.office = "A\0".into();
    assert!(store.register_application(odd, &|_, _| Ok(vec![])).await.is_err());
}

#[tokio::test]
async fn a_folder_with_another_key_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    store.migrate().await.unwrap();
    std::fs::write(dir.path().join("index.key"), [7; 32]).unwrap();
    let other = Store { key: IndexKey::open(&dir.path().join("index.key")).unwrap(), ..store };
    assert!(matches!(other.migrate().await, Err(StoreError::IndexKey)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_wait_for_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let held = store.database.write().await.unwrap();
    let second = tokio::spawn({
        let store = store.clone();
        async move { register(&store, 1).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(!second.is_finished());
    drop(held);
    assert_eq!(second.await.unwrap(), "ALA-2026-000001");
}

fn told(person: u8) -> NewApplication {
    NewApplication { contact: Some("a@example.kz".into()), ..new(person) }
}

fn minutes(count: i64) -> Timestamp {
    now() + jiff::SignedDuration::from_mins(count)
}

#[tokio::test]
async fn a_job_has_one_holder_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    store.register_application(told(1), &|_, _| Ok(vec![])).await.unwrap();
    let claim = async |at, until| store.claim_job(MAIL, minutes(at), minutes(until), 3).await.unwrap();
    assert!(claim(-1, 0).await.is_none(), "not due yet");
    let first = claim(0, 10).await.unwrap();
    assert!(claim(9, 20).await.is_none(), "somebody works on it");
    let second = claim(10, 20).await.unwrap();
    assert_eq!((first.attempts, second.attempts), (1, 2));
    assert!(!store.finish_job(&first).await.unwrap(), "its lease is over");
    assert!(!store.fail_job(&first, None, "x").await.unwrap());
    assert!(store.fail_job(&second, Some(minutes(30)), "busy").await.unwrap());
    assert!(claim(29, 40).await.is_none());
    let third = claim(30, 40).await.unwrap();
    assert_eq!(store.contact(&third.application).await.unwrap().as_deref(), Some("a@example.kz"));
    assert!(!third.payload.contains('@'));
    assert!(store.finish_job(&third).await.unwrap());
    assert!(store.jobs().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_job_ends_with_what_came_of_it_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let asking = NewApplication { questions: vec!["a".into(), "b".into()], ..new(1) };
    let number = store.register_application(asking, &|_, _| Ok(vec![])).await.unwrap().number;
    let claim = async |at| store.claim_job(STATE_DATA, minutes(at), minutes(at + 10), 9).await.unwrap();
    let document = NewDocument {
        kind: "state-record",
        file_name: "a.xml".into(),
        media_type: "application/xml".into(),
        size: 1,
        sha256: [9; 32],
    };
    let event = NewEvent { kind: "state-data", ..new(1).event };
    let end = async |job: &Job| {
        store.finish_job_with(job, minutes(1), std::slice::from_ref(&document), &event).await.unwrap()
    };
    let kept = async || {
        let records = store.documents(&number).await.unwrap();
        let records = records.iter().filter(|one| one.kind == "state-record").count();
        let events = store.events(&number).await.unwrap();
        (records, events.iter().filter(|one| one.kind == "state-data").count())
    };
    assert!(store.claim_job(MAIL, minutes(0), minutes(10), 9).await.unwrap().is_none(), "of another kind");
    let late = claim(0).await.unwrap();
    assert_eq!(late.payload, r#"{"question":"a"}"#);
    let other = claim(0).await.unwrap();
    let again = claim(10).await.unwrap();
    assert_eq!((&late.id, again.attempts), (&again.id, 2));
    assert!(!end(&late).await && kept().await == (0, 0), "its lease is over");
    assert!(end(&again).await && kept().await == (1, 1));
    assert!(!end(&again).await && kept().await == (1, 1), "once");
    let open = store.jobs_of(&number, STATE_DATA).await.unwrap();
    assert_eq!((open.len(), &open[0].1.id, open[0].0.as_str()), (1, &other.id, r#"{"question":"b"}"#));
    assert!(store.jobs_of("ALA-2026-000099", STATE_DATA).await.unwrap().is_empty());
    assert_eq!(store.verify_chain().await.unwrap(), None);
}

#[tokio::test]
async fn a_job_that_ends_its_processes_is_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    store.register_application(told(1), &|_, _| Ok(vec![])).await.unwrap();
    for (tries, at) in [(1, 0), (2, 10)] {
        let job = store.claim_job(MAIL, minutes(at), minutes(at + 10), 2).await.unwrap().unwrap();
        assert_eq!(job.attempts, tries);
    }
    assert!(store.claim_job(MAIL, minutes(20), minutes(30), 2).await.unwrap().is_none());
    let dead = store.jobs().await.unwrap().remove(0);
    assert_eq!((dead.state.as_str(), dead.attempts), ("dead", 2));
    assert!(dead.last_error.unwrap().contains("each time"));
    assert_eq!(store.retry_jobs(Some("other"), minutes(40)).await.unwrap(), 0);
    assert_eq!(store.retry_jobs(Some(&dead.id), minutes(40)).await.unwrap(), 1);
    assert!(store.claim_job(MAIL, minutes(39), minutes(50), 2).await.unwrap().is_none());
    assert!(store.claim_job(MAIL, minutes(40), minutes(50), 2).await.unwrap().is_some());
}

#[tokio::test]
async fn nothing_is_owed_without_an_address_or_an_event() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    register(&store, 1).await;
    assert!(store.register_application(told(2), &|_, _| anyhow::bail!("no key")).await.is_err());
    assert!(store.jobs().await.unwrap().is_empty());
}

#[tokio::test]
async fn backups_have_every_table_and_column() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let text = if test_database::is_postgresql() {
        "SELECT table_name::text AS name, column_name::text AS field FROM information_schema.columns \
         WHERE table_schema = current_schema()"
    } else {
        "SELECT tables.name AS name, fields.name AS field FROM sqlite_master AS tables \
         JOIN pragma_table_info(tables.name) AS fields WHERE tables.type = 'table'"
    };
    let rows = sql(text).all(&store.database).await.unwrap();
    let mut there: Vec<(String, String)> =
        rows.iter().map(|row| (row.text("name").unwrap(), row.text("field").unwrap())).collect();
    there.retain(|(name, _)| {
        !["_sqlx_migrations", "writer", "place_blocks", "place_changes"].contains(&name.as_str())
    });
    there.sort();
    let mut kept: Vec<(String, String)> = snapshot::columns().collect();
    kept.sort();
    assert_eq!(kept, there);
}

/// Registers know the digests of what was applied to them.
#[test]
fn the_first_migration_is_what_registers_have() {
    use sha2::Digest as _;
    let text = include_str!("migrations/0001_init.sql");
    assert_eq!(hex(&sha2::Sha256::digest(text))[..16], *"bf82fb2b0c3e4f90");
}

#[tokio::test]
async fn errors_of_the_moment_are_told_from_others() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let twice = "INSERT INTO marks (name, value) SELECT name, value FROM marks";
    assert!(matches!(sql(twice).execute(&store.database).await, Err(StoreError::Database(_))));
    if !test_database::is_postgresql() {
        return;
    }
    let raise = async |code: &str| {
        let text = format!("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$");
        sql(sqlx::AssertSqlSafe(text)).execute(&store.database).await
    };
    for code in ["08006", "25006", "40001", "40P01", "53300", "55P03", "57014", "57P01"] {
        assert!(matches!(raise(code).await, Err(StoreError::Unavailable(_))), "{code}");
    }
    assert!(matches!(raise("53100").await, Err(StoreError::Full(_))));
    for code in ["22012", "23505", "25P02", "42P01", "55006"] {
        assert!(matches!(raise(code).await, Err(StoreError::Database(_))), "{code}");
    }
}

/// Whoever files while the clock is set back, or was overtaken on the way to the lock, is filed at the moment of the last
/// event, with the term that begins then.
#[tokio::test]
async fn time_does_not_go_back_in_the_log() {
    use crate::housing::clock::Milestone;
    use jiff::SignedDuration;
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    register(&store, 1).await;
    assert_eq!(store.last_moment().await.unwrap(), Some(now()));
    let early = now() - SignedDuration::from_hours(48);
    let mut late = NewApplication { filed: early, due: "2026-12-22".parse().unwrap(), ..new(2) };
    late.case = crate::housing::Case::begun(late.case.channel, None, early);
    late.event.body = serde_json::json!({ "due": "2026-12-22" });
    let told = std::sync::Mutex::new(None);
    let receipt = |_: &str, at| {
        *told.lock().unwrap() = Some(at);
        Ok(vec![])
    };
    let registered = store.register_application(late, &receipt).await.unwrap();
    let case = store.application(&registered.number).await.unwrap();
    assert_eq!((case.filed, *told.lock().unwrap()), (now(), Some(now())));
    let due = "2026-12-24".parse().unwrap();
    assert_eq!((case.due, registered.due), (due, due));
    assert_eq!(case.case.moments[&Milestone::Filed], now());
    let event = store.events(&registered.number).await.unwrap().remove(0);
    assert_eq!(
        (event.at, event.body),
        (now(), serde_json::json!({ "conflicts": [], "due": due }).to_string())
    );
    assert_eq!(store.verify_chain().await.unwrap(), None);
}

/// Whoever changes a state past the log is found.
#[tokio::test]
async fn a_state_that_no_event_leads_to_shows() {
    use crate::housing::{State, Step};
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let number = register(&store, 1).await;
    register(&store, 2).await;
    assert_eq!(store.verify_states().await.unwrap(), None);
    let before = store.application(&number).await.unwrap().case;
    let case = crate::housing::Case { state: State::ExecutorNamed, ..before.clone() };
    let step = NewStep {
        number: &number,
        expected: &before,
        case,
        at: now(),
        events: vec![NewEvent {
            kind: "assign-executor",
            actor: EventActor { role: "head", certificate_sha256: [0; 32] },
            body: serde_json::json!({ "step": Step::AssignExecutor.code() }),
        }],
        documents: vec![],
        queue: QueueChange::Unchanged,
        finding: None,
        answer_until: None,
        sealed: None,
    };
    store.append_step(step).await.unwrap();
    assert_eq!(store.verify_states().await.unwrap(), None);
    let set = async |column: &str, from: &str, to: &str| {
        let text = format!("UPDATE applications SET {column} = replace({column}, $1, $2) WHERE number = $3");
        let run = sql(sqlx::AssertSqlSafe(text)).bind(from).bind(to).bind(&number);
        run.execute(&store.database).await.unwrap();
    };
    // One of the two alone, and both.
    set("state", "executor-named", "notified").await;
    assert_eq!(store.verify_states().await.unwrap().as_ref(), Some(&number));
    set("case_json", "executor-named", "notified").await;
    assert_eq!(store.verify_states().await.unwrap().as_ref(), Some(&number));
    set("state", "notified", "executor-named").await;
    set("case_json", "notified", "executor-named").await;
    assert_eq!(store.verify_states().await.unwrap(), None);
}
