//! Functions of one number and their slopes, in a form that the compiler turns into vector instructions.
//!
//! No table, no branch: polynomials and one division. The error bounds stated here are tested on a dense grid.

use crate::net::Activation;

/// 1.5 · 2²³: adding it leaves the nearest whole number in the low bits.
const ROUND: f32 = 12_582_912.0;
/// ln 2 in two parts; a whole number below 2⁸ times the first is exact.
const LN2: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);
/// (e^r − 1 − r) / r² on |r| ≤ ln 2 / 2, lowest power first; our own minimax fit, relative error of e^r 3.1e-9.
const EXP: [f32; 5] = [0.499_999_94, 0.166_665_21, 0.041_668_404, 0.008_368_711, 0.001_381_360_7];
/// erf(x) = x · P(x²) / Q(x²) on |x| ≤ 3.95, lowest power first; our own minimax fit, relative error 7.6e-8.
const ERF_P: [f32; 7] = [
    std::f32::consts::FRAC_2_SQRT_PI,
    0.205_575_1,
    0.051_328_797,
    0.003_930_108_6,
    1.462_688_8e-4,
    -1.949_598_3e-6,
    1.935_192_1e-8,
];
const ERF_Q: [f32; 5] = [1.0, 0.515_517_65, 0.117_338_29, 0.014_832_218, 0.001_007_800_6];
/// Beyond this, erf is 1 in `f32`.
const ERF_END: f32 = 3.95;

/// Runs `work` compiled for the widest vector instructions of this machine.
///
/// Only what is inlined is compiled so: closures given here, and functions they call, carry `#[inline(always)]`. Without
/// it a fused multiply-add is a call of a slow library function.
#[inline(always)]
pub fn wide<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

#[inline(always)]
fn polynomial<const N: usize>(coefficients: &[f32; N], x: f32) -> f32 {
    let mut sum = 0.0;
    for &coefficient in coefficients.iter().rev() {
        sum = sum * x + coefficient;
    }
    sum
}

/// e^x for x from −87.3 to 88.3, the ends beyond: relative error below 2e-7.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.3, 88.3);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let rest = (x - whole * LN2.0) - whole * LN2.1;
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    power * (1.0 + (rest + rest * rest * polynomial(&EXP, rest)))
}

/// The error function: absolute error below 5e-7.
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    let x = x.clamp(-ERF_END, ERF_END);
    let square = x * x;
    (x * polynomial(&ERF_P, square) / polynomial(&ERF_Q, square)).clamp(-1.0, 1.0)
}

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// A function and its derivative.
pub trait Curve {
    fn value(x: f32) -> f32;
    fn slope(x: f32) -> f32;
}

/// x.
pub struct Straight;
/// x · Φ(x).
struct Gelu;
/// x · σ(1.702 x).
struct QuickGelu;
/// x · σ(2u) with u = √(2/π) (x + 0.044715 x³), since (1 + tanh u) / 2 = σ(2u).
struct TanhGelu;
/// 2σ(2x) − 1: absolute error below 2e-7.
struct Tanh;
/// max(x, 0).
struct Relu;

impl Curve for Straight {
    #[inline(always)]
    fn value(x: f32) -> f32 {
        x
    }
    #[inline(always)]
    fn slope(_: f32) -> f32 {
        1.0
    }
}

impl Gelu {
    #[inline(always)]
    fn share(x: f32) -> f32 {
        0.5 + 0.5 * erf(x * std::f32::consts::FRAC_1_SQRT_2)
    }
}

impl Curve for Gelu {
    #[inline(always)]
    fn value(x: f32) -> f32 {
        x * Self::share(x)
    }
    #[inline(always)]
    fn slope(x: f32) -> f32 {
        // 1 / √(2π)
        Self::share(x) + x * 0.398_942_3_f32 * exp(-0.5 * x * x)
    }
}

const QUICK: f32 = 1.702;

impl Curve for QuickGelu {
    #[inline(always)]
    fn value(x: f32) -> f32 {
        x * sigmoid(QUICK * x)
    }
    #[inline(always)]
    fn slope(x: f32) -> f32 {
        let share = sigmoid(QUICK * x);
        share + QUICK * x * share * (1.0 - share)
    }
}

/// 2 √(2/π).
const TWICE: f32 = 1.595_769_2;
const CUBIC: f32 = 0.044_715;

impl Curve for TanhGelu {
    #[inline(always)]
    fn value(x: f32) -> f32 {
        x * sigmoid(TWICE * x * (1.0 + CUBIC * x * x))
    }
    #[inline(always)]
    fn slope(x: f32) -> f32 {
        let square = x * x;
        let share = sigmoid(TWICE * x * (1.0 + CUBIC * square));
        share + x * share * (1.0 - share) * TWICE * (1.0 + 3.0 * CUBIC * square)
    }
}

impl Curve for Tanh {
    #[inline(always)]
    fn value(x: f32) -> f32 {
        2.0 * sigmoid(2.0 * x) - 1.0
    }
    #[inline(always)]
    fn slope(x: f32) -> f32 {
        let share = sigmoid(2.0 * x);
        4.0 * share * (1.0 - share)
    }
}

impl Curve for Relu {
    #[inline(always)]
    fn value(x: f32) -> f32 {
        // Not `max`, which would turn "not a number" into 0.
        if x < 0.0 { 0.0 } else { x }
    }
    #[inline(always)]
    fn slope(x: f32) -> f32 {
        if x > 0.0 { 1.0 } else { 0.0 }
    }
}

/// Work that is compiled once for each curve.
pub trait ForCurve {
    type Out;
    fn run<C: Curve>(self) -> Self::Out;
}

/// Runs `work` with the curve of this activation; none: the straight line.
pub fn with_curve<W: ForCurve>(activation: Option<Activation>, work: W) -> W::Out {
    match activation {
        None => work.run::<Straight>(),
        Some(Activation::Gelu) => work.run::<Gelu>(),
        Some(Activation::QuickGelu) => work.run::<QuickGelu>(),
        Some(Activation::TanhGelu) => work.run::<TanhGelu>(),
        Some(Activation::Tanh) => work.run::<Tanh>(),
        Some(Activation::Relu) => work.run::<Relu>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from `from` to `to`, 200,001 of them.
    fn grid(from: f64, to: f64) -> impl Iterator<Item = f32> {
        (0..=200_000).map(move |at| (from + (to - from) * f64::from(at) / 200_000.0) as f32)
    }

    /// erf by its Taylor series up to 3 and by its continued fraction beyond, to 1e-13.
    fn exact_erf(x: f64) -> f64 {
        let size = x.abs();
        let near = || {
            let mut term = size;
            let mut sum = size;
            for n in 1..200 {
                term *= -size * size / f64::from(n);
                sum += term / f64::from(2 * n + 1);
            }
            sum * 2.0 / std::f64::consts::PI.sqrt()
        };
        let far = || {
            let fraction = (1..120).rev().fold(size, |rest, n| size + f64::from(n) / 2.0 / rest);
            1.0 - (-size * size).exp() / std::f64::consts::PI.sqrt() / fraction
        };
        (if size < 3.0 { near() } else { far() }).copysign(x)
    }

    #[test]
    fn exp_is_exact_to_2e_7_relative() {
        let worst =
            |from, to| grid(from, to).map(|x| (f64::from(exp(x)) / f64::from(x).exp() - 1.0).abs()).fold(0.0, f64::max);
        assert!(worst(-87.3, 88.3) < 2e-7, "{}", worst(-87.3, 88.3));
        assert!(worst(-1.0, 1.0) < 2e-7, "{}", worst(-1.0, 1.0));
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn erf_is_exact_to_5e_7() {
        let worst = grid(-6.0, 6.0).map(|x| (f64::from(erf(x)) - exact_erf(f64::from(x))).abs()).fold(0.0, f64::max);
        assert!(worst < 5e-7, "{worst}");
        // The comparison itself can fail: the function of a slightly different number is further away.
        let shifted = grid(-6.0, 6.0).map(|x| (f64::from(erf(x * 1.00001)) - exact_erf(f64::from(x))).abs());
        assert!(shifted.fold(0.0, f64::max) > 1e-6);
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        assert!(exp(f32::NAN).is_nan() && erf(f32::NAN).is_nan() && Relu::value(f32::NAN).is_nan());
    }

    struct Slopes;

    impl ForCurve for Slopes {
        type Out = f64;
        /// Largest difference between slope and central difference, kinks left out.
        fn run<C: Curve>(self) -> f64 {
            let off = |x: f32| {
                let step = 0.01_f32;
                let (up, down) = (x + step, x - step);
                let rise = f64::from(C::value(up)) - f64::from(C::value(down));
                (rise / f64::from(up - down) - f64::from(C::slope(x))).abs()
            };
            grid(-6.0, 6.0).filter(|x| x.abs() > 0.02).map(off).fold(0.0, f64::max)
        }
    }

    #[test]
    fn slopes_are_those_of_the_values() {
        use Activation::{Gelu, QuickGelu, Relu, Tanh, TanhGelu};
        for curve in [None, Some(Gelu), Some(QuickGelu), Some(TanhGelu), Some(Tanh), Some(Relu)] {
            // Step²/6 times the third derivative (at most 4), and rounding 2 · 6 · 6e-8 / 0.02.
            let off = with_curve(curve, Slopes);
            assert!(off < 1.5e-4, "{curve:?} {off}");
        }
    }
}
