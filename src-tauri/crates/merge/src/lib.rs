//! From a recipe to a plan, from a plan to bytes, from bytes to a verified result.
//!
//! ```text
//! models ─▶ align ─▶ Alignment ─┐
//! recipe ───────────────────────┴▶ plan ─▶ Plan ─▶ run ─▶ Outcome ─▶ verify ─▶ Verified
//!             pure                    pure        read │ mix │ write
//! ```
//!
//! Planning decides everything: names, shapes, chunks, coefficients, kernels.
//! Running is a loop that reads, computes and writes; it never looks at the recipe.

mod align;
mod anatomy;
mod method;
mod naming;
mod plan;
mod run;
mod verify;

pub use align::{Action, Alignment, BodyTensor, Models, align, is_head_position};
pub use anatomy::{Anatomy, anatomy, vocabulary_rows};
pub use method::{METHODS, Method};
pub use naming::{Renaming, renamings};
pub use plan::{Budget, Mix, Plan, Step, Work, plan, slugs};
pub use run::{Advance, Control, Outcome, run};
pub use verify::{Verified, verify};

use protocol::model::Dtype;

/// Why a run or a verification ended without its result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The person cancelled.
    #[error("cancelled")]
    Cancelled,
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] checkpoint::Error),
    /// An engine could not do its work, and the processor could not take over.
    #[error(transparent)]
    Engine(#[from] kernels::Error),
    /// An input holds NaN or infinity.
    #[error("{tensor} holds numbers that are not finite: {place}")]
    InputNotFinite {
        /// Place of the model.
        place: String,
        /// Tensor name.
        tensor: String,
    },
    /// The result left the range of its number type.
    #[error("{tensor} left the range of {dtype}")]
    OutputNotFinite {
        /// Tensor name.
        tensor: String,
        /// Number type of the output.
        dtype: Dtype,
    },
    /// What was written does not read back as it was computed.
    #[error("{tensor} reads back differently: {file}")]
    ReadsBackDifferently {
        /// Tensor name.
        tensor: String,
        /// File in the output.
        file: String,
    },
    /// A thread of the run ended without saying why; a mistake of ours.
    #[error("the {0} thread stopped")]
    Stopped(&'static str),
}
