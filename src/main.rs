//! The binary: reads the command line and turns the outcome into an exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    qoltanba::cli::main()
}
