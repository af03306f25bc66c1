//! Is there room for what a plan will write, and memory for what it needs?

use std::path::Path;

use checkpoint::{Checkpoint, files_of};
use merge::Plan;
use protocol::failure::Problem;
use protocol::words::problems as words;

use super::Opened;
use crate::{failure, machine};

/// Space that stays free on the disk, so that the system goes on working.
pub(super) const RESERVE_BYTES: u64 = 64 << 20;
/// Recipe, settings and card of one folder; generous.
const TEXT_BYTES: u64 = 1 << 20;

/// What speaks against writing `plan` into `out`, and the memory it needs.
pub(crate) fn problems(plan: &Plan, opened: &Opened, out: &Path) -> Vec<Problem> {
    room_problems(written_bytes(plan), plan.memory, opened.all(), plan.targets.len(), out)
}

/// What speaks against writing so many bytes of weights, and the small files of `models` into so many folders of `out`.
pub(crate) fn room_problems<'a>(
    bytes: u64,
    memory: u64,
    models: impl IntoIterator<Item = &'a Checkpoint>,
    folders: usize,
    out: &Path,
) -> Vec<Problem> {
    let taken = is_taken(out).then(|| failure::name_taken(out));
    let needs = bytes + text_bytes(models) * folders as u64 + RESERVE_BYTES;
    let free = machine::free_space(out);
    let space =
        free.filter(|&free| free < needs).map(|free| words::not_enough_space(&machine::disk_name(out), needs, free));
    let free = machine::free_memory();
    let memory = (free < memory).then(|| words::not_enough_memory(memory, free));
    taken.into_iter().chain(space).chain(memory).collect()
}

/// Exact bytes of all weight files.
fn written_bytes(plan: &Plan) -> u64 {
    plan.targets.iter().flat_map(files_of).map(|(_, bytes)| bytes).sum()
}

/// At most this much is written beside the weights of one folder.
fn text_bytes<'a>(models: impl IntoIterator<Item = &'a Checkpoint>) -> u64 {
    let of_model = |model: &Checkpoint| {
        model.companions().iter().filter_map(|path| path.metadata().ok()).map(|facts| facts.len()).sum::<u64>()
    };
    TEXT_BYTES + models.into_iter().map(of_model).max().unwrap_or(0)
}

/// Whether something is there that must not be written over; an empty folder is not.
fn is_taken(out: &Path) -> bool {
    match out.read_dir() {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => out.symlink_metadata().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_by_a_file_or_a_full_folder() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let out = folder.path().join("mix");
        assert!(!is_taken(&out));
        std::fs::create_dir(&out).expect("a writable folder");
        assert!(!is_taken(&out));
        std::fs::write(out.join("x"), "x").expect("a writable folder");
        assert!(is_taken(&out));
        assert!(is_taken(&out.join("x")));
    }
}
