//! What goes wrong is told in words, and leaves nothing behind.

use std::fs;
use std::sync::Arc;

use jobs::{Context, Switch, forecast, mix};
use protocol::event::{JobEvent, Phase};
use protocol::failure::{Action, FailureCode as Code, Subject};
use protocol::recipe::Recipe;

use crate::support::{Home, Model, contents, failed};

/// A folder of its own for the output, so that leftovers of any name would be seen.
const OUT: &str = "mixes/mine";

fn begins(event: &JobEvent, phase: Phase) -> bool {
    matches!(event, JobEvent::Progress(progress) if progress.phase == phase)
}

#[test]
fn cancel_leaves_nothing_in_any_phase() {
    for phase in Phase::SAVING {
        let home = Home::new();
        let recipe = home.zoo();
        let before = contents(&home.path("models"));
        let control = Arc::new(Switch::new());
        let pressed = Arc::clone(&control);
        let events = Box::new(move |event: JobEvent| {
            if begins(&event, phase) {
                pressed.cancel()
            }
        });
        let cx = Context { events, control, ..home.cx() };
        assert_eq!(failed(mix(&recipe, &home.path(OUT), &cx)), [Code::Cancelled], "{phase:?}");
        assert_eq!(home.list("mixes"), Vec::<String>::new(), "{phase:?}");
        assert_eq!(contents(&home.path("models")), before, "{phase:?}");
    }
}

#[test]
fn a_panic_is_told_as_our_mistake_and_leaves_nothing() {
    for phase in [Phase::Reserve, Phase::Write, Phase::Verify] {
        let home = Home::new();
        let recipe = home.zoo();
        let events = Box::new(move |event: JobEvent| assert!(!begins(&event, phase), "on purpose"));
        let failure = mix(&recipe, &home.path(OUT), &Context { events, ..home.cx() }).expect_err("it panicked");
        assert_eq!(failure.problems[0].code, Code::Bug, "{phase:?}");
        let details = failure.problems[0].details.clone().expect("a place");
        assert!(details.contains("trouble.rs"), "{details}");
        assert_eq!(home.list("mixes"), Vec::<String>::new(), "{phase:?}");
    }
}

#[test]
fn a_taken_name_is_refused_before_anything_is_written() {
    let home = Home::new();
    let recipe = home.zoo();
    fs::create_dir_all(home.path(OUT)).expect("a writable folder");
    fs::write(home.path(OUT).join("precious"), "text").expect("a writable folder");
    let failure = mix(&recipe, &home.path(OUT), &home.cx()).expect_err("the name is taken");
    assert_eq!(failure.problems[0].code, Code::NameTaken);
    assert_eq!(failure.problems[0].actions[0], Action::SaveAs { name: "mine 2".into() });
    assert_eq!(home.list("mixes"), ["mine"]);
    assert_eq!(home.list(OUT), ["precious"]);
    let said = forecast(&recipe, &home.path(OUT), &home.cx()).expect("a plan");
    assert_eq!(said.problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::NameTaken]);
    mix(&recipe, &home.path("mixes/mine 2"), &home.cx()).expect("the proposed name is free");
}

#[test]
fn an_empty_folder_is_taken_as_the_output() {
    let home = Home::new();
    let recipe = home.zoo();
    fs::create_dir_all(home.path(OUT)).expect("a writable folder");
    mix(&recipe, &home.path(OUT), &home.cx()).expect("an empty folder may be used");
    assert!(home.path(OUT).join("README.md").is_file());
}

#[test]
fn numbers_that_are_none_are_told_with_file_and_part() {
    let home = Home::new();
    let recipe = home.zoo();
    let mut model = Model::body(1).tuned(10).head(3, 50);
    model.tensors.get_mut("enc.layer.1.dense.weight").expect("it has one").numbers[7] = f32::NAN;
    home.save("models/flowers", &model);
    let failure = mix(&recipe, &home.path(OUT), &home.cx()).expect_err("a NaN would spoil the mix");
    let problem = &failure.problems[0];
    assert_eq!((problem.code, failure.problems.len()), (Code::InputNotFinite, 1));
    assert!(problem.why.contains("enc.layer.1.dense.weight"), "{}", problem.why);
    let Some(Subject::File(place)) = &problem.subject else { panic!("{problem:?}") };
    assert!(place.contains("flowers"), "{place}");
    assert_eq!(home.list("mixes"), Vec::<String>::new());
}

#[test]
fn a_mix_out_of_range_is_told_with_what_to_do() {
    let home = Home::new();
    let mut base = Model::body(1);
    home.save("base", &base);
    base.tensors.get_mut("enc.embed.weight").expect("it has one").numbers[0] = f32::MAX;
    home.save("a", &base);
    let mut recipe = home.recipe("task_arithmetic", Some("base"), &[("A", "a")]);
    recipe.experts[0].strength = Some(2.0);
    let failure = mix(&recipe, &home.path(OUT), &home.cx()).expect_err("twice the largest number");
    assert_eq!(failure.problems[0].code, Code::OutputNotFinite);
    assert!(matches!(failure.problems[0].actions[0], Action::LowerStrengths { factor } if factor < 1.0));
    assert_eq!(home.list("mixes"), Vec::<String>::new());
}

#[test]
fn everything_wrong_with_a_recipe_is_told_at_once() {
    let home = Home::new();
    let mut recipe = home.zoo();
    recipe.experts[0].strength = Some(f64::INFINITY);
    recipe.experts[1].path = home.path("gone").display().to_string();
    let codes = failed(mix(&recipe, &home.path(OUT), &home.cx()));
    assert_eq!(codes.len(), 2, "{codes:?}");
    assert_eq!(codes[0], Code::BadStrength);
    assert_eq!(failed(forecast(&recipe, &home.path(OUT), &home.cx())), codes);
}

#[test]
fn an_engine_that_does_not_exist_is_refused_by_name() {
    let home = Home::new();
    let recipe = home.zoo();
    let cx = Context { engine: "no such card".into(), ..home.cx() };
    assert_eq!(failed(mix(&recipe, &home.path(OUT), &cx)), [Code::NoSuchEngine]);
}

#[test]
fn a_folder_below_a_file_cannot_be_made() {
    let home = Home::new();
    let recipe: Recipe = home.zoo();
    fs::write(home.path("file"), "text").expect("a writable folder");
    let codes = failed(mix(&recipe, &home.path("file/mix"), &home.cx()));
    assert!(matches!(codes[..], [Code::CannotWrite | Code::FolderForbidden]), "{codes:?}");
}

#[test]
fn hashes_and_speeds_that_cannot_be_kept_do_not_stop_a_mix() {
    let home = Home::new();
    let recipe = home.zoo();
    fs::write(home.path("app"), "a file where the program's folder should be").expect("a writable folder");
    mix(&recipe, &home.path(OUT), &home.cx()).expect("a mix");
}
