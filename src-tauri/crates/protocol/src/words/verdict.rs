//! Can these models be mixed? The verdict and the comparison table in words.

use crate::failure::{Problem, Weight};
use crate::model::Verdict;

use super::format;

/// Rows of the comparison table.
pub mod row {
    /// Architecture.
    pub const FAMILY: &str = "Family";
    /// Numbered blocks.
    pub const LAYERS: &str = "Layers";
    /// Width.
    pub const WIDTH: &str = "Width";
    /// Size of the word list.
    pub const WORDS: &str = "Words";
    /// Tensors.
    pub const PARTS: &str = "Parts";
    /// Answers of the head.
    pub const LABELS: &str = "Labels";
    /// Number type.
    pub const TYPE: &str = "Type";
    /// A value that is not there.
    pub const NONE: &str = "–";
}

/// Title of a verdict; `choices` is how many choices are open.
pub fn title(verdict: Verdict, choices: usize) -> String {
    match verdict {
        Verdict::Ready => "Ready to mix".into(),
        Verdict::Choice => {
            format!("Can be mixed after {}", format::counted(choices.max(1) as u64, "choice", "choices"))
        }
        Verdict::Cannot => "Cannot be mixed".into(),
    }
}

/// The sentence under a ready verdict. `models` counts the base too; `parts` the tensors that are mixed;
/// `private` how many specialists keep a part of their own.
pub fn ready(models: usize, parts: u64, private: usize) -> String {
    let same = format!(
        "All {} have the same {}.",
        format::spelled(models).to_lowercase(),
        format::counted(parts, "part", "parts")
    );
    match private {
        0 => same,
        1 => format!("{same} One specialist keeps a part of its own: what turns the model’s view into answers."),
        many => format!(
            "{same} {} specialists each keep a part of their own: what turns the model’s view into answers.",
            format::spelled(many)
        ),
    }
}

/// What follows from skills without examples, where others have some: `Textures has no examples, …`.
pub fn unmeasured(skills: &[String]) -> String {
    match skills {
        [] => String::new(),
        [one] => format!("{one} has no examples, so its score stays unmeasured."),
        [_, _] | [_, _, _] => format!("{} have no examples, so their scores stay unmeasured.", format::list(skills)),
        many => format!("{} skills have no examples, so their scores stay unmeasured.", format::spelled(many.len())),
    }
}

/// The sentence under any other verdict: the titles of what is wrong, most serious first.
pub fn because(problems: &[Problem]) -> String {
    let stops = problems.iter().filter(|problem| problem.weight == Weight::Stop).count();
    let least = if stops > 0 { Weight::Stop } else { Weight::Choice };
    let mut serious: Vec<&Problem> = problems.iter().filter(|problem| problem.weight >= least).collect();
    serious.dedup_by(|a, b| a.title == b.title);
    match serious.as_slice() {
        [] => String::new(),
        [one] => format!("{}.", one.title.trim_end_matches('.')),
        [first, rest @ ..] => format!(
            "{}, and {}.",
            first.title.trim_end_matches('.'),
            format::counted(rest.len() as u64, "more thing needs you", "more things need you")
        ),
    }
}

/// Nothing was added yet.
pub const NOTHING_YET: &str = "Add at least two specialists and the model they were trained from.";

/// Why a model was proposed as starting model.
pub fn base_reason(reason: crate::model::RoleReason) -> &'static str {
    use crate::model::RoleReason as R;
    match reason {
        R::Chosen => "chosen by you",
        R::NoPrivateParts => "the only one without answers of its own",
        R::NamedAsParent => "named as parent by the others",
        R::Closest => "closest to all others",
        R::NotBase => "",
    }
}

/// The same at length, behind *Why?*.
pub fn base_why(reason: crate::model::RoleReason) -> &'static str {
    use crate::model::RoleReason as R;
    match reason {
        R::Chosen => "You chose this model as the starting model.",
        R::NoPrivateParts => {
            "Every other model ends in a part of its own that turns its view into answers. This one has none, as a model has before it is trained for a skill."
        }
        R::NamedAsParent => "The other models name it as the model they were trained from.",
        R::Closest => {
            "Samples of its numbers lie closest to those of all other models, as those of a common starting point do."
        }
        R::NotBase => "Another model is the starting model.",
    }
}
