//! Which answers a mix mixes up.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::score::Metric;
use crate::words::format;

pub const ANSWERED: &str = "Answered as";
pub const TIMES: &str = "Times";
pub const MOST: &str = "Mixed up most";
pub const DONE: &str = "Done";
pub const NOTHING: &str = "Nothing is mixed up: every answer is as it should be.";
pub const HINT: &str = "Arrow keys walk through the cells.";
/// Ends of the colour scale.
pub const NEVER: &str = "never";
pub const ALWAYS: &str = "always";

pub fn title(skill: &str) -> String {
    format!("What is mixed up in {skill}")
}

/// What a row stands for.
pub fn asked(metric: Metric) -> &'static str {
    match metric {
        Metric::Accuracy => "Label",
        Metric::Agreement => "Answer of the specialist",
    }
}

pub fn lead(metric: Metric, examples: u64) -> String {
    let rows = match metric {
        Metric::Accuracy => "Each row is a label",
        Metric::Agreement => "Each row is an answer of the specialist",
    };
    format!("{rows}, each column an answer of the mix; {}.", format::counted(examples, "example", "examples"))
}

/// Where not all classes are shown.
pub fn some(shown: usize, all: usize) -> String {
    format!("{shown} of {all} are shown: those that are mixed up most.")
}

/// `boot answered as sneaker 12 times`.
pub fn mix_up(asked: &str, answered: &str, times: u64) -> String {
    format!("{asked} answered as {answered} {}", counted(times))
}

/// A cell in words.
pub fn cell(asked: &str, answered: &str, times: u64) -> String {
    if asked == answered {
        format!("{asked} answered rightly {}", counted(times))
    } else {
        mix_up(asked, answered, times)
    }
}

/// Like [`cell`], where rows are answers of the specialist.
pub fn agreed(asked: &str, answered: &str, times: u64) -> String {
    if asked == answered {
        format!("{asked} answered by both {}", counted(times))
    } else {
        mix_up(asked, answered, times)
    }
}

fn counted(times: u64) -> String {
    match times {
        1 => "once".into(),
        2 => "twice".into(),
        _ => format!("{} times", format::grouped(times)),
    }
}

/// The heat map in one sentence.
pub fn summary(right: u64, examples: u64, worst: Option<(&str, &str, u64)>) -> String {
    let all = format!("{} of {} answers are as they should be.", format::grouped(right), format::grouped(examples));
    match worst {
        Some((asked, answered, times)) => format!("{all} Mixed up most: {}.", mix_up(asked, answered, times)),
        None => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mix_ups_read_as_sentences() {
        assert_eq!(mix_up("boot", "sneaker", 12), "boot answered as sneaker 12 times");
        assert_eq!(cell("boot", "boot", 1), "boot answered rightly once");
        assert_eq!(agreed("boot", "boot", 2), "boot answered by both twice");
        assert_eq!(
            summary(9, 10, Some(("a", "b", 1))),
            "9 of 10 answers are as they should be. Mixed up most: a answered as b once."
        );
    }
}
