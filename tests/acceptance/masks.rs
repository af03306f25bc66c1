//! Keep-masks of the sample on every engine, against numpy: counts, thresholds, rescalers, and what is mixed with them.

use std::fs;
use std::path::{Path, PathBuf};

use checkpoint::{Checkpoint, Source};
use kernels::Engine;
use merge::{Budget, Control, Models, Prepared};
use protocol::masks::{MaskStatistics, TensorTally};
use protocol::recipe::{Base, Expert, Recipe};
use serde_json::Value;

use crate::support::{format, jobs as job, scratch};

/// Elements of a slice, over which squares are added up as whole numbers of a share of the largest
/// (`mask/tally_masks.wgsl`).
const SLICE: f64 = 8_192.0;

fn golden() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/masks.json");
    serde_json::from_str(&fs::read_to_string(path).expect("masks.json lies beside its script")).expect("it is JSON")
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/sample")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The recipe of one of the golden mixes, or of task arithmetic.
fn recipe(golden: &Value, mix: Option<&Value>) -> Recipe {
    let place = |folder: PathBuf| folder.display().to_string();
    let mut recipe = Recipe::new(mix.map_or("task_arithmetic", |mix| text(&mix["method"])), None, &[]);
    recipe.base = Some(Base { path: place(sample().join("base")) });
    for (at, skill) in list(&golden["skills"]).iter().map(text).enumerate() {
        let strength = mix.and_then(|mix| mix["strengths"][at].as_f64());
        let path = place(sample().join("experts").join(skill));
        recipe.experts.push(Expert { skill: skill.to_owned(), path, strength, layer: None });
    }
    if let Some(mix) = mix {
        recipe.method.parameters = serde_json::from_value(mix["parameters"].clone()).expect("parameters");
    }
    recipe
}

/// Lets everything pass.
struct Calm;

impl Control for Calm {
    fn proceed(&self) -> bool {
        true
    }
}

/// The models of the sample, and the engine of this name.
fn opened(recipe: &Recipe) -> (Checkpoint, Vec<Checkpoint>) {
    let open = |path: &str| Checkpoint::open(Path::new(path)).expect("a model of the sample");
    let base = open(&recipe.base.as_ref().expect("a base").path);
    (base, recipe.experts.iter().map(|expert| open(&expert.path)).collect())
}

fn with_sample<T>(recipe: &Recipe, engine: &str, run: impl FnOnce(&Models, Box<dyn Engine>, &Budget) -> T) -> T {
    let (base, experts) = opened(recipe);
    let models = Models {
        base: Some(&base as &dyn Source),
        experts: recipe
            .experts
            .iter()
            .map(|e| e.skill.as_str())
            .zip(experts.iter().map(|e| e as &dyn Source))
            .collect(),
    };
    let engine = kernels::choose(engine).expect("an engine");
    // Small chunks, so that blocks and tensors are cut.
    run(&models, engine, &Budget { chunk_bytes: 2 << 20, in_flight: 2 })
}

/// What differs from numpy's counts.
fn differences(found: &MaskStatistics, golden: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let counts = |value: &Value| -> Vec<u64> { list(value).iter().map(|n| n.as_u64().expect("a count")).collect() };
    for expected in list(&golden["tensors"]) {
        let name = text(&expected["name"]);
        let Some(tally) = found.tensors.iter().find(|tally| tally.name == name) else {
            faults.push(format!("{name} is missing"));
            continue;
        };
        let plain = [("weights", tally.weights), ("changed", tally.changed), ("agreeing", tally.agreeing)];
        let wrong = plain.iter().filter(|(key, ours)| expected[*key].as_u64() != Some(*ours));
        faults.extend(wrong.map(|(key, ours)| format!("{name}, {key}: {ours}")));
        if expected["largest"].as_f64() != Some(tally.largest) {
            faults.push(format!("{name}, largest: {}", tally.largest));
        }
        for column in 0..list(&golden["columns"]).len() {
            if tally.kept[column] != counts(&expected["kept"][column])
                || tally.needed_by[column] != counts(&expected["needed_by"][column])
            {
                faults.push(format!("{name}, column {column}: {:?}", tally.needed_by[column]));
            }
            faults.extend(squares(name, tally, column, &expected["change_by"][column]));
        }
    }
    for (ours, theirs) in found.overlap.iter().zip(list(&golden["overlap"])) {
        if ours.iter().zip(list(theirs)).any(|(ours, theirs)| *ours != counts(theirs)) {
            faults.push(format!("overlap {ours:?} for {theirs}"));
        }
    }
    faults
}

/// Sums of squares within the bound of the shader's header; plain sums in f64 differ by far less.
fn squares(name: &str, tally: &TensorTally, column: usize, expected: &Value) -> Option<String> {
    let slices = (tally.weights as f64 / SLICE).ceil();
    let bound = slices * SLICE * (2f64.powi(-19) + 2f64.powi(-21)) * tally.largest * tally.largest;
    let fits = |(ours, theirs): (&f64, &Value)| (ours - theirs.as_f64().expect("a number")).abs() <= bound;
    let all = tally.change_by[column].iter().zip(list(expected)).all(fits);
    (!all).then(|| format!("{name}, column {column}: {:?} for {expected}, bound {bound:e}", tally.change_by[column]))
}

fn counted(golden: &Value, engine: &str) -> MaskStatistics {
    let recipe = recipe(golden, None);
    let columns: Vec<Vec<f64>> = serde_json::from_value(golden["columns"].clone()).expect("numbers");
    let found = with_sample(&recipe, engine, |models, engine, budget| {
        merge::count_masks(models, &recipe, &Prepared::default(), engine, budget, &Calm, &columns)
    });
    found.expect("the sample can be counted")
}

#[test]
fn counts_are_those_of_numpy_on_every_engine() {
    let golden = golden();
    for engine in job::engines() {
        let found = counted(&golden, engine);
        assert_eq!(found.tensors.len(), list(&golden["tensors"]).len());
        assert_eq!(differences(&found, &golden), Vec::<String>::new(), "{engine}");
    }
}

#[test]
fn one_weight_more_or_less_is_seen() {
    let golden = golden();
    let found = counted(&golden, "cpu");
    let changed = |change: &dyn Fn(&mut MaskStatistics)| {
        let mut other = found.clone();
        change(&mut other);
        differences(&other, &golden).len()
    };
    assert_eq!(changed(&|_| ()), 0);
    assert_eq!(changed(&|other| other.tensors[3].needed_by[1][2] += 1), 1);
    assert_eq!(changed(&|other| other.tensors[5].kept[0][1] -= 1), 1);
    assert_eq!(changed(&|other| other.overlap[2][0][1] += 1), 1);
    assert_eq!(changed(&|other| other.tensors[2].change_by[0][2] *= 1.5), 1);
}

/// Bits of f32 numbers in the golden file.
fn bits(values: &Value) -> Vec<u32> {
    list(values).iter().map(|value| u32::from_str_radix(text(&value["hex"]), 16).expect("hexadecimal")).collect()
}

#[test]
fn thresholds_of_ties_and_rescalers_of_emr_are_those_of_numpy_on_every_engine() {
    let golden = golden();
    for engine in job::engines() {
        let prepared = |mix: &str| {
            let recipe = recipe(&golden, Some(&golden["mixes"][mix]));
            let found = with_sample(&recipe, engine, |models, engine, budget| {
                merge::prepare(&recipe, models, engine, budget, &Calm)
            });
            found.expect("the sample can be read")
        };
        let thresholds: Vec<u32> = prepared("ties-mean").trims.iter().map(|trim| trim.threshold).collect();
        assert_eq!(thresholds, bits(&golden["ties"]["thresholds"]), "{engine}");
        let rescalers: Vec<u32> = prepared("emr").rescalers.iter().map(|value| value.to_bits()).collect();
        // Sums in f64 whose order is not numpy's: the rounded ratio may be the next number.
        let near =
            rescalers.iter().zip(bits(&golden["emr"]["rescalers"])).all(|(ours, theirs)| ours.abs_diff(theirs) <= 1);
        assert!(near && rescalers.len() == 4, "{engine}: {rescalers:x?}");
    }
}

/// Hashes of all tensors of a saved folder that are among those expected, and which of them differ.
fn other_tensors(file: &Path, expected: &Value) -> Vec<String> {
    let found = format::read(file);
    let expected = expected.as_object().expect("hashes by name");
    let differs = |(name, hash): &(&String, &Value)| {
        found.get(*name).is_none_or(|tensor| scratch::sha256(&tensor.bytes) != text(hash))
    };
    expected.iter().filter(differs).map(|(name, _)| name.clone()).collect()
}

#[test]
fn every_mix_of_the_sample_is_numpys_to_the_bit_on_the_processor() {
    let golden = golden();
    let scratch = scratch::folder();
    for (name, mix) in golden["mixes"].as_object().expect("mixes by name") {
        let recipe = recipe(&golden, Some(mix));
        let report = job::mix(&recipe, &scratch.path().join(name), &job::context(scratch.path(), "cpu"));
        for skill in list(&golden["skills"]).iter().map(text) {
            let expected = if mix["tensors"][skill].is_object() { &mix["tensors"][skill] } else { &mix["tensors"] };
            let file = job::weights(&report, &job::folder_of(&report, Some(skill)));
            assert_eq!(other_tensors(&file, expected), Vec::<String>::new(), "{name}, {skill}");
        }
    }
}

#[test]
fn another_selectivity_is_another_mix() {
    let golden = golden();
    let scratch = scratch::folder();
    let mix = &golden["mixes"]["tall-0.4"];
    let mut recipe = recipe(&golden, Some(mix));
    recipe.method.parameters.insert("selectivity".into(), 0.41.into());
    let report = job::mix(&recipe, &scratch.path().join("out"), &job::context(scratch.path(), "cpu"));
    let skill = text(&golden["skills"][0]);
    let file = job::weights(&report, &job::folder_of(&report, Some(skill)));
    assert!(!other_tensors(&file, &mix["tensors"][skill]).is_empty());
}
