//! Tints: what they will need, their way from start to end, and what becomes of the result.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::check::check;
use protocol::command::{self, DiscardTint, ForecastTint, StartTint, StopTint};
use protocol::event::{JobEvent, Phase, Progress};
use protocol::failure::{Failure, FailureCode, Problem, Weight};
use protocol::recipe::Recipe;
use protocol::tint::{
    TintExamples, TintForecast, TintGrid, TintJudged, TintRound, TintRow, TintSettings, TintWay, TintWish, Tinted,
};
use protocol::words::screen::{saving, tint as words};

use crate::actions::complain;
use crate::bridge;
use crate::examples::{given, look_of};
use crate::opening::refresh_machine;
use crate::page;
use crate::shape::scores::Look;
use crate::shape::tint::{self, Traces};
use crate::shape::tint_grid::{self, Moments};
use crate::shape::tinted;
use crate::store::{Step, Store, ToastAction};

/// How long after a change of what is wished for a forecast is asked for.
const FORECAST_AFTER: Duration = Duration::from_millis(300);
/// A tint that ran for longer, in milliseconds, is not discarded without a question.
const WORTH_ASKING: f64 = 60_000.0;

/// A running tint.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its number; messages of earlier ones are dropped.
    pub turn: u32,
    /// What is tinted.
    pub wish: TintWish,
    /// Skills that learn, in the order of all lists.
    pub skills: Vec<TintExamples>,
    /// The phase it is in.
    pub phase: Phase,
    /// Newest progress.
    pub progress: Option<Progress>,
    /// Bytes of memory that were expected.
    pub memory: u64,
    /// Numbers that learn, and all of the common body.
    pub trained: (u64, u64),
    /// When it began, milliseconds.
    pub began: f64,
    /// Whether it is held.
    pub paused: bool,
    /// Whether the person asked for the end.
    pub is_stopping: bool,
    /// Whether nothing of it is to be kept.
    pub is_discarding: bool,
    /// What it warned of.
    pub warnings: Vec<Problem>,
}

/// The signals of tints; copied freely.
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the fields are named as what they hold; the types are documented")]
pub struct Tints {
    pub settings: RwSignal<TintSettings>,
    /// Whether all settings are shown.
    pub is_open: RwSignal<bool>,
    /// The newest forecast, and what it was made for.
    pub forecast: RwSignal<Option<(TintWish, TintForecast)>>,
    /// What could not be forecast, and why.
    pub forecast_failure: RwSignal<Option<(TintWish, Problem)>>,
    pub run: RwSignal<Option<Run>>,
    /// The newest message of the training.
    pub news: RwSignal<Option<TintRound>>,
    pub traces: RwSignal<Traces>,
    pub judged: RwSignal<Vec<TintJudged>>,
    pub grid: RwSignal<Option<TintGrid>>,
    pub moments: RwSignal<Moments>,
    pub rows: RwSignal<Vec<TintRow>>,
    /// The newest result, and the mix it began with.
    pub result: RwSignal<Option<(Recipe, Tinted)>>,
    pub is_result_shown: RwSignal<bool>,
    /// The mix that the result took the place of.
    pub replaced: RwSignal<Option<Recipe>>,
    /// Why the newest tint ended without a result.
    pub failure: RwSignal<Option<Problem>>,
    /// Whether the person is asked before a tint is discarded.
    pub is_asking: RwSignal<bool>,
    /// The best round at which the person chose to keep going.
    pub goes_on: RwSignal<Option<u32>>,
    pub as_table: RwSignal<bool>,
    /// The chart that can be reached with Tab.
    pub chart: RwSignal<usize>,
    /// Skill and column of the cell that can be reached with Tab.
    pub cell: RwSignal<Option<(usize, usize)>>,
    /// Counts forecasts and tints, so that late answers are dropped.
    turns: StoredValue<(u32, u32)>,
    /// Messages that are drawn later, and when something was drawn last.
    waiting: StoredValue<(Vec<TintRound>, f64)>,
}

impl Tints {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self {
            settings: RwSignal::default(),
            is_open: RwSignal::default(),
            forecast: RwSignal::default(),
            forecast_failure: RwSignal::default(),
            run: RwSignal::default(),
            news: RwSignal::default(),
            traces: RwSignal::default(),
            judged: RwSignal::default(),
            grid: RwSignal::default(),
            moments: RwSignal::default(),
            rows: RwSignal::default(),
            result: RwSignal::default(),
            is_result_shown: RwSignal::default(),
            replaced: RwSignal::default(),
            failure: RwSignal::default(),
            is_asking: RwSignal::default(),
            goes_on: RwSignal::default(),
            as_table: RwSignal::default(),
            chart: RwSignal::default(),
            cell: RwSignal::default(),
            turns: StoredValue::new((0, 0)),
            waiting: StoredValue::new((Vec::new(), 0.0)),
        }
    }

    /// Forgets everything: another project is opened. A tint that runs is stopped; its state can be gone on from.
    pub fn restart(self) {
        if self.run.with_untracked(Option::is_some) {
            spawn_local(async {
                let _ = bridge::call(&command::Cancel {}).await;
            });
        }
        self.turns.update_value(|turns| *turns = (turns.0 + 1, turns.1 + 1));
        self.forecast.set(None);
        self.forecast_failure.set(None);
        self.run.set(None);
        self.result.set(None);
        self.is_result_shown.set(false);
        self.failure.set(None);
        self.settings.set(TintSettings::default());
        self.forget_run();
    }

    /// Forgets what was drawn of the tint before.
    fn forget_run(self) {
        self.news.set(None);
        self.traces.set(Traces::default());
        self.judged.set(Vec::new());
        self.grid.set(None);
        self.moments.set(Moments::default());
        self.rows.set(Vec::new());
        self.replaced.set(None);
        self.is_asking.set(false);
        self.goes_on.set(None);
        self.chart.set(0);
        self.cell.set(None);
        self.waiting.set_value((Vec::new(), 0.0));
    }

    /// Takes a problem of these off the screen; `false` if it is none of them.
    pub fn dismiss(self, title: &str) -> bool {
        let is_it = |problem: &Problem| problem.title == title;
        if self.failure.with_untracked(|failure| failure.as_ref().is_some_and(is_it)) {
            self.failure.set(None);
            return true;
        }
        let warned = |tinted: &Tinted| tinted.warnings.iter().any(is_it);
        let is_warning = self.result.with_untracked(|result| result.as_ref().is_some_and(|(_, tinted)| warned(tinted)));
        if is_warning {
            self.result.update(|result| {
                if let Some((_, tinted)) = result {
                    tinted.warnings.retain(|problem| problem.title != title);
                }
            });
        }
        is_warning
    }

    /// Whether a tint runs.
    pub fn is_running(self) -> bool {
        self.run.with(Option::is_some)
    }
}

/// What a tint of the mix on screen would be; `None` where there can be none yet.
pub fn wish(store: Store) -> Option<TintWish> {
    let recipe = store.draft.with(|draft| draft.project.recipe.clone());
    let is_sound = check(&recipe).iter().all(|problem| problem.weight == Weight::Notice);
    if !store.is_ready() || !is_sound || tinted::unfit(&recipe).is_some() || is_looking(store) {
        return None;
    }
    let examples = given(store);
    let settings = store.tints.settings.get();
    (!examples.is_empty()).then_some(TintWish { recipe, examples, settings })
}

/// Whether examples are still being looked at.
pub fn is_looking(store: Store) -> bool {
    let models = store
        .draft
        .with(|draft| draft.project.recipe.experts.iter().map(|expert| expert.path.clone()).collect::<Vec<_>>());
    models.iter().any(|model| look_of(store, model) == Look::Looking)
}

/// The forecast of what is wished for now.
pub fn forecast(store: Store) -> Option<TintForecast> {
    let wish = wish(store)?;
    store.tints.forecast.with(|found| found.as_ref().filter(|(of, _)| *of == wish).map(|(_, found)| found.clone()))
}

/// Asks for a forecast a moment after each change, while the step is in front and nothing runs.
pub fn forecast_by_itself(store: Store) {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let wanted = Memo::new(move |_| {
        let is_in_front = store.step.get() == Step::Tint && !store.is_at_work();
        wish(store).filter(|_| is_in_front)
    });
    Effect::new(move |_| {
        store.look_again.track();
        store.tints.turns.update_value(|turns| turns.0 += 1);
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        if let Some(wish) = wanted.get() {
            let ask = move || spawn_local(ask(store, wish.clone()));
            timer.set_value(set_timeout_with_handle(ask, FORECAST_AFTER).ok());
        }
    });
}

async fn ask(store: Store, wish: TintWish) {
    let turn = store.tints.turns.get_value().0;
    let request = ForecastTint { wish };
    let reply = bridge::call(&request).await;
    if store.tints.turns.get_value().0 != turn {
        return;
    }
    match reply {
        Ok(found) => {
            store.tints.forecast_failure.set(None);
            store.tints.forecast.set(Some((request.wish, found)));
        }
        Err(failure) => {
            let problem = failure.problems.into_iter().next();
            store.tints.forecast_failure.set(problem.map(|problem| (request.wish, problem)));
        }
    }
}

/// Begins a tint of what was forecast.
pub fn start(store: Store, resume: bool) {
    let Some(forecast) = untrack(|| forecast(store)) else { return };
    let Some(wish) = untrack(|| wish(store)).filter(|_| !untrack(|| store.is_at_work())) else { return };
    let tints = store.tints;
    tints.turns.update_value(|turns| turns.1 += 1);
    let turn = tints.turns.get_value().1;
    tints.forget_run();
    tints.failure.set(None);
    tints.result.set(None);
    tints.is_result_shown.set(false);
    tints.run.set(Some(Run {
        turn,
        wish: wish.clone(),
        skills: forecast.skills,
        phase: Phase::Load,
        progress: None,
        memory: forecast.memory,
        trained: (forecast.trained, forecast.parameters),
        began: page::now(),
        paused: false,
        is_stopping: false,
        is_discarding: false,
        warnings: Vec::new(),
    }));
    spawn_local(async move {
        let request = StartTint { wish, resume };
        if let Err(failure) = bridge::run(&request, move |event| hear(store, turn, event)).await {
            fail(store, turn, failure);
        }
    });
}

/// Tints the heads alone, from the mix as it is now.
pub fn start_heads(store: Store) {
    store.tints.settings.update(|settings| settings.way = TintWay::Layers);
    // What was chosen stands there.
    store.tints.is_open.set(true);
    show_result(store, false);
}

fn is_current(store: Store, turn: u32) -> bool {
    store.tints.run.with_untracked(|run| run.as_ref().is_some_and(|run| run.turn == turn))
}

fn with_run(store: Store, change: impl FnOnce(&mut Run)) {
    store.tints.run.update(|run| {
        if let Some(run) = run {
            change(run);
        }
    });
}

/// One message of a tint; those of earlier ones are dropped.
fn hear(store: Store, turn: u32, event: JobEvent) {
    if !is_current(store, turn) {
        return;
    }
    match event {
        JobEvent::Progress(news) => advance(store, news),
        JobEvent::Warning { problem } => with_run(store, |run| run.warnings.push(problem)),
        JobEvent::Tinting { round } => learn(store, *round),
        JobEvent::TintJudged { judged } => judge(store, *judged),
        JobEvent::TintRow { row } => compare(store, *row),
        JobEvent::Tinted { tinted } => finish(store, *tinted),
        JobEvent::Failed { failure } => fail(store, turn, failure),
        _ => {}
    }
}

fn advance(store: Store, news: Progress) {
    let before = store.tints.run.with_untracked(|run| run.as_ref().map(|run| run.phase));
    if before.is_some_and(|before| before < news.phase) {
        store.polite.set(saving::phase(news.phase).to_owned());
    }
    with_run(store, |run| {
        // What was asked to end has ended: the phase after it can be ended too.
        run.is_stopping &= run.phase >= news.phase;
        run.phase = run.phase.max(news.phase);
        run.progress = Some(news);
    });
}

/// A message of the training: drawn at once, or, where the person wants no motion, together with those of a second.
fn learn(store: Store, news: TintRound) {
    store.tints.waiting.update_value(|(waiting, _)| waiting.push(news));
    let drawn = store.tints.waiting.with_value(|(_, drawn)| *drawn);
    if tint::is_due(page::now(), drawn, page::wants_no_motion()) {
        draw(store);
    }
}

/// Draws what waits.
fn draw(store: Store) {
    let tints = store.tints;
    let mut waiting = Vec::new();
    tints.waiting.update_value(|(all, drawn)| {
        waiting = std::mem::take(all);
        *drawn = page::now();
    });
    let Some(last) = waiting.last().cloned() else { return };
    if tints.run.with_untracked(|run| run.as_ref().is_some_and(|run| run.phase < Phase::Tint)) {
        with_run(store, |run| run.phase = Phase::Tint);
    }
    tints.traces.update(|traces| waiting.iter().for_each(|news| traces.push(news)));
    if let Some(grid) = waiting.into_iter().rev().find_map(|news| news.grid) {
        let cells = tint_grid::cells(&grid, &tint_grid::columns(&grid.groups));
        tints.moments.update(|moments| moments.push(last.round, &cells));
        tints.grid.set(Some(grid));
    }
    tints.news.set(Some(last));
}

fn judge(store: Store, judged: TintJudged) {
    draw(store);
    store.polite.set(words::judged(judged.round, judged.mean, judged.worst, judged.best));
    store.tints.judged.update(|all| tint::take_judged(all, judged));
}

fn compare(store: Store, row: TintRow) {
    store.polite.set(words::way_done(row.method, row.mean));
    store.tints.rows.update(|rows| tinted::take_row(rows, row));
}

fn finish(store: Store, found: Tinted) {
    let Some(run) = store.tints.run.get_untracked() else { return };
    draw(store);
    let tints = store.tints;
    tints.judged.set(found.judged.clone());
    tints.rows.update(|rows| found.rows.iter().for_each(|row| tinted::take_row(rows, row.clone())));
    if found.grid.is_some() {
        tints.grid.set(found.grid.clone());
    }
    tints.is_asking.set(false);
    tints.result.set(Some((run.wish.recipe, found)));
    tints.is_result_shown.set(true);
    tints.run.set(None);
    store.urgent.set(words::DONE.to_owned());
    if store.step.get_untracked() != Step::Tint {
        let show = (words::SHOW.to_owned(), ToastAction::ShowTint);
        store.say(words::DONE.to_owned(), String::new(), Some(show));
    }
    spawn_local(refresh_machine(store));
}

/// A tint ended without a result. Its kept state can be gone on from, unless the person discarded it.
fn fail(store: Store, turn: u32, failure: Failure) {
    let Some(run) = store.tints.run.get_untracked().filter(|run| run.turn == turn) else { return };
    store.tints.run.set(None);
    store.tints.is_asking.set(false);
    if run.is_discarding {
        forget_state(store, run.wish);
        store.urgent.set(words::DISCARDED.to_owned());
        store.say(words::DISCARDED.to_owned(), String::new(), None);
        return;
    }
    if !failure.problems.iter().any(|problem| problem.code == FailureCode::Cancelled) {
        if store.step.get_untracked() != Step::Tint {
            complain(store, &failure);
        }
        store.tints.failure.set(failure.problems.into_iter().next());
    }
    store.look_again.notify();
}

/// Removes the kept state of a wish.
fn forget_state(store: Store, wish: TintWish) {
    spawn_local(async move {
        if let Err(failure) = bridge::call(&DiscardTint { wish }).await {
            complain(store, &failure);
        }
        store.look_again.notify();
    });
}

/// Holds the tint, or lets it go on.
pub fn set_paused(store: Store, paused: bool) {
    let Some(turn) = store.tints.run.with_untracked(|run| run.as_ref().map(|run| run.turn)) else { return };
    spawn_local(async move {
        match bridge::call(&command::SetPaused { paused }).await {
            Ok(()) if is_current(store, turn) => {
                with_run(store, |run| run.paused = paused);
                store.urgent.set(if paused { words::PAUSED } else { words::RESUME }.to_owned());
            }
            Ok(()) => {}
            Err(failure) => complain(store, &failure),
        }
    });
}

/// Holds a running tint and lets a held one go on.
pub fn toggle(store: Store) {
    let paused = store.tints.run.with_untracked(|run| run.as_ref().map(|run| run.paused));
    if let Some(paused) = paused {
        set_paused(store, !paused);
    }
}

/// Ends the training, or its comparisons, and keeps the best; the result comes as a message.
pub fn stop(store: Store) {
    let paused = store.tints.run.with_untracked(|run| run.as_ref().is_some_and(|run| run.paused));
    with_run(store, |run| run.is_stopping = true);
    store.urgent.set(words::STOPPING.to_owned());
    spawn_local(async move {
        if let Err(failure) = bridge::call(&StopTint {}).await {
            with_run(store, |run| run.is_stopping = false);
            complain(store, &failure);
        } else if paused {
            // A held tint has to go on to come to its end.
            set_paused(store, false);
        }
    });
}

/// Discards the tint; asks first where more than a minute of work would be lost.
pub fn ask_to_discard(store: Store) {
    let began = store.tints.run.with_untracked(|run| run.as_ref().map(|run| run.began));
    let is_worth_asking = began.is_some_and(|began| page::now() - began > WORTH_ASKING);
    match is_worth_asking {
        true => {
            store.tints.is_asking.set(true);
            request_animation_frame(|| page::focus(".work-foot .keep-going"));
        }
        false => discard(store),
    }
}

/// Ends the tint; its last message says that it did.
pub fn discard(store: Store) {
    store.tints.is_asking.set(false);
    with_run(store, |run| run.is_discarding = true);
    spawn_local(async move {
        if let Err(failure) = bridge::call(&command::Cancel {}).await {
            with_run(store, |run| run.is_discarding = false);
            complain(store, &failure);
        }
    });
}

/// Puts the tinted mix in the place of the one on screen.
pub fn use_result(store: Store) {
    let Some(tinted) = store.tints.result.with_untracked(|result| result.as_ref().map(|(_, one)| one.recipe.clone()))
    else {
        return;
    };
    let before = store.draft.with_untracked(|draft| draft.project.recipe.clone());
    let mut is_taken = false;
    store.edit(None, |draft| is_taken = draft.take_tinted(&tinted));
    let said = if is_taken { words::USED_NOW } else { words::ELSEWHERE };
    store.tints.replaced.set(is_taken.then_some(before));
    store.urgent.set(said.to_owned());
    if !is_taken {
        store.say(said.to_owned(), String::new(), None);
    }
}

/// Puts back the mix that the result took the place of.
pub fn undo_use(store: Store) {
    if let Some(before) = store.tints.replaced.get_untracked() {
        store.edit(None, |draft| draft.project.recipe = before);
        store.tints.replaced.set(None);
        store.urgent.set(words::UNDONE.to_owned());
    }
}

/// Shows the newest result, or goes back to before the start.
pub fn show_result(store: Store, shown: bool) {
    store.tints.is_result_shown.set(shown);
    page::arrive_anew();
}

/// Leaves the mix as it is.
pub fn keep_untinted(store: Store) {
    show_result(store, false);
    store.say(words::KEPT_UNTINTED.to_owned(), String::new(), None);
}

/// Takes a tint off the mix.
pub fn remove(store: Store) {
    store.edit(None, crate::shape::draft::Draft::remove_tint);
    let undo = (protocol::words::screen::frame::UNDO.to_owned(), ToastAction::Undo);
    store.say(words::REMOVED.to_owned(), String::new(), Some(undo));
}
