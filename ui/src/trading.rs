//! Trade-offs: what exploring will need, its way from start to end, and what becomes of a mix that is chosen.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::check::check;
use protocol::command::{self, DiscardTrade, ForecastTrade, StartTrade, StopTrade};
use protocol::event::{JobEvent, Phase, Progress};
use protocol::failure::{Failure, FailureCode, Weight};
use protocol::recipe::Recipe;
use protocol::trade::{MORE, TradeCandidate, TradeForecast, TradeMap, TradePoint, TradeSettings, TradeWish};
use protocol::words::screen::{frame, trade as words};

use crate::actions::complain;
use crate::bridge;
use crate::examples::given;
use crate::measuring;
use crate::opening::refresh_machine;
use crate::page;
use crate::shape::board::MixKey;
use crate::shape::progress;
use crate::shape::{trade_named, trade_wish};
use crate::store::{Step, Store, ToastAction};
use crate::tinting::is_looking;
use crate::trades::{MapView, Run};

/// How long after a change of what is wished for a forecast is asked for.
const FORECAST_AFTER: Duration = Duration::from_millis(300);
/// What ran for longer, in milliseconds, is not discarded without a question.
const WORTH_ASKING: f64 = 60_000.0;
/// Skills that a map needs.
const SKILLS: usize = 2;

/// What would be explored for the mix on screen; `None` where nothing can be yet.
pub fn wish(store: Store) -> Option<TradeWish> {
    let recipe = store.draft.with(|draft| draft.project.recipe.clone());
    if !store.is_ready() || trade_wish::unfit(&recipe).is_some() || is_looking(store) {
        return None;
    }
    let recipe = trade_wish::plain(&recipe);
    let is_sound = check(&recipe).iter().all(|problem| problem.weight == Weight::Notice);
    let examples = given(store);
    if !is_sound || examples.len() < SKILLS {
        return None;
    }
    let budget = u32::try_from(store.trades.effort.get().mixes(recipe.experts.len())).unwrap_or(u32::MAX);
    Some(TradeWish { recipe, examples, settings: TradeSettings { budget, ..TradeSettings::default() } })
}

/// What a map of the mix on screen is about.
pub fn key(store: Store) -> Recipe {
    store.draft.with(|draft| trade_wish::key(&draft.project.recipe))
}

/// Whether there is a map of the mix on screen.
pub fn has_map(store: Store) -> bool {
    let key = key(store);
    store.trades.map.with(|map| map.as_ref().is_some_and(|(of, _)| *of == key))
}

/// Reads something of the map; the default where there is none.
pub fn of_map<T: Default>(store: Store, read: impl FnOnce(&TradeMap) -> T) -> T {
    store.trades.map.with(|map| map.as_ref().map(|(_, map)| read(map)).unwrap_or_default())
}

/// Names and pigments of the skills of the map, as they are in the mix now.
pub fn skills(store: Store) -> Vec<(String, u8)> {
    let named =
        of_map(store, |map| map.skills.iter().map(|skill| (skill.specialist, skill.skill.clone())).collect::<Vec<_>>());
    store.draft.with(|draft| {
        let experts = &draft.project.recipe.experts;
        let one = |(specialist, name): (usize, String)| match experts.get(specialist) {
            Some(expert) => (expert.skill.clone(), draft.pigment(&expert.path)),
            None => (name, 0),
        };
        named.into_iter().map(one).collect()
    })
}

/// Name, pigment and strength of every specialist in a mix of the map.
pub fn strengths(store: Store, point: TradePoint) -> Vec<(String, u8, f64)> {
    let own = of_map(store, |map| map.strengths(point).map(<[f64]>::to_vec)).unwrap_or_default();
    store.draft.with(|draft| {
        let experts = draft.project.recipe.experts.iter();
        experts.zip(own).map(|(one, own)| (one.skill.clone(), draft.pigment(&one.path), own)).collect()
    })
}

/// The named mixes of the map.
pub fn candidates(store: Store) -> Vec<TradeCandidate> {
    let ranking = store.trades.ranking.get();
    of_map(store, |map| trade_named::candidates(map, &ranking))
}

/// The forecast of what is wished for now.
pub fn forecast(store: Store) -> Option<TradeForecast> {
    let wish = wish(store)?;
    store.trades.forecast.with(|found| found.as_ref().filter(|(of, _)| *of == wish).map(|(_, found)| found.clone()))
}

/// Asks for a forecast a moment after each change, while the step is in front, nothing runs and no map is shown.
pub fn forecast_by_itself(store: Store) {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let wanted = Memo::new(move |_| {
        let is_in_front = store.step.get() == Step::TradeOffs && !store.is_at_work();
        let is_before = store.trades.is_again.get() || !has_map(store);
        wish(store).filter(|_| is_in_front && is_before)
    });
    Effect::new(move |_| {
        store.look_again.track();
        store.trades.turns.update_value(|turns| turns.0 += 1);
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        if let Some(wish) = wanted.get() {
            let ask = move || spawn_local(ask(store, wish.clone()));
            timer.set_value(set_timeout_with_handle(ask, FORECAST_AFTER).ok());
        }
    });
}

async fn ask(store: Store, wish: TradeWish) {
    let turn = store.trades.turns.get_value().0;
    let request = ForecastTrade { wish };
    let reply = bridge::call(&request).await;
    if store.trades.turns.get_value().0 != turn {
        return;
    }
    match reply {
        Ok(found) => {
            store.trades.forecast_failure.set(None);
            store.trades.forecast.set(Some((request.wish, found)));
        }
        Err(failure) => {
            let problem = failure.problems.into_iter().next();
            store.trades.forecast_failure.set(problem.map(|problem| (request.wish, problem)));
        }
    }
}

/// Begins to explore what was forecast.
pub fn start(store: Store) {
    if untrack(|| forecast(store)).is_some()
        && let Some(wish) = untrack(|| wish(store))
    {
        begin(store, wish, None);
    }
}

/// Measures one mix more: this one.
pub fn measure_one(store: Store, strengths: Vec<f64>) {
    measure(store, 1, Some(strengths));
}

/// Measures some mixes more, where they can tell most.
pub fn measure_more(store: Store) {
    measure(store, MORE, None);
}

/// Measures the selected mix, if nobody has.
pub fn measure_point(store: Store) {
    if let Some(point @ TradePoint::Estimate(_)) = store.trades.at.get_untracked()
        && let Some(strengths) = untrack(|| of_map(store, |map| map.strengths(point).map(<[f64]>::to_vec)))
    {
        measure_one(store, strengths);
    }
}

fn measure(store: Store, more: u32, asked: Option<Vec<f64>>) {
    let Some(mut wish) = untrack(|| wish(store)).filter(|_| untrack(|| has_map(store))) else { return };
    let measured = untrack(|| of_map(store, |map| map.measured.len()));
    wish.settings.budget = u32::try_from(measured).unwrap_or(u32::MAX).saturating_add(more);
    begin(store, wish, asked);
}

fn begin(store: Store, wish: TradeWish, asked: Option<Vec<f64>>) {
    if untrack(|| store.is_at_work()) {
        return;
    }
    let trades = store.trades;
    trades.turns.update_value(|turns| turns.1 += 1);
    let turn = trades.turns.get_value().1;
    let before = trades.map.get_untracked().filter(|(of, _)| *of == trade_wish::key(&wish.recipe));
    if before.is_none() {
        trades.forget_map();
    }
    let known = before.as_ref().map_or(0, |(_, map)| u32::try_from(map.measured.len()).unwrap_or(u32::MAX));
    trades.failure.set(None);
    trades.is_again.set(false);
    trades.run.set(Some(Run {
        turn,
        mixes: (known, wish.settings.mixes(wish.recipe.experts.len())),
        wish: wish.clone(),
        phase: Phase::Load,
        progress: None,
        paused: false,
        is_stopping: false,
        is_discarding: false,
        asked: asked.clone(),
        began: page::now(),
        before,
        warnings: Vec::new(),
    }));
    spawn_local(async move {
        let request = StartTrade { wish, first: asked.into_iter().collect() };
        if let Err(failure) = bridge::run(&request, move |event| hear(store, turn, event)).await {
            fail(store, turn, failure);
        }
    });
}

fn is_current(store: Store, turn: u32) -> bool {
    store.trades.run.with_untracked(|run| run.as_ref().is_some_and(|run| run.turn == turn))
}

fn with_run(store: Store, change: impl FnOnce(&mut Run)) {
    store.trades.run.update(|run| {
        if let Some(run) = run {
            change(run);
        }
    });
}

/// Reads something of the exploration; the default when it has just ended.
pub fn of_run<T: Default>(store: Store, read: impl Fn(&Run) -> T) -> T {
    store.trades.run.with(|run| run.as_ref().map(read).unwrap_or_default())
}

/// Share of an exploration, 0 to 1: reading comes first and is the smaller part.
pub fn share(run: &Run) -> f64 {
    run.progress.as_ref().map_or(0.0, progress::of_measuring)
}

/// One message of an exploration; those of earlier ones are dropped.
fn hear(store: Store, turn: u32, event: JobEvent) {
    if !is_current(store, turn) {
        return;
    }
    match event {
        JobEvent::Progress(news) => advance(store, news),
        JobEvent::Warning { problem } => with_run(store, |run| run.warnings.push(problem)),
        JobEvent::TradeGrew { measured, budget, begun, mix } => {
            grow(store, (measured, budget), begun.map(|map| *map), mix.map(|mix| *mix));
        }
        JobEvent::Traded { map } => finish(store, *map),
        JobEvent::Failed { failure } => fail(store, turn, failure),
        _ => {}
    }
}

fn advance(store: Store, news: Progress) {
    with_run(store, |run| {
        run.phase = run.phase.max(news.phase);
        run.progress = Some(news);
    });
}

fn grow(store: Store, mixes: (u32, u32), begun: Option<TradeMap>, mix: Option<protocol::trade::TradeMix>) {
    let Some(run) = store.trades.run.get_untracked() else { return };
    if let Some(map) = begun {
        let before = run.before.as_ref().map(|(_, map)| map);
        show(store, trade_wish::key(&run.wish.recipe), trade_wish::begun(map, before));
    }
    if let Some(mix) = mix {
        store.trades.map.update(|map| {
            if let Some((_, map)) = map {
                trade_wish::grow(map, mix);
            }
        });
    }
    let share = |mixes: (u32, u32)| f64::from(mixes.0) / f64::from(mixes.1.max(1));
    if progress::quarter(share(run.mixes), share(mixes)).is_some() && mixes.0 < mixes.1 {
        store.polite.set(words::quarter(mixes.0, mixes.1));
    }
    with_run(store, |run| run.mixes = mixes);
}

/// Puts a map in the place of the one before; what was chosen in that stays, where it is there still.
fn show(store: Store, of: Recipe, map: TradeMap) {
    let trades = store.trades;
    let skills = |map: &TradeMap| map.skills.iter().map(|skill| skill.specialist).collect::<Vec<_>>();
    let before = trades.map.get_untracked().filter(|(key, old)| *key == of && skills(old) == skills(&map));
    let (at, pins) = match &before {
        Some((_, old)) => (
            trades.at.get_untracked().and_then(|point| trade_wish::moved(old, &map, point)),
            trade_wish::all_moved(old, &map, &trades.pins.get_untracked()),
        ),
        None => (None, Vec::new()),
    };
    if before.is_none() {
        trades.begin_map(&map);
    }
    // A point of the map before may not be one of the new map: nothing is selected while they change places.
    trades.at.set(None);
    trades.pins.set(Vec::new());
    trades.map.set(Some((of, map)));
    trades.at.set(at);
    trades.pins.set(pins);
}

fn finish(store: Store, found: TradeMap) {
    let Some(run) = store.trades.run.get_untracked() else { return };
    let trades = store.trades;
    trades.is_asking.set(false);
    trades.run.set(None);
    let said = words::done(found.measured.len(), found.front.len());
    show(store, trade_wish::key(&run.wish.recipe), found);
    let asked = run.asked.as_ref().and_then(|asked| untrack(|| of_map(store, |map| trade_wish::find(map, asked))));
    if asked.is_some() {
        trades.at.set(asked);
    } else if trades.at.get_untracked().is_none() {
        trades.at.set(untrack(|| of_map(store, trade_named::even)));
    }
    store.urgent.set(asked.and_then(|point| untrack(|| of_point(store, point))).unwrap_or(said));
    if store.step.get_untracked() != Step::TradeOffs {
        let show = (words::SHOW.to_owned(), ToastAction::ShowTradeOffs);
        store.say(words::DONE.to_owned(), String::new(), Some(show));
    }
    spawn_local(refresh_machine(store));
}

/// What came of the estimate of a mix that was asked for.
fn of_point(store: Store, point: TradePoint) -> Option<String> {
    of_map(store, |map| {
        let (skill, measured, estimate) = trade_named::farthest_off(&trade_named::lines(map, point))?;
        Some(words::both_of(&map.skills[skill].skill, measured, estimate))
    })
}

/// An exploration ended without a map. What it measured is kept, unless the person discarded it.
fn fail(store: Store, turn: u32, failure: Failure) {
    let Some(run) = store.trades.run.get_untracked().filter(|run| run.turn == turn) else { return };
    let trades = store.trades;
    trades.run.set(None);
    trades.is_asking.set(false);
    match run.before {
        Some((of, map)) => show(store, of, map),
        None => trades.forget_map(),
    }
    if run.is_discarding {
        forget(store, run.wish, words::DISCARDED);
        return;
    }
    if !failure.problems.iter().any(|problem| problem.code == FailureCode::Cancelled) {
        if store.step.get_untracked() != Step::TradeOffs {
            complain(store, &failure);
        }
        trades.failure.set(failure.problems.into_iter().next());
    }
    store.look_again.notify();
}

/// Removes what was measured for a wish.
fn forget(store: Store, wish: TradeWish, said: &'static str) {
    spawn_local(async move {
        match bridge::call(&DiscardTrade { wish }).await {
            Ok(()) => {
                store.urgent.set(said.to_owned());
                store.say(said.to_owned(), String::new(), None);
            }
            Err(failure) => complain(store, &failure),
        }
        store.trades.forecast.set(None);
        store.look_again.notify();
    });
}

/// Forgets what an earlier start measured, and its map.
pub fn start_anew(store: Store) {
    if let Some(wish) = untrack(|| wish(store)).filter(|_| !untrack(|| store.is_at_work())) {
        store.trades.forget_map();
        forget(store, wish, words::FORGOTTEN);
    }
}

/// Holds the exploration, or lets it go on.
pub fn set_paused(store: Store, paused: bool) {
    let Some(turn) = store.trades.run.with_untracked(|run| run.as_ref().map(|run| run.turn)) else { return };
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

/// Holds a running exploration and lets a held one go on.
pub fn toggle(store: Store) {
    let paused = store.trades.run.with_untracked(|run| run.as_ref().map(|run| run.paused));
    if let Some(paused) = paused {
        set_paused(store, !paused);
    }
}

/// Ends it with what is measured so far; the map comes as a message.
pub fn stop(store: Store) {
    let paused = store.trades.run.with_untracked(|run| run.as_ref().is_some_and(|run| run.paused));
    with_run(store, |run| run.is_stopping = true);
    store.urgent.set(words::STOPPING.to_owned());
    spawn_local(async move {
        if let Err(failure) = bridge::call(&StopTrade {}).await {
            with_run(store, |run| run.is_stopping = false);
            complain(store, &failure);
        } else if paused {
            // What is held has to go on to come to its end.
            set_paused(store, false);
        }
    });
}

/// Discards what is measured; asks first where more than a minute of work would be lost.
pub fn ask_to_discard(store: Store) {
    let began = store.trades.run.with_untracked(|run| run.as_ref().map(|run| run.began));
    match began.is_some_and(|began| page::now() - began > WORTH_ASKING) {
        true => {
            store.trades.is_asking.set(true);
            request_animation_frame(|| page::focus(".work-foot .keep-going"));
        }
        false => discard(store),
    }
}

/// Ends it and keeps nothing; its last message says that it ended.
pub fn discard(store: Store) {
    store.trades.is_asking.set(false);
    with_run(store, |run| run.is_discarding = true);
    spawn_local(async move {
        if let Err(failure) = bridge::call(&command::Cancel {}).await {
            with_run(store, |run| run.is_discarding = false);
            complain(store, &failure);
        }
    });
}

/// Selects a point of the map and says which it is.
pub fn choose(store: Store, point: TradePoint) {
    store.trades.at.set(Some(point));
    store.polite.set(words::chosen(&untrack(|| title(store, point)), matches!(point, TradePoint::Measured(_))));
}

/// Goes to the next named mix, or the one before.
pub fn next_named(store: Store, forward: bool) {
    let next = untrack(|| trade_named::next(&candidates(store), store.trades.at.get(), forward));
    if let Some(point) = next {
        choose(store, point);
    }
}

/// What a point is called: its names, or which it is.
pub fn title(store: Store, point: TradePoint) -> String {
    let names = trade_named::names(&candidates(store), point);
    let measured = if let TradePoint::Measured(at) = point { Some(at) } else { None };
    words::point_title(&names, measured)
}

/// Puts the strengths of the selected point into the mix.
pub fn use_point(store: Store) {
    let point = store.trades.at.get_untracked();
    let strengths = point.and_then(|point| untrack(|| of_map(store, |map| map.strengths(point).map(<[f64]>::to_vec))));
    let Some(strengths) = strengths else { return };
    if !untrack(|| has_map(store)) {
        store.say(words::ELSEWHERE.to_owned(), String::new(), None);
        return;
    }
    store.edit(None, |draft| {
        draft.take_strengths(&strengths);
    });
    let undo = (frame::UNDO.to_owned(), ToastAction::Undo);
    store.urgent.set(words::USED.to_owned());
    store.say(words::USED.to_owned(), words::USED_HINT.to_owned(), Some(undo));
}

/// Whether the selected point is the mix on screen.
pub fn is_in_use(store: Store) -> bool {
    let Some(point) = store.trades.at.get() else { return false };
    let recipe = store.draft.with(|draft| draft.project.recipe.clone());
    of_map(store, |map| map.strengths(point).is_some_and(|own| recipe == trade_wish::with_strengths(&recipe, own)))
}

/// Pins the selected point, or takes it off.
pub fn pin(store: Store) {
    let Some(point) = store.trades.at.get_untracked() else { return };
    let was = store.trades.pins.with_untracked(|pins| pins.contains(&point));
    unpin_or_pin(store, point);
    let now = store.trades.pins.with_untracked(|pins| pins.contains(&point));
    store.polite.set(
        match (was, now) {
            (true, _) => words::UNPINNED,
            (false, true) => words::PINNED_NOW,
            (false, false) => words::PINS_FULL,
        }
        .to_owned(),
    );
}

/// Pins a point, or takes it off.
pub fn unpin_or_pin(store: Store, point: TradePoint) {
    store.trades.pins.update(|pins| {
        trade_wish::toggle_pin(pins, point);
    });
    if store.trades.pins.with_untracked(|pins| pins.len() < 2) {
        store.trades.is_comparing.set(false);
    }
}

/// Shows the pins beside each other, or no longer.
pub fn compare(store: Store) {
    if store.trades.pins.with_untracked(|pins| pins.len() > 1) {
        store.trades.is_comparing.update(|compares| *compares = !*compares);
    }
}

/// The next way to draw the map.
pub fn next_view(store: Store) {
    let has_grid = untrack(|| of_map(store, |map| map.skills.len() > 3));
    store.trades.view.update(|view| {
        *view = match view {
            MapView::Chart if has_grid => MapView::Grid,
            MapView::Chart | MapView::Grid => MapView::Table,
            MapView::Table => MapView::Chart,
        }
    });
}

/// Whether the mix on screen stands in the map as an estimate, and has not been measured since.
pub fn is_unmeasured(store: Store) -> bool {
    let recipe = store.draft.with(|draft| draft.project.recipe.clone());
    let is_estimate = has_map(store) && of_map(store, |map| trade_wish::estimated(map, &recipe).is_some());
    is_estimate && {
        let open = store.measures.choose.with(|board| board.missing(&recipe, &given(store)));
        !open.is_empty()
    }
}

/// Saves as soon as the mix is measured, and has it measured if that is not under way.
pub fn save_after(store: Store) {
    store.trades.saves_after.set(true);
    let runs = untrack(|| {
        let now = store.measures.run.with(|run| run.as_ref().map(|run| run.mix.clone()));
        now == Some(store.draft.with(|draft| MixKey::of(&draft.project.recipe)))
    });
    if !runs {
        measuring::measure_again(store);
    }
}
