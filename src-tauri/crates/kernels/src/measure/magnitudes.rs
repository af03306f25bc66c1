//! The processor's half of `measure/magnitudes.wgsl`, and what the card's half is given and gives back.

use std::ops::Range;

use rayon::prelude::*;

use super::Measure;
use crate::Error;
use crate::change::HEAD;
use crate::cpu::{BLOCK, Rows, Sums, TILE};
use crate::dispatch::Task;
use crate::engine::expect_length;
use crate::merge;
use crate::source::{self, Source};

pub(crate) const SOURCE: Source = source::MAGNITUDES;

/// Bins of one expert in the tally of a card.
pub(crate) const BINS: usize = 65_536;
/// Bits of the second digit.
const LOW: u32 = 15;
const MAGNITUDE: u32 = 0x7fff_ffff;

/// Which half of the bits of a size is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digit<'a> {
    /// The upper 16 of the 31 bits.
    High,
    /// The lower 15, of the elements whose upper bits are those of their expert \[T\].
    Low(&'a [u32]),
}

impl Digit<'_> {
    /// How many values it takes.
    pub const fn values(self) -> usize {
        match self {
            Digit::High => BINS,
            Digit::Low(_) => 1 << LOW,
        }
    }

    /// The bits of a size from both digits.
    pub const fn join(high: u32, low: u32) -> u32 {
        high << LOW | low
    }

    /// Refuses prefixes that are not one for each expert.
    pub(crate) fn check(self, work: &Measure) -> Result<(), Error> {
        match self {
            Digit::High => Ok(()),
            Digit::Low(prefixes) => expect_length("prefixes", work.experts(), prefixes.len()),
        }
    }

    pub(crate) fn words(self, experts: usize) -> Vec<f32> {
        let (digit, prefixes) = match self {
            Digit::High => (0, vec![0; experts]),
            Digit::Low(prefixes) => (1, prefixes.to_vec()),
        };
        [digit, 0, 0, 0].into_iter().chain(prefixes).map(f32::from_bits).collect()
    }
}

/// Sizes of the changes of every expert, counted by a digit of their bits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Magnitudes {
    /// Elements with each value of the digit \[T\]\[values\].
    pub bins: Vec<Vec<u64>>,
    /// Elements of each row that are NaN or infinite; padding is not counted.
    pub not_finite: Vec<u64>,
}

/// The work of a card, where a dimension of the grid holds at most `most` groups.
pub(crate) fn task<'a>(work: &Measure, words: &'a [f32], x: &'a [u8], most: u32) -> Task<'a> {
    let groups = merge::grid(work.elements, most);
    debug_assert_eq!(words.len(), HEAD + work.experts());
    Task {
        label: SOURCE.name,
        params: merge::params(work.elements, work.sources, x.len(), groups.0 * source::group_size()),
        groups,
        x,
        c: bytemuck::cast_slice(words),
        // A binding may not be empty.
        y_bytes: size_of::<u32>() as u64,
        counters: work.sources + work.experts() * BINS,
    }
}

/// What a card counted.
pub(crate) fn collect(work: &Measure, digit: Digit, tally: &[u32]) -> Magnitudes {
    let wide = |counts: &[u32]| counts.iter().map(|&count| u64::from(count)).collect::<Vec<_>>();
    let (not_finite, bins) = tally.split_at(work.sources);
    let bins = bins.chunks_exact(BINS).map(|own| wide(&own[..digit.values()])).collect();
    Magnitudes { bins, not_finite: wide(not_finite) }
}

/// The whole work on the processor: experts, and pieces of each where there are more cores than experts.
pub(crate) fn on_processor(work: &Measure, digit: Digit, rows: &Rows) -> Magnitudes {
    let pieces = rayon::current_num_threads().div_ceil(work.experts().max(1));
    let piece = work.elements.div_ceil(pieces).next_multiple_of(BLOCK).max(BLOCK);
    let spans = || (0..work.elements).step_by(piece).map(|start| start..(start + piece).min(work.elements));
    let tasks: Vec<(usize, Range<usize>)> =
        (0..work.experts()).flat_map(|t| spans().map(move |span| (t, span))).collect();
    let counted: Vec<(usize, Vec<u32>)> =
        tasks.into_par_iter().map(|(t, span)| (t, count(t, digit, rows, span))).collect();
    let mut bins = vec![vec![0u64; digit.values()]; work.experts()];
    for (t, own) in counted {
        bins[t].iter_mut().zip(own).for_each(|(sum, more)| *sum += u64::from(more));
    }
    let not_finite = (0..work.sources).map(|row| rows.not_finite(row, 0..work.elements)).collect();
    Magnitudes { bins, not_finite }
}

fn count(t: usize, digit: Digit, rows: &Rows, span: Range<usize>) -> Vec<u32> {
    let mut bins = vec![0u32; digit.values()];
    let mut changes = Changes::new();
    for start in span.clone().step_by(TILE) {
        let change = changes.of(t, rows, start..(start + TILE).min(span.end));
        let sizes = change.iter().map(|change| change.to_bits() & MAGNITUDE);
        match digit {
            Digit::High => sizes.for_each(|size| bins[(size >> LOW) as usize] += 1),
            Digit::Low(prefixes) => sizes
                .filter(|size| size >> LOW == prefixes[t])
                .for_each(|size| bins[(size & ((1 << LOW) - 1)) as usize] += 1),
        }
    }
    bins
}

/// Room for the changes of one tile.
struct Changes {
    base: Sums,
    change: Sums,
}

impl Changes {
    fn new() -> Self {
        Self { base: Sums::new(), change: Sums::new() }
    }

    fn of(&mut self, t: usize, rows: &Rows, at: Range<usize>) -> &[f32] {
        let length = at.len();
        rows.load(0, at.clone(), &mut self.base.0[..length]);
        rows.change(t + 1, at, &self.base.0[..length], &mut self.change.0[..length]);
        &self.change.0[..length]
    }
}

/// How many elements have a change in expert `t` of exactly the size with these bits.
pub(crate) fn count_of_size(work: &Measure, rows: &Rows, t: usize, size: u32) -> u64 {
    let starts: Vec<usize> = (0..work.elements).step_by(BLOCK).collect();
    starts.par_iter().map(|&start| places_in_block(work, rows, t, size, start).len() as u64).sum()
}

/// Index of the element that is the `nth` of them, counted from 0.
pub(crate) fn place_of_size(work: &Measure, rows: &Rows, t: usize, size: u32, nth: u64) -> Option<usize> {
    let mut left = nth as usize;
    for start in (0..work.elements).step_by(BLOCK) {
        let places = places_in_block(work, rows, t, size, start);
        match places.get(left) {
            Some(&place) => return Some(place),
            None => left -= places.len(),
        }
    }
    None
}

fn places_in_block(work: &Measure, rows: &Rows, t: usize, size: u32, start: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut changes = Changes::new();
    let end = (start + BLOCK).min(work.elements);
    for start in (start..end).step_by(TILE) {
        let change = changes.of(t, rows, start..(start + TILE).min(end));
        let equal = change.iter().zip(start..).filter(|(change, _)| change.to_bits() & MAGNITUDE == size);
        found.extend(equal.map(|(_, at)| at));
    }
    found
}
