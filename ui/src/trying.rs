//! One picture or sentence, shown to the mix and to its specialists.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::command::{self, Added};
use protocol::measure::{ExampleKind, Shown, SkillAnswers};
use protocol::model::ModelId;
use protocol::words::screen::trying as words;

use crate::actions::complain;
use crate::bridge;
use crate::examples::{card, given};
use crate::shape::board::MixKey;
use crate::signals::Asked;
use crate::store::Store;

/// What the specialists take: pictures, texts. Both where nothing is known.
pub fn taken(store: Store) -> (bool, bool) {
    let experts = store.draft.with(|draft| draft.project.recipe.experts.clone());
    let kinds: Vec<ExampleKind> =
        experts.iter().filter_map(|expert| card(store, &expert.path)).map(|card| card.kind).collect();
    let reads_words = experts.iter().any(|expert| store.card(&expert.path).is_some_and(|card| card.words.is_some()));
    match (kinds.contains(&ExampleKind::Pictures), kinds.contains(&ExampleKind::Texts) || reads_words) {
        (false, false) => (true, true),
        known => known,
    }
}

/// Opens a dialog for a picture and shows it to the models.
pub fn pick_picture(store: Store) {
    spawn_local(async move {
        match bridge::call(&command::PickPicture {}).await {
            Ok(Some(picture)) => ask(store, Shown::Picture(picture)),
            Ok(None) => {}
            Err(failure) => complain(store, &failure),
        }
    });
}

/// The one thing that was dropped over the panel, if it was one.
pub fn dropped(added: &Added) -> Option<ModelId> {
    let examples = added.examples.iter().map(|(id, _)| id);
    let mut all = examples.chain(&added.models);
    match (all.next(), all.next()) {
        (Some(only), None) => Some(only.clone()),
        _ => None,
    }
}

/// Shows something to the mix and to its specialists.
pub fn ask(store: Store, shown: Shown) {
    store.measures.turns.update_value(|turns| turns.1 += 1);
    let turn = store.measures.turns.get_value().1;
    let recipe = store.draft.with_untracked(|draft| draft.project.recipe.clone());
    let request = command::Try { recipe, examples: untrack(|| given(store)), shown };
    store.measures.is_asking.set(true);
    store.measures.ask_failure.set(None);
    spawn_local(async move {
        let reply = bridge::call(&request).await;
        if store.measures.turns.get_value().1 != turn {
            return;
        }
        store.measures.is_asking.set(false);
        match reply {
            Ok(answers) => {
                let same = answers.skills.iter().filter(|one| SkillAnswers::agree(one)).count();
                store.polite.set(words::announced(same, answers.skills.len()));
                let mix = MixKey::of(&request.recipe);
                store.measures.asked.set(Some(Asked { shown: request.shown, mix, answers }));
            }
            Err(failure) => store.measures.ask_failure.set(failure.problems.into_iter().next()),
        }
    });
}

/// Shows the same to the mix as it is now.
pub fn ask_again(store: Store) {
    if let Some(asked) = store.measures.asked.get_untracked() {
        ask(store, asked.shown);
    }
}

/// Takes what was shown away.
pub fn clear(store: Store) {
    store.measures.turns.update_value(|turns| turns.1 += 1);
    store.measures.asked.set(None);
    store.measures.is_asking.set(false);
    store.measures.ask_failure.set(None);
}
