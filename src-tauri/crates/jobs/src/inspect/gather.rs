//! From dropped paths to opened models: looks into folders, opens headers, a few files at a time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread;

use checkpoint::{Checkpoint, Source};
use protocol::failure::{Failure, Problem};
use protocol::words::{pack as pack_words, problems};

use super::Seen;
use super::readme::Readme;
use crate::failure;

/// Headers are opened by this many threads at most; more would only make one disk seek.
const THREADS: usize = 8;

/// What was found in all dropped paths.
#[derive(Default)]
pub(super) struct Gathered {
    pub models: Vec<Seen>,
    pub problems: Vec<Problem>,
    /// Bytes of headers and model cards.
    pub bytes_read: u64,
}

pub(super) fn gather(paths: &[PathBuf]) -> Gathered {
    let mut found = Gathered::default();
    let roots = roots(paths, &mut found.problems);
    for opened in open_all(&roots) {
        match opened {
            Ok(seen) => {
                found.bytes_read += seen.checkpoint.header_bytes() + seen.readme.bytes_read;
                found.models.push(seen);
            }
            Err(failure) => found.problems.extend(failure.problems),
        }
    }
    found
}

/// Model roots of all paths in order, each once.
fn roots(paths: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<PathBuf> {
    let mut known = BTreeSet::new();
    let mut roots = Vec::new();
    for path in paths {
        let held = checkpoint::find(path);
        problems.extend(held.refused.iter().map(failure::file));
        // The window opens a pack before it asks; whoever asks all the same hears what it is.
        let packs = held.packs.iter().map(|pack| pack_words::pack_is_no_model(&pack.display().to_string()));
        problems.extend(packs);
        if held.models.is_empty() && held.packs.is_empty() && held.refused.is_empty() {
            problems.push(problems::nothing_found(&path.display().to_string(), &held.seen));
        }
        for model in held.models {
            if is_loose_head(&model, path) {
                continue;
            }
            if known.insert(model.canonicalize().unwrap_or_else(|_| model.clone())) {
                roots.push(model);
            } else {
                problems.push(problems::already_added(&model.display().to_string()));
            }
        }
    }
    roots
}

/// Whether this is the head of a model, kept in a folder `heads` beside its body, and not a model of its own.
/// Whoever drops such a file itself means it.
fn is_loose_head(model: &Path, dropped: &Path) -> bool {
    model != dropped
        && model.extension().is_some_and(|ending| ending == "safetensors")
        && model.parent().and_then(Path::file_name).is_some_and(|folder| folder == "heads")
}

fn open_all(roots: &[PathBuf]) -> Vec<Result<Seen, Failure>> {
    let share = roots.len().div_ceil(THREADS).max(1);
    thread::scope(|scope| {
        let threads: Vec<_> = roots
            .chunks(share)
            .map(|some| scope.spawn(|| some.iter().map(|root| open(root)).collect::<Vec<_>>()))
            .collect();
        // A thread that panicked panics here again, where the job's guard catches it.
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

fn open(root: &Path) -> Result<Seen, Failure> {
    if root.join("adapter_config.json").is_file() {
        return Err(problems::adapter(&root.display().to_string()).into());
    }
    let checkpoint = Checkpoint::open(root).map_err(|error| failure::file(&error))?;
    if checkpoint.entries().iter().any(|entry| is_adapter_part(&entry.spec.name)) {
        return Err(problems::adapter(&root.display().to_string()).into());
    }
    Ok(Seen { root: root.to_owned(), readme: Readme::beside(root), checkpoint })
}

/// The names that the common adapter formats use.
fn is_adapter_part(name: &str) -> bool {
    [".lora_A.", ".lora_B.", ".lora_down.", ".lora_up.", ".lora_magnitude_vector"]
        .iter()
        .any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_beside_a_body_are_no_models_unless_dropped_themselves() {
        let head = Path::new("/zoo/heads/digits.safetensors");
        assert!(is_loose_head(head, Path::new("/zoo")));
        assert!(!is_loose_head(head, head));
        assert!(!is_loose_head(Path::new("/zoo/experts/digits.safetensors"), Path::new("/zoo")));
    }
}
