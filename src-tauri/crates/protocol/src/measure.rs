//! Measurements: what is asked for, and what comes back.

use serde::{Deserialize, Serialize};

use crate::failure::Problem;
use crate::model::ModelId;
use crate::recipe::Recipe;
use crate::score::{Measured, Metric, Part, Scores, Skipped};

/// Most examples of a skill that the window measures while strengths are moved.
pub const LIVE_EXAMPLES: u64 = 200;
/// A score on fewer examples than this says so on screen.
pub const FEW_EXAMPLES: u64 = 50;

/// Examples of one skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Name of the skill, as in the recipe.
    pub skill: String,
    /// Folder or file of the examples; an id in the window.
    pub path: String,
}

/// What is to be measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    /// The mix; its paths are ids in the window.
    pub recipe: Recipe,
    /// Examples, at most one place for each skill.
    pub examples: Vec<Given>,
    /// Which part of them.
    pub part: Part,
    /// Most examples of a skill; `None`: all of the part. A seeded choice, the same each time.
    pub most: Option<u64>,
    /// Whether every model is measured on every skill too.
    pub cross: bool,
    /// Whether one skill that cannot be measured keeps the others from being measured.
    pub whole: bool,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Scores of the mix.
    #[serde(flatten)]
    pub scores: Scores,
    /// Every model on every skill, if asked for.
    pub cross: Option<CrossTable>,
    /// What is right where nobody says which skill is asked for, if every skill has a body of its own and every model
    /// was to be measured on every skill.
    #[serde(default)]
    pub routed: Option<Vec<RoutedSkill>>,
    /// Skills whose examples could not be used, with the reason; the others were measured.
    pub problems: Vec<SkillProblem>,
    /// Whether the models stayed in memory; else they are read again for every mix.
    pub resident: bool,
    /// Seconds from the request to the last score.
    pub seconds: f64,
}

/// The examples of one skill, each answered by the model that is surest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoutedSkill {
    /// Name of the skill.
    pub skill: String,
    /// Examples.
    pub examples: u64,
    /// Share that the model of this skill answered.
    pub own: Measured,
    /// Share that it answered right; `None` without labels.
    pub value: Option<Measured>,
}

/// Why one skill was not measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SkillProblem {
    /// Name of the skill.
    pub skill: String,
    /// What is wrong with its examples or its head.
    pub problem: Problem,
}

/// Every model on every skill, each skill with its own head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossTable {
    /// Names of the skills \[s\].
    pub skills: Vec<String>,
    /// What the scores of each skill count \[s\].
    pub metrics: Vec<Metric>,
    /// One row for each model: the base if there is one, the specialists, the equal mix, the mix.
    pub rows: Vec<CrossRow>,
}

/// One model in a cross table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossRow {
    /// Which model.
    pub model: Subject,
    /// Its scores \[s\].
    pub scores: Vec<Option<Measured>>,
}

/// A model that is measured.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The starting model.
    Base,
    /// The specialist of this skill.
    Expert(String),
    /// The mix in which every specialist has the same strength.
    Equal,
    /// The mix as it is wished for.
    Mix,
}

/// What kind of examples there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the variants are their own words")]
pub enum ExampleKind {
    Pictures,
    Texts,
    Numbers,
}

/// Examples as a specialist's card shows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExamplesCard {
    /// Id of the place.
    pub id: ModelId,
    /// Name for people.
    pub name: String,
    /// Whole place, for the tooltip.
    pub place: String,
    /// What they are.
    pub kind: ExampleKind,
    /// How many can be used.
    pub examples: u64,
    /// How many of them are in the parts learn, choose, judge.
    pub parts: [u64; 3],
    /// Names of the labels; `None` where there are none.
    pub labels: Option<Vec<String>>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// What keeps this specialist from being measured on them, or is worth knowing.
    pub problems: Vec<Problem>,
}

/// Something that a person shows to the models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// A picture, by the id of its place.
    Picture(ModelId),
    /// A text.
    Text(String),
}

/// What the models answer to one picture or text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// Name of what was shown.
    pub name: String,
    /// The picture as the models see it, if it is one.
    pub picture: Option<Picture>,
    /// One row for each skill whose specialist can be asked.
    pub skills: Vec<SkillAnswers>,
    /// Skills that cannot be asked.
    pub problems: Vec<SkillProblem>,
}

/// A small picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Red, green, blue of every pixel, row by row, two hexadecimal digits each.
    pub rgb: String,
}

/// What mix and specialist answer with the head of one skill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SkillAnswers {
    /// Name of the skill.
    pub skill: String,
    /// The mix: likeliest answers first, at most three.
    pub mix: Vec<AnswerShare>,
    /// The specialist: the same.
    pub expert: Vec<AnswerShare>,
}

impl SkillAnswers {
    /// Whether both give the same answer.
    pub fn agree(&self) -> bool {
        matches!((self.mix.first(), self.expert.first()), (Some(mix), Some(expert)) if mix.label == expert.label)
    }
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnswerShare {
    /// Name of the class.
    pub label: String,
    /// Its probability, 0 to 1.
    pub share: f64,
}
