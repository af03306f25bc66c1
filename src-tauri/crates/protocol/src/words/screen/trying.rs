//! One picture or sentence, shown to the mix and to its specialists.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::words::format;

pub const TITLE: &str = "Try it";
pub const BOTH: &str = "Show the mix one picture or one sentence, and see its answers beside those of the specialists.";
pub const PICTURE_ONLY: &str = "Show the mix one picture, and see its answers beside those of the specialists.";
pub const TEXT_ONLY: &str = "Show the mix one sentence, and see its answers beside those of the specialists.";
pub const CHOOSE: &str = "Choose a picture…";
pub const DROP: &str = "or drop one here";
pub const LET_GO: &str = "Let go to try this picture";
pub const SENTENCE: &str = "Sentence to try";
pub const TYPE_HERE: &str = "Type a sentence";
pub const ASK: &str = "Ask";
pub const AGAIN: &str = "Ask again";
pub const ASKING: &str = "asking…";
pub const EARLIER: &str = "of an earlier mix";
pub const SKILL: &str = "Skill";
pub const THIS_MIX: &str = "This mix";
pub const SPECIALIST: &str = "Specialist";
pub const SAME: &str = "same answer";
pub const DIFFERENT: &str = "they differ";
pub const CLEAR: &str = "Clear";

pub fn picture(name: &str) -> String {
    format!("{name}, as the models see it")
}

/// An answer with its probability: `sneaker 93 %`.
pub fn answer(label: &str, share: f64) -> String {
    format!("{label} {}", format::percent(share))
}

/// Said once when the answers are there.
pub fn announced(same: usize, skills: usize) -> String {
    let skills = format::counted(skills as u64, "skill", "skills");
    format!("Mix and specialist give the same answer for {same} of {skills}.")
}
