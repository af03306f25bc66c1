//! The step Save when a save is done: what was written, where, and how it was checked.

use leptos::prelude::*;
use protocol::report::Check;
use protocol::words::screen::done as words;
use protocol::words::{card, format};

use crate::page;
use crate::parts::drop::{MixDrop, MixRibbon, spoken};
use crate::parts::icons::{icon, icon_with};
use crate::saving;
use crate::shape::draft::Draft;
use crate::store::{Saved, Step, Store, named_shares, store};

/// Reads something of the finished save.
fn of<T: Default>(store: Store, read: impl Fn(&Saved) -> T) -> T {
    store.saved.with(|saved| saved.as_ref().map(read).unwrap_or_default())
}

/// Work area.
#[component]
pub fn Done() -> impl IntoView {
    let store = store();
    let shares = Memo::new(move |_| of(store, |saved| Draft::shares(&saved.draft)));
    let label = Signal::derive(move || spoken(&of(store, |saved| named_shares(&saved.draft))));
    let title = move || of(store, |saved| saving::done_title(&saved.report));
    let lead = move || of(store, |saved| words::lead(&saved.name, saved.report.models.len()));
    let checks = move || of(store, |saved| saved.report.checks.clone()).into_iter().map(check).collect_view();
    view! {
        <div class="work-head arrival"><div class="row"><MixDrop shares=shares width=66 label=label on_surface=true/>
            <div><h1 tabindex="-1">{title}</h1><p class="lead">{lead}</p></div></div></div>
        <div class="work-body">
            <section class="panel flat"><ul class="checks" aria-label=words::CHECKS>{checks}</ul></section>
            <Facts/>
        </div>
        <Foot/>
    }
}

fn check(check: Check) -> impl IntoView {
    let sign = if check.passed { icon_with("tick-round", "good") } else { icon_with("warn", "bad") };
    view! { <li class="check-row">{sign}<span class="t">{card::check(check.name)}</span><span class="v">{check.value}</span></li> }
}

/// SHA-256 of the first weight file.
fn fingerprint(saved: &Saved) -> String {
    let files = &saved.report.files;
    let weights = files.iter().find(|file| file.path.ends_with(".safetensors")).or(files.first());
    weights.map(|file| file.sha256.clone()).unwrap_or_default()
}

#[component]
fn Facts() -> impl IntoView {
    let store = store();
    let place = move || of(store, |saved| words::place(&saved.folder, &saved.name));
    let whole = move || of(store, |saved| saved.report.out.clone());
    let size = move || {
        of(store, |saved| {
            let files = &saved.report.files;
            words::size(files.iter().map(|file| file.bytes).sum(), files.len(), &saved.dtype)
        })
    };
    let sha = move || of(store, fingerprint);
    let recipe = move || of(store, |saved| words::inside(saved.report.parents.len()));
    let copy_sha = move |_| {
        page::copy(&untrack(sha));
        copied(store);
    };
    let copy_recipe = move |_| {
        if let Some(text) = untrack(|| of(store, |saved| saved.recipe.clone())) {
            page::copy(&text);
            copied(store);
        }
    };
    view! {
        <section class="panel facts-panel">
            <div class="row"><span class="small">{words::WHERE}</span><span class="num clip" title=whole>{place}</span>
                <button type="button" class="button right" on:click=move |_| saving::show_saved(store)>{icon("folder")}{words::SHOW_IN_FOLDER}</button></div>
            <div class="row"><span class="small">{words::SIZE}</span><span class="num">{size}</span></div>
            <div class="row"><span class="small">{words::SHA}</span><span class="mono num clip" title=sha>{move || format::fingerprint(&sha())}</span>
                <button type="button" class="button right" on:click=copy_sha>{icon("copy")}{words::COPY}</button></div>
            <div class="row"><span class="small">{words::RECIPE}</span><span class="num">{recipe}</span>
                <button type="button" class="button right" on:click=copy_recipe>{icon("copy")}{words::COPY_RECIPE}</button></div>
        </section>
    }
}

fn copied(store: Store) {
    store.say(protocol::words::screen::frame::COPIED.into(), String::new(), None);
}

#[component]
fn Foot() -> impl IntoView {
    let store = store();
    let another = move |_| {
        store.save_name.set(None);
        store.saved.set(None);
        // The name that was just used is taken now; the forecast says so and offers a free one.
        store.look_again.notify();
    };
    let new = move |_| {
        crate::opening::start_from_this(store);
        store.step.set(Step::Mix);
    };
    view! {
        <div class="work-foot"><p class="forecast"></p>
            <button type="button" class="button plain" on:click=another>{words::ANOTHER_FORM}</button>
            <button type="button" class="button main" on:click=new>{words::NEW_FROM_THIS}</button></div>
    }
}

/// Inspector: what it opens as, and that it remembers.
#[component]
pub fn OfDone() -> impl IntoView {
    let store = store();
    let shares = Memo::new(move |_| of(store, |saved| Draft::shares(&saved.draft)));
    let models = move || {
        let all = of(store, |saved| saved.report.models.clone());
        let name = of(store, |saved| saved.name.clone());
        let line = move |model: protocol::report::OpenableModel| {
            let folder = if model.folder.is_empty() { name.clone() } else { model.folder };
            view! { <li>{icon("folder")}<span class="clip">{folder}</span><span class="v">{model.skill}</span></li> }
        };
        all.into_iter().map(line).collect_view()
    };
    let rows = move || {
        of(store, facts).into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }).collect_view()
    };
    view! {
        <div class="inspector-head"><h2>{words::OPENS_AS}</h2></div>
        <ul class="tree">{models}</ul>
        <MixRibbon shares=shares tall=true/>
        <hr/><dl class="pair-table">{rows}</dl><hr/>
        <div class="note">{icon("drop")}<span><b>{words::FILE_REMEMBERS}</b>{words::FILE_REMEMBERS_HINT}</span></div>
    }
}

fn facts(saved: &Saved) -> Vec<(&'static str, String)> {
    let report = &saved.report;
    vec![
        (words::RAN_ON, report.engine.clone()),
        (words::TOOK, format::seconds(report.seconds)),
        (words::MEMORY, format::bytes(report.memory.peak)),
        (words::PARTS, format::grouped(report.tensors.merged)),
    ]
}
