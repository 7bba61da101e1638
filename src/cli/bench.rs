//! `qoltanba bench`: verifying and signing beside the bare operations, in one run on one thread, by
//! processor time.

use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;

use super::Outcome;
use crate::service::bench::{Workload, processor_seconds, workloads};

/// Measure verifying and signing beside the bare RSA, ECDSA and GOST operations
///
/// The ratio tells how near to the bare operation the whole check comes: 1.00 would be no cost at all
/// for the XML, the digests and the report. The chain was judged before. The last column is what the
/// whole takes.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  qoltanba bench --seconds 2")]
pub(super) struct Bench {
    /// Seconds for each figure
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Only work whose name holds this text, as `verify 2 KB RSA`
    #[arg(long, value_name = "TEXT", default_value = "")]
    work: String,
}

fn rate(seconds: f64, operation: impl Fn()) -> f64 {
    let limit = seconds.clamp(0.01, 60.0);
    operation();
    let start = processor_seconds();
    let mut count = 0_u32;
    let used = loop {
        for _ in 0..8 {
            operation();
        }
        count += 8;
        let used = processor_seconds() - start;
        if used >= limit {
            break used;
        }
    };
    f64::from(count) / used
}

impl Bench {
    pub(super) fn run(&self) -> Outcome {
        let at = Timestamp::now();
        println!("{:<28}{:>14}{:>14}{:>8}{:>12}", "work", "bare/s", "whole/s", "ratio", "whole, ms");
        for workload in workloads(at)? {
            let Workload { name, bare_verify, bare_sign, verify, sign, .. } = workload;
            for (what, bare, whole) in [("verify", bare_verify, verify), ("sign", bare_sign, sign)] {
                let name = format!("{what} {name}");
                if !name.contains(&self.work) {
                    continue;
                }
                let (bare, whole) = (rate(self.seconds, &bare), rate(self.seconds, &whole));
                let (ratio, milliseconds) = (whole / bare, 1e3 / whole);
                println!("{name:<28}{bare:>14.0}{whole:>14.0}{ratio:>8.2}{milliseconds:>12.3}");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
