//! The step Tint before it starts: examples, settings, what it will need.

use leptos::ev::Event;
use leptos::prelude::*;
use protocol::failure::Weight;
use protocol::tint::{Objective, PrivateLayer, TintExamples, TintSettings, TintWay};
use protocol::words::format;
use protocol::words::screen::scores;
use protocol::words::screen::tint as words;

use super::tint::head;
use crate::parts::example_cell::PickExamples;
use crate::parts::icons::{icon, marker};
use crate::parts::problem_card::ProblemCard;
use crate::shape::parameters;
use crate::shape::{tint, tinted};
use crate::store::{Store, store};
use crate::tinting;

/// Work area.
#[component]
pub fn Before() -> impl IntoView {
    view! {
        {head()}
        <div class="work-body close">
            <Resume/><Failures/><LastResult/>
            <Examples/>
            <Settings/>
        </div>
        <Foot/>
    }
}

/// An interrupted tint, and the way to go on.
#[component]
fn Resume() -> impl IntoView {
    let store = store();
    let round = Memo::new(move |_| tinting::forecast(store).and_then(|forecast| forecast.resumes));
    move || {
        round.get().map(|round| {
            view! {
                <section class="verdict last">{icon("clock")}<div><p class="what">{words::resumes(round)}</p>
                    <p class="because">{words::RESUMES_HINT}</p></div>
                    <span class="acts"><button type="button" class="button plain" on:click=move |_| tinting::start(store, false)>{words::ANEW}</button>
                        <button type="button" class="button" on:click=move |_| tinting::start(store, true)>{words::GO_ON}</button></span></section>
            }
        })
    }
}

/// Why the last tint ended without a result, and why none can be forecast.
#[component]
fn Failures() -> impl IntoView {
    let store = store();
    let tints = store.tints;
    let ended = move || tints.failure.get().map(|problem| view! { <ProblemCard problem=problem pigment=None/> });
    let refused = Memo::new(move |_| {
        let wish = tinting::wish(store)?;
        tints.forecast_failure.with(|failed| failed.as_ref().filter(|(of, _)| *of == wish).map(|(_, why)| why.clone()))
    });
    let refused = move || refused.get().map(|problem| view! { <ProblemCard problem=problem pigment=None/> });
    view! { {ended}{refused} }
}

#[component]
fn LastResult() -> impl IntoView {
    let store = store();
    let said = Memo::new(move |_| {
        store.tints.result.with(|result| {
            let row = tinted::row(&result.as_ref()?.1.rows, protocol::tint::TintRowKind::Tinted)?;
            Some(words::result(row.mean, row.worst, None))
        })
    });
    move || {
        said.get().map(|said| {
            view! {
                <p class="small last-result">{words::DONE}": "{said}" "
                    <button type="button" class="link" on:click=move |_| tinting::show_result(store, true)>{words::LAST_RESULT}</button></p>
            }
        })
    }
}

/// A skill as the table of examples shows it.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    path: String,
    skill: String,
    pigment: u8,
    strength: f64,
    examples: Option<TintExamples>,
    trouble: Option<String>,
    is_given: bool,
}

fn lines(store: Store) -> Vec<Line> {
    // Counts stay on screen while a new forecast is on its way.
    let found = store.tints.forecast.with(|found| found.as_ref().map(|(_, forecast)| forecast.clone()));
    store.draft.with(|draft| {
        let strengths = tinted::strengths(&draft.project.recipe);
        let one = |(expert, strength): (&protocol::recipe::Expert, f64)| {
            let is_given = draft.examples_of(&expert.path).is_some();
            let of = |skill: &str| skill == expert.skill && is_given;
            let examples = found.iter().flat_map(|found| &found.skills).find(|one| of(&one.skill)).cloned();
            let trouble = found.iter().flat_map(|found| &found.problems).find(|one| of(&one.skill));
            let trouble = trouble.map(|one| one.problem.title.clone()).or_else(|| refused(store, &expert.path));
            Line {
                path: expert.path.clone(),
                skill: expert.skill.clone(),
                pigment: draft.pigment(&expert.path),
                strength,
                examples,
                trouble,
                is_given,
            }
        };
        draft.project.recipe.experts.iter().zip(strengths).map(one).collect()
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
    let heads = [words::LEARN, words::CHOOSE, words::JUDGE].map(|name| view! { <th scope="col">{name}</th> });
    view! {
        <section class="panel tint-examples" aria-label=words::EXAMPLES><div class="panel-head"><h2>{words::EXAMPLES}</h2>
                <span class="small">{words::SPLIT_ONCE}</span></div>
            <table class="scores-table"><caption class="unseen">{words::EXAMPLES}</caption>
                <thead><tr><th scope="col">{scores::SKILL}</th>{heads.into_iter().collect_view()}<th scope="col" class="text">{words::SCORED_BY}</th></tr></thead>
                <tbody>{move || lines.get().into_iter().map(line).collect_view()}</tbody></table></section>
    }
}

fn line(line: Line) -> impl IntoView {
    let name = view! { <th scope="row"><span class="skill">{marker(line.pigment)}<span class="clip">{line.skill}</span></span></th> };
    let cells = match (line.examples, line.trouble) {
        (_, Some(trouble)) => view! {
            <td colspan="4" class="text"><span class="row wrapping">{icon("warn")}<span class="quiet">{trouble}". "{words::stays_at(line.strength)}</span>
                <PickExamples model=line.path class="link" change=true/></span></td>
        }
        .into_any(),
        (Some(examples), None) => {
            let few = tint::is_few(&examples).then(|| {
                let hint = words::few_hint(examples.parts[2], tint::by_chance(examples.parts[2]));
                view! { <span class="badge notice" title=hint.clone()>{words::FEW}</span><span class="unseen">{hint}</span> }
            });
            let counts = examples.parts.map(|count| view! { <td>{format::grouped(count)}</td> });
            view! { {counts.into_iter().collect_view()}<td class="text">{words::scored_by(examples.metric)}" "{few}</td> }.into_any()
        }
        (None, None) if line.is_given => view! { <td colspan="4" class="text quiet">{words::LOOKING}</td> }.into_any(),
        (None, None) => view! {
            <td colspan="4" class="text"><span class="row"><span class="quiet">{words::stays_at(line.strength)}</span>
                <PickExamples model=line.path class="link"/></span></td>
        }
        .into_any(),
    };
    view! { <tr>{name}{cells}</tr> }
}

/// Changes the settings.
fn set(store: Store, change: impl FnOnce(&mut TintSettings)) {
    store.tints.settings.update(change);
}

#[component]
fn Settings() -> impl IntoView {
    let store = store();
    let tints = store.tints;
    let open = tints.is_open;
    let rounds = number(
        store,
        (1.0, 100_000.0),
        |settings| f64::from(settings.rounds),
        |settings, value| settings.rounds = value as u32,
    );
    let compare = choice(
        store,
        words::COMPARE,
        &words::ON_OFF,
        |settings| usize::from(!settings.compare),
        |settings, at| settings.compare = at == 0,
    );
    view! {
        <section class="panel parameters" aria-label=words::SETTINGS>
            {setting(words::ROUNDS, words::ROUNDS_HINT, rounds(words::ROUNDS).into_any())}
            {setting(words::COMPARE, words::COMPARE_HINT, compare.into_any())}
            {move || open.get().then(|| view! { <More/> })}
            <button type="button" class="fold tint-more" aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>
                {move || if open.get() { (icon("down"), words::LESS) } else { (icon("next"), words::MORE) }}</button>
        </section>
    }
}

/// One setting with its name and its sentence.
fn setting(name: &'static str, hint: &'static str, control: AnyView) -> impl IntoView {
    view! {
        <div class="parameter"><div class="parameter-name"><span class="label">{name}</span><span class="small">{hint}</span></div>
            <div class="parameter-control">{control}</div></div>
    }
}

/// A number box.
fn number(
    store: Store,
    (least, most): (f64, f64),
    read: fn(&TintSettings) -> f64,
    write: fn(&mut TintSettings, f64),
) -> impl Fn(&'static str) -> AnyView {
    move |name| {
        let wrong = RwSignal::new(false);
        let take = move |event: Event| {
            let typed = parameters::typed(&event_target_value(&event), least, most);
            wrong.set(typed.is_none());
            if let Some(typed) = typed {
                set(store, |settings| write(settings, typed));
            }
        };
        view! {
            <input class="number" type="text" inputmode="decimal" autocomplete="off" aria-label=name aria-invalid=move || wrong.get().then_some("true")
                prop:value=move || store.tints.settings.with(read).to_string() on:change=take/>
        }
        .into_any()
    }
}

/// Two or three choices that exclude each other.
fn choice<const N: usize>(
    store: Store,
    name: &'static str,
    titles: &'static [&'static str; N],
    read: fn(&TintSettings) -> usize,
    write: fn(&mut TintSettings, usize),
) -> impl IntoView {
    let chosen = Memo::new(move |_| store.tints.settings.with(read));
    let one = move |(at, title): (usize, &'static &'static str)| {
        view! {
            <button type="button" aria-pressed=move || (chosen.get() == at).to_string()
                on:click=move |_| set(store, |settings| write(settings, at))>{*title}</button>
        }
    };
    view! { <span class="segments" role="group" aria-label=name>{titles.iter().enumerate().map(one).collect_view()}</span> }
}

fn layer_of(settings: &TintSettings) -> usize {
    match settings.layer {
        PrivateLayer::LastBlock => 1,
        PrivateLayer::FirstBlock => 2,
        PrivateLayer::Head | PrivateLayer::Named(_) => 0,
    }
}

/// Everything that most people leave as it is.
#[component]
fn More() -> impl IntoView {
    let store = store();
    let way = choice(
        store,
        words::WAY,
        &words::WAYS,
        |settings| usize::from(settings.way == TintWay::Layers),
        |settings, at| {
            settings.way = [TintWay::Tint, TintWay::Layers][at];
        },
    );
    let layer = choice(store, words::LAYER, &words::LAYERS, layer_of, |settings, at| {
        settings.layer = [PrivateLayer::Head, PrivateLayer::LastBlock, PrivateLayer::FirstBlock][at].clone();
    });
    let objective = choice(
        store,
        words::OBJECTIVE,
        &words::OBJECTIVES,
        |settings| usize::from(settings.objective == Objective::Soft),
        |settings, at| {
            settings.objective = [Objective::Hard, Objective::Soft][at];
        },
    );
    let filter = choice(
        store,
        words::FILTER,
        &words::ON_OFF,
        |settings| usize::from(!settings.filter),
        |settings, at| settings.filter = at == 0,
    );
    view! {
        {setting(words::WAY, words::WAY_HINT, way.into_any())}
        {setting(words::LAYER, words::LAYER_HINT, layer.into_any())}
        {setting(words::OBJECTIVE, words::OBJECTIVE_HINT, objective.into_any())}
        {setting(words::FILTER, words::FILTER_HINT, filter.into_any())}
        <Pace/>
    }
}

/// Where it starts and how fast it goes.
#[component]
fn Pace() -> impl IntoView {
    /// Where the paper starts.
    const PAPER: f64 = 0.3;
    let store = store();
    let start = choice(
        store,
        words::START_AT,
        &words::STARTS,
        |settings| usize::from(settings.start.is_some()),
        |settings, at| {
            settings.start = (at == 1).then_some(PAPER);
        },
    );
    let rate = number(store, (1e-6, 1.0), |settings| settings.rate, |settings, value| settings.rate = value);
    let seed = number(
        store,
        (0.0, 4_294_967_295.0),
        |settings| settings.seed as f64,
        |settings, value| settings.seed = value as u64,
    );
    view! {
        {setting(words::START_AT, words::START_HINT, start.into_any())}
        {setting(words::RATE, words::RATE_HINT, rate(words::RATE))}
        {setting(words::SEED, words::SEED_HINT, seed(words::SEED))}
    }
}

#[component]
fn Foot() -> impl IntoView {
    let store = store();
    let forecast = Memo::new(move |_| tinting::forecast(store));
    let saves = Memo::new(move |_| store.job.with(Option::is_some));
    let failed = Memo::new(move |_| {
        let wish = tinting::wish(store);
        store.tints.forecast_failure.with(|failed| failed.as_ref().is_some_and(|(of, _)| Some(of) == wish.as_ref()))
    });
    let text = move || match (saves.get(), forecast.get()) {
        (true, _) => words::BUSY.to_owned(),
        (false, Some(found)) => {
            words::forecast(found.memory, found.seconds, store.tints.settings.with(|settings| settings.compare))
        }
        (false, None) if failed.get() => String::new(),
        (false, None) if tinting::is_looking(store) => words::LOOKING.to_owned(),
        (false, None) => words::FORECASTING.to_owned(),
    };
    let waits = move || saves.get() || forecast.with(Option::is_none);
    let resumes = move || forecast.with(|found| found.as_ref().is_some_and(|found| found.resumes.is_some()));
    let name = move || if resumes() { words::GO_ON } else { words::START };
    view! {
        <div class="work-foot"><p class="forecast" role="status">{text}</p>
            <button type="button" class="button main" disabled=waits on:click=move |_| tinting::start(store, untrack(resumes))>{name}</button></div>
    }
}
