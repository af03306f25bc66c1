//! From a recipe to a plan, from a plan to bytes, from bytes to a verified result.
//!
//! ```text
//! models ─▶ align ─▶ Alignment ─┐
//! recipe ───────────────────────┴▶ plan ─▶ Plan ─▶ run ─▶ Outcome ─▶ verify ─▶ Verified
//!             pure                    pure        read │ mix │ write
//! ```
//!
//! Beside it, [`statistics`], [`masks`] and [`count_masks`] sweep over the same models and write nothing. Some methods
//! have to know something of all models before the first tensor is mixed: [`prepare`] finds it, [`run`] takes it.
//! [`Restoration`] takes the model of one skill out of a skill pack.
//!
//! Planning decides everything: names, shapes, chunks, coefficients, kernels.
//! Running is a loop that reads, computes and writes; it never looks at the recipe.

mod align;
mod anatomy;
mod masks;
mod method;
mod naming;
mod plan;
mod prepare;
mod relay;
mod restore;
mod rows;
mod run;
mod statistics;
mod sweep;
mod verify;

pub use align::{Action, Alignment, BodyTensor, Models, align, is_head_position};
pub use anatomy::{Anatomy, anatomy, vocabulary_rows};
pub use masks::{MaskChunk, count_masks, masks, sizes_of_change};
pub use method::{Ask, Formula, METHODS, Method, TableSpec};
pub use naming::{Renaming, renamings};
pub use plan::{Budget, Mix, Plan, Step, Work, plan, slugs};
pub use prepare::{Needs, Prepared, Trim, prepare};
pub use restore::Restoration;
pub use run::{Advance, Control, Outcome, run};
pub use statistics::{Statistics, statistics};
pub use verify::{Verified, verify};

use protocol::failure::Problem;
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
    /// A skill pack is not as it should be.
    #[error(transparent)]
    Pack(#[from] checkpoint::pack::PackError),
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
    /// Changes are to be measured, and there is no base that they are changes of.
    #[error("there is no base")]
    NoBase,
    /// The bodies of the models do not pair up.
    #[error("the models do not fit together: {} problems", problems.len())]
    DoNotFit {
        /// Everything that keeps them apart; never empty.
        problems: Vec<Problem>,
    },
    /// A thread of the run ended without saying why; a mistake of ours.
    #[error("the {0} thread stopped")]
    Stopped(&'static str),
}
