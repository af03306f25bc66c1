//! The system's dialogs, opened from here so that the page never sees a path.

use std::path::{Path, PathBuf};
use std::pin::Pin;

use protocol::command::Pick;
use protocol::words::window as words;
use rfd::{AsyncFileDialog, FileHandle};
use tauri::{Runtime, WebviewWindow};

/// What a dialog asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Models, as files or folders.
    Models(Pick),
    /// A project, a recipe or a saved model.
    Project,
    /// The output folder.
    Output,
    /// Examples, as a file or a folder.
    Examples(Pick),
    /// One picture.
    Picture,
    /// Where to write a file, with the name that is proposed.
    Export(String),
}

/// What was chosen once the dialog is closed; empty if it was closed without a choice.
pub type Answered = Pin<Box<dyn Future<Output = Vec<PathBuf>> + Send>>;

/// Opens a dialog that starts in a folder. Tests answer in its place.
pub type Ask = Box<dyn Fn(Question, Option<PathBuf>) -> Answered + Send + Sync>;

/// Asks the person in front of `window`.
pub fn ask<R: Runtime>(window: impl Fn() -> Option<WebviewWindow<R>> + Send + Sync + 'static) -> Ask {
    Box::new(move |question, start| open(window().as_ref(), &question, start.as_deref()))
}

fn open<R: Runtime>(window: Option<&WebviewWindow<R>>, question: &Question, start: Option<&Path>) -> Answered {
    let mut dialog = AsyncFileDialog::new().set_title(title(question));
    if let Some(window) = window {
        dialog = dialog.set_parent(window);
    }
    if let Some(start) = start {
        dialog = dialog.set_directory(start);
    }
    for (name, endings) in filters(question) {
        dialog = dialog.add_filter(*name, endings);
    }
    match question {
        Question::Models(Pick::Files) => several(dialog.pick_files()),
        Question::Models(Pick::Folders) => several(dialog.pick_folders()),
        Question::Project => one(dialog.pick_file()),
        Question::Output | Question::Examples(Pick::Folders) => one(dialog.pick_folder()),
        Question::Examples(Pick::Files) | Question::Picture => one(dialog.pick_file()),
        Question::Export(name) => one(dialog.set_file_name(name).save_file()),
    }
}

fn title(question: &Question) -> &'static str {
    match question {
        Question::Models(Pick::Files) => words::PICK_FILES,
        Question::Models(Pick::Folders) => words::PICK_FOLDERS,
        Question::Project => words::PICK_PROJECT,
        Question::Output => words::PICK_OUTPUT,
        Question::Examples(Pick::Files) => words::PICK_EXAMPLE_FILE,
        Question::Examples(Pick::Folders) => words::PICK_EXAMPLE_FOLDER,
        Question::Picture => words::PICK_PICTURE,
        Question::Export(_) => words::PICK_EXPORT,
    }
}

/// Endings of files that hold examples.
const EXAMPLES: &[&str] = &["zip", "csv", "tsv", "jsonl", "ndjson", "npz", "npy", "safetensors"];
/// Endings of pictures.
const PICTURES: &[&str] = &["png", "jpg", "jpeg", "webp", "bmp", "gif"];

/// Kinds of file, by ending. Other files stay in reach: what they are is said better than by leaving them out.
fn filters(question: &Question) -> &'static [(&'static str, &'static [&'static str])] {
    match question {
        Question::Models(Pick::Files) => &[(words::MODEL_FILES, &["safetensors"]), (words::ALL_FILES, &["*"])],
        Question::Project => &[(words::MIX_FILES, &["tincture", "json", "safetensors"]), (words::ALL_FILES, &["*"])],
        Question::Examples(Pick::Files) => &[(words::EXAMPLE_FILES, EXAMPLES), (words::ALL_FILES, &["*"])],
        Question::Picture => &[(words::PICTURE_FILES, PICTURES), (words::ALL_FILES, &["*"])],
        Question::Export(_) => &[(words::EXPORT_FILES, &["csv", "svg"])],
        Question::Models(Pick::Folders) | Question::Examples(Pick::Folders) | Question::Output => &[],
    }
}

fn several(chosen: impl Future<Output = Option<Vec<FileHandle>>> + Send + 'static) -> Answered {
    Box::pin(async { chosen.await.unwrap_or_default().into_iter().map(PathBuf::from).collect() })
}

fn one(chosen: impl Future<Output = Option<FileHandle>> + Send + 'static) -> Answered {
    Box::pin(async { chosen.await.into_iter().map(PathBuf::from).collect() })
}
