//! The JSON lines of the contract.

use std::collections::BTreeMap;

use jobs::{TintedFolder, TradedFolder};
use protocol::VERSION;
use protocol::event::Progress;
use protocol::failure::{Failure, Problem};
use protocol::score::Measured;
use protocol::tint::{TintJudged, TintLayer, TintMemory, TintRound, TintRow, TintRowKind};
use protocol::trade::{TradeBand, TradeMap, TradeMix, TradeName, TradePoint, TradeSearch, TradeVolume};
use serde::Serialize;

/// One line: version, kind, and the facts beside them.
#[derive(Serialize)]
struct Line<'a, T> {
    v: u32,
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a str>,
    #[serde(flatten)]
    facts: T,
}

#[derive(Serialize)]
struct Engines<'a> {
    engines: &'a [protocol::engine::EngineCard],
}

/// The last line of a command that did its work.
pub fn result(command: &str, facts: impl Serialize) -> String {
    text(&Line { v: VERSION, event: "result", command: Some(command), facts })
}

/// The last line of `devices`.
pub fn engines(cards: &[protocol::engine::EngineCard]) -> String {
    result("devices", Engines { engines: cards })
}

/// The last line of a command that could not.
pub fn failure(failure: &Failure) -> String {
    text(&Line { v: VERSION, event: "failure", command: None, facts: failure })
}

/// A line in between.
pub fn progress(progress: &Progress) -> String {
    text(&Line { v: VERSION, event: "progress", command: None, facts: progress })
}

#[derive(Serialize)]
struct Round<'a> {
    round: u32,
    loss: BTreeMap<&'a str, Option<f64>>,
    used_share: f64,
    empty: u64,
}

/// Where a tint stands.
pub fn round(now: &TintRound) -> String {
    let loss = now.skills.iter().map(String::as_str).zip(now.loss.iter().copied()).collect();
    let facts = Round { round: now.round, loss, used_share: now.used_share, empty: now.empty };
    text(&Line { v: VERSION, event: "round", command: None, facts })
}

#[derive(Serialize)]
struct Judged<'a> {
    round: u32,
    choose: BTreeMap<&'a str, Measured>,
    best: bool,
}

/// A look at a tint.
pub fn judged(now: &TintJudged) -> String {
    let choose = now.skills.iter().map(String::as_str).zip(now.scores.iter().copied()).collect();
    let facts = Judged { round: now.round, choose, best: now.best };
    text(&Line { v: VERSION, event: "judged", command: None, facts })
}

/// A row of the table of a tint.
#[derive(Serialize)]
struct Row<'a> {
    method: TintRowKind,
    transductive: bool,
    skills: BTreeMap<&'a str, Measured>,
    intervals: BTreeMap<&'a str, [f64; 2]>,
    mean: f64,
    worst: f64,
    margin: f64,
}

impl<'a> Row<'a> {
    fn of(row: &'a TintRow) -> Self {
        Self {
            method: row.method,
            transductive: row.transductive,
            skills: row.skills.iter().map(|score| (score.skill.as_str(), score.value)).collect(),
            intervals: row.skills.iter().map(|score| (score.skill.as_str(), score.interval)).collect(),
            mean: row.mean,
            worst: row.worst,
            margin: row.margin,
        }
    }
}

#[derive(Serialize)]
struct Tint<'a> {
    rounds: u32,
    best_round: u32,
    seed: u64,
    trained_parameters: u64,
    parameters: u64,
    transductive: bool,
    empty: u64,
    rows: Vec<Row<'a>>,
    recipe: String,
    layers: &'a [TintLayer],
    memory: TintMemory,
    seconds: f64,
    warnings: &'a [Problem],
}

/// The last line of `tint`.
pub fn tinted(done: &TintedFolder) -> String {
    let tinted = &done.tinted;
    let facts = Tint {
        rounds: tinted.rounds,
        best_round: tinted.best_round,
        seed: tinted.seed,
        trained_parameters: tinted.trained_parameters,
        parameters: tinted.parameters,
        transductive: tinted.transductive,
        empty: tinted.empty,
        rows: tinted.rows.iter().map(Row::of).collect(),
        recipe: done.recipe.display().to_string(),
        layers: &tinted.layers,
        memory: tinted.memory,
        seconds: tinted.seconds,
        warnings: &tinted.warnings,
    };
    result("tint", facts)
}

#[derive(Serialize)]
struct Grew<'a> {
    n: u32,
    coefficients: BTreeMap<&'a str, f64>,
    scores: BTreeMap<&'a str, Measured>,
}

/// A measured mix of a map.
pub fn grew(at: u32, specialists: &[String], skills: &[String], mix: &TradeMix) -> String {
    let coefficients = by_name(specialists, &mix.strengths);
    let facts = Grew { n: at, coefficients, scores: by_name(skills, &mix.scores) };
    text(&Line { v: VERSION, event: "measured", command: None, facts })
}

fn by_name<'a, T: Copy>(names: &'a [String], values: &[T]) -> BTreeMap<&'a str, T> {
    names.iter().map(String::as_str).zip(values.iter().copied()).collect()
}

#[derive(Serialize)]
struct Surrogate<'a> {
    skill: &'a str,
    typical_miss: Option<f64>,
    band: TradeBand,
}

/// A score with how it is known, and the ends of what it may be.
#[derive(Serialize)]
struct Known {
    kind: &'static str,
    value: f64,
    lo: Option<f64>,
    hi: Option<f64>,
}

#[derive(Serialize)]
struct Candidate<'a> {
    name: TradeName,
    coefficients: BTreeMap<&'a str, f64>,
    scores: BTreeMap<&'a str, Known>,
}

#[derive(Serialize)]
struct Trade<'a> {
    budget: u32,
    measured: usize,
    search: TradeSearch,
    ledger: String,
    report: String,
    surrogates: Vec<Surrogate<'a>>,
    reference: BTreeMap<&'a str, Option<Measured>>,
    hypervolume: Option<TradeVolume>,
    candidates: Vec<Candidate<'a>>,
    recipe: Option<String>,
    seconds: f64,
}

/// The last line of `trade`.
pub fn traded(done: &TradedFolder) -> String {
    let map = &done.map;
    let candidate = |one: &protocol::trade::TradeCandidate| Candidate {
        name: one.name,
        coefficients: by_name(&map.specialists, map.strengths(one.point).unwrap_or_default()),
        scores: known(map, one.point),
    };
    let facts = Trade {
        budget: map.budget,
        measured: map.measured.len(),
        search: map.search,
        ledger: done.ledger.display().to_string(),
        report: done.report.display().to_string(),
        surrogates: map
            .skills
            .iter()
            .map(|own| Surrogate { skill: &own.skill, typical_miss: own.typical_miss, band: own.band })
            .collect(),
        reference: map.skills.iter().map(|own| (own.skill.as_str(), own.base)).collect(),
        hypervolume: map.hypervolume,
        candidates: done.candidates.iter().map(candidate).collect(),
        recipe: done.recipe.as_ref().map(|recipe| recipe.display().to_string()),
        seconds: map.seconds,
    };
    result("trade", facts)
}

fn known(map: &TradeMap, point: TradePoint) -> BTreeMap<&str, Known> {
    let values = map.values(point).unwrap_or_default();
    let one = |(at, value): (usize, f64)| {
        let (kind, miss) = match point {
            TradePoint::Measured(_) => {
                let examples = map.skills[at].examples.max(1) as f64;
                ("measured", Some((value * (1.0 - value)).max(0.0).sqrt() / examples.sqrt()))
            }
            TradePoint::Estimate(place) => {
                let misses = map.front.get(place).and_then(|one| one.misses.as_ref());
                ("estimate", misses.and_then(|misses| misses.get(at)).copied())
            }
        };
        let ends = miss.map(|miss| ((value - miss).max(0.0), (value + miss).min(1.0)));
        Known { kind, value, lo: ends.map(|ends| ends.0), hi: ends.map(|ends| ends.1) }
    };
    map.skills.iter().map(|own| own.skill.as_str()).zip(values.into_iter().enumerate().map(one)).collect()
}

fn text(line: &impl Serialize) -> String {
    // Plain data with text keys always has a JSON form.
    serde_json::to_string(line).unwrap_or_default()
}
