//! The score of one skill: a bar from zero with its marks, and the number.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use protocol::model::ModelId;
use protocol::score::Metric;
use protocol::words::format;
use protocol::words::screen::scores as words;

use super::example_cell::{PickExamples, Trouble};
use super::icons::{marker, shape};
use crate::page;
use crate::shape::scores::{Row, Shown, State, place};
use crate::store::store;

/// The names of the rows, which the arrow keys walk through.
const NAMES: &str = ".score-bar .row-name";

/// What a row shows; a row is drawn anew when this changes, not with every number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    NoExamples,
    Waiting,
    Trouble,
    Scored,
}

/// One row.
#[component]
pub fn ScoreBar(
    /// Id of the specialist.
    model: String,
    /// All rows.
    rows: Memo<Vec<Row>>,
    /// Whether its score is on its way.
    #[prop(into)]
    busy: Signal<bool>,
    /// The selected skill.
    #[prop(into)]
    selected: Signal<Option<String>>,
) -> impl IntoView {
    let key = StoredValue::new(model);
    let row = Memo::new(move |_| {
        key.with_value(|model| rows.with(|rows| rows.iter().find(|row| row.model == *model).cloned()))
    });
    let shown = Memo::new(move |_| row.with(|row| row.as_ref().and_then(Row::shown).cloned()));
    let kind = Memo::new(move |_| row.with(|row| row.as_ref().map_or(Kind::Waiting, kind_of)));
    let pigment = Memo::new(move |_| row.with(|row| row.as_ref().map_or(0, |row| row.pigment)));
    let name = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.skill.clone()).unwrap_or_default()));
    let stale = move || shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.is_stale));
    let here = move || key.with_value(|model| selected.with(|selected| selected.as_ref() == Some(model)));
    let inside = move || match kind.get() {
        Kind::NoExamples => no_examples(key.get_value(), name).into_any(),
        Kind::Waiting => view! { <Waiting busy=busy/> }.into_any(),
        Kind::Trouble => trouble(row).into_any(),
        Kind::Scored => view! { <Scored name=name shown=shown/> }.into_any(),
    };
    view! {
        <li class=move || format!("score-bar p{}", shape(pigment.get())) class:stale=stale class:selected=here>
            <RowName key=key name=name pigment=pigment here=Signal::derive(here)/>{inside}</li>
    }
}

fn kind_of(row: &Row) -> Kind {
    match row.state {
        State::NoExamples => Kind::NoExamples,
        State::Waiting => Kind::Waiting,
        State::Trouble(_) => Kind::Trouble,
        State::Scored(_) => Kind::Scored,
    }
}

/// Marker and name: selects the skill, whose details stand in the inspector.
#[component]
fn RowName(key: StoredValue<String>, name: Memo<String>, pigment: Memo<u8>, here: Signal<bool>) -> impl IntoView {
    let store = store();
    let select = move || store.selected.set(Some(ModelId(key.get_value())));
    let press = move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "ArrowDown" | "ArrowUp") {
            event.prevent_default();
            page::focus_next(NAMES, event.key() == "ArrowDown");
        }
    };
    view! {
        <button type="button" class="row-name skill" aria-label=move || words::score_of(&name.get())
            aria-pressed=move || here.get().to_string() tabindex=move || if here.get() { "0" } else { "-1" }
            on:click=move |_| select() on:focus=move |_| select() on:keydown=press>
            {move || marker(pigment.get())}<span class="clip">{name}</span></button>
    }
}

fn no_examples(model: String, name: Memo<String>) -> impl IntoView {
    view! {
        <span class="rest quiet">{move || words::not_measured(&name.get())}" "<PickExamples model=model class="link"/></span>
    }
}

#[component]
fn Waiting(#[prop(into)] busy: Signal<bool>) -> impl IntoView {
    let text = move || if busy.get() { words::MEASURING } else { words::WAITING };
    view! {
        <span class="bar"></span><span class="num quiet">{words::NONE}</span><span></span><span class="share">{text}</span>
    }
}

fn trouble(row: Memo<Option<Row>>) -> impl IntoView {
    let found = row.with(|row| {
        let row = row.as_ref()?;
        let State::Trouble(problem) = &row.state else { return None };
        Some((row.model.clone(), problem.clone()))
    });
    found.map(|(model, problem)| view! { <div class="rest"><Trouble model=model problem=problem brief=true/></div> })
}

#[component]
fn Scored(name: Memo<String>, shown: Memo<Option<Shown>>) -> impl IntoView {
    let of = move |read: fn(&Shown) -> Option<f64>| shown.with(|shown| shown.as_ref().and_then(read));
    let value = move || of(|shown| Some(shown.value())).unwrap_or(0.0);
    let label = move || {
        let mix = value();
        words::bar(&name.get(), mix, of(Shown::expert), of(base), of(equal))
    };
    let mark = move |class: &'static str, read: fn(&Shown) -> Option<f64>| {
        move || of(read).map(|score| view! { <i class=class style=("--at", place(score))></i> })
    };
    let starting = move || {
        of(base).map(|score| {
            // Beyond the end of the bar the notch has no bar to stand out from.
            let beyond = move || score > value();
            view! { <i class="from" class:beyond=beyond style=("--at", place(score))></i> }
        })
    };
    let change = move || of(Shown::change).map(format::points);
    let spoken = move || of(Shown::change).map(words::change);
    view! {
        <span class="bar" role="img" aria-label=label title=label style=("--mix", move || place(value()))>
            {starting}{mark("equal", equal)}{mark("ghost", Shown::ghost)}{mark("own", Shown::expert)}</span>
        <span class="num">{move || format::score(value())}</span>
        <span class="change"><span aria-hidden="true">{change}</span><span class="unseen">{spoken}</span></span>
        {move || shown.get().map(|shown| share(&shown))}
    }
}

fn base(shown: &Shown) -> Option<f64> {
    shown.score.references.base.map(|score| score.value())
}

fn equal(shown: &Shown) -> Option<f64> {
    shown.score.references.equal.map(|score| score.value())
}

/// How sure the score is, and its share of the specialist's.
fn share(shown: &Shown) -> impl IntoView + use<> {
    let of = match (shown.score.metric, shown.share()) {
        (Metric::Agreement, _) => Some(view! { " · "{words::LIKE_ITS_OWN} }.into_any()),
        (_, Some(share)) => {
            let tail = (!shown.is_few()).then_some(words::OF_ITS_OWN);
            Some(view! { " · "<b>{format::percent(share)}</b>" "<span class="wide-only">{tail}</span> }.into_any())
        }
        _ => None,
    };
    let few = shown.is_few().then(|| view! { <span class="badge notice">{words::FEW}</span> });
    view! { <span class="share">{words::around(shown.half())}{of}{few}</span> }
}
