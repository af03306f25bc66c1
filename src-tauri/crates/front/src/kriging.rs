//! What measured mixes say about the others, without a formula for the whole box: kriging.
//!
//! Near a front a score bends, saturates and falls again, which one quadratic over the box does not follow; kriging
//! follows what was measured and returns to the mean where nothing was. Source: Sacks, Welch, Mitchell and Wynn 1989
//! (Statist. Sci. 4:409); Rasmussen and Williams 2006, chapters 2 and 5 (correlation, leave-one-out in closed form).
//!
//! Scores are seen through their link, where steps mean the same at 60 % and at 95 %. A share of right answers out of n
//! has the known variance 1/(n·s·(1−s)) there.

use crate::matrix::{Cholesky, dot};
use crate::quadratic::Link;
use crate::{Bounds, Measured};

/// Lengths, in widths of the box, over which a score may change along one strength.
const LENGTHS: [f64; 6] = [0.2, 0.35, 0.6, 1.0, 1.8, 3.2];
/// What a length is expected to be before anything is measured: half the box, give or take a third. So few mixes
/// say little about it; looser expectations found worse fronts on the zoo (the study of fronts has the figures).
const USUAL_LENGTH: f64 = 0.5;
const LENGTH_SPREAD: f64 = 0.3;
/// Variance of one measurement as a share of the variance over the box.
const NOISES: [f64; 6] = [1e-4, 1e-3, 1e-2, 0.05, 0.2, 0.8];
/// How far the noise may lie from the one that the number of examples implies, as a factor's logarithm.
const NOISE_SPREAD: f64 = 0.7;
/// Times that every length is looked at again.
const SWEEPS: usize = 2;

/// One skill's scores over the box.
#[derive(Debug, Clone)]
pub(crate) struct Kriging {
    link: Link,
    lengths: Vec<f64>,
    /// Measured mixes in widths of the box.
    rows: Vec<Vec<f64>>,
    mean: f64,
    /// K⁻¹·(q − mean).
    weights: Vec<f64>,
    cholesky: Cholesky,
    variance: f64,
    /// q as measured, less q as the others say, and the deviation of the latter, for every measured mix.
    without: Vec<(f64, f64)>,
}

/// Correlations of one choice of lengths and noise, and how likely the measured scores are then.
struct Fit {
    likelihood: f64,
    mean: f64,
    variance: f64,
    weights: Vec<f64>,
    cholesky: Cholesky,
}

/// Scores through their link, and their variances.
struct Seen<'a> {
    rows: &'a [Vec<f64>],
    values: Vec<f64>,
    /// Variance of each measurement, brought to mean 1.
    noises: Vec<f64>,
    /// Their mean.
    noise: f64,
}

impl Kriging {
    /// The scores of `skill` among `points`, of which there is at least one.
    pub fn of(points: &[Measured], skill: usize, link: Link, bounds: &Bounds) -> Self {
        let rows: Vec<Vec<f64>> = points.iter().map(|point| scaled(bounds, point.coefficients())).collect();
        let (values, variances): (Vec<f64>, Vec<f64>) = points.iter().map(|point| seen(point, skill, link)).unzip();
        let noise = (variances.iter().sum::<f64>() / variances.len().max(1) as f64).max(1e-9);
        let noises = variances.iter().map(|variance| (variance / noise).max(0.1)).collect();
        let seen = Seen { rows: &rows, values, noises, noise };
        let (lengths, fit) = likeliest(&seen, bounds.axes());
        let without = without_each(&seen, &fit);
        let Fit { mean, variance, weights, cholesky, .. } = fit;
        Self { link, lengths, rows, mean, weights, cholesky, variance, without }
    }

    /// The expected score of a mix, given in widths of the box.
    pub fn value(&self, row: &[f64]) -> f64 {
        self.link.value(self.inner(row))
    }

    fn inner(&self, row: &[f64]) -> f64 {
        let terms = self.rows.iter().zip(&self.weights);
        self.mean + terms.map(|(known, weight)| weight * correlation(row, known, &self.lengths)).sum::<f64>()
    }

    /// One standard deviation of the score there, without the noise of a measurement.
    pub fn deviation(&self, row: &[f64]) -> f64 {
        let near: Vec<f64> = self.rows.iter().map(|known| correlation(row, known, &self.lengths)).collect();
        let lever = self.cholesky.half_solve(&near);
        let share = (1.0 - dot(&lever, &lever)).max(0.0);
        (self.variance * share).sqrt() * self.link.slope(self.inner(row))
    }

    /// Score and deviation of a measured mix as the other mixes have it.
    pub fn left_out(&self, at: usize, score: f64) -> (f64, f64) {
        let (off, deviation) = self.without[at];
        let inner = self.link.inverse(score) - off;
        (self.link.value(inner), deviation * self.link.slope(inner))
    }
}

/// q of a score and its variance.
fn seen(point: &Measured, skill: usize, link: Link) -> (f64, f64) {
    let (score, examples) = (point.scores()[skill], f64::from(point.examples()[skill]));
    match link {
        Link::Sigmoid => {
            // Half an answer more on either side: none of n right is no proof that none ever is.
            let share = (score * examples + 0.5) / (examples + 1.0);
            (link.inverse(share), 1.0 / (examples * share * (1.0 - share)).max(0.25))
        }
        _ => (link.inverse(score), 1e-6),
    }
}

/// A mix in widths of the box.
pub(crate) fn scaled(bounds: &Bounds, mix: &[f64]) -> Vec<f64> {
    let share = |(axis, strength): (usize, &f64)| (strength - bounds.least()[axis]) / bounds.width(axis);
    mix.iter().enumerate().map(share).collect()
}

/// Matérn's correlation for ν = 5/2: twice differentiable, not smoother than scores are.
fn correlation(x: &[f64], y: &[f64], lengths: &[f64]) -> f64 {
    let square: f64 = x.iter().zip(y).zip(lengths).map(|((x, y), length)| ((x - y) / length).powi(2)).sum();
    let far = (5.0 * square).sqrt();
    (1.0 + far + far * far / 3.0) * (-far).exp()
}

/// The likeliest lengths and noise: every one in turn, the others as they are.
fn likeliest(seen: &Seen<'_>, axes: usize) -> (Vec<f64>, Fit) {
    let mut lengths = vec![USUAL_LENGTH; axes];
    let mut noise = NOISES[2];
    let mut best = fit(seen, &lengths, noise);
    for _ in 0..SWEEPS {
        for tried in NOISES {
            keep_better(&mut best, fit(seen, &lengths, tried), || noise = tried);
        }
        for axis in 0..axes {
            for tried in LENGTHS {
                let mut other = lengths.clone();
                other[axis] = tried;
                keep_better(&mut best, fit(seen, &other, noise), || lengths = other);
            }
        }
    }
    (lengths, best.unwrap_or_else(|| flat(seen)))
}

fn keep_better(best: &mut Option<Fit>, tried: Option<Fit>, take: impl FnOnce()) {
    let Some(tried) = tried else { return };
    if best.as_ref().is_none_or(|best| tried.likelihood > best.likelihood) {
        take();
        *best = Some(tried);
    }
}

/// Nothing but the mean: what is left where no correlation can be told.
fn flat(seen: &Seen<'_>) -> Fit {
    let n = seen.values.len();
    let mean = seen.values.iter().sum::<f64>() / n.max(1) as f64;
    let identity: Vec<f64> = (0..n * n).map(|at| f64::from(u8::from(at % (n + 1) == 0))).collect();
    let cholesky = Cholesky::of(&identity, n).unwrap_or_default();
    Fit { likelihood: f64::NEG_INFINITY, mean, variance: 1.0, weights: vec![0.0; n], cholesky }
}

fn fit(seen: &Seen<'_>, lengths: &[f64], noise: f64) -> Option<Fit> {
    let n = seen.values.len();
    let mut matrix = vec![0.0; n * n];
    for row in 0..n {
        for column in 0..row {
            matrix[row * n + column] = correlation(&seen.rows[row], &seen.rows[column], lengths);
        }
        matrix[row * n + row] = 1.0 + noise * seen.noises[row] + 1e-8;
    }
    let cholesky = Cholesky::of(&matrix, n)?;
    let ones = cholesky.half_solve(&vec![1.0; n]);
    let half = cholesky.half_solve(&seen.values);
    let mean = dot(&ones, &half) / dot(&ones, &ones);
    let rest: Vec<f64> = seen.values.iter().map(|value| value - mean).collect();
    let weights = cholesky.solve(&rest);
    let variance = (dot(&rest, &weights) / n as f64).max(1e-6);
    let likelihood =
        -0.5 * (n as f64 * variance.ln() + cholesky.log_determinant()) + prior(seen, lengths, noise * variance);
    Some(Fit { likelihood, mean, variance, weights, cholesky })
}

/// What is known before: lengths near the usual one, noise near the one that the number of examples implies.
fn prior(seen: &Seen<'_>, lengths: &[f64], noise: f64) -> f64 {
    let off = |value: f64, usual: f64, spread: f64| -0.5 * ((value / usual).ln() / spread).powi(2);
    let lengths: f64 = lengths.iter().map(|length| off(*length, USUAL_LENGTH, LENGTH_SPREAD)).sum();
    lengths + off(noise, seen.noise, NOISE_SPREAD)
}

/// For every mix q less what the others say, and the deviation of that: both from the diagonal of K⁻¹.
fn without_each(seen: &Seen<'_>, fit: &Fit) -> Vec<(f64, f64)> {
    let n = seen.values.len();
    let own = |at: usize| {
        let unit: Vec<f64> = (0..n).map(|row| f64::from(u8::from(row == at))).collect();
        let half = fit.cholesky.half_solve(&unit);
        dot(&half, &half).max(f64::MIN_POSITIVE)
    };
    (0..n)
        .map(|at| {
            let diagonal = own(at);
            (fit.weights[at] / diagonal, (fit.variance / diagonal).sqrt())
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn unit(axes: usize) -> Bounds {
        Bounds::same(axes, 0.0, 1.0).unwrap()
    }

    fn score(mix: &[f64]) -> f64 {
        0.6 + 0.3 * (2.0 * mix[0]).sin() - 0.2 * mix[1] * mix[1]
    }

    fn grid(sides: u32, examples: u32) -> Vec<Measured> {
        let share = |at: u32| f64::from(at) / f64::from(sides - 1);
        let mixes = (0..sides * sides).map(|at| vec![share(at % sides), share(at / sides)]);
        mixes.map(|mix| Measured::new(mix.clone(), vec![score(&mix)], vec![examples]).unwrap()).collect()
    }

    #[test]
    fn between_measured_mixes_the_score_is_found() {
        let kriging = Kriging::of(&grid(5, 100_000), 0, Link::Sigmoid, &unit(2));
        for mix in [[0.1, 0.1], [0.4, 0.65], [0.9, 0.35]] {
            let found = kriging.value(&mix);
            assert!((found - score(&mix)).abs() < 0.01, "{mix:?}: {found} {}", score(&mix));
        }
        // Far from everything it knows less than beside a measured mix.
        assert!(kriging.deviation(&[0.0, 0.0]) < kriging.deviation(&[2.0, 2.0]));
    }

    #[test]
    fn a_mix_left_out_is_what_a_fit_without_it_says() {
        let points = grid(4, 1000);
        let all = Kriging::of(&points, 0, Link::Sigmoid, &unit(2));
        let seen_all: Vec<(f64, f64)> = points.iter().map(|point| seen(point, 0, Link::Sigmoid)).collect();
        // The same correlations, solved without row 5 and about the same mean.
        let kept: Vec<usize> = (0..16).filter(|at| *at != 5).collect();
        let n = kept.len();
        // K⁻¹ of all shows noise and correlations: K = L·Lᵀ is rebuilt column by column through unit vectors.
        let column = |at: usize| {
            let unit: Vec<f64> = (0..16).map(|row| f64::from(u8::from(row == at))).collect();
            all.cholesky.solve(&unit)
        };
        let inverse: Vec<Vec<f64>> = (0..16).map(column).collect();
        let identity = |at: usize| (0..16).map(|row| f64::from(u8::from(row == at))).collect::<Vec<f64>>();
        let back = |at: usize| crate::matrix::eliminate(inverse.clone(), identity(at)).unwrap();
        let matrix: Vec<Vec<f64>> = (0..16).map(back).collect();
        let small: Vec<f64> = kept
            .iter()
            .flat_map(|&row| kept.iter().map(move |&column| (row, column)))
            .map(|(row, column)| matrix[row][column])
            .collect();
        let rest: Vec<f64> = kept.iter().map(|&at| seen_all[at].0 - all.mean).collect();
        let weights = Cholesky::of(&small, n).unwrap().solve(&rest);
        let near: Vec<f64> = kept.iter().map(|&at| matrix[5][at]).collect();
        let expected = all.mean + dot(&near, &weights);
        let found = seen_all[5].0 - all.without[5].0;
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }

    #[test]
    fn one_mix_is_its_own_mean_everywhere() {
        let one = [Measured::new(vec![0.0, 0.0], vec![0.5], vec![10]).unwrap()];
        let kriging = Kriging::of(&one, 0, Link::Sigmoid, &unit(2));
        assert!((kriging.value(&[0.7, 0.2]) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn none_of_n_right_is_no_infinity() {
        let points: Vec<Measured> =
            [0.0, 1.0].map(|score| Measured::new(vec![score], vec![score], vec![20]).unwrap()).into();
        let kriging = Kriging::of(&points, 0, Link::Sigmoid, &unit(1));
        assert!(kriging.value(&[0.0]).is_finite() && kriging.value(&[1.0]) > kriging.value(&[0.0]));
    }
}
