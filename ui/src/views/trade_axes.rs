//! Four skills and more: floors at the left, parallel axes at the right.

use front::Remaining;
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use protocol::trade::TradePoint;
use protocol::words::screen::trade_axes as on_axes;
use protocol::words::screen::trade_map as words;

use super::trade_axes_marks::{Pinned, ReferenceKeys, References, spot};
use super::trade_floors::{FloorRow, Floors, FloorsFoot};
use super::trade_map::{FullRange, Scene, is_measured};
use crate::page;
use crate::parts::icons::{icon, marker};
use crate::shape::trade_axes::{self as axes, SIDE, Scale};
use crate::shape::trade_order;
use crate::shape::trade_scatter::percent;
use crate::trading::of_map;

/// What the parts of the chart share.
#[derive(Clone, Copy)]
pub(super) struct Chart {
    pub(super) scene: Scene,
    floors: Floors,
    pub(super) order: Memo<Vec<usize>>,
    pub(super) scale: Memo<Scale>,
    /// The lines that are drawn, the selected one among them.
    pub(super) lines: Memo<Vec<TradePoint>>,
    /// The floor that a pointer moves.
    dragged: RwSignal<Option<usize>>,
}

/// Skills in the order of the axes: opposed ones apart, until the person moves one.
pub fn order(scene: Scene) -> Memo<Vec<usize>> {
    let trades = scene.store.trades;
    Effect::new(move |_| {
        let count = scene.skills.with(Vec::len);
        let is_untouched = trades.axes.with_untracked(|axes| axes.iter().copied().eq(0..count));
        if scene.has_front.get() && is_untouched {
            let found = untrack(|| of_map(scene.store, trade_order::by_conflict));
            if trades.axes.get_untracked() != found {
                trades.axes.set(found);
            }
        }
    });
    Memo::new(move |_| {
        let count = scene.skills.with(Vec::len);
        let mut axes = trades.axes.get();
        axes.retain(|skill| *skill < count);
        if axes.len() == count { axes } else { (0..count).collect() }
    })
}

impl Chart {
    fn of(scene: Scene) -> Self {
        let trades = scene.store.trades;
        let lines = Memo::new(move |_| {
            let pins = trades.pins.get();
            scene.left.with(|left| scene.cloud.with(|cloud| axes::shown(cloud, &left.candidates, scene.at(), &pins)))
        });
        Self {
            scene,
            floors: Floors::of(scene, true),
            order: order(scene),
            scale: Memo::new(move |_| scene.cloud.with(|cloud| Scale::of(cloud, trades.is_full.get()))),
            lines,
            dragged: RwSignal::new(None),
        }
    }

    fn line(self, point: TradePoint) -> String {
        self.order.with(|order| axes::line(&self.scene.shares(point), order, self.scale.get()))
    }

    /// Place of an axis, as a share of the width.
    pub(super) fn x(self, skill: usize) -> f64 {
        self.order.with(|order| {
            let place = order.iter().position(|one| *one == skill).unwrap_or(0);
            axes::x(place, order.len())
        })
    }

    /// Height of the floor of a skill; the lower end without one.
    fn floor_y(self, skill: usize) -> f64 {
        self.floors.floor(skill).map_or(1.0, |floor| self.scale.get().y(floor))
    }
}

/// The screen of four skills and more.
#[component]
pub fn Axes(scene: Scene) -> impl IntoView {
    let chart = Chart::of(scene);
    let rows = move || {
        let count = scene.skills.with(Vec::len);
        (0..count).map(|skill| view! { <FloorRow floors=chart.floors skill=skill/> }.into_any()).collect_view()
    };
    let floors = move || {
        scene.has_front.get().then(|| {
            view! {
                <section class="floors" aria-label=words::FLOORS><div class="panel-head"><h2>{words::FLOORS}</h2><span class="small right">{words::OF_SPECIALIST}</span></div>
                    {rows}{view! { <FloorsFoot floors=chart.floors/> }.into_any()}</section>
            }
            .into_any()
        })
    };
    let note = move || (!scene.has_front.get()).then(|| view! { <p class="small">{words::GROWING}</p> });
    let starts = move || words::shares_start(chart.scale.get().low);
    view! {
        <div class="axes-layout" class:growing=move || !scene.has_front.get()>{floors}
            <figure class="parallel-axes"><div class="panel-head"><h2>{words::AXES}</h2><span class="small">{starts}</span><span class="right"><FullRange scene=scene/></span></div>
                {view! { <Heads chart=chart/> }.into_any()}{view! { <Plot chart=chart/> }.into_any()}{view! { <Keys chart=chart/> }.into_any()}{note}</figure></div>
    }
}

/// Names of the axes, with the buttons that move them.
#[component]
fn Heads(chart: Chart) -> impl IntoView {
    let scene = chart.scene;
    let shift = move |skill: usize, to_right: bool| {
        let mut order = chart.order.get_untracked();
        if let Some(place) = trade_order::shift(&mut order, skill, to_right) {
            scene.store.trades.axes.set(order);
            scene.store.polite.set(words::moved(&untrack(|| scene.name(skill)), place));
        }
    };
    let head = move |skill: usize| {
        let place = Memo::new(move |_| chart.x(skill));
        view! {
            <li class="axis-head" style=("--x", move || percent(place.get())) title=move || scene.name(skill)>{move || marker(scene.pigment(skill))}<span class="clip">{move || scene.name(skill)}</span>
                <span class="moves"><button type="button" class="icon-button sm" disabled=move || place.get() <= 0.0 aria-label=move || words::move_left(&scene.name(skill)) on:click=move |_| shift(skill, false)>{icon("left")}</button>
                    <button type="button" class="icon-button sm" disabled=move || place.get() >= 1.0 aria-label=move || words::move_right(&scene.name(skill)) on:click=move |_| shift(skill, true)>{icon("next")}</button></span></li>
        }
    };
    // In the order of the skills: a head that is moved keeps the focus.
    let all = move || (0..scene.skills.with(Vec::len)).map(head).collect_view();
    let count = move || scene.skills.with(|skills| skills.len().max(1).to_string());
    view! { <ul class="axis-heads" style=("--axes", count)>{all}</ul> }
}

/// Axes, band, lines and floors.
#[component]
fn Plot(chart: Chart) -> impl IntoView {
    let scene = chart.scene;
    let view_box = format!("0 0 {SIDE} {SIDE}");
    let choose = move |event: &PointerEvent| {
        let Some(place) = page::inside(event) else { return };
        let (order, scale) = (chart.order.get_untracked(), chart.scale.get_untracked());
        let lines = chart.lines.get_untracked();
        let found = scene.cloud.with_untracked(|cloud| axes::hit(cloud, &lines, &order, scale, place));
        if let Some(point) = found {
            scene.pick(point);
        }
    };
    let press = move |event: PointerEvent| match chart.dragged.get_untracked() {
        Some(_) => page::hold_pointer(&event),
        None => choose(&event),
    };
    let drag = move |event: PointerEvent| {
        if let (Some(skill), Some((_, y))) = (chart.dragged.get_untracked(), page::inside(&event)) {
            let wish = chart.scale.get_untracked().share(y);
            chart.floors.set(skill, (wish * 100.0).round() / 100.0);
        }
    };
    let free = move |_: PointerEvent| {
        chart.dragged.set(None);
        chart.floors.settle();
    };
    let label = move || {
        let count = scene.skills.with(Vec::len);
        scene.label(&(0..count).collect::<Vec<_>>())
    };
    let handles = move || {
        let count = if scene.has_front.get() { scene.skills.with(Vec::len) } else { 0 };
        (0..count).map(|skill| view! { <Handle chart=chart skill=skill/> }.into_any()).collect_view()
    };
    view! {
        <div class="axes-plot" on:pointerdown=press on:pointermove=drag on:pointerup=free on:pointercancel=free>
            <svg class="plot" role="group" aria-label=label>
                {view! { <Ground chart=chart/> }.into_any()}
                <svg class="stretch" viewBox=view_box preserveAspectRatio="none">{view! { <Bands chart=chart/> }.into_any()}{view! { <Others chart=chart/> }.into_any()}</svg>
                {view! { <Verticals chart=chart/> }.into_any()}{view! { <Selected chart=chart/> }.into_any()}</svg>{handles}</div>
    }
}

/// Lines and numbers across.
#[component]
fn Ground(chart: Chart) -> impl IntoView {
    let lines = move || {
        let scale = chart.scale.get();
        let line = |share: f64| {
            let y = percent(scale.y(share));
            view! {
                <line class="grid" x1="0" x2="100%" y1=y.clone() y2=y.clone()></line>
                <text class="tick" x="0" y=y dx="-14" dy="4" text-anchor="end">{format!("{:.0}", share * 100.0)}</text>
            }
        };
        scale.lines().into_iter().map(line).collect_view()
    };
    view! { <g aria-hidden="true">{lines}</g> }
}

/// The mixes that are not drawn as lines.
#[component]
fn Bands(chart: Chart) -> impl IntoView {
    let bands = Memo::new(move |_| {
        let (order, scale) = (chart.order.get(), chart.scale.get());
        let scene = chart.scene;
        scene
            .left
            .with(|left: &Remaining| scene.cloud.with(|cloud| axes::bands(cloud, &left.candidates, &order, scale)))
    });
    view! {
        <path class="band" aria-hidden="true" d=move || bands.with(|bands| bands[0].clone())></path>
        <path class="band" aria-hidden="true" d=move || bands.with(|bands| bands[1].clone())></path>
    }
}

/// The lines beside the selected one; pinned ones are darker.
#[component]
fn Others(chart: Chart) -> impl IntoView {
    let scene = chart.scene;
    let pins = scene.store.trades.pins;
    let line = move |point: TradePoint| {
        let class = match (pins.with(|pins| pins.contains(&point)), is_measured(point)) {
            (true, true) => "other pinned",
            (true, false) => "other pinned expected",
            (false, true) => "other",
            (false, false) => "other expected",
        };
        let said = words::line(&untrack(|| scene.title(point)), is_measured(point));
        view! { <path class=class role="img" aria-label=said d=chart.line(point)></path> }
    };
    move || chart.lines.get().into_iter().filter(|point| Some(*point) != scene.at()).map(line).collect_view()
}

/// The axes: solid above the floor, dotted below.
#[component]
fn Verticals(chart: Chart) -> impl IntoView {
    let scene = chart.scene;
    let axis = move |skill: usize| {
        let x = move || percent(chart.x(skill));
        let y = move || percent(chart.floor_y(skill));
        let said = move || chart.floors.floor(skill).map(words::at_least);
        view! {
            <line class="axis" x1=x x2=x y1="0" y2=y></line><line class="axis below" x1=x x2=x y1=y y2="100%"></line>
            <text class="tick" x=x y="100%" dy="18" text-anchor="middle">{said}</text>
        }
    };
    view! {
        <g aria-hidden="true">{move || (0..scene.skills.with(Vec::len)).map(axis).collect_view()}</g>
        {view! { <References chart=chart/> }.into_any()}{view! { <Pinned chart=chart/> }.into_any()}
    }
}

/// The selected line with its numbers.
#[component]
fn Selected(chart: Chart) -> impl IntoView {
    let scene = chart.scene;
    let view_box = format!("0 0 {SIDE} {SIDE}");
    let line = move || scene.at().map(|point| chart.line(point));
    let measured = Memo::new(move |_| scene.at().is_some_and(is_measured));
    let marks = move || {
        let point = scene.at()?;
        let (shares, scale, is_known) = (scene.shares(point), chart.scale.get(), is_measured(point));
        let mark = |skill: usize| {
            let share = shares.get(skill).copied().unwrap_or(0.0);
            let (x, y) = (percent(chart.x(skill)), percent(scale.y(share)));
            let said = words::grid_cell(&scene.title(point), &scene.name(skill), share, is_known);
            view! {
                {spot(x.clone(), y.clone(), is_known, said)}
                <text class="label haloed" class:est=!is_known x=x y=y dx="9" dy="15" aria-hidden="true">{on_axes::label(share, is_known)}</text>
            }
        };
        Some(chart.order.get().into_iter().map(mark).collect_view())
    };
    view! {
        <svg class="stretch" viewBox=view_box preserveAspectRatio="none" aria-hidden="true"><path class="selected" class:expected=move || !measured.get() d=line></path></svg>
        {marks}
    }
}

/// The handle of a floor on its axis.
#[component]
fn Handle(chart: Chart, skill: usize) -> impl IntoView {
    let scene = chart.scene;
    let now = move || chart.floors.floor(skill).unwrap_or_else(|| chart.scale.get().low) * 100.0;
    let ends = move || chart.floors.ends(skill);
    let press = move |event: PointerEvent| {
        chart.floors.settle();
        chart.dragged.set(Some(skill));
        page::focus(&format!(".axis-handle[data-skill=\"{skill}\"]"));
        // The text beside it is not selected while it is dragged.
        event.prevent_default();
    };
    let keys = move |event: KeyboardEvent| {
        chart.floors.press(skill, &event);
    };
    view! {
        <span class="axis-handle" class:set=move || chart.floors.floor(skill).is_some() data-skill=skill.to_string() role="slider" tabindex="0" aria-orientation="vertical"
            aria-label=move || words::floor_of(&scene.name(skill)) aria-valuenow=move || format!("{:.0}", now()) aria-valuemin=move || format!("{:.0}", ends().0 * 100.0)
            aria-valuemax=move || format!("{:.0}", ends().1 * 100.0) aria-valuetext=move || chart.floors.spoken(skill)
            style=("--x", move || percent(chart.x(skill))) style=("--y", move || percent(chart.floor_y(skill)))
            on:pointerdown=press on:keydown=keys on:blur=move |_| chart.floors.settle()><i aria-hidden="true"></i></span>
    }
}

/// What the lines are.
#[component]
fn Keys(chart: Chart) -> impl IntoView {
    let scene = chart.scene;
    let pins = scene.store.trades.pins;
    let key = move |(point, class): (TradePoint, &'static str)| {
        let dashed = if is_measured(point) { "" } else { " expected" };
        let dot = is_measured(point).then(|| view! { <circle class="key-measured" cx="13" cy="5" r="3.5"></circle> });
        let said = words::line(&scene.title(point), is_measured(point));
        view! { <span class:est=!is_measured(point)><svg width="26" height="10" aria-hidden="true"><path class=format!("{class}{dashed}") d="M0 5H26"></path>{dot}</svg>{said}</span> }
    };
    let named = move || {
        let selected = scene.at();
        let pinned = pins.get().into_iter().filter(|pin| Some(*pin) != selected).map(|pin| (pin, "other pinned"));
        selected.map(|point| (point, "selected")).into_iter().chain(pinned).map(key).collect_view()
    };
    let floor = move || {
        scene.has_front.get().then(|| {
            view! { <span><svg width="24" height="10" aria-hidden="true"><rect class="key-floor" x="0.5" y="1" width="23" height="8" rx="3"></rect></svg>{words::KEY_FLOOR}</span> }
        })
    };
    view! {
        <div class="legend axes-keys">{named}<span><svg width="16" height="10" aria-hidden="true"><rect class="key-band" width="16" height="10" rx="2"></rect></svg>{words::KEY_OTHERS}</span>{floor}{view! { <ReferenceKeys chart=chart/> }.into_any()}</div>
    }
}
