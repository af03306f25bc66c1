//! The map of mixes: chart, grid or table.

use front::Remaining;
use leptos::prelude::*;
use protocol::trade::{TradeCandidate, TradePoint};
use protocol::words::screen::trade;
use protocol::words::screen::trade_map as words;

use super::trade_axes::Axes;
use super::trade_grid::Grid;
use super::trade_scatter::Scatter;
use super::trade_table::Table;
use super::trade_triangle::Triangle;
use crate::parts::icons::{icon, marker};
use crate::shape::trade_floors::Cloud;
use crate::shape::trade_named;
use crate::store::{Store, store};
use crate::trades::MapView;
use crate::trading::{self, of_map};

/// What all parts of the map share.
#[derive(Clone, Copy)]
pub struct Scene {
    /// The signals of the window.
    pub store: Store,
    /// Names and pigments of the skills.
    pub skills: Memo<Vec<(String, u8)>>,
    /// All points as numbers.
    pub cloud: Memo<Cloud>,
    /// What the floors leave over.
    pub left: Memo<Remaining>,
    /// Whether there are estimates; a map that grows has none.
    pub has_front: Memo<bool>,
    /// The named mixes.
    pub candidates: Memo<Vec<TradeCandidate>>,
    /// The point under the pointer.
    pub hover: RwSignal<Option<TradePoint>>,
}

impl Scene {
    fn of(store: Store) -> Self {
        let cloud = Memo::new(move |_| {
            store.trades.map.with(|map| map.as_ref().map(|(_, map)| Cloud::of(map))).unwrap_or_default()
        });
        Self {
            store,
            skills: Memo::new(move |_| trading::skills(store)),
            cloud,
            left: Memo::new(move |_| store.trades.floors.with(|floors| cloud.with(|cloud| cloud.left(floors)))),
            has_front: Memo::new(move |_| of_map(store, |map| !map.front.is_empty())),
            candidates: Memo::new(move |_| trading::candidates(store)),
            hover: RwSignal::new(None),
        }
    }

    /// The selected point.
    pub fn at(self) -> Option<TradePoint> {
        self.store.trades.at.get()
    }

    /// Selects a point and says what it is in one sentence.
    pub fn pick(self, point: TradePoint) {
        self.slide(point);
        self.store.polite.set(untrack(|| self.said(point)));
    }

    /// Selects a point without a word: the slider that does it is heard itself.
    pub fn slide(self, point: TradePoint) {
        if self.store.trades.at.get_untracked() != Some(point) {
            self.store.trades.at.set(Some(point));
        }
    }

    /// Name of a skill; empty where there is none.
    pub fn name(self, skill: usize) -> String {
        self.skills.with(|skills| skills.get(skill).map(|(name, _)| name.clone()).unwrap_or_default())
    }

    /// Pigment of a skill.
    pub fn pigment(self, skill: usize) -> u8 {
        self.skills.with(|skills| skills.get(skill).map_or(0, |(_, pigment)| *pigment))
    }

    /// Names of all skills.
    pub fn names(self) -> Vec<String> {
        self.skills.with(|skills| skills.iter().map(|(name, _)| name.clone()).collect())
    }

    /// Scores of a point.
    pub fn values(self, point: TradePoint) -> Vec<f64> {
        of_map(self.store, |map| map.values(point)).unwrap_or_default()
    }

    /// Shares of the specialists' scores of a point.
    pub fn shares(self, point: TradePoint) -> Vec<f64> {
        self.cloud.with(|cloud| cloud.place(point).map(|at| cloud.shares(at))).unwrap_or_default()
    }

    /// What a point is called.
    pub fn title(self, point: TradePoint) -> String {
        let names = self.candidates.with(|all| trade_named::names(all, point));
        trade::point_title(&names, if let TradePoint::Measured(at) = point { Some(at) } else { None })
    }

    /// The same for rows beside each other: an estimate without a name has its number.
    pub fn row_title(self, point: TradePoint) -> String {
        let is_named = self.candidates.with(|all| all.iter().any(|one| one.point == point));
        match point {
            TradePoint::Estimate(at) if !is_named => words::between(at),
            _ => self.title(point),
        }
    }

    /// One sentence on a point.
    pub fn said(self, point: TradePoint) -> String {
        let shares = self.shares(point);
        let worst = shares.iter().copied().enumerate().min_by(|one, other| one.1.total_cmp(&other.1));
        words::summary(&self.title(point), &self.names(), &self.values(point), worst, is_measured(point))
    }

    /// Accessible name of a chart of these skills, with the selected point.
    pub fn label(self, skills: &[usize]) -> String {
        let names: Vec<String> = skills.iter().map(|skill| self.name(*skill)).collect();
        let counts = of_map(self.store, |map| (map.measured.len(), map.front.len()));
        let selected = self.at().map(|point| self.said(point));
        words::chart(&names, counts.0, counts.1, selected.as_deref())
    }
}

/// Whether a point was measured.
pub fn is_measured(point: TradePoint) -> bool {
    matches!(point, TradePoint::Measured(_))
}

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    Scatter,
    Triangle,
    Axes,
    Grid,
    Table,
}

fn face(view: MapView, skills: usize) -> Face {
    match (view, skills) {
        (MapView::Table, _) | (_, 0 | 1) => Face::Table,
        (_, 2) => Face::Scatter,
        (_, 3) => Face::Triangle,
        (MapView::Grid, _) => Face::Grid,
        (MapView::Chart, _) => Face::Axes,
    }
}

/// The area with the map.
#[component]
pub fn MapArea() -> impl IntoView {
    let store = store();
    let scene = Scene::of(store);
    let face = Memo::new(move |_| face(store.trades.view.get(), scene.skills.with(Vec::len)));
    let inside = move || match face.get() {
        Face::Scatter => view! { <Scatter scene=scene/> }.into_any(),
        Face::Triangle => view! { <Triangle scene=scene/> }.into_any(),
        Face::Axes => view! { <Axes scene=scene/> }.into_any(),
        Face::Grid => view! { <Grid scene=scene/> }.into_any(),
        Face::Table => view! { <Table scene=scene/> }.into_any(),
    };
    view! { <div class="trade-map" role="group" aria-label=words::AREA>{inside}</div> }
}

/// Turns axes that begin near the best mixes into axes that begin at 0, and back.
#[component]
pub fn FullRange(scene: Scene) -> impl IntoView {
    let is_full = scene.store.trades.is_full;
    view! {
        <button type="button" class="icon-button" aria-label=words::FULL title=words::FULL_HINT
            aria-pressed=move || is_full.get().to_string() on:click=move |_| is_full.update(|full| *full = !*full)>{icon("expand")}</button>
    }
}

/// What the marks of a chart are.
#[component]
pub fn Legend(
    /// The map.
    scene: Scene,
    /// Whether reference marks have their names in the chart.
    named: bool,
) -> impl IntoView {
    let expected = move || {
        scene.has_front.get().then(|| {
            view! {
                <span><svg width="30" height="14" aria-hidden="true"><path class="key-line" d="M0 7H30"></path><path class="key-estimate" d="M15 1.5 20.5 7 15 12.5 9.5 7Z"></path></svg><i>{words::KEY_ESTIMATE}</i></span>
                <span><svg width="16" height="12" aria-hidden="true"><rect class="key-band" width="16" height="12" rx="2"></rect></svg>{words::KEY_MISS}</span>
            }
        })
    };
    // Marks that have their names beside them need no key.
    let references = (!named).then(|| {
        view! {
            <span>{marker(0)}{words::KEY_START}</span>
            <span><svg width="10" height="10" aria-hidden="true"><rect class="key-alone" x="1" y="1" width="8" height="8" rx="1"></rect></svg>{words::KEY_ALONE}</span>
            <span><svg width="12" height="12" aria-hidden="true"><circle class="key-beaten" cx="6" cy="6" r="4"></circle><circle class="key-equal" cx="6" cy="6" r="5.25"></circle></svg>{words::KEY_EQUAL}</span>
        }
    });
    view! {
        <span class="legend">
            <span><svg width="12" height="12" aria-hidden="true"><circle class="key-measured" cx="6" cy="6" r="4.5"></circle></svg>{words::KEY_MEASURED}</span>
            {expected}
            <span><svg width="10" height="10" aria-hidden="true"><circle class="key-beaten" cx="5" cy="5" r="3.5"></circle></svg>{words::KEY_BEATEN}</span>
            {references}</span>
    }
}
