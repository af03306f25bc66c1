//! The start screen.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::words::format;

pub const TITLE: [&str; 2] = ["Mix what", "your models know."];
pub const NEW: &str = "New mix";
pub const NEW_HINT: &str = "Start with your own models";
pub const OPEN: &str = "Open…";
pub const OPEN_HINT: &str = "A project, or any model saved here";
pub const SAMPLE: &str = "Try the sample";
pub const SAMPLE_HINT: &str = "Four small skills, ready in ten seconds";
pub const RECENT: &str = "Recent";
pub const NEWEST_FIRST: &str = "Newest first";
pub const RECENT_PROJECTS: &str = "Recent projects";
pub const NO_RECENT: &str = "Your mixes will appear here";
pub const NO_RECENT_HINT: &str = "Each keeps its models where they are, its strengths and its name. The sample needs no files and no network: it is the quickest way to see how mixing works.";
pub const HELP: &str = "Help";
pub const FORGET: &str = "Remove from the list";

pub fn version(version: &str) -> String {
    format!("Version {version}")
}

pub fn moved(files: usize) -> String {
    format::counted(files as u64, "file moved", "files moved")
}

/// When a project was changed: `Today, 11:42`, `Yesterday`, `18 November`, `18 November 2025`.
/// `month` counts from 0; `year` only where it is another one.
pub fn when(days_ago: i64, time: (u32, u32), day: u32, month: usize, year: Option<u32>) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let name = MONTHS.get(month).copied().unwrap_or_default();
    match (days_ago, year) {
        (..=0, _) => format!("Today, {}:{:02}", time.0, time.1),
        (1, _) => "Yesterday".into(),
        (_, None) => format!("{day} {name}"),
        (_, Some(year)) => format!("{day} {name} {year}"),
    }
}
