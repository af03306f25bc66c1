//! Number types: bits to `f32` and back, and packed rows. Does no mixing.
//!
//! Loops are written so that the compiler turns them into vector instructions: no branches, one pass, fixed element size.

use bytemuck::Pod;
use protocol::model::Dtype;
use rayon::prelude::*;

use crate::Error;
use crate::cpu::BLOCK;

/// A number type that is mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the variants are the format's own names")]
pub enum Float {
    F32,
    F16,
    BF16,
}

impl Float {
    /// All of them, in the order of the shaders' constants.
    pub const ALL: [Float; 3] = [Float::F32, Float::F16, Float::BF16];

    /// Bytes of one element.
    pub const fn bytes(self) -> usize {
        match self {
            Float::F32 => 4,
            Float::F16 | Float::BF16 => 2,
        }
    }

    /// The constant of this type in `prelude/dtype.wgsl`.
    pub(crate) const fn code(self) -> u32 {
        match self {
            Float::F32 => 0,
            Float::F16 => 1,
            Float::BF16 => 2,
        }
    }
}

impl From<Float> for Dtype {
    fn from(float: Float) -> Self {
        match float {
            Float::F32 => Dtype::F32,
            Float::F16 => Dtype::F16,
            Float::BF16 => Dtype::BF16,
        }
    }
}

impl TryFrom<Dtype> for Float {
    type Error = Error;

    fn try_from(dtype: Dtype) -> Result<Self, Error> {
        Float::ALL.into_iter().find(|&float| Dtype::from(float) == dtype).ok_or(Error::NotMixed { dtype })
    }
}

/// Bytes of one packed row: an even count of elements, thus whole words of 32 bits.
pub const fn row_bytes(elements: usize, float: Float) -> usize {
    elements.next_multiple_of(2) * float.bytes()
}

/// Counts the NaN and infinite elements among the first `elements` of a packed row: says which input is to blame.
///
/// A row that is shorter is counted as far as it goes.
pub fn scan_not_finite(float: Float, row: &[u8], elements: usize) -> u64 {
    let wanted = elements.saturating_mul(float.bytes()).min(row.len());
    let block = BLOCK * float.bytes();
    row[..wanted].par_chunks(block).map(|part| scan_block(float, part)).sum()
}

fn scan_block(float: Float, part: &[u8]) -> u64 {
    let arch = pulp::Arch::new();
    match float {
        Float::F32 => arch.dispatch(Scan { part, codec: F32 }),
        Float::F16 => arch.dispatch(Scan { part, codec: F16 }),
        Float::BF16 => arch.dispatch(Scan { part, codec: BF16 }),
    }
}

struct Scan<'a, C> {
    part: &'a [u8],
    codec: C,
}

impl<C: Codec> pulp::WithSimd for Scan<'_, C> {
    type Output = u64;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) -> u64 {
        let packed: &[C::Packed] = bytemuck::cast_slice(self.part);
        let mut count = 0u32;
        for &bits in packed {
            count = count.wrapping_add(self.codec.is_not_finite(bits));
        }
        u64::from(count)
    }
}

/// How one number type is packed.
pub(crate) trait Codec: Copy + Send + Sync {
    /// The little-endian bytes of one element; an array, so that rows need no alignment.
    type Packed: Pod;

    /// Exact value; for types of 16 bits without any rounding.
    fn decode(self, packed: Self::Packed) -> f32;

    /// Nearest value, ties to even; beyond the largest becomes infinity; NaN becomes the quiet NaN without sign.
    fn encode(self, value: f32) -> Self::Packed;

    /// 1 if the exponent is all ones, else 0.
    fn is_not_finite(self, packed: Self::Packed) -> u32;
}

const MAGNITUDE: u32 = 0x7fff_ffff;
const INFINITY: u32 = 0x7f80_0000;
const QUIET_NAN: u32 = 0x7fc0_0000;

/// 32 bits, as they are.
#[derive(Clone, Copy)]
pub(crate) struct F32;

impl Codec for F32 {
    type Packed = [u8; 4];

    #[inline(always)]
    fn decode(self, packed: [u8; 4]) -> f32 {
        f32::from_le_bytes(packed)
    }

    #[inline(always)]
    fn encode(self, value: f32) -> [u8; 4] {
        let bits = value.to_bits();
        let kept = if bits & MAGNITUDE > INFINITY { QUIET_NAN } else { bits };
        kept.to_le_bytes()
    }

    #[inline(always)]
    fn is_not_finite(self, packed: [u8; 4]) -> u32 {
        u32::from(u32::from_le_bytes(packed) & INFINITY == INFINITY)
    }
}

/// The upper half of an `f32`.
#[derive(Clone, Copy)]
pub(crate) struct BF16;

impl Codec for BF16 {
    type Packed = [u8; 2];

    #[inline(always)]
    fn decode(self, packed: [u8; 2]) -> f32 {
        f32::from_bits(u32::from(u16::from_le_bytes(packed)) << 16)
    }

    #[inline(always)]
    fn encode(self, value: f32) -> [u8; 2] {
        let bits = value.to_bits();
        // Wraps for some NaNs only, which are replaced.
        let rounded = bits.wrapping_add(0x7fff).wrapping_add((bits >> 16) & 1) >> 16;
        let kept = if bits & MAGNITUDE > INFINITY { QUIET_NAN >> 16 } else { rounded };
        (kept as u16).to_le_bytes()
    }

    #[inline(always)]
    fn is_not_finite(self, packed: [u8; 2]) -> u32 {
        u32::from(u16::from_le_bytes(packed) & 0x7f80 == 0x7f80)
    }
}

/// IEEE half precision.
#[derive(Clone, Copy)]
pub(crate) struct F16;

/// Difference of the exponents' biases, at the place of the exponent of an `f32`.
const REBIAS: u32 = (127 - 15) << 23;
/// 2^-14, the smallest normal half.
const SMALLEST_NORMAL: u32 = (127 - 14) << 23;
/// 65,520: half-way from the largest half to the next that would follow.
const HALF_OVERFLOW: u32 = 0x477f_f000;
/// 0.5: an addition to it rounds to steps of 2^-24, the step of subnormal halves.
const SUBNORMAL_STEP: u32 = (127 - 1) << 23;

impl Codec for F16 {
    type Packed = [u8; 2];

    #[inline(always)]
    fn decode(self, packed: [u8; 2]) -> f32 {
        let bits = u32::from(u16::from_le_bytes(packed));
        let shifted = (bits & 0x7fff) << 13;
        let exponent = shifted & (0x7c00 << 13);
        let normal = shifted.wrapping_add(REBIAS);
        // Exact: both numbers have the exponent of 2^-14, so the difference is the mantissa times 2^-24.
        let small = f32::from_bits(shifted.wrapping_add(SMALLEST_NORMAL)) - f32::from_bits(SMALLEST_NORMAL);
        let finite = if exponent == 0 { small.to_bits() } else { normal };
        let magnitude = if exponent == 0x7c00 << 13 { normal.wrapping_add(REBIAS) } else { finite };
        f32::from_bits(magnitude | (bits & 0x8000) << 16)
    }

    #[inline(always)]
    fn encode(self, value: f32) -> [u8; 2] {
        let bits = value.to_bits();
        let magnitude = bits & MAGNITUDE;
        let odd = (magnitude >> 13) & 1;
        let normal = magnitude.wrapping_sub(REBIAS).wrapping_add(0xfff).wrapping_add(odd) >> 13;
        let small = (f32::from_bits(magnitude) + f32::from_bits(SUBNORMAL_STEP)).to_bits().wrapping_sub(SUBNORMAL_STEP);
        let finite = if magnitude < SMALLEST_NORMAL { small } else { normal };
        let signed = (if magnitude >= HALF_OVERFLOW { 0x7c00 } else { finite }) | (bits >> 16 & 0x8000);
        let kept = if magnitude > INFINITY { 0x7e00 } else { signed };
        (kept as u16).to_le_bytes()
    }

    #[inline(always)]
    fn is_not_finite(self, packed: [u8; 2]) -> u32 {
        u32::from(u16::from_le_bytes(packed) & 0x7c00 == 0x7c00)
    }
}
