//! Compiles every kernel once for each choice of number types, on first use.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use wgpu::{
    BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry, BindingType, BufferBindingType, ComputePipeline,
    ComputePipelineDescriptor, Device, PipelineCompilationOptions, PipelineLayout, PipelineLayoutDescriptor,
    ShaderModuleDescriptor, ShaderSource, ShaderStages,
};

use crate::source::Source;
use crate::{Float, Kernel, mask, measure};

/// A kernel with its number types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Variant {
    /// Kernel, number type of x, number type of y.
    Apply(Kernel, Float, Float),
    /// Number type of x.
    Gram(Float),
    /// Number type of x.
    Magnitudes(Float),
    /// Number type of x.
    KeepMasks(Float),
    /// Number type of x.
    TallyMasks(Float),
}

impl Variant {
    pub(crate) fn source(self) -> Source {
        match self {
            Variant::Apply(kernel, ..) => kernel.source(),
            Variant::Gram(_) => measure::gram::SOURCE,
            Variant::Magnitudes(_) => measure::magnitudes::SOURCE,
            Variant::KeepMasks(_) => mask::keep_masks::SOURCE,
            Variant::TallyMasks(_) => mask::tally_masks::SOURCE,
        }
    }

    fn constants(self) -> Vec<(&'static str, f64)> {
        let code = |float: Float| f64::from(float.code());
        match self {
            Variant::Apply(_, input, output) => vec![("IN_DTYPE", code(input)), ("OUT_DTYPE", code(output))],
            Variant::Gram(input)
            | Variant::Magnitudes(input)
            | Variant::KeepMasks(input)
            | Variant::TallyMasks(input) => vec![("IN_DTYPE", code(input))],
        }
    }
}

/// The compiled kernels of one device.
#[derive(Debug)]
pub(crate) struct Pipelines {
    bindings: BindGroupLayout,
    layout: PipelineLayout,
    compiled: HashMap<Variant, ComputePipeline>,
}

impl Pipelines {
    /// None compiled yet.
    pub(crate) fn new(device: &Device) -> Self {
        let bindings = device.create_bind_group_layout(&BindGroupLayoutDescriptor {
            label: Some("kernel"),
            entries: &[
                entry(0, BufferBindingType::Uniform),
                entry(1, BufferBindingType::Storage { read_only: true }),
                entry(2, BufferBindingType::Storage { read_only: true }),
                entry(3, BufferBindingType::Storage { read_only: false }),
                entry(4, BufferBindingType::Storage { read_only: false }),
            ],
        });
        let layout = device.create_pipeline_layout(&PipelineLayoutDescriptor {
            label: Some("kernel"),
            bind_group_layouts: &[Some(&bindings)],
            immediate_size: 0,
        });
        Self { bindings, layout, compiled: HashMap::new() }
    }

    /// The layout that all kernels share; those that measure leave the table out.
    pub(crate) fn bindings(&self) -> &BindGroupLayout {
        &self.bindings
    }

    /// The kernel for these number types; compiles it at most once.
    pub(crate) fn get(&mut self, device: &Device, variant: Variant) -> ComputePipeline {
        match self.compiled.entry(variant) {
            Entry::Occupied(found) => found.get().clone(),
            Entry::Vacant(place) => place.insert(compile(device, &self.layout, variant)).clone(),
        }
    }

    /// Forgets a kernel that turned out to be refused.
    pub(crate) fn forget(&mut self, variant: Variant) {
        self.compiled.remove(&variant);
    }
}

fn entry(binding: u32, ty: BufferBindingType) -> BindGroupLayoutEntry {
    BindGroupLayoutEntry {
        binding,
        visibility: ShaderStages::COMPUTE,
        ty: BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}

fn compile(device: &Device, layout: &PipelineLayout, variant: Variant) -> ComputePipeline {
    let source = variant.source();
    let label = format!("{}/{variant:?}", source.name);
    let module = device.create_shader_module(ShaderModuleDescriptor {
        label: Some(source.name),
        source: ShaderSource::Wgsl(source.text().into()),
    });
    let constants = variant.constants();
    device.create_compute_pipeline(&ComputePipelineDescriptor {
        label: Some(&label),
        layout: Some(layout),
        module: &module,
        entry_point: Some("main"),
        compilation_options: PipelineCompilationOptions { constants: &constants, ..Default::default() },
        cache: None,
    })
}
