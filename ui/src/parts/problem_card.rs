//! A problem in its place: what happened, why, at most two buttons, details folded.

use leptos::prelude::*;
use protocol::failure::{FailureCode, Problem, Weight};
use protocol::words::{problems, screen::frame};

use super::icons::{icon, marker};
use crate::mending::act;
use crate::page;
use crate::store::store;

/// Icon of a problem: a sign to stop, or a warning where another file helps.
fn symbol(problem: &Problem) -> &'static str {
    let mends = [FailureCode::Placeholder, FailureCode::NotComplete, FailureCode::WebPage, FailureCode::FileChanged];
    if mends.contains(&problem.code) || problem.weight != Weight::Stop { "warn" } else { "stop" }
}

/// A problem as a card among the cards.
#[component]
pub fn ProblemCard(
    /// What is wrong.
    problem: Problem,
    /// Pigment of the skill it is about.
    #[prop(optional_no_strip)]
    pigment: Option<u8>,
) -> impl IntoView {
    let class = if problem.weight == Weight::Stop { "model-card failed" } else { "model-card failed choice" };
    let sign = symbol(&problem);
    let body = view! { <Body problem=problem pigment=pigment/> };
    view! { <div class=class><span class="chip failed">{icon(sign)}</span>{body}</div> }
}

#[component]
fn Body(problem: Problem, pigment: Option<u8>) -> impl IntoView {
    let open = RwSignal::new(false);
    let details = problem.details.clone();
    let has_details = details.is_some();
    let fold = move || {
        let text = details.clone().filter(|_| open.get())?;
        let copied = text.clone();
        Some(view! {
            <div class="fold-box mono"><span>{text}</span>
                <button type="button" class="button slim right" on:click=move |_| page::copy(&copied)>
                    {icon("copy")}{frame::COPY_DETAILS}</button></div>
        })
    };
    let details_button = has_details.then(|| {
        view! {
            <button type="button" class="details right" aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)>
                {move || if open.get() { icon("down") } else { icon("next") }}{frame::DETAILS}</button>
        }
    });
    view! {
        <div class="stack">
            <p class="name wrap">{pigment.map(marker)}{problem.title.clone()}</p>
            <p class="because">{explanation(&problem)}</p>
            <div class="row">{buttons(&problem)}{details_button}</div>
            {fold}
        </div>
    }
}

/// Problems whose reason already says what to do.
const SAYS_ALL: &[FailureCode] = &[
    FailureCode::AlreadyAdded,
    FailureCode::Damaged,
    FailureCode::DiskFull,
    FailureCode::FolderForbidden,
    FailureCode::Gguf,
    FailureCode::GpuLost,
    FailureCode::NoBase,
    FailureCode::NotComplete,
    FailureCode::OutOfMemory,
    FailureCode::OutputNotFinite,
    FailureCode::Pickle,
    FailureCode::Placeholder,
    FailureCode::ShardMissing,
    FailureCode::WebPage,
];

/// Why, and what to do where the reason does not say it already.
pub fn explanation(problem: &Problem) -> String {
    let said = SAYS_ALL.contains(&problem.code) || problem.remedy.is_empty();
    if said { problem.why.clone() } else { format!("{} {}", problem.why, problem.remedy) }
}

/// The buttons of a problem, the recommended one first.
pub fn buttons(problem: &Problem) -> impl IntoView + use<> {
    let store = store();
    let all = problem.actions.iter().take(2).cloned().enumerate();
    let whole = problem.clone();
    all.map(move |(at, action)| {
        let words = problems::button(&whole, &action);
        let problem = whole.clone();
        let class = if at == 0 { "button" } else { "button plain" };
        let press = move |_| act(store, action.clone(), &problem);
        view! { <button type="button" class=class on:click=press>{words}</button> }
    })
    .collect_view()
}

/// A notice in the inspector, with its buttons as links.
#[component]
pub fn ProblemNote(
    /// What is worth knowing.
    problem: Problem,
) -> impl IntoView {
    let store = store();
    let whole = problem.clone();
    let links = problem.actions.iter().take(2).cloned().map(move |action| {
        let words = problems::button(&whole, &action);
        let problem = whole.clone();
        let press = move |_| act(store, action.clone(), &problem);
        view! { <button type="button" class="link" on:click=press>{words}</button> }
    });
    view! {
        <div class="note choice">{icon("differ")}
            <span><b>{problem.title.clone()}</b>{problem.why.clone()}
                <span class="acts">{links.collect_view()}</span></span></div>
    }
}
