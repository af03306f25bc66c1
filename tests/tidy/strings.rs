//! Places and hosts that belong to one machine or one workplace.

use crate::repo::{File, Repo, Violation};

/// Split in two, so that this file does not contain them.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("/wo", "rk/", "a place on one machine"),
    ("/ro", "ot/", "a place on one machine"),
    ("/opt/whe", "els", "a place on one machine"),
    ("/Us", "ers/", "a place on one machine"),
    ("C:\\\\Us", "ers", "a place on one machine"),
    ("static.crates", ".io", "a registry's host"),
    ("index.crates", ".io", "a registry's host"),
    ("//crates", ".io", "a registry's host"),
    ("pypi", ".org", "a registry's host"),
    ("npmjs", ".com", "a registry's host"),
    ("npmjs", ".org", "a registry's host"),
    ("deb.debian", ".org", "a registry's host"),
    ("snapshot.debian", ".org", "a registry's host"),
    ("chat", "gpt", "a tool of ours, not of the product"),
    ("cop", "ilot", "a tool of ours, not of the product"),
    ("clau", "de", "a tool of ours, not of the product"),
    ("anthr", "opic", "a tool of ours, not of the product"),
];

/// Written by cargo.
const EXEMPT: [&str; 1] = ["Cargo.lock"];

pub fn all(repo: &Repo) -> Vec<Violation> {
    repo.files.iter().filter(|file| !EXEMPT.contains(&file.path.as_str())).flat_map(named).collect()
}

fn named(file: &File) -> Vec<Violation> {
    let lines = file.text.lines().enumerate();
    lines.flat_map(|(at, line)| in_line(&file.path, at + 1, line)).collect()
}

fn in_line(path: &str, line: usize, text: &str) -> Vec<Violation> {
    let lower = text.to_lowercase();
    let hits = FORBIDDEN.iter().filter(|(first, second, _)| is_in(text, &lower, &format!("{first}{second}")));
    let fault =
        |what: &str| Violation::new(path, line, what, "take it out; say it in a way that holds on every machine");
    hits.map(|(_, _, what)| fault(what)).collect()
}

/// Words in any case; places as they are written, and not inside a longer name such as `artwork/`.
fn is_in(text: &str, lower: &str, wanted: &str) -> bool {
    if !wanted.starts_with('/') || wanted.starts_with("//") {
        return lower.contains(&wanted.to_lowercase());
    }
    text.match_indices(wanted).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        before.is_none_or(|letter| !letter.is_alphanumeric() && !"._-~}*".contains(letter))
    })
}

mod tests {
    use super::*;

    #[test]
    fn every_forbidden_string_is_caught() {
        for (first, second, what) in FORBIDDEN {
            let line = format!("see {first}{second} there");
            assert!(!in_line("a.md", 1, &line).is_empty(), "{what}: {line}");
        }
    }

    #[test]
    fn what_only_looks_alike_passes() {
        for line in ["the work/ folder", "net/work/place", "a crates.io-like index", "root/of/things", "${HOME}/root/x"]
        {
            assert_eq!(in_line("a.md", 1, line), [], "{line}");
        }
    }

    #[test]
    fn the_line_is_told() {
        let file = File { path: "a.md".into(), text: format!("one\ntwo {}\n", ["/wo", "rk/x"].concat()) };
        assert_eq!(named(&file)[0].line, 2);
    }
}
