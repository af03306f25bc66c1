//! Small matrices of one attention head, padded with zeros so that inner loops have no remainder.
//!
//! Rows are padded to a multiple of 6 and columns to one of 16: blocks of 6 rows and one vector stay in registers.

use pulp::Simd;

/// Rows of a block.
const HIGH: usize = 6;
/// Columns are padded to a multiple of this, which the lanes of every machine's vectors divide.
const NARROW: usize = 16;

/// A matrix in memory that is used again and again.
#[derive(Default)]
pub struct Matrix {
    pub rows: usize,
    pub columns: usize,
    /// Numbers from one row to the next.
    pub stride: usize,
    values: Vec<f32>,
}

impl Matrix {
    /// Gives it a shape; all numbers become 0.
    pub fn reset(&mut self, rows: usize, columns: usize) {
        (self.rows, self.columns, self.stride) = (rows, columns, columns.next_multiple_of(NARROW));
        self.values.clear();
        self.values.resize(rows.next_multiple_of(HIGH) * self.stride, 0.0);
    }

    #[inline(always)]
    pub fn row(&self, at: usize) -> &[f32] {
        &self.values[at * self.stride..][..self.columns]
    }

    #[inline(always)]
    pub fn row_mut(&mut self, at: usize) -> &mut [f32] {
        &mut self.values[at * self.stride..][..self.columns]
    }

    /// Becomes the transposed of `other`.
    #[inline(always)]
    pub fn transpose_of(&mut self, other: &Self) {
        self.reset(other.columns, other.rows);
        for at in 0..other.rows {
            for (column, value) in other.row(at).iter().enumerate() {
                self.values[column * self.stride + at] = *value;
            }
        }
    }

    /// Becomes the product `a · b`.
    #[inline(always)]
    pub fn product_of<S: Simd>(&mut self, simd: S, a: &Self, b: &Self) {
        self.reset(a.rows, b.columns);
        let width = b.stride / S::F32_LANES;
        let (right, _) = S::as_simd_f32s(&b.values);
        let (out, _) = S::as_mut_simd_f32s(&mut self.values);
        for (left, out) in a.values.chunks_exact(HIGH * a.stride).zip(out.chunks_exact_mut(HIGH * width)) {
            for column in 0..width {
                let sums = block(simd, left, a.stride, a.columns, right, width, column);
                out.chunks_exact_mut(width).zip(sums).for_each(|(row, sum)| row[column] = sum);
            }
        }
    }
}

/// One vector of each of six rows of a product: rows `left` (each `stride` long, `count` used) with one column of vectors.
#[inline(always)]
fn block<S: Simd>(
    simd: S,
    left: &[f32],
    stride: usize,
    count: usize,
    right: &[S::f32s],
    width: usize,
    column: usize,
) -> [S::f32s; HIGH] {
    let row = |at: usize| &left[at * stride..][..count];
    let (r0, r1, r2, r3, r4, r5) = (row(0), row(1), row(2), row(3), row(4), row(5));
    let zero = simd.splat_f32s(0.0);
    let (mut s0, mut s1, mut s2, mut s3, mut s4, mut s5) = (zero, zero, zero, zero, zero, zero);
    for at in 0..count {
        // Written out six times: as an array the sums would live in memory.
        let b = right[at * width + column];
        s0 = simd.mul_add_e_f32s(simd.splat_f32s(r0[at]), b, s0);
        s1 = simd.mul_add_e_f32s(simd.splat_f32s(r1[at]), b, s1);
        s2 = simd.mul_add_e_f32s(simd.splat_f32s(r2[at]), b, s2);
        s3 = simd.mul_add_e_f32s(simd.splat_f32s(r3[at]), b, s3);
        s4 = simd.mul_add_e_f32s(simd.splat_f32s(r4[at]), b, s4);
        s5 = simd.mul_add_e_f32s(simd.splat_f32s(r5[at]), b, s5);
    }
    [s0, s1, s2, s3, s4, s5]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(rows: usize, columns: usize, seed: usize) -> Matrix {
        let mut matrix = Matrix::default();
        matrix.reset(rows, columns);
        for row in 0..rows {
            let values = matrix.row_mut(row).iter_mut().enumerate();
            values.for_each(|(at, value)| *value = ((row * 31 + at * 7 + seed) % 11) as f32 - 5.0);
        }
        matrix
    }

    struct Product<'a>(&'a mut Matrix, &'a Matrix, &'a Matrix);

    impl pulp::WithSimd for Product<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            self.0.product_of(simd, self.1, self.2);
        }
    }

    #[test]
    fn products_of_whole_numbers_are_exact() {
        for (rows, inner, columns) in [(1, 1, 1), (6, 8, 16), (7, 9, 17), (65, 24, 65), (13, 5, 40)] {
            let (a, b) = (filled(rows, inner, 1), filled(inner, columns, 2));
            let (mut product, mut plain) = (Matrix::default(), Matrix::default());
            pulp::Arch::new().dispatch(Product(&mut product, &a, &b));
            plain.product_of(pulp::Scalar, &a, &b);
            for row in 0..rows {
                for column in 0..columns {
                    let sum: f32 = (0..inner).map(|at| a.row(row)[at] * b.row(at)[column]).sum();
                    assert_eq!((product.row(row)[column], plain.row(row)[column]), (sum, sum), "{row} {column}");
                }
            }
        }
    }

    #[test]
    fn transposing_twice_changes_nothing() {
        let matrix = filled(7, 10, 3);
        let (mut once, mut twice) = (Matrix::default(), Matrix::default());
        once.transpose_of(&matrix);
        twice.transpose_of(&once);
        assert!((0..7).all(|row| matrix.row(row) == twice.row(row)));
        assert_eq!(once.row(3)[5], matrix.row(5)[3]);
    }
}
