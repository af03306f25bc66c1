//! Hidden states of every block, features and logits equal those of transformers; wrong networks do not.

use learn::engine::{CandleNet, Head};
use learn::net::{Activation, Array, Batch, Counting, Network, Op, Sight, text_tower};

use crate::golden::{Golden, off};

/// Relative to the largest number of a tensor.
const TOLERANCE: f32 = 1e-5;
const CLASSIFIERS: [&str; 6] = ["vit", "deit", "bert", "roberta", "distilbert", "mlp"];

/// Largest difference over hidden states and logits.
fn worst(golden: &Golden, network: &Network, batch: &Batch) -> f32 {
    let net = CandleNet::load(network, |name| golden.weight(name)).expect("all weights are there");
    let head = Head::load(network, |name| golden.weight(name)).expect("the head too");
    let output = net.forward(batch, &head).expect("it runs");
    let hidden = golden.hidden("hidden");
    assert_eq!(output.hidden.len(), hidden.len());
    let states = output.hidden.iter().zip(&hidden).map(|(found, expected)| off(found, expected));
    states.fold(off(&output.logits, golden.array("logits")), f32::max)
}

#[test]
fn classifiers_equal_transformers() {
    for family in CLASSIFIERS {
        let golden = Golden::read(family);
        let worst = worst(&golden, &golden.network(), &golden.batch());
        println!("{family}: {worst:e}");
        assert!(worst < TOLERANCE, "{family}: {worst:e}");
    }
}

#[test]
fn logits_of_the_golden_models_spread_by_one_at_least() {
    for family in CLASSIFIERS {
        let logits = Golden::read(family).array("logits").values.clone();
        let mean = logits.iter().sum::<f32>() / logits.len() as f32;
        let variance = logits.iter().map(|logit| (logit - mean).powi(2)).sum::<f32>() / logits.len() as f32;
        assert!(variance >= 1.0, "{family}: {variance}");
    }
}

#[test]
fn a_clip_image_tower_with_text_features_as_head_equals_transformers() {
    let golden = Golden::read("clip");
    let image = CandleNet::load(&golden.network(), |name| golden.weight(name)).expect("all weights are there");
    let network = text_tower(Some(&golden.config), &golden.specs).expect("a text tower");
    let text = CandleNet::load(&network, |name| golden.weight(name)).expect("all weights are there");

    let rows = text.features(&golden.sentences()).expect("it runs");
    let scale = golden.weights["logit_scale"].values[0].exp();
    let weight = Array::new(rows.shape.clone(), rows.values.iter().map(|value| value * scale).collect());
    let head = Head::linear(&weight.expect("the same shape"), None).expect("a matrix");
    let output = image.forward(&golden.batch(), &head).expect("it runs");

    assert_eq!(head.classes(), 4);
    assert!(off(&rows, golden.array("text_features")) < TOLERANCE);
    assert!(off(&output.features, golden.array("features")) < TOLERANCE);
    assert!(off(&output.logits, golden.array("logits")) < TOLERANCE);
    let hidden = golden.hidden("hidden");
    assert!(hidden.len() == 3 && output.hidden.iter().zip(&hidden).all(|(a, b)| off(a, b) < TOLERANCE));
}

#[test]
fn hidden_states_of_a_clip_text_tower_equal_transformers() {
    let golden = Golden::read("clip");
    let mut network = text_tower(Some(&golden.config), &golden.specs).expect("a text tower");
    let head = Head::linear(&Array::new([1, 12], vec![1.0; 12]).expect("full"), None).expect("a matrix");
    let hidden = golden.hidden("text_hidden");
    let worst = |network: &Network| {
        let net = CandleNet::load(network, |name| golden.weight(name)).expect("all weights are there");
        let output = net.forward(&golden.sentences(), &head).expect("it runs");
        output.hidden.iter().zip(&hidden).map(|(a, b)| off(a, b)).fold(0.0, f32::max)
    };
    assert!(hidden.len() == 3 && worst(&network) < TOLERANCE, "{}", worst(&network));

    for op in &mut network.body {
        if let Op::Attention(attention) = op {
            attention.sight = Sight::Full;
        }
    }
    assert!(worst(&network) > 10.0 * TOLERANCE, "looking forward has to show: {}", worst(&network));
}

/// A network that has no head of its own, and what its golden file calls its states and features.
struct Body {
    golden: Golden,
    network: Network,
    batch: Batch,
    hidden: &'static str,
    features: &'static str,
}

const BODIES: [&str; 3] = ["clip", "clip text", "sentence"];

impl Body {
    fn read(name: &str) -> Self {
        let golden = Golden::read(name.split(' ').next().expect("a name"));
        if name == "clip text" {
            let network = text_tower(Some(&golden.config), &golden.specs).expect("a text tower");
            let batch = golden.sentences();
            return Self { golden, network, batch, hidden: "text_hidden", features: "text_features" };
        }
        let (network, batch) = (golden.network(), golden.batch());
        Self { golden, network, batch, hidden: "hidden", features: "features" }
    }

    /// Largest difference over hidden states and features.
    fn worst(&self) -> f32 {
        let net = CandleNet::load(&self.network, |name| self.golden.weight(name)).expect("all weights are there");
        let width = self.network.features;
        let head = Head::linear(&Array::new([1, width], vec![1.0; width]).expect("full"), None).expect("a matrix");
        let output = net.forward(&self.batch, &head).expect("it runs");
        let hidden = self.golden.hidden(self.hidden);
        let states = output.hidden.iter().zip(&hidden).map(|(found, expected)| off(found, expected));
        states.fold(off(&output.features, self.golden.array(self.features)), f32::max)
    }
}

#[test]
fn bodies_without_a_head_equal_transformers() {
    for name in BODIES {
        let worst = Body::read(name).worst();
        println!("{name}: {worst:e}");
        assert!(worst < TOLERANCE, "{name}: {worst:e}");
    }
}

#[test]
fn a_wrong_activation_or_shifted_positions_fail_without_a_head_too() {
    for name in BODIES {
        let mut wrong = Body::read(name);
        for op in &mut wrong.network.body {
            match op {
                Op::Activate(activation @ Activation::Gelu) => *activation = Activation::TanhGelu,
                Op::Activate(activation @ Activation::QuickGelu) => *activation = Activation::Gelu,
                _ => {}
            }
        }
        assert!(wrong.worst() > 3.0 * TOLERANCE, "{name} with another activation: {:e}", wrong.worst());

        let mut shifted = Body::read(name);
        for op in &shifted.network.body {
            if let Op::Positions { table, .. } = op {
                let table = shifted.golden.weights.get_mut(table).expect("a table of positions");
                let width = table.width();
                table.values.rotate_left(width);
            }
        }
        assert!(shifted.worst() > 100.0 * TOLERANCE, "{name} shifted: {:e}", shifted.worst());
    }
}

#[test]
fn a_sentence_embedding_is_the_normalised_mean_of_tokens() {
    let golden = Golden::read("sentence");
    let net = CandleNet::load(&golden.network(), |name| golden.weight(name)).expect("all weights are there");
    let features = net.features(&golden.batch()).expect("it runs");
    assert!(off(&features, golden.array("features")) < TOLERANCE);
    assert!(golden.network().head.is_empty());
}

#[test]
fn a_wrong_activation_fails() {
    let swaps = [
        ("vit", Activation::TanhGelu),
        ("vit", Activation::QuickGelu),
        ("deit", Activation::Gelu),
        ("bert", Activation::TanhGelu),
        ("roberta", Activation::QuickGelu),
        ("distilbert", Activation::TanhGelu),
        ("mlp", Activation::TanhGelu),
    ];
    for (family, wrong) in swaps {
        let golden = Golden::read(family);
        let mut network = golden.network();
        for op in &mut network.body {
            if let Op::Activate(activation @ (Activation::Gelu | Activation::TanhGelu)) = op {
                *activation = wrong;
            }
        }
        let worst = worst(&golden, &network, &golden.batch());
        assert!(worst > 3.0 * TOLERANCE, "{family} with {wrong:?}: {worst:e}");
    }
}

#[test]
fn shifted_positions_fail() {
    for family in ["vit", "deit", "bert", "roberta", "distilbert"] {
        let mut golden = Golden::read(family);
        let network = golden.network();
        for op in &network.body {
            if let Op::Positions { table, .. } = op {
                let table = golden.weights.get_mut(table).expect("a table of positions");
                let width = table.width();
                table.values.rotate_left(width);
            }
        }
        let worst = worst(&golden, &network, &golden.batch());
        assert!(worst > 100.0 * TOLERANCE, "{family}: {worst:e}");
    }
}

#[test]
fn roberta_counted_like_bert_fails() {
    let golden = Golden::read("roberta");
    let mut network = golden.network();
    for op in &mut network.body {
        if let Op::Positions { counting, .. } = op {
            *counting = Counting::InOrder;
        }
    }
    assert!(worst(&golden, &network, &golden.batch()) > 100.0 * TOLERANCE);
}

#[test]
fn a_sentence_embedding_of_padding_too_fails() {
    let mut body = Body::read("sentence");
    let Batch::Tokens(tokens) = &mut body.batch else { panic!("sentences") };
    tokens.mask.fill(true);
    assert!(body.worst() > 100.0 * TOLERANCE, "{:e}", body.worst());
}

#[test]
fn padding_that_is_looked_at_fails() {
    for family in ["bert", "roberta", "distilbert"] {
        let golden = Golden::read(family);
        let Batch::Tokens(mut tokens) = golden.batch() else { panic!("sentences") };
        tokens.mask.fill(true);
        let worst = worst(&golden, &golden.network(), &Batch::Tokens(tokens));
        assert!(worst > 100.0 * TOLERANCE, "{family}: {worst:e}");
    }
}

#[test]
fn a_head_on_features_is_the_same_as_a_forward_walk_with_it() {
    let golden = Golden::read("roberta");
    let net = CandleNet::load(&golden.network(), |name| golden.weight(name)).expect("all weights are there");
    let head = Head::load(&golden.network(), |name| golden.weight(name)).expect("the head too");
    let output = net.forward(&golden.batch(), &head).expect("it runs");
    assert_eq!(net.features(&golden.batch()).expect("it runs"), output.features);
    assert_eq!(head.apply(&output.features).expect("the same width"), output.logits);
}

#[test]
fn an_example_gets_the_same_features_alone_and_in_a_batch() {
    let golden = Golden::read("vit");
    let net = CandleNet::load(&golden.network(), |name| golden.weight(name)).expect("all weights are there");
    let Batch::Pictures(all) = golden.batch() else { panic!("pictures") };
    let together = net.features(&Batch::Pictures(all.clone())).expect("it runs");
    let rows: Vec<&[f32]> = together.rows().collect();
    for (at, picture) in all.values.chunks(3 * 12 * 12).enumerate() {
        let one = Array::new([1, 3, 12, 12], picture.to_vec()).expect("full");
        let alone = net.features(&Batch::Pictures(one)).expect("it runs");
        let row = |at: usize| Array::new([1, 20], rows[at].to_vec()).expect("full");
        assert!(off(&alone, &row(at)) < 1e-6 && off(&alone, &row((at + 1) % 3)) > 0.01);
    }
}
