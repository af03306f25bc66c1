//! Engines, packed rows, and reproducible numbers.

use std::sync::{Mutex, OnceLock};

use half::{bf16, f16};
use kernels::{Apply, CpuEngine, Engine, Error, Float, GpuEngine, Kernel, Tally, row_bytes};

const INSTALL: &str = "no software graphics adapter: install the package mesa-vulkan-drivers (Debian, Ubuntu, Fedora) \
                       or vulkan-swrast (Arch), or leave the graphics side out with TINCTURE_ENGINE=cpu";

/// The card that the tests run on; `None` only if TINCTURE_ENGINE=cpu says so.
pub fn open_card() -> Option<GpuEngine> {
    let wish = std::env::var("TINCTURE_ENGINE").ok().filter(|wish| !wish.is_empty() && wish != "auto");
    let wish = wish.unwrap_or_else(|| "software".to_owned());
    if wish == "cpu" {
        return None;
    }
    match GpuEngine::open(&wish) {
        Ok(engine) => Some(engine),
        Err(Error::NoSuchEngine { .. }) if wish == "software" => panic!("{INSTALL}"),
        Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
    }
}

/// Runs a check on the processor and on one card that all tests share.
pub fn on_both(mut check: impl FnMut(&mut dyn Engine)) {
    check(&mut CpuEngine::new());
    on_card(|card| check(card));
}

/// Runs a check on the card that all tests share.
pub fn on_card(check: impl FnOnce(&mut dyn Engine)) {
    static CARD: OnceLock<Option<Mutex<GpuEngine>>> = OnceLock::new();
    if let Some(card) = CARD.get_or_init(|| open_card().map(Mutex::new)) {
        // A failed test in another thread says nothing about the card.
        check(&mut *card.lock().unwrap_or_else(|poisoned| poisoned.into_inner()));
    }
}

/// One piece of work with its sources.
#[derive(Debug, Clone)]
pub struct Case {
    pub kernel: Kernel,
    pub input: Float,
    pub output: Float,
    pub coefficients: Vec<f32>,
    /// S rows of bit patterns, one for each element.
    pub rows: Vec<Vec<u32>>,
}

impl Case {
    pub fn elements(&self) -> usize {
        self.rows[0].len()
    }

    /// The same work on some of the elements.
    pub fn part(&self, at: std::ops::Range<usize>) -> Case {
        Case { rows: self.rows.iter().map(|row| row[at.clone()].to_vec()).collect(), ..self.clone() }
    }

    pub fn run(&self, engine: &mut dyn Engine) -> (Vec<u32>, Tally) {
        let x: Vec<u8> = self.rows.iter().flat_map(|row| pack(self.input, row)).collect();
        // Filled, so that what is not written shows.
        let mut y = vec![0xa5; row_bytes(self.elements(), self.output)];
        let tally = engine.apply(&self.work(), &x, &mut y).unwrap();
        let padding = &y[self.elements() * self.output.bytes()..];
        assert!(padding.iter().all(|&byte| byte == 0), "padding of y is not zero");
        (unpack(self.output, &y, self.elements()), tally)
    }

    pub fn work(&self) -> Apply<'_> {
        Apply {
            kernel: self.kernel,
            sources: self.rows.len(),
            elements: self.elements(),
            input: self.input,
            output: self.output,
            coefficients: &self.coefficients,
        }
    }
}

/// The kernels with plain coefficients.
pub const PLAIN: [Kernel; 2] = [Kernel::WeightedSum, Kernel::AddChanges];

/// The kernels with plain coefficients, with all pairs of number types.
pub fn variants() -> impl Iterator<Item = (Kernel, Float, Float)> {
    let pairs = Float::ALL.into_iter().flat_map(|input| Float::ALL.map(|output| (input, output)));
    pairs.flat_map(|(input, output)| PLAIN.map(|kernel| (kernel, input, output)))
}

pub fn pack(float: Float, row: &[u32]) -> Vec<u8> {
    let mut bytes: Vec<u8> = row.iter().flat_map(|bits| bits.to_le_bytes()[..float.bytes()].to_vec()).collect();
    bytes.resize(row_bytes(row.len(), float), 0);
    bytes
}

pub fn unpack(float: Float, row: &[u8], elements: usize) -> Vec<u32> {
    let word = |part: &[u8]| part.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte));
    row.chunks(float.bytes()).map(word).take(elements).collect()
}

/// The value of a bit pattern, by the `half` crate.
pub fn value(float: Float, bits: u32) -> f64 {
    match float {
        Float::F32 => f64::from(f32::from_bits(bits)),
        Float::F16 => f16::from_bits(bits as u16).to_f64(),
        Float::BF16 => bf16::from_bits(bits as u16).to_f64(),
    }
}

/// The bit pattern of a number, by the `half` crate.
pub fn bits(float: Float, value: f32) -> u32 {
    match float {
        Float::F32 => value.to_bits(),
        Float::F16 => u32::from(f16::from_f32(value).to_bits()),
        Float::BF16 => u32::from(bf16::from_f32(value).to_bits()),
    }
}

/// First element whose bits differ, with both.
pub fn difference(got: &[u32], wanted: &[u32]) -> Option<(usize, u32, u32)> {
    assert_eq!(got.len(), wanted.len());
    got.iter()
        .zip(wanted)
        .enumerate()
        .find(|(_, (got, wanted))| got != wanted)
        .map(|(at, (&got, &wanted))| (at, got, wanted))
}

/// A reproducible stream of numbers (SplitMix64).
pub struct Stream(pub u64);

impl Stream {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Like weights: either sign, magnitudes from 2^-10 to 4, never 0.
    pub fn weight(&mut self) -> f32 {
        let word = self.word();
        let magnitude = (1.0 + (word >> 41) as f32 / (1u64 << 23) as f32) * 2.0f32.powi((word % 12) as i32 - 10);
        if word & 0x1000 == 0 { magnitude } else { -magnitude }
    }

    pub fn rows(&mut self, float: Float, sources: usize, elements: usize) -> Vec<Vec<u32>> {
        (0..sources).map(|_| (0..elements).map(|_| bits(float, self.weight())).collect()).collect()
    }
}
