//! The signals of the window.

use std::collections::BTreeSet;

use leptos::prelude::*;
use protocol::command::{Machine, OutputFolder};
use protocol::engine::EngineCard;
use protocol::event::{Phase, Progress};
use protocol::failure::{Failure, FailureCode, Problem};
use protocol::forecast::Forecast;
use protocol::model::{Inspection, ModelCard, ModelId, Verdict};
use protocol::project::Recent;
use protocol::report::Report;
use protocol::words::screen::{frame, tint, trade};

use crate::masking::Masks;
use crate::packs::Packs;
use crate::shape::draft::Draft;
use crate::shape::history::History;
use crate::signals::{Drag, Measures};
use crate::tinting::Tints;
use crate::trades::Trades;

/// The screen in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Start screen.
    Start,
    /// Models.
    Models,
    /// Mix.
    Mix,
    /// Trade-offs.
    TradeOffs,
    /// Tint.
    Tint,
    /// Save, saving, saved.
    Save,
}

/// Whether the project is kept on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// There is nothing to keep.
    Nothing,
    /// A change waits or is being kept.
    Waiting,
    /// Everything is kept.
    Done,
}

/// What stands open over the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Popover {
    /// Nothing.
    Closed,
    /// Help.
    Help,
    /// Settings.
    Settings,
}

/// Something dropped that is not among the models; stays until the person deals with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// What is wrong with it.
    pub problem: Problem,
    /// What was added together with it, for looking again.
    pub batch: Vec<ModelId>,
}

/// A running save.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Name of the output.
    pub name: String,
    /// Folder for people.
    pub folder: String,
    /// Form for people.
    pub form: String,
    /// What was expected when it began.
    pub forecast: Option<Forecast>,
    /// Engine, once it runs.
    pub engine: Option<String>,
    /// Newest progress of each phase, in the order of [`Phase::SAVING`].
    pub progress: [Option<Progress>; 4],
    /// The phase it is in.
    pub phase: Phase,
    /// When it began, milliseconds.
    pub began: f64,
    /// When writing began, milliseconds.
    pub writing_since: Option<f64>,
    /// When the newest message came, milliseconds.
    pub now: f64,
    /// Whether it is held.
    pub paused: bool,
    /// What it warned of.
    pub warnings: Vec<Problem>,
    /// The mix as it was when the save began.
    pub draft: Draft,
}

/// A finished save.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// Name of the output.
    pub name: String,
    /// Folder for people.
    pub folder: String,
    /// What was written and checked.
    pub report: Report,
    /// The mix as it was when the save began.
    pub draft: Draft,
    /// Number type for people.
    pub dtype: String,
    /// Text of the recipe, for the clipboard; fetched right after the save.
    pub recipe: Option<String>,
}

/// A short message over the work area.
#[derive(Debug, Clone, PartialEq)]
pub struct Toast {
    /// What happened.
    pub title: String,
    /// One more sentence.
    pub text: String,
    /// Button: its words and what it does.
    pub button: Option<(String, ToastAction)>,
}

/// What the button of a toast does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToastAction {
    /// Take the last change back.
    Undo,
    /// Save with the same settings.
    SaveAgain,
    /// Go to the saved model.
    ShowSaved,
    /// Go to the tinted mix.
    ShowTint,
    /// Go to the mixes to choose from.
    ShowTradeOffs,
}

/// All signals; copied freely.
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the fields are named as what they hold; the types are documented")]
pub struct Store {
    pub step: RwSignal<Step>,
    pub draft: RwSignal<Draft>,
    pub history: RwSignal<History<Draft>>,
    pub inspection: RwSignal<Option<Inspection>>,
    pub inspected_in: RwSignal<f64>,
    pub checking: RwSignal<bool>,
    pub refused: RwSignal<Vec<Refused>>,
    pub dismissed: RwSignal<BTreeSet<String>>,
    pub forecast: RwSignal<Option<Forecast>>,
    pub machine: RwSignal<Option<Machine>>,
    pub engines: RwSignal<Vec<EngineCard>>,
    pub recents: RwSignal<Option<Vec<Recent>>>,
    pub job: RwSignal<Option<Job>>,
    pub saved: RwSignal<Option<Saved>>,
    pub save_failure: RwSignal<Option<Failure>>,
    pub forecast_failure: RwSignal<Option<Failure>>,
    pub save_name: RwSignal<Option<String>>,
    pub folder: RwSignal<Option<OutputFolder>>,
    pub selected: RwSignal<Option<ModelId>>,
    pub linked: RwSignal<bool>,
    /// Asks for a new forecast although nothing changed.
    pub look_again: Trigger,
    pub drag: RwSignal<Option<Drag>>,
    /// Examples and scores.
    pub measures: Measures,
    /// Keep-masks.
    pub masks: Masks,
    /// Trade-offs.
    pub trades: Trades,
    /// Tints.
    pub tints: Tints,
    /// The skill pack in front.
    pub packs: Packs,
    pub toast: RwSignal<Option<Toast>>,
    pub kept: RwSignal<Kept>,
    pub popover: RwSignal<Popover>,
    pub polite: RwSignal<String>,
    pub urgent: RwSignal<String>,
    /// Counts inspections and forecasts, so that late answers are dropped.
    pub turns: StoredValue<(u32, u32)>,
    /// The project as it was kept last.
    pub kept_as: StoredValue<Option<Draft>>,
    /// Counts projects, so that a late answer for another project is dropped.
    pub generation: StoredValue<u32>,
    /// Whether a request to keep the project is under way.
    pub keeping: StoredValue<bool>,
}

impl Store {
    /// A window that just opened.
    pub fn new() -> Self {
        Self {
            step: RwSignal::new(Step::Start),
            draft: RwSignal::new(Draft::empty(frame::NEW_NAME)),
            history: RwSignal::default(),
            inspection: RwSignal::default(),
            inspected_in: RwSignal::default(),
            checking: RwSignal::default(),
            refused: RwSignal::default(),
            dismissed: RwSignal::default(),
            forecast: RwSignal::default(),
            machine: RwSignal::default(),
            engines: RwSignal::default(),
            recents: RwSignal::default(),
            job: RwSignal::default(),
            saved: RwSignal::default(),
            save_failure: RwSignal::default(),
            forecast_failure: RwSignal::default(),
            save_name: RwSignal::default(),
            folder: RwSignal::default(),
            selected: RwSignal::default(),
            linked: RwSignal::default(),
            look_again: Trigger::new(),
            drag: RwSignal::default(),
            measures: Measures::new(),
            masks: Masks::new(),
            trades: Trades::new(),
            tints: Tints::new(),
            packs: Packs::new(),
            toast: RwSignal::default(),
            kept: RwSignal::new(Kept::Nothing),
            popover: RwSignal::new(Popover::Closed),
            polite: RwSignal::default(),
            urgent: RwSignal::default(),
            turns: StoredValue::new((0, 0)),
            kept_as: StoredValue::new(None),
            generation: StoredValue::new(0),
            keeping: StoredValue::new(false),
        }
    }

    /// Changes the draft, with an entry for undo. Changes of one `gesture` become one entry.
    pub fn edit(self, gesture: Option<&str>, change: impl FnOnce(&mut Draft)) {
        let before = self.draft.get_untracked();
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            self.history.update(|history| history.remember(before, gesture));
            self.draft.set(after);
        }
    }

    /// Ends a gesture: a drag was let go, a field was left.
    pub fn settle(self) {
        self.history.update_untracked(History::settle);
    }

    /// Starts over with this draft; nothing can be undone.
    pub fn restart(self, draft: Draft) {
        self.generation.update_value(|count| *count += 1);
        self.turns.update_value(|turns| *turns = (turns.0 + 1, turns.1 + 1));
        self.history.set(History::default());
        self.measures.restart();
        self.masks.restart();
        self.trades.restart();
        self.tints.restart();
        self.inspection.set(None);
        self.refused.set(Vec::new());
        self.dismissed.set(BTreeSet::new());
        self.forecast.set(None);
        self.saved.set(None);
        self.save_failure.set(None);
        self.forecast_failure.set(None);
        self.save_name.set(None);
        self.selected.set(None);
        self.toast.set(None);
        self.checking.set(false);
        self.kept.set(if draft.project.key.is_empty() { Kept::Nothing } else { Kept::Done });
        self.kept_as.set_value(Some(draft.clone()));
        self.draft.set(draft);
    }

    /// The card of a model.
    pub fn card(self, id: &str) -> Option<ModelCard> {
        self.inspection.with(|found| found.as_ref()?.models.iter().find(|card| card.id.0 == id).cloned())
    }

    /// Skill name of a specialist, or the model's own name.
    pub fn name_of(self, card: &ModelCard) -> String {
        self.draft.with(|draft| {
            let expert = draft.project.recipe.experts.iter().find(|expert| expert.path == card.id.0);
            expert.map_or_else(|| card.name.clone(), |expert| expert.skill.clone())
        })
    }

    /// Whether the models can be mixed now.
    pub fn is_ready(self) -> bool {
        self.refused.with(Vec::is_empty)
            && self.inspection.with(|found| found.as_ref().is_some_and(|found| found.verdict == Verdict::Ready))
    }

    /// Whether nothing but models is missing.
    fn has_too_few(self) -> bool {
        let is_few = |problem: &Problem| problem.code == FailureCode::TooFewModels;
        self.refused.with(Vec::is_empty)
            && self.inspection.with(|found| found.as_ref().is_none_or(|found| found.problems.iter().any(is_few)))
    }

    /// Why a step cannot be entered yet.
    pub fn lock(self, step: Step) -> Option<&'static str> {
        match step {
            Step::Start | Step::Models => None,
            Step::Tint if self.tints.is_running() => None,
            Step::TradeOffs if self.trades.is_running() => None,
            _ if self.is_ready() => None,
            Step::Save if self.job.with(Option::is_some) || self.saved.with(Option::is_some) => None,
            Step::Save => Some(frame::LOCKED_MIX),
            Step::Mix | Step::TradeOffs | Step::Tint if self.has_too_few() => Some(frame::LOCKED_FEW),
            Step::Mix | Step::TradeOffs | Step::Tint => Some(frame::LOCKED_PROBLEMS),
        }
    }

    /// What a step that can be entered still waits for.
    pub fn waits(self, step: Step) -> Option<&'static str> {
        let (text, needed, is_busy) = match step {
            Step::TradeOffs => (trade::LOCKED, 2, self.trades.is_running() || self.trades.map.with(Option::is_some)),
            Step::Tint => (tint::LOCKED, 1, self.tints.is_running() || self.tints.result.with(Option::is_some)),
            _ => return None,
        };
        let has_examples = self.draft.with(|draft| draft.project.examples.len() >= needed);
        (self.lock(step).is_none() && !has_examples && !is_busy).then_some(text)
    }

    /// Whether a save, a tint or an exploration runs: one of them at a time, and nothing else is measured meanwhile.
    pub fn is_at_work(self) -> bool {
        self.job.with(Option::is_some) || self.tints.is_running() || self.trades.is_running()
    }

    /// Pigment, name and share (0 to 1) of every skill in the mix.
    pub fn named_shares(self) -> Vec<(String, f64)> {
        self.draft.with(named_shares)
    }

    /// Shows a message; one without a button goes away by itself.
    pub fn say(self, title: String, text: String, button: Option<(String, ToastAction)>) {
        let stays = button.is_some();
        let toast = Toast { title, text, button };
        self.toast.set(Some(toast.clone()));
        if !stays {
            let close = move || {
                self.toast.update(|shown| {
                    if shown.as_ref() == Some(&toast) {
                        *shown = None
                    }
                })
            };
            set_timeout(close, std::time::Duration::from_secs(8));
        }
    }
}

/// Name and share (0 to 1) of every skill in a mix.
pub fn named_shares(draft: &Draft) -> Vec<(String, f64)> {
    let shares = draft.shares();
    let total: f64 = shares.iter().map(|(_, strength)| strength.abs()).sum();
    let whole = if total > 0.0 { total } else { 1.0 };
    let experts = draft.project.recipe.experts.iter();
    experts.zip(shares).map(|(expert, (_, strength))| (expert.skill.clone(), strength.abs() / whole)).collect()
}

/// The signals, from anywhere inside the app.
pub fn store() -> Store {
    expect_context::<Store>()
}
