//! Three skills: the triangle of priorities or floors, and three small charts with the same cursor.

use leptos::ev::{Event, KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use protocol::words::screen::trade_map as words;

use super::trade_floors::{FloorRow, Floors, FloorsFoot};
use super::trade_map::{FullRange, Legend, Scene, is_measured};
use super::trade_scatter::Plot;
use crate::page;
use crate::parts::heat;
use crate::parts::icons::{icon, marker, shape};
use crate::shape::trade_triangle::{self as triangle, Cell, HEIGHT, Preferences, Weights};
use crate::trades::Choosing;
use crate::trading::of_map;

/// The three pairs of skills: across and upward.
const PAIRS: [[usize; 2]; 3] = [[0, 1], [0, 2], [1, 2]];
/// Side of the drawing.
const SIDE: f64 = 374.0;

/// The screen of three skills.
#[component]
pub fn Triangle(scene: Scene) -> impl IntoView {
    let wishes = Wishes::of(scene);
    let choosing = scene.store.trades.choosing;
    let small = PAIRS.map(|pair| view! { <Plot scene=scene pair=pair is_large=false/> }.into_any());
    let left = move || {
        scene.has_front.get().then(|| view! { <figure class="triangle"><Drawing wishes=wishes/></figure> }.into_any())
    };
    let panel = move || {
        scene.has_front.get().then(|| match choosing.get() {
            Choosing::Priorities => view! { <Priorities wishes=wishes/> }.into_any(),
            Choosing::Floors => view! { <Least scene=scene/> }.into_any(),
        })
    };
    view! {
        <div class="row map-tools"><Legend scene=scene named=false/><span class="right row">{view! { <ChooseBy scene=scene/> }.into_any()}<FullRange scene=scene/></span></div>
        <div class="tri-layout" class:growing=move || !scene.has_front.get()>{left}<figure class="scatter minis">{small.into_iter().collect_view()}</figure></div>
        {panel}
    }
}

/// By priorities, or by floors.
#[component]
fn ChooseBy(scene: Scene) -> impl IntoView {
    let choosing = scene.store.trades.choosing;
    let choice = move |(of, name): (Choosing, &'static str)| {
        view! {
            <button type="button" aria-pressed=move || (choosing.get() == of).to_string() on:click=move |_| choosing.set(of)>{name}</button>
        }
    };
    let all =
        move || [Choosing::Priorities, Choosing::Floors].into_iter().zip(words::CHOICES).map(choice).collect_view();
    move || {
        scene
            .has_front
            .get()
            .then(|| view! { <span class="segments" role="group" aria-label=words::CHOOSE_BY>{all}</span> })
    }
}

/// Priorities, and what they lead to.
#[derive(Clone, Copy)]
struct Wishes {
    scene: Scene,
    preferences: Memo<Option<Preferences>>,
    cells: Memo<Vec<Cell>>,
    weights: Memo<Weights>,
    /// Whether the selected point is the best for these priorities.
    is_followed: Memo<bool>,
}

impl Wishes {
    fn of(scene: Scene) -> Self {
        let trades = scene.store.trades;
        let preferences = Memo::new(move |_| of_map(scene.store, |map| Some(Preferences::of(map))));
        let cells =
            Memo::new(move |_| preferences.with(|found| found.as_ref().map(triangle::cells)).unwrap_or_default());
        let weights = Memo::new(move |_| {
            trades
                .weights
                .with(|all| if let [top, left, right] = all[..] { [top, left, right] } else { [1.0 / 3.0; 3] })
        });
        let best = Memo::new(move |_| preferences.with(|found| Some(found.as_ref()?.best(&weights.get())?.0)));
        let is_followed = Memo::new(move |_| scene.at().is_none() || scene.at() == best.get());
        let wishes = Self { scene, preferences, cells, weights, is_followed };
        // A mix that was chosen elsewhere takes the priorities along, where it is the best for some.
        Effect::new(move |_| {
            let Some(point) = scene.at().filter(|_| !is_followed.get()) else { return };
            let now = weights.get_untracked();
            let found = cells.with(|cells| triangle::cell_of(cells, point, &now).map(|cell| cell.middle));
            if let Some(middle) = found {
                trades.weights.set(middle.to_vec());
            }
        });
        wishes
    }

    /// Sets the priorities and selects the best mix for them.
    fn set(self, weights: Vec<f64>) {
        let best = self.preferences.with_untracked(|found| Some(found.as_ref()?.best(&weights)?.0));
        self.scene.store.trades.weights.set(weights);
        if let Some(point) = best {
            self.scene.slide(point);
        }
    }

    fn set_one(self, at: usize, wish: f64) {
        let now = self.weights.get_untracked();
        let linked = self.scene.store.trades.locks.with_untracked(|locks| triangle::linked(&now, locks, at, wish));
        self.set(linked);
    }

    /// The whole percent of all three.
    fn shares(self) -> Vec<u32> {
        triangle::whole(&self.weights.get())
    }

    fn said(self) -> String {
        let point = self.scene.at();
        let worst = point.and_then(|point| self.scene.shares(point).into_iter().min_by(f64::total_cmp));
        let measured = point.is_some_and(is_measured);
        words::cell(&self.scene.names(), &self.shares(), worst.unwrap_or(0.0), measured)
    }
}

/// A place in the drawing.
fn at(weights: &Weights) -> (f64, f64) {
    let (x, y) = triangle::place(weights);
    (x * SIDE, y * SIDE)
}

/// The triangle with its cells and the handle.
#[component]
fn Drawing(wishes: Wishes) -> impl IntoView {
    let scene = wishes.scene;
    let held = RwSignal::new(false);
    let to = move |event: &PointerEvent| {
        if let Some((x, y)) = page::inside(event) {
            wishes.set(triangle::weights_at(x, y * HEIGHT).to_vec());
        }
    };
    let press = move |event: PointerEvent| {
        held.set(true);
        page::hold_pointer(&event);
        to(&event);
        page::focus(".tri-handle");
        event.prevent_default();
    };
    let drag = move |event: PointerEvent| {
        if held.get_untracked() {
            to(&event);
        }
    };
    let corner = |at: usize, class: &'static str| {
        view! { <span class=format!("skill corner {class}") aria-hidden="true">{move || marker(scene.pigment(at))}<b class="clip">{move || scene.name(at)}</b></span> }
    };
    view! {
        <div class="tri">{corner(0, "top")}
            <div class="tri-plot" on:pointerdown=press on:pointermove=drag on:pointerup=move |_| held.set(false) on:pointercancel=move |_| held.set(false)>
                <svg class="plot" viewBox=format!("0 0 {SIDE} {:.2}", SIDE * HEIGHT) role="img" aria-label=move || scene.label(&[0, 1, 2])>
                    {view! { <Cells wishes=wishes/> }.into_any()}<Lines wishes=wishes/></svg>
                {view! { <Handle wishes=wishes/> }.into_any()}</div>
            <span class="row">{corner(1, "left")}<span class="right">{corner(2, "right")}</span></span>
            <Key wishes=wishes/></div>
    }
}

/// The cells in their colours; the one under the handle prints its value beside the handle.
#[component]
fn Cells(wishes: Wishes) -> impl IntoView {
    let draw = |cell: &Cell, ends: (f64, f64)| {
        let places: Vec<String> = cell.corners.iter().map(at).map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
        let class = format!("q{}", triangle::step(cell.worst, ends));
        view! { <path class=class d=format!("M{}Z", places.join("L"))></path> }
    };
    let all = move || {
        wishes.cells.with(|cells| {
            let ends = triangle::ends(cells);
            cells.iter().map(|cell| draw(cell, ends)).collect_view()
        })
    };
    let measured = move || {
        let dot = |(_, (x, y)): (_, (f64, f64))| {
            view! { <circle class="cell-measured" cx=format!("{:.1}", x * SIDE) cy=format!("{:.1}", y * SIDE) r="4"></circle> }
        };
        wishes.cells.with(|cells| triangle::measured_places(cells).into_iter().map(dot).collect_view())
    };
    view! { <g class="tri-cells">{all}</g><g>{measured}</g> }
}

/// Lines from the handle to the corners.
#[component]
fn Lines(wishes: Wishes) -> impl IntoView {
    let lines = move || {
        let (x, y) = at(&wishes.weights.get());
        let corners = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let line = |corner: &Weights| {
            let (to_x, to_y) = at(corner);
            format!("M{x:.1} {y:.1}L{to_x:.1} {to_y:.1}")
        };
        corners.iter().map(line).collect::<String>()
    };
    view! { <path class="tri-lines" d=lines></path> }
}

/// The handle: a slider in two directions.
#[component]
fn Handle(wishes: Wishes) -> impl IntoView {
    let scene = wishes.scene;
    let place = Memo::new(move |_| triangle::place(&wishes.weights.get()));
    let measured = Memo::new(move |_| scene.at().is_some_and(is_measured));
    let worst = Memo::new(move |_| {
        let point = scene.at()?;
        let worst = scene.shares(point).into_iter().min_by(f64::total_cmp)?;
        Some(words::kept(worst, is_measured(point)))
    });
    let press = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let moved = triangle::by_key(&event.key(), event.shift_key(), &wishes.weights.get_untracked());
        if let Some(weights) = moved {
            event.prevent_default();
            wishes.set(weights.to_vec());
        }
    };
    let top = move || f64::from(wishes.shares().first().copied().unwrap_or(0));
    view! {
        <span class="tri-handle" class:apart=move || !wishes.is_followed.get() class:measured=measured role="slider" tabindex="0"
            aria-label=words::TRIANGLE aria-valuemin="0" aria-valuemax="100" aria-valuenow=top aria-valuetext=move || wishes.said()
            style=("--x", move || format!("{:.3}%", place.get().0 * 100.0)) style=("--y", move || format!("{:.3}%", place.get().1 / HEIGHT * 100.0)) on:keydown=press>
            <i aria-hidden="true"></i><b aria-hidden="true" class="num" class:est=move || !measured.get()>{move || worst.get()}</b></span>
    }
}

/// What the colours mean.
#[component]
fn Key(wishes: Wishes) -> impl IntoView {
    let range = move || {
        wishes.cells.with(|cells| {
            if cells.is_empty() {
                String::new()
            } else {
                words::from_to(triangle::ends(cells).0, triangle::ends(cells).1)
            }
        })
    };
    let note = move || (!wishes.is_followed.get()).then(|| view! { <span>{words::ELSEWHERE}</span> });
    view! { <div class="legend tri-key">{move || heat::key(words::WEAKEST_KEEPS.to_owned(), range())}{note}</div> }
}

/// Three linked sliders.
#[component]
fn Priorities(wishes: Wishes) -> impl IntoView {
    let all = (0..3).map(|at| view! { <Priority wishes=wishes at=at/> }.into_any()).collect_view();
    view! {
        <section class="panel" aria-label=words::PRIORITIES><div class="panel-head"><h2>{words::PRIORITIES}</h2><span class="small">{words::PRIORITIES_HINT}</span></div>
            <div class="three">{all}</div></section>
    }
}

#[component]
fn Priority(wishes: Wishes, at: usize) -> impl IntoView {
    let scene = wishes.scene;
    let locks = scene.store.trades.locks;
    let own = Memo::new(move |_| wishes.weights.get()[at]);
    let whole = Memo::new(move |_| wishes.shares().get(at).copied().unwrap_or(0));
    let locked = Memo::new(move |_| locks.with(|locks| locks.get(at).copied().unwrap_or(false)));
    let slide = move |event: Event| {
        let field = event_target::<web_sys::HtmlInputElement>(&event);
        let Ok(wish) = field.value().parse::<f64>() else { return };
        wishes.set_one(at, wish);
        field.set_value(&own.get_untracked().to_string());
    };
    let press = move |event: KeyboardEvent| {
        let step = if event.shift_key() { 0.1 } else { 0.01 };
        let now = own.get_untracked();
        let wish = match event.key().as_str() {
            "ArrowRight" | "ArrowUp" => now + step,
            "ArrowLeft" | "ArrowDown" => now - step,
            "PageUp" => now + 0.1,
            "PageDown" => now - 0.1,
            "Home" => 0.0,
            "End" => 1.0,
            _ => return,
        };
        event.prevent_default();
        wishes.set_one(at, wish);
    };
    let lock = move |_| {
        locks.update(|locks| {
            if let Some(lock) = locks.get_mut(at) {
                *lock = !*lock;
            }
        });
    };
    let spoken = move || words::priorities(&scene.names(), &wishes.shares());
    view! {
        <div class=move || format!("priority p{}", shape(scene.pigment(at)))>
            <div class="row"><span class="skill">{move || marker(scene.pigment(at))}<span class="clip">{move || scene.name(at)}</span></span>
                <button type="button" class="icon-button sm right" aria-label=move || words::lock(&scene.name(at)) title=move || words::lock(&scene.name(at))
                    aria-pressed=move || locked.get().to_string() on:click=lock>{icon("lock")}</button>
                <span class="num strong">{move || whole.get()}"\u{202f}%"</span></div>
            <input type="range" min="0" max="1" step="any" disabled=locked aria-label=move || words::priority(&scene.name(at)) aria-valuetext=spoken
                prop:value=move || own.get().to_string() style=("--v", move || format!("{:.4}", own.get())) on:input=slide on:keydown=press/></div>
    }
}

/// Three floors.
#[component]
fn Least(scene: Scene) -> impl IntoView {
    let floors = Floors::of(scene, false);
    let all = (0..3).map(|skill| view! { <FloorRow floors=floors skill=skill/> }.into_any()).collect_view();
    view! {
        <section class="panel tri-floors" aria-label=words::FLOORS><div class="panel-head"><h2>{words::FLOORS_ASK}</h2><span class="small">{words::FLOORS_HINT}</span></div>
            <div class="three">{all}</div><FloorsFoot floors=floors/></section>
    }
}
