//! Revocation lists: indexing with the signature checked, opening an index made before, look-up, and the most
//! memory that a process takes to index a list in a file. What the requirements ask for is in the names.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use qoltanba::lists::Lists;
use qoltanba::pkix::{Certificate, Crl, UnverifiedCrl};

use crate::certificates::{Pki, serial};
use crate::measure::{here, is_quick, race};
use crate::report::Report;

const SIZES: [(usize, &str, &str); 2] =
    [(100_000, "100,000 lines", "12 ms, 5 ms"), (1_000_000, "1,000,000 lines", "150 ms, 50 ms; 64 MB")];
/// Look-ups at a time, so that no clock is in them.
const LOOK_UPS: u32 = 1000;

pub(crate) fn run(report: &mut Report) {
    let pki = Pki::new();
    let authority = Certificate::from_der(&pki.ca_der).expect("a certificate");
    for (count, name, wanted) in if is_quick() { &SIZES[..1] } else { &SIZES[..] } {
        let folder = tempfile::tempdir().expect("a folder");
        let raw = pki.list(false, *count);
        let octets = raw.len();
        let kept = Lists::open(&folder.path().join("lists")).expect("a folder");
        let file = keep(&kept, folder.path(), &raw, &authority);
        let shared = Arc::new(raw);
        let opened = kept.of_file(&file).expect("opened");
        let crl = Crl::verify(&opened, &authority).expect("verified");
        let present: Vec<_> = (0..*count as u64).step_by(count / 1000).map(serial).collect();
        let absent: Vec<_> = (0..1000).map(|at| serial(u64::MAX - at)).collect();
        let look_up = |serials: &[Vec<u8>], is_there: bool| {
            for serial in serials {
                assert_eq!(crl.entry(crl.issuer(), black_box(serial)).is_some(), is_there);
            }
        };
        let group = format!("list of {name}");
        let seconds = race(
            2.0,
            &mut [
                (
                    String::new(),
                    here(|| {
                        let list = UnverifiedCrl::from_octets(shared.clone()).expect("a list");
                        black_box(Crl::verify(&list, &authority).expect("verified"));
                    }),
                ),
                (
                    String::new(),
                    here(|| {
                        let list = kept.of_file(&file).expect("opened");
                        black_box(Crl::verify(&list, &authority).expect("verified"));
                    }),
                ),
                (String::new(), here(|| look_up(&present, true))),
                (String::new(), here(|| look_up(&absent, false))),
            ],
        );
        let milliseconds = |seconds: f64| format!("{:.2} ms", seconds * 1e3);
        let nanoseconds = |seconds: f64| format!("{:.0} ns", seconds * 1e9 / f64::from(LOOK_UPS));
        report.add(&group, "octets", format!("{octets}"), None);
        report.add(&group, &format!("indexed, signature checked ({wanted})"), milliseconds(seconds[0]), None);
        report.add(&group, "index opened (5 ms, 1 ms)", milliseconds(seconds[1]), None);
        report.add(&group, "look-up of a line (1000 ns, 100 ns)", nanoseconds(seconds[2]), None);
        report.add(&group, "look-up of what is not there", nanoseconds(seconds[3]), None);
        let peak = child_of(&["child-index"], &file, &folder.path().join("ca.cer"), &pki.ca_der);
        report.add(&group, "peak memory of indexing", peak, None);
    }
}

/// A list kept with its index, its signature checked: the file.
pub(crate) fn keep(lists: &Lists, folder: &Path, der: &[u8], signer: &Certificate) -> PathBuf {
    let file = folder.join("given.crl");
    std::fs::write(&file, der).expect("written");
    let known = lists.files().expect("names");
    Crl::verify(&lists.of_file(&file).expect("kept"), signer).expect("verified");
    lists.remember_signers().expect("written");
    lists.files().expect("names").into_iter().find(|file| !known.contains(file)).expect("a new one")
}

fn child_of(words: &[&str], file: &Path, authority: &Path, der: &[u8]) -> String {
    std::fs::write(authority, der).expect("written");
    let this = std::env::current_exe().expect("this program");
    let output = Command::new(this).args(words).args([file, authority]).output().expect("a child");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Indexes a list in a file and checks its signature; then the high-water mark of this process, and how much
/// of it is the file itself.
pub(crate) fn child(file: &str, authority: &str) {
    let authority = Certificate::from_der(&std::fs::read(authority).expect("a file")).expect("a certificate");
    let raw = std::fs::read(file).expect("a file");
    let list = UnverifiedCrl::from_octets(Arc::new(raw)).expect("a list");
    black_box(Crl::verify(&list, &authority).expect("verified"));
    let status = std::fs::read_to_string("/proc/self/status").expect("the status");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the mark");
    println!("{}, file {} kB", peak.trim(), list.der().len() / 1024);
}
