//! What stands outside a run: whoever watches it, and a card that goes away.
#![allow(dead_code, reason = "each test program uses its own part of this module")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use kernels::{Apply, Counts, CpuEngine, Digit, Engine, Gram, Magnitudes, Masking, Measure, Tally};
use merge::{Advance, Control};
use protocol::failure::{FailureCode, Problem};

/// Lets everything pass and remembers what it was told.
#[derive(Default)]
pub struct Listener {
    pub asked: AtomicUsize,
    /// `proceed` says no from this question on.
    pub until: Option<usize>,
    pub done: Mutex<Vec<u64>>,
    pub warnings: Mutex<Vec<FailureCode>>,
}

impl Control for Listener {
    fn proceed(&self) -> bool {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        self.until.is_none_or(|until| asked < until)
    }

    fn advanced(&self, advance: Advance) {
        self.done.lock().expect("no panic while locked").push(advance.done);
    }

    fn warn(&self, problem: Problem) {
        self.warnings.lock().expect("no panic while locked").push(problem.code);
    }
}

/// An engine that is lost at its `lost_at`-th call.
pub struct Fragile {
    pub inner: CpuEngine,
    pub calls: usize,
    pub lost_at: usize,
}

impl Fragile {
    /// Counts a call; whether the engine is lost by now.
    fn is_lost(&mut self) -> bool {
        self.calls += 1;
        self.calls >= self.lost_at
    }
}

impl Engine for Fragile {
    fn card(&self) -> &kernels::EngineCard {
        self.inner.card()
    }

    fn binding_bytes(&self) -> u64 {
        self.inner.binding_bytes()
    }

    fn apply(&mut self, work: &Apply, x: &[u8], y: &mut [u8]) -> Result<Tally, kernels::Error> {
        if self.is_lost() {
            y.fill(0xff);
            return Err(kernels::Error::Lost { card: "Fragile".into() });
        }
        self.inner.apply(work, x, y)
    }

    fn gram(&mut self, work: &Measure, x: &[u8]) -> Result<Gram, kernels::Error> {
        if self.is_lost() {
            return Err(kernels::Error::Lost { card: "Fragile".into() });
        }
        self.inner.gram(work, x)
    }

    fn magnitudes(&mut self, work: &Measure, digit: Digit, x: &[u8]) -> Result<Magnitudes, kernels::Error> {
        if self.is_lost() {
            return Err(kernels::Error::Lost { card: "Fragile".into() });
        }
        self.inner.magnitudes(work, digit, x)
    }

    fn masks(&mut self, work: &Masking, x: &[u8], y: &mut [u8]) -> Result<Tally, kernels::Error> {
        if self.is_lost() {
            return Err(kernels::Error::Lost { card: "Fragile".into() });
        }
        self.inner.masks(work, x, y)
    }

    fn count_masks(&mut self, work: &Masking, columns: &[f32], x: &[u8]) -> Result<Counts, kernels::Error> {
        if self.is_lost() {
            return Err(kernels::Error::Lost { card: "Fragile".into() });
        }
        self.inner.count_masks(work, columns, x)
    }
}
