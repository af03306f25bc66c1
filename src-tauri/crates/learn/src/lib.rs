//! What is learnt from examples: networks that run, examples that are read, scores that say how sure they are.

pub mod engine;
mod error;
pub mod examples;
pub mod net;
pub mod score;

pub use error::Error;
