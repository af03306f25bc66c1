//! Every model on every skill, as a table of measured scores.

use leptos::prelude::*;
use protocol::export::cross_csv;
use protocol::measure::{CrossRow, CrossTable, LIVE_EXAMPLES, Subject};
use protocol::score::{Measured, Part};
use protocol::words::format;
use protocol::words::screen::cross as words;
use protocol::words::screen::{confusion, scores};

use super::mix::back;
use super::scores::Failure;
use crate::exporting;
use crate::measuring::{self, ask};
use crate::parts::heat::{cell, key, still};
use crate::parts::icons::{icon, marker};
use crate::shape::heat;
use crate::store::{Store, store};

/// Work area.
#[component]
pub fn Cross() -> impl IntoView {
    let store = store();
    let known = store.measures.cross;
    let runs = Memo::new(move |_| store.measures.run.with(|run| run.as_ref().is_some_and(|run| run.wish.cross)));
    let stale = Memo::new(move |_| {
        let mix = measuring::mix(store);
        known.with(|known| known.as_ref().is_some_and(|(of, _)| *of != mix))
    });
    let table = move || known.get().map(|(_, table)| view! { <Table table=table/> });
    let state = move || match (runs.get(), stale.get(), known.with(Option::is_some)) {
        (true, ..) => view! { <p class="small" role="status">{words::WAITING}</p> }.into_any(),
        (false, false, true) => ().into_any(),
        (false, stale, _) => {
            let again = move |_| ask(store, Part::Choose, Some(LIVE_EXAMPLES), true);
            let said = if stale { words::EARLIER } else { words::NOT_YET };
            view! {
                <div class="held-back">{icon("info")}<p>{said}</p>
                    <button type="button" class="button" on:click=again>{scores::MEASURE}</button></div>
            }
            .into_any()
        }
    };
    let export = move |_| {
        if let Some((_, table)) = known.get_untracked() {
            exporting::write(store, exporting::name(store, "cross", "csv"), cross_csv(&table));
        }
    };
    let best = move || known.with(|known| known.as_ref().map(|(_, table)| best(table)));
    view! {
        <div class="work-head"><div><h1 tabindex="-1">{words::TITLE}</h1><p class="lead">{words::LEAD}</p></div></div>
        <div class="work-body close" class:stale=stale><Failure/>{state}{table}</div>
        <div class="work-foot"><p class="forecast">{best}</p>
            <button type="button" class="button" disabled=move || known.with(Option::is_none) on:click=export>{scores::SAVE_CSV}</button>
            <button type="button" class="button main" on:click=move |_| back(store)>{confusion::DONE}</button></div>
    }
}

/// Pigment of a skill by its name.
fn pigment(store: Store, skill: &str) -> u8 {
    store.draft.with_untracked(|draft| {
        let expert = draft.project.recipe.experts.iter().find(|expert| expert.skill == skill);
        expert.map_or(0, |expert| draft.pigment(&expert.path))
    })
}

#[component]
fn Table(table: CrossTable) -> impl IntoView {
    let store = store();
    let head = |skill: &String| {
        view! { <th scope="col"><span class="skill">{marker(pigment(store, skill))}<span class="clip">{skill.clone()}</span></span></th> }
    };
    let heads = table.skills.iter().map(head).collect_view();
    let skills = table.skills.clone();
    let rows = table.rows.iter().map(|row| model_row(store, row, &skills)).collect_view();
    view! {
        <div class="table-place" tabindex="0" role="region" aria-label=words::TITLE><table class="heat cross">
            <caption class="unseen">{words::TITLE}</caption>
            <thead><tr><th scope="col">{words::MODEL}</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>
        <div class="legend">{key(words::LOW.to_owned(), words::HIGH.to_owned())}</div>
    }
}

fn model_row(store: Store, row: &CrossRow, skills: &[String]) -> impl IntoView + use<> {
    let sign = match &row.model {
        Subject::Base => marker(0).into_any(),
        Subject::Expert(skill) => marker(pigment(store, skill)).into_any(),
        Subject::Equal | Subject::Mix => icon("drop").into_any(),
    };
    let score = |score: &Option<Measured>| match score {
        Some(score) => cell(format::tenths(score.value()), heat::step(score.value(), 1.0)).into_any(),
        None => still(words::NOT_MEASURED).into_any(),
    };
    let missing = skills.len().saturating_sub(row.scores.len());
    let cells = row.scores.iter().map(score).collect_view();
    let rest = (0..missing).map(|_| still(words::NOT_MEASURED)).collect_view();
    let class = if row.model == Subject::Mix { "selected" } else { "" };
    view! { <tr class=class><th scope="row"><span class="skill">{sign}<span class="clip">{words::subject(&row.model)}</span></span></th>{cells}{rest}</tr> }
}

/// The model that is best on its worst skill.
fn best(table: &CrossTable) -> String {
    let worst = |row: &CrossRow| {
        let all: Option<Vec<f64>> = row.scores.iter().map(|score| score.map(Measured::value)).collect();
        all?.into_iter().reduce(f64::min)
    };
    let scored = table.rows.iter().filter_map(|row| worst(row).map(|worst| (words::subject(&row.model), worst)));
    let best = scored.reduce(|best, one| if one.1 > best.1 { one } else { best });
    words::summary(best.as_ref().map(|(name, worst)| (name.as_str(), *worst)))
}
