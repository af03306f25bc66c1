//! From the errors of the crate `learn` to words for people.

use learn::Error;
use learn::net::Why;
use protocol::failure::{Failure, Problem};
use protocol::words::{examples as words, problems};

use crate::failure;

/// Why a skill is not measured.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Something about this skill alone: the others go on.
    Skill(Box<Problem>),
    /// The whole measurement ends.
    All(Failure),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Skill(Box::new(problem))
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::All(failure)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Skill(problem) => (*problem).into(),
            Refusal::All(failure) => failure,
        }
    }
}

/// Why the network of a model is not known, or does not run.
pub(super) fn network(place: &str, name: &str, error: &Error) -> Problem {
    match error {
        Error::NotRunnable { why: Why::NoConfig } => words::no_settings(place, name),
        Error::NotRunnable { .. } | Error::Missing { .. } | Error::Misfit { .. } => {
            words::cannot_run(place, name, error.to_string())
        }
        Error::Read(error) => failure::file(error),
        Error::NotFinite => words::not_finite(place, name),
        Error::Stopped => problems::cancelled(),
        Error::Batch { fault } => words::cannot_run(place, name, fault.clone()),
        _ => problems::bug(error.to_string()),
    }
}

/// Why answers cannot be counted.
pub(super) fn score(place: &str, name: &str, error: &learn::score::Error) -> Problem {
    match error {
        learn::score::Error::NotFinite { .. } => words::not_finite(place, name),
        error => problems::bug(error.to_string()),
    }
}
