//! One line per job, always at the bottom; the machine when nothing runs.

use leptos::prelude::*;
use protocol::event::Phase;
use protocol::failure::Problem;
use protocol::words::{format, screen};

use super::icons::icon;
use crate::measuring;
use crate::saving;
use crate::shape::progress;
use crate::signals::Run;
use crate::store::{Job, Step, Store, store};
use crate::tinting;
use crate::trading;

use screen::measuring as measuring_words;
use screen::saving as words;
use screen::tint as tint_words;
use screen::trade as trade_words;

/// The bar.
#[component]
pub fn JobBar() -> impl IntoView {
    let store = store();
    let saves = Memo::new(move |_| store.job.with(Option::is_some));
    let measures = Memo::new(move |_| store.measures.run.with(|run| run.as_ref().is_some_and(|run| run.is_slow)));
    let tints = Memo::new(move |_| store.tints.is_running());
    let explores = Memo::new(move |_| store.trades.is_running());
    let inside = move || match (saves.get(), measures.get()) {
        _ if explores.get() => view! { <Exploring/> }.into_any(),
        _ if tints.get() => view! { <Tinting/> }.into_any(),
        (true, _) => view! { <Running/> }.into_any(),
        (false, true) => view! { <Measuring/> }.into_any(),
        (false, false) => view! { <Idle/> }.into_any(),
    };
    view! { <footer class="job-bar" aria-label=screen::frame::JOBS tabindex="-1">{inside}</footer> }
}

#[component]
fn Idle() -> impl IntoView {
    let store = store();
    let machine = move || {
        store.machine.get().map(|machine| {
            let folder = store.folder.get().unwrap_or(machine.folder);
            view! {
                <span class="right">{icon("chip")}{machine.engine.name}</span>
                <span>{icon("memory")}{screen::frame::memory_free(machine.memory_free)}</span>
                <span title=folder.place>{icon("disk")}{screen::frame::disk_free(folder.free, &folder.name)}</span>
            }
        })
    };
    view! { <div class="job-idle"><span>{screen::frame::NOTHING_RUNS}</span>{machine}</div> }
}

/// Reads something of the running job; the default when it has just ended.
fn of<T: Default>(store: Store, read: impl Fn(&Job) -> T) -> T {
    store.job.with(|job| job.as_ref().map(read).unwrap_or_default())
}

#[component]
fn Running() -> impl IntoView {
    let store = store();
    let name = move || of(store, |job| words::job(&job.name));
    let percent = move || of(store, |job| (saving::share(job) * 100.0).floor());
    let paused = Memo::new(move |_| of(store, |job| job.paused));
    let warning = Memo::new(move |_| of(store, |job| job.warnings.last().cloned()));
    let hold = move || {
        let (symbol, text) = if paused.get() { ("play", words::RESUME) } else { ("pause", words::PAUSE) };
        view! {
            <button type="button" class="button plain" on:click=move |_| saving::set_paused(store, !paused.get_untracked())>
                {icon(symbol)}{text}</button>
        }
    };
    view! {
        {move || warning.get().map(trouble)}
        <div class="job">
            <span class="t">{name}</span>
            <div class="progress" class:paused=paused role="progressbar" aria-label=name
                aria-valuemin="0" aria-valuemax="100" aria-valuenow=percent
                style=("--done", move || format!("{}%", percent()))><i></i></div>
            <span class="amount">{move || of(store, amount)}</span>
            <span class="acts">{hold}
                <button type="button" class="button plain cancel" on:click=move |_| saving::cancel(store)>
                    {icon("close")}{words::CANCEL}</button></span>
        </div>
    }
}

/// Reads something of the running measurement; the default when it has just ended.
fn of_run<T: Default>(store: Store, read: impl Fn(&Run) -> T) -> T {
    store.measures.run.with(|run| run.as_ref().map(read).unwrap_or_default())
}

/// A measurement: as low as the idle bar, so that nothing jumps while strengths are moved.
#[component]
fn Measuring() -> impl IntoView {
    let store = store();
    let said = move || {
        of_run(store, |run| match run.is_choice {
            true => screen::masks::choosing(run.progress.as_ref()),
            false => measuring_words::job(run.progress.as_ref()),
        })
    };
    let percent = move || of_run(store, |run| (run.share * 100.0).floor());
    let paused = Memo::new(move |_| of_run(store, |run| run.paused));
    let warning = Memo::new(move |_| of_run(store, |run| run.warning.clone()));
    let amount = move || {
        let share = format::percent(of_run(store, |run| (run.share * 100.0).floor() / 100.0));
        let left = of_run(store, |run| run.progress.as_ref().and_then(|news| news.seconds_left)).map(words::left);
        let held = paused.get().then(|| words::PAUSED.to_owned());
        [held, Some(share), left].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    let hold = move || {
        let (symbol, text) = if paused.get() { ("play", words::RESUME) } else { ("pause", words::PAUSE) };
        view! {
            <button type="button" class="button plain slim" on:click=move |_| measuring::set_paused(store, !paused.get_untracked())>
                {icon(symbol)}{text}</button>
        }
    };
    view! {
        {move || warning.get().map(trouble)}
        <div class="job low">
            <span class="t">{said}</span>
            <div class="progress" class:paused=paused role="progressbar" aria-label=measuring_words::NAME
                aria-valuemin="0" aria-valuemax="100" aria-valuenow=percent aria-valuetext=said
                style=("--done", move || format!("{}%", percent()))><i></i></div>
            <span class="amount">{amount}</span>
            <span class="acts">{hold}
                <button type="button" class="button plain slim cancel" on:click=move |_| measuring::cancel(store)>
                    {icon("close")}{words::CANCEL}</button></span>
        </div>
    }
}

/// Share of what a tint is at, 0 to 1: the rounds while it learns, the phase's own progress before and after.
fn tint_share(store: Store) -> f64 {
    let phase = of_tint(store, |run| Some(run.phase));
    if phase == Some(Phase::Tint) {
        let news = store.tints.news.with(|news| news.as_ref().map(|news| (news.round, news.rounds)));
        return news.map_or(0.0, |(round, rounds)| f64::from(round) / f64::from(rounds.max(1)));
    }
    let progress = of_tint(store, |run| run.progress.clone());
    progress.filter(|news| Some(news.phase) == phase).map_or(0.0, |news| progress::share(&news))
}

/// A tint. Where the step is in front, its own buttons hold and end it.
#[component]
fn Tinting() -> impl IntoView {
    let store = store();
    let is_apart = Memo::new(move |_| store.step.get() != Step::Tint);
    let name = move || tint_words::job(&store.draft.with(|draft| draft.project.name.clone()));
    let percent = move || (tint_share(store).clamp(0.0, 1.0) * 100.0).floor();
    let paused = Memo::new(move |_| of_tint(store, |run| run.paused));
    let at = move || {
        let phase = of_tint(store, |run| Some(run.phase));
        let told = store.tints.news.with(|news| news.as_ref().map(|news| (news.round, news.rounds)));
        let (round, rounds) = told.unwrap_or((0, of_tint(store, |run| run.wish.settings.rounds)));
        phase.map(|phase| tint_words::at(phase, round, rounds, of_tint(store, |run| run.progress.clone()).as_ref()))
    };
    let amount = move || {
        let left = match of_tint(store, |run| Some(run.phase)) {
            Some(Phase::Tint) => store.tints.news.with(|news| news.as_ref().and_then(|news| news.seconds_left)),
            _ => of_tint(store, |run| run.progress.as_ref().and_then(|news| news.seconds_left)),
        };
        let held = paused.get().then(|| words::PAUSED.to_owned());
        let left = left.filter(|_| !paused.get()).map(words::left);
        [held, at(), Some(format::percent(percent() / 100.0)), left]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · ")
    };
    let acts = move || {
        is_apart.get().then(|| {
            let hold = if paused.get() { (icon("play"), words::RESUME) } else { (icon("pause"), words::PAUSE) };
            view! {
                <button type="button" class="button plain" on:click=move |_| tinting::toggle(store)>{hold}</button>
                <button type="button" class="button plain" on:click=move |_| store.step.set(Step::Tint)>{tint_words::SHOW}</button>
            }
        })
    };
    view! {
        <div class="job tinting">
            <span class="t">{name}</span>
            <div class="progress" class:paused=paused role="progressbar" aria-label=name
                aria-valuemin="0" aria-valuemax="100" aria-valuenow=percent aria-valuetext=at
                style=("--done", move || format!("{}%", percent()))><i></i></div>
            <span class="amount">{amount}</span><span class="acts">{acts}</span>
        </div>
    }
}

/// An exploration of trade-offs. Where the step is in front, its own buttons hold and end it.
#[component]
fn Exploring() -> impl IntoView {
    let store = store();
    let is_apart = Memo::new(move |_| store.step.get() != Step::TradeOffs);
    let percent = move || (trading::of_run(store, trading::share).clamp(0.0, 1.0) * 100.0).floor();
    let paused = Memo::new(move |_| trading::of_run(store, |run| run.paused));
    let ending = Memo::new(move |_| trading::of_run(store, |run| run.is_stopping || run.is_discarding));
    let warning = Memo::new(move |_| trading::of_run(store, |run| run.warnings.last().cloned()));
    let at = move || {
        trading::of_run(store, |run| trade_words::at(run.phase, run.mixes.0, run.mixes.1, run.progress.as_ref()))
    };
    let amount = move || {
        let left = trading::of_run(store, |run| run.progress.as_ref().and_then(|news| news.seconds_left));
        let held = paused.get().then(|| words::PAUSED.to_owned());
        let left = left.filter(|_| !paused.get()).map(words::left);
        let all = [held, Some(at()), Some(format::percent(percent() / 100.0)), left];
        all.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    let acts = move || {
        is_apart.get().then(|| {
            let hold = if paused.get() { (icon("play"), words::RESUME) } else { (icon("pause"), words::PAUSE) };
            view! {
                <button type="button" class="button plain" disabled=ending on:click=move |_| trading::toggle(store)>{hold}</button>
                <button type="button" class="button plain cancel" disabled=ending on:click=move |_| trading::stop(store)>{trade_words::STOP}</button>
                <button type="button" class="button plain" on:click=move |_| store.step.set(Step::TradeOffs)>{trade_words::SHOW}</button>
            }
        })
    };
    view! {
        {move || warning.get().map(trouble)}
        <div class="job">
            <span class="t">{trade_words::JOB}</span>
            <div class="progress" class:paused=paused role="progressbar" aria-label=trade_words::JOB
                aria-valuemin="0" aria-valuemax="100" aria-valuenow=percent aria-valuetext=at
                style=("--done", move || format!("{}%", percent()))><i></i></div>
            <span class="amount">{amount}</span><span class="acts">{acts}</span>
        </div>
    }
}

/// Reads something of the running tint; the default when it has just ended.
fn of_tint<T: Default>(store: Store, read: impl Fn(&tinting::Run) -> T) -> T {
    store.tints.run.with(|run| run.as_ref().map(read).unwrap_or_default())
}

/// A strip above the job: something happened, and the job goes on.
fn trouble(problem: Problem) -> impl IntoView {
    let title = format!("{}.", problem.title.trim_end_matches('.'));
    view! { <div class="job-trouble" role="alert">{icon("warn")}<p><b>{title}</b>" "{problem.why}</p></div> }
}

/// `63 % · 1 074 of 1 704 MB · about 15 s`.
fn amount(job: &Job) -> String {
    let mut said = vec![format::percent((saving::share(job) * 100.0).floor() / 100.0)];
    let newest = job.progress[job.phase as usize].as_ref();
    if let Some(news) = newest.filter(|news| news.total > 0) {
        said.push(words::doing(job.phase, &words::amount(news.done, news.total)));
    }
    match newest.and_then(|news| news.seconds_left) {
        _ if job.paused => said.insert(0, words::PAUSED.to_owned()),
        Some(left) => said.push(words::left(left)),
        None => {}
    }
    said.join(" · ")
}

/// The squares of a running save: written, at work, to come.
pub fn squares(at: u64, parts: u64) -> String {
    let (count, each) = progress::squares(parts);
    let written = at.saturating_sub(1) / each;
    let (width, step) = (14.8, 17.2);
    let square = |place: u64| {
        let (x, y) = ((place % progress::ROW) as f64 * step, (place / progress::ROW) as f64 * 11.0);
        let class = match place {
            place if place < written => "written",
            place if place == written && at > 0 && at < parts => "at-work",
            place if at >= parts && parts > 0 && place <= written => "written",
            _ => "to-come",
        };
        format!("<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y}\" width=\"{width}\" height=\"8\" rx=\"1.5\"/>")
    };
    (0..count).map(square).collect()
}
