//! Tint: a mix that tunes itself on examples without labels. What is asked for, and what comes back.
//!
//! Strengths of every tensor and one private layer per skill learn to agree with each specialist (Model Tinting, later
//! SyMerge, arXiv:2412.19098). The result is a recipe like any other, with small files of layers beside it.

use serde::{Deserialize, Serialize};

use crate::failure::Problem;
use crate::measure::{Given, SkillProblem};
use crate::recipe::Recipe;
use crate::score::{Measured, Metric, Part};

/// Rounds between two looks at the part for choosing; state is kept as often.
pub const JUDGED_EVERY: u32 = 50;
/// Looks without a gain after which the person is told so.
pub const PATIENCE: usize = 4;

/// What is to be tinted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TintWish {
    /// The mix to start from; its paths are ids in the window.
    pub recipe: Recipe,
    /// Examples, at most one place for each skill. Strengths of skills without examples stay as they are.
    pub examples: Vec<Given>,
    /// How.
    pub settings: TintSettings,
}

/// How a mix is tinted. Every default is the right one for somebody who never opens this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TintSettings {
    /// What is trained.
    pub way: TintWay,
    /// Rounds; each visits every skill with examples once.
    pub rounds: u32,
    /// Examples of a visit.
    pub batch: u32,
    /// Seed of the order of examples and skills.
    pub seed: u64,
    /// Strength from which every coefficient starts; `None`: that of the recipe. The paper starts from 0.3.
    pub start: Option<f64>,
    /// Which layer every skill has for itself.
    pub layer: PrivateLayer,
    /// What is learnt from the specialist.
    pub objective: Objective,
    /// Whether examples are left out where the mix disagrees and is surer than the specialist.
    pub filter: bool,
    /// Learning rate of the coefficients.
    pub rate: f64,
    /// Learning rate of the private layers; `None`: from the length of the rows of their weights.
    pub layer_rate: Option<f64>,
    /// Which part of the examples is learnt from. Anything but the learn part makes the scores transductive.
    pub part: Part,
    /// Whether the ways it is compared with are trained and measured too.
    pub compare: bool,
}

impl TintSettings {
    /// Learning rate of the coefficients where only they are trained.
    pub const RATE_ALONE: f64 = 1e-3;
}

impl Default for TintSettings {
    fn default() -> Self {
        Self {
            way: TintWay::Tint,
            rounds: 500,
            batch: 32,
            seed: 0,
            start: None,
            layer: PrivateLayer::Head,
            objective: Objective::Hard,
            filter: true,
            rate: 1e-2,
            layer_rate: None,
            part: Part::Learn,
            compare: true,
        }
    }
}

/// What is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TintWay {
    /// Coefficients of every tensor and the private layers.
    Tint,
    /// The private layers alone. For heads features are found once, so it takes seconds.
    Layers,
    /// The coefficients alone.
    Coefficients,
    /// The coefficients alone, one for each skill, with the entropy of the answers as loss: AdaMerging, task-wise.
    AdamergingTask,
    /// The coefficients of every tensor, with the entropy of the answers as loss: AdaMerging, layer-wise.
    Adamerging,
    /// All weights of the common body and the private layers: plain fine-tuning, as a control.
    Body,
}

/// Which layer every skill has for itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrivateLayer {
    /// The head.
    #[default]
    Head,
    /// The last block; heads stay as they are.
    LastBlock,
    /// The first block; heads stay as they are.
    FirstBlock,
    /// All tensors whose name starts so; heads stay as they are.
    Named(String),
}

/// What is learnt from the specialist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Objective {
    /// Its answer.
    Hard,
    /// The probabilities it gives to all answers.
    Soft,
    /// Nothing: the mix is to be sure of its own answers.
    Entropy,
}

/// What a tint will need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TintForecast {
    /// Numbers that are trained.
    pub trained: u64,
    /// Numbers of the common body.
    pub parameters: u64,
    /// Most bytes of memory.
    pub memory: u64,
    /// Seconds, from a trial of a few examples on this machine; without comparisons.
    pub seconds: f64,
    /// Examples in the parts learn, choose, judge of every skill that has some.
    pub skills: Vec<TintExamples>,
    /// Skills whose examples cannot be used.
    pub problems: Vec<SkillProblem>,
    /// Where states are kept, for people.
    pub place: String,
    /// Round from which an interrupted tint of this wish can go on.
    pub resumes: Option<u32>,
}

/// Examples of one skill, by part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TintExamples {
    /// Name of the skill.
    pub skill: String,
    /// Examples in the parts learn, choose, judge.
    pub parts: [u64; 3],
    /// Whether there are labels: scores are accuracy, else agreement with the specialist.
    pub metric: Metric,
}

/// Where a running tint stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TintRound {
    /// Rounds done.
    pub round: u32,
    /// All rounds.
    pub rounds: u32,
    /// Names of the skills that learn, in the order of the recipe.
    #[serde(default)]
    pub skills: Vec<String>,
    /// Mean loss of each of them since the last message; `None` where all its visits were empty.
    pub loss: Vec<Option<f64>>,
    /// Share of examples that passed the filter since the last message.
    pub used_share: f64,
    /// Visits of the whole run in which no example passed.
    pub empty: u64,
    /// Strengths as they are now, as long as they are trained.
    pub grid: Option<TintGrid>,
    /// Expected rest.
    pub seconds_left: Option<f64>,
}

/// Strengths by place in the network and skill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TintGrid {
    /// Number of the block, or `None` for what lies outside the blocks \[g\].
    pub groups: Vec<Option<u64>>,
    /// Mean strength of each expert of the recipe at the start \[experts\]\[g\].
    pub start: Vec<Vec<f64>>,
    /// Mean strength of each expert of the recipe now \[experts\]\[g\].
    pub now: Vec<Vec<f64>>,
}

/// Scores on the part for choosing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TintJudged {
    /// After so many rounds.
    pub round: u32,
    /// Names of the skills that learn, in the order of the recipe.
    #[serde(default)]
    pub skills: Vec<String>,
    /// Score of each of them.
    pub scores: Vec<Measured>,
    /// Scores of the specialists on the same examples, in the same order.
    pub experts: Vec<Measured>,
    /// Mean.
    pub mean: f64,
    /// The lowest.
    pub worst: f64,
    /// Whether it is the best so far: the highest worst score, then the highest mean, then the earliest.
    pub best: bool,
}

/// A way to mix, in the table of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TintRowKind {
    /// The starting model.
    Base,
    /// The plain average of the specialists.
    Average,
    /// Task arithmetic with the default strength.
    TaskArithmetic,
    /// The mix that was on screen.
    Start,
    /// Heads alone, from the same start with the same visits.
    Heads,
    /// AdaMerging, layer-wise.
    Adamerging,
    /// Representation Surgery on the starting mix.
    Surgery,
    /// EMR-Merging: a body for each skill.
    Emr,
    /// All weights of the body and the heads.
    Body,
    /// What was trained.
    Tinted,
    /// Every skill's own specialist.
    Experts,
}

impl TintRowKind {
    /// Whether its weights or heads learnt from examples.
    pub fn learns(self) -> bool {
        matches!(self, Self::Heads | Self::Adamerging | Self::Surgery | Self::Body | Self::Tinted)
    }
}

/// One row of the table of results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TintRow {
    /// Which.
    pub method: TintRowKind,
    /// Part of the examples that was asked.
    pub part: Part,
    /// Whether its weights or heads learnt from the examples it was asked about.
    pub transductive: bool,
    /// One score for each skill.
    pub skills: Vec<TintScore>,
    /// Mean of the scores.
    pub mean: f64,
    /// The lowest score.
    pub worst: f64,
    /// Half the width of the 95 % interval of the mean.
    pub margin: f64,
}

/// One score of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TintScore {
    /// Name of the skill.
    pub skill: String,
    /// What is counted.
    pub metric: Metric,
    /// The score.
    pub value: Measured,
    /// Examples.
    pub examples: u64,
    /// Ends of the 95 % interval.
    pub interval: [f64; 2],
}

/// What a tint ends with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tinted {
    /// The recipe of the best round; its paths, those of layers too, are ids in the window.
    pub recipe: Recipe,
    /// Rounds done.
    pub rounds: u32,
    /// The round that is kept.
    pub best_round: u32,
    /// Seed.
    pub seed: u64,
    /// Numbers that were trained.
    pub trained_parameters: u64,
    /// Numbers of the common body.
    pub parameters: u64,
    /// Whether scores are of examples that were learnt from.
    pub transductive: bool,
    /// Scores on the judge part, in the order of [`TintRowKind`].
    pub rows: Vec<TintRow>,
    /// Files of private layers.
    pub layers: Vec<TintLayer>,
    /// Strengths at the start and in the end.
    pub grid: Option<TintGrid>,
    /// Scores on the part for choosing, round by round.
    pub judged: Vec<TintJudged>,
    /// Visits in which no example passed the filter.
    pub empty: u64,
    /// Memory.
    pub memory: TintMemory,
    /// Seconds, without pauses and comparisons.
    pub seconds: f64,
    /// What is worth knowing.
    pub warnings: Vec<Problem>,
}

impl Tinted {
    /// The row of a kind.
    pub fn row(&self, kind: TintRowKind) -> Option<&TintRow> {
        self.rows.iter().find(|row| row.method == kind)
    }

    /// Whether heads alone do as well: their mean is not below that of the tinted mix by more than the error bar.
    pub fn heads_suffice(&self) -> bool {
        let (heads, tinted) = (self.row(TintRowKind::Heads), self.row(TintRowKind::Tinted));
        heads.zip(tinted).is_some_and(|(heads, tinted)| tinted.mean - heads.mean <= heads.margin.max(tinted.margin))
    }
}

/// The private layer of one skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TintLayer {
    /// Name of the skill.
    pub skill: String,
    /// Its file: path on disk, id in the window.
    pub file: String,
}

/// Memory, as forecast and as used at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TintMemory {
    /// Bytes that were expected.
    pub forecast: u64,
    /// Bytes that the process grew by at most; `None` where the system does not tell.
    pub peak: Option<u64>,
}
