//! The wasm32 standard library, which compiles the page of the window.
//!
//! rustup brings it in seconds. Where there is no rustup, or it cannot download, it is built from the distribution's sources.

use std::path::PathBuf;
use std::process::Command;

use super::debian;
use crate::machine::{Machine, ThisMachine};
use crate::place::{Place, answer, finish};
use crate::stop::Stop;
use crate::words;

/// The target of the page.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The compiler in use and where it keeps its libraries.
pub(super) struct Compiler {
    /// The version, as in `1.95.0`.
    pub(super) version: String,
    /// The compiler's own folder.
    pub(super) sysroot: PathBuf,
    /// Where it looks for the wasm32 standard library.
    pub(super) libraries: PathBuf,
}

impl Compiler {
    fn in_use() -> Result<Self, Stop> {
        let version = ask(&["--version"]).and_then(|words| version_in(&words)).ok_or_else(no_rustc)?;
        let sysroot = ask(&["--print", "sysroot"]).ok_or_else(no_rustc)?.trim().into();
        let libraries = ask(&["--print", "target-libdir", "--target", TARGET]).ok_or_else(no_rustc)?.trim().into();
        Ok(Self { version, sysroot, libraries })
    }

    /// Whether the wasm32 standard library is there. Looks at files only.
    fn is_ready(&self) -> bool {
        std::fs::read_dir(&self.libraries)
            .is_ok_and(|files| files.flatten().any(|file| is_standard_library(&file.file_name().to_string_lossy())))
    }
}

/// The standard library's own file is the last one put there by the fallback, so a half-done set-up is not taken for a whole one.
pub(super) fn is_standard_library(name: &str) -> bool {
    name.starts_with("libstd-") && name.ends_with(".rlib")
}

fn no_rustc() -> Stop {
    Stop::person(words::NO_RUSTC)
}

fn ask(arguments: &[&str]) -> Option<String> {
    answer(Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())).args(arguments))
}

/// `1.95.0` from `rustc 1.95.0 (59807616e 2026-04-14)`; nightly and beta names keep their ending.
fn version_in(words: &str) -> Option<String> {
    words.split_whitespace().nth(1).map(str::to_owned)
}

/// A way of getting the library; the error says in words what was tried.
type Way = fn(&Compiler, &Place) -> Result<(), String>;

/// Looks for the library and, where it is missing, tries each way of getting it in turn.
pub(super) fn supply(place: &Place) -> Result<(), Stop> {
    let compiler = Compiler::in_use()?;
    if compiler.is_ready() {
        return Ok(());
    }
    eprintln!("{}", words::WASM_MISSING);
    let ways: [Way; 2] = [by_rustup, debian::build];
    let mut tried = Vec::new();
    for way in ways {
        match way(&compiler, place) {
            Ok(()) if compiler.is_ready() => return Ok(()),
            Ok(()) => tried.push(words::wasm_elsewhere(&compiler.libraries)),
            Err(why) => tried.push(why),
        }
    }
    Err(Stop::person(words::no_wasm(&compiler.version, &tried)))
}

fn by_rustup(_: &Compiler, _: &Place) -> Result<(), String> {
    if !ThisMachine.has_program("rustup") {
        return Err(words::NO_RUSTUP.into());
    }
    finish("rustup", Command::new("rustup").args(["target", "add", TARGET]).stdin(std::process::Stdio::null()))
        .map_err(|stop| words::rustup_failed(&stop.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_the_second_word() {
        assert_eq!(version_in("rustc 1.95.0 (59807616e 2026-04-14)").as_deref(), Some("1.95.0"));
        assert_eq!(
            version_in("rustc 1.95.0 (59807616e 2026-04-14) (Debian 1.95.0+dfsg1-2)").as_deref(),
            Some("1.95.0")
        );
        assert_eq!(version_in("rustc 1.97.0-nightly (a 2026-05-01)").as_deref(), Some("1.97.0-nightly"));
        assert_eq!(version_in(""), None);
    }

    #[test]
    fn only_the_standard_librarys_file_counts_as_ready() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let compiler = Compiler { version: "1.95.0".into(), sysroot: "/".into(), libraries: folder.path().join("lib") };
        assert!(!compiler.is_ready(), "no folder");
        std::fs::create_dir(&compiler.libraries).expect("a folder can be made");
        std::fs::write(compiler.libraries.join("libcore-1.rlib"), "").expect("a file can be written");
        assert!(!compiler.is_ready(), "core alone is a half-done set-up");
        std::fs::write(compiler.libraries.join("libstd-1.rlib"), "").expect("a file can be written");
        assert!(compiler.is_ready());
    }
}
