//! The buffers of one device: made when first needed, replaced by larger ones only, used again by every call.

use wgpu::{Buffer, BufferDescriptor, BufferUsages, Device};

/// Buffers for one piece of work at a time.
#[derive(Debug)]
pub(crate) struct Pool {
    /// Uniform parameters.
    pub(crate) params: Slot,
    /// Where the host writes x; mapped whenever no work is under way.
    pub(crate) upload: Slot,
    /// Sources.
    pub(crate) x: Slot,
    /// Coefficients.
    pub(crate) c: Slot,
    /// Result.
    pub(crate) y: Slot,
    /// Counters.
    pub(crate) tally: Slot,
    /// Where the host reads y and, behind it, the counters.
    pub(crate) readback: Slot,
}

impl Pool {
    /// No buffers yet.
    pub(crate) fn new() -> Self {
        Self {
            params: Slot::new("kernel/params", BufferUsages::UNIFORM | BufferUsages::COPY_DST),
            upload: Slot::new("kernel/upload", BufferUsages::MAP_WRITE | BufferUsages::COPY_SRC),
            x: Slot::new("kernel/x", BufferUsages::STORAGE | BufferUsages::COPY_DST),
            c: Slot::new("kernel/c", BufferUsages::STORAGE | BufferUsages::COPY_DST),
            y: Slot::new("kernel/y", BufferUsages::STORAGE | BufferUsages::COPY_SRC),
            tally: Slot::new("kernel/tally", BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST),
            readback: Slot::new("kernel/readback", BufferUsages::MAP_READ | BufferUsages::COPY_DST),
        }
    }
}

/// One buffer that only grows.
#[derive(Debug)]
pub(crate) struct Slot {
    label: &'static str,
    usage: BufferUsages,
    buffer: Option<Buffer>,
}

/// Sizes are rounded up to this, so that work of slightly different sizes shares one buffer.
const STEP: u64 = 1 << 16;

impl Slot {
    fn new(label: &'static str, usage: BufferUsages) -> Self {
        Self { label, usage, buffer: None }
    }

    /// A buffer of at least this size; what an earlier call left in it means nothing.
    pub(crate) fn reserve(&mut self, device: &Device, bytes: u64) -> Buffer {
        match self.buffer.take_if(|buffer| buffer.size() >= bytes) {
            Some(buffer) => self.buffer.insert(buffer).clone(),
            None => {
                // The old one goes before the new one comes: both may not fit.
                self.buffer = None;
                self.buffer.insert(self.create(device, bytes)).clone()
            }
        }
    }

    fn create(&self, device: &Device, bytes: u64) -> Buffer {
        let most = device.limits().max_buffer_size;
        device.create_buffer(&BufferDescriptor {
            label: Some(self.label),
            size: bytes.next_multiple_of(STEP).min(most).max(bytes),
            usage: self.usage,
            mapped_at_creation: self.usage.contains(BufferUsages::MAP_WRITE),
        })
    }
}
