//! The inspector: what is selected, in words.

use leptos::prelude::*;
use protocol::failure::Weight;
use protocol::model::{ModelCard, Role};
use protocol::words::{format, problems, screen};

use crate::actions;
use crate::parts::compare::compare_table;
use crate::parts::drop::MixRibbon;
use crate::parts::frame::MixHead;
use crate::parts::icons::{icon, marker};
use crate::parts::problem_card::ProblemNote;
use crate::shape::draft::Draft;
use crate::store::{Step, Store, store};

use screen::mix as mix_words;
use screen::models as words;

/// The inspector of the step in front.
#[component]
pub fn Inspector() -> impl IntoView {
    let store = store();
    let empty = Memo::new(move |_| store.inspection.with(Option::is_none));
    let step = Memo::new(move |_| store.step.get());
    let inside = move || match step.get() {
        Step::Models if empty.get() => view! { <WhatFits/> }.into_any(),
        Step::Start | Step::Models => view! { <OfModels/> }.into_any(),
        Step::Mix => view! { <OfMix/> }.into_any(),
        Step::Save => view! { <super::save::OfSave/> }.into_any(),
    };
    view! { <aside class="inspector" aria-label=screen::frame::INSPECTOR tabindex="-1">{inside}</aside> }
}

/// What can be dropped, while nothing is there.
#[component]
fn WhatFits() -> impl IntoView {
    let last = words::FITTING.len() - 1;
    let note = |(at, (title, text)): (usize, (&'static str, &'static str))| {
        let (class, sign) = if at == last { ("note", "close") } else { ("note good", "tick-round") };
        view! { <li class=class>{icon(sign)}<span><b>{title}</b>{text}</span></li> }
    };
    view! {
        <div class="inspector-head"><h2>{words::WHAT_FITS}</h2></div>
        <ul class="stack wide">{words::FITTING.into_iter().enumerate().map(note).collect_view()}</ul>
        <hr/><p class="small">{words::ONLY_HEADERS}</p>
    }
}

#[component]
fn OfModels() -> impl IntoView {
    let store = store();
    let table = move || store.inspection.with(|found| found.as_ref().map(compare_table));
    let time = move || Some(store.inspected_in.get()).filter(|time| *time >= 0.0).map(words::checked_in);
    let notes = move || {
        let dismissed = store.dismissed.get();
        let problems =
            store.inspection.with(|found| found.as_ref().map(|found| found.problems.clone())).unwrap_or_default();
        let open = problems.into_iter().filter(|one| one.weight == Weight::Notice && !dismissed.contains(&one.title));
        open.map(|problem| view! { <ProblemNote problem=problem/> }).collect_view()
    };
    let selected = Memo::new(move |_| store.selected.get().and_then(|id| store.card(&id.0)));
    view! {
        <div class="inspector-head"><h2>{words::FITS}</h2><span class="right small">{time}</span></div>
        {table}{notes}
        {move || selected.get().map(|card| view! { <hr/><Selected card=card/> })}
    }
}

#[component]
fn Selected(card: ModelCard) -> impl IntoView {
    let store = store();
    let (id, replaced) = (card.id.clone(), card.id.clone());
    let pigment = store.draft.with_untracked(|draft| draft.pigment(&card.id.0));
    let named = card.clone();
    let rows = facts(&card).into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd class="clip">{value}</dd> });
    view! {
        <div class="inspector-head">{marker(pigment)}<h2 class="clip">{move || store.name_of(&named)}</h2>
            <span class="right"><span class="badge">{words::SELECTED}</span></span></div>
        <dl class="pair-table" title=card.place.clone()>{rows.collect_view()}</dl>
        <div class="row">
            <button type="button" class="button" on:click=move |_| actions::replace(store, replaced.clone())>{words::REPLACE}</button>
            <button type="button" class="button plain" on:click=move |_| actions::remove(store, &id)>{words::REMOVE}</button></div>
    }
}

/// Facts of a model, as far as they are known.
fn facts(card: &ModelCard) -> Vec<(&'static str, String)> {
    let private = Some(card.private.len() as u64).filter(|count| *count > 0);
    let all = [
        (words::FILE, Some(problems::short(&card.place).to_owned())),
        (words::WEIGHTS, Some(words::weights(card.parameters, card.tensors))),
        (words::CHANGE, card.change.filter(|_| card.role == Role::Expert).map(words::change)),
        (words::LABELS, card.labels.map(format::grouped)),
        (words::PRIVATE, private.map(format::grouped)),
        (words::LICENCE, card.licence.as_deref().map(words::licence)),
    ];
    all.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
}

#[component]
fn OfMix() -> impl IntoView {
    let store = store();
    let shares = Memo::new(move |_| store.draft.with(Draft::shares));
    let title = Signal::stored(screen::frame::THIS_MIX.to_owned());
    let line = Signal::stored(mix_words::RECIPE_OPEN.to_owned());
    let selected = Memo::new(move |_| selected_skill(store));
    view! {
        <MixHead title=title line=line width=112/>
        <MixRibbon shares=shares tall=true/>
        {move || selected.get().map(|at| view! { <hr/><SelectedSkill at=at/> })}
    }
}

/// Place of the selected skill in the recipe; the first if another model is selected.
fn selected_skill(store: Store) -> Option<usize> {
    let selected = store.selected.get();
    store.draft.with(|draft| {
        let experts = &draft.project.recipe.experts;
        let own = experts.iter().position(|expert| selected.as_ref().is_some_and(|id| id.0 == expert.path));
        own.or(if experts.is_empty() { None } else { Some(0) })
    })
}

#[component]
fn SelectedSkill(at: usize) -> impl IntoView {
    let store = store();
    let name = Memo::new(move |_| store.named_shares().get(at).map(|share| share.0.clone()).unwrap_or_default());
    let strength = Memo::new(move |_| store.draft.with(|draft| draft.shares().get(at).map_or(0.0, |share| share.1)));
    let pigment = store.draft.with_untracked(|draft| draft.shares().get(at).map_or(0, |share| share.0));
    let share = move || format::percent(store.named_shares().get(at).map_or(0.0, |share| share.1));
    let default = Memo::new(move |_| store.draft.with(Draft::default_strength));
    let relative = Memo::new(move |_| store.draft.with(Draft::is_relative));
    let set = move |value: Option<f64>| {
        store.edit(None, |draft| {
            let id = draft.project.recipe.experts[at].path.clone();
            draft.set_strength(&id, value, false);
        });
    };
    view! {
        <div class="inspector-head">{marker(pigment)}<h2 class="clip">{name}</h2>
            <span class="right num strong">{move || format::strength(strength.get())}</span></div>
        <p>{move || mix_words::meaning(&name.get(), strength.get(), relative.get())}" "
            <span class="quiet">{move || mix_words::recommended(default.get(), relative.get())}</span></p>
        <dl class="pair-table"><dt>{mix_words::SHARE}</dt><dd>{share}</dd></dl>
        <div class="row"><button type="button" class="button" on:click=move |_| set(None)>{icon("reset")}
                {move || mix_words::reset_to(default.get())}</button>
            <button type="button" class="button plain" disabled=move || strength.get() == 0.0
                on:click=move |_| set(Some(0.0))>{mix_words::LEAVE_OUT}</button></div>
    }
}
