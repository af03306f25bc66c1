//! The step Tint when it has learned: before and after, compared with other ways, and what becomes of it.

use leptos::prelude::*;
use protocol::tint::{TintRow, TintRowKind, TintScore};
use protocol::words::format;
use protocol::words::screen::scores;
use protocol::words::screen::tint as words;

use super::tint_running::of;
use super::tint_strengths::Strengths;
use crate::actions;
use crate::parts::icons::{icon, marker, shape};
use crate::shape::scores::place;
use crate::shape::tinted::{WAYS, gain, heads_suffice, row, to_come};
use crate::store::{Step, Store, store};
use crate::tinting;

/// The bars of each skill, from above.
const BARS: [TintRowKind; 4] = [TintRowKind::Base, TintRowKind::Start, TintRowKind::Tinted, TintRowKind::Experts];

/// Work area.
#[component]
pub fn After() -> impl IntoView {
    let store = store();
    let tints = store.tints;
    let compares = Memo::new(move |_| tints.is_running());
    let title = move || if compares.get() { words::COMPARING } else { words::DONE };
    let lead = Memo::new(move |_| tints.rows.with(|rows| lead(rows)));
    let has_grid = Memo::new(move |_| tints.grid.with(Option::is_some));
    view! {
        <div class="work-head"><div><h1 tabindex="-1">{title}</h1><p class="lead">{lead}</p></div></div>
        <div class="work-body close">
            <Notes/><Bars/><Ways compares=compares/>
            {move || has_grid.get().then(|| view! { <Strengths/> })}
            <section class="panel tint-saving"><h2>{words::SAVING}</h2><p class="small">{words::SAVING_HINT}</p></section>
        </div>
        <Foot compares=compares/>
    }
}

/// The result in one sentence, once it is known.
fn lead(rows: &[TintRow]) -> String {
    let Some(tinted) = row(rows, TintRowKind::Tinted) else { return String::new() };
    let before = row(rows, TintRowKind::Start).map(|row| (row.mean, row.worst));
    let gained = gain(rows).map(|(difference, margin)| words::gain(difference, margin));
    [Some(words::result(tinted.mean, tinted.worst, before)), gained].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What a person should know before the result is used.
#[component]
fn Notes() -> impl IntoView {
    let store = store();
    let rows = store.tints.rows;
    let worse = Memo::new(move |_| rows.with(|rows| gain(rows).map(|found| found.0).filter(|gain| *gain < 0.0)));
    let heads = Memo::new(move |_| {
        rows.with(|rows| {
            let (heads, tinted) = (row(rows, TintRowKind::Heads), row(rows, TintRowKind::Tinted));
            heads_suffice(heads, tinted)
                .then(|| heads.zip(tinted).map(|(heads, tinted)| tinted.mean - heads.mean))
                .flatten()
        })
    });
    let learned_from = Memo::new(move |_| rows.with(|rows| rows.iter().any(|row| row.transductive)));
    let done = Memo::new(move |_| !store.tints.is_running());
    let note = |symbol: &'static str, title: &'static str, text: String, button: AnyView| {
        view! { <div class="held-back">{icon(symbol)}<p><b>{title}". "</b>{text}</p>{button}</div> }
    };
    let heads_button = move || {
        done.get().then(|| {
            view! { <button type="button" class="button slim" on:click=move |_| tinting::start_heads(store)>{words::USE_HEADS}</button> }
        })
    };
    let cheaper = move || heads.get().filter(|_| worse.get().is_none()).map(words::heads_suffice);
    view! {
        {move || worse.get().map(|gain| note("warn", words::WORSE, words::worse_hint(gain), ().into_any()))}
        {move || cheaper().map(|text| note("info", words::HEADS_HINT, text, heads_button.into_any()))}
        {move || learned_from.get().then(|| note("info", words::TRANSDUCTIVE, words::TRANSDUCTIVE_HINT.to_owned(), ().into_any()))}
    }
}

fn pigment(store: Store, skill: &str) -> u8 {
    store.draft.with(|draft| {
        let expert = draft.project.recipe.experts.iter().find(|expert| expert.skill == skill);
        expert.map_or(0, |expert| draft.pigment(&expert.path))
    })
}

/// Skills that were scored, in order.
fn skills(rows: &[TintRow]) -> Vec<String> {
    rows.first().map(|row| row.skills.iter().map(|one| one.skill.clone()).collect()).unwrap_or_default()
}

/// Bars of each skill with the ends of their intervals.
#[component]
fn Bars() -> impl IntoView {
    let store = store();
    let rows = store.tints.rows;
    let skills = Memo::new(move |_| rows.with(|rows| skills(rows)));
    let group = move |skill: String| {
        let color = pigment(store, &skill);
        let name = StoredValue::new(skill.clone());
        let bars = move || {
            let all = BARS.into_iter().filter_map(|kind| {
                let found = rows.with(|rows| row(rows, kind).and_then(|row| name.with_value(|name| score(row, name))));
                found.map(|score| bar(kind, &score))
            });
            all.collect_view()
        };
        let few = move || {
            let count = rows.with(|rows| rows.first().and_then(|row| name.with_value(|name| score(row, name))));
            count.filter(|one| one.examples < protocol::measure::FEW_EXAMPLES).map(|one| {
                let hint = words::few_hint(one.examples, (one.interval[1] - one.interval[0]) / 2.0);
                view! { <span class="badge notice" title=hint>{words::FEW}</span> }
            })
        };
        view! {
            <li class=format!("tint-bars p{}", shape(color))><p class="skill-line"><span class="skill">{marker(color)}<span class="clip">{skill}</span></span>{few}</p>{bars}</li>
        }
    };
    move || {
        (!skills.with(Vec::is_empty)).then(|| {
            view! {
                <section class="panel" aria-label=words::BEFORE_AFTER><div class="panel-head"><h2>{words::BEFORE_AFTER}</h2>
                    <span class="small">{words::JUDGED_ON}</span></div>
                    <ul class="tint-pairs">{skills.get().into_iter().map(group).collect_view()}</ul></section>
            }
        })
    }
}

fn score(row: &TintRow, skill: &str) -> Option<TintScore> {
    row.skills.iter().find(|one| one.skill == skill).cloned()
}

fn bar(kind: TintRowKind, score: &TintScore) -> impl IntoView + use<> {
    let value = score.value.value();
    let [low, high] = score.interval;
    let half = (high - low) / 2.0;
    let class = match kind {
        TintRowKind::Base => "tint-bar of-base",
        TintRowKind::Start => "tint-bar of-start",
        TintRowKind::Tinted => "tint-bar of-tinted",
        _ => "tint-bar of-experts",
    };
    let said = words::bar(&score.skill, words::way(kind), value, half);
    let name = if kind == TintRowKind::Experts { scores::SPECIALIST } else { words::way(kind) };
    view! {
        <p class=class><span class="name">{name}</span><span class="bar" role="img" aria-label=said style=("--mix", place(value))>
            <i class="whisker" style=("--low", place(low)) style=("--high", place(high))></i></span>
            <span class="num">{format::tenths(value)}</span></p>
    }
}

/// Every way with all its scores; those to come say so.
#[component]
fn Ways(compares: Memo<bool>) -> impl IntoView {
    let store = store();
    let rows = store.tints.rows;
    let skills = Memo::new(move |_| rows.with(|rows| skills(rows)));
    let wants_all = Memo::new(move |_| of(store, |run| run.wish.settings.compare));
    let head = move |skill: String| {
        let color = pigment(store, &skill);
        view! { <th scope="col"><span class="skill">{marker(color)}<span class="clip">{skill}</span></span></th> }
    };
    let waiting = Memo::new(move |_| {
        let is_coming = compares.get() && wants_all.get();
        rows.with(|rows| if is_coming { to_come(rows) } else { Vec::new() })
    });
    let lines = move || {
        let (known, coming) = (rows.get(), waiting.get());
        let mut all: Vec<(TintRowKind, Option<TintRow>)> =
            known.into_iter().map(|row| (row.method, Some(row))).collect();
        all.extend(coming.into_iter().map(|kind| (kind, None)));
        all.sort_by_key(|(kind, _)| *kind);
        let columns = skills.with(Vec::len) + 2;
        all.into_iter().map(|(kind, row)| line(kind, row, columns)).collect_view()
    };
    let state = move || {
        let (known, coming) = (WAYS.len() - waiting.with(Vec::len), waiting.with(Vec::len));
        (coming > 0).then(|| view! { <span class="badge">{words::comparing(known, WAYS.len())}</span> })
    };
    view! {
        <section class="panel" aria-label=words::ALL_WAYS><div class="panel-head"><h2>{words::ALL_WAYS}</h2>{state}</div>
            <div class="table-place" tabindex="0" role="region" aria-label=words::ALL_WAYS><table class="scores-table tint-ways">
                <caption class="unseen">{words::ALL_WAYS}" "{words::JUDGED_ON}</caption>
                <thead><tr><th scope="col">{words::WAY_COLUMN}</th><th scope="col">{words::MEAN}</th><th scope="col">{words::WORST}</th>
                    {move || skills.get().into_iter().map(head).collect_view()}</tr></thead>
                <tbody>{lines}</tbody></table></div></section>
    }
}

fn line(kind: TintRowKind, row: Option<TintRow>, columns: usize) -> impl IntoView {
    let mark = row.as_ref().is_some_and(|row| row.transductive).then_some("°");
    let name = view! { <th scope="row"><span class="way"><b>{words::way(kind)}{mark}</b><span class="small">{words::way_hint(kind)}</span></span></th> };
    let cells = match row {
        Some(row) => {
            let score = |one: &TintScore| {
                let said = words::interval_of(&one.skill, one.value.value(), one.interval, one.examples);
                view! { <td title=said>{within(one.value.value(), (one.interval[1] - one.interval[0]) / 2.0)}</td> }
            };
            view! {
                <td>{within(row.mean, row.margin)}</td><td>{format::tenths(row.worst)}</td>{row.skills.iter().map(score).collect_view()}
            }
            .into_any()
        }
        None => view! { <td colspan=columns class="text quiet">{words::WAITING}</td> }.into_any(),
    };
    view! { <tr class:selected=kind == TintRowKind::Tinted class:waiting=kind == TintRowKind::Experts>{name}{cells}</tr> }
}

/// A score and how far it can be off.
fn within(value: f64, half: f64) -> impl IntoView {
    view! { {format::tenths(value)}<span class="half">" "{scores::around(half)}</span> }
}

#[component]
fn Foot(compares: Memo<bool>) -> impl IntoView {
    move || match compares.get() {
        true => view! { <Comparing/> }.into_any(),
        false => view! { <Choosing/> }.into_any(),
    }
}

#[component]
fn Comparing() -> impl IntoView {
    let store = store();
    let ending = Memo::new(move |_| of(store, |run| run.is_stopping || run.is_discarding));
    let name = move || if ending.get() { words::STOPPING } else { words::STOP_COMPARING };
    view! {
        <div class="work-foot"><p class="forecast">{words::COMPARING_HINT}</p>
            <button type="button" class="button main" disabled=ending on:click=move |_| tinting::stop(store)>{name}</button></div>
    }
}

/// Whether the mix on screen is the tinted one.
pub fn is_used(store: Store) -> bool {
    store.tints.result.with(|result| {
        let tinted = result.as_ref().map(|(_, tinted)| &tinted.recipe);
        tinted.is_some_and(|recipe| store.draft.with(|draft| draft.uses(recipe)))
    })
}

#[component]
fn Choosing() -> impl IntoView {
    let store = store();
    let used = Memo::new(move |_| is_used(store));
    // What is recommended is filled.
    let is_worse = Memo::new(move |_| store.tints.rows.with(|rows| gain(rows).is_some_and(|found| found.0 < 0.0)));
    let can_undo = Memo::new(move |_| store.tints.replaced.with(Option::is_some));
    let text = move || {
        let is_changed = || {
            store.tints.result.with(|result| {
                let before = result.as_ref().map(|(recipe, _)| recipe);
                before.is_some_and(|before| store.draft.with(|draft| draft.project.recipe != *before))
            })
        };
        match used.get() {
            true => words::USED_NOW,
            false if is_changed() => words::CHANGED_SINCE,
            false => words::NOT_USED,
        }
    };
    let buttons = move || match used.get() {
        true => {
            let undo = can_undo.get().then(|| {
                view! { <button type="button" class="button lg" on:click=move |_| tinting::undo_use(store)>{icon("undo")}{words::UNDO}</button> }
            });
            view! {
                {undo}<button type="button" class="button main" on:click=move |_| actions::go(store, Step::Save)>{words::SAVE_THIS}</button>
            }
            .into_any()
        }
        false => {
            let keep = move |class| {
                view! { <button type="button" class=class on:click=move |_| tinting::keep_untinted(store)>{words::KEEP}</button> }
            };
            let take = move |class| {
                view! { <button type="button" class=class on:click=move |_| tinting::use_result(store)>{words::USE}</button> }
            };
            match is_worse.get() {
                true => (take("button lg"), keep("button main")).into_any(),
                false => (keep("button lg"), take("button main")).into_any(),
            }
        }
    };
    view! { <div class="work-foot"><p class="forecast" role="status">{text}</p>{buttons}</div> }
}
