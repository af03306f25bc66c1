//! What holds for every command.

use protocol::failure::{Failure, FailureCode};
use serde_json::{Value, json};

use crate::bench::{Bench, OUR_PAGE};

/// The name of every command, as `protocol::command` declares them.
fn names() -> Vec<String> {
    let source = include_str!("../../src-tauri/crates/protocol/src/command.rs");
    let declared = source.lines().filter_map(|line| line.trim().split_once(" = \"")?.1.split_once("\" {"));
    declared.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn every_command_is_found_in_the_source() {
    let names = names();
    for known in ["status", "pick_models", "forget_recent", "save", "engines"] {
        assert!(names.iter().any(|name| name == known), "{known} is not among {names:?}");
    }
    let declared = include_str!("../../src-tauri/crates/protocol/src/command.rs").matches("command! {").count();
    assert_eq!(names.len(), declared);
}

#[test]
fn every_command_is_registered_and_answers_nonsense_with_a_failure() {
    let bench = Bench::new();
    for name in names() {
        let refusal = bench.invoke(&name, json!({ "request": "nonsense" })).expect_err(&name);
        let failure: Failure = serde_json::from_value(refusal).expect(&name);
        assert_eq!(failure.problems[0].code, FailureCode::Bug, "{name}");
        let details = failure.problems[0].details.clone().unwrap_or_default();
        assert!(details.starts_with(&format!("{name}: ")), "{name}: {details}");
    }
}

#[test]
fn a_command_that_does_not_exist_is_no_failure_of_ours() {
    let refusal = Bench::new().invoke("no_such_command", json!({})).expect_err("there is none");
    assert!(serde_json::from_value::<Failure>(refusal).is_err(), "so the test above would notice");
}

#[test]
fn the_permissions_name_every_command_and_no_other() {
    let permissions = include_str!("../../src-tauri/permissions/window.toml");
    let listed = permissions.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","));
    assert_eq!(listed.collect::<Vec<_>>(), names());
}

#[test]
fn the_page_may_call_nothing_else_of_tauri() {
    let bench = Bench::new();
    let allowed = json!({ "event": "tincture://drag", "target": { "kind": "Any" }, "handler": 1 });
    bench.invoke("plugin:event|listen", allowed).expect("the one thing that is allowed");
    for name in [
        "plugin:event|emit",
        "plugin:window|close",
        "plugin:webview|create_webview_window",
        "plugin:webview|internal_toggle_devtools",
        "plugin:path|resolve_directory",
        "plugin:app|version",
        "plugin:fs|read_file",
        "plugin:shell|execute",
    ] {
        let refusal = bench.invoke(name, json!({})).expect_err(name);
        let refusal = refusal.as_str().unwrap_or_default().to_owned();
        assert!(refusal.contains("not allowed") || refusal.contains("not found"), "{name}: {refusal}");
    }
}

#[test]
fn another_page_may_call_nothing() {
    let bench = Bench::new();
    assert!(bench.invoke_from(OUR_PAGE, "recents", json!({ "request": {} })).is_ok());
    for url in ["https://example.org", "http://localhost:1420", "file:///index.html"] {
        let refusal: Value = bench.invoke_from(url, "recents", json!({ "request": {} })).expect_err(url);
        assert!(refusal.as_str().is_some_and(|refusal| refusal.contains("not allowed")), "{url}: {refusal}");
    }
}
