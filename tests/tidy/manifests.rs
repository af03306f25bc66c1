//! Manifests, the top level and the changelog.

use crate::repo::{Repo, Violation};

/// A section of a manifest: its name and its lines, without comments and blank ones.
pub struct Section {
    pub name: String,
    pub lines: Vec<(usize, String)>,
}

/// The sections of a manifest in order; what stands before the first is left out.
/// `[dependencies.name]` is read as a line `name` of `dependencies`; lists over several lines are one line, the first.
pub fn sections(text: &str) -> Vec<Section> {
    let mut found: Vec<Section> = Vec::new();
    let mut is_in_list = false;
    for (at, line) in text.lines().enumerate() {
        let line = line.split(" #").next().unwrap_or("").trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let was_in_list = is_in_list;
        is_in_list = if was_in_list { !line.contains(']') } else { line.ends_with('[') };
        if was_in_list {
            continue;
        }
        let Some(header) = line.strip_prefix('[').filter(|_| line.ends_with(']')) else {
            if let Some(section) = found.last_mut() {
                section.lines.push((at + 1, line.to_owned()));
            }
            continue;
        };
        let name = header.trim_matches(['[', ']']).to_owned();
        match name.rsplit_once('.').filter(|(outer, _)| outer.ends_with("dependencies")) {
            Some((outer, inner)) => found.push(Section { name: outer.into(), lines: vec![(at + 1, inner.into())] }),
            None => found.push(Section { name, lines: vec![] }),
        }
    }
    found
}

fn has_line(text: &str, section: &str, line: &str) -> bool {
    sections(text).iter().any(|found| found.name == section && found.lines.iter().any(|(_, own)| own == line))
}

/// Crates that do not take the workspace's lints, and a workspace whose lints lost their teeth.
pub fn lints(repo: &Repo) -> Vec<Violation> {
    let manifests = repo.files.iter().filter(|file| file.path.rsplit('/').next() == Some("Cargo.toml"));
    let mut found: Vec<Violation> = manifests.flat_map(|file| inherits(&file.path, &file.text)).collect();
    found.extend(teeth("Cargo.toml", repo.text("Cargo.toml")));
    found
}

fn inherits(path: &str, text: &str) -> Option<Violation> {
    let remedy = "add [lints] with workspace = true";
    (!has_line(text, "lints", "workspace = true"))
        .then(|| Violation::new(path, 1, "does not inherit the workspace's lints", remedy))
}

fn teeth(path: &str, text: &str) -> Vec<Violation> {
    let needed = [
        ("workspace.lints.rust", "unsafe_code = \"forbid\""),
        ("workspace.lints.clippy", "unwrap_used = \"warn\""),
        ("workspace.lints.clippy", "allow_attributes_without_reason = \"warn\""),
    ];
    let missing = needed.into_iter().filter(|(section, line)| !has_line(text, section, line));
    missing
        .map(|(section, line)| Violation::new(path, 1, format!("[{section}] lacks {line}"), "put the line back"))
        .collect()
}

/// Members of the workspace without a comment that says what they are for.
pub fn members(repo: &Repo) -> Vec<Violation> {
    bare_members("Cargo.toml", repo.text("Cargo.toml"))
}

fn bare_members(path: &str, text: &str) -> Vec<Violation> {
    let list = text.lines().enumerate().skip_while(|(_, line)| !line.starts_with("members = ["));
    let entries = list.skip(1).take_while(|(_, line)| !line.starts_with(']'));
    let bare = entries.filter(|(_, line)| line.trim_start().starts_with('"') && !line.contains("# "));
    bare.map(|(at, _)| Violation::new(path, at + 1, "a member without a comment", "say in a few words what it is for"))
        .collect()
}

/// The fixed names, besides those that begin with a dot.
const TOP_LEVEL: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "docs",
    "icons",
    "shaders",
    "src-tauri",
    "tests",
    "ui",
];

/// Names at the top level that are not agreed, and agreed ones that are missing.
pub fn top_level(repo: &Repo) -> Vec<Violation> {
    let mut names: Vec<&str> = repo.paths.iter().filter_map(|path| path.split('/').next()).collect();
    names.dedup();
    let strange = names.iter().filter(|name| !name.starts_with('.') && !TOP_LEVEL.contains(name));
    let strange = strange.map(|name| {
        Violation::new(
            name,
            0,
            "is not among the fixed names of the top level",
            "move it into one of the folders there",
        )
    });
    let missing = TOP_LEVEL.iter().filter(|name| !names.contains(name));
    strange.chain(missing.map(|name| Violation::new(name, 0, "is missing at the top level", "add it"))).collect()
}

/// A changelog that says nothing about the current version.
pub fn changelog(repo: &Repo) -> Vec<Violation> {
    unnamed(repo.text("Cargo.toml"), repo.text("docs/changelog.md"))
}

fn unnamed(manifest: &str, changelog: &str) -> Vec<Violation> {
    let sections = sections(manifest);
    let lines =
        sections.iter().filter(|section| section.name == "workspace.package").flat_map(|section| &section.lines);
    let version = lines.filter_map(|(_, line)| line.strip_prefix("version = ")).next().unwrap_or("").trim_matches('"');
    let entry = changelog.lines().skip_while(|line| !line.starts_with(&format!("## {version}")));
    let says = entry.skip(1).take_while(|line| !line.starts_with("## ")).any(|line| line.starts_with("- "));
    if says && !version.is_empty() {
        return vec![];
    }
    let fault = format!("no entry for version {version}");
    vec![Violation::new(
        "docs/changelog.md",
        1,
        fault,
        "add a heading `## VERSION` with a list of what people will notice",
    )]
}

mod tests {
    use super::*;

    #[test]
    fn a_crate_without_the_lints_is_caught() {
        assert!(inherits("x", "[lints]\nworkspace = true\n").is_none());
        assert!(inherits("x", "[lints]\n# workspace = true\n[dependencies]\nworkspace = true\n").is_some());
    }

    #[test]
    fn weaker_lints_are_caught() {
        let text = "[workspace.lints.rust]\nunsafe_code = \"deny\"\n[workspace.lints.clippy]\nunwrap_used = \"warn\"\n";
        assert_eq!(teeth("x", text).len(), 2);
    }

    #[test]
    fn a_bare_member_is_caught() {
        let text = "members = [\n    \"a\",  # the window\n    \"b\",\n]\ndefault-members = [\n    \"c\",\n]\n";
        let found = bare_members("x", text);
        assert!(found.len() == 1 && found[0].line == 3, "{found:?}");
    }

    #[test]
    fn a_new_name_at_the_top_level_is_caught() {
        let mut files: Vec<(&str, &str)> = TOP_LEVEL.iter().map(|name| (*name, "")).collect();
        files.push((".ci/run", ""));
        assert_eq!(top_level(&Repo::of(&files)), []);
        files.push(("scripts/build.sh", ""));
        files.retain(|(path, _)| *path != "docs");
        let found = top_level(&Repo::of(&files));
        let paths: Vec<&str> = found.iter().map(|violation| violation.path.as_str()).collect();
        assert_eq!(paths, ["scripts", "docs"]);
    }

    #[test]
    fn a_version_without_an_entry_is_caught() {
        let manifest = "[workspace.package]\nversion = \"0.2.0\"\n";
        assert_eq!(unnamed(manifest, "## 0.2.0\n\n- Something new.\n\n## 0.1.0\n- Old.\n"), []);
        assert_eq!(unnamed(manifest, "## 0.2.0\n\n## 0.1.0\n- Old.\n").len(), 1);
        assert_eq!(unnamed(manifest, "## 0.1.0\n- Old.\n").len(), 1);
    }
}
