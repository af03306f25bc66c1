//! What is said about a tint by the job and on the command line.

use crate::failure::{FailureCode, Problem, Weight};
use crate::score::Metric;
use crate::tint::{PrivateLayer, TintJudged, TintRow, Tinted};

use super::format;
use super::screen::tint::way;
use super::terminal::columns;

/// Where tints are trained in this version.
pub const PROCESSOR: &str = "the processor";

/// A mix that cannot be tinted.
fn cannot(title: &str, why: String, remedy: &str) -> Problem {
    Problem {
        code: FailureCode::CannotTint,
        subject: None,
        weight: Weight::Stop,
        title: title.to_owned(),
        why,
        remedy: remedy.to_owned(),
        actions: vec![],
        details: None,
    }
}

/// No skill has examples.
pub fn nothing_to_learn_from() -> Problem {
    cannot(
        "Tint learns from examples",
        "No skill has examples yet.".into(),
        "Add examples (labels not needed) for at least one skill.",
    )
}

/// A mix without a starting model.
pub fn no_starting_model() -> Problem {
    cannot(
        "Tint needs a starting model",
        "It tunes how much of every skill change is added to the starting model, and this mix has none.".into(),
        "Add the model that the specialists were made from.",
    )
}

/// A method that gives every skill a body of its own.
pub fn no_common_body() -> Problem {
    cannot(
        "This way of mixing cannot be tinted",
        "It makes a model for every skill, so there are no common strengths to tune.".into(),
        "Choose Balanced, Plain sum, TIES or Layer-wise on the Mix screen.",
    )
}

/// Specialists whose networks differ.
pub fn networks_differ(one: &str, other: &str) -> Problem {
    cannot(
        "These specialists are not built alike",
        format!("“{one}” and “{other}” can be mixed, and do not run the same way."),
        "Tint skills with one kind of model at a time.",
    )
}

/// A layer that no model has.
pub fn no_such_layer(layer: &PrivateLayer) -> Problem {
    let name = match layer {
        PrivateLayer::Named(name) => format!("whose name starts with “{name}”"),
        PrivateLayer::Head => "that gives answers".to_owned(),
        PrivateLayer::LastBlock | PrivateLayer::FirstBlock => "of the numbered blocks".to_owned(),
    };
    cannot(
        "There is no such layer",
        format!("The common part of these models has no layer {name}."),
        "Leave the layer at “Head”, or name one that the inspector lists.",
    )
}

/// A specialist whose head is not part of its files, so that a tinted one could not be kept in them.
pub fn no_head_to_keep(name: &str) -> Problem {
    cannot(
        "The head cannot be tuned yet",
        format!("“{name}” has no head in its files, so a tuned one would have no place in the saved model."),
        "Choose the last block as the layer that every skill keeps for itself.",
    )
}

/// Specialists without heads in their files, each of which keeps its last block instead.
pub fn last_block_instead() -> Problem {
    Problem {
        weight: Weight::Notice,
        ..cannot(
            "Every skill keeps its last block",
            "These models have no heads in their files, so tuned ones would have no place in the saved model. The last block \
             is tuned for each skill instead."
                .into(),
            "You need not do anything.",
        )
    }
}

/// Training led to numbers that are none. `round` is the one that is kept.
pub fn went_out_of_range(round: u32) -> Problem {
    Problem {
        code: FailureCode::OutputNotFinite,
        weight: Weight::Notice,
        ..cannot(
            "Tinting was stopped",
            format!("Numbers became too large to go on. Round {round}, the best so far, is kept."),
            "Try a lower learning rate.",
        )
    }
}

/// A look at the examples for choosing, in one line.
pub fn judged(judged: &TintJudged) -> String {
    let scores = judged.skills.iter().zip(&judged.scores);
    let scores: Vec<String> =
        scores.map(|(skill, score)| format!("{skill} {}", format::score(score.value()))).collect();
    let best = if judged.best { ", the best so far" } else { "" };
    format!("Round {}: {}{best}", judged.round, scores.join(", "))
}

/// The table of results, what was trained, and where the recipe is.
pub fn report(tinted: &Tinted, recipe: &str) -> String {
    let mut blocks = vec![table(&tinted.rows)];
    blocks.push(format!(
        "Round {} of {} is kept: the highest score of the worst skill on the examples for choosing. {} numbers were \
         trained, {} of the common part, in {}.",
        tinted.best_round,
        tinted.rounds,
        format::grouped(tinted.trained_parameters),
        format::small_percent(tinted.trained_parameters as f64 / tinted.parameters.max(1) as f64),
        format::seconds(tinted.seconds),
    ));
    if tinted.transductive {
        blocks.push("These scores are of the examples that were learnt from.".into());
    }
    if tinted.heads_suffice() {
        blocks.push("Heads only do as well within the error: the cheaper way is enough here.".into());
    }
    blocks.push(format!("Recipe: {recipe}"));
    blocks.join("\n\n")
}

/// The rows of the table, each score with its interval.
pub fn table(rows: &[TintRow]) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let heads = ["", "Mean", "Worst"].map(str::to_owned).into_iter();
    let mut lines = vec![heads.chain(first.skills.iter().map(|score| score.skill.clone())).collect::<Vec<_>>()];
    for one in rows {
        let mean = format!("{} ± {}", format::score(one.mean), format::score(one.margin));
        let scores = one.skills.iter().map(|score| {
            let [low, high] = score.interval.map(format::score);
            let unit = if score.metric == Metric::Agreement { " agreement" } else { "" };
            format!("{}{unit} ({low} to {high})", format::score(score.value.value()))
        });
        lines.push([way(one.method).to_owned(), mean, format::score(one.worst)].into_iter().chain(scores).collect());
    }
    columns(&lines)
}
