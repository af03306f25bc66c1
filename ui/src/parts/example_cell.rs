//! Examples of a specialist: on its card, and what is wrong with them.

use leptos::prelude::*;
use protocol::command::Pick;
use protocol::failure::{Problem, Weight};
use protocol::measure::ExamplesCard;
use protocol::words::screen::examples as words;

use super::icons::icon;
use super::menu::Menu;
use super::problem_card::explanation;
use crate::examples;
use crate::signals::{Seen, Spot};
use crate::store::{Store, store};

/// Name of the skill of a model.
fn skill(store: Store, model: &str) -> String {
    store.draft.with(|draft| {
        let expert = draft.project.recipe.experts.iter().find(|expert| expert.path == model);
        expert.map(|expert| expert.skill.clone()).unwrap_or_default()
    })
}

/// The button that asks for examples of a specialist: a folder or a file.
#[component]
pub fn PickExamples(
    /// Id of the specialist.
    model: String,
    /// Class of the button.
    class: &'static str,
    /// Whether it has examples already.
    #[prop(optional)]
    change: bool,
) -> impl IntoView {
    let store = store();
    let named = model.clone();
    let label = Signal::derive(move || {
        let skill = skill(store, &named);
        if change { words::change_for(&skill) } else { words::add_for(&skill) }
    });
    let choose = |pick: Pick| {
        let model = model.clone();
        Callback::new(move |()| examples::pick(store, model.clone(), pick))
    };
    let items = vec![(words::FOLDER, choose(Pick::Folders)), (words::FILE, choose(Pick::Files))];
    view! {
        <Menu class=class label=label text=if change { words::CHANGE } else { words::ADD } hint=words::HINT items=items/>
    }
}

/// What a specialist's card says of its examples.
#[component]
pub fn ExampleCell(
    /// Id of the specialist.
    model: String,
) -> impl IntoView {
    let store = store();
    let key = StoredValue::new(model);
    let seen = Memo::new(move |_| key.with_value(|model| examples::seen(store, model)));
    let over = Memo::new(move |_| key.with_value(|model| is_over(store, model)));
    let inside = move || match seen.get() {
        _ if over.get() => {
            view! { <b>{move || key.with_value(|model| words::drop_here(&skill(store, model)))}</b> }.into_any()
        }
        None => view! { <PickExamples model=key.get_value() class="button"/> }.into_any(),
        Some(Seen::Looking) => view! { <span role="status">{words::LOOKING}</span> }.into_any(),
        Some(Seen::Known(card)) => known(&card).into_any(),
        Some(Seen::Refused(_)) => view! { <span class="row">{icon("warn")}{words::NOT_USED}</span> }.into_any(),
    };
    let title = move || match seen.get() {
        Some(Seen::Known(card)) => Some(words::tooltip(&card)),
        _ => None,
    };
    view! { <div class="examples" title=title>{inside}</div> }
}

fn known(card: &ExamplesCard) -> impl IntoView + use<> {
    view! { <b>{words::count(card.examples)}</b><span>{words::labels(card.labels.is_some())}</span> }
}

/// Whether something is dragged over the card of this specialist.
pub fn is_over(store: Store, model: &str) -> bool {
    let here = |spot: &Spot| matches!(spot, Spot::Card(id) if id.0 == model);
    store.drag.with(|drag| drag.as_ref().is_some_and(|drag| here(&drag.over)))
}

/// What is wrong with the examples of a specialist, under its facts. Mixing is not affected.
#[component]
pub fn ExampleTroubles(
    /// Id of the specialist.
    model: String,
) -> impl IntoView {
    let store = store();
    let key = StoredValue::new(model);
    let found = Memo::new(move |_| key.with_value(|model| examples::troubles(store, model)));
    move || {
        let strip = |problem: Problem| view! { <Trouble model=key.get_value() problem=problem/> };
        found.get().into_iter().map(strip).collect_view()
    }
}

/// One problem of examples: what happened, why, what to do.
#[component]
pub fn Trouble(
    /// Id of the specialist.
    model: String,
    /// What is wrong.
    problem: Problem,
    /// Whether only what happened and what to do is said.
    #[prop(optional)]
    brief: bool,
) -> impl IntoView {
    let store = store();
    let said = if brief { problem.remedy.clone() } else { explanation(&problem) };
    let class = if problem.weight == Weight::Stop { "example-trouble" } else { "example-trouble mild" };
    let taken = model.clone();
    let has_examples = store.draft.with_untracked(|draft| draft.examples_of(&model).is_some());
    let buttons = (has_examples && !problem.actions.is_empty() && problem.weight == Weight::Stop).then(|| {
        let name = move || words::remove_for(&skill(store, &taken));
        let removed = model.clone();
        view! {
            <span class="row"><PickExamples model=model.clone() class="button slim" change=true/>
                <button type="button" class="button plain slim" aria-label=name
                    on:click=move |_| examples::remove(store, &removed)>{words::REMOVE}</button></span>
        }
    });
    view! {
        <div class=class role="note">{icon("warn")}
            <div class="stack"><p><b>{problem.title.clone()}"."</b>" "{said}</p>{buttons}</div></div>
    }
}

/// What was left out, with the reasons, behind a button that counts it.
#[component]
pub fn LeftOut(
    /// The examples.
    card: ExamplesCard,
) -> impl IntoView {
    /// Most lines of the list.
    const MOST: usize = 100;
    let open = RwSignal::new(false);
    let count = card.skipped.len();
    let line = |one: &protocol::score::Skipped| {
        view! { <li><span class="mono">{one.file.clone()}</span><span class="quiet">{one.why.clone()}</span></li> }
    };
    let skipped = StoredValue::new(card.skipped);
    let list = move || {
        open.get().then(|| {
            let lines = skipped.with_value(|all| all.iter().take(MOST).map(line).collect_view());
            let more = (count > MOST).then(|| view! { <li class="quiet">{words::more(count - MOST)}</li> });
            view! { <ul class="left-out" tabindex="0" aria-label=words::LEFT_OUT>{lines}{more}</ul> }
        })
    };
    (count > 0).then(|| {
        view! {
            <div class="stack"><button type="button" class="fold" aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)>
                {move || if open.get() { icon("down") } else { icon("next") }}{words::left_out(count)}</button>{list}</div>
        }
    })
}
