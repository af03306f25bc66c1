//! All mixes as a table: what the charts show, in numbers.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use protocol::trade::TradePoint;
use protocol::words::screen::trade;
use protocol::words::screen::trade_map as words;

use super::trade_map::{Scene, is_measured};
use crate::page;
use crate::parts::icons::{icon, marker};
use crate::shape::trade_named::{Known, Line};
use crate::shape::trade_rows::{self, Column, Row};
use crate::trading::of_map;

/// The names of the rows, which the arrow keys walk through.
const NAMES: &str = ".trade-table .row-name";

/// The table.
#[component]
pub fn Table(scene: Scene) -> impl IntoView {
    let by = RwSignal::new((Column::Worst, false));
    let columns = Memo::new(move |_| trade_rows::columns(scene.skills.with(Vec::len)));
    let rows = Memo::new(move |_| {
        let (column, is_rising) = by.get();
        let mut rows = of_map(scene.store, trade_rows::rows);
        trade_rows::sort(&mut rows, column, is_rising);
        rows
    });
    let first = Memo::new(move |_| rows.with(|rows| rows.first().map(|row| row.point)));
    let reachable = Memo::new(move |_| {
        let at = scene.at().filter(|at| rows.with(|rows| rows.iter().any(|row| row.point == *at)));
        at.or(first.get())
    });
    let heads = move || columns.get().into_iter().map(|column| head(scene, by, column)).collect_view();
    let body = move || {
        let columns = columns.get();
        rows.get().into_iter().map(|one| row(scene, &columns, one, reachable)).collect_view()
    };
    view! {
        <div class="table-place trade-table-place" role="region" aria-label=words::TABLE><table class="scores-table trade-table"><caption class="unseen">{words::TABLE}</caption>
            <thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>
    }
}

/// Name of a column.
fn name(scene: Scene, column: Column) -> String {
    match column {
        Column::Mix => words::MIX.to_owned(),
        Column::Known => words::KNOWN.to_owned(),
        Column::Score(skill) => scene.name(skill),
        Column::Measured(skill) => words::measured_column(&scene.name(skill)),
        Column::Estimate(skill) => words::estimate_column(&scene.name(skill)),
        Column::Worst => words::WORST.to_owned(),
    }
}

/// The head of a column; a click sorts by it, another one turns the order around.
fn head(scene: Scene, by: RwSignal<(Column, bool)>, column: Column) -> impl IntoView {
    let sorted = move || match by.get() {
        (own, true) if own == column => "ascending",
        (own, false) if own == column => "descending",
        _ => "none",
    };
    let sort = move |_| {
        by.update(|(own, is_rising)| match *own == column {
            true => *is_rising = !*is_rising,
            false => (*own, *is_rising) = (column, trade_rows::begins_rising(column)),
        });
    };
    let arrow = move || match by.get() {
        (own, is_rising) if own == column => Some(if is_rising { icon("up") } else { icon("down") }),
        _ => None,
    };
    let whole = name(scene, column);
    let (title, mark) = match column {
        Column::Score(skill) | Column::Measured(skill) | Column::Estimate(skill) => {
            (scene.name(skill), Some(marker(scene.pigment(skill))))
        }
        _ => (whole.clone(), None),
    };
    let examples = |skill: usize| of_map(scene.store, |map| map.skills.get(skill).map_or(0, |one| one.examples));
    let under = match column {
        Column::Score(skill) => Some(words::examples(examples(skill))),
        Column::Measured(skill) => Some(words::measured_on(examples(skill))),
        Column::Estimate(_) => Some(words::KEY_ESTIMATE.to_owned()),
        _ => None,
    };
    let under = under.map(|text| view! { <span class="half">{text}</span> });
    let is_text = matches!(column, Column::Mix | Column::Known);
    view! {
        <th scope="col" class:text=is_text class:est=matches!(column, Column::Estimate(_)) aria-sort=sorted><button type="button" class="sort" title=words::sort_by(&whole) on:click=sort>
            <span class="row">{mark}{title}{arrow}</span>{under}</button></th>
    }
}

/// A mix.
fn row(scene: Scene, columns: &[Column], one: Row, reachable: Memo<Option<TradePoint>>) -> impl IntoView + use<> {
    let point = one.point;
    let selected = move || scene.at() == Some(point);
    let cells = columns.iter().map(|column| cell(scene, *column, &one, reachable)).collect_view();
    view! { <tr class:selected=selected aria-selected=move || selected().to_string() on:click=move |_| scene.pick(point)>{cells}</tr> }
}

fn cell(scene: Scene, column: Column, row: &Row, reachable: Memo<Option<TradePoint>>) -> AnyView {
    let measured = row.is_measured();
    let line = |skill: usize| row.lines.get(skill);
    match column {
        Column::Mix => title(scene, row.point, reachable).into_any(),
        Column::Known => {
            let class = if measured { "badge measured" } else { "badge estimate" };
            view! { <td class="text"><span class=class>{trade::known_as(measured)}</span></td> }.into_any()
        }
        Column::Score(skill) => view! { <td class:est=!measured>{line(skill).map(number)}</td> }.into_any(),
        Column::Measured(skill) => view! { <td>{line(skill).filter(|_| measured).map(number)}</td> }.into_any(),
        Column::Estimate(skill) => view! { <td class="est">{line(skill).and_then(estimate)}</td> }.into_any(),
        Column::Worst => {
            let done = format!("{:.1}%", row.worst.clamp(0.0, 1.0) * 100.0);
            view! { <td class:est=!measured><span class="share-bar" aria-hidden="true" style=("--done", done)></span>{words::kept(row.worst, measured)}</td> }.into_any()
        }
    }
}

/// A score as it is known.
fn number(line: &Line) -> String {
    match line.known {
        Known::Measured { error, .. } => words::exact(line.value, error),
        Known::Estimate(range) => words::expected(line.value, range),
    }
}

/// What was expected, also of what was measured since.
fn estimate(line: &Line) -> Option<String> {
    let range = if let Known::Estimate(range) = line.known { range } else { None };
    trade_rows::expected(line).map(|value| words::expected(value, range))
}

/// The name of a row: the button that selects it.
fn title(scene: Scene, point: TradePoint, reachable: Memo<Option<TradePoint>>) -> impl IntoView {
    let name = scene.row_title(point);
    let press = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "ArrowDown" => page::focus_next(NAMES, true),
            "ArrowUp" => page::focus_next(NAMES, false),
            "Home" => page::focus_end(NAMES, false),
            "End" => page::focus_end(NAMES, true),
            _ => return,
        }
        event.prevent_default();
    };
    let said = words::line(&name, is_measured(point));
    view! {
        <th scope="row"><button type="button" class="row-name" aria-label=said aria-pressed=move || (scene.at() == Some(point)).to_string()
            tabindex=move || if reachable.get() == Some(point) { "0" } else { "-1" } on:keydown=press>{name}</button></th>
    }
}
