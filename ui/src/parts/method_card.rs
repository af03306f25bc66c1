//! Cards of which one is chosen: methods and forms of the output.

use leptos::prelude::*;

/// Moves the choice within a group of cards with the arrow keys, as in any group of radio buttons.
pub fn arrows(key: &str, at: usize, count: usize) -> Option<usize> {
    match key {
        "ArrowRight" | "ArrowDown" => Some((at + 1) % count),
        "ArrowLeft" | "ArrowUp" => Some((at + count - 1) % count),
        _ => None,
    }
}

/// A card that is one of several choices.
#[component]
pub fn ChoiceCard(
    /// Class of the card.
    class: &'static str,
    /// Title.
    title: &'static str,
    /// Whether it is reached with Tab although it is not chosen.
    #[prop(optional, into)]
    reachable: Signal<bool>,
    /// Whether it cannot be chosen; the small line says why.
    #[prop(optional, into)]
    locked: Signal<bool>,
    /// Sentence.
    text: &'static str,
    /// Small line below.
    #[prop(into)]
    meta: Signal<String>,
    /// Word in the corner; empty for none.
    badge: &'static str,
    /// Whether it is chosen.
    #[prop(into)]
    chosen: Signal<bool>,
    /// Called when it is chosen.
    on_choose: Callback<()>,
    /// Called with -1 or 1 when an arrow key moves the choice.
    on_move: Callback<bool>,
    /// Picture above the title.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let key = move |event: leptos::ev::KeyboardEvent| {
        if let Some(forward) = arrows(&event.key(), 1, 3).map(|at| at == 2) {
            event.prevent_default();
            on_move.run(forward);
        }
    };
    view! {
        <button class=class role="radio" type="button" aria-label=title
            aria-checked=move || chosen.get().to_string()
            aria-disabled=move || locked.get().then_some("true")
            tabindex=move || if chosen.get() || reachable.get() { "0" } else { "-1" }
            on:click=move |_| if !locked.get_untracked() { on_choose.run(()) } on:keydown=key>
            {children.map(|children| children())}
            <h2><span class="radio" class:on=chosen></span>{title}
                {(!badge.is_empty()).then(|| view! { <span class="badge right">{badge}</span> })}</h2>
            <span>{text}</span>
            <span class="meta">{meta}</span>
        </button>
    }
}
