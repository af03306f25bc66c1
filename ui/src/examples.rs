//! Examples of the specialists: choosing, dropping, taking away; looking at them in the background.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::command::{self, LookAtExamples, Pick};
use protocol::failure::{FailureCode, Problem, Weight};
use protocol::measure::{ExamplesCard, Given};
use protocol::model::ModelId;
use protocol::words::{problems, screen};

use crate::actions::complain;
use crate::bridge;
use crate::shape::matching::{Candidate, owners};
use crate::shape::scores::Look;
use crate::signals::{Seen, Spot};
use crate::store::{Store, ToastAction};

use screen::examples as words;

/// Opens a dialog for examples and gives what is chosen to a specialist.
pub fn pick(store: Store, model: String, pick: Pick) {
    spawn_local(async move {
        match bridge::call(&command::PickExamples { pick }).await {
            Ok(Some(examples)) => give(store, &model, &examples),
            Ok(None) => {}
            Err(failure) => complain(store, &failure),
        }
    });
}

/// Gives a specialist these examples in place of those it had.
fn give(store: Store, model: &str, examples: &ModelId) {
    // Chosen again, they are looked at again: what was wrong with them may be mended.
    let key = (model.to_owned(), examples.0.clone());
    store.measures.seen.update(|seen| {
        if !matches!(seen.get(&key), Some(Seen::Known(card)) if card.problems.is_empty()) {
            seen.remove(&key);
        }
    });
    store.edit(None, |draft| draft.set_examples(model, Some(&examples.0)));
    store.draft.notify();
}

/// Takes the examples of a specialist away; nothing on disk is touched.
pub fn remove(store: Store, model: &str) {
    let skill = skill_of(store, model);
    store.edit(None, |draft| draft.set_examples(model, None));
    let undo = (screen::frame::UNDO.to_owned(), ToastAction::Undo);
    store.say(words::REMOVED.into(), words::removed_from(&skill), Some(undo));
}

fn skill_of(store: Store, model: &str) -> String {
    store.draft.with_untracked(|draft| {
        let expert = draft.project.recipe.experts.iter().find(|expert| expert.path == model);
        expert.map(|expert| expert.skill.clone()).unwrap_or_default()
    })
}

/// Whatever was dropped and holds examples: to the card it was let go over, else to the skill of the same name,
/// else the person is asked.
pub fn take(store: Store, dropped: Vec<(ModelId, String)>, over: &Spot) {
    if dropped.is_empty() {
        return;
    }
    let specialists = candidates(store);
    if specialists.is_empty() {
        store.say(words::MODELS_FIRST.into(), words::MODELS_FIRST_HINT.into(), None);
        return;
    }
    let mut found = Vec::new();
    let mut rest = dropped;
    if let Spot::Card(model) = over {
        found.push((rest.remove(0), model.0.clone()));
    }
    let names: Vec<String> = rest.iter().map(|(_, name)| name.clone()).collect();
    let free: Vec<Candidate> =
        specialists.into_iter().filter(|one| !found.iter().any(|(_, model)| *model == one.id)).collect();
    let matched = owners(&names, &free);
    let open = rest.iter().enumerate().filter(|(at, _)| !matched.iter().any(|(other, _)| other == at));
    store.measures.whose.set(open.map(|(_, one)| one.clone()).collect());
    found.extend(matched.into_iter().map(|(at, model)| (rest[at].clone(), model)));
    assign(store, found);
}

/// Gives examples to specialists as one change, and says which got which.
fn assign(store: Store, found: Vec<((ModelId, String), String)>) {
    if found.is_empty() {
        return;
    }
    store.edit(None, |draft| {
        for ((examples, _), model) in &found {
            draft.set_examples(model, Some(&examples.0));
        }
    });
    let said = found.iter().map(|((_, name), model)| words::belongs_to(name, &skill_of(store, model)));
    let undo = (screen::frame::UNDO.to_owned(), ToastAction::Undo);
    let text = said.collect::<Vec<_>>().join(" ");
    store.polite.set(text.clone());
    store.say(words::ADDED.into(), text, Some(undo));
}

/// The person says whose examples the first open ones are; `None`: nobody's.
pub fn answer(store: Store, model: Option<&str>) {
    let mut first = None;
    store.measures.whose.update(|open| first = (!open.is_empty()).then(|| open.remove(0)));
    if let (Some(one), Some(model)) = (first, model) {
        assign(store, vec![(one, model.to_owned())]);
    }
}

/// The specialists with all their names.
fn candidates(store: Store) -> Vec<Candidate> {
    store.draft.with_untracked(|draft| {
        let names = |id: &str| {
            let card = untrack(|| store.card(id));
            card.map(|card| vec![card.skill, card.name, problems::short(&card.place).to_owned()]).unwrap_or_default()
        };
        let one = |expert: &protocol::recipe::Expert| Candidate {
            id: expert.path.clone(),
            names: std::iter::once(expert.skill.clone()).chain(names(&expert.path)).collect(),
        };
        draft.project.recipe.experts.iter().map(one).collect()
    })
}

/// Looks at the examples of every specialist that is there, as soon as they are given.
pub fn look_by_itself(store: Store) {
    Effect::new(move |_| {
        let given = store.draft.with(|draft| draft.project.examples.clone());
        let specialists: Vec<String> = store.inspection.with(|found| {
            found.as_ref().map(|found| found.experts().map(|card| card.id.0.clone()).collect()).unwrap_or_default()
        });
        let open = given.into_iter().filter(|given| specialists.contains(&given.model));
        for key in open.map(|given| (given.model, given.path)) {
            if store.measures.seen.with_untracked(|seen| !seen.contains_key(&key)) {
                store.measures.seen.update(|seen| {
                    seen.insert(key.clone(), Seen::Looking);
                });
                spawn_local(look(store, key));
            }
        }
    });
}

async fn look(store: Store, key: (String, String)) {
    let generation = store.generation.get_value();
    let base =
        store.draft.with_untracked(|draft| draft.project.recipe.base.as_ref().map(|base| ModelId(base.path.clone())));
    let request = LookAtExamples { examples: ModelId(key.1.clone()), model: ModelId(key.0.clone()), base };
    let seen = match bridge::call(&request).await {
        Ok(card) => Seen::Known(Box::new(card)),
        Err(failure) => match failure.problems.into_iter().next() {
            Some(problem) => Seen::Refused(problem),
            None => return,
        },
    };
    if store.generation.get_value() == generation {
        store.measures.seen.update(|all| {
            all.insert(key, seen);
        });
    }
}

/// What is known of the examples of a model.
pub fn seen(store: Store, model: &str) -> Option<Seen> {
    let examples = store.draft.with(|draft| draft.examples_of(model).map(str::to_owned))?;
    let key = (model.to_owned(), examples);
    Some(store.measures.seen.with(|seen| seen.get(&key).cloned()).unwrap_or(Seen::Looking))
}

/// The card of the examples of a model, if they could be looked at.
pub fn card(store: Store, model: &str) -> Option<ExamplesCard> {
    match seen(store, model)? {
        Seen::Known(card) => Some(*card),
        Seen::Looking | Seen::Refused(_) => None,
    }
}

/// Everything that is to be said about the examples of a model.
pub fn troubles(store: Store, model: &str) -> Vec<Problem> {
    match seen(store, model) {
        Some(Seen::Known(card)) => card.problems,
        Some(Seen::Refused(problem)) => vec![problem],
        Some(Seen::Looking) | None => vec![],
    }
}

/// Whether a specialist can be measured.
pub fn look_of(store: Store, model: &str) -> Look {
    let prevents = |problem: &Problem| problem.weight == Weight::Stop || problem.code == FailureCode::CannotRun;
    match seen(store, model) {
        None => Look::None,
        Some(Seen::Looking) => Look::Looking,
        Some(Seen::Refused(problem)) => Look::Trouble(problem),
        Some(Seen::Known(card)) => match card.problems.into_iter().find(prevents) {
            Some(problem) => Look::Trouble(problem),
            None => Look::Usable,
        },
    }
}

/// Examples of all specialists that can be measured.
pub fn given(store: Store) -> Vec<Given> {
    let experts = store.draft.with(|draft| draft.project.recipe.experts.clone());
    let usable = experts.into_iter().filter(|expert| look_of(store, &expert.path) == Look::Usable);
    let given = usable.filter_map(|expert| {
        let path = store.draft.with(|draft| draft.examples_of(&expert.path).map(str::to_owned))?;
        Some(Given { skill: expert.skill, path })
    });
    given.collect()
}
