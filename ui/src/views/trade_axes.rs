//! Parallel axes of four skills and more.

use leptos::prelude::*;

/// Parallel axes of four skills and more.
#[component]
pub fn ParallelAxes() -> impl IntoView {
    view! { <div></div> }
}
