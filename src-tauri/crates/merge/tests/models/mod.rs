//! Small models in memory with known numbers.
#![allow(dead_code, reason = "each test program uses its own part of this module")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use checkpoint::{Entry, Error, MemorySource, Source};
use half::{bf16, f16};
use protocol::model::{Dtype, TensorSpec};

/// A model whose bytes can be looked at, changed, and made to fail.
#[derive(Clone)]
pub struct Model {
    place: String,
    tensors: Vec<(TensorSpec, Vec<u8>)>,
    source: Arc<MemorySource>,
    fails: Option<(usize, Arc<AtomicUsize>)>,
}

/// A model of these tensors, filled from a counter and `seed`: values between -2 and 2.
pub fn model(place: &str, seed: u64, shapes: &[(&str, &[u64])], dtype: Dtype) -> Model {
    let tensor = |&(name, shape): &(&str, &[u64])| {
        let spec = TensorSpec::new(name, dtype, shape);
        let bytes = (0..spec.elements()).flat_map(|at| encode(dtype, number(seed, at))).collect();
        (spec, bytes)
    };
    Model::of(place, shapes.iter().map(tensor).collect())
}

impl Model {
    fn of(place: &str, tensors: Vec<(TensorSpec, Vec<u8>)>) -> Self {
        let source = Arc::new(MemorySource::new(place, tensors.clone()));
        Self { place: place.to_owned(), tensors, source, fails: None }
    }

    /// With the tensors of `other` too.
    pub fn with(&self, other: Model) -> Self {
        Self::of(&self.place, [self.tensors.clone(), other.tensors].concat())
    }

    /// With these numbers in the tensor `name`.
    pub fn set(&self, name: &str, values: &[f32]) -> Self {
        let mut tensors = self.tensors.clone();
        for (spec, bytes) in tensors.iter_mut().filter(|(spec, _)| spec.name == name) {
            *bytes = values.iter().flat_map(|&value| encode(spec.dtype, value)).collect();
        }
        Self::of(&self.place, tensors)
    }

    /// Fails from the read after `reads` on; the count is shared by all that hold `calls`.
    pub fn failing_after(self, reads: usize, calls: &Arc<AtomicUsize>) -> Self {
        Self { fails: Some((reads, calls.clone())), ..self }
    }

    /// The bytes of a tensor.
    pub fn bytes(&self, name: &str) -> &[u8] {
        &self.tensors.iter().find(|(spec, _)| spec.name == name).expect("a tensor of the fixture").1
    }
}

impl Source for Model {
    fn place(&self) -> &str {
        &self.place
    }

    fn entries(&self) -> &[Entry] {
        self.source.entries()
    }

    fn read(&self, entry: &Entry, at: u64, into: &mut [u8]) -> Result<(), Error> {
        if let Some((reads, calls)) = &self.fails
            && calls.fetch_add(1, Ordering::Relaxed) >= *reads
        {
            return Err(Error::Changed { place: self.place.clone(), gone: false });
        }
        self.source.read(entry, at, into)
    }
}

/// The numbers of a tensor as f32.
pub fn f32s(model: &Model, name: &str) -> Vec<f32> {
    let (spec, bytes) = model.tensors.iter().find(|(spec, _)| spec.name == name).expect("a tensor of the fixture");
    let halves = || bytes.as_chunks::<2>().0.iter().copied();
    match spec.dtype {
        Dtype::F16 => halves().map(|two| f16::from_le_bytes(two).to_f32()).collect(),
        Dtype::BF16 => halves().map(|two| bf16::from_le_bytes(two).to_f32()).collect(),
        _ => bytes.as_chunks::<4>().0.iter().copied().map(f32::from_le_bytes).collect(),
    }
}

/// The bit patterns of packed f32.
pub fn bits_of(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks::<4>().0.iter().copied().map(u32::from_le_bytes).collect()
}

/// A number between -2 and 2, scattered by a multiplicative hash.
fn number(seed: u64, at: u64) -> f32 {
    let scattered = (seed * 1_000_003 + at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    (scattered as f32 / (1u32 << 24) as f32 - 0.5) * 4.0
}

fn encode(dtype: Dtype, value: f32) -> Vec<u8> {
    match dtype {
        Dtype::F16 => f16::from_f32(value).to_le_bytes().to_vec(),
        Dtype::BF16 => bf16::from_f32(value).to_le_bytes().to_vec(),
        Dtype::I64 => ((value * 1000.0) as i64).to_le_bytes().to_vec(),
        _ => value.to_le_bytes().to_vec(),
    }
}
