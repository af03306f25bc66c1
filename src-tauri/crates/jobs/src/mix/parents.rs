//! Fingerprints of the inputs: SHA-256 of their weight files, remembered by path, size and time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::UNIX_EPOCH;

use checkpoint::Checkpoint;
use protocol::failure::Failure;
use protocol::report::Parent;
use protocol::words::problems;

use super::Opened;
use super::written::sha256_of;
use crate::{Context, failure, kept};

/// Most hashes that are remembered.
const MOST_REMEMBERED: usize = 1_000;

type Hashes = BTreeMap<String, String>;

/// Hashes the models at `paths` ahead of a mix, so that it need not; what cannot be read is left to the mix to tell.
///
/// Reads every byte of the models unless they are known: meant for a background thread, ended by the context's switch.
pub fn fingerprint(paths: &[PathBuf], cx: &Context) {
    let never = AtomicBool::new(false);
    for model in paths.iter().filter_map(|path| Checkpoint::open(path).ok()) {
        if of_model(&model, cx, &never).is_err() {
            return;
        }
    }
}

/// Name and fingerprint of every input, in the order of [`Opened::inputs`]; ends early when `stop` is set or the job is cancelled.
fn hash_parents(opened: &Opened, cx: &Context, stop: &AtomicBool) -> Result<Vec<Parent>, Failure> {
    let pairs = opened.inputs().zip(opened.names());
    pairs.map(|(model, name)| Ok(Parent { name, sha256: of_model(model, cx, stop)? })).collect()
}

/// Runs something while another thread hashes the inputs; where it fails, the hashing ends early.
pub(crate) fn while_hashing<T, E>(
    opened: &Opened,
    cx: &Context,
    run: impl FnOnce() -> Result<T, E>,
) -> (Result<T, E>, Result<Vec<Parent>, Failure>) {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let hashing = scope.spawn(|| hash_parents(opened, cx, &stop));
        let done = run();
        stop.store(done.is_err(), Ordering::Relaxed);
        let parents = hashing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (done, parents)
    })
}

/// The fingerprints of all models without their layers, the base first, if all of them are remembered; reads no weights.
pub(crate) fn known_parents(opened: &Opened, cx: &Context) -> Option<Vec<String>> {
    let known: Hashes = kept::load(&list(cx))?;
    let of_model =
        |model: &Checkpoint| model.files().iter().map(|file| remembered(&known, file)).collect::<Option<Vec<_>>>();
    opened.all().map(|model| of_model(model).map(joined)).collect()
}

/// The fingerprint of one model.
pub(crate) fn hash_model(model: &Checkpoint, cx: &Context) -> Result<String, Failure> {
    of_model(model, cx, &AtomicBool::new(false))
}

/// The hash of the weight file; of the list of hashes, one a line, where there are several files.
fn of_model(model: &Checkpoint, cx: &Context, stop: &AtomicBool) -> Result<String, Failure> {
    let mut hashes = Vec::new();
    for file in model.files() {
        hashes.push(of_file(file, cx, stop)?);
    }
    Ok(joined(hashes))
}

fn joined(hashes: Vec<String>) -> String {
    match hashes.as_slice() {
        [only] => only.clone(),
        several => sha256_of(&several.iter().map(|hash| format!("{hash}\n")).collect::<String>()),
    }
}

fn list(cx: &Context) -> PathBuf {
    cx.app_folder.join("hashes.json")
}

fn remembered(known: &Hashes, file: &Path) -> Option<String> {
    known.get(&key(file)?).filter(|hash| hash.len() == 64).cloned()
}

fn of_file(file: &Path, cx: &Context, stop: &AtomicBool) -> Result<String, Failure> {
    let list = list(cx);
    let mut known: Hashes = kept::load(&list).unwrap_or_default();
    if let Some(hash) = remembered(&known, file) {
        return Ok(hash);
    }
    // Before reading: what changes while it is read gets another key.
    let key = key(file);
    let mut go_on = |_| !stop.load(Ordering::Relaxed) && cx.control.goes_on();
    let hash = checkpoint::sha256(file, &mut go_on).map_err(|error| failure::file(&error))?;
    let hash = hash.ok_or_else(problems::cancelled)?;
    if let Some(key) = key {
        if known.len() >= MOST_REMEMBERED {
            known.pop_first();
        }
        known.insert(key, hash.clone());
        // Only time is lost if it cannot be kept.
        let _ = kept::keep(&list, &known);
    }
    Ok(hash)
}

/// Time in nanoseconds first, so that the oldest files are forgotten first.
fn key(file: &Path) -> Option<String> {
    let facts = file.metadata().ok()?;
    let changed = facts.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    Some(format!("{changed:024} {} {}", facts.len(), std::path::absolute(file).ok()?.display()))
}
