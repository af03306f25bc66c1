//! One of the folders of `make_texts.py`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use checkpoint::{Checkpoint, Source};
use learn::engine::CandleNet;
use learn::examples::{Content, Examples, Item};
use learn::net::{Array, Network, detect, text_tower, weights_of};
use learn::tokens::{Error, Tokenizer};
use protocol::model::TensorSpec;
use serde_json::Value;

pub const NAMES: [&str; 5] = ["bert", "distilbert", "roberta", "sentence", "clip"];

pub struct Model {
    pub folder: PathBuf,
    pub checkpoint: Checkpoint,
    /// The network that reads texts.
    pub network: Network,
    pub expected: Value,
}

impl Model {
    pub fn read(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/texts").join(name);
        let checkpoint = Checkpoint::open(&folder).unwrap();
        let specs: Vec<TensorSpec> = checkpoint.entries().iter().map(|entry| entry.spec.clone()).collect();
        let find = if name == "clip" { text_tower } else { detect };
        let network = find(checkpoint.config(), &specs).unwrap();
        let expected = serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
        Self { folder, checkpoint, network, expected }
    }

    pub fn net(&self) -> CandleNet {
        CandleNet::load(&self.network, weights_of(&self.checkpoint)).unwrap()
    }

    pub fn tokenizer(&self) -> Tokenizer {
        Tokenizer::of(&self.checkpoint, &self.network).unwrap()
    }

    /// The text of a file in the folder.
    pub fn file(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.join(name)).ok()
    }

    /// A tokenizer of the folder's files after `change`, which gets their names and texts.
    pub fn changed(&self, change: impl Fn(&str, String) -> Option<String>) -> Result<Tokenizer, Error> {
        let file = |name: &str| Ok(self.file(name).and_then(|text| change(name, text)));
        Tokenizer::from_files("x", file, &self.network)
    }

    /// A tokenizer of the files of older models, with more settings.
    pub fn old_tokenizer(&self, settings: &Value) -> Tokenizer {
        let change = |name: &str, text: String| match name {
            "tokenizer.json" => None,
            "tokenizer_config.json" => {
                let mut told: Value = serde_json::from_str(&text).unwrap();
                told.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
                Some(told.to_string())
            }
            _ => Some(text),
        };
        self.changed(change).unwrap()
    }

    pub fn texts(&self) -> Vec<&str> {
        self.expected["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
    }

    /// Texts that went through the network together, by their places among all.
    pub fn batches(&self) -> Vec<Vec<usize>> {
        serde_json::from_value(self.expected["batches"].clone()).unwrap()
    }

    /// Expected rows of a batch.
    pub fn rows(&self, key: &str, batch: usize) -> Array {
        array(&self.expected[key][batch])
    }

    pub fn examples(&self) -> Arc<Examples> {
        let item = |(at, text): (usize, &str)| Item {
            name: format!("line {at}"),
            key: text.to_owned(),
            label: None,
            part: None,
            content: Content::Text(text.to_owned()),
        };
        let items = self.texts().into_iter().enumerate().map(item).collect();
        Arc::new(Examples { place: "x".into(), labels: None, items, skipped: vec![] })
    }
}

/// Rows of numbers.
pub fn array(rows: &Value) -> Array {
    let rows: Vec<Vec<f32>> = serde_json::from_value(rows.clone()).unwrap();
    Array::new([rows.len(), rows[0].len()], rows.concat()).unwrap()
}

/// Rows of whole numbers, of different lengths.
pub fn whole(rows: &Value) -> Vec<Vec<u32>> {
    serde_json::from_value(rows.clone()).unwrap()
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
