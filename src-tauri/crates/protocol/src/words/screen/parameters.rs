//! Methods beyond the two cards, and the settings of a method.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::words::{format, masks};

pub const MORE: &str = "More methods…";
pub const MORE_TEXT: &str = "TIES, LiNeS, keep-masks and others, each in one sentence.";
pub const MORE_META: &str = "For skills that fight each other";
pub const MORE_LIST: &str = "More methods";
pub const OTHERS: &str = "More methods: this one is in use.";
pub const SETTINGS: &str = "Settings";
pub const NO_STRENGTHS: &str = "This method takes every skill change as it is, so there are no strengths to set.";
pub const FOR_EACH_SKILL: &str = "Makes a model for each skill";

/// Name of the third card while one of its methods is chosen.
pub fn more_chosen(method: &str) -> String {
    format!("{method}: chosen among more methods")
}

pub fn reset(title: &str) -> String {
    format!("Reset “{title}” to its default")
}

/// A number of a control without needless digits.
pub fn number(value: f64) -> String {
    masks::selectivity(value)
}

/// A control with its value, spoken.
pub fn spoken(title: &str, value: &str) -> String {
    format!("{title}: {value}")
}

/// A number box that belongs to a slider.
pub fn typed(title: &str) -> String {
    format!("{title}, as a number")
}

/// The settings of the method in one line, while they are folded: `kept from 2 skills up · selectivity 0.4`.
pub fn folded(k: Option<u32>, selectivity: Option<&str>, built_on: Option<&str>) -> String {
    let kept = k.map(|k| match k {
        0 => "nothing removed".to_owned(),
        k => format!("kept from {} up", format::counted(u64::from(k), "skill", "skills")),
    });
    let selectivity = selectivity.map(|said| format!("selectivity {said}"));
    let built = built_on.map(|on| format!("built on {on}"));
    [kept, selectivity, built].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_settings_are_one_line() {
        assert_eq!(folded(Some(2), Some("0.4"), None), "kept from 2 skills up · selectivity 0.4");
        assert_eq!(
            folded(Some(0), Some("by skill"), Some("TIES")),
            "nothing removed · selectivity by skill · built on TIES"
        );
        assert_eq!(folded(Some(1), None, None), "kept from 1 skill up");
        assert_eq!(folded(None, None, None), "");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([0.2, 1.5, 4.0, 0.15000000000000002].map(number), ["0.2", "1.5", "4", "0.15"]);
    }
}
