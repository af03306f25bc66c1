//! CMA-ES on the mean score: how the best single mix is sought elsewhere, to compare fronts with.
//!
//! Source: Hansen 2016, "The CMA Evolution Strategy: A Tutorial" (arXiv:1604.00772), with the Cholesky factor of the
//! covariance in place of its root (Suttorp, Hansen and Igel 2009). Replayed from the start each time, so that it needs
//! no memory: it is cheap beside a measurement.

use crate::matrix::{Cholesky, dot};
use crate::random::Random;
use crate::{Bounds, Error, Measured};

/// First step, in widths of the box.
const STEP: f64 = 0.3;

/// Weights and rates for `axes` strengths.
struct Rates {
    people: usize,
    weights: Vec<f64>,
    effective: f64,
    step: f64,
    damping: f64,
    path: f64,
    one: f64,
    many: f64,
    length: f64,
}

impl Rates {
    fn of(axes: usize) -> Self {
        let n = axes as f64;
        let people = 4 + (3.0 * n.ln()).floor() as usize;
        let parents = people / 2;
        let raw: Vec<f64> = (1..=parents).map(|at| (people as f64 / 2.0 + 0.5).ln() - (at as f64).ln()).collect();
        let sum: f64 = raw.iter().sum();
        let weights: Vec<f64> = raw.iter().map(|weight| weight / sum).collect();
        let effective = 1.0 / dot(&weights, &weights);
        let step = (effective + 2.0) / (n + effective + 5.0);
        let one = 2.0 / ((n + 1.3).powi(2) + effective);
        let many = (2.0 * (effective - 2.0 + 1.0 / effective) / ((n + 2.0).powi(2) + effective)).clamp(0.0, 1.0 - one);
        Self {
            people,
            effective,
            step,
            damping: 1.0 + 2.0 * (((effective - 1.0) / (n + 1.0)).sqrt() - 1.0).max(0.0) + step,
            path: (4.0 + effective / n) / (n + 4.0 + 2.0 * effective / n),
            one,
            many,
            length: n.sqrt() * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n)),
            weights,
        }
    }
}

/// Its state: a normal distribution over the box, in widths of it.
pub(crate) struct Adapting {
    rates: Rates,
    mean: Vec<f64>,
    step: f64,
    covariance: Vec<f64>,
    steps: Vec<f64>,
    path: Vec<f64>,
    random: Random,
}

impl Adapting {
    /// The mix that comes after `known`, all of them proposed by earlier calls with the same box and seed.
    pub fn replay(bounds: &Bounds, known: &[Measured], seed: u64) -> Result<Vec<f64>, Error> {
        let axes = bounds.axes();
        let equal = bounds.clamp(&vec![1.0 / axes as f64; axes]);
        let start = crate::kriging::scaled(bounds, &equal);
        let mut state = Self {
            rates: Rates::of(axes),
            mean: start,
            step: STEP,
            covariance: (0..axes * axes).map(|at| f64::from(u8::from(at % (axes + 1) == 0))).collect(),
            steps: vec![0.0; axes],
            path: vec![0.0; axes],
            random: Random::new(seed),
        };
        let people = state.rates.people;
        for generation in known.chunks_exact(people) {
            let born = state.born()?;
            state.learn(&born, generation)?;
        }
        let born = state.born()?;
        let at = known.len() % people;
        Ok(bounds.at(|axis| born[at][axis]))
    }

    /// All mixes of a generation, moved to the border of the box where they lie outside.
    fn born(&mut self) -> Result<Vec<Vec<f64>>, Error> {
        let n = self.mean.len();
        let factor = self.factor()?;
        let mut all = Vec::with_capacity(self.rates.people);
        for _ in 0..self.rates.people {
            let drawn: Vec<f64> = (0..n).map(|_| self.random.normal()).collect();
            let moved = factor.times(&drawn);
            all.push((0..n).map(|axis| (self.mean[axis] + self.step * moved[axis]).clamp(0.0, 1.0)).collect());
        }
        Ok(all)
    }

    fn factor(&self) -> Result<Cholesky, Error> {
        Cholesky::of(&self.covariance, self.mean.len()).ok_or(Error::Undetermined)
    }

    fn learn(&mut self, born: &[Vec<f64>], scored: &[Measured]) -> Result<(), Error> {
        let n = self.mean.len();
        let mean_score = |at: usize| scored[at].scores().iter().sum::<f64>() / scored[at].scores().len() as f64;
        let mut order: Vec<usize> = (0..born.len()).collect();
        order.sort_by(|&x, &y| mean_score(y).total_cmp(&mean_score(x)));
        let step_of =
            |at: usize| -> Vec<f64> { (0..n).map(|axis| (born[at][axis] - self.mean[axis]) / self.step).collect() };
        let best: Vec<Vec<f64>> = order.iter().take(self.rates.weights.len()).map(|&at| step_of(at)).collect();
        let shift: Vec<f64> = (0..n)
            .map(|axis| best.iter().zip(&self.rates.weights).map(|(step, weight)| weight * step[axis]).sum())
            .collect();
        let white = self.factor()?.half_solve(&shift);
        let rates = &self.rates;
        let gain = (rates.step * (2.0 - rates.step) * rates.effective).sqrt();
        self.steps.iter_mut().zip(&white).for_each(|(path, white)| *path = (1.0 - rates.step) * *path + gain * white);
        let gain = (rates.path * (2.0 - rates.path) * rates.effective).sqrt();
        self.path.iter_mut().zip(&shift).for_each(|(path, shift)| *path = (1.0 - rates.path) * *path + gain * shift);
        for row in 0..n {
            for column in 0..n {
                let many: f64 =
                    best.iter().zip(&rates.weights).map(|(step, weight)| weight * step[row] * step[column]).sum();
                let own = &mut self.covariance[row * n + column];
                *own = (1.0 - rates.one - rates.many) * *own
                    + rates.one * self.path[row] * self.path[column]
                    + rates.many * many;
            }
        }
        self.mean.iter_mut().zip(&shift).for_each(|(mean, shift)| *mean = (*mean + self.step * shift).clamp(0.0, 1.0));
        let length = dot(&self.steps, &self.steps).sqrt();
        self.step = (self.step * ((rates.step / rates.damping) * (length / rates.length - 1.0)).exp()).clamp(1e-3, 1.0);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn it_comes_to_the_best_mean_score() {
        let bounds = Bounds::same(3, 0.0, 1.0).unwrap();
        let best = [0.2, 0.7, 0.5];
        let score = |mix: &[f64]| 1.0 - mix.iter().zip(best).map(|(x, y)| (x - y).powi(2)).sum::<f64>() / 3.0;
        let mut known: Vec<Measured> = Vec::new();
        for _ in 0..210 {
            let mix = Adapting::replay(&bounds, &known, 4).unwrap();
            let score = score(&mix);
            known.push(Measured::new(mix, vec![score], vec![100]).unwrap());
        }
        let last = known[203..].iter().map(|one| one.scores()[0]).fold(0.0, f64::max);
        let first = known[..7].iter().map(|one| one.scores()[0]).fold(0.0, f64::max);
        assert!(last > 0.9995 && last > first, "{first} {last}");
    }
}
