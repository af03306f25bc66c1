//! Keep-masks layer by layer: how much of each skill change every layer keeps, and what a threshold removes.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use protocol::words::masks::{each_keeps, what_if};
use protocol::words::screen::masks as words;

use super::mask_grid::{Grid, Table};
use super::mask_panel::Below;
use super::mix::back;
use super::scores::Failure;
use crate::actions;
use crate::examples::given;
use crate::masking::{self, Scene};
use crate::measuring;
use crate::page;
use crate::parts::heat::ChartOrTable;
use crate::parts::icons::icon;
use crate::parts::problem_card::ProblemCard;
use crate::shape::masks::{self, removed_change, uses_masks};
use crate::store::{Step, Store, store};

/// What the work area can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    /// There is nothing to count.
    Empty,
    /// Nothing is known yet.
    Counting,
    /// It could not be counted.
    Failed,
    /// Counts.
    Ready,
}

fn face(scene: Scene) -> Face {
    let store = scene.store;
    let recipe_lacks = store.draft.with(|draft| masks::CountKey::of(&draft.project.recipe).is_none());
    match () {
        () if recipe_lacks => Face::Empty,
        () if scene.found.with(Option::is_some) => Face::Ready,
        () if store.masks.failed.with(Option::is_some) => Face::Failed,
        () => Face::Counting,
    }
}

/// Work area.
#[component]
pub fn MaskView() -> impl IntoView {
    let scene = Scene::of(store());
    let face = Memo::new(move |_| face(scene));
    let inside = move || match face.get() {
        Face::Empty => view! { <Empty/> }.into_any(),
        Face::Counting => view! { <Skeleton scene=scene/> }.into_any(),
        Face::Failed => view! { <NotCounted scene=scene/> }.into_any(),
        Face::Ready => view! { <Counts scene=scene/> }.into_any(),
    };
    let is_ready = move || face.get() == Face::Ready;
    let as_table = scene.store.masks.as_table;
    let lead = move || if as_table.get() { words::LEAD_TABLE } else { words::LEAD };
    view! {
        <div class="work-head"><div><h1 tabindex="-1"><span class="quiet step-of">{words::STEP}" / "</span>{words::TITLE}</h1>
            <p class="lead">{lead}</p></div>
            <div class="row right">{move || is_ready().then(|| view! { <ChartOrTable as_table=as_table/> })}</div></div>
        <div class="work-body close masks">{inside}</div>
        <Foot scene=scene/>
    }
}

/// Masks need a starting model and specialists.
#[component]
fn Empty() -> impl IntoView {
    let store = store();
    view! {
        <div class="nothing-yet"><h2>{words::EMPTY}</h2><p class="small">{words::EMPTY_HINT}</p>
            <button type="button" class="button main" on:click=move |_| actions::go(store, Step::Models)>{words::TO_MODELS}</button></div>
    }
}

/// The final layout without its numbers.
#[component]
fn Skeleton(scene: Scene) -> impl IntoView {
    let columns = scene.skills.with_untracked(Vec::len) + 3;
    let row = move |_| {
        let cells = (0..columns).map(|_| view! { <td class="h0"></td> }).collect_view();
        view! { <tr><th><span class="skeleton w60"></span></th>{cells}</tr> }
    };
    view! {
        <p class="small" role="status">{words::COUNTING}</p>
        <table class="heat masks-grid" aria-hidden="true"><tbody>{(0..9).map(row).collect_view()}</tbody></table>
    }
}

#[component]
fn NotCounted(scene: Scene) -> impl IntoView {
    let store = scene.store;
    let problem = move || store.masks.failed.get().and_then(|(_, problem)| problem);
    view! {
        {move || problem().map(|problem| view! { <ProblemCard problem=problem pigment=None/> })}
        <div class="row"><button type="button" class="button" on:click=move |_| masking::again(store)>{words::AGAIN}</button></div>
    }
}

#[component]
fn Counts(scene: Scene) -> impl IntoView {
    let store = scene.store;
    let as_table = store.masks.as_table;
    let stale = move || scene.column.get().1 == masking::Fit::Stale;
    let press = move |event: KeyboardEvent| {
        let plain = !event.ctrl_key() && !event.alt_key() && !event.meta_key();
        if plain && event.key().eq_ignore_ascii_case("t") && !page::is_typing() {
            event.prevent_default();
            as_table.update(|table| *table = !*table);
            request_animation_frame(|| page::focus(".masks-grid .row-name[tabindex=\"0\"], .masks-table .sort"));
        }
    };
    let chart = move || match as_table.get() {
        true => view! { <Table scene=scene/> }.into_any(),
        false => view! { <Grid scene=scene/> }.into_any(),
    };
    view! {
        <Notes scene=scene/>
        <section class="mask-chart" class:stale=stale aria-label=words::TITLE on:keydown=press>{chart}</section>
        <Below scene=scene/>
        <Failure/>
        {move || store.masks.failed.get().and_then(|(_, problem)| problem).map(|problem| view! { <ProblemCard problem=problem pigment=None/> })}
    }
}

/// What has to be known before the numbers are read.
#[component]
fn Notes(scene: Scene) -> impl IntoView {
    let store = scene.store;
    let has_none = Memo::new(move |_| scene.method.with(|name| !uses_masks(name)));
    let why = move || scene.method.with(|name| if name == "emr" { words::OWN_MASKS } else { words::NO_MASKS_IN_USE });
    let is_one = Memo::new(move |_| scene.skills.with(|skills| skills.len() == 1));
    let balance = move |_| {
        store.edit(None, |draft| draft.set_method("consensus"));
        page::focus(".work-head h1");
    };
    let none = move || {
        has_none.get().then(|| {
            view! {
                <div class="held-back">{icon("info")}<p>{why}</p>
                    <button type="button" class="button" on:click=balance>{words::USE_BALANCED}</button></div>
            }
        })
    };
    let one = move || {
        is_one.get().then(|| view! { <div class="held-back">{icon("info")}<p>{words::ONE_SPECIALIST}</p></div> })
    };
    view! { {none}{one} }
}

/// What the settings do, in one sentence.
fn said(scene: Scene) -> String {
    let Some(found) = scene.found.get() else { return String::new() };
    let (column, k) = (scene.column.get().0, scene.k.get());
    if scene.method.with(|name| name == "tall_masks") {
        let total = masks::whole(&found, column);
        let share = |&kept: &u64| kept as f64 / total.weights.max(1) as f64;
        let kept: Vec<f64> = total.kept.iter().map(share).collect();
        return each_keeps(&scene.skill_names(), &kept);
    }
    let share = scene.store.draft.with(|draft| removed_change(&found, column, k, draft.scopes()));
    what_if(k, found.skills.len(), share)
}

#[component]
fn Foot(scene: Scene) -> impl IntoView {
    let store = scene.store;
    let said = Memo::new(move |_| said(scene));
    view! {
        <div class="work-foot"><p class="forecast what-if" role="status">{said}</p>
            <Choose scene=scene/>
            <button type="button" class="button main" on:click=move |_| back(store)>{words::DONE}</button></div>
    }
}

/// Chooses selectivities by score, where there is something to score on.
#[component]
fn Choose(scene: Scene) -> impl IntoView {
    let store = scene.store;
    let runs = Memo::new(move |_| chooses(store));
    let has_examples = Memo::new(move |_| !given(store).is_empty());
    let can =
        move || has_examples.get() && !runs.get() && !store.is_at_work() && scene.method.with(|name| uses_masks(name));
    let why = move || (!has_examples.get()).then_some(words::CHOOSE_NEEDS);
    let text = move || if runs.get() { words::CHOOSING } else { words::CHOOSE };
    view! {
        {move || why().map(|why| view! { <span class="small choose-why">{why}</span> })}
        <button type="button" class="button" disabled=move || !can() title=why on:click=move |_| measuring::choose_masks(store)>{text}</button>
        {move || runs.get().then(|| view! {
            <button type="button" class="button plain" on:click=move |_| measuring::cancel(store)>{protocol::words::screen::saving::CANCEL}</button> })}
    }
}

/// Whether selectivities are being chosen.
pub fn chooses(store: Store) -> bool {
    store.measures.run.with(|run| run.as_ref().is_some_and(|run| run.is_choice))
}
