//! The repository as a list of texts.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One text file; `path` is relative to the root, with `/` between folders.
#[derive(Debug, Clone)]
pub struct File {
    pub path: String,
    pub text: String,
}

/// All files that git tracks or would track.
pub struct Repo {
    /// Every path, also of files that are not text.
    pub paths: Vec<String>,
    /// The texts.
    pub files: Vec<File>,
}

/// Something against a rule, and what to do about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    pub path: String,
    /// From 1; 0 where the whole file is meant.
    pub line: usize,
    pub fault: String,
    pub remedy: String,
}

impl Violation {
    pub fn new(path: &str, line: usize, fault: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: path.into(), line, fault: fault.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line.max(1);
        write!(f, "{}:{line}: {}. Remedy: {}", self.path, self.fault, self.remedy)
    }
}

/// Folder of the root manifest.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("this package lies in tests/tidy")
}

impl Repo {
    pub fn open() -> Self {
        let root = root();
        let mut paths = listed(&root);
        paths.retain(|path| root.join(path).is_file());
        paths.sort();
        assert!(paths.iter().any(|path| path == "Cargo.toml"), "git lists no Cargo.toml in {}", root.display());
        let read = |path: &String| {
            let bytes = std::fs::read(root.join(path)).ok()?;
            Some(File { path: path.clone(), text: String::from_utf8(bytes).ok()? })
        };
        let files = paths.iter().filter_map(read).collect();
        Self { paths, files }
    }

    /// A repository made of (path, text), for the tests of the rules.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let files: Vec<File> =
            files.iter().map(|&(path, text)| File { path: path.into(), text: text.into() }).collect();
        Self { paths: files.iter().map(|file| file.path.clone()).collect(), files }
    }

    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The text at `path`, empty where there is none.
    pub fn text(&self, path: &str) -> &str {
        self.file(path).map_or("", |file| &file.text)
    }

    /// Rust sources, tests included.
    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    /// Texts in `folder` whose name ends with `ending`, by their path below it.
    pub fn below<'a>(&'a self, folder: &'a str, ending: &'a str) -> impl Iterator<Item = (&'a str, &'a File)> {
        self.files.iter().filter_map(move |file| {
            let rest = file.path.strip_prefix(folder)?;
            rest.ends_with(ending).then_some((rest, file))
        })
    }
}

/// What git tracks or would track; without git (an unpacked archive) every file but those in hidden and built folders.
fn listed(root: &Path) -> Vec<String> {
    let git = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(root)
        .output();
    match git {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let mut paths: Vec<String> = text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
            paths.dedup();
            paths
        }
        _ => {
            let mut paths = Vec::new();
            walk(root, "", &mut paths);
            paths
        }
    }
}

fn walk(root: &Path, folder: &str, paths: &mut Vec<String>) {
    for entry in std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if entry.path().is_file() {
            paths.push(path);
        } else if !["target", "dist", "gen", ".git"].contains(&name.as_str()) {
            walk(root, &path, paths);
        }
    }
}
