//! The system's dialogs and file window, and what can be wrong with an output folder.

use crate::failure::{Action, FailureCode, Problem, Subject, Weight};

/// Title of the dialog for model files.
pub const PICK_FILES: &str = "Add model files";
/// Title of the dialog for model folders.
pub const PICK_FOLDERS: &str = "Add model folders";
/// Title of the dialog for a project, a recipe or a saved model.
pub const PICK_PROJECT: &str = "Open a mix";
/// Title of the dialog for the output folder.
pub const PICK_OUTPUT: &str = "Choose where to save";
/// Title of the dialog for a file of examples.
pub const PICK_EXAMPLE_FILE: &str = "Add examples from a file";
/// Title of the dialog for a folder of examples.
pub const PICK_EXAMPLE_FOLDER: &str = "Add examples from a folder";
/// Title of the dialog for one picture.
pub const PICK_PICTURE: &str = "Choose a picture to try";
/// Title of the dialog for a table or a drawing that is written.
pub const PICK_EXPORT: &str = "Save a copy";
/// Name of the kinds of file that hold examples.
pub const EXAMPLE_FILES: &str = "Examples (zip, CSV, TSV, JSON lines, arrays)";
/// Name of the kinds of file that hold a picture.
pub const PICTURE_FILES: &str = "Pictures";
/// Name of the kind of file that is written.
pub const EXPORT_FILES: &str = "Tables and drawings";
/// Name of the kind of file that holds a model.
pub const MODEL_FILES: &str = "Models (safetensors)";
/// Name of the kinds of file that hold a mix.
pub const MIX_FILES: &str = "Mixes, recipes and saved models";
/// Name of the kind that leaves nothing out.
pub const ALL_FILES: &str = "All files";

/// The window itself cannot be opened.
pub fn no_window(reason: &str) -> String {
    format!("Tincture cannot open its window: {reason}")
}

/// The program could not start itself again with the switch for NVIDIA cards set.
pub fn goes_on_without(switch: &str, reason: &str) -> String {
    format!("Tincture goes on without {switch}: {reason}")
}

/// The system's file window did not open.
pub fn cannot_show(place: &str, details: String) -> Problem {
    Problem {
        code: FailureCode::CannotRead,
        subject: Some(Subject::File(place.to_owned())),
        weight: Weight::Notice,
        title: "The folder could not be shown".into(),
        why: format!("No program that shows folders answered. The model is saved at “{place}”."),
        remedy: "Open that folder yourself.".into(),
        actions: vec![Action::Dismiss],
        details: Some(details),
    }
}

/// What is wrong with a folder, as in “X” is ….
pub mod folder {
    /// No right to write.
    pub const PROTECTED: &str = "protected";
    /// The whole disk is.
    pub const READ_ONLY: &str = "on a disk that can only be read";
    /// The disk is full.
    pub const FULL: &str = "on a disk that is full";
    /// There is none.
    pub const GONE: &str = "not there any more";
    /// A file has that name.
    pub const NOT_A_FOLDER: &str = "not a folder";
    /// Anything else.
    pub const UNUSABLE: &str = "not usable for saving";
}
