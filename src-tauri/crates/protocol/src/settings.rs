//! The parameters of a recipe's method, as numbers: defaults filled in, words understood.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::methods::{self, ParameterKind};
use crate::recipe::Recipe;

/// The selectivities among which one is chosen (Wang et al. 2024, arXiv:2405.07813, their code).
pub const SELECTIVITIES: [f64; 5] = [0.2, 0.3, 0.4, 0.5, 0.6];
/// Range of a selectivity.
pub const SELECTIVITY_RANGE: (f64, f64) = (0.0, 2.0);
/// The word that asks for a choice by score.
pub const CHOOSE: &str = "choose";
/// Most skills that a weight can be asked to be needed by.
pub const MOST_NEEDED_BY: u64 = 255;

/// How the task vectors are combined before masks look at them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum On {
    /// Their sum (task arithmetic).
    Sum,
    /// TIES: trimmed, a sign elected, what agrees added up.
    Ties,
    /// Their sum, scaled by depth.
    Lines,
}

/// What becomes of the trimmed task vectors that agree with the elected sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Combine {
    /// Their sum.
    Sum,
    /// Their sum divided by how many agree.
    Mean,
}

/// The parameters of a recipe's method.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What masks stand on.
    pub on: On,
    /// A weight stays if at least so many skills need it.
    pub k: u32,
    /// Selectivity of the mask of every expert \[t\].
    pub selectivity: Vec<f64>,
    /// Whether selectivities are still to be chosen by score; until then they are the default.
    pub is_to_be_chosen: bool,
    /// Share of every task vector that survives trimming.
    pub density: f64,
    /// What becomes of what agrees.
    pub combine: Combine,
    /// Factor of the strengths in the first block and outside the blocks.
    pub shallow: f64,
    /// Factor of the strengths in the last block.
    pub deep: f64,
}

/// How many skills have to need a weight where nothing says otherwise: with two skills, 2 would leave nothing that only
/// one of them needs.
pub fn default_k(experts: usize) -> u32 {
    if experts > 2 { 2 } else { 1 }
}

/// Selectivity where nothing says otherwise. Ours: the paper chooses it by score from [`SELECTIVITIES`].
///
/// Measured in `docs/studies/keep-masks.md`: restored skills are best around 0.6 (on TIES 0.5), where the restored change
/// points most nearly where the skill's own does; a common model loses too much of its change above 0.4.
pub fn default_selectivity(method: &str, on: On) -> f64 {
    match (method, on) {
        ("tall_masks", On::Ties) => 0.5,
        ("tall_masks", _) => 0.6,
        _ => 0.4,
    }
}

impl Recipe {
    /// The parameters of the method with defaults filled in; what [`crate::check`] refuses counts as not given.
    pub fn settings(&self) -> Settings {
        let experts = self.experts.len();
        let selectivity = self.method.parameters.get("selectivity");
        let default = self.default_selectivity();
        let selectivity_of = |skill: &str| own_selectivity(selectivity, skill).unwrap_or(default);
        Settings {
            on: self.on(),
            k: self.k(experts),
            selectivity: self.experts.iter().map(|expert| selectivity_of(&expert.skill)).collect(),
            is_to_be_chosen: selectivity.and_then(Value::as_str) == Some(CHOOSE),
            density: self.number("density"),
            combine: if self.word("combine") == "mean" { Combine::Mean } else { Combine::Sum },
            shallow: self.number("shallow"),
            deep: self.number("deep"),
        }
    }

    /// Selectivity of a skill for which the recipe names none.
    pub fn default_selectivity(&self) -> f64 {
        default_selectivity(&self.method.name, self.on())
    }

    fn on(&self) -> On {
        let name = self.method.name.as_str();
        match (name, self.word("on")) {
            ("ties", _) | (_, "ties") => On::Ties,
            ("lines", _) | (_, "lines") => On::Lines,
            _ => On::Sum,
        }
    }

    fn k(&self, experts: usize) -> u32 {
        let given = self.method.parameters.get("k").and_then(Value::as_u64).filter(|&k| k <= MOST_NEEDED_BY);
        given.map_or(default_k(experts), |k| k as u32)
    }

    /// The value of a parameter that is a number; 0 where the method has none of this name.
    fn number(&self, name: &str) -> f64 {
        match self.kind(name) {
            Some(ParameterKind::Number { least, most, default, .. }) => {
                let given = self.method.parameters.get(name).and_then(Value::as_f64);
                given.filter(|value| (least..=most).contains(value)).unwrap_or(default)
            }
            _ => 0.0,
        }
    }

    /// The value of a parameter that is a word; empty where the method has none of this name.
    fn word(&self, name: &str) -> &'static str {
        let Some(ParameterKind::Choice(words)) = self.kind(name) else { return "" };
        let given = self.method.parameters.get(name).and_then(Value::as_str);
        let known = words.iter().map(|&(word, _)| word).find(|&word| Some(word) == given);
        known.or(words.first().map(|&(word, _)| word)).unwrap_or("")
    }

    fn kind(&self, name: &str) -> Option<ParameterKind> {
        let method = methods::find(&self.method.name)?;
        method.parameters.iter().find(|row| row.name == name).map(|row| row.kind)
    }

    /// Gives every expert this selectivity, by skill.
    pub fn set_selectivity(&mut self, chosen: &BTreeMap<String, f64>) {
        self.method.parameters.insert("selectivity".to_owned(), serde_json::json!(chosen));
    }
}

fn own_selectivity(given: Option<&Value>, skill: &str) -> Option<f64> {
    let number = match given {
        Some(Value::Object(by_skill)) => by_skill.get(skill).and_then(Value::as_f64),
        Some(value) => value.as_f64(),
        None => None,
    };
    let (least, most) = SELECTIVITY_RANGE;
    number.filter(|number| (least..=most).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn recipe(method: &str, parameters: Value) -> Recipe {
        let mut recipe = Recipe::new(method, Some("b"), &[("a", "a"), ("b", "b"), ("c", "c")]);
        recipe.method.parameters = serde_json::from_value(parameters).expect("an object");
        recipe
    }

    #[test]
    fn defaults_are_filled_in() {
        let settings = recipe("consensus", json!({})).settings();
        assert_eq!((settings.on, settings.k, settings.combine), (On::Sum, 2, Combine::Sum));
        assert_eq!((settings.selectivity, settings.is_to_be_chosen), (vec![0.4; 3], false));
        let ties = recipe("ties", json!({})).settings();
        assert_eq!((ties.on, ties.combine, ties.density), (On::Ties, Combine::Mean, 0.2));
        assert_eq!((default_k(1), default_k(2), default_k(3)), (1, 1, 2));
    }

    #[test]
    fn what_is_given_is_taken() {
        let given = json!({"on": "ties", "k": 0, "selectivity": {"b": 0.3}, "density": 0.5, "combine": "mean"});
        let settings = recipe("consensus", given).settings();
        assert_eq!((settings.on, settings.k, settings.density), (On::Ties, 0, 0.5));
        assert_eq!((settings.selectivity, settings.combine), (vec![0.4, 0.3, 0.4], Combine::Mean));
        let chosen = recipe("tall_masks", json!({"selectivity": "choose"})).settings();
        assert!(chosen.is_to_be_chosen);
        assert_eq!(chosen.selectivity, [0.6; 3]);
        assert_eq!(recipe("tall_masks", json!({"on": "ties"})).settings().selectivity, [0.5; 3]);
        assert_eq!(recipe("lines", json!({"deep": 2})).settings().deep, 2.0);
    }
}
