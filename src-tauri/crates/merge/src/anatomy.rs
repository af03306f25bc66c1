//! What the names and shapes of a model's tensors say about how it is built.

use std::collections::BTreeMap;

use protocol::model::{TensorSpec, numbered};

/// How a model is built, as far as its headers tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Anatomy {
    /// Number of blocks in the longest numbered stack.
    pub layers: Option<u64>,
    /// Width of the stream between the blocks.
    pub width: Option<u64>,
}

/// Reads layers and width off names and shapes.
///
/// Layers: for every name with a number in it, what stands before the first number is a stack; the stack with most
/// tensors counts, and its layers are its highest number plus one.
/// Width: the commonest length among the one-dimensional tensors whose name speaks of a norm, else among all of them.
pub fn anatomy<'a>(tensors: impl Iterator<Item = &'a TensorSpec>) -> Anatomy {
    let mut stacks: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let mut norms = BTreeMap::new();
    let mut vectors = BTreeMap::new();
    for spec in tensors {
        if let Some((stack, number)) = numbered(&spec.name) {
            let entry = stacks.entry(stack).or_default();
            *entry = (entry.0 + 1, entry.1.max(number + 1));
        }
        if let [length] = spec.shape[..] {
            let name = spec.name.to_lowercase();
            let lengths = if name.contains("norm") || name.contains(".ln") { &mut norms } else { &mut vectors };
            *lengths.entry(length).or_insert(0u64) += 1;
        }
    }
    Anatomy {
        layers: stacks.values().max_by_key(|(tensors, _)| *tensors).map(|&(_, layers)| layers),
        width: commonest(&norms).or_else(|| commonest(&vectors)),
    }
}

/// Rows of the tensor that holds one vector per word, if the model has a word list.
pub fn vocabulary_rows<'a>(mut tensors: impl Iterator<Item = &'a TensorSpec>) -> Option<u64> {
    const NAMES: [&str; 5] = [
        "word_embeddings.weight",
        "embed_tokens.weight",
        "wte.weight",
        "token_embedding.weight",
        "tok_embeddings.weight",
    ];
    tensors.find(|spec| is_vocabulary(&spec.name, &NAMES)).and_then(|spec| spec.shape.first().copied())
}

fn is_vocabulary(name: &str, names: &[&str]) -> bool {
    names.iter().any(|end| name == *end || name.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')))
}

/// Whether a tensor has one row per word: its rows differ where the word lists differ.
pub(crate) fn is_per_word(name: &str) -> bool {
    const NAMES: [&str; 7] = [
        "word_embeddings.weight",
        "embed_tokens.weight",
        "wte.weight",
        "token_embedding.weight",
        "tok_embeddings.weight",
        "lm_head.weight",
        "lm_head.bias",
    ];
    is_vocabulary(name, &NAMES)
}

/// The value that was counted most often; the largest of several.
fn commonest(counts: &BTreeMap<u64, u64>) -> Option<u64> {
    counts.iter().max_by_key(|&(&value, &count)| (count, value)).map(|(&value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::model::Dtype;

    fn spec(name: &str, shape: &[u64]) -> TensorSpec {
        TensorSpec::new(name, Dtype::F32, shape)
    }

    #[test]
    fn layers_and_width_are_read_off_the_longest_stack() {
        let mut tensors =
            vec![spec("vit.layernorm.weight", &[96]), spec("classifier.bias", &[10]), spec("head.7.x", &[3])];
        for layer in 0..4 {
            tensors.push(spec(&format!("vit.encoder.layer.{layer}.layernorm_before.weight"), &[96]));
            tensors.push(spec(&format!("vit.encoder.layer.{layer}.intermediate.dense.bias"), &[384]));
        }
        assert_eq!(anatomy(tensors.iter()), Anatomy { layers: Some(4), width: Some(96) });
        assert_eq!(anatomy([].iter()), Anatomy::default());
    }

    #[test]
    fn word_lists_are_found_by_whole_names() {
        let with = [spec("model.embed_tokens.weight", &[32_000, 64])];
        let without = [spec("my_embed_tokens.weight", &[5, 64])];
        assert_eq!(vocabulary_rows(with.iter()), Some(32_000));
        assert_eq!(vocabulary_rows(without.iter()), None);
    }
}
