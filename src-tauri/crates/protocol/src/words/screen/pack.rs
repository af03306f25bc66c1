//! A skill pack, and its skills being restored.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::pack::PackCard;
use crate::words::{format, pack};

pub const TITLE: &str = "Skill pack";
pub const LOOKING: &str = "Looking into the pack …";
pub const SKILLS: &str = "Skills";
pub const MASKS: &str = "Masks";
pub const CHANGE: &str = "Change";
pub const BASE: &str = "Starting model";
pub const SIZE: &str = "Size";
pub const RESTORE: &str = "Restore…";
pub const CHOOSE_BASE: &str = "Choose starting model…";
pub const BASE_CHOSEN: &str = "chosen; checked when a skill is restored";
pub const CANCEL: &str = "Cancel";
pub const SHOW: &str = "Show in folder";
pub const WAITS: &str = "Another one is being restored.";

/// What a pack is, under its name.
pub fn lead(card: &PackCard) -> String {
    let skills = format::counted(card.skills.len() as u64, "skill", "skills");
    format!("{skills} in one pack. Restored, each opens as an ordinary model.")
}

/// The button of one skill, for those who hear it.
pub fn restore(skill: &str) -> String {
    format!("Restore {skill}…")
}

/// Sizes in short: the pack, and the specialists it stands for.
pub fn size(card: &PackCard) -> String {
    let sizes = &card.sizes;
    format!("{}, instead of {} for the specialists", format::bytes(sizes.needed()), format::bytes(sizes.specialists))
}

/// A skill that is being restored.
pub fn restoring(share: f64) -> String {
    format!("restoring, {}", format::percent(share))
}

/// A skill that was restored.
pub fn restored(name: &str, folder: &str) -> String {
    format!("restored as “{name}” in {folder}")
}

/// The name of a restored model.
pub fn name(card: &PackCard, skill: &str) -> String {
    format!("{} {skill}", card.name)
}

/// How the masks were made.
pub fn masks(card: &PackCard) -> &'static str {
    pack::rule(card.rule)
}
