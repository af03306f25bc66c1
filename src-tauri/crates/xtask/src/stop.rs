//! Why the program ends early, and with which exit code.

use std::fmt;

/// An early end. Its text is the last thing a person reads, so it says what to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The person has to do something first, or asked for something that does not exist: exit code 2.
    Person(String),
    /// Something that should work did not: exit code 1, or the code of the program that failed.
    Failed {
        /// What failed.
        words: String,
        /// The exit code to hand on.
        code: u8,
    },
}

impl Stop {
    /// The person has to act.
    pub(crate) fn person(words: impl Into<String>) -> Self {
        Self::Person(words.into())
    }

    /// Something went wrong that the person cannot be blamed for.
    pub(crate) fn failed(words: impl Into<String>) -> Self {
        Self::Failed { words: words.into(), code: 1 }
    }

    /// A file operation failed.
    pub(crate) fn file(what: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::failed(format!("{what} {}: {error}", path.display()))
    }

    /// The exit code of the whole program.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Person(_) => 2,
            Self::Failed { code, .. } => *code,
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(words) | Self::Failed { words, .. } => to.write_str(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_must_do_ends_with_code_two_and_a_failure_with_its_own() {
        assert_eq!(Stop::person("install it").code(), 2);
        assert_eq!(Stop::failed("broken").code(), 1);
        assert_eq!(Stop::Failed { words: String::new(), code: 101 }.code(), 101);
    }
}
