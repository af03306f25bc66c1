//! The path from models to a saved mix, through the commands.

use std::path::{Path, PathBuf};

use protocol::command::*;
use protocol::event::{JobEvent, Progress};
use protocol::failure::{Failure, FailureCode};
use protocol::model::{Inspection, ModelId, Verdict};
use protocol::recipe::Recipe;
use tincture::Question;

use crate::bench::{Bench, write_model};

/// Three tiny models that were chosen in a dialog and inspected.
fn inspected(bench: &Bench) -> Inspection {
    let folder = bench.home.path().join("in");
    std::fs::create_dir_all(&folder).expect("a writable folder");
    let files: Vec<PathBuf> =
        ["base", "letters", "digits"].iter().map(|name| folder.join(format!("{name}.safetensors"))).collect();
    for (file, value) in files.iter().zip([1.0, 2.0, 4.0]) {
        write_model(file, value);
    }
    bench.will_choose(Question::Models(Pick::Files), &files);
    let added = bench.call(&PickModels { pick: Pick::Files }).expect("a choice");
    assert_eq!(added.models.len(), 3);
    let base = Some(added.models[0].clone());
    bench.call(&Inspect { models: added.models, base, no_base: false }).expect("an inspection")
}

/// Task arithmetic over them, with ids in place of paths.
fn recipe(models: &Inspection) -> Recipe {
    let base = models.base().map(|card| card.id.0.as_str());
    let experts: Vec<(&str, &str)> = models.experts().map(|card| (card.skill.as_str(), card.id.0.as_str())).collect();
    Recipe::new("task_arithmetic", base, &experts)
}

fn folder(bench: &Bench) -> String {
    bench.call(&Status {}).expect("a machine").folder.id
}

fn code(failure: &Failure) -> FailureCode {
    failure.problems[0].code
}

fn progress(events: &[(usize, JobEvent)]) -> Vec<&Progress> {
    let only = |(_, event): &'_ (usize, JobEvent)| matches!(event, JobEvent::Progress(_));
    let events = events.iter().filter(|event| only(event));
    events
        .filter_map(|(_, event)| if let JobEvent::Progress(progress) = event { Some(progress) } else { None })
        .collect()
}

#[test]
fn events_arrive_in_order_and_the_model_is_there_when_the_end_is_told() {
    let bench = Bench::new();
    let models = inspected(&bench);
    assert_eq!(models.verdict, Verdict::Ready, "{}", models.because);
    let save = Save { recipe: recipe(&models), name: "Both".into(), folder: folder(&bench) };
    bench.begin(&save).expect("a job begins");
    let events = bench.events();

    assert_eq!(events.iter().map(|(index, _)| *index).collect::<Vec<_>>(), (0..events.len()).collect::<Vec<_>>());
    assert!(matches!(events[0].1, JobEvent::Started { .. }), "{:?}", events[0]);
    for pair in progress(&events).windows(2) {
        let (before, after) = (pair[0], pair[1]);
        assert!(before.phase <= after.phase, "{before:?} then {after:?}");
        assert!(before.phase < after.phase || before.done <= after.done, "{before:?} then {after:?}");
    }
    let Some((_, JobEvent::Finished { report })) = events.last() else {
        panic!("{:?}", events.last());
    };
    assert!(report.checks.iter().all(|check| check.passed), "{:?}", report.checks);
    let out = bench.output().join("Both");
    for file in &report.files {
        assert_eq!(std::fs::metadata(out.join(&file.path)).expect("a written file").len(), file.bytes, "{}", file.path);
    }
    assert_eq!(names_in(&bench.output()), ["Both"], "nothing half-written is left");
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn the_page_sees_ids_and_the_clipboard_gets_paths() {
    let bench = Bench::new();
    let models = inspected(&bench);
    let recipe = recipe(&models);
    let home = bench.home.path().display().to_string();
    assert!(!format!("{recipe:?}").contains(&home));
    let text = bench.call(&RecipeText { recipe }).expect("a text");
    assert!(text.contains(&home), "{text}");
}

#[test]
fn a_forecast_is_made_without_writing() {
    let bench = Bench::new();
    let models = inspected(&bench);
    let asked = Predict { recipe: recipe(&models), name: "Both".into(), folder: folder(&bench) };
    let forecast = bench.call(&asked).expect("a forecast");
    assert!(serde_json::to_string(&forecast).expect("plain data").contains("model.safetensors"), "{forecast:?}");
    assert!(!bench.output().exists(), "the output folder is made when saving begins");
}

#[test]
fn ids_that_were_never_given_out_are_refused() {
    let bench = Bench::new();
    let strange = || ModelId("/etc".into());
    let refusal = bench.call(&Inspect { models: vec![strange()], base: None, no_base: false });
    assert_eq!(code(&refusal.expect_err("no such id")), FailureCode::FileChanged);
    let recipe = Recipe::new("average", None, &[("a", "/etc/a"), ("b", "/etc/b")]);
    let refusal = bench.call(&RecipeText { recipe: recipe.clone() });
    assert_eq!(code(&refusal.expect_err("paths are no ids")), FailureCode::FileChanged);
    let refusal = bench.begin(&Save { recipe, name: "Both".into(), folder: folder(&bench) });
    assert_eq!(code(&refusal.expect_err("paths are no ids")), FailureCode::FileChanged);
}

#[test]
fn names_that_leave_the_folder_are_refused() {
    let bench = Bench::new();
    let models = inspected(&bench);
    for name in ["../Both", "a/b", "", ".."] {
        let save = Save { recipe: recipe(&models), name: name.into(), folder: folder(&bench) };
        assert_eq!(code(&bench.begin(&save).expect_err(name)), FailureCode::BadName, "{name}");
    }
}

#[test]
fn a_taken_name_ends_the_job_and_touches_nothing() {
    let bench = Bench::new();
    let models = inspected(&bench);
    let taken = bench.output().join("Both");
    std::fs::create_dir_all(&taken).expect("a writable folder");
    std::fs::write(taken.join("mine.txt"), "mine").expect("a writable folder");
    let save = Save { recipe: recipe(&models), name: "Both".into(), folder: folder(&bench) };
    let ended = bench.begin(&save).map(|()| bench.events());
    let failure = match ended {
        Err(failure) => failure,
        Ok(events) => match events.into_iter().last() {
            Some((_, JobEvent::Failed { failure })) => failure,
            other => panic!("{other:?}"),
        },
    };
    assert_eq!(code(&failure), FailureCode::NameTaken);
    assert_eq!(names_in(&taken), ["mine.txt"]);
}

#[test]
fn a_chosen_folder_is_tried_and_remembered() {
    let bench = Bench::new();
    let gone = bench.home.path().join("gone");
    bench.will_choose(Question::Output, std::slice::from_ref(&gone));
    assert_eq!(code(&bench.call(&PickFolder {}).expect_err("no such folder")), FailureCode::FolderForbidden);
    let mine = bench.home.path().join("mine");
    std::fs::create_dir(&mine).expect("a writable folder");
    bench.will_choose(Question::Output, std::slice::from_ref(&mine));
    let chosen = bench.call(&PickFolder {}).expect("a writable folder").expect("a choice");
    assert_eq!(chosen.place, mine.display().to_string());
    assert_eq!(bench.call(&Status {}).expect("a machine").folder.id, chosen.id);
}

#[test]
fn a_dialog_that_was_closed_changes_nothing() {
    let bench = Bench::new();
    bench.will_choose(Question::Models(Pick::Folders), &[]);
    assert_eq!(bench.call(&PickModels { pick: Pick::Folders }), Ok(Added::default()));
    bench.will_choose(Question::Output, &[]);
    assert_eq!(bench.call(&PickFolder {}), Ok(None));
    bench.will_choose(Question::Project, &[]);
    assert_eq!(bench.call(&PickProject {}), Ok(None));
}

#[test]
fn commands_without_a_job_do_nothing() {
    let bench = Bench::new();
    assert_eq!(bench.call(&Cancel {}), Ok(()));
    assert_eq!(bench.call(&SetPaused { paused: true }), Ok(()));
    assert_eq!(bench.call(&ShowSaved {}), Ok(()));
}

#[test]
fn a_kept_project_is_opened_again_with_its_models() {
    let bench = Bench::new();
    let models = inspected(&bench);
    let model = |(at, card): (usize, &protocol::model::ModelCard)| protocol::project::ProjectModel {
        path: card.id.0.clone(),
        pigment: u8::try_from(at).expect("three models"),
    };
    let project = protocol::project::Project {
        format: protocol::recipe::FORMAT,
        key: String::new(),
        name: "Both".into(),
        models: models.models.iter().enumerate().map(model).collect(),
        recipe: recipe(&models),
        examples: vec![],
        saved_at: None,
    };
    let key = bench.call(&KeepProject { project: project.clone() }).expect("a key");
    let recents = bench.call(&Recents {}).expect("a list");
    assert_eq!(recents.iter().map(|recent| &recent.key).collect::<Vec<_>>(), [&key]);
    let opened = bench.call(&OpenRecent { key: key.clone() }).expect("a project");
    assert_eq!(opened.project.recipe, project.recipe);
    assert_eq!((opened.models.len(), opened.missing.len()), (3, 0));
    std::fs::remove_file(bench.home.path().join("in/digits.safetensors")).expect("it was there");
    let opened = bench.call(&OpenRecent { key: key.clone() }).expect("a project");
    assert_eq!((opened.models.len(), opened.missing.len()), (2, 1));
    bench.call(&ForgetRecent { key }).expect("it was kept");
    assert_eq!(bench.call(&Recents {}).expect("a list"), []);
}

#[test]
fn the_sample_opens_as_a_project() {
    let bench = Bench::new();
    let opened = bench.call(&OpenSample {}).expect("the sample is inside the program");
    assert!(opened.models.len() > 2 && opened.missing.is_empty());
    let inspection = bench.call(&Inspect { models: opened.models, base: None, no_base: false });
    assert_eq!(inspection.expect("an inspection").verdict, Verdict::Ready);
}

#[test]
fn engines_are_listed_and_one_is_chosen() {
    let engines = Bench::new().call(&Engines {}).expect("a list");
    assert_eq!(
        engines.iter().filter(|engine| engine.chosen).map(|engine| engine.id.as_str()).collect::<Vec<_>>(),
        ["cpu"]
    );
}
