//! The map of mixes: chart, grid or table.

use leptos::prelude::*;

/// The area with the map.
#[component]
pub fn MapArea() -> impl IntoView {
    view! { <div class="trade-place"></div> }
}
