//! Floors: what each skill must have.

use leptos::prelude::*;

/// Floors: what each skill must have.
#[component]
pub fn Floors() -> impl IntoView {
    view! { <div></div> }
}
