//! The processor's half of `mask/consensus.wgsl`.

use std::ops::Range;

use crate::change::{Combining, Words, only_if};
use crate::cpu::{Loop, Rows, TILE};
use crate::merge::{Coefficients, Row};
use crate::source;

pub(crate) static ROW: Row = Row { source: source::CONSENSUS, coefficients: Coefficients::Table, tile };

fn tile(rows: &Rows, at: Range<usize>, c: &[f32], sums: &mut [f32]) {
    let words = Words::new(c, rows.experts());
    let combining = Combining::new(rows, at, words);
    let (mut needed, mut count) = ([0u8; TILE], [0u32; TILE]);
    for t in combining.experts() {
        combining.needed(t, words.selectivity(t), &mut needed);
        rows.arch.dispatch(Loop(
            #[inline(always)]
            || {
                for (count, &needed) in count.iter_mut().zip(&needed) {
                    *count = count.wrapping_add(u32::from(needed));
                }
            },
        ));
    }
    combining.scaled(sums);
    let number = words.number();
    rows.arch.dispatch(Loop(
        #[inline(always)]
        || {
            for (sum, &count) in sums.iter_mut().zip(&count) {
                *sum = only_if(count >= number, *sum);
            }
        },
    ));
    combining.finish(sums);
}
