//! Skill packs: opened, and their skills restored one after the other.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::command::{LookAtPack, Pick, PickModels, Unpack};
use protocol::event::{JobEvent, Phase, Progress};
use protocol::failure::{Failure, FailureCode, Problem};
use protocol::model::ModelId;
use protocol::pack::PackCard;
use protocol::words::screen::pack as words;

use crate::actions::complain;
use crate::bridge;
use crate::opening::refresh_machine;
use crate::shape::naming;
use crate::store::Store;

/// A pack in front of everything else.
#[derive(Debug, Clone, PartialEq)]
pub struct Open {
    /// Its id.
    pub id: ModelId,
    /// Name of its folder.
    pub name: String,
    /// What is in it, once that is known.
    pub card: Option<PackCard>,
}

/// A skill that is being restored.
#[derive(Debug, Clone, PartialEq)]
pub struct Restoring {
    /// Its name.
    pub skill: String,
    /// Name of the output.
    pub name: String,
    /// Share that is done, 0 to 1; never falls.
    pub share: f64,
}

/// The signals of packs; copied freely.
#[derive(Clone, Copy)]
pub struct Packs {
    /// The pack in front.
    pub open: RwSignal<Option<Open>>,
    /// The starting model that the person chose.
    pub base: RwSignal<Option<ModelId>>,
    /// The skill at work.
    pub running: RwSignal<Option<Restoring>>,
    /// What was restored: name of the output by skill.
    pub done: RwSignal<BTreeMap<String, String>>,
    /// The skill that could not be restored, if any, and why the pack or the skill cannot be used.
    pub failure: RwSignal<Option<(Option<String>, Problem)>>,
}

impl Packs {
    /// Nothing is open.
    pub fn new() -> Self {
        Self {
            open: RwSignal::default(),
            base: RwSignal::default(),
            running: RwSignal::default(),
            done: RwSignal::default(),
            failure: RwSignal::default(),
        }
    }
}

/// Whether a pack is in front.
pub fn is_open(store: Store) -> bool {
    store.packs.open.with_untracked(Option::is_some)
}

/// Opens the first of these packs.
pub fn show(store: Store, packs: Vec<(ModelId, String)>) {
    let Some((id, name)) = packs.into_iter().next() else { return };
    // What runs belongs to the pack in front.
    if store.packs.running.with_untracked(Option::is_some) {
        return;
    }
    store.packs.base.set(None);
    store.packs.done.set(BTreeMap::new());
    store.packs.failure.set(None);
    store.packs.open.set(Some(Open { id: id.clone(), name, card: None }));
    spawn_local(async move {
        let found = bridge::call(&LookAtPack { pack: id.clone() }).await;
        let is_current = store.packs.open.with_untracked(|open| open.as_ref().is_some_and(|open| open.id == id));
        match found {
            Ok(card) if is_current => store.packs.open.update(|open| {
                if let Some(open) = open {
                    open.card = Some(card);
                }
            }),
            Err(failure) if is_current => refuse(store, None, failure),
            _ => {}
        }
    });
}

/// Puts the pack away; what is being restored goes on, and its end is told.
pub fn close(store: Store) {
    store.packs.open.set(None);
}

/// Opens a dialog for the starting model; then restores `skill`, if one is given.
pub fn choose_base(store: Store, skill: Option<String>) {
    spawn_local(async move {
        match bridge::call(&PickModels { pick: Pick::Folders }).await {
            Ok(added) => {
                let Some(base) = added.models.into_iter().next() else { return };
                store.packs.base.set(Some(base));
                store.packs.failure.set(None);
                if let Some(skill) = skill {
                    restore(store, &skill, None);
                }
            }
            Err(failure) => complain(store, &failure),
        }
    });
}

/// Restores a skill into the output folder, under a name that the person may have chosen.
pub fn restore(store: Store, skill: &str, name: Option<String>) {
    let open = store.packs.open.get_untracked().and_then(|open| Some((open.id, open.card?)));
    let (Some((pack, card)), Some(folder)) = (open, store.folder.get_untracked()) else { return };
    if store.packs.running.with_untracked(Option::is_some) {
        return;
    }
    let base = store.packs.base.get_untracked().filter(|_| !card.base.inside);
    if base.is_none() && !card.base.inside {
        return choose_base(store, Some(skill.to_owned()));
    }
    let name = name.unwrap_or_else(|| naming::from_project(&words::name(&card, skill)));
    store.packs.failure.set(None);
    store.packs.running.set(Some(Restoring { skill: skill.to_owned(), name: name.clone(), share: 0.0 }));
    let request = Unpack { pack, skill: skill.to_owned(), base, name, folder: folder.id };
    spawn_local(async move {
        if let Err(failure) = bridge::run(&request, move |event| hear(store, event)).await {
            end(store, Some(failure));
        }
    });
}

fn hear(store: Store, event: JobEvent) {
    match event {
        JobEvent::Progress(news) => store.packs.running.update(|running| {
            if let Some(running) = running {
                running.share = running.share.max(share(&news));
            }
        }),
        JobEvent::Finished { .. } => end(store, None),
        JobEvent::Failed { failure } => end(store, Some(failure)),
        _ => {}
    }
}

/// Share of the whole: writing takes about as long as checking.
fn share(news: &Progress) -> f64 {
    let own = if news.total == 0 { 0.0 } else { news.done as f64 / news.total as f64 };
    match news.phase {
        Phase::Write => own * 0.5,
        Phase::Verify => 0.5 + own * 0.5,
        Phase::Publish => 1.0,
        _ => 0.0,
    }
}

fn end(store: Store, failure: Option<Failure>) {
    let Some(ran) = store.packs.running.get_untracked() else { return };
    store.packs.running.set(None);
    match failure {
        Some(failure) => refuse(store, Some(ran.skill), failure),
        None => {
            let folder = store.folder.with_untracked(|folder| folder.as_ref().map(|folder| folder.name.clone()));
            store.urgent.set(words::restored(&ran.name, &folder.unwrap_or_default()));
            store.packs.done.update(|done| drop(done.insert(ran.skill, ran.name)));
        }
    }
    spawn_local(refresh_machine(store));
}

/// Says why in the sheet, or as a message where it was put away; a stop needs no reason.
fn refuse(store: Store, skill: Option<String>, failure: Failure) {
    if failure.problems.iter().any(|problem| problem.code == FailureCode::Cancelled) {
        return;
    }
    if !is_open(store) {
        return complain(store, &failure);
    }
    if let Some(problem) = failure.problems.into_iter().next() {
        store.urgent.set(problem.title.clone());
        store.packs.failure.set(Some((skill, problem)));
    }
}
