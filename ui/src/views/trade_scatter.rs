//! Scatter of two skills.

use leptos::prelude::*;

/// Scatter of two skills.
#[component]
pub fn Plot(
    /// Skill across.
    x: usize,
    /// Skill up.
    y: usize,
    /// Whether it is one of several small ones.
    small: bool,
) -> impl IntoView {
    let _ = (x, y, small);
    view! { <div></div> }
}
