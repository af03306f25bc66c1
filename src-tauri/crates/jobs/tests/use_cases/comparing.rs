//! Which skills fight: numbers, what is kept of them, and what goes wrong.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jobs::{Context, Switch, fingerprint, statistics};
use protocol::event::JobEvent;
use protocol::failure::{Action, FailureCode as Code, Subject};
use protocol::recipe::Recipe;
use protocol::statistics::LayerStatistics;

use crate::support::{Home, Model, failed, read};

/// Compares, and gives what was told meanwhile.
fn compared(home: &Home, recipe: &Recipe) -> (LayerStatistics, Vec<JobEvent>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&told);
    let events = Box::new(move |event| ear.lock().expect("nobody panics while telling").push(event));
    let found = statistics(recipe, &Context { events, ..home.cx() });
    let told = told.lock().expect("nobody panics while telling").clone();
    (found.unwrap_or_else(|failure| panic!("{:#?}", failure.problems)), told)
}

/// The change that a specialist made to a tensor of the tiny models, in `f64`.
fn change(home: &Home, expert: &str, tensor: &str) -> Vec<f64> {
    let numbers = |model: &str| read(&home.path(model).join("model.safetensors"), tensor);
    numbers(expert).iter().zip(numbers("models/base")).map(|(x, b)| f64::from(*x) - f64::from(b)).collect()
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Other bytes in a file whose size and time stay as they were.
fn poison(file: &Path) {
    let before = file.metadata().and_then(|facts| facts.modified()).expect("a time");
    let mut bytes = fs::read(file).expect("a readable file");
    let length = bytes.len();
    // A bit of the exponent of the last number, which stays finite.
    bytes[length - 1] ^= 1;
    fs::write(file, bytes).expect("a writable file");
    let file = fs::File::options().write(true).open(file).expect("a writable file");
    file.set_modified(before).expect("a time can be set");
}

const EXPERTS: [&str; 2] = ["models/flowers", "models/street_signs"];

#[test]
fn layers_hold_the_lengths_of_the_changes_and_the_cosines_between_them() {
    let home = Home::new();
    let (found, _) = compared(&home, &home.zoo());
    assert_eq!(found.skills, ["Flowers", "Street signs"]);
    let layers: Vec<(&str, Option<u64>, u64)> =
        found.layers.iter().map(|layer| (&*layer.name, layer.block, layer.tensors)).collect();
    assert_eq!(layers, [("embeddings", None, 1), ("enc.layer.0", Some(0), 2), ("enc.layer.1", Some(1), 2)]);
    let tensors = ["enc.layer.1.dense.weight", "enc.layer.1.norm.weight"];
    let [a, b] = EXPERTS.map(|expert| tensors.map(|tensor| change(&home, expert, tensor)).concat());
    let expected = product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt();
    let layer = &found.layers[2];
    // Twice the bound of `gram.wgsl`: for the product, and for both lengths.
    let bound = 2.0 * 48.0 * 2f64.powi(-23);
    let cosine = layer.cosine[0][1].expect("both changed it");
    assert!((cosine - expected).abs() <= bound, "{cosine} for {expected}");
    assert!((layer.change[0] - product(&a, &a).sqrt()).abs() <= bound * layer.change[0]);
    assert!((cosine - product(&a, &a).sqrt()).abs() > bound, "another number is not the cosine");
    let (total, elements) = (&found.total, found.layers.iter().map(|layer| layer.elements).sum::<u64>());
    assert_eq!((total.tensors, total.elements), (5, elements));
}

#[test]
fn a_second_look_reads_no_numbers_and_tells_nothing() {
    let home = Home::new();
    let recipe = home.zoo();
    let (first, told) = compared(&home, &recipe);
    assert!(matches!(told.first(), Some(JobEvent::Started { .. })), "{told:?}");
    let weights = home.path(EXPERTS[0]).join("model.safetensors");
    poison(&weights);
    let (second, told) = compared(&home, &recipe);
    assert_eq!(second, first);
    assert_eq!(told, []);
    // The control: what was changed on the sly is seen where nothing is kept.
    fs::remove_dir_all(home.path("app/statistics")).expect("it was made");
    let (third, told) = compared(&home, &recipe);
    assert_ne!(third, first);
    assert!(!told.is_empty());
}

#[test]
fn other_names_and_another_order_are_the_same_models() {
    let home = Home::new();
    let recipe = home.zoo();
    let (first, _) = compared(&home, &recipe);
    let mut other = recipe.clone();
    other.experts.reverse();
    other.experts[0].skill = "Signs".into();
    let (turned, told) = compared(&home, &other);
    assert_eq!(told, [], "it was kept");
    assert_eq!(turned.skills, ["Signs", "Flowers"]);
    for (one, other) in first.layers.iter().zip(&turned.layers) {
        let turned: Vec<f64> = other.change.iter().rev().copied().collect();
        assert_eq!((&one.change, one.cosine[0][1]), (&turned, other.cosine[1][0]));
    }
    // The control: a specialist less is another comparison.
    other.experts.pop();
    let (_, told) = compared(&home, &other);
    assert!(!told.is_empty());
}

#[test]
fn a_copy_elsewhere_is_the_same_model_once_it_is_fingerprinted() {
    let home = Home::new();
    let recipe = home.zoo();
    let (first, _) = compared(&home, &recipe);
    fs::create_dir_all(home.path("copy")).expect("a writable folder");
    fs::copy(home.path(EXPERTS[1]).join("model.safetensors"), home.path("copy/model.safetensors")).expect("a copy");
    let mut other = recipe.clone();
    other.experts[1].path = home.path("copy").display().to_string();
    fingerprint(&[home.path("copy")], &home.cx());
    assert_eq!(compared(&home, &other), (first, vec![]));
}

#[test]
fn a_changed_model_is_compared_anew() {
    let home = Home::new();
    let recipe = home.zoo();
    let (first, _) = compared(&home, &recipe);
    home.save(EXPERTS[0], &Model::body(1).tuned(11).head(3, 50));
    let (second, told) = compared(&home, &recipe);
    assert_ne!(second, first);
    assert!(!told.is_empty());
}

#[test]
fn without_a_starting_model_there_is_a_problem_that_asks_for_one() {
    let home = Home::new();
    let mut recipe = home.zoo();
    recipe.base = None;
    let failure = statistics(&recipe, &home.cx()).expect_err("changes of what?");
    assert_eq!(failure.problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::NoBase]);
    assert_eq!(failure.problems[0].actions, [Action::AddBase]);
    assert!(failure.problems[0].why.contains("Flowers and Street signs"), "{}", failure.problems[0].why);
}

#[test]
fn what_keeps_models_apart_is_told_as_for_a_mix() {
    let home = Home::new();
    let recipe = home.zoo();
    home.save(EXPERTS[1], &Model::body(1).tuned(2).tensor("enc.layer.0.norm.weight", &[9], 1));
    assert_eq!(failed(statistics(&recipe, &home.cx())), [Code::BuiltDifferently]);
    let mut model = Model::body(1).tuned(10);
    model.tensors.get_mut("enc.layer.1.dense.weight").expect("it has one").numbers[7] = f32::NAN;
    home.save(EXPERTS[1], &model);
    let failure = statistics(&recipe, &home.cx()).expect_err("a NaN has no length");
    assert_eq!(failure.problems[0].code, Code::InputNotFinite);
    let Some(Subject::File(place)) = &failure.problems[0].subject else { panic!("{failure:?}") };
    assert!(place.contains("street_signs"), "{place}");
    fs::remove_dir_all(home.path(EXPERTS[1])).expect("a writable folder");
    assert_eq!(failed(statistics(&recipe, &home.cx())), [Code::FileChanged]);
    let cx = Context { engine: "no such card".into(), ..home.cx() };
    assert_eq!(failed(statistics(&home.zoo(), &cx)), [Code::NoSuchEngine]);
    assert_eq!(home.list("app/statistics"), Vec::<String>::new(), "nothing is kept of what failed");
}

#[test]
fn cancel_ends_it_and_keeps_nothing() {
    let home = Home::new();
    let recipe = home.zoo();
    let control = Arc::new(Switch::new());
    let pressed = Arc::clone(&control);
    let events = Box::new(move |event| {
        if matches!(event, JobEvent::Started { .. }) {
            pressed.cancel()
        }
    });
    let cx = Context { events, control, ..home.cx() };
    assert_eq!(failed(statistics(&recipe, &cx)), [Code::Cancelled]);
    assert_eq!(home.list("app/statistics"), Vec::<String>::new());
}

#[test]
fn numbers_that_cannot_be_kept_are_told_all_the_same() {
    let home = Home::new();
    let recipe = home.zoo();
    let (expected, _) = compared(&home, &recipe);
    fs::remove_dir_all(home.path("app")).expect("it was made");
    fs::write(home.path("app"), "a file where the program's folder should be").expect("a writable folder");
    assert_eq!(compared(&home, &recipe).0, expected);
}
