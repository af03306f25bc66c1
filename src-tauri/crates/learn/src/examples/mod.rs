//! Examples: what people drop to have a mix measured.
//!
//! ```text
//! folder ─┐                                    ┌─ split ──▶ learn, choose, judge
//! zip ────┼─▶ layout ─▶ ┌──────────┐ ──────────┤
//! table ──┼───────────▶ │ Examples │           ├─ targets ─▶ classes of a head
//! arrays ─┘             └──────────┘           └─ Pictures, Texts ▶ batches as the model wants them
//! ```
//!
//! Opening lists and reads tables; pictures are decoded when a batch asks for them. What cannot be used is left out and
//! named, never silently. The order of the items is that of the bytes of their names, whatever the disk says.

mod archive;
mod arrays;
mod error;
mod folder;
mod labels;
mod layout;
mod npy;
mod picture;
mod pictures;
mod preprocess;
mod resize;
mod split;
mod table;
mod texts;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use protocol::score::{Part, Skipped};

pub use error::Error;
pub use labels::{answers, are_by_number, classes_of};
pub use picture::Rgb;
pub use pictures::{Batch, CACHE_BYTES, Pictures};
pub use preprocess::{Preprocess, Size};
pub use resize::Filter;
pub use split::{SPLIT_SEED, Split, split};
pub use texts::{Sentences, Texts};

/// Examples of one skill.
#[derive(Debug, Clone)]
pub struct Examples {
    /// The dropped file or folder.
    pub place: String,
    /// Names of the labels, sorted by their bytes; `None` if the examples have none.
    pub labels: Option<Vec<String>>,
    /// The examples, sorted by the bytes of their names (folders, archives) or in the file's order (tables, arrays).
    pub items: Vec<Item>,
    /// What was left out when opening. Pictures that turn out broken later are in [`Batch::skipped`].
    pub skipped: Vec<Skipped>,
}

/// One example.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its place below the opened one: a path with `/`, or a line, or an entry.
    pub name: String,
    /// What the split goes by: equal keys stay together. The same for a folder and for its archive.
    pub key: String,
    /// Index into [`Examples::labels`].
    pub label: Option<usize>,
    /// The part that the person's own folders give it.
    pub part: Option<Part>,
    /// What is shown to the model.
    pub content: Content,
}

/// What an example is.
#[derive(Debug, Clone)]
pub enum Content {
    /// An encoded picture on disk.
    File(PathBuf),
    /// An encoded picture from an archive.
    Encoded(Arc<[u8]>),
    /// A picture that needs no decoding.
    Pixels(Arc<Rgb>),
    /// Numbers in the form that the model takes, with their shape.
    Numbers(Arc<[f32]>, Arc<[usize]>),
    /// A text.
    Text(String),
}

/// What kind of model can be shown these examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Pictures; they need a preparation.
    Pictures,
    /// Texts; they need a tokenizer.
    Texts,
    /// Numbers that are shown as they are.
    Numbers,
}

impl Examples {
    /// Opens a folder of pictures, a zip of one, a table (`csv`, `tsv`, `jsonl`) or arrays
    /// (`safetensors`, `npz`, `npy`).
    ///
    /// # Errors
    /// [`Error::NoExamples`] if nothing in it can be used; the other variants say what is wrong with the file.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let opened = open_kind(path)?;
        if opened.items.is_empty() {
            return Err(Error::NoExamples { place: opened.place, skipped: opened.skipped.len() });
        }
        Ok(opened)
    }

    /// What the examples are; those of one place are all of one kind.
    pub fn kind(&self) -> Kind {
        match self.items.first().map(|item| &item.content) {
            Some(Content::Text(_)) => Kind::Texts,
            Some(Content::Numbers(..)) => Kind::Numbers,
            _ => Kind::Pictures,
        }
    }

    /// The text of an item; `None` if it is a picture or numbers, or does not exist.
    pub fn text(&self, item: usize) -> Option<&str> {
        match &self.items.get(item)?.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }
}

fn open_kind(path: &Path) -> Result<Examples, Error> {
    if path.is_dir() {
        return folder::open(path);
    }
    std::fs::metadata(path).map_err(|source| Error::reading(path, source))?;
    match ending(&path.to_string_lossy()).as_str() {
        "zip" => archive::open(path),
        "csv" => table::open(path, table::Form::Columns),
        "tsv" | "tab" => table::open(path, table::Form::Tabs),
        "jsonl" | "ndjson" | "json" => table::open(path, table::Form::Lines),
        "safetensors" => arrays::open(path),
        "npz" | "npy" => arrays::open_numpy(path),
        _ => Err(Error::UnknownKind { place: place(path) }),
    }
}

/// What stands behind the last point of a name, in small letters.
fn ending(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    last.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_lowercase())
}

fn place(path: &Path) -> String {
    path.display().to_string()
}

/// An example with its label's name, before the labels are numbered.
struct Labelled {
    item: Item,
    label: Option<String>,
}

/// Numbers the labels in the order of their bytes.
fn number_labels(place: String, found: Vec<Labelled>, skipped: Vec<Skipped>) -> Examples {
    let mut labels: Vec<String> = found.iter().filter_map(|one| one.label.clone()).collect();
    labels.sort_unstable();
    labels.dedup();
    let number = |name: &String| labels.binary_search(name).ok();
    let items = found.into_iter().map(|one| Item { label: one.label.as_ref().and_then(number), ..one.item }).collect();
    Examples { place, labels: (!labels.is_empty()).then_some(labels), items, skipped }
}
