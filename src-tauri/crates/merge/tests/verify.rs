//! What was written is read again and compared with the run.

mod models;

use std::fs;

use checkpoint::{Output, Source, files_of};
use kernels::CpuEngine;
use merge::{Budget, Control, Error, Models, Outcome, Plan, Prepared, Verified, plan, run, verify};
use models::{Model, model};
use protocol::model::Dtype;
use protocol::recipe::Recipe;
use protocol::report::CheckName;

struct Quiet;

impl Control for Quiet {
    fn proceed(&self) -> bool {
        true
    }
}

const BUDGET: Budget = Budget { chunk_bytes: 1 << 20, in_flight: 4 };

fn family() -> (Model, Vec<Model>) {
    let shapes: [(&str, &[u64]); 3] = [("a.weight", &[40, 50]), ("b.bias", &[13]), ("d.empty", &[0, 4])];
    let one = |seed: u64| model(&format!("m{seed}"), seed, &shapes, Dtype::F32);
    (one(1), vec![one(2), one(3)])
}

fn models<'a>(base: &'a Model, experts: &'a [Model]) -> Models<'a> {
    Models { base: Some(base), experts: vec![("one", &experts[0] as &dyn Source), ("two", &experts[1])] }
}

/// Writes a mix, lets `spoil` at the weight file, and verifies.
fn verified(strengths: [f64; 2], spoil: impl Fn(&mut Vec<u8>)) -> Result<Verified, Error> {
    let (base, experts) = family();
    let models = models(&base, &experts);
    let mut recipe = Recipe::new("task_arithmetic", Some(""), &[("one", ""), ("two", "")]);
    recipe.experts.iter_mut().zip(strengths).for_each(|(expert, strength)| expert.strength = Some(strength));
    let plan = plan(&recipe, &models, &BUDGET).expect("a sound recipe");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut output = Output::create(&folder.path().join("out"), plan.targets.clone()).expect("a new folder");
    let outcome = run(&plan, &Prepared::default(), &models, Box::new(CpuEngine::new()), &mut output, &Quiet)
        .expect("a sound run");
    let file = output.partial().join("model.safetensors");
    let mut bytes = fs::read(&file).expect("the weight file");
    spoil(&mut bytes);
    fs::write(&file, bytes).expect("the weight file can be written");
    check(&plan, &outcome, &output, &models)
}

fn check(plan: &Plan, outcome: &Outcome, output: &Output, models: &Models) -> Result<Verified, Error> {
    let names: Vec<String> = plan.targets.iter().flat_map(files_of).map(|(name, _)| name).collect();
    verify(plan, outcome, output.partial(), &names, models, &Quiet)
}

#[test]
fn a_sound_result_passes_every_check() {
    let verified = verified([0.5, 0.5], |_| ()).expect("nothing was spoiled");
    assert!(verified.checks.iter().all(|check| check.passed), "{:?}", verified.checks);
    assert_eq!(verified.checks.len(), 4);
    assert_eq!(verified.files[0].path, "model.safetensors");
    assert_eq!(verified.files[0].sha256.len(), 64);
}

#[test]
fn one_flipped_bit_is_found() {
    let result = verified([0.5, 0.5], |bytes| *bytes.last_mut().expect("a file with numbers") ^= 1);
    assert!(matches!(&result, Err(Error::ReadsBackDifferently { tensor, .. }) if tensor == "b.bias"), "{result:?}");
}

#[test]
fn a_shortened_file_is_found() {
    let result = verified([0.5, 0.5], |bytes| bytes.truncate(bytes.len() - 4));
    assert!(matches!(&result, Err(Error::File(checkpoint::Error::NotComplete { .. }))), "{result:?}");
}

#[test]
fn a_renamed_part_is_found() {
    let rename = |bytes: &mut Vec<u8>| {
        let at = bytes.windows(6).position(|six| six == b"b.bias").expect("the name stands in the header");
        bytes[at] = b'c';
    };
    let result = verified([0.5, 0.5], rename);
    assert!(matches!(&result, Err(Error::ReadsBackDifferently { tensor, .. }) if tensor == "b.bias"), "{result:?}");
}

#[test]
fn a_result_that_is_one_of_its_inputs_is_told() {
    let verified = verified([0.0, 0.0], |_| ()).expect("a copy of the base is sound");
    let differs = verified.checks.iter().find(|check| check.name == CheckName::Differs).expect("the check is there");
    assert!(!differs.passed && differs.value.contains("m1"), "{differs:?}");
}

/// The first check of a mix with five words and three labels, with `settings` beside it.
fn opened_with(settings: Option<&str>) -> protocol::report::Check {
    let shapes: [(&str, &[u64]); 2] = [("word_embeddings.weight", &[5, 2]), ("classifier.weight", &[3, 2])];
    let (base, experts) =
        (model("b", 1, &shapes, Dtype::F32), [2, 3].map(|seed| model("e", seed, &shapes, Dtype::F32)));
    let models = models(&base, &experts);
    let recipe = Recipe::new("task_arithmetic", Some(""), &[("one", ""), ("two", "")]);
    let plan = plan(&recipe, &models, &BUDGET).expect("a sound recipe");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut output = Output::create(&folder.path().join("out"), plan.targets.clone()).expect("a new folder");
    let outcome = run(&plan, &Prepared::default(), &models, Box::new(CpuEngine::new()), &mut output, &Quiet)
        .expect("a sound run");
    if let Some(settings) = settings {
        output.text("config.json", settings).expect("a small text");
    }
    check(&plan, &outcome, &output, &models).expect("the numbers are sound").checks.swap_remove(0)
}

#[test]
fn settings_that_contradict_the_model_are_told() {
    let labels = r#""id2label":{"0":"a","1":"b","2":"c"}"#;
    let agreeing = opened_with(Some(&format!(r#"{{"vocab_size":5,{labels}}}"#)));
    assert!(agreeing.passed && agreeing.value.starts_with("with its own settings"), "{agreeing:?}");
    let words = opened_with(Some(&format!(r#"{{"vocab_size":6,{labels}}}"#)));
    assert!(!words.passed && words.value.contains("6 words, the model has 5"), "{words:?}");
    let labels = opened_with(Some(r#"{"id2label":{"0":"a"}}"#));
    assert!(!labels.passed && labels.value.contains("1 labels, the model has 3"), "{labels:?}");
    let silent = opened_with(None);
    assert!(silent.passed && !silent.value.contains("settings"), "{silent:?}");
}
