//! The processor's half of `mask/tally_masks.wgsl`, and what the card's half is given and gives back.

use std::ops::Range;

use rayon::prelude::*;

use super::{Column, Counts, Masking, has_selectivity, overlaps};
use crate::change::{Combining, Words};
use crate::cpu::{BLOCK, Rows, TILE};
use crate::dispatch::Task;
use crate::merge;
use crate::source::{self, Source};

pub(crate) const SOURCE: Source = source::TALLY_MASKS;

/// Elements of a slice, which one group counts.
pub(crate) const SLICE: usize = 8_192;
/// Counters that a group has room for.
pub(crate) const ROOM: usize = 3_072;
/// Experts whose bits fit a word.
const MOST_EXPERTS: usize = 31;
/// One, as a share of the largest square of a slice.
const UNIT: f64 = 262_144.0;
/// Counters before those of the columns.
const FRONT: usize = 4;

/// Counters of one column, without the sums of squares.
fn counts(experts: usize) -> usize {
    2 * experts + 1 + overlaps(experts)
}

/// Whether a card counts this; the processor counts everything.
pub(crate) fn fits_card(experts: usize, columns: usize) -> bool {
    experts <= MOST_EXPERTS && columns * (counts(experts) + experts + 1) <= ROOM
}

/// The table of the kernel: that of the work, then the selectivities of every column.
pub(crate) fn words(work: &Masking, columns: &[f32]) -> Vec<f32> {
    let table = crate::Table { number: (columns.len() / work.experts()) as u32, ..work.table };
    table.words().into_iter().chain(columns.iter().copied()).collect()
}

/// The work of a card, where a dimension of the grid holds at most `most` groups.
pub(crate) fn task<'a>(work: &Masking, words: &'a [f32], columns: usize, x: &'a [u8], most: u32) -> Task<'a> {
    let slices = work.elements.div_ceil(SLICE);
    let rows = slices.div_ceil(most as usize).max(1);
    let groups = slices.div_ceil(rows);
    Task {
        label: SOURCE.name,
        params: merge::params(work.elements, work.sources, x.len(), groups as u32),
        groups: (groups as u32, rows as u32),
        x,
        c: bytemuck::cast_slice(words),
        y_bytes: (slices * slice_words(work.experts(), columns) * size_of::<u32>()) as u64,
        counters: FRONT + columns * counts(work.experts()),
    }
}

fn slice_words(experts: usize, columns: usize) -> usize {
    1 + columns * (experts + 1)
}

/// What the groups of a card counted.
pub(crate) fn collect(work: &Masking, columns: usize, y: &[u8], tally: &[u32]) -> Counts {
    let experts = work.experts();
    let mut found = Counts::of(experts, columns);
    (found.changed, found.same_side) = (tally[0].into(), tally[1].into());
    (found.largest, found.not_finite) = (f32::from_bits(tally[2]), tally[3].into());
    for (column, own) in found.columns.iter_mut().zip(tally[FRONT..].chunks_exact(counts(experts))) {
        let mut own = own.iter().map(|&count| u64::from(count));
        let all = [&mut column.kept, &mut column.needed, &mut column.overlap];
        all.into_iter().flatten().zip(&mut own).for_each(|(into, count)| *into = count);
    }
    let y: Vec<u32> = bytemuck::pod_collect_to_vec(y);
    for slice in y.chunks_exact(slice_words(experts, columns)) {
        let unit = f64::from(f32::from_bits(slice[0])).powi(2) / UNIT;
        for (column, own) in found.columns.iter_mut().zip(slice[1..].chunks_exact(experts + 1)) {
            column.change.iter_mut().zip(own).for_each(|(sum, &more)| *sum += f64::from(more) * unit);
        }
    }
    found
}

/// The whole work on the processor, blocks shared out among all cores.
pub(crate) fn on_processor(work: &Masking, columns: &[f32], rows: &Rows) -> Counts {
    let words = work.table.words();
    let words = Words::new(&words, work.experts());
    let spans: Vec<Range<usize>> =
        (0..work.elements).step_by(BLOCK).map(|start| start..(start + BLOCK).min(work.elements)).collect();
    let blocks: Vec<Counts> = spans.into_par_iter().map(|span| block(work, columns, words, rows, span)).collect();
    let mut sum = Counts::of(work.experts(), columns.len() / work.experts());
    // In order, so that sums of squares are the same however many cores there are.
    blocks.iter().for_each(|block| sum.add(block));
    sum
}

fn block(work: &Masking, columns: &[f32], words: Words, rows: &Rows, span: Range<usize>) -> Counts {
    let experts = work.experts();
    let mut sum = Counts::of(experts, columns.len() / experts);
    let mut flags = vec![0u8; experts * TILE];
    for start in span.clone().step_by(TILE) {
        let at = start..(start + TILE).min(span.end);
        let mut tile = Tile { length: at.len(), combining: Combining::new(rows, at, words), flags: &mut flags };
        tile.count_changes(&mut sum);
        for (column, limits) in sum.columns.iter_mut().zip(columns.chunks_exact(experts)) {
            tile.count_masks(limits, has_selectivity(words.rule()), column, rows.arch);
        }
    }
    sum
}

/// Some elements whose masks are counted.
struct Tile<'a, 'r, 'f> {
    length: usize,
    combining: Combining<'a, 'r>,
    /// One row of flags for each expert.
    flags: &'f mut [u8],
}

impl Tile<'_, '_, '_> {
    fn count_changes(&mut self, sum: &mut Counts) {
        let (mut up, mut down) = ([0u8; TILE], [0u8; TILE]);
        for t in self.combining.experts() {
            for ((up, down), &change) in up.iter_mut().zip(&mut down).zip(self.combining.change(t)) {
                *up |= u8::from(change > 0.0);
                *down |= u8::from(change < 0.0);
            }
        }
        let both = up.iter().zip(&down);
        sum.changed += both.clone().map(|(up, down)| u64::from(up | down)).sum::<u64>();
        sum.same_side += both.map(|(up, down)| u64::from(up ^ down)).sum::<u64>();
        sum.largest = self.combining.combined().iter().fold(sum.largest, |most, value| most.max(value.abs()));
        sum.not_finite += self.combining.raw().iter().map(|raw| u64::from(!raw.is_finite())).sum::<u64>();
    }

    fn count_masks(&mut self, limits: &[f32], by_limit: bool, column: &mut Column, arch: pulp::Arch) {
        let mut count = [0u8; TILE];
        for (t, &limit) in limits.iter().enumerate() {
            self.combining.change(t);
            let flags = &mut self.flags[t * TILE..][..self.length];
            self.combining.needed(if by_limit { limit } else { 0.0 }, flags);
            column.kept[t] += ones(arch, flags);
            // More than 255 experts share the last counter; a recipe asks for 255 at most.
            count.iter_mut().zip(&*flags).for_each(|(count, &flag)| *count = count.saturating_add(flag));
        }
        self.count_pairs(column, arch);
        self.count_needed(&count, column);
    }

    fn count_pairs(&self, column: &mut Column, arch: pulp::Arch) {
        let experts = column.kept.len();
        let row = |t: usize| &self.flags[t * TILE..][..self.length];
        let pairs = (0..experts).flat_map(|t| (t + 1..experts).map(move |u| (t, u)));
        for ((t, u), sum) in pairs.zip(&mut column.overlap) {
            let (a, b) = (row(t), row(u));
            *sum += arch.dispatch(|| {
                let both = a.iter().zip(b);
                u64::from(both.fold(0u32, |sum, (a, b)| sum + u32::from(a & b)))
            });
        }
    }

    fn count_needed(&self, count: &[u8], column: &mut Column) {
        for (&count, &combined) in count.iter().zip(self.combining.combined()) {
            column.needed[usize::from(count)] += 1;
            column.change[usize::from(count)] += f64::from(combined).powi(2);
        }
    }
}

fn ones(arch: pulp::Arch, flags: &[u8]) -> u64 {
    arch.dispatch(|| u64::from(flags.iter().fold(0u32, |sum, &flag| sum + u32::from(flag))))
}
