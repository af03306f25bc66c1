//! Pictures are prepared, and scores computed, as the programs do that people compare with.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use learn::examples::{Examples, Pictures, Preprocess, Rgb, SPLIT_SEED, split};
use learn::score;
use protocol::score::Part;
use serde_json::Value;

fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(name)
}

fn golden(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(beside(name)).unwrap()).unwrap()
}

fn hex(text: &Value) -> Vec<u8> {
    let digits = text.as_str().unwrap().as_bytes();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn decoded(row: &Value) -> Rgb {
    Rgb::decode(&std::fs::read(beside(row["picture"].as_str().unwrap())).unwrap()).unwrap()
}

/// Largest difference of two lists of bytes.
fn apart(ours: &[u8], theirs: &[u8]) -> u8 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

/// A JPEG decoder may round each sample of its inverse transform up or down (ITU-T T.83: at most 1), and the change
/// to red, green and blue multiplies a difference in colour by up to 1.772.
const JPEG: u8 = 3;

#[test]
fn prepared_bytes_are_those_of_transformers_with_pillow() {
    let rows = golden("prepared.json");
    for row in rows.as_array().unwrap() {
        let prepared = Preprocess::from_config(&row["config"]).unwrap().bytes(&decoded(row)).unwrap();
        let allowed = if row["picture"].as_str().unwrap().ends_with("jpg") { JPEG } else { 0 };
        let difference = apart(&prepared, &hex(&row["bytes"]));
        assert!(difference <= allowed, "{} {}: {difference} apart", row["picture"], row["config"]);
    }
    assert_eq!(rows.as_array().unwrap().len(), 24);
}

#[test]
fn another_filter_does_not_pass() {
    let rows = golden("prepared.json");
    let row = rows.as_array().unwrap().iter().find(|row| row["config"]["resample"] == 2).unwrap();
    for other in [0, 1, 3, 4, 5] {
        let mut config = row["config"].clone();
        config["resample"] = other.into();
        let prepared = Preprocess::from_config(&config).unwrap().bytes(&decoded(row)).unwrap();
        assert!(apart(&prepared, &hex(&row["bytes"])) > JPEG, "filter {other}");
    }
}

#[test]
fn values_are_those_of_transformers_to_the_bit() {
    let rows = golden("prepared.json");
    let with_values: Vec<&Value> = rows.as_array().unwrap().iter().filter(|row| row.get("values").is_some()).collect();
    assert_eq!(with_values.len(), 3);
    for row in with_values {
        let folder = tempfile::tempdir().unwrap();
        let name = row["picture"].as_str().unwrap();
        std::fs::copy(beside(name), folder.path().join(name)).unwrap();
        let examples = Arc::new(Examples::open(folder.path()).unwrap());
        let preprocess = Preprocess::from_config(&row["config"]).unwrap();
        let batch = Pictures::new(examples, preprocess, 0).unwrap().batch(&[0]);
        let bits: Vec<u8> = batch.values.iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(bits, hex(&row["values"]), "{name}");
    }
}

#[test]
fn scores_are_those_of_a_plain_computation() {
    let golden = golden("scores.json");
    let numbers = |name: &str| golden[name].as_array().unwrap().iter();
    let logits: Vec<f32> = numbers("logits").map(|value| value.as_f64().unwrap() as f32).collect();
    let targets: Vec<usize> = numbers("targets").map(|value| value.as_u64().unwrap() as usize).collect();
    let classes = golden["classes"].as_u64().unwrap() as usize;
    let tally = score::accuracy(&logits, classes, &targets).unwrap();
    assert_eq!((Some(tally.correct), Some(tally.in_top5)), (golden["correct"].as_u64(), golden["in_top5"].as_u64()));
    assert_eq!(serde_json::to_value(&tally.confusion).unwrap(), golden["confusion"]);
    // Sums of 60 numbers up to 1 in f64: 60 roundings of 1e-16 each, far below this.
    let near =
        |value: f64, name: &str| assert!((value - golden[name].as_f64().unwrap()).abs() < 1e-12, "{name} {value}");
    near(tally.mean_per_class(), "mean_per_class");
    near(tally.ece, "ece");
    let turned: Vec<usize> = targets.iter().map(|target| (target + 1) % classes).collect();
    assert_ne!(score::accuracy(&logits, classes, &turned).unwrap().correct, tally.correct);
}

fn sample(skill: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample/examples").join(skill).with_extension("zip")
}

fn answers_of(skill: &str) -> Vec<String> {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample/experts").join(skill).join("config.json");
    learn::examples::answers(&serde_json::from_str(&std::fs::read_to_string(config).unwrap()).unwrap())
}

#[test]
fn the_sample_opens_splits_and_fits_its_heads() {
    for (skill, labels) in [("fashion_mnist", 10), ("letters_hiragana", 46), ("letters_latin", 26), ("optdigits", 10)] {
        let examples = Examples::open(&sample(skill)).unwrap();
        let learn = if skill == "optdigits" { 200 } else { 400 };
        assert_eq!((examples.items.len(), examples.skipped.len()), (learn + 200, 0), "{skill}");
        assert_eq!(examples.labels.as_ref().unwrap().len(), labels, "{skill}");
        let answers = answers_of(skill);
        let targets = examples.targets(&answers).unwrap().unwrap();
        for (item, target) in examples.items.iter().zip(targets) {
            assert_eq!(item.name.split('/').nth(1), Some(answers[target].as_str()));
        }
        let split = split(&examples, SPLIT_SEED);
        assert_eq!(Part::ALL.map(|part| split.items(part).len()), [learn / 4 * 3, learn / 4, 200], "{skill}");
        let pictures = Pictures::new(Arc::new(examples), Preprocess::usual(32, 32), 1 << 20).unwrap();
        let batch = pictures.batch(&(0..200).collect::<Vec<_>>());
        assert_eq!((batch.items.len(), batch.skipped.len(), &batch.shape[..]), (200, 0, &[3, 32, 32][..]));
        assert_eq!(batch.values.len(), 200 * 3 * 32 * 32);
    }
}

#[test]
fn the_head_of_another_skill_says_which_labels_it_lacks() {
    let examples = Examples::open(&sample("fashion_mnist")).unwrap();
    let fault = examples.targets(&answers_of("letters_latin")).unwrap_err();
    let problem = fault.problem();
    assert!(problem.why.contains("“bag”"), "{}", problem.why);
}

#[test]
fn a_folder_and_its_archive_are_split_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let archive = Examples::open(&sample("optdigits")).unwrap();
    let picture = std::fs::read(beside("gray.png")).unwrap();
    for item in &archive.items {
        let path = folder.path().join(&item.name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &picture).unwrap();
    }
    let unpacked = Examples::open(folder.path()).unwrap();
    assert_eq!(split(&unpacked, 9), split(&archive, 9));
    assert_ne!(split(&unpacked, 9).parts, split(&archive, 10).parts);
}

#[test]
fn places_without_examples_say_why() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notes.txt"), "x").unwrap();
    std::fs::write(folder.path().join("x.npz"), "x").unwrap();
    std::fs::write(folder.path().join("x.csv"), "a,b,c\n1,2,3\n").unwrap();
    let said = |path: &Path| Examples::open(path).unwrap_err().problem().title;
    assert!(said(folder.path()).starts_with("No examples"));
    assert!(said(&folder.path().join("notes.txt")).contains("does not hold examples"));
    assert!(said(&folder.path().join("x.npz")).contains("cannot be read"));
    assert!(said(&folder.path().join("x.csv")).contains("no column of texts"));
    assert!(said(&folder.path().join("gone.zip")).contains("cannot be read"));
}

#[test]
fn arrays_of_numpy_are_read() {
    for name in ["arrays.npz", "packed.npz"] {
        let examples = Examples::open(&beside(name)).unwrap();
        assert_eq!(examples.labels, Some(vec!["0".into(), "2".into(), "7".into()]));
        let numbers = Pictures::new(Arc::new(examples), Preprocess::usual(2, 2), 0).unwrap().batch(&[0, 1, 2]);
        assert_eq!((numbers.values.len(), numbers.shape), (3 * 3 * 2 * 2, vec![3, 2, 2]), "{name}");
        // The second picture is all 255, the third all 0.
        assert_eq!((numbers.values[12], numbers.values[35]), (1.0, -1.0));
    }
    let lone = Examples::open(&beside("lone.npy")).unwrap();
    assert_eq!((lone.items.len(), lone.labels), (2, None));
}

#[test]
fn spoiled_pictures_are_refused_or_opened_but_never_stop_the_program() {
    let mut refused = 0;
    for name in ["noise.png", "clear.png", "palette.png", "two.gif", "noise.bmp", "noise.webp", "smooth.jpg"] {
        let whole = std::fs::read(beside(name)).unwrap();
        for at in 0..whole.len().min(400) {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x55;
            refused += usize::from(Rgb::decode(&flipped).is_err()) + usize::from(Rgb::decode(&whole[..at]).is_err());
        }
    }
    assert!(refused > 1000, "only {refused} were refused");
}
