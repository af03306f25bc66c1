//! Who may depend on whom: the import table of the architecture, with what the decisions add.

use crate::manifests::{Section, sections};
use crate::repo::{Repo, Violation};
use crate::rust;

/// What one crate may name in its manifest.
struct Row {
    folder: &'static str,
    /// Crates of this workspace.
    ours: &'static [&'static str],
    /// Crates of others, for the code itself; tests may use more.
    others: &'static [&'static str],
}

const TABLE: &[Row] = &[
    Row { folder: "src-tauri/crates/protocol", ours: &[], others: &["serde", "serde_json"] },
    Row { folder: "src-tauri/crates/front", ours: &[], others: &["thiserror"] },
    Row {
        folder: "src-tauri/crates/checkpoint",
        ours: &["protocol"],
        others: &["safetensors", "half", "serde", "serde_json", "tempfile", "thiserror", "sha2", "zstd"],
    },
    Row {
        folder: "src-tauri/crates/kernels",
        ours: &["protocol"],
        others: &["wgpu", "bytemuck", "half", "rayon", "pulp", "thiserror"],
    },
    Row {
        folder: "src-tauri/crates/merge",
        ours: &["protocol", "checkpoint", "kernels"],
        // crc32fast: does what was written read back as computed?
        others: &["crc32fast", "half", "thiserror"],
    },
    Row {
        folder: "src-tauri/crates/learn",
        ours: &["protocol", "checkpoint", "kernels"],
        // pulp, rayon: element-wise functions on all cores; those of candle are scalar and on one.
        others: &[
            "candle-core",
            "csv",
            "half",
            "image",
            "pulp",
            "rayon",
            "serde",
            "serde_json",
            "thiserror",
            "tokenizers",
            "zip",
        ],
    },
    Row {
        folder: "src-tauri/crates/jobs",
        ours: &["protocol", "front", "checkpoint", "kernels", "merge", "learn"],
        // dirs: where a system keeps the files of a program.
        others: &["dirs", "fs4", "half", "serde", "serde_json", "sha2", "sysinfo", "tempfile", "thiserror"],
    },
    Row {
        folder: "src-tauri/crates/cli",
        ours: &["protocol", "jobs"],
        others: &["clap", "ctrlc", "serde", "serde_json"],
    },
    Row {
        folder: "src-tauri",
        ours: &["protocol", "jobs"],
        others: &["rfd", "serde", "serde_json", "tauri", "tauri-build"],
    },
    Row { folder: "src-tauri/crates/xtask", ours: &[], others: &["wasm-bindgen-cli-support"] },
    Row {
        folder: "ui",
        ours: &["protocol", "front"],
        others: &["js-sys", "leptos", "serde", "serde_json", "wasm-bindgen", "wasm-bindgen-futures", "web-sys"],
    },
    // Acceptance tests look at the core through its use cases, and break its seams on purpose.
    Row { folder: "", ours: &["protocol", "checkpoint", "kernels", "merge", "jobs"], others: &[] },
    Row { folder: "tests/screen", ours: &["protocol"], others: &["base64", "gtk", "serde_json", "tempfile"] },
    Row { folder: "tests/tidy", ours: &[], others: &[] },
];

/// Every crate of this workspace.
const OURS: &[&str] = &[
    "protocol",
    "front",
    "checkpoint",
    "kernels",
    "merge",
    "learn",
    "jobs",
    "cli",
    "xtask",
    "tincture",
    "ui",
    "screen",
];

/// Dependencies that the table does not allow, and crates without a row.
pub fn dependencies(repo: &Repo) -> Vec<Violation> {
    let manifests = repo.files.iter().filter(|file| file.path.rsplit('/').next() == Some("Cargo.toml"));
    manifests.flat_map(|file| manifest(&file.path, &file.text)).collect()
}

fn manifest(path: &str, text: &str) -> Vec<Violation> {
    let folder = path.strip_suffix("Cargo.toml").unwrap_or(path).trim_end_matches('/');
    let Some(row) = TABLE.iter().find(|row| row.folder == folder) else {
        let remedy = "give it a row in tests/tidy/imports.rs, after the import table of docs/architecture.md";
        return vec![Violation::new(path, 1, "this crate has no row in the import table", remedy)];
    };
    let declared = sections(text)
        .into_iter()
        .filter(|section| section.name.ends_with("dependencies") && section.name != "workspace.dependencies");
    declared.flat_map(|section| undeclared(path, row, &section)).collect()
}

fn undeclared(path: &str, row: &Row, section: &Section) -> Vec<Violation> {
    let is_test = section.name.contains("dev-dependencies");
    let allowed = |name: &str| {
        if OURS.contains(&name) { row.ours.contains(&name) } else { is_test || row.others.contains(&name) }
    };
    let names = section.lines.iter().filter_map(|(line, text)| Some((*line, text.split(['=', '.', ' ']).next()?)));
    let wrong = names.filter(|(_, name)| !name.is_empty() && !allowed(name));
    wrong
        .map(|(line, name)| {
            let fault = format!("`{name}` is not among what this crate may import ({})", may(row));
            Violation::new(path, line, fault, "take it out, or change the import table with a page in docs/decisions")
        })
        .collect()
}

fn may(row: &Row) -> String {
    let all: Vec<&str> = row.ours.iter().chain(row.others).copied().collect();
    if all.is_empty() { "nothing".into() } else { all.join(", ") }
}

/// `pub use` outside `lib.rs` and `mod.rs`: names would be reachable by two ways.
pub fn passing_on(repo: &Repo) -> Vec<Violation> {
    let is_front = |path: &str| path.ends_with("/lib.rs") || path.ends_with("/mod.rs");
    let inner = repo.rust().filter(|file| file.path.contains("src/") && !is_front(&file.path));
    inner.flat_map(|file| passed_on(&file.path, &file.text)).collect()
}

fn passed_on(path: &str, text: &str) -> Vec<Violation> {
    let code = rust::code(text);
    let found = rust::words(&code, "pub use").into_iter();
    let remedy = "name things where they are declared; only lib.rs and mod.rs pass names on";
    found
        .map(|at| Violation::new(path, rust::line_of(&code, at), "`pub use` in the middle of a crate", remedy))
        .collect()
}

mod tests {
    use super::*;

    #[test]
    fn a_dependency_against_the_direction_is_caught() {
        let text = "[package]\nname = \"kernels\"\n[dependencies]\nprotocol.workspace = true\ncheckpoint.workspace = true\nwgpu = { version = \"1\" }\n";
        let found = manifest("src-tauri/crates/kernels/Cargo.toml", text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].line == 5 && found[0].fault.contains("`checkpoint`"), "{found:?}");
    }

    #[test]
    fn tests_may_use_foreign_crates_but_not_ours_against_the_direction() {
        let text = "[dev-dependencies]\nproptest = \"1\"\njobs.workspace = true\n[target.'cfg(unix)'.dependencies]\nlibc = \"1\"\n";
        let found = manifest("src-tauri/crates/merge/Cargo.toml", text);
        let names: Vec<usize> = found.iter().map(|violation| violation.line).collect();
        assert_eq!(names, [3, 5], "{found:?}");
    }

    #[test]
    fn features_in_a_list_are_no_dependencies() {
        let text = "[dependencies]\nhalf = { version = \"2\", features = [\n    \"std\",\n] }\nwgpu = \"1\"\n";
        let found = manifest("src-tauri/crates/merge/Cargo.toml", text);
        assert!(found.len() == 1 && found[0].line == 5, "{found:?}");
    }

    #[test]
    fn a_crate_without_a_row_is_caught() {
        assert_eq!(manifest("src-tauri/crates/extra/Cargo.toml", "").len(), 1);
    }

    #[test]
    fn passing_names_on_is_caught_in_code_only() {
        assert_eq!(passed_on("a/src/b.rs", "// pub use x\npub use crate::c::D;\npub(crate) use e::F;\n").len(), 1);
    }
}
