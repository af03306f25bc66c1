//! From texts to logits and features, as transformers computes them.

use learn::engine::{CandleNet, Head};
use learn::examples::Texts;
use learn::net::{Array, weights_of};
use learn::tokens::Tokenizer;
use serde_json::json;

use crate::model::{Model, NAMES, off};

/// Relative to the largest number.
const TOLERANCE: f32 = 1e-5;
/// Between two walks with the same text: rounding takes each of them up to 1e-6 away, as it does from transformers.
const ALONE: f32 = 2e-6;

/// What a model makes of texts: logits of those that have a head, else features.
struct Whole {
    net: CandleNet,
    head: Option<Head>,
    tokenizer: Tokenizer,
}

impl Whole {
    fn of(model: &Model, tokenizer: Tokenizer) -> Self {
        let has_head = !model.network.head.is_empty();
        let head = has_head.then(|| Head::load(&model.network, weights_of(&model.checkpoint)).unwrap());
        Self { net: model.net(), head, tokenizer }
    }

    fn rows(&self, texts: &[&str]) -> Array {
        let features = self.net.features(&self.tokenizer.batch(texts).unwrap()).unwrap();
        self.head.as_ref().map_or(features.clone(), |head| head.apply(&features).unwrap())
    }
}

fn key(name: &str) -> &'static str {
    if ["sentence", "clip"].contains(&name) { "features" } else { "logits" }
}

/// Largest difference over all batches.
fn worst(name: &str, model: &Model, tokenizer: Tokenizer) -> f32 {
    let (whole, texts) = (Whole::of(model, tokenizer), model.texts());
    let batches = model.batches();
    let one = |(at, items): (usize, &Vec<usize>)| {
        let texts: Vec<&str> = items.iter().map(|&item| texts[item]).collect();
        off(&whole.rows(&texts), &model.rows(key(name), at))
    };
    assert_eq!(batches.len(), 4);
    batches.iter().enumerate().map(one).fold(0.0, f32::max)
}

#[test]
fn texts_give_the_logits_and_features_of_transformers() {
    for name in NAMES {
        let model = Model::read(name);
        for tokenizer in [model.tokenizer(), model.old_tokenizer(&json!({}))] {
            let worst = worst(name, &model, tokenizer);
            println!("{name}: {worst:e}");
            assert!(worst < TOLERANCE, "{name}: {worst:e}");
        }
    }
}

#[test]
fn texts_that_are_cut_in_another_way_do_not() {
    let cases = [
        ("bert", json!({"do_lower_case": false})),
        ("distilbert", json!({"strip_accents": false})),
        ("sentence", json!({"model_max_length": 11})),
        ("roberta", json!({"add_prefix_space": true})),
        ("clip", json!({"truncation_side": "left"})),
    ];
    for (name, settings) in cases {
        let model = Model::read(name);
        let worst = worst(name, &model, model.old_tokenizer(&settings));
        assert!(worst > 100.0 * TOLERANCE, "{name} with {settings}: {worst:e}");
    }
}

#[test]
fn a_text_gets_the_same_answer_alone_and_in_every_batch() {
    for name in NAMES {
        let model = Model::read(name);
        let (whole, texts) = (Whole::of(&model, model.tokenizer()), model.texts());
        let together = whole.rows(&texts);
        let row = |at: usize| Array::new([1, together.width()], together.rows().nth(at).unwrap().to_vec()).unwrap();
        let mut largest = 0.0_f32;
        for (at, text) in texts.iter().enumerate() {
            largest = largest.max(off(&whole.rows(&[text]), &row(at)));
        }
        println!("{name}: {largest:e}");
        assert!(largest < ALONE, "{name}: {largest:e}");
        assert!(off(&row(0), &row(1)) > 0.01, "{name}: texts are told apart");
    }
}

#[test]
fn groups_of_about_equal_length_give_every_text_its_own_answer() {
    for name in NAMES {
        let model = Model::read(name);
        let texts = Texts::new(model.examples(), model.tokenizer());
        let items: Vec<usize> = (0..texts.examples().items.len()).collect();
        let groups = texts.groups(&items, 48);
        let whole = Whole::of(&model, model.tokenizer());
        let (mut seen, mut filled) = (vec![], 0);
        for group in &groups {
            let mut found = texts.batch(group);
            assert_eq!((&found.items, found.skipped.len()), (group, 0));
            let batch = found.take().unwrap();
            let learn::net::Batch::Tokens(tokens) = &batch else { panic!("sentences") };
            assert!(tokens.ids.len() <= 48 && found.take().is_err());
            filled += tokens.mask.iter().filter(|is_there| !**is_there).count();
            let rows = whole.net.features(&batch).unwrap();
            for (row, &item) in rows.rows().zip(group) {
                let alone = whole.net.features(&whole.tokenizer.batch(&[model.texts()[item]]).unwrap()).unwrap();
                assert!(off(&Array::new([1, row.len()], row.to_vec()).unwrap(), &alone) < ALONE, "{name}: {item}");
                seen.push(item);
            }
        }
        seen.sort_unstable();
        assert_eq!(seen, items, "{name}");
        let learn::net::Batch::Tokens(all) = texts.batch(&items).take().unwrap() else { panic!("sentences") };
        let at_once = all.mask.iter().filter(|is_there| !**is_there).count();
        assert!(2 * filled < at_once, "{name}: {filled} and {at_once} tokens of padding");
        let turned: Vec<usize> = items.iter().rev().copied().collect();
        assert_eq!(texts.groups(&turned, 48), groups, "{name}");
    }
}

#[test]
fn what_is_no_text_is_named_and_the_others_stay_in_order() {
    let model = Model::read("bert");
    let mut examples = std::sync::Arc::unwrap_or_clone(model.examples());
    examples.items[1].content = learn::examples::Content::Numbers(vec![0.5].into(), vec![1].into());
    let texts = Texts::new(examples.into(), model.tokenizer());
    let found = texts.batch(&[2, 1, 0, 99]);
    let skipped: Vec<&str> = found.skipped.iter().map(|skipped| skipped.file.as_str()).collect();
    assert_eq!((found.items.as_slice(), skipped.as_slice()), (&[2, 0][..], &["line 1", "entry 99"][..]));
    assert_eq!(found.batch, model.tokenizer().batch(&[model.texts()[2], model.texts()[0]]).ok());
    assert!(texts.batch(&[1]).take().is_err());
    assert_eq!(texts.groups(&[0, 1, 2], 1), [[1], [0], [2]]);
}
