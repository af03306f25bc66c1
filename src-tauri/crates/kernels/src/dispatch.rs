//! One dispatch from upload to read-back, and the errors the library reports on the way.

use std::sync::mpsc;
use std::time::Duration;

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, Buffer, BufferBinding, CommandBuffer,
    CommandEncoder, ComputePassDescriptor, ComputePipeline, Device, ErrorFilter, MapMode, PollType, Queue,
};

use crate::Cause;
use crate::gpu::now;
use crate::pipeline::Pipelines;
use crate::pool::Pool;

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

/// One dispatch: what goes in, and how much comes out.
pub(crate) struct Task<'a> {
    /// Name of the kernel.
    pub(crate) label: &'static str,
    /// Parameters, as the shader declares them.
    pub(crate) params: Vec<u8>,
    /// Groups along both dimensions.
    pub(crate) groups: (u32, u32),
    pub(crate) x: &'a [u8],
    /// The table; empty where there is none.
    pub(crate) c: &'a [u8],
    pub(crate) y_bytes: u64,
    /// Counters that the kernel adds to.
    pub(crate) counters: usize,
}

impl Task<'_> {
    fn x_bytes(&self) -> u64 {
        self.x.len() as u64
    }

    /// A binding may not be empty.
    fn c_bytes(&self) -> u64 {
        self.c.len().max(size_of::<f32>()) as u64
    }

    fn tally_bytes(&self) -> u64 {
        (self.counters * size_of::<u32>()) as u64
    }
}

/// One dispatch with all its buffers.
pub(crate) struct Job<'a> {
    task: Task<'a>,
    params: Buffer,
    upload: Buffer,
    x: Buffer,
    c: Buffer,
    y: Buffer,
    tally: Buffer,
    readback: Buffer,
    bindings: BindGroup,
}

impl<'a> Job<'a> {
    /// All buffers, and how the shader finds them.
    pub(crate) fn reserve(pool: &mut Pool, device: &Device, pipelines: &Pipelines, task: Task<'a>) -> Self {
        let params = pool.params.reserve(device, task.params.len() as u64);
        let upload = pool.upload.reserve(device, task.x_bytes());
        let x = pool.x.reserve(device, task.x_bytes());
        let c = pool.c.reserve(device, task.c_bytes());
        let y = pool.y.reserve(device, task.y_bytes);
        let tally = pool.tally.reserve(device, task.tally_bytes());
        let readback = pool.readback.reserve(device, task.y_bytes + task.tally_bytes());
        let bindings = device.create_bind_group(&BindGroupDescriptor {
            label: Some(task.label),
            layout: pipelines.bindings(),
            entries: &[
                binding(0, &params, task.params.len() as u64),
                binding(1, &x, task.x_bytes()),
                binding(2, &c, task.c_bytes()),
                binding(3, &y, task.y_bytes),
                binding(4, &tally, task.tally_bytes()),
            ],
        });
        Self { task, params, upload, x, c, y, tally, readback, bindings }
    }

    /// Computes y and the counters, and lets `read` take what it wants of them.
    pub(crate) fn run<T>(
        &self,
        device: &Device,
        queue: &Queue,
        pipeline: &ComputePipeline,
        read: impl FnOnce(&[u8], &[u32]) -> T,
    ) -> Result<T, Cause> {
        self.fill(queue)?;
        queue.submit([self.record(device, pipeline)]);
        self.wait(device)?;
        self.read(read)
    }

    fn fill(&self, queue: &Queue) -> Result<(), Cause> {
        queue.write_buffer(&self.params, 0, &self.task.params);
        queue.write_buffer(&self.c, 0, self.task.c);
        self.upload.get_mapped_range_mut(..self.task.x_bytes())?.copy_from_slice(self.task.x);
        self.upload.unmap();
        Ok(())
    }

    fn record(&self, device: &Device, pipeline: &ComputePipeline) -> CommandBuffer {
        let task = &self.task;
        let mut encoder: CommandEncoder = device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(&self.upload, 0, &self.x, 0, task.x_bytes());
        encoder.clear_buffer(&self.tally, 0, None);
        let mut pass =
            encoder.begin_compute_pass(&ComputePassDescriptor { label: Some(task.label), timestamp_writes: None });
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        pass.dispatch_workgroups(task.groups.0, task.groups.1, 1);
        drop(pass);
        encoder.copy_buffer_to_buffer(&self.y, 0, &self.readback, 0, task.y_bytes);
        encoder.copy_buffer_to_buffer(&self.tally, 0, &self.readback, task.y_bytes, task.tally_bytes());
        encoder.finish()
    }

    /// Bytes of y and of the counters behind it.
    fn readback_bytes(&self) -> u64 {
        self.task.y_bytes + self.task.tally_bytes()
    }

    /// Waits until y can be read and the next x can be written.
    fn wait(&self, device: &Device) -> Result<(), Cause> {
        let (tell, told) = mpsc::channel();
        let tell_too = tell.clone();
        // Both ends live in this function, so there is always someone listening.
        self.readback.map_async(MapMode::Read, ..self.readback_bytes(), move |end| drop(tell.send(end)));
        self.upload.map_async(MapMode::Write, .., move |end| drop(tell_too.send(end)));
        device.poll(PollType::Wait { submission_index: None, timeout: Some(PATIENCE) })?;
        told.try_recv()??;
        told.try_recv()??;
        Ok(())
    }

    fn read<T>(&self, read: impl FnOnce(&[u8], &[u32]) -> T) -> Result<T, Cause> {
        let view = self.readback.get_mapped_range(..self.readback_bytes())?;
        let (y, tally) = view.split_at(self.task.y_bytes as usize);
        let tally: Vec<u32> = bytemuck::pod_collect_to_vec(tally);
        let value = read(y, &tally);
        drop(view);
        self.readback.unmap();
        Ok(value)
    }
}

fn binding(binding: u32, buffer: &Buffer, bytes: u64) -> BindGroupEntry<'_> {
    let size = wgpu::BufferSize::new(bytes);
    BindGroupEntry { binding, resource: BindingResource::Buffer(BufferBinding { buffer, offset: 0, size }) }
}
