//! A save that runs.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::event::Phase;
use crate::words::format;

pub const TITLE: &str = "Saving";
pub const PAUSED: &str = "Paused";
pub const PAUSE: &str = "Pause";
pub const RESUME: &str = "Resume";
pub const CANCEL: &str = "Cancel";
pub const GO_ON: &str = "You can go on working. Until the last step the folder carries a temporary name, so no half model is ever left behind. Stopping takes less than a second.";
pub const SPEED: &str = "Speed";
pub const MEMORY: &str = "Memory expected";
pub const RUNS_ON: &str = "Runs on";
pub const STARTED: &str = "Started";
pub const STARTING: &str = "starting";
pub const STOPPED: &str = "Stopped. Nothing was saved.";
pub const STOPPED_HINT: &str = "Your settings are unchanged.";
pub const START_AGAIN: &str = "Start again";
pub const SHOW: &str = "Show";

pub fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Reserve => "Space reserved",
        Phase::Write => "Writing the mix",
        Phase::Verify => "Open again and check",
        Phase::Publish => "Give it its name",
        Phase::Load => "Read models and examples",
        Phase::Measure => "Measure",
        Phase::Teach => "Ask the specialists",
        Phase::Tint => "Tint",
        Phase::Compare => "Compare with other ways",
        Phase::Explore => "Measure mixes",
    }
}

pub fn lead(name: &str, form: &str, folder: &str) -> String {
    format!("{name}, {}, into {folder}", form.to_lowercase())
}

pub fn job(name: &str) -> String {
    format!("Saving {name}")
}

pub fn space(writes: u64, free: u64) -> String {
    format!("{} of {}", format::bytes(writes), format::bytes(free))
}

/// `1 074 of 1 704 MB`, in the unit of the larger number.
pub fn amount(done: u64, total: u64) -> String {
    let (unit, size, digits) = match total {
        10_000_000_000.. => ("GB", 1e9, 1),
        10_000_000.. => ("MB", 1e6, 0),
        1_000_000.. => ("MB", 1e6, 1),
        _ => ("kB", 1e3, 0),
    };
    let said = |amount: u64| {
        let value = amount as f64 / size;
        if digits == 0 { format::grouped(value.round() as u64) } else { format!("{value:.1}") }
    };
    format!("{} of {}\u{202f}{unit}", said(done), said(total))
}

/// A phase at work in the job bar: `writing 4.6 of 7.4 MB`.
pub fn doing(phase: Phase, amount: &str) -> String {
    match phase {
        Phase::Reserve => "looking at the space".into(),
        Phase::Write => format!("writing {amount}"),
        Phase::Verify => format!("checking {amount}"),
        Phase::Publish => "giving it its name".into(),
        Phase::Load => format!("reading {amount}"),
        Phase::Measure => format!("measuring {amount}"),
        Phase::Teach => format!("asking the specialists {amount}"),
        Phase::Tint => format!("tinting {amount}"),
        Phase::Compare => format!("comparing {amount}"),
        Phase::Explore => format!("measuring mixes {amount}"),
    }
}

pub fn left(seconds: f64) -> String {
    super::about(seconds)
}

pub fn part(at: u64, parts: u64, name: &str, each: u64) -> String {
    let place = format!("Part {} of {}: {name}.", format::grouped(at), format::grouped(parts));
    match each {
        1 => format!("{place} One square is one part, in model order."),
        _ => format!("{place} One square is about {each} parts, in model order."),
    }
}

pub fn squares(at: u64, parts: u64) -> String {
    format!("{} of {} parts written", format::grouped(at), format::grouped(parts))
}

pub fn speed(bytes_per_second: f64) -> String {
    format!("{} each second", format::bytes(bytes_per_second.max(0.0) as u64))
}

pub fn started(seconds: f64) -> String {
    format!("{} ago", format::counted(seconds.max(0.0) as u64, "second", "seconds"))
}

/// Said once at each quarter.
pub fn quarter(percent: u32) -> String {
    format!("{percent} percent saved")
}
