//! The step Models: what is mixed, and whether it fits.

use leptos::prelude::*;
use protocol::command::Pick;
use protocol::failure::{FailureCode, Problem, Weight};
use protocol::model::{Inspection, ModelCard as Card, Verdict};
use protocol::words::screen::{frame, models as words, start};
use protocol::words::verdict;

use crate::actions::{self, belongs, place_of};
use crate::opening;
use crate::parts::icons::{icon, icon_with, picture};
use crate::parts::model_card::{ModelCard, skeleton};
use crate::parts::problem_card::ProblemCard;
use crate::shape::draft::Draft;
use crate::signals::Spot;
use crate::store::{Step, Store, store};

/// Work area of the step.
#[component]
pub fn Models() -> impl IntoView {
    let store = store();
    let empty = Memo::new(move |_| {
        store.inspection.with(Option::is_none) && store.refused.with(Vec::is_empty) && !store.checking.get()
    });
    move || if empty.get() { view! { <Empty/> }.into_any() } else { view! { <Filled/> }.into_any() }
}

/// Nothing was added yet: the way in is the whole screen.
#[component]
fn Empty() -> impl IntoView {
    let store = store();
    let over = move || store.drag.get();
    let inviting = move || {
        view! {
            <svg class="sheets" width="168" height="92" viewBox="0 0 168 92" aria-hidden="true">{picture("sheets")}</svg>
            <h2>{words::DROP_TITLE}</h2>
            <p class="quiet hint">{words::DROP_HINT}</p>
            <div class="row">
                <button type="button" class="button main" on:click=move |_| actions::pick(store, Pick::Files)>{words::CHOOSE_FILES}</button>
                <button type="button" class="button lg" on:click=move |_| actions::pick(store, Pick::Folders)>{words::CHOOSE_FOLDER}</button></div>
            <p class="quiet sample">{words::NO_MODELS}" "
                <button type="button" class="link" on:click=move |_| opening::open_sample(store)>{start::SAMPLE}</button></p>
        }
    };
    let inside = move || match over() {
        Some(drag) => {
            view! { <h2>{frame::carried(drag.files, drag.folders)}</h2><p class="quiet">{frame::LET_GO}</p> }.into_any()
        }
        None => inviting().into_any(),
    };
    view! {
        <div class="work-head"><div><h1 tabindex="-1">{words::TITLE}</h1><p class="lead">{words::EMPTY_LEAD}</p></div></div>
        <div class="work-body fill empty">
            <section class="drop-zone" class:over=move || over().is_some() aria-label=words::DROP_ZONE>
                <svg class="outline" aria-hidden="true"><rect x="1" y="1" rx="14"/></svg>{inside}</section>
        </div>
    }
}

#[component]
fn Filled() -> impl IntoView {
    let store = store();
    let lead = move || {
        store.inspection.with(|found| {
            let found = found.as_ref().filter(|found| !found.models.is_empty())?;
            Some(words::lead(found.experts().count(), found.base().is_some()))
        })
    };
    let ids = move || {
        store.inspection.with(|found| found.as_ref().map(|found| shown_cards(store, found)).unwrap_or_default())
    };
    let dragged =
        move || store.drag.get().map_or(words::DROP_MORE.to_owned(), |drag| frame::carried(drag.files, drag.folders));
    let beside = move || store.drag.with(|drag| drag.as_ref().is_some_and(|drag| drag.over == Spot::Window));
    view! {
        <div class="work-head"><div><h1 tabindex="-1">{words::TITLE}</h1><p class="lead">{lead}</p></div></div>
        <div class="work-body">
            <VerdictBanner/>
            <ul class="model-list" aria-busy=move || store.checking.get().to_string()>
                <Problems/>
                <For each=ids key=card_key let:card><ModelCard card=card/></For>
                {move || store.checking.get().then(|| (0..3).map(|_| skeleton()).collect_view())}
            </ul>
            <div class="drop-strip" class:over=beside>{icon("download")}
                <span>{move || dragged()}</span>
                <span class="right row">
                    <button type="button" class="button plain" on:click=move |_| actions::pick(store, Pick::Files)>{words::CHOOSE_FILES}</button>
                    <button type="button" class="button plain" on:click=move |_| actions::pick(store, Pick::Folders)>{words::CHOOSE_FOLDER}</button></span></div>
        </div>
        <Foot/>
    }
}

/// A card is drawn anew when what was found out about it changes.
fn card_key(card: &Card) -> String {
    format!("{}{:?}{:?}{:?}", card.id.0, card.role, card.role_reason, card.change)
}

/// Problems that stand among the cards: what stops, and what needs a choice.
fn open_problems(store: Store) -> Vec<Problem> {
    let refused = store.refused.with(|all| all.iter().map(|one| one.problem.clone()).collect::<Vec<_>>());
    let found = store.inspection.with(|found| {
        let problems = found.as_ref().map(|found| found.problems.as_slice()).unwrap_or_default();
        problems
            .iter()
            .filter(|problem| problem.weight > Weight::Notice && problem.code != FailureCode::TooFewModels)
            .cloned()
            .collect::<Vec<_>>()
    });
    refused.into_iter().chain(found).collect()
}

/// Cards of models without a problem of their own.
fn shown_cards(store: Store, found: &Inspection) -> Vec<Card> {
    let problems = open_problems(store);
    let places: Vec<&str> = problems.iter().filter(|problem| problem.stops()).filter_map(place_of).collect();
    let own = |card: &&Card| !places.iter().any(|place| belongs(card, place));
    found.models.iter().filter(own).cloned().collect()
}

#[component]
fn Problems() -> impl IntoView {
    let store = store();
    let pigment = move |problem: &Problem| {
        let place = place_of(problem)?;
        let id = store.inspection.with(|found| {
            found.as_ref()?.models.iter().find(|card| belongs(card, place)).map(|card| card.id.0.clone())
        })?;
        Some(store.draft.with_untracked(|draft| draft.pigment(&id)))
    };
    move || {
        let card = |problem: Problem| {
            let pigment = pigment(&problem);
            view! { <li><ProblemCard problem=problem pigment=pigment/></li> }
        };
        open_problems(store).into_iter().map(card).collect_view()
    }
}

/// What to add, where that is all that is missing; the banner says it, so it is no card.
fn missing_models(store: Store) -> Option<String> {
    let too_few = |problem: &&Problem| problem.code == FailureCode::TooFewModels;
    store.inspection.with(|found| Some(found.as_ref()?.problems.iter().find(too_few)?.title.clone()))
}

/// Can they be mixed? What was set aside counts, although the core no longer knows of it.
fn verdict_now(store: Store) -> Option<(Verdict, String, String)> {
    let aside: Vec<Problem> = store.refused.with(|all| all.iter().map(|one| one.problem.clone()).collect());
    store.inspection.with(|found| match found {
        Some(found) if aside.is_empty() || found.verdict == Verdict::Cannot => {
            Some((found.verdict, found.title.clone(), because(store, found)))
        }
        _ if aside.is_empty() => None,
        _ => Some((Verdict::Cannot, verdict::title(Verdict::Cannot, 0), verdict::because(&aside))),
    })
}

/// The reason, and which skills stay unmeasured as soon as any can be measured.
fn because(store: Store, found: &Inspection) -> String {
    let (with, without) = store.draft.with(Draft::with_and_without_examples);
    if found.verdict != Verdict::Ready || with.is_empty() || without.is_empty() {
        return found.because.clone();
    }
    format!("{} {}", found.because, verdict::unmeasured(&without))
}

#[component]
fn VerdictBanner() -> impl IntoView {
    let store = store();
    let shown = Memo::new(move |_| verdict_now(store));
    move || {
        shown.get().map(|(verdict, title, because)| {
            let (class, sign) = match verdict {
                Verdict::Ready => ("verdict ready", "tick-round"),
                Verdict::Choice => ("verdict choice", "warn"),
                Verdict::Cannot => ("verdict cannot", "stop"),
            };
            view! {
                <section class=class role="status">{icon_with(sign, "big")}
                    <div><p class="what">{title}</p><p class="because">{because}</p></div></section>
            }
        })
    }
}

#[component]
fn Foot() -> impl IntoView {
    let store = store();
    let ready = Memo::new(move |_| store.is_ready());
    let text = move || {
        if !ready.get() {
            if let Some(missing) = missing_models(store) {
                return missing;
            }
            let choice = verdict_now(store).is_some_and(|(verdict, ..)| verdict == Verdict::Choice);
            return if choice { words::BLOCKED_CHOICE.to_owned() } else { words::BLOCKED.to_owned() };
        }
        store.inspection.with(|found| {
            let models = found.as_ref().map(|found| found.models.as_slice()).unwrap_or_default();
            words::foot(models.len(), models.iter().map(|card| card.bytes).sum())
        })
    };
    view! {
        <div class="work-foot"><p class="forecast">{text}</p>
            <button type="button" class="button main" disabled=move || !ready.get()
                on:click=move |_| actions::go(store, Step::Mix)>{words::MIX_THESE}</button></div>
    }
}
