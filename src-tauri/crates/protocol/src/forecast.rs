//! What a mix will need and write, known before it starts.

use serde::{Deserialize, Serialize};

use crate::failure::Problem;

/// How many tensors go which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TensorCounts {
    /// Mixed from several models.
    pub merged: u64,
    /// Copied from the base.
    pub copied: u64,
    /// Kept for one skill alone.
    pub private: u64,
}

/// One file that will be or was written, relative to the output folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedFile {
    /// Path with `/` between folders.
    pub path: String,
    /// Size; the exact one for weight files, 0 for small texts whose size is not known yet.
    pub bytes: u64,
}

/// What a mix will need and write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Peak memory of the run, bytes.
    pub memory: u64,
    /// Memory free now, bytes.
    pub memory_free: u64,
    /// Bytes read from the models.
    pub reads: u64,
    /// Bytes written.
    pub writes: u64,
    /// Free space on the disk of the output folder, bytes, if a folder was given.
    pub disk_free: Option<u64>,
    /// Expected seconds.
    pub seconds: f64,
    /// Name of the engine for people.
    pub engine: String,
    /// Which tensors are mixed, copied, private.
    pub tensors: TensorCounts,
    /// Elements of the merged body.
    pub parameters: u64,
    /// Files in the order of the output folder.
    pub files: Vec<PlannedFile>,
    /// What speaks against starting, or is worth knowing.
    pub problems: Vec<Problem>,
}
