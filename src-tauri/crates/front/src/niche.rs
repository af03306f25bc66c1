//! Which mixes survive a round: fronts first, then the emptiest niches.
//!
//! Source: NSGA-III, Deb and Jain 2014 (IEEE Trans. Evol. Comput. 18:577), algorithms 1 to 4. Costs are scores negated.

use crate::dominance::{dominates, is_covered};
use crate::matrix::{dot, eliminate};
use crate::random::Random;

/// A mix and its scores.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Individual {
    pub mix: Vec<f64>,
    pub scores: Vec<f64>,
    /// By how much it falls short of what every mix should reach, summed over the skills; 0 for those that reach it.
    pub shortfall: f64,
}

impl Individual {
    /// Less shortfall wins; without a difference, dominance.
    ///
    /// Source: constrained domination, Jain and Deb 2014 (IEEE Trans. Evol. Comput. 18:602), definition 1.
    fn beats(&self, other: &Self) -> bool {
        self.shortfall < other.shortfall || self.shortfall == other.shortfall && dominates(&self.scores, &other.scores)
    }

    /// Whether `other` is at least as good everywhere.
    pub(crate) fn is_covered_by(&self, other: &Self) -> bool {
        other.shortfall < self.shortfall || self.shortfall == other.shortfall && is_covered(&self.scores, &other.scores)
    }
}

/// Keeps `count` of `pool`; `directions` are unit vectors \[n\]\[t\].
pub(crate) fn survive(
    pool: Vec<Individual>,
    count: usize,
    directions: &[Vec<f64>],
    random: &mut Random,
) -> Vec<Individual> {
    let (mut chosen, mut last) = (Vec::new(), Vec::new());
    for layer in layers(&pool, count) {
        chosen.append(&mut last);
        last = layer;
    }
    let open = count.saturating_sub(chosen.len());
    if last.len() > open {
        last = fill(&pool, &chosen, &last, open, directions, random);
    }
    chosen.append(&mut last);
    let mut pool: Vec<Option<Individual>> = pool.into_iter().map(Some).collect();
    chosen.into_iter().filter_map(|at| pool[at].take()).collect()
}

/// Fronts one behind the other, until they hold `enough`. Indices into `pool`.
fn layers(pool: &[Individual], enough: usize) -> Vec<Vec<usize>> {
    let mut rivals = vec![0usize; pool.len()];
    let mut beaten = vec![Vec::new(); pool.len()];
    for x in 0..pool.len() {
        for y in x + 1..pool.len() {
            for (winner, loser) in [(x, y), (y, x)] {
                if pool[winner].beats(&pool[loser]) {
                    rivals[loser] += 1;
                    beaten[winner].push(loser);
                }
            }
        }
    }
    let mut layer: Vec<usize> = (0..pool.len()).filter(|&at| rivals[at] == 0).collect();
    let (mut all, mut held) = (Vec::new(), 0);
    while !layer.is_empty() && held < enough {
        held += layer.len();
        let freed = layer.iter().flat_map(|&at| &beaten[at]).filter(|&&loser| {
            rivals[loser] -= 1;
            rivals[loser] == 0
        });
        let next: Vec<usize> = freed.copied().collect();
        all.push(std::mem::replace(&mut layer, next));
    }
    all
}

/// `open` of `last`, taken where `chosen` leaves niches empty (algorithm 4).
fn fill(
    pool: &[Individual],
    chosen: &[usize],
    last: &[usize],
    open: usize,
    directions: &[Vec<f64>],
    random: &mut Random,
) -> Vec<usize> {
    let all: Vec<usize> = chosen.iter().chain(last).copied().collect();
    let places = places(pool, &all, directions);
    let (settled, waiting) = places.split_at(chosen.len());
    let mut crowd = vec![0usize; directions.len()];
    settled.iter().for_each(|(niche, _)| crowd[*niche] += 1);
    let mut queues = vec![Vec::new(); directions.len()];
    for (&at, (niche, distance)) in last.iter().zip(waiting) {
        queues[*niche].push((at, *distance));
    }
    let mut taken = Vec::with_capacity(open);
    while taken.len() < open {
        let Some(niche) = emptiest(&crowd, &queues, random) else { break };
        let queue = &mut queues[niche];
        let pick = if crowd[niche] == 0 { nearest(queue) } else { random.index(queue.len()) };
        taken.push(queue.swap_remove(pick).0);
        crowd[niche] += 1;
    }
    taken
}

/// A niche with the fewest settled that somebody waits for; among equals by chance.
fn emptiest(crowd: &[usize], queues: &[Vec<(usize, f64)>], random: &mut Random) -> Option<usize> {
    let wanted = || (0..crowd.len()).filter(|&niche| !queues[niche].is_empty());
    let fewest = wanted().map(|niche| crowd[niche]).min()?;
    let equal: Vec<usize> = wanted().filter(|&niche| crowd[niche] == fewest).collect();
    Some(equal[random.index(equal.len())])
}

fn nearest(queue: &[(usize, f64)]) -> usize {
    (0..queue.len()).min_by(|&x, &y| queue[x].1.total_cmp(&queue[y].1)).unwrap_or(0)
}

/// Niche of each of `all`, and its squared distance from the niche's direction (algorithms 2 and 3).
fn places(pool: &[Individual], all: &[usize], directions: &[Vec<f64>]) -> Vec<(usize, f64)> {
    let costs: Vec<Vec<f64>> = normalised(all.iter().map(|&at| pool[at].scores.as_slice()).collect());
    let place = |cost: &Vec<f64>| {
        let along = |niche: usize| dot(cost, &directions[niche]);
        let niche = (0..directions.len()).max_by(|&x, &y| along(x).total_cmp(&along(y))).unwrap_or(0);
        (niche, dot(cost, cost) - along(niche).powi(2))
    };
    costs.iter().map(place).collect()
}

/// Costs from the best corner, in units of the front's extent along each skill (algorithm 2).
fn normalised(scores: Vec<&[f64]>) -> Vec<Vec<f64>> {
    let skills = scores[0].len();
    let best: Vec<f64> = (0..skills).map(|skill| largest(scores.iter().map(|row| row[skill]))).collect();
    let mut costs: Vec<Vec<f64>> =
        scores.iter().map(|row| best.iter().zip(*row).map(|(best, score)| best - score).collect()).collect();
    let extent = extents(&costs);
    for cost in &mut costs {
        cost.iter_mut().zip(&extent).for_each(|(cost, extent)| *cost /= extent);
    }
    costs
}

/// Where the plane through the extreme points meets each axis; without such a plane the largest cost.
fn extents(costs: &[Vec<f64>]) -> Vec<f64> {
    let skills = costs[0].len();
    let extremes: Vec<Vec<f64>> = (0..skills).map(|skill| extreme(costs, skill).clone()).collect();
    let fallback = |skill: usize| largest(costs.iter().map(|cost| cost[skill])).max(1e-12);
    let plane = eliminate(extremes, vec![1.0; skills]);
    let is_usable = |inverse: &f64, skill: usize| *inverse > 0.0 && 1.0 / inverse <= 2.0 * fallback(skill);
    match plane {
        Some(plane) if plane.iter().enumerate().all(|(skill, inverse)| is_usable(inverse, skill)) => {
            plane.iter().map(|inverse| 1.0 / inverse).collect()
        }
        _ => (0..skills).map(fallback).collect(),
    }
}

/// The point nearest to the axis of `skill`: least of the largest cost beside it (achievement function).
fn extreme(costs: &[Vec<f64>], skill: usize) -> &Vec<f64> {
    let reach = |cost: &Vec<f64>| {
        let scaled = cost.iter().enumerate().map(|(at, cost)| if at == skill { *cost } else { cost * 1e6 });
        largest(scaled)
    };
    costs.iter().min_by(|x, y| reach(x).total_cmp(&reach(y))).unwrap_or(&costs[0])
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NEG_INFINITY, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(scores: &[[f64; 2]]) -> Vec<Individual> {
        scores.iter().map(|row| Individual { mix: row.to_vec(), scores: row.to_vec(), shortfall: 0.0 }).collect()
    }

    #[test]
    fn layers_come_one_behind_the_other() {
        let pool = pool(&[[0.1, 0.1], [0.9, 0.2], [0.2, 0.9], [0.15, 0.8], [0.05, 0.05]]);
        assert_eq!(layers(&pool, 5), [vec![1, 2], vec![3], vec![0], vec![4]]);
        assert_eq!(layers(&pool, 2), [vec![1, 2]]);
    }

    #[test]
    fn what_falls_short_comes_after_all_that_does_not() {
        let mut pool = pool(&[[0.9, 0.9], [0.5, 0.5], [0.8, 0.8]]);
        (pool[0].shortfall, pool[2].shortfall) = (0.2, 0.1);
        assert_eq!(layers(&pool, 3), [[1], [2], [0]]);
        assert!(pool[0].is_covered_by(&pool[1]) && !pool[1].is_covered_by(&pool[0]));
    }

    #[test]
    fn survivors_are_taken_from_the_first_front_and_spread_over_the_directions() {
        // Ten points crowd one corner; the others must survive in the three niches.
        let mut scores: Vec<[f64; 2]> = (0..10).map(|at| [1.0 - 1e-3 * f64::from(at), 1e-3 * f64::from(at)]).collect();
        scores.extend([[0.5, 0.5], [0.0, 1.0], [0.3, 0.3]]);
        let directions = [vec![1.0, 0.0], vec![0.5f64.sqrt(); 2], vec![0.0, 1.0]];
        let kept = survive(pool(&scores), 3, &directions, &mut Random::new(1));
        assert_eq!(kept.len(), 3);
        for wanted in [[0.5, 0.5], [0.0, 1.0]] {
            assert!(kept.iter().any(|one| one.scores == wanted), "{kept:?}");
        }
        assert!(kept.iter().all(|one| one.scores != [0.3, 0.3]), "{kept:?}");
    }

    #[test]
    fn normalised_costs_run_from_zero_to_one_whatever_the_units() {
        let rows = [[0.0, 300.0], [0.5, 200.0], [1.0, 100.0]];
        let costs = normalised(rows.iter().map(|row| row.as_slice()).collect());
        assert_eq!(costs, [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]);
    }
}
