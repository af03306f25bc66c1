//! The arithmetic of mixing, on the graphics card and on the processor.
//!
//! The only crate that sees the graphics card. It opens no files and knows no models: rows of numbers in, one row out.
//!
//! | Name | Is |
//! |---|---|
//! | [`Kernel`] | what happens to the elements: a table with one row for each WGSL file that writes elements |
//! | [`Apply`] | one piece of work: kernel, sizes, number types, coefficients |
//! | [`Table`], [`Rule`], [`Cut`] | how task vectors are combined: what the table of such a kernel says |
//! | [`Measure`], [`Gram`] | rows to be measured, and how their changes lie to each other |
//! | [`Digit`], [`Magnitudes`] | sizes of changes, counted: the way to the exact k-th largest |
//! | [`Masking`], [`Counts`], [`Column`] | rows whose masks are made, or counted |
//! | [`count_of_size`], [`place_of_size`], [`lengths`], [`change_sizes`] | small looks at rows, always on the processor |
//! | [`Engine`] | who does it: [`CpuEngine`] or [`GpuEngine`], with the same answers |
//! | [`list`], [`choose`], [`wish`] | which engines there are, and which one is used |
//! | [`Float`], [`row_bytes`], [`scan_not_finite`] | number types and packed rows |
//!
//! ```
//! use kernels::{Apply, CpuEngine, Engine, Float, Kernel};
//! let work = Apply {
//!     kernel: Kernel::WeightedSum,
//!     sources: 2,
//!     elements: 2,
//!     input: Float::F32,
//!     output: Float::F32,
//!     coefficients: &[0.5, 0.5],
//! };
//! let x: Vec<u8> = [1.0f32, 2.0, 3.0, 4.0].iter().flat_map(|value| value.to_le_bytes()).collect();
//! let mut y = vec![0; 8];
//! let tally = CpuEngine::new().apply(&work, &x, &mut y)?;
//! assert_eq!(y, [2.0f32, 3.0].map(f32::to_le_bytes).concat());
//! assert_eq!(tally.not_finite, 0);
//! # Ok::<(), kernels::Error>(())
//! ```

mod change;
mod choose;
mod cpu;
mod dispatch;
mod engine;
mod error;
mod float;
mod gpu;
mod look;
mod mask;
mod measure;
mod merge;
mod pipeline;
mod pool;
mod reflection;
mod source;

pub use change::{Cut, Rule, Table};
pub use choose::{choose, list, list_for, wish};
pub use cpu::CpuEngine;
pub use engine::{Apply, Engine, Tally};
pub use error::{Cause, Error};
pub use float::{Float, row_bytes, scan_not_finite};
pub use gpu::GpuEngine;
pub use look::{Lengths, change_sizes, count_of_size, lengths, place_of_size};
pub use mask::{Column, Counts, Masking};
pub use measure::magnitudes::{Digit, Magnitudes};
pub use measure::{Gram, Measure};
pub use merge::Kernel;
pub use protocol::engine::EngineCard;
