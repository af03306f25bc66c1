//! Asks which skill dropped examples belong to, where their name does not tell.

use leptos::prelude::*;
use protocol::words::screen::examples as words;
use protocol::words::screen::frame;

use super::icons::{icon, marker};
use crate::examples::answer;
use crate::page;
use crate::store::store;

/// The question, as long as one is open.
#[component]
pub fn AskWhose() -> impl IntoView {
    let store = store();
    let first = Memo::new(move |_| store.measures.whose.with(|open| open.first().map(|(_, name)| name.clone())));
    move || first.get().map(|name| view! { <Question name=name/> })
}

#[component]
fn Question(name: String) -> impl IntoView {
    let store = store();
    Effect::new(move |_| page::focus(".whose-skill"));
    let skills = store.draft.with_untracked(|draft| {
        let experts = draft.project.recipe.experts.iter();
        experts
            .map(|expert| (expert.path.clone(), expert.skill.clone(), draft.pigment(&expert.path)))
            .collect::<Vec<_>>()
    });
    let choice = move |(id, skill, pigment): (String, String, u8)| {
        view! {
            <button type="button" class="button whose-skill" on:click=move |_| answer(store, Some(&id))>{marker(pigment)}{skill}</button>
        }
    };
    view! {
        <div class="veil"></div>
        <section class="sheet-over whose" role="dialog" aria-modal="true" aria-label=words::WHOSE>
            <div class="inspector-head"><h2>{words::WHOSE}</h2>
                <button type="button" class="icon-button sm right" aria-label=frame::CLOSE
                    on:click=move |_| answer(store, None)>{icon("close")}</button></div>
            <p>{words::whose(&name)}</p>
            <div class="choices">{skills.into_iter().map(choice).collect_view()}</div>
            <div class="row"><button type="button" class="button plain right" on:click=move |_| answer(store, None)>{words::NONE_OF_THEM}</button></div>
        </section>
    }
}
