//! Inspector of the step Trade-offs: the selected mix in numbers, the named mixes, the pins.

use leptos::prelude::*;
use protocol::measure::FEW_EXAMPLES;
use protocol::trade::{TradeBand, TradeName, TradePoint};
use protocol::words::format;
use protocol::words::screen::trade as words;

use super::trade::{Face, face};
use super::trade_picks::{Named, TopThree};
use super::trade_pins::{Compared, Pins};
use crate::parts::drop::{MixDrop, MixRibbon};
use crate::parts::frame::MixHead;
use crate::parts::icons::{icon, marker};
use crate::shape::draft::Draft;
use crate::shape::trade_named::{self, Known, Line};
use crate::store::{Store, store};
use crate::trading::{self, of_map, of_run};

/// From so many skills on the named mixes come first, and the scores of a mix are small.
const MANY: usize = 4;

/// The inspector.
#[component]
pub fn OfTradeOffs() -> impl IntoView {
    let store = store();
    let face = Memo::new(move |_| face(store));
    move || match face.get() {
        Face::Unfit(_) | Face::NoExamples | Face::Before => view! { <OfMix/> }.into_any(),
        Face::Exploring => view! { <OfGrowing/> }.into_any(),
        Face::Map => view! { <OfChosen/> }.into_any(),
    }
}

/// The mix as it is, and how the step works.
#[component]
fn OfMix() -> impl IntoView {
    let store = store();
    let shares = Memo::new(move |_| store.draft.with(Draft::shares));
    let title = Signal::stored(protocol::words::screen::frame::THIS_MIX.to_owned());
    let line = Signal::stored(String::new());
    let note = |(title, text): (&'static str, &'static str)| {
        view! { <li class="note">{icon("info")}<span><b>{title}</b>{text}</span></li> }
    };
    view! {
        <MixHead title=title line=line width=112/><MixRibbon shares=shares tall=true/>
        <hr/><div class="inspector-head"><h2>{words::HOW}</h2></div>
        <ul class="stack wide">{words::STEPS.map(note).collect_view()}</ul>
    }
}

/// While mixes are measured: how many, and the selected or the newest one.
#[component]
fn OfGrowing() -> impl IntoView {
    let store = store();
    let mixes = Memo::new(move |_| of_run(store, |run| run.mixes));
    let newest = Memo::new(move |_| {
        let selected = store.trades.at.get();
        let last = of_map(store, |map| map.measured.len().checked_sub(1)).map(TradePoint::Measured);
        selected.or(last)
    });
    let head = move || if store.trades.at.with(Option::is_none) { words::NEWEST } else { "" };
    let card =
        move || newest.with(Option::is_some).then(|| view! { <hr/><p class="small">{head}</p><Card point=newest/> });
    view! {
        <div class="inspector-head"><h2>{words::MEASURED_SO_FAR}</h2></div>
        <p class="big-number">{move || format::grouped(mixes.get().0.into())}<span class="unit">" / "{move || format::grouped(mixes.get().1.into())}</span></p>
        {card}
    }
}

#[component]
fn OfChosen() -> impl IntoView {
    let store = store();
    let trades = store.trades;
    let many = Memo::new(move |_| of_map(store, |map| map.skills.len() >= MANY));
    let point = Memo::new(move |_| trades.at.get());
    let compared = move || trades.is_comparing.get().then(|| view! { <Compared/><hr/> });
    let inside = move || match many.get() {
        true => view! { <Named/><hr/><Card point=point/><hr/><TopThree/><hr/><Pins/> }.into_any(),
        false => view! { <Card point=point/><hr/><Named/><hr/><Pins/> }.into_any(),
    };
    view! { {compared}{inside} }
}

/// A point with everything that is known of it.
#[derive(Debug, Clone, PartialEq)]
struct Found {
    title: String,
    why: Option<String>,
    is_measured: bool,
    lines: Vec<(Line, String, u8)>,
    strengths: Vec<(String, u8, f64)>,
    in_use: bool,
    rough: bool,
}

fn found(store: Store, point: TradePoint) -> Option<Found> {
    let skills = trading::skills(store);
    let lines = of_map(store, |map| trade_named::lines(map, point));
    let names = trade_named::names(&trading::candidates(store), point);
    let is_measured = matches!(point, TradePoint::Measured(_));
    let is_rough = of_map(store, |map| trade_named::worth(map).is_some_and(|(band, _)| band == TradeBand::Rough));
    let why = names.first().map(|name| words::why(*name, lines.len(), &top_three(store)));
    let found = Found {
        title: trading::title(store, point),
        why,
        is_measured,
        strengths: trading::strengths(store, point),
        in_use: store.trades.at.get() == Some(point) && trading::is_in_use(store),
        rough: is_rough && !is_measured,
        lines: lines.into_iter().zip(skills).map(|(line, (name, pigment))| (line, name, pigment)).collect(),
    };
    (!found.lines.is_empty()).then_some(found)
}

/// Names of the first three skills of the ranking.
pub fn top_three(store: Store) -> Vec<String> {
    let skills = trading::skills(store);
    let ranking = store.trades.ranking.get();
    ranking.into_iter().take(3).filter_map(|skill| skills.get(skill).map(|(name, _)| name.clone())).collect()
}

/// The candidate card.
#[component]
fn Card(point: Memo<Option<TradePoint>>) -> impl IntoView {
    let store = store();
    let found = Memo::new(move |_| found(store, point.get()?));
    let shares = Memo::new(move |_| {
        let all = found.with(|found| found.as_ref().map(|found| found.strengths.clone())).unwrap_or_default();
        all.into_iter().map(|(_, pigment, own)| (pigment, own)).collect::<Vec<_>>()
    });
    let any = Memo::new(move |_| found.with(Option::is_some));
    let open = RwSignal::new(found.with_untracked(|found| found.as_ref().is_none_or(|found| found.lines.len() < MANY)));
    let inside = move || found.get().map(|found| view! { {top(&found)}{scores(&found)} });
    let rest = move || found.get().map(|found| rest(&found, open));
    move || {
        match any.get() {
        true => view! {
            <section class="candidate-card" aria-label=words::SELECTED>
                <div class="candidate-top"><MixDrop shares=shares width=56/><div class="stack">{move || found.get().map(|found| naming(&found))}</div></div>
                {inside}{rest}</section>
        }
        .into_any(),
        false => view! { <p class="small">{words::CHOOSE_ONE}</p> }.into_any(),
    }
    }
}

fn naming(found: &Found) -> impl IntoView + use<> {
    let class = if found.is_measured { "badge measured" } else { "badge estimate" };
    let used = found.in_use.then(|| view! { <span class="badge">{words::IN_USE}</span> });
    view! {
        <h2 class="who">{found.title.clone()}</h2>
        <span class="row"><span class=class>{words::known_as(found.is_measured)}</span>{used}</span>
    }
}

/// Why it has its name; where the named mixes stand above, they say it already.
fn top(found: &Found) -> impl IntoView + use<> {
    found.why.clone().filter(|_| found.lines.len() < MANY).map(|why| view! { <p>{why}</p> })
}

/// The scores of all skills, and what the estimate of a measured mix was.
fn scores(found: &Found) -> impl IntoView + use<> {
    let many = found.lines.len() >= MANY;
    let lines: Vec<Line> = found.lines.iter().map(|(line, ..)| *line).collect();
    let off = trade_named::farthest_off(&lines).filter(|_| many).and_then(|(skill, measured, estimate)| {
        let name = &found.lines.iter().find(|(line, ..)| line.skill == skill)?.1;
        Some(view! { <p class="small">{words::both_of(name, measured, estimate)}</p> })
    });
    let rows = found.lines.iter().map(|(line, name, pigment)| score(line, name, *pigment, !many)).collect_view();
    view! { <ul class="candidate-scores" class:many=many>{rows}</ul>{off} }
}

fn score(line: &Line, name: &str, pigment: u8, with_both: bool) -> impl IntoView + use<> {
    let (behind, is_measured, both, few) = match line.known {
        Known::Measured { examples, error, expected } => {
            (words::Behind::Measured { examples, error }, true, expected, examples < FEW_EXAMPLES)
        }
        Known::Estimate(range) => (words::Behind::Estimate(range), false, None, false),
    };
    let sub = match behind {
        words::Behind::Measured { examples, error } => words::behind(examples, error),
        words::Behind::Estimate(range) => words::range(range),
    };
    let spoken = words::Spoken { value: line.value, share: line.share, metric: line.metric, behind };
    let class = |class: &str| if is_measured { class.to_owned() } else { format!("{class} est") };
    let both = both.filter(|_| with_both).map(|estimate| {
        view! { <span class="sub both">{words::both(line.value, estimate)}</span> }
    });
    let few = few.then(|| view! { <span class="badge notice">{words::FEW}</span> });
    view! {
        <li class="candidate-score"><span class="unseen">{words::spoken(name, &spoken)}</span>
            <span class="skill" aria-hidden="true">{marker(pigment)}<span class="clip">{name.to_owned()}</span>{few}</span>
            <span class=class("big num") aria-hidden="true">{words::number(line.value, is_measured)}<small>"\u{202f}%"</small></span>
            <span class=class("sub num") aria-hidden="true" title=is_measured.then_some(words::BEHIND_HINT)>{sub}</span>
            <span class="sub num share" aria-hidden="true">{words::share(line.share, line.metric)}</span>{both}</li>
    }
}

/// Strengths under a fold, and what is to be done before an estimate like this is saved.
fn rest(found: &Found, open: RwSignal<bool>) -> impl IntoView + use<> {
    let pairs = found.strengths.clone();
    let list = move || {
        open.get().then(|| {
            let pair = |(name, _, own): (String, u8, f64)| view! { <dt>{name}</dt><dd class="num">{format::strength(own)}</dd> };
            view! { <dl class="pair-table indented">{pairs.clone().into_iter().map(pair).collect_view()}</dl> }
        })
    };
    let rough = found.rough.then(|| {
        view! { <div class="note choice">{icon("warn")}<span><b>{words::ROUGH}</b>{words::ROUGH_HINT}</span></div> }
    });
    view! {
        <button type="button" class="fold" aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>
            {move || if open.get() { icon("down") } else { icon("next") }}{words::STRENGTHS}</button>
        {list}{rough}
    }
}

/// The number that a named mix is known by.
pub fn known_by(name: TradeName, standing: &trade_named::Standing, is_measured: bool) -> String {
    match name {
        TradeName::Even | TradeName::EqualMix => words::worst(standing.worst.0, is_measured),
        TradeName::BestAverage => words::mean(standing.mean, is_measured),
        TradeName::TopThree => words::mean(standing.top, is_measured),
        TradeName::Safest => words::width(standing.band),
    }
}
