//! Heat maps: the key of their colour scale, and cells with their numbers.

use leptos::prelude::*;

use crate::shape::heat::STEPS;

/// The colour scale with words at its ends.
pub fn key(low: String, high: String) -> impl IntoView {
    let step = |at: usize| {
        let x = at * 14;
        view! { <rect class=format!("q{at}") x=x.to_string() width="13" height="10" rx="1.5"></rect> }
    };
    view! {
        <span>{low}<svg class="key-scale" width="112" height="10" aria-hidden="true">{(0..STEPS).map(step).collect_view()}</svg>{high}</span>
    }
}

/// A cell with its number and its step of the scale.
pub fn cell(text: String, step: usize) -> impl IntoView {
    view! { <td class=format!("h{step}")>{text}</td> }
}

/// A cell where there is nothing to show.
pub fn still(text: &'static str) -> impl IntoView {
    view! { <td class="still"><span>{text}</span></td> }
}

/// Choice between the chart and its table.
#[component]
pub fn ChartOrTable(
    /// Whether the table is shown.
    as_table: RwSignal<bool>,
) -> impl IntoView {
    use protocol::words::screen::scores as words;
    let choice = move |table: bool, name: &'static str| {
        view! {
            <button type="button" aria-pressed=move || (as_table.get() == table).to_string() aria-keyshortcuts="T"
                on:click=move |_| as_table.set(table)>{name}</button>
        }
    };
    view! {
        <span class="segments" role="group" aria-label=words::VIEW>{choice(false, words::CHART)}{choice(true, words::TABLE)}</span>
    }
}
