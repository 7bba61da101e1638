//! Instructions of one verification and one signature, counted by `valgrind --tool=callgrind`: a figure
//! that a noisy machine does not change. `make instructions` writes `benches/instructions.md`.
//!
//! Keys and documents are made by this process; a child under valgrind opens them, warms up, and runs
//! only what is counted within [`counted`]. Where the instructions go is told by
//! `callgrind_annotate --inclusive=yes` on the files that it leaves in `target/bench`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use qoltanba::service::bench::{KEYS, Keys, SIZES, workload};

const TIMES: usize = 10;
const TABLE: &str = "benches/instructions.md";

/// Name, key, size, operation.
const ROWS: [(&str, usize, usize, &str); 10] = [
    ("verify 2 KB, RSA-2048", 0, 0, "verify"),
    ("verify 2 KB, P-256", 1, 0, "verify"),
    ("verify 20 KB, RSA-2048", 0, 1, "verify"),
    ("verify 20 KB, P-256", 1, 1, "verify"),
    ("sign 2 KB, RSA-2048", 0, 0, "sign"),
    ("sign 20 KB, RSA-2048", 0, 1, "sign"),
    ("verify 2 KB, GOST 34.10-2015, 512 bits", 2, 0, "verify"),
    ("verify 20 KB, GOST 34.10-2015, 512 bits", 2, 1, "verify"),
    ("sign 2 KB, GOST 34.10-2015, 512 bits", 2, 0, "sign"),
    ("sign 20 KB, GOST 34.10-2015, 512 bits", 2, 1, "sign"),
];

pub(crate) fn refresh() {
    let at = Timestamp::now();
    let folder = tempfile::tempdir().expect("a folder");
    for (at_key, (_, algorithm)) in KEYS.iter().enumerate() {
        let keys = folder.path().join(at_key.to_string());
        Keys::make(&keys, *algorithm, at).expect("keys");
    }
    std::fs::write(folder.path().join("at"), at.to_string()).expect("the time");
    let mut table = String::from(
        "# Instructions\n\n\
         Counted by callgrind in thousands for one operation, the mean of ten over different documents, the \
         chain judged before. \"Besides\" is what the whole takes more than the bare operation: the XML, the \
         digests and the report. `make instructions` writes this file anew (valgrind is needed, which knows no SHA \
         instructions, so that digests count for more than they take); a rise of \"besides\" by more than 3 % \
         wants a reason.\n\n\
         | work | whole | bare | besides |\n|---|---:|---:|---:|\n",
    );
    for (name, key, size, operation) in ROWS {
        let whole = count(folder.path(), key, size, operation);
        let bare = count(folder.path(), key, size, &format!("bare-{operation}"));
        let besides = whole.saturating_sub(bare);
        println!("{name}: {whole} instructions, bare {bare}, besides {besides}");
        let _ = writeln!(table, "| {name} | {} | {} | {} |", whole / 1000, bare / 1000, besides / 1000);
    }
    std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE), table).expect("the table");
    println!("written: {TABLE}");
}

fn count(folder: &Path, key: usize, size: usize, operation: &str) -> u64 {
    let this = std::env::current_exe().expect("this program");
    let out = crate::report::folder().join(format!("callgrind.{key}-{size}-{operation}"));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*counted*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(this)
        .arg("child-instructions")
        .arg(folder)
        .arg(format!("{key} {size} {operation}"))
        .output()
        .expect("valgrind runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let collected = said.lines().find_map(|line| line.split_once("Collected :")).expect("a count").1;
    collected.trim().parse::<u64>().expect("a number") / TIMES as u64
}

/// What is counted.
#[inline(never)]
fn counted(operation: &dyn Fn()) {
    for _ in 0..TIMES {
        operation();
    }
}

pub(crate) fn child(folder: &str, what: &str) {
    let folder = Path::new(folder);
    let words: Vec<&str> = what.split(' ').collect();
    let [key, size, operation] = words.as_slice() else { panic!("key, size, operation") };
    let at: Timestamp = std::fs::read_to_string(folder.join("at")).expect("it").parse().expect("a time");
    let keys = Keys::open(&folder.join(key)).expect("keys");
    let (_, octets) = SIZES[size.parse::<usize>().expect("an index")];
    let work = workload("counted", &keys, octets, TIMES, at).expect("the work");
    let operation = match *operation {
        "verify" => &work.verify,
        "sign" => &work.sign,
        "bare-verify" => &work.bare_verify,
        _ => &work.bare_sign,
    };
    operation();
    counted(operation.as_ref());
}
