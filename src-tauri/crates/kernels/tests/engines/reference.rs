//! The kernels in plain `f64`, with the tolerances of the shaders' headers.

use kernels::{Float, Kernel};

use crate::support::{Case, value};

/// What an element should be.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    pub value: f64,
    /// Largest distance of the `f32` result before it is encoded.
    pub tolerance: f64,
    /// Outside what the header promises: anything goes.
    pub is_open: bool,
}

/// 2^-23: two rounding errors, so rounding towards zero is covered too.
pub const STEP: f64 = 1.0 / (1u64 << 23) as f64;
/// 2^-126, the smallest normal `f32`: what a flush to zero may cost.
pub const FLUSH: f64 = f32::MIN_POSITIVE as f64;
/// 2^128: from here on `f32` overflows.
const OVERFLOW: f64 = (1u128 << 127) as f64 * 2.0;

/// The element `at` of the result, by the headers' formulas.
pub fn expect(case: &Case, at: usize) -> Expected {
    let x: Vec<f64> = case.rows.iter().map(|row| value(case.input, row[at])).collect();
    let c: Vec<f64> = case.coefficients.iter().map(|&c| f64::from(c)).collect();
    match case.kernel {
        Kernel::WeightedSum => weighted_sum(&x, &c),
        Kernel::AddChanges => add_changes(&x, &c),
        other => panic!("the reference of {other:?} is in `voting`"),
    }
}

fn weighted_sum(x: &[f64], c: &[f64]) -> Expected {
    let sources = x.len() as f64;
    let terms: Vec<f64> = x.iter().zip(c).map(|(x, c)| c * x).collect();
    let size = size(&terms);
    let tolerance = sources * STEP * size + FLUSH * (2.0 * sources + self::size(c));
    let is_open = is_masked(x, c) || is_too_large(size);
    Expected { value: terms.iter().sum(), tolerance, is_open }
}

fn add_changes(x: &[f64], c: &[f64]) -> Expected {
    let (base, experts) = (x[0], &x[1..]);
    let sources = x.len() as f64;
    let terms: Vec<f64> = experts.iter().zip(c).map(|(x, c)| c * (x - base)).collect();
    let size = size(&terms);
    let flush = FLUSH * (2.0 * sources + 3.0 * self::size(c));
    let tolerance = (sources + 1.0) * STEP * size + STEP * base.abs() + flush;
    let overflows = experts.iter().any(|x| is_too_large(x.abs() + base.abs())) || is_too_large(base.abs() + size);
    let is_open = base.is_finite() && (is_masked(experts, c) || overflows);
    Expected { value: base + terms.iter().sum::<f64>(), tolerance, is_open }
}

fn size(terms: &[f64]) -> f64 {
    terms.iter().map(|term| term.abs()).sum()
}

/// Not finite, but behind a coefficient of zero.
fn is_masked(x: &[f64], c: &[f64]) -> bool {
    x.iter().zip(c).any(|(x, &c)| c == 0.0 && !x.is_finite())
}

fn is_too_large(size: f64) -> bool {
    size.is_finite() && size >= OVERFLOW
}

/// Whether a bit pattern of this type is what was expected.
pub fn agrees(expected: &Expected, float: Float, bits: u32) -> bool {
    let (got, wanted) = (value(float, bits), expected.value);
    if expected.is_open {
        return true;
    }
    if !wanted.is_finite() || got.is_nan() {
        return !wanted.is_finite() && !got.is_finite();
    }
    let (nearest, farthest) = (wanted.abs() - expected.tolerance, wanted.abs() + expected.tolerance);
    if got.is_infinite() {
        return farthest >= overflow(float) && got.signum() == wanted.signum();
    }
    nearest < overflow(float) && (got - wanted).abs() <= expected.tolerance + half_step(float, farthest)
}

/// Explicit bits of the mantissa and exponent of the smallest normal number.
fn precision(float: Float) -> (i32, i32) {
    match float {
        Float::F32 => (23, -126),
        Float::F16 => (10, -14),
        Float::BF16 => (7, -126),
    }
}

/// What rounds to infinity: half a step above the largest number.
fn overflow(float: Float) -> f64 {
    let (mantissa, smallest) = precision(float);
    let top = 1 - smallest;
    2f64.powi(top) * (2.0 - 2f64.powi(-mantissa - 1))
}

/// Half the distance of neighbours around a magnitude.
fn half_step(float: Float, magnitude: f64) -> f64 {
    let (mantissa, smallest) = precision(float);
    let exponent = (magnitude.to_bits() >> 52) as i32 - 1023;
    2f64.powi(exponent.max(smallest) - mantissa - 1)
}

#[test]
fn the_comparer_knows_steps_and_overflow() {
    let exact = |value| Expected { value, tolerance: 0.0, is_open: false };
    assert_eq!(overflow(Float::F16), 65_520.0);
    assert_eq!(half_step(Float::F16, 1.0), 2f64.powi(-11));
    assert_eq!(half_step(Float::F16, 1e-7), 2f64.powi(-25));
    assert!(agrees(&exact(65_519.0), Float::F16, 0x7bff));
    assert!(!agrees(&exact(65_519.0), Float::F16, 0x7c00));
    assert!(agrees(&exact(65_520.0), Float::F16, 0x7c00));
    assert!(!agrees(&exact(65_520.0), Float::F16, 0xfc00));
    assert!(!agrees(&exact(65_520.0), Float::F16, 0x7bff));
    assert!(agrees(&exact(f64::NAN), Float::F16, 0x7e00));
    assert!(!agrees(&exact(1.0), Float::F16, 0x7e00));
    assert!(!agrees(&exact(1.0), Float::F32, 1.0000002f32.to_bits()));
    assert!(!agrees(&exact(f64::INFINITY), Float::BF16, 0x3f80));
}
