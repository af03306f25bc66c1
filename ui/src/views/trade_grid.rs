//! Four skills and more as a grid: mixes across, skills downward in columns, each cell its number and its tint.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use protocol::trade::TradePoint;
use protocol::words::format;
use protocol::words::screen::trade;
use protocol::words::screen::trade_map as words;

use super::trade_axes::order;
use super::trade_map::{Scene, is_measured};
use crate::page;
use crate::parts::heat;
use crate::parts::icons::marker;
use crate::shape::trade_axes as axes;
use crate::shape::trade_rows::{neighbour, step};

/// The grid.
#[component]
pub fn Grid(scene: Scene) -> impl IntoView {
    let order = order(scene);
    let pins = scene.store.trades.pins;
    // In an order that stays while one is selected: the evenest first.
    let rows = Memo::new(move |_| {
        let wanted: Vec<TradePoint> = pins
            .get()
            .into_iter()
            .chain(scene.candidates.with(|all| all.iter().map(|one| one.point).collect::<Vec<_>>()))
            .collect();
        scene.left.with(|left| {
            scene.cloud.with(|cloud| {
                let shown = axes::shown(cloud, &left.candidates, scene.at(), &wanted);
                let places: Vec<usize> = shown.into_iter().filter_map(|point| cloud.place(point)).collect();
                cloud.best(&places, places.len())
            })
        })
    });
    let here = RwSignal::new((0usize, 0usize));
    let head = move |skill: usize| {
        view! { <th scope="col"><span class="skill">{marker(scene.pigment(skill))}<span class="clip">{scene.name(skill)}</span></span></th> }
    };
    let heads = move || order.get().into_iter().map(head).collect_view();
    let body = move || {
        let count = order.with(Vec::len);
        let row = |(at, point): (usize, TradePoint)| {
            let class = if is_measured(point) { "badge measured" } else { "badge estimate" };
            let selected = move || scene.at() == Some(point);
            let cells = (0..count).map(|column| cell(scene, order, rows, here, (at, column), point)).collect_view();
            let title = scene.row_title(point);
            view! {
                <tr class:selected=selected aria-selected=move || selected().to_string()><th scope="row"><span class="row"><span class=class aria-hidden="true"></span><span class="clip" title=title.clone()>{title.clone()}</span>
                    <span class="unseen">{trade::known_as(is_measured(point))}</span></span></th>{cells}</tr>
            }
        };
        rows.get().into_iter().enumerate().map(row).collect_view()
    };
    let key = move || {
        let (low, high) = scene.cloud.with(|cloud| (cloud.low, cloud.high.min(1.0)));
        heat::key(format::percent(low), format::percent(high))
    };
    view! {
        <section class="trade-grid"><div class="panel-head"><h2>{words::GRID}</h2><span class="legend right">{key}</span></div>
            <table class="heat trade-heat"><caption class="unseen">{words::GRID}</caption><thead><tr><th scope="col">{words::MIX}</th>{heads}</tr></thead><tbody>{body}</tbody></table></section>
    }
}

/// One number; a button, so that it can be reached and chosen.
fn cell(
    scene: Scene,
    order: Memo<Vec<usize>>,
    rows: Memo<Vec<TradePoint>>,
    here: RwSignal<(usize, usize)>,
    (row, column): (usize, usize),
    point: TradePoint,
) -> impl IntoView {
    let skill = order.with(|order| order.get(column).copied().unwrap_or(column));
    let share = scene.shares(point).get(skill).copied().unwrap_or(0.0);
    let tint = scene.cloud.with(|cloud| step(cloud, share));
    let measured = is_measured(point);
    let said = words::grid_cell(&scene.row_title(point), &scene.name(skill), share, measured);
    let is_here = move || {
        let (at, across) = here.get();
        (at.min(rows.with(Vec::len).saturating_sub(1)), across) == (row, column)
    };
    let press = move |event: KeyboardEvent| {
        let to = neighbour(&event.key(), (row, column), rows.with_untracked(Vec::len), order.with_untracked(Vec::len));
        if let Some(to) = to {
            event.prevent_default();
            here.set(to);
            request_animation_frame(|| page::focus(".trade-heat button[tabindex=\"0\"]"));
        }
    };
    view! {
        <td class=format!("h{tint}")><button type="button" class:est=!measured tabindex=move || if is_here() { "0" } else { "-1" } aria-label=said
            on:click=move |_| { here.set((row, column)); scene.pick(point) } on:focus=move |_| here.set((row, column)) on:keydown=press>{words::share_number(share, measured)}</button></td>
    }
}
