//! One walk over the tensors that are mixed: nothing is written.
//!
//! ```text
//! reader ──▶ engine (the calling thread)
//!    ▲          │
//!    └─ empty ◀─┘
//! ```

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;

use checkpoint::{Source, file_order};
use kernels::{Float, Measure, row_bytes};

use crate::Error;
use crate::align::{Action, Models, align};
use crate::plan::Budget;
use crate::relay::Relay;
use crate::rows::{common_type, first_not_finite, read_row};
use crate::run::{Advance, Control};

/// One tensor of the body.
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) elements: u64,
    /// Type of the rows.
    pub(crate) input: Float,
    /// Elements of one chunk, whole blocks; the last may be shorter.
    pub(crate) chunk: u64,
}

impl Step {
    fn spans(&self) -> impl Iterator<Item = Range<u64>> + use<> {
        let (elements, chunk) = (self.elements, self.chunk);
        (0..elements.div_ceil(chunk)).map(move |at| at * chunk..elements.min((at + 1) * chunk))
    }

    /// Elements of the largest chunk.
    pub(crate) fn most(&self) -> usize {
        self.chunk.min(self.elements) as usize
    }

    /// Bytes of the largest row.
    fn row_bytes(&self) -> usize {
        row_bytes(self.most(), self.input)
    }
}

/// A chunk on its way.
pub(crate) struct Chunk {
    /// Index of its tensor among the steps.
    pub(crate) step: usize,
    /// How often the tensor was walked through before.
    pub(crate) pass: usize,
    /// Its elements.
    pub(crate) span: Range<u64>,
    /// The rows of all sources, the base first.
    pub(crate) x: Vec<u8>,
}

impl Chunk {
    pub(crate) fn elements(&self) -> usize {
        (self.span.end - self.span.start) as usize
    }
}

/// In which order tensors are walked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// As they lie in the base.
    Base,
    /// As they will lie in a new file of F32.
    File,
}

/// What is walked over.
pub(crate) struct Sweep<'a> {
    pub(crate) sources: Vec<&'a dyn Source>,
    pub(crate) steps: Vec<Step>,
    /// Bytes of elements that are read in one pass.
    pub(crate) reads: u64,
    /// How often every tensor is walked through before the next.
    passes: usize,
    /// Bytes of earlier runs, so that what is told grows over all runs of one sweep.
    before: AtomicU64,
    control: &'a dyn Control,
}

impl<'a> Sweep<'a> {
    /// Over the tensors of the body that are mixed.
    ///
    /// # Errors
    /// [`Error::NoBase`], [`Error::DoNotFit`].
    pub(crate) fn new(
        models: &Models<'a>,
        budget: &Budget,
        order: Order,
        control: &'a dyn Control,
    ) -> Result<Self, Error> {
        if models.base.is_none() {
            return Err(Error::NoBase);
        }
        let sources = models.sources();
        let steps = steps(models, &sources, budget, order)?;
        let reads = steps.iter().map(|step| bytes(&sources, step, step.elements)).sum();
        Ok(Self { sources, steps, reads, passes: 1, before: AtomicU64::new(0), control })
    }

    /// Walks through every tensor so often before it goes on to the next.
    pub(crate) fn with_passes(self, passes: usize) -> Self {
        Self { passes, ..self }
    }

    /// Bytes of all buffers of a run.
    pub(crate) fn memory(&self, in_flight: usize) -> u64 {
        (in_flight * self.largest()) as u64 + self.scratch_bytes()
    }

    fn largest(&self) -> usize {
        self.steps.iter().map(|step| self.sources.len() * step.row_bytes()).max().unwrap_or(0)
    }

    /// Whether an engine takes every chunk at once.
    pub(crate) fn fits(&self, binding_bytes: u64) -> bool {
        self.largest() as u64 <= binding_bytes
    }

    /// Hands over every chunk.
    ///
    /// # Errors
    /// What `each` says; [`Error::Cancelled`] within one chunk after [`Control::proceed`] says so; what sources say.
    pub(crate) fn run(
        &self,
        in_flight: usize,
        relay: &mut Relay,
        mut each: impl FnMut(&mut Relay, &Chunk) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let in_flight = in_flight.max(1);
        let largest = self.largest();
        let (free_in, free_out) = channel();
        let (read_in, read_out) = sync_channel(in_flight);
        for _ in 0..in_flight {
            // The receiver lives in this function, so this cannot fail.
            let _ = free_in.send(Vec::with_capacity(largest));
        }
        thread::scope(|scope| {
            let reader = scope.spawn(|| self.read(free_out, read_in));
            let mut done = self.before.load(Ordering::Relaxed);
            // Takes both ends of the queues with it, so that a reader that still waits hears of an early end.
            let measure = move || -> Result<(), Error> {
                for chunk in read_out {
                    each(relay, &chunk)?;
                    done += bytes(&self.sources, &self.steps[chunk.step], chunk.elements() as u64);
                    self.tell(chunk.step, done);
                    // The reader may have ended already: then nobody wants the buffer.
                    let _ = free_in.send(chunk.x);
                }
                Ok(())
            };
            let measured = measure();
            let read = reader.join().map_err(|_| Error::Stopped("reading"))?;
            // Where measuring ended early, the reader's end is an effect of it.
            measured?;
            read?;
            self.before.fetch_add(self.reads * self.passes as u64, Ordering::Relaxed);
            Ok(())
        })
    }

    fn read(&self, free: Receiver<Vec<u8>>, out: SyncSender<Chunk>) -> Result<(), Error> {
        let mut scratch = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            for (pass, span) in (0..self.passes).flat_map(|pass| step.spans().map(move |span| (pass, span))) {
                if !self.control.proceed() {
                    return Err(Error::Cancelled);
                }
                let mut x = free.recv().map_err(|_| Error::Stopped("measuring"))?;
                self.fill(step, span.clone(), &mut x, &mut scratch)?;
                out.send(Chunk { step: at, pass, span, x }).map_err(|_| Error::Stopped("measuring"))?;
            }
        }
        Ok(())
    }

    /// Reads the elements `span` of a tensor from all sources.
    pub(crate) fn fill(
        &self,
        step: &Step,
        span: Range<u64>,
        x: &mut Vec<u8>,
        scratch: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let row = row_bytes((span.end - span.start) as usize, step.input);
        x.resize(self.sources.len() * row, 0);
        for (source, row) in self.sources.iter().zip(x.chunks_exact_mut(row)) {
            read_row(*source, &step.name, step.input, span.clone(), row, scratch)?;
        }
        Ok(())
    }

    /// Which input of a chunk is not finite.
    pub(crate) fn blame(&self, chunk: &Chunk) -> Error {
        let step = &self.steps[chunk.step];
        let spoiled = first_not_finite(&chunk.x, step.input, chunk.elements()).unwrap_or(0);
        Error::InputNotFinite { place: self.sources[spoiled].place().to_owned(), tensor: step.name.clone() }
    }

    /// The rows of a chunk as something to measure.
    pub(crate) fn work(&self, chunk: &Chunk) -> Measure {
        let input = self.steps[chunk.step].input;
        Measure { sources: self.sources.len(), elements: chunk.elements(), input }
    }

    /// Bytes of the row in which a source of another type waits to be decoded.
    fn scratch_bytes(&self) -> u64 {
        let own = |step: &Step| {
            let entries = self.sources.iter().filter_map(|source| source.find(&step.name));
            let others = entries.map(|entry| entry.spec.dtype).filter(|&dtype| dtype != step.input.into());
            others.map(|dtype| dtype.bytes() * step.chunk.min(step.elements)).max().unwrap_or(0)
        };
        self.steps.iter().map(own).max().unwrap_or(0)
    }

    fn tell(&self, at: usize, done: u64) {
        let (part, parts) = (&self.steps[at].name, self.steps.len());
        let total = self.before.load(Ordering::Relaxed) + self.reads * self.passes as u64;
        self.control.advanced(Advance { done, total, part, part_at: at + 1, parts });
    }
}

/// What is walked over, in order.
fn steps(models: &Models, sources: &[&dyn Source], budget: &Budget, order: Order) -> Result<Vec<Step>, Error> {
    let alignment = align(models);
    if !alignment.problems.is_empty() {
        return Err(Error::DoNotFit { problems: alignment.problems });
    }
    let mut body = alignment.body;
    body.retain(|tensor| tensor.action == Action::Merge);
    match order {
        Order::Base => {
            body.sort_by_key(|tensor| sources[0].find(&tensor.spec.name).map(|entry| (entry.file, entry.at)));
        }
        Order::File => body.sort_by(|a, b| file_order(&a.spec, &b.spec)),
    }
    let step = |name: String, elements| {
        let input = common_type(sources.iter().copied(), &name);
        let fit = budget.chunk_bytes / (sources.len() * input.bytes()) as u64;
        let block = Measure::BLOCK as u64;
        Step { name, elements, input, chunk: (fit / block).max(1) * block }
    };
    Ok(body.into_iter().map(|tensor| step(tensor.spec.name.clone(), tensor.spec.elements())).collect())
}

/// Bytes that so many elements of a tensor take in all sources.
fn bytes(sources: &[&dyn Source], step: &Step, elements: u64) -> u64 {
    let width = |source: &&dyn Source| source.find(&step.name).map_or(0, |entry| entry.spec.dtype.bytes());
    elements * sources.iter().map(width).sum::<u64>()
}
