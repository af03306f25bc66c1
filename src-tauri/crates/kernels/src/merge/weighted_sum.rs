//! The processor's half of `merge/weighted_sum.wgsl`.

use std::ops::Range;

use super::{Coefficients, Row};
use crate::cpu::Rows;
use crate::source;

pub(super) static ROW: Row = Row { source: source::WEIGHTED_SUM, coefficients: Coefficients::OneEach, tile };

/// `sums[j] = c[0] * x[0, j]`, then `+= c[s] * x[s, j]` for s = 1, 2, …
fn tile(rows: &Rows, at: Range<usize>, c: &[f32], sums: &mut [f32]) {
    let mut coefficients = c.iter().enumerate();
    if let Some((row, &first)) = coefficients.next() {
        rows.scale(row, at.clone(), first, sums);
    }
    for (row, &c) in coefficients {
        rows.add_scaled(row, at.clone(), c, sums);
    }
}
