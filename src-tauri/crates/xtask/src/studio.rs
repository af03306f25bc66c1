//! `cargo studio`: sets up, builds, opens the app; without a display, makes the sample mix through the command line.

use std::collections::VecDeque;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, Command, Stdio};

use crate::display;
use crate::machine::{Machine, ThisMachine};
use crate::page;
use crate::place::{Place, finish};
use crate::setup::{self, Goal};
use crate::stages::APP_BUILD;
use crate::stop::Stop;
use crate::words;

/// How many of the app's last lines are said again when it fails.
const LAST_LINES: usize = 12;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    build_only: bool,
    for_the_app: Vec<String>,
}

/// Runs the whole of it.
pub(crate) fn run(place: &Place, arguments: &[String]) -> Result<(), Stop> {
    let wish = understand(arguments)?;
    let linux = ThisMachine.system().is_linux();
    if !wish.build_only && !display::is_here(linux, |name| env::var(name).ok()) {
        return sample_without_window(place);
    }
    setup::prepare(Goal::Window, place)?;
    page::build(place)?;
    eprintln!("{}", words::BUILDING_APP);
    finish("the build of the app", &mut place.cargo(APP_BUILD.split(' ')))?;
    let app = place.program("tincture");
    if wish.build_only {
        println!("{}", words::app_is_built(&app));
        return Ok(());
    }
    open(&app, &wish.for_the_app)
}

fn understand(arguments: &[String]) -> Result<Wish, Stop> {
    let (ours, for_the_app) = match arguments.iter().position(|argument| argument == "--") {
        Some(at) => (&arguments[..at], arguments[at + 1..].to_vec()),
        None => (arguments, Vec::new()),
    };
    match ours.iter().find(|argument| *argument != "--build-only") {
        Some(unknown) => Err(Stop::person(words::unknown_argument("studio", unknown))),
        None => Ok(Wish { build_only: !ours.is_empty(), for_the_app }),
    }
}

/// Starts the app, passes on what it says, waits for its end.
fn open(app: &Path, arguments: &[String]) -> Result<(), Stop> {
    let mut child = Command::new(app)
        .args(arguments)
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Stop::failed(words::not_started("The app", &error)))?;
    let last = child.stderr.take().map(pass_on).unwrap_or_default();
    let status = child.wait().map_err(|error| Stop::failed(words::not_started("The app", &error)))?;
    if status.success() {
        return Ok(());
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Err(Stop::Failed { words: words::app_failed(status, &last), code })
}

/// Copies every line to our own standard error and gives the last ones.
fn pass_on(said: ChildStderr) -> Vec<String> {
    let mut last = VecDeque::new();
    let mut reader = BufReader::new(said);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        // Nobody may be listening; the app goes on all the same.
        drop(std::io::stderr().write_all(&line));
        last.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
        if last.len() > LAST_LINES {
            last.pop_front();
        }
        line.clear();
    }
    last.into()
}

/// The sample mix, for machines where no window can open. Needs no system package.
fn sample_without_window(place: &Place) -> Result<(), Stop> {
    println!("{}", words::NO_DISPLAY);
    setup::prepare(Goal::Plain, place)?;
    finish("the build of the command line", &mut place.cargo(["build", "-p", "cli"]))?;
    let here = env::current_dir().map_err(|error| Stop::failed(words::not_started("The sample", &error)))?;
    let folder = free_name(&here, "tincture-sample-mix");
    let mut mix = Command::new(place.program("tincture-cli"));
    finish("The sample mix", mix.arg("sample").arg("--out").arg(&folder))?;
    println!("{}", words::sample_is_made(&folder, &worth_naming(&folder)));
    Ok(())
}

/// `start`, or `start-2`, `start-3` … if that is taken.
fn free_name(folder: &Path, start: &str) -> PathBuf {
    let numbered = (2..).map(|number: u64| folder.join(format!("{start}-{number}")));
    let mut names = std::iter::once(folder.join(start)).chain(numbered);
    names.find(|path| !path.exists()).unwrap_or_else(|| folder.join(start))
}

/// The models and their cards in a folder, deepest two levels, in order.
fn worth_naming(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(worth_naming(&path));
        } else if path.extension().is_some_and(|end| end == "safetensors" || end == "md" || end == "html") {
            found.push(path.display().to_string());
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(arguments: &[&str]) -> Result<Wish, Stop> {
        understand(&arguments.iter().map(|argument| (*argument).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_follows_two_dashes_goes_to_the_app_untouched() {
        let for_the_app = vec!["--build-only".to_owned(), "--".to_owned(), "a b".to_owned()];
        let expected = Wish { build_only: false, for_the_app };
        assert_eq!(wish(&["--", "--build-only", "--", "a b"]), Ok(expected));
        assert_eq!(wish(&["--build-only"]), Ok(Wish { build_only: true, for_the_app: Vec::new() }));
        assert_eq!(wish(&[]), Ok(Wish { build_only: false, for_the_app: Vec::new() }));
    }

    #[test]
    fn an_unknown_argument_is_named_and_ends_with_code_two() {
        let stop = wish(&["--fast"]).expect_err("there is no such argument");
        assert_eq!(stop.code(), 2);
        assert!(stop.to_string().contains("--fast"), "{stop}");
    }

    #[test]
    fn a_taken_folder_is_never_written_into() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let name = |number: &str| folder.path().join(format!("mix{number}"));
        assert_eq!(free_name(folder.path(), "mix"), name(""));
        fs::create_dir(name("")).expect("a folder can be made");
        assert_eq!(free_name(folder.path(), "mix"), name("-2"));
        fs::create_dir(name("-2")).expect("a folder can be made");
        assert_eq!(free_name(folder.path(), "mix"), name("-3"));
    }

    #[test]
    fn models_and_cards_are_named_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        fs::create_dir(folder.path().join("digits")).expect("a folder can be made");
        for name in ["digits/model.safetensors", "README.md", "config.json"] {
            fs::write(folder.path().join(name), "").expect("a file can be written");
        }
        let at = |name: &str| folder.path().join(name).display().to_string();
        assert_eq!(worth_naming(folder.path()), [at("README.md"), at("digits/model.safetensors")]);
    }

    #[test]
    #[cfg(unix)]
    fn an_app_that_fails_at_once_is_reported_with_its_last_words() {
        let say = ["-c".to_owned(), "echo no screen >&2; exit 3".to_owned()];
        let stop = open(Path::new("/bin/sh"), &say).expect_err("exit 3 is a failure");
        assert_eq!(stop.code(), 3);
        assert!(stop.to_string().contains("no screen"), "{stop}");
        assert_eq!(open(Path::new("/bin/sh"), &["-c".to_owned(), "exit 0".to_owned()]), Ok(()));
    }
}
