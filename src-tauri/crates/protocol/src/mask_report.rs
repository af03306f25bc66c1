//! What `mask-stats` tells of a recipe's keep-masks.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::masks::{GRID, MaskStatistics, Totals};
use crate::recipe::Recipe;
use crate::statistics::{Group, groups};
use crate::words::statistics::group_title;

/// Masks of a recipe, counted; weights are counted, shares are 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MaskReport {
    /// Names of the skills, in the recipe's order.
    pub skills: Vec<String>,
    /// Selectivity of every skill.
    pub selectivity: BTreeMap<String, f64>,
    /// How many skills have to need a weight.
    pub k: u32,
    /// Weights of everything that is mixed.
    pub weights: u64,
    /// Weights that every skill needs.
    pub kept: BTreeMap<String, u64>,
    /// Weights that 0, 1, … skills need.
    pub needed_by: Vec<u64>,
    /// What the threshold removes.
    pub removed: Removed,
    /// Weights that two skills both need; on the diagonal those of one.
    pub overlap: Vec<Vec<u64>>,
    /// The same layer by layer.
    pub layers: Vec<LayerReport>,
    /// The counts for other selectivities, the same for all skills.
    pub grid: Vec<GridRow>,
}

/// What a threshold removes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Removed {
    /// Weights.
    pub weights: u64,
    /// Share of the length of the combined change.
    pub change_l2: f64,
}

/// The masks of one layer, counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerReport {
    /// Name for people.
    pub name: String,
    /// Weights.
    pub weights: u64,
    /// Weights that every skill needs.
    pub kept: BTreeMap<String, u64>,
    /// Weights that 0, 1, … skills need.
    pub needed_by: Vec<u64>,
    /// Of the weights that anybody changed, the share that all who did moved to the same side.
    pub sign_agreement: f64,
}

/// Counts for one selectivity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GridRow {
    /// The selectivity of all skills.
    pub selectivity: f64,
    /// Weights that 0, 1, … skills need.
    pub needed_by: Vec<u64>,
}

impl MaskReport {
    /// The report of `recipe`, whose masks were counted; `None` if not for its selectivities.
    pub fn of(recipe: &Recipe, found: &MaskStatistics) -> Option<Self> {
        let settings = recipe.settings();
        let column = found.column(&settings.selectivity)?;
        let all = || 0..found.tensors.len();
        let totals = found.totals(column, all());
        let names: Vec<&str> = found.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        let groups = groups(&names);
        let layer = |group: &Group| layer(found, group_title(&groups, group), column, group);
        let row = |(at, selectivity)| GridRow { selectivity, needed_by: found.totals(at, all()).needed_by };
        Some(Self {
            skills: found.skills.clone(),
            selectivity: found.skills.iter().cloned().zip(settings.selectivity).collect(),
            k: settings.k,
            weights: totals.weights,
            kept: by_skill(found, &totals),
            removed: Removed { weights: totals.removed(settings.k), change_l2: totals.removed_change(settings.k) },
            needed_by: totals.needed_by,
            overlap: found.overlap.get(column).cloned().unwrap_or_default(),
            layers: groups.iter().map(layer).collect(),
            grid: GRID.into_iter().enumerate().map(row).collect(),
        })
    }
}

fn by_skill(found: &MaskStatistics, totals: &Totals) -> BTreeMap<String, u64> {
    found.skills.iter().cloned().zip(totals.kept.iter().copied()).collect()
}

fn layer(found: &MaskStatistics, name: String, column: usize, group: &Group) -> LayerReport {
    let totals = found.totals(column, group.tensors.iter().copied());
    LayerReport {
        name,
        weights: totals.weights,
        kept: by_skill(found, &totals),
        sign_agreement: if totals.changed > 0 { totals.agreeing as f64 / totals.changed as f64 } else { 1.0 },
        needed_by: totals.needed_by,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::masks::TensorTally;

    fn tally(name: &str, needed: [u64; 3]) -> TensorTally {
        TensorTally {
            name: name.into(),
            weights: needed.iter().sum(),
            changed: needed[1] + needed[2],
            agreeing: needed[2],
            largest: 1.0,
            kept: vec![vec![needed[1] + needed[2], needed[2]]; GRID.len()],
            needed_by: vec![needed.to_vec(); GRID.len()],
            change_by: vec![vec![0.0, 3.0, 1.0]; GRID.len()],
        }
    }

    #[test]
    fn the_report_holds_what_the_contract_names() {
        let mut recipe = Recipe::new("consensus", Some("b"), &[("a", "a"), ("c", "c")]);
        recipe.method.parameters.insert("k".into(), 2.into());
        let found = MaskStatistics {
            skills: vec!["a".into(), "c".into()],
            columns: GRID.iter().map(|&value| vec![value; 2]).collect(),
            tensors: vec![tally("net.layer.0.w", [1, 2, 3]), tally("net.layer.1.w", [0, 4, 0])],
            overlap: vec![vec![vec![9, 3], vec![3, 3]]; GRID.len()],
        };
        let report = MaskReport::of(&recipe, &found).expect("0.4 was counted");
        assert_eq!((report.weights, report.needed_by.clone(), report.removed.weights), (10, vec![1, 6, 3], 7));
        assert!((report.removed.change_l2 - 0.75f64.sqrt()).abs() < 1e-12);
        assert_eq!(report.kept, [("a".to_owned(), 9), ("c".to_owned(), 3)].into());
        let layers: Vec<(&str, f64)> = report.layers.iter().map(|l| (l.name.as_str(), l.sign_agreement)).collect();
        assert_eq!(layers, [("Block 1", 0.6), ("Block 2", 0.0)]);
        assert_eq!(report.grid.len(), GRID.len());
        recipe.method.parameters.insert("selectivity".into(), 0.33.into());
        assert_eq!(MaskReport::of(&recipe, &found), None, "nobody counted for 0.33");
    }
}
