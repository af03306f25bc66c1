//! Whole use cases on tiny models that are written here, on the processor, in temporary folders.

mod comparing;
mod inspecting;
mod measuring;
mod mixing;
mod packing;
mod reading;
mod support;
mod tinting;
mod trading;
mod trouble;
