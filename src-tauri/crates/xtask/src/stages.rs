//! What is checked, in which order: cheapest first, stopping at the first failure.

use std::process::Command;
use std::time::Instant;

use crate::display::PrivateDisplay;
use crate::machine::{Machine, ThisMachine};
use crate::page;
use crate::place::{Place, finish};
use crate::setup::{self, Goal};
use crate::stop::Stop;
use crate::words;

/// One stage: a name a person can find again, and what it does.
#[derive(Clone, Copy)]
pub(crate) struct Stage {
    name: &'static str,
    work: Work,
}

/// What a stage does; the texts are cargo calls, split at blanks.
#[derive(Clone, Copy)]
enum Work {
    /// Cargo calls, one after the other.
    Cargo(&'static [&'static str]),
    /// The build of the page.
    Page,
    /// A cargo call with the built app at hand, on a private display.
    Window(&'static str),
}

const FORMAT: Stage = Stage { name: "format", work: Work::Cargo(&["fmt --all --check"]) };
const TIDY: Stage = Stage { name: "tidy", work: Work::Cargo(&["test -p tidy"]) };
// Cargo chooses the features of dependencies by the packages named in a call. The calls of `verify` name the same ones
// wherever they can, so that wgpu and its like are compiled once and not once a stage.
const LINTS: Stage = Stage {
    name: "lints",
    work: Work::Cargo(&[
        "clippy --workspace --all-targets -- -D warnings",
        "clippy -p xtask --features bindgen --bin bindgen -- -D warnings",
    ]),
};
const PAGE_LINTS: Stage = Stage {
    name: "lints of the page",
    work: Work::Cargo(&["clippy -p ui --target wasm32-unknown-unknown -- -D warnings"]),
};
const PAGE: Stage = Stage { name: "page of the window", work: Work::Page };
const TESTS: Stage = Stage {
    name: "unit, property, kernel, acceptance and shell tests",
    work: Work::Cargo(&["test --workspace --exclude screen --exclude tidy"]),
};
const APP: Stage = Stage { name: "app", work: Work::Cargo(&[APP_BUILD]) };
const WINDOW_TESTS: Stage = Stage { name: "window tests", work: Work::Window("test -p screen") };
// Without the shell, so that nobody needs WebKit to work on the core.
const CORE_LINTS: Stage = Stage { name: "lints", work: Work::Cargo(&["clippy --all-targets -- -D warnings"]) };
const CORE_TESTS: Stage = Stage { name: "unit, property, kernel and acceptance tests", work: Work::Cargo(&["test"]) };

/// The cargo call that builds the app with its page inside.
pub(crate) const APP_BUILD: &str = "build -p tincture";

/// Format and lints.
pub(crate) const LINT: &[Stage] = &[FORMAT, LINTS, PAGE_LINTS];
/// The default members of the workspace: neither a window nor its libraries.
pub(crate) const QUICK: &[Stage] = &[FORMAT, TIDY, CORE_LINTS, CORE_TESTS];
/// The page only.
pub(crate) const UI: &[Stage] = &[PAGE];
/// Everything.
pub(crate) const VERIFY: &[Stage] = &[FORMAT, TIDY, LINTS, PAGE_LINTS, PAGE, TESTS, APP, WINDOW_TESTS];

/// Sets up, then runs stages in order.
///
/// # Errors
/// The first stage that fails; its name is in the last line.
pub(crate) fn run_all(place: &Place, task: &str, stages: &[Stage], goal: Goal, rest: &[String]) -> Result<(), Stop> {
    if let Some(argument) = rest.first() {
        return Err(Stop::person(words::unknown_argument(task, argument)));
    }
    setup::prepare(goal, place)?;
    let start = Instant::now();
    stages.iter().try_for_each(|stage| run_one(place, task, stage))?;
    println!("{}", words::all_passed(task, stages.len(), start.elapsed().as_secs_f64()));
    Ok(())
}

fn run_one(place: &Place, task: &str, stage: &Stage) -> Result<(), Stop> {
    println!("{}", words::stage_begins(stage.name));
    let start = Instant::now();
    let result = match stage.work {
        Work::Cargo(calls) => {
            calls.iter().try_for_each(|call| finish(&format!("cargo {call}"), &mut place.cargo(call.split(' '))))
        }
        Work::Page => page::build(place),
        Work::Window(call) => on_private_display(place, call),
    };
    judged(task, stage.name, start.elapsed().as_secs_f64(), result)
}

/// Says how a stage ended; a failure names the stage in its last line and keeps its exit code.
fn judged(task: &str, name: &str, seconds: f64, result: Result<(), Stop>) -> Result<(), Stop> {
    result.map_err(|stop| {
        let code = stop.code();
        Stop::Failed { words: words::stage_fails(task, name, seconds, &stop), code }
    })?;
    println!("{}", words::stage_ends(name, seconds));
    Ok(())
}

/// Runs tests that drive the built app. The programs they start find the app in `TINCTURE_APP`.
fn on_private_display(place: &Place, call: &str) -> Result<(), Stop> {
    let display = PrivateDisplay::start()?;
    let cargo = place.cargo(call.split(' '));
    let mut tests = in_message_session(&cargo, ThisMachine.has_program("dbus-run-session"));
    tests
        .env("DISPLAY", &display.name)
        .env_remove("WAYLAND_DISPLAY")
        .env("GDK_BACKEND", "x11")
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .env("TINCTURE_APP", place.program("tincture"));
    finish(&format!("cargo {call}"), &mut tests)
}

/// The same call inside a message bus of its own, so that tests never meet the person's desktop.
fn in_message_session(call: &Command, session_is_here: bool) -> Command {
    let mut wrapped = if session_is_here {
        let mut session = Command::new("dbus-run-session");
        session.arg("--").arg(call.get_program());
        session
    } else {
        Command::new(call.get_program())
    };
    wrapped.args(call.get_args());
    if let Some(folder) = call.get_current_dir() {
        wrapped.current_dir(folder);
    }
    for (name, value) in call.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_stage_is_named_in_the_last_line_and_keeps_its_code() {
        assert_eq!(judged("verify", "first", 0.1, Ok(())), Ok(()));
        let broken = Err(Stop::Failed { words: "cargo broke".into(), code: 101 });
        let stop = judged("verify", "second", 0.1, broken).expect_err("the stage failed");
        assert_eq!(stop.to_string().lines().last(), Some("verify: stopped at the stage \"second\"."));
        assert!(stop.to_string().contains("cargo broke"), "{stop}");
        assert_eq!(stop.code(), 101);
    }

    #[test]
    fn a_message_session_runs_the_same_call_with_the_same_surroundings() {
        let mut call = Command::new("cargo");
        call.args(["test", "-p", "screen"]).env("A", "1").env_remove("B").current_dir("/");
        let wrapped = in_message_session(&call, true);
        let arguments: Vec<_> = wrapped.get_args().collect();
        assert_eq!(wrapped.get_program(), "dbus-run-session");
        assert_eq!(arguments, ["--", "cargo", "test", "-p", "screen"]);
        assert_eq!(wrapped.get_envs().collect::<Vec<_>>(), call.get_envs().collect::<Vec<_>>());
        assert_eq!(wrapped.get_current_dir(), call.get_current_dir());
        assert_eq!(in_message_session(&call, false).get_program(), "cargo");
    }

    #[test]
    fn verify_runs_everything_lint_and_ui_run() {
        let names: Vec<&str> = VERIFY.iter().map(|stage| stage.name).collect();
        for stage in LINT.iter().chain(UI) {
            assert!(names.contains(&stage.name), "{}", stage.name);
        }
    }
}
