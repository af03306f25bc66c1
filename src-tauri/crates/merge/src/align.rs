//! Which tensors of several models pair up, and what keeps them from it.

use std::collections::{BTreeMap, BTreeSet};

use checkpoint::Source;
use protocol::failure::Problem;
use protocol::model::{Dtype, TensorSpec};
use protocol::words::problems;

use crate::anatomy::{Anatomy, anatomy, is_per_word};

/// The models of a mix, opened.
#[derive(Clone)]
pub struct Models<'a> {
    /// The base, if there is one.
    pub base: Option<&'a dyn Source>,
    /// The experts with their skills, in the order of the recipe.
    pub experts: Vec<(&'a str, &'a dyn Source)>,
}

impl<'a> Models<'a> {
    /// All sources: the base first if there is one, then the experts.
    pub fn sources(&self) -> Vec<&'a dyn Source> {
        self.base.into_iter().chain(self.experts.iter().map(|&(_, source)| source)).collect()
    }

    /// Names for people, in the order of [`Models::sources`].
    pub fn names(&self) -> Vec<String> {
        let base = self.base.map(|source| problems::short(source.place()).to_owned());
        base.into_iter().chain(self.experts.iter().map(|&(skill, _)| skill.to_owned())).collect()
    }
}

/// What happens to a tensor of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Its numbers are mixed.
    Merge,
    /// It is copied from the base (from the first expert where there is none).
    Copy,
}

/// A tensor that all models have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyTensor {
    /// Name and shape, and the number type it has in the base (in the first expert where there is none).
    pub spec: TensorSpec,
    /// Mixed or copied.
    pub action: Action,
}

/// Which tensors pair up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Alignment {
    /// Tensors that all models have, sorted by name.
    pub body: Vec<BodyTensor>,
    /// Names of each expert's private tensors, in the order of the experts.
    pub private: Vec<Vec<String>>,
    /// Names of those among them that a layer brings for some expert.
    pub layers: BTreeSet<String>,
    /// What keeps the models from being mixed; empty if nothing does.
    pub problems: Vec<Problem>,
}

/// Whether a tensor is in a position where models keep what belongs to one skill alone: a known head name, outside
/// the numbered blocks. `classifier.0.weight` is one, `encoder.layer.0.head.weight` is not.
pub fn is_head_position(name: &str) -> bool {
    const HEADS: [&str; 10] = [
        "classifier",
        "pre_classifier",
        "classification_head",
        "head",
        "heads",
        "fc",
        "score",
        "qa_outputs",
        "pooler",
        "cls",
    ];
    name.split('.')
        .take_while(|component| component.parse::<u64>().is_err())
        .any(|component| HEADS.contains(&component))
}

/// Pairs the tensors of `models` by name. Pure: looks at names, shapes and number types only.
///
/// - A tensor that all models have in one shape is part of the body: mixed if its type is F32, F16 or BF16, copied if
///   it holds integers.
/// - A tensor in a head position that some model lacks or has in another shape is private to each expert that has it.
/// - A tensor that some model calls private ([`Source::is_private`]) is private to all experts, the base's is left out.
/// - Anything else is a problem: word lists of different length, or models that are built differently.
pub fn align(models: &Models) -> Alignment {
    let sources = models.sources();
    let mut found = Alignment { private: vec![Vec::new(); models.experts.len()], ..Alignment::default() };
    let mut misfits: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for name in all_names(&sources) {
        let specs: Vec<Option<&TensorSpec>> =
            sources.iter().map(|source| source.find(name).map(|entry| &entry.spec)).collect();
        match pair(name, &specs) {
            Pair::Misfit => note_misfits(&mut misfits, name, &specs),
            _ if sources.iter().any(|source| source.is_private(name)) => {
                found.layers.insert(name.to_owned());
                keep_private(&mut found, models, name);
            }
            Pair::Body(tensor) => found.body.push(tensor),
            Pair::Private => keep_private(&mut found, models, name),
        }
    }
    found.problems = number_types(&sources, &found.body);
    found.problems.extend(misfit_problems(models, &sources, &misfits));
    found
}

enum Pair {
    Body(BodyTensor),
    Private,
    Misfit,
}

fn all_names<'a>(sources: &[&'a dyn Source]) -> BTreeSet<&'a str> {
    sources.iter().flat_map(|source| source.entries()).map(|entry| entry.spec.name.as_str()).collect()
}

/// `specs` holds the tensor `name` of every source; at least one is there.
fn pair(name: &str, specs: &[Option<&TensorSpec>]) -> Pair {
    let everywhere: Option<Vec<&TensorSpec>> = specs.iter().copied().collect();
    if let Some([first, rest @ ..]) = everywhere.as_deref() {
        let fits = |other: &&TensorSpec| other.shape == first.shape && other.dtype.is_float() == first.dtype.is_float();
        if rest.iter().all(fits) {
            let action = if first.dtype.is_float() { Action::Merge } else { Action::Copy };
            return Pair::Body(BodyTensor { spec: (*first).clone(), action });
        }
    }
    if is_head_position(name) { Pair::Private } else { Pair::Misfit }
}

fn keep_private(found: &mut Alignment, models: &Models, name: &str) {
    for (own, (_, source)) in found.private.iter_mut().zip(&models.experts) {
        if source.find(name).is_some() {
            own.push(name.to_owned());
        }
    }
}

/// Blames each source whose tensor is missing or shaped unlike that of the first source that has it.
fn note_misfits(misfits: &mut BTreeMap<usize, Vec<String>>, name: &str, specs: &[Option<&TensorSpec>]) {
    let reference = specs.first().copied().flatten();
    for (at, spec) in specs.iter().enumerate().skip(1) {
        let fits = match (reference, spec) {
            (Some(a), Some(b)) => a.shape == b.shape && a.dtype.is_float() == b.dtype.is_float(),
            (None, None) => true,
            _ => false,
        };
        if !fits {
            misfits.entry(at).or_default().push(name.to_owned());
        }
    }
}

/// Float types that are not mixed, one problem for each model that has them.
fn number_types(sources: &[&dyn Source], body: &[BodyTensor]) -> Vec<Problem> {
    let merged = || body.iter().filter(|tensor| tensor.action == Action::Merge);
    let unsupported = |source: &&dyn Source| {
        let types: Vec<Dtype> = merged()
            .filter_map(|tensor| source.find(&tensor.spec.name))
            .map(|entry| entry.spec.dtype)
            .filter(|dtype| !dtype.is_mixable())
            .collect();
        let first = *types.first()?;
        Some(problems::number_type_unsupported(source.place(), first, types.len() as u64))
    };
    sources.iter().filter_map(unsupported).collect()
}

fn misfit_problems(models: &Models, sources: &[&dyn Source], misfits: &BTreeMap<usize, Vec<String>>) -> Vec<Problem> {
    let names = models.names();
    let built: Vec<Anatomy> =
        sources.iter().map(|source| anatomy(source.entries().iter().map(|entry| &entry.spec))).collect();
    misfits.iter().map(|(&at, tensors)| misfit_problem(sources, &names, &built, at, tensors)).collect()
}

/// The problem of source `at` against source 0.
fn misfit_problem(
    sources: &[&dyn Source],
    names: &[String],
    built: &[Anatomy],
    at: usize,
    tensors: &[String],
) -> Problem {
    let place = sources[at].place();
    let rows = |source: &dyn Source, name: &str| source.find(name).and_then(|entry| entry.spec.shape.first().copied());
    let only_words = tensors.iter().all(|name| is_per_word(name));
    if let (true, Some(first)) = (only_words, tensors.first())
        && let (Some(a), Some(b)) = (rows(sources[0], first), rows(sources[at], first))
    {
        return problems::word_lists((&names[0], a), (&names[at], b), place);
    }
    if !sources[at].entries().iter().any(|entry| sources[0].find(&entry.spec.name).is_some()) {
        return problems::nothing_in_common(&names[0], &names[at], place);
    }
    let side = |at: usize| (names[at].as_str(), built[at].layers, built[at].width);
    problems::built_differently(side(0), side(at), place, details(sources, at, tensors))
}

/// The technical facts behind a misfit: counts, and the first few tensors with both shapes.
fn details(sources: &[&dyn Source], at: usize, tensors: &[String]) -> String {
    let shape = |source: &dyn Source, name: &str| {
        source
            .find(name)
            .map_or_else(|| "missing".to_owned(), |entry| format!("{} {:?}", entry.spec.dtype, entry.spec.shape))
    };
    let mut lines = vec![format!(
        "{} parts / {} parts, {} do not fit",
        sources[0].entries().len(),
        sources[at].entries().len(),
        tensors.len()
    )];
    lines.extend(
        tensors
            .iter()
            .take(8)
            .map(|name| format!("{name}: {} / {}", shape(sources[0], name), shape(sources[at], name))),
    );
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use checkpoint::{MemorySource, Overlay};
    use protocol::failure::FailureCode;
    use std::sync::Arc;

    fn model(place: &str, tensors: &[(&str, Dtype, &[u64])]) -> MemorySource {
        let filled = |&(name, dtype, shape): &(&str, Dtype, &[u64])| {
            let spec = TensorSpec::new(name, dtype, shape);
            let bytes = vec![0; spec.bytes() as usize];
            (spec, bytes)
        };
        MemorySource::new(place, tensors.iter().map(filled).collect())
    }

    const BODY: (&str, Dtype, &[u64]) = ("layer.0.weight", Dtype::F32, &[4, 4]);

    fn aligned(base: Option<&MemorySource>, experts: &[&MemorySource]) -> Alignment {
        let names = ["one", "two", "three"];
        let experts = experts.iter().zip(names).map(|(source, name)| (name, *source as &dyn Source)).collect();
        align(&Models { base: base.map(|source| source as &dyn Source), experts })
    }

    fn codes(alignment: &Alignment) -> Vec<FailureCode> {
        alignment.problems.iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn heads_that_the_base_lacks_are_private_and_integers_are_copied() {
        let ids: (&str, Dtype, &[u64]) = ("position_ids", Dtype::I64, &[3]);
        let base = model("base", &[BODY, ids]);
        let a = model("a", &[BODY, ids, ("classifier.weight", Dtype::F32, &[10, 4])]);
        let b = model("b", &[BODY, ids, ("classifier.weight", Dtype::F32, &[10, 4])]);
        let found = aligned(Some(&base), &[&a, &b]);
        assert_eq!(codes(&found), []);
        assert_eq!(found.private, [["classifier.weight"], ["classifier.weight"]]);
        let actions: Vec<(&str, Action)> = found.body.iter().map(|t| (t.spec.name.as_str(), t.action)).collect();
        assert_eq!(actions, [("layer.0.weight", Action::Merge), ("position_ids", Action::Copy)]);
    }

    #[test]
    fn equal_heads_without_a_base_are_mixed_and_different_ones_are_private() {
        let head = |rows: u64| model("m", &[BODY, ("classifier.weight", Dtype::F32, &[rows, 4])]);
        let same = aligned(None, &[&head(10), &head(10)]);
        assert_eq!((same.body.len(), same.private.concat().len()), (2, 0));
        let different = aligned(None, &[&head(10), &head(26)]);
        assert_eq!((different.body.len(), different.private.concat().len()), (1, 2));
    }

    /// A model with a layer of these tensors over it.
    fn with_layer(own: MemorySource, layer: &[(&str, Dtype, &[u64])]) -> Overlay {
        Overlay::new(Arc::new(own), Arc::new(model("layer", layer))).expect("it fits")
    }

    #[test]
    fn what_one_layer_brings_is_private_to_all_experts_and_not_of_the_base() {
        let norm: (&str, Dtype, &[u64]) = ("norm.weight", Dtype::F32, &[4]);
        let head: (&str, Dtype, &[u64]) = ("classifier.weight", Dtype::F32, &[3, 4]);
        let base = model("base", &[BODY, norm]);
        let tinted = with_layer(model("a", &[BODY, norm, head]), &[BODY, head]);
        let plain = model("b", &[BODY, norm, head]);
        let experts: Vec<(&str, &dyn Source)> = vec![("a", &tinted), ("b", &plain)];
        let found = align(&Models { base: Some(&base), experts });
        assert_eq!(codes(&found), []);
        assert_eq!(found.private, [["classifier.weight", "layer.0.weight"]; 2]);
        assert_eq!(found.layers, ["classifier.weight", "layer.0.weight"].map(str::to_owned).into());
        let names: Vec<&str> = found.body.iter().map(|tensor| tensor.spec.name.as_str()).collect();
        assert_eq!(names, ["norm.weight"]);
        let without = aligned(Some(&base), &[&model("a", &[BODY, norm, head]), &plain]);
        assert_eq!((without.body.len(), without.layers.len()), (2, 0), "the layer made the difference");
    }

    #[test]
    fn a_layer_does_not_make_models_fit_that_are_built_differently() {
        let tinted = with_layer(model("a", &[BODY]), &[BODY]);
        let wide = model("wide", &[("layer.0.weight", Dtype::F32, &[5, 4])]);
        let experts: Vec<(&str, &dyn Source)> = vec![("a", &tinted), ("wide", &wide)];
        assert_eq!(codes(&align(&Models { base: None, experts })), [FailureCode::BuiltDifferently]);
    }

    #[test]
    fn another_shape_inside_the_blocks_is_a_different_build() {
        let base = model("base", &[BODY, ("norm.weight", Dtype::F32, &[4])]);
        let wide = model("wide", &[("layer.0.weight", Dtype::F32, &[5, 4]), ("norm.weight", Dtype::F32, &[4])]);
        let found = aligned(Some(&base), &[&wide]);
        assert_eq!(codes(&found), [FailureCode::BuiltDifferently]);
        let details = found.problems[0].details.clone().expect("built_differently has details");
        assert!(details.contains("layer.0.weight: F32 [4, 4] / F32 [5, 4]"), "{details}");
        let head_in_block =
            model("x", &[BODY, ("norm.weight", Dtype::F32, &[4]), ("layer.0.head.weight", Dtype::F32, &[4])]);
        assert_eq!(codes(&aligned(Some(&base), &[&head_in_block])), [FailureCode::BuiltDifferently]);
    }

    #[test]
    fn word_lists_have_a_text_of_their_own() {
        let with = |rows: u64| model("m", &[BODY, ("model.embed_tokens.weight", Dtype::F32, &[rows, 4])]);
        let found = aligned(Some(&with(32_000)), &[&with(32_002), &with(32_000)]);
        assert_eq!(codes(&found), [FailureCode::WordLists]);
        assert!(found.problems[0].why.contains("one"), "{}", found.problems[0].why);
    }

    #[test]
    fn float_types_that_are_not_mixed_are_refused_with_the_model() {
        let base = model("base", &[BODY]);
        let double = model("/m/double", &[("layer.0.weight", Dtype::F64, &[4, 4])]);
        assert_eq!(codes(&aligned(Some(&base), &[&double])), [FailureCode::NumberTypeUnsupported]);
        let half = model("/m/half", &[("layer.0.weight", Dtype::BF16, &[4, 4])]);
        assert_eq!(codes(&aligned(Some(&base), &[&half])), []);
    }

    #[test]
    fn strangers_have_nothing_in_common() {
        let found = aligned(Some(&model("a", &[BODY])), &[&model("b", &[("other", Dtype::F32, &[4])])]);
        assert_eq!(codes(&found), [FailureCode::NothingInCommon]);
    }

    #[test]
    fn head_positions_are_outside_numbered_blocks() {
        for name in ["classifier.weight", "classifier.0.weight", "vit.pooler.dense.bias", "head.weight", "score.weight"]
        {
            assert!(is_head_position(name), "{name}");
        }
        for name in ["encoder.layer.0.head.weight", "vit.layernorm.weight", "classifiers.weight", "lm_head.weight"] {
            assert!(!is_head_position(name), "{name}");
        }
    }
}
