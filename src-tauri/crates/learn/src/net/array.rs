//! Numbers with a shape, and batches of examples; plain memory, no engine.

use checkpoint::Source;
use half::f16;
use half::slice::HalfFloatSliceExt;
use protocol::model::Dtype;

use crate::Error;

/// Numbers in row-major order (the last axis is the fastest).
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Length of every axis, the slowest first; empty for a single number.
    pub shape: Vec<usize>,
    /// As many numbers as the product of `shape`.
    pub values: Vec<f32>,
}

impl Array {
    /// An array of this shape.
    ///
    /// # Errors
    /// [`Error::Misfit`] if the numbers do not fill the shape.
    pub fn new(shape: impl Into<Vec<usize>>, values: Vec<f32>) -> Result<Self, Error> {
        let shape = shape.into();
        if shape.iter().product::<usize>() == values.len() {
            return Ok(Self { shape, values });
        }
        let fault = format!("{} numbers for the shape {shape:?}", values.len());
        Err(Error::Misfit { name: "array".into(), fault })
    }

    /// Length of the last axis; 1 for a single number.
    pub fn width(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    /// The rows along the last axis.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks(self.width().max(1))
    }
}

/// Sentences as numbers of a word list, all filled up to the same length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Tokens of every sentence, padding included.
    pub length: usize,
    /// `sentences × length` numbers of the word list, sentence by sentence.
    pub ids: Vec<u32>,
    /// For every token whether it is there (not padding); same order.
    pub mask: Vec<bool>,
    /// For every token the part of a pair it belongs to (0 or 1); none: all 0.
    pub kinds: Option<Vec<u32>>,
}

/// Examples that go through a network together.
#[derive(Debug, Clone, PartialEq)]
pub enum Batch {
    /// Normalised pictures, `[pictures, channels, height, width]`.
    Pictures(Array),
    /// Sentences.
    Tokens(Tokens),
    /// Plain rows of numbers, `[rows, width]`.
    Vectors(Array),
}

impl Batch {
    /// How many examples it holds.
    pub fn len(&self) -> usize {
        match self {
            Self::Pictures(array) | Self::Vectors(array) => array.shape.first().copied().unwrap_or(0),
            Self::Tokens(tokens) => tokens.ids.len() / tokens.length.max(1),
        }
    }

    /// How many tokens it holds, padding included; 0 for other kinds.
    pub fn tokens(&self) -> usize {
        if let Self::Tokens(tokens) = self { tokens.ids.len() } else { 0 }
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Bytes of a tensor file (little endian) as `f32`; 16-bit and 32-bit numbers exactly, 64-bit ones rounded.
///
/// # Errors
/// [`Error::Misfit`], with `name`, for number types that are not real numbers of 16, 32 or 64 bits.
///
/// # Example
/// ```
/// use learn::net::decode;
/// use protocol::model::Dtype;
/// assert_eq!(decode("a", Dtype::BF16, &[0x80, 0x3f, 0x00, 0xc0])?, [1.0, -2.0]);
/// # Ok::<(), learn::Error>(())
/// ```
pub fn decode(name: &str, dtype: Dtype, bytes: &[u8]) -> Result<Vec<f32>, Error> {
    let pairs = || bytes.as_chunks::<2>().0.iter();
    Ok(match dtype {
        Dtype::F32 => bytes.as_chunks::<4>().0.iter().map(|&four| f32::from_le_bytes(four)).collect(),
        Dtype::F64 => bytes.as_chunks::<8>().0.iter().map(|&eight| f64::from_le_bytes(eight) as f32).collect(),
        Dtype::BF16 => pairs().map(|&two| f32::from_bits(u32::from(u16::from_le_bytes(two)) << 16)).collect(),
        Dtype::F16 => half_floats(&pairs().map(|&two| f16::from_le_bytes(two)).collect::<Vec<f16>>()),
        other => return Err(Error::Misfit { name: name.into(), fault: format!("numbers of type {}", other.name()) }),
    })
}

fn half_floats(values: &[f16]) -> Vec<f32> {
    let mut wide = vec![0.0; values.len()];
    values.convert_to_f32_slice(&mut wide);
    wide
}

/// Weights of a source by name, as [`crate::engine::CandleNet::load`] asks for them.
///
/// # Errors
/// The returned function gives [`Error::Missing`], [`Error::Misfit`] or [`Error::Read`].
pub fn weights_of(source: &dyn Source) -> impl Fn(&str) -> Result<Array, Error> + '_ {
    move |name| {
        let entry = source.find(name).ok_or_else(|| Error::Missing { name: name.into() })?;
        let mut bytes = vec![0; entry.spec.bytes() as usize];
        source.read(entry, 0, &mut bytes)?;
        let shape: Vec<usize> = entry.spec.shape.iter().map(|&length| length as usize).collect();
        Array::new(shape, decode(name, entry.spec.dtype, &bytes)?)
    }
}
