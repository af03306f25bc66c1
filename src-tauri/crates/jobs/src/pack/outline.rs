//! What a pack will hold and need, decided before anything is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use checkpoint::pack::{INDEX_FILE, PackPlan};
use checkpoint::{Checkpoint, Source, file_order};
use merge::{Action, Alignment, Budget, Models};
use protocol::failure::{Failure, Problem};
use protocol::forecast::{Forecast, PlannedFile, TensorCounts};
use protocol::model::TensorSpec;
use protocol::pack::PackSizes;
use protocol::recipe::{From as ScopeFrom, Recipe};

use crate::mix::{CARD, Opened, room_problems};
use crate::{Context, machine, rates, recipe};

/// Bytes that finding a trim threshold takes for each expert.
const TRIM_MEMORY: u64 = 1 << 20;

/// A pack, decided.
pub(super) struct Outline {
    /// Its weight files.
    pub plan: PackPlan,
    /// Tensors that every restored model has from the base.
    pub copied: Vec<String>,
    /// Where the mix has another name for a tensor of the base: name here, name there.
    pub renamed: BTreeMap<String, String>,
    /// How many tensors go which way.
    pub tensors: TensorCounts,
    /// Elements of the body.
    pub parameters: u64,
    /// Sizes; those of masks and pack are the largest possible.
    pub sizes: PackSizes,
    /// Bytes that every model has in the tensors under the masks.
    pub sweep: u64,
    /// How often these are read before masks are made.
    pub before: u64,
    /// Bytes of all buffers.
    pub memory: u64,
    /// Bytes of the base where it is copied into the pack.
    pub base: u64,
}

impl Outline {
    /// Decides the pack of `recipe`.
    ///
    /// # Errors
    /// Everything that speaks against it, found at once.
    pub fn of(recipe: &Recipe, opened: &Opened, models: &Models, budget: &Budget) -> Result<Self, Failure> {
        let checked = merge::plan(recipe, models, budget).map_err(|problems| Failure { problems })?;
        let alignment = merge::align(models);
        let (under, over): (Vec<_>, Vec<_>) = alignment
            .body
            .iter()
            .partition(|tensor| tensor.action == Action::Merge && recipe.origin(&tensor.spec.name) != ScopeFrom::Base);
        let mut body: Vec<TensorSpec> = under.into_iter().map(|tensor| tensor.spec.clone()).collect();
        body.sort_by(file_order);
        let skills: Vec<&str> = models.experts.iter().map(|&(skill, _)| skill).collect();
        let plan = PackPlan {
            change: recipe.output.change,
            body,
            slugs: merge::slugs(&skills),
            heads: heads(models, &alignment),
            metadata: [("format".to_owned(), "pt".to_owned())].into(),
        };
        let base = opened.base.as_ref();
        let sizes = sizes(&plan, opened, recipe, over.iter().map(|tensor| tensor.spec.elements()).sum());
        let memory = memory(&plan, models, budget);
        let merged = alignment.body.iter().filter(|tensor| tensor.action == Action::Merge);
        Ok(Self {
            copied: over.iter().map(|tensor| tensor.spec.name.clone()).collect(),
            renamed: base.map(renamed).unwrap_or_default(),
            tensors: checked.tensors,
            parameters: checked.parameters,
            sweep: merged.map(|tensor| bytes_of(models, &tensor.spec.name)).sum(),
            before: checked.needs.sweeps(),
            memory,
            base: if recipe.output.with_base { base.map_or(0, Checkpoint::file_bytes) } else { 0 },
            plan,
            sizes,
        })
    }

    /// Bytes that are read and written, in the order of the job: looking ahead, masks, heads, the base.
    pub fn work(&self) -> u64 {
        let heads: u64 = self.plan.heads.iter().flatten().map(TensorSpec::bytes).sum();
        (self.before + self.plan.passes() as u64) * self.sweep + heads + self.base
    }

    /// Bytes of all weight files at most.
    pub fn writes(&self) -> u64 {
        self.plan.files().iter().map(|(_, bytes)| bytes).sum::<u64>() + self.base
    }
}

fn heads(models: &Models, alignment: &Alignment) -> Vec<Vec<TensorSpec>> {
    let pairs = models.experts.iter().zip(&alignment.private);
    pairs
        .map(|((_, model), names)| names.iter().filter_map(|name| Some(model.find(name)?.spec.clone())).collect())
        .collect()
}

fn bytes_of(models: &Models, tensor: &str) -> u64 {
    models.sources().iter().filter_map(|source| source.find(tensor)).map(|entry| entry.spec.bytes()).sum()
}

/// Names of the base's tensors that are others in its own files.
fn renamed(base: &Checkpoint) -> BTreeMap<String, String> {
    let Ok(own) = Checkpoint::open(base.root()) else { return BTreeMap::new() };
    let places: BTreeMap<(usize, u64, u64), &str> = own
        .entries()
        .iter()
        .map(|entry| ((entry.file, entry.at, entry.spec.bytes()), entry.spec.name.as_str()))
        .collect();
    let pairs = base.entries().iter().filter_map(|entry| {
        let theirs = places.get(&(entry.file, entry.at, entry.spec.bytes()))?;
        Some((entry.spec.name.clone(), (*theirs).to_owned()))
    });
    pairs.filter(|(ours, theirs)| ours != theirs).collect()
}

fn sizes(plan: &PackPlan, opened: &Opened, recipe: &Recipe, copied: u64) -> PackSizes {
    let files = plan.files();
    let masks = files.iter().filter(|(path, _)| path.starts_with("masks/")).map(|(_, bytes)| bytes).sum();
    let base = opened.base.as_ref().map_or(0, Checkpoint::file_bytes);
    let with_base = recipe.output.with_base;
    PackSizes {
        skills: plan.slugs.len() as u64,
        weights: plan.body.iter().map(TensorSpec::elements).sum(),
        others: copied + plan.heads.iter().flatten().map(TensorSpec::elements).sum::<u64>(),
        specialists: opened.experts.iter().map(|model| model.file_bytes()).sum(),
        base,
        masks,
        pack: files.iter().map(|(_, bytes)| bytes).sum::<u64>() + if with_base { base } else { 0 },
        with_base,
    }
}

/// Bytes of the buffers of a sweep, of the masks of one chunk, and of the writer.
fn memory(plan: &PackPlan, models: &Models, budget: &Budget) -> u64 {
    let (sources, experts) = (models.sources().len() as u64, models.experts.len() as u64);
    // A sweep takes at least one block at once.
    let block = kernels::Measure::BLOCK as u64;
    let of = |spec: &TensorSpec| {
        // Numbers of two bytes make the longest chunks, of four the widest.
        let most = (budget.chunk_bytes / (2 * sources)).max(block).min(spec.elements());
        let wide = (budget.chunk_bytes / (4 * sources)).max(block).min(spec.elements());
        let x = (4 * sources * wide).max(2 * sources * most);
        let y = 4 * most + (experts * most).div_ceil(8);
        budget.in_flight as u64 * x + 2 * y
    };
    let largest = plan.body.iter().map(of).max().unwrap_or(0);
    largest + plan.memory() + experts * TRIM_MEMORY
}

/// What a pack will need and write; nothing is written.
///
/// # Errors
/// Everything that keeps an outline from being made.
pub(crate) fn forecast(recipe: &Recipe, out: &Path, cx: &Context) -> Result<Forecast, Failure> {
    let opened = Opened::open(recipe)?;
    let engine = machine::chosen(&cx.engine);
    let outline = Outline::of(recipe, &opened, &opened.models(recipe), &Budget::of(engine.max_binding))?;
    let files = files(&outline, &opened);
    let work = outline.work() + outline.writes();
    Ok(Forecast {
        memory: outline.memory,
        memory_free: machine::free_memory(),
        reads: outline.work(),
        writes: files.iter().map(|file| file.bytes).sum(),
        disk_free: machine::free_space(out),
        seconds: rates::seconds(&cx.app_folder, &engine.id, work),
        engine: engine.name,
        tensors: outline.tensors,
        parameters: outline.parameters,
        files,
        problems: problems(&outline, &opened, out),
    })
}

/// Card, index and recipe, then the weight files: exact sizes, and for masks the largest possible.
fn files(outline: &Outline, opened: &Opened) -> Vec<PlannedFile> {
    let texts = [CARD, INDEX_FILE, recipe::FILE].map(|name| (name.to_owned(), 0));
    let base = base_files(opened.base.as_ref().filter(|_| outline.base > 0));
    let base = base.into_iter().map(|(from, to)| (to, from.metadata().map_or(0, |about| about.len())));
    let all = texts.into_iter().chain(outline.plan.files()).chain(base);
    all.map(|(path, bytes)| PlannedFile { path, bytes }).collect()
}

/// The files of a base that go into a pack, each with its place there: weights in order, then the index of shards.
pub(super) fn base_files(base: Option<&Checkpoint>) -> Vec<(PathBuf, String)> {
    let Some(base) = base else { return Vec::new() };
    let shards = base.files().len() > 1;
    let beside = base.root().read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    let is_index = |path: &PathBuf| path.to_string_lossy().ends_with(".safetensors.index.json");
    let mut indexes: Vec<_> = beside.filter(|path| shards && is_index(path)).collect();
    indexes.sort();
    let all = base.files().iter().cloned().chain(indexes);
    all.filter_map(|path| {
        let name = path.file_name()?.to_str()?;
        let to = format!("{}/{name}", checkpoint::pack::BASE_FOLDER);
        Some((path, to))
    })
    .collect()
}

/// What speaks against writing the pack into `out`.
pub(super) fn problems(outline: &Outline, opened: &Opened, out: &Path) -> Vec<Problem> {
    room_problems(outline.writes(), outline.memory, opened.all(), outline.plan.slugs.len(), out)
}

/// The first problem that stops, if any does.
pub(super) fn stops(problems: Vec<Problem>) -> Result<(), Failure> {
    let problems: Vec<Problem> = problems.into_iter().filter(Problem::stops).collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure { problems }) }
}
