//! Small looks at rows that are needed once, always on the processor.

use std::ops::Range;

use rayon::prelude::*;

use crate::change::{Combining, Words};
use crate::cpu::{BLOCK, Rows, TILE};
use crate::engine::expect_expert;
use crate::measure::magnitudes;
use crate::{Error, Masking, Measure};

/// How many elements have a change in expert `t` of exactly the size with these bits.
///
/// # Errors
/// [`Error::NoSources`] and [`Error::WrongLength`].
pub fn count_of_size(work: &Measure, x: &[u8], t: usize, size: u32) -> Result<u64, Error> {
    work.check(x)?;
    expect_expert(t, work.experts())?;
    Ok(magnitudes::count_of_size(work, &Rows::new(x, work.sources, work.input), t, size))
}

/// Index of the element that is the `nth` of them, counted from 0; `None` if there are fewer.
///
/// # Errors
/// [`Error::NoSources`] and [`Error::WrongLength`].
pub fn place_of_size(work: &Measure, x: &[u8], t: usize, size: u32, nth: u64) -> Result<Option<usize>, Error> {
    work.check(x)?;
    expect_expert(t, work.experts())?;
    Ok(magnitudes::place_of_size(work, &Rows::new(x, work.sources, work.input), t, size, nth))
}

/// Lengths of changes, absolute values added up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lengths {
    /// Of the change of every expert \[T\].
    pub changes: Vec<f64>,
    /// Of what its mask keeps of the combined change \[T\].
    pub kept: Vec<f64>,
    /// Elements where some row is NaN or infinite.
    pub not_finite: u64,
}

impl Lengths {
    /// Of so many experts, nothing added up.
    pub fn of(experts: usize) -> Self {
        Self { changes: vec![0.0; experts], kept: vec![0.0; experts], not_finite: 0 }
    }

    /// Adds further elements.
    pub fn add(&mut self, other: &Lengths) {
        self.changes.iter_mut().zip(&other.changes).for_each(|(sum, more)| *sum += more);
        self.kept.iter_mut().zip(&other.kept).for_each(|(sum, more)| *sum += more);
        self.not_finite += other.not_finite;
    }
}

/// Adds up absolute values over the elements of `work`, block by block in order.
///
/// # Errors
/// [`Error::NoSources`] and [`Error::WrongLength`].
pub fn lengths(work: &Masking, x: &[u8]) -> Result<Lengths, Error> {
    work.check(x)?;
    let rows = Rows::new(x, work.sources, work.input);
    let words = work.table.words();
    let words = Words::new(&words, work.experts());
    let block = |&start: &usize| lengths_in(&rows, words, work.experts(), start..(start + BLOCK).min(work.elements));
    let starts: Vec<usize> = (0..work.elements).step_by(BLOCK).collect();
    let blocks: Vec<Lengths> = starts.par_iter().map(block).collect();
    let mut sum = Lengths::of(work.experts());
    blocks.iter().for_each(|block| sum.add(block));
    Ok(sum)
}

fn lengths_in(rows: &Rows, words: Words, experts: usize, span: Range<usize>) -> Lengths {
    let mut sum = Lengths::of(experts);
    let mut needed = [0u8; TILE];
    for start in span.clone().step_by(TILE) {
        let combining = Combining::new(rows, start..(start + TILE).min(span.end), words);
        for t in 0..experts {
            sum.changes[t] += combining.change(t).iter().map(|change| f64::from(change.abs())).sum::<f64>();
            combining.needed(t, words.selectivity(t), &mut needed);
            let kept = combining.combined().iter().zip(&needed).filter(|(_, needed)| **needed == 1);
            sum.kept[t] += kept.map(|(combined, _)| f64::from(combined.abs())).sum::<f64>();
        }
        sum.not_finite += combining.not_finite();
    }
    sum
}

/// Counts the sizes of the combined change in equally wide bars from `-reach` to `reach`; elements that nobody changed
/// are left out, and what lies beyond counts in the outermost bars.
///
/// # Errors
/// [`Error::NoSources`] and [`Error::WrongLength`].
pub fn change_sizes(work: &Masking, x: &[u8], reach: f64, bars: &mut [u64]) -> Result<(), Error> {
    work.check(x)?;
    let rows = Rows::new(x, work.sources, work.input);
    let words = work.table.words();
    let words = Words::new(&words, work.experts());
    let Some(last) = bars.len().checked_sub(1) else { return Ok(()) };
    for start in (0..work.elements).step_by(TILE) {
        let combining = Combining::new(&rows, start..(start + TILE).min(work.elements), words);
        let mut changed = [false; TILE];
        for t in combining.experts() {
            changed.iter_mut().zip(combining.change(t)).for_each(|(changed, &change)| *changed |= change != 0.0);
        }
        for (&combined, _) in combining.combined().iter().zip(&changed).filter(|(_, changed)| **changed) {
            let share = (f64::from(combined) + reach) / (2.0 * reach).max(f64::MIN_POSITIVE);
            bars[((share * (last + 1) as f64) as usize).min(last)] += 1;
        }
    }
    Ok(())
}
