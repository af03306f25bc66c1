//! What was written, and how it was checked.

use serde::{Deserialize, Serialize};

use crate::failure::Problem;
use crate::forecast::TensorCounts;
use crate::pack::PackSizes;

/// Which numbers a method reproduces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compat {
    /// Our own numerics.
    #[default]
    Fixed,
    /// Like mergekit 0.1.5 in float32.
    Strict,
}

/// One written file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenFile {
    /// Path relative to the output folder.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 in hex.
    pub sha256: String,
}

/// One input, by name and fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Name of the model.
    pub name: String,
    /// SHA-256 in hex of its weight file; of the list of its files' hashes where there are several.
    pub sha256: String,
}

/// A check of the written model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckName {
    /// Opens again, every part in place; word list and labels as many as its own settings say, where both tell.
    OpensAgain,
    /// Sizes and contents are as computed.
    SizesMatch,
    /// All numbers are finite.
    AllFinite,
    /// Differs from every input.
    Differs,
}

/// The outcome of one check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Which.
    pub name: CheckName,
    /// Whether it holds.
    pub passed: bool,
    /// What was found, in words.
    pub value: String,
}

/// Forecast and truth of the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Bytes the plan said.
    pub forecast: u64,
    /// Bytes of buffers that were in use at most.
    pub peak: u64,
}

/// The result of a mix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Output folder.
    pub out: String,
    /// Every file in it.
    pub files: Vec<WrittenFile>,
    /// Folders in it that open as ordinary models, with their skills; one entry with an empty folder where the output is the model itself.
    pub models: Vec<OpenableModel>,
    /// Method name.
    pub method: String,
    /// Which numbers were asked for.
    pub compat: Compat,
    /// Seed.
    pub seed: u64,
    /// Engine name for people.
    pub engine: String,
    /// Chunks that the processor took over from a lost graphics card.
    pub fallback_chunks: u64,
    /// Which tensors were mixed, copied, private.
    pub tensors: TensorCounts,
    /// Inputs.
    pub parents: Vec<Parent>,
    /// SHA-256 in hex of the recipe's text as stored.
    pub recipe_sha256: String,
    /// Memory.
    pub memory: Memory,
    /// Duration.
    pub seconds: f64,
    /// Checks.
    pub checks: Vec<Check>,
    /// Oddities worth telling.
    pub warnings: Vec<Problem>,
    /// Sizes, where a skill pack was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<PackSizes>,
}

/// A folder that other programs open as a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenableModel {
    /// Folder relative to the output, empty for the output itself.
    pub folder: String,
    /// Skill whose private parts it has, if any.
    pub skill: Option<String>,
}
