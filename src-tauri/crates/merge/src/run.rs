//! One loop, three threads, bounded queues, no way back.
//!
//! ```text
//! reader ──▶ mixer ──▶ writer (the calling thread)
//!    ▲                   │
//!    └── empty buffers ◀─┘
//! ```
//!
//! The buffers are made once and go round, so the memory of a run is what the plan said.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use checkpoint::{Entry, Sink, Source};
use kernels::{Apply, Engine, Rule, Table, row_bytes};
use protocol::failure::Problem;

use crate::Error;
use crate::align::Models;
use crate::method::Formula;
use crate::plan::{Mix, Plan, Step, Work};
use crate::prepare::Prepared;
use crate::relay::Relay;
use crate::rows::{first_not_finite, read_row};

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advance<'a> {
    /// Bytes done so far; never decreases.
    pub done: u64,
    /// Bytes of everything.
    pub total: u64,
    /// Name of the tensor at work.
    pub part: &'a str,
    /// Its place among the steps, from 1.
    pub part_at: usize,
    /// All steps.
    pub parts: usize,
}

/// What the outside may say to a run, and hear from it.
pub trait Control: Sync {
    /// Asked between chunks: `false` ends the run; blocks while the run is paused.
    fn proceed(&self) -> bool;
    /// Called after each chunk.
    fn advanced(&self, _advance: Advance) {}
    /// Something worth telling; the run goes on.
    fn warn(&self, _problem: Problem) {}
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Chunks that the processor took over from a lost graphics card.
    pub fallback_chunks: u64,
    /// Bytes of all buffers that were made.
    pub peak_bytes: u64,
    /// CRC-32 of the elements of every step, in the order of the plan's steps.
    pub checksums: Vec<u32>,
    /// Chunks mixed or copied.
    pub chunks: u64,
}

/// Two buffers that go round: sources and result of one chunk.
struct Buffers {
    x: Vec<u8>,
    y: Vec<u8>,
}

impl Buffers {
    /// Large enough for every chunk of the plan, so that they never grow.
    fn of(plan: &Plan) -> Self {
        let largest = |bytes: fn(&Step) -> usize| plan.steps.iter().map(bytes).max().unwrap_or(0);
        Self { x: Vec::with_capacity(largest(Step::x_bytes)), y: Vec::with_capacity(largest(Step::y_bytes)) }
    }
}

/// A chunk on its way.
struct Chunk {
    step: usize,
    start: u64,
    length: u64,
    last: bool,
    buffers: Buffers,
}

/// Reads, mixes and writes everything the plan says, and finishes the sink. `prepared` is what [`crate::prepare`] found
/// for the same recipe and models.
///
/// # Order
/// Tensors reach the sink in the order of the plan, their bytes in order. The same plan on the same engine gives the
/// same bytes.
///
/// # Errors
/// [`Error::Cancelled`] within one chunk after [`Control::proceed`] says so; [`Error::InputNotFinite`] and
/// [`Error::OutputNotFinite`] at the first chunk that shows one; what source, engine and sink say.
/// A lost graphics card is none: the processor does the same chunk again and all that follow.
pub fn run(
    plan: &Plan,
    prepared: &Prepared,
    models: &Models,
    engine: Box<dyn Engine + '_>,
    sink: &mut dyn Sink,
    control: &dyn Control,
) -> Result<Outcome, Error> {
    let sources = models.sources();
    let stop = AtomicBool::new(false);
    let (free_in, free_out) = channel();
    let (read_in, read_out) = sync_channel(2);
    let (mixed_in, mixed_out) = sync_channel(2);
    for _ in 0..plan.in_flight {
        // The receiver lives in this function, so this cannot fail.
        let _ = free_in.send(Buffers::of(plan));
    }
    let job = Job { plan, prepared, sources: &sources, control, stop: &stop };
    thread::scope(|scope| {
        let reader = scope.spawn(|| job.stopping(job.read(free_out, read_in)));
        let mixer = scope.spawn(|| job.stopping(job.mix(engine, read_out, mixed_in)));
        let written = job.stopping(job.write(sink, mixed_out, free_in));
        let read = reader.join().map_err(|_| Error::Stopped("reading"))?;
        let mixed = mixer.join().map_err(|_| Error::Stopped("mixing"))?;
        first_cause(read, mixed, written)
    })
}

/// The result, or the error that came first: an ended neighbour is an effect, not a cause.
fn first_cause(
    read: Result<(), Error>,
    mixed: Result<u64, Error>,
    written: Result<Outcome, Error>,
) -> Result<Outcome, Error> {
    let is_effect = |error: &Error| matches!(error, Error::Stopped(_));
    let mut errors = Vec::new();
    let fallback_chunks = mixed.map_err(|error| errors.push(error)).unwrap_or(0);
    let outcome = written.map_err(|error| errors.push(error)).unwrap_or_default();
    if let Err(error) = read {
        errors.push(error);
    }
    errors.sort_by_key(is_effect);
    match errors.into_iter().next() {
        Some(error) => Err(error),
        None => Ok(Outcome { fallback_chunks, ..outcome }),
    }
}

/// What all three threads look at.
struct Job<'a> {
    plan: &'a Plan,
    prepared: &'a Prepared,
    sources: &'a [&'a dyn Source],
    control: &'a dyn Control,
    stop: &'a AtomicBool,
}

impl Job<'_> {
    /// Tells the other threads when this one ends early.
    fn stopping<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if result.is_err() {
            self.stop.store(true, Ordering::Relaxed);
        }
        result
    }

    fn read(&self, free: Receiver<Buffers>, out: SyncSender<Chunk>) -> Result<(), Error> {
        let mut scratch = Vec::new();
        for (at, step) in self.plan.steps.iter().enumerate() {
            let end = step.chunks().last().map_or(0, |(start, length)| start + length);
            for (start, length) in step.chunks() {
                if !self.control.proceed() {
                    return Err(Error::Cancelled);
                }
                let mut buffers = free.recv().map_err(|_| Error::Stopped("writing"))?;
                self.fill(step, start, length, &mut buffers, &mut scratch)?;
                let last = start + length == end;
                out.send(Chunk { step: at, start, length, last, buffers }).map_err(|_| Error::Stopped("mixing"))?;
            }
        }
        Ok(())
    }

    fn fill(
        &self,
        step: &Step,
        start: u64,
        length: u64,
        buffers: &mut Buffers,
        scratch: &mut Vec<u8>,
    ) -> Result<(), Error> {
        match &step.work {
            Work::Copy { source, .. } => {
                buffers.y.resize(length as usize, 0);
                Ok(self.sources[*source].read(self.entry(*source, step)?, start, &mut buffers.y)?)
            }
            Work::Mix(mix) => {
                let row = row_bytes(length as usize, mix.input);
                buffers.x.resize(mix.sources.len() * row, 0);
                buffers.y.resize(row_bytes(length as usize, mix.output), 0);
                let mut rows = buffers.x.chunks_exact_mut(row).zip(&mix.sources);
                rows.try_for_each(|(row, &source)| {
                    let span = start..start + length;
                    read_row(self.sources[source], &step.spec.name, mix.input, span, row, scratch)
                })
            }
        }
    }

    fn entry(&self, source: usize, step: &Step) -> Result<&Entry, Error> {
        // The plan was made from the same sources, so only a mistake of ours can end here.
        self.sources[source].find(&step.spec.name).ok_or(Error::Stopped("reading"))
    }

    /// Gives back how many chunks the processor took over.
    fn mix(&self, engine: Box<dyn Engine + '_>, chunks: Receiver<Chunk>, out: SyncSender<Chunk>) -> Result<u64, Error> {
        let mut relay = Relay::new(engine, self.control);
        for mut chunk in chunks {
            let step = &self.plan.steps[chunk.step];
            if let Work::Mix(mix) = &step.work {
                let coefficients = self.coefficients(step, mix, chunk.start);
                let apply = apply(mix, chunk.length, &coefficients);
                let Buffers { x, y } = &mut chunk.buffers;
                let tally = relay.work(|engine| engine.apply(&apply, x, y))?;
                if tally.not_finite > 0 {
                    return Err(self.blame(step, mix, chunk.length as usize, &chunk.buffers.x));
                }
            }
            out.send(chunk).map_err(|_| Error::Stopped("writing"))?;
        }
        Ok(relay.chunks)
    }

    /// What the kernel needs to know for the elements from `start` on.
    fn coefficients<'m>(&self, step: &Step, mix: &'m Mix, start: u64) -> Cow<'m, [f32]> {
        let spec = match &mix.formula {
            Formula::Coefficients(coefficients) => return Cow::Borrowed(coefficients),
            Formula::Table(spec) => spec,
        };
        let rescaled = spec.rule == Rule::Elect && !self.prepared.rescalers.is_empty();
        let cuts = self.prepared.cuts(spec.strengths.len(), &step.spec.name, start);
        let table = Table {
            rule: spec.rule,
            is_mean: spec.is_mean,
            number: spec.number,
            strengths: if rescaled { &self.prepared.rescalers } else { &spec.strengths },
            selectivity: &spec.selectivity,
            cuts: &cuts,
        };
        Cow::Owned(table.words())
    }

    /// Whose fault it is that a result is not finite: the first input that is not, else the strengths.
    fn blame(&self, step: &Step, mix: &Mix, length: usize, x: &[u8]) -> Error {
        let tensor = step.spec.name.clone();
        match first_not_finite(x, mix.input, length) {
            Some(at) => {
                let place = self.sources[mix.sources[at]].place_of(&tensor).to_owned();
                Error::InputNotFinite { place, tensor }
            }
            None => Error::OutputNotFinite { tensor, dtype: step.spec.dtype },
        }
    }

    fn write(&self, sink: &mut dyn Sink, chunks: Receiver<Chunk>, free: Sender<Buffers>) -> Result<Outcome, Error> {
        let mut outcome = Outcome::default();
        let mut checksum = crc32fast::Hasher::new();
        let mut written = 0;
        let mut next = 0;
        for chunk in chunks {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Error::Stopped("writing"));
            }
            // Tensors without elements have no chunk, but the sink and the list of checksums know them.
            self.write_empty(sink, &mut outcome, next..chunk.step)?;
            next = chunk.step;
            let step = &self.plan.steps[chunk.step];
            let bytes = &chunk.buffers.y[..written_bytes(step, chunk.length)];
            checksum.update(bytes);
            for &target in &step.targets {
                sink.write(target, &step.spec.name, bytes)?;
            }
            written += (bytes.len() * step.targets.len()) as u64;
            outcome.chunks += 1;
            if chunk.last {
                outcome.checksums.push(std::mem::take(&mut checksum).finalize());
                next += 1;
            }
            self.tell(chunk.step, written);
            outcome.peak_bytes = outcome.peak_bytes.max(self.buffer_bytes(&chunk.buffers));
            // The reader may have ended already: then nobody wants the buffers.
            let _ = free.send(chunk.buffers);
        }
        // The queue also ends when another thread gave up: then tensors with elements are still due.
        if self.plan.steps[next..].iter().any(|step| step.chunks().next().is_some()) {
            return Err(Error::Stopped("reading"));
        }
        self.write_empty(sink, &mut outcome, next..self.plan.steps.len())?;
        sink.finish()?;
        Ok(outcome)
    }

    fn write_empty(
        &self,
        sink: &mut dyn Sink,
        outcome: &mut Outcome,
        steps: std::ops::Range<usize>,
    ) -> Result<(), Error> {
        for step in &self.plan.steps[steps] {
            for &target in &step.targets {
                sink.write(target, &step.spec.name, &[])?;
            }
            outcome.checksums.push(crc32fast::Hasher::new().finalize());
        }
        Ok(())
    }

    fn tell(&self, at: usize, done: u64) {
        let part = &self.plan.steps[at].spec.name;
        self.control.advanced(Advance {
            done,
            total: self.plan.writes,
            part,
            part_at: at + 1,
            parts: self.plan.steps.len(),
        });
    }

    /// Bytes of all buffers: the pairs are alike, and one row for decoding comes on top where types differ.
    fn buffer_bytes(&self, buffers: &Buffers) -> u64 {
        (self.plan.in_flight * (buffers.x.capacity() + buffers.y.capacity())) as u64
    }
}

fn apply<'a>(mix: &Mix, length: u64, coefficients: &'a [f32]) -> Apply<'a> {
    Apply {
        kernel: mix.kernel,
        sources: mix.sources.len(),
        elements: length as usize,
        input: mix.input,
        output: mix.output,
        coefficients,
    }
}

/// Bytes of a chunk that belong into the file: all of a copy, the elements without padding of a mix.
fn written_bytes(step: &Step, length: u64) -> usize {
    match &step.work {
        Work::Copy { .. } => length as usize,
        Work::Mix(mix) => length as usize * mix.output.bytes(),
    }
}
