//! BERT, RoBERTa and DistilBERT: classifiers of sentences, and sentence embeddings where there is no classifier.
//!
//! Sources: Devlin et al. 2019 (arXiv 1810.04805), Liu et al. 2019 (1907.11692), Sanh et al. 2019 (1910.01108),
//! Reimers and Gurevych 2019 (1908.10084) for the mean of tokens as embedding. Blocks add first, then normalise.

use super::detect::Why;
use super::facts::Facts;
use super::{Activation, Attention, Counting, Family, Input, Linear, Network, Op, Pool, Sight};

/// Epsilon of the layer norms where the config is silent; DistilBERT always has this one.
const EPSILON: f32 = 1e-12;

/// Where a family keeps its parts.
struct Layout {
    /// What names begin with; a bare model has no prefix.
    prefix: &'static str,
    blocks: &'static str,
    /// Within a block: query, key, value, output of attention, norm after it, inner, outer, norm after those.
    parts: [&'static str; 8],
    heads: &'static str,
    activation: &'static str,
    padding: usize,
}

const BERT: Layout = Layout {
    prefix: "bert.",
    blocks: "encoder.layer",
    parts: [
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
        "attention.output.dense",
        "attention.output.LayerNorm",
        "intermediate.dense",
        "output.dense",
        "output.LayerNorm",
    ],
    heads: "num_attention_heads",
    activation: "hidden_act",
    padding: 0,
};
const ROBERTA: Layout = Layout { prefix: "roberta.", padding: 1, ..BERT };
const DISTILBERT: Layout = Layout {
    prefix: "distilbert.",
    blocks: "transformer.layer",
    parts: [
        "attention.q_lin",
        "attention.k_lin",
        "attention.v_lin",
        "attention.out_lin",
        "sa_layer_norm",
        "ffn.lin1",
        "ffn.lin2",
        "output_layer_norm",
    ],
    heads: "n_heads",
    activation: "activation",
    padding: 0,
};

pub fn describe(facts: Facts<'_>, family: Family) -> Result<Network, Why> {
    let layout = match family {
        Family::Roberta => ROBERTA,
        Family::Distilbert => DISTILBERT,
        _ => BERT,
    };
    let prefix = facts.prefix(&[layout.prefix, ""], "embeddings.word_embeddings.weight")?;
    let place = format!("{prefix}embeddings");
    let words = format!("{place}.word_embeddings.weight");
    let features = facts.axis_from_end(&words, 0)?;
    let input = input(facts, &layout, family, &place)?;
    let mut body = embeddings(facts, family, &layout, &place);
    body.extend(blocks(facts, &layout, prefix, features)?);
    let head = head(facts, family);
    body.extend(if head.is_empty() { vec![Op::Pool(Pool::Mean), Op::Normalise] } else { pooled(family, prefix) });
    Ok(Network { family, input, body, features, head })
}

fn padding(facts: Facts<'_>, layout: &Layout) -> usize {
    facts.count("pad_token_id", layout.padding)
}

fn input(facts: Facts<'_>, layout: &Layout, family: Family, place: &str) -> Result<Input, Why> {
    let padding = padding(facts, layout);
    let rows = facts.axis_from_end(&format!("{place}.position_embeddings.weight"), 1)?;
    // RoBERTa's rows up to that of the padding token stand for no position.
    let longest = if family == Family::Roberta { rows.saturating_sub(padding + 1) } else { rows };
    let words = facts.axis_from_end(&format!("{place}.word_embeddings.weight"), 1)?;
    Ok(Input::Tokens { longest, words, padding: padding as u32 })
}

fn embeddings(facts: Facts<'_>, family: Family, layout: &Layout, place: &str) -> Vec<Op> {
    let padding = padding(facts, layout) as u32;
    let counting = if family == Family::Roberta { Counting::AfterPadding(padding) } else { Counting::InOrder };
    let kinds = format!("{place}.token_type_embeddings.weight");
    let mut ops = vec![Op::Embed(format!("{place}.word_embeddings.weight"))];
    if family != Family::Distilbert {
        ops.push(Op::Kinds(kinds));
    }
    ops.push(Op::Positions { table: format!("{place}.position_embeddings.weight"), counting });
    ops.extend([norm(facts, family == Family::Distilbert, &format!("{place}.LayerNorm")), Op::Record]);
    ops
}

fn norm(facts: Facts<'_>, is_fixed: bool, place: &str) -> Op {
    let epsilon = if is_fixed { EPSILON } else { facts.number("layer_norm_eps", EPSILON) };
    Op::LayerNorm { weight: format!("{place}.weight"), bias: format!("{place}.bias"), epsilon }
}

fn blocks(facts: Facts<'_>, layout: &Layout, prefix: &str, width: usize) -> Result<Vec<Op>, Why> {
    let place = format!("{prefix}{}", layout.blocks);
    let heads = facts.heads(layout.heads, 12, width)?;
    let activation = facts.activation(layout.activation, Activation::Gelu)?;
    let count = facts.blocks(&place, &format!("{}.weight", layout.parts[0]));
    Ok((0..count).flat_map(|at| block(facts, layout, &format!("{place}.{at}"), heads, activation)).collect())
}

fn block(facts: Facts<'_>, layout: &Layout, place: &str, heads: usize, activation: Activation) -> [Op; 11] {
    let names = layout.parts.map(|part| format!("{place}.{part}"));
    let [query, key, value, output, first_norm, inner, outer, second_norm] = names;
    let is_fixed = layout.heads == DISTILBERT.heads;
    let [query, key, value, output] = [query, key, value, output].map(|place| Linear::at(&place));
    [
        Op::Keep,
        Op::Attention(Attention { heads, query, key, value, output, sight: Sight::Full }),
        Op::AddKept,
        norm(facts, is_fixed, &first_norm),
        Op::Keep,
        Op::Linear(Linear::at(&inner)),
        Op::Activate(activation),
        Op::Linear(Linear::at(&outer)),
        Op::AddKept,
        norm(facts, is_fixed, &second_norm),
        Op::Record,
    ]
}

/// From the last state to features, where there is a classifier.
fn pooled(family: Family, prefix: &str) -> Vec<Op> {
    let first = Op::Pool(Pool::First);
    match family {
        Family::Bert => {
            vec![first, Op::Linear(Linear::at(&format!("{prefix}pooler.dense"))), Op::Activate(Activation::Tanh)]
        }
        _ => vec![first],
    }
}

/// The classifier: described where the model has one, or where its config says that it is one.
fn head(facts: Facts<'_>, family: Family) -> Vec<Op> {
    let named = facts.config.get("architectures").is_some_and(|names| names.to_string().contains("ForSequence"));
    let last = |place: &str| Op::Linear(Linear::at(place));
    let (place, ops) = match family {
        Family::Roberta => {
            let two = [last("classifier.dense"), Op::Activate(Activation::Tanh), last("classifier.out_proj")];
            ("classifier.out_proj.weight", two.to_vec())
        }
        Family::Distilbert => {
            let two = [last("pre_classifier"), Op::Activate(Activation::Relu), last("classifier")];
            ("classifier.weight", two.to_vec())
        }
        _ => ("classifier.weight", vec![last("classifier")]),
    };
    if named || facts.has(place) { ops } else { vec![] }
}
