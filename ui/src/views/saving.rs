//! The step Save while a save runs: its phases, in order.

use leptos::prelude::*;
use protocol::event::{Phase, Progress};
use protocol::words::format;
use protocol::words::screen::saving as words;

use crate::parts::drop::{MixDrop, spoken};
use crate::parts::icons::icon_with;
use crate::parts::job_bar::squares;
use crate::shape::{draft::Draft, part, progress};
use crate::store::{Job, Store, named_shares, store};

use super::save::{Written, strengths_line};

/// Reads something of the running job; the default when it has just ended.
fn of<T: Default>(store: Store, read: impl Fn(&Job) -> T) -> T {
    store.job.with(|job| job.as_ref().map(read).unwrap_or_default())
}

/// Work area.
#[component]
pub fn Saving() -> impl IntoView {
    let store = store();
    let lead = move || of(store, |job| words::lead(&job.name, &job.form, &job.folder));
    let title = move || if of(store, |job| job.paused) { words::PAUSED } else { words::TITLE };
    view! {
        <div class="work-head"><div><h1 tabindex="-1">{title}</h1><p class="lead">{lead}</p></div></div>
        <div class="work-body">
            <section class="panel"><ol class="phases">{Phase::SAVING.map(|phase| view! { <Row phase=phase/> }).collect_view()}</ol></section>
            <p class="small inset">{words::GO_ON}</p>
        </div>
    }
}

#[component]
fn Row(phase: Phase) -> impl IntoView {
    let store = store();
    let state = Memo::new(move |_| of(store, |job| Some(phase.cmp(&job.phase))));
    let class = move || match state.get() {
        Some(std::cmp::Ordering::Less) => "phase done",
        Some(std::cmp::Ordering::Equal) => "phase now",
        _ => "phase todo",
    };
    let mark = move || match state.get() {
        Some(std::cmp::Ordering::Less) => icon_with("check", "good").into_any(),
        Some(std::cmp::Ordering::Equal) => view! { <span class="now-mark"></span> }.into_any(),
        _ => view! { <span class="todo-mark"></span> }.into_any(),
    };
    let is_now = move || state.get() == Some(std::cmp::Ordering::Equal);
    let picture = move || (phase == Phase::Write && is_now()).then(|| view! { <Parts/> });
    view! {
        <li class=class aria-current=move || is_now().then_some("step")>{mark}
            <span class="t">{words::phase(phase)}</span><span class="v">{move || of(store, |job| value(job, phase))}</span>{picture}</li>
    }
}

/// What stands at the right of a phase.
fn value(job: &Job, phase: Phase) -> String {
    if phase == Phase::Reserve {
        return match job.forecast.as_ref() {
            Some(forecast) if job.phase > phase => {
                words::space(forecast.writes, forecast.disk_free.unwrap_or(forecast.writes))
            }
            _ => String::new(),
        };
    }
    let known = job.progress[phase as usize].as_ref().filter(|news| news.total > 0 && phase != Phase::Publish);
    known.map(|news| words::amount(news.done, news.total)).unwrap_or_default()
}

/// The parts of the model as squares, and the one at work in words.
#[component]
fn Parts() -> impl IntoView {
    let store = store();
    let news = Memo::new(move |_| of(store, |job| job.progress[Phase::Write as usize].clone()));
    let place = |news: &Option<Progress>| news.as_ref().map_or((0, 0), |news| (news.part_at, news.parts));
    let rows = move || {
        let (count, _) = progress::squares(news.with(place).1);
        count.div_ceil(progress::ROW).max(1) * 11 - 2
    };
    let line = move || {
        news.with(|news| {
            let news = news.as_ref().filter(|news| news.parts > 0)?;
            let (_, each) = progress::squares(news.parts);
            Some(words::part(news.part_at, news.parts, &part::in_words(news.part.as_deref().unwrap_or_default()), each))
        })
    };
    view! {
        <div class="sub">
            <svg class="parts" viewBox=move || format!("0 0 688 {}", rows()) role="img"
                aria-label=move || { let (at, parts) = news.with(place); words::squares(at, parts) }
                inner_html=move || { let (at, parts) = news.with(place); squares(at, parts) }></svg>
            <p class="small">{line}</p></div>
    }
}

/// Inspector: the mix, and how the job does.
#[component]
pub fn OfSaving() -> impl IntoView {
    let store = store();
    let shares = Memo::new(move |_| of(store, |job| Draft::shares(&job.draft)));
    let label = Signal::derive(move || spoken(&of(store, |job| named_shares(&job.draft))));
    let name = move || of(store, |job| job.name.clone());
    let line = move || of(store, |job| strengths_line(&job.draft, true));
    let rows = move || {
        of(store, facts).into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }).collect_view()
    };
    view! {
        <div class="mix-head"><MixDrop shares=shares width=112 label=label/>
            <div class="centred"><h2>{name}</h2><p class="small">{line}</p></div></div>
        <hr/><dl class="pair-table">{rows}</dl><hr/>
        <Written/>
    }
}

fn facts(job: &Job) -> Vec<(&'static str, String)> {
    let written = job.progress[Phase::Write as usize].as_ref().map_or(0, |news| news.done);
    let seconds = job.writing_since.map_or(0.0, |since| (job.now - since) / 1000.0);
    let speed =
        if seconds > 0.2 && written > 0 { words::speed(written as f64 / seconds) } else { words::STARTING.to_owned() };
    let memory = job.forecast.as_ref().map_or(String::new(), |forecast| format::bytes(forecast.memory));
    let planned = job.forecast.as_ref().map(|forecast| forecast.engine.clone());
    vec![
        (words::SPEED, speed),
        (words::MEMORY, memory),
        (words::RUNS_ON, job.engine.clone().or(planned).unwrap_or_default()),
        (words::STARTED, words::started((job.now - job.began) / 1000.0)),
    ]
}
