//! The requests of the window and their replies.
//!
//! The window never names a path: models are ids, folders are chosen in dialogs that the shell opens.
//! Every command can end with a [`crate::failure::Failure`] instead of its reply.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::engine::EngineCard;
use crate::forecast::Forecast;
use crate::masks::Histogram;
use crate::measure::{Answers, ExamplesCard, Given, Shown, Wish};
use crate::model::{Inspection, ModelId};
use crate::pack::PackCard;
use crate::project::{Opened, Project, Recent};
use crate::recipe::Recipe;
use crate::tint::{TintForecast, TintWish};
use crate::trade::{TradeForecast, TradeWish};

/// A request of the window.
pub trait Command: Serialize + DeserializeOwned {
    /// Name on the bridge.
    const NAME: &'static str;
    /// What comes back.
    type Reply: Serialize + DeserializeOwned;
}

/// Declares a request struct and its [`Command`].
macro_rules! command {
    ($(#[$doc:meta])* $name:ident = $wire:literal { $($(#[$field_doc:meta])* $field:ident : $kind:ty),* $(,)? } -> $reply:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub struct $name { $($(#[$field_doc])* pub $field: $kind),* }
        impl Command for $name {
            const NAME: &'static str = $wire;
            type Reply = $reply;
        }
    };
}

/// Which dialog to open for models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pick {
    /// Files.
    Files,
    /// One or more folders.
    Folders,
}

/// What a dialog or a drop brought: the places, registered under ids. Nothing was read yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// Ids of what was chosen, in order; a folder may hold several models, which [`Inspect`] expands.
    pub models: Vec<ModelId>,
    /// What holds examples and no model: for each its id and its name.
    #[serde(default)]
    pub examples: Vec<(ModelId, String)>,
    /// Skill packs: for each its id and its name.
    #[serde(default)]
    pub packs: Vec<(ModelId, String)>,
}

/// A folder for the output: an id, and how people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFolder {
    /// Id within this session.
    pub id: String,
    /// Name for people, such as `Models`.
    pub name: String,
    /// Whole place for the tooltip.
    pub place: String,
    /// Free bytes on its disk.
    pub free: u64,
}

/// What the job bar shows while nothing runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The engine that would be used.
    pub engine: EngineCard,
    /// Free memory in bytes.
    pub memory_free: u64,
    /// The current output folder.
    pub folder: OutputFolder,
    /// Version of the program.
    pub version: String,
}

command! {
    /// Engine, memory, disk.
    Status = "status" {} -> Machine
}
command! {
    /// Recent projects, newest first.
    Recents = "recents" {} -> Vec<Recent>
}
command! {
    /// Opens a dialog for models; an empty reply means it was closed.
    PickModels = "pick_models" { /// Files or folders.
        pick: Pick } -> Added
}
command! {
    /// Opens a dialog for a project, a recipe or a model that Tincture saved.
    PickProject = "pick_project" {} -> Option<Opened>
}
command! {
    /// Opens a dialog for the output folder.
    PickFolder = "pick_folder" {} -> Option<OutputFolder>
}
command! {
    /// Unpacks the sample if needed and opens it as a project.
    OpenSample = "open_sample" {} -> Opened
}
command! {
    /// Opens a recent project.
    OpenRecent = "open_recent" { /// Its key.
        key: String } -> Opened
}
command! {
    /// Forgets a recent project; no model is touched.
    ForgetRecent = "forget_recent" { /// Its key.
        key: String } -> ()
}
command! {
    /// Keeps the project; replies with its key.
    KeepProject = "keep_project" { /// The project; its paths are ids.
        project: Project } -> String
}
command! {
    /// Reads headers and says whether the models fit.
    Inspect = "inspect" {
        /// Models or folders of models.
        models: Vec<ModelId>,
        /// The base the person chose; `None`: propose one.
        base: Option<ModelId>,
        /// Whether to do without a base although one could be proposed.
        no_base: bool,
    } -> Inspection
}
command! {
    /// What a mix will need and write.
    Predict = "predict" {
        /// The recipe; its paths are ids.
        recipe: Recipe,
        /// Name of the output, for the file list.
        name: String,
        /// Id of the output folder.
        folder: String,
    } -> Forecast
}
command! {
    /// Mixes and saves; progress comes over the channel `events`, this reply only says that it began.
    Save = "save" {
        /// The recipe; its paths are ids.
        recipe: Recipe,
        /// Name of the output.
        name: String,
        /// Id of the output folder.
        folder: String,
    } -> ()
}
command! {
    /// Pauses or continues the running job.
    SetPaused = "set_paused" { /// Pause or continue.
        paused: bool } -> ()
}
command! {
    /// Cancels the running job.
    Cancel = "cancel" {} -> ()
}
command! {
    /// Shows the last saved output in the system's file window.
    ShowSaved = "show_saved" {} -> ()
}
command! {
    /// The text of a recipe with real paths, for the clipboard.
    RecipeText = "recipe_text" { /// The recipe; its paths are ids.
        recipe: Recipe } -> String
}
command! {
    /// All engines of this machine.
    Engines = "engines" {} -> Vec<EngineCard>
}

command! {
    /// Opens a dialog for examples; `None` means it was closed.
    PickExamples = "pick_examples" { /// Files or folders.
        pick: Pick } -> Option<ModelId>
}
command! {
    /// Opens a dialog for one picture; `None` means it was closed.
    PickPicture = "pick_picture" {} -> Option<ModelId>
}
command! {
    /// Looks into examples, and whether a specialist can be measured on them.
    LookAtExamples = "look_at_examples" {
        /// The examples.
        examples: ModelId,
        /// The specialist.
        model: ModelId,
        /// The starting model, which helps out with settings and word lists.
        base: Option<ModelId>,
    } -> ExamplesCard
}
command! {
    /// Measures a mix; what is known comes over the channel `events`, this reply only says that it began.
    /// A measurement that still runs is cancelled first.
    Measure = "measure" {
        /// What is to be measured; paths are ids.
        wish: Wish,
    } -> ()
}
command! {
    /// Shows something to the mix and to every specialist.
    Try = "try_out" {
        /// The mix; its paths are ids.
        recipe: Recipe,
        /// Examples, for heads that are made of them.
        examples: Vec<Given>,
        /// What is shown.
        shown: Shown,
    } -> Answers
}
command! {
    /// Compares the changes of all specialists layer by layer; what is known comes over the channel `events`, this reply
    /// only says that it began. It runs beside a measurement; a save ends it.
    Statistics = "statistics" {
        /// The mix; its paths are ids.
        recipe: Recipe,
    } -> ()
}
command! {
    /// Counts the keep-masks of a mix layer by layer; what is known comes over the channel `events`, this reply only
    /// says that it began. It runs where a comparison runs: one of the two at a time, and a save ends it.
    CountMasks = "count_masks" {
        /// The mix; its paths are ids.
        recipe: Recipe,
    } -> ()
}
command! {
    /// How large the combined change of some tensors is.
    ChangeSizes = "change_sizes" {
        /// The mix; its paths are ids.
        recipe: Recipe,
        /// Names of the tensors.
        tensors: Vec<String>,
        /// Largest absolute value among them, as the count of the masks tells.
        reach: f64,
    } -> Histogram
}
command! {
    /// Chooses the selectivity of every skill by its score on the part for choosing; the choice comes over the channel
    /// `events`, this reply only says that it began. A measurement that still runs is cancelled first.
    ChooseMasks = "choose_masks" {
        /// The mix, and the examples that there are; paths are ids.
        wish: Wish,
    } -> ()
}
command! {
    /// Opens a dialog and writes a text where the person says; replies with the name of the file.
    ExportText = "export_text" {
        /// Proposed name, with its ending.
        name: String,
        /// What is written.
        text: String,
    } -> Option<String>
}

command! {
    /// What is in a skill pack.
    LookAtPack = "look_at_pack" { /// The pack.
        pack: ModelId } -> PackCard
}
command! {
    /// Restores the model of one skill from a pack; progress comes over the channel `events`, this reply only says that
    /// it began. It takes the place of a save: one of the two at a time.
    Unpack = "unpack" {
        /// The pack.
        pack: ModelId,
        /// The skill.
        skill: String,
        /// The starting model, where it is not in the pack.
        base: Option<ModelId>,
        /// Name of the output.
        name: String,
        /// Id of the output folder.
        folder: String,
    } -> ()
}

command! {
    /// What a tint will need: opens models and examples, and tries a few of them.
    ForecastTint = "forecast_tint" {
        /// What is to be tinted; paths are ids.
        wish: TintWish,
    } -> TintForecast
}
command! {
    /// Begins to tint; what is known comes over the channel `events`, this reply only says that it began. It takes the
    /// place of a save: one of the two at a time.
    StartTint = "start_tint" {
        /// What is to be tinted; paths are ids.
        wish: TintWish,
        /// Whether to go on from the kept state of this wish, if there is one.
        resume: bool,
    } -> ()
}
command! {
    /// Ends the training of a tint, or its comparisons, and keeps the best; the result comes over the channel.
    StopTint = "stop_tint" {} -> ()
}
command! {
    /// Removes the kept state of a wish.
    DiscardTint = "discard_tint" {
        /// The wish.
        wish: TintWish,
    } -> ()
}

command! {
    /// What exploring trade-offs will need: opens models and examples, and measures a few of them.
    ForecastTrade = "forecast_trade" {
        /// What is to be explored; paths are ids.
        wish: TradeWish,
    } -> TradeForecast
}
command! {
    /// Begins to explore trade-offs, or goes on where an earlier start of the same wish ended; what is known comes over
    /// the channel `events`, this reply only says that it began. It takes the place of a save: one of the two at a time.
    StartTrade = "start_trade" {
        /// What is to be explored; paths are ids.
        wish: TradeWish,
        /// Strengths of mixes that are measured first, whatever the search would propose.
        first: Vec<Vec<f64>>,
    } -> ()
}
command! {
    /// Ends exploring with what is measured so far; the map comes over the channel.
    StopTrade = "stop_trade" {} -> ()
}
command! {
    /// Forgets what was measured for a wish.
    DiscardTrade = "discard_trade" {
        /// The wish.
        wish: TradeWish,
    } -> ()
}

/// Name of the event that tells the window of a native drag: payload [`DragState`].
pub const DRAG_EVENT: &str = "tincture://drag";

/// A native drag over the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DragState {
    /// Files hover over the window; told again when they move.
    Over {
        /// How many files.
        files: usize,
        /// How many folders.
        folders: usize,
        /// Where, in pixels of the page from its top left corner.
        at: (f64, f64),
    },
    /// The drag left.
    Left,
    /// They were dropped; inspect these.
    Dropped {
        /// What was dropped.
        added: Added,
        /// Where, in pixels of the page from its top left corner.
        at: (f64, f64),
    },
}
