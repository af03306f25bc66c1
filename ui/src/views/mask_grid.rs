//! The heat map of keep-masks, and the table that stands for it.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use protocol::export::masks::{Row, shares, step};
use protocol::masks::MaskStatistics;
use protocol::words::screen::masks as words;
use protocol::words::screen::scores;
use protocol::words::{format, masks as sentences};

use crate::masking::{self, Scene};
use crate::page;
use crate::parts::heat::key;
use crate::parts::icons::{icon, marker};
use crate::shape::masks::{self, Column, Node, Treatment, treatment};

/// The names of the rows, which the arrow keys walk through.
const NAMES: &str = ".masks-grid .row-name";

/// Counts of a row, worked out anew when selectivity or counts change.
fn counted(scene: Scene, node: &Node) -> Option<Row> {
    let found: Arc<MaskStatistics> = scene.found.get()?;
    Some(masks::row(&found, scene.column.get().0, node))
}

/// What becomes of a row.
pub fn treated(scene: Scene, node: &Node) -> Treatment {
    let names = scene.names(node);
    scene.store.draft.with(|draft| treatment(draft.scopes(), names.iter().map(String::as_str)))
}

fn tag(treated: Treatment) -> &'static str {
    match treated {
        Treatment::Mixed => "",
        Treatment::Plain => words::EXCLUDED_TAG,
        Treatment::Base => words::COPIED_TAG,
        Treatment::Partly => words::PARTLY_TAG,
    }
}

/// The heat map.
#[component]
pub fn Grid(scene: Scene) -> impl IntoView {
    let keys = Memo::new(move |_| {
        let open = scene.store.masks.open.get();
        scene
            .nodes
            .with(|nodes| masks::visible(nodes, &open).into_iter().map(|node| node.key.clone()).collect::<Vec<_>>())
    });
    let summary = move || {
        let found = scene.found.get()?;
        Some(sentences::summary(&scene.skill_names(), &masks::whole(&found, scene.column.get().0)))
    };
    view! {
        <table class="heat masks-grid"><caption class="unseen">{summary}</caption>
            <thead><Heads scene=scene/></thead>
            <tbody><For each=move || keys.get() key=String::clone let:key><GridRow scene=scene key=key keys=keys/></For></tbody></table>
        <Legend scene=scene/>
    }
}

#[component]
fn Heads(scene: Scene) -> impl IntoView {
    let head = |(name, pigment): (String, u8)| {
        view! { <th scope="col" title=name.clone()><span class="skill">{marker(pigment)}<span class="clip">{name.clone()}</span></span></th> }
    };
    let apart = [
        (words::SHARED, words::SHARED_HINT),
        (words::ONE_SKILL, words::ONE_SKILL_HINT),
        (words::UNUSED, words::UNUSED_HINT),
    ];
    let apart = apart.map(|(name, hint)| view! { <th scope="col" title=hint>{name}</th> }).into_iter().collect_view();
    view! {
        <tr><th scope="col" class="layer-head">{words::LAYER}</th>{move || scene.skills.get().into_iter().map(head).collect_view()}
            <td class="gap"></td>{apart}</tr>
    }
}

/// One layer, or several blocks together.
#[component]
fn GridRow(scene: Scene, key: String, keys: Memo<Vec<String>>) -> impl IntoView {
    let Some(node) = scene.node(&key) else { return ().into_any() };
    let node = StoredValue::new(node);
    let row = Memo::new(move |_| node.with_value(|node| counted(scene, node)));
    let treated = Memo::new(move |_| node.with_value(|node| treated(scene, node)));
    let opened = move || node.with_value(|node| scene.store.masks.row.with(|row| row.as_ref() == Some(&node.key)));
    let state = Memo::new(move |_| {
        let has_some = row.with(|row| row.as_ref().is_some_and(|row| shares(&row.totals).is_some()));
        match treated.get() {
            Treatment::Base => Some(words::COPIED),
            _ if !has_some => Some(words::IDENTICAL),
            _ => None,
        }
    });
    let cells = move || match state.get() {
        Some(said) => still(scene, said).into_any(),
        None => view! { <Cells scene=scene row=row/> }.into_any(),
    };
    view! {
        <tr class:selected=opened class:plain=move || treated.get() == Treatment::Plain>
            <th scope="row"><RowHead scene=scene node=node row=row treated=treated keys=keys/></th>{cells}</tr>
    }
    .into_any()
}

fn still(scene: Scene, said: &'static str) -> impl IntoView {
    let skills = scene.skills.with(Vec::len);
    view! { <td class="still" colspan=skills><span>{said}</span></td><td class="gap"></td><td class="still" colspan="3"></td> }
}

#[component]
fn Cells(scene: Scene, row: Memo<Option<Row>>) -> impl IntoView {
    let found = Memo::new(move |_| row.with(|row| row.as_ref().and_then(|row| shares(&row.totals))));
    let own = move |at: usize| found.with(|found| found.as_ref().and_then(|found| found.kept.get(at).copied()));
    let needed = move |at: usize| found.with(|found| found.as_ref().map(|found| found.needed[at]));
    let skills = scene.skills.with_untracked(Vec::len);
    view! {
        {(0..skills).map(|at| cell(move || own(at))).collect_view()}<td class="gap"></td>
        {(0..3).map(|at| cell(move || needed(at))).collect_view()}
    }
}

/// A cell whose number and colour follow the slider.
fn cell(share: impl Fn() -> Option<f64> + Copy + Send + Sync + 'static) -> impl IntoView {
    let class = move || format!("h{}", step(share().unwrap_or(0.0)));
    let text = move || share().map(|share| format!("{:.0}", share * 100.0));
    view! { <td class=class>{text}</td> }
}

/// Name of a row, the way to fold it, and what becomes of it.
#[component]
fn RowHead(
    scene: Scene,
    node: StoredValue<Node>,
    row: Memo<Option<Row>>,
    treated: Memo<Treatment>,
    keys: Memo<Vec<String>>,
) -> impl IntoView {
    let masks = scene.store.masks;
    let Node { key, title, parent, is_foldable, .. } = node.get_value();
    let (here, own) = (key.clone(), key.clone());
    let reachable = move || masks.here.with(|at| at.as_ref() == Some(&here)) || is_first(scene, keys, &own);
    let (own, name) = (key.clone(), title.clone());
    let is_open = move || masks.open.with(|open| open.contains(&own));
    let said = move || {
        let kept = row.with(|row| row.as_ref().and_then(|row| spoken(scene, row)));
        words::open(&name, kept.as_deref(), tag(treated.get()))
    };
    let expanded = is_open.clone();
    let press = move |event: KeyboardEvent| walk(scene, node, &event);
    let pressed = move || masks.row.with(|row| row.as_ref() == Some(&key)).to_string();
    let fold = is_foldable.then(|| view! { <Fold scene=scene node=node/> });
    view! {
        <span class="row-head" class:deep=parent.is_some()>{fold}
            <button type="button" class="row-name" aria-label=said aria-pressed=pressed
                aria-expanded=move || is_foldable.then(|| expanded().to_string())
                tabindex=move || if reachable() { "0" } else { "-1" }
                on:click=move |_| node.with_value(|node| masking::open_row(scene, node)) on:keydown=press
                on:focus=move |_| masks.here.set(node.with_value(|node| Some(node.key.clone())))><span class="clip">{title}</span></button>
            {move || Some(tag(treated.get())).filter(|tag| !tag.is_empty()).map(|tag| view! { <span class="tag">{tag}</span> })}</span>
    }
}

/// Whether Tab reaches this row because it does not reach one that can be seen.
fn is_first(scene: Scene, keys: Memo<Vec<String>>, key: &str) -> bool {
    keys.with(|keys| {
        let here = scene.store.masks.here.get();
        keys.first().is_some_and(|first| first == key) && here.is_none_or(|here| !keys.contains(&here))
    })
}

/// The shares of a row in words.
fn spoken(scene: Scene, row: &Row) -> Option<String> {
    let found = shares(&row.totals)?;
    let kept: Vec<(String, f64)> = scene.skill_names().into_iter().zip(found.kept).collect();
    Some(words::row(&kept, found.needed))
}

#[component]
fn Fold(scene: Scene, node: StoredValue<Node>) -> impl IntoView {
    let masks = scene.store.masks;
    let Node { key, title, .. } = node.get_value();
    let is_open = Memo::new(move |_| masks.open.with(|open| open.contains(&key)));
    let toggle = move |_| set_open(scene, node, !is_open.get_untracked());
    view! {
        <button type="button" class="icon-button fold-row" tabindex="-1" aria-label=move || words::fold(&title, is_open.get())
            on:click=toggle><span class="turn side" class:open=is_open>{icon("next")}</span></button>
    }
}

fn set_open(scene: Scene, node: StoredValue<Node>, open: bool) {
    let key = node.with_value(|node| node.key.clone());
    scene.store.masks.open.update(|all| {
        if open {
            all.insert(key);
        } else {
            all.remove(&key);
        }
    });
}

/// Keys on the name of a row: up and down to the next, right and left to unfold and fold.
fn walk(scene: Scene, node: StoredValue<Node>, event: &KeyboardEvent) {
    let (parent, is_foldable) = node.with_value(|node| (node.parent.clone(), node.is_foldable));
    match event.key().as_str() {
        key @ ("ArrowDown" | "ArrowUp") => page::focus_next(NAMES, key == "ArrowDown"),
        "ArrowRight" if is_foldable => set_open(scene, node, true),
        "ArrowLeft" if is_foldable => set_open(scene, node, false),
        "ArrowLeft" => {
            // Back to the row that holds it: as many steps up as there are rows between.
            let Some(parent) = parent else { return };
            scene.store.masks.here.set(Some(parent));
            request_animation_frame(|| page::focus(".masks-grid .row-name[tabindex=\"0\"]"));
        }
        "Home" => page::focus_end(NAMES, false),
        "End" => page::focus_end(NAMES, true),
        _ => return,
    }
    event.prevent_default();
}

#[component]
fn Legend(scene: Scene) -> impl IntoView {
    let high = format!("{} {}", format::percent(1.0), words::KEPT);
    view! {
        <div class="legend mask-legend">{key(format::percent(0.0), high)}
            <span><span class="hatch-key" aria-hidden="true"></span>{words::NO_CHANGE}</span>
            <Exports scene=scene/></div>
    }
}

#[component]
fn Exports(scene: Scene) -> impl IntoView {
    view! {
        <span class="row right">
            <button type="button" class="button plain slim" on:click=move |_| masking::write_csv(scene)>{words::SAVE_CSV}</button>
            <button type="button" class="button plain slim" on:click=move |_| masking::write_svg(scene)>{words::SAVE_SVG}</button></span>
    }
}

/// Name of a column for people.
fn named(scene: Scene, column: Column) -> String {
    match column {
        Column::Layer => words::LAYER.to_owned(),
        Column::Skill(at) => scene.skill_names().get(at).cloned().unwrap_or_default(),
        Column::Needed(at) => [words::SHARED, words::ONE_SKILL, words::UNUSED][at].to_owned(),
        Column::Weights => words::WEIGHTS.to_owned(),
        Column::Removed => words::CHANGE_REMOVED.to_owned(),
    }
}

/// The same numbers as a table that is sorted by any column.
#[component]
pub fn Table(scene: Scene) -> impl IntoView {
    let sort = scene.store.masks.sort;
    let columns = move || masks::columns(scene.skills.with(Vec::len));
    let heads = move || columns().into_iter().map(|column| head(scene, column)).collect_view();
    let rows = Memo::new(move |_| {
        let nodes = scene.nodes.get();
        let leaves: Vec<&Node> = nodes.iter().filter(|node| !node.is_foldable).collect();
        let rows: Vec<Row> = leaves.iter().filter_map(|node| counted(scene, node)).collect();
        let (column, is_falling) = sort.get();
        let places = masks::sorted(&rows, column, is_falling, scene.k.get());
        places.into_iter().map(|at| (leaves[at].clone(), rows[at].clone())).collect::<Vec<_>>()
    });
    let lines = move || rows.get().into_iter().map(|(node, row)| line(scene, node, row)).collect_view();
    view! {
        <div class="table-place" tabindex="0" role="region" aria-label=words::TITLE><table class="scores-table masks-table">
            <caption class="unseen">{words::LEAD_TABLE}</caption><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>
        <div class="legend mask-legend"><Exports scene=scene/></div>
    }
}

fn head(scene: Scene, column: Column) -> impl IntoView {
    let sort = scene.store.masks.sort;
    let name = named(scene, column);
    let is_it = move || sort.get().0 == column;
    let order = move || is_it().then(|| if sort.get().1 { "descending" } else { "ascending" });
    let said = name.clone();
    let press = move |_| {
        let (now, is_falling) = sort.get_untracked();
        let falling = if now == column { !is_falling } else { column != Column::Layer };
        sort.set((column, falling));
        scene.store.polite.set(words::sorted(&said, falling));
    };
    let arrow =
        move || is_it().then(|| view! { <span class="turn" class:open=move || !sort.get().1>{icon("down")}</span> });
    view! {
        <th scope="col" aria-sort=order><button type="button" class="sort" aria-label=words::sort_by(&name) title=name.clone()
            on:click=press><span class="clip">{name.clone()}</span>{arrow}</button></th>
    }
}

fn line(scene: Scene, node: Node, row: Row) -> impl IntoView {
    let k = scene.k.get();
    let text = |column: Column| match (column, masks::value(&row, column, k)) {
        (Column::Weights, Some(weights)) => format::grouped(weights as u64),
        (_, Some(share)) => format::tenths(share),
        (_, None) => scores::NONE.to_owned(),
    };
    let columns = masks::columns(scene.skills.with(Vec::len));
    let cells = columns.into_iter().skip(1).map(|column| view! { <td>{text(column)}</td> }).collect_view();
    let tag = Some(tag(treated(scene, &node))).filter(|tag| !tag.is_empty());
    let title = row.title.clone();
    let opened = {
        let key = node.key.clone();
        move || scene.store.masks.row.with(|row| row.as_ref() == Some(&key))
    };
    view! {
        <tr class:selected=opened><th scope="row"><span class="row-head"><button type="button" class="row-name" on:click=move |_| masking::open_row(scene, &node)>
            <span class="clip">{title}</span></button>{tag.map(|tag| view! { <span class="tag">{tag}</span> })}</span></th>{cells}</tr>
    }
}
