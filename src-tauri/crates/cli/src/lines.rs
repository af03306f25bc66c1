//! The JSON lines of the contract.

use std::collections::BTreeMap;

use protocol::VERSION;
use protocol::event::Progress;
use protocol::failure::Failure;
use protocol::score::Measured;
use protocol::tint::{TintJudged, TintRound};
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

fn text(line: &impl Serialize) -> String {
    // Plain data with text keys always has a JSON form.
    serde_json::to_string(line).unwrap_or_default()
}
