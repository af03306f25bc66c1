//! Which network a model is: a table of families, asked by the config's `model_type`, then by telltale tensors.

use protocol::model::TensorSpec;
use serde_json::Value;

use super::facts::Facts;
use super::{Family, Network, bert, clip, mlp, vit};
use crate::Error;

/// Why a model cannot be run. It can still be mixed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// Tensors look like a known family, but there is no config to say the number of attention heads.
    #[error("there is no config.json")]
    NoConfig,
    /// Another family.
    #[error("models of the kind `{kind}` are not known")]
    Unknown {
        /// What the config calls it; empty where it says nothing.
        kind: String,
    },
    /// A variant of a known family with parts that are not known.
    #[error("{part} is not known")]
    Variant {
        /// The part.
        part: String,
    },
    /// An activation function that is not known.
    #[error("the activation function `{name}` is not known")]
    Activation {
        /// Its name in the config.
        name: String,
    },
    /// A tensor is missing.
    #[error("the tensor `{name}` is missing")]
    Missing {
        /// Its name.
        name: String,
    },
    /// Config and tensors contradict each other.
    #[error("config and tensors contradict each other: {what}")]
    Contradiction {
        /// In what.
        what: String,
    },
}

/// One kind of model.
struct Row {
    /// `model_type` in the config.
    kinds: &'static [&'static str],
    /// The end of a tensor name that no other family above in the table has.
    telltale: &'static str,
    family: Family,
    describe: fn(Facts<'_>, Family) -> Result<Network, Why>,
}

const TABLE: &[Row] = &[
    Row {
        kinds: &["clip", "clip_vision_model"],
        telltale: "vision_model.pre_layrnorm.weight",
        family: Family::Clip,
        describe: clip::image_tower,
    },
    Row { kinds: &["deit"], telltale: "embeddings.distillation_token", family: Family::Deit, describe: vit::describe },
    Row {
        kinds: &["vit"],
        telltale: "embeddings.patch_embeddings.projection.weight",
        family: Family::Vit,
        describe: vit::describe,
    },
    Row {
        kinds: &["distilbert"],
        telltale: "transformer.layer.0.attention.q_lin.weight",
        family: Family::Distilbert,
        describe: bert::describe,
    },
    Row {
        kinds: &["roberta", "xlm-roberta", "camembert"],
        telltale: "roberta.embeddings.word_embeddings.weight",
        family: Family::Roberta,
        describe: bert::describe,
    },
    Row {
        kinds: &["bert"],
        telltale: "encoder.layer.0.attention.self.query.weight",
        family: Family::Bert,
        describe: bert::describe,
    },
    Row { kinds: &["mlp"], telltale: "layers.0.weight", family: Family::Mlp, describe: mlp::describe },
];

/// The network of a model; of CLIP the image tower.
///
/// `specs` are the tensors of one model, or of its body where the head lies elsewhere.
///
/// # Errors
/// [`Error::NotRunnable`] with the reason.
pub fn detect(config: Option<&Value>, specs: &[TensorSpec]) -> Result<Network, Error> {
    found(config, specs, |row, facts| (row.describe)(facts, row.family))
}

/// CLIP's text tower: sentences become vectors of the same space as the image tower's, of length 1.
///
/// # Errors
/// [`Error::NotRunnable`] with the reason.
pub fn text_tower(config: Option<&Value>, specs: &[TensorSpec]) -> Result<Network, Error> {
    found(config, specs, |row, facts| match row.family {
        Family::Clip => clip::text_tower(facts),
        _ => Err(Why::Variant { part: "a text tower beside this network".into() }),
    })
}

fn found(
    config: Option<&Value>,
    specs: &[TensorSpec],
    describe: impl Fn(&Row, Facts<'_>) -> Result<Network, Why>,
) -> Result<Network, Error> {
    let kind = config.and_then(|config| config.get("model_type")).and_then(Value::as_str);
    let row = row(kind, specs).ok_or_else(|| Why::Unknown { kind: kind.unwrap_or_default().into() });
    let config = config.ok_or(Why::NoConfig);
    let network = row.and_then(|row| {
        let facts = Facts { config: config?, specs };
        let network = describe(row, facts)?;
        facts.complete(&network.body)?;
        Ok(network)
    });
    network.map_err(|why| Error::NotRunnable { why })
}

fn row(kind: Option<&str>, specs: &[TensorSpec]) -> Option<&'static Row> {
    match kind {
        Some(kind) => TABLE.iter().find(|row| row.kinds.contains(&kind)),
        None => TABLE.iter().find(|row| specs.iter().any(|spec| spec.name.ends_with(row.telltale))),
    }
}
