//! The processor's half of `mask/keep.wgsl`.

use std::ops::Range;

use crate::change::{Combining, Words, only_if};
use crate::cpu::{Loop, Rows, TILE};
use crate::merge::{Coefficients, Row};
use crate::source;

pub(crate) static ROW: Row = Row { source: source::KEEP, coefficients: Coefficients::Table, tile };

fn tile(rows: &Rows, at: Range<usize>, c: &[f32], sums: &mut [f32]) {
    let words = Words::new(c, rows.experts());
    let combining = Combining::new(rows, at, words);
    let mut needed = [0u8; TILE];
    let own = words.number() as usize;
    combining.needed(own, words.selectivity(own), &mut needed);
    let (strength, combined) = (words.strength(own), combining.combined());
    rows.arch.dispatch(Loop(
        #[inline(always)]
        || {
            for ((sum, &combined), &needed) in sums.iter_mut().zip(combined).zip(&needed) {
                *sum = only_if(needed == 1, strength * combined);
            }
        },
    ));
    combining.finish(sums);
}
