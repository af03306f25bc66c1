//! Can these models be mixed? Open questions, and the inspection as a whole.

use std::collections::BTreeSet;

use merge::Alignment;
use protocol::failure::{Problem, Weight};
use protocol::methods::METHODS;
use protocol::model::{Dtype, Inspection, ModelCard, Role, TableRow, Verdict};
use protocol::words::{problems, verdict};

/// What is still to be chosen, and what is worth knowing. `without_base`: the person wants none.
pub(super) fn open_questions(cards: &[ModelCard], found: &[Problem], without_base: bool) -> Vec<Problem> {
    let experts: Vec<String> =
        cards.iter().filter(|card| card.role == Role::Expert).map(|card| card.skill.clone()).collect();
    let has_base = experts.len() < cards.len();
    let needed = if has_base { 1 } else { 2 };
    let mut questions = Vec::new();
    if experts.len() < needed {
        // What was refused may be what is missing, so nothing more is asked for then.
        if !found.iter().any(Problem::stops) {
            questions.push(problems::too_few_models(experts.len(), needed).with_weight(Weight::Choice));
        }
    } else if !has_base && !without_base {
        questions.push(problems::no_base(METHODS[0].title, &experts));
    }
    questions.extend(number_types(cards));
    questions
}

/// Text 13, if the models' main types differ.
fn number_types(cards: &[ModelCard]) -> Option<Problem> {
    let named: Vec<(String, Dtype)> =
        cards.iter().filter_map(|card| Some((card.name.clone(), card.main_dtype()?))).collect();
    let kinds: BTreeSet<Dtype> = named.iter().map(|&(_, dtype)| dtype).collect();
    let all_mixable = kinds.iter().all(|dtype| dtype.is_mixable());
    let saved = named.first()?.1;
    (kinds.len() > 1 && all_mixable).then(|| problems::number_types(&named, saved))
}

/// The inspection with its verdict; problems come most serious first.
pub(super) fn inspection(
    models: Vec<ModelCard>,
    table: Vec<TableRow>,
    mut problems: Vec<Problem>,
    bytes_read: u64,
    alignment: &Alignment,
) -> Inspection {
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.weight));
    let verdict = verdict_of(&problems);
    let choices = problems.iter().filter(|problem| problem.weight == Weight::Choice).count();
    let because = because(verdict, &models, &problems, alignment);
    Inspection { verdict, title: verdict::title(verdict, choices), because, bytes_read, models, table, problems }
}

fn verdict_of(problems: &[Problem]) -> Verdict {
    match problems.first().map(|problem| problem.weight) {
        Some(Weight::Stop) => Verdict::Cannot,
        Some(Weight::Choice) => Verdict::Choice,
        _ => Verdict::Ready,
    }
}

fn because(verdict: Verdict, models: &[ModelCard], problems: &[Problem], alignment: &Alignment) -> String {
    match verdict {
        Verdict::Ready => {
            let private = models.iter().filter(|card| card.role == Role::Expert && !card.private.is_empty()).count();
            verdict::ready(models.len(), alignment.body.len() as u64, private)
        }
        Verdict::Choice if models.len() < 2 => verdict::NOTHING_YET.to_owned(),
        _ => verdict::because(problems),
    }
}
