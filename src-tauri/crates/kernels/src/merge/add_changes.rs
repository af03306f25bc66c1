//! The processor's half of `merge/add_changes.wgsl`.

use std::ops::Range;

use super::{Coefficients, Row};
use crate::cpu::{Rows, Sums};
use crate::source;

pub(super) static ROW: Row = Row { source: source::ADD_CHANGES, coefficients: Coefficients::OneEachExpert, tile };

/// Sums the changes `c[t - 1] * (x[t, j] - x[0, j])` from 0 in order t = 1, 2, …, then adds them to the base x\[0\].
fn tile(rows: &Rows, at: Range<usize>, c: &[f32], sums: &mut [f32]) {
    let mut base = Sums::new();
    let base = &mut base.0[..sums.len()];
    rows.load(0, at.clone(), base);
    sums.fill(0.0);
    for (&c, row) in c.iter().zip(1..) {
        rows.add_change(row, at.clone(), c, base, sums);
    }
    rows.add_base(base, sums);
}
