//! The step Mix.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::words::format;

pub const TITLE: &str = "Mix";
pub const LINK: &str = "Link sliders";
pub const METHOD: &str = "Method";
pub const RECOMMENDED: &str = "recommended";
pub const STRENGTHS: &str = "Strengths";
pub const SAVE_THIS: &str = "Save this mix…";
pub const AS_TRAINED: &str = "100\u{202f}% = as trained";
pub const EVEN: &str = "100";
pub const RECIPE_OPEN: &str = "Not saved as a model yet";
pub const SHARE: &str = "Share of the mix";
pub const RECOMMENDED_AT: &str = "Recommended";
pub const LEAVE_OUT: &str = "Leave out";
pub const FORECASTING: &str = "Working out what this needs…";

pub fn strength_of(skill: &str) -> String {
    format!("{skill} strength")
}

/// Spoken value of a slider.
pub fn spoken(skill: &str, strength: f64) -> String {
    format!("{skill} strength {} percent", (strength * 1000.0).round() / 10.0)
}

pub fn number_of(skill: &str) -> String {
    format!("{skill} strength in percent")
}

pub fn reset_of(skill: &str) -> String {
    format!("Reset {skill} to recommended")
}

pub fn reset_to(strength: f64) -> String {
    format!("Reset to {}", format::strength(strength))
}

/// The selected strength in a sentence.
pub fn meaning(skill: &str, strength: f64, relative: bool) -> String {
    if relative {
        return match strength {
            0.0 => format!("{skill} is left out of the average."),
            _ => format!("{skill} counts this much in the average, compared with the others."),
        };
    }
    let amount = match strength {
        0.0 => return format!("Nothing of what {skill} learned is added."),
        s if s < 0.2 => "A little",
        s if s < 0.3 => "About a quarter",
        s if s < 0.45 => "A good third",
        s if s < 0.6 => "About half",
        s if s < 0.95 => "Most",
        s if s <= 1.05 => "All",
        _ => "More than all",
    };
    format!("{amount} of what {skill} learned is added.")
}

/// Why a strength is recommended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// An even average.
    Even,
    /// An equal part of the whole.
    Part,
    /// More than that, because weights are removed.
    Sparse,
    /// Changes that agree are averaged already.
    Mean,
}

/// What the recommended strength comes from.
pub fn recommended(strength: f64, basis: Basis) -> String {
    let value = format::strength(strength);
    match basis {
        Basis::Even => format!("Recommended: {value} for all, an even average."),
        Basis::Mean => format!("Recommended: {value}, because changes that agree are averaged already."),
        Basis::Sparse => {
            format!("Recommended: {value}, half as much again as an equal part, because weights are removed.")
        }
        Basis::Part => format!(
            "Recommended: {value}, an equal part of the whole. Above 100\u{202f}% the other skills usually fade."
        ),
    }
}

pub fn forecast(memory: u64, seconds: f64, engine: &str) -> String {
    let needs = format::bytes(memory);
    format!("Needs {needs} memory, writes nothing yet, {} on {engine}.", super::about(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recommended_strength_has_a_reason() {
        let said = |strength, basis| recommended(strength, basis).replace('\u{202f}', " ");
        assert!(said(0.25, Basis::Part).starts_with("Recommended: 25 %, an equal part of the whole."));
        assert_eq!(said(1.0, Basis::Mean), "Recommended: 100 %, because changes that agree are averaged already.");
        assert_eq!(said(1.0, Basis::Even), "Recommended: 100 % for all, an even average.");
        let sparse = "Recommended: 37.5 %, half as much again as an equal part, because weights are removed.";
        assert_eq!(said(0.375, Basis::Sparse), sparse);
    }
}
