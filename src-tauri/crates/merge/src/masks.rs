//! Masks of all experts: made chunk by chunk, or only counted.

use std::ops::Range;

use kernels::{Counts, Engine, Masking, Rule, Table, change_sizes};
use protocol::masks::{Histogram, MaskStatistics, TensorTally};
use protocol::recipe::Recipe;

use crate::Error;
use crate::align::Models;
use crate::method::rule_of;
use crate::plan::Budget;
use crate::prepare::Prepared;
use crate::relay::Relay;
use crate::run::Control;
use crate::sweep::{Chunk, Order, Sweep};

/// Some elements of a tensor with their masks.
#[derive(Debug, Clone, Copy)]
pub struct MaskChunk<'a> {
    /// Name of the tensor.
    pub tensor: &'a str,
    /// How often the tensor was walked through before.
    pub pass: usize,
    /// Which elements; starts are multiples of 65,536.
    pub span: &'a Range<u64>,
    /// Whether these are the last elements of the tensor.
    pub is_last: bool,
    /// The combined change with all strengths 1, f32 in little-endian bytes.
    pub change: &'a [u8],
    /// Everything that [`kernels::Masking::y_bytes`] describes.
    y: &'a [u8],
    work: &'a Masking<'a>,
}

impl<'a> MaskChunk<'a> {
    /// The bits of the mask of expert `t`: element j is bit `7 - j % 8` of byte `j / 8`, zeros behind the last.
    pub fn mask(&self, t: usize) -> &'a [u8] {
        &self.y[self.work.mask(t)]
    }
}

/// How masks of a recipe are made.
struct Making<'a> {
    rule: Rule,
    strengths: Vec<f32>,
    selectivity: Vec<f32>,
    prepared: &'a Prepared,
}

impl<'a> Making<'a> {
    fn of(recipe: &Recipe, prepared: &'a Prepared) -> Self {
        let settings = recipe.settings();
        Self {
            rule: if recipe.method.name == "emr" { Rule::Elect } else { rule_of(&settings) },
            strengths: vec![1.0; recipe.experts.len()],
            selectivity: settings.selectivity.iter().map(|&value| value as f32).collect(),
            prepared,
        }
    }

    fn with<T>(&self, sweep: &Sweep, chunk: &Chunk, then: impl FnOnce(&Masking) -> T) -> T {
        let step = &sweep.steps[chunk.step];
        let cuts = self.prepared.cuts(self.strengths.len(), &step.name, chunk.span.start);
        let table = Table {
            rule: self.rule,
            is_mean: false,
            number: 0,
            strengths: &self.strengths,
            selectivity: &self.selectivity,
            cuts: &cuts,
        };
        then(&Masking { sources: sweep.sources.len(), elements: chunk.elements(), input: step.input, table })
    }
}

/// Walks through the tensors that are mixed, in the order of a file of their kind, and hands over the combined change and
/// the masks of all experts, chunk by chunk. A tensor is walked through `passes` times before the next.
///
/// # Units
/// Memory is that of [`crate::statistics`] and one y of [`kernels::Masking::y_bytes`].
///
/// # Errors
/// As [`crate::statistics`], and what `each` says.
#[allow(clippy::too_many_arguments, reason = "a sweep needs all of them, as `statistics` does")]
pub fn masks(
    models: &Models,
    recipe: &Recipe,
    prepared: &Prepared,
    engine: Box<dyn Engine + '_>,
    budget: &Budget,
    control: &dyn Control,
    passes: usize,
    each: &mut dyn FnMut(MaskChunk) -> Result<(), Error>,
) -> Result<u64, Error> {
    let sweep = Sweep::new(models, budget, Order::File, control)?.with_passes(passes);
    let mut relay = Relay::fitting(engine, &sweep, control);
    let making = Making::of(recipe, prepared);
    let mut y = Vec::new();
    sweep.run(budget.in_flight, &mut relay, |relay, chunk| {
        making.with(&sweep, chunk, |work| {
            y.resize(work.y_bytes(), 0);
            let tally = relay.work(|engine| engine.masks(work, &chunk.x, &mut y))?;
            if tally.not_finite > 0 {
                return Err(sweep.blame(chunk));
            }
            let step = &sweep.steps[chunk.step];
            each(MaskChunk {
                tensor: &step.name,
                pass: chunk.pass,
                span: &chunk.span,
                is_last: chunk.span.end == step.elements,
                change: &y[..chunk.elements() * size_of::<f32>()],
                y: &y,
                work,
            })
        })
    })?;
    Ok(relay.chunks)
}

/// Counts the masks of all experts for several selectivities \[g\]\[t\] in one sweep.
///
/// # Order
/// Counts are exact on every engine; sums of squares depend on the engine within the bound of `mask/tally_masks.wgsl`.
///
/// # Errors
/// As [`crate::statistics`].
pub fn count_masks(
    models: &Models,
    recipe: &Recipe,
    prepared: &Prepared,
    engine: Box<dyn Engine + '_>,
    budget: &Budget,
    control: &dyn Control,
    columns: &[Vec<f64>],
) -> Result<MaskStatistics, Error> {
    let sweep = Sweep::new(models, budget, Order::Base, control)?;
    let mut relay = Relay::fitting(engine, &sweep, control);
    let making = Making::of(recipe, prepared);
    let limits: Vec<f32> = columns.iter().flatten().map(|&value| value as f32).collect();
    let mut sums = vec![Counts::of(recipe.experts.len(), columns.len()); sweep.steps.len()];
    sweep.run(budget.in_flight, &mut relay, |relay, chunk| {
        let counts =
            making.with(&sweep, chunk, |work| relay.work(|engine| engine.count_masks(work, &limits, &chunk.x)))?;
        if counts.not_finite > 0 {
            return Err(sweep.blame(chunk));
        }
        sums[chunk.step].add(&counts);
        Ok(())
    })?;
    Ok(statistics(recipe, &sweep, columns, &sums))
}

fn statistics(recipe: &Recipe, sweep: &Sweep, columns: &[Vec<f64>], sums: &[Counts]) -> MaskStatistics {
    let experts = recipe.experts.len();
    let mut whole = Counts::of(experts, columns.len());
    sums.iter().for_each(|sum| whole.add(sum));
    let tally = |(counts, step): (&Counts, &crate::sweep::Step)| TensorTally {
        name: step.name.clone(),
        weights: step.elements,
        changed: counts.changed,
        agreeing: counts.same_side,
        largest: counts.largest.into(),
        kept: counts.columns.iter().map(|column| column.kept.clone()).collect(),
        needed_by: counts.columns.iter().map(|column| column.needed.clone()).collect(),
        change_by: counts.columns.iter().map(|column| column.change.clone()).collect(),
    };
    MaskStatistics {
        skills: recipe.experts.iter().map(|expert| expert.skill.clone()).collect(),
        columns: columns.to_vec(),
        tensors: sums.iter().zip(&sweep.steps).map(tally).collect(),
        overlap: whole.columns.iter().map(|column| square(experts, &column.kept, &column.overlap)).collect(),
    }
}

/// Counts of pairs as a square table with those of single experts on its diagonal.
fn square(experts: usize, kept: &[u64], overlap: &[u64]) -> Vec<Vec<u64>> {
    let mut table = vec![vec![0; experts]; experts];
    kept.iter().enumerate().for_each(|(t, &count)| table[t][t] = count);
    let pairs = (0..experts).flat_map(|i| (i + 1..experts).map(move |j| (i, j)));
    for ((i, j), &count) in pairs.zip(overlap) {
        (table[i][j], table[j][i]) = (count, count);
    }
    table
}

/// How large the combined change of some tensors is, in bars from `-reach` to `reach`; other tensors are not read.
///
/// # Errors
/// As [`crate::statistics`].
pub fn sizes_of_change(
    models: &Models,
    recipe: &Recipe,
    prepared: &Prepared,
    budget: &Budget,
    control: &dyn Control,
    tensors: &[String],
    reach: f64,
) -> Result<Histogram, Error> {
    let mut sweep = Sweep::new(models, budget, Order::Base, control)?;
    sweep.steps.retain(|step| tensors.contains(&step.name));
    let making = Making::of(recipe, prepared);
    let mut counts = vec![0; Histogram::BARS];
    let mut relay = Relay::new(Box::new(kernels::CpuEngine::new()), control);
    sweep.run(budget.in_flight, &mut relay, |_, chunk| {
        Ok(making.with(&sweep, chunk, |work| change_sizes(work, &chunk.x, reach, &mut counts))?)
    })?;
    Ok(Histogram { reach, counts })
}
