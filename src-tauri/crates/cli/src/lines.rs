//! The JSON lines of the contract.

use protocol::VERSION;
use protocol::event::Progress;
use protocol::failure::Failure;
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

fn text(line: &impl Serialize) -> String {
    // Plain data with text keys always has a JSON form.
    serde_json::to_string(line).unwrap_or_default()
}
