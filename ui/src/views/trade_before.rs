//! The step Trade-offs before mixes are measured: how thoroughly, with which examples, and the bill.

use front::Effort;
use leptos::prelude::*;
use protocol::failure::Weight;
use protocol::trade::TradeExamples;
use protocol::words::format;
use protocol::words::screen::{scores, trade as words};

use super::trade::head;
use crate::parts::example_cell::PickExamples;
use crate::parts::icons::{icon, marker};
use crate::parts::problem_card::ProblemCard;
use crate::store::{Store, store};
use crate::tinting::is_looking;
use crate::trading;

/// In the order of their names on screen.
const EFFORTS: [Effort; 3] = [Effort::Quick, Effort::Normal, Effort::Thorough];

/// Work area.
#[component]
pub fn Before() -> impl IntoView {
    view! {
        {head()}
        <div class="work-body close"><Kept/><Failures/><Settings/><Examples/></div>
        <Foot/>
    }
}

/// What an earlier start measured.
#[component]
fn Kept() -> impl IntoView {
    let store = store();
    let kept = Memo::new(move |_| {
        let found = trading::forecast(store)?;
        (found.kept > 0).then_some((found.kept, found.mixes))
    });
    move || {
        kept.get().map(|(kept, mixes)| {
            view! {
                <section class="verdict last">{icon("clock")}<div><p class="what">{words::kept(kept, mixes)}</p>
                    <p class="because">{words::KEPT_HINT}</p></div>
                    <span class="acts"><button type="button" class="button plain" on:click=move |_| trading::start_anew(store)>{words::ANEW}</button></span></section>
            }
        })
    }
}

/// Why the last exploration ended without a map, and why none can be forecast.
#[component]
pub fn Failures() -> impl IntoView {
    let store = store();
    let trades = store.trades;
    let ended = move || trades.failure.get().map(|problem| view! { <ProblemCard problem=problem pigment=None/> });
    let refused = Memo::new(move |_| {
        let wish = trading::wish(store)?;
        trades.forecast_failure.with(|failed| failed.as_ref().filter(|(of, _)| *of == wish).map(|(_, why)| why.clone()))
    });
    let refused = move || refused.get().map(|problem| view! { <ProblemCard problem=problem pigment=None/> });
    view! { {ended}{refused} }
}

/// How thoroughly: three choices, what each means, and how many mixes it is.
#[component]
fn Settings() -> impl IntoView {
    let store = store();
    let effort = store.trades.effort;
    let at = Memo::new(move |_| EFFORTS.iter().position(|one| *one == effort.get()).unwrap_or(1));
    let specialists = Memo::new(move |_| store.draft.with(|draft| draft.project.recipe.experts.len()));
    let choice = move |(place, name): (usize, &'static str)| {
        view! {
            <button type="button" aria-pressed=move || (at.get() == place).to_string()
                on:click=move |_| effort.set(EFFORTS[place])>{name}</button>
        }
    };
    let hint = move || words::EFFORT_HINTS[at.get()];
    let budget = move || words::budget(effort.get().mixes(specialists.get()));
    view! {
        <section class="panel parameters" aria-label=words::EFFORT>
            <div class="parameter"><div class="parameter-name"><span class="label">{words::EFFORT}</span><span class="small">{hint}</span></div>
                <div class="parameter-control trade-effort"><span class="segments" role="group" aria-label=words::EFFORT>
                    {words::EFFORTS.into_iter().enumerate().map(choice).collect_view()}</span>
                    <span class="num" role="status">{budget}</span></div></div>
        </section>
    }
}

/// A skill as the table of examples shows it.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    path: String,
    skill: String,
    pigment: u8,
    examples: Option<TradeExamples>,
    trouble: Option<String>,
    is_given: bool,
}

fn lines(store: Store) -> Vec<Line> {
    // Counts stay on screen while a new forecast is on its way.
    let found = store.trades.forecast.with(|found| found.as_ref().map(|(_, forecast)| forecast.clone()));
    store.draft.with(|draft| {
        let one = |expert: &protocol::recipe::Expert| {
            let is_given = draft.examples_of(&expert.path).is_some();
            let of = |skill: &str| skill == expert.skill && is_given;
            let trouble = found.iter().flat_map(|found| &found.problems).find(|one| of(&one.skill));
            Line {
                path: expert.path.clone(),
                skill: expert.skill.clone(),
                pigment: draft.pigment(&expert.path),
                examples: found.iter().flat_map(|found| &found.skills).find(|one| of(&one.skill)).cloned(),
                trouble: trouble.map(|one| one.problem.title.clone()).or_else(|| refused(store, &expert.path)),
                is_given,
            }
        };
        draft.project.recipe.experts.iter().map(one).collect()
    })
}

/// Why the examples of a specialist cannot be used.
fn refused(store: Store, model: &str) -> Option<String> {
    let all = crate::examples::troubles(store, model);
    all.into_iter().find(|problem| problem.weight == Weight::Stop).map(|problem| problem.title)
}

#[component]
fn Examples() -> impl IntoView {
    let store = store();
    let lines = Memo::new(move |_| lines(store));
    view! {
        <section class="panel tint-examples" aria-label=words::EXAMPLES><div class="panel-head"><h2>{words::EXAMPLES}</h2>
                <span class="small">{words::EXAMPLES_HINT}</span></div>
            <table class="scores-table"><caption class="unseen">{words::EXAMPLES}</caption>
                <thead><tr><th scope="col">{scores::SKILL}</th><th scope="col">{words::EACH_MIX}</th>
                    <th scope="col" class="text">{protocol::words::screen::tint::SCORED_BY}</th></tr></thead>
                <tbody>{move || lines.get().into_iter().map(line).collect_view()}</tbody></table></section>
    }
}

fn line(line: Line) -> impl IntoView {
    let name = view! { <th scope="row"><span class="skill">{marker(line.pigment)}<span class="clip">{line.skill}</span></span></th> };
    let cells = match (line.examples, line.trouble) {
        (_, Some(trouble)) => view! {
            <td colspan="2" class="text"><span class="row wrapping">{icon("warn")}<span class="quiet">{trouble}". "</span>
                <PickExamples model=line.path class="link" change=true/></span></td>
        }
        .into_any(),
        (Some(examples), None) => {
            let few = (examples.examples < protocol::measure::FEW_EXAMPLES)
                .then(|| view! { <span class="badge notice">{words::FEW}</span> });
            view! { <td>{format::grouped(examples.examples)}</td><td class="text">{words::scored_by(examples.metric)}" "{few}</td> }
                .into_any()
        }
        (None, None) if line.is_given => view! { <td colspan="2" class="text quiet">{words::LOOKING}</td> }.into_any(),
        (None, None) => view! {
            <td colspan="2" class="text"><span class="row"><span class="quiet">{words::NO_SCORE}</span>
                <PickExamples model=line.path class="link"/></span></td>
        }
        .into_any(),
    };
    view! { <tr>{name}{cells}</tr> }
}

/// The bill, and the button that begins.
#[component]
fn Foot() -> impl IntoView {
    let store = store();
    let forecast = Memo::new(move |_| trading::forecast(store));
    let busy = Memo::new(move |_| store.is_at_work());
    let failed = Memo::new(move |_| {
        let wish = trading::wish(store);
        store.trades.forecast_failure.with(|failed| failed.as_ref().is_some_and(|(of, _)| Some(of) == wish.as_ref()))
    });
    let text = move || match (busy.get(), forecast.get()) {
        (true, _) => words::BUSY.to_owned(),
        (false, Some(found)) => words::bill(found.mixes, found.kept, &found.skills, found.seconds, found.resident),
        (false, None) if failed.get() => String::new(),
        (false, None) if is_looking(store) => words::LOOKING.to_owned(),
        (false, None) if trading::wish(store).is_none() => words::LOCKED.to_owned(),
        (false, None) => words::FORECASTING.to_owned(),
    };
    let waits = move || busy.get() || forecast.with(Option::is_none);
    let name = move || {
        forecast.with(|found| match found {
            Some(found) if found.kept >= found.mixes => words::SHOW_MAP,
            Some(found) if found.kept > 0 => words::GO_ON,
            _ => words::EXPLORE,
        })
    };
    let back = move || {
        store.trades.is_again.get().then(|| {
            view! {
                <button type="button" class="button plain" on:click=move |_| store.trades.is_again.set(false)>{words::BACK}</button>
            }
        })
    };
    view! {
        <div class="work-foot"><p class="forecast" role="status">{text}</p>{back}
            <button type="button" class="button main" disabled=waits on:click=move |_| trading::start(store)>{name}</button></div>
    }
}
