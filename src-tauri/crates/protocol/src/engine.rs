//! The engines of a machine: graphics cards, the processor, software adapters.

use serde::{Deserialize, Serialize};

/// What kind of engine it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineKind {
    /// The processor, through our own kernels.
    Cpu,
    /// A graphics card that shares memory with the processor.
    Integrated,
    /// A graphics card of its own.
    Discrete,
    /// A graphics driver that computes on the processor; for tests, not for people.
    Software,
}

/// One engine, as `devices` and the window list it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineCard {
    /// Stable id: `cpu`, or backend and name.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Kind.
    pub kind: EngineKind,
    /// Graphics interface, such as `vulkan`; `none` for the processor.
    pub backend: String,
    /// Driver and version.
    pub driver: String,
    /// Bytes of memory, where known.
    pub memory: Option<u64>,
    /// Largest storage binding in bytes.
    pub max_binding: u64,
    /// Whether shaders may use 16-bit floats.
    pub f16: bool,
    /// Whether shaders may use subgroups.
    pub subgroups: bool,
    /// Whether it would be used now.
    pub chosen: bool,
    /// Why or why not, in words.
    pub why: String,
}
