//! Which mixes to measure next: near the front, where the quadratics know least.
//!
//! Takes the idea of Bayesian MAP (arXiv:2406.07529, section 3: spend evaluations where the surrogate errs) with
//! another rule. MAP's code bins mixes by angle and draws bins by the softmax of their mean squared error; a bin
//! without points is never drawn. Here the expected squared error is known in closed form: with the curvature A of the
//! fit and the gradient J of the prediction it is miss²·Jᵀ·A⁻¹·J, summed over the skills. After each choice A grows by
//! J·Jᵀ, whatever will be measured there, so that the next choice goes elsewhere (sequential D-optimal design,
//! Chaloner and Verdinelli 1995, Statist. Sci. 10:273).

use crate::matrix::dot;
use crate::random::Random;
use crate::{Error, Estimate, Surrogate};

/// Neighbours drawn around every point of the front.
const NEIGHBOURS: usize = 3;
/// Deviation of a neighbour, as a share of the box.
const BESIDE: f64 = 0.05;
/// New mixes keep this distance from measured ones and from each other, as a share of the box (largest difference).
const APART: f64 = 0.02;

/// A mix that could be measured, and what each skill's fit would learn from it.
struct Proposal {
    mix: Vec<f64>,
    /// L⁻¹·J per skill \[t\]\[p\], shrinking as other mixes are chosen.
    levers: Vec<Vec<f64>>,
}

impl Surrogate {
    /// Up to `count` mixes \[n\]\[k\] to measure next, the most telling first; fewer where the front's surroundings hold
    /// no more that keep their distance. `front` as [`Surrogate::front`] gives it.
    ///
    /// # Errors
    /// An empty front, estimates of another length.
    pub fn next_mixes(&self, front: &[Estimate], count: usize, seed: u64) -> Result<Vec<Vec<f64>>, Error> {
        if front.is_empty() {
            return Err(Error::Empty { what: "points of the front" });
        }
        let mut open = self.proposals(front, seed)?;
        let mut chosen = Vec::with_capacity(count);
        while chosen.len() < count {
            let known = self.mixes().iter().chain(&chosen);
            let taken: Vec<&Vec<f64>> = known.collect();
            open.retain(|proposal| taken.iter().all(|mix| self.sampled().distance(&proposal.mix, mix) >= APART));
            let Some(best) = self.most_telling(&open) else { break };
            let best = open.swap_remove(best);
            open.iter_mut().for_each(|proposal| proposal.learn(&best.levers));
            chosen.push(best.mix);
        }
        Ok(chosen)
    }

    fn proposals(&self, front: &[Estimate], seed: u64) -> Result<Vec<Proposal>, Error> {
        let mut random = Random::new(seed);
        let mut proposals = Vec::with_capacity(front.len() * (1 + NEIGHBOURS));
        for estimate in front {
            self.estimate(estimate.coefficients())?;
            proposals.push(self.proposal(self.sampled().clamp(estimate.coefficients())));
            for _ in 0..NEIGHBOURS {
                let beside =
                    |(axis, strength): (usize, &f64)| strength + BESIDE * self.sampled().width(axis) * random.normal();
                let mix: Vec<f64> = estimate.coefficients().iter().enumerate().map(beside).collect();
                proposals.push(self.proposal(self.sampled().clamp(&mix)));
            }
        }
        Ok(proposals)
    }

    fn proposal(&self, mix: Vec<f64>) -> Proposal {
        let row = self.row(&mix);
        let levers = self.skills().iter().map(|skill| skill.lever(&row)).collect();
        Proposal { mix, levers }
    }

    /// The mix whose expected squared error, summed over the skills, is largest; the first of equals.
    fn most_telling(&self, open: &[Proposal]) -> Option<usize> {
        let error = |proposal: &Proposal| -> f64 {
            let terms = self.skills().iter().zip(&proposal.levers);
            terms.map(|(skill, lever)| skill.typical_miss().unwrap_or(1.0).powi(2) * dot(lever, lever)).sum()
        };
        let errors: Vec<f64> = open.iter().map(error).collect();
        (0..open.len()).reduce(|x, y| if errors[y] > errors[x] { y } else { x })
    }
}

impl Proposal {
    /// Another mix with these levers z will be measured: (I + z·zᵀ)⁻¹ᐟ² applied to the own levers.
    fn learn(&mut self, chosen: &[Vec<f64>]) {
        for (own, z) in self.levers.iter_mut().zip(chosen) {
            let square = dot(z, z);
            if square > 0.0 {
                let share = (1.0 - 1.0 / (1.0 + square).sqrt()) / square * dot(own, z);
                own.iter_mut().zip(z).for_each(|(own, z)| *own -= share * z);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::{Bounds, Effort, Link, Measured, Search, design, fit};

    /// Two skills that pull apart, measured with a small error that is fixed per mix.
    fn scores(mix: &[f64]) -> Vec<f64> {
        let error = 0.01 * (40.0 * mix[0] + 70.0 * mix[1]).sin();
        let peak = |x: f64, y: f64| 2.0 - 4.0 * (mix[0] - x).powi(2) - 4.0 * (mix[1] - y).powi(2);
        vec![Link::Sigmoid.value(peak(0.8, 0.3)) + error, Link::Sigmoid.value(peak(0.3, 0.8)) + error]
    }

    fn surrogate(mixes: &[Vec<f64>]) -> Surrogate {
        let measured = mixes.iter().map(|mix| Measured::new(mix.clone(), scores(mix), vec![200; 2]).unwrap());
        fit(&measured.collect::<Vec<_>>(), &[Link::Sigmoid; 2], 0).unwrap()
    }

    fn mixes() -> Vec<Vec<f64>> {
        design(&Bounds::same(2, 0.0, 1.0).unwrap(), Effort::Normal.mixes(2), 3).unwrap()
    }

    fn quick() -> Search {
        Search { rounds: 30, most: 60, ..Search::default() }
    }

    #[test]
    fn next_mixes_lie_in_the_box_near_the_front_and_apart() {
        let surrogate = surrogate(&mixes());
        let front = surrogate.front(None, &quick()).unwrap();
        let next = surrogate.next_mixes(&front, 6, 1).unwrap();
        assert_eq!(next.len(), 6);
        let bounds = surrogate.sampled();
        for (at, mix) in next.iter().enumerate() {
            assert!(bounds.holds(mix), "{mix:?}");
            // Six deviations from some point of the front.
            assert!(front.iter().any(|one| bounds.distance(mix, one.coefficients()) < 6.0 * BESIDE), "{mix:?}");
            assert!(next[..at].iter().chain(&mixes()).all(|other| bounds.distance(mix, other) >= APART), "{mix:?}");
        }
    }

    #[test]
    fn each_choice_is_where_the_fit_would_know_least_after_the_choices_before() {
        let surrogate = surrogate(&mixes());
        let front = surrogate.front(None, &quick()).unwrap();
        let next = surrogate.next_mixes(&front, 2, 1).unwrap();
        // By the long way: curvature of the first skill with and without the first choice.
        let variance = |mix: &[f64], learned: &[f64]| {
            let (x, z) = (surrogate.row(mix), surrogate.row(learned));
            let (x, z) = (surrogate.skills()[0].lever(&x), surrogate.skills()[0].lever(&z));
            dot(&x, &x) - dot(&x, &z).powi(2) / (1.0 + dot(&z, &z))
        };
        let mut proposal = surrogate.proposal(next[1].clone());
        proposal.learn(&surrogate.proposal(next[0].clone()).levers);
        let short = dot(&proposal.levers[0], &proposal.levers[0]);
        assert!((short - variance(&next[1], &next[0])).abs() < 1e-12 * short.max(1.0));
        // Negative control: without learning the variance is larger.
        assert!(surrogate.proposal(next[1].clone()).levers[0].iter().map(|x| x * x).sum::<f64>() > short);
    }

    #[test]
    fn measuring_what_is_proposed_narrows_the_bands_more_than_measuring_elsewhere() {
        let before = mixes();
        let first = surrogate(&before);
        let front = first.front(None, &quick()).unwrap();
        let lever = |surrogate: &Surrogate| -> f64 {
            let rows = front.iter().map(|one| surrogate.row(one.coefficients()));
            let levers = rows.map(|row| surrogate.skills()[0].lever(&row));
            levers.map(|lever| dot(&lever, &lever)).fold(0.0, f64::max)
        };
        let next = first.next_mixes(&front, 6, 1).unwrap();
        let with = |more: &[Vec<f64>]| surrogate(&before.iter().chain(more).cloned().collect::<Vec<_>>());
        let elsewhere: Vec<Vec<f64>> = (0..6).map(|at| vec![0.01 * f64::from(at), 0.02]).collect();
        let (better, control) = (lever(&with(&next)), lever(&with(&elsewhere)));
        assert!(better < control && control <= lever(&first) * 1.05, "{better} {control} {}", lever(&first));
    }

    #[test]
    fn a_seed_fixes_the_choice_and_an_empty_front_is_refused() {
        let surrogate = surrogate(&mixes());
        let front = surrogate.front(None, &quick()).unwrap();
        assert_eq!(surrogate.next_mixes(&front, 3, 7), surrogate.next_mixes(&front, 3, 7));
        assert!(surrogate.next_mixes(&[], 3, 7).is_err());
    }
}
