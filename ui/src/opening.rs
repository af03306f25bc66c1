//! Opening, keeping and beginning projects; what is known of the machine.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::command;
use protocol::failure::Failure;
use protocol::model::ModelId;
use protocol::project::{Opened, Project};
use protocol::words::{problems, screen};

use crate::actions::{complain, look, take_in};
use crate::bridge;
use crate::shape::draft::{BaseChoice, Draft};
use crate::store::{Kept, Refused, Step, Store};

/// An empty mix.
pub fn new_mix(store: Store) {
    keep_now(store);
    store.restart(Draft::empty(screen::frame::NEW_NAME));
    store.step.set(Step::Models);
}

/// Opens the bundled sample.
pub fn open_sample(store: Store) {
    spawn_local(async move {
        let opened = bridge::call(&command::OpenSample {}).await;
        arrive(store, opened).await;
    });
}

/// Opens what the person chooses in a dialog.
pub fn open_chosen(store: Store) {
    spawn_local(async move {
        match bridge::call(&command::PickProject {}).await {
            Ok(None) => {}
            Ok(Some(opened)) => arrive(store, Ok(opened)).await,
            Err(failure) => arrive(store, Err(failure)).await,
        }
    });
}

/// Opens a recent project.
pub fn open_recent(store: Store, key: String) {
    spawn_local(async move {
        let opened = bridge::call(&command::OpenRecent { key }).await;
        arrive(store, opened).await;
    });
}

/// Takes a recent project off the list.
pub fn forget_recent(store: Store, key: String) {
    spawn_local(async move {
        if let Err(failure) = bridge::call(&command::ForgetRecent { key }).await {
            complain(store, &failure);
        }
        refresh_recents(store).await;
    });
}

async fn arrive(store: Store, opened: Result<Opened, Failure>) {
    match opened {
        Ok(opened) => open(store, opened).await,
        Err(failure) => complain(store, &failure),
    }
}

/// Shows an opened project: its models are looked at, its base is kept where it is not the proposed one.
async fn open(store: Store, opened: Opened) {
    keep_now(store);
    let wanted = opened.project.recipe.base.as_ref().map(|base| ModelId(base.path.clone()));
    let had_models = !opened.project.recipe.experts.is_empty();
    store.restart(Draft::of(opened.project));
    store.step.set(Step::Models);
    let gone = opened.missing.iter().map(|place| problems::file_changed(place, true));
    store.refused.set(gone.map(|problem| Refused { problem, batch: vec![] }).collect());
    let present = opened.models;
    let proposed = look(store, &present, BaseChoice::Proposed).await;
    let found = match proposed {
        Some(found) if had_models && found.base().map(|card| card.id.clone()) != wanted => {
            let choice = wanted.filter(|id| present.contains(id)).map_or(BaseChoice::None, BaseChoice::Chosen);
            store.draft.update(|draft| draft.base = choice.clone());
            look(store, &present, choice).await
        }
        other => other,
    };
    if let Some(found) = found {
        take_in(store, found, None);
        store.kept_as.set_value(Some(store.draft.get_untracked()));
    }
}

/// Another mix of the same models, beginning with the strengths of this one.
pub fn start_from_this(store: Store) {
    keep_now(store);
    let mut draft = store.draft.get_untracked();
    draft.project.key = String::new();
    draft.project.saved_at = None;
    draft.project.name = screen::done::copy_of(&draft.project.name);
    let inspection = store.inspection.get_untracked();
    let selected = store.selected.get_untracked();
    store.restart(draft);
    store.kept_as.set_value(None);
    store.inspection.set(inspection);
    store.selected.set(selected);
    store.draft.update(|_| ());
}

/// Keeps the project now, if there is something to keep.
pub fn keep_now(store: Store) {
    let draft = store.draft.get_untracked();
    let kept = store.kept_as.with_value(|kept| kept.as_ref().is_some_and(|kept| same_project(kept, &draft)));
    if kept || draft.project.models.is_empty() {
        return;
    }
    // A second request before the first was answered would not know the project's key yet.
    if store.keeping.get_value() {
        return;
    }
    store.keeping.set_value(true);
    let generation = store.generation.get_value();
    store.kept_as.set_value(Some(draft.clone()));
    spawn_local(async move {
        let reply = bridge::call(&command::KeepProject { project: draft.project.clone() }).await;
        store.keeping.set_value(false);
        if store.generation.get_value() != generation {
            return;
        }
        match reply {
            Ok(key) => {
                store.draft.update(|draft| draft.project.key = key);
                let same = store.draft.with_untracked(|now| same_project(now, &draft));
                store.kept.set(if same { Kept::Done } else { Kept::Waiting });
                if !same {
                    keep_now(store);
                }
                if store.step.get_untracked() == Step::Start {
                    refresh_recents(store).await;
                }
            }
            Err(failure) => complain(store, &failure),
        }
    });
}

/// Whether two drafts are kept alike; the key is the core's own.
pub fn same_project(a: &Draft, b: &Draft) -> bool {
    let plain = |project: &Project| Project { key: String::new(), ..project.clone() };
    plain(&a.project) == plain(&b.project)
}

/// Asks for engine, memory, disk.
pub async fn refresh_machine(store: Store) {
    if let Ok(machine) = bridge::call(&command::Status {}).await {
        store.folder.update(|folder| {
            // A folder that the person chose stays; only its free space is news.
            match folder {
                Some(own) if own.id != machine.folder.id => {}
                own => *own = Some(machine.folder.clone()),
            }
        });
        store.machine.set(Some(machine));
    }
}

/// Asks for the list of recent projects.
pub async fn refresh_recents(store: Store) {
    store.recents.set(Some(bridge::call(&command::Recents {}).await.unwrap_or_default()));
}
