//! Skill packs: one change, a mask for each skill, and what else it takes to write an ordinary model again.
//!
//! The format is described in `docs/pack.md`. Masks after Wang et al. 2024 (arXiv:2405.07813), stored in files of ours.
//!
//! | Name | What it is for |
//! |---|---|
//! | [`PackPlan`] | which files there will be, before any is written |
//! | [`PackWriter`] | change, masks and heads, chunk by chunk |
//! | [`Index`] | `pack.json` |
//! | [`Pack`] | a pack, opened by its headers |
//! | [`Bits`] | one mask of one tensor, read in order |
//! | [`is_pack`], [`pack_at`] | does a path stand for a pack? |

mod error;
mod frame;
mod growing;
mod index;
mod numbers;
mod open;
mod write;

pub use error::PackError;
pub use frame::Bits;
pub use index::{Contents, INDEX_FILE, Index, IndexBase, IndexSkill, is_pack, pack_at};
pub use open::{BASE_FOLDER, Mask, Pack};
pub use write::{CHANGE_FILE, PackChunk, PackPlan, PackWriter, PackWritten, SCALES_FILE};
