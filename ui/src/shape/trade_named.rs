//! The named mixes of a map, and what is known of a point.

use front::{Estimate, Measured, Name, Point};
use protocol::score::Metric;
use protocol::trade::{TradeBand, TradeCandidate, TradeMap, TradeName, TradePoint};

/// A share needs a specialist's score above 0.
const LEAST: f64 = 1e-3;

/// How the score of a skill is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Known {
    /// It was measured.
    Measured {
        /// On so many examples.
        examples: u64,
        /// One standard error.
        error: f64,
        /// What was expected before.
        expected: Option<f64>,
    },
    /// It is expected, between these where that can be told.
    Estimate(Option<[f64; 2]>),
}

/// One skill of a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Place of the skill in the map.
    pub skill: usize,
    /// The score.
    pub value: f64,
    /// The score as a share of that of its specialist.
    pub share: f64,
    /// What is counted.
    pub metric: Metric,
    /// How it is known.
    pub known: Known,
}

/// What is said of a point beside its name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// The least share, and the skill that has it.
    pub worst: (f64, usize),
    /// The mean share.
    pub mean: f64,
    /// The mean share of the first three skills of the ranking.
    pub top: f64,
    /// The widest of its bands; `None` where nothing is known of them.
    pub band: Option<f64>,
}

/// Scores of the specialists, none of them 0.
fn specialists(map: &TradeMap) -> Vec<f64> {
    map.specialists_scores().into_iter().map(|score| score.max(LEAST)).collect()
}

fn examples(map: &TradeMap) -> Vec<u32> {
    map.skills.iter().map(|skill| u32::try_from(skill.examples).unwrap_or(u32::MAX).max(1)).collect()
}

/// All points as the mathematics knows them, the measured ones first.
fn points(map: &TradeMap) -> Option<Vec<Point>> {
    let examples = examples(map);
    let one = |point: TradePoint| {
        let (strengths, values) = (map.strengths(point)?.to_vec(), map.values(point)?);
        match point {
            TradePoint::Measured(_) => Measured::new(strengths, values, examples.clone()).ok().map(Point::Measured),
            TradePoint::Estimate(at) => {
                let misses = map.front.get(at)?.misses.clone();
                Estimate::restored(strengths, values, misses).ok().map(Point::Estimate)
            }
        }
    };
    map.points().map(one).collect()
}

/// The name of a candidate in messages.
fn named(name: Name) -> TradeName {
    match name {
        Name::Even => TradeName::Even,
        Name::BestAverage => TradeName::BestAverage,
        Name::TopThree => TradeName::TopThree,
        Name::Safest => TradeName::Safest,
        Name::EqualMix => TradeName::EqualMix,
    }
}

/// The named mixes, in the order of the screen; none in a map that has no points.
///
/// `ranking`: skills, the most important first.
pub fn candidates(map: &TradeMap, ranking: &[usize]) -> Vec<TradeCandidate> {
    let all: Vec<TradePoint> = map.points().collect();
    let found = points(map).and_then(|points| front::candidates(&points, &specialists(map), ranking).ok());
    // With three skills or fewer all of them are the first three: the name would say what "Best average" says.
    let says_more = |name: TradeName| name != TradeName::TopThree || map.skills.len() > 3;
    let one = |found: front::Candidate| {
        Some(TradeCandidate { name: named(found.name), point: *all.get(found.at)? }).filter(|one| says_more(one.name))
    };
    found.unwrap_or_default().into_iter().filter_map(one).collect()
}

/// The mix whose worst skill is best.
pub fn even(map: &TradeMap) -> Option<TradePoint> {
    let ranking: Vec<usize> = (0..map.skills.len()).collect();
    candidates(map, &ranking).iter().find(|one| one.name == TradeName::Even).map(|one| one.point)
}

/// All names of a point.
pub fn names(candidates: &[TradeCandidate], point: TradePoint) -> Vec<TradeName> {
    candidates.iter().filter(|one| one.point == point).map(|one| one.name).collect()
}

/// The named mix after the selected one or before it, around the ends.
pub fn next(candidates: &[TradeCandidate], at: Option<TradePoint>, forward: bool) -> Option<TradePoint> {
    let mut all: Vec<TradePoint> = Vec::new();
    for one in candidates {
        if !all.contains(&one.point) {
            all.push(one.point);
        }
    }
    let count = all.len();
    let here = all.iter().position(|point| Some(*point) == at);
    let next = match (here, forward) {
        (Some(here), true) => (here + 1) % count,
        (Some(here), false) => (here + count - 1) % count,
        (None, true) => 0,
        (None, false) => count.checked_sub(1)?,
    };
    all.get(next).copied()
}

/// What is known of a point, skill by skill; nothing where the map has no such point.
pub fn lines(map: &TradeMap, point: TradePoint) -> Vec<Line> {
    let (Some(values), specialists) = (map.values(point), specialists(map)) else { return Vec::new() };
    let known = |at: usize, value: f64| match point {
        TradePoint::Measured(mix) => Known::Measured {
            examples: map.skills[at].examples,
            error: (value * (1.0 - value)).max(0.0).sqrt() / (map.skills[at].examples.max(1) as f64).sqrt(),
            expected: map.measured[mix].expected.as_ref().and_then(|all| all.get(at)).map(|one| one.value()),
        },
        TradePoint::Estimate(one) => {
            let miss = map.front[one].misses.as_ref().and_then(|misses| misses.get(at));
            Known::Estimate(miss.map(|miss| [(value - miss).clamp(0.0, 1.0), (value + miss).clamp(0.0, 1.0)]))
        }
    };
    let pairs = values.into_iter().zip(specialists).enumerate().take(map.skills.len());
    let line = |(at, (value, specialist)): (usize, (f64, f64))| Line {
        skill: at,
        value,
        share: value / specialist,
        metric: map.skills[at].metric,
        known: known(at, value),
    };
    pairs.map(line).collect()
}

/// Worst and mean share of a point, and how well it is known.
pub fn standing(map: &TradeMap, point: TradePoint, ranking: &[usize]) -> Option<Standing> {
    let lines = lines(map, point);
    let worst = lines.iter().min_by(|one, other| one.share.total_cmp(&other.share))?;
    let mean = |shares: Vec<f64>| shares.iter().sum::<f64>() / shares.len().max(1) as f64;
    let top = ranking.iter().take(3).filter_map(|skill| lines.get(*skill)).map(|line| line.share).collect();
    let half = |line: &Line| match line.known {
        Known::Measured { error, .. } => Some(error),
        Known::Estimate(range) => range.map(|[low, high]| (high - low) / 2.0),
    };
    Some(Standing {
        worst: (worst.share, worst.skill),
        mean: mean(lines.iter().map(|line| line.share).collect()),
        top: mean(top),
        band: lines.iter().map(half).collect::<Option<Vec<f64>>>().map(|all| all.into_iter().fold(0.0, f64::max)),
    })
}

/// The measured skill whose estimate was farthest off: its place, the score, the estimate.
pub fn farthest_off(lines: &[Line]) -> Option<(usize, f64, f64)> {
    let off = |line: &Line| match line.known {
        Known::Measured { expected: Some(expected), .. } => Some((line.skill, line.value, expected)),
        _ => None,
    };
    let apart = |one: &(usize, f64, f64)| (one.1 - one.2).abs();
    lines.iter().filter_map(off).max_by(|one, other| apart(one).total_cmp(&apart(other)))
}

/// The worst band of all skills, and the typical miss behind it.
pub fn worth(map: &TradeMap) -> Option<(TradeBand, Option<f64>)> {
    let band = map.skills.iter().map(|skill| skill.band).max()?;
    let misses: Option<Vec<f64>> = map.skills.iter().map(|skill| skill.typical_miss).collect();
    Some((band, misses.map(|all| all.into_iter().fold(0.0, f64::max))))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
pub mod tests {
    use super::*;
    use protocol::score::{Estimate, Measured};
    use protocol::trade::{TradeEstimate, TradeMix, TradeSearch, TradeSkill};

    fn share(correct: u64) -> Measured {
        Measured::share(correct, 200).unwrap()
    }

    /// A map of `skills` skills: the equal mix and each specialist measured, three estimates between.
    pub fn map(skills: usize) -> TradeMap {
        let skill = |at: usize| TradeSkill {
            skill: format!("skill {at}"),
            specialist: at,
            metric: Metric::Accuracy,
            examples: 200,
            expert: share(190),
            base: Some(share(80)),
            equal: share(150),
            alone: vec![None; skills],
            typical_miss: Some(0.012 + 0.002 * at as f64),
            band: TradeBand::Good,
        };
        let alone = |own: usize| (0..skills).map(|at| if at == own { 1.0 } else { 0.0 }).collect::<Vec<f64>>();
        let measured = |strengths: Vec<f64>, correct: &dyn Fn(usize) -> u64| TradeMix {
            strengths,
            scores: (0..skills).map(|at| share(correct(at))).collect(),
            expected: None,
        };
        let estimate = |tilt: f64| TradeEstimate {
            strengths: (0..skills).map(|at| 0.4 + tilt * at as f64).collect(),
            values: (0..skills).map(|at| Estimate::new(0.85 + tilt * (at as f64 - 0.5))).collect(),
            misses: Some((0..skills).map(|_| 0.02 + tilt.abs() / 10.0).collect()),
        };
        let mut all = vec![measured(vec![1.0 / skills as f64; skills], &|_| 150)];
        all.extend((0..skills).map(|own| measured(alone(own), &|at| if at == own { 190 } else { 90 })));
        TradeMap {
            specialists: (0..skills).map(|at| format!("skill {at}")).collect(),
            skills: (0..skills).map(skill).collect(),
            search: TradeSearch::Map,
            most_strength: 1.0,
            budget: 12,
            measured: all,
            front: vec![estimate(-0.1), estimate(0.0), estimate(0.1)],
            hypervolume: None,
            seconds: 1.0,
            problems: vec![],
        }
    }

    #[test]
    fn the_named_mixes_are_found_among_measured_and_expected_ones() {
        let map = map(2);
        let found = candidates(&map, &[0, 1]);
        let of = |name| found.iter().find(|one| one.name == name).map(|one| one.point);
        assert_eq!(of(TradeName::Even), Some(TradePoint::Estimate(1)));
        assert_eq!(of(TradeName::EqualMix), Some(TradePoint::Measured(0)));
        assert_eq!(of(TradeName::TopThree), None, "two skills have no top three");
        assert_eq!(even(&map), Some(TradePoint::Estimate(1)));
        assert!(names(&found, TradePoint::Estimate(1)).contains(&TradeName::Even));
        let none = TradeMap { measured: vec![], front: vec![], ..map };
        assert_eq!((candidates(&none, &[0]), even(&none)), (vec![], None));
    }

    #[test]
    fn the_next_named_mix_goes_around_the_ends() {
        let one = |name, at| TradeCandidate { name, point: TradePoint::Estimate(at) };
        let all = [one(TradeName::Even, 4), one(TradeName::BestAverage, 4), one(TradeName::Safest, 2)];
        let at = |at| Some(TradePoint::Estimate(at));
        assert_eq!(next(&all, at(4), true), at(2), "the same mix is not named twice in a row");
        assert_eq!((next(&all, at(2), true), next(&all, at(4), false)), (at(4), at(2)));
        assert_eq!((next(&all, None, true), next(&all, None, false), next(&[], None, true)), (at(4), at(2), None));
    }

    #[test]
    fn a_measured_point_knows_its_error_and_what_was_expected() {
        let mut map = map(2);
        map.measured[0].expected = Some(vec![Estimate::new(0.76), Estimate::new(0.70)]);
        let found = lines(&map, TradePoint::Measured(0));
        let Known::Measured { examples, error, expected } = found[1].known else { panic!("it is measured") };
        assert_eq!((examples, expected), (200, Some(0.70)));
        assert!((error - (0.75f64 * 0.25 / 200.0).sqrt()).abs() < 1e-12);
        assert!((found[0].share - 0.75 / 0.95).abs() < 1e-12);
        assert_eq!(farthest_off(&found), Some((1, 0.75, 0.70)));
        assert!(lines(&map, TradePoint::Measured(99)).is_empty());
    }

    #[test]
    fn an_estimate_has_a_range_or_none() {
        let mut map = map(2);
        let range = |map: &TradeMap| lines(map, TradePoint::Estimate(1))[0].known;
        let Known::Estimate(Some([low, high])) = range(&map) else { panic!("it has a range") };
        assert!((low - 0.83).abs() < 1e-12 && (high - 0.87).abs() < 1e-12);
        map.front[1].misses = None;
        assert_eq!(range(&map), Known::Estimate(None));
        assert_eq!(standing(&map, TradePoint::Estimate(1), &[0]).unwrap().band, None);
    }

    #[test]
    fn a_point_stands_by_its_worst_its_mean_and_its_first_three() {
        let map = map(4);
        let found = standing(&map, TradePoint::Measured(2), &[1, 0, 2, 3]).unwrap();
        assert!((found.worst.0 - 90.0 / 190.0).abs() < 1e-12 && found.worst.1 == 0);
        assert!((found.mean - (1.0 + 3.0 * 90.0 / 190.0) / 4.0).abs() < 1e-12);
        assert!((found.top - (1.0 + 2.0 * 90.0 / 190.0) / 3.0).abs() < 1e-12);
        let (band, miss) = worth(&map).unwrap();
        assert_eq!((band, format!("{:.3}", miss.unwrap())), (TradeBand::Good, "0.018".to_owned()));
    }
}
