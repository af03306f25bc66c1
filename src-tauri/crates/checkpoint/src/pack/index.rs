//! `pack.json`: what is in a pack.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use protocol::pack::{FORMAT, PackBase, PackCard, PackSizes, PackSkill, Rule};
use protocol::recipe::{ChangeType, OutputDtype};
use protocol::report::{Parent, WrittenFile};
use serde::{Deserialize, Serialize};

use super::PackError;
use crate::{names, read};

/// Name of the index in the pack's folder.
pub const INDEX_FILE: &str = "pack.json";
/// What its field `kind` says.
pub(super) const KIND: &str = "tincture skill pack";
/// Longest index that is read.
const MAX_INDEX: u64 = 64 << 20;
/// Bytes among which the field `kind` stands, so that a stranger's `pack.json` is told without reading all of it.
const FIRST: u64 = 4 << 10;

/// The starting model of a pack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexBase {
    /// Its name.
    pub name: String,
    /// SHA-256 in hex of its weight file; of the list of its files' hashes where there are several.
    pub sha256: String,
    /// Its weight files in the pack, copied byte for byte; empty if it lies elsewhere.
    pub files: Vec<String>,
    /// What its tensors are called in the restored models, where that differs: name here, name in its own files.
    pub renamed: BTreeMap<String, String>,
}

/// One skill of a pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndexSkill {
    /// Its name.
    pub skill: String,
    /// Selectivity of its mask.
    pub selectivity: Option<f64>,
    /// What the change is multiplied by, an f32; `None`: 1.
    pub rescaler: Option<f64>,
    /// Weights that its mask keeps.
    pub kept: u64,
    /// The file of its mask.
    pub masks: String,
    /// The file of its private tensors, if it has any.
    pub head: Option<String>,
    /// Its settings and word lists.
    pub settings: Vec<String>,
}

/// `pack.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// Always the same words.
    kind: String,
    /// Format number.
    format: u32,
    /// What is in the pack.
    #[serde(flatten)]
    pub contents: Contents,
    /// Every other file with its size and hash.
    pub files: Vec<WrittenFile>,
}

/// What an index says of its pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contents {
    /// How masks were made.
    pub rule: Rule,
    /// How the change is stored.
    pub change: ChangeType,
    /// Number type of restored tensors.
    pub dtype: OutputDtype,
    /// The starting model.
    pub base: IndexBase,
    /// Tensors that every restored model has from the starting model.
    pub copied: Vec<String>,
    /// The skills, in the order of the recipe.
    pub skills: Vec<IndexSkill>,
    /// The models that it was made from, the starting model first.
    pub parents: Vec<Parent>,
    /// Sizes.
    pub sizes: PackSizes,
}

impl Index {
    /// The index of these contents and files.
    pub fn new(contents: Contents, mut files: Vec<WrittenFile>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { kind: KIND.to_owned(), format: FORMAT, contents, files }
    }

    /// Its text: indented JSON that ends in a line end. Nothing in it depends on clock or machine.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts, numbers and maps with text keys always have a JSON form")
            + "\n"
    }

    /// As people see it; `place` is the pack's folder.
    pub fn card(&self, place: &Path) -> PackCard {
        let Contents { rule, change, base, skills, sizes, .. } = &self.contents;
        let skill = |one: &IndexSkill| PackSkill {
            skill: one.skill.clone(),
            selectivity: one.selectivity,
            rescaler: one.rescaler,
            kept: one.kept,
            private: one.head.is_some(),
        };
        PackCard {
            name: names::last(place),
            place: place.display().to_string(),
            format: self.format,
            rule: *rule,
            change: *change,
            base: PackBase { name: base.name.clone(), sha256: base.sha256.clone(), inside: !base.files.is_empty() },
            skills: skills.iter().map(skill).collect(),
            sizes: *sizes,
        }
    }

    /// Reads and checks the index of the pack in `folder`.
    pub(super) fn read(folder: &Path) -> Result<Self, PackError> {
        let path = folder.join(INDEX_FILE);
        let stranger = || PackError::NotAPack { place: folder.display().to_string() };
        if !is_pack(folder) {
            return Err(stranger());
        }
        let damaged = |details: String| PackError::damaged(folder, INDEX_FILE, details);
        let bytes = read::small(&path, MAX_INDEX)?.ok_or_else(|| damaged(format!("more than {MAX_INDEX} bytes")))?;
        let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|fault| damaged(fault.to_string()))?;
        if value.get("kind").and_then(|kind| kind.as_str()) != Some(KIND) {
            return Err(stranger());
        }
        // A later version may have fields that this one cannot read: its number is looked at first.
        match value.get("format").and_then(serde_json::Value::as_u64) {
            Some(format) if format > u64::from(FORMAT) => {
                Err(PackError::Newer { place: folder.display().to_string(), format, known: FORMAT })
            }
            Some(_) => serde_json::from_value(value).map_err(|fault| damaged(fault.to_string())),
            None => Err(damaged("no format number".to_owned())),
        }
    }

    /// The file of this path, if the index lists it.
    pub(super) fn file(&self, path: &str) -> Option<&WrittenFile> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// Whether `folder` holds a skill pack, of whatever format number; looks at the first bytes of its index only.
pub fn is_pack(folder: &Path) -> bool {
    let path = folder.join(INDEX_FILE);
    if !path.is_file() {
        return false;
    }
    let first = read::open(&path).and_then(|(file, about)| {
        let mut first = vec![0; about.len().min(FIRST) as usize];
        read::exact(&path, &file, 0, &mut first)?;
        Ok(first)
    });
    first.is_ok_and(|first| String::from_utf8_lossy(&first).contains(KIND))
}

/// The folder of the pack that a path stands for: itself, or the folder of an index or of another file of a pack.
pub fn pack_at(path: &Path) -> Option<PathBuf> {
    let inside = path.parent().filter(|_| path.is_file());
    [Some(path), inside].into_iter().flatten().find(|folder| is_pack(folder)).map(Path::to_owned)
}
