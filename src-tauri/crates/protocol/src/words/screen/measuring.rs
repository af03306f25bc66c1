//! A measurement that runs.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::event::{Phase, Progress, Unit};
use crate::words::format;

pub const STARTING: &str = "Measuring";
pub const STOPPED: &str = "Measuring stopped";
pub const NAME: &str = "Measurement";

/// What the job bar says: `Measuring 312 of 800 examples`.
pub fn job(progress: Option<&Progress>) -> String {
    let Some(news) = progress.filter(|news| news.total > 0) else { return STARTING.into() };
    let amount = amount(news);
    match news.phase {
        Phase::Load => format!("Reading {amount}"),
        _ => format!("Measuring {amount}"),
    }
}

fn amount(news: &Progress) -> String {
    let of = format!("{} of {}", format::grouped(news.done), format::grouped(news.total));
    match news.unit {
        Unit::Bytes => super::saving::amount(news.done, news.total),
        Unit::Examples => format!("{of} examples"),
        Unit::Mixes => format!("{of} models"),
        Unit::Rounds => format!("{of} rounds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_what_is_done() {
        let news = |phase, unit| Progress {
            phase,
            done: 312,
            total: 800,
            unit,
            seconds_left: None,
            part: None,
            part_at: 0,
            parts: 0,
        };
        assert_eq!(job(Some(&news(Phase::Measure, Unit::Examples))), "Measuring 312 of 800 examples");
        assert_eq!(job(Some(&news(Phase::Load, Unit::Mixes))), "Reading 312 of 800 models");
        assert_eq!(job(None), "Measuring");
    }
}
