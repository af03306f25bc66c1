//! A skill pack over the window: what is in it, and its skills to be restored.

use leptos::prelude::*;
use protocol::failure::{Action, FailureCode, Problem};
use protocol::pack::{PackCard, PackSkill};
use protocol::words::screen::{frame, pack as words};
use protocol::words::{pack, problems};

use crate::packs::{self, Open};
use crate::page;
use crate::parts::icons::{icon, icon_with};
use crate::saving;
use crate::store::{Store, store};

/// The pack, as long as one is open.
#[component]
pub fn PackSheet() -> impl IntoView {
    let store = store();
    let open = Memo::new(move |_| store.packs.open.get());
    move || open.get().map(|open| view! { <Sheet open=open/> })
}

#[component]
fn Sheet(open: Open) -> impl IntoView {
    let store = store();
    Effect::new(move |_| page::focus(".pack .icon-button"));
    let close = move |_| packs::close(store);
    let looking = open.card.is_none();
    let looking = move || (looking && store.packs.failure.with(Option::is_none)).then_some(words::LOOKING);
    view! {
        <div class="veil"></div>
        <section class="sheet-over pack" role="dialog" aria-modal="true" aria-label=words::TITLE>
            <div class="inspector-head"><h2>{open.name}</h2>
                <button type="button" class="icon-button sm right" aria-label=frame::CLOSE on:click=close>{icon("close")}</button></div>
            <p class="small">{looking}</p>
            {open.card.map(|card| view! { <Contents card=card/> })}
            <Trouble/>
        </section>
    }
}

#[component]
fn Contents(card: PackCard) -> impl IntoView {
    let store = store();
    let weights = card.sizes.weights;
    let facts = [
        (words::BASE, pack::base(&card)),
        (words::MASKS, words::masks(&card).to_owned()),
        (words::CHANGE, pack::change(card.change).to_owned()),
        (words::SIZE, words::size(&card)),
    ];
    let rows = facts.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> });
    let choose = move |_| packs::choose_base(store, None);
    let chosen = move || store.packs.base.with(Option::is_some).then_some(words::BASE_CHOSEN);
    let base = (!card.base.inside).then(|| {
        view! {
            <div class="row"><span class="small">{chosen}</span>
                <button type="button" class="button right" on:click=choose>{icon("folder")}{words::CHOOSE_BASE}</button></div>
        }
    });
    view! {
        <p>{words::lead(&card)}</p>
        <dl class="pair-table">{rows.collect_view()}</dl>
        {base}
        <ul class="checks" aria-label=words::SKILLS>
            {card.skills.into_iter().map(|one| view! { <Skill one=one weights=weights/> }).collect_view()}</ul>
    }
}

#[component]
fn Skill(one: PackSkill, weights: u64) -> impl IntoView {
    let store = store();
    let name = StoredValue::new(one.skill.clone());
    let is_mine = move || store.packs.running.with(|run| run.as_ref().is_some_and(|run| run.skill == name.get_value()));
    let done = Memo::new(move |_| store.packs.done.with(|done| done.get(&name.get_value()).cloned()));
    let keeps = pack::skill(&one, weights);
    let state = move || {
        let running = store.packs.running.with(|run| run.as_ref().map(|run| run.share)).filter(|_| is_mine());
        let folder = store.folder.with(|folder| folder.as_ref().map(|folder| folder.name.clone())).unwrap_or_default();
        match (running, done.get()) {
            (Some(share), _) => words::restoring(share),
            (None, Some(output)) => words::restored(&output, &folder),
            (None, None) => keeps.clone(),
        }
    };
    let sign = move || done.get().is_some().then(|| icon_with("tick-round", "good"));
    view! {
        <li class="check-row">{sign}<span class="t">{one.skill}</span><span class="v">{state}</span>
            {move || buttons(store, name.get_value(), is_mine(), done.get().is_some())}</li>
    }
}

/// What can be done with a skill now.
fn buttons(store: Store, skill: String, is_mine: bool, is_done: bool) -> AnyView {
    if is_mine {
        let cancel = move |_| saving::cancel(store);
        return view! { <button type="button" class="button right" on:click=cancel>{words::CANCEL}</button> }
            .into_any();
    }
    if is_done {
        let show = move |_| saving::show_saved(store);
        return view! { <button type="button" class="button right" on:click=show>{icon("folder")}{words::SHOW}</button> }
            .into_any();
    }
    let label = words::restore(&skill);
    let waits = store.packs.running.with(Option::is_some) || store.job.with(Option::is_some);
    let restore = move |_| packs::restore(store, &skill, None);
    view! {
        <button type="button" class="button right" aria-label=label title=waits.then_some(words::WAITS) disabled=waits
            on:click=restore>{words::RESTORE}</button>
    }
    .into_any()
}

/// Why the pack or a skill cannot be used, and what helps.
#[component]
fn Trouble() -> impl IntoView {
    let store = store();
    let told = move |(skill, problem): (Option<String>, Problem)| {
        let remedy = remedy(store, skill, &problem);
        view! {
            <div class="note" role="alert">{icon("warn")}<span><b>{problem.title}</b>{problem.why}" "{problem.remedy}</span></div>
            {remedy}
        }
    };
    move || store.packs.failure.get().map(told)
}

fn remedy(store: Store, skill: Option<String>, problem: &Problem) -> Option<AnyView> {
    let needs_base = matches!(problem.code, FailureCode::PackOtherBase | FailureCode::PackNeedsBase);
    if needs_base {
        let choose = move |_| packs::choose_base(store, skill.clone());
        return Some(
            view! { <button type="button" class="button" on:click=choose>{words::CHOOSE_BASE}</button> }.into_any(),
        );
    }
    let (action, skill) = (problem.actions.first()?, skill?);
    let Action::SaveAs { name } = action else { return None };
    let (name, text) = (name.clone(), problems::button(problem, action));
    let again = move |_| packs::restore(store, &skill, Some(name.clone()));
    Some(view! { <button type="button" class="button" on:click=again>{text}</button> }.into_any())
}
