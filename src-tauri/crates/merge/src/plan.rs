//! Everything about a run, decided before it starts.

use std::collections::{BTreeMap, BTreeSet};

use checkpoint::{Source, Target, file_order};
use kernels::{Float, Kernel, row_bytes};
use protocol::failure::Problem;
use protocol::forecast::TensorCounts;
use protocol::methods;
use protocol::model::{TensorSpec, numbered};
use protocol::recipe::{From as ScopeFrom, Layout, OutputDtype, Recipe};
use protocol::settings::Settings;

use crate::align::{Action, Alignment, BodyTensor, Models, align, is_head_position};
use crate::method::{self, Ask, Formula, Method};
use crate::prepare::Needs;
use crate::rows::common_type;

/// Largest weight file where the recipe names no size, as Hugging Face's tools use it.
pub(crate) const SHARD_BYTES: u64 = 5_000_000_000;
/// Chunks are whole blocks of this many elements, so that engines fill their lanes.
const BLOCK: u64 = 65_536;

/// How much memory a run may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Bytes of one chunk over all its sources.
    pub chunk_bytes: u64,
    /// Chunks in memory at once: read, mixed, written, and one on the way.
    pub in_flight: usize,
}

impl Budget {
    /// The budget for an engine that takes at most `binding_bytes` at once: chunks of at most 32 MiB, four in flight.
    pub fn of(binding_bytes: u64) -> Self {
        Self { chunk_bytes: binding_bytes.min(32 << 20), in_flight: 4 }
    }
}

/// Numbers of several sources become one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    /// The kernel.
    pub kernel: Kernel,
    /// Indices into [`Models::sources`], in the order of the kernel's rows.
    pub sources: Vec<usize>,
    /// What the kernel needs to know.
    pub formula: Formula,
    /// Type of the rows; where the sources differ, each is decoded to F32 while it is read.
    pub input: Float,
    /// Type of the result.
    pub output: Float,
    /// Elements of one chunk; the last may be shorter.
    pub chunk: u64,
}

/// What is done for one output tensor.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// The bytes of one source, as they are.
    Copy {
        /// Index into [`Models::sources`].
        source: usize,
        /// Bytes of one chunk; the last may be shorter.
        chunk: u64,
    },
    /// A kernel over chunks.
    Mix(Mix),
}

/// One output tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Name, type and shape as written.
    pub spec: TensorSpec,
    /// Indices into [`Plan::targets`]: every one of them gets the same bytes.
    pub targets: Vec<usize>,
    /// What is done.
    pub work: Work,
}

/// A whole run, decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Sets of weight files. Metadata may be added before the output is created.
    pub targets: Vec<Target>,
    /// For each target the expert whose private parts it has, as an index into the experts; `None` for a common body.
    pub skills: Vec<Option<usize>>,
    /// Output tensors in file order.
    pub steps: Vec<Step>,
    /// Bytes that will be read.
    pub reads: u64,
    /// Bytes of them that are read before the run, at most: for what [`Plan::needs`] names.
    pub ahead: u64,
    /// Bytes of elements that will be written, all targets together.
    pub writes: u64,
    /// Bytes of all buffers of the run: `in_flight × (largest x + largest y)` and one row for decoding.
    pub memory: u64,
    /// Chunks in memory at once.
    pub in_flight: usize,
    /// How many tensors go which way.
    pub tensors: TensorCounts,
    /// Elements of the body.
    pub parameters: u64,
    /// What has to be known of all models before the run; [`crate::prepare`] finds it.
    pub needs: Needs,
}

/// Decides a run. Pure: looks at headers only.
///
/// # Errors
/// Everything that keeps the models from being mixed as `recipe` says, found at once; never empty.
/// `recipe` itself is expected to have passed [`protocol::check::check`].
pub fn plan(recipe: &Recipe, models: &Models, budget: &Budget) -> Result<Plan, Vec<Problem>> {
    let mut problems = protocol::check::check(recipe);
    let alignment = align(models);
    problems.extend(alignment.problems.iter().cloned());
    let Some(method) = method::find(&recipe.method.name).filter(|_| problems.is_empty()) else {
        return Err(problems);
    };
    let planner = Planner {
        recipe,
        models,
        method,
        budget,
        sources: models.sources(),
        settings: recipe.settings(),
        per_skill: methods::find(method.name).is_some_and(|row| row.per_skill),
        depths: Depths::of(&alignment),
    };
    Ok(planner.plan(&alignment))
}

/// Folder and file names for skills: lower case letters, digits and `-`, unique within the list.
pub fn slugs(skills: &[&str]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    skills.iter().map(|skill| free_slug(&slug(skill), &mut taken)).collect()
}

fn slug(skill: &str) -> String {
    let mapped: String =
        skill.to_lowercase().chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect();
    let parts: Vec<&str> = mapped.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "skill".into() } else { parts.join("-").chars().take(80).collect() }
}

fn free_slug(wish: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{wish}-{number}"));
    let free = std::iter::once(wish.to_owned()).chain(numbered).find(|slug| !taken.contains(slug)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

struct Planner<'a> {
    recipe: &'a Recipe,
    models: &'a Models<'a>,
    method: &'static Method,
    budget: &'a Budget,
    sources: Vec<&'a dyn Source>,
    settings: Settings,
    /// Whether every skill has a body of its own.
    per_skill: bool,
    depths: Depths,
}

/// The stack of blocks that a body has.
struct Depths {
    /// What stands before the number of a block.
    stack: String,
    /// Number of the last block.
    last: u64,
}

impl Depths {
    /// The stack with most tensors. A block that is private still counts: the others stay as deep as they were.
    fn of(alignment: &Alignment) -> Self {
        let mut stacks: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        let body = alignment.body.iter().map(|tensor| tensor.spec.name.as_str());
        let inner = alignment.layers.iter().map(String::as_str).filter(|name| !is_head_position(name));
        for (stack, number) in body.chain(inner).filter_map(numbered) {
            let entry = stacks.entry(stack).or_default();
            *entry = (entry.0 + 1, entry.1.max(number));
        }
        let largest = stacks.into_iter().max_by_key(|(_, (tensors, _))| *tensors);
        largest.map_or_else(
            || Self { stack: String::new(), last: 0 },
            |(stack, (_, last))| Self { stack: stack.to_owned(), last },
        )
    }

    /// 0 in the first block and outside the stack, 1 in the last; a single block is the last.
    fn of_tensor(&self, name: &str) -> f64 {
        match numbered(name) {
            Some((stack, number)) if stack == self.stack => {
                if self.last == 0 {
                    1.0
                } else {
                    number as f64 / self.last as f64
                }
            }
            _ => 0.0,
        }
    }
}

impl Planner<'_> {
    fn plan(&self, alignment: &Alignment) -> Plan {
        let (mut targets, skills) = self.targets(alignment);
        let mut steps = self.body_steps(alignment, &skills);
        steps.extend(self.private_steps(alignment, &skills));
        steps.sort_by(|a, b| file_order(&a.spec, &b.spec).then_with(|| a.targets.cmp(&b.targets)));
        for step in &steps {
            for &target in &step.targets {
                targets[target].tensors.push(step.spec.clone());
            }
        }
        self.sums(alignment, targets, skills, steps)
    }

    fn sums(&self, alignment: &Alignment, targets: Vec<Target>, skills: Vec<Option<usize>>, steps: Vec<Step>) -> Plan {
        let merged = alignment.body.iter().filter(|tensor| tensor.action == Action::Merge).count() as u64;
        let needs = Needs::of(self.recipe);
        let bodies = alignment.body.iter().filter(|tensor| tensor.action == Action::Merge);
        let sweep: u64 = bodies.map(|tensor| self.reads_of(&tensor.spec.name)).sum();
        let ahead = needs.sweeps() * sweep;
        let reads = steps.iter().map(|step| self.step_reads(step)).sum::<u64>() + ahead;
        let writes = steps.iter().map(|step| step.spec.bytes() * step.targets.len() as u64).sum();
        let x = steps.iter().map(|step| step.x_bytes() as u64).max().unwrap_or(0);
        let y = steps.iter().map(|step| step.y_bytes() as u64).max().unwrap_or(0);
        let decoding = steps.iter().map(|step| self.decoding_bytes(step)).max().unwrap_or(0);
        Plan {
            reads,
            ahead,
            writes,
            memory: self.budget.in_flight as u64 * (x + y) + decoding,
            in_flight: self.budget.in_flight,
            tensors: TensorCounts {
                merged,
                copied: alignment.body.len() as u64 - merged,
                private: alignment.private.iter().map(|own| own.len() as u64).sum(),
            },
            parameters: alignment.body.iter().map(|tensor| tensor.spec.elements()).sum(),
            targets,
            skills,
            steps,
            needs,
        }
    }

    /// Weight files without their tensors, and the expert that each belongs to.
    fn targets(&self, alignment: &Alignment) -> (Vec<Target>, Vec<Option<usize>>) {
        let owners: Vec<usize> = (0..alignment.private.len()).filter(|&at| !alignment.private[at].is_empty()).collect();
        let skills: Vec<&str> = self.models.experts.iter().map(|&(skill, _)| skill).collect();
        let slugs = slugs(&skills);
        let limit = self.recipe.output.shard_bytes.unwrap_or(SHARD_BYTES);
        let target = |folder: &str, stem: &str, shard_bytes| Target {
            folder: folder.to_owned(),
            stem: stem.to_owned(),
            tensors: Vec::new(),
            metadata: [("format".to_owned(), "pt".to_owned())].into(),
            shard_bytes,
        };
        if owners.is_empty() && !self.per_skill {
            return (vec![target("", "model", limit)], vec![None]);
        }
        match self.recipe.layout() {
            Layout::PerSkill | Layout::Pack => {
                (slugs.iter().map(|slug| target(slug, "model", limit)).collect(), (0..slugs.len()).map(Some).collect())
            }
            Layout::Shared => {
                let heads = owners.iter().map(|&at| target("heads", &slugs[at], u64::MAX));
                let skills = owners.iter().map(|&at| Some(at));
                (
                    std::iter::once(target("", "model", limit)).chain(heads).collect(),
                    std::iter::once(None).chain(skills).collect(),
                )
            }
        }
    }

    fn body_steps(&self, alignment: &Alignment, skills: &[Option<usize>]) -> Vec<Step> {
        // With a common body only the first target carries it; else every skill's folder does.
        let shared = skills.first() == Some(&None);
        let targets: Vec<usize> = if shared { vec![0] } else { (0..skills.len()).collect() };
        alignment.body.iter().flat_map(|tensor| self.steps_of(tensor, &targets)).collect()
    }

    /// One step for all targets, or one for each where bodies differ from skill to skill.
    fn steps_of(&self, tensor: &BodyTensor, targets: &[usize]) -> Vec<Step> {
        match tensor.action {
            Action::Copy => vec![self.copy_step(&tensor.spec, 0, targets.to_vec())],
            Action::Merge if self.per_skill && self.recipe.origin(&tensor.spec.name) != ScopeFrom::Base => {
                targets.iter().map(|&target| self.merge_step(&tensor.spec, vec![target], target)).collect()
            }
            Action::Merge => vec![self.merge_step(&tensor.spec, targets.to_vec(), 0)],
        }
    }

    fn copy_step(&self, spec: &TensorSpec, source: usize, targets: Vec<usize>) -> Step {
        Step { spec: spec.clone(), targets, work: Work::Copy { source, chunk: self.budget.chunk_bytes.max(1) } }
    }

    fn merge_step(&self, spec: &TensorSpec, targets: Vec<usize>, skill: usize) -> Step {
        let written = TensorSpec { dtype: self.recipe.output.dtype.of(spec.dtype), ..spec.clone() };
        let (rows, strengths) = self.rows(&spec.name);
        if rows.len() == 1 && (self.method.base_row || strengths.len() == 1) {
            return self.only_step(written, rows[0], targets);
        }
        let formula = (self.method.formula)(&Ask {
            settings: &self.settings,
            strengths: &strengths,
            depth: self.depths.of_tensor(&spec.name),
            is_plain: self.recipe.origin(&spec.name) == ScopeFrom::Plain,
            skill,
        });
        self.mix_step(written, self.method.kernel, rows, formula, targets)
    }

    /// Rows of the kernel for this tensor as source indices, and the strengths of the experts among them.
    fn rows(&self, name: &str) -> (Vec<usize>, Vec<f64>) {
        let first_expert = usize::from(self.models.base.is_some());
        let strengths = self.strengths(name);
        let takes_all = self.method.takes_all && self.recipe.origin(name) != ScopeFrom::Base;
        let experts = strengths.iter().enumerate().filter(|&(_, &strength)| takes_all || strength != 0.0);
        let (places, kept): (Vec<usize>, Vec<f64>) =
            experts.map(|(at, &strength)| (first_expert + at, strength)).unzip();
        let base = self.method.base_row.then_some(0);
        let rows: Vec<usize> = base.into_iter().chain(places).collect();
        // Nothing takes part: an average over a scope of zeros falls back on the first source.
        if rows.is_empty() { (vec![0], vec![1.0]) } else { (rows, kept) }
    }

    /// Strengths for one tensor: the first matching scope over the recipe's own.
    fn strengths(&self, name: &str) -> Vec<f64> {
        if self.recipe.origin(name) == ScopeFrom::Base {
            return vec![0.0; self.recipe.experts.len()];
        }
        self.recipe.strengths_of(name)
    }

    /// A tensor that comes from one source alone: copied, or converted where the output type differs.
    fn only_step(&self, written: TensorSpec, source: usize, targets: Vec<usize>) -> Step {
        let same = self.sources[source].find(&written.name).is_some_and(|entry| entry.spec.dtype == written.dtype);
        if same {
            return self.copy_step(&written, source, targets);
        }
        // `add_changes` with the base row alone gives that row, signed zeros included.
        self.mix_step(written, Kernel::AddChanges, vec![source], Formula::Coefficients(Vec::new()), targets)
    }

    fn private_steps(&self, alignment: &Alignment, skills: &[Option<usize>]) -> Vec<Step> {
        let first_expert = usize::from(self.models.base.is_some());
        let own = |(target, expert): (usize, &Option<usize>)| expert.map(|expert| (target, expert));
        let steps_of = |(target, expert): (usize, usize)| {
            alignment.private[expert].iter().filter_map(move |name| {
                let spec = &self.sources[first_expert + expert].find(name)?.spec;
                Some(self.private_step(spec, first_expert + expert, target))
            })
        };
        skills.iter().enumerate().filter_map(own).flat_map(steps_of).collect()
    }

    fn private_step(&self, spec: &TensorSpec, source: usize, target: usize) -> Step {
        let converts = spec.dtype.is_mixable() && self.recipe.output.dtype != OutputDtype::Same;
        let dtype = if converts { self.recipe.output.dtype.of(spec.dtype) } else { spec.dtype };
        self.only_step(TensorSpec { dtype, ..spec.clone() }, source, vec![target])
    }

    fn mix_step(
        &self,
        written: TensorSpec,
        kernel: Kernel,
        sources: Vec<usize>,
        formula: Formula,
        targets: Vec<usize>,
    ) -> Step {
        let input = common_type(sources.iter().map(|&at| self.sources[at]), &written.name);
        let output = Float::try_from(written.dtype).unwrap_or(Float::F32);
        let chunk = chunk_elements(self.budget.chunk_bytes, sources.len(), input, written.elements());
        Step { spec: written, targets, work: Work::Mix(Mix { kernel, sources, formula, input, output, chunk }) }
    }

    /// Bytes of a tensor in all sources.
    fn reads_of(&self, name: &str) -> u64 {
        self.sources.iter().filter_map(|source| source.find(name)).map(|entry| entry.spec.bytes()).sum()
    }

    fn step_reads(&self, step: &Step) -> u64 {
        let bytes = |&at: &usize| self.sources[at].find(&step.spec.name).map_or(0, |entry| entry.spec.bytes());
        match &step.work {
            Work::Copy { source, .. } => bytes(source),
            Work::Mix(mix) => mix.sources.iter().map(bytes).sum(),
        }
    }

    /// Bytes of the row in which a source of another type waits to be decoded.
    fn decoding_bytes(&self, step: &Step) -> u64 {
        let Work::Mix(mix) = &step.work else { return 0 };
        let differs = |&&at: &&usize| {
            self.sources[at].find(&step.spec.name).is_some_and(|entry| entry.spec.dtype != mix.input.into())
        };
        let largest = mix.sources.iter().filter(differs).count().min(1) as u64;
        largest * mix.chunk.min(step.spec.elements()) * 4
    }
}

/// Elements of one chunk so that `sources` packed rows fit into `chunk_bytes`: whole blocks where possible, always
/// even, at least two, at most the tensor.
fn chunk_elements(chunk_bytes: u64, sources: usize, input: Float, elements: u64) -> u64 {
    let fit = chunk_bytes / (sources.max(1) * input.bytes()) as u64;
    let whole = if fit >= BLOCK { fit / BLOCK * BLOCK } else { (fit / 2 * 2).max(2) };
    whole.min(elements.max(2).next_multiple_of(2))
}

impl Step {
    /// Bytes of the largest x of this step.
    pub(crate) fn x_bytes(&self) -> usize {
        match &self.work {
            Work::Copy { .. } => 0,
            Work::Mix(mix) => mix.sources.len() * row_bytes(self.largest_chunk(), mix.input),
        }
    }

    /// Bytes of the largest y of this step.
    pub(crate) fn y_bytes(&self) -> usize {
        match &self.work {
            Work::Copy { .. } => self.largest_chunk(),
            Work::Mix(mix) => row_bytes(self.largest_chunk(), mix.output),
        }
    }

    /// Units of the largest chunk: bytes of a copy, elements of a mix.
    fn largest_chunk(&self) -> usize {
        self.chunks().next().map_or(0, |(_, length)| length as usize)
    }

    /// Chunks as (start, length), in order: bytes of a copy, elements of a mix. They touch and cover everything once.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = (u64, u64)> + use<> {
        let (total, chunk) = match &self.work {
            Work::Copy { chunk, .. } => (self.spec.bytes(), *chunk),
            Work::Mix(mix) => (self.spec.elements(), mix.chunk),
        };
        (0..total.div_ceil(chunk)).map(move |at| (at * chunk, chunk.min(total - at * chunk)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn chunks_fit_the_budget_and_are_whole_blocks_where_possible() {
        let mib = 1 << 20;
        assert_eq!(chunk_elements(32 * mib, 5, Float::F32, u64::MAX / 2), 32 * mib / 20 / BLOCK * BLOCK);
        assert_eq!(chunk_elements(32 * mib, 5, Float::F32, 7), 8);
        assert_eq!(chunk_elements(1, 3, Float::BF16, 1_000), 2);
        assert_eq!(chunk_elements(1_200, 3, Float::BF16, 1_000), 200);
    }

    #[test]
    fn slugs_are_unique_and_plain() {
        assert_eq!(
            slugs(&["Letters latin", "letters_latin", "…", "Größe/../x"]),
            ["letters-latin", "letters-latin-2", "skill", "größe-x"]
        );
    }

    #[test]
    fn blocks_stay_as_deep_as_they_were_where_the_last_is_private() {
        let tensor = |name: &str| BodyTensor {
            spec: TensorSpec::new(name, protocol::model::Dtype::F32, [1]),
            action: Action::Merge,
        };
        let body = ["e.0.w", "e.1.w", "norm.w"].map(tensor).to_vec();
        let without = Alignment { body: body.clone(), ..Alignment::default() };
        let layers = ["e.2.w", "head.7.w"].map(str::to_owned).into();
        let with = Alignment { body, layers, ..Alignment::default() };
        let depths = |alignment: &Alignment| ["e.0.w", "e.1.w"].map(|name| Depths::of(alignment).of_tensor(name));
        assert_eq!((depths(&without), depths(&with)), ([0.0, 1.0], [0.0, 0.5]));
    }

    proptest! {
        #[test]
        fn chunks_touch_and_cover_everything_once(elements in 0u64..10_000, chunk in 1u64..700) {
            let spec = TensorSpec::new("w", protocol::model::Dtype::U8, [elements]);
            let step = Step { spec, targets: vec![0], work: Work::Copy { source: 0, chunk } };
            let mut next = 0;
            for (start, length) in step.chunks() {
                prop_assert_eq!(start, next);
                prop_assert!((1..=chunk).contains(&length));
                next += length;
            }
            prop_assert_eq!(next, elements);
        }
    }
}
