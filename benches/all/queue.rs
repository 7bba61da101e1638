//! A list of a million people on SQLite and on PostgreSQL, by the clock, as a caller waits: the position of a number,
//! a page of a hundred at the beginning, in the middle and at the end, both on a past day,
//! and the count of all positions anew. One list holds all, which is the worst; another
//! hundred thousand have left it.

use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use qoltanba::housing::Category;
use qoltanba::store::{Place, Store};

use crate::measure::is_quick;
use crate::postgres::Postgres;
use crate::report::Report;

const CATEGORY: Category = Category::Vulnerable;
const PAGE: u32 = 100;

pub(crate) fn run(report: &mut Report) {
    on_each_database(async |database, folder, place| measure(report, database, folder, place).await);
}

/// Measures on a new SQLite, and on a new PostgreSQL where the machine has one.
pub(crate) fn on_each_database(mut measure: impl AsyncFnMut(&str, &Path, Place)) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let file = Place::File(folder.path().join("register.sqlite"));
    runtime.block_on(measure("SQLite", folder.path(), file));
    match Postgres::start() {
        Some(server) => {
            let folder = tempfile::tempdir().expect("a folder");
            let place = Place::Postgres { url: server.database(), password: None };
            runtime.block_on(measure("PostgreSQL", folder.path(), place));
        }
        None => println!("no PostgreSQL on this machine"),
    }
}

/// Milliseconds of each of so many calls, sorted.
pub(crate) async fn times<F: Future>(count: usize, mut call: impl FnMut(usize) -> F) -> Vec<f64> {
    let mut times = Vec::with_capacity(count);
    for at in 0..count {
        let start = Instant::now();
        call(at).await;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    times
}

pub(crate) fn add(report: &mut Report, group: &str, name: &str, times: &[f64]) {
    let of = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    report.add(group, name, format!("{:.2} ms, 99 % {:.2}, worst {:.2}", of(50), of(99), of(100)), None);
}

async fn measure(report: &mut Report, database: &str, folder: &Path, place: Place) {
    let count: u64 = if is_quick() { 110_000 } else { 1_100_000 };
    let store = Store::open_at(folder, &place).await.expect("a register");
    store.migrate().await.expect("tables");
    let start = Instant::now();
    let waiting = store.fill_list(CATEGORY, count, 11).await.expect("filled");
    let group = format!("queue of {} on {database}", waiting.len());
    report.add(&group, "filled for this, in bulk", format!("{:.1} s", start.elapsed().as_secs_f64()), None);
    // Spread over the list, in no order.
    let somebody = |at: usize| (at * 7_919 * 104_729) % waiting.len();

    let position = async |at: usize, when: Option<Timestamp>| {
        let at = somebody(at);
        let place = store.queue_place(&waiting[at], when).await.expect("an answer");
        if when.is_none() {
            assert_eq!(place.expect("a place").position, at as u64 + 1);
        }
    };
    add(report, &group, "position by number, now", &times(5000, |at| position(at, None)).await);
    let page = async |offset: usize, when: Option<Timestamp>| {
        let lines = store.queue_list(CATEGORY, offset as u64, PAGE, when).await.expect("a page");
        if when.is_none() {
            assert_eq!(lines[0].number, waiting[offset]);
        }
    };
    let last = waiting.len() - PAGE as usize;
    for (name, offset) in [("beginning", 0), ("middle", waiting.len() / 2), ("end", last)] {
        let times = times(200, |_| page(offset, None)).await;
        add(report, &group, &format!("page of {PAGE} at the {name}"), &times);
    }
    for (name, day) in [("last month", "2025-12-01"), ("ten years ago", "2016-01-01")] {
        let when = Some(format!("{day}T00:00:00Z").parse().expect("a time"));
        let times_of = times(500, |at| position(at, when)).await;
        add(report, &group, &format!("position, {name}"), &times_of);
        let times_of = times(200, |at| page(somebody(at) / 2, when)).await;
        add(report, &group, &format!("page of {PAGE}, {name}"), &times_of);
    }
    let times_of =
        times(3, async |_| assert_eq!(store.recount().await.expect("counted"), waiting.len() as u64)).await;
    add(report, &group, "all positions counted anew", &times_of);
    let times_of = times(3, async |_| store.recount_past().await.expect("counted")).await;
    add(report, &group, "past days counted anew", &times_of);
}
