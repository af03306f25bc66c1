//! Help and settings: small sheets under their buttons.

use leptos::prelude::*;
use protocol::engine::EngineCard;
use protocol::words::screen::{frame, popover as words};

use super::icons::icon;
use crate::page;
use crate::store::{Popover, Step, store};

/// Whatever is open.
#[component]
pub fn Popovers() -> impl IntoView {
    let store = store();
    move || match store.popover.get() {
        Popover::Closed => ().into_any(),
        Popover::Help => view! { <Sheet title=frame::HELP><Help/></Sheet> }.into_any(),
        Popover::Settings => view! { <Sheet title=frame::SETTINGS><Settings/></Sheet> }.into_any(),
    }
}

#[component]
fn Sheet(title: &'static str, children: Children) -> impl IntoView {
    let store = store();
    let close = move |_| store.popover.set(Popover::Closed);
    Effect::new(move |_| page::focus(".sheet-over .icon-button"));
    // The focus goes back to where it came from.
    on_cleanup(move || page::focus(&format!(".title-bar [aria-label=\"{title}\"]")));
    view! {
        <div class="veil" on:click=close></div>
        <section class="sheet-over" class:at-start=move || store.step.get() == Step::Start role="dialog" aria-label=title>
            <div class="inspector-head"><h2>{title}</h2>
                <button type="button" class="icon-button sm right" aria-label=frame::CLOSE on:click=close>{icon("close")}</button></div>
            {children()}
        </section>
    }
}

#[component]
fn Help() -> impl IntoView {
    let store = store();
    let text = move || match store.step.get() {
        Step::Start => words::HELP_START,
        Step::Models => words::HELP_MODELS,
        Step::Mix => words::HELP_MIX,
        Step::TradeOffs => words::HELP_TRADE,
        Step::Tint => words::HELP_TINT,
        Step::Save => words::HELP_SAVE,
    };
    let keys = words::KEYS.iter().map(|(keys, what)| view! { <dt>{*what}</dt><dd class="key">{*keys}</dd> });
    view! {
        <p>{text}</p><hr/>
        <h3>{words::SHORTCUTS}</h3>
        <dl class="pair-table">{keys.collect_view()}</dl>
    }
}

#[component]
fn Settings() -> impl IntoView {
    let store = store();
    let theme = RwSignal::new(page::theme());
    let choice = |(value, name): (&'static str, &'static str)| {
        let choose = move |_| {
            page::set_theme(value);
            theme.set(value.to_owned());
        };
        view! {
            <button type="button" aria-pressed=move || (theme.get() == value).to_string() on:click=choose>{name}</button>
        }
    };
    let themes = [("system", words::SYSTEM), ("light", words::LIGHT), ("dark", words::DARK)];
    view! {
        <div class="row"><span>{words::THEME}</span>
            <span class="segments right" role="group" aria-label=words::THEME>{themes.map(choice).collect_view()}</span></div>
        <hr/>
        <h3>{words::ENGINES}</h3>
        <ul class="stack">{move || store.engines.get().into_iter().map(engine).collect_view()}</ul>
    }
}

fn engine(card: EngineCard) -> impl IntoView {
    let used = card.chosen.then(|| view! { <span class="badge">{words::IN_USE}</span> });
    view! { <li class="note">{icon("chip")}<span><b>{card.name}" "{used}</b>{card.why}</span></li> }
}
