//! Preference triangle of three skills.

use leptos::prelude::*;

/// Preference triangle of three skills.
#[component]
pub fn Triangle() -> impl IntoView {
    view! { <div></div> }
}
