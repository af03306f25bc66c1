//! What can be wrong with examples; each variant carries what its text for people needs.

use std::io;
use std::path::Path;

use protocol::failure::Problem;
use protocol::words::{examples as words, problems};

/// Why examples cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing in the place can be used.
    #[error("no examples, {skipped} things left out: {place}")]
    NoExamples {
        /// The file or folder.
        place: String,
        /// How many things were looked at and left out.
        skipped: usize,
    },
    /// All examples have the same label.
    #[error("all examples are labelled {label}: {place}")]
    OneLabel {
        /// The file or folder.
        place: String,
        /// The label.
        label: String,
    },
    /// Labels that are not among the answers of the head.
    #[error("labels {unknown:?} are not among {} answers: {place}", known.len())]
    LabelsUnknown {
        /// The file or folder.
        place: String,
        /// Labels without an answer.
        unknown: Vec<String>,
        /// The head's answers.
        known: Vec<String>,
    },
    /// The file is not built as its name says.
    #[error("cannot be read, {details}: {place}")]
    Unreadable {
        /// The file.
        place: String,
        /// What exactly.
        details: String,
    },
    /// None of the kinds that hold examples.
    #[error("not a kind of file that holds examples: {place}")]
    UnknownKind {
        /// The file.
        place: String,
    },
    /// A table in which no column holds the texts.
    #[error("no column of texts among {columns:?}: {place}")]
    NoTextColumn {
        /// The file.
        place: String,
        /// Names of its columns.
        columns: Vec<String>,
    },
    /// An archive with a name that points outside.
    #[error("the packed name {name} points outside: {place}")]
    PathTrick {
        /// The archive.
        place: String,
        /// The name.
        name: String,
    },
    /// More than is read into memory.
    #[error("more than {limit} bytes: {place}")]
    TooLarge {
        /// The file.
        place: String,
        /// Most bytes.
        limit: u64,
    },
    /// A setting of `preprocessor_config.json` that cannot be followed.
    #[error("the setting {what} cannot be followed: {place}")]
    Preparation {
        /// The model, or empty where the caller knows it.
        place: String,
        /// Name of the setting.
        what: String,
    },
    /// The system refused.
    #[error("cannot read: {place}")]
    Io {
        /// The file or folder.
        place: String,
        /// The system's answer.
        source: io::Error,
    },
}

impl Error {
    /// Reading `path` was refused.
    pub(crate) fn reading(path: &Path, source: io::Error) -> Self {
        Self::Io { place: super::place(path), source }
    }

    /// The file at `path` is not built as its name says.
    pub(crate) fn unreadable(path: &Path, details: impl Into<String>) -> Self {
        Self::Unreadable { place: super::place(path), details: details.into() }
    }

    /// The same with the model's place, where the settings alone did not know it.
    pub fn at(mut self, model: &str) -> Self {
        if let Self::Preparation { place, .. } = &mut self {
            model.clone_into(place);
        }
        self
    }

    /// The same in words.
    pub fn problem(&self) -> Problem {
        match self {
            Self::NoExamples { place, skipped } => words::no_examples(place, *skipped),
            Self::OneLabel { place, label } => words::one_label(place, label),
            Self::LabelsUnknown { place, unknown, known } => words::labels_unknown(place, unknown, known),
            Self::Unreadable { place, details } => words::unreadable(place, details.clone()),
            Self::UnknownKind { place } => words::unknown_kind(place),
            Self::NoTextColumn { place, columns } => words::no_text_column(place, columns),
            Self::PathTrick { place, name } => words::path_trick(place, name),
            Self::TooLarge { place, limit } => words::too_large(place, *limit),
            Self::Preparation { place, what } => words::preparation_unknown(place, what),
            Self::Io { place, source } => problems::cannot_read(place, source.to_string()),
        }
    }
}
