//! The step Trade-offs: which mixes there are to choose from when no mix is best in every skill.

use leptos::prelude::*;
use protocol::words::screen::trade as words;
use protocol::words::trading as reasons;

use super::trade_before::Before;
use super::trade_shown::Shown;
use crate::actions;
use crate::parts::example_cell::PickExamples;
use crate::parts::icons::{icon, marker};
use crate::shape::trade_wish::{self, Unfit};
use crate::store::{Step, Store, store};
use crate::trading;

/// Which face the step has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// This mix has no trade-offs.
    Unfit(Unfit),
    /// Too few skills have examples.
    NoExamples,
    /// Nothing has begun.
    Before,
    /// Mixes are being measured.
    Exploring,
    /// There are mixes to choose from.
    Map,
}

/// The face of the step now.
pub fn face(store: Store) -> Face {
    if store.trades.is_running() {
        return Face::Exploring;
    }
    let unfit = store.draft.with(|draft| trade_wish::unfit(&draft.project.recipe));
    let has_few = store.draft.with(|draft| draft.project.examples.len() < 2);
    match unfit {
        Some(why) => Face::Unfit(why),
        None if trading::has_map(store) && !store.trades.is_again.get() => Face::Map,
        None if has_few => Face::NoExamples,
        None => Face::Before,
    }
}

/// Work area of the step. A map that grows and one that is done are one place, so that the focus stays.
#[component]
pub fn TradeOffs() -> impl IntoView {
    let store = store();
    let place = Memo::new(move |_| match face(store) {
        Face::Exploring => Face::Map,
        other => other,
    });
    super::arrive_with(place);
    move || match place.get() {
        Face::Unfit(why) => view! { <Cannot why=why/> }.into_any(),
        Face::NoExamples => view! { <NoExamples/> }.into_any(),
        Face::Before => view! { <Before/> }.into_any(),
        Face::Exploring | Face::Map => view! { <Shown/> }.into_any(),
    }
}

/// Title and the sentence that says what the step is for.
pub fn head() -> impl IntoView {
    view! { <div class="work-head"><div><h1 tabindex="-1">{words::TITLE}</h1><p class="lead">{words::LEAD}</p></div></div> }
}

/// Why this mix has no trade-offs, and what can be done.
#[component]
fn Cannot(why: Unfit) -> impl IntoView {
    let store = store();
    let problem = match why {
        Unfit::NoBase => reasons::no_starting_model(),
        Unfit::OneSpecialist => reasons::one_specialist(),
        Unfit::OwnBodies => reasons::no_common_body(),
    };
    let balanced = move |_| store.edit(None, |draft| draft.set_method("consensus"));
    let button = match why {
        Unfit::OwnBodies => {
            view! { <button type="button" class="button main" on:click=balanced>{words::USE_BALANCED}</button> }.into_any()
        }
        Unfit::NoBase | Unfit::OneSpecialist => view! {
            <button type="button" class="button main" on:click=move |_| actions::go(store, Step::Models)>{words::TO_MODELS}</button>
        }
        .into_any(),
    };
    view! {
        {head()}
        <div class="work-body"><section class="verdict choice">{icon("info")}<div><p class="what">{problem.title}</p>
            <p class="because">{problem.why}" "{problem.remedy}</p></div></section></div>
        <div class="work-foot"><p class="forecast"></p>{button}</div>
    }
}

/// A specialist, and whether it has examples.
type Owner = (String, String, u8, bool);

/// What examples are for, and the buttons that add them.
#[component]
fn NoExamples() -> impl IntoView {
    let store = store();
    let experts = Memo::new(move |_| {
        store.draft.with(|draft| {
            let one = |expert: &protocol::recipe::Expert| {
                let has_examples = draft.examples_of(&expert.path).is_some();
                (expert.path.clone(), expert.skill.clone(), draft.pigment(&expert.path), has_examples)
            };
            draft.project.recipe.experts.iter().map(one).collect::<Vec<Owner>>()
        })
    });
    let row = |(path, skill, pigment, has_examples): Owner| {
        let end = match has_examples {
            true => icon("check").into_any(),
            false => view! { <PickExamples model=path class="button"/> }.into_any(),
        };
        view! { <li class="pick"><span class="skill">{marker(pigment)}</span><span class="t clip">{skill}</span>{end}</li> }
    };
    view! {
        {head()}
        <div class="work-body"><section class="panel tint-empty"><h2>{words::NO_EXAMPLES}</h2><p class="quiet">{words::NO_EXAMPLES_HINT}</p>
            <ul class="tint-add">{move || experts.get().into_iter().map(row).collect_view()}</ul></section></div>
    }
}
