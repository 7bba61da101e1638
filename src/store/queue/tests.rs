//! Lists beside a slow model that counts one by one, after random moves by several writers at once; and what must be
//! found when somebody meddles with them.

use crate::housing::{Case, Category, Language, Outcome};
use crate::store::test_database::{self, also_over_postgresql};
use crate::store::{
    EventActor, NewApplication, NewEvent, NewStep, QueueChange, Store, StoreError, database::sql,
    key::IndexKey,
};
use jiff::Timestamp;
use std::io::BufReader;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

also_over_postgresql!(
    positions_are_those_of_a_slow_model,
    what_does_not_follow_from_the_log_is_found,
    a_register_of_before_keeps_its_places,
);

const WRITERS: u64 = 4;
const CASES: u64 = 20;
const MOVES: u64 = 8;

fn at(us: i64) -> Timestamp {
    Timestamp::from_microsecond(1_700_000_000_000_000 + us).unwrap()
}

fn event(kind: &'static str) -> NewEvent {
    let actor = EventActor { role: "head", certificate_sha256: [0; 32] };
    NewEvent { kind, actor, body: serde_json::json!({}) }
}

async fn register(store: &Store, person: u64, category: Category, filed: Timestamp) -> String {
    let mut document_sha256 = [0; 32];
    document_sha256[..8].copy_from_slice(&person.to_be_bytes());
    let new = NewApplication {
        // Two, so that lists are not in the order of numbers.
        office: ["ALA", "AST"][usize::try_from(person % 2).unwrap()].into(),
        iin: person.to_string(),
        name: "МЫСАЛОВ МЫСАЛ".into(),
        family: vec![],
        representative: None,
        category,
        case: Case::default(),
        language: Language::Ru,
        filed,
        due: "2026-12-24".parse().unwrap(),
        document_sha256,
        documents: vec![],
        event: event("registered"),
        idempotency: None,
        contact: None,
        questions: vec![],
    };
    store.register_application(new, &|_, _| Ok(vec![])).await.unwrap().number
}

async fn step(store: &Store, number: &str, queue: QueueChange, at: Timestamp) -> Result<Case, StoreError> {
    let case = store.application(number).await?.case;
    let kind = if queue == QueueChange::Enter { "sign-notice" } else { "confirm-move" };
    let step = NewStep {
        number,
        expected: &case,
        case: case.clone(),
        at,
        events: vec![event(kind)],
        documents: vec![],
        queue,
        finding: None,
        answer_until: None,
        sealed: None,
    };
    Ok(store.append_step(step).await?.case)
}

/// When the last thing happened in a case: not before what the log had then.
async fn happened(store: &Store, number: &str) -> Timestamp {
    store.events(number).await.unwrap().last().unwrap().at
}

/// Numbers that are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn category(&mut self) -> Category {
        // Two, so that their lists are long.
        Category::ALL[usize::try_from(self.below(2)).unwrap()]
    }
}

/// A time in a list: which, by what moment, from when to when.
struct Span {
    number: String,
    category: Category,
    filed: Timestamp,
    from: Timestamp,
    to: Option<Timestamp>,
}

/// One writer's cases: registered, entered, left, restored, moved and passed on at random.
async fn write(store: Store, writer: u64, clock: Arc<AtomicI64>) -> Vec<Span> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ (writer + 1));
    let mut spans: Vec<Span> = Vec::new();
    for case in 0..CASES {
        let category = random.category();
        // Several things happen at the same microsecond, and some that were overtaken.
        let mut tick = || clock.fetch_add(random.below(20).try_into().unwrap(), Ordering::SeqCst);
        let (filed, entered) = (at(tick()), at(tick()));
        let number = register(&store, writer * CASES + case, category, filed).await;
        let filed = happened(&store, &number).await;
        step(&store, &number, QueueChange::Enter, entered).await.unwrap();
        let from = happened(&store, &number).await;
        spans.push(Span { number: number.clone(), category, filed, from, to: None });
        for _ in 0..random.below(MOVES) {
            let now = clock.fetch_add(random.below(20).try_into().unwrap(), Ordering::SeqCst);
            let last = spans.last_mut().unwrap();
            let (change, next) = match (last.to, random.below(3)) {
                (Some(_), _) => (QueueChange::Restore, Some(last.category)),
                (None, 0) => (QueueChange::Leave, None),
                (None, 1) => {
                    let to = random.category();
                    (QueueChange::Move(to), Some(to))
                }
                (None, _) => (QueueChange::Transfer(format!("{writer}-{case}-{now}")), Some(last.category)),
            };
            step(&store, &number, change, at(now)).await.unwrap();
            let from = happened(&store, &number).await;
            last.to.get_or_insert(from);
            if let Some(category) = next {
                spans.push(Span { number: number.clone(), category, filed, from, to: None });
            }
        }
    }
    spans
}

fn model(spans: &[Span], category: Category, when: Option<Timestamp>) -> Vec<&str> {
    let lasts = |span: &&Span| match when {
        None => span.to.is_none(),
        Some(when) => span.from <= when && span.to.is_none_or(|to| when < to),
    };
    let mut list: Vec<&Span> = spans.iter().filter(|span| span.category == category).filter(lasts).collect();
    list.sort_by_key(|span| (span.filed, &span.number));
    list.into_iter().map(|span| span.number.as_str()).collect()
}

async fn compare(store: &Store, spans: &[Span], when: Option<Timestamp>) {
    for category in Category::ALL {
        let expected = model(spans, category, when);
        let page = async |offset: usize, limit| {
            let lines = store.queue_list(category, offset as u64, limit, when).await.unwrap();
            for (line, position) in lines.iter().zip(offset as u64 + 1..) {
                assert_eq!(line.position, position);
            }
            lines.into_iter().map(|line| line.number).collect::<Vec<_>>()
        };
        assert_eq!(page(0, 1000).await, expected, "{category:?} {when:?}");
        for offset in (0..expected.len() + 3).step_by(3) {
            let rest = expected.get(offset..).unwrap_or_default();
            assert_eq!(page(offset, 5).await, rest[..rest.len().min(5)], "{category:?} from {offset}");
        }
        for (number, position) in expected.iter().zip(1..) {
            let place = store.queue_place(number, when).await.unwrap().unwrap();
            assert_eq!((place.category, place.position), (category, position), "{number} {when:?}");
        }
    }
    for span in spans {
        let is_there =
            Category::ALL.iter().any(|one| model(spans, *one, when).contains(&span.number.as_str()));
        assert_eq!(store.queue_place(&span.number, when).await.unwrap().is_some(), is_there);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn positions_are_those_of_a_slow_model() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let mut writers = tokio::task::JoinSet::new();
    let clock = Arc::new(AtomicI64::new(0));
    for writer in 0..WRITERS {
        writers.spawn(write(store.clone(), writer, Arc::clone(&clock)));
    }
    let spans: Vec<Span> = writers.join_all().await.into_iter().flatten().collect();
    assert!(model(&spans, Category::ALL[0], None).len() > 10, "the test moves enough");
    compare(&store, &spans, None).await;
    for when in [0, 95, 150, 151, 600, 607, 608, 609, 1100, 3000] {
        compare(&store, &spans, Some(at(when))).await;
    }
    assert_eq!(store.verify_places().await.unwrap(), None);
    assert_eq!(store.verify_chain().await.unwrap(), None);
    let waiting = spans.iter().filter(|span| span.to.is_none()).count() as u64;
    assert_eq!(store.recount().await.unwrap(), waiting);
    store.recount_past().await.unwrap();
    compare(&store, &spans, None).await;
    compare(&store, &spans, Some(at(700))).await;
    assert_eq!(store.verify_places().await.unwrap(), None);
}

/// Three in a list, the second of which has left, and one that was refused.
async fn some(store: &Store) -> Vec<String> {
    let mut numbers = Vec::new();
    for person in 0..4 {
        let number = register(store, 2 * person, Category::Orphan, at(1)).await;
        let change = if person == 3 { QueueChange::Unchanged } else { QueueChange::Enter };
        if person == 3 {
            let case = store.application(&number).await.unwrap().case;
            let step = NewStep {
                number: &number,
                expected: &case,
                case: case.clone(),
                at: at(10),
                events: vec![event("sign-notice")],
                documents: vec![],
                queue: change,
                finding: None,
                answer_until: None,
                sealed: None,
            };
            store.append_step(step).await.unwrap();
        } else {
            let case = step(store, &number, change, at(10)).await.unwrap();
            assert_eq!(case.outcome, Some(Outcome::Registered { queue_number: person + 1 }));
        }
        numbers.push(number);
    }
    step(store, &numbers[1], QueueChange::Leave, at(20)).await.unwrap();
    numbers
}

#[tokio::test]
async fn what_does_not_follow_from_the_log_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let numbers = some(&store).await;
    assert_eq!(store.verify_places().await.unwrap(), None);
    let run = async |text: &str, number: &str| {
        sql(sqlx::AssertSqlSafe(text.to_owned())).bind(number).execute(&store.database).await.unwrap()
    };
    for (harm, cure, whose) in [
        ("filed_us = filed_us - 1", "filed_us = filed_us + 1", 2),
        ("entered_us = entered_us - 1", "entered_us = entered_us + 1", 0),
        ("category = 'veteran'", "category = 'orphan'", 2),
        ("left_us = left_us + 5", "left_us = left_us - 5", 1),
        ("began = began + 1", "began = began - 1", 0),
    ] {
        let number = &numbers[whose];
        run(&format!("UPDATE places SET {harm} WHERE application = $1"), number).await;
        let found = store.verify_places().await.unwrap();
        assert!(found.is_some_and(|found| found.contains(number.as_str())), "{harm}");
        run(&format!("UPDATE places SET {cure} WHERE application = $1"), number).await;
        assert_eq!(store.verify_places().await.unwrap(), None, "{cure}");
    }
    run("UPDATE place_blocks SET waiting = waiting + 1 WHERE from_number <> $1", "?").await;
    assert_eq!(store.verify_places().await.unwrap().unwrap(), "the list orphan is counted wrongly");
    store.recount().await.unwrap();
    assert_eq!(store.verify_places().await.unwrap(), None);
    run("UPDATE place_changes SET net = net - 1 WHERE category <> $1", "?").await;
    assert_eq!(store.verify_places().await.unwrap().unwrap(), "past days of the lists are counted wrongly");
    store.recount_past().await.unwrap();
    assert_eq!(store.verify_places().await.unwrap(), None);
    // A place that was never given, beside a refusal.
    let copied = "INSERT INTO places (application, began, category, holder, filed_us, entered_us, left_us, ended) \
                  SELECT $1, 8, category, holder, filed_us, entered_us, left_us, ended FROM places WHERE ended = 0 \
                  AND application = (SELECT min(application) FROM places)";
    run(copied, &numbers[3]).await;
    assert!(store.verify_places().await.unwrap().unwrap().contains(&numbers[3]));
    // A place that was given is not there.
    run("DELETE FROM places WHERE application = $1", &numbers[3]).await;
    run("DELETE FROM places WHERE application = $1", &numbers[0]).await;
    assert!(store.verify_places().await.unwrap().unwrap().contains(&numbers[0]));
}

#[tokio::test]
async fn no_place_moves_that_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let numbers = some(&store).await;
    for (number, change) in [
        (&numbers[0], QueueChange::Restore),
        (&numbers[0], QueueChange::Enter),
        (&numbers[1], QueueChange::Leave),
        (&numbers[1], QueueChange::Move(Category::Veteran)),
        (&numbers[3], QueueChange::Transfer("9".into())),
    ] {
        let events = store.events(number).await.unwrap().len();
        assert!(step(&store, number, change.clone(), at(30)).await.is_err(), "{change:?}");
        assert_eq!(store.events(number).await.unwrap().len(), events, "nothing happened");
    }
    assert_eq!(store.verify_places().await.unwrap(), None);
}

/// Rows of one register read into another, one line of its places changed on the way.
#[tokio::test]
async fn a_backup_with_other_places_is_not_brought_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let numbers = some(&store).await;
    for (from, to) in [("orphan", "orphan"), ("\"began\":2", "\"began\":1"), ("orphan", "veteran")] {
        let folder = tempfile::tempdir().unwrap();
        let other = test_database::open(folder.path()).await;
        std::fs::copy(dir.path().join("index.key"), folder.path().join("index.key")).unwrap();
        let other = Store { key: IndexKey::open(&folder.path().join("index.key")).unwrap(), ..other };
        let (mut snapshot, mut filling) = (store.snapshot().await.unwrap(), other.fill().await.unwrap());
        for table in crate::store::tables() {
            let mut rows = Vec::new();
            snapshot.write(table, &mut rows).await.unwrap();
            let mut rows = String::from_utf8(rows).unwrap();
            if table == "places" {
                assert!(rows.contains(from));
                rows = rows.replacen(from, to, 1);
            }
            filling.read(table, &mut BufReader::new(rows.as_bytes())).await.unwrap();
        }
        let finished = filling.finish().await;
        if from == to {
            finished.unwrap();
            assert_eq!(other.queue_position(&numbers[2]).await.unwrap(), Some(2));
        } else {
            let said = finished.unwrap_err().to_string();
            assert!(said.contains("does not follow"), "{said}");
        }
    }
}

/// Places of a register from before there were stretches of time.
#[tokio::test]
async fn a_register_of_before_keeps_its_places() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open_before(dir.path(), 5).await;
    let run =
        async |text: &str| sql(sqlx::AssertSqlSafe(text.to_owned())).execute(&store.database).await.unwrap();
    let octets = if test_database::is_postgresql() {
        |n: u8| format!("decode('{n:064x}', 'hex')")
    } else {
        |n: u8| format!("x'{n:064x}'")
    };
    for case in 1..=9_u8 {
        run(&format!(
            "INSERT INTO applications VALUES ('ALA-{case}', 'notified', '{{}}', 'orphan', 'kk', {0}, {1}, \
             '2026-12-24', {0})",
            octets(case),
            i64::from(20 - case)
        ))
        .await;
        for (seq, kind) in [(2 * case - 1, "registered"), (2 * case, "sign-notice")] {
            run(&format!(
                "INSERT INTO events VALUES ({seq}, {}, 'ALA-{case}', '{kind}', 'head', {1}, '{{}}', {1}, {1})",
                i64::from(20 - case),
                octets(0)
            ))
            .await;
        }
        run(&format!(
            "INSERT INTO queue_entries VALUES ('ALA-{case}', 'orphan', {}, 50, 0)",
            i64::from(20 - case)
        ))
        .await;
    }
    run("INSERT INTO events SELECT 19, 60, application, 'grant', 'akimat', prev_hash, '{}', prev_hash, prev_hash \
         FROM events WHERE seq = 18")
    .await;
    run("UPDATE queue_entries SET left_us = 60 WHERE application = 'ALA-9'").await;
    store.migrate().await.unwrap();
    // Nine came and one went, all in the first span; tests have shorter ones.
    let cells =
        sql("SELECT filed_span, changed_span, net FROM place_changes").all(&store.database).await.unwrap();
    let cells: Vec<_> = cells
        .iter()
        .map(|cell| ["filed_span", "changed_span", "net"].map(|column| cell.number(column).unwrap()))
        .collect();
    assert_eq!(cells, [[0, 0, 8]]);
    store.recount_past().await.unwrap();
    let position = async |number: &str| store.queue_position(number).await.unwrap();
    assert_eq!(
        (position("ALA-9").await, position("ALA-8").await, position("ALA-1").await),
        (None, Some(1), Some(8))
    );
    let then = Some(Timestamp::from_microsecond(55).unwrap());
    assert_eq!(store.queue_place("ALA-1", then).await.unwrap().unwrap().position, 9);
    assert_eq!(store.verify_places().await.unwrap(), None);
    // They go on as all do.
    step(&store, "ALA-8", QueueChange::Leave, at(0)).await.unwrap();
    step(&store, "ALA-9", QueueChange::Restore, at(0)).await.unwrap();
    assert_eq!((position("ALA-9").await, position("ALA-7").await), (Some(1), Some(2)));
    assert_eq!(store.verify_places().await.unwrap(), None);
    run("UPDATE places SET filed_us = 1 WHERE application = 'ALA-1'").await;
    assert!(store.verify_places().await.unwrap().unwrap().contains("ALA-1"));
}
