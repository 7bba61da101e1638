//! The program, run by a test: what it says, how it ends, and the most memory that it had resident.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a run of the program left.
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) output: String,
    /// The most memory that was resident, in octets; `None` where that could not be seen.
    pub(crate) peak: Option<u64>,
    pub(crate) took: Duration,
}

/// The kernel's high-water mark (`VmHWM`) of a running process, in octets. `None` too as long as it is not
/// yet the program: until then the memory of this process is its memory.
fn high_water(process: u32) -> Option<u64> {
    let program = std::fs::read_link(format!("/proc/{process}/exe")).ok()?;
    if program.file_name() != Path::new(env!("CARGO_BIN_EXE_qoltanba")).file_name() {
        return None;
    }
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").trim().parse().ok()?;
    Some(kilobytes << 10)
}

/// Runs the program to its end. `with` gives it its arguments.
pub(crate) fn run(with: impl FnOnce(&mut Command) -> &mut Command) -> Run {
    let start = Instant::now();
    let mut child = with(&mut Command::new(env!("CARGO_BIN_EXE_qoltanba")))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let mut stdout = child.stdout.take().expect("its output");
    let reader = std::thread::spawn(move || {
        let mut output = String::new();
        stdout.read_to_string(&mut output).expect("UTF-8");
        output
    });
    // The mark only rises, so that what is read last misses no more than the last milliseconds.
    let mut peak = None;
    let status = loop {
        peak = peak.max(high_water(child.id()));
        if let Some(status) = child.try_wait().expect("the program") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let took = start.elapsed();
    Run { status: status.code(), output: reader.join().expect("its output"), peak, took }
}
