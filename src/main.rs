//! Parses, dispatches, prints the report, exits.

use std::process::ExitCode;

fn main() -> ExitCode {
    lkmc::commands::main()
}
