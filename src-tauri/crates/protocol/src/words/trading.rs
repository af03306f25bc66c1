//! What is said about trade-offs by the job and on the command line.

use crate::failure::{FailureCode, Problem, Weight};

/// A mix whose strengths cannot be traded off.
fn cannot(title: &str, why: &str, remedy: &str) -> Problem {
    Problem {
        code: FailureCode::CannotTrade,
        subject: None,
        weight: Weight::Stop,
        title: title.to_owned(),
        why: why.to_owned(),
        remedy: remedy.to_owned(),
        actions: vec![],
        details: None,
    }
}

/// No skill has examples.
pub fn nothing_to_measure() -> Problem {
    cannot(
        "Trade-offs are measured on examples",
        "No skill has examples yet, so no mix has a score.",
        "Add examples for at least two skills.",
    )
}

/// A mix without a starting model.
pub fn no_starting_model() -> Problem {
    cannot(
        "Trade-offs need a starting model",
        "They vary how much of every skill change is added to the starting model, and this mix has none.",
        "Add the model that the specialists were made from.",
    )
}

/// A method that gives every skill a body of its own.
pub fn no_common_body() -> Problem {
    cannot(
        "This way of mixing has no trade-offs",
        "It makes a model for every skill, so no skill gives way to another.",
        "Choose Balanced, Plain sum, TIES or Layer-wise on the Mix screen.",
    )
}

/// A mix of a single specialist.
pub fn one_specialist() -> Problem {
    cannot(
        "One specialist has nothing to trade off",
        "A trade-off is between skills, and this mix has one specialist.",
        "Add a second specialist.",
    )
}
