//! Private layers over the sample: what lies in each folder, what is refused, and what scores are of.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jobs::Gauge;
use protocol::failure::FailureCode as Code;
use protocol::measure::{Given, Measurement, Wish};
use protocol::recipe::{Layout, Recipe};
use protocol::report::Report;
use protocol::score::{Part, References, SkillScore};

use crate::support::format::{self, Tensor, Tensors};
use crate::support::{jobs as job, models, scratch};

const SKILLS: [&str; 4] = ["fashion_mnist", "letters_latin", "letters_hiragana", "optdigits"];
const HEAD: &str = "classifier.";
/// The last block of the sample's networks.
const BLOCK: &str = "vit.encoder.layer.3.";

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/sample")
}

fn specialist(skill: &str) -> Tensors {
    format::read(&sample().join("experts").join(skill).join("model.safetensors"))
}

fn recipe(method: &str) -> Recipe {
    let place = |folder: PathBuf| folder.display().to_string();
    let experts = SKILLS.map(|skill| (skill, place(sample().join("experts").join(skill))));
    let pairs: Vec<(&str, &str)> = experts.iter().map(|(skill, path)| (*skill, path.as_str())).collect();
    Recipe::new(method, Some(&place(sample().join("base"))), &pairs)
}

/// The tensors of a specialist whose names start so, each number turned into another.
fn part(skill: &str, prefix: &str, turned: impl Fn(f64) -> f64) -> Tensors {
    let own = specialist(skill).into_iter().filter(|(name, _)| name.starts_with(prefix));
    let turned = |tensor: &Tensor| {
        let values: Vec<f32> = tensor.values().into_iter().map(|value| turned(value) as f32).collect();
        Tensor::f32(&tensor.shape, &values)
    };
    own.map(|(name, tensor)| (name, turned(&tensor))).collect()
}

/// The same recipe with this layer for one skill, in a file of its own below `folder`.
fn with_layer(mut recipe: Recipe, folder: &Path, skill: &str, layer: &Tensors) -> Recipe {
    let file = folder.join("layers").join(format!("{skill}.safetensors"));
    fs::create_dir_all(file.parent().expect("it has one")).expect("a scratch folder");
    format::write(&file, layer);
    let expert = recipe.experts.iter_mut().find(|expert| expert.skill == skill).expect("a skill of the sample");
    expert.layer = Some(file.display().to_string());
    recipe
}

fn saved(report: &Report, skill: &str) -> Tensors {
    format::read(&job::weights(report, &job::folder_of(report, Some(skill))))
}

/// Names of tensors that differ between two models.
fn differing(one: &Tensors, other: &Tensors) -> Vec<String> {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    one.iter().filter(|(name, tensor)| other[*name] != **tensor).map(|(name, _)| name.clone()).collect()
}

#[test]
fn a_head_of_its_own_changes_nothing_but_that_head() {
    for engine in job::engines() {
        let scratch = scratch::folder();
        let cx = job::context(scratch.path(), engine);
        let head = part("optdigits", HEAD, |value| -2.0 * value);
        let tinted = with_layer(recipe("task_arithmetic"), scratch.path(), "optdigits", &head);
        let plain = job::mix(&recipe("task_arithmetic"), &scratch.path().join("plain"), &cx);
        let report = job::mix(&tinted, &scratch.path().join("tinted"), &cx);
        for skill in SKILLS {
            let expected: &[&str] = if skill == "optdigits" { &["classifier.bias", "classifier.weight"] } else { &[] };
            assert_eq!(differing(&saved(&plain, skill), &saved(&report, skill)), expected, "{engine}, {skill}");
        }
        let written = saved(&report, "optdigits");
        assert!(head.iter().all(|(name, tensor)| written[name] == *tensor), "{engine}");
        assert_eq!(report.tensors, plain.tensors, "heads were private before");
        assert!(report.checks.iter().all(|check| check.passed), "{:#?}", report.checks);
        let parents: Vec<&str> = report.parents.iter().map(|parent| parent.name.as_str()).collect();
        assert_eq!(parents.len(), 6);
        assert_eq!(parents[5], "optdigits, own layer");
        assert_eq!(report.parents[..5], plain.parents);
        let file = fs::read(tinted.experts[3].layer.as_ref().expect("a layer")).expect("it is there");
        assert_eq!(report.parents[5].sha256, scratch::sha256(&file));
    }
}

#[test]
fn an_inner_block_is_private_to_every_skill() {
    for method in ["task_arithmetic", "lines", "tall_masks"] {
        let scratch = scratch::folder();
        let cx = job::context(scratch.path(), "cpu");
        let block = part("letters_latin", BLOCK, |value| value + 1.0);
        let tinted = with_layer(recipe(method), scratch.path(), "letters_latin", &block);
        let plain = job::mix(&recipe(method), &scratch.path().join("plain"), &cx);
        let report = job::mix(&tinted, &scratch.path().join("tinted"), &cx);
        for skill in SKILLS {
            let (written, own) = (saved(&report, skill), specialist(skill));
            let expected = if skill == "letters_latin" { &block } else { &own };
            let inner: Vec<&String> = written.keys().filter(|name| name.starts_with(BLOCK)).collect();
            assert_eq!(inner.len(), 16);
            assert!(inner.iter().all(|name| written[*name] == expected[*name]), "{method}, {skill}");
            // The rest is as deep and as strong as it was, and the block was really mixed without a layer.
            let others = differing(&saved(&plain, skill), &written);
            assert!(others.iter().all(|name| name.starts_with(BLOCK)) && !others.is_empty(), "{method}: {others:?}");
        }
        assert_eq!(report.tensors.merged + 16, plain.tensors.merged);
        assert_eq!(report.tensors.private, plain.tensors.private + 4 * 16);
    }
}

#[test]
fn a_shared_body_leaves_private_parts_to_the_heads() {
    let scratch = scratch::folder();
    let cx = job::context(scratch.path(), "cpu");
    let layer: Tensors =
        [part("optdigits", HEAD, |v| v * 0.5), part("optdigits", BLOCK, |v| v + 1.0)].into_iter().flatten().collect();
    let mut tinted = with_layer(recipe("task_arithmetic"), scratch.path(), "optdigits", &layer);
    tinted.output.layout = Layout::Shared;
    let report = job::mix(&tinted, &scratch.path().join("out"), &cx);
    let body = format::read(&job::weights(&report, ""));
    assert!(body.keys().all(|name| !name.starts_with(BLOCK) && !name.starts_with(HEAD)));
    for skill in SKILLS {
        let head = format::read(&scratch.path().join("out/heads").join(skill.replace('_', "-") + ".safetensors"));
        let own = specialist(skill);
        let expected = if skill == "optdigits" { &layer } else { &own };
        assert_eq!(head.len(), 2 + 16, "{skill}");
        assert!(head.iter().all(|(name, tensor)| expected[name] == *tensor), "{skill}");
        assert_eq!(head.len() + body.len(), own.len(), "{skill}: body and head are the whole model");
    }
}

#[test]
fn a_skill_taken_out_of_a_pack_has_its_layer() {
    let scratch = scratch::folder();
    let cx = job::context(scratch.path(), "cpu");
    let layer: Tensors =
        [part("optdigits", HEAD, |v| v * 0.5), part("optdigits", BLOCK, |v| v + 1.0)].into_iter().flatten().collect();
    let tinted = with_layer(recipe("tall_masks"), scratch.path(), "optdigits", &layer);
    let models = job::mix(&tinted, &scratch.path().join("models"), &cx);
    let mut pack = tinted;
    pack.output.layout = Layout::Pack;
    let packed = job::mix(&pack, &scratch.path().join("pack"), &cx);
    assert_eq!(packed.parents, models.parents);
    for skill in ["optdigits", "letters_latin"] {
        let out = scratch.path().join(skill);
        let base = sample().join("base");
        let unpacked = jobs::unpack(&scratch.path().join("pack"), skill, Some(&base), &out, &cx);
        unpacked.unwrap_or_else(|failure| panic!("{failure:#?}"));
        let restored = format::read(&out.join("model.safetensors"));
        assert_eq!(differing(&restored, &saved(&models, skill)), [""; 0], "{skill}");
    }
    assert!(layer.iter().all(|(name, tensor)| saved(&models, "optdigits")[name] == *tensor));
}

#[test]
fn forecast_and_truth_agree_and_the_saved_recipe_makes_the_same_again() {
    let scratch = scratch::folder();
    let cx = job::context(scratch.path(), "cpu");
    let block = part("optdigits", BLOCK, |value| value + 1.0);
    let tinted = with_layer(recipe("task_arithmetic"), scratch.path(), "optdigits", &block);
    let forecast = jobs::forecast(&tinted, &scratch.path().join("first"), &cx).expect("a sound recipe");
    let before = scratch::fingerprints(&scratch.path().join("layers"));
    let first = job::mix(&tinted, &scratch.path().join("first"), &cx);
    let written: BTreeMap<&str, u64> = first.files.iter().map(|file| (file.path.as_str(), file.bytes)).collect();
    let weights: Vec<_> = forecast.files.iter().filter(|file| file.path.ends_with(".safetensors")).collect();
    assert_eq!(weights.len(), 4);
    assert!(weights.iter().all(|file| written.get(file.path.as_str()) == Some(&file.bytes)), "{weights:?}");
    assert_eq!(forecast.tensors, first.tensors);
    let kept = jobs::read_recipe(&scratch.path().join("first/recipe.tincture")).expect("it was just written");
    assert_eq!(
        kept.experts[3].layer.as_deref().map(Path::new),
        Some(&*scratch.path().join("layers/optdigits.safetensors").canonicalize().expect("it is there"))
    );
    let text = fs::read_to_string(scratch.path().join("first/recipe.tincture")).expect("text");
    assert!(text.contains("\"../layers/optdigits.safetensors\""), "{text}");
    let again = job::mix(&kept, &scratch.path().join("again"), &cx);
    assert_eq!(again.parents, first.parents);
    let hashes = |name: &str| {
        let mut all = scratch::fingerprints(&scratch.path().join(name));
        // The card names its own folder.
        all.remove("README.md");
        all
    };
    assert_eq!(hashes("first"), hashes("again"));
    assert_eq!(scratch::fingerprints(&scratch.path().join("layers")), before, "inputs are never touched");
}

#[test]
fn layers_of_other_specialists_are_refused_in_words() {
    let scratch = scratch::folder();
    let cx = job::context(scratch.path(), "cpu");
    let refused = |layer: &Tensors| {
        let recipe = with_layer(recipe("task_arithmetic"), scratch.path(), "optdigits", layer);
        let failure = jobs::mix(&recipe, &scratch.path().join("out"), &cx).expect_err("it does not fit");
        assert!(!scratch.path().join("out").exists());
        failure.problems
    };
    let shape = refused(&part("letters_latin", HEAD, |value| value));
    assert_eq!(shape.len(), 1);
    assert_eq!(
        (shape[0].code, shape[0].title.as_str()),
        (Code::BuiltDifferently, "The layer “optdigits.safetensors” does not fit “optdigits”")
    );
    assert!(shape[0].why.contains("classifier.bias") && shape[0].why.contains("another shape"), "{}", shape[0].why);
    let strange: Tensors = [("surprise.weight".to_owned(), Tensor::f32(&[1], &[0.0]))].into();
    let strange = refused(&strange);
    assert!(strange[0].why.contains("has no part “surprise.weight”"), "{}", strange[0].why);
    let mut gone = recipe("task_arithmetic");
    gone.experts[0].layer = Some(scratch.path().join("nowhere.safetensors").display().to_string());
    let failure = jobs::mix(&gone, &scratch.path().join("out"), &cx).expect_err("there is no layer");
    assert_eq!(job::codes(&failure), [Code::FileChanged]);
    let spoiled = with_layer(gone, scratch.path(), "fashion_mnist", &part("fashion_mnist", HEAD, |_| f64::NAN));
    let failure = jobs::mix(&spoiled, &scratch.path().join("out"), &cx).expect_err("NaN is no number");
    assert_eq!(job::codes(&failure), [Code::InputNotFinite]);
    assert!(format!("{failure:?}").contains("layers/fashion_mnist.safetensors"), "{failure:?}");
}

/// A specialist was saved without its head class; its layer has the names that all others use.
#[test]
fn layers_have_the_names_that_all_models_use() {
    let scratch = scratch::folder();
    let cx = job::context(scratch.path(), "cpu");
    let tensors = models::base(models::Build::default(), 1);
    let renamed = |tensors: Tensors| -> Tensors {
        let name = |name: String| if name.starts_with("classifier") { name } else { format!("net.{name}") };
        tensors.into_iter().map(|(own, tensor)| (name(own), tensor)).collect()
    };
    let base = models::save(&scratch.path().join("base"), &renamed(tensors.clone()), 0);
    let one = models::save(&scratch.path().join("one"), &models::expert(&tensors, 2, 0), 0);
    let two = models::save(&scratch.path().join("two"), &renamed(models::expert(&tensors, 3, 5)), 5);
    let own = models::expert(&tensors, 4, 0);
    let layer: Tensors = [("net.norm.weight".to_owned(), own["norm.weight"].clone())].into();
    let plain = job::recipe("task_arithmetic", Some(&base), &[one, two]);
    let report = job::mix(&with_layer(plain, scratch.path(), "a", &layer), &scratch.path().join("out"), &cx);
    assert_eq!(saved(&report, "a")["net.norm.weight"], layer["net.norm.weight"]);
    assert_ne!(saved(&report, "b")["net.norm.weight"], layer["net.norm.weight"]);
}

fn given() -> Vec<Given> {
    let place = |skill: &str| sample().join("examples").join(format!("{skill}.zip")).display().to_string();
    ["letters_latin", "optdigits"].map(|skill| Given { skill: skill.to_owned(), path: place(skill) }).into()
}

fn measured(gauge: &mut Gauge, recipe: &Recipe, folder: &Path) -> Measurement {
    let wish = Wish {
        recipe: recipe.clone(),
        examples: given(),
        part: Part::Choose,
        most: Some(60),
        cross: true,
        whole: true,
    };
    gauge.measure(&wish, &job::context(folder, "cpu")).unwrap_or_else(|failure| panic!("{failure:#?}"))
}

fn score<'a>(measured: &'a Measurement, skill: &str) -> &'a SkillScore {
    measured.scores.skills.iter().find(|score| score.skill == skill).expect("a score of this skill")
}

/// What was counted of a skill. Sums of shares may differ in their last bit, since batches follow the clock.
fn counts<'a>(measured: &'a Measurement, skill: &str) -> (&'a [Vec<u64>], References) {
    let score = score(measured, skill);
    (&score.confusion, score.references)
}

#[test]
fn scores_of_the_mix_see_the_layer_and_those_of_references_do_not() {
    let scratch = scratch::folder();
    let plain = recipe("task_arithmetic");
    let mut gauge = Gauge::new();
    let before = measured(&mut gauge, &plain, scratch.path());
    let same = with_layer(plain.clone(), scratch.path(), "optdigits", &part("optdigits", HEAD, |value| value));
    let alike = measured(&mut gauge, &same, scratch.path());
    for skill in ["letters_latin", "optdigits"] {
        assert_eq!(counts(&alike, skill), counts(&before, skill), "its own head as a layer");
    }
    assert_eq!(alike.cross, before.cross);
    // The file changes under the same path: nothing of the last count may come back.
    let zeros = with_layer(plain, scratch.path(), "optdigits", &part("optdigits", HEAD, |_| 0.0));
    assert_eq!(zeros, same);
    let after = measured(&mut gauge, &zeros, scratch.path());
    let (now, then) = (score(&after, "optdigits"), score(&before, "optdigits"));
    assert_ne!(now.correct, then.correct, "zeros answer the first class whatever they see");
    assert_eq!(now.references, then.references, "neither the specialist nor base nor equal mix have the layer");
    assert_eq!(counts(&after, "letters_latin"), counts(&before, "letters_latin"));
}

#[test]
fn an_inner_layer_counts_for_its_own_skill_only() {
    let scratch = scratch::folder();
    let plain = recipe("task_arithmetic");
    let cx = job::context(scratch.path(), "cpu");
    let mut gauge = Gauge::new();
    let before = measured(&mut gauge, &plain, scratch.path());
    let zeros = with_layer(plain, scratch.path(), "optdigits", &part("optdigits", BLOCK, |_| 0.0));
    let after = measured(&mut gauge, &zeros, scratch.path());
    // What was saved, measured as an ordinary model, says the same as the mix in memory.
    let report = job::mix(&zeros, &scratch.path().join("out"), &cx);
    for given in given() {
        let skill = given.skill.clone();
        let folder = scratch.path().join("out").join(job::folder_of(&report, Some(&skill)));
        let alone = jobs::measure_model(&folder, &[given], Part::Choose, Some(60), &cx);
        let alone = alone.unwrap_or_else(|failure| panic!("{failure:#?}"));
        assert_eq!(score(&alone, &skill).correct, score(&after, &skill).correct, "{skill}");
        assert_eq!(score(&alone, &skill).confusion, score(&after, &skill).confusion, "{skill}");
        assert_eq!(score(&after, &skill).references, score(&before, &skill).references, "{skill}");
        assert_ne!(
            score(&after, &skill).confusion,
            score(&before, &skill).confusion,
            "{skill}: the block is not mixed"
        );
    }
}

#[test]
fn a_project_keeps_its_layers_and_counts_those_that_are_gone() {
    let scratch = scratch::folder();
    let cx = job::context(scratch.path(), "cpu");
    let head = part("optdigits", HEAD, |value| value);
    let tinted = with_layer(recipe("task_arithmetic"), scratch.path(), "optdigits", &head);
    let report = job::mix(&tinted, &scratch.path().join("out"), &cx);
    let project = jobs::store::open_file(Path::new(&report.out), &cx).expect("a saved mix");
    assert!(project.recipe.experts[3].layer.is_some());
    let key = jobs::store::keep(&project, &cx).expect("a writable folder");
    assert_eq!(jobs::store::open(&key, &cx).expect("it was kept").recipe, project.recipe);
    assert_eq!(jobs::store::recents(&cx)[0].missing, 0);
    fs::remove_file(tinted.experts[3].layer.as_ref().expect("a layer")).expect("a scratch file");
    assert_eq!(jobs::store::recents(&cx)[0].missing, 1);
}

/// Without a base heads of one shape are mixed, unless a layer says that they belong to one skill each.
#[test]
fn heads_that_would_be_mixed_become_private_to_all() {
    let scratch = scratch::folder();
    let cx = job::context(scratch.path(), "cpu");
    let mut plain = recipe("average");
    plain.base = None;
    plain.experts.retain(|expert| ["fashion_mnist", "optdigits"].contains(&expert.skill.as_str()));
    let tinted = with_layer(plain.clone(), scratch.path(), "optdigits", &part("optdigits", HEAD, |value| -value));
    let mixed = job::mix(&plain, &scratch.path().join("plain"), &cx);
    let report = job::mix(&tinted, &scratch.path().join("tinted"), &cx);
    assert_eq!((mixed.tensors.private, report.tensors.private), (0, 4));
    let head = "classifier.weight";
    assert_eq!(saved(&report, "fashion_mnist")[head], specialist("fashion_mnist")[head]);
    assert_eq!(saved(&report, "optdigits")[head], part("optdigits", HEAD, |value| -value)[head]);
    let given = given().pop().expect("that of optdigits");
    let wish = Wish {
        recipe: tinted,
        examples: vec![given.clone()],
        part: Part::Choose,
        most: Some(60),
        cross: false,
        whole: true,
    };
    let measured = Gauge::new().measure(&wish, &cx).unwrap_or_else(|failure| panic!("{failure:#?}"));
    let folder = scratch.path().join("tinted").join(job::folder_of(&report, Some("optdigits")));
    let alone = jobs::measure_model(&folder, &[given], Part::Choose, Some(60), &cx).expect("an ordinary model");
    let found = score(&measured, "optdigits");
    assert_eq!(score(&alone, "optdigits").confusion, found.confusion);
    let own = found.references.expert.expect("the specialist was asked").value();
    assert!(found.value.value() < own, "a head turned round answers worse than the specialist’s own: {found:?}");
}
