//! The charts of a running tint: one for each skill, all on the same scales, and the table that stands for them.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use protocol::tint::TintExamples;
use protocol::words::format;
use protocol::words::screen::scores;
use protocol::words::screen::tint as words;

use crate::page;
use crate::parts::example_cell::PickExamples;
use crate::parts::icons::{icon, icon_with, marker, shape};
use crate::shape::tint::{self, SIZE, Span, dots, line, percent};
use crate::shape::tinted;
use crate::store::Store;
use crate::tinting;

/// The charts, which the arrow keys walk through.
const CHARTS: &str = ".tint-plot";
/// Shares of the width between which the number of the best round does not meet those of the ends.
const FREE: std::ops::Range<f64> = 0.1..0.62;

/// What all charts share.
#[derive(Clone, Copy)]
pub struct Charts {
    store: Store,
    rounds: Memo<u32>,
    round: Memo<u32>,
    span: Memo<Span>,
    most: Memo<f64>,
    best: Memo<Option<u32>>,
}

impl Charts {
    /// The charts of the tint that runs.
    pub fn of(store: Store) -> Self {
        let tints = store.tints;
        let rounds = Memo::new(move |_| {
            let told = tints.news.with(|news| news.as_ref().map(|news| news.rounds));
            let wished = || tints.run.with(|run| run.as_ref().map(|run| run.wish.settings.rounds));
            told.or_else(wished).unwrap_or(1).max(1)
        });
        let round = Memo::new(move |_| tints.news.with(|news| news.as_ref().map_or(0, |news| news.round)));
        let span = Memo::new(move |_| tints.judged.with(|judged| tint::span(judged)));
        let most = Memo::new(move |_| tints.traces.with(|traces| traces.most(rounds.get())));
        let best = Memo::new(move |_| tints.judged.with(|judged| tint::best(judged).map(|one| one.round)));
        Self { store, rounds, round, span, most, best }
    }

    /// Share of the width at which a round stands.
    fn x(self, round: f64) -> f64 {
        round / f64::from(self.rounds.get())
    }

    /// A line of scores.
    fn scores(self, skill: usize) -> Vec<(f64, f64)> {
        let span = self.span.get();
        let points = self.store.tints.judged.with(|judged| tint::scores(judged, skill));
        points.into_iter().map(|(round, score)| (self.x(round), span.share(score))).collect()
    }

    /// The objective as it came, or smoothed.
    fn objective(self, skill: usize, is_smooth: bool) -> String {
        let (rounds, most) = (self.rounds.get(), self.most.get().max(1e-9));
        self.store.tints.traces.with(|traces| {
            let points = traces.of(skill);
            let smooth = is_smooth.then(|| tint::smoothed(points, rounds));
            let points = smooth.as_deref().unwrap_or(points);
            line(points.iter().map(|point| (self.x(point.round), 0.96 * point.loss / most)))
        })
    }

    /// Score of a skill at the best round.
    fn at_best(self, skill: usize) -> Option<(u32, f64)> {
        let score = |one: &protocol::tint::TintJudged| Some((one.round, one.scores.get(skill)?.value()));
        self.store.tints.judged.with(|judged| tint::best(judged).and_then(score))
    }

    fn expert(self, skill: usize) -> Option<f64> {
        self.store.tints.judged.with(|judged| tint::expert(judged, skill))
    }
}

/// A skill of the mix that learns, by its place in the lists of the tint, or one that stays.
#[derive(Debug, Clone, PartialEq)]
struct Card {
    path: String,
    skill: String,
    pigment: u8,
    strength: f64,
    learns: Option<(usize, TintExamples)>,
}

fn cards(store: Store) -> Vec<Card> {
    let Some((recipe, skills)) =
        store.tints.run.with(|run| run.as_ref().map(|run| (run.wish.recipe.clone(), run.skills.clone())))
    else {
        return Vec::new();
    };
    let strengths = tinted::strengths(&recipe);
    let one = |(expert, strength): (&protocol::recipe::Expert, f64)| Card {
        path: expert.path.clone(),
        skill: expert.skill.clone(),
        pigment: store.draft.with(|draft| draft.pigment(&expert.path)),
        strength,
        learns: skills.iter().cloned().enumerate().find(|(_, one)| one.skill == expert.skill),
    };
    recipe.experts.iter().zip(strengths).map(one).collect()
}

/// The charts of all skills.
#[component]
pub fn Curves(charts: Charts) -> impl IntoView {
    let store = charts.store;
    let cards = Memo::new(move |_| cards(store));
    let card = move |card: Card| match card.learns {
        Some((at, examples)) => {
            view! { <Curve charts=charts at=at skill=card.skill pigment=card.pigment few=tint::is_few(&examples)/> }
                .into_any()
        }
        None => stays(card).into_any(),
    };
    let starts = move || {
        let is_scored = charts.best.with(Option::is_some);
        let low = charts.span.get().low;
        (is_scored && low > 0.0).then(|| view! { <span>{words::scale_from(low)}</span> })
    };
    view! {
        <div class="tint-grid" role="group" aria-label=words::CURVES>{move || cards.get().into_iter().map(card).collect_view()}</div>
        <div class="legend"><span><svg width="22" height="10" aria-hidden="true"><path class="score-key" d="M0 5H22"/><circle class="score-dot" cx="11" cy="5" r="3"/></svg>{words::SCORE_KEY}</span>
            <span><svg width="22" height="10" aria-hidden="true"><path class="objective-key" d="M0 5H22"/></svg>{words::OBJECTIVE_KEY}</span>
            <span>{icon("flag")}{words::BEST_KEY}</span>{starts}</div>
    }
}

/// A skill without examples.
fn stays(card: Card) -> impl IntoView {
    view! {
        <section class="tint-stays"><span class="skill">{marker(card.pigment)}{card.skill}</span>
            <p class="small">{words::stays(card.strength)}</p><PickExamples model=card.path class="button"/></section>
    }
}

#[component]
fn Curve(charts: Charts, at: usize, skill: String, pigment: u8, few: bool) -> impl IntoView {
    let tints = charts.store.tints;
    let ends = Memo::new(move |_| {
        let all = tints.judged.with(|judged| tint::scores(judged, at));
        Some((all.first()?.1, all.last()?.1))
    });
    let numbers = move || {
        ends.get().map(|(first, last)| {
            view! { <span class="quiet">{format::tenths(first)}" → "</span><b>{format::score(last)}</b> }
        })
    };
    let badge = few.then(|| view! { <span class="badge notice">{words::FEW}</span> });
    let name = StoredValue::new(skill.clone());
    let said = move || {
        let rounds = charts.rounds.get();
        let objective = tints.traces.with(|traces| tint::ends(traces.of(at), rounds));
        name.with_value(|skill| {
            words::curve(&words::CurveSaid {
                skill,
                first: ends.get().map(|ends| ends.0),
                last: ends.get().map(|ends| ends.1),
                best: charts.at_best(at),
                expert: charts.expert(at),
                objective,
            })
        })
    };
    let reachable = move || if tints.chart.get() == at { "0" } else { "-1" };
    let press = move |event: KeyboardEvent| keys(charts.store, &event);
    view! {
        <section class=format!("panel tint-curve p{}", shape(pigment))>
            <div class="panel-head"><span class="skill">{marker(pigment)}<span class="clip">{skill}</span></span>{badge}
                <span class="right num now">{numbers}</span></div>
            <div class="tint-plot" role="img" aria-label=said tabindex=reachable aria-keyshortcuts=words::CHART_KEYS on:keydown=press
                on:focus=move |_| tints.chart.set(at)><Plot charts=charts at=at/></div>
        </section>
    }
}

/// Keys of a chart: Space holds or goes on, T shows the table, arrows go to the next chart.
fn keys(store: Store, event: &KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    match event.key().as_str() {
        " " => tinting::toggle(store),
        "t" | "T" => to_table(store, true),
        "ArrowRight" | "ArrowDown" | "n" | "N" => page::focus_next(CHARTS, true),
        "ArrowLeft" | "ArrowUp" | "p" | "P" => page::focus_next(CHARTS, false),
        _ => return,
    }
    event.prevent_default();
}

/// Shows the table in place of the charts, or them again; the focus goes along.
fn to_table(store: Store, as_table: bool) {
    store.tints.as_table.set(as_table);
    request_animation_frame(|| page::focus(".tint-plot[tabindex=\"0\"], .tint-rounds"));
}

/// Lines, dots, flag and numbers of one chart. What is stretched is drawn, what is not is text of the page.
#[component]
fn Plot(charts: Charts, at: usize) -> impl IntoView {
    let view_box = format!("0 0 {} {}", SIZE.0, SIZE.1);
    let now = move || charts.x(f64::from(charts.round.get())).min(1.0);
    let rest = move || {
        let x = now() * SIZE.0;
        view! { <rect class="rest" x=x.to_string() y="0" width=(SIZE.0 - x).to_string() height=SIZE.1.to_string()></rect> }
    };
    let lines = move || {
        let span = charts.span.get();
        span.lines()
            .iter()
            .map(|score| line([(0.0, span.share(*score)), (1.0, span.share(*score))].into_iter()))
            .collect::<String>()
    };
    let own = move || charts.expert(at).map(|score| charts.span.get().share(score));
    let own_line = move || own().map(|y| line([(0.0, y), (1.0, y)].into_iter()));
    let now_line = move || line([(now(), 0.0), (now(), 1.0)].into_iter());
    let best =
        move || charts.at_best(at).map(|(round, score)| (charts.x(f64::from(round)), charts.span.get().share(score)));
    let best_line = move || best().map(|(x, y)| line([(x, 0.0), (x, y)].into_iter()));
    view! {
        <svg viewBox=view_box preserveAspectRatio="none" aria-hidden="true">
            {rest}<path class="grid" d=lines></path><path class="own" d=own_line></path>
            <path class="raw" d=move || charts.objective(at, false)></path><path class="smooth" d=move || charts.objective(at, true)></path>
            <path class="best" d=best_line></path><path class="score" d=move || line(charts.scores(at).into_iter())></path>
            <path class="dots" d=move || dots(charts.scores(at).into_iter())></path><path class="now" d=now_line></path></svg>
        <Labels charts=charts own=Signal::derive(own) best=Signal::derive(best)/>
    }
}

/// The numbers around a chart.
#[component]
fn Labels(charts: Charts, own: Signal<Option<f64>>, best: Signal<Option<(f64, f64)>>) -> impl IntoView {
    let tick = |(score, y): (f64, f64)| {
        view! { <span class="tick" style=("--y", percent(1.0 - y))>{format!("{:.0}", score * 100.0)}</span> }
    };
    let ticks = move || {
        let span = charts.span.get();
        span.lines().into_iter().map(|score| tick((score, span.share(score)))).collect_view()
    };
    let is_scored = move || charts.best.with(Option::is_some);
    let expert = move || {
        own.get().map(|y| {
            // Near the upper edge the name has its place under the line.
            let is_high = y > 0.8;
            view! { <span class="own-name" class:below=is_high style=("--y", percent(1.0 - y))>{words::SPECIALIST}</span> }
        })
    };
    let flag = move || {
        best.get().map(|(x, y)| {
            view! { <span class="flag" style=("--x", percent(x)) style=("--y", percent(1.0 - y))>{icon_with("flag", "filled")}</span> }
        })
    };
    let middle = move || {
        let round = charts.best.get()?;
        let x = charts.x(f64::from(round));
        FREE.contains(&x)
            .then(|| view! { <span class="at" style=("--x", percent(x))>{format::grouped(round.into())}</span> })
    };
    view! {
        <span class="around" aria-hidden="true">{move || is_scored().then(ticks)}{expert}{flag}
            <span class="at first">"0"</span>{middle}<span class="at last">{move || format::grouped(charts.rounds.get().into())}<span class="wide-only">{words::ROUNDS_UNIT}</span></span></span>
    }
}

/// The same numbers as a table: one row for each look.
#[component]
pub fn Rounds(charts: Charts) -> impl IntoView {
    let store = charts.store;
    let skills = Memo::new(move |_| {
        cards(store).into_iter().filter_map(|card| Some((card.learns?.0, card.skill, card.pigment))).collect::<Vec<_>>()
    });
    let head = |(_, skill, pigment): (usize, String, u8)| {
        view! { <th scope="col"><span class="skill">{marker(pigment)}<span class="clip">{skill}</span></span></th> }
    };
    let row = move |one: protocol::tint::TintJudged| {
        let score = |(at, ..): (usize, String, u8)| {
            view! { <td>{one.scores.get(at).map(|score| format::score(score.value()))}</td> }
        };
        let cells = skills.get().into_iter().map(score).collect_view();
        let is_best = charts.best.get() == Some(one.round);
        let flag = is_best.then(|| view! { {icon("flag")}<span class="unseen">{words::BEST_KEY}</span> });
        view! {
            <tr class:selected=is_best><th scope="row"><span class="row">{format::grouped(one.round.into())}{flag}</span></th>{cells}
                <td>{format::score(one.mean)}</td><td>{format::score(one.worst)}</td></tr>
        }
    };
    let rows = move || store.tints.judged.get().into_iter().rev().map(row).collect_view();
    let own = move |(at, ..): (usize, String, u8)| view! { <td>{move || charts.expert(at).map(format::score)}</td> };
    let experts = move || {
        view! { <tr><th scope="row">{scores::OWN}</th>{skills.get().into_iter().map(own).collect_view()}<td></td><td></td></tr> }
    };
    let press = move |event: KeyboardEvent| match event.key().as_str() {
        " " => {
            event.prevent_default();
            tinting::toggle(store);
        }
        "t" | "T" if !event.ctrl_key() && !event.meta_key() => to_table(store, false),
        _ => {}
    };
    view! {
        <div class="panel table-place tint-rounds" tabindex="0" role="region" aria-label=words::CURVES aria-keyshortcuts=words::CHART_KEYS on:keydown=press>
            <table class="scores-table"><caption class="unseen">{words::JUDGED_HINT}</caption>
            <thead><tr><th scope="col">{words::ROUND}</th>{move || skills.get().into_iter().map(head).collect_view()}
                <th scope="col">{words::MEAN}</th><th scope="col">{words::WORST}</th></tr></thead><tbody>{rows}{experts}</tbody></table></div>
    }
}
