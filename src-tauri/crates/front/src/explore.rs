//! The next mix to measure, one at a time, so that nothing is spent on what the last one already told.
//!
//! First the mixes a person will ask about (the base, every specialist alone, the equal mix); then the mix that would
//! widen the front most if it scores as expected. That is the greedy form of Bayesian MAP's idea (arXiv:2406.07529,
//! section 3): measure where the front is, not where the box is. The rivals are there to compare with.

use crate::adapt::Adapting;
use crate::design::fixed;
use crate::error::{check_length, check_range};
use crate::quadratic::Link;
use crate::random::Random;
use crate::search::Search;
use crate::{Bounds, Error, Estimate, Expectation, Measured, preferred, worth_measuring};

/// New mixes keep this distance from measured ones, as a share of the box (largest difference).
const APART: f64 = 0.02;
/// Points of the expected front among which the next mix is chosen.
const PROPOSALS: usize = 120;
/// Rounds of the search for them.
const ROUNDS: usize = 60;
/// Most skills whose gain in volume is worked out for every proposal; its time grows exponentially with them.
const MOST_VOLUME: usize = 4;

/// How the next mix is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// Where the front is expected to gain most.
    Promising,
    /// Anywhere in the box, evenly.
    Random,
    /// Along the line on which all strengths are equal.
    EqualLine,
    /// Where the mean score is best, by CMA-ES.
    Adapting,
    /// On a regular grid with as many sides as the budget holds: what a front is held against.
    Grid,
}

/// A mix to measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// Its strengths \[k\].
    pub mix: Vec<f64>,
    /// What its scores \[t\] are expected to be; `None` where nothing was expected when it was chosen.
    pub expected: Option<Vec<f64>>,
}

/// A plan for a number of measured mixes. It has no memory: what comes next follows from what is known.
#[derive(Debug, Clone)]
pub struct Exploration {
    way: Way,
    bounds: Bounds,
    links: Vec<Link>,
    budget: usize,
    seed: u64,
}

impl Exploration {
    /// A plan for `budget` mixes in all, inside `bounds`; `links` \[t\] in the order of the skills.
    ///
    /// # Errors
    /// No skills, a budget of 0.
    pub fn new(way: Way, bounds: Bounds, links: Vec<Link>, budget: usize, seed: u64) -> Result<Self, Error> {
        if links.is_empty() {
            return Err(Error::Empty { what: "skills" });
        }
        check_range("number of mixes", budget as f64, 1.0, f64::MAX)?;
        Ok(Self { way, bounds, links, budget, seed })
    }

    /// The next mix to measure \[k\], given all that is known in the order it was measured; `None` when the budget is
    /// spent. The first mix of every way is the base.
    ///
    /// # Errors
    /// What is known does not belong to this box or these skills.
    pub fn next(&self, known: &[Measured]) -> Result<Option<Proposal>, Error> {
        if known.len() >= self.mixes() {
            return Ok(None);
        }
        known.iter().try_for_each(|one| check_length("scores", one.scores(), self.links.len()))?;
        let plain = |mix| Ok(Some(Proposal { mix, expected: None }));
        if known.is_empty() {
            return plain(self.bounds.clamp(&vec![0.0; self.bounds.axes()]));
        }
        match self.way {
            Way::Promising => self.promising(known).map(Some),
            Way::Random => plain(self.anywhere(known.len())),
            Way::EqualLine => plain(self.on_the_line(known.len())),
            Way::Grid => plain(self.on_the_grid(known.len())),
            Way::Adapting => plain(Adapting::replay(&self.bounds, &known[1..], self.seed)?),
        }
    }

    /// Mixes in all: the budget, or as many of it as fill a grid.
    fn mixes(&self) -> usize {
        if self.way == Way::Grid { self.sides().pow(self.bounds.axes() as u32) } else { self.budget }
    }

    /// Mixes along every side of the grid, at least 2.
    fn sides(&self) -> usize {
        let fits = |sides: &usize| sides.checked_pow(self.bounds.axes() as u32).is_some_and(|all| all <= self.budget);
        (2..=self.budget).take_while(fits).last().unwrap_or(2)
    }

    fn on_the_grid(&self, at: usize) -> Vec<f64> {
        let sides = self.sides();
        self.bounds.at(|axis| (at / sides.pow(axis as u32) % sides) as f64 / (sides - 1) as f64)
    }

    /// Draw number `at` of the seed's mixes.
    fn anywhere(&self, at: usize) -> Vec<f64> {
        let mut random = Random::new(self.seed);
        (0..(at - 1) * self.bounds.axes()).for_each(|_| _ = random.unit());
        let shares: Vec<f64> = (0..self.bounds.axes()).map(|_| random.unit()).collect();
        self.bounds.at(|axis| shares[axis])
    }

    fn on_the_line(&self, at: usize) -> Vec<f64> {
        self.bounds.at(|_| at as f64 / (self.budget - 1).max(1) as f64)
    }

    fn promising(&self, known: &[Measured]) -> Result<Proposal, Error> {
        let is_known = |mix: &Vec<f64>| known.iter().any(|one| self.bounds.distance(mix, one.coefficients()) < 1e-9);
        if let Some(opening) = fixed(&self.bounds).into_iter().find(|mix| !is_known(mix)) {
            return Ok(Proposal { mix: opening, expected: None });
        }
        let expectation = Expectation::new(known, &self.links, &self.bounds)?;
        let seed = self.seed.wrapping_add(known.len() as u64);
        let base = self.base(known);
        let search = Search { rounds: ROUNDS, most: PROPOSALS, seed, above: Some(base.clone()) };
        let front: Vec<Estimate> =
            expectation.front(&search)?.into_iter().filter(|one| self.is_new(one, known)).collect();
        let best = if self.links.len() <= MOST_VOLUME {
            worth_measuring(&front, known, &base, 1)?.first().copied()
        } else {
            wished(&front, known, seed)?
        };
        let most_doubtful = || {
            (0..front.len()).max_by(|&x, &y| doubt(&expectation, &front[x]).total_cmp(&doubt(&expectation, &front[y])))
        };
        match best.or_else(most_doubtful) {
            Some(at) => Ok(Proposal::of(&front[at])),
            // Everything near the front is known: what is known least anywhere.
            None => Ok(Proposal::of(&expectation.estimate(&self.least_known(&expectation, known))?)),
        }
    }

    fn is_new(&self, estimate: &Estimate, known: &[Measured]) -> bool {
        known.iter().all(|one| self.bounds.distance(estimate.coefficients(), one.coefficients()) >= APART)
    }

    /// Scores \[t\] of the base, above which the front is to grow; the least of each skill where it was not measured.
    fn base(&self, known: &[Measured]) -> Vec<f64> {
        let base = known.iter().find(|one| one.coefficients().iter().all(|strength| *strength == 0.0));
        let least = |skill: usize| known.iter().map(|one| one.scores()[skill]).fold(f64::INFINITY, f64::min);
        base.map_or_else(|| (0..self.links.len()).map(least).collect(), |base| base.scores().to_vec())
    }

    fn least_known(&self, expectation: &Expectation, known: &[Measured]) -> Vec<f64> {
        let tried = (0..64).map(|at| self.anywhere(known.len() * 64 + at + 1));
        let doubts = tried.map(|mix| (expectation.doubt(&mix), mix));
        let best = doubts.reduce(|best, one| if one.0 > best.0 { one } else { best });
        best.map_or_else(|| self.bounds.at(|_| 0.5), |best| best.1)
    }
}

impl Proposal {
    fn of(estimate: &Estimate) -> Self {
        Self { mix: estimate.coefficients().to_vec(), expected: Some(estimate.values().to_vec()) }
    }
}

fn doubt(expectation: &Expectation, estimate: &Estimate) -> f64 {
    expectation.doubt(estimate.coefficients())
}

/// For many skills: the point that fits preferences drawn by chance best, as ParEGO (Knowles 2006, IEEE Trans. Evol.
/// Comput. 10:50) does; another draw for every mix.
fn wished(front: &[Estimate], known: &[Measured], seed: u64) -> Result<Option<usize>, Error> {
    if front.is_empty() {
        return Ok(None);
    }
    let skills = known[0].scores().len();
    let most = |skill: usize| known.iter().map(|one| one.scores()[skill]).fold(1e-6, f64::max);
    let specialists: Vec<f64> = (0..skills).map(most).collect();
    let mut random = Random::new(seed);
    // Exponential draws, brought to sum 1, are even over the simplex.
    let weights: Vec<f64> = (0..skills).map(|_| -(1.0 - random.unit()).ln()).collect();
    let points: Vec<crate::Point> = front.iter().cloned().map(crate::Point::Estimate).collect();
    preferred(&points, &specialists, &weights).map(Some)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::hypervolume;

    /// Every specialist helps its own skill, best at 0.7, and harms the others.
    fn scores(mix: &[f64]) -> Vec<f64> {
        let harm =
            |own: usize| mix.iter().enumerate().filter(|(at, _)| *at != own).map(|(_, x)| 0.35 * x * x).sum::<f64>();
        (0..mix.len()).map(|own| (0.9 - 0.8 * (mix[own] - 0.7).powi(2) - harm(own)).clamp(0.0, 1.0)).collect()
    }

    fn measured(mix: Vec<f64>) -> Measured {
        let scores = scores(&mix);
        Measured::new(mix, scores.clone(), vec![2000; scores.len()]).unwrap()
    }

    fn explored(way: Way, axes: usize, budget: usize, seed: u64) -> Vec<Measured> {
        let bounds = Bounds::same(axes, 0.0, 1.0).unwrap();
        let plan = Exploration::new(way, bounds, vec![Link::Sigmoid; axes], budget, seed).unwrap();
        let mut known = Vec::new();
        while let Some(next) = plan.next(&known).unwrap() {
            known.push(measured(next.mix));
        }
        known
    }

    fn volume(known: &[Measured]) -> f64 {
        let rows: Vec<&[f64]> = known.iter().map(Measured::scores).collect();
        hypervolume(&rows, known[0].scores()).unwrap()
    }

    #[test]
    fn twelve_mixes_reach_the_front_of_a_whole_grid() {
        let grid: Vec<Measured> =
            (0..121).map(|at| measured(vec![f64::from(at % 11) / 10.0, f64::from(at / 11) / 10.0])).collect();
        let whole = volume(&grid);
        let ours = volume(&explored(Way::Promising, 2, 12, 0)) / whole;
        assert!(ours > 0.94, "{ours}");
        // The control: the same number by chance, and along the line.
        let random = volume(&explored(Way::Random, 2, 12, 0)) / whole;
        let line = volume(&explored(Way::EqualLine, 2, 12, 0)) / whole;
        assert!(random < ours && line < ours, "{random} {line} {ours}");
    }

    #[test]
    fn with_three_skills_it_beats_chance_for_every_seed() {
        for seed in 0..3 {
            let (ours, random) = (explored(Way::Promising, 3, 20, seed), explored(Way::Random, 3, 20, seed));
            assert!(volume(&ours) > volume(&random), "{seed}");
            let line = explored(Way::EqualLine, 3, 20, seed);
            assert!(volume(&ours) > volume(&line), "{seed}");
        }
    }

    #[test]
    fn every_way_begins_with_the_base_stays_inside_and_spends_its_budget() {
        for way in [Way::Promising, Way::Random, Way::EqualLine, Way::Adapting] {
            let known = explored(way, 3, 14, 5);
            assert_eq!(known.len(), 14, "{way:?}");
            assert_eq!(known[0].coefficients(), [0.0; 3], "{way:?}");
            let bounds = Bounds::same(3, 0.0, 1.0).unwrap();
            assert!(known.iter().all(|one| bounds.holds(one.coefficients())), "{way:?}");
            let again = explored(way, 3, 14, 5);
            assert_eq!(known, again, "{way:?}");
        }
        assert_ne!(explored(Way::Random, 3, 9, 1), explored(Way::Random, 3, 9, 2));
    }

    #[test]
    fn a_grid_takes_every_corner_once() {
        let grid = explored(Way::Grid, 2, 10, 0);
        let mixes: Vec<&[f64]> = grid.iter().map(Measured::coefficients).collect();
        assert_eq!(mixes[..4], [[0.0, 0.0], [0.5, 0.0], [1.0, 0.0], [0.0, 0.5]]);
        assert_eq!((mixes.len(), mixes[8]), (9, [1.0, 1.0].as_slice()), "three sides fit into ten mixes");
    }

    #[test]
    fn it_goes_on_from_what_is_known() {
        let bounds = Bounds::same(2, 0.0, 1.0).unwrap();
        let plan =
            |budget| Exploration::new(Way::Promising, bounds.clone(), vec![Link::Sigmoid; 2], budget, 3).unwrap();
        let half = explored(Way::Promising, 2, 6, 3);
        let whole = explored(Way::Promising, 2, 9, 3);
        assert_eq!(plan(9).next(&half).unwrap().unwrap().mix, whole[6].coefficients());
        assert_eq!(plan(6).next(&half).unwrap(), None);
        // A mix that a person asked for does not take the place of the first ones.
        let asked = [measured(vec![0.3, 0.6])];
        assert_eq!(plan(9).next(&asked).unwrap().unwrap().mix, [0.0, 0.0]);
    }

    #[test]
    fn eight_skills_go_by_wishes() {
        let known = explored(Way::Promising, 8, 14, 1);
        assert_eq!(known[9].coefficients(), [0.125; 8]);
        for (at, one) in known.iter().enumerate() {
            let others = known[..at].iter();
            assert!(others.clone().all(|other| other.coefficients() != one.coefficients()), "{at}");
        }
    }
}
