//! The step Trade-offs: before mixes are measured, while they are, and the mixes to choose from.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::event::{Phase, Progress};
use crate::score::Metric;
use crate::trade::{MORE, TradeBand, TradeExamples, TradeName};
use crate::words::format;

pub const TITLE: &str = "Trade-offs";
pub const LEAD: &str = "Some mixes are measured on your examples, those between are estimated, and you choose.";
pub const LOCKED: &str = "Trade-offs are measured on examples. Add examples for at least two skills.";
pub const NO_EXAMPLES: &str = "Trade-offs are measured on examples";
pub const NO_EXAMPLES_HINT: &str =
    "Add examples for at least two skills. Without labels the score is how often a mix answers like the specialist.";
pub const USE_BALANCED: &str = "Use Balanced";
pub const TO_MODELS: &str = "Go to Models";

// Before the start.
pub const EFFORT: &str = "How thoroughly";
pub const EFFORTS: [&str; 3] = ["Quick", "Normal", "Thorough"];
pub const EFFORT_HINTS: [&str; 3] = [
    "Enough to estimate the rest, with wider ranges.",
    "About twice as many mixes as the estimates need.",
    "Three times as many, for narrower ranges.",
];
pub const EXAMPLES: &str = "Examples";
pub const EXAMPLES_HINT: &str = "Every mix is asked about the part for choosing; held-back examples stay out of it.";
pub const EACH_MIX: &str = "Each mix";
pub const NO_SCORE: &str = "No examples, so this skill has no score here.";
pub const LOOKING: &str = "Looking at the examples…";
pub const FORECASTING: &str = "Reading models and examples, and trying a few of them…";
pub const BUSY: &str = "Another job is running; explore when it is done.";
pub const SAVE_WAITS: &str = "Trade-offs are being explored; save when that is done.";
pub const EXPLORE: &str = "Explore trade-offs";
pub const GO_ON: &str = "Go on exploring";
pub const SHOW_MAP: &str = "Show the mixes";
pub const BACK: &str = "Back to the mixes";
pub const ANEW: &str = "Start anew";
pub const KEPT_HINT: &str = "They count, and nothing is measured twice.";
pub const FORGOTTEN: &str = "What was measured is forgotten.";
pub const HOW: &str = "How it works";
/// What happens, in three notes.
pub const STEPS: [(&str, &str); 3] = [
    ("Mixes are measured", "The starting model, each specialist alone, the equal mix, and mixes between them."),
    ("The rest is estimated", "A curve for each skill says what other mixes would score, and how far it may be off."),
    ("You choose", "Nothing changes until you use a mix. Any estimate can be measured before you do."),
];

// While mixes are measured.
pub const PAUSE: &str = "Pause";
pub const RESUME: &str = "Resume";
pub const PAUSED: &str = "Paused";
pub const STOP: &str = "Stop and keep";
pub const STOPPING: &str = "Stopping…";
pub const DISCARD: &str = "Discard…";
pub const DISCARD_ASK: &str = "Discard what was measured?";
pub const DISCARD_YES: &str = "Discard";
pub const DISCARD_NO: &str = "Keep going";
pub const DISCARDED: &str = "What was measured is discarded. The mix is as it was.";
pub const READING: &str = "Reading models and examples";
pub const POINTS_COME: &str = "Points appear as they are measured. The estimates follow at the end.";
pub const MEASURED_SO_FAR: &str = "Measured so far";
pub const NEWEST: &str = "Newest mix";
pub const SHOW: &str = "Show";
pub const DONE: &str = "Trade-offs explored";
pub const JOB: &str = "Exploring trade-offs";

// The mixes to choose from.
pub const VIEW: &str = "View";
pub const VIEWS: [&str; 3] = ["Chart", "Grid", "Table"];
pub const AGAIN: &str = "Explore again…";
pub const USE: &str = "Use this mix";
pub const MEASURE: &str = "Measure this mix";
pub const PIN: &str = "Pin";
pub const UNPIN: &str = "Unpin";
pub const COMPARE: &str = "Compare pins";
pub const CLOSE_COMPARE: &str = "Close comparison";
pub const PINS_FULL: &str = "Four mixes are pinned. Unpin one first.";
pub const PINNED: &str = "Pinned";
pub const PINNED_NOW: &str = "Pinned.";
pub const UNPINNED: &str = "Unpinned.";
pub const NO_PINS: &str = "Pin mixes to keep them in sight and to compare them.";
pub const WORST_SHARE: &str = "Worst share";
pub const MEAN_SHARE: &str = "Mean share";
pub const SHARES_HINT: &str = "In percent. Shares are of the specialist’s score. “~” marks estimates.";
pub const COMPARED: &str = "Pins compared";
pub const MEASURED: &str = "Measured";
pub const ESTIMATE: &str = "Estimate";
pub const STRENGTHS: &str = "Strengths";
pub const NAMED: &str = "Named mixes";
pub const START_FROM: &str = "Mixes to start from";
pub const TOP_THREE: &str = "My top 3";
pub const TOP_THREE_HINT: &str = "The first three count for “Best for my top 3”.";
pub const SELECTED: &str = "Selected mix";
pub const CHOOSE_ONE: &str = "Choose a point, or one of the named mixes.";
pub const USED: &str = "This mix is in use now.";
pub const USED_HINT: &str = "Its strengths are on the step Mix.";
pub const IN_USE: &str = "in use";
pub const ELSEWHERE: &str = "The models were changed since, so these mixes no longer fit. Explore again.";
pub const ROUGH: &str = "Estimates are rough here";
pub const ROUGH_HINT: &str = "Measure this mix before you save it.";
pub const FEW: &str = "few examples";
pub const UP: &str = "Up";
pub const DOWN: &str = "Down";
pub const SKILL: &str = "Skill";
/// Keys of the area with the map, as assistive technology reads them.
pub const MAP_KEYS: &str = "T N P M I C Enter";

// The step Save.
pub const NOT_MEASURED: &str = "This mix has not been measured.";
pub const NOT_MEASURED_HINT: &str = "Its scores are estimates.";
pub const MEASURE_FIRST: &str = "Measure, then save";
pub const SAVE_ANYWAY: &str = "Save anyway";
pub const MEASURING_FIRST: &str = "Measuring this mix, then saving…";

/// `24 mixes × 2 skills × 200 examples, about 3 min.`, for what is still to be measured.
pub fn bill(mixes: u32, kept: u32, skills: &[TradeExamples], seconds: f64, resident: bool) -> String {
    let open = mixes.saturating_sub(kept);
    if open == 0 {
        return format!("All {} are measured already.", counted_mixes(mixes));
    }
    let more = if kept > 0 { " more" } else { "" };
    let again = if resident { "" } else { " The models are read again for every mix." };
    format!(
        "{}{more} {} × {} × {}, {}.{again}",
        format::grouped(open.into()),
        if open == 1 { "mix" } else { "mixes" },
        format::counted(skills.len() as u64, "skill", "skills"),
        counts(skills),
        super::about(seconds)
    )
}

/// `200 examples`, or `90 to 200 examples` where skills have different numbers of them.
fn counts(skills: &[TradeExamples]) -> String {
    let all = || skills.iter().map(|skill| skill.examples);
    let (least, most) = (all().min().unwrap_or(0), all().max().unwrap_or(0));
    match least == most {
        true => format::counted(most, "example", "examples"),
        false => format!("{} to {} examples", format::grouped(least), format::grouped(most)),
    }
}

fn counted_mixes(count: u32) -> String {
    format::counted(count.into(), "mix", "mixes")
}

/// `24 mixes` beside the choice of how thoroughly.
pub fn budget(mixes: usize) -> String {
    format::counted(mixes as u64, "mix", "mixes")
}

/// What an earlier start left: `14 of 24 are measured already.`
pub fn kept(kept: u32, mixes: u32) -> String {
    format!("{} of {} are measured already.", format::grouped(kept.min(mixes).into()), counted_mixes(mixes))
}

/// What is counted for a skill.
pub fn scored_by(metric: Metric) -> &'static str {
    match metric {
        Metric::Accuracy => "right answers",
        Metric::Agreement => "agreement with the specialist",
    }
}

/// Line under the title while mixes are measured: `14 of 24 mixes measured, about 2 min left.`
pub fn exploring(measured: u32, budget: u32, seconds_left: Option<f64>) -> String {
    let left = seconds_left.map_or_else(String::new, |seconds| format!(", {} left", super::about(seconds)));
    format!("{} of {} measured{left}.", format::grouped(measured.into()), counted_mixes(budget))
}

/// What the job bar says it is at.
pub fn at(phase: Phase, measured: u32, budget: u32, progress: Option<&Progress>) -> String {
    let amount = progress.filter(|news| news.phase == phase && news.total > 0);
    match (phase, amount) {
        (Phase::Explore, _) => format!("{} of {}", format::grouped(measured.into()), counted_mixes(budget)),
        (_, Some(news)) if news.unit == crate::event::Unit::Bytes => {
            format!("{READING}, {}", super::saving::amount(news.done, news.total))
        }
        _ => READING.to_owned(),
    }
}

/// Line under the title: `24 mixes measured · typical miss ±1.3 points, good`.
pub fn explored(measured: usize, worth: Option<(TradeBand, Option<f64>)>) -> String {
    let measured = format!("{} measured", format::counted(measured as u64, "mix", "mixes"));
    match worth {
        Some((band, Some(miss))) => {
            format!("{measured} · typical miss ±{} points, {}", format::tenths(miss), band_name(band))
        }
        Some((_, None)) | None => format!("{measured} · too few to tell how far estimates are off"),
    }
}

pub fn band_name(band: TradeBand) -> &'static str {
    match band {
        TradeBand::Good => "good",
        TradeBand::Fair => "fair",
        TradeBand::Rough => "rough",
    }
}

pub fn measure_more() -> String {
    format!("Measure {MORE} more mixes")
}

pub fn more_hint(seconds: f64) -> String {
    format!("They lie where they can tell most, {}.", super::about(seconds))
}

/// A candidate's name.
pub fn name(name: TradeName) -> &'static str {
    match name {
        TradeName::Even => "Even",
        TradeName::BestAverage => "Best average",
        TradeName::TopThree => "Best for my top 3",
        TradeName::Safest => "Safest",
        TradeName::EqualMix => "Equal mix",
    }
}

/// What it is good for; `skills`: how many there are, `top`: the first three of the ranking.
pub fn why(name: TradeName, skills: usize, top: &[String]) -> String {
    match name {
        TradeName::Even if skills == 2 => "The mix whose weaker skill keeps the most of its specialist.".to_owned(),
        TradeName::Even => "The mix whose weakest skill keeps the most of its specialist.".to_owned(),
        TradeName::BestAverage if skills == 2 => "Highest mean of both skills.".to_owned(),
        TradeName::BestAverage => format!("Highest mean over all {}.", format::spelled(skills).to_lowercase()),
        TradeName::TopThree => format!("{}.", format::list(top)),
        TradeName::Safest => "Known best: the narrowest range of the good mixes.".to_owned(),
        TradeName::EqualMix => "Every specialist equally strong.".to_owned(),
    }
}

/// Title of a point: all its names, or what it is.
pub fn point_title(names: &[TradeName], measured: Option<usize>) -> String {
    match (names, measured) {
        ([], Some(at)) => format!("Mix {}", at + 1),
        ([], None) => "Between measured mixes".to_owned(),
        (names, _) => {
            let mut all: Vec<String> = names.iter().map(|one| name(*one).to_owned()).collect();
            all[1..].iter_mut().for_each(|name| *name = name.to_lowercase());
            format::list(&all)
        }
    }
}

pub fn known_as(measured: bool) -> &'static str {
    if measured { MEASURED } else { ESTIMATE }
}

/// A score in large type, without its unit: `87.4` or `~88`.
pub fn number(value: f64, measured: bool) -> String {
    if measured { format::tenths(value) } else { format!("~{}", whole(value)) }
}

/// The same with its unit: `87.4 %` or `~88 %`.
pub fn value(value: f64, measured: bool) -> String {
    format!("{}\u{202f}%", number(value, measured))
}

fn whole(share: f64) -> String {
    format!("{:.0}", share.clamp(0.0, 1.0) * 100.0)
}

/// Under a measured score: `200 examples, ±2.3`.
pub fn behind(examples: u64, error: f64) -> String {
    format!("{}, ±{}", format::counted(examples, "example", "examples"), format::tenths(error))
}

pub const BEHIND_HINT: &str = "± is one standard error: other examples would move the score about this far.";

/// Under an estimate: `86–90 %`.
pub fn range(range: Option<[f64; 2]>) -> String {
    match range {
        Some([low, high]) => format!("{}–{}\u{202f}%", whole(low), whole(high)),
        None => "range not known yet".to_owned(),
    }
}

/// `94 % of specialist`.
pub fn share(share: f64, metric: Metric) -> String {
    match metric {
        Metric::Accuracy => format!("{} of specialist", format::percent(share)),
        Metric::Agreement => "answers like specialist".to_owned(),
    }
}

/// Both sides of an estimate that was measured: `Measured 87.4 %; the estimate was ~88 %.`
pub fn both(measured: f64, estimate: f64) -> String {
    format!("Measured {}; the estimate was {}.", value(measured, true), value(estimate, false))
}

/// The same with the name of the skill.
pub fn both_of(skill: &str, measured: f64, estimate: f64) -> String {
    format!("Measured {} for {skill}; the estimate was {}.", value(measured, true), value(estimate, false))
}

/// A score with everything that is known of it, in one line for screen readers and tables.
pub fn spoken(skill: &str, line: &Spoken) -> String {
    let known = match line.behind {
        Behind::Measured { examples, error } => format!("measured, {}", behind(examples, error)),
        Behind::Estimate(range_of) => format!("estimate, {}", range(range_of)),
    };
    let measured = matches!(line.behind, Behind::Measured { .. });
    format!("{skill} {}, {known}, {}", value(line.value, measured), share(line.share, line.metric))
}

/// What [`spoken`] says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spoken {
    pub value: f64,
    pub share: f64,
    pub metric: Metric,
    pub behind: Behind,
}

/// How a score is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Behind {
    Measured { examples: u64, error: f64 },
    Estimate(Option<[f64; 2]>),
}

pub fn worst(share: f64, measured: bool) -> String {
    format!("worst {}", share_of(share, measured))
}

pub fn mean(share: f64, measured: bool) -> String {
    format!("mean {}", share_of(share, measured))
}

/// Shares may lie above 1: a mix can be better than a specialist.
fn share_of(share: f64, measured: bool) -> String {
    match measured {
        true => format::score(share),
        false => format!("~{:.0}\u{202f}%", share * 100.0),
    }
}

/// `±0.8 points`.
pub fn width(half: Option<f64>) -> String {
    half.map_or_else(|| "range unknown".to_owned(), |half| format!("±{} points", format::tenths(half)))
}

/// Scores of a pin in short: `86.4 / 90.6`.
pub fn in_short(values: &[f64], measured: bool) -> String {
    values.iter().map(|value| number(*value, measured)).collect::<Vec<_>>().join(" / ")
}

pub fn pins(count: usize, most: usize) -> String {
    format!("{count} of {most}")
}

pub fn pin_title(at: usize, title: &str) -> String {
    format!("{}. {title}", at + 1)
}

pub fn unpin(title: &str) -> String {
    format!("Unpin {title}")
}

pub fn rank_up(skill: &str) -> String {
    format!("{skill}: more important")
}

pub fn rank_down(skill: &str) -> String {
    format!("{skill}: less important")
}

pub fn ranked(skill: &str, place: usize) -> String {
    format!("{skill} is number {} now.", place + 1)
}

/// Heard when the map is done.
pub fn done(measured: usize, estimates: usize) -> String {
    let measured = format::counted(measured as u64, "mix", "mixes");
    format!("{DONE}: {measured} measured, {} between them.", format::counted(estimates as u64, "estimate", "estimates"))
}

/// Heard when the person chose a point: `Even, estimate.`
pub fn chosen(title: &str, measured: bool) -> String {
    format!("{title}, {}.", known_as(measured).to_lowercase())
}

/// Heard at every quarter.
pub fn quarter(measured: u32, budget: u32) -> String {
    format!("{} of {} measured.", format::grouped(measured.into()), counted_mixes(budget))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: String) -> String {
        text.replace('\u{202f}', " ")
    }

    fn skill(name: &str, examples: u64) -> TradeExamples {
        TradeExamples { skill: name.into(), examples, metric: Metric::Accuracy }
    }

    #[test]
    fn the_bill_is_one_line() {
        let both = [skill("Signs", 200), skill("Flowers", 200)];
        assert_eq!(plain(bill(24, 0, &both, 180.0, true)), "24 mixes × 2 skills × 200 examples, about 3 min.");
        assert_eq!(plain(bill(24, 14, &both, 60.0, true)), "10 more mixes × 2 skills × 200 examples, about 60 s.");
        assert_eq!(plain(bill(24, 24, &both, 0.0, true)), "All 24 mixes are measured already.");
        let uneven = [skill("Signs", 1_200), skill("Flowers", 90)];
        assert_eq!(
            plain(bill(1, 0, &uneven, 20.0, false)),
            "1 mix × 2 skills × 90 to 1 200 examples, about 20 s. The models are read again for every mix."
        );
        assert_eq!(plain(kept(14, 24)), "14 of 24 mixes are measured already.");
    }

    #[test]
    fn measured_and_expected_scores_never_look_alike() {
        assert_eq!((plain(value(0.874, true)), plain(value(0.8751, false))), ("87.4 %".into(), "~88 %".into()));
        assert_eq!(behind(200, 0.0234), "200 examples, ±2.3");
        assert_eq!(plain(range(Some([0.8601, 0.904]))), "86–90 %");
        assert_eq!(range(None), "range not known yet");
        assert_eq!(plain(both(0.874, 0.881)), "Measured 87.4 %; the estimate was ~88 %.");
        assert_eq!(plain(both_of("Birds", 0.84, 0.85)), "Measured 84.0 % for Birds; the estimate was ~85 %.");
        assert_eq!(plain(share(0.944, Metric::Accuracy)), "94 % of specialist");
        assert_eq!(in_short(&[0.864, 0.906], true), "86.4 / 90.6");
        assert_eq!(plain(worst(1.02, false)), "worst ~102 %", "a mix can be better than a specialist");
    }

    #[test]
    fn a_score_is_read_aloud_with_how_it_is_known() {
        let line = |behind| Spoken { value: 0.874, share: 0.94, metric: Metric::Accuracy, behind };
        assert_eq!(
            plain(spoken("Signs", &line(Behind::Measured { examples: 200, error: 0.0234 }))),
            "Signs 87.4 %, measured, 200 examples, ±2.3, 94 % of specialist"
        );
        assert_eq!(
            plain(spoken("Signs", &line(Behind::Estimate(Some([0.86, 0.9]))))),
            "Signs ~87 %, estimate, 86–90 %, 94 % of specialist"
        );
    }

    #[test]
    fn a_point_has_all_its_names() {
        assert_eq!(point_title(&[TradeName::Even, TradeName::Safest], None), "Even and safest");
        assert_eq!(point_title(&[], Some(6)), "Mix 7");
        assert_eq!(why(TradeName::BestAverage, 8, &[]), "Highest mean over all eight.");
        let top = ["Cars", "Scenes", "Signs"].map(str::to_owned);
        assert_eq!(why(TradeName::TopThree, 8, &top), "Cars, Scenes and Signs.");
        let all =
            [TradeName::Even, TradeName::BestAverage, TradeName::TopThree, TradeName::Safest, TradeName::EqualMix];
        for (at, one) in all.iter().enumerate() {
            assert!(all[..at].iter().all(|other| why(*other, 8, &top) != why(*one, 8, &top)));
        }
    }

    #[test]
    fn the_line_under_the_title_says_what_estimates_are_worth() {
        assert_eq!(
            explored(12, Some((TradeBand::Good, Some(0.013)))),
            "12 mixes measured · typical miss ±1.3 points, good"
        );
        assert!(explored(5, Some((TradeBand::Rough, None))).contains("too few"));
        assert_eq!(plain(exploring(14, 24, Some(120.0))), "14 of 24 mixes measured, about 2 min left.");
    }

    #[test]
    fn the_job_says_where_it_is() {
        let news = Progress {
            phase: Phase::Load,
            done: 4_600_000,
            total: 9_200_000,
            unit: crate::event::Unit::Bytes,
            seconds_left: None,
            part: None,
            part_at: 0,
            parts: 0,
        };
        assert_eq!(plain(at(Phase::Load, 0, 24, Some(&news))), "Reading models and examples, 4.6 of 9.2 MB");
        assert_eq!(at(Phase::Load, 0, 24, None), READING);
        assert_eq!(at(Phase::Explore, 3, 24, Some(&news)), "3 of 24 mixes");
    }
}
