//! How the change is stored: as it is, in half precision, or as whole numbers with a scale for each row.

use std::ops::Range;

use half::f16;
use protocol::model::{Dtype, TensorSpec};
use protocol::recipe::ChangeType;

/// Largest whole number; -128 is not used, so that both signs reach as far.
const MOST: f32 = 127.0;

/// Number type of the stored change.
pub(super) fn stored(change: ChangeType) -> Dtype {
    match change {
        ChangeType::F32 => Dtype::F32,
        ChangeType::F16 => Dtype::F16,
        ChangeType::Int8 => Dtype::I8,
    }
}

/// Rows of a tensor, each with a scale of its own: its outermost dimension; one row for fewer than two dimensions.
pub(super) fn rows(shape: &[u64]) -> u64 {
    if shape.len() < 2 { 1 } else { shape[0] }
}

/// Elements of one row; at least 1.
pub(super) fn row_length(spec: &TensorSpec) -> u64 {
    (spec.elements() / rows(&spec.shape).max(1)).max(1)
}

/// The numbers in little-endian bytes.
pub(super) fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> + '_ {
    bytes.as_chunks::<4>().0.iter().map(|&four| f32::from_le_bytes(four))
}

/// The pieces of `span` that lie in one row each: row, and the elements of the piece counted from the span's start.
pub(super) fn pieces(span: Range<u64>, row: u64) -> impl Iterator<Item = (usize, Range<usize>)> {
    let start = span.start;
    let rows = if span.is_empty() { 0..0 } else { start / row..(span.end - 1) / row + 1 };
    rows.map(move |at| {
        let (from, to) = ((at * row).max(start), ((at + 1) * row).min(span.end));
        (at as usize, (from - start) as usize..(to - start) as usize)
    })
}

/// Raises the largest magnitude of every row to those in `change`, which holds the elements `span`.
pub(super) fn raise(maxima: &mut [f32], change: &[u8], span: Range<u64>, row: u64) {
    for (at, piece) in pieces(span, row) {
        let largest = floats(&change[4 * piece.start..4 * piece.end]).fold(0f32, |most, value| most.max(value.abs()));
        maxima[at] = maxima[at].max(largest);
    }
}

/// The scale of a row whose largest magnitude is `most`.
pub(super) fn scale(most: f32) -> f32 {
    most / MOST
}

/// The change as half floats, and how many did not fit.
pub(super) fn to_halves(change: &[u8]) -> (Vec<u8>, u64) {
    let mut too_large = 0;
    let encode = |value: f32| {
        let half = f16::from_f32(value);
        too_large += u64::from(!half.is_finite());
        half.to_le_bytes()
    };
    let bytes = floats(change).flat_map(encode).collect();
    (bytes, too_large)
}

/// The change as whole numbers under the scales of its rows: nearest, ties to even.
pub(super) fn to_whole(scales: &[f32], change: &[u8], span: Range<u64>, row: u64) -> Vec<u8> {
    let mut whole = vec![0; change.len() / 4];
    for (at, piece) in pieces(span, row) {
        let scale = scales[at];
        let values = floats(&change[4 * piece.start..4 * piece.end]);
        for (byte, value) in whole[piece].iter_mut().zip(values) {
            // A row of zeros, or one so small that its scale is zero, stays zero.
            let steps = if scale > 0.0 { (value / scale).round_ties_even().clamp(-MOST, MOST) } else { 0.0 };
            *byte = (steps as i8).to_le_bytes()[0];
        }
    }
    whole
}

/// Stored bytes of the elements `span` as numbers; `scales` are those of the rows that the span touches.
pub(super) fn decode(
    change: ChangeType,
    bytes: &[u8],
    scales: &[f32],
    span: Range<u64>,
    row: u64,
    into: &mut Vec<f32>,
) {
    into.clear();
    match change {
        ChangeType::F32 => into.extend(floats(bytes)),
        ChangeType::F16 => {
            into.extend(bytes.as_chunks::<2>().0.iter().map(|&two| f16::from_le_bytes(two).to_f32()));
        }
        ChangeType::Int8 => {
            let first = (span.start / row) as usize;
            for (at, piece) in pieces(span, row) {
                let scale = scales[at - first];
                into.extend(bytes[piece].iter().map(|&byte| f32::from(byte as i8) * scale));
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn bytes(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(20264), ..ProptestConfig::default() })]

        #[test]
        fn whole_numbers_are_within_half_a_step_however_they_come(values in proptest::collection::vec(-3f32..3.0, 1..60), row in 1u64..9, cut in 1usize..20) {
            let row = row.min(values.len() as u64);
            let all = 0..values.len() as u64;
            let mut maxima = vec![0f32; values.len().div_ceil(row as usize)];
            for start in (0..values.len()).step_by(cut) {
                let end = values.len().min(start + cut);
                raise(&mut maxima, &bytes(&values[start..end]), start as u64..end as u64, row);
            }
            let scales: Vec<f32> = maxima.iter().map(|&most| scale(most)).collect();
            let whole = to_whole(&scales, &bytes(&values), all.clone(), row);
            let (mut back, mut pieces) = (Vec::new(), Vec::new());
            decode(ChangeType::Int8, &whole, &scales, all, row, &mut back);
            for (at, (&value, &read)) in values.iter().zip(&back).enumerate() {
                let step = scales[at / row as usize];
                // Half a step, and the roundings of the division and of the product.
                prop_assert!((value - read).abs() <= step * (0.5 + 256.0 * f32::EPSILON), "{value} {read} {step}");
            }
            for start in (0..values.len()).step_by(cut) {
                let span = start as u64..values.len().min(start + cut) as u64;
                let first = (span.start / row) as usize;
                let mut piece = Vec::new();
                decode(ChangeType::Int8, &whole[start..span.end as usize], &scales[first..], span, row, &mut piece);
                pieces.extend(piece);
            }
            prop_assert_eq!(pieces, back);
        }
    }

    #[test]
    fn the_largest_of_a_row_is_127_steps_and_rows_of_zeros_stay_zero() {
        let values = bytes(&[2.0, -1.0, 0.0, 0.0, 0.5, -0.25]);
        let mut maxima = [0.0; 3];
        raise(&mut maxima, &values, 0..6, 2);
        assert_eq!(maxima, [2.0, 0.0, 0.5]);
        let scales = maxima.map(scale);
        // -63.5 and ties: to the even neighbour.
        assert_eq!(to_whole(&scales, &values, 0..6, 2).map_i8(), [127, -64, 0, 0, 127, -64]);
    }

    trait AsWhole {
        fn map_i8(&self) -> Vec<i8>;
    }

    impl AsWhole for Vec<u8> {
        fn map_i8(&self) -> Vec<i8> {
            self.iter().map(|&byte| byte as i8).collect()
        }
    }

    #[test]
    fn halves_that_do_not_fit_are_counted() {
        let (halves, too_large) = to_halves(&bytes(&[1.0, 65_504.0, 65_520.0, -1e6]));
        assert_eq!((halves.len(), too_large), (8, 2));
    }

    #[test]
    fn rows_are_the_outermost_dimension_of_matrices_only() {
        assert_eq!([&[][..], &[7], &[3, 4], &[3, 4, 5]].map(rows), [1, 1, 3, 3]);
    }
}
