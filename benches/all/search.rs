//! Searches among a million cases on SQLite and on PostgreSQL, by the clock: by IIN, by names that are rare and common,
//! alone and with other criteria, and how much the index of names takes. Verifying the signature of a search and its
//! row in the journal are not in it.

use std::path::Path;
use std::time::Instant;

use qoltanba::housing::workflow::State;
use qoltanba::housing::{Category, name};
use qoltanba::store::{Behind, Place, Store, Wanted};

use crate::measure::is_quick;
use crate::queue::{add, on_each_database, times};
use crate::report::Report;

const PAGE: u32 = 51;
const OFFICIAL: &str = "061211600012";

pub(crate) fn run(report: &mut Report) {
    on_each_database(async |database, folder, place| measure(report, database, folder, place).await);
}

fn iin(at: u64) -> String {
    format!("{at:012}")
}

/// A made-up word of `syllables`; few numbers are common and many rare, as with names.
fn word(at: u64, salt: u64, words: u64, syllables: u32) -> String {
    const OPEN: [&str; 16] =
        ["ба", "қа", "ны", "сұ", "ма", "әл", "жа", "те", "құ", "да", "ғи", "ер", "ай", "ша", "бе", "мұ"];
    let hash = (at + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17)
        ^ salt.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    let share = (hash % words) * (hash / words % words) / words;
    let mixed = (share + 1).wrapping_mul(0xA24B_AED4_963E_E407 ^ salt);
    (0..syllables).map(|place| OPEN[usize::try_from(mixed >> (8 * place + 4) & 15).expect("small")]).collect()
}

fn person(at: u64) -> String {
    let (surname, given) = (word(at, 1, 4000, 4), word(at, 2, 800, 3));
    format!("{surname}ов {given} {}ұлы", word(at, 3, 800, 3))
}

/// What the folder of a register takes, the log of the database aside.
fn octets(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let own = entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(".sqlite"));
    own.filter_map(|entry| entry.metadata().ok()).map(|file| file.len()).sum()
}

async fn measure(report: &mut Report, database: &str, folder: &Path, place: Place) {
    let count: u64 = if is_quick() { 100_000 } else { 1_000_000 };
    let store = Store::open_at(folder, &place).await.expect("a register");
    store.migrate().await.expect("tables");
    store.fill_list(Category::Vulnerable, count, 11).await.expect("filled");
    let (start, before) = (Instant::now(), octets(folder));
    let beginnings = store.name_list(iin, person).await.expect("named");
    let group = format!("search among {count} on {database}");
    let grown = octets(folder).saturating_sub(before) >> 20;
    let size = if grown > 1 { format!(", {grown} MiB with the persons") } else { String::new() };
    let told = format!("{beginnings} beginnings{size}, {:.0} s", start.elapsed().as_secs_f64());
    report.add(&group, "named for this, in bulk", told, None);

    let somebody = |at: usize| (at as u64 * 7_919 * 104_729) % count;
    let named = |text: &str| Wanted { name: name::wanted(text).expect("long enough"), ..Wanted::default() };
    let find = async |wanted: Wanted, behind: Option<Behind>| {
        store.search(&wanted, OFFICIAL, behind.as_ref(), PAGE).await.expect("an answer")
    };
    let by_iin = times(2000, async |at| {
        let wanted = Wanted { iin: Some(iin(somebody(at))), ..Wanted::default() };
        assert_eq!(find(wanted, None).await.len(), 1);
    });
    add(report, &group, "by IIN", &by_iin.await);
    let whole = times(500, async |at| {
        assert!(!find(named(&person(somebody(at))), None).await.is_empty());
    });
    add(report, &group, "by the whole name", &whole.await);
    let surname = |at: usize| person(somebody(at)).split(' ').next().expect("a word").to_owned();
    let by_surname = times(500, async |at| {
        assert!(!find(named(&surname(at)), None).await.is_empty());
    });
    add(report, &group, "by a surname", &by_surname.await);
    let three = |at: usize| surname(at).chars().take(3).collect::<String>();
    let by_three = times(500, async |at| {
        assert!(!find(named(&three(at)), None).await.is_empty());
    });
    add(report, &group, "by three letters", &by_three.await);
    let two_short = times(200, async |at| {
        let given: String =
            person(somebody(at + 1)).split(' ').nth(1).expect("a word").chars().take(3).collect();
        find(named(&format!("{} {given}", three(at))), None).await;
    });
    add(report, &group, "by three letters of two words", &two_short.await);
    let with_state = times(200, async |at| {
        let wanted = Wanted { state: Some(State::Issued), ..named(&three(at)) };
        find(wanted, None).await;
    });
    add(report, &group, "by three letters and a rare status", &with_state.await);
    let never = times(50, async |at| {
        let wanted = Wanted { state: Some(State::Accepted), ..named(&three(at)) };
        assert!(find(wanted, None).await.is_empty());
    });
    add(report, &group, "by three letters and a status that none has", &never.await);
    let day = |text: &str| Some(format!("{text}T00:00:00Z").parse().expect("a time"));
    let dated = times(200, async |at| {
        let year = 2007 + at % 18;
        let (from, before) = (day(&format!("{year}-03-01")), day(&format!("{year}-04-01")));
        assert_eq!(find(Wanted { from, before, ..Wanted::default() }, None).await.len(), 51);
    });
    add(report, &group, "a page of a month", &dated.await);
    let middle = day("2016-01-01").map(|filed| (filed, String::new()));
    let later = times(200, async |at| {
        find(named(&three(at)), middle.clone()).await;
    });
    add(report, &group, "by three letters, a page in the middle", &later.await);
}
