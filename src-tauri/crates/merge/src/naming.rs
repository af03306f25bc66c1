//! The same tensor under two names, as the common library writes it from two of its classes.
//!
//! A model saved without its head has `encoder.layer.0…` where one with a head has `vit.encoder.layer.0…`; old BERT
//! files call the two vectors of a norm `gamma` and `beta`. The library takes either when it loads, so does a mix.

use std::collections::BTreeMap;

use checkpoint::Source;

/// Old names of the vectors of a norm, and today's.
const NORMS: [(&str, &str); 2] = [("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias")];

/// How the names of one model become those of the others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Renaming {
    /// What stands before every name in the others, with its dot; empty if nothing is missing.
    prefix: String,
    /// Whether `gamma` and `beta` become `weight` and `bias`.
    norms: bool,
}

impl Renaming {
    /// The name that the others use.
    pub fn apply(&self, name: &str) -> String {
        let today = NORMS
            .iter()
            .filter(|_| self.norms)
            .find_map(|(old, new)| Some(format!("{}{new}", name.strip_suffix(old)?)));
        format!("{}{}", self.prefix, today.as_deref().unwrap_or(name))
    }
}

/// For each model the renaming that makes its names those of the others; `None` where they are already.
///
/// A prefix is missing if no name of the model occurs in some other, and at least half of them do with the prefix.
/// Norms are renamed where the model uses the old names and another the new ones.
pub fn renamings(models: &[&dyn Source]) -> Vec<Option<Renaming>> {
    let one = |at: usize| {
        let others = models.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, model)| *model);
        others.filter_map(|other| renaming(models[at], other)).next()
    };
    (0..models.len()).map(one).collect()
}

fn renaming(model: &dyn Source, other: &dyn Source) -> Option<Renaming> {
    let norms = uses_old_norms(model) && !uses_old_norms(other);
    let prefix = missing_prefix(model, other, norms).unwrap_or_default();
    let found = Renaming { prefix, norms };
    (found != Renaming::default()).then_some(found)
}

fn uses_old_norms(model: &dyn Source) -> bool {
    model.entries().iter().any(|entry| NORMS.iter().any(|(old, _)| entry.spec.name.ends_with(old)))
}

/// The prefix that `model` lacks against `other`, with its dot: one plain word, the first of a name.
fn missing_prefix(model: &dyn Source, other: &dyn Source, norms: bool) -> Option<String> {
    let plain = Renaming { prefix: String::new(), norms };
    let names = || model.entries().iter().map(|entry| plain.apply(&entry.spec.name));
    if names().any(|name| other.find(&name).is_some()) {
        return None;
    }
    let words: BTreeMap<&str, &str> =
        other.entries().iter().filter_map(|entry| split_first(&entry.spec.name)).collect();
    let prefix = names().find_map(|name| words.get(name.as_str()).map(|word| format!("{word}.")))?;
    let matches = names().filter(|name| other.find(&format!("{prefix}{name}")).is_some()).count();
    (2 * matches >= model.entries().len()).then_some(prefix)
}

/// What follows the first word of a name, and that word.
fn split_first(name: &str) -> Option<(&str, &str)> {
    name.split_once('.').filter(|(word, _)| !word.is_empty()).map(|(word, rest)| (rest, word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use checkpoint::MemorySource;
    use protocol::model::{Dtype, TensorSpec};

    fn model(names: &[&str]) -> MemorySource {
        let tensor = |name: &&str| (TensorSpec::new(*name, Dtype::F32, [1]), vec![0; 4]);
        MemorySource::new("m", names.iter().map(tensor).collect())
    }

    fn names(model: &MemorySource, renaming: &Option<Renaming>) -> Vec<String> {
        let apply = |name: &str| renaming.as_ref().map_or_else(|| name.to_owned(), |renaming| renaming.apply(name));
        model.entries().iter().map(|entry| apply(&entry.spec.name)).collect()
    }

    #[test]
    fn a_body_saved_without_its_head_gets_the_prefix_of_the_others() {
        let base = model(&["embeddings.cls", "encoder.layer.0.w", "pooler.dense.weight"]);
        let expert = model(&["classifier.weight", "vit.embeddings.cls", "vit.encoder.layer.0.w"]);
        let found = renamings(&[&base, &expert]);
        assert_eq!(names(&base, &found[0]), ["vit.embeddings.cls", "vit.encoder.layer.0.w", "vit.pooler.dense.weight"]);
        assert_eq!(found[1], None);
    }

    #[test]
    fn old_norms_get_todays_names() {
        let base = model(&["bert.e.LayerNorm.beta", "bert.e.LayerNorm.gamma", "bert.e.w"]);
        let expert = model(&["bert.e.LayerNorm.bias", "bert.e.LayerNorm.weight", "bert.e.w"]);
        let found = renamings(&[&base, &expert]);
        assert_eq!(names(&base, &found[0]), ["bert.e.LayerNorm.bias", "bert.e.LayerNorm.weight", "bert.e.w"]);
        assert_eq!(found[1], None);
    }

    #[test]
    fn equal_names_and_strangers_keep_theirs() {
        let model_a = model(&["a.w", "b.w"]);
        assert_eq!(renamings(&[&model_a, &model(&["a.w", "x.b.w"])]), [None, None]);
        assert_eq!(renamings(&[&model_a, &model(&["c.w"])]), [None, None]);
        let chance = model(&["a.w", "b.v", "c.v", "d.v"]);
        assert_eq!(renamings(&[&chance, &model(&["x.a.w"])])[0], None, "one name of four is chance");
    }
}
