//! The most memory that a process of its own takes for a document of 1 GB in a file, which must not grow
//! with the document.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::process::Command;

use qoltanba::service::bench::documents::{Shape, large};
use qoltanba::xml::c14n::Canonicalization;
use qoltanba::xml::{Document, Limits};

use crate::measure::is_quick;
use crate::report::Report;
use crate::scan::{OnDisk, digest};

pub(crate) fn run(report: &mut Report) {
    let sizes: &[usize] = if is_quick() { &[10, 100] } else { &[10, 1_000] };
    for (shape, name) in [(Shape::Records, "records"), (Shape::Attachments, "attachments")] {
        for megabytes in sizes {
            let file = tempfile::NamedTempFile::new().expect("a file");
            let mut out = BufWriter::new(file.as_file());
            for piece in large(shape, megabytes * 1_000_000) {
                out.write_all(piece.as_bytes()).expect("room for the document");
            }
            out.flush().expect("room for the document");
            drop(out);
            let this = std::env::current_exe().expect("this program");
            let output = Command::new(this).arg("child-memory").arg(file.path()).output().expect("a child");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let peak = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            report.add(&format!("peak memory, {name}"), &format!("{megabytes} MB in a file"), peak, None);
        }
    }
}

/// Both passes, then the high-water mark of this process.
pub(crate) fn child(path: &str) {
    let file = OnDisk(File::open(path).expect("the file"));
    let document = Document::open(&file, &Limits::default(), &[]).expect("a document");
    std::hint::black_box(digest(&document, &Canonicalization::exclusive()));
    let status = std::fs::read_to_string("/proc/self/status").expect("the status");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the mark");
    println!("{}", peak.trim());
}
