//! A save that is done.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::words::format;

pub const TITLE: &str = "Saved and checked";
pub const WITH_FINDINGS: &str = "Saved, with something to look at";
pub const CHECKS: &str = "Health checks";
pub const WHERE: &str = "Where";
pub const SIZE: &str = "Size";
pub const SHA: &str = "SHA-256";
pub const RECIPE: &str = "Recipe";
pub const SHOW_IN_FOLDER: &str = "Show in folder";
pub const COPY: &str = "Copy";
pub const COPY_RECIPE: &str = "Copy recipe";
pub const ANOTHER_FORM: &str = "Save another form…";
pub const NEW_FROM_THIS: &str = "Start a new mix from this";
pub const OPENS_AS: &str = "Opens as a model";
pub const FILE_REMEMBERS: &str = "This model remembers";
pub const FILE_REMEMBERS_HINT: &str =
    "Open it in Tincture any time to return to this mix; its recipe and the fingerprints of its parents are inside.";
pub const TOOK: &str = "Time";
pub const MEMORY: &str = "Memory at most";
pub const RAN_ON: &str = "Ran on";
pub const PARTS: &str = "Parts mixed";

pub fn lead(name: &str, models: usize) -> String {
    if models > 1 { format!("{name} is ready to use, as {models} models.") } else { format!("{name} is ready to use.") }
}

pub fn place(folder: &str, name: &str) -> String {
    format!("{folder} / {name}")
}

pub fn size(bytes: u64, files: usize, dtype: &str) -> String {
    let files = format::counted(files as u64, "file", "files");
    let dtype = if dtype.is_empty() { String::new() } else { format!(", {dtype}") };
    format!("{} in {files}{dtype}", format::bytes(bytes))
}

pub fn inside(parents: usize) -> String {
    format!("inside the file, with {}", format::counted(parents as u64, "parent", "parents"))
}

/// Name of the copy of a project from which another mix starts.
pub fn copy_of(name: &str) -> String {
    format!("{name} 2")
}
