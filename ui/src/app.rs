//! The window: frame, steps, what happens by itself, keys.

use std::time::Duration;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::check::check;
use protocol::command::{DragState, Engines, Pick, Predict};
use protocol::failure::Weight;
use protocol::measure::Shown;
use protocol::words::screen::frame;

use crate::actions;
use crate::bridge;
use crate::conflicts;
use crate::examples;
use crate::masking;
use crate::measuring;
use crate::opening::{self, keep_now, refresh_machine, refresh_recents};
use crate::packs;
use crate::page;
use crate::parts::frame::{Messages, Steps, TitleBar};
use crate::parts::job_bar::JobBar;
use crate::parts::popover::Popovers;
use crate::parts::whose::AskWhose;
use crate::saving;
use crate::signals::{Drag, MixView, Spot};
use crate::store::{Kept, Popover, Step, Store, store};
use crate::tinting;
use crate::trading;
use crate::trying;
use crate::views::inspector::Inspector;
use crate::views::{mix::Mix, models::Models, pack::PackSheet, save::Save, start::Start, tint::Tint, trade::TradeOffs};

/// How long after a change the forecast is asked for.
const FORECAST_AFTER: Duration = Duration::from_millis(200);
/// How long after a change the project is kept.
const KEEP_AFTER: Duration = Duration::from_secs(1);
/// How often engine, memory and disk are asked for.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Everything.
#[component]
pub fn App() -> impl IntoView {
    page::show_theme(&page::theme());
    if !bridge::is_present() {
        return view! { <main class="outside"><p>{frame::OUTSIDE}</p></main> }.into_any();
    }
    let store = Store::new();
    provide_context(store);
    wake(store);
    keep_by_itself(store);
    forecast_by_itself(store);
    focus_by_itself(store);
    examples::look_by_itself(store);
    measuring::measure_by_itself(store);
    conflicts::forget_by_itself(store);
    conflicts::ask_by_itself(store);
    masking::count_by_itself(store);
    trading::forecast_by_itself(store);
    tinting::forecast_by_itself(store);
    window_event_listener(leptos::ev::keydown, move |event| keys(store, &event));
    #[cfg(feature = "fake")]
    crate::bridge_fake::scenes::set_scene(store);
    let at_start = Memo::new(move |_| store.step.get() == Step::Start);
    let screen = move || if at_start.get() { view! { <Start/> }.into_any() } else { view! { <Window/> }.into_any() };
    view! { {screen}<DropOver/><Popovers/><AskWhose/><PackSheet/><Messages/> }.into_any()
}

#[component]
fn Window() -> impl IntoView {
    let store = store();
    let step = Memo::new(move |_| store.step.get());
    let work = move || match step.get() {
        Step::Start | Step::Models => view! { <Models/> }.into_any(),
        Step::Mix => view! { <Mix/> }.into_any(),
        Step::TradeOffs => view! { <TradeOffs/> }.into_any(),
        Step::Tint => view! { <Tint/> }.into_any(),
        Step::Save => view! { <Save/> }.into_any(),
    };
    view! {
        <div class="window">
            <TitleBar/><Steps/>
            <main class="work" tabindex="-1">{work}</main>
            <Inspector/><JobBar/>
        </div>
    }
}

/// What a native drag carries, over screens without a drop zone of their own. Where pictures can be tried, the
/// screen stays in sight.
#[component]
fn DropOver() -> impl IntoView {
    let store = store();
    let own = move || store.step.get() == Step::Models;
    let aside = move || store.step.get() == Step::Mix;
    let over = move || store.drag.get().filter(|drag| !own() && drag.over != Spot::Trying);
    move || {
        over().map(|drag| {
            view! {
                <div class="drop-over" class:aside=aside><div class="drop-zone over"><svg class="outline" aria-hidden="true"><rect x="1" y="1" rx="14"/></svg>
                    <h2>{frame::carried(drag.files, drag.folders)}</h2><p class="quiet">{frame::LET_GO}</p></div></div>
            }
        })
    }
}

/// What was dropped goes where it was let go: a picture to try, else models and examples.
fn drop_at(store: Store, added: protocol::command::Added, over: Spot) {
    store.drag.set(None);
    match trying::dropped(&added).filter(|_| over == Spot::Trying) {
        Some(picture) => trying::ask(store, Shown::Picture(picture)),
        None => actions::add(store, added, over),
    }
}

/// First questions, and the ones that come back.
fn wake(store: Store) {
    spawn_local(async move {
        refresh_recents(store).await;
        refresh_machine(store).await;
        store.engines.set(bridge::call(&Engines {}).await.unwrap_or_default());
    });
    bridge::watch_drags(move |state| match state {
        DragState::Over { files, folders, at } => {
            store.drag.set(Some(Drag { files, folders, over: page::spot(at) }));
        }
        DragState::Left => store.drag.set(None),
        DragState::Dropped { added, at } => drop_at(store, added, page::spot(at)),
    });
    set_interval(
        move || {
            if document().visibility_state() == web_sys::VisibilityState::Visible {
                spawn_local(refresh_machine(store));
            }
        },
        LOOK_AGAIN,
    );
    Effect::new(move |_| {
        if store.step.get() == Step::Start {
            spawn_local(refresh_recents(store));
        }
    });
}

/// Keeps the project a moment after each change.
fn keep_by_itself(store: Store) {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |_| {
        let changed = store.draft.with(|draft| {
            let kept =
                store.kept_as.with_value(|kept| kept.as_ref().is_some_and(|kept| opening::same_project(kept, draft)));
            !kept && !draft.project.models.is_empty()
        });
        if changed {
            store.kept.set(Kept::Waiting);
            if let Some(timer) = timer.get_value() {
                timer.clear();
            }
            timer.set_value(set_timeout_with_handle(move || keep_now(store), KEEP_AFTER).ok());
        }
    });
}

/// Asks for a forecast a moment after each change, once there is a mix.
fn forecast_by_itself(store: Store) {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let wanted = Memo::new(move |_| wanted_forecast(store));
    Effect::new(move |before: Option<Option<Predict>>| {
        store.look_again.track();
        let request = wanted.get();
        // Whatever spoke against the last try may not hold for another recipe.
        if before.flatten().is_some_and(|before| Some(&before) != request.as_ref()) {
            store.save_failure.set(None);
        }
        store.turns.update_value(|turns| turns.1 += 1);
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        if let Some(request) = request.clone() {
            let ask = move || spawn_local(predict(store, request.clone()));
            timer.set_value(set_timeout_with_handle(ask, FORECAST_AFTER).ok());
        }
        request
    });
}

/// The forecast that the screen in front needs.
fn wanted_forecast(store: Store) -> Option<Predict> {
    let needed = store.is_ready() && matches!(store.step.get(), Step::Mix | Step::Save);
    let recipe = store.draft.with(|draft| draft.project.recipe.clone());
    let folder = store.folder.with(|folder| folder.as_ref().map(|folder| folder.id.clone()))?;
    let sound = check(&recipe).iter().all(|problem| problem.weight == Weight::Notice);
    (needed && sound).then(|| Predict { recipe, name: saving::name(store), folder })
}

async fn predict(store: Store, request: Predict) {
    let turn = store.turns.get_value().1;
    let reply = bridge::call(&request).await;
    if store.turns.get_value().1 != turn {
        return;
    }
    let (forecast, failure) = match reply {
        Ok(forecast) => (Some(forecast), None),
        Err(failure) => (None, Some(failure)),
    };
    store.forecast.set(forecast);
    store.forecast_failure.set(failure);
}

/// A new step gets the focus on its title, so that a screen reader says where one is.
fn focus_by_itself(store: Store) {
    Effect::new(move |before: Option<Step>| {
        let step = store.step.get();
        if before.is_some_and(|before| before != step) {
            store.measures.view.set(MixView::Scores);
            page::arrive();
        }
        step
    });
}

/// Keys that work everywhere.
fn keys(store: Store, event: &KeyboardEvent) {
    let done = if event.ctrl_key() || event.meta_key() { with_control(store, event) } else { plain(store, event) };
    if done {
        event.prevent_default();
    }
}

fn with_control(store: Store, event: &KeyboardEvent) -> bool {
    let key = event.key().to_lowercase();
    match (key.as_str(), event.shift_key()) {
        ("n", false) => opening::new_mix(store),
        ("o", false) => opening::open_chosen(store),
        ("o", true) => actions::pick(store, Pick::Files),
        ("f", true) => actions::pick(store, Pick::Folders),
        ("s", false) => keep_now(store),
        ("1", false) => go_from_window(store, Step::Models),
        ("2", false) => go_from_window(store, Step::Mix),
        ("3", false) => go_from_window(store, Step::TradeOffs),
        ("4", false) => go_from_window(store, Step::Tint),
        ("5", false) => go_from_window(store, Step::Save),
        ("z", false) if !page::is_typing() => actions::undo(store, true),
        ("z", true) | ("y", false) if !page::is_typing() => actions::undo(store, false),
        ("enter", false) => page::click(".work-foot .button.main"),
        ("/", _) => toggle(store, Popover::Help),
        (",", false) => toggle(store, Popover::Settings),
        _ => return false,
    }
    true
}

fn go_from_window(store: Store, step: Step) {
    if store.step.get_untracked() != Step::Start {
        untrack(|| actions::go(store, step));
    }
}

fn plain(store: Store, event: &KeyboardEvent) -> bool {
    match event.key().as_str() {
        "F1" => toggle(store, Popover::Help),
        "F6" => page::next_region(event.shift_key()),
        "Escape" if store.popover.get_untracked() != Popover::Closed => store.popover.set(Popover::Closed),
        "Escape" if !store.measures.whose.with_untracked(Vec::is_empty) => examples::answer(store, None),
        "Escape" if packs::is_open(store) => packs::close(store),
        "Escape" if crate::views::mix::is_apart(store) => crate::views::mix::back(store),
        "Escape" if store.tints.is_asking.get_untracked() => store.tints.is_asking.set(false),
        "Escape" if store.trades.is_asking.get_untracked() => store.trades.is_asking.set(false),
        "Escape" => page::focus(".job .cancel, .work-foot .discard"),
        "Delete" if !page::is_typing() && store.step.get_untracked() == Step::Models => {
            let Some(id) = store.selected.get_untracked() else { return false };
            actions::remove(store, &id);
        }
        _ => return false,
    }
    true
}

fn toggle(store: Store, popover: Popover) {
    store.popover.update(|open| *open = if *open == popover { Popover::Closed } else { popover });
}
