//! The map of mixes: chart, grid or table.

use leptos::prelude::*;

use super::trade_axes::ParallelAxes;
use super::trade_grid::Grid;
use super::trade_scatter::Plot;
use super::trade_table::PointsTable;
use super::trade_triangle::Triangle;
use crate::store::store;
use crate::trades::MapView;
use crate::trading::of_map;

/// The area with the map: by the number of skills a scatter, a triangle or parallel axes; or a grid, or a table.
#[component]
pub fn MapArea() -> impl IntoView {
    let store = store();
    let count = Memo::new(move |_| of_map(store, |map| map.skills.len()));
    let view = store.trades.view;
    move || match (view.get(), count.get()) {
        (MapView::Table, _) | (_, 0 | 1) => view! { <PointsTable/> }.into_any(),
        (MapView::Grid, 4..) => view! { <Grid/> }.into_any(),
        (_, 2) => view! { <Plot x=0 y=1 small=false/> }.into_any(),
        (_, 3) => view! { <Triangle/> }.into_any(),
        _ => view! { <ParallelAxes/> }.into_any(),
    }
}
