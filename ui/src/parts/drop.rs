//! The proportions of a mix: as a drop and as a ribbon.

use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::*;
use protocol::words::screen::frame;

use super::icons::shape;
use crate::shape::drop::{HEIGHT, OUTLINE, WIDTH, layers};

/// Below this width a crowded drop has no lines between its layers, and none has waves.
const SMALL: u32 = 26;

/// The drop of a mix of (pigment, strength), `width` pixels wide.
#[component]
pub fn MixDrop(
    /// Pigment and strength, the first part lowest.
    #[prop(into)]
    shares: Signal<Vec<(u8, f64)>>,
    /// Width on screen.
    width: u32,
    /// What it says to a screen reader; empty: nothing, it stands beside the same fact.
    #[prop(into, optional)]
    label: Signal<String>,
    /// Whether it lies on the work area and not on the window's paper.
    #[prop(optional)]
    on_surface: bool,
) -> impl IntoView {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    let height = (f64::from(width) * HEIGHT / WIDTH).round();
    let inner = move || shares.with(|shares| drawing(shares, width, id));
    view! {
        <svg class="mix-drop" class:on-surface=on_surface width=width height=height
            viewBox=format!("0 0 {WIDTH} {HEIGHT}")
            role=move || if label.with(String::is_empty) { "presentation" } else { "img" }
            aria-label=move || Some(label.get()).filter(|label| !label.is_empty())
            inner_html=inner></svg>
    }
}

/// The inside of a drop: layers clipped to the outline; a mix of nothing is an empty glass.
fn drawing(shares: &[(u8, f64)], width: u32, id: u32) -> String {
    let layers = layers(shares, width >= SMALL);
    if layers.is_empty() {
        return format!("<path class=\"glass\" d=\"{OUTLINE}\"/><path class=\"rim\" d=\"{OUTLINE}\"/>");
    }
    let lines = width >= SMALL || layers.len() < 5;
    let mut inner =
        format!("<clipPath id=\"drop{id}\"><path d=\"{OUTLINE}\"/></clipPath><g clip-path=\"url(#drop{id})\">");
    for layer in layers {
        inner.push_str(&format!("<path class=\"layer p{}\" d=\"{}\"/>", shape(layer.pigment), layer.area));
        if let Some(surface) = layer.surface.filter(|_| lines) {
            inner.push_str(&format!("<path class=\"gap\" d=\"{surface}\"/>"));
        }
    }
    inner + "</g>"
}

/// The same proportions as a line.
#[component]
pub fn MixRibbon(
    /// Pigment and strength.
    #[prop(into)]
    shares: Signal<Vec<(u8, f64)>>,
    /// Whether it is the tall one of the inspector.
    #[prop(optional)]
    tall: bool,
) -> impl IntoView {
    let piece = |(pigment, strength): (u8, f64)| {
        let share = format!("{strength:.4}");
        view! { <i class=format!("p{}", shape(pigment)) style=("--share", share)></i> }
    };
    let pieces = move || {
        let kept = shares.get().into_iter().filter(|(_, strength)| *strength > 0.0);
        kept.map(piece).collect_view()
    };
    view! { <span class="mix-ribbon" class:tall=tall aria-hidden="true">{pieces}</span> }
}

/// What the drop says: name and share of each skill.
pub fn spoken(shares: &[(String, f64)]) -> String {
    frame::proportions(shares)
}
