//! Measuring, through the commands, on the bundled sample.

use std::path::Path;

use protocol::command::*;
use protocol::event::JobEvent;
use protocol::failure::{FailureCode, Weight};
use protocol::measure::{Given, Measurement, Shown, Wish};
use protocol::project::Opened;
use protocol::score::Part;
use tincture::Question;

use crate::bench::Bench;

fn sample(bench: &Bench) -> Opened {
    bench.call(&OpenSample {}).expect("a writable folder")
}

/// The sample's mix and its examples, three of each skill.
fn wish(opened: &Opened) -> Wish {
    let recipe = opened.project.recipe.clone();
    let skill = |model: &str| recipe.experts.iter().find(|expert| expert.path == model).map(|expert| &expert.skill);
    let given = opened
        .project
        .examples
        .iter()
        .filter_map(|given| Some(Given { skill: skill(&given.model)?.clone(), path: given.path.clone() }));
    let examples = given.collect();
    Wish { recipe, examples, part: Part::Choose, most: Some(3), cross: false, whole: false }
}

fn measured(events: Vec<(usize, JobEvent)>) -> Measurement {
    match events.into_iter().last() {
        Some((_, JobEvent::Measured { measurement })) => *measurement,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_sample_brings_its_examples_and_is_measured_skill_by_skill() {
    let bench = Bench::new();
    let opened = sample(&bench);
    let home = bench.home.path().display().to_string();
    assert!(!format!("{:?}", opened.project).contains(&home), "the page sees ids");
    let wish = wish(&opened);
    assert_eq!(wish.examples.len(), 4);
    bench.begin(&Measure { wish }).expect("a job begins");
    let events = bench.events();
    assert!(events.iter().any(|(_, event)| matches!(event, JobEvent::Scored { .. })));
    let measurement = measured(events);
    assert_eq!(measurement.scores.skills.len(), 4);
    assert!(measurement.scores.skills.iter().all(|skill| skill.examples == 3 && skill.available >= 50));
}

#[test]
fn a_measurement_gives_way_to_a_save_and_to_the_next_one() {
    let bench = Bench::new();
    let opened = sample(&bench);
    let all = Wish { most: None, cross: true, ..wish(&opened) };
    bench.begin(&Measure { wish: all.clone() }).expect("a job begins");
    bench.begin(&Measure { wish: wish(&opened) }).expect("the first gives way");
    let first = bench.events();
    // The first may have been through before the second came.
    let ended = match &first.last().expect("an end").1 {
        JobEvent::Failed { failure } => failure.problems[0].code == FailureCode::Cancelled,
        event => matches!(event, JobEvent::Measured { .. }),
    };
    assert!(ended, "{:?}", first.last());
    assert_eq!(measured(bench.events()).scores.skills.len(), 4);
    let folder = bench.call(&Status {}).expect("a machine").folder.id;
    bench.begin(&Measure { wish: all }).expect("a job begins");
    bench.begin(&Save { recipe: opened.project.recipe, name: "Mix".into(), folder }).expect("it gives way to a save");
    bench.events();
    assert!(matches!(bench.events().last(), Some((_, JobEvent::Finished { .. }))));
}

#[test]
fn examples_are_chosen_looked_at_and_kept_with_the_project() {
    let bench = Bench::new();
    let mut opened = sample(&bench);
    let archive = bench.home.path().join("app/sample/examples/optdigits.zip");
    bench.will_choose(Question::Examples(Pick::Files), std::slice::from_ref(&archive));
    let examples = bench.call(&PickExamples { pick: Pick::Files }).expect("a dialog").expect("a choice");
    let digits = opened.project.recipe.experts[3].path.clone();
    let model = protocol::model::ModelId(digits.clone());
    let card = bench.call(&LookAtExamples { examples: examples.clone(), model, base: None }).expect("examples");
    assert_eq!((card.id, card.name.as_str(), card.examples), (examples.clone(), "optdigits.zip", 400));
    assert!(card.problems.is_empty(), "{:?}", card.problems);
    let other = protocol::model::ModelId(opened.project.recipe.experts[0].path.clone());
    let card = bench.call(&LookAtExamples { examples: examples.clone(), model: other, base: None }).expect("examples");
    let notice = &card.problems[0];
    assert_eq!((notice.weight, notice.code), (Weight::Notice, FailureCode::LabelsUnknown), "digits are not clothes");
    let kept = protocol::project::ProjectExamples { model: digits, path: examples.0 };
    opened.project.examples = vec![kept.clone()];
    let key = bench.call(&KeepProject { project: opened.project }).expect("a writable folder");
    let again = bench.call(&OpenRecent { key }).expect("kept");
    assert_eq!(again.project.examples, [kept]);
    bench.will_choose(Question::Examples(Pick::Folders), &[]);
    assert_eq!(bench.call(&PickExamples { pick: Pick::Folders }), Ok(None));
}

#[test]
fn skill_changes_are_compared_layer_by_layer() {
    let bench = Bench::new();
    let recipe = sample(&bench).project.recipe;
    bench.begin(&Statistics { recipe }).expect("a job begins");
    match bench.events().pop() {
        Some((_, JobEvent::Compared { statistics })) => {
            assert_eq!((statistics.skills.len(), statistics.total.cosine.len()), (4, 4));
            assert!(statistics.layers.len() >= 4, "{:?}", statistics.layers);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_text_is_shown_and_the_skills_that_take_pictures_say_so() {
    let bench = Bench::new();
    let recipe = sample(&bench).project.recipe;
    let shown = Shown::Text("hello".into());
    let answers = bench.call(&Try { recipe, examples: vec![], shown }).expect("an answer");
    assert_eq!((answers.skills.len(), answers.problems.len()), (0, 4));
}

#[test]
fn a_table_is_written_where_the_person_says_and_never_over_something_else() {
    let bench = Bench::new();
    let export = ExportText { name: "scores.csv".into(), text: "a,b\n".into() };
    let ask = || Question::Export("scores.csv".into());
    let place = |name: &str| bench.home.path().join(name);
    let choose = |path: &Path| bench.will_choose(ask(), &[path.to_owned()]);
    choose(&place("scores.csv"));
    assert_eq!(bench.call(&export), Ok(Some("scores.csv".into())));
    assert_eq!(std::fs::read_to_string(place("scores.csv")).expect("written"), "a,b\n");
    std::fs::write(place("model.safetensors"), "a model").expect("a writable folder");
    choose(&place("model.safetensors"));
    assert_eq!(bench.call(&export), Ok(Some("model.safetensors.csv".into())));
    assert_eq!(std::fs::read_to_string(place("model.safetensors")).expect("untouched"), "a model");
    choose(&place("model.safetensors"));
    assert_eq!(bench.call(&export).expect_err("taken").problems[0].code, FailureCode::NameTaken);
    bench.will_choose(ask(), &[]);
    assert_eq!(bench.call(&export), Ok(None));
}
