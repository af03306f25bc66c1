//! Models as seen from their headers.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::failure::Problem;
use crate::recipe::Recipe;

/// Number type of a tensor, as the safetensors format names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the variants are the format's own names")]
#[serde(rename_all = "UPPERCASE")]
pub enum Dtype {
    Bool,
    U8,
    I8,
    #[serde(rename = "F8_E5M2")]
    F8E5M2,
    #[serde(rename = "F8_E4M3")]
    F8E4M3,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    F64,
    I64,
    U64,
}

impl Dtype {
    /// All number types, in the format's order of alignment (smallest first).
    pub const ALL: [Dtype; 15] = [
        Dtype::Bool,
        Dtype::U8,
        Dtype::I8,
        Dtype::F8E5M2,
        Dtype::F8E4M3,
        Dtype::I16,
        Dtype::U16,
        Dtype::F16,
        Dtype::BF16,
        Dtype::I32,
        Dtype::U32,
        Dtype::F32,
        Dtype::F64,
        Dtype::I64,
        Dtype::U64,
    ];

    /// The name in a safetensors header, such as `BF16`.
    pub fn name(self) -> &'static str {
        match self {
            Dtype::Bool => "BOOL",
            Dtype::U8 => "U8",
            Dtype::I8 => "I8",
            Dtype::F8E5M2 => "F8_E5M2",
            Dtype::F8E4M3 => "F8_E4M3",
            Dtype::I16 => "I16",
            Dtype::U16 => "U16",
            Dtype::F16 => "F16",
            Dtype::BF16 => "BF16",
            Dtype::I32 => "I32",
            Dtype::U32 => "U32",
            Dtype::F32 => "F32",
            Dtype::F64 => "F64",
            Dtype::I64 => "I64",
            Dtype::U64 => "U64",
        }
    }

    /// The type of this header name, if it is one of ours.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dtype| dtype.name() == name)
    }

    /// Bytes of one element.
    pub fn bytes(self) -> u64 {
        match self {
            Dtype::Bool | Dtype::U8 | Dtype::I8 | Dtype::F8E5M2 | Dtype::F8E4M3 => 1,
            Dtype::I16 | Dtype::U16 | Dtype::F16 | Dtype::BF16 => 2,
            Dtype::I32 | Dtype::U32 | Dtype::F32 => 4,
            Dtype::F64 | Dtype::I64 | Dtype::U64 => 8,
        }
    }

    /// Whether numbers of this type are mixed; the others are copied (integers) or refused (other floats).
    pub fn is_mixable(self) -> bool {
        matches!(self, Dtype::F32 | Dtype::F16 | Dtype::BF16)
    }

    /// Whether this is a floating-point type, mixable or not.
    pub fn is_float(self) -> bool {
        self.is_mixable() || matches!(self, Dtype::F64 | Dtype::F8E4M3 | Dtype::F8E5M2)
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What stands before the first number of a dotted name, with its dot, and that number: the block a tensor is in.
pub fn numbered(name: &str) -> Option<(&str, u64)> {
    let mut at = 0;
    for component in name.split('.') {
        if let Ok(number) = component.parse::<u64>() {
            return Some((&name[..at], number));
        }
        at += component.len() + 1;
    }
    None
}

/// Name, number type and shape of one tensor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TensorSpec {
    /// Full name, such as `vit.encoder.layer.0.output.dense.weight`.
    pub name: String,
    /// Number type of the elements.
    pub dtype: Dtype,
    /// Dimensions, outermost first; empty for a single number.
    pub shape: Vec<u64>,
}

impl TensorSpec {
    /// A spec from its parts.
    pub fn new(name: impl Into<String>, dtype: Dtype, shape: impl Into<Vec<u64>>) -> Self {
        Self { name: name.into(), dtype, shape: shape.into() }
    }

    /// Number of elements; `None` if the product does not fit in 64 bits.
    pub fn checked_elements(&self) -> Option<u64> {
        self.shape.iter().try_fold(1u64, |product, &size| product.checked_mul(size))
    }

    /// Number of elements. Specs read by `checkpoint` never overflow: it refuses those that would.
    pub fn elements(&self) -> u64 {
        self.checked_elements().unwrap_or(u64::MAX)
    }

    /// Bytes of the elements.
    pub fn bytes(&self) -> u64 {
        self.elements().saturating_mul(self.dtype.bytes())
    }
}

/// A short, stable name of a model within one session: the first half of the SHA-256 of its path, in hex.
///
/// The window holds ids only; which path an id stands for is known to the shell alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ModelId(pub String);

/// What a model is in a mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The checkpoint that the experts were trained from; on screen *starting model*.
    Base,
    /// A fine-tuned checkpoint; on screen *specialist*.
    Expert,
}

/// Why a model was proposed as base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleReason {
    /// The person chose it.
    Chosen,
    /// Its folder or file is named like a base, and it lacks the private parts that the others have.
    NoPrivateParts,
    /// Other models name it as their parent.
    NamedAsParent,
    /// Sampled numbers lie closest to all others.
    Closest,
    /// It is not the base.
    NotBase,
}

/// One model, as its card shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Id within this session.
    pub id: ModelId,
    /// Name for people: metadata, folder or file stem.
    pub name: String,
    /// Proposed skill name (experts), from the folder or file name, such as `Letters latin`.
    pub skill: String,
    /// The folder or file that was dropped, in display form.
    pub place: String,
    /// Weight files that make up the model, in order.
    pub paths: Vec<String>,
    /// Architecture for people, such as `ViT`; `unknown` if nothing was recognised.
    pub family: String,
    /// What it is in the mix.
    pub role: Role,
    /// Why.
    pub role_reason: RoleReason,
    /// Sum of elements over all tensors.
    pub parameters: u64,
    /// Number of tensors; on screen *parts*.
    pub tensors: u64,
    /// Bytes of the weight files.
    pub bytes: u64,
    /// Elements of each number type.
    pub dtypes: BTreeMap<Dtype, u64>,
    /// Names of tensors that belong to this model's skill alone (heads).
    pub private: Vec<String>,
    /// Number of numbered blocks, if any were found.
    pub layers: Option<u64>,
    /// Width of the model, if it could be told.
    pub width: Option<u64>,
    /// Size of the word list, for models with one.
    pub words: Option<u64>,
    /// Number of labels the head answers with, if it has one.
    pub labels: Option<u64>,
    /// Licence named by the model's own card.
    pub licence: Option<String>,
    /// Length of the change against the base divided by the base's length, on samples; experts only.
    pub change: Option<f64>,
    /// The recipe inside, if Tincture saved this model.
    pub recipe: Option<Recipe>,
}

impl ModelCard {
    /// The number type of most elements.
    pub fn main_dtype(&self) -> Option<Dtype> {
        self.dtypes
            .iter()
            .filter(|(dtype, _)| dtype.is_float())
            .max_by_key(|&(_, &count)| count)
            .map(|(&dtype, _)| dtype)
    }
}

/// Can these models be mixed?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Yes.
    Ready,
    /// After the person has chosen something.
    Choice,
    /// No; the problems say why.
    Cannot,
}

/// How a cell of the comparison table relates to the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CellState {
    /// Like the others.
    Same,
    /// Unlike the others, and mixing works all the same.
    Differs,
    /// Unlike the others, and this prevents mixing.
    Stops,
    /// Nothing to compare.
    Missing,
}

/// One row of the comparison table; one value for each model, in the order of the cards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRow {
    /// What is compared, from [`crate::words`].
    pub row: String,
    /// Value of each model; `–` where there is none.
    pub values: Vec<String>,
    /// State of each value.
    pub states: Vec<CellState>,
    /// Whether any value differs from the others.
    pub differs: bool,
}

/// What was found out about a set of models from their headers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// Can they be mixed?
    pub verdict: Verdict,
    /// The verdict in words.
    pub title: String,
    /// One sentence that gives the reason for the verdict.
    pub because: String,
    /// Bytes read to find out, headers and samples together.
    pub bytes_read: u64,
    /// Readable models: the base first if there is one, then the experts in the order given.
    pub models: Vec<ModelCard>,
    /// Comparison table.
    pub table: Vec<TableRow>,
    /// Everything that is wrong or worth a choice.
    pub problems: Vec<Problem>,
}

impl Inspection {
    /// The base, if one is proposed or chosen.
    pub fn base(&self) -> Option<&ModelCard> {
        self.models.iter().find(|card| card.role == Role::Base)
    }

    /// The experts, in order.
    pub fn experts(&self) -> impl Iterator<Item = &ModelCard> {
        self.models.iter().filter(|card| card.role == Role::Expert)
    }
}
