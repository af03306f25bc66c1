//! Tints of two tiny perceptrons: what comes out, what is kept, what is refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jobs::{Context, Gauge, Switch, tint_into};
use learn::examples::{Examples, SPLIT_SEED, split};
use protocol::event::{JobEvent, Phase};
use protocol::failure::FailureCode as Code;
use protocol::measure::Wish;
use protocol::recipe::Recipe;
use protocol::score::{Metric, Part};
use protocol::tint::{PrivateLayer, TintRowKind, TintSettings, TintWay, TintWish, Tinted};
use safetensors::SafeTensors;

use crate::measuring::{Pair, perceptron};
use crate::support::{Model, WIDTH, failed};

/// Rounds that give two looks after the first one.
const ROUNDS: u32 = 100;

fn quick() -> TintSettings {
    TintSettings { rounds: ROUNDS, batch: 8, compare: false, ..TintSettings::default() }
}

fn wish(pair: &Pair, settings: TintSettings) -> TintWish {
    TintWish { recipe: pair.recipe.clone(), examples: pair.both(), settings }
}

fn tint(pair: &Pair, wish: &TintWish, name: &str) -> Tinted {
    Gauge::new().tint(wish, &pair.at(name), false, &pair.context()).expect("it can be tinted")
}

/// The tensors of a layer file.
fn layer(file: &str) -> BTreeMap<String, Vec<u8>> {
    let bytes = fs::read(file).expect("it was written");
    let tensors = SafeTensors::deserialize(&bytes).expect("a weight file");
    tensors.tensors().into_iter().map(|(name, view)| (name, view.data().to_vec())).collect()
}

fn layers(tinted: &Tinted) -> Vec<BTreeMap<String, Vec<u8>>> {
    tinted.layers.iter().map(|own| layer(&own.file)).collect()
}

#[test]
fn a_tint_ends_with_a_recipe_whose_scores_are_those_of_its_table() {
    let pair = Pair::new();
    let wish = wish(&pair, TintSettings { compare: true, ..quick() });
    let tinted = tint(&pair, &wish, "out");
    let kinds: Vec<TintRowKind> = tinted.rows.iter().map(|row| row.method).collect();
    use TintRowKind as K;
    let expected = [
        K::Base,
        K::Average,
        K::TaskArithmetic,
        K::Start,
        K::Heads,
        K::Adamerging,
        K::Surgery,
        K::Emr,
        K::Tinted,
        K::Experts,
    ];
    assert_eq!(kinds, expected);
    assert!(tinted.rows.iter().all(|row| row.skills.len() == 2 && !row.transductive && row.part == Part::Judge));
    let measured = Gauge::new()
        .measure(
            &Wish {
                recipe: tinted.recipe.clone(),
                examples: pair.both(),
                part: Part::Judge,
                most: None,
                cross: false,
                whole: true,
            },
            &pair.context(),
        )
        .expect("it is a mix as any other");
    let row = tinted.row(K::Tinted).expect("the result");
    let values: Vec<f64> = measured.scores.skills.iter().map(|skill| skill.value.value()).collect();
    assert_eq!(row.skills.iter().map(|score| score.value.value()).collect::<Vec<_>>(), values);
    // The plain sum at the strengths of the recipe is what it started from.
    let (start, sum) = (tinted.row(K::Start).expect("a row"), tinted.row(K::TaskArithmetic).expect("a row"));
    assert_eq!(start.skills, sum.skills);
    assert_eq!(tinted.judged.iter().map(|judged| judged.round).collect::<Vec<_>>(), [0, 50, 100]);
    assert_eq!(tinted.layers.len(), 2);
    assert!(!pair.at("out").join("compared").exists(), "layers of comparisons are not left behind");
}

#[test]
fn a_tint_agrees_more_with_its_specialists_than_its_start() {
    let pair = Pair::new();
    let tinted = tint(&pair, &wish(&pair, TintSettings { layer_rate: Some(1e-2), ..quick() }), "out");
    let first = tinted.judged.first().expect("a look at the start");
    let best = tinted.judged.iter().rev().find(|judged| judged.best).expect("one is the best");
    assert!(best.worst >= first.worst && tinted.best_round == best.round);
    assert!(tinted.judged.iter().all(|judged| judged.worst <= best.worst));
    let starts = pair.recipe.strengths();
    let scopes = tinted.recipe.scopes.as_ref().expect("strengths of every tensor");
    assert_eq!(scopes.len(), 2, "a weight and a bias are mixed");
    let moved = scopes.iter().flat_map(|scope| scope.strengths.iter().flatten()).any(|(_, own)| *own != starts[0]);
    assert_eq!(moved, best.round > 0, "strengths are those of the best round");
}

#[test]
fn the_same_wish_gives_the_same_bytes_and_another_seed_others() {
    let pair = Pair::new();
    let run = |seed: u64, name: &str| {
        let settings = TintSettings { rounds: 10, seed, layer_rate: Some(1e-2), ..quick() };
        let tinted = tint(&pair, &wish(&pair, settings), name);
        (layers(&tinted), tinted.recipe.scopes, tinted.judged)
    };
    let first = run(0, "a");
    assert_eq!(first, run(0, "b"));
    assert!(first.2 != run(1, "c").2 || first.0 != run(1, "d").0);
}

#[test]
fn an_interrupted_tint_goes_on_and_ends_with_the_same_bytes() {
    let pair = Pair::new();
    let wish = wish(&pair, TintSettings { layer_rate: Some(1e-2), ..quick() });
    let whole = tint(&pair, &wish, "whole");
    let control = Arc::new(Switch::new());
    let switch = Arc::clone(&control);
    let stop = move |event: JobEvent| match event {
        JobEvent::TintJudged { judged } if judged.round == 50 => switch.cancel(),
        _ => {}
    };
    let cx = Context { events: Box::new(stop), control, ..pair.context() };
    let place = pair.at("parts");
    let cancelled = Gauge::new().tint(&wish, &place, false, &cx);
    assert_eq!(failed(cancelled), [Code::Cancelled]);
    let forecast =
        |wish: &TintWish| Gauge::new().forecast_tint(wish, &place, &pair.context()).expect("it can be tinted");
    assert_eq!(forecast(&wish).resumes, Some(50));
    let other = TintWish { settings: TintSettings { seed: 9, ..wish.settings.clone() }, ..wish.clone() };
    assert_eq!(forecast(&other).resumes, None, "a state is of one wish only");
    let rounds = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&rounds);
    let note = move |event: JobEvent| {
        if let JobEvent::TintJudged { judged } = event {
            seen.lock().expect("nobody panics").push(judged.round);
        }
    };
    let cx = Context { events: Box::new(note), ..pair.context() };
    let rest = Gauge::new().tint(&wish, &place, true, &cx).expect("it goes on");
    assert_eq!(*rounds.lock().expect("nobody panics"), [100], "what was looked at is not looked at again");
    assert_eq!(layers(&rest), layers(&whole));
    assert_eq!((&rest.recipe.scopes, &rest.judged), (&whole.recipe.scopes, &whole.judged));
}

#[test]
fn enough_keeps_the_best_so_far() {
    let pair = Pair::new();
    let control = Arc::new(Switch::new());
    let switch = Arc::clone(&control);
    let stop = move |event: JobEvent| match event {
        JobEvent::TintJudged { judged } if judged.round == 50 => switch.finish(),
        _ => {}
    };
    let cx = Context { events: Box::new(stop), control, ..pair.context() };
    let tinted = Gauge::new().tint(&wish(&pair, quick()), &pair.at("out"), false, &cx).expect("it ends well");
    assert_eq!(tinted.rounds, 51, "the round at work is finished");
    assert!(tinted.row(TintRowKind::Tinted).is_some());
}

#[test]
fn a_comparison_that_is_ended_leaves_no_row_and_none_follows() {
    let pair = Pair::new();
    let control = Arc::new(Switch::new());
    let switch = Arc::clone(&control);
    // The first news of rounds comes while a rival is trained.
    let stop = move |event: JobEvent| match event {
        JobEvent::Progress(news) if news.phase == Phase::Compare && news.done > 0 => switch.finish(),
        _ => {}
    };
    let cx = Context { events: Box::new(stop), control, ..pair.context() };
    let settings = TintSettings { rounds: 1_500, compare: true, ..quick() };
    let tinted = Gauge::new().tint(&wish(&pair, settings), &pair.at("out"), false, &cx).expect("it ends well");
    assert!(tinted.row(TintRowKind::Surgery).is_some() && tinted.row(TintRowKind::Adamerging).is_none());
    assert_eq!(tinted.rounds, 1_500, "the tint itself was complete");
}

#[test]
fn strengths_outside_0_to_1_stay_where_only_heads_learn() {
    let mut pair = Pair::new();
    let mut at = |strength: f64, name: &str| {
        pair.recipe.experts[0].strength = Some(strength);
        let heads = TintSettings { way: TintWay::Layers, rounds: 1, ..quick() };
        let start = Wish {
            recipe: pair.recipe.clone(),
            examples: pair.both(),
            part: Part::Choose,
            most: None,
            cross: false,
            whole: true,
        };
        let measured = Gauge::new().measure(&start, &pair.context()).expect("a mix").scores.skills;
        let tinted = tint(&pair, &wish(&pair, heads), name);
        let looked: Vec<f64> = tinted.judged[0].scores.iter().map(|score| score.value()).collect();
        (looked, measured.iter().map(|skill| skill.value.value()).collect::<Vec<f64>>())
    };
    let (looked, measured) = at(-2.0, "below");
    assert_eq!(looked, measured);
    assert!(measured != at(1.0, "one").1, "negative control: the strength matters");
}

#[test]
fn a_specialist_that_answers_no_number_is_named() {
    let pair = Pair::new();
    let mut broken = perceptron(1).head(3, 30);
    broken.tensors.get_mut("classifier.bias").expect("a head").numbers[0] = f32::NAN;
    broken.save(&pair.at("one"));
    let refused = Gauge::new().tint(&wish(&pair, quick()), &pair.at("out"), false, &pair.context());
    assert_eq!(failed(refused), [Code::OutputNotFinite]);
}

#[test]
fn judge_examples_have_no_say_in_what_is_learnt() {
    let pair = Pair::new();
    let settings = TintSettings { rounds: 20, layer_rate: Some(1e-2), ..quick() };
    let before = tint(&pair, &wish(&pair, settings.clone()), "before");
    change_part(&pair.at("one.safetensors"), Part::Judge);
    let after = tint(&pair, &wish(&pair, settings.clone()), "after");
    assert_eq!(layers(&before), layers(&after));
    assert_eq!(before.judged, after.judged);
    assert!(before.rows != after.rows, "negative control: they have a say in the table");
    change_part(&pair.at("one.safetensors"), Part::Learn);
    let learnt = tint(&pair, &wish(&pair, settings), "learnt");
    assert!(learnt.judged != after.judged || layers(&learnt) != layers(&after));
}

/// Turns the numbers of all examples of a part around.
fn change_part(file: &Path, part: Part) {
    let examples = Examples::open(file).expect("rows of numbers");
    let items = split(&examples, SPLIT_SEED).items(part);
    let mut bytes = fs::read(file).expect("it is there");
    let tensors = SafeTensors::deserialize(&bytes).expect("a weight file");
    let view = tensors.tensor("x").expect("the rows");
    let (width, start) = (view.shape()[1] * 4, view.data().as_ptr() as usize - bytes.as_ptr() as usize);
    for item in items {
        for number in bytes[start + item * width..][..width].chunks_exact_mut(4) {
            number[3] ^= 0x80;
        }
    }
    fs::write(file, bytes).expect("a writable folder");
}

#[test]
fn scores_of_what_was_learnt_are_called_so() {
    let pair = Pair::new();
    let tinted = tint(&pair, &wish(&pair, TintSettings { part: Part::Judge, rounds: 5, ..quick() }), "out");
    assert!(tinted.transductive);
    let marked: Vec<TintRowKind> = tinted.rows.iter().filter(|row| row.transductive).map(|row| row.method).collect();
    assert_eq!(marked, [TintRowKind::Tinted]);
}

#[test]
fn a_skill_without_examples_keeps_its_strength_and_has_no_layer() {
    let pair = Pair::new();
    let examples = vec![pair.given("One", "one.safetensors")];
    let tinted = tint(&pair, &TintWish { examples, ..wish(&pair, TintSettings { rounds: 50, ..quick() }) }, "out");
    let scopes = tinted.recipe.scopes.as_ref().expect("strengths of every tensor");
    let of = |skill: &str| {
        scopes.iter().map(|scope| scope.strengths.as_ref().expect("all of them")[skill]).collect::<Vec<_>>()
    };
    assert_eq!(of("Two"), [0.5, 0.5]);
    assert_eq!(tinted.layers.iter().map(|layer| layer.skill.as_str()).collect::<Vec<_>>(), ["One"]);
    assert_eq!(tinted.recipe.experts[1].layer, None);
}

#[test]
fn without_labels_scores_are_agreement() {
    let pair = Pair::new();
    crate::measuring::write_rows(&pair.at("one.safetensors"), 100, None, 0);
    let tinted = tint(&pair, &wish(&pair, TintSettings { rounds: 5, ..quick() }), "out");
    let row = tinted.row(TintRowKind::Experts).expect("specialists");
    assert_eq!(row.skills.iter().map(|score| score.metric).collect::<Vec<_>>(), [Metric::Agreement, Metric::Accuracy]);
    assert_eq!(row.skills[0].value.value(), 1.0, "a specialist agrees with itself");
}

#[test]
fn a_forecast_counts_what_is_trained_and_what_there_is_to_learn_from() {
    let pair = Pair::new();
    let forecast = |settings: TintSettings| {
        Gauge::new().forecast_tint(&wish(&pair, settings), &pair.at("out"), &pair.context()).expect("it can be tinted")
    };
    let found = forecast(quick());
    // Two tensors with a strength for each of two skills, and two heads of 3 × 8 weights and 3 biases.
    assert_eq!((found.trained, found.parameters), (4 + 2 * 27, 72));
    assert_eq!(found.skills.iter().map(|skill| skill.parts).collect::<Vec<_>>(), [[60, 20, 20]; 2]);
    assert!(found.seconds > 0.0 && found.memory > 0 && found.resumes.is_none());
    assert_eq!(forecast(TintSettings { way: TintWay::Layers, ..quick() }).trained, 2 * 27);
    assert!(!pair.at("out").exists(), "a forecast leaves nothing");
}

#[test]
fn other_private_layers_and_ways_end_with_recipes_too() {
    let pair = Pair::new();
    let block = TintSettings { layer: PrivateLayer::LastBlock, rounds: 3, ..quick() };
    let tinted = tint(&pair, &wish(&pair, block), "block");
    let names: Vec<String> = layers(&tinted)[0].keys().cloned().collect();
    assert_eq!(names, ["layers.0.bias", "layers.0.weight"]);
    let heads = TintSettings { way: TintWay::Layers, rounds: 3, ..quick() };
    let tinted = tint(&pair, &wish(&pair, heads), "heads");
    assert_eq!((tinted.recipe.scopes.as_ref(), tinted.layers.len()), (None, 2));
    for way in [TintWay::Coefficients, TintWay::Adamerging, TintWay::AdamergingTask] {
        let tinted = tint(&pair, &wish(&pair, TintSettings { way, rounds: 3, ..quick() }), &format!("{way:?}"));
        assert!(tinted.layers.is_empty() && tinted.recipe.scopes.is_some(), "{way:?}");
    }
    let tinted = tint(&pair, &wish(&pair, TintSettings { way: TintWay::Body, rounds: 3, ..quick() }), "body");
    assert!(tinted.row(TintRowKind::Body).is_some() && tinted.row(TintRowKind::Tinted).is_none());
    let judged = TintSettings { way: TintWay::Body, rounds: 1, part: Part::Judge, ..quick() };
    let tinted = tint(&pair, &wish(&pair, judged), "learnt");
    assert!(tinted.row(TintRowKind::Body).is_some_and(|row| row.transductive));
}

#[test]
fn every_method_that_is_linear_in_its_strengths_can_be_tinted() {
    let pair = Pair::new();
    for method in ["average", "task_arithmetic", "ties", "lines", "consensus"] {
        let mut wish = wish(&pair, TintSettings { rounds: 2, ..quick() });
        wish.recipe.method.name = method.into();
        let tinted = tint(&pair, &wish, method);
        // What training says of its start on the part for choosing is what the kernels say.
        let start = Wish {
            recipe: wish.recipe.clone(),
            examples: pair.both(),
            part: Part::Choose,
            most: None,
            cross: false,
            whole: true,
        };
        let measured = Gauge::new().measure(&start, &pair.context()).expect("a mix");
        let values: Vec<f64> = measured.scores.skills.iter().map(|skill| skill.value.value()).collect();
        let first: Vec<f64> = tinted.judged[0].scores.iter().map(|score| score.value()).collect();
        assert_eq!(first, values, "{method}");
    }
}

#[test]
fn models_without_heads_in_their_files_keep_their_last_block() {
    let pair = Pair::new();
    for (at, name) in ["one", "two"].into_iter().enumerate() {
        let tuned = (0..20).fold(perceptron(1), |tuned, step| tuned.tuned(100 * at as u32 + step));
        tuned.save(&pair.at(name));
        let head = Model::default().tensor("weight", &[3, WIDTH], 30).tensor("bias", &[3], 31);
        fs::write(pair.at(name).join("head.safetensors"), head.bytes()).expect("a writable folder");
    }
    let folder = |name: &str| pair.at(name).join("model.safetensors").display().to_string();
    let mut wish = wish(&pair, TintSettings { rounds: 2, compare: true, ..quick() });
    wish.recipe.experts[0].path = folder("one");
    wish.recipe.experts[1].path = folder("two");
    let tinted = tint(&pair, &wish, "out");
    assert!(layers(&tinted)[0].contains_key("layers.0.weight"));
    assert_eq!(tinted.warnings.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::CannotTint]);
    assert!(tinted.row(TintRowKind::Heads).is_none() && tinted.row(TintRowKind::Adamerging).is_some());
    wish.settings.way = TintWay::Layers;
    let refused = Gauge::new().tint(&wish, &pair.at("heads"), false, &pair.context());
    assert_eq!(failed(refused), [Code::CannotTint]);
}

#[test]
fn what_cannot_be_tinted_says_so() {
    let pair = Pair::new();
    let refused = |wish: &TintWish| failed(Gauge::new().tint(wish, &pair.at("out"), false, &pair.context()));
    let with = |change: &dyn Fn(&mut TintWish)| {
        let mut wish = wish(&pair, quick());
        change(&mut wish);
        refused(&wish)
    };
    assert_eq!(with(&|wish| wish.recipe.method.name = "emr".into()), [Code::CannotTint]);
    assert_eq!(with(&|wish| wish.recipe.method.name = "tall_masks".into()), [Code::CannotTint]);
    assert_eq!(with(&|wish| wish.examples.clear()), [Code::CannotTint]);
    let named = PrivateLayer::Named("nowhere".into());
    assert_eq!(with(&|wish| wish.settings.layer = named.clone()), [Code::CannotTint]);
    let without_base = Recipe { base: None, ..pair.recipe.clone() };
    let average = |wish: &mut TintWish| {
        wish.recipe = without_base.clone();
        wish.recipe.method.name = "average".into();
    };
    assert_eq!(with(&average), [Code::CannotTint]);
    assert!(!pair.at("out").exists(), "nothing is left behind");
}

#[test]
fn a_folder_holds_recipe_layers_and_result_and_is_not_written_over() {
    let pair = Pair::new();
    let out = pair.at("folder");
    let done = tint_into(&wish(&pair, TintSettings { rounds: 2, ..quick() }), &out, false, &pair.context());
    let done = done.expect("it can be tinted");
    let mut names: Vec<String> = fs::read_dir(&out)
        .expect("the folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["layers", "recipe.tincture", "result.json"]);
    let read = jobs::read_recipe(&done.recipe).expect("its own recipe");
    assert_eq!(read, done.tinted.recipe, "paths lead to the same files");
    let again = tint_into(&wish(&pair, quick()), &out, false, &pair.context()).map(|_| ());
    assert_eq!(failed(again), [Code::NameTaken]);
}
