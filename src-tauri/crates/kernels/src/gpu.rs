//! The engine on a graphics card. wgpu stays behind this file, `dispatch`, `pool` and `pipeline`.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use protocol::engine::EngineKind;
use protocol::words::engines as words;
use wgpu::{
    Adapter, AdapterInfo, Backends, ComputePipeline, Device, DeviceDescriptor, DeviceType, Features, Instance,
    InstanceDescriptor, MemoryHints, Queue,
};

use crate::dispatch::{Job, Task, scoped};
use crate::engine::expect_length;
use crate::mask::{keep_masks, tally_masks};
use crate::measure::{gram, magnitudes};
use crate::pipeline::{Pipelines, Variant};
use crate::pool::Pool;
use crate::{
    Apply, Cause, Counts, CpuEngine, Digit, Engine, EngineCard, Error, Gram, Magnitudes, Masking, Measure, Tally, merge,
};

/// Most bytes of x and of y in one dispatch, whatever the card allows: keeps dispatches short and buffers modest.
const MOST_BYTES: u64 = 256 << 20;

/// A card that was found, not yet opened.
pub(crate) struct Found {
    adapter: Adapter,
    pub(crate) card: EngineCard,
}

/// All cards, software adapters included, in the order in which the drivers name them.
pub(crate) fn find() -> Vec<Found> {
    let instance = Instance::new(InstanceDescriptor {
        backends: Backends::PRIMARY,
        ..InstanceDescriptor::new_without_display_handle()
    });
    let mut found: Vec<Found> = Vec::new();
    for adapter in now(instance.enumerate_adapters(Backends::PRIMARY)).unwrap_or_default() {
        let mut card = card(&adapter);
        let twins = found.iter().filter(|other| other.card.id.starts_with(&card.id)).count();
        if twins > 0 {
            card.id = format!("{}#{}", card.id, twins + 1);
        }
        found.push(Found { adapter, card });
    }
    found
}

fn card(adapter: &Adapter) -> EngineCard {
    let about = adapter.get_info();
    let kind = kind(about.device_type);
    EngineCard {
        id: format!("{}:{}", about.backend.to_str(), about.name),
        kind,
        backend: about.backend.to_str().to_owned(),
        driver: driver(&about),
        memory: None,
        max_binding: adapter.limits().max_storage_buffer_binding_size,
        f16: adapter.features().contains(Features::SHADER_F16),
        subgroups: adapter.features().contains(Features::SUBGROUP),
        chosen: false,
        why: words::not_chosen(kind).to_owned(),
        name: about.name,
    }
}

/// A kind that we do not know ranks below a card of its own.
fn kind(device: DeviceType) -> EngineKind {
    match device {
        DeviceType::DiscreteGpu => EngineKind::Discrete,
        DeviceType::Cpu => EngineKind::Software,
        DeviceType::IntegratedGpu | DeviceType::VirtualGpu | DeviceType::Other => EngineKind::Integrated,
    }
}

fn driver(about: &AdapterInfo) -> String {
    [about.driver.as_str(), about.driver_info.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The result of a future of the graphics library, which on computers is always there at once.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// The engine on one graphics card.
#[derive(Debug)]
pub struct GpuEngine {
    card: EngineCard,
    device: Device,
    queue: Queue,
    pipelines: Pipelines,
    pool: Pool,
    lost: Arc<AtomicBool>,
    binding_bytes: u64,
    max_groups: u32,
}

impl GpuEngine {
    /// Opens the first card that `wish` names, as [`crate::choose`] does, but never the processor.
    ///
    /// # Errors
    /// [`Error::NoSuchEngine`] if no card matches, [`Error::CannotOpen`] if it does not start.
    pub fn open(wish: &str) -> Result<Self, Error> {
        crate::choose::open_card(wish)
    }

    pub(crate) fn start(found: Found) -> Result<Self, Error> {
        let Found { adapter, card } = found;
        let limits = adapter.limits();
        let request = adapter.request_device(&DeviceDescriptor {
            label: Some("kernels"),
            required_limits: limits.clone(),
            memory_hints: MemoryHints::MemoryUsage,
            ..Default::default()
        });
        let failed = |source: Cause| Error::CannotOpen { card: card.name.clone(), source };
        let (device, queue) =
            now(request).ok_or_else(|| failed("no answer".into()))?.map_err(|error| failed(Box::new(error)))?;
        let lost = watch(&device);
        let pipelines = Pipelines::new(&device);
        // Half of what fits, because y may be twice as large as x (one source, 16 bits to 32).
        let binding_bytes = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size).min(2 * MOST_BYTES) / 2;
        let max_groups = limits.max_compute_workgroups_per_dimension;
        Ok(Self { card, device, queue, pipelines, pool: Pool::new(), lost, binding_bytes, max_groups })
    }

    pub(crate) fn card_mut(&mut self) -> &mut EngineCard {
        &mut self.card
    }

    /// Loses the device, as if the card had been pulled out: for tests of what comes after.
    pub fn lose(&mut self) {
        self.device.destroy();
    }

    /// Lowers the number of groups that a dimension of the grid may hold: for tests of the second dimension.
    ///
    /// At least 1; more than the card allows changes nothing.
    pub fn narrow_grid(&mut self, groups: u32) {
        self.max_groups = self.max_groups.min(groups.max(1));
    }

    fn is_lost(&self) -> bool {
        self.lost.load(Ordering::SeqCst)
    }

    fn name(&self) -> String {
        self.card.name.clone()
    }

    fn run<T>(&mut self, variant: Variant, task: Task, read: impl FnOnce(&[u8], &[u32]) -> T) -> Result<T, Error> {
        let bytes = task.x.len() as u64 + task.y_bytes;
        let pipeline = self.pipeline(variant)?;
        let job = scoped(&self.device, || Job::reserve(&mut self.pool, &self.device, &self.pipelines, task))
            .map_err(|error| self.failed(error, bytes))?;
        let outcome = scoped(&self.device, || job.run(&self.device, &self.queue, &pipeline, read))
            .map_err(|error| self.failed(error, bytes))?;
        outcome.map_err(|source| Error::Refused { card: self.name(), source })
    }

    /// Does work on this many bytes of x, unless the card is lost or has no room for it.
    fn guarded<T>(&mut self, bytes: usize, work: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        if self.is_lost() {
            return Err(Error::Lost { card: self.name() });
        }
        if bytes as u64 > self.binding_bytes {
            return Err(Error::TooLarge { card: self.name(), bytes: bytes as u64, limit: self.binding_bytes });
        }
        // The library panics when it waits for a card that goes away in that moment; to the caller that is a loss.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(self))).unwrap_or_else(|_| {
            self.lost.store(true, Ordering::SeqCst);
            Err(Error::Lost { card: self.name() })
        });
        if outcome.is_err() {
            // Buffers may be half-way through a step: start afresh, with no memory held.
            self.pool = Pool::new();
            // A loss may not have been told yet, where the first to meet it was no dispatch but a kernel being compiled.
            let _ = self.device.poll(wgpu::PollType::Poll);
        }
        if self.is_lost() { Err(Error::Lost { card: self.name() }) } else { outcome }
    }

    fn pipeline(&mut self, variant: Variant) -> Result<ComputePipeline, Error> {
        let pipeline = scoped(&self.device, || self.pipelines.get(&self.device, variant));
        pipeline.map_err(|error| {
            self.pipelines.forget(variant);
            Error::KernelRefused {
                card: self.card.name.clone(),
                kernel: variant.source().name,
                source: Box::new(error),
            }
        })
    }

    fn failed(&self, error: wgpu::Error, bytes: u64) -> Error {
        let card = self.name();
        match error {
            wgpu::Error::OutOfMemory { source } => Error::OutOfMemory { card, bytes, source },
            other => Error::Refused { card, source: Box::new(other) },
        }
    }
}

impl Engine for GpuEngine {
    fn card(&self) -> &EngineCard {
        &self.card
    }

    fn binding_bytes(&self) -> u64 {
        self.binding_bytes
    }

    fn apply(&mut self, work: &Apply, x: &[u8], y: &mut [u8]) -> Result<Tally, Error> {
        work.check(x, y)?;
        self.guarded(x.len(), |card| {
            if work.elements == 0 {
                return Ok(Tally::default());
            }
            let variant = Variant::Apply(work.kernel, work.input, work.output);
            let task = merge::task(work, x, y.len(), card.max_groups);
            let live = work.elements * work.output.bytes();
            card.run(variant, task, |result, tally| {
                y[..live].copy_from_slice(&result[..live]);
                y[live..].fill(0);
                Tally { not_finite: tally.iter().map(|&count| u64::from(count)).sum() }
            })
        })
    }

    fn gram(&mut self, work: &Measure, x: &[u8]) -> Result<Gram, Error> {
        work.check(x)?;
        self.guarded(x.len(), |card| {
            if work.elements == 0 {
                return Ok(Gram { blocks: Vec::new(), not_finite: vec![0; work.sources] });
            }
            let task = gram::task(work, x, card.max_groups);
            card.run(Variant::Gram(work.input), task, |y, tally| gram::collect(work, y, tally))
        })
    }

    fn magnitudes(&mut self, work: &Measure, digit: Digit, x: &[u8]) -> Result<Magnitudes, Error> {
        digit.check(work)?;
        work.check(x)?;
        self.guarded(x.len(), |card| {
            if work.elements == 0 {
                let bins = vec![vec![0; digit.values()]; work.experts()];
                return Ok(Magnitudes { bins, not_finite: vec![0; work.sources] });
            }
            let words = digit.words(work.experts());
            let task = magnitudes::task(work, &words, x, card.max_groups);
            card.run(Variant::Magnitudes(work.input), task, |_, tally| magnitudes::collect(work, digit, tally))
        })
    }

    fn masks(&mut self, work: &Masking, x: &[u8], y: &mut [u8]) -> Result<Tally, Error> {
        work.check(x)?;
        expect_length("y", work.y_bytes(), y.len())?;
        self.guarded(x.len().max(y.len()), |card| {
            if work.elements == 0 {
                return Ok(Tally::default());
            }
            let words = work.table.words();
            let task = keep_masks::task(work, &words, x, card.max_groups);
            card.run(Variant::KeepMasks(work.input), task, |result, tally| {
                y.copy_from_slice(result);
                Tally { not_finite: tally.iter().map(|&count| u64::from(count)).sum() }
            })
        })
    }

    fn count_masks(&mut self, work: &Masking, columns: &[f32], x: &[u8]) -> Result<Counts, Error> {
        work.check(x)?;
        work.check_columns(columns)?;
        let count = columns.len() / work.experts();
        if !tally_masks::fits_card(work.experts(), count) {
            return CpuEngine::new().count_masks(work, columns, x);
        }
        self.guarded(x.len(), |card| {
            if work.elements == 0 {
                return Ok(Counts::of(work.experts(), count));
            }
            let words = tally_masks::words(work, columns);
            let task = tally_masks::task(work, &words, count, x, card.max_groups);
            card.run(Variant::TallyMasks(work.input), task, |y, tally| tally_masks::collect(work, count, y, tally))
        })
    }
}

/// A flag that is raised when the device is lost, or when an error turns up that no scope caught.
fn watch(device: &Device) -> Arc<AtomicBool> {
    let lost = Arc::new(AtomicBool::new(false));
    let (on_loss, on_error) = (Arc::clone(&lost), Arc::clone(&lost));
    device.set_device_lost_callback(move |_, _| on_loss.store(true, Ordering::SeqCst));
    device.on_uncaptured_error(Arc::new(move |_| on_error.store(true, Ordering::SeqCst)));
    lost
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Float, Kernel};

    #[test]
    fn a_card_lost_at_any_moment_is_a_loss_and_nothing_else() {
        let wish = crate::wish(None);
        if wish == "cpu" {
            return;
        }
        let wish = if wish == "auto" { "software" } else { &wish };
        let mut engine =
            GpuEngine::open(wish).expect("tests need a card: install mesa-vulkan-drivers, or TINCTURE_ENGINE=cpu");
        let (x, mut y) = (vec![0x3f; 1 << 20], vec![0; 1 << 20]);
        let float = Float::F32;
        let work = Apply {
            kernel: Kernel::WeightedSum,
            sources: 1,
            elements: x.len() / 4,
            input: float,
            output: float,
            coefficients: &[1.0],
        };
        engine.apply(&work, &x, &mut y).expect("the card is still there");
        let device = engine.device.clone();
        let thief = std::thread::spawn(move || device.destroy());
        let error = loop {
            match engine.apply(&work, &x, &mut y) {
                Ok(_) => assert!(x == y),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, Error::Lost { .. }), "{error:?}");
        thief.join().expect("the thief gets away");
        assert!(matches!(engine.apply(&work, &x, &mut y), Err(Error::Lost { .. })));
    }
}
