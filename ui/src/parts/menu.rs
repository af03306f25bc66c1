//! A small menu under its button.

use leptos::ev::KeyboardEvent;
use leptos::html::Button;
use leptos::prelude::*;

use crate::page;

/// The items of the menu that stands open.
const ITEMS: &str = ".menu [role=menuitem]";

/// A button that opens a few choices.
#[component]
pub fn Menu(
    /// Class of the button.
    class: &'static str,
    /// What it is called.
    #[prop(into)]
    label: Signal<String>,
    /// What is written on it.
    text: &'static str,
    /// A hint under the choices.
    hint: &'static str,
    /// The choices: words, and what happens.
    items: Vec<(&'static str, Callback<()>)>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let button = NodeRef::<Button>::new();
    let close = move || {
        open.set(false);
        if let Some(button) = button.get_untracked() {
            let _ = button.focus();
        }
    };
    let press = move |event: KeyboardEvent| {
        let known = match event.key().as_str() {
            "Escape" | "Tab" if open.get_untracked() => {
                close();
                event.key() == "Escape"
            }
            "ArrowDown" | "ArrowUp" if open.get_untracked() => {
                page::focus_next(ITEMS, event.key() == "ArrowDown");
                true
            }
            "ArrowDown" => {
                open.set(true);
                true
            }
            _ => false,
        };
        if known {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    Effect::new(move |_| {
        if open.get() {
            request_animation_frame(|| page::focus(ITEMS));
        }
    });
    let choices = StoredValue::new(items);
    let sheet = move || {
        open.get().then(|| view! { <Sheet label=label hint=hint items=choices.get_value() close=Callback::new(move |()| close())/> })
    };
    view! {
        <span class="menu-place" on:keydown=press>
            <button type="button" class=class node_ref=button aria-label=label aria-haspopup="menu"
                aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>{text}</button>
            {sheet}</span>
    }
}

#[component]
fn Sheet(
    label: Signal<String>,
    hint: &'static str,
    items: Vec<(&'static str, Callback<()>)>,
    close: Callback<()>,
) -> impl IntoView {
    let item = |(words, act): (&'static str, Callback<()>)| {
        let press = move |_| {
            close.run(());
            act.run(());
        };
        view! { <button type="button" class="menu-item" role="menuitem" tabindex="-1" on:click=press>{words}</button> }
    };
    view! {
        <span class="veil" on:click=move |_| close.run(())></span>
        <span class="menu"><span role="menu" aria-label=label>{items.into_iter().map(item).collect_view()}</span>
            <span class="small">{hint}</span></span>
    }
}
