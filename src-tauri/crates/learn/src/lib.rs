//! What is learnt from examples: networks that run, examples that are read, scores that say how sure they are.

mod chance;
pub mod engine;
mod error;
pub mod examples;
pub mod heads;
pub mod net;
pub mod score;
pub mod tint;
pub mod tokens;

pub use error::Error;
