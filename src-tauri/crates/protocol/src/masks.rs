//! Keep-masks counted: how many weights every skill needs, layer by layer.
//!
//! The mask of skill t keeps the weights with `|τ_t| > λ_t · |τ − τ_t|`, τ being the combined change of all skills
//! (Wang et al. 2024, arXiv:2405.07813, equation 4). λ is the selectivity.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::score::Measured;

/// The selectivities that one sweep counts for, so that a slider needs no further reading.
pub const GRID: [f64; 9] = [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6];

/// Masks of a whole mix, counted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MaskStatistics {
    /// Names of the skills \[t\], in the recipe's order.
    pub skills: Vec<String>,
    /// What was counted for: the uniform selectivities of [`GRID`] first, then that of the recipe where it differs
    /// from skill to skill \[g\]\[t\].
    pub columns: Vec<Vec<f64>>,
    /// Every tensor of the body that is mixed, in the order in which it lies in the base.
    pub tensors: Vec<TensorTally>,
    /// Weights of the whole model that both of two skills need \[g\]\[i\]\[j\]; on the diagonal those of one.
    pub overlap: Vec<Vec<Vec<u64>>>,
}

/// Masks of one tensor, counted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TensorTally {
    /// Name.
    pub name: String,
    /// Weights.
    pub weights: u64,
    /// Weights that at least one specialist changed.
    pub changed: u64,
    /// Of these, those that all specialists who changed them moved to the same side.
    pub agreeing: u64,
    /// Largest absolute value of the combined change.
    pub largest: f64,
    /// Weights that the mask of a skill keeps \[g\]\[t\].
    pub kept: Vec<Vec<u64>>,
    /// Weights that so many skills need \[g\]\[0..=T\].
    pub needed_by: Vec<Vec<u64>>,
    /// Squared length of the combined change of the weights that so many skills need \[g\]\[0..=T\].
    pub change_by: Vec<Vec<f64>>,
}

/// Counts of several tensors together, for one column and one threshold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    /// Weights.
    pub weights: u64,
    /// Weights that at least one specialist changed.
    pub changed: u64,
    /// Of these, those that were moved to the same side by all who changed them.
    pub agreeing: u64,
    /// Weights that the mask of a skill keeps \[t\].
    pub kept: Vec<u64>,
    /// Weights that so many skills need \[0..=T\].
    pub needed_by: Vec<u64>,
    /// Squared length of the combined change of the weights that so many skills need \[0..=T\].
    pub change_by: Vec<f64>,
}

impl MaskStatistics {
    /// The column of these selectivities, one for each skill; `None` if it was not counted.
    pub fn column(&self, selectivity: &[f64]) -> Option<usize> {
        let same = |column: &&Vec<f64>| {
            column.len() == selectivity.len() && column.iter().zip(selectivity).all(|(a, b)| (a - b).abs() < 1e-9)
        };
        self.columns.iter().position(|column| same(&column))
    }

    /// The sum over some tensors, given by their places, in a column.
    pub fn totals(&self, column: usize, tensors: impl IntoIterator<Item = usize>) -> Totals {
        let experts = self.skills.len();
        let mut sum = Totals {
            kept: vec![0; experts],
            needed_by: vec![0; experts + 1],
            change_by: vec![0.0; experts + 1],
            ..Totals::default()
        };
        for tally in tensors.into_iter().filter_map(|at| self.tensors.get(at)) {
            sum.add(tally, column);
        }
        sum
    }
}

impl Totals {
    fn add(&mut self, tally: &TensorTally, column: usize) {
        self.weights += tally.weights;
        self.changed += tally.changed;
        self.agreeing += tally.agreeing;
        let counts = |all: &[Vec<u64>]| all.get(column).cloned().unwrap_or_default();
        self.kept.iter_mut().zip(counts(&tally.kept)).for_each(|(sum, more)| *sum += more);
        self.needed_by.iter_mut().zip(counts(&tally.needed_by)).for_each(|(sum, more)| *sum += more);
        let change = tally.change_by.get(column).cloned().unwrap_or_default();
        self.change_by.iter_mut().zip(change).for_each(|(sum, more)| *sum += more);
    }

    /// Weights that fewer than `k` skills need: those that are removed.
    pub fn removed(&self, k: u32) -> u64 {
        self.needed_by.iter().take(k as usize).sum()
    }

    /// Share of the length of the combined change that is removed with them, 0 to 1.
    pub fn removed_change(&self, k: u32) -> f64 {
        let all: f64 = self.change_by.iter().sum();
        let gone: f64 = self.change_by.iter().take(k as usize).sum();
        if all > 0.0 { (gone / all).sqrt() } else { 0.0 }
    }

    /// Weights that at least two skills need, exactly one, none.
    pub fn shared_one_unused(&self) -> [u64; 3] {
        let at = |count: usize| self.needed_by.get(count).copied().unwrap_or(0);
        [self.needed_by.iter().skip(2).sum(), at(1), at(0)]
    }
}

/// Sizes of the combined change of some tensors.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// The bars reach from `-reach` to `reach`, all equally wide.
    pub reach: f64,
    /// Weights in every bar, of which there are [`Histogram::BARS`]; weights that nobody changed are left out.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// How many bars there are.
    pub const BARS: usize = 64;
}

/// How selectivities were chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChosenBy {
    /// By accuracy on labelled examples, the part for choosing.
    Accuracy,
    /// By agreement with the specialist on examples without labels.
    Agreement,
    /// Not at all: there are no examples for this skill, so it is the default.
    Default,
}

/// The selectivity chosen for one skill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChosenSelectivity {
    /// Name of the skill.
    pub skill: String,
    /// The selectivity.
    pub selectivity: f64,
    /// How it was chosen.
    pub by: ChosenBy,
    /// What every selectivity that was tried scored, in the order of trying.
    pub tried: Vec<(f64, Measured)>,
}

/// The selectivities chosen for all skills.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ChosenMasks {
    /// One for each skill, in the recipe's order.
    pub skills: Vec<ChosenSelectivity>,
}

impl ChosenMasks {
    /// The selectivities by skill, as a recipe takes them.
    pub fn by_skill(&self) -> BTreeMap<String, f64> {
        self.skills.iter().map(|one| (one.skill.clone(), one.selectivity)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of two skills: counts 1, 2, 0, 2 of the weights.
    fn worked() -> MaskStatistics {
        let tally = TensorTally {
            name: "w".into(),
            weights: 4,
            changed: 3,
            agreeing: 2,
            largest: 1.1,
            kept: vec![vec![3, 2]],
            needed_by: vec![vec![1, 1, 2]],
            change_by: vec![vec![0.0, 1.21, 0.25]],
        };
        MaskStatistics {
            skills: vec!["a".into(), "b".into()],
            columns: vec![vec![0.4, 0.4]],
            tensors: vec![tally],
            overlap: vec![vec![vec![3, 2], vec![2, 2]]],
        }
    }

    #[test]
    fn totals_say_what_a_threshold_removes() {
        let found = worked();
        let totals = found.totals(0, [0, 0]);
        assert_eq!((totals.weights, totals.kept.clone()), (8, vec![6, 4]));
        assert_eq!([0, 1, 2, 3].map(|k| totals.removed(k)), [0, 2, 4, 8]);
        assert_eq!(totals.shared_one_unused(), [4, 2, 2]);
        assert_eq!(totals.removed_change(0), 0.0);
        assert!((totals.removed_change(2) - (1.21f64 / 1.46).sqrt()).abs() < 1e-12);
        assert_eq!(totals.removed_change(9), 1.0);
    }

    #[test]
    fn columns_are_found_by_their_selectivities() {
        let found = worked();
        assert_eq!(found.column(&[0.4, 0.4]), Some(0));
        assert_eq!(found.column(&[0.4, 0.3]), None);
        assert_eq!(found.column(&[0.4]), None);
    }
}
