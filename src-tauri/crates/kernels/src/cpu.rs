//! The engine on the processor: all cores, the widest vector instructions it has, no fused multiply-add.
//!
//! Element by element, in `f32`, in the order of the shaders: neither the number of threads, nor the vector width,
//! nor the split into pieces changes a byte.

use std::ops::Range;

use protocol::engine::EngineKind;
use protocol::words::engines as words;
use rayon::prelude::*;

use crate::engine::expect_length;
use crate::float::{Codec, scan_not_finite};
use crate::mask::{keep_masks, tally_masks};
use crate::measure::{gram, magnitudes};
use crate::{Apply, Counts, Digit, Engine, EngineCard, Error, Float, Gram, Magnitudes, Masking, Measure, Tally};

/// Calls for one of the codecs; each gets loops of its own.
macro_rules! with_codec {
    ($float:expr, $codec:ident => $call:expr) => {
        match $float {
            $crate::Float::F32 => {
                let $codec = $crate::float::F32;
                $call
            }
            $crate::Float::F16 => {
                let $codec = $crate::float::F16;
                $call
            }
            $crate::Float::BF16 => {
                let $codec = $crate::float::BF16;
                $call
            }
        }
    };
}

pub(crate) use with_codec;

/// Elements of the pieces that threads share out, the block size that also reductions keep to.
pub(crate) const BLOCK: usize = 65_536;

/// Elements held as `f32` at a time: two arrays of these stay in the first-level cache.
pub(crate) const TILE: usize = 1_024;

/// A tile of sums. Aligned like a cache line: wide vectors that straddle two lines cost twice.
#[repr(align(64))]
pub(crate) struct Sums(pub(crate) [f32; TILE]);

impl Sums {
    /// All zero.
    pub(crate) const fn new() -> Self {
        Self([0.0; TILE])
    }
}

/// A loop without a name of its own, for vector instructions. Its closure is called by reference: one that is consumed goes
/// through a function that the compiler leaves out of line where it is long, and then without wide instructions.
pub(crate) struct Loop<F>(pub(crate) F);

impl<R, F: FnMut() -> R> pulp::WithSimd for Loop<F> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(mut self, _simd: S) -> R {
        (self.0)()
    }
}

/// Bytes of x at a time: enough for all cores, little enough to count in a memory budget.
const BINDING_BYTES: u64 = 32 << 20;

/// The engine that every computer has.
#[derive(Debug)]
pub struct CpuEngine {
    card: EngineCard,
}

impl CpuEngine {
    /// The engine; never fails.
    pub fn new() -> Self {
        Self::with_card(card())
    }

    pub(crate) fn with_card(card: EngineCard) -> Self {
        Self { card }
    }
}

impl Default for CpuEngine {
    fn default() -> Self {
        Self::new()
    }
}

/// The processor as it is listed.
pub(crate) fn card() -> EngineCard {
    EngineCard {
        id: "cpu".to_owned(),
        name: words::PROCESSOR.to_owned(),
        kind: EngineKind::Cpu,
        backend: "none".to_owned(),
        driver: words::processor_driver(vectors(), rayon::current_num_threads()),
        memory: None,
        max_binding: BINDING_BYTES,
        f16: false,
        subgroups: false,
        chosen: false,
        why: words::not_chosen(EngineKind::Cpu).to_owned(),
    }
}

/// The widest vector instructions that the loops use.
fn vectors() -> &'static str {
    let arch = format!("{:?}", pulp::Arch::new());
    // The library names its levels, not the instructions: https://en.wikipedia.org/wiki/X86-64#Microarchitecture_levels
    let known = [("V4", "AVX-512"), ("V3", "AVX2"), ("V2", "SSE4"), ("Neon", "NEON")];
    known.into_iter().find(|(level, _)| arch.starts_with(level)).map_or("SSE2", |(_, name)| name)
}

impl Engine for CpuEngine {
    fn card(&self) -> &EngineCard {
        &self.card
    }

    fn binding_bytes(&self) -> u64 {
        BINDING_BYTES
    }

    fn apply(&mut self, work: &Apply, x: &[u8], y: &mut [u8]) -> Result<Tally, Error> {
        work.check(x, y)?;
        let width = work.output.bytes();
        let (body, padding) = y.split_at_mut(work.elements * width);
        padding.fill(0);
        let rows = Rows::new(x, work.sources, work.input);
        let not_finite = if work.elements <= BLOCK {
            block(work, &rows, 0, body)
        } else {
            body.par_chunks_mut(BLOCK * width).enumerate().map(|(at, part)| block(work, &rows, at * BLOCK, part)).sum()
        };
        Ok(Tally { not_finite })
    }

    fn gram(&mut self, work: &Measure, x: &[u8]) -> Result<Gram, Error> {
        work.check(x)?;
        Ok(gram::on_processor(work, &Rows::new(x, work.sources, work.input)))
    }

    fn magnitudes(&mut self, work: &Measure, digit: Digit, x: &[u8]) -> Result<Magnitudes, Error> {
        digit.check(work)?;
        work.check(x)?;
        Ok(magnitudes::on_processor(work, digit, &Rows::new(x, work.sources, work.input)))
    }

    fn masks(&mut self, work: &Masking, x: &[u8], y: &mut [u8]) -> Result<Tally, Error> {
        work.check(x)?;
        expect_length("y", work.y_bytes(), y.len())?;
        let rows = Rows::new(x, work.sources, work.input);
        Ok(Tally { not_finite: keep_masks::on_processor(work, &rows, y) })
    }

    fn count_masks(&mut self, work: &Masking, columns: &[f32], x: &[u8]) -> Result<Counts, Error> {
        work.check(x)?;
        work.check_columns(columns)?;
        Ok(tally_masks::on_processor(work, columns, &Rows::new(x, work.sources, work.input)))
    }
}

/// Computes the elements of `y` from `start` on, tile by tile.
fn block(work: &Apply, rows: &Rows, start: usize, y: &mut [u8]) -> u64 {
    let width = work.output.bytes();
    let mut sums = Sums::new();
    let tile = work.kernel.tile();
    let mut not_finite = 0;
    for (at, part) in y.chunks_mut(TILE * width).enumerate() {
        let first = start + at * TILE;
        let sums = &mut sums.0[..part.len() / width];
        tile(rows, first..first + sums.len(), work.coefficients, sums);
        not_finite += encode(rows.arch, work.output, sums, part);
    }
    not_finite
}

/// The sources of one piece of work.
pub(crate) struct Rows<'a> {
    bytes: &'a [u8],
    row_bytes: usize,
    sources: usize,
    pub(crate) float: Float,
    pub(crate) arch: pulp::Arch,
}

impl<'a> Rows<'a> {
    /// The packed rows of `sources` models, which all of `bytes` is.
    pub(crate) fn new(bytes: &'a [u8], sources: usize, float: Float) -> Self {
        Self { bytes, row_bytes: bytes.len() / sources, float, arch: pulp::Arch::new(), sources }
    }
}

impl Rows<'_> {
    /// Rows of experts.
    pub(crate) fn experts(&self) -> usize {
        self.sources - 1
    }

    /// `changes[j] = decode(row[at + j]) - base[j]`.
    pub(crate) fn change(&self, row: usize, at: Range<usize>, base: &[f32], changes: &mut [f32]) {
        let x = self.part(row, at);
        with_codec!(self.float, codec => self.arch.dispatch(Change { codec, x, base, changes }));
    }

    /// How many elements of a row in a range are NaN or infinite.
    pub(crate) fn not_finite(&self, row: usize, at: Range<usize>) -> u64 {
        scan_not_finite(self.float, self.part(row, at.clone()), at.len())
    }

    /// `sums[j] = decode(row[at + j])`.
    pub(crate) fn load(&self, row: usize, at: Range<usize>, sums: &mut [f32]) {
        let x = self.part(row, at);
        with_codec!(self.float, codec => self.arch.dispatch(Load { codec, x, sums }));
    }

    /// `sums[j] = c * decode(row[at + j])`.
    pub(crate) fn scale(&self, row: usize, at: Range<usize>, c: f32, sums: &mut [f32]) {
        let x = self.part(row, at);
        with_codec!(self.float, codec => self.arch.dispatch(Scale { codec, x, c, sums }));
    }

    /// `sums[j] += c * decode(row[at + j])`, product and sum rounded on their own.
    pub(crate) fn add_scaled(&self, row: usize, at: Range<usize>, c: f32, sums: &mut [f32]) {
        let x = self.part(row, at);
        with_codec!(self.float, codec => self.arch.dispatch(AddScaled { codec, x, c, sums }));
    }

    /// `sums[j] += c * (decode(row[at + j]) - base[j])`, each step rounded on its own.
    pub(crate) fn add_change(&self, row: usize, at: Range<usize>, c: f32, base: &[f32], sums: &mut [f32]) {
        let x = self.part(row, at);
        with_codec!(self.float, codec => self.arch.dispatch(AddChange { codec, x, c, base, sums }));
    }

    /// `sums[j] += base[j]`, but a sum of ±0 becomes the base's own bits: 0 added to -0 would be 0.
    pub(crate) fn add_base(&self, base: &[f32], sums: &mut [f32]) {
        self.arch.dispatch(AddBase { base, sums });
    }

    /// The packed elements of a row in a range.
    pub(crate) fn part(&self, row: usize, at: Range<usize>) -> &[u8] {
        let width = self.float.bytes();
        let row = &self.bytes[row * self.row_bytes..][..self.row_bytes];
        &row[at.start * width..at.end * width]
    }
}

/// Packs `sums` into `y` and counts what is not finite there.
fn encode(arch: pulp::Arch, float: Float, sums: &[f32], y: &mut [u8]) -> u64 {
    with_codec!(float, codec => arch.dispatch(Encode { codec, sums, y }))
}

struct Load<'a, C> {
    codec: C,
    x: &'a [u8],
    sums: &'a mut [f32],
}

impl<C: Codec> pulp::WithSimd for Load<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) {
        for (sum, &x) in self.sums.iter_mut().zip(packed::<C>(self.x)) {
            *sum = self.codec.decode(x);
        }
    }
}

struct Change<'a, C> {
    codec: C,
    x: &'a [u8],
    base: &'a [f32],
    changes: &'a mut [f32],
}

impl<C: Codec> pulp::WithSimd for Change<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) {
        for ((change, &base), &x) in self.changes.iter_mut().zip(self.base).zip(packed::<C>(self.x)) {
            *change = self.codec.decode(x) - base;
        }
    }
}

struct Scale<'a, C> {
    codec: C,
    x: &'a [u8],
    c: f32,
    sums: &'a mut [f32],
}

impl<C: Codec> pulp::WithSimd for Scale<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) {
        for (sum, &x) in self.sums.iter_mut().zip(packed::<C>(self.x)) {
            *sum = self.c * self.codec.decode(x);
        }
    }
}

struct AddScaled<'a, C> {
    codec: C,
    x: &'a [u8],
    c: f32,
    sums: &'a mut [f32],
}

impl<C: Codec> pulp::WithSimd for AddScaled<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) {
        for (sum, &x) in self.sums.iter_mut().zip(packed::<C>(self.x)) {
            let product = self.c * self.codec.decode(x);
            *sum += product;
        }
    }
}

struct AddChange<'a, C> {
    codec: C,
    x: &'a [u8],
    c: f32,
    base: &'a [f32],
    sums: &'a mut [f32],
}

impl<C: Codec> pulp::WithSimd for AddChange<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) {
        for ((sum, &base), &x) in self.sums.iter_mut().zip(self.base).zip(packed::<C>(self.x)) {
            let difference = self.codec.decode(x) - base;
            let product = self.c * difference;
            *sum += product;
        }
    }
}

struct AddBase<'a> {
    base: &'a [f32],
    sums: &'a mut [f32],
}

impl pulp::WithSimd for AddBase<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) {
        for (sum, &base) in self.sums.iter_mut().zip(self.base) {
            *sum = if *sum == 0.0 { base } else { base + *sum };
        }
    }
}

struct Encode<'a, C> {
    codec: C,
    sums: &'a [f32],
    y: &'a mut [u8],
}

impl<C: Codec> pulp::WithSimd for Encode<'_, C> {
    type Output = u64;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) -> u64 {
        let mut count = 0u32;
        for (y, &sum) in bytemuck::cast_slice_mut::<u8, C::Packed>(self.y).iter_mut().zip(self.sums) {
            *y = self.codec.encode(sum);
            count = count.wrapping_add(self.codec.is_not_finite(*y));
        }
        u64::from(count)
    }
}

#[inline(always)]
fn packed<C: Codec>(x: &[u8]) -> &[C::Packed] {
    bytemuck::cast_slice(x)
}
