//! The signals of examples and scores.

use std::collections::BTreeMap;

use leptos::prelude::*;
use protocol::event::Progress;
use protocol::failure::Problem;
use protocol::measure::{Answers, CrossTable, ExamplesCard, Shown, Wish};
use protocol::model::ModelId;
use protocol::score::Part;
use protocol::statistics::LayerStatistics;

use crate::shape::board::{Board, MixKey};

/// What is known of the examples of a specialist.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// They are being looked at.
    Looking,
    /// What they are.
    Known(Box<ExamplesCard>),
    /// They cannot be looked at.
    Refused(Problem),
}

/// A running measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its number; messages of earlier ones are dropped.
    pub turn: u32,
    /// What is measured.
    pub wish: Wish,
    /// The mix that is measured.
    pub mix: MixKey,
    /// Newest progress.
    pub progress: Option<Progress>,
    /// Share that is done, 0 to 1; never falls.
    pub share: f64,
    /// Whether it is held.
    pub paused: bool,
    /// Whether the person asked it to stop.
    pub is_stopping: bool,
    /// Whether it takes long enough to be shown.
    pub is_slow: bool,
    /// Whether selectivities are chosen and not scores measured.
    pub is_choice: bool,
    /// What it warned of.
    pub warning: Option<Problem>,
}

/// What the step Mix shows in its work area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MixView {
    /// Methods, strengths, scores.
    Scores,
    /// What is mixed up in the skill of this specialist.
    MixUps(String),
    /// Every model on every skill.
    Cross,
    /// Which skills fight.
    Layers,
    /// Keep-masks layer by layer.
    Masks,
}

/// Something that was shown to the models, with their answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// What was shown.
    pub shown: Shown,
    /// The mix that was asked.
    pub mix: MixKey,
    /// What was answered.
    pub answers: Answers,
}

/// Where something is dragged to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// The card of this specialist.
    Card(ModelId),
    /// The panel that shows things to the models.
    Trying,
    /// Anywhere else.
    Window,
}

/// A native drag over the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drag {
    /// How many files.
    pub files: usize,
    /// How many folders.
    pub folders: usize,
    /// Where.
    pub over: Spot,
}

/// All of them; copied freely.
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the fields are named as what they hold; the types are documented")]
pub struct Measures {
    /// By id of the model and id of the examples.
    pub seen: RwSignal<BTreeMap<(String, String), Seen>>,
    /// Dropped examples whose skill has to be asked for: id and name.
    pub whose: RwSignal<Vec<(ModelId, String)>>,
    pub choose: RwSignal<Board>,
    pub judge: RwSignal<Board>,
    /// The part that is shown.
    pub part: RwSignal<Part>,
    pub as_table: RwSignal<bool>,
    pub run: RwSignal<Option<Run>>,
    /// Whether a measurement is about to begin by itself.
    pub is_due: RwSignal<bool>,
    /// The mix that is not measured by itself: it was stopped, or could not be measured.
    pub declined: RwSignal<Option<MixKey>>,
    /// Why the newest measurement ended without scores.
    pub failure: RwSignal<Option<Problem>>,
    /// Part of the newest measurement, its seconds, and whether the models stayed in memory.
    pub took: RwSignal<Option<(Part, f64, bool)>>,
    pub cross: RwSignal<Option<(MixKey, CrossTable)>>,
    pub view: RwSignal<MixView>,
    pub asked: RwSignal<Option<Asked>>,
    pub is_asking: RwSignal<bool>,
    pub ask_failure: RwSignal<Option<Problem>>,
    pub layers: RwSignal<Option<LayerStatistics>>,
    pub is_comparing: RwSignal<bool>,
    pub compare_failure: RwSignal<Option<Problem>>,
    /// The selected layer; none: the whole model.
    pub layer: RwSignal<Option<usize>>,
    /// Counts measurements, questions and comparisons, so that late answers are dropped.
    pub turns: StoredValue<(u32, u32, u32)>,
}

impl Measures {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self {
            seen: RwSignal::default(),
            whose: RwSignal::default(),
            choose: RwSignal::default(),
            judge: RwSignal::default(),
            part: RwSignal::new(Part::Choose),
            as_table: RwSignal::default(),
            run: RwSignal::default(),
            is_due: RwSignal::default(),
            declined: RwSignal::default(),
            failure: RwSignal::default(),
            took: RwSignal::default(),
            cross: RwSignal::default(),
            view: RwSignal::new(MixView::Scores),
            asked: RwSignal::default(),
            is_asking: RwSignal::default(),
            ask_failure: RwSignal::default(),
            layers: RwSignal::default(),
            is_comparing: RwSignal::default(),
            compare_failure: RwSignal::default(),
            layer: RwSignal::default(),
            turns: StoredValue::new((0, 0, 0)),
        }
    }

    /// Forgets everything: another project is opened.
    pub fn restart(self) {
        self.turns.update_value(|turns| *turns = (turns.0 + 1, turns.1 + 1, turns.2 + 1));
        self.seen.set(BTreeMap::new());
        self.whose.set(Vec::new());
        self.choose.set(Board::default());
        self.judge.set(Board::default());
        self.part.set(Part::Choose);
        self.run.set(None);
        self.declined.set(None);
        self.failure.set(None);
        self.took.set(None);
        self.cross.set(None);
        self.view.set(MixView::Scores);
        self.asked.set(None);
        self.is_asking.set(false);
        self.ask_failure.set(None);
        self.layers.set(None);
        self.is_comparing.set(false);
        self.compare_failure.set(None);
        self.layer.set(None);
    }

    /// Takes a problem of these off the screen; `false` if it is none of them.
    pub fn dismiss(self, title: &str) -> bool {
        let places = [self.failure, self.ask_failure, self.compare_failure];
        let is_it = |place: &RwSignal<Option<Problem>>| {
            place.with_untracked(|problem| problem.as_ref().is_some_and(|problem| problem.title == title))
        };
        let found = places.into_iter().find(is_it);
        found.inspect(|place| place.set(None)).is_some()
    }

    /// The board of a part.
    pub fn board(self, part: Part) -> RwSignal<Board> {
        if part == Part::Judge { self.judge } else { self.choose }
    }
}
