//! How the changes of all experts lie to each other: one sweep over the body, nothing written.

use kernels::{CpuEngine, Engine, Gram};
use protocol::statistics::Products;

use crate::Error;
use crate::align::Models;
use crate::plan::Budget;
use crate::relay::Relay;
use crate::run::Control;
use crate::sweep::{Chunk, Order, Step, Sweep};

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
/// [`kernels::Measure::BLOCK`] elements. Where the engine does not take even that at once, the processor does it.
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
    let sweep = Sweep::new(models, budget, Order::Base, control)?;
    let mut relay = Relay::fitting(engine, &sweep, control);
    let experts = sweep.sources.len() - 1;
    let mut tensors: Vec<Products> = sweep.steps.iter().map(|step| nothing(step, experts)).collect();
    sweep.run(budget.in_flight, &mut relay, |relay, chunk| {
        let gram = gram(&sweep, relay, chunk)?;
        gram.blocks.iter().for_each(|sums| add(&mut tensors[chunk.step], sums));
        Ok(())
    })?;
    let peak_bytes = sweep.memory(budget.in_flight.max(1));
    Ok(Statistics { tensors, fallback_chunks: relay.chunks, peak_bytes, reads: sweep.reads })
}

fn gram(sweep: &Sweep, relay: &mut Relay, chunk: &Chunk) -> Result<Gram, Error> {
    let work = sweep.work(chunk);
    let gram = relay.work(|engine| engine.gram(&work, &chunk.x))?;
    if gram.not_finite.iter().any(|&count| count > 0) {
        return Err(sweep.blame(chunk));
    }
    // Changes so large that their squares leave the range of a card; the processor has a wider one.
    if gram.is_finite() { Ok(gram) } else { Ok(CpuEngine::new().gram(&work, &chunk.x)?) }
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
