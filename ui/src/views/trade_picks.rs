//! The named mixes of a map, and the ranking of its skills.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use protocol::trade::{TradeCandidate, TradePoint};
use protocol::words::screen::trade as words;

use super::trade_inspector::{known_by, top_three};
use crate::page;
use crate::parts::drop::MixDrop;
use crate::parts::icons::{icon, marker};
use crate::shape::{trade_named, trade_wish};
use crate::store::{Store, store};
use crate::trading::{self, of_map};

/// A named mix as its row shows it.
#[derive(Debug, Clone, PartialEq)]
struct Pick {
    point: TradePoint,
    title: &'static str,
    why: String,
    number: String,
    is_measured: bool,
    shares: Vec<(u8, f64)>,
}

fn picks(store: Store) -> Vec<Pick> {
    let ranking = store.trades.ranking.get();
    let top = top_three(store);
    let one = |found: TradeCandidate| {
        let standing = of_map(store, |map| trade_named::standing(map, found.point, &ranking))?;
        let is_measured = matches!(found.point, TradePoint::Measured(_));
        let strengths = trading::strengths(store, found.point);
        Some(Pick {
            point: found.point,
            title: words::name(found.name),
            why: words::why(found.name, of_map(store, |map| map.skills.len()), &top),
            number: known_by(found.name, &standing, is_measured),
            is_measured,
            shares: strengths.into_iter().map(|(_, pigment, own)| (pigment, own)).collect(),
        })
    };
    trading::candidates(store).into_iter().filter_map(one).collect()
}

/// The named mixes; a click selects one.
#[component]
pub fn Named() -> impl IntoView {
    let store = store();
    let picks = Memo::new(move |_| picks(store));
    let many = Memo::new(move |_| of_map(store, |map| map.skills.len() > 3));
    let title = move || if many.get() { words::START_FROM } else { words::NAMED };
    view! {
        <div class="inspector-head"><h2>{title}</h2></div>
        <div class="pick-list named" role="group" aria-label=words::NAMED>{move || picks.get().into_iter().map(|pick| row(store, pick)).collect_view()}</div>
    }
}

fn row(store: Store, pick: Pick) -> impl IntoView {
    let point = pick.point;
    let chosen = move || (store.trades.at.get() == Some(point)).to_string();
    let shares = Signal::stored(pick.shares);
    view! {
        <button type="button" class="pick" aria-pressed=chosen on:click=move |_| trading::choose(store, point)>
            <MixDrop shares=shares width=20/><span class="t">{pick.title}</span>
            <span class="v num" class:est=!pick.is_measured>{pick.number}</span>
            <span class="s">{pick.why}" "<span class:est=!pick.is_measured>{words::known_as(pick.is_measured)}"."</span></span></button>
    }
}

/// The ranking of the skills; the first three count for a named mix.
#[component]
pub fn TopThree() -> impl IntoView {
    let store = store();
    let order = Memo::new(move |_| {
        let skills = trading::skills(store);
        let one = |skill: usize| skills.get(skill).map(|(name, pigment)| (skill, name.clone(), *pigment));
        store.trades.ranking.get().into_iter().filter_map(one).collect::<Vec<_>>()
    });
    let rows = move || {
        let all = order.get();
        let last = all.len().saturating_sub(1);
        let row =
            |(at, (skill, name, pigment)): (usize, (usize, String, u8))| ranked(store, at, last, skill, name, pigment);
        all.into_iter().enumerate().map(row).collect_view()
    };
    view! {
        <div class="inspector-head"><h2>{words::TOP_THREE}</h2></div>
        <p class="small">{words::TOP_THREE_HINT}</p>
        <ol class="trade-ranking">{rows}</ol>
    }
}

fn ranked(store: Store, at: usize, last: usize, skill: usize, name: String, pigment: u8) -> impl IntoView {
    let said = name.clone();
    let go = move |up: bool| {
        let mut to = None;
        store.trades.ranking.update(|ranking| to = trade_wish::rank(ranking, at, up));
        if let Some(to) = to {
            store.polite.set(words::ranked(&said, to));
            // The row was drawn anew in its new place.
            let class = if up { "up" } else { "down" };
            request_animation_frame(move || {
                page::focus(&format!(".rank-{skill} .icon-button:not([disabled])"));
                page::focus(&format!(".rank-{skill} .{class}:not([disabled])"));
            });
        }
    };
    let (up, down, press) = (go.clone(), go.clone(), go);
    let keys = move |event: KeyboardEvent| {
        let is_up = event.key() == "ArrowUp";
        if event.alt_key() && (is_up || event.key() == "ArrowDown") {
            event.prevent_default();
            press(is_up);
        }
    };
    view! {
        <li class=format!("rank-{skill}") class:counts=at < 3 on:keydown=keys><span class="num">{at + 1}</span>{marker(pigment)}<span class="clip">{name.clone()}</span>
            <button type="button" class="icon-button sm up" aria-label=words::rank_up(&name) aria-keyshortcuts="Alt+ArrowUp" disabled=at == 0
                on:click=move |_| up(true)>{icon("up")}</button>
            <button type="button" class="icon-button sm down" aria-label=words::rank_down(&name) aria-keyshortcuts="Alt+ArrowDown" disabled=at == last
                on:click=move |_| down(false)>{icon("down")}</button></li>
    }
}
