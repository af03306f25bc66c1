//! Rows of mixes, columns of skills.

use leptos::prelude::*;

/// Rows of mixes, columns of skills.
#[component]
pub fn Grid() -> impl IntoView {
    view! { <div></div> }
}
