//! Measurements from their start to their end: by themselves after a change, or when a person asks.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::check::check;
use protocol::command::{self, ChooseMasks, Measure};
use protocol::event::{JobEvent, Progress};
use protocol::failure::{Failure, FailureCode, Weight};
use protocol::measure::{LIVE_EXAMPLES, Measurement, Wish};
use protocol::score::{Part, Scores};
use protocol::words::screen;

use crate::actions::complain;
use crate::bridge;
use crate::examples::{given, look_of};
use crate::masking;
use crate::shape::board::MixKey;
use crate::shape::progress;
use crate::shape::scores::{self, Row};
use crate::signals::Run;
use crate::store::{Step, Store};

use screen::measuring as words;

/// How long after a change a mix is measured.
const MEASURE_AFTER: Duration = Duration::from_millis(300);
/// How long a measurement may take before the job bar shows it.
const PATIENCE: Duration = Duration::from_millis(300);

/// The mix on screen.
pub fn mix(store: Store) -> MixKey {
    store.draft.with(|draft| MixKey::of(&draft.project.recipe))
}

/// One row for each specialist, on a part of the examples.
pub fn rows(store: Store, part: Part) -> Vec<Row> {
    let board = store.measures.board(part);
    store.draft.with(|draft| board.with(|board| scores::rows(draft, board, |model| look_of(store, model))))
}

/// The row of one specialist, on the part that is shown.
pub fn row(store: Store, model: &str) -> Option<Row> {
    rows(store, store.measures.part.get()).into_iter().find(|row| row.model == model)
}

/// Whether scores of this part are on their way.
pub fn is_busy(store: Store, part: Part) -> bool {
    let runs = store.measures.run.with(|run| run.as_ref().is_some_and(|run| run.wish.part == part));
    runs || (part == Part::Choose && store.measures.is_due.get())
}

/// Measures a moment after each change of the mix or its examples, while nothing is saved.
pub fn measure_by_itself(store: Store) {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let wanted = Memo::new(move |_| wanted(store));
    let running = Memo::new(move |_| store.measures.run.with(|run| run.as_ref().map(|run| run.mix.clone())));
    Effect::new(move |_| {
        let wish = wanted.get();
        // What runs for this very mix may finish first, even if it was asked for something else.
        let waits = wish.as_ref().is_some_and(|wish| running.get() == Some(MixKey::of(&wish.recipe)));
        store.measures.is_due.set(wish.is_some());
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        if let Some(wish) = wish.filter(|_| !waits) {
            let start = move || start(store, wish.clone());
            timer.set_value(set_timeout_with_handle(start, MEASURE_AFTER).ok());
        }
    });
}

/// What has to be measured for the screen in front; `None` if every score is true, or none can be had now.
fn wanted(store: Store) -> Option<Wish> {
    let is_shown = matches!(store.step.get(), Step::Mix | Step::Save);
    if !is_shown || !store.is_ready() || store.is_at_work() {
        return None;
    }
    let recipe = sound_recipe(store)?;
    if store.measures.declined.with(|declined| declined.as_ref() == Some(&MixKey::of(&recipe))) {
        return None;
    }
    let examples = store.measures.choose.with(|board| board.missing(&recipe, &given(store)));
    let most = Some(LIVE_EXAMPLES);
    (!examples.is_empty()).then_some(Wish { recipe, examples, part: Part::Choose, most, cross: false, whole: false })
}

/// The recipe, if nothing speaks against it.
fn sound_recipe(store: Store) -> Option<protocol::recipe::Recipe> {
    let recipe = store.draft.with(|draft| draft.project.recipe.clone());
    let is_sound = check(&recipe).iter().all(|problem| problem.weight == Weight::Notice);
    is_sound.then_some(recipe)
}

/// Measures what a person asks for: a part, every model on every skill, all examples.
pub fn ask(store: Store, part: Part, most: Option<u64>, cross: bool) {
    let examples = untrack(|| given(store));
    if let Some(recipe) = untrack(|| sound_recipe(store)).filter(|_| !examples.is_empty()) {
        start(store, Wish { recipe, examples, part, most, cross, whole: false });
    }
}

/// Measures the mix again that was stopped or could not be measured.
pub fn measure_again(store: Store) {
    store.measures.failure.set(None);
    store.measures.declined.set(None);
}

/// Chooses the selectivity of every skill by its score, in the place of a measurement that still runs.
pub fn choose_masks(store: Store) {
    let examples = untrack(|| given(store));
    if let Some(recipe) = untrack(|| sound_recipe(store)).filter(|_| !examples.is_empty()) {
        let wish = Wish { recipe, examples, part: Part::Choose, most: Some(LIVE_EXAMPLES), cross: false, whole: false };
        begin(store, wish, true);
    }
}

fn start(store: Store, wish: Wish) {
    begin(store, wish, false);
}

fn begin(store: Store, wish: Wish, is_choice: bool) {
    if untrack(|| store.is_at_work()) {
        return;
    }
    store.measures.turns.update_value(|turns| turns.0 += 1);
    let turn = store.measures.turns.get_value().0;
    let mix = MixKey::of(&wish.recipe);
    store.measures.failure.set(None);
    store.measures.declined.set(None);
    store.measures.run.set(Some(Run {
        turn,
        wish: wish.clone(),
        mix,
        progress: None,
        share: 0.0,
        paused: false,
        is_stopping: false,
        is_slow: false,
        is_choice,
        warning: None,
    }));
    set_timeout(move || with_run(store, turn, |run| run.is_slow = true), PATIENCE);
    spawn_local(async move {
        let told = move |event| hear(store, turn, event);
        let begun = match is_choice {
            true => bridge::run(&ChooseMasks { wish }, told).await,
            false => bridge::run(&Measure { wish }, told).await,
        };
        if let Err(failure) = begun {
            fail(store, turn, failure);
        }
    });
}

fn is_current(store: Store, turn: u32) -> bool {
    store.measures.run.with_untracked(|run| run.as_ref().is_some_and(|run| run.turn == turn))
}

fn with_run(store: Store, turn: u32, change: impl FnOnce(&mut Run)) {
    if is_current(store, turn) {
        store.measures.run.update(|run| {
            if let Some(run) = run {
                change(run);
            }
        });
    }
}

/// One message of a measurement; those of earlier ones are dropped.
fn hear(store: Store, turn: u32, event: JobEvent) {
    if !is_current(store, turn) {
        return;
    }
    match event {
        JobEvent::Progress(news) => with_run(store, turn, |run| advance(run, news)),
        JobEvent::Warning { problem } => with_run(store, turn, |run| run.warning = Some(problem)),
        JobEvent::Scored { scores } => take(store, &scores),
        JobEvent::Measured { measurement } => finish(store, turn, *measurement),
        JobEvent::Failed { failure } => fail(store, turn, failure),
        JobEvent::Chosen { chosen } => {
            store.measures.run.set(None);
            masking::take(store, chosen);
        }
        // A save, a comparison, a count and a tint have messages of their own.
        _ => {}
    }
}

fn advance(run: &mut Run, news: Progress) {
    run.share = run.share.max(progress::of_measuring(&news));
    run.progress = Some(news);
}

fn take(store: Store, scores: &Scores) {
    let Some(wish) = store.measures.run.with_untracked(|run| run.as_ref().map(|run| run.wish.clone())) else { return };
    store.measures.board(wish.part).update(|board| board.take(&wish, scores));
}

fn finish(store: Store, turn: u32, measurement: Measurement) {
    let Some(run) = store.measures.run.get_untracked().filter(|run| run.turn == turn) else { return };
    let board = store.measures.board(run.wish.part);
    board.update(|board| {
        board.take(&run.wish, &measurement.scores);
        board.take_problems(&run.wish, &measurement.problems);
    });
    let is_open = board.with_untracked(|board| !board.missing(&run.wish.recipe, &run.wish.examples).is_empty());
    if is_open && run.wish.part == Part::Choose {
        // Asking again would bring no more.
        store.measures.declined.set(Some(run.mix.clone()));
    }
    if let Some(cross) = measurement.cross {
        store.measures.cross.set(Some((run.mix.clone(), cross)));
    }
    store.measures.took.set(Some((run.wish.part, measurement.seconds, measurement.resident)));
    store.measures.run.set(None);
    let rows = untrack(|| rows(store, run.wish.part));
    if let Some((mean, worst)) = scores::overall(&rows) {
        store.polite.set(screen::scores::announced(mean, Some(worst)));
    }
}

/// A measurement ended without scores. One that was given up for another, or for a save, says nothing.
fn fail(store: Store, turn: u32, failure: Failure) {
    let Some(run) = store.measures.run.get_untracked().filter(|run| run.turn == turn) else { return };
    store.measures.run.set(None);
    let is_given_up = |code| failure.problems.iter().any(|problem| problem.code == code);
    let saves = untrack(|| store.is_at_work());
    let is_quiet = is_given_up(FailureCode::Cancelled) || (saves && is_given_up(FailureCode::Busy));
    if run.is_stopping {
        store.urgent.set(words::STOPPED.to_owned());
    } else if !is_quiet {
        store.measures.failure.set(failure.problems.into_iter().next());
    }
    // A choice that was stopped leaves the mix as it was, and its scores can be measured.
    if !run.is_choice && (run.is_stopping || !is_quiet) {
        store.measures.declined.set(Some(run.mix));
    }
}

/// Holds the measurement, or lets it go on.
pub fn set_paused(store: Store, paused: bool) {
    let Some(turn) = store.measures.run.with_untracked(|run| run.as_ref().map(|run| run.turn)) else { return };
    spawn_local(async move {
        match bridge::call(&command::SetPaused { paused }).await {
            Ok(()) => {
                with_run(store, turn, |run| run.paused = paused);
                let said = if paused { screen::saving::PAUSED } else { screen::saving::RESUME };
                store.urgent.set(said.to_owned());
            }
            Err(failure) => complain(store, &failure),
        }
    });
}

/// Asks the measurement to stop; its last message says that it did.
pub fn cancel(store: Store) {
    let Some(turn) = store.measures.run.with_untracked(|run| run.as_ref().map(|run| run.turn)) else { return };
    with_run(store, turn, |run| run.is_stopping = true);
    spawn_local(async move {
        if let Err(failure) = bridge::call(&command::Cancel {}).await {
            complain(store, &failure);
        }
    });
}
