//! A tint that ends with a folder: recipe, layers, and the result with its table.

use std::fs;
use std::path::{Path, PathBuf};

use protocol::failure::Failure;
use protocol::tint::{TintWish, Tinted};

use crate::{Context, Gauge, failure, kept, recipe};

/// The result with the table of all ways.
const RESULT: &str = "result.json";

/// What a tint left in its folder.
pub struct TintedFolder {
    /// The result.
    pub tinted: Tinted,
    /// Its recipe, whose paths are relative to it.
    pub recipe: PathBuf,
}

/// Tints a wish, whose paths are absolute, into the folder `out`, which must not exist yet or be empty, unless the tint
/// is to go on from what an interrupted one left there.
///
/// While it runs the folder holds states and, from the end of the training on, layers. The recipe appears last: a folder
/// with a recipe is complete.
///
/// # Errors
/// As [`Gauge::tint`]; a taken name; a folder that cannot be written to.
pub fn tint_into(wish: &TintWish, out: &Path, resume: bool, cx: &Context) -> Result<TintedFolder, Failure> {
    let is_taken = fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
    if (is_taken && !resume) || out.is_file() || out.join(recipe::FILE).exists() {
        return Err(failure::name_taken(out).into());
    }
    let tinted = Gauge::new().tint(wish, out, resume, cx)?;
    let place = out.join(recipe::FILE);
    let write = |path: &Path, text: String| {
        kept::write(path, text.as_bytes()).map_err(|error| Failure::from(failure::cannot_write(path, &error)))
    };
    write(&out.join(RESULT), serde_json::to_string_pretty(&tinted).unwrap_or_default() + "\n")?;
    write(&place, recipe::recipe_text(&recipe::beside(&tinted.recipe, out)))?;
    crate::forget_tint(wish, out);
    Ok(TintedFolder { tinted, recipe: place })
}
