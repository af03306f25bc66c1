//! The step Models.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::words::format;

pub const TITLE: &str = "Models";
pub const EMPTY_LEAD: &str = "One starting model, and two or more specialists that were trained from it.";
pub const DROP_ZONE: &str = "Drop zone";
pub const DROP_TITLE: &str = "Drop your models here";
pub const DROP_HINT: &str = "Files or whole folders. They stay where they are; nothing is copied.";
pub const DROP_MORE: &str = "Drop more models anywhere in this window";
pub const CHOOSE_FILES: &str = "Choose files…";
pub const CHOOSE_FOLDER: &str = "Choose folder…";
pub const NO_MODELS: &str = "No models at hand?";
pub const MIX_THESE: &str = "Mix these models";
pub const STARTING_MODEL: &str = "Starting model";
pub const SPECIALIST: &str = "Specialist";
pub const WHY: &str = "Why?";
pub const FITS: &str = "Do they fit?";
pub const COMPARE: &str = "How the models compare";
pub const ALL_ALIKE: &str = "all alike";
pub const PREVENTS: &str = "prevents mixing";
pub const UNREADABLE: &str = "not known";
pub const SELECTED: &str = "selected";
pub const SKILL_NAME: &str = "Skill name";
pub const FILE: &str = "File";
pub const WEIGHTS: &str = "Weights";
pub const CHANGE: &str = "Change";
pub const LABELS: &str = "Labels";
pub const PRIVATE: &str = "Private parts";
pub const LICENCE: &str = "Licence";
pub const REPLACE: &str = "Replace…";
pub const REMOVE: &str = "Remove";
pub const CHECKING: &str = "Looking at the models";
pub const WHAT_FITS: &str = "What fits";
/// Title and sentence of what can be dropped; the last is what cannot.
pub const FITTING: [(&str, &str); 4] = [
    ("Safetensors", "One file, several parts, or a whole folder"),
    ("Built alike", "Same layers and width, so that parts can be matched"),
    ("Any kind of skill", "Pictures or text; the parts decide, not the name"),
    (
        "Not GGUF or pickle files",
        "GGUF is a compressed copy for running. Pickle files can run programs, so they are never opened.",
    ),
];
pub const ONLY_HEADERS: &str =
    "Only the first pages of each file are read to check whether the models fit. That takes about a second.";
pub const BLOCKED: &str = "Remove or replace what does not fit to go on";
pub const BLOCKED_CHOICE: &str = "One choice is open above";
pub const NAME_TAKEN: &str = "Another skill has this name already.";

pub fn lead(specialists: usize, base: bool) -> String {
    let them = format::counted(specialists as u64, "specialist", "specialists");
    match (base, specialists) {
        (true, 1) => format!("{them} and its starting model"),
        (true, _) => format!("{them} and their starting model"),
        (false, _) => format!("{them}, no starting model"),
    }
}

pub fn foot(models: usize, bytes: u64) -> String {
    let them = format::counted(models as u64, "model", "models");
    format!("{them}, {}, used in place, nothing copied", format::bytes(bytes))
}

pub fn checked_in(seconds: f64) -> String {
    format!("checked in {:.1}\u{202f}s", seconds.max(0.1))
}

pub fn files(count: usize) -> String {
    format::counted(count as u64, "file", "files")
}

pub fn weights(parameters: u64, tensors: u64) -> String {
    format!("{} in {}", format::count(parameters), format::counted(tensors, "part", "parts"))
}

pub fn change(share: f64) -> String {
    format!("{} of its size", format::small_percent(share))
}

pub fn licence(name: &str) -> String {
    format!("{name}, from its card")
}

pub fn labels(count: u64) -> String {
    format::counted(count, "label", "labels")
}

/// Name of the radio that makes a model the starting model.
pub fn role_of(name: &str, base: bool) -> String {
    if base { format!("{name} is the starting model") } else { format!("Make {name} the starting model") }
}

pub fn removed(name: &str) -> String {
    format!("“{name}” was taken out. Nothing was deleted.")
}
