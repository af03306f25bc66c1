//! Skill packs: made of a recipe, looked at, and taken apart into ordinary models again.
//!
//! | Function | Job |
//! |---|---|
//! | [`crate::mix()`] with [`protocol::recipe::Layout::Pack`] | recipe in, pack out |
//! | [`open_pack`] | what is in a pack |
//! | [`unpack`] | pack in, the model of one skill out |

mod outline;
mod save;
mod unpack;

use std::path::{Path, PathBuf};

use checkpoint::pack::{Pack, pack_at};
use protocol::failure::Failure;
use protocol::pack::PackCard;

pub(crate) use outline::forecast;
pub(crate) use save::save;
pub use unpack::unpack;

use crate::failure;

/// What is in the pack at `path`: its folder, or its index.
///
/// Reads headers and the index; hashes are looked at when a skill is restored.
///
/// # Errors
/// A failure with one of the codes `NotAPack`, `PackNewer`, `PackIncomplete`, `PackDamaged`, `CannotRead`.
pub fn open_pack(path: &Path) -> Result<PackCard, Failure> {
    failure::guarded(|| Ok(opened(path)?.card()))
}

/// Whether `path` is a pack, or stands for one; looks at the first bytes of its index only.
pub fn is_pack(path: &Path) -> bool {
    pack_at(path).is_some()
}

fn opened(path: &Path) -> Result<Pack, Failure> {
    let folder: PathBuf = pack_at(path).unwrap_or_else(|| path.to_owned());
    Pack::open(&folder).map_err(|error| failure::pack(&error).into())
}
