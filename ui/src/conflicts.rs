//! Which skills fight: asking for the statistics of all layers.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::command::Statistics;
use protocol::event::JobEvent;
use protocol::failure::{Failure, FailureCode};
use protocol::model::ModelId;
use protocol::recipe::Recipe;

use crate::bridge;
use crate::signals::MixView;
use crate::store::{Step, Store};
use crate::views::mix::open;

/// Statistics are of the models: with other models they are forgotten.
pub fn forget_by_itself(store: Store) {
    let models = Memo::new(move |_| store.draft.with(|draft| models(&draft.project.recipe)));
    Effect::new(move |before: Option<()>| {
        models.track();
        if before.is_some() {
            forget(store);
        }
    });
}

/// Models of up to so many bytes together are compared by themselves; larger ones when a person asks.
const SMALL: u64 = 1_000_000_000;

/// Compares small models as soon as they are mixed, so that the inspector can say who gets along with whom.
pub fn ask_by_itself(store: Store) {
    let wanted = Memo::new(move |_| {
        let is_free = store.step.get() == Step::Mix && store.is_ready() && !store.is_at_work();
        let is_open = store.measures.layers.with(Option::is_none)
            && !store.measures.is_comparing.get()
            // One of the two at a time.
            && store.masks.counting.with(Option::is_none)
            && store.measures.view.get() != MixView::Masks
            && store.measures.compare_failure.with(Option::is_none);
        let is_small = store.inspection.with(|found| {
            let models = found.as_ref().map(|found| found.models.as_slice()).unwrap_or_default();
            found.as_ref().is_some_and(|found| found.base().is_some())
                && models.iter().map(|card| card.bytes).sum::<u64>() <= SMALL
        });
        is_free && is_open && is_small
    });
    Effect::new(move |_| {
        if wanted.get() {
            ask(store);
        }
    });
}

/// Base and specialists with the names of their skills.
fn models(recipe: &Recipe) -> Vec<(ModelId, String)> {
    let base = recipe.base.iter().map(|base| (ModelId(base.path.clone()), String::new()));
    let experts = recipe.experts.iter().map(|expert| (ModelId(expert.path.clone()), expert.skill.clone()));
    base.chain(experts).collect()
}

fn forget(store: Store) {
    store.measures.turns.update_value(|turns| turns.2 += 1);
    store.measures.layers.set(None);
    store.measures.layer.set(None);
    store.measures.is_comparing.set(false);
    store.measures.compare_failure.set(None);
}

/// Opens the view, and asks if nothing is known yet.
pub fn show(store: Store) {
    open(store, MixView::Layers);
    if store.measures.layers.with_untracked(Option::is_none) && !store.measures.is_comparing.get_untracked() {
        ask(store);
    }
}

/// Asks for the statistics of the models in the mix.
pub fn ask(store: Store) {
    forget(store);
    let turn = store.measures.turns.get_value().2;
    let recipe = store.draft.with_untracked(|draft| draft.project.recipe.clone());
    store.measures.is_comparing.set(true);
    spawn_local(async move {
        if let Err(failure) = bridge::run(&Statistics { recipe }, move |event| hear(store, turn, event)).await {
            end(store, turn, Some(failure));
        }
    });
}

/// One message of the comparison; those of earlier ones are dropped.
fn hear(store: Store, turn: u32, event: JobEvent) {
    match event {
        JobEvent::Compared { statistics } if store.measures.turns.get_value().2 == turn => {
            store.measures.layers.set(Some(*statistics));
            end(store, turn, None);
        }
        JobEvent::Failed { failure } => end(store, turn, Some(failure)),
        _ => {}
    }
}

/// A comparison that a save ended says nothing; it can be asked for again.
fn end(store: Store, turn: u32, failure: Option<Failure>) {
    if store.measures.turns.get_value().2 != turn {
        return;
    }
    store.measures.is_comparing.set(false);
    let problem = failure.and_then(|failure| failure.problems.into_iter().next());
    store.measures.compare_failure.set(problem.filter(|problem| problem.code != FailureCode::Cancelled));
}
