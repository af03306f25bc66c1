//! Mixes that are kept in sight, and how they compare.

use leptos::prelude::*;
use protocol::trade::TradePoint;
use protocol::words::screen::trade as words;

use crate::parts::drop::MixDrop;
use crate::parts::icons::{icon, marker};
use crate::shape::trade_named;
use crate::shape::trade_wish::PINS;
use crate::store::{Store, store};
use crate::trading::{self, of_map};

/// Most skills whose scores stand in one line.
const IN_LINE: usize = 3;

/// A pin as its row shows it.
#[derive(Debug, Clone, PartialEq)]
struct Pin {
    point: TradePoint,
    title: String,
    number: String,
    said: String,
    is_measured: bool,
    shares: Vec<(u8, f64)>,
    values: Vec<f64>,
    worst: f64,
    mean: f64,
}

fn pins(store: Store) -> Vec<Pin> {
    let one = |point: TradePoint| {
        let standing = of_map(store, |map| trade_named::standing(map, point, &[]))?;
        let lines = of_map(store, |map| trade_named::lines(map, point));
        let values: Vec<f64> = lines.iter().map(|line| line.value).collect();
        let is_measured = matches!(point, TradePoint::Measured(_));
        let number = match values.len() > IN_LINE {
            true => words::worst(standing.worst.0, is_measured),
            false => words::in_short(&values, is_measured),
        };
        let off = trade_named::farthest_off(&lines);
        Some(Pin {
            point,
            title: trading::title(store, point),
            number,
            said: off.map_or_else(|| words::known_as(is_measured).to_owned(), |(_, now, was)| words::both(now, was)),
            is_measured,
            shares: trading::strengths(store, point).into_iter().map(|(_, pigment, own)| (pigment, own)).collect(),
            values,
            worst: standing.worst.0,
            mean: standing.mean,
        })
    };
    store.trades.pins.get().into_iter().filter_map(one).collect()
}

/// The pinned mixes; a click selects one.
#[component]
pub fn Pins() -> impl IntoView {
    let store = store();
    let pins = Memo::new(move |_| pins(store));
    let count = move || pins.with(Vec::len);
    let compare = move || {
        (count() > 1).then(|| {
            view! { <button type="button" class="link" on:click=move |_| trading::compare(store)>{words::COMPARE}</button> }
        })
    };
    let inside = move || {
        match count() {
        0 => view! { <p class="small">{words::NO_PINS}</p> }.into_any(),
        _ => view! {
            <ul class="pick-list pins">{move || pins.get().into_iter().enumerate().map(|(at, pin)| row(store, at, pin)).collect_view()}</ul>
        }
        .into_any(),
    }
    };
    view! {
        <div class="inspector-head"><h2>{words::PINNED}</h2><span class="right small row">{compare}{move || words::pins(count(), PINS)}</span></div>
        {inside}
    }
}

fn row(store: Store, at: usize, pin: Pin) -> impl IntoView {
    let point = pin.point;
    let chosen = move || (store.trades.at.get() == Some(point)).to_string();
    let shares = Signal::stored(pin.shares);
    let unpin = words::unpin(&pin.title);
    view! {
        <li class="pin"><button type="button" class="pick" aria-pressed=chosen on:click=move |_| trading::choose(store, point)>
                <MixDrop shares=shares width=18/><span class="t clip">{words::pin_title(at, &pin.title)}</span>
                <span class="v num" class:est=!pin.is_measured>{pin.number}</span><span class="s" class:est=!pin.is_measured>{pin.said}</span></button>
            <button type="button" class="icon-button sm" aria-label=unpin.clone() title=unpin
                on:click=move |_| trading::unpin_or_pin(store, point)>{icon("close")}</button></li>
    }
}

/// The pins beside each other.
#[component]
pub fn Compared() -> impl IntoView {
    let store = store();
    let pins = Memo::new(move |_| pins(store));
    let skills = Memo::new(move |_| trading::skills(store));
    let heads = move || {
        let head = |(at, pin): (usize, Pin)| {
            let shares = Signal::stored(pin.shares);
            let class = if pin.is_measured { "badge measured" } else { "badge estimate" };
            view! {
                <th scope="col" title=pin.title.clone()><MixDrop shares=shares width=18/>{at + 1}<span class=class></span>
                    <span class="unseen">{pin.title.clone()}", "{words::known_as(pin.is_measured)}</span></th>
            }
        };
        pins.get().into_iter().enumerate().map(head).collect_view()
    };
    let cell = |value: f64, is_measured: bool| {
        view! { <td class:est=!is_measured>{words::number(value, is_measured)}</td> }
    };
    let body = move || {
        let all = pins.get();
        let row = |(at, (name, pigment)): (usize, (String, u8))| {
            let cells = all.iter().filter_map(|pin| Some(cell(*pin.values.get(at)?, pin.is_measured))).collect_view();
            view! { <tr><th scope="row"><span class="skill">{marker(pigment)}<span class="clip">{name}</span></span></th>{cells}</tr> }
        };
        skills.get().into_iter().enumerate().map(row).collect_view()
    };
    let shares = move |name: &'static str, read: fn(&Pin) -> f64| {
        let cells = move || pins.get().iter().map(|pin| cell(read(pin), pin.is_measured)).collect_view();
        view! { <tr class="sum"><th scope="row">{name}</th>{cells}</tr> }
    };
    view! {
        <div class="inspector-head"><h2>{words::COMPARED}</h2>
            <button type="button" class="icon-button sm right" aria-label=words::CLOSE_COMPARE title=words::CLOSE_COMPARE
                on:click=move |_| trading::compare(store)>{icon("close")}</button></div>
        <table class="scores-table trade-compare"><caption class="unseen">{words::COMPARED}</caption>
            <thead><tr><th scope="col">{words::SKILL}</th>{heads}</tr></thead>
            <tbody>{body}{shares(words::WORST_SHARE, |pin| pin.worst)}{shares(words::MEAN_SHARE, |pin| pin.mean)}</tbody></table>
        <p class="small">{words::SHARES_HINT}</p>
    }
}
