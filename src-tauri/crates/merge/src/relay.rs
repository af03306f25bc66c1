//! An engine that hands over to the processor when its card is lost.

use kernels::{CpuEngine, Engine};
use protocol::words::problems;

use crate::run::Control;
use crate::sweep::Sweep;

/// The engine of a run.
pub(crate) struct Relay<'a> {
    engine: Box<dyn Engine + 'a>,
    control: &'a dyn Control,
    handed_over: bool,
    /// Chunks that the processor took over.
    pub(crate) chunks: u64,
}

impl<'a> Relay<'a> {
    /// `control` hears of a loss.
    pub(crate) fn new(engine: Box<dyn Engine + 'a>, control: &'a dyn Control) -> Self {
        Self { engine, control, handed_over: false, chunks: 0 }
    }

    /// The engine of a sweep: the processor where `engine` does not take a whole chunk at once.
    pub(crate) fn fitting(engine: Box<dyn Engine + 'a>, sweep: &Sweep, control: &'a dyn Control) -> Self {
        let fits = sweep.fits(engine.binding_bytes());
        Self::new(if fits { engine } else { Box::new(CpuEngine::new()) }, control)
    }

    /// Does one chunk. A lost card is told once; the processor does the same chunk again and all that follow.
    pub(crate) fn work<T>(
        &mut self,
        mut chunk: impl FnMut(&mut dyn Engine) -> Result<T, kernels::Error>,
    ) -> Result<T, kernels::Error> {
        let done = match chunk(self.engine.as_mut()) {
            Err(kernels::Error::Lost { card }) if !self.handed_over => {
                self.control.warn(problems::gpu_lost(&card));
                self.handed_over = true;
                self.engine = Box::new(CpuEngine::new());
                chunk(self.engine.as_mut())
            }
            other => other,
        }?;
        self.chunks += u64::from(self.handed_over);
        Ok(done)
    }
}
