//! Adam, with a step counter for every tensor.
//!
//! Source: Kingma and Ba 2015, arXiv:1412.6980, algorithm 1; β = (0.9, 0.999), ε = 1e-8, no weight decay. A tensor that
//! a step does not touch keeps its moments and its counter, as PyTorch does for tensors without a gradient.

/// Decay of the first and the second moment.
const BETAS: (f64, f64) = (0.9, 0.999);
const EPSILON: f64 = 1e-8;

/// What Adam remembers of one tensor.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Moments {
    /// Running mean of the gradient.
    pub first: Vec<f32>,
    /// Running mean of its square.
    pub second: Vec<f32>,
    /// Steps so far.
    pub steps: u64,
}

impl Moments {
    /// Nothing seen of a tensor with so many numbers.
    pub fn new(count: usize) -> Self {
        Self { first: vec![0.0; count], second: vec![0.0; count], steps: 0 }
    }

    /// One step: `x ← x − rate · m̂ / (√v̂ + ε)`, number by number in `f64`.
    ///
    /// The three have the same length.
    pub fn step(&mut self, values: &mut [f32], gradient: &[f32], rate: f64) {
        self.steps += 1;
        let correction = |beta: f64| 1.0 - beta.powf(self.steps as f64);
        let (first, second) = (correction(BETAS.0), correction(BETAS.1));
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((value, &gradient), (m, v)) in values.iter_mut().zip(gradient).zip(moments) {
            let gradient = f64::from(gradient);
            let mean = BETAS.0 * f64::from(*m) + (1.0 - BETAS.0) * gradient;
            let square = BETAS.1 * f64::from(*v) + (1.0 - BETAS.1) * gradient * gradient;
            (*m, *v) = (mean as f32, square as f32);
            let step = rate * (mean / first) / ((square / second).sqrt() + EPSILON);
            *value = (f64::from(*value) - step) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_the_rate_and_later_ones_follow_the_closed_form() {
        let (mut values, mut moments) = ([1.0_f32, 1.0, 1.0], Moments::new(3));
        moments.step(&mut values, &[0.5, -2.0, 0.0], 0.01);
        assert!((values[0] - 0.99).abs() < 1e-6 && (values[1] - 1.01).abs() < 1e-6, "{values:?}");
        assert_eq!(values[2], 1.0);
        // A gradient that stays the same: m̂ and √v̂ stay that gradient, so every step is the rate.
        (0..9).for_each(|_| moments.step(&mut values, &[0.5, -2.0, 0.0], 0.01));
        assert!((values[0] - 0.9).abs() < 1e-5 && (values[1] - 1.1).abs() < 1e-5, "{values:?}");
        assert_eq!(moments.steps, 10);
        // Negative control: a gradient that turns makes a shorter step.
        let before = values[0];
        moments.step(&mut values, &[-0.5, -2.0, 0.0], 0.01);
        assert!((values[0] - before).abs() < 0.009, "{} from {before}", values[0]);
    }
}
