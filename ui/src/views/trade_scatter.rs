//! Two skills against each other, and the slider along the best mixes.

use leptos::ev::{Event, KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use protocol::trade::TradePoint;
use protocol::words::screen::trade;
use protocol::words::screen::trade_map as words;

use super::trade_map::{FullRange, Legend, Scene, is_measured};
use crate::page;
use crate::parts::icons::{marker, shape};
use crate::shape::trade_scatter::{self, Frame, Mark, Reference, SIDE, Way, percent};
use crate::trading::of_map;

/// The skills of the large chart: across and upward.
const PAIR: [usize; 2] = [0, 1];
/// Width over height, about; a click measures distances by it.
const ASPECT: f64 = 1.9;
/// Estimates that stand for all on the line.
const DIAMONDS: usize = 5;
/// A label this near to the right end stands left of its mark.
const NEAR_END: f64 = 0.8;

/// The chart with its slider.
#[component]
pub fn Scatter(scene: Scene) -> impl IntoView {
    let slider = move || scene.has_front.get().then(|| view! { <Along scene=scene/> });
    view! {
        <div class="row map-tools"><Legend scene=scene named=true/><span class="right"><FullRange scene=scene/></span></div>
        <figure class="scatter">{view! { <Plot scene=scene pair=PAIR is_large=true/> }.into_any()}</figure>
        {slider}
    }
}

/// Everything of a plot that stays while the selection moves.
#[derive(Debug, Clone, PartialEq)]
struct Drawn {
    frame: Frame,
    grid: String,
    band: String,
    line: String,
    marks: Vec<Mark>,
    references: Vec<(Reference, [f64; 2])>,
    diamonds: Vec<TradePoint>,
    knee: Option<(TradePoint, f64)>,
}

fn drawn(scene: Scene, pair: [usize; 2], is_large: bool) -> Option<Drawn> {
    let is_full = scene.store.trades.is_full.get();
    of_map(scene.store, |map| {
        let frame = Frame::of(map, pair, is_full);
        Some(Drawn {
            frame,
            grid: frame.grid(),
            band: trade_scatter::band(map, &frame),
            line: trade_scatter::front_line(map, &frame),
            marks: trade_scatter::marks(map, &frame),
            references: trade_scatter::references(map, pair),
            diamonds: if is_large { trade_scatter::some_estimates(map, &frame, DIAMONDS) } else { Vec::new() },
            knee: if is_large { trade_scatter::knee(map, pair) } else { None },
        })
    })
}

/// One plot of two skills; a small one has no labels.
#[component]
pub fn Plot(scene: Scene, pair: [usize; 2], is_large: bool) -> impl IntoView {
    let drawn = Memo::new(move |_| drawn(scene, pair, is_large));
    let view_box = format!("0 0 {SIDE} {SIDE}");
    let read = move |of: fn(&Drawn) -> String| move || drawn.with(|drawn| drawn.as_ref().map(of));
    let find = move |event: &PointerEvent| {
        let place = page::inside(event)?;
        let frame = drawn.with_untracked(|drawn| drawn.as_ref().map(|drawn| drawn.frame))?;
        untrack(|| of_map(scene.store, |map| trade_scatter::hit(map, &frame, place, ASPECT)))
    };
    let choose = move |event: PointerEvent| {
        if let Some(point) = find(&event) {
            scene.pick(point);
        }
    };
    let over = move |event: PointerEvent| {
        let point = find(&event);
        if scene.hover.get_untracked() != point {
            scene.hover.set(point);
        }
    };
    let marks = move || drawn.get().map(|drawn| view! { {ticks(&drawn.frame)}{beside(scene, &drawn, is_large)} });
    view! {
        <div class="scatter-plot" class:small=!is_large on:pointerdown=choose on:pointermove=over on:pointerleave=move |_| scene.hover.set(None)>
            <svg class="plot" role=if is_large { "group" } else { "img" } aria-label=move || scene.label(&pair)>
                <svg class="stretch" viewBox=view_box preserveAspectRatio="none" aria-hidden="true">
                    <path class="grid" d=read(|drawn| drawn.grid.clone())></path><path class="band" d=read(|drawn| drawn.band.clone())></path>
                    <path class="front" d=read(|drawn| drawn.line.clone())></path></svg>
                <line class="axis" x1="0" y1="0" x2="0" y2="100%"></line><line class="axis" x1="0" y1="100%" x2="100%" y2="100%"></line>
                {marks}<Cursor scene=scene frame=Signal::derive(move || drawn.with(|drawn| drawn.as_ref().map(|drawn| drawn.frame))) is_large=is_large/>
            </svg>
            <Titles scene=scene pair=pair is_large=is_large frame=Signal::derive(move || drawn.with(|drawn| drawn.as_ref().map(|drawn| drawn.frame)))/>
        </div>
    }
}

/// The numbers at the axes.
fn ticks(frame: &Frame) -> impl IntoView + use<> {
    let whole = |score: f64| format!("{:.0}", score * 100.0);
    let across = |score: f64| {
        view! { <text class="tick" x=percent(frame.x.share(score)) y="100%" dy="16" text-anchor="middle" aria-hidden="true">{whole(score)}</text> }
    };
    let upward = |score: f64| {
        view! { <text class="tick" x="0" y=percent(1.0 - frame.y.share(score)) dx="-8" dy="4" text-anchor="end" aria-hidden="true">{whole(score)}</text> }
    };
    let x = frame.x.lines().into_iter().map(across).collect_view();
    let y = frame.y.lines().into_iter().map(upward).collect_view();
    view! { {x}{y} }
}

/// Names of the axes, and that they do not begin at 0.
#[component]
fn Titles(scene: Scene, pair: [usize; 2], is_large: bool, frame: Signal<Option<Frame>>) -> impl IntoView {
    let title = move |skill: usize| {
        let metric = of_map(scene.store, |map| map.skills.get(skill).map(|skill| skill.metric));
        match metric.filter(|_| is_large) {
            Some(metric) => words::axis(&scene.name(skill), metric),
            None => scene.name(skill),
        }
    };
    let mark = move |skill: usize| move || marker(scene.pigment(skill));
    let starts = move || {
        frame.get().filter(|_| is_large).map(|frame| {
            let [x, y] = pair.map(|skill| scene.name(skill));
            words::axes_start([&x, &y], [frame.x.low, frame.y.low])
        })
    };
    view! {
        <span class="skill y-title" aria-hidden="true">{mark(pair[1])}<span class="clip">{move || title(pair[1])}</span></span>
        <span class="starts">{starts}</span>
        <span class="skill x-title" aria-hidden="true">{mark(pair[0])}<span class="clip">{move || title(pair[0])}</span></span>
    }
}

/// The marks of a plot.
fn beside(scene: Scene, drawn: &Drawn, is_large: bool) -> impl IntoView + use<> {
    let names = untrack(|| scene.names());
    let said = |point: TradePoint, values: &[f64]| {
        let title = untrack(|| scene.title(point));
        format!("{title}: {}", words::scores(&names, values, is_measured(point)))
    };
    let dot = |mark: &Mark| {
        let class = if mark.is_best { "measured" } else { "beaten" };
        let r = match (mark.is_best, is_large) {
            (true, true) => "5",
            (true, false) | (false, true) => "3.5",
            (false, false) => "2.5",
        };
        let (x, y) = mark.place;
        view! { <circle class=class cx=percent(x) cy=percent(y) r=r role="img" aria-label=said(mark.point, &mark.values)></circle> }
    };
    let diamond = |point: &TradePoint| {
        let values = untrack(|| scene.values(*point));
        let (x, y) = drawn.frame.spot(&values);
        view! {
            <svg class="spot" x=percent(x) y=percent(y) role="img" aria-label=said(*point, &values)><path class="estimate" d="M0-5.5 5.5 0 0 5.5-5.5 0Z"></path></svg>
        }
    };
    // The best ones last, so that they lie on top.
    let dots = [false, true].map(|best| drawn.marks.iter().filter(|mark| mark.is_best == best).map(dot).collect_view());
    let diamonds = drawn.diamonds.iter().map(diamond).collect_view();
    let references = drawn.references.iter().map(|one| reference(scene, &drawn.frame, one, is_large)).collect_view();
    let knee = drawn.knee.map(|(point, price)| knee(scene, &drawn.frame, point, price));
    view! { {references}{dots.into_iter().collect_view()}{diamonds}{knee} }
}

/// A specialist alone, the starting model or the equal mix. Beyond the axes it stands at their end, with its scores.
fn reference(
    scene: Scene,
    frame: &Frame,
    (what, values): &(Reference, [f64; 2]),
    is_large: bool,
) -> impl IntoView + use<> {
    let [x, y] = *values;
    let is_beyond = frame.x.is_beyond(x) || frame.y.is_beyond(y);
    let (left, top) = (frame.x.share(x), 1.0 - frame.y.share(y));
    let (name, pigment) = match what {
        Reference::Alone(skill) => (words::alone(&untrack(|| scene.name(*skill))), untrack(|| scene.pigment(*skill))),
        Reference::Start => (words::START.to_owned(), 0),
        Reference::Equal => (words::EQUAL.to_owned(), 0),
    };
    let names = frame.pair.map(|skill| untrack(|| scene.name(skill)));
    let said = words::reference(&name, &names, values);
    let size = if is_large { 14.0 } else { 10.0 };
    let mark = match what {
        Reference::Equal => view! { <circle class="beaten" r=if is_large { "4.5" } else { "3" }></circle><circle class="equal-ring" r=if is_large { "6.25" } else { "4.5" }></circle> }.into_any(),
        _ => {
            let half = (-size / 2.0).to_string();
            view! { <use_ class="pig" href=format!("#m{}", shape(pigment)) x=half.clone() y=half width=size.to_string() height=size.to_string()/> }.into_any()
        }
    };
    let arrow = is_beyond.then(|| view! { <path class="beyond" d=arrow(frame, *values)></path> });
    // Below the axes it stands above their line, so that the line does not run through its name.
    let is_below = y < frame.y.low;
    let lift = is_below.then_some("translate(0 -16)");
    let text = is_large.then(|| {
        let (dx, anchor) = if left > NEAR_END { ("-13", "end") } else { ("13", "start") };
        let text = if is_beyond { words::beyond(&name, values) } else { name };
        let class = if matches!(what, Reference::Alone(_)) { "label haloed" } else { "haloed" };
        view! { <text class=class x=percent(left) y=percent(top) dx=dx dy=if is_below { "-12" } else { "4" } text-anchor=anchor aria-hidden="true">{text}</text> }
    });
    view! {
        <svg class=format!("spot p{}", shape(pigment)) x=percent(left) y=percent(top) role="img" aria-label=said><g transform=lift>{mark}{arrow}</g></svg>{text}
    }
}

/// A small arrow that points to where a mark would be.
fn arrow(frame: &Frame, [x, y]: [f64; 2]) -> &'static str {
    if y < frame.y.low {
        "M-3 10 0 14 3 10"
    } else if x < frame.x.low {
        "M-10-3-14 0-10 3"
    } else if x > frame.x.high {
        "M10-3 14 0 10 3"
    } else {
        "M-3-10 0-14 3-10"
    }
}

/// The bend of the front with its sentence.
fn knee(scene: Scene, frame: &Frame, point: TradePoint, price: f64) -> impl IntoView + use<> {
    let (x, y) = frame.spot(&untrack(|| scene.values(point)));
    let [gained, lost] = frame.pair.map(|skill| untrack(|| scene.name(skill)));
    let said = words::knee(&gained, &lost, price);
    let [first, second] = words::knee_lines(&gained, &lost, price);
    let is_high = y < 0.2;
    let (dx, anchor) = if x > 0.8 { ("-28", "end") } else { ("28", "start") };
    let line = match (x > 0.8, is_high) {
        (false, false) => "M5-6 22-26",
        (true, false) => "M-5-6-22-26",
        (false, true) => "M5 6 22 26",
        (true, true) => "M-5 6-22 26",
    };
    let dy = |line: i32| (if is_high { 30 + 15 * line } else { -52 + 15 * line }).to_string();
    view! {
        <svg class="spot" x=percent(x) y=percent(y) role="img" aria-label=said><path class="lead" d=line></path></svg>
        <text class=if is_high { "label b haloed" } else { "label b haloed knee-title" } x=percent(x) y=percent(y) dx=dx dy=dy(0) text-anchor=anchor aria-hidden="true">{words::BEST_BEND}</text>
        <text class="haloed wide-only" x=percent(x) y=percent(y) dx=dx dy=dy(1) text-anchor=anchor aria-hidden="true">{first}</text>
        <text class="haloed wide-only" x=percent(x) y=percent(y) dx=dx dy=dy(2) text-anchor=anchor aria-hidden="true">{second}</text>
    }
}

/// What moves with the selection: hairlines, ring, name; rings of the pins and of what is under the pointer.
#[component]
fn Cursor(scene: Scene, frame: Signal<Option<Frame>>, is_large: bool) -> impl IntoView {
    let place =
        move |point: TradePoint| frame.with(|frame| frame.as_ref().map(|frame| frame.spot(&scene.values(point))));
    let here = Memo::new(move |_| place(scene.at()?));
    let x = move || here.get().map(|(x, _)| percent(x));
    let y = move || here.get().map(|(_, y)| percent(y));
    let off = move || here.with(Option::is_none);
    let measured = Memo::new(move |_| scene.at().is_some_and(is_measured));
    let under = Memo::new(move |_| place(scene.hover.get()?));
    let pins = move || {
        let pin = |(at, point): (usize, TradePoint)| {
            let (x, y) = place(point)?;
            let number = is_large.then(|| {
                view! { <text class="haloed" x=percent(x) y=percent(y) dx="9" dy="-7">{at + 1}</text> }
            });
            Some(
                view! { <circle class="pin-ring" cx=percent(x) cy=percent(y) r=if is_large { "9" } else { "6" }></circle>{number} },
            )
        };
        scene.store.trades.pins.get().into_iter().enumerate().filter_map(pin).collect_view()
    };
    let ring = if is_large { "12" } else { "8" };
    view! {
        <g aria-hidden="true" class:off=off>
            <line class="hair" x1=x x2=x y1=y y2="100%"></line><line class="hair" x1="0" x2=x y1=y y2=y></line>
            <g class="pin-rings">{pins}</g>
            <circle class="hover-ring" class:off=move || under.with(Option::is_none) cx=move || under.get().map(|(x, _)| percent(x)) cy=move || under.get().map(|(_, y)| percent(y)) r="9"></circle>
            <circle class="halo" cx=x cy=y r=ring></circle>
            <circle class="measured" class:off=move || !measured.get() cx=x cy=y r=if is_large { "5" } else { "4" }></circle>
            <svg class="spot" class:off=move || measured.get() x=x y=y><path class="estimate" d=if is_large { "M0-6.5 6.5 0 0 6.5-6.5 0Z" } else { "M0-4.5 4.5 0 0 4.5-4.5 0Z" }></path></svg>
            {is_large.then(|| view! { <Named scene=scene here=here/> })}
        </g>
    }
}

/// Name and scores of the selected point, beside it.
#[component]
fn Named(scene: Scene, here: Memo<Option<(f64, f64)>>) -> impl IntoView {
    let is_left = Memo::new(move |_| here.get().is_none_or(|(x, _)| x > 0.25));
    let is_low = Memo::new(move |_| here.get().is_some_and(|(_, y)| y > 0.85));
    let x = move || here.get().map(|(x, _)| percent(x));
    let y = move || here.get().map(|(_, y)| percent(y));
    let dx = move || if is_left.get() { "-18" } else { "18" };
    let anchor = move || if is_left.get() { "end" } else { "start" };
    let first = move || if is_low.get() { "-33" } else { "28" };
    let second = move || if is_low.get() { "-18" } else { "43" };
    let title = move || scene.at().map(|point| scene.title(point));
    let scores = move || scene.at().map(|point| words::in_plot(&scene.values(point), is_measured(point)));
    view! {
        <text class="label b haloed" x=x y=y dx=dx dy=first text-anchor=anchor>{title}</text>
        <text class="haloed" class:est=move || scene.at().is_some_and(|point| !is_measured(point)) x=x y=y dx=dx dy=second text-anchor=anchor>{scores}</text>
    }
}

/// What the slider knows.
#[derive(Clone, Copy)]
struct Slide {
    scene: Scene,
    way: Memo<Option<Way>>,
    stops: Memo<[f64; 3]>,
    share: Memo<f64>,
}

impl Slide {
    fn of(scene: Scene) -> Self {
        let way = Memo::new(move |_| of_map(scene.store, |map| Way::of(map, PAIR)));
        let stops = Memo::new(move |_| {
            way.with(|way| way.as_ref().map(|way| of_map(scene.store, |map| way.stops(map)))).unwrap_or([0.0, 0.5, 1.0])
        });
        let share = Memo::new(move |_| {
            let found = scene.at().and_then(|point| {
                let values = scene.values(point);
                let two = [*values.first()?, *values.get(1)?];
                way.with(|way| way.as_ref().map(|way| way.share(point, two)))
            });
            found.unwrap_or(0.5)
        });
        Self { scene, way, stops, share }
    }

    fn go(self, find: impl FnOnce(&Way) -> Option<TradePoint>) -> bool {
        let point = self.way.with_untracked(|way| way.as_ref().and_then(find));
        point.map(|point| self.scene.slide(point)).is_some()
    }

    fn press(self, event: &KeyboardEvent) {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let (share, stops) = (self.share.get_untracked(), self.stops.get_untracked());
        if self.go(|way| way.by_key(&event.key(), event.shift_key(), share, &stops)) {
            event.prevent_default();
        }
    }

    fn take(self, event: &Event) {
        let field = event_target::<web_sys::HtmlInputElement>(event);
        let Ok(wish) = field.value().parse::<f64>() else { return };
        self.go(|way| Some(way.at(wish)));
        // The handle lands on a mix, also where the selection did not change.
        field.set_value(&self.share.get_untracked().to_string());
    }
}

/// The slider along the best mixes.
#[component]
fn Along(scene: Scene) -> impl IntoView {
    let slide = Slide::of(scene);
    let [x, y] = PAIR;
    let share = slide.share;
    let front = move || {
        format!(
            "linear-gradient(to right, var(--pigment-{}), var(--pigment-{}))",
            shape(scene.pigment(y)).max(1),
            shape(scene.pigment(x)).max(1)
        )
    };
    let spoken =
        move || scene.at().map(|point| words::scores(&scene.names(), &scene.values(point), is_measured(point)));
    let ticks = move || {
        let all = slide.way.with(|way| way.as_ref().map(Way::ticks).unwrap_or_default());
        all.into_iter().map(|at| view! { <i style=("--x", percent(at))></i> }).collect_view()
    };
    view! {
        <div class="front-slider">
            <div class="row ends"><span class="row">{move || marker(scene.pigment(y))}{move || words::more(&scene.name(y))}</span>
                <Wanted slide=slide/><span class="right row">{move || words::more(&scene.name(x))}{move || marker(scene.pigment(x))}</span></div>
            <div class="front-track"><span class="front-ticks" aria-hidden="true">{ticks}</span>
                <input type="range" class="front" min="0" max="1" step="any" tabindex="0" aria-label=move || words::along(&scene.name(y), &scene.name(x)) aria-valuetext=spoken
                    style=("--front", front) prop:value=move || share.get().to_string()
                    on:input=move |event| slide.take(&event) on:keydown=move |event| slide.press(&event)/></div>
            <Stops slide=slide/>
        </div>
    }
}

/// A field for the score that is wanted across.
#[component]
fn Wanted(slide: Slide) -> impl IntoView {
    let scene = slide.scene;
    let [x, _] = PAIR;
    let shown = move || {
        let point = scene.at();
        point
            .and_then(|point| Some(trade::number(*scene.values(point).first()?, is_measured(point))))
            .unwrap_or_default()
    };
    let wrong = RwSignal::new(false);
    let take = move |event: Event| {
        let field = event_target::<web_sys::HtmlInputElement>(&event);
        let wish = trade_scatter::typed(field.value().trim_start_matches('~'));
        wrong.set(wish.is_none());
        if let Some(wish) = wish {
            slide.go(|way| Some(way.with_score(wish)));
            field.set_value(&untrack(shown));
        }
    };
    let leave = move |event: leptos::ev::FocusEvent| {
        wrong.set(false);
        event_target::<web_sys::HtmlInputElement>(&event).set_value(&untrack(shown));
    };
    view! {
        <span class="row wanted"><span class="skill" aria-hidden="true">{move || marker(scene.pigment(x))}<span class="clip">{move || scene.name(x)}</span></span>
            <input class="number" type="text" inputmode="decimal" autocomplete="off" aria-label=move || words::wanted(&scene.name(x))
                aria-invalid=move || wrong.get().then_some("true") prop:value=shown on:change=take on:blur=leave/><span class="small" aria-hidden="true">"%"</span></span>
    }
}

/// The named stops under the slider; each can be clicked.
#[component]
fn Stops(slide: Slide) -> impl IntoView {
    let scene = slide.scene;
    let [x, y] = PAIR;
    let stop = move |at: usize| {
        let name = move || match at {
            0 => words::best_for(&scene.name(y)),
            1 => words::EVEN.to_owned(),
            _ => words::best_for(&scene.name(x)),
        };
        let place = move || slide.stops.get()[at];
        let is_here = move || (slide.share.get() - place()).abs() < 1e-6;
        let go = move |_| {
            let share = slide.stops.get_untracked()[at];
            let point = slide.way.with_untracked(|way| way.as_ref().map(|way| way.at(share)));
            if let Some(point) = point {
                scene.pick(point);
            }
        };
        view! {
            <button type="button" class="stop" class:here=is_here class:first=at == 0 class:last=at == 2 style=("--x", move || percent(place()))
                aria-pressed=move || is_here().to_string() on:click=go>{name}</button>
        }
    };
    view! { <div class="front-stops">{(0..3).map(stop).collect_view()}</div> }
}
