//! Strengths by layer and skill while they learn: numbers, arrows, and the way of the cell that has the focus.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use protocol::recipe::Recipe;
use protocol::words::screen::tint as words;

use crate::page;
use crate::parts::icons::marker;
use crate::shape::tint::{SIZE, line};
use crate::shape::tint_grid::{self, Cell, Column, Moved, neighbour, range, shade, spark};
use crate::shape::tinted;
use crate::store::{Store, store};

/// One skill of the grid.
#[derive(Debug, Clone, PartialEq)]
struct Skill {
    name: String,
    pigment: u8,
    strength: f64,
    learns: bool,
}

/// The mix that the grid is of, and the skills that learn.
fn subject(store: Store) -> Option<(Recipe, Vec<String>)> {
    let tints = store.tints;
    let named = |examples: &[protocol::measure::Given]| examples.iter().map(|one| one.skill.clone()).collect();
    let running = tints.run.with(|run| {
        let run = run.as_ref()?;
        let skills = run.skills.iter().map(|one| one.skill.clone()).collect();
        Some((run.wish.recipe.clone(), skills))
    });
    running.or_else(|| {
        tints.result.with(|result| {
            let (recipe, tinted) = result.as_ref()?;
            let row = tinted.rows.first();
            let learned: Vec<String> = match row {
                Some(row) => row.skills.iter().map(|one| one.skill.clone()).collect(),
                None => named(&crate::examples::given(store)),
            };
            Some((recipe.clone(), learned))
        })
    })
}

fn skills(store: Store) -> Vec<Skill> {
    let Some((recipe, learn)) = subject(store) else { return Vec::new() };
    let one = |(expert, strength): (&protocol::recipe::Expert, f64)| Skill {
        name: expert.skill.clone(),
        pigment: store.draft.with(|draft| draft.pigment(&expert.path)),
        strength,
        learns: learn.contains(&expert.skill),
    };
    recipe.experts.iter().zip(tinted::strengths(&recipe)).map(one).collect()
}

/// What the parts of the grid share.
#[derive(Clone, Copy)]
struct Grid {
    store: Store,
    columns: Memo<Vec<Column>>,
    cells: Memo<Vec<Vec<Cell>>>,
    skills: Memo<Vec<Skill>>,
    ends: Memo<(f64, f64)>,
}

impl Grid {
    fn cell(self, row: usize, column: usize) -> Option<Cell> {
        self.cells.with(|cells| cells.get(row)?.get(column).copied())
    }

    /// Rows that learn.
    fn rows(self) -> Vec<usize> {
        self.skills.with(|skills| (0..skills.len()).filter(|&at| skills[at].learns).collect())
    }

    /// The cell that Tab reaches.
    fn here(self) -> Option<(usize, usize)> {
        self.store.tints.cell.get().or_else(|| Some((*self.rows().first()?, 0)))
    }

    fn said(self, row: usize, column: usize) -> Option<String> {
        let cell = self.cell(row, column)?;
        let (first, last) = self.columns.with(|all| all.get(column).map(|one| (one.first, one.last)))?;
        self.skills.with(|skills| Some(words::cell(&skills.get(row)?.name, first, last, cell.start, cell.now)))
    }
}

/// The panel.
#[component]
pub fn Strengths() -> impl IntoView {
    let store = store();
    let tints = store.tints;
    let columns = Memo::new(move |_| {
        tints.grid.with(|grid| grid.as_ref().map(|grid| tint_grid::columns(&grid.groups)).unwrap_or_default())
    });
    let cells = Memo::new(move |_| {
        tints.grid.with(|grid| grid.as_ref().map(|grid| tint_grid::cells(grid, &columns.get())).unwrap_or_default())
    });
    let skills = Memo::new(move |_| skills(store));
    let ends = Memo::new(move |_| {
        let learns: Vec<bool> = skills.with(|skills| skills.iter().map(|one| one.learns).collect());
        cells.with(|cells| range(cells, &learns))
    });
    let grid = Grid { store, columns, cells, skills, ends };
    let any = Memo::new(move |_| columns.with(|columns| !columns.is_empty()));
    let none = move || {
        let only_heads = tints
            .run
            .with(|run| run.as_ref().is_some_and(|run| run.wish.settings.way == protocol::tint::TintWay::Layers));
        if only_heads { words::NO_GRID } else { words::GRID_EMPTY }
    };
    let inside = move || match any.get() {
        true => view! { <Cells grid=grid/><Moving grid=grid/> }.into_any(),
        false => view! { <p class="small">{none}</p> }.into_any(),
    };
    view! {
        <section class="panel tint-strengths"><div class="panel-head"><h2>{words::GRID}</h2><span class="small">{words::GRID_UNIT}</span>
            <span class="right legend"><span>"▴ "{words::RAISED}</span><span>"▾ "{words::LOWERED}</span></span></div>{inside}</section>
    }
}

#[component]
fn Cells(grid: Grid) -> impl IntoView {
    let head = |column: Column| match (column.first, column.last) {
        (Some(first), Some(last)) => {
            let said = words::blocks(first, last);
            // In a narrow window a range is named by its first block.
            let (short, rest) = said.split_at(said.find('–').unwrap_or(said.len()));
            let (short, rest) = (short.to_owned(), rest.to_owned());
            view! { <th scope="col" title=said>{short}<span class="wide-only">{rest}</span></th> }.into_any()
        }
        _ => view! { <th scope="col" title=words::OUTSIDE_HINT>{words::OUTSIDE}</th> }.into_any(),
    };
    let heads = move || grid.columns.get().into_iter().map(head).collect_view();
    let row = move |(at, skill): (usize, Skill)| {
        let count = grid.columns.with(Vec::len);
        let name = view! { <th scope="row"><span class="skill">{marker(skill.pigment)}<span class="clip">{skill.name.clone()}</span></span></th> };
        match skill.learns {
            true => view! { <tr>{name}{(0..count).map(|column| cell(grid, at, column)).collect_view()}</tr> }.into_any(),
            false => view! { <tr>{name}<td class="still" colspan=count><span>{words::stays_short(skill.strength)}</span></td></tr> }.into_any(),
        }
    };
    let rows = move || grid.skills.get().into_iter().enumerate().map(row).collect_view();
    view! {
        <table class="heat tint-heat"><caption class="unseen">{words::GRID}</caption>
            <thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>
    }
}

/// A number with its arrow; a button, so that it can be reached and asked.
fn cell(grid: Grid, row: usize, column: usize) -> impl IntoView {
    let now = move || grid.cell(row, column);
    let class = move || format!("h{}", now().map_or(0, |cell| shade(cell.now, grid.ends.get())));
    let text = move || now().map(|cell| format!("{:.0}", cell.now * 100.0));
    let arrow = move || match now().map(Cell::moved) {
        Some(Moved::Up) => "▴",
        Some(Moved::Down) => "▾",
        _ => "",
    };
    let here = move || grid.here() == Some((row, column));
    let reach = move || grid.store.tints.cell.set(Some((row, column)));
    let press = move |event: KeyboardEvent| {
        let to = neighbour(&event.key(), (row, column), &grid.rows(), grid.columns.with_untracked(Vec::len));
        if let Some(to) = to {
            event.prevent_default();
            grid.store.tints.cell.set(Some(to));
            request_animation_frame(|| page::focus(".tint-heat button[tabindex=\"0\"]"));
        }
    };
    view! {
        <td class=class><button type="button" tabindex=move || if here() { "0" } else { "-1" } aria-label=move || grid.said(row, column)
            on:click=move |_| reach() on:focus=move |_| reach() on:keydown=press>{text}<span class="arrow">{arrow}</span></button></td>
    }
}

/// How the cell that was reached moved since the start.
#[component]
fn Moving(grid: Grid) -> impl IntoView {
    let tints = grid.store.tints;
    let view_box = format!("0 0 {} {}", SIZE.0, SIZE.1);
    let way = move || {
        let (row, column) = tints.cell.get()?;
        let points = tints.moments.with(|moments| moments.of(row, column));
        (points.len() > 1).then(|| line(spark(&points).into_iter()))
    };
    let said = move || tints.cell.get().and_then(|(row, column)| grid.said(row, column));
    let pigment = move || {
        let at = tints.cell.get().map_or(0, |(row, _)| row);
        let pigment = grid.skills.with(|skills| skills.get(at).map_or(0, |one| one.pigment));
        format!("tint-moving p{}", crate::parts::icons::shape(pigment))
    };
    view! {
        <div class=pigment><svg class="spark" viewBox=view_box preserveAspectRatio="none" aria-hidden="true"><path d=way></path></svg>
            <p class="small">{move || said().unwrap_or_else(|| words::GRID_HELP.to_owned())}</p></div>
    }
}
