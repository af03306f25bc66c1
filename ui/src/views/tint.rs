//! The step Tint: a mix that learns from examples without labels to answer like its specialists.

use leptos::prelude::*;
use protocol::event::Phase;
use protocol::words::screen::tint as words;

use super::tint_after::After;
use super::tint_before::Before;
use super::tint_running::Running;
use crate::actions;
use crate::parts::example_cell::PickExamples;
use crate::parts::icons::{icon, marker};
use crate::shape::tinted::{self, Unfit};
use crate::store::{Step, Store, store};

/// Which face the step has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// This mix cannot be tinted.
    Unfit(Unfit),
    /// No skill has examples.
    NoExamples,
    /// Nothing has begun.
    Before,
    /// It learns.
    Running,
    /// It is compared, or done.
    After,
}

/// The face of the step now.
pub fn face(store: Store) -> Face {
    let tints = store.tints;
    let phase = tints.run.with(|run| run.as_ref().map(|run| run.phase));
    match phase {
        Some(Phase::Compare) => return Face::After,
        Some(_) => return Face::Running,
        None if tints.is_result_shown.get() && tints.result.with(Option::is_some) => return Face::After,
        None => {}
    }
    store.draft.with(|draft| match tinted::unfit(&draft.project.recipe) {
        Some(why) => Face::Unfit(why),
        None if draft.project.examples.is_empty() => Face::NoExamples,
        None => Face::Before,
    })
}

/// Work area of the step.
#[component]
pub fn Tint() -> impl IntoView {
    let store = store();
    let face = Memo::new(move |_| face(store));
    super::arrive_with(face);
    move || match face.get() {
        Face::Unfit(why) => view! { <Cannot why=why/> }.into_any(),
        Face::NoExamples => view! { <NoExamples/> }.into_any(),
        Face::Before => view! { <Before/> }.into_any(),
        Face::Running => view! { <Running/> }.into_any(),
        Face::After => view! { <After/> }.into_any(),
    }
}

/// Title and the sentence that says what tinting does.
pub fn head() -> impl IntoView {
    view! { <div class="work-head"><div><h1 tabindex="-1">{words::TITLE}</h1><p class="lead">{words::LEAD}</p></div></div> }
}

/// Why this mix cannot be tinted, and what can be done.
#[component]
fn Cannot(why: Unfit) -> impl IntoView {
    let store = store();
    let (title, text) = match why {
        Unfit::OwnBodies => (words::OWN_BODIES, words::OWN_BODIES_HINT),
        Unfit::NoBase => (words::NO_BASE, words::NO_BASE_HINT),
    };
    let balanced = move |_| store.edit(None, |draft| draft.set_method("consensus"));
    let button = match why {
        Unfit::OwnBodies => {
            view! { <button type="button" class="button main" on:click=balanced>{words::USE_BALANCED}</button> }.into_any()
        }
        Unfit::NoBase => view! {
            <button type="button" class="button main" on:click=move |_| actions::go(store, Step::Models)>{words::TO_MODELS}</button>
        }
        .into_any(),
    };
    view! {
        {head()}
        <div class="work-body"><section class="verdict choice">{icon("info")}<div><p class="what">{title}</p><p class="because">{text}</p></div></section></div>
        <div class="work-foot"><p class="forecast"></p>{button}</div>
    }
}

/// What examples are for, and the buttons that add them.
#[component]
fn NoExamples() -> impl IntoView {
    let store = store();
    let experts = Memo::new(move |_| {
        store.draft.with(|draft| {
            let one = |expert: &protocol::recipe::Expert| {
                (expert.path.clone(), expert.skill.clone(), draft.pigment(&expert.path))
            };
            draft.project.recipe.experts.iter().map(one).collect::<Vec<_>>()
        })
    });
    let row = |(path, skill, pigment): (String, String, u8)| {
        view! {
            <li class="pick"><span class="skill">{marker(pigment)}</span><span class="t clip">{skill}</span>
                <PickExamples model=path class="button"/></li>
        }
    };
    view! {
        {head()}
        <div class="work-body"><section class="panel tint-empty"><h2>{words::NO_EXAMPLES}</h2><p class="quiet">{words::NO_EXAMPLES_HINT}</p>
            <ul class="tint-add">{move || experts.get().into_iter().map(row).collect_view()}</ul></section></div>
    }
}
