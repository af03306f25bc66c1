//! The slider along the front of two skills: every position is a mix that none beats in both.

use leptos::ev::{Event, KeyboardEvent};
use leptos::prelude::*;
use protocol::trade::{TradeName, TradePoint};
use protocol::words::screen::trade as said;
use protocol::words::screen::trade_map as words;

use super::trade_scatter::{Drawn, end, has_front};
use crate::parts::icons::shape;
use crate::shape::trade_named::{self, Known};
use crate::shape::trade_plot::{self as plot, Seen};
use crate::store::{Store, store};
use crate::trading::{self, of_map};

/// Steps of the range over the whole line.
const STEPS: f64 = 1000.0;

/// The line, how far along it its points lie, and where it has names.
#[derive(Debug, Clone, PartialEq)]
struct Way {
    line: Vec<Seen>,
    along: Vec<f64>,
    even: Option<usize>,
    skills: [(String, u8); 2],
}

impl Way {
    fn of(store: Store, drawn: &Drawn) -> Self {
        let even = trading::candidates(store).into_iter().find(|one| one.name == TradeName::Even);
        let line = drawn.line.clone();
        let even = even.and_then(|even| line.iter().position(|one| one.point == even.point));
        Self { along: plot::along(&line), line, even, skills: drawn.skills.clone() }
    }

    /// The points with a name, ascending.
    fn stops(&self) -> Vec<usize> {
        let mut stops = vec![0];
        stops.extend(self.even);
        stops.extend(self.line.len().checked_sub(1));
        stops.sort_unstable();
        stops.dedup();
        stops
    }

    /// From the pigment of one skill to that of the other.
    fn colours(&self) -> String {
        let [across, up] = [0, 1].map(|at| shape(self.skills[at].1));
        format!("linear-gradient(to right,var(--pigment-{up}),var(--pigment-{across}))")
    }

    /// The point of the line that stands for the selected one.
    fn at(&self, selected: Option<TradePoint>, seen: &[Seen]) -> Option<usize> {
        let own = self.line.iter().position(|one| Some(one.point) == selected);
        let beside =
            || seen.iter().find(|one| Some(one.point) == selected).and_then(|one| plot::beside(&self.line, one.at));
        own.or_else(beside)
    }
}

/// The slider under the scatter.
#[component]
pub fn FrontSlider(
    /// What the scatter draws.
    drawn: Memo<Option<Drawn>>,
) -> impl IntoView {
    let store = store();
    let way = Memo::new(move |_| drawn.with(|drawn| drawn.as_ref().map(|drawn| Way::of(store, drawn))));
    let slides =
        Memo::new(move |_| has_front(store) && way.with(|way| way.as_ref().is_some_and(|way| way.line.len() > 1)));
    move || slides.get().then(|| view! { <Slider drawn=drawn way=way/> })
}

fn of_way<T: Default>(way: Memo<Option<Way>>, read: impl FnOnce(&Way) -> T) -> T {
    way.with(|way| way.as_ref().map(read).unwrap_or_default())
}

#[component]
fn Slider(drawn: Memo<Option<Drawn>>, way: Memo<Option<Way>>) -> impl IntoView {
    let store = store();
    let at = Memo::new(move |_| {
        let selected = store.trades.at.get();
        drawn.with(|drawn| of_way(way, |way| way.at(selected, drawn.as_ref().map_or(&[], |drawn| &drawn.seen))))
    });
    let share =
        Memo::new(move |_| of_way(way, |way| at.get().and_then(|at| way.along.get(at).copied())).unwrap_or(0.0));
    let go = move |to: usize| {
        let point = way.with_untracked(|way| way.as_ref().and_then(|way| way.line.get(to).map(|one| one.point)));
        if let Some(point) = point {
            trading::choose(store, point);
        }
    };
    let slide = move |event: Event| {
        let Ok(value) = event_target_value(&event).parse::<f64>() else { return };
        let to = way.with_untracked(|way| way.as_ref().and_then(|way| plot::nearest(&way.along, value / STEPS)));
        if let Some(to) = to {
            go(to);
        }
    };
    let press = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let now = at.get_untracked().unwrap_or(0);
        let to = way.with_untracked(|way| {
            let way = way.as_ref()?;
            plot::by_key(&event.key(), event.shift_key(), now, &way.along, &way.stops())
        });
        if let Some(to) = to {
            event.prevent_default();
            go(to);
        }
    };
    // The handle lands on the point even where the selection did not change.
    let land = move |event: Event| {
        event_target::<web_sys::HtmlInputElement>(&event).set_value(&(share.get_untracked() * STEPS).to_string());
    };
    let label = move || of_way(way, |way| words::between(&way.skills[1].0, &way.skills[0].0));
    let colours = move || of_way(way, Way::colours);
    let ends = move || way.get().map(ends);
    view! {
        <div class="front-slider"><div class="row ends">{ends}</div>
            <div class="track"><span class="stops" aria-hidden="true">{move || ticks(way)}</span>
            <input type="range" class="front" min="0" max=STEPS step="any" aria-label=label aria-valuetext=move || spoken(store)
                prop:value=move || share.get() * STEPS style=("--v", move || share.get().to_string()) style=("--front", colours)
                on:input=slide on:change=land on:keydown=press/></div>
            <div class="track-scale">{move || names(way, go)}</div></div>
    }
}

/// What lies at the ends, and the number between them.
fn ends(way: Way) -> impl IntoView {
    let (up, across) = (words::more(&way.skills[1].0), words::more(&way.skills[0].0));
    let [left, right] = [end(&way.skills[1], up), end(&way.skills[0], across)];
    view! { {left}<Typed way=way/><span class="right">{right}</span> }
}

/// Ticks at the measured points of the line.
fn ticks(way: Memo<Option<Way>>) -> impl IntoView {
    let all = of_way(way, |way| {
        let measured = way.line.iter().zip(&way.along);
        let measured = measured.filter(|(one, _)| matches!(one.point, TradePoint::Measured(_)));
        measured.map(|(_, along)| format!("{:.2}%", 100.0 * along)).collect::<Vec<_>>()
    });
    all.into_iter().map(|x| view! { <i style=("--x", x)></i> }).collect_view()
}

/// The three named stops as buttons.
fn names(way: Memo<Option<Way>>, go: impl Fn(usize) + Copy + 'static) -> impl IntoView {
    let all = of_way(way, |way| {
        let last = way.line.len().saturating_sub(1);
        let even = way.even.filter(|at| (0.15..0.85).contains(&way.along[*at]));
        let even = even.map(|at| (at, "mid", words::EVEN.to_owned(), format!("{:.1}%", 100.0 * way.along[at])));
        let first = (0, "first", words::best_for(&way.skills[1].0), "0%".to_owned());
        let end = (last, "last", words::best_for(&way.skills[0].0), "100%".to_owned());
        [Some(first), even, Some(end)].into_iter().flatten().collect::<Vec<_>>()
    });
    let name = move |(at, class, text, x): (usize, &'static str, String, String)| {
        view! { <span class=class style=("--x", x)><button type="button" class="link" tabindex="-1" on:click=move |_| go(at)>{text}</button></span> }
    };
    all.into_iter().map(name).collect_view()
}

/// A number for the skill across: the mix of the line that comes nearest to it is selected.
#[component]
fn Typed(way: Way) -> impl IntoView {
    let store = store();
    let label = words::typed(&way.skills[0].0);
    let shown = move || {
        let point = store.trades.at.get();
        let value = of_map(store, |map| point.and_then(|point| map.values(point)).and_then(|all| all.first().copied()));
        value.map_or_else(String::new, |value| format!("{:.1}", 100.0 * value))
    };
    let line = way.line;
    let take = move |event: Event| {
        let Ok(wish) = event_target_value(&event).trim().replace(',', ".").parse::<f64>() else { return };
        let off = |one: &Seen| (one.at[0] - wish / 100.0).abs();
        if let Some(one) = line.iter().min_by(|x, y| off(x).total_cmp(&off(y))) {
            trading::choose(store, one.point);
        }
        event_target::<web_sys::HtmlInputElement>(&event).set_value(&untrack(shown));
    };
    view! {
        <label class="typed"><span class="unseen">{label}</span>
            <input type="text" inputmode="decimal" class="num" prop:value=shown on:change=take/><span aria-hidden="true">"\u{202f}%"</span></label>
    }
}

/// The selected mix in words.
pub fn spoken(store: Store) -> String {
    let Some(point) = store.trades.at.get() else { return String::new() };
    let skills = trading::skills(store);
    let lines = of_map(store, |map| trade_named::lines(map, point));
    let one = |line: trade_named::Line| {
        let behind = match line.known {
            Known::Measured { examples, error, .. } => said::Behind::Measured { examples, error },
            Known::Estimate(range) => said::Behind::Estimate(range),
        };
        let spoken = said::Spoken { value: line.value, share: line.share, metric: line.metric, behind };
        skills.get(line.skill).map(|(name, _)| said::spoken(name, &spoken))
    };
    lines.into_iter().filter_map(one).collect::<Vec<_>>().join("; ")
}
