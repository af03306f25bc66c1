//! CLIP's two towers: `CLIPModel` and `CLIPVisionModelWithProjection`.
//!
//! Source: Radford et al. 2021 (arXiv 2103.00020). Blocks normalise first; features are projected and brought to length
//! 1, so that a head of text features times `exp(logit_scale)` gives CLIP's own logits.

use super::detect::Why;
use super::facts::Facts;
use super::{Activation, Attention, Counting, Family, Input, Linear, Network, Op, Pool, Sight};

/// Epsilon of the layer norms where the config is silent.
const EPSILON: f32 = 1e-5;
/// The number that published configs give for the end of a sentence by mistake; the largest number ends it instead.
const WRONG_END: usize = 2;

pub fn image_tower(facts: Facts<'_>, family: Family) -> Result<Network, Why> {
    let facts = facts.part("vision_config");
    let patches = "vision_model.embeddings.patch_embedding";
    let table = "vision_model.embeddings.position_embedding.weight".to_owned();
    let weight = format!("{patches}.weight");
    let (channels, size) = (facts.axis_from_end(&weight, 2)?, facts.axis_from_end(&weight, 0)?);
    let (height, width) = facts.picture(size, facts.axis_from_end(&table, 1)?.saturating_sub(1))?;
    let inner = facts.axis_from_end(&table, 0)?;
    let mut body = vec![
        Op::Patches { map: Linear::plain(patches), size },
        Op::Prepend("vision_model.embeddings.class_embedding".into()),
        Op::Positions { table, counting: Counting::InOrder },
        // The layout's own spelling.
        norm(facts, "vision_model.pre_layrnorm"),
        Op::Record,
    ];
    body.extend(blocks(facts, "vision_model", facts.heads("num_attention_heads", 12, inner)?, Sight::Full)?);
    body.extend([Op::Pool(Pool::First), norm(facts, "vision_model.post_layernorm")]);
    body.extend(projection("visual_projection"));
    let features = facts.axis_from_end("visual_projection.weight", 1)?;
    Ok(Network { family, input: Input::Pictures { channels, height, width }, body, features, head: vec![] })
}

pub fn text_tower(facts: Facts<'_>) -> Result<Network, Why> {
    let facts = facts.part("text_config");
    let words = "text_model.embeddings.token_embedding.weight".to_owned();
    let table = "text_model.embeddings.position_embedding.weight".to_owned();
    let heads = facts.heads("num_attention_heads", 8, facts.axis_from_end(&table, 0)?)?;
    let padding = facts.count("pad_token_id", 1) as u32;
    let input =
        Input::Tokens { longest: facts.axis_from_end(&table, 1)?, words: facts.axis_from_end(&words, 1)?, padding };
    let mut body = vec![Op::Embed(words), Op::Positions { table, counting: Counting::InOrder }, Op::Record];
    body.extend(blocks(facts, "text_model", heads, Sight::Backwards)?);
    let end = facts.count("eos_token_id", 49407);
    let pool = if end == WRONG_END { Pool::AtLargest } else { Pool::AtToken(end as u32) };
    body.extend([norm(facts, "text_model.final_layer_norm"), Op::Pool(pool)]);
    body.extend(projection("text_projection"));
    let features = facts.axis_from_end("text_projection.weight", 1)?;
    Ok(Network { family: Family::Clip, input, body, features, head: vec![] })
}

fn projection(place: &str) -> [Op; 2] {
    [Op::Linear(Linear::plain(place)), Op::Normalise]
}

fn norm(facts: Facts<'_>, place: &str) -> Op {
    let epsilon = facts.number("layer_norm_eps", EPSILON);
    Op::LayerNorm { weight: format!("{place}.weight"), bias: format!("{place}.bias"), epsilon }
}

fn blocks(facts: Facts<'_>, tower: &str, heads: usize, sight: Sight) -> Result<Vec<Op>, Why> {
    let place = format!("{tower}.encoder.layers");
    let activation = facts.activation("hidden_act", Activation::QuickGelu)?;
    let count = facts.blocks(&place, "layer_norm1.weight");
    Ok((0..count).flat_map(|at| block(facts, &format!("{place}.{at}"), heads, sight, activation)).collect())
}

fn block(facts: Facts<'_>, place: &str, heads: usize, sight: Sight, activation: Activation) -> [Op; 11] {
    let part = |name: &str| Linear::at(&format!("{place}.self_attn.{name}"));
    let (query, key, value, output) = (part("q_proj"), part("k_proj"), part("v_proj"), part("out_proj"));
    [
        Op::Keep,
        norm(facts, &format!("{place}.layer_norm1")),
        Op::Attention(Attention { heads, query, key, value, output, sight }),
        Op::AddKept,
        Op::Keep,
        norm(facts, &format!("{place}.layer_norm2")),
        Op::Linear(Linear::at(&format!("{place}.mlp.fc1"))),
        Op::Activate(activation),
        Op::Linear(Linear::at(&format!("{place}.mlp.fc2"))),
        Op::AddKept,
        Op::Record,
    ]
}
