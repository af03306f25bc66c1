//! Set-up of a fresh machine, the UI build and the test run, called through the aliases in `.cargo/config.toml`.
//!
//! | Called as | Does |
//! |---|---|
//! | `cargo studio [-- ARGUMENTS]` | sets up what is missing, builds, opens the app |
//! | `cargo verify` | sets up, then runs every stage of [`stages`] |
//! | `cargo quick` | the stages that need no window |
//! | `cargo lint` | format and lints only |
//! | `cargo experiment [-- ARGUMENTS]` | the study of tints: what is missing of it is run, then its table is written |
//! | `cargo ui` | the page of the window into `ui/dist` |
//!
//! It deliberately has no dependency and downloads nothing but system packages and the wasm32 standard library.

mod display;
mod machine;
mod page;
mod place;
mod setup;
mod stages;
mod stop;
mod studio;
mod words;

use std::process::ExitCode;

use place::Place;
use setup::Goal;
use stop::Stop;

/// One thing this program can be asked for.
struct Task {
    name: &'static str,
    run: fn(&Place, &[String]) -> Result<(), Stop>,
}

/// The study needs no window and no set-up; cargo builds what it needs.
fn experiment(place: &Place, rest: &[String]) -> Result<(), Stop> {
    let call = "run --release -p jobs --example experiment --".split(' ').map(str::to_owned);
    let own = rest.iter().filter(|word| *word != "--").cloned();
    place::finish("the study", &mut place.cargo(call.chain(own)))
}

const TASKS: &[Task] = &[
    Task { name: "studio", run: studio::run },
    Task { name: "verify", run: |place, rest| stages::run_all(place, "verify", stages::VERIFY, Goal::Verify, rest) },
    Task { name: "quick", run: |place, rest| stages::run_all(place, "quick", stages::QUICK, Goal::Quick, rest) },
    Task { name: "lint", run: |place, rest| stages::run_all(place, "lint", stages::LINT, Goal::Lint, rest) },
    Task { name: "experiment", run: experiment },
    Task { name: "ui", run: |place, rest| stages::run_all(place, "ui", stages::UI, Goal::Page, rest) },
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            eprintln!("{stop}");
            ExitCode::from(stop.code())
        }
    }
}

fn run() -> Result<(), Stop> {
    let mut arguments = std::env::args().skip(1);
    let wanted = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let task = TASKS.iter().find(|task| task.name == wanted).ok_or_else(|| Stop::person(words::usage(TASKS)))?;
    (task.run)(&Place::here()?, &rest)
}
