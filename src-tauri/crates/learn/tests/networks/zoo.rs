//! The bundled sample: experts, and the base's body with each expert's head, on real pictures.

use std::path::PathBuf;

use checkpoint::Checkpoint;
use learn::engine::{CandleNet, Head};
use learn::net::{Array, Batch, Network, detect, weights_of};
use protocol::model::TensorSpec;

use crate::golden::{Golden, off};

const TASKS: [&str; 4] = ["fashion_mnist", "letters_hiragana", "letters_latin", "optdigits"];

fn sample(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../sample").join(name)
}

fn open(name: &str) -> (Checkpoint, Network) {
    let folder = sample(name);
    let config = std::fs::read_to_string(folder.join("config.json")).expect("a config");
    let config = serde_json::from_str(&config).expect("JSON");
    let model = Checkpoint::open(&folder).expect("a model");
    let specs: Vec<TensorSpec> = checkpoint::Source::entries(&model).iter().map(|entry| entry.spec.clone()).collect();
    let network = detect(Some(&config), &specs).expect("a vision transformer");
    (model, network)
}

/// Gray pictures of 32 × 32 bytes, as the sample's preprocessor says: byte / 255, minus 0.5, divided by 0.5; repeated.
fn pictures(bytes: &[u8]) -> Batch {
    let one = |picture: &[u8]| {
        let gray: Vec<f32> = picture.iter().map(|&byte| (f32::from(byte) / 255.0 - 0.5) / 0.5).collect();
        gray.repeat(3)
    };
    let values: Vec<f32> = bytes.chunks(32 * 32).flat_map(one).collect();
    Batch::Pictures(Array::new([bytes.len() / 1024, 3, 32, 32], values).expect("full"))
}

#[test]
fn experts_and_base_of_the_sample_give_the_logits_of_transformers() {
    let golden = Golden::read("zoo");
    let (base, base_network) = open("base");
    let base = CandleNet::load(&base_network, weights_of(&base)).expect("the body is whole");
    assert!(base_network.head.is_empty());
    for task in TASKS {
        let (expert, network) = open(&format!("experts/{task}"));
        let head = Head::load(&network, weights_of(&expert)).expect("a classifier");
        let expert = CandleNet::load(&network, weights_of(&expert)).expect("the body is whole");
        let batch = pictures(&golden.bytes[&format!("{task}.pictures")]);
        for (net, kind, other) in [(&expert, "expert", "base"), (&base, "base", "expert")] {
            let logits = head.apply(&net.features(&batch).expect("it runs")).expect("the same width");
            let right = off(&logits, golden.array(&format!("{task}.{kind}")));
            println!("{task} {kind}: {right:e}");
            assert!(right < 1e-5, "{task} {kind}: {right:e}");
            assert!(off(&logits, golden.array(&format!("{task}.{other}"))) > 0.01);
        }
    }
}
