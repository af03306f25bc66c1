//! The bundled sample, from drop to saved model.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jobs::BaseChoice;
use protocol::model::{Inspection, Verdict};
use protocol::recipe::{Base, Expert, Layout, Recipe};
use protocol::report::Report;
use serde_json::Value;

use crate::support::{format, jobs as job, scratch};

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/sample")
}

/// What numpy says of the sample's mixes: hashes of tensors and of data sections.
fn golden() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/zoo.json");
    serde_json::from_str(&fs::read_to_string(path).expect("zoo.json lies beside its script")).expect("it is JSON")
}

/// The name of the last folder of a place.
fn last(place: &str) -> String {
    Path::new(place).file_name().expect("a model has a name").to_string_lossy().into_owned()
}

/// What a person does first: drops the folder of the sample.
fn dropped(folder: &Path) -> Inspection {
    let paths = [folder.join("base"), folder.join("experts")];
    jobs::inspect(&paths, BaseChoice::Propose, &job::context(scratch::folder().path(), "cpu"))
}

/// The recipe a person would have after the drop; strengths in the order of the golden file.
fn recipe(inspection: &Inspection, mix: &Value, layout: Layout) -> Recipe {
    let mut recipe = Recipe::new(mix["method"].as_str().expect("a method"), None, &[]);
    recipe.base = inspection.base().map(|card| Base { path: card.place.clone() });
    recipe.output.layout = layout;
    // Object keys are sorted when read, the order of the recipe is not theirs.
    for (folder, strength) in ORDER.iter().zip(mix["strengths"].as_array().expect("a list")) {
        let card = inspection.experts().find(|card| last(&card.place) == *folder).expect("an expert of the sample");
        let (skill, path) = ((*folder).to_owned(), card.place.clone());
        recipe.experts.push(Expert { skill, path, strength: strength.as_f64(), layer: None });
    }
    recipe
}

/// The order in which the script adds the experts.
const ORDER: [&str; 4] = ["fashion_mnist", "letters_latin", "letters_hiragana", "optdigits"];

/// Hash of every tensor and of the whole data section of a weight file.
fn hashes(path: &Path) -> (BTreeMap<String, String>, String) {
    let bytes = fs::read(path).expect("a saved file can be read");
    let tensors = format::from_bytes(&bytes).into_iter().map(|(name, tensor)| (name, scratch::sha256(&tensor.bytes)));
    (tensors.collect(), scratch::sha256(format::split(&bytes).1))
}

/// Tensors and data sections that differ from the golden file.
fn differences(report: &Report, mix: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for skill in ORDER {
        let (tensors, section) = hashes(&job::weights(report, &job::folder_of(report, Some(skill))));
        for (name, hash) in mix["tensors"].as_object().expect("a table") {
            if tensors.get(name).map(String::as_str) != hash.as_str() {
                found.push(format!("{skill}: {name}"));
            }
        }
        if mix["data"][skill].as_str() != Some(&section) {
            found.push(format!("{skill}: the data section"));
        }
    }
    found
}

#[test]
fn the_sample_is_what_the_golden_file_was_made_from() {
    let inputs = golden()["inputs"].clone();
    for (folder, hash) in inputs.as_object().expect("a table") {
        let place = if folder == "base" { sample().join(folder) } else { sample().join("experts").join(folder) };
        let bytes = fs::read(place.join("model.safetensors")).expect("the sample is there");
        assert_eq!(hash.as_str(), Some(scratch::sha256(&bytes).as_str()), "{folder}");
    }
}

#[test]
fn a_drop_of_the_sample_is_ready_and_finds_the_base() {
    let inspection = dropped(&sample());
    assert_eq!(inspection.verdict, Verdict::Ready, "{:#?}", inspection.problems);
    assert_eq!(inspection.base().map(|card| last(&card.place)), Some("base".into()));
    assert_eq!(inspection.experts().count(), 4);
    for card in inspection.experts() {
        assert_eq!(card.private, ["classifier.bias", "classifier.weight"], "{}", card.place);
    }
}

#[test]
fn mixes_of_the_sample_equal_numpy_in_every_tensor() {
    let (scratch, golden, inspection) = (scratch::folder(), golden(), dropped(&sample()));
    for (name, mix) in golden["mixes"].as_object().expect("a table") {
        let out = scratch.path().join(name);
        let report = job::mix(&recipe(&inspection, mix, Layout::PerSkill), &out, &job::context(scratch.path(), "cpu"));
        assert_eq!(differences(&report, mix), [""; 0], "{name}");
        assert!(report.checks.iter().all(|check| check.passed), "{:#?}", report.checks);
    }
}

// With equal strengths every product is exact, and the header promises equal bits on every engine.
#[test]
fn equal_strengths_give_equal_bits_on_every_engine() {
    let (scratch, golden, inspection) = (scratch::folder(), golden(), dropped(&sample()));
    let mix = &golden["mixes"]["task-equal"];
    for engine in job::engines() {
        let out = scratch.path().join(engine);
        let report = job::mix(&recipe(&inspection, mix, Layout::PerSkill), &out, &job::context(scratch.path(), engine));
        assert_eq!(differences(&report, mix), [""; 0], "{engine}");
    }
}

#[test]
fn the_hashes_reject_another_strength_and_a_flipped_bit() {
    let (scratch, golden, inspection) = (scratch::folder(), golden(), dropped(&sample()));
    let mix = &golden["mixes"]["task-unequal"];
    let mut other = recipe(&inspection, mix, Layout::PerSkill);
    other.experts[3].strength = Some(0.1001);
    let report = job::mix(&other, &scratch.path().join("other"), &job::context(scratch.path(), "cpu"));
    // Every tensor of the body in each of four folders, and four data sections.
    assert_eq!(differences(&report, mix).len(), 4 * (70 + 1));
    let right = recipe(&inspection, mix, Layout::PerSkill);
    let report = job::mix(&right, &scratch.path().join("right"), &job::context(scratch.path(), "cpu"));
    let path = job::weights(&report, &job::folder_of(&report, Some("optdigits")));
    let mut bytes = fs::read(&path).expect("a saved file can be read");
    *bytes.last_mut().expect("it is not empty") ^= 1;
    fs::write(&path, bytes).expect("a scratch file can be written");
    assert_eq!(differences(&report, mix).len(), 2);
}

#[test]
fn both_layouts_hold_the_same_numbers() {
    let (scratch, golden, inspection) = (scratch::folder(), golden(), dropped(&sample()));
    let mix = &golden["mixes"]["task-equal"];
    let cx = job::context(scratch.path(), "cpu");
    let shared = job::mix(&recipe(&inspection, mix, Layout::Shared), &scratch.path().join("shared"), &cx);
    let (body, _) = hashes(&job::weights(&shared, ""));
    let expected: BTreeMap<String, String> =
        serde_json::from_value(mix["tensors"].clone()).expect("a table of names and hashes");
    assert_eq!(body, expected, "the body alone, without any head");
    for skill in ORDER {
        let slug = skill.replace('_', "-");
        let head = format::read(&scratch.path().join("shared/heads").join(format!("{slug}.safetensors")));
        let own = format::read(&sample().join("experts").join(skill).join("model.safetensors"));
        assert_eq!(head.len(), 2, "{skill}: {:?}", head.keys());
        for (name, tensor) in head {
            assert_eq!(Some(&tensor), own.get(&name), "{skill}: {name}");
        }
    }
}

#[test]
fn the_same_mix_twice_gives_the_same_files() {
    let (scratch, golden, inspection) = (scratch::folder(), golden(), dropped(&sample()));
    let mix = &golden["mixes"]["task-unequal"];
    for engine in job::engines() {
        let twice = ["first", "second"].map(|turn| {
            let out = scratch.path().join(engine).join(turn).join("mix");
            fs::create_dir_all(out.parent().expect("it has one")).expect("a scratch folder can be made");
            job::mix(&recipe(&inspection, mix, Layout::PerSkill), &out, &job::context(scratch.path(), engine));
            scratch::fingerprints(&out)
        });
        assert_eq!(twice[0], twice[1], "{engine}");
        assert!(twice[0].keys().any(|path| path.ends_with("model.safetensors")), "{:?}", twice[0].keys());
    }
}

#[test]
fn inputs_are_never_touched() {
    let scratch = scratch::folder();
    let family = crate::support::models::Family::write(&scratch.path().join("in"), Default::default(), &[3, 5]);
    let before = scratch::fingerprints(&scratch.path().join("in"));
    let cx = job::context(scratch.path(), "cpu");
    jobs::inspect(&family.all(), BaseChoice::Propose, &cx);
    job::mix(&job::recipe("task_arithmetic", Some(&family.base), &family.experts), &scratch.path().join("out"), &cx);
    assert_eq!(scratch::fingerprints(&scratch.path().join("in")), before);
    // The control: the comparison sees one more byte in one file.
    let touched = family.base.join("config.json");
    fs::write(&touched, fs::read_to_string(&touched).expect("it is text") + " ").expect("a scratch file");
    assert_ne!(scratch::fingerprints(&scratch.path().join("in")), before);
}

#[test]
fn the_unpacked_sample_is_the_bundled_one() {
    let scratch = scratch::folder();
    for _ in 0..2 {
        let unpacked = jobs::sample::unpack(scratch.path()).unwrap_or_else(|failure| panic!("{failure:#?}"));
        let mut models = vec![(unpacked.base.clone(), sample().join("base"))];
        for (_, expert) in &unpacked.experts {
            models.push((expert.clone(), sample().join("experts").join(last(expert.to_str().expect("text")))));
        }
        assert_eq!(models.len(), 5);
        for (unpacked, bundled) in models {
            assert_eq!(scratch::fingerprints(&unpacked), scratch::fingerprints(&bundled));
        }
        // A file that was damaged since is written anew.
        fs::write(unpacked.base.join("config.json"), "{}").expect("a scratch file can be written");
    }
}

#[test]
fn the_saved_recipe_makes_the_same_model_again() {
    let (scratch, golden, inspection) = (scratch::folder(), golden(), dropped(&sample()));
    let mix = &golden["mixes"]["task-unequal"];
    let cx = job::context(scratch.path(), "cpu");
    let first = job::mix(&recipe(&inspection, mix, Layout::PerSkill), &scratch.path().join("first"), &cx);
    let kept = jobs::read_recipe(&Path::new(&first.out).join("recipe.tincture"));
    let again = job::mix(&kept.unwrap_or_else(|failure| panic!("{failure:#?}")), &scratch.path().join("again"), &cx);
    assert_eq!(differences(&again, mix), [""; 0]);
    assert_eq!(first.parents, again.parents);
}
