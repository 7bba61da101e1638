//! Searches and the journal of accesses over both databases.

use super::super::database::sql;
use super::super::{Looking, NewApplication, NewEvent, NewStep, QueueChange, Seen, StoreError};
use super::*;
use crate::housing::Case;
use crate::store::error::Conflict;
use crate::store::test_database;

test_database::also_over_postgresql!(
    cases_are_found_by_each_criterion_and_all_together,
    pages_go_on_where_they_ended,
    another_holder_is_found_in_place_of_the_first,
    cases_from_before_are_owed_their_names,
    the_journal_is_append_only_and_tampering_shows,
    a_signed_search_is_answered_once,
    no_name_stands_in_the_database,
);

const OFFICIAL: &str = "790512300125";

fn at(minute: i64) -> Timestamp {
    "2026-11-24T06:00:00Z".parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_mins(minute)
}

fn new(person: u8, name: &str, centre: Option<&str>) -> NewApplication {
    NewApplication {
        name: name.into(),
        family: vec![format!("{person}-child")],
        case: Case { centre: centre.map(str::to_owned), state: State::Accepted, ..Case::default() },
        category: if person.is_multiple_of(2) { Category::Orphan } else { Category::Veteran },
        filed: at(person.into()),
        ..crate::store::tests::new(person)
    }
}

async fn file(store: &Store, new: NewApplication) -> String {
    store.register_application(new, &|_, _| Ok(b"<r/>".to_vec())).await.unwrap().number
}

fn named(name: &str) -> Wanted {
    Wanted { name: name::wanted(name).unwrap(), ..Wanted::default() }
}

async fn found(store: &Store, wanted: &Wanted) -> Vec<String> {
    let found = store.search(wanted, OFFICIAL, None, 100).await.unwrap();
    found.into_iter().map(|one| one.case.number).collect()
}

#[tokio::test]
async fn cases_are_found_by_each_criterion_and_all_together() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let first = file(&store, new(1, "ҚОЖАХМЕТОВ ӘЛІБЕК", Some("almaly"))).await;
    let second = file(&store, new(2, "КОЖАХМЕТОВА АЛИЯ", Some("medeu"))).await;
    let third = file(&store, new(3, "СЁМИН СЕМЁН", None)).await;
    let all = [first.clone(), second.clone(), third.clone()];
    for (wanted, expected) in [
        (Wanted::default(), &all[..]),
        (named("кожахм"), &all[..2]),
        (named("Кожахметов Алибек"), &all[..1]),
        (named("али кожа"), &all[..2]),
        (named("семен"), &all[2..]),
        (named("семенов"), &[]),
        (named("кожа семин"), &[]),
        (Wanted { number: Some(second.clone()), ..Wanted::default() }, &all[1..2]),
        (Wanted { number: Some("ALA-2026-9".into()), ..Wanted::default() }, &[]),
        (Wanted { number: Some("\0".into()), ..Wanted::default() }, &[]),
        (Wanted { iin: Some("3".into()), ..Wanted::default() }, &all[2..]),
        // Whoever else is named in it, too.
        (Wanted { iin: Some("3-child".into()), ..Wanted::default() }, &all[2..]),
        (Wanted { iin: Some("3".into()), ..named("кожахметов") }, &[]),
        (Wanted { state: Some(State::Accepted), ..Wanted::default() }, &all[..]),
        (Wanted { state: Some(State::Issued), ..Wanted::default() }, &[]),
        (Wanted { centre: Some("medeu".into()), ..Wanted::default() }, &all[1..2]),
        (Wanted { centre: Some("medeu".into()), ..named("кожа") }, &all[1..2]),
        (Wanted { category: Some(Category::Orphan), ..Wanted::default() }, &all[1..2]),
        (Wanted { from: Some(at(2)), ..Wanted::default() }, &all[1..]),
        (Wanted { before: Some(at(2)), ..Wanted::default() }, &all[..1]),
        (Wanted { from: Some(at(2)), before: Some(at(3)), ..named("кожа") }, &all[1..2]),
        (
            Wanted {
                number: Some(first.clone()),
                iin: Some("1".into()),
                state: Some(State::Accepted),
                centre: Some("almaly".into()),
                category: Some(Category::Veteran),
                from: Some(at(0)),
                before: Some(at(5)),
                ..named("алибек")
            },
            &all[..1],
        ),
    ] {
        assert_eq!(found(&store, &wanted).await, expected, "{wanted:?}");
    }
    let representative = Some(("of-4".into(), "2026-12-01".parse().unwrap()));
    file(&store, NewApplication { representative, ..new(4, "ӘЛІ", None) }).await;
    for (official, expected) in
        [("2-child", [false, true, false, false]), ("of-4", [false, false, false, true])]
    {
        let own = store.search(&Wanted::default(), official, None, 9).await.unwrap();
        assert_eq!(own.iter().map(|one| one.is_own).collect::<Vec<_>>(), expected, "{official}");
    }
}

#[tokio::test]
async fn pages_go_on_where_they_ended() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let mut numbers = Vec::new();
    for person in [9, 1, 5, 3, 7] {
        // Of one moment, so that the number decides.
        let new = NewApplication { filed: at(0), ..new(person, "МЫСАЛОВ МЫСАЛ", None) };
        numbers.push(file(&store, new).await);
    }
    for wanted in
        [Wanted::default(), named("мыс"), Wanted { state: Some(State::Accepted), ..Wanted::default() }]
    {
        let (mut behind, mut seen) = (None, Vec::new());
        loop {
            let page = store.search(&wanted, OFFICIAL, behind.as_ref(), 2).await.unwrap();
            let Some(last) = page.last() else { break };
            behind = Some((last.case.filed, last.case.number.clone()));
            seen.extend(page.into_iter().map(|one| one.case.number));
        }
        assert_eq!(seen, numbers, "{wanted:?}");
    }
}

#[tokio::test]
async fn another_holder_is_found_in_place_of_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let number = file(&store, new(1, "МЫСАЛОВ САМАТ", Some("almaly"))).await;
    let step = async |queue| {
        let case = store.application(&number).await.unwrap().case;
        let step = NewStep {
            number: &number,
            expected: &case,
            case: case.clone(),
            at: at(9),
            events: vec![NewEvent { kind: "confirm-move", ..new(1, "", None).event }],
            documents: vec![],
            queue,
            finding: None,
            answer_until: None,
            sealed: None,
        };
        store.append_step(step).await.unwrap();
    };
    step(QueueChange::Enter).await;
    assert!(store.jobs_of(&number, NAMES).await.unwrap().is_empty(), "named when it was filed");
    step(QueueChange::Transfer("1-child".into())).await;
    let job = store.claim_job(NAMES, at(10), at(20), 9).await.unwrap().unwrap();
    assert_eq!(job.application, number);
    let (first, child) = ("МЫСАЛОВ САМАТ".to_owned(), "МЫСАЛОВА ҮЛГІ".to_owned());
    let named_in = [first, child.clone()];
    assert!(store.finish_names(&job, &named_in, Some(&child)).await.unwrap());
    assert_eq!(found(&store, &named("мысалова улги")).await, std::slice::from_ref(&number));
    assert!(found(&store, &named("самат")).await.is_empty());
    assert!(!store.finish_names(&job, &named_in, Some(&named_in[0])).await.unwrap(), "once");
    assert!(found(&store, &named("самат")).await.is_empty());
}

#[tokio::test]
async fn cases_from_before_are_owed_their_names() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open_before(dir.path(), 11).await;
    sql("INSERT INTO applications (number, state, case_json, category, language, person_key, filed_us, due, \
         document_sha256) VALUES ('ALA-2014-000001', 'registered', '{\"centre\":\"almaly\"}', 'orphan', 'kk', $1, 5, \
         '2014-06-11', $1)")
    .bind([7; 32])
    .execute(&store.database)
    .await
    .unwrap();
    store.migrate().await.unwrap();
    assert!(found(&store, &named("мысал")).await.is_empty());
    let job = store.claim_job(NAMES, at(0), at(10), 9).await.unwrap().unwrap();
    let name = "Мысалов Мысал".to_owned();
    assert!(store.finish_names(&job, std::slice::from_ref(&name), Some(&name)).await.unwrap());
    for wanted in [named("мысал"), Wanted { centre: Some("almaly".into()), ..Wanted::default() }] {
        assert_eq!(found(&store, &wanted).await, ["ALA-2014-000001"]);
    }
    assert!(store.claim_job(NAMES, at(0), at(10), 9).await.unwrap().is_none());
}

fn looking<'a>(why: &'a str) -> Looking<'a> {
    Looking { official: OFFICIAL, role: "inspector", centre: Some("almaly"), why }
}

#[tokio::test]
async fn the_journal_is_append_only_and_tampering_shows() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let number = file(&store, new(1, "МЫСАЛОВ МЫСАЛ", None)).await;
    for (seen, why) in [(Seen::Case, "memo"), (Seen::Document, "complaint"), (Seen::Paper, "")] {
        store.note_access(&number, (seen, "id"), &looking(why), at(1)).await.unwrap();
    }
    store.note_access("ALA-R-1", (Seen::Paper, ""), &looking(""), at(0)).await.unwrap();
    let rows = store.accesses(&number, None, 2).await.unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.seq, row.what.as_str(), row.why.as_str())).collect();
    assert_eq!(told, [(3, "paper", ""), (2, "document", "complaint")]);
    let rest = store.accesses(&number, Some(2), 2).await.unwrap();
    assert_eq!((rest.len(), rest[0].role.as_str(), rest[0].centre.as_str()), (1, "inspector", "almaly"));
    assert_eq!(store.accesses("ALA-R-1", None, 9).await.unwrap()[0].at, at(1), "time does not go back");
    assert_eq!(store.cases_of_holder(&number).await.unwrap(), [number]);

    let run = async |text: &'static str| sql(text).execute(&store.database).await;
    assert!(run("UPDATE accesses SET why = 'x' WHERE seq = 2").await.is_err());
    assert!(run("DELETE FROM accesses WHERE seq = 2").await.is_err());
    assert_eq!(store.verify_accesses().await.unwrap(), None);
    let disarm = if test_database::is_postgresql() {
        assert!(run("TRUNCATE accesses").await.is_err());
        &["ALTER TABLE accesses DISABLE TRIGGER USER"][..]
    } else {
        &["DROP TRIGGER accesses_no_update", "DROP TRIGGER accesses_no_delete"]
    };
    for text in disarm {
        run(text).await.unwrap();
    }
    run("UPDATE accesses SET why = 'x' WHERE seq = 2").await.unwrap();
    assert_eq!(store.verify_accesses().await.unwrap(), Some(2));
    run("DELETE FROM accesses WHERE seq = 2").await.unwrap();
    assert_eq!(store.verify_accesses().await.unwrap(), Some(3));
}

#[tokio::test]
async fn a_signed_search_is_answered_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    let number = file(&store, new(1, "МЫСАЛОВ МЫСАЛ", None)).await;
    let note = async |signing: u8, found: &[(&str, Looking<'_>)]| {
        store.note_search("name", &looking("complaint 5"), ([signing; 32], [9; 32]), found, at(1)).await
    };
    note(1, &[(number.as_str(), looking("complaint 5"))]).await.unwrap();
    for found in [&[][..], &[(number.as_str(), looking("other"))]] {
        let again = note(1, found).await;
        assert!(matches!(again, Err(StoreError::Conflict(Conflict::SearchAnswered))), "{again:?}");
    }
    // A search that finds nothing is one, too.
    note(2, &[]).await.unwrap();
    let rows = store.accesses(&number, None, 9).await.unwrap();
    assert_eq!((rows.len(), rows[0].what.as_str(), rows[0].why.as_str()), (1, "found", "complaint 5"));
    assert_eq!(store.accesses("", None, 9).await.unwrap().len(), 2);
    assert_eq!(store.verify_accesses().await.unwrap(), None);
}

#[tokio::test]
async fn no_name_stands_in_the_database() {
    let dir = tempfile::tempdir().unwrap();
    let store = test_database::open(dir.path()).await;
    file(&store, new(1, "ҚОЖАХМЕТОВ ӘЛІБЕК", None)).await;
    let mut snapshot = store.snapshot().await.unwrap();
    let mut all = Vec::new();
    for table in super::super::tables() {
        snapshot.write(table, &mut all).await.unwrap();
    }
    let all = String::from_utf8(all).unwrap().to_lowercase();
    assert!(all.contains("beginning") && all.contains("ala-2026-000001"));
    for word in ["қожахметов", "кожахметов", "әлібек", "алибек"] {
        assert!(!all.contains(word), "{word}");
    }
}
