//! Which skills fight: the change of every layer, and how much any two skills agree.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use protocol::statistics::{Layer, LayerStatistics};
use protocol::words::screen::layers as words;
use protocol::words::screen::{confusion, scores};
use protocol::words::{format, statistics};

use super::mix::back;
use crate::conflicts;
use crate::exporting;
use crate::page;
use crate::parts::heat::{cell, key, still};
use crate::parts::icons::marker;
use crate::parts::problem_card::ProblemCard;
use crate::shape::heat;
use crate::shape::layers::{cosine, extremes, foe, friend, layer, most};
use crate::store::{Store, store};

/// The names of the layers, which the arrow keys walk through.
const NAMES: &str = ".layers .row-name";

/// Least end of the scale of cosines.
const LEAST_SCALE: f64 = 0.2;

/// Work area.
#[component]
pub fn LayerView() -> impl IntoView {
    let store = store();
    let known = store.measures.layers;
    let body = move || match (known.get(), store.measures.is_comparing.get()) {
        (Some(found), _) => view! { <Grid found=found/> }.into_any(),
        (None, true) => view! { <p class="small" role="status">{words::WORKING}</p> }.into_any(),
        (None, false) => view! { <NotYet/> }.into_any(),
    };
    let export = move |_| {
        if let Some(found) = known.get_untracked() {
            exporting::write(store, exporting::name(store, "layers", "csv"), statistics::csv(&found));
        }
    };
    let said = move || {
        let said = known.with(|known| known.as_ref().map(statistics::summary));
        said.map(|said| view! { <p class="mix-sentence">{said}</p> })
    };
    view! {
        <div class="work-head"><div><h1 tabindex="-1">{words::TITLE}</h1><p class="lead">{words::LEAD}</p></div></div>
        <div class="work-body close">{said}{body}</div>
        <div class="work-foot"><p class="forecast"></p>
            <button type="button" class="button" disabled=move || known.with(Option::is_none) on:click=export>{scores::SAVE_CSV}</button>
            <button type="button" class="button main" on:click=move |_| back(store)>{confusion::DONE}</button></div>
    }
}

/// The comparison ended without a result: why, and the way to another.
#[component]
fn NotYet() -> impl IntoView {
    let store = store();
    let failure = move || {
        store.measures.compare_failure.get().map(|problem| view! { <ProblemCard problem=problem pigment=None/> })
    };
    view! {
        {failure}
        <div class="row"><button type="button" class="button" on:click=move |_| conflicts::ask(store)>{words::AGAIN}</button></div>
    }
}

fn pigment(store: Store, skill: &str) -> u8 {
    store.draft.with_untracked(|draft| {
        let expert = draft.project.recipe.experts.iter().find(|expert| expert.skill == skill);
        expert.map_or(0, |expert| draft.pigment(&expert.path))
    })
}

#[component]
fn Grid(found: LayerStatistics) -> impl IntoView {
    let store = store();
    let most = most(&found);
    let head = |skill: &String| {
        view! { <th scope="col"><span class="skill">{marker(pigment(store, skill))}<span class="clip">{skill.clone()}</span></span></th> }
    };
    let heads = found.skills.iter().map(head).collect_view();
    let row = |at: Option<usize>, of: &Layer| layer_row(store, at, statistics::title(&found, of), of, most);
    let whole = row(None, &found.total);
    let rows = found.layers.iter().enumerate().map(|(at, of)| row(Some(at), of)).collect_view();
    view! {
        <table class="heat layers"><caption class="unseen">{words::LEAD}</caption>
            <thead><tr><th scope="col">{words::LAYER}</th>{heads}</tr></thead><tbody>{whole}{rows}</tbody></table>
        <div class="legend">{key(words::NOTHING.to_owned(), format::small_percent(most))}</div>
    }
}

fn layer_row(store: Store, at: Option<usize>, name: String, layer: &Layer, most: f64) -> impl IntoView + use<> {
    let here = move || store.measures.layer.get() == at;
    let change = |change: &Option<f64>| match change {
        Some(change) if *change > 0.0 => cell(format::small_percent(*change), heat::step(*change, most)).into_any(),
        _ => still(words::NO_CHANGE).into_any(),
    };
    let cells = layer.relative.iter().map(change).collect_view();
    let press = |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "ArrowDown" | "ArrowUp") {
            event.prevent_default();
            page::focus_next(NAMES, event.key() == "ArrowDown");
        }
    };
    let label = words::select(&name);
    let select = move || store.measures.layer.set(at);
    view! {
        <tr class:selected=here class:whole=at.is_none()>
            <th scope="row"><button type="button" class="row-name" aria-label=label aria-pressed=move || here().to_string()
                tabindex=move || if here() { "0" } else { "-1" } on:click=move |_| select() on:focus=move |_| select()
                on:keydown=press><span class="clip">{name}</span></button></th>{cells}</tr>
    }
}

/// The pairs that agree most and least in a layer, in words.
fn said(found: &LayerStatistics, of: &Layer) -> Option<String> {
    let (most, least) = extremes(of)?;
    let name = |at: usize| found.skills.get(at).map_or("", String::as_str);
    Some(words::extremes((name(most.a), name(most.b), most.cosine), (name(least.a), name(least.b), least.cosine)))
}

/// Inspector: which skills agree in the selected layer.
#[component]
pub fn OfLayers() -> impl IntoView {
    let store = store();
    move || {
        store.measures.layers.get().map(|found| {
            let place = store.measures.layer.get();
            let of = layer(&found, place).clone();
            // What the whole model says stands over the table.
            let said = place.and_then(|_| said(&found, &of));
            view! {
                <div class="inspector-head"><h2 class="clip">{statistics::title(&found, &of)}</h2>
                    <span class="right small">{words::size(of.tensors, of.elements)}</span></div>
                {sizes(store, &found, &of)}
                <hr/><div class="inspector-head"><h2>{words::AGREE}</h2></div>
                {agreement(store, &found, &of)}
                <p>{said}" "<span class="quiet">{words::SCALE}</span></p>
            }
        })
    }
}

fn agreement(store: Store, found: &LayerStatistics, of: &Layer) -> impl IntoView + use<> {
    let count = found.skills.len();
    let head = |skill: &String| {
        view! { <th scope="col" title=skill.clone()>{marker(pigment(store, skill))}<span class="unseen">{skill.clone()}</span></th> }
    };
    // Cosines of separate fine-tunes are small: the scale ends at the highest of them.
    let most = extremes(of).map_or(LEAST_SCALE, |(most, _)| most.cosine.max(LEAST_SCALE));
    let row = |a: usize| {
        let skill = &found.skills[a];
        let cell = |b: usize| match cosine(of, a, b).filter(|_| a != b) {
            Some(cosine) => {
                let spoken = words::pair(skill, &found.skills[b], cosine);
                let class = if cosine < 0.0 { "against".to_owned() } else { format!("h{}", heat::step(cosine, most)) };
                view! { <td class=class title=spoken>{statistics::cosine(cosine)}</td> }.into_any()
            }
            None => view! { <td class="none"></td> }.into_any(),
        };
        view! {
            <tr><th scope="row"><span class="skill">{marker(pigment(store, skill))}<span class="clip">{skill.clone()}</span></span></th>
                {(0..count).map(cell).collect_view()}</tr>
        }
    };
    let heads = found.skills.iter().map(head).collect_view();
    let rows = (0..count).map(row).collect_view();
    view! { <table class="heat agreement"><caption class="unseen">{words::AGREE}</caption><thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table> }
}

fn sizes(store: Store, found: &LayerStatistics, of: &Layer) -> impl IntoView + use<> {
    let row = |(skill, change): (&String, &Option<f64>)| {
        let said = change.filter(|change| *change > 0.0).map_or(words::NO_CHANGE.to_owned(), format::small_percent);
        view! { <dt><span class="skill">{marker(pigment(store, skill))}<span class="clip">{skill.clone()}</span></span></dt><dd>{said}</dd> }
    };
    let rows = found.skills.iter().zip(&of.relative).map(row).collect_view();
    view! { <dl class="pair-table">{rows}</dl> }
}

/// Lines of the selected skill in the inspector of the mix: whom it gets along with, and whom it fights.
#[component]
pub fn Company(
    /// Name of the skill.
    #[prop(into)]
    skill: Signal<String>,
) -> impl IntoView {
    let store = store();
    let found = move || {
        store.measures.layers.with(|layers| {
            let found = layers.as_ref()?;
            let at = found.skills.iter().position(|name| *name == skill.get())?;
            let name = |at: Option<usize>| at.and_then(|at| found.skills.get(at).cloned());
            Some((name(friend(&found.total, at)), name(foe(&found.total, at))))
        })
    };
    let shown = move |name: Option<String>| match name {
        Some(name) => view! { <span class="skill">{marker(pigment(store, &name))}{name}</span> }.into_any(),
        None => words::NOBODY.into_any(),
    };
    move || {
        found().map(|(friend, foe)| {
            view! { <dt>{words::GETS_ALONG}</dt><dd>{shown(friend)}</dd><dt>{words::FIGHTS}</dt><dd>{shown(foe)}</dd> }
        })
    }
}
