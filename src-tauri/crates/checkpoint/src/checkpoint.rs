//! A model on disk: a single weight file, a folder with one, or a folder with an index and its shards.
//!
//! Opening reads headers only; weights are read by position, a span at a time.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::beside::{self, Beside};
use crate::error::Error;
use crate::header::{self, Header};
use crate::resolve::{self, Weights};
use crate::{Entry, Source, names, read};

/// A weight file that is kept open.
#[derive(Debug)]
struct Opened {
    file: File,
    size: u64,
    modified: Option<SystemTime>,
}

/// A model on disk, opened by its headers only.
///
/// # Example
/// ```no_run
/// use checkpoint::{Checkpoint, Source};
/// let model = Checkpoint::open("models/letters".as_ref())?;
/// if let Some(entry) = model.entries().first() {
///     let mut bytes = vec![0; entry.spec.bytes() as usize];
///     model.read(entry, 0, &mut bytes)?;
/// }
/// # Ok::<(), checkpoint::Error>(())
/// ```
#[derive(Debug)]
pub struct Checkpoint {
    root: PathBuf,
    place: String,
    paths: Vec<PathBuf>,
    opened: Vec<Opened>,
    entries: Vec<Entry>,
    metadata: BTreeMap<String, String>,
    beside: Beside,
    read_bytes: u64,
}

impl Checkpoint {
    /// Opens a `.safetensors` file, a folder with one, or a folder with an index and its shards.
    ///
    /// A shard or an index stands for the whole model that it is part of.
    ///
    /// # Errors
    /// Whatever [`Error`] fits what is there; [`Error::Changed`] with `gone` if nothing is.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let weights = resolve::resolve(path)?;
        let mut model = Self {
            place: weights.root.display().to_string(),
            beside: beside::look(&weights),
            root: weights.root.clone(),
            paths: weights.files.clone(),
            opened: Vec::new(),
            entries: Vec::new(),
            metadata: BTreeMap::new(),
            read_bytes: weights.index_bytes,
        };
        model.read_bytes += model.beside.config_bytes;
        for at in 0..weights.files.len() {
            let header = model.open_file(&weights.files[at])?;
            model.take(at, header, &weights);
        }
        model.settle(&weights)?;
        Ok(model)
    }

    /// Gives every tensor the name that `renamed` makes of its own; files stay as they are.
    ///
    /// Where two names would become one, nothing is renamed and the answer is `false`.
    pub fn rename(&mut self, renamed: impl Fn(&str) -> String) -> bool {
        let mut entries = self.entries.clone();
        entries.iter_mut().for_each(|entry| entry.spec.name = renamed(&entry.spec.name));
        entries.sort_by(|a, b| a.spec.name.cmp(&b.spec.name));
        let unique = entries.windows(2).all(|pair| pair[0].spec.name != pair[1].spec.name);
        if unique {
            self.entries = entries;
        }
        unique
    }

    /// Opens one weight file and reads its header.
    fn open_file(&mut self, path: &Path) -> Result<Header, Error> {
        let (file, about) = read::open(path)?;
        let header = header::read(path, &file, about.len())?;
        self.read_bytes += header.read_bytes;
        self.opened.push(Opened { file, size: about.len(), modified: about.modified().ok() });
        Ok(header)
    }

    /// Adds the tensors of one file; where the index says that a tensor is elsewhere, that one counts.
    fn take(&mut self, file: usize, header: Header, weights: &Weights) {
        for (key, value) in header.metadata {
            self.metadata.entry(key).or_insert(value);
        }
        let here = |name: &str| weights.index.get(name).is_none_or(|&listed| listed == file);
        let found = header.tensors.into_iter().filter(|(spec, _)| here(&spec.name));
        self.entries.extend(found.map(|(spec, at)| Entry { spec, file, at }));
    }

    /// Sorts the tensors and checks that none comes twice and that all that were promised came.
    fn settle(&mut self, weights: &Weights) -> Result<(), Error> {
        self.entries.sort_by(|a, b| a.spec.name.cmp(&b.spec.name));
        if let Some(pair) = self.entries.windows(2).find(|pair| pair[0].spec.name == pair[1].spec.name) {
            let details = format!("tensor {:?} is in another file as well", names::shown(&pair[1].spec.name));
            return Err(Error::damaged(&self.paths[pair[1].file], false, details));
        }
        let lacking = weights.index.iter().find(|(name, _)| self.find(name).is_none());
        match lacking {
            Some((name, &file)) => {
                let details = format!("the index promises tensor {:?}, which is not there", names::shown(name));
                Err(Error::damaged(&self.paths[file], false, details))
            }
            None => Ok(()),
        }
    }

    /// What was opened: the folder if it stands for this model, else the (first) file.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The weight files, in natural order; [`Entry::file`] is an index into them.
    pub fn files(&self) -> &[PathBuf] {
        &self.paths
    }

    /// Bytes of the weight files together.
    pub fn file_bytes(&self) -> u64 {
        self.opened.iter().map(|opened| opened.size).sum()
    }

    /// Metadata of the headers; where shards disagree, the first one counts.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// The object in `config.json` beside the weights, if there is one of at most 4 MiB.
    pub fn config(&self) -> Option<&serde_json::Value> {
        self.beside.config.as_ref()
    }

    /// Small files to copy beside a merged model: settings, word lists, licence; never programs or weights.
    pub fn companions(&self) -> &[PathBuf] {
        &self.beside.companions
    }

    /// Licence from the front matter of the model's README.md, or from the metadata.
    pub fn licence(&self) -> Option<String> {
        let named = || ["license", "licence", "modelspec.license"].iter().find_map(|key| self.metadata.get(*key));
        self.beside.licence.clone().or_else(|| named().cloned())
    }

    /// Bytes read to open the model: first kilobytes and headers, index, settings and card.
    pub fn header_bytes(&self) -> u64 {
        self.read_bytes
    }

    /// Whether sizes and times of the weight files are as when opened.
    ///
    /// # Errors
    /// [`Error::Changed`] for the first that differs or is gone.
    pub fn unchanged(&self) -> Result<(), Error> {
        for (path, opened) in self.paths.iter().zip(&self.opened) {
            let about = std::fs::metadata(path).map_err(|source| read::missing(path, source))?;
            if (about.len(), about.modified().ok()) != (opened.size, opened.modified) {
                return Err(Error::Changed { place: path.display().to_string(), gone: false });
            }
        }
        Ok(())
    }
}

impl Source for Checkpoint {
    fn place(&self) -> &str {
        &self.place
    }

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, entry: &Entry, at: u64, into: &mut [u8]) -> Result<(), Error> {
        let inside = at.checked_add(into.len() as u64).is_some_and(|end| end <= entry.spec.bytes());
        match (self.opened.get(entry.file), self.paths.get(entry.file)) {
            (Some(opened), Some(path)) if inside => read::exact(path, &opened.file, entry.at + at, into),
            _ => Err(crate::source::no_such_span(&self.place)),
        }
    }
}
