//! The front of a cheap function of the strengths: NSGA-III with an archive of everything good it met.
//!
//! Source: Deb and Jain 2014 (IEEE Trans. Evol. Comput. 18:577). Ours, and why: an archive, since points of a small
//! population come and go; bounds from the measured mixes, since outside them a quadratic extrapolates (MAP's code
//! searches −3 … 3); measured mixes as a part of the first population.

use crate::dominance::descending;
use crate::error::{check_finite, check_length};
use crate::matrix::dot;
use crate::niche::{Individual, survive};
use crate::random::Random;
use crate::reference::reference_points;
use crate::vary::children;
use crate::volume::between;
use crate::{Bounds, Error, Estimate, Surrogate};

/// How long to search, and how much to give back.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// Rounds of the search; each tries about a hundred mixes (156 for eight skills).
    pub rounds: usize,
    /// Most points of the front to give back; those that lie farthest apart are kept.
    pub most: usize,
    /// Decides every draw.
    pub seed: u64,
    /// Scores \[t\] that every mix given back should reach, such as those of the base: the search then spends its
    /// points there. Where no mix reaches them, the one that comes nearest (by its summed shortfall) is given back.
    pub above: Option<Vec<f64>>,
}

impl Default for Search {
    /// 120 rounds, 500 points, seed 0, over the whole front.
    fn default() -> Self {
        Self { rounds: 120, most: 500, seed: 0, above: None }
    }
}

/// Mixes \[n\]\[k\] whose scores no other mix met dominates, sorted by their scores, best in the first skill first.
///
/// `score` writes the scores \[t\] of a mix \[k\], higher is better; it is called only inside `bounds`. `starts` \[m\]\[k\]
/// join the first population where they lie in the box. The same input and seed give the same bits on one machine;
/// between machines the last digits of ln, exp and powers may differ.
///
/// # Errors
/// No skills, starts or `above` of another length, a score that is not finite.
pub fn search(
    score: impl Fn(&[f64], &mut [f64]),
    skills: usize,
    bounds: &Bounds,
    starts: &[Vec<f64>],
    settings: &Search,
) -> Result<Vec<Vec<f64>>, Error> {
    if skills == 0 {
        return Err(Error::Empty { what: "skills" });
    }
    starts.iter().try_for_each(|start| check_length("start", start, bounds.axes()))?;
    let above = settings.above.clone().unwrap_or_else(|| vec![f64::NEG_INFINITY; skills]);
    check_length("scores to reach", &above, skills)?;
    let rate = |mix: Vec<f64>| {
        let mut scores = vec![0.0; skills];
        score(&mix, &mut scores);
        check_finite("score", 0, &scores)?;
        let shortfall = above.iter().zip(&scores).map(|(least, score)| (least - score).max(0.0)).sum();
        Ok::<_, Error>(Individual { mix, scores, shortfall })
    };
    let directions: Vec<Vec<f64>> = reference_points(skills).iter().map(|point| unit(point)).collect();
    let count = directions.len().next_multiple_of(4);
    let mut random = Random::new(settings.seed);
    let mut people = first(bounds, starts, count, &mut random).into_iter().map(rate).collect::<Result<Vec<_>, _>>()?;
    let mut archive = Archive::new(settings.most);
    people.iter().for_each(|one| archive.offer(one));
    for _ in 0..settings.rounds {
        let born = offspring(&people, bounds, &mut random).into_iter().map(rate).collect::<Result<Vec<_>, _>>()?;
        born.iter().for_each(|one| archive.offer(one));
        people.extend(born);
        people = survive(people, count, &directions, &mut random);
    }
    Ok(archive.into_mixes())
}

fn unit(point: &[f64]) -> Vec<f64> {
    let length = dot(point, point).sqrt();
    point.iter().map(|x| x / length).collect()
}

/// `starts` inside the box, then mixes drawn evenly from it; at least `count`.
fn first(bounds: &Bounds, starts: &[Vec<f64>], count: usize, random: &mut Random) -> Vec<Vec<f64>> {
    let mut mixes: Vec<Vec<f64>> = starts.iter().filter(|start| bounds.holds(start)).cloned().collect();
    while mixes.len() < count {
        let shares: Vec<f64> = (0..bounds.axes()).map(|_| random.unit()).collect();
        mixes.push(bounds.at(|axis| shares[axis]));
    }
    mixes
}

/// As many children as parents; every parent has a part in two.
fn offspring(people: &[Individual], bounds: &Bounds, random: &mut Random) -> Vec<Vec<f64>> {
    let mut order: Vec<usize> = (0..people.len()).collect();
    random.shuffle(&mut order);
    let pairs = order.chunks_exact(2);
    pairs.flat_map(|pair| children(&people[pair[0]].mix, &people[pair[1]].mix, bounds, random)).collect()
}

/// All that was not dominated so far, thinned out when it grows too large.
struct Archive {
    kept: Vec<Individual>,
    most: usize,
}

impl Archive {
    fn new(most: usize) -> Self {
        Self { kept: Vec::new(), most }
    }

    fn offer(&mut self, one: &Individual) {
        if self.kept.iter().any(|rival| one.is_covered_by(rival)) {
            return;
        }
        self.kept.retain(|rival| !rival.is_covered_by(one));
        self.kept.push(one.clone());
        if self.kept.len() > 4 * self.most.max(50) {
            self.kept = apart(std::mem::take(&mut self.kept), 2 * self.most.max(50));
        }
    }

    fn into_mixes(self) -> Vec<Vec<f64>> {
        let mut kept = apart(self.kept, self.most);
        kept.sort_by(|x, y| descending(&x.scores, &y.scores));
        kept.into_iter().map(|one| one.mix).collect()
    }
}

/// The best of every skill, then again and again the point farthest from all taken; distances in units of the front's
/// extent.
fn apart(points: Vec<Individual>, most: usize) -> Vec<Individual> {
    if points.len() <= most {
        return points;
    }
    let scaled = scaled(&points);
    let skills = points[0].scores.len();
    let best = |skill: usize| (0..points.len()).max_by(|&x, &y| scaled[x][skill].total_cmp(&scaled[y][skill]));
    let mut extremes: Vec<usize> = (0..skills).filter_map(best).collect();
    let mut free = vec![f64::INFINITY; points.len()];
    let mut taken = Vec::with_capacity(most);
    while taken.len() < most {
        let farthest = (0..points.len()).max_by(|&x, &y| free[x].total_cmp(&free[y])).unwrap_or(0);
        let next = extremes.pop().unwrap_or(farthest);
        if free[next] > 0.0 {
            taken.push(next);
            free.iter_mut().zip(&scaled).for_each(|(free, row)| *free = free.min(between(row, &scaled[next])));
        } else if extremes.is_empty() {
            break;
        }
    }
    taken.into_iter().map(|at| points[at].clone()).collect()
}

/// Scores brought to 0 … 1 over the points.
fn scaled(points: &[Individual]) -> Vec<Vec<f64>> {
    let skills = points[0].scores.len();
    let column = |skill: usize| points.iter().map(move |one| one.scores[skill]);
    let least: Vec<f64> = (0..skills).map(|skill| column(skill).fold(f64::INFINITY, f64::min)).collect();
    let most: Vec<f64> = (0..skills).map(|skill| column(skill).fold(f64::NEG_INFINITY, f64::max)).collect();
    let scale = |skill: usize, score: f64| (score - least[skill]) / (most[skill] - least[skill]).max(1e-12);
    points.iter().map(|one| one.scores.iter().enumerate().map(|(at, x)| scale(at, *x)).collect()).collect()
}

impl Surrogate {
    /// Estimates along the front, inside the sampled box and, where given, inside `bounds` too. Sorted as [`search`].
    ///
    /// # Errors
    /// Bounds of another length, or none in common with the sampled box; what [`search`] refuses.
    pub fn front(&self, bounds: Option<&Bounds>, settings: &Search) -> Result<Vec<Estimate>, Error> {
        let sampled = self.sampled();
        let bounds = bounds.map_or_else(|| Ok(sampled.clone()), |wished| sampled.shared(wished))?;
        let score = |mix: &[f64], scores: &mut [f64]| self.write_values(mix, scores);
        let mixes = search(score, self.skills().len(), &bounds, self.mixes(), settings)?;
        mixes.iter().map(|mix| self.estimate(mix)).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::dominance::non_dominated;

    /// Two peaks at (0.2, 0.2) and (0.8, 0.8): the front is the line between them.
    fn peaks(mix: &[f64], scores: &mut [f64]) {
        for (score, peak) in scores.iter_mut().zip([0.2, 0.8]) {
            *score = -mix.iter().map(|x| (x - peak) * (x - peak)).sum::<f64>();
        }
    }

    fn found(settings: Search) -> Vec<Vec<f64>> {
        search(peaks, 2, &Bounds::same(2, 0.0, 1.0).unwrap(), &[], &settings).unwrap()
    }

    #[test]
    fn the_front_between_two_peaks_is_their_line() {
        let mixes = found(Search::default());
        assert!(mixes.len() > 100, "{}", mixes.len());
        for mix in &mixes {
            // Beside the line by d, both scores fall short by d²/2 of what the line gives: 1e-3 where they range by 0.72.
            let (beside, middle) = (mix[0] - mix[1], 0.5 * (mix[0] + mix[1]));
            assert!(beside * beside / 2.0 < 1e-3 && (0.18..=0.82).contains(&middle), "{mix:?}");
        }
    }

    #[test]
    fn a_seed_fixes_the_front_and_another_changes_it() {
        let short = |seed| found(Search { rounds: 10, most: 50, seed, above: None });
        assert_eq!(short(1), short(1));
        assert_ne!(short(1), short(2));
    }

    #[test]
    fn no_point_given_back_is_dominated_and_no_more_than_wished_come_back() {
        let mixes = found(Search { rounds: 20, most: 30, seed: 5, above: None });
        let mut scores = vec![[0.0; 2]; mixes.len()];
        scores.iter_mut().zip(&mixes).for_each(|(scores, mix)| peaks(mix, scores));
        assert_eq!(non_dominated(&scores).unwrap().len(), 30);
        assert!(scores.is_sorted_by(|x, y| x[0] >= y[0]));
    }

    #[test]
    fn what_every_mix_should_reach_is_reached_or_missed_by_the_least() {
        let above = |least: f64| {
            let settings = Search { above: Some(vec![least; 2]), rounds: 60, ..Search::default() };
            let mixes = found(settings);
            let scores = mixes.iter().map(|mix| {
                let mut scores = [0.0; 2];
                peaks(mix, &mut scores);
                scores
            });
            scores.collect::<Vec<_>>()
        };
        // On the line at t: −2·(t − 0.2)² and −2·(t − 0.8)²; both reach −0.25 for t from 0.446 to 0.554.
        let inside = above(-0.25);
        assert!(inside.len() > 100 && inside.iter().flatten().all(|score| *score >= -0.25), "{}", inside.len());
        // Both cannot reach −0.1; the sum of both shortfalls is least in the middle, where both are −0.18.
        let nearest = above(-0.1);
        assert_eq!(nearest.len(), 1);
        assert!(nearest[0].iter().all(|score| (score + 0.18).abs() < 0.01), "{nearest:?}");
    }

    #[test]
    fn a_score_that_is_not_a_number_ends_the_search() {
        let bounds = Bounds::same(1, 0.0, 1.0).unwrap();
        let broken = |_: &[f64], scores: &mut [f64]| scores.fill(f64::NAN);
        assert!(search(broken, 2, &bounds, &[], &Search::default()).is_err());
        assert!(search(|_, _| (), 0, &bounds, &[], &Search::default()).is_err());
        assert!(search(|_, _| (), 1, &bounds, &[vec![0.0; 2]], &Search::default()).is_err());
    }
}
