//! Weighted least squares of one quadratic seen through its link.
//!
//! Minimises `Σ wᵢ·(yᵢ − link(φᵢ·a))² + ridge·n·|a|²`. Start: linear least squares on the inverse link. Then the
//! steps of Levenberg and Marquardt (Marquardt 1963; Nocedal and Wright, 2nd ed., 10.3).

use crate::matrix::{Cholesky, add_outer, dot};
use crate::quadratic::{Link, unknowns, write_basis};

/// Keeps terms finite where a score sits at the border of its link, and is too weak to show in the sixth digit.
const RIDGE: f64 = 1e-11;
/// Steps tried at most. Noise-free fits need fewer than ten.
const STEPS: usize = 80;
/// Damping of the first step, as a share of the diagonal.
const DAMPING: f64 = 1e-3;

/// Rows of the basis at the measured mixes, what was measured there, and how much it counts.
pub(crate) struct Fit<'a> {
    /// Basis rows \[n\]\[p\].
    pub rows: Vec<&'a [f64]>,
    /// Scores \[n\].
    pub scores: Vec<f64>,
    /// Weights \[n\], mean 1.
    pub weights: Vec<f64>,
    /// The link.
    pub link: Link,
}

/// Basis rows of mixes, each strength brought to −1 … 1.
pub(crate) fn basis_rows(mixes: &[&[f64]], middle: &[f64], half: &[f64]) -> Vec<Vec<f64>> {
    mixes.iter().map(|mix| basis_row(mix, middle, half)).collect()
}

/// One row of [`basis_rows`].
pub(crate) fn basis_row(mix: &[f64], middle: &[f64], half: &[f64]) -> Vec<f64> {
    let scaled: Vec<f64> = mix.iter().zip(middle).zip(half).map(|((c, middle), half)| (c - middle) / half).collect();
    let mut row = Vec::with_capacity(unknowns(mix.len()));
    write_basis(&scaled, &mut row);
    row
}

impl Fit<'_> {
    /// Terms \[p\] of the best quadratic; `None` where the rows leave some terms open.
    pub(crate) fn solve(&self) -> Option<Vec<f64>> {
        let start = self.start()?;
        Some(if self.link == Link::Identity { start } else { self.refine(start) })
    }

    fn unknowns(&self) -> usize {
        self.rows.first().map_or(0, |row| row.len())
    }

    fn ridge(&self) -> f64 {
        RIDGE * self.rows.len() as f64
    }

    fn start(&self) -> Option<Vec<f64>> {
        let unknowns = self.unknowns();
        let (mut matrix, mut right) = (vec![0.0; unknowns * unknowns], vec![0.0; unknowns]);
        for ((row, score), weight) in self.rows.iter().zip(&self.scores).zip(&self.weights) {
            add_outer(&mut matrix, row, *weight);
            let target = weight * self.link.inverse(*score);
            right.iter_mut().zip(*row).for_each(|(sum, x)| *sum += target * x);
        }
        add_to_diagonal(&mut matrix, unknowns, |_| self.ridge());
        let cholesky = Cholesky::of(&matrix, unknowns).filter(|cholesky| cholesky.is_sound(&matrix))?;
        Some(cholesky.solve(&right))
    }

    fn refine(&self, start: Vec<f64>) -> Vec<f64> {
        let mut terms = start;
        let mut cost = self.cost(&terms);
        let mut damping = DAMPING;
        for _ in 0..STEPS {
            let better = self.step(&terms, damping).map(|trial| (self.cost(&trial), trial));
            let Some((found, trial)) = better.filter(|(found, _)| *found < cost) else {
                damping *= 8.0;
                if damping > 1e9 {
                    break;
                }
                continue;
            };
            let has_settled = cost - found <= 1e-15 * cost;
            (terms, cost) = (trial, found);
            damping = (damping / 8.0).max(1e-12);
            if has_settled {
                break;
            }
        }
        terms
    }

    /// The next terms: (JᵀWJ + ridge + damping·diag)⁻¹ applied to the downhill direction.
    fn step(&self, terms: &[f64], damping: f64) -> Option<Vec<f64>> {
        let unknowns = terms.len();
        let mut matrix = self.curvature(terms);
        let mut downhill: Vec<f64> = terms.iter().map(|term| -self.ridge() * term).collect();
        for ((row, score), weight) in self.rows.iter().zip(&self.scores).zip(&self.weights) {
            let q = dot(row, terms);
            let pull = weight * self.link.slope(q) * (score - self.link.value(q));
            downhill.iter_mut().zip(*row).for_each(|(sum, x)| *sum += pull * x);
        }
        let diagonal: Vec<f64> = (0..unknowns).map(|at| matrix[at * unknowns + at]).collect();
        add_to_diagonal(&mut matrix, unknowns, |at| damping * diagonal[at]);
        let step = Cholesky::of(&matrix, unknowns)?.solve(&downhill);
        Some(terms.iter().zip(step).map(|(term, step)| term + step).collect())
    }

    /// JᵀWJ + ridge at `terms` \[p, p\], lower triangle.
    pub(crate) fn curvature(&self, terms: &[f64]) -> Vec<f64> {
        let unknowns = terms.len();
        let mut matrix = vec![0.0; unknowns * unknowns];
        for (row, weight) in self.rows.iter().zip(&self.weights) {
            add_outer(&mut matrix, row, weight * self.link.slope(dot(row, terms)).powi(2));
        }
        add_to_diagonal(&mut matrix, unknowns, |_| self.ridge());
        matrix
    }

    fn cost(&self, terms: &[f64]) -> f64 {
        let misses = self.rows.iter().zip(&self.scores).zip(&self.weights);
        let squares = misses.map(|((row, score), weight)| weight * (score - self.link.value(dot(row, terms))).powi(2));
        squares.sum::<f64>() + self.ridge() * dot(terms, terms)
    }
}

fn add_to_diagonal(matrix: &mut [f64], unknowns: usize, value: impl Fn(usize) -> f64) {
    (0..unknowns).for_each(|at| matrix[at * unknowns + at] += value(at));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    /// Rows of a line: 1 and x.
    fn line(xs: &[f64]) -> Vec<Vec<f64>> {
        xs.iter().map(|&x| vec![x, 1.0]).collect()
    }

    fn fit<'a>(rows: &'a [Vec<f64>], scores: &[f64], weights: &[f64], link: Link) -> Fit<'a> {
        let rows = rows.iter().map(Vec::as_slice).collect();
        Fit { rows, scores: scores.to_vec(), weights: weights.to_vec(), link }
    }

    #[test]
    fn weights_pull_the_fit_towards_what_counts() {
        // Two scores at the same place: the fit lies at their weighted mean (3·0.2 + 1·0.8)/4 = 0.35.
        let rows = line(&[0.0, 0.0, 1.0]);
        let terms = fit(&rows, &[0.2, 0.8, 0.5], &[1.5, 0.5, 1.0], Link::Sigmoid).solve().unwrap();
        assert!((Link::Sigmoid.value(terms[1]) - 0.35).abs() < 1e-7, "{terms:?}");
        let even = fit(&rows, &[0.2, 0.8, 0.5], &[1.0; 3], Link::Sigmoid).solve().unwrap();
        assert!((Link::Sigmoid.value(even[1]) - 0.5).abs() < 1e-7, "{even:?}");
    }

    #[test]
    fn the_linked_residual_is_minimised_and_not_the_inverse_one() {
        let rows = line(&[-1.0, -0.5, 0.0, 0.5, 1.0]);
        let scores = [0.02, 0.4, 0.3, 0.9, 0.97];
        let fit = fit(&rows, &scores, &[1.0; 5], Link::Sigmoid);
        let (start, solved) = (fit.start().unwrap(), fit.solve().unwrap());
        assert!(fit.cost(&solved) < fit.cost(&start));
        for shift in [[1e-4, 0.0], [-1e-4, 0.0], [0.0, 1e-4], [0.0, -1e-4]] {
            let beside: Vec<f64> = solved.iter().zip(shift).map(|(term, shift)| term + shift).collect();
            assert!(fit.cost(&beside) > fit.cost(&solved), "{shift:?}");
        }
    }

    #[test]
    fn scores_at_the_border_leave_the_terms_finite() {
        let rows = line(&[-1.0, -0.5, 0.5, 1.0]);
        let terms = fit(&rows, &[0.0, 0.0, 1.0, 1.0], &[1.0; 4], Link::Sigmoid).solve().unwrap();
        assert!(terms.iter().all(|term| term.abs() < 1e3), "{terms:?}");
    }

    #[test]
    fn rows_that_leave_a_term_open_are_refused() {
        assert_eq!(fit(&line(&[0.5, 0.5, 0.5]), &[0.1, 0.2, 0.3], &[1.0; 3], Link::Identity).solve(), None);
    }
}
