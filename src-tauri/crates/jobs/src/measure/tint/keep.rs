//! States of a tint on disk: the last one, and the best one so far.

use std::fs;
use std::path::{Path, PathBuf};

use checkpoint::Checkpoint;
use learn::tint::State;
use protocol::failure::Failure;
use protocol::tint::{TintJudged, TintWish};
use serde::{Deserialize, Serialize};

use crate::mix::sha256_of;
use crate::{failure, kept};

/// The state after the last look.
const LAST: &str = "last.safetensors";
/// The best state so far.
const BEST: &str = "best.safetensors";

/// What is kept beside a state.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Note {
    /// Hash of the wish: a state of another one is not used.
    key: String,
    /// All looks so far.
    pub judged: Vec<TintJudged>,
}

/// Where the states of one wish are kept.
pub(super) struct Keep {
    folder: PathBuf,
    key: String,
}

impl Keep {
    /// States of this wish in this folder.
    pub fn new(folder: &Path, wish: &TintWish) -> Self {
        Self { folder: folder.to_owned(), key: key_of(wish) }
    }

    /// Keeps the last state.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn last(&self, state: &State, judged: &[TintJudged]) -> Result<(), Failure> {
        self.write(LAST, state, judged)
    }

    /// Keeps the best state.
    ///
    /// # Errors
    /// As [`Keep::last`].
    pub fn best(&self, state: &State) -> Result<(), Failure> {
        self.write(BEST, state, &[])
    }

    fn write(&self, name: &str, state: &State, judged: &[TintJudged]) -> Result<(), Failure> {
        let note = Note { key: self.key.clone(), judged: judged.to_vec() };
        let bug = |fault: String| Failure::from(protocol::words::problems::bug(fault));
        let note = serde_json::to_string(&note).map_err(|error| bug(error.to_string()))?;
        let bytes = state.to_bytes(&note).map_err(|error| bug(error.to_string()))?;
        let path = self.folder.join(name);
        kept::write(&path, &bytes).map_err(|error| failure::cannot_write(&path, &error).into())
    }

    /// The last state, the looks so far, and the best state; `None` if there are none of this wish.
    pub fn load(&self) -> Option<(State, Vec<TintJudged>, State)> {
        let (last, judged) = self.read(LAST)?;
        let (best, _) = self.read(BEST)?;
        Some((last, judged, best))
    }

    fn read(&self, name: &str) -> Option<(State, Vec<TintJudged>)> {
        let file = Checkpoint::open(&self.folder.join(name)).ok()?;
        let (state, note) = State::of_file(&file).ok()?;
        let note: Note = serde_json::from_str(&note).ok()?;
        (note.key == self.key).then_some((state, note.judged))
    }

    /// The round from which it could go on.
    pub fn round(&self) -> Option<u32> {
        self.load().map(|(last, ..)| last.round)
    }

    /// Removes the states. A file that stays costs a few kilobytes, so nobody is told.
    pub fn forget(&self) {
        for name in [LAST, BEST] {
            let _ = fs::remove_file(self.folder.join(name));
        }
    }
}

/// What tells one tint from another: everything that has a say in what is learnt.
pub(super) fn key_of(wish: &TintWish) -> String {
    let mut wish = wish.clone();
    wish.settings.compare = true;
    sha256_of(&serde_json::to_string(&wish).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::recipe::Recipe;
    use protocol::tint::TintSettings;

    #[test]
    fn only_states_of_the_same_wish_are_used() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let recipe = Recipe::new("task_arithmetic", Some("/b"), &[("a", "/a")]);
        let wish = TintWish { recipe, examples: vec![], settings: TintSettings::default() };
        let keep = Keep::new(folder.path(), &wish);
        assert_eq!(keep.round(), None);
        let state = State { round: 50, ..State::default() };
        keep.last(&state, &[]).expect("a writable folder");
        assert_eq!(keep.round(), None, "without the best one there is nothing to go on from");
        keep.best(&state).expect("a writable folder");
        assert_eq!(keep.round(), Some(50));
        let seed = TintWish { settings: TintSettings { seed: 1, ..TintSettings::default() }, ..wish.clone() };
        assert_eq!(Keep::new(folder.path(), &seed).round(), None);
        let quick = TintWish { settings: TintSettings { compare: false, ..TintSettings::default() }, ..wish.clone() };
        assert_eq!(Keep::new(folder.path(), &quick).round(), Some(50), "comparisons come after it");
        keep.forget();
        assert_eq!(keep.round(), None);
    }
}
