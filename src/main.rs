//! The binary: reads the command line and turns the outcome into an exit status.

use std::process::ExitCode;

/// Verifying a document of 20 KB takes 3 % less than with the system's allocator. Huge pages are off in the
/// features, so that the memory in use stays as small.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    qoltanba::cli::main()
}
