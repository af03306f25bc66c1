//! Named mixes to choose from, and the mix that fits a wish.
//!
//! All of them look at *shares*: a mix's score over the score of that skill's specialist alone, so that skills with
//! different scales compare. Shares need scores above 0; a loss becomes such a score where it is made (e⁻ˡᵒˢˢ, say).

use std::cmp::Ordering;

use crate::dominance::non_dominated;
use crate::error::{check_finite, check_length, check_range};
use crate::{Error, Point};

/// What a candidate is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Name {
    /// The largest worst share over the skills.
    Even,
    /// The largest mean share.
    BestAverage,
    /// The largest mean share over the first three of the person's ranking.
    TopThree,
    /// The narrowest band among the mixes that none dominates.
    Safest,
    /// The same strength 1/k for every specialist.
    EqualMix,
}

impl Name {
    /// All of them, in the order of the screen.
    pub const ALL: [Name; 5] = [Name::Even, Name::BestAverage, Name::TopThree, Name::Safest, Name::EqualMix];
}

/// One named mix: `at` is its index among the points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Candidate {
    /// What it is good for.
    pub name: Name,
    /// Which point it is.
    pub at: usize,
}

/// Shares \[t\] of the specialists' scores. `values` and `specialists` \[t\].
///
/// # Errors
/// Lists of different lengths, numbers that are not finite, a specialist's score of 0 or less.
pub fn shares(values: &[f64], specialists: &[f64]) -> Result<Vec<f64>, Error> {
    check_length("scores", values, specialists.len())?;
    check_finite("score", 0, values)?;
    for &score in specialists {
        check_range("score of a specialist", score, f64::MIN_POSITIVE, f64::MAX)?;
    }
    Ok(values.iter().zip(specialists).map(|(value, specialist)| value / specialist).collect())
}

/// The named candidates among `points` \[n\], in the order of [`Name::ALL`]. The same point may have several names.
/// The equal mix is left out where no point has it.
///
/// `specialists` \[t\]: score of each skill's specialist alone. `ranking`: skills, most important first; its first three
/// count. Of equally good points the one with the larger mean share is taken, then the earlier one.
///
/// # Errors
/// No points, an empty ranking, a skill that there is not, and what [`shares`] refuses.
pub fn candidates(points: &[Point], specialists: &[f64], ranking: &[usize]) -> Result<Vec<Candidate>, Error> {
    let shares = all_shares(points, specialists)?;
    let top = &ranking[..ranking.len().min(3)];
    if top.is_empty() {
        return Err(Error::Empty { what: "ranked skills" });
    }
    top.iter().try_for_each(|&skill| check_skill(skill, specialists.len()))?;
    let values: Vec<&[f64]> = points.iter().map(Point::values).collect();
    let front = non_dominated(&values)?;
    let best = |wish: &dyn Fn(usize) -> f64| best_of(0..points.len(), &shares, wish);
    let found = [
        best(&|at| least(&shares[at])),
        best(&|at| mean(&shares[at])),
        best(&|at| top.iter().map(|&skill| shares[at][skill]).sum()),
        best_of(front.iter().copied(), &shares, &|at| -points[at].widest_band()),
        (0..points.len()).find(|&at| is_equal_mix(points[at].coefficients())),
    ];
    let named = Name::ALL.into_iter().zip(found);
    Ok(named.filter_map(|(name, at)| at.map(|at| Candidate { name, at })).collect())
}

/// The point with the largest share of one skill.
///
/// # Errors
/// No points, a skill that there is not, and what [`shares`] refuses.
pub fn best_for(points: &[Point], specialists: &[f64], skill: usize) -> Result<usize, Error> {
    let shares = all_shares(points, specialists)?;
    check_skill(skill, specialists.len())?;
    best_of(0..points.len(), &shares, &|at| shares[at][skill]).ok_or(Error::Empty { what: "points" })
}

/// The point that fits preferences best: least of the largest weighted distance from the best share of each skill.
///
/// `weights` \[t\], 0 or more, not all 0; only their proportions count. Unlike a weighted sum this reaches every point
/// of the front, also where it is hollow. A small part (10⁻³) of the weighted sum settles ties.
///
/// Source: the achievement function of Wierzbicki 1980.
///
/// # Errors
/// No points, weights of another length, below 0 or all 0, and what [`shares`] refuses.
pub fn preferred(points: &[Point], specialists: &[f64], weights: &[f64]) -> Result<usize, Error> {
    let shares = all_shares(points, specialists)?;
    check_length("weights", weights, specialists.len())?;
    weights.iter().try_for_each(|weight| check_range("weight", *weight, 0.0, f64::MAX))?;
    let sum: f64 = weights.iter().sum();
    check_range("sum of the weights", sum, f64::MIN_POSITIVE, f64::MAX)?;
    let ideal = |skill: usize| shares.iter().map(|row| row[skill]).fold(f64::NEG_INFINITY, f64::max);
    let ideal: Vec<f64> = (0..specialists.len()).map(ideal).collect();
    let lack = |at: usize, skill: usize| weights[skill] / sum * (ideal[skill] - shares[at][skill]);
    let wish = |at: usize| {
        let lacks = || (0..specialists.len()).map(|skill| lack(at, skill));
        -lacks().fold(0.0, f64::max) - 1e-3 * lacks().sum::<f64>()
    };
    best_of(0..points.len(), &shares, &wish).ok_or(Error::Empty { what: "points" })
}

fn all_shares(points: &[Point], specialists: &[f64]) -> Result<Vec<Vec<f64>>, Error> {
    if points.is_empty() {
        return Err(Error::Empty { what: "points" });
    }
    points.iter().map(|point| shares(point.values(), specialists)).collect()
}

fn check_skill(skill: usize, skills: usize) -> Result<(), Error> {
    check_range("skill", skill as f64, 0.0, skills as f64 - 1.0)
}

/// Largest wish, then largest mean share, then first.
fn best_of(all: impl Iterator<Item = usize>, shares: &[Vec<f64>], wish: &dyn Fn(usize) -> f64) -> Option<usize> {
    let better = |x: usize, y: usize| {
        let order = wish(x).total_cmp(&wish(y)).then_with(|| mean(&shares[x]).total_cmp(&mean(&shares[y])));
        if order == Ordering::Less { y } else { x }
    };
    all.reduce(better)
}

fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn is_equal_mix(mix: &[f64]) -> bool {
    let share = 1.0 / mix.len() as f64;
    mix.iter().all(|strength| (strength - share).abs() < 1e-9)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::{Estimate, Measured};

    fn estimate(mix: [f64; 3], values: [f64; 3], miss: f64) -> Point {
        Point::Estimate(Estimate::restored(mix.to_vec(), values.to_vec(), Some(vec![miss; 3])).unwrap())
    }

    /// Specialists score 1, 0.5 and 0.8, so shares are (0.9, 1.0, 0.5), (0.8, 0.8, 0.75), …
    fn cloud() -> Vec<Point> {
        vec![
            estimate([0.9, 0.8, 0.0], [0.9, 0.5, 0.4], 0.03),
            estimate([0.5, 0.5, 0.5], [0.8, 0.4, 0.6], 0.02),
            estimate([0.2, 0.1, 0.9], [0.7, 0.3, 0.8], 0.05),
            estimate([1.0 / 3.0; 3], [0.6, 0.3, 0.5], 0.001),
            estimate([0.8, 0.8, 0.8], [0.78, 0.45, 0.592], 0.01),
        ]
    }

    const SPECIALISTS: [f64; 3] = [1.0, 0.5, 0.8];

    fn named(points: &[Point], ranking: &[usize]) -> Vec<(Name, usize)> {
        let all = candidates(points, &SPECIALISTS, ranking).unwrap();
        all.into_iter().map(|one| (one.name, one.at)).collect()
    }

    #[test]
    fn every_name_finds_its_point() {
        // Worst shares 0.5, 0.75, 0.6, 0.6, 0.74; means 0.8, 0.783, 0.767, 0.608, 0.807.
        let found = named(&cloud(), &[2, 0, 1]);
        assert_eq!(
            found,
            [
                (Name::Even, 1),
                (Name::BestAverage, 4),
                (Name::TopThree, 4),
                // Point 3 has a narrower band, but point 1 dominates it.
                (Name::Safest, 4),
                (Name::EqualMix, 3)
            ]
        );
    }

    #[test]
    fn the_ranking_decides_the_top() {
        assert_eq!(named(&cloud(), &[2])[2], (Name::TopThree, 2));
        assert_eq!(named(&cloud(), &[1, 0])[2], (Name::TopThree, 0));
    }

    #[test]
    fn without_an_equal_mix_its_name_is_left_out() {
        let mut points = cloud();
        points.remove(3);
        assert_eq!(named(&points, &[0]).len(), 4);
    }

    #[test]
    fn of_equal_points_the_first_is_taken_and_units_do_not_count() {
        let points = cloud();
        let doubled: Vec<Point> = points.iter().chain(&points).cloned().collect();
        assert_eq!(named(&points, &[0]), named(&doubled, &[0]));
        let percent: Vec<Point> = points
            .iter()
            .map(|point| {
                let values = point.values().iter().map(|value| 100.0 * value).collect();
                Point::Measured(Measured::new(point.coefficients().to_vec(), values, vec![10; 3]).unwrap())
            })
            .collect();
        let found = candidates(&percent, &SPECIALISTS.map(|score| 100.0 * score), &[0]).unwrap();
        assert_eq!((found[0].at, found[1].at), (1, 4));
    }

    #[test]
    fn preferences_reach_the_corners_and_the_hollow_middle() {
        let point = |x: f64, y: f64| Point::Estimate(Estimate::restored(vec![x, y], vec![x, y], None).unwrap());
        // The middle lies below the line between its neighbours: no weighted sum would take it.
        let points = [point(1.0, 0.1), point(0.5, 0.5), point(0.1, 1.0)];
        let at = |weights: [f64; 2]| preferred(&points, &[1.0, 1.0], &weights).unwrap();
        assert_eq!([at([1.0, 0.0]), at([1.0, 1.0]), at([0.0, 3.0])], [0, 1, 2]);
        for weights in [[0.0, 0.0], [-1.0, 2.0], [f64::NAN, 1.0]] {
            assert!(preferred(&points, &[1.0, 1.0], &weights).is_err(), "{weights:?}");
        }
        assert_eq!(best_for(&points, &[1.0, 1.0], 1), Ok(2));
        assert!(best_for(&points, &[1.0, 1.0], 2).is_err());
    }

    #[test]
    fn what_has_no_share_is_refused() {
        assert!(shares(&[0.5], &[0.0]).is_err() && shares(&[0.5], &[-1.0]).is_err());
        assert!(shares(&[f64::NAN], &[1.0]).is_err() && shares(&[0.5, 0.5], &[1.0]).is_err());
        assert!(candidates(&[], &SPECIALISTS, &[0]).is_err() && candidates(&cloud(), &SPECIALISTS, &[]).is_err());
        assert!(candidates(&cloud(), &SPECIALISTS, &[3]).is_err());
    }
}
