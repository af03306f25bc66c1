//! Recipe in, checked model out.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jobs::{Context, fingerprint, forecast, mix, read_recipe, store};
use protocol::event::{JobEvent, Phase, Progress};
use protocol::recipe::{Layout, OutputDtype, Recipe};
use protocol::report::{CheckName, Report};
use safetensors::Dtype;
use sha2::{Digest, Sha256};

use crate::support::{Home, Model, contents, names, read};

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The sum as the kernel's header states it: changes in order from zero, then the base.
fn sum(base: &[f32], experts: &[(f32, &[f32])]) -> Vec<f32> {
    let changes = |at: usize| experts.iter().fold(0.0f32, |sum, (c, x)| sum + c * (x[at] - base[at]));
    (0..base.len()).map(|at| base[at] + changes(at)).collect()
}

fn saved(home: &Home, recipe: &Recipe, name: &str) -> Report {
    mix(recipe, &home.path(name), &home.cx()).unwrap_or_else(|failure| panic!("{:#?}", failure.problems))
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

#[test]
fn each_skill_gets_the_mixed_body_with_its_own_head() {
    let home = Home::new();
    let mut recipe = home.zoo();
    recipe.experts[0].strength = Some(0.3);
    recipe.experts[1].strength = Some(-0.7);
    let report = saved(&home, &recipe, "mixes/first");
    let source = |name: &str| home.path(name).join("model.safetensors");
    let body = "enc.layer.1.dense.weight";
    let [base, a, b] = ["models/base", "models/flowers", "models/street_signs"].map(|name| read(&source(name), body));
    let expected = sum(&base, &[(0.3, &a), (-0.7, &b)]);
    let other = sum(&base, &[(0.3, &a), (-0.6, &b)]);
    for (folder, parent) in [("flowers", "models/flowers"), ("street-signs", "models/street_signs")] {
        let written = home.path("mixes/first").join(folder).join("model.safetensors");
        assert_eq!(bits(&read(&written, body)), bits(&expected), "{folder}");
        assert_ne!(bits(&read(&written, body)), bits(&other), "another strength gives other numbers");
        assert_eq!(read(&written, "classifier.weight"), read(&source(parent), "classifier.weight"));
        assert_eq!(names(&written), names(&source(parent)));
        let config = |folder: &Path| fs::read(folder.join("config.json")).expect("settings");
        assert_eq!(config(&home.path("mixes/first").join(folder)), config(&home.path(parent)));
    }
    assert_eq!((report.tensors.merged, report.tensors.copied, report.tensors.private), (5, 1, 4));
    assert!(report.memory.peak > 0 && report.memory.peak <= report.memory.forecast, "{:?}", report.memory);
    let folders: Vec<&str> = report.models.iter().map(|model| model.folder.as_str()).collect();
    assert_eq!(folders, ["flowers", "street-signs"]);
}

#[test]
fn the_report_names_every_file_with_its_hash_and_all_checks() {
    let home = Home::new();
    let report = saved(&home, &home.zoo(), "mix");
    let written: Vec<(String, u64, String)> = contents(&home.path("mix"))
        .into_iter()
        .map(|(name, bytes)| (name, bytes.len() as u64, sha256(&bytes)))
        .collect();
    let mut told: Vec<(String, u64, String)> =
        report.files.iter().map(|file| (file.path.clone(), file.bytes, file.sha256.clone())).collect();
    told.sort();
    assert_eq!(told, written);
    assert_eq!(written.len(), 6, "{written:?}");
    let checks: Vec<(CheckName, bool)> = report.checks.iter().map(|check| (check.name, check.passed)).collect();
    let all = [CheckName::OpensAgain, CheckName::SizesMatch, CheckName::AllFinite, CheckName::Differs];
    assert_eq!(checks, all.map(|name| (name, true)));
    let recipe = fs::read(home.path("mix/recipe.tincture")).expect("the recipe");
    assert_eq!(report.recipe_sha256, sha256(&recipe));
    let base = fs::read(home.path("models/base/model.safetensors")).expect("the base");
    assert_eq!((report.parents[0].name.as_str(), report.parents[0].sha256.clone()), ("base", sha256(&base)));
}

#[test]
fn the_shared_layout_keeps_one_body_and_the_heads_beside_it() {
    let home = Home::new();
    let mut recipe = home.zoo();
    recipe.output.layout = Layout::Shared;
    let shared = saved(&home, &recipe, "shared");
    recipe.output.layout = Layout::PerSkill;
    saved(&home, &recipe, "each");
    let files: Vec<String> = contents(&home.path("shared")).into_keys().collect();
    assert_eq!(
        files,
        [
            "README.md",
            "config.json",
            "heads/flowers.config.json",
            "heads/flowers.safetensors",
            "heads/street-signs.config.json",
            "heads/street-signs.safetensors",
            "model.safetensors",
            "recipe.tincture",
        ]
    );
    assert_eq!(names(&home.path("shared/heads/flowers.safetensors")), ["classifier.bias", "classifier.weight"]);
    let body = "enc.layer.0.norm.weight";
    let [one, other] =
        ["shared/model.safetensors", "each/flowers/model.safetensors"].map(|name| read(&home.path(name), body));
    assert_eq!(bits(&one), bits(&other));
    assert_eq!(shared.models.len(), 1);
}

#[test]
fn without_private_parts_the_output_is_the_model_itself() {
    let home = Home::new();
    let base = Model::body(1);
    for (name, seed) in [("a", 10), ("b", 20)] {
        home.save(name, &base.tuned(seed));
    }
    let recipe = home.recipe("average", None, &[("A", "a"), ("B", "b")]);
    let report = saved(&home, &recipe, "mean");
    let [a, b, mean] =
        ["a", "b", "mean"].map(|name| read(&home.path(name).join("model.safetensors"), "enc.embed.weight"));
    for ((x, y), z) in a.iter().zip(&b).zip(&mean) {
        let exact = (f64::from(*x) + f64::from(*y)) / 2.0;
        // Two products and a sum, each rounded once.
        assert!((f64::from(*z) - exact).abs() <= 3.0 * f64::from(f32::EPSILON), "{x} {y} {z}");
    }
    assert_eq!(report.models[0].folder, "");
    assert_eq!(home.list("mean"), ["README.md", "config.json", "model.safetensors", "recipe.tincture"]);
}

#[test]
fn the_same_recipe_gives_the_same_model_files() {
    let home = Home::new();
    let mut recipe = home.zoo();
    let weights = |report: &Report| -> Vec<(String, String)> {
        let models = report.files.iter().filter(|file| file.path.ends_with(".safetensors"));
        models.map(|file| (file.path.clone(), file.sha256.clone())).collect()
    };
    let first = weights(&saved(&home, &recipe, "one"));
    assert_eq!(weights(&saved(&home, &recipe, "two/deep")), first);
    recipe.experts[0].strength = Some(0.25);
    assert_ne!(weights(&saved(&home, &recipe, "three")), first);
}

#[test]
fn inputs_are_untouched_and_no_path_of_this_machine_is_in_a_model_file() {
    let home = Home::new();
    let recipe = home.zoo();
    let before = contents(&home.path("models"));
    saved(&home, &recipe, "mix");
    assert_eq!(contents(&home.path("models")), before);
    let place = home.path("").display().to_string();
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    for (name, bytes) in contents(&home.path("mix")) {
        assert!(!holds(&bytes, place.trim_end_matches('/')), "{name}");
        let told = holds(&bytes, "flowers");
        assert_eq!(told, name != "street-signs/config.json" && name != "flowers/config.json", "{name}");
    }
}

#[test]
fn a_saved_model_opens_as_the_project_it_came_from() {
    let home = Home::new();
    let recipe = home.zoo();
    saved(&home, &recipe, "mixes/mine");
    assert_eq!(read_recipe(&home.path("mixes/mine/recipe.tincture")), Ok(recipe.clone()));
    for place in
        ["mixes/mine", "mixes/mine/flowers", "mixes/mine/flowers/model.safetensors", "mixes/mine/recipe.tincture"]
    {
        let project = store::open_file(&home.path(place), &home.cx()).expect(place);
        assert_eq!((project.name.as_str(), &project.recipe), ("mine", &recipe), "{place}");
        assert!(project.models.iter().all(|model| Path::new(&model.path).is_dir()), "{place}");
    }
    // Moved away from its recipe, a model still knows what it was made from; the parents are names then.
    fs::rename(home.path("mixes/mine/flowers"), home.path("alone")).expect("the same disk");
    let project = store::open_file(&home.path("alone"), &home.cx()).expect("the recipe inside");
    let places: Vec<&str> = project.models.iter().map(|model| model.path.as_str()).collect();
    assert_eq!(places, ["base", "flowers", "street_signs"]);
    assert!(store::open_file(&home.path("models/base"), &home.cx()).is_err(), "a model from elsewhere");
}

#[test]
fn another_number_type_is_written_and_named_in_the_settings() {
    let home = Home::new();
    let mut recipe = home.zoo();
    recipe.output.dtype = OutputDtype::BF16;
    saved(&home, &recipe, "half");
    let config = fs::read_to_string(home.path("half/flowers/config.json")).expect("settings");
    assert!(config.contains("\"torch_dtype\": \"bfloat16\""), "{config}");
    let body = "enc.embed.weight";
    let source = |name: &str| read(&home.path(name).join("model.safetensors"), body);
    let [base, a, b] = ["models/base", "models/flowers", "models/street_signs"].map(source);
    let expected = sum(&base, &[(0.5, &a), (0.5, &b)]);
    let rounded: Vec<f32> = expected.iter().map(|&number| half::bf16::from_f32(number).to_f32()).collect();
    assert_eq!(bits(&source("half/flowers")), bits(&rounded));
    assert_ne!(bits(&rounded), bits(&expected), "rounding shows");
}

#[test]
fn types_are_mixed_in_f32_and_saved_as_the_base_has_them() {
    let home = Home::new();
    let base = Model::body(1);
    home.save("base", &base);
    home.save("a", &base.tuned(10).typed(Dtype::BF16));
    let mut recipe = home.recipe("task_arithmetic", Some("base"), &[("A", "a")]);
    recipe.experts[0].strength = Some(0.5);
    saved(&home, &recipe, "mix");
    let body = "enc.layer.0.dense.weight";
    let [base, a, mixed] = ["base", "a", "mix"].map(|name| read(&home.path(name).join("model.safetensors"), body));
    assert_eq!(bits(&mixed), bits(&sum(&base, &[(0.5, &a)])));
}

#[test]
fn the_card_names_parents_strengths_and_folders() {
    let home = Home::new();
    saved(&home, &home.zoo(), "mix");
    let card = fs::read_to_string(home.path("mix/README.md")).expect("the card");
    let base = fs::read(home.path("models/base/model.safetensors")).expect("the base");
    for part in [
        "base_model:\n- \"base\"",
        "Result = starting model + 50\u{202f}% of Flowers",
        &sha256(&base),
        "`street-signs/`",
    ] {
        assert!(card.contains(part), "{part} is not in\n{card}");
    }
}

#[test]
fn progress_runs_through_all_phases_and_never_back() {
    let home = Home::new();
    let heard: Arc<Mutex<Vec<JobEvent>>> = Arc::default();
    let ears = Arc::clone(&heard);
    let events = Box::new(move |event| ears.lock().expect("no listener panics").push(event));
    let cx = Context { events, ..home.cx() };
    mix(&home.zoo(), &home.path("mix"), &cx).expect("a mix");
    let heard = heard.lock().expect("no listener panics");
    assert!(matches!(heard[0], JobEvent::Started { .. }));
    let told: Vec<&Progress> =
        heard.iter().filter_map(|event| if let JobEvent::Progress(told) = event { Some(told) } else { None }).collect();
    let mut phases: Vec<Phase> = told.iter().map(|progress| progress.phase).collect();
    phases.dedup();
    assert_eq!(phases, Phase::SAVING);
    for pair in told.windows(2).filter(|pair| pair[0].phase == pair[1].phase) {
        assert!(pair[0].done <= pair[1].done, "{pair:?}");
    }
}

#[test]
fn the_forecast_says_exactly_what_is_written() {
    let home = Home::new();
    let mut recipe = home.zoo();
    for layout in [Layout::PerSkill, Layout::Shared] {
        recipe.output.layout = layout;
        let name = format!("{layout:?}");
        let said = forecast(&recipe, &home.path(&name), &home.cx()).expect("a plan");
        assert_eq!(said.problems, []);
        saved(&home, &recipe, &name);
        let written = contents(&home.path(&name));
        for file in said.files.iter().filter(|file| file.bytes > 0) {
            assert_eq!(written.get(&file.path).map(Vec::len), Some(file.bytes as usize), "{}", file.path);
        }
        assert!(said.files.iter().all(|file| written.contains_key(&file.path)), "{:?}", said.files);
        assert!(said.memory > 0 && said.reads > 0 && said.seconds > 0.0);
    }
}

#[test]
fn large_tensors_go_through_in_chunks_and_in_shards() {
    let home = Home::new();
    let big = "enc.layer.0.dense.weight";
    let base = Model::default().tensor(big, &[1_500, 1_000], 1).tensor("enc.layer.1.dense.weight", &[300], 2);
    home.save("base", &base);
    home.save("a", &base.tuned(3));
    let mut recipe = home.recipe("task_arithmetic", Some("base"), &[("A", "a")]);
    recipe.output.shard_bytes = Some(1_000_000);
    let report = saved(&home, &recipe, "mix");
    let shards = report.files.iter().filter(|file| file.path.ends_with(".safetensors"));
    let shards: Vec<_> = shards.map(|file| home.path("mix").join(&file.path)).collect();
    assert_eq!((shards.len(), home.path("mix/model.safetensors.index.json").is_file()), (2, true));
    let shard = shards.iter().find(|path| names(path).contains(&big.to_owned())).expect("one shard holds it");
    let [base, a] = ["base", "a"].map(|name| read(&home.path(name).join("model.safetensors"), big));
    assert_eq!(bits(&read(shard, big)), bits(&sum(&base, &[(1.0, &a)])));
}

#[test]
fn models_are_hashed_once_and_again_only_when_they_change() {
    let home = Home::new();
    let recipe = home.zoo();
    fingerprint(&[home.path("models/base"), home.path("nowhere")], &home.cx());
    let list = home.path("app/hashes.json");
    let kept = fs::read_to_string(&list).expect("the base's hash is kept");
    let whole = sha256(&fs::read(home.path("models/base/model.safetensors")).expect("the base"));
    assert!(kept.contains(&whole), "{kept}");
    // A hash that nobody could compute shows where the report takes it from.
    let planted = "c0ffee".repeat(11)[..64].to_owned();
    fs::write(&list, kept.replace(&whole, &planted)).expect("a writable folder");
    assert_eq!(saved(&home, &recipe, "one").parents[0].sha256, planted);
    home.save("models/base", &Model::body(2).tuned(3));
    let changed = sha256(&fs::read(home.path("models/base/model.safetensors")).expect("the base"));
    assert_eq!(saved(&home, &recipe, "two").parents[0].sha256, changed);
}

#[test]
fn a_base_saved_without_its_head_class_is_mixed_under_the_names_of_the_specialists() {
    let home = Home::new();
    let recipe = home.zoo();
    let plain = saved(&home, &recipe, "mixes/plain");
    let mut body = Model::body(1);
    let short = body.tensors.iter().map(|(name, tensor)| (name.replacen("enc.", "", 1), tensor.clone())).collect();
    body.tensors = short;
    home.save("models/base", &body);
    let renamed = saved(&home, &recipe, "mixes/renamed");
    let weights = |folder: &str| contents_of(&home.path(folder).join("flowers/model.safetensors"));
    assert_eq!(renamed.tensors, plain.tensors);
    assert_eq!(weights("mixes/renamed"), weights("mixes/plain"));
    assert!(names(&home.path("models/base/model.safetensors")).iter().all(|name| !name.starts_with("enc.")));
}

/// All tensors of a weight file, without its header.
fn contents_of(file: &Path) -> Vec<(String, Vec<f32>)> {
    names(file)
        .into_iter()
        .filter(|name| !name.ends_with("_ids"))
        .map(|name| (name.clone(), read(file, &name)))
        .collect()
}
