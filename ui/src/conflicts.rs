//! Which skills fight: asking for the statistics of all layers.

use leptos::prelude::*;

use crate::bridge;
use crate::signals::MixView;
use crate::store::Store;
use crate::views::mix::open;

/// Whether anybody can answer.
pub fn can_ask() -> bool {
    // WIRE HERE: `true` once the command `Statistics` is there.
    bridge::is_fake()
}

/// Statistics are of the models: with other models they are forgotten.
pub fn forget_by_itself(store: Store) {
    let models = Memo::new(move |_| {
        store.draft.with(|draft| {
            let recipe = &draft.project.recipe;
            let experts = recipe.experts.iter().map(|expert| (expert.path.clone(), expert.skill.clone()));
            (recipe.base.clone(), experts.collect::<Vec<_>>())
        })
    });
    Effect::new(move |_| {
        models.track();
        store.measures.layers.set(None);
        store.measures.layer.set(None);
    });
}

/// Opens the view, and asks if nothing is known yet.
pub fn show(store: Store) {
    open(store, MixView::Layers);
    if store.measures.layers.with_untracked(Option::is_none) {
        ask(store);
    }
}

/// Asks for the statistics of the models in the mix.
fn ask(store: Store) {
    // WIRE HERE: send `Statistics { recipe }` with `bridge::run`, and turn what comes with `JobEvent::Statistics` into
    // `shape::layers::Layers` (one `Layer` for each, `relative` and `cosine` as they are).
    #[cfg(feature = "fake")]
    store.measures.layers.set(Some(crate::bridge_fake::scores::layers()));
    #[cfg(not(feature = "fake"))]
    let _ = store;
}
