//! How the changes of all experts lie to each other: one sweep over the body, nothing written.
//!
//! ```text
//! reader ──▶ engine (the calling thread)
//!    ▲          │
//!    └─ empty ◀─┘
//! ```

use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use checkpoint::Source;
use kernels::{CpuEngine, Engine, Float, Gram, Measure, row_bytes};
use protocol::statistics::Products;

use crate::Error;
use crate::align::{Action, Models, align};
use crate::plan::Budget;
use crate::relay::Relay;
use crate::rows::{common_type, first_not_finite, read_row};
use crate::run::{Advance, Control};

/// What a sweep found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Statistics {
    /// Every tensor of the body that is mixed, in the order in which it was read.
    pub tensors: Vec<Products>,
    /// Chunks that the processor took over from a lost graphics card.
    pub fallback_chunks: u64,
    /// Bytes of all buffers that were made.
    pub peak_bytes: u64,
    /// Bytes of elements that were read.
    pub reads: u64,
}

/// Reads the body of all models once and measures how the changes of the experts against the base lie to each other.
///
/// # Units
/// Memory is `in_flight × largest x` and one row for decoding; x is a chunk of all models, at least one block of
/// [`Measure::BLOCK`] elements. Where the engine does not take even that at once, the processor does it.
///
/// # Order
/// Sums are taken block by block, so they do not depend on the budget: the same models on the same engine give the
/// same bits. The order of the experts changes nothing but the order of the results.
///
/// # Errors
/// [`Error::NoBase`], [`Error::DoNotFit`] for models whose bodies do not pair up; [`Error::Cancelled`] within one chunk
/// after [`Control::proceed`] says so; [`Error::InputNotFinite`] at the first chunk that shows one; what sources and
/// engine say. A lost graphics card is none: the processor does the same chunk again and all that follow.
pub fn statistics(
    models: &Models,
    engine: Box<dyn Engine + '_>,
    budget: &Budget,
    control: &dyn Control,
) -> Result<Statistics, Error> {
    let sources = models.sources();
    if models.base.is_none() {
        return Err(Error::NoBase);
    }
    let steps = steps(models, &sources, budget)?;
    let reads = steps.iter().map(|step| bytes(&sources, step, step.elements)).sum();
    Sweep { sources, steps, reads, control }.run(engine, budget.in_flight.max(1))
}

/// One tensor of the body.
struct Step {
    name: String,
    elements: u64,
    /// Type of the rows.
    input: Float,
    /// Elements of one chunk, whole blocks; the last may be shorter.
    chunk: u64,
}

impl Step {
    fn spans(&self) -> impl Iterator<Item = Range<u64>> + use<> {
        let (elements, chunk) = (self.elements, self.chunk);
        (0..elements.div_ceil(chunk)).map(move |at| at * chunk..elements.min((at + 1) * chunk))
    }

    /// Bytes of the largest row.
    fn row_bytes(&self) -> usize {
        row_bytes(self.chunk.min(self.elements) as usize, self.input)
    }
}

/// What is measured, in the order in which it lies in the base.
fn steps(models: &Models, sources: &[&dyn Source], budget: &Budget) -> Result<Vec<Step>, Error> {
    let alignment = align(models);
    if !alignment.problems.is_empty() {
        return Err(Error::DoNotFit { problems: alignment.problems });
    }
    let mut body = alignment.body;
    body.retain(|tensor| tensor.action == Action::Merge);
    body.sort_by_key(|tensor| sources[0].find(&tensor.spec.name).map(|entry| (entry.file, entry.at)));
    let step = |name: String, elements| {
        let input = common_type(sources.iter().copied(), &name);
        let fit = budget.chunk_bytes / (sources.len() * input.bytes()) as u64;
        let block = Measure::BLOCK as u64;
        Step { name, elements, input, chunk: (fit / block).max(1) * block }
    };
    Ok(body.into_iter().map(|tensor| step(tensor.spec.name.clone(), tensor.spec.elements())).collect())
}

/// A chunk on its way.
struct Chunk {
    step: usize,
    elements: usize,
    x: Vec<u8>,
}

/// What both threads look at.
struct Sweep<'a> {
    sources: Vec<&'a dyn Source>,
    steps: Vec<Step>,
    /// Bytes of elements that will be read.
    reads: u64,
    control: &'a dyn Control,
}

impl Sweep<'_> {
    fn run(&self, engine: Box<dyn Engine + '_>, in_flight: usize) -> Result<Statistics, Error> {
        let largest = self.steps.iter().map(|step| self.sources.len() * step.row_bytes()).max().unwrap_or(0);
        let fits = largest as u64 <= engine.binding_bytes();
        let engine = if fits { engine } else { Box::new(CpuEngine::new()) };
        let (free_in, free_out) = channel();
        let (read_in, read_out) = sync_channel(in_flight);
        for _ in 0..in_flight {
            // The receiver lives in this function, so this cannot fail.
            let _ = free_in.send(Vec::with_capacity(largest));
        }
        thread::scope(|scope| {
            let reader = scope.spawn(|| self.read(free_out, read_in));
            let measured = self.measure(engine, read_out, free_in);
            let read = reader.join().map_err(|_| Error::Stopped("reading"))?;
            // Where measuring ended early, the reader's end is an effect of it.
            let found = measured?;
            read?;
            Ok(Statistics { peak_bytes: (in_flight * largest) as u64 + self.scratch_bytes(), ..found })
        })
    }

    fn read(&self, free: Receiver<Vec<u8>>, out: SyncSender<Chunk>) -> Result<(), Error> {
        let mut scratch = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            for span in step.spans() {
                if !self.control.proceed() {
                    return Err(Error::Cancelled);
                }
                let mut x = free.recv().map_err(|_| Error::Stopped("measuring"))?;
                let elements = (span.end - span.start) as usize;
                let row = row_bytes(elements, step.input);
                x.resize(self.sources.len() * row, 0);
                for (source, row) in self.sources.iter().zip(x.chunks_exact_mut(row)) {
                    read_row(*source, &step.name, step.input, span.clone(), row, &mut scratch)?;
                }
                out.send(Chunk { step: at, elements, x }).map_err(|_| Error::Stopped("measuring"))?;
            }
        }
        Ok(())
    }

    fn measure(
        &self,
        engine: Box<dyn Engine + '_>,
        chunks: Receiver<Chunk>,
        free: Sender<Vec<u8>>,
    ) -> Result<Statistics, Error> {
        let mut relay = Relay::new(engine, self.control);
        let experts = self.sources.len() - 1;
        let mut tensors: Vec<Products> = self.steps.iter().map(|step| nothing(step, experts)).collect();
        let mut done = 0;
        for chunk in chunks {
            let gram = self.gram(&mut relay, &chunk)?;
            gram.blocks.iter().for_each(|sums| add(&mut tensors[chunk.step], sums));
            done += bytes(&self.sources, &self.steps[chunk.step], chunk.elements as u64);
            self.tell(chunk.step, done);
            // The reader may have ended already: then nobody wants the buffer.
            let _ = free.send(chunk.x);
        }
        Ok(Statistics { tensors, fallback_chunks: relay.chunks, peak_bytes: 0, reads: done })
    }

    fn gram(&self, relay: &mut Relay, chunk: &Chunk) -> Result<Gram, Error> {
        let step = &self.steps[chunk.step];
        let work = Measure { sources: self.sources.len(), elements: chunk.elements, input: step.input };
        let gram = relay.work(|engine| engine.gram(&work, &chunk.x))?;
        if gram.not_finite.iter().any(|&count| count > 0) {
            return Err(self.blame(step, chunk));
        }
        // Changes so large that their squares leave the range of a card; the processor has a wider one.
        if gram.is_finite() { Ok(gram) } else { Ok(CpuEngine::new().gram(&work, &chunk.x)?) }
    }

    fn blame(&self, step: &Step, chunk: &Chunk) -> Error {
        let spoiled = first_not_finite(&chunk.x, step.input, chunk.elements).unwrap_or(0);
        Error::InputNotFinite { place: self.sources[spoiled].place().to_owned(), tensor: step.name.clone() }
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
        self.control.advanced(Advance { done, total: self.reads, part, part_at: at + 1, parts });
    }
}

/// Bytes that so many elements of a tensor take in all sources.
fn bytes(sources: &[&dyn Source], step: &Step, elements: u64) -> u64 {
    let width = |source: &&dyn Source| source.find(&step.name).map_or(0, |entry| entry.spec.dtype.bytes());
    elements * sources.iter().map(width).sum::<u64>()
}

fn nothing(step: &Step, experts: usize) -> Products {
    Products { name: step.name.clone(), elements: step.elements, base: 0.0, gram: vec![vec![0.0; experts]; experts] }
}

/// Adds the sums of one block, in the order of [`Gram::blocks`].
fn add(products: &mut Products, sums: &[f64]) {
    let experts = products.gram.len();
    let pairs = (0..experts).flat_map(|i| (i..experts).map(move |j| (i, j)));
    for ((i, j), sum) in pairs.zip(sums) {
        products.gram[i][j] += sum;
        products.gram[j][i] = products.gram[i][j];
    }
    products.base += sums.last().copied().unwrap_or(0.0);
}
