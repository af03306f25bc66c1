//! Skill packs: what is in one, and how large it is beside the specialists it stands for.
//!
//! The folder and its files are described in `docs/pack.md`; `checkpoint::pack` reads and writes them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::methods;
use crate::recipe::{ChangeType, Layout, Recipe};
use crate::settings::On;

/// The format number that this version writes and reads.
pub const FORMAT: u32 = 1;

/// How the masks of a pack were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// TALL-masks over the sum of the task vectors (Wang et al. 2024, arXiv:2405.07813).
    Tall,
    /// TALL-masks over what TIES combines.
    TallTies,
    /// EMR: elected signs, largest magnitudes, one rescaler for each skill (Huang et al. 2024, arXiv:2405.17461).
    Emr,
}

impl Rule {
    /// The rule of a recipe that makes a pack; `None` if its method makes none.
    pub fn of(recipe: &Recipe) -> Option<Self> {
        match (recipe.method.name.as_str(), recipe.settings().on) {
            ("tall_masks", On::Ties) => Some(Self::TallTies),
            ("tall_masks", _) => Some(Self::Tall),
            ("emr", _) => Some(Self::Emr),
            _ => None,
        }
    }
}

/// The starting model of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackBase {
    /// Its name.
    pub name: String,
    /// SHA-256 in hex of its weight file; of the list of its files' hashes where there are several.
    pub sha256: String,
    /// Whether it lies in the pack.
    pub inside: bool,
}

/// One skill of a pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PackSkill {
    /// Its name.
    pub skill: String,
    /// Selectivity of its mask; `None` where the rule has none.
    pub selectivity: Option<f64>,
    /// What the change is multiplied by for it; `None`: 1.
    pub rescaler: Option<f64>,
    /// Weights that its mask keeps.
    pub kept: u64,
    /// Whether it has parts of its own (a head).
    pub private: bool,
}

/// Sizes of a pack beside those of its specialists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackSizes {
    /// T, the number of skills.
    pub skills: u64,
    /// P, the weights under the masks.
    pub weights: u64,
    /// F, all other numbers: copied ones once, and the private parts of every skill.
    pub others: u64,
    /// Bytes of the weight files of all specialists: what the pack stands for.
    pub specialists: u64,
    /// Bytes of the weight files of the starting model, in the pack or not.
    pub base: u64,
    /// Bytes of the masks as they are stored.
    pub masks: u64,
    /// Bytes of all files of the pack that hold weights or masks, the starting model included if it is inside.
    pub pack: u64,
    /// Whether the starting model is inside.
    pub with_base: bool,
}

impl PackSizes {
    /// Bytes that everything takes to restore any skill: the pack, and the starting model where it lies elsewhere.
    pub fn needed(&self) -> u64 {
        self.pack + if self.with_base { 0 } else { self.base }
    }

    /// Bytes of the masks before they are made smaller: one bit a weight and skill.
    pub fn plain_masks(&self) -> u64 {
        (self.skills * self.weights).div_ceil(8)
    }

    /// The paper's size in bytes: (64 + T)·P + 32·F bits, for a starting model and a change in F32 (section 4.3).
    pub fn formula(&self) -> u64 {
        ((64 + self.skills) * self.weights + 32 * self.others).div_ceil(8)
    }
}

/// What is in a pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PackCard {
    /// Name of its folder.
    pub name: String,
    /// Its folder.
    pub place: String,
    /// Format number.
    pub format: u32,
    /// How its masks were made.
    pub rule: Rule,
    /// How its change is stored.
    pub change: ChangeType,
    /// Its starting model.
    pub base: PackBase,
    /// Its skills, in the order of the recipe.
    pub skills: Vec<PackSkill>,
    /// How large it is.
    pub sizes: PackSizes,
}

impl Recipe {
    /// This recipe as one that makes a pack.
    ///
    /// What combines task vectors becomes TALL-masks over the same combination; a threshold, a depth scaling and
    /// strengths have no meaning there and are left out. A method that makes packs by itself stays, and so does one that
    /// cannot make any, for [`crate::check`] to refuse.
    pub fn packed(&self, change: ChangeType, with_base: bool) -> Self {
        let mut recipe = self.clone();
        recipe.output.layout = Layout::Pack;
        recipe.output.change = change;
        recipe.output.with_base = with_base;
        let on = match (self.method.name.as_str(), self.settings().on) {
            ("task_arithmetic", _) | ("consensus", On::Sum) => "task_arithmetic",
            ("ties", _) | ("consensus", On::Ties) => "ties",
            _ => return recipe,
        };
        recipe.method.name = "tall_masks".to_owned();
        let row = methods::find("tall_masks");
        let known = |name: &str| row.is_some_and(|row| row.parameters.iter().any(|one| one.name == name));
        recipe.method.parameters.retain(|name, _| known(name));
        recipe.method.parameters.insert("on".to_owned(), Value::from(on));
        recipe.experts.iter_mut().for_each(|expert| expert.strength = None);
        recipe
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use serde_json::json;

    fn recipe(method: &str, parameters: Value) -> Recipe {
        let mut recipe = Recipe::new(method, Some("base"), &[("a", "a"), ("b", "b")]);
        recipe.method.parameters = serde_json::from_value(parameters).expect("an object");
        recipe.experts[0].strength = Some(0.3);
        recipe
    }

    #[test]
    fn sums_become_masks_over_the_same_change() {
        let consensus = json!({"k": 2, "on": "ties", "density": 0.3, "selectivity": 0.5, "combine": "mean"});
        for (method, given, rule, kept) in [
            ("task_arithmetic", json!({}), Rule::Tall, json!({"on": "task_arithmetic"})),
            ("ties", json!({"density": 0.1}), Rule::TallTies, json!({"on": "ties", "density": 0.1})),
            ("consensus", consensus, Rule::TallTies, json!({"on": "ties", "density": 0.3, "selectivity": 0.5})),
            ("tall_masks", json!({"selectivity": 0.2}), Rule::Tall, json!({"selectivity": 0.2})),
            ("emr", json!({}), Rule::Emr, json!({})),
        ] {
            let packed = recipe(method, given).packed(ChangeType::Int8, true);
            assert_eq!(Rule::of(&packed), Some(rule), "{method}");
            assert_eq!(json!(packed.method.parameters), kept, "{method}");
            assert_eq!(check(&packed), [], "{method}");
            assert_eq!((packed.output.change, packed.output.with_base), (ChangeType::Int8, true));
        }
    }

    #[test]
    fn what_has_no_masks_is_left_for_the_check_to_refuse() {
        for (method, given) in [("average", json!({})), ("lines", json!({})), ("consensus", json!({"on": "lines"}))] {
            let packed = recipe(method, given).packed(ChangeType::F32, false);
            assert_eq!(packed.method.name, method);
            assert!(!check(&packed).is_empty(), "{method}");
        }
    }

    #[test]
    fn the_formula_is_the_papers() {
        let sizes = |skills| PackSizes { skills, weights: 87_850_000, others: 25_300_000, ..PackSizes::default() };
        // Section 2.4 of the notes on the paper: 7.13 and 8.19 gigabits.
        let gigabits = |sizes: PackSizes| sizes.formula() as f64 * 8e-9;
        assert!((gigabits(sizes(8)) - 7.13).abs() < 0.01 && (gigabits(sizes(20)) - 8.19).abs() < 0.01);
        let beside = PackSizes { pack: 10, base: 7, ..PackSizes::default() };
        assert_eq!((beside.needed(), PackSizes { with_base: true, ..beside }.needed()), (17, 10));
    }
}
