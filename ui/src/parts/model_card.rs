//! A model among the models: pigment, name, facts, role.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use protocol::model::{ModelCard as Card, Role};
use protocol::words::{format, problems, screen::models as words, verdict};

use super::example_cell::{ExampleCell, ExampleTroubles, is_over};
use super::fit::FitField;
use super::icons::{marker, shape};
use crate::actions::{choose_base, remove};
use crate::store::store;

/// The card of one model.
#[component]
pub fn ModelCard(
    /// What was found out about it.
    card: Card,
) -> impl IntoView {
    let store = store();
    let id = StoredValue::new(card.id.clone());
    let pigment = Memo::new(move |_| id.with_value(|id| store.draft.with(|draft| draft.pigment(&id.0))));
    let selected = move || id.with_value(|id| store.selected.with(|selected| selected.as_ref() == Some(id)));
    let select = move || store.selected.set(Some(id.get_value()));
    let press = move |event: KeyboardEvent| match event.key().as_str() {
        "Delete" if !crate::page::is_typing() => {
            event.stop_propagation();
            remove(store, &id.get_value());
        }
        _ => {}
    };
    let is_base = card.role == Role::Base;
    // Examples can be let go over a specialist's card.
    let drop = (!is_base).then(|| card.id.0.clone());
    let over = move || id.with_value(|id| is_over(store, &id.0));
    view! {
        <li class="model-card" class:selected=selected class:over=over data-drop=drop on:click=move |_| select()
            on:focusin=move |_| select() on:keydown=press>
            {move || view! { <span class=format!("chip p{}", shape(pigment.get()))>{marker(pigment.get())}</span> }}
            <div class="who"><Name card=card.clone()/>{facts(&card)}</div>
            {if is_base { why(&card).into_any() } else { view! { <ExampleCell model=id.get_value().0/> }.into_any() }}
            <RoleChoice card=card/>
            {(!is_base).then(|| view! { <ExampleTroubles model=id.get_value().0/> })}
        </li>
    }
}

/// The name: a text box for a skill, plain for the starting model.
#[component]
fn Name(card: Card) -> impl IntoView {
    let store = store();
    if card.role == Role::Base {
        return view! { <p class="name"><span class="clip">{card.name}</span></p> }.into_any();
    }
    let id = StoredValue::new(card.id.clone());
    let shown = Memo::new(move |_| store.name_of(&card));
    let take = move |wished: String| {
        let mut taken = false;
        store.edit(None, |draft| taken = draft.rename(&id.get_value(), &wished));
        if !taken && wished.trim() != shown.get_untracked() {
            store.say(words::NAME_TAKEN.into(), String::new(), None);
        }
    };
    view! {
        <p class="name"><FitField class="skill-name" label=words::SKILL_NAME value=shown on_take=Callback::new(take)/></p>
    }
    .into_any()
}

/// Type, size, files, licence; for a skill the file's name first.
fn facts(card: &Card) -> impl IntoView + use<> {
    let file = (card.role == Role::Expert).then(|| problems::short(&card.place).to_owned());
    let dtype = card.main_dtype().map(|dtype| dtype.name().to_owned());
    let files = words::files(card.paths.len());
    let all = [file, dtype, Some(format::bytes(card.bytes)), Some(files), card.licence.clone()];
    let facts = all.into_iter().flatten().map(|fact| view! { <span>{fact}</span> }).collect_view();
    view! { <p class="facts clip">{facts}</p> }
}

/// Why it was proposed as starting model, with more behind a button.
fn why(card: &Card) -> impl IntoView + use<> {
    let open = RwSignal::new(false);
    let (short, long) = (verdict::base_reason(card.role_reason), verdict::base_why(card.role_reason));
    let close = move |event: KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            event.stop_propagation();
            open.set(false);
        }
    };
    view! {
        <div class="examples" on:keydown=close><span>{short}</span>
            <button type="button" class="link" aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open) on:blur=move |_| open.set(false)>{words::WHY}</button>
            {move || open.get().then(|| view! { <p class="bubble" role="note">{long}</p> })}</div>
    }
}

/// The radio button that says which model is the starting model.
#[component]
fn RoleChoice(card: Card) -> impl IntoView {
    let store = store();
    let is_base = card.role == Role::Base;
    let id = card.id.clone();
    let name = card.clone();
    let choose = move |_| {
        if !is_base {
            choose_base(store, id.clone());
        }
    };
    view! {
        <label class="role">
            <input type="radio" class="radio" name="starting-model" prop:checked=is_base on:change=choose
                aria-label=move || words::role_of(&store.name_of(&name), is_base)/>
            <span>{if is_base { words::STARTING_MODEL } else { words::SPECIALIST }}</span></label>
    }
}

/// A card that is still being looked at.
pub fn skeleton() -> impl IntoView {
    view! {
        <li class="model-card" aria-hidden="true"><span class="chip waiting"></span>
            <div class="stack"><span class="skeleton w40"></span><span class="skeleton w60"></span></div></li>
    }
}
