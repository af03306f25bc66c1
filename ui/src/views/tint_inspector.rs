//! Inspector of the step Tint: what it will need, how it does, what came of it.

use leptos::prelude::*;
use protocol::measure::FEW_EXAMPLES;
use protocol::tint::{JUDGED_EVERY, TintExamples, TintForecast, TintRowKind, Tinted};
use protocol::words::format;
use protocol::words::screen::tint as words;

use super::tint::{Face, face};
use super::tint_running::of;
use crate::parts::drop::MixRibbon;
use crate::parts::frame::MixHead;
use crate::parts::icons::icon;
use crate::parts::problem_card::ProblemNote;
use crate::shape::draft::Draft;
use crate::shape::tint::{self, SQUARES, filled};
use crate::shape::tinted;
use crate::store::store;

/// The inspector.
#[component]
pub fn OfTint() -> impl IntoView {
    let store = store();
    let face = Memo::new(move |_| face(store));
    move || match face.get() {
        Face::Before => view! { <OfBefore/> }.into_any(),
        Face::Running => view! { <OfRunning/> }.into_any(),
        Face::After => view! { <OfAfter/> }.into_any(),
        Face::Unfit(_) | Face::NoExamples => view! { <OfMix/> }.into_any(),
    }
}

#[component]
fn OfMix() -> impl IntoView {
    let store = store();
    let shares = Memo::new(move |_| store.draft.with(Draft::shares));
    let title = Signal::stored(protocol::words::screen::frame::THIS_MIX.to_owned());
    let line = Signal::stored(String::new());
    view! { <MixHead title=title line=line width=112/><MixRibbon shares=shares tall=true/> }
}

/// A large number over its name.
fn big(number: String, unit: &'static str, name: String) -> impl IntoView {
    view! { <div><p class="big-number">{number}<span class="unit">{unit}</span></p><p class="small">{name}</p></div> }
}

fn pair(name: &'static str, value: String) -> impl IntoView {
    view! { <dt>{name}</dt><dd>{value}</dd> }
}

#[component]
fn OfBefore() -> impl IntoView {
    let store = store();
    let found =
        Memo::new(move |_| store.tints.forecast.with(|found| found.as_ref().map(|(_, forecast)| forecast.clone())));
    move || match found.get() {
        Some(found) => needs(&found).into_any(),
        None => view! { <OfMix/> }.into_any(),
    }
}

fn needs(found: &TintForecast) -> impl IntoView + use<> {
    let share = words::share(found.trained, found.parameters);
    let number = share.trim_end_matches(['%', '\u{202f}']).to_owned();
    view! {
        <div class="inspector-head"><h2>{words::TRAINED}</h2></div>
        <div class="big-pair">{big(number, "\u{202f}%", words::OF_WEIGHTS.to_owned())}</div>
        <dl class="pair-table">{pair(words::LEARNING, words::trained_of(found.trained, found.parameters))}
            {pair(words::TIME, words::left(found.seconds))}{pair(words::MEMORY, format::bytes(found.memory))}</dl>
        <p class="small">{words::TIME_NOTE}</p>
        <hr/>
        <div class="inspector-head"><h2>{words::STATES}</h2></div>
        <p class="place mono" title=found.place.clone()>{found.place.clone()}</p><p class="small">{words::STATES_HINT}</p>
        <hr/><p class="small">{words::RULE}</p>
        {few(&found.skills)}
    }
}

/// A note for each skill with few examples to judge by.
fn few(skills: &[TintExamples]) -> impl IntoView + use<> {
    let note = |one: &TintExamples| {
        let judge = one.parts[2];
        note(words::few_title(&one.skill), words::few_hint(judge, tint::by_chance(judge)))
    };
    let all: Vec<_> = skills.iter().filter(|one| tint::is_few(one)).map(note).collect();
    (!all.is_empty()).then(|| view! { <hr/><div class="stack wide">{all}</div> })
}

fn note(title: String, text: String) -> impl IntoView {
    view! { <div class="note">{icon("info")}<span><b>{title}</b>{text}</span></div> }
}

#[component]
fn OfRunning() -> impl IntoView {
    let store = store();
    let tints = store.tints;
    let best =
        Memo::new(move |_| tints.judged.with(|judged| tint::best(judged).map(|one| (one.round, one.mean, one.worst))));
    let was = Memo::new(move |_| tints.judged.with(|judged| tint::start(judged).map(|one| (one.mean, one.worst))));
    let at = move || {
        best.get().map(|(round, ..)| view! { <span class="right small row">{icon("flag")}{words::round(round)}</span> })
    };
    let numbers = move || match best.get() {
        Some((_, mean, worst)) => view! {
            <div class="big-pair">{big(format::tenths(mean), "\u{202f}%", words::mean_was(was.get().map(|was| was.0)))}
                {big(format::tenths(worst), "\u{202f}%", words::worst_was(was.get().map(|was| was.1)))}</div>
        }
        .into_any(),
        None => view! { <p class="small">{words::NOT_YET}</p> }.into_any(),
    };
    let skills = Memo::new(move |_| of(store, |run| run.skills.clone()));
    let warnings = Memo::new(move |_| of(store, |run| run.warnings.clone()));
    view! {
        <div class="inspector-head"><h2>{words::BEST}</h2>{at}</div>
        {numbers}<p class="small">{words::RULE}</p>
        <hr/><Meter/>
        <dl class="pair-table">{move || pair(words::TOTALS, words::totals(&skills.get()))}
            {pair(words::KEPT_EVERY, words::rounds(JUDGED_EVERY))}<Empty/>
            {move || pair(words::MEMORY_IN_USE, format::bytes(of(store, |run| run.memory)))}</dl>
        {move || warnings.get().into_iter().map(|problem| view! { <ProblemNote problem=problem/> }).collect_view()}
        {move || few(&skills.get())}
    }
}

/// Which share of the examples could be learned from lately.
#[component]
fn Meter() -> impl IntoView {
    let store = store();
    let share = Memo::new(move |_| store.tints.news.with(|news| news.as_ref().map(|news| news.used_share)));
    let filters = Memo::new(move |_| of(store, |run| run.wish.settings.filter));
    let square = move |at: usize| {
        let x = at as f64 * 10.72;
        let class = move || if at < filled(share.get().unwrap_or(0.0)) { "full" } else { "" };
        view! { <rect class=class x=format!("{x:.1}") y="1" width="8.2" height="12" rx="1.5"></rect> }
    };
    let text = move || match (share.get(), filters.get()) {
        (None, _) => "",
        (_, true) => words::USED_REST,
        (_, false) => words::USED_ALL,
    };
    let label = move || words::used_title(share.get().unwrap_or(0.0));
    view! {
        <div class="inspector-head"><h2>{words::USED}</h2><span class="right num">{move || share.get().map(format::percent)}</span></div>
        <div class="meter" role="img" aria-label=label><svg viewBox="0 0 268 14" aria-hidden="true">{(0..SQUARES).map(square).collect_view()}</svg></div>
        <p class="small under-meter">{text}</p>
    }
}

#[component]
fn Empty() -> impl IntoView {
    let store = store();
    let count = Memo::new(move |_| store.tints.news.with(|news| news.as_ref().map_or(0, |news| news.empty)));
    move || pair(words::EMPTY, format::grouped(count.get()))
}

#[component]
fn OfAfter() -> impl IntoView {
    let store = store();
    let tints = store.tints;
    let ends = Memo::new(move |_| {
        tints.rows.with(|rows| {
            let of = |kind| tinted::row(rows, kind).map(|row| (row.mean, row.worst));
            of(TintRowKind::Tinted).map(|now| (now, of(TintRowKind::Start)))
        })
    });
    let numbers = move || match ends.get() {
        Some(((mean, worst), was)) => view! {
            <div class="big-pair">{big(format::tenths(mean), "\u{202f}%", words::mean_was(was.map(|was| was.0)))}
                {big(format::tenths(worst), "\u{202f}%", words::worst_was(was.map(|was| was.1)))}</div>
        }
        .into_any(),
        None => view! { <p class="small">{words::WAITING}</p> }.into_any(),
    };
    let facts = move || tints.result.with(|result| result.as_ref().map(|(_, tinted)| facts(tinted)));
    view! { <div class="inspector-head"><h2>{words::RESULT}</h2></div>{numbers}{facts} }
}

/// How the result came to be, and what is worth knowing of it.
fn facts(found: &Tinted) -> impl IntoView + use<> {
    let peak = found.memory.peak.unwrap_or(found.memory.forecast);
    let rows = vec![
        (words::BEST_ROUND, words::kept_round(found.best_round, found.rounds)),
        (words::TOOK, format::seconds(found.seconds)),
        (words::MEMORY_PEAK, format::bytes(peak)),
        (words::LEARNED, words::trained_of(found.trained_parameters, found.parameters)),
        (words::EMPTY, format::grouped(found.empty)),
        (words::SEED, found.seed.to_string()),
    ];
    let rows = rows.into_iter().map(|(name, value)| pair(name, value)).collect_view();
    let warnings =
        found.warnings.iter().cloned().map(|problem| view! { <ProblemNote problem=problem/> }).collect_view();
    let scored = found.rows.first().map(|row| row.skills.clone()).unwrap_or_default();
    let scarce = scored.into_iter().filter(|one| one.examples < FEW_EXAMPLES);
    let notes: Vec<_> = scarce
        .map(|one| {
            note(words::few_title(&one.skill), words::few_hint(one.examples, (one.interval[1] - one.interval[0]) / 2.0))
        })
        .collect();
    view! { <hr/><dl class="pair-table">{rows}</dl>{warnings}{(!notes.is_empty()).then(|| view! { <hr/><div class="stack wide">{notes}</div> })} }
}
