//! Why a pack could not be read.

use std::path::Path;

use crate::Error;

/// Why a skill pack could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// The folder holds no index of a pack.
    #[error("not a skill pack: {place}")]
    NotAPack {
        /// The folder.
        place: String,
    },
    /// A later version wrote it.
    #[error("a pack of format {format}; {known} is known: {place}")]
    Newer {
        /// The folder.
        place: String,
        /// Its format number.
        format: u64,
        /// The highest that is known.
        known: u32,
    },
    /// A file of the pack is missing, or shorter or longer than the index says.
    #[error("{file} has {arrived} of {promised} bytes: {place}")]
    Incomplete {
        /// The folder.
        place: String,
        /// Path within it.
        file: String,
        /// Bytes there; 0 if it is missing.
        arrived: u64,
        /// Bytes that the index promises.
        promised: u64,
    },
    /// The index or a file contradicts itself, or a file is another than the one that was written.
    #[error("{file}: {details}: {place}")]
    Damaged {
        /// The folder.
        place: String,
        /// Path within it.
        file: String,
        /// What exactly.
        details: String,
    },
    /// The pack has no such skill.
    #[error("no skill {skill:?} among {known:?}: {place}")]
    UnknownSkill {
        /// The folder.
        place: String,
        /// What was asked for.
        skill: String,
        /// Its skills.
        known: Vec<String>,
    },
    /// A file could not be read.
    #[error(transparent)]
    File(#[from] Error),
}

impl PackError {
    /// The file `file` of the pack at `place` is damaged.
    pub(super) fn damaged(place: &Path, file: &str, details: impl Into<String>) -> Self {
        Self::Damaged { place: place.display().to_string(), file: file.to_owned(), details: details.into() }
    }
}
