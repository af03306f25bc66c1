//! What is said about trade-offs by the job and on the command line.

use crate::failure::{FailureCode, Problem, Weight};
use crate::trade::{TradeBand, TradeCandidate, TradeMap, TradeMix, TradeName, TradePoint, TradeSearch};

use super::format::{self, THIN};
use super::terminal::columns;

/// A mix whose strengths cannot be traded off.
fn cannot(title: &str, why: &str, remedy: &str) -> Problem {
    Problem {
        code: FailureCode::CannotTrade,
        subject: None,
        weight: Weight::Stop,
        title: title.to_owned(),
        why: why.to_owned(),
        remedy: remedy.to_owned(),
        actions: vec![],
        details: None,
    }
}

/// No skill has examples.
pub fn nothing_to_measure() -> Problem {
    cannot(
        "Trade-offs are measured on examples",
        "No skill has examples yet, so no mix has a score.",
        "Add examples for at least two skills.",
    )
}

/// A mix without a starting model.
pub fn no_starting_model() -> Problem {
    cannot(
        "Trade-offs need a starting model",
        "They vary how much of every skill change is added to the starting model, and this mix has none.",
        "Add the model that the specialists were made from.",
    )
}

/// A method that gives every skill a body of its own.
pub fn no_common_body() -> Problem {
    cannot(
        "This way of mixing has no trade-offs",
        "It makes a model for every skill, so no skill gives way to another.",
        "Choose Balanced, Plain sum, TIES or LiNeS on the Mix screen.",
    )
}

/// A mix of a single specialist.
pub fn one_specialist() -> Problem {
    cannot(
        "One specialist has nothing to trade off",
        "A trade-off is between skills, and this mix has one specialist.",
        "Add a second specialist.",
    )
}

/// A candidate that a map does not have.
pub fn no_such_candidate(name: TradeName) -> Problem {
    cannot(
        "There is no such mix",
        &format!("No measured or expected mix is “{}”.", self::name(name)),
        "Pick another one: even, best-average, top-three or safest.",
    )
}

/// A candidate's name for people.
pub fn name(name: TradeName) -> &'static str {
    match name {
        TradeName::Even => "Even",
        TradeName::BestAverage => "Best average",
        TradeName::TopThree => "Best for my top 3",
        TradeName::Safest => "Safest",
        TradeName::EqualMix => "Equal mix",
    }
}

/// What a candidate is good for, in a sentence.
pub fn why(name: TradeName) -> &'static str {
    match name {
        TradeName::Even => "Its worst skill is as close to its specialist as in any mix.",
        TradeName::BestAverage => "On average its skills are closest to their specialists.",
        TradeName::TopThree => "The three skills that matter most are closest to their specialists.",
        TradeName::Safest => "Its scores are known best.",
        TradeName::EqualMix => "Every specialist has the same strength.",
    }
}

/// How mixes were found, for people.
pub fn search(search: TradeSearch) -> &'static str {
    match search {
        TradeSearch::Map => "where the front gains most",
        TradeSearch::Random => "anywhere, by chance",
        TradeSearch::EqualLine => "along the line of equal strengths",
        TradeSearch::CmaEs => "where the mean score is best (CMA-ES)",
        TradeSearch::Grid => "on a regular grid",
    }
}

/// What estimates are worth.
pub fn band(band: TradeBand) -> &'static str {
    match band {
        TradeBand::Good => "good",
        TradeBand::Fair => "fair",
        TradeBand::Rough => "rough",
    }
}

/// A measured score, such as `87.4 %, 200 examples, ±2.3`.
pub fn measured(score: f64, examples: u64) -> String {
    let error = (score * (1.0 - score)).max(0.0).sqrt() / (examples.max(1) as f64).sqrt();
    format!("{}, {} examples, ±{}", format::score(score), format::grouped(examples), number(error))
}

/// An estimate, such as `~88 %, 86–90`, or `~88 %` while nothing is known about its band.
pub fn estimate(value: f64, miss: Option<f64>) -> String {
    let whole = |share: f64| format!("{:.0}", 100.0 * share.clamp(0.0, 1.0));
    match miss {
        Some(miss) => format!("~{}{THIN}%, {}–{}", whole(value), whole(value - miss), whole(value + miss)),
        None => format!("~{}{THIN}%", whole(value)),
    }
}

/// Points of a score as a number with one decimal.
fn number(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

/// How far estimates of a skill are off, such as `typical miss ±1.3 points (good)`.
pub fn typical_miss(miss: Option<f64>, worth: TradeBand) -> String {
    match miss {
        Some(miss) => format!("typical miss ±{} points ({})", number(miss), band(worth)),
        None => "too few mixes to tell how far estimates are off".to_owned(),
    }
}

/// A measured mix, in one line.
pub fn grew(at: u32, budget: u32, specialists: &[String], skills: &[String], mix: &TradeMix) -> String {
    let pairs = specialists.iter().zip(&mix.strengths);
    let strengths: Vec<String> = pairs.map(|(name, own)| format!("{name} {}", format::strength(*own))).collect();
    let pairs = skills.iter().zip(&mix.scores);
    let scores: Vec<String> = pairs.map(|(name, score)| format!("{name} {}", format::score(score.value()))).collect();
    format!("Mix {at} of {budget}: {} → {}", strengths.join(", "), scores.join(", "))
}

/// The named mixes, what estimates are worth, and where everything is.
pub fn report(map: &TradeMap, candidates: &[TradeCandidate], page: &str, recipe: Option<&str>) -> String {
    let mut blocks = vec![table(map, candidates)];
    let misses =
        map.skills.iter().map(|skill| format!("{}: {}", skill.skill, typical_miss(skill.typical_miss, skill.band)));
    blocks.push(misses.collect::<Vec<_>>().join("\n"));
    if let Some(volume) = map.hypervolume {
        blocks.push(format!(
            "Hypervolume above the starting model: {} measured, {} with estimates, of {} mixes found {}.",
            format::small_percent(volume.measured),
            format::small_percent(volume.estimated),
            format::grouped(map.measured.len() as u64),
            search(map.search),
        ));
    }
    blocks.push(format!("Map: {page}"));
    blocks.extend(recipe.map(|recipe| format!("Recipe: {recipe}")));
    blocks.join("\n\n")
}

fn table(map: &TradeMap, candidates: &[TradeCandidate]) -> String {
    let skills = map.skills.iter().map(|skill| skill.skill.clone());
    let mut lines = vec![["Mix".to_owned(), "Known".to_owned()].into_iter().chain(skills).collect::<Vec<_>>()];
    for one in candidates {
        let said = (0..map.skills.len()).map(|skill| said(map, one.point, skill).unwrap_or_default());
        lines.push([name(one.name).to_owned(), kind(one.point).to_owned()].into_iter().chain(said).collect());
    }
    columns(&lines)
}

/// How a score is known.
pub fn kind(point: TradePoint) -> &'static str {
    match point {
        TradePoint::Measured(_) => "Measured",
        TradePoint::Estimate(_) => "Estimate",
    }
}

/// The score of a point in a skill as it is written everywhere; `None` where there is none.
pub fn said(map: &TradeMap, point: TradePoint, skill: usize) -> Option<String> {
    match point {
        TradePoint::Measured(at) => {
            let score = map.measured.get(at)?.scores.get(skill)?.value();
            Some(measured(score, map.skills.get(skill)?.examples))
        }
        TradePoint::Estimate(at) => {
            let one = map.front.get(at)?;
            let miss = one.misses.as_ref().and_then(|misses| misses.get(skill)).copied();
            Some(estimate(one.values.get(skill)?.value(), miss))
        }
    }
}

/// Words of the page that is written beside a ledger.
pub mod page {
    #![allow(missing_docs, reason = "the words are their own description")]

    pub const TITLE: &str = "Trade-offs";
    pub const CANDIDATES: &str = "Mixes to choose from";
    pub const MIX: &str = "Mix";
    pub const KNOWN: &str = "Known";
    pub const STRENGTHS: &str = "Strengths";
    pub const ALL: &str = "All mixes";
    pub const SKILLS: &str = "Skills";
    pub const SKILL: &str = "Skill";
    pub const EXAMPLES: &str = "Examples";
    pub const SPECIALIST: &str = "Specialist";
    pub const START: &str = "Starting model";
    pub const MISS: &str = "Estimates";
    pub const NOT_KNOWN: &str = "not measured";
    pub const LEGEND: &str = "Filled circle: measured. Hollow diamond: estimate. Square: every specialist equally strong. \
                              Cross: starting model. Triangle: a specialist alone.";
    pub const PART: &str = "Scores are of the part of the examples that is for choosing.";

    /// What was measured.
    pub fn lead(measured: usize, skills: usize, how: &str) -> String {
        format!("{measured} mixes were measured in {skills} skills, {how}.")
    }

    /// What a drawing shows.
    pub fn axes(x: &str, y: &str) -> String {
        format!("{x} (across) and {y} (up), percent")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_and_expected_scores_never_look_alike() {
        // √(0.874·0.126/200) = 0.0235.
        assert_eq!(measured(0.874, 200), "87.4\u{202f}%, 200 examples, ±2.3");
        assert_eq!(estimate(0.8751, Some(0.021)), "~88\u{202f}%, 85–90");
        assert_eq!(estimate(0.99, Some(0.05)), "~99\u{202f}%, 94–100", "no share is above 1");
        assert_eq!(estimate(0.5, None), "~50\u{202f}%");
    }

    #[test]
    fn the_typical_miss_says_what_it_is_worth() {
        assert_eq!(typical_miss(Some(0.013), TradeBand::Good), "typical miss ±1.3 points (good)");
        assert!(typical_miss(None, TradeBand::Rough).contains("too few"));
    }

    #[test]
    fn every_name_has_a_reason_of_its_own() {
        let names =
            [TradeName::Even, TradeName::BestAverage, TradeName::TopThree, TradeName::Safest, TradeName::EqualMix];
        for (at, one) in names.iter().enumerate() {
            assert!(names[..at].iter().all(|other| name(*other) != name(*one) && why(*other) != why(*one)));
        }
    }
}
