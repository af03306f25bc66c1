//! A save from its start to its end.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::command::{self, Save};
use protocol::event::{JobEvent, Phase, Progress};
use protocol::failure::{Failure, FailureCode};
use protocol::recipe::{Layout, OutputDtype};
use protocol::report::Report;
use protocol::words::screen;

use crate::actions::complain;
use crate::bridge;
use crate::opening::refresh_machine;
use crate::page::now;
use crate::shape::draft::Draft;
use crate::shape::{naming, progress, tinted};
use crate::store::{Job, Saved, Step, Store, ToastAction};

/// The name of the output: typed, or made from the project's name.
pub fn name(store: Store) -> String {
    store.save_name.get().unwrap_or_else(|| store.draft.with(|draft| naming::from_project(&draft.project.name)))
}

/// Whether any model has parts of its own, or a layer that was learned.
pub fn has_private(store: Store) -> bool {
    let has_layers = store.draft.with(|draft| tinted::has_layers(&draft.project.recipe));
    has_layers
        || store
            .inspection
            .with(|found| found.as_ref().is_some_and(|found| found.experts().any(|card| !card.private.is_empty())))
}

/// The chosen form for people.
pub fn form(store: Store) -> &'static str {
    let layout = store.draft.with(|draft| draft.project.recipe.output.layout);
    let is_per_skill = store.draft.with(Draft::is_per_skill);
    match (has_private(store) || is_per_skill, layout) {
        (_, Layout::Pack) => screen::save::PACK,
        (false, _) => screen::save::READY,
        (true, Layout::PerSkill) => screen::save::PER_SKILL,
        (true, Layout::Shared) => screen::save::SHARED,
    }
}

/// Number type of the inputs for people.
pub fn input_dtype(store: Store) -> Option<&'static str> {
    store.inspection.with(|found| {
        let models = &found.as_ref()?.models;
        models.first()?.main_dtype().map(|dtype| dtype.name())
    })
}

/// Number type of the output for people.
pub fn output_dtype(store: Store) -> String {
    match store.draft.with(|draft| draft.project.recipe.output.dtype) {
        OutputDtype::Same => input_dtype(store).unwrap_or_default().to_owned(),
        OutputDtype::F32 => "F32".to_owned(),
        OutputDtype::F16 => "F16".to_owned(),
        OutputDtype::BF16 => "BF16".to_owned(),
    }
}

/// Begins a save with what the form says.
pub fn start(store: Store) {
    let Some(folder) = store.folder.get_untracked() else { return };
    if untrack(|| store.is_at_work()) {
        return;
    }
    let draft = store.draft.get_untracked();
    let job = untrack(|| fresh(store, draft.clone(), folder.name.clone()));
    let request = Save { recipe: draft.project.recipe, name: job.name.clone(), folder: folder.id };
    store.saved.set(None);
    store.save_failure.set(None);
    store.toast.set(None);
    store.job.set(Some(job));
    store.step.set(Step::Save);
    spawn_local(async move {
        if let Err(failure) = bridge::run(&request, move |event| hear(store, event)).await {
            fail(store, failure);
        }
    });
}

fn fresh(store: Store, draft: Draft, folder: String) -> Job {
    Job {
        name: name(store),
        folder,
        form: form(store).to_owned(),
        forecast: store.forecast.get(),
        engine: None,
        progress: [const { None }; 4],
        phase: Phase::Reserve,
        began: now(),
        writing_since: None,
        now: now(),
        paused: false,
        warnings: Vec::new(),
        draft,
    }
}

/// One message of the job.
fn hear(store: Store, event: JobEvent) {
    match event {
        JobEvent::Started { engine } => with_job(store, |job| job.engine = Some(engine)),
        JobEvent::Progress(progress) => advance(store, progress),
        JobEvent::Warning { problem } => with_job(store, |job| job.warnings.push(problem)),
        JobEvent::Finished { report } => finish(store, *report),
        JobEvent::Failed { failure } => fail(store, failure),
        // A measurement, a comparison, a count and a tint have messages of their own.
        _ => {}
    }
}

fn with_job(store: Store, change: impl FnOnce(&mut Job)) {
    store.job.update(|job| {
        if let Some(job) = job {
            job.now = now();
            change(job);
        }
    });
}

fn advance(store: Store, news: Progress) {
    let mut said = None;
    with_job(store, |job| {
        let before = share(job);
        if job.phase != news.phase {
            said = Some(screen::saving::phase(news.phase).to_owned());
        }
        job.phase = job.phase.max(news.phase);
        if news.phase == Phase::Write && job.writing_since.is_none() {
            job.writing_since = Some(job.now);
        }
        if let Some(slot) = job.progress.get_mut(news.phase as usize) {
            *slot = Some(news);
        }
        if let Some(percent) = progress::quarter(before, share(job)) {
            said = Some(screen::saving::quarter(percent));
        }
    });
    if let Some(said) = said {
        store.polite.set(said);
    }
}

/// Share of the whole job, 0 to 1.
pub fn share(job: &Job) -> f64 {
    job.progress.iter().flatten().map(progress::whole).fold(0.0, f64::max)
}

fn finish(store: Store, report: Report) {
    let Some(job) = store.job.get_untracked() else { return };
    let dtype = untrack(|| output_dtype(store));
    let title = done_title(&report);
    let saved = Saved { name: job.name, folder: job.folder, report, draft: job.draft, dtype, recipe: None };
    let recipe = saved.draft.project.recipe.clone();
    store.job.set(None);
    // A project that was saved as a model is worth keeping, even if nothing was changed in it.
    store.draft.update(|draft| draft.project.saved_at = Some(saved.report.out.clone()));
    store.urgent.set(title.to_owned());
    if store.step.get_untracked() != Step::Save {
        let show = (screen::saving::SHOW.to_owned(), ToastAction::ShowSaved);
        store.say(title.to_owned(), screen::done::lead(&saved.name, 1), Some(show));
    }
    store.saved.set(Some(saved));
    spawn_local(async move {
        // Fetched ahead: the clipboard may only be written while a click is being dealt with.
        if let Ok(text) = bridge::call(&command::RecipeText { recipe }).await {
            store.saved.update(|saved| {
                if let Some(saved) = saved {
                    saved.recipe = Some(text);
                }
            });
        }
        refresh_machine(store).await;
    });
}

/// Title of the last screen: checks that did not hold are not hidden.
pub fn done_title(report: &Report) -> &'static str {
    if report.checks.iter().all(|check| check.passed) { screen::done::TITLE } else { screen::done::WITH_FINDINGS }
}

fn fail(store: Store, failure: Failure) {
    store.job.set(None);
    spawn_local(refresh_machine(store));
    if failure.problems.iter().any(|problem| problem.code == FailureCode::Cancelled) {
        let again = (screen::saving::START_AGAIN.to_owned(), ToastAction::SaveAgain);
        store.urgent.set(screen::saving::STOPPED.to_owned());
        store.say(screen::saving::STOPPED.into(), screen::saving::STOPPED_HINT.into(), Some(again));
        return;
    }
    if let Some(problem) = failure.problems.first() {
        store.urgent.set(problem.title.clone());
    }
    if store.step.get_untracked() != Step::Save {
        complain(store, &failure);
    }
    store.save_failure.set(Some(failure));
}

/// Holds the job, or lets it go on.
pub fn set_paused(store: Store, paused: bool) {
    spawn_local(async move {
        match bridge::call(&command::SetPaused { paused }).await {
            Ok(()) => {
                with_job(store, |job| job.paused = paused);
                let said = if paused { screen::saving::PAUSED } else { screen::saving::RESUME };
                store.urgent.set(said.to_owned());
            }
            Err(failure) => complain(store, &failure),
        }
    });
}

/// Asks the job to stop; its last message says that it did.
pub fn cancel(store: Store) {
    spawn_local(async move {
        if let Err(failure) = bridge::call(&command::Cancel {}).await {
            complain(store, &failure);
        }
    });
}

/// Shows the saved model in the system's file window.
pub fn show_saved(store: Store) {
    spawn_local(async move {
        if let Err(failure) = bridge::call(&command::ShowSaved {}).await {
            complain(store, &failure);
        }
    });
}
