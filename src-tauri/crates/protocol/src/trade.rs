//! Trade-offs: which mixes there are to choose from when no mix is best in every skill. What is asked for, and what
//! comes back.
//!
//! Some mixes are measured; what is between them is expected (after MAP, arXiv:2406.07529). Measured and expected scores
//! are different types, here as everywhere. Strengths are in the order of the experts of the recipe, scores in the
//! order of [`TradeMap::skills`].

use serde::{Deserialize, Serialize};

use crate::measure::{Given, SkillProblem};
use crate::recipe::Recipe;
use crate::score::{Estimate, Measured, Metric};

/// Mixes that "Measure 6 more" adds.
pub const MORE: u32 = 6;
/// Most points of a front that are passed on.
pub const FRONT_POINTS: usize = 300;

/// Which mixes are to be explored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TradeWish {
    /// The mix whose strengths are varied; its paths are ids in the window.
    pub recipe: Recipe,
    /// Examples, at most one place for each skill. Only skills with examples have a score.
    pub examples: Vec<Given>,
    /// How.
    pub settings: TradeSettings,
}

/// How mixes are explored. Every default is the right one for somebody who never opens this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TradeSettings {
    /// Mixes that are measured in all, those of an earlier start included; 0: twice the unknowns of a quadratic, 12 for
    /// two specialists, 20 for three, 90 for eight.
    pub budget: u32,
    /// Largest strength of a specialist.
    pub most_strength: f64,
    /// Most examples of a skill that each mix is asked about; `None`: all of the part for choosing.
    pub most_examples: Option<u64>,
    /// How the next mix is found.
    pub search: TradeSearch,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for TradeSettings {
    fn default() -> Self {
        Self { budget: 0, most_strength: 1.0, most_examples: None, search: TradeSearch::Map, seed: 0 }
    }
}

impl TradeSettings {
    /// The number of mixes for `specialists` specialists.
    pub fn mixes(&self, specialists: usize) -> u32 {
        let normal = (specialists + 1) * (specialists + 2);
        if self.budget == 0 { u32::try_from(normal).unwrap_or(u32::MAX) } else { self.budget }
    }
}

/// How the next mix to measure is found. All but the first are there to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TradeSearch {
    /// Where the front is expected to gain most.
    #[default]
    Map,
    /// Anywhere.
    Random,
    /// Along the line on which all strengths are equal.
    EqualLine,
    /// Where the mean score is expected to be best: evolution strategy with an adapting covariance matrix (CMA-ES).
    CmaEs,
    /// On a regular grid: what a front is held against.
    Grid,
}

/// What exploring will need: the bill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TradeForecast {
    /// Mixes in all.
    pub mixes: u32,
    /// Of these, mixes that an earlier start measured already.
    pub kept: u32,
    /// Skills that have examples.
    pub skills: Vec<TradeExamples>,
    /// Seconds for what is still to be measured, from a trial on this machine.
    pub seconds: f64,
    /// Whether the models stay in memory; else they are read again for every mix.
    pub resident: bool,
    /// Skills whose examples cannot be used.
    pub problems: Vec<SkillProblem>,
}

/// Examples of one skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeExamples {
    /// Name of the skill.
    pub skill: String,
    /// Examples that every mix is asked about.
    pub examples: u64,
    /// What is counted.
    pub metric: Metric,
}

/// All that is known about the mixes of some models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TradeMap {
    /// Names of the specialists whose strengths are varied, in the order of the recipe.
    pub specialists: Vec<String>,
    /// Skills that have a score.
    pub skills: Vec<TradeSkill>,
    /// How it was explored.
    pub search: TradeSearch,
    /// Largest strength of a specialist.
    pub most_strength: f64,
    /// Mixes that were to be measured.
    pub budget: u32,
    /// Mixes that were measured, in their order.
    pub measured: Vec<TradeMix>,
    /// What is expected along the front, best in the first skill first.
    pub front: Vec<TradeEstimate>,
    /// How large the front is; `None` without a starting model or with more than eight skills.
    pub hypervolume: Option<TradeVolume>,
    /// Seconds that measuring took, pauses and earlier starts included.
    pub seconds: f64,
    /// Skills whose examples could not be used.
    pub problems: Vec<SkillProblem>,
}

/// One skill of a map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TradeSkill {
    /// Its name.
    pub skill: String,
    /// Which specialist it is that of: a place among the specialists.
    pub specialist: usize,
    /// What is counted.
    pub metric: Metric,
    /// Examples behind every score.
    pub examples: u64,
    /// Score of the specialist alone.
    pub expert: Measured,
    /// Score of the starting model; `None` without one.
    pub base: Option<Measured>,
    /// Score of the mix in which every specialist has the method's own strength.
    pub equal: Measured,
    /// Scores of the specialists \[specialists\] alone on this skill, where they were measured.
    pub alone: Vec<Option<Measured>>,
    /// How far an estimate is off, typically; `None` while too few mixes were measured to tell.
    pub typical_miss: Option<f64>,
    /// What that is worth.
    pub band: TradeBand,
}

/// What estimates are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TradeBand {
    /// A typical miss of at most 1.5 points.
    Good,
    /// At most 4 points.
    Fair,
    /// More, or unknown: measure before you save.
    Rough,
}

/// A mix that was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TradeMix {
    /// Strength of every specialist.
    pub strengths: Vec<f64>,
    /// Score in every skill.
    pub scores: Vec<Measured>,
    /// What was expected of it before; `None` for mixes that were measured before anything was.
    pub expected: Option<Vec<Estimate>>,
}

/// A mix that nobody measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TradeEstimate {
    /// Strength of every specialist.
    pub strengths: Vec<f64>,
    /// Expected score in every skill.
    pub values: Vec<Estimate>,
    /// Half the width of the band around each; `None` while too few mixes were measured to tell.
    pub misses: Option<Vec<f64>>,
}

/// Hypervolume above the scores of the starting model: 1 would be a mix that is always right in every skill.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TradeVolume {
    /// Of what was measured.
    pub measured: f64,
    /// Of what was measured and is expected.
    pub estimated: f64,
}

/// A mix to choose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TradeCandidate {
    /// What it is good for.
    pub name: TradeName,
    /// Which mix it is.
    pub point: TradePoint,
}

/// What a candidate is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TradeName {
    /// The largest worst share of the specialists' scores.
    Even,
    /// The largest mean share.
    BestAverage,
    /// The largest mean share over the three skills that matter most to the person.
    TopThree,
    /// The narrowest band.
    Safest,
    /// The same strength 1/k for every specialist.
    EqualMix,
}

/// A place in a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind", content = "at")]
pub enum TradePoint {
    /// Of [`TradeMap::measured`].
    Measured(usize),
    /// Of [`TradeMap::front`].
    Estimate(usize),
}

impl TradeMap {
    /// The strengths of a point; `None` where the map has no such point.
    pub fn strengths(&self, point: TradePoint) -> Option<&[f64]> {
        match point {
            TradePoint::Measured(at) => self.measured.get(at).map(|mix| mix.strengths.as_slice()),
            TradePoint::Estimate(at) => self.front.get(at).map(|estimate| estimate.strengths.as_slice()),
        }
    }

    /// The scores of a point, measured or expected; `None` where the map has no such point.
    pub fn values(&self, point: TradePoint) -> Option<Vec<f64>> {
        match point {
            TradePoint::Measured(at) => Some(self.measured.get(at)?.scores.iter().map(|score| score.value()).collect()),
            TradePoint::Estimate(at) => Some(self.front.get(at)?.values.iter().map(|value| value.value()).collect()),
        }
    }

    /// All points, the measured ones first.
    pub fn points(&self) -> impl Iterator<Item = TradePoint> {
        let measured = (0..self.measured.len()).map(TradePoint::Measured);
        measured.chain((0..self.front.len()).map(TradePoint::Estimate))
    }

    /// Scores of the specialists, each in its own skill: what a share is a share of.
    pub fn specialists_scores(&self) -> Vec<f64> {
        self.skills.iter().map(|skill| skill.expert.value()).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn the_usual_budget_is_twice_the_unknowns_of_a_quadratic() {
        let usual = TradeSettings::default();
        assert_eq!([2, 3, 8].map(|specialists| usual.mixes(specialists)), [12, 20, 90]);
        assert_eq!(TradeSettings { budget: 7, ..usual }.mixes(3), 7);
    }

    #[test]
    fn settings_are_written_as_the_contract_has_them() {
        let settings: TradeSettings = serde_json::from_str(r#"{"budget":24,"search":"equal-line"}"#).unwrap();
        assert_eq!((settings.budget, settings.search), (24, TradeSearch::EqualLine));
        assert_eq!(serde_json::to_value(TradeSearch::CmaEs).unwrap(), "cma-es");
        assert!(serde_json::from_str::<TradeSettings>(r#"{"bugdet":24}"#).is_err());
    }

    #[test]
    fn a_point_says_how_it_is_known() {
        let text = serde_json::to_string(&TradePoint::Estimate(3)).unwrap();
        assert_eq!(text, r#"{"kind":"estimate","at":3}"#);
        assert_eq!(serde_json::from_str::<TradePoint>(&text).unwrap(), TradePoint::Estimate(3));
    }
}
