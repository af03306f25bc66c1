//! The signals of trade-offs.

use front::Effort;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::command;
use protocol::event::{Phase, Progress};
use protocol::failure::Problem;
use protocol::recipe::Recipe;
use protocol::trade::{TradeForecast, TradeMap, TradePoint, TradeWish};

use crate::bridge;

/// A running exploration.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its number; messages of earlier ones are dropped.
    pub turn: u32,
    /// What is explored.
    pub wish: TradeWish,
    /// The phase it is in.
    pub phase: Phase,
    /// Newest progress.
    pub progress: Option<Progress>,
    /// Mixes that are measured, and all of them.
    pub mixes: (u32, u32),
    /// Whether it is held.
    pub paused: bool,
    /// Whether the person asked for the end.
    pub is_stopping: bool,
    /// Whether nothing of it is to be kept.
    pub is_discarding: bool,
    /// The mix that the person asked to have measured, if that is what runs.
    pub asked: Option<Vec<f64>>,
    /// When it began, milliseconds.
    pub began: f64,
    /// The map as it was when it began: what is back on screen if it fails.
    pub before: Option<(Recipe, TradeMap)>,
    /// What it warned of.
    pub warnings: Vec<Problem>,
}

/// How the map is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MapView {
    /// Scatter, triangle or parallel axes, by the number of skills.
    #[default]
    Chart,
    /// Rows of candidates, columns of skills. From four skills on.
    Grid,
    /// All points as a table.
    Table,
}

/// How a mix of three skills is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choosing {
    /// By how much each skill matters.
    #[default]
    Priorities,
    /// By what each skill must at least have.
    Floors,
}

/// All of them; copied freely.
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the fields are named as what they hold; the types are documented")]
pub struct Trades {
    pub effort: RwSignal<Effort>,
    /// The newest forecast, and what it was made for.
    pub forecast: RwSignal<Option<(TradeWish, TradeForecast)>>,
    /// What could not be forecast, and why.
    pub forecast_failure: RwSignal<Option<(TradeWish, Problem)>>,
    pub run: RwSignal<Option<Run>>,
    /// What is known, and the mix it is about with its strengths taken out: a map of other models is not shown. While a
    /// first map grows it has no front; while more is measured, the front of before stays until there is a new one.
    pub map: RwSignal<Option<(Recipe, TradeMap)>>,
    /// Whether the person chose to explore again although there is a map.
    pub is_again: RwSignal<bool>,
    /// The selected point of the map.
    pub at: RwSignal<Option<TradePoint>>,
    /// Points that are kept in sight, at most four.
    pub pins: RwSignal<Vec<TradePoint>>,
    pub is_comparing: RwSignal<bool>,
    pub view: RwSignal<MapView>,
    /// Whether axes begin at 0.
    pub is_full: RwSignal<bool>,
    pub choosing: RwSignal<Choosing>,
    /// How much each skill of the map matters; adds up to 1.
    pub weights: RwSignal<Vec<f64>>,
    /// Priorities that stay when another is moved.
    pub locks: RwSignal<Vec<bool>>,
    /// What each skill of the map must have, 0 to 1.
    pub floors: RwSignal<Vec<Option<f64>>>,
    /// Floors as they were before each change, the newest last.
    pub floors_before: RwSignal<Vec<Vec<Option<f64>>>>,
    /// Skills of the map, the most important first.
    pub ranking: RwSignal<Vec<usize>>,
    /// Skills of the map in the order of the axes.
    pub axes: RwSignal<Vec<usize>>,
    pub failure: RwSignal<Option<Problem>>,
    /// Whether the person is asked before what was measured is discarded.
    pub is_asking: RwSignal<bool>,
    /// Whether the mix is to be saved as soon as it is measured.
    pub saves_after: RwSignal<bool>,
    /// Counts forecasts and runs, so that late answers are dropped.
    pub turns: StoredValue<(u32, u32)>,
}

impl Trades {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self {
            effort: RwSignal::new(Effort::Normal),
            forecast: RwSignal::default(),
            forecast_failure: RwSignal::default(),
            run: RwSignal::default(),
            map: RwSignal::default(),
            is_again: RwSignal::default(),
            at: RwSignal::default(),
            pins: RwSignal::default(),
            is_comparing: RwSignal::default(),
            view: RwSignal::default(),
            is_full: RwSignal::default(),
            choosing: RwSignal::default(),
            weights: RwSignal::default(),
            locks: RwSignal::default(),
            floors: RwSignal::default(),
            floors_before: RwSignal::default(),
            ranking: RwSignal::default(),
            axes: RwSignal::default(),
            failure: RwSignal::default(),
            is_asking: RwSignal::default(),
            saves_after: RwSignal::default(),
            turns: StoredValue::new((0, 0)),
        }
    }

    /// Whether mixes are being measured.
    pub fn is_running(self) -> bool {
        self.run.with(Option::is_some)
    }

    /// Forgets everything: another project is opened. An exploration that runs is stopped; what it measured is kept.
    pub fn restart(self) {
        if self.run.with_untracked(Option::is_some) {
            spawn_local(async {
                let _ = bridge::call(&command::Cancel {}).await;
            });
        }
        self.turns.update_value(|turns| *turns = (turns.0 + 1, turns.1 + 1));
        self.effort.set(Effort::Normal);
        self.forecast.set(None);
        self.forecast_failure.set(None);
        self.run.set(None);
        self.failure.set(None);
        self.forget_map();
    }

    /// Forgets the map and what was chosen in it.
    pub fn forget_map(self) {
        self.at.set(None);
        self.pins.set(Vec::new());
        self.is_comparing.set(false);
        self.is_again.set(false);
        self.is_asking.set(false);
        self.saves_after.set(false);
        self.map.set(None);
        self.view.set(MapView::Chart);
        self.is_full.set(false);
        self.choosing.set(Choosing::Priorities);
    }

    /// Everything that is set for each skill of a map, as for a new map.
    pub fn begin_map(self, map: &TradeMap) {
        let count = map.skills.len();
        self.weights.set(vec![1.0 / count.max(1) as f64; count]);
        self.locks.set(vec![false; count]);
        self.floors.set(vec![None; count]);
        self.floors_before.set(Vec::new());
        self.ranking.set((0..count).collect());
        self.axes.set((0..count).collect());
    }

    /// Takes a problem of these off the screen; `false` if it is none of them.
    pub fn dismiss(self, title: &str) -> bool {
        let is_it = self.failure.with_untracked(|failure| failure.as_ref().is_some_and(|one| one.title == title));
        if is_it {
            self.failure.set(None);
        }
        is_it
    }
}
