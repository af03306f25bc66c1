//! Frame around every screen.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::words::format;

pub const APP: &str = "Tincture";
pub const OUTSIDE: &str = "This page is the inside of Tincture. Open it in Tincture.";
pub const BACK_TO_START: &str = "Back to the start screen";
pub const PROJECT_NAME: &str = "Project name";
pub const NEW_NAME: &str = "New mix";
pub const NOT_KEPT: &str = "Nothing to save yet";
pub const KEEPING: &str = "Saving…";
pub const KEPT: &str = "Saved just now";
pub const UNDO: &str = "Undo";
pub const REDO: &str = "Redo";
pub const HELP: &str = "Help for this screen";
pub const SETTINGS: &str = "Settings";
pub const STEPS: &str = "Steps";
pub const INSPECTOR: &str = "Inspector";
pub const JOBS: &str = "Jobs";
pub const MODELS: &str = "Models";
pub const MIX: &str = "Mix";
pub const TRADE_OFFS: &str = "Trade-offs";
pub const TINT: &str = "Tint";
pub const SAVE: &str = "Save";
pub const LOCKED_FEW: &str = "Add at least two specialists first";
pub const LOCKED_MIX: &str = "Needs a mix";
pub const LOCKED_PROBLEMS: &str = "Something needs you under Models first";
pub const PALETTE: &str = "Palette";
pub const THIS_MIX: &str = "This mix";
pub const PROPORTIONS: &str = "Proportions of this mix";
pub const NOTHING_RUNS: &str = "Nothing is running";
pub const CLOSE: &str = "Close";
pub const COPIED: &str = "Copied";
pub const COPY_DETAILS: &str = "Copy details";
pub const DETAILS: &str = "Details";
pub const LET_GO: &str = "Let go to add them. Nothing is copied.";

/// The drop in front of a mix, for screen readers.
pub fn proportions(shares: &[(String, f64)]) -> String {
    let parts: Vec<String> =
        shares.iter().map(|(skill, share)| format!("{skill} {}", format::percent(*share))).collect();
    if parts.is_empty() { PROPORTIONS.into() } else { format!("{PROPORTIONS}: {}", format::list(&parts)) }
}

/// What a native drag carries: `2 folders, 1 file`.
pub fn carried(files: usize, folders: usize) -> String {
    let folder = format::counted(folders as u64, "folder", "folders");
    let file = format::counted(files as u64, "file", "files");
    match (folders, files) {
        (0, _) => file,
        (_, 0) => folder,
        _ => format!("{folder}, {file}"),
    }
}

pub fn memory_free(bytes: u64) -> String {
    format!("{} memory free", format::bytes(bytes))
}

pub fn disk_free(bytes: u64, folder: &str) -> String {
    format!("{} free on {folder}", format::bytes(bytes))
}
