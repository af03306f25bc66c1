//! Heads out of class names and out of files.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use checkpoint::{Checkpoint, MemorySource, Source};
use learn::Error;
use learn::engine::{CandleNet, Head};
use learn::examples::{Examples, Pictures, Preprocess, SPLIT_SEED, split};
use learn::heads::{
    LOGIT_SCALE, PROMPTS, class_features, head_of_file, logit_scale, nearest_mean_head, zero_shot_head,
};
use learn::net::{Array, Batch, detect, weights_of};
use learn::tokens::Tokenizer;
use protocol::model::{Dtype, TensorSpec};
use protocol::score::Part;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};

use crate::model::{Model, array, off};

const TOLERANCE: f32 = 1e-5;

/// Images and class names of the golden CLIP model.
struct Pictured {
    model: Model,
    /// Features of its pictures.
    features: Array,
}

fn strings(list: &Value) -> Vec<String> {
    serde_json::from_value(list.clone()).unwrap()
}

impl Pictured {
    fn read() -> Self {
        let model = Model::read("clip");
        let specs: Vec<TensorSpec> = model.checkpoint.entries().iter().map(|entry| entry.spec.clone()).collect();
        let network = detect(model.checkpoint.config(), &specs).unwrap();
        let net = CandleNet::load(&network, weights_of(&model.checkpoint)).unwrap();
        let pixels: Vec<f32> = serde_json::from_value(model.expected["zero_shot"]["pixels"].clone()).unwrap();
        let features = net.features(&Batch::Pictures(Array::new([3, 3, 8, 8], pixels).unwrap())).unwrap();
        Self { model, features }
    }

    fn told(&self, key: &str) -> &Value {
        &self.model.expected["zero_shot"][key]
    }

    fn logits(&self, tokenizer: &Tokenizer, templates: &[String]) -> Array {
        let templates: Vec<&str> = templates.iter().map(String::as_str).collect();
        let scale = logit_scale(&self.model.checkpoint).unwrap().unwrap();
        let head = zero_shot_head(&self.model.net(), tokenizer, &strings(self.told("classes")), &templates, scale);
        head.unwrap().apply(&self.features).unwrap()
    }
}

#[test]
fn zero_shot_logits_are_those_of_transformers() {
    let pictured = Pictured::read();
    for (templates, logits) in [("templates", "logits"), ("other_templates", "others")] {
        let templates = strings(pictured.told(templates));
        for tokenizer in [pictured.model.tokenizer(), pictured.model.old_tokenizer(&json!({}))] {
            let worst = off(&pictured.logits(&tokenizer, &templates), &array(pictured.told(logits)));
            println!("{logits}: {worst:e}");
            assert!(worst < TOLERANCE, "{logits}: {worst:e}");
        }
    }
    let values = array(pictured.told("logits")).values;
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    assert!(values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / values.len() as f32 >= 1.0);
}

#[test]
fn other_sentences_names_as_they_stand_and_capital_letters_fail() {
    let pictured = Pictured::read();
    let (expected, templates) = (array(pictured.told("logits")), strings(pictured.told("templates")));
    let tokenizer = pictured.model.tokenizer();
    let worst = |found: Array| off(&found, &expected);
    assert!(worst(pictured.logits(&tokenizer, &strings(pictured.told("other_templates")))) > 100.0 * TOLERANCE);
    assert!(worst(pictured.logits(&tokenizer, &templates[..2])) > 100.0 * TOLERANCE);
    let capital = |_: &str, text: String| Some(text.replace("{\"type\":\"Lowercase\"}", "{\"type\":\"NFC\"}"));
    let capital = pictured.model.changed(capital).unwrap();
    assert!(worst(pictured.logits(&capital, &templates)) > 100.0 * TOLERANCE);
}

#[test]
fn means_that_are_not_brought_to_length_one_again_fail() {
    let pictured = Pictured::read();
    let (expected, templates) = (array(pictured.told("logits")), strings(pictured.told("templates")));
    let (net, tokenizer, classes) =
        (pictured.model.net(), pictured.model.tokenizer(), strings(pictured.told("classes")));
    let scale = logit_scale(&pictured.model.checkpoint).unwrap().unwrap().exp();
    // One head for each template; the mean of their logits is that of a head of plain means.
    let of = |template: &String| {
        let rows = class_features(&net, &tokenizer, &classes, &[template]).unwrap();
        let rows = Array::new(rows.shape, rows.values.iter().map(|value| value * scale).collect()).unwrap();
        Head::linear(&rows, None).unwrap().apply(&pictured.features).unwrap().values
    };
    let all: Vec<Vec<f32>> = templates.iter().map(of).collect();
    let plain = (0..expected.values.len()).map(|at| all.iter().map(|one| one[at]).sum::<f32>() / all.len() as f32);
    let plain = Array::new(expected.shape.clone(), plain.collect()).unwrap();
    assert!(off(&plain, &expected) > 100.0 * TOLERANCE, "{}", off(&plain, &expected));
}

#[test]
fn rows_of_classes_have_length_one_and_do_not_depend_on_the_other_classes() {
    let pictured = Pictured::read();
    let (net, tokenizer) = (pictured.model.net(), pictured.model.tokenizer());
    let classes: Vec<String> = (0..30).map(|at| format!("thing_{at}")).collect();
    let together = class_features(&net, &tokenizer, &classes, &PROMPTS).unwrap();
    assert_eq!(together.shape, [30, 10]);
    for (class, row) in classes.chunks(1).zip(together.rows()) {
        let alone = class_features(&net, &tokenizer, class, &PROMPTS).unwrap();
        // Rounding takes each of two walks up to 1e-6 away.
        assert!(off(&alone, &Array::new([1, 10], row.to_vec()).unwrap()) < 2e-6);
        // Ten roundings to 2⁻²⁴ each.
        assert!((row.iter().map(|value| value * value).sum::<f32>() - 1.0).abs() < 1e-6);
    }
}

#[test]
fn the_end_is_found_by_its_number_or_as_the_largest_one() {
    let pictured = Pictured::read();
    let checkpoint = &pictured.model.checkpoint;
    let specs: Vec<TensorSpec> = checkpoint.entries().iter().map(|entry| entry.spec.clone()).collect();
    let with_end = |end: Value| {
        let mut config = checkpoint.config().unwrap().clone();
        config["text_config"]["eos_token_id"] = end;
        learn::net::text_tower(Some(&config), &specs).unwrap()
    };
    let features = |network: &learn::net::Network| {
        let net = CandleNet::load(network, weights_of(checkpoint)).unwrap();
        let tokenizer = Tokenizer::of(checkpoint, network).unwrap();
        net.features(&tokenizer.batch(&pictured.model.texts()).unwrap()).unwrap()
    };
    // 2 stands in published configs by mistake.
    let (told, largest) = (with_end(json!(573)), with_end(json!(2)));
    assert_ne!(told, largest);
    assert_eq!(features(&told), features(&largest));
    let wrong = Tokenizer::of(checkpoint, &with_end(json!(null)));
    assert!(matches!(wrong, Err(learn::tokens::Error::Unreadable { details, .. }) if details.contains("49407")));
}

#[test]
fn nothing_to_make_a_head_of_is_refused() {
    let model = Model::read("clip");
    let (net, tokenizer, class) = (model.net(), model.tokenizer(), vec!["a".to_owned()]);
    let refused = |classes: &[String], templates: &[&str]| {
        matches!(zero_shot_head(&net, &tokenizer, classes, templates, 1.0), Err(Error::Batch { .. }))
    };
    assert!(refused(&[], &PROMPTS) && refused(&class, &[]) && refused(&class, &["a photo"]));
    assert!(!refused(&class, &PROMPTS));
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn the_factor_is_the_models_own_or_missing() {
    let model = Model::read("clip");
    let scale = logit_scale(&model.checkpoint).unwrap().unwrap();
    assert!((scale - 2.2).abs() < 1e-6 && ((1.0 / 0.07_f64).ln() - f64::from(LOGIT_SCALE)).abs() < 1e-6);
    assert_eq!(logit_scale(&Model::read("bert").checkpoint).unwrap(), None);
    let two = (TensorSpec::new("logit_scale", Dtype::F32, vec![2]), floats(&[1.0, 2.0]));
    let two = MemorySource::new("x", vec![two]);
    assert!(matches!(logit_scale(&two), Err(Error::Misfit { .. })));
}

/// Writes tensors of `f32` into a file.
fn write(path: &Path, tensors: &[(&str, &[usize], &[f32])]) {
    let bytes: Vec<Vec<u8>> = tensors.iter().map(|(_, _, values)| floats(values)).collect();
    let views = tensors.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        (*name, TensorView::new(safetensors::Dtype::F32, shape.to_vec(), bytes).unwrap())
    });
    safetensors::serialize_to_file(views, None::<HashMap<String, String>>, path).unwrap();
}

const WEIGHT: [f32; 6] = [1.0, 2.0, 3.0, -1.0, 0.5, 0.0];

#[test]
fn a_head_of_a_file_is_the_linear_map_in_it() {
    let folder = tempfile::tempdir().unwrap();
    // A model beside it changes nothing.
    write(&folder.path().join("model.safetensors"), &[("other", &[1], &[0.0])]);
    let x = Array::new([1, 3], vec![1.0, 10.0, 100.0]).unwrap();
    for (prefix, bias) in [("", true), ("classifier.", true), ("", false)] {
        let path = folder.path().join("head.safetensors");
        let (weight, shift) = (format!("{prefix}weight"), format!("{prefix}bias"));
        let mut tensors: Vec<(&str, &[usize], &[f32])> = vec![(&weight, &[2, 3], &WEIGHT)];
        tensors.extend(bias.then_some((shift.as_str(), &[2][..], &[0.25, 1000.0][..])));
        write(&path, &tensors);
        let logits = head_of_file(&path).unwrap().apply(&x).unwrap();
        assert_eq!(logits.values, if bias { [321.25, 1004.0] } else { [321.0, 4.0] }, "{prefix:?} {bias}");
    }
}

#[test]
fn a_file_that_holds_another_kind_of_head_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("head.safetensors");
    let refused = |tensors: &[(&str, &[usize], &[f32])]| {
        write(&path, tensors);
        head_of_file(&path).unwrap_err()
    };
    assert!(matches!(refused(&[("kernel", &[2, 3], &WEIGHT)]), Error::Missing { .. }));
    let two = refused(&[("classifier.weight", &[2, 3], &WEIGHT), ("pre_classifier.weight", &[2, 3], &WEIGHT)]);
    assert!(matches!(two, Error::Misfit { fault, .. } if fault.contains("pre_classifier")));
    assert!(matches!(refused(&[("weight", &[2, 3], &WEIGHT), ("bias", &[3], &WEIGHT[..3])]), Error::Misfit { .. }));
    assert!(matches!(refused(&[("weight", &[6], &WEIGHT)]), Error::Misfit { .. }));
    assert!(matches!(head_of_file(&folder.path().join("gone.safetensors")), Err(Error::Read(_))));
}

/// Right answers of a nearest-mean head on the judge part, with these targets for the learn part.
fn right(features: &[Array; 2], learn: &[usize], judge: &[usize]) -> usize {
    let logits = nearest_mean_head(&features[0], learn, 10).unwrap().apply(&features[1]).unwrap();
    let best = |row: &[f32]| (0..10).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
    logits.rows().zip(judge).filter(|(row, target)| best(row) == **target).count()
}

#[test]
fn means_of_the_samples_own_body_tell_digits_apart() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample");
    let base = Checkpoint::open(&sample.join("base")).unwrap();
    let specs: Vec<TensorSpec> = base.entries().iter().map(|entry| entry.spec.clone()).collect();
    let network = detect(base.config(), &specs).unwrap();
    assert!(network.head.is_empty());
    let net = CandleNet::load(&network, weights_of(&base)).unwrap();
    let examples = Examples::open(&sample.join("examples/optdigits.zip")).unwrap();
    let targets: Vec<usize> = examples.items.iter().map(|item| item.label.unwrap()).collect();
    let split = split(&examples, SPLIT_SEED);
    let pictures = Pictures::new(Arc::new(examples), Preprocess::usual(32, 32), 0).unwrap();
    let features = |part| net.features(&pictures.batch(&split.items(part)).take().unwrap()).unwrap();
    let of = |part| split.items(part).iter().map(|&item| targets[item]).collect::<Vec<usize>>();
    let (features, learn, judge) = ([features(Part::Learn), features(Part::Judge)], of(Part::Learn), of(Part::Judge));
    let found = right(&features, &learn, &judge);
    println!("{found} of {}", judge.len());
    // Whoever guesses among ten gets 20 of 200 on average, and 40 or more less than once in 20,000 times.
    assert!(judge.len() == 200 && found >= 40, "{found}");
    let turned: Vec<usize> = learn.iter().map(|target| (target + 3) % 10).collect();
    assert!(right(&features, &turned, &judge) < 40, "means of other digits");
}
