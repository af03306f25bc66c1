//! What is mixed up in one skill: a heat map of answers, its table, and the most frequent mix-ups in words.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use protocol::export::confusion_csv;
use protocol::score::{Metric, SkillScore};
use protocol::words::screen::confusion as words;
use protocol::words::screen::scores as score_words;

use super::mix::back;
use crate::exporting;
use crate::measuring;
use crate::page;
use crate::parts::heat::{ChartOrTable, key};
use crate::shape::confusion::{self, Map, MixUp, PRINTED};
use crate::store::{Store, store};

/// Most mix-ups in the table.
const LISTED: usize = 200;

/// The score of a model's skill on the part that is shown, with the name of the skill.
fn score_of(store: Store, model: &str) -> Option<(String, std::sync::Arc<SkillScore>)> {
    let row = measuring::row(store, model)?;
    Some((row.skill.clone(), row.shown()?.score.clone()))
}

/// Work area.
#[component]
pub fn MixUps(model: String) -> impl IntoView {
    let store = store();
    let known = Memo::new(move |_| score_of(store, &model));
    let skill = move || known.with(|known| known.as_ref().map(|(skill, _)| skill.clone()).unwrap_or_default());
    let lead = move || known.with(|known| known.as_ref().map(|(_, score)| words::lead(score.metric, score.examples)));
    let as_table = RwSignal::new(false);
    let body = move || {
        let score = known.get().map(|(_, score)| score)?;
        Some(if as_table.get() { list(&score).into_any() } else { view! { <HeatMap score=score/> }.into_any() })
    };
    let export = move |_| {
        if let Some((skill, score)) = known.get_untracked() {
            let what = format!("confusion-{}", skill.to_lowercase().replace(' ', "-"));
            exporting::write(store, exporting::name(store, &what, "csv"), confusion_csv(&score));
        }
    };
    let press = move |event: KeyboardEvent| {
        if event.key().eq_ignore_ascii_case("t") && !event.ctrl_key() && !event.meta_key() {
            as_table.update(|table| *table = !*table);
            request_animation_frame(|| page::focus(".work-body .table-place, .cells"));
        }
    };
    view! {
        <div class="contents" on:keydown=press><div class="work-head"><div><h1 tabindex="-1">{move || words::title(&skill())}</h1><p class="lead">{lead}</p></div>
            <div class="row right"><ChartOrTable as_table=as_table/></div></div>
        <div class="work-body flow">{body}</div>
        <div class="work-foot"><p class="forecast"></p>
            <button type="button" class="button" on:click=export>{score_words::SAVE_CSV}</button>
            <button type="button" class="button main" on:click=move |_| back(store)>{words::DONE}</button></div></div>
    }
}

/// A cell in words.
fn cell(score: &SkillScore, map: &Map, (row, column): (usize, usize)) -> String {
    let (Some(asked), Some(answered)) = (map.labels.get(row), map.labels.get(column)) else { return String::new() };
    let times = map.counts.get(row).and_then(|counts| counts.get(column)).copied().unwrap_or(0);
    match score.metric {
        Metric::Accuracy => words::cell(asked, answered, times),
        Metric::Agreement => words::agreed(asked, answered, times),
    }
}

#[component]
fn HeatMap(score: std::sync::Arc<SkillScore>) -> impl IntoView {
    let map = StoredValue::new(confusion::map(&score));
    let score = StoredValue::new(score);
    let at = RwSignal::new(None::<(usize, usize)>);
    let count = map.with_value(|map| map.labels.len());
    let press = move |event: KeyboardEvent| {
        let here = at.get_untracked().unwrap_or((0, 0));
        let moved = map.with_value(|map| map.walk(here, &event.key(), event.ctrl_key()));
        if let Some(cell) = moved {
            event.prevent_default();
            event.stop_propagation();
            at.set(Some(cell));
        }
    };
    let point = move |event: PointerEvent| {
        let place = page::inside(&event).map(|(x, y)| ((y * count as f64) as usize, (x * count as f64) as usize));
        at.set(place.filter(|(row, column)| *row < count && *column < count));
    };
    let said = move || {
        let of = |at| score.with_value(|score| map.with_value(|map| cell(score, map, at)));
        at.get().map_or(words::HINT.to_owned(), of)
    };
    let summary = score.with_value(|score| {
        let worst = confusion::mix_ups(score, 1);
        let worst = worst.first().map(|one| (one.asked.as_str(), one.answered.as_str(), one.times));
        words::summary(confusion::right(score), score.examples, worst)
    });
    let shown = map.with_value(|map| (map.all > map.labels.len()).then(|| words::some(map.labels.len(), map.all)));
    let asked = score.with_value(|score| words::asked(score.metric));
    let drawing = map.with_value(|map| draw(map));
    let (rows, columns) = map.with_value(|map| (names(map), names(map)));
    let large = count <= PRINTED;
    let arrive = move |_| at.update(|at| *at = at.or(Some((0, 0))));
    view! {
        <p class="cell-said" class:none=move || at.get().is_none() id="confusion-cell" role="status" aria-live="polite">{said}</p>
        <div class="confusion" class:large=large style=("--classes", count.to_string())>
            <span class="corner small">{asked}</span><span class="across small">{words::ANSWERED}</span>
            <div class="columns" aria-hidden="true">{columns}</div>
            <div class="rows" aria-hidden="true">{rows}</div>
            <div class="cells" tabindex="0" role="img" aria-label=summary aria-describedby="confusion-cell" on:keydown=press
                on:focus=arrive on:pointermove=point>
                <svg viewBox=format!("0 0 {count} {count}") preserveAspectRatio="none" aria-hidden="true" inner_html=drawing></svg>
                {large.then(|| numbers(map))}
                <Cursor at=at/></div>
        </div>
        <div class="legend">{key(words::NEVER.to_owned(), words::ALWAYS.to_owned())}<span>{shown}</span></div>
    }
}

/// The frame around the cell that is spoken of.
#[component]
fn Cursor(at: RwSignal<Option<(usize, usize)>>) -> impl IntoView {
    let place = move |row: bool| at.get().map_or(0, |at| if row { at.0 } else { at.1 }).to_string();
    view! {
        <i class="cursor" class:off=move || at.get().is_none() style=("--row", move || place(true))
            style=("--column", move || place(false))></i>
    }
}

/// All cells as squares of one unit.
fn draw(map: &Map) -> String {
    let steps = map.steps();
    let mut drawn = String::new();
    for (row, steps) in steps.iter().enumerate() {
        for (column, step) in steps.iter().enumerate() {
            drawn.push_str(&format!("<rect class=\"q{step}\" x=\"{column}\" y=\"{row}\" width=\"1\" height=\"1\"/>"));
        }
    }
    drawn
}

/// Counts over the cells, where there is room for them.
fn numbers(map: StoredValue<Map>) -> impl IntoView {
    let cells = map.with_value(|map| {
        let steps = map.steps();
        let cell = |(row, counts): (usize, &Vec<u64>)| {
            let steps = steps[row].clone();
            counts
                .iter()
                .zip(steps)
                .map(|(&count, step)| {
                    let text = if count == 0 { String::new() } else { count.to_string() };
                    view! { <span class=format!("h{step}")>{text}</span> }
                })
                .collect_view()
        };
        map.counts.iter().enumerate().map(cell).collect_view()
    });
    view! { <div class="numbers" aria-hidden="true">{cells}</div> }
}

fn names(map: &Map) -> impl IntoView + use<> {
    let name = |label: &String| view! { <span title=label.clone()><span class="clip">{label.clone()}</span></span> };
    map.labels.iter().map(name).collect_view()
}

/// The table twin: every mix-up as a row.
fn list(score: &SkillScore) -> impl IntoView + use<> {
    let found = confusion::mix_ups(score, LISTED);
    let row = |one: MixUp| view! { <tr><th scope="row">{one.asked}</th><td class="text">{one.answered}</td><td>{one.times}</td></tr> };
    let empty = found.is_empty();
    if empty {
        return view! { <p>{words::NOTHING}</p> }.into_any();
    }
    view! {
        <div class="table-place" tabindex="0" role="region" aria-label=words::MOST><table class="scores-table mix-ups">
            <caption class="unseen">{words::MOST}</caption>
            <thead><tr><th scope="col">{words::asked(score.metric)}</th><th scope="col" class="text">{words::ANSWERED}</th><th scope="col">{words::TIMES}</th></tr></thead>
            <tbody>{found.into_iter().map(row).collect_view()}</tbody></table></div>
    }
    .into_any()
}

/// Inspector: the most frequent mix-ups as sentences.
#[component]
pub fn OfMixUps(model: String) -> impl IntoView {
    /// Most sentences.
    const MOST: usize = 12;
    let store = store();
    let known = Memo::new(move |_| score_of(store, &model));
    let line = |one: MixUp| view! { <li>{words::mix_up(&one.asked, &one.answered, one.times)}</li> };
    move || {
        known.get().map(|(_, score)| {
            let found = confusion::mix_ups(&score, MOST);
            let none = found.is_empty().then(|| view! { <p>{words::NOTHING}</p> });
            view! {
                <div class="inspector-head"><h2>{words::MOST}</h2></div>
                {none}<ol class="mix-up-list">{found.into_iter().map(line).collect_view()}</ol>
            }
        })
    }
}
