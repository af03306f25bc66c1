//! Weighted average of the experts: `y = Σ w_t x_t` with `w_t = strength_t / Σ strength`.
//!
//! Source: Wortsman et al. 2022 (model soups), arXiv:2203.05482. The base takes no part.

use kernels::Kernel;

use super::{Ask, Formula, Method};

pub(super) const METHOD: Method = Method {
    name: "average",
    base_row: false,
    takes_all: false,
    kernel: Kernel::WeightedSum,
    formula: |ask: &Ask| Formula::Coefficients(shares(ask.strengths)),
};

/// Shares of the sum, divided in f64 and rounded once.
fn shares(strengths: &[f64]) -> Vec<f32> {
    let total: f64 = strengths.iter().sum();
    strengths.iter().map(|strength| (strength / total) as f32).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn weights_are_divided_by_their_sum() {
        assert_eq!(super::shares(&[2.0, 1.0]), [2.0f32 / 3.0, 1.0 / 3.0]);
        assert_eq!(super::shares(&[1.0; 4]), [0.25; 4]);
    }
}
