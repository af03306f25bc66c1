//! Try it: one picture or sentence, and the answers of mix and specialists side by side.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::{Canvas, Input};
use leptos::prelude::*;
use protocol::measure::{AnswerShare, Picture, Shown, SkillAnswers, SkillProblem};
use protocol::words::format;
use protocol::words::screen::trying as words;

use crate::measuring;
use crate::page::{self, TRYING};
use crate::parts::icons::{icon, marker};
use crate::parts::problem_card::ProblemCard;
use crate::signals::{Asked, Spot};
use crate::store::{Store, store};
use crate::trying::{ask, ask_again, clear, pick_picture, taken};

/// The panel.
#[component]
pub fn Trying() -> impl IntoView {
    let store = store();
    let over = move || store.drag.with(|drag| drag.as_ref().is_some_and(|drag| drag.over == Spot::Trying));
    let kinds = Memo::new(move |_| taken(store));
    let lead = move || match kinds.get() {
        (true, false) => words::PICTURE_ONLY,
        (false, true) => words::TEXT_ONLY,
        _ => words::BOTH,
    };
    let answers = move || store.measures.asked.get().map(|asked| view! { <Answers asked=asked/> });
    let failure =
        move || store.measures.ask_failure.get().map(|problem| view! { <ProblemCard problem=problem pigment=None/> });
    let busy = move || {
        store.measures.is_asking.get().then(|| view! { <span class="badge" role="status">{words::ASKING}</span> })
    };
    view! {
        <section class="panel trying" class:over=over data-drop=TRYING aria-label=words::TITLE>
            <div class="panel-head"><h2>{words::TITLE}</h2>{busy}<Standing/></div>
            <p class="small">{lead}</p>
            <div class="row ways">{move || kinds.get().0.then(|| view! { <PictureWay/> })}
                {move || kinds.get().1.then(|| view! { <TextWay/> })}</div>
            {failure}{answers}
        </section>
    }
}

/// Whether the answers are of an earlier mix, and the way to new ones.
#[component]
fn Standing() -> impl IntoView {
    let store = store();
    let stale = Memo::new(move |_| {
        let mix = measuring::mix(store);
        store.measures.asked.with(|asked| asked.as_ref().map(|asked| asked.mix != mix))
    });
    let earlier = move || {
        (stale.get() == Some(true) && !store.measures.is_asking.get()).then(|| {
            view! {
                <span class="badge notice">{words::EARLIER}</span>
                <button type="button" class="link small" on:click=move |_| ask_again(store)>{words::AGAIN}</button>
            }
        })
    };
    let away = move || {
        stale.get().map(|_| {
            view! { <button type="button" class="link small right" on:click=move |_| clear(store)>{words::CLEAR}</button> }
        })
    };
    view! { {earlier}{away} }
}

#[component]
fn PictureWay() -> impl IntoView {
    let store = store();
    let hint = move || {
        let over = store.drag.with(|drag| drag.as_ref().is_some_and(|drag| drag.over == Spot::Trying));
        if over { words::LET_GO } else { words::DROP }
    };
    view! {
        <button type="button" class="button" on:click=move |_| pick_picture(store)>{words::CHOOSE}</button>
        <span class="small">{hint}</span>
    }
}

#[component]
fn TextWay() -> impl IntoView {
    let store = store();
    let field = NodeRef::<Input>::new();
    let filled = RwSignal::new(false);
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        let text = field.get_untracked().map(|field| field.value().trim().to_owned()).unwrap_or_default();
        if !text.is_empty() {
            ask(store, Shown::Text(text));
        }
    };
    // A form takes Enter; keys of the window stay out of it.
    let press = |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
        }
    };
    view! {
        <form class="row sentence" on:submit=send>
            <input class="input" type="text" autocomplete="off" maxlength="2000" node_ref=field aria-label=words::SENTENCE
                placeholder=words::TYPE_HERE on:keydown=press
                on:input=move |event| filled.set(!event_target_value(&event).trim().is_empty())/>
            <button type="submit" class="button" disabled=move || !filled.get()>{words::ASK}</button></form>
    }
}

/// What was shown, and a row for each skill.
#[component]
fn Answers(asked: Asked) -> impl IntoView {
    let store = store();
    let answers = asked.answers;
    let mix = asked.mix;
    let stale = move || measuring::mix(store) != mix;
    let shown = match (answers.picture, asked.shown) {
        (Some(picture), _) => view! { <ShownPicture picture=picture name=answers.name/> }.into_any(),
        (None, Shown::Text(text)) => view! { <blockquote class="shown-text">{text}</blockquote> }.into_any(),
        (None, Shown::Picture(_)) => view! { <p class="small">{answers.name}</p> }.into_any(),
    };
    let rows = answers.skills.into_iter().map(|one| answer_row(store, one)).collect_view();
    let problems = answers.problems.into_iter().map(|one| problem_row(store, one)).collect_view();
    view! {
        <div class="answers" class:stale=stale>{shown}
            <table class="answer-table"><caption class="unseen">{words::TITLE}</caption>
                <thead><tr><th scope="col">{words::SKILL}</th><th scope="col">{words::THIS_MIX}</th>
                    <th scope="col">{words::SPECIALIST}</th><th></th></tr></thead>
                <tbody>{rows}{problems}</tbody></table></div>
    }
}

#[component]
fn ShownPicture(picture: Picture, name: String) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let pixelated = picture.width <= 64 && picture.height <= 64;
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            page::draw(&canvas, &picture);
        }
    });
    view! {
        <figure class="shown"><canvas node_ref=canvas class:pixelated=pixelated role="img" aria-label=words::picture(&name)></canvas>
            <figcaption class="small clip" title=name.clone()>{name.clone()}</figcaption></figure>
    }
}

fn skill_head(store: Store, skill: &str) -> impl IntoView + use<> {
    let pigment = store.draft.with_untracked(|draft| {
        let expert = draft.project.recipe.experts.iter().find(|expert| expert.skill == skill);
        expert.map_or(0, |expert| draft.pigment(&expert.path))
    });
    view! { <th scope="row"><span class="skill">{marker(pigment)}{skill.to_owned()}</span></th> }
}

fn answer_row(store: Store, one: SkillAnswers) -> impl IntoView {
    let (sign, word) = if one.agree() { ("check", words::SAME) } else { ("differ", words::DIFFERENT) };
    let class = if one.agree() { "verdict-cell same" } else { "verdict-cell differs" };
    view! {
        <tr>{skill_head(store, &one.skill)}<td>{said(&one.mix)}</td><td>{said(&one.expert)}</td>
            <td class=class><span class="row">{icon(sign)}{word}</span></td></tr>
    }
}

/// The likeliest answer with its probability as number and length; the next ones small.
fn said(answers: &[AnswerShare]) -> impl IntoView + use<> {
    let first = answers.first().map(|one| {
        let share = format!("{:.1}%", one.share.clamp(0.0, 1.0) * 100.0);
        view! {
            <span class="answer"><b>{one.label.clone()}</b><span class="num">{format::percent(one.share)}</span></span>
            <span class="probability" aria-hidden="true"><i style=("--done", share)></i></span>
        }
    });
    let rest: Vec<String> = answers.iter().skip(1).map(|one| words::answer(&one.label, one.share)).collect();
    view! { {first}<span class="small">{rest.join(", ")}</span> }
}

fn problem_row(store: Store, one: SkillProblem) -> impl IntoView {
    view! {
        <tr>{skill_head(store, &one.skill)}<td colspan="3"><span class="row">{icon("warn")}<b>{one.problem.title.clone()}</b></span>
            <span class="small">{one.problem.remedy.clone()}</span></td></tr>
    }
}
