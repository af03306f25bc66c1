//! Which skills fight: how much each skill changed every layer, and which pull the same way.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::words::format;

pub const TITLE: &str = "Which skills fight?";
pub const LEAD: &str = "How much each skill changed every layer, compared with the size of the layer.";
pub const SHOW: &str = "Which skills fight?";
pub const LAYER: &str = "Layer";
pub const WHOLE: &str = "Whole model";
pub const NO_CHANGE: &str = "no change";
pub const NOTHING: &str = "0";
pub const AGREE: &str = "Which skills agree?";
pub const SCALE: &str = "1: both change it the same way. 0: unrelated. Below 0: one undoes what the other does.";
pub const GETS_ALONG: &str = "Gets along with";
pub const FIGHTS: &str = "Fights with";
pub const NOBODY: &str = "no other";
pub const WORKING: &str = "Reading the models…";
pub const SIZE: &str = "Size";
pub const PARTS: &str = "Parts";

pub fn select(layer: &str) -> String {
    format!("Show {layer}")
}

pub fn parts(parts: u64) -> String {
    format::counted(parts, "part", "parts")
}

/// What the grid says in words, of pairs with their cosine.
pub fn summary(closest: Option<(&str, &str, f64)>, farthest: Option<(&str, &str, f64)>) -> String {
    let Some((a, b, most)) = closest else { return String::new() };
    let Some((c, d, least)) = farthest.filter(|pair| (pair.0, pair.1) != (a, b)) else {
        return if most < 0.0 {
            format!("{a} and {b} pull against each other.")
        } else {
            format!("{a} and {b} agree.")
        };
    };
    let end = if least < 0.0 { "pull against each other" } else { "least" };
    if least < 0.0 {
        format!("{a} and {b} agree most; {c} and {d} {end}.")
    } else {
        format!("{a} and {b} agree most, {c} and {d} {end}.")
    }
}

/// A cell of the grid in words.
pub fn pair(a: &str, b: &str, cosine: f64) -> String {
    format!("{a} and {b}: {}", format::cosine(cosine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_below_zero_pull_against_each_other() {
        assert_eq!(
            summary(Some(("Flowers", "Birds", 0.3)), Some(("Birds", "Signs", -0.1))),
            "Flowers and Birds agree most; Birds and Signs pull against each other."
        );
        assert_eq!(
            summary(Some(("Flowers", "Birds", 0.3)), Some(("Birds", "Signs", 0.1))),
            "Flowers and Birds agree most, Birds and Signs least."
        );
        assert_eq!(summary(Some(("A", "B", -0.1)), Some(("A", "B", -0.1))), "A and B pull against each other.");
    }
}
