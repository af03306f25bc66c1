//! Which skills fight: the change of every layer, and how much any two skills agree.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use protocol::export::csv;
use protocol::words::format;
use protocol::words::screen::layers as words;
use protocol::words::screen::{confusion, scores};

use super::mix::back;
use crate::exporting;
use crate::page;
use crate::parts::heat::{cell, key, still};
use crate::parts::icons::marker;
use crate::shape::heat;
use crate::shape::layers::{Layer, Layers, Pair};
use crate::store::{Store, store};

/// The names of the layers, which the arrow keys walk through.
const NAMES: &str = ".layers .row-name";

/// Work area.
#[component]
pub fn LayerView() -> impl IntoView {
    let store = store();
    let known = store.measures.layers;
    let body = move || match known.get() {
        Some(layers) => view! { <Grid layers=layers/> }.into_any(),
        None => view! { <p class="small" role="status">{words::WORKING}</p> }.into_any(),
    };
    let export = move |_| {
        if let Some(layers) = known.get_untracked() {
            exporting::write(store, exporting::name(store, "layers", "csv"), csv(&table(&layers)));
        }
    };
    let said = move || {
        let said = known.with(|known| known.as_ref().map(|layers| summary(layers, &layers.total)));
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

/// Relative changes as rows of fields.
fn table(layers: &Layers) -> Vec<Vec<String>> {
    let number = |value: &Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let row = |name: &str, layer: &Layer| {
        std::iter::once(name.to_owned()).chain(layer.relative.iter().map(number)).collect::<Vec<_>>()
    };
    let head = std::iter::once("layer".to_owned()).chain(layers.skills.iter().cloned()).collect();
    let rows = layers.rows.iter().map(|layer| row(&layer.name, layer));
    std::iter::once(head).chain(rows).chain(std::iter::once(row("all", &layers.total))).collect()
}

fn pigment(store: Store, skill: &str) -> u8 {
    store.draft.with_untracked(|draft| {
        let expert = draft.project.recipe.experts.iter().find(|expert| expert.skill == skill);
        expert.map_or(0, |expert| draft.pigment(&expert.path))
    })
}

#[component]
fn Grid(layers: Layers) -> impl IntoView {
    let store = store();
    let most = layers.most();
    let head = |skill: &String| {
        view! { <th scope="col"><span class="skill">{marker(pigment(store, skill))}<span class="clip">{skill.clone()}</span></span></th> }
    };
    let heads = layers.skills.iter().map(head).collect_view();
    let whole = layer_row(store, None, words::WHOLE.to_owned(), &layers.total, most);
    let rows = layers.rows.iter().enumerate();
    let rows = rows.map(|(at, layer)| layer_row(store, Some(at), layer.name.clone(), layer, most)).collect_view();
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

/// The pairs that agree most and least, in words.
fn summary(layers: &Layers, layer: &Layer) -> String {
    let (most, least) = layer.extremes();
    let name = |at: usize| layers.skills.get(at).map_or("", String::as_str);
    let words = |pair: Pair| (name(pair.a), name(pair.b), pair.cosine);
    words::summary(most.map(words), least.map(words))
}

/// Inspector: which skills agree in the selected layer.
#[component]
pub fn OfLayers() -> impl IntoView {
    let store = store();
    move || {
        store.measures.layers.get().map(|layers| {
            let layer = layers.at(store.measures.layer.get()).clone();
            let of_layer = (!layer.name.is_empty()).then(|| summary(&layers, &layer));
            let name = if layer.name.is_empty() { words::WHOLE.to_owned() } else { layer.name.clone() };
            view! {
                <div class="inspector-head"><h2>{words::AGREE}</h2></div>
                {agreement(store, &layers, &layer)}
                <p>{of_layer}" "<span class="quiet">{words::SCALE}</span></p>
                <hr/><div class="inspector-head"><h2 class="clip">{name}</h2><span class="right small">{words::parts(layer.parts)}</span></div>
                {sizes(store, &layers, &layer)}
            }
        })
    }
}

fn agreement(store: Store, layers: &Layers, layer: &Layer) -> impl IntoView + use<> {
    let count = layers.skills.len();
    let head = |skill: &String| {
        view! { <th scope="col" title=skill.clone()>{marker(pigment(store, skill))}<span class="unseen">{skill.clone()}</span></th> }
    };
    let row = |a: usize| {
        let skill = &layers.skills[a];
        let cell = |b: usize| match layer.cosine(a, b).filter(|_| a != b) {
            Some(cosine) => {
                let spoken = words::pair(skill, &layers.skills[b], cosine);
                let class = if cosine < 0.0 { "against".to_owned() } else { format!("h{}", heat::step(cosine, 1.0)) };
                view! { <td class=class title=spoken>{format::cosine(cosine)}</td> }.into_any()
            }
            None => view! { <td class="none"></td> }.into_any(),
        };
        view! {
            <tr><th scope="row"><span class="skill">{marker(pigment(store, skill))}<span class="clip">{skill.clone()}</span></span></th>
                {(0..count).map(cell).collect_view()}</tr>
        }
    };
    let heads = layers.skills.iter().map(head).collect_view();
    let rows = (0..count).map(row).collect_view();
    view! { <table class="heat agreement"><caption class="unseen">{words::AGREE}</caption><thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table> }
}

fn sizes(store: Store, layers: &Layers, layer: &Layer) -> impl IntoView + use<> {
    let row = |(skill, change): (&String, &Option<f64>)| {
        let said = change.filter(|change| *change > 0.0).map_or(words::NO_CHANGE.to_owned(), format::small_percent);
        view! { <dt><span class="skill">{marker(pigment(store, skill))}<span class="clip">{skill.clone()}</span></span></dt><dd>{said}</dd> }
    };
    let rows = layers.skills.iter().zip(&layer.relative).map(row).collect_view();
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
            let layers = layers.as_ref()?;
            let at = layers.skills.iter().position(|name| *name == skill.get())?;
            let name = |at: Option<usize>| at.and_then(|at| layers.skills.get(at).cloned());
            Some((name(layers.total.friend(at)), name(layers.total.foe(at))))
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
