//! Everything that can go wrong with model files; each variant carries what its text for people needs.

use std::io;
use std::path::Path;

/// What a file that is no usable model is instead.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// An older format that may contain instructions as well as numbers; never opened.
    Pickle,
    /// A page or a refusal that a site sent in place of the model.
    WebPage,
    /// A rounded copy for running; `original` is the name that the original usually has.
    Gguf {
        /// Such as `model.safetensors`.
        original: String,
    },
    /// A skill pack, from which the models of its skills are restored.
    Pack,
    /// None of the known kinds.
    NotAModel,
}

/// Why a model could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The header breaks the format, or an index names things that are not there.
    #[error("the list of contents {}: {details}: {place}", if *.outside { "points outside the file" } else { "cannot be read" })]
    Damaged {
        /// The file.
        place: String,
        /// It points outside the file; else it cannot be read.
        outside: bool,
        /// What exactly, with numbers.
        details: String,
    },
    /// The file is shorter than its header says.
    #[error("{arrived} of {promised} bytes arrived: {place}")]
    NotComplete {
        /// The file.
        place: String,
        /// Bytes there.
        arrived: u64,
        /// Bytes that its header promises.
        promised: u64,
    },
    /// A Git-LFS pointer.
    #[error("a placeholder of {size} bytes: {place}")]
    Placeholder {
        /// The file.
        place: String,
        /// Bytes of the pointer itself.
        size: u64,
        /// Bytes of the real file, as the pointer says.
        promised: Option<u64>,
    },
    /// A file of another kind.
    #[error("not a safetensors file but {kind:?}: {place}")]
    WrongKind {
        /// The file.
        place: String,
        /// What it is.
        kind: Kind,
    },
    /// A folder without models.
    #[error("no model among {seen}: {place}")]
    NothingFound {
        /// The folder.
        place: String,
        /// What was there, such as "12 pictures and 3 other files".
        seen: String,
    },
    /// A weight file that the index or the other names promise is not there.
    #[error("part {part} of {parts}, {file}, is missing: {place}")]
    ShardMissing {
        /// The model's folder.
        place: String,
        /// Which part, from 1; 0 if the name does not say.
        part: usize,
        /// Of how many.
        parts: usize,
        /// The missing file's name.
        file: String,
    },
    /// A number type of the format that Tincture does not know.
    #[error("{parts} tensors are {dtype}, which is not known: {place}")]
    UnknownDtype {
        /// The file.
        place: String,
        /// The name in the header.
        dtype: String,
        /// Number of tensors of this type.
        parts: u64,
    },
    /// The file is another one than when it was opened.
    #[error("the file {}: {place}", if *.gone { "is gone" } else { "has changed" })]
    Changed {
        /// The file.
        place: String,
        /// It is not there any more.
        gone: bool,
    },
    /// The system refused to read or write; see [`Error::is_disk_full`] and [`Error::is_forbidden`].
    #[error("cannot {}: {place}", if *.writing { "write" } else { "read" })]
    Io {
        /// The file or folder.
        place: String,
        /// The system's answer.
        source: io::Error,
        /// It was to be written; else read.
        writing: bool,
    },
    /// The output folder exists and is not empty.
    #[error("the name is taken: {place}")]
    NameTaken {
        /// The folder.
        place: String,
    },
    /// A name that would leave the output folder or cannot be a file name.
    #[error("not a plain name: {name}")]
    BadName {
        /// The name.
        name: String,
    },
    /// A sink was given bytes out of order, or was closed before all had come: a mistake of the caller.
    #[error("target {target} got byte {found} of {name:?} where byte {expected} of {next:?} was due")]
    OutOfStep {
        /// Index of the target.
        target: usize,
        /// Tensor that was given; empty when the sink was closed.
        name: String,
        /// Byte position after what was given.
        found: u64,
        /// Tensor that was due; empty if none was.
        next: String,
        /// Byte position that was due.
        expected: u64,
    },
}

impl Error {
    /// Reading `path` was refused.
    pub(crate) fn reading(path: &Path, source: io::Error) -> Self {
        Self::Io { place: path.display().to_string(), source, writing: false }
    }

    /// Writing `path` was refused.
    pub(crate) fn writing(path: &Path, source: io::Error) -> Self {
        Self::Io { place: path.display().to_string(), source, writing: true }
    }

    /// Something was refused that never touches a disk: memory, or a mistake of ours.
    pub(crate) fn in_memory(source: io::Error) -> Self {
        Self::Io { place: String::new(), source, writing: true }
    }

    /// The header of `place` breaks the format.
    pub(crate) fn damaged(place: &Path, outside: bool, details: impl Into<String>) -> Self {
        Self::Damaged { place: place.display().to_string(), outside, details: details.into() }
    }

    /// Whether the disk, or what this person may use of it, is full.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if matches!(source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge))
    }

    /// Whether the system does not allow it: protected or read-only.
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Io { source, .. } if matches!(source.kind(),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem))
    }

    /// The file or folder it is about; empty for [`Error::BadName`] and [`Error::OutOfStep`].
    pub fn place(&self) -> &str {
        match self {
            Self::Damaged { place, .. }
            | Self::NotComplete { place, .. }
            | Self::Placeholder { place, .. }
            | Self::WrongKind { place, .. }
            | Self::NothingFound { place, .. }
            | Self::ShardMissing { place, .. }
            | Self::UnknownDtype { place, .. }
            | Self::Changed { place, .. }
            | Self::Io { place, .. }
            | Self::NameTaken { place } => place,
            Self::BadName { .. } | Self::OutOfStep { .. } => "",
        }
    }
}
