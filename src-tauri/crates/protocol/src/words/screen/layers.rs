//! Which skills fight: how much each skill changed every layer, and which pull the same way.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::words::{format, statistics};

pub const TITLE: &str = "Which skills fight?";
pub const LEAD: &str = "How much each skill changed every layer, compared with the size of the layer.";
pub const SHOW: &str = "Which skills fight?";
pub const LAYER: &str = "Layer";
pub const NO_CHANGE: &str = "no change";
pub const NOTHING: &str = "0";
pub const AGREE: &str = "Which skills agree?";
pub const SCALE: &str = "1: both change it the same way. 0: unrelated. Below 0: one undoes what the other does.";
pub const GETS_ALONG: &str = "Gets along with";
pub const FIGHTS: &str = "Fights with";
pub const NOBODY: &str = "no other";
pub const WORKING: &str = "Reading the models…";
pub const NEEDS_BASE: &str = "Needs a starting model: a skill change is the difference from it";
pub const AGAIN: &str = "Compare again";

pub fn select(layer: &str) -> String {
    format!("Show {layer}")
}

pub fn size(parts: u64, elements: u64) -> String {
    format!("{} in {}", format::count(elements), format::counted(parts, "part", "parts"))
}

/// What one layer says, of the pairs with the highest and the lowest cosine.
pub fn extremes(closest: (&str, &str, f64), farthest: (&str, &str, f64)) -> String {
    let (a, b, most) = closest;
    let (c, d, least) = farthest;
    match (most < 0.0, least < 0.0) {
        (true, _) => format!("{c} and {d} pull against each other most here."),
        (false, true) => format!("{a} and {b} agree most here; {c} and {d} pull against each other."),
        (false, false) if (a, b) == (c, d) => format!("{a} and {b} agree here."),
        (false, false) => format!("{a} and {b} agree most here, {c} and {d} least."),
    }
}

/// A cell of the grid in words.
pub fn pair(a: &str, b: &str, cosine: f64) -> String {
    format!("{a} and {b}: {}", statistics::cosine(cosine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_below_zero_pull_against_each_other() {
        let said = |most, least| extremes(("A", "B", most), ("C", "D", least));
        assert_eq!(said(0.3, -0.1), "A and B agree most here; C and D pull against each other.");
        assert_eq!(said(0.3, 0.1), "A and B agree most here, C and D least.");
        assert_eq!(said(-0.1, -0.2), "C and D pull against each other most here.");
        assert_eq!(extremes(("A", "B", 0.1), ("A", "B", 0.1)), "A and B agree here.");
    }
}
