//! The processor's half of `mask/consensus.wgsl`.

use std::ops::Range;

use crate::change::{Combining, Words};
use crate::cpu::{Rows, TILE};
use crate::merge::{Coefficients, Row};
use crate::source;

pub(crate) static ROW: Row = Row { source: source::CONSENSUS, coefficients: Coefficients::Table, tile };

fn tile(rows: &Rows, at: Range<usize>, c: &[f32], sums: &mut [f32]) {
    let length = at.len();
    let words = Words::new(c, rows.experts());
    let mut combining = Combining::new(rows, at, words);
    let (mut needed, mut count) = ([0u8; TILE], [0u32; TILE]);
    for t in combining.experts() {
        combining.change(t);
        combining.needed(words.selectivity(t), &mut needed);
        count.iter_mut().zip(&needed[..length]).for_each(|(count, &needed)| *count += u32::from(needed));
    }
    combining.scaled(sums);
    let number = words.number();
    sums.iter_mut().zip(&count).for_each(|(sum, &count)| *sum = if count >= number { *sum } else { 0.0 });
    combining.finish(sums);
}
