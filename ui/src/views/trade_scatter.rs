//! Scatter of two skills: measured mixes, what is expected between them, and the cursor.

use leptos::prelude::*;
use protocol::trade::TradePoint;
use protocol::words::screen::trade as said;
use protocol::words::screen::trade_map as words;

use super::trade_slider::FrontSlider;
use crate::page;
use crate::parts::icons::{icon, marker, picture, shape};
use crate::shape::trade_plot::{self as plot, Mark, MarkKind, Scale, Seen};
use crate::store::{Store, store};
use crate::trading::{self, of_map};

/// A pointer this near to a point, as a share of the drawing, means it.
const NEAR: f64 = 0.04;

/// What a scatter draws, worked out once for each map.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// All points.
    pub seen: Vec<Seen>,
    /// The points that none beats in both skills.
    pub line: Vec<Seen>,
    marks: Vec<Mark>,
    scales: [Scale; 2],
    /// Name and pigment of the skill across and the skill up.
    pub skills: [(String, u8); 2],
    titles: [String; 2],
}

/// What a scatter of these two skills draws; `None` where the map has no such skills.
pub fn drawn(store: Store, x: usize, y: usize) -> Option<Drawn> {
    let names = trading::skills(store);
    let is_full = store.trades.is_full.get();
    let pair = [x, y];
    let skills = pair.map(|at| names.get(at).cloned());
    let [Some(across), Some(up)] = skills else { return None };
    store.trades.map.with(|map| {
        let map = &map.as_ref()?.1;
        let seen = plot::seen(map, x, y);
        let (line, marks) = (plot::line(&seen), plot::marks(map, x, y));
        let scales = plot::scales(&line, &marks, is_full);
        let titles = [words::axis(&across.0, map.skills[x].metric), words::axis(&up.0, map.skills[y].metric)];
        Some(Drawn { seen, line, marks, scales, skills: [across, up], titles })
    })
}

/// Size of a drawing and the room for numbers, in its own units.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Frame {
    width: f64,
    height: f64,
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

const LARGE: Frame = Frame { width: 736.0, height: 440.0, left: 44.0, top: 26.0, right: 18.0, bottom: 40.0 };
const SMALL: Frame = Frame { width: 308.0, height: 150.0, left: 30.0, top: 24.0, right: 8.0, bottom: 30.0 };

impl Frame {
    fn x(self, share: f64) -> f64 {
        self.left + share * (self.width - self.left - self.right)
    }

    fn y(self, share: f64) -> f64 {
        self.height - self.bottom - share * (self.height - self.top - self.bottom)
    }

    fn place(self, scales: [Scale; 2], at: [f64; 2]) -> (f64, f64) {
        (self.x(scales[0].share(at[0])), self.y(scales[1].share(at[1])))
    }

    /// Scores at a place given in shares of the whole drawing.
    fn scores(self, scales: [Scale; 2], (x, y): (f64, f64)) -> [f64; 2] {
        let across = (x * self.width - self.left) / (self.width - self.left - self.right);
        let up = (self.height - self.bottom - y * self.height) / (self.height - self.top - self.bottom);
        [scales[0].score(across), scales[1].score(up)]
    }
}

/// Scatter of two skills.
#[component]
pub fn Plot(
    /// Skill across.
    x: usize,
    /// Skill up.
    y: usize,
    /// Whether it is one of several small ones, without labels and slider.
    small: bool,
) -> impl IntoView {
    let store = store();
    let drawn = Memo::new(move |_| drawn(store, x, y));
    let frame = if small { SMALL } else { LARGE };
    let picture = move || drawn.get().map(|drawn| view! { <Drawing drawn=drawn frame=frame small=small/> });
    match small {
        true => view! { <figure class="scatter small">{picture}</figure> }.into_any(),
        false => view! {
            <div class="scatter-frame"><Legend drawn=drawn/><figure class="scatter">{picture}</figure><FrontSlider drawn=drawn/></div>
        }
        .into_any(),
    }
}

/// What the marks mean, and the way to the whole range.
#[component]
fn Legend(drawn: Memo<Option<Drawn>>) -> impl IntoView {
    let store = store();
    let is_full = store.trades.is_full;
    let outside = move || {
        drawn.with(|drawn| {
            let drawn = drawn.as_ref()?;
            let is_out = |one: &&Seen| !drawn.scales[0].holds(one.at[0]) || !drawn.scales[1].holds(one.at[1]);
            Some(words::outside(drawn.seen.iter().filter(is_out).count()))
        })
    };
    let name = move || if is_full.get() { words::ZOOM } else { words::FULL };
    view! {
        <div class="row"><span class="legend">
            <span><svg width="12" height="12"><circle class="key-measured" cx="6" cy="6" r="4.5"></circle></svg>{words::MEASURED}</span>
            <span><svg width="30" height="14"><path class="key-line" d="M0 7H30"></path><path class="key-estimate" d="M15 1.5 20.5 7 15 12.5 9.5 7Z"></path></svg><i>{words::ESTIMATE}</i></span>
            <span><svg width="16" height="12"><rect class="key-band" width="16" height="12" rx="2"></rect></svg>{words::MISS}</span>
            <span><svg width="10" height="12"><circle class="key-beaten" cx="5" cy="6" r="3.5"></circle></svg>{words::BEATEN}</span>
            <span>{outside}</span></span>
            <span class="right"><button type="button" class="icon-button" aria-pressed=move || is_full.get().to_string() aria-label=name title=name
                on:click=move |_| is_full.update(|full| *full = !*full)>{icon("expand")}</button></span></div>
    }
}

/// The drawing; only the cursor is drawn anew when another point is selected.
#[component]
fn Drawing(drawn: Drawn, frame: Frame, small: bool) -> impl IntoView {
    let store = store();
    let measured = drawn.seen.iter().filter(|one| matches!(one.point, TradePoint::Measured(_))).count();
    let label = words::drawing(&drawn.skills[0].0, &drawn.skills[1].0, measured, drawn.seen.len() - measured);
    let scales = drawn.scales;
    let points: Vec<Seen> = drawn.seen.clone();
    let pick = move |event: web_sys::PointerEvent| {
        let Some(at) = page::inside(&event) else { return };
        let wish = frame.scores(scales, at);
        let far = |one: &Seen| {
            let off = [0, 1].map(|axis| (one.at[axis] - wish[axis]) / (scales[axis].most - scales[axis].least));
            off[0].hypot(off[1])
        };
        let nearest = points.iter().min_by(|x, y| far(x).total_cmp(&far(y)));
        if let Some(one) = nearest.filter(|one| far(one) < NEAR) {
            trading::choose(store, one.point);
        }
    };
    let stored = StoredValue::new(drawn);
    let cursor = move || stored.with_value(|drawn| cursor(store, drawn, frame, small));
    let box_of = format!("0 0 {} {}", frame.width, frame.height);
    view! {
        <svg class="plot" viewBox=box_of role="img" aria-label=label on:pointerdown=pick>
            {stored.with_value(|drawn| axes(drawn, frame, small))}
            <g class="still">{stored.with_value(|drawn| still(drawn, frame, small))}</g>
            <g class="moving">{cursor}</g></svg>
    }
}

/// Lines, numbers and titles of the axes.
fn axes(drawn: &Drawn, frame: Frame, small: bool) -> impl IntoView + use<> {
    let [across, up] = drawn.scales;
    let (left, right, top, bottom) = (frame.x(0.0), frame.x(1.0), frame.y(1.0), frame.y(0.0));
    let number = |score: f64| format!("{:.0}", 100.0 * score);
    let column = |score: f64| {
        let x = frame.x(across.share(score));
        let line = (!small).then(|| view! { <line class="grid" x1=x x2=x y1=top y2=bottom></line> });
        view! { {line}<text x=x y=bottom + 15.0 text-anchor="middle">{number(score)}</text> }
    };
    let row = |score: f64| {
        let y = frame.y(up.share(score));
        view! { <line class="grid" x1=left x2=right y1=y y2=y></line><text x=left - 7.0 y=y + 4.0 text-anchor="end">{number(score)}</text> }
    };
    let every = if small { 2 } else { 1 };
    let columns = across.ticks().into_iter().step_by(every).map(column).collect_view();
    let rows = up.ticks().into_iter().step_by(every).map(row).collect_view();
    let title = |at: usize| if small { drawn.skills[at].0.clone() } else { drawn.titles[at].clone() };
    let start = (!small).then(|| words::axes_start(across.least, up.least));
    let below = frame.height - 6.0;
    let letters = title(0).chars().count() as f64;
    let head = right - 6.6 * letters - 18.0;
    view! {
        {columns}{rows}
        <path class="axis" fill="none" d=format!("M{left} {top}V{bottom}H{right}")></path>
        {mark_of(drawn.skills[0].1, head, below - 5.0, 11.0)}<text class="axis-title" x=right y=below text-anchor="end">{title(0)}</text>
        {mark_of(drawn.skills[1].1, left + 5.0, 11.0, 11.0)}<text class="axis-title" x=left + 16.0 y="15">{title(1)}</text>
        <text x=left y=below>{start}</text>
    }
}

/// The marker of a pigment about a place.
fn mark_of(pigment: u8, x: f64, y: f64, size: f64) -> impl IntoView {
    let shape = shape(pigment);
    let name = match shape {
        0 => "m0",
        1 => "m1",
        2 => "m2",
        3 => "m3",
        4 => "m4",
        5 => "m5",
        6 => "m6",
        7 => "m7",
        8 => "m8",
        9 => "m9",
        10 => "m10",
        11 => "m11",
        _ => "m12",
    };
    view! {
        <svg class=format!("pig p{shape}") x=x - size / 2.0 y=y - size / 2.0 width=size height=size viewBox="0 0 16 16">{picture(name)}</svg>
    }
}

/// Band, line, points and marks.
fn still(drawn: &Drawn, frame: Frame, small: bool) -> impl IntoView + use<> {
    let place = |at: [f64; 2]| frame.place(drawn.scales, at);
    let path = |all: &[[f64; 2]], end: &str| {
        let points: Vec<String> = all.iter().map(|at| place(*at)).map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
        if points.len() < 2 { String::new() } else { format!("M{}{end}", points.join("L")) }
    };
    let line: Vec<[f64; 2]> = drawn.line.iter().map(|one| one.at).collect();
    let has_estimates = drawn.seen.iter().any(|one| matches!(one.point, TradePoint::Estimate(_)));
    let front = has_estimates.then(|| {
        view! { <path class="band" d=path(&plot::ribbon(&drawn.line), "Z")></path><path class="front" d=path(&line, "")></path> }
    });
    let is_in = |at: [f64; 2]| drawn.scales[0].holds(at[0]) && drawn.scales[1].holds(at[1]);
    let on_line = |one: &Seen| drawn.line.iter().any(|other| other.point == one.point);
    // Estimates are the line itself; a few of them carry a mark.
    let (mut last, mut dots) = ((f64::NEG_INFINITY, f64::NEG_INFINITY), Vec::new());
    for one in drawn.seen.iter().filter(|one| is_in(one.at)) {
        let (x, y) = place(one.at);
        match one.point {
            TradePoint::Measured(_) => dots.push(dot(x, y, !on_line(one), small).into_any()),
            TradePoint::Estimate(_) if on_line(one) && (x - last.0).hypot(y - last.1) > 30.0 && !small => {
                dots.push(diamond(x, y, 5.5).into_any());
                last = (x, y);
            }
            TradePoint::Estimate(_) => {}
        }
    }
    let marks: Vec<_> =
        drawn.marks.iter().filter_map(|mark| reference(drawn, mark, frame, small).map(IntoAny::into_any)).collect();
    let bend = (!small).then(|| bend(drawn, frame));
    view! { <g clip-path="none">{front}</g>{marks}{dots}{bend} }
}

fn dot(x: f64, y: f64, beaten: bool, small: bool) -> impl IntoView {
    let (class, radius) = match (beaten, small) {
        (true, false) => ("beaten", 3.5),
        (true, true) => ("beaten", 2.5),
        (false, false) => ("measured", 5.0),
        (false, true) => ("measured", 3.5),
    };
    view! { <circle class=class cx=x cy=y r=radius></circle> }
}

fn diamond(x: f64, y: f64, size: f64) -> impl IntoView {
    let path = format!("M{x} {}L{} {y} {x} {} {} {y}Z", y - size, x + size, y + size, x - size);
    view! { <path class="estimate" d=path></path> }
}

/// A mark for comparison. Outside the part that is shown only the starting model stands, at the corner, with its numbers.
fn reference(drawn: &Drawn, mark: &Mark, frame: Frame, small: bool) -> Option<impl IntoView + use<>> {
    let shares = [0, 1].map(|axis| drawn.scales[axis].share(mark.at[axis]));
    let is_in = shares.iter().all(|share| (0.0..=1.0).contains(share));
    let (x, y) = match (is_in, mark.kind) {
        (true, _) => (frame.x(shares[0]), frame.y(shares[1])),
        (false, MarkKind::Base | MarkKind::Alone(_)) if !small => {
            (frame.x(shares[0].clamp(0.04, 0.97)), frame.y(shares[1].clamp(0.04, 0.97)))
        }
        _ => return None,
    };
    let (pigment, size, text) = match mark.kind {
        MarkKind::Base => (0, 13.0, words::start(mark.at[0], mark.at[1])),
        MarkKind::Equal => (0, 0.0, words::EQUAL.to_owned()),
        MarkKind::Alone(_) => {
            let own = usize::from(!drawn.is_across(mark.kind));
            (drawn.skills[own].1, 15.0, words::alone(&drawn.skills[own].0))
        }
    };
    let to_left = x > frame.width * 0.7;
    let (text_x, anchor) = if to_left { (x - 12.0, "end") } else { (x + 12.0, "start") };
    let label = (!small).then(|| view! { <text class="halo-text" x=text_x y=y + 4.0 text-anchor=anchor>{text}</text> });
    let shown = match size > 0.0 {
        true => mark_of(pigment, x, y, if small { 9.0 } else { size }).into_any(),
        false => view! { <rect class="equal" x=x - 4.0 y=y - 4.0 width="8" height="8"></rect> }.into_any(),
    };
    let arrow = (!is_in).then(|| {
        view! { <path class="axis" fill="none" d=format!("M{} {}l3 4 3-4", x - 3.0, y + 9.0)></path> }
    });
    Some(view! { {shown}{arrow}{label} })
}

impl Drawn {
    /// Whether a specialist's own skill is the one across: the first of the two marks of specialists.
    fn is_across(&self, kind: MarkKind) -> bool {
        self.marks.iter().find(|mark| matches!(mark.kind, MarkKind::Alone(_))).is_some_and(|mark| mark.kind == kind)
    }
}

/// The bend of the line, if it is pronounced.
fn bend(drawn: &Drawn, frame: Frame) -> Option<impl IntoView + use<>> {
    let (at, price) = plot::bend(&drawn.line)?;
    let (x, y) = frame.place(drawn.scales, drawn.line[at].at);
    let [first, second] = words::bend(&drawn.skills[0].0, &drawn.skills[1].0, price);
    let right = x < frame.width * 0.72;
    let (text, anchor) = if right { (x + 24.0, "start") } else { (x - 24.0, "end") };
    let end = if right { x + 20.0 } else { x - 20.0 };
    Some(view! {
        <line class="axis" x1=x x2=end y1=y y2=y - 22.0></line>
        <text class="label b halo-text" x=text y=y - 42.0 text-anchor=anchor>{words::BEND}</text>
        <text class="halo-text" x=text y=y - 28.0 text-anchor=anchor>{first}</text>
        <text class="halo-text" x=text y=y - 15.0 text-anchor=anchor>{second}</text>
    })
}

/// Halo, cross hair and name of the selected point, and the pinned ones.
fn cursor(store: Store, drawn: &Drawn, frame: Frame, small: bool) -> Option<impl IntoView + use<>> {
    let selected = store.trades.at.get();
    let pins = store.trades.pins.get();
    let place = |one: &Seen| frame.place(drawn.scales, one.at);
    let is_in = |one: &&Seen| drawn.scales[0].holds(one.at[0]) && drawn.scales[1].holds(one.at[1]);
    let pinned = drawn.seen.iter().filter(|one| pins.contains(&one.point)).filter(is_in).map(place);
    let pinned = pinned.map(|(x, y)| view! { <circle class="pinned" cx=x cy=y r="8"></circle> }).collect_view();
    let one = drawn.seen.iter().find(|one| Some(one.point) == selected).filter(is_in);
    let halo = one.map(|one| {
        let (x, y) = place(one);
        let is_measured = matches!(one.point, TradePoint::Measured(_));
        let mark = match is_measured {
            true => view! { <circle class="measured" cx=x cy=y r=if small { 4.0 } else { 5.5 }></circle> }.into_any(),
            false => diamond(x, y, if small { 4.5 } else { 6.5 }).into_any(),
        };
        let lines = format!("M{x} {}V{y}H{}", frame.y(0.0), frame.x(0.0));
        let radius = if small { 8.0 } else { 12.0 };
        let name = (!small).then(|| named(store, one, x, y, frame, is_measured));
        view! { <path class="cursor" fill="none" d=lines></path><circle class="halo" cx=x cy=y r=radius></circle>{mark}{name} }
    });
    Some(view! { {pinned}{halo} })
}

/// Name and numbers beside the selected point, away from the line.
fn named(store: Store, one: &Seen, x: f64, y: f64, frame: Frame, is_measured: bool) -> impl IntoView + use<> {
    let title = trading::title(store, one.point);
    let [across, up] = one.at.map(|score| said::number(score, is_measured));
    let to_left = x > frame.left + 150.0;
    let (x, anchor) = if to_left { (x - 18.0, "end") } else { (x + 18.0, "start") };
    let y = (y + 28.0).min(frame.y(0.0) - 20.0);
    view! {
        <text class="label b halo-text" x=x y=y text-anchor=anchor>{title}</text>
        <text class="halo-text" x=x y=y + 15.0 text-anchor=anchor>{words::pair(&across, &up, is_measured)}</text>
    }
}

/// Skills as markers with names, for the ends of the slider.
pub fn end(skill: &(String, u8), text: String) -> impl IntoView + use<> {
    view! { <span class="row">{marker(skill.1)}{text}</span> }
}

/// Whether there is a front to slide along.
pub fn has_front(store: Store) -> bool {
    of_map(store, |map| !map.front.is_empty())
}
