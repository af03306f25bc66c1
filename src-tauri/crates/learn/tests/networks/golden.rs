//! Golden files: small models with inputs and what transformers computes from them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use learn::Error;
use learn::net::{Array, Batch, Network, Tokens, decode};
use protocol::model::{Dtype, TensorSpec};
use safetensors::SafeTensors;
use serde_json::Value;

/// One golden file.
pub struct Golden {
    pub config: Value,
    pub specs: Vec<TensorSpec>,
    pub weights: BTreeMap<String, Array>,
    numbers: BTreeMap<String, Array>,
    whole: BTreeMap<String, (Vec<usize>, Vec<u32>)>,
    pub bytes: BTreeMap<String, Vec<u8>>,
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

impl Golden {
    pub fn read(family: &str) -> Self {
        let file =
            fs::read(here().join(format!("{family}.safetensors"))).expect("golden files lie beside their script");
        let (_, header) = SafeTensors::read_metadata(&file).expect("a whole file");
        let config = header.metadata().as_ref().and_then(|texts| texts.get("config")).expect("with a config");
        let mut golden = Self {
            config: serde_json::from_str(config).expect("which is JSON"),
            specs: vec![],
            weights: BTreeMap::new(),
            numbers: BTreeMap::new(),
            whole: BTreeMap::new(),
            bytes: BTreeMap::new(),
        };
        for (name, view) in SafeTensors::deserialize(&file).expect("a whole file").iter() {
            golden.sort_in(name, view.dtype(), view.shape().to_vec(), view.data());
        }
        golden
    }

    fn sort_in(&mut self, name: &str, dtype: safetensors::Dtype, shape: Vec<usize>, bytes: &[u8]) {
        match dtype {
            safetensors::Dtype::F32 => {
                let array = Array::new(shape, decode(name, Dtype::F32, bytes).expect("numbers")).expect("a full shape");
                let Some(weight) = name.strip_prefix("w.") else {
                    self.numbers.insert(name.into(), array);
                    return;
                };
                let shape: Vec<u64> = array.shape.iter().map(|&length| length as u64).collect();
                self.specs.push(TensorSpec::new(weight, Dtype::F32, shape));
                self.weights.insert(weight.into(), array);
            }
            safetensors::Dtype::I32 => {
                let ids = bytes.as_chunks::<4>().0.iter().map(|&four| u32::from_le_bytes(four)).collect();
                self.whole.insert(name.into(), (shape, ids));
            }
            _ => {
                self.bytes.insert(name.into(), bytes.to_vec());
            }
        }
    }

    pub fn weight(&self, name: &str) -> Result<Array, Error> {
        self.weights.get(name).cloned().ok_or_else(|| Error::Missing { name: name.into() })
    }

    pub fn array(&self, name: &str) -> &Array {
        self.numbers.get(name).unwrap_or_else(|| panic!("{name} is in the file"))
    }

    /// All hidden states of this name.
    pub fn hidden(&self, prefix: &str) -> Vec<Array> {
        (0..).map_while(|at| self.numbers.get(&format!("{prefix}.{at}"))).cloned().collect()
    }

    /// The inputs.
    pub fn batch(&self) -> Batch {
        if let Some(pixels) = self.numbers.get("pixels") {
            return Batch::Pictures(pixels.clone());
        }
        if let Some(vectors) = self.numbers.get("vectors") {
            return Batch::Vectors(vectors.clone());
        }
        self.sentences()
    }

    pub fn sentences(&self) -> Batch {
        let (shape, ids) = self.whole.get("ids").expect("ids are in the file").clone();
        let mask = self.whole.get("mask").map(|(_, mask)| mask.iter().map(|&bit| bit == 1).collect());
        let mask = mask.unwrap_or_else(|| vec![true; ids.len()]);
        Batch::Tokens(Tokens { length: shape[1], ids, mask, kinds: None })
    }

    pub fn network(&self) -> Network {
        learn::net::detect(Some(&self.config), &self.specs).expect("a known family")
    }
}

/// Largest difference, divided by the largest expected number; infinite where the shapes differ or one is no number.
pub fn off(found: &Array, expected: &Array) -> f32 {
    if found.shape != expected.shape || found.values.iter().any(|value| !value.is_finite()) {
        return f32::INFINITY;
    }
    let largest = expected.values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let pairs = found.values.iter().zip(&expected.values);
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / largest
}
