//! What benches of networks have in common: the sample's network, one of the size of CLIP's, and rates.

use std::path::Path;
use std::time::{Duration, Instant};

use checkpoint::{Checkpoint, Source};
use learn::Error;
use learn::engine::CandleNet;
use learn::net::{Array, Batch, Network, detect, weights_of};
use protocol::model::{Dtype, TensorSpec};

pub const BATCH: usize = 32;
const RUNS: usize = 5;

/// Numbers between −1 and 1 without a pattern.
pub fn noise(count: usize, scale: f32) -> Vec<f32> {
    let mut state = 0x2545_f491_u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state as f32 / u32::MAX as f32 * 2.0 - 1.0) * scale
    };
    std::iter::repeat_with(next).take(count).collect()
}

pub fn pictures(side: usize) -> Batch {
    let shape = [BATCH, 3, side, side];
    Batch::Pictures(Array::new(shape, noise(shape.iter().product(), 1.0)).expect("as many numbers as the shape says"))
}

pub fn sample() -> (Network, CandleNet) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample/base");
    let text = std::fs::read_to_string(folder.join("config.json")).expect("the sample is part of the repository");
    let config = serde_json::from_str(&text).expect("its config is JSON");
    let model = Checkpoint::open(&folder).expect("the sample opens");
    let specs: Vec<TensorSpec> = model.entries().iter().map(|entry| entry.spec.clone()).collect();
    let network = detect(Some(&config), &specs).expect("it is a vision transformer");
    let net = CandleNet::load(&network, weights_of(&model)).expect("its body is whole");
    (network, net)
}

/// Names and shapes of the image tower of CLIP ViT-B/32.
fn clip_specs() -> Vec<TensorSpec> {
    let mut all = vec![
        ("vision_model.embeddings.class_embedding".to_owned(), vec![768]),
        ("vision_model.embeddings.patch_embedding.weight".into(), vec![768, 3, 32, 32]),
        ("vision_model.embeddings.position_embedding.weight".into(), vec![50, 768]),
        ("visual_projection.weight".into(), vec![512, 768]),
    ];
    let mut pair = |place: String, weight: Vec<u64>| {
        all.push((format!("{place}.bias"), weight[..1].to_vec()));
        all.push((format!("{place}.weight"), weight));
    };
    pair("vision_model.pre_layrnorm".into(), vec![768]);
    pair("vision_model.post_layernorm".into(), vec![768]);
    for at in 0..12 {
        let place = format!("vision_model.encoder.layers.{at}");
        for part in ["q_proj", "k_proj", "v_proj", "out_proj"] {
            pair(format!("{place}.self_attn.{part}"), vec![768, 768]);
        }
        pair(format!("{place}.layer_norm1"), vec![768]);
        pair(format!("{place}.layer_norm2"), vec![768]);
        pair(format!("{place}.mlp.fc1"), vec![3072, 768]);
        pair(format!("{place}.mlp.fc2"), vec![768, 3072]);
    }
    all.into_iter().map(|(name, shape)| TensorSpec::new(name, Dtype::F32, shape)).collect()
}

pub fn clip() -> (Network, CandleNet) {
    let config =
        serde_json::json!({ "model_type": "clip_vision_model", "image_size": 224, "hidden_act": "quick_gelu" });
    let specs = clip_specs();
    let network = detect(Some(&config), &specs).expect("names and shapes are those of CLIP");
    let weight = |name: &str| {
        let spec = specs.iter().find(|spec| spec.name == name).ok_or_else(|| Error::Missing { name: name.into() })?;
        let shape: Vec<usize> = spec.shape.iter().map(|&length| length as usize).collect();
        let count = shape.iter().product();
        Array::new(shape, noise(count, 0.05))
    };
    let net = CandleNet::load(&network, weight).expect("all weights are made up");
    (network, net)
}

/// Prints pictures a second: median of the runs, slowest and fastest.
pub fn report(name: &str, at_least: Duration, work: impl Fn()) {
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if !asked.iter().all(|word| name.contains(word)) {
        return;
    }
    work();
    let run = || {
        let start = Instant::now();
        let mut rounds = 0;
        while start.elapsed() < at_least || rounds == 0 {
            work();
            rounds += 1;
        }
        (rounds * BATCH) as f64 / start.elapsed().as_secs_f64()
    };
    let mut rates: Vec<f64> = (0..RUNS).map(|_| run()).collect();
    rates.sort_by(f64::total_cmp);
    println!("{name}: {:.0} pictures a second ({:.0} to {:.0})", rates[RUNS / 2], rates[0], rates[RUNS - 1]);
}
