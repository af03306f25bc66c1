//! Problems, each with a code, a subject and words.

use serde::{Deserialize, Serialize};

/// What a problem is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// A file or folder, by its place.
    File(String),
    /// A tensor, by its name.
    Tensor(String),
    /// A skill, by its name.
    Skill(String),
}

/// Every way in which something can be wrong; closed, so that each has a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// Text 1: different architectures.
    BuiltDifferently,
    /// Text 2: the method needs a base.
    NoBase,
    /// Text 3: a header that cannot be read or points outside the file.
    Damaged,
    /// Text 4, input: NaN or infinity in an input.
    InputNotFinite,
    /// Text 4, output: the result left the range of its number type.
    OutputNotFinite,
    /// Text 5: not enough space.
    DiskFull,
    /// Text 6: the graphics card was lost.
    GpuLost,
    /// Text 7: not enough memory.
    OutOfMemory,
    /// Text 8: a pickle.
    Pickle,
    /// Text 9: dropped twice.
    AlreadyAdded,
    /// Text 10: the folder cannot be written to.
    FolderForbidden,
    /// Text 11: two names, the same numbers.
    SameModel,
    /// Text 12a: a Git-LFS pointer.
    Placeholder,
    /// Text 12b: a web page.
    WebPage,
    /// Text 12c: shorter than its header says.
    NotComplete,
    /// Text 13: different number types (a notice).
    NumberTypes,
    /// Text 14: different word lists.
    WordLists,
    /// Text 15: stopped by the person.
    Cancelled,
    /// A GGUF file.
    Gguf,
    /// A part of a sharded model is missing.
    ShardMissing,
    /// A file that is none of the known kinds.
    NotAModel,
    /// A folder in which no model was found.
    NothingFound,
    /// A file changed or went away since it was inspected.
    FileChanged,
    /// A file or folder cannot be read.
    CannotRead,
    /// The output name exists.
    NameTaken,
    /// A name that cannot be a file name.
    BadName,
    /// Writing stopped for another reason.
    CannotWrite,
    /// Too few specialists.
    TooFewModels,
    /// A number type that is not mixed yet.
    NumberTypeUnsupported,
    /// No tensors in common.
    NothingInCommon,
    /// The recipe's text is not a recipe.
    RecipeUnreadable,
    /// A method that does not exist.
    UnknownMethod,
    /// A parameter that the method does not have, or a value outside its range.
    BadParameter,
    /// A strength that is no number or outside what is sensible.
    BadStrength,
    /// Relative weights that add up to nothing.
    ZeroWeights,
    /// Two experts with one skill name.
    SkillTwice,
    /// A recipe format of a later version.
    NewerFormat,
    /// No engine of the wished name.
    NoSuchEngine,
    /// What was written does not read back as it should.
    VerifyFailed,
    /// No examples where some were looked for.
    NoExamples,
    /// Examples that all have one label.
    OneLabel,
    /// Labels that the specialist's head does not have.
    LabelsUnknown,
    /// Examples that cannot be opened, or not as they are.
    ExamplesUnreadable,
    /// A model that can be mixed and not be run.
    CannotRun,
    /// A model without a head, and nothing to make one of.
    NoHead,
    /// A mix that cannot be tinted.
    CannotTint,
    /// A mix whose strengths cannot be traded off.
    CannotTrade,
    /// A model that is shown texts and has no word list.
    TokenizerMissing,
    /// A folder that is no skill pack.
    NotAPack,
    /// A skill pack of a later version.
    PackNewer,
    /// A file of a skill pack is missing or has another size.
    PackIncomplete,
    /// A file of a skill pack is another than the one that was written.
    PackDamaged,
    /// A skill that the pack does not have.
    SkillNotInPack,
    /// The base of a skill pack is needed and not inside.
    PackNeedsBase,
    /// Another model was given as the base of a skill pack.
    PackOtherBase,
    /// A skill pack where a model was expected.
    PackIsNoModel,
    /// Another job runs.
    Busy,
    /// A mistake in Tincture itself.
    Bug,
}

impl FailureCode {
    /// All codes, for tests that go through them.
    pub const ALL: &[FailureCode] = &[
        FailureCode::BuiltDifferently,
        FailureCode::NoBase,
        FailureCode::Damaged,
        FailureCode::InputNotFinite,
        FailureCode::OutputNotFinite,
        FailureCode::DiskFull,
        FailureCode::GpuLost,
        FailureCode::OutOfMemory,
        FailureCode::Pickle,
        FailureCode::AlreadyAdded,
        FailureCode::FolderForbidden,
        FailureCode::SameModel,
        FailureCode::Placeholder,
        FailureCode::WebPage,
        FailureCode::NotComplete,
        FailureCode::NumberTypes,
        FailureCode::WordLists,
        FailureCode::Cancelled,
        FailureCode::Gguf,
        FailureCode::ShardMissing,
        FailureCode::NotAModel,
        FailureCode::NothingFound,
        FailureCode::FileChanged,
        FailureCode::CannotRead,
        FailureCode::NameTaken,
        FailureCode::BadName,
        FailureCode::CannotWrite,
        FailureCode::TooFewModels,
        FailureCode::NumberTypeUnsupported,
        FailureCode::NothingInCommon,
        FailureCode::RecipeUnreadable,
        FailureCode::UnknownMethod,
        FailureCode::BadParameter,
        FailureCode::BadStrength,
        FailureCode::ZeroWeights,
        FailureCode::SkillTwice,
        FailureCode::NewerFormat,
        FailureCode::NoSuchEngine,
        FailureCode::VerifyFailed,
        FailureCode::NoExamples,
        FailureCode::OneLabel,
        FailureCode::LabelsUnknown,
        FailureCode::ExamplesUnreadable,
        FailureCode::CannotRun,
        FailureCode::NoHead,
        FailureCode::CannotTint,
        FailureCode::CannotTrade,
        FailureCode::TokenizerMissing,
        FailureCode::NotAPack,
        FailureCode::PackNewer,
        FailureCode::PackIncomplete,
        FailureCode::PackDamaged,
        FailureCode::SkillNotInPack,
        FailureCode::PackNeedsBase,
        FailureCode::PackOtherBase,
        FailureCode::PackIsNoModel,
        FailureCode::Busy,
        FailureCode::Bug,
    ];
}

/// How much a problem weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Worth knowing; nothing is prevented.
    Notice,
    /// The person has to choose something first.
    Choice,
    /// Prevents the mix.
    Stop,
}

/// What a button of a problem does; its text comes from [`crate::words`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Action {
    /// Choose another file in place of the subject.
    ChooseAnotherFile,
    /// Take the model at this place out of the mix.
    Remove {
        /// The model's place as in the subject.
        place: String,
    },
    /// Open the comparison table.
    ShowDifferences,
    /// Ask for the starting model.
    AddBase,
    /// Switch to the simple average.
    UseAverage,
    /// Choose another output folder.
    ChooseFolder,
    /// Look again.
    CheckAgain,
    /// Multiply all strengths by this factor.
    LowerStrengths {
        /// Factor below 1.
        factor: f64,
    },
    /// Write F32.
    SaveAsF32,
    /// Keep both of two equal models.
    KeepBoth,
    /// Take another name, already free.
    SaveAs {
        /// The free name.
        name: String,
    },
    /// Only close the notice.
    Dismiss,
    /// Do the same again.
    StartAgain,
}

/// One thing that is wrong, in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// What kind.
    pub code: FailureCode,
    /// What it is about.
    pub subject: Option<Subject>,
    /// How much it weighs.
    pub weight: Weight,
    /// What happened, in a person's words.
    pub title: String,
    /// Why.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// At most two buttons, the recommended one first.
    #[serde(default)]
    pub actions: Vec<Action>,
    /// Technical facts, folded on screen.
    #[serde(default)]
    pub details: Option<String>,
}

impl Problem {
    /// Whether this prevents the mix.
    pub fn stops(&self) -> bool {
        self.weight == Weight::Stop
    }
}

/// Why a command or job ended without its result; never empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// All that is wrong, found at once.
    pub problems: Vec<Problem>,
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}
