//! Who hears what: programs on standard output, people on standard error.

use std::io::{IsTerminal, Write, stderr, stdout};

use protocol::event::{JobEvent, Progress};
use protocol::words::{terminal, tinting};

use crate::lines;

/// Erases the line that the cursor is on.
const ERASE: &str = "\r\x1b[2K";

/// A line for programs. Whoever closed the other end does not want it any more.
pub fn program(line: &str) {
    let _ = writeln!(stdout().lock(), "{line}");
}

/// Text for people; the progress line gives way to it.
pub fn person(text: &str) {
    let mut out = stderr().lock();
    if out.is_terminal() {
        let _ = write!(out, "{ERASE}");
    }
    let _ = writeln!(out, "{text}");
}

/// What a running job says.
pub fn event(event: JobEvent, json: bool) {
    match event {
        JobEvent::Progress(now) if json => program(&lines::progress(&now)),
        JobEvent::Progress(now) => progress_line(&now),
        JobEvent::Tinting { round } if json => program(&lines::round(&round)),
        JobEvent::TintJudged { judged } if json => program(&lines::judged(&judged)),
        JobEvent::TintJudged { judged } => person(&tinting::judged(&judged)),
        JobEvent::Warning { problem } if !json => person(&terminal::problem(&problem)),
        // Warnings are part of the result line; start and end are told by the command itself.
        _ => {}
    }
}

/// One line that is written over, on a terminal only.
fn progress_line(now: &Progress) {
    let mut out = stderr().lock();
    if out.is_terminal() {
        let _ = write!(out, "{ERASE}{}", terminal::progress(now));
        let _ = out.flush();
    }
}
