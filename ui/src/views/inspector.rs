//! The inspector: what is selected, in words.

use leptos::prelude::*;
use protocol::failure::Weight;
use protocol::model::{ModelCard, Role};
use protocol::score::SkillScore;
use protocol::words::{format, problems, screen};

use super::layers::{Company, OfLayers};
use super::mask_inspector::OfMasks;
use super::mix_ups::OfMixUps;
use crate::actions;
use crate::examples;
use crate::measuring;
use crate::parts::compare::compare_table;
use crate::parts::drop::MixRibbon;
use crate::parts::example_cell::{LeftOut, PickExamples};
use crate::parts::frame::MixHead;
use crate::parts::icons::{icon, marker};
use crate::parts::problem_card::ProblemNote;
use crate::shape::draft::Draft;
use crate::signals::MixView;
use crate::store::{Step, Store, store};

use screen::examples as example_words;
use screen::mix as mix_words;
use screen::models as words;
use screen::parameters as more_words;
use screen::scores as score_words;

/// The inspector of the step in front.
#[component]
pub fn Inspector() -> impl IntoView {
    let store = store();
    let empty = Memo::new(move |_| store.inspection.with(Option::is_none));
    let step = Memo::new(move |_| store.step.get());
    let view = Memo::new(move |_| store.measures.view.get());
    let inside = move || match step.get() {
        Step::Models if empty.get() => view! { <WhatFits/> }.into_any(),
        Step::Start | Step::Models => view! { <OfModels/> }.into_any(),
        Step::Mix => match view.get() {
            MixView::MixUps(model) => view! { <OfMixUps model=model/> }.into_any(),
            MixView::Layers => view! { <OfLayers/> }.into_any(),
            MixView::Masks => view! { <OfMasks/> }.into_any(),
            MixView::Scores | MixView::Cross => view! { <OfMix/> }.into_any(),
        },
        Step::TradeOffs => view! { <super::trade_inspector::OfTradeOffs/> }.into_any(),
        Step::Tint => view! { <super::tint_inspector::OfTint/> }.into_any(),
        Step::Save => view! { <super::save::OfSave/> }.into_any(),
    };
    view! { <aside class="inspector" aria-label=screen::frame::INSPECTOR tabindex="-1">{inside}</aside> }
}

/// What can be dropped, while nothing is there.
#[component]
fn WhatFits() -> impl IntoView {
    let last = words::FITTING.len() - 1;
    let note = |(at, (title, text)): (usize, (&'static str, &'static str))| {
        let (class, sign) = if at == last { ("note", "close") } else { ("note good", "tick-round") };
        view! { <li class=class>{icon(sign)}<span><b>{title}</b>{text}</span></li> }
    };
    view! {
        <div class="inspector-head"><h2>{words::WHAT_FITS}</h2></div>
        <ul class="stack wide">{words::FITTING.into_iter().enumerate().map(note).collect_view()}</ul>
        <hr/><p class="small">{words::ONLY_HEADERS}</p>
    }
}

#[component]
fn OfModels() -> impl IntoView {
    let store = store();
    let table = move || store.inspection.with(|found| found.as_ref().map(compare_table));
    let time = move || Some(store.inspected_in.get()).filter(|time| *time >= 0.0).map(words::checked_in);
    let notes = move || {
        let dismissed = store.dismissed.get();
        let problems =
            store.inspection.with(|found| found.as_ref().map(|found| found.problems.clone())).unwrap_or_default();
        let open = problems.into_iter().filter(|one| one.weight == Weight::Notice && !dismissed.contains(&one.title));
        open.map(|problem| view! { <ProblemNote problem=problem/> }).collect_view()
    };
    let selected = Memo::new(move |_| store.selected.get().and_then(|id| store.card(&id.0)));
    view! {
        <div class="inspector-head"><h2>{words::FITS}</h2><span class="right small">{time}</span></div>
        {table}{notes}
        {move || selected.get().map(|card| view! { <hr/><Selected card=card/> })}
    }
}

#[component]
fn Selected(card: ModelCard) -> impl IntoView {
    let store = store();
    let (id, replaced) = (card.id.clone(), card.id.clone());
    let pigment = store.draft.with_untracked(|draft| draft.pigment(&card.id.0));
    let named = card.clone();
    let rows = facts(&card).into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd class="clip">{value}</dd> });
    let has_skill = card.role == Role::Expert;
    let (given, own) = (card.id.0.clone(), card.id.0.clone());
    view! {
        <div class="inspector-head">{marker(pigment)}<h2 class="clip">{move || store.name_of(&named)}</h2>
            <span class="right"><span class="badge">{words::SELECTED}</span></span></div>
        <dl class="pair-table" title=card.place.clone()>{rows.collect_view()}
            {has_skill.then(|| view! { <ExampleFacts model=given/> })}</dl>
        <div class="row">
            <button type="button" class="button" on:click=move |_| actions::replace(store, replaced.clone())>{words::REPLACE}</button>
            <button type="button" class="button plain" on:click=move |_| actions::remove(store, &id)>{words::REMOVE}</button></div>
        {has_skill.then(|| view! { <OwnExamples model=own/> })}
    }
}

/// Examples of the selected specialist as facts.
#[component]
fn ExampleFacts(model: String) -> impl IntoView {
    let store = store();
    let card = Memo::new(move |_| examples::card(store, &model));
    move || {
        card.get().map(|card| {
            view! {
                <dt>{example_words::EXAMPLES}</dt><dd title=card.place.clone()>{example_words::in_labels(&card)}</dd>
                <dt>{example_words::SPLIT}</dt><dd title=example_words::split(card.parts)>{example_words::short_split(card.parts)}</dd>
            }
        })
    }
}

/// What was left out of the examples, and the buttons that change them.
#[component]
fn OwnExamples(model: String) -> impl IntoView {
    let store = store();
    let key = StoredValue::new(model);
    let given =
        Memo::new(move |_| key.with_value(|model| store.draft.with(|draft| draft.examples_of(model).is_some())));
    let card = Memo::new(move |_| key.with_value(|model| examples::card(store, model)));
    let skill = move || key.with_value(|model| store.card(model).map(|card| store.name_of(&card)).unwrap_or_default());
    // Where something is wrong with them, the buttons stand there.
    let sound = Memo::new(move |_| key.with_value(|model| examples::troubles(store, model).is_empty()));
    let buttons = move || {
        sound.get().then(|| {
            view! {
                <div class="row wrapping"><PickExamples model=key.get_value() class="button slim" change=true/>
                    <button type="button" class="button plain slim" aria-label=move || example_words::remove_for(&skill())
                        on:click=move |_| key.with_value(|model| examples::remove(store, model))>{example_words::REMOVE}</button></div>
            }
        })
    };
    move || {
        given.get().then(|| {
            view! {
                {move || card.get().map(|card| view! { <LeftOut card=card/> })}
                {buttons}
            }
        })
    }
}

/// Facts of a model, as far as they are known.
fn facts(card: &ModelCard) -> Vec<(&'static str, String)> {
    let private = Some(card.private.len() as u64).filter(|count| *count > 0);
    let all = [
        (words::FILE, Some(problems::short(&card.place).to_owned())),
        (words::WEIGHTS, Some(words::weights(card.parameters, card.tensors))),
        (words::CHANGE, card.change.filter(|_| card.role == Role::Expert).map(words::change)),
        (words::LABELS, card.labels.map(format::grouped)),
        (words::PRIVATE, private.map(format::grouped)),
        (words::LICENCE, card.licence.as_deref().map(words::licence)),
    ];
    all.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
}

#[component]
fn OfMix() -> impl IntoView {
    let store = store();
    let shares = Memo::new(move |_| store.draft.with(Draft::shares));
    let title = Signal::stored(screen::frame::THIS_MIX.to_owned());
    let line = Signal::stored(mix_words::RECIPE_OPEN.to_owned());
    let selected = Memo::new(move |_| selected_skill(store));
    view! {
        <MixHead title=title line=line width=112/>
        <MixRibbon shares=shares tall=true/>
        {move || selected.get().map(|at| view! { <hr/><SelectedSkill at=at/> })}
    }
}

/// Place of the selected skill in the recipe; the first if another model is selected.
fn selected_skill(store: Store) -> Option<usize> {
    let selected = store.selected.get();
    store.draft.with(|draft| {
        let experts = &draft.project.recipe.experts;
        let own = experts.iter().position(|expert| selected.as_ref().is_some_and(|id| id.0 == expert.path));
        own.or(if experts.is_empty() { None } else { Some(0) })
    })
}

#[component]
fn SelectedSkill(at: usize) -> impl IntoView {
    let store = store();
    let name = Memo::new(move |_| store.named_shares().get(at).map(|share| share.0.clone()).unwrap_or_default());
    let strength = Memo::new(move |_| store.draft.with(|draft| draft.shares().get(at).map_or(0.0, |share| share.1)));
    let pigment = store.draft.with_untracked(|draft| draft.shares().get(at).map_or(0, |share| share.0));
    let share = move || format::percent(store.named_shares().get(at).map_or(0.0, |share| share.1));
    let default = Memo::new(move |_| store.draft.with(Draft::default_strength));
    let relative = Memo::new(move |_| store.draft.with(Draft::is_relative));
    let basis = Memo::new(move |_| store.draft.with(Draft::basis));
    let has_strengths = Memo::new(move |_| store.draft.with(Draft::has_strengths));
    let set = move |value: Option<f64>| {
        store.edit(None, |draft| {
            let id = draft.project.recipe.experts[at].path.clone();
            draft.set_strength(&id, value, false);
        });
    };
    let said = move || has_strengths.get().then(|| format::strength(strength.get()));
    let how = move || {
        let recommended = mix_words::recommended(default.get(), basis.get());
        match has_strengths.get() {
            true => {
                let meaning = mix_words::meaning(&name.get(), strength.get(), relative.get());
                view! { <p>{meaning}" "<span class="quiet">{recommended}</span></p> }.into_any()
            }
            false => view! { <p class="quiet">{more_words::NO_STRENGTHS}</p> }.into_any(),
        }
    };
    let ways = move || {
        has_strengths.get().then(|| {
            view! {
                <div class="row wrapping"><button type="button" class="button" on:click=move |_| set(None)>{icon("reset")}
                        {move || mix_words::reset_to(default.get())}</button>
                    <button type="button" class="button plain" disabled=move || strength.get() == 0.0
                        on:click=move |_| set(Some(0.0))>{mix_words::LEAVE_OUT}</button></div>
            }
        })
    };
    let shares = move || has_strengths.get().then(|| view! { <dt>{mix_words::SHARE}</dt><dd>{share}</dd> });
    view! {
        <div class="inspector-head">{marker(pigment)}<h2 class="clip">{name}</h2><span class="right num strong">{said}</span></div>
        {how}
        <dl class="pair-table">{shares}<Company skill=name/></dl>
        {ways}
        <HowItScores at=at/>
    }
}

/// The score of the selected skill in numbers.
#[component]
fn HowItScores(at: usize) -> impl IntoView {
    let store = store();
    let model =
        Memo::new(move |_| store.draft.with(|draft| draft.project.recipe.experts.get(at).map(|one| one.path.clone())));
    let shown = Memo::new(move |_| measuring::row(store, &model.get()?)?.shown().cloned());
    move || {
        shown.get().map(|shown| {
            let rows = scored(&shown.score).into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> });
            let (class, said) = match shown.is_stale {
                true => ("badge notice", score_words::EARLIER),
                false => ("badge measured", score_words::MEASURED),
            };
            view! {
                <hr/><div class="inspector-head"><h2>{score_words::DETAILS}</h2>
                    <span class="right"><span class=class>{said}</span></span></div>
                <dl class="pair-table" class:stale=shown.is_stale>{rows.collect_view()}</dl>
            }
        })
    }
}

/// A score in numbers, as far as they are known.
fn scored(score: &SkillScore) -> Vec<(&'static str, String)> {
    let left_out = Some(score.skipped.len() as u64).filter(|count| *count > 0);
    let all = [
        (score_words::counts(score.metric), Some(score_words::correct(score.correct, score.examples))),
        (score_words::INTERVAL, Some(score_words::interval(score.interval))),
        (score_words::PER_CLASS, score.mean_per_class.map(format::score)),
        (score_words::TOP5, score.top5.map(format::score)),
        (score_words::CALIBRATION, score.ece.map(score_words::gap)),
        (score_words::EXAMPLES, Some(score_words::measured_of(score.examples, score.available))),
        (score_words::LEFT_OUT, left_out.map(format::grouped)),
    ];
    all.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
}
