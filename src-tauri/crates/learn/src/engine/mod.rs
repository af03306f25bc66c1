//! Engines walk the list of operations of a [`crate::net::Network`].
//!
//! [`CandleNet`] runs on the processor in `f32` with candle's automatic differentiation; it is the reference. Candle's
//! own element-wise functions are scalar and use one core, and the fused layer norm and softmax of its companion crate
//! have no backward pass. So what is not a matrix product is an operation of our own here, with forward and backward
//! pass, in vector instructions; a batch is split over all cores.
//!
//! A result is the same on every run on the same machine: every sum has a fixed order that threads do not change.

mod attention;
mod back;
mod bias;
mod candle_net;
mod curve;
mod head;
mod lanes;
mod matrix;
mod norm;
mod views;
mod walk;

use crate::Error;
use crate::net::{Array, Batch};

/// What training asks of whatever runs a network: with given weights, what a batch says and how a loss depends on them.
pub trait Engine: Send + Sync {
    /// Takes these weights of the body in place of those it has; every name is one of the body's.
    ///
    /// # Errors
    /// [`Error::Engine`] if shapes contradict each other.
    fn set(&mut self, weights: Vec<(String, Array)>) -> Result<(), Error>;

    /// Features `[b, features]` of a batch.
    ///
    /// # Errors
    /// [`Error::Batch`] if the batch is not what the network takes, [`Error::Engine`].
    fn features(&self, batch: &Batch) -> Result<Array, Error>;

    /// Logits, and the gradient of a loss with respect to every weight. `slope` gets the logits `[b, classes]` and returns
    /// the derivative of the loss with respect to each of them.
    ///
    /// # Errors
    /// What `slope` says; as [`Engine::features`]; [`Error::Missing`] with the name of a weight that no gradient reached.
    fn gradients(&self, batch: &Batch, head: &Head, slope: &mut Slope<'_>) -> Result<Gradients, Error>;
}

/// From logits to the derivative of a loss with respect to each of them.
pub type Slope<'a> = dyn FnMut(&Array) -> Result<Array, Error> + 'a;

pub use candle_net::{CandleNet, Gradients, Output};
pub use head::Head;
pub use lanes::count as lanes;
