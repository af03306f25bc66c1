//! Goes to the scene in the address, and does there what a person would.

use std::time::Duration;

use leptos::prelude::*;
use protocol::model::ModelId;
use protocol::recipe::Layout;

use super::{packs, parameter, scenario, scores};
use crate::examples;
use crate::measuring;
use crate::opening;
use crate::page;
use crate::saving;
use crate::signals::{Drag, MixView, Spot};
use crate::store::{Step, Store};
use crate::tinting;
use crate::trying;
use crate::views::mix::open;

/// Goes to the scene in the address.
pub fn set_scene(store: Store) {
    if let Some(theme) = parameter("theme") {
        page::show_theme(&theme);
    }
    let scene = scenario().unwrap_or_default();
    let after = |milliseconds, what: Box<dyn FnOnce()>| set_timeout(what, Duration::from_millis(milliseconds));
    if parameter("drag").is_some() {
        let over = match parameter("drag").as_deref() {
            Some("card") => Spot::Card(ModelId("letters_hiragana".into())),
            Some("try") => Spot::Trying,
            _ => Spot::Window,
        };
        after(300, Box::new(move || store.drag.set(Some(Drag { files: 1, folders: 2, over }))));
    }
    if parameter("checking").is_some() {
        after(300, Box::new(move || store.checking.set(true)));
    }
    match scene.as_str() {
        "start" | "first" => return,
        "models-empty" => return opening::new_mix(store),
        _ => opening::open_sample(store),
    }
    let strengths = move || {
        store.edit(None, |draft| draft.set_strength("optdigits", Some(0.4), false));
        store.edit(None, |draft| draft.set_strength("fashion_mnist", Some(0.3), false));
        store.edit(None, |draft| draft.set_strength("letters_latin", Some(0.35), false));
    };
    match scene.as_str() {
        scene if scene.starts_with("mix") => {
            after(80, Box::new(move || (strengths(), store.step.set(Step::Mix)).1));
            after(2_000, Box::new(move || go_on(store)));
        }
        scene if scene.starts_with("trade") => {
            after(80, Box::new(move || store.step.set(Step::TradeOffs)));
            after(1_200, Box::new(move || super::trade::go_on(store)));
        }
        scene if scene.starts_with("tint") => {
            after(80, Box::new(move || (strengths(), store.step.set(Step::Tint)).1));
            after(1_200, Box::new(move || tint_on(store)));
        }
        "models-pack" => after(300, Box::new(move || packs::show(store))),
        "models-whose" => after(300, Box::new(move || drop_examples(store))),
        "save" | "save-keep" | "save-pack" | "saving" | "done" => {
            after(80, Box::new(move || (strengths(), store.step.set(Step::Save)).1))
        }
        _ => {}
    }
    if matches!(scene.as_str(), "save-keep" | "save-pack") {
        after(200, Box::new(move || forms(store)));
    }
    if matches!(scene.as_str(), "saving" | "done") {
        after(700, Box::new(move || saving::start(store)));
    }
}

/// What the scenes of scores show once the mix is measured.
fn go_on(store: Store) {
    let scene = scenario().unwrap_or_default();
    let is = |part: &str| scene.contains(part);
    if is("measuring") || is("change") {
        store.edit(None, |draft| draft.set_strength("optdigits", Some(0.5), false));
    }
    store.measures.part.set(scores::part());
    store.measures.as_table.set(is("table"));
    if is("judged") {
        measuring::ask(store, scores::part(), None, false);
    }
    if is("try") {
        trying::pick_picture(store);
    }
    if is("text") {
        trying::ask(store, protocol::measure::Shown::Text("the shop was closed on a monday".into()));
    }
    let model = if is("large") { "letters_hiragana" } else { "fashion_mnist" };
    match () {
        () if is("confusion") => open(store, MixView::MixUps(model.into())),
        () if is("cross") => {
            open(store, MixView::Cross);
            measuring::ask(store, scores::part(), None, true);
        }
        () if is("layers") => crate::conflicts::show(store),
        () if is("masks") => show_masks(store),
        () if is("more") => page::click(".method-card.more"),
        () if is("settings") => page::click("button.fold"),
        () if is("keep") => store.edit(None, |draft| draft.set_method("tall_masks")),
        () if is("ties") => store.edit(None, |draft| draft.set_method("ties")),
        () => {}
    }
}

/// What the scenes of tints show once one can begin.
fn tint_on(store: Store) {
    let scene = scenario().unwrap_or_default();
    let is = |part: &str| scene.contains(part);
    let stays = ["open", "few", "locked", "keep", "resume"].into_iter().any(is) || scene == "tint";
    if is("open") {
        page::click(".tint-more");
    }
    if is("keep") {
        store.edit(None, |draft| draft.set_method("tall_masks"));
    }
    if !stays {
        tinting::start(store, false);
    }
    store.tints.as_table.set(is("table"));
    let wait = if is("used") || is("mix") { 9_000 } else { 4_000 };
    let later = |what: fn(Store)| set_timeout(move || what(store), Duration::from_millis(wait));
    match () {
        () if is("paused") => later(|store| tinting::set_paused(store, true)),
        () if is("asking") => later(|store| store.tints.is_asking.set(true)),
        () if is("used") => later(tinting::use_result),
        () if is("mix") => later(|store| {
            tinting::use_result(store);
            store.step.set(Step::Mix);
        }),
        () if is("running") => later(|store| store.tints.cell.set(Some((0, 2)))),
        () => {}
    }
}

/// Forms for a method that makes a model for each skill.
fn forms(store: Store) {
    store.edit(None, |draft| draft.set_method("tall_masks"));
    if scenario().is_some_and(|scene| scene.contains("pack")) {
        store.edit(None, |draft| draft.project.recipe.output.layout = Layout::Pack);
    }
}

/// The scenes of keep-masks.
fn show_masks(store: Store) {
    let scene = scenario().unwrap_or_default();
    let is = |part: &str| scene.contains(part);
    let method = if is("plain") { "task_arithmetic" } else { "tall_masks" };
    if is("plain") || is("keep") {
        store.edit(None, |draft| draft.set_method(method));
    }
    crate::masking::show(store);
    store.masks.as_table.set(is("table"));
    let later = |milliseconds, selector: &'static str| {
        set_timeout(move || page::click(selector), Duration::from_millis(milliseconds));
    };
    if is("large") {
        later(700, ".masks-grid tr:nth-child(2) .fold-row");
    }
    if is("row") {
        later(900, ".masks-grid tr:nth-child(4) .row-name");
        later(1_100, ".inspector .wrapping .button");
        later(1_300, ".masks-grid tr:nth-child(3) .row-name");
    }
    if is("chosen") {
        set_timeout(move || measuring::choose_masks(store), Duration::from_millis(1_000));
    }
}

/// A drop of examples of which one has the name of a skill and one of none.
fn drop_examples(store: Store) {
    let one = |id: &str| (ModelId(id.into()), id.to_owned());
    examples::take(store, vec![one("letters_hiragana.zip"), one("pictures-2024")], &Spot::Window);
}
