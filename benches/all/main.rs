//! `make bench`: everything that is measured, beside the bare operation and the peers that are installed.
//!
//! Contestants run in turns within one process, each by the processor time of its thread, and the median
//! of the rounds counts. What matters is the ratio to the bare operation measured in the same rounds:
//! absolute figures are those of the machine. `QUICK=1` measures a tenth as long and leaves out what is
//! largest. Parts can be asked for by name: `cargo bench -- scan digests gost small large growth certificates folder
//! lists memory queue search`.

mod certificates;
mod digests;
mod folder;
mod gost;
mod growth;
mod instructions;
mod large;
mod lists;
mod measure;
mod memory;
mod peers;
#[path = "../../tests/common/postgres.rs"]
mod postgres;
mod queue;
mod report;
mod scan;
mod search;
mod small;

use report::Report;

/// As the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["child-memory", file] => return memory::child(file),
        ["child-index", file, authority] => return lists::child(file, authority),
        ["child-instructions", folder, name] => return instructions::child(folder, name),
        ["instructions"] => return instructions::refresh(),
        _ => {}
    }
    let wants = |part: &str| words.is_empty() || words.iter().any(|word| word == part);
    let mut report = Report::default();
    if wants("scan") {
        scan::run(&mut report);
    }
    if wants("digests") {
        digests::run(&mut report);
    }
    if wants("gost") {
        gost::run(&mut report);
    }
    if wants("small") {
        small::run(&mut report);
    }
    if wants("large") {
        large::run(&mut report);
    }
    if wants("growth") {
        growth::run(&mut report);
    }
    if wants("certificates") {
        certificates::run(&mut report);
    }
    if wants("folder") {
        folder::run(&mut report);
    }
    if wants("lists") {
        lists::run(&mut report);
    }
    if wants("memory") {
        memory::run(&mut report);
    }
    if wants("queue") {
        queue::run(&mut report);
    }
    if wants("search") {
        search::run(&mut report);
    }
    report.write();
}
