//! Which files make up a model: decided from names and indexes alone, before any weights are opened.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Kind};
use crate::header::Once;
use crate::names::{self, INDEX, Part, WEIGHTS};
use crate::{read, sniff};

/// Longest index that is read.
const MAX_INDEX: u64 = 100_000_000;

/// Weight files that are no models: what trainers keep to go on.
const NO_MODELS: [&str; 3] = ["optimizer.safetensors", "scheduler.safetensors", "training_args.safetensors"];

/// Names of weight files under which libraries look first.
pub(crate) const USUAL: [&str; 3] =
    ["model.safetensors", "diffusion_pytorch_model.safetensors", "adapter_model.safetensors"];

/// The files of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Weights {
    /// The folder if it holds this model only, else the (first) file.
    pub root: PathBuf,
    /// Weight files in natural order.
    pub files: Vec<PathBuf>,
    /// Which file each tensor is in, if an index says so.
    pub index: BTreeMap<String, usize>,
    /// Bytes of the index.
    pub index_bytes: u64,
}

impl Weights {
    fn plain(root: &Path, files: Vec<PathBuf>) -> Self {
        Self { root: root.to_owned(), files, index: BTreeMap::new(), index_bytes: 0 }
    }
}

/// The names of the visible files in a folder, in natural order.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<String>, Error> {
    let refused = |source| read::missing(folder, source);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(refused)? {
        let entry = entry.map_err(refused)?;
        // A name that is not Unicode cannot be one of those we look for.
        let Ok(name) = entry.file_name().into_string() else { continue };
        if !name.starts_with('.') && entry.path().is_file() {
            names.push(name);
        }
    }
    names.sort_by(|a, b| names::natural(a, b));
    Ok(names)
}

/// The model that `path` stands for.
///
/// A folder stands for its only model; a shard or an index stands for the whole model that it is part of.
pub(crate) fn resolve(path: &Path) -> Result<Weights, Error> {
    let about = std::fs::metadata(path).map_err(|source| read::missing(path, source))?;
    if about.is_dir() {
        return in_folder(path, &files_in(path)?);
    }
    let name = names::last(path);
    if names::ends_with(&name, INDEX) {
        return indexed(path, path);
    }
    match Part::of(&name) {
        Some(part) => whole(path, &part),
        None => Ok(Weights::plain(path, vec![path.to_owned()])),
    }
}

/// The model that a folder with these files stands for.
pub(crate) fn in_folder(folder: &Path, names: &[String]) -> Result<Weights, Error> {
    if crate::pack::is_pack(folder) {
        return Err(Error::WrongKind { place: folder.display().to_string(), kind: Kind::Pack });
    }
    let mut groups = groups(folder, names)?;
    match groups.len() {
        1 => Ok(groups.remove(0)),
        0 => Err(refusal(folder, names)?.unwrap_or_else(|| nothing(folder, crate::find::seen_among(names)))),
        many => Err(nothing(folder, format!("{many} models side by side, each in a file of its own"))),
    }
}

fn nothing(folder: &Path, seen: String) -> Error {
    Error::NothingFound { place: folder.display().to_string(), seen }
}

/// The models in a folder with these files; one if the names say that they belong together.
pub(crate) fn groups(folder: &Path, names: &[String]) -> Result<Vec<Weights>, Error> {
    let named = |wanted: &str| names.iter().find(|name| name.eq_ignore_ascii_case(wanted));
    if let Some(name) = named(USUAL[0]) {
        return Ok(vec![Weights::plain(folder, vec![folder.join(name)])]);
    }
    let usual_index = USUAL.iter().find_map(|usual| named(&format!("{usual}.index.json")));
    if let Some(name) = usual_index.or_else(|| names.iter().find(|name| names::ends_with(name, INDEX))) {
        return Ok(vec![indexed(&folder.join(name), folder)?]);
    }
    if let Some(name) = USUAL[1..].iter().find_map(|usual| named(usual)) {
        return Ok(vec![Weights::plain(folder, vec![folder.join(name)])]);
    }
    by_name(folder, names)
}

/// Shards by their names, and single files.
fn by_name(folder: &Path, names: &[String]) -> Result<Vec<Weights>, Error> {
    let lone = |name: &&String| names::ends_with(name, WEIGHTS) && !NO_MODELS.contains(&name.to_lowercase().as_str());
    let weights: Vec<&String> = names.iter().filter(lone).collect();
    let mut sets: BTreeMap<(String, usize), Part> = BTreeMap::new();
    for part in weights.iter().filter_map(|name| Part::of(name)) {
        sets.entry((part.stem.clone(), part.parts)).or_insert(part);
    }
    if let [part] = sets.values().collect::<Vec<_>>()[..] {
        return Ok(vec![Weights::plain(folder, shards(folder, part)?)]);
    }
    let split = sets.values().map(|part| {
        let files = shards(folder, part)?;
        Ok(Weights::plain(&folder.join(part.name(1)), files))
    });
    let single = weights.iter().filter(|name| Part::of(name).is_none()).map(|name| folder.join(name));
    let single: Vec<PathBuf> = single.collect();
    match &single[..] {
        [only] if sets.is_empty() => Ok(vec![Weights::plain(folder, vec![only.clone()])]),
        _ => split.chain(single.iter().map(|file| Ok(Weights::plain(file, vec![file.clone()])))).collect(),
    }
}

/// All shards of the model that one of them belongs to.
fn shards(folder: &Path, one: &Part) -> Result<Vec<PathBuf>, Error> {
    let present = (1..=one.parts).map(|part| folder.join(one.name(part))).find(|path| path.is_file());
    let files = (1..=one.parts).map(|part| {
        let path = folder.join(one.name(part));
        if path.is_file() { Ok(path) } else { Err(shard_missing(present.as_deref().unwrap_or(folder), one, part)) }
    });
    files.collect()
}

fn shard_missing(beside: &Path, one: &Part, part: usize) -> Error {
    Error::ShardMissing { place: beside.display().to_string(), part, parts: one.parts, file: one.name(part) }
}

/// The whole model of which `path` is a shard.
fn whole(path: &Path, part: &Part) -> Result<Weights, Error> {
    let folder = folder_of(path);
    let names = files_in(&folder)?;
    let groups = groups(&folder, &names)?;
    let real = |file: &PathBuf| file.file_name() == path.file_name();
    if let Some(group) = groups.into_iter().find(|group| group.files.iter().any(real)) {
        return Ok(group);
    }
    Ok(Weights::plain(&folder.join(part.name(1)), shards(&folder, part)?))
}

/// The folder that holds a file.
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) => parent.to_owned(),
        None => path.to_owned(),
    }
}

/// The part of an index that counts.
#[derive(Deserialize)]
struct Index {
    weight_map: Once,
}

/// The shards that an index names.
fn indexed(index: &Path, root: &Path) -> Result<Weights, Error> {
    let folder = folder_of(index);
    let damaged = |details: String| Error::damaged(index, false, names::shown(&details));
    let bytes = read::small(index, MAX_INDEX)?.ok_or_else(|| damaged(format!("more than {MAX_INDEX} bytes")))?;
    if let Some(other) = sniff::sniff(index, &bytes[..bytes.len().min(sniff::FIRST)], bytes.len() as u64) {
        return Err(other);
    }
    let Index { weight_map: Once(map) } = serde_json::from_slice(&bytes).map_err(|fault| damaged(fault.to_string()))?;
    let distinct: BTreeSet<&String> = map.values().collect();
    if distinct.is_empty() {
        return Err(damaged("names no files".into()));
    }
    let mut shards: Vec<&String> = distinct.into_iter().collect();
    shards.sort_by(|a, b| names::natural(a, b));
    let files = shards.iter().map(|name| listed(index, &folder, name, shards.len())).collect::<Result<_, _>>()?;
    let at: BTreeMap<&String, usize> = shards.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    let by_tensor = map.iter().filter_map(|(tensor, name)| Some((tensor.clone(), *at.get(name)?))).collect();
    let root = if root == index { folder } else { root.to_owned() };
    Ok(Weights { root, files, index: by_tensor, index_bytes: bytes.len() as u64 })
}

/// One shard that an index names: a plain name, beside the index, and there.
fn listed(index: &Path, folder: &Path, name: &str, count: usize) -> Result<PathBuf, Error> {
    let outside = |why: &str| Error::damaged(index, true, format!("{:?} {why}", names::shown(name)));
    if !names::is_plain(name) || !names::ends_with(name, WEIGHTS) {
        return Err(outside("is not the plain name of a weight file"));
    }
    let path = folder.join(name);
    if !path.is_file() {
        let (part, parts) = Part::of(name).map_or((0, count), |part| (part.part, part.parts));
        return Err(Error::ShardMissing { place: index.display().to_string(), part, parts, file: name.to_owned() });
    }
    if names::stays_in(folder, &path) { Ok(path) } else { Err(outside("leads out of the folder")) }
}

/// Why a folder without safetensors files is refused, if it holds a model of another kind.
pub(crate) fn refusal(folder: &Path, names: &[String]) -> Result<Option<Error>, Error> {
    const OTHERS: [&str; 8] = ["bin", "pt", "pth", "ckpt", "pkl", "pickle", "gguf", "ggml"];
    for name in names {
        let path = folder.join(name);
        if OTHERS.contains(&names::ending(&path).as_str())
            && let Some(error) = other_kind(&path)?
        {
            return Ok(Some(error));
        }
    }
    Ok(None)
}

/// What a file is by its first bytes, if they tell another kind than safetensors.
fn other_kind(path: &Path) -> Result<Option<Error>, Error> {
    let (first, size) = first_bytes(path)?;
    Ok(sniff::sniff(path, &first, size))
}

/// The first bytes of a file, and its size.
pub(crate) fn first_bytes(path: &Path) -> Result<(Vec<u8>, u64), Error> {
    let (file, about) = read::open(path)?;
    let mut first = vec![0; about.len().min(sniff::FIRST as u64) as usize];
    read::exact(path, &file, 0, &mut first)?;
    Ok((first, about.len()))
}
