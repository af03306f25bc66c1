//! What surrounds every step: title bar, steps, palette, toast.

use leptos::prelude::*;
use protocol::words::{format, screen};

use super::drop::{MixDrop, MixRibbon, spoken};
use super::fit::FitField;
use super::icons::{icon, marker};
use crate::actions;
use crate::opening;
use crate::saving;
use crate::shape::draft::Draft;
use crate::shape::tinted;
use crate::store::{Kept, Popover, Step, Store, ToastAction, store};
use crate::trading;

use screen::frame as words;

/// Project, when it was kept, undo, redo, help, settings.
#[component]
pub fn TitleBar() -> impl IntoView {
    let store = store();
    let shares = Memo::new(move |_| store.draft.with(Draft::shares));
    let has_mix = move || shares.with(|shares| shares.len() > 1);
    let kept = move || match store.kept.get() {
        Kept::Nothing => words::NOT_KEPT,
        Kept::Waiting => words::KEEPING,
        Kept::Done => words::KEPT,
    };
    let can =
        move |back: bool| store.history.with(|history| if back { history.can_undo() } else { history.can_redo() });
    let home = move |_| {
        opening::keep_now(store);
        store.step.set(Step::Start);
    };
    view! {
        <header class="title-bar">
            <button type="button" class="icon-button home" aria-label=words::BACK_TO_START title=words::BACK_TO_START on:click=home>
                {move || if has_mix() { view! { <MixDrop shares=shares width=15/> }.into_any() } else { icon("drop").into_any() }}
            </button>
            <ProjectName/>
            <span class="saved">{kept}</span>
            <span class="row right tools">
                <button type="button" class="icon-button" aria-label=words::UNDO title=words::UNDO
                    disabled=move || !can(true) on:click=move |_| actions::undo(store, true)>{icon("undo")}</button>
                <button type="button" class="icon-button" aria-label=words::REDO title=words::REDO
                    disabled=move || !can(false) on:click=move |_| actions::undo(store, false)>{icon("redo")}</button>
                <Opener popover=Popover::Help name=words::HELP symbol="help"/>
                <Opener popover=Popover::Settings name=words::SETTINGS symbol="settings"/>
            </span>
        </header>
    }
}

/// A button that opens help or settings.
#[component]
fn Opener(popover: Popover, name: &'static str, symbol: &'static str) -> impl IntoView {
    let store = store();
    let is_open = move || store.popover.get() == popover;
    let toggle = move |_| store.popover.update(|open| *open = if *open == popover { Popover::Closed } else { popover });
    view! {
        <button type="button" class="icon-button" aria-label=name title=name aria-haspopup="dialog"
            aria-expanded=move || is_open().to_string() on:click=toggle>{icon(symbol)}</button>
    }
}

#[component]
fn ProjectName() -> impl IntoView {
    let store = store();
    let name = Memo::new(move |_| store.draft.with(|draft| draft.project.name.clone()));
    let take = move |wished: String| {
        let wished = wished.trim().to_owned();
        if !wished.is_empty() {
            store.edit(None, |draft| draft.project.name = wished);
        }
    };
    view! { <FitField class="project" label=words::PROJECT_NAME value=name on_take=Callback::new(take)/> }
}

/// The steps as links, and the palette under them.
#[component]
pub fn Steps() -> impl IntoView {
    view! {
        <nav class="steps" aria-label=words::STEPS tabindex="-1">
            {step_link(1, Step::Models, words::MODELS)}{step_link(2, Step::Mix, words::MIX)}{step_link(3, Step::TradeOffs, words::TRADE_OFFS)}
            {step_link(4, Step::Tint, words::TINT)}{step_link(5, Step::Save, words::SAVE)}<Palette/></nav>
    }
}

fn step_link(number: usize, step: Step, name: &'static str) -> impl IntoView {
    let store = store();
    let lock = Memo::new(move |_| store.lock(step));
    let why = Memo::new(move |_| store.lock(step).or_else(|| store.waits(step)));
    let current = move || store.step.get() == step;
    let tail = move || {
        if why.get().is_some() {
            icon("lock").into_any()
        } else if is_done(store, step) {
            icon("check").into_any()
        } else if current() {
            view! { <span class="dot"></span> }.into_any()
        } else {
            view! { <span></span> }.into_any()
        }
    };
    let reason = move || why.get().filter(|_| !current()).map(|why| view! { <span class="why">{why}</span> });
    view! {
        <button type="button" class="step" class:locked=move || why.get().is_some()
            aria-current=move || current().then_some("page") aria-disabled=move || lock.get().map(|_| "true")
            on:click=move |_| actions::go(store, step)>
            <span class="n">{number}</span><span>{name}</span>{tail}{reason}
        </button>
    }
}

/// Whether a step has been dealt with.
fn is_done(store: Store, step: Step) -> bool {
    match step {
        Step::Start => false,
        Step::Models => store.is_ready(),
        Step::Mix => {
            matches!(store.step.get(), Step::TradeOffs | Step::Tint | Step::Save) || store.saved.with(Option::is_some)
        }
        Step::TradeOffs => !store.trades.is_running() && trading::has_map(store),
        Step::Tint => store.draft.with(|draft| tinted::has_layers(&draft.project.recipe)),
        Step::Save => store.saved.with(Option::is_some),
    }
}

/// Skills, markers and strengths of the mix.
#[component]
fn Palette() -> impl IntoView {
    let store = store();
    let with_strengths = move || matches!(store.step.get(), Step::Mix | Step::TradeOffs | Step::Tint | Step::Save);
    let has_strengths = move || store.draft.with(Draft::has_strengths);
    let shares = Memo::new(move |_| store.draft.with(Draft::shares));
    let rows = move || {
        let names: Vec<String> =
            store.draft.with(|draft| draft.project.recipe.experts.iter().map(|expert| expert.skill.clone()).collect());
        let said = store.draft.with(Draft::said_strengths);
        let row = |(((pigment, _), name), strength): (((u8, f64), String), f64)| {
            let said = if with_strengths() && has_strengths() { format::strength(strength) } else { String::new() };
            view! { <li>{marker(pigment)}<span class="clip">{name}</span><span class="num">{said}</span></li> }
        };
        shares.get().into_iter().zip(names).zip(said).map(row).collect_view()
    };
    let title = move || if with_strengths() { words::THIS_MIX } else { words::PALETTE };
    let ribbon = move || with_strengths().then(|| view! { <MixRibbon shares=shares/> });
    let any = move || shares.with(|shares| !shares.is_empty());
    move || {
        any().then(|| {
            view! { <section class="palette" aria-label=words::PALETTE><h2>{title}</h2><ul>{rows}</ul>{ribbon}</section> }
        })
    }
}

/// The drop and ribbon of the mix, with its name: head of the inspector.
#[component]
pub fn MixHead(
    /// Title under the drop.
    #[prop(into)]
    title: Signal<String>,
    /// Line under the title.
    #[prop(into)]
    line: Signal<String>,
    /// Width of the drop.
    width: u32,
) -> impl IntoView {
    let store = store();
    let shares = Memo::new(move |_| store.draft.with(Draft::shares));
    let label = Signal::derive(move || spoken(&store.named_shares()));
    view! {
        <div class="mix-head"><MixDrop shares=shares width=width label=label/>
            <div class="centred"><h2>{title}</h2><p class="small">{line}</p></div></div>
    }
}

/// A short message over the work area, and what screen readers hear.
#[component]
pub fn Messages() -> impl IntoView {
    let store = store();
    let toast = move || {
        store.toast.get().map(|toast| {
            let button = toast.button.clone().map(|(name, action)| {
                view! { <button type="button" class="button" on:click=move |_| press(store, action)>{name}</button> }
            });
            let close = move |_| store.toast.set(None);
            view! {
                <div class="toast-place"><div class="toast"><b>{toast.title}</b>
                    <span class="quiet">{toast.text}</span>{button}
                    <button type="button" class="icon-button sm" aria-label=words::CLOSE on:click=close>{icon("close")}</button>
                </div></div>
            }
        })
    };
    view! {
        {toast}
        <p class="unseen" role="status" aria-live="polite">{store.polite}</p>
        <p class="unseen" role="alert" aria-live="assertive">{store.urgent}</p>
    }
}

fn press(store: Store, action: ToastAction) {
    store.toast.set(None);
    match action {
        ToastAction::Undo => actions::undo(store, true),
        ToastAction::SaveAgain => saving::start(store),
        ToastAction::ShowSaved => store.step.set(Step::Save),
        ToastAction::ShowTradeOffs => store.step.set(Step::TradeOffs),
        ToastAction::ShowTint => store.step.set(Step::Tint),
    }
}
