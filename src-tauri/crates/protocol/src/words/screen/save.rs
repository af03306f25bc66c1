//! The step Save.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::words::format;

pub const TITLE: &str = "Save";
pub const LEAD: &str = "Write this mix as a model that other programs can open.";
pub const WHAT: &str = "What to write";
pub const READY: &str = "Ready-to-use model";
pub const READY_TEXT: &str = "A folder with the model, its settings and a card.";
pub const PER_SKILL: &str = "One folder per skill";
pub const PER_SKILL_TEXT: &str = "Each has the mix with that skill’s own part, and opens as an ordinary model.";
pub const SHARED: &str = "One body with heads";
pub const SHARED_TEXT: &str = "The mix once, with the own parts of all skills beside it in “heads”.";
pub const EACH_TEXT: &str = "Each opens as an ordinary model and knows its skill.";
pub const PACK: &str = "Skill pack";
pub const PACK_TEXT: &str = "Starting model, one mixed change and a keep-mask for each skill; restores any specialist.";
pub const PACK_META: &str = "small; for many skills";
pub const PACK_NEEDS: &str = "needs keep-masks";
pub const PACK_NEEDS_TEXT: &str = "A skill pack holds a keep-mask for each skill, so it needs the method Keep-masks.";
pub const USE_KEEP_MASKS: &str = "Use Keep-masks";
pub const CHANGE: &str = "Change stored as";
/// Ways to store the change: name, and what it costs.
pub const CHANGES: [(&str, &str); 3] = [
    ("F32", "As computed: what is restored is exact."),
    ("F16", "Half the size, rounded to half precision."),
    ("int8", "A quarter of the size, rounded to 255 steps for each row."),
];
pub const WITH_BASE: &str = "Include the starting model";
pub const WITH_BASE_ON: &str = "The pack restores specialists on its own.";
pub const WITH_BASE_OFF: &str = "Smaller; restoring needs the starting model at hand, known by its fingerprint.";
pub const OPENS_EVERYWHERE: &str = "opens everywhere";
pub const SMALLER: &str = "smallest; for your own programs";
pub const NAME: &str = "Name";
pub const FOLDER: &str = "Folder";
pub const CHOOSE: &str = "Choose…";
pub const NUMBER_TYPE: &str = "Number type";
pub const SPLIT: &str = "Split size";
pub const SPLIT_AUTO: &str = "Automatic (one file)";
/// Split sizes to choose from, in bytes.
pub const SPLITS: [u64; 4] = [1_000_000_000, 2_000_000_000, 5_000_000_000, 10_000_000_000];
pub const REMEMBERS: &str = "The recipe and its parents go into the file";
pub const REMEMBERS_HINT: &str =
    "Open the saved model in Tincture later and this project comes back. The parents are named by their fingerprints.";
pub const SAVE_MODEL: &str = "Save model";
pub const WRITTEN: &str = "What will be written";
pub const THEN_CHECKED: &str = "Then checked";
pub const NAME_AFTER: &str = "The name appears in the folder only after every check has passed.";
pub const BUSY: &str = "Another mix is being saved";
pub const NO_FOLDER: &str = "Choose a folder first";

pub fn same_as_inputs(dtype: Option<&str>) -> String {
    dtype.map_or_else(|| "Same as inputs".into(), |name| format!("Same as inputs ({name})"))
}

/// `shares`: relative weights, already divided by their sum.
pub fn strengths(method: &str, strengths: &[f64], shares: bool) -> String {
    let said = strengths_list(strengths);
    match (method.is_empty(), shares) {
        (true, false) => format!("Strengths {said}"),
        (true, true) => format!("Shares {said}"),
        (false, false) => format!("{method}, strengths {said}"),
        (false, true) => format!("{method}, shares {said}"),
    }
}

/// `42, 33, 36, 25 %`.
fn strengths_list(strengths: &[f64]) -> String {
    let plain = |value: f64| format::strength(value).replace("\u{202f}%", "");
    let all: Vec<String> = strengths.iter().map(|&value| plain(value)).collect();
    format!("{}\u{202f}%", all.join(", "))
}

/// What a pack spares, compared with the specialists kept as they are.
pub fn instead_of(pack: u64, specialists: u64, count: usize) -> String {
    let (pack, all) = (format::bytes(pack), format::bytes(specialists));
    format!("{pack} instead of {all} for {}.", format::counted(count as u64, "specialist", "specialists"))
}

/// The line beside the button, around the amount: `Will write`, the amount, the rest.
pub fn will_write(folder: &str, free: Option<u64>, seconds: f64) -> (&'static str, String) {
    let free = free.map_or_else(String::new, |bytes| format!(" ({} free)", format::bytes(bytes)));
    ("Will write ", format!(" to {folder}{free}, {}.", super::about(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_is_compared_with_what_it_stands_for() {
        let said = instead_of(8_200_000_000, 57_000_000_000, 20).replace('\u{202f}', " ");
        assert_eq!(said, "8.2 GB instead of 57 GB for 20 specialists.");
    }
}
