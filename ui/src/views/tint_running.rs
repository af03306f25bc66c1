//! The step Tint while it learns: charts, strengths, and the buttons that hold or end it.

use leptos::prelude::*;
use protocol::event::Phase;
use protocol::tint::TintWay;
use protocol::words::screen::tint as words;

use super::tint_curves::{Charts, Curves, Rounds};
use super::tint_strengths::Strengths;
use crate::parts::heat::ChartOrTable;
use crate::parts::icons::icon;
use crate::shape::tint;
use crate::store::{Store, store};
use crate::tinting::{self, Run};

/// Reads something of the running tint; the default when it has just ended.
pub fn of<T: Default>(store: Store, read: impl Fn(&Run) -> T) -> T {
    store.tints.run.with(|run| run.as_ref().map(read).unwrap_or_default())
}

/// What it is at: the phase, or which share of the weights learns.
fn lead(store: Store) -> String {
    let phase = of(store, |run| Some(run.phase));
    match phase {
        Some(Phase::Tint) => {
            of(store, |run| words::learning(run.trained.0, run.trained.1, run.wish.settings.way == TintWay::Layers))
        }
        Some(phase) => words::at(phase, 0, 0, of(store, |run| run.progress.clone()).as_ref()),
        None => String::new(),
    }
}

/// Work area.
#[component]
pub fn Running() -> impl IntoView {
    let store = store();
    let charts = Charts::of(store);
    let as_table = store.tints.as_table;
    let paused = Memo::new(move |_| of(store, |run| run.paused));
    let badge = move || paused.get().then(|| view! { <span class="badge notice">{words::PAUSED}</span> });
    let inside = move || match as_table.get() {
        true => view! { <Rounds charts=charts/> }.into_any(),
        false => view! { <Curves charts=charts/> }.into_any(),
    };
    view! {
        <div class="work-head"><div><h1 tabindex="-1" class="row">{words::TITLE}{badge}</h1><p class="lead">{move || lead(store)}</p></div>
            <div class="row right"><ChartOrTable as_table=as_table/></div></div>
        <div class="work-body close"><NoGain/>{inside}<Strengths/></div>
        <Foot/>
    }
}

/// Where nothing was gained for a while: the way to end here, and to go on.
#[component]
fn NoGain() -> impl IntoView {
    let store = store();
    let tints = store.tints;
    let found = Memo::new(move |_| {
        let goes_on = tints.goes_on.get();
        tints.judged.with(|judged| tint::no_gain(judged).filter(|(_, best)| goes_on != Some(*best)))
    });
    move || {
        found.get().map(|(rounds, best)| {
            view! {
                <div class="held-back" role="status">{icon("info")}<p>{words::no_gain(rounds, best)}</p>
                    <button type="button" class="button plain slim" on:click=move |_| tints.goes_on.set(Some(best))>{words::KEEP_GOING}</button>
                    <button type="button" class="button slim" on:click=move |_| tinting::stop(store)>{words::keep_round(best)}</button></div>
            }
        })
    }
}

#[component]
fn Foot() -> impl IntoView {
    let store = store();
    let asks = store.tints.is_asking;
    move || match asks.get() {
        true => view! { <Asking/> }.into_any(),
        false => view! { <Buttons/> }.into_any(),
    }
}

/// Before more than a minute of work is lost.
#[component]
fn Asking() -> impl IntoView {
    let store = store();
    view! {
        <div class="work-foot" role="alertdialog" aria-label=words::DISCARD_ASK><p class="forecast"><b>{words::DISCARD_ASK}</b></p>
            <button type="button" class="button plain" on:click=move |_| tinting::discard(store)>{words::DISCARD_YES}</button>
            <button type="button" class="button main keep-going" on:click=move |_| store.tints.is_asking.set(false)>{words::DISCARD_NO}</button></div>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    let store = store();
    let ending = Memo::new(move |_| of(store, |run| run.is_stopping || run.is_discarding));
    let paused = Memo::new(move |_| of(store, |run| run.paused));
    let learns = Memo::new(move |_| of(store, |run| run.phase >= Phase::Tint));
    let hold = move || if paused.get() { (icon("play"), words::RESUME) } else { (icon("pause"), words::PAUSE) };
    let name = move || if ending.get() { words::STOPPING } else { words::STOP };
    view! {
        <div class="work-foot"><p class="forecast"><span class="wide-only">{words::JUDGED_HINT}</span></p>
            <button type="button" class="button plain discard" disabled=ending on:click=move |_| tinting::ask_to_discard(store)>{words::DISCARD}</button>
            <button type="button" class="button lg" disabled=ending on:click=move |_| tinting::toggle(store)>{hold}</button>
            <button type="button" class="button main" disabled=move || ending.get() || !learns.get() on:click=move |_| tinting::stop(store)>{name}</button></div>
    }
}
