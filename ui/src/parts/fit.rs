//! A text field as wide as its text.

use leptos::ev::{Event, KeyboardEvent};
use leptos::prelude::*;

/// A name that can be typed over in place. Enter and leaving take it, Escape puts the old one back.
#[component]
pub fn FitField(
    /// Class of the field.
    class: &'static str,
    /// What it is called.
    label: &'static str,
    /// The name now.
    #[prop(into)]
    value: Signal<String>,
    /// Called with what was typed; the field then shows whatever the name has become.
    on_take: Callback<String>,
) -> impl IntoView {
    let typed = RwSignal::new(value.get_untracked());
    Effect::new(move |_| typed.set(value.get()));
    let field = |event: &Event| event_target::<web_sys::HtmlInputElement>(event);
    let take = move |event: Event| {
        on_take.run(field(&event).value());
        let now = value.get_untracked();
        field(&event).set_value(&now);
        typed.set(now);
    };
    let press = move |event: KeyboardEvent| {
        let input = event_target::<web_sys::HtmlInputElement>(&event);
        if event.key() == "Escape" {
            event.stop_propagation();
            input.set_value(&value.get_untracked());
            typed.set(value.get_untracked());
        }
        if matches!(event.key().as_str(), "Enter" | "Escape") && !event.is_composing() {
            let _ = input.blur();
        }
    };
    view! {
        <span class="fit"><span class=format!("fit-text {class}") aria-hidden="true">{typed}</span>
            <input class=class type="text" autocomplete="off" spellcheck="false" maxlength="80" size="1"
                aria-label=label prop:value=value on:change=take on:keydown=press
                on:input=move |event| typed.set(field(&event).value())/></span>
    }
}
