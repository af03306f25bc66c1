//! Vision transformers as classifiers: `ViTForImageClassification` and `DeiTForImageClassification`.
//!
//! Source: Dosovitskiy et al. 2021 (arXiv 2010.11929); Touvron et al. 2021 (arXiv 2012.12877). Blocks normalise first.

use super::detect::Why;
use super::facts::Facts;
use super::{Activation, Attention, Counting, Family, Input, Linear, Network, Op, Pool, Sight};

/// Epsilon of the layer norms where the config is silent.
const EPSILON: f32 = 1e-12;

pub fn describe(facts: Facts<'_>, family: Family) -> Result<Network, Why> {
    if facts.has("distillation_classifier.weight") {
        return Err(Why::Variant { part: "a second classifier on the distillation token".into() });
    }
    let prefix = facts.prefix(&["vit.", "deit.", ""], "embeddings.cls_token")?;
    let patches = format!("{prefix}embeddings.patch_embeddings.projection.weight");
    let table = format!("{prefix}embeddings.position_embeddings");
    let (channels, size) = (facts.axis_from_end(&patches, 2)?, facts.axis_from_end(&patches, 0)?);
    let extra = extra_tokens(prefix, family);
    let (height, width) = facts.picture(size, facts.axis_from_end(&table, 1)?.saturating_sub(extra.len()))?;
    let features = facts.axis_from_end(&table, 0)?;
    let place = format!("{prefix}embeddings.patch_embeddings.projection");
    let mut body = vec![Op::Patches { map: Linear::at(&place), size }];
    body.extend(extra.into_iter().map(Op::Prepend));
    body.extend([Op::Positions { table, counting: Counting::InOrder }, Op::Record]);
    body.extend(blocks(facts, prefix, features)?);
    body.extend([norm(facts, &format!("{prefix}layernorm")), Op::Pool(Pool::First)]);
    let head = if facts.has("classifier.weight") { vec![Op::Linear(Linear::at("classifier"))] } else { vec![] };
    Ok(Network { family, input: Input::Pictures { channels, height, width }, body, features, head })
}

/// Tokens in front of the patches, the last one first: each is put before all others.
fn extra_tokens(prefix: &str, family: Family) -> Vec<String> {
    let names: &[&str] = if family == Family::Deit { &["distillation_token", "cls_token"] } else { &["cls_token"] };
    names.iter().map(|name| format!("{prefix}embeddings.{name}")).collect()
}

fn norm(facts: Facts<'_>, place: &str) -> Op {
    let epsilon = facts.number("layer_norm_eps", EPSILON);
    Op::LayerNorm { weight: format!("{place}.weight"), bias: format!("{place}.bias"), epsilon }
}

fn blocks(facts: Facts<'_>, prefix: &str, width: usize) -> Result<Vec<Op>, Why> {
    let place = format!("{prefix}encoder.layer");
    let heads = facts.heads("num_attention_heads", 12, width)?;
    let activation = facts.activation("hidden_act", Activation::Gelu)?;
    let count = facts.blocks(&place, "layernorm_before.weight");
    Ok((0..count).flat_map(|at| block(facts, &format!("{place}.{at}"), heads, activation)).collect())
}

fn block(facts: Facts<'_>, place: &str, heads: usize, activation: Activation) -> [Op; 11] {
    let part = |name: &str| {
        let place = format!("{place}.attention.attention.{name}");
        // `qkv_bias: false` leaves these biases out.
        if facts.has(&format!("{place}.bias")) { Linear::at(&place) } else { Linear::plain(&place) }
    };
    let attention = Attention {
        heads,
        query: part("query"),
        key: part("key"),
        value: part("value"),
        output: Linear::at(&format!("{place}.attention.output.dense")),
        sight: Sight::Full,
    };
    [
        Op::Keep,
        norm(facts, &format!("{place}.layernorm_before")),
        Op::Attention(attention),
        Op::AddKept,
        Op::Keep,
        norm(facts, &format!("{place}.layernorm_after")),
        Op::Linear(Linear::at(&format!("{place}.intermediate.dense"))),
        Op::Activate(activation),
        Op::Linear(Linear::at(&format!("{place}.output.dense"))),
        Op::AddKept,
        Op::Record,
    ]
}
