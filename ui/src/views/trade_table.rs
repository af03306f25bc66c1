//! All points as a table: the same as every chart, in numbers.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use protocol::trade::TradePoint;
use protocol::words::format;
use protocol::words::screen::trade as said;
use protocol::words::screen::trade_map as words;

use crate::page;
use crate::parts::icons::marker;
use crate::shape::trade_named::{self, Known};
use crate::shape::trade_table::{self, By};
use crate::store::{Store, store};
use crate::trading::{self, of_map};

/// Most estimates in the table; those between them say nothing more.
const ESTIMATES: usize = 60;

/// All points as a table.
#[component]
pub fn PointsTable() -> impl IntoView {
    let store = store();
    let by = RwSignal::new((By::Known, false));
    let rows = Memo::new(move |_| {
        let (by, ascending) = by.get();
        let all = of_map(store, |map| trade_table::sorted(map, by, ascending));
        thinned(all, store.trades.at.get_untracked())
    });
    let skills = Memo::new(move |_| trading::skills(store));
    let head = move || {
        let column = |(at, (name, pigment)): (usize, (String, u8))| {
            let mark = marker(pigment);
            view! { <Column by=by of=By::Skill(at)>{mark}{name}</Column> }
        };
        skills.get().into_iter().enumerate().map(column).collect_view()
    };
    view! {
        <div class="table-frame"><table class="table trade-table"><caption class="unseen">{words::TABLE}". "{words::SORT_HINT}</caption>
            <thead><tr><th scope="col">{words::MIX}</th><Column by=by of=By::Known>{words::KNOWN}</Column>{head}
                <Column by=by of=By::Worst>{words::WORST}</Column></tr></thead>
            <tbody on:keydown=walk>{move || rows.get().into_iter().enumerate().map(|(at, point)| row(store, at, point)).collect_view()}</tbody></table></div>
    }
}

/// Every so many estimates, and the selected one.
fn thinned(points: Vec<TradePoint>, selected: Option<TradePoint>) -> Vec<TradePoint> {
    let estimates = points.iter().filter(|point| matches!(point, TradePoint::Estimate(_))).count();
    let step = estimates.div_ceil(ESTIMATES).max(1);
    let keeps = |point: &TradePoint| match point {
        TradePoint::Measured(_) => true,
        TradePoint::Estimate(at) => at % step == 0 || Some(*point) == selected,
    };
    points.into_iter().filter(keeps).collect()
}

/// A column that can be sorted by.
#[component]
fn Column(by: RwSignal<(By, bool)>, of: By, children: Children) -> impl IntoView {
    let order = move || match by.get() {
        (now, false) if now == of => "descending",
        (now, true) if now == of => "ascending",
        _ => "none",
    };
    let press = move |_| by.update(|by| *by = if by.0 == of { (of, !by.1) } else { (of, false) });
    view! { <th scope="col" aria-sort=order><button type="button" class="sort" on:click=press>{children()}</button></th> }
}

/// Arrow keys walk through the rows.
fn walk(event: KeyboardEvent) {
    match event.key().as_str() {
        "ArrowDown" => page::focus_next(".trade-table tbody tr", true),
        "ArrowUp" => page::focus_next(".trade-table tbody tr", false),
        "Home" => page::focus_end(".trade-table tbody tr", false),
        "End" => page::focus_end(".trade-table tbody tr", true),
        _ => return,
    }
    event.prevent_default();
}

fn row(store: Store, at: usize, point: TradePoint) -> impl IntoView {
    let lines = of_map(store, |map| trade_named::lines(map, point));
    let names = trade_named::names(&trading::candidates(store), point);
    let is_measured = matches!(point, TradePoint::Measured(_));
    let name = match (names.is_empty(), point) {
        (false, _) => trading::title(store, point),
        (true, TradePoint::Measured(number) | TradePoint::Estimate(number)) => words::row(number + 1, is_measured),
    };
    let worst = lines.iter().map(|line| line.share).fold(f64::INFINITY, f64::min);
    let cells = lines.into_iter().map(cell).collect_view();
    let selected = Memo::new(move |_| store.trades.at.get() == Some(point));
    let choose = move |_| trading::choose(store, point);
    let press = move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            trading::choose(store, point);
        }
    };
    let first = Memo::new(move |_| match store.trades.at.get() {
        None => at == 0,
        Some(now) => now == point,
    });
    view! {
        <tr class:selected=selected class:est=!is_measured aria-selected=move || selected.get().to_string()
            tabindex=move || if first.get() { "0" } else { "-1" } on:click=choose on:keydown=press>
            <th scope="row">{name}</th><td>{words::known(is_measured)}</td>{cells}<td class="num">{format::percent(worst)}</td></tr>
    }
}

fn cell(line: trade_named::Line) -> impl IntoView {
    let (number, behind) = match line.known {
        Known::Measured { examples, error, .. } => (said::value(line.value, true), said::behind(examples, error)),
        Known::Estimate(range) => (said::value(line.value, false), said::range(range)),
    };
    view! { <td class="num">{number}<span class="sub">{behind}</span></td> }
}
