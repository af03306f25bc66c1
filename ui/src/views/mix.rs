//! The step Mix: a method, strengths, and the sentence that says what they make.

use leptos::prelude::*;
use protocol::check::check;
use protocol::words::screen::layers;
use protocol::words::screen::mix as words;
use protocol::words::screen::{masks, parameters, tint};
use protocol::words::sentence::{self, Piece};

use super::cross::Cross;
use super::layers::LayerView;
use super::masks::MaskView;
use super::methods::Methods;
use super::mix_ups::MixUps;
use super::scores::Scores;
use super::trying::Trying;
use crate::actions;
use crate::conflicts;
use crate::masking;
use crate::parts::icons::{icon, marker};
use crate::parts::problem_card::ProblemCard;
use crate::parts::strength_slider::{Scale, StrengthSlider};
use crate::shape::draft::Draft;
use crate::shape::tinted;
use crate::signals::MixView;
use crate::store::{Step, Store, store};
use crate::tinting;

/// Work area of the step: methods, strengths and scores, or one of the views behind them.
#[component]
pub fn Mix() -> impl IntoView {
    let store = store();
    let view = Memo::new(move |_| store.measures.view.get());
    move || match view.get() {
        MixView::Scores => view! { <Mixing/> }.into_any(),
        MixView::MixUps(model) => view! { <MixUps model=model/> }.into_any(),
        MixView::Cross => view! { <Cross/> }.into_any(),
        MixView::Layers => view! { <LayerView/> }.into_any(),
        MixView::Masks => view! { <MaskView/> }.into_any(),
    }
}

/// Opens a view of the step; the focus goes to its title.
pub fn open(store: Store, view: MixView) {
    store.measures.view.set(view);
    crate::page::arrive_anew();
}

/// Whether a view stands before methods and strengths.
pub fn is_apart(store: Store) -> bool {
    store.step.get_untracked() == Step::Mix && store.measures.view.get_untracked() != MixView::Scores
}

/// Back to methods and strengths; the focus goes back to where the view was opened.
pub fn back(store: Store) {
    let opener = match store.measures.view.get_untracked() {
        MixView::Scores => return,
        MixView::MixUps(_) => ".mix-ups-of",
        MixView::Cross => ".every-model",
        MixView::Layers => ".which-fight",
        MixView::Masks => ".by-layer",
    };
    store.measures.view.set(MixView::Scores);
    request_animation_frame(move || crate::page::focus(opener));
}

#[component]
fn Mixing() -> impl IntoView {
    let store = store();
    let has_base = move || store.draft.with(|draft| draft.project.recipe.base.is_some());
    let has_strengths = Memo::new(move |_| store.draft.with(Draft::has_strengths));
    let linked = move |event| store.linked.set(event_target_checked(&event));
    view! {
        <div class="work-head"><div><h1 tabindex="-1">{words::TITLE}</h1></div><div class="row right">
            <button type="button" class="button which-fight" disabled=move || !has_base()
                title=move || (!has_base()).then_some(layers::NEEDS_BASE)
                on:click=move |_| conflicts::show(store)>{layers::SHOW}</button>
            <button type="button" class="button by-layer" on:click=move |_| masking::show(store)>{masks::SHOW}</button>
            <label class="check" hidden=move || !has_strengths.get()><input type="checkbox" class="box" prop:checked=store.linked on:change=linked/>{words::LINK}</label></div></div>
        <div class="work-body close">
            <Methods/>
            <Tinted/>
            <Strengths/>
            <Problems/>
            <Scores/>
            <Trying/>
        </div>
        <Foot/>
    }
}

/// What tinting added, and the way to take it off.
#[component]
fn Tinted() -> impl IntoView {
    let store = store();
    let found = Memo::new(move |_| {
        store.draft.with(|draft| (tinted::has_layers(&draft.project.recipe), tinted::is_tuned(&draft.project.recipe)))
    });
    let line = move |(layers, tuned): (bool, bool)| {
        (layers || tuned).then(|| {
            view! {
                <div class="held-back tinted">{icon("drop")}<p>{layers.then_some(tint::IS_TINTED)}" "{tuned.then_some(tint::IS_TUNED)}</p>
                    <button type="button" class="button slim" on:click=move |_| tinting::remove(store)>{tint::REMOVE}</button></div>
            }
        })
    };
    move || line(found.get())
}

#[component]
fn Strengths() -> impl IntoView {
    let store = store();
    let ids = Memo::new(move |_| {
        store
            .draft
            .with(|draft| draft.project.recipe.experts.iter().map(|expert| expert.path.clone()).collect::<Vec<_>>())
    });
    let has_strengths = Memo::new(move |_| store.draft.with(Draft::has_strengths));
    let inside = move || {
        match has_strengths.get() {
        true => view! {
            <div class="strengths"><For each=move || ids.get() key=String::clone let:id><StrengthSlider id=id/></For><Scale/></div>
        }
        .into_any(),
        false => view! { <p class="no-strengths">{icon("info")}{parameters::NO_STRENGTHS}</p> }.into_any(),
    }
    };
    view! { <section class="panel" aria-label=words::STRENGTHS>{inside}</section> }
}

/// What is wrong with the recipe itself, known at once.
#[component]
fn Problems() -> impl IntoView {
    let store = store();
    let found = Memo::new(move |_| {
        let mut found = store.draft.with(|draft| check(&draft.project.recipe));
        if found.is_empty() {
            let unforeseen = store.forecast_failure.get().map(|failure| failure.problems);
            found.extend(unforeseen.unwrap_or_default());
        }
        found
    });
    move || found.get().into_iter().map(|problem| view! { <ProblemCard problem=problem pigment=None/> }).collect_view()
}

/// The true sentence.
#[component]
fn Sentence() -> impl IntoView {
    let store = store();
    let piece = move |piece: Piece| match piece {
        Piece::Words(words) => words.into_any(),
        Piece::Skill(at, name) => {
            let pigment = store.draft.with(|draft| draft.shares().get(at).map_or(0, |share| share.0));
            view! { <span class="skill">{marker(pigment)}{name}</span> }.into_any()
        }
    };
    let all = move || {
        let (pieces, end) = store.draft.with(|draft| {
            let recipe = &draft.project.recipe;
            let end = tint::sentence_end(tinted::is_tuned(recipe), tinted::has_layers(recipe));
            (sentence::pieces(&draft.said_recipe()), end)
        });
        (pieces.into_iter().map(piece).collect_view(), end)
    };
    view! { <p class="mix-sentence">{all}</p> }
}

#[component]
fn Foot() -> impl IntoView {
    let store = store();
    let blocked = Memo::new(move |_| {
        store
            .draft
            .with(|draft| check(&draft.project.recipe))
            .into_iter()
            .find(|problem| problem.weight > protocol::failure::Weight::Notice)
    });
    let text = move || match (blocked.get(), store.forecast.get()) {
        (Some(problem), _) => problem.remedy,
        (None, Some(forecast)) => words::forecast(forecast.memory, forecast.seconds, &forecast.engine),
        (None, None) => words::FORECASTING.to_owned(),
    };
    view! {
        <div class="work-foot said"><Sentence/><p class="forecast">{text}</p>
            <button type="button" class="button main" disabled=move || blocked.with(Option::is_some)
                on:click=move |_| actions::go(store, Step::Save)>{words::SAVE_THIS}</button></div>
    }
}
