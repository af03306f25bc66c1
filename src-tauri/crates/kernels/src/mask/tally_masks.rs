//! The processor's half of `mask/tally_masks.wgsl`, and what the card's half is given and gives back.

use std::ops::Range;

use rayon::prelude::*;

use super::{Column, Counts, Masking, has_selectivity, overlaps};
use crate::change::{Combining, Words};
use crate::cpu::{BLOCK, Loop, Rows, TILE};
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
    // The masks of EMR have no selectivity; what they compare is 1 with nothing.
    let columns: Vec<f32> = if has_selectivity(words.rule()) { columns.to_vec() } else { vec![0.0; columns.len()] };
    let mut counting = Counting::of(experts, sum.columns.len());
    for start in span.clone().step_by(TILE) {
        let combining = Combining::new(rows, start..(start + TILE).min(span.end), words);
        count_changes(&combining, &mut sum, rows.arch);
        counting.compare(&combining);
        for (at, (column, limits)) in sum.columns.iter_mut().zip(columns.chunks_exact(experts)).enumerate() {
            counting.count(at, limits, combining.combined().len(), column, rows.arch);
        }
        counting.add_squares(combining.combined());
    }
    for (column, change) in sum.columns.iter_mut().zip(counting.change.chunks_exact(experts + 1)) {
        column.change.copy_from_slice(change);
    }
    sum
}

fn count_changes(combining: &Combining, sum: &mut Counts, arch: pulp::Arch) {
    let (mut up, mut down) = ([0u8; TILE], [0u8; TILE]);
    for t in combining.experts() {
        let change = combining.change(t);
        arch.dispatch(Loop(
            #[inline(always)]
            || {
                for ((up, down), &change) in up.iter_mut().zip(&mut down).zip(change) {
                    *up |= u8::from(change > 0.0);
                    *down |= u8::from(change < 0.0);
                }
            },
        ));
    }
    let (changed, same_side, largest) = arch.dispatch(Loop(
        #[inline(always)]
        || {
            let (mut changed, mut same_side, mut largest) = (0u32, 0u32, 0u32);
            for (up, down) in up.iter().zip(&down) {
                changed = changed.wrapping_add(u32::from(up | down));
                same_side = same_side.wrapping_add(u32::from(up ^ down));
            }
            for value in combining.combined() {
                // Sizes are ordered like their bits, but for NaN, which is left out.
                let size = if value.is_nan() { 0 } else { value.abs().to_bits() };
                largest = if size > largest { size } else { largest };
            }
            (changed, same_side, largest)
        },
    ));
    sum.changed += u64::from(changed);
    sum.same_side += u64::from(same_side);
    sum.largest = sum.largest.max(f32::from_bits(largest));
    sum.not_finite += combining.not_finite();
}

/// Words of the bits of one mask of a tile. Bit i of word l belongs to element `i * LANES + l`: so a vector of elements
/// becomes a vector of bits.
const LANES: usize = TILE / 32;
type Bits = [u32; LANES];

/// What is held while the masks of a block are counted.
struct Counting {
    experts: usize,
    /// What masks compare, one tile for each expert; 0 behind the last element.
    sizes: Vec<f32>,
    others: Vec<f32>,
    /// Masks of the column at hand \[T\].
    masks: Vec<Bits>,
    /// How many of these masks keep each element, in binary: one row of bits for each digit, the lowest first.
    planes: Vec<Bits>,
    /// How many masks keep an element, one tile for each column.
    needed: Vec<u16>,
    /// Sums of squares, column by column \[T + 1\].
    change: Vec<f64>,
}

impl Counting {
    fn of(experts: usize, columns: usize) -> Self {
        Self {
            experts,
            sizes: vec![0.0; experts * TILE],
            others: vec![0.0; experts * TILE],
            masks: vec![[0; LANES]; experts],
            planes: vec![[0; LANES]; experts.ilog2() as usize + 1],
            needed: vec![0; columns * TILE],
            change: vec![0.0; columns * (experts + 1)],
        }
    }

    fn compare(&mut self, combining: &Combining) {
        let length = combining.combined().len();
        let both = self.sizes.chunks_exact_mut(TILE).zip(self.others.chunks_exact_mut(TILE));
        for (t, (sizes, others)) in both.enumerate() {
            combining.compared(t, &mut sizes[..length], &mut others[..length]);
            sizes[length..].fill(0.0);
            others[length..].fill(0.0);
        }
    }

    /// Counts the masks of column `at` in a tile of so many elements.
    fn count(&mut self, at: usize, limits: &[f32], length: usize, column: &mut Column, arch: pulp::Arch) {
        let both = self.sizes.chunks_exact(TILE).zip(self.others.chunks_exact(TILE));
        for ((mask, &limit), (sizes, others)) in self.masks.iter_mut().zip(limits).zip(both) {
            arch.dispatch(Loop(
                #[inline(always)]
                || *mask = bits(sizes, others, limit),
            ));
        }
        let (masks, planes, needed) = (&self.masks, &mut self.planes, &mut self.needed[at * TILE..][..TILE]);
        arch.dispatch(Loop(
            #[inline(always)]
            || {
                count_pairs(masks, column);
                add_up(masks, planes);
                write_needed(planes, needed);
                count_needed(planes, length, &mut column.needed);
            },
        ));
    }

    /// Adds the square of every element to the sum of those that as many masks keep, in every column.
    fn add_squares(&mut self, combined: &[f32]) {
        let sums = self.experts + 1;
        for (j, &combined) in combined.iter().enumerate() {
            let square = f64::from(combined).powi(2);
            // The columns are the inner loop: their sums do not wait for each other.
            for (needed, change) in self.needed.chunks_exact(TILE).zip(self.change.chunks_exact_mut(sums)) {
                change[usize::from(needed[j])] += square;
            }
        }
    }
}

// Loops all over, and no closures: those would be left out of line, without the wide instructions. Additions that cannot
// overflow wrap, so that builds with checks keep the vectors too.

/// The bits of a mask.
#[inline(always)]
fn bits(sizes: &[f32], others: &[f32], limit: f32) -> Bits {
    let mut bits = [0; LANES];
    let rows = sizes.as_chunks::<LANES>().0.iter().zip(others.as_chunks::<LANES>().0);
    for (row, (sizes, others)) in rows.enumerate() {
        for ((bits, &size), &other) in bits.iter_mut().zip(sizes).zip(others) {
            *bits |= u32::from(size > limit * other) << row;
        }
    }
    bits
}

#[inline(always)]
fn ones(bits: &Bits) -> u64 {
    let mut count = 0u32;
    for word in bits {
        count = count.wrapping_add(word.count_ones());
    }
    u64::from(count)
}

#[inline(always)]
fn both(one: &Bits, other: &Bits) -> Bits {
    let mut both = *one;
    for (both, other) in both.iter_mut().zip(other) {
        *both &= other;
    }
    both
}

#[inline(always)]
fn count_pairs(masks: &[Bits], column: &mut Column) {
    for (mask, kept) in masks.iter().zip(&mut column.kept) {
        *kept += ones(mask);
    }
    let mut overlap = column.overlap.iter_mut();
    for (t, one) in masks.iter().enumerate() {
        for (other, sum) in masks[t + 1..].iter().zip(&mut overlap) {
            *sum += ones(&both(one, other));
        }
    }
}

/// Adds up all masks in binary.
#[inline(always)]
fn add_up(masks: &[Bits], planes: &mut [Bits]) {
    planes.fill([0; LANES]);
    for mask in masks {
        let mut carry = *mask;
        for plane in planes.iter_mut() {
            for (plane, carry) in plane.iter_mut().zip(&mut carry) {
                (*plane, *carry) = (*plane ^ *carry, *plane & *carry);
            }
        }
    }
}

/// Writes for every element how many masks keep it.
#[inline(always)]
fn write_needed(planes: &[Bits], needed: &mut [u16]) {
    for (row, needed) in needed.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        *needed = [0; LANES];
        for (digit, plane) in planes.iter().enumerate() {
            for (needed, bits) in needed.iter_mut().zip(plane) {
                *needed |= (((bits >> row) & 1) << digit) as u16;
            }
        }
    }
}

/// Counts how often each number of masks occurs; what lies behind the last element is not counted.
#[inline(always)]
fn count_needed(planes: &[Bits], length: usize, counts: &mut [u64]) {
    let mut rest = length as u64;
    for (number, count) in counts.iter_mut().enumerate().skip(1) {
        let mut those = [u32::MAX; LANES];
        for (digit, plane) in planes.iter().enumerate() {
            // All ones where the digit is 0: then the bits are turned.
            let turn = ((number >> digit) as u32 & 1).wrapping_sub(1);
            for (those, bits) in those.iter_mut().zip(plane) {
                *those &= bits ^ turn;
            }
        }
        let found = ones(&those);
        *count += found;
        rest -= found;
    }
    counts[0] += rest;
}
