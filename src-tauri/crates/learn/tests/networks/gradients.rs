//! Gradients of every parameter equal central differences: no operation cuts or bends them.

use learn::engine::{CandleNet, Gradients, Head};
use learn::net::{Array, Batch, Network, text_tower};

use crate::golden::Golden;

/// A loss that is linear in the logits, with weights that favour no class.
fn slope(logits: &Array) -> Array {
    let values = (0..logits.values.len()).map(|at| ((at * 37 + 11) % 17) as f32 / 8.0 - 1.0).collect();
    Array::new(logits.shape.clone(), values).expect("the same shape")
}

fn loss(golden: &Golden, network: &Network, batch: &Batch) -> f64 {
    let net = CandleNet::load(network, |name| golden.weight(name)).expect("all weights are there");
    let output = net.forward(batch, &head(golden, network)).expect("it runs");
    let weights = slope(&output.logits).values;
    output.logits.values.iter().zip(weights).map(|(logit, weight)| f64::from(*logit) * f64::from(weight)).sum()
}

fn head(golden: &Golden, network: &Network) -> Head {
    if network.head.is_empty() {
        let weight = (0..4 * network.features).map(|at| ((at * 29) % 13) as f32 / 3.0 - 2.0).collect();
        return Head::linear(&Array::new([4, network.features], weight).expect("full"), None).expect("a matrix");
    }
    Head::load(network, |name| golden.weight(name)).expect("the head too")
}

fn gradients(golden: &Golden, network: &Network, batch: &Batch) -> Gradients {
    let net = CandleNet::load(network, |name| golden.weight(name)).expect("all weights are there");
    net.gradients(batch, &head(golden, network), slope).expect("every parameter gets a gradient")
}

/// Central difference of one number of a parameter.
fn difference(golden: &mut Golden, network: &Network, batch: &Batch, name: &str, at: usize) -> f64 {
    // Truncation is step²/6 of the third derivative; rounding about 1e-6 · |loss| / step.
    let step = 4e-3_f32;
    let mut at_offset = |offset: f32| {
        let value = golden.weights[name].values[at];
        golden.weights.get_mut(name).expect("a parameter").values[at] = value + offset;
        let moved = f64::from(golden.weights[name].values[at]);
        let loss = loss(golden, network, batch);
        golden.weights.get_mut(name).expect("a parameter").values[at] = value;
        (moved, loss)
    };
    let ((up, high), (down, low)) = (at_offset(step), at_offset(-step));
    (high - low) / (up - down)
}

/// Compares up to 12 numbers of each parameter, those with the largest gradients among them.
fn compare(golden: &mut Golden, network: &Network, batch: &Batch) -> usize {
    let found = gradients(golden, network, batch);
    let own_head = if network.head.is_empty() { None } else { Some(&found.head) };
    let all: Vec<_> = found.body.iter().chain(own_head.into_iter().flatten()).collect();
    let expected = network.parameters().len() + network.head_parameters().len();
    assert_eq!(all.len(), expected);
    let overall =
        all.iter().flat_map(|(_, gradient)| &gradient.values).fold(0.0_f32, |most, value| most.max(value.abs()));
    let mut compared = 0;
    for (name, gradient) in all {
        assert_eq!(gradient.shape, golden.weights[name].shape, "{name}");
        let mut order: Vec<usize> = (0..gradient.values.len()).collect();
        order.sort_by(|&a, &b| gradient.values[b].abs().total_cmp(&gradient.values[a].abs()));
        for at in order.iter().take(6).chain(order.iter().rev().take(6)).copied() {
            let (told, seen) = (f64::from(gradient.values[at]), difference(golden, network, batch, name, at));
            let tolerance = 0.01 * told.abs() + 1e-3 * f64::from(overall);
            assert!((told - seen).abs() < tolerance, "{name}[{at}]: {told} and {seen}, tolerance {tolerance}");
            compared += 1;
        }
        let largest = gradient.values[order[0]].abs();
        // Keys' biases move all scores of a token alike: their true gradient is 0.
        let is_key_bias = ["key.bias", "k_proj.bias", "k_lin.bias"].iter().any(|end| name.ends_with(end));
        assert!(is_key_bias || largest > 0.0, "{name} gets no gradient");
    }
    compared
}

#[test]
fn gradients_of_picture_networks_are_central_differences() {
    for family in ["vit", "deit", "clip"] {
        let mut golden = Golden::read(family);
        let (network, batch) = (golden.network(), golden.batch());
        assert!(compare(&mut golden, &network, &batch) > 300, "{family}");
    }
}

#[test]
fn gradients_of_sentence_networks_are_central_differences() {
    for family in ["bert", "roberta", "distilbert", "sentence"] {
        let mut golden = Golden::read(family);
        let (network, batch) = (golden.network(), golden.batch());
        assert!(compare(&mut golden, &network, &batch) > 300, "{family}");
    }
}

#[test]
fn gradients_of_a_clip_text_tower_are_central_differences() {
    let mut golden = Golden::read("clip");
    let network = text_tower(Some(&golden.config), &golden.specs).expect("a text tower");
    let batch = golden.sentences();
    assert!(compare(&mut golden, &network, &batch) > 300);
}

#[test]
fn gradients_of_a_perceptron_are_central_differences() {
    let mut golden = Golden::read("mlp");
    let (network, batch) = (golden.network(), golden.batch());
    assert!(compare(&mut golden, &network, &batch) > 50);
}

#[test]
fn a_gradient_of_other_examples_is_no_central_difference() {
    let mut golden = Golden::read("mlp");
    let (network, batch) = (golden.network(), golden.batch());
    let Batch::Vectors(mut others) = batch.clone() else { panic!("rows of numbers") };
    others.values.iter_mut().for_each(|value| *value += 0.1);
    let found = gradients(&golden, &network, &Batch::Vectors(others));
    let told = f64::from(found.body["layers.0.weight"].values[0]);
    let seen = difference(&mut golden, &network, &batch, "layers.0.weight", 0);
    assert!((told - seen).abs() > 0.02 * told.abs(), "{told} and {seen}");
}
