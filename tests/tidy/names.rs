//! Words in names that say nothing about what a thing does.

use crate::repo::{File, Repo, Violation};
use crate::rust;

/// Banned as a part of a name.
const PARTS: [&str; 5] = ["manager", "service", "helper", "util", "utils"];
/// Banned as a whole name; `nothing_in_common` says something.
const WHOLE: [&str; 4] = ["common", "data", "info", "misc"];
/// Banned at the beginning of a function's name.
const BEGINNINGS: [&str; 2] = ["do_", "handle_"];

/// What declares a name.
const DECLARE: [&str; 6] = ["fn", "mod", "struct", "enum", "trait", "type"];

pub fn all(repo: &Repo) -> Vec<Violation> {
    let ours = repo.rust().filter(|file| file.path != "tests/tidy/names.rs");
    ours.flat_map(|file| declared(file).into_iter().chain(stem(file))).collect()
}

fn declared(file: &File) -> Vec<Violation> {
    let code = rust::code(&file.text);
    let mut found = Vec::new();
    for keyword in DECLARE {
        for at in rust::words(&code, keyword) {
            let name = rust::identifier(&code, at + keyword.len());
            // Tauri calls its own callbacks so.
            let is_glue = file.path.starts_with("src-tauri/src/");
            let is_vague = keyword == "fn" && !is_glue && BEGINNINGS.iter().any(|start| name.starts_with(start));
            if is_vague || is_banned(name) {
                found.push(banned(&file.path, rust::line_of(&code, at), name));
            }
        }
    }
    found
}

fn stem(file: &File) -> Option<Violation> {
    let name = file.path.trim_end_matches(".rs").rsplit('/').next()?;
    is_banned(name).then(|| banned(&file.path, 1, name))
}

fn banned(path: &str, line: usize, name: &str) -> Violation {
    Violation::new(
        path,
        line,
        format!("`{name}` says nothing"),
        "name what it is or does: a plain noun, a verb with its object",
    )
}

fn is_banned(name: &str) -> bool {
    let words = words(name);
    WHOLE.contains(&name.to_lowercase().as_str()) || words.iter().any(|word| PARTS.contains(&word.as_str()))
}

/// Words of a name in lower case, split at `_` and at capitals.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if letter == '_' || letter.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter != '_') {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

mod tests {
    use super::*;

    #[test]
    fn empty_names_are_caught() {
        let text = "mod utils;\nstruct JobManager;\nenum Data { A }\nfn do_it() {}\nfn handle_drop() {}\ntrait MixHelper {}\nfn info() {}\n";
        assert_eq!(declared(&File { path: "a/src/x.rs".into(), text: text.into() }).len(), 7);
        assert!(stem(&File { path: "a/src/common.rs".into(), text: String::new() }).is_some());
    }

    #[test]
    fn names_that_only_contain_the_letters_pass() {
        let text = "fn metadata() {}\nstruct DataSection;\nfn dose() {}\nmod document;\nfn nothing_in_common() {}\nstruct Utility;\n// fn do_it\n";
        assert_eq!(declared(&File { path: "a/src/x.rs".into(), text: text.into() }), []);
    }

    #[test]
    fn tauri_glue_may_handle_things() {
        let file = |path: &str| File { path: path.into(), text: "fn handle_event() {}".into() };
        assert_eq!(declared(&file("src-tauri/src/lib.rs")), []);
        assert_eq!(declared(&file("src-tauri/crates/jobs/src/lib.rs")).len(), 1);
    }
}
