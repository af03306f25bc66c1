//! A pack on disk, opened by its headers.

use std::ops::Range;
use std::path::{Path, PathBuf};

use protocol::model::{Dtype, TensorSpec};
use protocol::pack::PackCard;
use protocol::recipe::ChangeType;
use protocol::report::WrittenFile;

use super::write::{CHANGE_FILE, SCALES_FILE};
use super::{Bits, Index, IndexSkill, PackError, numbers};
use crate::{Checkpoint, Entry, Error, Source, beside, names};

/// Where the starting model lies in a pack.
pub const BASE_FOLDER: &str = "base";

/// A pack, opened by its headers: the index fits the files, and every file has its size. Hashes are not looked at.
#[derive(Debug)]
pub struct Pack {
    folder: PathBuf,
    index: Index,
    change: Checkpoint,
    scales: Option<Checkpoint>,
}

impl Pack {
    /// Opens the pack in `folder`.
    ///
    /// # Errors
    /// Whatever [`PackError`] fits what is there.
    pub fn open(folder: &Path) -> Result<Self, PackError> {
        let index = Index::read(folder)?;
        check_paths(folder, &index)?;
        let change = weights(folder, CHANGE_FILE)?;
        let scales = (index.contents.change == ChangeType::Int8).then(|| weights(folder, SCALES_FILE)).transpose()?;
        let pack = Self { folder: folder.to_owned(), index, change, scales };
        pack.check_change()?;
        Ok(pack)
    }

    /// What is in it.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// As people see it.
    pub fn card(&self) -> PackCard {
        self.index.card(&self.folder)
    }

    /// The skill of this name.
    ///
    /// # Errors
    /// [`PackError::UnknownSkill`].
    pub fn skill(&self, name: &str) -> Result<&IndexSkill, PackError> {
        let known = || self.index.contents.skills.iter().map(|one| one.skill.clone()).collect();
        let found = self.index.contents.skills.iter().find(|one| one.skill == name);
        found.ok_or_else(|| PackError::UnknownSkill {
            place: self.folder.display().to_string(),
            skill: name.to_owned(),
            known: known(),
        })
    }

    /// Names and shapes of the tensors under the masks, in the order of the file; their type is that of the storage.
    pub fn body(&self) -> Vec<&TensorSpec> {
        let mut entries: Vec<&Entry> = self.change.entries().iter().collect();
        entries.sort_by(|a, b| (a.at, &a.spec.name).cmp(&(b.at, &b.spec.name)));
        entries.into_iter().map(|entry| &entry.spec).collect()
    }

    /// Elements `span` of the change of a tensor of the body, decoded.
    ///
    /// # Errors
    /// [`PackError::Damaged`] if there are no such elements, or one of them is not a number; [`PackError::File`].
    pub fn change(&self, tensor: &str, span: Range<u64>, into: &mut Vec<f32>) -> Result<(), PackError> {
        let damaged = |details: &str| PackError::damaged(&self.folder, CHANGE_FILE, format!("{tensor:?} {details}"));
        let inside = |entry: &&Entry| span.start <= span.end && span.end <= entry.spec.elements();
        let entry = self.change.find(tensor).filter(inside).ok_or_else(|| damaged("has no such elements"))?;
        let (width, row) = (entry.spec.dtype.bytes(), numbers::row_length(&entry.spec));
        let mut bytes = vec![0; ((span.end - span.start) * width) as usize];
        self.change.read(entry, span.start * width, &mut bytes)?;
        let scales = self.scales(tensor, &span, row)?;
        numbers::decode(self.index.contents.change, &bytes, &scales, span, row, into);
        if into.iter().all(|value| value.is_finite()) { Ok(()) } else { Err(damaged("holds what is not a number")) }
    }

    /// Scales of the rows that `span` touches.
    fn scales(&self, tensor: &str, span: &Range<u64>, row: u64) -> Result<Vec<f32>, PackError> {
        let Some((source, entry)) = self.scales.as_ref().and_then(|file| Some((file, file.find(tensor)?))) else {
            return Ok(Vec::new());
        };
        if span.is_empty() {
            return Ok(Vec::new());
        }
        let (first, last) = (span.start / row, (span.end - 1) / row);
        let mut bytes = vec![0; (last + 1 - first) as usize * 4];
        source.read(entry, first * 4, &mut bytes)?;
        Ok(numbers::floats(&bytes).collect())
    }

    /// The mask of a skill.
    ///
    /// # Errors
    /// [`PackError::Damaged`] if its tensors are not those of the change; [`PackError::File`].
    pub fn mask(&self, skill: &IndexSkill) -> Result<Mask<'_>, PackError> {
        let file = weights(&self.folder, &skill.masks)?;
        let fits = |entry: &Entry| {
            let shaped = entry.spec.dtype == Dtype::U8 && entry.spec.shape.len() == 1;
            shaped && self.change.find(&entry.spec.name).is_some()
        };
        if file.entries().len() != self.change.entries().len() || !file.entries().iter().all(fits) {
            return Err(PackError::damaged(&self.folder, &skill.masks, "its tensors are not those of the change"));
        }
        Ok(Mask { pack: self, file, name: skill.masks.clone() })
    }

    /// The private tensors of a skill, if it has any.
    ///
    /// # Errors
    /// [`PackError::Damaged`], [`PackError::File`].
    pub fn head(&self, skill: &IndexSkill) -> Result<Option<Checkpoint>, PackError> {
        skill.head.as_ref().map(|file| weights(&self.folder, file)).transpose()
    }

    /// The starting model in the pack, if it is inside; its tensors have the names that restored models use.
    ///
    /// # Errors
    /// [`PackError::Damaged`], [`PackError::File`].
    pub fn base(&self) -> Result<Option<Checkpoint>, PackError> {
        let mut base = match &self.index.contents.base.files[..] {
            [] => return Ok(None),
            [only] => weights(&self.folder, only)?,
            _ => weights(&self.folder, BASE_FOLDER)?,
        };
        self.rename(&mut base);
        Ok(Some(base))
    }

    /// Gives the tensors of the starting model the names that restored models use.
    pub fn rename(&self, base: &mut Checkpoint) {
        let renamed = &self.index.contents.base.renamed;
        let back = |own: &str| renamed.iter().find(|(_, theirs)| *theirs == own).map(|(ours, _)| ours.clone());
        base.rename(|own| back(own).unwrap_or_else(|| own.to_owned()));
    }

    /// The files that restoring `skill` reads, each with size and hash.
    pub fn files_of(&self, skill: &IndexSkill) -> Vec<&WrittenFile> {
        let scales = self.scales.iter().map(|_| SCALES_FILE);
        let own = [CHANGE_FILE, &skill.masks].into_iter().chain(scales).chain(skill.head.as_deref());
        let rest = skill.settings.iter().chain(&self.index.contents.base.files).map(String::as_str);
        own.chain(rest).filter_map(|path| self.index.file(path)).collect()
    }

    /// That change and scales are stored as the index says.
    fn check_change(&self) -> Result<(), PackError> {
        let damaged = |file: &str, what: &str| Err(PackError::damaged(&self.folder, file, what));
        let dtype = numbers::stored(self.index.contents.change);
        if self.change.entries().iter().any(|entry| entry.spec.dtype != dtype) {
            return damaged(CHANGE_FILE, "its number type is not that of the index");
        }
        let Some(scales) = &self.scales else { return Ok(()) };
        let fits = |entry: &Entry| {
            let rows = if entry.spec.elements() == 0 { 0 } else { numbers::rows(&entry.spec.shape) };
            scales.find(&entry.spec.name).is_some_and(|own| own.spec.dtype == Dtype::F32 && own.spec.shape == [rows])
        };
        if scales.entries().len() == self.change.entries().len() && self.change.entries().iter().all(fits) {
            return Ok(());
        }
        damaged(SCALES_FILE, "it does not have one scale for each row")
    }
}

/// The mask of one skill.
#[derive(Debug)]
pub struct Mask<'a> {
    pack: &'a Pack,
    file: Checkpoint,
    name: String,
}

impl Mask<'_> {
    /// The packed bits of a tensor of the body.
    ///
    /// # Errors
    /// [`PackError::Damaged`] if there is no such tensor.
    pub fn bits(&self, tensor: &str) -> Result<Bits<'_>, PackError> {
        let lost = || PackError::damaged(&self.pack.folder, &self.name, format!("{tensor:?} is not there"));
        let entry = self.file.find(tensor).ok_or_else(lost)?;
        let elements = self.pack.change.find(tensor).ok_or_else(lost)?.spec.elements();
        Bits::open(&self.file, entry, elements, &self.pack.folder, &self.name)
    }
}

/// Opens one weight file of a pack; what is wrong with it is said of the pack.
fn weights(folder: &Path, file: &str) -> Result<Checkpoint, PackError> {
    Checkpoint::open(&folder.join(file)).map_err(|error| match error {
        Error::Io { .. } | Error::Changed { .. } => PackError::File(error),
        other => PackError::damaged(folder, file, other.to_string()),
    })
}

/// That all paths stay inside, are listed, and are files of the sizes that the index says.
fn check_paths(folder: &Path, index: &Index) -> Result<(), PackError> {
    let damaged = |what: String| PackError::damaged(folder, super::INDEX_FILE, what);
    let scales = (index.contents.change == ChangeType::Int8).then_some(SCALES_FILE);
    let of_skills = index.contents.skills.iter().flat_map(|one| {
        let weights = [Some(one.masks.as_str()), one.head.as_deref()].into_iter().flatten();
        weights.chain(one.settings.iter().map(String::as_str))
    });
    let base = index.contents.base.files.iter().map(String::as_str);
    let paths: Vec<&str> = [CHANGE_FILE].into_iter().chain(scales).chain(of_skills).chain(base).collect();
    let mut settings = index.contents.skills.iter().flat_map(|one| &one.settings);
    if let Some(path) = settings.find(|path| !beside::is_companion(&names::last(Path::new(path)))) {
        return Err(damaged(format!("{path:?} is not a file of settings")));
    }
    if let Some(path) = paths.iter().find(|path| names::relative(path).is_none()) {
        return Err(damaged(format!("{path:?} leads elsewhere")));
    }
    for path in paths {
        let listed = index.file(path).ok_or_else(|| damaged(format!("{path:?} is not listed")))?;
        check_size(folder, &folder.join(path), listed)?;
    }
    Ok(())
}

fn check_size(folder: &Path, path: &Path, listed: &WrittenFile) -> Result<(), PackError> {
    let about = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
    let arrived = about.map_or(0, |about| about.len());
    if arrived != listed.bytes || !path.exists() {
        let (place, file) = (folder.display().to_string(), listed.path.clone());
        return Err(PackError::Incomplete { place, file, arrived, promised: listed.bytes });
    }
    if names::stays_in(folder, path) {
        return Ok(());
    }
    Err(PackError::damaged(folder, &listed.path, "it leads out of the folder"))
}
