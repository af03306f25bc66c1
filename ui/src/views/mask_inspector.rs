//! Inspector of keep-masks: scores before and after, which skills agree, and the row that was opened.

use leptos::prelude::*;
use protocol::export::masks::{shares, step};
use protocol::masks::Histogram;
use protocol::recipe::From;
use protocol::score::Part;
use protocol::words::screen::masks as words;
use protocol::words::screen::scores;
use protocol::words::{format, masks as sentences};

use super::mask_grid::treated;
use crate::masking::{self, Scene};
use crate::measuring;
use crate::parts::icons::marker;
use crate::parts::problem_card::ProblemNote;
use crate::shape::masks::{self, Node, Pair, Treatment, heights};
use crate::shape::part;
use crate::shape::scores::{Row as ScoreRow, is_stale};
use crate::store::store;

/// Inspector.
#[component]
pub fn OfMasks() -> impl IntoView {
    let scene = Scene::of(store());
    let known = Memo::new(move |_| scene.found.with(Option::is_some));
    let row = Memo::new(move |_| scene.store.masks.row.get().and_then(|key| scene.node(&key)));
    view! {
        <WhatIf scene=scene/>
        {move || known.get().then(|| view! { <hr/><Agreement scene=scene/> })}
        {move || row.get().map(|node| view! { <hr/><Details scene=scene node=node/> })}
    }
}

/// Scores before the last change and now.
#[component]
fn WhatIf(scene: Scene) -> impl IntoView {
    let store = scene.store;
    let rows = Memo::new(move |_| measuring::rows(store, Part::Choose));
    let busy = Memo::new(move |_| measuring::is_busy(store, Part::Choose));
    let scored = Memo::new(move |_| rows.with(|rows| rows.iter().any(|row| row.shown().is_some())));
    let badge = move || match (busy.get(), scored.get()) {
        (true, _) => Some(view! { <span class="badge">{scores::MEASURING}</span> }.into_any()),
        (false, true) if rows.with(|rows| is_stale(rows)) => {
            Some(view! { <span class="badge notice">{scores::EARLIER}</span> }.into_any())
        }
        (false, true) => Some(view! { <span class="badge measured">{scores::MEASURED}</span> }.into_any()),
        (false, false) => None,
    };
    let list = move || rows.get().into_iter().filter_map(score_line).collect_view();
    let note = move || if scored.get() { words::WHAT_IF_HINT } else { words::WHAT_IF_NONE };
    view! {
        <div class="inspector-head"><h2>{words::WHAT_IF}</h2><span class="right">{badge}</span></div>
        <ul class="what-if-list">{list}</ul>
        <p class="small">{note}</p>
    }
}

fn score_line(row: ScoreRow) -> Option<impl IntoView> {
    let shown = row.shown()?;
    let (now, before) = (shown.value(), shown.before.filter(|_| !shown.is_stale));
    let said = words::before_and_now(&row.skill, before.unwrap_or(now), now);
    let stale = shown.is_stale;
    Some(view! {
        <li class:stale=stale><span class="unseen">{said}</span><span class="skill" aria-hidden="true">{marker(row.pigment)}<span class="clip">{row.skill.clone()}</span></span>
            <span class="num" aria-hidden="true">{before.map(|before| view! { <span class="quiet">{format::tenths(before)}" → "</span> })}<b>{format::tenths(now)}</b></span></li>
    })
}

/// Share of kept weights in common, for every two skills.
#[component]
fn Agreement(scene: Scene) -> impl IntoView {
    let count = move || scene.skills.with(Vec::len);
    let column = move || scene.column.get().0;
    let common = move |a: usize, b: usize| scene.found.with(|found| masks::common(found.as_ref()?, column(), a, b));
    let head = |(name, pigment): (String, u8)| {
        view! { <th scope="col" title=name.clone()>{marker(pigment)}<span class="unseen">{name.clone()}</span></th> }
    };
    let cell = move |a: usize, b: usize| {
        let names = scene.skill_names();
        match common(a, b) {
            Some(share) => {
                let spoken = sentences::pair(&names[a], &names[b], share);
                view! { <td class=format!("h{}", step(share)) title=spoken>{format!("{:.0}", share * 100.0)}</td> }
                    .into_any()
            }
            None => view! { <td class="none"></td> }.into_any(),
        }
    };
    let line = move |(a, (name, pigment)): (usize, (String, u8))| {
        let cells = (0..count()).map(|b| cell(a, b)).collect_view();
        view! { <tr><th scope="row"><span class="skill">{marker(pigment)}<span class="clip">{name}</span></span></th>{cells}</tr> }
    };
    let said = move || {
        let (most, least) = scene.found.with(|found| masks::extremes(found.as_ref()?, column()))?;
        let names = scene.skill_names();
        let pair =
            |pair: Pair| Some(sentences::Agreement { a: names.get(pair.a)?, b: names.get(pair.b)?, share: pair.share });
        Some(sentences::agreement(pair(most)?, pair(least)?))
    };
    view! {
        <div class="inspector-head"><h2>{words::AGREE}</h2></div>
        <table class="heat agreement"><caption class="unseen">{words::AGREE}</caption>
            <thead><tr><td></td>{move || scene.skills.get().into_iter().map(head).collect_view()}</tr></thead>
            <tbody>{move || scene.skills.get().into_iter().enumerate().map(line).collect_view()}</tbody></table>
        <p class="small">{words::AGREE_HINT}" "<span>{said}</span></p>
    }
}

/// The row that was opened.
#[component]
fn Details(scene: Scene, node: Node) -> impl IntoView {
    let title = node.title.clone();
    let count = node.tensors.len();
    let node = StoredValue::new(node);
    view! {
        <section class="stack wide row-details" aria-label=words::DETAILS>
            <div class="inspector-head"><h2 class="clip">{title}</h2><span class="right small">{words::parts(count)}</span></div>
            <Sizes scene=scene node=node/>
            <Facts scene=scene node=node/>
            <Treat scene=scene node=node/>
            <Parts scene=scene node=node/></section>
    }
}

#[component]
fn Sizes(scene: Scene, node: StoredValue<Node>) -> impl IntoView {
    let sizes = scene.store.masks.sizes;
    let is_changed = Memo::new(move |_| {
        let found = scene.found.get();
        node.with_value(|node| found.as_ref().is_some_and(|found| masks::reach(found, &node.tensors) > 0.0))
    });
    let own = Memo::new(move |_| {
        let (of, sizes) = sizes.get()?;
        node.with_value(|node| (node.key == of).then_some(sizes))
    });
    move || match (is_changed.get(), own.get()) {
        (false, _) => view! { <p class="small">{words::NOTHING_CHANGED}</p> }.into_any(),
        (true, Some(Ok(sizes))) => histogram(&node.with_value(|node| node.title.clone()), &sizes).into_any(),
        (true, Some(Err(problem))) => view! { <ul><ProblemNote problem=problem/></ul> }.into_any(),
        (true, None) => view! { <p class="small sizes-to-come" role="status">{words::READING_SIZES}</p> }.into_any(),
    }
}

/// Bars from the most negative to the most positive change.
fn histogram(title: &str, sizes: &Histogram) -> impl IntoView + use<> {
    let label = words::sizes(title, sizes.counts.iter().sum(), sizes.reach);
    let width = 266.0 / sizes.counts.len().max(1) as f64;
    let one = |(at, height): (usize, f64)| {
        let high = height * 46.0;
        format!(
            "<rect class=\"q6\" x=\"{:.2}\" y=\"{:.1}\" width=\"{:.2}\" height=\"{high:.1}\"/>",
            at as f64 * width,
            52.0 - high,
            width - 0.9
        )
    };
    let bars: String = heights(sizes).into_iter().enumerate().map(one).collect();
    let end = words::small(sizes.reach);
    view! {
        <figure class="histogram"><svg class="plot" viewBox="0 0 266 54" role="img" aria-label=label inner_html=bars + "<path class=\"axis\" d=\"M0 52.5H266\"/>"></svg>
            <figcaption class="small" aria-hidden="true"><span>{format!("−{end}")}</span><span>{words::SIZES}</span><span>{end.clone()}</span></figcaption></figure>
    }
}

#[component]
fn Facts(scene: Scene, node: StoredValue<Node>) -> impl IntoView {
    let rows = move || {
        let Some(found) = scene.found.get() else { return Vec::new() };
        let totals = node.with_value(|node| found.totals(scene.column.get().0, node.tensors.iter().copied()));
        let changed = totals.changed.max(1) as f64;
        vec![
            (words::WEIGHTS, format::count(totals.weights)),
            (words::CHANGED, format::small_percent(totals.changed as f64 / totals.weights.max(1) as f64)),
            (words::SIGNS_AGREE, format::small_percent(totals.agreeing as f64 / changed)),
            (words::LARGEST, words::small(node.with_value(|node| masks::reach(&found, &node.tensors)))),
        ]
    };
    let line = |(name, value): (&'static str, String)| view! { <dt>{name}</dt><dd>{value}</dd> };
    view! { <dl class="pair-table">{move || rows().into_iter().map(line).collect_view()}</dl> }
}

/// Exceptions for the row: to take the masks off it, or to leave it as it was.
#[component]
fn Treat(scene: Scene, node: StoredValue<Node>) -> impl IntoView {
    let now = Memo::new(move |_| node.with_value(|node| treated(scene, node)));
    let set = move |from: From| node.with_value(|node| masking::treat(scene, node, from));
    let (exclude, copy) = (move |_| set(From::Plain), move |_| set(From::Base));
    let mix = move |_| set(From::Mix);
    move || {
        let hint = match now.get() {
            Treatment::Plain => Some(words::EXCLUDE_HINT),
            Treatment::Base => Some(words::COPY_HINT),
            Treatment::Mixed | Treatment::Partly => None,
        };
        let first = match now.get() {
            Treatment::Plain => view! { <button type="button" class="button slim" on:click=mix>{words::MASK_AGAIN}</button> }.into_any(),
            _ => view! { <button type="button" class="button slim" title=words::EXCLUDE_HINT on:click=exclude>{words::EXCLUDE}</button> }.into_any(),
        };
        let second = match now.get() {
            Treatment::Base => view! { <button type="button" class="button slim" on:click=mix>{words::MIX_AGAIN}</button> }.into_any(),
            _ => view! { <button type="button" class="button slim" title=words::COPY_HINT on:click=copy>{words::COPY}</button> }.into_any(),
        };
        view! { {hint.map(|hint| view! { <p class="small">{hint}</p> })}<div class="row wrapping">{first}{second}</div> }
    }
}

/// Every tensor of the row with what the skills keep of it.
#[component]
fn Parts(scene: Scene, node: StoredValue<Node>) -> impl IntoView {
    let head = |(name, pigment): (String, u8)| {
        view! { <th scope="col" title=name.clone()>{marker(pigment)}<span class="unseen">{name.clone()}</span></th> }
    };
    let is_single = node.with_value(|node| node.parent.is_some() || !node.is_foldable);
    let line = move |at: usize| {
        let found = scene.found.get()?;
        let name = found.tensors.get(at)?.name.clone();
        let totals = found.totals(scene.column.get().0, [at]);
        let cells = match shares(&totals) {
            Some(found) => {
                let cell = |share: &f64| view! { <td class=format!("h{}", step(*share))>{format!("{:.0}", share * 100.0)}</td> };
                found.kept.iter().map(cell).collect_view().into_any()
            }
            None => view! { <td class="still" colspan=scene.skills.with(Vec::len)></td> }.into_any(),
        };
        let said = part::in_words(&name);
        let short =
            if is_single { said.split_once(", ").map_or(said.clone(), |(_, rest)| rest.to_owned()) } else { said };
        Some(view! { <tr><th scope="row" title=name><span class="clip">{short}</span></th>{cells}</tr> })
    };
    let lines = move || node.with_value(|node| node.tensors.iter().filter_map(|&at| line(at)).collect_view());
    view! {
        <div class="part-table"><table class="heat parts-kept"><caption class="unseen">{words::PARTS}</caption>
            <thead><tr><th scope="col">{words::PARTS}</th>{move || scene.skills.get().into_iter().map(head).collect_view()}</tr></thead>
            <tbody>{lines}</tbody></table></div>
    }
}
