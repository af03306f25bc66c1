//! Scores of a mix, on the step Mix.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::score::{Metric, Part};
use crate::words::format;

pub const TITLE: &str = "Scores of this mix";
pub const MEASURED: &str = "Measured";
pub const MEASURING: &str = "measuring…";
pub const WAITING: &str = "not measured yet";
pub const EARLIER: &str = "of an earlier mix";
pub const FEW: &str = "few examples";
pub const AGAIN: &str = "Measure again";
pub const MEASURE: &str = "Measure";
pub const WHICH: &str = "Which examples";
pub const FOR_CHOOSING: &str = "For choosing";
pub const HELD_BACK: &str = "Held back";
pub const VIEW: &str = "View";
pub const CHART: &str = "Chart";
pub const TABLE: &str = "Table";
pub const OWN: &str = "specialist alone";
pub const BASE: &str = "starting model";
pub const EQUAL: &str = "equal mix";
pub const BEFORE: &str = "before";
pub const HELD_BACK_HINT: &str = "These examples were kept out of every choice, so they give the final number. \
                                  Look at it once the mix is settled; do not tune on it.";
pub const JUDGE: &str = "Measure on held-back examples";
pub const JUDGE_NONE: &str = "Not measured on the held-back examples yet.";
pub const NOTHING: &str = "Add examples to a skill, and its score stands here beside those of its specialist and of \
                           the starting model.";
pub const NOT_RESIDENT: &str =
    "The models do not fit into memory together, so they are read again for every measurement.";
pub const EVERY_MODEL: &str = "Every model on every skill…";
pub const COPY: &str = "Copy values";
pub const SAVE_CSV: &str = "Save as CSV…";
pub const SAVE_SVG: &str = "Save as SVG…";
pub const MORE_EXAMPLES: &str = "Measure all examples";
pub const SKILL: &str = "Skill";
pub const MIX: &str = "Mix";
pub const INTERVAL: &str = "95\u{202f}% interval";
pub const SPECIALIST: &str = "Specialist";
pub const STARTING_MODEL: &str = "Starting model";
pub const EQUAL_MIX: &str = "Equal mix";
pub const SHARE: &str = "Share of its own";
pub const EXAMPLES: &str = "Examples";
pub const DETAILS: &str = "How it scores";
pub const PER_CLASS: &str = "Mean per label";
pub const TOP5: &str = "Among the five likeliest";
pub const CALIBRATION: &str = "Confidence off by";
pub const LEFT_OUT: &str = "Left out";
pub const MIX_UPS: &str = "What is mixed up…";
pub const NONE: &str = "–";

/// Name of the button that selects a skill in the chart.
pub fn score_of(skill: &str) -> String {
    format!("{skill} score")
}

pub fn not_measured(skill: &str) -> String {
    format!("No examples for {skill}: not measured.")
}

/// Row of the details: what the score counts.
pub fn counts(metric: Metric) -> &'static str {
    match metric {
        Metric::Accuracy => "Right answers",
        Metric::Agreement => "Answers like its specialist",
    }
}

/// What follows the share of the specialist's score: `94 %` *of its own*.
pub const OF_ITS_OWN: &str = "of its own";
/// The same where answers are compared with the specialist's.
pub const LIKE_ITS_OWN: &str = "answers like its own";

/// Half of an interval: `±1.5`.
pub fn around(half: f64) -> String {
    format!("±{}", format::tenths(half))
}

pub fn interval([low, high]: [f64; 2]) -> String {
    format!("{} to {}", format::tenths(low), format::score(high))
}

pub fn correct(correct: u64, examples: u64) -> String {
    format!("{} of {}", format::grouped(correct), format::grouped(examples))
}

pub fn measured_of(examples: u64, available: u64) -> String {
    if available > examples { correct(examples, available) } else { format::grouped(examples) }
}

/// `Mean 87.5 %, lowest Birds with 84.0 %.`
pub fn overall(mean: f64, worst: Option<(&str, f64)>) -> String {
    let mean = format::score(mean);
    match worst {
        Some((skill, score)) => format!("Mean {mean}, lowest {skill} with {}.", format::score(score)),
        None => format!("Mean {mean}."),
    }
}

pub fn took(seconds: f64) -> String {
    let said = if seconds < 9.95 { format!("{seconds:.1}\u{202f}s") } else { format::seconds(seconds) };
    format!("Measured in {said}.")
}

/// Which examples, in the title of a drawing or the head of a table.
pub fn part(part: Part) -> &'static str {
    match part {
        Part::Learn => "examples to learn from",
        Part::Choose => "examples for choosing",
        Part::Judge => "held-back examples",
    }
}

/// A skill in the sentence that stands for the chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Spoken<'a> {
    pub skill: &'a str,
    pub score: Option<f64>,
    pub share: Option<f64>,
}

/// The chart in one sentence.
pub fn summary(skills: &[Spoken<'_>], which: Part, is_stale: bool) -> String {
    let measured: Vec<String> = skills.iter().filter_map(spoken).collect();
    let missing: Vec<String> =
        skills.iter().filter(|one| one.score.is_none()).map(|one| one.skill.to_owned()).collect();
    let begin = if is_stale { "Scores of an earlier mix" } else { "Measured scores" };
    let mut said = match measured.as_slice() {
        [] => "Nothing is measured yet.".to_owned(),
        some => format!("{begin} on the {}: {}.", part(which), some.join("; ")),
    };
    if !missing.is_empty() && !measured.is_empty() {
        let are = if missing.len() == 1 { "is" } else { "are" };
        said.push_str(&format!(" {} {are} not measured.", format::list(&missing)));
    }
    said
}

fn spoken(one: &Spoken<'_>) -> Option<String> {
    let score = format::tenths(one.score?);
    Some(match one.share {
        Some(share) => format!("{} {score} percent, {:.0} percent of its own", one.skill, share * 100.0),
        None => format!("{} {score} percent", one.skill),
    })
}

/// A bar in words.
pub fn bar(skill: &str, mix: f64, own: Option<f64>, base: Option<f64>, equal: Option<f64>) -> String {
    let also = |name: &str, score: Option<f64>| {
        score.map_or_else(String::new, |score| format!(", {name} {}", format::tenths(score)))
    };
    let others = [also("specialist", own), also("starting model", base), also("equal mix", equal)].concat();
    format!("{skill}: mix {}{others} percent", format::tenths(mix))
}

/// Said once when a measurement is done.
pub fn announced(mean: f64, worst: Option<(&str, f64)>) -> String {
    format!("{MEASURED}. {}", overall(mean, worst))
}

pub fn exported(name: &str) -> String {
    format!("“{name}” is written.")
}

/// A difference in points of a hundred: `2.1 points`.
pub fn gap(difference: f64) -> String {
    format!("{} points", format::tenths(difference))
}

/// The change since the mix before, spoken.
pub fn change(points: f64) -> String {
    format!("{} points", format::points(points))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chart_is_one_sentence() {
        let one = |skill, score, share| Spoken { skill, score, share };
        let skills =
            [one("Flowers", Some(0.905), Some(0.944)), one("Signs", Some(0.5), None), one("Birds", None, None)];
        assert_eq!(
            summary(&skills, Part::Choose, false),
            "Measured scores on the examples for choosing: Flowers 90.5 percent, 94 percent of its own; Signs 50.0 percent. \
             Birds is not measured."
        );
        assert_eq!(summary(&skills[2..], Part::Judge, false), "Nothing is measured yet.");
        assert!(summary(&skills, Part::Judge, true).starts_with("Scores of an earlier mix on the held-back examples:"));
    }

    #[test]
    fn a_bar_says_what_its_marks_are() {
        assert_eq!(
            bar("Flowers", 0.905, Some(0.958), Some(0.712), None),
            "Flowers: mix 90.5, specialist 95.8, starting model 71.2 percent"
        );
    }

    #[test]
    fn the_worst_skill_is_named() {
        assert_eq!(
            overall(0.875, Some(("Birds", 0.84))).replace('\u{202f}', " "),
            "Mean 87.5 %, lowest Birds with 84.0 %."
        );
    }
}
