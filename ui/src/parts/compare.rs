//! What the models share, as a table.

use leptos::prelude::*;
use protocol::model::{CellState, Inspection, ModelCard, TableRow};
use protocol::words::screen::models as words;

use super::icons::{icon, marker};
use crate::store::store;

/// The comparison table of an inspection.
pub fn compare_table(found: &Inspection) -> impl IntoView + use<> {
    if found.models.is_empty() {
        return None;
    }
    let store = store();
    let head = |card: &ModelCard| {
        let pigment = store.draft.with_untracked(|draft| draft.pigment(&card.id.0));
        let name = untrack(|| store.name_of(card));
        let spoken = name.clone();
        view! { <th scope="col" title=name>{marker(pigment)}<span class="unseen">{spoken}</span></th> }
    };
    let heads = found.models.iter().map(head).collect_view();
    let rows = found.table.iter().map(row).collect_view();
    let crowded = found.models.len() > 4;
    let legend = stops(found).then(|| {
        view! {
            <div class="legend"><span>{icon("stop")}{words::PREVENTS}</span><span>"–\u{2002}"{words::UNREADABLE}</span></div>
        }
    });
    Some(view! {
        <table class="compare-table" class:crowded=crowded tabindex="-1">
            <caption class="unseen">{words::COMPARE}</caption>
            <tbody><tr><td></td>{heads}</tr>{rows}</tbody>
        </table>
        {legend}
    })
}

fn stops(found: &Inspection) -> bool {
    found.table.iter().any(|row| row.states.contains(&CellState::Stops))
}

fn row(row: &TableRow) -> impl IntoView + use<> {
    let alike = !row.differs && row.states.iter().all(|state| *state == CellState::Same);
    let cells = if alike { merged(row).into_any() } else { single(row).into_any() };
    view! { <tr><th scope="row">{row.row.clone()}</th>{cells}</tr> }
}

/// One cell over all models.
fn merged(row: &TableRow) -> impl IntoView + use<> {
    let value = row.values.first().cloned().unwrap_or_default();
    view! { <td class="same" colspan=row.values.len()>{icon("check")}{value}" "<i>"· "{words::ALL_ALIKE}</i></td> }
}

fn single(row: &TableRow) -> impl IntoView + use<> {
    let cell = |(value, state): (&String, &CellState)| {
        let (class, sign) = match state {
            CellState::Differs => ("differs", Some("differ")),
            CellState::Stops => ("stops", Some("stop")),
            CellState::Same | CellState::Missing => ("", None),
        };
        view! { <td class=class>{sign.map(icon)}{value.clone()}</td> }
    };
    row.values.iter().zip(&row.states).map(cell).collect_view()
}
