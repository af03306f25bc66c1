//! What people do with models: add, look at, replace, take out, choose the starting model; undo.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::command::{self, Added, Inspect, Pick};
use protocol::failure::{Failure, Problem, Subject};
use protocol::model::{Inspection, ModelCard, ModelId};
use protocol::words::{problems, screen};

use crate::bridge;
use crate::examples;
use crate::opening::new_mix;
use crate::packs;
use crate::page;
use crate::shape::draft::{BaseChoice, Draft};
use crate::signals::Spot;
use crate::store::{Refused, Step, Store, ToastAction};

/// How long looking at models may take before the list shows skeletons.
const PATIENCE: Duration = Duration::from_millis(300);

/// Goes to a step, if it is open.
pub fn go(store: Store, step: Step) {
    if store.lock(step).is_none() && store.step.get_untracked() != step {
        store.step.set(step);
    }
}

/// Adds what a dialog or a drop brought: models first, then examples, which may belong to them.
pub fn add(store: Store, added: Added, over: Spot) {
    spawn_local(async move {
        if !added.models.is_empty() {
            add_models(store, added.models).await;
        }
        examples::take(store, added.examples, &over);
        packs::show(store, added.packs);
    });
}

async fn add_models(store: Store, models: Vec<ModelId>) {
    if store.step.get_untracked() == Step::Start {
        new_mix(store);
    }
    store.step.set(Step::Models);
    let known = store.draft.with_untracked(Draft::ids);
    let (twice, fresh): (Vec<_>, Vec<_>) = models.into_iter().partition(|id| known.contains(id));
    if let Some(card) = twice.first().and_then(|id| untrack(|| store.card(&id.0))) {
        let problem = problems::already_added(&card.place);
        store.say(problem.title, problem.why, None);
        store.selected.set(Some(card.id));
    }
    if !fresh.is_empty() {
        inspect_now(store, fresh, Some("add")).await;
    }
}

/// Opens a dialog for models and adds what was chosen.
pub fn pick(store: Store, pick: Pick) {
    spawn_local(async move {
        match bridge::call(&command::PickModels { pick }).await {
            Ok(added) => add(store, added, Spot::Window),
            Err(failure) => complain(store, &failure),
        }
    });
}

/// Puts another file in the place of a model.
pub fn replace(store: Store, id: ModelId) {
    spawn_local(async move {
        match bridge::call(&command::PickModels { pick: Pick::Files }).await {
            Ok(added) if !added.models.is_empty() => {
                store.edit(Some("add"), |draft| replace_in(draft, &id, &added.models));
                store.selected.set(None);
                inspect(store, added.models, Some("add"));
            }
            Ok(_) => {}
            Err(failure) => complain(store, &failure),
        }
    });
}

/// Another file of the same skill keeps the skill's examples.
fn replace_in(draft: &mut Draft, old: &ModelId, new: &[ModelId]) {
    let examples = draft.examples_of(&old.0).map(str::to_owned);
    draft.remove(old);
    if let [only] = new {
        draft.set_examples(&only.0, examples.as_deref());
    }
}

/// Takes a model out of the mix; nothing on disk is touched.
pub fn remove(store: Store, id: &ModelId) {
    let name = untrack(|| store.card(&id.0).map(|card| store.name_of(&card)));
    store.edit(None, |draft| draft.remove(id));
    store.selected.set(None);
    inspect(store, vec![], None);
    if let Some(name) = name {
        let undo = (screen::frame::UNDO.to_owned(), ToastAction::Undo);
        store.say(screen::models::removed(&name), String::new(), Some(undo));
    }
}

/// Makes a model the starting model.
pub fn choose_base(store: Store, id: ModelId) {
    store.edit(Some("base"), |draft| draft.base = BaseChoice::Chosen(id));
    inspect(store, vec![], Some("base"));
}

/// Takes the last change back, or the last undo.
pub fn undo(store: Store, back: bool) {
    let now = store.draft.get_untracked();
    let mut found = None;
    store.history.update(|history| found = if back { history.undo(now.clone()) } else { history.redo(now.clone()) });
    let Some(mut draft) = found else { return };
    draft.project.key = now.project.key.clone();
    draft.project.saved_at = now.project.saved_at.clone();
    let same_models = draft.ids() == now.ids() && draft.base == now.base;
    store.draft.set(draft);
    store.toast.set(None);
    if !same_models {
        inspect(store, vec![], None);
    }
}

/// Looks at all models and those in `extra`; what is found goes into the draft as part of `gesture`.
pub fn inspect(store: Store, extra: Vec<ModelId>, gesture: Option<&'static str>) {
    spawn_local(inspect_now(store, extra, gesture));
}

async fn inspect_now(store: Store, extra: Vec<ModelId>, gesture: Option<&'static str>) {
    let (mut models, choice) = store.draft.with_untracked(|draft| (draft.ids(), draft.base.clone()));
    models.extend(extra.iter().filter(|id| !models.contains(id)).cloned().collect::<Vec<_>>());
    if models.is_empty() {
        store.inspection.set(None);
        return;
    }
    if let Some(mut found) = look(store, &models, choice).await {
        set_aside(store, &mut found, &extra);
        take_in(store, found, gesture);
        store.settle();
        if gesture == Some("base") {
            // The cards were drawn anew; the focus stays on the choice.
            request_animation_frame(|| page::focus(".model-card input.radio:checked"));
        }
    }
}

/// Asks the core about these models; `None` if it did not answer or a later question was asked.
pub(crate) async fn look(store: Store, models: &[ModelId], choice: BaseChoice) -> Option<Inspection> {
    store.turns.update_value(|turns| turns.0 += 1);
    let turn = store.turns.get_value().0;
    let is_current = move || store.turns.get_value().0 == turn;
    set_timeout(
        move || {
            if is_current() && store.inspected_in.get_untracked() < 0.0 {
                store.checking.set(true);
            }
        },
        PATIENCE,
    );
    store.inspected_in.set(-1.0);
    let began = page::now();
    let base = if let BaseChoice::Chosen(id) = &choice { Some(id.clone()) } else { None };
    let request = Inspect { models: models.to_vec(), base, no_base: choice == BaseChoice::None };
    let reply = bridge::call(&request).await;
    if !is_current() {
        return None;
    }
    store.checking.set(false);
    store.inspected_in.set((page::now() - began) / 1000.0);
    match reply {
        Ok(found) => Some(found),
        Err(failure) => {
            let batch = models.to_vec();
            let of = |problem: Problem| Refused { problem, batch: batch.clone() };
            store.refused.update(|all| all.extend(failure.problems.into_iter().map(of)));
            None
        }
    }
}

/// Whether a problem's place is that of this model.
pub fn belongs(card: &ModelCard, place: &str) -> bool {
    card.place == place || card.id.0 == place || card.paths.iter().any(|path| path == place)
}

/// Place that a problem is about, if it is about a file.
pub fn place_of(problem: &Problem) -> Option<&str> {
    match &problem.subject {
        Some(Subject::File(place)) => Some(place),
        _ => None,
    }
}

/// Keeps what is wrong with things that are no models until the person has dealt with it:
/// the next inspection no longer knows of them.
fn set_aside(store: Store, found: &mut Inspection, batch: &[ModelId]) {
    let cards = &found.models;
    let is_card = |place: &str| cards.iter().any(|card| belongs(card, place));
    let strange = |problem: &Problem| problem.stops() && place_of(problem).is_some_and(|place| !is_card(place));
    let (aside, rest): (Vec<_>, Vec<_>) = found.problems.drain(..).partition(strange);
    found.problems = rest;
    store.refused.update(|all| {
        for problem in aside {
            all.retain(|other| other.problem.subject != problem.subject);
            all.push(Refused { problem, batch: batch.to_vec() });
        }
    });
}

/// Takes what was found into the draft.
pub(crate) fn take_in(store: Store, found: Inspection, gesture: Option<&str>) {
    match gesture {
        Some(_) => store.edit(gesture, |draft| draft.absorb(&found)),
        None => store.draft.update(|draft| draft.absorb(&found)),
    }
    let selected = store.selected.get_untracked();
    if selected.is_none_or(|id| !found.models.iter().any(|card| card.id == id)) {
        store.selected.set(found.experts().next().or(found.models.first()).map(|card| card.id.clone()));
    }
    store.inspection.set(Some(found));
}

/// Says what went wrong with something that has no place of its own on screen.
pub fn complain(store: Store, failure: &Failure) {
    if let Some(problem) = failure.problems.first() {
        store.urgent.set(problem.title.clone());
        store.say(problem.title.clone(), problem.why.clone(), None);
    }
}
