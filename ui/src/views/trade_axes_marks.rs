//! Marks on parallel axes: of pinned mixes, and of what all mixes are compared with.

use leptos::prelude::*;
use protocol::trade::TradePoint;
use protocol::words::screen::trade_axes as words;
use protocol::words::screen::trade_map;

use super::trade_axes::Chart;
use super::trade_map::is_measured;
use crate::shape::trade_axes::{self as axes, Seen, seen};
use crate::shape::trade_scatter::percent;
use crate::trading::of_map;

/// What mixes are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Alone,
    Start,
    Equal,
}

const KINDS: [Kind; 3] = [Kind::Alone, Kind::Start, Kind::Equal];

impl Kind {
    /// Its shares in the order of the skills. A specialist alone keeps all of itself.
    fn shares(self, chart: Chart) -> Vec<Option<f64>> {
        of_map(chart.scene.store, |map| match self {
            Kind::Alone => vec![Some(1.0); map.skills.len()],
            Kind::Start => axes::references(map).start,
            Kind::Equal => axes::references(map).equal,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Alone => trade_map::KEY_ALONE,
            Kind::Start => trade_map::START,
            Kind::Equal => trade_map::EQUAL,
        }
    }

    fn key(self) -> &'static str {
        match self {
            Kind::Alone => trade_map::KEY_ALONE,
            Kind::Start => trade_map::KEY_START,
            Kind::Equal => trade_map::KEY_EQUAL,
        }
    }

    /// The mark around the origin.
    fn mark(self) -> AnyView {
        match self {
            Kind::Alone => {
                view! { <rect class="key-alone" x="-3.5" y="-3.5" width="7" height="7" rx="1"></rect> }.into_any()
            }
            Kind::Start => view! { <use_ class="pig" href="#m0" x="-5" y="-5" width="10" height="10"/> }.into_any(),
            Kind::Equal => {
                view! { <circle class="key-beaten" r="3"></circle><circle class="key-equal" r="4.75"></circle> }
                    .into_any()
            }
        }
    }
}

/// A circle for what was measured, a diamond for what is expected. The place is a share of the plot.
pub(super) fn spot(x: String, y: String, is_known: bool, said: String) -> AnyView {
    let d = if is_known { "M-4 0A4 4 0 1 1 4 0 4 4 0 1 1-4 0Z" } else { "M0-5.5 5.5 0 0 5.5-5.5 0Z" };
    let class = if is_known { "measured" } else { "estimate" };
    view! { <svg class="spot" x=x y=y role="img" aria-label=said><path class=class d=d></path></svg> }.into_any()
}

/// The marks of pinned mixes; the selected one has its own.
#[component]
pub(super) fn Pinned(chart: Chart) -> impl IntoView {
    let scene = chart.scene;
    let pinned = Memo::new(move |_| {
        let pins = scene.store.trades.pins.get();
        let is_pinned = |point: &TradePoint| pins.contains(point) && Some(*point) != scene.at();
        chart.lines.with(|lines| lines.iter().copied().filter(is_pinned).collect::<Vec<_>>())
    });
    let marks = move |point: TradePoint| {
        let (shares, scale, title) = (scene.shares(point), chart.scale.get(), untrack(|| scene.title(point)));
        let mark = |skill: usize| {
            let share = shares.get(skill).copied().unwrap_or(0.0);
            let said = trade_map::grid_cell(&title, &scene.name(skill), share, is_measured(point));
            spot(percent(chart.x(skill)), percent(scale.y(share)), is_measured(point), said)
        };
        chart.order.get().into_iter().map(mark).collect_view()
    };
    move || pinned.get().into_iter().map(marks).collect_view()
}

/// Specialists, starting model and equal mix, each on every axis on which there is room for it.
#[component]
pub(super) fn References(chart: Chart) -> impl IntoView {
    let scene = chart.scene;
    let of = move |kind: Kind| {
        let shares = Memo::new(move |_| kind.shares(chart));
        let said = move || {
            let skill = |skill: usize| Some((scene.name(skill), shares.with(|all| *all.get(skill)?)?));
            words::reference(kind.name(), &chart.order.get().into_iter().filter_map(skill).collect::<Vec<_>>())
        };
        let marks = move || {
            let scale = chart.scale.get();
            let mark = |skill: usize| {
                let share = shares.with(|all| *all.get(skill)?).filter(|share| scale.holds(*share))?;
                Some(
                    view! { <svg class="spot p0" x=percent(chart.x(skill)) y=percent(scale.y(share))>{kind.mark()}</svg> },
                )
            };
            chart.order.get().into_iter().filter_map(mark).collect_view()
        };
        let is_seen = Memo::new(move |_| shares.with(|all| seen(all, chart.scale.get())) != Seen::Absent);
        move || is_seen.get().then(|| view! { <g role="img" aria-label=said>{marks}</g> })
    };
    KINDS.map(of).into_iter().collect_view()
}

/// What these marks are. One that is off all axes is said to be so.
#[component]
pub(super) fn ReferenceKeys(chart: Chart) -> impl IntoView {
    let key = move |kind: Kind| {
        let place = Memo::new(move |_| seen(&kind.shares(chart), chart.scale.get()));
        move || {
            let said = match place.get() {
                Seen::Absent => return None,
                Seen::Outside => words::off_axes(kind.key()),
                Seen::Here => kind.key().to_owned(),
            };
            Some(
                view! { <span><svg class="marker p0" width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">{kind.mark()}</svg>{said}</span> },
            )
        }
    };
    KINDS.map(key).into_iter().collect_view()
}
