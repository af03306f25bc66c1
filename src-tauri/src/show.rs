//! The system's own file window.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// Shows `folder`. No shell is involved: the path is one argument, whatever is in it.
///
/// # Errors
/// When the system has no program for that, or the program could not do it.
pub fn folder(folder: &Path) -> io::Result<()> {
    let status = program(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    // The file window of Windows answers 1 also when all went well.
    if status.success() || cfg!(windows) { Ok(()) } else { Err(io::Error::other(status.to_string())) }
}

#[cfg(target_os = "macos")]
fn program(folder: &Path) -> Command {
    let mut open = Command::new("open");
    open.arg("-R").arg(folder);
    open
}

#[cfg(windows)]
fn program(folder: &Path) -> Command {
    let mut explorer = Command::new("explorer");
    explorer.arg(folder);
    explorer
}

#[cfg(not(any(windows, target_os = "macos")))]
fn program(folder: &Path) -> Command {
    let mut open = Command::new("xdg-open");
    open.arg(folder);
    open
}
