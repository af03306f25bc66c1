//! Panics: a line in the log, a failure for the page; the app stays up.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::panic::PanicHookInfo;
use std::path::Path;
use std::sync::Mutex;
use std::time::UNIX_EPOCH;

use protocol::failure::Failure;
use protocol::words::problems;

/// Where in our code the last panic was.
static LATEST: Mutex<Option<String>> = Mutex::new(None);

/// Bytes after which the log is put aside and a new one begun.
const LOG_BYTES: u64 = 1 << 20;

/// From now on every panic is written to `tincture.log` in `folder`, after what the hook before did.
pub fn watch(folder: &Path) {
    let log = folder.join("tincture.log");
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        before(panic);
        note(&log, panic);
    }));
}

/// Remembers where the panic was, and writes it down as far as the disk lets us.
fn note(log: &Path, panic: &PanicHookInfo) {
    let place = panic.location().map_or_else(|| "unknown place".to_owned(), ToString::to_string);
    let said = panic.payload_as_str().unwrap_or("no words");
    if let Ok(mut latest) = LATEST.lock() {
        *latest = Some(format!("{place}: {said}"));
    }
    let line = format!("{} {} {place}: {said}\n", seconds_since_1970(), env!("CARGO_PKG_VERSION"));
    // A log that cannot be written must not make things worse.
    let _ = append(log, &line);
}

fn append(log: &Path, line: &str) -> std::io::Result<()> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder)?;
    }
    if fs::metadata(log).is_ok_and(|file| file.len() > LOG_BYTES) {
        fs::rename(log, log.with_extension("old.log"))?;
    }
    OpenOptions::new().create(true).append(true).open(log)?.write_all(line.as_bytes())
}

fn seconds_since_1970() -> u64 {
    UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs())
}

/// The failure of a mistake in Tincture itself, with its place.
pub fn failure(place: String) -> Failure {
    problems::bug(place).into()
}

/// The failure of the panic that was just caught.
pub fn latest() -> Failure {
    let place = LATEST.lock().ok().and_then(|mut latest| latest.take());
    failure(place.unwrap_or_else(|| "unknown place".to_owned()))
}
