//! The processor's half of `merge/elect_changes.wgsl`.

use std::ops::Range;

use super::{Coefficients, Row};
use crate::change::{Combining, Words};
use crate::cpu::Rows;
use crate::source;

pub(super) static ROW: Row = Row { source: source::ELECT_CHANGES, coefficients: Coefficients::Table, tile };

fn tile(rows: &Rows, at: Range<usize>, c: &[f32], sums: &mut [f32]) {
    let combining = Combining::new(rows, at, Words::new(c, rows.experts()));
    combining.scaled(sums);
    combining.finish(sums);
}
