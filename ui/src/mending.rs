//! The buttons of problems: each mends what is wrong, or leads to where it can be mended.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::command::{self, Pick};
use protocol::failure::{Action, Problem};
use protocol::recipe::OutputDtype;

use crate::actions::{add, belongs, complain, inspect, pick, place_of};
use crate::bridge;
use crate::shape::draft::BaseChoice;
use crate::signals::Spot;
use crate::store::Store;

/// The button of a problem.
pub fn act(store: Store, action: Action, problem: &Problem) {
    match action {
        Action::ChooseAnotherFile => choose_another(store, problem.clone()),
        Action::Remove { place } => remove_place(store, &place),
        Action::ShowDifferences => crate::page::focus(".compare-table"),
        Action::AddBase => pick(store, Pick::Files),
        Action::UseAverage => use_average(store),
        Action::ChooseFolder => choose_folder(store),
        Action::CheckAgain => check_again(store),
        Action::LowerStrengths { factor } => {
            store.save_failure.set(None);
            store.edit(None, |draft| draft.scale_strengths(factor));
        }
        Action::SaveAsF32 => {
            store.save_failure.set(None);
            store.edit(None, |draft| draft.project.recipe.output.dtype = OutputDtype::F32);
        }
        Action::KeepBoth | Action::Dismiss if store.measures.dismiss(&problem.title) => {}
        Action::KeepBoth | Action::Dismiss if store.trades.dismiss(&problem.title) => {}
        Action::KeepBoth | Action::Dismiss if store.tints.dismiss(&problem.title) => {}
        Action::KeepBoth | Action::Dismiss => {
            store.dismissed.update(|all| {
                all.insert(problem.title.clone());
            });
        }
        Action::SaveAs { name } => {
            store.save_failure.set(None);
            store.save_name.set(Some(name));
        }
        Action::StartAgain => crate::saving::start(store),
    }
}

fn choose_another(store: Store, problem: Problem) {
    spawn_local(async move {
        match bridge::call(&command::PickModels { pick: Pick::Files }).await {
            Ok(added) if !added.models.is_empty() => {
                if let Some(place) = place_of(&problem) {
                    forget_place(store, place);
                }
                add(store, added, Spot::Window);
            }
            Ok(_) => {}
            Err(failure) => complain(store, &failure),
        }
    });
}

fn remove_place(store: Store, place: &str) {
    forget_place(store, place);
    inspect(store, vec![], None);
}

/// Takes whatever lies at this place out of the mix or off the list of what is wrong.
fn forget_place(store: Store, place: &str) {
    store.refused.update(|all| all.retain(|other| place_of(&other.problem) != Some(place)));
    let found = store.inspection.with_untracked(|found| {
        let cards = found.as_ref().map(|found| found.models.as_slice()).unwrap_or_default();
        cards.iter().find(|card| belongs(card, place)).map(|card| card.id.clone())
    });
    if let Some(id) = found {
        store.edit(None, |draft| draft.remove(&id));
    }
}

fn use_average(store: Store) {
    store.edit(Some("base"), |draft| {
        draft.set_method("average");
        if draft.project.recipe.base.is_none() {
            draft.base = BaseChoice::None;
        }
    });
    inspect(store, vec![], Some("base"));
}

fn check_again(store: Store) {
    let batch = store.refused.with_untracked(|all| all.iter().flat_map(|one| one.batch.clone()).collect::<Vec<_>>());
    store.refused.set(Vec::new());
    store.look_again.notify();
    inspect(store, batch, Some("add"));
}

/// Opens a dialog for the output folder.
pub fn choose_folder(store: Store) {
    spawn_local(async move {
        match bridge::call(&command::PickFolder {}).await {
            Ok(Some(folder)) => {
                store.save_failure.set(None);
                store.folder.set(Some(folder));
            }
            Ok(None) => {}
            Err(failure) => complain(store, &failure),
        }
    });
}
