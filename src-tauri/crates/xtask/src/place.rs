//! Where the checkout, the build folder and the built programs are, and how cargo is called there.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::stop::Stop;
use crate::words;

/// Variables cargo sets for the program it runs. Handed on, they would make build scripts run again without a reason.
const SET_BY_CARGO_RUN: &[&str] = &["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_PRIMARY_", "CARGO_CRATE_"];

/// The folders of one checkout.
pub(crate) struct Place {
    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// The build folder, wherever it was configured to be.
    pub(crate) target: PathBuf,
    /// Where cargo puts this profile's programs.
    pub(crate) programs: PathBuf,
}

impl Place {
    /// Finds the folders from where this program lies and from what cargo tells it.
    pub(crate) fn here() -> Result<Self, Stop> {
        let own = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = own.ancestors().nth(3).ok_or_else(|| Stop::failed(words::NO_CHECKOUT))?.to_path_buf();
        let program = env::current_exe().map_err(|error| Stop::failed(format!("{}: {error}", words::NO_CHECKOUT)))?;
        let (target, programs) = build_folders(&program).ok_or_else(|| Stop::failed(words::NO_CHECKOUT))?;
        Ok(Self { root, target, programs })
    }

    /// A cargo call in the checkout, with the same build folder as the call that started this program.
    pub(crate) fn cargo<S: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target).args(arguments);
        for (name, _) in env::vars_os() {
            if SET_BY_CARGO_RUN.iter().any(|start| name.to_string_lossy().starts_with(start)) {
                cargo.env_remove(name);
            }
        }
        cargo
    }

    /// The path of a built program.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// Where the built page of the window goes.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("ui").join("dist")
    }
}

/// The build folder and its folder of programs, from a program inside: cargo keeps `.rustc_info.json` at the top of it.
fn build_folders(program: &Path) -> Option<(PathBuf, PathBuf)> {
    let programs = program.parent()?;
    let programs = if programs.ends_with("deps") { programs.parent()? } else { programs };
    let target = programs.ancestors().find(|folder| folder.join(".rustc_info.json").is_file())?;
    Some((target.to_path_buf(), programs.to_path_buf()))
}

/// Runs a command to its end.
///
/// # Errors
/// If it cannot be started or does not succeed; `what` names it in words, the code is the command's own.
pub(crate) fn finish(what: &str, command: &mut Command) -> Result<(), Stop> {
    let status = command.status().map_err(|error| Stop::failed(words::not_started(what, &error)))?;
    if status.success() {
        return Ok(());
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0).unwrap_or(1);
    Err(Stop::Failed { words: words::ended_with(what, status), code })
}

/// What a command writes, if it succeeds; its complaints are dropped, because it is only asked a question.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(std::process::Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_folder_is_found_above_programs_and_above_tests() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        std::fs::create_dir_all(folder.path().join("debug/deps")).expect("folders can be made");
        std::fs::write(folder.path().join(".rustc_info.json"), "").expect("a file can be written");
        let expected = Some((folder.path().to_path_buf(), folder.path().join("debug")));
        assert_eq!(build_folders(&folder.path().join("debug/xtask")), expected);
        assert_eq!(build_folders(&folder.path().join("debug/deps/xtask-1")), expected);
        assert_ne!(build_folders(&folder.path().join("xtask")), expected, "another profile's folder is another folder");
    }

    #[test]
    #[cfg(unix)]
    fn a_failing_command_hands_on_its_exit_code() {
        let stop = finish("a test", Command::new("sh").args(["-c", "exit 7"])).expect_err("exit 7 is a failure");
        assert_eq!(stop.code(), 7);
        assert_eq!(finish("a test", Command::new("sh").args(["-c", "exit 0"])), Ok(()));
    }
}
