//! What is kept between two starts: one file per mix, written by the app itself.

use serde::{Deserialize, Serialize};

use crate::model::ModelId;
use crate::recipe::Recipe;

/// A mix in the making, as kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// Format number, [`crate::recipe::FORMAT`].
    pub format: u32,
    /// Key of the file, chosen by the core when the project is first kept; empty before.
    #[serde(default)]
    pub key: String,
    /// Name for people.
    pub name: String,
    /// Places of the models in the order of adding (experts keep pigments by this order); ids in the window.
    pub models: Vec<ProjectModel>,
    /// Strengths, method and output.
    pub recipe: Recipe,
    /// Examples of the specialists.
    #[serde(default)]
    pub examples: Vec<ProjectExamples>,
    /// Where it was last saved as a model, if it was.
    #[serde(default)]
    pub saved_at: Option<String>,
}

/// One model of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectModel {
    /// Path on disk, id in the window.
    pub path: String,
    /// Index of its pigment, from 1; 0 for the base.
    pub pigment: u8,
}

/// Examples of one specialist. They belong to the model and not to the name of its skill, which may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectExamples {
    /// The specialist: path on disk, id in the window.
    pub model: String,
    /// The examples: path on disk, id in the window.
    pub path: String,
}

/// A project as the Start screen lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recent {
    /// Key to open it by.
    pub key: String,
    /// Name.
    pub name: String,
    /// When it was last changed, seconds since 1970.
    pub changed: u64,
    /// Pigment and strength of every skill, for the drop and the ribbon.
    pub shares: Vec<(u8, f64)>,
    /// How many of its models are not where they were.
    pub missing: usize,
}

/// A project that was opened: its inspection is asked for separately.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// The project; its paths are ids.
    pub project: Project,
    /// Ids of all its models that are there.
    pub models: Vec<ModelId>,
    /// Places of those that are not.
    pub missing: Vec<String>,
}
