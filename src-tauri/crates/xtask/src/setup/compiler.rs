//! The C compiler: Rust links with it, so it is a prerequisite and not installed by us.
//!
//! On a machine without one, cargo itself stops before this program exists; this check serves machines where it went missing.

use crate::machine::{Machine, System};
use crate::stop::Stop;
use crate::words;

/// Looks for a C compiler.
pub(super) fn require(machine: &dyn Machine) -> Result<(), Stop> {
    let system = machine.system();
    // Windows: Rust finds the Microsoft linker by the registry, not by the search path.
    if system == System::Windows || ["cc", "gcc", "clang"].iter().any(|name| machine.has_program(name)) {
        return Ok(());
    }
    Err(Stop::person(words::no_compiler(system)))
}

#[cfg(test)]
mod tests {
    use super::super::fake::Fake;
    use super::*;
    use crate::machine::Rights;

    fn check(system: System, here: &'static [&'static str]) -> Result<(), Stop> {
        require(&Fake { here, system, rights: Rights::Root })
    }

    #[test]
    fn a_missing_compiler_is_named_with_the_line_that_brings_it() {
        let stop = check(System::Debian, &[]).expect_err("no compiler is there");
        assert_eq!(stop.code(), 2);
        assert!(stop.to_string().contains("sudo apt-get install gcc libc6-dev"), "{stop}");
        let stop = check(System::Mac, &[]).expect_err("no compiler is there");
        assert!(stop.to_string().contains("xcode-select --install"), "{stop}");
    }

    #[test]
    fn any_compiler_will_do() {
        assert_eq!(check(System::Debian, &["cc"]), Ok(()));
        assert_eq!(check(System::Mac, &["clang"]), Ok(()));
        assert_eq!(check(System::Windows, &[]), Ok(()));
    }
}
