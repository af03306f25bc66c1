//! The processor's half of `mask/keep.wgsl`.

use std::ops::Range;

use crate::change::{Combining, Words};
use crate::cpu::{Rows, TILE};
use crate::merge::{Coefficients, Row};
use crate::source;

pub(crate) static ROW: Row = Row { source: source::KEEP, coefficients: Coefficients::Table, tile };

fn tile(rows: &Rows, at: Range<usize>, c: &[f32], sums: &mut [f32]) {
    let words = Words::new(c, rows.experts());
    let mut combining = Combining::new(rows, at, words);
    let mut needed = [0u8; TILE];
    let own = words.number() as usize;
    combining.change(own);
    combining.needed(words.selectivity(own), &mut needed);
    let strength = words.strength(own);
    for ((sum, &combined), &needed) in sums.iter_mut().zip(combining.combined()).zip(&needed) {
        *sum = if needed == 1 { strength * combined } else { 0.0 };
    }
    combining.finish(sums);
}
