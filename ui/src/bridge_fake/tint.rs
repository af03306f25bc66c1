//! Scripted tints.
//!
//! Scenes: `tint` (before it starts), `tint-open` (all settings), `tint-few`, `tint-locked` (no examples), `tint-keep` (a
//! method that cannot be tinted), `tint-resume`, `tint-reading`, `tint-running`, `tint-paused`, `tint-stalled`,
//! `tint-table`, `tint-asking`, `tint-comparing`, `tint-done`, `tint-worse`, `tint-heads`, `tint-used`, `tint-mix`;
//! `-deep` for 24 blocks.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::set_timeout;
use protocol::command::{ForecastTint, StartTint};
use protocol::event::{JobEvent, Phase, Progress, Unit};
use protocol::recipe::{From, Recipe, Scope};
use protocol::score::{Measured, Metric, Part};
use protocol::tint::{
    JUDGED_EVERY, TintExamples, TintForecast, TintGrid, TintJudged, TintLayer, TintMemory, TintRound, TintRow,
    TintRowKind, TintScore, TintWish, Tinted,
};
use protocol::words::problems;

use super::scenario;
use super::scores::{amount, place_of, wilson};

thread_local! {
    static PAUSED: Cell<bool> = const { Cell::new(false) };
    static ENDED: Cell<bool> = const { Cell::new(false) };
    static TURN: Cell<u32> = const { Cell::new(0) };
}

/// Scores of the mix before and at its best, of the specialist and of the starting model, by place of the skill.
const SCORES: [[f64; 4]; 4] =
    [[0.90, 0.925, 0.96, 0.41], [0.875, 0.90, 0.92, 0.24], [0.825, 0.875, 0.89, 0.32], [0.81, 0.86, 0.91, 0.20]];

fn scene(part: &str) -> bool {
    scenario().is_some_and(|scene| scene.starts_with("tint") && scene.contains(part))
}

fn skills(wish: &TintWish) -> Vec<(TintExamples, usize)> {
    let one = |skill: &str| {
        let expert = wish.recipe.experts.iter().find(|expert| expert.skill == skill)?;
        let at = place_of(&expert.path);
        let all = amount(at);
        let parts = [all - all / 5 * 2, all / 5, all / 5];
        let metric = if at == 2 { Metric::Agreement } else { Metric::Accuracy };
        Some((TintExamples { skill: skill.into(), parts, metric }, at))
    };
    wish.examples.iter().filter_map(|given| one(&given.skill)).collect()
}

pub fn forecast(request: &ForecastTint) -> TintForecast {
    let wish = &request.wish;
    let heads = wish.settings.way == protocol::tint::TintWay::Layers;
    TintForecast {
        trained: if heads { 8_100 } else { 8_380 },
        parameters: 458_592,
        memory: 187_000_000,
        seconds: if heads { 6.0 } else { 0.44 * f64::from(wish.settings.rounds) },
        skills: skills(wish).into_iter().map(|(examples, _)| examples).collect(),
        problems: vec![],
        place: "/home/ada/.local/share/tincture/tints".into(),
        resumes: scene("resume").then_some(250),
    }
}

/// A number between -1 and 1 that looks like chance and is the same each time.
fn chance(at: u32) -> f64 {
    let mut mixed = at.wrapping_mul(0x9e37_79b9) ^ 0x5bd1_e995;
    for shift in [16, 13, 16] {
        mixed = (mixed ^ (mixed >> shift)).wrapping_mul(0x85eb_ca6b);
    }
    f64::from(mixed >> 8) / f64::from(1 << 23) - 1.0
}

fn loss(round: u32, skill: u32) -> f64 {
    let falls = 0.16 + (0.95 - 0.12 * f64::from(skill)) * (-f64::from(round) / 110.0).exp();
    (falls + 0.075 * chance(round * 7 + skill)).max(0.02)
}

fn blocks() -> u64 {
    if scene("deep") { 24 } else { 4 }
}

/// Strengths that rise with depth for some skills and fall for others.
fn grid(wish: &TintWish, round: u32) -> TintGrid {
    let groups: Vec<Option<u64>> = std::iter::once(None).chain((0..blocks()).map(Some)).collect();
    let strengths = wish.recipe.strengths();
    let learns = |skill: &str| wish.examples.iter().any(|given| given.skill == skill);
    let progress = 1.0 - (-f64::from(round) / 140.0).exp();
    let now = |(at, expert): (usize, &protocol::recipe::Expert)| {
        let moves = if learns(&expert.skill) { progress } else { 0.0 };
        let one = |group: &Option<u64>| {
            let depth = group.map_or(0.4, |block| block as f64 / (blocks() - 1) as f64);
            let drift =
                [0.28 * depth - 0.05, 0.12 - 0.22 * (depth - 0.45).abs(), 0.24 * depth * depth - 0.03, 0.1][at % 4];
            strengths[at] + moves * drift
        };
        groups.iter().map(one).collect::<Vec<f64>>()
    };
    let now = wish.recipe.experts.iter().enumerate().map(now).collect();
    let start = strengths.iter().map(|strength| vec![*strength; groups.len()]).collect();
    TintGrid { groups, start, now }
}

fn tinting(wish: &TintWish, round: u32) -> JobEvent {
    let count = skills(wish).len() as u32;
    let rounds = wish.settings.rounds;
    JobEvent::Tinting {
        round: Box::new(TintRound {
            round,
            rounds,
            skills: skills(wish).into_iter().map(|(examples, _)| examples.skill).collect(),
            loss: (0..count).map(|skill| Some(loss(round, skill))).collect(),
            used_share: 0.74 + 0.05 * chance(round),
            empty: u64::from(round / 150),
            grid: (wish.settings.way != protocol::tint::TintWay::Layers).then(|| grid(wish, round)),
            seconds_left: (round > 10).then(|| 0.44 * f64::from(rounds - round)),
        }),
    }
}

fn share(value: f64, examples: u64) -> Measured {
    let correct = ((value * examples as f64).round() as u64).min(examples);
    Measured::share(correct, examples.max(1)).unwrap_or_else(|| unreachable!("correct is at most all"))
}

/// How far a look is on the way to its best, 0 to 1.
fn risen(round: u32) -> f64 {
    let steps = [0.0, 0.2, 0.4, 0.4, 0.7, 0.9, 1.0];
    let at = (round / JUDGED_EVERY) as usize;
    if scene("stalled") && at > 2 { 0.35 - 0.03 * (at % 3) as f64 } else { steps.get(at).copied().unwrap_or(0.95) }
}

fn judged(wish: &TintWish, round: u32) -> TintJudged {
    let all = skills(wish);
    let of = |value: f64, examples: &TintExamples| share(value, examples.parts[1]);
    let now = |(examples, at): &(TintExamples, usize)| {
        of(SCORES[*at][0] + risen(round) * (SCORES[*at][1] - SCORES[*at][0]), examples)
    };
    let scores: Vec<Measured> = all.iter().map(now).collect();
    let experts = all.iter().map(|(examples, at)| of(SCORES[*at][2], examples)).collect();
    let values = || scores.iter().map(|score| score.value());
    let earlier = (0..round / JUDGED_EVERY).map(|at| risen(at * JUDGED_EVERY)).fold(-1.0, f64::max);
    TintJudged {
        round,
        skills: all.iter().map(|(examples, _)| examples.skill.clone()).collect(),
        mean: values().sum::<f64>() / scores.len().max(1) as f64,
        worst: values().fold(1.0, f64::min),
        best: risen(round) > earlier,
        scores,
        experts,
    }
}

/// How much of the way from before to the best a way comes.
fn reached(kind: TintRowKind) -> Option<f64> {
    Some(match kind {
        TintRowKind::Average => -1.6,
        TintRowKind::TaskArithmetic => -0.4,
        TintRowKind::Start => 0.0,
        TintRowKind::Heads if scene("heads") => 0.95,
        TintRowKind::Heads => -0.1,
        TintRowKind::Adamerging => 0.3,
        TintRowKind::Surgery => 0.15,
        TintRowKind::Emr => 0.9,
        TintRowKind::Tinted if scene("worse") => -0.5,
        TintRowKind::Tinted => 1.0,
        TintRowKind::Base | TintRowKind::Experts | TintRowKind::Body => return None,
    })
}

fn row(wish: &TintWish, method: TintRowKind) -> TintRow {
    let one = |(examples, at): (TintExamples, usize)| {
        let [before, best, expert, base] = SCORES[at];
        let value = match (method, reached(method)) {
            (TintRowKind::Base, _) => base,
            (_, Some(reached)) => before + reached * (best - before),
            (_, None) => expert,
        };
        let count = examples.parts[2];
        let value = share(value, count);
        let interval = wilson(value.value(), count as f64);
        TintScore { skill: examples.skill, metric: examples.metric, value, examples: count, interval }
    };
    let skills: Vec<TintScore> = skills(wish).into_iter().map(one).collect();
    let values = || skills.iter().map(|one| one.value.value());
    let variance: f64 = skills.iter().map(|one| ((one.interval[1] - one.interval[0]) / 2.0).powi(2)).sum();
    let count = skills.len().max(1) as f64;
    TintRow {
        method,
        part: Part::Judge,
        transductive: false,
        mean: values().sum::<f64>() / count,
        worst: values().fold(1.0, f64::min),
        margin: variance.sqrt() / count,
        skills,
    }
}

/// The recipe of the best round: strengths of every block, a layer for every skill that learned.
fn recipe(wish: &TintWish, round: u32) -> Recipe {
    let grid = grid(wish, round);
    let mut found = wish.recipe.clone();
    let names: Vec<String> = found.experts.iter().map(|expert| expert.skill.clone()).collect();
    let scope = |(at, group): (usize, &Option<u64>)| Scope {
        pattern: group.map_or_else(|| "*".into(), |block| format!("vit.encoder.layer.{block}.*")),
        strengths: Some(names.iter().cloned().zip(grid.now.iter().map(|row| row[at])).collect()),
        from: From::Mix,
    };
    // Blocks first: the first scope that matches counts.
    let scopes: Vec<Scope> = grid.groups.iter().enumerate().rev().map(scope).collect();
    found.scopes = Some(scopes);
    for expert in &mut found.experts {
        let learned = wish.examples.iter().any(|given| given.skill == expert.skill);
        expert.layer = learned.then(|| format!("tint-layer-{}", expert.path));
    }
    found
}

fn tinted(wish: &TintWish, rows: Vec<TintRow>) -> Tinted {
    let rounds = wish.settings.rounds;
    let looks: Vec<TintJudged> = (0..=rounds / JUDGED_EVERY).map(|at| judged(wish, at * JUDGED_EVERY)).collect();
    let best = looks.iter().rev().find(|one| one.best).map_or(0, |one| one.round);
    let recipe = recipe(wish, best);
    let layer = |expert: &protocol::recipe::Expert| {
        Some(TintLayer { skill: expert.skill.clone(), file: expert.layer.clone()? })
    };
    Tinted {
        layers: recipe.experts.iter().filter_map(layer).collect(),
        recipe,
        rounds,
        best_round: best,
        seed: wish.settings.seed,
        trained_parameters: 8_380,
        parameters: 458_592,
        transductive: false,
        rows,
        grid: Some(grid(wish, best)),
        judged: looks,
        empty: 3,
        memory: TintMemory { forecast: 187_000_000, peak: Some(171_000_000) },
        seconds: 218.0,
        warnings: if scene("worse") { vec![problems::gpu_lost("780M")] } else { vec![] },
    }
}

fn progress(phase: Phase, done: u64, total: u64, unit: Unit) -> JobEvent {
    JobEvent::Progress(Progress { phase, done, total, unit, seconds_left: None, part: None, part_at: 0, parts: 0 })
}

/// All messages, up to where the scene stays.
fn script(request: &StartTint) -> VecDeque<JobEvent> {
    let wish = &request.wish;
    let rounds = wish.settings.rounds;
    let held = |from: &str, at: u32| scene(from).then_some(at);
    let until = held("running", 340).or(held("paused", 340)).or(held("table", 340)).or(held("asking", 340));
    let until = until.or(held("stalled", 360));
    let mut all = VecDeque::from([JobEvent::Started { engine: "cpu".into() }]);
    all.extend((1..=4).map(|at| progress(Phase::Load, 2_300_000 * at, 9_200_000, Unit::Bytes)));
    all.extend((1..=4).map(|at| progress(Phase::Teach, 370 * at, 1_500, Unit::Examples)));
    if scene("reading") {
        return all;
    }
    let first = if request.resume { 250 } else { 0 };
    for at in 0..=first / JUDGED_EVERY {
        all.push_back(JobEvent::TintJudged { judged: Box::new(judged(wish, at * JUDGED_EVERY)) });
    }
    for round in first + 1..=until.unwrap_or(rounds) {
        if round % 3 == 0 || round == rounds {
            all.push_back(tinting(wish, round));
        }
        if round % JUDGED_EVERY == 0 {
            all.push_back(JobEvent::TintJudged { judged: Box::new(judged(wish, round)) });
        }
    }
    if until.is_none() {
        all.extend(compared(wish));
    }
    all
}

fn compared(wish: &TintWish) -> Vec<JobEvent> {
    let kinds = &crate::shape::tinted::WAYS;
    let own = [TintRowKind::Base, TintRowKind::Start, TintRowKind::Tinted, TintRowKind::Experts];
    let (first, others): (Vec<TintRowKind>, Vec<TintRowKind>) =
        kinds.iter().copied().partition(|kind| own.contains(kind));
    let kinds = first.into_iter().chain(others.into_iter().filter(|_| wish.settings.compare));
    let rows: Vec<TintRow> = kinds.map(|kind| row(wish, kind)).collect();
    let total = rows.len() as u64;
    let mut all = vec![progress(Phase::Compare, 0, total, Unit::Mixes)];
    for (at, row) in rows.iter().enumerate() {
        all.push(JobEvent::TintRow { row: Box::new(row.clone()) });
        all.push(progress(Phase::Compare, at as u64 + 1, total, Unit::Mixes));
        if scene("comparing") && at == 6 {
            return all;
        }
    }
    all.push(JobEvent::Tinted { tinted: Box::new(tinted(wish, rows)) });
    all
}

/// Holds the script or lets it go on.
pub fn set_paused(paused: bool) {
    PAUSED.with(|now| now.set(paused));
}

/// Ends the script with what there is.
pub fn stop() {
    ENDED.with(|now| now.set(true));
}

/// Tells the script message by message.
pub fn run(request: StartTint, on_event: Rc<dyn Fn(JobEvent)>) {
    set_paused(false);
    ENDED.with(|now| now.set(false));
    super::STOPPED.with(|stopped| stopped.set(false));
    TURN.with(|turn| turn.set(turn.get() + 1));
    let script = Rc::new(RefCell::new(script(&request)));
    tick(TURN.with(Cell::get), Rc::new(request.wish), script, on_event);
}

fn tick(turn: u32, wish: Rc<TintWish>, script: Rc<RefCell<VecDeque<JobEvent>>>, on_event: Rc<dyn Fn(JobEvent)>) {
    if TURN.with(Cell::get) != turn {
        return;
    }
    if super::STOPPED.with(Cell::get) {
        return on_event(JobEvent::Failed { failure: problems::cancelled().into() });
    }
    if ENDED.with(Cell::get) {
        let own = [TintRowKind::Base, TintRowKind::Start, TintRowKind::Tinted, TintRowKind::Experts];
        let rows = own.map(|kind| row(&wish, kind)).to_vec();
        return on_event(JobEvent::Tinted { tinted: Box::new(tinted(&wish, rows)) });
    }
    let is_held = PAUSED.with(Cell::get);
    let next = if is_held { None } else { script.borrow_mut().pop_front() };
    if let Some(event) = next {
        let is_last = event.is_end();
        on_event(event);
        if is_last {
            return;
        }
    }
    let pace = if scene("-") { 4 } else { 40 };
    set_timeout(move || tick(turn, wish, script, on_event), Duration::from_millis(pace));
}
