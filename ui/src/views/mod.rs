//! The screens.

pub mod cross;
pub mod done;
pub mod inspector;
pub mod layers;
pub mod mask_grid;
pub mod mask_inspector;
pub mod mask_panel;
pub mod masks;
pub mod methods;
pub mod mix;
pub mod mix_ups;
pub mod models;
pub mod pack;
pub mod save;
pub mod saving;
pub mod scores;
pub mod start;
pub mod tint;
pub mod tint_after;
pub mod tint_before;
pub mod tint_curves;
pub mod tint_inspector;
pub mod tint_running;
pub mod tint_strengths;
pub mod trade;
pub mod trade_axes;
mod trade_axes_marks;
pub mod trade_before;
pub mod trade_floors;
pub mod trade_grid;
pub mod trade_inspector;
pub mod trade_map;
pub mod trade_picks;
pub mod trade_pins;
pub mod trade_scatter;
pub mod trade_shown;
pub mod trade_table;
pub mod trade_triangle;
pub mod trying;

use leptos::prelude::*;

/// Moves the focus to the title whenever a step turns another face to the person.
pub fn arrive_with<F: Clone + PartialEq + Send + Sync + 'static>(face: Memo<F>) {
    Effect::new(move |before: Option<F>| {
        let now = face.get();
        if before.is_some_and(|before| before != now) {
            crate::page::arrive();
        }
        now
    });
}
