//! Which skills of the sample fight, on every engine, against numpy in float64.

use std::fs;
use std::path::Path;

use protocol::statistics::LayerStatistics;
use protocol::words::statistics as words;
use serde_json::Value;

use crate::support::{jobs as job, scratch};

/// The bound of `gram.wgsl` for an inner product, over the sum of the magnitudes of what is added. By Cauchy and
/// Schwarz that sum is at most the product of both lengths. What a flush to zero may cost is nothing at this size.
const BOUND: f64 = 48.0 / (1u64 << 23) as f64;
/// A cosine is a product over two roots: the bound for each of the three, a half for the roots, and a little for
/// terms of higher order. A length has half the bound.
const COSINE: f64 = 2.01 * BOUND;
const LENGTH: f64 = 0.51 * BOUND;
/// A share is a length over a length.
const SHARE: f64 = 1.02 * BOUND;

fn golden() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/statistics.json");
    serde_json::from_str(&fs::read_to_string(path).expect("statistics.json lies beside its script"))
        .expect("it is JSON")
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|number| number.as_f64().expect("a number")).collect()
}

/// What was found about the sample, its skills in the order of the golden file.
fn compared(golden: &Value, engine: &str) -> LayerStatistics {
    let scratch = scratch::folder();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/sample");
    let skills: Vec<&str> =
        golden["skills"].as_array().expect("a list").iter().map(|skill| skill.as_str().expect("a name")).collect();
    let experts: Vec<_> = skills.iter().map(|skill| sample.join("experts").join(skill)).collect();
    let recipe = job::recipe("task_arithmetic", Some(&sample.join("base")), &experts);
    let found = jobs::statistics(&recipe, &job::context(scratch.path(), engine));
    found.unwrap_or_else(|failure| panic!("{failure:#?}"))
}

/// Numbers that are farther from numpy's than the header allows: what, ours, numpy's.
fn differences(
    name: &str,
    change: &[f64],
    relative: &[Option<f64>],
    cosine: &[Vec<Option<f64>>],
    expected: &Value,
) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, ours: f64, theirs: f64, bound: f64| {
        // Written so that NaN is outside too.
        let fits = (ours - theirs).abs() <= bound;
        if !fits {
            found.push(format!("{name}, {what}: {ours} for {theirs}"));
        }
    };
    for (&ours, theirs) in change.iter().zip(numbers(&expected["change"])) {
        compare("change", ours, theirs, LENGTH * theirs);
    }
    for (ours, theirs) in relative.iter().zip(numbers(&expected["relative"])) {
        compare("share", ours.unwrap_or(f64::NAN), theirs, SHARE * theirs);
    }
    let pairs = cosine.iter().enumerate().flat_map(|(at, row)| &row[at + 1..]);
    for (ours, theirs) in pairs.zip(numbers(&expected["cosine"])) {
        compare("cosine", ours.unwrap_or(f64::NAN), theirs, COSINE);
    }
    found
}

/// All differences, of the total, the layers and their parts.
fn all_differences(found: &LayerStatistics, golden: &Value) -> Vec<String> {
    let total = &found.total;
    let mut all = differences("total", &total.change, &total.relative, &total.cosine, &golden["total"]);
    for (layer, expected) in found.layers.iter().zip(golden["layers"].as_array().expect("a list")) {
        all.extend(differences(&layer.name, &layer.change, &layer.relative, &layer.cosine, expected));
        for part in &layer.parts {
            let expected = &golden["parts"][&part.name];
            all.extend(differences(&part.name, &part.change, &part.relative, &part.cosine, expected));
        }
    }
    all
}

#[test]
fn layers_and_parts_of_the_sample_are_those_of_numpy() {
    let golden = golden();
    let found = compared(&golden, "cpu");
    let ours = found.layers.iter().map(|layer| (layer.name.as_str(), layer.tensors, layer.elements));
    let theirs = golden["layers"].as_array().expect("a list").iter().map(|layer| {
        let count = |key: &str| layer[key].as_u64().expect("a count");
        (layer["name"].as_str().expect("a name"), count("tensors"), count("elements"))
    });
    assert_eq!(ours.collect::<Vec<_>>(), theirs.collect::<Vec<_>>());
    let parts: usize = found.layers.iter().map(|layer| layer.parts.len()).sum();
    assert_eq!(parts, golden["parts"].as_object().expect("a table").len());
}

#[test]
fn changes_and_cosines_of_the_sample_are_those_of_numpy_on_every_engine() {
    let golden = golden();
    for engine in job::engines() {
        let found = compared(&golden, engine);
        assert_eq!(all_differences(&found, &golden), [""; 0], "{engine}");
        // The control: another skill in the first place, or one number that is a little off, are seen.
        let mut swapped = golden.clone();
        swapped["skills"].as_array_mut().expect("a list").swap(0, 1);
        let other = compared(&swapped, engine);
        // Of a total, six layers and all parts: two changes, two shares and four cosines each, none of them equal.
        assert_eq!(
            all_differences(&other, &golden).len(),
            8 * (1 + golden["layers"].as_array().map_or(0, Vec::len) + 70)
        );
        let mut off = found.clone();
        off.layers[2].cosine[1][3] = off.layers[2].cosine[1][3].map(|cosine| cosine + 2.0 * COSINE);
        assert_eq!(all_differences(&off, &golden).len(), 1, "{engine}");
    }
}

#[test]
fn the_sentence_about_the_sample_is_the_one_that_its_numbers_give() {
    let golden = golden();
    let found = compared(&golden, "cpu");
    // By numpy no cosine of a layer is below -0.05. Left aside the last norm, 192 numbers of 458,592, the highest is
    // that of the second and third skill in the embeddings: two alphabets.
    let layers = golden["layers"].as_array().expect("a list");
    assert_eq!(layers.last().map(|layer| (&layer["name"], &layer["elements"])), Some((&"after".into(), &192.into())));
    let cosines: Vec<f64> = layers[..5].iter().flat_map(|layer| numbers(&layer["cosine"])).collect();
    assert!(cosines.iter().all(|&cosine| cosine > -0.05), "{cosines:?}");
    let highest = cosines.iter().copied().fold(0.0, f64::max);
    assert_eq!(numbers(&layers[0]["cosine"])[3], highest);
    let expected = format!(
        "No two skills pull against each other. “b” and “c” have most in common in the embeddings (cosine {highest:.2})."
    );
    assert_eq!(words::summary(&found), expected);
}
