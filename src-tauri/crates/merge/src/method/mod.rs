//! The code half of the table of methods: one row and one file each.
//!
//! The declarative half (names, sentences, parameters) is `protocol::methods`; a tidy test holds the two one to one.

mod average;
mod consensus;
mod emr;
mod lines;
mod tall_masks;
mod task_arithmetic;
mod ties;

use kernels::{Kernel, Rule};
use protocol::settings::{Combine, On, Settings};

/// How a method turns strengths into one kernel and what it needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Method {
    /// Name in recipes.
    pub name: &'static str,
    /// Whether row 0 of the kernel is the base.
    pub base_row: bool,
    /// Whether experts of strength 0 take part too: in votes and in masks.
    pub takes_all: bool,
    /// The kernel that writes the elements.
    pub kernel: Kernel,
    /// What the kernel needs to know for one tensor.
    pub formula: fn(&Ask) -> Formula,
}

/// One tensor that is mixed.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Parameters of the method.
    pub settings: &'a Settings,
    /// Strengths of the experts that take part.
    pub strengths: &'a [f64],
    /// How deep the tensor lies: 0 in the first block and outside the blocks, 1 in the last.
    pub depth: f64,
    /// Whether masks are left out here.
    pub is_plain: bool,
    /// The expert whose body this is, where every skill has a body of its own.
    pub skill: usize,
}

/// What a kernel needs to know.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// Its coefficients.
    Coefficients(Vec<f32>),
    /// Its table, as far as it is known before the models are read.
    Table(TableSpec),
}

/// A [`kernels::Table`] without what earlier sweeps over the models find.
#[derive(Debug, Clone, PartialEq)]
pub struct TableSpec {
    /// How task vectors are combined.
    pub rule: Rule,
    /// Whether what agrees is averaged.
    pub is_mean: bool,
    /// How many skills have to need a weight, or which expert is restored.
    pub number: u32,
    /// Strength of every expert; where the rule is [`Rule::Elect`], the rescalers take their place.
    pub strengths: Vec<f32>,
    /// Selectivity of every mask.
    pub selectivity: Vec<f32>,
}

/// Keeps every weight of the combined change: `|τ_t| > −|τ − τ_t|`, except where nothing changes.
const KEEP_ALL: f32 = -1.0;

/// All methods, in the order of `protocol::methods::METHODS`.
pub const METHODS: &[Method] = &[
    consensus::METHOD,
    average::METHOD,
    task_arithmetic::METHOD,
    ties::METHOD,
    lines::METHOD,
    tall_masks::METHOD,
    emr::METHOD,
];

/// The row of this name.
pub(crate) fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

/// Strengths rounded once.
fn rounded(strengths: &[f64]) -> Vec<f32> {
    strengths.iter().map(|&strength| strength as f32).collect()
}

/// Strengths times the factor of the tensor's depth, in f64, rounded once. Wang et al. 2025 (LiNeS), arXiv:2410.17146,
/// equation 3: a straight line from the first block to the last.
fn by_depth(ask: &Ask) -> Vec<f32> {
    let Settings { shallow, deep, .. } = *ask.settings;
    // Both ends exactly.
    let factor = if ask.depth == 1.0 { deep } else { shallow + (deep - shallow) * ask.depth };
    ask.strengths.iter().map(|&strength| (strength * factor) as f32).collect()
}

/// How the parameters say that task vectors are combined.
pub(crate) fn rule_of(settings: &Settings) -> Rule {
    match settings.on {
        On::Ties => Rule::Ties,
        On::Sum | On::Lines => Rule::Sum,
    }
}

fn is_mean(settings: &Settings) -> bool {
    settings.on == On::Ties && settings.combine == Combine::Mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::recipe::Recipe;

    #[test]
    fn both_halves_of_the_table_name_the_same_methods() {
        let code: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
        let declared: Vec<&str> = protocol::methods::METHODS.iter().map(|method| method.name).collect();
        assert_eq!(code, declared);
        for (code, declared) in METHODS.iter().zip(protocol::methods::METHODS) {
            assert_eq!(code.base_row, declared.needs_base, "{}", code.name);
        }
    }

    fn formula(method: &str, parameters: &str, depth: f64, is_plain: bool) -> Formula {
        let mut recipe = Recipe::new(method, Some("b"), &[("a", "a"), ("c", "c"), ("d", "d")]);
        recipe.method.parameters = serde_json::from_str(parameters).expect("an object");
        let settings = recipe.settings();
        let ask = Ask { settings: &settings, strengths: &[1.0, 0.5, 0.0], depth, is_plain, skill: 1 };
        (find(method).expect("in the table").formula)(&ask)
    }

    fn table(method: &str, parameters: &str, is_plain: bool) -> TableSpec {
        match formula(method, parameters, 0.5, is_plain) {
            Formula::Table(table) => table,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn depth_scales_strengths_along_a_line() {
        let at = |depth| match formula("lines", r#"{"shallow": 0.3, "deep": 1.0}"#, depth, false) {
            Formula::Coefficients(coefficients) => coefficients[0],
            other => panic!("{other:?}"),
        };
        // The worked example of four blocks.
        assert_eq!([0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0].map(at), [0.3, 0.533_333_36, 0.766_666_65, 1.0]);
    }

    #[test]
    fn tables_say_what_the_parameters_say() {
        let consensus = table("consensus", r#"{"k": 3, "selectivity": {"c": 0.2}}"#, false);
        assert_eq!((consensus.rule, consensus.is_mean, consensus.number), (Rule::Sum, false, 3));
        assert_eq!((consensus.strengths, consensus.selectivity), (vec![1.0, 0.5, 0.0], vec![0.4, 0.2, 0.4]));
        assert_eq!(table("consensus", "{}", true).number, 0, "without masks everything stays");
        let on_lines = table("consensus", r#"{"on": "lines", "shallow": 0.5, "deep": 1.5}"#, false);
        assert_eq!((on_lines.rule, on_lines.strengths), (Rule::Sum, vec![1.0, 0.5, 0.0]));
        let ties = table("ties", "{}", false);
        assert_eq!((ties.rule, ties.is_mean), (Rule::Ties, true));
        let tall = table("tall_masks", r#"{"on": "ties"}"#, false);
        assert_eq!((tall.rule, tall.is_mean, tall.number, tall.strengths), (Rule::Ties, false, 1, vec![1.0; 3]));
        assert_eq!(table("tall_masks", "{}", true).selectivity, [KEEP_ALL; 3]);
        assert_eq!(table("emr", "{}", false).rule, Rule::Elect);
    }
}
