//! The processor's half of `measure/gram.wgsl`, and what the card's half is given and gives back.

use std::ops::{AddAssign, Mul, Range, Sub};

use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;

use super::{Gram, Measure, pairs};
use crate::cpu::{BLOCK, Rows, with_codec};
use crate::dispatch::Task;
use crate::float::Codec;
use crate::source::{self, Source};

pub(crate) const SOURCE: Source = source::GRAM;

/// Elements of a slice, the part of a block that one group of invocations sums.
pub(crate) const SLICE: usize = 8_192;
/// Experts of a tile.
pub(crate) const TILE: usize = 4;
/// Numbers that a group writes: the products of two tiles.
const PRODUCTS: usize = TILE * TILE;
/// Numbers kept for each slice beside them: one vector, of which the first counts.
const VECTOR: usize = 4;

/// Parameters as the shader declares them.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(crate) struct Params {
    pub(crate) elements: u32,
    pub(crate) sources: u32,
    pub(crate) row_words: u32,
    pub(crate) slices: u32,
    pub(crate) groups: u32,
    pub(crate) grid_width: u32,
}

/// Tiles that so many experts fill; at least one, which then holds nothing but the base.
fn tiles(experts: usize) -> usize {
    experts.div_ceil(TILE).max(1)
}

/// The work of a card, where a dimension of the grid holds at most `most` groups.
pub(crate) fn task<'a>(work: &Measure, x: &'a [u8], most: u32) -> Task<'a> {
    let slices = work.elements.div_ceil(SLICE);
    let groups = slices * pairs(tiles(work.experts()));
    let rows = groups.div_ceil(most as usize).max(1);
    let columns = groups.div_ceil(rows);
    let params = Params {
        elements: work.elements as u32,
        sources: work.sources as u32,
        row_words: (x.len() / work.sources / size_of::<u32>()) as u32,
        slices: slices as u32,
        groups: groups as u32,
        grid_width: columns as u32,
    };
    Task {
        label: SOURCE.name,
        params: bytemuck::bytes_of(&params).to_vec(),
        groups: (columns as u32, rows as u32),
        x,
        c: &[],
        y_bytes: ((groups * PRODUCTS + slices * VECTOR) * size_of::<f32>()) as u64,
        counters: work.sources,
    }
}

/// Adds what the groups of a card wrote into blocks, in the order of the slices.
pub(crate) fn collect(work: &Measure, y: &[u8], tally: &[u32]) -> Gram {
    let y: Vec<f32> = bytemuck::pod_collect_to_vec(y);
    let slices = work.elements.div_ceil(SLICE);
    let (products, bases) = y.split_at(slices * pairs(tiles(work.experts())) * PRODUCTS);
    let block = |slice: usize| {
        let own = slice..(slice + BLOCK / SLICE).min(slices);
        let at = |group: usize, place: usize| f64::from(products[group * PRODUCTS + place]);
        let places = places(work.experts()).map(|(pair, place)| (pair * slices, place));
        let sum = |(first, place)| own.clone().map(|slice| at(first + slice, place)).sum();
        let base: f64 = own.clone().map(|slice| f64::from(bases[slice * VECTOR])).sum();
        places.map(sum).chain([base]).collect()
    };
    Gram {
        blocks: (0..slices).step_by(BLOCK / SLICE).map(block).collect(),
        not_finite: tally.iter().map(|&count| u64::from(count)).collect(),
    }
}

/// For every pair of experts in order: the pair of tiles that holds its product, and the place in it.
fn places(experts: usize) -> impl Iterator<Item = (usize, usize)> {
    let tiles = tiles(experts);
    let before = move |first: usize| (0..first).map(|tile| tiles - tile).sum::<usize>();
    let place = move |(i, j): (usize, usize)| {
        let (first, second) = (i / TILE, j / TILE);
        (before(first) + second - first, i % TILE * TILE + j % TILE)
    };
    (0..experts).flat_map(move |i| (i..experts).map(move |j| (i, j))).map(place)
}

/// Elements held at a time: those of a few rows stay in the first-level cache.
const STRETCH: usize = 1_024;
/// Sums side by side, whatever the width of the vector instructions, so that this changes no bit.
const LANES: usize = 64;

/// The whole work on the processor, blocks shared out among all cores.
pub(crate) fn on_processor(work: &Measure, rows: &Rows) -> Gram {
    let spans = (0..work.elements).step_by(BLOCK).map(|start| start..(start + BLOCK).min(work.elements));
    let spans: Vec<Range<usize>> = spans.collect();
    let blocks: Vec<Block> = if spans.len() == 1 {
        vec![block(work, rows, spans[0].clone())]
    } else {
        spans.into_par_iter().map(|span| block(work, rows, span)).collect()
    };
    let count = |row: usize| blocks.iter().map(|block| block.not_finite[row]).sum();
    let not_finite = (0..work.sources).map(count).collect();
    Gram { blocks: blocks.into_iter().map(|block| block.sums).collect(), not_finite }
}

/// One block: its sums, and how many elements of each row are not finite.
struct Block {
    sums: Vec<f64>,
    not_finite: Vec<u64>,
}

impl Block {
    /// Whether finite elements gave sums that are not.
    fn overflowed(&self) -> bool {
        self.not_finite.iter().all(|&count| count == 0) && !self.sums.iter().all(|sum| sum.is_finite())
    }
}

/// One block in `f32`, twice as fast as in `f64`, which no product of two finite `f32` leaves.
fn block(work: &Measure, rows: &Rows, span: Range<usize>) -> Block {
    let fast = block_in::<f32>(work, rows, span.clone());
    if fast.overflowed() { block_in::<f64>(work, rows, span) } else { fast }
}

/// The type in which changes and their products are held: `f32` or `f64`.
trait Real: Copy + Default + From<f32> + Into<f64> + Sub<Output = Self> + Mul<Output = Self> + AddAssign {}
impl Real for f32 {}
impl Real for f64 {}

/// One block, stretch by stretch: base and changes, then all their products; stretches are added in `f64`.
fn block_in<R: Real>(work: &Measure, rows: &Rows, span: Range<usize>) -> Block {
    // Row 0 is the base, the others are changes.
    let mut changes = vec![R::default(); work.sources * STRETCH];
    let mut sums = vec![0.0; work.sums()];
    let mut not_finite = vec![0; work.sources];
    for start in span.clone().step_by(STRETCH) {
        let at = start..(start + STRETCH).min(span.end);
        let length = at.len().next_multiple_of(LANES);
        let (base, others) = changes.split_at_mut(STRETCH);
        not_finite[0] += rows.subtract(0, at.clone(), &[R::default(); STRETCH][..], &mut base[..length]);
        for (row, change) in (1..).zip(others.chunks_exact_mut(STRETCH)) {
            not_finite[row] += rows.subtract(row, at.clone(), base, &mut change[..length]);
        }
        rows.arch.dispatch(Products { changes: &changes, length, sums: &mut sums });
    }
    Block { sums, not_finite }
}

impl Rows<'_> {
    /// `changes[j] = decode(row[at + j]) - base[j]`, then zeros; counts the elements that are not finite.
    fn subtract<R: Real>(&self, row: usize, at: Range<usize>, base: &[R], changes: &mut [R]) -> u64 {
        let x = self.part(row, at);
        with_codec!(self.float, codec => self.arch.dispatch(Subtract { codec, x, base, changes }))
    }
}

struct Subtract<'a, C, R> {
    codec: C,
    x: &'a [u8],
    base: &'a [R],
    changes: &'a mut [R],
}

impl<C: Codec, R: Real> pulp::WithSimd for Subtract<'_, C, R> {
    type Output = u64;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) -> u64 {
        let x: &[C::Packed] = bytemuck::cast_slice(self.x);
        let (changes, padding) = self.changes.split_at_mut(x.len());
        let mut count = 0u32;
        for ((change, &base), &x) in changes.iter_mut().zip(self.base).zip(x) {
            *change = R::from(self.codec.decode(x)) - base;
            count = count.wrapping_add(self.codec.is_not_finite(x));
        }
        padding.fill(R::default());
        u64::from(count)
    }
}

/// Adds the products of all pairs of changes, then of the base with itself.
struct Products<'a, R> {
    /// Rows of [`STRETCH`], the base first.
    changes: &'a [R],
    /// Elements that count: a multiple of [`LANES`].
    length: usize,
    sums: &'a mut [f64],
}

impl<R: Real> pulp::WithSimd for Products<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) {
        let row = |at: usize| &self.changes[at * STRETCH..][..self.length];
        let sources = self.changes.len() / STRETCH;
        let pairs = (1..sources).flat_map(|i| (i..sources).map(move |j| (i, j)));
        for ((i, j), sum) in pairs.chain([(0, 0)]).zip(self.sums.iter_mut()) {
            *sum += product(row(i), row(j)).into();
        }
    }
}

/// Sum of `a[e] * b[e]`: lane by lane in order, then over the lanes in a fixed tree.
#[inline(always)]
fn product<R: Real>(a: &[R], b: &[R]) -> R {
    let mut sums = [R::default(); LANES];
    for (a, b) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
        for at in 0..LANES {
            sums[at] += a[at] * b[at];
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for at in 0..width {
            let other = sums[at + width];
            sums[at] += other;
        }
        width /= 2;
    }
    sums[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_name_every_pair_once_in_the_order_of_the_shader() {
        let five: Vec<_> = places(5).collect();
        let expected = [0, 1, 2, 3].map(|j| (0, j)).into_iter().chain([(1, 0)]);
        assert_eq!(five[..5], expected.collect::<Vec<_>>(), "expert 4 begins the second tile");
        assert_eq!(five.last(), Some(&(2, 0)), "the second tile with itself");
        for experts in [1, 4, 5, 13] {
            let mut all: Vec<_> = places(experts).collect();
            assert_eq!(all.len(), pairs(experts));
            assert!(all.iter().all(|&(pair, place)| pair < pairs(tiles(experts)) && place < PRODUCTS));
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), pairs(experts), "{experts}");
        }
    }

    #[test]
    fn groups_fill_the_grid_without_a_wasted_row() {
        let work = Measure { sources: 14, elements: 100_000, input: crate::Float::BF16 };
        let x = vec![0; work.x_bytes()];
        for most in [65_535, 7, 1] {
            let task = task(&work, &x, most);
            let all = 13 * pairs(4);
            let (columns, rows) = (task.groups.0 as usize, task.groups.1 as usize);
            assert!(columns <= most as usize && columns * rows >= all && columns * (rows - 1) < all, "{most}");
        }
    }
}
