//! What a person reads comes from `protocol::words`.
//!
//! A heuristic over string literals: words for people begin with a capital letter, or are several words that end like
//! a sentence. Class names, element names, events, shapes of drawings and names of keys look different.

use crate::repo::{File, Repo, Violation};
use crate::rust;

/// Where people's words could creep in.
const PLACES: [&str; 3] = ["ui/src/", "src-tauri/src/", "src-tauri/crates/cli/src/"];

/// What tests see in place of the shell, and names of the page's own classes.
const EXCEPT: [&str; 2] = ["ui/src/bridge_fake.rs", "ui/src/bridge.rs"];

/// Names of keys as browsers report them.
const KEYS: [&str; 14] = [
    "Enter",
    "Escape",
    "Tab",
    "Home",
    "End",
    "ArrowUp",
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "PageUp",
    "PageDown",
    "Delete",
    "Backspace",
    "Control",
];

pub fn all(repo: &Repo) -> Vec<Violation> {
    let is_in = |path: &str| PLACES.iter().any(|place| path.starts_with(place)) && !EXCEPT.contains(&path);
    let places = repo.rust().filter(|file| is_in(&file.path));
    places.flat_map(spoken).collect()
}

fn spoken(file: &File) -> Vec<Violation> {
    let text = rust::without_tests(&file.text);
    let reasons = reasons(&text);
    let found =
        rust::literals(&text).into_iter().filter(|(line, literal)| is_spoken(literal) && !reasons.contains(line));
    found
        .map(|(line, literal)| {
            let shown: String = literal.chars().take(40).collect();
            let remedy = "move the words to protocol::words and name them here";
            Violation::new(&file.path, line, format!("“{shown}” is for people"), remedy)
        })
        .collect()
}

/// Lines whose strings speak to programmers: `expect`, `panic!`, `reason = `, names of files, assertions.
fn reasons(text: &str) -> Vec<usize> {
    let for_programmers = ["expect(", "panic!(", "unreachable!(", "reason = ", ".join(", "assert", "debug_assert"];
    let lines = text.lines().enumerate();
    lines.filter(|(_, line)| for_programmers.iter().any(|word| line.contains(word))).map(|(at, _)| at + 1).collect()
}

fn is_spoken(literal: &str) -> bool {
    if KEYS.contains(&literal) || literal.starts_with("Ctrl ") || !literal.chars().any(char::is_lowercase) {
        return false;
    }
    let words: Vec<&str> = literal.split_whitespace().filter(|word| word.chars().all(is_of_a_word)).collect();
    // `M4 12h16` draws; `rgb(0 0 0 / 10%)` paints.
    let long = words.iter().filter(|word| word.chars().filter(|letter| letter.is_alphabetic()).count() >= 3).count();
    let begins = literal.trim_start().chars().next().is_some_and(char::is_uppercase);
    let ends = literal.trim_end().ends_with(['.', '…', '?', '!']) && words.len() >= 2;
    long >= 1 && (begins && !is_identifier(literal) || ends)
}

fn is_of_a_word(letter: char) -> bool {
    letter.is_alphabetic() || ".,…?!:;’'“”()-–{}".contains(letter)
}

/// `BufferUsage` names something of a program; `Save` is a word.
fn is_identifier(literal: &str) -> bool {
    let capitals = literal.chars().filter(|letter| letter.is_uppercase()).count();
    !literal.contains(' ') && capitals > 1
}

mod tests {
    use super::*;

    #[test]
    fn words_for_people_are_caught() {
        for literal in
            ["Save", "Add models", "Choose a folder…", "Mixing {done} of {total}", "nothing was saved.", "Ready"]
        {
            assert!(is_spoken(literal), "{literal}");
        }
    }

    #[test]
    fn words_for_programs_pass() {
        let quiet = [
            "button primary",
            "job-bar",
            "M4 12h16 M4 6",
            "ArrowDown",
            "Enter",
            "Ctrl N",
            "role",
            "aria-label",
            "0 0 24 24",
            "{} {}",
            "currentColor",
            "#1a1a1a",
            "none",
            "BufferUsage",
            "--json",
            "UTF-8",
            "rgb(0 0 0 / 10%)",
            "x.rs",
        ];
        for literal in quiet {
            assert!(!is_spoken(literal), "{literal}");
        }
    }

    #[test]
    fn a_sentence_in_a_view_is_caught_with_its_line() {
        let text = "fn a() {\n    view! { <p class=\"big\">\"Drop your models here\"</p> };\n    x.expect(\"The list was filled above\");\n}\n";
        let found = spoken(&File { path: "ui/src/views/start.rs".into(), text: text.into() });
        assert!(found.len() == 1 && found[0].line == 2, "{found:?}");
    }
}
