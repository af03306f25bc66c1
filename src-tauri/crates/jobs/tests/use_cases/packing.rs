//! Skill packs: made of a recipe, looked at, and taken apart into the models that are saved without them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jobs::{Context, Switch, forecast, inspect, is_pack, mix, open_pack, unpack};
use protocol::event::JobEvent;
use protocol::failure::FailureCode as Code;
use protocol::pack::Rule;
use protocol::recipe::{ChangeType, From, Layout, Recipe, Scope};
use protocol::report::Report;
use safetensors::Dtype;

use crate::support::{Home, Model, codes, contents, failed, names, read};

const SKILLS: [(&str, &str); 2] = [("Flowers", "flowers"), ("Street signs", "street-signs")];

/// The zoo as a recipe that makes one model for each skill.
fn zoo(home: &Home, method: &str, parameters: &str) -> Recipe {
    let mut recipe = home.zoo();
    recipe.method.name = method.into();
    recipe.method.parameters = serde_json::from_str(parameters).expect("an object");
    recipe
}

fn packed(home: &Home, recipe: &Recipe, name: &str) -> (PathBuf, Report) {
    let pack =
        Recipe { output: protocol::recipe::Output { layout: Layout::Pack, ..recipe.output.clone() }, ..recipe.clone() };
    let report = mix(&pack, &home.path(name), &home.cx()).expect("a pack");
    (home.path(name), report)
}

fn restored(home: &Home, pack: &Path, skill: &str, name: &str) -> Report {
    unpack(pack, skill, Some(&home.path("models/base")), &home.path(name), &home.cx()).expect("a model")
}

/// All tensors of a weight file as bits.
fn weights(file: &Path) -> Vec<(String, Vec<u32>)> {
    let all = names(file).into_iter().filter(|name| !name.ends_with("_ids"));
    all.map(|name| (name.clone(), read(file, &name).into_iter().map(f32::to_bits).collect())).collect()
}

#[test]
fn a_restored_skill_is_the_model_that_is_saved_without_a_pack() {
    let home = Home::new();
    for (at, (method, parameters, rule)) in [
        ("tall_masks", r#"{"selectivity": {"Flowers": 0.6}}"#, Rule::Tall),
        ("tall_masks", r#"{"on": "ties", "density": 0.4}"#, Rule::TallTies),
        ("emr", "{}", Rule::Emr),
    ]
    .into_iter()
    .enumerate()
    {
        let recipe = zoo(&home, method, parameters);
        let (pack, report) = packed(&home, &recipe, &format!("packs/{at}"));
        mix(&recipe, &home.path(&format!("mixes/{at}")), &home.cx()).expect("models");
        let card = open_pack(&pack).expect("a pack");
        assert_eq!((card.rule, card.skills.len(), card.base.inside), (rule, 2, false));
        assert_eq!(Some(card.sizes), report.pack);
        for (skill, slug) in SKILLS {
            let out = format!("out/{at}/{slug}");
            let report = restored(&home, &pack, skill, &out);
            let (own, saved) = (home.path(&out), home.path(&format!("mixes/{at}/{slug}")));
            let file = "model.safetensors";
            assert_eq!(weights(&own.join(file)), weights(&saved.join(file)), "{method} {skill}");
            assert_eq!(
                fs::read(own.join("config.json")).expect("settings"),
                fs::read(saved.join("config.json")).expect("settings")
            );
            assert!(report.checks.iter().all(|check| check.passed), "{:?}", report.checks);
            assert!(own.join("README.md").is_file() && names(&own.join(file)).contains(&"classifier.bias".to_owned()));
        }
        let both = SKILLS.map(|(_, slug)| weights(&home.path(&format!("out/{at}/{slug}/model.safetensors"))));
        assert_ne!(both[0], both[1], "skills differ, else this shows nothing");
    }
}

#[test]
fn scopes_and_other_names_and_types_come_through_a_pack() {
    let home = Home::new();
    let mut recipe = zoo(&home, "tall_masks", "{}");
    let mut body = Model::body(1);
    body.tensors = body.tensors.iter().map(|(name, one)| (name.replacen("enc.", "", 1), one.clone())).collect();
    home.save("models/base", &body.typed(Dtype::BF16));
    let scope = |pattern: &str, from| Scope { pattern: pattern.into(), strengths: None, from };
    recipe.scopes = Some(vec![scope("*.layer.0.*", From::Base), scope("*.layer.1.*", From::Plain)]);
    let (pack, _) = packed(&home, &recipe, "pack");
    mix(&recipe, &home.path("mix"), &home.cx()).expect("models");
    restored(&home, &pack, "Flowers", "out");
    let (own, saved) = (home.path("out/model.safetensors"), home.path("mix/flowers/model.safetensors"));
    assert_eq!(weights(&own), weights(&saved));
    assert!(names(&own).iter().all(|name| name.starts_with("enc.") || name.starts_with("classifier.")));
    assert!(!names(&pack.join("change.safetensors")).iter().any(|name| name.contains("layer.0")));
}

#[test]
fn a_pack_with_its_base_needs_nothing_else_and_a_rounded_one_is_close() {
    let home = Home::new();
    let mut recipe = zoo(&home, "tall_masks", "{}");
    let exact = packed(&home, &recipe, "exact").0;
    restored(&home, &exact, "Flowers", "one");
    for change in [ChangeType::F16, ChangeType::Int8] {
        (recipe.output.change, recipe.output.with_base) = (change, true);
        let (pack, report) = packed(&home, &recipe, &format!("{change:?}"));
        let out = home.path(&format!("two {change:?}"));
        unpack(&pack, "Flowers", None, &out, &home.cx()).expect("the base is inside");
        let (one, two) = (weights(&home.path("one/model.safetensors")), weights(&out.join("model.safetensors")));
        assert_ne!(one, two, "rounding shows");
        let numbers = |all: &[(String, Vec<u32>)]| -> Vec<f32> {
            all.iter().flat_map(|(_, bits)| bits.iter().map(|&bits| f32::from_bits(bits))).collect()
        };
        // Changes are below 0.2: half a step of 0.2 / 127, and of the eleventh bit.
        let bound = if change == ChangeType::Int8 { 0.2 / 254.0 + 1e-6 } else { 0.2 / 2048.0 };
        let far = numbers(&one).iter().zip(numbers(&two)).any(|(a, b)| (a - b).abs() > bound);
        assert!(!far, "{change:?}");
        let base = fs::read(home.path("models/base/model.safetensors")).expect("the base");
        assert_eq!(fs::read(pack.join("base/model.safetensors")).expect("the base"), base);
        assert!(report.pack.is_some_and(|sizes| sizes.with_base && sizes.needed() == sizes.pack));
    }
}

#[test]
fn the_same_pack_is_the_same_bytes_and_the_forecast_names_its_files() {
    let home = Home::new();
    let mut recipe = zoo(&home, "emr", "{}");
    recipe.output.layout = Layout::Pack;
    let said = forecast(&recipe, &home.path("packs/a"), &home.cx()).expect("a plan");
    assert_eq!(said.problems, []);
    let (one, report) = packed(&home, &recipe, "packs/a");
    let two = packed(&home, &recipe, "packs/b").0;
    let (one, mut two) = (contents(&one), contents(&two));
    // The card is headed by the folder's name.
    two.insert("README.md".into(), one["README.md"].clone());
    assert_eq!(one, two);
    for file in &said.files {
        let written = one.get(&file.path).map_or(0, |bytes| bytes.len() as u64);
        let exact = file.bytes == written || file.bytes == 0;
        assert!(exact || file.path.starts_with("masks/") && written < file.bytes, "{} {written}", file.path);
    }
    for file in report.files.iter().filter(|file| file.path != "README.md") {
        assert_eq!(one[&file.path].len() as u64, file.bytes, "{}", file.path);
    }
    let weights = one.iter().filter(|(path, _)| path.ends_with(".safetensors")).map(|(_, bytes)| bytes.len() as u64);
    assert_eq!(report.pack.map(|sizes| sizes.pack), Some(weights.sum()));
}

#[test]
fn another_base_or_none_is_told_in_its_own_words() {
    let home = Home::new();
    let pack = packed(&home, &zoo(&home, "tall_masks", "{}"), "pack").0;
    let try_with = |base: Option<&str>, skill: &str| {
        let base = base.map(|name| home.path(name));
        unpack(&pack, skill, base.as_deref(), &home.path("out"), &home.cx())
    };
    assert_eq!(failed(try_with(None, "Flowers")), [Code::PackNeedsBase]);
    assert_eq!(failed(try_with(Some("models/flowers"), "Flowers")), [Code::PackOtherBase]);
    assert_eq!(failed(try_with(Some("models/base"), "Birds")), [Code::SkillNotInPack]);
    assert_eq!(failed(try_with(Some("nowhere"), "Flowers")), [Code::FileChanged]);
    assert!(!home.path("out").exists());
    assert!(try_with(Some("models/base"), "Flowers").is_ok());
    assert_eq!(failed(try_with(Some("models/base"), "Flowers")), [Code::NameTaken]);
}

#[test]
fn a_spoiled_pack_is_refused_and_leaves_nothing() {
    let home = Home::new();
    let whole = packed(&home, &zoo(&home, "tall_masks", "{}"), "pack").0;
    let spoiled = |file: &str, spoil: &dyn Fn(&mut Vec<u8>)| {
        let pack = home.path("spoiled");
        for (name, mut bytes) in contents(&whole) {
            if name == file {
                spoil(&mut bytes);
            }
            let path = pack.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a writable folder");
            fs::write(path, bytes).expect("a writable folder");
        }
        let base = home.path("models/base");
        let found = unpack(&pack, "Flowers", Some(&base), &home.path("there/out"), &home.cx());
        fs::remove_dir_all(&pack).expect("a writable folder");
        assert!(found.is_ok() || !home.path("there").exists(), "nothing is left");
        let _ = fs::remove_dir_all(home.path("there"));
        found.map(|_| ())
    };
    assert!(spoiled("", &|_| ()).is_ok());
    // A number that is another one is found by its hash alone.
    let flip = |bytes: &mut Vec<u8>| *bytes.last_mut().expect("a byte") ^= 1;
    for file in
        ["change.safetensors", "heads/flowers.safetensors", "skills/flowers/config.json", "masks/flowers.safetensors"]
    {
        assert_eq!(failed(spoiled(file, &flip)), [Code::PackDamaged], "{file}");
    }
    assert_eq!(failed(spoiled("change.safetensors", &|bytes| bytes.truncate(bytes.len() - 1))), [Code::PackIncomplete]);
    let text = |text: &'static str| move |bytes: &mut Vec<u8>| *bytes = text.as_bytes().to_vec();
    assert_eq!(failed(spoiled("pack.json", &text("{}"))), [Code::NotAPack]);
    assert_eq!(failed(spoiled("pack.json", &text(r#"{"kind":"tincture skill pack","format":9}"#))), [Code::PackNewer]);
    assert_eq!(
        failed(spoiled("pack.json", &text(r#"{"kind":"tincture skill pack","format":1}"#))),
        [Code::PackDamaged]
    );
    // The files of another skill do not matter to this one.
    assert!(spoiled("masks/street-signs.safetensors", &flip).is_ok());
    assert_eq!(failed(open_pack(&home.path("models"))), [Code::NotAPack]);
}

#[test]
fn a_cancelled_pack_leaves_nothing_and_its_inputs_as_they_were() {
    let home = Home::new();
    let mut recipe = zoo(&home, "emr", "{}");
    recipe.output.layout = Layout::Pack;
    let before = contents(&home.path("models"));
    let control = Arc::new(Switch::new());
    let cancelling = Arc::clone(&control);
    let events = Box::new(move |event| {
        if matches!(event, JobEvent::Progress(_)) {
            cancelling.cancel();
        }
    });
    let cx = Context { events, control, ..home.cx() };
    assert_eq!(failed(mix(&recipe, &home.path("there/pack"), &cx)), [Code::Cancelled]);
    assert!(!home.path("there").exists() && contents(&home.path("models")) == before);
    assert!(mix(&recipe, &home.path("there/pack"), &home.cx()).is_ok());
    assert_eq!(contents(&home.path("models")), before);
}

#[test]
fn a_pack_is_never_taken_for_a_model_and_sums_are_packed_as_masks() {
    let home = Home::new();
    let recipe = home.zoo();
    assert_eq!(failed(mix(&with_layout(&recipe), &home.path("p"), &home.cx())), [Code::BadParameter]);
    let pack = recipe.packed(ChangeType::F32, false);
    mix(&pack, &home.path("p"), &home.cx()).expect("a pack");
    assert!(is_pack(&home.path("p")) && is_pack(&home.path("p/pack.json")) && !is_pack(&home.path("models")));
    let found = inspect(&[home.path("p")], jobs::BaseChoice::Propose, &home.cx());
    assert_eq!(codes(&found), [Code::PackIsNoModel]);
    let mut as_model = recipe.clone();
    as_model.experts[0].path = home.path("p").display().to_string();
    assert_eq!(failed(mix(&as_model, &home.path("q"), &home.cx())), [Code::PackIsNoModel]);
}

fn with_layout(recipe: &Recipe) -> Recipe {
    let mut recipe = recipe.clone();
    recipe.output.layout = Layout::Pack;
    recipe
}

#[test]
fn a_change_that_half_floats_cannot_hold_is_told() {
    let home = Home::new();
    let mut recipe = zoo(&home, "tall_masks", "{}");
    let mut huge = Model::body(1).tuned(10).head(3, 50);
    huge.tensors.get_mut("enc.embed.weight").expect("a tensor").numbers[3] = 1e5;
    home.save("models/flowers", &huge);
    (recipe.output.layout, recipe.output.change) = (Layout::Pack, ChangeType::F16);
    assert_eq!(failed(mix(&recipe, &home.path("there/p"), &home.cx())), [Code::OutputNotFinite]);
    assert!(!home.path("there").exists());
    recipe.output.change = ChangeType::F32;
    assert!(mix(&recipe, &home.path("there/p"), &home.cx()).is_ok());
}
