//! Keep-masks: their counts, the row that is looked at, and selectivities chosen by score.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::command::{ChangeSizes, CountMasks};
use protocol::event::JobEvent;
use protocol::export::masks::{Drawing, masks_csv, masks_svg};
use protocol::failure::{Failure, FailureCode, Problem};
use protocol::masks::{ChosenMasks, Histogram, MaskStatistics};
use protocol::recipe::{From, Recipe};
use protocol::words::screen::masks as words;

use crate::bridge;
use crate::exporting;
use crate::page;
use crate::shape::masks::{self, Column, CountKey, Node};
use crate::shape::parameters;
use crate::signals::MixView;
use crate::store::{Step, Store};
use crate::views::mix::open;

/// How long after a change of what is counted it is counted anew.
const COUNT_AFTER: Duration = Duration::from_millis(300);

/// Counts, and what they were made for.
pub type Counted = (CountKey, Arc<MaskStatistics>);

/// The signals of keep-masks; copied freely.
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the fields are named as what they hold; the types are documented")]
pub struct Masks {
    pub counts: RwSignal<Option<Counted>>,
    /// What is being counted.
    pub counting: RwSignal<Option<CountKey>>,
    /// What could not be counted, and why; without a problem, it was given up.
    pub failed: RwSignal<Option<(CountKey, Option<Problem>)>>,
    /// Keys of the groups that stand open.
    pub open: RwSignal<BTreeSet<String>>,
    /// Key of the row that can be reached with Tab.
    pub here: RwSignal<Option<String>>,
    /// Key of the row whose details are shown.
    pub row: RwSignal<Option<String>>,
    pub as_table: RwSignal<bool>,
    /// Column of the table, and whether the highest comes first.
    pub sort: RwSignal<(Column, bool)>,
    /// Sizes of the change of a row.
    pub sizes: RwSignal<Option<(String, Result<Histogram, Problem>)>>,
    /// The newest choice.
    pub chosen: RwSignal<Option<ChosenMasks>>,
    /// Counts requests for counts and for sizes, so that late answers are dropped.
    pub turns: StoredValue<(u32, u32)>,
}

impl Masks {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self {
            counts: RwSignal::default(),
            counting: RwSignal::default(),
            failed: RwSignal::default(),
            open: RwSignal::default(),
            here: RwSignal::default(),
            row: RwSignal::default(),
            as_table: RwSignal::default(),
            sort: RwSignal::new((Column::Layer, false)),
            sizes: RwSignal::default(),
            chosen: RwSignal::default(),
            turns: StoredValue::new((0, 0)),
        }
    }

    /// Forgets everything: another project is opened.
    pub fn restart(self) {
        self.turns.update_value(|turns| *turns = (turns.0 + 1, turns.1 + 1));
        self.counts.set(None);
        self.counting.set(None);
        self.failed.set(None);
        self.open.set(BTreeSet::new());
        self.here.set(None);
        self.row.set(None);
        self.sizes.set(None);
        self.chosen.set(None);
    }
}

/// How well the column that is shown fits the recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It is what the recipe says.
    Exact,
    /// It is the nearest step.
    Nearest,
    /// What the recipe says is still to be counted.
    Stale,
}

/// What the view and its inspector show, worked out once for each of them.
#[derive(Clone, Copy)]
pub struct Scene {
    pub store: Store,
    pub found: Memo<Option<Arc<MaskStatistics>>>,
    pub nodes: Memo<Arc<Vec<Node>>>,
    /// Column of the counts.
    pub column: Memo<(usize, Fit)>,
    /// Weights that fewer skills need are removed.
    pub k: Memo<u32>,
    /// Names and pigments of the skills.
    pub skills: Memo<Vec<(String, u8)>>,
    /// Name of the method.
    pub method: Memo<String>,
}

impl Scene {
    /// The scene of the mix on screen.
    pub fn of(store: Store) -> Self {
        let found =
            Memo::new(move |_| store.masks.counts.with(|counts| counts.as_ref().map(|(_, found)| found.clone())));
        let nodes = Memo::new(move |_| Arc::new(found.get().map(|found| masks::nodes(&found)).unwrap_or_default()));
        let column = Memo::new(move |_| shown_column(store, found.get().as_deref()));
        let k = Memo::new(move |_| store.draft.with(|draft| threshold(&draft.project.recipe)));
        let skills = Memo::new(move |_| {
            store.draft.with(|draft| {
                let experts = draft.project.recipe.experts.iter();
                experts.map(|expert| (expert.skill.clone(), draft.pigment(&expert.path))).collect()
            })
        });
        let method = Memo::new(move |_| store.draft.with(|draft| draft.project.recipe.method.name.clone()));
        Self { store, found, nodes, column, k, skills, method }
    }

    /// A row by its key.
    pub fn node(self, key: &str) -> Option<Node> {
        self.nodes.with(|nodes| nodes.iter().find(|node| node.key == key).cloned())
    }

    /// Names of the tensors of a row.
    pub fn names(self, node: &Node) -> Vec<String> {
        let found = self.found.get();
        let name = |at: &usize| found.as_ref()?.tensors.get(*at).map(|tensor| tensor.name.clone());
        node.tensors.iter().filter_map(name).collect()
    }

    /// Names of the skills.
    pub fn skill_names(self) -> Vec<String> {
        self.skills.with(|skills| skills.iter().map(|(name, _)| name.clone()).collect())
    }
}

/// The number of skills below which weights are removed in what is shown.
fn threshold(recipe: &Recipe) -> u32 {
    if recipe.method.name == "tall_masks" { 0 } else { masks::counted(recipe).settings().k }
}

fn shown_column(store: Store, found: Option<&MaskStatistics>) -> (usize, Fit) {
    let Some(found) = found else { return (0, Fit::Stale) };
    store.draft.with(|draft| {
        let recipe = masks::counted(&draft.project.recipe);
        let selectivity = recipe.settings().selectivity;
        let of = store.masks.counts.with(|counts| counts.as_ref().map(|(of, _)| of.clone()));
        let is_current = of == CountKey::of(&recipe);
        match masks::column(found, &selectivity) {
            Some((at, true)) if is_current => (at, Fit::Exact),
            Some((at, false)) if is_current => (at, Fit::Nearest),
            Some((at, _)) => (at, Fit::Stale),
            None => (masks::place(parameters::middle(&recipe)), Fit::Stale),
        }
    })
}

/// Counts while the view is in front and what is known is not of this mix.
pub fn count_by_itself(store: Store) {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let wanted = Memo::new(move |_| wanted(store));
    Effect::new(move |_| {
        let key = wanted.get();
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        if let Some(key) = key {
            let wait = if store.masks.counts.with_untracked(Option::is_some) { COUNT_AFTER } else { Duration::ZERO };
            timer.set_value(set_timeout_with_handle(move || count(store, key.clone()), wait).ok());
        }
    });
}

fn wanted(store: Store) -> Option<CountKey> {
    let is_in_front = store.step.get() == Step::Mix && store.measures.view.get() == MixView::Masks;
    if !is_in_front || !store.is_ready() || store.is_at_work() {
        return None;
    }
    let key = store.draft.with(|draft| CountKey::of(&draft.project.recipe))?;
    let is_known = store.masks.counts.with(|counts| counts.as_ref().is_some_and(|(of, _)| *of == key));
    let runs = store.masks.counting.with(|counting| counting.as_ref() == Some(&key));
    let has_failed = store.masks.failed.with(|failed| failed.as_ref().is_some_and(|(of, _)| *of == key));
    (!is_known && !runs && !has_failed).then_some(key)
}

/// Opens the view; it asks for its counts by itself.
pub fn show(store: Store) {
    store.masks.failed.set(None);
    open(store, MixView::Masks);
}

/// Counts again what could not be counted.
pub fn again(store: Store) {
    store.masks.failed.set(None);
}

fn count(store: Store, key: CountKey) {
    store.masks.turns.update_value(|turns| turns.0 += 1);
    let turn = store.masks.turns.get_value().0;
    let recipe = store.draft.with_untracked(|draft| masks::counted(&draft.project.recipe));
    store.masks.failed.set(None);
    store.masks.counting.set(Some(key.clone()));
    spawn_local(async move {
        let of = key.clone();
        if let Err(failure) = bridge::run(&CountMasks { recipe }, move |event| hear(store, turn, &of, event)).await {
            end(store, turn, key, Some(failure));
        }
    });
}

/// One message of a count; those of earlier ones are dropped.
fn hear(store: Store, turn: u32, key: &CountKey, event: JobEvent) {
    if store.masks.turns.get_value().0 != turn {
        return;
    }
    match event {
        JobEvent::Masked { masks } => {
            store.masks.counts.set(Some((key.clone(), Arc::new(*masks))));
            store.masks.sizes.set(None);
            end(store, turn, key.clone(), None);
        }
        JobEvent::Failed { failure } => end(store, turn, key.clone(), Some(failure)),
        _ => {}
    }
}

/// A count that a save or a comparison ended says nothing; it can be asked for again.
fn end(store: Store, turn: u32, key: CountKey, failure: Option<Failure>) {
    if store.masks.turns.get_value().0 != turn {
        return;
    }
    if let Some(failure) = failure {
        let problem = failure.problems.into_iter().next().filter(|problem| problem.code != FailureCode::Cancelled);
        store.masks.failed.set(Some((key, problem)));
    }
    store.masks.counting.set(None);
}

/// Shows the details of a row.
pub fn open_row(scene: Scene, node: &Node) {
    let masks = scene.store.masks;
    masks.here.set(Some(node.key.clone()));
    masks.row.set(Some(node.key.clone()));
    scene.store.polite.set(words::opened(&node.title, node.tensors.len()));
    request_animation_frame(|| page::reveal(".inspector", ".inspector .row-details"));
}

/// Asks how large the changes of a row are, unless that is known.
pub fn ask_sizes(scene: Scene, node: &Node) {
    let (store, key) = (scene.store, node.key.clone());
    let Some(found) = scene.found.get_untracked() else { return };
    if store.masks.sizes.with_untracked(|sizes| sizes.as_ref().is_some_and(|(of, _)| *of == key)) {
        return;
    }
    store.masks.turns.update_value(|turns| turns.1 += 1);
    let turn = store.masks.turns.get_value().1;
    store.masks.sizes.set(None);
    let reach = masks::reach(&found, &node.tensors);
    if reach <= 0.0 {
        return;
    }
    let request = ChangeSizes {
        recipe: store.draft.with_untracked(|draft| masks::counted(&draft.project.recipe)),
        tensors: untrack(|| scene.names(node)),
        reach,
    };
    spawn_local(async move {
        let reply = bridge::call(&request).await;
        if store.masks.turns.get_value().1 == turn {
            let sizes = reply.map_err(|failure| failure.problems.into_iter().next());
            let sizes = match sizes {
                Ok(sizes) => Some((key, Ok(sizes))),
                Err(problem) => problem.map(|problem| (key, Err(problem))),
            };
            store.masks.sizes.set(sizes);
        }
    });
}

/// Writes an exception for a row into the recipe.
pub fn treat(scene: Scene, node: &Node, from: From) {
    let names = untrack(|| scene.names(node));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    scene.store.edit(None, |draft| draft.treat(&node.patterns, &names, from));
}

/// Takes selectivities that were chosen by score into the recipe.
pub fn take(store: Store, chosen: ChosenMasks) {
    store.edit(None, |draft| draft.set_selectivities(&chosen.by_skill()));
    store.polite.set(protocol::words::masks::chosen(&chosen));
    store.masks.chosen.set(Some(chosen));
}

/// Writes all counts of the column that is shown as a table.
pub fn write_csv(scene: Scene) {
    let Some(mut found) = scene.found.get_untracked().map(|found| (*found).clone()) else { return };
    found.skills = untrack(|| scene.skill_names());
    let text = masks_csv(&found, scene.column.get_untracked().0);
    exporting::write(scene.store, exporting::name(scene.store, "masks", "csv"), text);
}

/// Writes the heat map, with the groups that are open, as a drawing.
pub fn write_svg(scene: Scene) {
    let Some(found) = scene.found.get_untracked() else { return };
    let (column, skills) = (scene.column.get_untracked().0, untrack(|| scene.skill_names()));
    let nodes = scene.nodes.get_untracked();
    let open = scene.store.masks.open.get_untracked();
    let rows: Vec<_> = masks::visible(&nodes, &open).into_iter().map(|node| masks::row(&found, column, node)).collect();
    let (title, said) = scene.store.draft.with_untracked(|draft| {
        (draft.project.name.clone(), parameters::said_selectivity(&masks::counted(&draft.project.recipe)))
    });
    let drawn = masks_svg(&Drawing {
        title: &title,
        skills: &skills,
        rows: &rows,
        total: &masks::whole(&found, column),
        selectivity: &said,
        k: scene.k.get_untracked(),
    });
    exporting::write(scene.store, exporting::name(scene.store, "masks", "svg"), drawn);
}
