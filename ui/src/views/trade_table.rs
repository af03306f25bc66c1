//! All points as a table.

use leptos::prelude::*;

/// All points as a table.
#[component]
pub fn PointsTable() -> impl IntoView {
    view! { <div></div> }
}
