//! Every model on every skill.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::measure::Subject;
use crate::words::format;

pub const TITLE: &str = "Every model on every skill";
pub const LEAD: &str = "Each skill is answered with its own part for answers, whichever model does the rest.";
pub const MODEL: &str = "Model";
pub const LOW: &str = "0\u{202f}%";
pub const HIGH: &str = "100\u{202f}%";
pub const NOT_MEASURED: &str = "not measured";
pub const WAITING: &str = "Measuring every model. Scores that are known already stand under Mix.";
pub const NOT_YET: &str = "Not measured yet.";
pub const EARLIER: &str = "This table is of an earlier mix.";

/// Name of a row.
pub fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Base => "Starting model".into(),
        Subject::Expert(skill) => skill.clone(),
        Subject::Equal => "Equal mix".into(),
        Subject::Mix => "This mix".into(),
    }
}

/// The table in one sentence: the row that is best on its worst skill.
pub fn summary(best: Option<(&str, f64)>) -> String {
    best.map_or_else(String::new, |(model, worst)| {
        format!("Best on its worst skill: {model}, with {}.", format::score(worst))
    })
}
