//! Engines walk the list of operations of a [`crate::net::Network`].
//!
//! [`CandleNet`] runs on the processor in `f32` with candle's automatic differentiation; it is the reference. Candle's
//! own element-wise functions are scalar and use one core, and the fused layer norm and softmax of its companion crate
//! have no backward pass. So what is not a matrix product is an operation of our own here, with forward and backward
//! pass, in vector instructions; a batch is split over all cores.
//!
//! A result is the same on every run on the same machine: every sum has a fixed order that threads do not change.

mod attention;
mod bias;
mod candle_net;
mod curve;
mod head;
mod lanes;
mod matrix;
mod norm;
mod views;
mod walk;

pub use candle_net::{CandleNet, Gradients, Output};
pub use head::Head;
