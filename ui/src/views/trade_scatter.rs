//! Scatter of two skills: measured mixes, what is expected between them, and the cursor.

use leptos::prelude::*;
use protocol::trade::TradePoint;
use protocol::words::screen::trade as said;
use protocol::words::screen::trade_map as words;

use super::trade_slider::FrontSlider;
use crate::page;
use crate::parts::icons::{icon, marker, picture, shape};
use crate::shape::trade_plot::{self as plot, Area, Label, Mark, MarkKind, Scale, Seen};
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
const COMPACT: Frame = Frame { width: 508.0, height: 300.0, left: 40.0, top: 26.0, right: 14.0, bottom: 40.0 };
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

    /// Where texts may stand.
    fn room(self) -> Area {
        [self.left + 4.0, self.top, self.width, self.height - self.bottom - 4.0]
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
    let picture =
        move |frame: Frame| move || drawn.get().map(|drawn| view! { <Drawing drawn=drawn frame=frame small=small/> });
    match small {
        true => view! { <figure class="scatter small">{picture(SMALL)}</figure> }.into_any(),
        false => view! {
            <div class="scatter-frame"><Legend drawn=drawn/><figure class="scatter"><div class="wide-only">{picture(LARGE)}</div><div class="compact-only">{picture(COMPACT)}</div></figure><FrontSlider drawn=drawn/></div>
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
    let head = right - 5.9 * letters - 14.0;
    view! {
        {columns}{rows}
        <path class="axis" fill="none" d=corner(left, top, bottom, right)></path>
        {mark_of(drawn.skills[0].1, head, below - 5.0, 11.0)}<text class="axis-title" x=right y=below text-anchor="end">{title(0)}</text>
        {mark_of(drawn.skills[1].1, left + 5.0, 11.0, 11.0)}<text class="axis-title" x=left + 16.0 y="15">{title(1)}</text>
        <text x=left y=below>{start}</text>
    }
}

/// A line down or up from a place, and on to the side.
fn corner(x: f64, from: f64, to: f64, side: f64) -> String {
    format!("M{x},{from}V{to}H{side}")
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

/// What texts of a drawing keep clear of: the points of the line.
fn taken(drawn: &Drawn, frame: Frame) -> Vec<Area> {
    let of = |one: &Seen| {
        let (x, y) = frame.place(drawn.scales, one.at);
        [x - 7.0, y - 7.0, x + 7.0, y + 7.0]
    };
    drawn.line.iter().map(of).collect()
}

/// Places of all texts that stand still: those of the marks, and that of the bend.
fn labels(drawn: &Drawn, frame: Frame) -> (Vec<Option<Label>>, Option<Label>, Vec<Area>) {
    let (room, mut taken) = (frame.room(), taken(drawn, frame));
    let bend = plot::bend(&drawn.line).and_then(|(at, price)| {
        let [first, _] = words::bend(&drawn.skills[0].0, &drawn.skills[1].0, price);
        let (x, y) = frame.place(drawn.scales, drawn.line[at].at);
        plot::label_if_free((x + 12.0, y - 26.0), (width_of(&first), 3), room, &mut taken)
    });
    let one = |mark: &Mark| {
        let (x, y, _) = spot(drawn, mark, frame, false)?;
        Some(plot::label_if_free((x, y), (width_of(&text_of(drawn, mark)), 1), room, &mut taken))
    };
    (drawn.marks.iter().filter_map(one).collect(), bend, taken)
}

/// About how wide a text is.
fn width_of(text: &str) -> f64 {
    5.8 * text.chars().count() as f64
}

fn anchor(label: Label) -> &'static str {
    if label.ends { "end" } else { "start" }
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
    let (texts, bent, _) = if small { Default::default() } else { labels(drawn, frame) };
    let shown = drawn.marks.iter().filter(|mark| spot(drawn, mark, frame, small).is_some());
    let marks =
        shown.enumerate().map(|(at, mark)| reference(drawn, mark, frame, small, texts.get(at).copied().flatten()));
    let marks: Vec<_> = marks.map(IntoAny::into_any).collect();
    view! { {front}{marks}{dots(drawn, frame, small)}{bent.and_then(|label| bend(drawn, frame, label))} }
}

/// The measured points, and a mark on every so much of the line of estimates.
fn dots(drawn: &Drawn, frame: Frame, small: bool) -> Vec<AnyView> {
    let is_in = |one: &&Seen| drawn.scales[0].holds(one.at[0]) && drawn.scales[1].holds(one.at[1]);
    let on_line = |one: &Seen| drawn.line.iter().any(|other| other.point == one.point);
    let (mut last, mut dots) = ((f64::NEG_INFINITY, f64::NEG_INFINITY), Vec::new());
    for one in drawn.line.iter().filter(is_in).filter(|one| matches!(one.point, TradePoint::Estimate(_)) && !small) {
        let (x, y) = frame.place(drawn.scales, one.at);
        if (x - last.0).hypot(y - last.1) > 48.0 {
            dots.push(diamond(x, y, 5.0).into_any());
            last = (x, y);
        }
    }
    for one in drawn.seen.iter().filter(is_in).filter(|one| matches!(one.point, TradePoint::Measured(_))) {
        let (x, y) = frame.place(drawn.scales, one.at);
        dots.push(dot(x, y, !on_line(one), small).into_any());
    }
    dots
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

/// Where a mark for comparison stands, and whether that is its place. Outside the part that is shown starting model and
/// specialists stand at the border.
fn spot(drawn: &Drawn, mark: &Mark, frame: Frame, small: bool) -> Option<(f64, f64, bool)> {
    let shares = [0, 1].map(|axis| drawn.scales[axis].share(mark.at[axis]));
    let is_in = shares.iter().all(|share| (0.0..=1.0).contains(share));
    match (is_in, mark.kind) {
        (true, _) => Some((frame.x(shares[0]), frame.y(shares[1]), true)),
        (false, MarkKind::Base | MarkKind::Alone(_)) if !small => {
            Some((frame.x(shares[0].clamp(0.04, 0.97)), frame.y(shares[1].clamp(0.04, 0.97)), false))
        }
        _ => None,
    }
}

fn text_of(drawn: &Drawn, mark: &Mark) -> String {
    match mark.kind {
        MarkKind::Base => words::start(mark.at[0], mark.at[1]),
        MarkKind::Equal => words::EQUAL.to_owned(),
        MarkKind::Alone(_) => words::alone(&drawn.skills[drawn.own(mark.kind)].0),
    }
}

/// A mark for comparison.
fn reference(drawn: &Drawn, mark: &Mark, frame: Frame, small: bool, label: Option<Label>) -> impl IntoView + use<> {
    let (x, y, is_in) = spot(drawn, mark, frame, small).unwrap_or_default();
    let text = label.map(|label| {
        view! { <text class="halo-text" x=label.x y=label.y text-anchor=anchor(label)>{text_of(drawn, mark)}</text> }
    });
    let size = if small { 9.0 } else { 14.0 };
    let shown = match mark.kind {
        MarkKind::Base => mark_of(0, x, y, size).into_any(),
        MarkKind::Alone(_) => mark_of(drawn.skills[drawn.own(mark.kind)].1, x, y, size).into_any(),
        MarkKind::Equal => view! { <rect class="equal" x=x - 4.0 y=y - 4.0 width="8" height="8"></rect> }.into_any(),
    };
    let arrow = (!is_in).then(|| {
        view! { <path class="axis" fill="none" d=format!("M{} {}l3 4 3-4", x - 3.0, y + 9.0)></path> }
    });
    view! { {shown}{arrow}{text} }
}

impl Drawn {
    /// Whose specialist a mark is: 0 of the skill across, 1 of the skill up.
    fn own(&self, kind: MarkKind) -> usize {
        let first = self.marks.iter().find(|mark| matches!(mark.kind, MarkKind::Alone(_)));
        usize::from(first.is_none_or(|mark| mark.kind != kind))
    }
}

/// The bend of the line, if it is pronounced.
fn bend(drawn: &Drawn, frame: Frame, label: Label) -> Option<impl IntoView + use<>> {
    let (at, price) = plot::bend(&drawn.line)?;
    let (x, y) = frame.place(drawn.scales, drawn.line[at].at);
    let [first, second] = words::bend(&drawn.skills[0].0, &drawn.skills[1].0, price);
    let end = if label.ends { label.x + 4.0 } else { label.x - 4.0 };
    let anchor = anchor(label);
    Some(view! {
        <line class="axis" x1=x x2=end y1=y y2=label.y + plot::LINE></line>
        <text class="label b halo-text" x=label.x y=label.y text-anchor=anchor>{words::BEND}</text>
        <text class="halo-text" x=label.x y=label.y + plot::LINE text-anchor=anchor>{first}</text>
        <text class="halo-text" x=label.x y=label.y + 2.0 * plot::LINE text-anchor=anchor>{second}</text>
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
        let lines = corner(x, frame.y(0.0), y, frame.x(0.0));
        let radius = if small { 8.0 } else { 12.0 };
        let name = (!small).then(|| named(store, drawn, one, frame, is_measured));
        view! { <path class="cursor" fill="none" d=lines></path><circle class="halo" cx=x cy=y r=radius></circle>{mark}{name} }
    });
    Some(view! { {pinned}{halo} })
}

/// Name and numbers beside the selected point, clear of all other texts.
fn named(store: Store, drawn: &Drawn, one: &Seen, frame: Frame, is_measured: bool) -> impl IntoView + use<> {
    let title = trading::title(store, one.point);
    let [across, up] = one.at.map(|score| said::number(score, is_measured));
    let numbers = words::pair(&across, &up, is_measured);
    let (_, _, mut taken) = labels(drawn, frame);
    let (x, y) = frame.place(drawn.scales, one.at);
    let width = width_of(&title).max(width_of(&numbers));
    let label = plot::label((x, y), (width, 2), frame.room(), &mut taken);
    let (x, anchor) = (label.x + if label.ends { -6.0 } else { 6.0 }, anchor(label));
    view! {
        <text class="label b halo-text" x=x y=label.y text-anchor=anchor>{title}</text>
        <text class="halo-text" x=x y=label.y + plot::LINE text-anchor=anchor>{numbers}</text>
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
