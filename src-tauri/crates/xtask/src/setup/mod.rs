//! The set-up of a fresh machine: a table of steps, each with a quick question and a way to supply what is missing.
//!
//! Nothing here ever waits for somebody to type: what needs a password is printed as a line to run, with exit code 2.

mod compiler;
mod debian;
pub(crate) mod packages;
mod wasm;

use crate::machine::{Machine, ThisMachine};
use crate::place::Place;
use crate::stop::Stop;

/// What the machine is set up for. Every goal needs a C compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Programs without a window: nothing else.
    Plain,
    /// The page of the window.
    Page,
    /// The app.
    Window,
    /// Lints of everything.
    Lint,
    /// Tests without a window.
    Quick,
    /// Every test.
    Verify,
}

/// One step of the set-up.
struct Step {
    /// Which goals need it.
    goals: &'static [Goal],
    /// Looks, and supplies what is missing.
    run: fn(Goal, &Place, &dyn Machine) -> Result<(), Stop>,
}

/// In order: what is told first comes first.
const STEPS: &[Step] = &[
    Step {
        goals: &[Goal::Plain, Goal::Page, Goal::Window, Goal::Lint, Goal::Quick, Goal::Verify],
        run: |_, _, machine| compiler::require(machine),
    },
    Step { goals: &[Goal::Window, Goal::Lint, Goal::Quick, Goal::Verify], run: packages::supply },
    Step { goals: &[Goal::Page, Goal::Window, Goal::Lint, Goal::Verify], run: |_, place, _| wasm::supply(place) },
];

/// Makes the machine ready for a goal. On a machine that is ready it only looks.
pub(crate) fn prepare(goal: Goal, place: &Place) -> Result<(), Stop> {
    STEPS.iter().filter(|step| step.goals.contains(&goal)).try_for_each(|step| (step.run)(goal, place, &ThisMachine))
}

#[cfg(test)]
mod fake {
    //! A machine made of lists.

    use crate::machine::{Machine, Rights, System};

    pub(super) struct Fake {
        pub(super) here: &'static [&'static str],
        pub(super) system: System,
        pub(super) rights: Rights,
    }

    impl Machine for Fake {
        fn has_program(&self, name: &str) -> bool {
            self.here.contains(&name)
        }
        fn has_module(&self, name: &str) -> bool {
            self.here.contains(&name)
        }
        fn has_file(&self, pattern: &str) -> bool {
            self.here.contains(&pattern)
        }
        fn system(&self) -> System {
            self.system
        }
        fn rights(&self) -> Rights {
            self.rights
        }
    }
}
