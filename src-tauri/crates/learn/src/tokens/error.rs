//! What can be wrong with the word list of a model.

use protocol::failure::Problem;
use protocol::measure::ExampleKind;
use protocol::words::examples as words;

/// Why texts cannot be cut into tokens for a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// None of the files that hold a word list is beside the model.
    #[error("no word list: {folder}")]
    Missing {
        /// The model's folder, or its file where it stands alone.
        folder: String,
    },
    /// A file is there and cannot be followed.
    #[error("cannot be followed, {details}: {place}")]
    Unreadable {
        /// The folder.
        place: String,
        /// Which file, and what exactly.
        details: String,
    },
    /// The word list numbers more tokens than the network has rows for.
    #[error("token number {highest} for a table of {words} rows: {place}")]
    TooLong {
        /// The folder.
        place: String,
        /// The largest number.
        highest: u32,
        /// Rows of the network's table.
        words: usize,
    },
    /// The network takes something else than texts.
    #[error("the network takes no texts but {takes:?}: {place}")]
    OtherKind {
        /// The folder.
        place: String,
        /// What it takes.
        takes: ExampleKind,
    },
}

impl Error {
    /// The same in words; `name` is the model's.
    pub fn problem(&self, name: &str) -> Problem {
        match self {
            Self::Missing { folder } => words::tokenizer_missing(folder, name),
            Self::Unreadable { place, details } => words::word_list_unreadable(place, name, details.clone()),
            Self::TooLong { place, highest, words } => words::word_list_too_long(place, name, *highest, *words as u64),
            Self::OtherKind { place, takes } => words::other_kind(place, name, *takes),
        }
    }
}
