//! Rules about the repository itself. Every rule is a function from text to violations, and has a test of its own
//! in which a small bad snippet is caught.
//!
//! | Module | Rules |
//! |---|---|
//! | [`imports`] | who may depend on whom |
//! | [`fences`] | which words may stand in which folders: model files, wgpu, Tauri, JavaScript, shaders, `unsafe` |
//! | [`manifests`] | lints inherited, members annotated, top level, changelog |
//! | [`shaders`] | header labels, stems, the table in `shaders/README.md` |
//! | [`methods`] | one row in `protocol`, one file in `merge`, one row in `docs/methods.md` |
//! | [`shape`] | lengths of functions and files, error enums |
//! | [`names`] | words that say nothing about what a thing does |
//! | [`sentences`] | what a person reads comes from `protocol::words` |
//! | [`strings`] | places and hosts of one machine |
//!
//! [`repo`] reads the files, [`rust`] tells code from comments and strings. Nothing here is compiled or run.

mod fences;
mod imports;
mod manifests;
mod methods;
mod names;
mod repo;
mod rust;
mod sentences;
mod shaders;
mod shape;
mod strings;

use repo::{Repo, Violation};

/// Fails with every violation, one a line.
fn pass(violations: Vec<Violation>) {
    let lines: Vec<String> = violations.iter().map(Violation::to_string).collect();
    assert!(lines.is_empty(), "{} found\n{}\n", lines.len(), lines.join("\n"));
}

/// One test over the repository for each rule.
macro_rules! rules {
    ($($name:ident: $rule:expr;)*) => { $(
        #[test]
        fn $name() {
            pass($rule(&Repo::open()));
        }
    )* };
}

rules! {
    dependencies_follow_the_import_table: imports::dependencies;
    names_are_passed_on_at_the_front_only: imports::passing_on;
    words_stay_behind_their_fences: fences::all;
    every_crate_inherits_the_lints: manifests::lints;
    members_are_annotated: manifests::members;
    the_top_level_is_fixed: manifests::top_level;
    the_changelog_names_the_version: manifests::changelog;
    shader_headers_have_their_labels: shaders::headers;
    shaders_rows_and_hosts_are_one_to_one: shaders::table;
    methods_are_one_to_one: methods::one_to_one;
    functions_are_short: shape::functions;
    files_are_short: shape::files;
    errors_are_closed_lists: shape::errors;
    names_say_what_things_do: names::all;
    sentences_come_from_one_table: sentences::all;
    nothing_belongs_to_one_machine: strings::all;
    tests_neither_sleep_nor_are_skipped: fences::tests;
}
