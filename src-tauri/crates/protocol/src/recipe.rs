//! The recipe: the one thing a person edits, and the only thing a job starts from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::Dtype;
use crate::settings::{Combine, On};

/// The format number that this version writes and reads.
pub const FORMAT: u32 = 1;

/// A whole mix, described.
///
/// Paths are relative to the recipe's own folder.
/// Between the window and the shell a path is the id of a card instead, and the shell puts the path in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Format number, [`FORMAT`].
    pub format: u32,
    /// The starting model; `None` for methods that need none.
    #[serde(default)]
    pub base: Option<Base>,
    /// The specialists, in order.
    pub experts: Vec<Expert>,
    /// How they are combined.
    pub method: Method,
    /// Exceptions for named tensors or blocks; the first match wins.
    #[serde(default)]
    pub scopes: Option<Vec<Scope>>,
    /// What is written.
    #[serde(default)]
    pub output: Output,
    /// Seed of everything random.
    #[serde(default)]
    pub seed: u64,
}

/// The starting model of a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// Folder or file.
    pub path: String,
}

/// One specialist of a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expert {
    /// Name of the skill, unique within the recipe.
    pub skill: String,
    /// Folder or file.
    pub path: String,
    /// Coefficient of the task vector, or the relative weight in an average; `None`: the default.
    #[serde(default)]
    pub strength: Option<f64>,
    /// A weight file whose tensors belong to this skill alone and take the place of the specialist's own: the private
    /// layer of a tinted mix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
}

/// A method by name, with its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// One of [`crate::methods::METHODS`].
    pub name: String,
    /// Values of the parameters that the method declares.
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
}

/// Strengths for some tensors only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// A tensor name, or a part of one in which `*` stands for anything.
    #[serde(rename = "match")]
    pub pattern: String,
    /// Strength of each named skill here; skills left out keep their own.
    #[serde(default)]
    pub strengths: Option<BTreeMap<String, f64>>,
    /// Mix these tensors, mix them without masks, or copy them from the base.
    #[serde(default)]
    pub from: From,
}

/// Where the tensors of a scope come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum From {
    /// Mixed.
    #[default]
    Mix,
    /// Copied from the base.
    Base,
    /// Mixed without masks: the whole change stays.
    Plain,
}

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Output {
    /// Number type of mixed tensors.
    pub dtype: OutputDtype,
    /// One folder per skill, or one body.
    pub layout: Layout,
    /// Largest size of one weight file in bytes; `None`: automatic (5 GB).
    pub shard_bytes: Option<u64>,
    /// How the change of a skill pack is stored.
    #[serde(skip_serializing_if = "is_default")]
    pub change: ChangeType,
    /// Whether a skill pack holds the base too, or only says which it is.
    #[serde(skip_serializing_if = "is_default")]
    pub with_base: bool,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// How the change of a skill pack is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeType {
    /// As computed: what is restored is exact.
    #[default]
    F32,
    /// Rounded to half precision.
    F16,
    /// Whole numbers from -127 to 127, with one scale for each row.
    Int8,
}

/// Number type of what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the variants are the format's own names")]
pub enum OutputDtype {
    /// Each tensor as in the base (in the first specialist where there is no base).
    #[default]
    Same,
    F32,
    F16,
    BF16,
}

impl OutputDtype {
    /// The type a tensor of type `input` is written in.
    pub fn of(self, input: Dtype) -> Dtype {
        match self {
            OutputDtype::Same => input,
            OutputDtype::F32 => Dtype::F32,
            OutputDtype::F16 => Dtype::F16,
            OutputDtype::BF16 => Dtype::BF16,
        }
    }
}

/// How bodies and private parts are laid out on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// One folder per skill: the mixed body with that skill's private parts. Each opens as an ordinary model.
    /// Where no model has private parts, a single folder.
    #[default]
    PerSkill,
    /// One body, with the private parts of every skill in `heads/` beside it.
    Shared,
    /// A skill pack: one change and a mask for each skill, from which the model of any skill is restored.
    Pack,
}

impl Recipe {
    /// Task arithmetic or average over models given as (skill, path), with default strengths.
    pub fn new(method: &str, base: Option<&str>, experts: &[(&str, &str)]) -> Self {
        Self {
            format: FORMAT,
            base: base.map(|path| Base { path: path.to_owned() }),
            experts: experts
                .iter()
                .map(|&(skill, path)| Expert {
                    skill: skill.to_owned(),
                    path: path.to_owned(),
                    strength: None,
                    layer: None,
                })
                .collect(),
            method: Method { name: method.to_owned(), parameters: BTreeMap::new() },
            scopes: None,
            output: Output::default(),
            seed: 0,
        }
    }

    /// The strength of each expert with defaults filled in: relative weights for an average (1 each), coefficients of the
    /// task vectors otherwise, 1 each where the method takes none, whatever the recipe says.
    pub fn strengths(&self) -> Vec<f64> {
        let default = self.default_strength();
        let is_unused = crate::methods::find(&self.method.name)
            .is_some_and(|method| method.strength == crate::methods::StrengthKind::Unused);
        let own = |expert: &Expert| expert.strength.filter(|_| !is_unused).unwrap_or(default);
        self.experts.iter().map(own).collect()
    }

    /// The scope that counts for a tensor, if any does.
    pub fn scope(&self, tensor: &str) -> Option<&Scope> {
        Scope::first(self.scopes.as_deref().unwrap_or_default(), tensor)
    }

    /// Where a tensor comes from.
    pub fn origin(&self, tensor: &str) -> From {
        self.scope(tensor).map_or(From::Mix, |scope| scope.from)
    }

    /// The strength of each expert for one tensor: what the scope that counts says, else [`Recipe::strengths`].
    pub fn strengths_of(&self, tensor: &str) -> Vec<f64> {
        let mut strengths = self.strengths();
        let own = self.scope(tensor).and_then(|scope| scope.strengths.as_ref());
        for (expert, strength) in self.experts.iter().zip(&mut strengths) {
            *strength = own.and_then(|own| own.get(&expert.skill)).copied().unwrap_or(*strength);
        }
        strengths
    }

    /// How bodies and private parts are laid out: a common body cannot be where every skill has its own.
    pub fn layout(&self) -> Layout {
        let per_skill = crate::methods::find(&self.method.name).is_some_and(|method| method.per_skill);
        match self.output.layout {
            Layout::Shared if per_skill => Layout::PerSkill,
            layout => layout,
        }
    }

    /// Strength of an expert for which the recipe names none: 1 for relative weights and where agreeing changes are
    /// averaged (the mean is as long as one change), else 1/T; half as much again where weights that only one skill needs
    /// are removed, which makes the change shorter and the mix more tolerant (`docs/studies/keep-masks.md`).
    pub fn default_strength(&self) -> f64 {
        let settings = self.settings();
        let is_mean = settings.on == On::Ties && settings.combine == Combine::Mean;
        let method = crate::methods::find(&self.method.name).filter(|_| !is_mean);
        let plain = method.map_or(1.0, |method| method.default_strength(self.experts.len()));
        let is_sparse = self.method.name == "consensus" && settings.k >= 2 && !is_mean;
        if is_sparse { 1.5 * plain } else { plain }
    }
}

impl Scope {
    /// Whether this scope speaks of the tensor `name`: equal, or matching with `*` for any run of characters.
    pub fn matches(&self, name: &str) -> bool {
        glob(&self.pattern, name)
    }

    /// The scope that counts for the tensor `name`: the first of `scopes` that speaks of it.
    pub fn first<'a>(scopes: &'a [Scope], name: &str) -> Option<&'a Scope> {
        scopes.iter().find(|scope| scope.matches(name))
    }
}

/// `*` matches any run of characters, everything else itself; the whole name has to match.
fn glob(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(tail) = name.strip_prefix(head) else {
        return false;
    };
    if rest.is_empty() {
        return true;
    }
    (0..=tail.len()).filter(|&at| tail.is_char_boundary(at)).any(|at| glob(rest, &tail[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_match_names_with_stars() {
        let cases = [
            ("a.b", "a.b", true),
            ("a.b", "a.c", false),
            ("*.layer.3.*", "vit.encoder.layer.3.output.dense.weight", true),
            ("*.layer.3.*", "vit.encoder.layer.30.output.dense.weight", false),
            ("*weight", "x.weight", true),
            ("*weight", "x.weight_g", false),
            ("*", "", true),
        ];
        for (pattern, name, expected) in cases {
            let scope = Scope { pattern: pattern.into(), strengths: None, from: From::Mix };
            assert_eq!(scope.matches(name), expected, "{pattern} on {name}");
        }
    }

    #[test]
    fn the_contract_of_the_command_line_is_read() {
        let text = r#"{"format":1,"base":{"path":"base"},
            "experts":[{"skill":"a","path":"a","strength":0.3},{"skill":"b","path":"b","strength":null}],
            "method":{"name":"task_arithmetic","parameters":{}},"scopes":null,
            "output":{"dtype":"same","layout":"per-skill","shard_bytes":null},"seed":0}"#;
        let recipe: Recipe = serde_json::from_str(text).expect("the contract's own example");
        assert_eq!(recipe.strengths(), [0.3, 0.5]);
        let default = |method: &str| {
            let experts = [("a", "a"), ("b", "b"), ("c", "c"), ("d", "d")];
            Recipe::new(method, Some("base"), &experts).default_strength()
        };
        let methods = ["average", "task_arithmetic", "ties", "lines", "consensus"];
        assert_eq!(methods.map(default), [1.0, 0.25, 1.0, 0.25, 0.375]);
        let mut masks = Recipe::new("tall_masks", Some("base"), &[("a", "a")]);
        masks.experts[0].strength = Some(0.3);
        assert_eq!(masks.strengths(), [1.0], "it takes none");
        let again: Recipe =
            serde_json::from_str(&serde_json::to_string(&recipe).expect("plain data")).expect("its own text");
        assert_eq!(again, recipe);
    }

    #[test]
    fn unknown_fields_are_refused() {
        let text = r#"{"format":1,"experts":[],"method":{"name":"average"},"strenght":1}"#;
        let refusal = serde_json::from_str::<Recipe>(text).expect_err("a misspelt field");
        assert!(refusal.to_string().contains("strenght"), "{refusal}");
    }
}
