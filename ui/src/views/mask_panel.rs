//! Under the heat map of keep-masks: how many skills need a weight, and what is set.

use leptos::prelude::*;
use protocol::words::format;
use protocol::words::masks as sentences;
use protocol::words::screen::masks as words;

use crate::masking::{Fit, Scene};
use crate::parts::parameter::{NeededBy, Selectivity};
use crate::shape::masks::{self, Bar, uses_masks};
use crate::shape::parameters;

/// Bars and controls.
#[component]
pub fn Below(scene: Scene) -> impl IntoView {
    view! { <div class="mask-below"><Bars scene=scene/><Controls scene=scene/></div> }
}

#[component]
fn Bars(scene: Scene) -> impl IntoView {
    let bars = Memo::new(move |_| {
        let found = scene.found.get()?;
        Some(masks::bars(&masks::whole(&found, scene.column.get().0), scene.k.get()))
    });
    let rows = move || {
        let bars = bars.get().unwrap_or_default();
        let skills = bars.len().saturating_sub(1);
        bars.into_iter().enumerate().map(|(count, one)| bar(count, skills, one)).collect_view()
    };
    let has_plain = move || {
        let is_plain = |scope: &protocol::recipe::Scope| scope.from == protocol::recipe::From::Plain;
        scene.store.draft.with(|draft| draft.scopes().iter().any(is_plain))
    };
    view! {
        <section class="needed" aria-label=words::HOW_MANY><h2>{words::HOW_MANY}</h2><ul>{rows}</ul>
            {move || has_plain().then(|| view! { <p class="small">{words::SCOPES_NOTE}</p> })}</section>
    }
}

fn bar(count: usize, skills: usize, bar: Bar) -> impl IntoView {
    let name = sentences::needed_by(count, skills);
    let said = words::bar(&name, bar.weights, bar.share, bar.is_removed);
    let length = format!("{:.2}", bar.length);
    view! {
        <li><span class="unseen">{said}</span><span class="small" aria-hidden="true">{name}</span>
            <span class="needed-bar" aria-hidden="true"><i class:removed=bar.is_removed style=("--length", length)></i>
                <span class="nowrap"><b>{format::count(bar.weights)}</b>" "<span class="quiet">{words::share(bar.share, bar.is_removed)}</span></span></span></li>
    }
}

/// Selectivity and threshold; for a method without masks they say what Balanced would start from.
#[component]
fn Controls(scene: Scene) -> impl IntoView {
    let store = scene.store;
    let has_none = Memo::new(move |_| scene.method.with(|name| !uses_masks(name)));
    let locked = Signal::derive(move || has_none.get());
    let is_pruned = Memo::new(move |_| scene.method.with(|name| name != "tall_masks"));
    let said = move || store.draft.with(|draft| parameters::said_selectivity(&masks::counted(&draft.project.recipe)));
    let note = move || {
        let (column, fit) = scene.column.get();
        match fit {
            Fit::Exact => None,
            Fit::Stale => Some(words::NO_COLUMN.to_owned()),
            Fit::Nearest => {
                Some(words::nearest(&said(), &sentences::selectivity(protocol::masks::GRID[column.min(8)])))
            }
        }
    };
    let threshold = move || {
        match is_pruned.get() {
        true => view! { <div class="field"><span class="label">{words::NEEDED_BY}</span><NeededBy label=words::NEEDED_BY locked=locked/></div> }.into_any(),
        false => view! { <p class="small">{words::FOR_EACH}</p> }.into_any(),
    }
    };
    view! {
        <section class="mask-controls"><div class="field"><span class="label row" title=words::SELECTIVITY_HINT>{words::SELECTIVITY}<span class="right num">{said}</span></span>
            <Selectivity label=words::SELECTIVITY locked=locked/>
            {move || note().map(|note| view! { <p class="small">{note}</p> })}</div>
            {threshold}<Chosen scene=scene/></section>
    }
}

/// What was chosen by score, as long as it is what is set.
#[component]
fn Chosen(scene: Scene) -> impl IntoView {
    let store = scene.store;
    let said = Memo::new(move |_| {
        let chosen = store.masks.chosen.get()?;
        let set = store.draft.with(|draft| draft.project.recipe.settings().selectivity);
        let is_set = chosen.skills.len() == set.len()
            && chosen.skills.iter().zip(set).all(|(one, set)| (one.selectivity - set).abs() < 1e-9);
        is_set.then(|| sentences::chosen(&chosen))
    });
    move || {
        said.get().map(|said| {
            view! { <p class="small chosen"><span class="badge measured">{words::CHOSEN}</span>" "{said}</p> }
        })
    }
}
