//! One quadratic of the strengths, seen through a link.

use crate::Error;
use crate::error::{check_finite, check_length, check_range};
use crate::matrix::dot;

/// Unknowns of a quadratic in `axes` strengths, (k+1)(k+2)/2: 6 for two, 10 for three, 45 for eight.
pub const fn unknowns(axes: usize) -> usize {
    (axes + 1) * (axes + 2) / 2
}

/// Writes squares, products i < j, strengths, 1: the order of the terms.
pub(crate) fn write_basis(mix: &[f64], row: &mut Vec<f64>) {
    row.clear();
    row.extend(mix.iter().map(|x| x * x));
    for (at, x) in mix.iter().enumerate() {
        row.extend(mix[at + 1..].iter().map(|y| x * y));
    }
    row.extend_from_slice(mix);
    row.push(1.0);
}

/// From the quadratic q to the score. Source: MAP, arXiv:2406.07529, section 3 (link for bounded metrics).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Link {
    /// Scores in 0 to 1: 1/(1+e⁻ᵠ).
    Sigmoid,
    /// Scores of 0 and more: ln(1+eᵠ).
    Softplus,
    /// Any score: q.
    Identity,
}

impl Link {
    /// Score of q; never overflows.
    pub fn value(self, q: f64) -> f64 {
        match self {
            Link::Sigmoid if q >= 0.0 => 1.0 / (1.0 + (-q).exp()),
            Link::Sigmoid => q.exp() / (1.0 + q.exp()),
            Link::Softplus => q.max(0.0) + (-q.abs()).exp().ln_1p(),
            Link::Identity => q,
        }
    }

    /// Derivative of the score by q.
    pub fn slope(self, q: f64) -> f64 {
        match self {
            Link::Sigmoid => {
                let small = (-q.abs()).exp();
                small / (1.0 + small).powi(2)
            }
            Link::Softplus => Link::Sigmoid.value(q),
            Link::Identity => 1.0,
        }
    }

    /// q of a score; scores at the border are moved in by 1e-3 first, since q would be infinite there.
    pub(crate) fn inverse(self, score: f64) -> f64 {
        match self {
            Link::Sigmoid => {
                let inside = score.clamp(1e-3, 1.0 - 1e-3);
                (inside / (1.0 - inside)).ln()
            }
            Link::Softplus => {
                let inside = score.max(1e-3);
                inside + (-(-inside).exp_m1()).ln()
            }
            Link::Identity => score,
        }
    }

    /// Least and most score.
    pub const fn range(self) -> (f64, f64) {
        match self {
            Link::Sigmoid => (0.0, 1.0),
            Link::Softplus => (0.0, f64::MAX),
            Link::Identity => (f64::MIN, f64::MAX),
        }
    }

    pub(crate) fn check(self, score: f64) -> Result<(), Error> {
        let (least, most) = self.range();
        check_range("score", score, least, most)
    }
}

/// `link(Σ aᵢ·cᵢ² + Σ_{i<j} aᵢⱼ·cᵢ·cⱼ + Σ bᵢ·cᵢ + e)`, without a factor ½.
///
/// Source: MAP, arXiv:2406.07529, section 3; order of the terms as in its code.
#[derive(Debug, Clone, PartialEq)]
pub struct Quadratic {
    axes: usize,
    link: Link,
    terms: Vec<f64>,
}

impl Quadratic {
    /// `terms` \[[`unknowns`]\]: squares aᵢ, products aᵢⱼ (i < j, row by row), strengths bᵢ, constant e.
    ///
    /// # Errors
    /// Another number of terms, terms that are not finite.
    pub fn new(axes: usize, link: Link, terms: Vec<f64>) -> Result<Self, Error> {
        check_length("terms", &terms, unknowns(axes))?;
        check_finite("term", 0, &terms)?;
        Ok(Self { axes, link, terms })
    }

    /// Number of strengths.
    pub fn axes(&self) -> usize {
        self.axes
    }

    /// The link.
    pub fn link(&self) -> Link {
        self.link
    }

    /// Squares, products, strengths, constant.
    pub fn terms(&self) -> &[f64] {
        &self.terms
    }

    /// q of `mix` \[k\], before the link.
    pub fn inner(&self, mix: &[f64]) -> f64 {
        let (squares, rest) = self.terms.split_at(self.axes);
        let (products, rest) = rest.split_at(unknowns(self.axes) - 2 * self.axes - 1);
        let (linear, constant) = rest.split_at(self.axes);
        let mut from = 0;
        let mut q = constant[0] + dot(linear, mix);
        for (at, x) in mix.iter().enumerate() {
            let others = &mix[at + 1..];
            q += x * (squares[at] * x + dot(&products[from..from + others.len()], others));
            from += others.len();
        }
        q
    }

    /// Score of `mix`.
    ///
    /// # Errors
    /// Another number of strengths, strengths that are not finite.
    pub fn value(&self, mix: &[f64]) -> Result<f64, Error> {
        check_length("strengths", mix, self.axes)?;
        check_finite("strength", 0, mix)?;
        Ok(self.link.value(self.inner(mix)))
    }

    /// The same function of c, where this one takes u = (c − middle)/half.
    pub(crate) fn unscaled(&self, middle: &[f64], half: &[f64]) -> Self {
        let axes = self.axes;
        let mut terms = self.terms.clone();
        let (linear, constant) = (unknowns(axes) - axes - 1, unknowns(axes) - 1);
        terms[linear..constant].iter_mut().zip(half).for_each(|(term, half)| *term /= half);
        terms[constant] -= dot(&terms[linear..constant], middle);
        let mut at = axes;
        for i in 0..axes {
            terms[i] /= half[i] * half[i];
            terms[linear + i] -= 2.0 * terms[i] * middle[i];
            terms[constant] += terms[i] * middle[i] * middle[i];
            for j in i + 1..axes {
                terms[at] /= half[i] * half[j];
                terms[linear + i] -= terms[at] * middle[j];
                terms[linear + j] -= terms[at] * middle[i];
                terms[constant] += terms[at] * middle[i] * middle[j];
                at += 1;
            }
        }
        Self { terms, ..*self }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    /// The worked numbers: (a₁, a₂, a₁₂, b₁, b₂, e) = (−1, −2, 0.5, 1, 0, 0.2) at c = (0.3, 0.4).
    const TERMS: [f64; 6] = [-1.0, -2.0, 0.5, 1.0, 0.0, 0.2];

    #[test]
    fn the_worked_numbers_come_out() {
        for (link, expected, tolerance) in
            [(Link::Identity, 0.15, 1e-15), (Link::Sigmoid, 0.537_430, 5e-7), (Link::Softplus, 0.770_957, 5e-7)]
        {
            let value = Quadratic::new(2, link, TERMS.to_vec()).unwrap().value(&[0.3, 0.4]).unwrap();
            assert!((value - expected).abs() <= tolerance, "{link:?}: {value}");
        }
    }

    #[test]
    fn inverse_and_slope_belong_to_the_link() {
        for link in [Link::Sigmoid, Link::Softplus, Link::Identity] {
            for q in [-5.0, -0.3, 0.0, 1.2, 6.0] {
                assert!((link.inverse(link.value(q)) - q).abs() < 1e-9, "{link:?} {q}");
                // Central difference: error h²/6 · third derivative (below 1) plus rounding ε·|q|/h.
                let h = 1e-5;
                let slope = (link.value(q + h) - link.value(q - h)) / (2.0 * h);
                assert!((link.slope(q) - slope).abs() < 1e-9, "{link:?} {q}: {slope}");
            }
        }
    }

    #[test]
    fn links_stay_finite_far_out_and_at_the_border() {
        for q in [-1e4, 1e4] {
            for link in [Link::Sigmoid, Link::Softplus] {
                assert!(link.value(q).is_finite() && link.slope(q).is_finite(), "{link:?} {q}");
            }
        }
        for score in [0.0, 1.0] {
            assert!(Link::Sigmoid.inverse(score).is_finite() && Link::Softplus.inverse(score).is_finite());
        }
    }

    #[test]
    fn the_basis_has_the_order_of_the_terms() {
        let mix = [0.3, -0.7, 1.1];
        let terms: Vec<f64> = (0..unknowns(3)).map(|at| (at as f64 * 0.7).sin()).collect();
        let mut row = Vec::new();
        write_basis(&mix, &mut row);
        assert_eq!(row.len(), unknowns(3));
        let quadratic = Quadratic::new(3, Link::Identity, terms.clone()).unwrap();
        assert!((dot(&row, &terms) - quadratic.inner(&mix)).abs() < 1e-14);
    }

    #[test]
    fn unscaling_changes_the_terms_and_not_the_function() {
        let (middle, half) = ([0.4, 0.6, 0.1], [0.5, 0.3, 0.2]);
        let terms: Vec<f64> = (0..unknowns(3)).map(|at| (at as f64 * 1.3).cos()).collect();
        let scaled = Quadratic::new(3, Link::Identity, terms).unwrap();
        let unscaled = scaled.unscaled(&middle, &half);
        let mix = [0.9, 0.2, 0.3];
        let u: Vec<f64> = (0..3).map(|at| (mix[at] - middle[at]) / half[at]).collect();
        assert!((scaled.inner(&u) - unscaled.inner(&mix)).abs() < 1e-12);
        assert_ne!(scaled.terms(), unscaled.terms());
    }

    #[test]
    fn wrong_terms_and_mixes_are_refused() {
        assert!(Quadratic::new(2, Link::Identity, vec![0.0; 5]).is_err());
        assert!(Quadratic::new(2, Link::Identity, vec![f64::NAN; 6]).is_err());
        let quadratic = Quadratic::new(2, Link::Identity, TERMS.to_vec()).unwrap();
        assert!(quadratic.value(&[0.1]).is_err() && quadratic.value(&[0.1, f64::NAN]).is_err());
    }
}
