//! The step Trade-offs with its map, while it grows and when it is done: title, views, what can be done with a mix.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use protocol::event::Phase;
use protocol::trade::{TradeBand, TradePoint};
use protocol::words::screen::trade as words;

use super::trade_before::Failures;
use super::trade_map::MapArea;
use crate::page;
use crate::parts::icons::icon;
use crate::shape::trade_named;
use crate::shape::trade_wish::PINS;
use crate::store::{Store, store};
use crate::trades::MapView;
use crate::trading::{self, of_map, of_run};

/// Work area.
#[component]
pub fn Shown() -> impl IntoView {
    let store = store();
    let has_map = Memo::new(move |_| store.trades.map.with(Option::is_some));
    let press = move |event: KeyboardEvent| keys(store, &event);
    let inside = move || match has_map.get() {
        true => view! { <div class="trade-area" aria-keyshortcuts=words::MAP_KEYS on:keydown=press><MapArea/></div> }
            .into_any(),
        false => view! { <Reading/> }.into_any(),
    };
    view! { <Head/><div class="work-body close trade-body"><Failures/>{inside}</div><Foot/> }
}

/// Keys of the map: T another view, N and P the named mixes, Enter uses the mix, M measures, I pins, C compares.
fn keys(store: Store, event: &KeyboardEvent) {
    let is_elsewhere = event.ctrl_key() || event.meta_key() || event.alt_key() || page::is_typing();
    if is_elsewhere || event.default_prevented() {
        return;
    }
    match event.key().as_str() {
        "t" | "T" => {
            trading::next_view(store);
            // What had the focus may be gone.
            request_animation_frame(|| page::focus(".trade-area [tabindex=\"0\"], .trade-views [aria-pressed=true]"));
        }
        "n" | "N" => trading::next_named(store, true),
        "p" | "P" => trading::next_named(store, false),
        "m" | "M" => trading::measure_point(store),
        "i" | "I" => trading::pin(store),
        "c" | "C" => trading::compare(store),
        "Enter" if !page::is_on_button() => trading::use_point(store),
        _ => return,
    }
    event.prevent_default();
}

/// Title, what is known so far, and the ways to look at it.
#[component]
fn Head() -> impl IntoView {
    let store = store();
    let runs = Memo::new(move |_| store.trades.is_running());
    let paused = Memo::new(move |_| of_run(store, |run| run.paused));
    let badge = move || paused.get().then(|| view! { <span class="badge notice">{words::PAUSED}</span> });
    let again = move || {
        (!runs.get()).then(|| {
            view! {
                <button type="button" class="button wide-only" on:click=move |_| store.trades.is_again.set(true)>{words::AGAIN}</button>
            }
        })
    };
    view! {
        <div class="work-head"><div><h1 tabindex="-1" class="row">{words::TITLE}{badge}</h1><p class="lead">{move || lead(store)}</p></div>
            <div class="row right"><Views/>{again}</div></div>
    }
}

/// How many mixes are measured, and what the estimates are worth.
fn lead(store: Store) -> String {
    let running = store.trades.run.with(|run| {
        let run = run.as_ref()?;
        let left = run.progress.as_ref().and_then(|news| news.seconds_left).filter(|_| !run.paused);
        Some(match run.phase {
            Phase::Explore => words::exploring(run.mixes.0, run.mixes.1, left),
            _ if store.trades.map.with(Option::is_none) => words::LEAD.to_owned(),
            phase => words::at(phase, run.mixes.0, run.mixes.1, run.progress.as_ref()),
        })
    });
    running.unwrap_or_else(|| of_map(store, |map| words::explored(map.measured.len(), trade_named::worth(map))))
}

/// Chart, grid (from four skills on) or table.
#[component]
fn Views() -> impl IntoView {
    let store = store();
    let view = store.trades.view;
    let count = Memo::new(move |_| of_map(store, |map| map.skills.len()));
    let choice = move |(of, name): (MapView, &'static str)| {
        view! {
            <button type="button" aria-pressed=move || (view.get() == of).to_string() aria-keyshortcuts="T"
                on:click=move |_| view.set(of)>{name}</button>
        }
    };
    let all = move || {
        let kinds = [MapView::Chart, MapView::Grid, MapView::Table].into_iter().zip(words::VIEWS);
        kinds.filter(|(of, _)| *of != MapView::Grid || count.get() > 3).map(choice).collect_view()
    };
    move || {
        (count.get() > 0).then(|| {
            view! { <span class="segments trade-views" role="group" aria-label=words::VIEW>{all}</span> }
        })
    }
}

/// Before the first point is there.
#[component]
fn Reading() -> impl IntoView {
    let store = store();
    let percent = move || (of_run(store, trading::share).clamp(0.0, 1.0) * 100.0).floor();
    let at = move || of_run(store, |run| words::at(run.phase, run.mixes.0, run.mixes.1, run.progress.as_ref()));
    view! {
        <section class="panel trade-reading" aria-busy="true"><p class="strong">{at}</p>
            <div class="progress" aria-hidden="true" style=("--done", move || format!("{}%", percent()))><i></i></div></section>
    }
}

#[component]
fn Foot() -> impl IntoView {
    let store = store();
    let runs = Memo::new(move |_| store.trades.is_running());
    let asks = store.trades.is_asking;
    move || match (runs.get(), asks.get()) {
        (true, true) => view! { <Asking/> }.into_any(),
        (true, false) => view! { <Holding/> }.into_any(),
        (false, _) => view! { <Choosing/> }.into_any(),
    }
}

/// Before more than a minute of work is lost.
#[component]
fn Asking() -> impl IntoView {
    let store = store();
    view! {
        <div class="work-foot" role="alertdialog" aria-label=words::DISCARD_ASK><p class="forecast"><b>{words::DISCARD_ASK}</b></p>
            <button type="button" class="button plain" on:click=move |_| trading::discard(store)>{words::DISCARD_YES}</button>
            <button type="button" class="button main keep-going" on:click=move |_| store.trades.is_asking.set(false)>{words::DISCARD_NO}</button></div>
    }
}

/// What holds an exploration or ends it. Where there was a map before, nothing of it can be discarded.
#[component]
fn Holding() -> impl IntoView {
    let store = store();
    let ending = Memo::new(move |_| of_run(store, |run| run.is_stopping || run.is_discarding));
    let paused = Memo::new(move |_| of_run(store, |run| run.paused));
    let is_first = Memo::new(move |_| of_run(store, |run| run.before.is_none()));
    // Before the first mix there is nothing to keep.
    let measures = Memo::new(move |_| of_run(store, |run| run.phase >= Phase::Explore && run.mixes.0 > 0));
    let hold = move || if paused.get() { (icon("play"), words::RESUME) } else { (icon("pause"), words::PAUSE) };
    let name = move || if ending.get() { words::STOPPING } else { words::STOP };
    let discard = move || {
        is_first.get().then(|| {
            view! {
                <button type="button" class="button plain discard" disabled=ending on:click=move |_| trading::ask_to_discard(store)>{words::DISCARD}</button>
            }
        })
    };
    view! {
        <div class="work-foot"><p class="forecast"><span class="wide-only">{move || is_first.get().then_some(words::POINTS_COME)}</span></p>{discard}
            <button type="button" class="button lg" disabled=ending on:click=move |_| trading::toggle(store)>{hold}</button>
            <button type="button" class="button main" disabled=move || ending.get() || !measures.get() on:click=move |_| trading::stop(store)>{name}</button></div>
    }
}

/// What can be done with the selected mix.
#[component]
fn Choosing() -> impl IntoView {
    let store = store();
    let trades = store.trades;
    let none = Memo::new(move |_| trades.at.with(Option::is_none));
    let is_estimate = Memo::new(move |_| matches!(trades.at.get(), Some(TradePoint::Estimate(_))));
    let pinned =
        Memo::new(move |_| trades.at.get().is_some_and(|point| trades.pins.with(|pins| pins.contains(&point))));
    let full = Memo::new(move |_| !pinned.get() && trades.pins.with(|pins| pins.len() >= PINS));
    let waits = Memo::new(move |_| store.is_at_work() || trading::wish(store).is_none());
    let pin = move || if pinned.get() { words::UNPIN } else { words::PIN };
    let measure = move || {
        is_estimate.get().then(|| {
            view! {
                <button type="button" class="button lg" disabled=waits aria-keyshortcuts="M" on:click=move |_| trading::measure_point(store)>
                    {icon("ruler")}{words::MEASURE}</button>
            }
        })
    };
    view! {
        <div class="work-foot trade-foot"><Beside waits=waits/>
            <button type="button" class="button plain" disabled=move || none.get() || full.get() aria-keyshortcuts="I" aria-pressed=move || pinned.get().to_string()
                title=move || full.get().then_some(words::PINS_FULL) on:click=move |_| trading::pin(store)>{icon("pin")}{pin}</button>
            <button type="button" class="button plain wide-only" disabled=move || trades.pins.with(|pins| pins.len() < 2) aria-keyshortcuts="C"
                aria-pressed=move || trades.is_comparing.get().to_string() on:click=move |_| trading::compare(store)>{words::COMPARE}</button>
            {measure}
            <button type="button" class="button main" disabled=none on:click=move |_| trading::use_point(store)>{words::USE}</button></div>
    }
}

/// Left of the buttons: whether the mix is in use, and the way to better estimates.
#[component]
fn Beside(waits: Memo<bool>) -> impl IntoView {
    let store = store();
    let in_use = Memo::new(move |_| trading::is_in_use(store));
    let rough = Memo::new(move |_| {
        of_map(store, |map| trade_named::worth(map).is_some_and(|(band, _)| band == TradeBand::Rough))
    });
    let text = move || match (in_use.get(), rough.get()) {
        (true, _) => format!("{} ", words::USED),
        (false, true) => format!("{}. ", words::ROUGH),
        (false, false) => String::new(),
    };
    view! {
        <p class="forecast">{text}<button type="button" class="link" disabled=waits
            on:click=move |_| trading::measure_more(store)>{words::measure_more()}</button></p>
    }
}
