//! Networks: each described once, as a short list of operations over named parameters; engines walk the list.
//!
//! | Name | What it is for |
//! |---|---|
//! | [`detect`] | the network of a model, from its config and the names of its tensors |
//! | [`text_tower`] | CLIP's second network, which makes heads out of class names |
//! | [`Network`], [`Op`] | the description |
//! | [`Array`], [`Tokens`], [`Batch`] | what goes in and comes out |
//! | [`weights_of`], [`decode`] | parameters from a file or from memory |
//!
//! Names of parameters are those of the Hugging Face layout, exactly as they stand in the file.
//! Shapes: `b` examples, `n` tokens each (patches and class tokens for pictures), `d` numbers a token.

mod array;
mod bert;
mod clip;
mod detect;
mod facts;
mod mlp;
mod vit;

pub use array::{Array, Batch, Tokens, decode, weights_of};
pub use detect::{Why, detect, text_tower};

/// A linear map `x · weightᵀ + bias`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linear {
    /// Name of the weight, `[out, in]` (patches: `[out, channels, height, width]`).
    pub weight: String,
    /// Name of the bias, `[out]`.
    pub bias: Option<String>,
}

/// A function applied to every number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Activation {
    /// `x · Φ(x)` with the normal distribution function Φ (Hendrycks and Gimpel 2016).
    Gelu,
    /// `x / (1 + exp(−1.702 x))`, CLIP's approximation of it.
    QuickGelu,
    /// `x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))`.
    TanhGelu,
    /// `tanh(x)`.
    Tanh,
    /// `max(x, 0)`.
    Relu,
}

/// How tokens find their row in a table of positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// Token `i` takes row `i`.
    InOrder,
    /// Tokens other than the padding token are counted from `padding + 1`; padding takes row `padding` (RoBERTa).
    AfterPadding(u32),
}

/// How the tokens of an example become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// The first token.
    First,
    /// The mean of all tokens that are not padding.
    Mean,
    /// The first token with the largest number.
    AtLargest,
    /// The first token with this number; the first token where none has it.
    AtToken(u32),
}

/// Which tokens a token may look at, besides that nobody looks at padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// All.
    Full,
    /// Itself and those before.
    Backwards,
}

/// Self-attention with its four linear maps (Vaswani et al. 2017).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attention {
    /// Number of heads; divides `d`. Scores are scaled by `(d / heads)^−½`.
    pub heads: usize,
    /// The map to queries, `[d, d]`.
    pub query: Linear,
    /// The map to keys, `[d, d]`.
    pub key: Linear,
    /// The map to values, `[d, d]`.
    pub value: Linear,
    /// The map of the joined heads, `[d, d]`.
    pub output: Linear,
    /// What is looked at.
    pub sight: Sight,
}

/// One step of a network. `x` is the current value; a stack holds values for later.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Pictures `[b, channels, height, width]` are cut into squares of `size` pixels, each mapped: `[b, n, d]`.
    Patches {
        /// The map.
        map: Linear,
        /// Pixels of a side.
        size: usize,
    },
    /// Numbers of tokens become rows of this table `[words, d]`: `[b, n, d]`.
    Embed(String),
    /// The part of a pair each token belongs to, as row of this table `[kinds, d]`, is added.
    Kinds(String),
    /// A token of this value is put in front of the others: `[b, n + 1, d]`.
    Prepend(String),
    /// Rows of a table `[positions, d]` (or `[1, positions, d]`) are added.
    Positions {
        /// Name of the table.
        table: String,
        /// Which row.
        counting: Counting,
    },
    /// Every row is brought to mean 0 and variance 1, then scaled and shifted (Ba et al. 2016).
    LayerNorm {
        /// Name of the scale, `[d]`.
        weight: String,
        /// Name of the shift, `[d]`.
        bias: String,
        /// Added to the variance.
        epsilon: f32,
    },
    /// A linear map of every row.
    Linear(Linear),
    /// Self-attention.
    Attention(Attention),
    /// A function of every number.
    Activate(Activation),
    /// `x` is put on the stack.
    Keep,
    /// The top of the stack is taken off and added.
    AddKept,
    /// `x` is a hidden state: the input of the first block, or the output of a block.
    Record,
    /// `[b, n, d]` becomes `[b, d]`.
    Pool(Pool),
    /// Every row is divided by its Euclidean length.
    Normalise,
}

impl Op {
    /// Names of the parameters it uses.
    pub fn parameters(&self) -> Vec<&str> {
        match self {
            Self::Patches { map, .. } | Self::Linear(map) => map.parameters().collect(),
            Self::Embed(name) | Self::Kinds(name) | Self::Prepend(name) => vec![name],
            Self::Positions { table, .. } => vec![table],
            Self::LayerNorm { weight, bias, .. } => vec![weight, bias],
            Self::Attention(Attention { query, key, value, output, .. }) => {
                [query, key, value, output].into_iter().flat_map(Linear::parameters).collect()
            }
            Self::Activate(_) | Self::Keep | Self::AddKept | Self::Record | Self::Pool(_) | Self::Normalise => vec![],
        }
    }
}

impl Linear {
    /// A map with a bias, named as PyTorch names them.
    pub(crate) fn at(place: &str) -> Self {
        Self { weight: format!("{place}.weight"), bias: Some(format!("{place}.bias")) }
    }

    /// A map without a bias.
    pub(crate) fn plain(place: &str) -> Self {
        Self { weight: format!("{place}.weight"), bias: None }
    }

    fn parameters(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.weight.as_str()).chain(self.bias.as_deref())
    }
}

/// The kinds of network that can be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Vision transformer (Dosovitskiy et al. 2021).
    Vit,
    /// The same with a distillation token (Touvron et al. 2021).
    Deit,
    /// A tower of CLIP (Radford et al. 2021).
    Clip,
    /// BERT (Devlin et al. 2019) and what shares its layout, MiniLM for one.
    Bert,
    /// RoBERTa (Liu et al. 2019).
    Roberta,
    /// DistilBERT (Sanh et al. 2019).
    Distilbert,
    /// A multilayer perceptron, for tests.
    Mlp,
}

/// What a network takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Pictures of exactly this size.
    Pictures {
        /// Colours, 3 as a rule.
        channels: usize,
        /// Pixels.
        height: usize,
        /// Pixels.
        width: usize,
    },
    /// Sentences.
    Tokens {
        /// Most tokens of a sentence, special tokens included.
        longest: usize,
        /// Length of the word list.
        words: usize,
        /// The number that fills up short sentences.
        padding: u32,
    },
    /// Rows of numbers.
    Vectors {
        /// Numbers in a row.
        width: usize,
    },
}

/// A network: what goes in, what is done, and which part is private to a skill.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Its kind.
    pub family: Family,
    /// What it takes.
    pub input: Input,
    /// From the input to features `[b, features]`: the part that is mixed.
    pub body: Vec<Op>,
    /// Numbers of a feature vector.
    pub features: usize,
    /// From features to logits `[b, classes]`; empty where the model has no head of its own.
    ///
    /// The names are those of the model that the network was detected from. Each specialist has its own values.
    pub head: Vec<Op>,
}

impl Network {
    /// Names of the body's parameters, in order of use.
    pub fn parameters(&self) -> Vec<&str> {
        self.body.iter().flat_map(Op::parameters).collect()
    }

    /// Most tokens of an example, class tokens included; 1 for rows of numbers.
    pub fn tokens(&self) -> usize {
        let size = self.body.iter().find_map(|op| if let Op::Patches { size, .. } = op { Some(*size) } else { None });
        let more = self.body.iter().filter(|op| matches!(op, Op::Prepend(_))).count();
        match (self.input, size) {
            (Input::Pictures { height, width, .. }, Some(size)) => (height / size) * (width / size) + more,
            (Input::Tokens { longest, .. }, _) => longest,
            _ => 1,
        }
    }

    /// Names of the head's parameters, in order of use.
    pub fn head_parameters(&self) -> Vec<&str> {
        self.head.iter().flat_map(Op::parameters).collect()
    }
}
