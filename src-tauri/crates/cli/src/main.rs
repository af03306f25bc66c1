//! Tincture on the command line: the same use cases as the window, for scripts, batch work and machines without one.
//!
//! People read standard error, programs read standard output: with `--json` one object a line, the last one `result`
//! or `failure`. The contract: exit code 0 done, 2 something about what was given, 130 cancelled, 1 a mistake of ours.

mod args;
mod commands;
mod lines;
mod say;

use std::panic::catch_unwind;
use std::process::ExitCode;

use clap::Parser;
use protocol::words::terminal;

use args::Args;

/// A mistake of ours.
const BUG: u8 = 1;

fn main() -> ExitCode {
    let args = Args::parse();
    let ended = catch_unwind(|| commands::run(args));
    ExitCode::from(ended.unwrap_or_else(|_| {
        say::person(&terminal::bug("outside of a job"));
        BUG
    }))
}
