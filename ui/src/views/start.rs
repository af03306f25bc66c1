//! The start screen: begin, go on, or try the sample.

use leptos::prelude::*;
use protocol::project::Recent;
use protocol::words::screen::{frame, start as words};

use crate::opening;
use crate::page;
use crate::parts::drop::{MixDrop, MixRibbon};
use crate::parts::icons::{icon, picture};
use crate::store::{Popover, store};

/// The screen.
#[component]
pub fn Start() -> impl IntoView {
    let store = store();
    let version =
        move || store.machine.with(|machine| machine.as_ref().map(|machine| words::version(&machine.version)));
    let open = move |popover: Popover| move |_| store.popover.set(popover);
    view! {
        <div class="start">
            <main class="start-left">
                <div class="wordmark" role="img" aria-label=frame::APP>
                    <svg width="150" height="40" viewBox="0 0 300 80" aria-hidden="true">{picture("wordmark")}</svg></div>
                <div class="start-actions">
                    <h1 tabindex="-1">{words::TITLE[0]}<br/>{words::TITLE[1]}</h1>
                    <Actions/>
                </div>
                <div class="row small"><span>{version}</span><span class="right row links">
                    <button type="button" class="link" on:click=open(Popover::Settings)>{frame::SETTINGS}</button>
                    <button type="button" class="link" on:click=open(Popover::Help)>{words::HELP}</button></span></div>
            </main>
            <section class="start-right" aria-label=words::RECENT_PROJECTS>
                {move || store.recents.get().map(recents)}
            </section>
        </div>
    }
}

#[component]
fn Actions() -> impl IntoView {
    let store = store();
    // On the very first run the sample is the filled one.
    let first = move || store.recents.with(|recents| recents.as_ref().is_some_and(Vec::is_empty));
    let known = move || store.recents.with(Option::is_some);
    let action =
        move |symbol: &'static str, title: &'static str, hint: &'static str, key: &'static str, main: Signal<bool>| {
            view! {
                <span class="tile" class:main=main>{icon(symbol)}</span>
                <span><span class="t">{title}</span><span class="s">{hint}</span></span><span class="key">{key}</span>
            }
        };
    let new = action("plus", words::NEW, words::NEW_HINT, "Ctrl N", Signal::derive(move || known() && !first()));
    let open = action("folder", words::OPEN, words::OPEN_HINT, "Ctrl O", Signal::stored(false));
    let sample = action("drop", words::SAMPLE, words::SAMPLE_HINT, "", Signal::derive(first));
    view! {
        <button type="button" class="start-action" aria-label=words::NEW on:click=move |_| opening::new_mix(store)>{new}</button>
        <button type="button" class="start-action" aria-label=words::OPEN on:click=move |_| opening::open_chosen(store)>{open}</button>
        <button type="button" class="start-action" aria-label=words::SAMPLE on:click=move |_| opening::open_sample(store)>{sample}</button>
    }
}

fn recents(all: Vec<Recent>) -> impl IntoView {
    if all.is_empty() {
        return view! {
            <div class="no-recents"><MixDrop shares=Signal::stored(vec![]) width=64 on_surface=true/>
                <h2>{words::NO_RECENT}</h2><p class="quiet">{words::NO_RECENT_HINT}</p></div>
        }
        .into_any();
    }
    let cards = all.into_iter().map(recent).collect_view();
    view! {
        <div class="row"><h2 class="big">{words::RECENT}</h2><span class="right small">{words::NEWEST_FIRST}</span></div>
        <div class="recents">{cards}</div>
    }
    .into_any()
}

fn recent(one: Recent) -> impl IntoView {
    let store = store();
    let shares = Signal::stored(one.shares);
    let (key, forgotten) = (one.key.clone(), one.key);
    let missing = (one.missing > 0).then(|| {
        let forget = move |_| opening::forget_recent(store, forgotten.clone());
        view! {
            <span class="row moved"><span class="badge notice">{icon("warn")}{words::moved(one.missing)}</span>
                <button type="button" class="link small" on:click=forget>{words::FORGET}</button></span>
        }
    });
    view! {
        <div class="recent"><button type="button" class="recent-open" on:click=move |_| opening::open_recent(store, key.clone())>
            <span class="thumb"><MixDrop shares=shares width=60/></span>
            <MixRibbon shares=shares/><span class="t">{one.name}</span><span class="s">{when(one.changed)}</span></button>
            {missing}</div>
    }
}

/// A time in words, seen from today.
fn when(seconds: u64) -> String {
    let (then, today) = (page::day(seconds as f64 * 1000.0), page::day(page::now()));
    let days = ((today.midnight - then.midnight) / 86_400_000.0).round() as i64;
    let year = (then.year != today.year).then_some(then.year);
    words::when(days, then.time, then.day, then.month, year)
}
