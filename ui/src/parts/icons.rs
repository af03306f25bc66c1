//! Icons and markers; their drawings are symbols in `index.html`.

use leptos::prelude::*;

/// An icon by its name.
pub fn icon(name: &'static str) -> impl IntoView {
    view! { <svg class="icon" aria-hidden="true"><use_ href=format!("#i-{name}")/></svg> }
}

/// An icon with one more class.
pub fn icon_with(name: &'static str, class: &'static str) -> impl IntoView {
    view! { <svg class=format!("icon {class}") aria-hidden="true"><use_ href=format!("#i-{name}")/></svg> }
}

/// A picture of `index.html`, inside an `svg` of its view box.
pub fn picture(name: &'static str) -> impl IntoView {
    view! { <use_ href=format!("#{name}")/> }
}

/// The marker of a pigment: its shape in its colour; 0 is the starting model.
pub fn marker(pigment: u8) -> impl IntoView {
    let shape = shape(pigment);
    view! { <svg class=format!("marker p{shape}") aria-hidden="true"><use_ href=format!("#m{shape}")/></svg> }
}

/// Marker and name of a skill.
pub fn skill(pigment: u8, name: String) -> impl IntoView {
    view! { <span class="skill">{marker(pigment)}<span class="clip">{name}</span></span> }
}

/// There are twelve shapes.
pub fn shape(pigment: u8) -> u8 {
    pigment.min(12)
}
