//! How much of a skill goes into the mix: a native range, a number box, a way back.

use leptos::ev::{Event, KeyboardEvent};
use leptos::prelude::*;
use protocol::methods;
use protocol::words::{format, screen::mix as words};

use super::icons::{icon, skill};
use crate::shape::draft::Draft;
use crate::shape::strength::{self, MOST, Stop};
use crate::shape::tinted;
use crate::store::{Store, store};

/// The stops of the method in use.
fn stops(store: Store) -> Vec<Stop> {
    store.draft.with(|draft| methods::find(&draft.project.recipe.method.name).map(strength::stops).unwrap_or_default())
}

/// Strength of a specialist now.
fn current(store: Store, id: &str) -> f64 {
    store.draft.with(|draft| {
        let at = draft.project.recipe.experts.iter().position(|expert| expert.path == id);
        at.and_then(|at| tinted::strengths(&draft.project.recipe).get(at).copied()).unwrap_or_default()
    })
}

fn set(store: Store, id: &str, value: Option<f64>) {
    let linked = store.linked.get_untracked();
    let gesture = format!("strength {id}");
    // Worked out from where the gesture began, so that strengths tuned by layer outlast a way through zero.
    let began =
        store.history.with_untracked(|history| history.began(&gesture).map(|draft| draft.project.recipe.clone()));
    store.edit(Some(&gesture), |draft| {
        if let Some(recipe) = began {
            draft.project.recipe = recipe;
        }
        draft.set_strength(id, value, linked);
    });
}

/// One specialist's row.
#[component]
pub fn StrengthSlider(
    /// Id of the specialist.
    id: String,
) -> impl IntoView {
    let store = store();
    let key = StoredValue::new(id);
    let strength = Memo::new(move |_| key.with_value(|id| current(store, id)));
    let pigment = Memo::new(move |_| key.with_value(|id| store.draft.with(|draft| draft.pigment(id))));
    let name = Memo::new(move |_| key.with_value(|id| name_of(store, id)));
    let select = move |_| store.selected.set(key.with_value(|id| Some(protocol::model::ModelId(id.clone()))));
    let reset = move |_| {
        key.with_value(|id| set(store, id, None));
        store.settle();
    };
    view! {
        <div class=move || format!("strength-slider p{}", super::icons::shape(pigment.get())) on:focusin=select>
            {move || skill(pigment.get(), name.get())}
            <div class="track">
                <span class="stops" aria-hidden="true">{move || stops(store).into_iter().map(tick).collect_view()}</span>
                <Range key=key strength=strength name=name/>
            </div>
            <NumberBox key=key strength=strength name=name/>
            <button type="button" class="icon-button sm" aria-label=move || words::reset_of(&name.get())
                title=move || words::reset_of(&name.get()) on:click=reset>{icon("reset")}</button>
        </div>
    }
}

fn name_of(store: Store, id: &str) -> String {
    store.draft.with(|draft| {
        let expert = draft.project.recipe.experts.iter().find(|expert| expert.path == id);
        expert.map(|expert| expert.skill.clone()).unwrap_or_default()
    })
}

fn tick(stop: Stop) -> impl IntoView {
    let at = format!("{:.2}%", strength::position(stop.at) * 100.0);
    view! { <i style=("--x", at)></i> }
}

#[component]
fn Range(key: StoredValue<String>, strength: Memo<f64>, name: Memo<String>) -> impl IntoView {
    let store = store();
    let dragging = StoredValue::new(false);
    let slide = move |event: Event| {
        let Ok(value) = event_target_value(&event).parse::<f64>() else { return };
        let landed = strength::land(value / 100.0, &untrack(|| stops(store)), dragging.get_value());
        key.with_value(|id| set(store, id, Some(landed)));
        // The handle lands on the stop even where the draft did not change.
        event_target::<web_sys::HtmlInputElement>(&event).set_value(&(landed * 100.0).to_string());
    };
    let press = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let now = strength.get_untracked();
        let moved = strength::by_key(&event.key(), event.shift_key(), now, &untrack(|| stops(store)));
        if let Some(value) = moved {
            event.prevent_default();
            key.with_value(|id| set(store, id, Some(value)));
        }
    };
    let done = move || {
        dragging.set_value(false);
        store.settle();
    };
    view! {
        <input type="range" min="0" max=MOST * 100.0 step="any"
            aria-label=move || words::strength_of(&name.get())
            aria-valuetext=move || words::spoken(&name.get(), strength.get())
            prop:value=move || (strength.get() * 100.0).to_string()
            style=("--v", move || format!("{:.4}", strength::position(strength.get())))
            on:input=slide on:keydown=press
            on:pointerdown=move |_| dragging.set_value(true) on:pointerup=move |_| done()
            on:blur=move |_| done()/>
    }
}

#[component]
fn NumberBox(key: StoredValue<String>, strength: Memo<f64>, name: Memo<String>) -> impl IntoView {
    let store = store();
    let shown = move || format::strength(strength.get());
    let wrong = RwSignal::new(false);
    let take = move |event: Event| {
        let field = event_target::<web_sys::HtmlInputElement>(&event);
        match strength::typed(&field.value()) {
            Some(value) => {
                wrong.set(false);
                key.with_value(|id| set(store, id, Some(value)));
                store.settle();
                field.set_value(&format::strength(strength.get_untracked()));
            }
            None => wrong.set(true),
        }
    };
    let leave = move |event: leptos::ev::FocusEvent| {
        wrong.set(false);
        event_target::<web_sys::HtmlInputElement>(&event).set_value(&format::strength(strength.get_untracked()));
    };
    view! {
        <input class="number" type="text" inputmode="decimal" autocomplete="off"
            aria-label=move || words::number_of(&name.get())
            aria-invalid=move || wrong.get().then_some("true")
            prop:value=shown on:change=take on:blur=leave/>
    }
}

/// The numbers under the last slider.
#[component]
pub fn Scale() -> impl IntoView {
    let store = store();
    let relative = move || store.draft.with(Draft::is_relative);
    let number = move |stop: Stop| {
        let at = format!("{:.2}%", strength::position(stop.at) * 100.0);
        let text = match (stop.at == 1.0, relative()) {
            (true, false) => words::AS_TRAINED.to_owned(),
            (true, true) => words::EVEN.to_owned(),
            _ => format!("{:.0}", stop.at * 100.0),
        };
        view! { <span style=("--x", at)>{text}</span> }
    };
    let all = move || stops(store).into_iter().filter(|stop| stop.named).map(number).collect_view();
    view! {
        <div class="strength-slider scale" aria-hidden="true">
            <span></span><div class="track-scale">{all}</div><span></span><span></span>
        </div>
    }
}
