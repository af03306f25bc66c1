//! Measuring: scores of mixes on examples, through the gauge.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jobs::{Context, Gauge, Seen, Switch, look_at_examples, measure_model, same_skills, sample};
use protocol::event::{JobEvent, Phase};
use protocol::failure::{FailureCode as Code, Weight};
use protocol::masks::ChosenBy;
use protocol::measure::{Given, Measurement, Subject, Wish};
use protocol::recipe::{Layout, Recipe};
use protocol::score::{Metric, Part, SkillScore};
use protocol::settings::SELECTIVITIES;
use safetensors::Dtype;

use crate::support::{Model, Tensor, WIDTH, bitmap, failed, numbers};

/// Classes of each skill.
const CLASSES: usize = 3;

/// Two tiny perceptrons with one base, and examples that each specialist labelled itself.
pub struct Pair {
    pub home: tempfile::TempDir,
    pub recipe: Recipe,
}

impl Pair {
    pub fn new() -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let base = perceptron(1);
        let place = |name: &str| home.path().join(name).display().to_string();
        base.save(&home.path().join("base"));
        for (at, name) in ["one", "two"].into_iter().enumerate() {
            // Twenty small changes: far enough from each other to answer differently.
            let tuned = (0..20).fold(base.clone(), |tuned, step| tuned.tuned(100 * at as u32 + step));
            tuned.head(CLASSES, 30 + at as u32).save(&home.path().join(name));
            write_rows(&home.path().join(format!("{name}.safetensors")), 100, Some(CLASSES), at as u32);
        }
        let recipe =
            Recipe::new("task_arithmetic", Some(&place("base")), &[("One", &place("one")), ("Two", &place("two"))]);
        Self { home, recipe }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn given(&self, skill: &str, name: &str) -> Given {
        Given { skill: skill.into(), path: self.at(name).display().to_string() }
    }

    pub fn both(&self) -> Vec<Given> {
        vec![self.given("One", "one.safetensors"), self.given("Two", "two.safetensors")]
    }

    fn wish(&self, examples: Vec<Given>) -> Wish {
        Wish { recipe: self.recipe.clone(), examples, part: Part::Choose, most: None, cross: false, whole: false }
    }

    pub fn context(&self) -> Context {
        context(self.home.path())
    }
}

pub fn context(home: &Path) -> Context {
    Context { engine: "cpu".into(), ..Context::new(home.join("app")) }
}

/// `WIDTH` numbers in, `WIDTH` features out.
pub fn perceptron(seed: u32) -> Model {
    let mut model =
        Model::default().tensor("layers.0.weight", &[WIDTH, WIDTH], seed).tensor("layers.0.bias", &[WIDTH], seed + 1);
    model.config = Some(r#"{"model_type":"mlp"}"#.into());
    model
}

/// Rows of numbers, labelled 0, 1, 2, 0, … or not at all.
pub fn write_rows(file: &Path, rows: usize, labels: Option<usize>, seed: u32) {
    let mut arrays = Model::default();
    let x = Tensor { shape: vec![rows, WIDTH], dtype: Dtype::F32, numbers: numbers(rows * WIDTH, seed + 77) };
    arrays.tensors.insert("x".into(), x);
    if let Some(classes) = labels {
        let numbers = (0..rows).map(|row| (row % classes) as f32).collect();
        arrays.tensors.insert("labels".into(), Tensor { shape: vec![rows], dtype: Dtype::I64, numbers });
    }
    fs::write(file, arrays.bytes()).expect("a writable folder");
}

/// Code of the first problem.
fn code<T: std::fmt::Debug>(result: Result<T, protocol::failure::Failure>) -> Code {
    failed(result)[0]
}

/// What a job said.
fn listening(cx: Context) -> (Context, Arc<Mutex<Vec<JobEvent>>>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let events = Box::new(move |event| ear.lock().expect("no panic here").push(event));
    (Context { events, ..cx }, heard)
}

fn skill<'a>(measured: &'a Measurement, name: &str) -> &'a SkillScore {
    measured.scores.skills.iter().find(|skill| skill.skill == name).expect("a score of this skill")
}

/// What was counted by `golden/make_sample_scores.py` with transformers: task, model, correct answers.
fn counted() -> BTreeMap<String, BTreeMap<String, u64>> {
    let text = include_str!("../golden/sample_scores.json");
    let golden: serde_json::Value = serde_json::from_str(text).expect("JSON");
    serde_json::from_value(golden["correct"].clone()).expect("counts")
}

#[test]
fn the_sample_is_right_as_often_as_in_transformers() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let cx = context(home.path());
    let project = sample::project(&cx.app_folder).expect("a writable folder");
    let skill_of = |model: &str| project.recipe.experts.iter().find(|expert| expert.path == model).expect("an expert");
    let examples = project
        .examples
        .iter()
        .map(|given| Given { skill: skill_of(&given.model).skill.clone(), path: given.path.clone() });
    // The counts of the golden file are those of the plain mean.
    let mut recipe = project.recipe.clone();
    recipe.method.name = "task_arithmetic".into();
    let wish = Wish { recipe, examples: examples.collect(), part: Part::Judge, most: None, cross: true, whole: true };
    let measured = Gauge::new().measure(&wish, &cx).expect("the sample is whole");
    let table = measured.cross.as_ref().expect("it was wished for");
    let task = |skill: &str| skill.to_lowercase().replace(' ', "_");
    let golden = counted();
    for row in &table.rows {
        let model = match &row.model {
            Subject::Base => "base".to_owned(),
            Subject::Expert(other) => format!("expert {}", task(other)),
            Subject::Equal | Subject::Mix => "equal".to_owned(),
        };
        for (name, value) in table.skills.iter().zip(&row.scores) {
            let examples = skill(&measured, name).examples;
            let correct = value.expect("measured").value() * examples as f64;
            let expected = &golden[&task(name)];
            assert_eq!(
                (correct.round() as u64, examples),
                (expected[&model], expected["examples"]),
                "{model} on {name}"
            );
        }
    }
    assert_eq!((table.rows.len(), table.skills.len()), (7, 4));
}

#[test]
fn a_saved_mix_scores_as_its_preview() {
    let pair = Pair::new();
    let mut wish = pair.wish(pair.both());
    wish.recipe.experts[0].strength = Some(0.8);
    wish.recipe.output.layout = Layout::PerSkill;
    let preview = Gauge::new().measure(&wish, &pair.context()).expect("two skills");
    let report = jobs::mix(&wish.recipe, &pair.at("out"), &pair.context()).expect("a mix");
    for (given, folder) in wish.examples.iter().zip(["one", "two"]) {
        let model = Path::new(&report.out).join(folder);
        let again = measure_model(&model, std::slice::from_ref(given), wish.part, None, &pair.context());
        let (again, before) = (again.expect("an ordinary model"), skill(&preview, &given.skill));
        let saved = skill(&again, &given.skill);
        // The calibration error is a sum over probabilities of all answers: equal only if all of them are.
        assert_eq!((&saved.confusion, saved.correct, saved.ece), (&before.confusion, before.correct, before.ece));
    }
    wish.recipe.experts[0].strength = Some(0.79);
    let other = Gauge::new().measure(&wish, &pair.context()).expect("two skills");
    assert_ne!(skill(&other, "One").ece, skill(&preview, "One").ece, "another mix is told apart");
}

#[test]
fn the_next_mix_opens_no_file_and_a_known_one_runs_nothing() {
    let pair = Pair::new();
    let mut gauge = Gauge::new();
    let phases = |gauge: &mut Gauge, wish: &Wish| {
        let (cx, heard) = listening(pair.context());
        gauge.measure(wish, &cx).expect("two skills");
        let heard = heard.lock().expect("no panic here");
        let phases = heard.iter().filter_map(|event| match event {
            JobEvent::Progress(progress) => Some((progress.phase, progress.total)),
            _ => None,
        });
        phases.collect::<Vec<_>>()
    };
    let mut wish = pair.wish(pair.both());
    let first = phases(&mut gauge, &wish);
    assert!(first.iter().any(|(phase, _)| *phase == Phase::Load), "{first:?}");
    wish.recipe.experts[1].strength = Some(0.9);
    // 20 examples of each skill are for choosing; of the next mix only itself is unknown.
    assert_eq!(phases(&mut gauge, &wish), [(Phase::Measure, 40)]);
    assert_eq!(phases(&mut gauge, &wish), [(Phase::Measure, 0)]);
    wish.recipe.experts[1].skill = "Zwei".into();
    wish.examples[1].skill = "Zwei".into();
    assert_eq!(phases(&mut gauge, &wish), [(Phase::Measure, 0)], "a new name is no new mix");
}

#[test]
fn mixes_of_long_ago_are_forgotten_and_late_ones_are_not() {
    let pair = Pair::new();
    let (mut gauge, mut wish) = (Gauge::new(), pair.wish(pair.both()));
    let mut unknown = |strength: usize| {
        let (cx, heard) = listening(pair.context());
        wish.recipe.experts[0].strength = Some(strength as f64 / 100.0);
        gauge.measure(&wish, &cx).expect("two skills");
        let heard = heard.lock().expect("no panic here");
        let total = heard.iter().find_map(|event| match event {
            JobEvent::Progress(progress) if progress.phase == Phase::Measure => Some(progress.total),
            _ => None,
        });
        total.expect("a beginning")
    };
    let first: Vec<u64> = (1..=65).map(&mut unknown).collect();
    assert!(first.iter().enumerate().all(|(at, &total)| at == 49 || total >= 40), "{first:?}");
    assert_eq!(unknown(64), 0, "64 mixes are remembered");
    assert_eq!(unknown(50), 0, "half and half, which is the equal mix too");
    assert_eq!(unknown(1), 40, "and no more; the references are");
}

#[test]
fn models_that_changed_on_disk_are_read_again() {
    let pair = Pair::new();
    let mut gauge = Gauge::new();
    let before = gauge.measure(&pair.wish(pair.both()), &pair.context()).expect("two skills");
    let other = perceptron(1).tuned(99).head(CLASSES, 30).tensor("layers.0.bias", &[WIDTH], 5);
    fs::remove_dir_all(pair.at("one")).expect("a writable folder");
    other.save(&pair.at("one"));
    let after = gauge.measure(&pair.wish(pair.both()), &pair.context()).expect("two skills");
    assert_ne!(skill(&before, "One").ece, skill(&after, "One").ece);
}

#[test]
fn without_labels_the_specialist_is_the_measure() {
    let pair = Pair::new();
    for name in ["one", "two"] {
        write_rows(&pair.at(&format!("{name}.safetensors")), 100, None, 3);
    }
    let mut wish = pair.wish(pair.both());
    (wish.recipe.experts[0].strength, wish.recipe.experts[1].strength) = (Some(1.0), Some(0.0));
    wish.part = Part::Learn;
    let measured = Gauge::new().measure(&wish, &pair.context()).expect("two skills");
    let (one, two) = (skill(&measured, "One"), skill(&measured, "Two"));
    assert_eq!((one.metric, one.value.value(), one.ece), (Metric::Agreement, 1.0, None));
    assert!(two.value.value() < 1.0, "the other specialist does not agree with everything");
    assert_eq!(two.references.expert.map(|score| score.value()), Some(1.0));
}

#[test]
fn a_skill_that_cannot_be_measured_leaves_the_others() {
    let pair = Pair::new();
    fs::create_dir(pair.at("empty")).expect("a writable folder");
    let wish = pair.wish(vec![pair.given("One", "one.safetensors"), pair.given("Two", "empty")]);
    let measured = Gauge::new().measure(&wish, &pair.context()).expect("one skill is left");
    assert_eq!((measured.scores.skills.len(), measured.problems.len()), (1, 1));
    assert_eq!((&measured.problems[0].skill[..], measured.problems[0].problem.code), ("Two", Code::NoExamples));
    let whole = Wish { whole: true, ..wish };
    assert_eq!(code(Gauge::new().measure(&whole, &pair.context())), Code::NoExamples);
}

#[test]
fn what_is_wrong_with_examples_is_named() {
    let pair = Pair::new();
    write_rows(&pair.at("single.safetensors"), 9, Some(1), 0);
    write_rows(&pair.at("many.safetensors"), 20, Some(5), 0);
    fs::write(pair.at("texts.csv"), "text,label\nhello,a\nbye,b\n").expect("a writable folder");
    fs::write(pair.at("notes.doc"), "x").expect("a writable folder");
    let cases = [
        ("single.safetensors", Code::OneLabel),
        ("many.safetensors", Code::LabelsUnknown),
        ("texts.csv", Code::ExamplesUnreadable),
        ("notes.doc", Code::ExamplesUnreadable),
        ("gone", Code::CannotRead),
    ];
    for (name, expected) in cases {
        let refused = Gauge::new().measure(&pair.wish(vec![pair.given("One", name)]), &pair.context());
        assert_eq!(code(refused), expected, "{name}");
    }
    let refused = Gauge::new().measure(&pair.wish(vec![pair.given("One", "many.safetensors")]), &pair.context());
    let why = refused.expect_err("five labels for three answers").problems.remove(0).why;
    assert!(why.contains("“3” and “4”"), "{why}");
    assert_eq!(code(Gauge::new().measure(&pair.wish(vec![]), &pair.context())), Code::NoExamples);
    let unknown = Gauge::new().measure(&pair.wish(vec![pair.given("Three", "one.safetensors")]), &pair.context());
    assert!(unknown.expect_err("no such skill").problems[0].why.contains("“One” and “Two”"));
}

#[test]
fn names_of_skills_are_found_whatever_their_spelling() {
    let recipe = Recipe::new("average", None, &[("Letters latin", "a"), ("Digits", "b")]);
    let given = |skill: &str| Given { skill: skill.into(), path: "x".into() };
    let found = same_skills(&recipe, vec![given("letters_latin"), given("DIGITS")]).expect("both are there");
    assert_eq!(found.iter().map(|given| given.skill.as_str()).collect::<Vec<_>>(), ["Letters latin", "Digits"]);
    assert_eq!(code(same_skills(&recipe, vec![given("letter")])), Code::NoExamples);
}

#[test]
fn a_model_that_is_not_known_can_be_mixed_and_says_that_it_cannot_be_run() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let base = Model::body(1);
    base.save(&home.path().join("base"));
    base.tuned(2).head(3, 4).save(&home.path().join("one"));
    base.tuned(3).head(3, 5).save(&home.path().join("two"));
    write_rows(&home.path().join("x.safetensors"), 9, Some(3), 0);
    let place = |name: &str| home.path().join(name).display().to_string();
    let recipe =
        Recipe::new("task_arithmetic", Some(&place("base")), &[("One", &place("one")), ("Two", &place("two"))]);
    let given = Given { skill: "One".into(), path: place("x.safetensors") };
    let wish = Wish { recipe, examples: vec![given], part: Part::Learn, most: None, cross: false, whole: false };
    let refused = Gauge::new().measure(&wish, &context(home.path())).expect_err("no such network");
    assert_eq!(refused.problems[0].code, Code::CannotRun);
    assert!(refused.problems[0].why.contains("Mixing works"), "{}", refused.problems[0].why);
    jobs::mix(&wish.recipe, &home.path().join("out"), &context(home.path())).expect("mixing works");
}

#[test]
fn a_cancelled_measurement_keeps_what_it_knows_and_goes_on_later() {
    let pair = Pair::new();
    let wish = pair.wish(pair.both());
    let expected = Gauge::new().measure(&wish, &pair.context()).expect("two skills");
    let mut gauge = Gauge::new();
    let control = Arc::new(Switch::new());
    let switch = Arc::clone(&control);
    let on_score = move |event| {
        if matches!(event, JobEvent::Scored { .. }) {
            switch.cancel();
        }
    };
    let cx = Context { control, events: Box::new(on_score), ..pair.context() };
    assert_eq!(code(gauge.measure(&wish, &cx)), Code::Cancelled);
    let (cx, heard) = listening(pair.context());
    let after = gauge.measure(&wish, &cx).expect("two skills");
    assert_eq!(after.scores, expected.scores);
    let heard = heard.lock().expect("no panic here");
    let total = heard.iter().find_map(|event| match event {
        JobEvent::Progress(progress) if progress.phase == Phase::Measure => Some(progress.total),
        _ => None,
    });
    // Specialists 2 × 20, base 40; the equal mix is the mix itself, which was measured before the cancel.
    assert_eq!(total, Some(80));
}

#[test]
fn fewer_examples_are_spread_over_the_labels() {
    let pair = Pair::new();
    let wish = Wish { most: Some(9), part: Part::Learn, ..pair.wish(vec![pair.given("One", "one.safetensors")]) };
    let measured = Gauge::new().measure(&wish, &pair.context()).expect("one skill");
    let one = skill(&measured, "One");
    assert_eq!((one.examples, one.available), (9, 60));
    let asked: Vec<u64> = one.confusion.iter().map(|row| row.iter().sum()).collect();
    assert!(asked.iter().filter(|count| **count > 0).count() == CLASSES, "{asked:?}");
}

#[test]
fn a_card_says_what_examples_there_are_and_what_speaks_against_them() {
    let pair = Pair::new();
    let card = look_at_examples(&pair.at("one.safetensors"), &pair.at("one"), None).expect("examples");
    assert_eq!((card.examples, card.parts, card.problems.len()), (100, [60, 20, 20], 0));
    assert_eq!(card.labels.map(|labels| labels.len()), Some(CLASSES));
    write_rows(&pair.at("many.safetensors"), 20, Some(5), 0);
    let card = look_at_examples(&pair.at("many.safetensors"), &pair.at("one"), None).expect("examples");
    let found: Vec<_> = card.problems.iter().map(|problem| (problem.code, problem.weight)).collect();
    assert_eq!(found, [(Code::LabelsUnknown, Weight::Stop)], "the window does not try to measure it");
    assert_eq!(code(look_at_examples(&pair.at("gone"), &pair.at("one"), None)), Code::CannotRead);
}

#[test]
fn one_picture_is_shown_to_the_mix_and_to_every_specialist() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let cx = context(home.path());
    let recipe = sample::project(&cx.app_folder).expect("a writable folder").recipe;
    let file = home.path().join("gray.bmp");
    fs::write(&file, bitmap(40, 200)).expect("a writable folder");
    let mut gauge = Gauge::new();
    let answers = gauge.answer(&recipe, &[], &Seen::Picture(file), &cx).expect("a picture");
    assert_eq!((answers.name.as_str(), answers.skills.len(), answers.problems.len()), ("gray.bmp", 4, 0));
    let picture = answers.picture.expect("what the models see");
    assert_eq!((picture.width, picture.height, picture.rgb.len()), (32, 32, 32 * 32 * 6));
    assert!(picture.rgb.starts_with("c8c8c8"), "{}", &picture.rgb[..6]);
    for one in &answers.skills {
        for told in [&one.mix, &one.expert] {
            assert_eq!(told.len(), 3);
            assert!(told.windows(2).all(|pair| pair[0].share >= pair[1].share) && told[0].share <= 1.0, "{told:?}");
        }
    }
    let text = gauge.answer(&recipe, &[], &Seen::Text("hello".into()), &cx).expect("an answer for each skill");
    assert_eq!((text.skills.len(), text.problems.len()), (0, 4), "pictures are what these models take");
    fs::write(home.path().join("no.png"), "no picture").expect("a writable folder");
    assert_eq!(
        code(gauge.answer(&recipe, &[], &Seen::Picture(home.path().join("no.png")), &cx)),
        Code::ExamplesUnreadable
    );
}

#[test]
fn selectivities_are_chosen_by_the_score_of_the_restored_model() {
    let pair = Pair::new();
    let mut wish = pair.wish(vec![pair.given("One", "one.safetensors")]);
    wish.recipe.method.name = "consensus".into();
    let mut gauge = Gauge::new();
    let chosen = gauge.choose_masks(&wish, &pair.context()).expect("a choice");
    let [one, two] = &chosen.skills[..] else { panic!("{chosen:?}") };
    assert_eq!((one.by, two.by), (ChosenBy::Accuracy, ChosenBy::Default));
    assert_eq!((one.tried.len(), two.tried.len(), two.selectivity), (SELECTIVITIES.len(), 0, 0.4));
    // Each try is the score of the mix that keeps what the skill needs, measured by itself.
    for &(selectivity, score) in &one.tried {
        let mut alone = wish.clone();
        alone.recipe.method.name = "tall_masks".into();
        alone.recipe.method.parameters = [("selectivity".to_owned(), selectivity.into())].into();
        let measured = Gauge::new().measure(&alone, &pair.context()).expect("a score");
        assert_eq!(measured.scores.skills[0].value, score, "{selectivity}");
    }
    let best = one.tried.iter().map(|(_, score)| score.value()).fold(0.0, f64::max);
    let own = one.tried.iter().find(|(selectivity, _)| *selectivity == one.selectivity).expect("one that was tried");
    assert_eq!(own.1.value(), best);
}

#[test]
fn without_labels_selectivities_are_chosen_by_agreement() {
    let pair = Pair::new();
    write_rows(&pair.at("plain.safetensors"), 100, None, 0);
    let wish = pair.wish(vec![pair.given("One", "plain.safetensors")]);
    let chosen = Gauge::new().choose_masks(&wish, &pair.context()).expect("a choice");
    assert_eq!(chosen.skills[0].by, ChosenBy::Agreement);
}

#[test]
fn each_skill_of_a_masked_mix_is_measured_with_its_own_body() {
    let pair = Pair::new();
    let mut wish = pair.wish(pair.both());
    wish.recipe.method.name = "tall_masks".into();
    // At selectivity 0 a mask keeps everything that its skill changed, which with two skills is the whole sum.
    wish.recipe.method.parameters = [("selectivity".to_owned(), 0.into())].into();
    let mut whole = pair.wish(pair.both());
    whole.recipe.experts.iter_mut().for_each(|expert| expert.strength = Some(1.0));
    let values = |wish: &Wish| {
        let measured = Gauge::new().measure(wish, &pair.context()).expect("scores");
        measured.scores.skills.iter().map(|score| score.value.value()).collect::<Vec<_>>()
    };
    assert_eq!(values(&wish), values(&whole));
    // A hard selectivity leaves each skill only what nobody else disturbs: no longer the same for all.
    wish.recipe.method.parameters = [("selectivity".to_owned(), 0.6.into())].into();
    let restored = values(&wish);
    assert_ne!(restored, values(&whole));
    let saved = pair.at("saved");
    let report = jobs::mix(&wish.recipe, &saved, &pair.context()).expect("saved");
    for (model, expected) in report.models.iter().zip(&restored) {
        let skill = model.skill.clone().expect("one model for each skill");
        let name = format!("{}.safetensors", skill.to_lowercase());
        let given = [pair.given(&skill, &name)];
        let alone = measure_model(&saved.join(&model.folder), &given, Part::Choose, None, &pair.context());
        assert_eq!(alone.expect("a score").scores.skills[0].value.value(), *expected, "{skill}");
    }
}
