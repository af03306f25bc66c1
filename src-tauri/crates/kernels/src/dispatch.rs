//! One dispatch from upload to read-back, and the errors the library reports on the way.

use std::sync::mpsc;
use std::time::Duration;

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, Buffer, BufferBinding, CommandBuffer,
    CommandEncoder, ComputePassDescriptor, ComputePipeline, Device, ErrorFilter, MapMode, PollType, Queue,
};

use crate::gpu::now;
use crate::merge::{Params, grid};
use crate::pipeline::Pipelines;
use crate::pool::Pool;
use crate::{Apply, Cause, Kernel};

/// After this long without an answer a card counts as lost. Dispatches take well under a second each.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a step and catches what the library has to say against it.
pub(crate) fn scoped<T>(device: &Device, step: impl FnOnce() -> T) -> Result<T, wgpu::Error> {
    let scopes = [ErrorFilter::Internal, ErrorFilter::Validation, ErrorFilter::OutOfMemory];
    let mut scopes = scopes.map(|filter| device.push_error_scope(filter)).into_iter().rev();
    let value = step();
    // Every scope is closed; the innermost error counts.
    let errors: Vec<_> = scopes.by_ref().filter_map(|scope| now(scope.pop()).flatten()).collect();
    errors.into_iter().next().map_or(Ok(value), Err)
}

/// Sizes of one dispatch.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    params: Params,
    groups: (u32, u32),
    x_bytes: u64,
    c_bytes: u64,
    y_bytes: u64,
}

const TALLY_BYTES: u64 = size_of::<u32>() as u64;

impl Shape {
    /// Counts fit into `u32`, because x fits into a binding.
    pub(crate) fn new(work: &Apply, x_bytes: usize, y_bytes: usize, max_groups: u32) -> Self {
        let groups = grid(work.elements, max_groups);
        let params = Params {
            elements: work.elements as u32,
            sources: work.sources as u32,
            row_words: (x_bytes / work.sources / size_of::<u32>()) as u32,
            grid_width: groups.0 * crate::source::group_size(),
        };
        // A binding may not be empty.
        let c_bytes = size_of_val(work.coefficients).max(size_of::<f32>()) as u64;
        Self { params, groups, x_bytes: x_bytes as u64, c_bytes, y_bytes: y_bytes as u64 }
    }
}

/// One dispatch with all it needs.
pub(crate) struct Job {
    shape: Shape,
    params: Buffer,
    upload: Buffer,
    x: Buffer,
    c: Buffer,
    y: Buffer,
    tally: Buffer,
    readback: Buffer,
    bindings: BindGroup,
}

impl Job {
    /// All buffers, and how the shader finds them.
    pub(crate) fn reserve(pool: &mut Pool, device: &Device, pipelines: &Pipelines, shape: Shape) -> Self {
        let params = pool.params.reserve(device, size_of::<Params>() as u64);
        let upload = pool.upload.reserve(device, shape.x_bytes);
        let x = pool.x.reserve(device, shape.x_bytes);
        let c = pool.c.reserve(device, shape.c_bytes);
        let y = pool.y.reserve(device, shape.y_bytes);
        let tally = pool.tally.reserve(device, TALLY_BYTES);
        let readback = pool.readback.reserve(device, shape.y_bytes + TALLY_BYTES);
        let bindings = device.create_bind_group(&BindGroupDescriptor {
            label: Some("apply"),
            layout: pipelines.bindings(),
            entries: &[
                binding(0, &params, size_of::<Params>() as u64),
                binding(1, &x, shape.x_bytes),
                binding(2, &c, shape.c_bytes),
                binding(3, &y, shape.y_bytes),
                binding(4, &tally, TALLY_BYTES),
            ],
        });
        Self { shape, params, upload, x, c, y, tally, readback, bindings }
    }

    /// Computes y; returns how many of its elements are not finite.
    pub(crate) fn run(
        &self,
        device: &Device,
        queue: &Queue,
        pipeline: &ComputePipeline,
        work: &Apply,
        x: &[u8],
        y: &mut [u8],
    ) -> Result<u64, Cause> {
        self.fill(queue, work, x)?;
        queue.submit([self.record(device, pipeline, work.kernel)]);
        self.wait(device)?;
        self.read(work, y)
    }

    fn fill(&self, queue: &Queue, work: &Apply, x: &[u8]) -> Result<(), Cause> {
        queue.write_buffer(&self.params, 0, bytemuck::bytes_of(&self.shape.params));
        queue.write_buffer(&self.c, 0, bytemuck::cast_slice(work.coefficients));
        self.upload.get_mapped_range_mut(..self.shape.x_bytes)?.copy_from_slice(x);
        self.upload.unmap();
        Ok(())
    }

    fn record(&self, device: &Device, pipeline: &ComputePipeline, kernel: Kernel) -> CommandBuffer {
        let mut encoder: CommandEncoder = device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(&self.upload, 0, &self.x, 0, self.shape.x_bytes);
        encoder.clear_buffer(&self.tally, 0, None);
        let mut pass =
            encoder.begin_compute_pass(&ComputePassDescriptor { label: Some(kernel.name()), timestamp_writes: None });
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        pass.dispatch_workgroups(self.shape.groups.0, self.shape.groups.1, 1);
        drop(pass);
        encoder.copy_buffer_to_buffer(&self.y, 0, &self.readback, 0, self.shape.y_bytes);
        encoder.copy_buffer_to_buffer(&self.tally, 0, &self.readback, self.shape.y_bytes, TALLY_BYTES);
        encoder.finish()
    }

    /// Waits until y can be read and the next x can be written.
    fn wait(&self, device: &Device) -> Result<(), Cause> {
        let (tell, told) = mpsc::channel();
        let tell_too = tell.clone();
        // Both ends live in this function, so there is always someone listening.
        self.readback.map_async(MapMode::Read, ..self.shape.y_bytes + TALLY_BYTES, move |end| drop(tell.send(end)));
        self.upload.map_async(MapMode::Write, .., move |end| drop(tell_too.send(end)));
        device.poll(PollType::Wait { submission_index: None, timeout: Some(PATIENCE) })?;
        told.try_recv()??;
        told.try_recv()??;
        Ok(())
    }

    fn read(&self, work: &Apply, y: &mut [u8]) -> Result<u64, Cause> {
        let view = self.readback.get_mapped_range(..self.shape.y_bytes + TALLY_BYTES)?;
        let (result, tally) = view.split_at(y.len());
        let live = work.elements * work.output.bytes();
        y[..live].copy_from_slice(&result[..live]);
        y[live..].fill(0);
        let not_finite = bytemuck::pod_read_unaligned::<u32>(tally);
        drop(view);
        self.readback.unmap();
        Ok(u64::from(not_finite))
    }
}

fn binding(binding: u32, buffer: &Buffer, bytes: u64) -> BindGroupEntry<'_> {
    let size = wgpu::BufferSize::new(bytes);
    BindGroupEntry { binding, resource: BindingResource::Buffer(BufferBinding { buffer, offset: 0, size }) }
}
