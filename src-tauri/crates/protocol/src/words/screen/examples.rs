//! Examples of the specialists: adding, changing, dropping them.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::measure::ExamplesCard;
use crate::words::format;

pub const ADD: &str = "Add examples…";
pub const CHANGE: &str = "Change examples…";
pub const REMOVE: &str = "Remove examples";
pub const FOLDER: &str = "From a folder…";
pub const FILE: &str = "From a file…";
pub const HINT: &str =
    "A folder of pictures with one subfolder per label, a zip file of it, or a table of texts. Labels are optional.";
pub const LOOKING: &str = "looking at them…";
pub const EXAMPLES: &str = "Examples";
pub const SPLIT: &str = "Of these";
pub const LEFT_OUT: &str = "Left out";
pub const NOT_USED: &str = "These examples cannot be used";
pub const WHOSE: &str = "Which skill are these examples of?";
pub const NONE_OF_THEM: &str = "Leave them out";
pub const ADDED: &str = "Examples added";
pub const REMOVED: &str = "Examples removed";
pub const NOTHING_DELETED: &str = "Nothing was deleted.";
pub const MODELS_FIRST: &str = "Add the models first";
pub const MODELS_FIRST_HINT: &str =
    "Examples belong to a specialist. Add the models, then drop the examples once more.";

/// Names of the button that adds examples, so that those of several skills differ.
pub fn add_for(skill: &str) -> String {
    format!("{ADD} ({skill})")
}

pub fn change_for(skill: &str) -> String {
    format!("{CHANGE} ({skill})")
}

pub fn remove_for(skill: &str) -> String {
    format!("{REMOVE} ({skill})")
}

pub fn count(examples: u64) -> String {
    format::counted(examples, "example", "examples")
}

pub fn labels(has_labels: bool) -> &'static str {
    if has_labels { "labels: yes" } else { "labels: no" }
}

/// `400 in 102 labels`.
pub fn in_labels(card: &ExamplesCard) -> String {
    let number = format::grouped(card.examples);
    match &card.labels {
        Some(labels) => format!("{number} in {}", format::counted(labels.len() as u64, "label", "labels")),
        None => format!("{number} without labels"),
    }
}

/// What they are for: `240 to learn from, 80 for choosing, 80 held back`.
pub fn split([learn, choose, judge]: [u64; 3]) -> String {
    let [learn, choose, judge] = [learn, choose, judge].map(format::grouped);
    format!("{learn} to learn from, {choose} for choosing, {judge} held back")
}

pub fn short_split([_, choose, judge]: [u64; 3]) -> String {
    format!("{} for choosing, {} held back", format::grouped(choose), format::grouped(judge))
}

pub fn left_out(skipped: usize) -> String {
    format!("{} left out", format::grouped(skipped as u64))
}

pub fn more(number: usize) -> String {
    format!("and {} more", format::grouped(number as u64))
}

/// The whole card as a tooltip, one fact on each line.
pub fn tooltip(card: &ExamplesCard) -> String {
    let mut lines = vec![card.place.clone(), split(card.parts)];
    if !card.skipped.is_empty() {
        lines.push(left_out(card.skipped.len()));
    }
    lines.join("\n")
}

/// Over the card of a specialist while something is dragged.
pub fn drop_here(skill: &str) -> String {
    format!("Let go for examples of {skill}")
}

pub fn whose(name: &str) -> String {
    format!("“{name}” holds examples and no model.")
}

pub fn belongs_to(name: &str, skill: &str) -> String {
    format!("“{name}” belongs to {skill} now.")
}

pub fn removed_from(skill: &str) -> String {
    format!("{skill} stays unmeasured. {NOTHING_DELETED}")
}
