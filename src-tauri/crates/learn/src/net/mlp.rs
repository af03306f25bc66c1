//! A multilayer perceptron: `layers.<i>.weight` `[out, in]` and `.bias`, then `classifier.weight` and `.bias`.
//!
//! Small enough that a test can follow every number.

use super::detect::Why;
use super::facts::Facts;
use super::{Activation, Family, Input, Linear, Network, Op};

pub fn describe(facts: Facts<'_>, family: Family) -> Result<Network, Why> {
    let width = facts.axis_from_end("layers.0.weight", 0)?;
    let activation = facts.activation("hidden_act", Activation::Relu)?;
    let count = facts.blocks("layers", "weight");
    let layer = |at| [Op::Linear(Linear::at(&format!("layers.{at}"))), Op::Activate(activation), Op::Record];
    let features = facts.axis_from_end(&format!("layers.{}.weight", count.saturating_sub(1)), 1)?;
    let head = if facts.has("classifier.weight") { vec![Op::Linear(Linear::at("classifier"))] } else { vec![] };
    Ok(Network { family, input: Input::Vectors { width }, body: (0..count).flat_map(layer).collect(), features, head })
}
