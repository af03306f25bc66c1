//! The methods of the step Mix: two cards, more methods behind a third, and the settings of the one in use.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use protocol::methods::{METHODS, MethodRow};
use protocol::recipe::Recipe;
use protocol::words::screen::mix as words;
use protocol::words::screen::parameters as more_words;

use crate::page;
use crate::parts::icons::icon;
use crate::parts::method_card::{ChoiceCard, arrows};
use crate::parts::parameter::Parameter;
use crate::shape::parameters;
use crate::store::{Store, store};

/// The card behind which the other methods are.
const MORE: &str = ".method-card.more";
/// The rows of the other methods.
const ROWS: &str = ".more-method";

fn with_card() -> Vec<&'static MethodRow> {
    METHODS.iter().filter(|method| method.has_card).collect()
}

fn without_card() -> Vec<&'static MethodRow> {
    METHODS.iter().filter(|method| !method.has_card).collect()
}

fn set(store: Store, method: &'static MethodRow) {
    store.edit(None, |draft| draft.set_method(method.name));
}

/// Cards, the list behind the third, and settings.
#[component]
pub fn Methods() -> impl IntoView {
    let store = store();
    let name = Memo::new(move |_| store.draft.with(|draft| draft.project.recipe.method.name.clone()));
    let open = RwSignal::new(false);
    let cards = with_card().into_iter().enumerate().map(|(at, method)| card(store, name, at, method)).collect_view();
    view! {
        <div class="cards-3"><div class="contents" role="radiogroup" aria-label=words::METHOD>{cards}</div>
            <MoreCard name=name open=open/></div>
        {move || open.get().then(|| view! { <MoreList name=name open=open/> })}
        <Settings/>
    }
}

fn card(store: Store, name: Memo<String>, at: usize, method: &'static MethodRow) -> impl IntoView {
    let chosen = Signal::derive(move || name.get() == method.name);
    let step = move |forward: bool| {
        let all = with_card();
        let next = if forward { at + 1 } else { at + all.len() - 1 } % all.len();
        set(store, all[next]);
        request_animation_frame(|| page::focus(".method-card[aria-checked=true]"));
    };
    let badge = if at == 0 { words::RECOMMENDED } else { "" };
    // Where none is chosen, the first can still be reached with Tab.
    let reachable =
        Signal::derive(move || chosen.get() || (at == 0 && with_card().iter().all(|card| card.name != name.get())));
    view! {
        <ChoiceCard class="method-card" title=method.title text=method.sentence meta=Signal::stored(method.footnote.to_owned())
            badge=badge chosen=chosen reachable=reachable on_choose=Callback::new(move |()| set(store, method)) on_move=Callback::new(step)/>
    }
}

/// The third card: opens the other methods in place, and shows the one in use.
#[component]
fn MoreCard(name: Memo<String>, open: RwSignal<bool>) -> impl IntoView {
    let chosen = Memo::new(move |_| without_card().into_iter().find(|method| method.name == name.get()));
    let title = move || chosen.get().map_or(more_words::MORE, |method| method.title);
    let text = move || chosen.get().map_or(more_words::MORE_TEXT, |method| method.sentence);
    let meta = move || chosen.get().map_or(more_words::MORE_META, |method| method.footnote);
    let label =
        move || chosen.get().map_or_else(|| more_words::MORE.to_owned(), |one| more_words::more_chosen(one.title));
    let toggle = move |_| {
        open.update(|open| *open = !*open);
        if open.get_untracked() {
            request_animation_frame(|| page::focus(".more-method[tabindex=\"0\"]"));
        }
    };
    view! {
        <button type="button" class="method-card more" class:on=move || chosen.get().is_some() aria-label=label
            aria-expanded=move || open.get().to_string() aria-controls="more-methods" on:click=toggle>
            <h2><span class="radio" class:on=move || chosen.get().is_some()></span>{title}
                <span class="right turn" class:open=open>{icon("down")}</span></h2>
            <span>{text}</span><span class="meta">{meta}</span></button>
    }
}

/// The other methods as a list to choose from.
#[component]
fn MoreList(name: Memo<String>, open: RwSignal<bool>) -> impl IntoView {
    let store = store();
    let press = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            open.set(false);
            page::focus(MORE);
        }
    };
    let rows = without_card().into_iter().enumerate().map(|(at, method)| row(store, name, at, method)).collect_view();
    view! {
        <section id="more-methods" class="panel flat more-methods" role="radiogroup" aria-label=more_words::MORE_LIST on:keydown=press>{rows}</section>
    }
}

fn row(store: Store, name: Memo<String>, at: usize, method: &'static MethodRow) -> impl IntoView {
    let chosen = move || name.get() == method.name;
    let reachable = move || chosen() || (at == 0 && without_card().iter().all(|row| row.name != name.get()));
    let press = move |event: KeyboardEvent| {
        let all = without_card();
        if let Some(next) = arrows(&event.key(), at, all.len()) {
            event.prevent_default();
            set(store, all[next]);
            page::focus_next(ROWS, next == (at + 1) % all.len());
        }
    };
    let says = format!("{}. {} {}", method.title, method.sentence, method.footnote);
    view! {
        <button type="button" class="more-method" role="radio" aria-label=says aria-checked=move || chosen().to_string()
            tabindex=move || if reachable() { "0" } else { "-1" } on:click=move |_| set(store, method) on:keydown=press>
            <span class="radio" class:on=chosen></span><b>{method.title}</b><span class="what">{method.sentence}</span>
            <span class="meta">{method.footnote}</span></button>
    }
}

/// Settings of the method in use: folded where it has a card, so that the default stays simple.
#[component]
fn Settings() -> impl IntoView {
    let store = store();
    let method = Memo::new(move |_| store.draft.with(|draft| parameters::method(&draft.project.recipe)));
    let unfolded = RwSignal::new(false);
    let folds = Memo::new(move |_| method.get().is_some_and(|method| method.has_card));
    let is_open = Memo::new(move |_| unfolded.get() || !folds.get());
    // The names, not the values: a control that is being dragged is not drawn anew.
    let shown = Memo::new(move |_| {
        let names = |recipe: &Recipe| parameters::shown(recipe).iter().map(|row| row.name).collect::<Vec<_>>();
        store.draft.with(|draft| (draft.project.recipe.method.name.clone(), names(&draft.project.recipe)))
    });
    let controls = move || {
        let rows = method.get().map(|method| method.parameters).unwrap_or_default();
        let named = |name: &&str| rows.iter().find(|row| row.name == *name);
        shown.get().1.iter().filter_map(named).map(|row| view! { <Parameter row=row/> }).collect_view()
    };
    let any = Memo::new(move |_| shown.with(|(_, names)| !names.is_empty()));
    let line = move || (!is_open.get()).then(|| store.draft.with(|draft| parameters::folded(&draft.project.recipe)));
    let head = move || {
        folds.get().then(|| {
            view! {
                <button type="button" class="fold" aria-expanded=move || is_open.get().to_string() aria-controls="method-settings"
                    on:click=move |_| unfolded.update(|open| *open = !*open)><span class="turn side" class:open=is_open>{icon("next")}</span>{more_words::SETTINGS}
                    <span class="quiet folded-line">{line}</span></button>
            }
        })
    };
    let body =
        move || is_open.get().then(|| view! { <div id="method-settings" class="panel parameters">{controls}</div> });
    move || {
        any.get().then(|| view! { <section class="settings" aria-label=more_words::SETTINGS>{head}{body}</section> })
    }
}
