//! What a dropped path holds: looks at names and first bytes, opens no weights.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use protocol::words::format;

use crate::error::{Error, Kind};
use crate::names::{self, INDEX, Part, WEIGHTS};
use crate::pack::{INDEX_FILE, is_pack, pack_at};
use crate::{read, resolve, sniff};

/// How deep folders are searched.
const MAX_LEVELS: usize = 8;

/// How many files and folders are looked at; a dropped home folder must not keep the window waiting.
const MAX_ENTRIES: usize = 10_000;

/// What other files are called: endings, one, many.
const SORTS: [(&[&str], &str, &str); 6] = [
    (&["jpg", "jpeg", "png", "gif", "webp", "bmp", "tif", "tiff", "heic", "svg"], "picture", "pictures"),
    (&["mp4", "mov", "mkv", "avi", "webm"], "film", "films"),
    (&["mp3", "wav", "flac", "ogg", "m4a"], "sound file", "sound files"),
    (&["txt", "md", "pdf", "doc", "docx", "odt", "rtf"], "text", "texts"),
    (&["csv", "tsv", "xls", "xlsx", "parquet", "jsonl"], "table", "tables"),
    (&["zip", "tar", "gz", "7z", "rar", "zst", "xz"], "archive", "archives"),
];

/// What a dropped path holds.
#[derive(Debug, Default)]
pub struct Found {
    /// Model roots, each for [`crate::Checkpoint::open`], in natural order.
    pub models: Vec<PathBuf>,
    /// Folders of skill packs, each for [`crate::pack::Pack::open`], in the same order; they are searched no further.
    pub packs: Vec<PathBuf>,
    /// What was refused, and why; [`Error::NothingFound`] if there was nothing at all.
    pub refused: Vec<Error>,
    /// Everything else, such as "12 pictures and 3 other files".
    pub seen: String,
}

/// Looks for models in `path`: a file, or a folder at any depth (8 levels, 10,000 entries; links are not followed twice).
///
/// # Order
/// Natural order of names, a folder's own model before those in folders beside it.
/// A folder that is a model is not searched further: what lies below it are its own earlier states and parts.
pub fn find(path: &Path) -> Found {
    let mut walk = Walk::default();
    match std::fs::metadata(path) {
        Ok(about) if about.is_dir() => walk.folder(path, 0),
        // An index stands for its pack, as that of a model stands for the model.
        Ok(_) if names::last(path) == INDEX_FILE && pack_at(path).is_some() => walk.found.packs.extend(pack_at(path)),
        Ok(_) => walk.file(path),
        Err(source) => walk.found.refused.push(read::missing(path, source)),
    }
    walk.found.seen = counted(&walk.others);
    if walk.found.models.is_empty() && walk.found.packs.is_empty() && walk.found.refused.is_empty() {
        let seen = walk.found.seen.clone();
        walk.found.refused.push(Error::NothingFound { place: path.display().to_string(), seen });
    }
    walk.found
}

/// Names of files in the words of [`Found::seen`].
pub(crate) fn seen_among(names: &[String]) -> String {
    let mut others = BTreeMap::new();
    names.iter().for_each(|name| *others.entry(sort(name)).or_default() += 1);
    counted(&others)
}

/// Row of the table of sorts; beyond its end for files of no sort.
fn sort(name: &str) -> usize {
    let ending = names::ending(Path::new(name));
    SORTS.iter().position(|(endings, ..)| endings.contains(&ending.as_str())).unwrap_or(SORTS.len())
}

fn counted(others: &BTreeMap<usize, u64>) -> String {
    let only = others.len() == 1;
    let said = others.iter().map(|(&sort, &count)| match SORTS.get(sort) {
        Some((_, one, many)) => format::counted(count, one, many),
        None if only => format::counted(count, "file of another kind", "files of other kinds"),
        None => format::counted(count, "other file", "other files"),
    });
    let said: Vec<String> = said.collect();
    if said.is_empty() { "nothing".into() } else { format::list(&said) }
}

/// A walk through folders.
#[derive(Default)]
struct Walk {
    found: Found,
    visited: BTreeSet<PathBuf>,
    entries: usize,
    others: BTreeMap<usize, u64>,
}

impl Walk {
    fn add(&mut self, root: PathBuf) {
        if !self.found.models.contains(&root) {
            self.found.models.push(root);
        }
    }

    /// A file that was dropped itself.
    fn file(&mut self, path: &Path) {
        let name = names::last(path);
        if names::ends_with(&name, INDEX) || Part::of(&name).is_some() {
            match resolve::resolve(path) {
                Ok(weights) => self.add(weights.root),
                Err(error) => self.found.refused.push(error),
            }
        } else if names::ends_with(&name, WEIGHTS) {
            self.add(home(path));
        } else {
            match first_bytes_fit(path) {
                Ok(()) => self.add(path.to_owned()),
                Err(error) => self.found.refused.push(error),
            }
        }
    }

    fn folder(&mut self, folder: &Path, level: usize) {
        let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        if level > MAX_LEVELS || self.entries >= MAX_ENTRIES || !self.visited.insert(real) {
            return;
        }
        let names = match resolve::files_in(folder) {
            Ok(names) => names,
            Err(error) if level == 0 => return self.found.refused.push(error),
            // A protected folder among others is none of the person's models.
            Err(_) => return,
        };
        self.entries += names.len();
        if is_pack(folder) {
            return self.found.packs.push(folder.to_owned());
        }
        if self.models_of(folder, &names) {
            return;
        }
        for inner in folders_in(folder) {
            self.entries += 1;
            self.folder(&inner, level + 1);
        }
    }

    /// Takes the models directly in a folder; true if the folder as a whole is one.
    fn models_of(&mut self, folder: &Path, names: &[String]) -> bool {
        match resolve::groups(folder, names) {
            Ok(groups) if groups.is_empty() => {
                match resolve::refusal(folder, names) {
                    Ok(None) => names.iter().for_each(|name| *self.others.entry(sort(name)).or_default() += 1),
                    Ok(Some(error)) | Err(error) => self.found.refused.push(error),
                }
                false
            }
            Ok(groups) => {
                let whole = groups.iter().any(|group| group.root == folder);
                groups.into_iter().for_each(|group| self.add(group.root));
                whole
            }
            Err(error) => {
                self.found.refused.push(error);
                true
            }
        }
    }
}

/// The visible folders in a folder, in natural order.
fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut inner: Vec<PathBuf> = entries.filter(|path| !names::last(path).starts_with('.') && path.is_dir()).collect();
    inner.sort_by(|a, b| names::natural_paths(a, b));
    inner
}

/// The folder of a file that has no name of its own, such as `model.safetensors`; else the file itself.
fn home(path: &Path) -> PathBuf {
    let folder = resolve::folder_of(path);
    let is_usual = resolve::USUAL.iter().any(|usual| names::last(path).eq_ignore_ascii_case(usual));
    let stands_for_it = || {
        let names = resolve::files_in(&folder).ok()?;
        let groups = resolve::groups(&folder, &names).ok()?;
        let only = groups.first().filter(|_| groups.len() == 1)?;
        (only.files.len() == 1 && only.files[0].file_name() == path.file_name()).then_some(())
    };
    if is_usual && stands_for_it().is_some() { folder } else { path.to_owned() }
}

/// Whether a file without the usual ending begins like a safetensors file.
fn first_bytes_fit(path: &Path) -> Result<(), Error> {
    let (first, size) = resolve::first_bytes(path)?;
    if sniff::is_plausible(&first) {
        return Ok(());
    }
    let unknown = || Error::WrongKind { place: path.display().to_string(), kind: Kind::NotAModel };
    Err(sniff::sniff(path, &first, size).unwrap_or_else(unknown))
}
