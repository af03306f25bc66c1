//! Representation Surgery, the first version: a small bottleneck per skill subtracts the shift of the merged features.
//!
//! Source: Yang et al. 2024, arXiv:2402.02705: `ẑ = z − U·ReLU(D z)` with D `[r, d]` and U `[d, r]`, no biases, rank 16,
//! loss `mean |ẑ − z*|` to the specialist's features, Adam 1e-3. Only final features are needed, so both are found once.

use super::adam::Moments;
use super::order;
use crate::net::Array;

/// Rank of the bottleneck.
pub const RANK: usize = 16;
/// Learning rate.
const RATE: f64 = 1e-3;

/// The bottleneck of one skill.
#[derive(Debug, Clone, PartialEq)]
pub struct Adapter {
    /// D `[r, d]`.
    pub down: Array,
    /// U `[d, r]`.
    pub up: Array,
    moments: [Moments; 2],
}

impl Adapter {
    /// An adapter that changes nothing yet: U is 0, D is uniform in ±1/√d (Kaiming with a = √5).
    pub fn new(width: usize, seed: u64) -> Self {
        let bound = 1.0 / (width as f32).sqrt();
        let down = order::noise(RANK * width, seed).into_iter().map(|number| number * bound).collect();
        Self::from(
            Array { shape: vec![RANK, width], values: down },
            Array { shape: vec![width, RANK], values: vec![0.0; RANK * width] },
        )
    }

    /// An adapter of these two maps, whose shapes are `[r, d]` and `[d, r]`.
    pub fn from(down: Array, up: Array) -> Self {
        let moments = [Moments::new(down.values.len()), Moments::new(up.values.len())];
        Self { down, up, moments }
    }

    /// r.
    fn rank(&self) -> usize {
        self.down.values.len() / self.down.width().max(1)
    }

    /// `ReLU(D z)` of one row.
    fn hidden(&self, z: &[f32]) -> Vec<f32> {
        self.down.rows().map(|row| row.iter().zip(z).map(|(d, z)| d * z).sum::<f32>().max(0.0)).collect()
    }

    /// Features `[b, d]` without their shift.
    pub fn apply(&self, features: &Array) -> Array {
        let repaired = features.rows().flat_map(|z| self.repaired(z, &self.hidden(z)));
        Array { shape: features.shape.clone(), values: repaired.collect() }
    }

    fn repaired(&self, z: &[f32], hidden: &[f32]) -> Vec<f32> {
        let shift = self.up.rows().map(|row| row.iter().zip(hidden).map(|(u, h)| u * h).sum::<f32>());
        z.iter().zip(shift).map(|(z, shift)| z - shift).collect()
    }

    /// One step towards the specialist's features `[b, d]`; the loss before it.
    pub fn step(&mut self, features: &Array, wanted: &Array) -> f64 {
        let (rank, width, count) = (self.rank(), self.down.width(), features.values.len().max(1) as f32);
        let (mut down, mut up) = (vec![0.0_f32; rank * width], vec![0.0_f32; rank * width]);
        let mut loss = 0.0;
        for (z, wanted) in features.rows().zip(wanted.rows()) {
            let hidden = self.hidden(z);
            let rest: Vec<f32> =
                self.repaired(z, &hidden).iter().zip(wanted).map(|(own, wanted)| own - wanted).collect();
            loss += rest.iter().map(|rest| f64::from(rest.abs())).sum::<f64>();
            // Of |x| at 0 the slope is taken as 0.
            let slopes: Vec<f32> =
                rest.iter().map(|&rest| if rest == 0.0 { 0.0 } else { rest.signum() / count }).collect();
            self.add(z, &hidden, &slopes, &mut down, &mut up);
        }
        self.moments[0].step(&mut self.down.values, &down, RATE);
        self.moments[1].step(&mut self.up.values, &up, RATE);
        loss / f64::from(count)
    }

    /// Adds the gradients of one row, whose loss has these slopes with respect to ẑ.
    fn add(&self, z: &[f32], hidden: &[f32], slopes: &[f32], down: &mut [f32], up: &mut [f32]) {
        let rank = hidden.len();
        let mut back = vec![0.0_f32; rank];
        for ((slope, row), own) in slopes.iter().zip(up.chunks_exact_mut(rank)).zip(self.up.rows()) {
            row.iter_mut().zip(hidden).for_each(|(row, hidden)| *row -= slope * hidden);
            back.iter_mut().zip(own).for_each(|(back, own)| *back -= slope * own);
        }
        let active = hidden.iter().zip(back).zip(down.chunks_exact_mut(z.len()));
        for ((_, back), row) in active.filter(|((hidden, _), _)| **hidden > 0.0) {
            row.iter_mut().zip(z).for_each(|(row, z)| *row += back * z);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(shape: [usize; 2], values: &[f32]) -> Array {
        Array::new(shape, values.to_vec()).expect("full")
    }

    #[test]
    fn the_numbers_worked_by_hand() {
        let mut adapter = Adapter::from(array([1, 2], &[0.5, 0.25]), array([2, 1], &[0.2, -0.1]));
        let features = array([2, 2], &[2.0, -1.0, 1.0, -2.0]);
        let found = adapter.apply(&features);
        for (found, expected) in found.values.iter().zip([1.85, -0.925, 1.0, -2.0]) {
            assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
        }
        let loss = adapter.step(&array([1, 2], &[2.0, -1.0]), &array([1, 2], &[1.9, -0.9]));
        assert!((loss - 0.0375).abs() < 1e-6, "{loss}");
    }

    #[test]
    fn without_a_step_nothing_changes_and_steps_take_a_shift_away() {
        let mut adapter = Adapter::new(4, 1);
        let features = array([3, 4], &order::noise(12, 2));
        assert_eq!(adapter.apply(&features), features);
        let wanted = Array { values: features.values.iter().map(|z| z - 0.1 * z.abs()).collect(), ..features.clone() };
        let losses: Vec<f64> = (0..400).map(|_| adapter.step(&features, &wanted)).collect();
        assert!(losses[399] < 0.5 * losses[0], "{} to {}", losses[0], losses[399]);
    }

    #[test]
    fn gradients_are_central_differences() {
        let start = Adapter::from(array([2, 3], &order::noise(6, 3)), array([3, 2], &order::noise(6, 4)));
        let (features, wanted) = (array([5, 3], &order::noise(15, 5)), array([5, 3], &order::noise(15, 6)));
        let loss = |adapter: &Adapter| adapter.clone().step(&features, &wanted);
        let mut stepped = start.clone();
        stepped.step(&features, &wanted);
        for at in 0..6 {
            let moved = |by: f32| {
                let mut moved = start.clone();
                moved.up.values[at] += by;
                loss(&moved)
            };
            let slope = (moved(1e-3) - moved(-1e-3)) / 2e-3;
            // A first step of Adam goes one rate down the slope.
            let step = f64::from(stepped.up.values[at] - start.up.values[at]);
            assert!((step + RATE * slope.signum()).abs() < 1e-5 || slope.abs() < 1e-3, "{at}: {slope}, {step}");
        }
    }
}
