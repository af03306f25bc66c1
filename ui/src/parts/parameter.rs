//! The settings of a method: one control for each parameter of its row.

use leptos::ev::Event;
use leptos::prelude::*;
use protocol::masks::GRID;
use protocol::methods::{ParameterKind, ParameterRow};
use protocol::recipe::Recipe;
use protocol::words::masks::selectivity;
use protocol::words::screen::masks as mask_words;
use protocol::words::screen::parameters as words;
use serde_json::{Value, json};

use super::icons::{icon, marker};
use crate::shape::masks::place;
use crate::shape::parameters::{self, land, position};
use crate::store::{Store, store};

/// Reads something of the recipe.
fn of<T>(store: Store, read: impl FnOnce(&Recipe) -> T) -> T {
    store.draft.with(|draft| read(&draft.project.recipe))
}

fn set(store: Store, name: &'static str, value: Option<Value>) {
    store.edit(Some(&format!("parameter {name}")), |draft| draft.set_parameter(name, value));
}

/// The control of one parameter, with its name and its sentence.
#[component]
pub fn Parameter(
    /// Row of the table of methods.
    row: &'static ParameterRow,
) -> impl IntoView {
    let store = store();
    let control = match row.kind {
        ParameterKind::Number { least, most, step, .. } => {
            view! { <Number row=row least=least most=most step=step/> }.into_any()
        }
        ParameterKind::NeededBy => view! { <NeededBy label=row.title/> }.into_any(),
        ParameterKind::Choice(choices) => view! { <Choice row=row choices=choices/> }.into_any(),
        ParameterKind::Selectivity => view! { <Selectivity label=row.title with_value=true/> }.into_any(),
    };
    let changed = move || !of(store, |recipe| parameters::is_default(recipe, row.name));
    let reset = move |_| {
        set(store, row.name, None);
        store.settle();
    };
    view! {
        <div class="parameter"><div class="parameter-name"><span class="label">{row.title}</span><span class="small">{row.sentence}</span></div>
            <div class="parameter-control">{control}</div>
            <button type="button" class="icon-button sm" aria-label=words::reset(row.title) title=words::reset(row.title)
                disabled=move || !changed() on:click=reset>{icon("reset")}</button></div>
    }
}

/// A number: a slider and a box.
#[component]
fn Number(row: &'static ParameterRow, least: f64, most: f64, step: f64) -> impl IntoView {
    let store = store();
    let value = Memo::new(move |_| of(store, |recipe| parameters::number(recipe, row.name)));
    let said = move || words::number(value.get());
    let slide = move |event: Event| {
        if let Ok(wished) = event_target_value(&event).parse::<f64>() {
            set(store, row.name, Some(json!(land(wished, step).clamp(least, most))));
        }
    };
    let wrong = RwSignal::new(false);
    let take = move |event: Event| {
        let typed = parameters::typed(&event_target_value(&event), least, most);
        wrong.set(typed.is_none());
        if let Some(typed) = typed {
            set(store, row.name, Some(json!(typed)));
            store.settle();
        }
    };
    view! {
        <span class="slider-and-box">
            <input type="range" min=least max=most step=step aria-label=row.title
                aria-valuetext=move || words::spoken(row.title, &said()) prop:value=move || value.get().to_string()
                style=("--v", move || format!("{:.4}", position(value.get(), least, most)))
                on:input=slide on:change=move |_| store.settle()/>
            <input class="number" type="text" inputmode="decimal" autocomplete="off" aria-label=words::typed(row.title)
                aria-invalid=move || wrong.get().then_some("true") prop:value=said on:change=take/></span>
    }
}

/// One of some words.
#[component]
fn Choice(row: &'static ParameterRow, choices: &'static [(&'static str, &'static str)]) -> impl IntoView {
    let store = store();
    let chosen = Memo::new(move |_| of(store, |recipe| parameters::word(recipe, row.name)));
    let choose = move |word: &'static str| store.edit(None, |draft| draft.set_parameter(row.name, Some(json!(word))));
    let one = move |&(word, title): &'static (&'static str, &'static str)| {
        view! {
            <button type="button" aria-pressed=move || (chosen.get() == word).to_string() on:click=move |_| choose(word)>{title}</button>
        }
    };
    view! { <span class="segments" role="group" aria-label=row.title>{choices.iter().map(one).collect_view()}</span> }
}

/// How many skills have to need a weight: 0 to all of them, and one more that says why it cannot be.
#[component]
pub fn NeededBy(
    /// What it is called.
    label: &'static str,
    /// Whether it can be changed here.
    #[prop(optional, into)]
    locked: Signal<bool>,
) -> impl IntoView {
    let store = store();
    let skills = Memo::new(move |_| of(store, |recipe| recipe.experts.len()));
    let chosen = Memo::new(move |_| of(store, |recipe| crate::shape::masks::counted(recipe).settings().k));
    let choose = move |k: usize| store.edit(None, |draft| draft.set_parameter("k", Some(json!(k))));
    let one = move |k: usize| {
        let beyond = move || k > skills.get();
        let why = move || beyond().then(|| mask_words::too_many(skills.get()));
        view! {
            <button type="button" aria-pressed=move || (chosen.get() as usize == k).to_string() title=why aria-description=why
                disabled=move || beyond() || locked.get() on:click=move |_| choose(k)>{k}</button>
        }
    };
    let all = move || (0..=skills.get() + 1).map(one).collect_view();
    view! {
        <span class="row"><span class="segments needed-by" class:locked=locked role="group" aria-label=label>{all}</span>
            <span class="small">{mask_words::SKILLS}</span></span>
    }
}

/// The selectivity of all skills on the steps that are counted, and those of each skill where they differ.
#[component]
pub fn Selectivity(
    /// What it is called.
    label: &'static str,
    /// Whether it can be changed here.
    #[prop(optional, into)]
    locked: Signal<bool>,
    /// Whether the value stands beside the slider.
    #[prop(optional)]
    with_value: bool,
) -> impl IntoView {
    let store = store();
    let recipe = move || of(store, crate::shape::masks::counted);
    let at = Memo::new(move |_| place(parameters::middle(&recipe())));
    let said = Memo::new(move |_| parameters::said_selectivity(&recipe()));
    let differs = Memo::new(move |_| parameters::uniform(&recipe()).is_none());
    let slide = move |event: Event| {
        let step = event_target_value(&event).parse::<usize>().ok().and_then(|at| GRID.get(at));
        if let Some(value) = step {
            set(store, "selectivity", Some(json!(value)));
        }
    };
    let last = GRID.len() - 1;
    let end = |at: usize| {
        let x = format!("{}%", at * 100 / last);
        view! { <span style=("--x", x)>{selectivity(GRID[at])}</span> }
    };
    view! {
        <div class="selectivity" class:valued=with_value><input type="range" min="0" max=last step="1" aria-label=label disabled=locked
                aria-valuetext=move || mask_words::spoken(&said.get()) prop:value=move || at.get().to_string()
                style=("--v", move || format!("{:.4}", at.get() as f64 / last as f64))
                on:input=slide on:change=move |_| store.settle()/>
            {with_value.then(|| view! { <span class="num" aria-hidden="true">{said}</span> })}
            <div class="track-scale" aria-hidden="true">{[0, last / 2, last].map(end).into_iter().collect_view()}</div>
            {move || differs.get().then(|| view! { <OwnSelectivities locked=locked/> })}</div>
    }
}

/// The selectivity of each skill.
#[component]
fn OwnSelectivities(locked: Signal<bool>) -> impl IntoView {
    let store = store();
    let rows = move || {
        store.draft.with(|draft| {
            let recipe = &draft.project.recipe;
            let experts = recipe.experts.iter().zip(recipe.settings().selectivity);
            experts.map(|(expert, own)| (expert.skill.clone(), draft.pigment(&expert.path), own)).collect::<Vec<_>>()
        })
    };
    let row = move |(skill, pigment, own): (String, u8, f64)| {
        let name = skill.clone();
        let take = move |event: Event| {
            if let Ok(value) = event_target_value(&event).parse::<f64>() {
                store.edit(None, |draft| draft.set_own_selectivity(&name, value));
            }
        };
        // A value between the steps, as a recipe can have it, stays among the choices.
        let mut steps = GRID.to_vec();
        if !steps.contains(&own) {
            steps.push(own);
            steps.sort_by(f64::total_cmp);
        }
        let step =
            |value: f64| view! { <option value=value.to_string() selected=value == own>{selectivity(value)}</option> };
        view! {
            <li>{marker(pigment)}<span class="clip">{skill.clone()}</span>
                <select class="own-value" aria-label=mask_words::selectivity_of(&skill) disabled=locked on:change=take>
                    {steps.into_iter().map(step).collect_view()}</select></li>
        }
    };
    let same = move |_| {
        let middle = store.draft.with_untracked(|draft| parameters::middle(&draft.project.recipe));
        store.edit(None, |draft| draft.set_parameter("selectivity", Some(json!(GRID[place(middle)]))));
    };
    view! {
        <ul class="own-selectivities">{move || rows().into_iter().map(row).collect_view()}</ul>
        <button type="button" class="link small" disabled=locked on:click=same>{mask_words::SAME_FOR_ALL}</button>
    }
}
