//! Tiny seeded models: a base and its fine-tunes.

use std::fs;
use std::path::{Path, PathBuf};

use super::format::{self, Tensor, Tensors};

/// Numbers that are the same on every machine (splitmix64).
pub struct Seeded(pub u64);

impl Seeded {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Evenly spread in -1..1.
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    pub fn values(&mut self, count: usize, spread: f32) -> Vec<f32> {
        (0..count).map(|_| self.unit() * spread).collect()
    }
}

/// How a tiny model is built.
#[derive(Debug, Clone, Copy)]
pub struct Build {
    pub layers: u64,
    pub width: u64,
    /// Rows of the word list; 0: no words.
    pub words: u64,
}

impl Default for Build {
    fn default() -> Self {
        Self { layers: 2, width: 12, words: 0 }
    }
}

/// A base of this build.
pub fn base(build: Build, seed: u64) -> Tensors {
    let mut numbers = Seeded(seed);
    let mut tensors = Tensors::new();
    let mut add = |name: String, shape: &[u64]| {
        let values = numbers.values(shape.iter().product::<u64>() as usize, 0.1);
        tensors.insert(name, Tensor::f32(shape, &values));
    };
    let width = build.width;
    if build.words > 0 {
        add("embeddings.word_embeddings.weight".into(), &[build.words, width]);
    }
    for layer in 0..build.layers {
        add(format!("encoder.layer.{layer}.dense.weight"), &[width, width]);
        add(format!("encoder.layer.{layer}.dense.bias"), &[width]);
        add(format!("encoder.layer.{layer}.norm.weight"), &[width]);
    }
    add("norm.weight".into(), &[width]);
    tensors
}

/// A fine-tune of `base`, with a head of `labels` rows if any.
pub fn expert(base: &Tensors, seed: u64, labels: u64) -> Tensors {
    let mut numbers = Seeded(seed);
    let mut tensors = base.clone();
    for tensor in tensors.values_mut() {
        let moved: Vec<f32> = tensor.values().iter().map(|&value| value as f32 + numbers.unit() * 0.01).collect();
        *tensor = Tensor::f32(&tensor.shape.clone(), &moved);
    }
    if labels > 0 {
        let width = tensors["norm.weight"].shape[0];
        let head = numbers.values((labels * width) as usize, 0.7);
        tensors.insert("classifier.weight".into(), Tensor::f32(&[labels, width], &head));
        tensors.insert("classifier.bias".into(), Tensor::f32(&[labels], &numbers.values(labels as usize, 0.7)));
    }
    tensors
}

/// A base without head, and experts with heads of these sizes, each in a folder of its own below `folder`.
pub struct Family {
    pub base: PathBuf,
    pub experts: Vec<PathBuf>,
}

impl Family {
    pub fn write(folder: &Path, build: Build, labels: &[u64]) -> Self {
        let tensors = base(build, 1);
        let experts = labels.iter().zip(2..).map(|(&labels, seed)| {
            save(&folder.join(format!("expert-{}", seed - 1)), &expert(&tensors, seed, labels), labels)
        });
        Self { base: save(&folder.join("base"), &tensors, 0), experts: experts.collect() }
    }

    /// Base and experts.
    pub fn all(&self) -> Vec<PathBuf> {
        [&self.base].into_iter().chain(&self.experts).cloned().collect()
    }
}

/// Writes a model folder: weights and settings.
pub fn save(folder: &Path, tensors: &Tensors, labels: u64) -> PathBuf {
    format::write(&folder.join("model.safetensors"), tensors);
    let kind = if labels > 0 { "TinyForClassification" } else { "TinyModel" };
    let answers: Vec<String> = (0..labels).map(|label| format!("\"{label}\":\"answer {label}\"")).collect();
    let config =
        format!("{{\"architectures\":[\"{kind}\"],\"model_type\":\"tiny\",\"id2label\":{{{}}}}}", answers.join(","));
    fs::write(folder.join("config.json"), config).expect("a scratch file can be written");
    folder.to_path_buf()
}
