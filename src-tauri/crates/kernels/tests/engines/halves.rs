//! Every bit pattern of the 16-bit types, decoded and encoded as the `half` crate does.

use half::{bf16, f16};
use kernels::{Engine, Float, Kernel};

use crate::support::{Case, Stream, on_both};

/// Copies one row from one number type to another: 1 * x.
fn copy(engine: &mut dyn Engine, input: Float, output: Float, row: Vec<u32>) -> Vec<u32> {
    let case = Case { kernel: Kernel::WeightedSum, input, output, coefficients: vec![1.0], rows: vec![row] };
    case.run(engine).0
}

fn decoded(float: Float, bits: u16) -> f32 {
    if float == Float::F16 { f16::from_bits(bits).to_f32() } else { bf16::from_bits(bits).to_f32() }
}

fn encoded(float: Float, value: f32) -> u16 {
    if float == Float::F16 { f16::from_f32(value).to_bits() } else { bf16::from_f32(value).to_bits() }
}

/// Cards may flush subnormal `f32` to zero; the processor may not.
fn may_flush(engine: &dyn Engine, value: f32) -> bool {
    value.is_subnormal() && engine.card().id != "cpu"
}

const HALVES: [Float; 2] = [Float::F16, Float::BF16];

#[test]
fn every_pattern_decodes_as_half_does() {
    on_both(|engine| {
        for float in HALVES {
            let got = copy(engine, float, Float::F32, (0..=0xffff).collect());
            for (pattern, bits) in (0..=0xffffu16).zip(got) {
                let (found, wanted) = (f32::from_bits(bits), decoded(float, pattern));
                let is_same = if wanted.is_nan() { found.is_nan() } else { found.to_bits() == wanted.to_bits() };
                let is_flushed = found == 0.0 && may_flush(engine, wanted);
                assert!(is_same || is_flushed, "{float:?} {pattern:#06x}: {found} for {wanted}");
            }
        }
    });
}

#[test]
fn every_pattern_survives_decoding_and_encoding() {
    on_both(|engine| {
        for float in HALVES {
            let got = copy(engine, float, float, (0..=0xffff).collect());
            for (pattern, bits) in (0..=0xffffu16).zip(got) {
                let value = decoded(float, pattern);
                let is_same =
                    if value.is_nan() { decoded(float, bits as u16).is_nan() } else { bits as u16 == pattern };
                assert!(is_same || may_flush(engine, value), "{float:?} {pattern:#06x} became {bits:#06x}");
            }
        }
    });
}

/// Every number of the type, what lies half-way to the next, and the `f32` on both sides of each; then anything.
fn dense(float: Float) -> Vec<u32> {
    let mut values = Vec::new();
    for pattern in 0..=0xffffu16 {
        let at = decoded(float, pattern).to_bits();
        // The next pattern lies one step away, infinity included, so overflow has its tie too.
        let next = decoded(float, pattern.wrapping_add(1)).to_bits();
        let middle = (at >> 1) + (next >> 1) + (at & next & 1);
        values.extend([at, at.wrapping_add(1), middle.wrapping_sub(1), middle, middle.wrapping_add(1)]);
    }
    values.extend(
        [65_519.996f32, 65_520.0, -65_520.0, 3.4e38, f32::MAX, 2.980_232_2e-8, 2.980_232_6e-8].map(f32::to_bits),
    );
    let mut stream = Stream(77);
    values.extend((0..500_000).map(|_| stream.word() as u32));
    values
}

#[test]
fn numbers_encode_as_half_does_ties_and_overflow_included() {
    on_both(|engine| {
        for float in HALVES {
            let values = dense(float);
            let got = copy(engine, Float::F32, float, values.clone());
            for (bits, found) in values.into_iter().zip(got) {
                let (value, found) = (f32::from_bits(bits), found as u16);
                let wanted = encoded(float, value);
                let is_same = if value.is_nan() { decoded(float, found).is_nan() } else { found == wanted };
                assert!(is_same || may_flush(engine, value), "{value:e} as {float:?}: {found:#06x} for {wanted:#06x}");
            }
        }
    });
}

#[test]
fn every_nan_becomes_the_one_quiet_nan() {
    on_both(|engine| {
        for (float, quiet) in [(Float::F32, 0x7fc0_0000), (Float::F16, 0x7e00), (Float::BF16, 0x7fc0)] {
            let nans = vec![0x7fc0_0000, 0xffc0_0000, 0x7f80_0001, 0xffff_ffff];
            assert_eq!(copy(engine, Float::F32, float, nans), [quiet; 4], "{float:?}");
        }
    });
}
